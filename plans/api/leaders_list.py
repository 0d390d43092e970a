"""The leaders' list: what is overdue for two weeks or more, by agency and with the head's name."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import calendar
from agencies.api.door import Day, Door, RowSerializer
from plans.facts.leaders_list import leader_duties, leader_reports
from plans.facts.staff import NOBODY, staff
from plans.models import Assignment
from plans.reminders import LEADER_FROM


class LeaderDutySerializer(RowSerializer):
    """A duty overdue for two weeks or more."""

    id = serializers.IntegerField(help_text="Id of the assignment.")
    plan = serializers.CharField(source="task__plan__code", help_text="Code of the plan.")
    task = serializers.IntegerField(source="task_id")
    task_code = serializers.CharField(source="task__code")
    title = serializers.CharField(source="task__current__title")
    agency = serializers.IntegerField(source="agency_id")
    agency_name = serializers.CharField(source="agency__name")
    heads = serializers.SerializerMethodField(help_text="Names of the agency's heads; empty when none is on record.")
    due_on = Day()
    days = serializers.SerializerMethodField(help_text="Days overdue.")

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_heads(self, row: dict[str, Any]) -> list[str]:
        """Return who answers for the agency."""
        return [head.full_name for head in self.context["staff"].get(row["agency_id"], NOBODY).heads]

    def get_days(self, row: dict[str, Any]) -> int:
        """Return the days overdue."""
        days: int = (self.context["today"] - row["due_on"]).days
        return days


class LeaderReportsSerializer(serializers.Serializer):
    """An agency that has not handed in its reports of a period two weeks after the due date."""

    plan = serializers.CharField(source="plan_code", help_text="Code of the plan.")
    period = serializers.IntegerField(source="period_id")
    period_name = serializers.CharField(source="period")
    agency = serializers.IntegerField(source="agency_id")
    agency_name = serializers.CharField(source="agency")
    head = serializers.CharField(help_text="The agency's heads by name, or that none is on record, in Vietnamese.")
    number = serializers.IntegerField(help_text="How many reports it owes.")
    due_on = Day(help_text="As moved by an outage.")
    days = serializers.IntegerField(help_text="Days overdue.")


@extend_schema_view(
    list=extend_schema(
        summary="List duties overdue for two weeks or more",
        description="For those who watch the province, by agency. Bodies that are only asked (“Đề nghị”) are never on "
        f"it. Overdue for {LEADER_FROM} days or more.",
    )
)
class LeaderListDoor(mixins.ListModelMixin, Door):
    """The leaders' list."""

    queryset = Assignment.objects.none()
    serializer_class = LeaderDutySerializer

    def rows(self) -> QuerySet[Any]:
        """Overdue duties of the provinces that the caller watches."""
        return leader_duties(self.person, calendar.today())

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List a page of them with the heads' names, in one query more."""
        page = self.paginate_queryset(self.get_queryset()) or []
        context = self.get_serializer_context()
        context["staff"] = staff((row["agency_id"] for row in page), context["today"])
        return self.get_paginated_response(LeaderDutySerializer(page, many=True, context=context).data)

    @extend_schema(
        summary="List agencies that owe a period's reports for two weeks or more",
        description="For those who watch the province: of the latest period of each issued plan.",
        responses=LeaderReportsSerializer(many=True),
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None)
    def reports(self, request: Request) -> Response:
        """List who owes reports."""
        return Response(LeaderReportsSerializer(leader_reports(self.person, calendar.today()), many=True).data)

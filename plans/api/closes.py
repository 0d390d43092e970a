"""Sealed closes of periods: read them, close, reopen, and see what has changed since."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.door import BodySerializer, Day, NotVisible, ReadDoor, Reference, Text, Whole
from agencies.errors import Invalid
from plans.actions import closes as verbs
from plans.facts.close_difference import difference
from plans.facts.snapshot import content_of, snapshot
from plans.models import PeriodClose, Plan, ReportingPeriod

WITH = OpenApiParameter(
    "with", OpenApiTypes.INT, description="Number of another close of the period; without it, what is on record now."
)


class ReopeningSerializer(serializers.Serializer):
    """A closed period opened again until a day."""

    id = serializers.IntegerField()
    close = serializers.IntegerField(source="close_id")
    reason = serializers.CharField()
    approver = serializers.CharField(help_text="Who approved it: name and title.")
    document = serializers.CharField(help_text="The document that approves it.")
    opens_on = Day()
    expires_on = Day(help_text="Last day on which reports are taken.")
    reopened_by = serializers.CharField(source="reopened_by.full_name")
    reopened_at = serializers.DateTimeField()


class PeriodCloseSerializer(serializers.Serializer):
    """A sealed close of a period."""

    id = serializers.IntegerField()
    plan = serializers.CharField(source="plan.code", help_text="Code of the plan.")
    period = serializers.IntegerField(source="period_id")
    period_code = serializers.CharField(source="period.code")
    number = serializers.IntegerField(help_text="1 is the first close; 2 and more follow a reopening.")
    as_of = Day(help_text="The day whose standing the figures show.")
    closed_by = serializers.CharField(source="closed_by.full_name")
    closed_at = serializers.DateTimeField()
    sha256 = serializers.CharField(help_text="Of the snapshot, byte for byte as `snapshot/` gives it.")
    previous_sha256 = serializers.CharField(help_text="Of the province's close before; zeros for the first.")
    trail_sequence = serializers.IntegerField(help_text="Head of the trail on which it was made.")
    trail_digest = serializers.CharField()
    reopenings = ReopeningSerializer(many=True)


class NewPeriodCloseSerializer(BodySerializer):
    """A period to close."""

    period = Reference(help_text="Id of the period.")
    number = serializers.IntegerField(
        required=False, min_value=1, help_text="Which close this will be; 409 `stale_close` when somebody was faster."
    )


class NewReopeningSerializer(BodySerializer):
    """Why, by whose approval and until when."""

    reason = serializers.CharField(max_length=5000)
    approver = serializers.CharField(max_length=200, help_text="Who approved it: name and title.")
    document = serializers.CharField(max_length=200, help_text="The document that approves it.")
    expires_on = Day(help_text="Last day on which reports are taken.")


class ChangeSerializer(serializers.Serializer):
    """One value that differs; `label` and values in Vietnamese, as printed."""

    label = serializers.CharField()  # type: ignore[assignment]
    before = serializers.CharField()
    after = serializers.CharField()


class DutyDifferenceSerializer(serializers.Serializer):
    """One duty that differs."""

    assignment = serializers.IntegerField()
    task_code = serializers.CharField(source="code")
    title = serializers.CharField()
    agency = serializers.CharField()
    changes = ChangeSerializer(many=True)
    came_after = serializers.ListField(child=serializers.CharField(), help_text="Reports handed in since.")


class DifferenceSerializer(serializers.Serializer):
    """What differs between two snapshots of a period."""

    counts = ChangeSerializer(many=True)
    duties = DutyDifferenceSerializer(many=True)


class PeriodCloseFilter(filters.FilterSet):
    """Filters of closes."""

    plan = Text("plan__code", help_text="Code of the plan.")
    period = Whole("period_id", help_text="Id of the period.")


@extend_schema_view(
    list=extend_schema(
        summary="List sealed closes of periods",
        description="For those who watch the province. Newest first.",
    ),
    retrieve=extend_schema(summary="Read a sealed close"),
    create=extend_schema(
        summary="Close a period",
        description="Seals what is on record now. 409 `window_not_over`, `already_closed`, `stale_close`.",
        request=NewPeriodCloseSerializer,
        responses={201: PeriodCloseSerializer},
    ),
)
class PeriodCloseDoor(ReadDoor):
    """Sealed closes of periods."""

    queryset = PeriodClose.objects.none()
    serializer_class = PeriodCloseSerializer
    filterset_class = PeriodCloseFilter

    def rows(self) -> QuerySet[Any]:
        """Closes whose figures the caller may see (without their content)."""
        return (
            PeriodClose.objects.visible_to(self.person)
            .defer("content")
            .select_related("plan", "period", "closed_by")
            .prefetch_related("reopenings__reopened_by")
            .order_by("-closed_at", "-id")
        )

    def create(self, request: Request) -> Response:
        """Close a period."""
        wanted = self.body(NewPeriodCloseSerializer)
        period = ReportingPeriod.objects.filter(
            plan__in=Plan.objects.watched_by(self.person), pk=wanted["period"]
        ).first()
        if period is None:
            message = "Không tìm thấy kỳ báo cáo này, hoặc bạn không có quyền xem."
            raise NotVisible("period_unknown", message, fields={"period": message})
        made = verbs.close(period=period, number=wanted.get("number"), by=self.person)
        answer = Response(self.get_serializer(self.rows().get(pk=made.pk)).data, status=status.HTTP_201_CREATED)
        answer["Location"] = request.build_absolute_uri(reverse("api:period-close-detail", args=[made.pk]))
        return answer

    @extend_schema(
        summary="Reopen a closed period until a day",
        description="Needs a reason, who approved it and by which document, and a last day.",
        request=NewReopeningSerializer,
        responses={201: ReopeningSerializer},
    )
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Reopen the period."""
        made = verbs.reopen(close=self.get_object(), by=self.person, **self.body(NewReopeningSerializer))
        return Response(ReopeningSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Compare a close with another, or with now", parameters=[WITH], responses=DifferenceSerializer
    )
    @action(detail=True, methods=["get"])
    def diff(self, request: Request, pk: str) -> Response:
        """Return what differs, from the earlier to the later."""
        close = self.get_object()
        wanted = request.query_params.get("with", "")
        if not wanted:
            after = snapshot(close.period, self.get_serializer_context()["today"])
            return Response(DifferenceSerializer(difference(content_of(close), after)).data)
        other = None
        if wanted.isascii() and wanted.isdecimal() and len(wanted) <= 18:
            other = PeriodClose.objects.filter(period=close.period, number=int(wanted)).first()
        if other is None:
            message = f"Kỳ này không có lần chốt {wanted[:20]}."
            raise Invalid("close_unknown", message, fields={"with": message})
        first, second = sorted((close, other), key=lambda one: one.number)
        return Response(DifferenceSerializer(difference(content_of(first), content_of(second))).data)

    @extend_schema(
        summary="Fetch the sealed snapshot",
        description="The text whose SHA-256 is `sha256`.",
        responses={(200, "application/json"): OpenApiTypes.OBJECT},
    )
    @action(detail=True, methods=["get"])
    def snapshot(self, request: Request, pk: str) -> HttpResponse:
        """Return the snapshot byte for byte."""
        close = self.get_object()
        content_of(close)
        return HttpResponse(close.content.encode(), content_type="application/json")

"""What agencies were reminded of, and chasing (``plans.actions.reminders``)."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import calendar
from agencies.api.door import BodySerializer, Day, NotVisible, ReadDoor, Reference, RowSerializer, Text, Whole, one_of
from agencies.errors import Refused
from agencies.permissions import Permission
from plans.actions import reminders as verbs
from plans.facts import chasing
from plans.models import Assignment, Reminder
from plans.models.task import AssignmentQuerySet


class ReminderSerializer(RowSerializer):
    """One reminder to one agency: of a duty, or of a period's reports."""

    id = serializers.IntegerField()
    plan = serializers.CharField(source="plan__code", help_text="Code of the plan.")
    agency = serializers.IntegerField(source="agency_id")
    agency_name = serializers.CharField(source="agency__name")
    assignment = serializers.IntegerField(source="assignment_id", allow_null=True)
    period = serializers.IntegerField(source="period_id", allow_null=True)
    rung = serializers.CharField(help_text="`before_7` … `due` … `after_14`, or `chase` when a person sent it.")
    due_on = Day(allow_null=True, help_text="The day it counts from; null for a chase.")
    day = Day()
    audience = serializers.ChoiceField(Reminder.AUDIENCES, help_text="Who heard it.")
    sentence = serializers.CharField()
    told = serializers.CharField(help_text="The people who were told, by name and role on that day.")
    sent_by = serializers.CharField(source="sent_by__full_name", allow_null=True, help_text="Null: the clock.")
    created_at = serializers.DateTimeField()


class ReminderFilter(filters.FilterSet):
    """Filters of reminders."""

    plan = Text("plan__code", help_text="Code of the plan.")
    assignment = Whole("assignment_id", help_text="Id of the assignment.")
    agency = Whole("agency_id", help_text="Id of the agency.")
    audience = one_of(Reminder.AUDIENCES, help_text="Who heard it.")
    rung = Text(help_text="Code of the rung, or `chase`.")


class ChaseSerializer(BodySerializer):
    """Duties to chase."""

    assignments = serializers.ListField(
        child=Reference(), max_length=chasing.MOST_AT_ONCE, help_text="Ids of assignments."
    )
    text = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="Said with the list; blank: a general request."
    )


class ChasedSerializer(serializers.Serializer):
    """What came of it. Duties that were left are named with their reason."""

    sent = ReminderSerializer(many=True)
    already_chased_today = serializers.ListField(child=serializers.IntegerField())
    nobody_to_tell = serializers.ListField(child=serializers.IntegerField())
    no_longer_open = serializers.ListField(child=serializers.IntegerField())


class HearerSerializer(serializers.Serializer):
    """One person who would be told."""

    name = serializers.CharField()
    role = serializers.CharField()
    by_mail = serializers.BooleanField(help_text="Whether it also goes into the person's next letter.")
    address = serializers.SerializerMethodField(help_text="Empty when the person has none.")

    def get_address(self, row: chasing.Hearer) -> str:
        """Return the address, or nothing."""
        return row.address if row.by_mail else ""


class PreviewAgencySerializer(serializers.Serializer):
    """An agency, its duties and the people who would be told."""

    agency = serializers.IntegerField(source="agency_id")
    agency_name = serializers.CharField(source="agency")
    people = HearerSerializer(source="hearers", many=True)
    assignments = serializers.SerializerMethodField()

    def get_assignments(self, row: chasing.ChaseGroup) -> list[int]:
        """Return the ids of the duties."""
        return [duty.id for duty in row.duties]


class PreviewSerializer(serializers.Serializer):
    """Who would be told."""

    told = PreviewAgencySerializer(source="heard", many=True)
    nobody_to_tell = PreviewAgencySerializer(source="silent", many=True, help_text="Agencies without anybody.")
    already_chased_today = serializers.SerializerMethodField()
    mail_is_off = serializers.BooleanField(help_text="No mail server is configured: letters do not leave.")

    def get_already_chased_today(self, row: chasing.Preview) -> list[int]:
        """Return the ids of duties that are not chased again today."""
        return [duty.id for duty in row.already]


@extend_schema_view(
    list=extend_schema(
        summary="List reminders",
        description="Newest first: of the caller's agency, or of the province for those who watch it.",
    ),
    retrieve=extend_schema(summary="Read a reminder"),
    create=extend_schema(
        summary="Chase duties",
        description="Tells the agencies' officers and heads. A duty is chased once a day, whoever asks (409 "
        "`already_chased` when that is true of all).",
        request=ChaseSerializer,
        responses={201: ChasedSerializer},
    ),
)
class ReminderDoor(ReadDoor):
    """Reminders and chasing."""

    queryset = Reminder.objects.none()
    serializer_class = ReminderSerializer
    filterset_class = ReminderFilter

    def rows(self) -> QuerySet[Any]:
        """Reminders that the caller may see."""
        return Reminder.objects.visible_to(self.person).order_by("-created_at", "-id")

    def _chosen(self, ids: list[int]) -> AssignmentQuerySet:
        """Return the named duties. Raises NotVisible for one that the caller may not see."""
        found = Assignment.objects.visible_to(self.person).filter(pk__in=set(ids))
        if found.count() != len(set(ids)):
            message = "Không tìm thấy phân công này, hoặc bạn không có quyền xem."
            raise NotVisible("assignment_unknown", message, fields={"assignments": message})
        return found

    def create(self, request: Request) -> Response:
        """Chase duties."""
        sent = self.body(ChaseSerializer)
        chased = verbs.chase(assignments=list(self._chosen(sent["assignments"])), text=sent["text"], by=self.person)
        rows = Reminder.objects.filter(pk__in=[one.pk for one in chased.sent]).order_by("id")
        body = {
            "sent": ReminderSerializer(rows.values(*ReminderSerializer.columns()), many=True).data,
            "already_chased_today": chased.already,
            "nobody_to_tell": chased.silent,
            "no_longer_open": chased.closed,
        }
        return Response(body, status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Preview a chase",
        description="Who would be told if these duties were chased now. Nothing is written.",
        request=ChaseSerializer,
        responses=PreviewSerializer,
    )
    @action(detail=False, methods=["post"], filterset_class=None, pagination_class=None)
    def preview(self, request: Request) -> Response:
        """Say who would be told."""
        chosen = self._chosen(self.body(ChaseSerializer)["assignments"])
        provinces = self.person.provinces_with(Permission.CHASE)
        if chosen.exclude(province_id__in=provinces).exists() or not provinces:
            raise Refused("not_a_chaser", "Bạn không có quyền đôn đốc các cơ quan của tỉnh này.")
        return Response(PreviewSerializer(chasing.preview(chosen, calendar.today())).data)

"""The trail for those who read it: events, one row's history, the export. Nothing here writes."""

from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import calendar
from agencies.api.door import Door, NotVisible, Text, one_of
from agencies.models import Event, User
from agencies.permissions import Permission
from reports.facts import trail
from reports.facts.trail_names import names, type_choices
from reports.facts.trail_words import ACTION_LABELS, action_label, is_exception
from reports.render import trail as files

LABEL = OpenApiParameter("label", OpenApiTypes.STR, OpenApiParameter.PATH, description="`subject_type` of the row.")
SUBJECT = OpenApiParameter("pk", OpenApiTypes.STR, OpenApiParameter.PATH, description="`subject_id` of the row.")


class EventSerializer(serializers.Serializer):
    """One thing that happened."""

    id = serializers.IntegerField()
    province = serializers.CharField(source="province.code", help_text="Code of the province: each has a chain.")
    sequence = serializers.IntegerField(help_text="Its place in the chain.")
    happened_at = serializers.DateTimeField(help_text="Business time.")
    recorded_at = serializers.DateTimeField(help_text="By the machine's clock.")
    actor = serializers.CharField(source="actor.username", default=None, allow_null=True, help_text="Null: the portal.")
    actor_name = serializers.CharField(source="actor.full_name", default=None, allow_null=True)
    action = serializers.CharField(help_text="Stable, for programs.")
    action_label = serializers.SerializerMethodField(help_text="In Vietnamese.")
    exception = serializers.SerializerMethodField(help_text="Departs from the dates of a plan.")
    subject_type = serializers.CharField(help_text="What kind of row it is about.")
    subject_id = serializers.CharField()
    subject = serializers.SerializerMethodField(help_text="The row as people call it, in Vietnamese.")
    reason = serializers.CharField()
    request = serializers.CharField(source="request_id", help_text="Events of one request share it.")
    previous_digest = serializers.CharField(help_text="Of the event before; zeros for the first.")
    digest = serializers.CharField()

    def get_action_label(self, event: Event) -> str:
        """Return what was done, as people say it."""
        return action_label(event.action)

    def get_exception(self, event: Event) -> bool:
        """Return whether it departs from the dates of a plan."""
        return is_exception(event.action)

    def get_subject(self, event: Event) -> str:
        """Return what the row is called."""
        said: str = self.context["names"][event.subject_type, event.subject_id].text
        return said


class EventChangeSerializer(serializers.Serializer):
    """One value that differs; in Vietnamese, as printed."""

    label = serializers.CharField()  # type: ignore[assignment]
    before = serializers.CharField()
    after = serializers.CharField()


class ShownSerializer(serializers.Serializer):
    """A document that the row showed after the event."""

    sha256 = serializers.CharField()
    verdict = serializers.CharField(help_text="As printed.")


class HistoryRowSerializer(serializers.Serializer):
    """One event of a row's history, whole."""

    sequence = serializers.IntegerField(help_text="Its place in the chain.")
    happened_at = serializers.DateTimeField(help_text="Business time.")
    recorded_at = serializers.DateTimeField(help_text="By the machine's clock.")
    actor = serializers.CharField(source="username", help_text="Empty: the portal.")
    actor_name = serializers.CharField(source="who")
    action = serializers.CharField(source="code", help_text="Stable, for programs.")
    action_label = serializers.CharField(source="action", help_text="In Vietnamese.")
    about = serializers.CharField(
        source="about.text",
        default=None,
        allow_null=True,
        help_text="The other row that it is about and that sealed this one too, in Vietnamese; null: this row.",
    )
    reason = serializers.CharField()
    changes = EventChangeSerializer(many=True)
    evidence = ShownSerializer(many=True)
    sealed = serializers.IntegerField(help_text="How many rows it seals.")
    request = serializers.CharField()
    previous_digest = serializers.CharField(source="previous")
    digest = serializers.CharField()
    whole = serializers.BooleanField(help_text="Whether the event still has the digest of what it says.")


class HistorySerializer(serializers.Serializer):
    """A row with everything that happened to it, oldest first."""

    subject = serializers.CharField(source="what.text", help_text="The row as people call it, in Vietnamese.")
    kind = serializers.CharField(help_text="What kind of row it is, in Vietnamese.")
    state = serializers.CharField(source="state.text", help_text="Whether it is still as sealed, in Vietnamese.")
    events = HistoryRowSerializer(source="rows", many=True)


class EventFilter(filters.FilterSet):
    """Filters of events, as on the page."""

    who = Text(help_text="Part of the person's name or log-in.")
    action = one_of(list(ACTION_LABELS.items()), help_text="What was done.")
    type = one_of(type_choices(), help_text="What kind of row it is about.")
    first = filters.DateFilter(input_formats=["%Y-%m-%d"], help_text="First day.")
    last = filters.DateFilter(input_formats=["%Y-%m-%d"], help_text="Last day.")
    request = Text(help_text="Events of one request.")
    exceptions = filters.BooleanFilter(help_text="true: only departures from the dates of a plan.")

    def filter_queryset(self, queryset: Any) -> Any:
        """Return the events asked for: what they are is said by the facts, for page and API alike."""
        assert isinstance(self.request.user, User)
        said = {name: value for name, value in self.form.cleaned_data.items() if value}
        return trail.events(self.request.user, trail.Wanted(**said))


@extend_schema_view(
    list=extend_schema(
        summary="List events of the trail", description="For those who read the trail of a province. Newest first."
    )
)
class TrailDoor(mixins.ListModelMixin, Door):
    """The trail."""

    queryset = Event.objects.none()
    serializer_class = EventSerializer
    filterset_class = EventFilter

    def rows(self) -> QuerySet[Any]:
        """Events of the provinces whose trail the caller reads."""
        return trail.events(self.person, trail.Wanted())

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filter the export as well as the list."""
        return super(Door, self).filter_queryset(queryset)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List a page of events with what their rows are called: one query for each kind of row on it."""
        found = self.filter_queryset(self.get_queryset()).select_related("actor", "province")
        page = self.paginate_queryset(found.defer("before", "after", "seals")) or []
        context = self.get_serializer_context()
        context["names"] = names((event.subject_type, event.subject_id) for event in page)
        return self.get_paginated_response(EventSerializer(page, many=True, context=context).data)

    @extend_schema(
        summary="Read one row's history",
        description="Everything that happened to it, with what changed, oldest first.",
        parameters=[LABEL, SUBJECT],
        responses=HistorySerializer,
    )
    @action(detail=False, methods=["get"], url_path=r"(?P<label>[a-z_]+\.[a-z_]+)/(?P<pk>[-0-9a-zA-Z]{1,40})")
    def history(self, request: Request, label: str, pk: str) -> Response:
        """Read one row's history."""
        found = trail.history(self.person, label, pk)
        if found is None:
            raise NotVisible("not_found", "Không tìm thấy, hoặc bạn không có quyền xem.")
        return Response(HistorySerializer(found).data)

    @extend_schema(
        summary="Export events",
        description="JSON Lines: each event with what its digest is taken over, oldest first, then the heads of the "
        "chains. The filters of the list hold. 404 for those who read no trail.",
        filters=True,
        responses={(200, "application/jsonl"): OpenApiTypes.BINARY},
    )
    @action(detail=False, methods=["get"], pagination_class=None)
    def export(self, request: Request) -> StreamingHttpResponse:
        """Export the filtered events."""
        if not self.person.provinces_with(Permission.TRAIL_READ):
            raise NotVisible("not_found", "Không tìm thấy, hoặc bạn không có quyền xem.")
        events = self.filter_queryset(self.get_queryset()).select_related("actor").order_by("province_id", "sequence")
        response = StreamingHttpResponse(
            files.lines(events.iterator(chunk_size=500), trail.heads(self.person)), content_type="application/jsonl"
        )
        response["Content-Disposition"] = f'attachment; filename="dau-vet-{calendar.today():%Y%m%d}.jsonl"'
        response["Cache-Control"] = "private, no-store"
        response["X-Content-Type-Options"] = "nosniff"
        return response

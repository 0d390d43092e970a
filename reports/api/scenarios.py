"""Scenarios: assumptions and their outcome. A step says which revision it read (``If-Match``)."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import calendar
from agencies.api.door import (
    ETAG,
    IF_MATCH,
    BodySerializer,
    Day,
    Door,
    NotVisible,
    Number,
    Reference,
    RowSerializer,
    Whole,
    revision_of,
    tagged,
)
from indicators.models import ScoreSheet
from reports.actions import scenarios as verbs
from reports.actions.scenarios import Assumed
from reports.facts.whatif import BASES, whatif
from reports.models import Scenario


class ScenarioRowSerializer(RowSerializer):
    """A scenario in the list."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    sheet = serializers.IntegerField(source="sheet_id", help_text="Id of the score sheet.")
    field_year = serializers.IntegerField(allow_null=True)
    revision = serializers.IntegerField()
    created_by = serializers.CharField(source="created_by__full_name")
    created_at = serializers.DateTimeField()


class OutcomeRowSerializer(serializers.Serializer):
    """One component with its interval."""

    component = serializers.IntegerField(source="component_id")
    code = serializers.CharField()
    name = serializers.CharField()
    now = Number(8, 4, allow_null=True, help_text="Null: not scored, which is not 0.")
    max_score = Number(8, 4, allow_null=True)
    low = Number(8, 4, allow_null=True)
    high = Number(8, 4, allow_null=True)
    basis = serializers.ChoiceField(list(BASES.items()), help_text="Where the interval comes from.")
    why = serializers.CharField(help_text="In Vietnamese.")


class ScenarioSerializer(serializers.Serializer):
    """A scenario with its outcome."""

    id = serializers.IntegerField(source="scenario_id")
    name = serializers.CharField()
    sheet = serializers.IntegerField(source="sheet_id")
    revision = serializers.IntegerField()
    now = Number(9, 4, allow_null=True, help_text="The total of what is scored today.")
    low = Number(9, 4)
    high = Number(9, 4)
    field_year = serializers.IntegerField(allow_null=True)
    field_size = serializers.IntegerField(help_text="How many units the rank is among; 0 without a field.")
    best_rank = serializers.IntegerField(allow_null=True)
    worst_rank = serializers.IntegerField(allow_null=True)
    steps = serializers.ListField(child=serializers.CharField(), help_text="How it comes about, in Vietnamese.")
    rows = OutcomeRowSerializer(many=True)


class AssumedSerializer(BodySerializer):
    """One assumption; of `low` and `high` one may be left out."""

    component = Reference(help_text="Id of a component that the sheet scores.")
    low = Number(8, 4, required=False, allow_null=True, default=None)
    high = Number(8, 4, required=False, allow_null=True, default=None)
    task = Reference(required=False, allow_null=True, default=None, help_text="The task that brings it about.")
    closes_on = Day(required=False, allow_null=True, default=None)


class NewScenarioSerializer(BodySerializer):
    """A scenario to begin."""

    sheet = Reference(help_text="Id of a score sheet.")
    name = serializers.CharField(max_length=200)
    field_year = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=2000, max_value=2100)


class ScenarioBodySerializer(BodySerializer):
    """What a scenario says from now on: all of it."""

    name = serializers.CharField(max_length=200)
    field_year = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=2000, max_value=2100)
    lines = AssumedSerializer(many=True)


class ScenarioFilter(filters.FilterSet):
    """Filters of scenarios."""

    sheet = Whole("sheet_id", help_text="Id of the score sheet.")


@extend_schema_view(list=extend_schema(summary="List scenarios"))
class ScenarioDoor(mixins.ListModelMixin, Door):
    """Scenarios of the provinces all of whose scores the caller reads. They never touch a score."""

    queryset = Scenario.objects.none()
    serializer_class = ScenarioSerializer
    row_class = ScenarioRowSerializer
    filterset_class = ScenarioFilter

    def rows(self) -> QuerySet[Any]:
        """Scenarios that the caller may see."""
        rows = Scenario.objects.visible_to(self.person).order_by("-created_at", "-id")
        if self.action == "list":
            return rows
        return rows.select_related("sheet__framework__index", "sheet__agency", "sheet__province")

    def _shown(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        row = self.rows().get(pk=pk)
        body = ScenarioSerializer(whatif(row, self.person, calendar.today())).data
        return tagged(Response(body, status=code), row.revision)

    @extend_schema(
        summary="Read a scenario",
        description="With its outcome, computed from today's scores.",
        parameters=[ETAG],
        responses=ScenarioSerializer,
    )
    def retrieve(self, request: Request, pk: str) -> Response:
        """Read a scenario."""
        return self._shown(self.get_object().pk)

    @extend_schema(
        summary="Begin a scenario",
        parameters=[ETAG],
        request=NewScenarioSerializer,
        responses={201: ScenarioSerializer},
    )
    def create(self, request: Request) -> Response:
        """Begin a scenario."""
        sent = self.body(NewScenarioSerializer)
        sheet = ScoreSheet.objects.visible_to(self.person).filter(pk=sent["sheet"]).first()
        if sheet is None:
            message = "Không tìm thấy phiếu chấm này, hoặc bạn không có quyền xem."
            raise NotVisible("sheet_unknown", message, fields={"sheet": message})
        made = verbs.create(sheet=sheet, name=sent["name"], field_year=sent["field_year"], by=self.person)
        answer = self._shown(made.pk, status.HTTP_201_CREATED)
        answer["Location"] = request.build_absolute_uri(reverse("api:scenario-detail", args=[made.pk]))
        return answer

    @extend_schema(
        summary="Replace what a scenario says",
        description="Needs `If-Match`: 428 without it, 409 `stale_revision` when it has changed since.",
        parameters=[IF_MATCH, ETAG],
        request=ScenarioBodySerializer,
        responses=ScenarioSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Replace what a scenario says."""
        row = self.get_object()
        revision, sent = revision_of(request), self.body(ScenarioBodySerializer)
        lines = [
            Assumed(one["component"], one["low"], one["high"], one["task"], one["closes_on"]) for one in sent["lines"]
        ]
        verbs.save(
            scenario=row,
            name=sent["name"],
            field_year=sent["field_year"],
            lines=lines,
            revision=revision,
            by=self.person,
        )
        return self._shown(row.pk)

    @extend_schema(summary="Put a scenario away", parameters=[IF_MATCH], request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def drop(self, request: Request, pk: str) -> Response:
        """Put a scenario away."""
        verbs.drop(scenario=self.get_object(), revision=revision_of(request), by=self.person)
        return Response(status=status.HTTP_204_NO_CONTENT)

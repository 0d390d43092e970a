"""Coverage, points at risk, loss and change: the same figures as on the pages."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import calendar
from agencies.api.door import Day, Door, NotVisible, Number, RowSerializer, Text, Whole
from indicators.models import ScoreSheet
from plans.models import Plan
from reports.facts.analysis_list import sheet_before
from reports.facts.change import sheet_change
from reports.facts.coverage import VERDICTS, coverage
from reports.facts.loss import sheet_loss
from reports.facts.risk import risk

NOT_YET = "Chưa tính được từ các điểm hiện có."


class ServingTaskSerializer(serializers.Serializer):
    """A task that serves a component."""

    id = serializers.IntegerField()
    plan = serializers.CharField(source="plan_code", help_text="Code of the plan.")
    code = serializers.CharField()
    title = serializers.CharField()
    leads = serializers.ListField(child=serializers.CharField(), help_text="Who leads it.")
    due_on = Day(allow_null=True)
    open = serializers.BooleanField()


class RiskRowSerializer(serializers.Serializer):
    """One component of the ledger."""

    component = serializers.IntegerField(source="component_id")
    code = serializers.CharField()
    name = serializers.CharField()
    max_score = Number(8, 4)
    score = Number(8, 4, allow_null=True, help_text="Null: not scored, which is not 0.")
    evidenced = Number(8, 4)
    pending = Number(8, 4, help_text="Has documents that nobody has judged.")
    unproved = Number(8, 4, help_text="Scored without a document that could be accepted.")
    recoverable = Number(8, 4, help_text="max_score − evidenced.")
    proof = serializers.CharField(help_text="In Vietnamese.")
    owner = serializers.CharField()
    owner_id = serializers.IntegerField(allow_null=True)
    days_left = serializers.IntegerField(allow_null=True, help_text="Negative: passed; null: locked.")
    task_due_on = Day(source="task_due", allow_null=True)
    tasks = ServingTaskSerializer(many=True)


class RiskSumSerializer(serializers.Serializer):
    """The ledger of one agency."""

    owner = serializers.CharField()
    components = serializers.IntegerField()
    recoverable = Number(8, 4)
    pending = Number(8, 4)
    unscored = serializers.IntegerField()


class RiskSerializer(serializers.Serializer):
    """The points-at-risk ledger of a sheet."""

    sheet = serializers.IntegerField(source="sheet_id")
    title = serializers.CharField()
    as_of = Day()
    stage = serializers.CharField(help_text="Whose scores count, in Vietnamese.")
    max_score = Number(8, 4, source="most")
    evidenced = Number(8, 4)
    pending = Number(8, 4)
    unproved = Number(8, 4)
    recoverable = Number(8, 4)
    unscored = serializers.IntegerField()
    not_applicable = serializers.IntegerField(source="excused")
    by_owner = RiskSumSerializer(many=True)
    rows = RiskRowSerializer(many=True)


class LossRowSerializer(serializers.Serializer):
    """One component that lost points."""

    code = serializers.CharField()
    name = serializers.CharField()
    side = serializers.CharField(help_text="base or penalty.")
    score = Number(8, 4, allow_null=True)
    max_score = Number(8, 4, allow_null=True)
    lost = Number(8, 4, allow_null=True, help_text="Null: not known.")
    not_applicable = serializers.BooleanField()
    owner = serializers.CharField()
    tasks = ServingTaskSerializer(many=True)


class LossSumSerializer(serializers.Serializer):
    """The loss of an agency or a plan."""

    name = serializers.CharField()
    lost = Number(8, 4)
    components = serializers.IntegerField()


class LossSerializer(serializers.Serializer):
    """The loss of a sheet."""

    title = serializers.CharField()
    basis = serializers.CharField(help_text="Whose scores count, in Vietnamese.")
    lost = Number(8, 4)
    blank = serializers.IntegerField(help_text="Components without a score; they are not counted.")
    by_owner = LossSumSerializer(many=True)
    by_plan = LossSumSerializer(many=True, help_text="Sums overlap where two plans serve one component.")
    rows = LossRowSerializer(many=True)


class ScoreChangePartSerializer(serializers.Serializer):
    """One part of a move."""

    part = serializers.CharField(help_text="own, survey, reweighted, bonus, penalty, uncompared or totalling.")
    points = Number(8, 4)
    places = serializers.IntegerField(allow_null=True, help_text="Ranks; positive is up. Null without a field.")


class ScoreChangeSerializer(serializers.Serializer):
    """What moved a unit's score between two years. The parts sum to the move."""

    title = serializers.CharField()
    year_before = serializers.IntegerField()
    year_after = serializers.IntegerField()
    before = Number(9, 4)
    after = Number(9, 4)
    parts = ScoreChangePartSerializer(many=True)
    rank_before = serializers.IntegerField(allow_null=True)
    rank_after = serializers.IntegerField(allow_null=True)
    field_places = serializers.IntegerField(allow_null=True, help_text="What the others' movement did to the rank.")


class ScoreAnalysisRowSerializer(RowSerializer):
    """A score sheet that can be analysed."""

    id = serializers.IntegerField()
    index = serializers.CharField(source="framework__index__code", help_text="Code of the index.")
    framework = serializers.CharField(source="framework__code", help_text="Code of the framework.")
    year = serializers.IntegerField()
    agency = serializers.IntegerField(source="agency_id", allow_null=True, help_text="Null: the province's sheet.")
    state = serializers.ChoiceField(ScoreSheet.State.choices, help_text="The stage.")


class ScoreAnalysisFilter(filters.FilterSet):
    """Filters of sheets."""

    index = Text("framework__index__code", help_text="Code of the index.")
    year = Whole("year", help_text="Year of the sheet.")
    agency = Whole("agency_id", help_text="Id of the agency.")


@extend_schema_view(list=extend_schema(summary="List score sheets that can be analysed"))
class ScoreAnalysisDoor(mixins.ListModelMixin, Door):
    """Points at risk, loss and change of the score sheets that the caller may read."""

    queryset = ScoreSheet.objects.none()
    serializer_class = ScoreAnalysisRowSerializer
    filterset_class = ScoreAnalysisFilter

    def rows(self) -> QuerySet[Any]:
        """Sheets that the caller may see."""
        return ScoreSheet.objects.visible_to(self.person).order_by("-year", "framework__index__order", "id")

    def _sheet(self, pk: str) -> ScoreSheet:
        rows = self.rows().select_related("framework__index", "agency", "province")
        found: ScoreSheet | None = rows.filter(pk=pk).first()
        if found is None:
            raise NotVisible("not_found", "Không tìm thấy phiếu chấm này, hoặc bạn không có quyền xem.")
        return found

    @extend_schema(
        summary="Read the points at risk",
        description="Per component what is not proved, who answers for it, and how long there is; most points first.",
        responses=RiskSerializer,
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def risk(self, request: Request, pk: str) -> Response:
        """Read the ledger."""
        return Response(RiskSerializer(risk(self._sheet(pk), self.person, calendar.today())).data)

    @extend_schema(
        summary="Read the loss",
        description="Of a sheet that was appraised to the end (404 `not_yet` before).",
        responses=LossSerializer,
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def loss(self, request: Request, pk: str) -> Response:
        """Read the loss."""
        found = sheet_loss(self._sheet(pk), self.person, calendar.today())
        if found is None:
            raise NotVisible("not_yet", NOT_YET)
        return Response(LossSerializer(found).data)

    @extend_schema(
        summary="Read what moved the score",
        description="Against the same unit's sheet of the year before (404 `not_yet` without two totals).",
        responses=ScoreChangeSerializer,
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def change(self, request: Request, pk: str) -> Response:
        """Read the change."""
        after = self._sheet(pk)
        before = sheet_before(after)
        found = sheet_change(before, after, self.person, calendar.today()) if before else None
        if found is None:
            raise NotVisible("not_yet", NOT_YET)
        return Response(ScoreChangeSerializer(found).data)


class CoverageRowSerializer(serializers.Serializer):
    """One component."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    verdict = serializers.ChoiceField(
        [("", ""), *((code, said[0]) for code, said in VERDICTS.items())], help_text="Empty: it only holds others."
    )
    owners = serializers.ListField(child=serializers.CharField())
    tasks = ServingTaskSerializer(many=True)
    through = ServingTaskSerializer(many=True, help_text="Tasks that serve a domain above it.")


class CoverageSerializer(serializers.Serializer):
    """The coverage map of a plan."""

    plan = serializers.CharField(source="plan_code")
    index = serializers.CharField(source="index_code")
    framework = serializers.CharField()
    as_of = Day()
    rows = CoverageRowSerializer(many=True)
    whole = ServingTaskSerializer(many=True, help_text="Tasks that serve the index as a whole.")
    nothing = ServingTaskSerializer(many=True, help_text="Tasks that serve no component and no index.")


class CoverageDoor(Door):
    """Coverage maps of the plans that the caller may read, by the plan's id."""

    queryset = Plan.objects.none()
    serializer_class = CoverageSerializer

    def rows(self) -> QuerySet[Any]:
        """Plans that the caller may see."""
        return Plan.objects.visible_to(self.person).order_by("id")

    @extend_schema(
        summary="Read a coverage map",
        description="Components without a task or owner, with two owners; tasks that move nothing. 404 for an index "
        "without a structure.",
        parameters=[
            OpenApiParameter("index", OpenApiTypes.STR, description="Code of the index."),
            OpenApiParameter("as_of", OpenApiTypes.DATE, description="At the end of which day; today without it."),
        ],
    )
    def retrieve(self, request: Request, pk: str) -> Response:
        """Read a coverage map."""
        asked = serializers.DateField(required=False, allow_null=True)
        text = request.query_params.get("as_of")
        day = asked.run_validation(text) if text else calendar.today()
        found = coverage(self.get_object(), self.person, day, request.query_params.get("index", "")[:20])
        if found is None:
            raise NotVisible("index_unknown", "Chỉ số này chưa có bộ tiêu chí cho năm của kế hoạch.")
        return Response(CoverageSerializer(found).data)

"""Score sheets: the same verbs as on the screens (``indicators.actions.sheets``, ``entries``, ``offers``).

A step on a sheet names the sheet's revision (``If-Match``), one on a component the component's own: two people who fill
in two components are not in each other's way. What the unit has not handed in, and an appraisal that is not finished,
are shown to those who write them.
"""

from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, parsers, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import calendar
from agencies.actions.documents import Upload
from agencies.api.door import (
    ETAG,
    ID,
    IF_MATCH,
    BodySerializer,
    Day,
    Door,
    NotVisible,
    Number,
    Reference,
    RowSerializer,
    Text,
    Whole,
    blamed,
    download,
    one_of,
    revision_of,
    tagged,
)
from agencies.errors import Invalid
from agencies.models import Agency, Province, Verdict
from agencies.permissions import Permission
from indicators.actions import entries as verbs
from indicators.actions import offers as offer_verbs
from indicators.actions import sheets as sheet_verbs
from indicators.actions.entries import Evidence, Said
from indicators.facts import scored_layers, sheet_entry
from indicators.facts.sheet_access import access
from indicators.facts.sheets import COLUMNS, read
from indicators.models import Component, EntryLayer, Framework, Offer, ScoreSheet, SheetEntry
from indicators.scoring import Value

_GUARDED = "Needs `If-Match`: 428 without it, 409 `stale_revision` when it has changed since."
LINK = OpenApiParameter("link", OpenApiTypes.INT, OpenApiParameter.PATH, description="Id of the evidence link.")


# --- what is shown -----------------------------------------------------------------------------------------------


class ScoreSheetRowSerializer(RowSerializer):
    """A score sheet in a list."""

    id = serializers.IntegerField()
    province = serializers.CharField(source="province__code", help_text="Code of the province.")
    agency = serializers.IntegerField(source="agency_id", allow_null=True, help_text="Null: the province's own.")
    agency_name = serializers.CharField(source="agency__name", allow_null=True)
    index = serializers.CharField(source="framework__index__code", help_text="Code of the index.")
    framework = serializers.CharField(source="framework__code", help_text="Code of the framework.")
    year = serializers.IntegerField()
    state = serializers.ChoiceField(ScoreSheet.State.choices, help_text="The stage.")
    round = serializers.IntegerField(help_text="Grows when the sheet is returned or withdrawn.")
    revision = serializers.IntegerField(help_text="The ETag of the detail.")
    self_due_on = Day()
    appraisal_due_on = Day()
    explanation_due_on = Day()
    settlement_due_on = Day()
    published_on = Day(allow_null=True)


class TotalSerializer(serializers.Serializer):
    """What a stage makes of the whole sheet; null where the caller may not read all of it."""

    stage = serializers.ChoiceField(EntryLayer.Stage.choices)
    total = Number(9, 4, allow_null=True)
    percent = Number(9, 4, allow_null=True)
    grade = serializers.CharField(allow_null=True, help_text="Code of the grade.")
    answered = serializers.IntegerField()
    components = serializers.IntegerField()


class LayerSerializer(serializers.Serializer):
    """What one stage says of one component. A null score is neither 0 nor not applicable."""

    stage = serializers.ChoiceField(EntryLayer.Stage.choices)
    score = Number(8, 4, allow_null=True)
    not_applicable = serializers.BooleanField()
    inputs = serializers.DictField(help_text="Declared input → number (as a string), true, false, or a choice.")
    explanation = serializers.CharField()
    reason = serializers.CharField(help_text="Of an appraisal that differs.")
    evidence = serializers.IntegerField(help_text="How many documents.")
    open = serializers.BooleanField(help_text="Still being written.")


class EntryRowSerializer(serializers.Serializer):
    """One component of a sheet, with its layers in the present round."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    max_score = Number(8, 4, allow_null=True)
    owner = serializers.IntegerField(allow_null=True, help_text="Agency that answers; null: who bears the sheet.")
    revision = serializers.IntegerField(help_text="The ETag of the component.")
    layers = LayerSerializer(many=True)


class ScoreSheetSerializer(serializers.Serializer):
    """A score sheet with all its layers."""

    id = serializers.IntegerField()
    province = serializers.CharField()
    agency = serializers.IntegerField(allow_null=True)
    agency_name = serializers.CharField(allow_null=True)
    index = serializers.CharField()
    framework = serializers.CharField()
    year = serializers.IntegerField()
    state = serializers.ChoiceField(ScoreSheet.State.choices)
    round = serializers.IntegerField()
    revision = serializers.IntegerField()
    self_due_on = Day()
    appraisal_due_on = Day()
    explanation_due_on = Day()
    settlement_due_on = Day()
    published_on = Day(allow_null=True)
    publication = serializers.CharField()
    totals = TotalSerializer(many=True)
    entries = EntryRowSerializer(many=True)


class SheetFileSerializer(serializers.Serializer):
    """A document shown with a component."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    marks = serializers.CharField()
    verdict = serializers.ChoiceField(Verdict.choices)


class EntryLayerSerializer(serializers.Serializer):
    """A layer with its explanation and documents; those of earlier rounds too."""

    stage = serializers.ChoiceField(EntryLayer.Stage.choices)
    label = serializers.CharField()  # type: ignore[assignment]
    who = serializers.CharField()
    open = serializers.BooleanField()
    score = serializers.CharField(help_text="As people read it.")
    inputs = serializers.ListField(child=serializers.CharField())
    steps = serializers.ListField(child=serializers.CharField(), help_text="How the score comes about.")
    explanation = serializers.CharField()
    reason = serializers.CharField()
    evidence = SheetFileSerializer(many=True)


class FieldSerializer(serializers.Serializer):
    """One input that the rule asks for."""

    name = serializers.CharField()
    kind = serializers.CharField(help_text="number, percent, count, boolean or choice.")
    label = serializers.CharField()  # type: ignore[assignment]
    options = serializers.ListField(child=serializers.CharField())
    optional = serializers.BooleanField()


class SheetEntrySerializer(serializers.Serializer):
    """One component: its rule, what it asks for, and every layer that the caller reads."""

    id = serializers.IntegerField()
    sheet = serializers.IntegerField()
    revision = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    rule = serializers.CharField(help_text="In one sentence.")
    fields = FieldSerializer(many=True)  # type: ignore[assignment]
    asks = serializers.CharField(help_text="Documents that the framework asks for.")
    layers = EntryLayerSerializer(many=True)


class OfferSerializer(RowSerializer):
    """A figure and its documents that were accepted elsewhere and may serve a component."""

    id = serializers.IntegerField()
    component = serializers.IntegerField(source="component_id")
    component_code = serializers.CharField(source="component__code")
    year = serializers.IntegerField()
    agency = serializers.IntegerField(source="agency_id")
    label = serializers.CharField()  # type: ignore[assignment]
    text = serializers.CharField()
    figure = Number(allow_null=True)
    numerator = Number(allow_null=True)
    denominator = Number(allow_null=True)
    offered_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True, help_text="Taken, set aside, or replaced by a later one.")


# --- what is sent ------------------------------------------------------------------------------------------------


class DatesSerializer(BodySerializer):
    """The four dates, in order."""

    self_due_on = Day(help_text="Last day of the self-score: it locks after it.")
    appraisal_due_on = Day()
    explanation_due_on = Day(help_text="Last day of the explanation: it locks after it.")
    settlement_due_on = Day()


class MoveDatesSerializer(DatesSerializer):
    """Dates to move; the reason is required by the rules of the work (422)."""

    reason = serializers.CharField(required=False, allow_blank=True, default="")


class OpenYearSerializer(DatesSerializer):
    """A year to open: the province's sheet for a framework of provinces, else one for each agency."""

    province = serializers.CharField(max_length=60, help_text="Code of the province.")
    framework = serializers.CharField(max_length=60, help_text="Code of the framework.")
    year = serializers.IntegerField(min_value=2000, max_value=2100)
    agencies = serializers.ListField(child=Reference(), required=False, default=list, max_length=1000)


class OpenedSerializer(serializers.Serializer):
    """The sheets that were opened."""

    results = serializers.ListField(child=serializers.IntegerField())


class ReturnSheetSerializer(BodySerializer):
    """Why a sheet goes back; `until` where its day is over."""

    reason = serializers.CharField(required=False, allow_blank=True, default="", help_text="Kept for ever; required.")
    until = Day(required=False, allow_null=True, default=None)


class OwnerSerializer(BodySerializer):
    """Who answers for a component; null: the standing office."""

    entry = Reference()
    agency = Reference(allow_null=True)


class AssignOwnersSerializer(BodySerializer):
    """Who answers for which components of the province's sheet."""

    owners = OwnerSerializer(many=True)


class PublishedScoreSerializer(BodySerializer):
    """A published score that differs from the one settled; null: not published."""

    entry = Reference()
    score = Number(8, 4, allow_null=True)


class PublishSheetSerializer(BodySerializer):
    """What was published, by which document, on which day."""

    document = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    on = Day(required=False, allow_null=True, default=None)
    scores = PublishedScoreSerializer(many=True, required=False, default=list)


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}], "nullable": True})
class ValueField(serializers.Field):
    """A declared input: a number (a string with a point, or a JSON integer), true, false, a choice, or null."""

    def to_internal_value(self, data: Any) -> Any:
        """Take numbers and truths as they are; a text is read by the rule."""
        if data is None or isinstance(data, bool | str):
            return data
        if isinstance(data, int):
            return Number(18, 4).to_internal_value(data)
        raise serializers.ValidationError("Cần một số (chuỗi với dấu chấm thập phân), true, false hoặc một lựa chọn.")

    def to_representation(self, value: Any) -> Any:
        """Answers are written by ``_inputs``."""
        return value


class SaveEntrySerializer(BodySerializer):
    """What the unit says of a component. A field left out keeps what the draft says; null or empty clears it."""

    inputs = serializers.DictField(child=ValueField(allow_null=True), required=False)
    score = Number(8, 4, required=False, allow_null=True, help_text="Only of a component without a rule.")
    not_applicable = serializers.BooleanField(required=False)
    explanation = serializers.CharField(required=False, allow_blank=True, max_length=20_000)


class GivenVerdictSerializer(BodySerializer):
    """A verdict on a document."""

    link = Reference()
    verdict = serializers.ChoiceField(Verdict.choices)


class JudgeEntrySerializer(BodySerializer):
    """What an appraisal makes of a component. A field left out keeps what the open layer says."""

    inputs = serializers.DictField(child=ValueField(allow_null=True), required=False)
    score = Number(8, 4, required=False, allow_null=True, help_text="Set against the rule, with the reason.")
    not_applicable = serializers.BooleanField(required=False)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    verdicts = GivenVerdictSerializer(many=True, required=False, default=list)


class SheetUploadSerializer(BodySerializer):
    """A file with the marks of the document it holds, or a document that the agency holds."""

    file = serializers.FileField(required=False, allow_empty_file=True)
    document = Reference(required=False)
    number = serializers.CharField(required=False, allow_blank=True, default="", max_length=100)
    issued_on = Day(required=False, allow_null=True, default=None)
    issuer = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    excerpt = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)


class TakeOfferSerializer(BodySerializer):
    """An offer to take: its figure into an input (`numerator/denominator`: its two), or its documents alone."""

    offer = Reference()
    into = serializers.CharField(required=False, allow_blank=True, default="", max_length=60)


# --- sheets ------------------------------------------------------------------------------------------------------


class ScoreSheetFilter(filters.FilterSet):
    """Filters of score sheets."""

    province = Text("province__code", help_text="Code of the province.")
    index = Text("framework__index__code", help_text="Code of the index.")
    framework = Text("framework__code", help_text="Code of the framework.")
    agency = Whole("agency_id", help_text="Id of the agency.")
    year = Whole("year", help_text="The year that is scored.")
    state = one_of(ScoreSheet.State.choices, help_text="The stage.")
    mine = filters.BooleanFilter(method="for_me", help_text="true: the next step is the caller's.")

    def for_me(self, rows: Any, name: str, value: bool) -> Any:
        """Keep what waits for the caller."""
        return rows.waiting_for(self.request.user, calendar.today()) if value else rows


def _inputs(values: dict[str, Value]) -> dict[str, Any]:
    """Return declared inputs as the API writes them: numbers as strings with a point."""
    return {name: one if isinstance(one, bool | str) else f"{one:f}" for name, one in values.items()}


@extend_schema_view(list=extend_schema(summary="List score sheets"))
class ScoreSheetDoor(mixins.ListModelMixin, Door):
    """Score sheets of the province and its agencies."""

    queryset = ScoreSheet.objects.none()
    serializer_class = ScoreSheetSerializer
    row_class = ScoreSheetRowSerializer
    filterset_class = ScoreSheetFilter

    def rows(self) -> QuerySet[Any]:
        """Sheets that the caller may see."""
        rows = ScoreSheet.objects.visible_to(self.person).order_by("-year", "framework_id", "agency__order", "id")
        return rows if self.action == "list" else rows.select_related("framework__index", "agency", "province")

    def _shown(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        sheet = self.rows().get(pk=pk)
        return tagged(Response(ScoreSheetSerializer(self._facts(sheet)).data, status=code), sheet.revision)

    def _facts(self, sheet: ScoreSheet) -> dict[str, Any]:
        reading = read(sheet, self.person, calendar.today())
        components = {one.pk: one for one in reading.components}
        columns = {stage: reading.column(stage) for stage in COLUMNS}
        return {
            **{name: getattr(sheet, name) for name in ("id", "year", "state", "round", "revision", *sheet_verbs.DATES)},
            "published_on": sheet.published_on,
            "publication": sheet.publication,
            "province": sheet.province.code,
            "agency": sheet.agency_id,
            "agency_name": sheet.agency.name if sheet.agency else None,
            "index": sheet.framework.index.code,
            "framework": sheet.framework.code,
            "totals": [
                {
                    "stage": stage,
                    "total": whole.total,
                    "percent": whole.percent,
                    "grade": whole.grade.code if whole.grade else None,
                    "answered": whole.answered,
                    "components": whole.leaves,
                }
                for stage, whole in columns.items()
                if whole is not None
            ],
            "entries": [
                {
                    "id": entry.pk,
                    "code": components[entry.component_id].code,
                    "name": components[entry.component_id].name,
                    "max_score": components[entry.component_id].max_score,
                    "owner": entry.owner_id,
                    "revision": entry.revision,
                    "layers": [
                        {
                            "stage": layer.stage,
                            "score": layer.score,
                            "not_applicable": layer.not_applicable,
                            "inputs": _inputs(reading.inputs.get(layer.pk, {})),
                            "explanation": layer.explanation,
                            "reason": layer.reason,
                            "evidence": len(reading.evidence.get(layer.pk, ())),
                            "open": layer.frozen_at is None,
                        }
                        for stage in COLUMNS
                        if (layer := reading.layers.get(entry.pk, {}).get(stage))
                        and reading.held.reads(layer, entry.owner_id)
                    ],
                }
                for entry in reading.entries.values()
            ],
        }

    @extend_schema(summary="Read a score sheet", parameters=[ETAG], responses=ScoreSheetSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """Read a score sheet with its layers."""
        sheet: ScoreSheet = self.get_object()
        return self._shown(sheet.pk)

    @extend_schema(
        summary="Open the score sheets of a year",
        description="One for each agency; the province's for a framework that scores provinces.",
        request=OpenYearSerializer,
        responses={201: OpenedSerializer},
    )
    def create(self, request: Request) -> Response:
        """Open a year."""
        sent = self.body(OpenYearSerializer)
        managed = Province.objects.filter(pk__in=self.person.provinces_with(Permission.INDEX_MANAGE))
        province = managed.filter(code=sent["province"]).first()
        framework = Framework.objects.visible_to(self.person).filter(code=sent["framework"]).first()
        for name, found in (("province", province), ("framework", framework)):
            if found is None:
                message = "Không tìm thấy, hoặc bạn không quản lý."
                raise NotVisible(f"{name}_unknown", message, fields={name: message})
        assert province is not None and framework is not None
        agencies = list(Agency.objects.filter(province=province, pk__in=sent["agencies"]))
        if len(agencies) != len(set(sent["agencies"])):
            message = "Có cơ quan không thuộc tỉnh."
            raise NotVisible("agency_unknown", message, fields={"agencies": message})
        opened = sheet_verbs.open_year(
            framework=framework,
            year=sent["year"],
            province=province,
            agencies=agencies,
            dates=sheet_verbs.Dates(**{name: sent[name] for name in sheet_verbs.DATES}),
            by=self.person,
        )
        return Response({"results": [sheet.pk for sheet in opened]}, status=status.HTTP_201_CREATED)

    def _guarded(self) -> tuple[ScoreSheet, int]:
        sheet: ScoreSheet = self.get_object()
        return sheet, revision_of(self.request)

    def _take(self, verb: Any, **said: Any) -> Response:
        sheet, revision = self._guarded()
        verb(sheet=sheet, revision=revision, by=self.person, **said)
        return self._shown(sheet.pk)

    @extend_schema(
        summary="Hand a self-score in",
        description="By the head of the agency that bears the sheet; 422 `sheet_incomplete` names every component that "
        "lacks something. " + _GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=None,
        responses=ScoreSheetSerializer,
    )
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """Hand the self-score in."""
        return self._take(sheet_verbs.submit)

    @extend_schema(
        summary="Withdraw a sheet",
        description="Before anybody has begun to appraise it. " + _GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=None,
        responses=ScoreSheetSerializer,
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Withdraw the sheet."""
        return self._take(sheet_verbs.withdraw)

    @extend_schema(
        summary="Return a sheet",
        description=_GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=ReturnSheetSerializer,
        responses=ScoreSheetSerializer,
    )
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def send_back(self, request: Request, pk: str) -> Response:
        """Return the sheet with a reason."""
        sheet, revision = self._guarded()
        sent = self.body(ReturnSheetSerializer)
        sheet_verbs.send_back(sheet=sheet, revision=revision, by=self.person, **sent)
        return self._shown(sheet.pk)

    @extend_schema(
        summary="Finish the first appraisal",
        description="Documents that nobody judged are accepted with it. " + _GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=None,
        responses=ScoreSheetSerializer,
    )
    @action(detail=True, methods=["post"])
    def appraise(self, request: Request, pk: str) -> Response:
        """Finish the first appraisal."""
        return self._take(sheet_verbs.appraise)

    @extend_schema(
        summary="Send the explanation",
        description=_GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=None,
        responses=ScoreSheetSerializer,
    )
    @action(detail=True, methods=["post"])
    def explain(self, request: Request, pk: str) -> Response:
        """Send the explanation."""
        return self._take(sheet_verbs.explain)

    @extend_schema(
        summary="Go on without an explanation",
        description="After its last day. " + _GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=None,
        responses=ScoreSheetSerializer,
    )
    @action(detail=True, methods=["post"])
    def waive(self, request: Request, pk: str) -> Response:
        """Go on without an explanation."""
        return self._take(sheet_verbs.waive)

    @extend_schema(
        summary="Finish the second appraisal",
        description=_GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=None,
        responses=ScoreSheetSerializer,
    )
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, pk: str) -> Response:
        """Finish the second appraisal."""
        return self._take(sheet_verbs.settle)

    @extend_schema(
        summary="Record what was published",
        description="As settled but for `scores`. " + _GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=PublishSheetSerializer,
        responses=ScoreSheetSerializer,
    )
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Record the publication."""
        sheet, revision = self._guarded()
        sent = self.body(PublishSheetSerializer)
        sheet_verbs.publish(
            sheet=sheet,
            document=sent["document"],
            on=sent["on"],
            scores={one["entry"]: one["score"] for one in sent["scores"]},
            revision=revision,
            by=self.person,
        )
        return self._shown(sheet.pk)

    @extend_schema(
        summary="Move the dates of a sheet",
        description=_GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=MoveDatesSerializer,
        responses=ScoreSheetSerializer,
    )
    @action(detail=True, methods=["post"], url_path="dates", url_name="dates")
    def move_dates(self, request: Request, pk: str) -> Response:
        """Move the dates."""
        sheet, revision = self._guarded()
        sent = self.body(MoveDatesSerializer)
        dates = sheet_verbs.Dates(**{name: sent[name] for name in sheet_verbs.DATES})
        sheet_verbs.move_dates(sheet=sheet, dates=dates, reason=sent["reason"], revision=revision, by=self.person)
        return self._shown(sheet.pk)

    @extend_schema(
        summary="Say who answers for which components",
        description="Of the province's sheet, while it is written. " + _GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=AssignOwnersSerializer,
        responses=ScoreSheetSerializer,
    )
    @action(detail=True, methods=["post"], url_path="owners", url_name="owners")
    def assign(self, request: Request, pk: str) -> Response:
        """Assign owners."""
        sheet, revision = self._guarded()
        sent = self.body(AssignOwnersSerializer)["owners"]
        wanted = {one["agency"] for one in sent if one["agency"] is not None}
        agencies = Agency.objects.visible_to(self.person).in_bulk(wanted)
        if len(agencies) != len(wanted):
            message = "Có cơ quan không tìm thấy."
            raise NotVisible("agency_unknown", message, fields={"owners": message})
        owners = {one["entry"]: agencies.get(one["agency"]) for one in sent}
        sheet_verbs.assign(sheet=sheet, owners=owners, revision=revision, by=self.person)
        return self._shown(sheet.pk)


# --- components of a sheet ---------------------------------------------------------------------------------------


class SheetEntryDoor(Door):
    """Components of score sheets."""

    queryset = SheetEntry.objects.none()
    serializer_class = SheetEntrySerializer

    def rows(self) -> QuerySet[Any]:
        """Entries of the sheets that the caller may see."""
        return (
            SheetEntry.objects.filter(sheet__in=ScoreSheet.objects.visible_to(self.person))
            .select_related("sheet__framework__index", "sheet__agency", "sheet__province", "component__parent", "owner")
            .order_by("sheet_id", "component__order", "id")
        )

    def _shown(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        entry = self.rows().get(pk=pk)
        page = sheet_entry.entry_page(entry, self.person, calendar.today())
        body = {
            "id": page.id,
            "sheet": page.sheet_id,
            "revision": page.revision,
            "code": page.code,
            "name": page.name,
            "rule": page.rule,
            "fields": scored_layers.fields_of(entry.component),
            "asks": page.asks,
            "layers": [
                {
                    **{name: getattr(layer, name) for name in ("stage", "label", "who", "open", "score")},
                    "inputs": layer.inputs,
                    "steps": layer.steps,
                    "explanation": layer.explanation,
                    "reason": layer.reason,
                    "evidence": [
                        {"id": one.id, "name": one.name, "marks": one.marks, "verdict": one.verdict_code}
                        for one in layer.evidence
                    ],
                }
                for layer in page.layers
            ],
        }
        return tagged(Response(SheetEntrySerializer(body).data, status=code), entry.revision)

    @extend_schema(summary="Read a component of a score sheet", parameters=[ETAG], responses=SheetEntrySerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """Read a component with its layers."""
        entry: SheetEntry = self.get_object()
        return self._shown(entry.pk)

    def _guarded(self) -> tuple[SheetEntry, int]:
        entry: SheetEntry = self.get_object()
        return entry, revision_of(self.request)

    def _kept(self, entry: SheetEntry) -> Said:
        """Return what the open layer says, to those who read it."""
        layer = sheet_entry.current(entry)
        held = access(entry.sheet, self.person, calendar.today())
        if layer is None or not held.reads(layer, entry.owner_id):
            return Said()
        kept = verbs.of(layer)
        answer = scored_layers.answer_of(entry.component, layer, dict(sheet_entry.declared(layer)))
        # A score that an appraisal set against the rule stays set.
        appraising = layer.stage in (EntryLayer.Stage.APPRAISAL, EntryLayer.Stage.SETTLEMENT)
        return replace(kept, score=answer.given) if appraising and answer.given is not None else kept

    def _said(self, entry: SheetEntry, sent: dict[str, Any]) -> Said:
        said = replace(self._kept(entry), **{name: one for name, one in sent.items() if name != "inputs"})
        if "inputs" in sent:
            said = replace(said, inputs=_read(entry.component, sent["inputs"]))
        return said

    @extend_schema(
        summary="Save a component",
        description="The unit's word: its self-score, or its explanation after the first appraisal. " + _GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=SaveEntrySerializer,
        responses=SheetEntrySerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Save a component."""
        entry, revision = self._guarded()
        said = self._said(entry, self.body(SaveEntrySerializer))
        verbs.save(entry=entry, said=said, revision=revision, by=self.person)
        return self._shown(entry.pk)

    @extend_schema(
        summary="Appraise a component",
        description=_GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=JudgeEntrySerializer,
        responses=SheetEntrySerializer,
    )
    @action(detail=True, methods=["post"])
    def judge(self, request: Request, pk: str) -> Response:
        """Appraise a component."""
        entry, revision = self._guarded()
        sent = self.body(JudgeEntrySerializer)
        verdicts = {one["link"]: one["verdict"] for one in sent.pop("verdicts")}
        said = self._said(entry, sent)
        verbs.judge(entry=entry, said=said, verdicts=verdicts, revision=revision, by=self.person)
        return self._shown(entry.pk)

    @extend_schema(
        summary="Attach evidence to a component",
        description="A file, or a document that the agency holds. " + _GUARDED,
        parameters=[IF_MATCH, ETAG],
        request={"multipart/form-data": SheetUploadSerializer},
        responses={201: SheetEntrySerializer},
    )
    @action(detail=True, methods=["post"], url_path="evidence", parser_classes=[parsers.MultiPartParser])
    def attach(self, request: Request, pk: str) -> Response:
        """Attach a document."""
        entry, revision = self._guarded()
        sent = self.body(SheetUploadSerializer)
        file, document = sent.pop("file", None), sent.pop("document", None)
        if (file is None) == (document is None):
            raise serializers.ValidationError({"file": ["Cần một tệp, hoặc số của một tài liệu cơ quan đã có."]})
        uploads = [Upload(name=file.name or "", size=file.size or 0, content=file, **sent)] if file else []
        evidence = Evidence(uploads, [document] if document else [])
        try:
            verbs.save(entry=entry, said=self._kept(entry), evidence=evidence, revision=revision, by=self.person)
        except Invalid as error:
            raise blamed(error, files="file", attach="document") from error
        return self._shown(entry.pk, status.HTTP_201_CREATED)

    @extend_schema(
        summary="Take evidence off a component",
        description="Only off what is being written; what was handed in stays. " + _GUARDED,
        parameters=[IF_MATCH, ETAG, LINK],
        responses=SheetEntrySerializer,
    )
    @action(detail=True, methods=["delete"], url_path=rf"evidence/(?P<link>{ID})", url_name="evidence-drop")
    def drop(self, request: Request, pk: str, link: str) -> Response:
        """Take a document off."""
        entry, revision = self._guarded()
        layer = sheet_entry.current(entry)
        if layer is None or not layer.evidence.filter(pk=int(link)).exists():
            raise NotVisible("not_found", "Không có tài liệu này trong phần đang làm.")
        evidence = Evidence(drop=[int(link)])
        verbs.save(entry=entry, said=self._kept(entry), evidence=evidence, revision=revision, by=self.person)
        return self._shown(entry.pk)

    @extend_schema(
        summary="Download evidence of a component",
        parameters=[LINK],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["get"], url_path=rf"evidence/(?P<link>{ID})/file", url_name="evidence-file")
    def file(self, request: Request, pk: str, link: str) -> FileResponse:
        """Download a document."""
        entry: SheetEntry = self.get_object()
        document = sheet_entry.visible_file(self.person, int(link), calendar.today(), entry=entry)
        if document is None:
            raise NotVisible("not_found", "Không tìm thấy, hoặc bạn không có quyền xem.")
        return download(document.blob, document.original_name)

    @extend_schema(
        summary="Take an offer into a component",
        description="With its documents; the score follows. " + _GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=TakeOfferSerializer,
        responses=SheetEntrySerializer,
    )
    @action(detail=True, methods=["post"])
    def take(self, request: Request, pk: str) -> Response:
        """Take an offer."""
        entry, revision = self._guarded()
        sent = self.body(TakeOfferSerializer)
        offer = Offer.objects.visible_to(self.person).serving(entry.sheet).filter(pk=sent["offer"]).first()
        if offer is None:
            message = "Không tìm thấy số liệu này."
            raise NotVisible("offer_unknown", message, fields={"offer": message})
        offer_verbs.take(offer=offer, entry=entry, into=sent["into"], revision=revision, by=self.person)
        return self._shown(entry.pk)


def _read(component: Component, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return inputs with the texts of numbers read as numbers; the rule judges the rest."""
    kinds = {one.name: one.kind for one in scored_layers.fields_of(component)}
    found = {}
    for name, value in inputs.items():
        if isinstance(value, str) and kinds.get(name) in ("number", "percent", "count"):
            try:
                value = Number(18, 4).to_internal_value(value)
            except serializers.ValidationError as error:
                said = [str(one) for one in error.detail] if isinstance(error.detail, list) else []
                raise serializers.ValidationError({f"inputs.{name}": said}) from error
        found[name] = value
    return found


# --- offers ------------------------------------------------------------------------------------------------------


class OfferFilter(filters.FilterSet):
    """Filters of offers."""

    component = Whole("component_id", help_text="Id of the component.")
    year = Whole("year", help_text="The year.")
    agency = Whole("agency_id", help_text="Id of the agency.")
    open = filters.BooleanFilter("settled_at", lookup_expr="isnull", help_text="true: still waiting.")


@extend_schema_view(list=extend_schema(summary="List offers"), retrieve=extend_schema(summary="Read an offer"))
class OfferDoor(mixins.ListModelMixin, mixins.RetrieveModelMixin, Door):
    """Figures and documents that were accepted elsewhere and may serve components."""

    queryset = Offer.objects.none()
    serializer_class = OfferSerializer
    filterset_class = OfferFilter

    def rows(self) -> QuerySet[Any]:
        """Offers that the caller may see."""
        return Offer.objects.visible_to(self.person).order_by("-offered_at", "-id")

    @extend_schema(summary="Set an offer aside", request=None, responses=OfferSerializer)
    @action(detail=True, methods=["post"], url_path="set-aside", url_name="set-aside")
    def set_aside(self, request: Request, pk: str) -> Response:
        """Set an offer aside."""
        offer = Offer.objects.visible_to(self.person).filter(pk=pk).first()
        if offer is None:
            raise NotVisible("not_found", "Không tìm thấy, hoặc bạn không có quyền xem.")
        offer_verbs.set_aside(offer=offer, by=self.person)
        row = self.rows().values(*OfferSerializer.columns()).get(pk=offer.pk)
        return Response(OfferSerializer(row).data)

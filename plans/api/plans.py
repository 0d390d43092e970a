"""Plans with their sections and targets, their dashboards, and their reporting periods."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import parsers, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import calendar
from agencies.actions.documents import Upload
from agencies.api.door import (
    BodySerializer,
    Day,
    JSONParser,
    NotVisible,
    ReadDoor,
    Reference,
    RowSerializer,
    Text,
    Whole,
    one_of,
)
from agencies.errors import Invalid
from agencies.models import Agency
from plans import presets
from plans.actions import baselines, windows
from plans.api.successions import SuccessionSteps
from plans.facts.by_agency import View, by_present
from plans.facts.dashboard_day import rollups_on
from plans.facts.exceptions import visible_exceptions
from plans.facts.plan import plan_facts
from plans.facts.targets import TargetFacts, baseline_candidates, for_reader, target_facts
from plans.facts.windows import closed_expression, closes_expression, due_expression
from plans.models import Plan, PlanRollup, ReportingPeriod, Target, TargetVersion, WindowException
from plans.presets import Span
from plans.standing import Bucket, Counts

TARGET = OpenApiParameter("target", OpenApiTypes.STR, OpenApiParameter.PATH, description="Code of the target.")
_NEEDED = ("starts_on", "cut_off", "opens_on", "due_on")
_TARGET_STATES = [("met", "met"), ("not_met", "not_met"), ("unknown", "unknown")]


class PlanRowSerializer(RowSerializer):
    """A plan in a list."""

    id = serializers.IntegerField()
    code = serializers.CharField(help_text="Ours and stable; numbers may be missing or shared.")
    number = serializers.CharField(allow_null=True, help_text="Number and symbol as issued.")
    province = serializers.CharField(source="province__code", help_text="Code of the province.")
    kind = serializers.ChoiceField(Plan.Kind.choices, help_text="What sort of document it is.")
    title = serializers.CharField()
    issuer = serializers.CharField()
    issued_on = Day(allow_null=True)
    issued_text = serializers.CharField(help_text="The time of issue in the source's words, where it gives no day.")
    year_from = serializers.IntegerField()
    year_to = serializers.IntegerField(allow_null=True, help_text="Null: open-ended.")
    report_due_on = Day(allow_null=True)
    state = serializers.ChoiceField(Plan.State.choices, help_text="Where the plan stands.")


class SectionSerializer(serializers.Serializer):
    """A part of a plan."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    title = serializers.CharField()
    parent = serializers.IntegerField(source="parent_id", allow_null=True)  # type: ignore[assignment]
    index = serializers.CharField(
        source="index.code", default=None, allow_null=True, help_text="Code of the index it is about."
    )


class TargetSourceSerializer(serializers.Serializer):
    """One row that an evaluation rests on."""

    what = serializers.CharField(help_text="The figure it is about, as printed.")
    said = serializers.CharField(help_text="What it says, as printed.")
    name = serializers.CharField(help_text="The source in short.")
    url = serializers.CharField(help_text="Its address; empty where it has none.")
    kind = serializers.CharField(help_text="What sort of source it is, as printed.")


class TargetPartSerializer(serializers.Serializer):
    """Where one component stands."""

    code = serializers.CharField()
    name = serializers.CharField()
    value = serializers.CharField(help_text="As printed; empty where none is known.")
    rank = serializers.CharField(help_text="Rank and number of ranked units, as printed.")
    group = serializers.CharField()
    counts = serializers.BooleanField(help_text="Whether it is as the target wants it.")


class TargetSerializer(serializers.Serializer):
    """A target and how it stands today against published results."""

    code = serializers.CharField()
    kind = serializers.ChoiceField(TargetVersion.Kind.choices, help_text="How it is judged.")
    index = serializers.CharField(allow_null=True, help_text="Code of the index.")
    text = serializers.CharField()
    value = serializers.CharField(help_text="What is wanted, as printed (Vietnamese number format).")
    state = serializers.ChoiceField(_TARGET_STATES, help_text="Whether it is reached.")
    baseline = serializers.CharField(help_text="The baseline, as printed; empty when none is known.")
    baseline_choosable = serializers.BooleanField(
        source="choosable", help_text="The province came from several: a person chooses the baseline."
    )
    baseline_chosen = serializers.CharField(source="chosen", help_text="Who chose it, when and why, as printed.")
    result = serializers.CharField(help_text="The published result, as printed; empty when none is known.")
    arithmetic = serializers.CharField(help_text="The sum behind the state, as printed.")
    why = serializers.CharField(help_text="Why it cannot be compared, as printed; empty otherwise.")
    reason = serializers.CharField(help_text="Why it is not yet known: what is missing, as printed; empty otherwise.")
    sources = TargetSourceSerializer(many=True, help_text="The rows it was judged by.")
    parts = TargetPartSerializer(many=True, help_text="Where the components stand that it counts.")


class PlanSerializer(serializers.Serializer):
    """A plan's text."""

    id = serializers.IntegerField()
    code = serializers.CharField(help_text="Ours and stable; numbers may be missing or shared.")
    number = serializers.CharField(allow_null=True, help_text="Number and symbol as issued.")
    province = serializers.CharField(source="province.code", help_text="Code of the province.")
    kind = serializers.ChoiceField(Plan.Kind.choices, help_text="What sort of document it is.")
    title = serializers.CharField()
    issuer = serializers.CharField()
    issued_on = Day(allow_null=True)
    issued_text = serializers.CharField(help_text="The time of issue in the source's words, where it gives no day.")
    year_from = serializers.IntegerField()
    year_to = serializers.IntegerField(allow_null=True, help_text="Null: open-ended.")
    report_due_on = Day(allow_null=True)
    state = serializers.ChoiceField(Plan.State.choices, help_text="Where the plan stands.")
    sub_plan_of = serializers.CharField(
        source="sub_plan_of.code", default=None, allow_null=True, help_text="Code of a plan."
    )
    amends = serializers.CharField(source="amends.code", default=None, allow_null=True, help_text="Code of a plan.")
    replaces = serializers.CharField(source="replaces.code", default=None, allow_null=True, help_text="Code of a plan.")
    ended_on = Day(allow_null=True, help_text="The day from which nothing is reported any more.")
    end_document = serializers.CharField(help_text="The document that ended it.")
    source = serializers.CharField(help_text="Where the text comes from.")  # type: ignore[assignment]
    note = serializers.CharField()
    sections = SectionSerializer(many=True)
    targets = serializers.SerializerMethodField(help_text="Targets in force on the day (`as_of`, else today).")

    @extend_schema_field(TargetSerializer(many=True))
    def get_targets(self, plan: Plan) -> Any:
        """Return the targets with their standing of the day."""
        user = self.context["person"]
        facts: list[TargetFacts] = [for_reader(one, plan, user) for one in target_facts(plan, self.context["as_of"])]
        return TargetSerializer(facts, many=True).data


class RateSerializer(serializers.Serializer):
    """A share, never without its parts."""

    numerator = serializers.IntegerField()
    denominator = serializers.IntegerField()


class RollupSectionSerializer(serializers.Serializer):
    """The section that is counted."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    title = serializers.CharField()


class RollupAgencySerializer(serializers.Serializer):
    """The agency that is counted."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()


class RollupSerializer(serializers.Serializer):
    """Counts of one scope. Units never mix: `unit` says whether tasks or assignments are counted."""

    scope = serializers.ChoiceField(PlanRollup.Scope.choices, help_text="What the row counts.")
    unit = serializers.SerializerMethodField(help_text="`task` or `assignment`.")
    section = RollupSectionSerializer(allow_null=True)
    agency = RollupAgencySerializer(allow_null=True)
    done_on_time = serializers.IntegerField()
    done_late = serializers.IntegerField()
    done_no_deadline = serializers.IntegerField()
    open_within = serializers.IntegerField()
    open_overdue = serializers.IntegerField()
    open_no_deadline = serializers.IntegerField()
    suspended = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    not_updated = serializers.IntegerField(help_text="Owes a report for the latest period; overlaps the eight.")
    awaiting_review = serializers.IntegerField(help_text="Overlaps the eight.")
    oldest_overdue_days = serializers.IntegerField()
    progress = serializers.SerializerMethodField(help_text="done / (all − suspended − cancelled).")
    on_time = serializers.SerializerMethodField(help_text="done on time / (done on time + done late + overdue).")

    def get_unit(self, row: PlanRollup) -> str:
        """Return what is counted."""
        return "task" if row.scope in (PlanRollup.Scope.PLAN_TASKS, PlanRollup.Scope.SECTION) else "assignment"

    @extend_schema_field(RateSerializer)
    def get_progress(self, row: PlanRollup) -> dict[str, int]:
        """Return the progress."""
        counts = _counts(row)
        return {"numerator": counts.done, "denominator": counts.counted}

    @extend_schema_field(RateSerializer)
    def get_on_time(self, row: PlanRollup) -> dict[str, int]:
        """Return the on-time rate."""
        return {"numerator": row.done_on_time, "denominator": _counts(row).timed}


def _counts(row: PlanRollup) -> Counts:
    return Counts(**{bucket.value: getattr(row, bucket.value) for bucket in Bucket})


class CandidateSerializer(serializers.Serializer):
    """A published result that a target may be measured from, with its rank and field."""

    result = serializers.IntegerField(source="result_id")
    province = serializers.CharField(help_text="Name of the province before the merger.")
    year = serializers.IntegerField()
    shown = serializers.CharField(help_text="Value and rank with the number of ranked units, as printed.")
    source = serializers.CharField()  # type: ignore[assignment]
    suggested = serializers.BooleanField(help_text="Of the target's baseline year.")


class BaselineBody(BodySerializer):
    """A choice of baseline."""

    result = Reference(help_text="Id of one of the candidates.")
    reason = serializers.CharField(max_length=2000, help_text="Why this one.")


class DashboardSerializer(serializers.Serializer):
    """The figures of a plan as last computed. Null dates: not computed yet."""

    plan = serializers.CharField(help_text="Code of the plan.")
    as_of = Day(allow_null=True, help_text="The day the figures hold for.")
    computed_at = serializers.DateTimeField(allow_null=True)
    rows = RollupSerializer(many=True)


class PlanFilter(filters.FilterSet):
    """Filters of plans."""

    province = Text("province__code", help_text="Code of the province.")
    state = one_of(Plan.State.choices, help_text="Where the plan stands.")
    year = Whole(method="of_year", help_text="Only plans that cover this year.")

    def of_year(self, rows: Any, name: str, value: int) -> Any:
        """Keep plans that cover a year."""
        return rows.filter(Q(year_to__isnull=True) | Q(year_to__gte=value), year_from__lte=value)


AS_OF = OpenApiParameter(
    "as_of",
    OpenApiTypes.DATE,
    description="The end of this day, today or before: what was recorded by then and in effect. Default: today.",
)


@extend_schema_view(
    list=extend_schema(summary="List plans", description="Plans whose text the caller may read."),
    retrieve=extend_schema(
        summary="Read a plan",
        description="The text, with sections, and targets as they stand on the day.",
        parameters=[AS_OF],
    ),
)
class PlanDoor(SuccessionSteps, ReadDoor):
    """Plans."""

    queryset = Plan.objects.none()
    serializer_class = PlanSerializer
    row_class = PlanRowSerializer
    filterset_class = PlanFilter
    lookup_field = "code"
    lookup_value_regex = r"[-a-zA-Z0-9_]+"

    def rows(self) -> QuerySet[Any]:
        """Plans that the caller may see."""
        rows = Plan.objects.visible_to(self.person).order_by("province_id", "-year_from", "-issued_on", "id")
        if self.action != "list":
            rows = rows.select_related("province", "sub_plan_of", "amends", "replaces").prefetch_related(
                "sections__index"
            )
        return rows

    def _shown(self, code: str) -> Response:
        row = self.rows().get(code=code)
        return Response(PlanSerializer(row, context=self.get_serializer_context()).data)

    def _target(self, code: str, target: str) -> Target:
        return get_object_or_404(
            Target.objects.select_related("plan__province").filter(plan__in=Plan.objects.visible_to(self.person)),
            plan__code=code,
            code=target,
        )

    @extend_schema(
        methods=["GET"],
        summary="List the results a target may be measured from",
        description="Empty for a target that needs no choice.",
        parameters=[TARGET],
        responses=CandidateSerializer(many=True),
        operation_id="plan_baseline_candidates",
    )
    @extend_schema(
        methods=["POST"],
        summary="Choose a target's baseline",
        description="Appended: the choice before it is kept, the last one counts from now on.",
        parameters=[TARGET],
        request=BaselineBody,
        responses=TargetSerializer,
        operation_id="plan_choose_baseline",
    )
    @action(detail=True, methods=["get", "post"], url_path=r"targets/(?P<target>[-a-zA-Z0-9_.]+)/baseline")
    def baseline(self, request: Request, code: str, target: str) -> Response:
        """Return what there is to choose from, or choose."""
        row = self._target(code, target)
        if request.method == "GET":
            candidates = baseline_candidates(row, calendar.today())
            return Response(CandidateSerializer(candidates, many=True).data)
        body = self.body(BaselineBody)
        baselines.choose(target=row, result_id=body["result"], reason=body["reason"], by=self.person)
        facts = next(one for one in target_facts(row.plan, calendar.today()) if one.code == row.code)
        return Response(TargetSerializer(facts).data)

    def _as_of(self) -> date | None:
        """Return the past day that is asked for, or None. Raises ValidationError (400) for a day to come."""
        given = self.request.query_params.get("as_of")
        if not given:
            return None
        try:
            day: date = Day().run_validation(given)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"as_of": error.detail}) from error
        if day > calendar.today():
            raise serializers.ValidationError({"as_of": ["Ngày này chưa đến nên chưa có số liệu."]})
        return day if day < calendar.today() else None

    def get_serializer_context(self) -> dict[str, Any]:
        """Give serializers the day as well."""
        context = super().get_serializer_context()
        return {
            **context,
            "person": self.person,
            "as_of": (self._as_of() if self.action == "retrieve" else None) or context["today"],
        }

    @extend_schema(
        summary="Read a plan's dashboard",
        description="Counts of every agency and section. Only for those who watch the whole province; 404 for others. "
        "Those of a past day are drawn from what was on record then.",
        parameters=[
            AS_OF,
            OpenApiParameter(
                "agencies",
                OpenApiTypes.STR,
                enum=[view.value for view in View],
                description="`then` (default): agencies as assigned; `now`: the agencies that answer for them today.",
            ),
        ],
        responses=DashboardSerializer,
    )
    @action(detail=True, methods=["get"])
    def dashboard(self, request: Request, code: str) -> Response:
        """Return the roll-up rows."""
        plan = get_object_or_404(Plan.objects.watched_by(self.person), code=code)
        asked = request.query_params.get("agencies", View.THEN)
        if asked not in list(View):
            raise serializers.ValidationError({"agencies": ["Chỉ nhận then hoặc now."]})
        order = list(PlanRollup.Scope)
        day = self._as_of()
        kept = plan.rollups.select_related("section", "agency").order_by("section__order", "agency__order", "id")
        stored = list(rollups_on(plan, plan_facts(plan, day, with_reports=False)) if day else kept)
        if asked == View.NOW:
            by_agency = [row for row in stored if row.agency_id is not None]
            merged, _ = by_present(by_agency, plan.province_id, calendar.today())
            stored = [row for row in stored if row.agency_id is None] + merged
        rows = sorted(stored, key=lambda row: order.index(PlanRollup.Scope(row.scope)))
        first = rows[0] if rows else None
        shown = {
            "plan": plan.code,
            "as_of": first.as_of if first else None,
            "computed_at": first.computed_at if first else None,
            "rows": rows,
        }
        return Response(DashboardSerializer(shown, context=self.get_serializer_context()).data)


class PeriodSerializer(RowSerializer):
    """A reporting period. Cut-off, due date, opening and closing are different dates."""

    reads = ("opens_on", "closes_on", "last_day", "closed_on")

    id = serializers.IntegerField()
    plan = serializers.CharField(source="plan__code", help_text="Code of the plan.")
    code = serializers.CharField()
    kind = serializers.ChoiceField(
        ReportingPeriod.Kind.choices, help_text="Which period of the national calendar it is."
    )
    name = serializers.CharField()
    year = serializers.IntegerField()
    starts_on = Day()
    cut_off = Day(help_text="Figures are counted up to this day.")
    opens_on = Day(help_text="First day on which reports are taken.")
    due_on = Day(help_text="A first submission after this day is a late report.")
    closes_on = Day(allow_null=True, help_text="Last day on which reports are taken.")
    moved_due_on = Day(help_text="The due date that counts: moved when an outage extended the period for all.")
    open = serializers.SerializerMethodField(
        help_text="Whether reports are taken from everybody today (dated exceptions for one agency apart)."
    )

    def get_open(self, row: dict[str, Any]) -> bool:
        """Return whether reports are taken today."""
        today = self.context["today"]
        if row["opens_on"] > today or row["closed_on"] is not None:
            return False
        return row["last_day"] is None or today <= row["last_day"]


class ExceptionSerializer(serializers.Serializer):
    """A dated exception to when a period takes reports."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(
        WindowException.Kind.choices, help_text="Late leave for one agency, or an extension for all."
    )
    agency = serializers.IntegerField(source="agency_id", allow_null=True, help_text="Null: for all.")
    reason = serializers.CharField()
    document_number = serializers.CharField(help_text="The document that extends the period for all.")
    expires_on = Day(help_text="Last day on which it holds.")
    granted_by = serializers.CharField(source="granted_by.full_name")
    granted_at = serializers.DateTimeField()


class GrantSerializer(BodySerializer):
    """An exception to grant."""

    kind = serializers.ChoiceField(
        WindowException.Kind.choices, help_text="Late leave for one agency, or an extension for all."
    )
    agency = Reference(required=False, allow_null=True, default=None, help_text="Required for late leave.")
    reason = serializers.CharField(required=False, allow_blank=True, default="", help_text="Required.")
    document_number = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=100, help_text="Required for an extension for all."
    )
    expires_on = Day(help_text="Last day on which it holds.")
    file = serializers.FileField(
        required=False, allow_empty_file=True, help_text="The document of an extension (multipart only)."
    )


class NewPeriodSerializer(BodySerializer):
    """A period to add. Days that are left out are those of the national calendar."""

    plan = serializers.CharField(max_length=60, help_text="Code of the plan.")
    kind = serializers.ChoiceField(
        ReportingPeriod.Kind.choices, help_text="Which period of the national calendar it is, or the plan's own."
    )
    year = serializers.IntegerField(min_value=2000, max_value=2100)
    name = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=100, help_text="Required for a plan's own period."
    )
    code = serializers.SlugField(
        required=False, allow_blank=True, default="", max_length=20, help_text="Required for a plan's own period."
    )
    starts_on = Day(required=False)
    cut_off = Day(required=False, help_text="Figures are counted up to this day.")
    opens_on = Day(required=False, help_text="First day on which reports are taken.")
    due_on = Day(required=False, help_text="A first submission after this day is a late report.")
    closes_on = Day(
        required=False,
        allow_null=True,
        help_text="Last day on which reports are taken; left out: the due date; null: late reports are taken.",
    )


class PeriodFilter(filters.FilterSet):
    """Filters of periods."""

    plan = Text("plan__code", help_text="Code of the plan.")
    year = Whole("year", help_text="Year of the period.")


def _span(sent: dict[str, Any]) -> Span:
    """Return the days of a period to add. Raises Invalid (``span_required``) where the calendar gives none."""
    days = {name: sent[name] for name in ("starts_on", "cut_off", "opens_on", "due_on", "closes_on") if name in sent}
    if sent["kind"] in presets.BY_KIND:
        national = presets.span_of(sent["kind"], sent["year"])
        return replace(national, **{"closes_on": days.get("due_on", national.due_on), **days})
    missing = {name: "Kỳ riêng của kế hoạch cần ngày này." for name in _NEEDED if name not in days}
    if missing:
        raise Invalid("span_required", "Kỳ riêng của kế hoạch cần đủ các ngày.", fields=missing)
    return Span(**{"closes_on": days["due_on"], **days})


@extend_schema_view(
    list=extend_schema(summary="List reporting periods"),
    retrieve=extend_schema(summary="Read a reporting period"),
    create=extend_schema(
        summary="Add a reporting period",
        description="One of the national calendar, or the plan's own with all its days. 409 `period_exists`, "
        "`plan_ended`; 422 `span_required`, `dates_not_in_order`, `cut_off_taken`.",
        request=NewPeriodSerializer,
        responses={201: PeriodSerializer},
    ),
)
class PeriodDoor(ReadDoor):
    """Reporting periods of plans whose text the caller may read."""

    queryset = ReportingPeriod.objects.none()
    serializer_class = PeriodSerializer
    filterset_class = PeriodFilter

    def rows(self) -> QuerySet[Any]:
        """Periods of visible plans."""
        visible = Plan.objects.visible_to(self.person)
        today = calendar.today()
        return (
            ReportingPeriod.objects.filter(plan__in=visible)
            .annotate(
                moved_due_on=due_expression("", today),
                last_day=closes_expression(today),
                closed_on=closed_expression(today),
            )
            .order_by("plan_id", "cut_off", "id")
        )

    def create(self, request: Request) -> Response:
        """Add a period."""
        sent = self.body(NewPeriodSerializer)
        plan = Plan.objects.visible_to(self.person).filter(code=sent["plan"]).first()
        if plan is None:
            message = "Không tìm thấy kế hoạch này, hoặc bạn không có quyền xem."
            raise NotVisible("plan_unknown", message, fields={"plan": message})
        windows.must_grant(plan.province_id, self.person)
        about = {name: sent[name] for name in ("kind", "year", "name", "code")}
        made = windows.add_period(plan=plan, span=_span(sent), by=self.person, **about)
        answer = Response(self.get_serializer(self.get_queryset().get(pk=made.pk)).data, status=status.HTTP_201_CREATED)
        answer["Location"] = request.build_absolute_uri(reverse("api:period-detail", args=[made.pk]))
        return answer

    def _period(self, pk: str) -> ReportingPeriod:
        visible = Plan.objects.visible_to(self.person)
        found: ReportingPeriod = get_object_or_404(
            ReportingPeriod.objects.filter(plan__in=visible).select_related("plan"), pk=pk
        )
        return found

    @extend_schema(
        summary="List a period's exceptions",
        description="Extensions for all, and late leave of agencies whose progress the caller may read.",
        responses=ExceptionSerializer(many=True),
        filters=False,
    )
    @action(
        detail=True,
        methods=["get"],
        pagination_class=None,
        parser_classes=[JSONParser, parsers.MultiPartParser],
    )
    def exceptions(self, request: Request, pk: str) -> Response:
        """List exceptions."""
        found = visible_exceptions(self._period(pk), self.person)
        return Response(ExceptionSerializer(found, many=True).data)

    @extend_schema(
        summary="Grant an exception",
        description=(
            "Late leave for one agency (its report stays late), or an extension for all after an outage "
            "(409 `period_closed` once the period is closed: reopen it first)."
        ),
        request={"application/json": GrantSerializer, "multipart/form-data": GrantSerializer},
        responses={201: ExceptionSerializer},
        filters=False,
    )
    @exceptions.mapping.post
    def grant(self, request: Request, pk: str) -> Response:
        """Grant an exception."""
        granted = self._grant(self._period(pk))
        return Response(ExceptionSerializer(granted).data, status=status.HTTP_201_CREATED)

    def _grant(self, period: ReportingPeriod) -> WindowException:
        sent = self.body(GrantSerializer)
        if sent["kind"] == WindowException.Kind.OUTAGE:
            file = sent.get("file")
            upload = None
            if file is not None:
                upload = Upload(name=file.name or "", size=file.size or 0, content=file, number=sent["document_number"])
            return windows.extend_for_all(
                period=period,
                reason=sent["reason"],
                document_number=sent["document_number"],
                expires_on=sent["expires_on"],
                upload=upload,
                by=self.person,
            )
        agency = Agency.objects.visible_to(self.person).filter(pk=sent["agency"]).first()
        if agency is None:
            message = "Không tìm thấy cơ quan này, hoặc bạn không có quyền xem."
            raise NotVisible("agency_unknown", message, fields={"agency": message})
        return windows.allow_late(
            period=period, agency=agency, reason=sent["reason"], expires_on=sent["expires_on"], by=self.person
        )

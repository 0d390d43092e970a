"""The dashboard of a plan, drawn from the roll-ups that the Celery job keeps (``plans.builder.refresh_plan``).

Definitions (domain § 3.11), with the denominator printed beside every share:

* Progress = done / (all - suspended - cancelled).
* On-time rate = done on time / (done on time + done late + overdue).
* Two units that never mix: *phân công* (an agency's part; each member of a group has its own) and *nhiệm vụ*
  (of the plan; a group task is one). Tiles, agencies and lists count assignments; sections count tasks.
* Bodies that are only asked ("Đề nghị") stand apart and are not in any other figure.
* "Tính đến" is the day whose standing the figures show, "tính lúc" when the job computed them.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Max, QuerySet
from django.urls import reverse

from agencies import calendar
from agencies.models import Agency, User
from agencies.permissions import Permission
from agencies.text import format_day, format_decimal
from plans.facts.addresses import assignment_url
from plans.facts.assignment_list import ANY_DONE, NOW
from plans.facts.badges import BUCKET_VARIANTS, Badge, period_due_badge, state_badge
from plans.facts.buckets import bucket_condition
from plans.facts.by_agency import by_present
from plans.facts.duties import Orphans, orphans
from plans.facts.plan import (
    AssignmentFacts,
    PlanFacts,
    TaskFacts,
    count_duties,
    count_tasks,
    duties_of,
    plan_facts,
)
from plans.facts.recorded import latest_period
from plans.facts.targets import TargetFacts, TargetState, target_facts
from plans.facts.windows import window
from plans.models import Assignment, Plan, PlanRollup, ReportingPeriod, TaskVersion
from plans.standing import BUCKET_LABELS, Bucket, Counts, State

SHOWN = 10


@dataclass(frozen=True)
class Link:
    """A number, and the list of what it counts (empty when there is nothing to list)."""

    text: str
    url: str


@dataclass(frozen=True)
class Segment:
    """One part of a stacked bar; ``x`` and ``width`` in percent."""

    label: str
    value: int
    css: str
    x: str
    width: str
    url: str


@dataclass(frozen=True)
class Share:
    """A share with its numerator and denominator; ``percent`` is empty when the denominator is 0."""

    percent: str
    width: str
    ratio: str
    formula: str
    url: str


@dataclass(frozen=True)
class Bar:
    """One agency, section or whole: its counts as a bar and as numbers."""

    name: str
    url: str
    segments: tuple[Segment, ...]
    label: str
    total: Link
    progress: Share
    on_time: Share
    overdue: Link
    oldest: str
    not_updated: Link
    awaiting: Link
    note: str = ""

    @property
    def overdue_variant(self) -> str:
        """The look of the overdue tile: nothing overdue is not an alarm."""
        return "over" if self.overdue.url else "neutral"

    @property
    def overdue_icon(self) -> str:
        """Its icon."""
        return f"state-{self.overdue_variant}"

    @property
    def drawn(self) -> list[dict[str, object]]:
        """The parts as ``c-stacked-bar`` takes them."""
        return [
            {
                "label": part.label,
                "value": part.value,
                "class": part.css,
                "x": float(part.x),
                "width": float(part.width),
                "url": part.url,
            }
            for part in self.segments
        ]


@dataclass(frozen=True)
class OverdueRow:
    """One overdue assignment."""

    url: str
    code: str
    title: str
    agency: str
    due: str
    days: str
    state: Badge


@dataclass(frozen=True)
class TargetRow:
    """One target and whether it is reached."""

    code: str
    text: str
    index: str
    baseline: str
    result: str
    arithmetic: str
    state: Badge
    chosen: str
    choose_url: str


@dataclass(frozen=True)
class Dashboard:
    """The figures of one plan. ``token`` names the computation they come from."""

    code: str
    token: str
    as_of: str
    computed: str
    computed_iso: str
    computed_day_is_old: bool
    empty: bool
    period: str
    period_due: Badge
    duties: Bar | None
    tasks: Bar | None
    proposed: Bar | None
    agencies: tuple[Bar, ...]
    sections: tuple[Bar, ...]
    overdue: tuple[OverdueRow, ...]
    overdue_total: int
    overdue_url: str
    not_updated_url: str
    by_now: bool = False
    orphans: Orphans | None = None


_TARGET_VARIANTS = {TargetState.MET: "ok", TargetState.NOT_MET: "over", TargetState.UNKNOWN: "nodata"}


def target_rows(plan: Plan, on: date, user: User) -> tuple[TargetRow, ...]:
    """Return the plan's targets with their standing on a day; who may choose a baseline gets the way to it."""
    chooses = plan.province_id in user.provinces_with(Permission.BASELINE_CHOOSE)
    return tuple(_target(one, plan, chooses) for one in target_facts(plan, on))


def _target(one: TargetFacts, plan: Plan, chooses: bool) -> TargetRow:
    return TargetRow(
        code=one.code,
        text=one.text,
        index=one.index_name,
        baseline=one.baseline,
        result=one.result,
        arithmetic=one.arithmetic,
        state=Badge(one.state_label, "due" if one.why else _TARGET_VARIANTS[one.state]),
        chosen=one.chosen,
        choose_url=reverse("plans:target_baseline", args=[plan.code, one.code]) if one.choosable and chooses else "",
    )


def computed_at(plan: Plan) -> datetime | None:
    """Return when the plan's figures were computed last: the one small question of the page that polls."""
    found: datetime | None = PlanRollup.objects.filter(plan=plan).aggregate(last=Max("computed_at"))["last"]
    return found


def token_of(moment: datetime | None) -> str:
    """Return the name of a computation, for an address."""
    return f"{moment.timestamp():.6f}" if moment else "0"


def counts_of(rollup: PlanRollup) -> Counts:
    """Return a row's counts."""
    return Counts(**{bucket.value: getattr(rollup, bucket.value) for bucket in Bucket}, not_updated=rollup.not_updated)


def share(numerator: int, denominator: int, unit: str, url: str) -> Share:
    """Return a share as text, its width for a bar, and its formula.

    >>> share(9, 27, "phân công", "").percent, share(9, 27, "phân công", "").formula
    ('33,3', '9/27 phân công')
    >>> share(0, 0, "phân công", "").percent
    ''
    """
    if not denominator:
        return Share("", "0", f"{numerator}/{denominator}", f"{numerator}/{denominator} {unit}", url)
    percent = Decimal(numerator * 100) / denominator
    ratio = f"{numerator}/{denominator}"
    return Share(
        format_decimal(percent.quantize(Decimal("0.1"), ROUND_HALF_UP), 1),
        f"{percent:.2f}",
        ratio,
        f"{ratio} {unit}",
        url,
    )


class _Addresses:
    """Addresses of the rows behind numbers; ``where`` narrows them to an agency or a section."""

    def __init__(self, plan: Plan, tasks: bool, **where: str | int) -> None:
        self.tasks = tasks
        base = reverse("plans:plan_detail", args=[plan.code]) if tasks else reverse("plans:assignment_list")
        query = {} if tasks else {"plan": plan.code}
        self.base, self.query = base, {**query, **where}

    def to(self, **more: str) -> str:
        """Return the address with one more condition."""
        query = urlencode({**self.query, **more})
        return f"{self.base}?{query}{'#nhiem-vu' if self.tasks else ''}" if query else self.base

    def link(self, number: int, **more: str) -> Link:
        """Return a number with its address; 0 leads nowhere."""
        return Link(format_decimal(number), self.to(**more) if number else "")


class _NoAddresses(_Addresses):
    """Numbers of a past day lead nowhere: the lists show today."""

    def to(self, **more: str) -> str:
        """Return no address."""
        return ""


def segments(counts: Counts, addresses: _Addresses) -> tuple[Segment, ...]:
    """Return the eight buckets that are not empty as parts of a bar."""
    parts, x = [], 0.0
    for bucket in Bucket:
        number = getattr(counts, bucket.value)
        if not number:
            continue
        width = number * 100 / counts.total
        parts.append(
            Segment(
                BUCKET_LABELS[bucket],
                number,
                BUCKET_VARIANTS[bucket],
                f"{x:.2f}",
                f"{width:.2f}",
                addresses.to(bucket=bucket.value),
            )
        )
        x += width
    return tuple(parts)


def _bar(name: str, rollup: PlanRollup, addresses: _Addresses, unit: str, note: str = "") -> Bar:
    counts = counts_of(rollup)
    parts = segments(counts, addresses)
    days = rollup.oldest_overdue_days
    return Bar(
        name=name,
        url=addresses.to(),
        segments=parts,
        label="; ".join(f"{part.label} {part.value}" for part in parts),
        total=addresses.link(counts.total),
        progress=share(counts.done, counts.counted, unit, addresses.to(bucket=ANY_DONE) if counts.done else ""),
        on_time=share(
            counts.done_on_time,
            counts.timed,
            unit,
            addresses.to(bucket=Bucket.DONE_ON_TIME.value) if counts.done_on_time else "",
        ),
        overdue=addresses.link(counts.open_overdue, bucket=Bucket.OPEN_OVERDUE.value),
        oldest=f"lâu nhất {days} ngày" if days else "",
        not_updated=addresses.link(counts.not_updated, due="not_updated"),
        awaiting=addresses.link(rollup.awaiting_review, state="awaiting_review"),
        note=note,
    )


def _overdue(plan: Plan, on: date) -> "QuerySet[Assignment]":
    return (
        Assignment.objects.leading()
        .rated()
        .filter(bucket_condition(Bucket.OPEN_OVERDUE, on), task__plan=plan)
        .order_by("due_on", "task__order", "agency__order")
    )


def dashboard(plan: Plan, user: User, *, by_now: bool = False) -> Dashboard:
    """Return the plan's figures as they were computed last, in a fixed number of queries.

    ``by_now``: agencies are those that answer today for the ones that hold or held the duties.
    """
    rollups = list(
        PlanRollup.objects.filter(plan=plan)
        .select_related("section", "agency")
        .order_by("section__order", "agency__order")
    )
    whole = {row.scope: row for row in rollups if row.section_id is None and row.agency_id is None}
    scope = PlanRollup.Scope
    today = calendar.today()
    main = whole.get(scope.PLAN_ASSIGNMENTS)
    as_of = main.as_of if main else today
    period = latest_period(ReportingPeriod.objects.filter(plan=plan), as_of)
    assign, propose = TaskVersion.Authority.ASSIGN.value, TaskVersion.Authority.PROPOSE.value
    late = []
    for row in _overdue(plan, as_of)[:SHOWN].values(
        "id",
        "due_on",
        "state",
        "agency__name",
        "agency__short_name",
        "task__code",
        "task__current__title",
    ):
        late.append(
            OverdueRow(
                url=assignment_url(row["id"]),
                code=row["task__code"],
                title=row["task__current__title"],
                agency=row["agency__short_name"] or row["agency__name"],
                due=format_day(row["due_on"]),
                days=f"{(as_of - (row['due_on'] or as_of)).days} ngày",
                state=state_badge(row["state"]),
            )
        )

    def bar(key: str, name: str, *, tasks: bool = False, **where: str) -> Bar | None:
        row = whole.get(key)
        if row is None or not counts_of(row).total:
            return None
        return _bar(name, row, _Addresses(plan, tasks, **where), "nhiệm vụ" if tasks else "phân công")

    by_agency = [row for row in rollups if row.agency_id is not None]
    notes: dict[int, str] = {}
    if by_now:
        by_agency, present = by_present(by_agency, plan.province_id, today)
        notes = {one.agency_id: one.note for one in present.values()}
    view = {"don_vi": NOW} if by_now else {}
    by_agency.sort(
        key=lambda row: (
            -row.open_overdue,
            -row.oldest_overdue_days,
            -row.not_updated,
            row.agency.order if row.agency else 0,
        )
    )
    addresses = _Addresses(plan, False, authority=assign)
    return Dashboard(
        code=plan.code,
        token=token_of(max((row.computed_at for row in rollups), default=None)),
        as_of=format_day(as_of),
        computed=calendar.moment(main.computed_at) if main else "",
        computed_iso=calendar.iso(main.computed_at) if main else "",
        computed_day_is_old=as_of != today,
        empty=main is None
        or not (counts_of(main).total or (whole.get(scope.PROPOSED) and counts_of(whole[scope.PROPOSED]).total)),
        period=period.name if period else "",
        period_due=period_due_badge(window(period, today).due_on, today) if period else Badge(""),
        duties=bar(scope.PLAN_ASSIGNMENTS, "Theo phân công", authority=assign),
        tasks=bar(scope.PLAN_TASKS, "Theo nhiệm vụ", tasks=True, authority=assign),
        proposed=bar(scope.PROPOSED, "Đề nghị phối hợp", authority=propose),
        agencies=tuple(
            _bar(
                row.agency.label if row.agency else "",
                row,
                _Addresses(plan, False, authority=assign, agency=row.agency_id or 0, **view),
                "phân công",
                notes.get(row.agency_id or 0, ""),
            )
            for row in by_agency
        ),
        sections=tuple(
            _bar(
                f"{row.section.code}. {row.section.title}" if row.section else "",
                row,
                _Addresses(plan, True, authority=assign, section=row.section_id or 0),
                "nhiệm vụ",
            )
            for row in rollups
            if row.section_id is not None
        ),
        overdue=tuple(late),
        overdue_total=main.open_overdue if main else 0,
        overdue_url=addresses.to(bucket=Bucket.OPEN_OVERDUE.value),
        not_updated_url=addresses.to(due="not_updated"),
        by_now=by_now,
        orphans=orphans(plan),
    )


@dataclass(frozen=True)
class Picture:
    """A plan in a few figures, for the first screen of those who watch."""

    label: str
    title: str
    url: str
    detail_url: str
    as_of: str
    duties: Bar | None


def pictures(user: User, on: date) -> tuple[Picture, ...]:
    """Return the issued plans whose dashboard the user may see, those with figures first, in few queries."""
    plans = list(
        Plan.objects.watched_by(user).filter(state=Plan.State.ISSUED).order_by("-year_from", "-issued_on", "pk")
    )
    rows = {
        row.plan_id: row
        for row in PlanRollup.objects.filter(
            plan__in=[plan.pk for plan in plans], scope=PlanRollup.Scope.PLAN_ASSIGNMENTS
        )
    }
    found = []
    assign = TaskVersion.Authority.ASSIGN.value
    for plan in plans:
        row = rows.get(plan.pk)
        counted = row is not None and counts_of(row).total > 0
        found.append(
            Picture(
                label=plan.label,
                title=plan.title,
                url=reverse("plans:plan_dashboard", args=[plan.code]),
                detail_url=reverse("plans:plan_detail", args=[plan.code]),
                as_of=format_day(row.as_of) if row else "",
                duties=_bar("", row, _Addresses(plan, False, authority=assign), "phân công")
                if row and counted
                else None,
            )
        )
    found.sort(key=lambda picture: picture.duties is None)
    return tuple(found)


# A past day


def rollups_on(plan: Plan, facts: PlanFacts) -> list[PlanRollup]:
    """Return the counts of a past day in the shape of the stored rows (never saved)."""
    scope = PlanRollup.Scope
    rated = [task for task in facts.tasks if not task.proposed]
    duties, asked = duties_of(rated), duties_of(task for task in facts.tasks if task.proposed)

    def row(key: str, counts: Counts, some: Iterable[AssignmentFacts] = (), **where: Any) -> PlanRollup:
        held = list(some)
        return PlanRollup(
            plan=plan,
            province_id=plan.province_id,
            scope=key,
            as_of=facts.as_of,
            **counts.eight(),
            not_updated=counts.not_updated,
            awaiting_review=sum(duty.standing.state is State.AWAITING_REVIEW for duty in held),
            oldest_overdue_days=max((duty.standing.days_overdue for duty in held), default=0),
            **where,
        )

    by_agency: dict[int, list[AssignmentFacts]] = defaultdict(list)
    for duty in duties:
        by_agency[duty.agency_id].append(duty)
    by_section: dict[str, list[TaskFacts]] = defaultdict(list)
    for task in rated:
        by_section[task.section_code].append(task)
    agencies = []
    for agency in Agency.objects.filter(pk__in=list(by_agency)).order_by("order", "pk"):
        # The name it bore then; the row is never saved.
        if agency.name != by_agency[agency.pk][0].agency:
            agency.name, agency.short_name = by_agency[agency.pk][0].agency, ""
        agencies.append(row(scope.AGENCY, count_duties(by_agency[agency.pk]), by_agency[agency.pk], agency=agency))
    sections = [
        row(scope.SECTION, count_tasks(by_section[section.code]), section=section)
        for section in plan.sections.order_by("order")
        if by_section[section.code]
    ]
    return [
        row(scope.PLAN_TASKS, facts.task_counts),
        row(scope.PLAN_ASSIGNMENTS, facts.assignment_counts, duties),
        row(scope.PROPOSED, facts.proposed_assignments, asked),
        *agencies,
        *sections,
    ]


def dashboard_on(plan: Plan, day: date) -> Dashboard:
    """Return the plan's figures as they were at the end of a past day, drawn from what was on record then."""
    facts = plan_facts(plan, day, with_reports=False)
    nowhere = _NoAddresses(plan, False)
    scope = PlanRollup.Scope
    rows = rollups_on(plan, facts)
    whole = {row.scope: row for row in rows if row.section is None and row.agency is None}
    agencies = [row for row in rows if row.agency is not None]
    agencies.sort(key=lambda row: (-row.open_overdue, -row.oldest_overdue_days, -row.not_updated))

    def bar(key: str, name: str, unit: str = "phân công") -> Bar | None:
        return _bar(name, whole[key], nowhere, unit) if counts_of(whole[key]).total else None

    overdue = sorted(
        (
            (task, duty)
            for task in facts.tasks
            if not task.proposed
            for duty in task.assignments
            if duty.standing.bucket is Bucket.OPEN_OVERDUE
        ),
        key=lambda pair: -pair[1].standing.days_overdue,
    )
    return Dashboard(
        code=plan.code,
        token="",
        as_of=format_day(day),
        computed="",
        computed_iso="",
        computed_day_is_old=False,
        empty=not (facts.assignment_counts.total or facts.proposed_assignments.total),
        period=facts.period,
        period_due=Badge(f"hạn nộp {format_day(facts.period_due_on)}") if facts.period_due_on else Badge(""),
        duties=bar(scope.PLAN_ASSIGNMENTS, "Theo phân công"),
        tasks=bar(scope.PLAN_TASKS, "Theo nhiệm vụ", "nhiệm vụ"),
        proposed=bar(scope.PROPOSED, "Đề nghị phối hợp"),
        agencies=tuple(_bar(row.agency.label if row.agency else "", row, nowhere, "phân công") for row in agencies),
        sections=tuple(
            _bar(f"{row.section.code}. {row.section.title}", row, nowhere, "nhiệm vụ")
            for row in rows
            if row.section is not None
        ),
        overdue=tuple(
            OverdueRow(
                url="",
                code=task.code,
                title=task.title,
                agency=duty.agency,
                due=format_day(duty.standing.due_on),
                days=f"{duty.standing.days_overdue} ngày",
                state=state_badge(duty.standing.state),
            )
            for task, duty in overdue[:SHOWN]
        ),
        overdue_total=len(overdue),
        overdue_url="",
        not_updated_url="",
    )

"""The dashboard of a plan, drawn from the roll-ups that the Celery job keeps (``plans.builder.refresh_plan``).

Definitions (the shares are those of ``plans.facts.bars``):

* Two units that never mix: *phân công* (an agency's part; each member of a group has its own) and *nhiệm vụ*
  (of the plan; a group task is one). Tiles, agencies and lists count assignments; sections count tasks.
* Bodies that are only asked ("Đề nghị") stand apart and are not in any other figure.
* "Tính đến" is the day whose standing the figures show, "tính lúc" when the job computed them.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max, QuerySet
from django.urls import reverse

from agencies import calendar
from agencies.models import User
from agencies.text import format_day
from plans.facts.addresses import assignment_url
from plans.facts.assignment_list import NOW
from plans.facts.badges import Badge, period_due_badge, state_badge
from plans.facts.bars import Addresses, Bar, bar_of, counts_of
from plans.facts.buckets import bucket_condition
from plans.facts.by_agency import by_present
from plans.facts.duties import Orphans, orphans
from plans.facts.windows import latest_period, window
from plans.models import Assignment, Plan, PlanRollup, TaskVersion
from plans.standing import Bucket

SHOWN = 10


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


def computed_at(plan: Plan) -> datetime | None:
    """Return when the plan's figures were computed last: the one small question of the page that polls."""
    found: datetime | None = PlanRollup.objects.filter(plan=plan).aggregate(last=Max("computed_at"))["last"]
    return found


def token_of(moment: datetime | None) -> str:
    """Return the name of a computation, for an address."""
    return f"{moment.timestamp():.6f}" if moment else "0"


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
    period = latest_period(plan.pk, as_of)
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
        return bar_of(name, row, Addresses(plan, tasks, **where), "nhiệm vụ" if tasks else "phân công")

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
    addresses = Addresses(plan, False, authority=assign)
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
            bar_of(
                row.agency.label if row.agency else "",
                row,
                Addresses(plan, False, authority=assign, agency=row.agency_id or 0, **view),
                "phân công",
                notes.get(row.agency_id or 0, ""),
            )
            for row in by_agency
        ),
        sections=tuple(
            bar_of(
                f"{row.section.code}. {row.section.title}" if row.section else "",
                row,
                Addresses(plan, True, authority=assign, section=row.section_id or 0),
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


# The first screen of those who watch


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
                duties=bar_of("", row, Addresses(plan, False, authority=assign), "phân công")
                if row and counted
                else None,
            )
        )
    found.sort(key=lambda picture: picture.duties is None)
    return tuple(found)

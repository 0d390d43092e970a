"""Lists for the screens: assignments, the work of one agency, the review queue, plans.

Everything that a row shows is made ready here: words, dates, numbers, addresses. Templates only place it, so a
list costs the same number of queries and template renders for 3 rows as for 30.

Definitions:

* ``bucket_condition`` is the SQL twin of ``plans.standing.bucket_of`` over the columns of ``Assignment``.
* *Not updated* is the second axis of domain § 3.11: not done, and nothing handed in for the period that reports are
  about (``plans.facts.recorded.latest_period``).
* The *period to report for* is the one of a returned report (it may be mended after its period has closed),
  else the latest opened period while it still takes reports and nothing has been handed in.
* *Report lateness* compares the first submission with the period's due date; it is not task lateness.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate
from django.urls import reverse

from agencies import calendar
from agencies.facts.successions import present_agencies
from agencies.models import Agency, Designation, User, valid_on
from agencies.permissions import Permission
from agencies.text import format_day
from plans.facts.plan import DeadlineFacts, counting_day
from plans.facts.recorded import latest_period, owing
from plans.facts.windows import Window, due_expression, windows
from plans.models import Assignment, Decision, Plan, Progress, Remark, ReportingPeriod, Section
from plans.standing import BUCKET_LABELS, DUE_SOON_DAYS, Bucket, DeadlineKind, DueOrigin, State, Time, time_of

SHOWN_AT_HOME = 12

_HALTED = (State.SUSPENDED, State.CANCELLED)
_OVER = (State.DONE, *_HALTED)


@dataclass(frozen=True)
class Badge:
    """A word with the look of its state (``docs/design.md``, States); without a variant it is plain text."""

    text: str
    variant: str = ""


_STATE_VARIANTS = {
    State.NOT_STARTED: "neutral",
    State.IN_PROGRESS: "info",
    State.AWAITING_REVIEW: "review",
    State.RETURNED: "returned",
    State.DONE: "ok",
    State.SUSPENDED: "muted",
    State.CANCELLED: "muted",
}
BUCKET_VARIANTS = {
    Bucket.DONE_ON_TIME: "ok",
    Bucket.DONE_LATE: "late",
    Bucket.DONE_NO_DEADLINE: "ok",
    Bucket.OPEN_WITHIN: "info",
    Bucket.OPEN_OVERDUE: "over",
    Bucket.OPEN_NO_DEADLINE: "neutral",
    Bucket.SUSPENDED: "muted",
    Bucket.CANCELLED: "muted",
}
_PROGRESS_BADGES = {
    Progress.State.DRAFT: Badge("Nháp, chưa gửi", "draft"),
    Progress.State.WITH_HEAD: Badge("Chờ thủ trưởng duyệt", "review"),
    Progress.State.SUBMITTED: Badge("Chờ duyệt", "review"),
    Progress.State.RETURNED: Badge("Bị trả lại", "returned"),
    Progress.State.ACCEPTED: Badge("Đã duyệt", "ok"),
}


_BEGUN = {
    Progress.State.DRAFT.value: Badge("Đang viết nháp", "draft"),
    Progress.State.WITH_HEAD.value: Badge("Chờ thủ trưởng duyệt", "review"),
}


def state_badge(state: str) -> Badge:
    """Return what has been done, as a badge."""
    known = State(state)
    return Badge(known.label, _STATE_VARIANTS[known])


def progress_badge(state: str) -> Badge:
    """Return where a report stands, as a badge."""
    return _PROGRESS_BADGES[Progress.State(state)]


def time_badge(state: str, kind: str, due_on: date | None, done_on: date | None, on: date) -> Badge:
    """Return how a duty compares with its deadline, with the days where they matter."""
    time = time_of(State(state), DeadlineKind(kind), due_on, done_on, on)
    if State(state) in _HALTED or due_on is None:
        return Badge("" if State(state) in _HALTED else time.label)
    if time is Time.OVERDUE:
        return Badge(f"Quá hạn {(on - due_on).days} ngày", "over")
    if time is Time.DUE_SOON:
        left = (due_on - on).days
        return Badge(f"Còn {left} ngày" if left else "Hạn hôm nay", "due")
    if time is Time.LATE and done_on:
        return Badge(f"Muộn {(done_on - due_on).days} ngày", "late")
    return Badge(time.label, "ok" if time is Time.ON_TIME else "info")


def lateness(first_submitted_at: datetime | None, due_on: date) -> Badge:
    """Return the report's lateness: its first submission against the period's due date, as moved by an outage."""
    if first_submitted_at is None:
        return Badge("")
    late = (calendar.day_of(first_submitted_at) - due_on).days
    return Badge(f"Nộp muộn {late} ngày", "late") if late > 0 else Badge("Nộp đúng hạn", "ok")


def assignment_url(assignment_id: int) -> str:
    """Return the address of a task's page (same as ``plans:assignment_detail``, without asking the resolver)."""
    return f"{reverse('plans:assignment_list')}{assignment_id}/"


def agency_url(agency_id: int) -> str:
    """Return the address of an agency's page."""
    return reverse("plans:agency_detail", args=[agency_id])


def report_url(assignment_id: int, period_code: str) -> str:
    """Return the address of the form (same as ``plans:progress_edit``)."""
    return f"{assignment_url(assignment_id)}bao-cao/{period_code}/"


# Conditions


def bucket_condition(bucket: Bucket, on: date) -> Q:
    """Return the condition "counted in this bucket on a day" over assignments."""
    done = Q(state=State.DONE)
    undone = ~Q(state__in=_OVER)
    return {
        Bucket.DONE_ON_TIME: done & Q(due_on__isnull=False, done_on__lte=F("due_on")),
        Bucket.DONE_LATE: done & Q(due_on__isnull=False, done_on__gt=F("due_on")),
        Bucket.DONE_NO_DEADLINE: done & Q(due_on__isnull=True),
        Bucket.OPEN_WITHIN: undone & Q(due_on__gte=on),
        Bucket.OPEN_OVERDUE: undone & Q(due_on__lt=on),
        Bucket.OPEN_NO_DEADLINE: undone & Q(due_on__isnull=True),
        Bucket.SUSPENDED: Q(state=State.SUSPENDED),
        Bucket.CANCELLED: Q(state=State.CANCELLED),
    }[bucket]


def due_soon_condition(on: date) -> Q:
    """Return the condition "open, and its day is at most a week away"."""
    return bucket_condition(Bucket.OPEN_WITHIN, on) & Q(due_on__lte=date.fromordinal(on.toordinal() + DUE_SOON_DAYS))


@dataclass(frozen=True)
class Periods:
    """The periods of some plans with their windows, read once."""

    by_plan: Mapping[int, tuple[ReportingPeriod, ...]]
    on: date
    windows: Mapping[int, Window]

    @classmethod
    def of(cls, plans: Iterable[int] | QuerySet[Any, Any], on: date) -> "Periods":
        """Read the periods of plans (ids, or a queryset of them)."""
        found: dict[int, list[ReportingPeriod]] = defaultdict(list)
        for period in ReportingPeriod.objects.filter(plan__in=plans).order_by("plan_id", "cut_off"):
            found[period.plan_id].append(period)
        by_plan = {plan_id: tuple(rows) for plan_id, rows in found.items()}
        return cls(by_plan, on, windows([period for rows in by_plan.values() for period in rows], on))

    def latest(self, plan_id: int) -> ReportingPeriod | None:
        """Return the period that reports are about."""
        return latest_period(self.by_plan.get(plan_id, ()), self.on)

    def named(self, plan_id: int, period_id: int) -> ReportingPeriod:
        """Return one of the plan's periods."""
        return next(period for period in self.by_plan[plan_id] if period.pk == period_id)

    def owing_condition(self) -> Q:
        """Return the condition "not updated" over assignments."""
        latest = {plan_id: period.pk for plan_id in self.by_plan if (period := self.latest(plan_id)) is not None}
        return owing(latest)


# The list of assignments


@dataclass(frozen=True)
class Wanted:
    """What a person asks of the list; an empty field asks nothing."""

    plan: Plan | None = None
    agency: Agency | None = None
    section: Section | None = None
    bucket: str = ""
    due: str = ""
    state: str = ""
    authority: str = ""
    text: str = ""
    by_now: bool = False

    @property
    def active(self) -> int:
        """How many filters are set."""
        return sum(bool(value) for name, value in vars(self).items() if name != "by_now")


NO_HOLDER = "no_holder"
NOW = "nay"
DUE_CHOICES = {
    "overdue": "Quá hạn",
    "due_soon": f"Sắp đến hạn ({DUE_SOON_DAYS} ngày)",
    "not_updated": "Chưa cập nhật kỳ này",
    NO_HOLDER: "Chưa có cơ quan nhận",
}
DONE = "done"
BUCKET_CHOICES = {
    **{bucket.value: label for bucket, label in BUCKET_LABELS.items()},
    DONE: "Hoàn thành (tất cả)",
    "counted": "Tất cả, trừ tạm dừng và bãi bỏ",
    "timed": "Có thời hạn và đã hoàn thành hoặc quá hạn",
}
_TOGETHER = {
    DONE: (Bucket.DONE_ON_TIME, Bucket.DONE_LATE, Bucket.DONE_NO_DEADLINE),
    "timed": (Bucket.DONE_ON_TIME, Bucket.DONE_LATE, Bucket.OPEN_OVERDUE),
}


def _meant(agency: Agency, on: date) -> list[int]:
    """Return the agencies whose figures stand under an agency by the view of now."""
    return [pk for pk, present in present_agencies(agency.province_id, on).items() if present.agency_id == agency.pk]


def assignments(user: User, wanted: Wanted, on: date) -> QuerySet[Assignment]:
    """Return the reporting assignments the user may see and asks for; overdue first where the day is asked for."""
    found = Assignment.objects.visible_to(user).leading()
    if wanted.plan:
        found = found.filter(task__plan=wanted.plan)
    if wanted.agency:
        found = found.filter(agency_id__in=_meant(wanted.agency, on) if wanted.by_now else [wanted.agency.pk])
    if wanted.section:
        found = found.filter(task__section=wanted.section)
    if wanted.authority:
        found = found.filter(task__current__authority=wanted.authority)
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.bucket == "counted":
        found = found.exclude(state__in=_HALTED)
    elif wanted.bucket in _TOGETHER:
        some = Q()
        for bucket in _TOGETHER[wanted.bucket]:
            some |= bucket_condition(bucket, on)
        found = found.filter(some)
    elif wanted.bucket:
        found = found.filter(bucket_condition(Bucket(wanted.bucket), on))
    if wanted.due == "overdue":
        found = found.filter(bucket_condition(Bucket.OPEN_OVERDUE, on))
    elif wanted.due == "due_soon":
        found = found.filter(due_soon_condition(on))
    elif wanted.due == "not_updated":
        plans = [wanted.plan.pk] if wanted.plan else Plan.objects.visible_to(user).values("pk")
        found = found.filter(Periods.of(plans, on).owing_condition())
    elif wanted.due == NO_HOLDER:
        found = found.without_holder(on)
    if wanted.text:
        found = found.matching(wanted.text)
    by_day = wanted.due in ("overdue", "due_soon") or wanted.bucket in (
        Bucket.OPEN_OVERDUE,
        Bucket.OPEN_WITHIN,
    )
    order = ("due_on",) if by_day else ()
    return found.order_by(*order, "task__plan", "task__order", "agency__order", "pk")


@dataclass(frozen=True)
class AssignmentRow:
    """One line of the list."""

    id: int
    url: str
    code: str
    title: str
    plan: str
    agency: str
    deadline: str
    state: Badge
    time: Badge
    reported: str
    report_url: str
    report_label: str
    agency_url: str = ""
    holder: Badge = field(default_factory=lambda: Badge(""))


COLUMNS = (
    "id",
    "agency_id",
    "agency__name",
    "agency__short_name",
    "agency__valid_to",
    "state",
    "due_on",
    "due_origin",
    "done_on",
    "reported_at",
    "task__code",
    "task__plan_id",
    "task__plan__number",
    "task__plan__title",
    "task__plan__state",
    "task__current__title",
    "task__current__deadline_kind",
    "task__current__deadline_from",
    "task__current__deadline_to",
    "task__current__deadline_text",
    "task__current__deadline_origin",
)


def deadline_of(row: Mapping[str, Any]) -> str:
    """Return the deadline of a row as people read it."""
    shown = DeadlineFacts(
        row["task__current__deadline_kind"],
        row["task__current__deadline_from"],
        row["task__current__deadline_to"],
        row["task__current__deadline_text"],
        row["task__current__deadline_origin"],
    ).shown
    return counting_day(shown, row["due_on"], DueOrigin(row["due_origin"]))


@dataclass(frozen=True)
class _Open:
    """Which report a person may write on now."""

    code: str = ""
    label: str = ""


def _writable(row: Mapping[str, Any], reports: Mapping[int, str], periods: Periods, writes: frozenset[int]) -> _Open:
    plan_id = row["task__plan_id"]
    if row["agency_id"] not in writes or row["task__plan__state"] != Plan.State.ISSUED:
        return _Open()
    for period_id, state in reports.items():
        if state == Progress.State.RETURNED:
            return _Open(periods.named(plan_id, period_id).code, "Báo cáo lại")
    late = _late(row, reports, periods)
    if late:
        return _Open(late, "Nộp muộn")
    latest = periods.latest(plan_id)
    if latest is None or row["state"] in _OVER or not periods.windows[latest.pk].is_open(row["agency_id"]):
        return _Open()
    begun = reports.get(latest.pk, "")
    if not begun:
        return _Open(latest.code, "Báo cáo")
    return _Open(latest.code, "Báo cáo tiếp") if begun == Progress.State.DRAFT else _Open()


def _late(row: Mapping[str, Any], reports: Mapping[int, str], periods: Periods) -> str:
    """Return the code of an earlier period for which the agency may still report by a dated exception."""
    for period in reversed(periods.by_plan.get(row["task__plan_id"], ())):
        if row["agency_id"] in periods.windows[period.pk].late_until and (
            reports.get(period.pk, Progress.State.DRAFT) == Progress.State.DRAFT
        ):
            return period.code
    return ""


def _reports_of(assignment_ids: Iterable[int]) -> dict[int, dict[int, str]]:
    """Return assignment id → period id → state of the report."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for assignment_id, period_id, state in Progress.objects.filter(assignment_id__in=list(assignment_ids)).values_list(
        "assignment_id", "period_id", "state"
    ):
        found[assignment_id][period_id] = state
    return found


def assignment_rows(page: QuerySet[Assignment], user: User, on: date) -> tuple[AssignmentRow, ...]:
    """Return the lines of a page (a sliced queryset), in three queries."""
    raw = list(page.values(*COLUMNS))
    writes = user.agencies_with(Permission.PROGRESS_WRITE)
    mine = [row["id"] for row in raw if row["agency_id"] in writes]
    reports = _reports_of(mine) if writes else {}
    periods = Periods.of({row["task__plan_id"] for row in raw}, on)
    rows = []
    for row in raw:
        writable = _writable(row, reports.get(row["id"], {}), periods, writes)
        rows.append(
            AssignmentRow(
                id=row["id"],
                url=assignment_url(row["id"]),
                code=row["task__code"],
                title=row["task__current__title"],
                plan=row["task__plan__number"] or row["task__plan__title"],
                agency=row["agency__short_name"] or row["agency__name"],
                deadline=deadline_of(row),
                state=state_badge(row["state"]),
                time=time_badge(row["state"], row["task__current__deadline_kind"], row["due_on"], row["done_on"], on),
                reported=format_day(calendar.day_of(row["reported_at"])) if row["reported_at"] else "",
                report_url=report_url(row["id"], writable.code) if writable.code else "",
                report_label=writable.label,
                holder=holder_badge(row, on),
                agency_url=agency_url(row["agency_id"]),
            )
        )
    return tuple(rows)


def holder_badge(row: Mapping[str, Any], on: date) -> Badge:
    """Say loudly that the agency of an open duty has ended and nobody has it (empty: somebody does)."""
    ended = row["agency__valid_to"]
    if ended is None or ended >= on or row["state"] in (State.DONE, State.CANCELLED):
        return Badge("")
    return Badge("Chưa có cơ quan nhận", "over")


# The work of one agency, by urgency


@dataclass(frozen=True)
class WorkItem:
    """One task that asks for something now."""

    url: str
    code: str
    title: str
    agency: str
    deadline: str
    badge: Badge
    reason: str
    report_url: str
    report_label: str


@dataclass(frozen=True)
class WorkGroup:
    """Tasks that ask for the same thing. ``total`` may exceed what is shown."""

    title: str
    variant: str
    items: tuple[WorkItem, ...]
    total: int
    all_url: str

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.total - len(self.items)


@dataclass(frozen=True)
class Work:
    """What a person's agencies have to do now."""

    agencies: tuple[str, ...]
    groups: tuple[WorkGroup, ...]
    awaiting: int
    done: int
    total: int
    list_url: str
    period: str = ""
    period_due: Badge = field(default_factory=lambda: Badge(""))


def _returns(progress_ids: Iterable[int]) -> dict[int, Decision]:
    """Return progress id → its last return."""
    found: dict[int, Decision] = {}
    for decision in (
        Decision.objects.filter(version__progress_id__in=list(progress_ids), verb=Decision.Verb.RETURN)
        .select_related("decided_by", "version")
        .order_by("decided_at")
    ):
        found[decision.version.progress_id] = decision
    return found


def period_due_badge(due_on: date, on: date) -> Badge:
    """Return how far a period's due date (as moved by an outage) is."""
    left = (due_on - on).days
    day = format_day(due_on)
    if left < 0:
        return Badge(f"đã quá hạn nộp {day} ({-left} ngày)", "over")
    return Badge(
        f"hạn nộp {day} (còn {left} ngày)" if left else f"hạn nộp hôm nay, {day}",
        "due" if left <= 7 else "info",
    )


def work_of(user: User, on: date) -> Work | None:
    """Return the work of the agencies in which the user reads progress; None for people without such an agency."""
    agencies = user.agencies_with(Permission.PROGRESS_READ)
    if not agencies:
        return None
    writes = user.agencies_with(Permission.PROGRESS_WRITE)
    raw = list(
        Assignment.objects.leading()
        .filter(agency_id__in=agencies, task__plan__state=Plan.State.ISSUED)
        .order_by("task__plan", "task__order", "agency__order", "pk")
        .values(*COLUMNS)
    )
    by_id = {row["id"]: row for row in raw}
    periods = Periods.of({row["task__plan_id"] for row in raw}, on)
    reports: dict[int, dict[int, str]] = defaultdict(dict)
    sent: set[tuple[int, int]] = set()
    sent_back: dict[int, tuple[int, int]] = {}
    for pk, assignment_id, period_id, state, first in Progress.objects.filter(
        assignment_id__in=list(by_id)
    ).values_list("pk", "assignment_id", "period_id", "state", "first_submitted_at"):
        reports[assignment_id][period_id] = state
        if first is not None:
            sent.add((assignment_id, period_id))
        if state == Progress.State.RETURNED:
            sent_back[assignment_id] = (pk, period_id)
    reasons = _returns(pk for pk, _ in sent_back.values()) if sent_back else {}
    several = len(agencies) > 1

    def item(row: Mapping[str, Any], reason: str = "", badge: Badge | None = None) -> WorkItem:
        writable = _writable(row, reports.get(row["id"], {}), periods, writes)
        return WorkItem(
            url=assignment_url(row["id"]),
            code=row["task__code"],
            title=row["task__current__title"],
            agency=(row["agency__short_name"] or row["agency__name"]) if several else "",
            deadline=deadline_of(row),
            badge=badge
            or time_badge(row["state"], row["task__current__deadline_kind"], row["due_on"], row["done_on"], on),
            reason=reason,
            report_url=report_url(row["id"], writable.code) if writable.code else "",
            report_label=writable.label,
        )

    grouped: dict[str, list[WorkItem]] = {"returned": [], "overdue": [], "due_soon": [], "not_updated": []}
    for row in sorted(raw, key=lambda row: row["due_on"] or date.max):
        open_ = row["state"] not in _OVER
        latest = periods.latest(row["task__plan_id"])
        if row["id"] in sent_back:
            pk, period_id = sent_back[row["id"]]
            decision = reasons.get(pk)
            reason = ""
            if decision:
                reason = (
                    f"{decision.decided_by} trả lại lúc {calendar.moment(decision.decided_at)} "
                    f"({decision.get_reason_code_display()}): {decision.reason}"
                )
            name = periods.named(row["task__plan_id"], period_id).name
            grouped["returned"].append(item(row, reason, Badge(f"Trả lại, {name}", "returned")))
        elif open_ and row["due_on"] and row["due_on"] < on:
            grouped["overdue"].append(item(row))
        elif open_ and row["due_on"] and (row["due_on"] - on).days <= DUE_SOON_DAYS:
            grouped["due_soon"].append(item(row))
        elif open_ and latest is not None and (row["id"], latest.pk) not in sent:
            begun = reports[row["id"]].get(latest.pk, "")
            grouped["not_updated"].append(item(row, badge=_BEGUN.get(begun)))

    where = reverse("plans:assignment_list")
    titles = {
        "returned": ("Bị trả lại, cần sửa và gửi lại", "returned", f"{where}?state={State.RETURNED.value}"),
        "overdue": ("Quá hạn", "over", f"{where}?due=overdue"),
        "due_soon": (f"Sắp đến hạn ({DUE_SOON_DAYS} ngày tới)", "due", f"{where}?due=due_soon"),
        "not_updated": ("Chưa cập nhật kỳ này", "neutral", f"{where}?due=not_updated"),
    }
    current = max(
        (period for plan_id in periods.by_plan if (period := periods.latest(plan_id)) is not None),
        key=lambda period: period.opens_on,
        default=None,
    )
    names = Agency.objects.filter(pk__in=agencies).order_by("order")
    return Work(
        agencies=tuple(agency.label for agency in names),
        groups=tuple(
            WorkGroup(*titles[key][:2], tuple(items[:SHOWN_AT_HOME]), len(items), titles[key][2])
            for key, items in grouped.items()
            if items
        ),
        awaiting=sum(row["state"] == State.AWAITING_REVIEW for row in raw),
        done=sum(row["state"] == State.DONE for row in raw),
        total=len(raw),
        list_url=where,
        period=current.name if current else "",
        period_due=period_due_badge(periods.windows[current.pk].due_on, on) if current else Badge(""),
    )


# The review queue


@dataclass(frozen=True)
class QueueRow:
    """One submitted report that waits for a decision."""

    id: int
    url: str
    code: str
    title: str
    agency: str
    period: str
    due: str
    submitted: str
    waiting: str
    lateness: Badge
    version: str
    revision: int
    asked: Badge


@dataclass(frozen=True)
class QueueWanted:
    """What a reviewer asks of the queue; an empty field asks nothing."""

    plan: Plan | None = None
    agency: Agency | None = None
    period: str = ""
    asked: str = ""
    late: str = ""

    @property
    def active(self) -> int:
        """How many filters are set."""
        return sum(bool(value) for value in vars(self).values())


ASKED_CHOICES = {"waiting": "Đã hỏi, chờ cơ quan trả lời", "replied": "Cơ quan đã trả lời", "none": "Chưa hỏi gì"}
LATE_CHOICES = {"late": "Nộp muộn", "on_time": "Nộp đúng hạn"}


def queue(user: User, on: date, wanted: QueueWanted | None = None) -> QuerySet[Progress]:
    """Return the submitted reports the user may decide, by due date, then by first submission."""
    questions = Remark.objects.filter(version=OuterRef("latest"), kind=Remark.Kind.QUESTION)
    found = (
        Progress.objects.decidable_by(user, on)
        .filter(state=Progress.State.SUBMITTED)
        .annotate(
            due_on=due_expression("period", on),
            was_asked=Exists(questions),
            owes_reply=Exists(questions.filter(reply__isnull=True)),
            first_day=TruncDate("first_submitted_at", tzinfo=calendar.VIETNAM),
        )
        .order_by("due_on", "first_submitted_at", "pk")
    )
    if wanted is None:
        return found
    if wanted.plan:
        found = found.filter(assignment__task__plan=wanted.plan)
    if wanted.agency:
        found = found.filter(assignment__agency=wanted.agency)
    if wanted.period:
        found = found.filter(period__code=wanted.period)
    if wanted.asked:
        found = found.filter(
            {
                "waiting": Q(owes_reply=True),
                "replied": Q(was_asked=True, owes_reply=False),
                "none": Q(was_asked=False),
            }[wanted.asked]
        )
    if wanted.late:
        late = Q(first_day__gt=F("due_on"))
        found = found.filter(late if wanted.late == "late" else ~late)
    return found


def _asked(row: Mapping[str, Any]) -> Badge:
    if row["owes_reply"]:
        return Badge("Đã hỏi, chờ trả lời", "due")
    return Badge("Đã trả lời câu hỏi", "info") if row["was_asked"] else Badge("")


def queue_rows(page: QuerySet[Progress], on: date) -> tuple[QueueRow, ...]:
    """Return the lines of a page of the queue, in one query."""
    base = reverse("plans:review_queue")
    rows = []
    # Annotated by ``queue``, which the type of the page does not tell.
    annotated: QuerySet[Any] = page
    for row in annotated.values(
        "id",
        "first_submitted_at",
        "latest__submitted_at",
        "latest__number",
        "latest__corrects_id",
        "period__name",
        "due_on",
        "revision",
        "was_asked",
        "owes_reply",
        "assignment__task__code",
        "assignment__task__current__title",
        "assignment__agency__name",
        "assignment__agency__short_name",
    ):
        number = row["latest__number"]
        sent = row["latest__submitted_at"]
        days = (on - calendar.day_of(sent)).days if sent else 0
        version = f"Lần {number}" if number > 1 else ""
        if row["latest__corrects_id"]:
            version = f"Điều chỉnh (lần {number})"
        rows.append(
            QueueRow(
                id=row["id"],
                url=f"{base}{row['id']}/",
                code=row["assignment__task__code"],
                title=row["assignment__task__current__title"],
                agency=row["assignment__agency__short_name"] or row["assignment__agency__name"],
                period=row["period__name"],
                due=format_day(row["due_on"]),
                submitted=calendar.moment(sent),
                waiting=f"chờ {days} ngày" if days > 0 else "hôm nay",
                lateness=lateness(row["first_submitted_at"], row["due_on"]),
                version=version,
                revision=row["revision"],
                asked=_asked(row),
            )
        )
    return tuple(rows)


@dataclass(frozen=True)
class ApprovalRow:
    """One report that waits for the head."""

    id: int
    revision: int
    url: str
    code: str
    title: str
    agency: str
    period: str
    due: Badge
    forwarded: str
    result: str
    open: bool


def approval_queue(user: User, on: date) -> QuerySet[Progress]:
    """Return the reports that the user may let leave, by due date, then by the moment they were forwarded."""
    return (
        Progress.objects.approvable_by(user, on)
        .annotate(due_on=due_expression("period", on))
        .order_by("due_on", "latest__forwarded_at", "pk")
    )


def approval_rows(page: QuerySet[Progress], on: date) -> tuple[ApprovalRow, ...]:
    """Return the lines of a page of the head's queue, in two queries."""
    reports = list(
        page.select_related("period", "latest__forwarded_by", "assignment__agency", "assignment__task__current")
    )
    known = windows({report.period_id: report.period for report in reports}.values(), on)
    base = reverse("plans:approval_queue")
    rows = []
    for report in reports:
        version, task = report.latest, report.assignment.task
        assert version is not None
        window = known[report.period_id]
        rows.append(
            ApprovalRow(
                id=report.pk,
                revision=report.revision,
                url=f"{base}{report.pk}/",
                code=task.code,
                title=task.current.title if task.current else "",
                agency=report.assignment.agency.label,
                period=report.period.name,
                due=period_due_badge(window.due_on, on),
                forwarded=f"{version.forwarded_by}, {calendar.moment(version.forwarded_at)}",
                result=version.result,
                open=report.first_submitted_at is not None or window.is_open(report.assignment.agency_id),
            )
        )
    return tuple(rows)


@dataclass(frozen=True)
class ProposalRow:
    """Obstacles and proposals of one report that have no answer."""

    url: str
    report_id: int
    revision: int
    code: str
    title: str
    agency: str
    period: str
    obstacles: str
    proposals: str
    since: str


def proposals(user: User, on: date) -> QuerySet[Progress]:
    """Return the reports whose obstacles and proposals the user may answer and nobody has."""
    return (
        Progress.objects.decidable_by(user, on)
        .filter(first_submitted_at__isnull=False)
        .unanswered()
        .order_by("first_submitted_at", "pk")
    )


def proposal_rows(page: QuerySet[Progress]) -> tuple[ProposalRow, ...]:
    """Return the lines of a page of unanswered proposals, in one query."""
    annotated: QuerySet[Any] = page
    return tuple(
        ProposalRow(
            url=assignment_url(row["assignment_id"]),
            report_id=row["id"],
            revision=row["revision"],
            code=row["assignment__task__code"],
            title=row["assignment__task__current__title"],
            agency=row["assignment__agency__short_name"] or row["assignment__agency__name"],
            period=row["period__name"],
            obstacles=row["said_obstacles"],
            proposals=row["said_proposals"],
            since=calendar.moment(row["first_submitted_at"]),
        )
        for row in annotated.values(
            "id",
            "revision",
            "assignment_id",
            "assignment__task__code",
            "assignment__task__current__title",
            "assignment__agency__name",
            "assignment__agency__short_name",
            "period__name",
            "first_submitted_at",
            "said_obstacles",
            "said_proposals",
        )
    )


def deciding_body(province_id: int, agency_id: int, on: date) -> str:
    """Return who decides the reports of an agency on a day (domain rule 6), for people to read."""
    bodies = {
        designation.role: designation.agency
        for designation in Designation.objects.filter(valid_on(on), province_id=province_id).select_related("agency")
    }
    standing = bodies.get(Designation.Role.STANDING_OFFICE)
    second = bodies.get(Designation.Role.SECOND_REVIEWER)
    chosen = second if standing is not None and standing.pk == agency_id else standing
    return chosen.name if chosen else "cơ quan thẩm định (chưa được phân công)"


# Plans


@dataclass(frozen=True)
class PlanRow:
    """One line of the list of plans."""

    url: str
    label: str
    title: str
    issuer: str
    issued: str
    years: str
    state: Badge
    parent: str
    dashboard_url: str


def plan_state_badge(state: str) -> Badge:
    """Return where a plan stands; one being drafted assigns nothing, and says so."""
    return {
        Plan.State.DRAFTING: Badge("Đang xây dựng, chưa giao việc", "draft"),
        Plan.State.ISSUED: Badge("Đã ban hành", "ok"),
        Plan.State.ENDED: Badge("Đã kết thúc", "muted"),
    }[Plan.State(state)]


def plan_rows(user: User) -> tuple[PlanRow, ...]:
    """Return the plans the user may read, newest first, in one query."""
    watched = user.provinces_with(Permission.DASHBOARD_READ)
    base = reverse("plans:plan_list")
    rows = []
    for plan in (
        Plan.objects.visible_to(user)
        .select_related("sub_plan_of")
        .order_by("-year_from", F("issued_on").desc(nulls_last=True), "pk")
    ):
        url = f"{base}{plan.code}/"
        rows.append(
            PlanRow(
                url=url,
                label=plan.label,
                title=plan.title,
                issuer=plan.issuer,
                issued=format_day(plan.issued_on) or plan.issued_text,
                years=plan.years,
                state=plan_state_badge(plan.state),
                parent=plan.sub_plan_of.label if plan.sub_plan_of else "",
                dashboard_url=f"{url}tong-quan/" if plan.province_id in watched else "",
            )
        )
    return tuple(rows)

"""What was on record of each duty when a day ended: the truth, from versions, decisions and rulings.

"As of D" means: recorded before D ended, and in effect by D. So an amendment or a transfer entered later does not
change what an earlier day showed.

Definitions (domain § 3.1-3.4, 3.11):

* A report (assignment × period) is *submitted* while its last submission has no decision, *returned* or
  *accepted* by its last decision, *draft* before the first submission or after it was withdrawn. While a correction
  is being prepared the accepted version still counts.
* A duty is *done* when an accepted version in force names a done date that is not after the day of its
  submission. Ongoing and recurring duties are done only by a ruling, or when their plan has ended.
* A duty is *suspended* or *cancelled* by a ruling from its effective day on (unless it was done before), cancelled
  too when an amendment drops its task.
* Its *day* is what the plan, an internal date, the document that met a condition, or a granted extension said last
  (``plans.standing.due_in_force``); when it is done, what was in force on the done date. A text with a condition
  gives no day: the ruling that the condition is met does, from the day of its document. A recurring duty's day is
  the due date of the earliest period not yet reported; a period that fell due while the duty was suspended, or after
  the plan ended, is not owed. One that owes nothing when the plan ends is done.
* A day *moved* when something was said after another day counted: each move stays, with the days overdue by then.
* *Not updated*: not done, and nothing submitted for the period that reports are about (``windows.latest_period``).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal

from django.db.models import Max, Q

from agencies import calendar
from plans.models import (
    Assignment,
    Decision,
    PartyRole,
    Plan,
    Progress,
    ProgressVersion,
    ReportingPeriod,
    Ruling,
    TaskVersion,
    WindowException,
)
from plans.models.progress import handed_in
from plans.standing import (
    NEVER_FINISHED_BY_A_REPORT,
    DeadlineKind,
    DoneRule,
    DueOrigin,
    DueStatement,
    Rule,
    State,
    asks_in,
    due_in_force,
)


@dataclass(frozen=True)
class Extended:
    """A day that moved: from which to which, from when, the days it was overdue until then, and why it moved."""

    old_due_on: date
    new_due_on: date
    granted_on: date
    days_late_before: int
    origin: DueOrigin = DueOrigin.EXTENSION


@dataclass(frozen=True)
class Recorded:
    """What is on record of one duty at the end of a day."""

    state: State = State.NOT_STARTED
    done_on: date | None = None
    reported_at: datetime | None = None
    version_id: int | None = None
    submitted_period_ids: frozenset[int] = frozenset()
    due_on: date | None = None
    due_origin: DueOrigin = DueOrigin.PLAN
    extensions: tuple[Extended, ...] = ()
    halted_on: date | None = None
    condition_met: bool = False
    excused_period_ids: frozenset[int] = frozenset()

    def not_updated(self, period_id: int | None) -> bool:
        """Tell whether the duty owes a report for a period."""
        if period_id is None or self.state in (State.DONE, State.SUSPENDED, State.CANCELLED):
            return False
        return period_id not in self.submitted_period_ids


NOTHING = Recorded()


@dataclass(frozen=True)
class Record:
    """What is on record of a plan at the end of a day: its texts in force, its duties, its rules of completion."""

    versions: Mapping[int, TaskVersion] = field(default_factory=dict)
    duties: Mapping[int, Recorded] = field(default_factory=dict)
    rules: Mapping[int, Rule] = field(default_factory=dict)

    def rule(self, task_id: int) -> Rule:
        """Return when a task is done."""
        return self.rules.get(task_id, Rule())


def owing(latest: Mapping[int, int]) -> Q:
    """Return "not updated" as a condition over assignments, from plan id → id of its latest opened period."""
    handed_in = Progress.objects.filter(period_id__in=list(latest.values()), first_submitted_at__isnull=False)
    return (
        Q(task__plan_id__in=list(latest))
        & ~Q(state__in=(State.DONE, State.SUSPENDED, State.CANCELLED))
        & ~Q(pk__in=handed_in.values("assignment_id"))
    )


def due_dates(plan_id: int, as_of: date) -> dict[int, date]:
    """Return period id → its due date, of periods known by a day; an outage moves it for everybody."""
    moved = dict(
        WindowException.objects.recorded_by(as_of)
        .filter(period__plan_id=plan_id, kind=WindowException.Kind.OUTAGE)
        .order_by()
        .values_list("period_id")
        .annotate(Max("expires_on"))
    )
    return {
        pk: max(due_on, moved.get(pk, due_on))
        for pk, due_on in ReportingPeriod.objects.filter(plan_id=plan_id).known_on(as_of).values_list("pk", "due_on")
    }


# --- one duty ------------------------------------------------------------------------------------------------


@dataclass
class _Reports:
    """What an agency reported on one duty, folded over its periods in order."""

    state: State = State.NOT_STARTED
    done_on: date | None = None
    reported_at: datetime | None = None
    shown: int | None = None
    shown_accepted: bool = False
    periods: set[int] = field(default_factory=set)

    def take(self, period_id: int, sent: Sequence[ProgressVersion], verdicts: Mapping[int, str]) -> None:
        """Add the report of one period: its submissions by the day, oldest first."""
        standing = handed_in(sent, verdicts)
        if not standing:
            self.state = State.IN_PROGRESS
            return
        self.periods.add(period_id)
        self.reported_at = standing[-1].submitted_at
        accepted = next((v for v in reversed(standing) if verdicts.get(v.pk) == Decision.Verb.ACCEPT), None)
        if accepted or self.shown is None or not self.shown_accepted:
            self.shown, self.shown_accepted = (accepted or standing[-1]).pk, accepted is not None
        last = verdicts.get(sent[-1].pk)
        if last is None:
            self.state = State.AWAITING_REVIEW
        else:
            self.state = State.RETURNED if last == Decision.Verb.RETURN else State.IN_PROGRESS
        if accepted and self.done_on is None:
            self.done_on = accepted.finished_on


_BEGINNING = datetime.min.replace(tzinfo=UTC)
_ORIGINS = {
    Ruling.Kind.INTERNAL_DUE: DueOrigin.INTERNAL,
    Ruling.Kind.CONDITION_MET: DueOrigin.CONDITION,
    Ruling.Kind.EXTENSION: DueOrigin.EXTENSION,
    Ruling.Kind.CARRIED_DUE: DueOrigin.EXTENSION,
}


def condition_since(versions: Iterable[TaskVersion]) -> date | None:
    """Return since when the last of a task's texts gives the deadline that it gives (None: from the first)."""
    since: date | None = None
    before: tuple[object, ...] | None = None
    for version in versions:
        deadline = _deadline(version)
        if deadline != before:
            since = None if before is None else version.effective_from
        before = deadline
    return since


def _deadline(version: TaskVersion) -> tuple[object, ...]:
    """Return what makes a deadline another one: of a conditional text the condition alone."""
    if version.deadline_kind == DeadlineKind.CONDITIONAL:
        return (version.deadline_kind, version.condition)
    return (version.deadline_kind, version.deadline_from, version.deadline_to, version.condition)


def _statements(versions: Sequence[TaskVersion], rulings: Sequence[Ruling]) -> list[DueStatement]:
    """Return every day that was said of a duty, in the order of its effect; of one day, as it was said."""
    said: list[tuple[date, datetime, DueStatement]] = []
    before: tuple[object, ...] | None = None
    for version in versions:
        deadline = _deadline(version)
        if deadline != before:
            first = before is None
            statement = DueStatement(None if first else version.effective_from, version.due_on)
            recorded_at = version.amendment.confirmed_at if version.amendment else None
            effective_on = date.min if first else version.effective_from or date.min
            said.append((effective_on, recorded_at or _BEGINNING, statement))
        before = deadline
    for ruling in rulings:
        origin = _ORIGINS.get(Ruling.Kind(ruling.kind))
        if origin is not None:
            statement = DueStatement(ruling.effective_on, ruling.due_on, origin)
            said.append((ruling.effective_on, ruling.at, statement))
    return [statement for _, _, statement in sorted(said, key=lambda one: one[:2])]


@dataclass(frozen=True)
class _Halt:
    """A suspension or cancellation, from a day on, until another day (None: still).

    ``still_since``: since when the duty has stood still without having been resumed.
    """

    state: State
    since: date
    still_since: date
    until: date | None = None


def _halts(rulings: Sequence[Ruling], as_of: date) -> list[_Halt]:
    """Return what was ruled to stand still, and when it did, by a day; nothing follows a cancellation."""
    found: list[_Halt] = []
    states = {Ruling.Kind.SUSPEND: State.SUSPENDED, Ruling.Kind.CANCEL: State.CANCELLED}
    for ruling in sorted(rulings, key=lambda one: (one.effective_on, one.pk)):
        if ruling.effective_on > as_of or (found and found[-1].state is State.CANCELLED):
            continue
        kind = Ruling.Kind(ruling.kind)
        if kind in states or kind is Ruling.Kind.RESUME:
            before = found[-1] if found and found[-1].until is None else None
            if before is not None:
                found[-1] = replace(before, until=ruling.effective_on)
            if kind in states:
                still_since = before.still_since if before else ruling.effective_on
                found.append(_Halt(states[kind], ruling.effective_on, still_since))
    return found


def _halted(halts: Sequence[_Halt], version: TaskVersion) -> _Halt | None:
    """Return how a duty is suspended or cancelled.

    What was suspended and is then cancelled or dropped has stood still since it was suspended: work done meanwhile
    does not finish it.
    """
    last = halts[-1] if halts and halts[-1].until is None else None
    dropped_on = version.effective_from
    if not version.dropped or dropped_on is None:
        return last
    since = min(last.since, dropped_on) if last and last.state is State.CANCELLED else dropped_on
    return _Halt(State.CANCELLED, since, min(last.still_since, since) if last else since)


def _moved(statements: Sequence[DueStatement], as_of: date) -> tuple[Extended, ...]:
    """Return each ruling in effect by a day that put another day in the place of one that counted."""
    found = []
    for number, one in enumerate(statements):
        if number == 0 or one.origin is DueOrigin.PLAN or one.effective_on is None or one.effective_on > as_of:
            continue
        old = statements[number - 1].due_on
        if old is not None and one.due_on is not None:
            late = max(0, (one.effective_on - old).days)
            found.append(Extended(old, one.due_on, one.effective_on, late, one.origin))
    return tuple(found)


def _recurring(
    reports: _Reports,
    periods: Sequence[tuple[int, date]],
    halts: Sequence[_Halt],
    ended_on: date | None,
) -> tuple[date | None, frozenset[int]]:
    """Return the due date of the earliest period that a recurring duty owes, and the periods it need not report."""
    excused = {
        pk
        for pk, due in periods
        if pk not in reports.periods
        and (
            (ended_on is not None and due > ended_on)
            or any(one.since <= due and (one.until is None or due < one.until) for one in halts)
        )
    }
    owed = (due for pk, due in periods if pk not in reports.periods and pk not in excused)
    return next(owed, None), frozenset(excused)


def _stand(
    reports: _Reports,
    versions: Sequence[TaskVersion],
    rulings: Sequence[Ruling],
    periods: Sequence[tuple[int, date]],
    ended_on: date | None,
    as_of: date,
) -> Recorded:
    """Return how one duty is recorded (``versions`` in force and ``rulings`` recorded by the day, in order)."""
    version = versions[-1]
    kind = DeadlineKind(version.deadline_kind)
    state, done_on = reports.state, reports.done_on
    halts = _halts(rulings, as_of)
    over = ended_on if ended_on is not None and ended_on <= as_of else None
    owed, excused = _recurring(reports, periods, halts, over)
    if kind in NEVER_FINISHED_BY_A_REPORT:
        ends = [
            ruling.effective_on
            for ruling in rulings
            if ruling.kind == Ruling.Kind.FINISH and ruling.effective_on <= as_of
        ]
        if over is not None and (kind is DeadlineKind.ONGOING or owed is None):
            ends.append(over)
        done_on = min(ends, default=None)
    halt = _halted(halts, version)
    if done_on is not None and not (halt and halt.still_since <= done_on):
        state = State.DONE
    elif halt:
        state, done_on = halt.state, None
    statements = _statements(versions, rulings)
    if kind is DeadlineKind.RECURRING:
        due, origin = (None if state is State.DONE else owed), DueOrigin.PERIOD
    elif kind is DeadlineKind.ONGOING:
        # What was granted under an earlier text is no day of a text that gives none.
        due, origin = None, DueOrigin.PLAN
    else:
        counting = due_in_force(statements, done_on or as_of)
        due, origin = counting.due_on, counting.origin
    return Recorded(
        state=state,
        done_on=done_on,
        reported_at=reports.reported_at,
        version_id=reports.shown,
        submitted_period_ids=frozenset(reports.periods),
        due_on=due,
        due_origin=origin,
        extensions=_moved(statements, as_of),
        halted_on=halt.since if halt and state is halt.state else None,
        condition_met=(
            kind is DeadlineKind.CONDITIONAL and due_in_force(statements, as_of).origin is not DueOrigin.PLAN
        ),
        excused_period_ids=excused if kind is DeadlineKind.RECURRING else frozenset(),
    )


def refusal_of_plan(plan: Plan, *, correcting: bool) -> str:
    """Return why a plan takes no report, or an empty text; one that has ended still takes corrections (story 8)."""
    if plan.state == Plan.State.ISSUED or (correcting and plan.state == Plan.State.ENDED):
        return ""
    return "Kế hoạch chưa ban hành hoặc đã kết thúc nên không nhận báo cáo."


def refusal_of_reports(assignment: Assignment, on: date, *, correcting: bool = False) -> str:
    """Return why a duty takes no reports on a day, as a sentence, or an empty text.

    ``correcting``: it is about the correction of an accepted report, which a finished duty takes too.
    """
    gone = _gone(assignment, on)
    if gone:
        return gone
    record = recorded(assignment.task.plan, on, assignment_id=assignment.pk)
    one = record.duties.get(assignment.pk)
    if one is None:
        return "Phân công này chưa đến ngày có hiệu lực nên chưa nhận báo cáo."
    return _refusal_in(one.state, record.versions[assignment.task_id], correcting)


def refusal_today(assignment: Assignment, on: date, *, correcting: bool) -> str:
    """Return the same for today from the duty's columns: for lists (task, text in force and plan selected with it)."""
    version = assignment.task.current
    return _gone(assignment, on) or (_refusal_in(State(assignment.state), version, correcting) if version else "")


def _gone(assignment: Assignment, on: date) -> str:
    if assignment.valid_to is None or assignment.valid_to >= on:
        return ""
    return f"Cơ quan không còn chủ trì nhiệm vụ này từ sau ngày {assignment.valid_to:%d/%m/%Y} nên không báo cáo nữa."


def _refusal_in(state: State, version: TaskVersion, correcting: bool) -> str:
    if state is State.SUSPENDED:
        return "Nhiệm vụ đang tạm dừng theo quyết định nên không nhận báo cáo. Xem mục “Thời hạn và quyết định”."
    if state is State.CANCELLED:
        return "Nhiệm vụ đã bãi bỏ nên không nhận báo cáo. Xem mục “Thời hạn và quyết định”."
    never_finished = DeadlineKind(version.deadline_kind) in NEVER_FINISHED_BY_A_REPORT
    if state is State.DONE and never_finished and not correcting:
        return "Nhiệm vụ đã kết thúc theo quyết định nên không nhận báo cáo nữa."
    return ""


def waits_for_its_document(assignment: Assignment, on: date) -> bool:
    """Tell whether nobody has recorded, by a day, the document that sets a conditional duty going."""
    record = recorded(assignment.task.plan, on, assignment_id=assignment.pk)
    version, one = record.versions.get(assignment.task_id), record.duties.get(assignment.pk, NOTHING)
    return version is not None and version.deadline_kind == DeadlineKind.CONDITIONAL and not one.condition_met


# --- a whole plan --------------------------------------------------------------------------------------------


def recorded(plan: Plan, as_of: date, *, assignment_id: int | None = None) -> Record:
    """Return what was recorded of a plan (or one of its duties) before ``as_of`` ended, in a fixed number of queries.

    Every lead assignment that existed then has its row. ``version_id`` is the version to show: the latest period's
    accepted one, else the last submitted one.
    """
    end = calendar.end_of(as_of)
    mine = Q(pk=assignment_id) if assignment_id else Q(task__plan=plan, role=PartyRole.LEAD)
    duties = list(
        Assignment.objects.filter(mine)
        .known_on(as_of)
        .order_by("task__order", "agency__order", "pk")
        .values_list("pk", "task_id", "valid_from")
    )
    tasks = Q(task_id__in={task_id for _, task_id, _ in duties}) if assignment_id else Q(task__plan=plan)
    versions: dict[int, list[TaskVersion]] = defaultdict(list)
    texts = TaskVersion.objects.filter(tasks).in_force(as_of).select_related("amendment")
    for version in texts.order_by("task__order", "number"):
        versions[version.task_id].append(version)
    of_duty: dict[int, list[Ruling]] = defaultdict(list)
    of_task: dict[int, list[Ruling]] = defaultdict(list)
    for ruling in Ruling.objects.filter(tasks, at__lt=end).order_by("at", "pk"):
        if ruling.assignment_id:
            of_duty[ruling.assignment_id].append(ruling)
        else:
            of_task[ruling.task_id].append(ruling)
    dates = due_dates(plan.pk, as_of)
    periods = sorted(
        ReportingPeriod.objects.filter(plan=plan).known_on(as_of), key=lambda one: (dates[one.pk], one.cut_off, one.pk)
    )
    reports = _reports(Q(assignment_id=assignment_id) if assignment_id else Q(assignment__task__plan=plan), as_of)
    ended_on = plan.ended_on if plan.ended_at is not None and plan.ended_at < end else None

    found = {}
    for pk, task_id, since in duties:
        if not versions[task_id]:
            continue
        rulings = sorted(of_task[task_id] + of_duty[pk], key=lambda one: (one.at, one.pk))
        rhythm = versions[task_id][-1].recurrence
        owed = [
            (period.pk, dates[period.pk])
            for period in periods
            if (since is None or period.cut_off >= since) and asks_in(rhythm, period.kind)
        ]
        found[pk] = _stand(reports.get(pk, _Reports()), versions[task_id], rulings, owed, ended_on, as_of)
    return Record(
        versions={task_id: some[-1] for task_id, some in versions.items()},
        duties=found,
        rules={task_id: rule_of(some, as_of) for task_id, some in of_task.items()},
    )


def rule_of(rulings: Iterable[Ruling], as_of: date) -> Rule:
    """Return when a task is done, from what was ruled about it (in the order recorded)."""
    kind, share, finished_on = DoneRule.ALL, None, None
    for ruling in rulings:
        if ruling.effective_on > as_of:
            continue
        if ruling.kind == Ruling.Kind.DONE_RULE:
            kind, share = DoneRule(ruling.done_rule), ruling.done_share
        elif ruling.kind == Ruling.Kind.TASK_DONE:
            finished_on = ruling.effective_on
    return Rule(kind, Decimal(share) if share is not None else None, finished_on)


def _reports(where: Q, as_of: date) -> dict[int, _Reports]:
    """Return assignment id → what it reported, as known when a day ended."""
    end = calendar.end_of(as_of)
    rows = list(
        Progress.objects.filter(where, created_at__lt=end)
        .order_by("assignment_id", "period__cut_off", "period__opens_on", "period_id")
        .values_list("id", "assignment_id", "period_id")
    )
    of = Q(progress__in=Progress.objects.filter(where))
    versions: dict[int, list[ProgressVersion]] = defaultdict(list)
    for version in (
        ProgressVersion.objects.filter(of, submitted_at__lt=end)
        .order_by("progress_id", "number")
        .only("id", "progress_id", "number", "done_on", "submitted_at")
    ):
        versions[version.progress_id].append(version)
    verdicts = dict(
        Decision.objects.filter(version__progress__in=Progress.objects.filter(where), decided_at__lt=end).values_list(
            "version_id", "verb"
        )
    )
    found: dict[int, _Reports] = defaultdict(_Reports)
    for progress_id, assignment_id, period_id in rows:
        found[assignment_id].take(period_id, versions.get(progress_id, []), verdicts)
    return found


def drifted(plan: Plan) -> list[int]:
    """Return the ids of assignments whose denormalised standing differs from the record (the sweep mends them)."""
    truth = recorded(plan, calendar.today()).duties
    return [
        assignment.pk
        for assignment in Assignment.objects.filter(pk__in=truth)
        if (
            truth[assignment.pk].state,
            truth[assignment.pk].done_on,
            truth[assignment.pk].reported_at,
            truth[assignment.pk].due_on,
            truth[assignment.pk].due_origin,
        )
        != (
            State(assignment.state),
            assignment.done_on,
            assignment.reported_at,
            assignment.due_on,
            DueOrigin(assignment.due_origin),
        )
    ]

"""The lines that reports share: tasks, overdue duties, what was said, who has not reported.

Definitions:

* *Result* of an assignment: the accepted version in force, else the last submitted one, which is then marked
  with its state ("chờ duyệt", "bị trả lại").
* *Overdue*: in bucket ``open_overdue`` on the as-of day; *days* are counted from the day after the deadline. For
  a group task each member that is overdue counts.
* *Not updated*: not done, and nothing submitted for the period that reports were about; its denominator is the
  agency's assignments that are still open.
* *Corrections*: see ``plans.facts.corrections``; those that show in the period that reports were about.
* *Obstacles and proposals*: in the agency's own words, from the version shown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from agencies.models import Agency
from plans.facts.corrections import corrections as corrected
from plans.facts.plan import AssignmentFacts, PlanFacts, ReportFacts, TaskFacts, count_duties, count_tasks, counting_day
from plans.facts.windows import latest_period
from plans.models import Plan
from plans.standing import BUCKET_LABELS, Bucket, Counts, DeadlineKind, State, Time
from reports.facts.figures import CountRow, CountTable, Rate, short


@dataclass(frozen=True)
class ResultLine:
    """What an agency reported on a task, ready to be drawn. ``note`` marks what is not accepted."""

    agency: str
    status: str
    bucket: str
    note: str
    period: str
    result: str
    figure: str
    fraction: str
    explanation: str
    obstacles: str
    proposals: str
    done_on: date | None
    evidence: tuple[str, ...]

    @property
    def note_shown(self) -> str:
        """The mark, where the status beside it does not say the same."""
        return "" if self.status.lower().startswith(self.note) else self.note

    @property
    def figure_shown(self) -> str:
        """The figure with its fraction."""
        if self.figure and self.fraction:
            return f"{self.figure} ({self.fraction})"
        return self.figure or self.fraction


@dataclass(frozen=True)
class TaskLine:
    """One task of the plan. A group task says how many members reported and are done, out of how many."""

    section_code: str
    code: str
    title: str
    deliverable: str
    lead: tuple[str, ...]
    deadline: str
    due_on: date | None
    status: str
    bucket: str
    days_overdue: int
    is_group: bool
    proposed: bool
    reported: Rate | None
    done: Rate | None
    results: tuple[ResultLine, ...]


@dataclass(frozen=True)
class OverdueLine:
    """A task that is overdue, and at whom."""

    code: str
    title: str
    due_on: date
    days: int
    agencies: tuple[str, ...]
    members: int


@dataclass(frozen=True)
class SaidLine:
    """Obstacles and proposals of one agency on one task."""

    agency: str
    code: str
    title: str
    obstacles: str
    proposals: str
    note: str


@dataclass(frozen=True)
class OwedLine:
    """An agency that has not reported for the period, and on which tasks."""

    agency: str
    rate: Rate
    codes: tuple[str, ...]


@dataclass(frozen=True)
class LateLine:
    """An agency with overdue assignments: how many, and the oldest."""

    agency: str
    number: int
    oldest_days: int


def status_of(bucket: Bucket, state: State, time: Time) -> str:
    """Return a standing in words: state and time together.

    >>> status_of(Bucket.OPEN_WITHIN, State.NOT_STARTED, Time.WITHIN)
    'Chưa thực hiện, trong hạn'
    >>> status_of(Bucket.DONE_NO_DEADLINE, State.DONE, Time.ONGOING)
    'Hoàn thành'
    """
    if bucket in (Bucket.DONE_ON_TIME, Bucket.DONE_LATE):
        return BUCKET_LABELS[bucket]
    if bucket is Bucket.DONE_NO_DEADLINE:
        return State.DONE.label
    if bucket in (Bucket.SUSPENDED, Bucket.CANCELLED):
        return state.label
    if bucket is Bucket.OPEN_NO_DEADLINE:
        return state.label
    return f"{state.label}, {time.label.lower()}"


def _note(duty: AssignmentFacts) -> str:
    """Mark a report that does not count yet."""
    if duty.report is None or duty.report.accepted:
        return ""
    return "bị trả lại" if duty.report.returned else "chờ duyệt"


def result_line(duty: AssignmentFacts) -> ResultLine:
    """Return what an agency reported on its duty; empty where it reported nothing."""
    report: ReportFacts | None = duty.report
    standing = duty.standing
    return ResultLine(
        agency=short(duty.agency),
        status=status_of(standing.bucket, standing.state, standing.time),
        bucket=standing.bucket.value,
        note=_note(duty),
        period=report.period if report else "",
        result=report.result if report else "",
        figure=report.figure if report else "",
        fraction=report.fraction if report else "",
        explanation=report.explanation if report else "",
        obstacles=report.obstacles if report else "",
        proposals=report.proposals if report else "",
        done_on=standing.done_on,
        evidence=tuple(one.label for one in report.evidence) if report else (),
    )


def task_line(task: TaskFacts, duties: Sequence[AssignmentFacts] | None = None) -> TaskLine:
    """Return a task with the results of some of its duties (all unless given)."""
    shown = task.assignments if duties is None else duties
    many = task.is_group or len(task.assignments) > 1
    standing = task.standing
    return TaskLine(
        section_code=task.section_code,
        code=task.code,
        title=task.title,
        deliverable=task.deliverable,
        lead=tuple(short(name) for name in task.lead),
        deadline=_deadline(task),
        due_on=standing.due_on,
        status=status_of(standing.bucket, standing.state, standing.time),
        bucket=standing.bucket.value,
        days_overdue=standing.days_overdue,
        is_group=task.is_group,
        proposed=task.proposed,
        reported=Rate(task.reported, task.members) if many else None,
        done=Rate(task.done, task.members) if many else None,
        results=tuple(result_line(duty) for duty in shown if duty.report is not None),
    )


def _deadline(task: TaskFacts) -> str:
    text = counting_day(task.deadline.shown, task.standing.due_on, task.due_origin)
    internal = task.deadline.origin == "internal" and task.deadline.kind != DeadlineKind.NONE
    return f"{text} (do cơ quan thường trực đặt)" if internal else text


def rated(facts: PlanFacts) -> list[TaskFacts]:
    """Return the tasks that are assigned."""
    return [task for task in facts.tasks if not task.proposed]


def asked(facts: PlanFacts) -> list[TaskFacts]:
    """Return the tasks that are only proposed ("Đề nghị")."""
    return [task for task in facts.tasks if task.proposed]


def by_section(facts: PlanFacts) -> CountTable:
    """Count assigned tasks by the plan's sections, in the plan's order; a group task is one."""
    sections: dict[tuple[str, str], list[TaskFacts]] = {}
    for task in rated(facts):
        sections.setdefault((task.section_code, task.section_title), []).append(task)
    rows = tuple(CountRow(code, title, count_tasks(tasks)) for (code, title), tasks in sections.items())
    return CountTable("nhiệm vụ", rows, CountRow("", "Tổng số", facts.task_counts))


def agency_order(province_id: int) -> dict[int, int]:
    """Return agency id → its place in the province's order (one query)."""
    ids = Agency.objects.filter(province_id=province_id).order_by("order", "name").values_list("id", flat=True)
    return {agency_id: place for place, agency_id in enumerate(ids)}


def duties_by_agency(tasks: Iterable[TaskFacts], order: dict[int, int]) -> list[tuple[str, list[AssignmentFacts]]]:
    """Return each agency's duties, agencies in the province's order."""
    found: dict[int, list[AssignmentFacts]] = {}
    for task in tasks:
        for duty in task.assignments:
            found.setdefault(duty.agency_id, []).append(duty)
    ranked = sorted(found, key=lambda agency_id: order.get(agency_id, len(order)))
    return [(short(found[agency_id][0].agency), found[agency_id]) for agency_id in ranked]


def by_agency(tasks: Sequence[TaskFacts], total: Counts, order: dict[int, int]) -> CountTable:
    """Count assignments by agency; each member of a group has its own."""
    rows = tuple(CountRow("", name, count_duties(duties)) for name, duties in duties_by_agency(tasks, order))
    return CountTable("phân công", rows, CountRow("", "Tổng số", total))


def overdue(tasks: Iterable[TaskFacts]) -> tuple[OverdueLine, ...]:
    """Return the tasks with overdue duties, the oldest first."""
    found = []
    for task in tasks:
        late = [duty for duty in task.assignments if duty.standing.bucket is Bucket.OPEN_OVERDUE]
        if late and late[0].standing.due_on:
            found.append(
                OverdueLine(
                    code=task.code,
                    title=task.title,
                    due_on=late[0].standing.due_on,
                    days=max(duty.standing.days_overdue for duty in late),
                    agencies=tuple(short(duty.agency) for duty in late),
                    members=task.members,
                )
            )
    return tuple(sorted(found, key=lambda line: -line.days))


def late_agencies(tasks: Iterable[TaskFacts], order: dict[int, int]) -> tuple[LateLine, ...]:
    """Return the agencies with overdue duties: the most first, then the oldest."""
    found = []
    for name, duties in duties_by_agency(tasks, order):
        days = [duty.standing.days_overdue for duty in duties if duty.standing.bucket is Bucket.OPEN_OVERDUE]
        if days:
            found.append(LateLine(name, len(days), max(days)))
    return tuple(sorted(found, key=lambda line: (-line.number, -line.oldest_days)))


def said(tasks: Iterable[TaskFacts]) -> tuple[SaidLine, ...]:
    """Return the obstacles and proposals as reported, in the plan's order."""
    found = []
    for task in tasks:
        for duty in task.assignments:
            report = duty.report
            if report and (report.obstacles or report.proposals):
                found.append(
                    SaidLine(short(duty.agency), task.code, task.title, report.obstacles, report.proposals, _note(duty))
                )
    return tuple(found)


def owed(tasks: Sequence[TaskFacts], order: dict[int, int]) -> tuple[OwedLine, ...]:
    """Return who has not reported for the period, with the codes of the tasks; the most first."""
    codes: dict[int, list[str]] = {}
    for task in tasks:
        for duty in task.assignments:
            if duty.not_updated:
                codes.setdefault(duty.agency_id, []).append(task.code)
    found = []
    for name, duties in duties_by_agency(tasks, order):
        missing = codes.get(duties[0].agency_id, [])
        if missing:
            still_open = Counts.of(duty.standing.bucket for duty in duties).open
            found.append(OwedLine(name, Rate(len(missing), still_open), tuple(missing)))
    return tuple(sorted(found, key=lambda line: -line.rate.numerator))


@dataclass(frozen=True)
class CorrectionLine:
    """A correction of an earlier period's report that was accepted after that period's cut-off."""

    agency: str
    code: str
    title: str
    period: str
    accepted: str
    changes: str
    reason: str


def corrections(plan: Plan, as_of: date, agency_id: int | None = None) -> tuple[CorrectionLine, ...]:
    """Return the corrections that show in the period of the day ("điều chỉnh kỳ trước"), of all or of one agency."""
    period = latest_period(plan.pk, as_of)
    found = corrected(plan, as_of) if period else ()
    return tuple(
        CorrectionLine(short(row.agency), row.code, row.title, row.period, row.accepted, row.changes, row.reason)
        for row in found
        if period and row.shown_in == period.pk and (agency_id is None or row.agency_id == agency_id)
    )


def awaiting(tasks: Iterable[TaskFacts], state: State) -> int:
    """Count the duties whose latest report is in a state."""
    return sum(duty.standing.state is state for task in tasks for duty in task.assignments)


def due_soon(tasks: Iterable[TaskFacts]) -> int:
    """Count the duties that fall due within the week."""
    return sum(duty.standing.time is Time.DUE_SOON for task in tasks for duty in task.assignments)

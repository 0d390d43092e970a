"""One agency's own report to the standing office.

Definitions:

* The unit is the *assignment*: each duty of the agency in the plan as lead, its own share of group tasks
  included. ``counts`` are its rated assignments; ``proposed`` those addressed with "Đề nghị", counted apart.
* ``tasks`` lists every duty with the agency's own result, also where it reported nothing; ``overdue``, ``said``
  and ``owed`` are its own (see ``reports.facts.lines``).
* ``waiting`` and ``returned``: its reports whose latest submission awaits review, or was returned.
"""

from dataclasses import dataclass, field, replace
from datetime import date

from agencies.errors import Invalid
from agencies.models import Agency
from plans.facts.plan import TaskFacts, count_duties, duties_of, plan_facts
from plans.models import Plan
from plans.standing import State
from reports.facts import lines
from reports.facts.figures import OCCASIONAL, CountRow
from reports.facts.head import Head, head_of, leadership_of, plan_name, standing_office
from reports.facts.plan_part import PlanPart, plan_part


@dataclass(frozen=True)
class DutyLine:
    """One duty of the agency. ``result`` is empty where nothing was reported; ``status`` is the duty's own."""

    task: lines.TaskLine
    result: lines.ResultLine
    days_overdue: int
    not_updated: bool


@dataclass(frozen=True)
class AgencyReportFacts:
    """Everything an agency's report shows."""

    head: Head
    plan: PlanPart
    agency: str
    counts: CountRow
    proposed: CountRow | None
    tasks: tuple[DutyLine, ...]
    overdue: tuple[lines.OverdueLine, ...]
    said: tuple[lines.SaidLine, ...]
    owed: lines.OwedLine | None
    waiting: int
    returned: int
    next_steps: tuple[str, ...]
    corrections: tuple[lines.CorrectionLine, ...] = field(default=(), metadata={OCCASIONAL: True})


def _own(tasks: list[TaskFacts], agency: Agency) -> list[TaskFacts]:
    """Return the tasks in which the agency leads, with its own duties only."""
    found = []
    for task in tasks:
        own = tuple(duty for duty in task.assignments if duty.agency_id == agency.pk)
        if own:
            found.append(replace(task, assignments=own))
    return found


def _count(tasks: list[TaskFacts], label: str) -> CountRow:
    return CountRow("", label, count_duties(duties_of(tasks)))


def agency_facts(plan: Plan, agency: Agency, *, year: int, as_of: date) -> AgencyReportFacts:
    """Return the facts of an agency's report. Raises Invalid ``agency_without_duties``."""
    facts = plan_facts(plan, as_of)
    tasks = _own(list(facts.tasks), agency)
    name = agency.name_on(as_of)
    if not tasks:
        raise Invalid(
            "agency_without_duties",
            f"{name} không chủ trì nhiệm vụ nào của {facts.label} vào ngày {as_of:%d/%m/%Y}. Hãy chọn cơ quan khác.",
        )
    office = standing_office(plan, as_of)
    office_name = office.name_on(as_of)
    part = plan_part(plan, facts, year)
    mine, asked = [task for task in tasks if not task.proposed], [task for task in tasks if task.proposed]
    counts = _count(mine, "Nhiệm vụ được giao chủ trì")
    overdue, said = lines.overdue(mine), lines.said(tasks)
    owed = lines.owed(mine, {})
    waiting, returned = lines.awaiting(tasks, State.AWAITING_REVIEW), lines.awaiting(tasks, State.RETURNED)
    steps = []
    if overdue:
        steps.append(f"Tập trung thực hiện {len(overdue)} nhiệm vụ đã quá hạn, lâu nhất {overdue[0].days} ngày.")
    if returned:
        steps.append(f"Hoàn thiện và gửi lại {returned} báo cáo bị trả lại.")
    if owed:
        steps.append(f"Gửi báo cáo của {owed[0].rate.numerator} nhiệm vụ chưa cập nhật, {part.period_shown}.")
    if counts.counts.open:
        steps.append(f"Tiếp tục thực hiện {counts.counts.open} nhiệm vụ chưa hoàn thành của kế hoạch.")
    return AgencyReportFacts(
        head=head_of(
            agency,
            plan.province,
            on=as_of,
            subject=f"Kết quả năm {year} thực hiện {plan_name(plan)}",
            addressee=office_name,
            recipients=(office_name, leadership_of(name), "Lưu: VT"),
        ),
        plan=part,
        agency=name,
        counts=counts,
        proposed=_count(asked, "Nhiệm vụ được đề nghị phối hợp (tính riêng)") if asked else None,
        tasks=tuple(
            DutyLine(lines.task_line(task, ()), lines.result_line(duty), duty.standing.days_overdue, duty.not_updated)
            for task in tasks
            for duty in task.assignments
        ),
        overdue=overdue,
        said=said,
        owed=owed[0] if owed else None,
        waiting=waiting,
        returned=returned,
        next_steps=tuple(steps),
        corrections=lines.corrections(plan, as_of, agency.pk),
    )

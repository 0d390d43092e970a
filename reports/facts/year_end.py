"""The standing office's year-end report to the People's Committee.

Definitions:

* All figures are those of ``plans.facts.plan.plan_facts`` at the end of the as-of day and accumulate since the
  plan was issued; ``year`` names the report.
* ``sections`` counts tasks (a group task is one); ``agencies`` counts assignments (each member's is one). The
  rows of each add up to its total; the totals are the plan's own counts. Tasks addressed with "Đề nghị" are in
  neither: ``proposed`` counts their assignments apart.
* ``targets_met``, ``targets_missed``, ``targets_unknown`` add up to the plan's own targets; the parent plan's
  targets are listed and not counted.
* ``overdue``, ``late_agencies``, ``owed`` and ``said``: see ``reports.facts.lines``. ``said`` includes bodies
  addressed with "Đề nghị", the other three do not.
* ``unaccepted``: results shown in the appendix that are not accepted (awaiting review or returned).
* ``next_steps``: neutral sentences that follow from the figures; nobody's judgement.
"""

from dataclasses import dataclass, field
from datetime import date

from plans.facts.plan import PlanFacts, plan_facts
from plans.facts.targets import TargetFacts, TargetState
from plans.models import Plan
from plans.standing import State
from reports.facts import lines
from reports.facts.figures import OCCASIONAL, CountRow, CountTable
from reports.facts.head import Head, committee_of, head_of, leadership_of, plan_name, standing_office
from reports.facts.plan_part import PlanPart, plan_part


@dataclass(frozen=True)
class SectionTasks:
    """A section of the plan with its tasks, for the appendix."""

    code: str
    title: str
    tasks: tuple[lines.TaskLine, ...]


@dataclass(frozen=True)
class YearEndFacts:
    """Everything the year-end report shows."""

    head: Head
    plan: PlanPart
    targets: tuple[TargetFacts, ...]
    parent_targets: tuple[TargetFacts, ...]
    targets_met: int
    targets_missed: int
    targets_unknown: int
    tasks_total: CountRow
    assignments_total: CountRow
    sections: CountTable
    agencies: CountTable
    proposed: CountTable | None
    overdue: tuple[lines.OverdueLine, ...]
    late_agencies: tuple[lines.LateLine, ...]
    said: tuple[lines.SaidLine, ...]
    owed: tuple[lines.OwedLine, ...]
    unaccepted: int
    next_steps: tuple[str, ...]
    appendix: tuple[SectionTasks, ...]
    corrections: tuple[lines.CorrectionLine, ...] = field(default=(), metadata={OCCASIONAL: True})


def next_steps(facts: PlanFacts, part: PlanPart, owed: tuple[lines.OwedLine, ...], proposals: int) -> tuple[str, ...]:
    """Return what follows from the figures, as sentences without judgement."""
    tasks = lines.rated(facts)
    late = lines.overdue(tasks)
    steps = []
    if late:
        number = facts.assignment_counts.open_overdue
        agencies = len({name for line in late for name in line.agencies})
        steps.append(
            f"Đôn đốc {number} phân công đã quá hạn tại {agencies} cơ quan, quá hạn lâu nhất {late[0].days} ngày."
        )
    if owed:
        missing = sum(line.rate.numerator for line in owed)
        steps.append(f"Đôn đốc {len(owed)} cơ quan gửi báo cáo của {missing} phân công, {part.period_shown}.")
    returned = lines.awaiting(facts.tasks, State.RETURNED)
    if returned:
        steps.append(f"Các cơ quan có {returned} báo cáo bị trả lại hoàn thiện và gửi lại.")
    waiting = lines.awaiting(facts.tasks, State.AWAITING_REVIEW)
    if waiting:
        steps.append(f"Thẩm định {waiting} báo cáo đang chờ duyệt.")
    counts = facts.assignment_counts
    if counts.open_within:
        soon = lines.due_soon(tasks)
        near = f", trong đó {soon} phân công đến hạn trong 7 ngày tới" if soon else ""
        steps.append(f"Theo dõi {counts.open_within} phân công đang thực hiện trong hạn{near}.")
    if counts.open_no_deadline:
        steps.append(
            f"Tiếp tục thực hiện {counts.open_no_deadline} phân công mà kế hoạch không nêu ngày hoàn thành "
            "(thường xuyên, định kỳ, có điều kiện hoặc không nêu thời hạn)."
        )
    if proposals:
        steps.append(f"Xem xét kiến nghị, đề xuất của các cơ quan nêu tại {proposals} báo cáo ở Mục III.")
    unknown = sorted({t.index_name for t in facts.targets if t.state is TargetState.UNKNOWN and t.index_name})
    if unknown:
        steps.append(f"Cập nhật kết quả mục tiêu khi có số liệu công bố của {', '.join(unknown)}.")
    return tuple(steps)


def year_end_facts(plan: Plan, *, year: int, as_of: date) -> YearEndFacts:
    """Return the facts of the report, in a fixed number of queries."""
    office = standing_office(plan, as_of)
    facts = plan_facts(plan, as_of)
    order = lines.agency_order(plan.province_id)
    part = plan_part(plan, facts, year)
    tasks, asked = lines.rated(facts), lines.asked(facts)
    owed, said = lines.owed(tasks, order), lines.said(facts.tasks)
    name = office.name_on(as_of)
    committee = committee_of(plan.province)
    sections: dict[tuple[str, str], list[lines.TaskLine]] = {}
    for task in facts.tasks:
        sections.setdefault((task.section_code, task.section_title), []).append(lines.task_line(task))
    states = [target.state for target in facts.targets]
    return YearEndFacts(
        head=head_of(
            office,
            plan.province,
            on=as_of,
            subject=f"Kết quả năm {year} thực hiện {plan_name(plan)}",
            addressee=committee,
            recipients=(f"{committee} (báo cáo)", leadership_of(name), "Lưu: VT"),
        ),
        plan=part,
        targets=facts.targets,
        parent_targets=facts.parent_targets,
        targets_met=states.count(TargetState.MET),
        targets_missed=states.count(TargetState.NOT_MET),
        targets_unknown=states.count(TargetState.UNKNOWN),
        tasks_total=CountRow("", "Nhiệm vụ của kế hoạch", facts.task_counts),
        assignments_total=CountRow("", "Phân công cho cơ quan", facts.assignment_counts),
        sections=lines.by_section(facts),
        agencies=lines.by_agency(tasks, facts.assignment_counts, order),
        proposed=lines.by_agency(asked, facts.proposed_assignments, order) if asked else None,
        overdue=lines.overdue(tasks),
        late_agencies=lines.late_agencies(tasks, order),
        said=said,
        owed=owed,
        unaccepted=sum(
            duty.report is not None and not duty.report.accepted for task in facts.tasks for duty in task.assignments
        ),
        next_steps=next_steps(facts, part, owed, sum(bool(line.proposals) for line in said)),
        appendix=tuple(SectionTasks(code, title, tuple(some)) for (code, title), some in sections.items()),
        corrections=lines.corrections(plan, as_of),
    )

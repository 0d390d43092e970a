"""The one-page picture for leaders.

Definitions:

* Counts are those of the year-end report: ``tasks_total`` of tasks, ``assignments_total`` of assignments.
* *Light* of a section or an agency: red "Quá hạn" when anything in it is overdue; amber "Cần chú ý" when
  something falls due within 7 days, was returned, or is not updated for a period whose due date has passed; else
  green "Bình thường". A light is always drawn as shape, word and colour.
* ``late_agencies``: the agencies with overdue assignments, the most first; ``owed``: those that have not
  reported for the period. ``at_risk``: overdue tasks, the oldest first.
* The page shows as many rows of each list as fit on one page (``ROWS``) and says how many more there are.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from plans.facts.plan import PlanFacts, TaskFacts, plan_facts
from plans.facts.targets import TargetFacts
from plans.models import Plan
from plans.standing import Bucket, State, Time
from reports.facts import lines
from reports.facts.figures import CountRow
from reports.facts.head import Head, committee_of, head_of, leadership_of, standing_office
from reports.facts.plan_part import PlanPart, plan_part

# How many rows each list of the page may have; the most that fit are taken.
ROWS = (8, 6, 5, 4, 2)


class Light(StrEnum):
    """A traffic light."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"


LIGHT_LABELS = {Light.RED: "Quá hạn", Light.AMBER: "Cần chú ý", Light.GREEN: "Bình thường"}
LIGHT_MARKS = {Light.RED: "■", Light.AMBER: "▲", Light.GREEN: "●"}


@dataclass(frozen=True)
class LightRow:
    """A section with its counts and its light."""

    row: CountRow
    light: Light

    @property
    def label(self) -> str:
        """The light in words."""
        return LIGHT_LABELS[self.light]

    @property
    def mark(self) -> str:
        """The light as a shape."""
        return LIGHT_MARKS[self.light]


@dataclass(frozen=True)
class SummaryFacts:
    """Everything the one page shows (lists whole; the page shows their first rows)."""

    head: Head
    plan: PlanPart
    tasks_total: CountRow
    assignments_total: CountRow
    targets: tuple[TargetFacts, ...]
    sections: tuple[LightRow, ...]
    agencies_red: int
    agencies_amber: int
    agencies_green: int
    late_agencies: tuple[lines.LateLine, ...]
    owed: tuple[lines.OwedLine, ...]
    at_risk: tuple[lines.OverdueLine, ...]
    awaiting_review: int
    returned: int
    due_soon: int
    proposals: int

    @property
    def agencies(self) -> int:
        """All agencies with assignments."""
        return self.agencies_red + self.agencies_amber + self.agencies_green


@dataclass(frozen=True)
class SummaryPage:
    """The first rows of each list, and how many more there are."""

    targets: tuple[TargetFacts, ...]
    targets_more: int
    sections: tuple[LightRow, ...]
    sections_more: int
    late: tuple[lines.LateLine, ...]
    late_more: int
    owed: tuple[lines.OwedLine, ...]
    owed_more: int
    risks: tuple[lines.OverdueLine, ...]
    risks_more: int


def page_of(facts: SummaryFacts, rows: int) -> SummaryPage:
    """Cut the lists to a number of rows (targets and sections may have two more)."""
    more = rows + 2
    return SummaryPage(
        targets=facts.targets[:more],
        targets_more=max(0, len(facts.targets) - more),
        sections=facts.sections[:more],
        sections_more=max(0, len(facts.sections) - more),
        late=facts.late_agencies[:rows],
        late_more=max(0, len(facts.late_agencies) - rows),
        owed=facts.owed[:rows],
        owed_more=max(0, len(facts.owed) - rows),
        risks=facts.at_risk[:rows],
        risks_more=max(0, len(facts.at_risk) - rows),
    )


def light_of(standings: list[tuple[Bucket, Time, State]], owes: bool) -> Light:
    """Return the light for some duties."""
    if any(bucket is Bucket.OPEN_OVERDUE for bucket, _, _ in standings):
        return Light.RED
    if owes or any(time is Time.DUE_SOON or state is State.RETURNED for _, time, state in standings):
        return Light.AMBER
    return Light.GREEN


def _lights(facts: PlanFacts, part: PlanPart, tasks: list[TaskFacts]) -> tuple[LightRow, ...]:
    rows = []
    for row in lines.by_section(facts).rows:
        duties = [duty for task in tasks if task.section_code == row.code for duty in task.assignments]
        standings = [(d.standing.bucket, d.standing.time, d.standing.state) for d in duties]
        rows.append(LightRow(row, light_of(standings, part.period_is_due and any(d.not_updated for d in duties))))
    return tuple(rows)


def summary_facts(plan: Plan, *, year: int, as_of: date) -> SummaryFacts:
    """Return the facts of the page, in a fixed number of queries."""
    office = standing_office(plan, as_of)
    facts = plan_facts(plan, as_of)
    order = lines.agency_order(plan.province_id)
    part = plan_part(plan, facts, year)
    tasks = lines.rated(facts)
    lights = [
        light_of(
            [(d.standing.bucket, d.standing.time, d.standing.state) for d in duties],
            part.period_is_due and any(d.not_updated for d in duties),
        )
        for _, duties in lines.duties_by_agency(tasks, order)
    ]
    name = office.name_on(as_of)
    return SummaryFacts(
        head=head_of(
            office,
            plan.province,
            on=as_of,
            subject=f"Tình hình thực hiện {facts.label}, năm {year}",
            addressee=committee_of(plan.province),
            recipients=(committee_of(plan.province), leadership_of(name)),
        ),
        plan=part,
        tasks_total=CountRow("", "Nhiệm vụ của kế hoạch", facts.task_counts),
        assignments_total=CountRow("", "Phân công cho cơ quan", facts.assignment_counts),
        targets=facts.targets,
        sections=_lights(facts, part, tasks),
        agencies_red=lights.count(Light.RED),
        agencies_amber=lights.count(Light.AMBER),
        agencies_green=lights.count(Light.GREEN),
        late_agencies=lines.late_agencies(tasks, order),
        owed=lines.owed(tasks, order),
        at_risk=lines.overdue(tasks),
        awaiting_review=lines.awaiting(tasks, State.AWAITING_REVIEW),
        returned=lines.awaiting(tasks, State.RETURNED),
        due_soon=lines.due_soon(tasks),
        proposals=sum(bool(line.proposals) for line in lines.said(facts.tasks)),
    )

"""The dashboard of a plan as it was at the end of a past day, drawn from ``plan_facts``: what was on record then.

Agencies bear the name of that day; numbers lead nowhere, for the lists show today.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from agencies.models import Agency
from agencies.text import format_day
from plans.facts.badges import Badge, state_badge
from plans.facts.bars import Bar, NoAddresses, bar_of, counts_of
from plans.facts.dashboard import SHOWN, Dashboard, OverdueRow
from plans.facts.plan import AssignmentFacts, PlanFacts, TaskFacts, count_duties, count_tasks, duties_of, plan_facts
from plans.models import Plan, PlanRollup
from plans.standing import Bucket, Counts, State


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
    nowhere = NoAddresses(plan, False)
    scope = PlanRollup.Scope
    rows = rollups_on(plan, facts)
    whole = {row.scope: row for row in rows if row.section is None and row.agency is None}
    agencies = [row for row in rows if row.agency is not None]
    agencies.sort(key=lambda row: (-row.open_overdue, -row.oldest_overdue_days, -row.not_updated))

    def bar(key: str, name: str, unit: str = "phân công") -> Bar | None:
        return bar_of(name, whole[key], nowhere, unit) if counts_of(whole[key]).total else None

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
        agencies=tuple(bar_of(row.agency.label if row.agency else "", row, nowhere, "phân công") for row in agencies),
        sections=tuple(
            bar_of(f"{row.section.code}. {row.section.title}", row, nowhere, "nhiệm vụ")
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

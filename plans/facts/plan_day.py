"""The text of a plan as it stood at the end of a past day, drawn from ``plan_facts``: nothing of today shines through.

An officer sees the standing of the own agency's duties only, as on today's page.
"""

from datetime import date

from agencies.models import User
from agencies.permissions import Permission
from plans.facts.amendments import task_histories
from plans.facts.badges import Badge, state_badge, time_badge
from plans.facts.plan import AssignmentFacts, TaskFacts, plan_facts, tally_of
from plans.facts.plan_page import (
    PlanPage,
    SectionRow,
    TaskRow,
    TasksWanted,
    drawn,
    wanted_bucket,
)
from plans.models import Assignment, Plan
from plans.standing import DeadlineKind, Part, Standing, task_standing


def plan_page_on(plan: Plan, user: User, wanted: TasksWanted, day: date) -> PlanPage:
    """Return the plan's page for a past day, in a fixed number of queries."""
    facts = plan_facts(plan, day, with_reports=False)
    everybody = plan.province_id in user.provinces_with(Permission.PROGRESS_READ)
    readable = set(Assignment.objects.visible_to(user).filter(task__plan=plan).values_list("pk", flat=True))
    histories = task_histories(plan, day)
    section_codes = {section.code: section.pk for section in plan.sections.all()}
    by_section: dict[tuple[str, str], list[TaskRow]] = {}
    shown = 0
    for task in facts.tasks:
        duties = [duty for duty in task.assignments if duty.id in readable]
        standing = task.standing if everybody or not duties else _of_some(task, duties, day)
        if wanted.section and section_codes.get(task.section_code) != wanted.section:
            continue
        if wanted.authority and (wanted.authority == "propose") != task.proposed:
            continue
        if not wanted_bucket(standing.bucket, wanted.bucket):
            continue
        if wanted.due == "not_updated" and not any(duty.not_updated for duty in duties):
            continue
        shown += 1
        deadline = task.deadline.shown
        words = task.deadline.text if task.deadline.text.lower() != deadline.lower() else ""
        tally = tally_of(duties).text if len(duties) > 1 else ""
        by_section.setdefault((task.section_code, task.section_title), []).append(
            TaskRow(
                code=task.code,
                title=task.title,
                deliverable=task.deliverable,
                leads="; ".join(task.lead),
                cooperating="; ".join(task.cooperating),
                deadline=deadline,
                deadline_words=words,
                components=", ".join(task.components),
                proposed=task.proposed,
                state=state_badge(standing.state) if duties else Badge(""),
                time=(
                    time_badge(standing.state, task.deadline.kind, standing.due_on, standing.done_on, day)
                    if duties
                    else Badge("")
                ),
                tally=tally,
                url="",
                link_text="",
                dropped=task.amended_by if task.dropped else "",
                texts=histories.get(task.id, ()),
            )
        )
    order = list(section_codes)
    return drawn(
        plan,
        user,
        day,
        state=Plan.State(facts.state),
        sections=tuple(
            SectionRow(code, title, tuple(rows))
            for (code, title), rows in sorted(by_section.items(), key=lambda one: order.index(one[0][0]))
        ),
        shown=shown,
        total=len(facts.tasks),
        filtered="một phần" if wanted.any else "",
        some_duties=bool(readable),
        past=True,
    )


def _of_some(task: TaskFacts, duties: list[AssignmentFacts], day: date) -> Standing:
    """Return how a task stands by the duties that one may see."""
    parts = [Part(duty.standing.state, duty.standing.done_on, duty.standing.due_on) for duty in duties]
    return task_standing(parts, task.rule, DeadlineKind(task.deadline.kind), task.deadline.due_on, day)

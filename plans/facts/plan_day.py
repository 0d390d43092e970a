"""The text of a plan as it stood at the end of a past day, drawn from ``plan_facts``: nothing of today shines through.

An officer sees the standing of the own agency's duties only, as on today's page.
"""

from datetime import date

from django.urls import reverse

from agencies.models import User
from agencies.permissions import Permission
from agencies.text import format_day
from plans.facts.amendments import amendment_rows, target_histories, task_histories
from plans.facts.badges import Badge, plan_state_badge, state_badge, time_badge
from plans.facts.plan import AssignmentFacts, TaskFacts, plan_facts, tally_of
from plans.facts.plan_page import (
    PlanPage,
    SectionRow,
    TaskRow,
    TasksWanted,
    ended_words,
    relatives_of,
    wanted_bucket,
)
from plans.facts.target_rows import target_rows
from plans.models import Assignment, Plan
from plans.standing import DeadlineKind, Part, Standing, task_standing


def plan_page_on(plan: Plan, user: User, wanted: TasksWanted, day: date) -> PlanPage:
    """Return the plan's page for a past day, in a fixed number of queries."""
    facts = plan_facts(plan, day, with_reports=False)
    everybody = plan.province_id in user.provinces_with(Permission.PROGRESS_READ)
    own = user.agencies_with(Permission.PROGRESS_READ)
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
    return PlanPage(
        code=plan.code,
        label=plan.label,
        title=plan.title,
        issuer=plan.issuer,
        issued=format_day(plan.issued_on) or plan.issued_text,
        years=plan.years,
        source=plan.source,
        note=plan.note,
        state=plan_state_badge(facts.state),
        drafting=facts.state == Plan.State.DRAFTING,
        report_due=format_day(plan.report_due_on),
        relatives=relatives_of(plan, user),
        targets=target_rows(plan, day, user),
        sections=tuple(
            SectionRow(code, title, tuple(rows))
            for (code, title), rows in sorted(by_section.items(), key=lambda one: order.index(one[0][0]))
        ),
        shown=shown,
        total=len(facts.tasks),
        filtered="một phần" if wanted.any else "",
        dashboard_url=(
            reverse("plans:plan_dashboard", args=[plan.code])
            if plan.province_id in user.provinces_with(Permission.DASHBOARD_READ)
            else ""
        ),
        own_only=bool(own) and not everybody,
        sees_progress=everybody or bool(readable),
        day=format_day(day),
        ended=ended_words(plan) if facts.state == Plan.State.ENDED else "",
        amendments=amendment_rows(plan, user, day, recorded_by=day),
        target_texts=target_histories(plan, day),
    )


def _of_some(task: TaskFacts, duties: list[AssignmentFacts], day: date) -> Standing:
    """Return how a task stands by the duties that one may see."""
    parts = [Part(duty.standing.state, duty.standing.done_on, duty.standing.due_on) for duty in duties]
    return task_standing(parts, task.rule, DeadlineKind(task.deadline.kind), task.deadline.due_on, day)

"""Derived rows of plans, computed from the truth and replaced, never added to."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery

from agencies import calendar
from agencies.text import fold
from plans.facts.buckets import bucket_condition
from plans.facts.plan import plan_facts
from plans.facts.recorded import drifted, owing, recorded, rule_of
from plans.facts.windows import latest_period
from plans.models import Assignment, Plan, PlanRollup, Ruling, Task, TaskVersion
from plans.standing import Bucket, Counts, DeadlineKind, DoneRule, State, bucket_of, needed


def refresh_assignment(assignment_id: int) -> None:
    """Write a duty's standing of today from the record (in the transaction of what changed it).

    A duty that is over, or has not begun, keeps what it had.
    """
    # Reports of two periods may move at once: the second waits here and sees the first.
    assignment = Assignment.objects.select_for_update(of=("self",)).select_related("task__plan").get(pk=assignment_id)
    one = recorded(assignment.task.plan, calendar.today(), assignment_id=assignment_id).duties.get(assignment_id)
    if one is not None:
        Assignment.objects.filter(pk=assignment_id).update(
            state=one.state,
            done_on=one.done_on,
            reported_at=one.reported_at,
            due_on=one.due_on,
            due_origin=one.due_origin,
        )


def refresh_duties(plan: Plan) -> int:
    """Refresh the duties of a plan that differ from the record (a period passed, a ruling took effect); how many."""
    stale = drifted(plan)
    for assignment_id in stale:
        refresh_assignment(assignment_id)
    return len(stale)


def refresh_task(task_id: int) -> None:
    """Write which version of a task counts today, and its rule of completion."""
    today = calendar.today()
    task = Task.objects.select_for_update(of=("self",)).get(pk=task_id)
    version = TaskVersion.objects.filter(task=task).in_force(today).order_by("-number").first()
    rulings = Ruling.objects.filter(task=task, assignment__isnull=True, at__lt=calendar.end_of(today))
    rule = rule_of(rulings.order_by("at", "pk"), today)
    Task.objects.filter(pk=task_id).update(
        current=version,
        search_text=fold(f"{task.code} {version.title} {version.deliverable}") if version else "",
        done_rule=rule.kind,
        done_share=rule.share,
        finished_on=rule.finished_on,
    )


def outdated_tasks(plan_id: int) -> list[int]:
    """Return the tasks whose current version is not the one in force today (an amendment took effect)."""
    today = calendar.today()
    newest = TaskVersion.objects.filter(task=OuterRef("pk")).in_force(today).order_by("-number").values("pk")[:1]
    return list(
        Task.objects.filter(plan_id=plan_id)
        .annotate(newest=Subquery(newest))
        .filter(~Q(newest=F("current_id")) | Q(newest__isnull=False, current_id__isnull=True))
        .values_list("pk", flat=True)
    )


def _bucket_aggregates(on: date) -> dict[str, Count]:
    """Return the eight counts, and what waits for review, as SQL aggregates over assignments."""
    return {
        **{bucket.value: Count("id", filter=bucket_condition(bucket, on)) for bucket in Bucket},
        "awaiting_review": Count("id", filter=Q(state=State.AWAITING_REVIEW)),
    }


def refresh_plan(plan_id: int) -> None:
    """Replace the plan's roll-ups by today's counts, whole, by section and by agency."""
    today = calendar.today()
    with transaction.atomic():
        plan = Plan.objects.select_for_update(of=("self",)).get(pk=plan_id)
        period = latest_period(plan.pk, today)
        duties = Assignment.objects.filter(task__plan=plan).leading(today).order_by()
        rated = duties.rated()
        proposed = duties.filter(task__current__authority=TaskVersion.Authority.PROPOSE)
        aggregates = _bucket_aggregates(today)
        not_updated = owing({plan.pk: period.pk} if period else {})
        unheard = {"not_updated": Count("id", filter=not_updated)}
        oldest = {"oldest": Min("due_on", filter=bucket_condition(Bucket.OPEN_OVERDUE, today))}
        common = {
            "province_id": plan.province_id,
            "plan": plan,
            "as_of": today,
            "computed_at": calendar.now(),
        }

        def row(scope: str, numbers: Mapping[str, Any], **where: Any) -> PlanRollup:
            numbers = dict(numbers)
            first = numbers.pop("oldest", None)
            return PlanRollup(
                **common,
                scope=scope,
                oldest_overdue_days=(today - first).days if first else 0,
                **where,
                **numbers,
            )

        rows = [
            row(PlanRollup.Scope.PLAN_ASSIGNMENTS, rated.aggregate(**aggregates, **unheard, **oldest)),
            row(PlanRollup.Scope.PROPOSED, proposed.aggregate(**aggregates, **unheard, **oldest)),
        ]
        for numbers in rated.values("agency_id").annotate(**aggregates, **unheard, **oldest):
            rows.append(row(PlanRollup.Scope.AGENCY, numbers))

        # A task is counted once, whatever the number of its members.
        sections: dict[int, list[Bucket]] = {}
        unreported: dict[int, int] = {}
        member = Q(assignments__in=duties)
        live = member & ~Q(assignments__state__in=(State.SUSPENDED, State.CANCELLED))
        owing_tasks = set(rated.filter(not_updated).values_list("task_id", flat=True))
        reached = _thresholds(duties)
        for task in (
            plan.tasks.filter(
                Q(current__effective_from__isnull=True) | Q(current__effective_from__lte=today),
                current__authority=TaskVersion.Authority.ASSIGN,
            )
            .order_by()
            .values(
                "id",
                "section_id",
                "current__deadline_to",
                "current__deadline_kind",
                "current__dropped",
                "done_rule",
                "done_share",
                "finished_on",
            )
            .annotate(
                members=Count("assignments", filter=member),
                live=Count("assignments", filter=live),
                finished=Count("assignments", filter=live & Q(assignments__state=State.DONE)),
                begun=Count("assignments", filter=live & ~Q(assignments__state=State.NOT_STARTED)),
                cancelled_members=Count(
                    "assignments",
                    filter=member & Q(assignments__state=State.CANCELLED),
                ),
                last_done=Max("assignments__done_on", filter=live),
                dated=Count("assignments__due_on", filter=live),
                last_due=Max("assignments__due_on", filter=live),
                first_due=Min("assignments__due_on", filter=live),
            )
        ):
            state, done_on = _task_state(task, reached.get(task["id"]), today)
            bucket = bucket_of(state, _task_due(task), done_on, today)
            sections.setdefault(task["section_id"], []).append(bucket)
            unreported[task["section_id"]] = unreported.get(task["section_id"], 0) + (task["id"] in owing_tasks)
        total = Counts()
        for section_id, buckets in sections.items():
            counts = Counts.of(buckets, unreported[section_id])
            total += counts
            rows.append(
                row(
                    PlanRollup.Scope.SECTION,
                    {**counts.eight(), "not_updated": counts.not_updated},
                    section_id=section_id,
                )
            )
        rows.append(row(PlanRollup.Scope.PLAN_TASKS, {**total.eight(), "not_updated": total.not_updated}))
        plan.rollups.all().delete()
        PlanRollup.objects.bulk_create(rows)


def _thresholds(duties: QuerySet[Assignment]) -> dict[int, list[date]]:
    """Return task id → the done dates of its members, sorted, for tasks that are done by a threshold."""
    found: dict[int, list[date]] = {}
    for task_id, done_on in (
        duties.filter(task__done_rule=DoneRule.THRESHOLD, state=State.DONE)
        .order_by("done_on")
        .values_list("task_id", "done_on")
    ):
        if done_on is not None:
            found.setdefault(task_id, []).append(done_on)
    return found


def _task_due(task: Mapping[str, Any]) -> date | None:
    if not task["live"]:
        waits = task["current__deadline_kind"] == DeadlineKind.CONDITIONAL
        due: date | None = None if waits else task["current__deadline_to"]
    elif task["current__deadline_kind"] == DeadlineKind.RECURRING:
        due = task["first_due"]
    else:
        due = task["last_due"] if task["dated"] == task["live"] else None
    return due


def _task_state(task: Mapping[str, Any], days: list[date] | None, on: date) -> tuple[State, date | None]:
    if not task["live"]:
        if not task["members"]:
            return (State.CANCELLED if task["current__dropped"] else State.NOT_STARTED), None
        all_cancelled = task["cancelled_members"] == task["members"]
        return (State.CANCELLED if all_cancelled else State.SUSPENDED), None
    begun = State.IN_PROGRESS if task["begun"] else State.NOT_STARTED
    if task["done_rule"] == DoneRule.THRESHOLD:
        enough = needed(task["done_share"], task["live"])
        return (State.DONE, days[enough - 1]) if days and len(days) >= enough else (begun, None)
    if task["done_rule"] == DoneRule.REVIEWER:
        concluded = task["finished_on"]
        return (State.DONE, concluded) if concluded and concluded <= on else (begun, None)
    return (State.DONE, task["last_done"]) if task["finished"] == task["live"] else (begun, None)


def rollup_drift(plan: Plan) -> bool:
    """Tell whether the stored roll-ups are of another day, or differ from what the record says."""
    today = calendar.today()
    stored = {row.scope: row for row in PlanRollup.objects.filter(plan=plan, section=None, agency=None)}
    facts = plan_facts(plan, today, with_reports=False)
    truth = {
        PlanRollup.Scope.PLAN_TASKS: facts.task_counts,
        PlanRollup.Scope.PLAN_ASSIGNMENTS: facts.assignment_counts,
        PlanRollup.Scope.PROPOSED: facts.proposed_assignments,
    }
    return any(
        scope not in stored
        or stored[scope].as_of != today
        or any(getattr(stored[scope], name) != number for name, number in counts.eight().items())
        for scope, counts in truth.items()
    )

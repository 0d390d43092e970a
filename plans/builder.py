"""Derived rows of plans, computed from the truth and replaced, never added to."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, Min, Q

from agencies import calendar
from plans.facts.lists import bucket_condition
from plans.facts.plan import plan_facts
from plans.facts.recorded import latest_period, owing
from plans.models import Assignment, Plan, PlanRollup, Progress, ReportingPeriod, TaskVersion
from plans.standing import Bucket, Counts, State, bucket_of


def refresh_assignment(assignment_id: int) -> None:
    """Write the assignment's standing of today from its reports (in the transaction of the move)."""
    # Reports of two periods may move at once: the second waits here and sees the first.
    Assignment.objects.select_for_update(of=("self",)).get(pk=assignment_id)
    state, done_on, reported_at = State.NOT_STARTED, None, None
    for progress in (
        Progress.objects.filter(assignment_id=assignment_id)
        .select_related("accepted", "latest")
        .order_by("period__cut_off", "period__opens_on", "period_id")
    ):
        sent = progress.latest if progress.latest and progress.latest.submitted_at else progress.accepted
        if progress.first_submitted_at is None:
            state = State.IN_PROGRESS
            continue
        if progress.state == Progress.State.SUBMITTED:
            state = State.AWAITING_REVIEW
        elif progress.state == Progress.State.RETURNED:
            state = State.RETURNED
        else:
            state = State.IN_PROGRESS
        if sent is None:
            last = progress.versions.filter(submitted_at__isnull=False).order_by("-number").first()
            reported_at = last.submitted_at if last else reported_at
        else:
            reported_at = sent.submitted_at
        if done_on is None and progress.accepted:
            done_on = progress.accepted.finished_on
    Assignment.objects.filter(pk=assignment_id).update(
        state=State.DONE if done_on else state,
        done_on=done_on,
        reported_at=reported_at,
        due_on=TaskVersion.objects.filter(task__assignments=assignment_id, pk=F("task__current_id")).values(
            "deadline_to"
        )[:1],
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
        period = latest_period(ReportingPeriod.objects.filter(plan=plan), today)
        duties = Assignment.objects.filter(task__plan=plan).leading(today).order_by()
        rated = duties.rated()
        proposed = duties.filter(task__current__authority=TaskVersion.Authority.PROPOSE)
        aggregates = _bucket_aggregates(today)
        not_updated = owing({plan.pk: period.pk} if period else {})
        unheard = {"not_updated": Count("id", filter=not_updated)}
        oldest = {"oldest": Min("due_on", filter=Q(due_on__lt=today, done_on__isnull=True))}
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
        for task in (
            plan.tasks.filter(
                Q(current__effective_from__isnull=True) | Q(current__effective_from__lte=today),
                current__authority=TaskVersion.Authority.ASSIGN,
            )
            .order_by()
            .values("id", "section_id", "current__deadline_to")
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
            )
        ):
            state, done_on = _task_state(task)
            bucket = bucket_of(state, task["current__deadline_to"], done_on, today)
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


def _task_state(task: Mapping[str, Any]) -> tuple[State, date | None]:
    if task["live"] and task["finished"] == task["live"]:
        return State.DONE, task["last_done"]
    if not task["live"] and task["members"]:
        all_cancelled = task["cancelled_members"] == task["members"]
        return (State.CANCELLED if all_cancelled else State.SUSPENDED), None
    return (State.IN_PROGRESS if task["begun"] else State.NOT_STARTED), None


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

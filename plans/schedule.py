"""Timed work of plans (a door: it may call actions)."""

from celery import shared_task
from django.db import transaction

from agencies.actions import jobs
from plans import builder
from plans.actions import groups, reminders
from plans.actions.progress import REFRESH_PLAN
from plans.models import Plan


@shared_task(name="plans.refresh_all")
def refresh_all() -> dict[str, int]:
    """Sweep: bring tasks and duties to today's standing and ask for roll-ups that are not of today."""
    mended = asked = 0
    for plan in Plan.objects.exclude(state=Plan.State.DRAFTING).select_related("province", "sub_plan_of"):
        # Amendments and rulings take effect, and periods pass, without anybody pressing a button.
        for task_id in builder.outdated_tasks(plan.pk):
            with transaction.atomic():
                builder.refresh_task(task_id)
        # Members of groups come and go, on days that were entered before.
        groups.follow(plan=plan, by=None)
        with transaction.atomic():
            mended += builder.refresh_duties(plan)
        if builder.rollup_drift(plan):
            jobs.enqueue(kind=REFRESH_PLAN, subject=plan, province_id=plan.province_id, by=None)
            asked += 1
    return {"mended": mended, "asked": asked}


@shared_task(name="plans.remind_all")
def remind_all() -> dict[str, int]:
    """Remind of every issued plan; running again the same day tells nothing twice."""
    told = 0
    for plan in Plan.objects.filter(state=Plan.State.ISSUED).order_by("pk"):
        told += len(reminders.remind(plan=plan))
    return {"told": told}

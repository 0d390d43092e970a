"""Timed work of plans (a door: it may call actions)."""

from celery import shared_task
from django.db import transaction

from agencies.actions import jobs
from plans import builder
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
        with transaction.atomic():
            mended += builder.refresh_duties(plan)
        if builder.rollup_drift(plan):
            jobs.enqueue(kind=REFRESH_PLAN, subject=plan, province_id=plan.province_id, by=None)
            asked += 1
    return {"mended": mended, "asked": asked}

"""Timed work of plans (a door: it may call actions)."""

import structlog
from celery import shared_task
from django.db import transaction

from agencies.actions import jobs
from plans import builder
from plans.actions.progress import REFRESH_PLAN
from plans.facts.recorded import drifted
from plans.models import Plan

log = structlog.get_logger(__name__)


@shared_task(name="plans.refresh_all")
def refresh_all() -> dict[str, int]:
    """Sweep: mend assignments that differ from the record and ask for roll-ups that are not of today."""
    mended = asked = 0
    for plan in Plan.objects.filter(state=Plan.State.ISSUED).select_related("province", "sub_plan_of"):
        for assignment_id in drifted(plan.pk):
            log.error("assignment_drift", plan=plan.code, assignment=assignment_id)
            with transaction.atomic():
                builder.refresh_assignment(assignment_id)
            mended += 1
        if builder.rollup_drift(plan):
            jobs.enqueue(kind=REFRESH_PLAN, subject=plan, province_id=plan.province_id, by=None)
            asked += 1
    return {"mended": mended, "asked": asked}

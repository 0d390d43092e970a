"""Celery work of plans: ids in, look up, call a worker."""

from agencies import queue
from agencies.jobs import handles
from agencies.models import Job
from plans import builder
from plans.actions import groups


@handles("plans.refresh_plan")
def refresh_plan(job: Job) -> None:
    """Recompute a plan's roll-ups from the truth."""
    with queue.finishing(job):
        builder.refresh_plan(int(job.subject_id))


@handles("plans.follow_group")
def follow_group(job: Job) -> None:
    """Bring the tasks of a group to its members."""
    with queue.finishing(job):
        groups.follow_all(group_id=int(job.subject_id), by=job.created_by)

"""The Celery task that runs a Job row. Upper apps add their kinds with ``@handles("kind")``."""

import uuid
from collections.abc import Callable

import structlog
from celery import shared_task

from agencies.actions import jobs
from agencies.models import Job

log = structlog.get_logger(__name__)

Handler = Callable[[Job], None]
HANDLERS: dict[str, Handler] = {}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register the worker of a kind of job. It must finish through ``jobs.finishing`` and may run twice."""

    def register(handler: Handler) -> Handler:
        HANDLERS[kind] = handler
        return handler

    return register


@shared_task(name="agencies.run_job")
def run_job(job_id: str) -> None:
    """Take a job and do it."""
    job = jobs.claim(uuid.UUID(job_id))
    if job is None:
        return
    try:
        HANDLERS[job.kind](job)
    except jobs.Superseded:
        log.warning("job_superseded", job=job_id, kind=job.kind)
    except Exception as error:
        log.exception("job_failed", job=job_id, kind=job.kind)
        jobs.fail(job, f"{type(error).__name__}: {error}")


jobs.send_with(lambda job_id: run_job.delay(job_id))

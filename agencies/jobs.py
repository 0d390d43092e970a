"""The Celery task that runs a Job row. Upper apps add their kinds with ``@handles("kind")``."""

import uuid
from collections.abc import Callable

import structlog
from celery import shared_task
from django.db import InterfaceError, OperationalError

from agencies import mailer, queue
from agencies.models import Job

log = structlog.get_logger(__name__)

Handler = Callable[[Job], None]
HANDLERS: dict[str, Handler] = {}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register the worker of a kind of job. It must finish through ``queue.finishing`` and may run twice."""

    def register(handler: Handler) -> Handler:
        HANDLERS[kind] = handler
        return handler

    return register


@handles("agencies.send_mail")
def send_mail(job: Job) -> None:
    """Hand a letter to the mail server, unless somebody has taken it already."""
    mailer.send(int(job.subject_id))
    with queue.finishing(job):
        pass


@shared_task(name="agencies.run_job")
def run_job(job_id: str) -> None:
    """Take a job and do it."""
    job = queue.claim(uuid.UUID(job_id))
    if job is None:
        return
    try:
        HANDLERS[job.kind](job)
    except queue.Superseded:
        log.warning("job_superseded", job=job_id, kind=job.kind)
    except (OperationalError, InterfaceError) as error:
        # A deadlock, a busy file, a restarted server: the sweep sends it again.
        log.warning("job_interrupted", job=job_id, kind=job.kind, exc_info=True)
        if not queue.give_back(job):
            queue.fail(job, f"{type(error).__name__}: {error}")
    except Exception as error:
        log.exception("job_failed", job=job_id, kind=job.kind)
        queue.fail(job, f"{type(error).__name__}: {error}")


def send(job_id: uuid.UUID) -> None:
    """Hurry a job. When the broker is away the row waits, and the sweep sends it again."""
    try:
        run_job.delay(str(job_id))
    except Exception:
        log.warning("job_not_sent", job=str(job_id), exc_info=True)

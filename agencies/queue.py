"""How a worker takes a job, keeps it, and finishes it once.

The row is the truth; the queue message only hurries it. A worker takes a row by a conditional update and owns
it by its attempt token: finishing, too, is conditional on the token, so a worker that was thought dead and
comes back cannot finish twice.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction

from agencies import calendar
from agencies.models import Job


class Superseded(Exception):
    """The attempt lost its job: it was thought dead and another attempt has it."""


def claim(job_id: uuid.UUID) -> Job | None:
    """Take a waiting job for this attempt; None when somebody else has it or it is over."""
    now = calendar.real_now()
    taken = Job.objects.filter(pk=job_id, state=Job.State.QUEUED).update(
        state=Job.State.RUNNING,
        attempts=models.F("attempts") + 1,
        attempt_token=uuid.uuid4(),
        started_at=now,
        heartbeat_at=now,
        current=0,
        total=0,
        message="",
        error="",
    )
    return Job.objects.select_related("province", "created_by").get(pk=job_id) if taken else None


def beat(job: Job, *, current: int | None = None, total: int | None = None, message: str | None = None) -> None:
    """Say that the attempt is alive, and how far it is. Raises Superseded when the job is no longer its own."""
    values: dict[str, Any] = {"heartbeat_at": calendar.real_now()}
    for name, value in (("current", current), ("total", total), ("message", message)):
        if value is not None:
            values[name] = value
    kept = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempt_token=job.attempt_token).update(**values)
    if not kept:
        raise Superseded(str(job.pk))


@contextmanager
def finishing(job: Job) -> Iterator[None]:
    """Finish the job together with what is written inside, once: only the attempt that still owns it may.

    Raises Superseded before anything is written when another attempt has taken over.
    """
    with transaction.atomic():
        done = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempt_token=job.attempt_token).update(
            state=Job.State.DONE, finished_at=calendar.real_now(), message=""
        )
        if not done:
            raise Superseded(str(job.pk))
        yield


def give_back(job: Job) -> bool:
    """Put the job back for another attempt (the database was away for a moment); False when it had its attempts."""
    if job.attempts >= settings.JOB_MAX_ATTEMPTS:
        return False
    mine = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempt_token=job.attempt_token)
    try:
        with transaction.atomic():
            return bool(
                mine.update(
                    state=Job.State.QUEUED, attempt_token=None, queued_at=calendar.real_now(), message="Đang chạy lại"
                )
            )
    except IntegrityError:
        # The same work was asked for again meanwhile: the newer row will do it.
        return False


def fail(job: Job, error: str) -> None:
    """Give the job up (only the attempt that owns it may)."""
    Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempt_token=job.attempt_token).update(
        state=Job.State.FAILED, finished_at=calendar.real_now(), error=error[:2000]
    )

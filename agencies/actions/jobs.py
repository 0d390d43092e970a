"""Background work: ask for it, take it, finish it, sweep up after a crash.

The row is the truth; the queue message only hurries it. A worker takes a row by a conditional update and owns
it by its attempt token: finishing, too, is conditional on the token, so a worker that was thought dead and
comes back cannot finish twice.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, models, transaction

from agencies import calendar
from agencies.models import Job, User

log = structlog.get_logger(__name__)

Sender = Callable[[str], Any]
_sender: list[Sender] = []


def send_with(sender: Sender) -> None:
    """Tell how a job's id reaches the queue (``agencies.jobs`` does so when it is loaded)."""
    _sender[:] = [sender]


def _send(job_id: uuid.UUID) -> None:
    if not _sender:
        from agencies import jobs  # noqa: F401  (registers the sender; jobs is a lower door of this app)
    try:
        _sender[0](str(job_id))
    except Exception:
        # The row waits; the sweep sends it again when the broker is back.
        log.warning("job_not_sent", job=str(job_id), exc_info=True)


def enqueue(*, kind: str, subject: models.Model, province_id: int, by: User | None) -> Job:
    """Ask for background work in the caller's transaction; the message goes out after commit.

    Work that already waits for the same subject is returned instead of a second row.
    """
    waiting = Job.objects.filter(kind=kind, subject_id=str(subject.pk), state=Job.State.QUEUED).first()
    if waiting is None:
        try:
            with transaction.atomic():
                waiting = Job.objects.create(
                    kind=kind, subject_id=str(subject.pk), province_id=province_id, created_by=by
                )
        except IntegrityError:
            waiting = Job.objects.get(kind=kind, subject_id=str(subject.pk), state=Job.State.QUEUED)
    job_id = waiting.pk
    transaction.on_commit(lambda: _send(job_id), robust=True)
    return waiting


def claim(job_id: uuid.UUID) -> Job | None:
    """Take a waiting job for this attempt; None when somebody else has it or it is over."""
    now = calendar.real_now()
    token = uuid.uuid4()
    taken = Job.objects.filter(pk=job_id, state=Job.State.QUEUED).update(
        state=Job.State.RUNNING,
        attempts=models.F("attempts") + 1,
        attempt_token=token,
        started_at=now,
        heartbeat_at=now,
        current=0,
        total=0,
        message="",
        error="",
    )
    return Job.objects.select_related("province", "created_by").get(pk=job_id) if taken else None


class Superseded(Exception):
    """The attempt lost its job: it was thought dead and another attempt has it."""


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


def fail(job: Job, error: str) -> None:
    """Give the job up (only the attempt that owns it may)."""
    Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempt_token=job.attempt_token).update(
        state=Job.State.FAILED, finished_at=calendar.real_now(), error=error[:2000]
    )


def sweep() -> dict[str, int]:
    """Queue again what a dead worker left, give up what died too often, send again what was never taken."""
    now = calendar.real_now()
    requeued = failed = resent = 0
    for job in Job.objects.stale(now - timedelta(seconds=settings.JOB_STALE_SECONDS)):
        same = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempt_token=job.attempt_token)
        if job.attempts >= settings.JOB_MAX_ATTEMPTS:
            failed += same.filter(heartbeat_at=job.heartbeat_at).update(
                state=Job.State.FAILED,
                finished_at=now,
                error="Tiến trình xử lý bị dừng giữa chừng quá số lần cho phép.",
            )
            continue
        try:
            with transaction.atomic():
                taken_back = same.filter(heartbeat_at=job.heartbeat_at).update(
                    state=Job.State.QUEUED, attempt_token=None, queued_at=now, message="Đang chạy lại"
                )
        except IntegrityError:
            # The same work was asked for again meanwhile: the newer row will do it.
            taken_back = 0
            failed += same.update(state=Job.State.FAILED, finished_at=now, error="Đã có yêu cầu mới thay thế.")
        if taken_back:
            requeued += 1
            _send(job.pk)
    for job in Job.objects.waiting_since(now - timedelta(seconds=settings.JOB_LATE_SECONDS)):
        Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(queued_at=now)
        _send(job.pk)
        resent += 1
    return {"requeued": requeued, "failed": failed, "resent": resent}

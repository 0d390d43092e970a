"""Asking for background work, and sweeping up after a crash."""

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, models, transaction

from agencies import calendar, jobs
from agencies.models import Job, User


def enqueue(*, kind: str, subject: models.Model, province_id: int, by: User | None) -> Job:
    """Ask for background work in the caller's transaction; the message goes out after commit.

    Work that already waits for the same subject is returned instead of a second row. That row is locked until
    the caller commits: no worker can take it before, so it will see what the caller wrote.
    """
    with transaction.atomic():
        job = None
        while job is None:
            job = (
                Job.objects.select_for_update(of=("self",))
                .filter(kind=kind, subject_id=str(subject.pk), state=Job.State.QUEUED)
                .first()
            )
            if job is None:
                try:
                    with transaction.atomic():
                        job = Job.objects.create(
                            kind=kind, subject_id=str(subject.pk), province_id=province_id, created_by=by
                        )
                except IntegrityError:
                    # Somebody asked at the same moment: that row is the one, unless a worker has it already.
                    continue
    job_id = job.pk
    transaction.on_commit(lambda: jobs.send(job_id), robust=True)
    return job


def sweep() -> dict[str, int]:
    """Queue again what a dead worker left, give up what died too often, send again what was never taken."""
    now = calendar.real_now()
    requeued = failed = resent = 0
    for job in Job.objects.stale(now - timedelta(seconds=settings.JOB_STALE_SECONDS)):
        same = Job.objects.filter(
            pk=job.pk, state=Job.State.RUNNING, attempt_token=job.attempt_token, heartbeat_at=job.heartbeat_at
        )
        if job.attempts >= settings.JOB_MAX_ATTEMPTS:
            failed += same.update(
                state=Job.State.FAILED,
                finished_at=now,
                error="Tiến trình xử lý bị dừng giữa chừng quá số lần cho phép.",
            )
            continue
        try:
            with transaction.atomic():
                taken_back = same.update(
                    state=Job.State.QUEUED, attempt_token=None, queued_at=now, message="Đang chạy lại"
                )
        except IntegrityError:
            # The same work was asked for again meanwhile: the newer row will do it.
            taken_back = 0
            failed += same.update(state=Job.State.FAILED, finished_at=now, error="Đã có yêu cầu mới thay thế.")
        if taken_back:
            requeued += 1
            jobs.send(job.pk)
    for job in Job.objects.waiting_since(now - timedelta(seconds=settings.JOB_LATE_SECONDS)):
        Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(queued_at=now)
        jobs.send(job.pk)
        resent += 1
    return {"requeued": requeued, "failed": failed, "resent": resent}

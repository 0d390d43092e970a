"""Celery work of reports: ids in, look up, call a worker."""

import io
import uuid

from agencies import calendar, queue
from agencies.actions import trail
from agencies.actions.documents import keep_content
from agencies.jobs import handles
from agencies.models import Job
from reports import builder
from reports.actions.runs import KIND
from reports.models import ReportRun


@handles(KIND)
def render_run(job: Job) -> None:
    """Draw a run's file and keep it, once: a run that has its file keeps it, and only the living attempt writes."""
    run = ReportRun.objects.select_related("plan__province", "plan__sub_plan_of", "agency", "requested_by").get(
        pk=uuid.UUID(job.subject_id)
    )
    if run.ready_at is not None:
        with queue.finishing(job):
            return

    def beat(current: int, total: int, message: str) -> None:
        queue.beat(job, current=current, total=total, message=message)

    built = builder.build(builder.subject_of(run), run.format, beat=beat)
    with queue.finishing(job):
        locked = ReportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        if locked.ready_at is not None:
            return
        run.blob = keep_content(io.BytesIO(built.content), size=len(built.content), media_type=built.media_type)
        run.facts_sha256, run.file_name, run.pages = built.facts_sha256, built.file_name, built.pages
        run.ready_at = calendar.now()
        run.save(update_fields=["blob", "facts_sha256", "file_name", "pages", "ready_at"])
        trail.record(
            province_id=run.province_id,
            action="report.ready",
            subject=run,
            after=run.snapshot(),
            by=run.requested_by,
        )

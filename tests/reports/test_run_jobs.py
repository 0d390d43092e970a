"""Drawing a run in the background: once, whatever happens to the worker."""

import uuid
from typing import Any

import pytest
from django.core.files.storage import default_storage

from agencies import queue
from agencies.jobs import HANDLERS, run_job
from agencies.models import Blob, Event, Job
from reports import builder, jobs
from reports.models import ReportRun
from reports.render.pdf import RenderError
from tests.reports.test_run_actions import ask


def claimed(run: ReportRun) -> Job:
    """Take the run's job as a worker does."""
    assert run.job_id is not None
    job = queue.claim(run.job_id)
    assert job is not None
    return job


def test_the_worker_knows_how_to_draw() -> None:
    assert HANDLERS[jobs.KIND] is jobs.render_run


@pytest.mark.parametrize("form", ["pdf", "xlsx"])
def test_a_run_gets_its_file_and_its_event(small: Any, form: str) -> None:
    run = ask(small, "snv.thamdinh", format=form)
    run_job.apply(args=(str(run.job_id),), throw=True)
    run.refresh_from_db()
    assert run.job is not None
    assert (run.job.state, run.job.error) == (Job.State.DONE, "")
    assert run.blob is not None
    assert run.ready_at is not None
    assert len(run.facts_sha256) == 64
    assert run.file_name == f"Báo cáo năm 2021 - 1-KH-UBND - đến 10-12-2021.{form}"
    assert (run.pages is not None) == (form == "pdf")
    with default_storage.open(run.blob.path) as file:
        assert len(file.read()) == run.blob.size
    event = Event.objects.get(action="report.ready")
    assert event.after["facts_sha256"] == run.facts_sha256
    assert event.after["blob_sha256"] == run.blob.sha256


def test_both_forms_show_the_same_figures(small: Any) -> None:
    names = set()
    for form in ("pdf", "xlsx"):
        run = ask(small, "snv.thamdinh", format=form)
        names.add(builder.build(builder.subject_of(run), form).facts_sha256)
    assert len(names) == 1


def test_a_second_delivery_changes_nothing(small: Any) -> None:
    run = ask(small, "snv.thamdinh", format="xlsx")
    for _ in range(2):
        run_job.apply(args=(str(run.job_id),), throw=True)
    assert Event.objects.filter(action="report.ready").count() == 1
    run.refresh_from_db()
    first = run.ready_at
    # Even a job that was queued again after the file was there leaves the file as it is.
    Job.objects.filter(pk=run.job_id).update(state=Job.State.QUEUED, finished_at=None)
    run_job.apply(args=(str(run.job_id),), throw=True)
    run.refresh_from_db()
    assert run.ready_at == first
    assert Event.objects.filter(action="report.ready").count() == 1
    assert Blob.objects.filter(pk=run.blob_id).count() == 1


def test_an_attempt_that_was_thought_dead_writes_nothing(small: Any) -> None:
    run = ask(small, "snv.thamdinh", format="xlsx")
    old = claimed(run)
    Job.objects.filter(pk=old.pk).update(attempt_token=uuid.uuid4())
    before = Blob.objects.count()
    with pytest.raises(queue.Superseded):
        jobs.render_run(old)
    run.refresh_from_db()
    assert run.ready_at is None
    assert Blob.objects.count() == before
    assert not Event.objects.filter(action="report.ready").exists()


def test_an_attempt_superseded_while_it_drew_writes_nothing(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = ask(small, "snv.thamdinh", format="xlsx")
    old = claimed(run)
    build = builder.build

    def build_slowly(*args: Any, **kwargs: Any) -> builder.Built:
        built = build(*args, **kwargs)
        Job.objects.filter(pk=old.pk).update(attempt_token=uuid.uuid4())
        return built

    monkeypatch.setattr(builder, "build", build_slowly)
    with pytest.raises(queue.Superseded):
        jobs.render_run(old)
    run.refresh_from_db()
    assert run.blob is None


def test_a_failure_is_told_and_leaves_no_file(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> builder.Built:
        raise RenderError("Không vẽ được tệp PDF.", "MemoryError")

    monkeypatch.setattr(builder, "build", fail)
    run = ask(small, "snv.thamdinh")
    run_job.apply(args=(str(run.job_id),))
    run.refresh_from_db()
    assert run.job is not None
    assert run.job.state == Job.State.FAILED
    assert "MemoryError" in run.job.error
    assert run.blob is None

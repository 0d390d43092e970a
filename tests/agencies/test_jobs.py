"""Jobs survive what kills workers."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from agencies import calendar
from agencies.actions import jobs
from agencies.jobs import HANDLERS, run_job
from agencies.models import Job
from agencies.queue import Superseded, beat, claim, finishing


@pytest.fixture
def job(small):
    Job.objects.all().delete()
    return jobs.enqueue(kind="plans.refresh_plan", subject=small.plan, province_id=small.province.pk, by=None)


def age(job, seconds):
    """Make a running job look silent for a while."""
    Job.objects.filter(pk=job.pk).update(heartbeat_at=calendar.real_now() - timedelta(seconds=seconds))


@pytest.fixture
def sent(monkeypatch):
    """What reaches the queue."""
    seen = []
    monkeypatch.setattr("agencies.jobs.run_job.delay", lambda job_id: seen.append(job_id))
    return seen


def test_asking_twice_is_asking_once(small, job):
    again = jobs.enqueue(kind="plans.refresh_plan", subject=small.plan, province_id=small.province.pk, by=None)
    assert again == job


def test_a_job_delivered_twice_runs_once(job):
    run_job.apply(args=(str(job.pk),), throw=True)
    run_job.apply(args=(str(job.pk),), throw=True)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 1)


def test_a_silent_job_is_queued_again_and_its_old_worker_cannot_finish_it(job, sent):
    first = claim(job.pk)
    age(job, 60)
    assert jobs.sweep()["requeued"] == 1
    assert sent == [str(job.pk)]
    second = claim(job.pk)
    with pytest.raises(Superseded):
        beat(first)
    with pytest.raises(Superseded), finishing(first):
        pytest.fail("must not be reached")
    with finishing(second):
        pass
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 2)


def test_a_job_with_a_heartbeat_is_left_alone(job, sent):
    claim(job.pk)
    assert jobs.sweep() == {"requeued": 0, "failed": 0, "resent": 0}


def test_a_job_that_dies_three_times_is_given_up_with_a_sentence(job, sent):
    for _ in range(3):
        claim(job.pk)
        age(job, 60)
        jobs.sweep()
    job.refresh_from_db()
    assert job.state == "failed"
    assert "dừng giữa chừng" in job.error


def test_a_lost_message_is_sent_again(job, sent):
    Job.objects.filter(pk=job.pk).update(queued_at=calendar.real_now() - timedelta(minutes=5))
    assert jobs.sweep()["resent"] == 1
    assert sent == [str(job.pk)]


def test_a_broker_that_is_away_delays_and_loses_nothing(small, job, monkeypatch, django_capture_on_commit_callbacks):
    def away(job_id):
        raise ConnectionError("no broker")

    monkeypatch.setattr("agencies.jobs.run_job.delay", away)
    Job.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        jobs.enqueue(kind="plans.refresh_plan", subject=small.plan, province_id=small.province.pk, by=None)
    assert Job.objects.get().state == "queued"


def test_a_job_that_fails_says_so(job, monkeypatch):
    def broken(job):
        raise ValueError("không đọc được")

    monkeypatch.setitem(HANDLERS, "plans.refresh_plan", broken)
    run_job.apply(args=(str(job.pk),), throw=True)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "không đọc được" in job.error


def test_a_database_that_was_away_for_a_moment_costs_an_attempt_not_the_job(job, monkeypatch):
    def interrupted(job):
        raise OperationalError("deadlock detected")

    monkeypatch.setitem(HANDLERS, "plans.refresh_plan", interrupted)
    for state in ("queued", "queued", "failed"):
        run_job.apply(args=(str(job.pk),), throw=True)
        job.refresh_from_db()
        assert job.state == state

"""Two people at once, in real threads on PostgreSQL."""

import threading
import time
from collections.abc import Callable, Iterator
from contextvars import copy_context
from functools import partial

import pytest
from django.db import connection, transaction

from agencies import constraints
from agencies.actions import jobs
from agencies.errors import Conflict
from agencies.models import Event, Job
from agencies.queue import Superseded, claim, finishing
from plans.actions import progress
from plans.models import Decision, Progress, ProgressVersion
from tests.conftest import DAY, Small, build_small, pdf_upload

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def committed(transactional_db: None) -> Iterator[Small]:
    """A small province that is really committed; its append-only tables are emptied again afterwards."""
    if connection.vendor != "postgresql":
        pytest.fail("these tests are run on PostgreSQL")
    from agencies import calendar

    with calendar.held_at(DAY):
        yield build_small()
    constraints.remove(connection)


def race(*runners: Callable[[], object]) -> list[object]:
    """Run all at once, each in a thread with a connection of its own; return results or exceptions."""
    barrier = threading.Barrier(len(runners))
    results: list[object] = [None] * len(runners)

    def go(position: int, runner: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=10)
            results[position] = runner()
        except Exception as error:
            results[position] = error
        finally:
            connection.close()

    threads = [
        threading.Thread(target=copy_context().run, args=(go, position, runner))
        for position, runner in enumerate(runners)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def test_two_reviewers_at_once_only_one_wins(committed):
    sent = committed.submit()
    one, two = committed.who("snv.thamdinh"), committed.who("snv.thamdinh2")
    results = race(
        lambda: progress.accept(progress=sent, revision=sent.revision, by=one),
        lambda: progress.accept(progress=sent, revision=sent.revision, by=two),
    )
    assert sum(isinstance(result, Progress) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 1
    assert Decision.objects.count() == 1
    assert Event.objects.filter(action="progress.accept").count() == 1


def test_accepting_and_returning_at_once_only_one_wins(committed):
    sent = committed.submit()
    one, two = committed.who("snv.thamdinh"), committed.who("snv.thamdinh2")
    results = race(
        lambda: progress.accept(progress=sent, revision=sent.revision, by=one),
        lambda: progress.send_back(
            progress=sent, reason_code="other", reason="Chưa rõ", revision=sent.revision, by=two
        ),
    )
    assert sum(isinstance(result, Progress) for result in results) == 1
    assert Decision.objects.count() == 1


def test_two_colleagues_who_begin_at_once_share_one_report(committed):
    results = race(*[lambda: committed.begin() for _ in range(4)])
    assert {result.pk for result in results} == {Progress.objects.get().pk}
    assert ProgressVersion.objects.count() == 1


def test_a_double_submit_is_one_submission(committed):
    begun = committed.begin()
    said = progress.Content(result="Xong", explanation="Không có văn bản")
    officer = committed.officer("STP")
    results = race(
        *[lambda: progress.submit(progress=begun, content=said, revision=begun.revision, by=officer) for _ in range(3)]
    )
    assert sum(isinstance(result, Progress) for result in results) == 1
    assert Event.objects.filter(action="progress.submit").count() == 1


def test_the_chain_holds_when_many_write_at_once(committed):
    from agencies.actions.trail import broken_links

    race(*[partial(committed.submit, "3", agency) for agency in ("STP", "SYT", "SNV", "VPUB")])
    assert Event.objects.filter(action="progress.submit").count() == 4
    assert broken_links(committed.province) == []


def test_only_one_worker_takes_a_job_and_only_one_finishes_it(committed):
    Job.objects.all().update(state=Job.State.QUEUED)
    job = Job.objects.get()
    taken = [one for one in race(*[lambda: claim(job.pk) for _ in range(4)]) if one is not None]
    assert len(taken) == 1
    Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED, attempt_token=None)
    second = claim(job.pk)
    with pytest.raises(Superseded), finishing(taken[0]):
        pytest.fail("the attempt that lost its job must not write")
    with finishing(second):
        pass
    assert Job.objects.get().state == Job.State.DONE


def test_a_worker_waits_for_those_who_joined_its_job(committed):
    """Whoever finds the job already waiting must still be seen by it: nobody takes it before they commit."""
    job = Job.objects.get()
    joined, order = threading.Event(), []

    def join() -> None:
        with transaction.atomic():
            again = jobs.enqueue(kind=job.kind, subject=committed.plan, province_id=committed.province.pk, by=None)
            assert again == job
            joined.set()
            time.sleep(0.5)
            order.append("written")

    def take() -> object:
        joined.wait(timeout=10)
        taken = claim(job.pk)
        order.append("taken")
        return taken

    _, taken = race(join, take)
    assert order == ["written", "taken"]
    assert taken == job


def test_reports_of_two_periods_at_once_do_not_wait_for_each_other_for_ever(committed):
    from datetime import date

    from plans.models import ReportingPeriod

    ReportingPeriod.objects.filter(code="2021-Q3").update(closes_on=None, due_on=date(2021, 12, 20))
    results = race(
        *[
            partial(committed.submit, "3", agency, period)
            for agency in ("STP", "SYT")
            for period in ("2021-Q3", "2021-Y")
        ]
    )
    assert all(isinstance(result, Progress) for result in results), results


def test_first_submissions_with_files_do_not_stop_a_review(committed):
    """The trail head is taken last, after the files: a review of the same plan goes on meanwhile."""
    waiting = committed.submit("5", "SYT")
    said = progress.Content(result="Xong")

    def hand_in(agency: str) -> Progress:
        return progress.report(
            assignment=committed.assignment("3", agency),
            period=committed.period(),
            content=said,
            uploads=[pdf_upload(f"{agency}.pdf", agency)],
            hand_in=True,
            by=committed.officer(agency),
        )

    reviewer = committed.who("snv.thamdinh")
    results = race(
        partial(hand_in, "STP"),
        partial(hand_in, "SYT"),
        lambda: progress.accept(progress=waiting, revision=waiting.revision, by=reviewer),
    )
    assert all(isinstance(result, Progress) for result in results), results
    assert Event.objects.filter(action="progress.start").count() == 3

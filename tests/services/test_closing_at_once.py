"""Closing while others work, in real threads on PostgreSQL: one moment of the trail, one close, one chain."""

import threading
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from agencies import calendar, constraints
from agencies.errors import Conflict, Invalid
from agencies.models import Event
from plans.actions import closes
from plans.facts.snapshot import content_of
from plans.models import PeriodClose, Progress
from tests.conftest import Small, build_small
from tests.services.test_two_at_once import race

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
LATER = datetime(2021, 12, 21, 9, 0, tzinfo=calendar.VIETNAM)


@pytest.fixture
def committed(transactional_db: None) -> Iterator[Small]:
    """A small province that is really committed, on the day after the year's window."""
    if connection.vendor != "postgresql":
        pytest.fail("these tests are run on PostgreSQL")
    with calendar.held_at(LATER):
        yield build_small()
    constraints.remove(connection)


def test_two_reviewers_who_close_at_once_make_one_close(committed):
    period = committed.period()
    results = race(
        *[
            partial(closes.close, period=period, number=1, by=committed.who(name))
            for name in ("snv.thamdinh", "snv.thamdinh2")
        ]
    )
    assert sum(isinstance(result, PeriodClose) for result in results) == 1
    assert [result.code for result in results if isinstance(result, Conflict)] in (["already_closed"], ["stale_close"])
    assert PeriodClose.objects.count() == 1
    assert Event.objects.filter(action="period.close").count() == 1


def test_two_periods_closed_at_once_make_one_chain(committed):
    results = race(
        *[
            partial(closes.close, period=committed.period(code), by=committed.who(name))
            for code, name in (("2021-Y", "snv.thamdinh"), ("2021-Q3", "snv.thamdinh2"))
        ]
    )
    assert all(isinstance(result, PeriodClose) for result in results), results
    first, second = PeriodClose.objects.order_by("pk")
    assert second.previous_sha256 == first.sha256
    call_command("verify_trail", stdout=StringIO())


def test_a_close_seals_one_moment_of_the_trail_while_others_report_and_decide(committed):
    """What the snapshot holds is what the trail had told by then: no report half in, none that came later."""
    waiting = [committed.submit("5", "SYT"), committed.submit("1", "STP")]
    reviewer = committed.who("snv.thamdinh2")
    from plans.actions import progress

    results = race(
        partial(closes.close, period=committed.period(), by=committed.who("snv.thamdinh")),
        *[partial(committed.submit, "3", agency) for agency in ("STP", "SYT", "SNV", "VPUB")],
        *[partial(progress.accept, progress=one, revision=None, by=reviewer) for one in waiting],
    )
    # Who came after the close is told that the period is closed; nobody gets anything else.
    refused = [result for result in results if not isinstance(result, PeriodClose | Progress)]
    assert all(isinstance(result, Invalid) and result.code == "period_closed" for result in refused), results
    close = PeriodClose.objects.get()
    sealed = {
        one["report"]["progress"]: one["report"]["state"] for one in content_of(close)["assignments"] if one["report"]
    }
    told: dict[int, str] = {}
    for event in Event.objects.filter(subject_type="plans.progress", sequence__lte=close.trail_sequence).order_by(
        "sequence"
    ):
        told[int(event.subject_id)] = event.after["state"]
    assert sealed == {pk: state for pk, state in told.items() if state != "draft"}
    assert not Event.objects.filter(action="progress.submit", sequence__gt=close.trail_sequence).exists()
    call_command("verify_trail", stdout=StringIO())


def test_a_first_report_being_written_while_the_period_is_closed_does_not_get_in(committed, monkeypatch):
    """The window was open when the report was looked at; the close commits before the report does."""
    from plans import builder
    from plans.actions import progress

    duty = committed.assignment("5", "SYT")
    draft = progress.start(assignment=duty, period=committed.period(), by=committed.officer("SYT"))
    looked, closed = threading.Event(), threading.Event()
    real = builder.refresh_assignment

    def slow(assignment_id: int) -> None:
        real(assignment_id)
        looked.set()
        assert closed.wait(20)

    monkeypatch.setattr(builder, "refresh_assignment", slow)

    def close() -> PeriodClose:
        assert looked.wait(20)
        try:
            return closes.close(period=committed.period(), by=committed.who("snv.thamdinh"))
        finally:
            closed.set()

    said = progress.Content(result="Đã xong.", explanation="Chưa có văn bản.")
    handed_in, made = race(
        partial(progress.submit, progress=draft, content=said, revision=None, by=committed.officer("SYT")), close
    )
    assert isinstance(made, PeriodClose), made
    assert isinstance(handed_in, Invalid) and handed_in.code == "period_closed", handed_in
    draft.refresh_from_db()
    assert (draft.state, draft.first_submitted_at) == ("draft", None)
    call_command("verify_trail", stdout=StringIO())

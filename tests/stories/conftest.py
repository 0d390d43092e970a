"""What the stories share: days of the year, tasks of every kind, and a browser for each person."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client

from agencies import calendar
from plans.actions import plans
from plans.models import Assignment, PartyRole, Plan


def at(day: date, hour: int = 9) -> datetime:
    """Return a moment of a day in Vietnam."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=calendar.VIETNAM)


@contextmanager
def living_on(year: int, month: int, day: int) -> Iterator[date]:
    """Live on a day."""
    with calendar.held_at(at(date(year, month, day))):
        yield date(year, month, day)


@pytest.fixture
def one_more(small: Any) -> Callable[..., Assignment]:
    """Add a task of a kind of deadline to the plan (before anybody reports) and hand it out."""

    def add(code: str, title: str, agency: str = "SYT", **deadline: Any) -> Assignment:
        Plan.objects.filter(pk=small.plan.pk).update(state="drafting")
        small.plan.refresh_from_db()
        plans.add_task(
            section=small.plan.sections.select_related("plan").get(),
            code=code,
            text=plans.TaskText(
                title, deadline=deadline, parties=[plans.Party(PartyRole.LEAD, small.agencies[agency])]
            ),
            deciding_document="1/KH-UBND",
        )
        Plan.objects.filter(pk=small.plan.pk).update(state="issued")
        small.plan.refresh_from_db()
        plans.hand_out(plan=small.plan, on=date(2021, 8, 6), by=None)
        return small.assignment(code, agency)

    return add


@pytest.fixture
def page(small: Any) -> Callable[[str, str], str]:
    """Return what a person reads at an address."""

    def read(name: str, url: str) -> str:
        browser = Client()
        browser.force_login(small.who(name))
        answer = browser.get(url)
        assert answer.status_code == 200, (url, answer.status_code)
        return answer.content.decode()

    return read


@pytest.fixture
def enter(small: Any) -> Callable[[str], Client]:
    """Return a browser of one of the small province's people."""

    def log_in(name: str) -> Client:
        client = Client()
        client.force_login(small.who(name))
        return client

    return log_in


@pytest.fixture
def on() -> Callable[..., Any]:
    """Hold business time at nine o'clock of a day: ``with on(17, 9):``."""

    def held(day: int, month: int = 12, year: int = 2021, hour: int = 9) -> Any:
        return calendar.held_at(datetime(year, month, day, hour, 0, tzinfo=calendar.VIETNAM))

    return held

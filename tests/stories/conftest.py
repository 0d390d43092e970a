"""A browser for each person, and days of the year."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from agencies import calendar


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

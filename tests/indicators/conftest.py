"""Fixtures of score sheets."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.conftest import Small
from tests.indicators.sheets import Sheets, build


@pytest.fixture
def work(small: Small) -> Sheets:
    """A small framework, and a province that scores its agencies by it."""
    return build(small)


@pytest.fixture
def enter(small: Any) -> Callable[[str], Client]:
    """Return a browser of one of the small province's people."""

    def log_in(name: str) -> Client:
        client = Client()
        client.force_login(small.who(name))
        return client

    return log_in

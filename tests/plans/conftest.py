"""Fixtures of the screens' tests."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client


@pytest.fixture
def enter(small: Any) -> Callable[[str], Client]:
    """Return a browser of one of the small province's people."""

    def log_in(name: str) -> Client:
        client = Client()
        client.force_login(small.who(name))
        return client

    return log_in

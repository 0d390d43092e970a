"""Fixtures of the tests of indices: score sheets, and a browser and a client of each person of the small province."""

import pytest

from tests.api.conftest import api
from tests.conftest import Small
from tests.indicators.sheets import Sheets, build
from tests.plans.conftest import enter

__all__ = ["api", "enter", "work"]


@pytest.fixture
def work(small: Small) -> Sheets:
    """A small framework, and a province that scores its agencies by it."""
    return build(small)

"""Fixtures of the tests of indices: a browser and a client of each person of the small province."""

from tests.api.conftest import api
from tests.plans.conftest import enter

__all__ = ["api", "enter"]

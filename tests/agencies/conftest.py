"""Fixtures of people's letters: a real mail server on this machine."""

from collections.abc import Iterator
from typing import Any

import pytest

from agencies.models import User
from tests.conftest import Small
from tests.post_office import PostOffice, use


@pytest.fixture
def post_office(settings: Any) -> Iterator[PostOffice]:
    """An open mail server that the portal uses."""
    office = PostOffice()
    use(settings, office.port)
    with office.open():
        yield office


@pytest.fixture
def addressed(small: Small) -> Small:
    """The small province, whose officers and heads have addresses."""
    for name, person in small.people.items():
        if name.endswith((".canbo", ".thutruong")):
            User.objects.filter(pk=person.pk).update(email=f"{name}@example.vn")
    return small

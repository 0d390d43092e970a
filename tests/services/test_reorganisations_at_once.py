"""Two people at a reorganisation at once, in real threads on PostgreSQL."""

from datetime import date
from functools import partial

import pytest

from agencies.actions import reorganisations
from agencies.actions.reorganisations import Draft, Successor
from agencies.actions.trail import broken_links
from agencies.errors import Conflict
from agencies.models import Event, Reorganisation, Succession
from plans.actions import transfers
from plans.models import Assignment, DutyTransfer
from tests.conftest import Small
from tests.services.test_two_at_once import committed, race

__all__ = ["committed"]

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def proposed(small: Small) -> Reorganisation:
    """Sở Tư pháp is to go into Sở Y tế."""
    return reorganisations.propose(
        province=small.province,
        draft=Draft(
            "absorb",
            "Sáp nhập thử",
            date(2021, 12, 1),
            [small.agencies["STP"]],
            [Successor(agency=small.agencies["SYT"], is_main=True)],
            decision_number="05/QĐ-UBND",
            decided_on=date(2021, 11, 1),
        ),
        by=small.who("quantri"),
    )


def test_a_decision_is_applied_once(committed):
    row = proposed(committed)
    results = race(
        *(partial(reorganisations.apply, reorganisation=row, revision=1, by=committed.who("quantri")) for _ in range(2))
    )
    assert sum(isinstance(result, Reorganisation) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 1
    assert Succession.objects.count() == 1
    assert Event.objects.filter(action="reorganisation.apply").count() == 1
    assert broken_links(committed.province) == []


def test_a_duty_moves_once(committed):
    row = reorganisations.apply(reorganisation=proposed(committed), revision=1, by=committed.who("quantri"))
    duty = committed.assignment("1", "STP")
    results = race(
        *(
            partial(
                transfers.transfer,
                assignment=duty,
                reorganisation=row,
                to=[committed.agencies["SYT"]],
                by=committed.who(name),
            )
            for name in ("snv.thamdinh", "snv.thamdinh2")
        )
    )
    assert sum(isinstance(result, list) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 1
    assert DutyTransfer.objects.count() == 1
    assert Assignment.objects.filter(succeeds=duty).count() == 1

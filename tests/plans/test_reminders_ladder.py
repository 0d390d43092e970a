"""The ladder's examples in the documentation are true, and no day is silent for more than a week."""

import doctest
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from plans import reminders
from plans.reminders import Audience, audiences, rung_on


def test_the_examples_of_the_ladder_are_true():
    done = doctest.testmod(reminders)
    assert done.attempted >= 10
    assert done.failed == 0


@given(st.integers(min_value=-400, max_value=800))
def test_a_rung_is_reached_and_the_next_is_not(days):
    due = date(2021, 6, 30)
    rung = rung_on(due, due + timedelta(days=days))
    if days < -7:
        assert rung is None
        return
    assert rung.offset <= days < rung.offset + 7
    assert rung_on(due, due + timedelta(days=rung.offset)) == rung


@given(st.integers(min_value=-7, max_value=800), st.booleans())
def test_who_hears_only_grows_with_time(days, proposed):
    due = date(2021, 6, 30)
    now = audiences(rung_on(due, due + timedelta(days=days)), proposed=proposed)
    later = audiences(rung_on(due, due + timedelta(days=days + 1)), proposed=proposed)
    assert set(now) <= set(later)
    assert now[0] is Audience.OFFICER
    assert not (proposed and len(now) > 1)

"""Arithmetic without a database: shares of answers, and the parts of a change."""

import doctest
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agencies import tables
from indicators import changes, shares
from indicators.actions import survey_sheets
from indicators.changes import Held, Part, Tie, change, printed, rank_change
from indicators.shares import Share, points_of_percent, together

# A machine that is busy with something else draws slowly; that says nothing about the examples.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("module", [shares, changes, tables, survey_sheets])
def test_the_examples_in_the_text_hold(module):
    tried = doctest.testmod(module)
    assert tried.failed == 0
    assert tried.attempted


def test_sipas_points_of_ha_tinh_2021():
    assert points_of_percent(Decimal("91.17"), Decimal(10)) == Decimal("9.12")


@unhurried
@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), max_size=8))
def test_shares_put_together_are_those_of_all_sheets_on_one_pile(counts):
    parts = [Share(good, good + bad) for good, bad in counts]
    assert together(parts) == Share(sum(good for good, _ in counts), sum(good + bad for good, bad in counts))


KEYS = st.integers(0, 6)
POINTS = st.decimals(0, 20, places=2)


@st.composite
def years(draw):
    """Two years of random components, a random crosswalk between them, and totals that need not be their sums."""

    def held(key):
        most = draw(st.one_of(st.none(), POINTS))
        score = draw(st.one_of(st.none(), POINTS if most is None else st.decimals(0, most, places=2)))
        kind = draw(st.sampled_from(["base", "base", "base", "bonus", "penalty"]))
        return Held(key, f"{key}", score=score, max_score=most, kind=kind, surveyed=draw(st.booleans()))

    old = [held(key) for key in draw(st.sets(KEYS))]
    new = [held(key) for key in draw(st.sets(KEYS))]
    ties = [Tie(*pair) for pair in draw(st.lists(st.tuples(KEYS, KEYS), max_size=6))]
    return old, new, ties, draw(POINTS), draw(POINTS)


@unhurried
@given(years())
def test_the_parts_sum_exactly_to_the_change(drawn):
    old, new, ties, before, after = drawn
    done = change(old, new, ties, before=before, after=after)
    assert sum(done.parts.values()) == Fraction(after) - Fraction(before)
    assert sum(printed(done.parts).values()) == sum(printed({Part.OWN: done.points}).values())


@unhurried
@given(years())
def test_every_component_is_in_exactly_one_line(drawn):
    old, new, ties, before, after = drawn
    done = change(old, new, ties, before=before, after=after)
    for side, held in (("before", old), ("after", new)):
        codes = [code for line in done.lines for code in getattr(line, side).codes]
        assert sorted(codes) == sorted(one.code for one in held if one.kind == "base")


@unhurried
@given(years(), st.randoms())
def test_the_order_of_components_does_not_matter(drawn, random):
    old, new, ties, before, after = drawn
    parts = change(old, new, ties, before=before, after=after).parts
    random.shuffle(old), random.shuffle(new), random.shuffle(ties)
    assert change(old, new, ties, before=before, after=after).parts == parts


@unhurried
@given(years(), st.lists(POINTS, max_size=8), st.lists(POINTS, max_size=8))
def test_the_steps_of_a_rank_sum_to_its_move(drawn, before, after):
    old, new, ties, first, last = drawn
    done = change(old, new, ties, before=first, after=last)
    moved = rank_change(done, dict(enumerate(before)), dict(enumerate(after)))
    assert sum(step.places for step in moved.steps) == moved.before - moved.after


@unhurried
@given(st.lists(st.fractions(-10, 10, max_denominator=97), min_size=7, max_size=7))
def test_printed_parts_add_up_and_are_each_nearer_than_a_unit(values):
    parts = dict(zip(Part, values, strict=True))
    shown = printed(parts)
    assert all(abs(Fraction(shown[part]) - parts[part]) < Fraction(1, 100) for part in Part)


def test_a_split_component_is_compared_as_a_whole():
    done = change(
        [Held(1, "1", score=Decimal(6), max_score=Decimal(10))],
        [
            Held(2, "1.1", score=Decimal(4), max_score=Decimal(5)),
            Held(3, "1.2", score=Decimal(3), max_score=Decimal(5), surveyed=True),
        ],
        [Tie(1, 2), Tie(1, 3)],
        before=Decimal(6),
        after=Decimal(7),
    )
    (line,) = done.lines
    assert (line.before.percent, line.after.percent) == (Decimal("60.00"), Decimal("70.00"))
    assert (done.parts[Part.OWN], done.parts[Part.REWEIGHTED]) == (1, 0)


def test_blank_is_neither_zero_nor_not_applicable():
    def parts(**after):
        done = change(
            [Held(1, "1", score=Decimal(6), max_score=Decimal(10))],
            [Held(1, "1", **after)],
            [Tie(1, 1)],
            before=Decimal(6),
            after=Decimal(0),
        )
        return {part for part, points in done.parts.items() if points}

    assert parts(score=Decimal(0), max_score=Decimal(10)) == {Part.OWN}
    assert parts(score=None, max_score=Decimal(10)) == {Part.UNCOMPARED}
    assert parts(score=None, max_score=Decimal(0)) == {Part.REWEIGHTED}


def test_bonus_penalty_and_what_the_total_adds_are_parts_of_their_own():
    def held(base, bonus, penalty):
        return [
            Held(1, "1", score=Decimal(base), max_score=Decimal(100)),
            Held(2, "T", score=Decimal(bonus), max_score=Decimal(5), kind="bonus"),
            Held(3, "P", score=Decimal(penalty), max_score=Decimal(5), kind="penalty"),
        ]

    done = change(held(80, 1, 0), held(85, 3, 2), [Tie(1, 1)], before=Decimal(81), after=Decimal("85.5"))
    assert {part.value: points for part, points in done.parts.items() if points} == {
        "own": 5, "bonus": 2, "penalty": -2, "totalling": Fraction(-1, 2),
    }  # fmt: skip

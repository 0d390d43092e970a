"""Many sheets at once give the same points, totals and ranks as each sheet explained, to the last digit."""

from decimal import Decimal
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.scoring import Answer, InputRefused, Node, Policy, parse_rule, rank, score_tree
from indicators.scoring.batch import Arrays, prepare, rank_years
from indicators.scoring.ranks import TIES
from tests.indicators import frameworks

SEEDS = st.integers(0, 2**64)


def compare(tree, policy, sheets):
    """Score sheets both ways: units, in them years, in them answers."""
    batch = prepare(tree, policy)
    scores = batch.score(batch.arrays(sheets))
    for year in range(len(sheets[0])):
        explained = [score_tree(tree, unit[year], policy) for unit in sheets]
        for unit, sheet in enumerate(explained):
            for place, leaf in enumerate(batch.leaves):
                assert scores.leaf(unit, year, place) == sheet.components[leaf.code].score, (leaf, sheets[unit][year])
            for side in ("base", "bonus", "penalty"):
                number = getattr(scores, side)[unit, year]
                assert (None if np.isnan(number) else Decimal(int(number)) / scores.scale) == getattr(sheet, side)
            assert scores.total(unit, year) == sheet.total
            assert scores.percent(unit, year) == sheet.percent
            assert scores.answered[unit, year] == sheet.answered
            assert Decimal(int(scores.applicable[unit, year])) / scores.scale == sheet.applicable_max
        ranks = rank({unit: sheet.total for unit, sheet in enumerate(explained)}, ties=policy.ties)
        for unit in range(len(sheets)):
            assert scores.ranks[unit, year] == (ranks[unit].position if unit in ranks else 0)
        assert scores.ranked[year] == len(ranks)


def compare_random(seed):
    dice = Random(seed)
    tree, policy = frameworks.tree(dice), frameworks.policy(dice)
    units, years = dice.randint(1, 8), dice.randint(1, 3)
    compare(tree, policy, [[frameworks.answers_to(dice, tree) for _ in range(years)] for _ in range(units)])


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_the_batch_agrees_with_the_explaining_engine(seed):
    compare_random(seed)


@pytest.mark.deep
@settings(max_examples=5000, deadline=None)
@given(SEEDS)
def test_the_batch_agrees_with_the_explaining_engine_in_thousands_of_frameworks(seed):
    compare_random(seed)


SHARES = [
    {"shape": "piecewise_ratio", "full_at_percent": "85", "zero_below_percent": "60"},
    {"shape": "plain_ratio", "round": {"step": "0.25"}},
    {"shape": "plain_ratio", "round": {"decimals": 1}},
    {"shape": "survey", "round": {"decimals": 0}},
    {
        "shape": "tiers",
        "tiers": [{"score": 2, "gt": 70}, {"score": 1, "gt": "33.3", "le": 70}, {"score": 0, "le": "33.3"}],
    },
]


@pytest.mark.parametrize("most", ["5", "6", "2.5"])
def test_every_half_and_every_edge_is_rounded_as_the_explaining_engine_does(most):
    """Every percentage in steps of 0.05, and every fraction with a denominator up to 30."""
    top = Decimal(most)
    tree = [Node(str(place), max_score=top, rule=parse_rule(form, max_score=top)) for place, form in enumerate(SHARES)]
    rates = [{"percent": Decimal(place) / 20} for place in range(2001)]
    pairs = [
        {"numerator": Decimal(part), "denominator": Decimal(whole)}
        for whole in range(1, 31)
        for part in range(whole + 1)
    ]
    compare(tree, Policy(), [[{node.code: Answer(inputs) for node in tree}] for inputs in (*rates, *pairs)])


@pytest.mark.parametrize("ties", TIES)
def test_large_fields_are_ranked_as_small_ones(ties):
    dice = Random(7)
    totals = [[float(dice.randint(0, 90)) if dice.random() > 0.1 else np.nan for _ in range(2)] for _ in range(400)]
    positions, ranked = rank_years(np.array(totals), ties)
    for year in range(2):
        known = {unit: None if np.isnan(row[year]) else Decimal(int(row[year])) for unit, row in enumerate(totals)}
        expected = rank(known, ties=ties)
        assert ranked[year] == len(expected)
        assert [positions[unit, year] for unit in expected] == [one.position for one in expected.values()]
        assert all(positions[unit, year] == 0 for unit in known if unit not in expected)


def one_leaf(form, most="10", **more):
    return [Node("II.6", max_score=Decimal(most), rule=parse_rule(form, max_score=Decimal(most)), **more)]


def test_a_batch_refuses_in_the_words_of_the_rule():
    batch = prepare(one_leaf({"shape": "plain_ratio"}), Policy())
    with pytest.raises(InputRefused) as refused:
        batch.score(Arrays(np.array([[[101.0]]])))
    assert [(fault.component, fault.name, fault.code) for fault in refused.value.faults] == [
        ("II.6", "percent", "input_range")
    ]
    with pytest.raises(InputRefused, match="không phát sinh"):
        batch.score(Arrays(np.array([[[np.nan]]]), pairs=np.array([[[0.0, 0.0]]])))
    with pytest.raises(InputRefused, match="chữ số thập phân"):
        batch.score(Arrays(np.array([[[72.00001]]])))


def test_what_people_said_is_refused_where_it_contradicts_the_inputs():
    batch = prepare(one_leaf({"shape": "plain_ratio"}, not_applicable="reduce_max"), Policy())
    declared = np.array([[[72.0]]])
    for arrays, code in (
        (Arrays(declared, given=np.array([[[5.0]]])), "input_contradiction"),
        (Arrays(declared, not_applicable=np.array([[[True]]])), "input_contradiction"),
        (Arrays(np.array([[[np.nan]]]), given=np.array([[[11.0]]])), "given_range"),
        (Arrays(np.array([[[np.nan]]]), given=np.array([[[1.23456]]])), "input_precision"),
    ):
        with pytest.raises(InputRefused) as refused:
            batch.score(arrays)
        assert refused.value.faults[0].code == code
    strict = prepare(one_leaf({"shape": "plain_ratio"}), Policy())
    with pytest.raises(InputRefused) as refused:
        strict.score(Arrays(np.array([[[np.nan]]]), not_applicable=np.array([[[True]]])))
    assert refused.value.faults[0].code == "not_applicable_not_allowed"


def test_a_condition_without_points_is_still_a_condition():
    condition = {"shape": "boolean", "true": 0, "false": 0}
    gate = Node("1.1", max_score=Decimal(0), rule=parse_rule(condition, max_score=Decimal(0)), gate=True)
    parent = Node("1", children=(gate, Node("1.2", max_score=Decimal(5))))
    sheets = [[{"1.1": Answer({"met": met}), "1.2": Answer(given=Decimal(4))}] for met in (True, False)]
    compare([parent], Policy(), sheets)
    assert [score_tree([parent], unit[0], Policy()).total for unit in sheets] == [4, 0]

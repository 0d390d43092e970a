"""What holds of every framework, not only of the ones at hand: by property, over random rules, trees and answers."""

import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.scoring import Answer, Node, Policy, RuleRefused, groups, leaves_of, parse_rule, rank, score_tree
from indicators.scoring.ranks import TIES, group_sizes
from tests.indicators import frameworks

SEEDS = st.integers(0, 2**64)
MANY = settings(max_examples=150, deadline=None)
SOME = settings(max_examples=60, deadline=None)


def random_rule(dice, **kinds):
    while True:
        most = dice.choice(frameworks.MAXIMA)
        form = frameworks.penalty_form(dice) if dice.random() < 0.1 else frameworks.rule_form(dice, most, **kinds)
        try:
            return parse_rule(form, max_score=most), most
        except RuleRefused:
            continue


def random_sheet(dice, *, gates=True):
    tree, policy = frameworks.tree(dice, gates=gates), frameworks.policy(dice)
    return tree, frameworks.answers_to(dice, tree), policy


@MANY
@given(SEEDS)
def test_a_score_lies_between_nothing_and_the_maximum_and_is_explained(seed):
    dice = Random(seed)
    rule, most = random_rule(dice)
    for _ in range(20):
        scored = rule.score(frameworks.inputs_of(dice, rule), most)
        assert scored.explanation.steps
        assert scored.explanation.text.startswith("Quy định: ")
        if scored.score is not None:
            assert 0 <= scored.score <= most
            assert scored.score <= rule.best(most)
            assert scored.explanation.inputs


@SOME
@given(SEEDS)
def test_a_total_lies_between_its_ends(seed):
    tree, answers, policy = random_sheet(Random(seed))
    sheet = score_tree(tree, answers, policy)
    for leaf in leaves_of(tree):
        scored = sheet.components[leaf.code]
        assert scored.score is None or scored.max_score is None or 0 <= scored.score <= scored.max_score
    if sheet.bonus is not None and policy.bonus_cap is not None:
        assert sheet.bonus <= policy.bonus_cap
    if sheet.penalty is not None and policy.penalty_cap is not None:
        assert sheet.penalty <= policy.penalty_cap
    if sheet.total is None:
        assert all(scored.score is None for scored in sheet.components.values())
    else:
        assert policy.floor is None or sheet.total >= policy.floor
        assert policy.ceiling is None or sheet.total <= policy.ceiling
        highest = max(policy.total_max, Decimal(0)) + (sheet.bonus or 0)
        assert sheet.total <= highest + Decimal("0.5")


def shuffled(dice, nodes):
    mixed = [replace(node, children=tuple(shuffled(dice, node.children))) for node in nodes]
    dice.shuffle(mixed)
    return mixed


@SOME
@given(SEEDS)
def test_the_order_of_components_and_answers_does_not_matter(seed):
    dice = Random(seed)
    tree, answers, policy = random_sheet(dice)
    mixed_answers = list(answers.items())
    dice.shuffle(mixed_answers)
    one = score_tree(tree, answers, policy)
    other = score_tree(shuffled(dice, tree), dict(mixed_answers), policy)
    for name in ("base", "bonus", "penalty", "total", "applicable_max", "percent", "answered", "leaves", "grade"):
        assert getattr(one, name) == getattr(other, name)
    assert {code: s.score for code, s in one.components.items()} == {
        code: s.score for code, s in other.components.items()
    }


@SOME
@given(SEEDS)
def test_parts_make_the_whole(seed):
    """Where nothing caps, gates, rescales or clamps, the sum of the leaves is the total."""
    dice = Random(seed)
    tree, answers, _ = random_sheet(dice, gates=False)
    policy = Policy(total_max=Decimal(10000), floor=None, decimals=6)
    sheet = score_tree(tree, answers, policy)
    kinds = {leaf.code: node.kind for node in tree for leaf in leaves_of([node])}
    signs = {"base": 1, "bonus": 1, "penalty": -1}
    known = [(code, sheet.components[code].score) for code in kinds if sheet.components[code].score is not None]
    if not known:
        assert sheet.total is None
    else:
        assert sheet.total == sum(signs[kinds[code]] * score for code, score in known)
    for node in tree:
        below = [sheet.components[child.code].score for child in node.children]
        there = [score for score in below if score is not None]
        assert sheet.components[node.code].score == (sum(there) if there else None)


MONOTONE = {"tiers", "piecewise_ratio", "plain_ratio", "deduction", "addition", "deadline", "survey"}


@MANY
@given(SEEDS)
def test_rules_that_go_one_way_go_one_way(seed):
    dice = Random(seed)
    rule, most = random_rule(dice, shapes=tuple(sorted(MONOTONE)))
    main = rule.fields[0]
    if main.kind == "percent":
        values = [frameworks.percentage(dice) for _ in range(12)]
    else:
        values = [Decimal(dice.randint(0, 12)) for _ in range(12)]
    scores = [rule.score({main.name: value}, most).score for value in sorted(values)]
    rising, falling = scores == sorted(scores), scores == sorted(scores, reverse=True)
    if rule.shape in ("deadline", "deduction"):
        assert falling
    elif rule.shape == "tiers":
        assert rising or falling
    else:
        assert rising


@MANY
@given(SEEDS)
def test_blank_is_not_zero_and_not_not_applicable(seed):
    dice = Random(seed)
    rule, most = random_rule(dice)
    kind = "penalty" if rule.takes_off else "base"
    leaf = Node("1", kind=kind, max_score=most, rule=rule, not_applicable="reduce_max")
    other = Node("2", max_score=Decimal(10))
    kept = {"2": Answer(given=Decimal(4))}

    def sheet(answer, node=leaf):
        return score_tree([node, other], {**kept, "1": answer}, Policy())

    blank, zero, excused = sheet(Answer()), sheet(Answer(given=Decimal(0))), sheet(Answer(not_applicable=True))
    full = sheet(Answer(not_applicable=True), replace(leaf, not_applicable="full_points"))
    assert [one.components["1"].score for one in (blank, zero, excused)] == [None, 0, None]
    assert [one.components["1"].not_applicable for one in (blank, zero, excused, full)] == [False, False, True, True]
    assert [one.answered for one in (blank, zero, excused, full)] == [1, 2, 2, 2]
    own = Decimal(0) if kind == "penalty" else most
    assert [one.applicable_max for one in (blank, zero, excused, full)] == [10 + own, 10 + own, 10, 10 + own]
    assert full.components["1"].score == own
    assert [one.total for one in (blank, zero, excused)] == [4, 4, 4]
    assert ("tạm tính" in blank.explanation.text, "tạm tính" in zero.explanation.text) == (True, False)
    alone = score_tree([leaf], {}, Policy())
    assert (alone.total, alone.percent, alone.grade, alone.answered) == (None, None, None, 0)


@MANY
@given(SEEDS)
def test_the_kept_form_of_a_rule_is_the_rule(seed):
    dice = Random(seed)
    rule, most = random_rule(dice)
    kept = json.loads(json.dumps(rule.to_dict()))
    again = parse_rule(kept, max_score=most)
    assert again == rule
    assert again.to_dict() == rule.to_dict()
    assert again.describe() == rule.describe()
    inputs = frameworks.inputs_of(dice, rule)
    assert again.score(inputs, most) == rule.score(inputs, most)


@MANY
@given(SEEDS)
def test_two_numbers_and_the_percentage_they_make_give_the_same_points(seed):
    """The pair's value lies between its two neighbours with twelve decimals, and so do its points."""
    dice = Random(seed)
    most = dice.choice(frameworks.MAXIMA)
    shape = dice.choice(["piecewise_ratio", "plain_ratio", "survey"])
    rule = parse_rule(frameworks.rule_form(dice, most, (shape,)), max_score=most)
    for _ in range(30):
        whole = dice.randint(1, 400)
        part = dice.randint(0, whole)
        exact = Fraction(part * 100, whole)
        by_pair = rule.score({"numerator": Decimal(part), "denominator": Decimal(whole)}, most).score
        below = Decimal(exact.numerator * 10**12 // exact.denominator).scaleb(-12)
        above = below if Fraction(below) == exact else below + Decimal("1e-12")
        scores = [rule.score({"percent": value}, most).score for value in (below, above)]
        assert scores[0] <= by_pair <= scores[1]


VALUES = st.dictionaries(st.integers(0, 30), st.none() | st.integers(0, 8).map(Decimal), max_size=20)


@MANY
@given(VALUES, st.sampled_from(TIES))
def test_a_rank_is_the_number_of_those_that_are_better(values, ties):
    ranks = rank(values, ties=ties)
    known = {name: value for name, value in values.items() if value is not None}
    assert set(ranks) == set(known)
    for name, one in ranks.items():
        better = sum(value > known[name] for value in known.values())
        as_good = sum(value == known[name] for value in known.values())
        assert one.n == len(known)
        expected = {
            "shared": {better + 1},
            "dense": {len({value for value in known.values() if value > known[name]}) + 1},
            "lower": {better + as_good},
            "first-lower": set(range(better + 1, better + as_good + 1)),
        }[ties]
        assert one.position in expected
    if ties == "first-lower":
        assert sorted(one.position for one in ranks.values()) == list(range(1, len(known) + 1))


@MANY
@given(VALUES, st.integers(1, 6))
def test_groups_hold_everybody_once_and_the_better_never_stand_below(values, count):
    ranks = rank(values)
    sizes = group_sizes(len(ranks), count=count)
    assert sum(sizes) == len(ranks)
    assert max(sizes) - min(sizes) <= 1
    filled = list(groups(rank(values, ties="first-lower"), sizes=sizes).values())
    assert [filled.count(place) for place in range(count)] == list(sizes)
    for made in (groups(ranks, sizes=sizes), groups(ranks, cuts=[75, 50, 25]), groups(ranks, edges=[6, 4, 2])):
        assert set(made) == set(ranks)
        for one in made:
            for other in made:
                if ranks[one].value > ranks[other].value:
                    assert made[one] <= made[other]
                elif ranks[one].value == ranks[other].value:
                    assert made[one] == made[other]

"""Many sheets, rules that are no plain table: branches, gates, peers, weighted answers, comparisons."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from indicators.scoring.blocks import (
    NEAR,
    Cells,
    Evaluate,
    Ladders,
    Lines,
    Numbers,
    Part,
    Scale,
    Vetoes,
    above,
    exact_points,
    line_of,
)
from indicators.scoring.branches import Branch, Gate
from indicators.scoring.choices import Choice
from indicators.scoring.conditions import Boolean, Comparison
from indicators.scoring.counts import LateDays
from indicators.scoring.exact import Rounding
from indicators.scoring.inputs import MAIN
from indicators.scoring.ladders import Deadline, Tiers
from indicators.scoring.rule import Rule, needed
from indicators.scoring.shares import BestPeer
from indicators.scoring.surveys import SurveyAnswers


def evaluate_one(part: Part, at: dict[tuple[str, str], int], scale: Scale) -> Evaluate:
    """Return how one component of any shape is scored for every sheet."""
    rule, code = part.rule, part.component
    if isinstance(rule, Branch):
        return _branch(part, rule, at, scale)
    if isinstance(rule, Gate):
        return _gate(part, rule, at, scale)
    if isinstance(rule, Tiers) and rule.override is not None:
        return _overridden(part, rule, at, scale)
    if isinstance(rule, Tiers | Deadline | Choice):
        first = at[code, rule.fields[0].name]
        ladders, vetoes = Ladders([part], slice(first, first + 1), scale), Vetoes()
        vetoes.add(0, part, at)

        def ladder(cells: Cells) -> Numbers:
            got = np.empty((len(cells.scaled), 1))
            ladders.points(cells, got)
            vetoes.apply(got, cells)
            return got[:, 0]

        return ladder
    if isinstance(rule, Boolean):
        return _conditions(part, rule, scale)
    if isinstance(rule, Comparison):
        return _comparison(part, rule, scale)
    if isinstance(rule, LateDays):
        return _late_days(part, rule, scale)
    if isinstance(rule, BestPeer):
        return _best_peer(part, rule, scale)
    if isinstance(rule, SurveyAnswers):
        return _answers(part, rule, scale)
    line = line_of(part, scale)
    if line is not None:
        first = at[code, rule.fields[0].name]
        lines = Lines([part], [line], slice(first, first + 1), scale)

        def along_line(cells: Cells) -> Numbers:
            got = np.empty((len(cells.scaled), 1))
            lines.points(cells, got)
            return got[:, 0]

        return along_line
    return lambda cells: _each(part, cells, np.arange(len(cells.scaled)), scale)


def _each(part: Part, cells: Cells, rows: NDArray[np.intp], scale: Scale) -> Numbers:
    """Ask the exact rule about every sheet."""
    return np.array([exact_points(part, cells, int(row), scale) for row in rows])


def _branch(part: Part, rule: Branch, at: dict[tuple[str, str], int], scale: Scale) -> Evaluate:
    inner = [evaluate_one(Part(part.component, one, part.max_score), at, scale) for _, one in rule.branches]
    names = [name for name, _ in rule.branches]
    codes = [float(name == "true") for name in names] if rule.selector.kind == "boolean" else range(len(names))

    def points(cells: Cells) -> Numbers:
        chosen = cells.column(part.component, rule.on.name)
        got = np.full(len(chosen), np.nan)
        for code, evaluate in zip(codes, inner, strict=True):
            taken = chosen == code
            if taken.any():
                np.copyto(got, evaluate(cells), where=taken)
        return got

    return points


def _gate(part: Part, rule: Gate, at: dict[tuple[str, str], int], scale: Scale) -> Evaluate:
    inner = evaluate_one(Part(part.component, rule.rule, part.max_score), at, scale)

    def points(cells: Cells) -> Numbers:
        got = inner(cells).copy()
        gates = [cells.column(part.component, one.name) for one in rule.conditions]
        for gate in gates:
            got[np.isnan(gate)] = np.nan
        for gate in gates:
            got[gate == 0] = 0.0
        return got

    return points


def _overridden(part: Part, rule: Tiers, at: dict[tuple[str, str], int], scale: Scale) -> Evaluate:
    over = rule.override
    if over is None:
        raise TypeError("tiers without an override")
    plain = Tiers(measure=rule.measure, tiers=rule.tiers, max_score=rule.max_score)
    inner = evaluate_one(Part(part.component, plain, part.max_score), at, scale)
    first = rule.measure.name
    other = scale.of_points(over.score)

    def points(cells: Cells) -> Numbers:
        got = inner(cells)
        value, claimed = cells.column(part.component, first), cells.column(part.component, over.condition.name) == 1
        held = above(value, over.range, scale, whole=rule.measure.whole)
        got = np.where(held & claimed, other, got)
        pair = cells.pair(part.component)
        if pair is not None:
            rows = np.flatnonzero(claimed & ~np.isnan(pair[0]) & (pair[1] > 0))
            got[rows] = _each(part, cells, rows, scale)
        return got

    return points


def _conditions(part: Part, rule: Boolean, scale: Scale) -> Evaluate:
    yes, no = scale.of_points(rule.if_true), scale.of_points(rule.if_false)

    def points(cells: Cells) -> Numbers:
        said = [cells.column(part.component, condition.name) for condition in rule.conditions]
        blank = np.isnan(said).any(axis=0)
        got = np.where(blank, np.nan, yes)
        got[(np.array(said) == 0).any(axis=0)] = no
        return got

    return points


def _comparison(part: Part, rule: Comparison, scale: Scale) -> Evaluate:
    compare = {">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal}[rule.sign]
    yes, no = scale.of_points(rule.if_true), scale.of_points(rule.if_false)
    named = MAIN in (rule.left.name, rule.right.name)
    # Counts have no decimals: bring both sides to the same scale.
    units = [scale.inputs if one.whole else 1 for one in (rule.left, rule.right)]

    def points(cells: Cells) -> Numbers:
        left, right = (
            cells.column(part.component, one.name) * unit
            for one, unit in zip((rule.left, rule.right), units, strict=True)
        )
        got = np.where(compare(left, right), yes, no)
        got[np.isnan(left) | np.isnan(right)] = np.nan
        if not named:
            stated = cells.column(part.component, MAIN)
            got = np.where(np.isnan(stated), got, np.where(stated == 1, yes, no))
        return got

    return points


def _late_days(part: Part, rule: LateDays, scale: Scale) -> Evaluate:
    first, per_day = scale.of_points(rule.first), scale.of_points(rule.per_day)
    best = rule.best(part.max_score)

    def points(cells: Cells) -> Numbers:
        days = cells.column(part.component, rule.name)
        start = np.where(days > 0, first, days * 0.0)
        further = np.maximum(days - rule.first_days, 0.0) * per_day
        got = start + further if rule.adds else np.maximum(start, further)
        if best is not None:
            got = np.minimum(got, scale.of_points(best))
        if rule.waiver:
            got = np.where(cells.column(part.component, "waived") == 1, 0.0, got)
        return got

    return points


def _rounded(exact_units: Numbers, part: Part, rounding: Rounding, cells: Cells, scale: Scale) -> Numbers:
    """Round a float number of units half up, never above the maximum; near a half the exact rule decides."""
    top = scale.of_points(needed(part.max_score))
    got = np.minimum(np.floor(exact_units + 0.5) * float(rounding.unit * scale.points), top)
    apart = np.abs(exact_units - np.floor(exact_units) - 0.5)
    risky = np.flatnonzero(apart <= NEAR + 1e-12 * np.abs(exact_units))
    if risky.size:
        got[risky] = _each(part, cells, risky, scale)
    return got


def _best_peer(part: Part, rule: BestPeer, scale: Scale) -> Evaluate:
    top = needed(part.max_score)
    units = float(Fraction(top) / rule.rounding.unit)

    def points(cells: Cells) -> Numbers:
        value = cells.column(part.component, rule.value.name)
        best = cells.column(part.component, rule.best_value.name)
        upper, lower = (best, value) if rule.less_is_better else (value, best)
        equal = upper == lower
        share = np.divide(upper, lower, out=np.ones(len(value)), where=~equal)
        got = _rounded(share * units, part, rule.rounding, cells, scale)
        got[equal] = scale.of_points(top)
        got[np.isnan(value) | np.isnan(best)] = np.nan
        return got

    return points


def _answers(part: Part, rule: SurveyAnswers, scale: Scale) -> Evaluate:
    units = float(Fraction(needed(part.max_score)) / rule.rounding.unit / 100)
    weights = [float(option.weight) for option in rule.options]

    def points(cells: Cells) -> Numbers:
        counts: Sequence[Numbers] = [cells.column(part.component, option.name) for option in rule.options]
        every = np.sum(counts, axis=0)
        added = np.sum([count * weight for count, weight in zip(counts, weights, strict=True)], axis=0)
        got = _rounded(added / every * units, part, rule.rounding, cells, scale)
        got[np.isnan(every)] = np.nan
        return got

    return points


def fulfilment(rule: Rule) -> Rule:
    """Return a rule that gives no points exactly where the given one says "not met".

    >>> from indicators.scoring.parsing import parse_rule
    >>> fulfilment(parse_rule({"shape": "boolean", "true": 0, "false": 0}, max_score=None)).if_true
    Decimal('1')
    """
    if isinstance(rule, Boolean | Comparison):
        return replace(rule, if_true=Decimal(1), if_false=Decimal(0))
    if isinstance(rule, Branch):
        return replace(rule, branches=tuple((name, fulfilment(inner)) for name, inner in rule.branches))
    return replace(rule, rule=fulfilment(rule.rule)) if isinstance(rule, Gate) else rule


def decimals_in(thing: object) -> set[Decimal]:
    """Return every decimal that a rule holds, and the units it rounds to: the points scale must hold them all."""
    if isinstance(thing, Decimal):
        return {thing}
    if isinstance(thing, Rounding):
        return {thing.step if thing.step is not None else Decimal(1).scaleb(-thing.decimals)}
    if isinstance(thing, tuple | list):
        return set().union(*(decimals_in(one) for one in thing))
    if hasattr(thing, "__dataclass_fields__"):
        return set().union(*(decimals_in(getattr(thing, name)) for name in thing.__dataclass_fields__))
    return set()

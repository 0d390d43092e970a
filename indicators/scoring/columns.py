"""How many sheets are laid out as arrays: the order of components and columns, and the check of what they hold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from indicators.scoring.blocks import (
    MOST_COUNTED,
    Cells,
    Line,
    Numbers,
    Part,
    Scale,
    line_of,
    rate_of,
    steps_of,
)
from indicators.scoring.branches import Branch, Gate
from indicators.scoring.choices import Choice
from indicators.scoring.compositions import decimals_in
from indicators.scoring.conditions import Boolean, Comparison
from indicators.scoring.exact import places_of
from indicators.scoring.faults import InputFault, InputRefused
from indicators.scoring.inputs import MAIN, Field, Value, field
from indicators.scoring.ladders import Deadline, Tiers
from indicators.scoring.rule import Rule
from indicators.scoring.shares import BestPeer, PiecewiseRatio, PlainRatio
from indicators.scoring.surveys import SurveyAnswers, SurveyPercent
from indicators.scoring.tree import Answer, Node, Policy, leaves_of, score_leaf

PAIR = ("numerator", "denominator")
RATED = (Tiers, PiecewiseRatio, PlainRatio, SurveyPercent)
MOST_PLACES = 9
MOST_FAULTS = 20
# How far a float may be from the whole number that it stands for.
APART = 1e-3
Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Column:
    """One column of inputs: which component, and which of its declared inputs."""

    component: str
    field: Field


@dataclass(frozen=True)
class Arrays:
    """Inputs of many sheets: units × years × columns, and what else was said."""

    values: Numbers
    pairs: Numbers | None = None
    given: Numbers | None = None
    not_applicable: Truth | None = None


class Layout:
    """The order of a framework's components and of their columns.

    Components of one kind stand side by side: ladders (the tallest first), shares, counts, truths, all others, and
    at the end those without a rule. The columns follow the same order; further inputs of a component come after all
    main ones.
    """

    def __init__(self, nodes: Sequence[Node], policy: Policy, places: int) -> None:
        leaves = list(leaves_of(nodes))
        self.scale = Scale(10**places, 10 ** _point_places(nodes, policy, places))
        self.kinds = {leaf.code: node.kind for node in nodes for leaf in leaves_of([node])}
        self.ladders: list[Part] = []
        self.lines: list[tuple[Part, Line]] = []
        self.truths: list[Part] = []
        self.others: list[Part] = []
        for leaf in leaves:
            if leaf.rule is not None:
                self._sort(Part(leaf.code, leaf.rule, leaf.max_score))
        self.ladders.sort(key=lambda part: -len(steps_of(part.rule, self.scale)[1]))
        self.lines.sort(key=lambda pair: pair[1].order)
        parts = [*self.ladders, *(part for part, _ in self.lines), *self.truths, *self.others]
        by_code = {leaf.code: leaf for leaf in leaves}
        ruled = [by_code[part.component] for part in parts]
        self.leaves = (*ruled, *(leaf for leaf in leaves if leaf.rule is None))
        self.place_of = {leaf.code: place for place, leaf in enumerate(self.leaves)}
        self.columns, self.rates = _columns(parts)
        self.at = {(column.component, column.field.name): place for place, column in enumerate(self.columns)}
        self.pair_at = {
            (code, name): 2 * place + end for place, code in enumerate(self.rates) for end, name in enumerate(PAIR)
        }
        self.unit_of = [_unit(column.field, self.scale) for column in self.columns]
        self.units = np.array(self.unit_of, dtype=np.float64)
        ends = [(_least(column.field), _most(column.field)) for column in self.columns]
        self.least, self.most = np.array(ends, dtype=np.float64).reshape(-1, 2).T * self.units
        self.checked_always = self._parts_with(BestPeer, SurveyAnswers)
        self.checked_with_pairs = [part for part in self._parts_with(*RATED) if rate_of(part.rule) is not None]

    def _sort(self, part: Part) -> None:
        line = line_of(part, self.scale)
        overridden = isinstance(part.rule, Tiers) and part.rule.override is not None
        if isinstance(part.rule, Tiers | Choice | Deadline) and not overridden:
            self.ladders.append(part)
        elif line is not None:
            self.lines.append((part, line))
        elif isinstance(part.rule, Boolean):
            self.truths.append(part)
        else:
            self.others.append(part)

    def _parts_with(self, *shapes: type) -> list[Part]:
        """Return the parts of some kinds of rules, inner rules too."""
        return [
            Part(leaf.code, rule, leaf.max_score)
            for leaf in self.leaves
            if leaf.rule is not None
            for rule in _rules_in(leaf.rule)
            if isinstance(rule, shapes)
        ]

    def arrays(self, sheets: Sequence[Sequence[Mapping[str, Answer]]]) -> Arrays:
        """Return the arrays of sheets that are kept as answers: units, in them years, in them answers by code."""
        shape = (len(sheets), len(sheets[0]) if sheets else 0)
        values = np.full((*shape, len(self.columns)), np.nan)
        pairs = np.full((*shape, 2 * len(self.rates)), np.nan)
        given = np.full((*shape, len(self.leaves)), np.nan)
        excused = np.zeros((*shape, len(self.leaves)), dtype=np.bool_)
        for unit, years in enumerate(sheets):
            for year, answers in enumerate(years):
                for code, answer in answers.items():
                    if answer.blank:
                        continue
                    if code not in self.place_of:
                        words = "Bộ tiêu chí không có thành phần này để chấm."
                        raise InputRefused([InputFault(code, "", "component_unknown", words)])
                    place = self.place_of[code]
                    try:
                        score_leaf(self.leaves[place], self.kinds[code], answer)
                    except InputRefused as refused:
                        raise refused.of(code) from refused
                    excused[unit, year, place] = answer.not_applicable
                    if answer.given is not None:
                        given[unit, year, place] = float(answer.given)
                    for name, number in self._numbers(self.leaves[place], answer):
                        if (code, name) in self.at:
                            values[unit, year, self.at[code, name]] = number
                        else:
                            pairs[unit, year, self.pair_at[code, name]] = number
        return Arrays(values, pairs, given, excused)

    def _numbers(self, leaf: Node, answer: Answer) -> Iterator[tuple[str, float]]:
        if leaf.rule is None or not answer.stated:
            return
        values: dict[str, Value] = dict(leaf.rule.read(answer.inputs))
        whole = _spoken_of(leaf.rule, values)
        if MAIN in values and whole is not None:
            spoken = values.pop(MAIN)
            values |= {condition.name: spoken for condition in whole.conditions}
        options = {column.field.name: column.field.options for column in self.columns if column.component == leaf.code}
        for name, value in values.items():
            if isinstance(value, str):
                yield name, float(options[name].index(value))
            else:
                yield name, float(value)

    def cells(self, arrays: Arrays) -> Cells:
        """Return the inputs as whole numbers, a row a sheet; raises InputRefused where they do not fit."""
        rows = arrays.values.shape[0] * arrays.values.shape[1]
        values = np.asarray(arrays.values, dtype=np.float64).reshape(rows, len(self.columns))
        scaled = values * self.units
        whole = np.rint(scaled)
        np.subtract(scaled, whole, out=scaled)
        np.abs(scaled, out=scaled)
        # The extremes tell at a glance whether anything is wrong; only then is every cell looked at.
        fits = not (
            np.fmax.reduce(scaled, axis=None, initial=0.0) > APART
            or (np.fmin.reduce(whole, axis=0, initial=np.inf) < self.least).any()
            or (np.fmax.reduce(whole, axis=0, initial=-np.inf) > self.most).any()
        )
        pairs = None
        if arrays.pairs is not None and self.rates and not np.isnan(arrays.pairs).all():
            pairs = np.asarray(arrays.pairs, dtype=np.float64).reshape(rows, 2 * len(self.rates))
        cells = Cells(whole, pairs, self.at, self.pair_at, self.unit_of)
        if not fits:
            wrong = (scaled > APART) | (whole < self.least) | (whole > self.most)
            found = [(int(row), self.columns[place].component) for row, place in np.argwhere(wrong)]
            self._refuse(found, values, cells, surely=True)
        checked = self.checked_always if pairs is None else self.checked_always + self.checked_with_pairs
        doubtful = [(int(row), part.component) for part in checked for row in np.flatnonzero(_contradicts(part, cells))]
        if doubtful:
            self._refuse(doubtful, values, cells, surely=False)
        return cells

    def _refuse(self, found: list[tuple[int, str]], values: Numbers, cells: Cells, *, surely: bool) -> None:
        """Refuse cells in the words of the rule.

        What the rule takes all the same is surely wrong when an array cannot hold it; it is right when it was
        declared for a branch that is not taken.
        """
        faults: list[InputFault] = []
        for row, code in dict.fromkeys(found):
            rule = self.leaves[self.place_of[code]].rule
            inputs: dict[str, object] = {}
            for (component, name), place in self.at.items():
                if component == code and not np.isnan(values[row, place]):
                    inputs[name] = _said(self.columns[place].field, float(values[row, place]))
            if cells.pairs is not None:
                for (component, name), place in self.pair_at.items():
                    if component == code and not np.isnan(cells.pairs[row, place]):
                        inputs[name] = float(cells.pairs[row, place])
            try:
                if rule is not None:
                    rule.read(inputs)
            except InputRefused as refused:
                faults += refused.of(code).faults
                if len(faults) >= MOST_FAULTS:
                    break
                continue
            if surely:
                words = "Số liệu vượt quá độ lớn hoặc số chữ số thập phân cho phép khi tính hàng loạt."
                faults.append(InputFault(code, "", "input_precision", words))
        if faults:
            raise InputRefused(faults)

    def stated(self, cells: Cells) -> Truth:
        """Tell of which components anything was declared."""
        stated = np.zeros((len(cells.scaled), len(self.leaves)), dtype=np.bool_)
        for place, column in enumerate(self.columns):
            stated[:, self.place_of[column.component]] |= ~np.isnan(cells.scaled[:, place])
        if cells.pairs is not None:
            for (component, _), place in self.pair_at.items():
                stated[:, self.place_of[component]] |= ~np.isnan(cells.pairs[:, place])
        return stated


def _point_places(nodes: Sequence[Node], policy: Policy, places: int) -> int:
    held: set[Decimal] = set()
    for node in (*leaves_of(nodes), *inner_nodes(nodes)):
        held |= decimals_in((node.max_score, node.rule))
    held |= decimals_in((policy.total_max, policy.bonus_cap, policy.penalty_cap, policy.floor, policy.ceiling))
    needed = max((places_of(Fraction(one)) or 0 for one in held), default=0)
    if needed > MOST_PLACES:
        raise ValueError(f"points with {needed} decimals are more than a batch can hold ({MOST_PLACES})")
    return max(needed, places, policy.decimals)


def inner_nodes(nodes: Sequence[Node]) -> Iterator[Node]:
    """Yield the components that have parts."""
    for node in nodes:
        if node.children:
            yield node
            yield from inner_nodes(node.children)


def _rules_in(rule: Rule) -> Iterator[Rule]:
    yield rule
    if isinstance(rule, Branch):
        for _, inner in rule.branches:
            yield from _rules_in(inner)
    elif isinstance(rule, Gate):
        yield from _rules_in(rule.rule)


def _spoken_of(rule: Rule, values: Mapping[str, Value]) -> Boolean | None:
    """Return the conditions of which plain ``value`` speaks together."""
    if isinstance(rule, Branch):
        taken = rule.taken(values)
        return None if taken is None else _spoken_of(taken, values)
    if isinstance(rule, Gate):
        return _spoken_of(rule.rule, values)
    return rule if isinstance(rule, Boolean) and MAIN not in rule.names else None


def _columns(parts: Sequence[Part]) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """Return the columns: first the main one of each part in their order, then the further ones; and the rates."""
    main, further, rates = [], [], []
    for part in parts:
        rule = part.rule
        fields = [one for one in rule.fields if one.name not in PAIR]
        if any(isinstance(inner, Comparison) for inner in _rules_in(rule)) and MAIN not in {one.name for one in fields}:
            fields.append(field(MAIN, "boolean", "", optional=True))
        if len(fields) < len(rule.fields):
            rates.append(part.component)
        if isinstance(rule, Boolean):
            main += [Column(part.component, one) for one in fields]
            continue
        main.append(Column(part.component, fields[0]))
        further += [Column(part.component, one) for one in fields[1:]]
    return (*main, *further), tuple(rates)


def _unit(one: Field, scale: Scale) -> int:
    return 1 if one.whole or one.kind in ("boolean", "choice", "count") else scale.inputs


def _least(one: Field) -> float:
    if one.kind in ("boolean", "choice"):
        return 0.0
    return -MOST_COUNTED if one.least is None else float(one.least)


def _most(one: Field) -> float:
    if one.kind in ("boolean", "choice"):
        return float(max(len(one.options), 2) - 1)
    return MOST_COUNTED if one.most is None else float(one.most)


def _said(one: Field, number: float) -> object:
    """Return a number of an array as a person would have declared it."""
    if one.kind == "boolean":
        return bool(number) if number in (0, 1) else number
    if one.kind == "choice":
        return one.options[int(number)] if number in range(len(one.options)) else str(number)
    return number


def _contradicts(part: Part, cells: Cells) -> Truth:
    """Tell in which sheets the inputs of a rate, a peer or a survey do not fit together."""
    rule, code = part.rule, part.component
    none = np.zeros(len(cells.scaled), dtype=np.bool_)
    rate = rate_of(rule)
    if rate is not None:
        pair = cells.pair(code)
        if pair is None:
            return none
        top, bottom = pair
        declared = ~np.isnan(top) | ~np.isnan(bottom)
        wrong = (declared & ~np.isnan(cells.column(code, rate.name))) | (bottom == 0) | (top < 0) | (bottom < 0)
        return wrong if rate.may_exceed else wrong | (top > bottom)
    if isinstance(rule, BestPeer):
        value, best = cells.column(code, rule.value.name), cells.column(code, rule.best_value.name)
        return (value < best) if rule.less_is_better else (best == 0) | (value > best)
    if isinstance(rule, SurveyAnswers):
        return np.asarray(np.sum([cells.column(code, option.name) for option in rule.options], axis=0) == 0)
    return none

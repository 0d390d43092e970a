"""Many components at once: rules of one kind as tables of numbers, one row of cells a sheet.

Everything is a whole number kept in a float: inputs times their scale, points times the scale of points. Up to 2⁵³
such arithmetic is exact, a division rounded down included, so a half is a half. Rates that come as two numbers are
divided in floats; where that comes too near to an edge or to a half, the exact rule is asked about that cell.
A blank is NaN and stays NaN.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indicators.scoring.choices import Choice
from indicators.scoring.conditions import Boolean
from indicators.scoring.counts import Addition, Deduction, Penalty
from indicators.scoring.inputs import Field, Rate, Value
from indicators.scoring.intervals import Interval
from indicators.scoring.ladders import DONE, Deadline, Tiers
from indicators.scoring.rule import Rule, needed
from indicators.scoring.shares import PiecewiseRatio, PlainRatio
from indicators.scoring.surveys import SurveyPercent

Numbers = NDArray[np.float64]
EXACT = 2.0**53
NEAR = 1e-6
INFINITE = float("inf")


@dataclass(frozen=True)
class Scale:
    """How inputs and points become whole numbers."""

    inputs: int
    points: int

    def of_points(self, value: Decimal) -> float:
        """Return points as a whole number."""
        return float(Fraction(value) * self.points)


@dataclass(frozen=True)
class Cells:
    """The inputs of all sheets: whole numbers by column; numerators and denominators as they were declared."""

    scaled: Numbers
    pairs: Numbers | None
    at: Mapping[tuple[str, str], int]
    pair_at: Mapping[tuple[str, str], int]
    scale_of: Sequence[int]

    def column(self, component: str, name: str) -> Numbers:
        """Return one input of one component, for every sheet."""
        return self.scaled[:, self.at[component, name]]

    def pair(self, component: str) -> tuple[Numbers, Numbers] | None:
        """Return the two numbers of a component's rate; None when no sheet declares any."""
        if self.pairs is None or (component, "numerator") not in self.pair_at:
            return None
        return (
            self.pairs[:, self.pair_at[component, "numerator"]],
            self.pairs[:, self.pair_at[component, "denominator"]],
        )

    def declared(self, component: str, row: int, fields: Sequence[Field]) -> dict[str, Value]:
        """Return what one sheet declares of a component, as a person would, to ask the exact rule."""
        values: dict[str, Value] = {}
        for one in fields:
            key = (component, one.name)
            if key in self.at:
                number = self.scaled[row, self.at[key]]
                if not np.isnan(number):
                    values[one.name] = _declared(one, int(number), self.scale_of[self.at[key]])
            elif self.pairs is not None and key in self.pair_at:
                number = self.pairs[row, self.pair_at[key]]
                if not np.isnan(number):
                    values[one.name] = Decimal(repr(float(number)))
        return values


def _declared(one: Field, number: int, scale: int) -> Value:
    if one.kind == "boolean":
        return number == 1
    return one.options[number] if one.kind == "choice" else Decimal(number) / scale


@dataclass(frozen=True)
class Part:
    """A rule and the component whose columns it reads."""

    component: str
    rule: Rule
    max_score: Decimal | None


def rate_of(rule: Rule) -> Rate | None:
    """Return the rate that a rule measures, where it does."""
    if isinstance(rule, Tiers):
        return rule.measure.rate
    return rule.rate if isinstance(rule, PiecewiseRatio | PlainRatio | SurveyPercent) else None


def exact_points(part: Part, cells: Cells, row: int, scale: Scale) -> float:
    """Ask the exact rule about one cell."""
    values = cells.declared(part.component, row, part.rule.fields)
    outcome = part.rule.judge(values, part.max_score)
    return float("nan") if outcome is None else scale.of_points(outcome.score)


Paired = list[tuple[int, NDArray[np.intp]]]


def rates_in(parts: Sequence[Part], cells: Cells, x: Numbers, scale: Scale) -> tuple[Numbers, Paired]:
    """Return the columns with the rates that come as two numbers put in, and which rows of a column have one."""
    paired: Paired = []
    if cells.pairs is None:
        return x, paired
    for place, part in enumerate(parts):
        pair = cells.pair(part.component) if rate_of(part.rule) is not None else None
        if pair is None:
            continue
        rows = np.flatnonzero(~np.isnan(pair[0]) & (pair[1] > 0))
        if rows.size:
            if not paired:
                x = x.copy()
            x[rows, place] = pair[0][rows] / pair[1][rows] * (100 * scale.inputs)
            paired.append((place, rows))
    return x, paired


class Block(Protocol):
    """Components of one kind, whose points are found together."""

    parts: Sequence[Part]

    def points(self, cells: Cells, out: Numbers) -> None:
        """Write the points of each sheet and component into ``out``."""


class Ladders:
    """Rules whose points are a ladder over one column: tiers, days after a deadline, choices.

    Points are the lowest step plus the difference of each step that is reached. The tallest ladders stand first, so
    that a higher step looks only at those that have it.
    """

    def __init__(self, parts: Sequence[Part], columns: slice, scale: Scale) -> None:
        self.parts = parts
        self.columns = columns
        self.scale = scale
        ladders = [steps_of(part.rule, scale) for part in parts]
        self.lowest = np.array([scale.of_points(lowest) for lowest, _ in ladders])
        self.steps: list[tuple[int, Numbers, Numbers]] = []
        for step in range(max(len(steps) for _, steps in ladders)):
            tall = [steps[step] for _, steps in ladders if len(steps) > step]
            edges = np.array([edge for edge, _ in tall])
            rises = np.array([scale.of_points(rise) for _, rise in tall])
            self.steps.append((len(tall), edges, rises))

    def points(self, cells: Cells, out: Numbers) -> None:
        """Write the points of each sheet and component."""
        x, paired = rates_in(self.parts, cells, cells.scaled[:, self.columns], self.scale)
        np.multiply(x, 0.0, out=out)
        out += self.lowest
        for size, edges, rises in self.steps:
            out[:, :size] += (x[:, :size] >= edges) * rises
        for place, at in paired:
            value = x[at, place]
            edges = np.array([edge[place] for size, edge, _ in self.steps if place < size])
            distance = np.abs(value[:, None] - edges[None, :])
            risky = (distance <= NEAR + 1e-12 * np.abs(value)[:, None]).any(axis=1)
            correct(out, place, at[risky], self.parts[place], cells, self.scale)


def correct(got: Numbers, place: int, rows: NDArray[np.intp], part: Part, cells: Cells, scale: Scale) -> None:
    """Put the exact points where floats cannot tell; equal pairs are asked about once."""
    known: dict[tuple[float, float], float] = {}
    pair = cells.pair(part.component)
    for row in rows:
        key = (float(pair[0][row]), float(pair[1][row])) if pair is not None else (float(row), 0.0)
        if key not in known:
            known[key] = exact_points(part, cells, int(row), scale)
        got[row, place] = known[key]


def steps_of(rule: Rule, scale: Scale) -> tuple[Decimal, list[tuple[float, Decimal]]]:
    """Return the lowest points and, from the bottom, each edge with what it adds."""
    if isinstance(rule, Choice):
        scores = [option.score for option in rule.options]
        edges = [float(place) for place in range(1, len(scores))]
    elif isinstance(rule, Tiers | Deadline):
        whole = rule.measure.whole
        order = sorted(rule.tiers, key=lambda tier: _start(tier.range, scale, whole=whole))
        scores = [tier.score for tier in order]
        edges = [_start(tier.range, scale, whole=whole) for tier in order[1:]]
    else:
        raise TypeError(f"{rule.shape} is no ladder")
    return scores[0], [(edge, after - before) for edge, before, after in zip(edges, scores, scores[1:], strict=False)]


def _start(range_: Interval, scale: Scale, *, whole: bool) -> float:
    """Return the least float that lies in a range, in the scale of its column."""
    if range_.lower is None:
        return -INFINITE
    edge = Fraction(range_.lower) * (1 if whole else scale.inputs)
    start = float(edge)
    if range_.gt is not None and start <= edge:
        start = float(np.nextafter(start, INFINITE))
    return start


def above(values: Numbers, range_: Interval, scale: Scale, *, whole: bool) -> NDArray[np.bool_]:
    """Tell which values lie in a range."""
    unit = 1 if whole else scale.inputs
    held = ~np.isnan(values)
    for end, compare in (
        (range_.ge, np.greater_equal),
        (range_.gt, np.greater),
        (range_.le, np.less_equal),
        (range_.lt, np.less),
    ):
        if end is not None:
            held &= compare(values, float(Fraction(end) * unit))
    return held


@dataclass(frozen=True)
class Line:
    """points = ⌊(slope × x + shift) / divisor⌋ × unit, within low and high; 0 below ``zero``, high from ``full`` on."""

    slope: float
    shift: float
    divisor: float
    unit: float
    low: float = -INFINITE
    high: float = INFINITE
    zero: float = -INFINITE
    full: float = INFINITE

    @property
    def is_share(self) -> bool:
        """Whether it is a share of the maximum, rounded to a unit; otherwise it counts."""
        return self.divisor != 1.0

    @property
    def edged(self) -> bool:
        """Whether it is cut off below or full above."""
        return self.full != INFINITE

    @property
    def order(self) -> tuple[bool, bool]:
        """Lines of one order need the same operations."""
        return (not self.is_share, not self.edged)


def line_of(part: Part, scale: Scale) -> Line | None:
    """Return a rule as a line; None when its numbers are too long for floats to be exact."""
    rule, top = part.rule, part.max_score
    if isinstance(rule, PiecewiseRatio):
        high = rule.top(top)
        line = _share(Fraction(high) / Fraction(rule.full_at), rule.rounding.unit, high, scale)
        zero, full = (float(Fraction(edge) * scale.inputs) for edge in (rule.zero_below, rule.full_at))
        line = Line(line.slope, line.shift, line.divisor, line.unit, high=line.high, zero=zero, full=full)
    elif isinstance(rule, PlainRatio | SurveyPercent):
        line = _share(Fraction(needed(top)) / 100, rule.rounding.unit, needed(top), scale)
    elif isinstance(rule, Deduction):
        start = rule.begin(top)
        low = rule.floor if rule.cap is None else max(rule.floor, start - rule.cap)
        line = Line(-scale.of_points(rule.per), scale.of_points(start), 1.0, 1.0, low=scale.of_points(low))
    elif isinstance(rule, Addition):
        cap = rule.cap if rule.cap is not None else needed(top)
        per, begun = scale.of_points(rule.per), scale.of_points(rule.start)
        line = Line(per, begun, 1.0, 1.0, high=scale.of_points(cap))
    elif isinstance(rule, Penalty):
        best = rule.best(top)
        high_points = INFINITE if best is None else scale.of_points(best)
        line = Line(scale.of_points(rule.per), 0.0, 1.0, 1.0, high=high_points)
    else:
        return None
    largest = 1000.0 * scale.inputs if line.is_share else MOST_COUNTED
    return line if abs(line.slope) * largest + abs(line.shift) < EXACT else None


MOST_COUNTED = 1e9


def _share(share: Fraction, unit: Fraction, high: Decimal, scale: Scale) -> Line:
    """Return the line of a share per percent, rounded half up to a unit."""
    each = share / scale.inputs / unit
    return Line(
        slope=float(2 * each.numerator),
        shift=float(each.denominator),
        divisor=float(2 * each.denominator),
        unit=float(unit * scale.points),
        high=scale.of_points(high),
    )


class Lines:
    """Rules whose points follow a line over one column: shares of the maximum, and what is counted."""

    def __init__(self, parts: Sequence[Part], lines: Sequence[Line], columns: slice, scale: Scale) -> None:
        self.parts = parts
        self.columns = columns
        self.scale = scale
        names = ("slope", "shift", "divisor", "unit", "low", "high", "zero", "full")
        self.table = {name: np.array([getattr(line, name) for line in lines]) for name in names}
        self.shares = any(line.is_share for line in lines)
        self.edged = any(line.edged for line in lines)

    def points(self, cells: Cells, out: Numbers) -> None:
        """Write the points of each sheet and component."""
        x, paired = rates_in(self.parts, cells, cells.scaled[:, self.columns], self.scale)
        table = self.table
        np.multiply(x, table["slope"], out=out)
        out += table["shift"]
        unfloored = None
        if self.shares:
            out /= table["divisor"]
            unfloored = out.copy() if paired else None
            np.floor(out, out=out)
            out *= table["unit"]
        else:
            np.maximum(out, table["low"], out=out)
        np.minimum(out, table["high"], out=out)
        if self.edged:
            out *= x >= table["zero"]
            np.maximum(out, (x >= table["full"]) * table["high"], out=out)
        for place, at in paired:
            value = x[at, place]
            near = NEAR + 1e-12 * np.abs(value)
            risky = np.abs(value - table["full"][place]) <= near
            risky |= np.abs(value - table["zero"][place]) <= near
            if unfloored is not None:
                units = unfloored[at, place]
                risky |= np.abs(units - np.rint(units)) <= NEAR
            correct(out, place, at[risky], self.parts[place], cells, self.scale)


class Truths:
    """Rules of yes and no over one or several columns side by side: one "no" decides, else every one is needed."""

    def __init__(self, parts: Sequence[Part], columns: slice, scale: Scale) -> None:
        self.parts = parts
        self.columns = columns
        rules = [part.rule for part in parts if isinstance(part.rule, Boolean)]
        self.starts = np.cumsum([0, *(len(rule.conditions) for rule in rules)])[:-1].astype(np.intp)
        self.several = any(len(rule.conditions) > 1 for rule in rules)
        self.no = np.array([scale.of_points(rule.if_false) for rule in rules])
        self.rise = np.array([scale.of_points(rule.if_true - rule.if_false) for rule in rules])

    def points(self, cells: Cells, out: Numbers) -> None:
        """Write the points of each sheet and component."""
        said = cells.scaled[:, self.columns]
        if self.several:
            all_said = np.minimum.reduceat(said, self.starts, axis=1)
            any_no = np.fmin.reduceat(said, self.starts, axis=1) == 0
            said = np.where(any_no, 0.0, all_said)
        np.multiply(said, self.rise, out=out)
        out += self.no


def blocks_of(
    ladders: Sequence[Part], lines: Sequence[tuple[Part, Line]], truths: Sequence[Part], scale: Scale
) -> list[Block]:
    """Return the blocks of components that stand in this order, each kind of line in one of its own."""
    blocks: list[Block] = []
    start = 0
    if ladders:
        blocks.append(Ladders(ladders, slice(start, start + len(ladders)), scale))
        start += len(ladders)
    for _, group in groupby(lines, key=lambda pair: pair[1].order):
        same = list(group)
        parts = [part for part, _ in same]
        blocks.append(Lines(parts, [line for _, line in same], slice(start, start + len(same)), scale))
        start += len(same)
    if truths:
        blocks.append(Truths(truths, slice(start, start + sum(len(part.rule.fields) for part in truths)), scale))
    return blocks


@dataclass
class Vetoes:
    """Conditions of deadlines: one that is declared as "no" makes 0, whatever the days."""

    places: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)

    def add(self, place: int, part: Part, at: Mapping[tuple[str, str], int]) -> None:
        """Take the conditions of a deadline whose points stand in a place."""
        if isinstance(part.rule, Deadline):
            for name in (DONE.name, *(need.name for need in part.rule.needs)):
                self.places.append(place)
                self.columns.append(at[part.component, name])

    def apply(self, got: Numbers, cells: Cells) -> None:
        """Put 0 where a condition is declared as "no"."""
        if self.places:
            rows, which = np.nonzero(cells.scaled[:, self.columns] == 0)
            got[rows, np.array(self.places)[which]] = 0.0


Evaluate = Callable[[Cells], Numbers]

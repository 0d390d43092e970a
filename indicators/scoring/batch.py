"""The same arithmetic for many score sheets at once: every unit, every year, one pass; to the last digit the same.

``prepare`` reads a framework once. A batch then takes arrays of units × years × columns (``Batch.columns`` names
them) and returns scores, totals and ranks of each year. Blank is NaN in every array, and stays blank.

* Numbers are inputs with at most ``places`` decimals; yes is 1 and no is 0; a choice is the place of its option.
* A rate may come as its two numbers: ``pairs`` has two columns for each of ``Batch.rates``.
* ``given`` are points typed by a person, ``not_applicable`` what did not arise: units × years × ``Batch.leaves``.

What does not fit is refused in the words of the explaining engine. Grades are not made here: they need the caps that
single violations bring.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from indicators.scoring.blocks import EXACT, Block, Cells, Evaluate, Numbers, Part, Vetoes, blocks_of
from indicators.scoring.columns import Arrays, Layout, Truth, inner_nodes
from indicators.scoring.compositions import evaluate_one, fulfilment
from indicators.scoring.exact import half_up
from indicators.scoring.faults import InputFault, InputRefused, RuleRefused
from indicators.scoring.tree import Answer, Kind, Node, Policy, exact_total, leaves_of, own_max, tree_faults
from indicators.scoring.yearly_ranks import rank_years

__all__ = ["Arrays", "Batch", "Scores", "prepare", "rank_years"]
KINDS: tuple[Kind, ...] = ("base", "bonus", "penalty")


@dataclass(frozen=True)
class Scores:
    """Points of every sheet as whole numbers of 1/``scale`` points; NaN where there are none.

    ``leaves``: units × years × ``Batch.leaves``; the sides and ``totals``: units × years, totals in 1/``total_scale``;
    ``ranks``: units × years, 0 where there is no total; ``ranked``: how many units were ranked in each year.
    """

    leaves: Numbers
    base: Numbers
    bonus: Numbers
    penalty: Numbers
    totals: Numbers
    percents: Numbers
    applicable: Numbers
    answered: NDArray[np.int64]
    ranks: NDArray[np.int64]
    ranked: NDArray[np.int64]
    scale: int
    total_scale: int

    def total(self, unit: int, year: int) -> Decimal | None:
        """Return a total as a decimal."""
        return _decimal(self.totals[unit, year], self.total_scale)

    def percent(self, unit: int, year: int) -> Decimal | None:
        """Return a percentage as a decimal."""
        return _decimal(self.percents[unit, year], self.total_scale)

    def leaf(self, unit: int, year: int, place: int) -> Decimal | None:
        """Return the points of one component as a decimal."""
        return _decimal(self.leaves[unit, year, place], self.scale)


def _decimal(number: float, scale: int) -> Decimal | None:
    return None if np.isnan(number) else Decimal(int(number)) / scale


def prepare(nodes: Sequence[Node], policy: Policy, *, places: int = 4) -> "Batch":
    """Read a framework once. ``places``: how many decimals inputs and given points may have.

    >>> from indicators.scoring.parsing import parse_rule
    >>> rule = parse_rule({"shape": "plain_ratio", "round": {"step": "0.25"}}, max_score=Decimal(6))
    >>> batch = prepare([Node("II.3.a", max_score=Decimal(6), rule=rule)], Policy(total_max=Decimal(6)))
    >>> scores = batch.score(Arrays(np.array([[[83.0]], [[81.0]], [[np.nan]]])))
    >>> [scores.total(unit, 0) for unit in range(3)], scores.ranks[:, 0].tolist(), scores.ranked.tolist()
    ([Decimal('5'), Decimal('4.75'), None], [1, 2, 0], [2])
    """
    wrong = tree_faults(nodes, policy)
    if wrong:
        raise RuleRefused(wrong)
    return Batch(tuple(nodes), policy, places)


class Batch:
    """A framework, ready for many sheets. ``columns``, ``rates`` and ``leaves`` name what the arrays hold."""

    def __init__(self, nodes: tuple[Node, ...], policy: Policy, places: int) -> None:
        self.nodes = nodes
        self.policy = policy
        self.layout = layout = Layout(nodes, policy, places)
        self.scale = scale = layout.scale
        self.leaves, self.columns, self.rates = layout.leaves, layout.columns, layout.rates
        self.blocks: list[Block] = blocks_of(layout.ladders, layout.lines, layout.truths, scale)
        self.vetoes = Vetoes()
        for place, part in enumerate(layout.ladders):
            self.vetoes.add(place, part, layout.at)
        self.singles: list[tuple[int, Evaluate]] = [
            (layout.place_of[part.component], evaluate_one(part, layout.at, scale)) for part in layout.others
        ]
        self.fulfilled = {
            leaf.code: evaluate_one(Part(leaf.code, fulfilment(leaf.rule), leaf.max_score), layout.at, scale)
            for leaf in self.leaves
            if leaf.gate and leaf.rule is not None
        }
        kinds = [layout.kinds[leaf.code] for leaf in self.leaves]
        self.maxima = np.array([scale.of_points(leaf.max_score or Decimal(0)) for leaf in self.leaves])
        self.base = np.array([kind == "base" for kind in kinds])
        self.sides = np.array([[float(one == kind) for kind in KINDS] for one in kinds])
        caps = (policy.total_max, policy.bonus_cap, policy.penalty_cap)
        self.limits = np.array([np.inf if cap is None else scale.of_points(cap) for cap in caps])
        self.total_max = scale.of_points(policy.total_max)
        self.plain = not any(_changes_sum(node, self._kind(node)) for node in inner_nodes(nodes))

    def _kind(self, node: Node) -> Kind:
        return self.layout.kinds[next(leaves_of([node])).code]

    def arrays(self, sheets: Sequence[Sequence[Mapping[str, Answer]]]) -> Arrays:
        """Return the arrays of sheets that are kept as answers: units, in them years, in them answers by code."""
        return self.layout.arrays(sheets)

    def score(self, arrays: Arrays) -> Scores:
        """Score every sheet, and rank the units of each year."""
        units, years = arrays.values.shape[:2]
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            cells = self.layout.cells(arrays)
            got = self._points(cells)
            excused = self._said_by_people(arrays, cells, got)
            return self._scores(got, excused, cells, units, years)

    def _points(self, cells: Cells) -> Numbers:
        """Return the points of every sheet and component, as the rules give them."""
        got = np.empty((len(cells.scaled), len(self.leaves)))
        start = 0
        for block in self.blocks:
            end = start + len(block.parts)
            block.points(cells, got[:, start:end])
            start = end
        got[:, start:] = np.nan
        for place, evaluate in self.singles:
            got[:, place] = evaluate(cells)
        self.vetoes.apply(got, cells)
        return got

    def _said_by_people(self, arrays: Arrays, cells: Cells, got: Numbers) -> Truth | None:
        """Put given points and what did not arise into the scores; return what did not arise."""
        typed = None
        if arrays.given is not None:
            points = np.asarray(arrays.given, dtype=np.float64).reshape(got.shape) * self.scale.points
            typed = ~np.isnan(points)
            whole = np.rint(points)
            most = np.array(
                [np.inf if leaf.max_score is None else top for leaf, top in zip(self.leaves, self.maxima, strict=True)]
            )
            self._refuse_people(typed & ((whole < 0) | (whole > most)), "given_range", "Điểm nhập ngoài thang điểm.")
            self._refuse_people(np.abs(points - whole) > 1e-3, "input_precision", "Điểm nhập có quá nhiều chữ số.")
            self._refuse_people(
                typed & self.layout.stated(cells), "input_contradiction", "Vừa khai số liệu vừa nhập điểm."
            )
            np.copyto(got, whole, where=typed)
        if arrays.not_applicable is None or not arrays.not_applicable.any():
            return None
        excused: Truth = np.asarray(arrays.not_applicable, dtype=np.bool_).reshape(got.shape)
        allowed = np.array([bool(leaf.not_applicable) for leaf in self.leaves])
        words = "Thành phần này không được chọn “không phát sinh”."
        self._refuse_people(excused & ~allowed, "not_applicable_not_allowed", words)
        said = self.layout.stated(cells) if typed is None else self.layout.stated(cells) | typed
        self._refuse_people(excused & said, "input_contradiction", "Vừa chọn “không phát sinh” vừa có số liệu.")
        for place, leaf in enumerate(self.leaves):
            full = 0.0 if self.layout.kinds[leaf.code] == "penalty" else self.maxima[place]
            got[excused[:, place], place] = full if leaf.not_applicable == "full_points" else np.nan
        return excused

    def _refuse_people(self, wrong: Truth, code: str, words: str) -> None:
        if wrong.any():
            places = dict.fromkeys(int(place) for _, place in np.argwhere(wrong))
            raise InputRefused(InputFault(self.leaves[place].code, "", code, words) for place in places)

    def _scores(self, got: Numbers, excused: Truth | None, cells: Cells, units: int, years: int) -> Scores:
        known = ~np.isnan(got)
        if self.plain:
            every = known.all()
            sums = (got if every else np.where(known, got, 0.0)) @ self.sides
            there = (np.ones_like(got[:1]) if every else known.astype(np.float64)) @ self.sides > 0
            applicable = np.full(len(got), float(self.maxima[self.base].sum()))
            if excused is not None:
                applicable = applicable - (excused & ~known)[:, self.base] @ self.maxima[self.base]
        else:
            sums, there, applicable = self._through_tree(got, excused, cells)
        answered = np.count_nonzero(known if excused is None else known | excused, axis=1)
        sides = np.minimum(sums, self.limits)
        if not there.all():
            sides = np.where(there, sides, np.nan)
        totals, percents = self._totals(sides, applicable)
        ranks, ranked = rank_years(totals.reshape(units, years), self.policy.ties)
        by_year = lambda rows: rows.reshape(units, years)  # noqa: E731
        base, bonus, penalty = (by_year(sides[:, place]) for place in range(3))
        return Scores(
            got.reshape(units, years, len(self.leaves)), base, bonus, penalty, by_year(totals), by_year(percents),
            by_year(applicable), by_year(answered), ranks, ranked, self.scale.points, 10**self.policy.decimals,
        )  # fmt: skip

    def _through_tree(self, got: Numbers, excused: Truth | None, cells: Cells) -> tuple[Numbers, Truth, Numbers]:
        """Add up where a component is capped below its parts, or has a condition without which it is 0."""
        sums = np.zeros((len(got), 3))
        there = np.zeros((len(got), 3), dtype=np.bool_)
        applicable = np.zeros(len(got))
        for node in self.nodes:
            points, reachable = self._sum(node, node.kind, got, excused, cells)
            side = KINDS.index(node.kind)
            known = ~np.isnan(points)
            sums[:, side] += np.where(known, points, 0.0)
            there[:, side] |= known
            if node.kind == "base":
                applicable += reachable
        return sums, there, applicable

    def _sum(
        self, node: Node, kind: Kind, got: Numbers, excused: Truth | None, cells: Cells
    ) -> tuple[Numbers, Numbers]:
        if not node.children:
            place = self.layout.place_of[node.code]
            reachable = np.full(len(got), self.maxima[place])
            if excused is not None:
                reachable[excused[:, place] & np.isnan(got[:, place])] = 0.0
            return got[:, place], reachable
        parts = [self._sum(child, kind, got, excused, cells) for child in node.children]
        scores = np.array([points for points, _ in parts])
        total = np.where(np.isnan(scores).all(axis=0), np.nan, np.nansum(scores, axis=0))
        reachable = np.sum([most for _, most in parts], axis=0)
        own = own_max(node, kind)
        if own is not None:
            limit = float(Fraction(own) * self.scale.points)
            total, reachable = np.minimum(total, limit), np.minimum(reachable, limit)
        for child, (points, _) in zip(node.children, parts, strict=True):
            if child.gate and kind != "penalty":
                total = np.where(self._unmet(child, points, cells, excused), 0.0, total)
        return total, reachable

    def _unmet(self, gate: Node, points: Numbers, cells: Cells, excused: Truth | None) -> Truth:
        """Tell where a condition is not met. Of points that a person gave, 0 says so; what did not arise is met."""
        unmet = np.asarray(points == 0.0)
        if gate.children:
            return unmet
        place = self.layout.place_of[gate.code]
        if gate.rule is not None:
            said = self.fulfilled[gate.code](cells)
            unmet = np.where(np.isnan(said), unmet, said == 0.0)
        return unmet if excused is None else unmet & ~excused[:, place]

    def _totals(self, sides: Numbers, applicable: Numbers) -> tuple[Numbers, Numbers]:
        """Round totals and percentages half up, from the total as a fraction ``above`` / ``below``."""
        policy, points = self.policy, self.scale.points
        base, bonus, penalty = np.where(np.isnan(sides), 0.0, sides).T
        most = self.total_max
        if policy.rescale:
            stretched = applicable > 0
            below = np.where(stretched, applicable, 1.0)
            above = base * np.where(stretched, most, 1.0) + (bonus - penalty) * below
        else:
            below = np.ones(len(base))
            above = base + bonus - penalty
        if policy.floor is not None:
            above = np.maximum(above, float(Fraction(policy.floor) * points) * below)
        if policy.ceiling is not None:
            above = np.minimum(above, float(Fraction(policy.ceiling) * points) * below)
        decimals = 10**policy.decimals
        total, total_doubt = half_up_of(above, below, Fraction(decimals, points))
        percent, percent_doubt = half_up_of(above, below, Fraction(100 * decimals) / Fraction(most))
        for row in np.flatnonzero(total_doubt | percent_doubt):
            one, two, three, reachable = (
                Decimal(int(side[row])) / points for side in (base, bonus, penalty, applicable)
            )
            whole = exact_total(one, two, three, reachable, policy)
            total[row] = float(half_up(whole * decimals, Fraction(1)))
            percent[row] = float(half_up(whole / Fraction(policy.total_max) * 100 * decimals, Fraction(1)))
        blank = np.isnan(sides).all(axis=1)
        total[blank] = percent[blank] = np.nan
        return total, percent


def half_up_of(above: Numbers, below: Numbers, times: Fraction) -> tuple[Numbers, Truth]:
    """Return above / below × times, rounded to whole numbers, a half away from zero; and where floats are in doubt.

    >>> half_up_of(np.array([5.0, -5.0, 4.0]), np.array([2.0, 2.0, 2.0]), Fraction(1))[0].tolist()
    [3.0, -3.0, 2.0]
    """
    double, below = np.abs(above) * float(2 * times.numerator), below * float(times.denominator)
    size = np.floor((double + below) / (2 * below))
    return np.copysign(size, above) + 0.0, double + below >= EXACT


def _changes_sum(node: Node, kind: Kind) -> bool:
    """Tell whether a component's points can be other than the sum of its parts."""
    if any(child.gate for child in node.children):
        return True
    own = own_max(node, kind)
    if own is None:
        return False
    maxima = [child.max_score for child in node.children]
    known = [one for one in maxima if one is not None]
    return len(known) < len(maxima) or sum(known) > own

"""What moved a total from one year to the next, part by part; the parts sum exactly to the change (no database).

Years are compared by the percentage a component reached, never by its points (domain rule 10):

* Components that the crosswalk ties together, directly or through others (split, merged), are one *line*: their points
  and maxima are added up on either side. Within one framework each component is tied to itself.
* *Effort* of a line = (percentage after − percentage before) × maximum after. It is the *survey part* when everything
  in the line is measured by asking people, else *own effort*.
* *Reweighting* of a line = percentage before × (maximum after − maximum before). What is new, dropped, or not
  applicable in one of the years has no percentage to compare, and is wholly reweighting.
* A line in which a score or a maximum is blank cannot be compared; its points are a part of their own.
* *Bonus* and *penalty* are the differences of their points.
* *Totalling* is what the total has beyond its components: rounding, caps, rescaling.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from indicators.scoring.exact import round_to
from indicators.scoring.ranks import Ties, rank

ZERO = Fraction(0)


class Part(StrEnum):
    """Why a total moved."""

    OWN = "own"
    SURVEY = "survey"
    REWEIGHTED = "reweighted"
    BONUS = "bonus"
    PENALTY = "penalty"
    UNCOMPARED = "uncompared"
    TOTALLING = "totalling"


PART_LABELS = {
    Part.OWN: "Kết quả thực hiện",
    Part.SURVEY: "Điều tra xã hội học",
    Part.REWEIGHTED: "Thay đổi bộ tiêu chí",
    Part.BONUS: "Điểm thưởng",
    Part.PENALTY: "Điểm trừ",
    Part.UNCOMPARED: "Chưa so sánh được (thiếu điểm)",
    Part.TOTALLING: "Làm tròn, mức trần, quy đổi",
}


@dataclass(frozen=True)
class Held:
    """What a component held in one year. ``max_score``: what could be reached; 0 where it is not applicable."""

    key: Hashable
    code: str
    name: str = ""
    score: Decimal | None = None
    max_score: Decimal | None = None
    kind: str = "base"
    surveyed: bool = False


@dataclass(frozen=True)
class Tie:
    """One line of a crosswalk: the keys of a component before and after."""

    old: Hashable
    new: Hashable


@dataclass(frozen=True)
class Side:
    """A line in one of the two years."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    score: Fraction | None
    max_score: Fraction | None

    @property
    def share(self) -> Fraction | None:
        """The part of the maximum that was reached."""
        return self.score / self.max_score if self.score is not None and self.max_score else None

    @property
    def percent(self) -> Decimal | None:
        """The same as a percentage with two decimals."""
        return None if self.share is None else round_to(self.share * 100, 2)


@dataclass(frozen=True)
class Line:
    """Components that belong together, before and after, and what they moved."""

    before: Side
    after: Side
    parts: Mapping[Part, Fraction]

    @property
    def points(self) -> Fraction:
        """The whole move of the line."""
        return sum(self.parts.values(), ZERO)


@dataclass(frozen=True)
class Change:
    """The move of a total, by line and by part."""

    before: Decimal
    after: Decimal
    lines: tuple[Line, ...]
    parts: Mapping[Part, Fraction]

    @property
    def points(self) -> Fraction:
        """The whole move: what the parts sum to."""
        return Fraction(self.after) - Fraction(self.before)


def change(old: Sequence[Held], new: Sequence[Held], ties: Iterable[Tie], *, before: Decimal, after: Decimal) -> Change:
    """Take the move of a total apart.

    >>> done = change(
    ...     [Held("a", "1", score=Decimal(8), max_score=Decimal(10)), Held("b", "2", "", Decimal(5), Decimal(10))],
    ...     [Held("A", "1", score=Decimal(18), max_score=Decimal(20)), Held("c", "3", "", Decimal(3), Decimal(5))],
    ...     [Tie("a", "A")], before=Decimal(13), after=Decimal(21))
    >>> {part.value: str(points) for part, points in done.parts.items() if points}
    {'own': '2', 'reweighted': '6'}
    """
    base_old = {one.key: one for one in old if one.kind == "base"}
    base_new = {one.key: one for one in new if one.kind == "base"}
    lines = tuple(
        _line([base_old[key] for key in keys_old], [base_new[key] for key in keys_new])
        for keys_old, keys_new in _together(base_old, base_new, ties)
    )
    parts: dict[Part, Fraction] = dict.fromkeys(Part, ZERO)
    for line in lines:
        for part, points in line.parts.items():
            parts[part] += points
    parts[Part.BONUS] = _sum(new, "bonus") - _sum(old, "bonus")
    parts[Part.PENALTY] = _sum(old, "penalty") - _sum(new, "penalty")
    parts[Part.TOTALLING] = Fraction(after) - Fraction(before) - sum(parts.values(), ZERO)
    return Change(before, after, lines, parts)


def _together(
    old: Mapping[Hashable, Held], new: Mapping[Hashable, Held], ties: Iterable[Tie]
) -> list[tuple[list[Hashable], list[Hashable]]]:
    """Return the components that belong together: everything that a chain of ties connects."""
    nodes = [*((False, key) for key in old), *((True, key) for key in new)]
    leader: dict[tuple[bool, Hashable], tuple[bool, Hashable]] = {node: node for node in nodes}

    def find(node: tuple[bool, Hashable]) -> tuple[bool, Hashable]:
        while leader[node] != node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    for tie in ties:
        if tie.old in old and tie.new in new:
            leader[find((True, tie.new))] = find((False, tie.old))
    groups: dict[tuple[bool, Hashable], tuple[list[Hashable], list[Hashable]]] = defaultdict(lambda: ([], []))
    for node in nodes:
        groups[find(node)][node[0]].append(node[1])
    return list(groups.values())


def _side(held: Sequence[Held]) -> Side:
    codes, names = tuple(one.code for one in held), tuple(one.name for one in held)
    excused = [one.max_score is not None and not one.max_score and one.score is None for one in held]
    scores = [Fraction(0) if free else one.score for one, free in zip(held, excused, strict=True)]
    maxima = [one.max_score for one in held]
    score = None if None in scores else sum((Fraction(one) for one in scores if one is not None), ZERO)
    most = None if None in maxima else sum((Fraction(one) for one in maxima if one is not None), ZERO)
    return Side(codes, names, score, most)


def _line(old: Sequence[Held], new: Sequence[Held]) -> Line:
    before, after = _side(old), _side(new)
    if before.score is None or after.score is None or before.max_score is None or after.max_score is None:
        known = _known(new) - _known(old)
        return Line(before, after, {Part.UNCOMPARED: known})
    if before.share is None or after.share is None:
        return Line(before, after, {Part.REWEIGHTED: after.score - before.score})
    effort = Part.SURVEY if all(one.surveyed for one in (*old, *new)) else Part.OWN
    return Line(
        before,
        after,
        {
            effort: (after.share - before.share) * after.max_score,
            Part.REWEIGHTED: before.share * (after.max_score - before.max_score),
        },
    )


def _known(held: Iterable[Held]) -> Fraction:
    return sum((Fraction(one.score) for one in held if one.score is not None), ZERO)


def _sum(held: Iterable[Held], kind: str) -> Fraction:
    return _known(one for one in held if one.kind == kind)


def printed(parts: Mapping[Part, Fraction], places: int = 2) -> dict[Part, Decimal]:
    """Round the parts so that what is printed adds up to the rounded sum: the largest remainders give way.

    >>> third = Fraction(1, 3)
    >>> [str(one) for one in printed({Part.OWN: third, Part.SURVEY: third, Part.BONUS: third}).values()]
    ['0.34', '0.33', '0.33']
    """
    unit = 10**places
    floors = {part: (points * unit).__floor__() for part, points in parts.items()}
    whole = int(round_to(sum(parts.values(), ZERO), places).scaleb(places))
    missing = whole - sum(floors.values())
    order = sorted(parts, key=lambda part: floors[part] - parts[part] * unit)
    for part in order[:missing]:
        floors[part] += 1
    return {part: Decimal(count).scaleb(-places) for part, count in floors.items()}


@dataclass(frozen=True)
class RankStep:
    """The rank that a part alone takes away or gives; positive is up."""

    part: Part | None
    places: int


@dataclass(frozen=True)
class RankChange:
    """A move in rank: the steps sum to it. The last step, without a part, is the others' movement."""

    before: int
    after: int
    n_before: int
    n_after: int
    steps: tuple[RankStep, ...]


def rank_change(
    done: Change,
    field_before: Mapping[Hashable, Decimal],
    field_after: Mapping[Hashable, Decimal],
    *,
    ties: Ties = "shared",
) -> RankChange:
    """Take a move in rank apart: each part in turn in the old field of others, then the field's own movement.

    The order is that of ``Part``; another order would share the places out differently, the sum is the same.

    >>> done = change([Held("a", "1", "", Decimal(80), Decimal(100))], [Held("a", "1", "", Decimal(85), Decimal(100))],
    ...     [Tie("a", "a")], before=Decimal(80), after=Decimal(85))
    >>> moved = rank_change(done, {"x": Decimal(84), "y": Decimal(70)}, {"x": Decimal(90), "y": Decimal(86)})
    >>> moved.before, moved.after, [(step.part and step.part.value, step.places) for step in moved.steps]
    (2, 3, [('own', 1), (None, -2)])
    """
    value = Fraction(done.before)
    place = first = position(done.before, field_before, ties)
    steps = []
    for part, points in done.parts.items():
        if points:
            value += points
            now = position(value, field_before, ties)
            steps.append(RankStep(part, place - now))
            place = now
    last = position(done.after, field_after, ties)
    steps.append(RankStep(None, place - last))
    return RankChange(first, last, len(field_before) + 1, len(field_after) + 1, tuple(steps))


def position(value: Decimal | Fraction, others: Mapping[Hashable, Decimal], ties: Ties = "shared") -> int:
    """Return the rank that a value would have among others."""
    me = object()
    ranked: dict[Hashable, Decimal] = {**others, me: value}  # type: ignore[dict-item]
    return rank(ranked, ties=ties)[me].position

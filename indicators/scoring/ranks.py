"""Ranks and groups. A rank is worth nothing without the number of units that were ranked.

What has no value is not ranked and is not in that number: 63 provinces, 61 of them with a value, make ranks of 61.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal, TypeVar

from indicators.scoring.exact import half_up

K = TypeVar("K")
Ties = Literal["shared", "dense", "lower", "first-lower"]
TIES: tuple[Ties, ...] = ("shared", "dense", "lower", "first-lower")


@dataclass(frozen=True)
class Rank:
    """A position among ``n`` units, and the value that brought it."""

    position: int
    n: int
    value: Decimal


def rank(
    values: Mapping[K, Decimal | None],
    *,
    ties: Ties = "shared",
    tie_break: Mapping[K, Sequence[Decimal]] | None = None,
    places: int | None = None,
) -> dict[K, Rank]:
    """Rank values, the highest first.

    Equal values are ranked by ``ties``: ``shared`` 1, 2, 2, 4 · ``dense`` 1, 2, 2, 3 · ``lower`` 1, 3, 3, 4 ·
    ``first-lower`` 1, 2, 3, 4 (whoever is listed first stands before). ``tie_break`` gives further values, compared
    one after the other, the highest first. ``places`` rounds half up before comparing.

    >>> values = {"A": Decimal("91.2"), "B": Decimal("90"), "C": Decimal("90.00"), "D": Decimal("80"), "E": None}
    >>> [(name, one.position, one.n) for name, one in rank(values).items()]
    [('A', 1, 4), ('B', 2, 4), ('C', 2, 4), ('D', 4, 4)]
    >>> [[one.position for one in rank(values, ties=ties).values()] for ties in ("dense", "lower", "first-lower")]
    [[1, 2, 2, 3], [1, 3, 3, 4], [1, 2, 3, 4]]
    >>> rank(values, tie_break={"B": [Decimal(4)], "C": [Decimal(5)]})["C"].position
    2
    """
    if ties not in TIES:
        raise ValueError(f"{ties!r} is not one of {', '.join(TIES)}")
    known = {name: value for name, value in values.items() if value is not None}
    keys: dict[K, tuple[Fraction, ...]] = {}
    for name, value in known.items():
        first = Fraction(value) if places is None else half_up(Fraction(value), Fraction(1, 10**places))
        further = (tie_break or {}).get(name, ())
        keys[name] = (first, *(Fraction(one) for one in further))
    order = sorted(known, key=lambda name: keys[name], reverse=True)
    positions: dict[K, int] = {}
    start = step = 0
    while start < len(order):
        end = start
        while end < len(order) and keys[order[end]] == keys[order[start]]:
            end += 1
        step += 1
        for place in range(start, end):
            positions[order[place]] = {"shared": start + 1, "dense": step, "lower": end, "first-lower": place + 1}[ties]
        start = end
    return {name: Rank(positions[name], len(order), known[name]) for name in known}


def group_sizes(n: int, sizes: Sequence[int] | None = None, *, count: int = 4) -> tuple[int, ...]:
    """Return how many units each group has, the best group first.

    Without published sizes, as even as can be; what is left over goes to the last group, then to the first, the
    second and so on. So it was published for 63 and for 61 provinces.

    >>> group_sizes(63), group_sizes(61), group_sizes(5, [2, 3])
    ((16, 16, 15, 16), (15, 15, 15, 16), (2, 3))
    """
    if sizes is not None:
        if sum(sizes) != n:
            raise ValueError(f"groups of {sum(sizes)} units cannot hold {n}")
        return tuple(sizes)
    each, rest = divmod(n, count)
    favoured = [count - 1, *range(count - 1)][:rest]
    return tuple(each + (place in favoured) for place in range(count))


def percentile(values: Sequence[Decimal], cut: Decimal) -> Fraction:
    """Return the value below which a share of the values lies, exactly, between two of them where it falls so.

    >>> percentile([Decimal(1), Decimal(2), Decimal(3), Decimal(4)], Decimal(75))
    Fraction(13, 4)
    """
    order = sorted(values)
    place = Fraction(cut) / 100 * (len(order) - 1)
    low = min(int(place), len(order) - 1)
    high = min(low + 1, len(order) - 1)
    return Fraction(order[low]) + (place - low) * (Fraction(order[high]) - Fraction(order[low]))


def groups(
    ranks: Mapping[K, Rank],
    *,
    sizes: Sequence[int] | None = None,
    cuts: Sequence[Decimal] | None = None,
    edges: Sequence[Decimal] | None = None,
) -> dict[K, int]:
    """Return the group of each unit, 0 the best: by sizes, by percentiles of the values, or by fixed values.

    A value on an edge belongs to the better group. Units that share a position stay together, in the better group.

    >>> ranks = rank({"QN": Decimal("90.10"), "HP": Decimal("90.00"), "HN": Decimal("89.58"), "X": Decimal("69")})
    >>> groups(ranks, edges=[Decimal(90), Decimal(80), Decimal(70)])
    {'QN': 0, 'HP': 0, 'HN': 1, 'X': 3}
    >>> groups(ranks, sizes=[1, 3]), groups(ranks, cuts=[Decimal(50)])
    ({'QN': 0, 'HP': 1, 'HN': 1, 'X': 1}, {'QN': 0, 'HP': 0, 'HN': 1, 'X': 1})
    """
    if sum(one is not None for one in (sizes, cuts, edges)) > 1:
        raise ValueError("groups are made by sizes, by percentiles or by edges, not by two of them")
    if edges is None and cuts is None:
        ends: list[int] = []
        for size in group_sizes(len(ranks), sizes):
            ends.append((ends[-1] if ends else 0) + size)
        # A position past the last end (ties that take the lower place) stays in the last group.
        return {
            name: next((place for place, end in enumerate(ends) if one.position <= end), len(ends) - 1)
            for name, one in ranks.items()
        }
    if edges is not None:
        limits = sorted((Fraction(edge) for edge in edges), reverse=True)
    else:
        values = [one.value for one in ranks.values()]
        limits = sorted((percentile(values, cut) for cut in cuts or ()), reverse=True) if values else []
    return {name: sum(Fraction(one.value) < limit for limit in limits) for name, one in ranks.items()}

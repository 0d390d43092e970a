"""Shares of answers: every percentage keeps its numerator and its denominator (no database).

An average of percentages is never taken: shares are put together by adding numerators and denominators, so a
question that few people answered weighs little. One rounding, at the end, half up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import reduce

from agencies.text import format_decimal
from indicators.scoring.exact import round_to


@dataclass(frozen=True)
class Share:
    """So many of so many. Nobody asked gives no percentage, which is not 0 %.

    >>> Share(351, 385).percent, Share(351, 385).text
    (Decimal('91.17'), '351/385 (91,17 %)')
    >>> Share(0, 12).percent, Share(0, 0).percent
    (Decimal('0.00'), None)
    """

    numerator: Fraction | int
    denominator: int

    @property
    def exact(self) -> Fraction | None:
        """The share itself, not rounded; None of nobody."""
        return Fraction(self.numerator) / self.denominator if self.denominator else None

    @property
    def percent(self) -> Decimal | None:
        """The percentage with two decimals."""
        return None if self.exact is None else round_to(self.exact * 100, 2)

    @property
    def ratio(self) -> str:
        """Numerator and denominator, as printed."""
        return f"{_number(self.numerator)}/{_number(self.denominator)}"

    @property
    def text(self) -> str:
        """Ratio and percentage, as printed."""
        return f"{self.ratio} ({format_decimal(self.percent, 2)} %)" if self.denominator else self.ratio

    def points(self, max_score: Decimal) -> Decimal | None:
        """Return the points that the share earns of a maximum, from the counts themselves.

        >>> Share(351, 385).points(Decimal(10))
        Decimal('9.12')
        """
        return None if self.exact is None else round_to(self.exact * Fraction(max_score), 2)

    def __add__(self, other: "Share") -> "Share":
        """Put two shares together."""
        return Share(self.numerator + other.numerator, self.denominator + other.denominator)


NONE = Share(0, 0)


def together(shares: Iterable[Share]) -> Share:
    """Put shares together by their counts: 9 of 10 and 30 of 90 are 39 of 100, not the middle of 90 % and 33,33 %.

    >>> together([Share(9, 10), Share(30, 90)]).text
    '39/100 (39,00 %)'
    """
    return reduce(Share.__add__, shares, NONE)


def points_of_percent(percent: Decimal, max_score: Decimal) -> Decimal:
    """Return the points that a published percentage earns (SIPAS within the PAR Index: % × max / 100, half up).

    >>> points_of_percent(Decimal("91.17"), Decimal(10))
    Decimal('9.12')
    """
    return round_to(Fraction(percent) * Fraction(max_score) / 100, 2)


def weighted(counts: Iterable[tuple[Decimal, int]]) -> Share:
    """Return the share that answers earn where each option is worth a percentage of its own (100, 60, 20, 0).

    >>> weighted([(Decimal(100), 50), (Decimal(60), 30), (Decimal(20), 10), (Decimal(0), 10)]).text
    '70/100 (70,00 %)'
    """
    return together(Share(Fraction(weight) * count / 100, count) for weight, count in counts)


def enough(valid: int, smallest: int | None) -> bool:
    """Tell whether a survey has the valid sheets that its figures need.

    >>> enough(384, 385), enough(385, 385), enough(12, None)
    (False, True, True)
    """
    return smallest is None or valid >= smallest


def _number(value: Fraction | int) -> str:
    """Print a count; a weighted one that is not whole with two decimals."""
    exact = Fraction(value)
    return format_decimal(exact.numerator) if exact.denominator == 1 else format_decimal(round_to(exact, 2), 2)

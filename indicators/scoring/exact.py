"""Exact numbers: fractions inside, decimals outside, one rounding (half up) and one way to print.

A rate of 5 of 7 is the fraction 5/7, never 71,43 %: what is rounded once is not rounded again.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from agencies.text import format_decimal

SHOWN_PLACES = 6
HUNDRED = Fraction(100)


def half_up(value: Fraction, unit: Fraction) -> Fraction:
    """Round to a multiple of a unit; a half goes away from zero.

    >>> half_up(Fraction("50.775"), Fraction("0.01")), half_up(Fraction("4.86"), Fraction("0.25"))
    (Fraction(2539, 50), Fraction(19, 4))
    >>> half_up(Fraction("-0.5"), Fraction(1))
    Fraction(-1, 1)
    """
    units = abs(value) / unit
    rounded = (2 * units.numerator + units.denominator) // (2 * units.denominator) * unit
    return rounded if value >= 0 else -rounded


def decimal_of(value: Fraction) -> Decimal:
    """Return a fraction that has an end as the decimal it is.

    >>> decimal_of(Fraction(19, 4)), decimal_of(Fraction(10))
    (Decimal('4.75'), Decimal('10'))
    >>> decimal_of(Fraction(1, 3))
    Traceback (most recent call last):
    ...
    ValueError: 1/3 has no end as a decimal
    """
    places = places_of(value)
    if places is None:
        raise ValueError(f"{value} has no end as a decimal")
    return Decimal(value.numerator * 10**places // value.denominator).scaleb(-places)


def places_of(value: Fraction) -> int | None:
    """Return how many decimal places a fraction needs; None when no number of them is enough.

    >>> places_of(Fraction(19, 4)), places_of(Fraction(10)), places_of(Fraction(1, 3))
    (2, 0, None)
    """
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None


def round_to(value: Fraction, decimals: int) -> Decimal:
    """Round half up to a number of decimals, and keep them.

    >>> round_to(Fraction(93, 1), 2), round_to(Fraction("95.435"), 2)
    (Decimal('93.00'), Decimal('95.44'))
    """
    unit = Fraction(1, 10**decimals)
    return Decimal(int(half_up(value, unit) / unit)).scaleb(-decimals)


def shown(value: Fraction | Decimal | int) -> str:
    """Print a number in the Vietnamese way; what does not end within six places is cut and says so.

    >>> shown(Fraction(720, 85)), shown(Fraction("4.98")), shown(Decimal("1500000"))
    ('8,470588…', '4,98', '1.500.000')
    """
    exact = Fraction(value)
    places = places_of(exact)
    if places is not None and places <= SHOWN_PLACES:
        return format_decimal(decimal_of(exact))
    scale = 10**SHOWN_PLACES
    cut = abs(exact.numerator) * scale // exact.denominator
    return ("-" if exact < 0 else "") + format_decimal(Decimal(cut).scaleb(-SHOWN_PLACES), SHOWN_PLACES) + "…"


def points(value: Fraction | Decimal, decimals: int | None = None) -> str:
    """Print points.

    >>> points(Decimal("8.47")), points(Decimal("10"), 2)
    ('8,47 điểm', '10,00 điểm')
    """
    exact = decimal_of(Fraction(value))
    return f"{format_decimal(exact, decimals)} điểm"


def percent(value: Fraction | Decimal) -> str:
    """Print a percentage.

    >>> percent(Fraction(500, 7)), percent(Decimal("85.0"))
    ('71,428571… %', '85 %')
    """
    return f"{shown(value)} %"


@dataclass(frozen=True)
class Rounding:
    """How a rule rounds: to decimals, or to a step (a quarter of a point). Always half up.

    >>> Rounding(step=Decimal("0.25")).of(Fraction("4.98")), Rounding().of(Fraction(720, 85))
    (Decimal('5.00'), Decimal('8.47'))
    """

    decimals: int = 2
    step: Decimal | None = None

    @property
    def unit(self) -> Fraction:
        """The number of which every result is a multiple."""
        return Fraction(self.step) if self.step is not None else Fraction(1, 10**self.decimals)

    @property
    def places(self) -> int:
        """How many decimals a result is printed with."""
        return (places_of(self.unit) or 0) if self.step is not None else self.decimals

    def of(self, value: Fraction) -> Decimal:
        """Return the rounded points."""
        return round_to(half_up(value, self.unit), self.places)

    @property
    def phrase(self) -> str:
        """The rounding in words."""
        if self.step is not None:
            return f"làm tròn đến bội số của {shown(self.step)}"
        return f"làm tròn {self.decimals} chữ số"

    def to_dict(self) -> dict[str, object]:
        """Return the form that rules are kept in."""
        return {"step": str(self.step)} if self.step is not None else {"decimals": self.decimals}

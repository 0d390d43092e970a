"""Ranges of values, as regulations write them, and whether a ladder of them covers every value once."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

from indicators.scoring.exact import shown


@dataclass(frozen=True)
class Interval:
    """From one end to the other; an end that is None is open for ever.

    >>> Interval(ge=Decimal(60), lt=Decimal(85)).holds(Fraction(60)), Interval(gt=Decimal(60)).holds(Fraction(60))
    (True, False)
    >>> Interval(ge=Decimal(60), lt=Decimal(85)).phrase(" %")
    'từ 60 % đến dưới 85 %'
    """

    ge: Decimal | None = None
    gt: Decimal | None = None
    le: Decimal | None = None
    lt: Decimal | None = None

    @property
    def lower(self) -> Decimal | None:
        """The lower end."""
        return self.ge if self.ge is not None else self.gt

    @property
    def upper(self) -> Decimal | None:
        """The upper end."""
        return self.le if self.le is not None else self.lt

    @property
    def bounded(self) -> bool:
        """Whether any end is given."""
        return self.lower is not None or self.upper is not None

    def holds(self, value: Fraction) -> bool:
        """Tell whether a value lies in it."""
        return (
            (self.ge is None or value >= Fraction(self.ge))
            and (self.gt is None or value > Fraction(self.gt))
            and (self.le is None or value <= Fraction(self.le))
            and (self.lt is None or value < Fraction(self.lt))
        )

    def phrase(self, unit: str = "") -> str:
        """Print it as a regulation would.

        >>> Interval(gt=Decimal(30), le=Decimal(60)).phrase(" ngày"), Interval(le=Decimal(30)).phrase(" ngày")
        ('trên 30 ngày đến hết 60 ngày', 'không quá 30 ngày')
        >>> Interval(ge=Decimal(85)).phrase(" %"), Interval(ge=Decimal(1), le=Decimal(1)).phrase()
        ('từ 85 % trở lên', 'bằng 1')
        """
        low, high = self.lower, self.upper
        if low is not None and high is not None:
            if low == high:
                return f"bằng {shown(low)}{unit}"
            start = "từ" if self.ge is not None else "trên"
            end = "đến hết" if self.le is not None else "đến dưới"
            return f"{start} {shown(low)}{unit} {end} {shown(high)}{unit}"
        if low is not None:
            return f"từ {shown(low)}{unit} trở lên" if self.ge is not None else f"trên {shown(low)}{unit}"
        if high is not None:
            return f"không quá {shown(high)}{unit}" if self.le is not None else f"dưới {shown(high)}{unit}"
        return "mọi giá trị"

    def to_dict(self) -> dict[str, object]:
        """Return the form that rules are kept in."""
        ends = {"ge": self.ge, "gt": self.gt, "le": self.le, "lt": self.lt}
        return {name: str(end) for name, end in ends.items() if end is not None}


def low_cut(interval: Interval, *, whole: bool) -> tuple[float | Fraction, int]:
    """Return where a range begins: a value, and 0 when the value itself belongs to it, 1 when only what is above."""
    low = interval.lower
    if low is None:
        return float("-inf"), 0
    if whole:
        return Fraction(ceil(low) if interval.ge is not None else floor(low) + 1), 0
    return Fraction(low), 0 if interval.ge is not None else 1


def high_cut(interval: Interval, *, whole: bool) -> tuple[float | Fraction, int]:
    """Return where what follows a range begins, in the same words as :func:`low_cut`."""
    high = interval.upper
    if high is None:
        return float("inf"), 0
    if whole:
        return Fraction(floor(high) + 1 if interval.le is not None else ceil(high)), 0
    return Fraction(high), 1 if interval.le is not None else 0


def coverage(
    ladder: Sequence[Interval], *, least: Decimal | None, most: Decimal | None, whole: bool
) -> list[tuple[int, str]]:
    """Return what is wrong with a ladder: the place of a range, and a sentence. Empty when each value has one range.

    >>> ladder = [Interval(ge=Decimal(90)), Interval(lt=Decimal(80))]
    >>> coverage(ladder, least=Decimal(0), most=Decimal(100), whole=False)
    [(0, 'còn khoảng trống giữa mức “dưới 80” và mức “từ 90 trở lên”.')]
    >>> coverage([Interval(le=Decimal(0)), Interval(ge=Decimal(1))], least=Decimal(0), most=None, whole=True)
    []
    """
    found = []
    order = sorted(range(len(ladder)), key=lambda place: low_cut(ladder[place], whole=whole))
    for place in order:
        if low_cut(ladder[place], whole=whole) >= high_cut(ladder[place], whole=whole):
            found.append((place, "mức này không chứa giá trị nào."))
    if found or not order:
        return found
    first, last = ladder[order[0]], ladder[order[-1]]
    start = low_cut(first, whole=whole)
    if start > ((Fraction(least), 0) if least is not None else (float("-inf"), 0)):
        found.append((order[0], f"chưa có mức cho giá trị thấp hơn mức “{first.phrase()}”."))
    end = high_cut(last, whole=whole)
    if end < ((Fraction(most), 1) if most is not None else (float("inf"), 0)):
        found.append((order[-1], f"chưa có mức cho giá trị cao hơn mức “{last.phrase()}”."))
    for before, after in pairwise(order):
        end, start = high_cut(ladder[before], whole=whole), low_cut(ladder[after], whole=whole)
        names = f"mức “{ladder[before].phrase()}” và mức “{ladder[after].phrase()}”"
        if start > end:
            found.append((after, f"còn khoảng trống giữa {names}."))
        elif start < end:
            found.append((after, f"{names} chồng lên nhau."))
    return found

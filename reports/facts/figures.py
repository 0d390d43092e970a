"""The figures that every report is made of, and the name by which a set of figures is known.

Definitions (domain § 3.11):

* A *percentage* is kept as its numerator and denominator and printed with both, rounded half-up to two places.
  With a denominator of 0 it cannot be computed: that is said, it is neither 0 nor blank.
* *Progress* = done / (all - suspended - cancelled). *On-time rate* = done_on_time / (done_on_time + done_late +
  open_overdue).
* ``facts_sha256``: SHA-256 of the facts written as JSON with sorted keys, UTF-8, no spaces, days in ISO 8601.
  It says nothing of who asked or when, so the same figures always have the same name.
"""

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from agencies.text import format_decimal
from plans.standing import Counts

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

NOT_COMPUTABLE = "không tính được"


@dataclass(frozen=True)
class Rate:
    """A share with what it is a share of.

    >>> Rate(20, 58).shown, Rate(0, 5).shown, Rate(0, 0).shown
    ('20/58 (34,48 %)', '0/5 (0,00 %)', 'không tính được (0/0)')
    """

    numerator: int
    denominator: int

    @property
    def fraction(self) -> str:
        """Numerator and denominator."""
        return f"{self.numerator}/{self.denominator}"

    @property
    def percent(self) -> Decimal | None:
        """The percentage, half-up to two places; None when the denominator is 0."""
        if not self.denominator:
            return None
        exact = Decimal(self.numerator) * 100 / Decimal(self.denominator)
        return exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)

    @property
    def percent_shown(self) -> str:
        """The percentage as printed."""
        percent = self.percent
        return NOT_COMPUTABLE if percent is None else f"{format_decimal(percent, 2)} %"

    @property
    def shown(self) -> str:
        """Fraction and percentage, as printed in a sentence."""
        if self.percent is None:
            return f"{NOT_COMPUTABLE} ({self.fraction})"
        return f"{self.fraction} ({self.percent_shown})"


@dataclass(frozen=True)
class CountRow:
    """One row of a table of counts. Rows of a table add up to its total row."""

    code: str
    label: str
    counts: Counts

    @property
    def progress(self) -> Rate:
        """Done, of all that are neither suspended nor cancelled."""
        return Rate(self.counts.done, self.counts.counted)

    @property
    def on_time(self) -> Rate:
        """Done in time, of those whose deadline has been decided."""
        return Rate(self.counts.done_on_time, self.counts.timed)

    @property
    def halted(self) -> int:
        """Suspended and cancelled."""
        return self.counts.suspended + self.counts.cancelled


@dataclass(frozen=True)
class CountTable:
    """Rows and their total. ``unit`` says what is counted: tasks or assignments, never both."""

    unit: str
    rows: tuple[CountRow, ...]
    total: CountRow

    @property
    def has_halted(self) -> bool:
        """Tell whether the columns "suspended" and "cancelled" hold anything."""
        return bool(self.total.halted)


def short(name: str) -> str:
    """Return an agency's name as tables write it.

    >>> short("Ủy ban nhân dân huyện Lục Yên")
    'UBND huyện Lục Yên'
    """
    return name.replace("Ủy ban nhân dân", "UBND").replace("Ủy ban Mặt trận Tổ quốc", "UBMTTQ")


OCCASIONAL = "occasional"


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in the facts of a report")


def facts_sha256(code: str, facts: "DataclassInstance") -> str:
    """Return the name (64 hex digits) of a report's figures.

    A part that a report has only at times (field metadata ``OCCASIONAL``) leaves the name as it was where it is empty.
    """
    said = dataclasses.asdict(facts)
    for part in dataclasses.fields(facts):
        if part.metadata.get(OCCASIONAL) and not said[part.name]:
            del said[part.name]
    content = {"report": code, "facts": said}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()

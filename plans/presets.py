"""The national calendar of reports on administrative reform (công văn 581/BNV-CCHC; frame: Nghị định 09/2019/NĐ-CP).

Arithmetic without a database. Quý III (15/6→14/9) is not 9 tháng (15/12→14/9). Reports are sent by the 20th of the
period's last month. The calendar says nothing of the day on which a portal begins to take reports: here it is the
first of that month, and to take no more after the due date (late reports need a dated exception); a plan may set days
of its own, or no closing day.
"""

from dataclasses import dataclass
from datetime import date

SOURCE = "công văn 581/BNV-CCHC"


@dataclass(frozen=True)
class Preset:
    """One period of the national calendar: which days of which months, in the year or the year before."""

    kind: str
    code: str
    name: str
    starts: tuple[int, int]
    starts_year_before: bool
    last_month: int


PRESETS: tuple[Preset, ...] = (
    Preset("quarter_1", "Q1", "quý I", (12, 15), True, 3),
    Preset("half", "H1", "6 tháng", (12, 15), True, 6),
    Preset("quarter_3", "Q3", "quý III", (6, 15), False, 9),
    Preset("nine_months", "9M", "9 tháng", (12, 15), True, 9),
    Preset("year", "Y", "năm", (12, 15), True, 12),
)
BY_KIND = {preset.kind: preset for preset in PRESETS}
CUT_OFF_DAY, SENT_BY_DAY = 14, 20


@dataclass(frozen=True)
class Span:
    """The days of a reporting period (``closes_on`` None: it takes late reports without an exception)."""

    starts_on: date
    cut_off: date
    opens_on: date
    due_on: date
    closes_on: date | None = None


def span_of(kind: str, year: int) -> Span:
    """Return the days of a national period in a year. Raises KeyError for a kind that the calendar does not have.

    >>> quarter = span_of("quarter_1", 2026)
    >>> str(quarter.starts_on), str(quarter.cut_off), str(quarter.due_on)
    ('2025-12-15', '2026-03-14', '2026-03-20')
    >>> quarter.closes_on == quarter.due_on
    True
    >>> str(span_of("quarter_3", 2026).starts_on), str(span_of("nine_months", 2026).starts_on)
    ('2026-06-15', '2025-12-15')
    >>> span_of("quarter_3", 2026).cut_off == span_of("nine_months", 2026).cut_off
    True
    >>> str(span_of("half", 2026).cut_off), str(span_of("year", 2026).cut_off), str(span_of("year", 2026).opens_on)
    ('2026-06-14', '2026-12-14', '2026-12-01')
    """
    preset = BY_KIND[kind]
    due_on = date(year, preset.last_month, SENT_BY_DAY)
    return Span(
        starts_on=date(year - preset.starts_year_before, *preset.starts),
        cut_off=date(year, preset.last_month, CUT_OFF_DAY),
        opens_on=date(year, preset.last_month, 1),
        due_on=due_on,
        closes_on=due_on,
    )


def code_of(kind: str, year: int) -> str:
    """Return the code of a national period.

    >>> code_of("quarter_3", 2026), code_of("year", 2026)
    ('2026-Q3', '2026-Y')
    """
    return f"{year}-{BY_KIND[kind].code}"


def name_of(kind: str, year: int) -> str:
    """Return the name of a national period.

    >>> name_of("half", 2026)
    '6 tháng/2026'
    """
    preset = BY_KIND[kind]
    return f"Năm {year}" if kind == "year" else f"{preset.name[:1].upper()}{preset.name[1:]}/{year}"

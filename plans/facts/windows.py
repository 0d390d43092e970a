"""When a period takes reports, from whom, and by which day: the one place that answers.

Definitions (domain § 3.5; cut-off, due date, opening and closing are different days):

* A period takes reports from its opening to its closing day; one without a closing day stays open.
* An *outage* moves due date and closing day for everybody to the day its document names, never earlier.
* *Late leave* lets one agency in until its day although the period has closed; the due date stays, so the report
  is late.
* A report is *late* by the days between the period's due date (as moved by an outage) and its first submission.
* All of it is computed from dates and dated rows when asked, never stored.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Case, F, Max, OuterRef, Subquery, When

from agencies import calendar
from agencies.text import format_day
from plans.models import ReportingPeriod, WindowException


@dataclass(frozen=True)
class Window:
    """The days of one period as they hold on a day, exceptions included."""

    period: ReportingPeriod
    on: date
    due_on: date
    closes_on: date | None
    late_until: Mapping[int, date] = field(default_factory=dict)

    def is_open(self, agency_id: int | None = None) -> bool:
        """Tell whether reports are taken: from everybody, or from an agency."""
        if self.on < self.period.opens_on:
            return False
        if self.closes_on is None or self.on <= self.closes_on:
            return True
        return agency_id is not None and agency_id in self.late_until

    def closed_because(self, agency_id: int | None = None) -> str:
        """Return in a sentence why no report is taken from an agency, or an empty text."""
        if self.is_open(agency_id):
            return ""
        name = self.period.name
        if self.on < self.period.opens_on:
            return f"Kỳ {name} mở nhận báo cáo từ ngày {format_day(self.period.opens_on)}. Hãy gửi từ ngày đó."
        return (
            f"Kỳ {name} đã đóng nhận báo cáo từ hết ngày {format_day(self.closes_on)}. Hãy liên hệ Sở Nội vụ nếu cần "
            "nộp muộn."
        )

    def last_day(self, agency_id: int | None = None) -> date | None:
        """Return the last day on which a report is taken from an agency; None: no end."""
        late = self.late_until.get(agency_id) if agency_id is not None else None
        if self.closes_on is None or late is None:
            return self.closes_on
        return max(self.closes_on, late)

    def days_late(self, first_submitted_at: datetime | None) -> int:
        """Return by how many days a report was late; 0 when it was not, or was not handed in."""
        if first_submitted_at is None:
            return 0
        return max(0, (calendar.day_of(first_submitted_at) - self.due_on).days)


def windows(periods: Iterable[ReportingPeriod], on: date) -> dict[int, Window]:
    """Return period id → its window on a day, in one query."""
    rows = list(periods)
    moved: dict[int, date] = {}
    late: dict[int, dict[int, date]] = defaultdict(dict)
    # The one place where a reopening of a closed period would let reports in: read here like the exceptions, it moves
    # the closing day (not the due date) of its period.
    for exception in WindowException.objects.recorded_by(on).filter(period_id__in=[row.pk for row in rows]).order_by():
        if exception.kind == WindowException.Kind.OUTAGE:
            moved[exception.period_id] = max(exception.expires_on, moved.get(exception.period_id, date.min))
        elif exception.agency_id is not None and exception.expires_on >= on:
            until = late[exception.period_id]
            until[exception.agency_id] = max(exception.expires_on, until.get(exception.agency_id, date.min))
    return {row.pk: _window(row, on, moved.get(row.pk), late.get(row.pk, {})) for row in rows}


def _window(period: ReportingPeriod, on: date, moved: date | None, late: Mapping[int, date]) -> Window:
    due, closes = period.due_on, period.closes_on
    if moved is not None:
        due = max(due, moved)
        closes = max(closes, moved) if closes is not None else None
    return Window(period, on, due, closes, late)


def window(period: ReportingPeriod, on: date) -> Window:
    """Return the window of one period on a day."""
    return windows([period], on)[period.pk]


def is_open(period: ReportingPeriod, agency_id: int | None, on: date) -> bool:
    """Tell whether a period takes reports from an agency on a day."""
    return window(period, on).is_open(agency_id)


def outage_until(period_id: str, on: date) -> Subquery:
    """Return, for lists, the day to which an outage moved a period (``period_id``: the path to its id), or null."""
    return Subquery(
        WindowException.objects.recorded_by(on)
        .filter(period_id=OuterRef(period_id), kind=WindowException.Kind.OUTAGE)
        .order_by()
        .values("period_id")
        .annotate(until=Max("expires_on"))
        .values("until")
    )


def due_expression(period: str, on: date) -> Any:
    """Return, for lists, a period's due date as moved by an outage (``period``: the path to it, or ``""``)."""
    due = f"{period}__due_on" if period else "due_on"
    until = outage_until(f"{period}_id" if period else "pk", on)
    return Case(When(**{f"{due}__lt": until}, then=until), default=F(due))


def closes_expression(on: date) -> Any:
    """Return, for lists of periods, the closing day as moved by an outage, or null."""
    until = outage_until("pk", on)
    return Case(When(closes_on__lt=until, then=until), default=F("closes_on"))

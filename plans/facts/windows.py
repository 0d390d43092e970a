"""When a period takes reports, from whom, and by which day: the one place that answers.

Definitions (domain § 3.5; cut-off, due date, opening and closing are different days):

* A period takes reports from its opening to its closing day; one without a closing day stays open.
* A *close* ends the window for everybody at once, and with it the late leave given before; late leave given after
  it lets its agency in. A *reopening* in force opens the period for everybody to its last day; then the close holds
  again, until the next one.
* An *outage* moves due date and closing day for everybody to the day its document names, never earlier; granted
  during a reopening it moves the last day of that too. After a close nothing is extended: the period is reopened first.
* *Late leave* lets one agency in until its day although the period has closed; the due date stays, so the report
  is late.
* A report is *late* by the days between the period's due date (as moved by an outage) and its first submission.
* The period that *reports are about* on a day is the latest of those opened that takes reports from everybody, or
  else the latest opened.
* All of it is computed from dates and dated rows when asked, never stored.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Case, F, Max, OuterRef, Q, Subquery, When
from django.db.models.lookups import GreaterThan, IsNull

from agencies import calendar
from agencies.text import format_day
from plans.models import PeriodClose, PeriodReopening, ReportingPeriod, WindowException


@dataclass(frozen=True)
class Window:
    """The days of one period as they hold on a day, exceptions included.

    ``closed_on``: the day of the close that ends the window (None: not closed, or reopened for that day).
    """

    period: ReportingPeriod
    on: date
    due_on: date
    closes_on: date | None
    late_until: Mapping[int, date] = field(default_factory=dict)
    closed_on: date | None = None

    def is_open(self, agency_id: int | None = None) -> bool:
        """Tell whether reports are taken: from everybody, or from an agency."""
        if self.on < self.period.opens_on:
            return False
        if self.closed_on is None and (self.closes_on is None or self.on <= self.closes_on):
            return True
        return agency_id is not None and agency_id in self.late_until

    def closed_because(self, agency_id: int | None = None) -> str:
        """Return in a sentence why no report is taken from an agency, or an empty text."""
        if self.is_open(agency_id):
            return ""
        name = self.period.name
        if self.on < self.period.opens_on:
            return f"Kỳ {name} mở nhận báo cáo từ ngày {format_day(self.period.opens_on)}. Hãy gửi từ ngày đó."
        if self.closed_on is not None:
            return (
                f"Kỳ {name} đã được chốt ngày {format_day(self.closed_on)} nên không nhận báo cáo nữa. Hãy liên hệ Sở "
                "Nội vụ nếu cần nộp muộn."
            )
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


@dataclass(frozen=True)
class _Close:
    """The latest close of a period, and the last day of its reopening where one is in force."""

    on: date
    at: datetime
    reopened_until: date | None


def _closes(period_ids: list[int], on: date) -> dict[int, _Close]:
    """Return period id → its latest close made by a day, in one query."""
    found = {}
    for period_id, day, at, until in (
        PeriodClose.objects.filter(period_id__in=period_ids, as_of__lte=on)
        .order_by("period_id", "number")
        .values_list("period_id", "as_of", "closed_at", _reopened_until("pk", on))
    ):
        found[period_id] = _Close(day, at, until)
    return found


def _reopened_until(close: str, on: date) -> Subquery:
    """Return the last day of the reopening of a close (the path to its id) that is in force, or null."""
    return Subquery(
        PeriodReopening.objects.filter(close=OuterRef(close))
        .until(on)
        .filter(opens_on__lte=on, last_day__gte=on)
        .order_by("-last_day")
        .values("last_day")[:1]
    )


def windows(periods: Iterable[ReportingPeriod], on: date) -> dict[int, Window]:
    """Return period id → its window on a day, in two queries."""
    rows = list(periods)
    keys = [row.pk for row in rows]
    closes = _closes(keys, on)
    moved: dict[int, date] = {}
    late: dict[int, dict[int, date]] = defaultdict(dict)
    for exception in WindowException.objects.recorded_by(on).filter(period_id__in=keys).order_by():
        close = closes.get(exception.period_id)
        if exception.kind == WindowException.Kind.OUTAGE:
            moved[exception.period_id] = max(exception.expires_on, moved.get(exception.period_id, date.min))
        elif (
            exception.agency_id is not None
            and exception.expires_on >= on
            and (close is None or exception.granted_at >= close.at)
        ):
            until = late[exception.period_id]
            until[exception.agency_id] = max(exception.expires_on, until.get(exception.agency_id, date.min))
    return {row.pk: _window(row, on, moved.get(row.pk), late.get(row.pk, {}), closes.get(row.pk)) for row in rows}


def _window(
    period: ReportingPeriod, on: date, moved: date | None, late: Mapping[int, date], close: _Close | None
) -> Window:
    due, closes = period.due_on, period.closes_on
    if moved is not None:
        due = max(due, moved)
        closes = max(closes, moved) if closes is not None else None
    if close is None:
        return Window(period, on, due, closes, late)
    if close.reopened_until is not None:
        return Window(period, on, due, close.reopened_until, late)
    return Window(period, on, due, min(closes, close.on) if closes else close.on, late, close.on)


def window(period: ReportingPeriod, on: date) -> Window:
    """Return the window of one period on a day."""
    return windows([period], on)[period.pk]


def latest(known: Iterable[Window]) -> ReportingPeriod | None:
    """Return the period that reports are about: of those opened, one that takes reports from everybody, the latest."""

    def rank(window: Window) -> tuple[bool, date, date]:
        return (window.is_open(), window.period.opens_on, window.period.cut_off)

    opened = (window for window in known if window.period.opens_on <= window.on)
    found = max(opened, key=rank, default=None)
    return found.period if found else None


def latest_period(plan_id: int, on: date) -> ReportingPeriod | None:
    """Return the period of a plan that reports are about on a day, as known before it ended, in three queries."""
    return latest(windows(ReportingPeriod.objects.filter(plan_id=plan_id).known_on(on), on).values())


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
    """Return, for lists of periods, the last day for all as moved by outage, reopening and close, or null.

    On the day of a close itself it is that day: whether reports are still taken then, ``closed_expression`` says.
    """
    until = outage_until("pk", on)
    moved = Case(When(closes_on__lt=until, then=until), default=F("closes_on"))
    closed, reopened = _closed_on(on), _reopened(on)
    return Case(
        When(IsNull(reopened, False), then=reopened),
        When(
            Q(IsNull(closed, False)) & (Q(closes_on__isnull=True) | Q(GreaterThan(moved, closed))),
            then=closed,
        ),
        default=moved,
    )


def _latest(on: date) -> Any:
    return PeriodClose.objects.filter(period=OuterRef("pk"), as_of__lte=on).order_by("-number")


def _closed_on(on: date) -> Subquery:
    return Subquery(_latest(on).values("as_of")[:1])


def _reopened(on: date) -> Subquery:
    return Subquery(_latest(on).values_list(_reopened_until("pk", on))[:1])


def closed_expression(on: date) -> Any:
    """Return, for lists of periods, the day of the close that ends the window, or null (never closed; reopened)."""
    return Case(When(IsNull(_reopened(on), True), then=_closed_on(on)), default=None)

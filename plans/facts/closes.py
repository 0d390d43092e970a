"""When a period may be closed, and the page of a plan's periods.

Definitions:

* A period may be closed from the day after its cut-off and the end of its window for all; again only after it was
  reopened.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from agencies import calendar
from agencies.text import format_day
from plans.facts.badges import Badge
from plans.facts.windows import Window, windows
from plans.models import PeriodClose, PeriodReopening, Plan, ReportingPeriod

# When a period may be closed


def closable_from(window: Window) -> date:
    """Return the last day before a period may be closed: its cut-off and the end of its window for all.

    Outages move that end; late leave of one agency is not waited for.
    """
    return max(window.period.cut_off, window.closes_on or window.due_on)


def why_not(window: Window, latest: PeriodClose | None, reopened: bool, on: date) -> tuple[str, str] | None:
    """Return why the period cannot be closed on a day (code, sentence), or None when it can.

    ``window``: as it holds that day; ``latest``: its last close; ``reopened``: whether that one was ever reopened.
    """
    period = window.period
    if period.plan.state == Plan.State.DRAFTING:
        return "plan_not_issued", "Kế hoạch chưa ban hành nên chưa có gì để chốt."
    if latest is not None:
        if reopened:
            return None
        return (
            "already_closed",
            f"Kỳ {period.name} đã chốt lần {latest.number} ngày {format_day(latest.as_of)}. Muốn chốt lại phải mở "
            "lại kỳ.",
        )
    last = closable_from(window)
    if on <= last:
        return (
            "window_not_over",
            f"Kỳ {period.name} còn nhận báo cáo đến hết ngày {format_day(last)}, nên chỉ chốt được từ ngày sau đó.",
        )
    return None


# The page of a plan's periods


@dataclass(frozen=True)
class CloseRow:
    """One close of a period. Addresses are empty for people who may not see every agency's figures."""

    number: int
    as_of: str
    who: str
    time: str
    sha256: str
    url: str
    file_url: str
    diff_url: str


@dataclass(frozen=True)
class ReopeningRow:
    """One reopening of a period."""

    close: int
    opens: str
    expires: str
    in_force: bool
    reason: str
    approver: str
    document: str
    who: str
    time: str


@dataclass(frozen=True)
class PeriodRow:
    """A period with its dates, state, closes and reopenings, newest first."""

    code: str
    name: str
    span: str
    opens: str
    cut_off: str
    due: str
    closes_on: str
    state: Badge
    closes: tuple[CloseRow, ...]
    reopenings: tuple[ReopeningRow, ...]
    close_url: str
    close_hint: str
    reopen_url: str
    exceptions: int
    exceptions_url: str


def _state(window: Window, latest: PeriodClose | None, reopened_until: date | None, on: date) -> Badge:
    if latest is not None:
        if reopened_until is not None:
            return Badge(f"Đang mở lại đến hết {format_day(reopened_until)}", "due")
        return Badge(f"Đã chốt (lần {latest.number})", "ok")
    if on < window.period.opens_on:
        return Badge("Chưa mở", "neutral")
    if window.is_open():
        return Badge("Đang nhận báo cáo", "info")
    return Badge("Hết hạn nhận, chưa chốt", "review")


def close_row(close: PeriodClose, plan_code: str, period_code: str, *, watched: bool) -> CloseRow:
    """Return a close ready to show."""
    where = [plan_code, period_code, close.number]
    return CloseRow(
        number=close.number,
        as_of=format_day(close.as_of),
        who=str(close.closed_by),
        time=calendar.moment(close.closed_at),
        sha256=close.sha256,
        url=reverse("plans:close_detail", args=where) if watched else "",
        file_url=reverse("plans:close_file", args=where) if watched else "",
        diff_url=reverse("plans:close_diff", args=where) if watched else "",
    )


def period_rows(
    plan: Plan, on: date, *, watched: bool, closer: bool, exceptions: Mapping[int, int]
) -> tuple[PeriodRow, ...]:
    """Return the plan's periods, latest first, in five queries.

    ``watched``: the reader sees every agency's figures; ``closer``: they may close and reopen; ``exceptions``:
    period id → how many exceptions the reader may know of.
    """
    closes: dict[int, list[PeriodClose]] = defaultdict(list)
    for close in PeriodClose.objects.filter(plan=plan).defer("content").select_related("closed_by").order_by("-number"):
        closes[close.period_id].append(close)
    reopenings: dict[int, list[Any]] = defaultdict(list)
    found = PeriodReopening.objects.filter(period__plan=plan).until(on)
    for reopening in found.select_related("close", "reopened_by").order_by("-pk"):
        reopenings[reopening.period_id].append(reopening)
    rows = []
    periods = list(ReportingPeriod.objects.filter(plan=plan).select_related("plan").order_by("-cut_off", "-pk"))
    known = windows(periods, on)
    for period in periods:
        window = known[period.pk]
        made, opened = closes[period.pk], reopenings[period.pk]
        latest = made[0] if made else None
        of_latest = [one for one in opened if latest is not None and one.close_id == latest.pk]
        now = next((one for one in of_latest if one.opens_on <= on <= one.last_day), None)
        refused = why_not(window, latest, bool(of_latest), on)
        rows.append(
            PeriodRow(
                code=period.code,
                name=period.name,
                span=f"{format_day(period.starts_on)} – {format_day(period.cut_off)}",
                opens=format_day(period.opens_on),
                cut_off=format_day(period.cut_off),
                due=format_day(window.due_on),
                closes_on=format_day(window.closes_on),
                exceptions=exceptions.get(period.pk, 0),
                exceptions_url=reverse("plans:period_exceptions", args=[period.pk]),
                state=_state(window, latest, now.last_day if now else None, on),
                closes=tuple(close_row(one, plan.code, period.code, watched=watched) for one in made),
                reopenings=tuple(
                    ReopeningRow(
                        close=one.close.number,
                        opens=format_day(one.opens_on),
                        expires=format_day(one.last_day),
                        in_force=one is now,
                        reason=one.reason,
                        approver=one.approver,
                        document=one.document,
                        who=str(one.reopened_by),
                        time=calendar.moment(one.reopened_at),
                    )
                    for one in opened
                ),
                close_url=(
                    reverse("plans:period_close", args=[plan.code, period.code]) if closer and not refused else ""
                ),
                close_hint=refused[1] if closer and refused and refused[0] == "window_not_over" else "",
                reopen_url=(
                    reverse("plans:period_reopen", args=[plan.code, period.code])
                    if closer and latest is not None and now is None
                    else ""
                ),
            )
        )
    return tuple(rows)

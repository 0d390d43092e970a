"""The page of one period: its days, how they were moved, and who was let in late."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet
from django.utils.text import capfirst

from agencies import calendar
from agencies.models import User
from agencies.permissions import Permission
from agencies.text import format_day
from plans.facts.badges import Badge
from plans.facts.windows import window
from plans.models import Plan, ReportingPeriod, WindowException


@dataclass(frozen=True)
class ExceptionRow:
    """One exception."""

    kind: str
    agency: str
    reason: str
    document: str
    until: str
    granted: str
    state: Badge


@dataclass(frozen=True)
class PeriodPage:
    """One period with its exceptions."""

    name: str
    span: str
    opens: str
    due: str
    due_moved_from: str
    closes: str
    closes_moved_from: str
    state: Badge
    rows: tuple[ExceptionRow, ...]


def _known(province_id: int, user: User) -> QuerySet[WindowException]:
    """Return the exceptions of a province that the person may know of: all, or those for all and for own agencies."""
    found = WindowException.objects.filter(province_id=province_id)
    if province_id not in user.provinces_with(Permission.PROGRESS_READ):
        own = user.agencies_with(Permission.PROGRESS_READ)
        found = found.filter(Q(agency__isnull=True) | Q(agency_id__in=own))
    return found


def how_many(plan: Plan, user: User) -> dict[int, int]:
    """Return period id → how many of its exceptions the person may know of (none: not in it)."""
    return dict(
        _known(plan.province_id, user)
        .filter(period__plan=plan)
        .order_by()
        .values_list("period_id")
        .annotate(count=Count("pk"))
    )


def visible_exceptions(period: ReportingPeriod, user: User) -> QuerySet[WindowException]:
    """Return the exceptions of a period that the person may know of."""
    found = _known(period.province_id, user).filter(period=period)
    return found.select_related("agency", "granted_by", "document").order_by("-granted_at", "-pk")


def period_page(period: ReportingPeriod, user: User, on: date) -> PeriodPage:
    """Return a period with the exceptions that the person may know of."""
    now = window(period, on)
    rows = []
    for one in visible_exceptions(period, user):
        # A later close ends the late leave that was given before it.
        live = one.expires_on >= on and (one.agency_id is None or one.agency_id in now.late_until)
        rows.append(
            ExceptionRow(
                kind=capfirst(one.get_kind_display()),
                agency=one.agency.name if one.agency else "Tất cả các cơ quan",
                reason=one.reason,
                document=one.document_number,
                until=format_day(one.expires_on),
                granted=f"{one.granted_by}, {calendar.moment(one.granted_at)}",
                state=Badge("Còn hiệu lực", "ok") if live else Badge("Đã hết", "muted"),
            )
        )
    return PeriodPage(
        name=period.name,
        span=f"{format_day(period.starts_on)} – {format_day(period.cut_off)}",
        opens=format_day(period.opens_on),
        due=format_day(now.due_on),
        due_moved_from=format_day(period.due_on) if now.due_on != period.due_on else "",
        closes=format_day(now.closes_on),
        closes_moved_from=format_day(period.closes_on) if now.closes_on != period.closes_on else "",
        state=Badge("Đang nhận báo cáo", "info") if now.is_open() else Badge("Không nhận báo cáo", "muted"),
        rows=tuple(rows),
    )

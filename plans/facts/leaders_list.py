"""The leaders' list: what is overdue for two weeks or more, by agency, with the head's name.

Definitions:

* It names duties and the reports of periods. Bodies addressed with "Đề nghị" are never on it.
* A period's due day is the one that an outage may have moved.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, QuerySet

from agencies.models import User
from agencies.permissions import Permission
from agencies.text import format_day
from plans.facts.addresses import assignment_url
from plans.facts.assignment_list import COLUMNS
from plans.facts.buckets import bucket_condition
from plans.facts.periods import Periods
from plans.facts.recorded import owing
from plans.facts.staff import NOBODY, staff
from plans.models import Assignment, Plan, ReportingPeriod, WindowException
from plans.models.task import AssignmentQuerySet
from plans.reminders import LEADER_FROM
from plans.standing import Bucket


@dataclass(frozen=True)
class LeaderRow:
    """One thing overdue for two weeks or more, with the head who answers for it."""

    agency: str
    head: str
    what: str
    plan: str
    url: str
    due: str
    days: int


@dataclass(frozen=True)
class LeaderReports:
    """An agency that has not handed in its reports of a period two weeks after the due date."""

    agency: str
    head: str
    plan: str
    period: str
    number: int
    due: str
    days: int
    agency_id: int
    plan_code: str
    period_id: int
    due_on: date


def _due_days(periods: Iterable[ReportingPeriod], on: date) -> dict[int, date]:
    """Return period id → the due day that counts, for periods of any plans, in one query."""
    days = {period.pk: period.due_on for period in periods}
    for period_id, expires_on in (
        WindowException.objects.recorded_by(on)
        .filter(period_id__in=days, kind=WindowException.Kind.OUTAGE)
        .values_list("period_id", "expires_on")
    ):
        days[period_id] = max(days[period_id], expires_on)
    return days


def leader_duties(user: User, on: date) -> AssignmentQuerySet:
    """Return the rated duties of the user's provinces that are overdue for two weeks or more, by agency."""
    return (
        Assignment.objects.filter(
            bucket_condition(Bucket.OPEN_OVERDUE, on),
            due_on__lte=on - timedelta(days=LEADER_FROM),
            province_id__in=user.provinces_with(Permission.DASHBOARD_READ),
            task__plan__state=Plan.State.ISSUED,
        )
        .leading(on)
        .rated()
        .order_by("agency__order", "agency_id", "due_on", "task__order", "pk")
    )


def leader_rows(page: QuerySet[Any, Any], on: date) -> tuple[LeaderRow, ...]:
    """Return the lines of a page of the leaders' list, in two queries."""
    raw = list(page.values(*COLUMNS))
    people = staff((row["agency_id"] for row in raw), on)
    return tuple(
        LeaderRow(
            agency=row["agency__name"],
            head=people.get(row["agency_id"], NOBODY).head_names,
            what=f"{row['task__code']}. {row['task__current__title']}",
            plan=row["task__plan__number"] or row["task__plan__title"],
            url=assignment_url(row["id"]),
            due=format_day(row["due_on"]),
            days=(on - row["due_on"]).days,
        )
        for row in raw
    )


def leader_reports(user: User, on: date) -> tuple[LeaderReports, ...]:
    """Return the agencies that owe a period's reports for two weeks or more, in a fixed number of queries."""
    plans = {
        plan.pk: plan
        for plan in Plan.objects.watched_by(user).filter(state=Plan.State.ISSUED).select_related("province")
    }
    periods = Periods.of(plans, on)
    latest = {plan_id: period for plan_id in plans if (period := periods.latest(plan_id)) is not None}
    days = _due_days(latest.values(), on)
    late = {plan_id: one for plan_id, one in latest.items() if (on - days[one.pk]).days >= LEADER_FROM}
    rows = list(
        Assignment.objects.filter(owing({plan_id: period.pk for plan_id, period in late.items()}))
        .leading(on)
        .rated()
        .order_by("agency__order", "agency_id", "task__plan_id")
        .values("agency_id", "agency__name", "task__plan_id")
        .annotate(number=Count("id"))
    )
    people = staff((row["agency_id"] for row in rows), on)
    return tuple(
        LeaderReports(
            agency=row["agency__name"],
            head=people.get(row["agency_id"], NOBODY).head_names,
            plan=str(plans[row["task__plan_id"]]),
            period=late[row["task__plan_id"]].name,
            number=row["number"],
            due=format_day(days[late[row["task__plan_id"]].pk]),
            days=(on - days[late[row["task__plan_id"]].pk]).days,
            agency_id=row["agency_id"],
            plan_code=plans[row["task__plan_id"]].code,
            period_id=late[row["task__plan_id"]].pk,
            due_on=days[late[row["task__plan_id"]].pk],
        )
        for row in rows
    )

"""The periods of plans: the one that reports are about, and the one that an agency may report for.

Definitions:

* *Not updated* is the second axis of domain § 3.11: not done, and nothing handed in for the period that reports are
  about (``plans.facts.windows.latest_period``).
* The *period to report for* is the one of a returned report (it may be mended after its period has closed),
  else the latest opened period while it still takes reports and nothing has been handed in.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from plans.facts.buckets import OVER
from plans.facts.recorded import owing
from plans.facts.windows import Window, latest, windows
from plans.models import Plan, Progress, ReportingPeriod


@dataclass(frozen=True)
class Periods:
    """The periods of some plans with their windows, read once."""

    by_plan: Mapping[int, tuple[ReportingPeriod, ...]]
    on: date
    windows: Mapping[int, Window]

    @classmethod
    def of(cls, plans: Iterable[int] | QuerySet[Any, Any], on: date) -> "Periods":
        """Read the periods of plans (ids, or a queryset of them)."""
        found: dict[int, list[ReportingPeriod]] = defaultdict(list)
        for period in ReportingPeriod.objects.filter(plan__in=plans).known_on(on).order_by("plan_id", "cut_off"):
            found[period.plan_id].append(period)
        by_plan = {plan_id: tuple(rows) for plan_id, rows in found.items()}
        return cls(by_plan, on, windows([period for rows in by_plan.values() for period in rows], on))

    def latest(self, plan_id: int) -> ReportingPeriod | None:
        """Return the period that reports are about."""
        return latest(self.windows[period.pk] for period in self.by_plan.get(plan_id, ()))

    def named(self, plan_id: int, period_id: int) -> ReportingPeriod:
        """Return one of the plan's periods."""
        return next(period for period in self.by_plan[plan_id] if period.pk == period_id)

    def owing_condition(self) -> Q:
        """Return the condition "not updated" over assignments."""
        latest = {plan_id: period.pk for plan_id in self.by_plan if (period := self.latest(plan_id)) is not None}
        return owing(latest)


@dataclass(frozen=True)
class ToReport:
    """Which report a person may write on now."""

    code: str = ""
    label: str = ""


def to_report(row: Mapping[str, Any], reports: Mapping[int, str], periods: Periods, writes: frozenset[int]) -> ToReport:
    """Return for which period a person may write on a duty (``reports``: period id → state; ``writes``: agencies)."""
    plan_id = row["task__plan_id"]
    if row["agency_id"] not in writes or row["task__plan__state"] != Plan.State.ISSUED:
        return ToReport()
    for period_id, state in reports.items():
        if state == Progress.State.RETURNED:
            return ToReport(periods.named(plan_id, period_id).code, "Báo cáo lại")
    late = _late(row, reports, periods)
    if late:
        return ToReport(late, "Nộp muộn")
    latest = periods.latest(plan_id)
    if latest is None or row["state"] in OVER or not periods.windows[latest.pk].is_open(row["agency_id"]):
        return ToReport()
    begun = reports.get(latest.pk, "")
    if not begun:
        return ToReport(latest.code, "Báo cáo")
    return ToReport(latest.code, "Báo cáo tiếp") if begun == Progress.State.DRAFT else ToReport()


def _late(row: Mapping[str, Any], reports: Mapping[int, str], periods: Periods) -> str:
    """Return the code of an earlier period for which the agency may still report by a dated exception."""
    for period in reversed(periods.by_plan.get(row["task__plan_id"], ())):
        if row["agency_id"] in periods.windows[period.pk].late_until and (
            reports.get(period.pk, Progress.State.DRAFT) == Progress.State.DRAFT
        ):
            return period.code
    return ""

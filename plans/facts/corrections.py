"""Corrections of reports that were accepted after their period's figures were cut off ("điều chỉnh kỳ trước").

Definitions (stories 2 and 8):

* A *correction* is an accepted version that corrects an accepted one. Accepted by the day of its period's cut-off it
  is in that period's figures; accepted later it is not, and they never change.
* It is shown in the period in which it first counts: the first later period (by cut-off) whose cut-off is not before
  the acceptance, else the last later period that has opened; as long as there is none it waits.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from agencies import calendar
from agencies.text import format_day, format_decimal
from plans.facts.periods import Periods
from plans.models import Assignment, Decision, Plan, ProgressVersion, ReportingPeriod


@dataclass(frozen=True)
class CorrectionRow:
    """One correction: whose, of which period, why, and what it changed (empty: unchanged)."""

    assignment_id: int
    agency_id: int
    code: str
    title: str
    agency: str
    period: str
    accepted: str
    reason: str
    changes: str
    shown_in: int


def shown_in(of: ReportingPeriod, accepted_on: date, periods: Iterable[ReportingPeriod], on: date) -> int | None:
    """Return the period in which a correction shows; None: in its own, or in one that has not opened yet."""
    if accepted_on <= of.cut_off:
        return None
    later = sorted(
        (one for one in periods if one.cut_off > of.cut_off and one.opens_on <= on),
        key=lambda one: (one.cut_off, one.opens_on, one.pk),
    )
    for period in later:
        if period.cut_off >= accepted_on:
            return period.pk
    return later[-1].pk if later else None


def _changes(version: ProgressVersion, before: ProgressVersion) -> str:
    """Return what a correction changed, in words."""
    said = []
    for label, name in (
        ("số liệu", "figure"),
        ("tử số", "numerator"),
        ("mẫu số", "denominator"),
        ("ước tiến độ (%)", "percent"),
    ):
        old, new = getattr(before, name), getattr(version, name)
        if old != new:
            said.append(f"{label} {format_decimal(old) or 'trống'} → {format_decimal(new) or 'trống'}")
    if before.finished_on != version.finished_on:
        old_day, new_day = format_day(before.finished_on), format_day(version.finished_on)
        said.append(f"ngày hoàn thành {old_day or 'trống'} → {new_day or 'trống'}")
    if before.result != version.result:
        said.append("nội dung kết quả")
    return "; ".join(said)


def corrections(plan: Plan, as_of: date, *, assignment_id: int | None = None) -> tuple[CorrectionRow, ...]:
    """Return the plan's corrections recorded by a day that show in some period, in the plan's order; two queries."""
    periods = list(ReportingPeriod.objects.filter(plan=plan).known_on(as_of))
    return _corrections(plan, periods, as_of, assignment_id)


def _corrections(
    plan: Plan, periods: list[ReportingPeriod], as_of: date, assignment_id: int | None
) -> tuple[CorrectionRow, ...]:
    by_id = {period.pk: period for period in periods}
    versions = ProgressVersion.objects.filter(
        corrects__isnull=False,
        decision__verb=Decision.Verb.ACCEPT,
        decision__decided_at__lt=calendar.end_of(as_of),
        progress__assignment__task__plan=plan,
    )
    if assignment_id is not None:
        versions = versions.filter(progress__assignment_id=assignment_id)
    rows = []
    for version in versions.select_related(
        "decision", "corrects", "progress__assignment__agency", "progress__assignment__task__current"
    ).order_by(
        "progress__assignment__task__order", "progress__assignment__agency__order", "decision__decided_at", "pk"
    ):
        period = by_id[version.progress.period_id]
        shown = shown_in(period, calendar.day_of(version.decision.decided_at), periods, as_of)
        if shown is None or version.corrects is None:
            continue
        assignment = version.progress.assignment
        task = assignment.task
        rows.append(
            CorrectionRow(
                assignment_id=assignment.pk,
                agency_id=assignment.agency_id,
                code=task.code,
                title=task.current.title if task.current else "",
                agency=assignment.agency.name_on(as_of),
                period=period.name,
                accepted=calendar.moment(version.decision.decided_at),
                reason=version.correction_reason,
                changes=_changes(version, version.corrects),
                shown_in=shown,
            )
        )
    return tuple(rows)


def corrections_of(assignment: Assignment, known: Periods, on: date) -> dict[int, tuple[CorrectionRow, ...]]:
    """Return period id → the corrections of one duty that show in it, by a day."""
    plan = assignment.task.plan
    found: dict[int, list[CorrectionRow]] = defaultdict(list)
    for row in _corrections(plan, list(known.by_plan.get(plan.pk, ())), on, assignment.pk):
        found[row.shown_in].append(row)
    return {period_id: tuple(rows) for period_id, rows in found.items()}

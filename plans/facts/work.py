"""The work of one person's agencies, by urgency: what was returned, what is overdue, due soon, not updated.

Definitions:

* A duty stands in the first group that fits: returned, overdue, due soon, not updated for the period that reports
  are about. One that asks for nothing of it is in no group.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.urls import reverse

from agencies import calendar
from agencies.models import Agency, User
from agencies.permissions import Permission
from plans.facts.addresses import assignment_url, report_url
from plans.facts.assignment_list import COLUMNS, deadline_of
from plans.facts.badges import Badge, period_due_badge, time_badge
from plans.facts.buckets import OVER
from plans.facts.periods import Periods, to_report
from plans.models import Assignment, Decision, Plan, Progress
from plans.standing import DUE_SOON_DAYS, State

SHOWN_AT_HOME = 12
_BEGUN = {
    Progress.State.DRAFT.value: Badge("Đang viết nháp", "draft"),
    Progress.State.WITH_HEAD.value: Badge("Chờ thủ trưởng duyệt", "review"),
}


@dataclass(frozen=True)
class WorkItem:
    """One task that asks for something now."""

    url: str
    code: str
    title: str
    agency: str
    deadline: str
    badge: Badge
    reason: str
    report_url: str
    report_label: str


@dataclass(frozen=True)
class WorkGroup:
    """Tasks that ask for the same thing. ``total`` may exceed what is shown."""

    title: str
    variant: str
    items: tuple[WorkItem, ...]
    total: int
    all_url: str

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.total - len(self.items)


@dataclass(frozen=True)
class Work:
    """What a person's agencies have to do now."""

    agencies: tuple[str, ...]
    groups: tuple[WorkGroup, ...]
    awaiting: int
    done: int
    total: int
    list_url: str
    period: str = ""
    period_due: Badge = field(default_factory=lambda: Badge(""))


def _returns(progress_ids: Iterable[int]) -> dict[int, Decision]:
    """Return progress id → its last return."""
    found: dict[int, Decision] = {}
    for decision in (
        Decision.objects.filter(version__progress_id__in=list(progress_ids), verb=Decision.Verb.RETURN)
        .select_related("decided_by", "version")
        .order_by("decided_at")
    ):
        found[decision.version.progress_id] = decision
    return found


def work_of(user: User, on: date) -> Work | None:
    """Return the work of the agencies in which the user reads progress; None for people without such an agency."""
    agencies = user.agencies_with(Permission.PROGRESS_READ)
    if not agencies:
        return None
    writes = user.agencies_with(Permission.PROGRESS_WRITE)
    raw = list(
        Assignment.objects.leading()
        .filter(agency_id__in=agencies, task__plan__state=Plan.State.ISSUED)
        .order_by("task__plan", "task__order", "agency__order", "pk")
        .values(*COLUMNS)
    )
    by_id = {row["id"]: row for row in raw}
    periods = Periods.of({row["task__plan_id"] for row in raw}, on)
    reports: dict[int, dict[int, str]] = defaultdict(dict)
    sent: set[tuple[int, int]] = set()
    sent_back: dict[int, tuple[int, int]] = {}
    for pk, assignment_id, period_id, state, first in Progress.objects.filter(
        assignment_id__in=list(by_id)
    ).values_list("pk", "assignment_id", "period_id", "state", "first_submitted_at"):
        reports[assignment_id][period_id] = state
        if first is not None:
            sent.add((assignment_id, period_id))
        if state == Progress.State.RETURNED:
            sent_back[assignment_id] = (pk, period_id)
    reasons = _returns(pk for pk, _ in sent_back.values()) if sent_back else {}
    several = len(agencies) > 1

    def item(row: Mapping[str, Any], reason: str = "", badge: Badge | None = None) -> WorkItem:
        writable = to_report(row, reports.get(row["id"], {}), periods, writes)
        return WorkItem(
            url=assignment_url(row["id"]),
            code=row["task__code"],
            title=row["task__current__title"],
            agency=(row["agency__short_name"] or row["agency__name"]) if several else "",
            deadline=deadline_of(row),
            badge=badge
            or time_badge(row["state"], row["task__current__deadline_kind"], row["due_on"], row["done_on"], on),
            reason=reason,
            report_url=report_url(row["id"], writable.code) if writable.code else "",
            report_label=writable.label,
        )

    grouped: dict[str, list[WorkItem]] = {"returned": [], "overdue": [], "due_soon": [], "not_updated": []}
    for row in sorted(raw, key=lambda row: row["due_on"] or date.max):
        open_ = row["state"] not in OVER
        latest = periods.latest(row["task__plan_id"])
        if row["id"] in sent_back:
            pk, period_id = sent_back[row["id"]]
            decision = reasons.get(pk)
            reason = ""
            if decision:
                reason = (
                    f"{decision.decided_by} trả lại lúc {calendar.moment(decision.decided_at)} "
                    f"({decision.get_reason_code_display()}): {decision.reason}"
                )
            name = periods.named(row["task__plan_id"], period_id).name
            grouped["returned"].append(item(row, reason, Badge(f"Trả lại, {name}", "returned")))
        elif open_ and row["due_on"] and row["due_on"] < on:
            grouped["overdue"].append(item(row))
        elif open_ and row["due_on"] and (row["due_on"] - on).days <= DUE_SOON_DAYS:
            grouped["due_soon"].append(item(row))
        elif open_ and latest is not None and (row["id"], latest.pk) not in sent:
            begun = reports[row["id"]].get(latest.pk, "")
            grouped["not_updated"].append(item(row, badge=_BEGUN.get(begun)))

    where = reverse("plans:assignment_list")
    titles = {
        "returned": ("Bị trả lại, cần sửa và gửi lại", "returned", f"{where}?state={State.RETURNED.value}"),
        "overdue": ("Quá hạn", "over", f"{where}?due=overdue"),
        "due_soon": (f"Sắp đến hạn ({DUE_SOON_DAYS} ngày tới)", "due", f"{where}?due=due_soon"),
        "not_updated": ("Chưa cập nhật kỳ này", "neutral", f"{where}?due=not_updated"),
    }
    current = max(
        (period for plan_id in periods.by_plan if (period := periods.latest(plan_id)) is not None),
        key=lambda period: period.opens_on,
        default=None,
    )
    names = Agency.objects.filter(pk__in=agencies).order_by("order")
    return Work(
        agencies=tuple(agency.label for agency in names),
        groups=tuple(
            WorkGroup(*titles[key][:2], tuple(items[:SHOWN_AT_HOME]), len(items), titles[key][2])
            for key, items in grouped.items()
            if items
        ),
        awaiting=sum(row["state"] == State.AWAITING_REVIEW for row in raw),
        done=sum(row["state"] == State.DONE for row in raw),
        total=len(raw),
        list_url=where,
        period=current.name if current else "",
        period_due=period_due_badge(periods.windows[current.pk].due_on, on) if current else Badge(""),
    )

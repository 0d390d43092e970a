"""A task of several agencies: n/N, its rule, and its members.

Definitions:

* n/N of a group task: ``plans.facts.tally``.
* *Chưa báo cáo kỳ này* is the "not updated" of domain § 3.11.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from agencies import calendar
from agencies.models import User
from agencies.text import format_day, format_decimal
from plans.facts.addresses import assignment_url
from plans.facts.badges import Badge, state_badge, time_badge
from plans.facts.buckets import HALTED
from plans.facts.duty_history import HistoryRow, ruling_rows
from plans.facts.periods import Periods
from plans.facts.plan import DeadlineFacts, counting_day
from plans.facts.tally import Tally
from plans.models import Assignment, PartyRole, Ruling, Task
from plans.standing import DeadlineKind, DoneRule, DueOrigin, Part, Rule, State, task_standing

MEMBER_CHOICES = {
    "never": "Chưa báo cáo lần nào",
    "not_updated": "Chưa báo cáo kỳ này",
    "overdue": "Quá hạn",
    "open": "Chưa hoàn thành",
    "done": "Hoàn thành",
}


@dataclass(frozen=True)
class MemberRow:
    """One agency of a group task."""

    url: str
    agency: str
    name: str
    day: str
    state: Badge
    time: Badge
    reported: str
    not_updated: bool


@dataclass(frozen=True)
class GroupPage:
    """A task of several agencies: n/N, its rule, and its members."""

    id: int
    code: str
    title: str
    plan: str
    plan_url: str
    leads: str
    deadline: str
    state: Badge
    time: Badge
    rule: str
    reported: str
    done: str
    not_updated: int
    period: str
    members: tuple[MemberRow, ...]
    shown: tuple[MemberRow, ...]
    copied: str
    copied_rows: int
    history: tuple[HistoryRow, ...]
    rules: bool


def _in(row: dict[str, Any], wanted: str, owing: set[int], on: date) -> bool:
    state = State(row["state"])
    live = state not in HALTED
    return {
        "": True,
        "never": live and row["reported_at"] is None,
        "not_updated": row["id"] in owing,
        "overdue": live and state is not State.DONE and row["due_on"] is not None and row["due_on"] < on,
        "open": live and state is not State.DONE,
        "done": state is State.DONE,
    }[wanted]


def rule_text(rule: Rule) -> str:
    """Return when a task is done, in words."""
    if rule.kind is DoneRule.THRESHOLD and rule.share is not None:
        return f"Hoàn thành khi ít nhất {format_decimal(rule.share)} % cơ quan hoàn thành"
    return f"Hoàn thành {rule.kind.label}"


def group_page(task: Task, user: User, wanted: str, on: date, *, rules: bool) -> GroupPage:
    """Return the members of a task with their standing today, in a fixed number of queries."""
    version = task.current
    assert version is not None
    duties = Assignment.objects.visible_to(user).leading(on).filter(task=task)
    raw = list(
        duties.order_by("agency__order", "pk").values(
            "id",
            "agency__name",
            "agency__short_name",
            "state",
            "due_on",
            "due_origin",
            "done_on",
            "reported_at",
        )
    )
    periods = Periods.of([task.plan_id], on)
    owing = set(duties.filter(periods.owing_condition()).values_list("pk", flat=True))
    kind = DeadlineKind(version.deadline_kind)
    shown = DeadlineFacts.of(version).shown
    rule = Rule(DoneRule(task.done_rule), task.done_share, task.finished_on)
    stands = task_standing(
        [Part(State(row["state"]), row["done_on"], row["due_on"]) for row in raw], rule, kind, version.due_on, on
    )

    def member(row: dict[str, Any]) -> MemberRow:
        return MemberRow(
            url=assignment_url(row["id"]),
            agency=row["agency__short_name"] or row["agency__name"],
            name=row["agency__name"],
            day=counting_day(shown, row["due_on"], DueOrigin(row["due_origin"])),
            state=state_badge(row["state"]),
            time=time_badge(row["state"], kind, row["due_on"], row["done_on"], on),
            reported=format_day(calendar.day_of(row["reported_at"])) if row["reported_at"] else "",
            not_updated=row["id"] in owing,
        )

    tally = Tally.of_rows(raw)
    chosen = tuple(member(dict(row)) for row in raw if _in(dict(row), wanted, owing, on))
    latest = periods.latest(task.plan_id)
    names = [row.name for row in chosen]
    return GroupPage(
        id=task.pk,
        code=task.code,
        title=version.title,
        plan=task.plan.label,
        plan_url=reverse("plans:plan_detail", args=[task.plan.code]),
        leads="; ".join(
            party.name
            for party in version.parties.select_related("agency", "group").order_by("order")
            if party.role == PartyRole.LEAD
        ),
        deadline=counting_day(shown, None, DueOrigin.PLAN),
        state=state_badge(stands.state),
        time=time_badge(stands.state, kind, stands.due_on, stands.done_on, on),
        rule=rule_text(rule),
        reported=f"{tally.reported}/{tally.members}",
        done=f"{tally.done}/{tally.members}",
        not_updated=len(owing),
        period=latest.name if latest else "",
        members=tuple(member(dict(row)) for row in raw),
        shown=chosen,
        copied="\n".join(names),
        copied_rows=min(max(len(names), 2), 15),
        history=tuple(
            ruling_rows(
                Ruling.objects.filter(task=task, assignment__isnull=True).select_related("by").order_by("at", "pk")
            )
        ),
        rules=rules,
    )

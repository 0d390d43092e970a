"""One task of an agency: its text, its periods, the other members of a group, what a reorganisation did to it.

Definitions:

* n/N of a group task (``plans.facts.tally``) is shown only to people who may see the progress of all members.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.urls import reverse

from agencies import calendar
from agencies.models import User
from agencies.permissions import Permission
from agencies.text import format_day, format_decimal
from plans.facts.addresses import assignment_url
from plans.facts.badges import Badge, holder_badge, state_badge, time_badge
from plans.facts.plan import DeadlineFacts
from plans.facts.tally import Tally
from plans.facts.task_periods import PeriodRow, period_rows
from plans.models import Assignment, DutyReceipt, DutyTransfer, PartyRole, TaskParty, TaskQuantity, TaskVersion

COMPARATORS = {"=": "=", ">": ">", ">=": "≥", "<": "<", "<=": "≤", "increase_ge": "tăng ≥"}


def quantity_text(quantity: TaskQuantity) -> str:
    """Return a task's figure as people read it: ``≥ 30 % cơ quan, đơn vị được kiểm tra``."""
    sign = COMPARATORS.get(quantity.comparator, quantity.comparator)
    return f"{sign} {format_decimal(quantity.value)} {quantity.unit}".strip()


@dataclass(frozen=True)
class SiblingRow:
    """Another member of the same group task."""

    url: str
    agency: str
    state: Badge
    time: Badge
    reported: str
    current: bool


@dataclass(frozen=True)
class TransferRow:
    """What a reorganisation did to the duty: where it came from, or where it went. ``url`` may be empty."""

    text: str
    agency: str
    url: str


@dataclass(frozen=True)
class AssignmentPage:
    """A task of an agency with everything that was reported on it."""

    id: int
    code: str
    title: str
    deliverable: str
    plan: str
    plan_url: str
    section: str
    agency: str
    cooperating_only: bool
    proposed: bool
    leads: str
    cooperating: str
    supervising: str
    deadline: str
    deadline_words: str
    deadline_origin: str
    components: tuple[str, ...]
    quantities: tuple[str, ...]
    deciding_document: str
    state: Badge
    time: Badge
    done_on: str
    periods: tuple[PeriodRow, ...]
    siblings: tuple[SiblingRow, ...]
    siblings_text: str
    holder: Badge
    transfers: tuple[TransferRow, ...]
    agency_url: str = ""


def _transfer_rows(assignment: Assignment, user: User) -> tuple[TransferRow, ...]:
    """Return where a duty came from and where it went; links only to duties that the reader may see."""
    rows: list[tuple[str, Assignment, DutyTransfer]] = []
    for receipt in (
        DutyReceipt.objects.filter(Q(assignment=assignment) | Q(transfer__assignment=assignment))
        .select_related("transfer__reorganisation", "transfer__assignment__agency", "assignment__agency")
        .order_by("transfer__decided_at", "pk")
    ):
        if receipt.assignment_id == assignment.pk:
            rows.append(("Nhận từ", receipt.transfer.assignment, receipt.transfer))
        else:
            rows.append(("Đã chuyển cho", receipt.assignment, receipt.transfer))
    seen = set(
        Assignment.objects.visible_to(user).filter(pk__in=[one.pk for _, one, _ in rows]).values_list("pk", flat=True)
    )
    return tuple(
        TransferRow(
            text=f"{how} (theo {transfer.reorganisation.decision_number}, từ {format_day(transfer.effective_on)})",
            agency=other.agency.name,
            url=assignment_url(other.pk) if other.pk in seen else "",
        )
        for how, other, transfer in rows
    )


def _parties(version: TaskVersion) -> dict[str, str]:
    names: dict[str, list[str]] = defaultdict(list)
    for party in TaskParty.objects.filter(version=version).select_related("agency", "group").order_by("order"):
        names[party.role].append(party.name)
    return {role: "; ".join(some) for role, some in names.items()}


def assignment_page(assignment: Assignment, user: User, on: date) -> AssignmentPage:
    """Return a task of an agency with its history, in a fixed number of queries."""
    task, version = assignment.task, assignment.task.current
    assert version is not None
    parties = _parties(version)
    deadline = DeadlineFacts.of(version)
    siblings: list[SiblingRow] = []
    siblings_text = ""
    if assignment.province_id in user.provinces_with(Permission.PROGRESS_READ):
        rows = list(
            Assignment.objects.visible_to(user)
            .leading()
            .filter(task=task)
            .order_by("agency__order", "pk")
            .values("id", "agency__name", "agency__short_name", "state", "due_on", "done_on", "reported_at")
        )
        if len(rows) > 1:
            siblings_text = Tally.of_rows(rows).text
            siblings = [
                SiblingRow(
                    url=assignment_url(row["id"]),
                    agency=row["agency__short_name"] or row["agency__name"],
                    state=state_badge(row["state"]),
                    time=time_badge(row["state"], version.deadline_kind, row["due_on"], row["done_on"], on),
                    reported=calendar.moment(row["reported_at"]) or "Chưa báo cáo",
                    current=row["id"] == assignment.pk,
                )
                for row in rows
            ]
    words = [version.deadline_text, version.recurrence if version.recurrence != version.deadline_text else ""]
    return AssignmentPage(
        id=assignment.pk,
        code=task.code,
        title=version.title,
        deliverable=version.deliverable,
        plan=task.plan.label,
        plan_url=reverse("plans:plan_detail", args=[task.plan.code]),
        section=f"{task.section.code}. {task.section.title}",
        agency=assignment.agency.name,
        cooperating_only=assignment.role != PartyRole.LEAD,
        proposed=version.authority == TaskVersion.Authority.PROPOSE,
        leads=parties.get(PartyRole.LEAD, ""),
        cooperating=parties.get(PartyRole.COOPERATING, ""),
        supervising=parties.get(PartyRole.SUPERVISING, ""),
        deadline=deadline.shown,
        deadline_words=words[0] if words[0] and words[0].lower() != deadline.shown.lower() else "",
        deadline_origin=("" if version.deadline_kind == "none" else TaskVersion.Origin(version.deadline_origin).label),
        components=tuple(
            serves.label for serves in version.serves.select_related("index", "component").order_by("order")
        ),
        quantities=tuple(quantity_text(quantity) for quantity in version.quantities.all()),
        deciding_document=version.deciding_document,
        state=state_badge(assignment.state),
        time=time_badge(assignment.state, version.deadline_kind, assignment.due_on, assignment.done_on, on),
        done_on=format_day(assignment.done_on),
        periods=period_rows(assignment, user, on) if assignment.role == PartyRole.LEAD else (),
        siblings=tuple(siblings),
        siblings_text=siblings_text,
        holder=holder_badge({"agency__valid_to": assignment.agency.valid_to, "state": assignment.state}, on)
        if assignment.valid_to is None
        else Badge(""),
        transfers=_transfer_rows(assignment, user),
        agency_url=reverse("plans:agency_detail", args=[assignment.agency_id]),
    )

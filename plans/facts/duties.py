"""The duties that a reorganisation leaves open, for the screen and the API.

Definitions:

* *Open*: in force on the last day of the old agency, of an issued plan, not done and not cancelled, and not yet
  decided. Lead duties come first; cooperating ones have no report and no state of their own.
* *Without a holder* (chưa có cơ quan nhận): still with an agency that has ended.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.text import capfirst

from agencies import calendar
from agencies.facts.reorganisations import holders
from agencies.models import Agency, Heir, Reorganisation
from agencies.text import format_day
from plans.facts.addresses import assignment_url
from plans.facts.assignment_list import COLUMNS, NO_HOLDER, deadline_of
from plans.facts.badges import Badge, state_badge, time_badge
from plans.models import Assignment, DutyTransfer, PartyRole, Plan
from plans.standing import State


@dataclass(frozen=True)
class Receiver:
    """An agency that may go on with a duty; ``suggested`` where it is the one main successor."""

    id: int
    name: str
    functions: str
    suggested: bool


@dataclass(frozen=True)
class DutyRow:
    """One open duty that waits for its own confirmation."""

    id: int
    url: str
    code: str
    title: str
    plan: str
    agency_id: int
    agency: str
    role: str
    leads: bool
    deadline: str
    state: Badge
    time: Badge
    reported: str
    orphan: bool


@dataclass(frozen=True)
class DecidedRow:
    """One duty that was decided: what became of it, who confirmed it and when."""

    url: str
    code: str
    title: str
    agency: str
    outcome: str
    receivers: str
    reason: str
    who: str
    time: str


def receivers(reorganisation: Reorganisation) -> tuple[Receiver, ...]:
    """Return the successors that exist (those still to be entered have no duties yet)."""
    heirs = list(Heir.objects.filter(reorganisation=reorganisation, agency__isnull=False).select_related("agency"))
    return tuple(
        Receiver(heir.agency.pk, heir.agency.name, heir.functions, heir.is_main or len(heirs) == 1)
        for heir in heirs
        if heir.agency is not None
    )


def open_duties(reorganisation: Reorganisation) -> QuerySet[Assignment]:
    """Return the duties that are still to be confirmed one by one."""
    decided = DutyTransfer.objects.filter(assignment=OuterRef("pk"), reorganisation=reorganisation)
    return (
        Assignment.objects.filter(
            agency__in=holders(reorganisation), valid_to__isnull=True, task__plan__state=Plan.State.ISSUED
        )
        .exclude(state__in=(State.DONE, State.CANCELLED))
        .filter(~Exists(decided))
        .order_by("-role", "task__plan", "task__order", "agency__order", "pk")
    )


def duty_rows(rows: QuerySet[Assignment]) -> tuple[DutyRow, ...]:
    """Return the lines of open duties, in one query."""
    on: date = calendar.today()
    found = []
    for row in rows.values(*COLUMNS, "role"):
        leads = row["role"] == PartyRole.LEAD
        found.append(
            DutyRow(
                id=row["id"],
                url=assignment_url(row["id"]),
                code=row["task__code"],
                title=row["task__current__title"] or "",
                plan=row["task__plan__number"] or row["task__plan__title"],
                agency_id=row["agency_id"],
                agency=row["agency__short_name"] or row["agency__name"],
                role=PartyRole(row["role"]).label,
                leads=leads,
                deadline=deadline_of(row),
                state=state_badge(row["state"]) if leads else Badge(""),
                time=time_badge(
                    row["state"], row["task__current__deadline_kind"] or "none", row["due_on"], row["done_on"], on
                )
                if leads
                else Badge(""),
                reported=format_day(calendar.day_of(row["reported_at"])) if row["reported_at"] else "",
                orphan=bool(row["agency__valid_to"] and row["agency__valid_to"] < on),
            )
        )
    return tuple(sorted(found, key=lambda one: not one.leads))


def decided_rows(reorganisation: Reorganisation) -> tuple[DecidedRow, ...]:
    """Return what was confirmed so far, newest first, in two queries."""
    rows = (
        DutyTransfer.objects.filter(reorganisation=reorganisation)
        .select_related("assignment__task__current", "assignment__agency", "decided_by")
        .prefetch_related("receipts__agency")
        .order_by("-decided_at", "-pk")
    )
    return tuple(
        DecidedRow(
            url=assignment_url(row.assignment_id),
            code=row.assignment.task.code,
            title=row.assignment.task.current.title if row.assignment.task.current else "",
            agency=row.assignment.agency.label,
            outcome=capfirst(row.get_outcome_display()),
            receivers=", ".join(
                receipt.agency.label + (" (đã được giao từ trước)" if receipt.already_held else "")
                for receipt in row.receipts.all()
            ),
            reason=row.reason,
            who=str(row.decided_by),
            time=calendar.moment(row.decided_at),
        )
        for row in rows
    )


@dataclass(frozen=True)
class Orphans:
    """Duties without a holder, and where they are handed on."""

    number: int
    url: str

    @property
    def text(self) -> str:
        """The number as a sentence."""
        return f"{self.number} phân công chưa có cơ quan nhận"


def orphans(plan: Plan) -> Orphans | None:
    """Return how many duties of a plan have no holder; None when all have one."""
    number = Assignment.objects.filter(task__plan=plan).without_holder(calendar.today()).count()
    if not number:
        return None
    return Orphans(number, f"{reverse('plans:assignment_list')}?plan={plan.code}&due={NO_HOLDER}")


def other_agencies(reorganisation: Reorganisation) -> QuerySet[Agency]:
    """Return the agencies of the province that exist on the effective day and are not named by the decision."""
    named = [one.id for one in receivers(reorganisation)]
    return (
        Agency.objects.valid_on(reorganisation.effective_on)
        .filter(province_id=reorganisation.province_id)
        .exclude(pk__in=named)
        .order_by("order", "name")
    )

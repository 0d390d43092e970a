"""The requests of agencies about their duties: their list, and one with its duty.

Definitions:

* A request is *mine* while it is open and the reader may decide it (domain rule 6).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, QuerySet, Value, When
from django.urls import reverse
from django.utils.text import capfirst

from agencies import calendar
from agencies.models import Agency, User
from agencies.text import format_day
from plans.facts import queues
from plans.facts.addresses import assignment_url
from plans.facts.badges import Badge, state_badge, time_badge
from plans.facts.duty_history import HistoryRow, history_of, request_badge
from plans.models import Assignment, DutyRequest


@dataclass(frozen=True)
class RequestRow:
    """One line of the list of requests."""

    url: str
    code: str
    title: str
    agency: str
    kind: str
    asked: str
    when: str
    late: bool
    state: Badge
    mine: bool


def requests(user: User, on: date, *, state: str = "", mine: bool = False) -> "QuerySet[DutyRequest, DutyRequest]":
    """Return the requests the person may read, open ones first; ``mine``: those that wait for this person."""
    found = DutyRequest.objects.visible_to(user)
    if state:
        found = found.filter(state=state)
    if mine:
        found = found.decidable_by(user, on).filter(state=DutyRequest.State.OPEN)
    first = Case(When(state=DutyRequest.State.OPEN, then=Value(0)), default=Value(1))
    return found.order_by(first, "-created_at", "-pk")


def request_rows(page: "QuerySet[Any, Any]", user: User, on: date) -> tuple[RequestRow, ...]:
    """Return the lines of a page (a sliced queryset), in two queries."""
    raw = list(
        page.values(
            "id",
            "kind",
            "state",
            "new_due_on",
            "old_due_on",
            "after_deadline",
            "created_at",
            "assignment__task__code",
            "assignment__task__current__title",
            "assignment__agency__name",
            "assignment__agency__short_name",
        )
    )
    ids = [row["id"] for row in raw]
    decided = set(DutyRequest.objects.decidable_by(user, on).filter(pk__in=ids).values_list("pk", flat=True))
    base = reverse("plans:request_list")
    rows = []
    for row in raw:
        asked = f"đến {format_day(row['new_due_on'])}" if row["new_due_on"] else ""
        rows.append(
            RequestRow(
                url=f"{base}{row['id']}/",
                code=row["assignment__task__code"],
                title=row["assignment__task__current__title"],
                agency=row["assignment__agency__short_name"] or row["assignment__agency__name"],
                kind=capfirst(DutyRequest.Kind(row["kind"]).label),
                asked=asked,
                when=calendar.moment(row["created_at"]),
                late=row["after_deadline"],
                state=request_badge(row["state"]),
                mine=row["state"] == DutyRequest.State.OPEN and row["id"] in decided,
            )
        )
    return tuple(rows)


@dataclass(frozen=True)
class RequestPage:
    """One request with its duty."""

    id: int
    revision: int
    kind: str
    refusal: bool
    state: Badge
    open: bool
    code: str
    title: str
    agency: str
    duty_url: str
    duty_state: Badge
    duty_time: Badge
    asked_by: str
    asked_at: str
    reason: str
    legal_ground: str
    old_due: str
    new_due: str
    late: bool
    file_name: str
    file_url: str
    decided_by: str
    decided_at: str
    decision_reason: str
    successor: str
    successor_url: str
    body: str
    decides: bool
    withdraws: bool
    history: tuple[HistoryRow, ...]


def request_page(request: DutyRequest, user: User, on: date) -> RequestPage:
    """Return a request as people read it (assignment, task, version, agency and document selected with it)."""
    duty = request.assignment
    version = duty.task.current
    assert version is not None
    open_ = request.state == DutyRequest.State.OPEN
    successor = request.reassigned_to
    seen = successor is not None and Assignment.objects.visible_to(user).filter(pk=successor.pk).exists()
    return RequestPage(
        id=request.pk,
        revision=request.revision,
        kind=capfirst(request.get_kind_display()),
        refusal=request.kind == DutyRequest.Kind.REFUSAL,
        state=request_badge(request.state),
        open=open_,
        code=duty.task.code,
        title=version.title,
        agency=duty.agency.name,
        duty_url=assignment_url(duty.pk),
        duty_state=state_badge(duty.state),
        duty_time=time_badge(duty.state, version.deadline_kind, duty.due_on, duty.done_on, on),
        asked_by=str(request.created_by),
        asked_at=calendar.moment(request.created_at),
        reason=request.reason,
        legal_ground=request.legal_ground,
        old_due=format_day(request.old_due_on),
        new_due=format_day(request.new_due_on),
        late=request.after_deadline,
        file_name=request.document.original_name if request.document else "",
        file_url=reverse("plans:request_file", args=[request.pk]) if request.document_id else "",
        decided_by=str(request.decided_by) if request.decided_by else "",
        decided_at=calendar.moment(request.decided_at),
        decision_reason=request.decision_reason,
        successor=str(successor.agency) if successor is not None else "",
        successor_url=assignment_url(successor.pk) if successor is not None and seen else "",
        body=queues.deciding_body(request.province_id, duty.agency_id, on),
        decides=open_ and DutyRequest.objects.decidable_by(user, on).filter(pk=request.pk).exists(),
        withdraws=open_ and DutyRequest.objects.withdrawable_by(user).filter(pk=request.pk).exists(),
        history=history_of(duty),
    )


def successors_of(request: DutyRequest, on: date) -> "QuerySet[Agency, Agency]":
    """Return the agencies that can take a refused duty: of the province, alive, without that duty."""
    holders = Assignment.objects.filter(
        task_id=request.assignment.task_id, role=request.assignment.role, valid_to__isnull=True
    ).values("agency_id")
    return (
        Agency.objects.valid_on(on)
        .filter(province_id=request.province_id)
        .exclude(pk__in=holders)
        .order_by("order", "name")
    )

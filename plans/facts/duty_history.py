"""What was asked and ruled about a duty, for the screens.

Definitions:

* The history of a duty joins the rulings about it, those about its whole task, and the agency's requests.
* A conclusion that a task is done keeps the day by which the task counted then: a later one takes its place and names
  it with its lateness.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.text import capfirst

from agencies import calendar
from agencies.text import format_day, format_decimal
from plans.facts.badges import Badge
from plans.models import Assignment, DutyRequest, Ruling
from plans.standing import DoneRule

REQUEST_VARIANTS = {
    DutyRequest.State.OPEN: "review",
    DutyRequest.State.GRANTED: "ok",
    DutyRequest.State.DECLINED: "returned",
    DutyRequest.State.WITHDRAWN: "muted",
}
_RULING_VARIANTS = {
    Ruling.Kind.SUSPEND: "muted",
    Ruling.Kind.RESUME: "info",
    Ruling.Kind.CANCEL: "muted",
    Ruling.Kind.FINISH: "ok",
    Ruling.Kind.TASK_DONE: "ok",
}


def request_badge(state: str) -> Badge:
    """Return where a request stands, as a badge."""
    known = DutyRequest.State(state)
    return Badge(capfirst(known.label), REQUEST_VARIANTS[known])


@dataclass(frozen=True)
class HistoryRow:
    """One thing that was asked or ruled."""

    who: str
    action: str
    time: str
    iso: str
    variant: str
    text: str
    document: str
    file_url: str
    url: str


def document_text(number: str, dated: date | None) -> str:
    """Return a document by number and day; empty without a number."""
    if not number:
        return ""
    return f"văn bản số {number}" + (f" ngày {format_day(dated)}" if dated else "")


def concluded(ruling: Ruling) -> str:
    """Return what a conclusion says, with how late it was by the day the task counted by then."""
    late = (ruling.effective_on - ruling.due_on).days if ruling.due_on else 0
    text = f"hoàn thành ngày {format_day(ruling.effective_on)}"
    return f"{text}, muộn {late} ngày so với {format_day(ruling.due_on)}" if late > 0 else text


def _ruling_text(ruling: Ruling, before: Ruling | None) -> str:
    words = [f"hiệu lực từ {format_day(ruling.effective_on)}"]
    if ruling.due_on:
        words.append(f"thời hạn {format_day(ruling.due_on)}")
    if ruling.kind == Ruling.Kind.DONE_RULE:
        share = f" ({format_decimal(ruling.done_share)} %)" if ruling.done_share is not None else ""
        words = [f"{DoneRule(ruling.done_rule).label}{share}"]
    if ruling.kind == Ruling.Kind.TASK_DONE:
        words = [concluded(ruling)]
        if before is not None:
            words.append(f"thay kết luận trước ({concluded(before)})")
    if ruling.reason:
        words.append(ruling.reason)
    return "; ".join(words)


def ruling_rows(rulings: Iterable[Ruling]) -> list[HistoryRow]:
    """Return rulings as lines of the history, in the order recorded (``by`` selected with them)."""
    rows, conclusion = [], None
    for ruling in rulings:
        rows.append(_ruling_row(ruling, conclusion))
        if ruling.kind == Ruling.Kind.TASK_DONE:
            conclusion = ruling
    return rows


def _ruling_row(ruling: Ruling, before: Ruling | None) -> HistoryRow:
    whole = "" if ruling.assignment_id else " (cả nhiệm vụ)"
    return HistoryRow(
        who=str(ruling.by) if ruling.by else "Hệ thống",
        action=f"{ruling.get_kind_display()}{whole}",
        time=calendar.moment(ruling.at),
        iso=calendar.iso(ruling.at),
        variant=_RULING_VARIANTS.get(Ruling.Kind(ruling.kind), "info"),
        text=_ruling_text(ruling, before),
        document=document_text(ruling.document_number, ruling.document_date),
        file_url=reverse("plans:ruling_file", args=[ruling.pk]) if ruling.document_id else "",
        url="",
    )


def _request_row(request: DutyRequest) -> HistoryRow:
    """Return a request as a line of the history (its people selected with it)."""
    asked = f"đề nghị {request.get_kind_display()}"
    if request.new_due_on:
        asked += f" đến {format_day(request.new_due_on)}"
    if request.after_deadline:
        asked += " (sau khi đã quá hạn)"
    return HistoryRow(
        who=str(request.created_by),
        action=f"{asked}: {request.get_state_display()}",
        time=calendar.moment(request.created_at),
        iso=calendar.iso(request.created_at),
        variant=REQUEST_VARIANTS[DutyRequest.State(request.state)],
        text="; ".join(
            part
            for part in (
                request.reason,
                f"căn cứ: {request.legal_ground}" if request.legal_ground else "",
                f"ý kiến của {request.decided_by}: {request.decision_reason}" if request.decision_reason else "",
            )
            if part
        ),
        document="",
        file_url=reverse("plans:request_file", args=[request.pk]) if request.document_id else "",
        url=reverse("plans:request_detail", args=[request.pk]),
    )


def about(assignment: Assignment) -> Q:
    """Return the condition "about this duty, or about its whole task" over rulings."""
    return Q(assignment=assignment) | Q(assignment__isnull=True, task_id=assignment.task_id)


def history_of(assignment: Assignment) -> tuple[HistoryRow, ...]:
    """Return what was ruled and asked about a duty, oldest first, in two queries."""
    rulings = list(Ruling.objects.filter(about(assignment)).select_related("by").order_by("at", "pk"))
    rows: list[tuple[datetime, HistoryRow]] = [
        (ruling.at, row) for ruling, row in zip(rulings, ruling_rows(rulings), strict=True)
    ]
    rows += [
        (request.created_at, _request_row(request))
        for request in DutyRequest.objects.filter(assignment=assignment).select_related("created_by", "decided_by")
    ]
    return tuple(row for _, row in sorted(rows, key=lambda one: one[0]))

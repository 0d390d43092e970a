"""States of duties, reports, periods and plans as a word with its look.

Definitions:

* *Report lateness* compares the first submission with the period's due date; it is not task lateness.
* A *holder* is an agency that still exists: the badge says loudly where an open duty has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from agencies import calendar
from agencies.text import format_day
from plans.facts.buckets import HALTED
from plans.models import Plan, Progress
from plans.standing import Bucket, DeadlineKind, State, Time, time_of


@dataclass(frozen=True)
class Badge:
    """A word with the look of its state (``docs/design.md``, States); without a variant it is plain text."""

    text: str
    variant: str = ""


_STATE_VARIANTS = {
    State.NOT_STARTED: "neutral",
    State.IN_PROGRESS: "info",
    State.AWAITING_REVIEW: "review",
    State.RETURNED: "returned",
    State.DONE: "ok",
    State.SUSPENDED: "muted",
    State.CANCELLED: "muted",
}
BUCKET_VARIANTS = {
    Bucket.DONE_ON_TIME: "ok",
    Bucket.DONE_LATE: "late",
    Bucket.DONE_NO_DEADLINE: "ok",
    Bucket.OPEN_WITHIN: "info",
    Bucket.OPEN_OVERDUE: "over",
    Bucket.OPEN_NO_DEADLINE: "neutral",
    Bucket.SUSPENDED: "muted",
    Bucket.CANCELLED: "muted",
}
_PROGRESS_BADGES = {
    Progress.State.DRAFT: Badge("Nháp, chưa gửi", "draft"),
    Progress.State.WITH_HEAD: Badge("Chờ thủ trưởng duyệt", "review"),
    Progress.State.SUBMITTED: Badge("Chờ duyệt", "review"),
    Progress.State.RETURNED: Badge("Bị trả lại", "returned"),
    Progress.State.ACCEPTED: Badge("Đã duyệt", "ok"),
}


def state_badge(state: str) -> Badge:
    """Return what has been done, as a badge."""
    known = State(state)
    return Badge(known.label, _STATE_VARIANTS[known])


def progress_badge(state: str) -> Badge:
    """Return where a report stands, as a badge."""
    return _PROGRESS_BADGES[Progress.State(state)]


def time_badge(state: str, kind: str, due_on: date | None, done_on: date | None, on: date) -> Badge:
    """Return how a duty compares with its deadline, with the days where they matter."""
    time = time_of(State(state), DeadlineKind(kind), due_on, done_on, on)
    if State(state) in HALTED or due_on is None:
        return Badge("" if State(state) in HALTED else time.label)
    if time is Time.OVERDUE:
        return Badge(f"Quá hạn {(on - due_on).days} ngày", "over")
    if time is Time.DUE_SOON:
        left = (due_on - on).days
        return Badge(f"Còn {left} ngày" if left else "Hạn hôm nay", "due")
    if time is Time.LATE and done_on:
        return Badge(f"Muộn {(done_on - due_on).days} ngày", "late")
    return Badge(time.label, "ok" if time is Time.ON_TIME else "info")


def holder_badge(row: Mapping[str, Any], on: date) -> Badge:
    """Say loudly that the agency of an open duty has ended and nobody has it (empty: somebody does)."""
    ended = row["agency__valid_to"]
    if ended is None or ended >= on or row["state"] in (State.DONE, State.CANCELLED):
        return Badge("")
    return Badge("Chưa có cơ quan nhận", "over")


def lateness(first_submitted_at: datetime | None, due_on: date) -> Badge:
    """Return the report's lateness: its first submission against the period's due date, as moved by an outage."""
    if first_submitted_at is None:
        return Badge("")
    late = (calendar.day_of(first_submitted_at) - due_on).days
    return Badge(f"Nộp muộn {late} ngày", "late") if late > 0 else Badge("Nộp đúng hạn", "ok")


def period_due_badge(due_on: date, on: date) -> Badge:
    """Return how far a period's due date (as moved by an outage) is."""
    left = (due_on - on).days
    day = format_day(due_on)
    if left < 0:
        return Badge(f"đã quá hạn nộp {day} ({-left} ngày)", "over")
    return Badge(
        f"hạn nộp {day} (còn {left} ngày)" if left else f"hạn nộp hôm nay, {day}",
        "due" if left <= 7 else "info",
    )


def plan_state_badge(state: str) -> Badge:
    """Return where a plan stands; one being drafted assigns nothing, and says so."""
    return {
        Plan.State.DRAFTING: Badge("Đang xây dựng, chưa giao việc", "draft"),
        Plan.State.ISSUED: Badge("Đã ban hành", "ok"),
        Plan.State.ENDED: Badge("Đã kết thúc", "muted"),
    }[Plan.State(state)]

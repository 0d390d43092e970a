"""How a duty stands: arithmetic without a database (domain § 3.1 and § 3.11).

Two axes, never typed by hand: *state* (what has been done) × *time* (how that compares with the deadline on a
day). Every duty is in exactly one of eight buckets; units never mix (tasks of a plan, assignments of agencies).

* Progress = done / (all - suspended - cancelled).
* On-time rate = done_on_time / (done_on_time + done_late + open_overdue).
* "Done late" stays late for ever. A deadline counts only if it gives a day: none, ongoing, recurring and
  conditional without a day are "no deadline". Nothing here invents one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum

from django.db.models import TextChoices

DUE_SOON_DAYS = 7


class State(TextChoices):
    """What has been done."""

    NOT_STARTED = "not_started", "Chưa thực hiện"
    IN_PROGRESS = "in_progress", "Đang thực hiện"
    AWAITING_REVIEW = "awaiting_review", "Chờ duyệt"
    RETURNED = "returned", "Bị trả lại"
    DONE = "done", "Hoàn thành"
    SUSPENDED = "suspended", "Tạm dừng"
    CANCELLED = "cancelled", "Bãi bỏ"


class Time(TextChoices):
    """How it compares with the deadline on a day."""

    WITHIN = "within", "Trong hạn"
    DUE_SOON = "due_soon", "Sắp đến hạn"
    OVERDUE = "overdue", "Quá hạn"
    ON_TIME = "on_time", "Đúng hạn"
    LATE = "late", "Muộn hạn"
    NO_DEADLINE = "no_deadline", "Không có thời hạn"
    ONGOING = "ongoing", "Thường xuyên"
    RECURRING = "recurring", "Định kỳ"
    CONDITION_NOT_MET = "condition_not_met", "Chưa đến điều kiện"


class DeadlineKind(TextChoices):
    """What kind of deadline a plan gives."""

    NONE = "none", "Không nêu"
    DATE = "date", "Ngày"
    MONTH = "month", "Tháng"
    QUARTER = "quarter", "Quý"
    YEAR = "year", "Năm"
    RANGE = "range", "Khoảng thời gian"
    RECURRING = "recurring", "Định kỳ"
    ONGOING = "ongoing", "Thường xuyên"
    CONDITIONAL = "conditional", "Có điều kiện"


class Bucket(StrEnum):
    """The eight places a duty can be counted in."""

    DONE_ON_TIME = "done_on_time"
    DONE_LATE = "done_late"
    DONE_NO_DEADLINE = "done_no_deadline"
    OPEN_WITHIN = "open_within"
    OPEN_OVERDUE = "open_overdue"
    OPEN_NO_DEADLINE = "open_no_deadline"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


BUCKET_LABELS = {
    Bucket.DONE_ON_TIME: "Hoàn thành đúng hạn",
    Bucket.DONE_LATE: "Hoàn thành muộn",
    Bucket.DONE_NO_DEADLINE: "Hoàn thành (không có thời hạn)",
    Bucket.OPEN_WITHIN: "Đang thực hiện, trong hạn",
    Bucket.OPEN_OVERDUE: "Quá hạn",
    Bucket.OPEN_NO_DEADLINE: "Đang thực hiện (không có thời hạn)",
    Bucket.SUSPENDED: "Tạm dừng",
    Bucket.CANCELLED: "Bãi bỏ",
}


@dataclass(frozen=True)
class Standing:
    """How one duty stands on a day."""

    state: State
    time: Time
    bucket: Bucket
    done_on: date | None
    due_on: date | None
    days_overdue: int = 0


def time_of(state: State, kind: DeadlineKind, due_on: date | None, done_on: date | None, on: date) -> Time:
    """Return the time axis for a state, a deadline and a day.

    >>> time_of(State.IN_PROGRESS, DeadlineKind.YEAR, date(2021, 12, 31), None, date(2022, 1, 1))
    Time.OVERDUE
    >>> time_of(State.DONE, DeadlineKind.DATE, date(2021, 12, 31), date(2022, 1, 2), date(2022, 6, 1))
    Time.LATE
    >>> time_of(State.NOT_STARTED, DeadlineKind.NONE, None, None, date(2030, 1, 1))
    Time.NO_DEADLINE
    """
    if due_on is None:
        return {
            DeadlineKind.ONGOING: Time.ONGOING,
            DeadlineKind.RECURRING: Time.RECURRING,
            DeadlineKind.CONDITIONAL: Time.CONDITION_NOT_MET,
        }.get(kind, Time.NO_DEADLINE)
    if state is State.DONE:
        return Time.LATE if done_on is not None and done_on > due_on else Time.ON_TIME
    if on > due_on:
        return Time.OVERDUE
    return Time.DUE_SOON if (due_on - on).days <= DUE_SOON_DAYS else Time.WITHIN


def bucket_of(state: State, due_on: date | None, done_on: date | None, on: date) -> Bucket:
    """Return the one bucket in which a duty is counted on a day."""
    if state is State.SUSPENDED:
        return Bucket.SUSPENDED
    if state is State.CANCELLED:
        return Bucket.CANCELLED
    if state is State.DONE:
        if due_on is None:
            return Bucket.DONE_NO_DEADLINE
        return Bucket.DONE_LATE if done_on is not None and done_on > due_on else Bucket.DONE_ON_TIME
    if due_on is None:
        return Bucket.OPEN_NO_DEADLINE
    return Bucket.OPEN_OVERDUE if on > due_on else Bucket.OPEN_WITHIN


def standing_of(state: State, kind: DeadlineKind, due_on: date | None, done_on: date | None, on: date) -> Standing:
    """Return both axes, the bucket and the days overdue."""
    bucket = bucket_of(state, due_on, done_on, on)
    overdue = (on - due_on).days if bucket is Bucket.OPEN_OVERDUE and due_on else 0
    return Standing(state, time_of(state, kind, due_on, done_on, on), bucket, done_on, due_on, overdue)


def combine(parts: Iterable[tuple[State, date | None]]) -> tuple[State, date | None]:
    """Return the state and done date of a task from its lead assignments.

    A task is done when every lead assignment that is neither suspended nor cancelled is done, on the last of
    their days; it is in progress when any has begun.

    >>> combine([(State.DONE, date(2021, 9, 1)), (State.DONE, date(2021, 10, 1))])
    (State.DONE, datetime.date(2021, 10, 1))
    >>> combine([(State.DONE, date(2021, 9, 1)), (State.NOT_STARTED, None)])
    (State.IN_PROGRESS, None)
    >>> combine([])
    (State.NOT_STARTED, None)
    """
    everything = list(parts)
    live = [part for part in everything if part[0] not in (State.SUSPENDED, State.CANCELLED)]
    if not live:
        if not everything:
            return State.NOT_STARTED, None
        cancelled = all(state is State.CANCELLED for state, _ in everything)
        return (State.CANCELLED if cancelled else State.SUSPENDED), None
    states = {state for state, _ in live}
    if states == {State.DONE}:
        return State.DONE, max(day for _, day in live if day)
    if len(states) == 1:
        return states.pop(), None
    return State.IN_PROGRESS, None


@dataclass(frozen=True)
class Counts:
    """How many duties are in each bucket; ``not_updated`` is the second axis and overlaps the buckets."""

    done_on_time: int = 0
    done_late: int = 0
    done_no_deadline: int = 0
    open_within: int = 0
    open_overdue: int = 0
    open_no_deadline: int = 0
    suspended: int = 0
    cancelled: int = 0
    not_updated: int = field(default=0)

    @classmethod
    def of(cls, buckets: Iterable[Bucket], not_updated: int = 0) -> "Counts":
        """Count buckets one by one."""
        tally = dict.fromkeys(Bucket, 0)
        for bucket in buckets:
            tally[bucket] += 1
        return cls(**{bucket.value: number for bucket, number in tally.items()}, not_updated=not_updated)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(Counts)})

    @property
    def total(self) -> int:
        """All duties."""
        return sum(getattr(self, bucket.value) for bucket in Bucket)

    @property
    def counted(self) -> int:
        """The denominator of progress: all but suspended and cancelled."""
        return self.total - self.suspended - self.cancelled

    @property
    def done(self) -> int:
        """The numerator of progress."""
        return self.done_on_time + self.done_late + self.done_no_deadline

    @property
    def open(self) -> int:
        """Begun or not, not yet done."""
        return self.open_within + self.open_overdue + self.open_no_deadline

    @property
    def timed(self) -> int:
        """The denominator of the on-time rate."""
        return self.done_on_time + self.done_late + self.open_overdue

    def eight(self) -> dict[str, int]:
        """Return the eight keys of domain § 3.11."""
        return {bucket.value: getattr(self, bucket.value) for bucket in Bucket}

"""How a duty stands: arithmetic without a database (domain § 3.1 and § 3.11).

Two axes, never typed by hand: *state* (what has been done) × *time* (how that compares with the deadline on a
day). Every duty is in exactly one of eight buckets; units never mix (tasks of a plan, assignments of agencies).

* Progress = done / (all - suspended - cancelled).
* On-time rate = done_on_time / (done_on_time + done_late + open_overdue).
* "Done late" stays late for ever: what is done is judged by the deadline that was in force on the day it was done,
  so an extension granted afterwards erases nothing.
* A deadline counts only if it gives a day: none, ongoing and conditional without a day are "no deadline"; a
  recurring one gives the due date of the earliest period not yet reported. Nothing here invents one.
* "Condition not met" is said of what is open; what is done without a day had no deadline.
* Ongoing and recurring duties are not finished by a report: only by a ruling or the end of the plan.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
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


class DueOrigin(TextChoices):
    """Where the day by which a duty counts comes from."""

    PLAN = "plan", "theo kế hoạch"
    INTERNAL = "internal", "do Sở Nội vụ đặt"
    CONDITION = "condition", "từ văn bản kích hoạt"
    EXTENSION = "extension", "đã gia hạn"
    PERIOD = "period", "theo kỳ báo cáo"


class DoneRule(TextChoices):
    """When a task of several leads is done (domain rule 3)."""

    ALL = "all", "khi mọi cơ quan hoàn thành"
    THRESHOLD = "threshold", "khi đạt tỷ lệ cơ quan hoàn thành"
    REVIEWER = "reviewer", "khi cơ quan thường trực kết luận"


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
    >>> time_of(State.DONE, DeadlineKind.CONDITIONAL, None, date(2021, 12, 5), date(2030, 1, 1))
    Time.NO_DEADLINE
    """
    if kind is DeadlineKind.ONGOING and state is not State.DONE:
        return Time.ONGOING
    if due_on is None:
        if kind is DeadlineKind.CONDITIONAL and state is State.DONE:
            return Time.NO_DEADLINE
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


NEVER_FINISHED_BY_A_REPORT = frozenset({DeadlineKind.ONGOING, DeadlineKind.RECURRING})


def asks_in(recurrence: str, period_kind: str) -> bool:
    """Tell whether a recurring duty is due in a reporting period of a kind.

    A yearly one only in the yearly period, a half-yearly one in "6 tháng" and "năm"; every other one in each
    period of its plan ("định kỳ theo quy định" gives no finer rhythm).

    >>> asks_in("yearly", "quarter_3"), asks_in("yearly, before 30/11", "year"), asks_in("periodic", "quarter_3")
    (False, True, True)
    """
    if recurrence.startswith("yearly"):
        return period_kind == "year"
    if recurrence.startswith("half"):
        return period_kind in ("half", "year")
    return True


@dataclass(frozen=True)
class DueStatement:
    """A day by which a duty counts, from the day on which that was said (None: from the beginning)."""

    effective_on: date | None
    due_on: date | None
    origin: DueOrigin = DueOrigin.PLAN


def due_in_force(statements: Sequence[DueStatement], on: date) -> DueStatement:
    """Return the statement that counts on a day: the last one in effect, or the first when none is yet.

    ``statements`` come in the order of their effect.

    >>> plan = DueStatement(None, date(2021, 3, 31))
    >>> granted = DueStatement(date(2021, 4, 20), date(2021, 6, 30), DueOrigin.EXTENSION)
    >>> due_in_force([plan, granted], date(2021, 4, 10)).due_on
    datetime.date(2021, 3, 31)
    >>> due_in_force([plan, granted], date(2021, 5, 1)).due_on
    datetime.date(2021, 6, 30)
    """
    if not statements:
        return DueStatement(None, None)
    counting = statements[0]
    for statement in statements:
        if statement.effective_on is None or statement.effective_on <= on:
            counting = statement
    return counting


class Reached(TextChoices):
    """How a milestone on the way of a task stands."""

    MET = "met", "Đạt"
    NOT_MET = "not_met", "Chưa đạt"
    UNKNOWN = "unknown", "Đã qua mốc, chưa có số liệu"
    AHEAD = "ahead", "Chưa đến mốc"


def milestone_reached(
    due_on: date, value: Decimal | None, figure: Decimal | None, done_on: date | None, on: date
) -> Reached:
    """Return how a milestone stands on a day; it never changes whether the task itself is done or overdue.

    ``figure`` is the latest accepted one for a period cut off by ``due_on``. Without a value to reach, only a task
    done by then is known to have reached it: nothing is guessed.

    >>> milestone_reached(date(2022, 12, 31), Decimal(50), Decimal(60), None, date(2023, 1, 5))
    Reached.MET
    >>> milestone_reached(date(2022, 12, 31), None, None, None, date(2023, 1, 5))
    Reached.UNKNOWN
    """
    if done_on is not None and done_on <= due_on:
        return Reached.MET
    if value is not None and figure is not None and figure >= value:
        return Reached.MET
    if on <= due_on:
        return Reached.AHEAD
    return Reached.UNKNOWN if value is None or figure is None else Reached.NOT_MET


@dataclass(frozen=True)
class Part:
    """One lead's duty in a task, as it counts towards the task."""

    state: State
    done_on: date | None = None
    due_on: date | None = None


@dataclass(frozen=True)
class Rule:
    """When a task of several leads is done. ``share`` is a percentage; ``finished_on`` the reviewer's conclusion."""

    kind: DoneRule = DoneRule.ALL
    share: Decimal | None = None
    finished_on: date | None = None


def needed(share: Decimal, members: int) -> int:
    """Return how many members make a percentage of them (rounded up).

    >>> needed(Decimal(80), 9), needed(Decimal(50), 4), needed(Decimal(25), 1)
    (8, 2, 1)
    """
    # Decimal's // cuts towards zero, so it is not a way to round up.
    whole, rest = divmod(share * members, 100)
    return int(whole) + (1 if rest else 0)


def task_standing(parts: Iterable[Part], rule: Rule, kind: DeadlineKind, own_due: date | None, on: date) -> Standing:
    """Return how a task stands, from its lead duties that are in force (``own_due``: the plan's day without any).

    Done by the rule: *all* members, a *threshold* (on the day that reached it), or the *reviewer's* conclusion. Its
    day is the latest of its members' days (an extension of one extends the task); of a recurring task the earliest.
    """
    everything = list(parts)
    state, done_on = combine((part.state, part.done_on) for part in everything)
    live = [part for part in everything if part.state not in (State.SUSPENDED, State.CANCELLED)]
    if rule.kind is DoneRule.THRESHOLD and rule.share is not None and live:
        days = sorted(part.done_on for part in live if part.done_on)
        enough = needed(rule.share, len(live))
        if len(days) >= enough:
            state, done_on = State.DONE, days[enough - 1]
        elif state is State.DONE:
            state, done_on = State.IN_PROGRESS, None
    elif rule.kind is DoneRule.REVIEWER and live:
        if rule.finished_on is not None and rule.finished_on <= on:
            state, done_on = State.DONE, rule.finished_on
        elif state is State.DONE:
            state, done_on = State.IN_PROGRESS, None
    return standing_of(state, kind, task_due([part.due_on for part in live], kind, own_due), done_on, on)


def task_due(days: Sequence[date | None], kind: DeadlineKind, own_due: date | None) -> date | None:
    """Return the day of a task from the days of its live duties."""
    given = [day for day in days if day is not None]
    if not days:
        return own_due
    if kind is DeadlineKind.RECURRING:
        return min(given, default=None)
    return max(given) if len(given) == len(days) else None


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

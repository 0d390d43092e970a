"""A year as the rules tell it, without a line of the portal: who may do what on which day, and how it must count.

``tests/plans/test_year_machine.py`` asks this model before every step and compares what is on record after it. Each
question returns why a step must be refused, or an empty text; the words are those that a failure prints.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

DRAFT, WITH_HEAD, SUBMITTED, RETURNED, ACCEPTED = "draft", "with_head", "submitted", "returned", "accepted"

STRANGER = "not of that agency"
OWN_WORK = "own work"
NOT_THEIRS = "another body decides it"
OUTSIDE = "outside the window"
NO_REASON = "no reason"
WRONG_STATE = "it does not stand there"
INCOMPLETE = "incomplete"
HEAD_FIRST = "the head must approve first"
NO_HEAD = "no head is asked there"
NO_NEED = "not needed"
WRONG_DAY = "the day cannot be"
DONE = "the duty is done"

# A task and the agency that leads it; a report is of such a pair and a period.
Pair = tuple[str, str]
Key = tuple[Pair, str]

# The duties that the machine works on, and the day by which the plan wants them.
DUTIES: dict[Pair, date | None] = {
    ("1", "STP"): date(2021, 12, 31),
    ("5", "SYT"): date(2021, 11, 30),
    ("2", "SNV"): None,
    ("3", "STP"): None,
}
AGENCIES = ("STP", "SYT", "SNV")
PERIODS = ("2021-Q3", "2021-Y")
KEYS: list[Key] = [(pair, period) for pair in DUTIES for period in PERIODS]

FIRST_DAYS = tuple(date(2021, month, day) for month, day in ((9, 1), (9, 18), (11, 28), (12, 1), (12, 18), (12, 31)))

MEMBER_OF = {
    "snv.thamdinh": {"SNV"},
    "vpub.thamdinh": {"VPUB"},
    "hai.vai": {"SNV", "STP"},
    "ba.vai": {"SNV", "SYT"},
    "stp.thutruong": {"STP"},
    "snv.canbo": {"SNV"},
    "stp.canbo": {"STP"},
    "syt.canbo": {"SYT"},
}
WRITES_FOR = {"snv.canbo": "SNV", "stp.canbo": "STP", "syt.canbo": "SYT", "hai.vai": "STP", "ba.vai": "SYT"}
HEADS = {"stp.thutruong": "STP"}
OFFICE, SECOND = "SNV", "VPUB"
REVIEWERS_OF = {"snv.thamdinh": OFFICE, "hai.vai": OFFICE, "ba.vai": OFFICE, "vpub.thamdinh": SECOND}
PEOPLE = tuple(MEMBER_OF)
REVIEWERS = tuple(REVIEWERS_OF)
LONGEST_REOPENING = timedelta(days=31)


def writes(who: str, agency: str) -> str:
    """Return why a person does not write the reports of an agency."""
    return "" if WRITES_FOR.get(who) == agency else STRANGER


def decides(who: str, agency: str) -> str:
    """Return why a person does not decide for an agency: the office does, but for itself, the second body for it."""
    if who not in REVIEWERS_OF:
        return STRANGER
    if agency in MEMBER_OF[who]:
        return OWN_WORK
    return "" if (REVIEWERS_OF[who] == OFFICE) == (agency != OFFICE) else NOT_THEIRS


@dataclass
class Sent:
    """One submission."""

    day: date
    done_on: date | None
    withdrawn: bool = False
    accepted: bool = False


@dataclass
class Report:
    """The report of a duty for a period; ``written`` is the done date that waits for the head.

    ``shows``: the version that is written has a file; ``showed``: the accepted one has.
    """

    state: str = DRAFT
    sent: list[Sent] = field(default_factory=list)
    written: date | None = None
    shows: bool = False
    showed: bool = False

    @property
    def first(self) -> date | None:
        """The first submission that was not withdrawn."""
        return next((one.day for one in self.sent if not one.withdrawn), None)

    def hand_in(self, day: date, done_on: date | None) -> None:
        """Count a submission."""
        self.sent.append(Sent(day, done_on))
        self.state = SUBMITTED

    def take_back(self) -> None:
        """Withdraw it, from the head or from review: a submission counts no more."""
        if self.state == SUBMITTED:
            self.sent[-1].withdrawn = True
        self.state = DRAFT

    def decide(self, *, accept: bool) -> None:
        """Count a decision on the last submission."""
        self.sent[-1].accepted = accept
        self.state = ACCEPTED if accept else RETURNED
        if accept:
            self.showed = self.shows

    @property
    def is_corrected(self) -> bool:
        """Whether a correction of what was accepted is being written."""
        return self.state == DRAFT and any(one.accepted for one in self.sent)

    def give_up(self) -> None:
        """Count again what was accepted."""
        self.state, self.shows = ACCEPTED, self.showed


@dataclass
class Period:
    """A period: its days, and what moved its end. ``leaves`` holds (agency, last day) given since the last close."""

    opens: date
    cut_off: date
    due: date
    closes: date | None
    closed: bool = False
    reopened: list[date] = field(default_factory=list)
    leaves: list[tuple[str, date]] = field(default_factory=list)

    def taken_until(self, agency: str) -> date:
        """Return the last day on which reports of an agency are taken (``date.max``: no end)."""
        ends = self.reopened if self.closed else [self.closes or date.max]
        return max([*ends, *(until for whose, until in self.leaves if whose == agency)], default=date.min)

    def is_over(self, day: date) -> bool:
        """Tell whether its cut-off and its end for all have passed, by a close too."""
        return self.closed or day > max(self.cut_off, self.closes or self.due)

    def is_open(self, agency: str, day: date) -> bool:
        """Tell whether reports of an agency are taken on a day."""
        return self.opens <= day <= self.taken_until(agency)

    def move(self, until: date) -> None:
        """Move due date and closing for everybody."""
        self.due = until
        self.closes = max(self.closes, until) if self.closes else None
        self.reopened = [max(day, until) for day in self.reopened]

    def close(self) -> None:
        """End the window for everybody, and late leave with it."""
        self.closed, self.reopened, self.leaves = True, [], []

    def why_not_closed(self, day: date) -> str:
        """Return why it cannot be closed on a day: its cut-off and its end must be over; again only once reopened."""
        if self.closed:
            return "" if self.reopened else WRONG_STATE
        return "" if self.is_over(day) else WRONG_DAY


class Model:
    """Everything that was done so far, and what follows from it on ``day``."""

    def __init__(self, day: date) -> None:
        self.day = day
        self.periods = {
            "2021-Q3": Period(date(2021, 9, 1), date(2021, 9, 14), date(2021, 9, 20), date(2021, 9, 20)),
            "2021-Y": Period(date(2021, 11, 15), date(2021, 12, 14), date(2021, 12, 20), None),
        }
        self.reports: dict[Key, Report] = {}
        self.days: dict[Pair, list[tuple[date, date | None]]] = {
            pair: [(date.min, due)] for pair, due in DUTIES.items()
        }
        self.asked: dict[Pair, date] = {}
        self.needs_head: set[str] = set()

    def standing(self, *states: str) -> list[Key]:
        """Return the reports in some states."""
        return [key for key, report in self.reports.items() if report.state in states]

    def rows(self) -> Iterable[Period]:
        """Return the periods."""
        return self.periods.values()

    def writable(self) -> list[Key]:
        """Return the reports that their agencies may write and hand in today, those with a deadline twice."""
        there = [key for key in KEYS if self.why_not_begun(key) == ""]
        return there + [key for key in there if DUTIES[key[0]]]

    def over(self) -> list[str]:
        """Return the periods that can be closed today."""
        return [code for code, period in self.periods.items() if period.why_not_closed(self.day) == ""]

    def shut(self) -> list[tuple[str, str]]:
        """Return the agencies and periods for which late leave has a use today."""
        return [
            (agency, code)
            for agency in AGENCIES
            for code, period in self.periods.items()
            if period.opens <= self.day and period.taken_until(agency) < self.day + timedelta(days=10)
        ]

    def near_its_end(self) -> list[str]:
        """Return the periods that an outage may have hit: a few days before and after they were due."""
        return [code for code, period in self.periods.items() if abs(self.day - period.due) <= timedelta(days=3)]

    def extendable(self) -> list[Pair]:
        """Return the duties for which more time can be asked today."""
        return [
            pair for pair in DUTIES if self.due_on(pair, self.day) and not self.done_on(pair) and pair not in self.asked
        ]

    def next_edge(self) -> date:
        """Return the next day on which something begins, or the first after something ended."""
        days = {due for said in self.days.values() for _, due in said if due}
        for period in self.periods.values():
            days |= {period.opens, period.due, period.closes or period.due}
            days.update(period.reopened, (until for _, until in period.leaves))
        edges = days | {day + timedelta(days=1) for day in days}
        return min((day for day in edges if day > self.day), default=self.day + timedelta(days=30))

    # --- duties ----------------------------------------------------------------------------------------------

    def due_on(self, pair: Pair, day: date) -> date | None:
        """Return the day by which a duty counted on a day: an extension counts from the day it was granted."""
        return [due for since, due in self.days[pair] if since <= day][-1]

    def done_on(self, pair: Pair) -> date | None:
        """Return when a duty was done: what the report accepted last says, the earlier period first."""
        for period in self.periods:
            report = self.reports.get((pair, period), Report())
            accepted = [one for one in report.sent if one.accepted]
            if accepted and accepted[-1].done_on:
                return accepted[-1].done_on
        return None

    def bucket(self, pair: Pair) -> str:
        """Return where a duty counts today; what is done counts by the day that was in force when it was done."""
        done = self.done_on(pair)
        due = self.due_on(pair, done or self.day)
        if due is None:
            return "done_no_deadline" if done else "open_no_deadline"
        if done:
            return "done_late" if done > due else "done_on_time"
        return "open_overdue" if self.day > due else "open_within"

    def is_late_for_ever(self, pair: Pair) -> bool:
        """Tell whether a duty was done late by the day of then, and would not be by an extension granted afterwards."""
        done, last = self.done_on(pair), self.days[pair][-1][1]
        return self.bucket(pair) == "done_late" and done is not None and last is not None and done <= last

    # --- reports ---------------------------------------------------------------------------------------------

    def is_shut(self, key: Key) -> bool:
        """Tell whether the window of a report is shut today."""
        (_, agency), period = key
        return not self.periods[period].is_open(agency, self.day)

    def why_not_begun(self, key: Key) -> str:
        """Return why nobody of its agency can hand a report in today: what was once handed in has no window."""
        report = self.reports.get(key, Report())
        if report.state not in (DRAFT, RETURNED):
            return WRONG_STATE
        return OUTSIDE if report.first is None and self.is_shut(key) else ""

    def why_not_written(self, key: Key, who: str) -> str:
        """Return why a person cannot keep a draft: one that was begun is kept on any day."""
        stranger = writes(who, key[0][1])
        if stranger or key not in self.reports:
            return stranger or (OUTSIDE if self.is_shut(key) else "")
        return "" if self.reports[key].state in (DRAFT, RETURNED) else WRONG_STATE

    def why_not_handed_in(self, key: Key, who: str, *, says: str, done_on: date | None, to_head: bool) -> str:
        """Return why a person cannot hand a report in, or put it before the head."""
        why_not = writes(who, key[0][1]) or self.why_not_begun(key)
        if why_not:
            return why_not
        if to_head != (key[0][1] in self.needs_head):
            return NO_HEAD if to_head else HEAD_FIRST
        return INCOMPLETE if not says or (done_on is not None and done_on > self.day) else ""

    def why_not_answered(self, key: Key, who: str, *, leaves: bool, reason: str) -> str:
        """Return why a person cannot let a report leave the agency, or give it back to its officer."""
        report = self.reports[key]
        if HEADS.get(who) != key[0][1]:
            return STRANGER
        if report.state != WITH_HEAD:
            return WRONG_STATE
        if leaves:
            return OUTSIDE if report.first is None and self.is_shut(key) else ""
        return "" if reason else NO_REASON

    def why_not_withdrawn(self, key: Key, who: str) -> str:
        """Return why a person cannot take a report back: from review only while it could be handed in again."""
        state = self.reports[key].state
        if writes(who, key[0][1]):
            return STRANGER
        if state not in (WITH_HEAD, SUBMITTED):
            return WRONG_STATE
        # What was handed in earlier and stands keeps its day: then it can be handed in again on any day.
        earlier = any(not one.withdrawn for one in self.reports[key].sent[:-1])
        return OUTSIDE if state == SUBMITTED and not earlier and self.is_shut(key) else ""

    def why_not_decided(self, key: Key, who: str, *, accept: bool, reason: str) -> str:
        """Return why a person cannot accept or return a report."""
        why_not = decides(who, key[0][1])
        if why_not or self.reports[key].state != SUBMITTED:
            return why_not or WRONG_STATE
        return "" if accept or reason else NO_REASON

    def why_not_corrected(self, key: Key, who: str, reason: str) -> str:
        """Return why a person cannot open an accepted report again."""
        stranger = writes(who, key[0][1])
        if stranger or self.reports[key].state != ACCEPTED:
            return stranger or WRONG_STATE
        return "" if reason else NO_REASON

    def why_not_given_up(self, key: Key, who: str) -> str:
        """Return why a person cannot give a correction up."""
        return writes(who, key[0][1]) or ("" if self.reports[key].is_corrected else WRONG_STATE)

    # --- windows and extensions ------------------------------------------------------------------------------

    def why_no_leave(self, agency: str, period: str, who: str, until: date, reason: str) -> str:
        """Return why a person cannot let an agency report late until a day."""
        row = self.periods[period]
        refused = decides(who, agency)
        if refused or not reason:
            return refused or NO_REASON
        if until < self.day or self.day < row.opens:
            return WRONG_DAY
        return NO_NEED if row.is_open(agency, self.day) and row.taken_until(agency) >= until else ""

    def why_not_moved(self, period: str, until: date, reason: str) -> str:
        """Return why a reviewer cannot move due date and closing for everybody: a closed period is reopened first."""
        if self.periods[period].closed and max(self.periods[period].reopened, default=date.min) < self.day:
            return OUTSIDE
        if until <= self.periods[period].due or until < self.day:
            return WRONG_DAY
        return "" if reason else NO_REASON

    def why_not_closed(self, period: str, who: str) -> str:
        """Return why a person cannot close a period today."""
        return self.periods[period].why_not_closed(self.day) if REVIEWERS_OF.get(who) == OFFICE else STRANGER

    def why_not_reopened(self, period: str, who: str, until: date, reason: str) -> str:
        """Return why a person cannot open a closed period again until a day."""
        if REVIEWERS_OF.get(who) != OFFICE:
            return STRANGER
        if not self.day <= until <= self.day + LONGEST_REOPENING:
            return WRONG_DAY
        if max(self.periods[period].reopened, default=date.min) >= self.day:
            return NO_NEED
        return "" if reason else NO_REASON

    def why_no_extension_asked(self, pair: Pair, who: str, until: date, reason: str) -> str:
        """Return why a person cannot ask for more time."""
        due = self.due_on(pair, self.day)
        if pair[1] not in (WRITES_FOR.get(who), HEADS.get(who)):
            return STRANGER
        if self.done_on(pair):
            return DONE
        if due is None or pair in self.asked:
            return NO_NEED
        if until <= due or until < self.day:
            return WRONG_DAY
        return "" if reason else NO_REASON

    def why_no_extension_decided(self, pair: Pair, who: str, *, grant: bool, reason: str) -> str:
        """Return why a person cannot grant or decline more time."""
        refused = decides(who, pair[1])
        if refused:
            return refused
        if grant:
            return DONE if self.done_on(pair) else ""
        return "" if reason else NO_REASON

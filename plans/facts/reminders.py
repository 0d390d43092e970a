"""What the clock has to say today, to whom, and what has been said.

Definitions:

* A duty *asks for a reminder* while it is open (neither done nor halted), its plan is issued, its deadline gives a day
  and that day is at most a week away (``plans.reminders`` has the ladder). A duty whose work is reported as finished
  and waits for the reviewer is left in peace: the reviewer is the one to act.
* A period *asks for a reminder* while reports are about it (``windows.latest_period``): each agency that still owes
  some (``plans.facts.recorded.owing``) is reminded once a rung, of all of them together. Its due day is the one that an
  outage may have moved (``plans.facts.recorded.due_dates``). A recurring duty is reminded with its period, and as a
  duty only while an earlier period's report is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from agencies import calendar
from agencies.models import User
from plans.facts import windows
from plans.facts.addresses import assignment_url
from plans.facts.buckets import bucket_condition
from plans.facts.recorded import owing
from plans.facts.staff import NOBODY, Staff, staff
from plans.facts.windows import Window, latest_period
from plans.models import Assignment, Plan, Progress, Reminder, TaskVersion
from plans.reminders import BEFORE, Audience, Rung, audiences, code_label, distance, rung_on
from plans.standing import Bucket, DeadlineKind

# What is due to be said


@dataclass(frozen=True)
class Due:
    """One reminder that is due: of a duty or of a period, to one audience. ``sentence`` says it whole."""

    agency_id: int
    assignment_id: int | None
    period_id: int | None
    due_on: date
    rung: Rung
    audience: Audience
    sentence: str
    overdue: bool

    @property
    def key(self) -> tuple[int | None, int | None, int, date, str, str]:
        """What makes it one and the same reminder."""
        return (
            self.assignment_id,
            self.period_id,
            self.agency_id,
            self.due_on,
            self.rung.code,
            self.audience.value,
        )


@dataclass(frozen=True)
class _Matter:
    """What a reminder is about: a duty or an agency's reports of a period."""

    agency_id: int
    agency: str
    assignment_id: int | None
    period_id: int | None
    due_on: date
    what: str
    # What is said upwards where it differs (duties of "Đề nghị" are not counted there).
    upwards: str
    proposed: bool
    closed: str = ""

    def sentence(self, audience: Audience, on: date, people: Staff) -> str:
        """Say it to an audience."""
        far = distance(self.due_on, on)
        if audience is Audience.OFFICER:
            return f"{self.what}: {far}.{self.closed}"
        if audience is Audience.HEAD:
            return f"{self.agency}, thủ trưởng: {people.head_names}. {self.upwards}: {far}.{self.closed}"
        return f"{self.agency} (thủ trưởng: {people.head_names}): {self.upwards}, {far}."


def _closed(window: Window, agency_id: int) -> str:
    """Say what an agency does about a period that has closed; empty while it is open for all."""
    if window.is_open() or window.on < window.period.opens_on:
        return ""
    last = window.last_day(agency_id)
    if window.is_open(agency_id):
        return f" Được nộp muộn đến hết ngày {last:%d/%m/%Y}."
    if window.closed_on is not None:
        return f" Kỳ đã chốt ngày {window.closed_on:%d/%m/%Y}: hãy đề nghị Sở Nội vụ cho nộp muộn."
    return f" Kỳ đã đóng ngày {window.closes_on:%d/%m/%Y}: hãy đề nghị Sở Nội vụ cho nộp muộn."


def _window(plan: Plan, on: date) -> Window | None:
    period = latest_period(plan.pk, on)
    return windows.window(period, on) if period is not None else None


def asking(plan: Plan, on: date, period_due_on: date | None = None) -> QuerySet[Assignment]:
    """Return the duties of a plan that ask for a reminder (``period_due_on``: of the latest opened period)."""
    finished = Progress.objects.filter(
        assignment__task__plan=plan, state=Progress.State.SUBMITTED, latest__done_on__isnull=False
    )
    near = Q(due_on__lte=on + timedelta(days=max(BEFORE)))
    with_its_period = Q(task__current__deadline_kind=DeadlineKind.RECURRING, due_on=period_due_on)
    return (
        Assignment.objects.filter(task__plan=plan)
        .leading(on)
        .filter(bucket_condition(Bucket.OPEN_OVERDUE, on) | (bucket_condition(Bucket.OPEN_WITHIN, on) & near))
        .exclude(pk__in=finished.values("assignment_id"))
        .exclude(with_its_period if period_due_on else Q(pk__in=()))
    )


def _duties(plan: Plan, on: date, window: Window | None) -> list[_Matter]:
    label = str(plan)
    return [
        _Matter(
            agency_id=row["agency_id"],
            agency=row["agency__name"],
            assignment_id=row["id"],
            period_id=None,
            due_on=row["due_on"],
            what=f"Nhiệm vụ {row['task__code']} “{row['task__current__title']}” ({label})",
            upwards=f"Nhiệm vụ {row['task__code']} “{row['task__current__title']}” ({label})",
            proposed=row["task__current__authority"] == TaskVersion.Authority.PROPOSE,
        )
        for row in asking(plan, on, window.due_on if window else None)
        .order_by("due_on", "task__order", "agency__order", "pk")
        .values(
            *("id", "agency_id", "agency__name", "due_on"),
            *("task__code", "task__current__title", "task__current__authority"),
        )
    ]


def _reports(plan: Plan, on: date, window: Window | None) -> list[_Matter]:
    if window is None or rung_on(window.due_on, on) is None:
        return []
    period = window.period
    start = f"Báo cáo kỳ {period.name} ({plan})"
    rows = (
        Assignment.objects.filter(task__plan=plan)
        .leading(on)
        .filter(owing({plan.pk: period.pk}))
        .order_by("agency__order", "agency_id")
        .values("agency_id", "agency__name")
        .annotate(
            number=Count("id"), rated=Count("id", filter=~Q(task__current__authority=TaskVersion.Authority.PROPOSE))
        )
    )
    return [
        _Matter(
            agency_id=row["agency_id"],
            agency=row["agency__name"],
            assignment_id=None,
            period_id=period.pk,
            due_on=window.due_on,
            what=f"{start}, còn {row['number']} nhiệm vụ của {row['agency__name']} chưa gửi",
            upwards=f"{start}, còn {row['rated']} nhiệm vụ chưa gửi",
            proposed=not row["rated"],
            closed=_closed(window, row["agency_id"]),
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Said:
    """What is due to be said for a plan today, and the people who would hear it."""

    due: tuple[Due, ...]
    staff: Mapping[int, Staff]
    agencies: Mapping[int, str]


def due_today(plan: Plan, on: date) -> Said:
    """Return the reminders of an issued plan that are due and not recorded yet, in a fixed number of queries."""
    if plan.state != Plan.State.ISSUED:
        return Said((), {}, {})
    window = _window(plan, on)
    matters = [*_duties(plan, on, window), *_reports(plan, on, window)]
    people = staff((matter.agency_id for matter in matters), on)
    known = {
        (one["assignment_id"], one["period_id"], one["agency_id"], one["due_on"], one["rung"], one["audience"])
        for one in Reminder.objects.filter(plan=plan, sent_by__isnull=True).values(
            "assignment_id", "period_id", "agency_id", "due_on", "rung", "audience"
        )
    }
    found = []
    for matter in matters:
        rung = rung_on(matter.due_on, on)
        if rung is None:
            continue
        for audience in audiences(rung, proposed=matter.proposed):
            one = Due(
                agency_id=matter.agency_id,
                assignment_id=matter.assignment_id,
                period_id=matter.period_id,
                due_on=matter.due_on,
                rung=rung,
                audience=audience,
                sentence=matter.sentence(audience, on, people.get(matter.agency_id, NOBODY)),
                overdue=on > matter.due_on,
            )
            if one.key not in known:
                found.append(one)
    return Said(tuple(found), people, {matter.agency_id: matter.agency for matter in matters})


# What has been said


@dataclass(frozen=True)
class ReminderRow:
    """One recorded reminder."""

    when: str
    iso: str
    what: str
    audience: str
    sentence: str
    told: str
    by: str
    agency: str
    url: str
    variant: str
    icon: str


def reminder_rows(found: QuerySet[Any, Any]) -> tuple[ReminderRow, ...]:
    """Return recorded reminders for people to read, in one query."""
    return tuple(
        ReminderRow(
            when=calendar.moment(one.created_at),
            iso=calendar.iso(one.created_at),
            what=code_label(one.rung),
            # A person's chase goes to officers and head alike; ``told`` names them.
            audience="" if one.sent_by else one.get_audience_display(),
            sentence=one.sentence,
            told=one.told,
            by=one.sent_by.full_name if one.sent_by else "Hệ thống",
            agency=one.agency.label,
            url=assignment_url(one.assignment_id) if one.assignment_id else "",
            variant="over" if one.audience == Audience.LEADER else "due",
            icon="send" if one.sent_by else "bell",
        )
        for one in found.select_related("agency", "sent_by")
    )


def history(assignment: Assignment, user: User) -> tuple[ReminderRow, ...]:
    """Return the reminders of one duty that the user may see, newest first."""
    return reminder_rows(Reminder.objects.visible_to(user).filter(assignment=assignment).order_by("-created_at", "-id"))

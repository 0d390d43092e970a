"""Chasing: what is due to be said, to whom, and what has been said.

Definitions:

* The *staff* of an agency are the people with an officer's or the head's role there on a day who can still log in.
  Officers are reminded; where an agency has no officer, its heads are. A person without an address is told in the
  portal only. An agency without staff can be told nothing: it is shown apart, and nothing is recorded.
* A duty *asks for a reminder* while it is open (neither done nor halted), its plan is issued, its deadline gives a day
  and that day is at most a week away (``plans.reminders`` has the ladder). A duty whose work is reported as finished
  and waits for the reviewer is left in peace: the reviewer is the one to act.
* A period *asks for a reminder* while reports are about it (``latest_period``): each agency that still owes some
  (``plans.facts.recorded.owing``) is reminded once a rung, of all of them together. Its due day is the one that an
  outage may have moved (``plans.facts.recorded.due_dates``). A recurring duty is reminded with its period, and as a
  duty only while an earlier period's report is missing.
* The *leaders' list* names the duties and periods that are overdue for two weeks or more, by agency, with the head's
  name. Bodies addressed with "Đề nghị" are never on it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Max, Q, QuerySet

from agencies import calendar
from agencies.models import Membership, User, valid_on
from agencies.permissions import Permission, Role
from agencies.text import format_day
from plans.facts import windows
from plans.facts.addresses import assignment_url
from plans.facts.assignment_list import COLUMNS, Wanted, assignments, deadline_of
from plans.facts.badges import Badge, state_badge, time_badge
from plans.facts.buckets import OVER, bucket_condition
from plans.facts.periods import Periods
from plans.facts.recorded import latest_period, owing
from plans.facts.windows import Window
from plans.models import Assignment, Plan, Progress, Reminder, ReportingPeriod, TaskVersion, WindowException
from plans.models.task import AssignmentQuerySet
from plans.reminders import BEFORE, CHASE, LEADER_FROM, Audience, Rung, audiences, code_label, distance, rung_on
from plans.standing import Bucket, DeadlineKind

ROLE_WORDS = {Role.OFFICER: "cán bộ đầu mối", Role.AGENCY_HEAD: "thủ trưởng cơ quan", Role.LEADER: "lãnh đạo tỉnh"}
NO_ADDRESS = "không có địa chỉ thư"
NO_HEAD = "chưa có tên thủ trưởng trong hệ thống"


# Who can be told


@dataclass(frozen=True)
class Staff:
    """The people of an agency who can be told something on a day."""

    officers: tuple[User, ...] = ()
    heads: tuple[User, ...] = ()

    @property
    def reminded(self) -> tuple[User, ...]:
        """Who is reminded: the officers; the heads where there is no officer."""
        return self.officers or self.heads

    @property
    def everybody(self) -> tuple[User, ...]:
        """Officers and heads, each once."""
        return tuple(dict.fromkeys((*self.officers, *self.heads)))

    @property
    def head_names(self) -> str:
        """The heads by name."""
        return ", ".join(head.full_name for head in self.heads) or NO_HEAD

    def role_of(self, person: User) -> str:
        """Return in which role a person is told."""
        return ROLE_WORDS[Role.OFFICER if person in self.officers else Role.AGENCY_HEAD]


NOBODY = Staff()


def staff(agency_ids: Iterable[int], on: date) -> dict[int, Staff]:
    """Return agency id → its staff on a day, in one query; an agency without anybody is absent."""
    officers: dict[int, list[User]] = defaultdict(list)
    heads: dict[int, list[User]] = defaultdict(list)
    found = Membership.objects.filter(
        valid_on(on), agency_id__in=set(agency_ids), role__in=(Role.OFFICER, Role.AGENCY_HEAD), user__is_active=True
    )
    for membership in found.select_related("user").order_by("agency_id", "user__full_name", "user_id"):
        (officers if membership.role == Role.OFFICER else heads)[membership.agency_id].append(membership.user)
    return {
        agency_id: Staff(
            tuple(dict.fromkeys(officers.get(agency_id, ()))), tuple(dict.fromkeys(heads.get(agency_id, ())))
        )
        for agency_id in {*officers, *heads}
    }


def leaders(province_id: int, on: date) -> tuple[User, ...]:
    """Return the leaders of a province who can be told something on a day."""
    found = Membership.objects.filter(
        valid_on(on), province_id=province_id, role=Role.LEADER, user__is_active=True
    ).select_related("user")
    return tuple(dict.fromkeys(membership.user for membership in found.order_by("user__full_name", "user_id")))


def names(people: Sequence[User], of: Staff | None = None) -> str:
    """Return people by name and role, as a reminder keeps them."""
    role = ROLE_WORDS[Role.LEADER]
    return "; ".join(f"{person.full_name} ({of.role_of(person) if of else role})" for person in people)


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
    period = latest_period(ReportingPeriod.objects.filter(plan=plan), on)
    return windows.window(period, on) if period is not None else None


def _due_days(periods: Iterable[ReportingPeriod], on: date) -> dict[int, date]:
    """Return period id → the due day that counts, for periods of any plans, in one query."""
    days = {period.pk: period.due_on for period in periods}
    for period_id, expires_on in (
        WindowException.objects.recorded_by(on)
        .filter(period_id__in=days, kind=WindowException.Kind.OUTAGE)
        .values_list("period_id", "expires_on")
    ):
        days[period_id] = max(days[period_id], expires_on)
    return days


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


# What a reviewer may chase

KINDS = {"overdue": "Quá hạn", "not_updated": "Chưa cập nhật kỳ này", "due_soon": "Sắp đến hạn"}
MOST_AT_ONCE = 500
IN_ORDER = ("agency__order", "agency_id", F("due_on").asc(nulls_last=True), "task__order", "pk")


def to_chase(user: User, wanted: Wanted, on: date) -> QuerySet[Assignment]:
    """Return the duties of the user's provinces that can be chased, by agency, longest overdue first."""
    return (
        assignments(user, wanted, on)
        .filter(chaseable(), province_id__in=user.provinces_with(Permission.CHASE))
        .order_by(*IN_ORDER)
    )


def chaseable() -> Q:
    """Return the condition "there is something left to chase" over leading assignments."""
    return Q(task__plan__state=Plan.State.ISSUED) & ~Q(state__in=OVER)


def _inside(text: str) -> str:
    """Return a text as it stands inside a sentence."""
    return f"{text[:1].lower()}{text[1:]}"


@dataclass(frozen=True)
class ChaseDuty:
    """One duty on the list, in the preview, and in the list for a letter."""

    id: int
    url: str
    code: str
    title: str
    plan: str
    agency_id: int
    agency: str
    deadline: str
    state: Badge
    time: Badge
    not_updated: str
    proposed: bool
    last: str
    chased_today: bool

    @property
    def sentence(self) -> str:
        """The duty as a line of a letter."""
        parts = [f"Nhiệm vụ {self.code}: {self.title}", f"thời hạn {_inside(self.deadline)}"]
        if self.time.variant:
            parts.append(_inside(self.time.text))
        if self.not_updated:
            parts.append(_inside(self.not_updated))
        return f"{'; '.join(parts)} ({self.plan})"


@dataclass(frozen=True)
class Hearer:
    """One person who would be told, and how."""

    person_id: int
    name: str
    role: str
    agency: str
    channel: str
    address: str
    by_mail: bool


@dataclass(frozen=True)
class ChaseGroup:
    """An agency's duties, and who would hear of them."""

    agency_id: int
    agency: str
    heads: str
    hearers: tuple[Hearer, ...]
    duties: tuple[ChaseDuty, ...]

    @property
    def silent(self) -> bool:
        """Whether nobody of the agency can be told."""
        return not self.hearers

    @property
    def ids(self) -> str:
        """All duties that can still be chased today, for one tick."""
        return ",".join(str(duty.id) for duty in self.duties if not duty.chased_today)


def hearer(person: User, people: Staff, agency: str) -> Hearer:
    """Return how a person would be told."""
    return Hearer(
        person_id=person.pk,
        name=person.full_name,
        role=people.role_of(person),
        agency=agency,
        channel="trong cổng và thư điện tử" if person.email else "chỉ trong cổng",
        address=person.email or NO_ADDRESS,
        by_mail=bool(person.email),
    )


def chase_groups(duties: QuerySet[Any, Any], on: date) -> tuple[ChaseGroup, ...]:
    """Return duties grouped by agency, in the order of the queryset, in a fixed number of queries."""
    raw = list(duties.values(*COLUMNS, "task__current__authority"))
    ids = [row["id"] for row in raw]
    periods = Periods.of({row["task__plan_id"] for row in raw}, on)
    owed = set(Assignment.objects.filter(periods.owing_condition(), pk__in=ids).values_list("pk", flat=True))
    last = dict(
        Reminder.objects.filter(assignment_id__in=ids)
        .exclude(audience=Audience.LEADER)
        .order_by()
        .values("assignment_id")
        .annotate(last=Max("day"))
        .values_list("assignment_id", "last")
    )
    today = set(
        Reminder.objects.filter(assignment_id__in=ids, rung=CHASE, day=on).values_list("assignment_id", flat=True)
    )
    people = staff((row["agency_id"] for row in raw), on)
    grouped: dict[int, list[ChaseDuty]] = defaultdict(list)
    for row in raw:
        latest = periods.latest(row["task__plan_id"])
        grouped[row["agency_id"]].append(
            ChaseDuty(
                id=row["id"],
                url=assignment_url(row["id"]),
                code=row["task__code"],
                title=row["task__current__title"],
                plan=row["task__plan__number"] or row["task__plan__title"],
                agency_id=row["agency_id"],
                agency=row["agency__name"],
                # The day that counts today, also after an extension; without one what the plan says.
                deadline=format_day(row["due_on"]) or deadline_of(row),
                state=state_badge(row["state"]),
                time=time_badge(row["state"], row["task__current__deadline_kind"], row["due_on"], row["done_on"], on),
                not_updated=f"Chưa báo cáo kỳ {latest.name}" if row["id"] in owed and latest else "",
                proposed=row["task__current__authority"] == TaskVersion.Authority.PROPOSE,
                last=format_day(last.get(row["id"])),
                chased_today=row["id"] in today,
            )
        )
    groups = []
    for agency_id, some in grouped.items():
        of = people.get(agency_id, NOBODY)
        groups.append(
            ChaseGroup(
                agency_id=agency_id,
                agency=some[0].agency,
                heads=of.head_names,
                hearers=tuple(hearer(person, of, some[0].agency) for person in of.everybody),
                duties=tuple(some),
            )
        )
    return tuple(groups)


@dataclass(frozen=True)
class Preview:
    """Who will be told if the button is pressed now, and what not."""

    heard: tuple[ChaseGroup, ...]
    silent: tuple[ChaseGroup, ...]
    already: tuple[ChaseDuty, ...]
    closed: int
    duties: int
    people: int
    letters: int
    without_address: int
    mail_is_off: bool
    digest_hour: int


def mail_is_off() -> bool:
    """Tell whether letters go to the log or a directory instead of a mail server."""
    return not settings.EMAIL_BACKEND.endswith(".smtp.EmailBackend")


def preview(chosen: AssignmentQuerySet, on: date) -> Preview:
    """Return who will be told of these duties, by name and address; those chased today are not told again."""
    number = chosen.count()
    duties = chosen.leading(on).filter(chaseable())
    groups = chase_groups(duties.order_by(*IN_ORDER), on)
    already = tuple(duty for group in groups for duty in group.duties if duty.chased_today)
    rest = []
    for group in groups:
        left = tuple(duty for duty in group.duties if not duty.chased_today)
        if left:
            rest.append(ChaseGroup(group.agency_id, group.agency, group.heads, group.hearers, left))
    heard = tuple(group for group in rest if not group.silent)
    hearers = {one.person_id: one for group in heard for one in group.hearers}
    return Preview(
        heard=heard,
        silent=tuple(group for group in rest if group.silent),
        already=already,
        closed=number - sum(len(group.duties) for group in groups),
        duties=sum(len(group.duties) for group in heard),
        people=len(hearers),
        letters=sum(one.by_mail for one in hearers.values()),
        without_address=sum(not one.by_mail for one in hearers.values()),
        mail_is_off=mail_is_off(),
        digest_hour=settings.MAIL_DIGEST_HOUR,
    )


def letter_text(groups: Sequence[ChaseGroup], kind: str, on: date) -> str:
    """Return the list by agency as plain text, ready to paste into a công văn."""
    lines = [f"Danh sách nhiệm vụ {KINDS[kind].lower()} (tính đến ngày {on:%d/%m/%Y})", ""]
    for number, group in enumerate(groups, 1):
        lines.append(f"{number}. {group.agency} ({len(group.duties)} nhiệm vụ)")
        lines += [f"- {duty.sentence}." for duty in group.duties]
        lines.append("")
    total = sum(len(group.duties) for group in groups)
    lines.append(f"Tổng số: {total} nhiệm vụ của {len(groups)} cơ quan.")
    return "\n".join(lines) + "\n"


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


# The leaders' list


@dataclass(frozen=True)
class LeaderRow:
    """One thing overdue for two weeks or more, with the head who answers for it."""

    agency: str
    head: str
    what: str
    plan: str
    url: str
    due: str
    days: int


@dataclass(frozen=True)
class LeaderReports:
    """An agency that has not handed in its reports of a period two weeks after the due date."""

    agency: str
    head: str
    plan: str
    period: str
    number: int
    due: str
    days: int


def leader_duties(user: User, on: date) -> AssignmentQuerySet:
    """Return the rated duties of the user's provinces that are overdue for two weeks or more, by agency."""
    return (
        Assignment.objects.filter(
            bucket_condition(Bucket.OPEN_OVERDUE, on),
            due_on__lte=on - timedelta(days=LEADER_FROM),
            province_id__in=user.provinces_with(Permission.DASHBOARD_READ),
            task__plan__state=Plan.State.ISSUED,
        )
        .leading(on)
        .rated()
        .order_by("agency__order", "agency_id", "due_on", "task__order", "pk")
    )


def leader_rows(page: QuerySet[Any, Any], on: date) -> tuple[LeaderRow, ...]:
    """Return the lines of a page of the leaders' list, in two queries."""
    raw = list(page.values(*COLUMNS))
    people = staff((row["agency_id"] for row in raw), on)
    return tuple(
        LeaderRow(
            agency=row["agency__name"],
            head=people.get(row["agency_id"], NOBODY).head_names,
            what=f"{row['task__code']}. {row['task__current__title']}",
            plan=row["task__plan__number"] or row["task__plan__title"],
            url=assignment_url(row["id"]),
            due=format_day(row["due_on"]),
            days=(on - row["due_on"]).days,
        )
        for row in raw
    )


def leader_reports(user: User, on: date) -> tuple[LeaderReports, ...]:
    """Return the agencies that owe a period's reports for two weeks or more, in a fixed number of queries."""
    plans = {
        plan.pk: plan
        for plan in Plan.objects.watched_by(user).filter(state=Plan.State.ISSUED).select_related("province")
    }
    periods = Periods.of(plans, on)
    latest = {plan_id: period for plan_id in plans if (period := periods.latest(plan_id)) is not None}
    days = _due_days(latest.values(), on)
    late = {plan_id: one for plan_id, one in latest.items() if (on - days[one.pk]).days >= LEADER_FROM}
    rows = list(
        Assignment.objects.filter(owing({plan_id: period.pk for plan_id, period in late.items()}))
        .leading(on)
        .rated()
        .order_by("agency__order", "agency_id", "task__plan_id")
        .values("agency_id", "agency__name", "task__plan_id")
        .annotate(number=Count("id"))
    )
    people = staff((row["agency_id"] for row in rows), on)
    return tuple(
        LeaderReports(
            agency=row["agency__name"],
            head=people.get(row["agency_id"], NOBODY).head_names,
            plan=str(plans[row["task__plan_id"]]),
            period=late[row["task__plan_id"]].name,
            number=row["number"],
            due=format_day(days[late[row["task__plan_id"]].pk]),
            days=(on - days[late[row["task__plan_id"]].pk]).days,
        )
        for row in rows
    )

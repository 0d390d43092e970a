"""What a reviewer may chase, who would hear of it, and the list for a letter.

Definitions:

* A duty *can be chased* while its plan is issued and the duty is open; once a day.
* Officers and heads are told alike. A person without an address is told in the portal only; an agency without staff
  (``plans.facts.staff``) can be told nothing and is shown apart.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import F, Max, Q, QuerySet

from agencies.models import User
from agencies.permissions import Permission
from agencies.text import format_day
from plans.facts.addresses import assignment_url
from plans.facts.assignment_list import COLUMNS, Wanted, assignments, deadline_of
from plans.facts.badges import Badge, state_badge, time_badge
from plans.facts.buckets import OVER
from plans.facts.periods import Periods
from plans.facts.staff import NOBODY, Staff, staff
from plans.models import Assignment, Plan, Reminder, TaskVersion
from plans.models.task import AssignmentQuerySet
from plans.reminders import CHASE, Audience

NO_ADDRESS = "không có địa chỉ thư"
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

"""Reminding by the clock and chasing by a person: the only writers of reminders."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.urls import reverse

from agencies import calendar
from agencies.actions import notices, trail
from agencies.actions.notices import Telling
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Notice, User
from agencies.permissions import Permission
from agencies.text import nfc
from plans.facts import chasing, reminders
from plans.facts.addresses import assignment_url
from plans.facts.reminders import Due, Said
from plans.facts.staff import NOBODY, leaders, names, staff
from plans.models import Assignment, Plan, Reminder
from plans.reminders import CHASE, Audience

LONGEST_TEXT = 1000
IN_THE_PORTAL = (Notice.Channel.INBOX,)
DEFAULT_TEXT = "Đề nghị cơ quan khẩn trương thực hiện và cập nhật kết quả trên cổng."


# The clock


def remind(*, plan: Plan, on: date | None = None) -> list[Reminder]:
    """Record and tell what is due for a plan on a day (today unless given); return what is new.

    It may run any number of times a day, in several workers at once: the plan's row is locked, and a rung is told
    once. One inbox item an agency and run, whatever the number of its duties. What nobody can be told is left, so
    that an officer who is entered tomorrow hears the rung that stands then.
    """
    day = on or calendar.today()
    with transaction.atomic():
        # Not "for update": a chase that holds duties of the plan must be able to name it.
        plan = Plan.objects.select_for_update(of=("self",), no_key=True).get(pk=plan.pk)
        said = reminders.due_today(plan, day)
        leading = leaders(plan.province_id, day) if _for_leaders(said) else ()
        rows, dues = [], []
        for due in said.due:
            told = _told(due, said, leading)
            if told:
                dues.append(due)
                rows.append(
                    Reminder(
                        province_id=plan.province_id,
                        plan=plan,
                        agency_id=due.agency_id,
                        assignment_id=due.assignment_id,
                        period_id=due.period_id,
                        rung=due.rung.code,
                        due_on=due.due_on,
                        day=day,
                        audience=due.audience.value,
                        sentence=due.sentence,
                        told=told,
                        created_at=calendar.now(),
                    )
                )
        if not rows:
            return []
        made = Reminder.objects.bulk_create(rows, batch_size=500)
        notices.post(
            province_id=plan.province_id,
            tellings=_tellings(plan, list(zip(dues, made, strict=True)), said, leading),
            window=day,
        )
        trail.record(
            province_id=plan.province_id,
            action="reminder.remind",
            # Not about the plan: its whole text would be sealed anew each day.
            subject=made[0],
            after={"plan": plan.code, "day": str(day), "reminders": [one.pk for one in made]},
            touched=made,
            by=None,
        )
    return made


def _for_leaders(said: Said) -> bool:
    return any(due.audience is Audience.LEADER for due in said.due)


def _told(due: Due, said: Said, leading: Sequence[User]) -> str:
    """Return by name who hears a reminder; empty when nobody can."""
    people = said.staff.get(due.agency_id, NOBODY)
    if due.audience is Audience.LEADER:
        return names(leading)
    return names(people.heads if due.audience is Audience.HEAD else people.reminded, people)


def _tellings(plan: Plan, made: Sequence[tuple[Due, Reminder]], said: Said, leading: Sequence[User]) -> list[Telling]:
    """Return what each person is told: one item an agency and audience, one for the leaders."""
    grouped: dict[tuple[int, Audience], list[tuple[Due, Reminder]]] = defaultdict(list)
    for due, row in made:
        grouped[due.agency_id if due.audience is not Audience.LEADER else 0, due.audience].append((due, row))
    found = []
    for (agency_id, audience), some in grouped.items():
        people, name = said.staff.get(agency_id, NOBODY), said.agencies.get(agency_id, "")
        key = f"reminder:{some[0][1].pk}"
        if audience is Audience.LEADER:
            agencies = len({due.agency_id for due, _ in some})
            found += _tell(
                leading,
                key,
                f"Quá hạn từ 14 ngày: {_counted(some)} của {agencies} cơ quan ({plan})",
                some,
                reverse("plans:leader_list"),
            )
        elif audience is Audience.HEAD:
            subject = f"{name}: {_counted(some)} quá hạn cần thủ trưởng chỉ đạo ({plan})"
            found += _tell(people.heads, key, subject, some, _link(some))
        else:
            found += _tell(people.reminded, key, f"{name}: {_summary(some)} ({plan})", some, _link(some))
            # The head sees in the portal what the officers were reminded of, but for what he is told himself.
            upwards = {row.assignment_id or row.period_id for due, row in grouped.get((agency_id, Audience.HEAD), ())}
            rest = [(due, row) for due, row in some if (row.assignment_id or row.period_id) not in upwards]
            watching = [head for head in people.heads if head not in people.reminded]
            if rest and watching:
                subject = f"{name}: đã nhắc cán bộ đầu mối {_summary(rest)} ({plan})"
                found += _tell(watching, key, subject, rest, _link(rest), IN_THE_PORTAL)
    return found


def _summary(some: Sequence[tuple[Due, Reminder]]) -> str:
    late = [one for one in some if one[0].overdue]
    soon = [one for one in some if not one[0].overdue]
    words = [f"{_counted(part)} {what}" for part, what in ((late, "quá hạn"), (soon, "sắp đến hạn")) if part]
    return ", ".join(words)


def _counted(some: Sequence[tuple[Due, Reminder]]) -> str:
    """Return how many tasks and how many periods' reports reminders are about; one of a period covers many tasks."""
    duties = sum(1 for _, row in some if row.assignment_id)
    words = [f"{duties} nhiệm vụ"] if duties else []
    return ", ".join(words + ([f"{len(some) - duties} kỳ báo cáo"] if duties < len(some) else []))


def _link(some: Sequence[tuple[Due, Reminder]]) -> str:
    duties = [row.assignment_id for _, row in some if row.assignment_id]
    if len(some) == 1 and duties:
        return assignment_url(duties[0])
    if not duties:
        return f"{reverse('plans:assignment_list')}?due=not_updated"
    return f"{reverse('plans:assignment_list')}?due={'overdue' if any(d.overdue for d, _ in some) else 'due_soon'}"


def _tell(
    people: Sequence[User],
    key: str,
    subject: str,
    some: Sequence[tuple[Due, Reminder]],
    link: str,
    channels: Sequence[str] = notices.BOTH,
) -> list[Telling]:
    body = "\n".join(f"- {due.sentence}" for due, _ in some)
    return [Telling(person, key, subject, body, link, channels) for person in people]


# A person


@dataclass(frozen=True)
class Chased:
    """What came of pressing the button: what was told, and which duties were left and why."""

    sent: tuple[Reminder, ...]
    already: tuple[int, ...] = ()
    silent: tuple[int, ...] = ()
    closed: tuple[int, ...] = ()


def chase(*, assignments: Sequence[Assignment], text: str = "", by: User) -> Chased:
    """Chase duties: their agencies' officers and heads are told at once in the portal, and in their next letter.

    A duty is chased once a day, whoever presses. Duties chased today, done meanwhile, or of agencies where nobody can
    be told are left and named in the answer. Raises Refused (``not_a_chaser``), Invalid (``nothing_chosen``,
    ``too_many``, ``text_too_long``, ``nobody_to_tell``, ``nothing_to_chase``), Conflict (``already_chased``).
    """
    provinces = by.provinces_with(Permission.CHASE)
    if any(assignment.province_id not in provinces for assignment in assignments):
        raise Refused("not_a_chaser", "Bạn không có quyền đôn đốc các cơ quan của tỉnh này.")
    said = nfc(text) or DEFAULT_TEXT
    _complain(assignments, said)
    today, now = calendar.today(), calendar.now()
    with transaction.atomic():
        wanted = sorted({assignment.pk for assignment in assignments})
        list(Assignment.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=wanted).order_by("pk"))
        duties = Assignment.objects.leading(today).filter(chasing.chaseable(), pk__in=wanted)
        plans = dict(duties.values_list("pk", "task__plan_id"))
        groups = chasing.chase_groups(duties.order_by(*chasing.IN_ORDER), today)
        provinces_of = {assignment.pk: assignment.province_id for assignment in assignments}
        already = tuple(duty.id for group in groups for duty in group.duties if duty.chased_today)
        silent = tuple(duty.id for group in groups if group.silent for duty in group.duties if not duty.chased_today)
        closed = tuple(pk for pk in wanted if pk not in plans)
        people = staff((group.agency_id for group in groups), today)
        made: list[Reminder] = []
        for group in groups:
            left = [duty for duty in group.duties if not duty.chased_today]
            if group.silent or not left:
                continue
            of = people[group.agency_id]
            rows = [
                Reminder(
                    province_id=provinces_of[duty.id],
                    plan_id=plans[duty.id],
                    agency_id=group.agency_id,
                    assignment_id=duty.id,
                    rung=CHASE,
                    day=today,
                    audience=Audience.OFFICER.value,
                    sentence=f"{duty.sentence}. {said}",
                    told=names(of.everybody, of),
                    sent_by=by,
                    created_at=now,
                )
                for duty in left
            ]
            fresh = Reminder.objects.bulk_create(rows, batch_size=500)
            made += fresh
            _post_chase(group.agency, of.everybody, fresh, [duty.sentence for duty in left], said, by)
        if not made:
            _nothing(already, silent)
        for row in made:
            trail.record(
                province_id=row.province_id,
                action="reminder.chase",
                subject=Assignment(pk=row.assignment_id),
                after={"reminder": row.pk, "told": row.told, "text": said},
                touched=[row],
                by=by,
            )
    return Chased(tuple(made), already, silent, closed)


def _complain(assignments: Sequence[Assignment], text: str) -> None:
    if not assignments:
        message = "Hãy chọn ít nhất một nhiệm vụ để đôn đốc."
        raise Invalid("nothing_chosen", message, fields={"assignments": message})
    if len(assignments) > chasing.MOST_AT_ONCE:
        message = f"Mỗi lần đôn đốc nhiều nhất {chasing.MOST_AT_ONCE} nhiệm vụ. Hãy chia thành nhiều lần."
        raise Invalid("too_many", message, fields={"assignments": message})
    if len(text) > LONGEST_TEXT:
        message = f"Nội dung đôn đốc dài nhất {LONGEST_TEXT} ký tự."
        raise Invalid("text_too_long", message, fields={"text": message})


def _nothing(already: Sequence[int], silent: Sequence[int]) -> None:
    """Say why nothing was sent."""
    if already:
        raise Conflict(
            "already_chased",
            "Các nhiệm vụ này đã được đôn đốc hôm nay. Mỗi nhiệm vụ chỉ được đôn đốc một lần mỗi ngày.",
        )
    if silent:
        raise Invalid(
            "nobody_to_tell",
            "Các cơ quan này chưa có cán bộ đầu mối hay thủ trưởng trong hệ thống nên không ai nhận được. Hãy đề nghị "
            "quản trị hệ thống thêm người, hoặc đôn đốc bằng công văn.",
        )
    raise Invalid("nothing_to_chase", "Các nhiệm vụ này đã hoàn thành hoặc không còn phải báo cáo.")


def _post_chase(
    agency: str, people: Sequence[User], made: Sequence[Reminder], lines: Sequence[str], text: str, by: User
) -> None:
    """Tell an agency's people of all its chased duties in one item."""
    first = made[0]
    many = f"{len(made)} nhiệm vụ" if len(made) > 1 else "một nhiệm vụ"
    own = first.assignment_id if len(made) == 1 else None
    notices.post(
        province_id=first.province_id,
        tellings=[
            Telling(
                person=person,
                event=f"chase:{first.pk}",
                subject=f"{by.full_name} đôn đốc {agency}: {many}",
                body="\n".join([text, *(f"- {line}." for line in lines)]),
                link=assignment_url(own) if own else reverse("plans:assignment_list"),
            )
            for person in people
        ],
        window=first.day,
    )

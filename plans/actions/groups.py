"""Keeping the tasks of a group with its members: who joins gets the duties, who leaves ends them (domain rule 3)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import F, Q

from agencies import calendar
from agencies.actions import trail
from agencies.models import GroupMembership, Succession, User
from plans.actions.rulings import derive, lock_task, told_of_duty
from plans.models import Assignment, PartyRole, Plan, Task, TaskParty
from plans.standing import State


@dataclass(frozen=True)
class Spell:
    """One membership of a group, cut to the life of the agency; no day: from, or to, an unknown one."""

    agency_id: int
    since: date | None
    until: date | None

    def on(self, day: date) -> bool:
        """Tell whether the agency is a member on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


def _latest(*days: date | None) -> date | None:
    return max((day for day in days if day is not None), default=None)


def _earliest(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)


def _spells(group_ids: Iterable[int]) -> dict[int, list[Spell]]:
    """Return group id → its memberships, oldest first."""
    found: dict[int, list[Spell]] = defaultdict(list)
    for row in GroupMembership.objects.filter(group_id__in=group_ids).select_related("agency").order_by("pk"):
        spell = Spell(
            row.agency_id,
            _latest(row.valid_from, row.agency.valid_from),
            _earliest(row.valid_to, row.agency.valid_to),
        )
        if spell.since is None or spell.until is None or spell.since <= spell.until:
            found[row.group_id].append(spell)
    return found


def follow(*, plan: Plan, by: User | None) -> int:
    """Bring the group tasks of an issued plan to the groups' members of today; return how many duties began or ended.

    * An agency that joined gets its duty from its first day as a member, or as an agency, but not before the task
      took effect; the portal knows of it from now on, so earlier figures stay. Where its first day is unknown: today.
    * An agency that left keeps its history; what it had not finished ends on its last day.
    * A duty that was refused and given to another agency does not come back.
    * Bodies that were merged, absorbed, split or renamed are left alone: their duties move one by one, confirmed.
    """
    if plan.state != Plan.State.ISSUED or plan.issued_on is None:
        return 0
    today = calendar.today()
    parties = list(
        TaskParty.objects.filter(
            version__task__plan=plan, version=F("version__task__current"), role=PartyRole.LEAD, version__dropped=False
        )
        .filter(Q(version__effective_from__isnull=True) | Q(version__effective_from__lte=today))
        .order_by("version__task_id", "order", "pk")
        .select_related("version")
    )
    spells = _spells({party.group_id for party in parties if party.group_id is not None})
    held: dict[int, list[Assignment]] = defaultdict(list)
    for duty in Assignment.objects.filter(task__plan=plan, role=PartyRole.LEAD).order_by("pk"):
        held[duty.task_id].append(duty)
    by_task: dict[int, list[TaskParty]] = defaultdict(list)
    for party in parties:
        by_task[party.version.task_id].append(party)
    gone = set(Succession.objects.filter(effective_on__lte=today).values_list("predecessor_id", flat=True))
    changed = 0
    for task_id, some in by_task.items():
        if not any(party.group_id for party in some):
            continue
        begin = _wanted(some, spells, held[task_id], plan.issued_on, today)
        end = _left(some, spells, held[task_id], gone, today)
        if begin or end:
            changed += _apply(task_id, begin, end, by)
    return changed


def _wanted(
    parties: list[TaskParty], spells: dict[int, list[Spell]], duties: list[Assignment], issued_on: date, today: date
) -> list[Assignment]:
    """Return the duties that members lack (not saved)."""
    new: dict[int, Assignment] = {}
    named = {party.agency_id for party in parties if party.agency_id is not None}
    for party in parties:
        for spell in spells.get(party.group_id or 0, ()):
            if not spell.on(today) or spell.agency_id in named or spell.agency_id in new:
                continue
            mine = [duty for duty in duties if duty.agency_id == spell.agency_id]
            # One of this spell, open or handed over, is enough; one that ended before it is of an earlier spell.
            if any(duty.valid_to is None or spell.since is None or duty.valid_to >= spell.since for duty in mine):
                continue
            new[spell.agency_id] = Assignment(
                task_id=party.version.task_id,
                agency_id=spell.agency_id,
                role=PartyRole.LEAD,
                via_group_id=party.group_id,
                valid_from=_latest(spell.since, issued_on, party.version.effective_from) if spell.since else today,
            )
    return list(new.values())


def _left(
    parties: list[TaskParty], spells: dict[int, list[Spell]], duties: list[Assignment], gone: set[int], today: date
) -> list[tuple[Assignment, date]]:
    """Return the open duties of agencies that are no longer members, with their last day."""
    named = {party.agency_id for party in parties if party.agency_id is not None}
    found = []
    for duty in duties:
        over = duty.valid_to is not None or duty.state in (State.DONE, State.CANCELLED)
        if duty.via_group_id is None or over or duty.agency_id in named or duty.agency_id in gone:
            continue
        mine = [
            spell
            for party in parties
            for spell in spells.get(party.group_id or 0, ())
            if spell.agency_id == duty.agency_id
        ]
        if not mine or any(spell.until is None or spell.until >= today for spell in mine):
            continue
        last = max(spell.until for spell in mine if spell.until is not None)
        found.append((duty, max(last, duty.valid_from or last)))
    return found


def _apply(task_id: int, begin: list[Assignment], end: list[tuple[Assignment, date]], by: User | None) -> int:
    now = calendar.now()
    with transaction.atomic():
        task = lock_task(task_id)
        ended, begun = [], []
        for duty, last in end:
            if Assignment.objects.filter(pk=duty.pk, valid_to__isnull=True).update(valid_to=last, ended_at=now):
                duty.valid_to = last
                ended.append(duty)
        open_ = set(
            Assignment.objects.filter(task=task, role=PartyRole.LEAD, valid_to__isnull=True).values_list(
                "agency_id", flat=True
            )
        )
        for duty in begin:
            # Somebody may have handed it out meanwhile.
            if duty.agency_id not in open_:
                duty.province_id = task.province_id
                duty.created_at = now
                duty.due_on = task.current.due_on if task.current else None
                duty.save(force_insert=True)
                begun.append(duty)
        if not ended and not begun:
            return 0
        derive(task, begun, by)
        trail.record(
            province_id=task.province_id,
            action="task.members",
            subject=task,
            after={
                "on": str(calendar.today()),
                "begun": [told_of_duty(duty) for duty in begun],
                "ended": [told_of_duty(duty) for duty in ended],
            },
            by=by,
        )
    return len(ended) + len(begun)


def follow_all(*, group_id: int, by: User | None) -> int:
    """Bring every plan that names a group to its members."""
    plans = Plan.objects.filter(
        state=Plan.State.ISSUED,
        pk__in=Task.objects.filter(current__parties__group_id=group_id).values("plan_id"),
    )
    return sum(follow(plan=plan, by=by) for plan in plans)

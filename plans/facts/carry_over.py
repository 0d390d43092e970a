"""What a replaced plan leaves unfinished, offered to the plan that takes its place (story 17).

Definitions:

* *Unfinished*: neither done nor cancelled on the day, by the rule of the task (``plans.facts.plan``).
* A body of the old text stands for itself while it lives in the new plan's province, else for the one body that
  came out of it (``Succession``). Where that is none or several, a person chooses: nothing is guessed.
* *Left behind*: unfinished, and not carried into the plan that replaces the old one.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from agencies import calendar
from agencies.models import Agency, Succession
from agencies.text import format_day
from plans.facts.amendments import deadline_words
from plans.facts.plan import plan_facts
from plans.models import PartyRole, Plan, Progress, Task, TaskParty, TaskVersion
from plans.standing import Standing, State


class Heirs:
    """Who stands for a body of the old plan in the new plan's province on a day."""

    def __init__(self, provinces: set[int], home: int, on: date) -> None:
        self.home, self.on = home, on
        self.next: dict[int, list[Agency]] = defaultdict(list)
        for succession in (
            Succession.objects.filter(
                Q(province_id__in=provinces) | Q(successor__province_id=home), effective_on__lte=on
            )
            # Who took over functions of a body does not stand for it.
            .exclude(kind=Succession.Kind.TRANSFER)
            .select_related("successor")
            .order_by("pk")
        ):
            self.next[succession.predecessor_id].append(succession.successor)

    def _lives_here(self, agency: Agency) -> bool:
        begun = agency.valid_from is None or agency.valid_from <= self.on
        return agency.province_id == self.home and begun and (agency.valid_to is None or agency.valid_to >= self.on)

    def of(self, agency: Agency) -> Agency | None:
        """Return the one living body, or None when a person has to choose."""
        if self._lives_here(agency):
            return agency
        found: dict[int, Agency] = {}
        seen, waiting = {agency.pk}, list(self.next.get(agency.pk, ()))
        while waiting:
            one = waiting.pop()
            if one.pk in seen:
                continue
            seen.add(one.pk)
            if self._lives_here(one):
                found[one.pk] = one
            else:
                waiting.extend(self.next.get(one.pk, ()))
        return next(iter(found.values())) if len(found) == 1 else None

    def party(self, party: TaskParty) -> TaskParty | None:
        """Return the party as the new plan would name it (not saved), or None when a person has to choose."""
        if party.agency is not None:
            heir = self.of(party.agency)
            if heir is None:
                return None
            wording = party.wording if heir.pk == party.agency_id else ""
            return TaskParty(role=party.role, agency=heir, wording=wording)
        if party.group is not None and party.group.province_id == self.home:
            return TaskParty(role=party.role, group=party.group, wording=party.wording)
        return None


@dataclass(frozen=True)
class LastAccepted:
    """The last accepted report on an unfinished task."""

    period: str
    agency: str
    result: str
    submitted_on: str


@dataclass(frozen=True)
class Carried:
    """Where a task went: the new task, in force or still proposed by an amendment."""

    task_id: int
    code: str
    proposed: bool


@dataclass(frozen=True)
class Offered:
    """One unfinished task of the replaced plan."""

    task_id: int
    code: str
    title: str
    section: str
    leads: tuple[str, ...]
    new_leads: tuple[str, ...]
    lead_to_choose: bool
    lost: tuple[str, ...]
    deadline: str
    deadline_kind: str
    dated: bool
    standing: Standing
    reported: str
    last: LastAccepted | None
    carried: Carried | None

    @property
    def left_behind(self) -> bool:
        """Whether nobody has carried it."""
        return self.carried is None


def _last_accepted(old: Plan, task_ids: set[int]) -> dict[int, LastAccepted]:
    found: dict[int, LastAccepted] = {}
    for report in (
        Progress.objects.filter(assignment__task_id__in=task_ids, assignment__task__plan=old, accepted__isnull=False)
        .select_related("period", "assignment__agency", "accepted")
        .order_by("period__cut_off", "accepted__submitted_at", "pk")
    ):
        version = report.accepted
        assert version is not None
        sent = calendar.day_of(version.submitted_at) if version.submitted_at else None
        found[report.assignment.task_id] = LastAccepted(
            period=report.period.name,
            agency=report.assignment.agency.label,
            result=version.result,
            submitted_on=format_day(sent),
        )
    return found


def carried_into(plan: Plan) -> Mapping[int, Carried]:
    """Return old task id → where it went in a plan."""
    return {
        row["carried_from_id"]: Carried(row["pk"], row["code"], row["current_id"] is None)
        for row in Task.objects.filter(plan=plan, carried_from__isnull=False).values(
            "pk", "code", "current_id", "carried_from_id"
        )
    }


def offered(plan: Plan, on: date) -> tuple[Offered, ...]:
    """Return the unfinished tasks of the plan that this one replaces, in a fixed number of queries."""
    old = plan.replaces
    if old is None:
        return ()
    unfinished = [
        task
        for task in plan_facts(old, on, with_reports=False).tasks
        if task.standing.state not in (State.DONE, State.CANCELLED) and not task.dropped
    ]
    ids = {task.id for task in unfinished}
    versions: dict[int, TaskVersion] = {}
    for version in (
        TaskVersion.objects.filter(task_id__in=ids)
        .in_force(on)
        .prefetch_related("parties__agency", "parties__group")
        .order_by("number")
    ):
        versions[version.task_id] = version
    heirs = Heirs({old.province_id, plan.province_id}, plan.province_id, on)
    accepted = _last_accepted(old, ids)
    carried = carried_into(plan)
    found = []
    for task in unfinished:
        version = versions[task.id]
        pairs = [(party, heirs.party(party)) for party in version.parties.all()]
        leads = [heir for party, heir in pairs if party.role == PartyRole.LEAD]
        found.append(
            Offered(
                task_id=task.id,
                code=task.code,
                title=task.title,
                section=f"{task.section_code}. {task.section_title}",
                leads=task.lead,
                new_leads=tuple(heir.name for heir in leads if heir is not None),
                lead_to_choose=not leads or any(heir is None for heir in leads),
                lost=tuple(party.name for party, heir in pairs if heir is None),
                deadline=deadline_words(version),
                deadline_kind=version.deadline_kind,
                dated=version.deadline_to is not None,
                standing=task.standing,
                reported=f"{task.reported}/{task.members}" if task.members else "",
                last=accepted.get(task.id),
                carried=carried.get(task.id),
            )
        )
    return tuple(found)

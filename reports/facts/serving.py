"""Which tasks serve which components on a day, and who leads them: what coverage, loss and the ledger share.

Definitions:

* A task *serves* what the version of its text in force on the day names: a component, or an index as a whole.
  Texts an amendment has dropped serve nothing.
* Its *owners* are the agencies that lead it on that day, as known then and called then; of a task given to a group the
  group is the owner; of a plan whose tasks are not handed out yet, those its text names.
* A component is served *by itself*, or *through* one above it (a task for a whole domain serves each part of it).
  Components of two versions of a framework that the crosswalk ties as the same, renamed or reweighted are one.
* The *state* of a task, whether it is *open*, and the day by which it counts now are told only to those who may read
  its reports, and the state only for today; for others a task is open by the day that the plan's text gives.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q
from django.urls import reverse

from agencies import calendar
from agencies.models import AgencyName, User, name_in_force
from agencies.text import format_day
from indicators.models import Component, ComponentLink, Framework
from plans.facts.addresses import assignment_url
from plans.facts.badges import Badge, state_badge, time_badge
from plans.models import Assignment, PartyRole, Plan, TaskVersion
from plans.standing import State

_ONE = (ComponentLink.Relation.SAME, ComponentLink.Relation.RENAMED, ComponentLink.Relation.REWEIGHTED)


@dataclass(frozen=True)
class Owner:
    """Who leads a task; ``agency_id`` is None for a group or a body that only the text names."""

    agency_id: int | None
    name: str


@dataclass(frozen=True)
class ServingTask:
    """A task with its owners, its state and its page (empty where the person may not open one)."""

    id: int
    plan_code: str
    plan_label: str
    code: str
    title: str
    owners: tuple[Owner, ...]
    due_on: date | None
    open: bool
    state: Badge
    time: Badge
    url: str

    @property
    def due(self) -> str:
        """The day by which it counts, as printed."""
        return format_day(self.due_on)

    @property
    def leads(self) -> list[str]:
        """The names of those who lead it."""
        return [owner.name for owner in self.owners]

    @property
    def owner_names(self) -> str:
        """Who leads it, as printed."""
        return "; ".join(owner.name for owner in self.owners)


@dataclass(frozen=True)
class Serving:
    """Tasks by what they serve."""

    tasks: Mapping[int, ServingTask] = field(default_factory=dict)
    by_component: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    by_index: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    nothing: tuple[int, ...] = ()

    def of(self, component_ids: Iterable[int], *, agency_id: int | None = None) -> tuple[ServingTask, ...]:
        """Return the tasks that serve any of some components, each once, in the order of their plans.

        ``agency_id``: only those that an agency leads, or a group (to which it may belong).
        """
        wanted = {task for pk in component_ids for task in self.by_component.get(pk, ())}
        found = tuple(task for pk, task in self.tasks.items() if pk in wanted)
        if agency_id is None:
            return found
        return tuple(task for task in found if any(owner.agency_id in (None, agency_id) for owner in task.owners))

    def some(self, task_ids: Iterable[int]) -> tuple[ServingTask, ...]:
        """Return tasks by their keys."""
        return tuple(self.tasks[pk] for pk in task_ids)


def serving(plans: Collection[Plan], user: User, as_of: date) -> Serving:
    """Return the tasks of plans by what they serve, in six queries."""
    chosen: dict[int, TaskVersion] = {}
    for version in (
        TaskVersion.objects.filter(task__plan__in=plans)
        .in_force(as_of)
        .select_related("task__plan")
        .prefetch_related("serves", "parties__agency", "parties__group")
        .order_by("task__plan__year_from", "task__plan_id", "task__order", "number")
    ):
        chosen[version.task_id] = version
    duties = _duties(plans, as_of)
    shown = as_of == calendar.today()
    seen = set(Assignment.objects.visible_to(user).filter(task__plan__in=plans).values_list("pk", flat=True))
    names: dict[int, list[AgencyName]] = defaultdict(list)
    for name in AgencyName.objects.filter(agency__province__in={plan.province_id for plan in plans}):
        names[name.agency_id].append(name)
    tasks: dict[int, ServingTask] = {}
    by_component: dict[int, list[int]] = defaultdict(list)
    by_index: dict[int, list[int]] = defaultdict(list)
    nothing = []
    for task_id, version in chosen.items():
        if version.dropped:
            continue
        own = duties.get(task_id, [])
        tasks[task_id] = _task(version, own, names, [duty for duty in own if duty.pk in seen], as_of, shown)
        serves = list(version.serves.all())
        for one in serves:
            where = by_index[one.index_id] if one.component_id is None else by_component[one.component_id]
            if task_id not in where:
                where.append(task_id)
        if not serves:
            nothing.append(task_id)
    return Serving(
        tasks,
        {pk: tuple(found) for pk, found in by_component.items()},
        {pk: tuple(found) for pk, found in by_index.items()},
        tuple(nothing),
    )


def _duties(plans: Collection[Plan], as_of: date) -> dict[int, list[Assignment]]:
    found: dict[int, list[Assignment]] = defaultdict(list)
    for duty in (
        Assignment.objects.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=as_of), task__plan__in=plans, role=PartyRole.LEAD
        )
        .known_on(as_of)
        .select_related("agency")
        .order_by("agency__order", "pk")
    ):
        found[duty.task_id].append(duty)
    return found


def _task(
    version: TaskVersion,
    duties: list[Assignment],
    names: Mapping[int, list[AgencyName]],
    seen: list[Assignment],
    as_of: date,
    shown: bool,
) -> ServingTask:
    def called(agency_id: int, name: str) -> str:
        found = name_in_force(names.get(agency_id, ()), as_of)
        return found.name if found else name

    parties = [party for party in version.parties.all() if party.role == PartyRole.LEAD]
    owners = [Owner(None, party.name) for party in parties if party.group_id is not None]
    if not version.is_group and duties:
        owners = [Owner(duty.agency_id, called(duty.agency_id, duty.agency.name)) for duty in duties]
    elif not owners:
        owners = [Owner(party.agency_id, party.name) for party in parties]
    state = time = Badge("")
    if shown and len(seen) == 1:
        (one,) = seen
        state = state_badge(one.state)
        time = time_badge(one.state, version.deadline_kind, one.due_on, one.done_on, as_of)
    elif shown and seen:
        done = sum(duty.state == State.DONE for duty in seen)
        state = Badge(f"{done}/{len(seen)} cơ quan hoàn thành", "ok" if done == len(seen) else "info")
    # Of duties whose reports the person may not read, the day the plan's text gives is all that is known.
    left = [duty for duty in seen if duty.state not in (State.DONE, State.CANCELLED)]
    due = [duty.due_on for duty in left if duty.due_on is not None]
    return ServingTask(
        id=version.task_id,
        plan_code=version.task.plan.code,
        plan_label=version.task.plan.label,
        code=version.task.code,
        title=version.title,
        owners=tuple(dict.fromkeys(owners)),
        due_on=min(due, default=None) if seen else version.due_on,
        open=bool(left) or not seen,
        state=state,
        time=time,
        url=assignment_url(seen[0].pk) if seen else f"{reverse('plans:plan_detail', args=[version.task.plan.code])}",
    )


@dataclass(frozen=True)
class Tree:
    """The components of one framework, with who stands above whom and what each is in other versions."""

    framework: Framework
    components: tuple[Component, ...]
    twins: Mapping[int, frozenset[int]]

    @property
    def leaves(self) -> tuple[Component, ...]:
        """Those that are scored: without parts."""
        parents = {one.parent_id for one in self.components}
        return tuple(one for one in self.components if one.pk not in parents)

    def above(self, component: Component) -> list[Component]:
        """Return the components above one, the nearest first."""
        by_pk = {one.pk: one for one in self.components}
        found = []
        at = by_pk.get(component.parent_id or 0)
        while at is not None:
            found.append(at)
            at = by_pk.get(at.parent_id or 0)
        return found

    def same(self, component: Component) -> set[int]:
        """Return the keys under which tasks may name a component: its own, and those of its twins."""
        return {component.pk, *self.twins.get(component.pk, ())}

    def through(self, component: Component) -> set[int]:
        """Return the keys of the components above one, and of their twins."""
        return {pk for one in self.above(component) for pk in self.same(one)}


def tree_of(framework: Framework) -> Tree:
    """Return a framework's components in two queries."""
    components = tuple(framework.components.order_by("order", "pk"))
    twins: dict[int, set[int]] = defaultdict(set)
    for old, new in ComponentLink.objects.filter(
        Q(old__framework=framework) | Q(new__framework=framework), relation__in=_ONE
    ).values_list("old_id", "new_id"):
        twins[old].add(new)
        twins[new].add(old)
    return Tree(framework, components, {pk: frozenset(some) for pk, some in twins.items()})


def plans_of(province_id: int, year: int, user: User) -> list[Plan]:
    """Return the issued plans of a province for a year that a person may read (ended ones too)."""
    return list(
        Plan.objects.visible_to(user)
        .exclude(state=Plan.State.DRAFTING)
        .filter(Q(year_to__gte=year) | Q(year_to__isnull=True), province_id=province_id, year_from__lte=year)
        .order_by("year_from", "pk")
    )

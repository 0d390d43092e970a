"""The coverage map of a plan: which components nobody works on, which two work on, which tasks move nothing.

Definitions (see also ``serving``):

* The map judges the components that are scored (those without parts) of the framework that the plan's tasks name most,
  else of the one in force in the plan's first year.
* *Without a task*: no task serves it, neither by itself nor through one above it. *Through a domain only*: a task
  serves a domain above it, none names the component itself.
* *Without an owner*: tasks serve it, and none of them has a lead on the day.
* *Two owners*: the tasks that name the component itself are led by two or more agencies or groups together.
* A task that *moves nothing* serves no component and no index.
* A task that serves the index as a whole names no component; it is listed apart.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from agencies.models import User
from agencies.tables import Table
from indicators.models import Component, Framework, Index
from indicators.shares import Share
from plans.models import Plan, TaskComponent
from reports.facts.serving import Serving, ServingTask, Tree, serving, tree_of

NO_TASK, NO_OWNER, TWO_OWNERS, THROUGH, COVERED = "no_task", "no_owner", "two_owners", "through", "covered"
VERDICTS = {
    NO_TASK: ("Chưa có nhiệm vụ", "over"),
    NO_OWNER: ("Chưa có chủ trì", "over"),
    TWO_OWNERS: ("Hai chủ trì trở lên", "due"),
    THROUGH: ("Chỉ qua lĩnh vực", "info"),
    COVERED: ("Có chủ trì", "ok"),
}


@dataclass(frozen=True)
class CoverageRow:
    """One component. ``verdict`` is empty for those that only hold others."""

    id: int
    code: str
    name: str
    depth: int
    verdict: str
    tasks: tuple[ServingTask, ...]
    through: tuple[ServingTask, ...]
    owners: tuple[str, ...]

    @property
    def label(self) -> str:
        """The verdict, as printed."""
        return VERDICTS[self.verdict][0] if self.verdict else ""

    @property
    def variant(self) -> str:
        """Its colour."""
        return VERDICTS[self.verdict][1] if self.verdict else ""


@dataclass(frozen=True)
class Choice:
    """An index that can be asked for."""

    code: str
    name: str
    chosen: bool


@dataclass(frozen=True)
class CoverageFacts:
    """The map of one plan and index on a day."""

    plan_id: int
    plan_code: str
    plan_label: str
    index: str
    index_code: str
    framework: str
    as_of: date
    choices: tuple[Choice, ...]
    rows: tuple[CoverageRow, ...]
    whole: tuple[ServingTask, ...]
    nothing: tuple[ServingTask, ...]
    tasks: int

    def of(self, verdict: str) -> tuple[CoverageRow, ...]:
        """Return the components with one verdict."""
        return tuple(row for row in self.rows if row.verdict == verdict)

    @property
    def no_task(self) -> tuple[CoverageRow, ...]:
        """Components without a task."""
        return self.of(NO_TASK)

    @property
    def no_owner(self) -> tuple[CoverageRow, ...]:
        """Components without an owner."""
        return self.of(NO_OWNER)

    @property
    def two_owners(self) -> tuple[CoverageRow, ...]:
        """Components with two owners."""
        return self.of(TWO_OWNERS)

    @property
    def judged(self) -> int:
        """How many components are judged."""
        return sum(bool(row.verdict) for row in self.rows)

    @property
    def covered(self) -> Share:
        """How many of them a task names."""
        return Share(self.judged - len(self.no_task) - len(self.of(THROUGH)), self.judged)

    @property
    def idle(self) -> Share:
        """How many of the plan's tasks move nothing."""
        return Share(len(self.nothing), self.tasks)


def indices_of(plan: Plan) -> list[Index]:
    """Return the indices whose structure the portal knows for the plan's first year."""
    return list(
        Index.objects.filter(frameworks__in=Framework.objects.serving(plan.year_from), frameworks__is_sample=False)
        .distinct()
        .order_by("order", "code")
    )


def _framework(plan: Plan, index: Index) -> Framework | None:
    named = Counter(
        TaskComponent.objects.filter(version__task__plan=plan, index=index, component__isnull=False).values_list(
            "component__framework_id", flat=True
        )
    )
    frameworks = {one.pk: one for one in Framework.objects.filter(index=index).order_by("year_from")}
    if named:
        return frameworks[named.most_common(1)[0][0]]
    served = [
        one
        for one in frameworks.values()
        if one.year_from <= plan.year_from and (one.year_to is None or one.year_to >= plan.year_from)
    ]
    return served[-1] if served else None


def coverage(plan: Plan, user: User, as_of: date, index_code: str = "") -> CoverageFacts | None:
    """Return the map; None for an index whose structure nobody has entered. Eleven queries."""
    indices = indices_of(plan)
    found = serving([plan], user, as_of)
    named = Counter(
        TaskComponent.objects.filter(version__task__plan=plan, component__isnull=False).values_list(
            "index__code", flat=True
        )
    )
    wanted = index_code or (named.most_common(1)[0][0] if named else indices[0].code if indices else "")
    index = next((one for one in indices if one.code == wanted), None)
    framework = _framework(plan, index) if index else None
    if index is None or framework is None:
        return None
    tree = tree_of(framework)
    leaves = {one.pk for one in tree.leaves}
    return CoverageFacts(
        plan_id=plan.pk,
        plan_code=plan.code,
        plan_label=plan.label,
        index=index.short_name,
        index_code=index.code,
        framework=framework.version,
        as_of=as_of,
        choices=tuple(Choice(one.code, one.short_name, one == index) for one in indices),
        rows=tuple(_row(one, tree, found, judged=one.pk in leaves) for one in tree.components),
        whole=found.some(found.by_index.get(index.pk, ())),
        nothing=found.some(found.nothing),
        tasks=len(found.tasks),
    )


def _row(component: Component, tree: Tree, found: Serving, *, judged: bool) -> CoverageRow:
    own, through = found.of(tree.same(component)), found.of(tree.through(component))
    owners = tuple(dict.fromkeys(owner.name for task in own for owner in task.owners))
    verdict = ""
    if judged:
        if not own:
            verdict = THROUGH if through else NO_TASK
        elif not owners:
            verdict = NO_OWNER
        else:
            verdict = TWO_OWNERS if len(owners) > 1 else COVERED
    return CoverageRow(
        component.pk, component.code, component.name, len(tree.above(component)), verdict, own, through, owners
    )


def coverage_tables(facts: CoverageFacts) -> tuple[Table, ...]:
    """Return the map as sheets of a workbook."""
    head = (
        f"Độ phủ {facts.index} ({facts.framework}) của {facts.plan_label}, đến hết ngày {facts.as_of:%d/%m/%Y}",
        f"Thành phần được nhiệm vụ nêu tên: {facts.covered.text}. Nhiệm vụ không phục vụ thành phần nào: "
        f"{facts.idle.text}.",
    )
    components = Table(
        "Thành phần",
        ("Mã", "Thành phần", "Đánh giá", "Cơ quan chủ trì", "Nhiệm vụ nêu tên", "Nhiệm vụ qua lĩnh vực"),
        [
            (
                row.code,
                row.name,
                row.label,
                "; ".join(row.owners),
                ", ".join(task.code for task in row.tasks),
                ", ".join(task.code for task in row.through),
            )
            for row in facts.rows
        ],
        (10, 50, 22, 44, 24, 24),
        head,
    )

    def tasks(name: str, rows: tuple[ServingTask, ...]) -> Table:
        return Table(
            name,
            ("Mã", "Nhiệm vụ", "Cơ quan chủ trì"),
            [(task.code, task.title, task.owner_names) for task in rows],
            (10, 80, 44),
            head[:1],
        )

    return components, tasks("Phục vụ cả chỉ số", facts.whole), tasks("Không phục vụ chỉ số nào", facts.nothing)

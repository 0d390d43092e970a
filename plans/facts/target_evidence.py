"""What is on record for judging the targets of a plan: published results, rankings, and figures of accepted reports.

Read once for all targets, in a fixed number of queries. Nothing is judged here (``target_verdicts``).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from agencies import calendar
from agencies.facts.successions import predecessor_provinces
from agencies.models import ProvinceSuccession
from agencies.text import fold, format_decimal
from indicators.facts.ranking import TRUST, Key, Ranking, Source, Standing, rankings
from indicators.models import Component, Framework, Result
from plans.models import Decision, Plan, ProgressVersion, TargetBaseline, TargetVersion, TaskQuantity, TaskVersion

# Kinds that are judged by where the components of an index stand.
BY_PARTS = (TargetVersion.Kind.SHARE_IN_GROUP, TargetVersion.Kind.NONE_IN_LOWEST)
BY_GROUP = (*BY_PARTS, TargetVersion.Kind.GROUP_AT_LEAST)
BY_RANK = (TargetVersion.Kind.RANK_AT_MOST, TargetVersion.Kind.RANK_GAIN)


@dataclass(frozen=True)
class SourceLine:
    """One row that an evaluation rests on: what it is about, what it says, and where it stands."""

    what: str
    said: str
    name: str
    url: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Figure:
    """What is known of one figure: each part from the most trusted source that prints it."""

    value: Decimal | None = None
    rank: int | None = None
    field_size: int | None = None
    group: str = ""
    rows: tuple[Result, ...] = ()


def figure_of(rows: Sequence[Result]) -> Figure:
    """Return what rows say together (the most trusted first)."""
    ranked = next((row for row in rows if row.rank is not None), None)
    return Figure(
        value=next((row.value for row in rows if row.value is not None), None),
        rank=ranked.rank if ranked else None,
        field_size=ranked.field_size if ranked else None,
        group=next((row.group for row in rows if row.group), ""),
        rows=tuple(rows),
    )


def shown(figure: Figure, unit: str) -> str:
    """Return a figure in words."""
    parts = []
    if figure.value is not None:
        parts.append(f"{format_decimal(figure.value, 2)} {unit}".strip())
    if figure.rank is not None:
        parts.append(f"hạng {figure.rank}/{figure.field_size}" if figure.field_size else f"hạng {figure.rank}")
    if figure.group:
        parts.append(f"nhóm {figure.group}")
    return ", ".join(parts)


@dataclass(frozen=True)
class Origins:
    """Where a province came from, as known on a day."""

    own: int
    name: str = ""
    rows: tuple[ProvinceSuccession, ...] = ()

    @property
    def direct(self) -> tuple[ProvinceSuccession, ...]:
        """The provinces it came from directly."""
        return tuple(row for row in self.rows if row.successor_id == self.own)

    @property
    def single(self) -> tuple[int, ...]:
        """The province itself, with the one it came from when there is only one."""
        return (self.own, *(row.predecessor_id for row in self.direct if len(self.direct) == 1))

    @property
    def everybody(self) -> tuple[int, ...]:
        """The province and all that it came from."""
        return (self.own, *(row.predecessor_id for row in self.rows))


def origins_of(plan: Plan, on: date) -> Origins:
    """Return where the province of a plan came from, as known on a day."""
    end = calendar.end_of(on)
    rows = predecessor_provinces(plan.province)
    known = tuple(row for row in rows if row.effective_on <= on and row.created_at < end)
    return Origins(plan.province_id, plan.province.name, known)


@dataclass(frozen=True)
class Share:
    """An accepted report's numerator and denominator."""

    numerator: Decimal
    denominator: Decimal
    source: SourceLine


class Evidence:
    """Everything that the targets of a plan are judged by, as known on a day (``known_on`` None: all that is there)."""

    def __init__(self, plan: Plan, versions: Sequence[TargetVersion], as_of: date, known_on: date | None) -> None:
        self.plan = plan
        self.as_of = as_of
        self.known_on = known_on
        self.origins = origins_of(plan, as_of)
        self.results = _results(versions, self.origins)
        self.choices = self._choices()
        measured = [version for version in versions if self._needs_field(version)]
        asked = {(version.index_id, version.year) for version in measured if version.index_id}
        parts = {
            (version.index_id, version.year)
            for version in measured
            if version.index_id and (version.component_id or version.kind in BY_PARTS)
        }
        self.rankings: dict[Key, Ranking] = rankings(asked, parts_of=parts, known_on=known_on)
        self.components = _components(parts)
        operational = [version for version in versions if version.kind == TargetVersion.Kind.OPERATIONAL_SHARE]
        self.shares = _shares(plan, operational, as_of) if operational else {}

    def _choices(self) -> dict[int, TargetBaseline]:
        if not self.origins.direct:
            return {}
        chosen = (
            TargetBaseline.objects.filter(target__plan=self.plan)
            .recorded_by(self.as_of)
            .select_related("result__province", "chosen_by")
        )
        return {one.target_id: one for one in chosen}

    def _needs_field(self, version: TargetVersion) -> bool:
        """Tell whether the results of the other provinces are needed: for groups, and for a rank nobody published."""
        if version.kind in BY_GROUP:
            return True
        now = self.figure(version, version.year) if version.kind in BY_RANK else None
        return now is not None and now.rank is None and now.value is not None

    def is_known(self, row: Result) -> bool:
        """Tell whether a result counts."""
        return self.known_on is None or row.is_known(self.known_on)

    def rows(self, version: TargetVersion, provinces: Sequence[int], year: int) -> list[Result]:
        """Return the known results of a target's figure and year, the most trusted first."""
        return sorted(
            (
                row
                for row in self.results
                if row.index_id == version.index_id
                and row.component_id == version.component_id
                and row.province_id in provinces
                and row.year == year
                and self.is_known(row)
            ),
            key=lambda row: (TRUST[row.source_kind], row.pk),
        )

    def figure(self, version: TargetVersion, year: int) -> Figure:
        """Return the province's own figure of a year."""
        return figure_of(self.rows(version, self.origins.single, year))

    def ranking(self, version: TargetVersion) -> tuple[Ranking, Standing] | None:
        """Return the ranking of a target's figure, and where the province stands in it."""
        found = self.rankings.get((version.index_id or 0, version.year, version.component_id))
        own = [found.of(province) for province in self.origins.single] if found else []
        standing = next((one for one in own if one is not None), None)
        return (found, standing) if found and standing else None

    def parts(self, version: TargetVersion) -> list[tuple[Component, Ranking | None, Standing | None]]:
        """Return the components that a target counts, and where the province stands in each.

        The lowest level of the framework of which every component has a result of the province; the highest level
        where none is complete.
        """
        framework = self.components.get((version.index_id or 0, version.year), [])
        levels = [
            [one for one in framework if one.parent_id is not None],
            [one for one in framework if not one.parent_id],
        ]
        found = []
        for level in levels:
            found = [(one, *self._standing(version, one)) for one in level]
            if found and all(standing is not None and standing.place is not None for _, _, standing in found):
                break
        return found

    def _standing(self, version: TargetVersion, component: Component) -> tuple[Ranking | None, Standing | None]:
        ranking = self.rankings.get((version.index_id or 0, version.year, component.pk))
        own = [ranking.of(province) for province in self.origins.single] if ranking else []
        return ranking, next((one for one in own if one is not None), None)


def source_lines(rows: Sequence[Result], version: TargetVersion) -> tuple[SourceLine, ...]:
    """Return the sources of results, as people read them."""
    unit = version.index.unit if version.index else version.unit
    name = version.index.short_name if version.index else ""
    part = f", {version.component}" if version.component else ""
    lines = []
    for row in rows:
        source = Source(row.source, row.source_kind)
        what = f"{name} năm {row.year}{part}"
        lines.append(SourceLine(what, shown(figure_of([row]), unit), source.name, source.url, source.kind_label))
    return tuple(lines)


def _results(versions: Sequence[TargetVersion], origins: Origins) -> list[Result]:
    asked = {(version.index_id, version.component_id) for version in versions}
    years = {year for version in versions for year in (version.year, version.baseline_year) if year}
    of_component = Q(component_id__in=[component for _, component in asked if component])
    return list(
        Result.objects.filter(
            of_component | Q(component__isnull=True),
            Q(year__in=years) | Q(rank__isnull=False),
            province_id__in=origins.everybody,
            index_id__in=[index for index, _ in asked],
        ).select_related("province")
    )


def _components(asked: set[tuple[int, int]]) -> dict[tuple[int, int], list[Component]]:
    """Return the components of the framework that served each index and year, in one query."""
    if not asked:
        return {}
    by_framework: dict[tuple[int, int], dict[int, list[Component]]] = defaultdict(lambda: defaultdict(list))
    for component in (
        Component.objects.filter(
            framework__index__in={index for index, _ in asked},
            framework__province=None,
            framework__level=Framework.Level.PROVINCE,
        )
        .select_related("framework")
        .order_by("framework__year_from", "framework_id", "order")
    ):
        framework = component.framework
        for index, year in asked:
            if (
                framework.index_id == index
                and framework.year_from <= year
                and (framework.year_to is None or framework.year_to >= year)
            ):
                by_framework[index, year][framework.pk].append(component)
    # The newest, where several serve.
    return {key: list(found.values())[-1] for key, found in by_framework.items()}


def unit_of(text: str) -> str:
    """Return the unit of a share, to compare: "% TTHC" and "TTHC" are the same.

    >>> unit_of("% xã/phường") == unit_of("Xã/phường")
    True
    """
    return fold(text).removeprefix("%").strip()


def _shares(plan: Plan, versions: Sequence[TargetVersion], as_of: date) -> dict[tuple[str, int], list[Share]]:
    """Return unit and year → the last accepted numerator and denominator of each duty that reports in this unit."""
    tasks: dict[int, set[str]] = defaultdict(set)
    for quantity in TaskQuantity.objects.filter(version__in=_task_versions(plan, as_of)).select_related("version"):
        tasks[quantity.version.task_id].add(unit_of(quantity.unit))
    wanted = {unit_of(version.unit) for version in versions}
    chosen = {task: units & wanted for task, units in tasks.items() if units & wanted}
    latest: dict[int, ProgressVersion] = {}
    for version in (
        ProgressVersion.objects.filter(
            progress__assignment__task_id__in=chosen,
            denominator__gt=0,
            numerator__isnull=False,
            decision__verb=Decision.Verb.ACCEPT,
            decision__decided_at__lt=calendar.end_of(as_of),
        )
        .select_related("progress__period", "progress__assignment__agency", "progress__assignment__task")
        .order_by("progress__period__cut_off", "number")
    ):
        latest[version.progress.assignment_id] = version
    found: dict[tuple[str, int], list[Share]] = defaultdict(list)
    for version in latest.values():
        assignment, period = version.progress.assignment, version.progress.period
        assert version.numerator is not None
        assert version.denominator is not None
        said = f"{format_decimal(version.numerator)}/{format_decimal(version.denominator)}"
        source = SourceLine(
            f"Nhiệm vụ {assignment.task.code}, {period.name}", said, f"báo cáo đã duyệt của {assignment.agency.name}"
        )
        for unit in chosen[assignment.task_id]:
            found[unit, period.year].append(Share(version.numerator, version.denominator, source))
    return found


def _task_versions(plan: Plan, as_of: date) -> list[int]:
    chosen: dict[int, tuple[int, bool]] = {}
    for pk, task_id, dropped in (
        TaskVersion.objects.filter(task__plan=plan)
        .in_force(as_of)
        .order_by("task_id", "number")
        .values_list("pk", "task_id", "dropped")
    ):
        chosen[task_id] = (pk, dropped)
    return [pk for pk, dropped in chosen.values() if not dropped]

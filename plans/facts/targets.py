"""Targets against published results (domain § 4).

Definitions:

* A result of year Y is *known* on a day when its publication date is not later; where the source gives none,
  from 1 July of Y + 1, the end of the publication season (domain § 6).
* *Rank gain* = baseline rank - rank (a smaller rank number is better); it needs a known baseline of the same
  field. *Relative change* = value / baseline - 1.
* *Baseline*: the province's own result of the baseline year; for a province that came from one other, that one's.
  A province that came from several has as many results of each year before: nothing is computed until somebody has
  chosen one of them (``TargetBaseline``; the last choice recorded before the day ended counts).
* *Field*: "Top 30" is meant among as many units as were ranked when the target was set: the number the plan gives,
  else that of the chosen baseline, else that of the last ranking known when the target took effect. A rank in
  another field (34 instead of 63) is not compared with it.
* The version that counts is the latest one known and in effect on the day; dropped targets are not listed.
* Of several sources a published figure goes before one derived from a text, that before a data set.
* Kinds whose figures nobody publishes as such (shares, groups without a published group, operational shares)
  are "not yet known" until somebody records them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.db.models import Q

from agencies import calendar
from agencies.facts.successions import predecessor_provinces
from agencies.models import ProvinceSuccession
from agencies.text import format_day, format_decimal
from indicators.models import Result
from plans.models import Plan, Target, TargetBaseline, TargetVersion


class TargetState(StrEnum):
    """Whether a target is reached."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


STATE_LABELS = {
    TargetState.MET: "Đạt",
    TargetState.NOT_MET: "Chưa đạt",
    TargetState.UNKNOWN: "Chưa có kết quả",
}

NO_BASELINE = "Chưa chọn năm gốc"
OTHER_FIELD = "Không so được"
NEEDS_BASELINE = (TargetVersion.Kind.RANK_GAIN, TargetVersion.Kind.RELATIVE_CHANGE)

_TRUST = {Result.SourceKind.PUBLISHED: 0, Result.SourceKind.DERIVED: 1, Result.SourceKind.DATASET: 2}
_GROUPS = ("thấp nhất", "trung bình thấp", "trung bình cao", "cao nhất")


@dataclass(frozen=True)
class TargetFacts:
    """One target and how it stands. ``value`` is the target's number (or group); ``arithmetic`` shows the sum.

    ``choosable``: its baseline is a person's choice; ``chosen`` says who chose it, when and why.
    """

    plan_code: str
    plan_label: str
    code: str
    kind: str
    index: str | None
    index_name: str
    value: str
    text: str
    state: TargetState
    baseline: str
    result: str
    arithmetic: str
    why: str = ""
    choosable: bool = False
    chosen: str = ""

    @property
    def state_label(self) -> str:
        """The state in Vietnamese; for what cannot be computed, why."""
        return self.why or STATE_LABELS[self.state]


def is_known(result: Result, on: date) -> bool:
    """Tell whether a result was known on a day."""
    return result.published_on <= on if result.published_on else on >= date(result.year + 1, 7, 1)


@dataclass(frozen=True)
class _Figure:
    value: Decimal | None = None
    rank: int | None = None
    field_size: int | None = None
    group: str = ""


def _of(
    results: Iterable[Result], version: TargetVersion, provinces: Sequence[int], year: int, on: date
) -> list[Result]:
    """Return the results of a target's index and year that were known on a day, the most trusted first."""
    return sorted(
        (
            r
            for r in results
            if r.index_id == version.index_id
            and r.component_id == version.component_id
            and r.province_id in provinces
            and r.year == year
            and is_known(r, on)
        ),
        key=lambda r: (_TRUST[Result.SourceKind(r.source_kind)], r.pk),
    )


def _figure(rows: Sequence[Result]) -> _Figure:
    ranked = next((r for r in rows if r.rank is not None), None)
    return _Figure(
        value=next((r.value for r in rows if r.value is not None), None),
        rank=ranked.rank if ranked else None,
        field_size=ranked.field_size if ranked else None,
        group=next((r.group for r in rows if r.group), ""),
    )


@dataclass(frozen=True)
class _Origins:
    """Where a province came from, as known on a day."""

    own: int
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

    def ask(self, version: TargetVersion) -> bool:
        """Tell whether the baseline of a target is a person's choice."""
        return (
            version.kind in NEEDS_BASELINE
            and len(self.direct) > 1
            and version.baseline_year is not None
            and version.baseline_year < self.direct[0].effective_on.year
        )


def _origins(plan: Plan, on: date) -> _Origins:
    end = calendar.end_of(on)
    rows = predecessor_provinces(plan.province)
    return _Origins(plan.province_id, tuple(r for r in rows if r.effective_on <= on and r.created_at < end))


def _goal_field(
    version: TargetVersion, base: _Figure, results: Sequence[Result], origins: _Origins, plan: Plan
) -> int | None:
    """Return among how many units a rank of this target is meant; None when nothing tells."""
    if version.field_size or base.field_size:
        return version.field_size or base.field_size
    since = version.effective_from or plan.issued_on
    if since is None:
        return None
    ranked = [
        r
        for r in results
        if r.index_id == version.index_id
        and r.component_id == version.component_id
        and r.province_id in origins.everybody
        and r.rank is not None
        and r.year < version.year
        and is_known(r, since)
    ]
    last = max(ranked, key=lambda r: (r.year, -_TRUST[Result.SourceKind(r.source_kind)]), default=None)
    return last.field_size if last else None


def _shown(figure: _Figure, unit: str) -> str:
    parts = []
    if figure.value is not None:
        parts.append(f"{format_decimal(figure.value, 2)} {unit}".strip())
    if figure.rank is not None:
        parts.append(f"hạng {figure.rank}/{figure.field_size}")
    if figure.group:
        parts.append(f"nhóm {figure.group}")
    return ", ".join(parts)


def _verdict(reached: bool) -> TargetState:
    return TargetState.MET if reached else TargetState.NOT_MET


def _judge(version: TargetVersion, now: _Figure, base: _Figure, goal_field: int | None) -> tuple[TargetState, str]:
    kind, wanted = version.kind, version.value
    if kind == TargetVersion.Kind.VALUE and wanted is not None and now.value is not None:
        reached = {
            ">": now.value > wanted,
            ">=": now.value >= wanted,
            "=": now.value == wanted,
        }.get(version.comparator)
        if reached is not None:
            sign = {"=": "=", ">": ">", ">=": "≥"}[version.comparator]
            return _verdict(reached), f"{format_decimal(now.value)} so với yêu cầu {sign} {format_decimal(wanted)}"
    if kind == TargetVersion.Kind.RANK_AT_MOST and wanted is not None and now.rank is not None:
        if goal_field is not None and now.field_size != goal_field:
            return TargetState.UNKNOWN, (
                f"không so được: mục tiêu không quá {wanted:.0f} đặt khi xếp hạng {goal_field} đơn vị, kết quả là hạng "
                f"{now.rank}/{now.field_size}"
            )
        return _verdict(now.rank <= wanted), f"hạng {now.rank}/{now.field_size}, yêu cầu không quá {wanted:.0f}"
    if kind == TargetVersion.Kind.RANK_GAIN and wanted is not None and now.rank is not None and base.rank is not None:
        if now.field_size != base.field_size:
            return TargetState.UNKNOWN, (
                f"không so được: {base.rank}/{base.field_size} và {now.rank}/{now.field_size} khác số đơn vị xếp hạng"
            )
        gain = base.rank - now.rank
        return _verdict(gain >= wanted), f"{base.rank} − {now.rank} = {gain} bậc, yêu cầu ≥ {wanted:.0f}"
    if kind == TargetVersion.Kind.RELATIVE_CHANGE and wanted is not None and now.value is not None and base.value:
        change = (now.value / base.value - 1) * 100
        return _verdict(change >= wanted), (
            f"{format_decimal(now.value)} / {format_decimal(base.value)} − 1 = {format_decimal(change, 2)} %, "
            f"yêu cầu ≥ {format_decimal(wanted)} %"
        )
    if kind == TargetVersion.Kind.GROUP_AT_LEAST and now.group and version.group.lower() in _GROUPS:
        reached = _GROUPS.index(now.group.lower()) >= _GROUPS.index(version.group.lower())
        return _verdict(reached), f"nhóm {now.group}, yêu cầu từ nhóm {version.group}"
    return TargetState.UNKNOWN, ""


def _value_text(version: TargetVersion) -> str:
    if version.value is None:
        return version.group
    if version.value_max is not None:
        return f"{format_decimal(version.value)}–{format_decimal(version.value_max)}"
    return format_decimal(version.value)


def versions_on(plan: Plan, on: date) -> list[TargetVersion]:
    """Return what the plan's targets say on a day; dropped ones are left out."""
    chosen: dict[int, TargetVersion] = {}
    for version in (
        TargetVersion.objects.filter(target__plan=plan)
        .in_force(on)
        .select_related("target", "index", "component", "amendment")
        .order_by("target__order", "number")
    ):
        chosen[version.target_id] = version
    return [version for version in chosen.values() if not version.dropped]


def _results(plan: Plan, versions: Sequence[TargetVersion], origins: _Origins) -> list[Result]:
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


def _ask(version: TargetVersion, results: Sequence[Result], origins: _Origins, unit: str, on: date) -> str:
    """Say what there is to choose from."""
    assert version.baseline_year is not None
    known = []
    for row in origins.direct:
        figure = _figure(_of(results, version, (row.predecessor_id,), version.baseline_year, on))
        known.append(f"{row.predecessor.name}: {_shown(figure, unit) or 'chưa có kết quả'}")
    return f"chưa chọn năm gốc, đơn vị gốc; kết quả năm {version.baseline_year} của {'; '.join(known)}"


def target_facts(plan: Plan, as_of: date) -> tuple[TargetFacts, ...]:
    """Return the plan's targets in force on a day with their standing, in a fixed number of queries."""
    versions = versions_on(plan, as_of)
    origins = _origins(plan, as_of)
    results = _results(plan, versions, origins)
    choices: dict[int, TargetBaseline] = {}
    if origins.direct:
        for one in (
            TargetBaseline.objects.filter(target__plan=plan)
            .recorded_by(as_of)
            .select_related("result__province", "chosen_by")
        ):
            choices[one.target_id] = one
    facts = []
    for version in versions:
        unit = version.index.unit if version.index else version.unit
        now = _figure(_of(results, version, origins.single, version.year, as_of))
        choice = choices.get(version.target_id)
        if choice is not None and not _fits(choice, version):
            choice = None
        asks = origins.ask(version)
        base, where = _Figure(), str(version.baseline_year or "")
        if choice is not None:
            base = _figure([choice.result] if is_known(choice.result, as_of) else [])
            where = f"{choice.result.year}, {choice.result.province.name}"
        elif version.baseline_year and not asks:
            base = _figure(_of(results, version, origins.single, version.baseline_year, as_of))
        goal_field = _goal_field(version, base, results, origins, plan)
        state, arithmetic = _judge(version, now, base, goal_field)
        why = OTHER_FIELD if arithmetic.startswith("không so được") else ""
        if asks and choice is None:
            arithmetic, why = _ask(version, results, origins, unit, as_of), NO_BASELINE
        facts.append(
            TargetFacts(
                plan_code=plan.code,
                plan_label=str(plan),
                code=version.target.code,
                kind=version.kind,
                index=version.index.code if version.index else None,
                index_name=version.index.short_name if version.index else "",
                value=_value_text(version),
                text=version.text,
                state=state,
                baseline=f"{where}: {_shown(base, unit)}" if _shown(base, unit) else "",
                result=_shown(now, unit),
                arithmetic=arithmetic,
                why=why,
                choosable=asks or choice is not None,
                chosen=(
                    f"{choice.chosen_by} chọn ngày {format_day(calendar.day_of(choice.chosen_at))}: {choice.reason}"
                    if choice
                    else ""
                ),
            )
        )
    return tuple(facts)


# Choosing a baseline


@dataclass(frozen=True)
class Candidate:
    """One published result that a target may be measured from."""

    result_id: int
    province: str
    year: int
    shown: str
    source: str
    suggested: bool

    @property
    def label(self) -> str:
        """The result for a list to choose from."""
        return f"{self.province}, năm {self.year}: {self.shown}"


def _fits(choice: TargetBaseline, version: TargetVersion) -> bool:
    """Tell whether a chosen result measures what a version asks for: an amendment may have changed the target."""
    result = choice.result
    return (
        version.kind in NEEDS_BASELINE
        and (result.index_id, result.component_id) == (version.index_id, version.component_id)
        and (result.year == version.baseline_year or _chosen_for(choice, version))
    )


def _chosen_for(choice: TargetBaseline, version: TargetVersion) -> bool:
    """Tell whether a choice was made when the version was known."""
    known = version.amendment.confirmed_at if version.amendment else None
    return known is None or choice.chosen_at >= known


def baseline_candidates(target: Target, on: date) -> tuple[Candidate, ...]:
    """Return the known results that may be chosen: of the baseline year first, each with its rank and field.

    Empty for a target that needs no choice.
    """
    plan = target.plan
    version = next((one for one in versions_on(plan, on) if one.target_id == target.pk), None)
    origins = _origins(plan, on)
    if version is None or not origins.ask(version):
        return ()
    unit = version.index.unit if version.index else version.unit
    rows = (
        Result.objects.filter(
            Q(index_id=version.index_id, component_id=version.component_id),
            province_id__in=origins.everybody,
            year__lt=version.year,
        )
        .select_related("province")
        .order_by("-year", "province__name", "pk")
    )
    wanted = "rank" if version.kind == TargetVersion.Kind.RANK_GAIN else "value"
    found = [
        Candidate(
            result_id=row.pk,
            province=row.province.name,
            year=row.year,
            shown=_shown(_figure([row]), unit),
            source=row.source,
            suggested=row.year == version.baseline_year,
        )
        for row in rows
        if is_known(row, on) and getattr(row, wanted) is not None
    ]
    return tuple(sorted(found, key=lambda one: not one.suggested))

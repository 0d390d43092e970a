"""Targets against published results (domain § 4).

Definitions:

* A result of year Y is *known* on a day when its publication date is not later; where the source gives none,
  from 1 July of Y + 1, the end of the publication season (domain § 6).
* *Rank gain* = baseline rank - rank (a smaller rank number is better); it needs a known baseline of the same
  field. *Relative change* = value / baseline - 1.
* The version that counts is the latest one known and in effect on the day; dropped targets are not listed.
* Of several sources a published figure goes before one derived from a text, that before a data set.
* Kinds whose figures nobody publishes as such (shares, groups without a published group, operational shares)
  are "not yet known" until somebody records them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.db.models import Q

from agencies.text import format_decimal
from indicators.models import Result
from plans.models import Plan, TargetVersion


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

_TRUST = {Result.SourceKind.PUBLISHED: 0, Result.SourceKind.DERIVED: 1, Result.SourceKind.DATASET: 2}
_GROUPS = ("thấp nhất", "trung bình thấp", "trung bình cao", "cao nhất")


@dataclass(frozen=True)
class TargetFacts:
    """One target and how it stands. ``value`` is the target's number (or group); ``arithmetic`` shows the sum."""

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

    @property
    def state_label(self) -> str:
        """The state in Vietnamese."""
        return STATE_LABELS[self.state]


def is_known(result: Result, on: date) -> bool:
    """Tell whether a result was known on a day."""
    return result.published_on <= on if result.published_on else on >= date(result.year + 1, 7, 1)


@dataclass(frozen=True)
class _Figure:
    value: Decimal | None = None
    rank: int | None = None
    field_size: int | None = None
    group: str = ""


def _figure(results: Iterable[Result], index_id: int | None, component_id: int | None, year: int, on: date) -> _Figure:
    rows = sorted(
        (
            r
            for r in results
            if r.index_id == index_id and r.component_id == component_id and r.year == year and is_known(r, on)
        ),
        key=lambda r: (_TRUST[Result.SourceKind(r.source_kind)], r.pk),
    )
    ranked = next((r for r in rows if r.rank is not None), None)
    return _Figure(
        value=next((r.value for r in rows if r.value is not None), None),
        rank=ranked.rank if ranked else None,
        field_size=ranked.field_size if ranked else None,
        group=next((r.group for r in rows if r.group), ""),
    )


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


def _judge(version: TargetVersion, now: _Figure, base: _Figure) -> tuple[TargetState, str]:
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


def target_facts(plan: Plan, as_of: date) -> tuple[TargetFacts, ...]:
    """Return the plan's targets in force on a day with their standing, in a fixed number of queries."""
    chosen: dict[int, TargetVersion] = {}
    for version in (
        TargetVersion.objects.filter(target__plan=plan)
        .in_force(as_of)
        .select_related("target", "index", "component")
        .order_by("target__order", "number")
    ):
        chosen[version.target_id] = version
    # A target that an amendment dropped is asked for no longer; its history stands with the amendment.
    chosen = {target_id: version for target_id, version in chosen.items() if not version.dropped}
    asked = {(version.index_id, version.component_id) for version in chosen.values()}
    years = {year for version in chosen.values() for year in (version.year, version.baseline_year)}
    of_component = Q(component_id__in=[component for _, component in asked if component])
    results = list(
        Result.objects.filter(
            of_component | Q(component__isnull=True),
            province_id=plan.province_id,
            index_id__in=[index for index, _ in asked],
            year__in=[year for year in years if year],
        )
    )
    facts = []
    for version in chosen.values():
        now = _figure(results, version.index_id, version.component_id, version.year, as_of)
        base = (
            _figure(results, version.index_id, version.component_id, version.baseline_year, as_of)
            if version.baseline_year
            else _Figure()
        )
        state, arithmetic = _judge(version, now, base)
        unit = version.index.unit if version.index else version.unit
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
                baseline=f"{version.baseline_year}: {_shown(base, unit)}" if _shown(base, unit) else "",
                result=_shown(now, unit),
                arithmetic=arithmetic,
            )
        )
    return tuple(facts)

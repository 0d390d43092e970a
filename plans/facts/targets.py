"""Targets against published results (domain § 4).

Definitions:

* A result of year Y is *known* on a day when its publication date is not later; where the source gives none,
  from 1 July of Y + 1, the end of the publication season (decision 4).
* *Rank gain* = baseline rank - rank (a smaller rank number is better); it needs a known baseline of the same
  field. "2 to 4 ranks" is met from 2 on. *Relative change* = value / baseline - 1.
* *Baseline*: the province's own result of the baseline year; for a province that came from one other, that one's.
  A province that came from several has as many results of each year before: nothing is computed until somebody has
  chosen one of them (``TargetBaseline``; the last choice recorded before the day ended counts).
* *Field*: "Top 30" is meant among as many units as were ranked when the target was set: the number the plan gives,
  else that of the chosen baseline, else that of the last ranking known when the target took effect. A rank in
  another field (34 instead of 63) is not compared with it.
* *Rank*: the published one; where none is, ours over the field, and the sum says so.
* *Group*: the published one; where none is, the group of our rank under the framework's policy
  (``indicators.facts.ranking``), and the sum says so.
* *Share of components in a group, none in the lowest*: over the components of the framework of that year, on the
  lowest level of which each has a result of the province, else on the highest. What is missing is told; it leaves a
  target open only where it could still turn it.
* *Operational share*: the numerators and denominators of the accepted reports of that year, of the plan's tasks that
  report in the target's unit, added up (the last accepted report of each duty). "=" means at least: a share that
  should be 50 % is reached at 60 %.
* The version that counts is the latest one known and in effect on the day; dropped targets are not listed.
* Of several sources a published figure goes before one derived from a text, that before a data set.
* What cannot be judged is "not yet known", with the reason: which result is not there.
"""

from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Q

from agencies import calendar
from agencies.models import User
from agencies.permissions import Permission
from agencies.text import format_day, format_decimal
from indicators.models import Result
from plans.facts.target_evidence import Evidence, Figure, Origins, SourceLine, figure_of, origins_of, shown
from plans.facts.target_verdicts import (
    NEEDS_BASELINE,
    NO_BASELINE,
    OTHER_FIELD,
    Case,
    PartLine,
    TargetState,
    Verdict,
    chosen_figure,
    goal_field,
    judge,
)
from plans.models import Plan, Target, TargetBaseline, TargetVersion

__all__ = [
    "NO_BASELINE", "OTHER_FIELD", "Candidate", "PartLine", "SourceLine", "TargetFacts", "TargetState",
    "baseline_candidates", "for_reader", "target_facts", "versions_on",
]  # fmt: skip

STATE_LABELS = {
    TargetState.MET: "Đạt",
    TargetState.NOT_MET: "Chưa đạt",
    TargetState.UNKNOWN: "Chưa có kết quả",
}
HIDDEN = "chỉ người theo dõi toàn tỉnh xem được số liệu báo cáo của các cơ quan"


@dataclass(frozen=True)
class TargetFacts:
    """One target and how it stands. ``value`` is the target's number (or group); ``arithmetic`` shows the sum.

    ``reason`` says why it is not yet known; ``sources`` are the rows it was judged by, ``parts`` where each component
    stands that it counts. ``choosable``: its baseline is a person's choice; ``chosen`` says who chose it, when and why.
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
    reason: str = ""
    sources: tuple[SourceLine, ...] = ()
    parts: tuple[PartLine, ...] = ()

    @property
    def state_label(self) -> str:
        """The state in Vietnamese; for what cannot be computed, why."""
        return self.why or STATE_LABELS[self.state]

    @property
    def explained(self) -> str:
        """The sum, and why it does not decide where it does not."""
        because = f"vì {self.reason}" if self.reason else ""
        return "; ".join(part for part in (self.arithmetic, because) if part)


def for_reader(facts: TargetFacts, plan: Plan, user: User) -> TargetFacts:
    """Return a target as a person may read it: what agencies reported is for those who see the whole province."""
    if facts.kind != TargetVersion.Kind.OPERATIONAL_SHARE or not facts.sources:
        return facts
    if plan.province_id in user.provinces_with(Permission.PROGRESS_READ):
        return facts
    return replace(facts, state=TargetState.UNKNOWN, result="", arithmetic="", reason=HIDDEN, sources=(), parts=())


def _asks(version: TargetVersion, origins: Origins) -> bool:
    """Tell whether the baseline of a target is a person's choice."""
    return (
        version.kind in NEEDS_BASELINE
        and len(origins.direct) > 1
        and version.baseline_year is not None
        and version.baseline_year < origins.direct[0].effective_on.year
    )


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


def _ask(version: TargetVersion, evidence: Evidence, unit: str) -> str:
    """Say what there is to choose from."""
    assert version.baseline_year is not None
    known = []
    for row in evidence.origins.direct:
        figure = figure_of(evidence.rows(version, (row.predecessor_id,), version.baseline_year))
        known.append(f"{row.predecessor.name}: {shown(figure, unit) or 'chưa có kết quả'}")
    return f"chưa chọn năm gốc, đơn vị gốc; kết quả năm {version.baseline_year} của {'; '.join(known)}"


def target_facts(plan: Plan, as_of: date, *, all_results: bool = False) -> tuple[TargetFacts, ...]:
    """Return the plan's targets in force on a day with their standing, in a fixed number of queries.

    ``all_results``: judged by every result that is recorded, also what counts as published after the day.
    """
    versions = versions_on(plan, as_of)
    evidence = Evidence(plan, versions, as_of, None if all_results else as_of)
    return tuple(_target(version, evidence) for version in versions)


def _target(version: TargetVersion, evidence: Evidence) -> TargetFacts:
    unit = version.index.unit if version.index else version.unit
    now = evidence.figure(version, version.year)
    choice = evidence.choices.get(version.target_id)
    if choice is not None and not _fits(choice, version):
        choice = None
    asks = _asks(version, evidence.origins)
    base, where = Figure(), str(version.baseline_year or "")
    if choice is not None:
        base = chosen_figure(choice, evidence)
        where = f"{choice.result.year}, {choice.result.province.name}"
    elif version.baseline_year and not asks:
        base = evidence.figure(version, version.baseline_year)
    if asks and choice is None:
        verdict = Verdict(TargetState.UNKNOWN, _ask(version, evidence, unit), why=NO_BASELINE)
    else:
        verdict = judge(Case(version, evidence, now, base, goal_field(version, base, evidence), choice))
    return TargetFacts(
        plan_code=evidence.plan.code,
        plan_label=str(evidence.plan),
        code=version.target.code,
        kind=version.kind,
        index=version.index.code if version.index else None,
        index_name=version.index.short_name if version.index else "",
        value=_value_text(version),
        text=version.text,
        state=verdict.state,
        baseline=f"{where}: {shown(base, unit)}" if shown(base, unit) else "",
        result=shown(now, unit),
        arithmetic=verdict.arithmetic,
        why=verdict.why,
        choosable=asks or choice is not None,
        chosen=(
            f"{choice.chosen_by} chọn ngày {format_day(calendar.day_of(choice.chosen_at))}: {choice.reason}"
            if choice
            else ""
        ),
        reason=verdict.reason,
        sources=verdict.sources,
        parts=verdict.parts,
    )


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
    origins = origins_of(plan, on)
    if version is None or not _asks(version, origins):
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
            shown=shown(figure_of([row]), unit),
            source=row.source,
            suggested=row.year == version.baseline_year,
        )
        for row in rows
        if row.is_known(on) and getattr(row, wanted) is not None
    ]
    return tuple(sorted(found, key=lambda one: not one.suggested))

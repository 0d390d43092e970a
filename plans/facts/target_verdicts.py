"""Judging a target by what is on record: met, not met, not yet known, each with its sum, its sources, or the reason.

Definitions stand in ``plans.facts.targets``.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from agencies.text import fold, format_decimal
from indicators.facts.ranking import TRUST, Ranking, Standing
from indicators.models import Component
from plans.facts.target_evidence import Evidence, Figure, Share, SourceLine, figure_of, source_lines, unit_of
from plans.models import TargetBaseline, TargetVersion

Kind = TargetVersion.Kind


class TargetState(StrEnum):
    """Whether a target is reached."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


NO_BASELINE = "Chưa chọn năm gốc"
OTHER_FIELD = "Không so được"
NEEDS_BASELINE = (Kind.RANK_GAIN, Kind.RELATIVE_CHANGE)


@dataclass(frozen=True)
class PartLine:
    """Where one component stands."""

    code: str
    name: str
    value: str
    rank: str
    group: str
    counts: bool


@dataclass(frozen=True)
class Verdict:
    """What became of a target: ``arithmetic`` where there is a sum, ``reason`` where there is none.

    ``why`` is a label in place of "not yet known" for what cannot be compared.
    """

    state: TargetState
    arithmetic: str = ""
    reason: str = ""
    why: str = ""
    sources: tuple[SourceLine, ...] = ()
    parts: tuple[PartLine, ...] = ()


@dataclass(frozen=True)
class Case:
    """A target with the figures it is about: of its year, and of its baseline year."""

    version: TargetVersion
    evidence: Evidence
    now: Figure
    base: Figure
    goal_field: int | None
    choice: TargetBaseline | None = None

    @property
    def index(self) -> str:
        """The index, or its component, as sentences name it."""
        index = self.version.index
        name = index.short_name if index else "chỉ số"
        return f"{name} ({self.version.component})" if self.version.component else name

    def missing(self, year: int | None = None, what: str = "") -> str:
        """Say that a year has no result, or that its results do not say what is needed."""
        year = year or self.version.year
        figure = self.now if year == self.version.year else self.base
        name = self.evidence.origins.name
        if figure.rows and what:
            return f"kết quả {self.index} năm {year} của {name} không nêu {what}"
        return f"chưa có kết quả {self.index} năm {year} của {name}"

    def sources(self, *, base: bool = False) -> tuple[SourceLine, ...]:
        """Return the rows that the figures come from."""
        rows = source_lines(self.now.rows, self.version)
        return (*source_lines(self.base.rows, self.version), *rows) if base else rows


def judge(case: Case) -> Verdict:
    """Return what became of a target."""
    verdict = _BY_KIND[Kind(case.version.kind)](case)
    if not verdict.sources and verdict.state is TargetState.UNKNOWN:
        return replace(verdict, sources=case.sources(base=True))
    return verdict


def _of(reached: bool) -> TargetState:
    return TargetState.MET if reached else TargetState.NOT_MET


def _unknown(*reasons: str) -> Verdict:
    return Verdict(TargetState.UNKNOWN, reason="; ".join(reason for reason in reasons if reason))


_SIGNS = {"=": "=", ">": ">", ">=": "≥"}


def _value(case: Case) -> Verdict:
    wanted, value = case.version.value, case.now.value
    if wanted is None or case.version.comparator not in _SIGNS:
        return _unknown("mục tiêu không nêu số để so")
    if value is None:
        return _unknown(case.missing(what="giá trị"))
    reached = {"=": value == wanted, ">": value > wanted, ">=": value >= wanted}[case.version.comparator]
    sign = _SIGNS[case.version.comparator]
    return Verdict(
        _of(reached), f"{format_decimal(value)} so với yêu cầu {sign} {format_decimal(wanted)}", sources=case.sources()
    )


def _rank_now(case: Case) -> tuple[Figure, str]:
    """Return the figure with a rank, and whether it was computed: where none is published, ours over the field."""
    if case.now.rank is not None:
        return case.now, ""
    found = case.evidence.ranking(case.version)
    if found is None or found[1].rank is None:
        return case.now, ""
    return replace(case.now, rank=found[1].rank, field_size=found[0].n), " (thứ hạng hệ thống tính)"


def _rank_at_most(case: Case) -> Verdict:
    wanted = case.version.value
    now, computed = _rank_now(case)
    if wanted is None:
        return _unknown("mục tiêu không nêu thứ hạng")
    if now.rank is None:
        return _unknown(case.missing(what="thứ hạng"))
    if case.goal_field is not None and now.field_size != case.goal_field:
        return Verdict(
            TargetState.UNKNOWN,
            f"không so được: mục tiêu không quá {wanted:.0f} đặt khi xếp hạng {case.goal_field} đơn vị, kết quả là "
            f"hạng {now.rank}/{now.field_size}",
            why=OTHER_FIELD,
            sources=case.sources(),
        )
    return Verdict(
        _of(now.rank <= wanted),
        f"hạng {now.rank}/{now.field_size}{computed}, yêu cầu không quá {wanted:.0f}",
        sources=case.sources(),
    )


def _rank_gain(case: Case) -> Verdict:
    wanted, base = case.version.value, case.base
    now, computed = _rank_now(case)
    if wanted is None:
        return _unknown("mục tiêu không nêu số bậc")
    if now.rank is None or base.rank is None:
        return _unknown(
            case.missing(what="thứ hạng") if now.rank is None else "",
            case.missing(_base_year(case), "thứ hạng") if base.rank is None else "",
        )
    if now.field_size != base.field_size:
        return Verdict(
            TargetState.UNKNOWN,
            f"không so được: {base.rank}/{base.field_size} và {now.rank}/{now.field_size} khác số đơn vị xếp hạng",
            why=OTHER_FIELD,
            sources=case.sources(base=True),
        )
    gain = base.rank - now.rank
    most = case.version.value_max
    asked = f"{wanted:.0f}–{most:.0f} bậc{' hoặc hơn' if case.version.open_ended else ''}" if most else ""
    return Verdict(
        _of(gain >= wanted),
        f"{base.rank} − {now.rank} = {gain} bậc{computed}, yêu cầu ≥ {wanted:.0f}{f' ({asked})' if asked else ''}",
        sources=case.sources(base=True),
    )


def _base_year(case: Case) -> int | None:
    return case.choice.result.year if case.choice else case.version.baseline_year


def _relative_change(case: Case) -> Verdict:
    wanted, now, base = case.version.value, case.now, case.base
    if wanted is None:
        return _unknown("mục tiêu không nêu tỷ lệ")
    if now.value is None or not base.value:
        return _unknown(
            case.missing(what="giá trị") if now.value is None else "",
            case.missing(_base_year(case), "giá trị") if base.value is None else "",
            "giá trị năm gốc là 0 nên không tính được tỷ lệ" if base.value == 0 else "",
        )
    change = (now.value / base.value - 1) * 100
    return Verdict(
        _of(change >= wanted),
        f"{format_decimal(now.value)} / {format_decimal(base.value)} − 1 = {format_decimal(change, 2)} %, "
        f"yêu cầu ≥ {format_decimal(wanted)} %",
        sources=case.sources(base=True),
    )


# Groups


def _place(names: tuple[str, ...], group: str) -> int | None:
    folded = [fold(name) for name in names]
    return folded.index(fold(group)) if fold(group) in folded else None


def _series(ranking: Ranking) -> tuple[SourceLine, ...]:
    """Return the source in which a rank was computed."""
    if ranking.series is None:
        return ()
    what = f"{ranking.index_name} năm {ranking.year}{f', {ranking.component_name}' if ranking.component_name else ''}"
    said = f"giá trị của {ranking.n} đơn vị, xếp hạng theo đó"
    return (SourceLine(what, said, ranking.series.name, ranking.series.url, ranking.series.kind_label),)


def _group_at_least(case: Case) -> Verdict:
    found = case.evidence.ranking(case.version)
    if found is None:
        return _unknown(case.missing())
    ranking, own = found
    wanted = _place(ranking.names, case.version.group)
    if wanted is None or own.place is None:
        return _unknown(
            f"{case.index} không có nhóm “{case.version.group}”"
            if wanted is None
            else f"chưa có đủ kết quả {case.index} năm {case.version.year} của các tỉnh để xếp nhóm"
        )
    asked = f"yêu cầu từ nhóm {ranking.names[wanted]} trở lên"
    if own.said and own.group and any(said.group for said in own.said):
        return Verdict(_of(own.place <= wanted), f"nhóm {own.group} (công bố), {asked}", sources=case.sources())
    return Verdict(
        _of(own.place <= wanted),
        f"hạng {own.rank or own.published_rank}/{ranking.n} thuộc nhóm {own.group} (hệ thống tính, nguồn không nêu "
        f"nhóm), {asked}",
        sources=(*case.sources(), *_series(ranking)),
    )


def _lines(parts: list[tuple[Component, Ranking | None, Standing | None]], fails: set[int]) -> tuple[PartLine, ...]:
    return tuple(
        PartLine(
            code=component.code,
            name=component.name,
            value=format_decimal(own.value) if own else "",
            rank=f"{own.shown_rank}/{ranking.n}" if own and ranking and own.shown_rank else "",
            group=own.group if own else "",
            counts=component.pk not in fails,
        )
        for component, ranking, own in parts
    )


def _named(component: Component, ranking: Ranking | None, own: Standing | None) -> str:
    rank = f" (hạng {own.shown_rank}/{ranking.n}, nhóm {own.group})" if own and ranking and own.shown_rank else ""
    return f"{component.code}{rank}"


def _counted(case: Case) -> tuple[list[tuple[Component, Ranking | None, Standing | None]], tuple[SourceLine, ...]]:
    parts = case.evidence.parts(case.version)
    sources = dict.fromkeys(
        replace(line, what=f"{case.index} năm {case.version.year}, các thành phần")
        for _, ranking, own in parts
        if ranking and own
        for line in _series(ranking)
    )
    return parts, tuple(sources)


def _names_of(parts: list[tuple[Component, Ranking | None, Standing | None]]) -> tuple[str, ...]:
    return next((ranking.names for _, ranking, _ in parts if ranking), ())


def _no_parts(case: Case) -> Verdict:
    return _unknown(
        f"chưa có kết quả {case.index} năm {case.version.year} của {case.evidence.origins.name} theo từng thành phần"
    )


def _share_in_group(case: Case) -> Verdict:
    parts, sources = _counted(case)
    placed = [(one, ranking, own) for one, ranking, own in parts if own and own.place is not None]
    wanted = _place(_names_of(parts), case.version.group)
    if not placed:
        return _no_parts(case)
    if wanted is None or case.version.value is None:
        return _unknown(f"{case.index} không có nhóm “{case.version.group}”")
    below = [(one, ranking, own) for one, ranking, own in placed if (own.place or 0) > wanted]
    total, reached, open_ = len(parts), len(placed) - len(below), len(parts) - len(placed)
    share = Decimal(reached) / total * 100
    arithmetic = (
        f"{reached}/{total} thành phần từ nhóm {_names_of(parts)[wanted]} trở lên = {format_decimal(share, 1)} %, "
        f"yêu cầu ≥ {format_decimal(case.version.value)} %"
    )
    if below:
        arithmetic += f"; dưới nhóm đó: {', '.join(_named(*one) for one in below)}"
    lines = _lines(parts, {one.pk for one, _, _ in below})
    if open_ and share < case.version.value <= Decimal(reached + open_) / total * 100:
        return Verdict(
            TargetState.UNKNOWN,
            arithmetic,
            reason=f"còn {open_} thành phần chưa có kết quả",
            sources=sources,
            parts=lines,
        )
    return Verdict(_of(share >= case.version.value), arithmetic, sources=sources, parts=lines)


def _none_in_lowest(case: Case) -> Verdict:
    parts, sources = _counted(case)
    placed = [(one, ranking, own) for one, ranking, own in parts if own and own.place is not None]
    if not placed:
        return _no_parts(case)
    names = _names_of(parts)
    lowest = [(one, ranking, own) for one, ranking, own in placed if own.place == len(names) - 1]
    open_ = len(parts) - len(placed)
    arithmetic = f"{len(lowest)}/{len(parts)} thành phần ở nhóm {names[-1]}, yêu cầu 0"
    if lowest:
        arithmetic += f": {', '.join(_named(*one) for one in lowest)}"
    lines = _lines(parts, {one.pk for one, _, _ in lowest})
    if open_ and not lowest:
        return Verdict(
            TargetState.UNKNOWN, arithmetic, f"còn {open_} thành phần chưa có kết quả", sources=sources, parts=lines
        )
    return Verdict(_of(not lowest), arithmetic, sources=sources, parts=lines)


# The work itself


def _operational_share(case: Case) -> Verdict:
    version = case.version
    if version.value is None:
        return _unknown("mục tiêu không nêu tỷ lệ")
    shares: list[Share] = case.evidence.shares.get((unit_of(version.unit), version.year), [])
    if not shares:
        return _unknown(
            f"chưa có báo cáo nào được duyệt trong năm {version.year} nêu tử số và mẫu số của “{version.unit.strip()}”"
        )
    top = sum((one.numerator for one in shares), Decimal(0))
    bottom = sum((one.denominator for one in shares), Decimal(0))
    share = top / bottom * 100
    reached = share > version.value if version.comparator == ">" else share >= version.value
    sign = ">" if version.comparator == ">" else "≥"
    return Verdict(
        _of(reached),
        f"{format_decimal(top)}/{format_decimal(bottom)} = {format_decimal(share, 2)} %, "
        f"yêu cầu {sign} {format_decimal(version.value)} %",
        sources=tuple(one.source for one in shares),
    )


_BY_KIND = {
    Kind.VALUE: _value,
    Kind.RANK_AT_MOST: _rank_at_most,
    Kind.RANK_GAIN: _rank_gain,
    Kind.RELATIVE_CHANGE: _relative_change,
    Kind.GROUP_AT_LEAST: _group_at_least,
    Kind.SHARE_IN_GROUP: _share_in_group,
    Kind.NONE_IN_LOWEST: _none_in_lowest,
    Kind.OPERATIONAL_SHARE: _operational_share,
}


def goal_field(version: TargetVersion, base: Figure, evidence: Evidence) -> int | None:
    """Return among how many units a rank of this target is meant; None when nothing tells."""
    if version.field_size or base.field_size:
        return version.field_size or base.field_size
    since = version.effective_from or evidence.plan.issued_on
    if since is None:
        return None
    ranked = [
        row
        for row in evidence.results
        if row.index_id == version.index_id
        and row.component_id == version.component_id
        and row.province_id in evidence.origins.everybody
        and row.rank is not None
        and row.year < version.year
        and row.is_known(since)
    ]
    last = max(ranked, key=lambda row: (row.year, -TRUST[row.source_kind]), default=None)
    return last.field_size if last else None


def chosen_figure(choice: TargetBaseline, evidence: Evidence) -> Figure:
    """Return the figure of a chosen baseline."""
    return figure_of([choice.result] if evidence.is_known(choice.result) else [])

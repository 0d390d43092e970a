"""What a score sheet would come to under a scenario: points from … to …, and the rank that would mean.

Definitions (see also ``sheet_scores``):

* Each scored component counts with an interval. *Assumed*: the scenario's own. *As it is*: its score in the latest
  layer, from and to the same. *Estimated*: a survey part without a score; the percentage it reached the year before,
  moved by the lower and by the upper quartile of what the provinces' percentages of it moved in the last year known
  (those with a figure in both years, at least four of them; for a component measured by SIPAS the SIPAS totals, where
  its own figures are not published). *Open*: nothing is known of it, so it counts from 0 to its maximum: blank is
  not 0.
* The year before: the final layer of the same unit's sheet for that year (through the crosswalk), else the published
  result of the component, else, for one measured by SIPAS, the province's SIPAS.
* *Total* from … to … : the engine's total of all lower ends, and of all upper ends (of a penalty the other way round).
* *Rank range*: the rank that each end of the total would have among the other units of the chosen year, everything
  else staying as it was there. It says nothing of how the others will move. A province's total is put on the scale of
  the index; an agency stands among the published sheets of other agencies in the same framework and year.
* A scenario changes nothing: neither the sheet nor a task.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db.models import Q

from agencies.models import User
from agencies.text import format_day, format_decimal
from indicators.changes import position
from indicators.facts import scored_layers
from indicators.models import Component, Index, Result, ScoreSheet
from indicators.scoring import Answer, Sheet
from indicators.scoring.exact import round_to
from indicators.scoring.ranks import percentile
from reports.facts.change import crosswalk, field_of
from reports.facts.serving import ServingTask, plans_of, serving, tree_of
from reports.facts.sheet_scores import (
    EntryScore,
    SheetScores,
    answer_of,
    final_scores,
    label_of,
    latest_scores,
    published_totals,
    whole,
)
from reports.models import Scenario, ScenarioLine

ZERO = Decimal(0)
ASSUMED, AS_IS, ESTIMATED, OPEN = "assumed", "as_is", "estimated", "open"
BASES = {ASSUMED: "giả định", AS_IS: "giữ nguyên", ESTIMATED: "ước lượng", OPEN: "chưa biết"}
_FEWEST = 4
# Of several sources of one figure the data set comes last and counts: movements are taken within one series.
_SERIES = ("-source_kind", "pk")


@dataclass(frozen=True)
class WhatIfRow:
    """One component with its interval, and why it is that."""

    component_id: int
    code: str
    name: str
    side: str
    max_score: Decimal | None
    now: Decimal | None
    not_applicable: bool
    sent: bool
    low: Decimal | None
    high: Decimal | None
    basis: str
    why: str
    line: ScenarioLine | None
    tasks: tuple[ServingTask, ...]

    @property
    def now_text(self) -> str:
        """The score of today, as printed."""
        if self.not_applicable:
            return "Không phát sinh"
        if self.now is not None:
            return format_decimal(self.now, 2)
        return "Chưa chấm" if self.sent else "Chưa gửi"

    @property
    def max_text(self) -> str:
        """The maximum, as printed."""
        return format_decimal(self.max_score)

    @property
    def basis_text(self) -> str:
        """Where the interval comes from, as printed."""
        return BASES[self.basis]

    @property
    def interval(self) -> str:
        """From … to …, as printed."""
        return between(self.low, self.high)


@dataclass(frozen=True)
class WhatIf:
    """The outcome of a scenario."""

    scenario_id: int
    name: str
    revision: int
    sheet_id: int
    title: str
    framework: str
    sample: bool
    stage: str
    rows: tuple[WhatIfRow, ...]
    now: Decimal | None
    now_answered: str
    low: Decimal
    high: Decimal
    total_max: Decimal
    field_year: int | None
    field_size: int
    best_rank: int | None
    worst_rank: int | None
    steps: tuple[str, ...]
    years: tuple[int, ...]

    @property
    def interval(self) -> str:
        """The total from … to …, as printed."""
        return between(self.low, self.high)

    @property
    def now_text(self) -> str:
        """The total of what is scored today, as printed."""
        return "Chưa có điểm" if self.now is None else format_decimal(self.now, 2)

    @property
    def rank_text(self) -> str:
        """The rank range, as printed; empty without a field."""
        if self.best_rank is None or self.worst_rank is None:
            return ""
        ends = f"{self.best_rank}" if self.best_rank == self.worst_rank else f"{self.best_rank}–{self.worst_rank}"
        return f"{ends}/{self.field_size}"

    @property
    def assumed(self) -> tuple[WhatIfRow, ...]:
        """The components that the scenario speaks of."""
        return tuple(row for row in self.rows if row.basis == ASSUMED)


def between(low: Decimal | None, high: Decimal | None) -> str:
    """Print an interval.

    >>> between(Decimal("87.4"), Decimal("88.9")), between(Decimal(5), Decimal(5)), between(None, None)
    ('87,40–88,90', '5,00', '–')
    """
    if low is None or high is None:
        return "–"
    return format_decimal(low, 2) if low == high else f"{format_decimal(low, 2)}–{format_decimal(high, 2)}"


# --- last year's spread ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Spread:
    """What is known of survey parts before this year's results."""

    last: Mapping[Hashable, tuple[Fraction, str]]
    moves: Mapping[int, tuple[list[Decimal], str]]
    sipas_last: tuple[Fraction, str] | None
    sipas_moves: tuple[list[Decimal], str] | None

    def of(self, component: Component) -> tuple[Decimal, Decimal, str] | None:
        """Return the interval of a component and why; None where nothing is known."""
        most = component.max_score
        sipas = component.method == Component.Method.SIPAS
        last = self.last.get(component.pk) or (self.sipas_last if sipas else None)
        moves = self.moves.get(component.pk) or (self.sipas_moves if sipas else None)
        if most is None or last is None or moves is None or len(moves[0]) < _FEWEST:
            return None
        share, said = last
        ends = [
            min(Fraction(1), max(Fraction(0), share + percentile(moves[0], Decimal(cut)) / 100)) for cut in (25, 75)
        ]
        low, high = (round_to(end * Fraction(most), 2) for end in ends)
        why = (
            f"{said}: {format_decimal(round_to(share * 100, 2), 2)} %; {moves[1]}: nửa giữa của {len(moves[0])} tỉnh "
            f"tăng giảm từ {format_decimal(round_to(percentile(moves[0], Decimal(25)), 2), 2)} đến "
            f"{format_decimal(round_to(percentile(moves[0], Decimal(75)), 2), 2)} điểm phần trăm"
        )
        return low, high, why


def _spread(scores: SheetScores, on: date) -> _Spread:
    """Return what is known of survey parts: the year before, and how provinces moved."""
    sheet, year = scores.sheet, scores.sheet.year
    last: dict[Hashable, tuple[Fraction, str]] = {}
    before = (
        ScoreSheet.objects.filter(
            Q(agency_id=sheet.agency_id) if sheet.agency_id else Q(agency__isnull=True),
            province_id=sheet.province_id,
            year=year - 1,
            framework__index_id=sheet.framework.index_id,
        )
        .select_related("framework__index", "agency", "province")
        .first()
    )
    final = final_scores(before, on) if before else None
    if before is not None and final is not None:
        held: dict[Hashable, Fraction] = {
            one.component.pk: Fraction(one.score) / Fraction(one.max_score)
            for one in final.entries
            if one.score is not None and one.max_score
        }
        for tie in crosswalk(before.framework, sheet.framework):
            if tie.old in held:
                last[tie.new] = (held[tie.old], f"năm {year - 1}")
    moves: dict[int, tuple[list[Decimal], str]] = {}
    by_province: dict[int, dict[int, dict[int, Decimal]]] = defaultdict(lambda: defaultdict(dict))
    surveyed = [one.component for one in scores.entries if one.surveyed and one.component.max_score]
    maxima = {one.pk: Fraction(one.max_score) for one in surveyed if one.max_score is not None}
    for row in Result.objects.filter(component__in=maxima, year__lt=year, value__isnull=False).order_by(
        "year", *_SERIES
    ):
        if row.component_id is not None and row.value is not None:
            percent = round_to(Fraction(row.value) / maxima[row.component_id] * 100, 4)
            by_province[row.component_id][row.year][row.province_id] = percent
    for component_id, years in by_province.items():
        own = years.get(year - 1, {}).get(sheet.province_id)
        if own is not None:
            last.setdefault(component_id, (Fraction(own) / 100, f"kết quả năm {year - 1}"))
        latest = max(years)
        if latest - 1 in years:
            moves[component_id] = _moves(years[latest - 1], years[latest], latest)
    return _Spread(last, moves, *_sipas(sheet))


def _moves(before: Mapping[int, Decimal], after: Mapping[int, Decimal], year: int) -> tuple[list[Decimal], str]:
    both = before.keys() & after.keys()
    return [after[one] - before[one] for one in sorted(both)], f"năm {year} so với {year - 1}"


def _sipas(sheet: ScoreSheet) -> tuple[tuple[Fraction, str] | None, tuple[list[Decimal], str] | None]:
    """Return the province's SIPAS of the year before, and how provinces moved in the last two years known."""
    index = Index.objects.filter(code="SIPAS").first()
    if index is None:
        return None, None
    values: dict[int, dict[int, Decimal]] = defaultdict(dict)
    for row in Result.objects.filter(
        index=index, component__isnull=True, year__lt=sheet.year, value__isnull=False
    ).order_by("year", *_SERIES):
        if row.value is not None:
            values[row.year][row.province_id] = row.value
    own = values.get(sheet.year - 1, {}).get(sheet.province_id)
    last = (Fraction(own) / 100, f"SIPAS năm {sheet.year - 1}") if own is not None else None
    latest = max(values, default=0)
    moves = _moves(values[latest - 1], values[latest], latest) if latest and latest - 1 in values else None
    return last, (moves[0], f"SIPAS {moves[1]}") if moves else None


# --- the outcome ----------------------------------------------------------------------------------------------


def _interval(
    one: EntryScore, line: ScenarioLine | None, spread: _Spread | None
) -> tuple[Decimal | None, Decimal | None, str, str]:
    if line is not None:
        why = f"kịch bản: {between(line.low, line.high)} điểm"
        if line.task is not None:
            why += f", khi nhiệm vụ {line.task.code} xong"
            why += f" trước ngày {format_day(line.closes_on)}" if line.closes_on else ""
        return line.low, line.high, ASSUMED, why
    if one.not_applicable or one.score is not None:
        said = "không phát sinh" if one.not_applicable else f"{one.stage_label}: {format_decimal(one.score, 2)} điểm"
        return one.score, one.score, AS_IS, said
    known = spread.of(one.component) if spread and one.surveyed else None
    if known is not None:
        return known[0], known[1], ESTIMATED, known[2]
    most = one.max_score if one.max_score is not None else ZERO
    if one.side != Component.Kind.BASE:
        said = "chưa chấm" if one.sent else "đơn vị chưa gửi"
        return ZERO, most, OPEN, f"{said}: tính cả khoảng 0–{format_decimal(most)}"
    said = "chưa chấm" if one.sent else "đơn vị chưa gửi"
    if one.surveyed:
        said = "chưa có kết quả khảo sát và chưa đủ số liệu các năm trước"
    return ZERO, most, OPEN, f"{said}: tính cả khoảng 0–{format_decimal(most)}"


def _ends(scores: SheetScores, rows: tuple[WhatIfRow, ...]) -> tuple[Sheet, Sheet]:
    """Return the sheets of all lower and of all upper ends."""
    answers: tuple[dict[str, Answer], dict[str, Answer]] = ({}, {})
    for row in rows:
        ends = (row.low, row.high) if row.side != Component.Kind.PENALTY else (row.high, row.low)
        for end, said in zip(ends, answers, strict=True):
            excused = row.not_applicable and row.basis == AS_IS
            said[row.code] = answer_of(end, not_applicable=excused)
    low, high = (whole(scores.sheet.framework, scores.components, said) for said in answers)
    return low, high


def _field(sheet: ScoreSheet, year: int) -> Mapping[Hashable, Decimal]:
    if sheet.agency_id is None:
        return field_of(sheet.framework.index, year, sheet.province_id)
    others = ScoreSheet.objects.filter(
        framework=sheet.framework, year=year, province_id=sheet.province_id, agency__isnull=False
    ).exclude(agency_id=sheet.agency_id)
    return {pk: total for pk, total in published_totals(sheet.framework, others).items()}


def _years(sheet: ScoreSheet) -> tuple[int, ...]:
    """Return the years whose field can be chosen, the latest first."""
    if sheet.agency_id is None:
        found = Result.objects.filter(index_id=sheet.framework.index_id, component__isnull=True, value__isnull=False)
        return tuple(found.order_by("-year").values_list("year", flat=True).distinct())
    sheets = ScoreSheet.objects.filter(
        framework=sheet.framework, province_id=sheet.province_id, agency__isnull=False, state=ScoreSheet.State.PUBLISHED
    )
    return tuple(sheets.order_by("-year").values_list("year", flat=True).distinct())


def whatif(scenario: Scenario, user: User, on: date) -> WhatIf:
    """Return the outcome of a scenario (its sheet with framework, index, agency and province selected)."""
    sheet = scenario.sheet
    scores = latest_scores(sheet, user, on)
    lines = {line.component_id: line for line in scenario.lines.select_related("task", "component")}
    wanting = any(
        one.surveyed and one.score is None and not one.not_applicable and one.component.pk not in lines
        for one in scores.entries
    )
    spread = _spread(scores, on) if wanting else None
    tree = tree_of(sheet.framework)
    found = serving(plans_of(sheet.province_id, sheet.year, user), user, on)
    rows = []
    for one in scores.entries:
        low, high, basis, why = _interval(one, lines.get(one.component.pk), spread)
        rows.append(
            WhatIfRow(
                component_id=one.component.pk,
                code=one.component.code,
                name=one.component.name,
                side=one.side,
                max_score=one.component.max_score,
                now=one.score,
                not_applicable=one.not_applicable,
                sent=one.sent,
                low=low,
                high=high,
                basis=basis,
                why=why,
                line=lines.get(one.component.pk),
                tasks=found.of(tree.same(one.component) | tree.through(one.component), agency_id=sheet.agency_id),
            )
        )
    low_sheet, high_sheet = _ends(scores, tuple(rows))
    low, high = low_sheet.total or ZERO, high_sheet.total or ZERO
    policy = scored_layers.policy_for(sheet.framework, scores.components)
    steps = [
        f"Mức thấp nhất: {'; '.join(low_sheet.explanation.steps)}",
        f"Mức cao nhất: {'; '.join(high_sheet.explanation.steps)}",
    ]
    best = worst = None
    others: Mapping[Hashable, Decimal] = {}
    if scenario.field_year is not None:
        others = _field(sheet, scenario.field_year)
        if others:
            ends = [_on_scale(end, policy.total_max, sheet) for end in (low, high)]
            worst, best = (position(end, others, policy.ties) for end in ends)
            for end, place in zip(ends, (worst, best), strict=True):
                above = sum(value > end for value in others.values())
                steps.append(
                    f"Với {format_decimal(round_to(Fraction(end), 2), 2)} điểm: {above} trong {len(others)} đơn vị "
                    f"khác năm {scenario.field_year} cao hơn, nên đứng thứ {place}/{len(others) + 1}"
                )
        else:
            steps.append(f"Năm {scenario.field_year} chưa có bảng xếp hạng đủ các đơn vị nên không nêu thứ hạng")
    return WhatIf(
        scenario_id=scenario.pk,
        name=scenario.name,
        revision=scenario.revision,
        sheet_id=sheet.pk,
        title=label_of(sheet),
        framework=sheet.framework.version,
        sample=sheet.framework.is_sample,
        stage=scores.stage_label,
        rows=tuple(rows),
        now=scores.whole.total,
        now_answered=f"{scores.whole.answered}/{scores.whole.leaves}",
        low=low,
        high=high,
        total_max=policy.total_max,
        field_year=scenario.field_year,
        field_size=len(others) + 1 if others else 0,
        best_rank=best,
        worst_rank=worst,
        steps=tuple(steps),
        years=_years(sheet),
    )


def _on_scale(total: Decimal, total_max: Decimal, sheet: ScoreSheet) -> Fraction:
    """Return a total on the scale of the field: an agency's as it is, a province's on that of the index."""
    if sheet.agency_id is not None:
        return Fraction(total)
    return Fraction(total) / Fraction(total_max) * Fraction(sheet.framework.index.scale_max)

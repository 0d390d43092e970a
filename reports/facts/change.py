"""What moved an index between two years, for people: points by part, and the rank by part and by the field.

Definitions are those of ``indicators.changes``; what is read for them:

* Of two *sheets* of one unit: final layers (the latest of the later sheet while it is not appraised to the end), the
  totals of the engine, and the crosswalk between their frameworks. Tie by tie: every line of the crosswalk with both
  ends; where both sheets use one framework each component is tied to itself. Frameworks without a crosswalk between
  them have nothing to compare but the totals.
* Of two years of *published results*: the components whose values and maxima are known, and the published totals.
* The *field* of a year is every other province with a total of that index (``indicators.facts.ranking``: one series);
  an agency's sheet has the other agencies' sheets of the same framework for a field.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from agencies.models import Province, User
from agencies.text import format_decimal
from indicators import changes
from indicators.changes import PART_LABELS, Change, Held, Part, Tie
from indicators.facts.ranking import ranking
from indicators.models import Component, ComponentLink, Framework, Index, Result, ScoreSheet
from reports.facts.loss import results_of
from reports.facts.sheet_scores import (
    SURVEYED,
    SheetScores,
    final_scores,
    label_of,
    latest_scores,
    published_totals,
)

_EXPLAINED = {
    Part.OWN: "chênh lệch tỷ lệ đạt × điểm tối đa năm sau, các thành phần không do khảo sát",
    Part.SURVEY: "chênh lệch tỷ lệ đạt × điểm tối đa năm sau, các thành phần đo bằng khảo sát",
    Part.REWEIGHTED: "tỷ lệ đạt năm trước × chênh lệch điểm tối đa; cả thành phần mới, bỏ, không phát sinh",
    Part.BONUS: "điểm thưởng năm sau − năm trước",
    Part.PENALTY: "điểm trừ năm trước − năm sau",
    Part.UNCOMPARED: "thành phần thiếu điểm hoặc thiếu điểm tối đa ở một trong hai năm",
    Part.TOTALLING: "phần tổng điểm không nằm ở thành phần nào",
}


@dataclass(frozen=True)
class PartRow:
    """One part of the move."""

    part: str
    label: str
    points: Decimal
    explained: str
    x: str
    width: str
    places: int | None

    @property
    def text(self) -> str:
        """The points with their sign, as printed."""
        return signed(self.points)

    @property
    def places_text(self) -> str:
        """The ranks with their sign, as printed."""
        return "" if self.places is None else signed_places(self.places)

    @property
    def variant(self) -> str:
        """Its colour; the sign says the same."""
        return "ok" if self.points > 0 else "over" if self.points < 0 else "muted"


@dataclass(frozen=True)
class LineRow:
    """Components that belong together in both years."""

    before: str
    after: str
    percent_before: str
    percent_after: str
    effort: Decimal
    reweighted: Decimal
    surveyed: bool
    compared: bool

    @property
    def effort_text(self) -> str:
        """Effort with its sign, as printed."""
        return signed(self.effort)

    @property
    def reweighted_text(self) -> str:
        """Reweighting with its sign, as printed."""
        return signed(self.reweighted)


@dataclass(frozen=True)
class ChangeFacts:
    """The move of one unit between two years."""

    title: str
    year_before: int
    year_after: int
    before: Decimal
    after: Decimal
    parts: tuple[PartRow, ...]
    lines: tuple[LineRow, ...]
    rank_before: int | None
    rank_after: int | None
    n_before: int
    n_after: int
    field_places: int | None
    note: str

    @property
    def before_text(self) -> str:
        """The first total, as printed."""
        return format_decimal(self.before)

    @property
    def after_text(self) -> str:
        """The second total, as printed."""
        return format_decimal(self.after)

    @property
    def points_text(self) -> str:
        """The whole move, as printed."""
        return signed(self.after - self.before)

    @property
    def rank_text(self) -> str:
        """The move in rank, as printed; empty where there is no field."""
        if self.rank_before is None or self.rank_after is None:
            return ""
        moved = signed_places(self.rank_before - self.rank_after)
        return f"từ {self.rank_before}/{self.n_before} đến {self.rank_after}/{self.n_after} ({moved})"

    @property
    def field_text(self) -> str:
        """What the others' movement did to the rank, as printed."""
        return "" if self.field_places is None else signed_places(self.field_places)


def signed(points: Decimal) -> str:
    """Print points with their sign.

    >>> signed(Decimal("3.04")), signed(Decimal("-0.5")), signed(Decimal(0))
    ('+3,04', '−0,50', '0,00')
    """
    text = format_decimal(abs(points), 2)
    return f"+{text}" if points > 0 else f"−{text}" if points < 0 else text


def signed_places(places: int) -> str:
    """Print a move in rank in words.

    >>> signed_places(3), signed_places(-2), signed_places(0)
    ('lên 3 bậc', 'xuống 2 bậc', 'giữ bậc')
    """
    return f"lên {places} bậc" if places > 0 else f"xuống {-places} bậc" if places < 0 else "giữ bậc"


def crosswalk(old: Framework, new: Framework) -> tuple[Tie, ...]:
    """Return the ties between two frameworks: a component with itself, or the lines of the crosswalk."""
    if old.pk == new.pk:
        return tuple(Tie(pk, pk) for pk in new.components.values_list("pk", flat=True))
    return tuple(
        Tie(before, after)
        for before, after in ComponentLink.objects.filter(old__framework=old, new__framework=new).values_list(
            "old_id", "new_id"
        )
    )


def _held(scores: SheetScores) -> list[Held]:
    return [
        Held(one.component.pk, one.component.code, one.component.name, one.score, one.max_score, one.side, one.surveyed)
        for one in scores.entries
    ]


def sheet_change(before: ScoreSheet, after: ScoreSheet, user: User, on: date) -> ChangeFacts | None:
    """Return the move between two sheets of one unit; None where a total is not known yet."""
    first = final_scores(before, on) or latest_scores(before, user, on)
    second = final_scores(after, on) or latest_scores(after, user, on)
    if first.whole.total is None or second.whole.total is None:
        return None
    ties = crosswalk(before.framework, after.framework)
    done = changes.change(_held(first), _held(second), ties, before=first.whole.total, after=second.whole.total)
    fields = [_sheet_field(sheet, on) for sheet in (before, after)]
    basis = f"{before.year}: {first.stage_label}; {after.year}: {second.stage_label}"
    if not ties:
        basis += "; hai bộ tiêu chí chưa có bảng đối chiếu nên không so từng thành phần được"
    return _facts(label_of(after), before.year, after.year, done, fields[0], fields[1], basis)


def _sheet_field(sheet: ScoreSheet, on: date) -> Mapping[Hashable, Decimal]:
    if sheet.agency_id is None:
        return field_of(sheet.framework.index, sheet.year, sheet.province_id)
    others = ScoreSheet.objects.filter(
        framework=sheet.framework, year=sheet.year, province=sheet.province, agency__isnull=False
    ).exclude(pk=sheet.pk)
    return {pk: total for pk, total in published_totals(sheet.framework, others).items()}


def field_of(index: Index, year: int, but: int | None) -> Mapping[Hashable, Decimal]:
    """Return province → its total in a year, in one series, without one of them."""
    found = ranking(index, year)
    if found is None or found.series is None:
        return {}
    return {row.province_id: row.value for row in found.rows if row.value is not None and row.province_id != but}


def published_change(province: Province, index: Index, first: int, second: int) -> ChangeFacts | None:
    """Return the move between two years of published results; None where a total is missing."""
    totals = []
    fields = []
    for year in (first, second):
        found = ranking(index, year)
        own = found.of(province.pk) if found else None
        if own is None or own.value is None:
            return None
        totals.append(own.value)
        fields.append(field_of(index, year, province.pk))
    held = [[_result_held(row) for row in results_of(province, index, year).values()] for year in (first, second)]
    frameworks = [
        {one.component.framework for one in results_of(province, index, year).values() if one.component}
        for year in (first, second)
    ]
    ties = tuple(tie for old in frameworks[0] for new in frameworks[1] for tie in crosswalk(old, new))
    done = changes.change(held[0], held[1], ties, before=totals[0], after=totals[1])
    note = "Kết quả công bố" if held[0] and held[1] else "Kết quả công bố; chưa có điểm thành phần của cả hai năm"
    return _facts(f"{index.short_name}, {province}", first, second, done, fields[0], fields[1], note)


def _result_held(row: Result) -> Held:
    component = row.component
    assert component is not None
    return Held(
        component.pk,
        component.code,
        component.name,
        row.value,
        component.max_score,
        Component.Kind.BASE,
        component.method in SURVEYED,
    )


def _facts(
    title: str,
    first: int,
    second: int,
    done: Change,
    field_before: Mapping[Hashable, Decimal],
    field_after: Mapping[Hashable, Decimal],
    note: str,
) -> ChangeFacts:
    shown = changes.printed(done.parts)
    moved = changes.rank_change(done, field_before, field_after) if field_before and field_after else None
    places = {step.part: step.places for step in moved.steps} if moved else {}
    widest = max((abs(points) for points in shown.values()), default=Decimal(0)) or Decimal(1)
    rows = []
    for part, points in shown.items():
        half = round(abs(points) / widest * 50, 2)
        rows.append(
            PartRow(
                part=part.value,
                label=PART_LABELS[part],
                points=points,
                explained=_EXPLAINED[part],
                x=str(50 - half if points < 0 else Decimal(50)),
                width=str(half),
                places=places.get(part, 0) if moved else None,
            )
        )
    return ChangeFacts(
        title=title,
        year_before=first,
        year_after=second,
        before=done.before,
        after=done.after,
        parts=tuple(rows),
        lines=tuple(_line_row(line) for line in done.lines),
        rank_before=moved.before if moved else None,
        rank_after=moved.after if moved else None,
        n_before=moved.n_before if moved else 0,
        n_after=moved.n_after if moved else 0,
        field_places=places.get(None) if moved else None,
        note=note,
    )


def _line_row(line: changes.Line) -> LineRow:
    shown = changes.printed(line.parts)

    def side(one: changes.Side) -> str:
        return "; ".join(f"{code} {name}".strip() for code, name in zip(one.codes, one.names, strict=True))

    def percent(one: changes.Side) -> str:
        return f"{format_decimal(one.percent, 2)} %" if one.percent is not None else "–"

    effort = sum((shown.get(part, Decimal(0)) for part in (Part.OWN, Part.SURVEY, Part.UNCOMPARED)), Decimal(0))
    return LineRow(
        before=side(line.before) or "(mới)",
        after=side(line.after) or "(bỏ)",
        percent_before=percent(line.before),
        percent_after=percent(line.after),
        effort=effort,
        reweighted=shown.get(Part.REWEIGHTED, Decimal(0)),
        surveyed=Part.SURVEY in line.parts,
        compared=Part.UNCOMPARED not in line.parts,
    )

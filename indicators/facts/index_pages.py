"""The pages of the indices: where a province stands, over the years, in the components, and beside the others.

Definitions (ranks, groups, series: ``indicators.facts.ranking``):

* The *value* of a year is that of the most trusted source which prints one; every source stands beside it. Two sources
  *conflict* when their values differ by more than 0.01, or their ranks differ.
* A *change* is taken in a source that speaks of both years, the most trusted such; where there is none, between the
  values of the two years; where the year before is not recorded, it is the change that a source prints. Years whose
  frameworks measure differently (six or eight dimensions of PAPI, SIPAS with and without public policy) are not
  compared: a framework says from which year it may be (``policy["comparable_from"]``).
* A *change of rank* needs the same number of ranked provinces in both years.
* Results are public: whoever reads those of the own province reads all.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from agencies.models import Province, User
from agencies.permissions import Permission
from agencies.text import format_day, format_decimal
from indicators.facts.ranking import Ranking, Said, Standing, frameworks_of, rankings, serving
from indicators.models import Component, Framework, Index, Result

TOLERANCE = Decimal("0.01")
OTHER_SCALE = "cách đo khác năm trước"
OTHER_FIELD = "khác số đơn vị xếp hạng"
PRINTED = "như nguồn nêu"
_CHART = (720, 180, 28)


@dataclass(frozen=True)
class SourceRow:
    """What one source says, for the screen."""

    value: str
    rank: str
    group: str
    name: str
    url: str
    kind: str
    published: str
    note: str


@dataclass(frozen=True)
class Change:
    """How a figure moved against the year before; ``why`` says why it is not compared."""

    value: str = ""
    rank: str = ""
    better: bool | None = None
    why: str = ""


@dataclass(frozen=True)
class StandingRow:
    """Where a province stands in one figure and year."""

    year: int
    code: str
    name: str
    most: str
    value: str
    rank: str
    published_rank: str
    computed_rank: str
    differs: bool
    group: str
    computed_group: bool
    change: Change
    conflict: bool
    sources: tuple[SourceRow, ...]
    table_url: str
    parent: bool = True


@dataclass(frozen=True)
class IndexRow:
    """One index in the list, with the latest year of the province."""

    code: str
    name: str
    short_name: str
    unit: str
    url: str
    latest: StandingRow | None


@dataclass(frozen=True)
class Chart:
    """A line over the years, drawn by the server: pieces of a line, points with their labels."""

    width: int
    height: int
    lines: tuple[str, ...]
    points: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True)
class IndexPage:
    """One index of one province."""

    code: str
    name: str
    short_name: str
    unit: str
    province: str
    province_code: str
    years: tuple[StandingRow, ...]
    chart: Chart | None
    chosen: int | None
    parts: tuple[StandingRow, ...]
    framework: str


@dataclass(frozen=True)
class TableRow:
    """One province in the table of the country."""

    rank: str
    province: str
    url: str
    value: str
    published: str
    differs: bool
    group: str
    own: bool


@dataclass(frozen=True)
class RankingTable:
    """The table of the country."""

    title: str
    index: str
    short_name: str
    unit: str
    year: int
    component: str
    n: int
    series: str
    series_url: str
    series_kind: str
    rows: tuple[TableRow, ...]
    groups: tuple[tuple[str, int, str, str], ...]
    differences: int


def index_url(name: str, code: str, **query: object) -> str:
    """Return a page of an index; empty for a code that has no address."""
    try:
        path = reverse(f"indicators:{name}", args=[code])
    except NoReverseMatch:
        return ""
    asked = {key: value for key, value in query.items() if value not in ("", None)}
    return f"{path}?{urlencode(asked)}" if asked else path


def reads(user: User) -> bool:
    """Tell whether a person reads results."""
    return bool(user.provinces_with(Permission.RESULT_READ))


def province_of(user: User, code: str = "") -> Province | None:
    """Return the province that is asked for, else the person's own; None when there is no such one."""
    if code:
        return Province.objects.filter(code=code).first()
    return Province.objects.filter(pk__in=user.provinces_with(Permission.RESULT_READ)).order_by("name").first()


# One figure


def _conflict(said: Sequence[Said]) -> bool:
    values = [one.value for one in said if one.value is not None]
    ranks = {one.rank for one in said if one.rank is not None}
    return len(ranks) > 1 or (bool(values) and max(values) - min(values) > TOLERANCE)


def _rank(rank: int | None, n: int | None) -> str:
    return "" if rank is None else f"{rank}/{n}" if n else str(rank)


def _source(one: Said) -> SourceRow:
    return SourceRow(
        value=format_decimal(one.value),
        rank=_rank(one.rank, one.field_size),
        group=one.group,
        name=one.source.name,
        url=one.source.url,
        kind=one.source.kind_label,
        published=format_day(one.published_on),
        note=one.note,
    )


def _field(ranking: Ranking, own: Standing) -> int | None:
    """Return among how many the shown rank is."""
    if own.rank is not None:
        return ranking.n
    return own.published.field_size if own.published else None


def _values(own: Standing) -> dict[str, Decimal]:
    return {one.source.text: one.value for one in own.said if one.value is not None}


def _shown(own: Standing) -> Decimal | None:
    return next((one.value for one in own.said if one.value is not None), None)


def _signed(number: Decimal) -> str:
    sign = "+" if number > 0 else "−" if number < 0 else "±"
    return sign + format_decimal(number.copy_abs())


def _moved(gain: int) -> str:
    return "giữ hạng" if gain == 0 else f"{'lên' if gain > 0 else 'xuống'} {abs(gain)} bậc"


def _printed_change(own: Standing) -> Change:
    """Return the change that a source prints, for where the values themselves are not known."""
    said = next((one for one in own.said if one.value_change is not None or one.rank_change is not None), None)
    if said is None:
        return Change()
    value, rank = said.value_change, said.rank_change
    better = value > 0 if value else rank > 0 if rank else None
    return Change(
        _signed(value) if value is not None else "", _moved(rank) if rank is not None else "", better, PRINTED
    )


def _change(now: tuple[Ranking, Standing], before: tuple[Ranking, Standing] | None, comparable: bool) -> Change:
    if before is None:
        return _printed_change(now[1])
    old, new = before[1], now[1]
    value = rank = why = ""
    better: bool | None = None
    if comparable:
        earlier = _values(old)
        common = next(((one, earlier[source]) for source, one in _values(new).items() if source in earlier), None)
        pair = common or (_shown(new), _shown(old))
        if pair[0] is not None and pair[1] is not None:
            value = _signed(pair[0] - pair[1])
            better = None if pair[0] == pair[1] else pair[0] > pair[1]
    else:
        why = OTHER_SCALE
    if new.shown_rank is not None and old.shown_rank is not None:
        if _field(*now) == _field(*before):
            gain = old.shown_rank - new.shown_rank
            rank = _moved(gain)
            better = better if better is not None or gain == 0 else gain > 0
        else:
            why = why or OTHER_FIELD
    return Change(value, rank, better, why)


def _row(
    ranking: Ranking,
    own: Standing,
    before: tuple[Ranking, Standing] | None,
    comparable: bool,
    component: Component | None = None,
) -> StandingRow:
    published = own.published
    return StandingRow(
        year=ranking.year,
        code=ranking.component,
        name=ranking.component_name or ranking.index_name,
        most=format_decimal(component.max_score) if component is not None else "",
        value=format_decimal(_shown(own)),
        rank=_rank(own.shown_rank, _field(ranking, own)),
        published_rank=_rank(published.rank, published.field_size) if published else "",
        computed_rank=_rank(own.rank, ranking.n),
        differs=own.differs,
        group=own.group,
        computed_group=bool(own.group) and not any(one.group for one in own.said),
        change=_change((ranking, own), before, comparable),
        conflict=_conflict(own.said),
        sources=tuple(_source(one) for one in own.said),
        table_url=index_url("ranking_table", ranking.index, nam=ranking.year, thanh_phan=ranking.component),
        parent=component is None or component.parent_id is None,
    )


def _comparable(frameworks: Sequence[Framework], year: int) -> bool:
    """Tell whether a year may be compared with the one before."""
    framework = serving(frameworks, year)
    since = framework.policy.get("comparable_from") if framework else None
    return since is None or year - 1 >= since


# The list


def index_rows(province: Province) -> tuple[IndexRow, ...]:
    """Return every index with where the province stands in its latest year, in a fixed number of queries."""
    indices = list(Index.objects.order_by("order", "code"))
    latest: dict[int, int] = {}
    for index_id, one in Result.objects.filter(province=province).totals().values_list("index_id", "year"):
        latest[index_id] = max(one, latest.get(index_id, 0))
    found = rankings([(index, last - back) for index, last in latest.items() for back in (0, 1)], parts_of=())
    frameworks = frameworks_of(latest)
    rows = []
    for index in indices:
        year = latest.get(index.pk)
        now = _own(found.get((index.pk, year or 0, None)), province)
        before = _own(found.get((index.pk, (year or 0) - 1, None)), province)
        rows.append(
            IndexRow(
                code=index.code,
                name=index.name,
                short_name=index.short_name,
                unit=index.unit,
                url=index_url("index_detail", index.code),
                latest=_row(*now, before, _comparable(frameworks[index.pk], year)) if now and year else None,
            )
        )
    return tuple(rows)


def _own(ranking: Ranking | None, province: Province) -> tuple[Ranking, Standing] | None:
    standing = ranking.of(province.pk) if ranking else None
    return (ranking, standing) if ranking and standing else None


# One index


def index_page(index: Index, province: Province, year: int | None = None) -> IndexPage:
    """Return the years of a province in an index, and the components of one year, in a fixed number of queries."""
    years = sorted(
        set(Result.objects.filter(province=province, index=index).values_list("year", flat=True)), reverse=True
    )
    chosen = year if year in years else years[0] if years else None
    parts_of = [(index.pk, one) for one in (chosen, chosen - 1)] if chosen else []
    found = rankings([(index.pk, one) for one in years], parts_of=parts_of)
    frameworks = frameworks_of([index.pk])[index.pk]
    framework = serving(frameworks, chosen) if chosen else None
    by_year = {one: _own(found.get((index.pk, one, None)), province) for one in years}
    rows = [
        _row(*own, by_year.get(one - 1), _comparable(frameworks, one))
        for one, own in by_year.items()
        if own is not None
    ]
    return IndexPage(
        code=index.code,
        name=index.name,
        short_name=index.short_name,
        unit=index.unit,
        province=province.name,
        province_code=province.code,
        years=tuple(rows),
        chart=_chart({one: _shown(own[1]) for one, own in by_year.items() if own}, frameworks),
        chosen=chosen,
        parts=_parts(index, province, framework, chosen, frameworks, found) if framework and chosen else (),
        framework=f"{framework}" if framework else "",
    )


def _parts(
    index: Index,
    province: Province,
    framework: Framework,
    year: int,
    frameworks: Sequence[Framework],
    found: dict[tuple[int, int, int | None], Ranking],
) -> tuple[StandingRow, ...]:
    earlier = {
        ranking.component: _own(ranking, province)
        for (_, one, component), ranking in found.items()
        if one == year - 1 and component is not None
    }
    same = serving(frameworks, year - 1) == framework
    rows = []
    for component in framework.components.order_by("order"):
        own = _own(found.get((index.pk, year, component.pk)), province)
        if own is not None:
            before = earlier.get(component.code) if same else None
            rows.append(_row(*own, before, _comparable(frameworks, year), component))
    return tuple(rows)


def _chart(values: dict[int, Decimal | None], frameworks: Sequence[Framework]) -> Chart | None:
    """Return the line of the values; it breaks where years are not compared or a year is missing."""
    known = {year: value for year, value in sorted(values.items()) if value is not None}
    if len(known) < 2:
        return None
    width, height, edge = _CHART
    low, high = min(known.values()), max(known.values())
    span, first = (high - low) or Decimal(1), min(known)
    steps = max(known) - first

    def place(year: int) -> tuple[str, str]:
        x = edge + (width - 2 * edge) * (year - first) / steps
        y = height - edge - float((known[year] - low) / span) * (height - 2 * edge)
        return f"{x:.1f}", f"{y:.1f}"

    lines: list[list[str]] = []
    for year in known:
        if year - 1 not in known or not _comparable(frameworks, year):
            lines.append([])
        lines[-1].append(",".join(place(year)))
    return Chart(
        width,
        height,
        tuple(" ".join(line) for line in lines if len(line) > 1),
        tuple((*place(year), str(year), format_decimal(value)) for year, value in known.items()),
    )


# The country


def years_and_parts(index: Index) -> tuple[list[int], dict[int, list[Component]]]:
    """Return the years of which there are results, and the components of each year that have some."""
    years: dict[int, set[int]] = defaultdict(set)
    for year, component in Result.objects.filter(index=index).values_list("year", "component_id").distinct():
        years[year].update([component] if component else [])
    components = Component.objects.in_bulk({pk for parts in years.values() for pk in parts})
    return sorted(years, reverse=True), {
        year: sorted((components[pk] for pk in parts), key=lambda one: one.order) for year, parts in years.items()
    }


def ranking_table(found: Ranking, own: frozenset[int]) -> RankingTable:
    """Return a ranking as its page and its files show it (``own``: the reader's provinces)."""
    bounds = found.bounds()
    names = [name for place, name in enumerate(found.names) if any(row.place == place for row in found.rows)]
    counts = [sum(row.place == place for row in found.rows) for place in range(len(found.names))]
    part = f", {found.component} {found.component_name}" if found.component else ""
    return RankingTable(
        title=f"{found.index_name} năm {found.year}{part}",
        index=found.index,
        short_name=found.index_name,
        unit=found.unit,
        year=found.year,
        component=found.component,
        n=found.n,
        series=found.series.name if found.series else "",
        series_url=found.series.url if found.series else "",
        series_kind=found.series.kind_label if found.series else "",
        rows=tuple(
            TableRow(
                rank=_rank(row.shown_rank, _field(found, row)),
                province=row.province,
                url=index_url("index_detail", found.index, tinh=row.code, nam=found.year),
                value=format_decimal(row.value),
                published=_rank(row.published_rank, row.published.field_size if row.published else None),
                differs=row.differs,
                group=row.group,
                own=row.province_id in own,
            )
            for row in found.rows
        ),
        groups=tuple(
            (name, count, format_decimal(low), format_decimal(high))
            for name, count, (low, high) in zip(names, [one for one in counts if one], bounds, strict=False)
        ),
        differences=sum(row.differs for row in found.rows),
    )

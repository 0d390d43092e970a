"""Ranks and groups of provinces in an index, or one of its components, and a year.

Definitions:

* *Field*: the provinces that were ranked in that year: 63, fewer where the survey left some out (61, 60), 34 since the
  mergers of 2025. Who has no value is not ranked and does not count in n. A province that was merged keeps its own
  results, its successor begins with its own.
* *Series*: the values of one source. Ranks over a field are computed in one series only: figures of several sources
  differ in rounding and are never mixed. A series *covers the field* when it gives a value for as many provinces as
  it, or any other source of the figure, says were ranked; where nobody says how many, for nine tenths of the
  provinces of that year. Of several that do, a published table goes before one derived from texts, that before a data
  set; then the one with more provinces. Single figures from the press cover no field: the data set is the series.
* *Rank*: computed in the series at full precision; equal values share the better rank, and the next one is left out
  (1, 2, 2, 4), unless the framework's policy says otherwise. Where no series covers the field nothing is computed, and
  the *published* rank is all there is.
* *Published rank*: that of the most trusted source which is no data set (ranks in a data set were computed too). It is
  shown beside ours and never changed; ``differs`` says that they are not the same.
* *Group*: by the framework's ``policy["groups"]``: ``names`` from the best to the lowest, with ``sizes`` as published
  for a number of ranked provinces (63: 16, 16, 15, 16), or ``edges`` of the value (from 90: A). Without sizes for a
  number, as even as can be (``indicators.scoring.ranks.group_sizes``). An index that is published by groups has four
  quarters also without a policy; any other has no groups then. Equal ranks are in one group.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Window

from indicators.models import Component, Framework, Index, Result
from indicators.scoring.ranks import Rank, Ties, group_sizes, groups, rank

GROUPS = ("Cao nhất", "Trung bình cao", "Trung bình thấp", "Thấp nhất")
TRUST: Mapping[str, int] = {Result.SourceKind.PUBLISHED: 0, Result.SourceKind.DERIVED: 1, Result.SourceKind.DATASET: 2}
# Of how many provinces a series without a stated number must speak, in tenths of those of the year.
_COVERING_TENTHS = 9
_MERGED_SINCE = 2025

Asked = tuple[int, int]  # index, year
Key = tuple[int, int, int | None]  # index, year, component


@dataclass(frozen=True)
class Grouping:
    """How units are ranked and put into groups under a framework; without names there are no groups."""

    names: tuple[str, ...] = ()
    sizes: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    edges: tuple[Decimal, ...] = ()
    ties: Ties = "shared"

    def ranks(self, values: Mapping[int, Decimal]) -> dict[int, Rank]:
        """Return the ranks of a whole field."""
        return rank(values, ties=self.ties)

    def places(self, ranks: Mapping[int, Rank]) -> dict[int, int]:
        """Return the number of the group (0 is the best) of each ranked unit that is in one.

        >>> field = rank({n: Decimal(100 - n) for n in range(1, 61)})
        >>> places = Grouping(GROUPS).places(field)
        >>> places[29], places[34], places[52]
        (1, 2, 3)
        >>> classes = Grouping(("A", "B", "C"), edges=(Decimal(90), Decimal(80), Decimal(70)))
        >>> classes.places(rank({1: Decimal("90.25"), 2: Decimal("79.97"), 3: Decimal("69.9")}))
        {1: 0, 2: 2}
        """
        if not self.names:
            return {}
        if self.edges:
            found = groups(ranks, edges=self.edges)
        else:
            n = len(ranks)
            found = groups(ranks, sizes=self.sizes.get(n) or group_sizes(n, count=len(self.names)))
        return {unit: place for unit, place in found.items() if place < len(self.names)}


@dataclass(frozen=True)
class Source:
    """Where a figure stands."""

    text: str
    kind: str

    @property
    def url(self) -> str:
        """The address, where the source is one."""
        return self.text if self.text.startswith(("https://", "http://")) else ""

    @property
    def name(self) -> str:
        """The source in short: the site of an address, or the document as it is called.

        >>> Source("https://www.sctyenbai.gov.vn/vi/tin-tuc/x", "published").name, Source("186/KH-UBND", "").name
        ('sctyenbai.gov.vn', '186/KH-UBND')
        """
        return self.text.split("/")[2].removeprefix("www.").partition(":")[0] if self.url else self.text

    @property
    def kind_label(self) -> str:
        """What sort of source it is."""
        return Result.SourceKind(self.kind).label if self.kind else ""


@dataclass(frozen=True)
class Said:
    """What one source says of one figure."""

    value: Decimal | None
    rank: int | None
    field_size: int | None
    group: str
    source: Source
    published_on: date | None
    note: str
    value_change: Decimal | None = None
    rank_change: int | None = None


@dataclass(frozen=True)
class Standing:
    """Where one province stands.

    ``value`` is that of the series (of the most trusted source where there is none), ``rank`` the computed one;
    ``said`` is what every source says, the most trusted first.
    """

    province_id: int
    code: str
    province: str
    value: Decimal | None
    rank: int | None
    published: Said | None
    place: int | None
    group: str
    said: tuple[Said, ...]

    @property
    def published_rank(self) -> int | None:
        """The published rank."""
        return self.published.rank if self.published else None

    @property
    def shown_rank(self) -> int | None:
        """The computed rank, or the published one where nothing can be computed."""
        return self.rank if self.rank is not None else self.published_rank

    @property
    def differs(self) -> bool:
        """Whether the published rank is not the computed one."""
        return self.rank is not None and self.published_rank is not None and self.rank != self.published_rank


@dataclass(frozen=True)
class Ranking:
    """The provinces of one figure, the best first. ``series`` is None where no source covers the field."""

    index: str
    index_name: str
    unit: str
    year: int
    component: str
    component_name: str
    order: int
    n: int
    series: Source | None
    names: tuple[str, ...]
    rows: tuple[Standing, ...]

    def of(self, province_id: int) -> Standing | None:
        """Return where a province stands."""
        return next((row for row in self.rows if row.province_id == province_id), None)

    def bounds(self) -> tuple[tuple[Decimal, Decimal], ...]:
        """Return the lowest and the highest value of each group, from the best."""
        values: dict[int, list[Decimal]] = defaultdict(list)
        for row in self.rows:
            if row.place is not None and row.value is not None:
                values[row.place].append(row.value)
        return tuple((min(values[place]), max(values[place])) for place in sorted(values))


def rankings(
    asked: Iterable[Asked], *, parts_of: Iterable[Asked] | None = None, known_on: date | None = None
) -> dict[Key, Ranking]:
    """Return the rankings of indices and years, in four queries.

    ``parts_of``: of which of them the components are wanted too (all unless given). ``known_on``: only what was known
    on a day.
    """
    whole = set(asked)
    parts = whole if parts_of is None else set(parts_of)
    whole |= parts
    if not whole:
        return {}
    found: dict[Key, list[dict[str, Any]]] = defaultdict(list)
    for row in _rows(whole, parts, known_on):
        found[row["index_id"], row["year"], row["component_id"]].append(row)
    indices = Index.objects.in_bulk({index for index, _ in whole})
    frameworks = frameworks_of(indices)
    ids = {component for _, _, component in found if component is not None}
    components = Component.objects.in_bulk(ids) if ids else {}
    return {
        key: _ranking(indices[key[0]], key[1], components.get(key[2] or 0), serving(frameworks[key[0]], key[1]), rows)
        for key, rows in found.items()
    }


def ranking(index: Index, year: int, component: Component | None = None) -> Ranking | None:
    """Return one ranking, or None when there is no figure at all."""
    asked = (index.pk, year)
    parts = () if component is None else (asked,)
    return rankings([asked], parts_of=parts).get((*asked, component.pk if component else None))


def serving(frameworks: Sequence[Framework], year: int) -> Framework | None:
    """Return the framework that serves a year: the newest, where several do."""
    fit = [one for one in frameworks if one.year_from <= year and (one.year_to is None or one.year_to >= year)]
    return fit[-1] if fit else None


def grouping(index: Index, framework: Framework | None) -> Grouping:
    """Return how the units of an index are grouped under a framework.

    A policy that says nothing of groups leaves an index that is published by groups its four quarters.
    """
    policy = framework.policy if framework else {}
    said = policy.get("groups") or {}
    ties: Ties = policy.get("ties", "shared")
    if not said:
        return Grouping(GROUPS if index.publishes == Index.Publishes.GROUP else (), ties=ties)
    return Grouping(
        tuple(said.get("names") or GROUPS),
        {int(n): tuple(sizes) for n, sizes in (said.get("sizes") or {}).items()},
        tuple(Decimal(str(edge)) for edge in said.get("edges") or ()),
        ties,
    )


def frameworks_of(indices: Iterable[int]) -> dict[int, list[Framework]]:
    """Return the frameworks of indices that score provinces for the whole country, the oldest first; one query."""
    found: dict[int, list[Framework]] = defaultdict(list)
    for framework in Framework.objects.filter(
        index__in=list(indices), province=None, level=Framework.Level.PROVINCE
    ).order_by("year_from", "pk"):
        found[framework.index_id].append(framework)
    return found


def _rows(whole: set[Asked], parts: set[Asked], known_on: date | None) -> Iterable[Any]:
    """Return every row of the figures, with how many provinces its source gives a value of."""
    wanted = Q()
    for index, year in whole:
        one = Q(index_id=index, year=year)
        wanted |= one if (index, year) in parts else one & Q(component__isnull=True)
    rows = Result.objects.filter(wanted)
    if known_on is not None:
        rows = rows.known_on(known_on)
    series = [F("index_id"), F("component_id"), F("year"), F("source")]
    return (
        rows.annotate(covered=Window(Count("value"), partition_by=series))
        .order_by("province__name", "pk")
        .values(
            "id",
            "index_id",
            "year",
            "component_id",
            "province_id",
            "province__code",
            "province__name",
            "value",
            "rank",
            "field_size",
            "group",
            "source",
            "source_kind",
            "published_on",
            "note",
            "value_change",
            "rank_change",
            "covered",
        )
    )


def _series(year: int, rows: Sequence[dict[str, Any]]) -> str | None:
    """Return the source in which ranks are computed, or None when none covers the field."""
    stated = max((row["field_size"] for row in rows if row["field_size"]), default=None)
    own: dict[str, int] = {}
    for row in rows:
        own[row["source"]] = max(own.get(row["source"], 0), row["field_size"] or 0)
    units = 34 if year >= _MERGED_SINCE else 63

    def covers(row: dict[str, Any]) -> bool:
        # A source that says how many were ranked is held to that; it may know better than the others.
        if own[row["source"]] or stated:
            return bool(row["covered"] >= (own[row["source"]] or stated))
        return bool(row["covered"] * 10 >= units * _COVERING_TENTHS)

    covering = [row for row in rows if row["value"] is not None and covers(row)]
    best = min(covering, key=lambda row: (TRUST[row["source_kind"]], -row["covered"], row["source"]), default=None)
    return best["source"] if best else None


def _ranking(
    index: Index,
    year: int,
    component: Component | None,
    framework: Framework | None,
    rows: Sequence[dict[str, Any]],
) -> Ranking:
    source = _series(year, rows)
    how = grouping(index, framework)
    by_province: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (TRUST[row["source_kind"]], row["id"])):
        by_province[row["province_id"]].append(row)
    in_series = [row for row in rows if row["source"] == source and row["value"] is not None]
    ranks = how.ranks({row["province_id"]: row["value"] for row in in_series})
    values = {province: _value(said, ranks.get(province)) for province, said in by_province.items()}
    # Classes by value need no field.
    classed = how.ranks({province: value for province, value in values.items() if value is not None})
    places = how.places(classed if how.edges else ranks)
    n = len(ranks) or max((row["field_size"] or 0 for row in rows), default=0)
    standings = [
        _standing(said, values[province], ranks.get(province), places.get(province), how.names)
        for province, said in by_province.items()
    ]
    standings.sort(key=lambda one: (one.shown_rank or 10_000, -(one.value or 0), one.province))
    return Ranking(
        index=index.code,
        index_name=index.short_name,
        unit=index.unit,
        year=year,
        component=component.code if component else "",
        component_name=component.name if component else "",
        order=component.order if component else 0,
        n=n,
        series=Source(source, in_series[0]["source_kind"]) if source and in_series else None,
        names=how.names,
        rows=tuple(standings),
    )


def _value(rows: Sequence[dict[str, Any]], ranked: Rank | None) -> Decimal | None:
    """Return the value of the series, else that of the most trusted source."""
    return ranked.value if ranked else next((row["value"] for row in rows if row["value"] is not None), None)


def _standing(
    rows: Sequence[dict[str, Any]],
    value: Decimal | None,
    ranked: Rank | None,
    place: int | None,
    names: tuple[str, ...],
) -> Standing:
    said = tuple(
        Said(
            value=row["value"],
            rank=row["rank"],
            field_size=row["field_size"],
            group=row["group"],
            source=Source(row["source"], row["source_kind"]),
            published_on=row["published_on"],
            note=row["note"],
            value_change=row["value_change"],
            rank_change=row["rank_change"],
        )
        for row in rows
    )
    not_computed = [one for one in said if one.source.kind != Result.SourceKind.DATASET]
    printed = next((one.group for one in said if one.group), "")
    if printed:
        folded = [name.lower() for name in names]
        place = folded.index(printed.lower()) if printed.lower() in folded else None
    return Standing(
        province_id=rows[0]["province_id"],
        code=rows[0]["province__code"],
        province=rows[0]["province__name"],
        value=value,
        rank=ranked.position if ranked else None,
        published=next((one for one in not_computed if one.rank is not None), None),
        place=place,
        group=printed or (names[place] if place is not None and place < len(names) else ""),
        said=said,
    )

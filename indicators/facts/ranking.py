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
  number, quarters: the border of the k-th group is k × n / 4, rounded half up. An index that is published by groups has
  quarters also without a policy; any other has no groups then. Equal ranks are in one group.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db.models import Count, F, Q, Window
from django.db.models.functions import DenseRank, Rank, RowNumber

from indicators.models import Component, Framework, Index, Result

GROUPS = ("Cao nhất", "Trung bình cao", "Trung bình thấp", "Thấp nhất")
TRUST: Mapping[str, int] = {Result.SourceKind.PUBLISHED: 0, Result.SourceKind.DERIVED: 1, Result.SourceKind.DATASET: 2}
# Of how many provinces a series without a stated number must speak, in tenths of those of the year.
_COVERING_TENTHS = 9
_MERGED_SINCE = 2025

Asked = tuple[int, int]  # index, year
Key = tuple[int, int, int | None]  # index, year, component


@dataclass(frozen=True)
class Grouping:
    """How ranked units are put into groups; without names there are none."""

    names: tuple[str, ...] = ()
    sizes: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    edges: tuple[Decimal, ...] = ()

    def sizes_of(self, n: int) -> tuple[int, ...]:
        """Return how many units are in each group, from the best.

        >>> four = Grouping(GROUPS, {61: (15, 15, 15, 16)})
        >>> four.sizes_of(61), four.sizes_of(34), four.sizes_of(60)
        ((15, 15, 15, 16), (9, 8, 9, 8), (15, 15, 15, 15))
        """
        published = self.sizes.get(n)
        if published is not None:
            return published
        many = len(self.names)
        borders = [(2 * n * k + many) // (2 * many) for k in range(many + 1)]
        return tuple(upper - lower for lower, upper in pairwise(borders))

    def place(self, rank: int | None, n: int, value: Decimal | None) -> int | None:
        """Return the number of the group (0 is the best), or None.

        >>> Grouping(GROUPS).place(29, 60, None), Grouping(GROUPS).place(52, 60, None)
        (1, 3)
        >>> classes = Grouping(("A", "B", "C"), edges=(Decimal(90), Decimal(80), Decimal(70)))
        >>> classes.place(None, 63, Decimal("90.25")), classes.place(None, 63, Decimal("79.97"))
        (0, 2)
        """
        if self.edges:
            if value is None:
                return None
            return next((place for place, edge in enumerate(self.edges) if value >= edge), None)
        if rank is None or not self.names:
            return None
        border = 0
        for place, size in enumerate(self.sizes_of(n)):
            border += size
            if rank <= border:
                return place
        return len(self.names) - 1


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
    said = (framework.policy if framework else {}).get("groups") or {}
    if not said:
        return Grouping(GROUPS) if index.publishes == Index.Publishes.GROUP else Grouping()
    return Grouping(
        tuple(said.get("names") or GROUPS),
        {int(n): tuple(sizes) for n, sizes in (said.get("sizes") or {}).items()},
        tuple(Decimal(str(edge)) for edge in said.get("edges") or ()),
    )


def frameworks_of(indices: Iterable[int]) -> dict[int, list[Framework]]:
    """Return the frameworks of indices that score provinces for the whole country, the oldest first; one query."""
    found: dict[int, list[Framework]] = defaultdict(list)
    for framework in Framework.objects.filter(
        index__in=list(indices), province=None, level=Framework.Level.PROVINCE
    ).order_by("year_from", "pk"):
        found[framework.index_id].append(framework)
    return found


_TIES = {"shared": Rank, "dense": DenseRank, "order": RowNumber}


def _rows(whole: set[Asked], parts: set[Asked], known_on: date | None) -> Iterable[dict[str, Any]]:
    """Return every row of the figures with its position in its own series, by each way to treat ties."""
    wanted = Q()
    for index, year in whole:
        one = Q(index_id=index, year=year)
        wanted |= one if (index, year) in parts else one & Q(component__isnull=True)
    rows = Result.objects.filter(wanted)
    if known_on is not None:
        rows = rows.known_on(known_on)
    series = [F("index_id"), F("component_id"), F("year"), F("source")]
    best_first = F("value").desc(nulls_last=True)
    return (
        rows.annotate(
            covered=Window(Count("value"), partition_by=series),
            **{
                f"rank_{ties}": Window(
                    kind(),
                    partition_by=series,
                    order_by=[best_first, F("pk").asc()] if kind is RowNumber else best_first,
                )
                for ties, kind in _TIES.items()
            },
        )
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
            "covered",
            *(f"rank_{ties}" for ties in _TIES),
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
    ties = (framework.policy if framework else {}).get("ties", "shared")
    position = f"rank_{ties if ties in _TIES else 'shared'}"
    groups = grouping(index, framework)
    by_province: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (TRUST[row["source_kind"]], row["id"])):
        by_province[row["province_id"]].append(row)
    in_series = [row for row in rows if row["source"] == source and row["value"] is not None]
    n = in_series[0]["covered"] if in_series else max((row["field_size"] or 0 for row in rows), default=0)
    ranked = {row["province_id"]: row for row in in_series}
    standings = [
        _standing(said, ranked.get(province), ranked[province][position] if province in ranked else None, n, groups)
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
        names=groups.names,
        rows=tuple(standings),
    )


def _standing(
    rows: Sequence[dict[str, Any]], series: dict[str, Any] | None, rank: int | None, n: int, groups: Grouping
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
        )
        for row in rows
    )
    not_computed = [one for one in said if one.source.kind != Result.SourceKind.DATASET]
    value = series["value"] if series else next((one.value for one in said if one.value is not None), None)
    printed = next((one.group for one in said if one.group), "")
    place = groups.place(rank, n, value)
    if printed and groups.names:
        folded = [name.lower() for name in groups.names]
        place = folded.index(printed.lower()) if printed.lower() in folded else place
    return Standing(
        province_id=rows[0]["province_id"],
        code=rows[0]["province__code"],
        province=rows[0]["province__name"],
        value=value,
        rank=rank,
        published=next((one for one in not_computed if one.rank is not None), None),
        place=place,
        group=printed or (groups.names[place] if place is not None else ""),
        said=said,
    )

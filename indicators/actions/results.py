"""Entering a table of published results: every error at once, all rows or none.

Results are national and public: one table tells of every province, those that work here and those that do not.
What another source says of the same figure stands beside it; nothing is overwritten but what the same source said.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from agencies.actions import provinces as directory
from agencies.actions import trail
from agencies.actions.provinces import Unit
from agencies.errors import Invalid, Refused
from agencies.models import Province, User
from agencies.permissions import Permission
from agencies.text import fold, format_decimal
from indicators.actions.catalogue import keep_national, national_is_known
from indicators.models import Component, Framework, Index, Result
from indicators.reading import table as tables
from indicators.reading.results import Written, parse
from indicators.reading.table import Fault

MOST_ERRORS_SHOWN = 50
_BATCH = 1000

Key = tuple[int, int, int | None, int, str]


class Refusal(Invalid):
    """A table that cannot be taken, with everything that is wrong with it."""

    def __init__(self, faults: list[Fault]) -> None:
        shown = "\n".join(str(fault) for fault in faults[:MOST_ERRORS_SHOWN])
        more = f"\n… và {len(faults) - MOST_ERRORS_SHOWN} lỗi nữa" if len(faults) > MOST_ERRORS_SHOWN else ""
        super().__init__("results_refused", f"Bảng kết quả có {len(faults)} lỗi, chưa nhập dòng nào:\n{shown}{more}")
        self.faults = faults


@dataclass(frozen=True)
class Taken:
    """What an import did, or (``stored`` False) would do.

    ``national``: rows about the whole country, which are means and are left out. ``beside``: figures that now stand
    in more than one source, with values or ranks that differ.
    """

    rows: int
    added: int
    changed: int
    national: int
    provinces: int
    beside: int
    stored: bool = True

    @property
    def same(self) -> int:
        """Rows that were there already."""
        return self.rows - self.added - self.changed

    def __str__(self) -> str:
        verb = "Đã nhập" if self.stored else "Bảng đúng, chưa nhập. Nếu nhập sẽ có"
        parts = [f"{verb} {self.rows} dòng: {self.added} mới, {self.changed} thay đổi, {self.same} đã có từ trước."]
        if self.provinces:
            parts.append(f"Ghi thêm {self.provinces} tỉnh, thành phố chỉ để xếp hạng.")
        if self.beside:
            parts.append(f"{self.beside} số liệu có nhiều nguồn khác nhau, được giữ cạnh nhau.")
        if self.national:
            parts.append(f"Bỏ qua {self.national} dòng “Cả nước” vì là số trung bình, không phải kết quả của một tỉnh.")
        return " ".join(parts)


def import_results(*, path: Path, provinces: Sequence[Province] | None = None, by: User | None = None) -> Taken:
    """Enter a CSV or XLSX table; of some provinces only, when these are named (other rows are not looked at).

    Raises Refusal with every fault; then nothing is entered. The same table again changes nothing.
    """
    return take(content=path.read_bytes(), name=path.name, provinces=provinces, by=by)


def take(
    *,
    content: bytes,
    name: str,
    provinces: Sequence[Province] | None = None,
    store: bool = True,
    by: User | None,
) -> Taken:
    """Enter the table of a file, or (``store`` False) only look whether it could be entered.

    ``by``: who keeps the indices of a province; None for the operator. Raises Refusal, Invalid when the file is no
    table, Refused (``not_index_manager``).
    """
    if by is not None and not by.provinces_with(Permission.INDEX_MANAGE):
        raise Refused("not_index_manager", "Chỉ chuyên viên chỉ số được nhập bảng kết quả.")
    written, faults = parse(tables.read(content, name))
    if provinces is not None:
        written = [row for row in written if any(one.answers_to(row.province) for one in provinces)]
        lines = {row.line for row in written}
        faults = [fault for fault in faults if fault.row in lines or _names(fault)]
    with transaction.atomic():
        taken = keep_results(written, source=name, by=by, faults=faults)
        if not store:
            transaction.set_rollback(True)
            return Taken(**{**vars(taken), "stored": False})
    return taken


def keep_results(written: Sequence[Written], *, source: str, by: User | None, faults: Collection[Fault] = ()) -> Taken:
    """Enter rows that were read; ``faults`` are those that reading found.

    One event for each province and index tells of all that differ. Raises Refusal with every fault.
    """
    with transaction.atomic():
        if not national_is_known():
            keep_national()
        # Two imports at once would each miss the other's rows.
        codes = {row.index for row in written}
        indices = {one.code: one for one in Index.objects.select_for_update(of=("self",)).order_by("pk")}
        wrong = list(faults)
        asked = [row for row in written if not row.national]
        entered = _enter_provinces(asked, by=by)
        found = _Found(indices, codes, _rows_of_provinces())
        entries = {line: entry for line, entry in ((row.line, found.entry(row, wrong)) for row in asked) if entry}
        wrong += _twice(entries)
        there = _there(entries.values())
        wrong += _of_others(entries, there, by)
        if wrong:
            raise Refusal(sorted(wrong, key=lambda one: one.row))
        added, changed = _store(entries.values(), there)
        for (province_id, _), rows in sorted(_by_trail([*added, *changed]).items()):
            trail.record(
                province_id=province_id,
                action="result.import",
                subject=rows[0].index,
                after={"rows": len(rows), "file": source},
                touched=rows,
                by=by,
            )
        return Taken(
            rows=len(entries),
            added=len(added),
            changed=len(changed),
            national=len(written) - len(asked),
            provinces=len(entered),
            beside=_beside(there),
        )


def _names(fault: Fault) -> bool:
    """Tell whether a fault leaves open of which province its row is."""
    return fault.column == "province"


# Whom a row is about


def _end(year: int) -> date:
    """Return the day whose provinces a year ranks."""
    return date(year, 12, 31)


def _spellings(unit: Unit) -> set[str]:
    kind = Province.Kind(unit.kind).label
    return {fold(name) for one in (unit.name, *unit.also) for name in (one, f"{kind} {one}")}


def _rows_of_provinces() -> list[Province]:
    return list(Province.objects.order_by("pk"))


def _unit(name: str, year: int) -> Unit | None:
    return next((unit for unit in directory.units() if unit.lived(_end(year)) and fold(name) in _spellings(unit)), None)


def _living(name: str, year: int, rows: Iterable[Province]) -> Province | None:
    """Return the province that bore a name at the end of a year, or under whose other spelling it is known."""
    on = _end(year)
    alive = [
        one
        for one in rows
        if (one.valid_from is None or one.valid_from <= on) and (one.valid_to is None or one.valid_to >= on)
    ]
    unit = _unit(name, year)
    return next((one for one in alive if one.answers_to(name)), None) or (
        next((one for one in alive if fold(one.name) == fold(unit.name)), None) if unit else None
    )


def _enter_provinces(written: Sequence[Written], *, by: User | None) -> list[Province]:
    rows = _rows_of_provinces()
    named = dict.fromkeys((row.province, row.year) for row in written)
    units = [_unit(name, year) for name, year in named if _living(name, year, rows) is None]
    return directory.enter_units(dict.fromkeys(unit for unit in units if unit is not None), by=by)


class _Found:
    """What the rows of a table name: indices, provinces of a year, components of a year's framework."""

    def __init__(self, indices: dict[str, Index], codes: Collection[str], provinces: list[Province]) -> None:
        self.indices = indices
        self.provinces = provinces
        self.known: dict[tuple[str, int], Province | None] = {}
        self.frameworks: dict[int, list[Framework]] = defaultdict(list)
        for framework in Framework.objects.filter(
            index__code__in=codes, province=None, level=Framework.Level.PROVINCE
        ).order_by("year_from", "pk"):
            self.frameworks[framework.index_id].append(framework)
        self.components: dict[int, dict[str, Component]] = defaultdict(dict)
        for component in Component.objects.filter(framework__index__code__in=codes, framework__province=None):
            self.components[component.framework_id][component.code] = component

    def province(self, name: str, year: int) -> Province | None:
        """Return the province of a name at the end of a year."""
        key = (fold(name), year)
        if key not in self.known:
            self.known[key] = _living(name, year, self.provinces)
        return self.known[key]

    def framework(self, index: Index, year: int) -> Framework | None:
        """Return the framework that serves a year: the newest, where several do."""
        serving = [
            one
            for one in self.frameworks[index.pk]
            if one.year_from <= year and (one.year_to is None or one.year_to >= year)
        ]
        return serving[-1] if serving else None

    def entry(self, row: Written, faults: list[Fault]) -> dict[str, Any] | None:
        """Return the columns of a row's result; what is wrong goes to the faults."""
        before = len(faults)

        def wrong(column: str, value: object, message: str) -> None:
            faults.append(Fault(row.line, column, str(value), message))

        index = self.indices.get(row.index)
        if index is None:
            wrong("index", row.index, f"chưa có chỉ số này; các mã đang có: {', '.join(sorted(self.indices))}")
        province = self.province(row.province, row.year)
        if province is None:
            wrong("province", row.province, self._no_province(row))
        framework = self.framework(index, row.year) if index else None
        component = None
        if index is not None and row.component:
            component = self.components[framework.pk].get(row.component) if framework else None
            if framework is None:
                wrong("component", row.component, f"{index} năm {row.year} chưa có bộ tiêu chí")
            elif component is None:
                wrong("component", row.component, f"bộ tiêu chí {framework} không có thành phần này")
        if index is not None and row.value is not None and (component is not None or not row.component):
            low, high = _scale(index, framework, component)
            if row.value < low or (high is not None and row.value > high):
                scale = f"{format_decimal(low)}–{format_decimal(high)}" if high is not None else f"từ {low}"
                wrong("value", row.value, f"nằm ngoài thang điểm {scale}")
        if len(faults) > before or index is None or province is None:
            return None
        return {
            "province_id": province.pk,
            "index_id": index.pk,
            "component_id": component.pk if component else None,
            "year": row.year,
            "source": row.source,
            "value": row.value,
            "rank": row.rank,
            "field_size": row.field_size,
            "source_kind": row.kind,
            "note": row.note,
        }

    def _no_province(self, row: Written) -> str:
        once = next((unit for unit in directory.units() if fold(row.province) in _spellings(unit)), None)
        if once is None:
            return "không có tỉnh, thành phố này"
        return f"cuối năm {row.year} không có đơn vị này (các tỉnh hợp nhất từ ngày 01/07/2025)"


def _scale(index: Index, framework: Framework | None, component: Component | None) -> tuple[Decimal, Decimal | None]:
    if component is not None:
        return Decimal(0), component.max_score
    policy = framework.policy if framework else {}
    return Decimal(policy.get("total_min", index.scale_min)), Decimal(policy.get("total_max", index.scale_max))


# What is there, and what differs


def _key(entry: dict[str, Any]) -> Key:
    return (entry["province_id"], entry["index_id"], entry["component_id"], entry["year"], entry["source"])


def _key_of(row: Result) -> Key:
    return (row.province_id, row.index_id, row.component_id, row.year, row.source)


def _twice(entries: dict[int, dict[str, Any]]) -> list[Fault]:
    """Return the rows that say of a figure something else than an earlier row of the same source."""
    first: dict[Key, int] = {}
    faults = []
    for line, entry in entries.items():
        earlier = first.setdefault(_key(entry), line)
        if any(entry[name] != entries[earlier][name] for name in ("value", "rank", "field_size")):
            shown = str(entry["value"] if entry["value"] is not None else entry["rank"])
            faults.append(Fault(line, "value", shown, f"cùng nguồn đã nêu số khác cho mục này ở dòng {earlier}"))
    return faults


def _there(entries: Iterable[dict[str, Any]]) -> dict[Key, Result]:
    entries = list(entries)
    rows = Result.objects.filter(
        index_id__in={entry["index_id"] for entry in entries}, year__in={entry["year"] for entry in entries}
    ).select_related("index")
    return {_key_of(row): row for row in rows}


def _changes(entry: dict[str, Any], row: Result) -> dict[str, Any]:
    """Return the columns that differ; a note that is blank in a table does not wipe out one that is there."""
    return {
        name: entry[name]
        for name in ("value", "rank", "field_size", "source_kind", "note")
        if entry[name] != getattr(row, name) and not (name == "note" and entry[name] == "")
    }


def _of_others(entries: dict[int, dict[str, Any]], there: dict[Key, Result], by: User | None) -> list[Fault]:
    """Return the rows with which somebody would change what another province that works here has recorded."""
    if by is None:
        return []
    own = by.provinces_with(Permission.INDEX_MANAGE)
    others = {one.pk: one.name for one in Province.objects.tenants() if one.pk not in own}
    return [
        Fault(
            line,
            "value",
            str(entry["value"] if entry["value"] is not None else entry["rank"]),
            f"nguồn này đã được ghi với số khác; số liệu của {others[entry['province_id']]} do tỉnh ấy sửa",
        )
        for line, entry in entries.items()
        if entry["province_id"] in others and (row := there.get(_key(entry))) is not None and _changes(entry, row)
    ]


def _store(entries: Iterable[dict[str, Any]], there: dict[Key, Result]) -> tuple[list[Result], list[Result]]:
    """Write what is new and what differs in two steps; ``there`` is brought up to date."""
    indices = Index.objects.in_bulk()
    new: dict[Key, Result] = {}
    changed: dict[Key, Result] = {}
    for entry in entries:
        key = _key(entry)
        row = there.get(key)
        if row is None:
            there[key] = new[key] = Result(**entry, index=indices[entry["index_id"]])
            continue
        differing = _changes(entry, row)
        if differing and key not in new:
            changed[key] = row
        for name, value in differing.items():
            setattr(row, name, value)
    added = Result.objects.bulk_create(new.values(), batch_size=_BATCH)
    Result.objects.bulk_update(
        changed.values(), ("value", "rank", "field_size", "source_kind", "note"), batch_size=_BATCH
    )
    return added, list(changed.values())


def _by_trail(rows: Iterable[Result]) -> dict[tuple[int, int], list[Result]]:
    told: dict[tuple[int, int], list[Result]] = defaultdict(list)
    for row in rows:
        told[row.province_id, row.index_id].append(row)
    return told


def _beside(there: dict[Key, Result]) -> int:
    """Return how many figures stand in several sources that differ."""
    values: dict[tuple[Any, ...], set[Any]] = defaultdict(set)
    for row in there.values():
        if row.value is not None:
            values[*_key_of(row)[:4], "value"].add(round(row.value, 2))
        if row.rank is not None:
            values[*_key_of(row)[:4], "rank"].add(row.rank)
    return len({key[:4] for key, said in values.items() if len(said) > 1})

"""Entering a table of published results: every error at once, all rows or none."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pandas as pd

from agencies.errors import Invalid
from agencies.models import Province
from agencies.text import fold
from indicators.actions import catalogue
from indicators.models import Component, Index, Result

COLUMNS = ("index", "year", "province", "component", "value", "rank", "n_provinces", "source", "source_kind")
MOST_ERRORS_SHOWN = 50


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a table: row as numbered in the file (the heading is row 1)."""

    row: int
    column: str
    value: str
    message: str

    def __str__(self) -> str:
        return f"dòng {self.row}, cột {self.column}, “{self.value}”: {self.message}"


class Refusal(Invalid):
    """A table that cannot be taken, with everything that is wrong with it."""

    def __init__(self, faults: list[Fault]) -> None:
        shown = "\n".join(str(fault) for fault in faults[:MOST_ERRORS_SHOWN])
        more = f"\n… và {len(faults) - MOST_ERRORS_SHOWN} lỗi nữa" if len(faults) > MOST_ERRORS_SHOWN else ""
        super().__init__("results_refused", f"Bảng kết quả có {len(faults)} lỗi, chưa nhập dòng nào:\n{shown}{more}")
        self.faults = faults


def read_table(path: Path) -> pd.DataFrame:
    """Return a CSV or XLSX table as text cells (blank stays blank, never NaN), columns as in ``COLUMNS``."""
    reader: Any = pd.read_excel if path.suffix.lower() == ".xlsx" else pd.read_csv
    table: pd.DataFrame = reader(path, dtype=str, keep_default_na=False)
    table = table.rename(columns={"source_url": "source", "rank_kind": "source_kind"})
    missing = [name for name in ("index", "year", "province", "source") if name not in table.columns]
    if missing:
        raise Invalid("results_columns", f"Bảng thiếu cột: {', '.join(missing)}.")
    return table.reindex(columns=list(COLUMNS), fill_value="").map(str.strip)


def import_results(*, path: Path, provinces: list[Province]) -> int:
    """Enter the rows of the given provinces; rows of other provinces are not looked at. Returns how many rows.

    Raises Refusal with every fault; then nothing is entered. The same row again changes nothing.
    """
    table = read_table(path)
    by_name = {fold(province.name): province for province in provinces}
    table = table[table["province"].map(fold).isin(by_name)]
    indices = {index.code: index for index in Index.objects.all()}
    components = {
        (component.framework.index_id, component.code): component
        for component in Component.objects.select_related("framework").order_by("framework__year_from")
    }
    faults: list[Fault] = []
    ready: list[dict[str, Any]] = []
    for position, row in table.iterrows():
        line = int(str(position)) + 2
        entry = _entry(row.to_dict(), line, indices, components, faults)
        if entry is not None:
            ready.append({**entry, "province": by_name[fold(row["province"])]})
    if faults:
        raise Refusal(faults)
    catalogue.keep_results(ready, source=path.name)
    return len(ready)


def _entry(
    row: dict[str, str],
    line: int,
    indices: dict[str, Index],
    components: dict[tuple[int, str], Component],
    faults: list[Fault],
) -> dict[str, Any] | None:
    found = len(faults)

    def number(column: str) -> Decimal | None:
        if row[column] == "":
            return None
        try:
            return Decimal(row[column])
        except InvalidOperation:
            faults.append(Fault(line, column, row[column], "không phải là số"))
            return None

    index = indices.get(row["index"])
    if index is None:
        faults.append(Fault(line, "index", row["index"], "chưa có chỉ số này"))
    year, value, rank, size = number("year"), number("value"), number("rank"), number("n_provinces")
    if year is None and row["year"] == "":
        faults.append(Fault(line, "year", "", "thiếu năm"))
    if rank is not None and (size is None or rank > size or rank < 1):
        faults.append(Fault(line, "rank", row["rank"], "thứ hạng phải đi cùng số đơn vị xếp hạng và không vượt số đó"))
    if index is not None and value is not None and row["component"] in ("", "total") and value > index.scale_max:
        faults.append(Fault(line, "value", row["value"], f"vượt thang điểm {index.scale_max}"))
    if value is None and rank is None and not row["value"] and not row["rank"]:
        faults.append(Fault(line, "value", "", "dòng không có giá trị cũng không có thứ hạng"))
    if not row["source"]:
        faults.append(Fault(line, "source", "", "thiếu nguồn"))
    component = None
    if index is not None and row["component"] not in ("", "total"):
        component = components.get((index.pk, row["component"].removeprefix("D")))
        if component is None:
            faults.append(Fault(line, "component", row["component"], "bộ tiêu chí không có thành phần này"))
    if len(faults) > found or index is None or year is None:
        return None
    kind = row["source_kind"]
    return {
        "index": index,
        "component": component,
        "year": int(year),
        "source": row["source"][:400],
        "value": value,
        "rank": int(rank) if rank is not None else None,
        "field_size": int(size) if size is not None else None,
        "source_kind": Result.SourceKind.DATASET
        if kind.startswith("dataset")
        else Result.SourceKind.DERIVED
        if kind.startswith("derived")
        else Result.SourceKind.PUBLISHED,
    }

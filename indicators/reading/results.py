"""The rows of a table of published results → what they say, each cell by itself (no database).

Columns (the order does not matter; those in brackets may be missing): ``index``, ``year``, ``province``,
[``component``] (blank or ``total``: the whole index), [``value``], [``rank``], [``n_provinces``], ``source`` or
``source_url``, [``source_kind`` or ``rank_kind``], [``note``].
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from agencies.errors import Invalid
from agencies.text import fold
from indicators.reading.table import Fault, Row, Table

COLUMNS = ("index", "year", "province", "component", "value", "rank", "n_provinces", "source", "source_kind", "note")
NEEDED = ("index", "year", "province", "source")
OTHER_NAMES = {"source_url": "source", "rank_kind": "source_kind", "field_size": "n_provinces"}
# Rows about the whole country are means, not a province's result.
NATION = frozenset({"ca nuoc", "toan quoc", "trung binh ca nuoc", "viet nam"})
# How tables name the parts of SIPAS, and the code under which the framework knows them.
PARTS = {
    "access": "1",
    "procedures": "2",
    "civil_servants": "3",
    "results": "4",
    "feedback": "5",
    "service": "DV",
    "policy": "CS",
}
LONGEST_SOURCE = 400
FIRST_YEAR, LAST_YEAR = 2005, 2100

_NUMBER = re.compile(r"^-?\d{1,7}(\.\d+)?$", re.ASCII)
_WITH_COMMA = re.compile(r"^-?\d+,\d+$", re.ASCII)
_WHOLE = re.compile(r"^\d{1,6}(\.0+)?$", re.ASCII)
_DIMENSION = re.compile(r"^D(?=\d)")


@dataclass(frozen=True)
class Written:
    """One row as it was written. ``kind`` is published, derived or dataset; ``component`` is blank for the total."""

    line: int
    index: str
    year: int
    province: str
    component: str
    value: Decimal | None
    rank: int | None
    field_size: int | None
    source: str
    kind: str
    note: str

    @property
    def national(self) -> bool:
        """Whether the row is about the whole country."""
        return fold(self.province) in NATION


def parse(table: Table) -> tuple[list[Written], list[Fault]]:
    """Return what the rows say, and everything that a cell by itself gets wrong.

    Raises Invalid (``results_columns``) without the columns that are needed.
    """
    named = [OTHER_NAMES.get(column, column) for column in table.columns]
    missing = [name for name in NEEDED if name not in named]
    if missing:
        raise Invalid("results_columns", f"Bảng thiếu cột: {', '.join(missing)}.")
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise Invalid("results_columns", f"Bảng có hai cột cùng nghĩa: {', '.join(twice)}.")
    faults = list(table.faults)
    spoilt: dict[int, set[str]] = {}
    for fault in table.faults:
        spoilt.setdefault(fault.row, set()).add(OTHER_NAMES.get(fault.column, fault.column))
    written = []
    for row in table.rows:
        found: list[Fault] = []
        said = _written(row, found)
        unread = spoilt.get(row.number, set())
        # A cell that could not be read is told once, not again as missing.
        faults += [fault for fault in found if fault.column not in unread and not (unread and fault.column == "value")]
        if not found and not unread:
            written.append(said)
    return written, faults


def component_code(text: str) -> str:
    """Return the code of a component as frameworks have it.

    >>> component_code("D6"), component_code("6"), component_code("D8.SIPAS"), component_code("total")
    ('6', '6', '8.SIPAS', '')
    >>> component_code("access"), component_code("DV")
    ('1', 'DV')
    """
    if text.lower() in ("", "total"):
        return ""
    return PARTS.get(text.lower(), _DIMENSION.sub("", text))


def source_kind(text: str) -> str:
    """Return how a source came to its figure; what a table does not say is published.

    >>> source_kind("dataset-value;rank-computed"), source_kind("derived-from-text"), source_kind("")
    ('dataset', 'derived', 'published')
    """
    said = text.lower()
    return next((kind for kind in ("dataset", "derived") if said.startswith(kind)), "published")


def _written(row: Row, faults: list[Fault]) -> Written:
    cells = {OTHER_NAMES.get(column, column): cell for column, cell in row.cells.items()}

    def wrong(column: str, message: str) -> None:
        faults.append(Fault(row.number, column, cells.get(column, "")[:100], message))

    for column, message in (("index", "thiếu mã chỉ số"), ("province", "thiếu tên tỉnh"), ("source", "thiếu nguồn")):
        if not cells.get(column):
            wrong(column, message)
    if len(cells.get("source", "")) > LONGEST_SOURCE:
        wrong("source", f"nguồn dài quá {LONGEST_SOURCE} ký tự")

    def whole(column: str) -> int | None:
        text = cells.get(column, "")
        if text and not _WHOLE.match(text):
            wrong(column, "không phải là số nguyên dương")
            return None
        return int(text.partition(".")[0]) if text else None

    year = whole("year")
    if not cells.get("year"):
        wrong("year", "thiếu năm")
    elif year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
        wrong("year", f"năm phải từ {FIRST_YEAR} đến {LAST_YEAR}")
    value, text = None, cells.get("value", "")
    if text and _WITH_COMMA.match(text):
        wrong("value", f"dùng dấu chấm cho phần thập phân, không dùng dấu phẩy: {text.replace(',', '.')}")
    elif text and not _NUMBER.match(text):
        wrong("value", "không phải là số (phần thập phân sau dấu chấm, không có dấu phân nhóm)")
    elif text:
        value = Decimal(text)
        if value != round(value, 4):
            wrong("value", "nhiều hơn 4 chữ số thập phân")
    rank, size = whole("rank"), whole("n_provinces")
    if rank is not None and (size is None or not 1 <= rank <= size):
        wrong("rank", "thứ hạng phải đi cùng số đơn vị xếp hạng, từ 1 và không vượt số đó")
    if size == 0:
        wrong("n_provinces", "số đơn vị xếp hạng phải từ 1")
    if not text and not cells.get("rank"):
        wrong("value", "dòng không có giá trị cũng không có thứ hạng")
    return Written(
        line=row.number,
        index=cells.get("index", "").upper(),
        year=year or 0,
        province=cells.get("province", ""),
        component=component_code(cells.get("component", "")),
        value=value,
        rank=rank,
        field_size=size,
        source=cells.get("source", ""),
        kind=source_kind(cells.get("source_kind", "")),
        note=cells.get("note", ""),
    )

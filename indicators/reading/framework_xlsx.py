"""A framework in the workbook template: five sheets, found by their names."""

from collections.abc import Sequence
from typing import IO

from agencies.text import fold
from indicators.reading.columns import (
    COMPONENT_SHEET,
    COMPONENTS,
    CROSSWALK,
    CROSSWALK_SHEET,
    GRADE_SHEET,
    GRADES,
    GROUP_SHEET,
    GROUPS,
    HEAD,
    HEAD_SHEET,
    INDEX,
    POLICY,
    Column,
)
from indicators.reading.faults import Faults, Place
from indicators.reading.raw import Line, Raw, RawFramework
from indicators.reading.workbook import Cell, Row, Workbook, open_workbook

# The heading row stands among the first rows.
HEAD_WITHIN = 20


def read_workbook(content: IO[bytes], faults: Faults) -> RawFramework | None:
    """Read a filled-in template; None when there is nothing to judge."""
    book = open_workbook(content, faults)
    if book is None:
        return None
    try:
        sheets = {fold(name): name for name in book.names}
        missing = [name for name in (HEAD_SHEET, COMPONENT_SHEET) if fold(name) not in sheets]
        for name in missing:
            faults.add(
                Place(),
                ", ".join(book.names),
                f"không có trang “{name}”. Hãy dùng tệp mẫu và giữ nguyên tên các trang.",
            )
        if missing:
            return None
        head = _pairs(book, sheets[fold(HEAD_SHEET)], faults)
        raw = RawFramework(head)
        for sheet, columns, into in (
            (COMPONENT_SHEET, COMPONENTS, raw.components),
            (GRADE_SHEET, GRADES, raw.grades),
            (GROUP_SHEET, GROUPS, raw.groups),
            (CROSSWALK_SHEET, CROSSWALK, raw.crosswalk),
        ):
            if fold(sheet) in sheets:
                into += _table(book, sheets[fold(sheet)], columns, faults)
        return raw
    finally:
        book.close()


def _raw(cell: Cell, sheet: str, heading: str) -> Raw:
    return Raw(cell.value, cell.kind, Place(sheet, cell.row, heading, cell.address))


def _pairs(book: Workbook, sheet: str, faults: Faults) -> Line:
    """Read the sheet about the framework: what it is called in column A, what it is in column B."""
    columns = {fold(column.heading): column for column in (*HEAD, *INDEX, *POLICY)}
    cells: dict[str, Raw] = {}
    for row in book.rows(sheet, faults):
        by_column = {cell.column: cell for cell in row.cells}
        name = by_column.get(1)
        if name is None or 2 not in by_column:
            continue
        column = columns.get(fold(str(name.value)))
        if column is None:
            faults.add(Place(sheet, row.number, "A", name.address), name.value, "không có mục này trong mẫu.")
        elif column.key in cells:
            faults.add(Place(sheet, row.number, "A", name.address), name.value, "mục này được ghi hai lần.")
        else:
            cells[column.key] = _raw(by_column[2], sheet, column.heading)
    return Line(Place(sheet), cells)


def _table(book: Workbook, sheet: str, columns: Sequence[Column], faults: Faults) -> list[Line]:
    """Read a sheet of rows under headings."""
    rows = book.rows(sheet, faults)
    found = next((row for row in rows if row.number <= HEAD_WITHIN and _is_heading(row, columns)), None)
    if found is None:
        if rows:
            names = ", ".join(column.heading for column in columns)
            faults.add(Place(sheet), None, f"không thấy dòng tiêu đề. Các cột là: {names}.")
        return []
    by_number: dict[int, Column] = {}
    known = {fold(column.heading): column for column in columns}
    for cell in found.cells:
        column = known.get(fold(str(cell.value)))
        if column is None:
            names = ", ".join(one.heading for one in columns)
            faults.add(
                Place(sheet, cell.row, "", cell.address), cell.value, f"không có cột này trong mẫu (các cột: {names})."
            )
        elif column in by_number.values():
            faults.add(Place(sheet, cell.row, column.heading, cell.address), cell.value, "cột này có hai lần.")
        else:
            by_number[cell.column] = column
    for column in columns:
        if column.required and column not in by_number.values():
            faults.add(Place(sheet, found.number), None, f"thiếu cột “{column.heading}”.")
    lines = []
    for row in rows:
        if row.number <= found.number:
            continue
        cells: dict[str, Raw] = {}
        for cell in row.cells:
            column = by_number.get(cell.column)
            if column is None:
                faults.add(
                    Place(sheet, cell.row, "", cell.address), cell.value, "ô này nằm ngoài các cột của mẫu. Hãy xóa."
                )
            else:
                cells[column.key] = _raw(cell, sheet, column.heading)
        if cells:
            lines.append(Line(Place(sheet, row.number), cells))
    return lines


def _is_heading(row: Row, columns: Sequence[Column]) -> bool:
    known = {fold(column.heading) for column in columns}
    return len(known & {fold(str(cell.value)) for cell in row.cells}) >= min(2, len(columns))

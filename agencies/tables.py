"""A table as a file: workbook and CSV, for whoever goes on working with it in a spreadsheet (no database).

A text that begins like a formula stays text: cells are typed, and in CSV it is put behind an apostrophe. What is
blank stays blank: it is neither 0 nor "not applicable".
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
LONGEST_TEXT = 32_767  # a cell holds no more

_HEAD = Font(bold=True)
_WRAP = Alignment(wrap_text=True, vertical="top")


@dataclass(frozen=True)
class Table:
    """One sheet: its name, the words of its head, the rows; ``before`` stands above the head (workbooks only)."""

    name: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Any]]
    widths: Sequence[int] = ()
    before: Sequence[str] = ()


def safe_cell(cell: Cell, value: Any) -> Cell:
    """Write a value as what it is; a text is never taken for a formula."""
    if isinstance(value, str):
        text = ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST_TEXT]
        cell.value = text or None
        if text:
            cell.data_type = "s"
            cell.quotePrefix = text.startswith(FORMULA_STARTS)
    elif isinstance(value, date) and not isinstance(value, datetime):
        cell.value = value
        cell.number_format = "dd/mm/yyyy"
    else:
        cell.value = value
    return cell


def workbook(tables: Iterable[Table]) -> bytes:
    """Return the tables as one workbook, a sheet each."""
    book = Workbook(write_only=True)
    for table in tables:
        page = book.create_sheet(table.name[:31])
        for number, width in enumerate(table.widths, 1):
            page.column_dimensions[get_column_letter(number)].width = width
        page.freeze_panes = f"A{len(table.before) + 2}"
        for text in table.before:
            page.append([safe_cell(WriteOnlyCell(page), text)])
        head = [safe_cell(WriteOnlyCell(page), text) for text in table.heads]
        for cell in head:
            cell.font, cell.alignment = _HEAD, _WRAP
        page.append(head)
        for row in table.rows:
            page.append([safe_cell(WriteOnlyCell(page), _number(value)) for value in row])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def comma_separated(table: Table) -> bytes:
    """Return one table as CSV that spreadsheets read as UTF-8: numbers with a point, days in ISO 8601."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([_plain(text) for text in table.heads])
    for row in table.rows:
        writer.writerow([_plain(value) for value in row])
    return b"\xef\xbb\xbf" + written.getvalue().encode("utf-8", "replace")


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, Fraction) else value


def _plain(value: Any) -> str:
    """Return a value as a cell of CSV.

    >>> _plain(Decimal("8.470")), _plain(None), _plain("=1+1"), _plain("-")
    ('8.47', '', "'=1+1", "'-")
    """
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_STARTS) else value
    return value.isoformat() if isinstance(value, date) else str(value)

"""Reading a workbook cell by cell, as it was filled in: a formula is a formula, a day is a day, blank is nothing.

A workbook from outside is hostile until it has been looked at: what it says about its own size is not believed, what
unpacks to too much is refused before it is unpacked, and rows after the last one with content are not walked through.
"""

import re
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO, Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from agencies.text import format_decimal, nfc
from indicators.reading.faults import Faults, Place

MOST_BYTES = 20 * 1024 * 1024
MOST_MEMBERS = 1_000
# Unpacked: a sheet is only streamed; everything else of a workbook is held in memory.
MOST_SHEET_BYTES = 512 * 1024 * 1024
MOST_OTHER_BYTES = 48 * 1024 * 1024
# Office programs pack a sheet 10 to 60 times; what is packed harder than this was made to be.
MOST_RATIO = 250
SMALL = 4 * 1024 * 1024
MOST_ROWS = 20_000
MOST_COLUMNS = 100
# Content as far down as this is walked to only in a sheet that is mostly gaps.
FAR_DOWN = 50_000
MOST_WALKED_BYTES = 48 * 1024 * 1024
_CHUNK = 1024 * 1024
# A row begins, or a cell of it has content (a value, a formula, a text).
_MARK = re.compile(rb"<(?:\w+:)?(?:(row)\b([^>]*)>|(?:v|f|is)\b)")
_NUMBER = re.compile(rb"\br=[\"'](\d{1,7})[\"']")

Value = str | Decimal | bool | date | None


@dataclass(frozen=True)
class Cell:
    """One cell with content: what it holds, and where."""

    row: int
    column: int
    value: Value
    kind: str  # text, number, truth, day, formula, error

    @property
    def address(self) -> str:
        """As spreadsheets name it."""
        return f"{get_column_letter(self.column)}{self.row}"


@dataclass(frozen=True)
class Row:
    """A row with content."""

    number: int
    cells: tuple[Cell, ...]


class Workbook:
    """An opened workbook; ``sheets`` maps the folded name of each to its own."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self.names = tuple(str(name) for name in book.sheetnames)

    def rows(self, name: str, faults: Faults) -> list[Row]:
        """Return the rows of a sheet that have content."""
        sheet = self._book[name]
        if not hasattr(sheet, "reset_dimensions"):
            faults.add(Place(sheet=name), None, "trang này là biểu đồ, không phải bảng.")
            return []
        # What a file says of its size may be a million rows; the content says how many there are.
        sheet.reset_dimensions()
        archive, path = self._book._archive, sheet._worksheet_path
        with archive.open(path) as stream:
            last = last_used_row(stream)
        if last > FAR_DOWN and archive.getinfo(path).file_size > MOST_WALKED_BYTES:
            faults.add(
                Place(name, last),
                None,
                "có nội dung ở dòng này, rất xa phần đã điền. Hãy xóa các dòng thừa rồi lưu lại.",
            )
            last = MOST_ROWS
        found: list[Row] = []
        if not last:
            return found
        for cells in sheet.iter_rows(max_row=last):
            kept = tuple(read for cell in cells if (read := _read(cell)) is not None)
            if not kept:
                continue
            if len(found) == MOST_ROWS:
                faults.add(Place(name, kept[0].row), None, f"trang có quá {MOST_ROWS} dòng; chỉ nhận đến số dòng này.")
                break
            if kept[-1].column > MOST_COLUMNS:
                faults.add(
                    Place(name, kept[-1].row, "", kept[-1].address),
                    kept[-1].value,
                    f"chỉ nhận đến cột thứ {MOST_COLUMNS}.",
                )
                kept = tuple(cell for cell in kept if cell.column <= MOST_COLUMNS)
            found.append(Row(kept[0].row if kept else 0, kept))
        return found

    def close(self) -> None:
        """Let the file go."""
        self._book.close()


def last_used_row(stream: IO[bytes]) -> int:
    """Return the number of the last row that has a value, a formula or a text (0: none).

    >>> import io
    >>> last_used_row(io.BytesIO(b'<row r="2"><c><v>1</v></c></row><row r="1048576"><c s="1"/></row>'))
    2
    """
    row, last, rest = 0, 0, b""
    while chunk := stream.read(_CHUNK):
        text = rest + chunk
        # A mark that the chunk cuts in two is looked at with the next one.
        end = text.rfind(b"<")
        whole, rest = (text[:end], text[end:]) if end >= 0 else (text, b"")
        row, last = _walk(whole, row, last)
        if len(rest) > _CHUNK:
            rest = b""
    return _walk(rest, row, last)[1]


def _walk(text: bytes, row: int, last: int) -> tuple[int, int]:
    for mark in _MARK.finditer(text):
        if mark.group(1):
            numbered = _NUMBER.search(mark.group(2))
            row = int(numbered.group(1)) if numbered else row + 1
        else:
            last = max(last, row)
    return row, last


def open_workbook(content: IO[bytes], faults: Faults) -> Workbook | None:
    """Open a workbook that is small enough to be read; None, with the fault, when it cannot be."""
    try:
        content.seek(0, 2)
        size = content.tell()
        content.seek(0)
        if problem := _too_much(content, size):
            faults.add(Place(), None, problem)
            return None
        content.seek(0)
        return Workbook(load_workbook(content, read_only=True, data_only=False, keep_links=False))
    except Exception:  # whatever a damaged file does to the reader, it is a damaged file
        faults.add(
            Place(),
            None,
            "Không mở được tệp như một bảng tính XLSX (tệp hỏng, có mật khẩu, hoặc là định dạng khác). Hãy mở bằng "
            "Excel, lưu lại dạng .xlsx rồi tải lên.",
        )
        return None


def _too_much(content: IO[bytes], size: int) -> str:
    """Return why a workbook is not even unpacked, or nothing."""
    if size > MOST_BYTES:
        shown = format_decimal(Decimal(size) / 1048576, 1)
        return f"Tệp nặng {shown} MB, vượt giới hạn {MOST_BYTES // 1048576} MB của một bảng tính."
    with zipfile.ZipFile(content) as archive:
        members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        return "Tệp có quá nhiều phần bên trong để là một bảng tính."
    others = 0
    for member in members:
        is_sheet = "worksheets/" in member.filename.lower()
        if member.file_size > SMALL and member.file_size > MOST_RATIO * max(member.compress_size, 1):
            return "Tệp được nén bất thường (giải nén ra quá lớn) nên không được mở."
        if is_sheet and member.file_size > MOST_SHEET_BYTES:
            return "Một trang của bảng tính quá lớn. Hãy xóa các dòng, cột trống đã định dạng rồi lưu lại."
        others += 0 if is_sheet else member.file_size
    if others > MOST_OTHER_BYTES:
        return "Bảng tính chứa quá nhiều nội dung (ảnh, chữ) để là một bộ tiêu chí."
    return ""


def _read(cell: Any) -> Cell | None:
    """Return a cell that has content."""
    value = cell.value
    if value is None:
        return None
    row, column = cell.row, cell.column
    if cell.data_type == "f":
        text = value if isinstance(value, str) else getattr(value, "text", None) or "="
        return Cell(row, column, str(text), "formula")
    if cell.data_type == "e":
        return Cell(row, column, str(value), "error")
    if isinstance(value, bool):
        return Cell(row, column, value, "truth")
    if isinstance(value, int | float):
        return Cell(row, column, exact(value), "number")
    if isinstance(value, datetime):
        return Cell(row, column, value.date(), "day")
    if isinstance(value, date):
        return Cell(row, column, value, "day")
    if isinstance(value, time | timedelta):
        return Cell(row, column, str(value), "error")
    text = nfc(str(value))
    return Cell(row, column, text, "text") if text else None


def exact(value: int | float) -> Decimal:
    """Return the number a person typed: spreadsheets keep 12,3 as a binary fraction near it.

    >>> exact(12.3), exact(0.1 + 0.2), exact(7.0), exact(1048576)
    (Decimal('12.3'), Decimal('0.3'), Decimal('7'), Decimal('1048576'))
    """
    if isinstance(value, int):
        return Decimal(value)
    number = Decimal(f"{value:.15g}")
    return number.quantize(Decimal(1)) if number == number.to_integral_value() and abs(number) < 10**15 else number

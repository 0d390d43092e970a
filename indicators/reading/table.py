"""A table in a CSV or XLSX file → rows of text cells; whatever is in the file, it takes bounded memory and time.

A cell is text as the file has it (NFC, no white space around it; blank is ``""``, never "nan"). A cell that computes
(a formula, even with a stored value) or that holds an error of the program is a fault: what it showed depends on who
opened it last. Rows that are formatted and empty, a million of them, are passed over.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

from openpyxl import load_workbook

from agencies.errors import Invalid
from agencies.text import nfc

MOST_ROWS = 100_000
MOST_COLUMNS = 60
MOST_BYTES_UNPACKED = 400_000_000
MOST_TEXT_UNPACKED = 60_000_000
LONGEST_CELL = 2_000

_USED = re.compile(rb"<(?:\w+:)?(?:(row)\b([^>]*)>|(?:v|is|f)\b)")
_NUMBERED = re.compile(rb'\br="(\d+)"')
_CHUNK = 1 << 20
_OVERLAP = 512


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a table: row as numbered in the file (the heading is row 1)."""

    row: int
    column: str
    value: str
    message: str

    def __str__(self) -> str:
        return f"dòng {self.row}, cột {self.column}, “{self.value}”: {self.message}"


@dataclass(frozen=True)
class Row:
    """One row under the heading."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """The heading and the rows that say something, with the cells that cannot be read."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]


def read(content: bytes, name: str) -> Table:
    """Return the first sheet of a workbook, or a CSV file, as a table.

    Raises Invalid (``table_file``, ``table_too_large``, ``table_empty``, ``table_heading``).
    """
    lines = _workbook(content) if content[:2] == b"PK" or name.lower().endswith((".xlsx", ".xlsm")) else _csv(content)
    columns: tuple[str, ...] = ()
    rows: list[Row] = []
    faults: list[Fault] = []
    for number, cells in lines:
        if not any(cell for cell, _ in cells):
            continue
        if not columns:
            columns = _heading(cells)
            continue
        if len(rows) >= MOST_ROWS:
            raise _too_long()
        kept = {}
        for column, (cell, message) in zip(columns, cells, strict=False):
            if message:
                faults.append(Fault(number, column, cell[:100], message))
            kept[column] = "" if message else cell
        for cell, _ in cells[len(columns) :]:
            if cell:
                faults.append(Fault(number, "(ngoài bảng)", cell[:100], "ô nằm ngoài các cột có tiêu đề"))
        rows.append(Row(number, {column: kept.get(column, "") for column in columns}))
    if not columns:
        raise Invalid("table_empty", "Tệp không có dòng nào. Hãy tải mẫu về và điền vào đó.")
    return Table(columns, tuple(rows), tuple(faults))


def _too_long() -> Invalid:
    return Invalid(
        "table_too_large",
        f"Bảng có dữ liệu quá dòng {MOST_ROWS}. Hãy xóa các ô thừa phía dưới hoặc chia bảng thành nhiều tệp.",
    )


def _heading(cells: list[tuple[str, str]]) -> tuple[str, ...]:
    names = [cell.lower() for cell, _ in cells]
    while names and not names[-1]:
        names.pop()
    if any(not name for name in names) or len(names) > MOST_COLUMNS:
        raise Invalid("table_heading", "Dòng đầu của bảng phải là tên các cột, không để ô trống ở giữa.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Invalid("table_heading", f"Tên cột lặp lại: {', '.join(twice)}.")
    return tuple(names)


# CSV


def _csv(content: bytes) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(
            "table_file", "Không đọc được chữ trong tệp. Hãy lưu lại dưới dạng “CSV UTF-8” hoặc XLSX."
        ) from error
    if "\0" in text:
        raise Invalid("table_file", "Tệp này không phải là bảng CSV hay XLSX.")
    head = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in lines:
            # A cell may run over several lines: the row is named by its first one.
            yield lines.line_num - sum(cell.count("\n") for cell in cells), [_said(cell) for cell in cells]
    except csv.Error as error:
        raise Invalid("table_file", "Tệp CSV bị hỏng, không đọc hết được. Hãy lưu lại từ Excel.") from error


def _said(cell: str) -> tuple[str, str]:
    text = nfc(cell)
    if text.startswith("="):
        return text, "ô có công thức; hãy dán giá trị thay cho công thức"
    if len(text) > LONGEST_CELL:
        return text, f"ô dài quá {LONGEST_CELL} ký tự"
    return text, ""


# XLSX


def _workbook(content: bytes) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    damaged = Invalid("table_file", "Không mở được tệp XLSX. Hãy lưu lại từ Excel, không đặt mật khẩu.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _bounded(archive)
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
            sheet = book.worksheets[0]
            # The only name that openpyxl has for where a sheet's cells are in the file.
            last = _last_used_row(archive.open(sheet._worksheet_path))
    except Invalid:
        raise
    except Exception as error:  # whatever a damaged file does to the reader, it is a damaged file
        raise damaged from error
    if last > MOST_ROWS + 1:
        raise _too_long()
    sheet.reset_dimensions()
    try:
        for number, row in enumerate(sheet.iter_rows(max_row=last or 1, max_col=MOST_COLUMNS + 1), 1):
            yield number, [_cell(cell) for cell in row]
    except Exception as error:
        raise damaged from error
    finally:
        book.close()


def _bounded(archive: zipfile.ZipFile) -> None:
    """Refuse a file that unpacks to more than a table can be."""
    sizes = {one.filename: one.file_size for one in archive.infolist()}
    texts = sum(size for name, size in sizes.items() if not name.startswith("xl/worksheets/"))
    if sum(sizes.values()) > MOST_BYTES_UNPACKED or texts > MOST_TEXT_UNPACKED:
        raise Invalid("table_too_large", "Tệp XLSX quá lớn khi giải nén. Hãy chép riêng bảng kết quả sang tệp mới.")


def _last_used_row(stream: IO[bytes]) -> int:
    """Return the last row in which a cell holds something: rows that are only formatted do not count.

    >>> _last_used_row(io.BytesIO(b'<row r="1"><c r="A1"><v>5</v></c></row><row r="9" ht="2"><c r="A9"/></row>'))
    1
    """
    last = row = 0
    rest = b""
    with stream:
        while True:
            piece = stream.read(_CHUNK)
            whole = rest + piece
            end = len(whole) if not piece else max(0, len(whole) - _OVERLAP)
            done = 0
            for found in _USED.finditer(whole):
                if found.start() >= end:
                    break
                done = found.end()
                if found.group(1):
                    numbered = _NUMBERED.search(found.group(2))
                    row = int(numbered.group(1)) if numbered else row + 1
                else:
                    last = row
            rest = whole[max(done, end) :]
            if not piece:
                return last


def _cell(cell: Any) -> tuple[str, str]:
    value = cell.value
    if value is None:
        return "", ""
    if cell.data_type == "f":
        return str(value), "ô có công thức; hãy dán giá trị thay cho công thức"
    if cell.data_type == "e":
        return str(value), "ô báo lỗi của bảng tính"
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE"), ""
    if isinstance(value, float):
        # A workbook keeps binary numbers: what lies beyond ten digits was never typed.
        return f"{round(Decimal(repr(value)), 10).normalize():f}", ""
    return _said(str(value))

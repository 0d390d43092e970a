"""The ranking of the country, and the template of a table of results, as files.

A text that begins like a formula stays text.
"""

import csv
import io
from collections.abc import Iterable
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from agencies.text import parse_decimal
from indicators.facts.index_pages import RankingTable
from indicators.reading.results import COLUMNS

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADS = ("Hạng", "Số đơn vị", "Tỉnh, thành phố", "Giá trị", "Nhóm", "Hạng công bố", "Khác công bố")
_STARTS = ("=", "+", "-", "@", "\t", "\r")
_EXPLAINED = (
    ("index", "Mã chỉ số: PAR, SIPAS, PAPI, PCI.", "PAPI"),
    ("year", "Năm của kết quả (không phải năm công bố).", 2021),
    ("province", "Tên tỉnh, thành phố như trong năm đó. Từ năm 2025 dùng tên sau sắp xếp.", "Yên Bái"),
    ("component", "Mã thành phần, ví dụ D6 hoặc 6.1; để trống hoặc ghi total cho cả chỉ số.", "D6"),
    ("value", "Giá trị, phần thập phân sau dấu chấm, tối đa 4 chữ số. Để trống nếu nguồn không nêu.", 7.4437),
    ("rank", "Thứ hạng; luôn đi cùng số đơn vị xếp hạng. Để trống nếu nguồn không nêu.", 52),
    ("n_provinces", "Số đơn vị được xếp hạng trong năm đó (63, 61, 60, 34).", 60),
    ("source", "Nguồn: địa chỉ trang hoặc số, ký hiệu văn bản. Mỗi nguồn là một dòng riêng.", "https://papi.org.vn/"),
    ("source_kind", "published: số công bố; derived: suy ra từ văn bản; dataset: bộ dữ liệu.", "published"),
    ("note", "Ghi chú, không bắt buộc.", ""),
)


def ranking_rows(table: RankingTable) -> Iterable[tuple[str, ...]]:
    """Return the lines of a ranking, without its heading."""
    for row in table.rows:
        rank, _, n = row.rank.partition("/")
        yield rank, n, row.province, row.value, row.group, row.published, "khác" if row.differs else ""


def ranking_csv(table: RankingTable) -> bytes:
    """Return a ranking as CSV that Excel opens with its accents."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(HEADS)
    for row in ranking_rows(table):
        writer.writerow([f"'{cell}" if cell.startswith(_STARTS) else cell for cell in row])
    return target.getvalue().encode("utf-8-sig")


def ranking_xlsx(table: RankingTable) -> bytes:
    """Return a ranking as a workbook with real numbers."""
    book = Workbook()
    sheet = _sheet(book, "Bảng xếp hạng")
    _line(sheet, [table.title], bold=True)
    series = f"Thứ hạng tính từ {table.series} ({table.series_kind})" if table.series else "Thứ hạng như công bố"
    _line(sheet, [f"{series}; {table.n} đơn vị"])
    _line(sheet, HEADS, bold=True)
    for rank, n, province, value, *rest in ranking_rows(table):
        numbers = [int(one) if one else None for one in (rank, n)]
        _line(sheet, [*numbers, province, parse_decimal(value) if value else None, *rest])
    sheet.freeze_panes = "A4"
    for column, width in zip("ABCDEFG", (8, 10, 28, 12, 18, 14, 14), strict=True):
        sheet.column_dimensions[column].width = width
    return _bytes(book)


def template_xlsx() -> bytes:
    """Return the empty table of results with a sheet that explains its columns by an example."""
    book = Workbook()
    sheet = _sheet(book, "Kết quả")
    _line(sheet, COLUMNS, bold=True)
    sheet.freeze_panes = "A2"
    for number in range(len(COLUMNS)):
        sheet.column_dimensions["ABCDEFGHIJ"[number]].width = 18
    guide = book.create_sheet("Hướng dẫn")
    _line(guide, ("Cột", "Ý nghĩa", "Ví dụ"), bold=True)
    for line in _EXPLAINED:
        _line(guide, line)
    for column, width in zip("ABC", (16, 80, 24), strict=True):
        guide.column_dimensions[column].width = width
    return _bytes(book)


def template_csv() -> bytes:
    """Return the heading of the table of results."""
    return f"{','.join(COLUMNS)}\r\n".encode("utf-8-sig")


def _sheet(book: Workbook, title: str) -> Worksheet:
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = title
    return sheet


def _line(sheet: Worksheet, values: Iterable[Any], *, bold: bool = False) -> None:
    row = sheet.max_row + 1 if sheet.max_row > 1 or sheet["A1"].value is not None else 1
    for column, value in enumerate(values, 1):
        cell = sheet.cell(row=row, column=column)
        cell.value = value if value != "" else None
        if isinstance(value, str) and value:
            cell.data_type = "s"
        cell.font = Font(name="Times New Roman", size=11, bold=bold)
        cell.alignment = Alignment(vertical="top", wrap_text=isinstance(value, str) and len(value) > 60)


def _bytes(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()

"""Small frameworks for tests: as JSON, and as workbooks that are changed cell by cell."""

import io
import json
from collections.abc import Mapping
from typing import Any

from openpyxl import Workbook, load_workbook

from indicators.reading import guide
from indicators.reading.columns import COMPONENT_SHEET, COMPONENTS, HEAD, HEAD_SHEET, INDEX, POLICY
from indicators.render.frameworks import workbook

TIERS = {"shape": "tiers", "input": "percent", "tiers": [{"score": 10, "ge": 90}, {"score": 0, "lt": 90}]}


def whole(**changes: Any) -> dict[str, Any]:
    """Return a framework of two domains and three scored components in the portal's own form."""
    framework = {
        "code": "thu-2026",
        "index": "PAR",
        "index_name": "Chỉ số CCHC",
        "index_unit": "điểm",
        "index_scale_min": 0,
        "index_scale_max": 100,
        "version": "2026",
        "level": "province",
        "year_from": 2026,
        **changes.pop("framework", {}),
    }
    return {
        "format": "parportal-framework-1",
        "framework": framework,
        "policy": {"total_max": 30, "bonus_cap": 5, **changes.pop("policy", {})},
        "components": [
            {"code": "1", "name": "Thể chế", "max_score": 20},
            {"code": "1.1", "parent": "1", "name": "Văn bản", "max_score": 10, "method": "self", "rule": TIERS},
            {"code": "1.2", "parent": "1", "name": "Kiểm tra", "max_score": 10, "method": "self"},
            {"code": "2", "name": "Thủ tục", "max_score": 10, "method": "self", "not_applicable": "reduce_max"},
        ],
        **changes,
    }


def as_file(content: Mapping[str, Any]) -> io.BytesIO:
    """Return a framework as a JSON file."""
    return io.BytesIO(json.dumps(content, ensure_ascii=False).encode())


def edited(**cells: Any) -> io.BytesIO:
    """Return the example workbook with some cells changed: ``E7=5`` of the components, ``h_B3=…`` of the head."""
    book = load_workbook(io.BytesIO(workbook(guide.example())))
    for name, value in cells.items():
        sheet, address = (HEAD_SHEET, name[2:]) if name.startswith("h_") else (COMPONENT_SHEET, name)
        book[sheet][address] = value
    written = io.BytesIO()
    book.save(written)
    written.seek(0)
    return written


def cell_of(code: str, column: str) -> str:
    """Return the address of a component's cell in the example workbook."""
    row = [one.code for one in guide.example().components].index(code) + 2
    letter = "ABCDEFGHIJKLMNOP"[[one.key for one in COMPONENTS].index(column)]
    return f"{letter}{row}"


def head_cell(key: str) -> str:
    """Return the address of a value on the sheet about the framework, as ``edited`` takes it."""
    return f"h_B{[one.key for one in (*HEAD, *INDEX, *POLICY)].index(key) + 1}"


def small_workbook() -> Workbook:
    """Return a workbook with the two sheets that a framework needs and one component."""
    book = Workbook()
    head = book.active
    head.title = HEAD_SHEET
    for row in (
        ("Mã bộ tiêu chí", "nho"),
        ("Mã chỉ số", "PAR"),
        ("Phiên bản", "1"),
        ("Đối tượng chấm", "cấp tỉnh"),
        ("Từ năm", 2026),
    ):
        head.append(row)
    sheet = book.create_sheet(COMPONENT_SHEET)
    sheet.append(["Mã", "Tên", "Mã cha", "Điểm tối đa", "Cách đo"])
    sheet.append(["1", "Thể chế", None, 5, "tự đánh giá"])
    return book


def saved(book: Workbook) -> io.BytesIO:
    """Return a workbook as a file."""
    written = io.BytesIO()
    book.save(written)
    written.seek(0)
    return written

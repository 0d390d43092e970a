"""A framework as a file that can be imported again: the workbook template, and JSON.

The workbook has a list behind every column that takes one of a few words, codes are kept as text, heads stay in view,
and a help sheet explains the notation of rules. A text that begins like a formula stays text.
"""

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from agencies.text import format_decimal
from indicators.reading import guide
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
    HELP_SHEET,
    INDEX,
    POLICY,
    Column,
)
from indicators.reading.draft import ComponentDraft, Draft
from indicators.reading.framework_json import FORMAT
from indicators.reading.notation import show_rule

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
JSON = "application/json"
# Lists reach as far down as somebody will type.
LAST_ROW = 2_000
LONGEST_TEXT = 32_767
_LISTS = "_danh_muc"
_HEAD = Font(bold=True)
_HINT = Font(italic=True, color="666666")
_FILL = PatternFill("solid", fgColor="F2E6E6")
_WRAP = Alignment(wrap_text=True, vertical="top")
# The same content gives the same workbook, whenever it is written.
_EPOCH = datetime(2020, 1, 1)


def _put(sheet: Worksheet, row: int, column: int, value: Any, *, kind: str = "text") -> None:
    """Write a value as what it is; a text is never taken for a formula."""
    cell = sheet.cell(row, column)
    cell.alignment = _WRAP
    if isinstance(value, bool):
        value = "có" if value else "không"
    if isinstance(value, str):
        text = ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST_TEXT]
        cell.value = text or None
        if text:
            cell.data_type = "s"
            cell.quotePrefix = text.startswith(("=", "+", "-", "@"))
        if kind in ("code", "rule"):
            cell.number_format = "@"
    elif value is not None:
        cell.value = float(value) if isinstance(value, Decimal) and value != int(value) else int(value)


class _Lists:
    """The hidden sheet of words that columns choose from."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.sheet = book.create_sheet(_LISTS)
        self.sheet.sheet_state = "veryHidden"
        self.names: dict[tuple[str, ...], str] = {}

    def range_of(self, column: Column) -> str:
        """Return the name of the list of a column."""
        words = tuple(label for _, label in column.choices)
        if words not in self.names:
            number = len(self.names) + 1
            name, letter = f"danh_sach_{number}", get_column_letter(number)
            for row, word in enumerate(words, 1):
                _put(self.sheet, row, number, word)
            self.book.defined_names[name] = DefinedName(
                name, attr_text=f"'{_LISTS}'!${letter}$1:${letter}${len(words)}"
            )
            self.names[words] = name
        return self.names[words]

    def offer(self, sheet: Worksheet, column: Column, cells: str) -> None:
        """Let cells be chosen from the list of their column."""
        rule = DataValidation(type="list", formula1=f"={self.range_of(column)}", allow_blank=True)
        rule.errorTitle, rule.error = "Không có trong danh sách", "Hãy chọn một giá trị trong danh sách."
        rule.add(cells)
        sheet.add_data_validation(rule)


def workbook(draft: Draft) -> bytes:
    """Return a framework as a workbook that can be edited and imported again."""
    book = Workbook()
    lists = _Lists(book)
    _pairs(book.active, draft, lists)
    _table(book, COMPONENT_SHEET, COMPONENTS, [_component(one) for one in draft.components], lists)
    _table(book, GRADE_SHEET, GRADES, [_grade(one) for one in draft.policy.get("grades", ())], lists)
    _table(book, GROUP_SHEET, GROUPS, _groups(draft.policy.get("groups", {})), lists)
    _table(book, CROSSWALK_SHEET, CROSSWALK, [vars(link) for link in draft.crosswalk], lists)
    _help(book)
    book.move_sheet(_LISTS, len(book.sheetnames))
    book.properties.created = book.properties.modified = _EPOCH
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def template() -> bytes:
    """Return the workbook to fill in, with an example of every shape of a rule."""
    return workbook(guide.example())


def _pairs(sheet: Worksheet, draft: Draft, lists: _Lists) -> None:
    sheet.title = HEAD_SHEET
    values = _head_values(draft)
    for row, column in enumerate((*HEAD, *INDEX, *POLICY), 1):
        _put(sheet, row, 1, column.heading)
        sheet.cell(row, 1).font, sheet.cell(row, 1).fill = _HEAD, _FILL
        _put(sheet, row, 2, values.get(column.key), kind=column.kind)
        _put(sheet, row, 3, column.hint)
        sheet.cell(row, 3).font = _HINT
        if column.choices:
            lists.offer(sheet, column, f"B{row}")
        if column.kind == "code":
            sheet.cell(row, 2).number_format = "@"
    for letter, width in (("A", 34), ("B", 60), ("C", 70)):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "B1"


def _head_values(draft: Draft) -> dict[str, Any]:
    columns = {column.key: column for column in (*HEAD, *INDEX, *POLICY)}
    index, policy = draft.index, draft.policy
    values: dict[str, Any] = {
        "code": draft.code,
        "index": index.code,
        "version": draft.version,
        "level": columns["level"].label_of(draft.level),
        "legal_document": draft.legal_document,
        "year_from": draft.year_from,
        "year_to": draft.year_to,
        "source": draft.source,
        "is_sample": draft.is_sample,
        "note": draft.note,
        "previous": draft.previous,
        "index_name": index.name,
        "index_short_name": index.short_name,
        "index_unit": index.unit,
        "index_scale_min": index.scale_min,
        "index_scale_max": index.scale_max,
        "index_publishes": columns["index_publishes"].label_of(index.publishes),
        "tie_break": "; ".join(policy.get("tie_break", ())),
        "edges": _shown(policy.get("groups", {}).get("edges", ())),
    }
    for key in ("total_max", "total_min", "bonus_cap", "penalty_cap", "floor", "ceiling"):
        values[key] = Decimal(policy[key]) if key in policy else None
    values |= {key: policy.get(key) for key in ("decimals", "rescale", "comparable_from")}
    values["ties"] = columns["ties"].label_of(policy["ties"]) if "ties" in policy else None
    return values


def _shown(numbers: Sequence[str]) -> str:
    return "; ".join(format_decimal(Decimal(one)) for one in numbers)


def _component(one: ComponentDraft) -> dict[str, Any]:
    """Return the cells of a component."""
    columns = {column.key: column for column in COMPONENTS}
    values = dict(vars(one))
    cells = show_rule(one.rule)
    values |= {"shape": cells.shape, "input": cells.input, "points": cells.points, "round": cells.round}
    values["is_gate"] = True if one.is_gate else None
    for key in ("kind", "method", "not_applicable", "standing"):
        values[key] = columns[key].label_of(values[key]) if values[key] else None
    return values


def _grade(kept: Mapping[str, Any]) -> dict[str, Any]:
    numbers = {key: Decimal(kept[key]) for key in ("at_least", "below") if key in kept}
    return {"code": kept.get("code"), "name": kept["name"], **numbers}


def _groups(kept: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    if kept.get("names"):
        rows.append({"sizes": "; ".join(kept["names"])})
    for size, parts in kept.get("sizes", {}).items():
        rows.append({"field_size": int(size), "sizes": "; ".join(str(part) for part in parts)})
    return rows


def _table(
    book: Workbook, name: str, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], lists: _Lists
) -> None:
    sheet = book.create_sheet(name)
    for number, column in enumerate(columns, 1):
        letter = get_column_letter(number)
        _put(sheet, 1, number, column.heading)
        sheet.cell(1, number).font, sheet.cell(1, number).fill = _HEAD, _FILL
        sheet.column_dimensions[letter].width = column.width
        if column.kind in ("code", "rule"):
            sheet.column_dimensions[letter].number_format = "@"
        if column.choices:
            lists.offer(sheet, column, f"{letter}2:{letter}{LAST_ROW}")
        elif column.hint:
            told = DataValidation(showInputMessage=True, promptTitle=column.heading[:32], prompt=column.hint[:255])
            told.add(f"{letter}2:{letter}{LAST_ROW}")
            sheet.add_data_validation(told)
    for row, values in enumerate(rows, 2):
        for number, column in enumerate(columns, 1):
            _put(sheet, row, number, values.get(column.key), kind=column.kind)
    sheet.freeze_panes = "D2" if columns is COMPONENTS else "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{max(len(rows) + 1, 2)}"


def _help(book: Workbook) -> None:
    sheet = book.create_sheet(HELP_SHEET)
    lines: list[tuple[str, ...]] = [
        ("Cách điền",),
        *((f"{n}. {text}",) for n, text in enumerate(guide.STEPS, 1)),
        ("",),
    ]
    lines += [("Cách viết", "Ý nghĩa"), *guide.NOTATION, ("",)]
    lines.append(("Dạng cách tính", "Số liệu kê khai", "Cách tính điểm", "Làm tròn", "Nghĩa là"))
    heads = {1, len(guide.STEPS) + 3, len(lines)}
    lines += [(shape, cells.input, cells.points, cells.round, said) for shape, cells, said in guide.rule_examples()]
    lines += [("",), ("Cột của trang “Tiêu chí”", "Điền gì")]
    heads.add(len(lines))
    lines += [(column.heading, column.hint or "Không bắt buộc.") for column in COMPONENTS]
    for row, texts in enumerate(lines, 1):
        for number, text in enumerate(texts, 1):
            _put(sheet, row, number, text)
            if row in heads:
                sheet.cell(row, number).font, sheet.cell(row, number).fill = _HEAD, _FILL
    for letter, width in (("A", 34), ("B", 60), ("C", 60), ("D", 12), ("E", 80)):
        sheet.column_dimensions[letter].width = width


# --- JSON ----------------------------------------------------------------------------------------------------


def as_json(draft: Draft) -> bytes:
    """Return a framework in the portal's own JSON form; importing it again gives the same."""
    index = {f"index_{key}": value for key, value in vars(draft.index).items() if key != "code"}
    head = {
        key: value
        for key, value in {**vars(draft), "index": draft.index.code, **index}.items()
        if key not in ("policy", "components", "crosswalk")
    }
    policy = {key: value for key, value in draft.policy.items() if key not in ("groups", "grades")}
    groups = draft.policy.get("groups", {})
    if groups.get("edges"):
        policy["edges"] = groups["edges"]
    sized = [
        {"field_size": int(size), "sizes": [str(one) for one in parts]}
        for size, parts in groups.get("sizes", {}).items()
    ]
    named = [{"sizes": list(groups["names"])}] if groups.get("names") else []
    whole = {
        "format": FORMAT,
        "framework": _said(head),
        "policy": policy,
        "grades": list(draft.policy.get("grades", ())),
        "groups": [*named, *sized],
        "components": [_said(vars(one)) for one in draft.components],
        "crosswalk": [_said(vars(one)) for one in draft.crosswalk],
    }
    return (json.dumps(whole, ensure_ascii=False, indent=1, default=_plainly) + "\n").encode()


def digest(draft: Draft) -> str:
    """Return the SHA-256 of what a framework says, the same for the same content."""
    return hashlib.sha256(as_json(draft)).hexdigest()


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said: blanks are left out."""
    return {key: value for key, value in values.items() if value is not None and value is not False and value != ""}


def _plainly(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)

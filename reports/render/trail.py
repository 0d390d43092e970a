"""The trail as files for an auditor: JSON Lines to prove it with a program, a workbook to read it.

Both are made piece by piece. Cells that begin like a formula stay text (``agencies.tables.safe_cell``).
"""

import json
from collections.abc import Iterable, Iterator
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from agencies import calendar
from agencies.models import Event
from agencies.seals import canonical
from agencies.tables import LONGEST_TEXT, safe_cell
from reports.facts import trail
from reports.facts.trail_names import type_label
from reports.facts.trail_words import action_label

HEADS = (
    "Số thứ tự", "Thời điểm nghiệp vụ", "Thời điểm thực", "Người thực hiện", "Tên đăng nhập", "Hành động",
    "Mã hành động", "Loại đối tượng", "Số đối tượng", "Lý do", "Trước", "Sau", "Mã yêu cầu", "Số dòng niêm phong",
    "Niêm phong", "Mã băm trước", "Mã băm",
)  # fmt: skip
_WIDTHS = (10, 20, 20, 26, 18, 30, 20, 20, 14, 40, 60, 60, 34, 12, 40, 66, 66)


def lines(events: Iterable[Event], heads: list[dict[str, Any]]) -> Iterator[bytes]:
    """Yield one JSON object a line: each event, then the heads of the chains."""
    for event in events:
        yield (json.dumps(trail.exported(event), ensure_ascii=False, sort_keys=True) + "\n").encode()
    yield (json.dumps({"heads": heads}, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _json(value: Any) -> str:
    """Return a value as text that a cell can hold, or where to find it whole."""
    if not value:
        return ""
    text = canonical(value)
    return text if len(text) <= LONGEST_TEXT else f"(dài {len(text)} ký tự: xem bản JSON Lines)"


def workbook(events: Iterable[Event], heads: list[dict[str, Any]], target: IO[bytes]) -> None:
    """Write the events and the heads of the chains as a workbook, row by row."""
    book = Workbook(write_only=True)
    page = book.create_sheet("Dấu vết")
    for number, width in enumerate(_WIDTHS):
        page.column_dimensions[chr(ord("A") + number)].width = width
    page.freeze_panes = "A2"

    def row(sheet: Any, values: Iterable[Any]) -> None:
        sheet.append([safe_cell(WriteOnlyCell(sheet), value) for value in values])

    row(page, HEADS)
    for event in events:
        row(
            page,
            (
                event.sequence,
                f"{event.happened_at.astimezone(calendar.VIETNAM):%d/%m/%Y %H:%M:%S}",
                f"{event.recorded_at.astimezone(calendar.VIETNAM):%d/%m/%Y %H:%M:%S}",
                event.actor.full_name if event.actor else "Hệ thống",
                event.actor.username if event.actor else "",
                action_label(event.action),
                event.action,
                type_label(event.subject_type),
                event.subject_id,
                event.reason,
                _json(event.before),
                _json(event.after),
                event.request_id,
                sum(len(part) for part in event.seals.values()),
                _json(event.seals),
                event.previous_digest,
                event.digest,
            ),
        )
    chain = book.create_sheet("Đầu chuỗi")
    row(chain, ("Tỉnh", "Số thứ tự cuối", "Mã băm cuối"))
    for head in heads:
        row(chain, (head["province"], head["sequence"], head["digest"]))
    book.save(target)

"""Facts → workbook: the same figures as the PDF, as real numbers and days.

Text that begins like a formula stays text (``agencies.tables.safe_cell``). The same facts give the same bytes: times
inside the file are the as-of day.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from agencies.tables import MEDIA_TYPES, safe_cell
from agencies.text import parse_decimal
from plans.facts.targets import TargetFacts
from reports.facts.agency import AgencyReportFacts
from reports.facts.catalogue import ReportFacts
from reports.facts.figures import CountRow, CountTable, Rate
from reports.facts.lines import CorrectionLine, ResultLine, TaskLine
from reports.facts.summary import SummaryFacts
from reports.facts.year_end import YearEndFacts

MEDIA_TYPE = MEDIA_TYPES["xlsx"]

_FONT = "Times New Roman"
_HEAD_FILL = PatternFill("solid", fgColor="F2E6E6")
_TOTAL_FONT = Font(name=_FONT, size=11, bold=True)
_TEXT_FONT = Font(name=_FONT, size=11)
_THIN = Side(style="thin", color="B0A8A0")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_COUNT_HEADS = (
    "Tổng số", "Hoàn thành đúng hạn", "Hoàn thành muộn", "Hoàn thành (không có thời hạn)", "Đang thực hiện, trong hạn",
    "Quá hạn", "Đang thực hiện (không có thời hạn)", "Tạm dừng", "Bãi bỏ", "Chưa cập nhật",
    "Tiến độ: tử số", "Tiến độ: mẫu số", "Tiến độ", "Đúng hạn: tử số", "Đúng hạn: mẫu số", "Tỷ lệ đúng hạn",
)  # fmt: skip
_TASK_HEADS = (
    "Mục", "Mã", "Nhiệm vụ", "Sản phẩm", "Cơ quan chủ trì (theo kế hoạch)", "Thời hạn", "Hạn ngày", "Tình trạng",
    "Số ngày quá hạn", "Đã báo cáo", "Đã hoàn thành", "Số cơ quan", "Cơ quan báo cáo", "Tình trạng của cơ quan",
    "Duyệt", "Kỳ", "Kết quả", "Số liệu", "Tử số/mẫu số", "Ngày hoàn thành", "Tài liệu kiểm chứng", "Giải trình",
    "Khó khăn, vướng mắc", "Kiến nghị, đề xuất",
)  # fmt: skip


def _decimal(text: str) -> Decimal | str:
    """Return a printed figure as a number, or as it is when it is none."""
    try:
        return parse_decimal(text)
    except ValueError:
        return text


def _percent(rate: Rate) -> Decimal | str:
    return Decimal(rate.numerator) / Decimal(rate.denominator) if rate.denominator else "không tính được"


def _count_cells(row: CountRow) -> list[Any]:
    counts = row.counts
    return [
        counts.total, *counts.eight().values(), counts.not_updated,
        row.progress.numerator, row.progress.denominator, _percent(row.progress),
        row.on_time.numerator, row.on_time.denominator, _percent(row.on_time),
    ]  # fmt: skip


class Sheet:
    """A worksheet that is written from top to bottom."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        self.row = 0
        self.head_row = 1
        self.percent_columns: frozenset[int] = frozenset()

    def line(self, values: Sequence[Any], *, bold: bool = False, boxed: bool = False) -> None:
        """Write a row; shares are shown as percentages in the columns that the head named."""
        self.row += 1
        for number, value in enumerate(values, start=1):
            cell = safe_cell(self.sheet.cell(self.row, number), value)
            cell.font = _TOTAL_FONT if bold else _TEXT_FONT
            if boxed:
                cell.border = _BOX
                cell.alignment = Alignment(vertical="top", wrap_text=isinstance(value, str))
            if isinstance(value, Decimal) and number in self.percent_columns:
                cell.number_format = "0.00%"

    def head(self, names: Sequence[str], widths: Sequence[float], percent_columns: Iterable[int] = ()) -> None:
        """Write the head row, freeze what is above, and set the widths."""
        self.percent_columns = frozenset(percent_columns)
        self.row += 1
        for number, name in enumerate(names, start=1):
            cell = safe_cell(self.sheet.cell(self.row, number), name)
            cell.font, cell.fill, cell.border = _TOTAL_FONT, _HEAD_FILL, _BOX
            cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        for number, width in enumerate(widths, start=1):
            self.sheet.column_dimensions[get_column_letter(number)].width = width
        self.head_row = self.row
        self.sheet.freeze_panes = self.sheet.cell(self.row + 1, 1)

    def filter(self, columns: int, last_row: int | None = None) -> None:
        """Let the rows under the head be filtered."""
        last = max(last_row or self.row, self.head_row)
        self.sheet.auto_filter.ref = f"A{self.head_row}:{get_column_letter(columns)}{last}"

    def landscape(self) -> None:
        """Print on A4 across, as wide as the page, with the head on every page."""
        self.sheet.page_setup.orientation = "landscape"
        self.sheet.page_setup.paperSize = 9
        self.sheet.page_setup.fitToWidth, self.sheet.page_setup.fitToHeight = 1, 0
        self.sheet.sheet_properties.pageSetUpPr.fitToPage = True
        self.sheet.print_title_rows = f"{self.head_row}:{self.head_row}"


def _overview(book: Workbook, facts: ReportFacts, rows: Sequence[CountRow], sha256: str) -> None:
    """Write sheet "Tổng hợp": what this is, and the totals."""
    page = Sheet(book.create_sheet("Tổng hợp"))
    page.line(["DỰ THẢO" + (f" – {facts.head.mark}" if facts.head.mark else "")], bold=True)
    page.line([facts.head.subject], bold=True)
    page.line([f"Cơ quan lập: {facts.head.issuer_name}"])
    page.line(["Số liệu tính đến hết ngày", facts.plan.as_of])
    page.line([f"Kỳ: {facts.plan.period_shown}"])
    page.line(["Mã số liệu", sha256[:12]])
    page.line([])
    page.head(("Đơn vị đếm", *_COUNT_HEADS), (46, *[13] * len(_COUNT_HEADS)), (14, 17))
    for row in rows:
        page.line([row.label, *_count_cells(row)], boxed=True)
    page.filter(1 + len(_COUNT_HEADS))
    page.landscape()


def _targets(book: Workbook, targets: Sequence[TargetFacts]) -> None:
    page = Sheet(book.create_sheet("Mục tiêu"))
    names = ("Kế hoạch", "Mã", "Mục tiêu", "Chỉ số", "Yêu cầu", "Năm gốc", "Kết quả", "Đánh giá", "Cách tính", "Nguồn")
    page.head(names, (24, 8, 50, 12, 16, 28, 28, 16, 40, 60))
    for target in targets:
        page.line(
            [
                target.plan_label, target.code, target.text, target.index_name, _decimal(target.value),
                target.baseline or "chưa có số liệu", target.result or "chưa có số liệu", target.state_label,
                target.explained,
                "; ".join(f"{one.what}: {one.said} ({one.url or one.name})" for one in target.sources),
            ],
            boxed=True,
        )  # fmt: skip
    page.filter(len(names))
    page.landscape()


def _counts(book: Workbook, title: str, heading: Sequence[str], table: CountTable, *, coded: bool) -> None:
    page = Sheet(book.create_sheet(title))
    lead = 2 if coded else 1
    widths = (10, 46) if coded else (46,)
    page.head((*heading, *_COUNT_HEADS), (*widths, *[13] * len(_COUNT_HEADS)), (lead + 13, lead + 16))
    for row in table.rows:
        page.line([*([row.code] if coded else []), row.label, *_count_cells(row)], boxed=True)
    page.filter(lead + len(_COUNT_HEADS))
    # The total stands under the filtered rows, so that sorting never moves it.
    page.line([*([""] if coded else []), table.total.label, *_count_cells(table.total)], bold=True, boxed=True)
    page.landscape()


def _task_cells(task: TaskLine, result: ResultLine | None) -> list[Any]:
    cells: list[Any] = [
        task.section_code, task.code, task.title, task.deliverable, "; ".join(task.lead), task.deadline, task.due_on,
        task.status + (" (đề nghị)" if task.proposed else ""), task.days_overdue or None,
        task.reported.numerator if task.reported else None,
        task.done.numerator if task.done else None,
        task.reported.denominator if task.reported else None,
    ]  # fmt: skip
    if result is None:
        return [*cells, *[None] * 12]
    return [
        *cells, result.agency, result.status, result.note or ("đã duyệt" if result.result else None),
        result.period, result.result, _decimal(result.figure) if result.figure else None, result.fraction,
        result.done_on, "; ".join(result.evidence), result.explanation, result.obstacles, result.proposals,
    ]  # fmt: skip


def _appendix(book: Workbook, rows: Iterable[tuple[TaskLine, ResultLine | None]]) -> None:
    page = Sheet(book.create_sheet("Phụ lục"))
    widths = (8, 9, 44, 28, 28, 20, 12, 22, 9, 9, 9, 9, 28, 22, 12, 14, 60, 11, 14, 12, 32, 32, 36, 36)
    page.head(_TASK_HEADS, widths)
    for task, result in rows:
        page.line(_task_cells(task, result), boxed=True)
    page.filter(len(_TASK_HEADS))
    page.landscape()


def _corrections(book: Workbook, corrections: Sequence[CorrectionLine]) -> None:
    if not corrections:
        return
    page = Sheet(book.create_sheet("Điều chỉnh kỳ trước"))
    page.head(("Cơ quan", "Mã", "Nhiệm vụ", "Kỳ", "Thay đổi", "Lý do", "Duyệt lúc"), (30, 9, 50, 20, 44, 44, 18))
    for line in corrections:
        page.line(
            [line.agency, line.code, line.title, line.period, line.changes, line.reason, line.accepted], boxed=True
        )
    page.filter(7)


def _year_end(book: Workbook, facts: YearEndFacts, sha256: str) -> None:
    proposed = (CountRow("", "Đề nghị phối hợp (tính riêng)", facts.proposed.total.counts),) if facts.proposed else ()
    _overview(book, facts, (facts.tasks_total, facts.assignments_total, *proposed), sha256)
    _targets(book, (*facts.targets, *facts.parent_targets))
    _counts(book, "Theo cơ quan", ("Cơ quan",), facts.agencies, coded=False)
    _counts(book, "Theo mục", ("Mục", "Tên mục"), facts.sections, coded=True)
    _appendix(
        book,
        (
            (task, result)
            for section in facts.appendix
            for task in section.tasks
            for result in (task.results or (None,))
        ),
    )
    _corrections(book, facts.corrections)


def _agency(book: Workbook, facts: AgencyReportFacts, sha256: str) -> None:
    rows = (facts.counts, *((facts.proposed,) if facts.proposed else ()))
    _overview(book, facts, rows, sha256)
    _appendix(book, ((duty.task, duty.result) for duty in facts.tasks))
    _corrections(book, facts.corrections)


def _summary(book: Workbook, facts: SummaryFacts, sha256: str) -> None:
    _overview(book, facts, (facts.tasks_total, facts.assignments_total), sha256)
    _targets(book, facts.targets)
    page = Sheet(book.create_sheet("Theo mục"))
    page.head(("Mục", "Tên mục", "Đèn", *_COUNT_HEADS), (10, 46, 14, *[13] * len(_COUNT_HEADS)), (16, 19))
    for light in facts.sections:
        page.line([light.row.code, light.row.label, light.label, *_count_cells(light.row)], boxed=True)
    page.filter(3 + len(_COUNT_HEADS))
    page.landscape()
    late = Sheet(book.create_sheet("Quá hạn"))
    late.head(("Cơ quan", "Số phân công quá hạn", "Quá hạn lâu nhất (ngày)"), (46, 16, 16))
    for line in facts.late_agencies:
        late.line([line.agency, line.number, line.oldest_days], boxed=True)
    late.filter(3)
    owed = Sheet(book.create_sheet("Chưa cập nhật"))
    owed.head(("Cơ quan", "Chưa cập nhật", "Chưa hoàn thành", "Nhiệm vụ"), (46, 14, 14, 80))
    for missing in facts.owed:
        codes = ", ".join(missing.codes)
        owed.line([missing.agency, missing.rate.numerator, missing.rate.denominator, codes], boxed=True)
    owed.filter(4)


def draw(code: str, facts: ReportFacts, sha256: str) -> bytes:
    """Return the workbook of a report."""
    book = Workbook()
    book.remove(book.worksheets[0])
    day = datetime.combine(facts.plan.as_of, time.min)
    book.properties.creator = facts.head.issuer_name
    book.properties.title = facts.head.subject
    book.properties.language = "vi"
    book.properties.created = day
    if isinstance(facts, YearEndFacts):
        _year_end(book, facts, sha256)
    elif isinstance(facts, AgencyReportFacts):
        _agency(book, facts, sha256)
    else:
        _summary(book, facts, sha256)
    written = io.BytesIO()
    book.save(written)
    return _dated(written.getvalue(), day)


def _dated(content: bytes, day: datetime) -> bytes:
    """Return the workbook with one day instead of the hour at which it was written."""
    stamp = day.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    fixed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            part = source.read(entry)
            if entry.filename == "docProps/core.xml":
                part = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, part)
            kept = zipfile.ZipInfo(entry.filename, (max(day.year, 1980), day.month, day.day, 0, 0, 0))
            kept.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(kept, part)
    return fixed.getvalue()

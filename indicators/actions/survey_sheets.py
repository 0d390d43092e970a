"""Reading a survey sheet: a file (XLSX, CSV) into counts of answers, or everything that is wrong with it.

Three forms are told apart by their heads (see ``HEADS``; the template explains them):

* *long*: one row per question and option, with the number of sheets;
* *wide*: one row per question, a column per option;
* *raw*: one row per respondent, a column per question; pandas counts. A workbook may hold the questions on a sheet of
  their own, and the options on another.

Formula cells are refused even when they carry a value: what was counted must stand in the file. Blank is not 0.
"""

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import PurePath
from typing import IO, Any

import pandas as pd
from openpyxl import load_workbook

from agencies.errors import Invalid
from agencies.text import fold, format_decimal, nfc, parse_decimal

LARGEST_FILE = 20 * 1024 * 1024
LARGEST_UNPACKED = 400 * 1024 * 1024
MOST_ROWS = 200_000
MOST_COLUMNS = 400
MOST_ERRORS_SHOWN = 50

HEADS = {
    "ma cau": "question",
    "question": "question",
    "cau hoi": "text",
    "noi dung cau hoi": "text",
    "text": "text",
    "yeu to": "factor",
    "factor": "factor",
    "thanh phan": "component",
    "component": "component",
    "phuong an": "option",
    "option": "option",
    "tinh la hai long": "satisfied",
    "satisfied": "satisfied",
    "trong so": "weight",
    "trong so (%)": "weight",
    "weight": "weight",
    "so phieu": "count",
    "count": "count",
    "ma phieu": "respondent",
    "phieu so": "respondent",
    "respondent": "respondent",
}
HEAD_NAMES = {
    "question": "Mã câu",
    "text": "Câu hỏi",
    "factor": "Yếu tố",
    "component": "Thành phần",
    "option": "Phương án",
    "satisfied": "Tính là hài lòng",
    "weight": "Trọng số (%)",
    "count": "Số phiếu",
    "respondent": "Mã phiếu",
}
QUESTIONS_SHEET, OPTIONS_SHEET = "cau hoi", "phuong an"
# The five levels of satisfaction; what respondents' sheets hold as 5 … 1.
SCALE = (
    ("Rất hài lòng", True),
    ("Hài lòng", True),
    ("Bình thường", False),
    ("Không hài lòng", False),
    ("Rất không hài lòng", False),
)
_YES, _NO = {"co", "x", "1", "+", "true", "dung"}, {"khong", "0", "-", "false", "sai"}
# "Tốt (+; 100 %)": counts as satisfied, worth 100 %.
_MARKED = re.compile(r"^(?P<name>.*?)\s*\((?P<sign>[+-])?\s*;?\s*(?P<weight>\d+(?:[.,]\d+)?)?\s*%?\)$")


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a sheet: row as numbered in the file (the head is row 1; 0: the file as a whole)."""

    row: int
    column: str
    value: str
    message: str

    def __str__(self) -> str:
        where = f"dòng {self.row}, " if self.row else ""
        return f"{where}cột {self.column}, “{self.value[:60]}”: {self.message}" if self.column else self.message


class SheetRefused(Invalid):
    """A sheet that cannot be taken, with everything that is wrong with it (``fields``: by row and column)."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        shown = "\n".join(str(fault) for fault in faults[:MOST_ERRORS_SHOWN])
        more = f"\n… và {len(faults) - MOST_ERRORS_SHOWN} lỗi nữa" if len(faults) > MOST_ERRORS_SHOWN else ""
        super().__init__(
            "survey_refused",
            f"Phiếu khảo sát có {len(faults)} lỗi, chưa lưu gì:\n{shown}{more}",
            fields={f"{fault.row}:{fault.column}": f"“{fault.value[:60]}”: {fault.message}" for fault in faults},
        )
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Option:
    """One answer and how many gave it."""

    name: str
    satisfied: bool
    weight: Decimal | None
    count: int


@dataclass(frozen=True)
class Question:
    """One question with its counts; ``row`` is where it stands in the file."""

    code: str
    text: str
    factor: str
    component: str
    options: tuple[Option, ...]
    row: int = 0

    @property
    def answers(self) -> int:
        """How many answered it."""
        return sum(option.count for option in self.options)


@dataclass(frozen=True)
class SurveySheet:
    """What a file says. ``respondents``: how many sheets a raw file holds (None: it holds counts)."""

    form: str
    questions: tuple[Question, ...]
    respondents: int | None
    file_name: str
    file_sha256: str


@dataclass
class _Grid:
    """The filled rows of one sheet as text, by the row numbers of the file; formulas are faults."""

    name: str
    heads: list[str] = field(default_factory=list)
    rows: dict[int, list[str]] = field(default_factory=dict)

    def column(self, key: str) -> int | None:
        """Return where a known column stands."""
        return next((at for at, head in enumerate(self.heads) if HEADS.get(fold(head)) == key), None)

    def cells(self, key: str) -> Iterator[tuple[int, str]]:
        """Yield row number and text of a known column (blank where there is none)."""
        at = self.column(key)
        for number, row in self.rows.items():
            yield number, row[at] if at is not None and at < len(row) else ""


def read(name: str, content: IO[bytes]) -> SurveySheet:
    """Read a file. Raises Invalid (``survey_file``) when it is none, SheetRefused with every fault in it."""
    body = content.read(LARGEST_FILE + 1)
    shown = nfc(PurePath(name.replace("\\", "/")).name)[:255]
    if len(body) > LARGEST_FILE:
        raise _unreadable(f"Tệp “{shown}” lớn hơn {LARGEST_FILE // 1048576} MB. Hãy tách bảng hoặc nộp bảng đã đếm.")
    faults: list[Fault] = []
    suffix = PurePath(shown).suffix.lower()
    if suffix == ".xlsx":
        grids = _workbook(body, shown, faults)
    elif suffix == ".csv":
        grids = [_comma_separated(body, shown)]
    else:
        raise _unreadable(f"Không nhận tệp “{shown}”. Hãy nộp tệp XLSX hoặc CSV theo mẫu tải ở trang này.")
    form, questions, respondents = _counted(grids, faults)
    if faults:
        raise SheetRefused(sorted(faults, key=lambda fault: fault.row))
    return SurveySheet(form, questions, respondents, shown, hashlib.sha256(body).hexdigest())


def _unreadable(message: str) -> Invalid:
    return Invalid("survey_file", message, fields={"file": message})


# --- files into grids ----------------------------------------------------------------------------------------


def _comma_separated(body: bytes, name: str) -> _Grid:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable(f"Tệp “{name}” không phải mã UTF-8. Hãy lưu lại dạng CSV UTF-8 hoặc XLSX.") from error
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    rows = enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), 1)
    return _grid(name, ((number, [nfc(cell) for cell in row]) for number, row in rows))


def _workbook(body: bytes, name: str, faults: list[Fault]) -> list[_Grid]:
    broken = _unreadable(f"Không mở được tệp “{name}”. Hãy lưu lại dạng XLSX.")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > LARGEST_UNPACKED:
                raise _unreadable(f"Tệp “{name}” giải nén ra quá lớn nên không mở.")
        book = load_workbook(io.BytesIO(body), read_only=True)
    except Invalid:
        raise
    except Exception as error:  # whatever a damaged file does to the reader, it is a damaged file
        raise broken from error
    try:
        grids = []
        for page in book.worksheets:
            # The used range a file claims is not believed: a million formatted rows are no rows.
            page.reset_dimensions()
            grids.append(_grid(page.title, _page_rows(page, faults)))
    except Invalid:
        raise
    except Exception as error:
        raise broken from error
    finally:
        book.close()
    return grids


def _page_rows(page: Any, faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(page.iter_rows(), 1):
        cells = []
        for at, cell in enumerate(row):
            if cell.value is not None and cell.data_type in ("f", "e"):
                said = "công thức; hãy dán giá trị" if cell.data_type == "f" else "ô báo lỗi"
                faults.append(Fault(number, f"{page.title}!{at + 1}", str(cell.value), f"ô là {said}"))
                cells.append("")
            else:
                cells.append(_text(cell.value))
        yield number, cells


def _text(value: Any) -> str:
    """Return a cell as text: whole numbers without a point, days as people write them.

    >>> _text(12.0), _text(None), _text(" Tốt "), _text(0)
    ('12', '', 'Tốt', '0')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, date | datetime):
        return f"{value:%d/%m/%Y}"
    return nfc(str(value))


def _grid(name: str, rows: Iterable[tuple[int, list[str]]]) -> _Grid:
    """Keep the rows in which something stands; the first of them is the head."""
    grid = _Grid(name)
    for number, row in rows:
        while row and row[-1] == "":
            row.pop()
        if not row:
            continue
        if len(row) > MOST_COLUMNS or len(grid.rows) >= MOST_ROWS:
            raise _unreadable(
                f"Bảng “{name}” vượt {format_decimal(MOST_ROWS)} dòng hoặc {MOST_COLUMNS} cột. Hãy nộp bảng đã đếm."
            )
        if not grid.heads:
            grid.heads = row
        else:
            grid.rows[number] = row
    return grid


# --- grids into counts ---------------------------------------------------------------------------------------


def _counted(grids: list[_Grid], faults: list[Fault]) -> tuple[str, tuple[Question, ...], int | None]:
    by_name = {fold(grid.name): grid for grid in grids if grid.heads}
    asked, offered = by_name.pop(QUESTIONS_SHEET, None), by_name.pop(OPTIONS_SHEET, None)
    main = next((grid for grid in by_name.values() if _form(grid)), None) or (
        asked if asked is not None and _form(asked) in ("wide", "long") else None
    )
    if main is None:
        faults.append(
            Fault(
                0,
                "",
                "",
                "Không thấy bảng nào có cột “Mã câu” (bảng đã đếm) hoặc “Mã phiếu” (mỗi người trả lời một dòng). Hãy "
                "dùng mẫu tải ở trang này.",
            )
        )
        return "", (), None
    if not _heads_once(main, faults):
        return "", (), None
    form = _form(main)
    respondents = None
    if form == "raw":
        questions, respondents = _raw(main, asked, offered, faults)
    else:
        questions = _long(main, faults) if form == "long" else _wide(main, faults)
    if not questions and not faults:
        faults.append(Fault(0, "", "", "Bảng không có câu hỏi nào."))
    return form, questions, respondents


def _form(grid: _Grid) -> str:
    if grid.column("respondent") is not None:
        return "raw"
    if grid.column("question") is None:
        return ""
    return "long" if grid.column("option") is not None else "wide"


def _heads_once(grid: _Grid, faults: list[Fault]) -> bool:
    """Tell whether every column has a name of its own."""
    found, seen = len(faults), set[str]()
    for at, head in enumerate(grid.heads, 1):
        key = HEADS.get(fold(head), fold(head))
        if not key:
            faults.append(Fault(1, f"thứ {at}", "", "cột không có tên"))
        elif key in seen:
            faults.append(Fault(1, head, head, "cột này có hai lần"))
        seen.add(key)
    return len(faults) == found


def _whole(number: int, column: str, text: str, faults: list[Fault]) -> int | None:
    """Read a count: a whole number that is not negative; blank is missing, not 0."""
    if text == "":
        faults.append(Fault(number, column, "", "thiếu số phiếu; không ai chọn thì ghi 0"))
        return None
    try:
        value = parse_decimal(text)
    except ValueError:
        value = None
    if value is None or value != int(value) or value < 0 or value > 10**8:
        faults.append(Fault(number, column, text, "số phiếu phải là số nguyên không âm"))
        return None
    return int(value)


def _weight(number: int, column: str, text: str, faults: list[Fault]) -> Decimal | None:
    if text == "":
        return None
    try:
        value = parse_decimal(text.removesuffix("%").strip())
    except ValueError:
        value = Decimal(-1)
    if not 0 <= value <= 100 or value != round(value, 2):
        faults.append(Fault(number, column, text, "trọng số phải từ 0 đến 100, nhiều nhất hai chữ số thập phân"))
        return None
    return value


def _by_scale(name: str) -> bool | None:
    return next((good for level, good in SCALE if fold(level) == fold(name)), None)


def _satisfied(number: int, column: str, said: str, option: str, faults: list[Fault]) -> bool:
    """Read whether an option counts as satisfied: as said, else by the five known levels."""
    if fold(said) in _YES:
        return True
    if fold(said) in _NO:
        return False
    known = _by_scale(option)
    if said or known is None:
        faults.append(
            Fault(number, column, said or option, "cần nói phương án này có tính là hài lòng không (có hoặc không)")
        )
    return bool(known)


class _Questions:
    """Questions in the order in which they come; what is said of one twice must agree."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        self.about: dict[str, dict[str, str]] = {}
        self.rows: dict[str, int] = {}
        self.options: dict[str, list[Option]] = {}

    def take(self, number: int, code: str, about: Mapping[str, str], *, again: bool) -> bool:
        """Note a question; False when its row cannot be used."""
        if code == "" or len(code) > 20:
            self.faults.append(Fault(number, HEAD_NAMES["question"], code, "cần mã câu hỏi, nhiều nhất 20 ký tự"))
            return False
        known = self.about.get(code)
        if known is None:
            self.about[code], self.rows[code], self.options[code] = dict(about), number, []
            for key, most in (("text", 500), ("factor", 100), ("component", 40)):
                if len(about.get(key, "")) > most:
                    self.faults.append(Fault(number, HEAD_NAMES[key], about[key], f"dài quá {most} ký tự"))
            return True
        if not again:
            self.faults.append(Fault(number, HEAD_NAMES["question"], code, "mã câu này đã có ở dòng trên"))
            return False
        for key, said in about.items():
            if said and known.get(key) and said != known[key]:
                self.faults.append(Fault(number, HEAD_NAMES[key], said, f"khác với dòng trên của câu {code}"))
            known[key] = known.get(key) or said
        return True

    def add(self, number: int, code: str, option: Option) -> None:
        """Note an answer to a question, once."""
        if not option.name or len(option.name) > 100:
            self.faults.append(
                Fault(number, HEAD_NAMES["option"], option.name, "cần tên phương án, nhiều nhất 100 ký tự")
            )
        elif any(fold(one.name) == fold(option.name) for one in self.options[code]):
            self.faults.append(Fault(number, HEAD_NAMES["option"], option.name, f"câu {code} đã có phương án này"))
        else:
            self.options[code].append(option)

    def done(self) -> tuple[Question, ...]:
        """Return the questions."""
        return tuple(
            Question(
                code,
                about.get("text") or code,
                about.get("factor", ""),
                about.get("component", ""),
                tuple(self.options[code]),
                self.rows[code],
            )
            for code, about in self.about.items()
        )


def _about(grid: _Grid) -> dict[int, dict[str, str]]:
    """Return row number → text, factor and component of its question."""
    columns = {key: dict(grid.cells(key)) for key in ("text", "factor", "component")}
    return {number: {key: cells[number] for key, cells in columns.items()} for number in grid.rows}


def _long(grid: _Grid, faults: list[Fault]) -> tuple[Question, ...]:
    if grid.column("count") is None:
        faults.append(Fault(1, HEAD_NAMES["count"], "", "thiếu cột này"))
        return ()
    found, about = _Questions(faults), _about(grid)
    options, satisfied = dict(grid.cells("option")), dict(grid.cells("satisfied"))
    weights, counts = dict(grid.cells("weight")), dict(grid.cells("count"))
    for number, code in grid.cells("question"):
        count = _whole(number, HEAD_NAMES["count"], counts[number], faults)
        weight = _weight(number, HEAD_NAMES["weight"], weights[number], faults)
        good = _satisfied(number, HEAD_NAMES["satisfied"], satisfied[number], options[number], faults)
        if found.take(number, code, about[number], again=True) and count is not None:
            found.add(number, code, Option(options[number], good, weight, count))
    return found.done()


def _head_option(head: str, faults: list[Fault]) -> tuple[str, bool, Decimal | None]:
    """Read the head of a column of counts: ``Hài lòng``, or ``Tốt (+; 100 %)``."""
    marked = _MARKED.match(head)
    if marked is None or not (marked["sign"] or marked["weight"]):
        return head, _satisfied(1, head, "", head, faults), None
    name = marked["name"]
    weight = _weight(1, head, marked["weight"] or "", faults)
    if marked["sign"] is None and _by_scale(name) is None:
        # An option that is worth something is not thereby an answer of somebody satisfied.
        return name, False, weight
    return name, _satisfied(1, head, marked["sign"] or "", name, faults), weight


def _wide(grid: _Grid, faults: list[Fault]) -> tuple[Question, ...]:
    found, about = _Questions(faults), _about(grid)
    options = {at: _head_option(head, faults) for at, head in enumerate(grid.heads) if fold(head) not in HEADS and head}
    if not options:
        faults.append(Fault(1, "", "", "Bảng không có cột phương án nào (ví dụ “Rất hài lòng”, “Hài lòng”)."))
    for number, code in grid.cells("question"):
        if not found.take(number, code, about[number], again=False):
            continue
        row, said = grid.rows[number], False
        for at, (name, good, weight) in options.items():
            text = row[at] if at < len(row) else ""
            if text == "":
                continue  # this question does not offer the option
            said = True
            count = _whole(number, grid.heads[at], text, faults)
            if count is not None:
                found.add(number, code, Option(name, good, weight, count))
        if not said and options:
            faults.append(Fault(number, HEAD_NAMES["question"], code, "câu hỏi không có số phiếu ở phương án nào"))
    return found.done()


def _offered(grid: _Grid | None, faults: list[Fault]) -> dict[str, tuple[str, bool, Decimal | None]]:
    """Return how answers are written (folded) → the option they mean: the five levels, or a sheet of options."""
    if grid is None:
        levels = {fold(name): (name, good, None) for name, good in SCALE}
        return {**levels, **{str(5 - at): (name, good, None) for at, (name, good) in enumerate(SCALE)}}
    _heads_once(grid, faults)
    satisfied, weights = dict(grid.cells("satisfied")), dict(grid.cells("weight"))
    at = next((place for place, head in enumerate(grid.heads) if fold(head) in ("ma phuong an", "code")), None)
    found: dict[str, tuple[str, bool, Decimal | None]] = {}
    for number, name in grid.cells("option"):
        row = grid.rows[number]
        code = row[at] if at is not None and at < len(row) else ""
        option = (
            name,
            _satisfied(number, HEAD_NAMES["satisfied"], satisfied[number], name, faults),
            _weight(number, HEAD_NAMES["weight"], weights[number], faults),
        )
        for key in {fold(name), fold(code)} - {""}:
            if key in found:
                faults.append(Fault(number, HEAD_NAMES["option"], name, "phương án hoặc mã này có hai lần"))
            found[key] = option
    return found


def _raw(
    grid: _Grid, asked: _Grid | None, offered: _Grid | None, faults: list[Fault]
) -> tuple[tuple[Question, ...], int]:
    """Count respondents' answers with pandas."""
    options, found = _offered(offered, faults), _Questions(faults)
    at = grid.column("respondent")
    codes = [head for place, head in enumerate(grid.heads) if place != at and head]
    if asked is not None:
        _heads_once(asked, faults)
        about = _about(asked)
        for number, code in asked.cells("question"):
            found.take(number, code, about[number], again=False)
        for code in codes:
            if code not in found.about:
                faults.append(Fault(1, code, code, "câu này không có trong bảng Câu hỏi"))
        for code in set(found.about) - set(codes):
            faults.append(
                Fault(found.rows[code], HEAD_NAMES["question"], code, "bảng trả lời không có cột của câu này")
            )
    else:
        for code in codes:
            found.take(1, code, {"text": code}, again=False)
    width = len(grid.heads)
    table = pd.DataFrame(
        [row + [""] * (width - len(row)) for row in (row[:width] for row in grid.rows.values())],
        index=list(grid.rows),
        columns=grid.heads,
        dtype=str,
    )
    name = grid.heads[at] if at is not None else ""
    for number, row in grid.rows.items():
        if len(row) > width:
            faults.append(Fault(number, f"thứ {width + 1}", row[width], "ô nằm ngoài các cột có tên"))
    for number, text in table.loc[table[name].eq("") | table[name].duplicated(keep="first"), name].items():
        said = "mã phiếu này có hai lần" if text else "thiếu mã phiếu"
        faults.append(Fault(int(str(number)), HEAD_NAMES["respondent"], text, said))
    answers = table[[code for code in codes if code in found.about]].stack()
    answers = answers[answers.ne("")]
    meant = answers.map(fold)
    for place, text in answers[~meant.isin(list(options))].items():
        assert isinstance(place, tuple)
        faults.append(Fault(int(place[0]), str(place[1]), text, "không có phương án này"))
    meant = meant[meant.isin(list(options))].map(lambda key: options[key][0])
    counts = meant.groupby([meant.index.get_level_values(1), meant]).size().to_dict()
    for code in found.about:
        for option, good, weight in dict.fromkeys(options.values()):
            found.add(0, code, Option(option, good, weight, int(counts.get((code, option), 0))))
    return found.done(), int(table[codes].ne("").any(axis=1).sum()) if codes else 0

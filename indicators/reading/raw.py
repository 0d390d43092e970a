"""What stands in a file before anybody has judged it: values with their places, and reading them by the column."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from agencies.text import format_decimal, nfc, parse_decimal
from indicators.reading.columns import Column
from indicators.reading.faults import Faults, Place

# What the database holds of a number of points.
MOST_PLACES, MOST_POINTS = 4, Decimal(10_000)
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True)
class Raw:
    """One value as it stands in the file. ``kind``: text, number, truth, day, formula, error, json, blank."""

    value: Any
    kind: str
    place: Place


@dataclass(frozen=True)
class Line:
    """One row of a sheet, or entry of a list, by the keys of its columns."""

    place: Place
    cells: Mapping[str, Raw]

    def raw(self, column: Column | str) -> Raw:
        """Return the value in a column; a blank one where there is none."""
        key = column if isinstance(column, str) else column.key
        if key in self.cells:
            return self.cells[key]
        heading = column if isinstance(column, str) else column.heading
        return Raw(None, "blank", Place(self.place.sheet, self.place.row, heading, self.place.cell))


@dataclass
class RawFramework:
    """A file's framework: what is said of it as a whole, and its lists."""

    head: Line
    components: list[Line] = field(default_factory=list)
    grades: list[Line] = field(default_factory=list)
    groups: list[Line] = field(default_factory=list)
    crosswalk: list[Line] = field(default_factory=list)


class Reader:
    """Reads values by the kind of their column; what cannot be read is a fault and None."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults

    def fault(self, raw: Raw, message: str) -> None:
        """Say what is wrong with a value."""
        value = raw.value
        if isinstance(value, bool):
            value = "có" if value else "không"
        elif isinstance(value, Decimal):
            value = format_decimal(value)
        elif isinstance(value, date):
            value = f"{value:%d/%m/%Y}"
        self.faults.add(raw.place, value, message)

    def usable(self, raw: Raw) -> bool:
        """Tell whether there is a value at all that could be read; a formula is none, whatever it shows."""
        if raw.kind == "formula":
            self.fault(raw, "ô này là công thức. Hãy dán giá trị (Dán đặc biệt → Giá trị) thay cho công thức.")
        elif raw.kind == "error":
            self.fault(raw, "ô này là lỗi hoặc giờ của bảng tính, không phải dữ liệu.")
        return raw.kind not in ("formula", "error", "blank") and raw.value is not None and raw.value != ""

    def text(self, line: Line, column: Column) -> str:
        """Read a text."""
        raw = line.raw(column)
        if not self.usable(raw):
            if column.required and raw.kind not in ("formula", "error"):
                self.fault(raw, f"thiếu {column.heading.lower()}.")
            return ""
        if raw.kind == "day" and column.kind == "text":
            text = f"{raw.value:%d/%m/%Y}"
        elif raw.kind == "day":
            self.fault(raw, "bảng tính đã đổi giá trị này thành ngày. Hãy định dạng cột là Văn bản rồi gõ lại.")
            return ""
        elif isinstance(raw.value, bool | dict | list):
            self.fault(raw, "phải là chữ.")
            return ""
        elif isinstance(raw.value, Decimal | int):
            text = f"{raw.value:f}" if isinstance(raw.value, Decimal) else str(raw.value)
        else:
            text = nfc(str(raw.value))
        if column.longest and len(text) > column.longest:
            self.fault(raw, f"dài quá {column.longest} ký tự.")
            return text[: column.longest]
        return text

    def number(self, line: Line, column: Column, *, above_zero: bool = False, least: int | None = 0) -> Decimal | None:
        """Read a number; blank is None, which is not 0."""
        raw = line.raw(column)
        if not self.usable(raw):
            if column.required and raw.kind not in ("formula", "error"):
                self.fault(raw, f"thiếu {column.heading.lower()}.")
            return None
        value = self._decimal(raw)
        if value is None:
            return None
        if above_zero and value <= 0:
            self.fault(raw, "phải lớn hơn 0; khi chưa biết thì để trống.")
        elif least is not None and value < least:
            self.fault(raw, f"không được nhỏ hơn {least}.")
        elif abs(value) >= MOST_POINTS:
            self.fault(raw, f"phải nhỏ hơn {format_decimal(MOST_POINTS)}.")
        elif value != round(value, MOST_PLACES):
            self.fault(raw, f"nhiều nhất {MOST_PLACES} chữ số thập phân.")
        else:
            return value
        return None

    def _decimal(self, raw: Raw) -> Decimal | None:
        if raw.kind == "day":
            self.fault(raw, "ô này là ngày, không phải số. Hãy định dạng cột là Số rồi gõ lại.")
            return None
        if isinstance(raw.value, Decimal):
            return raw.value
        if isinstance(raw.value, int) and not isinstance(raw.value, bool):
            return Decimal(raw.value)
        try:
            if not isinstance(raw.value, str):
                raise ValueError(raw.value)
            return _plain(raw.value) if raw.kind == "json" else parse_decimal(nfc(raw.value))
        except ValueError:
            self.fault(raw, "không phải là số. Ghi số với dấu phẩy thập phân, ví dụ 12,5.")
            return None

    def whole(self, line: Line, column: Column, *, least: int = 0, most: int = 10_000) -> int | None:
        """Read a whole number."""
        before = len(self.faults.found)
        number = self.number(line, column, least=None)
        if number is None or len(self.faults.found) > before:
            return None
        if number != number.to_integral_value() or not least <= number <= most:
            self.fault(line.raw(column), f"phải là số nguyên từ {least} đến {most}.")
            return None
        return int(number)

    def year(self, line: Line, column: Column) -> int | None:
        """Read a year."""
        return self.whole(line, column, least=FIRST_YEAR, most=LAST_YEAR)

    def choice(self, line: Line, column: Column) -> str:
        """Read a word of a list, as its code; blank is an empty text."""
        before = len(self.faults.found)
        word = self.text(line, column)
        if not word or len(self.faults.found) > before:
            return ""
        code = column.value_of(word)
        if code is None:
            words = ", ".join(label for _, label in column.choices)
            self.fault(line.raw(column), f"không có trong danh sách ({words}).")
        return code or ""

    def yes_no(self, line: Line, column: Column) -> bool | None:
        """Read yes or no; blank is None."""
        raw = line.raw(column)
        if isinstance(raw.value, bool) and raw.kind not in ("formula", "error"):
            return raw.value
        code = self.choice(line, column)
        return {"yes": True, "no": False}.get(code)


def _plain(text: str) -> Decimal:
    """Read a number of a JSON file: with a point, or with the comma that people type."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return parse_decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return number

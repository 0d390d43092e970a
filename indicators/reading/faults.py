"""What is wrong with a file: every fault at once, each with its place, its value and a sentence."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from agencies.errors import Invalid

MOST_SHOWN = 50
LONGEST_VALUE = 120


@dataclass(frozen=True)
class Place:
    """Where a value stands: the sheet (or list of a JSON file), the row as numbered there, the column, the cell."""

    sheet: str = ""
    row: int | None = None
    column: str = ""
    cell: str = ""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a file."""

    sheet: str
    row: int | None
    column: str
    cell: str
    value: str
    message: str

    def __str__(self) -> str:
        where = [
            f"trang “{self.sheet}”" if self.sheet else "",
            f"dòng {self.row}" if self.row is not None else "",
            f"cột {self.column}" + (f" ({self.cell})" if self.cell else "") if self.column else "",
            f"“{self.value}”" if self.value else "",
        ]
        place = ", ".join(part for part in where if part)
        return f"{place}: {self.message}" if place else self.message

    @property
    def where(self) -> str:
        """Its place in one word, for programs: sheet, cell (or row) and column."""
        spot = self.cell or (str(self.row) if self.row is not None else "")
        return "/".join(part for part in (self.sheet, spot, self.column) if part) or "file"

    def to_dict(self) -> dict[str, object]:
        """Return it as programs read it."""
        return asdict(self)


class Faults:
    """Faults as they are found."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, place: Place, value: object, message: str) -> None:
        """Keep one."""
        text = "" if value is None else str(value)
        shown = text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
        self.found.append(Fault(place.sheet, place.row, place.column, place.cell, shown, message))

    def refusal(self, code: str, what: str) -> "Refusal":
        """Return what refuses the file."""
        return Refusal(code, what, self.found)

    def raise_any(self, code: str, what: str) -> None:
        """Raise Refusal when there is any."""
        if self.found:
            raise self.refusal(code, what)


class Refusal(Invalid):
    """A file that cannot be taken, with everything that is wrong with it. Nothing of it is stored."""

    def __init__(self, code: str, what: str, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        shown = "\n".join(str(fault) for fault in self.faults[:MOST_SHOWN])
        more = f"\n… và {len(faults) - MOST_SHOWN} lỗi nữa" if len(faults) > MOST_SHOWN else ""
        fields: dict[str, str] = {}
        for fault in faults[:MOST_SHOWN]:
            fields.setdefault(fault.where, fault.message)
        super().__init__(code, f"{what} có {len(faults)} lỗi, chưa lưu gì:\n{shown}{more}", fields=fields)

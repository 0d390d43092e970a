"""A file → what it says of a framework. The format is told by the content, not by the name."""

from dataclasses import dataclass, replace
from typing import IO

from indicators.reading.checking import check
from indicators.reading.draft import Draft
from indicators.reading.faults import Faults, Place
from indicators.reading.framework_json import MOST_BYTES, read_json
from indicators.reading.framework_xlsx import read_workbook
from indicators.reading.raw import Line, Raw, RawFramework

WHAT = "Tệp bộ tiêu chí"
CODE = "framework_refused"


@dataclass(frozen=True)
class Read:
    """What a file says, and where its crosswalk stands."""

    draft: Draft
    crosswalk: tuple[Line, ...] = ()


def read_framework(content: IO[bytes], faults: Faults, *, code: str = "", index: str = "") -> Read | None:
    """Read a framework (XLSX or JSON); ``code`` and ``index`` take the place of what the file says.

    Faults are collected; without any the draft can be trusted.
    """
    content.seek(0)
    start = content.read(4)
    content.seek(0)
    raw: RawFramework | None
    if start.startswith(b"PK"):
        raw = read_workbook(content, faults)
    elif start:
        raw = read_json(content.read(MOST_BYTES + 1), faults)
    else:
        faults.add(Place(), None, "Tệp không có nội dung.")
        raw = None
    if raw is None:
        return None
    raw = _told(raw, {"code": code, "index": index})
    return Read(check(raw, faults), tuple(raw.crosswalk))


def _told(raw: RawFramework, said: "dict[str, str]") -> RawFramework:
    cells = {key: Raw(value, "text", Place("", None, f"--{key}")) for key, value in said.items() if value}
    return replace(raw, head=replace(raw.head, cells={**raw.head.cells, **cells}))

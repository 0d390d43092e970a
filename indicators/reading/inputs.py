"""Declared inputs as they are written in a cell: ``Tỷ lệ giải ngân [percent] (%) = Đã giải ngân / Được giao``.

The label comes first; the name in brackets is what programs call it (made from the label when it is left out); the
kind in parentheses is %, số lượng, ngày or số; after the equals sign stand the two numbers that may be declared
instead of a percentage. Several requirements are separated by semicolons or line breaks.
"""

import re
from typing import Any

from agencies.text import fold, nfc

KINDS = {"percent": "%", "count": "số lượng", "days": "ngày", "number": "số"}
MAY_EXCEED = "% có thể vượt 100"
PAIR = ("Tử số", "Mẫu số")
_INPUT = re.compile(
    r"(?P<label>[^\[\]()=;]*?)\s*(?:\[(?P<name>[^\[\]]*)\])?\s*(?:\((?P<kind>[^()]*)\))?\s*"
    r"(?:=\s*(?P<top>[^/=\[\]();]+)/(?P<bottom>[^/=\[\]();]+))?"
)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SPLIT = re.compile(r"[;\n]")


class Unreadable(ValueError):
    """A cell that is not written as it should be: what stands there, and a sentence."""

    def __init__(self, value: str, message: str) -> None:
        super().__init__(message)
        self.value = value
        self.message = message


def items(text: str) -> list[str]:
    """Return the parts of a cell that are separated by semicolons or line breaks.

    >>> items("≥100: 10; còn lại: 0;")
    ['≥100: 10', 'còn lại: 0']
    """
    return [part for part in (nfc(one) for one in _SPLIT.split(text)) if part]


def name_of(label: str) -> str:
    """Return the name that programs call an input by, made from its label.

    >>> name_of("Đúng thời hạn"), name_of("100 % văn bản")
    ('dung_thoi_han', 'so_100_van_ban')
    """
    bare = re.sub(r"[^a-z0-9]+", "_", fold(label)).strip("_")
    if not bare:
        return "so_lieu"
    return (bare if bare[0].isalpha() else f"so_{bare}")[:40].strip("_")


def read_one(text: str, *, named: bool = True, kinds: bool = True) -> dict[str, Any]:
    """Read one input. ``named``: make a name when none is given. Raises Unreadable.

    >>> read_one("Tỷ lệ [percent] (%) = Đã làm / Phải làm") == {
    ...     "name": "percent", "label": "Tỷ lệ", "kind": "percent", "numerator": "Đã làm", "denominator": "Phải làm"}
    True
    """
    match = _INPUT.fullmatch(nfc(text))
    if match is None:
        raise Unreadable(text, "số liệu viết dạng: Tên [mã] (%, số lượng, ngày hoặc số), ví dụ: Tỷ lệ [percent] (%).")
    label, name = nfc(match["label"] or ""), nfc(match["name"] or "")
    read: dict[str, Any] = {}
    if name:
        if not _NAME.fullmatch(name):
            raise Unreadable(name, "mã số liệu chỉ gồm chữ thường không dấu, số và dấu gạch dưới, bắt đầu bằng chữ.")
        read["name"] = name
    elif named and label:
        read["name"] = name_of(label)
    if label:
        read["label"] = label
    if match["kind"] is not None:
        if not kinds:
            raise Unreadable(text, "yêu cầu có/không không có đơn vị.")
        read |= _kind(match["kind"])
    if match["top"]:
        if not kinds or read.get("kind", "percent") != "percent":
            raise Unreadable(text, "chỉ tỷ lệ phần trăm mới có tử số và mẫu số.")
        read |= {"numerator": nfc(match["top"]), "denominator": nfc(match["bottom"])}
    return read


def _kind(text: str) -> dict[str, Any]:
    word = fold(text)
    if word == fold(MAY_EXCEED):
        return {"kind": "percent", "may_exceed": True}
    for kind, shown in KINDS.items():
        if word == fold(shown):
            return {"kind": kind}
    raise Unreadable(text, f"loại số liệu là một trong: {', '.join(KINDS.values())}, {MAY_EXCEED}.")


def read_conditions(text: str) -> list[dict[str, Any]]:
    """Read requirements that are met or not. Raises Unreadable.

    >>> read_conditions("Đúng hạn [on_time]; Đủ nội dung")
    [{'name': 'on_time', 'label': 'Đúng hạn'}, {'name': 'du_noi_dung', 'label': 'Đủ nội dung'}]
    """
    return [read_one(item, kinds=False) for item in items(text)]


def show_one(read: dict[str, Any]) -> str:
    """Write an input as it stands in a cell."""
    parts = [str(read.get("label", "")), f"[{read['name']}]" if read.get("name") else ""]
    if read.get("kind"):
        parts.append(f"({MAY_EXCEED if read.get('may_exceed') else KINDS[read['kind']]})")
    pair = (read.get("numerator", PAIR[0]), read.get("denominator", PAIR[1]))
    if pair != PAIR:
        parts.append(f"= {pair[0]} / {pair[1]}")
    return " ".join(part for part in parts if part)

"""Ladders of tiers as they are written in a cell: ``≥100: 10; ≥90: 8; ≥80: 6; còn lại: 0``.

Tiers are written from the highest down (≥, >) or from the lowest up (≤, <). A tier ends where the one before it
begins, so ``≥90`` after ``≥100`` means 90 to under 100; ``còn lại`` is what is left. Both ends may be written:
``≥90 và <100: 8``. What stands in parentheses after the points is a remark.
"""

import re
from decimal import Decimal
from typing import Any

from agencies.text import fold, format_decimal, nfc, parse_decimal
from indicators.reading.inputs import Unreadable

_SIGNS = {"≥": "ge", ">=": "ge", ">": "gt", "≤": "le", "<=": "le", "<": "lt"}
_SHOWN = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
# A tier that begins so ends the next one so, and the other way round.
_OTHER = {"ge": "lt", "gt": "le", "le": "gt", "lt": "ge"}
_TIER = re.compile(r"(?P<range>[^:]+?)\s*:\s*(?P<score>[^:()]+?)\s*(?:điểm)?\s*(?:\((?P<label>.*)\))?", re.DOTALL)
_BOUND = re.compile(r"(≥|>=|>|≤|<=|<|=)\s*(-?\d[\d.,]*)\s*(?:%|ngày|lần)?")
REST = "còn lại"


def number(text: str) -> str:
    """Return a number as rules keep it. Raises Unreadable.

    >>> number("12,50"), number("1.000")
    ('12.5', '1000')
    """
    try:
        value = parse_decimal(nfc(text))
    except ValueError as error:
        raise Unreadable(text, "không phải là số (dùng dấu phẩy thập phân, ví dụ 12,5).") from error
    return plain(value)


def plain(value: Decimal) -> str:
    """Return a decimal without superfluous zeros."""
    return f"{value.normalize():f}" if value else "0"


def shown(text: Any) -> str:
    """Print a kept number in the Vietnamese way."""
    return format_decimal(Decimal(str(text)))


def read_ladder(parts: list[str]) -> list[dict[str, Any]]:
    """Read tiers. Raises Unreadable.

    >>> read_ladder(["≥100: 10", "≥90: 8", "còn lại: 0"])
    [{'score': '10', 'ge': '100'}, {'score': '8', 'ge': '90', 'lt': '100'}, {'score': '0', 'lt': '90'}]
    """
    tiers: list[dict[str, Any]] = []
    step: tuple[str, str] | None = None
    for part in parts:
        match = _TIER.fullmatch(part)
        if match is None:
            raise Unreadable(part, "mỗi mức viết dạng “≥90: 8” (điều kiện, dấu hai chấm, điểm).")
        ends, step = _range(match["range"], step)
        tier = {"score": number(match["score"]), **ends}
        if match["label"]:
            tier["label"] = nfc(match["label"])
        tiers.append(tier)
    return tiers


def _range(text: str, step: tuple[str, str] | None) -> tuple[dict[str, str], tuple[str, str] | None]:
    """Return the ends of a tier, and the end at which the next one stops."""
    if fold(text) == fold(REST):
        if step is None:
            raise Unreadable(text, "“còn lại” phải đứng sau ít nhất một mức viết từ cao xuống hoặc từ thấp lên.")
        return {_OTHER[step[0]]: step[1]}, None
    ends = read_range(text)
    for first, last in (("ge", "gt"), ("le", "lt")):
        side = next((key for key in (first, last) if key in ends), "")
        alone = len(ends) == 1 and side
        falling = side in ("ge", "gt")
        if alone and step is not None and (step[0] in ("ge", "gt")) is falling:
            return {**ends, _OTHER[step[0]]: step[1]}, (side, ends[side])
        if alone and step is None:
            return ends, (side, ends[side])
    if step is not None:
        for key in ("ge", "gt") if step[0] in ("ge", "gt") else ("le", "lt"):
            if key in ends:
                return ends, (key, ends[key])
    return ends, step


def read_range(text: str) -> dict[str, str]:
    """Read one or two ends of a range. Raises Unreadable.

    >>> read_range("≥90 và <100"), read_range("= 2")
    ({'ge': '90', 'lt': '100'}, {'ge': '2', 'le': '2'})
    """
    ends: dict[str, str] = {}
    parts = [nfc(part) for part in re.split(r"\s+và\s+", nfc(text))]
    for part in parts:
        match = _BOUND.fullmatch(part)
        if match is None:
            raise Unreadable(text, "điều kiện viết bằng ≥, >, ≤, < hoặc = và một số, ví dụ “≥90” hoặc “≥90 và <100”.")
        value = number(match[2])
        keys = ("ge", "le") if match[1] == "=" else (_SIGNS[match[1]],)
        for key in keys:
            ends[key] = value
    if len(parts) > 2 or (len(parts) == 2 and len({key[0] for key in ends}) < 2):
        raise Unreadable(text, "một mức có nhiều nhất một cận dưới và một cận trên.")
    return ends


def show_range(tier: dict[str, Any]) -> str:
    """Write both ends of a range."""
    if tier.get("ge") is not None and tier.get("ge") == tier.get("le"):
        return f"={shown(tier['ge'])}"
    return " và ".join(
        f"{_SHOWN[key]}{shown(tier[key])}" for key in ("ge", "gt", "le", "lt") if tier.get(key) is not None
    )


def show_ladder(tiers: list[dict[str, Any]]) -> str:
    """Write tiers, in the short way where it says the same."""
    parts = []
    step: tuple[str, str] | None = None
    for tier in tiers:
        ends = {key: str(tier[key]) for key in ("ge", "gt", "le", "lt") if tier.get(key) is not None}
        written = show_range(tier)
        if step is not None and ends == {_OTHER[step[0]]: step[1]}:
            written = REST
        for key in ("ge", "gt", "le", "lt"):
            if key in ends:
                short = f"{_SHOWN[key]}{shown(ends[key])}"
                if _same(short, step, ends):
                    written = short
        _, step = _range(written, step)
        label = f" ({tier['label']})" if tier.get("label") else ""
        parts.append(f"{written}: {shown(tier['score'])}{label}")
    return "; ".join(parts)


def _same(short: str, step: tuple[str, str] | None, ends: dict[str, str]) -> bool:
    return _range(short, step)[0] == ends

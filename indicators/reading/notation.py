"""Scoring rules as a specialist writes them in a spreadsheet, and back.

A rule takes four cells: its shape (a word from a list), the declared input, how points are given, and rounding. What
these cells cannot say is written as the JSON form of the rule in the third one. Every word of the notation is on the
template's help sheet (``indicators.reading.guide``).
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from agencies.text import fold, nfc
from indicators.reading.inputs import Unreadable, items, read_conditions, read_one, show_one
from indicators.reading.ladders import number, plain, read_ladder, read_range, show_ladder, show_range, shown

SHAPES: dict[str, str] = {
    "tiers": "bậc thang",
    "deadline": "thời hạn",
    "piecewise_ratio": "tỷ lệ từng đoạn",
    "plain_ratio": "tỷ lệ",
    "best_peer": "so với đơn vị tốt nhất",
    "boolean": "có hoặc không",
    "comparison": "so sánh hai số liệu",
    "choice": "chọn một mức",
    "deduction": "trừ dần",
    "addition": "cộng dần",
    "penalty": "điểm trừ",
    "late_days": "nộp muộn",
    "survey": "điều tra xã hội học",
    "branch": "rẽ nhánh",
    "gate": "điều kiện bắt buộc",
}
# Columns of the sheet that a rule takes.
SHAPE, INPUT, POINTS, ROUND = "shape", "input", "points", "round"
YES, NO = "có", "không"
_PARAMETER = re.compile(r"([^:]+?)\s*:\s*(.+)", re.DOTALL)
_OVERRIDE = re.compile(r"nếu\s+(?P<range>.+?)\s+mà\s+(?P<condition>.+?)\s*:\s*(?P<score>[^:]+)", re.IGNORECASE)
_NEED = re.compile(r"cần\s*:\s*(.+)", re.IGNORECASE)
_OPTION = re.compile(r"(?P<score>-?\d[\d.,]*)\s*(?:điểm|%)?\s*=\s*(?P<label>.+)", re.DOTALL)
_BRANCH = re.compile(r"(?P<name>[^→|;]+?)\s*→\s*(?P<rule>.+)", re.DOTALL)
_COMPARED = re.compile(r"(.+?)\s*(>=|<=|≥|≤|>|<)\s*(.+)", re.DOTALL)
_STEP = re.compile(r"bước\s+(.+)", re.IGNORECASE)
_DECIMALS = re.compile(r"(\d)(?:\s*chữ số)?")
# Keys of the JSON form whose values are numbers.
_NUMBERS = frozenset(
    {
        "score", "ge", "gt", "le", "lt", "true", "false", "per", "start", "cap", "floor", "weight", "full_at_percent",
        "zero_below_percent", "step", "first", "per_day",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Cells:
    """The four cells of a rule."""

    shape: str = ""
    input: str = ""
    points: str = ""
    round: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing is written: a person gives the score."""
        return not (self.shape or self.input or self.points or self.round)


class UnreadableRule(Unreadable):
    """A rule of which a cell is not written as it should be; ``column`` says which one."""

    def __init__(self, column: str, error: Unreadable) -> None:
        super().__init__(error.value, error.message)
        self.column = column


def canonical(value: Any, key: str = "") -> Any:
    """Return the JSON form of a rule with its numbers written one way.

    >>> canonical({"shape": "plain_ratio", "round": {"step": "0.250"}})
    {'shape': 'plain_ratio', 'round': {'step': '0.25'}}
    """
    if isinstance(value, Mapping):
        return {name: canonical(inner, name) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [canonical(inner, key) for inner in value]
    return plain(Decimal(str(value))) if key in _NUMBERS and not isinstance(value, bool) else value


# --- from cells ----------------------------------------------------------------------------------------------


def read_rule(cells: Cells) -> dict[str, Any] | None:
    """Return the JSON form of a rule that cells describe, not checked yet; None when they are blank.

    Raises UnreadableRule.

    >>> read_rule(Cells("tỷ lệ từng đoạn", "Tỷ lệ [percent] (%)", "điểm tối đa từ: 85; 0 điểm dưới: 60", "2")) == {
    ...     "shape": "piecewise_ratio", "input": {"name": "percent", "label": "Tỷ lệ", "kind": "percent"},
    ...     "full_at_percent": "85", "zero_below_percent": "60", "round": {"decimals": 2}}
    True
    """
    if cells.blank:
        return None
    if nfc(cells.points).startswith("{"):
        return _at(POINTS, lambda: _json(cells.points))
    shape = _at(SHAPE, lambda: _shape(cells.shape))
    rule: dict[str, Any] = {"shape": shape}
    return rule | _READERS[shape](cells) | _at(ROUND, lambda: _round(cells.round, shape))


def _at(column: str, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except UnreadableRule:
        raise
    except Unreadable as error:
        raise UnreadableRule(column, error) from error


def _json(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise Unreadable(text, "không đọc được như JSON.") from error
    if not isinstance(read, dict):
        raise Unreadable(text, "JSON của cách tính điểm phải là một nhóm các mục.")
    return read


def _shape(text: str) -> str:
    word = fold(text)
    if not word:
        raise Unreadable(text, "thiếu dạng cách tính. Chọn một dạng trong danh sách.")
    for shape, label in SHAPES.items():
        if word in (fold(label), shape):
            return shape
    raise Unreadable(text, f"không có dạng cách tính này (các dạng: {', '.join(SHAPES.values())}).")


def _round(text: str, shape: str) -> dict[str, Any]:
    if not nfc(text):
        return {}
    if shape not in ("piecewise_ratio", "plain_ratio", "best_peer", "survey"):
        raise Unreadable(text, "dạng cách tính này không làm tròn.")
    step = _STEP.fullmatch(nfc(text))
    if step:
        return {"round": {"step": number(step[1])}}
    digits = _DECIMALS.fullmatch(nfc(text))
    if digits:
        return {"round": {"decimals": int(digits[1])}}
    raise Unreadable(text, "làm tròn viết “2” (số chữ số sau dấu phẩy) hoặc “bước 0,25”.")


def _measure(cells: Cells) -> dict[str, Any]:
    """Return the one input of a rule, when it is written."""
    read = _at(INPUT, lambda: read_one(cells.input, named=False))
    return {"input": read} if read else {}


def _parameters(cells: Cells, known: Mapping[str, str], texts: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return ``word: value`` parts by their keys; ``texts`` are keys that hold words."""

    def read() -> dict[str, Any]:
        found: dict[str, Any] = {}
        for part in items(cells.points):
            match = _PARAMETER.fullmatch(part)
            key = next((key for word, key in known.items() if match and fold(word) == fold(match[1])), None)
            if match is None or key is None:
                words = "; ".join(f"{word}: …" for word in known)
                raise Unreadable(part, f"viết các mục dạng: {words}.")
            if key in found:
                raise Unreadable(part, "mục này được ghi hai lần.")
            found[key] = nfc(match[2]) if key in texts else number(match[2])
        return found

    return _at(POINTS, read)


def _read_tiers(cells: Cells) -> dict[str, Any]:
    def read() -> dict[str, Any]:
        parts, found = [], {}
        for part in items(cells.points):
            over = _OVERRIDE.fullmatch(part)
            if over is None:
                parts.append(part)
                continue
            condition = read_one(over["condition"], kinds=False)
            found["override"] = {**read_range(over["range"]), "condition": condition, "score": number(over["score"])}
        return {"tiers": read_ladder(parts), **found}

    return {**_measure(cells), **_at(POINTS, read)}


def _read_deadline(cells: Cells) -> dict[str, Any]:
    def read() -> dict[str, Any]:
        parts, needs = [], []
        for part in items(cells.points):
            need = _NEED.fullmatch(part)
            if need is None:
                parts.append(part)
            else:
                needs.append(read_one(need[1], kinds=False))
        return {"tiers": read_ladder(parts), **({"needs": needs} if needs else {})}

    return {**_measure(cells), **_at(POINTS, read)}


_PIECES = {"điểm tối đa từ": "full_at_percent", "0 điểm dưới": "zero_below_percent", "trần điểm": "cap"}
_TRUTH = {YES: "true", NO: "false"}
_DEDUCTION = {"bắt đầu": "start", "mỗi lần": "per", "thấp nhất": "floor", "trừ tối đa": "cap"}
_ADDITION = {"bắt đầu": "start", "mỗi lần": "per", "tối đa": "cap"}
_PENALTY = {
    "mỗi lần": "per",
    "tối đa": "cap",
    "không xếp loại từ": "below",
    "hạ mức": "lower_by",
    "hệ quả": "words",
}
_LATE = {
    "số ngày đầu": "first_days",
    "trừ chung": "first",
    "mỗi ngày sau": "per_day",
    "cộng dồn": "adds",
    "tối đa": "cap",
    "không nhận sau (tháng-ngày)": "not_accepted_after",
    "được miễn khi có": "waiver",
}
_GRADES = ("below", "lower_by", "words")
_LESS = "thấp hơn là tốt hơn"


def _read_plain(cells: Cells) -> dict[str, Any]:
    if items(cells.points):
        raise UnreadableRule(POINTS, Unreadable(cells.points, "dạng “tỷ lệ” tính tỷ lệ × điểm tối đa; để trống ô này."))
    return _measure(cells)


def _read_best(cells: Cells) -> dict[str, Any]:
    def read() -> dict[str, Any]:
        parts = items(cells.input)
        if len(parts) != 2:
            raise Unreadable(cells.input, "ghi hai số liệu: của đơn vị; của đơn vị tốt nhất.")
        return {"input": read_one(parts[0]), "best": read_one(parts[1])}

    less = fold(cells.points) == fold(_LESS)
    if nfc(cells.points) and not less:
        raise UnreadableRule(POINTS, Unreadable(cells.points, f"để trống, hoặc ghi “{_LESS}”."))
    return {**_at(INPUT, read), **({"less_is_better": True} if less else {})}


def _read_boolean(cells: Cells) -> dict[str, Any]:
    conditions = _at(INPUT, lambda: read_conditions(cells.input))
    return {**({"conditions": conditions} if conditions else {}), **_parameters(cells, _TRUTH)}


def _read_comparison(cells: Cells) -> dict[str, Any]:
    def read() -> dict[str, Any]:
        match = _COMPARED.fullmatch(nfc(cells.input))
        if match is None:
            raise Unreadable(cells.input, "ghi hai số liệu và dấu so sánh, ví dụ: Tỷ lệ năm nay > Tỷ lệ năm trước.")
        sign = {"≥": ">=", "≤": "<="}.get(match[2], match[2])
        return {"left": read_one(match[1]), "sign": sign, "right": read_one(match[3])}

    return {**_at(INPUT, read), **_parameters(cells, _TRUTH)}


def _options(text: str, key: str) -> list[dict[str, Any]]:
    found = []
    for part in items(text):
        match = _OPTION.fullmatch(part)
        if match is None:
            raise Unreadable(part, "mỗi mức viết dạng “2 = đạt đầy đủ” (điểm, dấu bằng, tên mức).")
        label = nfc(match["label"])
        named = {} if key == "score" else read_one(label, kinds=False)
        found.append({"label": named.get("label", label), key: number(match["score"]), **named})
    return found


def _read_choice(cells: Cells) -> dict[str, Any]:
    return {**_measure(cells), "options": _at(POINTS, lambda: _options(cells.points, "score"))}


def _read_survey(cells: Cells) -> dict[str, Any]:
    weighed = _at(POINTS, lambda: _options(cells.points, "weight"))
    if not weighed:
        return _measure(cells)
    if nfc(cells.input):
        raise UnreadableRule(INPUT, Unreadable(cells.input, "khi ghi trọng số từng phương án thì để trống ô này."))
    return {"options": weighed}


def _read_deduction(cells: Cells) -> dict[str, Any]:
    return {**_measure(cells), **_parameters(cells, _DEDUCTION)}


def _read_addition(cells: Cells) -> dict[str, Any]:
    return {**_measure(cells), **_parameters(cells, _ADDITION)}


def _read_penalty(cells: Cells) -> dict[str, Any]:
    found = _parameters(cells, _PENALTY, frozenset({"below", "words"}))
    cap = {key: found.pop(key) for key in _GRADES if key in found}
    if "lower_by" in cap:
        cap["lower_by"] = _at(POINTS, lambda: _whole(cap["lower_by"]))
    return {**_measure(cells), **found, **({"grade_cap": cap} if cap else {})}


def _read_late(cells: Cells) -> dict[str, Any]:
    found = _parameters(cells, _LATE, frozenset({"adds", "not_accepted_after", "waiver"}))
    if "first_days" in found:
        found["first_days"] = _at(POINTS, lambda: _whole(found["first_days"]))
    if "adds" in found:
        found["adds"] = _at(POINTS, lambda: _truth(found["adds"]))
    return {**_measure(cells), **found}


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise Unreadable(text, "phải là số nguyên.")
    return int(text)


def _truth(text: str) -> bool:
    if fold(text) not in (fold(YES), fold(NO)):
        raise Unreadable(text, f"ghi “{YES}” hoặc “{NO}”.")
    return fold(text) == fold(YES)


def _inner(text: str) -> dict[str, Any]:
    """Read a rule that stands inside another one: its cells, separated by a vertical bar."""
    parts = [nfc(part) for part in text.split("|")]
    if len(parts) > 4:
        raise Unreadable(text, "nhiều nhất bốn phần: dạng | số liệu | điểm | làm tròn.")
    inner = read_rule(Cells(*parts))
    if inner is None:
        raise Unreadable(text, "thiếu cách tính điểm.")
    return inner


def _read_branch(cells: Cells) -> dict[str, Any]:
    def read() -> dict[str, Any]:
        branches: dict[str, Any] = {}
        for line in (nfc(one) for one in cells.points.split("\n")):
            if not line:
                continue
            match = _BRANCH.fullmatch(line)
            if match is None:
                raise Unreadable(line, "mỗi dòng là một nhánh: “có → dạng | số liệu | điểm | làm tròn”.")
            name = {fold(YES): "true", fold(NO): "false"}.get(fold(match["name"]), nfc(match["name"]))
            if name in branches:
                raise Unreadable(line, "hai nhánh có cùng tên.")
            branches[name] = _inner(match["rule"])
        return {"branches": branches}

    selector = _at(INPUT, lambda: read_one(cells.input, kinds=False))
    return {**({"branch_on": selector} if selector else {}), **_at(POINTS, read)}


def _read_gate(cells: Cells) -> dict[str, Any]:
    conditions = _at(INPUT, lambda: read_conditions(cells.input))
    return {"conditions": conditions, "rule": _at(POINTS, lambda: _inner(cells.points))}


_READERS: dict[str, Callable[[Cells], dict[str, Any]]] = {
    "tiers": _read_tiers,
    "deadline": _read_deadline,
    "piecewise_ratio": lambda cells: {**_measure(cells), **_parameters(cells, _PIECES)},
    "plain_ratio": _read_plain,
    "best_peer": _read_best,
    "boolean": _read_boolean,
    "comparison": _read_comparison,
    "choice": _read_choice,
    "deduction": _read_deduction,
    "addition": _read_addition,
    "penalty": _read_penalty,
    "late_days": _read_late,
    "survey": _read_survey,
    "branch": _read_branch,
    "gate": _read_gate,
}


# --- to cells ------------------------------------------------------------------------------------------------


def show_rule(rule: Mapping[str, Any] | None) -> Cells:
    """Return the cells of a rule in its canonical JSON form; what they cannot say stands in them as JSON.

    >>> show_rule({"shape": "addition", "input": {"name": "count", "label": "Số mô hình"}, "per": "1.5", "cap": "3"})
    Cells(shape='cộng dần', input='Số mô hình [count]', points='mỗi lần: 1,5; tối đa: 3', round='')
    """
    if not rule:
        return Cells()
    kept = canonical(rule)
    try:
        cells = _shown(kept)
        if cells is not None and _meant(read_rule(cells)) == _meant(kept):
            return cells
    except (Unreadable, KeyError, TypeError, ValueError):
        pass
    return Cells(SHAPES.get(str(kept.get("shape")), ""), "", json.dumps(kept, ensure_ascii=False), "")


def _meant(rule: Any) -> Any:
    """Return a rule without the words that reading adds by itself."""
    if isinstance(rule, Mapping):
        plainly = {key: _meant(value) for key, value in rule.items()}
        if plainly.get("numerator") == "Tử số" and plainly.get("denominator") == "Mẫu số":
            del plainly["numerator"], plainly["denominator"]
        return plainly
    return [_meant(one) for one in rule] if isinstance(rule, list) else rule


def _shown(rule: Mapping[str, Any]) -> Cells | None:
    shape = str(rule["shape"])
    if shape not in _WRITERS:
        return None
    declared, points = _WRITERS[shape](rule)
    return Cells(SHAPES[shape], declared, points, _show_round(rule.get("round")))


def _show_round(round_: Mapping[str, Any] | None) -> str:
    if not round_:
        return ""
    return f"bước {shown(round_['step'])}" if "step" in round_ else str(round_["decimals"])


def _show_input(rule: Mapping[str, Any], key: str = "input") -> str:
    return show_one(rule[key]) if rule.get(key) else ""


def _show_conditions(conditions: list[dict[str, Any]]) -> str:
    return "; ".join(show_one(one) for one in conditions)


def _show_parameters(rule: Mapping[str, Any], known: Mapping[str, str]) -> str:
    parts = []
    for word, key in known.items():
        value = rule.get(key)
        if value is None:
            continue
        if isinstance(value, bool):
            parts.append(f"{word}: {YES if value else NO}")
        else:
            parts.append(f"{word}: {shown(value) if key in _NUMBERS else value}")
    return "; ".join(parts)


def _show_tiers(rule: Mapping[str, Any]) -> tuple[str, str]:
    parts = [show_ladder(rule["tiers"])]
    over = rule.get("override")
    if over:
        parts.append(f"nếu {show_range(over)} mà {show_one(over['condition'])}: {shown(over['score'])}")
    parts += [f"cần: {show_one(need)}" for need in rule.get("needs", ())]
    return _show_input(rule), "; ".join(parts)


def _show_comparison(rule: Mapping[str, Any]) -> tuple[str, str]:
    sign = {">=": "≥", "<=": "≤"}.get(rule["sign"], rule["sign"])
    return f"{show_one(rule['left'])} {sign} {show_one(rule['right'])}", _show_parameters(rule, _TRUTH)


def _show_choice(rule: Mapping[str, Any]) -> tuple[str, str]:
    return _show_input(rule), "; ".join(f"{shown(one['score'])} = {one['label']}" for one in rule["options"])


def _show_survey(rule: Mapping[str, Any]) -> tuple[str, str]:
    weighed = (f"{shown(one['weight'])} % = {show_one(one)}" for one in rule.get("options", ()))
    return _show_input(rule), "; ".join(weighed)


def _show_branch(rule: Mapping[str, Any]) -> tuple[str, str]:
    names = {"true": YES, "false": NO}
    lines = [f"{names.get(name, name)} → {_show_inner(inner)}" for name, inner in rule["branches"].items()]
    return _show_input(rule, "branch_on"), "\n".join(lines)


def _show_inner(rule: Mapping[str, Any]) -> str:
    cells = show_rule(rule)
    if cells.points.startswith("{") or "|" in f"{cells.input}{cells.points}" or "\n" in cells.points:
        raise Unreadable(cells.points, "quá nhiều tầng.")
    return " | ".join((cells.shape, cells.input, cells.points, cells.round)).rstrip(" |")


def _show_penalty(rule: Mapping[str, Any]) -> tuple[str, str]:
    return _show_input(rule), _show_parameters({**rule, **(rule.get("grade_cap") or {})}, _PENALTY)


_WRITERS: dict[str, Callable[[Mapping[str, Any]], tuple[str, str]]] = {
    "tiers": _show_tiers,
    "deadline": _show_tiers,
    "piecewise_ratio": lambda rule: (_show_input(rule), _show_parameters(rule, _PIECES)),
    "plain_ratio": lambda rule: (_show_input(rule), ""),
    "best_peer": lambda rule: (
        f"{_show_input(rule)}; {_show_input(rule, 'best')}",
        _LESS if rule.get("less_is_better") else "",
    ),
    "boolean": lambda rule: (_show_conditions(rule.get("conditions", [])), _show_parameters(rule, _TRUTH)),
    "comparison": _show_comparison,
    "choice": _show_choice,
    "deduction": lambda rule: (_show_input(rule), _show_parameters(rule, _DEDUCTION)),
    "addition": lambda rule: (_show_input(rule), _show_parameters(rule, _ADDITION)),
    "penalty": _show_penalty,
    "late_days": lambda rule: (_show_input(rule), _show_parameters(rule, _LATE)),
    "survey": _show_survey,
    "branch": _show_branch,
    "gate": lambda rule: (_show_conditions(rule["conditions"]), _show_inner(rule["rule"])),
}

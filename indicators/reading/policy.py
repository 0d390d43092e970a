"""What a framework says as a whole: total, caps, rounding, ties, groups, grades; its JSON form and its meaning."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from indicators.reading.columns import GRADES, GROUPS, POLICY, Column
from indicators.reading.inputs import Unreadable, items
from indicators.reading.ladders import number, plain
from indicators.reading.raw import Line, RawFramework, Reader
from indicators.scoring import Grade, Policy

_BY_KEY = {column.key: column for column in POLICY}
_NUMBERS = ("total_max", "total_min", "bonus_cap", "penalty_cap", "floor", "ceiling")
MOST_DECIMALS = 6


def read_policy(raw: RawFramework, reader: Reader) -> dict[str, Any]:
    """Return the JSON form of the policy; what is not said is left out."""
    policy: dict[str, Any] = {}
    for key in _NUMBERS:
        value = reader.number(raw.head, _BY_KEY[key], above_zero=key == "total_max")
        if value is not None:
            policy[key] = plain(value)
    decimals = reader.whole(raw.head, _BY_KEY["decimals"], most=MOST_DECIMALS)
    rescale, ties = reader.yes_no(raw.head, _BY_KEY["rescale"]), reader.choice(raw.head, _BY_KEY["ties"])
    comparable = reader.year(raw.head, _BY_KEY["comparable_from"])
    policy |= {"comparable_from": comparable} if comparable is not None else {}
    policy |= {"decimals": decimals} if decimals is not None else {}
    policy |= {"rescale": rescale} if rescale is not None else {}
    policy |= {"ties": ties} if ties else {}
    if codes := _list(raw.head, _BY_KEY["tie_break"], reader):
        policy["tie_break"] = codes
    groups = _groups(raw, reader)
    if groups:
        policy["groups"] = groups
    grades = [_grade(line, reader) for line in raw.grades]
    if grades:
        policy["grades"] = grades
    return policy


def _list(line: Line, column: Column, reader: Reader) -> list[str]:
    """Return the parts of a text; a JSON list is one already, a lone number is one part."""
    value = line.raw(column)
    if isinstance(value.value, list):
        return [str(part) for part in value.value]
    return items(reader.text(line, column))


def _numbers(line: Line, column: Column, reader: Reader) -> list[str]:
    found = []
    for part in _list(line, column, reader):
        try:
            found.append(plain(Decimal(part)) if _is_plain(line, column) else number(part))
        except (Unreadable, ArithmeticError):
            reader.fault(line.raw(column), f"“{part}” không phải là số.")
    return found


def _is_plain(line: Line, column: Column) -> bool:
    return line.raw(column).kind in ("json", "number")


def _groups(raw: RawFramework, reader: Reader) -> dict[str, Any]:
    """Return group names, edges and published sizes: ``{"names": […], "edges": […], "sizes": {"63": […]}}``."""
    groups: dict[str, Any] = {}
    edges = _numbers(raw.head, _BY_KEY["edges"], reader)
    if edges:
        values = [Decimal(edge) for edge in edges]
        if values != sorted(set(values), reverse=True):
            reader.fault(raw.head.raw(_BY_KEY["edges"]), "các ngưỡng phải giảm dần và không trùng nhau.")
        groups["edges"] = edges
    size_column, sizes_column = GROUPS
    sizes: dict[str, list[int]] = {}
    for line in raw.groups:
        field_size = reader.whole(line, size_column, least=1)
        if field_size is None:
            if line.raw(size_column).kind == "blank":
                if "names" in groups:
                    reader.fault(line.raw(sizes_column), "tên các nhóm được ghi hai lần.")
                groups["names"] = _list(line, sizes_column, reader)
            continue
        parts = _numbers(line, sizes_column, reader)
        if any(Decimal(part) != int(Decimal(part)) or Decimal(part) < 1 for part in parts):
            reader.fault(line.raw(sizes_column), "cỡ nhóm phải là các số nguyên dương.")
            continue
        if sum(int(Decimal(part)) for part in parts) != field_size:
            total = sum(int(Decimal(part)) for part in parts)
            reader.fault(line.raw(sizes_column), f"cỡ các nhóm cộng lại là {total}, khác {field_size} đơn vị.")
        elif str(field_size) in sizes:
            reader.fault(line.raw(size_column), "số đơn vị này được ghi hai lần.")
        sizes[str(field_size)] = [int(Decimal(part)) for part in parts]
    if sizes:
        groups["sizes"] = sizes
    if edges and sizes:
        reader.fault(raw.head.raw(_BY_KEY["edges"]), "chỉ dùng ngưỡng nhóm hoặc cỡ nhóm, không dùng cả hai.")
    names = groups.get("names", [])
    counts = {len(one) for one in sizes.values()} | ({len(edges) + 1} if edges else set())
    if names and counts - {len(names)}:
        line = next(line for line in raw.groups if line.raw(size_column).kind == "blank")
        reader.fault(line.raw(sizes_column), "số tên nhóm khác số nhóm.")
    return groups


def _grade(line: Line, reader: Reader) -> dict[str, Any]:
    code, name, at_least, below = GRADES
    grade: dict[str, Any] = {"name": reader.text(line, name)}
    if said := reader.text(line, code):
        grade = {"code": said, **grade}
    for column in (at_least, below):
        value = reader.number(line, column)
        if value is not None:
            grade[column.key] = plain(value)
    return grade


def policy_of(kept: Mapping[str, Any], total_max: Decimal | None = None) -> Policy:
    """Return what a kept policy means; without a total of its own, ``total_max`` (the sum of the domains) is it.

    >>> policy_of({"total_max": "85", "bonus_cap": "15"}).bonus_cap
    Decimal('15')
    """

    def amount(key: str) -> Decimal | None:
        return Decimal(kept[key]) if key in kept else None

    said: dict[str, Any] = {key: amount(key) for key in ("bonus_cap", "penalty_cap", "ceiling")}
    total = amount("total_max") or total_max
    said |= {"total_max": total} if total is not None else {}
    said |= {"floor": amount("floor")} if "floor" in kept else {}
    said |= {key: kept[key] for key in ("decimals", "rescale", "ties") if key in kept}
    return Policy(**said, grades=tuple(_grade_of(one) for one in kept.get("grades", ())))


def _grade_of(kept: Mapping[str, Any]) -> Grade:
    at_least, below = (Decimal(kept[key]) if key in kept else None for key in ("at_least", "below"))
    return Grade(kept.get("code") or kept["name"], kept["name"], at_least, below)

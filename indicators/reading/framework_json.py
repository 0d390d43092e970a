"""A framework as JSON: in the portal's own form, or as trees of domains that provinces' tools keep.

The portal's form is a flat list of components with the code of each one's parent (what an export gives). A tree has
``domains`` with ``children``, maxima that may be the sum of children, deductions, and grades under the total; what
else such a file says at its top are remarks.
"""

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from agencies.text import fold
from indicators.reading.columns import COMPONENTS, CROSSWALK, GRADES, GROUPS, HEAD, INDEX, POLICY, Column
from indicators.reading.faults import Faults, Place
from indicators.reading.raw import Line, Raw, RawFramework

FORMAT = "parportal-framework-1"
MOST_BYTES = 8 * 1024 * 1024
MOST_COMPONENTS = 5_000
_YEARS = re.compile(r"\b(20\d\d)\s*[-–]\s*(20\d\d)\b")
_METHODS = {"self_assessed": "self", "self-assessed": "self"}


class _Twice(ValueError):
    """A key that stands twice in one object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(next(name for name in names if names.count(name) > 1))
    return found


def _refuse(text: str) -> Any:
    raise ValueError(text)


def read_json(content: bytes, faults: Faults) -> RawFramework | None:
    """Read a JSON file; None when there is nothing to judge."""
    if len(content) > MOST_BYTES:
        faults.add(Place(), None, f"Tệp JSON lớn hơn {MOST_BYTES // 1048576} MB.")
        return None
    try:
        whole = json.loads(
            content.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_once
        )
    except _Twice as twice:
        faults.add(Place(), str(twice), "một mục có hai lần trong cùng một nhóm của tệp JSON.")
        return None
    except (ValueError, RecursionError) as error:
        place = f"dòng {error.lineno}, cột {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        faults.add(Place(), place, "Không đọc được tệp như JSON (UTF-8).")
        return None
    if not isinstance(whole, dict):
        faults.add(Place(), None, "Tệp JSON phải là một bộ tiêu chí, không phải danh sách.")
        return None
    if "domains" in whole:
        return _tree(whole, faults)
    if whole.get("format") != FORMAT:
        faults.add(
            Place("", None, "format"),
            whole.get("format"),
            f"tệp không phải bộ tiêu chí (mục format phải là “{FORMAT}”).",
        )
        return None
    return _flat(whole, faults)


def _cells(entry: Mapping[str, Any], columns: "tuple[Column, ...]", place: Place) -> dict[str, Raw]:
    return {
        column.key: Raw(entry[column.key], "json", Place(place.sheet, place.row, column.key, place.cell))
        for column in columns
        if entry.get(column.key) is not None
    }


def _strangers(entry: Mapping[str, Any], known: set[str], place: Place, faults: Faults) -> None:
    for key in entry:
        if key not in known:
            faults.add(Place(place.sheet, place.row, key, place.cell), entry[key], "không có mục này.")


def _flat(whole: Mapping[str, Any], faults: Faults) -> RawFramework:
    """Read the portal's own form."""
    parts = {"format", "framework", "policy", "components", "grades", "groups", "crosswalk"}
    _strangers(whole, parts, Place(), faults)
    cells: dict[str, Raw] = {}
    for name, columns in (("framework", (*HEAD, *INDEX)), ("policy", POLICY)):
        entry = whole.get(name, {})
        if not isinstance(entry, dict):
            faults.add(Place(name), entry, "phải là một nhóm các mục.")
            continue
        _strangers(entry, {column.key for column in columns}, Place(name), faults)
        cells |= _cells(entry, columns, Place(name))
    raw = RawFramework(Line(Place("framework"), cells))
    for name, columns, into in (
        ("components", COMPONENTS, raw.components),
        ("grades", GRADES, raw.grades),
        ("groups", GROUPS, raw.groups),
        ("crosswalk", CROSSWALK, raw.crosswalk),
    ):
        known = {column.key for column in columns} | ({"rule"} if name == "components" else set())
        for row, entry in enumerate(_entries(whole, name, faults), 1):
            place = Place(name, row, "", f"{name}[{row - 1}]")
            if not isinstance(entry, dict):
                faults.add(place, entry, "phải là một nhóm các mục.")
                continue
            _strangers(entry, known, place, faults)
            found = _cells(entry, columns, place)
            if name == "components" and entry.get("rule") is not None:
                found["rule"] = Raw(entry["rule"], "json", Place(name, row, "rule", place.cell))
            into.append(Line(place, found))
    return raw


def _entries(whole: Mapping[str, Any], name: str, faults: Faults) -> list[Any]:
    entries = whole.get(name) or []
    if not isinstance(entries, list):
        faults.add(Place(name), entries, "phải là một danh sách.")
        return []
    if len(entries) > MOST_COMPONENTS:
        faults.add(Place(name), len(entries), f"có quá {MOST_COMPONENTS} dòng.")
    return entries[:MOST_COMPONENTS]


# --- trees ---------------------------------------------------------------------------------------------------


def _tree(whole: Mapping[str, Any], faults: Faults) -> RawFramework:
    """Read a tree of domains."""
    stated = whole.get("total")
    total: dict[str, Any] = stated if isinstance(stated, dict) else {}
    title = str(whole.get("title") or "")
    code = str(whole.get("id") or "")
    spoken = _YEARS.search(title)
    said: dict[str, Any] = {
        "code": code,
        # Such files name no index: the framework then measures one of its own.
        "index": code[:20].strip("-").upper(),
        "version": code[:100],
        "level": whole.get("level"),
        "year_from": whole.get("applies_from_year") or (spoken and int(spoken[1])),
        "year_to": spoken and int(spoken[2]),
        "source": str(whole.get("source") or "")[:500],
        "note": _note(whole, total),
        "index_name": title[:200],
        "index_short_name": title[:50],
        "index_unit": "điểm",
        "index_scale_min": 0,
        "total_max": total.get("base"),
        "bonus_cap": total.get("bonus_cap"),
        "penalty_cap": total.get("penalty_cap"),
        "ceiling": _ceiling(total),
    }
    said["index_scale_max"] = said["ceiling"] or _sum(total.get("base"), total.get("bonus_cap"))
    place = Place("framework")
    raw = RawFramework(Line(place, _cells(said, (*HEAD, *INDEX, *POLICY), place)))
    for row, entry in enumerate(_entries(whole, "grades", faults), 1):
        grade = entry if isinstance(entry, dict) else {}
        names = {"code": grade.get("code"), "name": grade.get("name")}
        place = Place("grades", row, "", f"grades[{row - 1}]")
        _strangers(grade, {"code", "name", "ge", "lt"}, place, faults)
        raw.grades.append(
            Line(place, _cells({**names, "at_least": grade.get("ge"), "below": grade.get("lt")}, GRADES, place))
        )
    raw.components += _components(whole, faults)
    return raw


def _sum(*parts: Any) -> Any:
    known = [part for part in parts if isinstance(part, int | Decimal)]
    return sum(known) if known else None


def _ceiling(total: Mapping[str, Any]) -> Any:
    """Return what a formula like ``clamp(base + bonus - penalty, 0, 110)`` keeps the total under."""
    clamped = re.search(r"clamp\(.*,\s*0\s*,\s*(\d+)\)", str(total.get("formula") or ""))
    return int(clamped[1]) if clamped else None


def _note(whole: Mapping[str, Any], total: Mapping[str, Any]) -> str:
    texts = [whole.get("IMPORTANT"), whole.get("verbatim"), total.get("note"), total.get("formula")]
    texts += [whole.get("grades_source"), whole.get("tie_break")]
    return "\n".join(str(text) for text in texts if text)


def _components(whole: Mapping[str, Any], faults: Faults) -> Iterator[Line]:
    """Return the components of a tree, parents before children."""
    waiting = [
        (entry, "", "base", f"domains[{number}]") for number, entry in enumerate(_entries(whole, "domains", faults))
    ][::-1]
    row = 0
    while waiting:
        entry, parent, kind, path = waiting.pop()
        row += 1
        place = Place("domains", row, "", path)
        if not isinstance(entry, dict):
            faults.add(place, entry, "phải là một nhóm các mục.")
            continue
        if row > MOST_COMPONENTS:
            faults.add(place, None, f"có quá {MOST_COMPONENTS} thành phần.")
            return
        kind = str(entry.get("kind") or kind)
        children = entry.get("children") or []
        if not isinstance(children, list):
            faults.add(place, children, "children phải là một danh sách.")
            children = []
        yield _component(entry, parent, kind, bool(children), place, faults)
        code = str(entry.get("code") or "")
        waiting += [(child, code, kind, f"{path}.children[{number}]") for number, child in enumerate(children)][::-1]


def _component(
    entry: Mapping[str, Any], parent: str, kind: str, has_children: bool, place: Place, faults: Faults
) -> Line:
    known = {"code", "name", "name_missing", "max_score", "kind", "method", "rule", "evidence", "not_applicable"}
    known |= {"derived", "children", "note", "max_deduction", "penalty_cap", "is_gate", "source"}
    _strangers(entry, known, place, faults)
    code = entry.get("code")
    most = entry.get("max_score")
    if kind == "penalty":
        # A group of deductions states no maximum of its own (0), a deduction states the most it takes away.
        most = entry.get("max_deduction") or entry.get("penalty_cap") or most or None
    applies = entry.get("not_applicable")
    rule = entry["rule"] if isinstance(entry.get("rule"), dict) else {}
    said = {
        "code": code,
        "parent": parent or None,
        "name": entry.get("name") or (f"Nhóm tiêu chí {code}" if has_children and entry.get("name_missing") else None),
        "kind": kind,
        "max_score": most,
        "method": _METHODS.get(fold(str(entry.get("method") or "")), entry.get("method")),
        "is_gate": entry.get("is_gate"),
        "not_applicable": applies.get("effect") if isinstance(applies, dict) else applies,
        "evidence": entry.get("evidence"),
        "source": entry.get("source"),
        "note": "; ".join(str(text) for text in (entry.get("note"), rule.get("note")) if text),
    }
    cells = _cells(said, COMPONENTS, place)
    if entry.get("rule") is not None:
        cells["rule"] = Raw(entry["rule"], "json", Place(place.sheet, place.row, "rule", place.cell))
    return Line(place, cells)

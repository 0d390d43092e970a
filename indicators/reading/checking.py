"""Judging what a file says: every value by its column, then the tree as a whole, then the crosswalk."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from agencies.text import fold, format_decimal
from indicators.reading.columns import COMPONENTS, CROSSWALK, HEAD, INDEX, POLICY
from indicators.reading.draft import ComponentDraft, Draft, IndexDraft, LinkDraft
from indicators.reading.faults import Faults, Place
from indicators.reading.notation import INPUT, POINTS, ROUND, SHAPE, Cells, UnreadableRule, canonical, read_rule
from indicators.reading.policy import policy_of, read_policy
from indicators.reading.raw import Line, Raw, RawFramework, Reader
from indicators.scoring import Node, Rule, RuleFault, RuleRefused, parse_rule, tree_faults

CODE = re.compile(r"[a-z0-9][a-z0-9-]*")
# Codes of components stand in addresses.
COMPONENT_CODE = re.compile(r"[^\W_][\w.\-]*")
# Maxima like 10/3 are kept to four decimals; their sum may miss the parent's by as much.
HALF_A_LAST_PLACE = Decimal("0.00005")
_COLUMNS = {column.key: column for column in COMPONENTS}
_HEADS = {column.key: column for column in (*HEAD, *INDEX, *POLICY)}
_RULE_COLUMNS = {SHAPE: "shape", INPUT: "input", POINTS: "points", ROUND: "round"}
_PATH = re.compile(r"^(tiers|options|conditions|needs)\[(\d+)\]")
_PARTS = {"tiers": "mức thứ", "options": "phương án thứ", "conditions": "yêu cầu thứ", "needs": "yêu cầu thứ"}


@dataclass(frozen=True)
class Component:
    """A component with its line in the file."""

    draft: ComponentDraft
    line: Line
    rule: Rule | None

    def raw(self, key: str) -> Raw:
        """Return the value in one of its columns."""
        return self.line.raw(_COLUMNS[key])


def check(raw: RawFramework, faults: Faults) -> Draft:
    """Return what the file says; what is wrong with it is in ``faults`` (then the draft is worth nothing)."""
    reader = Reader(faults)
    components = [_component(line, reader) for line in raw.components]
    if not components:
        faults.add(Place("components"), None, "bộ tiêu chí chưa có thành phần nào.")
    components = _inherited(components, reader)
    policy = read_policy(raw, reader)
    sound = _codes_and_parents(components, reader)
    if sound:
        components = _derived(components)
        _sums(components, reader)
        _total(components, policy, raw, reader)
        _as_the_engine_sees_it(components, policy, raw, reader)
    codes = {one.draft.code for one in components}
    for code in policy.get("tie_break", ()):
        if code not in codes:
            reader.fault(raw.head.raw(_HEADS["tie_break"]), f"không có thành phần mang mã “{code}”.")
    return _draft(raw, policy, components, reader)


def _draft(raw: RawFramework, policy: Mapping[str, Any], components: Sequence[Component], reader: Reader) -> Draft:
    head = raw.head
    texts = {
        key: reader.text(head, _HEADS[key])
        for key in ("code", "version", "legal_document", "source", "note", "previous")
    }
    if texts["code"] and not CODE.fullmatch(texts["code"]):
        reader.fault(head.raw(_HEADS["code"]), "mã chỉ gồm chữ thường không dấu, số và gạch nối, ví dụ cchc-so-2026.")
    level = reader.choice(head, _HEADS["level"])
    year_from, year_to = reader.year(head, _HEADS["year_from"]), reader.year(head, _HEADS["year_to"])
    if year_from is not None and year_to is not None and year_to < year_from:
        reader.fault(head.raw(_HEADS["year_to"]), f"không được trước năm đầu ({year_from}).")
    crosswalk = tuple(_link(line, reader) for line in raw.crosswalk)
    if crosswalk and not texts["previous"]:
        reader.fault(head.raw(_HEADS["previous"]), "có bảng đối chiếu nên phải ghi mã của bộ tiêu chí trước.")
    return Draft(
        **texts,
        index=_index(head, reader),
        level=level,
        year_from=year_from or 0,
        year_to=year_to,
        is_sample=bool(reader.yes_no(head, _HEADS["is_sample"])),
        policy=policy,
        components=tuple(one.draft for one in components),
        crosswalk=crosswalk,
    )


def _index(head: Line, reader: Reader) -> IndexDraft:
    scale = {key: reader.number(head, _HEADS[f"index_{key}"], least=None) for key in ("scale_min", "scale_max")}
    if None not in scale.values() and scale["scale_max"] <= scale["scale_min"]:  # type: ignore[operator]
        reader.fault(head.raw(_HEADS["index_scale_max"]), "phải lớn hơn điểm thấp nhất của chỉ số.")
    return IndexDraft(
        code=reader.text(head, _HEADS["index"]),
        name=reader.text(head, _HEADS["index_name"]),
        short_name=reader.text(head, _HEADS["index_short_name"]),
        unit=reader.text(head, _HEADS["index_unit"]),
        publishes=reader.choice(head, _HEADS["index_publishes"]),
        **scale,
    )


# --- one component -------------------------------------------------------------------------------------------


def _component(line: Line, reader: Reader) -> Component:
    texts = {key: reader.text(line, _COLUMNS[key]) for key in ("code", "parent", "name", "evidence", "source", "note")}
    choices = {key: reader.choice(line, _COLUMNS[key]) for key in ("kind", "method", "not_applicable", "standing")}
    max_score = reader.number(line, _COLUMNS["max_score"], above_zero=True)
    rule = _rule(line, max_score, reader)
    draft = ComponentDraft(
        **texts,
        **{**choices, "standing": choices["standing"] or "unconfirmed"},
        max_score=max_score,
        rule=canonical(rule.to_dict()) if rule is not None else None,
        is_gate=bool(reader.yes_no(line, _COLUMNS["is_gate"])),
    )
    return Component(draft, line, rule)


def _rule(line: Line, max_score: Decimal | None, reader: Reader) -> Rule | None:
    """Return the rule of a component; what is wrong with it is said at the cell it comes from."""
    written = line.cells.get("rule")
    if written is None:
        data = _written_rule(line, reader)
    elif isinstance(written.value, dict):
        data = written.value
    else:
        reader.fault(written, "cách tính điểm phải là một nhóm các mục.")
        data = None
    if data is None:
        return None
    try:
        return parse_rule(data, max_score=max_score)
    except RuleRefused as refused:
        for fault in refused.faults:
            _blame(line, written, fault, reader)
        return None


def _written_rule(line: Line, reader: Reader) -> dict[str, Any] | None:
    """Return the rule that the cells of a line describe."""
    before = len(reader.faults.found)
    cells = Cells(*(reader.text(line, _COLUMNS[key]) for key in (SHAPE, INPUT, POINTS, ROUND)))
    if len(reader.faults.found) > before:
        return None
    try:
        return read_rule(cells)
    except UnreadableRule as error:
        raw = line.raw(_COLUMNS[_RULE_COLUMNS[error.column]])
        reader.faults.add(raw.place, error.value or raw.value, error.message)
        return None


def _blame(line: Line, written: Raw | None, fault: RuleFault, reader: Reader) -> None:
    part = _PATH.match(fault.path)
    where = f"{_PARTS[part[1]]} {int(part[2]) + 1}: " if part else ""
    if written is not None:
        place = written.place
        column = f"{place.column}.{fault.path}" if fault.path else place.column
        reader.faults.add(Place(place.sheet, place.row, column, place.cell), fault.value, f"{where}{fault.message}")
        return
    start = re.split(r"[.\[]", fault.path)[0]
    key = {"shape": "shape", "type": "shape", "round": "round"}.get(start, "points")
    if start in ("input", "conditions", "branch_on", "left", "right", "best", "sign"):
        key = "input"
    raw = line.raw(_COLUMNS[key])
    reader.faults.add(raw.place, fault.value or raw.value, f"{where}{fault.message}")


# --- the tree ------------------------------------------------------------------------------------------------


def _by_parent(components: Iterable[Component]) -> dict[str, list[Component]]:
    found: dict[str, list[Component]] = defaultdict(list)
    for one in components:
        found[one.draft.parent].append(one)
    return found


def _inherited(components: list[Component], reader: Reader) -> list[Component]:
    """Give components without a kind that of the one above; a kind that differs from it is a fault."""
    by_code: dict[str, Component] = {}
    for one in components:
        by_code.setdefault(one.draft.code, one)

    def kind_of(one: Component, seen: frozenset[str]) -> str:
        above = by_code.get(one.draft.parent)
        if one.draft.kind or above is None or one.draft.parent in seen:
            return one.draft.kind or "base"
        return kind_of(above, seen | {one.draft.code})

    result = []
    for one in components:
        above = by_code.get(one.draft.parent)
        kind = kind_of(one, frozenset())
        if above is not None and kind != kind_of(above, frozenset()):
            label = _COLUMNS["kind"].label_of(kind_of(above, frozenset()))
            reader.fault(one.raw("kind"), f"khác loại điểm của thành phần cha {above.draft.code} ({label}).")
        result.append(_with(one, kind=kind))
    return result


def _with(one: Component, **values: Any) -> Component:
    return Component(ComponentDraft(**{**vars(one.draft), **values}), one.line, one.rule)


def _codes_and_parents(components: Sequence[Component], reader: Reader) -> bool:
    """Check that codes are unique, parents exist and nothing is its own ancestor; tell whether it is a tree."""
    before = len(reader.faults.found)
    first: dict[str, Component] = {}
    for one in components:
        code = one.draft.code
        if not code:
            continue
        if not COMPONENT_CODE.fullmatch(code):
            reader.fault(one.raw("code"), "mã chỉ gồm chữ, số, dấu chấm và gạch nối, ví dụ II.1.a.")
        if code in first:
            row = first[code].line.place.row
            hint = (
                " (bảng tính đổi 1.10 thành 1.1 khi cột không phải Văn bản)" if one.raw("code").kind == "number" else ""
            )
            reader.fault(one.raw("code"), f"mã này đã có ở dòng {row}{hint}.")
        first.setdefault(code, one)
    for one in components:
        if one.draft.parent and one.draft.parent not in first:
            reader.fault(one.raw("parent"), "không có thành phần mang mã này.")
    told: set[str] = set()
    for one in components:
        path: list[str] = []
        at: Component | None = one
        while at is not None and at.draft.code not in path:
            path.append(at.draft.code)
            at = first.get(at.draft.parent) if at.draft.parent else None
        if at is not None and at.draft.code == one.draft.code and one.draft.code not in told:
            told |= set(path)
            reader.fault(one.raw("parent"), f"các mã cha tạo thành vòng: {' → '.join([*path, one.draft.code])}.")
    return len(reader.faults.found) == before and all(one.draft.code for one in components)


def _derived(components: list[Component]) -> list[Component]:
    """Give parents what follows from their parts: the maximum that is left blank, and how they are measured."""
    children = _by_parent(components)
    made: dict[str, Component] = {}

    def whole(one: Component) -> Component:
        code = one.draft.code
        if code not in made:
            parts = [whole(child).draft for child in children.get(code, ())]
            values: dict[str, Any] = {}
            if parts and one.raw("max_score").kind == "blank" and one.draft.kind != "penalty":
                known = [part.max_score for part in parts if part.max_score is not None]
                values["max_score"] = sum(known, Decimal(0)) if len(known) == len(parts) else None
            if parts and not one.draft.method:
                methods = {part.method for part in parts}
                values["method"] = methods.pop() if len(methods) == 1 else "mixed"
            made[code] = _with(one, **values) if values else one
        return made[code]

    return [whole(one) for one in components]


def _sums(components: Sequence[Component], reader: Reader) -> None:
    """Check that parts add up to the whole, and that what is scored says how."""
    children = _by_parent(components)
    for one in components:
        draft = one.draft
        parts = children.get(draft.code, [])
        if not parts:
            if not draft.method and one.raw("method").kind == "blank":
                reader.fault(one.raw("method"), "thiếu cách đo.")
            continue
        if _rule_is_written(one):
            key = "shape" if "rule" not in one.line.cells else "rule"
            raw = one.line.cells.get("rule") or one.raw(key)
            reader.fault(raw, "có thành phần con thì điểm là tổng của các con, không có cách tính riêng.")
        if draft.max_score is None:
            continue
        known = [part.draft.max_score for part in parts if part.draft.max_score is not None]
        added = sum(known, Decimal(0))
        complete = len(known) == len(parts)
        slack = HALF_A_LAST_PLACE * len(parts)
        shown = " + ".join(f"{part.draft.code}: {format_decimal(part.draft.max_score) or 'chưa có'}" for part in parts)
        told = f"tổng điểm tối đa của các thành phần con là {format_decimal(added)} ({shown})"
        if draft.kind == "base" and complete and abs(added - draft.max_score) > slack:
            reader.fault(one.raw("max_score"), f"{told}, khác {format_decimal(draft.max_score)}.")
        elif draft.kind == "base" and not complete and added > draft.max_score:
            reader.fault(one.raw("max_score"), f"{told}, lớn hơn {format_decimal(draft.max_score)}.")
        elif draft.kind != "base" and complete and added + slack < draft.max_score:
            reader.fault(one.raw("max_score"), f"{told}, nhỏ hơn trần {format_decimal(draft.max_score)}.")


def _rule_is_written(one: Component) -> bool:
    return "rule" in one.line.cells or any(key in one.line.cells for key in _RULE_COLUMNS.values())


def _total(components: Sequence[Component], policy: Mapping[str, Any], raw: RawFramework, reader: Reader) -> None:
    """Check that the domains add up to the total."""
    if "total_max" not in policy:
        return
    domains = [one.draft for one in components if not one.draft.parent and one.draft.kind == "base"]
    known = [one.max_score for one in domains if one.max_score is not None]
    added, total = sum(known, Decimal(0)), Decimal(policy["total_max"])
    slack = HALF_A_LAST_PLACE * len(domains)
    complete = len(known) == len(domains)
    if (complete and abs(added - total) > slack) or added > total + slack:
        shown = " + ".join(f"{one.code}: {format_decimal(one.max_score) or 'chưa có'}" for one in domains)
        reader.fault(
            raw.head.raw(_HEADS["total_max"]),
            f"tổng điểm tối đa của các lĩnh vực là {format_decimal(added)} ({shown}), khác {format_decimal(total)}.",
        )


def nodes_of(components: Sequence[tuple[ComponentDraft, Rule | None]], parent: str = "") -> tuple[Node, ...]:
    """Return components as the tree that the scoring engine takes."""
    children: dict[str, list[tuple[ComponentDraft, Rule | None]]] = defaultdict(list)
    for draft, rule in components:
        children[draft.parent].append((draft, rule))

    def below(code: str) -> tuple[Node, ...]:
        return tuple(
            Node(
                code=draft.code,
                name=draft.name,
                kind=draft.kind,  # type: ignore[arg-type]
                max_score=draft.max_score,
                rule=rule,
                not_applicable=draft.not_applicable,  # type: ignore[arg-type]
                children=below(draft.code),
                gate=draft.is_gate,
            )
            for draft, rule in children.get(code, ())
        )

    return below(parent)


def _as_the_engine_sees_it(
    components: Sequence[Component], policy: Mapping[str, Any], raw: RawFramework, reader: Reader
) -> None:
    """Say what the scoring engine would refuse, at the place it comes from.

    A maximum that no source gives yet is none of it: such a framework is kept, and cannot be scored before it is known.
    """
    by_code = {one.draft.code: one for one in components}
    nodes = nodes_of([(one.draft, one.rule) for one in components])
    told = {one.line.place.row for one in components if one.rule is None and _rule_is_written(one)}
    for fault in tree_faults(nodes, policy_of(policy, Decimal(100))):
        one = by_code.get(fault.path)
        if one is None:
            _blame_policy(fault, raw, reader)
            continue
        unknown = one.draft.max_score is None and not fault.value
        parted = one.draft.code in {other.draft.parent for other in components}
        if unknown or one.line.place.row in told or (parted and one.rule is not None):
            continue
        key = "is_gate" if fault.value == "gate" else "points"
        raw_cell = one.line.cells.get("rule", one.raw(key)) if key == "points" else one.raw(key)
        reader.faults.add(raw_cell.place, fault.value or raw_cell.value, fault.message)


def _blame_policy(fault: RuleFault, raw: RawFramework, reader: Reader) -> None:
    if fault.path == "grades":
        line = next((one for one in raw.grades if str(one.raw("name").value) == fault.value), None)
        place = line.raw("name").place if line is not None else Place("grades")
        reader.faults.add(place, fault.value, fault.message)


# --- the crosswalk -------------------------------------------------------------------------------------------


def _link(line: Line, reader: Reader) -> LinkDraft:
    old, new, relation, note = CROSSWALK
    return LinkDraft(
        reader.text(line, old), reader.text(line, new), reader.choice(line, relation), reader.text(line, note)
    )


def check_crosswalk(draft: Draft, previous: Sequence[ComponentDraft], lines: Sequence[Line], faults: Faults) -> None:
    """Check that a crosswalk tells of every component of both versions, once, and says what is so.

    ``lines`` are where its lines stand in the file, for the faults.
    """
    was = {one.code: one for one in previous}
    now = {one.code: one for one in draft.components}
    from_old: dict[str, list[LinkDraft]] = defaultdict(list)
    to_new: dict[str, list[LinkDraft]] = defaultdict(list)
    for link in draft.crosswalk:
        from_old[link.old].append(link)
        to_new[link.new].append(link)
    seen: set[tuple[str, str]] = set()
    for number, link in enumerate(draft.crosswalk):
        line = lines[number] if number < len(lines) else Line(Place("crosswalk", number + 1), {})
        for message, column in _link_faults(link, was, now, from_old, to_new):
            raw = line.raw(column)
            faults.add(raw.place, raw.value, message)
        if (link.old, link.new) in seen:
            faults.add(line.place, f"{link.old} → {link.new}", "dòng này được ghi hai lần.")
        seen.add((link.old, link.new))
    place = Place(lines[0].place.sheet if lines else "crosswalk")
    for code, known, told in ((code, was, from_old) for code in was):
        if code not in told:
            faults.add(
                place, code, f"thiếu dòng cho thành phần cũ {code} {known[code].name} (nếu đã bỏ: quan hệ “bỏ”)."
            )
    for code in now:
        if code not in to_new:
            faults.add(place, code, f"thiếu dòng cho thành phần {code} {now[code].name} (nếu mới có: quan hệ “mới”).")


def _link_faults(
    link: LinkDraft,
    was: Mapping[str, ComponentDraft],
    now: Mapping[str, ComponentDraft],
    from_old: Mapping[str, list[LinkDraft]],
    to_new: Mapping[str, list[LinkDraft]],
) -> list[tuple[str, str]]:
    found = []
    if link.relation != "new" and link.old not in was:
        found.append(("bộ tiêu chí trước không có thành phần mang mã này.", "old"))
    if link.relation != "dropped" and link.new not in now:
        found.append(("bộ tiêu chí này không có thành phần mang mã này.", "new"))
    if link.relation == "new" and link.old:
        found.append(("thành phần mới thì không có mã cũ.", "old"))
    if link.relation == "dropped" and link.new:
        found.append(("thành phần đã bỏ thì không có mã mới.", "new"))
    if found or not link.relation or link.relation in ("new", "dropped"):
        return found
    old, new = was[link.old], now[link.new]
    alone = len(from_old[link.old]) == 1 and len(to_new[link.new]) == 1
    same_name, same_max = fold(old.name) == fold(new.name), old.max_score == new.max_score
    if link.relation == "split" and len(from_old[link.old]) < 2:
        found.append(("tách thì phải có từ hai dòng cùng mã cũ.", "relation"))
    if link.relation == "merged" and len(to_new[link.new]) < 2:
        found.append(("gộp thì phải có từ hai dòng cùng mã mới.", "relation"))
    if link.relation in ("same", "renamed", "reweighted") and not alone:
        found.append(("một thành phần có nhiều dòng thì quan hệ là “tách” hoặc “gộp”.", "relation"))
    if link.relation in ("same", "renamed") and not same_max:
        most = f"{format_decimal(old.max_score) or 'chưa có'} thành {format_decimal(new.max_score) or 'chưa có'}"
        found.append((f"điểm tối đa đổi từ {most}: quan hệ là “đổi điểm tối đa”.", "relation"))
    if link.relation == "same" and not same_name:
        found.append(("tên đã đổi: quan hệ là “đổi tên”.", "relation"))
    if link.relation == "reweighted" and same_max:
        found.append(("điểm tối đa không đổi.", "relation"))
    return found

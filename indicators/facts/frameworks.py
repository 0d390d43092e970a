"""Frameworks as they are stored: for scoring, for export, and for people.

Definitions:

* A framework is *used* when a score sheet is opened on it, or a published figure of one of its components is stored;
  from then on the database keeps it as it is.
* The *total* is what its policy says; where it says none, the sum of the maxima of its domains of base points.
* A *leaf* is a component without components of its own: only leaves are scored, the others are sums.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, QuerySet
from django.urls import reverse
from django.utils.text import capfirst

from agencies.models import User
from agencies.permissions import Permission
from agencies.text import format_decimal
from indicators.models import Component, ComponentLink, Framework, Result, ScoreSheet
from indicators.reading.checking import nodes_of
from indicators.reading.columns import POLICY
from indicators.reading.crosswalk import propose
from indicators.reading.draft import ComponentDraft, Draft, IndexDraft, LinkDraft
from indicators.reading.policy import policy_of
from indicators.scoring import Node, Policy, Rule, Scored, parse_rule

_COLUMNS = (
    "code", "name", "kind", "max_score", "method", "rule", "is_gate", "not_applicable", "evidence", "standing",
    "source", "note",
)  # fmt: skip


def _plain(value: Decimal | None) -> Decimal | None:
    """Return a stored decimal as people wrote it: without the zeros that the column adds."""
    return None if value is None else Decimal(f"{value.normalize():f}")


def component_drafts(framework: Framework) -> tuple[ComponentDraft, ...]:
    """Return the components in their order, in one query."""
    rows = Component.objects.filter(framework=framework).order_by("order", "pk").values(*_COLUMNS, "parent__code")
    return tuple(
        ComponentDraft(
            parent=row["parent__code"] or "",
            max_score=_plain(row["max_score"]),
            **{key: row[key] for key in _COLUMNS if key != "max_score"},
        )
        for row in rows
    )


def link_drafts(framework: Framework) -> tuple[LinkDraft, ...]:
    """Return the lines of its crosswalk, in one query."""
    rows = ComponentLink.objects.filter(framework=framework).values("old__code", "new__code", "relation", "note", "pk")
    kept = [LinkDraft(row["old__code"] or "", row["new__code"] or "", row["relation"], row["note"]) for row in rows]
    order = {one.code: place for place, one in enumerate(component_drafts(framework))}
    return tuple(sorted(kept, key=lambda link: (order.get(link.new, len(order)), link.old)))


def draft_of(framework: Framework) -> Draft:
    """Return a stored framework as a file would say it (the index selected with it)."""
    index = framework.index
    crosswalk = link_drafts(framework)
    previous = framework.copied_from
    return Draft(
        code=framework.code,
        index=IndexDraft(
            index.code,
            index.name,
            index.short_name,
            index.unit,
            _plain(index.scale_min),
            _plain(index.scale_max),
            index.publishes,
        ),
        version=framework.version,
        level=framework.level,
        year_from=framework.year_from,
        year_to=framework.year_to,
        legal_document=framework.legal_document,
        source=framework.source,
        is_sample=framework.is_sample,
        note=framework.note,
        previous=previous.code if previous is not None else "",
        policy=framework.policy,
        components=component_drafts(framework),
        crosswalk=crosswalk,
    )


# --- for scoring ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scoring:
    """What the scoring engine takes: the tree of components, and the policy."""

    nodes: tuple[Node, ...]
    policy: Policy


def rule_of(component: ComponentDraft) -> Rule | None:
    """Return the rule of a component; None when a person gives the score."""
    return parse_rule(component.rule, max_score=component.max_score) if component.rule else None


def unknown_maxima(components: Sequence[ComponentDraft]) -> int:
    """Return how many scored components have no maximum yet; what is only taken off, and a gate, need none."""
    parents = {one.parent for one in components}
    return sum(
        one.max_score is None and one.code not in parents and one.kind != Component.Kind.PENALTY and not one.is_gate
        for one in components
    )


def can_be_tried(component: ComponentDraft, rule: Rule | None) -> bool:
    """Tell whether inputs can be scored: there is a rule, and the maximum that it is a share of is known."""
    if rule is None:
        return False
    return rule.takes_off or rule.best(component.max_score) is not None


def base_total(components: Sequence[ComponentDraft]) -> Decimal | None:
    """Return the sum of the domains of base points; None when none is known."""
    known = [
        one.max_score
        for one in components
        if not one.parent and one.kind == Component.Kind.BASE and one.max_score is not None
    ]
    return sum(known, Decimal(0)) if known else None


def scoring_of(framework: Framework) -> Scoring:
    """Return a framework as the scoring engine takes it, in one query."""
    components = component_drafts(framework)
    nodes = nodes_of([(one, rule_of(one)) for one in components])
    return Scoring(nodes, policy_of(framework.policy, base_total(components)))


# --- for people ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FrameworkRow:
    """One line of the list of frameworks."""

    url: str
    code: str
    index: str
    version: str
    level: str
    years: str
    owner: str
    sample: bool
    components: int
    used: str


def frameworks(user: User, *, index: str = "", level: str = "") -> "QuerySet[Framework, Framework]":
    """Return the frameworks the person may read: by index, the newest first."""
    found = Framework.objects.visible_to(user)
    if index:
        found = found.filter(index__code=index)
    if level:
        found = found.filter(level=level)
    return found.order_by("index__order", "index__code", "-year_from", "code")


def framework_rows(page: "QuerySet[Framework, Framework]") -> tuple[FrameworkRow, ...]:
    """Return the lines of a page, in four queries."""
    rows = list(page.select_related("index", "province"))
    keys = [row.pk for row in rows]
    sizes = dict(
        Component.objects.filter(framework_id__in=keys).order_by().values_list("framework").annotate(n=Count("pk"))
    )
    used = used_by(keys)
    return tuple(
        FrameworkRow(
            url=reverse("indicators:framework_detail", args=[row.code]),
            code=row.code,
            index=row.index.short_name,
            version=row.version,
            level=capfirst(row.get_level_display()),
            years=row.years,
            owner=row.province.name if row.province else "Cả nước",
            # The names of those that come with the portal say it themselves.
            sample=row.is_sample and not row.version.startswith(SAMPLE),
            components=sizes.get(row.pk, 0),
            used=used.get(row.pk, ""),
        )
        for row in rows
    )


def used_by(keys: Sequence[int]) -> dict[int, str]:
    """Return which years use each framework, in words; those that none uses are left out."""
    said: dict[int, list[str]] = defaultdict(list)
    sheets = ScoreSheet.objects.filter(framework_id__in=keys).order_by().values_list("framework")
    for key, count, first, last in sheets.annotate(n=Count("pk"), first=Min("year"), last=Max("year")):
        said[key].append(f"{count} phiếu chấm, {_years(first, last)}")
    results = Result.objects.filter(component__framework_id__in=keys).order_by().values_list("component__framework")
    for key, count, first, last in results.annotate(n=Count("pk"), first=Min("year"), last=Max("year")):
        said[key].append(f"{count} kết quả công bố, {_years(first, last)}")
    return {key: "; ".join(parts) for key, parts in said.items()}


def _years(first: int, last: int) -> str:
    return f"năm {first}" if first == last else f"năm {first}–{last}"


@dataclass(frozen=True)
class ComponentRow:
    """One line of the tree: ``depth`` 0 is a domain."""

    code: str
    name: str
    depth: int
    leaf: bool
    kind: str
    max_score: str
    method: str
    rule: str
    gate: bool
    not_applicable: str
    evidence: str
    note: str
    source: str
    unsure: str
    try_url: str


@dataclass(frozen=True)
class FrameworkPage:
    """One framework as people read it."""

    code: str
    index: str
    version: str
    level: str
    years: str
    owner: str
    sample: bool
    legal_document: str
    source: str
    note: tuple[str, ...]
    policy: tuple[tuple[str, str], ...]
    grades: tuple[tuple[str, str], ...]
    used: str
    manages: bool
    rows: tuple[ComponentRow, ...]
    leaves: int
    missing: int
    previous: str
    previous_url: str
    crosswalk: int


SAMPLE = "MẪU"
# Deeper ones are set in no further.
DEEPEST = 5


def framework_page(framework: Framework, user: User) -> FrameworkPage:
    """Return a framework with its tree (index, province and the version before selected with it)."""
    components = component_drafts(framework)
    rows = _component_rows(framework, components)
    total = base_total(components)
    previous = framework.copied_from
    seen = previous is not None and Framework.objects.visible_to(user).filter(pk=previous.pk).exists()
    return FrameworkPage(
        code=framework.code,
        index=framework.index.name,
        version=framework.version,
        level=capfirst(framework.get_level_display()),
        years=framework.years,
        owner=framework.province.name if framework.province else "Cả nước",
        sample=framework.is_sample,
        legal_document=framework.legal_document,
        source=framework.source,
        note=tuple(line for line in framework.note.splitlines() if line),
        policy=policy_words(framework.policy, total),
        grades=tuple((grade["name"], _grade_words(grade)) for grade in framework.policy.get("grades", ())),
        used=used_by([framework.pk]).get(framework.pk, ""),
        manages=framework.province_id in user.provinces_with(Permission.INDEX_MANAGE),
        rows=rows,
        leaves=sum(row.leaf for row in rows),
        missing=unknown_maxima(components),
        previous=str(previous) if previous is not None else "",
        previous_url=reverse("indicators:framework_detail", args=[previous.code]) if previous and seen else "",
        crosswalk=ComponentLink.objects.filter(framework=framework).count(),
    )


def _component_rows(
    framework: Framework, components: Sequence[ComponentDraft], *, tries: bool = True
) -> tuple[ComponentRow, ...]:
    """Return the lines of a tree; ``tries``: with links to try the rules."""
    parents = {one.parent for one in components}
    by_code = {one.code: one for one in components}
    depth: dict[str, int] = {"": -1}
    rows = []
    for one in in_tree_order(components):
        depth[one.code] = min(depth[one.parent] + 1, DEEPEST) if one.parent in by_code else 0
        rows.append(_component_row(framework, one, depth[one.code], one.code not in parents, tries=tries))
    return tuple(rows)


def in_tree_order(components: Sequence[ComponentDraft]) -> list[ComponentDraft]:
    """Return components with each one's parts right under it."""
    children: dict[str, list[ComponentDraft]] = defaultdict(list)
    for one in components:
        children[one.parent].append(one)
    ordered: list[ComponentDraft] = []
    waiting = children.get("", [])[::-1]
    while waiting:
        one = waiting.pop()
        ordered.append(one)
        waiting += children.get(one.code, [])[::-1]
    return ordered


def _component_row(framework: Framework, one: ComponentDraft, depth: int, leaf: bool, *, tries: bool) -> ComponentRow:
    rule = rule_of(one)
    by_hand = "Người chấm cho điểm, kèm giải trình." if leaf and one.kind != Component.Kind.PENALTY else ""
    return ComponentRow(
        code=one.code,
        name=one.name,
        depth=depth,
        leaf=leaf,
        kind="" if one.kind == Component.Kind.BASE else capfirst(Component.Kind(one.kind).label),
        max_score=format_decimal(one.max_score),
        method=capfirst(Component.Method(one.method).label) if leaf else "",
        rule=rule.describe() if rule is not None else by_hand,
        gate=one.is_gate,
        not_applicable=Component.NotApplicable(one.not_applicable).label if one.not_applicable else "",
        evidence=one.evidence,
        note=one.note,
        source=one.source,
        unsure="" if one.standing == Component.Standing.VERIFIED else Component.Standing(one.standing).label,
        try_url=reverse("indicators:framework_try", args=[framework.code, one.code])
        if leaf and tries and can_be_tried(one, rule)
        else "",
    )


def policy_words(policy: Mapping[str, Any], total: Decimal | None) -> tuple[tuple[str, str], ...]:
    """Return what a policy says, as terms and their values."""
    meant = policy_of(policy, total)
    words: list[tuple[str, str]] = []
    if "total_max" in policy or total is not None:
        words.append(("Tổng điểm tối đa", format_decimal(meant.total_max)))
    for column in POLICY[1:]:
        value = policy.get(column.key)
        if value is None or column.key in ("edges", "decimals"):
            continue
        if isinstance(value, bool):
            words.append((column.heading, "có" if value else "không"))
        elif isinstance(value, list):
            words.append((column.heading, "; ".join(value)))
        else:
            label = column.label_of(value) if column.choices else format_decimal(Decimal(value))
            words.append((column.heading, label))
    words.append(("Số chữ số thập phân của tổng điểm", str(meant.decimals)))
    groups = policy.get("groups", {})
    if groups.get("names"):
        words.append(("Các nhóm", "; ".join(groups["names"])))
    if groups.get("edges"):
        words.append(("Ngưỡng nhóm", "; ".join(format_decimal(Decimal(edge)) for edge in groups["edges"])))
    for size, parts in groups.get("sizes", {}).items():
        words.append((f"Cỡ nhóm khi xếp hạng {size} đơn vị", " / ".join(str(part) for part in parts)))
    return tuple(words)


def _grade_words(grade: Mapping[str, Any]) -> str:
    parts = []
    if "at_least" in grade:
        parts.append(f"từ {format_decimal(Decimal(grade['at_least']))} điểm")
    if "below" in grade:
        parts.append(f"{'đến ' if parts else ''}dưới {format_decimal(Decimal(grade['below']))} điểm")
    return " ".join(parts)


# --- the crosswalk -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CrosswalkRow:
    """One line of a crosswalk."""

    old: str
    old_name: str
    old_max: str
    new: str
    new_name: str
    new_max: str
    relation: str
    code: str
    note: str


@dataclass(frozen=True)
class CrosswalkPage:
    """A crosswalk: kept, or proposed for a person to confirm (``proposed``)."""

    rows: tuple[CrosswalkRow, ...]
    proposed: bool
    counts: tuple[tuple[str, int], ...]


def crosswalk_page(framework: Framework, previous: Framework) -> CrosswalkPage:
    """Return the crosswalk from a version to the one after it; the proposal while none is kept."""
    was, now = component_drafts(previous), component_drafts(framework)
    links = link_drafts(framework)
    proposed = not links
    if proposed:
        links = propose(was, now)
    old, new = {one.code: one for one in was}, {one.code: one for one in now}
    rows = tuple(
        CrosswalkRow(
            old=link.old,
            old_name=old[link.old].name if link.old in old else "",
            old_max=format_decimal(old[link.old].max_score) if link.old in old else "",
            new=link.new,
            new_name=new[link.new].name if link.new in new else "",
            new_max=format_decimal(new[link.new].max_score) if link.new in new else "",
            relation=capfirst(ComponentLink.Relation(link.relation).label),
            code=link.relation,
            note=link.note,
        )
        for link in links
    )
    counts = {relation.value: 0 for relation in ComponentLink.Relation}
    for row in rows:
        counts[row.code] += 1
    told = tuple((capfirst(ComponentLink.Relation(code).label), count) for code, count in counts.items() if count)
    return CrosswalkPage(rows, proposed, told)


# --- a file before it is taken, and a rule that is tried -----------------------------------------------------


@dataclass(frozen=True)
class DraftPage:
    """What a file would store."""

    code: str
    index: str
    version: str
    level: str
    years: str
    outcome: str
    same: bool
    sample: bool
    policy: tuple[tuple[str, str], ...]
    rows: tuple[ComponentRow, ...]
    leaves: int
    missing: int
    crosswalk: int


_OUTCOMES = {
    "added": "Bộ tiêu chí mới",
    "changed": "Thay nội dung của bộ tiêu chí đang có",
    "same": "Giống hệt bộ tiêu chí đang có: nhập sẽ không thay đổi gì",
}


def draft_page(draft: Draft, outcome: str) -> DraftPage:
    """Return what a file that can be taken would store."""
    framework = Framework(code=draft.code, version=draft.version, year_from=draft.year_from, year_to=draft.year_to)
    rows = _component_rows(framework, draft.components, tries=False)
    return DraftPage(
        code=draft.code,
        index=draft.index.code,
        version=draft.version,
        level=capfirst(Framework.Level(draft.level).label),
        years=framework.years,
        outcome=_OUTCOMES[outcome],
        same=outcome == "same",
        sample=draft.is_sample,
        policy=policy_words(draft.policy, base_total(draft.components)),
        rows=rows,
        leaves=sum(row.leaf for row in rows),
        missing=unknown_maxima(draft.components),
        crosswalk=len(draft.crosswalk),
    )


@dataclass(frozen=True)
class Tried:
    """Points of inputs that were tried, and how they came about."""

    score: str
    max_score: str
    inputs: tuple[str, ...]
    steps: tuple[str, ...]


def tried(scored: Scored) -> Tried:
    """Return a score as people read it; blank stays blank."""
    return Tried(
        format_decimal(scored.score),
        format_decimal(scored.max_score),
        scored.explanation.inputs,
        scored.explanation.steps,
    )

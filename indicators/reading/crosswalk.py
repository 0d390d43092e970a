"""A proposal of what became of each component between two versions, for a person to confirm.

It looks at names, codes and maxima, in this order: the same name (under the same code first), the same code with a
name much like it, names much alike; then one that fell into parts of its own, or parts that came together. What is
left is dropped or new. Nothing is stored by it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from agencies.text import fold
from indicators.reading.draft import ComponentDraft, LinkDraft

# How like two names must be: under the same code, and anywhere.
ALIKE_BY_CODE, ALIKE = 0.6, 0.85


@dataclass
class _Rest:
    """Components of both versions that no line tells of yet."""

    old: list[ComponentDraft]
    new: list[ComponentDraft]

    def pair(self, old: ComponentDraft, new: ComponentDraft) -> LinkDraft:
        """Take a pair away, as the line that tells of it."""
        self.old.remove(old)
        self.new.remove(new)
        return LinkDraft(old.code, new.code, relation_of(old, new), _remark(old, new))


def propose(previous: Sequence[ComponentDraft], components: Sequence[ComponentDraft]) -> tuple[LinkDraft, ...]:
    """Return a line for every component of both versions, in the order of the new one; dropped ones come last.

    >>> was = [ComponentDraft("1", "Thể chế"), ComponentDraft("2", "Thủ tục")]
    >>> now = [ComponentDraft("1", "Thể chế"), ComponentDraft("3", "Chuyển đổi số")]
    >>> [(link.old, link.new, link.relation) for link in propose(was, now)]
    [('1', '1', 'same'), ('', '3', 'new'), ('2', '', 'dropped')]
    """
    rest = _Rest(list(previous), list(components))
    links: list[LinkDraft] = []
    links += _matched(rest, lambda old, new: old.code == new.code and fold(old.name) == fold(new.name))
    links += _matched(rest, lambda old, new: fold(old.name) == fold(new.name))
    links += _matched(rest, lambda old, new: old.code == new.code and likeness(old, new) >= ALIKE_BY_CODE)
    links += _matched(rest, lambda old, new: likeness(old, new) >= ALIKE)
    links += _split(rest)
    links += _merged(rest)
    links += [LinkDraft("", new.code, "new") for new in rest.new]
    links += [LinkDraft(old.code, "", "dropped") for old in rest.old]
    old_order = {one.code: place for place, one in enumerate(previous)}
    new_order = {one.code: place for place, one in enumerate(components)}
    last = len(new_order)
    return tuple(sorted(links, key=lambda link: (new_order.get(link.new, last), old_order.get(link.old, -1))))


def relation_of(old: ComponentDraft, new: ComponentDraft) -> str:
    """Return how one component became another, when each has no other."""
    if old.max_score != new.max_score:
        return "reweighted"
    return "same" if fold(old.name) == fold(new.name) else "renamed"


def likeness(old: ComponentDraft, new: ComponentDraft) -> float:
    """Return how like two names are, from 0 to 1, whatever their marks and case."""
    return SequenceMatcher(None, fold(old.name), fold(new.name), autojunk=False).ratio()


def _remark(old: ComponentDraft, new: ComponentDraft) -> str:
    remarks = []
    if old.code != new.code:
        remarks.append("đổi mã")
    if relation_of(old, new) == "reweighted" and fold(old.name) != fold(new.name):
        remarks.append("đổi tên")
    return ", ".join(remarks)


def _matched(rest: _Rest, alike: Callable[[ComponentDraft, ComponentDraft], bool]) -> list[LinkDraft]:
    """Return the pairs that are alike, each component once, in the order of the old version."""
    links = []
    for old in list(rest.old):
        new = next((one for one in rest.new if alike(old, one)), None)
        if new is not None:
            links.append(rest.pair(old, new))
    return links


def _parts_of(code: str, others: Sequence[ComponentDraft]) -> list[ComponentDraft]:
    return [one for one in others if one.code.startswith((f"{code}.", f"{code}-")) or one.code == code]


def _split(rest: _Rest) -> list[LinkDraft]:
    links = []
    for old in list(rest.old):
        parts = _parts_of(old.code, rest.new)
        if len(parts) >= 2:
            rest.old.remove(old)
            for part in parts:
                rest.new.remove(part)
                links.append(LinkDraft(old.code, part.code, "split"))
    return links


def _merged(rest: _Rest) -> list[LinkDraft]:
    links = []
    for new in list(rest.new):
        parts = _parts_of(new.code, rest.old)
        if len(parts) >= 2:
            rest.new.remove(new)
            for part in parts:
                rest.old.remove(part)
                links.append(LinkDraft(part.code, new.code, "merged"))
    return links

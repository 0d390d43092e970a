"""What a file says of a framework, in one form whatever the file was: nothing of it is stored yet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class IndexDraft:
    """The index that a framework measures; only its code is needed when the portal knows it."""

    code: str
    name: str = ""
    short_name: str = ""
    unit: str = ""
    scale_min: Decimal | None = None
    scale_max: Decimal | None = None
    publishes: str = ""


@dataclass(frozen=True)
class ComponentDraft:
    """A domain, criterion or sub-criterion, in the words of ``indicators.models.Component``."""

    code: str
    name: str
    parent: str = ""
    kind: str = "base"
    max_score: Decimal | None = None
    method: str = ""
    rule: Mapping[str, Any] | None = None
    is_gate: bool = False
    not_applicable: str = ""
    evidence: str = ""
    standing: str = "unconfirmed"
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class LinkDraft:
    """One line of the crosswalk from the version before: codes there and here."""

    old: str
    new: str
    relation: str
    note: str = ""


@dataclass(frozen=True)
class Draft:
    """A whole framework. ``policy`` is the JSON form that ``Framework.policy`` keeps."""

    code: str
    index: IndexDraft
    version: str
    level: str
    year_from: int
    year_to: int | None = None
    legal_document: str = ""
    source: str = ""
    is_sample: bool = False
    note: str = ""
    previous: str = ""
    policy: Mapping[str, Any] = field(default_factory=dict)
    components: tuple[ComponentDraft, ...] = ()
    crosswalk: tuple[LinkDraft, ...] = ()

    def children_of(self, code: str) -> Iterator[ComponentDraft]:
        """Return the components directly under one (none: the domains)."""
        return (one for one in self.components if one.parent == code)

    @property
    def leaves(self) -> tuple[ComponentDraft, ...]:
        """The components without components of their own: those that are scored."""
        parents = {one.parent for one in self.components}
        return tuple(one for one in self.components if one.code not in parents)

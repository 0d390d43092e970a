"""The shape of a transition table's row (no database)."""

from dataclasses import dataclass

from agencies.permissions import Permission


@dataclass(frozen=True)
class Step:
    """One verb: from which states, to which (None: it stays), who may, and the event it leaves."""

    verb: str
    sources: frozenset[str]
    target: str | None
    permission: Permission
    event: str
    needs_reason: bool = False

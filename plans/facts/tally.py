"""n/N of a task of several agencies: the one place that counts its members.

Definitions:

* N counts the leads whose duty is neither suspended nor cancelled; n *đã báo cáo* those of them that have handed in
  anything at all, n *hoàn thành* those whose duty is done.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from plans.facts.buckets import HALTED
from plans.standing import State


@dataclass(frozen=True)
class Tally:
    """How many members reported and are done, out of how many."""

    reported: int
    done: int
    members: int

    @classmethod
    def of(cls, duties: Iterable[tuple[State | str, bool]]) -> "Tally":
        """Count duties, each as its state and whether it has reported at all.

        >>> Tally.of([(State.DONE, True), (State.NOT_STARTED, False), (State.SUSPENDED, True)])
        Tally(reported=1, done=1, members=2)
        """
        live = [(state, reported) for state, reported in duties if state not in HALTED]
        return cls(sum(reported for _, reported in live), sum(state == State.DONE for state, _ in live), len(live))

    @classmethod
    def of_rows(cls, rows: Iterable[Mapping[str, Any]]) -> "Tally":
        """Count assignments read as values (``state`` and ``reported_at``)."""
        return cls.of((row["state"], row["reported_at"] is not None) for row in rows)

    @property
    def text(self) -> str:
        """n/N in words; empty where no member is left."""
        if not self.members:
            return ""
        return f"{self.reported}/{self.members} đã báo cáo, {self.done}/{self.members} hoàn thành"

"""A plan's figures by agency: as it was then, or by the agency that answers now.

"Then" counts each duty under the agency that held it on the day, by its name of that day; "now" under the agency
that follows it today (``agencies.facts.successions``). Both views add up to the plan's assignment counts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from agencies.facts.successions import Present, present_agencies
from agencies.models import Agency
from plans.facts.plan import AssignmentFacts, PlanFacts, count_duties
from plans.models import PlanRollup
from plans.standing import Bucket, Counts


class View(StrEnum):
    """Under whose name figures stand."""

    THEN = "then"
    NOW = "now"


@dataclass(frozen=True)
class AgencyCounts:
    """The duties counted under one agency; ``note`` says why they stay under a name that has ended."""

    agency_id: int
    name: str
    counts: Counts
    note: str = ""


def agency_counts(facts: PlanFacts, province_id: int, view: View, today: date) -> tuple[AgencyCounts, ...]:
    """Return the rated duties by agency, in the order of their names; "now" means on ``today``."""
    present = present_agencies(province_id, today) if view is View.NOW else {}
    duties: dict[int, list[AssignmentFacts]] = defaultdict(list)
    names: dict[int, tuple[str, str]] = {}
    for task in facts.tasks:
        for duty in task.assignments:
            if duty.proposed:
                continue
            follows = present.get(duty.agency_id)
            pk = follows.agency_id if follows else duty.agency_id
            names[pk] = (follows.name, follows.note) if follows else (duty.agency, "")
            duties[pk].append(duty)
    return tuple(
        AgencyCounts(
            pk,
            names[pk][0],
            count_duties(some),
            names[pk][1],
        )
        for pk, some in sorted(duties.items(), key=lambda one: (names[one[0]][0], one[0]))
    )


_SUMS = (*(bucket.value for bucket in Bucket), "not_updated", "awaiting_review")


def by_present(
    rows: Iterable[PlanRollup], province_id: int, today: date
) -> tuple[list[PlanRollup], Mapping[int, Present]]:
    """Return roll-ups of agencies added up under those that answer today (rows not stored), and who answers."""
    present = present_agencies(province_id, today)
    merged: dict[int, PlanRollup] = {}
    for row in rows:
        assert row.agency_id is not None
        pk = present[row.agency_id].agency_id
        whole = merged.get(pk)
        if whole is None:
            whole = merged[pk] = PlanRollup(
                province_id=row.province_id,
                plan_id=row.plan_id,
                scope=row.scope,
                agency_id=pk,
                as_of=row.as_of,
                computed_at=row.computed_at,
            )
        for name in _SUMS:
            setattr(whole, name, getattr(whole, name) + getattr(row, name))
        whole.oldest_overdue_days = max(whole.oldest_overdue_days, row.oldest_overdue_days)
    agencies = Agency.objects.in_bulk(list(merged))
    for pk, whole in merged.items():
        whole.agency = agencies[pk]
    return list(merged.values()), present

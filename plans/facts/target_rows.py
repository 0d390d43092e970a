"""The targets of a plan with their standing, for the screens."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from agencies import calendar
from agencies.models import User
from agencies.permissions import Permission
from plans.facts.badges import Badge
from plans.facts.targets import PartLine, SourceLine, TargetFacts, TargetState, for_reader, target_facts
from plans.models import Plan


@dataclass(frozen=True)
class Outcome:
    """How a target stands by every result that is recorded, also what is published after the day of the page."""

    state: Badge
    result: str
    arithmetic: str
    sources: tuple[SourceLine, ...]
    parts: tuple[PartLine, ...]


@dataclass(frozen=True)
class TargetRow:
    """One target and whether it is reached: on the day, and (``outcome``) by results that count only later."""

    code: str
    text: str
    index: str
    baseline: str
    result: str
    arithmetic: str
    state: Badge
    chosen: str
    choose_url: str
    sources: tuple[SourceLine, ...] = ()
    parts: tuple[PartLine, ...] = ()
    outcome: Outcome | None = None


_TARGET_VARIANTS = {TargetState.MET: "ok", TargetState.NOT_MET: "over", TargetState.UNKNOWN: "nodata"}


def target_rows(plan: Plan, on: date, user: User) -> tuple[TargetRow, ...]:
    """Return the plan's targets with their standing on a day; who may choose a baseline gets the way to it.

    On today's page a target that is not yet known, though results that are recorded would decide it, says so too: the
    year-end report does not use them until they count as published (decision 4).
    """
    chooses = plan.province_id in user.provinces_with(Permission.BASELINE_CHOOSE)
    facts = [for_reader(one, plan, user) for one in target_facts(plan, on)]
    later: dict[str, TargetFacts] = {}
    if on >= calendar.today() and any(one.state is TargetState.UNKNOWN for one in facts):
        later = {one.code: for_reader(one, plan, user) for one in target_facts(plan, on, all_results=True)}
    return tuple(_target(one, later.get(one.code), plan, chooses) for one in facts)


def _badge(one: TargetFacts) -> Badge:
    return Badge(one.state_label, "due" if one.why else _TARGET_VARIANTS[one.state])


def _target(one: TargetFacts, later: TargetFacts | None, plan: Plan, chooses: bool) -> TargetRow:
    decided = later is not None and one.state is TargetState.UNKNOWN and later.state is not TargetState.UNKNOWN
    return TargetRow(
        code=one.code,
        text=one.text,
        index=one.index_name,
        baseline=one.baseline,
        result=one.result,
        arithmetic=one.explained,
        state=_badge(one),
        chosen=one.chosen,
        choose_url=reverse("plans:target_baseline", args=[plan.code, one.code]) if one.choosable and chooses else "",
        sources=one.sources,
        parts=one.parts,
        outcome=(
            Outcome(_badge(later), later.result, later.explained, later.sources, later.parts)
            if later is not None and decided
            else None
        ),
    )

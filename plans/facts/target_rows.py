"""The targets of a plan with their standing, for the screens."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from agencies.models import User
from agencies.permissions import Permission
from plans.facts.badges import Badge
from plans.facts.targets import TargetFacts, TargetState, target_facts
from plans.models import Plan


@dataclass(frozen=True)
class TargetRow:
    """One target and whether it is reached."""

    code: str
    text: str
    index: str
    baseline: str
    result: str
    arithmetic: str
    state: Badge
    chosen: str
    choose_url: str


_TARGET_VARIANTS = {TargetState.MET: "ok", TargetState.NOT_MET: "over", TargetState.UNKNOWN: "nodata"}


def target_rows(plan: Plan, on: date, user: User) -> tuple[TargetRow, ...]:
    """Return the plan's targets with their standing on a day; who may choose a baseline gets the way to it."""
    chooses = plan.province_id in user.provinces_with(Permission.BASELINE_CHOOSE)
    return tuple(_target(one, plan, chooses) for one in target_facts(plan, on))


def _target(one: TargetFacts, plan: Plan, chooses: bool) -> TargetRow:
    return TargetRow(
        code=one.code,
        text=one.text,
        index=one.index_name,
        baseline=one.baseline,
        result=one.result,
        arithmetic=one.arithmetic,
        state=Badge(one.state_label, "due" if one.why else _TARGET_VARIANTS[one.state]),
        chosen=one.chosen,
        choose_url=reverse("plans:target_baseline", args=[plan.code, one.code]) if one.choosable and chooses else "",
    )

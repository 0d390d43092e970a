"""The list of plans."""

from dataclasses import dataclass

from django.db.models import F
from django.urls import reverse

from agencies.models import User
from agencies.permissions import Permission
from agencies.text import format_day
from plans.facts.badges import Badge, plan_state_badge
from plans.models import Plan


@dataclass(frozen=True)
class PlanRow:
    """One line of the list of plans."""

    url: str
    label: str
    title: str
    issuer: str
    issued: str
    years: str
    state: Badge
    parent: str
    dashboard_url: str


def plan_rows(user: User) -> tuple[PlanRow, ...]:
    """Return the plans the user may read, newest first, in one query."""
    watched = user.provinces_with(Permission.DASHBOARD_READ)
    base = reverse("plans:plan_list")
    rows = []
    for plan in (
        Plan.objects.visible_to(user)
        .select_related("sub_plan_of")
        .order_by("-year_from", F("issued_on").desc(nulls_last=True), "pk")
    ):
        url = f"{base}{plan.code}/"
        rows.append(
            PlanRow(
                url=url,
                label=plan.label,
                title=plan.title,
                issuer=plan.issuer,
                issued=format_day(plan.issued_on) or plan.issued_text,
                years=plan.years,
                state=plan_state_badge(plan.state),
                parent=plan.sub_plan_of.label if plan.sub_plan_of else "",
                dashboard_url=f"{url}tong-quan/" if plan.province_id in watched else "",
            )
        )
    return tuple(rows)

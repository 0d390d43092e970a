"""What the rows are called that events are about, in one query for each kind of row.

Definitions:

* A row that nobody has named here is called by its kind and its number.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.apps import apps
from django.db import models
from django.urls import reverse
from django.utils.text import capfirst

from agencies.models import Designation, Membership
from agencies.permissions import Role
from plans.facts.addresses import assignment_url
from plans.models import Assignment, PeriodClose, PeriodReopening, Plan, Progress, Task
from reports.models import ReportRun


@dataclass(frozen=True)
class Name:
    """A row as people call it, and its page (empty when it has none)."""

    text: str
    url: str = ""


def _progress(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(f"Báo cáo {period}, nhiệm vụ {code}, {agency}", assignment_url(assignment))
        for pk, period, code, agency, assignment in Progress.objects.filter(pk__in=keys).values_list(
            "pk", "period__name", "assignment__task__code", "assignment__agency__name", "assignment_id"
        )
    }


def _assignments(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(f"Phân công nhiệm vụ {code}, {agency}", assignment_url(pk))
        for pk, code, agency in Assignment.objects.filter(pk__in=keys).values_list("pk", "task__code", "agency__name")
    }


def _plans(keys: list[str]) -> dict[str, Name]:
    return {
        str(plan.pk): Name(plan.label, reverse("plans:plan_detail", args=[plan.code]))
        for plan in Plan.objects.filter(pk__in=keys)
    }


def _tasks(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(f"Nhiệm vụ {code}", reverse("plans:plan_detail", args=[plan]))
        for pk, code, plan in Task.objects.filter(pk__in=keys).values_list("pk", "code", "plan__code")
    }


def _closes(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(f"{name}, lần chốt {number}", reverse("plans:close_detail", args=[plan, code, number]))
        for pk, name, number, plan, code in PeriodClose.objects.filter(pk__in=keys).values_list(
            "pk", "period__name", "number", "plan__code", "period__code"
        )
    }


def _reopenings(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(f"{name}, mở lại sau lần chốt {number}", reverse("plans:period_list", args=[plan]))
        for pk, name, number, plan in PeriodReopening.objects.filter(pk__in=keys).values_list(
            "pk", "period__name", "close__number", "period__plan__code"
        )
    }


def _memberships(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(f"Vai trò {Role(role).label} của {who} tại {agency}")
        for pk, role, who, agency in Membership.objects.filter(pk__in=keys).values_list(
            "pk", "role", "user__full_name", "agency__name"
        )
    }


def _designations(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(f"{agency}: {Designation.Role(role).label}")
        for pk, agency, role in Designation.objects.filter(pk__in=keys).values_list("pk", "agency__name", "role")
    }


def _runs(keys: list[str]) -> dict[str, Name]:
    return {
        str(run.pk): Name(f"{run.get_code_display()}, năm {run.year}", reverse("reports:run_detail", args=[run.pk]))
        for run in ReportRun.objects.filter(pk__in=keys)
    }


# Model → how its rows are called, in one query for all of them.
NAMERS: dict[str, Callable[[list[str]], dict[str, Name]]] = {
    "plans.progress": _progress,
    "plans.assignment": _assignments,
    "plans.plan": _plans,
    "plans.task": _tasks,
    "plans.periodclose": _closes,
    "plans.periodreopening": _reopenings,
    "agencies.membership": _memberships,
    "agencies.designation": _designations,
    "reports.reportrun": _runs,
}


def model_of(label: str) -> type[models.Model] | None:
    """Return the model that a label means; None for one that is no more."""
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def type_label(label: str) -> str:
    """Return what kind of row a label means."""
    model = model_of(label)
    return str(model._meta.verbose_name) if model else label


def names(subjects: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Name]:
    """Return rows (label, pk) → what they are called, in one query for each kind."""
    by_label: dict[str, set[str]] = defaultdict(set)
    for label, pk in subjects:
        by_label[label].add(pk)
    found: dict[tuple[str, str], Name] = {}
    for label, keys in by_label.items():
        known = NAMERS[label](sorted(keys)) if label in NAMERS else {}
        for pk in keys:
            found[label, pk] = known.get(pk, Name(f"{capfirst(type_label(label))} số {pk}"))
    return found


def type_choices() -> list[tuple[str, str]]:
    """Return the kinds of rows that events are about, by name."""
    directory = ("agencies.agency", "agencies.agencygroup", "agencies.province", "agencies.user")
    return sorted(((label, capfirst(type_label(label))) for label in (*NAMERS, *directory)), key=lambda one: one[1])

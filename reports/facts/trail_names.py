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

from agencies.models import (
    Agency,
    AgencyGroup,
    ApprovalRule,
    Delegation,
    Designation,
    Membership,
    Province,
    Reorganisation,
    User,
)
from agencies.permissions import Role
from indicators.models import Index, Result
from plans.facts.addresses import assignment_url
from plans.models import (
    Amendment,
    Assignment,
    DutyRequest,
    PeriodClose,
    PeriodReopening,
    Plan,
    Progress,
    ReportingPeriod,
    Ruling,
    Target,
    Task,
    WindowException,
)
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


def _amendments(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(
            f"Văn bản sửa đổi {number} của {plan_number or code}", reverse("plans:amendment_detail", args=[code, pk])
        )
        for pk, number, plan_number, code in Amendment.objects.filter(pk__in=keys).values_list(
            "pk", "number", "plan__number", "plan__code"
        )
    }


def _requests(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(
            f"Đề nghị ({DutyRequest.Kind(kind).label}) về nhiệm vụ {code}, {agency}",
            reverse("plans:request_detail", args=[pk]),
        )
        for pk, kind, code, agency in DutyRequest.objects.filter(pk__in=keys).values_list(
            "pk", "kind", "assignment__task__code", "assignment__agency__name"
        )
    }


def _rulings(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(
            f"Quyết định ({Ruling.Kind(kind).label}) về nhiệm vụ {code}{f', {agency}' if agency else ''}",
            assignment_url(duty) if duty else reverse("plans:group_detail", args=[task]),
        )
        for pk, kind, code, agency, duty, task in Ruling.objects.filter(pk__in=keys).values_list(
            "pk", "kind", "task__code", "assignment__agency__name", "assignment_id", "task_id"
        )
    }


def _windows(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(
            f"Ngoại lệ nộp báo cáo {period}, {agency or 'mọi cơ quan'}", reverse("plans:period_exceptions", args=[of])
        )
        for pk, period, agency, of in WindowException.objects.filter(pk__in=keys).values_list(
            "pk", "period__name", "agency__name", "period_id"
        )
    }


def _targets(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(f"Mục tiêu {code}", reverse("plans:plan_detail", args=[plan]))
        for pk, code, plan in Target.objects.filter(pk__in=keys).values_list("pk", "code", "plan__code")
    }


def _periods(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(f"Kỳ báo cáo {name}", reverse("plans:period_list", args=[plan]))
        for pk, name, plan in ReportingPeriod.objects.filter(pk__in=keys).values_list("pk", "name", "plan__code")
    }


def _reorganisations(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(f"Sắp xếp: {title}", reverse("plans:reorganisation_detail", args=[pk]))
        for pk, title in Reorganisation.objects.filter(pk__in=keys).values_list("pk", "title")
    }


def _agencies(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(name, reverse("plans:agency_detail", args=[pk]))
        for pk, name in Agency.objects.filter(pk__in=keys).values_list("pk", "name")
    }


def _rules(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(f"Quy định thủ trưởng duyệt, {agency}", reverse("plans:agency_detail", args=[of]))
        for pk, agency, of in ApprovalRule.objects.filter(pk__in=keys).values_list("pk", "agency__name", "agency_id")
    }


def _delegations(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(f"Ủy quyền duyệt cho {who}, {agency}", reverse("plans:agency_detail", args=[of]))
        for pk, who, agency, of in Delegation.objects.filter(pk__in=keys).values_list(
            "pk", "person__full_name", "agency__name", "agency_id"
        )
    }


def _results(keys: list[str]) -> dict[str, Name]:
    return {
        str(pk): Name(f"Kết quả {index} năm {year}{f', {component}' if component else ''}")
        for pk, index, year, component in Result.objects.filter(pk__in=keys).values_list(
            "pk", "index__short_name", "year", "component__name"
        )
    }


def _plainly(model: type[models.Model], name: str) -> Callable[[list[str]], dict[str, Name]]:
    """Return the names of rows that have no page, from one column."""
    return lambda keys: {
        str(pk): Name(f"{capfirst(str(model._meta.verbose_name))} {text}")
        for pk, text in model._default_manager.filter(pk__in=keys).values_list("pk", name)
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
    "plans.amendment": _amendments,
    "plans.dutyrequest": _requests,
    "plans.ruling": _rulings,
    "plans.windowexception": _windows,
    "plans.target": _targets,
    "plans.reportingperiod": _periods,
    "agencies.reorganisation": _reorganisations,
    "agencies.agency": _agencies,
    "agencies.approvalrule": _rules,
    "agencies.delegation": _delegations,
    "agencies.agencygroup": _plainly(AgencyGroup, "name"),
    "agencies.province": _plainly(Province, "name"),
    "agencies.user": _plainly(User, "full_name"),
    "indicators.index": _plainly(Index, "short_name"),
    "indicators.result": _results,
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
    return sorted(((label, capfirst(type_label(label))) for label in NAMERS), key=lambda one: one[1])

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
from indicators.models import Framework, Index, Offer, Result, ScoreSheet, SheetEntry, Survey
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
from reports.models import ReportRun, Scenario


@dataclass(frozen=True)
class Name:
    """A row as people call it, and its page (empty when it has none)."""

    text: str
    url: str = ""


# Keys of rows → what each is called.
Namer = Callable[[list[str]], dict[str, Name]]


def _called(model: type[models.Model], columns: str, say: Callable[..., Name]) -> Namer:
    """Return how rows are called from some of their columns; ``say`` gets the values in this order."""
    wanted = columns.split()
    return lambda keys: {
        str(row["pk"]): say(*(row[column] for column in wanted))
        for row in model._default_manager.filter(pk__in=keys).values(*{"pk", *wanted})
    }


def _plainly(model: type[models.Model], column: str) -> Namer:
    """Return the names of rows that have no page, from one column."""
    kind = capfirst(str(model._meta.verbose_name))
    return _called(model, column, lambda text: Name(f"{kind} {text}"))


def _page_of_plan(code: str) -> str:
    return reverse("plans:plan_detail", args=[code])


def _periods_of_plan(code: str) -> str:
    return reverse("plans:period_list", args=[code])


def _page_of_agency(agency_id: int) -> str:
    return reverse("plans:agency_detail", args=[agency_id])


def _page_of_scenario(scenario_id: int) -> str:
    return reverse("reports:scenario_detail", args=[scenario_id])


# Model → how its rows are called, in one query for all of them.
NAMERS: dict[str, Namer] = {
    "plans.progress": _called(
        Progress,
        "period__name assignment__task__code assignment__agency__name assignment_id",
        lambda period, code, agency, duty: Name(f"Báo cáo {period}, nhiệm vụ {code}, {agency}", assignment_url(duty)),
    ),
    "plans.assignment": _called(
        Assignment,
        "task__code agency__name pk",
        lambda code, agency, pk: Name(f"Phân công nhiệm vụ {code}, {agency}", assignment_url(pk)),
    ),
    "plans.plan": lambda keys: {
        str(plan.pk): Name(plan.label, _page_of_plan(plan.code)) for plan in Plan.objects.filter(pk__in=keys)
    },
    "plans.task": _called(Task, "code plan__code", lambda code, plan: Name(f"Nhiệm vụ {code}", _page_of_plan(plan))),
    "plans.periodclose": _called(
        PeriodClose,
        "period__name number plan__code period__code",
        lambda name, number, plan, code: Name(
            f"{name}, lần chốt {number}", reverse("plans:close_detail", args=[plan, code, number])
        ),
    ),
    "plans.periodreopening": _called(
        PeriodReopening,
        "period__name close__number period__plan__code",
        lambda name, number, plan: Name(f"{name}, mở lại sau lần chốt {number}", _periods_of_plan(plan)),
    ),
    "agencies.membership": _called(
        Membership,
        "role user__full_name agency__name",
        lambda role, who, agency: Name(f"Vai trò {Role(role).label} của {who} tại {agency}"),
    ),
    "agencies.designation": _called(
        Designation, "agency__name role", lambda agency, role: Name(f"{agency}: {Designation.Role(role).label}")
    ),
    "reports.reportrun": lambda keys: {
        str(run.pk): Name(f"{run.get_code_display()}, năm {run.year}", reverse("reports:run_detail", args=[run.pk]))
        for run in ReportRun.objects.filter(pk__in=keys)
    },
    "reports.scenario": _called(Scenario, "pk name", lambda pk, name: Name(f"Kịch bản {name}", _page_of_scenario(pk))),
    "plans.amendment": _called(
        Amendment,
        "pk number plan__number plan__code",
        lambda pk, number, of, code: Name(
            f"Văn bản sửa đổi {number} của {of or code}", reverse("plans:amendment_detail", args=[code, pk])
        ),
    ),
    "plans.dutyrequest": _called(
        DutyRequest,
        "pk kind assignment__task__code assignment__agency__name",
        lambda pk, kind, code, agency: Name(
            f"Đề nghị ({DutyRequest.Kind(kind).label}) về nhiệm vụ {code}, {agency}",
            reverse("plans:request_detail", args=[pk]),
        ),
    ),
    "plans.ruling": _called(
        Ruling,
        "kind task__code assignment__agency__name assignment_id task_id",
        lambda kind, code, agency, duty, task: Name(
            f"Quyết định ({Ruling.Kind(kind).label}) về nhiệm vụ {code}{f', {agency}' if agency else ''}",
            assignment_url(duty) if duty else reverse("plans:group_detail", args=[task]),
        ),
    ),
    "plans.windowexception": _called(
        WindowException,
        "period__name agency__name period_id",
        lambda period, agency, of: Name(
            f"Ngoại lệ nộp báo cáo {period}, {agency or 'mọi cơ quan'}", reverse("plans:period_exceptions", args=[of])
        ),
    ),
    "plans.target": _called(
        Target, "code plan__code", lambda code, plan: Name(f"Mục tiêu {code}", _page_of_plan(plan))
    ),
    "plans.reportingperiod": _called(
        ReportingPeriod, "name plan__code", lambda name, plan: Name(f"Kỳ báo cáo {name}", _periods_of_plan(plan))
    ),
    "agencies.reorganisation": _called(
        Reorganisation,
        "pk title",
        lambda pk, title: Name(f"Sắp xếp: {title}", reverse("plans:reorganisation_detail", args=[pk])),
    ),
    "agencies.agency": _called(Agency, "pk name", lambda pk, name: Name(name, _page_of_agency(pk))),
    "agencies.approvalrule": _called(
        ApprovalRule,
        "agency__name agency_id",
        lambda agency, of: Name(f"Quy định thủ trưởng duyệt, {agency}", _page_of_agency(of)),
    ),
    "agencies.delegation": _called(
        Delegation,
        "person__full_name agency__name agency_id",
        lambda who, agency, of: Name(f"Ủy quyền duyệt cho {who}, {agency}", _page_of_agency(of)),
    ),
    "agencies.agencygroup": _plainly(AgencyGroup, "name"),
    "agencies.province": _plainly(Province, "name"),
    "agencies.user": _plainly(User, "full_name"),
    "indicators.index": _plainly(Index, "short_name"),
    "indicators.survey": _called(
        Survey,
        "pk code year number",
        lambda pk, code, year, number: Name(
            f"Khảo sát {code} năm {year}, lần nhập {number}", reverse("indicators:survey_detail", args=[pk])
        ),
    ),
    "indicators.scoresheet": _called(
        ScoreSheet,
        "pk framework__index__short_name year agency__name province__name",
        lambda pk, index, year, agency, province: Name(
            f"Phiếu chấm {index} {year}, {agency or province}", reverse("indicators:sheet_detail", args=[pk])
        ),
    ),
    "indicators.sheetentry": _called(
        SheetEntry,
        "pk sheet_id component__code sheet__framework__index__short_name sheet__year sheet__agency__name "
        "sheet__province__name",
        lambda pk, sheet, code, index, year, agency, province: Name(
            f"Thành phần {code}, phiếu chấm {index} {year}, {agency or province}",
            reverse("indicators:entry_detail", args=[sheet, pk]),
        ),
    ),
    "indicators.offer": _plainly(Offer, "label"),
    "indicators.framework": _called(
        Framework,
        "code version",
        lambda code, version: Name(f"Bộ tiêu chí {version}", reverse("indicators:framework_detail", args=[code])),
    ),
    "indicators.result": _called(
        Result,
        "index__short_name year component__name",
        lambda index, year, component: Name(f"Kết quả {index} năm {year}{f', {component}' if component else ''}"),
    ),
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

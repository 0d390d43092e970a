"""Scenarios: the list, one with its outcome and its form, dropping it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies import calendar
from agencies.errors import Conflict, PortalError
from agencies.forms import say
from agencies.permissions import Permission
from agencies.views.people import person
from indicators.models import ScoreSheet
from plans.forms.steps import StepForm
from reports.actions import scenarios as actions
from reports.facts.analysis_list import sheets
from reports.facts.sheet_scores import label_of
from reports.facts.whatif import whatif
from reports.forms.scenarios import NewScenarioForm, ScenarioForm
from reports.models import Scenario

PAGE = 25


@require_safe
def scenario_list(request: HttpRequest) -> HttpResponse:
    """The scenarios the person may read, newest first."""
    user = person(request)
    found = Scenario.objects.visible_to(user).select_related(
        "sheet__framework__index", "sheet__agency", "sheet__province", "created_by"
    )
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "url": f"{reverse('reports:scenario_list')}{row.pk}/",
            "name": row.name,
            "sheet": label_of(row.sheet),
            "by": str(row.created_by),
            "at": calendar.moment(row.created_at),
        }
        for row in page.object_list
    ]
    context = {"page_obj": page, "rows": rows, "writes": bool(user.provinces_with(Permission.SCENARIO_WRITE))}
    return render(request, "reports/scenario_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def scenario_create(request: HttpRequest) -> HttpResponse:
    """Begin a scenario of a sheet."""
    user = person(request)
    mine = user.provinces_with(Permission.SCENARIO_WRITE)
    if not mine:
        raise Http404
    offered = sheets(user).filter(province_id__in=mine)
    form, status = NewScenarioForm(sheets=offered, initial={"sheet": request.GET.get("phieu")}), 200
    if request.method == "POST":
        form, status = NewScenarioForm(request.POST, sheets=offered), 422
        if form.is_valid():
            sheet: ScoreSheet = form.cleaned_data["sheet"]
            try:
                made = actions.create(sheet=sheet, name=form.cleaned_data["name"], by=user)
            except PortalError as error:
                say(form, error)
            else:
                messages.success(request, "Đã lập kịch bản. Hãy ghi giả định cho từng thành phần.")
                return redirect("reports:scenario_detail", made.pk)
    return render(request, "reports/scenario_create.html", {"form": form}, status=status)


def _scenario(request: HttpRequest, pk: int) -> Scenario:
    return get_object_or_404(
        Scenario.objects.visible_to(person(request)).select_related(
            "sheet__framework__index", "sheet__agency", "sheet__province"
        ),
        pk=pk,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def scenario_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A scenario with its outcome; who writes scenarios changes the assumptions here."""
    user, scenario = person(request), _scenario(request, pk)
    writes = scenario.province_id in user.provinces_with(Permission.SCENARIO_WRITE)
    outcome, status = whatif(scenario, user, calendar.today()), 200
    form = None
    if writes:
        initial = {"name": scenario.name, "field_year": scenario.field_year, "revision": scenario.revision}
        form = ScenarioForm(rows=outcome.rows, years=outcome.years, initial=initial)
    if request.method == "POST":
        get_object_or_404(Scenario.objects.writable_by(user), pk=pk)
        form, status = ScenarioForm(request.POST, rows=outcome.rows, years=outcome.years), 422
        if form.is_valid():
            said = form.cleaned_data
            try:
                actions.save(
                    scenario=scenario,
                    name=said["name"],
                    field_year=said["field_year"],
                    lines=form.assumed(),
                    revision=said["revision"],
                    by=user,
                )
            except Conflict as error:
                say(form, error)
                status = 409
            except PortalError as error:
                say(form, error)
            else:
                messages.success(request, "Đã tính lại theo giả định mới. Điểm của phiếu chấm không thay đổi.")
                return redirect("reports:scenario_detail", pk)
    context = {"outcome": outcome, "form": form, "lines": list(form.lines()) if form else []}
    return render(request, "reports/scenario_detail.html", context, status=status)


@require_POST
def scenario_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Put it away."""
    user = person(request)
    scenario = get_object_or_404(Scenario.objects.writable_by(user), pk=pk)
    form = StepForm(request.POST)
    if form.is_valid():
        try:
            actions.drop(scenario=scenario, revision=form.cleaned_data["revision"], by=user)
        except Conflict as error:
            messages.warning(request, error.message)
            return redirect("reports:scenario_detail", pk)
        messages.success(request, "Đã bỏ kịch bản.")
    return redirect("reports:scenario_list")

"""Coverage, points at risk, loss and change: pages and files. Nothing here writes."""

from typing import TypeVar

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from agencies import calendar
from agencies.models import Province
from agencies.tables import MEDIA_TYPES, Table, comma_separated, workbook
from agencies.text import fold
from agencies.views.people import person
from indicators.models import Index, ScoreSheet
from plans.forms.plans import AsOfForm
from plans.models import Plan
from reports.facts import analysis_list as facts
from reports.facts.change import published_change, sheet_change
from reports.facts.coverage import CoverageFacts, coverage, coverage_tables
from reports.facts.loss import LossFacts, loss_tables, published_loss, sheet_loss
from reports.facts.risk import risk, risk_tables

Found = TypeVar("Found")


def _must(found: Found | None) -> Found:
    if found is None:
        raise Http404
    return found


def _file(name: str, form: str, tables: tuple[Table, ...]) -> HttpResponse:
    """Return tables as a workbook, or the first of them as CSV."""
    if form not in MEDIA_TYPES:
        raise Http404
    content = workbook(tables) if form == "xlsx" else comma_separated(tables[0])
    response = HttpResponse(content, content_type=MEDIA_TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{slugify(fold(name))}.{form}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
def analysis_list(request: HttpRequest) -> HttpResponse:
    """What can be analysed."""
    return render(request, "reports/analysis_list.html", {"found": facts.analysis_list(person(request))})


def _coverage(request: HttpRequest, code: str) -> tuple[CoverageFacts | None, Plan, AsOfForm]:
    user, today = person(request), calendar.today()
    plan = get_object_or_404(Plan.objects.visible_to(user), code=code)
    form = AsOfForm(request.GET, today=today)
    return coverage(plan, user, form.day() or today, request.GET.get("chi-so", "")), plan, form


@require_safe
def coverage_page(request: HttpRequest, code: str) -> HttpResponse:
    """The coverage map of a plan and an index; ``?ngay=`` as of a past day."""
    found, plan, form = _coverage(request, code)
    if found is None and request.GET.get("chi-so"):
        raise Http404
    return render(request, "reports/coverage.html", {"map": found, "plan": plan, "as_of_form": form})


@require_safe
@cache_control(private=True, no_store=True)
def coverage_export(request: HttpRequest, code: str, form: str) -> HttpResponse:
    """The map as a file."""
    found = _must(_coverage(request, code)[0])
    return _file(f"do-phu {found.plan_code} {found.index_code}", form, coverage_tables(found))


def _sheet(request: HttpRequest, pk: int) -> ScoreSheet:
    return get_object_or_404(facts.sheets(person(request)), pk=pk)


@require_safe
def risk_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The points-at-risk ledger of a sheet."""
    ledger = risk(_sheet(request, pk), person(request), calendar.today())
    return render(request, "reports/risk.html", {"ledger": ledger})


@require_safe
@cache_control(private=True, no_store=True)
def risk_export(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The ledger as a file."""
    ledger = risk(_sheet(request, pk), person(request), calendar.today())
    return _file(f"diem-nguy-co {ledger.title}", form, risk_tables(ledger))


def _loss(request: HttpRequest, pk: int) -> LossFacts:
    return _must(sheet_loss(_sheet(request, pk), person(request), calendar.today()))


@require_safe
def loss_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a sheet that was appraised to the end lost its points."""
    return render(request, "reports/loss.html", {"loss": _loss(request, pk), "sheet_id": pk})


@require_safe
@cache_control(private=True, no_store=True)
def loss_export(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The loss as a file."""
    found = _loss(request, pk)
    return _file(f"mat-diem {found.title}", form, loss_tables(found))


def _published(request: HttpRequest, code: str) -> tuple[Province, Index]:
    province = _must(facts.home_province(person(request)))
    return province, get_object_or_404(Index.objects.all(), code=code)


@require_safe
def published_loss_page(request: HttpRequest, index: str, year: int) -> HttpResponse:
    """Where the own province lost points, by the published results."""
    province, found = _published(request, index)
    loss = _must(published_loss(province, found, year, person(request), calendar.today()))
    return render(request, "reports/loss.html", {"loss": loss})


@require_safe
def change_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What moved a unit's score since the sheet before."""
    after = _sheet(request, pk)
    before = _must(facts.sheet_before(after))
    change = sheet_change(before, after, person(request), calendar.today())
    return render(request, "reports/change.html", {"change": change, "title": str(after)})


@require_safe
def published_change_page(request: HttpRequest, index: str, year: int) -> HttpResponse:
    """What moved the own province's published score since the year before."""
    province, found = _published(request, index)
    change = _must(published_change(province, found, year - 1, year))
    return render(request, "reports/change.html", {"change": change, "title": change.title})

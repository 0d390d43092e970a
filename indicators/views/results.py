"""Published results: the indices of a province, the table of the country, and entering a table."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from agencies.errors import PortalError
from agencies.models import Province, User
from agencies.permissions import Permission
from agencies.views.people import person
from indicators.actions.results import Refusal, take
from indicators.facts import index_pages
from indicators.facts.ranking import Ranking, ranking
from indicators.forms.results import RankingForm, ResultsFileForm, YearForm
from indicators.models import Index
from indicators.render import results as files

FAULTS_SHOWN = 200


def _reader(request: HttpRequest) -> User:
    """Return a person who reads results."""
    user = person(request)
    if not index_pages.reads(user):
        raise Http404("the person reads no results")
    return user


def _province(user: User, code: str) -> Province:
    province = index_pages.province_of(user, code)
    if province is None:
        raise Http404("no such province")
    return province


@require_safe
def index_list(request: HttpRequest) -> HttpResponse:
    """Every index with where the own province stands."""
    user = _reader(request)
    province = _province(user, "")
    context = {
        "province": province,
        "rows": index_pages.index_rows(province),
        "enters": bool(user.provinces_with(Permission.INDEX_MANAGE)),
    }
    return render(request, "indicators/index_list.html", context)


@require_safe
def index_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One index of a province (``?tinh=``, else the own) over the years; ``?nam=`` whose components are shown."""
    user = _reader(request)
    index = get_object_or_404(Index, code=code)
    form = YearForm(request.GET)
    said = form.cleaned_data if form.is_valid() else {}
    province = _province(user, said.get("tinh", ""))
    page = index_pages.index_page(index, province, said.get("nam"))
    context = {"page": page, "own": province.pk in user.provinces_with(Permission.RESULT_READ)}
    return render(request, "indicators/index_detail.html", context, status=200 if form.is_valid() else 422)


def _ranking(index: Index, form: RankingForm, years: list[int], parts: dict[int, list]) -> Ranking | None:
    said = form.cleaned_data if form.is_valid() else {}
    year = said.get("nam") or (years[0] if years else None)
    if year is None:
        return None
    component = next((one for one in parts[year] if one.code == said.get("thanh_phan")), None)
    if said.get("thanh_phan") and component is None:
        return None
    return ranking(index, year, component)


@require_safe
def ranking_table(request: HttpRequest, code: str) -> HttpResponse:
    """The provinces of the country in an index, or one component, and a year."""
    user = _reader(request)
    index = get_object_or_404(Index, code=code)
    years, parts = index_pages.years_and_parts(index)
    form = RankingForm(request.GET, years=years, parts=parts)
    found = _ranking(index, form, years, parts)
    context = {
        "index": index,
        "form": form,
        "table": index_pages.ranking_table(found, user.provinces_with(Permission.RESULT_READ)) if found else None,
    }
    return render(request, "indicators/ranking_table.html", context, status=200 if form.is_valid() else 422)


_FILES: dict[str, tuple[Callable[[index_pages.RankingTable], bytes], str]] = {
    "xlsx": (files.ranking_xlsx, files.XLSX),
    "csv": (files.ranking_csv, "text/csv; charset=utf-8"),
}
_TEMPLATES: dict[str, tuple[Callable[[], bytes], str]] = {
    "xlsx": (files.template_xlsx, files.XLSX),
    "csv": (files.template_csv, "text/csv; charset=utf-8"),
}


def _attachment(content: bytes, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
def ranking_export(request: HttpRequest, code: str, form: str) -> HttpResponse:
    """The same table as a workbook or CSV."""
    user = _reader(request)
    index = get_object_or_404(Index, code=code)
    years, parts = index_pages.years_and_parts(index)
    found = _ranking(index, RankingForm(request.GET, years=years, parts=parts), years, parts)
    if found is None or form not in _FILES:
        raise Http404("no such ranking")
    draw, media_type = _FILES[form]
    table = index_pages.ranking_table(found, user.provinces_with(Permission.RESULT_READ))
    name = "-".join(part for part in ("xep-hang", code, str(found.year), found.component) if part)
    return _attachment(draw(table), media_type, f"{name}.{form}")


def _keeper(request: HttpRequest) -> User:
    """Return a person who keeps the indices of a province."""
    user = person(request)
    if not user.provinces_with(Permission.INDEX_MANAGE):
        raise Http404("the person keeps no indices")
    return user


@require_http_methods(["GET", "HEAD", "POST"])
def results_import(request: HttpRequest) -> HttpResponse:
    """Look at a table of results, or enter it: every error at once, nothing stored until all is right."""
    user = _keeper(request)
    form, status = ResultsFileForm(), 200
    context: dict = {"max_bytes": settings.MAX_UPLOAD_BYTES, "max_text": f"{settings.MAX_UPLOAD_BYTES // 1048576} MB"}
    if request.method == "POST":
        form, status = ResultsFileForm(request.POST, request.FILES), 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            if file.size > settings.MAX_UPLOAD_BYTES:
                form.add_error("file", f"Tệp vượt giới hạn {settings.MAX_UPLOAD_BYTES // 1048576} MB.")
            else:
                try:
                    taken = take(content=file.read(), name=file.name, store=form.enters, by=user)
                except Refusal as error:
                    context |= {"faults": error.faults[:FAULTS_SHOWN], "faults_total": len(error.faults)}
                except PortalError as error:
                    form.add_error("file", error.message)
                else:
                    if form.enters:
                        messages.success(request, str(taken))
                        return redirect("indicators:index_list")
                    context["taken"], status = taken, 200
    return render(request, "indicators/results_import.html", {"form": form, **context}, status=status)


@require_safe
def results_template(request: HttpRequest, form: str) -> HttpResponse:
    """An empty table of results to fill in."""
    _keeper(request)
    if form not in _TEMPLATES:
        raise Http404("no such template")
    draw, media_type = _TEMPLATES[form]
    return _attachment(draw(), media_type, f"mau-bang-ket-qua.{form}")

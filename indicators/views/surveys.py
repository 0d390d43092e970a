"""Surveys: the list, one survey, its files, and taking a sheet in."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from agencies import calendar
from agencies.errors import PortalError
from agencies.forms import say
from agencies.models import Agency, Province, User
from agencies.permissions import Permission
from agencies.tables import MEDIA_TYPES, comma_separated, workbook
from agencies.views.people import page_rows, person
from indicators.actions import survey_sheets, surveys
from indicators.actions.survey_sheets import MOST_ERRORS_SHOWN, SheetRefused
from indicators.facts import surveys as facts
from indicators.facts.survey_template import template_tables
from indicators.forms.surveys import SurveyFilterForm, SurveyForm
from indicators.models import Survey

PAGE = 25


def keeps_surveys(user: User) -> Province | None:
    """Return the province for which a person takes surveys in."""
    return Province.objects.filter(pk__in=user.provinces_with(Permission.INDEX_MANAGE)).order_by("name").first()


def file_answer(name: str, form: str, content: bytes) -> HttpResponse:
    """Return a table as an attachment."""
    response = HttpResponse(content, content_type=MEDIA_TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
def survey_list(request: HttpRequest) -> HttpResponse:
    """The surveys the person may read."""
    user = person(request)
    form = SurveyFilterForm(request.GET)
    said = form.cleaned_data if form.is_valid() else {}
    index = said.get("index")
    found = facts.surveys(
        user,
        index=index.code if index else "",
        year=said.get("year"),
        everything=bool(said.get("everything")),
    )
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page_obj": page,
        "rows": facts.survey_rows(page_rows(page)),
        "active": sum(bool(value) for value in said.values()),
        "imports": keeps_surveys(user) is not None,
    }
    return render(request, "indicators/survey_list.html", context, status=200 if form.is_valid() else 422)


def _survey(request: HttpRequest, pk: int) -> facts.SurveyFacts:
    row = get_object_or_404(
        Survey.objects.visible_to(person(request)).select_related("index", "province", "agency", "imported_by"), pk=pk
    )
    return facts.survey_facts(row)


@require_safe
def survey_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One survey: factors, questions, what it replaces."""
    return render(request, "indicators/survey_detail.html", {"survey": _survey(request, pk)})


@require_safe
@cache_control(private=True, no_store=True)
def survey_export(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The survey as a workbook, or its counts as CSV."""
    found = _survey(request, pk)
    name = f"khao-sat-{found.year}-{found.id}"
    if form == "xlsx":
        return file_answer(name, form, workbook(facts.survey_tables(found)))
    if form == "csv":
        return file_answer(name, form, comma_separated(facts.counts_table(found)))
    raise Http404


def _keeper(request: HttpRequest) -> Province:
    """Return the province of who takes surveys in; for others there is no such page."""
    province = keeps_surveys(person(request))
    if province is None:
        raise Http404
    return province


@require_safe
def survey_template(request: HttpRequest, kind: str) -> HttpResponse:
    """The template to fill in: ``counts`` or ``raw``."""
    _keeper(request)
    if kind not in ("counts", "raw"):
        raise Http404
    return file_answer(f"mau-khao-sat-{kind}", "xlsx", workbook(template_tables(kind)))


@require_http_methods(["GET", "HEAD", "POST"])
def survey_import(request: HttpRequest) -> HttpResponse:
    """Take a sheet in: every error at once, or the survey."""
    province = _keeper(request)
    agencies = Agency.objects.valid_on(calendar.today()).filter(province=province).order_by("order", "name")
    form, status = SurveyForm(agencies=agencies), 200
    context: dict[str, object] = {}
    if request.method == "POST":
        form, status = SurveyForm(request.POST, request.FILES, agencies=agencies), 422
        if form.is_valid():
            said = form.cleaned_data
            try:
                sheet = survey_sheets.read(said["file"].name, said["file"])
                done = surveys.import_survey(
                    province=province,
                    index=said["index"],
                    about=form.about(),
                    sheet=sheet,
                    agency=said["agency"],
                    reason=said["reason"],
                    by=person(request),
                )
            except SheetRefused as error:
                form.add_error("file", f"Tệp có {len(error.faults)} lỗi, chưa lưu gì. Danh sách lỗi ở cuối trang.")
                context = {"faults": error.faults[:MOST_ERRORS_SHOWN], "more": len(error.faults) - MOST_ERRORS_SHOWN}
            except PortalError as error:
                say(form, error)
            else:
                if done.created:
                    messages.success(request, f"Đã nhập {len(sheet.questions)} câu hỏi.")
                else:
                    messages.info(request, "Số liệu này đã có, không thay đổi gì.")
                return redirect("indicators:survey_detail", done.survey.pk)
    return render(
        request, "indicators/survey_import.html", {**context, "form": form, "province": province}, status=status
    )

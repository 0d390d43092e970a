"""Score sheets: their list, the grid of one, opening a year, dates, who answers, and the steps of the sheet."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies import calendar
from agencies.errors import Conflict, PortalError
from agencies.forms import StepForm, say
from agencies.models import Agency, Province, User
from agencies.permissions import Permission
from agencies.views.files import sent
from agencies.views.people import page_rows, person
from indicators import policies
from indicators.actions import sheets as actions
from indicators.facts import sheet_entry, sheets
from indicators.facts.sheet_access import access, visible_entry
from indicators.facts.sheet_gaps import gaps
from indicators.forms.sheets import AssignForm, DatesForm, OpenYearForm, PublishForm, ReturnForm, SheetFilterForm
from indicators.models import EntryLayer, Framework, ScoreSheet
from indicators.views.entries import pane

PAGE = 30


@require_safe
def sheet_list(request: HttpRequest) -> HttpResponse:
    """The sheets the person may read."""
    user, today = person(request), calendar.today()
    form = SheetFilterForm(request.GET)
    said = form.cleaned_data if form.is_valid() else {}
    found = sheets.sheets(user, today, year=said.get("year"), state=said.get("state", ""), mine=bool(said.get("mine")))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page_obj": page,
        "rows": sheets.sheet_rows(page_rows(page), user, today),
        "active": sum(bool(value) for value in said.values()),
        "opens": bool(user.provinces_with(Permission.INDEX_MANAGE)),
    }
    return render(request, "indicators/sheet_list.html", context, status=200 if form.is_valid() else 422)


def _subject(request: HttpRequest, pk: int) -> ScoreSheet:
    return get_object_or_404(
        ScoreSheet.objects.visible_to(person(request)).select_related("framework__index", "agency", "province"), pk=pk
    )


@require_safe
def sheet_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The grid of one sheet; ``dong``: the component whose pane is open, ``xem``: only some of the rows."""
    user, today = person(request), calendar.today()
    sheet = _subject(request, pk)
    page = sheets.sheet_page(sheet, user, today)
    view = request.GET.get("xem", "")
    rows = [row for row in page.rows if _shown(row, view)]
    chosen = request.GET.get("dong", "")
    entry = visible_entry(user, int(chosen)) if chosen.isascii() and chosen.isdecimal() and len(chosen) < 19 else None
    context = {
        "page": page,
        "rows": rows,
        "view": view,
        "missing": sum(bool(row.todo) for row in page.rows),
        "changed": sum(any(cell.changed for cell in row.cells) for row in page.rows if row.entry_id),
        "chosen": entry.pk if entry is not None and entry.sheet_id == sheet.pk else None,
    }
    if context["chosen"]:
        assert entry is not None
        context |= pane(entry, user, today)
    return render(request, "indicators/sheet_detail.html", context)


def _shown(row: sheets.GridRow, view: str) -> bool:
    """Tell whether a row belongs to a view of the grid; rows with parts are left out of the narrower ones."""
    if view == "thieu":
        return bool(row.todo)
    if view == "cua-toi":
        return row.mine
    if view == "khac":
        return bool(row.entry_id) and any(cell.changed for cell in row.cells)
    if view == "co-san":
        return row.offers > 0
    return True


# --- opening -----------------------------------------------------------------------------------------------------


def _managed(user: User) -> Province:
    """Return the province whose indices the person manages (404 for everybody else)."""
    return get_object_or_404(
        Province.objects.filter(pk__in=user.provinces_with(Permission.INDEX_MANAGE)).order_by("pk")[:1]
    )


@require_http_methods(["GET", "HEAD", "POST"])
def sheet_open(request: HttpRequest) -> HttpResponse:
    """Open the sheets of a year."""
    user, today = person(request), calendar.today()
    province = _managed(user)
    choices: dict[str, Any] = {
        "frameworks": Framework.objects.visible_to(user)
        .filter(components__isnull=False)
        .select_related("index")
        .distinct()
        .order_by("index__order", "-year_from", "pk"),
        "agencies": Agency.objects.valid_on(today).filter(province=province).order_by("order", "name"),
    }
    form, status = OpenYearForm(initial={"year": today.year}, **choices), 200
    if request.method == "POST":
        form, status = OpenYearForm(request.POST, **choices), 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                opened = actions.open_year(
                    framework=data["framework"],
                    year=data["year"],
                    province=province,
                    agencies=list(data["agencies"]),
                    dates=form.dates(),
                    by=user,
                )
            except PortalError as error:
                say(form, error)
                status = error.status
            else:
                messages.success(request, f"Đã mở {len(opened)} phiếu chấm điểm năm {data['year']}.")
                if len(opened) == 1:
                    return redirect("indicators:sheet_detail", opened[0].pk)
                return redirect(f"{reverse('indicators:sheet_list')}?year={data['year']}")
    return render(request, "indicators/sheet_open.html", {"form": form}, status=status)


# --- steps -------------------------------------------------------------------------------------------------------


def _for(request: HttpRequest, pk: int, verb: str) -> ScoreSheet:
    """Return a sheet on which the person takes a step, whatever has become of it meanwhile (404 for others)."""
    sheet = _subject(request, pk)
    held = access(sheet, person(request), calendar.today())
    permission = {step.verb: step.permission for step in policies.SHEET_STEPS}[verb]
    right = {
        Permission.SCORE_SUBMIT: held.submits,
        Permission.SCORE_APPRAISE: held.appraises,
        Permission.INDEX_MANAGE: held.manages,
    }[permission]
    if not right:
        raise Http404("not the person's step")
    return sheet


def _step(
    request: HttpRequest, sheet: ScoreSheet, form: Any, take: Callable[[Any], ScoreSheet], done: str
) -> HttpResponse | None:
    """Take a step that a valid form asks for; None: the form is to be shown again."""
    if not form.is_valid():
        return None
    try:
        take(form)
    except Conflict as error:
        return _too_late(request, sheet, error)
    except PortalError as error:
        say(form, error)
        return None
    messages.success(request, done)
    return redirect("indicators:sheet_detail", sheet.pk)


def _too_late(request: HttpRequest, sheet: ScoreSheet, error: Conflict) -> HttpResponse:
    sheet.refresh_from_db()
    conflict = {"by": "", "at": None, "what": sheet.get_state_display(), "url": _url(sheet)}
    context = {"conflict": conflict, "message": error.message, "code": error.code}
    return render(request, "409.html", context, status=409)


def _url(sheet: ScoreSheet) -> str:
    return reverse("indicators:sheet_detail", args=[sheet.pk])


def _context(sheet: ScoreSheet, **more: Any) -> dict[str, Any]:
    return {"sheet_id": sheet.pk, "title": sheets.title_of(sheet), "url": _url(sheet), **more}


@require_http_methods(["GET", "HEAD", "POST"])
def sheet_send(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the self-score, or the explanation, by the head; first all that is missing is listed."""
    user, today = person(request), calendar.today()
    sheet = _for(request, pk, "submit")
    explains = sheet.state == policies.APPRAISED
    form, status = StepForm(initial={"revision": sheet.revision}), 200
    if request.method == "POST":
        form, status = StepForm(request.POST), 422
        verb, done = (
            (actions.explain, "Đã gửi giải trình. Bên thẩm định đã nhận phiếu.")
            if explains
            else (actions.submit, "Đã gửi phiếu tự chấm. Phần tự chấm đã khóa.")
        )
        answer = _step(
            request,
            sheet,
            form,
            lambda said: verb(sheet=sheet, revision=said.cleaned_data["revision"], by=user),
            done,
        )
        if answer is not None:
            return answer
    page = sheets.sheet_page(sheet, user, today)
    context = _context(
        sheet,
        form=form,
        page=page,
        explains=explains,
        gaps=() if explains else gaps(sheet),
        changed=[row for row in page.rows if row.entry_id and row.cells[2].changed] if explains else (),
        ready=("explain" if explains else "submit") in page.may,
    )
    return render(request, "indicators/sheet_send.html", context, status=status)


@require_POST
def sheet_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the sheet back before anybody has begun to appraise it."""
    sheet, form = _for(request, pk, "withdraw"), StepForm(request.POST)
    answer = _step(
        request,
        sheet,
        form,
        lambda said: actions.withdraw(sheet=sheet, revision=said.cleaned_data["revision"], by=person(request)),
        "Đã rút phiếu. Phiếu mở lại để tự chấm.",
    )
    return answer or _refused(request, sheet, form)


def _refused(request: HttpRequest, sheet: ScoreSheet, form: StepForm) -> HttpResponse:
    for said in form.errors.values():
        messages.warning(request, " ".join(str(one) for one in said))
    return redirect("indicators:sheet_detail", sheet.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def sheet_appraise(request: HttpRequest, pk: int) -> HttpResponse:
    """Finish an appraisal, the first or the second; or go on without an explanation."""
    sheet = _for(request, pk, "appraise")
    verb: Callable[..., ScoreSheet] = {
        policies.EXPLAINED: actions.settle,
        policies.APPRAISED: actions.waive,
    }.get(sheet.state, actions.appraise)
    form = StepForm(request.POST if request.method == "POST" else None, initial={"revision": sheet.revision})
    if request.method == "POST":
        answer = _step(
            request,
            sheet,
            form,
            lambda said: verb(sheet=sheet, revision=said.cleaned_data["revision"], by=person(request)),
            "Đã ghi nhận. Phần vừa kết thúc đã khóa.",
        )
        if answer is not None:
            return answer
    return _appraisal(request, sheet, form=form)


def _appraisal(
    request: HttpRequest, sheet: ScoreSheet, *, form: StepForm | None = None, back: ReturnForm | None = None
) -> HttpResponse:
    page = sheets.sheet_page(sheet, person(request), calendar.today())
    column = {policies.SUBMITTED: 1, policies.EXPLAINED: 3}.get(sheet.state, 1)
    context = _context(
        sheet,
        page=page,
        form=form or StepForm(initial={"revision": sheet.revision}),
        back=back or ReturnForm(initial={"revision": sheet.revision}, auto_id="back_%s"),
        changed=[(row, row.cells[column - 1], row.cells[column]) for row in page.rows if _differs(row, column)],
        pending=sheets.unjudged(sheet),
        state=sheet.state,
    )
    failed = any(one is not None and one.is_bound and one.errors for one in (form, back))
    return render(request, "indicators/sheet_appraise.html", context, status=422 if failed else 200)


def _differs(row: sheets.GridRow, column: int) -> bool:
    return bool(row.entry_id) and row.cells[column].changed


@require_POST
def sheet_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the sheet back, with the reason."""
    sheet = _for(request, pk, "return")
    form = ReturnForm(request.POST, auto_id="back_%s")

    def take(said: Any) -> ScoreSheet:
        data = said.cleaned_data
        return actions.send_back(
            sheet=sheet, reason=data["reason"], until=data["until"], revision=data["revision"], by=person(request)
        )

    answer = _step(request, sheet, form, take, "Đã trả lại phiếu, kèm lý do.")
    return answer or _appraisal(request, sheet, back=form)


@require_http_methods(["GET", "HEAD", "POST"])
def sheet_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Record what was published."""
    sheet = _for(request, pk, "publish")
    settled = EntryLayer.objects.filter(
        entry__sheet=sheet, stage=EntryLayer.Stage.SETTLEMENT, number=sheet.round
    ).select_related("entry__component")
    entries = [(layer.entry, layer.score) for layer in settled.order_by("entry__component__order")]
    form = PublishForm(
        request.POST if request.method == "POST" else None, entries=entries, initial={"revision": sheet.revision}
    )
    if request.method == "POST":

        def take(said: Any) -> ScoreSheet:
            data = said.cleaned_data
            return actions.publish(
                sheet=sheet,
                document=data["document"],
                on=data["on"],
                scores=said.scores(),
                revision=data["revision"],
                by=person(request),
            )

        answer = _step(request, sheet, form, take, "Đã ghi kết quả công bố.")
        if answer is not None:
            return answer
    context = _context(sheet, form=form, ready=sheet.state == policies.SETTLED)
    return render(request, "indicators/sheet_publish.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def sheet_dates(request: HttpRequest, pk: int) -> HttpResponse:
    """Move the dates, with the reason."""
    sheet = _for(request, pk, "move_dates")
    initial = {"revision": sheet.revision, **{name: getattr(sheet, name) for name in actions.DATES}}
    form = DatesForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST":

        def take(said: Any) -> ScoreSheet:
            data = said.cleaned_data
            return actions.move_dates(
                sheet=sheet, dates=said.dates(), reason=data["reason"], revision=data["revision"], by=person(request)
            )

        answer = _step(request, sheet, form, take, "Đã dời thời hạn của phiếu.")
        if answer is not None:
            return answer
    context = _context(sheet, form=form, ready=sheet.state in policies.MOVE_DATES.sources)
    return render(request, "indicators/sheet_dates.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def sheet_assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which agency answers for which component of the province's sheet."""
    sheet, today = _for(request, pk, "assign"), calendar.today()
    entries = list(sheet.entries.select_related("component").order_by("component__order"))
    agencies = Agency.objects.valid_on(today).filter(province_id=sheet.province_id).order_by("order", "name")
    form = AssignForm(
        request.POST if request.method == "POST" else None,
        entries=entries,
        agencies=agencies,
        bearer="Cơ quan thường trực",
        initial={"revision": sheet.revision},
    )
    if request.method == "POST":
        answer = _step(
            request,
            sheet,
            form,
            lambda said: actions.assign(
                sheet=sheet, owners=said.owners(), revision=said.cleaned_data["revision"], by=person(request)
            ),
            "Đã ghi cơ quan trả lời.",
        )
        if answer is not None:
            return answer
    ready = sheet.state == policies.DRAFT and sheet.agency_id is None
    context = _context(sheet, form=form, ready=ready)
    return render(request, "indicators/sheet_assign.html", context, status=422 if form.errors else 200)


@require_safe
@cache_control(private=True, no_store=True)
def sheet_file(request: HttpRequest, pk: int) -> FileResponse:
    """Send a document shown with a component, to be saved."""
    document = sheet_entry.visible_file(person(request), pk, calendar.today())
    if document is None:
        raise Http404("not the person's to read")
    return sent(document)

"""One component of a sheet: beside the grid, or on a page of its own (without script, and on a phone)."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from agencies import calendar, files
from agencies.errors import Conflict, PortalError
from agencies.forms import say
from agencies.models import User
from agencies.views.people import person
from indicators.actions import entries as actions
from indicators.actions import offers
from indicators.facts import scored_layers, sheet_entry
from indicators.facts.sheet_access import access, visible_entry
from indicators.forms.entries import EntryForm, JudgeForm, TakeForm
from indicators.models import Offer, SheetEntry


def _subject(request: HttpRequest, pk: int, entry: int) -> SheetEntry:
    found = visible_entry(person(request), entry)
    if found is None or found.sheet_id != pk:
        raise Http404("no such component, or not the person's to read")
    return found


def pane(
    entry: SheetEntry, user: User, on: date, *, form: EntryForm | None = None, judge: JudgeForm | None = None
) -> dict[str, Any]:
    """Return what the pane of a component shows, with the form of what the person may do."""
    page = sheet_entry.entry_page(entry, user, on)
    layer = sheet_entry.current(entry)
    context: dict[str, Any] = {
        "entry": page,
        "max_bytes": settings.MAX_UPLOAD_BYTES,
        "max_text": f"{settings.MAX_UPLOAD_BYTES // 1048576} MB",
        "accepted_names": files.ACCEPTED_NAMES,
    }
    if layer is None:
        return context
    fields = scored_layers.fields_of(entry.component)
    initial = {
        "revision": entry.revision,
        "not_applicable": layer.not_applicable,
        "explanation": layer.explanation,
        "reason": layer.reason,
        "score": None if fields else layer.score,
        **EntryForm.declared(sheet_entry.declared(layer)),
    }
    open_row = next((row for row in page.layers if row.id == layer.pk), None)
    if page.writes:
        context["form"] = form or EntryForm(
            initial=initial, component=entry.component, fields=fields, held=sheet_entry.held_choices(entry, user, on)
        )
        context["kept"] = open_row.evidence if open_row else ()
        context["offers"] = [
            (offer, TakeForm(initial={"revision": entry.revision}, offer=offer, auto_id=f"offer{offer.id}_%s"))
            for offer in page.offers
        ]
    elif page.judges:
        if fields and layer.score is not None and not layer.not_applicable:
            # A score set against the rule is shown as such.
            initial["score"] = _set_by_hand(entry, layer)
        context["judge_form"] = judge or JudgeForm(
            initial=initial, component=entry.component, fields=fields, links=open_row.evidence if open_row else ()
        )
    return context


def _set_by_hand(entry: SheetEntry, layer: Any) -> Any:
    answer = scored_layers.answer_of(entry.component, layer, sheet_entry.declared(layer))
    return answer.given


@require_safe
def entry_detail(request: HttpRequest, pk: int, entry: int) -> HttpResponse:
    """One component; a request of the grid's script gets the pane alone."""
    found = _subject(request, pk, entry)
    context = pane(found, person(request), calendar.today())
    template = "indicators/_entry.html" if request.headers.get("HX-Request") else "indicators/entry_detail.html"
    response = render(request, template, context)
    response.headers["Vary"] = "HX-Request, Cookie"
    return response


def _after(request: HttpRequest, entry: SheetEntry) -> HttpResponse:
    """Lead on: to the next component where that was asked, in the grid or on its own page, as the person works."""
    target = entry.pk
    if request.POST.get("action") == "next":
        order = list(entry.sheet.entries.order_by("component__order").values_list("pk", flat=True))
        place = order.index(entry.pk) + 1
        target = order[place] if place < len(order) else entry.pk
    if request.POST.get("from") == "grid":
        return redirect(f"{reverse('indicators:sheet_detail', args=[entry.sheet_id])}?dong={target}")
    return redirect("indicators:entry_detail", entry.sheet_id, target)


def _again(
    request: HttpRequest, entry: SheetEntry, *, form: EntryForm | None = None, judge: JudgeForm | None = None
) -> HttpResponse:
    context = pane(entry, person(request), calendar.today(), form=form, judge=judge)
    context["lost_files"] = _lost(request)
    return render(request, "indicators/entry_detail.html", context, status=422)


def _changed_meanwhile(request: HttpRequest, entry: SheetEntry, form: EntryForm | JudgeForm) -> HttpResponse:
    """Show what was typed beside what somebody else has kept; sent again, it takes that one's place."""
    found = _subject(request, entry.sheet_id, entry.pk)
    typed = request.POST.copy()
    typed["revision"] = str(found.revision)
    form.data = typed
    form.full_clean()
    user, today = person(request), calendar.today()
    if isinstance(form, EntryForm):
        context = pane(found, user, today, form=form)
    else:
        context = pane(found, user, today, judge=form)
    context |= {"changed_meanwhile": True, "lost_files": _lost(request)}
    return render(request, "indicators/entry_detail.html", context, status=409)


def _lost(request: HttpRequest) -> list[str]:
    """Return the names of files that a browser does not keep in a form shown again."""
    return [str(file.name) for _, some in request.FILES.lists() for file in some]


def _too_late(request: HttpRequest, entry: SheetEntry, error: Conflict) -> HttpResponse:
    url = reverse("indicators:entry_detail", args=[entry.sheet_id, entry.pk])
    conflict = {"by": "", "at": None, "what": entry.sheet.get_state_display(), "url": url}
    context = {"conflict": conflict, "message": error.message, "code": error.code}
    return render(request, "409.html", context, status=409)


@require_POST
def entry_save(request: HttpRequest, pk: int, entry: int) -> HttpResponse:
    """Keep what the unit says of a component."""
    found, user, today = _subject(request, pk, entry), person(request), calendar.today()
    if not access(found.sheet, user, today).writes(found.owner_id):
        raise Http404("not the person's component")
    form = EntryForm(
        request.POST,
        request.FILES,
        component=found.component,
        fields=scored_layers.fields_of(found.component),
        held=sheet_entry.held_choices(found, user, today),
    )
    if not form.is_valid():
        return _again(request, found, form=form)
    try:
        actions.save(
            entry=found,
            said=form.said(),
            evidence=form.evidence(),
            revision=form.cleaned_data["revision"],
            by=user,
        )
    except Conflict as error:
        if error.code == "stale_revision":
            return _changed_meanwhile(request, found, form)
        return _too_late(request, found, error)
    except PortalError as error:
        say(form, error)
        return _again(request, found, form=form)
    messages.success(request, f"Đã lưu {found.component.code}.")
    return _after(request, found)


@require_POST
def entry_judge(request: HttpRequest, pk: int, entry: int) -> HttpResponse:
    """Keep what an appraisal makes of a component."""
    found, user, today = _subject(request, pk, entry), person(request), calendar.today()
    if not access(found.sheet, user, today).judges(found.owner_id):
        raise Http404("not the person's to appraise")
    layer = sheet_entry.current(found)
    page = sheet_entry.entry_page(found, user, today)
    open_row = next((row for row in page.layers if layer is not None and row.id == layer.pk), None)
    form = JudgeForm(
        request.POST,
        component=found.component,
        fields=scored_layers.fields_of(found.component),
        links=open_row.evidence if open_row else (),
    )
    if not form.is_valid():
        return _again(request, found, judge=form)
    try:
        actions.judge(
            entry=found,
            said=form.said(),
            verdicts=form.verdicts(),
            revision=form.cleaned_data["revision"],
            by=user,
        )
    except Conflict as error:
        if error.code == "stale_revision":
            return _changed_meanwhile(request, found, form)
        return _too_late(request, found, error)
    except PortalError as error:
        say(form, error)
        return _again(request, found, judge=form)
    messages.success(request, f"Đã ghi thẩm định {found.component.code}.")
    return _after(request, found)


def _offered(request: HttpRequest, pk: int, entry: int, offer: int) -> tuple[SheetEntry, Offer]:
    """Return an entry that the person writes and an offer to it."""
    found, user = _subject(request, pk, entry), person(request)
    if not access(found.sheet, user, calendar.today()).writes(found.owner_id):
        raise Http404("not the person's component")
    offers_of = Offer.objects.serving(found.sheet).filter(component_id=found.component_id)
    return found, get_object_or_404(offers_of.select_related("component"), pk=offer)


@require_POST
def offer_take(request: HttpRequest, pk: int, entry: int, offer: int) -> HttpResponse:
    """Take an offer into the component."""
    found, offered = _offered(request, pk, entry, offer)
    page = sheet_entry.entry_page(found, person(request), calendar.today())
    row = next((one for one in page.offers if one.id == offered.pk), None)
    form = TakeForm(request.POST, offer=row)
    if form.is_valid():
        data = form.cleaned_data
        try:
            offers.take(offer=offered, entry=found, into=data["into"], revision=data["revision"], by=person(request))
        except Conflict as error:
            return _too_late(request, found, error)
        except PortalError as error:
            messages.warning(request, error.message)
        else:
            messages.success(request, "Đã nhận số liệu và tài liệu vào thành phần.")
    else:
        messages.warning(request, "Chưa nhận được: hãy tải lại trang rồi chọn lại.")
    return _after(request, found)


@require_POST
def offer_set_aside(request: HttpRequest, pk: int, entry: int, offer: int) -> HttpResponse:
    """Say that an offer is of no use to the component."""
    found, offered = _offered(request, pk, entry, offer)
    try:
        offers.set_aside(offer=offered, by=person(request))
    except Conflict as error:
        return _too_late(request, found, error)
    except PortalError as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, "Đã bỏ qua số liệu có sẵn.")
    return _after(request, found)

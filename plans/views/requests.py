"""What agencies ask about their duties: the forms, the queue, the desk."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies import calendar
from agencies.errors import Conflict, PortalError
from agencies.models import Agency, User
from agencies.permissions import Permission
from plans.actions import requests as actions
from plans.facts import requests
from plans.facts.addresses import assignment_url
from plans.facts.duty import duty_panel
from plans.forms.fields import say
from plans.forms.requests import DeclineForm, ExtensionForm, GrantForm, RefusalForm, RequestFilterForm
from plans.forms.steps import StepForm
from plans.models import Assignment, DutyRequest
from plans.views.people import page_rows, person

PAGE = 25


def _asked(request: HttpRequest, pk: int) -> Assignment:
    """Return a duty of an agency in whose name the person asks."""
    return get_object_or_404(
        Assignment.objects.asking_for(person(request)).select_related(
            "task__plan", "task__section", "task__current", "agency"
        ),
        pk=pk,
    )


def _ask(
    request: HttpRequest,
    pk: int,
    kind: type[ExtensionForm] | type[RefusalForm],
    may: Callable[[Assignment, User], object],
    ask: Callable[..., DutyRequest],
    asked: str,
    **words: str,
) -> HttpResponse:
    """Show the form of a request and take it; a form that nobody could send leads back, saying why."""
    user, assignment = person(request), _asked(request, pk)
    form, status = kind(), 200
    if request.method == "POST":
        form, status = kind(request.POST, request.FILES), 422
        if form.is_valid():
            try:
                made = ask(assignment=assignment, by=user, **form.wanted())
            except PortalError as error:
                say(form, error)
            else:
                messages.success(request, asked)
                return redirect("plans:request_detail", made.pk)
    else:
        try:
            may(assignment, user)
        except PortalError as error:
            messages.warning(request, error.message)
            return redirect("plans:assignment_detail", pk)
    version = assignment.task.current
    assert version is not None
    panel = duty_panel(assignment, user, calendar.today())
    context = {
        "form": form,
        "code": assignment.task.code,
        "title": version.title,
        "who": assignment.agency.name,
        "day": panel.day,
        "extended": panel.extended,
        "back_url": assignment_url(assignment.pk),
        "max_bytes": settings.MAX_UPLOAD_BYTES,
        **words,
    }
    return render(request, "plans/duty_form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def duty_extension(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for more time."""
    return _ask(
        request,
        pk,
        ExtensionForm,
        actions.may_extend,
        actions.ask_extension,
        "Đã gửi đề nghị gia hạn. Đến khi có quyết định, thời hạn cũ vẫn được tính.",
        heading="Đề nghị gia hạn",
        hint="Đến khi được đồng ý, nhiệm vụ vẫn tính theo thời hạn hiện tại; số ngày quá hạn trước đó không bị xóa.",
        button="Gửi đề nghị",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def duty_refusal(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that the duty is not the agency's."""
    return _ask(
        request,
        pk,
        RefusalForm,
        actions.may_refuse,
        actions.refuse,
        "Đã gửi. Nhiệm vụ vẫn thuộc cơ quan của bạn cho đến khi được giao cho cơ quan khác.",
        heading="Nhiệm vụ không thuộc trách nhiệm",
        hint="Nhiệm vụ vẫn thuộc cơ quan của bạn, và vẫn tính thời hạn, cho đến khi được giao cho cơ quan khác.",
        button="Gửi",
    )


@require_safe
def request_list(request: HttpRequest) -> HttpResponse:
    """The requests the person may read, open ones first."""
    user, today = person(request), calendar.today()
    form = RequestFilterForm(request.GET)
    said = form.cleaned_data if form.is_valid() else {}
    found = requests.requests(user, today, state=said.get("state", ""), mine=bool(said.get("mine")))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page_obj": page,
        "rows": requests.request_rows(page_rows(page), user, today),
        "active": sum(bool(value) for value in said.values()),
        "decides": bool(user.provinces_with(Permission.DUTY_RULE)),
    }
    return render(request, "plans/request_list.html", context, status=200 if form.is_valid() else 422)


def _subject(request: HttpRequest, pk: int) -> DutyRequest:
    return get_object_or_404(
        DutyRequest.objects.visible_to(person(request)).select_related(
            "assignment__agency",
            "assignment__task__plan",
            "assignment__task__current",
            "created_by",
            "decided_by",
            "document",
            "reassigned_to__agency",
        ),
        pk=pk,
    )


def _desk(
    request: HttpRequest,
    asked: DutyRequest,
    *,
    grant: GrantForm | None = None,
    decline: DeclineForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user, today = person(request), calendar.today()
    initial = {"revision": asked.revision}
    page = requests.request_page(asked, user, today)
    context = {
        "page": page,
        "grant_form": grant or GrantForm(initial=initial, agencies=_successors(asked)),
        "decline_form": decline or DeclineForm(initial=initial, auto_id="decline_%s"),
    }
    return render(request, "plans/request_detail.html", context, status=status)


def _successors(asked: DutyRequest) -> "QuerySet[Agency, Agency] | None":
    refusal = asked.kind == DutyRequest.Kind.REFUSAL
    return requests.successors_of(asked, calendar.today()) if refusal else None


@require_safe
def request_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One request with its duty, its document and the history; who decides it finds the forms."""
    return _desk(request, _subject(request, pk))


def _decidable(request: HttpRequest, pk: int) -> DutyRequest:
    """Return a request that the person decides (whatever has become of it meanwhile)."""
    asked = _subject(request, pk)
    decided = DutyRequest.objects.decidable_by(person(request), calendar.today())
    return asked if decided.filter(pk=pk).exists() else get_object_or_404(DutyRequest.objects.none())


def _too_late(request: HttpRequest, asked: DutyRequest, error: Conflict) -> HttpResponse:
    """Show who was faster and what became of the request."""
    asked.refresh_from_db()
    conflict = {
        "by": str(asked.decided_by or ""),
        "at": asked.decided_at,
        "what": asked.get_state_display() if asked.decided_at else "",
        "url": reverse("plans:request_detail", args=[asked.pk]),
    }
    return render(request, "409.html", {"conflict": conflict, "message": error.message, "code": error.code}, status=409)


@require_POST
def request_grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Grant it."""
    asked = _decidable(request, pk)
    form = GrantForm(request.POST, agencies=_successors(asked))
    if form.is_valid():
        said = form.cleaned_data
        try:
            actions.grant(
                request=asked,
                to=said.get("to"),
                reason=said["reason"],
                revision=said["revision"],
                by=person(request),
            )
        except Conflict as error:
            return _too_late(request, asked, error)
        except PortalError as error:
            say(form, error)
        else:
            messages.success(request, "Đã đồng ý đề nghị.")
            return redirect("plans:request_detail", pk)
    return _desk(request, asked, grant=form, status=422)


@require_POST
def request_decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Decline it, with the reason."""
    asked = _decidable(request, pk)
    form = DeclineForm(request.POST, auto_id="decline_%s")
    if form.is_valid():
        said = form.cleaned_data
        try:
            actions.decline(request=asked, reason=said["reason"], revision=said["revision"], by=person(request))
        except Conflict as error:
            return _too_late(request, asked, error)
        except PortalError as error:
            say(form, error)
        else:
            messages.success(request, "Đã trả lời không đồng ý, kèm lý do.")
            return redirect("plans:request_detail", pk)
    return _desk(request, asked, decline=form, status=422)


@require_POST
def request_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it back before it is decided."""
    asked = _subject(request, pk)
    get_object_or_404(DutyRequest.objects.withdrawable_by(person(request)), pk=pk)
    form = StepForm(request.POST)
    if form.is_valid():
        try:
            actions.withdraw(request=asked, revision=form.cleaned_data["revision"], by=person(request))
        except Conflict as error:
            return _too_late(request, asked, error)
        messages.success(request, "Đã rút đề nghị.")
    return redirect("plans:request_detail", pk)

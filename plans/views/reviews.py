"""The reviewer's queue and desk."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from agencies import calendar
from agencies.errors import Conflict, PortalError
from agencies.models import Event, User
from agencies.permissions import Permission
from plans import policies
from plans.actions import progress as actions
from plans.facts import lists, task, windows
from plans.forms import AcceptForm, ReturnForm, say
from plans.models import Progress
from plans.views.people import page_rows, person

PAGE = 25


@require_safe
def review_queue(request: HttpRequest) -> HttpResponse:
    """The submitted reports that the person may decide, by due date."""
    user, today = person(request), calendar.today()
    page = Paginator(lists.queue(user, today), PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "rows": lists.queue_rows(page_rows(page), today),
        "reviews": bool(user.provinces_with(Permission.PROGRESS_DECIDE)),
    }
    return render(request, "plans/review_queue.html", context)


def _reports() -> Any:
    return Progress.objects.select_related(
        "period",
        "latest__submitted_by",
        "assignment__agency",
        "assignment__task__plan",
        "assignment__task__section",
        "assignment__task__current",
    )


def _decidable(user: User, pk: int) -> Progress | None:
    """Return the report when the person may decide it and it has been handed in."""
    found: Progress | None = (
        _reports()
        .filter(pk__in=Progress.objects.decidable_by(user, calendar.today()).values("pk"))
        .filter(pk=pk, first_submitted_at__isnull=False)
        .first()
    )
    return found


def _desk(
    request: HttpRequest,
    report: Progress,
    *,
    accept: AcceptForm | None = None,
    send_back: ReturnForm | None = None,
    decides: bool = True,
    status: int = 200,
) -> HttpResponse:
    assignment, today = report.assignment, calendar.today()
    version = assignment.task.current
    assert version is not None
    history = task.report_versions(report, inside=False)
    now = history[0] if history else None
    evidence = now.evidence if now else ()
    initial = {"revision": report.revision}
    due_on = windows.window(report.period, today).due_on
    context = {
        "report": report,
        "decides": decides,
        "body": lists.deciding_body(report.province_id, assignment.agency_id, today),
        "code": assignment.task.code,
        "title": version.title,
        "agency": assignment.agency.name,
        "plan": lists.plan_label(assignment.task.plan),
        "section": f"{assignment.task.section.code}. {assignment.task.section.title}",
        "detail_url": lists.assignment_url(assignment.pk),
        "period": report.period.name,
        "due": f"{due_on:%d/%m/%Y}",
        "lateness": lists.lateness(report.first_submitted_at, due_on),
        "first_submitted": lists.moment(report.first_submitted_at),
        "time": lists.time_badge(assignment.state, version.deadline_kind, assignment.due_on, assignment.done_on, today),
        "deadline": task.DeadlineFacts(
            version.deadline_kind,
            version.deadline_from,
            version.deadline_to,
            version.deadline_text,
            version.deadline_origin,
        ).shown,
        "quantities": [task.quantity_text(quantity) for quantity in version.quantities.all()],
        "now": now,
        "before": task.accepted_before(assignment.pk, report.period.cut_off),
        "replaced": next((row for row in history[1:] if row.in_force), None),
        "returns": [row for row in history if row.decision and row.decision.reason],
        "accept_form": accept or AcceptForm(initial=initial, evidence=evidence),
        "return_form": send_back or ReturnForm(initial=initial),
    }
    return render(request, "plans/review_detail.html", context, status=status)


@require_safe
def review_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One submitted report beside the previous period; who may see it but not decide reads who decides."""
    user = person(request)
    report = _decidable(user, pk)
    if report is None:
        seen = Progress.objects.visible_to(user).values("pk")
        report = get_object_or_404(_reports().filter(pk__in=seen), pk=pk, state=Progress.State.SUBMITTED)
        return _desk(request, report, decides=False)
    if report.state != Progress.State.SUBMITTED:
        label = policies.STATE_LABELS[report.state].lower()
        messages.info(request, f"Báo cáo này không còn chờ duyệt (trạng thái: {label}).")
        return redirect("plans:assignment_detail", report.assignment_id)
    return _desk(request, report)


def _subject(request: HttpRequest, pk: int) -> Progress:
    found = _decidable(person(request), pk)
    return found or get_object_or_404(Progress.objects.none())


def _too_late(request: HttpRequest, report: Progress, error: Conflict) -> HttpResponse:
    """Show who was faster and what became of the report."""
    last = Event.objects.about(report).select_related("actor").last()
    words = {step.event: policies.VERB_LABELS[step.verb] for step in policies.PROGRESS_STEPS}
    conflict = {
        "by": str(last.actor) if last and last.actor else "",
        "at": last.happened_at if last else None,
        "what": words.get(last.action, "") if last else "",
        "url": reverse("plans:review_detail", args=[report.pk]),
    }
    return render(request, "409.html", {"conflict": conflict, "message": error.message, "code": error.code}, status=409)


def _name(report: Progress) -> str:
    return f"nhiệm vụ {report.assignment.task.code} của {report.assignment.agency}, {report.period.name}"


@require_POST
def progress_accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept the submitted version, with a verdict on each document."""
    report = _subject(request, pk)
    evidence = task.evidence_rows([report.latest_id]).get(report.latest_id, ()) if report.latest_id else ()
    form = AcceptForm(request.POST, evidence=evidence)
    if form.is_valid():
        try:
            actions.accept(
                progress=report,
                verdicts=form.verdicts(),
                revision=form.cleaned_data["revision"],
                by=person(request),
            )
        except Conflict as error:
            return _too_late(request, report, error)
        messages.success(request, f"Đã duyệt báo cáo {_name(report)}.")
        return redirect("plans:review_queue")
    return _desk(request, report, accept=form, status=422)


@require_POST
def progress_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the submitted version back, with its reason."""
    report = _subject(request, pk)
    form = ReturnForm(request.POST)
    if form.is_valid():
        try:
            actions.send_back(
                progress=report,
                reason_code=form.cleaned_data["reason_code"],
                reason=form.cleaned_data["reason"],
                revision=form.cleaned_data["revision"],
                by=person(request),
            )
        except Conflict as error:
            return _too_late(request, report, error)
        except PortalError as error:
            say(form, error)
        else:
            messages.success(request, f"Đã trả lại báo cáo {_name(report)} kèm lý do.")
            return redirect("plans:review_queue")
    return _desk(request, report, send_back=form, status=422)

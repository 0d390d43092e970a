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
from agencies.models import Agency, Event, User, Verdict
from agencies.permissions import Permission
from plans import policies
from plans.actions import progress as actions
from plans.actions import reviews as verbs
from plans.facts import corrections, queues, stuck, windows
from plans.facts import evidence as checks
from plans.facts.addresses import assignment_url
from plans.facts.badges import lateness, time_badge
from plans.facts.periods import Periods
from plans.facts.plan import DeadlineFacts
from plans.facts.task import quantity_text
from plans.facts.versions import accepted_before, report_versions
from plans.forms.approvals import ChosenForm
from plans.forms.fields import say
from plans.forms.reviews import AcceptForm, JudgeForm, QueueFilterForm, ReturnForm
from plans.forms.steps import TextForm
from plans.models import Plan, Progress
from plans.views.approvals import reports_of, say_outcomes
from plans.views.people import page_rows, person

PAGE = 25


@require_safe
def review_queue(request: HttpRequest) -> HttpResponse:
    """The submitted reports that the person may decide, by due date, filtered by the address."""
    user, today = person(request), calendar.today()
    waiting = queues.queue(user, today)
    form = QueueFilterForm(
        request.GET,
        plans=Plan.objects.filter(pk__in=waiting.order_by().values("assignment__task__plan_id")),
        agencies=Agency.objects.filter(pk__in=waiting.order_by().values("assignment__agency_id")).order_by("order"),
        periods=waiting.order_by("period__code").values_list("period__code", "period__name").distinct(),
    )
    wanted = form.wanted()
    page = Paginator(queues.queue(user, today, wanted), PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "active": wanted.active,
        "page_obj": page,
        "rows": queues.queue_rows(page_rows(page), today),
        "chooses": True,
        "proposals": queues.proposals(user, today).count(),
        "stuck": stuck.stuck_reports(user, today),
        "reviews": bool(user.provinces_with(Permission.PROGRESS_DECIDE)),
    }
    return render(request, "plans/review_queue.html", context)


@require_POST
def review_many(request: HttpRequest) -> HttpResponse:
    """Accept several reports, each for itself."""
    user = person(request)
    form = ChosenForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Chưa chọn báo cáo nào. Hãy đánh dấu các báo cáo cần duyệt.")
        return redirect("plans:review_queue")
    revisions = form.revisions()
    # What somebody decided meanwhile is named with its reason, not left out.
    decidable = Progress.objects.decidable_by(user, calendar.today()).filter(first_submitted_at__isnull=False)
    found = reports_of(decidable, revisions)
    outcomes = verbs.accept_many(reports=[(one, revisions[one.pk]) for one in found], by=user)
    say_outcomes(request, outcomes, len(revisions), "Đã duyệt")
    return redirect("plans:review_queue")


@require_safe
def proposal_list(request: HttpRequest) -> HttpResponse:
    """Obstacles and proposals that the person may answer and nobody has."""
    user = person(request)
    page = Paginator(queues.proposals(user, calendar.today()), PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "rows": queues.proposal_rows(page_rows(page)),
        "reviews": bool(user.provinces_with(Permission.PROGRESS_DECIDE)),
    }
    return render(request, "plans/proposal_list.html", context)


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
    history = report_versions(report, inside=False)
    now = history[0] if history else None
    user = person(request)
    evidence = checks.checked_rows(report.latest_id, user)
    initial = {"revision": report.revision}
    due_on = windows.window(report.period, today).due_on
    context = {
        "report": report,
        "decides": decides,
        "body": queues.deciding_body(report.province_id, assignment.agency_id, today),
        "code": assignment.task.code,
        "title": version.title,
        "agency": assignment.agency.name,
        "plan": assignment.task.plan.label,
        "section": f"{assignment.task.section.code}. {assignment.task.section.title}",
        "detail_url": assignment_url(assignment.pk),
        "period": report.period.name,
        "due": f"{due_on:%d/%m/%Y}",
        "lateness": lateness(report.first_submitted_at, due_on),
        "first_submitted": calendar.moment(report.first_submitted_at),
        "time": time_badge(assignment.state, version.deadline_kind, assignment.due_on, assignment.done_on, today),
        "deadline": DeadlineFacts.of(version).shown,
        "quantities": [quantity_text(quantity) for quantity in version.quantities.all()],
        "now": now,
        "before": accepted_before(assignment, report.period.cut_off),
        "corrections": corrections.corrections_of(assignment, Periods.of([assignment.task.plan_id], today), today).get(
            report.period_id, ()
        ),
        "verdicts": [one for one in Verdict.choices if one[0] != Verdict.PENDING],
        "answerable": bool(now and (now.obstacles or now.proposals)),
        "replaced": next((row for row in history[1:] if row.in_force), None),
        "returns": [row for row in history if row.decision and row.decision.returned],
        "accept_form": accept or AcceptForm(initial=initial, evidence=evidence),
        "return_form": send_back or ReturnForm(initial=initial, evidence=evidence),
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


def _evidence(report: Progress) -> tuple[checks.EvidenceRow, ...]:
    latest = report.latest_id
    return checks.evidence_rows([latest]).get(latest, ()) if latest is not None else ()


def _name(report: Progress) -> str:
    return f"nhiệm vụ {report.assignment.task.code} của {report.assignment.agency}, {report.period.name}"


@require_POST
def progress_accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept the submitted version, with a verdict on each document."""
    report = _subject(request, pk)
    form = AcceptForm(request.POST, evidence=_evidence(report))
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
    form = ReturnForm(request.POST, evidence=_evidence(report))
    if form.is_valid():
        try:
            actions.send_back(
                progress=report,
                reason_code=form.cleaned_data["reason_code"],
                reason=form.cleaned_data["reason"],
                verdicts=form.verdicts(),
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


@require_POST
def progress_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the agency without returning the report."""
    report = _subject(request, pk)
    form = TextForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Cần ghi câu hỏi.")
        return redirect("plans:review_detail", pk)
    try:
        verbs.ask(
            progress=report,
            text=form.cleaned_data["text"],
            revision=form.cleaned_data["revision"],
            by=person(request),
        )
    except Conflict as error:
        return _too_late(request, report, error)
    messages.success(request, f"Đã hỏi cơ quan về {_name(report)}. Báo cáo vẫn chờ bạn duyệt.")
    return redirect("plans:review_detail", pk)


@require_POST
def progress_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer the obstacles and proposals of a report, whatever became of it since."""
    report = _subject(request, pk)
    form = TextForm(request.POST)
    if form.is_valid():
        try:
            verbs.answer(
                progress=report,
                text=form.cleaned_data["text"],
                revision=form.cleaned_data["revision"],
                by=person(request),
            )
        except Conflict as error:
            return _too_late(request, report, error)
        messages.success(request, f"Đã trả lời kiến nghị của {report.assignment.agency}.")
    else:
        messages.error(request, "Cần ghi nội dung trả lời.")
    if report.state == Progress.State.SUBMITTED:
        return redirect("plans:review_detail", pk)
    return redirect("plans:assignment_detail", report.assignment_id)


@require_POST
def progress_judge(request: HttpRequest, pk: int, link: int) -> HttpResponse:
    """Give a verdict on one document before deciding."""
    report = _subject(request, pk)
    form = JudgeForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Cần chọn đánh giá cho tài liệu.")
        return redirect("plans:review_detail", pk)
    try:
        verbs.judge(
            progress=report,
            link_id=link,
            verdict=form.cleaned_data["verdict"],
            revision=form.cleaned_data["revision"],
            by=person(request),
        )
    except Conflict as error:
        return _too_late(request, report, error)
    messages.success(request, "Đã ghi đánh giá tài liệu. Báo cáo vẫn chờ bạn duyệt.")
    return redirect("plans:review_detail", pk)

"""The head's page: what waits for approval before it leaves the agency."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from agencies import calendar
from agencies.errors import Conflict, PortalError
from plans.actions import approvals
from plans.actions.moves import Outcome
from plans.facts import evidence, queues, windows
from plans.facts.addresses import assignment_url
from plans.facts.badges import period_due_badge
from plans.facts.versions import accepted_before, report_versions
from plans.forms.approvals import ChosenForm
from plans.forms.steps import ReasonForm, StepForm
from plans.models import Progress
from plans.views.people import page_rows, person

PAGE = 25


@require_safe
def approval_queue(request: HttpRequest) -> HttpResponse:
    """The reports that the person may let leave, as head or by delegation."""
    user, today = person(request), calendar.today()
    page = Paginator(queues.approval_queue(user, today), PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "rows": queues.approval_rows(page_rows(page), today),
        "approves": bool(user.approves_for(today)),
    }
    return render(request, "plans/approval_queue.html", context)


def _subject(request: HttpRequest, pk: int) -> Progress:
    """Return a report that the person may let leave, or 404."""
    reports = Progress.objects.approvable_by(person(request), calendar.today())
    return get_object_or_404(
        reports.select_related("period", "assignment__agency", "assignment__task__plan", "assignment__task__current"),
        pk=pk,
    )


@require_safe
def approval_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One report as it would leave, beside the previous period."""
    report = _subject(request, pk)
    assignment, today = report.assignment, calendar.today()
    history = report_versions(report, inside=True)
    window = windows.window(report.period, today)
    version = assignment.task.current
    context = {
        "report": report,
        "code": assignment.task.code,
        "title": version.title if version else "",
        "agency": assignment.agency.name,
        "plan": assignment.task.plan.label,
        "period": report.period.name,
        "due": period_due_badge(window.due_on, today),
        "closed": queues.why_kept(report, window),
        "now": history[0] if history else None,
        "evidence": evidence.checked_rows(report.latest_id, person(request)),
        "before": accepted_before(assignment, report.period.cut_off),
        "returns": [row for row in history if row.decision and row.decision.returned],
        "detail_url": assignment_url(assignment.pk),
        "body": queues.deciding_body(report.province_id, assignment.agency_id, today),
    }
    return render(request, "plans/approval_detail.html", context)


@require_POST
def progress_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Let one report leave."""
    report = _subject(request, pk)
    form = StepForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Biểu mẫu thiếu số phiên bản. Hãy tải lại trang rồi làm lại.")
        return redirect("plans:approval_detail", pk)
    try:
        approvals.approve(progress=report, revision=form.cleaned_data["revision"], by=person(request))
    except Conflict:
        raise
    except PortalError as error:
        messages.error(request, error.message)
        return redirect("plans:approval_detail", pk)
    messages.success(request, f"Đã duyệt và gửi báo cáo nhiệm vụ {report.assignment.task.code}, {report.period.name}.")
    return redirect("plans:approval_queue")


@require_POST
def progress_hand_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Give one report back to its officer, with the reason."""
    report = _subject(request, pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Biểu mẫu thiếu số phiên bản. Hãy tải lại trang rồi làm lại.")
        return redirect("plans:approval_detail", pk)
    try:
        approvals.hand_back(
            progress=report,
            reason=form.cleaned_data["reason"],
            revision=form.cleaned_data["revision"],
            by=person(request),
        )
    except Conflict:
        raise
    except PortalError as error:
        messages.error(request, error.message)
        return redirect("plans:approval_detail", pk)
    messages.success(request, "Đã chuyển lại báo cáo cho cán bộ kèm lý do.")
    return redirect("plans:approval_queue")


@require_POST
def approval_many(request: HttpRequest) -> HttpResponse:
    """Let several reports leave, each for itself."""
    user = person(request)
    form = ChosenForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Chưa chọn báo cáo nào. Hãy đánh dấu các báo cáo cần duyệt.")
        return redirect("plans:approval_queue")
    revisions = form.revisions()
    found = reports_of(Progress.objects.approvable_by(user, calendar.today()), revisions)
    outcomes = approvals.approve_many(reports=[(one, revisions[one.pk]) for one in found], by=user)
    say_outcomes(request, outcomes, len(revisions), "Đã duyệt và gửi")
    return redirect("plans:approval_queue")


def reports_of(reports: QuerySet[Progress], revisions: dict[int, int]) -> Sequence[Progress]:
    """Return the chosen ones among some reports, with what a message about them names."""
    return list(
        reports.filter(pk__in=revisions)
        .select_related("period", "assignment__agency", "assignment__task")
        .order_by("period__cut_off", "pk")
    )


def say_outcomes(request: HttpRequest, outcomes: Sequence[Outcome], asked: int, done: str) -> None:
    """Say how many reports went through, and why each of the others did not."""
    through = sum(one.error is None for one in outcomes)
    if through:
        messages.success(request, f"{done} {through}/{asked} báo cáo.")
    for one in outcomes:
        if one.error is not None:
            subject = one.report.assignment
            messages.error(
                request,
                f"Nhiệm vụ {subject.task.code} của {subject.agency.label}, {one.report.period.name}: "
                f"{one.error.message}",
            )
    if asked > len(outcomes):
        messages.error(
            request, f"{asked - len(outcomes)} báo cáo không còn chờ bạn (đã được rút, hoặc người khác đã xử lý)."
        )

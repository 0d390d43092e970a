"""Evidence files, reached through a link that the person may see: never by content or document."""

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from agencies import files
from agencies.errors import Conflict, PortalError
from agencies.views.files import sent
from plans.actions import evidence as actions
from plans.facts import evidence as facts
from plans.facts.addresses import assignment_url
from plans.forms.evidence import ReplaceForm
from plans.forms.fields import say
from plans.models import Assignment, DutyRequest, EvidenceLink, Progress, Ruling
from plans.views.people import person


@require_safe
@cache_control(private=True, no_store=True)
def evidence_file(request: HttpRequest, pk: int) -> FileResponse:
    """Send the file to be saved, under the name it came with."""
    link = get_object_or_404(EvidenceLink.objects.visible_to(person(request)).select_related("document__blob"), pk=pk)
    return sent(link.document)


@require_safe
@cache_control(private=True, no_store=True)
def request_file(request: HttpRequest, pk: int) -> FileResponse:
    """Send the document of an agency's request."""
    asked = get_object_or_404(
        DutyRequest.objects.visible_to(person(request)).select_related("document__blob"), pk=pk, document__isnull=False
    )
    assert asked.document is not None
    return sent(asked.document)


@require_safe
@cache_control(private=True, no_store=True)
def ruling_file(request: HttpRequest, pk: int) -> FileResponse:
    """Send the document of a ruling."""
    ruling = get_object_or_404(
        Ruling.objects.visible_to(person(request)).select_related("document__blob"), pk=pk, document__isnull=False
    )
    assert ruling.document is not None
    return sent(ruling.document)


@require_http_methods(["GET", "HEAD", "POST"])
def evidence_replace(request: HttpRequest, pk: int, period: str, link: int) -> HttpResponse:
    """Take a wrong file off a report that waits for review, and show another in its place."""
    user = person(request)
    assignment = get_object_or_404(
        Assignment.objects.reportable_by(user).select_related("agency", "task__current", "task__plan"), pk=pk
    )
    report = get_object_or_404(
        Progress.objects.writable_by(user).select_related("period"), assignment=assignment, period__code=period
    )
    rows = facts.evidence_rows([report.latest_id]) if report.latest_id else {}
    wrong = next((row for some in rows.values() for row in some if row.id == link), None)
    if wrong is None:
        raise Http404("not evidence of the report as it stands")
    if report.state != Progress.State.SUBMITTED:
        messages.info(
            request, "Chỉ thay tài liệu ở đây khi báo cáo đang chờ duyệt. Ở bản nháp, hãy bỏ tệp trong biểu mẫu."
        )
        return redirect("plans:assignment_detail", pk)
    held = facts.held_documents(assignment.agency)
    form = ReplaceForm(request.POST or None, request.FILES or None, held=held, initial={"revision": report.revision})
    if request.method == "POST" and form.is_valid():
        try:
            moved = actions.replace(
                progress=report,
                link_id=link,
                upload=form.upload(),
                attach=form.cleaned_data["attach"],
                explanation=form.cleaned_data["explanation"],
                reason=form.cleaned_data["reason"],
                revision=form.cleaned_data["revision"],
                by=user,
            )
        except Conflict:
            raise
        except PortalError as error:
            say(form, error)
        else:
            messages.success(
                request,
                f"Đã thay tài liệu “{wrong.name}”. Lần báo cáo mới đang chờ duyệt; tệp cũ được giữ cho kiểm tra.",
            )
            for row in facts.checked_rows(moved.latest_id, user):
                for finding in row.findings:
                    messages.info(request, f"“{row.name}”: {facts.sentence(finding)}")
            return redirect("plans:assignment_detail", pk)
    context = {
        "form": form,
        "wrong": wrong,
        "code": assignment.task.code,
        "title": assignment.task.current.title if assignment.task.current else "",
        "period": report.period.name,
        "detail_url": assignment_url(pk),
        "max_bytes": settings.MAX_UPLOAD_BYTES,
        "max_text": f"{settings.MAX_UPLOAD_BYTES // 1048576} MB",
        "accepted_names": files.ACCEPTED_NAMES,
    }
    return render(request, "plans/evidence_replace.html", context, status=422 if form.errors else 200)

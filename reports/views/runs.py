"""Pages of report runs: ask, follow, download."""

import uuid
from dataclasses import dataclass
from typing import cast

from django.contrib import messages
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from agencies.errors import Invalid, Refused
from agencies.models import Job, User
from reports.actions import runs
from reports.forms import RequestForm
from reports.models import ReportRun
from reports.models.run import ReportRunQuerySet

# htmx stops polling when it gets this status.
STOP_POLLING = 286
PAGE_SIZE = 20

_LOOKS = {
    Job.State.QUEUED: ("review", "Đang chờ"),
    Job.State.RUNNING: ("info", "Đang tạo"),
    Job.State.DONE: ("ok", "Đã xong"),
    Job.State.FAILED: ("over", "Không thành công"),
}


@dataclass(frozen=True)
class RunRow:
    """A run with the look of its state."""

    run: ReportRun
    variant: str
    state: str
    ready: bool
    failed: bool
    over: bool
    percent: int
    message: str
    error: str
    may_retry: bool


def row_of(run: ReportRun, user: User) -> RunRow:
    """Return a run as its pages show it."""
    job = run.job
    ready = run.ready_at is not None
    state = Job.State.DONE if ready else Job.State(job.state) if job else Job.State.QUEUED
    variant, label = _LOOKS[state]
    failed = state == Job.State.FAILED
    return RunRow(
        run=run,
        variant=variant,
        state=label,
        ready=ready,
        failed=failed,
        over=ready or failed,
        percent=100 if ready else job.percent if job else 0,
        message=(job.message if job else "") or label,
        error=job.error if job and failed else "",
        may_retry=failed
        and runs.may_request(code=run.code, province_id=run.province_id, agency_id=run.agency_id, by=user),
    )


def _visible(user: User) -> ReportRunQuerySet:
    return ReportRun.objects.visible_to(user).select_related("plan__province", "agency", "job", "requested_by", "blob")


def _list(request: HttpRequest, form: RequestForm, status: int = 200) -> HttpResponse:
    user = cast(User, request.user)
    page = Paginator(_visible(user), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "page_obj": page, "rows": [row_of(run, user) for run in page.object_list]}
    return render(request, "reports/run_list.html", context, status=status)


@require_GET
def run_list(request: HttpRequest) -> HttpResponse:
    """Reports made so far, and the form to ask for one."""
    return _list(request, RequestForm(user=cast(User, request.user)))


@require_POST
def run_create(request: HttpRequest) -> HttpResponse:
    """Ask for a report."""
    user = cast(User, request.user)
    form = RequestForm(request.POST, user=user)
    if not form.allowed:
        raise Refused("report_not_allowed", "Vai trò của bạn không được xuất báo cáo nào.")
    if not form.is_valid():
        return _list(request, form, 422)
    try:
        run = runs.request(by=user, **form.cleaned_data)
    except Invalid as error:
        for field, sentence in (error.fields or {"": error.message}).items():
            form.add_error(field if field in form.fields else None, sentence)
        return _list(request, form, 422)
    return redirect("reports:run_detail", run.pk)


@require_GET
@never_cache
def run_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One report: what was asked, how far it is, the file."""
    user = cast(User, request.user)
    run = get_object_or_404(_visible(user), pk=pk)
    return render(request, "reports/run_detail.html", {"run": run, "row": row_of(run, user)})


@require_GET
@never_cache
def run_status(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """How far it is, for the page to ask every second; the status tells it when to stop."""
    user = cast(User, request.user)
    row = row_of(get_object_or_404(_visible(user), pk=pk), user)
    return render(
        request,
        "reports/_run_status.html",
        {"run": row.run, "row": row},
        status=STOP_POLLING if row.over else 200,
    )


@require_GET
def run_file(request: HttpRequest, pk: uuid.UUID) -> FileResponse:
    """The file, as an attachment."""
    run = get_object_or_404(_visible(cast(User, request.user)), pk=pk)
    if run.blob is None or not default_storage.exists(run.blob.path):
        raise Http404
    response = FileResponse(
        default_storage.open(run.blob.path),
        as_attachment=True,
        filename=run.file_name,
        content_type=run.blob.media_type,
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_POST
def run_retry(request: HttpRequest, pk: uuid.UUID) -> HttpResponseRedirect:
    """Ask again after a failure."""
    user = cast(User, request.user)
    runs.retry(run=get_object_or_404(_visible(user), pk=pk), by=user)
    messages.info(request, "Đã yêu cầu tạo lại báo cáo.")
    return redirect("reports:run_detail", pk)

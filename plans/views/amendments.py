"""Amendments of a plan: their list, the desk where one is written, the comparison, and its confirmation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies import calendar, files
from agencies.errors import Conflict, PortalError
from agencies.permissions import Permission
from agencies.text import format_day
from agencies.views.files import SANDBOX
from plans.actions import amendment_lines as lines
from plans.actions import amendments as actions
from plans.facts import amendments as facts
from plans.forms.amendments import AmendmentForm, DropForm, RevisionForm, TakeOffForm
from plans.forms.fields import say
from plans.forms.targets import TargetTextForm
from plans.forms.tasks import TaskTextForm
from plans.models import Amendment, Plan, Target, Task
from plans.views.people import person

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


def _plan(request: HttpRequest, code: str) -> Plan:
    return get_object_or_404(Plan.objects.visible_to(person(request)).select_related("province"), code=code)


def _amendment(request: HttpRequest, code: str, pk: int) -> Amendment:
    """Return an amendment that the person may read."""
    rows = Amendment.objects.visible_to(person(request)).select_related("plan__province", "document", "confirmed_by")
    return get_object_or_404(rows, plan__code=code, pk=pk)


def _draft(request: HttpRequest, code: str, pk: int) -> Amendment:
    """Return an amendment on which the person may work; what was confirmed is refused by the verbs."""
    rows = Amendment.objects.editable_by(person(request)).select_related("plan__province", "document")
    return get_object_or_404(rows, plan__code=code, pk=pk)


def _frame(amendment: Amendment, **more: Any) -> dict[str, Any]:
    """Return what every page about one amendment shows."""
    plan = amendment.plan
    return {
        "plan": plan,
        "label": plan.label,
        "amendment": amendment,
        "issued": format_day(amendment.issued_on),
        "effective": format_day(amendment.effective_on),
        **more,
    }


def _file_limits() -> dict[str, Any]:
    return {
        "max_bytes": settings.MAX_UPLOAD_BYTES,
        "max_text": f"{settings.MAX_UPLOAD_BYTES // 1048576} MB",
        "accepted_names": files.ACCEPTED_NAMES,
    }


def _blame_file(error: PortalError) -> PortalError:
    if "files" in error.fields:
        error.fields = {**error.fields, "file": error.fields["files"]}
        del error.fields["files"]
    return error


@get_or_post
def amendment_list(request: HttpRequest, code: str) -> HttpResponse:
    """The plan's amendments; who amends begins one here."""
    user, plan = person(request), _plan(request, code)
    amends = plan.province_id in user.provinces_with(Permission.PLAN_AMEND)
    form = AmendmentForm(initial={"issuer": plan.issuer})
    if request.method == "POST":
        get_object_or_404(Plan.objects.amendable_by(user), pk=plan.pk)
        form = AmendmentForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                made = actions.begin(plan=plan, upload=form.upload(), by=user, **form.heading())
            except PortalError as error:
                say(form, _blame_file(error))
            else:
                messages.success(request, f"Đã mở văn bản sửa đổi {made.number}. Chọn nhiệm vụ, mục tiêu để sửa.")
                return redirect("plans:amendment_detail", code, made.pk)
    context = {
        "plan": plan,
        "label": plan.label,
        "rows": facts.amendment_rows(plan, user, calendar.today()),
        "form": form if amends and plan.state == Plan.State.ISSUED else None,
        **_file_limits(),
    }
    return render(request, "plans/amendment_list.html", context, status=422 if form.errors else 200)


@require_safe
def amendment_detail(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """The desk of a draft: its lines, and what may become one. What is confirmed shows what it changed."""
    amendment = _amendment(request, code, pk)
    diff = facts.diff_of(amendment)
    edits = (
        amendment.state == Amendment.State.DRAFT
        and Amendment.objects.editable_by(person(request)).filter(pk=pk).exists()
    )
    context = _frame(
        amendment,
        diff=diff,
        edits=edits,
        choices=facts.choices_of(amendment, {(line.kind, line.subject_id) for line in diff.lines}) if edits else None,
        revision_form=RevisionForm(initial={"revision": amendment.revision}, auto_id=False),
    )
    return render(request, "plans/amendment_detail.html", context)


@get_or_post
def amendment_edit(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Change what stands above the lines of a draft."""
    amendment = _draft(request, code, pk)
    form = AmendmentForm(initial=AmendmentForm.initial_of(amendment))
    if request.method == "POST":
        form = AmendmentForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                actions.edit(
                    amendment=amendment,
                    upload=form.upload(),
                    revision=form.cleaned_data["revision"] or 0,
                    by=person(request),
                    **form.heading(),
                )
            except Conflict as error:
                if not error.fields:
                    raise
                say(form, error)
            except PortalError as error:
                say(form, _blame_file(error))
            else:
                messages.success(request, "Đã lưu thông tin văn bản.")
                return redirect("plans:amendment_detail", code, pk)
    context = _frame(amendment, form=form, **_file_limits())
    return render(request, "plans/amendment_edit.html", context, status=422 if form.errors else 200)


@require_safe
@cache_control(private=True, no_store=True)
def amendment_file(request: HttpRequest, code: str, pk: int) -> FileResponse:
    """Send the file of the decision to be saved."""
    document = _amendment(request, code, pk).document
    if document is None:
        raise Http404("no file was kept")
    try:
        content = default_storage.open(document.blob.path)
    except FileNotFoundError as error:
        raise Http404("the file is not in the store") from error
    response = FileResponse(
        content, as_attachment=True, filename=document.original_name, content_type=document.blob.media_type
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


# --- lines ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Kind:
    """Where the pages of lines about tasks and about targets differ."""

    noun: str
    subjects: type[Task] | type[Target]
    form: type[TaskTextForm] | type[TargetTextForm]
    template: str
    add: Callable[..., Amendment]


_TASK = _Kind("nhiệm vụ", Task, TaskTextForm, "plans/amendment_task.html", lines.add_task)
_TARGET = _Kind("mục tiêu", Target, TargetTextForm, "plans/amendment_target.html", lines.add_target)


def _subject(amendment: Amendment, kind: _Kind, pk: int) -> Any:
    return get_object_or_404(kind.subjects, plan=amendment.plan, pk=pk)


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _line_page(
    request: HttpRequest,
    amendment: Amendment,
    form: TaskTextForm | TargetTextForm | DropForm,
    template: str,
    write: Callable[[], Amendment],
    said: str,
    **shown: Any,
) -> HttpResponse:
    """Show the form of a line; write the line that was sent and go back to the desk."""
    if form.is_valid():
        try:
            write()
        except Conflict as error:
            if not error.fields:
                raise
            say(form, error)
        except PortalError as error:
            say(form, error)
        else:
            messages.success(request, said)
            return redirect("plans:amendment_detail", amendment.plan.code, amendment.pk)
    status = 422 if form.errors or any(row.errors for row in getattr(form, "rows", ())) else 200
    return render(request, template, _frame(amendment, form=form, **shown), status=status)


def _change(request: HttpRequest, amendment: Amendment, kind: _Kind, pk: int) -> HttpResponse:
    """Write what a task or target is to say; the form starts with what it says now."""
    subject = _subject(amendment, kind, pk)
    form = kind.form(_sent(request), amendment=amendment, shown=lines.line_or_latest(amendment, subject))
    return _line_page(
        request,
        amendment,
        form,
        kind.template,
        lambda: lines.change(amendment=amendment, subject=subject, text=form.wanted(), **_signed(request, form)),
        f"Đã ghi dòng sửa đổi {kind.noun} {subject.code}.",
        code=subject.code,
        adding=False,
    )


def _add(request: HttpRequest, amendment: Amendment, kind: _Kind) -> HttpResponse:
    """Write a new task or target."""
    form = kind.form(_sent(request), amendment=amendment, adding=True)
    return _line_page(
        request,
        amendment,
        form,
        kind.template,
        lambda: kind.add(amendment=amendment, text=form.wanted(), **form.place(), **_signed(request, form)),
        f"Đã ghi {kind.noun} mới.",
        adding=True,
    )


def _drop(request: HttpRequest, amendment: Amendment, kind: _Kind, pk: int) -> HttpResponse:
    """Say why a task or target is dropped."""
    subject = _subject(amendment, kind, pk)
    form = DropForm(_sent(request), initial={"revision": amendment.revision})
    return _line_page(
        request,
        amendment,
        form,
        "plans/amendment_drop.html",
        lambda: lines.drop(amendment=amendment, subject=subject, **_signed(request, form)),
        f"Đã ghi dòng bãi bỏ {kind.noun} {subject.code}.",
        what=f"{kind.noun} {subject.code}",
        text=str(lines.latest(subject)),
    )


def _signed(request: HttpRequest, form: forms.Form) -> dict[str, Any]:
    """Return what every line is written with: the reason, the revision that was read, and who writes."""
    said = form.cleaned_data
    return {"reason": said["reason"], "revision": said["revision"], "by": person(request)}


@get_or_post
def amendment_task(request: HttpRequest, code: str, pk: int, task: int) -> HttpResponse:
    """Write what a task is to say."""
    return _change(request, _draft(request, code, pk), _TASK, task)


@get_or_post
def amendment_task_add(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Write a new task."""
    return _add(request, _draft(request, code, pk), _TASK)


@get_or_post
def amendment_task_drop(request: HttpRequest, code: str, pk: int, task: int) -> HttpResponse:
    """Say why a task is dropped."""
    return _drop(request, _draft(request, code, pk), _TASK, task)


@get_or_post
def amendment_target(request: HttpRequest, code: str, pk: int, target: int) -> HttpResponse:
    """Write what a target is to say."""
    return _change(request, _draft(request, code, pk), _TARGET, target)


@get_or_post
def amendment_target_add(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Write a new target."""
    return _add(request, _draft(request, code, pk), _TARGET)


@get_or_post
def amendment_target_drop(request: HttpRequest, code: str, pk: int, target: int) -> HttpResponse:
    """Say why a target is dropped."""
    return _drop(request, _draft(request, code, pk), _TARGET, target)


@require_POST
def amendment_take_off(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Take a line off a draft."""
    amendment = _draft(request, code, pk)
    form = TakeOffForm(request.POST)
    if not form.is_valid():
        raise Http404("no such line")
    kind, line_pk = form.cleaned_data["kind"], form.cleaned_data["line"]
    line: Any = get_object_or_404(amendment.task_versions if kind == "task" else amendment.target_versions, pk=line_pk)
    lines.take_off(line=line, revision=form.cleaned_data["revision"], by=person(request))
    messages.success(request, "Đã bỏ dòng khỏi văn bản.")
    return redirect("plans:amendment_detail", code, pk)


# --- the end of it ----------------------------------------------------------------------------------------------


@require_safe
def amendment_diff(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Everything the amendment changes, before it is confirmed."""
    amendment = _amendment(request, code, pk)
    edits = Amendment.objects.editable_by(person(request)).filter(pk=pk, state=Amendment.State.DRAFT).exists()
    return _comparison(request, amendment, edits=edits)


def _comparison(request: HttpRequest, amendment: Amendment, *, edits: bool, refused: str = "") -> HttpResponse:
    context = _frame(
        amendment,
        diff=facts.diff_of(amendment),
        edits=edits,
        refused=refused,
        today=format_day(calendar.today()),
        future=amendment.effective_on > calendar.today(),
        revision_form=RevisionForm(initial={"revision": amendment.revision}, auto_id=False),
    )
    return render(request, "plans/amendment_diff.html", context, status=409 if refused else 200)


def _revision(request: HttpRequest) -> RevisionForm:
    form = RevisionForm(request.POST)
    if not form.is_valid():
        raise Conflict("stale_revision", "Biểu mẫu thiếu số phiên bản. Hãy tải lại trang rồi làm lại.")
    return form


@require_POST
def amendment_confirm(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Make the amendment count from its effective day."""
    amendment = _draft(request, code, pk)
    form = _revision(request)
    try:
        actions.confirm(amendment=amendment, revision=form.cleaned_data["revision"], by=person(request))
    except Conflict as error:
        # What is in the way stands on the comparison as it is now.
        return _comparison(request, _amendment(request, code, pk), edits=False, refused=error.message)
    messages.success(
        request,
        f"Đã xác nhận {amendment.number}. Nội dung mới được tính từ {format_day(amendment.effective_on)}; "
        "nội dung cũ và báo cáo được giữ nguyên.",
    )
    return redirect("plans:amendment_detail", code, pk)


@require_POST
def amendment_discard(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Give a draft up."""
    amendment = _draft(request, code, pk)
    form = _revision(request)
    actions.discard(
        amendment=amendment,
        reason=form.cleaned_data["reason"],
        revision=form.cleaned_data["revision"],
        by=person(request),
    )
    messages.success(request, f"Đã bỏ văn bản đang soạn {amendment.number}. Kế hoạch không thay đổi.")
    return redirect("plans:amendment_list", code)

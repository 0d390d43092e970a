"""The officer's form: keep a draft, hand it in, open a correction."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from agencies import calendar, files
from agencies.errors import Conflict, PortalError
from agencies.models import User
from plans.actions import progress as actions
from plans.actions import reviews
from plans.actions.progress import Content
from plans.facts import evidence, queues, windows
from plans.facts.addresses import assignment_url
from plans.facts.badges import period_due_badge
from plans.facts.recorded import refusal_of_plan, refusal_of_reports
from plans.facts.report_events import handed_back
from plans.facts.task import quantity_text
from plans.facts.versions import accepted_before, report_versions
from plans.forms.evidence import EvidenceForms
from plans.forms.fields import say
from plans.forms.progress import CorrectForm, ProgressForm
from plans.forms.steps import ReasonForm, StepForm, TextForm
from plans.models import Assignment, Progress, Remark, ReportingPeriod
from plans.standing import NEVER_FINISHED_BY_A_REPORT, DeadlineKind
from plans.views.people import person

EDITABLE = (Progress.State.DRAFT, Progress.State.RETURNED)


@dataclass
class _Sheet:
    """What the form is about: whose task, which period, and what is on record."""

    user: User
    assignment: Assignment
    period: ReportingPeriod
    report: Progress | None

    @cached_property
    def window(self) -> windows.Window:
        return windows.window(self.period, calendar.today())

    @property
    def revision(self) -> int:
        return self.report.revision if self.report else 0

    @cached_property
    def evidence(self) -> tuple[evidence.EvidenceRow, ...]:
        return evidence.checked_rows(self.report.latest_id, self.user) if self.report else ()

    @property
    def finishes(self) -> bool:
        """Whether a report can finish the task (an ongoing or recurring one goes on)."""
        version = self.assignment.task.current
        return version is None or DeadlineKind(version.deadline_kind) not in NEVER_FINISHED_BY_A_REPORT

    @cached_property
    def held(self) -> list[tuple[int, str]]:
        return evidence.held_documents(self.assignment.agency)

    @cached_property
    def needs_head(self) -> bool:
        return self.assignment.agency.needs_head_on(calendar.today())

    @property
    def quantities(self) -> list[str]:
        version = self.assignment.task.current
        return [quantity_text(quantity) for quantity in version.quantities.all()] if version else []

    def reread(self) -> None:
        """Read what is on record now (somebody was faster)."""
        self.report = _report(self.assignment, self.period)
        self.__dict__.pop("evidence", None)


def _report(assignment: Assignment, period: ReportingPeriod) -> Progress | None:
    return Progress.objects.filter(assignment=assignment, period=period).select_related("latest__submitted_by").first()


def _sheet(request: HttpRequest, pk: int, code: str) -> _Sheet:
    user = person(request)
    assignment = get_object_or_404(
        Assignment.objects.reportable_by(user).select_related("task__plan", "task__section", "task__current", "agency"),
        pk=pk,
    )
    period = get_object_or_404(ReportingPeriod, plan_id=assignment.task.plan_id, code=code)
    return _Sheet(user, assignment, period, _report(assignment, period))


def _closed(sheet: _Sheet) -> str:
    """Return why nothing can be written, or an empty text."""
    report = sheet.report
    correcting = report is not None and report.accepted_id is not None
    refusal = refusal_of_plan(sheet.assignment.task.plan, correcting=correcting)
    if refusal:
        return refusal
    if report is not None and report.state not in EDITABLE:
        words = {
            Progress.State.WITH_HEAD: "đang chờ thủ trưởng duyệt",
            Progress.State.SUBMITTED: "đang chờ duyệt",
        }.get(Progress.State(report.state), "đã được duyệt")
        return f"Báo cáo {sheet.period.name} {words} nên không sửa được nữa."
    if report is None or report.first_submitted_at is None:
        closed = sheet.window.closed_because(sheet.assignment.agency_id)
        if closed:
            return closed
    return refusal_of_reports(sheet.assignment, calendar.today(), correcting=correcting)


def _page(
    request: HttpRequest,
    sheet: _Sheet,
    form: ProgressForm,
    evidence_forms: EvidenceForms,
    *,
    status: int = 200,
    lost_files: list[str] | None = None,
    conflict: Conflict | None = None,
) -> HttpResponse:
    assignment, version = sheet.assignment, sheet.assignment.task.current
    assert version is not None
    history = report_versions(sheet.report, inside=True) if sheet.report else ()
    context: dict[str, Any] = {
        "form": form,
        "evidence_forms": evidence_forms,
        "code": assignment.task.code,
        "title": version.title,
        "agency": assignment.agency.name,
        "plan": assignment.task.plan.label,
        "detail_url": assignment_url(assignment.pk),
        "period": sheet.period.name,
        "period_due": period_due_badge(sheet.window.due_on, calendar.today()),
        "quantities": sheet.quantities,
        "kept": [(row, str(row.id) in (form["drop"].value() or [])) for row in form.evidence],
        "before": accepted_before(assignment, sheet.period.cut_off),
        "returns": [row for row in history if row.decision and row.decision.returned],
        "handed_back": handed_back(sheet.report) if sheet.report else "",
        "correcting": next((row.correction_reason for row in history if row.draft and row.correction_reason), ""),
        "needs_head": sheet.needs_head,
        "keep_url": reverse("plans:progress_keep", args=[assignment.pk, sheet.period.code]),
        "body": queues.deciding_body(assignment.province_id, assignment.agency_id, calendar.today()),
        "max_bytes": settings.MAX_UPLOAD_BYTES,
        "max_text": f"{settings.MAX_UPLOAD_BYTES // 1048576} MB",
        "accepted_names": files.ACCEPTED_NAMES,
        "lost_files": lost_files or [],
        "conflict": conflict,
        "stored": history[0] if conflict and history else None,
        "writable": not conflict or not _closed(sheet),
    }
    return render(request, "plans/progress_edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def progress_edit(request: HttpRequest, pk: int, period: str) -> HttpResponse:
    """Show the form; keep (``action=save``) or hand in (``action=submit``) what it says."""
    sheet = _sheet(request, pk, period)
    if request.method == "POST":
        return _take(request, sheet)
    closed = _closed(sheet)
    if closed:
        messages.warning(request, closed)
        return redirect("plans:assignment_detail", pk)
    latest = sheet.report.latest if sheet.report else None
    form = ProgressForm(
        initial=ProgressForm.initial_of(latest, sheet.revision),
        evidence=sheet.evidence,
        quantities=sheet.quantities,
        held=sheet.held,
        finishes=sheet.finishes,
    )
    return _page(request, sheet, form, EvidenceForms())


def _take(request: HttpRequest, sheet: _Sheet) -> HttpResponse:
    form = ProgressForm(
        request.POST,
        request.FILES,
        evidence=sheet.evidence,
        quantities=sheet.quantities,
        held=sheet.held,
        finishes=sheet.finishes,
    )
    evidence_forms = EvidenceForms(request.POST, request.FILES)
    conflict = None
    if all([form.is_valid(), evidence_forms.is_valid()]):
        try:
            report = _write(sheet, form, evidence_forms, submit=request.POST.get("action") == "submit")
        except Conflict as error:
            sheet.reread()
            if _already_sent(sheet, form.content()):
                messages.success(request, f"Báo cáo {sheet.period.name} đã được gửi.")
                return redirect("plans:assignment_detail", sheet.assignment.pk)
            conflict = error
        except PortalError as error:
            if not (list(error.fields) == ["files"] and evidence_forms.refuse(error.message)):
                say(form, error)
        else:
            return _done(request, sheet, report)
    chosen = [file.name or "" for file in [*request.FILES.getlist("files"), *evidence_forms.chosen()]]
    if conflict:
        # What was typed stays; sending it again is then a decision made with both versions in view.
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["revision"] = str(sheet.revision)  # type: ignore[index]
    return _page(
        request,
        sheet,
        form,
        evidence_forms,
        status=409 if conflict else 422,
        lost_files=chosen,
        conflict=conflict,
    )


def _write(sheet: _Sheet, form: ProgressForm, evidence_forms: EvidenceForms, *, submit: bool) -> Progress:
    """Begin the report when nothing is begun, then keep it or hand it in: all or nothing."""
    uploads = [*evidence_forms.uploads(), *form.uploads()]
    if sheet.report is None:
        return actions.report(
            assignment=sheet.assignment,
            period=sheet.period,
            content=form.content(),
            uploads=uploads,
            attach=form.cleaned_data["attach"],
            hand_in=submit,
            by=sheet.user,
        )
    verb = actions.save
    if submit:
        verb = actions.forward if sheet.needs_head else actions.submit
    return verb(
        progress=sheet.report,
        content=form.content(),
        uploads=uploads,
        attach=form.cleaned_data["attach"],
        drop=form.cleaned_data["drop"],
        revision=form.cleaned_data["revision"],
        by=sheet.user,
    )


def _already_sent(sheet: _Sheet, content: Content) -> bool:
    """Tell whether the same person has just handed in the very same (a second press on a slow line)."""
    report = sheet.report
    if report is None or report.latest is None:
        return False
    if report.state not in (Progress.State.SUBMITTED, Progress.State.WITH_HEAD):
        return False
    author = report.latest.submitted_by_id or report.latest.forwarded_by_id
    return author == sheet.user.pk and Content.of(report.latest) == content.cleaned()


def _done(request: HttpRequest, sheet: _Sheet, report: Progress) -> HttpResponse:
    name = f"{sheet.assignment.task.code}, {sheet.period.name}"
    if report.state == Progress.State.SUBMITTED:
        body = queues.deciding_body(sheet.assignment.province_id, sheet.assignment.agency_id, calendar.today())
        messages.success(request, f"Đã gửi báo cáo nhiệm vụ {name}. {body} sẽ xem và duyệt.")
    elif report.state == Progress.State.WITH_HEAD:
        messages.success(
            request, f"Đã trình thủ trưởng báo cáo nhiệm vụ {name}. Báo cáo được gửi khi thủ trưởng duyệt."
        )
    else:
        messages.success(request, f"Đã lưu nháp báo cáo nhiệm vụ {name}. Báo cáo chưa được gửi.")
    if request.FILES or request.POST.getlist("attach"):
        _tell_findings(request, sheet, report)
    return redirect("plans:assignment_detail", sheet.assignment.pk)


def _tell_findings(request: HttpRequest, sheet: _Sheet, report: Progress) -> None:
    """Say what the rules find in the evidence, before a reviewer does."""
    for row in evidence.checked_rows(report.latest_id, sheet.user):
        for finding in row.findings:
            say_it = messages.info if finding.variant in ("info", "neutral") else messages.warning
            say_it(request, f"“{row.name}”: {evidence.sentence(finding)}")


@require_POST
def progress_keep(request: HttpRequest, pk: int, period: str) -> HttpResponse:
    """Keep what is being typed (not the files) while the person types; answers a word for the page.

    What cannot be kept as it stands is left to the buttons, which say why; 409 when somebody was faster.
    """
    sheet = _sheet(request, pk, period)
    form = ProgressForm(request.POST, evidence=sheet.evidence, held=sheet.held, finishes=sheet.finishes)
    if _closed(sheet) or not form.is_valid():
        return HttpResponse(status=204)
    content = form.content().cleaned()
    report = sheet.report
    if report is not None and report.latest is not None and Content.of(report.latest) == content:
        return HttpResponse(status=204)
    try:
        if report is None:
            report = actions.report(
                assignment=sheet.assignment, period=sheet.period, content=content, hand_in=False, by=sheet.user
            )
        else:
            report = actions.save(
                progress=report, content=content, revision=form.cleaned_data["revision"], by=sheet.user
            )
    except Conflict:
        return HttpResponse(status=409)
    except PortalError:
        return HttpResponse(status=204)
    context = {"revision": report.revision, "time": f"{calendar.now():%H:%M:%S}"}
    return render(request, "plans/_kept.html", context)


def _own_report(request: HttpRequest, pk: int, period: str) -> tuple[_Sheet, Progress]:
    """Return the report that the person's agency has begun, or 404."""
    sheet = _sheet(request, pk, period)
    report = get_object_or_404(
        Progress.objects.writable_by(sheet.user), assignment=sheet.assignment, period=sheet.period
    )
    return sheet, report


@require_POST
def progress_withdraw(request: HttpRequest, pk: int, period: str) -> HttpResponse:
    """Take a report back from the head, or from review before anybody decided."""
    sheet, report = _own_report(request, pk, period)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Biểu mẫu thiếu số phiên bản. Hãy tải lại trang rồi làm lại.")
        return redirect("plans:assignment_detail", pk)
    try:
        actions.withdraw(
            progress=report,
            reason=form.cleaned_data["reason"],
            revision=form.cleaned_data["revision"],
            by=sheet.user,
        )
    except Conflict:
        raise
    except PortalError as error:
        messages.error(request, error.message)
        return redirect("plans:assignment_detail", pk)
    messages.success(request, f"Đã rút báo cáo {sheet.period.name}. Báo cáo là bản nháp cho đến khi được gửi lại.")
    return redirect("plans:progress_edit", pk, period)


@require_POST
def progress_reply(request: HttpRequest, pk: int, period: str) -> HttpResponse:
    """Reply to a reviewer's question."""
    sheet, report = _own_report(request, pk, period)
    form = TextForm(request.POST)
    question = None
    if form.is_valid():
        question = Remark.objects.filter(
            pk=form.cleaned_data["question"], version__progress=report, kind=Remark.Kind.QUESTION
        ).first()
    if question is None:
        messages.error(request, "Cần ghi câu trả lời cho đúng câu hỏi. Hãy làm lại.")
    else:
        reviews.reply(
            progress=report,
            question=question,
            text=form.cleaned_data["text"],
            revision=form.cleaned_data["revision"],
            by=sheet.user,
        )
        messages.success(request, "Đã trả lời câu hỏi của người duyệt.")
    return redirect("plans:assignment_detail", pk)


@require_POST
def progress_correct(request: HttpRequest, pk: int, period: str) -> HttpResponse:
    """Open the correction of an accepted report, with its reason, then show the form."""
    sheet, report = _own_report(request, pk, period)
    form = CorrectForm(request.POST)
    if form.is_valid():
        try:
            actions.correct(
                progress=report,
                reason=form.cleaned_data["reason"],
                revision=form.cleaned_data["revision"],
                by=sheet.user,
            )
        except Conflict:
            raise
        except PortalError as error:
            say(form, error)
        else:
            messages.info(
                request, "Đã mở điều chỉnh. Bản đã duyệt vẫn có giá trị cho đến khi bản điều chỉnh được duyệt."
            )
            return redirect("plans:progress_edit", pk, period)
    version = sheet.assignment.task.current
    context = {
        "form": form,
        "code": sheet.assignment.task.code,
        "title": version.title if version else "",
        "period": sheet.period.name,
        "detail_url": assignment_url(pk),
    }
    return render(request, "plans/progress_correct.html", context, status=422)


@require_POST
def progress_give_up(request: HttpRequest, pk: int, period: str) -> HttpResponse:
    """Give up the correction that is being written; the accepted report stays as it is."""
    sheet, report = _own_report(request, pk, period)
    form = StepForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Biểu mẫu thiếu số phiên bản. Hãy tải lại trang rồi làm lại.")
        return redirect("plans:assignment_detail", pk)
    try:
        actions.give_up(progress=report, revision=form.cleaned_data["revision"], by=sheet.user)
    except Conflict:
        raise
    except PortalError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"Đã bỏ điều chỉnh báo cáo {sheet.period.name}. Bản đã duyệt được giữ nguyên.")
    return redirect("plans:assignment_detail", pk)

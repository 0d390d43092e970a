"""Asking for a report, and asking again when it failed."""

from datetime import date

from django.db import transaction

from agencies import calendar
from agencies.actions import jobs, trail
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Agency, Job, User
from agencies.permissions import Permission
from plans.models import Assignment, PartyRole, Plan
from reports.facts.catalogue import Subject, check_subject
from reports.models import ReportRun

KIND = "reports.render_run"

NEEDED = {
    ReportRun.Code.YEAR_END: Permission.REPORT_YEAR_END,
    ReportRun.Code.AGENCY: Permission.REPORT_AGENCY,
    ReportRun.Code.SUMMARY: Permission.REPORT_SUMMARY,
}


def may_request(*, code: str, province_id: int, agency_id: int | None, by: User) -> bool:
    """Tell whether a person may ask for a report of a province, or of one of its agencies."""
    permission = NEEDED.get(ReportRun.Code(code))
    return permission is not None and by.holds(permission, province_id=province_id, agency_id=agency_id)


def _must_be_allowed(code: str, plan: Plan, agency: Agency | None, by: User) -> None:
    agency_id = agency.pk if agency else None
    if not may_request(code=code, province_id=plan.province_id, agency_id=agency_id, by=by):
        raise Refused(
            "report_not_allowed",
            "Vai trò của bạn không được xuất báo cáo này. Hãy chọn báo cáo khác hoặc liên hệ quản trị hệ thống.",
        )


def request(
    *, plan: Plan, code: str, year: int, as_of: date, format: str, agency: Agency | None = None, by: User
) -> ReportRun:
    """Ask for a report; the file is drawn in the background.

    The same request that still waits is returned instead of a second one. Raises Invalid (``unknown_report``,
    ``unknown_format``, ``plan_unknown``, ``plan_not_issued``, ``year_outside_plan``, ``as_of_before_year``,
    ``as_of_in_future``, ``agency_required``, ``agency_not_allowed``, ``agency_unknown``,
    ``agency_without_duties``) and Refused (``report_not_allowed``).
    """
    if format not in ReportRun.Format.values:
        said = "Hãy chọn dạng tệp PDF hoặc Excel (XLSX)."
        raise Invalid("unknown_format", said, fields={"format": said})
    if not Plan.objects.visible_to(by).filter(pk=plan.pk).exists():
        said = "Không tìm thấy kế hoạch này, hoặc bạn không có quyền xem."
        raise Invalid("plan_unknown", said, fields={"plan": said})
    check_subject(Subject(code, plan, year, as_of, agency))
    _must_be_allowed(code, plan, agency, by)
    if as_of > calendar.today():
        said = f"Chưa có số liệu của ngày {as_of:%d/%m/%Y}. Hãy chọn từ hôm nay trở về trước."
        raise Invalid("as_of_in_future", said, fields={"as_of": said})
    if (
        agency is not None
        and not Assignment.objects.filter(task__plan=plan, agency=agency, role=PartyRole.LEAD).exists()
    ):
        said = f"{agency} không chủ trì nhiệm vụ nào của {plan}. Hãy chọn cơ quan khác."
        raise Invalid("agency_without_duties", said, fields={"agency": said})
    asked = {
        "province_id": plan.province_id,
        "plan": plan,
        "code": code,
        "agency": agency,
        "year": year,
        "as_of": as_of,
        "format": format,
        "requested_by": by,
    }
    with transaction.atomic():
        waiting = ReportRun.objects.filter(**asked, ready_at__isnull=True, job__state=Job.State.QUEUED).first()
        if waiting is not None:
            return waiting
        run = ReportRun.objects.create(**asked, requested_at=calendar.now())
        _enqueue(run, by)
        trail.record(province_id=run.province_id, action="report.request", subject=run, after=run.snapshot(), by=by)
    return run


def retry(*, run: ReportRun, by: User) -> ReportRun:
    """Ask again for a report whose drawing failed. Raises Refused and Conflict (``report_not_failed``)."""
    _must_be_allowed(run.code, run.plan, run.agency, by)
    with transaction.atomic():
        locked = ReportRun.objects.select_for_update(of=("self",)).select_related("job").get(pk=run.pk)
        if locked.ready_at is not None or (locked.job is not None and locked.job.state != Job.State.FAILED):
            raise Conflict(
                "report_not_failed", "Báo cáo này đã có tệp hoặc đang được tạo. Hãy tải lại trang để xem tình trạng."
            )
        _enqueue(locked, by)
        trail.record(
            province_id=locked.province_id, action="report.retry", subject=locked, after=locked.snapshot(), by=by
        )
    return locked


def _enqueue(run: ReportRun, by: User) -> None:
    run.job = jobs.enqueue(kind=KIND, subject=run, province_id=run.province_id, by=by)
    run.save(update_fields=["job"])

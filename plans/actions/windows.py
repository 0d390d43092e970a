"""Periods of a plan, and the dated exceptions to when they take reports (stories 2 and 25)."""

from datetime import date

from django.db import IntegrityError, transaction

from agencies import calendar
from agencies.actions import documents, jobs, trail
from agencies.actions.documents import Upload
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Agency, Designation, User, valid_on
from agencies.permissions import Permission
from agencies.text import format_day, nfc
from plans import builder, presets
from plans.actions import moves
from plans.actions import plans as plan_actions
from plans.facts import windows
from plans.models import Plan, ReportingPeriod, WindowException
from plans.presets import Span

GRANT = Permission.WINDOW_GRANT


def may_grant(province_id: int, by: User) -> bool:
    """Tell whether a person grants exceptions in a province."""
    return province_id in by.provinces_with(GRANT)


def must_grant(province_id: int, by: User) -> None:
    """Raise Refused (``not_a_reviewer``) unless a person grants exceptions in a province."""
    if not may_grant(province_id, by):
        raise Refused("not_a_reviewer", "Bạn không có quyền mở ngoại lệ cho kỳ báo cáo.")


def _reason(text: str) -> str:
    text = nfc(text)
    if not text:
        raise Invalid("reason_required", "Cần ghi lý do.", fields={"reason": "Cần ghi lý do."})
    return text


def _locked(period: ReportingPeriod) -> ReportingPeriod:
    return ReportingPeriod.objects.select_for_update(of=("self",)).select_related("plan").get(pk=period.pk)


def allow_late(*, period: ReportingPeriod, agency: Agency, reason: str, expires_on: date, by: User) -> WindowException:
    """Take reports of one agency until a day although the period has closed; they stay late.

    Whoever decides the agency's reports grants it, so nobody grants it to an agency of their own (domain rule 6).
    Raises Refused, Invalid (``reason_required``, ``not_opened``, ``expired``, ``not_needed``, ``other_province``).
    """
    must_grant(period.province_id, by)
    if agency.province_id != period.province_id:
        said = "Cơ quan không thuộc tỉnh của kế hoạch này."
        raise Invalid("other_province", said, fields={"agency": said})
    moves.may_decide_for(agency, by)
    reason, today = _reason(reason), calendar.today()
    if expires_on < today:
        said = "Ngày hết hiệu lực phải từ hôm nay trở đi."
        raise Invalid("expired", said, fields={"expires_on": said})
    with transaction.atomic():
        row = _locked(period)
        window = windows.window(row, today)
        if today < row.opens_on:
            raise Invalid("not_opened", f"Kỳ {row.name} chưa mở nên chưa cần cho phép nộp muộn.")
        last = window.last_day(agency.pk)
        if window.is_open(agency.pk) and (last is None or last >= expires_on):
            said = (
                f"Kỳ {row.name} đang nhận báo cáo của cơ quan này"
                + (f" đến hết ngày {format_day(last)}" if last else "")
                + " nên không cần cho phép nộp muộn."
            )
            raise Invalid("not_needed", said, fields={"expires_on": said})
        exception = WindowException.objects.create(
            province_id=row.province_id,
            period=row,
            kind=WindowException.Kind.LATE,
            agency=agency,
            reason=reason,
            expires_on=expires_on,
            granted_by=by,
            granted_at=calendar.now(),
        )
        trail.record(
            province_id=row.province_id,
            action="window.allow_late",
            subject=exception,
            after={"period": row.code, "plan": row.plan.code, "agency": agency.code, "expires_on": str(expires_on)},
            reason=reason,
            by=by,
        )
    return exception


def extend_for_all(
    *,
    period: ReportingPeriod,
    reason: str,
    document_number: str,
    expires_on: date,
    upload: Upload | None = None,
    by: User,
) -> WindowException:
    """Move a period's due date and closing for everybody after an outage of the system, by a document.

    A closed period is reopened first: until then nobody is let in, and what was sealed as late stays late. Raises
    Refused, Conflict (``period_closed``), Invalid (``reason_required``, ``document_required``, ``not_later``,
    ``file_*``).
    """
    must_grant(period.province_id, by)
    reason, number, today = _reason(reason), nfc(document_number), calendar.today()
    if not number:
        said = "Cần ghi số, ký hiệu văn bản gia hạn."
        raise Invalid("document_required", said, fields={"document_number": said})
    with transaction.atomic():
        row = _locked(period)
        window = windows.window(row, today)
        if window.closed_on is not None:
            raise Conflict(
                "period_closed",
                f"Kỳ {row.name} đã chốt ngày {format_day(window.closed_on)}; hãy mở lại kỳ rồi gia hạn.",
            )
        if expires_on <= window.due_on or expires_on < today:
            said = f"Ngày gia hạn phải sau hạn nộp hiện tại ({format_day(window.due_on)}) và không trước hôm nay."
            raise Invalid("not_later", said, fields={"expires_on": said})
        document = documents.store(upload=upload, owner=_office(row.province_id, by), by=by) if upload else None
        exception = WindowException.objects.create(
            province_id=row.province_id,
            period=row,
            kind=WindowException.Kind.OUTAGE,
            reason=reason,
            document_number=number,
            document=document,
            expires_on=expires_on,
            granted_by=by,
            granted_at=calendar.now(),
        )
        _follow(row.plan, by)
        trail.record(
            province_id=row.province_id,
            action="window.extend_for_all",
            subject=exception,
            before={"due_on": str(window.due_on), "closes_on": str(window.closes_on or "")},
            after={
                "period": row.code,
                "plan": row.plan.code,
                "expires_on": str(expires_on),
                "document_number": number,
                "sha256": document.blob.sha256 if document else "",
            },
            reason=reason,
            by=by,
        )
    return exception


def _office(province_id: int, by: User) -> Agency:
    """Return whose document it is: the agency of the province in which the person works."""
    office = Designation.objects.filter(
        valid_on(calendar.today()), province_id=province_id, agency_id__in=by.agency_ids()
    ).select_related("agency")
    designation = office.first()
    if designation is not None:
        return designation.agency
    return next(one.agency for one in by.standing() if one.province_id == province_id)


def _follow(plan: Plan, by: User) -> None:
    """Bring duties that count by periods up to date and ask for the roll-up."""
    builder.refresh_duties(plan)
    jobs.enqueue(kind=moves.REFRESH_PLAN, subject=plan, province_id=plan.province_id, by=by)


def add_period(
    *, plan: Plan, kind: str, year: int, name: str = "", code: str = "", span: Span | None = None, by: User
) -> ReportingPeriod:
    """Add a period of the national calendar (``span`` None: its own days), or one of the plan's own.

    Raises Refused, Conflict (``period_exists``, ``plan_ended``), Invalid (``kind_unknown``, ``span_required``,
    ``dates_not_in_order``, ``cut_off_taken``).
    """
    must_grant(plan.province_id, by)
    if kind not in ReportingPeriod.Kind.values:
        raise Invalid("kind_unknown", "Không có loại kỳ này.", fields={"kind": "Không có loại kỳ này."})
    national = kind in presets.BY_KIND
    if span is None:
        if not national:
            raise Invalid("span_required", "Kỳ riêng của kế hoạch cần đủ các ngày.")
        span = presets.span_of(kind, year)
    name = nfc(name) or (presets.name_of(kind, year) if national else "")
    code = code or (presets.code_of(kind, year) if national else "")
    missing = {
        field: f"Kỳ riêng của kế hoạch cần {words}."
        for field, words, value in (("name", "tên", name), ("code", "mã", code))
        if not value
    }
    if missing:
        raise Invalid("span_required", " ".join(missing.values()), fields=missing)
    _must_be_in_order(span)
    with transaction.atomic():
        row = Plan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
        if row.state == Plan.State.ENDED:
            raise Conflict("plan_ended", "Kế hoạch đã kết thúc nên không thêm kỳ báo cáo.")
        try:
            with transaction.atomic():
                period = plan_actions.add_period(
                    plan=row,
                    code=code,
                    kind=kind,
                    name=name,
                    year=year,
                    starts_on=span.starts_on,
                    cut_off=span.cut_off,
                    opens_on=span.opens_on,
                    due_on=span.due_on,
                    closes_on=span.closes_on,
                    by=by,
                )
        except IntegrityError as error:
            said = f"Kế hoạch đã có kỳ mang mã {code}."
            raise Conflict("period_exists", said, fields={"code": said}) from error
    return period


def _must_be_in_order(span: Span) -> None:
    problems = {}
    if span.cut_off < span.starts_on:
        problems["cut_off"] = "Ngày chốt số liệu không được trước ngày bắt đầu kỳ."
    if span.due_on < span.opens_on:
        problems["due_on"] = "Hạn nộp không được trước ngày mở nhận báo cáo."
    if span.closes_on is not None and span.closes_on < span.due_on:
        problems["closes_on"] = "Ngày đóng nhận báo cáo không được trước hạn nộp."
    if problems:
        raise Invalid("dates_not_in_order", " ".join(problems.values()), fields=problems)

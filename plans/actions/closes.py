"""Closing a period with a sealed snapshot, and opening it again for a time.

A close ends the window of its period for everybody; it stops neither reviews nor corrections of accepted reports:
those make new versions, and the sealed figures stay (domain rule 7).
"""

from datetime import date

from django.db import IntegrityError, transaction

from agencies import calendar
from agencies.actions import trail
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import User
from agencies.models.event import GENESIS
from agencies.seals import canonical
from agencies.text import nfc
from plans.facts import closes, windows
from plans.facts.snapshot import digest_of, mark, snapshot
from plans.models import PeriodClose, PeriodReopening, ReportingPeriod
from plans.models.close import may_close

LONGEST_REOPENING_DAYS = 31


def _must_be_allowed(period: ReportingPeriod, by: User) -> None:
    if not may_close(by, period.province_id, calendar.today()):
        raise Refused("not_the_standing_office", "Chỉ chuyên viên thẩm định của cơ quan thường trực chốt và mở lại kỳ.")


def close(*, period: ReportingPeriod, number: int | None = None, by: User) -> PeriodClose:
    """Seal the period's figures as they are on record now.

    ``number``: which close the person means to make, as the preview said (None skips this). Raises Refused
    (``not_the_standing_office``) and Conflict (``plan_not_issued``, ``window_not_over``, ``already_closed``,
    ``stale_close``).
    """
    _must_be_allowed(period, by)
    with transaction.atomic():
        row = ReportingPeriod.objects.select_for_update(of=("self",)).select_related("plan__province").get(pk=period.pk)
        latest = PeriodClose.objects.latest_of(row)
        today = calendar.today()
        refused = closes.why_not(
            windows.window(row, today), latest, latest is not None and latest.reopenings.exists(), today
        )
        if refused is not None:
            raise Conflict(*refused)
        next_number = latest.number + 1 if latest else 1
        if number is not None and number != next_number:
            raise Conflict("stale_close", "Kỳ này vừa được người khác chốt. Hãy tải lại trang để xem bản chốt mới.")
        # Nothing else of the province commits from here on: the figures belong to one moment of the trail.
        head = trail.hold(row.province_id)
        now = calendar.now()
        before = PeriodClose.objects.filter(province_id=row.province_id).order_by("-pk").values("sha256").first()
        previous = before["sha256"] if before else GENESIS
        content = snapshot(row, today)
        content["close"] = mark(
            number=next_number,
            closed_by=by,
            closed_at=now,
            previous_sha256=previous,
            trail_sequence=head.sequence,
            trail_digest=head.digest,
        )
        text = canonical(content)
        try:
            with transaction.atomic():
                made = PeriodClose.objects.create(
                    province_id=row.province_id,
                    plan=row.plan,
                    period=row,
                    number=next_number,
                    as_of=today,
                    closed_by=by,
                    closed_at=now,
                    content=text,
                    sha256=digest_of(text),
                    previous_sha256=previous,
                    trail_sequence=head.sequence,
                    trail_digest=head.digest,
                )
        except IntegrityError as error:
            raise Conflict("stale_close", "Kỳ này vừa được người khác chốt. Hãy tải lại trang rồi thử lại.") from error
        trail.record(
            province_id=row.province_id,
            action="period.close",
            subject=made,
            after={
                "plan": row.plan.code,
                "period": row.code,
                "number": made.number,
                "as_of": str(made.as_of),
                "sha256": made.sha256,
                "previous_sha256": made.previous_sha256,
            },
            by=by,
        )
    return made


def reopen(
    *, close: PeriodClose, reason: str, approver: str, document: str, expires_on: date, by: User
) -> PeriodReopening:
    """Open a closed period again until a day, by decision of somebody above.

    Raises Refused (``not_the_standing_office``), Invalid (``reopening_incomplete`` with every field,
    ``reopening_expiry``) and Conflict (``not_the_latest_close``, ``already_reopened``).
    """
    period = close.period
    _must_be_allowed(period, by)
    reason, approver, document = nfc(reason), nfc(approver), nfc(document)
    today = calendar.today()
    problems = {}
    if not reason:
        problems["reason"] = "Cần ghi lý do mở lại."
    if not approver:
        problems["approver"] = "Cần ghi họ tên, chức vụ người phê duyệt."
    elif len(approver) > 200:
        problems["approver"] = "Người phê duyệt ghi không quá 200 ký tự."
    if not document:
        problems["document"] = "Cần ghi số, ngày văn bản phê duyệt."
    elif len(document) > 200:
        problems["document"] = "Văn bản phê duyệt ghi không quá 200 ký tự."
    if not 0 <= (expires_on - today).days <= LONGEST_REOPENING_DAYS:
        problems["expires_on"] = f"Thời hạn mở lại từ hôm nay đến nhiều nhất {LONGEST_REOPENING_DAYS} ngày nữa."
    if problems:
        raise Invalid("reopening_incomplete", "Chưa mở lại được: " + " ".join(problems.values()), fields=problems)
    with transaction.atomic():
        row = ReportingPeriod.objects.select_for_update(of=("self",)).select_related("plan").get(pk=period.pk)
        latest = PeriodClose.objects.latest_of(row)
        if latest is None or latest.pk != close.pk:
            raise Conflict("not_the_latest_close", "Kỳ này đã có lần chốt mới hơn. Hãy tải lại trang.")
        if PeriodReopening.objects.filter(close=latest).in_force(today).exists():
            raise Conflict("already_reopened", "Kỳ này đang được mở lại. Hãy tải lại trang để xem thời hạn.")
        made = PeriodReopening.objects.create(
            province_id=row.province_id,
            period=row,
            close=latest,
            reason=reason,
            approver=approver,
            document=document,
            opens_on=today,
            expires_on=expires_on,
            reopened_by=by,
            reopened_at=calendar.now(),
        )
        trail.record(
            province_id=row.province_id,
            action="period.reopen",
            subject=made,
            after={
                "plan": row.plan.code,
                "period": row.code,
                "close": latest.number,
                "approver": approver,
                "document": document,
                "expires_on": str(expires_on),
            },
            reason=reason,
            by=by,
        )
    return made

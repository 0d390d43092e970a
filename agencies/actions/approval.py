"""Who must approve before a report leaves an agency: the rule, and the head's delegations (story 9)."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet

from agencies import calendar
from agencies.actions import trail
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Agency, ApprovalRule, Delegation, User, valid_on
from agencies.permissions import STAND_INS, Permission, Role
from agencies.text import nfc


def heads(agency: Agency, user: User) -> bool:
    """Tell whether a person heads the agency today."""
    return any(one.agency_id == agency.pk and one.role == Role.AGENCY_HEAD for one in user.standing())


def may_rule(agency: Agency, by: User) -> bool:
    """Tell whether a person decides how the agency approves: its head, or whoever keeps the directory."""
    return heads(agency, by) or agency.province_id in by.provinces_with(Permission.DIRECTORY_MANAGE)


def _must_rule(agency: Agency, by: User | None) -> None:
    if by is not None and not may_rule(agency, by):
        raise Refused("not_the_head", "Chỉ thủ trưởng cơ quan hoặc quản trị danh bạ đặt quy định này.")


def _document(text: str) -> str:
    text = nfc(text)
    if not text:
        said = "Cần ghi văn bản quy định (số, ký hiệu, ngày)."
        raise Invalid("document_required", said, fields={"document": said})
    return text


def require_head(*, agency: Agency, document: str, valid_from: date, by: User | None) -> ApprovalRule:
    """From a day on, let no report leave the agency without its head's approval.

    Raises Refused, Conflict (``already_required``), Invalid (``document_required``, ``in_the_past``).
    """
    _must_rule(agency, by)
    document = _document(document)
    if by is not None and valid_from < calendar.today():
        said = "Ngày bắt đầu không được ở trước hôm nay."
        raise Invalid("in_the_past", said, fields={"valid_from": said})
    with transaction.atomic():
        agency = Agency.objects.select_for_update(of=("self",)).get(pk=agency.pk)
        if agency.approval_rules.filter(valid_to__isnull=True).exists():
            raise Conflict("already_required", "Cơ quan đang quy định thủ trưởng duyệt báo cáo trước khi gửi.")
        rule = ApprovalRule.objects.create(
            province_id=agency.province_id,
            agency=agency,
            document=document,
            valid_from=valid_from,
            set_by=by,
            set_at=calendar.now(),
        )
        trail.record(
            province_id=agency.province_id,
            action="approval.require",
            subject=rule,
            after={"agency": agency.code, "from": str(valid_from), "document": document},
            by=by,
        )
    return rule


def release(*, agency: Agency, last_day: date, by: User | None) -> ApprovalRule:
    """End the rule after a day (today or later). Raises Refused, Conflict (``not_required``), Invalid."""
    _must_rule(agency, by)
    with transaction.atomic():
        rule = ApprovalRule.objects.select_for_update(of=("self",)).filter(agency=agency, valid_to=None).first()
        if rule is None:
            raise Conflict("not_required", "Cơ quan không quy định thủ trưởng duyệt, hoặc quy định đã kết thúc.")
        # A rule that has not begun ends on the day it would have begun.
        if last_day < calendar.today() - timedelta(days=1) or last_day < rule.valid_from:
            said = "Ngày kết thúc không được ở trước hôm nay, cũng không trước ngày bắt đầu."
            raise Invalid("in_the_past", said, fields={"last_day": said})
        rule.valid_to = last_day
        rule.save(update_fields=["valid_to"])
        trail.record(
            province_id=agency.province_id,
            action="approval.release",
            subject=rule,
            before={"to": ""},
            after={"agency": agency.code, "to": str(last_day)},
            by=by,
        )
    return rule


def stand_ins(agency: Agency) -> QuerySet[User]:
    """Return the people of the agency who may approve in its head's place."""
    members = agency.memberships.filter(valid_on(calendar.today()), role__in=STAND_INS)
    return User.objects.filter(pk__in=members.values("user_id"), is_active=True).order_by("full_name")


def delegate(
    *, agency: Agency, person: User, document: str, valid_from: date, valid_to: date, by: User | None
) -> Delegation:
    """Let a person of the agency (``stand_ins``) approve in the head's place from a day to a day.

    Who keeps the directory only records what a head there has signed. Raises Refused, Invalid
    (``document_required``, ``not_of_the_agency``, ``to_oneself``, ``no_head``, ``dates``).
    """
    _must_rule(agency, by)
    document = _document(document)
    if not stand_ins(agency).filter(pk=person.pk).exists():
        said = (
            "Người được ủy quyền phải đang là cán bộ hoặc thủ trưởng của cơ quan này; vai trò quản trị, kiểm tra không "
            "được ủy quyền."
        )
        raise Invalid("not_of_the_agency", said, fields={"person": said})
    if by is not None and person.pk == by.pk:
        said = "Không ai tự ủy quyền cho mình. Hãy chọn người khác."
        raise Invalid("to_oneself", said, fields={"person": said})
    signers = list(agency.heads_on(calendar.today()).values_list("user__username", flat=True))
    if by is not None and not signers:
        said = "Cơ quan chưa có thủ trưởng nên chưa có ai ủy quyền. Hãy ghi nhận thủ trưởng trong danh bạ trước."
        raise Invalid("no_head", said, fields={"person": said})
    if valid_to < valid_from or valid_to < calendar.today():
        said = "Ngày kết thúc phải từ hôm nay trở đi và không trước ngày bắt đầu."
        raise Invalid("dates", said, fields={"valid_to": said})
    with transaction.atomic():
        delegation = Delegation.objects.create(
            province_id=agency.province_id,
            agency=agency,
            person=person,
            document=document,
            valid_from=valid_from,
            valid_to=valid_to,
            given_by=by,
            given_at=calendar.now(),
        )
        trail.record(
            province_id=agency.province_id,
            action="approval.delegate",
            subject=delegation,
            after={
                "agency": agency.code,
                "person": person.username,
                "from": str(valid_from),
                "to": str(valid_to),
                "document": document,
                "heads": signers,
            },
            by=by,
        )
    return delegation


def revoke(*, delegation: Delegation, by: User | None) -> Delegation:
    """End a delegation before its day: from now on it no longer holds. Raises Refused, Conflict."""
    _must_rule(delegation.agency, by)
    with transaction.atomic():
        row = Delegation.objects.select_for_update(of=("self",)).get(pk=delegation.pk)
        if row.revoked_at is not None or row.valid_to < calendar.today():
            raise Conflict("delegation_over", "Ủy quyền này đã hết hạn hoặc đã được chấm dứt.")
        row.revoked_at = calendar.now()
        row.save(update_fields=["revoked_at"])
        trail.record(
            province_id=row.province_id,
            action="approval.revoke",
            subject=row,
            before={"revoked_at": ""},
            after={"revoked_at": row.revoked_at.isoformat()},
            by=by,
        )
    return row

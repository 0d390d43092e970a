"""Entering provinces, agencies, groups and people."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from agencies import calendar
from agencies.actions import jobs, trail
from agencies.actions.keeping import Kept, keep, text
from agencies.errors import Invalid, Refused
from agencies.models import (
    Agency,
    AgencyAlias,
    AgencyGroup,
    AgencyName,
    Designation,
    GroupMembership,
    Membership,
    Province,
    User,
)
from agencies.permissions import Permission
from agencies.text import fold, format_day, nfc


def keep_province(*, code: str, by: User | None = None, **values: Any) -> Province:
    """Enter or update a province that works with the portal; what is different leaves its trace."""
    with transaction.atomic():
        only_ranked = Province.objects.filter(code=code, is_tenant=False).exists()
        kept = keep(Province, {"code": code}, {**values, "is_tenant": True} if only_ranked else values)
        if kept.changed:
            _tell(kept, kept.row.pk, "province", by)
    return kept.row


def keep_agency(*, province: Province, code: str, by: User | None = None, **values: Any) -> Agency:
    """Enter or update the agency that bears a code from a day on (``valid_from``), with its first name.

    One that a reorganisation has ended or renamed stays as that decision left it.
    """
    start = values.pop("valid_from", None)
    with transaction.atomic():
        settled = (
            Agency.objects.filter(province=province, code=code, valid_from=start)
            .filter(Q(valid_to__isnull=False) | Q(successions__isnull=False))
            .first()
        )
        if settled is not None:
            return settled
        kept = keep(Agency, {"province": province, "code": code, "valid_from": start}, values)
        agency = kept.row
        if kept.created:
            keep_first_name(agency)
        elif {"name", "short_name"} & set(kept.after):
            # A slip of the pen put right: the agency has had one name only.
            agency.names.update(name=agency.name, short_name=agency.short_name)
        if kept.changed:
            _tell(kept, province.pk, "agency", by)
    return agency


def _tell(kept: Kept[Any], province_id: int, noun: str, by: User | None) -> None:
    trail.record(
        province_id=province_id,
        action=kept.action(noun),
        subject=kept.row,
        before=kept.before,
        after=kept.after,
        by=by,
    )


def keep_first_name(agency: Agency) -> None:
    """Enter the name that a new agency bears from its first day on."""
    AgencyName.objects.create(
        agency=agency, name=agency.name, short_name=agency.short_name, valid_from=agency.valid_from
    )


def keep_alias(*, agency: Agency, alias: str) -> None:
    """Remember another way of writing an agency."""
    AgencyAlias.objects.get_or_create(
        agency=agency, folded=fold(alias), defaults={"alias": nfc(alias), "province_id": agency.province_id}
    )


def keep_group(
    *,
    province: Province,
    code: str,
    name: str,
    note: str,
    members: Sequence[Agency],
    since: date | None,
    by: User | None = None,
) -> AgencyGroup:
    """Enter or update a group and its open memberships (members are added, never silently removed)."""
    with transaction.atomic():
        kept = keep(AgencyGroup, {"province": province, "code": code}, {"name": name, "note": note})
        joined = []
        for agency in members:
            # A membership that has ended stays ended.
            _, created = GroupMembership.objects.get_or_create(group=kept.row, agency=agency, valid_from=since)
            if created:
                joined.append(agency.code)
        if kept.changed or joined:
            trail.record(
                province_id=province.pk,
                action=kept.action("agencygroup"),
                subject=kept.row,
                before=kept.before,
                after={**kept.after, **({"joined": joined, "from": text(since)} if joined else {})},
                by=by,
            )
    return kept.row


FOLLOW_GROUP = "plans.follow_group"


def people_kept_by(by: User) -> QuerySet[User]:
    """Return whose accounts and roles a person keeps: those who work in the person's provinces, or nowhere yet.

    Who works in another province by now is that province's: an old administrator resets no password there and gives
    no role. An installer keeps everybody.
    """
    if by.is_installer:
        return User.objects.all()
    kept = by.provinces_with(Permission.DIRECTORY_MANAGE)
    live = Q(valid_to__isnull=True) | Q(valid_to__gte=calendar.today())
    moved = Membership.objects.filter(live).exclude(province__in=kept)
    return (
        User.objects.filter(Q(memberships__province__in=kept) | Q(memberships__isnull=True), is_installer=False)
        .exclude(pk__in=moved.values("user"))
        .distinct()
    )


def _must_keep(province_id: int, by: User | None) -> None:
    if by is None or by.is_installer or province_id in by.provinces_with(Permission.DIRECTORY_MANAGE):
        return
    raise Refused("not_administrator", "Chỉ quản trị danh bạ của tỉnh được làm việc này.")


def _end_of(agency: Agency) -> date | None:
    """Return the last day of an agency, or of its province when that comes first; None where no end is known."""
    return min((day for day in (agency.valid_to, agency.province.valid_to) if day is not None), default=None)


def _must_exist(agency: Agency, day: date) -> None:
    end = _end_of(agency)
    if end is not None and end < day:
        said = (
            f"{agency} đã kết thúc hoạt động, hết ngày {format_day(end)}. "
            "Hãy chọn cơ quan kế thừa, hoặc một ngày bắt đầu trước đó."
        )
        raise Invalid("agency_ended", said, fields={"agency": said})


def check_shorter(row: GroupMembership | Membership | Designation, last_day: date | None) -> None:
    """Raise Invalid (``only_shorter``, ``dates``) unless a day ends the row, or ends it earlier than was said."""
    if row.valid_to is not None and (last_day is None or last_day > row.valid_to):
        said = (
            f"{row}: đã ghi là hết ngày {format_day(row.valid_to)}, chỉ có thể kết thúc sớm hơn. "
            "Muốn tiếp tục, hãy thêm một dòng mới với ngày bắt đầu của nó."
        )
        raise Invalid("only_shorter", said, fields={"valid_to": said})
    if row.valid_from is not None and last_day is not None and last_day < row.valid_from:
        said = f"Ngày kết thúc không được trước ngày bắt đầu ({format_day(row.valid_from)})."
        raise Invalid("dates", said, fields={"valid_to": said})


def join_group(*, group: AgencyGroup, agency: Agency, valid_from: date, by: User | None) -> GroupMembership:
    """Let an agency belong to a group from a day on; the plans that name the group follow (a job).

    Raises Refused, Invalid (``other_province``, ``agency_ended``).
    """
    _must_keep(group.province_id, by)
    _must_exist(agency, valid_from)
    if agency.province_id != group.province_id:
        said = f"{agency} không thuộc tỉnh của nhóm {group}."
        raise Invalid("other_province", said, fields={"agency": said})
    with transaction.atomic():
        membership, created = GroupMembership.objects.get_or_create(
            group=group, agency=agency, valid_to__isnull=True, defaults={"valid_from": valid_from}
        )
        if created:
            _tell_of_member(membership, "group.join", {}, {"from": str(valid_from)}, by)
    return membership


def leave_group(*, membership: GroupMembership, last_day: date, by: User | None) -> None:
    """End a membership of a group after a day; the plans that name the group follow (a job).

    Raises Refused, Invalid (``check_shorter``).
    """
    _must_keep(membership.group.province_id, by)
    with transaction.atomic():
        row = GroupMembership.objects.select_for_update(of=("self",)).get(pk=membership.pk)
        check_shorter(row, last_day)
        before, row.valid_to = row.valid_to, last_day
        row.save(update_fields=["valid_to"])
        _tell_of_member(row, "group.leave", {"to": str(before or "")}, {"to": str(last_day)}, by)
    membership.valid_to = last_day


def _tell_of_member(
    membership: GroupMembership, action: str, before: dict[str, str], after: dict[str, str], by: User | None
) -> None:
    group = membership.group
    who = {"group": group.code, "agency": membership.agency.code}
    jobs.enqueue(kind=FOLLOW_GROUP, subject=group, province_id=group.province_id, by=by)
    trail.record(
        province_id=group.province_id,
        action=action,
        subject=group,
        before={**who, **before} if before else {},
        after={**who, **after},
        by=by,
    )


def check_designation(*, agency: Agency, role: str, valid_from: date, valid_to: date | None, by: User | None) -> None:
    """Raise Refused, Invalid (``agency_ended``, ``dates``, ``already_designated``) where nothing may be designated."""
    _must_keep(agency.province_id, by)
    _must_exist(agency, valid_from)
    if valid_to is not None and valid_to < valid_from:
        said = f"Ngày kết thúc không được trước ngày bắt đầu ({format_day(valid_from)})."
        raise Invalid("dates", said, fields={"valid_to": said})
    same = Designation.objects.filter(province_id=agency.province_id, role=role).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=valid_from)
    )
    if valid_to is not None:
        same = same.filter(valid_from__lte=valid_to)
    held = same.select_related("agency").first()
    if held is not None:
        until = f"hết ngày {format_day(held.valid_to)}" if held.valid_to else "chưa có ngày kết thúc"
        said = f"Vào thời gian này đã có {held} (từ {format_day(held.valid_from)}, {until}). Hãy kết thúc phân công đó."
        raise Invalid("already_designated", said, fields={"valid_from": said})


def designate(
    *,
    agency: Agency,
    role: str,
    document: str,
    valid_from: date,
    valid_to: date | None = None,
    by: User | None = None,
) -> Designation:
    """Designate the standing office or the second reviewing body of a province; leaves its trace in the trail.

    The same once more changes nothing. Raises Refused, Invalid (``check_designation``).
    """
    with transaction.atomic():
        Province.objects.select_for_update(of=("self",)).get(pk=agency.province_id)
        again = Designation.objects.filter(agency=agency, role=role, valid_from=valid_from).first()
        if again is not None:
            return again
        check_designation(agency=agency, role=role, valid_from=valid_from, valid_to=valid_to, by=by)
        designation = Designation.objects.create(
            province_id=agency.province_id,
            agency=agency,
            role=role,
            document=document,
            valid_from=valid_from,
            valid_to=valid_to,
        )
        trail.record(
            province_id=agency.province_id,
            action="designation.add",
            subject=designation,
            after={
                "agency": agency.code,
                "role": role,
                "document": document,
                "from": str(valid_from),
                "to": str(valid_to or ""),
            },
            by=by,
        )
    return designation


def check_end_of(designation: Designation, last_day: date | None) -> None:
    """Raise Invalid (``only_shorter``, ``dates``, ``in_the_past``): what was decided under it stays decided by it."""
    check_shorter(designation, last_day)
    if last_day is not None and last_day < calendar.today() - timedelta(days=1):
        said = "Ngày kết thúc không được trước hôm qua: những việc đã thẩm định theo phân công này giữ nguyên."
        raise Invalid("in_the_past", said, fields={"valid_to": said})


def end_designation(*, designation: Designation, last_day: date, by: User | None) -> None:
    """End a designation after a day. Raises Refused, Invalid (``check_end_of``)."""
    _must_keep(designation.province_id, by)
    with transaction.atomic():
        row = Designation.objects.select_for_update(of=("self",)).get(pk=designation.pk)
        check_end_of(row, last_day)
        before, row.valid_to = row.valid_to, last_day
        row.save(update_fields=["valid_to"])
        trail.record(
            province_id=row.province_id,
            action="designation.end",
            subject=row,
            before={"to": str(before or "")},
            after={"role": row.role, "to": str(last_day)},
            by=by,
        )
    designation.valid_to = last_day


def add_user(
    *, username: str, full_name: str, title: str = "", email: str | None = None, password_hash: str, by: User | None
) -> User:
    """Enter a person, with a password that is already hashed; an unknown address stays unknown."""
    return User.objects.create(
        username=username.lower(), full_name=full_name, title=title, email=email or None, password=password_hash
    )


def check_join(*, user: User, agency: Agency, valid_from: date | None, by: User | None) -> None:
    """Raise where a role may not be given (``by`` is None for the operator's commands).

    Refused: to oneself (``own_role``), to somebody of another province (``works_elsewhere``), by anybody but the
    directory's keeper (``not_administrator``). Invalid: in an agency that is gone by then (``agency_ended``).
    """
    _must_keep(agency.province_id, by)
    _must_exist(agency, max(valid_from or calendar.today(), calendar.today()))
    if by is None:
        return
    if by.pk == user.pk:
        raise Refused("own_role", "Không ai tự giao vai trò cho mình. Hãy nhờ một quản trị viên khác.")
    if not people_kept_by(by).filter(pk=user.pk).exists():
        raise Refused(
            "works_elsewhere",
            f"{user} đang giữ vai trò ở tỉnh khác. Quản trị của tỉnh đó phải kết thúc vai trò ấy trước.",
        )


def join(*, user: User, agency: Agency, role: str, valid_from: date | None = None, by: User | None) -> Membership:
    """Give a person a role in an agency from a day on; leaves its trace in the trail.

    Where the end of the agency or its province is known, the role ends with it.
    Raises Refused, Invalid (``check_join``).
    """
    check_join(user=user, agency=agency, valid_from=valid_from, by=by)
    end = _end_of(agency)
    with transaction.atomic():
        newcomer = not user.memberships.exists()
        membership, created = Membership.objects.get_or_create(
            user=user,
            agency=agency,
            role=role,
            valid_to=end,
            defaults={"province_id": agency.province_id, "valid_from": valid_from},
        )
        if created:
            trail.record(
                province_id=agency.province_id,
                action="membership.join",
                subject=membership,
                after={
                    "user": user.username,
                    "agency": agency.code,
                    "role": role,
                    "from": str(valid_from or ""),
                    **({"to": str(end)} if end else {}),
                },
                # From the first role on the account is sealed; later events about the person seal it again.
                touched=(user,) if newcomer else (),
                by=by,
            )
    user.forget_standing()
    return membership


def leave(*, membership: Membership, last_day: date, by: User | None) -> None:
    """End a membership after a day, or earlier than was said; the account and its history stay.

    Raises Refused, Invalid (``check_shorter``): a role that ended is not opened again, a new one is given.
    """
    _must_keep(membership.province_id, by)
    with transaction.atomic():
        row = Membership.objects.select_for_update(of=("self",)).select_related("user").get(pk=membership.pk)
        check_shorter(row, last_day)
        before, row.valid_to = row.valid_to, last_day
        row.save(update_fields=["valid_to"])
        trail.record(
            province_id=row.province_id,
            action="membership.leave",
            subject=row,
            before={"to": str(before or "")},
            after={"user": row.user.username, "role": row.role, "to": str(last_day)},
            by=by,
        )
    membership.valid_to = last_day
    membership.user.forget_standing()

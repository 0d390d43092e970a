"""Entering provinces, agencies, groups and people."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from agencies.actions import jobs, trail
from agencies.errors import Invalid
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
from agencies.text import fold, format_day, nfc


def keep_province(*, code: str, **values: Any) -> Province:
    """Enter or update a province."""
    province, _ = Province.objects.update_or_create(code=code, defaults=values)
    return province


def keep_agency(*, province: Province, code: str, **values: Any) -> Agency:
    """Enter or update the agency that bears a code from a day on (``valid_from``), with its first name.

    One that a reorganisation has ended or renamed stays as that decision left it.
    """
    start = values.get("valid_from")
    touched = Agency.objects.filter(province=province, code=code, valid_from=start).filter(
        Q(valid_to__isnull=False) | Q(successions__isnull=False)
    )
    settled = touched.first()
    if settled is not None:
        return settled
    agency, created = Agency.objects.update_or_create(province=province, code=code, valid_from=start, defaults=values)
    if created:
        keep_first_name(agency)
    return agency


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
    *, province: Province, code: str, name: str, note: str, members: Sequence[Agency], since: date | None
) -> AgencyGroup:
    """Enter or update a group and its open memberships (members are added, never silently removed)."""
    group, _ = AgencyGroup.objects.update_or_create(province=province, code=code, defaults={"name": name, "note": note})
    for agency in members:
        # A membership that has ended stays ended.
        GroupMembership.objects.get_or_create(group=group, agency=agency, valid_from=since)
    return group


FOLLOW_GROUP = "plans.follow_group"


def check_shorter(row: GroupMembership | Membership, last_day: date | None) -> None:
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

    Raises Invalid (``other_province``).
    """
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
    """End a membership of a group after a day; the plans that name the group follow (a job). Raises Invalid."""
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


def designate(*, agency: Agency, role: str, document: str, valid_from: date, by: User | None = None) -> Designation:
    """Designate the standing office or the second reviewing body of a province; leaves its trace in the trail."""
    with transaction.atomic():
        designation, created = Designation.objects.get_or_create(
            province_id=agency.province_id,
            role=role,
            valid_to__isnull=True,
            defaults={"agency": agency, "document": document, "valid_from": valid_from},
        )
        if created:
            trail.record(
                province_id=agency.province_id,
                action="designation.add",
                subject=designation,
                after={"agency": agency.code, "role": role, "document": document, "from": str(valid_from)},
                by=by,
            )
    return designation


def add_user(
    *, username: str, full_name: str, title: str = "", email: str | None = None, password_hash: str, by: User | None
) -> User:
    """Enter a person, with a password that is already hashed; an unknown address stays unknown."""
    return User.objects.create(
        username=username.lower(), full_name=full_name, title=title, email=email or None, password=password_hash
    )


def join(*, user: User, agency: Agency, role: str, valid_from: date | None = None, by: User | None) -> Membership:
    """Give a person a role in an agency from a day on; leaves its trace in the trail."""
    with transaction.atomic():
        membership, created = Membership.objects.get_or_create(
            user=user,
            agency=agency,
            role=role,
            valid_to__isnull=True,
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
                },
                by=by,
            )
    user.forget_standing()
    return membership


def leave(*, membership: Membership, last_day: date, by: User | None) -> None:
    """End a membership after a day; the account and its history stay."""
    with transaction.atomic():
        membership.valid_to = last_day
        membership.save(update_fields=["valid_to"])
        trail.record(
            province_id=membership.province_id,
            action="membership.leave",
            subject=membership,
            after={"user": membership.user.username, "role": membership.role, "to": str(last_day)},
            by=by,
        )
    membership.user.forget_standing()

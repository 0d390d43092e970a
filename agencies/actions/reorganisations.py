"""Proposing, editing, applying and discarding reorganisations: the only writers of what became of an agency.

Nothing changes before ``apply``. Its day may lie in the past (recorded late) or in the future (known early): every
row it writes is dated, and names, rights and groups are asked by day. Open duties are not moved here: each is moved
with its own confirmation (``plans.actions.transfers``).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from django.db import models, transaction

from agencies import calendar
from agencies.actions import trail
from agencies.errors import Conflict, Invalid, Refused
from agencies.facts.reorganisations import Effects, Following, effects
from agencies.models import (
    Agency,
    AgencyAlias,
    AgencyName,
    Designation,
    GroupMembership,
    Heir,
    Membership,
    Predecessor,
    Province,
    Reorganisation,
    Succession,
    User,
    name_in_force,
)
from agencies.permissions import Permission
from agencies.text import fold, nfc


@dataclass(frozen=True)
class Successor:
    """A successor: an existing agency, or one described by code, name, kind."""

    agency: Agency | None = None
    code: str = ""
    name: str = ""
    short_name: str = ""
    kind: str = ""
    symbol: str = ""
    is_main: bool = False
    functions: str = ""


@dataclass(frozen=True)
class Draft:
    """What a reorganisation says."""

    kind: str
    title: str
    effective_on: date
    predecessors: Sequence[Agency]
    successors: Sequence[Successor]
    decision_number: str = ""
    decided_on: date | None = None
    source: str = ""
    note: str = ""


# What is told to the trail at the end: nobody holds its head while rows are written.
Told = list[dict[str, Any]]


def _may_manage(province_id: int, by: User) -> None:
    if province_id not in by.provinces_with(Permission.DIRECTORY_MANAGE):
        raise Refused("not_administrator", "Chỉ quản trị danh mục cơ quan của tỉnh được lập và áp dụng phương án này.")


def _complain(province: Province, draft: Draft) -> None:
    problems: dict[str, str] = {}
    if draft.kind not in Reorganisation.Kind.values:
        problems["kind"] = "Hãy chọn loại sắp xếp."
    if not nfc(draft.title):
        problems["title"] = "Cần ghi nội dung sắp xếp, ví dụ: Sáp nhập Sở A vào Sở B."
    if not draft.predecessors:
        problems["predecessors"] = "Hãy chọn ít nhất một cơ quan được sắp xếp."
    foreign = [
        agency
        for agency in [*draft.predecessors, *(one.agency for one in draft.successors if one.agency)]
        if agency.province_id != province.pk
    ]
    if foreign:
        problems["predecessors"] = f"{foreign[0]} không thuộc {province}."
    for one in draft.successors:
        if one.agency is None and not (nfc(one.name) and one.code.strip() and one.kind in Agency.Kind.values):
            problems["successors"] = "Cơ quan mới cần đủ tên, mã và loại."
    existing = [one.agency.pk for one in draft.successors if one.agency]
    if len(existing) != len(set(existing)):
        problems["successors"] = "Một cơ quan kế thừa được chọn hai lần."
    if sum(one.is_main for one in draft.successors) > 1:
        problems["successors"] = "Chỉ một cơ quan kế thừa chính."
    if draft.decided_on and draft.decided_on > calendar.today():
        problems["decided_on"] = "Ngày quyết định không được ở sau hôm nay."
    if problems:
        raise Invalid("reorganisation_incomplete", " ".join(problems.values()), fields=problems)


def snapshot(reorganisation: Reorganisation) -> dict[str, Any]:
    """Return what the trail keeps of a reorganisation."""
    return {
        "kind": reorganisation.kind,
        "title": reorganisation.title,
        "decision": reorganisation.decision_number,
        "decided_on": str(reorganisation.decided_on or ""),
        "effective_on": str(reorganisation.effective_on),
        "state": reorganisation.state,
        "predecessors": [line.agency_id for line in reorganisation.predecessors.all()],
        "successors": [
            {"agency": line.agency_id, "code": line.code, "name": line.name, "main": line.is_main}
            for line in reorganisation.heirs.all()
        ],
    }


def _values(draft: Draft) -> dict[str, Any]:
    return {
        "kind": draft.kind,
        "title": nfc(draft.title),
        "decision_number": nfc(draft.decision_number),
        "decided_on": draft.decided_on,
        "effective_on": draft.effective_on,
        "source": nfc(draft.source),
        "note": nfc(draft.note),
    }


def _write_lines(reorganisation: Reorganisation, draft: Draft) -> None:
    reorganisation.predecessors.all().delete()
    reorganisation.heirs.all().delete()
    Predecessor.objects.bulk_create(
        Predecessor(reorganisation=reorganisation, agency=agency, order=order)
        for order, agency in enumerate(dict.fromkeys(draft.predecessors))
    )
    Heir.objects.bulk_create(
        Heir(
            reorganisation=reorganisation,
            order=order,
            **{**asdict(one), "agency": one.agency, "name": nfc(one.name), "code": one.code.strip()},
        )
        for order, one in enumerate(draft.successors)
    )


def propose(*, province: Province, draft: Draft, origin: str = "", by: User | None) -> Reorganisation:
    """Keep a reorganisation for review; nothing changes yet. ``by`` is None for the operator's command only.

    Raises Refused, Invalid (``reorganisation_incomplete`` with every field).
    """
    if by is not None:
        _may_manage(province.pk, by)
    _complain(province, draft)
    with transaction.atomic():
        reorganisation = Reorganisation.objects.create(
            province=province, origin=origin, proposed_by=by, proposed_at=calendar.now(), **_values(draft)
        )
        _write_lines(reorganisation, draft)
        trail.record(
            province_id=province.pk,
            action="reorganisation.propose",
            subject=reorganisation,
            after=snapshot(reorganisation),
            by=by,
        )
    return reorganisation


def _locked(reorganisation: Reorganisation, revision: int | None, by: User) -> Reorganisation:
    """Return the row, locked, while it may still be changed. Raises Refused, Conflict."""
    row = Reorganisation.objects.select_for_update(of=("self",)).select_related("province").get(pk=reorganisation.pk)
    _may_manage(row.province_id, by)
    if revision is not None and row.revision != revision:
        raise Conflict(
            "stale_revision", "Phương án này vừa được người khác thay đổi. Hãy tải lại trang, xem bản mới rồi làm lại."
        )
    if row.state != Reorganisation.State.PROPOSED:
        raise Conflict("wrong_state", f"Phương án này {row.get_state_display()} nên không thay đổi được nữa.")
    return row


def _advance(row: Reorganisation, **values: Any) -> None:
    """Write the row, conditionally on its revision: on databases without row locks, too, one racer wins."""
    changed = Reorganisation.objects.filter(
        pk=row.pk, revision=row.revision, state=Reorganisation.State.PROPOSED
    ).update(**values, revision=row.revision + 1)
    if changed != 1:
        raise Conflict("stale_revision", "Phương án này vừa được người khác thay đổi. Hãy tải lại trang rồi làm lại.")
    row.refresh_from_db()


def edit(*, reorganisation: Reorganisation, draft: Draft, revision: int | None, by: User) -> Reorganisation:
    """Change a proposal. Raises Refused, Conflict, Invalid."""
    with transaction.atomic():
        row = _locked(reorganisation, revision, by)
        _complain(row.province, draft)
        before = snapshot(row)
        _write_lines(row, draft)
        _advance(row, **_values(draft))
        trail.record(
            province_id=row.province_id,
            action="reorganisation.edit",
            subject=row,
            before=before,
            after=snapshot(row),
            by=by,
        )
    return row


def discard(*, reorganisation: Reorganisation, reason: str, revision: int | None, by: User) -> Reorganisation:
    """Put a proposal aside, with the reason. Raises Refused, Conflict, Invalid (``reason_required``)."""
    reason = nfc(reason)
    if not reason:
        said = "Cần ghi lý do bỏ phương án."
        raise Invalid("reason_required", said, fields={"reason": said})
    with transaction.atomic():
        row = _locked(reorganisation, revision, by)
        before = snapshot(row)
        _advance(
            row,
            state=Reorganisation.State.DISCARDED,
            discarded_by=by,
            discarded_at=calendar.now(),
            discard_reason=reason,
        )
        trail.record(
            province_id=row.province_id,
            action="reorganisation.discard",
            subject=row,
            before=before,
            after=snapshot(row),
            reason=reason,
            by=by,
        )
    return row


def apply(*, reorganisation: Reorganisation, revision: int | None, by: User) -> Reorganisation:
    """Carry the decision out, all of it or nothing: what ``facts.reorganisations.effects`` shows.

    Raises Refused, Conflict (``stale_revision``, ``wrong_state``), Invalid (``cannot_apply`` with every problem).
    """
    with transaction.atomic():
        row = _locked(reorganisation, revision, by)
        # Two decisions about one agency do not meet: its row is locked before it is looked at.
        concerned = [line.agency_id for line in row.predecessors.all()]
        concerned += [line.agency_id for line in row.heirs.all() if line.agency_id is not None]
        list(Agency.objects.select_for_update(of=("self",)).filter(pk__in=concerned).order_by("pk"))
        what = effects(row)
        if what.problems:
            raise Invalid("cannot_apply", "Chưa áp dụng được: " + " ".join(what.problems))
        before = snapshot(row)
        told: Told = []
        _end(what, told)
        following = [(heir, _enter(row, what, heir, told)) for heir in what.heirs]
        _succeed(row, what, following)
        main = what.main
        if main is not None:
            agency = next(agency for heir, agency in following if heir is main)
            _carry_names(what, agency)
            _carry_designations(row, what, agency, told)
        _carry_groups(what, [agency for heir, agency in following if heir is main or heir.agency is None], told)
        _close_memberships(what, told)
        _advance(row, state=Reorganisation.State.APPLIED, applied_by=by, applied_at=calendar.now())
        for one in told:
            trail.record(province_id=row.province_id, reason=row.decision_number, by=by, **one)
        trail.record(
            province_id=row.province_id,
            action="reorganisation.apply",
            subject=row,
            before=before,
            after={**snapshot(row), "changes": len(told)},
            reason=row.decision_number,
            by=by,
        )
    return row


def _end(what: Effects, told: Told) -> None:
    """End the predecessors and their names on the last day."""
    now = calendar.now()
    for agency in what.ends:
        Agency.objects.filter(pk=agency.pk).update(valid_to=what.last_day)
        AgencyName.objects.filter(agency=agency, valid_to__isnull=True).filter(
            models.Q(valid_from__isnull=True) | models.Q(valid_from__lte=what.last_day)
        ).update(valid_to=what.last_day, ended_at=now)
        told.append(
            {
                "action": "agency.end",
                "subject": agency,
                "before": {"valid_to": ""},
                "after": {"name": agency.name, "valid_to": str(what.last_day)},
            }
        )


def _enter(row: Reorganisation, what: Effects, heir: Following, told: Told) -> Agency:
    """Return the successor's row: continued (renamed where the decision says so) or entered."""
    if heir.agency is not None:
        if heir.renamed:
            _rename(heir, what, told)
        if heir.line.agency_id is None:
            Heir.objects.filter(pk=heir.line.pk).update(agency=heir.agency)
        return heir.agency
    source = (what.ends or what.stays)[0]
    agency = Agency.objects.create(
        province_id=row.province_id,
        code=heir.line.code,
        kind=heir.line.kind or source.kind,
        parent_id=source.parent_id,
        name=heir.line.name,
        short_name=heir.line.short_name,
        symbol=heir.line.symbol,
        order=source.order,
        confirmed=True,
        note=f"Theo {row.decision_number}",
        valid_from=what.first_day,
    )
    AgencyName.objects.create(
        agency=agency,
        name=agency.name,
        short_name=agency.short_name,
        valid_from=what.first_day,
        created_at=calendar.now(),
    )
    Heir.objects.filter(pk=heir.line.pk).update(agency=agency)
    told.append(
        {
            "action": "agency.enter",
            "subject": agency,
            "after": {"name": agency.name, "code": agency.code, "valid_from": str(what.first_day)},
        }
    )
    return agency


def _rename(heir: Following, what: Effects, told: Told) -> None:
    agency = heir.agency
    assert agency is not None
    now = calendar.now()
    old = agency.name
    if not agency.names.exists():
        AgencyName.objects.create(agency=agency, name=old, short_name=agency.short_name, valid_from=agency.valid_from)
    agency.names.filter(valid_to__isnull=True).filter(
        models.Q(valid_from__isnull=True) | models.Q(valid_from__lte=what.last_day)
    ).update(valid_to=what.last_day, ended_at=now)
    AgencyName.objects.create(
        agency=agency, name=heir.name, short_name=heir.short_name, valid_from=what.first_day, created_at=now
    )
    for alias in {old, agency.short_name} - {""}:
        _keep_alias(agency, alias, None)
    told.append(
        {
            "action": "agency.rename",
            "subject": agency,
            "before": {"name": old},
            "after": {"name": heir.name, "valid_from": str(what.first_day)},
        }
    )
    _bring_name_up_to_date(agency)


def bring_names_up_to_date() -> int:
    """Give agencies the name of today: a renaming known in advance takes effect here. Returns how many changed."""
    changed = 0
    for agency in Agency.objects.filter(names__valid_from__isnull=False).distinct().order_by("pk"):
        with transaction.atomic():
            was = _bring_name_up_to_date(agency)
            if was is not None:
                changed += 1
                trail.record(
                    province_id=agency.province_id,
                    action="agency.change",
                    subject=agency,
                    before={"name": was},
                    after={"name": agency.name},
                    by=None,
                )
    return changed


def _bring_name_up_to_date(agency: Agency) -> str | None:
    """Give an agency the name of today; return the one it bore until now, None when that is the same."""
    name, was = name_in_force(agency.names.all(), calendar.today()), agency.name
    if name is None or (name.name, name.short_name) == (agency.name, agency.short_name):
        return None
    agency.name, agency.short_name = name.name, name.short_name
    agency.save(update_fields=["name", "short_name"])
    return was


def _succeed(row: Reorganisation, what: Effects, following: Sequence[tuple[Following, Agency]]) -> None:
    """Write who follows whom. A renamed agency follows itself; a transfer of functions ends nobody."""
    now = calendar.now()
    kinds = Succession.Kind

    def write(predecessor: Agency, successor: Agency, kind: str, is_main: bool) -> None:
        Succession.objects.create(
            province_id=row.province_id,
            reorganisation=row,
            predecessor=predecessor,
            successor=successor,
            kind=kind,
            effective_on=what.first_day,
            decision_number=row.decision_number,
            decided_on=row.decided_on,
            is_main=is_main,
            created_at=now,
        )

    transfers = row.kind == Reorganisation.Kind.TRANSFER
    for predecessor in what.stays if transfers else what.ends:
        for heir, agency in following:
            if agency.pk == predecessor.pk:
                continue
            kind = row.kind
            if kind == Reorganisation.Kind.MERGE and heir.agency is not None:
                kind = kinds.ABSORB
            write(predecessor, agency, kind, not transfers and heir is what.main)
    for predecessor in () if transfers else what.stays:
        for heir, agency in following:
            if agency.pk != predecessor.pk and heir.agency is None:
                # Split off from an agency that goes on.
                write(predecessor, agency, kinds.SPLIT if row.kind == kinds.SPLIT else kinds.TRANSFER, False)
    for heir, agency in following:
        if heir.renamed:
            write(agency, agency, kinds.RENAME, False)


def _keep_alias(agency: Agency, text: str, valid_from: date | None) -> None:
    AgencyAlias.objects.get_or_create(
        agency=agency,
        folded=fold(text),
        defaults={"alias": nfc(text), "province_id": agency.province_id, "valid_from": valid_from},
    )


def _carry_names(what: Effects, successor: Agency) -> None:
    """Let documents that still write a predecessor's name find the main successor."""
    for agency in what.ends:
        texts = {agency.name, agency.short_name, *agency.aliases.values_list("alias", flat=True)} - {""}
        for text in sorted(texts):
            if fold(text) != fold(successor.name):
                _keep_alias(successor, text, what.first_day)


def _carry_designations(row: Reorganisation, what: Effects, successor: Agency, told: Told) -> None:
    """Let the standing office and the second reviewing body follow the office."""
    for designation in what.designations:
        last = max(what.last_day, designation.valid_from)
        later = Designation.objects.filter(pk=designation.pk).values_list("valid_to", flat=True).first()
        Designation.objects.filter(pk=designation.pk).update(valid_to=last)
        follows = Designation.objects.create(
            province_id=row.province_id,
            agency=successor,
            role=designation.role,
            document=row.decision_number,
            valid_from=last + timedelta(days=1),
            valid_to=later,
        )
        told.append(
            {
                "action": "designation.follow",
                "subject": follows,
                "touched": (designation,),
                "before": {"agency": designation.agency_id, "role": designation.role, "to": str(last)},
                "after": {"agency": successor.pk, "role": designation.role, "from": str(follows.valid_from)},
            }
        )


def _carry_groups(what: Effects, successors: Sequence[Agency], told: Told) -> None:
    """End the predecessors' memberships of groups; successors join those groups on the first day."""
    for membership in what.groups:
        last = max(what.last_day, membership.valid_from or what.last_day)
        GroupMembership.objects.filter(pk=membership.pk).update(valid_to=last)
        told.append(
            {
                "action": "group.leave",
                "subject": membership.group,
                "before": {"agency": membership.agency_id, "to": ""},
                "after": {"agency": membership.agency_id, "to": str(last)},
            }
        )
        for agency in successors:
            belongs = GroupMembership.objects.filter(group_id=membership.group_id, agency=agency).filter(
                models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=what.first_day)
            )
            if not belongs.exists():
                GroupMembership.objects.create(group_id=membership.group_id, agency=agency, valid_from=what.first_day)
                told.append(
                    {
                        "action": "group.join",
                        "subject": membership.group,
                        "after": {"agency": agency.pk, "from": str(what.first_day)},
                    }
                )


def _close_memberships(what: Effects, told: Told) -> None:
    """End people's roles in agencies that end; accounts and their history stay."""
    for membership in what.memberships:
        last = max(what.last_day, membership.valid_from or what.last_day)
        Membership.objects.filter(pk=membership.pk).update(valid_to=last)
        told.append(
            {
                "action": "membership.leave",
                "subject": membership,
                "before": {"to": str(membership.valid_to or "")},
                "after": {"user": membership.user.username, "role": membership.role, "to": str(last)},
            }
        )

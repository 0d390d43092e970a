"""Moving the open duties of reorganised agencies, each by itself and with its own confirmation (story 14).

A duty that is not moved stays with the old agency and is shown as having no holder; it is never lost. What was
reported stays attached to the old duty, under the old name; the new one says which it continues.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from agencies import calendar
from agencies.actions import jobs, trail
from agencies.errors import Conflict, Invalid, Refused
from agencies.facts.reorganisations import holders
from agencies.models import Agency, Designation, Reorganisation, User, valid_on
from agencies.permissions import Permission
from agencies.text import format_day, nfc
from plans import builder
from plans.actions import rulings
from plans.actions.progress import REFRESH_PLAN
from plans.models import Assignment, DutyReceipt, DutyRequest, DutyTransfer, PartyRole, Plan, Ruling
from plans.standing import State


def may_move(province_id: int, by: User) -> bool:
    """Tell whether the person moves duties: a reviewer of the standing office, or of the second body (its duties)."""
    return province_id in by.provinces_with(Permission.DUTY_ASSIGN) and (
        Designation.objects.filter(
            valid_on(calendar.today()),
            province_id=province_id,
            role__in=(Designation.Role.STANDING_OFFICE, Designation.Role.SECOND_REVIEWER),
            agency_id__in=by.agencies_granting(Permission.DUTY_ASSIGN),
        ).exists()
    )


def decides_for(by: User) -> frozenset[int]:
    """Return the agencies whose duties the person moves today (domain rule 6)."""
    found = Agency.objects.reviewed_by(by, calendar.today(), Permission.DUTY_ASSIGN)
    return frozenset(found.values_list("pk", flat=True))


def _checked(assignment: Assignment, reorganisation: Reorganisation, by: User) -> Assignment:
    """Return the duty, locked, when it may be decided here. Raises Refused, Conflict, Invalid."""
    if not may_move(reorganisation.province_id, by):
        raise Refused(
            "not_standing_office", "Chỉ chuyên viên thẩm định của cơ quan thường trực được chuyển giao nhiệm vụ."
        )
    if reorganisation.state != Reorganisation.State.APPLIED:
        raise Conflict("not_applied", "Phương án chưa được áp dụng nên chưa chuyển giao được nhiệm vụ.")
    row = (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("agency", "task__plan", "task__current")
        .get(pk=assignment.pk)
    )
    if row.agency not in holders(reorganisation):
        raise Invalid("not_concerned", f"{row.agency} không thuộc phương án này.")
    _must_not_be_own(row.agency, by)
    if DutyTransfer.objects.filter(assignment=row, reorganisation=reorganisation).exists():
        raise _decided(row)
    if row.valid_to is not None:
        raise Conflict("already_ended", f"Phân công này đã kết thúc, hết ngày {format_day(row.valid_to)}.")
    if row.task.plan.state != Plan.State.ISSUED or row.state in (State.DONE, State.CANCELLED):
        raise Invalid("not_open", "Nhiệm vụ đã xong hoặc không còn hiệu lực nên không cần chuyển giao.")
    if DutyRequest.objects.filter(assignment=row, state=DutyRequest.State.OPEN).exists():
        raise Conflict(
            "request_open",
            f"Nhiệm vụ {row.task.code} có đề nghị của {row.agency} chưa được quyết định. Hãy quyết định đề nghị đó "
            "trước, rồi chuyển giao.",
        )
    return row


def _must_not_be_own(agency: Agency, by: User) -> None:
    """Raise Refused (``own_agency``, ``not_designated``) unless the person decides about the agency (domain rule 6)."""
    if agency.pk in by.agency_ids():
        raise Refused(
            "own_agency",
            f"Nhiệm vụ này của {agency}, cơ quan của bạn. Việc chuyển giao do cơ quan thẩm định thứ hai xác nhận.",
        )
    if agency.pk not in decides_for(by):
        raise Refused("not_designated", f"Nhiệm vụ của {agency} do cơ quan khác được phân công xác nhận.")


def _end(row: Assignment, reorganisation: Reorganisation) -> date:
    """End the duty the day before the decision takes effect; return the first day of what follows."""
    last = reorganisation.effective_on - timedelta(days=1)
    if row.valid_from is not None and row.valid_from > last:
        last = row.valid_from
    row.valid_to, row.ended_at = last, calendar.now()
    row.save(update_fields=["valid_to", "ended_at"])
    return last + timedelta(days=1)


def _carry_rulings(old: Assignment, new: Assignment, first: date, reorganisation: Reorganisation, by: User) -> None:
    """Let the successor count by the days that were in force, and stay suspended where the duty was."""
    reason = f"Nhận từ {old.agency} theo {reorganisation.decision_number}"
    rulings.carry_over(old, new, reason, by)
    halts = list(old.rulings.filter(kind__in=(Ruling.Kind.SUSPEND, Ruling.Kind.RESUME)).order_by("effective_on", "pk"))
    if halts and halts[-1].kind == Ruling.Kind.SUSPEND:
        Ruling.objects.create(
            province_id=new.province_id,
            task_id=new.task_id,
            assignment=new,
            kind=Ruling.Kind.SUSPEND,
            effective_on=first,
            document_number=halts[-1].document_number,
            document_date=halts[-1].document_date,
            reason=reason,
            by=by,
            at=calendar.now(),
        )


def _tell(row: Assignment, decided: DutyTransfer, by: User, **after: Any) -> None:
    """Bring the figures up to date and leave the event, last."""
    jobs.enqueue(kind=REFRESH_PLAN, subject=row.task.plan, province_id=row.province_id, by=by)
    trail.record(
        province_id=row.province_id,
        action=f"assignment.{decided.outcome}",
        subject=row,
        before={"agency": row.agency_id, "state": row.state},
        after={
            "reorganisation": decided.reorganisation_id,
            "decision": decided.reorganisation.decision_number,
            "effective_on": str(decided.effective_on),
            "to": str(row.valid_to or ""),
            **after,
        },
        reason=decided.reason,
        by=by,
    )


def _decide(row: Assignment, reorganisation: Reorganisation, outcome: str, reason: str, by: User) -> DutyTransfer:
    try:
        with transaction.atomic():
            return DutyTransfer.objects.create(
                province_id=row.province_id,
                assignment=row,
                reorganisation=reorganisation,
                outcome=outcome,
                effective_on=reorganisation.effective_on,
                reason=reason,
                decided_by=by,
                decided_at=calendar.now(),
            )
    except IntegrityError as error:
        raise _decided(row) from error


def _decided(row: Assignment) -> Conflict:
    return Conflict("already_decided", f"Nhiệm vụ {row.task.code} của {row.agency} vừa được người khác xác nhận.")


def transfer(
    *, assignment: Assignment, reorganisation: Reorganisation, to: Sequence[Agency], reason: str = "", by: User
) -> list[Assignment]:
    """Hand a duty to one agency, or split it between several; return the duties that go on.

    An agency that has the task already goes on with its own. One that the decision does not name needs a reason.
    When the old agency is among the receivers (it goes on existing), it keeps its part.

    Raises Refused (``not_standing_office``), Conflict (``not_applied``, ``already_decided``, ``already_ended``,
    ``request_open``), Invalid (``not_concerned``, ``not_open``, ``receiver_required``, ``receiver_unknown``,
    ``reason_required``).
    """
    reason = nfc(reason)
    chosen = list({agency.pk: agency for agency in to}.values())
    if not chosen:
        said = "Hãy chọn ít nhất một cơ quan nhận."
        raise Invalid("receiver_required", said, fields={"to": said})
    with transaction.atomic():
        row = _checked(assignment, reorganisation, by)
        named = set(reorganisation.heirs.values_list("agency_id", flat=True)) | {row.agency_id}
        first = reorganisation.effective_on
        living = set(
            Agency.objects.valid_on(first)
            .filter(province_id=row.province_id, pk__in=[agency.pk for agency in chosen])
            .values_list("pk", flat=True)
        )
        for agency in chosen:
            if agency.pk not in living:
                said = f"{agency} không hoạt động vào {format_day(first)} nên không nhận được nhiệm vụ."
                raise Invalid("receiver_unknown", said, fields={"to": said})
            if agency.pk not in named and not reason:
                said = f"Phương án không nêu {agency}. Hãy ghi lý do chọn cơ quan này."
                raise Invalid("reason_required", said, fields={"reason": said})
        for over in _over(row, chosen):
            if not reason:
                said = (
                    f"{over.agency} đã {State(over.state).label.lower()} phần việc của mình trong nhiệm vụ này, nên "
                    "phần dở dang nhận thêm sẽ không được theo dõi. Hãy chọn cơ quan khác, hoặc ghi lý do."
                )
                raise Invalid("reason_required", said, fields={"reason": said})
        if [agency.pk for agency in chosen] == [row.agency_id]:
            said = "Cơ quan nhận là chính cơ quan đang giữ. Hãy chọn “giữ nguyên” kèm lý do."
            raise Invalid("receiver_required", said, fields={"to": said})
        stays = row.agency_id in {agency.pk for agency in chosen}
        decided = _decide(row, reorganisation, DutyTransfer.Outcome.MOVED, reason, by)
        if not stays:
            first = _end(row, reorganisation)
        going_on, begun = [], []
        for agency in chosen:
            new, held = _receive(row, agency, first, reorganisation, by)
            if not held:
                begun.append(new)
            DutyReceipt.objects.create(transfer=decided, agency=agency, assignment=new, already_held=held)
            going_on.append(new)
        _tell(
            row,
            decided,
            by,
            receivers=[{"agency": one.agency_id, "assignment": one.pk} for one in going_on],
            ended=[] if stays else [rulings.told_of_duty(row)],
            begun=[rulings.told_of_duty(one) for one in begun],
            # Which days they bring with them.
            rulings=[rulings.told(one) for one in Ruling.objects.filter(assignment__in=begun).order_by("pk")],
        )
    return going_on


def _over(row: Assignment, chosen: Sequence[Agency]) -> list[Assignment]:
    """Return the duties of the receivers in the same task on which nothing more will be done."""
    return list(
        Assignment.objects.filter(
            task_id=row.task_id,
            agency__in=chosen,
            role=row.role,
            valid_to__isnull=True,
            state__in=(State.DONE, State.CANCELLED),
        )
        .exclude(pk=row.pk)
        .select_related("agency")
    )


def _receive(
    row: Assignment, agency: Agency, first: date, reorganisation: Reorganisation, by: User
) -> tuple[Assignment, bool]:
    """Return the duty of a receiver, and whether it had it already."""
    held = Assignment.objects.filter(task_id=row.task_id, agency=agency, role=row.role, valid_to__isnull=True).first()
    if held is not None:
        return held, True
    new = Assignment.objects.create(
        province_id=row.province_id,
        task_id=row.task_id,
        agency=agency,
        role=row.role,
        via_group_id=row.via_group_id,
        valid_from=first,
        created_at=calendar.now(),
        succeeds=row,
        due_on=row.task.current.due_on if row.task.current else None,
    )
    if row.role == PartyRole.LEAD:
        _carry_rulings(row, new, first, reorganisation, by)
        builder.refresh_assignment(new.pk)
    return new, False


def keep(*, assignment: Assignment, reorganisation: Reorganisation, reason: str, by: User) -> DutyTransfer:
    """Leave a duty with its agency, which goes on existing. Raises what ``transfer`` raises, ``agency_ends``."""
    reason = _reason(reason)
    with transaction.atomic():
        row = _checked(assignment, reorganisation, by)
        if row.agency.valid_to is not None:
            raise Invalid(
                "agency_ends",
                f"{row.agency} kết thúc hoạt động, hết ngày {format_day(row.agency.valid_to)}, nên không giữ được "
                "nhiệm vụ. Hãy chọn cơ quan nhận, hoặc kết thúc nhiệm vụ kèm lý do.",
            )
        decided = _decide(row, reorganisation, DutyTransfer.Outcome.KEPT, reason, by)
        _tell(row, decided, by)
    return decided


def end(*, assignment: Assignment, reorganisation: Reorganisation, reason: str, by: User) -> DutyTransfer:
    """End a duty that nobody goes on with; raises what ``transfer`` raises."""
    reason = _reason(reason)
    with transaction.atomic():
        row = _checked(assignment, reorganisation, by)
        decided = _decide(row, reorganisation, DutyTransfer.Outcome.ENDED, reason, by)
        _end(row, reorganisation)
        _tell(row, decided, by, ended=[rulings.told_of_duty(row)])
    return decided


def _reason(reason: str) -> str:
    reason = nfc(reason)
    if not reason:
        said = "Cần ghi lý do."
        raise Invalid("reason_required", said, fields={"reason": said})
    return reason

"""What an agency asks about its duty: more time, or that it is not its own (stories 10 and 11).

Until a request is decided nothing changes: the duty stays with the agency and counts by its old day. Officers and
the head ask and withdraw; who decides the agency's reports decides (domain rule 6). A granted extension counts from
the day of the decision, so lateness before it stays. A granted refusal names the agency that takes the duty: the old
agency has it until the end of that day, the new one from the next.
"""

from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from agencies import calendar, workflow
from agencies.actions import documents, trail
from agencies.actions.documents import Upload
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Agency, User
from agencies.permissions import Permission
from agencies.text import nfc
from plans import policies
from plans.actions import rulings
from plans.facts.recorded import Recorded
from plans.models import Assignment, DutyRequest, PartyRole, Plan, Ruling
from plans.standing import NEVER_FINISHED_BY_A_REPORT, DeadlineKind, State

_HALTED = (State.SUSPENDED, State.CANCELLED)


def snapshot(request: DutyRequest) -> dict[str, Any]:
    """Return what the trail keeps of a request, with the ruling and the duty it led to."""
    ruling = Ruling.objects.filter(request=request).first()
    successor = request.reassigned_to
    kept: dict[str, Any] = {
        "assignment": request.assignment_id,
        "kind": request.kind,
        "state": request.state,
        "revision": request.revision,
        "old_due_on": str(request.old_due_on) if request.old_due_on else None,
        "new_due_on": str(request.new_due_on) if request.new_due_on else None,
        "after_deadline": request.after_deadline,
        "legal_ground": request.legal_ground,
        "document": request.document_id,
        "decision_reason": request.decision_reason,
    }
    if ruling is not None:
        kept["ruling"] = rulings.told(ruling)
    if successor is not None:
        kept["ended"] = rulings.told_of_duty(Assignment.objects.get(pk=request.assignment_id))
        kept["begun"] = rulings.told_of_duty(successor)
        # Which days it brings with it.
        kept["rulings"] = [rulings.told(one) for one in Ruling.objects.filter(assignment=successor).order_by("pk")]
    return kept


def _may_ask(assignment: Assignment, by: User) -> None:
    if assignment.agency_id not in by.agencies_with(Permission.DUTY_REQUEST):
        raise Refused("not_your_agency", "Bạn không phải cán bộ hoặc thủ trưởng của cơ quan được giao nhiệm vụ này.")
    if assignment.role != PartyRole.LEAD:
        raise Invalid("not_a_lead", "Chỉ cơ quan chủ trì gửi đề nghị về nhiệm vụ.")
    if assignment.task.plan.state != Plan.State.ISSUED:
        raise Invalid("plan_not_issued", "Kế hoạch chưa ban hành hoặc đã kết thúc nên không nhận đề nghị.")


def _must_be_open(state: State) -> None:
    if state is State.DONE:
        raise Conflict("duty_over", "Nhiệm vụ đã hoàn thành nên không cần đề nghị.")
    if state in _HALTED:
        raise Conflict("duty_over", f"Nhiệm vụ đang ở trạng thái “{state.label.lower()}” nên không nhận đề nghị.")


def _already_asked() -> Conflict:
    return Conflict(
        "request_exists",
        "Cơ quan đã có một đề nghị cùng loại đang chờ quyết định. Hãy rút đề nghị đó nếu muốn gửi đề nghị khác.",
    )


def _must_be_the_only_one(assignment: Assignment, kind: DutyRequest.Kind) -> None:
    if DutyRequest.objects.filter(assignment=assignment, kind=kind, state=DutyRequest.State.OPEN).exists():
        raise _already_asked()


def may_extend(assignment: Assignment, by: User) -> Recorded:
    """Return how a duty stands for which more time may be asked now.

    Raises Refused, Invalid (``no_day``, ``never_due``), Conflict (``duty_over``, ``request_exists``).
    """
    _may_ask(assignment, by)
    stands, version = rulings.look(assignment, calendar.today())
    if DeadlineKind(version.deadline_kind) in NEVER_FINISHED_BY_A_REPORT:
        raise Invalid("never_due", "Nhiệm vụ thường xuyên hoặc định kỳ không có thời hạn để gia hạn.")
    _must_be_open(stands.state)
    if stands.due_on is None:
        raise Invalid("no_day", "Nhiệm vụ này chưa có thời hạn là một ngày nên không cần gia hạn.")
    _must_be_the_only_one(assignment, DutyRequest.Kind.EXTENSION)
    return stands


def may_refuse(assignment: Assignment, by: User) -> Recorded:
    """Return how a duty stands that may be refused now.

    Raises Refused, Conflict (``duty_over``, ``request_exists``).
    """
    _may_ask(assignment, by)
    stands, _ = rulings.look(assignment, calendar.today())
    _must_be_open(stands.state)
    _must_be_the_only_one(assignment, DutyRequest.Kind.REFUSAL)
    return stands


def _open(request: DutyRequest, upload: Upload | None, by: User) -> DutyRequest:
    """Keep a new request and tell of it. Raises Conflict (``request_exists``)."""
    if upload is not None:
        request.document = documents.store(upload=upload, owner=request.assignment.agency, by=by)
    request.province_id = request.assignment.province_id
    request.created_by, request.created_at = by, calendar.now()
    try:
        with transaction.atomic():
            request.save(force_insert=True)
    except IntegrityError as error:
        raise _already_asked() from error
    trail.record(
        province_id=request.province_id,
        action="request.open",
        subject=request,
        after=snapshot(request),
        reason=request.reason,
        by=by,
    )
    return request


def ask_extension(
    *, assignment: Assignment, new_due_on: date | None, reason: str, upload: Upload | None, by: User
) -> DutyRequest:
    """Ask for more time, with the signed document. The old day counts until it is granted.

    Raises Refused, Invalid (``request_incomplete`` with every field, ``no_day``, ``never_due``), Conflict
    (``duty_over``, ``request_exists``).
    """
    today = calendar.today()
    with transaction.atomic():
        rulings.lock_task(assignment.task_id)
        stands = may_extend(assignment, by)
        assert stands.due_on is not None
        problems = {}
        if new_due_on is None:
            problems["new_due_on"] = "Cần ghi thời hạn mới."
        elif new_due_on <= stands.due_on:
            problems["new_due_on"] = f"Thời hạn mới phải sau thời hạn hiện tại ({stands.due_on:%d/%m/%Y})."
        elif new_due_on < today:
            problems["new_due_on"] = "Thời hạn mới không được trước hôm nay."
        if not reason.strip():
            problems["reason"] = "Cần ghi lý do đề nghị gia hạn."
        if upload is None:
            problems["document"] = "Cần đính kèm văn bản đề nghị đã ký."
        if problems:
            raise Invalid("request_incomplete", " ".join(problems.values()), fields=problems)
        return _open(
            DutyRequest(
                assignment=assignment,
                kind=DutyRequest.Kind.EXTENSION,
                reason=nfc(reason),
                old_due_on=stands.due_on,
                new_due_on=new_due_on,
                after_deadline=today > stands.due_on,
            ),
            upload,
            by,
        )


def refuse(
    *, assignment: Assignment, reason: str, legal_ground: str, upload: Upload | None = None, by: User
) -> DutyRequest:
    """Say that the duty is not the agency's. It stays with the agency until it is given to another.

    Raises Refused, Invalid (``request_incomplete``), Conflict (``duty_over``, ``request_exists``).
    """
    with transaction.atomic():
        rulings.lock_task(assignment.task_id)
        stands = may_refuse(assignment, by)
        problems = {}
        if not reason.strip():
            problems["reason"] = "Cần ghi vì sao nhiệm vụ không thuộc trách nhiệm của cơ quan."
        if not legal_ground.strip():
            problems["legal_ground"] = "Cần ghi căn cứ (văn bản, điều khoản)."
        if problems:
            raise Invalid("request_incomplete", " ".join(problems.values()), fields=problems)
        due = stands.due_on
        return _open(
            DutyRequest(
                assignment=assignment,
                kind=DutyRequest.Kind.REFUSAL,
                reason=nfc(reason),
                legal_ground=nfc(legal_ground)[:300],
                old_due_on=due,
                after_deadline=due is not None and calendar.today() > due,
            ),
            upload,
            by,
        )


def withdraw(*, request: DutyRequest, revision: int | None, by: User) -> DutyRequest:
    """Take a request back before it is decided."""

    def check(row: DutyRequest) -> None:
        if not DutyRequest.objects.withdrawable_by(by).filter(pk=row.pk).exists():
            raise Refused("not_your_agency", "Chỉ cơ quan đã gửi mới rút được đề nghị.")

    return workflow.move(
        request,
        policies.WITHDRAW_REQUEST,
        revision=revision,
        check=check,
        change=lambda row: _signed(by),
        snapshot=snapshot,
        by=by,
    )


def _signed(by: User) -> dict[str, Any]:
    return {"decided_by": by, "decided_at": calendar.now()}


def _may_decide(request: DutyRequest, by: User) -> None:
    if request.province_id not in by.provinces_with(Permission.DUTY_RULE):
        raise Refused("not_a_reviewer", "Bạn không có quyền quyết định đề nghị.")
    if request.assignment.agency_id in by.agency_ids():
        raise Refused(
            "own_agency",
            "Không ai được quyết định đề nghị của chính cơ quan mình. Đề nghị này do cơ quan thẩm định thứ hai quyết "
            "định.",
        )
    if request.created_by_id == by.pk:
        raise Refused("own_work", "Bạn đã viết đề nghị này nên không được quyết định. Việc này cần người khác.")
    if not DutyRequest.objects.decidable_by(by, calendar.today()).filter(pk=request.pk).exists():
        raise Refused("not_designated", "Đề nghị này do cơ quan khác được phân công quyết định.")


def grant(
    *, request: DutyRequest, to: Agency | None = None, reason: str = "", revision: int | None, by: User
) -> DutyRequest:
    """Grant a request, from today: the new day counts; a refused duty goes to the agency ``to``.

    Raises Refused, Conflict (``stale_revision``, ``wrong_state``, ``due_changed``, ``duty_over``), Invalid
    (``successor_required``, ``successor_unknown``, ``already_theirs``).
    """
    begun: list[Assignment] = []

    def change(row: DutyRequest) -> dict[str, Any]:
        rulings.lock_task(row.assignment.task_id)
        stands, _ = rulings.look(row.assignment, calendar.today())
        _must_be_open(stands.state)
        values: dict[str, Any] = {**_signed(by), "decision_reason": nfc(reason)}
        if row.kind == DutyRequest.Kind.REFUSAL:
            successor = _hand_over(row, to, stands, by)
            begun.append(successor)
            return {**values, "reassigned_to": successor}
        if stands.due_on != row.old_due_on:
            raise Conflict(
                "due_changed",
                "Thời hạn của nhiệm vụ đã thay đổi sau khi cơ quan gửi đề nghị. Hãy trả lời không đồng ý và nêu lý do, "
                "để cơ quan đề nghị lại theo thời hạn mới.",
            )
        Ruling.objects.create(
            province_id=row.province_id,
            task_id=row.assignment.task_id,
            assignment=row.assignment,
            kind=Ruling.Kind.EXTENSION,
            effective_on=calendar.today(),
            due_on=row.new_due_on,
            request=row,
            document=row.document,
            document_number=row.document.number if row.document else "",
            document_date=row.document.issued_on if row.document else None,
            reason=nfc(reason),
            by=by,
            at=calendar.now(),
        )
        return values

    def then(row: DutyRequest) -> None:
        rulings.derive(row.assignment.task, [row.assignment, *begun], by)

    return workflow.move(
        request,
        policies.GRANT_REQUEST,
        revision=revision,
        check=lambda row: _may_decide(row, by),
        change=change,
        snapshot=snapshot,
        then=then,
        reason=nfc(reason),
        by=by,
    )


def _hand_over(row: DutyRequest, to: Agency | None, stands: Any, by: User) -> Assignment:
    """End the agency's duty today and let the other agency's begin tomorrow: nobody's for no day."""
    today = calendar.today()
    next_day = today + timedelta(days=1)
    problem, code = "", ""
    old = row.assignment
    if to is None:
        code, problem = "successor_required", "Cần chọn cơ quan nhận nhiệm vụ: nhiệm vụ không được để trống chủ trì."
    elif to.province_id != row.province_id or not Agency.objects.valid_on(next_day).filter(pk=to.pk).exists():
        code, problem = "successor_unknown", "Cơ quan nhận nhiệm vụ không có trong tỉnh, hoặc không còn hoạt động."
    elif (
        to.pk == old.agency_id
        or Assignment.objects.filter(task_id=old.task_id, agency=to, role=old.role, valid_to__isnull=True).exists()
    ):
        code, problem = "already_theirs", "Cơ quan này đã được giao chính nhiệm vụ này. Hãy chọn cơ quan khác."
    if to is None or code:
        raise Invalid(code, problem, fields={"to": problem})
    now = calendar.now()
    Assignment.objects.filter(pk=old.pk, valid_to__isnull=True).update(valid_to=today, ended_at=now)
    successor = Assignment.objects.create(
        province_id=old.province_id,
        task_id=old.task_id,
        agency=to,
        role=old.role,
        valid_from=next_day,
        created_at=now,
        succeeds=old,
        due_on=stands.due_on,
        due_origin=stands.due_origin,
    )
    rulings.carry_over(old, successor, f"Giữ thời hạn của {old.agency} khi chuyển nhiệm vụ.", by)
    return successor


def decline(*, request: DutyRequest, reason: str, revision: int | None, by: User) -> DutyRequest:
    """Say no, with a reason that is kept for ever. The duty counts as before."""
    reason = nfc(reason)
    return workflow.move(
        request,
        policies.DECLINE_REQUEST,
        revision=revision,
        check=lambda row: _may_decide(row, by),
        change=lambda row: {**_signed(by), "decision_reason": reason},
        snapshot=snapshot,
        reason=reason,
        by=by,
    )

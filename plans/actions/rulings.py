"""What is decided about a duty, or about a whole task: suspended, cancelled, closed, given a day, done by a rule.

Every verb takes ``of``: one lead assignment, or the task with all its leads. Who may: the reviewer who decides the
agency's reports (domain rule 6); a whole task of several agencies is the standing office's. When and how it is done
holds for the whole task; a day or a halt does not reach a duty of the decider's own agency (``left_out``): then each
other duty gets its own ruling, and the second body rules on that one.

A ruling is appended, never changed: what it says is undone by the next one. Its effect may begin on a later day; the
sweep sees that the day has come.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from agencies import calendar
from agencies.actions import documents, jobs, trail
from agencies.actions.documents import Upload
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Agency, Designation, Document, User, valid_on
from agencies.permissions import Permission
from agencies.text import nfc
from plans import builder
from plans.actions.progress import REFRESH_PLAN
from plans.facts.recorded import Recorded, condition_since, recorded
from plans.models import Assignment, PartyRole, Plan, Ruling, Task, TaskVersion
from plans.standing import NEVER_FINISHED_BY_A_REPORT, DeadlineKind, DoneRule, State, task_due

OVER = (State.DONE, State.CANCELLED)
Subject = Assignment | Task


def told(ruling: Ruling) -> dict[str, Any]:
    """Return what the trail keeps of a ruling."""
    return {
        "id": ruling.pk,
        "task": ruling.task_id,
        "assignment": ruling.assignment_id,
        "kind": ruling.kind,
        "effective_on": str(ruling.effective_on),
        "due_on": str(ruling.due_on) if ruling.due_on else None,
        "done_rule": ruling.done_rule,
        "done_share": str(ruling.done_share) if ruling.done_share is not None else None,
        "document_number": ruling.document_number,
        "document_date": str(ruling.document_date) if ruling.document_date else None,
        "document": ruling.document_id,
    }


def told_of_duty(assignment: Assignment) -> dict[str, Any]:
    """Return what the trail keeps of whose duty it is, and since when."""
    return {
        "id": assignment.pk,
        "task": assignment.task_id,
        "agency": assignment.agency_id,
        "role": assignment.role,
        "via_group": assignment.via_group_id,
        "valid_from": str(assignment.valid_from) if assignment.valid_from else None,
        "valid_to": str(assignment.valid_to) if assignment.valid_to else None,
        "succeeds": assignment.succeeds_id,
    }


def look(assignment: Assignment, on: date) -> tuple[Recorded, TaskVersion]:
    """Return how a duty is recorded on a day, and the text in force. Raises Conflict (``duty_ended``)."""
    record = recorded(assignment.task.plan, on, assignment_id=assignment.pk)
    if assignment.pk not in record.duties:
        raise Conflict("duty_ended", "Phân công này không còn hiệu lực, hoặc chưa đến ngày có hiệu lực.")
    return record.duties[assignment.pk], record.versions[assignment.task_id]


def leads(task: Task) -> list[Assignment]:
    """Return the lead duties of a task that are in force today, in the order in which they are locked."""
    return list(
        Assignment.objects.leading()
        .filter(task=task)
        .select_related("task__plan", "agency")
        .order_by("task__order", "agency__order", "pk")
    )


def lock_task(task_id: int) -> Task:
    """Wait for other rulings on the task; whoever comes second sees what the first wrote."""
    return Task.objects.select_for_update(of=("self",)).select_related("plan").get(pk=task_id)


def _task_of(of: Subject) -> Task:
    return of if isinstance(of, Task) else of.task


def _duties_of(of: Subject) -> list[Assignment]:
    return [of] if isinstance(of, Assignment) else leads(of)


def left_out(of: Subject, by: User) -> list[Assignment]:
    """Return the duties of a task that a person's ruling on a day or a halt does not reach: of their own agencies."""
    own = by.agency_ids()
    return [one for one in leads(of) if one.agency_id in own] if isinstance(of, Task) else []


def reached(of: Subject, by: User) -> list[Assignment]:
    """Return the duties that a ruling on a day or a halt reaches."""
    left = {one.pk for one in left_out(of, by)}
    return [one for one in _duties_of(of) if one.pk not in left]


def _of_standing_office(task: Task, by: User) -> bool:
    return Designation.objects.filter(
        valid_on(calendar.today()),
        province_id=task.province_id,
        role=Designation.Role.STANDING_OFFICE,
        agency_id__in=by.agencies_granting(Permission.DUTY_RULE),
    ).exists()


def may_rule(of: Subject, by: User) -> None:
    """Raise Refused (``not_a_reviewer``, ``own_agency``, ``not_designated``) unless the person decides about it."""
    task = _task_of(of)
    if task.province_id not in by.provinces_with(Permission.DUTY_RULE):
        raise Refused("not_a_reviewer", "Bạn không có quyền quyết định về nhiệm vụ.")
    duties = {one.pk: one.agency_id for one in _duties_of(of)}
    if not duties:
        return
    decided = set(Assignment.objects.filter(pk__in=duties).ruled_by(by, calendar.today()).values_list("pk", flat=True))
    own = by.agency_ids()
    others = [pk for pk, agency_id in duties.items() if agency_id not in own]
    if not others:
        raise Refused(
            "own_agency",
            "Không ai được quyết định về nhiệm vụ của chính cơ quan mình. Việc này do cơ quan thẩm định thứ hai làm.",
        )
    several = isinstance(of, Task) and len(duties) > 1
    if not decided.issuperset(others) or (several and not _of_standing_office(task, by)):
        raise Refused("not_designated", "Nhiệm vụ này do cơ quan khác được phân công quyết định.")


def _may_tell(of: Subject, by: User) -> None:
    """Raise Refused unless the person speaks for the agency whose duty it is, or decides about it."""
    if isinstance(of, Assignment) and Assignment.objects.asking_for(by).filter(pk=of.pk).exists():
        return
    may_rule(of, by)


def _may_begin(of: Subject, by: User) -> None:
    """Hold the task, then look: may the person rule on it, and does its plan still run."""
    lock_task(_task_of(of).pk)
    may_rule(of, by)
    _plan_must_run(_task_of(of).plan)


def _plan_must_run(plan: Plan) -> None:
    if plan.state != Plan.State.ISSUED:
        raise Invalid("plan_not_issued", "Kế hoạch chưa ban hành hoặc đã kết thúc.")


def _standing(of: Subject, on: date, by: User) -> list[tuple[Assignment, Recorded, TaskVersion]]:
    """Return the duties that are ruled on, with how they stand by what is recorded now, on a day not before today."""
    duties = reached(of, by)
    if isinstance(of, Task) and not duties:
        raise Conflict("no_duty", "Nhiệm vụ này chưa giao cho cơ quan nào.")
    return [(one, *look(one, max(on, calendar.today()))) for one in duties]


def _need(problems: dict[str, str], **texts: tuple[object, str]) -> None:
    for name, (value, message) in texts.items():
        if not value:
            problems[name] = message


def _complain(problems: dict[str, str]) -> None:
    if problems:
        raise Invalid("ruling_incomplete", " ".join(problems.values()), fields=problems)


def _decision(number: str, dated: date | None) -> dict[str, str]:
    problems: dict[str, str] = {}
    _need(
        problems,
        document_number=(number.strip(), "Cần ghi số, ký hiệu của văn bản quyết định."),
        document_date=(dated, "Cần ghi ngày của văn bản quyết định."),
    )
    if dated and dated > calendar.today():
        problems["document_date"] = "Ngày văn bản không được ở sau hôm nay."
    return problems


def _begins(of: Subject, effective_on: date) -> dict[str, str]:
    """Return the complaint about a day before the duty, or the plan, began."""
    first = of.valid_from if isinstance(of, Assignment) else None
    first = first or _task_of(of).plan.issued_on
    if first and effective_on < first:
        return {"effective_on": f"Ngày có hiệu lực không được trước ngày giao nhiệm vụ ({first:%d/%m/%Y})."}
    return {}


def keep_document(upload: Upload | None, owner: Agency, by: User) -> Document | None:
    """Keep the file of a decision."""
    return documents.store(upload=upload, owner=owner, by=by) if upload else None


def _own_agency(task: Task, by: User) -> Agency:
    return next(one.agency for one in by.standing() if one.province_id == task.province_id)


def derive(task: Task, duties: list[Assignment], by: User | None) -> None:
    """Bring what today's lists show up to date, and ask for the plan's roll-up."""
    for one in duties:
        builder.refresh_assignment(one.pk)
    jobs.enqueue(kind=REFRESH_PLAN, subject=task.plan, province_id=task.province_id, by=by)


def _rule(
    *,
    of: Subject,
    kind: Ruling.Kind,
    effective_on: date,
    upload: Upload | None = None,
    document_number: str = "",
    reason: str = "",
    each: Sequence[tuple[Assignment, date]] = (),
    by: User,
    **values: Any,
) -> Ruling:
    """Append a ruling (the caller holds the task's lock and has looked), or one for ``each`` duty with its own day.

    Of several the first is returned.
    """
    task = _task_of(of)
    subjects: list[tuple[Assignment | None, date]] = [*each]
    if not subjects:
        subjects = [(of if isinstance(of, Assignment) else None, effective_on)]
    document = keep_document(upload, _own_agency(task, by), by)
    made = [
        Ruling.objects.create(
            province_id=task.province_id,
            task=task,
            assignment=duty,
            kind=kind,
            effective_on=day,
            document_number=nfc(document_number),
            document=document,
            reason=nfc(reason),
            by=by,
            at=calendar.now(),
            **values,
        )
        for duty, day in subjects
    ]
    if isinstance(of, Task):
        builder.refresh_task(task.pk)
    derive(task, [duty for duty, _ in each] or _duties_of(of), by)
    for ruling in made:
        trail.record(
            province_id=task.province_id,
            action=f"ruling.{kind.value}",
            subject=ruling,
            after=told(ruling),
            reason=ruling.reason,
            by=by,
        )
    return made[0]


def _each(of: Subject, effective_on: date, by: User) -> list[tuple[Assignment, date]]:
    """Return the duties to be ruled on one by one, because the decider's own is left out; empty: all in one ruling."""
    return [(one, effective_on) for one in reached(of, by)] if left_out(of, by) else []


def suspend(
    *,
    of: Subject,
    effective_on: date,
    document_number: str,
    document_date: date | None,
    reason: str = "",
    upload: Upload | None = None,
    by: User,
) -> Ruling:
    """Suspend a duty, or a task, from a day on, by a decision. It owes no reports and is in no rate until resumed.

    Raises Refused, Invalid (``ruling_incomplete``), Conflict (``duty_over``, ``duty_suspended``).
    """
    with transaction.atomic():
        _may_begin(of, by)
        _complain({**_decision(document_number, document_date), **_begins(of, effective_on)})
        states = {record.state for _, record, _ in _standing(of, effective_on, by)}
        if states <= {State.DONE, State.CANCELLED}:
            raise Conflict("duty_over", "Nhiệm vụ đã hoàn thành hoặc đã bãi bỏ nên không tạm dừng được.")
        if states <= {State.DONE, State.CANCELLED, State.SUSPENDED}:
            raise Conflict("duty_suspended", "Nhiệm vụ đang tạm dừng.")
        return _rule(
            of=of,
            kind=Ruling.Kind.SUSPEND,
            effective_on=effective_on,
            each=_each(of, effective_on, by),
            document_number=document_number,
            document_date=document_date,
            reason=reason,
            upload=upload,
            by=by,
        )


def resume(
    *,
    of: Subject,
    effective_on: date,
    document_number: str = "",
    document_date: date | None = None,
    reason: str = "",
    upload: Upload | None = None,
    by: User,
) -> Ruling:
    """Let a suspended duty, or task, go on from a day. Not before it was suspended.

    Raises Refused, Invalid (``ruling_incomplete``), Conflict (``duty_not_suspended``).
    """
    with transaction.atomic():
        _may_begin(of, by)
        _complain(_begins(of, effective_on))
        halted = [
            record.halted_on
            for _, record, _ in _standing(of, effective_on, by)
            if record.state is State.SUSPENDED and record.halted_on is not None
        ]
        if not halted:
            raise Conflict("duty_not_suspended", "Nhiệm vụ không bị tạm dừng vào ngày này.")
        if effective_on < max(halted):
            said = f"Ngày cho tiếp tục không được trước ngày tạm dừng ({max(halted):%d/%m/%Y})."
            _complain({"effective_on": said})
        return _rule(
            of=of,
            kind=Ruling.Kind.RESUME,
            effective_on=effective_on,
            each=_each(of, effective_on, by),
            document_number=document_number,
            document_date=document_date,
            reason=reason,
            upload=upload,
            by=by,
        )


def cancel(
    *,
    of: Subject,
    effective_on: date,
    document_number: str,
    document_date: date | None,
    reason: str = "",
    upload: Upload | None = None,
    by: User,
) -> Ruling:
    """Cancel a duty, or a task, for good from a day on, by a decision. Its history stays.

    Raises Refused, Invalid (``ruling_incomplete``), Conflict (``duty_over``).
    """
    with transaction.atomic():
        _may_begin(of, by)
        _complain({**_decision(document_number, document_date), **_begins(of, effective_on)})
        if {record.state for _, record, _ in _standing(of, effective_on, by)} <= set(OVER):
            raise Conflict("duty_over", "Nhiệm vụ đã hoàn thành hoặc đã bãi bỏ.")
        return _rule(
            of=of,
            kind=Ruling.Kind.CANCEL,
            effective_on=effective_on,
            each=_each(of, effective_on, by),
            document_number=document_number,
            document_date=document_date,
            reason=reason,
            upload=upload,
            by=by,
        )


def finish(
    *,
    of: Subject,
    effective_on: date,
    document_number: str,
    document_date: date | None,
    reason: str = "",
    upload: Upload | None = None,
    by: User,
) -> Ruling:
    """Close an ongoing or recurring duty (or task) by a decision; others are finished by an accepted report.

    Raises Refused, Invalid (``ruling_incomplete``, ``finished_by_report``), Conflict (``duty_over``).
    """
    with transaction.atomic():
        _may_begin(of, by)
        stand = _standing(of, effective_on, by)
        if any(DeadlineKind(version.deadline_kind) not in NEVER_FINISHED_BY_A_REPORT for _, _, version in stand):
            raise Invalid(
                "finished_by_report",
                "Chỉ nhiệm vụ thường xuyên hoặc định kỳ kết thúc bằng quyết định; nhiệm vụ khác hoàn thành khi báo cáo "
                "có ngày hoàn thành được duyệt.",
            )
        _complain({**_decision(document_number, document_date), **_begins(of, effective_on)})
        if {record.state for _, record, _ in stand} <= set(OVER):
            raise Conflict("duty_over", "Nhiệm vụ đã kết thúc hoặc đã bãi bỏ.")
        return _rule(
            of=of,
            kind=Ruling.Kind.FINISH,
            effective_on=effective_on,
            each=_each(of, effective_on, by),
            document_number=document_number,
            document_date=document_date,
            reason=reason,
            upload=upload,
            by=by,
        )


def set_internal_due(*, of: Subject, due_on: date | None, reason: str, by: User) -> Ruling:
    """Give a day to a duty (or task) for which the plan gives none; it is marked everywhere as not from the plan.

    Raises Refused, Invalid (``ruling_incomplete``, ``plan_gives_day``), Conflict (``duty_over``).
    """
    today = calendar.today()
    with transaction.atomic():
        _may_begin(of, by)
        stand = _standing(of, today, by)
        if any(DeadlineKind(version.deadline_kind) is not DeadlineKind.NONE for _, _, version in stand):
            raise Invalid(
                "plan_gives_day",
                "Chỉ đặt hạn nội bộ khi văn bản không nêu thời hạn. Nhiệm vụ này đã có thời hạn, là việc thường xuyên, "
                "định kỳ hoặc có điều kiện theo kế hoạch.",
            )
        problems: dict[str, str] = {}
        _need(
            problems,
            due_on=(due_on, "Cần ghi ngày phải xong."),
            reason=(reason.strip(), "Cần ghi lý do đặt hạn nội bộ."),
        )
        if due_on and due_on < today:
            problems["due_on"] = "Hạn nội bộ không được trước hôm nay."
        _complain(problems)
        if {record.state for _, record, _ in stand} <= set(OVER):
            raise Conflict("duty_over", "Nhiệm vụ đã hoàn thành hoặc đã bãi bỏ.")
        return _rule(
            of=of,
            kind=Ruling.Kind.INTERNAL_DUE,
            effective_on=today,
            due_on=due_on,
            reason=reason,
            each=_each(of, today, by),
            by=by,
        )


def meet_condition(
    *,
    of: Subject,
    document_number: str,
    document_date: date | None,
    due_on: date | None,
    reason: str = "",
    upload: Upload | None = None,
    by: User,
) -> Ruling:
    """Record the document that sets a conditional duty going, and the day by which it is then due (story 7).

    It counts from the day of the document, whenever it is recorded: work done late meanwhile is late. The agency does
    so once; who decides about the duty may record it again, from today. Raises Refused, Invalid
    (``ruling_incomplete``, ``not_conditional``), Conflict (``condition_met``, ``duty_over``).
    """
    today = calendar.today()
    with transaction.atomic():
        lock_task(_task_of(of).pk)
        _may_tell(of, by)
        _plan_must_run(_task_of(of).plan)
        stand = _standing(of, today, by)
        if any(DeadlineKind(version.deadline_kind) is not DeadlineKind.CONDITIONAL for _, _, version in stand):
            raise Invalid("not_conditional", "Nhiệm vụ này không phụ thuộc điều kiện.")
        problems = _decision(document_number, document_date)
        _need(problems, due_on=(due_on, "Đã đến điều kiện thì phải có thời hạn: cần ghi ngày phải xong."))
        if due_on and document_date and due_on < document_date:
            problems["due_on"] = "Thời hạn không được trước ngày của văn bản."
        _complain(problems)
        # What was done before anybody recorded the document may still be judged by it.
        if all(
            record.state in OVER and (record.condition_met or record.state is not State.DONE) for _, record, _ in stand
        ):
            raise Conflict("duty_over", "Nhiệm vụ đã hoàn thành hoặc đã bãi bỏ.")
        if any(record.condition_met for _, record, _ in stand):
            try:
                may_rule(of, by)
            except Refused as error:
                raise Conflict(
                    "condition_met",
                    "Điều kiện đã được ghi nhận và thời hạn đang được tính. Muốn lùi thời hạn, hãy đề nghị gia hạn.",
                ) from error
        assert document_date is not None
        # Not before the text in force made the duty conditional.
        texts = TaskVersion.objects.filter(task=_task_of(of)).in_force(today).order_by("number")
        first = max(document_date, condition_since(texts) or document_date)
        each = [(one, today if record.condition_met else first) for one, record, _ in stand]
        together = not left_out(of, by) and len({day for _, day in each}) == 1
        return _rule(
            of=of,
            kind=Ruling.Kind.CONDITION_MET,
            effective_on=each[0][1],
            each=() if together else each,
            due_on=due_on,
            document_number=document_number,
            document_date=document_date,
            reason=reason,
            upload=upload,
            by=by,
        )


def _day_of(task: Task) -> date | None:
    """Return the day by which a whole task counts today."""
    record = recorded(task.plan, calendar.today())
    version = record.versions.get(task.pk)
    if version is None:
        return None
    days = [
        record.duties[one.pk].due_on
        for one in leads(task)
        if one.pk in record.duties and record.duties[one.pk].state not in (State.SUSPENDED, State.CANCELLED)
    ]
    return task_due(days, DeadlineKind(version.deadline_kind), version.due_on)


def set_done_rule(
    *, task: Task, done_rule: str, done_share: Decimal | None = None, reason: str = "", by: User
) -> Ruling:
    """Say when a task of several leads is done: all, a share of them, or when the standing office concludes.

    Raises Refused, Invalid (``ruling_incomplete``).
    """
    with transaction.atomic():
        lock_task(task.pk)
        may_rule(task, by)
        _plan_must_run(task.plan)
        problems: dict[str, str] = {}
        if done_rule not in DoneRule.values:
            problems["done_rule"] = "Cần chọn cách xác định hoàn thành."
        threshold = done_rule == DoneRule.THRESHOLD
        if threshold and (done_share is None or not 0 < done_share <= 100):
            problems["done_share"] = "Cần ghi tỷ lệ cơ quan phải hoàn thành, lớn hơn 0 và không quá 100 %."
        _complain(problems)
        return _rule(
            of=task,
            kind=Ruling.Kind.DONE_RULE,
            effective_on=calendar.today(),
            done_rule=done_rule,
            done_share=done_share if threshold else None,
            reason=reason,
            by=by,
        )


def conclude(
    *,
    task: Task,
    done_on: date | None,
    reason: str,
    document_number: str = "",
    document_date: date | None = None,
    upload: Upload | None = None,
    by: User,
) -> Ruling:
    """Conclude that a task is done as of a day, where that is its rule; the ruling keeps the day it counted by then.

    Another conclusion takes the place of the one before, which stays in the history. Raises Refused, Invalid
    (``ruling_incomplete``), Conflict (``not_the_rule``).
    """
    with transaction.atomic():
        locked = lock_task(task.pk)
        may_rule(task, by)
        _plan_must_run(task.plan)
        if locked.done_rule != DoneRule.REVIEWER:
            raise Conflict(
                "not_the_rule",
                "Nhiệm vụ này hoàn thành theo kết quả của các cơ quan. Muốn kết luận, hãy chọn trước cách xác định "
                "“khi cơ quan thường trực kết luận”.",
            )
        problems: dict[str, str] = {}
        why = "Cần ghi căn cứ của kết luận."
        if locked.finished_on is not None:
            why = (
                f"Nhiệm vụ đã được kết luận hoàn thành ngày {locked.finished_on:%d/%m/%Y}: cần ghi lý do kết luận lại."
            )
        _need(
            problems,
            effective_on=(done_on, "Cần ghi ngày hoàn thành."),
            reason=(reason.strip(), why),
        )
        if done_on and done_on > calendar.today():
            problems["effective_on"] = "Ngày hoàn thành không được ở sau hôm nay."
        _complain(problems)
        assert done_on is not None
        return _rule(
            of=task,
            kind=Ruling.Kind.TASK_DONE,
            effective_on=done_on,
            due_on=_day_of(locked),
            document_number=document_number,
            document_date=document_date,
            reason=reason,
            upload=upload,
            by=by,
        )


_CARRIED = {
    Ruling.Kind.INTERNAL_DUE: Ruling.Kind.INTERNAL_DUE,
    Ruling.Kind.CONDITION_MET: Ruling.Kind.CONDITION_MET,
    Ruling.Kind.EXTENSION: Ruling.Kind.CARRIED_DUE,
    Ruling.Kind.CARRIED_DUE: Ruling.Kind.CARRIED_DUE,
}


def carry_over(old: Assignment, new: Assignment, reason: str, by: User | None) -> list[Ruling]:
    """Let the successor of a duty count by the days that counted for the agency before (inside the caller's step).

    Each keeps the day from which it counted: what was done before the handover is judged by what held then. A day that
    the plan, or a ruling on the whole task, gives counts for the successor anyway.
    """
    if new.role != PartyRole.LEAD:
        return []
    return [
        Ruling.objects.create(
            province_id=new.province_id,
            task_id=new.task_id,
            assignment=new,
            kind=_CARRIED[Ruling.Kind(own.kind)],
            effective_on=own.effective_on,
            due_on=own.due_on,
            document_number=own.document_number,
            document_date=own.document_date,
            document=own.document,
            reason=reason[:2000],
            by=by,
            at=calendar.now(),
        )
        for own in Ruling.objects.filter(assignment=old, kind__in=_CARRIED).order_by("at", "pk")
    ]

"""Amending an issued plan: proposed line by line, shown, confirmed; both versions are kept (story 16).

Its lines are written by ``plans.actions.amendment_lines``. Confirming makes them count from ``effective_on``, and
moves the duties as the text moved them (``plans.facts.amendments``). What an amendment does not give stays empty.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from agencies import calendar, workflow
from agencies.actions import documents, jobs, trail
from agencies.actions.documents import Upload
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Agency, Document, User
from agencies.permissions import Permission
from agencies.text import nfc
from plans import builder, policies
from plans.actions.plans import told_of_text
from plans.actions.progress import REFRESH_PLAN
from plans.actions.rulings import told_of_duty
from plans.facts import amendments as facts
from plans.models import Amendment, Assignment, Plan, Target, Task, TaskVersion


def _may_amend(province_id: int, by: User) -> None:
    if province_id not in by.provinces_with(Permission.PLAN_AMEND):
        raise Refused("may_not_amend", "Bạn không có quyền sửa đổi kế hoạch.")


def _desk(by: User, province_id: int) -> Agency:
    """Return the agency in which the person amends plans (it owns the document)."""
    for membership in by.standing():
        if membership.province_id == province_id:
            return membership.agency
    raise Refused("may_not_amend", "Bạn không có quyền sửa đổi kế hoạch.")


def _must_be_issued(plan: Plan) -> None:
    if plan.state != Plan.State.ISSUED:
        raise Conflict(
            "plan_not_issued",
            "Chỉ sửa đổi được kế hoạch đã ban hành và chưa kết thúc; kế hoạch đang xây dựng thì sửa trực tiếp.",
        )


def _heading(plan: Plan, number: str, issued_on: date | None, issuer: str, effective_on: date | None) -> dict[str, Any]:
    """Return the columns above the lines. Raises Invalid with every missing field."""
    problems = {}
    if not nfc(number):
        problems["number"] = "Cần ghi số, ký hiệu của văn bản sửa đổi."
    if not nfc(issuer):
        problems["issuer"] = "Cần ghi cơ quan ban hành."
    if issued_on is None:
        problems["issued_on"] = "Cần ghi ngày ban hành."
    elif issued_on > calendar.today():
        problems["issued_on"] = "Ngày ban hành không được ở sau hôm nay."
    if effective_on is None:
        problems["effective_on"] = "Cần ghi ngày hiệu lực."
    if problems:
        raise Invalid("amendment_incomplete", " ".join(problems.values()), fields=problems)
    return {
        "number": nfc(number),
        "issued_on": issued_on,
        "issuer": nfc(issuer),
        "effective_on": effective_on,
    }


def heading_of(amendment: Amendment) -> dict[str, Any]:
    """Return what the trail keeps of an amendment besides its lines."""
    return {
        "plan": amendment.plan_id,
        "state": amendment.state,
        "revision": amendment.revision,
        "number": amendment.number,
        "issued_on": str(amendment.issued_on),
        "issuer": amendment.issuer,
        "title": amendment.title,
        "effective_on": str(amendment.effective_on),
        "document": amendment.document_id,
    }


def begin(
    *,
    plan: Plan,
    number: str,
    issued_on: date | None,
    issuer: str,
    title: str = "",
    effective_on: date | None,
    upload: Upload | None = None,
    by: User,
) -> Amendment:
    """Begin an amendment as a draft.

    Raises Refused (``may_not_amend``), Conflict (``plan_not_issued``, ``amendment_exists``), Invalid
    (``amendment_incomplete``, and what ``documents.store`` raises).
    """
    _may_amend(plan.province_id, by)
    with transaction.atomic():
        row = Plan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
        _must_be_issued(row)
        columns = _heading(row, number, issued_on, issuer, effective_on)
        document: Document | None = None
        if upload is not None:
            document = documents.store(upload=upload, owner=_desk(by, row.province_id), by=by)
        try:
            with transaction.atomic():
                amendment = Amendment.objects.create(
                    province_id=row.province_id,
                    plan=row,
                    title=nfc(title)[:500],
                    document=document,
                    created_by=by,
                    created_at=calendar.now(),
                    **columns,
                )
        except IntegrityError as error:
            message = f"Kế hoạch này đã có văn bản sửa đổi {columns['number']}. Hãy mở văn bản đó."
            raise Conflict("amendment_exists", message, fields={"number": message}) from error
        trail.record(
            province_id=row.province_id, action="amendment.begin", subject=amendment, after=heading_of(amendment), by=by
        )
    return amendment


def check_draft(by: User, *, living: bool = True) -> Callable[[Amendment], None]:
    """Return the look at a draft before a step; ``living``: its plan must not have ended."""

    def check(amendment: Amendment) -> None:
        _may_amend(amendment.province_id, by)
        if amendment.state == Amendment.State.CONFIRMED:
            raise Conflict("amendment_confirmed", "Văn bản này đã được xác nhận nên không sửa được nữa.")
        if amendment.state == Amendment.State.DISCARDED:
            raise Conflict("amendment_discarded", "Văn bản này đã được bỏ. Hãy soạn văn bản mới.")
        if living:
            _must_be_issued(amendment.plan)

    return check


def edit(
    *,
    amendment: Amendment,
    number: str,
    issued_on: date | None,
    issuer: str,
    title: str = "",
    effective_on: date | None,
    upload: Upload | None = None,
    revision: int | None,
    by: User,
) -> Amendment:
    """Change what stands above the lines of a draft; its lines follow the new effective day."""

    def change(row: Amendment) -> dict[str, Any]:
        columns = _heading(row.plan, number, issued_on, issuer, effective_on)
        same = Amendment.objects.filter(plan_id=row.plan_id, number=columns["number"]).exclude(
            state=Amendment.State.DISCARDED
        )
        if same.exclude(pk=row.pk).exists():
            message = f"Kế hoạch này đã có văn bản sửa đổi {columns['number']}."
            raise Conflict("amendment_exists", message, fields={"number": message})
        if upload is not None:
            columns["document"] = documents.store(upload=upload, owner=_desk(by, row.province_id), by=by)
        said = {"effective_from": columns["effective_on"], "deciding_document": columns["number"]}
        row.task_versions.update(**said)
        row.target_versions.update(**said)
        return {**columns, "title": nfc(title)[:500]}

    return workflow.move(
        amendment,
        policies.EDIT_AMENDMENT,
        revision=revision,
        check=check_draft(by),
        change=change,
        snapshot=heading_of,
        by=by,
    )


def remove(row: Amendment, subject: Task | Target) -> None:
    """Take the amendment's line about a task or target away; one that only this line would have made goes with it."""
    subject.versions.filter(amendment=row).delete()
    if not subject.versions.exists():
        type(subject)._default_manager.filter(pk=subject.pk).delete()


# --- the end of it ----------------------------------------------------------------------------------------------


def discard(*, amendment: Amendment, reason: str = "", revision: int | None = None, by: User) -> Amendment:
    """Give a draft up. The trail keeps what it proposed; numbers and codes are free again."""
    lines: list[dict[str, object]] = []

    def change(row: Amendment) -> dict[str, Any]:
        lines.extend(facts.for_the_trail(facts.diff_of(row)))
        subjects: list[Task | Target] = [
            *Task.objects.filter(versions__amendment=row),
            *Target.objects.filter(versions__amendment=row),
        ]
        for subject in subjects:
            remove(row, subject)
        return {}

    def snapshot(row: Amendment) -> dict[str, Any]:
        given_up = {"discarded_lines": lines} if row.state == Amendment.State.DISCARDED else {}
        return {**heading_of(row), **given_up}

    return workflow.move(
        amendment,
        policies.DISCARD_AMENDMENT,
        revision=revision,
        check=check_draft(by, living=False),
        change=change,
        snapshot=snapshot,
        reason=reason,
        by=by,
    )


def confirm(*, amendment: Amendment, revision: int | None, by: User) -> Amendment:
    """Make an amendment count from its effective day, past or future, and move the duties with the text.

    What the portal showed for the days before this one stays as it was: the versions, and the beginnings and ends
    of duties, are recorded now. Raises Refused, Conflict (``stale_revision``, ``amendment_confirmed``,
    ``line_outdated``, ``later_in_force``, ``lead_gone``, ``amendment_empty``); then nothing is written.
    """
    now = calendar.now()
    kept: dict[str, Any] = {}
    tasks: list[int] = []
    ended: list[Assignment] = []
    begun: list[Assignment] = []

    def change(row: Amendment) -> dict[str, Any]:
        # Two amendments of one plan are confirmed one after the other: the second sees what the first did.
        plan = Plan.objects.select_for_update(of=("self",)).get(pk=row.plan_id)
        # Nobody decides about the duties of these tasks between the comparison and the move.
        touched = row.task_versions.values_list("task_id", flat=True)
        list(Task.objects.select_for_update(of=("self",)).filter(pk__in=list(touched)).order_by("pk"))
        diff = facts.diff_of(row)
        if diff.obstacles:
            raise Conflict(diff.obstacles[0][0], " ".join(sentence for _, sentence in diff.obstacles))
        handed_out = Assignment.objects.filter(task__plan=plan).exists()
        for line in diff.lines:
            if line.kind == "task":
                tasks.append(line.subject_id)
                if handed_out:
                    over, new = _move_duties(row, line, now)
                    ended.extend(over)
                    begun.extend(new)
        texts = row.task_versions.select_related("task").order_by("task__order", "number")
        kept.update(
            lines=facts.for_the_trail(diff),
            summary=diff.summary,
            texts=[told_of_text(version) for version in texts],
            ended=[told_of_duty(duty) for duty in ended],
            begun=[told_of_duty(duty) for duty in begun],
        )
        return {"confirmed_by": by, "confirmed_at": now}

    def then(row: Amendment) -> None:
        for task_id in sorted(tasks):
            builder.refresh_task(task_id)
        builder.refresh_duties(row.plan)
        jobs.enqueue(kind=REFRESH_PLAN, subject=row.plan, province_id=row.province_id, by=by)

    def snapshot(row: Amendment) -> dict[str, Any]:
        return {**heading_of(row), **(kept if row.state == Amendment.State.CONFIRMED else {})}

    return workflow.move(
        amendment,
        policies.CONFIRM_AMENDMENT,
        revision=revision,
        check=check_draft(by),
        change=change,
        snapshot=snapshot,
        then=then,
        by=by,
    )


def _move_duties(row: Amendment, line: facts.Line, now: Any) -> tuple[list[Assignment], list[Assignment]]:
    """End the duties of bodies the text names no longer, and give one to those it names anew; return both."""
    last_day = row.effective_on - timedelta(days=1)
    losing = [move.assignment_id for move in line.moves.loses if move.assignment_id is not None]
    ended = list(Assignment.objects.select_for_update(of=("self",)).filter(pk__in=losing).order_by("pk"))
    for duty in ended:
        # A duty that began on the effective day itself, or later, existed for that one day.
        duty.valid_to, duty.ended_at = max(last_day, duty.valid_from) if duty.valid_from else last_day, now
        duty.save(update_fields=["valid_to", "ended_at"])
    version = TaskVersion.objects.get(pk=line.id)
    begun = Assignment.objects.bulk_create(
        Assignment(
            province_id=row.province_id,
            task_id=line.subject_id,
            agency_id=move.agency_id,
            role=move.role,
            via_group_id=move.group_id,
            valid_from=row.effective_on,
            created_at=now,
            due_on=version.due_on,
        )
        for move in line.moves.gets
    )
    return ended, [*begun]

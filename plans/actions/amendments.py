"""Amending an issued plan: proposed line by line, shown, confirmed; both versions are kept (story 16).

A line is a real version with ``amendment`` set. The triggers let it be edited while the amendment is a draft, and
never after; a draft counts nowhere. Confirming makes the versions count from ``effective_on``, and moves the duties
as the text moved them (``plans.facts.amendments``). What an amendment does not give stays empty.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from agencies import calendar, workflow
from agencies.actions import documents, jobs, trail
from agencies.actions.documents import Upload
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Agency, Document, User
from agencies.permissions import Permission
from agencies.text import nfc
from indicators.models import Component, Index
from plans import builder, policies
from plans.actions.plans import Milestone, Party, Quantity, Serves, TaskText
from plans.actions.progress import REFRESH_PLAN
from plans.facts import amendments as facts
from plans.models import Amendment, Assignment, Plan, Section, Target, TargetVersion, Task, TaskVersion
from plans.standing import DeadlineKind

_DATED = (DeadlineKind.DATE, DeadlineKind.MONTH, DeadlineKind.QUARTER, DeadlineKind.YEAR, DeadlineKind.RANGE)


@dataclass(frozen=True)
class TargetText:
    """What a target says (units and meaning: ``TargetVersion``)."""

    kind: str
    text: str
    year: int
    comparator: str = ">="
    index: Index | None = None
    component: Component | None = None
    value: Decimal | None = None
    value_max: Decimal | None = None
    open_ended: bool = False
    unit: str = ""
    group: str = ""
    baseline_year: int | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """What stands on the version's row."""
        return {
            one.name: nfc(value) if isinstance(value := getattr(self, one.name), str) else value
            for one in fields(TargetText)
        }


def text_of(version: TaskVersion) -> TaskText:
    """Return what a version says, as it would be written again."""
    return TaskText(
        title=version.title,
        deliverable=version.deliverable,
        is_group=version.is_group,
        authority=version.authority,
        deadline={
            "deadline_kind": version.deadline_kind,
            "deadline_from": version.deadline_from,
            "deadline_to": version.deadline_to,
            "deadline_text": version.deadline_text,
            "recurrence": version.recurrence,
            "condition": version.condition,
            "deadline_origin": version.deadline_origin,
        },
        parties=[
            Party(p.role, p.agency, p.group, p.wording) for p in version.parties.select_related("agency", "group")
        ],
        serves=[Serves(s.index, s.component, s.wording) for s in version.serves.select_related("index", "component")],
        quantities=[Quantity(q.value, q.comparator, q.unit) for q in version.quantities.all()],
        milestones=[Milestone(m.year, m.due_on, m.text, m.value) for m in version.milestones.all()],
    )


def target_text_of(version: TargetVersion) -> TargetText:
    """Return what a target's version says, as it would be written again."""
    return TargetText(**{one.name: getattr(version, one.name) for one in fields(TargetText)})


# --- beginning, and what stands above the lines -----------------------------------------------------------------


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


def _check(by: User, *, living: bool = True) -> Callable[[Amendment], None]:
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
        check=_check(by),
        change=change,
        snapshot=heading_of,
        by=by,
    )


# --- lines ------------------------------------------------------------------------------------------------------


def latest_text(task: Task) -> TaskVersion:
    """Return the version a new line stands on: the last one that was confirmed, in effect or not yet."""
    found = (
        TaskVersion.objects.filter(task=task)
        .recorded_by(calendar.today())
        .prefetch_related(*facts.TASK_PARTS)
        .order_by("-number")
        .first()
    )
    if found is None:
        raise Conflict("task_not_in_force", "Nhiệm vụ này do một văn bản khác đang soạn bổ sung, chưa có hiệu lực.")
    return found


def latest_target(target: Target) -> TargetVersion:
    """Return the version a new line of a target stands on."""
    found = (
        TargetVersion.objects.filter(target=target)
        .recorded_by(calendar.today())
        .select_related("index", "component")
        .order_by("-number")
        .first()
    )
    if found is None:
        raise Conflict("target_not_in_force", "Mục tiêu này do một văn bản khác đang soạn bổ sung, chưa có hiệu lực.")
    return found


def _read_task(text: TaskText) -> None:
    """Raise Invalid with every field of a task's text that cannot be."""
    problems: dict[str, str] = {}
    deadline = text.deadline
    kind = deadline.get("deadline_kind", DeadlineKind.NONE)
    starts, ends = deadline.get("deadline_from"), deadline.get("deadline_to")
    if not nfc(text.title):
        problems["title"] = "Cần ghi nội dung nhiệm vụ."
    if kind in _DATED and ends is None:
        problems["deadline_to"] = (
            "Loại thời hạn này cần ngày cuối. Nếu văn bản không nêu ngày, hãy chọn loại “Không nêu”."
        )
    if kind in (DeadlineKind.NONE, DeadlineKind.ONGOING) and ends is not None:
        problems["deadline_to"] = "Loại thời hạn này không có ngày cuối. Hãy xóa ngày, hoặc chọn loại khác."
    if starts and ends and starts > ends:
        problems["deadline_from"] = "Ngày bắt đầu ở sau ngày cuối."
    if kind == DeadlineKind.CONDITIONAL and not nfc(deadline.get("condition", "")):
        problems["condition"] = "Cần ghi điều kiện như văn bản nêu."
    named = [(party.role, party.agency, party.group) for party in text.parties]
    if len(set(named)) != len(named):
        problems["leads"] = "Một cơ quan được ghi hai lần trong cùng vai trò."
    years = [one.year for one in text.milestones]
    if len(set(years)) != len(years):
        problems["milestones"] = "Mỗi năm chỉ có một mốc."
    if problems:
        raise Invalid("task_text_incomplete", " ".join(problems.values()), fields=problems)


def _read_target(text: TargetText) -> None:
    problems: dict[str, str] = {}
    if not nfc(text.text):
        problems["text"] = "Cần ghi nội dung mục tiêu."
    if text.value is None and not nfc(text.group):
        problems["value"] = "Cần ghi giá trị, hoặc nhóm cần đạt."
    if text.kind in (TargetVersion.Kind.RANK_GAIN, TargetVersion.Kind.RELATIVE_CHANGE) and text.baseline_year is None:
        problems["baseline_year"] = "Mục tiêu so với năm gốc cần ghi năm gốc."
    if text.value is not None and text.value_max is not None and text.value_max < text.value:
        problems["value_max"] = "Giá trị trên nhỏ hơn giá trị dưới."
    if text.component is not None and text.index is not None and not _belongs(text.component, text.index):
        problems["component"] = "Thành phần không thuộc chỉ số đã chọn."
    if problems:
        raise Invalid("target_text_incomplete", " ".join(problems.values()), fields=problems)


def _belongs(component: Component, index: Index) -> bool:
    return Component.objects.filter(pk=component.pk, framework__index=index).exists()


def _own(amendment: Amendment, subject: Task | Target) -> None:
    if subject.plan_id != amendment.plan_id:
        raise Invalid("other_plan", "Nhiệm vụ, mục tiêu này không thuộc kế hoạch được sửa đổi.")


def _next(versions: Any) -> int:
    return int(versions.aggregate(last=Max("number"))["last"] or 0) + 1


def _task_snapshot(task: Task | None, code: str = "") -> Callable[[Amendment], dict[str, Any]]:
    """Return what the trail keeps of a line about a task before and after it was written."""

    def snapshot(row: Amendment) -> dict[str, Any]:
        line = (
            row.task_versions.filter(**({"task": task} if task else {"task__code": code, "number": 1}))
            .select_related("task__carried_from__plan")
            .prefetch_related(*facts.TASK_PARTS)
            .first()
        )
        kept: dict[str, Any] = {"revision": row.revision, "task": task.code if task else code, "line": None}
        if line is not None:
            kept["line"] = {**facts.task_words(line), "dropped": line.dropped, "reason": line.amend_reason}
            if line.task.carried_from is not None:
                kept["carried_from"] = str(line.task.carried_from)
        return kept

    return snapshot


def _target_snapshot(target: Target | None, code: str = "") -> Callable[[Amendment], dict[str, Any]]:
    def snapshot(row: Amendment) -> dict[str, Any]:
        line = (
            row.target_versions.filter(**({"target": target} if target else {"target__code": code, "number": 1}))
            .select_related("index", "component")
            .first()
        )
        kept: dict[str, Any] = {"revision": row.revision, "target": target.code if target else code, "line": None}
        if line is not None:
            kept["line"] = {**facts.target_words(line), "dropped": line.dropped, "reason": line.amend_reason}
        return kept

    return snapshot


def _write_task(row: Amendment, task: Task, text: TaskText, *, dropped: bool = False, reason: str = "") -> TaskVersion:
    """Write the line of a task anew, above every version there is (the highest number counts)."""
    row.task_versions.filter(task=task).delete()
    version = TaskVersion.objects.create(
        task=task,
        number=_next(task.versions),
        effective_from=row.effective_on,
        deciding_document=row.number,
        amendment=row,
        dropped=dropped,
        amend_reason=nfc(reason)[:500],
        **text.columns,
    )
    text.write_parts(version)
    return version


def _propose(
    amendment: Amendment,
    change: Callable[[Amendment], dict[str, Any]],
    snapshot: Callable[[Amendment], dict[str, Any]],
    *,
    revision: int | None,
    reason: str = "",
    by: User,
) -> Amendment:
    def in_turn(row: Amendment) -> dict[str, Any]:
        # Drafts of one plan share its codes and the numbers of its versions.
        Plan.objects.select_for_update(of=("self",)).get(pk=row.plan_id)
        return change(row)

    return workflow.move(
        amendment,
        policies.PROPOSE_LINE,
        revision=revision,
        check=_check(by),
        change=in_turn,
        snapshot=snapshot,
        reason=reason,
        by=by,
    )


def change_task(
    *, amendment: Amendment, task: Task, text: TaskText, reason: str = "", revision: int | None = None, by: User
) -> Amendment:
    """Propose a new text for a task; proposing it again replaces the line.

    Raises Invalid (``other_plan``, ``task_text_incomplete``, ``nothing_changed``), Conflict (``task_not_in_force``,
    ``amendment_confirmed``, ``stale_revision``).
    """

    def change(row: Amendment) -> dict[str, Any]:
        _own(row, task)
        _read_task(text)
        if _added_by(row, task):
            _write_task(row, task, text, reason=reason)
            return {}
        base = latest_text(task)
        written = _write_task(row, task, text, reason=reason)
        if not base.dropped and facts.task_words(written) == facts.task_words(base):
            raise Invalid("nothing_changed", f"Nội dung mới của nhiệm vụ {task.code} giống hệt nội dung đang có.")
        return {}

    return _propose(amendment, change, _task_snapshot(task), revision=revision, by=by)


def _added_by(row: Amendment, task: Task) -> bool:
    """Tell whether this very amendment adds the task (it has no other version)."""
    return not task.versions.exclude(amendment=row).exists()


def add_task(
    *,
    amendment: Amendment,
    section: Section,
    code: str,
    text: TaskText,
    reason: str = "",
    carried_from: Task | None = None,
    revision: int | None = None,
    by: User,
) -> Amendment:
    """Propose a new task; it has no text in force before the amendment takes effect.

    Raises Invalid (``other_plan``, ``code_required``, ``task_text_incomplete``), Conflict (``code_taken``).
    """
    wanted = nfc(code)

    def change(row: Amendment) -> dict[str, Any]:
        if section.plan_id != row.plan_id:
            raise Invalid(
                "other_plan", "Mục này không thuộc kế hoạch được sửa đổi.", fields={"section": "Chọn lại mục."}
            )
        if not wanted or len(wanted) > 20:
            message = "Cần ghi mã nhiệm vụ, nhiều nhất 20 ký tự."
            raise Invalid("code_required", message, fields={"code": message})
        _read_task(text)
        if Task.objects.filter(plan_id=row.plan_id, code=wanted).exists():
            message = f"Kế hoạch đã có nhiệm vụ mã {wanted}. Hãy chọn mã khác."
            raise Conflict("code_taken", message, fields={"code": message})
        task = Task.objects.create(
            province_id=row.province_id,
            plan_id=row.plan_id,
            section=section,
            code=wanted,
            order=(Task.objects.filter(plan_id=row.plan_id).aggregate(last=Max("order"))["last"] or 0) + 1,
            carried_from=carried_from,
        )
        _write_task(row, task, text, reason=reason)
        return {}

    return _propose(amendment, change, _task_snapshot(None, wanted), revision=revision, by=by)


def drop_task(*, amendment: Amendment, task: Task, reason: str, revision: int | None = None, by: User) -> Amendment:
    """Propose that a task is dropped ("bãi bỏ"): its text, history and reports stay.

    Raises Invalid (``reason_required``, ``other_plan``), Conflict (``already_dropped``).
    """

    def change(row: Amendment) -> dict[str, Any]:
        _own(row, task)
        _must_give(reason)
        base = latest_text(task)
        if base.dropped:
            raise Conflict("already_dropped", f"Nhiệm vụ {task.code} đã được bãi bỏ trước đó.")
        _write_task(row, task, text_of(base), dropped=True, reason=reason)
        return {}

    return _propose(amendment, change, _task_snapshot(task), revision=revision, reason=reason, by=by)


def _must_give(reason: str) -> None:
    if not nfc(reason):
        message = "Cần ghi lý do hoặc căn cứ bãi bỏ."
        raise Invalid("reason_required", message, fields={"reason": message})


def _write_target(
    row: Amendment,
    target: Target,
    columns: dict[str, Any],
    *,
    dropped: bool = False,
    reason: str = "",
) -> TargetVersion:
    row.target_versions.filter(target=target).delete()
    said = {
        **columns,
        "target": target,
        "number": _next(target.versions),
        "effective_from": row.effective_on,
        "deciding_document": row.number,
        "amendment": row,
        "dropped": dropped,
        "amend_reason": nfc(reason)[:500],
    }
    return TargetVersion.objects.create(**said)


def _as_it_was(base: TargetVersion) -> dict[str, Any]:
    """Return every column of a version but its identity, so that what the line does not speak of stays."""
    return {
        column.name: getattr(base, column.name) for column in base._meta.concrete_fields if column.name not in ("id",)
    }


def change_target(
    *, amendment: Amendment, target: Target, text: TargetText, reason: str = "", revision: int | None = None, by: User
) -> Amendment:
    """Propose a new text for a target; both are kept.

    Raises Invalid (``other_plan``, ``target_text_incomplete``, ``nothing_changed``), Conflict.
    """

    def change(row: Amendment) -> dict[str, Any]:
        _own(row, target)
        _read_target(text)
        if not target.versions.exclude(amendment=row).exists():
            _write_target(row, target, text.columns, reason=reason)
            return {}
        base = latest_target(target)
        written = _write_target(row, target, {**_as_it_was(base), **text.columns}, reason=reason)
        if not base.dropped and facts.target_words(written) == facts.target_words(base):
            raise Invalid("nothing_changed", f"Nội dung mới của mục tiêu {target.code} giống hệt nội dung đang có.")
        return {}

    return _propose(amendment, change, _target_snapshot(target), revision=revision, by=by)


def add_target(
    *, amendment: Amendment, code: str, text: TargetText, reason: str = "", revision: int | None = None, by: User
) -> Amendment:
    """Propose a new target.

    Raises Invalid (``code_required``, ``target_text_incomplete``), Conflict (``code_taken``).
    """
    wanted = nfc(code)

    def change(row: Amendment) -> dict[str, Any]:
        if not wanted or len(wanted) > 20:
            message = "Cần ghi mã mục tiêu, nhiều nhất 20 ký tự."
            raise Invalid("code_required", message, fields={"code": message})
        _read_target(text)
        targets = Target.objects.filter(plan_id=row.plan_id)
        if targets.filter(code=wanted).exists():
            message = f"Kế hoạch đã có mục tiêu mã {wanted}. Hãy chọn mã khác."
            raise Conflict("code_taken", message, fields={"code": message})
        target = Target.objects.create(
            province_id=row.province_id,
            plan_id=row.plan_id,
            code=wanted,
            order=(targets.aggregate(last=Max("order"))["last"] or 0) + 1,
        )
        _write_target(row, target, text.columns, reason=reason)
        return {}

    return _propose(amendment, change, _target_snapshot(None, wanted), revision=revision, by=by)


def drop_target(
    *, amendment: Amendment, target: Target, reason: str, revision: int | None = None, by: User
) -> Amendment:
    """Propose that a target is dropped. Raises Invalid (``reason_required``), Conflict (``already_dropped``)."""

    def change(row: Amendment) -> dict[str, Any]:
        _own(row, target)
        _must_give(reason)
        base = latest_target(target)
        if base.dropped:
            raise Conflict("already_dropped", f"Mục tiêu {target.code} đã được bãi bỏ trước đó.")
        _write_target(row, target, _as_it_was(base), dropped=True, reason=reason)
        return {}

    return _propose(amendment, change, _target_snapshot(target), revision=revision, reason=reason, by=by)


def take_off(*, line: TaskVersion | TargetVersion, revision: int | None = None, by: User) -> Amendment:
    """Take a line off a draft; a task or target that only this line would have made goes with it.

    Raises Invalid (``not_a_proposal``): the plan's own text cannot be taken off.
    """
    amendment = line.amendment
    if amendment is None:
        raise Invalid("not_a_proposal", "Đây là nội dung của chính kế hoạch, không phải dòng sửa đổi.")
    subject: Task | Target = line.task if isinstance(line, TaskVersion) else line.target
    snapshot = _task_snapshot(subject) if isinstance(subject, Task) else _target_snapshot(subject)

    def change(row: Amendment) -> dict[str, Any]:
        _remove(row, subject)
        return {}

    return workflow.move(
        amendment,
        policies.TAKE_OFF_LINE,
        revision=revision,
        check=_check(by),
        change=change,
        snapshot=snapshot,
        by=by,
    )


def _remove(row: Amendment, subject: Task | Target) -> None:
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
            _remove(row, subject)
        return {}

    def snapshot(row: Amendment) -> dict[str, Any]:
        given_up = {"discarded_lines": lines} if row.state == Amendment.State.DISCARDED else {}
        return {**heading_of(row), **given_up}

    return workflow.move(
        amendment,
        policies.DISCARD_AMENDMENT,
        revision=revision,
        check=_check(by, living=False),
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

    def change(row: Amendment) -> dict[str, Any]:
        # Two amendments of one plan are confirmed one after the other: the second sees what the first did.
        plan = Plan.objects.select_for_update(of=("self",)).get(pk=row.plan_id)
        diff = facts.diff_of(row)
        if diff.obstacles:
            raise Conflict(diff.obstacles[0][0], " ".join(sentence for _, sentence in diff.obstacles))
        handed_out = Assignment.objects.filter(task__plan=plan).exists()
        touched = [line.subject_id for line in diff.lines if line.kind == "task"]
        list(Task.objects.select_for_update(of=("self",)).filter(pk__in=touched).order_by("pk"))
        for line in diff.lines:
            if line.kind == "task":
                tasks.append(line.subject_id)
                if handed_out:
                    _move_duties(row, line, now)
        kept.update(lines=facts.for_the_trail(diff), summary=diff.summary)
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
        check=_check(by),
        change=change,
        snapshot=snapshot,
        then=then,
        by=by,
    )


def _move_duties(row: Amendment, line: facts.Line, now: Any) -> None:
    """End the duties of bodies the text names no longer, and give one to those it names anew."""
    last_day = row.effective_on - timedelta(days=1)
    losing = [move.assignment_id for move in line.moves.loses if move.assignment_id is not None]
    for duty in Assignment.objects.select_for_update(of=("self",)).filter(pk__in=losing).order_by("pk"):
        # A duty that began on the effective day itself, or later, existed for that one day.
        ends = max(last_day, duty.valid_from) if duty.valid_from else last_day
        Assignment.objects.filter(pk=duty.pk).update(valid_to=ends, ended_at=now)
    version = TaskVersion.objects.get(pk=line.id)
    Assignment.objects.bulk_create(
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

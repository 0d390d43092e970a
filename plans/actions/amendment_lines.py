"""The lines of an amendment: each changes, adds or drops one task or target (story 16).

A line is a real version with ``amendment`` set. The triggers let it be edited while the amendment is a draft, and
never after; a draft counts nowhere. Tasks and targets are amended alike; ``_Kind`` says where they differ.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, overload

from django.db.models import Max
from django.utils.text import capfirst

from agencies import calendar, workflow
from agencies.errors import Conflict, Invalid
from agencies.models import User
from agencies.text import nfc
from indicators.models import Component, Index
from plans import policies
from plans.actions.amendments import check_draft, remove
from plans.actions.plans import Milestone, Party, Quantity, Serves, TaskText
from plans.facts import amendments as facts
from plans.models import Amendment, Plan, Section, Target, TargetVersion, Task, TaskVersion
from plans.standing import DeadlineKind

Subject = Task | Target

_DATED = (DeadlineKind.DATE, DeadlineKind.MONTH, DeadlineKind.QUARTER, DeadlineKind.YEAR, DeadlineKind.RANGE)


# --- what a line says -------------------------------------------------------------------------------------------


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


@dataclass(frozen=True)
class _Kind:
    """Where lines about tasks and lines about targets differ."""

    # As columns, codes of errors and the trail call it; as people do.
    name: str
    noun: str
    subjects: Any
    versions: Any
    # What hangs on a version; columns of which its text does not speak and which a new line takes over.
    parts: tuple[str, ...]
    kept: tuple[str, ...]
    text_of: Callable[[Any], Any]
    read: Callable[[Any], None]
    words: Callable[[Any], dict[str, str]]

    def lines(self, row: Amendment) -> Any:
        """Return the amendment's lines of this kind."""
        return getattr(row, f"{self.name}_versions")


_TASK = _Kind(
    name="task",
    noun="nhiệm vụ",
    subjects=Task.objects,
    versions=TaskVersion.objects,
    parts=facts.TASK_PARTS,
    kept=(),
    text_of=text_of,
    read=_read_task,
    words=facts.task_words,
)
_TARGET = _Kind(
    name="target",
    noun="mục tiêu",
    subjects=Target.objects,
    versions=TargetVersion.objects,
    parts=("index", "component"),
    kept=("field_size",),
    text_of=target_text_of,
    read=_read_target,
    words=facts.target_words,
)


def _kind(subject: Subject) -> _Kind:
    return _TASK if isinstance(subject, Task) else _TARGET


@overload
def latest(subject: Task) -> TaskVersion: ...
@overload
def latest(subject: Target) -> TargetVersion: ...
def latest(subject: Subject) -> TaskVersion | TargetVersion:
    """Return the version a new line stands on: the last one that was confirmed, in effect or not yet.

    Raises Conflict (``task_not_in_force``, ``target_not_in_force``).
    """
    kind = _kind(subject)
    found: TaskVersion | TargetVersion | None = (
        kind.versions.filter(**{kind.name: subject})
        .recorded_by(calendar.today())
        .prefetch_related(*kind.parts)
        .order_by("-number")
        .first()
    )
    if found is None:
        raise Conflict(
            f"{kind.name}_not_in_force",
            f"{capfirst(kind.noun)} này do một văn bản khác đang soạn bổ sung, chưa có hiệu lực.",
        )
    return found


@overload
def line_or_latest(row: Amendment, subject: Task) -> TaskVersion: ...
@overload
def line_or_latest(row: Amendment, subject: Target) -> TargetVersion: ...
def line_or_latest(row: Amendment, subject: Subject) -> TaskVersion | TargetVersion:
    """Return what a new text starts from: the line written already, else what the subject says now."""
    kind = _kind(subject)
    written: TaskVersion | TargetVersion | None = (
        kind.lines(row).filter(**{kind.name: subject}, dropped=False).prefetch_related(*kind.parts).first()
    )
    return written or latest(subject)


# --- writing lines ----------------------------------------------------------------------------------------------


def _own(amendment: Amendment, subject: Subject) -> None:
    if subject.plan_id != amendment.plan_id:
        raise Invalid("other_plan", "Nhiệm vụ, mục tiêu này không thuộc kế hoạch được sửa đổi.")


def _snapshot(kind: _Kind, code: str, **which: Any) -> Callable[[Amendment], dict[str, Any]]:
    """Return what the trail keeps of a line before and after it was written."""

    def snapshot(row: Amendment) -> dict[str, Any]:
        line = kind.lines(row).filter(**which).prefetch_related(*kind.parts).first()
        kept: dict[str, Any] = {"revision": row.revision, kind.name: code, "line": None}
        if line is not None:
            kept["line"] = {**kind.words(line), "dropped": line.dropped, "reason": line.amend_reason}
            if isinstance(line, TaskVersion) and line.task.carried_from is not None:
                kept["carried_from"] = str(line.task.carried_from)
        return kept

    return snapshot


def _write(
    row: Amendment, subject: Subject, text: Any, *, base: Any = None, dropped: bool = False, reason: str = ""
) -> TaskVersion | TargetVersion:
    """Write the line of a subject anew, above every version there is (the highest number counts)."""
    kind = _kind(subject)
    kind.lines(row).filter(**{kind.name: subject}).delete()
    version: TaskVersion | TargetVersion = kind.versions.create(
        **{kind.name: subject},
        number=(subject.versions.aggregate(last=Max("number"))["last"] or 0) + 1,
        effective_from=row.effective_on,
        deciding_document=row.number,
        amendment=row,
        dropped=dropped,
        amend_reason=nfc(reason)[:500],
        **{name: getattr(base, name) for name in kind.kept if base is not None},
        **text.columns,
    )
    if isinstance(version, TaskVersion):
        text.write_parts(version)
    return version


def _propose(
    amendment: Amendment,
    change: Callable[[Amendment], object],
    snapshot: Callable[[Amendment], dict[str, Any]],
    *,
    revision: int | None,
    reason: str = "",
    by: User,
) -> Amendment:
    def in_turn(row: Amendment) -> dict[str, Any]:
        # Drafts of one plan share its codes and the numbers of its versions.
        Plan.objects.select_for_update(of=("self",)).get(pk=row.plan_id)
        change(row)
        return {}

    return workflow.move(
        amendment,
        policies.PROPOSE_LINE,
        revision=revision,
        check=check_draft(by),
        change=in_turn,
        snapshot=snapshot,
        reason=reason,
        by=by,
    )


def change(
    *,
    amendment: Amendment,
    subject: Subject,
    text: TaskText | TargetText,
    reason: str = "",
    revision: int | None = None,
    by: User,
) -> Amendment:
    """Propose a new text for a task or target; proposing it again replaces the line.

    Raises Invalid (``other_plan``, ``task_text_incomplete``, ``target_text_incomplete``, ``nothing_changed``),
    Conflict (``task_not_in_force``, ``target_not_in_force``, ``amendment_confirmed``, ``stale_revision``).
    """
    kind = _kind(subject)

    def write(row: Amendment) -> None:
        _own(row, subject)
        kind.read(text)
        if not subject.versions.exclude(amendment=row).exists():
            # This very amendment adds it: there is no other text to compare with.
            _write(row, subject, text, reason=reason)
            return
        base = latest(subject)
        written = _write(row, subject, text, base=base, reason=reason)
        if not base.dropped and kind.words(written) == kind.words(base):
            raise Invalid("nothing_changed", f"Nội dung mới của {kind.noun} {subject.code} giống hệt nội dung đang có.")

    snapshot = _snapshot(kind, subject.code, **{kind.name: subject})
    return _propose(amendment, write, snapshot, revision=revision, by=by)


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
    place = {"section": section, "carried_from": carried_from}
    return _add(_TASK, amendment, code, text, place, reason=reason, revision=revision, by=by)


def add_target(
    *, amendment: Amendment, code: str, text: TargetText, reason: str = "", revision: int | None = None, by: User
) -> Amendment:
    """Propose a new target.

    Raises Invalid (``code_required``, ``target_text_incomplete``), Conflict (``code_taken``).
    """
    return _add(_TARGET, amendment, code, text, {}, reason=reason, revision=revision, by=by)


def _add(
    kind: _Kind,
    amendment: Amendment,
    code: str,
    text: TaskText | TargetText,
    place: dict[str, Any],
    *,
    reason: str,
    revision: int | None,
    by: User,
) -> Amendment:
    wanted = nfc(code)

    def write(row: Amendment) -> None:
        if "section" in place and place["section"].plan_id != row.plan_id:
            raise Invalid(
                "other_plan", "Mục này không thuộc kế hoạch được sửa đổi.", fields={"section": "Chọn lại mục."}
            )
        if not wanted or len(wanted) > 20:
            message = f"Cần ghi mã {kind.noun}, nhiều nhất 20 ký tự."
            raise Invalid("code_required", message, fields={"code": message})
        kind.read(text)
        there = kind.subjects.filter(plan_id=row.plan_id)
        if there.filter(code=wanted).exists():
            message = f"Kế hoạch đã có {kind.noun} mã {wanted}. Hãy chọn mã khác."
            raise Conflict("code_taken", message, fields={"code": message})
        subject = kind.subjects.create(
            province_id=row.province_id,
            plan_id=row.plan_id,
            code=wanted,
            order=(there.aggregate(last=Max("order"))["last"] or 0) + 1,
            **place,
        )
        _write(row, subject, text, reason=reason)

    snapshot = _snapshot(kind, wanted, **{f"{kind.name}__code": wanted, "number": 1})
    return _propose(amendment, write, snapshot, revision=revision, by=by)


def drop(*, amendment: Amendment, subject: Subject, reason: str, revision: int | None = None, by: User) -> Amendment:
    """Propose that a task or target is dropped ("bãi bỏ"): its text, history and reports stay.

    Raises Invalid (``reason_required``, ``other_plan``), Conflict (``already_dropped``).
    """
    kind = _kind(subject)

    def write(row: Amendment) -> None:
        _own(row, subject)
        if not nfc(reason):
            message = "Cần ghi lý do hoặc căn cứ bãi bỏ."
            raise Invalid("reason_required", message, fields={"reason": message})
        base = latest(subject)
        if base.dropped:
            said = f"{capfirst(kind.noun)} {subject.code} đã được bãi bỏ trước đó."
            raise Conflict("already_dropped", said)
        _write(row, subject, kind.text_of(base), base=base, dropped=True, reason=reason)

    snapshot = _snapshot(kind, subject.code, **{kind.name: subject})
    return _propose(amendment, write, snapshot, revision=revision, reason=reason, by=by)


def take_off(*, line: TaskVersion | TargetVersion, revision: int | None = None, by: User) -> Amendment:
    """Take a line off a draft; a task or target that only this line would have made goes with it.

    Raises Invalid (``not_a_proposal``): the plan's own text cannot be taken off.
    """
    amendment = line.amendment
    if amendment is None:
        raise Invalid("not_a_proposal", "Đây là nội dung của chính kế hoạch, không phải dòng sửa đổi.")
    subject: Subject = line.task if isinstance(line, TaskVersion) else line.target
    kind = _kind(subject)

    def take(row: Amendment) -> dict[str, Any]:
        remove(row, subject)
        return {}

    return workflow.move(
        amendment,
        policies.TAKE_OFF_LINE,
        revision=revision,
        check=check_draft(by),
        change=take,
        snapshot=_snapshot(kind, subject.code, **{kind.name: subject}),
        by=by,
    )

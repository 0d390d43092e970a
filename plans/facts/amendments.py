"""What an amendment changes, line by line and field by field, and what that does to the duties (story 16).

Definitions:

* A *line* is the new version of one task or target. Its *base* is the last version that counted before it: the
  plan's own text, or what an amendment confirmed earlier made of it.
* Duties follow the *text*: a body that the new text names and the base did not gets a duty from the effective day
  (a group: its members of that day); a body that is no longer named loses it the day before; everybody else keeps
  theirs with all reports. A duty that was handed on (reassigned, reorganised) follows the body the text named.
* What stops a confirmation is an *obstacle*; a *warning* is for the person to weigh.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.text import capfirst

from agencies import calendar
from agencies.models import Agency, User
from agencies.text import format_day, format_decimal
from plans.facts.badges import Badge
from plans.models import (
    Amendment,
    Assignment,
    DutyRequest,
    PartyRole,
    Plan,
    Progress,
    TargetVersion,
    Task,
    TaskParty,
    TaskVersion,
)
from plans.standing import DeadlineKind, State

CHANGE, ADD, DROP = "change", "add", "drop"
VERB_LABELS = {CHANGE: "Sửa đổi", ADD: "Bổ sung", DROP: "Bãi bỏ"}

COMPARATORS = {"=": "=", ">": ">", ">=": "≥", "<": "<", "<=": "≤", "increase_ge": "tăng ≥", "rank_up": "tăng"}

TASK_FIELDS = {
    "title": "Nội dung",
    "deliverable": "Sản phẩm",
    "authority": "Hình thức",
    "is_group": "Giao cho nhóm",
    "deadline": "Thời hạn",
    "deadline_text": "Thời hạn (như văn bản ghi)",
    "recurrence": "Chu kỳ",
    "condition": "Điều kiện",
    "leads": "Chủ trì",
    "cooperating": "Phối hợp",
    "supervising": "Theo dõi",
    "components": "Phục vụ chỉ số",
    "quantities": "Chỉ tiêu",
    "milestones": "Mốc theo năm",
}
TARGET_FIELDS = {
    "text": "Nội dung",
    "kind": "Cách đánh giá",
    "index": "Chỉ số",
    "component": "Thành phần",
    "value": "Giá trị",
    "unit": "Đơn vị",
    "group": "Nhóm",
    "baseline_year": "Năm gốc",
    "year": "Năm đích",
}


# --- the words of a version -----------------------------------------------------------------------------------


def deadline_words(version: TaskVersion) -> str:
    """Return the deadline as the version gives it; what it does not give stays out.

    A deadline that is not given reads "Không nêu".
    """
    kind = DeadlineKind(version.deadline_kind)
    days = [format_day(day) for day in (version.deadline_from, version.deadline_to) if day]
    return f"{kind.label}: {' – '.join(days)}" if days else kind.label


def task_words(version: TaskVersion) -> dict[str, str]:
    """Return what a task's version says, field by field, as people read it (parts must be prefetched)."""
    parties = list(version.parties.all())

    def named(role: str) -> str:
        return "; ".join(party.name for party in parties if party.role == role)

    return {
        "title": version.title,
        "deliverable": version.deliverable,
        "authority": version.get_authority_display(),
        "is_group": "có" if version.is_group else "không",
        "deadline": deadline_words(version),
        "deadline_text": version.deadline_text,
        "recurrence": version.recurrence,
        "condition": version.condition,
        "leads": named(PartyRole.LEAD),
        "cooperating": named(PartyRole.COOPERATING),
        "supervising": named(PartyRole.SUPERVISING),
        "components": "; ".join(serves.label for serves in version.serves.all()),
        "quantities": "; ".join(
            f"{COMPARATORS.get(one.comparator, one.comparator)} {format_decimal(one.value)} {one.unit}".strip()
            for one in version.quantities.all()
        ),
        "milestones": "; ".join(
            f"{one.year} (đến {format_day(one.due_on)}): {one.text}"
            + (f" ({format_decimal(one.value)})" if one.value is not None else "")
            for one in version.milestones.all()
        ),
    }


def _span(value: Decimal | None, value_max: Decimal | None, open_ended: bool) -> str:
    if value is None:
        return ""
    if value_max is not None:
        return f"{format_decimal(value)}–{format_decimal(value_max)}"
    return f"{format_decimal(value)} trở lên" if open_ended else format_decimal(value)


def target_words(version: TargetVersion) -> dict[str, str]:
    """Return what a target's version says, field by field, as people read it."""
    sign = COMPARATORS.get(version.comparator, version.comparator)
    value = _span(version.value, version.value_max, version.open_ended)
    return {
        "text": version.text,
        "kind": version.get_kind_display(),
        "index": version.index.code if version.index else "",
        "component": str(version.component) if version.component else "",
        "value": f"{sign} {value}".strip() if value else "",
        "unit": version.unit,
        "group": version.group,
        "baseline_year": str(version.baseline_year or ""),
        "year": str(version.year),
    }


TASK_PARTS = ("parties__agency", "parties__group", "serves__index", "serves__component", "quantities", "milestones")


@dataclass(frozen=True)
class FieldChange:
    """One field before and after; empty texts where there was, or is, nothing."""

    name: str
    label: str
    before: str
    after: str


def _changes(labels: dict[str, str], before: dict[str, str] | None, after: dict[str, str]) -> tuple[FieldChange, ...]:
    found = []
    for name, label in labels.items():
        old = before[name] if before is not None else ""
        if old != after[name]:
            found.append(FieldChange(name, label, old, after[name]))
    return tuple(found)


# --- what happens to the duties -------------------------------------------------------------------------------


@dataclass(frozen=True)
class DutyMove:
    """One agency's duty: given, taken away, or kept, with how many reports hang on it."""

    role: str
    agency_id: int
    agency: str
    group_id: int | None = None
    group: str = ""
    assignment_id: int | None = None
    reports: int = 0


@dataclass(frozen=True)
class Moves:
    """What one line does to the duties of its task."""

    gets: tuple[DutyMove, ...] = ()
    loses: tuple[DutyMove, ...] = ()
    keeps: tuple[DutyMove, ...] = ()


def _named(parties: Iterable[TaskParty]) -> set[tuple[str, int | None, int | None]]:
    return {(party.role, party.agency_id, party.group_id) for party in parties}


class Members:
    """The members of groups on a day, each group asked once."""

    def __init__(self, on: date) -> None:
        self.on = on
        self.known: dict[int, list[Agency]] = {}

    def of(self, party: TaskParty) -> list[Agency]:
        """Return the bodies that a party stands for; a group that does not lead has no duties."""
        if party.agency is not None:
            return [party.agency]
        if party.group is None or party.role != PartyRole.LEAD:
            return []
        if party.group.pk not in self.known:
            self.known[party.group.pk] = list(party.group.members_on(self.on))
        return self.known[party.group.pk]


def moves_of(
    new: TaskVersion,
    base: TaskVersion | None,
    members: Members,
    duties: Sequence[Assignment],
    reports: dict[int, int],
) -> Moves:
    """Return what a line does to the duties of its task (``duties``: all of the task, agency and group selected)."""
    by_pk = {duty.pk: duty for duty in duties}
    standing = [duty for duty in duties if duty.valid_to is None]

    def first(duty: Assignment) -> int:
        """Return the agency that the text named at the beginning of the chain."""
        seen = {duty.pk}
        while duty.succeeds_id in by_pk and duty.succeeds_id not in seen:
            seen.add(duty.succeeds_id)
            duty = by_pk[duty.succeeds_id]
        return duty.agency_id

    def shown(duty: Assignment) -> DutyMove:
        return DutyMove(
            duty.role,
            duty.agency_id,
            duty.agency.label,
            duty.via_group_id,
            duty.via_group.name if duty.via_group else "",
            duty.pk,
            reports.get(duty.pk, 0),
        )

    if new.dropped:
        return Moves(keeps=tuple(shown(duty) for duty in standing))
    before = _named(base.parties.all()) if base is not None else set()
    after = _named(new.parties.all())
    wanted_agencies = {(party.role, body.pk) for party in new.parties.all() for body in members.of(party)}
    wanted_groups = {(role, group_id) for role, _, group_id in after if group_id}
    gone = before - after
    loses: list[Assignment] = []
    keeps: list[Assignment] = []
    for duty in standing:
        origin = first(duty)
        own = {(duty.role, duty.agency_id), (duty.role, origin)}
        wanted = bool(own & wanted_agencies) or (duty.role, duty.via_group_id) in wanted_groups
        unnamed = any(
            duty.role == role
            and ((group_id is not None and duty.via_group_id == group_id) or (agency_id in (origin, duty.agency_id)))
            for role, agency_id, group_id in gone
        )
        (loses if unnamed and not wanted else keeps).append(duty)
    held = {(duty.role, body) for duty in keeps for body in (duty.agency_id, first(duty))}
    gets = []
    for party in new.parties.all():
        if (party.role, party.agency_id, party.group_id) in before:
            continue
        for body in members.of(party):
            if (party.role, body.pk) in held:
                continue
            held.add((party.role, body.pk))
            gets.append(
                DutyMove(party.role, body.pk, body.label, party.group_id, party.group.name if party.group else "")
            )
    return Moves(tuple(gets), tuple(shown(duty) for duty in loses), tuple(shown(duty) for duty in keeps))


def _moved_then(amendment: Amendment, duties: Sequence[Assignment], reports: dict[int, int]) -> Moves:
    """Return what a confirmed amendment did to a task's duties."""

    def shown(duty: Assignment) -> DutyMove:
        group = duty.via_group.name if duty.via_group else ""
        return DutyMove(
            duty.role, duty.agency_id, duty.agency.label, duty.via_group_id, group, duty.pk, reports.get(duty.pk, 0)
        )

    at = amendment.confirmed_at
    assert at is not None
    gets = [shown(duty) for duty in duties if duty.created_at == at]
    loses = [shown(duty) for duty in duties if duty.ended_at == at]
    keeps = [shown(duty) for duty in duties if duty.created_at < at and (duty.ended_at is None or duty.ended_at > at)]
    return Moves(tuple(gets), tuple(loses), tuple(keeps))


# --- the whole ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One task or target that an amendment changes, adds or drops."""

    kind: str
    verb: str
    id: int
    subject_id: int
    code: str
    title: str
    section: str
    reason: str
    changes: tuple[FieldChange, ...]
    before_document: str
    moves: Moves = field(default_factory=Moves)
    warnings: tuple[str, ...] = ()
    obstacles: tuple[tuple[str, str], ...] = ()

    @property
    def verb_label(self) -> str:
        """The verb in Vietnamese."""
        return VERB_LABELS[self.verb]

    @property
    def kind_label(self) -> str:
        """Task or target, in Vietnamese."""
        return "Nhiệm vụ" if self.kind == "task" else "Mục tiêu"


def summary_of(changed: int, added: int, dropped: int) -> str:
    """Return the counts in a few words.

    >>> summary_of(5, 2, 1), summary_of(0, 2, 0), summary_of(0, 0, 0)
    ('sửa 5, thêm 2, bãi bỏ 1', 'thêm 2', 'chưa có dòng nào')
    """
    words = {"sửa": changed, "thêm": added, "bãi bỏ": dropped}
    return ", ".join(f"{word} {number}" for word, number in words.items() if number) or "chưa có dòng nào"


@dataclass(frozen=True)
class Diff:
    """Everything an amendment does."""

    lines: tuple[Line, ...]
    warnings: tuple[str, ...] = ()

    def count(self, verb: str) -> int:
        """Return how many lines change, add or drop."""
        return sum(line.verb == verb for line in self.lines)

    @property
    def summary(self) -> str:
        """``sửa 5, thêm 2, bãi bỏ 1``; what does not occur is left out."""
        return summary_of(self.count(CHANGE), self.count(ADD), self.count(DROP))

    @property
    def obstacles(self) -> tuple[tuple[str, str], ...]:
        """Why it cannot be confirmed: stable code and sentence, empty when it can."""
        found = [obstacle for line in self.lines for obstacle in line.obstacles]
        if not self.lines:
            found.append(("amendment_empty", "Văn bản chưa sửa, thêm hay bãi bỏ nhiệm vụ, mục tiêu nào."))
        return tuple(found)


def _base(versions: Sequence[TaskVersion | TargetVersion], line: TaskVersion | TargetVersion) -> int | None:
    """Return the position of the version a line stands on."""
    confirmed = [
        (n, version)
        for n, version in enumerate(versions)
        if version.amendment is None or version.amendment.state == Amendment.State.CONFIRMED
    ]
    if line.amendment is not None and line.amendment.state == Amendment.State.CONFIRMED:
        confirmed = [(n, version) for n, version in confirmed if version.number < line.number]
    return max(confirmed, key=lambda pair: pair[1].number)[0] if confirmed else None


def _late_obstacles(
    line: TaskVersion | TargetVersion, base: TaskVersion | TargetVersion | None, name: str
) -> list[tuple[str, str]]:
    if base is None or line.amendment is None:
        return []
    found = []
    if base.number > line.number:
        by = base.amendment.number if base.amendment else base.deciding_document
        found.append(
            (
                "line_outdated",
                f"{name} vừa được {by} sửa sau khi dòng này được soạn. Hãy mở lại dòng này, xem nội dung mới rồi lưu.",
            )
        )
    if base.amendment is not None and base.effective_from and base.effective_from > line.amendment.effective_on:
        found.append(
            (
                "later_in_force",
                f"{name} đã được {base.amendment.number} sửa từ {format_day(base.effective_from)}, sau ngày hiệu lực "
                f"{format_day(line.amendment.effective_on)} của văn bản này. Hãy bỏ dòng này hoặc sửa ngày hiệu lực.",
            )
        )
    return found


def _gone_leads(version: TaskVersion, on: date) -> list[TaskParty]:
    """Return the lead agencies that do not exist on a day."""
    found = []
    for party in version.parties.all():
        agency = party.agency
        if agency is None or party.role != PartyRole.LEAD:
            continue
        if (agency.valid_from and agency.valid_from > on) or (agency.valid_to and agency.valid_to < on):
            found.append(party)
    return found


def _task_warnings(
    amendment: Amendment,
    line: TaskVersion,
    base: TaskVersion | None,
    duties: Sequence[Assignment],
    waiting: int,
    asked: int,
) -> tuple[list[str], list[tuple[str, str]]]:
    warnings: list[str] = []
    obstacles: list[tuple[str, str]] = []
    named = _named(base.parties.all()) if base is not None else set()
    for party in _gone_leads(line, amendment.effective_on):
        if (party.role, party.agency_id, party.group_id) in named:
            warnings.append(f"{party.agency} không còn hoạt động vào ngày hiệu lực.")
        elif not line.dropped:
            obstacles.append(
                (
                    "lead_gone",
                    f"Nhiệm vụ {line.task.code}: {party.agency} không tồn tại ngày "
                    f"{format_day(amendment.effective_on)} nên không nhận nhiệm vụ được. Hãy chọn cơ quan khác.",
                )
            )
    if asked:
        warnings.append(
            f"{asked} đề nghị (gia hạn, không thuộc trách nhiệm) đang chờ quyết định; hãy quyết định trước, vì phần "
            "việc chuyển đi thì không đồng ý được nữa."
        )
    if waiting:
        warnings.append(f"{waiting} báo cáo đang chờ duyệt; báo cáo được giữ nguyên và vẫn duyệt được.")
    if line.dropped:
        done = [duty.done_on for duty in duties if duty.role == PartyRole.LEAD and duty.state == State.DONE]
        kept = sum(day is not None and day < amendment.effective_on for day in done)
        if kept:
            warnings.append(f"{kept} cơ quan đã hoàn thành trước ngày hiệu lực; phần việc đó vẫn tính là hoàn thành.")
        if len(done) > kept:
            warnings.append(f"{len(done) - kept} cơ quan hoàn thành từ ngày hiệu lực trở đi sẽ tính là bãi bỏ.")
    elif line.deadline_to and line.deadline_to < amendment.effective_on:
        warnings.append(f"Thời hạn {format_day(line.deadline_to)} đã qua trước ngày hiệu lực.")
    elif base is not None and base.deadline_to and not line.deadline_to:
        warnings.append("Văn bản không nêu thời hạn mới nên nhiệm vụ không còn thời hạn.")
    if not line.dropped and not any(party.role == PartyRole.LEAD for party in line.parties.all()):
        warnings.append("Chưa nêu cơ quan chủ trì; không cơ quan nào báo cáo nhiệm vụ này.")
    return warnings, obstacles


def _verb(version: TaskVersion | TargetVersion, base: TaskVersion | TargetVersion | None) -> str:
    if base is None:
        return ADD
    return DROP if version.dropped else CHANGE


def _plan_warnings(amendment: Amendment) -> tuple[str, ...]:
    found = []
    plan = amendment.plan
    if plan.issued_on and amendment.effective_on < plan.issued_on:
        found.append(
            f"Ngày hiệu lực {format_day(amendment.effective_on)} trước ngày ban hành kế hoạch "
            f"({format_day(plan.issued_on)})."
        )
    if amendment.effective_on < amendment.issued_on:
        found.append(f"Ngày hiệu lực trước ngày ban hành văn bản ({format_day(amendment.issued_on)}).")
    return tuple(found)


def diff_of(amendment: Amendment) -> Diff:
    """Return what an amendment does (a draft), or did (a confirmed one), in few queries: one more for each group."""
    lines = [*_task_lines(amendment), *_target_lines(amendment)]
    return Diff(tuple(lines), _plan_warnings(amendment))


def _task_lines(amendment: Amendment) -> list[Line]:
    confirmed = amendment.state == Amendment.State.CONFIRMED
    of = Task.objects.filter(versions__amendment=amendment)
    versions: dict[int, list[TaskVersion]] = defaultdict(list)
    for version in (
        TaskVersion.objects.filter(task__in=of)
        .select_related("task__section", "amendment")
        .prefetch_related(*TASK_PARTS)
        .order_by("task__section__order", "task__order", "number")
    ):
        versions[version.task_id].append(version)
    duties: dict[int, list[Assignment]] = defaultdict(list)
    for duty in (
        Assignment.objects.filter(task__in=of).select_related("agency", "via_group").order_by("agency__order", "pk")
    ):
        duties[duty.task_id].append(duty)
    reports: dict[int, int] = {}
    waiting: dict[int, int] = defaultdict(int)
    for row in (
        Progress.objects.filter(assignment__task__in=of, first_submitted_at__isnull=False)
        .order_by()
        .values("assignment_id", "assignment__task_id")
        .annotate(
            reports=Count("pk"),
            waiting=Count("pk", filter=Q(state__in=(Progress.State.SUBMITTED, Progress.State.WITH_HEAD))),
        )
    ):
        reports[row["assignment_id"]] = row["reports"]
        waiting[row["assignment__task_id"]] += row["waiting"]
    asking = set(
        DutyRequest.objects.filter(assignment__task__in=of, state=DutyRequest.State.OPEN).values_list(
            "assignment_id", flat=True
        )
    )
    members = Members(amendment.effective_on)
    found = []
    for task_id, some in versions.items():
        line = next(version for version in some if version.amendment_id == amendment.pk)
        line.amendment = amendment
        position = _base(some, line)
        base = some[position] if position is not None else None
        own = duties.get(task_id, [])
        warnings: list[str] = []
        obstacles: list[tuple[str, str]] = []
        if confirmed:
            moves = _moved_then(amendment, own, reports)
        else:
            moves = moves_of(line, base, members, own, reports)
            asked = sum(move.assignment_id in asking for move in moves.loses)
            warnings, obstacles = _task_warnings(amendment, line, base, own, waiting[task_id], asked)
            obstacles += _late_obstacles(line, base, f"Nhiệm vụ {line.task.code}")
        words = task_words(line)
        found.append(
            Line(
                kind="task",
                verb=_verb(line, base),
                id=line.pk,
                subject_id=task_id,
                code=line.task.code,
                title=line.title,
                section=f"{line.task.section.code}. {line.task.section.title}",
                reason=line.amend_reason,
                changes=() if line.dropped else _changes(TASK_FIELDS, task_words(base) if base else None, words),
                before_document=base.deciding_document if base else "",
                moves=moves,
                warnings=tuple(warnings),
                obstacles=tuple(obstacles),
            )
        )
    return found


def _target_lines(amendment: Amendment) -> list[Line]:
    versions: dict[int, list[TargetVersion]] = defaultdict(list)
    for version in (
        TargetVersion.objects.filter(target__versions__amendment=amendment)
        .select_related("target", "index", "component", "amendment")
        .order_by("target__order", "number")
        .distinct()
    ):
        versions[version.target_id].append(version)
    found = []
    for target_id, some in versions.items():
        line = next(version for version in some if version.amendment_id == amendment.pk)
        line.amendment = amendment
        position = _base(some, line)
        base = some[position] if position is not None else None
        draft = amendment.state == Amendment.State.DRAFT
        obstacles = _late_obstacles(line, base, f"Mục tiêu {line.target.code}") if draft else []
        found.append(
            Line(
                kind="target",
                verb=_verb(line, base),
                id=line.pk,
                subject_id=target_id,
                code=line.target.code,
                title=line.text,
                section="",
                reason=line.amend_reason,
                changes=(
                    ()
                    if line.dropped
                    else _changes(TARGET_FIELDS, target_words(base) if base else None, target_words(line))
                ),
                before_document=base.deciding_document if base else "",
                obstacles=tuple(obstacles),
            )
        )
    return found


# --- lists and histories --------------------------------------------------------------------------------------


_STATE_VARIANTS = {
    Amendment.State.DRAFT: "draft",
    Amendment.State.CONFIRMED: "ok",
    Amendment.State.DISCARDED: "muted",
}


@dataclass(frozen=True)
class AmendmentRow:
    """One amendment of a plan in a list."""

    id: int
    url: str
    number: str
    title: str
    issuer: str
    issued: str
    effective: str
    state: str
    badge: Badge
    summary: str
    confirmed: str


def amendment_rows(plan: Plan, user: User, on: date, *, recorded_by: date | None = None) -> tuple[AmendmentRow, ...]:
    """Return the plan's amendments that the user may see, the latest first, in one query.

    ``recorded_by``: only those confirmed before that day ended.
    """

    def lines(kind: str, **where: object) -> Count:
        return Count(kind, filter=Q(**{f"{kind}__{name}": value for name, value in where.items()}), distinct=True)

    both = ("task_versions", "target_versions")
    tallies = {}
    for kind in both:
        tallies[f"{kind}_all"] = Count(kind, distinct=True)
        tallies[f"{kind}_dropped"] = lines(kind, dropped=True)
        tallies[f"{kind}_added"] = lines(kind, number=1)
    known = Q(confirmed_at__lt=calendar.end_of(recorded_by)) if recorded_by else Q()
    rows = []
    for row in (
        Amendment.objects.visible_to(user)
        .filter(known, plan=plan)
        .select_related("confirmed_by")
        .annotate(**tallies)
        .order_by("-effective_on", "-pk")
    ):
        added = sum(getattr(row, f"{kind}_added") for kind in both)
        dropped = sum(getattr(row, f"{kind}_dropped") for kind in both)
        changed = sum(getattr(row, f"{kind}_all") for kind in both) - added - dropped
        waits = row.state == Amendment.State.CONFIRMED and row.effective_on > on
        label = "Đã xác nhận, chưa đến ngày hiệu lực" if waits else capfirst(row.get_state_display())
        rows.append(
            AmendmentRow(
                id=row.pk,
                url=reverse("plans:amendment_detail", args=[plan.code, row.pk]),
                number=row.number,
                title=row.title,
                issuer=row.issuer,
                issued=format_day(row.issued_on),
                effective=format_day(row.effective_on),
                state=row.state,
                badge=Badge(label, "due" if waits else _STATE_VARIANTS[Amendment.State(row.state)]),
                summary=summary_of(changed, added, dropped),
                confirmed=f"{row.confirmed_by}, {calendar.moment(row.confirmed_at)}" if row.confirmed_at else "",
            )
        )
    return tuple(rows)


@dataclass(frozen=True)
class PastText:
    """What a task or target said by one document, from a day on (empty: from the beginning)."""

    document: str
    since: str
    text: str
    deadline: str = ""
    leads: str = ""
    dropped: bool = False
    reason: str = ""
    url: str = ""
    to_come: bool = False


def task_histories(plan: Plan, on: date) -> dict[int, tuple[PastText, ...]]:
    """Return task id → all its texts recorded by a day, of tasks that were amended, in few queries."""
    amended = TaskVersion.objects.filter(task__plan=plan, amendment__isnull=False).recorded_by(on)
    found: dict[int, list[PastText]] = defaultdict(list)
    for version in (
        TaskVersion.objects.filter(task__in=amended.values("task_id"))
        .recorded_by(on)
        .prefetch_related("parties__agency", "parties__group")
        .order_by("task_id", "number")
    ):
        leads = "; ".join(party.name for party in version.parties.all() if party.role == PartyRole.LEAD)
        found[version.task_id].append(_past(version, plan, version.title, on, deadline_words(version), leads))
    return {task_id: tuple(some) for task_id, some in found.items()}


@dataclass(frozen=True)
class TargetHistory:
    """All the texts of a target that was amended."""

    code: str
    texts: tuple[PastText, ...]


def target_histories(plan: Plan, on: date) -> tuple[TargetHistory, ...]:
    """Return the texts recorded by a day of the targets that were amended."""
    amended = TargetVersion.objects.filter(target__plan=plan, amendment__isnull=False).recorded_by(on)
    found: dict[str, list[PastText]] = defaultdict(list)
    for version in (
        TargetVersion.objects.filter(target__in=amended.values("target_id"))
        .recorded_by(on)
        .select_related("target")
        .order_by("target__order", "number")
    ):
        found[version.target.code].append(_past(version, plan, version.text, on))
    return tuple(TargetHistory(code, tuple(some)) for code, some in found.items())


def _past(
    version: TaskVersion | TargetVersion, plan: Plan, text: str, on: date, deadline: str = "", leads: str = ""
) -> PastText:
    return PastText(
        document=version.deciding_document,
        since=format_day(version.effective_from) if version.amendment_id else "",
        text=text,
        deadline=deadline,
        leads=leads,
        dropped=version.dropped,
        reason=version.amend_reason,
        url=reverse("plans:amendment_detail", args=[plan.code, version.amendment_id]) if version.amendment_id else "",
        to_come=version.effective_from is not None and version.effective_from > on,
    )


@dataclass(frozen=True)
class Choice:
    """A task or target that the draft does not touch yet."""

    id: int
    code: str
    text: str
    leads: str = ""
    waits: str = ""


@dataclass(frozen=True)
class Choices:
    """What may become a line of a draft, by section."""

    sections: tuple[tuple[str, tuple[Choice, ...]], ...]
    targets: tuple[Choice, ...]


def choices_of(amendment: Amendment, taken: set[tuple[str, int]]) -> Choices:
    """Return the tasks and targets not dropped and not yet lines (``taken``: kind and id), in few queries."""
    today = calendar.today()
    tasks: dict[int, TaskVersion] = {}
    for version in (
        TaskVersion.objects.filter(task__plan=amendment.plan_id)
        .recorded_by(today)
        .select_related("task__section")
        .prefetch_related("parties__agency", "parties__group")
        .order_by("task__section__order", "task__order", "number")
    ):
        tasks[version.task_id] = version
    sections: dict[str, list[Choice]] = {}
    for version in tasks.values():
        if version.dropped or ("task", version.task_id) in taken:
            continue
        section = version.task.section
        to_come = version.effective_from is not None and version.effective_from > today
        sections.setdefault(f"{section.code}. {section.title}", []).append(
            Choice(
                version.task_id,
                version.task.code,
                version.title,
                "; ".join(party.name for party in version.parties.all() if party.role == PartyRole.LEAD),
                f"{version.deciding_document}, hiệu lực từ {format_day(version.effective_from)}" if to_come else "",
            )
        )
    targets: dict[int, TargetVersion] = {}
    for target in (
        TargetVersion.objects.filter(target__plan=amendment.plan_id)
        .recorded_by(today)
        .select_related("target")
        .order_by("target__order", "number")
    ):
        targets[target.target_id] = target
    return Choices(
        tuple((name, tuple(some)) for name, some in sections.items()),
        tuple(
            Choice(target.target_id, target.target.code, target.text)
            for target in targets.values()
            if not target.dropped and ("target", target.target_id) not in taken
        ),
    )


def for_the_trail(diff: Diff) -> list[dict[str, object]]:
    """Return the lines as the trail keeps them: before and after of each field, and who gets and loses duties."""
    return [
        {
            "kind": line.kind,
            "verb": line.verb,
            "code": line.code,
            "title": line.title,
            "reason": line.reason,
            "changes": {one.name: [one.before, one.after] for one in line.changes},
            "gets": [move.agency for move in line.moves.gets],
            "loses": [move.agency for move in line.moves.loses],
            "keeps": len(line.moves.keeps),
        }
        for line in diff.lines
    ]

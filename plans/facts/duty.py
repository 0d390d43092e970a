"""The section "Thời hạn và quyết định" of a task's page: how a duty's day came about, and what may be done now.

Definitions:

* *Đã gia hạn n lần (31/3→30/6)*: the extensions granted so far, each with the day it moved; *quá hạn k ngày trước khi
  gia hạn* is how many days the duty was overdue when it was granted. Neither is ever erased. A moved internal day, and
  a condition recorded again, are shown likewise.
* *Chưa báo cáo kỳ này* is the "not updated" of domain § 3.11.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.urls import reverse

from agencies.models import User
from agencies.permissions import Permission
from agencies.text import format_day, format_decimal
from plans.facts.addresses import assignment_url
from plans.facts.badges import Badge, lateness
from plans.facts.buckets import HALTED, OVER
from plans.facts.duty_history import HistoryRow, about, document_text, history_of
from plans.facts.plan import DeadlineFacts, accepted_figures, counting_day, milestone_figure
from plans.facts.recorded import NOTHING, Extended, Recorded, due_dates, recorded
from plans.facts.windows import latest_period
from plans.models import Assignment, DutyRequest, PartyRole, Plan, Progress, ReportingPeriod, Ruling, TaskVersion
from plans.standing import DeadlineKind, DoneRule, DueOrigin, Reached, State, asks_in, milestone_reached

_REACHED = {Reached.MET: "ok", Reached.NOT_MET: "over", Reached.UNKNOWN: "nodata", Reached.AHEAD: "info"}
# What may be ruled about one duty, and about a whole task, in the order in which it is offered.
DUTY_KINDS = (
    Ruling.Kind.INTERNAL_DUE,
    Ruling.Kind.SUSPEND,
    Ruling.Kind.RESUME,
    Ruling.Kind.FINISH,
    Ruling.Kind.CANCEL,
)
TASK_KINDS = (Ruling.Kind.DONE_RULE, Ruling.Kind.TASK_DONE, *DUTY_KINDS)
KIND_LABELS = {
    Ruling.Kind.SUSPEND: "Tạm dừng",
    Ruling.Kind.RESUME: "Cho tiếp tục",
    Ruling.Kind.CANCEL: "Bãi bỏ",
    Ruling.Kind.FINISH: "Kết thúc (thường xuyên, định kỳ)",
    Ruling.Kind.INTERNAL_DUE: "Đặt hạn nội bộ",
    Ruling.Kind.DONE_RULE: "Chọn cách xác định hoàn thành",
    Ruling.Kind.TASK_DONE: "Kết luận hoàn thành",
}


def short_span(old: date, new: date) -> str:
    """Return from which day to which, briefly.

    >>> short_span(date(2021, 3, 31), date(2021, 6, 30)), short_span(date(2021, 12, 31), date(2022, 1, 31))
    ('31/3→30/6', '31/12/2021→31/1/2022')
    """
    year = old.year != new.year
    return "→".join(f"{day.day}/{day.month}" + (f"/{day.year}" if year else "") for day in (old, new))


_MOVES = {
    DueOrigin.EXTENSION: "gia hạn",
    DueOrigin.INTERNAL: "đổi hạn nội bộ",
    DueOrigin.CONDITION: "ghi lại thời hạn của văn bản kích hoạt",
}


def extended_text(extensions: tuple[Extended, ...]) -> str:
    """Return "đã gia hạn 1 lần (31/3→30/6)", with the days it was overdue before; empty without any."""
    words = []
    for origin, verb in _MOVES.items():
        some = [one for one in extensions if one.origin is origin]
        if some:
            spans = "; ".join(short_span(one.old_due_on, one.new_due_on) for one in some)
            words.append(f"đã {verb} {len(some)} lần ({spans})")
            words += [
                f"quá hạn {one.days_late_before} ngày trước khi {verb} ngày {format_day(one.granted_on)}"
                for one in some
                if one.days_late_before
            ]
    return "; ".join(words)


def _decides(assignment: Assignment, user: User, on: date) -> bool:
    """Tell whether the person decides requests and rulings about a duty (domain rule 6)."""
    return Assignment.objects.ruled_by(user, on).filter(pk=assignment.pk).exists()


def kinds_now(kind: DeadlineKind, states: set[State], rule: DoneRule, *, whole: bool) -> tuple[Ruling.Kind, ...]:
    """Return what may be ruled about duties that stand so."""
    open_ = bool(states - {State.DONE, State.CANCELLED})
    running = bool(states - set(OVER))
    possible = {
        Ruling.Kind.INTERNAL_DUE: open_ and kind is DeadlineKind.NONE,
        Ruling.Kind.SUSPEND: running,
        Ruling.Kind.RESUME: State.SUSPENDED in states,
        Ruling.Kind.FINISH: open_ and kind in (DeadlineKind.ONGOING, DeadlineKind.RECURRING),
        Ruling.Kind.CANCEL: open_,
        Ruling.Kind.DONE_RULE: True,
        Ruling.Kind.TASK_DONE: rule is DoneRule.REVIEWER,
    }
    return tuple(one for one in (TASK_KINDS if whole else DUTY_KINDS) if possible[one])


@dataclass(frozen=True)
class Button:
    """Something the person may do now."""

    label: str
    url: str
    icon: str


@dataclass(frozen=True)
class OccurrenceRow:
    """One due date of a recurring duty."""

    period: str
    due: str
    badge: Badge


@dataclass(frozen=True)
class MilestoneRow:
    """One milestone of a duty that runs over years."""

    year: int
    due: str
    text: str
    value: str
    badge: Badge


@dataclass(frozen=True)
class DutyPanel:
    """The section "Thời hạn và quyết định" of a task's page."""

    day: str
    plan_day: str
    extended: str
    notes: tuple[str, ...]
    halted: str
    not_updated: bool
    history: tuple[HistoryRow, ...]
    buttons: tuple[Button, ...]
    occurrences: tuple[OccurrenceRow, ...]
    milestones: tuple[MilestoneRow, ...]
    came_from: str
    went_to: str
    group_url: str


def _buttons(assignment: Assignment, one: Recorded, kind: DeadlineKind, user: User, on: date) -> tuple[Button, ...]:
    if assignment.task.plan.state != Plan.State.ISSUED or assignment.role != PartyRole.LEAD:
        return ()
    found = []
    open_ = one.state not in OVER
    asks = Assignment.objects.asking_for(user).filter(pk=assignment.pk).exists()
    rules = _decides(assignment, user, on)
    waiting = set(
        DutyRequest.objects.filter(assignment=assignment, state=DutyRequest.State.OPEN).values_list("kind", flat=True)
    )
    dated = one.due_on is not None and kind not in (DeadlineKind.ONGOING, DeadlineKind.RECURRING)
    where = assignment_url(assignment.pk)
    if asks and open_ and dated and DutyRequest.Kind.EXTENSION not in waiting:
        found.append(Button("Xin gia hạn", f"{where}xin-gia-han/", "calendar-event"))
    unmet = not one.condition_met and one.state not in HALTED
    if (asks or rules) and kind is DeadlineKind.CONDITIONAL and (unmet or (rules and open_)):
        found.append(Button("Ghi nhận đã đến điều kiện", f"{where}dieu-kien/", "flag"))
    if asks and open_ and DutyRequest.Kind.REFUSAL not in waiting:
        found.append(Button("Không thuộc trách nhiệm", f"{where}tu-choi/", "slash-circle"))
    if rules and kinds_now(kind, {one.state}, DoneRule.ALL, whole=False):
        found.append(Button("Ra quyết định", f"{where}quyet-dinh/", "journal-text"))
    return tuple(found)


def _notes(version: TaskVersion, one: Recorded) -> tuple[str, ...]:
    kind = DeadlineKind(version.deadline_kind)
    notes = []
    if kind is DeadlineKind.ONGOING:
        notes.append(
            "Nhiệm vụ thường xuyên: không bao giờ tính quá hạn và không nằm trong mẫu số của tỷ lệ đúng hạn; kỳ nào "
            "không có báo cáo thì ghi “chưa cập nhật”. Chỉ kết thúc khi kế hoạch kết thúc hoặc có quyết định."
        )
    elif kind is DeadlineKind.RECURRING:
        notes.append("Nhiệm vụ định kỳ: mỗi kỳ một hạn; tính theo hạn của kỳ sớm nhất chưa báo cáo.")
    elif kind is DeadlineKind.CONDITIONAL and one.due_on is None and one.state is not State.DONE:
        condition = f" ({version.condition})" if version.condition else ""
        notes.append(
            f"Chưa đến điều kiện{condition}: chưa tính quá hạn. Khi có văn bản, cần ghi nhận văn bản và thời hạn."
        )
    if version.authority == TaskVersion.Authority.PROPOSE:
        notes.append("Cơ quan được “đề nghị” phối hợp: chỉ theo dõi, không tính vào tỷ lệ của tỉnh.")
    return tuple(notes)


def _occurrences(assignment: Assignment, version: TaskVersion, one: Recorded, on: date) -> tuple[OccurrenceRow, ...]:
    plan = assignment.task.plan
    dates = due_dates(plan.pk, on)
    handed = dict(
        Progress.objects.filter(assignment=assignment, first_submitted_at__isnull=False).values_list(
            "period_id", "first_submitted_at"
        )
    )
    rows = []
    for period in sorted(
        ReportingPeriod.objects.filter(plan=plan).known_on(on), key=lambda one: (dates[one.pk], one.cut_off, one.pk)
    ):
        since = assignment.valid_from
        if not asks_in(version.recurrence, period.kind) or (since is not None and period.cut_off < since):
            continue
        due, first = dates[period.pk], handed.get(period.pk)
        if first is not None:
            badge = lateness(first, due)
        elif period.pk in one.excused_period_ids:
            badge = Badge("Không phải báo cáo", "muted")
        elif on > due:
            badge = Badge(f"Quá hạn {(on - due).days} ngày", "over")
        else:
            badge = Badge("Chưa đến hạn", "info")
        rows.append(OccurrenceRow(period.name, format_day(due), badge))
    return tuple(rows)


def _milestones(assignment: Assignment, version: TaskVersion, one: Recorded, on: date) -> tuple[MilestoneRow, ...]:
    milestones = list(version.milestones.all())
    if not milestones:
        return ()
    figures = accepted_figures(Q(progress__assignment=assignment), on)
    return tuple(
        MilestoneRow(
            milestone.year,
            format_day(milestone.due_on),
            milestone.text,
            format_decimal(milestone.value),
            Badge(reached.label, _REACHED[reached]),
        )
        for milestone in milestones
        for reached in [
            milestone_reached(
                milestone.due_on,
                milestone.value,
                milestone_figure(figures, assignment.pk, milestone.due_on),
                one.done_on,
                on,
            )
        ]
    )


def _halt(assignment: Assignment, one: Recorded, version: TaskVersion) -> str:
    """Return the document behind a suspension or cancellation."""
    if one.state not in HALTED:
        return ""
    kind = Ruling.Kind.SUSPEND if one.state is State.SUSPENDED else Ruling.Kind.CANCEL
    ruling = Ruling.objects.filter(about(assignment), kind=kind).order_by("-at", "-pk").first()
    if ruling is not None:
        document = document_text(ruling.document_number, ruling.document_date)
        return f"{one.state.label} từ {format_day(ruling.effective_on)} theo {document}"
    return f"{one.state.label} theo {version.deciding_document}"


def duty_panel(assignment: Assignment, user: User, on: date) -> DutyPanel:
    """Return what was asked and ruled about a duty, and what the person may do, in a fixed number of queries."""
    version = assignment.task.current
    assert version is not None
    plan = assignment.task.plan
    lead = assignment.role == PartyRole.LEAD
    record = recorded(plan, on, assignment_id=assignment.pk) if lead else None
    one = record.duties.get(assignment.pk, NOTHING) if record else NOTHING
    kind = DeadlineKind(version.deadline_kind)
    shown = DeadlineFacts.of(version).shown
    latest = latest_period(plan.pk, on)
    before = assignment.succeeds
    after = Assignment.objects.filter(succeeds=assignment).select_related("agency").order_by("pk").first()
    day = counting_day(shown, one.due_on, one.due_origin)
    if kind is DeadlineKind.RECURRING and one.due_on is not None:
        day = f"{format_day(one.due_on)} (kỳ sớm nhất chưa báo cáo)"
    return DutyPanel(
        day=day,
        plan_day=shown if day != shown else "",
        extended=extended_text(one.extensions),
        notes=_notes(version, one) if lead else (),
        halted=_halt(assignment, one, version),
        not_updated=lead and one is not NOTHING and one.not_updated(latest.pk if latest else None),
        history=history_of(assignment),
        buttons=_buttons(assignment, one, kind, user, on),
        occurrences=_occurrences(assignment, version, one, on) if lead and kind is DeadlineKind.RECURRING else (),
        milestones=_milestones(assignment, version, one, on),
        came_from=(
            f"Tiếp nhận từ {before.agency} từ ngày {format_day(assignment.valid_from)}" if before is not None else ""
        ),
        went_to=(
            f"Chuyển cho {after.agency} từ ngày {format_day(after.valid_from)}"
            if after is not None
            else (f"Kết thúc ngày {format_day(assignment.valid_to)}" if assignment.valid_to else "")
        ),
        group_url=(
            reverse("plans:group_detail", args=[assignment.task_id])
            if version.is_group and assignment.province_id in user.provinces_with(Permission.PROGRESS_READ)
            else ""
        ),
    )

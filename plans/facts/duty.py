"""What was ruled and asked about a duty, the members of a group task, and the requests of agencies, for the screens.

Definitions:

* *Đã gia hạn n lần (31/3→30/6)*: the extensions granted so far, each with the day it moved; *quá hạn k ngày trước khi
  gia hạn* is how many days the duty was overdue when it was granted. Neither is ever erased.
* The history of a duty joins the rulings about it, those about its whole task, and the agency's requests.
* n/N of a group task: N counts the leads in force whose duty is neither suspended nor cancelled; n *đã báo cáo* those
  that have handed in anything at all, n *hoàn thành* those whose duty is done.
* *Chưa báo cáo kỳ này* is the "not updated" of domain § 3.11.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When
from django.urls import reverse

from agencies import calendar
from agencies.models import Agency, User
from agencies.permissions import Permission
from agencies.text import format_day, format_decimal
from plans.facts import queues
from plans.facts.addresses import assignment_url
from plans.facts.badges import Badge, lateness, state_badge, time_badge
from plans.facts.buckets import HALTED, OVER
from plans.facts.periods import Periods
from plans.facts.plan import DeadlineFacts, accepted_figures, counting_day, milestone_figure
from plans.facts.recorded import NOTHING, Extended, Recorded, due_dates, latest_period, recorded
from plans.models import Assignment, DutyRequest, PartyRole, Plan, Progress, ReportingPeriod, Ruling, Task, TaskVersion
from plans.standing import (
    DeadlineKind,
    DoneRule,
    DueOrigin,
    Part,
    Reached,
    Rule,
    State,
    asks_in,
    milestone_reached,
    task_standing,
)

REQUEST_VARIANTS = {
    DutyRequest.State.OPEN: "review",
    DutyRequest.State.GRANTED: "ok",
    DutyRequest.State.DECLINED: "returned",
    DutyRequest.State.WITHDRAWN: "muted",
}
_REACHED = {Reached.MET: "ok", Reached.NOT_MET: "over", Reached.UNKNOWN: "nodata", Reached.AHEAD: "info"}
_RULING_VARIANTS = {
    Ruling.Kind.SUSPEND: "muted",
    Ruling.Kind.RESUME: "info",
    Ruling.Kind.CANCEL: "muted",
    Ruling.Kind.FINISH: "ok",
    Ruling.Kind.TASK_DONE: "ok",
}
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


def request_badge(state: str) -> Badge:
    """Return where a request stands, as a badge."""
    known = DutyRequest.State(state)
    return Badge(known.label.capitalize(), REQUEST_VARIANTS[known])


def short_span(old: date, new: date) -> str:
    """Return from which day to which, briefly.

    >>> short_span(date(2021, 3, 31), date(2021, 6, 30)), short_span(date(2021, 12, 31), date(2022, 1, 31))
    ('31/3→30/6', '31/12/2021→31/1/2022')
    """
    year = old.year != new.year
    return "→".join(f"{day.day}/{day.month}" + (f"/{day.year}" if year else "") for day in (old, new))


def extended_text(extensions: tuple[Extended, ...]) -> str:
    """Return "đã gia hạn 1 lần (31/3→30/6)", with the days it was overdue before; empty without any."""
    if not extensions:
        return ""
    spans = "; ".join(short_span(one.old_due_on, one.new_due_on) for one in extensions)
    text = f"đã gia hạn {len(extensions)} lần ({spans})"
    late = [
        f"quá hạn {one.days_late_before} ngày trước khi gia hạn ngày {format_day(one.granted_on)}"
        for one in extensions
        if one.days_late_before
    ]
    return "; ".join([text, *late])


# --- one duty ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HistoryRow:
    """One thing that was asked or ruled."""

    who: str
    action: str
    time: str
    iso: str
    variant: str
    text: str
    document: str
    file_url: str
    url: str


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


def _document(number: str, dated: date | None) -> str:
    if not number:
        return ""
    return f"văn bản số {number}" + (f" ngày {format_day(dated)}" if dated else "")


def _ruling_text(ruling: Ruling) -> str:
    words = [f"hiệu lực từ {format_day(ruling.effective_on)}"]
    if ruling.due_on:
        words.append(f"thời hạn {format_day(ruling.due_on)}")
    if ruling.kind == Ruling.Kind.DONE_RULE:
        share = f" ({format_decimal(ruling.done_share)} %)" if ruling.done_share is not None else ""
        words = [f"{DoneRule(ruling.done_rule).label}{share}"]
    if ruling.kind == Ruling.Kind.TASK_DONE:
        words = [f"hoàn thành ngày {format_day(ruling.effective_on)}"]
    if ruling.reason:
        words.append(ruling.reason)
    return "; ".join(words)


def ruling_row(ruling: Ruling) -> HistoryRow:
    """Return a ruling as a line of the history (``by`` selected with it)."""
    whole = "" if ruling.assignment_id else " (cả nhiệm vụ)"
    return HistoryRow(
        who=str(ruling.by) if ruling.by else "Hệ thống",
        action=f"{ruling.get_kind_display()}{whole}",
        time=calendar.moment(ruling.at),
        iso=calendar.iso(ruling.at),
        variant=_RULING_VARIANTS.get(Ruling.Kind(ruling.kind), "info"),
        text=_ruling_text(ruling),
        document=_document(ruling.document_number, ruling.document_date),
        file_url=reverse("plans:ruling_file", args=[ruling.pk]) if ruling.document_id else "",
        url="",
    )


def _request_row(request: DutyRequest) -> HistoryRow:
    asked = f"đề nghị {request.get_kind_display()}"
    if request.new_due_on:
        asked += f" đến {format_day(request.new_due_on)}"
    if request.after_deadline:
        asked += " (sau khi đã quá hạn)"
    return HistoryRow(
        who=str(request.created_by),
        action=f"{asked}: {request.get_state_display()}",
        time=calendar.moment(request.created_at),
        iso=calendar.iso(request.created_at),
        variant=REQUEST_VARIANTS[DutyRequest.State(request.state)],
        text="; ".join(
            part
            for part in (
                request.reason,
                f"căn cứ: {request.legal_ground}" if request.legal_ground else "",
                f"ý kiến của {request.decided_by}: {request.decision_reason}" if request.decision_reason else "",
            )
            if part
        ),
        document="",
        file_url=reverse("plans:request_file", args=[request.pk]) if request.document_id else "",
        url=reverse("plans:request_detail", args=[request.pk]),
    )


def _about(assignment: Assignment) -> Q:
    return Q(assignment=assignment) | Q(assignment__isnull=True, task_id=assignment.task_id)


def _history(assignment: Assignment) -> tuple[HistoryRow, ...]:
    rows: list[tuple[datetime, HistoryRow]] = [
        (ruling.at, ruling_row(ruling)) for ruling in Ruling.objects.filter(_about(assignment)).select_related("by")
    ]
    rows += [
        (request.created_at, _request_row(request))
        for request in DutyRequest.objects.filter(assignment=assignment).select_related("created_by", "decided_by")
    ]
    return tuple(row for _, row in sorted(rows, key=lambda one: one[0]))


def decides(assignment: Assignment, user: User, on: date) -> bool:
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


def _buttons(assignment: Assignment, one: Recorded, kind: DeadlineKind, user: User, on: date) -> tuple[Button, ...]:
    if assignment.task.plan.state != Plan.State.ISSUED or assignment.role != PartyRole.LEAD:
        return ()
    found = []
    open_ = one.state not in OVER
    asks = Assignment.objects.asking_for(user).filter(pk=assignment.pk).exists()
    rules = decides(assignment, user, on)
    waiting = set(
        DutyRequest.objects.filter(assignment=assignment, state=DutyRequest.State.OPEN).values_list("kind", flat=True)
    )
    dated = one.due_on is not None and kind not in (DeadlineKind.ONGOING, DeadlineKind.RECURRING)
    where = assignment_url(assignment.pk)
    if asks and open_ and dated and DutyRequest.Kind.EXTENSION not in waiting:
        found.append(Button("Xin gia hạn", f"{where}xin-gia-han/", "calendar-event"))
    if (asks or rules) and open_ and kind is DeadlineKind.CONDITIONAL and (one.due_on is None or rules):
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
    elif kind is DeadlineKind.CONDITIONAL and one.due_on is None:
        condition = f" ({version.condition})" if version.condition else ""
        notes.append(
            f"Chưa đến điều kiện{condition}: chưa tính quá hạn. Khi có văn bản, cần ghi nhận văn bản và thời hạn."
        )
    if version.authority == TaskVersion.Authority.PROPOSE:
        notes.append("Cơ quan được “đề nghị” phối hợp: chỉ theo dõi, không tính vào tỷ lệ của tỉnh.")
    return tuple(notes)


def _occurrences(assignment: Assignment, version: TaskVersion, on: date) -> tuple[OccurrenceRow, ...]:
    plan = assignment.task.plan
    dates = due_dates(plan.pk, on)
    handed = dict(
        Progress.objects.filter(assignment=assignment, first_submitted_at__isnull=False).values_list(
            "period_id", "first_submitted_at"
        )
    )
    rows = []
    for period in sorted(
        ReportingPeriod.objects.filter(plan=plan), key=lambda one: (dates[one.pk], one.cut_off, one.pk)
    ):
        since = assignment.valid_from
        if not asks_in(version.recurrence, period.kind) or (since is not None and period.cut_off < since):
            continue
        due, first = dates[period.pk], handed.get(period.pk)
        if first is not None:
            badge = lateness(first, due)
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
    ruling = Ruling.objects.filter(_about(assignment), kind=kind).order_by("-at", "-pk").first()
    if ruling is not None:
        document = _document(ruling.document_number, ruling.document_date)
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
    latest = latest_period(ReportingPeriod.objects.filter(plan=plan), on)
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
        history=_history(assignment),
        buttons=_buttons(assignment, one, kind, user, on),
        occurrences=_occurrences(assignment, version, on) if lead and kind is DeadlineKind.RECURRING else (),
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


# --- a group task --------------------------------------------------------------------------------------------

MEMBER_CHOICES = {
    "never": "Chưa báo cáo lần nào",
    "not_updated": "Chưa báo cáo kỳ này",
    "overdue": "Quá hạn",
    "open": "Chưa hoàn thành",
    "done": "Hoàn thành",
}


@dataclass(frozen=True)
class MemberRow:
    """One agency of a group task."""

    url: str
    agency: str
    name: str
    day: str
    state: Badge
    time: Badge
    reported: str
    not_updated: bool


@dataclass(frozen=True)
class GroupPage:
    """A task of several agencies: n/N, its rule, and its members."""

    id: int
    code: str
    title: str
    plan: str
    plan_url: str
    leads: str
    deadline: str
    state: Badge
    time: Badge
    rule: str
    reported: str
    done: str
    not_updated: int
    period: str
    members: tuple[MemberRow, ...]
    shown: tuple[MemberRow, ...]
    copied: str
    copied_rows: int
    history: tuple[HistoryRow, ...]
    rules: bool


def _in(row: dict[str, Any], wanted: str, owing: set[int], on: date) -> bool:
    state = State(row["state"])
    live = state not in HALTED
    return {
        "": True,
        "never": live and row["reported_at"] is None,
        "not_updated": row["id"] in owing,
        "overdue": live and state is not State.DONE and row["due_on"] is not None and row["due_on"] < on,
        "open": live and state is not State.DONE,
        "done": state is State.DONE,
    }[wanted]


def rule_text(rule: Rule) -> str:
    """Return when a task is done, in words."""
    if rule.kind is DoneRule.THRESHOLD and rule.share is not None:
        return f"Hoàn thành khi ít nhất {format_decimal(rule.share)} % cơ quan hoàn thành"
    return f"Hoàn thành {rule.kind.label}"


def group_page(task: Task, user: User, wanted: str, on: date, *, rules: bool) -> GroupPage:
    """Return the members of a task with their standing today, in a fixed number of queries."""
    version = task.current
    assert version is not None
    duties = Assignment.objects.visible_to(user).leading(on).filter(task=task)
    raw = list(
        duties.order_by("agency__order", "pk").values(
            "id",
            "agency__name",
            "agency__short_name",
            "state",
            "due_on",
            "due_origin",
            "done_on",
            "reported_at",
        )
    )
    periods = Periods.of([task.plan_id], on)
    owing = set(duties.filter(periods.owing_condition()).values_list("pk", flat=True))
    kind = DeadlineKind(version.deadline_kind)
    shown = DeadlineFacts.of(version).shown
    rule = Rule(DoneRule(task.done_rule), task.done_share, task.finished_on)
    stands = task_standing(
        [Part(State(row["state"]), row["done_on"], row["due_on"]) for row in raw], rule, kind, version.due_on, on
    )

    def member(row: dict[str, Any]) -> MemberRow:
        return MemberRow(
            url=assignment_url(row["id"]),
            agency=row["agency__short_name"] or row["agency__name"],
            name=row["agency__name"],
            day=counting_day(shown, row["due_on"], DueOrigin(row["due_origin"])),
            state=state_badge(row["state"]),
            time=time_badge(row["state"], kind, row["due_on"], row["done_on"], on),
            reported=format_day(calendar.day_of(row["reported_at"])) if row["reported_at"] else "",
            not_updated=row["id"] in owing,
        )

    live = [row for row in raw if row["state"] not in HALTED]
    chosen = tuple(member(dict(row)) for row in raw if _in(dict(row), wanted, owing, on))
    latest = periods.latest(task.plan_id)
    names = [row.name for row in chosen]
    return GroupPage(
        id=task.pk,
        code=task.code,
        title=version.title,
        plan=task.plan.label,
        plan_url=reverse("plans:plan_detail", args=[task.plan.code]),
        leads="; ".join(
            party.name
            for party in version.parties.select_related("agency", "group").order_by("order")
            if party.role == PartyRole.LEAD
        ),
        deadline=counting_day(shown, None, DueOrigin.PLAN),
        state=state_badge(stands.state),
        time=time_badge(stands.state, kind, stands.due_on, stands.done_on, on),
        rule=rule_text(rule),
        reported=f"{sum(row['reported_at'] is not None for row in live)}/{len(live)}",
        done=f"{sum(row['state'] == State.DONE for row in live)}/{len(live)}",
        not_updated=len(owing),
        period=latest.name if latest else "",
        members=tuple(member(dict(row)) for row in raw),
        shown=chosen,
        copied="\n".join(names),
        copied_rows=min(max(len(names), 2), 15),
        history=tuple(
            ruling_row(ruling)
            for ruling in Ruling.objects.filter(task=task, assignment__isnull=True).select_related("by")
        ),
        rules=rules,
    )


# --- requests ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RequestRow:
    """One line of the list of requests."""

    url: str
    code: str
    title: str
    agency: str
    kind: str
    asked: str
    when: str
    late: bool
    state: Badge
    mine: bool


def requests(user: User, on: date, *, state: str = "", mine: bool = False) -> "QuerySet[DutyRequest, DutyRequest]":
    """Return the requests the person may read, open ones first; ``mine``: those that wait for this person."""
    found = DutyRequest.objects.visible_to(user)
    if state:
        found = found.filter(state=state)
    if mine:
        found = found.decidable_by(user, on).filter(state=DutyRequest.State.OPEN)
    first = Case(When(state=DutyRequest.State.OPEN, then=Value(0)), default=Value(1))
    return found.order_by(first, "-created_at", "-pk")


def request_rows(page: "QuerySet[Any, Any]", user: User, on: date) -> tuple[RequestRow, ...]:
    """Return the lines of a page (a sliced queryset), in two queries."""
    raw = list(
        page.values(
            "id",
            "kind",
            "state",
            "new_due_on",
            "old_due_on",
            "after_deadline",
            "created_at",
            "assignment__task__code",
            "assignment__task__current__title",
            "assignment__agency__name",
            "assignment__agency__short_name",
        )
    )
    ids = [row["id"] for row in raw]
    decided = set(DutyRequest.objects.decidable_by(user, on).filter(pk__in=ids).values_list("pk", flat=True))
    base = reverse("plans:request_list")
    rows = []
    for row in raw:
        asked = f"đến {format_day(row['new_due_on'])}" if row["new_due_on"] else ""
        rows.append(
            RequestRow(
                url=f"{base}{row['id']}/",
                code=row["assignment__task__code"],
                title=row["assignment__task__current__title"],
                agency=row["assignment__agency__short_name"] or row["assignment__agency__name"],
                kind=DutyRequest.Kind(row["kind"]).label.capitalize(),
                asked=asked,
                when=calendar.moment(row["created_at"]),
                late=row["after_deadline"],
                state=request_badge(row["state"]),
                mine=row["state"] == DutyRequest.State.OPEN and row["id"] in decided,
            )
        )
    return tuple(rows)


@dataclass(frozen=True)
class RequestPage:
    """One request with its duty."""

    id: int
    revision: int
    kind: str
    refusal: bool
    state: Badge
    open: bool
    code: str
    title: str
    agency: str
    duty_url: str
    duty_state: Badge
    duty_time: Badge
    asked_by: str
    asked_at: str
    reason: str
    legal_ground: str
    old_due: str
    new_due: str
    late: bool
    file_name: str
    file_url: str
    decided_by: str
    decided_at: str
    decision_reason: str
    successor: str
    successor_url: str
    body: str
    decides: bool
    withdraws: bool
    history: tuple[HistoryRow, ...]


def request_page(request: DutyRequest, user: User, on: date) -> RequestPage:
    """Return a request as people read it (assignment, task, version, agency and document selected with it)."""
    duty = request.assignment
    version = duty.task.current
    assert version is not None
    open_ = request.state == DutyRequest.State.OPEN
    successor = request.reassigned_to
    seen = successor is not None and Assignment.objects.visible_to(user).filter(pk=successor.pk).exists()
    return RequestPage(
        id=request.pk,
        revision=request.revision,
        kind=request.get_kind_display().capitalize(),
        refusal=request.kind == DutyRequest.Kind.REFUSAL,
        state=request_badge(request.state),
        open=open_,
        code=duty.task.code,
        title=version.title,
        agency=duty.agency.name,
        duty_url=assignment_url(duty.pk),
        duty_state=state_badge(duty.state),
        duty_time=time_badge(duty.state, version.deadline_kind, duty.due_on, duty.done_on, on),
        asked_by=str(request.created_by),
        asked_at=calendar.moment(request.created_at),
        reason=request.reason,
        legal_ground=request.legal_ground,
        old_due=format_day(request.old_due_on),
        new_due=format_day(request.new_due_on),
        late=request.after_deadline,
        file_name=request.document.original_name if request.document else "",
        file_url=reverse("plans:request_file", args=[request.pk]) if request.document_id else "",
        decided_by=str(request.decided_by) if request.decided_by else "",
        decided_at=calendar.moment(request.decided_at),
        decision_reason=request.decision_reason,
        successor=str(successor.agency) if successor is not None else "",
        successor_url=assignment_url(successor.pk) if successor is not None and seen else "",
        body=queues.deciding_body(request.province_id, duty.agency_id, on),
        decides=open_ and DutyRequest.objects.decidable_by(user, on).filter(pk=request.pk).exists(),
        withdraws=open_ and DutyRequest.objects.withdrawable_by(user).filter(pk=request.pk).exists(),
        history=_history(duty),
    )


def successors_of(request: DutyRequest, on: date) -> "QuerySet[Agency, Agency]":
    """Return the agencies that can take a refused duty: of the province, alive, without that duty."""
    holders = Assignment.objects.filter(
        task_id=request.assignment.task_id, role=request.assignment.role, valid_to__isnull=True
    ).values("agency_id")
    return (
        Agency.objects.valid_on(on)
        .filter(province_id=request.province_id)
        .exclude(pk__in=holders)
        .order_by("order", "name")
    )

"""One task with the history of its reports, and the text of a plan, for the screens.

Definitions:

* A version's content is shown to people outside the agency only once it has been handed in; drafts belong to
  the agency that writes them.
* *n/N đã báo cáo* of a group task counts members that have handed in anything at all, *n/N hoàn thành* members
  whose duty is done. They are shown only to people who may see the progress of all members.
* A task of the plan is done by its rule (``plans.standing.task_standing``).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Q
from django.urls import reverse

from agencies import calendar
from agencies.models import Agency, Event, User
from agencies.permissions import Permission
from agencies.text import format_day, format_decimal
from plans import policies
from plans.facts import queues, stuck
from plans.facts.addresses import assignment_url, report_url
from plans.facts.amendments import (
    AmendmentRow,
    PastText,
    TargetHistory,
    amendment_rows,
    target_histories,
    task_histories,
)
from plans.facts.assignment_list import ANY_DONE, BUCKET_CHOICES
from plans.facts.badges import (
    Badge,
    holder_badge,
    lateness,
    period_due_badge,
    plan_state_badge,
    progress_badge,
    state_badge,
    time_badge,
)
from plans.facts.corrections import CorrectionRow, corrections_of
from plans.facts.evidence import EvidenceRow, evidence_rows, reads_trail
from plans.facts.periods import Periods
from plans.facts.plan import DeadlineFacts
from plans.facts.target_rows import TargetRow, target_rows
from plans.models import (
    Assignment,
    Decision,
    DutyReceipt,
    DutyTransfer,
    PartyRole,
    Plan,
    Progress,
    ProgressVersion,
    Remark,
    Section,
    TaskParty,
    TaskQuantity,
    TaskVersion,
)
from plans.standing import Bucket, DeadlineKind, DoneRule, Part, Rule, Standing, State, task_standing

COMPARATORS = {"=": "=", ">": ">", ">=": "≥", "<": "<", "<=": "≤", "increase_ge": "tăng ≥"}


def quantity_text(quantity: TaskQuantity) -> str:
    """Return a task's figure as people read it: ``≥ 30 % cơ quan, đơn vị được kiểm tra``."""
    sign = COMPARATORS.get(quantity.comparator, quantity.comparator)
    return f"{sign} {format_decimal(quantity.value)} {quantity.unit}".strip()


# Versions, what is said about them, events


@dataclass(frozen=True)
class DecisionRow:
    """What became of a version. ``returned``: a reviewer sent it back; other reasons are the agency's own."""

    badge: Badge
    who: str
    time: str
    reason_kind: str
    reason: str
    returned: bool = False


@dataclass(frozen=True)
class RemarkRow:
    """A word about a version: a question with its reply, or an answer to what was proposed."""

    id: int
    kind: str
    label: str
    who: str
    time: str
    text: str
    reply: "RemarkRow | None" = None

    @property
    def open(self) -> bool:
        """Whether a question waits for its reply."""
        return self.kind == Remark.Kind.QUESTION and self.reply is None


def remark_rows(version_ids: Iterable[int]) -> dict[int, tuple[RemarkRow, ...]]:
    """Return version id → what was said about it, oldest first, in one query."""
    remarks = list(Remark.objects.filter(version_id__in=list(version_ids)).select_related("by").order_by("at", "id"))
    replies = {one.replies_to_id: one for one in remarks if one.replies_to_id}

    def row(one: Remark) -> RemarkRow:
        reply = replies.get(one.pk)
        return RemarkRow(
            one.pk,
            one.kind,
            one.get_kind_display().capitalize(),
            str(one.by),
            calendar.moment(one.at),
            one.text,
            row(reply) if reply else None,
        )

    found: dict[int, list[RemarkRow]] = defaultdict(list)
    for one in remarks:
        if one.kind != Remark.Kind.REPLY:
            found[one.version_id].append(row(one))
    return {version_id: tuple(rows) for version_id, rows in found.items()}


@dataclass(frozen=True)
class VersionRow:
    """One version of a report."""

    number: int
    draft: bool
    who: str
    time: str
    iso: str
    result: str
    done_on: str
    figure: str
    fraction: str
    percent: str
    obstacles: str
    proposals: str
    explanation: str
    correction_reason: str
    in_force: bool
    evidence: tuple[EvidenceRow, ...]
    decision: DecisionRow | None
    approval: str = ""
    remarks: tuple[RemarkRow, ...] = ()


_DECISION_BADGES = {
    Decision.Verb.ACCEPT: Badge("Đã duyệt", "ok"),
    Decision.Verb.RETURN: Badge("Trả lại", "returned"),
    Decision.Verb.WITHDRAW: Badge("Cơ quan đã rút", "muted"),
    Decision.Verb.REPLACE: Badge("Cơ quan đã thay bằng lần sau", "muted"),
}


def _approval(version: ProgressVersion) -> str:
    """Return who forwarded a version, and who let it leave."""
    if version.forwarded_by is None:
        return ""
    said = f"{version.forwarded_by} trình lúc {calendar.moment(version.forwarded_at)}"
    if version.approved_by is None:
        return f"{said}, chờ thủ trưởng duyệt"
    return f"{said}, {version.approved_by} duyệt lúc {calendar.moment(version.approved_at)}"


def version_row(
    version: ProgressVersion,
    evidence: Mapping[int, tuple[EvidenceRow, ...]],
    accepted_id: int | None,
    remarks: Mapping[int, tuple[RemarkRow, ...]] | None = None,
) -> VersionRow:
    """Return a version ready to show (its people and its ``decision`` selected with it: ``VERSION_PEOPLE``)."""
    decision = getattr(version, "decision", None)
    shown = None
    if decision is not None:
        returned = decision.verb == Decision.Verb.RETURN
        shown = DecisionRow(
            badge=_DECISION_BADGES[Decision.Verb(decision.verb)],
            who=str(decision.decided_by),
            time=calendar.moment(decision.decided_at),
            reason_kind=decision.get_reason_code_display().capitalize() if returned else "",
            reason=decision.reason,
            returned=returned,
        )
    return VersionRow(
        number=version.number,
        draft=version.submitted_at is None,
        who=str(version.submitted_by or version.created_by),
        time=calendar.moment(version.submitted_at or version.created_at),
        iso=calendar.iso(version.submitted_at or version.created_at),
        result=version.result,
        done_on=format_day(version.done_on),
        figure=format_decimal(version.figure),
        fraction=(
            f"{format_decimal(version.numerator)}/{format_decimal(version.denominator)}"
            if version.denominator is not None
            else ""
        ),
        percent=format_decimal(version.percent),
        obstacles=version.obstacles,
        proposals=version.proposals,
        explanation=version.explanation,
        correction_reason=version.correction_reason,
        in_force=version.pk == accepted_id,
        evidence=evidence.get(version.pk, ()),
        decision=shown,
        approval=_approval(version),
        remarks=(remarks or {}).get(version.pk, ()),
    )


VERSION_PEOPLE = ("submitted_by", "created_by", "forwarded_by", "approved_by", "decision__decided_by")


def _versions(where: Q) -> list[ProgressVersion]:
    return list(
        ProgressVersion.objects.filter(where).select_related(*VERSION_PEOPLE).order_by("progress_id", "-number")
    )


@dataclass(frozen=True)
class EventRow:
    """One thing that happened, as a sentence."""

    who: str
    action: str
    time: str
    iso: str
    variant: str
    reason: str


_SENTENCES = {
    "progress.start": ("bắt đầu viết báo cáo", "draft"),
    policies.SAVE.event: ("lưu nháp", "draft"),
    policies.SUBMIT.event: ("gửi báo cáo để duyệt", "review"),
    policies.FORWARD.event: ("trình thủ trưởng duyệt", "review"),
    policies.APPROVE.event: ("duyệt cho gửi báo cáo", "review"),
    policies.HAND_BACK.event: ("chuyển lại để sửa", "returned"),
    policies.WITHDRAW.event: ("rút báo cáo", "muted"),
    policies.ACCEPT.event: ("duyệt báo cáo", "ok"),
    policies.RETURN.event: ("trả lại báo cáo", "returned"),
    policies.JUDGE.event: ("đánh giá tài liệu", "info"),
    policies.ASK.event: ("hỏi thêm", "due"),
    policies.REPLY.event: ("trả lời câu hỏi", "info"),
    policies.ANSWER.event: ("trả lời kiến nghị", "ok"),
    policies.REPLACE.event: ("thay tài liệu đã gửi", "due"),
    policies.CORRECT.event: ("mở điều chỉnh báo cáo đã duyệt", "due"),
}
_INSIDE = ("progress.start", policies.SAVE.event, policies.FORWARD.event, policies.HAND_BACK.event)
_SENDS = (policies.SUBMIT.event, policies.APPROVE.event)


def _is_inside(event: Event) -> bool:
    """Tell whether an event is the agency's own affair: drafting, and what passes between officer and head."""
    taken_from_head = event.action == policies.WITHDRAW.event and event.before.get("state") == policies.WITH_HEAD
    return event.action in _INSIDE or taken_from_head


def event_rows(progress_ids: Iterable[int], inside: bool) -> dict[int, tuple[EventRow, ...]]:
    """Return progress id → its trail as sentences, oldest first, in one query.

    Savings of a draft that follow each other are one line; people outside the agency see what was handed in
    and decided, not the drafting.
    """
    found: dict[int, list[EventRow]] = defaultdict(list)
    before: dict[int, tuple[str, int | None, int]] = {}
    events = (
        Event.objects.filter(subject_type=Progress._meta.label_lower, subject_id__in=[str(pk) for pk in progress_ids])
        .select_related("actor")
        .order_by("sequence")
    )
    for event in events:
        if not inside and _is_inside(event):
            continue
        pk = int(event.subject_id)
        sentence, variant = _SENTENCES.get(event.action, (event.action, "neutral"))
        action, actor, times = before.get(pk, ("", None, 0))
        again = event.action == policies.SAVE.event and action == event.action and actor == event.actor_id
        times = times + 1 if again else 1
        before[pk] = (event.action, event.actor_id, times)
        number = event.after.get("version")
        if event.action in _SENDS and isinstance(number, int) and number > 1:
            sentence += f" (lần {number})"
        row = EventRow(
            who=str(event.actor) if event.actor else "Hệ thống",
            action=f"{sentence} ({times} lần)" if times > 1 else sentence,
            time=calendar.moment(event.happened_at),
            iso=calendar.iso(event.happened_at),
            variant=variant,
            reason=event.reason,
        )
        if again:
            found[pk][-1] = row
        else:
            found[pk].append(row)
    return {pk: tuple(rows) for pk, rows in found.items()}


# The page of one assignment


@dataclass(frozen=True)
class PeriodRow:
    """One period of the plan and what was reported for it."""

    name: str
    span: str
    due: Badge
    badge: Badge
    lateness: Badge
    waiting: str
    note: str
    versions: tuple[VersionRow, ...]
    events: tuple[EventRow, ...]
    edit_url: str
    edit_label: str
    correct_url: str
    review_url: str
    report_id: int
    revision: int
    open: bool
    withdraw_url: str = ""
    approve_url: str = ""
    handed_back: str = ""
    reply_url: str = ""
    answer_url: str = ""
    replaces: str = ""
    stuck: str = ""
    unanswered: bool = False
    exceptions_url: str = ""
    corrections: tuple[CorrectionRow, ...] = ()


@dataclass(frozen=True)
class SiblingRow:
    """Another member of the same group task."""

    url: str
    agency: str
    state: Badge
    time: Badge
    reported: str
    current: bool


@dataclass(frozen=True)
class TransferRow:
    """What a reorganisation did to the duty: where it came from, or where it went. ``url`` may be empty."""

    text: str
    agency: str
    url: str


def _transfer_rows(assignment: Assignment, user: User) -> tuple[TransferRow, ...]:
    """Return where a duty came from and where it went; links only to duties that the reader may see."""
    rows: list[tuple[str, Assignment, DutyTransfer]] = []
    for receipt in (
        DutyReceipt.objects.filter(Q(assignment=assignment) | Q(transfer__assignment=assignment))
        .select_related("transfer__reorganisation", "transfer__assignment__agency", "assignment__agency")
        .order_by("transfer__decided_at", "pk")
    ):
        if receipt.assignment_id == assignment.pk:
            rows.append(("Nhận từ", receipt.transfer.assignment, receipt.transfer))
        else:
            rows.append(("Đã chuyển cho", receipt.assignment, receipt.transfer))
    seen = set(
        Assignment.objects.visible_to(user).filter(pk__in=[one.pk for _, one, _ in rows]).values_list("pk", flat=True)
    )
    return tuple(
        TransferRow(
            text=f"{how} (theo {transfer.reorganisation.decision_number}, từ {format_day(transfer.effective_on)})",
            agency=other.agency.name,
            url=assignment_url(other.pk) if other.pk in seen else "",
        )
        for how, other, transfer in rows
    )


@dataclass(frozen=True)
class AssignmentPage:
    """A task of an agency with everything that was reported on it."""

    id: int
    code: str
    title: str
    deliverable: str
    plan: str
    plan_url: str
    section: str
    agency: str
    cooperating_only: bool
    proposed: bool
    leads: str
    cooperating: str
    supervising: str
    deadline: str
    deadline_words: str
    deadline_origin: str
    components: tuple[str, ...]
    quantities: tuple[str, ...]
    deciding_document: str
    state: Badge
    time: Badge
    done_on: str
    periods: tuple[PeriodRow, ...]
    siblings: tuple[SiblingRow, ...]
    siblings_text: str
    holder: Badge
    transfers: tuple[TransferRow, ...]
    agency_url: str = ""


def _parties(version: TaskVersion) -> dict[str, str]:
    names: dict[str, list[str]] = defaultdict(list)
    for party in TaskParty.objects.filter(version=version).select_related("agency", "group").order_by("order"):
        names[party.role].append(party.name)
    return {role: "; ".join(some) for role, some in names.items()}


def _period_rows(assignment: Assignment, user: User, on: date) -> tuple[PeriodRow, ...]:
    plan = assignment.task.plan
    inside = assignment.agency_id in user.agencies_with(Permission.PROGRESS_READ)
    writes = (
        assignment.agency_id in user.agencies_with(Permission.PROGRESS_WRITE)
        and assignment.role == PartyRole.LEAD
        and plan.state == Plan.State.ISSUED
    )
    known = Periods.of([plan.pk], on)
    periods = known.by_plan.get(plan.pk, ())
    reports = {report.period_id: report for report in Progress.objects.filter(assignment=assignment)}
    versions: dict[int, list[ProgressVersion]] = defaultdict(list)
    for version in _versions(Q(progress__assignment=assignment)):
        if inside or version.submitted_at is not None:
            versions[version.progress_id].append(version)
    shown = [version.pk for some in versions.values() for version in some]
    evidence = evidence_rows(shown, auditor=reads_trail(user, assignment.province_id))
    remarks = remark_rows(shown)
    corrected = corrections_of(assignment, known, on)
    approves = assignment.agency_id in user.approves_for(on)
    events = event_rows((report.pk for report in reports.values()), inside) if reports else {}
    waits = any(report.state == Progress.State.SUBMITTED for report in reports.values())
    body = queues.deciding_body(assignment.province_id, assignment.agency_id, on) if waits else ""
    reviews = assignment.province_id in user.provinces_with(Permission.PROGRESS_DECIDE)
    decides = waits and reviews
    answers = reviews and Agency.objects.reviewed_by(user, on).filter(pk=assignment.agency_id).exists()
    unanswered = (
        set(
            Progress.objects.filter(pk__in=[report.pk for report in reports.values()])
            .unanswered()
            .values_list("pk", flat=True)
        )
        if answers or inside
        else set()
    )
    stuck_here = stuck.why_stuck(assignment.agency, {report.state for report in reports.values()}, on)
    rows = []
    for period in sorted(periods, key=lambda one: one.opens_on, reverse=True):
        report = reports.get(period.pk)
        if report is None and period.opens_on > on:
            continue
        window = known.windows[period.pk]
        open_ = window.is_open(assignment.agency_id)
        state = report.state if report else ""
        accepted_id = report.accepted_id if report else None
        waiting, edit = "", ""
        if report and state == Progress.State.SUBMITTED:
            sent = next((one for one in versions[report.pk] if one.submitted_at), None)
            waiting = f"Chờ {body} duyệt từ {calendar.moment(sent.submitted_at if sent else None)}"
        elif report and state == Progress.State.WITH_HEAD:
            waiting = "Chờ thủ trưởng cơ quan duyệt trước khi gửi"
        if writes and report is None and open_:
            edit = "Báo cáo"
        elif writes and report and state == Progress.State.DRAFT and (open_ or report.first_submitted_at):
            edit = "Viết tiếp"
        elif writes and state == Progress.State.RETURNED:
            edit = "Sửa và gửi lại"
        if report:
            badge = progress_badge(state)
        else:
            badge = Badge("Chưa báo cáo", "neutral") if open_ else Badge("Không báo cáo", "nodata")
        note = ""
        unsent = report is None or (state == Progress.State.DRAFT and report.first_submitted_at is None)
        if writes and not open_ and unsent:
            note = window.closed_because(assignment.agency_id)
        elif report and state == Progress.State.DRAFT and report.accepted_id:
            note = "Đang điều chỉnh; bản đã duyệt vẫn có giá trị cho đến khi bản điều chỉnh được duyệt."
        rows.append(
            PeriodRow(
                name=period.name,
                span=f"số liệu {format_day(period.starts_on)} – {format_day(period.cut_off)}",
                due=(
                    period_due_badge(window.due_on, on)
                    if open_ and (report is None or report.first_submitted_at is None)
                    else Badge(f"hạn nộp {format_day(window.due_on)}")
                ),
                badge=badge,
                lateness=lateness(report.first_submitted_at if report else None, window.due_on),
                waiting=waiting,
                note=note,
                versions=tuple(
                    version_row(version, evidence, accepted_id, remarks)
                    for version in (versions.get(report.pk, []) if report else [])
                ),
                events=events.get(report.pk, ()) if report else (),
                edit_url=report_url(assignment.pk, period.code) if edit else "",
                edit_label=edit,
                correct_url=(
                    reverse("plans:progress_correct", args=[assignment.pk, period.code])
                    if writes and state == Progress.State.ACCEPTED
                    else ""
                ),
                review_url=(
                    reverse("plans:review_detail", args=[report.pk])
                    if report and decides and state == Progress.State.SUBMITTED
                    else ""
                ),
                report_id=report.pk if report else 0,
                revision=report.revision if report else 0,
                open=open_,
                withdraw_url=(
                    reverse("plans:progress_withdraw", args=[assignment.pk, period.code])
                    if writes and (state == Progress.State.WITH_HEAD or (state == Progress.State.SUBMITTED and open_))
                    else ""
                ),
                approve_url=(
                    reverse("plans:approval_detail", args=[report.pk])
                    if report and approves and state == Progress.State.WITH_HEAD
                    else ""
                ),
                handed_back=_handed_back(events.get(report.pk, ())) if report and inside else "",
                reply_url=(
                    reverse("plans:progress_reply", args=[assignment.pk, period.code])
                    if writes and state == Progress.State.SUBMITTED
                    else ""
                ),
                answer_url=(
                    reverse("plans:progress_answer", args=[report.pk])
                    if report and answers and report.pk in unanswered
                    else ""
                ),
                unanswered=bool(report and report.pk in unanswered),
                replaces=period.code if writes and state == Progress.State.SUBMITTED else "",
                stuck=stuck_here.get(state, ""),
                corrections=corrected.get(period.pk, ()),
                exceptions_url=(
                    reverse("plans:period_exceptions", args=[period.pk])
                    if assignment.province_id in user.provinces_with(Permission.WINDOW_GRANT)
                    else ""
                ),
            )
        )
    return tuple(rows)


def _handed_back(events: tuple[EventRow, ...]) -> str:
    """Return what the head said when a report came back last, while nothing was forwarded since."""
    for event in reversed(events):
        if event.variant == "returned" and event.action.startswith("chuyển lại"):
            return f"{event.who} chuyển lại lúc {event.time}: {event.reason}"
        if event.action.startswith(("trình thủ trưởng", "duyệt cho gửi", "gửi báo cáo")):
            return ""
    return ""


def assignment_page(assignment: Assignment, user: User, on: date) -> AssignmentPage:
    """Return a task of an agency with its history, in a fixed number of queries."""
    task, version = assignment.task, assignment.task.current
    assert version is not None
    parties = _parties(version)
    deadline = DeadlineFacts.of(version)
    siblings: list[SiblingRow] = []
    siblings_text = ""
    if assignment.province_id in user.provinces_with(Permission.PROGRESS_READ):
        rows = list(
            Assignment.objects.visible_to(user)
            .leading()
            .filter(task=task)
            .order_by("agency__order", "pk")
            .values("id", "agency__name", "agency__short_name", "state", "due_on", "done_on", "reported_at")
        )
        if len(rows) > 1:
            reported = sum(row["reported_at"] is not None for row in rows)
            done = sum(row["state"] == State.DONE for row in rows)
            siblings_text = f"{reported}/{len(rows)} đã báo cáo · {done}/{len(rows)} hoàn thành"
            siblings = [
                SiblingRow(
                    url=assignment_url(row["id"]),
                    agency=row["agency__short_name"] or row["agency__name"],
                    state=state_badge(row["state"]),
                    time=time_badge(row["state"], version.deadline_kind, row["due_on"], row["done_on"], on),
                    reported=calendar.moment(row["reported_at"]) or "Chưa báo cáo",
                    current=row["id"] == assignment.pk,
                )
                for row in rows
            ]
    words = [version.deadline_text, version.recurrence if version.recurrence != version.deadline_text else ""]
    return AssignmentPage(
        id=assignment.pk,
        code=task.code,
        title=version.title,
        deliverable=version.deliverable,
        plan=task.plan.label,
        plan_url=reverse("plans:plan_detail", args=[task.plan.code]),
        section=f"{task.section.code}. {task.section.title}",
        agency=assignment.agency.name,
        cooperating_only=assignment.role != PartyRole.LEAD,
        proposed=version.authority == TaskVersion.Authority.PROPOSE,
        leads=parties.get(PartyRole.LEAD, ""),
        cooperating=parties.get(PartyRole.COOPERATING, ""),
        supervising=parties.get(PartyRole.SUPERVISING, ""),
        deadline=deadline.shown,
        deadline_words=words[0] if words[0] and words[0].lower() != deadline.shown.lower() else "",
        deadline_origin=("" if version.deadline_kind == "none" else TaskVersion.Origin(version.deadline_origin).label),
        components=tuple(
            serves.label for serves in version.serves.select_related("index", "component").order_by("order")
        ),
        quantities=tuple(quantity_text(quantity) for quantity in version.quantities.all()),
        deciding_document=version.deciding_document,
        state=state_badge(assignment.state),
        time=time_badge(assignment.state, version.deadline_kind, assignment.due_on, assignment.done_on, on),
        done_on=format_day(assignment.done_on),
        periods=_period_rows(assignment, user, on) if assignment.role == PartyRole.LEAD else (),
        siblings=tuple(siblings),
        siblings_text=siblings_text,
        holder=holder_badge({"agency__valid_to": assignment.agency.valid_to, "state": assignment.state}, on)
        if assignment.valid_to is None
        else Badge(""),
        transfers=_transfer_rows(assignment, user),
        agency_url=reverse("plans:agency_detail", args=[assignment.agency_id]),
    )


# What stands beside the form and the review


@dataclass(frozen=True)
class Beside:
    """The previous period's accepted text, for comparison."""

    period: str
    version: VersionRow


def predecessors(assignment: Assignment) -> list[int]:
    """Return the duties of which this one is the continuation (it followed them at a reorganisation)."""
    found, follows = [], assignment.succeeds_id
    while follows is not None and follows not in found:
        found.append(follows)
        follows = Assignment.objects.filter(pk=follows).values_list("succeeds_id", flat=True).first()
    return found


def accepted_before(assignment: Assignment, period_cut_off: date) -> Beside | None:
    """Return the accepted version of the latest earlier period, also where another agency had the duty then."""
    report = (
        Progress.objects.filter(
            assignment_id__in=[assignment.pk, *predecessors(assignment)],
            period__cut_off__lt=period_cut_off,
            accepted__isnull=False,
        )
        .select_related("period", *(f"accepted__{name}" for name in VERSION_PEOPLE))
        .order_by("-period__cut_off")
        .first()
    )
    if report is None or report.accepted is None:
        return None
    evidence = evidence_rows([report.accepted.pk])
    return Beside(report.period.name, version_row(report.accepted, evidence, report.accepted_id))


def report_versions(progress: Progress, *, inside: bool, auditor: bool = False) -> tuple[VersionRow, ...]:
    """Return the versions of one report, newest first (drafts only for the agency itself)."""
    versions = [one for one in _versions(Q(progress=progress)) if inside or one.submitted_at is not None]
    evidence = evidence_rows([one.pk for one in versions], auditor=auditor)
    remarks = remark_rows(one.pk for one in versions)
    return tuple(version_row(one, evidence, progress.accepted_id, remarks) for one in versions)


def handed_back(progress: Progress) -> str:
    """Return what the head said when the report came back last; empty once it was forwarded again."""
    return _handed_back(event_rows([progress.pk], inside=True).get(progress.pk, ()))


# The text of a plan


@dataclass(frozen=True)
class TaskRow:
    """One task of the plan's text. ``status`` is empty where the reader may not see anybody's progress."""

    code: str
    title: str
    deliverable: str
    leads: str
    cooperating: str
    deadline: str
    deadline_words: str
    components: str
    proposed: bool
    state: Badge
    time: Badge
    tally: str
    url: str
    link_text: str
    dropped: str = ""
    texts: tuple[PastText, ...] = ()
    carried: str = ""


@dataclass(frozen=True)
class SectionRow:
    """One section with its tasks."""

    code: str
    title: str
    tasks: tuple[TaskRow, ...]


@dataclass(frozen=True)
class Relative:
    """A plan this one hangs together with."""

    how: str
    label: str
    title: str
    url: str


@dataclass(frozen=True)
class PlanPage:
    """The plan's text with what the reader may see of its progress."""

    code: str
    label: str
    title: str
    issuer: str
    issued: str
    years: str
    source: str
    note: str
    state: Badge
    drafting: bool
    report_due: str
    relatives: tuple[Relative, ...]
    targets: tuple[TargetRow, ...]
    sections: tuple[SectionRow, ...]
    shown: int
    total: int
    filtered: str
    dashboard_url: str
    own_only: bool
    sees_progress: bool
    day: str = ""
    ended: str = ""
    amendments: tuple[AmendmentRow, ...] = ()
    target_texts: tuple[TargetHistory, ...] = ()


@dataclass(frozen=True)
class TasksWanted:
    """Which tasks of the plan to show (the numbers of the dashboard lead here)."""

    section: int | None = None
    bucket: str = ""
    due: str = ""
    authority: str = ""

    @property
    def any(self) -> bool:
        """Whether anything is asked."""
        return bool(self.section or self.bucket or self.due or self.authority)


def wanted_bucket(bucket: Bucket, wanted: str) -> bool:
    """Tell whether a task of this bucket is asked for."""
    if not wanted:
        return True
    if wanted == ANY_DONE:
        return bucket in (Bucket.DONE_ON_TIME, Bucket.DONE_LATE, Bucket.DONE_NO_DEADLINE)
    return bucket.value == wanted


def relatives_of(plan: Plan, user: User) -> tuple[Relative, ...]:
    """Return the plans this one belongs to, amends or replaces, and those that do so to it (visible ones)."""
    found = []
    others = Plan.objects.visible_to(user).filter(
        Q(pk__in=[pk for pk in (plan.sub_plan_of_id, plan.amends_id, plan.replaces_id) if pk])
        | Q(sub_plan_of=plan)
        | Q(amends=plan)
        | Q(replaces=plan)
    )
    for other in others:
        words = {
            plan.sub_plan_of_id: "Thuộc",
            plan.amends_id: "Sửa đổi",
            plan.replaces_id: "Thay thế",
        }.get(other.pk)
        if words is None:
            if other.sub_plan_of_id == plan.pk:
                words = "Kế hoạch chi tiết"
            else:
                words = "Được sửa đổi bởi" if other.amends_id == plan.pk else "Được thay thế bởi"
        found.append(Relative(words, other.label, other.title, reverse("plans:plan_detail", args=[other.code])))
    return tuple(found)


def plan_page(plan: Plan, user: User, wanted: TasksWanted, on: date) -> PlanPage:
    """Return the plan's text, in a fixed number of queries. An officer sees the own agency's standing only."""
    everybody = plan.province_id in user.provinces_with(Permission.PROGRESS_READ)
    duties: dict[int, list[dict[str, Any]]] = defaultdict(list)
    own = user.agencies_with(Permission.PROGRESS_READ)
    for duty in (
        Assignment.objects.visible_to(user)
        .leading()
        .filter(task__plan=plan)
        .order_by("agency__order", "pk")
        .values(
            "id",
            "task_id",
            "agency_id",
            "agency__short_name",
            "agency__name",
            "state",
            "due_on",
            "done_on",
            "reported_at",
        )
    ):
        duties[duty["task_id"]].append(dict(duty))
    owing: set[int] = set()
    if wanted.due == "not_updated":
        owing = set(
            Assignment.objects.visible_to(user)
            .leading()
            .filter(Periods.of([plan.pk], on).owing_condition(), task__plan=plan)
            .values_list("task_id", flat=True)
        )
    histories = task_histories(plan, on)
    tasks: dict[int, list[TaskRow]] = defaultdict(list)
    shown = total = 0
    versions = (
        TaskVersion.objects.filter(task__plan=plan, task__current_id__isnull=False)
        .filter(pk__in=plan.tasks.values("current_id"))
        .select_related("task__carried_from__plan", "amendment")
        .prefetch_related("parties__agency", "parties__group", "serves__index", "serves__component")
        .order_by("task__order", "pk")
    )
    for version in versions:
        total += 1
        some = duties.get(version.task_id, [])
        stands = task_standing(
            [Part(State(duty["state"]), duty["done_on"], duty["due_on"]) for duty in some]
            or ([Part(State.CANCELLED)] if version.dropped else []),
            Rule(DoneRule(version.task.done_rule), version.task.done_share, version.task.finished_on),
            DeadlineKind(version.deadline_kind),
            version.due_on,
            on,
        )
        if wanted.section and version.task.section_id != wanted.section:
            continue
        if wanted.authority and version.authority != wanted.authority:
            continue
        if not wanted_bucket(stands.bucket, wanted.bucket):
            continue
        if wanted.due == "not_updated" and version.task_id not in owing:
            continue
        shown += 1
        row = _task_row(version, some, stands, on)
        tasks[version.task.section_id].append(with_history(row, version, histories))
    sections = [
        SectionRow(section.code, section.title, tuple(tasks[section.pk]))
        for section in Section.objects.filter(plan=plan).order_by("order")
        if tasks[section.pk] or not wanted.any
    ]
    words = []
    if wanted.section:
        words.append("một mục")
    if wanted.bucket:
        words.append(BUCKET_CHOICES.get(wanted.bucket, "").lower())
    if wanted.due == "not_updated":
        words.append("chưa cập nhật kỳ này")
    if wanted.authority and not words:
        words.append("nhiệm vụ được giao" if wanted.authority == "assign" else "nhiệm vụ đề nghị phối hợp")
    return PlanPage(
        code=plan.code,
        label=plan.label,
        title=plan.title,
        issuer=plan.issuer,
        issued=format_day(plan.issued_on) or plan.issued_text,
        years=plan.years,
        source=plan.source,
        note=plan.note,
        state=plan_state_badge(plan.state),
        drafting=plan.state == Plan.State.DRAFTING,
        report_due=format_day(plan.report_due_on),
        relatives=relatives_of(plan, user),
        targets=target_rows(plan, on, user),
        sections=tuple(sections),
        shown=shown,
        total=total,
        filtered=", ".join(words),
        dashboard_url=(
            reverse("plans:plan_dashboard", args=[plan.code])
            if plan.province_id in user.provinces_with(Permission.DASHBOARD_READ)
            else ""
        ),
        own_only=bool(own) and not everybody,
        sees_progress=everybody or bool(duties),
        ended=ended_words(plan),
        amendments=amendment_rows(plan, user, on),
        target_texts=target_histories(plan, on),
    )


def ended_words(plan: Plan) -> str:
    """Return when a plan ended and by which document; empty while it runs."""
    return f"{format_day(plan.ended_on)}, theo {plan.end_document}" if plan.ended_on else ""


def with_history(row: TaskRow, version: TaskVersion, histories: Mapping[int, tuple[PastText, ...]]) -> TaskRow:
    """Return the row with the texts the task had, whether it was dropped, and where it was carried from."""
    origin = version.task.carried_from
    return replace(
        row,
        dropped=version.deciding_document if version.dropped else "",
        texts=histories.get(version.task_id, ()),
        carried=f"{origin.plan.label}, nhiệm vụ {origin.code}" if origin else "",
    )


def _task_row(
    version: TaskVersion,
    duties: list[dict[str, Any]],
    stands: Standing,
    on: date,
) -> TaskRow:
    parties = list(version.parties.all())
    deadline = DeadlineFacts.of(version)
    shown = deadline.shown
    tally = url = link_text = ""
    if len(duties) == 1:
        url, link_text = assignment_url(duties[0]["id"]), "Xem báo cáo"
    elif duties:
        done = sum(duty["state"] == State.DONE for duty in duties)
        reported = sum(duty["reported_at"] is not None for duty in duties)
        tally = f"{reported}/{len(duties)} đã báo cáo, {done}/{len(duties)} hoàn thành"
        url, link_text = assignment_url(duties[0]["id"]), "Xem từng cơ quan"
    return TaskRow(
        code=version.task.code,
        title=version.title,
        deliverable=version.deliverable,
        leads="; ".join(party.name for party in parties if party.role == PartyRole.LEAD),
        cooperating="; ".join(party.name for party in parties if party.role == PartyRole.COOPERATING),
        deadline=shown,
        deadline_words=(
            version.deadline_text if version.deadline_text and version.deadline_text.lower() != shown.lower() else ""
        ),
        components=", ".join(serves.label for serves in version.serves.all()),
        proposed=version.authority == TaskVersion.Authority.PROPOSE,
        state=state_badge(stands.state) if duties else Badge(""),
        time=(
            time_badge(stands.state, version.deadline_kind, stands.due_on, stands.done_on, on) if duties else Badge("")
        ),
        tally=tally,
        url=url,
        link_text=link_text,
    )

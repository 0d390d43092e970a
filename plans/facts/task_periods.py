"""The periods of a plan on a task's page: what was reported for each, and what the reader may do there.

Definitions:

* A period is shown once it has opened, or when there is a report for it.
* A report *waits* for the body that decides (domain rule 6) or for the agency's head.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.urls import reverse

from agencies import calendar
from agencies.models import User
from agencies.permissions import Permission
from agencies.text import format_day
from plans.facts import queues, stuck
from plans.facts.addresses import report_url
from plans.facts.badges import Badge, lateness, period_due_badge, progress_badge
from plans.facts.corrections import CorrectionRow, corrections_of
from plans.facts.evidence import evidence_rows, reads_trail
from plans.facts.periods import Periods
from plans.facts.recorded import refusal_of_plan
from plans.facts.report_events import EventRow, event_rows, handed_back_in
from plans.facts.versions import VersionRow, remark_rows, version_row, versions_where
from plans.models import Assignment, PartyRole, Progress, ProgressVersion
from plans.models.progress import left_if_withdrawn


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
    give_up_url: str = ""
    approve_url: str = ""
    handed_back: str = ""
    reply_url: str = ""
    answer_url: str = ""
    replaces: str = ""
    stuck: str = ""
    unanswered: bool = False
    exceptions_url: str = ""
    corrections: tuple[CorrectionRow, ...] = ()


def _withdrawable(report: Progress, open_: bool, versions: Sequence[ProgressVersion]) -> bool:
    """Tell whether the agency may take a report back today (``versions``: newest first)."""
    if report.state == Progress.State.SUBMITTED:
        sent = [one for one in reversed(versions) if one.submitted_at is not None]
        return open_ or bool(left_if_withdrawn(sent))
    return report.state == Progress.State.WITH_HEAD


def period_rows(assignment: Assignment, user: User, on: date) -> tuple[PeriodRow, ...]:
    """Return the periods of a duty's plan, latest first, in a fixed number of queries."""
    plan = assignment.task.plan
    inside = assignment.agency_id in user.agencies_with(Permission.PROGRESS_READ)
    writer = assignment.agency_id in user.agencies_with(Permission.PROGRESS_WRITE) and assignment.role == PartyRole.LEAD
    known = Periods.of([plan.pk], on)
    periods = known.by_plan.get(plan.pk, ())
    of = Progress.objects.filter(assignment=assignment)
    reports = {report.period_id: report for report in of.select_related("latest")}
    versions: dict[int, list[ProgressVersion]] = defaultdict(list)
    for version in versions_where(Q(progress__assignment=assignment)):
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
    decided = set(of.decidable_by(user, on).values_list("pk", flat=True)) if reviews else set()
    unanswered = set(of.unanswered().values_list("pk", flat=True)) if decided or inside else set()
    stuck_here = stuck.why_stuck(assignment.agency, reports.values(), on)
    rows = []
    for period in sorted(periods, key=lambda one: one.opens_on, reverse=True):
        report = reports.get(period.pk)
        if report is None and period.opens_on > on:
            continue
        window = known.windows[period.pk]
        open_ = window.is_open(assignment.agency_id)
        state = report.state if report else ""
        accepted_id = report.accepted_id if report else None
        writes = writer and not refusal_of_plan(plan, correcting=accepted_id is not None)
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
                    if writes and report and _withdrawable(report, open_, versions[report.pk])
                    else ""
                ),
                give_up_url=(
                    reverse("plans:progress_give_up", args=[assignment.pk, period.code])
                    if writes and state == Progress.State.DRAFT and accepted_id
                    else ""
                ),
                approve_url=(
                    reverse("plans:approval_detail", args=[report.pk])
                    if report and approves and state == Progress.State.WITH_HEAD
                    else ""
                ),
                handed_back=handed_back_in(events.get(report.pk, ())) if report and inside else "",
                reply_url=(
                    reverse("plans:progress_reply", args=[assignment.pk, period.code])
                    if writes and state == Progress.State.SUBMITTED
                    else ""
                ),
                answer_url=(
                    reverse("plans:progress_answer", args=[report.pk])
                    if report and report.pk in decided & unanswered
                    else ""
                ),
                unanswered=bool(report and report.pk in unanswered),
                replaces=period.code if writes and state == Progress.State.SUBMITTED else "",
                stuck=stuck_here.get(report.pk, "") if report else "",
                corrections=corrected.get(period.pk, ()),
                exceptions_url=(
                    reverse("plans:period_exceptions", args=[period.pk])
                    if assignment.province_id in user.provinces_with(Permission.WINDOW_GRANT)
                    else ""
                ),
            )
        )
    return tuple(rows)

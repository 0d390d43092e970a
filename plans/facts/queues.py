"""What waits for somebody: reports for the reviewer and for the head, proposals for their answer.

Definitions:

* A report is in the *review queue* while it is submitted and the reader may decide it (domain rule 6).
* A report is in the *head's queue* while the agency's head (or whom the head let approve) has to let it leave.
* Obstacles and proposals wait until somebody who reviews the agency answers them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate
from django.urls import reverse

from agencies import calendar
from agencies.models import Agency, Designation, User, valid_on
from agencies.text import format_day
from plans.facts.addresses import assignment_url
from plans.facts.badges import Badge, lateness, period_due_badge
from plans.facts.recorded import refusal_of_plan, refusal_today
from plans.facts.windows import Window, due_expression, windows
from plans.models import Plan, Progress, Remark

# The review queue


@dataclass(frozen=True)
class QueueRow:
    """One submitted report that waits for a decision."""

    id: int
    url: str
    code: str
    title: str
    agency: str
    period: str
    due: str
    submitted: str
    waiting: str
    lateness: Badge
    version: str
    revision: int
    asked: Badge


@dataclass(frozen=True)
class QueueWanted:
    """What a reviewer asks of the queue; an empty field asks nothing."""

    plan: Plan | None = None
    agency: Agency | None = None
    period: str = ""
    asked: str = ""
    late: str = ""

    @property
    def active(self) -> int:
        """How many filters are set."""
        return sum(bool(value) for value in vars(self).values())


ASKED_CHOICES = {"waiting": "Đã hỏi, chờ cơ quan trả lời", "replied": "Cơ quan đã trả lời", "none": "Chưa hỏi gì"}
LATE_CHOICES = {"late": "Nộp muộn", "on_time": "Nộp đúng hạn"}


def queue(user: User, on: date, wanted: QueueWanted | None = None) -> QuerySet[Progress]:
    """Return the submitted reports the user may decide, by due date, then by first submission."""
    questions = Remark.objects.filter(version=OuterRef("latest"), kind=Remark.Kind.QUESTION)
    found = (
        Progress.objects.decidable_by(user, on)
        .filter(state=Progress.State.SUBMITTED)
        .annotate(
            due_on=due_expression("period", on),
            was_asked=Exists(questions),
            owes_reply=Exists(questions.filter(reply__isnull=True)),
            first_day=TruncDate("first_submitted_at", tzinfo=calendar.VIETNAM),
        )
        .order_by("due_on", "first_submitted_at", "pk")
    )
    if wanted is None:
        return found
    if wanted.plan:
        found = found.filter(assignment__task__plan=wanted.plan)
    if wanted.agency:
        found = found.filter(assignment__agency=wanted.agency)
    if wanted.period:
        found = found.filter(period__code=wanted.period)
    if wanted.asked:
        found = found.filter(
            {
                "waiting": Q(owes_reply=True),
                "replied": Q(was_asked=True, owes_reply=False),
                "none": Q(was_asked=False),
            }[wanted.asked]
        )
    if wanted.late:
        late = Q(first_day__gt=F("due_on"))
        found = found.filter(late if wanted.late == "late" else ~late)
    return found


def _asked(row: Mapping[str, Any]) -> Badge:
    if row["owes_reply"]:
        return Badge("Đã hỏi, chờ trả lời", "due")
    return Badge("Đã trả lời câu hỏi", "info") if row["was_asked"] else Badge("")


def queue_rows(page: QuerySet[Progress], on: date) -> tuple[QueueRow, ...]:
    """Return the lines of a page of the queue, in one query."""
    base = reverse("plans:review_queue")
    rows = []
    # Annotated by ``queue``, which the type of the page does not tell.
    annotated: QuerySet[Any] = page
    for row in annotated.values(
        "id",
        "first_submitted_at",
        "latest__submitted_at",
        "latest__number",
        "latest__corrects_id",
        "period__name",
        "due_on",
        "revision",
        "was_asked",
        "owes_reply",
        "assignment__task__code",
        "assignment__task__current__title",
        "assignment__agency__name",
        "assignment__agency__short_name",
    ):
        number = row["latest__number"]
        sent = row["latest__submitted_at"]
        days = (on - calendar.day_of(sent)).days if sent else 0
        version = f"Lần {number}" if number > 1 else ""
        if row["latest__corrects_id"]:
            version = f"Điều chỉnh (lần {number})"
        rows.append(
            QueueRow(
                id=row["id"],
                url=f"{base}{row['id']}/",
                code=row["assignment__task__code"],
                title=row["assignment__task__current__title"],
                agency=row["assignment__agency__short_name"] or row["assignment__agency__name"],
                period=row["period__name"],
                due=format_day(row["due_on"]),
                submitted=calendar.moment(sent),
                waiting=f"chờ {days} ngày" if days > 0 else "hôm nay",
                lateness=lateness(row["first_submitted_at"], row["due_on"]),
                version=version,
                revision=row["revision"],
                asked=_asked(row),
            )
        )
    return tuple(rows)


def deciding_body(province_id: int, agency_id: int, on: date) -> str:
    """Return who decides the reports of an agency on a day (domain rule 6), for people to read."""
    bodies = {
        designation.role: designation.agency
        for designation in Designation.objects.filter(valid_on(on), province_id=province_id).select_related("agency")
    }
    standing = bodies.get(Designation.Role.STANDING_OFFICE)
    second = bodies.get(Designation.Role.SECOND_REVIEWER)
    chosen = second if standing is not None and standing.pk == agency_id else standing
    return chosen.name if chosen else "cơ quan thẩm định (chưa được phân công)"


# The head's queue


@dataclass(frozen=True)
class ApprovalRow:
    """One report that waits for the head."""

    id: int
    revision: int
    url: str
    code: str
    title: str
    agency: str
    period: str
    due: Badge
    forwarded: str
    result: str
    closed: str


def approval_queue(user: User, on: date) -> QuerySet[Progress]:
    """Return the reports that the user may let leave, by due date, then by the moment they were forwarded."""
    return (
        Progress.objects.approvable_by(user, on)
        .annotate(due_on=due_expression("period", on))
        .order_by("due_on", "latest__forwarded_at", "pk")
    )


def why_kept(report: Progress, window: Window) -> str:
    """Return why a report before the head cannot leave on the window's day, as a sentence, or an empty text."""
    assignment, correcting = report.assignment, report.accepted_id is not None
    refusal = refusal_of_plan(assignment.task.plan, correcting=correcting) or refusal_today(
        assignment, window.on, correcting=correcting
    )
    return refusal or ("" if report.first_submitted_at else window.closed_because(assignment.agency_id))


def approval_rows(page: QuerySet[Progress], on: date) -> tuple[ApprovalRow, ...]:
    """Return the lines of a page of the head's queue, in two queries."""
    reports = list(
        page.select_related(
            "period",
            "latest__forwarded_by",
            "assignment__agency",
            "assignment__task__current",
            "assignment__task__plan",
        )
    )
    known = windows({report.period_id: report.period for report in reports}.values(), on)
    base = reverse("plans:approval_queue")
    rows = []
    for report in reports:
        version, task = report.latest, report.assignment.task
        assert version is not None
        window = known[report.period_id]
        rows.append(
            ApprovalRow(
                id=report.pk,
                revision=report.revision,
                url=f"{base}{report.pk}/",
                code=task.code,
                title=task.current.title if task.current else "",
                agency=report.assignment.agency.label,
                period=report.period.name,
                due=period_due_badge(window.due_on, on),
                forwarded=f"{version.forwarded_by}, {calendar.moment(version.forwarded_at)}",
                result=version.result,
                closed=why_kept(report, window),
            )
        )
    return tuple(rows)


# Unanswered proposals


@dataclass(frozen=True)
class ProposalRow:
    """Obstacles and proposals of one report that have no answer."""

    url: str
    report_id: int
    revision: int
    code: str
    title: str
    agency: str
    period: str
    obstacles: str
    proposals: str
    since: str


def proposals(user: User, on: date) -> QuerySet[Progress]:
    """Return the reports whose obstacles and proposals the user may answer and nobody has."""
    return (
        Progress.objects.decidable_by(user, on)
        .filter(first_submitted_at__isnull=False)
        .unanswered()
        .order_by("first_submitted_at", "pk")
    )


def proposal_rows(page: QuerySet[Progress]) -> tuple[ProposalRow, ...]:
    """Return the lines of a page of unanswered proposals, in one query."""
    annotated: QuerySet[Any] = page
    return tuple(
        ProposalRow(
            url=assignment_url(row["assignment_id"]),
            report_id=row["id"],
            revision=row["revision"],
            code=row["assignment__task__code"],
            title=row["assignment__task__current__title"],
            agency=row["assignment__agency__short_name"] or row["assignment__agency__name"],
            period=row["period__name"],
            obstacles=row["said_obstacles"],
            proposals=row["said_proposals"],
            since=calendar.moment(row["first_submitted_at"]),
        )
        for row in annotated.values(
            "id",
            "revision",
            "assignment_id",
            "assignment__task__code",
            "assignment__task__current__title",
            "assignment__agency__name",
            "assignment__agency__short_name",
            "period__name",
            "first_submitted_at",
            "said_obstacles",
            "said_proposals",
        )
    )

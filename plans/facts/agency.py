"""One agency: who answers for it by name, and how it stands.

Definitions:

* *Task lateness* and *report lateness* are two things (domain § 3.7): the first counts duties done after their day, or
  open past it, today; the second counts reports whose first submission came after the period's due date, as moved by
  an outage.
* The *components it answers for* are those that the tasks it leads today serve.
* Figures, reports and requests are shown to those who may read the agency's progress.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.text import capfirst

from agencies import calendar
from agencies.models import Agency, Delegation, User, valid_on
from agencies.permissions import Permission, Role
from agencies.text import format_day
from plans.facts.addresses import assignment_url
from plans.facts.buckets import bucket_condition
from plans.facts.windows import windows
from plans.models import Assignment, DutyRequest, Plan, Progress, ReportingPeriod, TaskComponent
from plans.standing import Bucket, State


@dataclass(frozen=True)
class PersonRow:
    """A person of the agency."""

    name: str
    title: str
    since: str


@dataclass(frozen=True)
class PlanRow:
    """How the agency stands in one plan; each number with what it is out of."""

    label: str
    url: str
    duties: int
    done: int
    done_late: int
    overdue: int
    overdue_url: str
    oldest: int
    reports: int
    late_reports: int
    latest_days: int


@dataclass(frozen=True)
class RequestRow:
    """What the agency asks for and nobody has decided."""

    kind: str
    code: str
    title: str
    url: str
    since: str


@dataclass(frozen=True)
class AgencyPage:
    """Everything the page of an agency shows."""

    name: str
    kind: str
    heads: tuple[PersonRow, ...]
    officers: tuple[PersonRow, ...]
    delegates: tuple[PersonRow, ...]
    rule: str
    approval_url: str
    sees_progress: bool
    plans: tuple[PlanRow, ...]
    components: tuple[str, ...]
    requests: tuple[RequestRow, ...]
    unanswered: int
    ended: str


def _people(agency: Agency, role: Role, on: date) -> tuple[PersonRow, ...]:
    found = agency.memberships.filter(valid_on(on), role=role, user__is_active=True).select_related("user")
    return tuple(
        PersonRow(str(one.user), one.user.title, format_day(one.valid_from))
        for one in found.order_by("user__full_name")
    )


def _plans(agency: Agency, on: date) -> tuple[PlanRow, ...]:
    duties = (
        Assignment.objects.leading(on)
        .filter(agency=agency)
        .exclude(task__plan__state=Plan.State.DRAFTING)
        .order_by("-task__plan__year_from", "task__plan_id")
        .values("task__plan_id")
        .annotate(
            total=Count("pk"),
            done=Count("pk", filter=Q(state=State.DONE)),
            done_late=Count("pk", filter=bucket_condition(Bucket.DONE_LATE, on)),
            overdue=Count("pk", filter=bucket_condition(Bucket.OPEN_OVERDUE, on)),
        )
    )
    rows = list(duties)
    plans = Plan.objects.in_bulk([row["task__plan_id"] for row in rows])
    first_due = dict(
        Assignment.objects.leading(on)
        .filter(bucket_condition(Bucket.OPEN_OVERDUE, on), agency=agency)
        .order_by("task__plan_id", "-due_on")
        .values_list("task__plan_id", "due_on")
    )
    sent = list(
        Progress.objects.filter(assignment__agency=agency, first_submitted_at__isnull=False).values_list(
            "assignment__task__plan_id", "period_id", "first_submitted_at"
        )
    )
    known = windows(ReportingPeriod.objects.filter(plan_id__in=plans), on)
    where = reverse("plans:assignment_list")
    found = []
    for row in rows:
        plan = plans[row["task__plan_id"]]
        days = [known[period_id].days_late(first) for plan_id, period_id, first in sent if plan_id == plan.pk]
        oldest = first_due.get(plan.pk)
        found.append(
            PlanRow(
                label=plan.label,
                url=reverse("plans:plan_detail", args=[plan.code]),
                duties=row["total"],
                done=row["done"],
                done_late=row["done_late"],
                overdue=row["overdue"],
                overdue_url=f"{where}?plan={plan.code}&agency={agency.pk}&due=overdue",
                oldest=(on - oldest).days if oldest else 0,
                reports=len(days),
                late_reports=sum(one > 0 for one in days),
                latest_days=max(days, default=0),
            )
        )
    return tuple(found)


def agency_page(agency: Agency, user: User, on: date) -> AgencyPage:
    """Return an agency with its people and, for those who may know, its figures; a fixed number of queries."""
    sees = user.holds(Permission.PROGRESS_READ, province_id=agency.province_id, agency_id=agency.pk)
    rule = agency.approval_rules.filter(valid_on(on)).first()
    rules = agency.pk in {one.agency_id for one in user.standing() if one.role == Role.AGENCY_HEAD} or (
        agency.province_id in user.provinces_with(Permission.DIRECTORY_MANAGE)
    )
    delegates = Delegation.objects.in_force(on).filter(agency=agency).select_related("person").order_by("valid_from")
    led = Assignment.objects.leading(on).filter(agency=agency).exclude(task__plan__state=Plan.State.DRAFTING)
    serves = (
        TaskComponent.objects.filter(version__in=led.values("task__current_id"))
        .select_related("index", "component")
        .order_by("index__code", "component__code", "pk")
    )
    requests = DutyRequest.objects.none()
    if sees:
        requests = (
            DutyRequest.objects.visible_to(user)
            .filter(assignment__agency=agency, state=DutyRequest.State.OPEN)
            .select_related("assignment__task__current")
            .order_by("created_at", "pk")
        )
    return AgencyPage(
        name=agency.name,
        kind=capfirst(agency.get_kind_display()),
        heads=tuple(
            PersonRow(str(one.user), one.user.title, format_day(one.valid_from)) for one in agency.heads_on(on)
        ),
        officers=_people(agency, Role.OFFICER, on),
        delegates=tuple(
            PersonRow(str(one.person), one.person.title, f"{format_day(one.valid_from)} – {format_day(one.valid_to)}")
            for one in delegates
        ),
        rule=f"từ {format_day(rule.valid_from)}, {rule.document}" if rule else "",
        approval_url=reverse("plans:agency_approval", args=[agency.pk]) if rules else "",
        sees_progress=sees,
        plans=_plans(agency, on) if sees else (),
        components=tuple(dict.fromkeys(one.label for one in serves)),
        requests=tuple(
            RequestRow(
                kind=capfirst(one.get_kind_display()),
                code=one.assignment.task.code,
                title=one.assignment.task.current.title if one.assignment.task.current else "",
                url=assignment_url(one.assignment_id),
                since=calendar.moment(one.created_at),
            )
            for one in requests
        ),
        unanswered=(
            Progress.objects.visible_to(user).filter(assignment__agency=agency).unanswered().count() if sees else 0
        ),
        ended=format_day(agency.valid_to),
    )

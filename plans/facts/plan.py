"""A plan on a day: its targets, tasks and the one way of counting (domain § 3.11).

Everything that shows a plan's figures for a day (``show_plan``, the reports) is drawn from ``plan_facts``.

Definitions:

* ``task_counts``: tasks of the plan; a group task is one; tasks only proposed ("Đề nghị") are counted apart.
* ``assignment_counts``: duties of lead agencies; each member of a group has its own.
* A task is done by its rule (all, a threshold, the reviewer's conclusion: ``plans.standing.task_standing``).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q

from agencies import calendar
from agencies.models import AgencyName, name_in_force
from agencies.text import format_day, format_decimal
from plans.facts.buckets import HALTED
from plans.facts.recorded import NOTHING, Extended, Recorded, recorded
from plans.facts.tally import Tally
from plans.facts.targets import TargetFacts, target_facts
from plans.facts.windows import latest_period, window
from plans.models import (
    Assignment,
    Decision,
    EvidenceLink,
    PartyRole,
    Plan,
    ProgressVersion,
    ReportingPeriod,
    TaskParty,
    TaskVersion,
)
from plans.standing import (
    Counts,
    DeadlineKind,
    DueOrigin,
    Part,
    Reached,
    Rule,
    Standing,
    State,
    milestone_reached,
    standing_of,
    task_standing,
)


@dataclass(frozen=True)
class DeadlineFacts:
    """A deadline as the plan gives it; what it does not give is None or empty."""

    kind: str
    starts_on: date | None
    ends_on: date | None
    text: str
    origin: str

    @classmethod
    def of(cls, version: TaskVersion) -> "DeadlineFacts":
        """Return the deadline of a version of a task."""
        return cls(
            version.deadline_kind,
            version.deadline_from,
            version.deadline_to,
            version.deadline_text,
            version.deadline_origin,
        )

    @property
    def due_on(self) -> date | None:
        """The day it counts by; the one beside a condition does not, until the condition is met."""
        return None if self.kind == DeadlineKind.CONDITIONAL else self.ends_on

    @property
    def shown(self) -> str:
        """The deadline for a table cell."""
        if self.due_on:
            return format_day(self.due_on)
        if self.kind == DeadlineKind.NONE:
            return "Không nêu"
        if self.ends_on and not self.text:
            return f"{DeadlineKind(self.kind).label}, dự kiến {format_day(self.ends_on)}"
        return self.text[:1].upper() + self.text[1:] if self.text else DeadlineKind(self.kind).label


def counting_day(shown: str, due_on: date | None, origin: DueOrigin) -> str:
    """Return the day by which a duty counts, marked when the plan does not give it (``shown``: the plan's words)."""
    if due_on is None or origin in (DueOrigin.PLAN, DueOrigin.PERIOD):
        return shown
    return f"{format_day(due_on)} ({origin.label})"


@dataclass(frozen=True)
class MilestoneFacts:
    """What a task should reach by a day on its way, and how that stands."""

    year: int
    due_on: date
    text: str
    value: Decimal | None
    reached: Reached


@dataclass(frozen=True)
class EvidenceFacts:
    """A document shown with a report."""

    label: str
    name: str
    sha256: str


@dataclass(frozen=True)
class ReportFacts:
    """What a version says: the accepted one in force, else the last submitted one."""

    period: str
    accepted: bool
    returned: bool
    number: int
    submitted_at: datetime
    result: str
    figure: str
    fraction: str
    percent: str
    obstacles: str
    proposals: str
    explanation: str
    done_on: date | None
    evidence: tuple[EvidenceFacts, ...]


@dataclass(frozen=True)
class AssignmentFacts:
    """One agency's duty and how it stands."""

    id: int
    agency_id: int
    agency: str
    agency_kind: str
    proposed: bool
    standing: Standing
    due_origin: DueOrigin
    extensions: tuple[Extended, ...]
    not_updated: bool
    reported_at: datetime | None
    report: ReportFacts | None


@dataclass(frozen=True)
class TaskFacts:
    """One task, its parties in the plan's words, and how it stands."""

    id: int
    code: str
    title: str
    deliverable: str
    section_code: str
    section_title: str
    lead: tuple[str, ...]
    cooperating: tuple[str, ...]
    is_group: bool
    proposed: bool
    components: tuple[str, ...]
    deadline: DeadlineFacts
    milestones: tuple[MilestoneFacts, ...]
    rule: Rule
    dropped: bool
    amended_by: str
    standing: Standing
    assignments: tuple[AssignmentFacts, ...]

    @property
    def live(self) -> tuple[AssignmentFacts, ...]:
        """The lead assignments that count towards the task: neither suspended nor cancelled."""
        return tuple(one for one in self.assignments if one.standing.state not in HALTED)

    @property
    def tally(self) -> Tally:
        """n/N of its lead assignments."""
        return tally_of(self.assignments)

    @property
    def members(self) -> int:
        """N of "n/N"."""
        return self.tally.members

    @property
    def reported(self) -> int:
        """How many of them have reported at all."""
        return self.tally.reported

    @property
    def done(self) -> int:
        """How many of them are done."""
        return self.tally.done

    @property
    def due_origin(self) -> DueOrigin:
        """Where the day by which the task counts comes from: of a duty that gives it."""
        day = self.standing.due_on
        return next((one.due_origin for one in self.live if one.standing.due_on == day), DueOrigin.PLAN)


@dataclass(frozen=True)
class PlanFacts:
    """A plan at the end of a day."""

    code: str
    number: str | None
    label: str
    title: str
    issuer: str
    issued_on: date | None
    issued_text: str
    province: str
    province_kind: str
    state: str
    years: str
    as_of: date
    period: str
    period_due_on: date | None
    report_due_on: date | None
    targets: tuple[TargetFacts, ...]
    parent_targets: tuple[TargetFacts, ...]
    tasks: tuple[TaskFacts, ...]
    task_counts: Counts
    assignment_counts: Counts
    proposed_tasks: Counts
    proposed_assignments: Counts


def _reports(version_ids: set[int], as_of: date) -> dict[int, ReportFacts]:
    end = calendar.end_of(as_of)
    evidence: dict[int, list[EvidenceFacts]] = defaultdict(list)
    for link in EvidenceLink.objects.filter(version_id__in=version_ids).select_related("document__blob"):
        document = link.document
        day = f" ngày {format_day(document.issued_on)}" if document.issued_on else ""
        label = f"{document.number}{day}" if document.number else document.original_name
        evidence[link.version_id].append(EvidenceFacts(label, document.original_name, document.blob.sha256))

    found = {}
    for version in ProgressVersion.objects.filter(pk__in=version_ids).select_related("progress__period", "decision"):
        decision = getattr(version, "decision", None)
        verb = decision.verb if decision and decision.decided_at < end else None
        fraction = (
            f"{format_decimal(version.numerator)}/{format_decimal(version.denominator)}" if version.denominator else ""
        )
        assert version.submitted_at is not None
        found[version.pk] = ReportFacts(
            period=version.progress.period.name,
            accepted=verb == Decision.Verb.ACCEPT,
            returned=verb == Decision.Verb.RETURN,
            number=version.number,
            submitted_at=version.submitted_at,
            result=version.result,
            figure=format_decimal(version.figure),
            fraction=fraction,
            percent=format_decimal(version.percent),
            obstacles=version.obstacles,
            proposals=version.proposals,
            explanation=version.explanation,
            done_on=version.done_on,
            evidence=tuple(evidence.get(version.pk, ())),
        )
    return found


def _versions_on(plan: Plan, as_of: date) -> list[TaskVersion]:
    chosen: dict[int, TaskVersion] = {}
    for version in (
        TaskVersion.objects.filter(task__plan=plan)
        .in_force(as_of)
        .select_related("task__section", "amendment")
        .prefetch_related("parties__agency", "parties__group", "serves__index", "serves__component", "milestones")
        .order_by("task__order", "number")
    ):
        chosen[version.task_id] = version
    return list(chosen.values())


Figures = Mapping[int, tuple[tuple[date, Decimal], ...]]


def accepted_figures(where: Q, as_of: date) -> Figures:
    """Return assignment id → the accepted figures by cut-off, as known when a day ended (tasks with milestones)."""
    found: dict[int, dict[date, Decimal]] = defaultdict(dict)
    for assignment_id, cut_off, figure in (
        ProgressVersion.objects.filter(
            where,
            figure__isnull=False,
            decision__verb=Decision.Verb.ACCEPT,
            decision__decided_at__lt=calendar.end_of(as_of),
        )
        .order_by("progress__assignment_id", "progress__period__cut_off", "number")
        .values_list("progress__assignment_id", "progress__period__cut_off", "figure")
    ):
        if figure is not None:
            found[assignment_id][cut_off] = figure
    return {pk: tuple(some.items()) for pk, some in found.items()}


def milestone_figure(figures: Figures, assignment_id: int, due_on: date) -> Decimal | None:
    """Return the latest accepted figure of a period cut off by a day."""
    return next((figure for cut_off, figure in reversed(figures.get(assignment_id, ())) if cut_off <= due_on), None)


def _milestones(
    version: TaskVersion, duties: list[AssignmentFacts], figures: Figures, as_of: date
) -> tuple[MilestoneFacts, ...]:
    # A figure answers for the task only where one agency leads it.
    one = duties[0] if len(duties) == 1 else None
    return tuple(
        MilestoneFacts(
            milestone.year,
            milestone.due_on,
            milestone.text,
            milestone.value,
            milestone_reached(
                milestone.due_on,
                milestone.value,
                milestone_figure(figures, one.id, milestone.due_on) if one else None,
                one.standing.done_on if one else None,
                as_of,
            ),
        )
        for milestone in version.milestones.all()
    )


def duties_of(tasks: Iterable[TaskFacts]) -> list[AssignmentFacts]:
    """Return the duties of tasks."""
    return [duty for task in tasks for duty in task.assignments]


def count_duties(duties: Collection[AssignmentFacts]) -> Counts:
    """Count duties by bucket, and those not updated."""
    return Counts.of((duty.standing.bucket for duty in duties), sum(duty.not_updated for duty in duties))


def tally_of(duties: Iterable[AssignmentFacts]) -> Tally:
    """Count n/N of duties."""
    return Tally.of((duty.standing.state, duty.reported_at is not None) for duty in duties)


def count_tasks(tasks: Collection[TaskFacts]) -> Counts:
    """Count tasks by bucket, and those with a duty that is not updated."""
    return Counts.of(
        (task.standing.bucket for task in tasks),
        sum(any(duty.not_updated for duty in task.assignments) for task in tasks),
    )


def plan_facts(plan: Plan, as_of: date, *, with_reports: bool = True, of: ReportingPeriod | None = None) -> PlanFacts:
    """Return the plan as it stood at the end of a day, in a fixed number of queries.

    ``of``: the period of which "chưa cập nhật" is asked (None: the latest of that day).
    """
    record = recorded(plan, as_of)
    period = of or latest_period(plan.pk, as_of)
    period_id = period.pk if period else None
    ended = plan.ended_at is not None and plan.ended_at < calendar.end_of(as_of)
    names: dict[int, list[AgencyName]] = defaultdict(list)
    for name in AgencyName.objects.filter(agency__province_id=plan.province_id):
        names[name.agency_id].append(name)
    reports = (
        _reports({r.version_id for r in record.duties.values() if r.version_id is not None}, as_of)
        if with_reports
        else {}
    )
    versions = _versions_on(plan, as_of)
    dated = [version.task_id for version in versions if version.milestones.all()]
    figures = accepted_figures(Q(progress__assignment__task__in=dated), as_of) if dated else {}
    by_task: dict[int, list[Assignment]] = defaultdict(list)
    for assignment in (
        Assignment.objects.filter(task__plan=plan, role=PartyRole.LEAD)
        .known_on(as_of)
        .select_related("agency")
        .order_by("task__order", "agency__order", "id")
    ):
        by_task[assignment.task_id].append(assignment)

    def name_on(assignment: Assignment) -> str:
        found = name_in_force(names.get(assignment.agency_id, ()), as_of)
        return found.name if found else assignment.agency.name

    def party_name(party: TaskParty, version: TaskVersion) -> str:
        # The text of a plan names a body as it was called when that text took effect.
        found = None
        if not party.wording and party.agency_id is not None:
            found = name_in_force(names.get(party.agency_id, ()), version.effective_from or plan.issued_on or as_of)
        return found.name if found else party.name

    tasks = []
    for version in versions:
        task = version.task
        kind = DeadlineKind(version.deadline_kind)
        proposed = version.authority == TaskVersion.Authority.PROPOSE
        duties = []
        for assignment in by_task.get(task.pk, ()):
            one: Recorded = record.duties.get(assignment.pk, NOTHING)
            duties.append(
                AssignmentFacts(
                    id=assignment.pk,
                    agency_id=assignment.agency_id,
                    agency=name_on(assignment),
                    agency_kind=assignment.agency.kind,
                    proposed=proposed,
                    standing=standing_of(one.state, kind, one.due_on, one.done_on, as_of),
                    due_origin=one.due_origin,
                    extensions=one.extensions,
                    not_updated=one.not_updated(period_id),
                    reported_at=one.reported_at,
                    report=reports.get(one.version_id) if one.version_id else None,
                )
            )
        parts = [Part(duty.standing.state, duty.standing.done_on, duty.standing.due_on) for duty in duties]
        if version.dropped and not parts:
            parts = [Part(State.CANCELLED)]
        parties = list(version.parties.all())
        tasks.append(
            TaskFacts(
                id=task.pk,
                code=task.code,
                title=version.title,
                deliverable=version.deliverable,
                section_code=task.section.code,
                section_title=task.section.title,
                lead=tuple(party_name(party, version) for party in parties if party.role == PartyRole.LEAD),
                cooperating=tuple(
                    party_name(party, version) for party in parties if party.role == PartyRole.COOPERATING
                ),
                is_group=version.is_group,
                proposed=proposed,
                components=tuple(serves.label for serves in version.serves.all()),
                deadline=DeadlineFacts.of(version),
                milestones=_milestones(version, duties, figures, as_of),
                rule=record.rule(task.pk),
                dropped=version.dropped,
                amended_by=version.amendment.number if version.amendment else "",
                standing=task_standing(parts, record.rule(task.pk), kind, version.due_on, as_of),
                assignments=tuple(duties),
            )
        )

    rated = [task for task in tasks if not task.proposed]
    asked = [task for task in tasks if task.proposed]

    return PlanFacts(
        code=plan.code,
        number=plan.number,
        label=str(plan),
        title=plan.title,
        issuer=plan.issuer,
        issued_on=plan.issued_on,
        issued_text=plan.issued_text,
        province=plan.province.name,
        province_kind=plan.province.get_kind_display(),
        state=Plan.State.ISSUED if plan.state == Plan.State.ENDED and not ended else plan.state,
        years=plan.years,
        as_of=as_of,
        period=period.name if period else "",
        period_due_on=window(period, as_of).due_on if period else None,
        report_due_on=plan.report_due_on,
        targets=target_facts(plan, as_of),
        parent_targets=target_facts(plan.sub_plan_of, as_of) if plan.sub_plan_of else (),
        tasks=tuple(tasks),
        task_counts=count_tasks(rated),
        assignment_counts=count_duties(duties_of(rated)),
        proposed_tasks=count_tasks(asked),
        proposed_assignments=count_duties(duties_of(asked)),
    )

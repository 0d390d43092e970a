"""The text of a plan with what the reader may see of its progress today.

Definitions:

* A task of the plan is done by its rule (``plans.standing.task_standing``).
* Who may not see every agency's progress sees the standing of the own agency's duties only.
* n/N of a group task: ``plans.facts.tally``.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Q
from django.urls import reverse

from agencies.models import User
from agencies.permissions import Permission
from agencies.text import format_day
from plans.facts.addresses import assignment_url
from plans.facts.amendments import (
    AmendmentRow,
    PastText,
    TargetHistory,
    amendment_rows,
    target_histories,
    task_histories,
)
from plans.facts.assignment_list import ANY_DONE, BUCKET_CHOICES
from plans.facts.badges import Badge, plan_state_badge, state_badge, time_badge
from plans.facts.periods import Periods
from plans.facts.plan import DeadlineFacts
from plans.facts.tally import Tally
from plans.facts.target_rows import TargetRow, target_rows
from plans.models import Assignment, PartyRole, Plan, Section, TaskVersion
from plans.standing import Bucket, DeadlineKind, DoneRule, Part, Rule, Standing, State, task_standing


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
        tally = Tally.of_rows(duties).text
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


def plan_page(plan: Plan, user: User, wanted: TasksWanted, on: date) -> PlanPage:
    """Return the plan's text, in a fixed number of queries. An officer sees the own agency's standing only."""
    duties: dict[int, list[dict[str, Any]]] = defaultdict(list)
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
    return drawn(
        plan,
        user,
        on,
        state=Plan.State(plan.state),
        sections=tuple(sections),
        shown=shown,
        total=total,
        filtered=", ".join(words),
        some_duties=bool(duties),
    )


def drawn(
    plan: Plan,
    user: User,
    on: date,
    *,
    state: Plan.State,
    sections: tuple[SectionRow, ...],
    shown: int,
    total: int,
    filtered: str,
    some_duties: bool,
    past: bool = False,
) -> PlanPage:
    """Return the page from its tasks and what stands around them; ``past``: nothing known after the day's end.

    ``some_duties``: the reader may see how some of the duties stand.
    """
    everybody = plan.province_id in user.provinces_with(Permission.PROGRESS_READ)
    sees_dashboard = plan.province_id in user.provinces_with(Permission.DASHBOARD_READ)
    return PlanPage(
        code=plan.code,
        label=plan.label,
        title=plan.title,
        issuer=plan.issuer,
        issued=format_day(plan.issued_on) or plan.issued_text,
        years=plan.years,
        source=plan.source,
        note=plan.note,
        state=plan_state_badge(state),
        drafting=state == Plan.State.DRAFTING,
        report_due=format_day(plan.report_due_on),
        relatives=relatives_of(plan, user),
        targets=target_rows(plan, on, user),
        sections=sections,
        shown=shown,
        total=total,
        filtered=filtered,
        dashboard_url=reverse("plans:plan_dashboard", args=[plan.code]) if sees_dashboard else "",
        own_only=bool(user.agencies_with(Permission.PROGRESS_READ)) and not everybody,
        sees_progress=everybody or some_duties,
        day=format_day(on) if past else "",
        ended=ended_words(plan) if state == Plan.State.ENDED else "",
        amendments=amendment_rows(plan, user, on, recorded_by=on if past else None),
        target_texts=target_histories(plan, on),
    )

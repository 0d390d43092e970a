"""Entering and issuing plans, and handing their tasks to agencies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F

from agencies import calendar
from agencies.actions import jobs, trail
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Agency, AgencyGroup, Province, User
from agencies.permissions import Permission
from agencies.text import fold, format_day, nfc
from indicators.models import Component, Index
from plans import builder
from plans.actions.progress import REFRESH_PLAN
from plans.actions.rulings import told_of_duty
from plans.models import (
    Amendment,
    Assignment,
    PartyRole,
    Plan,
    ReportingPeriod,
    Section,
    Target,
    TargetVersion,
    Task,
    TaskComponent,
    TaskMilestone,
    TaskParty,
    TaskQuantity,
    TaskVersion,
)


@dataclass(frozen=True)
class Party:
    """An agency or a group that a task names, in the plan's words."""

    role: str
    agency: Agency | None = None
    group: AgencyGroup | None = None
    wording: str = ""


@dataclass(frozen=True)
class Serves:
    """An index or component that a task serves."""

    index: Index
    component: Component | None = None
    wording: str = ""


@dataclass(frozen=True)
class Quantity:
    """A figure a task asks for."""

    value: Decimal
    comparator: str
    unit: str


@dataclass(frozen=True)
class Milestone:
    """What a task that runs over years should reach by a day on the way."""

    year: int
    due_on: date
    text: str
    value: Decimal | None = None


@dataclass(frozen=True)
class TaskText:
    """What a task says."""

    title: str
    deliverable: str = ""
    is_group: bool = False
    authority: str = TaskVersion.Authority.ASSIGN
    deadline: Mapping[str, Any] = field(default_factory=dict)
    parties: Sequence[Party] = ()
    serves: Sequence[Serves] = ()
    quantities: Sequence[Quantity] = ()
    milestones: Sequence[Milestone] = ()

    @property
    def columns(self) -> dict[str, Any]:
        """What stands on the version's own row."""
        return {
            "title": nfc(self.title),
            "deliverable": nfc(self.deliverable),
            "is_group": self.is_group,
            "authority": self.authority,
            **self.deadline,
        }

    def write_parts(self, version: TaskVersion) -> None:
        """Write what hangs on a new version."""
        TaskParty.objects.bulk_create(
            TaskParty(version=version, role=p.role, agency=p.agency, group=p.group, wording=nfc(p.wording), order=n)
            for n, p in enumerate(self.parties)
        )
        TaskComponent.objects.bulk_create(
            TaskComponent(version=version, index=s.index, component=s.component, wording=nfc(s.wording), order=n)
            for n, s in enumerate(self.serves)
        )
        TaskQuantity.objects.bulk_create(
            TaskQuantity(version=version, value=q.value, comparator=q.comparator, unit=nfc(q.unit))
            for q in self.quantities
        )
        TaskMilestone.objects.bulk_create(
            TaskMilestone(version=version, year=m.year, due_on=m.due_on, text=nfc(m.text), value=m.value)
            for m in self.milestones
        )


def create(*, province: Province, code: str, by: User | None, **values: Any) -> Plan:
    """Begin a plan as a draft."""
    with transaction.atomic():
        plan = Plan.objects.create(
            province=province, code=code, state=Plan.State.DRAFTING, created_at=calendar.now(), **values
        )
        trail.record(
            province_id=province.pk,
            action="plan.create",
            subject=plan,
            after={"code": plan.code, "number": plan.number, "title": plan.title},
            by=by,
        )
    return plan


def _must_be_draft(plan: Plan) -> None:
    if plan.state != Plan.State.DRAFTING:
        raise Conflict("plan_issued", "Kế hoạch đã ban hành, chỉ thay đổi bằng văn bản sửa đổi.")


def add_section(*, plan: Plan, code: str, title: str, parent: Section | None, index: Index | None) -> Section:
    """Add a section to a draft."""
    _must_be_draft(plan)
    return Section.objects.create(
        plan=plan, code=code, title=nfc(title), parent=parent, index=index, order=plan.sections.count() + 1
    )


def add_task(
    *, section: Section, code: str, text: TaskText, deciding_document: str, carried_from: Task | None = None
) -> Task:
    """Add a task to a draft, as its first version. A deadline that the plan does not give stays empty."""
    plan = section.plan
    _must_be_draft(plan)
    with transaction.atomic():
        task = Task.objects.create(
            province_id=plan.province_id,
            plan=plan,
            section=section,
            code=code,
            order=plan.tasks.count() + 1,
            carried_from=carried_from,
        )
        version = TaskVersion.objects.create(
            task=task,
            number=1,
            effective_from=plan.issued_on,
            deciding_document=deciding_document,
            **text.columns,
        )
        text.write_parts(version)
        task.current = version
        task.search_text = fold(f"{code} {version.title} {version.deliverable}")
        task.save(update_fields=["current", "search_text"])
    return task


def add_target(*, plan: Plan, code: str, deciding_document: str, **values: Any) -> Target:
    """Add a target to a draft, as its first version (``values``: columns of ``TargetVersion``)."""
    _must_be_draft(plan)
    with transaction.atomic():
        target = Target.objects.create(
            province_id=plan.province_id, plan=plan, code=code, order=plan.targets.count() + 1
        )
        TargetVersion.objects.create(
            target=target,
            number=1,
            effective_from=plan.issued_on,
            deciding_document=deciding_document,
            **values,
        )
    return target


def add_period(*, plan: Plan, by: User | None = None, **values: Any) -> ReportingPeriod:
    """Add a reporting period (its dates are checked by the database).

    One that a person adds, or that an issued plan gets, leaves its event; those that a program gives a draft are told
    by the event that issues it. What an issued plan gets is known from now on and changes no earlier day. Raises
    Invalid (``cut_off_taken``): with the same cut-off day only one of two periods would be asked for.
    """
    with transaction.atomic():
        other = ReportingPeriod.objects.filter(plan=plan, cut_off=values["cut_off"]).first()
        if other is not None and other.code != values["code"]:
            said = (
                f"Kế hoạch đã có kỳ {other.name} chốt số liệu ngày {format_day(other.cut_off)}. Hai kỳ cùng ngày chốt "
                "thì cơ quan chỉ được nhắc báo cáo một kỳ; hãy dùng kỳ đã có hoặc chọn ngày chốt khác."
            )
            raise Invalid("cut_off_taken", said, fields={"cut_off": said})
        if plan.state != Plan.State.DRAFTING:
            values["known_from"] = calendar.now()
        period = ReportingPeriod.objects.create(province_id=plan.province_id, plan=plan, **values)
        builder.refresh_duties(plan)
        if by is not None or plan.state != Plan.State.DRAFTING:
            jobs.enqueue(kind=REFRESH_PLAN, subject=plan, province_id=plan.province_id, by=by)
            trail.record(
                province_id=plan.province_id,
                action="period.add",
                subject=period,
                after={"plan": plan.code, **told_of_period(period)},
                by=by,
            )
    return period


def told_of_text(version: TaskVersion) -> dict[str, Any]:
    """Return what the trail keeps of a task's text (``id``: of the task): what decides how its duties count."""
    days = ("deadline_from", "deadline_to", "effective_from")
    return {
        "id": version.task_id,
        "code": version.task.code,
        "version": version.number,
        "title": version.title,
        "authority": version.authority,
        "deadline_kind": version.deadline_kind,
        "recurrence": version.recurrence,
        "condition": version.condition,
        "dropped": version.dropped,
        **{name: str(getattr(version, name)) if getattr(version, name) else None for name in days},
    }


def told_of_period(period: ReportingPeriod) -> dict[str, Any]:
    """Return what the trail keeps of a reporting period."""
    days = ("starts_on", "cut_off", "opens_on", "due_on", "closes_on")
    return {
        "id": period.pk,
        "code": period.code,
        "kind": period.kind,
        **{name: str(getattr(period, name)) if getattr(period, name) else None for name in days},
    }


def issue(*, plan: Plan, by: User | None) -> Plan:
    """Issue a draft: from now on its text changes by new versions only.

    Raises Invalid (``plan_without_date``) when neither a date nor the source's words for it are known.
    """
    with transaction.atomic():
        row = Plan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
        _must_be_draft(row)
        if row.issued_on is None and not row.issued_text:
            raise Invalid("plan_without_date", "Cần ngày ban hành trước khi chuyển kế hoạch sang đã ban hành.")
        row.state = Plan.State.ISSUED
        row.save(update_fields=["state"])
        trail.record(
            province_id=row.province_id,
            action="plan.issue",
            subject=row,
            before={"state": Plan.State.DRAFTING},
            after={
                "state": row.state,
                "tasks": row.tasks.count(),
                "texts": [
                    told_of_text(version)
                    for version in TaskVersion.objects.filter(task__plan=row)
                    .select_related("task")
                    .order_by("task__order", "number")
                ],
                "periods": [told_of_period(period) for period in row.periods.order_by("cut_off", "pk")],
            },
            by=by,
        )
    return row


def hand_out(*, plan: Plan, on: date, by: User | None) -> int:
    """Give every task to its agencies as of a day; a group's members are asked on that day.

    Idempotent: what is assigned stays. Returns how many assignments are new. Raises Conflict
    (``plan_not_issued``: a plan still being drafted assigns nothing; ``amendment_waits``: the text of a later day
    is known already, and the duties of today would not follow it).
    """
    if plan.state != Plan.State.ISSUED:
        raise Conflict("plan_not_issued", "Kế hoạch chưa ban hành nên chưa giao nhiệm vụ được.")
    waits = (
        Amendment.objects.filter(plan=plan, state=Amendment.State.CONFIRMED, effective_on__gt=on)
        .order_by("effective_on")
        .first()
    )
    if waits is not None:
        raise Conflict(
            "amendment_waits",
            f"Văn bản {waits.number} sửa đổi kế hoạch từ ngày {format_day(waits.effective_on)}. Hãy giao nhiệm vụ từ "
            "ngày đó.",
        )
    with transaction.atomic():
        # What confirmed amendments changed since: the text of today is what is handed out.
        amended = TaskVersion.objects.filter(task__plan=plan, amendment__state=Amendment.State.CONFIRMED)
        for task_id in amended.order_by("task_id").values_list("task_id", flat=True).distinct():
            builder.refresh_task(task_id)
        existing = set(Assignment.objects.filter(task__plan=plan).values_list("task_id", "agency_id", "role"))
        members: dict[int, list[Agency]] = {}
        new = []
        for party in TaskParty.objects.filter(
            version__task__plan=plan, version=F("version__task__current")
        ).select_related("version__task", "agency", "group"):
            if party.agency is not None:
                bodies = [party.agency]
            else:
                assert party.group is not None
                if party.role != PartyRole.LEAD:
                    continue
                bodies = members.setdefault(party.group.pk, list(party.group.members_on(on)))
            for body in bodies:
                key = (party.version.task_id, body.pk, party.role)
                if key in existing:
                    continue
                existing.add(key)
                new.append(
                    Assignment(
                        province_id=plan.province_id,
                        task_id=party.version.task_id,
                        agency=body,
                        role=party.role,
                        via_group=party.group,
                        valid_from=on,
                        created_at=calendar.now(),
                        due_on=party.version.due_on,
                    )
                )
        # With their ids: the trail names each duty.
        new = [*Assignment.objects.bulk_create(new)]
        builder.refresh_duties(plan)
        jobs.enqueue(kind=REFRESH_PLAN, subject=plan, province_id=plan.province_id, by=by)
        if new:
            trail.record(
                province_id=plan.province_id,
                action="plan.hand_out",
                subject=plan,
                after={"on": str(on), "assignments": len(new), "begun": [told_of_duty(one) for one in new]},
                by=by,
            )
    return len(new)


# --- ending and replacing ---------------------------------------------------------------------------------------


def may_end(plan: Plan, by: User | None) -> None:
    """Raise Refused (``may_not_amend``) unless the person amends, ends and replaces plans of the province."""
    if by is not None and plan.province_id not in by.provinces_with(Permission.PLAN_AMEND):
        raise Refused("may_not_amend", "Bạn không có quyền sửa đổi, kết thúc hay thay thế kế hoạch.")


def end(*, plan: Plan, on: date | None, document: str, by: User | None) -> Plan:
    """End an issued plan on a day (today or before) with the document that says so.

    Ongoing duties, and recurring ones that owe nothing, are done from that day; open ones stay as they are, and nothing
    is reported any more: only accepted reports may still be corrected. Raises Refused (``may_not_amend``), Conflict
    (``plan_not_issued``), Invalid (``end_incomplete``).
    """
    may_end(plan, by)
    with transaction.atomic():
        row = Plan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
        if row.state != Plan.State.ISSUED:
            raise Conflict("plan_not_issued", "Kế hoạch chưa ban hành, hoặc đã kết thúc rồi.")
        problems = {}
        if on is None:
            problems["on"] = "Cần ghi ngày kết thúc."
        elif on > calendar.today():
            problems["on"] = "Ngày kết thúc không được ở sau hôm nay."
        elif row.issued_on and on < row.issued_on:
            problems["on"] = "Ngày kết thúc không được trước ngày ban hành kế hoạch."
        if not nfc(document):
            problems["document"] = "Cần ghi văn bản kết thúc kế hoạch (số, ký hiệu, ngày)."
        if problems:
            raise Invalid("end_incomplete", " ".join(problems.values()), fields=problems)
        row.state, row.ended_on, row.ended_at = Plan.State.ENDED, on, calendar.now()
        row.end_document = nfc(document)[:200]
        row.save(update_fields=["state", "ended_on", "ended_at", "end_document"])
        builder.refresh_duties(row)
        jobs.enqueue(kind=REFRESH_PLAN, subject=row, province_id=row.province_id, by=by)
        trail.record(
            province_id=row.province_id,
            action="plan.end",
            subject=row,
            before={"state": Plan.State.ISSUED},
            after={"state": row.state, "ended_on": str(on), "document": row.end_document},
            by=by,
        )
    return row


def replace(*, old: Plan, new: Plan, by: User | None) -> Plan:
    """Say that a plan takes the place of another ("thay thế"). Nothing is carried over by this.

    Raises Refused (``may_not_amend``), Invalid (``not_replaceable``, ``replaces_itself``), Conflict
    (``replaces_another``).
    """
    may_end(new, by)
    with transaction.atomic():
        # Both, in one order: two plans that replace each other at the same moment must not make a circle.
        list(Plan.objects.select_for_update(of=("self",)).filter(pk__in=(new.pk, old.pk)).order_by("pk"))
        row, old = Plan.objects.get(pk=new.pk), Plan.objects.get(pk=old.pk)
        if not Plan.objects.replaceable_by(row).filter(pk=old.pk).exists():
            raise Invalid(
                "not_replaceable",
                "Chỉ thay thế được kế hoạch đã ban hành của tỉnh, hoặc của tỉnh đã sáp nhập vào tỉnh.",
            )
        if row.replaces_id == old.pk:
            return row
        if row.replaces_id is not None:
            raise Conflict("replaces_another", f"Kế hoạch này đã được ghi là thay thế {row.replaces}.")
        before: Plan | None = old
        while before is not None:
            if before.pk == row.pk:
                raise Invalid("replaces_itself", "Kế hoạch không thể thay thế kế hoạch đã thay thế chính nó.")
            before = before.replaces
        row.replaces = old
        row.save(update_fields=["replaces"])
        trail.record(
            province_id=row.province_id,
            action="plan.replace",
            subject=row,
            before={"replaces": None},
            after={"replaces": old.code, "number": old.number},
            by=by,
        )
    return row

"""Random histories of a plan, played through the verbs: reports, requests, rulings, groups that change."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db.models import Count, Q

from agencies import calendar
from agencies.actions import directory
from agencies.errors import PortalError
from agencies.models import Agency, Event, GroupMembership, User
from plans import builder
from plans.actions import groups, plans, progress, requests, rulings
from plans.facts.buckets import bucket_condition
from plans.models import Assignment, DutyRequest, PartyRole, Plan, PlanRollup, Progress, Task, TaskVersion
from plans.standing import Bucket, State
from tests.conftest import Small, pdf_upload

FIRST = date(2021, 8, 6)
YEAR = {"deadline_kind": "year", "deadline_from": date(2021, 1, 1), "deadline_to": date(2021, 12, 31)}


def deadline(dice: random.Random) -> dict[str, Any]:
    """Return a deadline of a random kind."""
    return dice.choice(
        (
            YEAR,
            {"deadline_kind": "date", "deadline_to": FIRST + timedelta(days=dice.randrange(20, 150))},
            {"deadline_kind": "date", "deadline_to": FIRST + timedelta(days=dice.randrange(20, 150))},
            {},
            {"deadline_kind": "ongoing"},
            {"deadline_kind": "recurring", "recurrence": dice.choice(("quarterly", "yearly"))},
            {"deadline_kind": "conditional", "condition": "khi có văn bản"},
            {"deadline_kind": "conditional", "condition": "khi có kinh phí", "deadline_to": date(2021, 10, 15)},
        )
    )


@dataclass
class Scene:
    """A plan with its people; ``refused`` counts the steps that the verbs refused, by code."""

    small: Small
    plan: Plan
    bodies: list[Agency]
    officers: dict[int, User] = field(default_factory=dict)
    taken: Counter = field(default_factory=Counter)
    refused: Counter = field(default_factory=Counter)
    shown: dict[date, "Shown"] = field(default_factory=dict)

    def officer(self, agency_id: int) -> User:
        """Return the officer of an agency, as of now."""
        user = self.officers[agency_id]
        user.forget_standing()
        return user

    def reviewer(self, agency_id: int) -> User:
        """Return who decides about an agency."""
        name = "vpub.thamdinh" if agency_id == self.small.agencies["SNV"].pk else "snv.thamdinh"
        user = self.small.people[name]
        user.forget_standing()
        return user


def build(small: Small, dice: random.Random, *, extra: int, singles: int, group_tasks: int) -> Scene:
    """Issue and hand out a plan of every kind of task to the small province and ``extra`` further agencies."""
    moment = datetime.combine(FIRST, time(8), tzinfo=calendar.VIETNAM)
    secret = make_password("x")
    with calendar.held_at(moment):
        bodies = [agency for code, agency in small.agencies.items() if code != "UBND"]
        for number in range(extra):
            bodies.append(
                directory.keep_agency(
                    province=small.province, code=f"X{number}", name=f"Cơ quan {number}", kind="so", symbol="X",
                    order=10 + number, confirmed=True,
                )
            )  # fmt: skip
        directory.keep_group(
            province=small.province, code="so", name="Các sở, ban, ngành", note="", members=bodies[5:], since=FIRST
        )
        plan = plans.create(
            province=small.province, code="ke-hoach-ngau-nhien", number="9/KH-UBND", kind="ke_hoach",
            title="Ngẫu nhiên", issuer="UBND", issued_on=FIRST, year_from=2021, year_to=2021, by=None,
        )  # fmt: skip
        section = plans.add_section(plan=plan, code="I", title="Việc", parent=None, index=None)
        for number in range(singles + group_tasks):
            single = number < singles
            party = plans.Party(PartyRole.LEAD, agency=dice.choice(bodies)) if single else None
            plans.add_task(
                section=section,
                code=str(number + 1),
                text=plans.TaskText(
                    f"Việc {number + 1}",
                    is_group=not single,
                    authority="propose" if dice.random() < 0.1 else "assign",
                    deadline=deadline(dice),
                    parties=[party or plans.Party(PartyRole.LEAD, group=small.group)],
                ),
                deciding_document="9/KH-UBND",
            )
        for code, kind, start, cut_off, opens, due, closes in (
            ("Q3", "quarter_3", (6, 15), (9, 14), (9, 1), (9, 20), date(2021, 10, 10)),
            ("Y", "year", (1, 1), (12, 14), (11, 1), (12, 20), None),
        ):
            plans.add_period(
                plan=plan, code=code, kind=kind, name=code, year=2021, starts_on=date(2021, *start),
                cut_off=date(2021, *cut_off), opens_on=date(2021, *opens), due_on=date(2021, *due), closes_on=closes,
            )  # fmt: skip
        plan = plans.issue(plan=plan, by=None)
        plans.hand_out(plan=plan, on=FIRST, by=None)
        scene = Scene(small, plan, bodies)
        for agency in bodies:
            known = User.objects.filter(memberships__agency=agency, memberships__role="officer").first()
            user = known or directory.add_user(
                username=f"{agency.code}.canbo", full_name=agency.code, password_hash=secret, by=None
            )
            if known is None:
                directory.join(user=user, agency=agency, role="officer", by=None)
            scene.officers[agency.pk] = user
    return scene


def play(scene: Scene, dice: random.Random, *, steps: int, until: date = date(2022, 2, 1), looks: int = 12) -> None:
    """Take random steps on random days; on some evenings keep what the lists show."""
    days = sorted(dice.choices(range((until - FIRST).days), k=steps))
    looked = set(dice.sample(sorted(set(days)), min(looks, len(set(days)))))
    for number, offset in enumerate(days):
        day = FIRST + timedelta(days=offset)
        moment = datetime.combine(day, time(9), tzinfo=calendar.VIETNAM) + timedelta(seconds=number)
        with calendar.held_at(moment):
            if number == 0 or days[number - 1] != offset:
                sweep(scene.plan)
            name, verb = _draw(dice)
            try:
                verb(scene, dice, day)
                scene.taken[name] += 1
            except PortalError as error:
                scene.refused[f"{name}: {error.code}"] += 1
        if offset in looked and (number + 1 == len(days) or days[number + 1] != offset):
            with calendar.held_at(datetime.combine(day, time(23), tzinfo=calendar.VIETNAM)):
                scene.shown[day] = look(scene.plan)


def sweep(plan: Plan) -> None:
    """Do what the five-minute sweep does."""
    groups.follow(plan=plan, by=None)
    builder.refresh_duties(plan)


# --- the steps -----------------------------------------------------------------------------------------------


def _some_duty(scene: Scene, dice: random.Random) -> Assignment | None:
    ids = list(Assignment.objects.leading().filter(task__plan=scene.plan).order_by("pk").values_list("pk", flat=True))
    if not ids:
        return None
    return Assignment.objects.select_related("task__plan", "task__current", "agency").get(pk=dice.choice(ids))


def _report(scene: Scene, dice: random.Random, day: date) -> None:
    duty = _some_duty(scene, dice)
    if duty is None:
        return
    period = scene.plan.periods.get(code="Q3" if day < date(2021, 10, 11) else "Y")
    officer = scene.officer(duty.agency_id)
    done_on = day - timedelta(days=dice.randrange(6)) if dice.random() < 0.6 else None
    said = progress.Content(result="x", explanation="y", done_on=done_on)
    begun = progress.start(assignment=duty, period=period, by=officer)
    if dice.random() < 0.15:
        return
    sent = progress.submit(progress=begun, content=said, revision=None, by=officer)
    if dice.random() < 0.6:
        progress.accept(progress=sent, revision=None, by=scene.reviewer(duty.agency_id))


def _decide(scene: Scene, dice: random.Random, day: date) -> None:
    waiting = list(Progress.objects.filter(state="submitted", assignment__task__plan=scene.plan).order_by("pk"))
    if not waiting:
        return
    report = dice.choice(waiting)
    reviewer = scene.reviewer(report.assignment.agency_id)
    if dice.random() < 0.2:
        officer = scene.officer(report.assignment.agency_id)
        progress.withdraw(progress=report, revision=None, by=officer)
    elif dice.random() < 0.6:
        progress.accept(progress=report, revision=None, by=reviewer)
    else:
        progress.send_back(progress=report, reason_code="other", reason="z", revision=None, by=reviewer)


def _correct(scene: Scene, dice: random.Random, day: date) -> None:
    accepted = list(Progress.objects.filter(state="accepted", assignment__task__plan=scene.plan).order_by("pk"))
    if accepted:
        report = dice.choice(accepted)
        progress.correct(progress=report, reason="sửa", revision=None, by=scene.officer(report.assignment.agency_id))


def _ask(scene: Scene, dice: random.Random, day: date) -> None:
    duty = _some_duty(scene, dice)
    if duty is None:
        return
    officer = scene.officer(duty.agency_id)
    if dice.random() < 0.7:
        requests.ask_extension(
            assignment=duty,
            new_due_on=max(day, duty.due_on or day) + timedelta(days=dice.randrange(1, 60)),
            reason="x",
            upload=pdf_upload(),
            by=officer,
        )
    else:
        requests.refuse(assignment=duty, reason="x", legal_ground="y", by=officer)


def _answer(scene: Scene, dice: random.Random, day: date) -> None:
    waiting = list(DutyRequest.objects.filter(state="open", assignment__task__plan=scene.plan).order_by("pk"))
    if not waiting:
        return
    asked = dice.choice(waiting)
    reviewer = scene.reviewer(asked.assignment.agency_id)
    turn = dice.random()
    if turn < 0.7:
        to = dice.choice(scene.bodies) if asked.kind == "refusal" else None
        requests.grant(request=asked, to=to, revision=None, by=reviewer)
    elif turn < 0.9:
        requests.decline(request=asked, reason="không", revision=None, by=reviewer)
    else:
        requests.withdraw(request=asked, revision=None, by=scene.officer(asked.assignment.agency_id))


def _rule(scene: Scene, dice: random.Random, day: date) -> None:
    duty = _some_duty(scene, dice)
    if duty is None:
        return
    whole = dice.random() < 0.2
    of = duty.task if whole else duty
    others = set(Assignment.objects.leading().filter(task=duty.task).values_list("agency_id", flat=True))
    reviewer = scene.reviewer(duty.agency_id if not whole or len(others) == 1 else 0)
    kind = duty.task.current.deadline_kind
    decision = {"document_number": "1/QĐ", "document_date": day, "by": reviewer}
    effective = max(FIRST, day + timedelta(days=dice.choice((-9, 0, 0, 0, 12))))
    if kind == "conditional" and dice.random() < 0.7:
        by = reviewer if whole else scene.officer(duty.agency_id)
        dated = day - timedelta(days=dice.choice((0, 0, 15)))
        due = dated + timedelta(days=dice.randrange(1, 40))
        rulings.meet_condition(of=of, document_number="2/BYT", document_date=dated, due_on=due, by=by)
    elif kind == "none" and dice.random() < 0.7:
        due = day + timedelta(days=dice.randrange(0, 40))
        rulings.set_internal_due(of=of, due_on=due, reason="x", by=reviewer)
    elif kind in ("ongoing", "recurring") and dice.random() < 0.3:
        rulings.finish(of=of, effective_on=effective, **decision)
    else:
        halted = duty.state == State.SUSPENDED
        verb = rulings.cancel if dice.random() < 0.2 else (rulings.resume if halted else rulings.suspend)
        verb(of=of, effective_on=effective, **decision)


def _rule_of_completion(scene: Scene, dice: random.Random, day: date) -> None:
    task = dice.choice(list(Task.objects.filter(plan=scene.plan).select_related("plan").order_by("pk")))
    leads = rulings.leads(task)
    reviewer = scene.reviewer(leads[0].agency_id if len(leads) == 1 else 0)
    if task.done_rule == "reviewer" and dice.random() < 0.7:
        rulings.conclude(task=task, done_on=day - timedelta(days=dice.randrange(4)), reason="x", by=reviewer)
    else:
        rule = dice.choice(("all", "threshold", "threshold", "reviewer"))
        share = Decimal(dice.choice((25, 50, 60, 75, 100)))
        rulings.set_done_rule(task=task, done_rule=rule, done_share=share, by=reviewer)


def _group(scene: Scene, dice: random.Random, day: date) -> None:
    agency = dice.choice(scene.bodies)
    open_ = GroupMembership.objects.filter(group=scene.small.group, agency=agency, valid_to__isnull=True).first()
    shift = timedelta(days=dice.choice((-5, 0, 3)))
    if open_ is None:
        last = (
            GroupMembership.objects.filter(group=scene.small.group, agency=agency)
            .order_by("-valid_to")
            .values_list("valid_to", flat=True)
            .first()
        )
        since = max(day + shift, last + timedelta(days=1)) if last else day + shift
        directory.join_group(group=scene.small.group, agency=agency, valid_from=since, by=None)
    else:
        last_day = max(day + shift, open_.valid_from or FIRST)
        directory.leave_group(membership=open_, last_day=last_day, by=None)
    groups.follow(plan=scene.plan, by=None)


_STEPS = {
    "report": (_report, 40),
    "decide": (_decide, 14),
    "correct": (_correct, 4),
    "ask": (_ask, 12),
    "answer": (_answer, 12),
    "rule": (_rule, 16),
    "completion": (_rule_of_completion, 5),
    "group": (_group, 5),
}


def _draw(dice: random.Random) -> tuple[str, Any]:
    name = dice.choices(list(_STEPS), weights=[weight for _, weight in _STEPS.values()])[0]
    return name, _STEPS[name][0]


# --- what was shown ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """What the SQL lists showed on an evening."""

    columns: dict[int, tuple[str, date | None, date | None, str]]
    buckets: dict[int, str]
    tallies: dict[int, tuple[int, int, int]]
    tasks: dict[str, int]
    duties: dict[str, int]


def look(plan: Plan) -> Shown:
    """Sweep, recompute the roll-ups, and keep what the lists show now."""
    sweep(plan)
    builder.refresh_plan(plan.pk)
    today = calendar.today()
    mine = Assignment.objects.leading(today).filter(task__plan=plan)
    buckets: dict[int, str] = {}
    for bucket in Bucket:
        for pk in mine.filter(bucket_condition(bucket, today)).values_list("pk", flat=True):
            assert pk not in buckets, f"{pk} is in two buckets"
            buckets[pk] = bucket.value
    live = mine.exclude(state__in=(State.SUSPENDED, State.CANCELLED)).order_by()
    tallies = {
        task: (reported, done, number)
        for task, number, reported, done in live.values("task_id")
        .annotate(
            number=Count("pk"),
            reported=Count("pk", filter=Q(reported_at__isnull=False)),
            done=Count("pk", filter=Q(state=State.DONE)),
        )
        .values_list("task_id", "number", "reported", "done")
    }
    rollups = {row.scope: row for row in PlanRollup.objects.filter(plan=plan, section=None, agency=None)}
    return Shown(
        columns={
            pk: (state, done_on, due_on, origin)
            for pk, state, done_on, due_on, origin in mine.values_list("pk", "state", "done_on", "due_on", "due_origin")
        },
        buckets=buckets,
        tallies=tallies,
        tasks={bucket.value: getattr(rollups["plan_tasks"], bucket.value) for bucket in Bucket},
        duties={bucket.value: getattr(rollups["plan_assignments"], bucket.value) for bucket in Bucket},
    )


def rated_tasks(plan: Plan) -> set[int]:
    """Return the tasks that are assigned, not only proposed."""
    return set(
        Task.objects.filter(plan=plan, current__authority=TaskVersion.Authority.ASSIGN).values_list("pk", flat=True)
    )


def trail(scene: Scene) -> list[dict[str, Any]]:
    """Return the province's events as dictionaries, oldest first."""
    return [
        {
            "happened_on": calendar.day_of(happened_at),
            "action": action,
            "subject": (subject_type, subject_id),
            "before": before,
            "after": after,
        }
        for happened_at, action, subject_type, subject_id, before, after in Event.objects.filter(
            province=scene.small.province
        )
        .order_by("sequence")
        .values_list("happened_at", "action", "subject_type", "subject_id", "before", "after")
    ]

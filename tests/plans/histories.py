"""Random histories of plans, played through the verbs.

Reports with their files and the head's part, requests, rulings, rules of completion, groups that change, amendments,
agencies that are reorganised and their duties moved, periods that an outage moves, a plan that ends and the one that
takes its place.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db.models import Count, Q

from agencies import calendar
from agencies.actions import approval, directory, reorganisations
from agencies.actions.reorganisations import Draft, Successor
from agencies.errors import PortalError
from agencies.facts.reorganisations import holders
from agencies.models import Agency, Event, GroupMembership, Reorganisation, User
from plans import builder
from plans.actions import (
    amendment_lines,
    amendments,
    approvals,
    carry_over,
    evidence,
    groups,
    plans,
    progress,
    requests,
    rulings,
    transfers,
    windows,
)
from plans.actions.progress import Content
from plans.facts import group_task
from plans.facts.buckets import bucket_condition
from plans.facts.plan import plan_facts
from plans.facts.plan_page import TasksWanted, plan_page
from plans.models import (
    Amendment,
    Assignment,
    DutyRequest,
    DutyTransfer,
    PartyRole,
    Plan,
    PlanRollup,
    Progress,
    ReportingPeriod,
    Section,
    Task,
)
from plans.presets import Span
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
            {"deadline_kind": "recurring", "recurrence": dice.choice(("quarterly", "half-yearly", "yearly"))},
            {"deadline_kind": "conditional", "condition": dice.choice(("khi có văn bản", "khi có hướng dẫn"))},
            {"deadline_kind": "conditional", "condition": "khi có kinh phí", "deadline_to": date(2021, 10, 15)},
        )
    )


@dataclass
class Scene:
    """Plans with their people. ``plan`` is the first, ``at`` the one in which a step is taken.

    ``refused`` counts the steps that the verbs refused, by code; ``shown`` is what the lists showed, by plan and day.
    """

    small: Small
    plans: list[Plan] = field(default_factory=list)
    bodies: list[Agency] = field(default_factory=list)
    officers: dict[int, User] = field(default_factory=dict)
    heads: dict[int, User] = field(default_factory=dict)
    decisions: list[Reorganisation] = field(default_factory=list)
    refused: Counter = field(default_factory=Counter)
    shown: dict[tuple[int, date], "Shown"] = field(default_factory=dict)
    at: Plan = field(init=False)
    numbers: int = 0

    @property
    def plan(self) -> Plan:
        """The first plan."""
        return self.plans[0]

    def number(self) -> int:
        """Return a number nobody has yet."""
        self.numbers += 1
        return self.numbers

    def person(self, name: str) -> User:
        """Return one of the small province's people, as of now."""
        user = self.small.people[name]
        user.forget_standing()
        return user

    def officer(self, agency_id: int) -> User:
        """Return the officer of an agency, as of now."""
        user = self.officers[agency_id]
        user.forget_standing()
        return user

    def head(self, agency_id: int) -> User:
        """Return the head of an agency, as of now."""
        user = self.heads[agency_id]
        user.forget_standing()
        return user

    def reviewer(self, agency_id: int) -> User:
        """Return who decides about an agency."""
        return self.person("vpub.thamdinh" if agency_id == self.small.agencies["SNV"].pk else "snv.thamdinh")

    def living(self) -> list[Agency]:
        """Return the agencies that nobody has ended."""
        return list(Agency.objects.filter(pk__in=[one.pk for one in self.bodies], valid_to=None).order_by("pk"))

    def attempt(self, name: str, step: Callable[[], Any]) -> None:
        """Take a step, or count why it was refused."""
        try:
            step()
        except PortalError as error:
            self.refused[f"{name}: {error.code}"] += 1


def settle(scene: Scene, agency: Agency) -> None:
    """Give an agency an officer and a head."""
    secret = make_password("x")
    for role, name, known in (("officer", "canbo", scene.officers), ("agency_head", "thutruong", scene.heads)):
        user = User.objects.filter(memberships__agency=agency, memberships__role=role).first()
        if user is None:
            user = directory.add_user(
                username=f"{agency.code}.{name}", full_name=agency.code, password_hash=secret, by=None
            )
            directory.join(user=user, agency=agency, role=role, by=None)
        known[agency.pk] = user
    scene.bodies.append(agency)


def leads(scene: Scene, dice: random.Random) -> list[plans.Party]:
    """Return one agency, two, a group, or a group and an agency."""
    some = [plans.Party(PartyRole.LEAD, agency=one) for one in dice.sample(scene.living(), 2)]
    whole = plans.Party(PartyRole.LEAD, group=scene.small.group)
    return dice.choice((some[:1], some[:1], some[:1], some, [whole], [whole, some[0]]))


def add_task(scene: Scene, dice: random.Random, plan: Plan, code: str, parties: list[plans.Party]) -> None:
    """Add a task in a section of its own, so that the section's roll-up is the task's."""
    plans.add_task(
        section=plans.add_section(plan=plan, code=code, title=f"Mục {code}", parent=None, index=None),
        code=code,
        text=plans.TaskText(
            f"Việc {code}",
            is_group=any(party.group for party in parties),
            authority="propose" if dice.random() < 0.1 else "assign",
            deadline=deadline(dice),
            parties=parties,
        ),
        deciding_document="9/KH-UBND",
    )


def _begin_plan(scene: Scene, code: str, issued_on: date) -> Plan:
    plan = plans.create(
        province=scene.small.province, code=code, number=f"{code}/KH-UBND", kind="ke_hoach", title="Ngẫu nhiên",
        issuer="UBND", issued_on=issued_on, year_from=2021, year_to=2021, by=None,
    )  # fmt: skip
    for period, kind, start, cut_off, opens, due, closes in (
        ("Q3", "quarter_3", (6, 15), (9, 14), (9, 1), (9, 20), date(2021, 10, 10)),
        ("Y", "year", (1, 1), (12, 14), (11, 1), (12, 20), None),
    ):
        plans.add_period(
            plan=plan, code=period, kind=kind, name=period, year=2021, starts_on=date(2021, *start),
            cut_off=date(2021, *cut_off), opens_on=date(2021, *opens), due_on=date(2021, *due), closes_on=closes,
        )  # fmt: skip
    return plan


def _hand_out(scene: Scene, plan: Plan, on: date) -> None:
    plan = plans.issue(plan=plan, by=None)
    plans.hand_out(plan=plan, on=on, by=None)
    scene.plans.append(plan)
    scene.at = plan


def build(small: Small, dice: random.Random, *, extra: int, singles: int, group_tasks: int) -> Scene:
    """Issue and hand out a plan of every kind of task to the small province and ``extra`` further agencies.

    It may have been issued some days before it was entered.
    """
    scene = Scene(small)
    issued_on = FIRST - timedelta(days=dice.choice((0, 12)))
    with calendar.held_at(datetime.combine(FIRST, time(8), tzinfo=calendar.VIETNAM)):
        bodies = [agency for code, agency in small.agencies.items() if code != "UBND"]
        for number in range(extra):
            bodies.append(
                directory.keep_agency(
                    province=small.province, code=f"X{number}", name=f"Cơ quan {number}", kind="so", symbol="X",
                    order=10 + number, confirmed=True,
                )
            )  # fmt: skip
        for agency in bodies:
            settle(scene, agency)
        for agency in bodies[5::3]:
            approval.require_head(agency=agency, document="1/QĐ", valid_from=FIRST, by=None)
        directory.keep_group(
            province=small.province, code="so", name="Các sở, ban, ngành", note="", members=bodies[5:], since=issued_on
        )
        plan = _begin_plan(scene, "ke-hoach-ngau-nhien", issued_on)
        for number in range(singles + group_tasks):
            party = (
                plans.Party(PartyRole.LEAD, agency=dice.choice(bodies))
                if number < singles
                else plans.Party(PartyRole.LEAD, group=small.group)
            )
            add_task(scene, dice, plan, str(number + 1), [party])
        _hand_out(scene, plan, issued_on)
    return scene


def play(
    scene: Scene,
    dice: random.Random,
    *,
    steps: int,
    until: date = date(2022, 2, 1),
    looks: int = 12,
    replaced: bool = True,
) -> None:
    """Take random steps on random days; on some evenings keep what the lists show.

    ``replaced``: agencies are reorganised at least once; late in the history another plan takes the place of the
    first, and the first ends.
    """
    days = sorted(dice.choices(range((until - FIRST).days), k=steps))
    looked = {*dice.sample(sorted(set(days)), min(looks, len(set(days)))), *days[-1:]} if looks else set()
    fixed = {int(steps * at): (verb.__name__, verb) for at, verb in _FIXED.items()} if replaced else {}
    for number, offset in enumerate(days):
        day = FIRST + timedelta(days=offset)
        moment = datetime.combine(day, time(9), tzinfo=calendar.VIETNAM) + timedelta(seconds=number)
        with calendar.held_at(moment):
            if number == 0 or days[number - 1] != offset:
                for plan in scene.plans:
                    sweep(plan)
            # The one that is replaced goes on to be reported, ruled and looked at until it ends.
            scene.at = Plan.objects.get(pk=dice.choice(scene.plans).pk)
            name, verb = fixed.get(number) or _draw(dice)
            scene.attempt(name, lambda verb=verb, day=day: verb(scene, dice, day))
        if offset in looked and (number + 1 == len(days) or days[number + 1] != offset):
            with calendar.held_at(datetime.combine(day, time(23), tzinfo=calendar.VIETNAM)):
                for plan in scene.plans:
                    scene.shown[plan.pk, day] = look(scene, plan)


def sweep(plan: Plan) -> None:
    """Do what the five-minute sweep does (``plans.schedule.refresh_all``), without the roll-ups."""
    plan = Plan.objects.get(pk=plan.pk)
    for task_id in builder.outdated_tasks(plan.pk):
        builder.refresh_task(task_id)
    groups.follow(plan=plan, by=None)
    builder.refresh_duties(plan)


# --- the steps -----------------------------------------------------------------------------------------------


def _some_duty(scene: Scene, dice: random.Random) -> Assignment | None:
    ids = list(Assignment.objects.leading().filter(task__plan=scene.at).order_by("pk").values_list("pk", flat=True))
    if not ids:
        return None
    return Assignment.objects.select_related("task__plan", "task__current", "agency").get(pk=dice.choice(ids))


def _some_report(scene: Scene, dice: random.Random, *states: str, **where: Any) -> Progress | None:
    found = Progress.objects.filter(state__in=states, assignment__task__plan=scene.at, **where)
    ids = list(found.order_by("pk").values_list("pk", flat=True).distinct())
    return Progress.objects.select_related("assignment__agency").get(pk=dice.choice(ids)) if ids else None


def _said(dice: random.Random, day: date) -> Content:
    done_on = day - timedelta(days=dice.randrange(6)) if dice.random() < 0.6 else None
    return Content(result="x", explanation="y", done_on=done_on)


def _report(scene: Scene, dice: random.Random, day: date) -> None:
    duty = _some_duty(scene, dice)
    if duty is None:
        return
    period = scene.at.periods.get(code="Q3" if day < date(2021, 10, 11) else "Y")
    officer = scene.officer(duty.agency_id)
    begun = progress.start(assignment=duty, period=period, by=officer)
    if dice.random() >= 0.15:
        _hand_in(scene, dice, day, begun)


def _hand_in(scene: Scene, dice: random.Random, day: date, report: Progress) -> None:
    """Hand a report in, with a file or without, through the head where the agency asks for that; perhaps accept it."""
    agency_id = report.assignment.agency_id
    uploads = [pdf_upload(text=str(scene.number()))] if dice.random() < 0.3 else []
    needs_head = progress.needs_head(report)
    verb = progress.forward if needs_head else progress.submit
    sent = verb(progress=report, content=_said(dice, day), uploads=uploads, revision=None, by=scene.officer(agency_id))
    if needs_head:
        if dice.random() < 0.4:
            return
        sent = approvals.approve(progress=sent, revision=None, by=scene.head(agency_id))
    if dice.random() < 0.55:
        progress.accept(progress=sent, revision=None, by=scene.reviewer(agency_id))


def _again(scene: Scene, dice: random.Random, day: date) -> None:
    """Hand in what was begun, returned, withdrawn, or is being corrected."""
    report = _some_report(scene, dice, "draft", "returned")
    if report is not None:
        _hand_in(scene, dice, day, report)


def _before_the_head(scene: Scene, dice: random.Random, day: date) -> None:
    report = _some_report(scene, dice, "with_head")
    if report is None:
        return
    head = scene.head(report.assignment.agency_id)
    turn = dice.random()
    if turn < 0.7:
        approvals.approve(progress=report, revision=None, by=head)
    elif turn < 0.9:
        approvals.hand_back(progress=report, reason="xem lại", revision=None, by=head)
    else:
        progress.withdraw(progress=report, revision=None, by=scene.officer(report.assignment.agency_id))


def _decide(scene: Scene, dice: random.Random, day: date) -> None:
    report = _some_report(scene, dice, "submitted")
    if report is None:
        return
    reviewer = scene.reviewer(report.assignment.agency_id)
    if dice.random() < 0.2:
        officer = scene.officer(report.assignment.agency_id)
        progress.withdraw(progress=report, revision=None, by=officer)
    elif dice.random() < 0.6:
        progress.accept(progress=report, revision=None, by=reviewer)
    else:
        progress.send_back(progress=report, reason_code="other", reason="z", revision=None, by=reviewer)


def _other_file(scene: Scene, dice: random.Random, day: date) -> None:
    """Put another file, or none, in the place of one that was handed in."""
    report = _some_report(scene, dice, "submitted", latest__evidence__isnull=False)
    if report is None:
        return
    assert report.latest is not None
    evidence.replace(
        progress=report,
        link_id=report.latest.evidence.order_by("pk")[0].pk,
        upload=pdf_upload(text=str(scene.number())) if dice.random() < 0.6 else None,
        reason="nhầm tệp",
        revision=None,
        by=scene.officer(report.assignment.agency_id),
    )


def _correct(scene: Scene, dice: random.Random, day: date) -> None:
    """Open a correction and hand it in, leave it open, or give up one that was opened."""
    opened = _some_report(scene, dice, "draft", accepted__isnull=False)
    if opened is not None and dice.random() < 0.3:
        progress.give_up(progress=opened, revision=None, by=scene.officer(opened.assignment.agency_id))
        return
    report = _some_report(scene, dice, "accepted")
    if report is None:
        return
    by = scene.officer(report.assignment.agency_id)
    opened = progress.correct(progress=report, reason="sửa", revision=None, by=by)
    if dice.random() < 0.6:
        _hand_in(scene, dice, day, opened)


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
    waiting = list(DutyRequest.objects.filter(state="open", assignment__task__plan=scene.at).order_by("pk"))
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


def _extend(scene: Scene, dice: random.Random, day: date) -> None:
    """Ask for more time for one of the duties that have a day, and grant it."""
    duties = Assignment.objects.leading().filter(task__plan=scene.at, due_on__isnull=False, done_on=None)
    for duty in duties.select_related("task__plan", "agency").order_by("-pk"):
        try:
            asked = requests.ask_extension(
                assignment=duty,
                new_due_on=max(day, duty.due_on or day) + timedelta(days=9),
                reason="x",
                upload=pdf_upload(),
                by=scene.officer(duty.agency_id),
            )
            requests.grant(request=asked, revision=None, by=scene.reviewer(duty.agency_id))
            return
        except PortalError:
            continue


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
    # Not one that a draft only proposes: no door leads to it.
    known = Task.objects.filter(plan=scene.at, current__isnull=False).select_related("plan")
    task = dice.choice(list(known.order_by("pk")))
    leading = rulings.leads(task)
    reviewer = scene.reviewer(leading[0].agency_id if len(leading) == 1 else 0)
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
    for plan in scene.plans:
        groups.follow(plan=Plan.objects.get(pk=plan.pk), by=None)


def _amend(scene: Scene, dice: random.Random, day: date) -> None:
    """Write an amendment and confirm it, or leave it; confirm or give up one that was left."""
    by = scene.person("snv.chuyenvien")
    left = list(Amendment.objects.filter(plan=scene.at, state=Amendment.State.DRAFT).order_by("pk"))
    if left and dice.random() < 0.5:
        verb = amendments.discard if dice.random() < 0.3 else amendments.confirm
        verb(amendment=dice.choice(left), revision=None, by=by)
        return
    draft = amendments.begin(
        plan=scene.at,
        number=f"{scene.number()}/QĐ",
        issued_on=day,
        issuer="UBND",
        effective_on=day + timedelta(days=dice.choice((-30, -9, -2, 0, 0, 0, 4, 15))),
        by=by,
    )
    tasks = list(Task.objects.filter(plan=scene.at).order_by("pk"))
    for task in dice.sample(tasks, min(len(tasks), dice.choice((1, 2, 4)))):
        scene.attempt("line", lambda task=task: _line(scene, dice, draft, task, by))
    if dice.random() < 0.75:
        amendments.confirm(amendment=draft, revision=None, by=by)


def _line(scene: Scene, dice: random.Random, draft: Amendment, task: Task, by: User) -> None:
    turn = dice.random()
    if turn < 0.12:
        amendment_lines.drop(amendment=draft, subject=task, reason="x", by=by)
        return
    if turn < 0.24:
        parties = leads(scene, dice)
        amendment_lines.add_task(
            amendment=draft,
            section=dice.choice(list(Section.objects.filter(plan=scene.at).order_by("pk"))),
            code=f"B{scene.number()}",
            text=plans.TaskText(
                "Việc thêm",
                is_group=any(party.group for party in parties),
                deadline=deadline(dice),
                parties=parties,
            ),
            by=by,
        )
        return
    text = amendment_lines.text_of(amendment_lines.latest(task))
    if turn < 0.5:
        parties = leads(scene, dice)
        text = replace(text, parties=parties, is_group=any(party.group for party in parties))
    if turn > 0.4:
        text = replace(text, deadline=deadline(dice))
    if turn > 0.93:
        text = replace(text, authority="assign" if text.authority == "propose" else "propose")
    if dice.random() < 0.3:
        text = replace(text, title=f"{text.title[:60]} (sửa)")
    amendment_lines.change(amendment=draft, subject=task, text=text, by=by)


def _reorganise(scene: Scene, dice: random.Random, day: date) -> None:
    """Merge, absorb, split, dissolve or rename agencies, or move functions, as of a day near."""
    own = {agency.pk for agency in scene.small.agencies.values()}
    some = [agency for agency in scene.living() if agency.pk not in own]
    if len(some) < 2:
        return
    old, other = dice.sample(some, 2)

    def new(*, main: bool = False) -> Successor:
        number = scene.number()
        return Successor(code=f"N{number}", name=f"Cơ quan mới {number}", kind="so", symbol="N", is_main=main)

    renamed = Successor(code=old.code, name=f"{old.name} (mới)", kind=old.kind, symbol=old.symbol, is_main=True)
    kind, ends, heirs = dice.choice(
        (
            ("absorb", [old], [Successor(agency=other, is_main=True)]),
            ("merge", [old, other], [new(main=True)]),
            ("split", [old], [new(main=True), new()]),
            ("transfer", [old], [Successor(agency=other)]),
            ("dissolve", [old], []),
            ("rename", [old], [renamed]),
        )
    )
    admin = scene.person("quantri")
    proposed = reorganisations.propose(
        province=scene.small.province,
        draft=Draft(
            kind=kind,
            title="Sắp xếp",
            effective_on=day + timedelta(days=dice.choice((-20, -5, 0, 0, 1, 9))),
            predecessors=ends,
            successors=heirs,
            decision_number=f"{scene.number()}/QĐ",
            decided_on=day,
        ),
        by=admin,
    )
    applied = reorganisations.apply(reorganisation=proposed, revision=None, by=admin)
    scene.decisions.append(applied)
    for heir in applied.heirs.select_related("agency").order_by("order"):
        if heir.agency_id not in scene.officers:
            settle(scene, heir.agency)


def _transfer(scene: Scene, dice: random.Random, day: date) -> None:
    """Decide about some of the duties of agencies that were reorganised: moved, split, kept or ended."""
    if not scene.decisions:
        return
    decided = dice.choice(scene.decisions)
    duties = list(
        Assignment.objects.filter(task__plan=scene.at, agency__in=holders(decided), valid_to=None)
        .exclude(pk__in=DutyTransfer.objects.filter(reorganisation=decided).values("assignment"))
        .select_related("agency")
        .order_by("pk")
    )
    for duty in dice.sample(duties, min(len(duties), 4)):
        scene.attempt("transfer", lambda duty=duty: _move(scene, dice, duty, decided))


def _move(scene: Scene, dice: random.Random, duty: Assignment, decided: Reorganisation) -> None:
    by = scene.person("snv.thamdinh")
    turn = dice.random()
    if turn < 0.12:
        transfers.keep(assignment=duty, reorganisation=decided, reason="giữ", by=by)
        return
    if turn < 0.24:
        transfers.end(assignment=duty, reorganisation=decided, reason="thôi", by=by)
        return
    heirs = [heir.agency for heir in decided.heirs.select_related("agency").order_by("order")]
    if not heirs or turn > 0.8:
        heirs += dice.sample(scene.living(), 1)
    if turn > 0.9:
        heirs.append(duty.agency)
    transfers.transfer(assignment=duty, reorganisation=decided, to=heirs, reason="nhận", by=by)


def _window(scene: Scene, dice: random.Random, day: date) -> None:
    """Move a period for everybody, let one agency be late, or add a period."""
    by = scene.person("snv.thamdinh")
    period = dice.choice(list(scene.at.periods.order_by("pk")))
    later = day + timedelta(days=dice.randrange(1, 25))
    turn = dice.random()
    if turn < 0.4:
        windows.extend_for_all(period=period, reason="mất điện", document_number="3/CV", expires_on=later, by=by)
    elif turn < 0.8 or ReportingPeriod.objects.filter(plan=scene.at).count() > 3:
        agency = dice.choice(scene.bodies)
        windows.allow_late(period=period, agency=agency, reason="x", expires_on=later, by=scene.reviewer(agency.pk))
    else:
        windows.add_period(
            plan=scene.at,
            kind="own",
            year=2021,
            name="riêng",
            code=f"R{scene.number()}",
            span=Span(
                starts_on=day - timedelta(days=30),
                cut_off=day,
                opens_on=day - timedelta(days=dice.choice((0, 6))),
                due_on=later,
                closes_on=None,
            ),
            by=by,
        )


def _succeed(scene: Scene, dice: random.Random, day: date) -> None:
    """Let a plan take the place of the first: some unfinished tasks are carried into it, others are new."""
    by = scene.person("snv.chuyenvien")
    old = Plan.objects.get(pk=scene.plan.pk)
    new = _begin_plan(scene, "ke-hoach-thay-the", day)
    plans.replace(old=old, new=new, by=by)
    new.refresh_from_db()
    whole = plans.add_section(plan=new, code="C", title="Chuyển tiếp", parent=None, index=None)
    unfinished = [
        task.id
        for task in plan_facts(old, day, with_reports=False).tasks
        if task.standing.state not in (State.DONE, State.CANCELLED) and not task.dropped
    ]
    for task_id in dice.sample(unfinished, min(len(unfinished), 8)):
        task = Task.objects.select_related("plan").get(pk=task_id)
        own = [] if dice.random() < 0.5 else leads(scene, dice)
        keep = dice.random() < 0.5
        scene.attempt(
            "carry",
            lambda task=task, own=own, keep=keep: carry_over.carry(
                task=task, section=whole, code=f"C{task.code}", keep_deadline=keep, leads=own, by=by
            ),
        )
    for number in range(6):
        add_task(scene, dice, new, f"M{number}", leads(scene, dice))
    _hand_out(scene, new, day)


def _end(scene: Scene, dice: random.Random, day: date) -> None:
    """End the first plan, as of today or some days ago."""
    plan = Plan.objects.get(pk=scene.plan.pk)
    on = day - timedelta(days=dice.choice((0, 3, 11)))
    plans.end(plan=plan, on=on, document="7/KH-UBND", by=scene.person("snv.chuyenvien"))


_STEPS = {
    "report": (_report, 40),
    "again": (_again, 9),
    "head": (_before_the_head, 6),
    "decide": (_decide, 12),
    "file": (_other_file, 8),
    "correct": (_correct, 5),
    "ask": (_ask, 11),
    "answer": (_answer, 11),
    "rule": (_rule, 16),
    "completion": (_rule_of_completion, 5),
    "group": (_group, 4),
    "amend": (_amend, 9),
    "reorganise": (_reorganise, 2),
    "transfer": (_transfer, 6),
    "window": (_window, 2),
}


# What happens in every history, however short: at which part of its steps.
_FIXED = {
    0.25: _group,
    0.3: _extend,
    0.35: _reorganise,
    0.4: _transfer,
    0.45: _transfer,
    0.5: _amend,
    0.55: _reorganise,
    0.6: _succeed,
    0.65: _transfer,
    0.8: _end,
    0.9: _amend,
}


def _draw(dice: random.Random) -> tuple[str, Any]:
    name = dice.choices(list(_STEPS), weights=[weight for _, weight in _STEPS.values()])[0]
    return name, _STEPS[name][0]


# --- what was shown ------------------------------------------------------------------------------------------

Eight = dict[str, int]


@dataclass(frozen=True)
class Shown:
    """What the SQL lists showed of a plan on an evening.

    ``columns``: state, done date, day and its origin by duty; ``tallies``: n reported, n done, N by task; ``pages``:
    state and n/N of each task as the plan's page prints them, by code, ``members``: n/N on the pages of some tasks;
    ``sections``, ``agencies``, ``tasks``, ``duties`` and ``proposed``: the roll-ups (eight buckets and not updated).
    """

    columns: dict[int, tuple[str, date | None, date | None, str]]
    buckets: dict[int, str]
    tallies: dict[int, tuple[int, int, int]]
    pages: dict[str, tuple[str, str]]
    members: dict[int, tuple[str, str]]
    sections: dict[int, Eight]
    agencies: dict[int, Eight]
    tasks: Eight
    duties: Eight
    proposed: Eight


def look(scene: Scene, plan: Plan) -> Shown:
    """Sweep, recompute the roll-ups, and keep what the lists show now."""
    sweep(plan)
    builder.refresh_plan(plan.pk)
    plan = Plan.objects.get(pk=plan.pk)
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
    scopes: dict[str, dict[int, Eight]] = {}
    for row in PlanRollup.objects.filter(plan=plan):
        eight = {bucket.value: getattr(row, bucket.value) for bucket in Bucket}
        of = row.section_id or row.agency_id or 0
        scopes.setdefault(row.scope, {})[of] = {**eight, "not_updated": row.not_updated}
    reader = scene.person("lanhdao")
    several = Task.objects.filter(pk__in=tallies, plan=plan).order_by("pk")
    members = {}
    for task in [one for one in several if tallies[one.pk][2] > 1][:4]:
        page = group_task.group_page(task, reader, "", today, rules=False)
        members[task.pk] = (page.reported, page.done)
    return Shown(
        columns={
            pk: (state, done_on, due_on, origin)
            for pk, state, done_on, due_on, origin in mine.values_list("pk", "state", "done_on", "due_on", "due_origin")
        },
        buckets=buckets,
        tallies=tallies,
        pages={
            row.code: (row.state.text, row.tally)
            for section in plan_page(plan, reader, TasksWanted(), today).sections
            for row in section.tasks
        },
        members=members,
        sections=scopes.get("section", {}),
        agencies=scopes.get("agency", {}),
        tasks=scopes["plan_tasks"][0],
        duties=scopes["plan_assignments"][0],
        proposed=scopes["proposed"][0],
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

"""A year of a small province, step by step at random: no path reaches what must never be.

Before a step ``tests/plans/year.py``, which shares no code with the portal, says whether and why it must be refused;
after it what is on record is compared with it. The machine looks for: own work accepted, an edit outside a window, a
lost reason, a changed accepted row, an on-time verdict for a late duty or report. That it would see them is shown in
``test_year_machine_finds.py``.
"""

import io
import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import BooleanField, ExpressionWrapper, F
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from agencies import calendar
from agencies.actions import approval, directory, documents
from agencies.actions.documents import Upload
from agencies.errors import PortalError
from agencies.models import Event
from plans.actions import approvals, closes, progress, requests, windows
from plans.facts import badges, buckets
from plans.facts import windows as window_facts
from plans.models import Assignment, Decision, DutyRequest, EvidenceLink, PeriodClose, Progress, ProgressVersion
from plans.standing import Bucket
from tests.conftest import Small, build_small, pdf_bytes, pdf_upload
from tests.plans import year
from tests.plans.year import ACCEPTED, DRAFT, SUBMITTED, WITH_HEAD, Key, Report

# What must have happened at least in the long test, or it has looked at nothing.
LEAST = {
    "steps": 3500,
    "refused (own work)": 20,
    "refused (outside the window)": 20,
    "submitted": 200,
    "forwarded": 50,
    "approved": 20,
    "handed-back": 5,
    "withdrawn": 20,
    "accepted": 100,
    "returned": 50,
    "corrected": 20,
    "given-up": 5,
    "leave": 30,
    "outage": 2,
    "closed": 15,
    "reopened": 10,
    "asked": 50,
    "granted": 20,
    "declined": 10,
}


@dataclass(frozen=True)
class Action:
    """Something that people do: how often, and when at all."""

    verb: Callable[["Year"], None]
    weight: int
    when: Callable[["Year"], Any]


ACTIONS: list[Action] = []


def action(
    weight: int, when: Callable[["Year"], Any] = lambda machine: True
) -> Callable[[Callable[["Year"], None]], Callable[["Year"], None]]:
    """Let the machine do something so often, while it can be done.

    They are not Hypothesis's rules, and throw dice of their own: a run of rules leaves out about half of them at a time
    and prefers some values, so that little is ever accepted. Failures are still made smaller, step by step: what a step
    throws hangs on that step alone.
    """

    def add(verb: Callable[["Year"], None]) -> Callable[["Year"], None]:
        ACTIONS.append(Action(verb, weight, when))
        return verb

    return add


class Scene:
    """What every year begins with: a small province, two people with two roles, and a file of each agency."""

    def __init__(self) -> None:
        self.small: Small = build_small()
        for name, agency in (("hai.vai", "STP"), ("ba.vai", "SYT")):
            both = directory.add_user(username=name, full_name=name, password_hash="!", by=None)
            directory.join(user=both, agency=self.small.agencies["SNV"], role="reviewer", by=None)
            directory.join(user=both, agency=self.small.agencies[agency], role="officer", by=None)
            self.small.people[name] = both
        self.files = {
            code: documents.store(
                upload=pdf_upload(text=code), owner=self.small.agencies[code], by=self.small.officer(code)
            ).pk
            for code in year.AGENCIES
        }
        self.duties = {pair: self.small.assignment(*pair).pk for pair in year.DUTIES}
        self.pairs = {pk: pair for pair, pk in self.duties.items()}
        self.letter = pdf_bytes("xin gia hạn")


def versions(keys: Sequence[int]) -> dict[int, tuple[Any, ...]]:
    """Return everything that some versions say, and their evidence."""
    links: dict[int, list[Any]] = {pk: [] for pk in keys}
    for link in EvidenceLink.objects.filter(version__in=keys).order_by("pk").values():
        links[link["version_id"]].append(link)
    return {row["id"]: (row, links[row["id"]]) for row in ProgressVersion.objects.filter(pk__in=keys).values()}


class Year(RuleBasedStateMachine):
    """The verbs, tried in any order by the right and by the wrong people, on any day of the year."""

    scene: Scene
    tally: Counter[str]

    @initialize(day=st.sampled_from(year.FIRST_DAYS))
    def begin(self, day: date) -> None:
        self.block = transaction.atomic()
        self.block.__enter__()
        self.small = self.scene.small
        self.model = year.Model(day)
        self.moments = 0
        self.changed = True
        # Accepted versions as they were, and which of them count.
        self.kept: dict[int, tuple[Any, ...]] = {}
        self.counting: dict[Key, int] = {}
        # Where a reason was given: (model, row, column) → the words.
        self.given: dict[tuple[Any, int, str], str] = {}
        self.sealed: dict[int, str] = {}
        self.tally["years"] += 1

    def teardown(self) -> None:
        if hasattr(self, "block"):
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    # --- helpers ---------------------------------------------------------------------------------------------

    def at(self) -> Any:
        """Hold the clock on the day, each time a little later."""
        self.moments += 1
        day = self.model.day
        moment = datetime(day.year, day.month, day.day, 9, tzinfo=calendar.VIETNAM)
        return calendar.held_at(moment + timedelta(seconds=self.moments))

    def step(self, what: str, why_not: str, verb: Callable[[], Any]) -> Any:
        """Take a step that must be refused for a reason, or must be taken (an empty one); return what it gave."""
        note(f"{self.model.day}: {what}{why_not and f' - must be refused ({why_not})'}")
        with self.at():
            try:
                with transaction.atomic():
                    made = verb()
            except PortalError as error:
                self.changed = False
                assert why_not, f"refused ({error.code}) though it must be taken: {what} on {self.model.day}"
                self.tally[f"refused ({why_not})"] += 1
                return None
        assert not why_not, f"taken though it must be refused ({why_not}): {what} on {self.model.day}"
        self.tally[what.split()[0]] += 1
        return made

    def remember(self, row: Any, column: str, reason: str) -> None:
        """Remember where a reason was given."""
        self.given[type(row), row.pk, column] = reason

    def report(self, key: Key) -> Progress:
        return Progress.objects.get(assignment=self.scene.duties[key[0]], period__code=key[1])

    def one_of(self, states: Sequence[str], slip: str) -> Key:
        """Return a report in one of these states, or by mistake any."""
        return self.dice.choice([*self.model.reports] if slip == "state" else self.model.standing(*states))

    def writer(self, agency: str, slip: str) -> str:
        """Return who writes for an agency, or by mistake somebody who does not."""
        return self.dice.choice([who for who in year.PEOPLE if bool(year.writes(who, agency)) == (slip == "who")])

    def decider(self, agency: str, slip: str) -> str:
        """Return who decides for an agency, or by mistake somebody who does not."""
        right = [who for who in year.REVIEWERS if not year.decides(who, agency)]
        wrong = [who for who in year.REVIEWERS if year.decides(who, agency)]
        return self.dice.choice(wrong if slip == "who" else right)

    def slip(self, *kinds: str) -> str:
        """Return the one mistake that a step is taken with, mostly none."""
        return self.dice.choice(("",) * (len(kinds) + 2) + kinds)

    @rule(dice=st.binary(min_size=6, max_size=6))
    def act(self, dice: bytes) -> None:
        self.dice = random.Random(dice)
        self.changed = True
        possible = [one for one in ACTIONS if one.when(self)]
        (chosen,) = self.dice.choices(possible, [one.weight for one in possible])
        chosen.verb(self)
        self.tally["steps"] += 1

    # --- time ------------------------------------------------------------------------------------------------

    @action(3)
    def pass_time(self) -> None:
        """Go on by some days, or (0) to the next day on which something begins or ends."""
        days = self.dice.choice((0, 0, 1, 5))
        self.model.day = self.model.day + timedelta(days=days) if days else self.model.next_edge()

    # --- the agency ------------------------------------------------------------------------------------------

    @action(6, lambda self: self.model.writable())
    def write(self) -> None:
        slip = self.slip("who", "result", "day", "door")
        self.write_down(self.dice.choice(self.model.writable()), slip)

    @action(2)
    def write_anything(self) -> None:
        self.write_down(self.dice.choice(year.KEYS))

    def write_down(self, key: Key, slip: str = "") -> None:
        dice = self.dice
        (_, agency), period = key
        who = self.writer(agency, slip)
        ago = 1 if slip == "day" else dice.choice((None, None, 0, 0, 0, -1, -2, -5, -20))
        done_on = None if ago is None else self.model.day + timedelta(days=ago)
        to_head = (agency in self.model.needs_head) != (slip == "door")
        report = self.model.reports.get(key, Report())
        attach = [self.scene.files[agency]] if not report.shows and dice.random() < 0.5 else []
        said = progress.Content(
            result="" if slip == "result" else "Đã xong phần việc.",
            explanation="Chưa có văn bản.",
            done_on=done_on,
            percent=dice.choice((None, Decimal(0), Decimal(60), Decimal(100))),
        )
        hand_in = dice.random() < 0.75
        if hand_in:
            verb, what = (progress.forward, "forwarded") if to_head else (progress.submit, "submitted")
            why_not = self.model.why_not_handed_in(key, who, says=said.result, done_on=done_on, to_head=to_head)
        else:
            verb, what, why_not = progress.save, "saved", self.model.why_not_written(key, who)

        def take() -> Progress:
            by = self.small.who(who)
            begun = progress.start(assignment=self.small.assignment(*key[0]), period=self.small.period(period), by=by)
            return verb(progress=begun, content=said, attach=attach, revision=None, by=by)

        if self.step(f"{what} {key} by {who}", why_not, take) is None:
            return
        self.model.reports[key] = report
        report.shows = report.shows or bool(attach)
        if hand_in and to_head:
            report.state, report.written = WITH_HEAD, done_on
        elif hand_in:
            report.hand_in(self.model.day, done_on)

    @action(2, lambda self: self.model.standing(ACCEPTED))
    def correct(self) -> None:
        slip = self.slip("who", "state", "reason")
        key = self.one_of((ACCEPTED,), slip)
        who = self.writer(key[0][1], slip)
        reason = "" if slip == "reason" else "Nhầm số."

        def take() -> Progress:
            return progress.correct(progress=self.report(key), reason=reason, revision=None, by=self.small.who(who))

        made = self.step(f"corrected {key} by {who}", self.model.why_not_corrected(key, who, reason), take)
        if made is not None:
            self.model.reports[key].state = DRAFT
            self.remember(made.latest, "correction_reason", reason)

    @action(1, lambda self: any(report.is_corrected for report in self.model.reports.values()))
    def give_up(self) -> None:
        slip = self.slip("who", "state")
        corrected = [key for key, report in self.model.reports.items() if report.is_corrected]
        key = self.dice.choice([*self.model.reports] if slip == "state" else corrected)
        who = self.writer(key[0][1], slip)

        def take() -> Progress:
            return progress.give_up(progress=self.report(key), revision=None, by=self.small.who(who))

        draft = self.report(key).latest_id
        made = self.step(f"given-up {key} by {who}", self.model.why_not_given_up(key, who), take)
        if made is None:
            return
        self.model.reports[key].give_up()
        # The draft is gone with its reason; the trail keeps it.
        reason = self.given.pop((ProgressVersion, draft, "correction_reason"), None)
        if reason is not None:
            begun = Event.objects.filter(action="progress.correct", subject_id=str(made.pk)).latest("sequence")
            self.remember(begun, "reason", reason)

    @action(1, lambda self: self.model.standing(SUBMITTED, WITH_HEAD))
    def withdraw(self) -> None:
        slip = self.slip("who", "state")
        key = self.one_of((SUBMITTED, WITH_HEAD), slip)
        who = self.writer(key[0][1], slip)

        def take() -> Progress:
            return progress.withdraw(progress=self.report(key), revision=None, by=self.small.who(who))

        if self.step(f"withdrawn {key} by {who}", self.model.why_not_withdrawn(key, who), take) is not None:
            self.model.reports[key].take_back()

    @action(1, lambda self: not self.model.needs_head)
    def put_the_head_first(self) -> None:
        self.step(
            "ruled that the head approves",
            "",
            lambda: approval.require_head(
                agency=self.small.agencies["STP"],
                document="5/QĐ-STP",
                valid_from=self.model.day,
                by=self.small.who("stp.thutruong"),
            ),
        )
        self.model.needs_head.add("STP")

    @action(4, lambda self: self.model.standing(WITH_HEAD))
    def answer_of_the_head(self) -> None:
        slip, back = self.slip("who", "state", "reason"), self.dice.random() < 0.3
        key = self.one_of((WITH_HEAD,), slip)
        who = self.dice.choice([one for one in year.PEOPLE if (one in year.HEADS) != (slip == "who")])
        reason = "" if slip == "reason" else "Ghi lại kết quả."

        def take() -> Progress:
            report, by = self.report(key), self.small.who(who)
            if back:
                return approvals.hand_back(progress=report, reason=reason, revision=None, by=by)
            return approvals.approve(progress=report, revision=None, by=by)

        why_not = self.model.why_not_answered(key, who, leaves=not back, reason=reason)
        if self.step(f"{'handed-back' if back else 'approved'} {key} by {who}", why_not, take) is None:
            return
        if back:
            self.model.reports[key].take_back()
        else:
            self.model.reports[key].hand_in(self.model.day, self.model.reports[key].written)

    # --- review ----------------------------------------------------------------------------------------------

    @action(5, lambda self: self.model.standing(SUBMITTED))
    def decide(self) -> None:
        slip, accept = self.slip("who", "who", "state", "reason"), self.dice.random() < 0.7
        verdict = self.dice.choice(("", "unreadable"))
        key = self.one_of((SUBMITTED,), slip)
        who = self.decider(key[0][1], slip)
        reason = "" if slip == "reason" else "Chưa rõ số liệu."

        def take() -> Progress:
            report, by = self.report(key), self.small.who(who)
            links = EvidenceLink.objects.filter(version=report.latest_id).values_list("pk", flat=True)
            verdicts = dict.fromkeys(links, verdict) if verdict else {}
            if accept:
                return progress.accept(progress=report, verdicts=verdicts, revision=None, by=by)
            return progress.send_back(
                progress=report, reason_code="unclear", reason=reason, verdicts=verdicts, revision=None, by=by
            )

        why_not = self.model.why_not_decided(key, who, accept=accept, reason=reason)
        made = self.step(f"{'accepted' if accept else 'returned'} {key} by {who}", why_not, take)
        if made is None:
            return
        self.model.reports[key].decide(accept=accept)
        if accept:
            self.counting[key] = made.accepted_id
            self.kept |= versions([made.accepted_id])
        else:
            self.remember(made.latest.decision, "reason", reason)

    # --- windows ---------------------------------------------------------------------------------------------

    @action(2, lambda self: self.model.shut())
    def allow_late(self) -> None:
        slip = self.slip("who", "who", "who", "key", "day", "reason")
        everything = [(agency, period) for agency in year.AGENCIES for period in year.PERIODS]
        agency, period = self.dice.choice(everything if slip == "key" else self.model.shut())
        who = self.decider(agency, slip)
        until = self.model.day + timedelta(days=-1 if slip == "day" else self.dice.randint(0, 10))
        reason = "" if slip == "reason" else "Mất điện diện rộng."
        made = self.step(
            f"leave for {agency} {period} until {until} by {who}",
            self.model.why_no_leave(agency, period, who, until, reason),
            lambda: windows.allow_late(
                period=self.small.period(period),
                agency=self.small.agencies[agency],
                reason=reason,
                expires_on=until,
                by=self.small.who(who),
            ),
        )
        if made is not None:
            self.model.periods[period].leaves.append((agency, until))
            self.remember(made, "reason", reason)

    @action(1, lambda self: self.model.near_its_end())
    def extend_for_all(self) -> None:
        slip = self.slip("day", "reason")
        period = self.dice.choice(self.model.near_its_end())
        due = self.model.periods[period].due
        until = due if slip == "day" else max(due, self.model.day) + timedelta(days=self.dice.randint(1, 5))
        reason = "" if slip == "reason" else "Hệ thống ngừng."
        made = self.step(
            f"outage {period} until {until}",
            self.model.why_not_moved(period, until, reason),
            lambda: windows.extend_for_all(
                period=self.small.period(period),
                reason=reason,
                document_number="9/UBND",
                expires_on=until,
                by=self.small.who("snv.thamdinh"),
            ),
        )
        if made is not None:
            self.model.periods[period].move(until)
            self.remember(made, "reason", reason)

    @action(1, lambda self: self.model.over())
    def close(self) -> None:
        slip = self.slip("who", "day")
        period = self.dice.choice(year.PERIODS if slip == "day" else self.model.over())
        who = "vpub.thamdinh" if slip == "who" else self.dice.choice(("snv.thamdinh", "hai.vai"))
        made = self.step(
            f"closed {period} by {who}",
            self.model.why_not_closed(period, who),
            lambda: closes.close(period=self.small.period(period), by=self.small.who(who)),
        )
        if made is not None:
            self.model.periods[period].close()
            self.sealed[made.pk] = made.sha256

    @action(1, lambda self: any(row.closed for row in self.model.rows()))
    def reopen(self) -> None:
        slip = self.slip("who", "day", "reason")
        period = self.dice.choice([code for code in year.PERIODS if self.model.periods[code].closed])
        who = "vpub.thamdinh" if slip == "who" else "snv.thamdinh"
        until = self.model.day + timedelta(days=32 if slip == "day" else self.dice.randint(0, 31))
        reason = "" if slip == "reason" else "Bổ sung số liệu."
        made = self.step(
            f"reopened {period} until {until} by {who}",
            self.model.why_not_reopened(period, who, until, reason),
            lambda: closes.reopen(
                close=PeriodClose.objects.filter(period=self.small.period(period)).latest("number"),
                reason=reason,
                approver="Phó Chủ tịch",
                document="12/UBND-NC",
                expires_on=until,
                by=self.small.who(who),
            ),
        )
        if made is not None:
            self.model.periods[period].reopened.append(until)
            self.remember(made, "reason", reason)

    # --- extensions ------------------------------------------------------------------------------------------

    @action(3, lambda self: self.model.extendable())
    def ask_for_time(self) -> None:
        slip = self.slip("who", "pair", "day", "reason")
        pair = self.dice.choice([*year.DUTIES] if slip == "pair" else self.model.extendable())
        who = self.writer(pair[1], slip)
        due = self.model.due_on(pair, self.model.day) or self.model.day
        until = due if slip == "day" else max(due, self.model.day) + timedelta(days=self.dice.randint(1, 40))
        reason = "" if slip == "reason" else "Chờ hướng dẫn."
        made = self.step(
            f"asked for {pair} until {until} by {who}",
            self.model.why_no_extension_asked(pair, who, until, reason),
            lambda: requests.ask_extension(
                assignment=self.small.assignment(*pair),
                new_due_on=until,
                reason=reason,
                upload=Upload("de-nghi.pdf", len(self.scene.letter), io.BytesIO(self.scene.letter)),
                by=self.small.who(who),
            ),
        )
        if made is not None:
            self.model.asked[pair] = until
            self.remember(made, "reason", reason)

    @action(5, lambda self: self.model.asked)
    def decide_time(self) -> None:
        slip, grant = self.slip("who", "who", "reason"), self.dice.random() < 0.7
        pair = self.dice.choice([*self.model.asked])
        who = self.decider(pair[1], slip)
        reason = "" if slip == "reason" else "Không đủ căn cứ."
        request = DutyRequest.objects.get(assignment=self.scene.duties[pair], state="open")

        def take() -> DutyRequest:
            verb = requests.grant if grant else requests.decline
            return verb(request=request, reason=reason, revision=None, by=self.small.who(who))

        why_not = self.model.why_no_extension_decided(pair, who, grant=grant, reason=reason)
        made = self.step(f"{'granted' if grant else 'declined'} more time for {pair} by {who}", why_not, take)
        if made is None:
            return
        until = self.model.asked.pop(pair)
        if grant:
            self.model.days[pair].append((self.model.day, until))
        self.remember(made, "decision_reason", reason)

    # --- what must always hold -------------------------------------------------------------------------------

    @invariant()
    def everything_is_as_it_must_be(self) -> None:
        # What was refused was rolled back.
        if self.changed:
            self.nobody_decided_own_work()
            self.every_reason_is_still_there()
            self.what_was_accepted_never_changed()
            self.what_was_closed_never_changed()
            self.a_late_report_is_late()
            self.a_late_duty_is_late()

    def nobody_decided_own_work(self) -> None:
        own = Decision.objects.filter(
            verb__in=("accept", "return"),
            decided_by__memberships__agency=F("version__progress__assignment__agency"),
        )
        assert not own.exists(), "own work was decided"

    def every_reason_is_still_there(self) -> None:
        places: dict[tuple[Any, str], dict[int, str]] = {}
        for (model, pk, column), reason in self.given.items():
            places.setdefault((model, column), {})[pk] = reason
        for (model, column), wanted in places.items():
            found = dict(model.objects.filter(pk__in=wanted).values_list("pk", column))
            assert found == wanted, f"a reason was lost: {model.__name__}.{column}"
        assert not Decision.objects.filter(verb="return", reason="").exists(), "a return has no reason"

    def what_was_accepted_never_changed(self) -> None:
        assert versions([*self.kept]) == self.kept, "an accepted version changed"

    def what_was_closed_never_changed(self) -> None:
        assert dict(PeriodClose.objects.values_list("pk", "sha256")) == self.sealed, "a close changed"

    def a_late_report_is_late(self) -> None:
        with self.at():
            known = window_facts.windows(self.small.plan.periods.all(), self.model.day)
        found = {}
        for row in Progress.objects.filter(assignment__in=self.scene.pairs).select_related("period"):
            key = (self.scene.pairs[row.assignment_id], row.period.code)
            found[key] = (row.state, row.accepted_id)
            report, due, window = self.model.reports[key], self.model.periods[row.period.code].due, known[row.period_id]
            late = max(0, (report.first - due).days) if report.first else 0
            wanted = (f"Nộp muộn {late} ngày" if late else "Nộp đúng hạn") if report.first else ""
            shown = (
                badges.lateness(row.first_submitted_at, window.due_on).text,
                window.days_late(row.first_submitted_at),
            )
            self.tally["late report seen"] += bool(late)
            assert shown == (wanted, late), f"a report of {report.first} that was due on {due} shows {shown}"
        assert found == {key: (one.state, self.counting.get(key)) for key, one in self.model.reports.items()}, (
            "a report does not stand where it must"
        )

    def a_late_duty_is_late(self) -> None:
        flags = {
            one.value: ExpressionWrapper(buckets.bucket_condition(one, self.model.day), output_field=BooleanField())
            for one in Bucket
        }
        for row in Assignment.objects.filter(pk__in=self.scene.pairs).annotate(**flags):
            pair = self.scene.pairs[row.pk]
            done, wanted = self.model.done_on(pair), self.model.bucket(pair)
            assert row.done_on == done, f"the duty {pair} is done on {row.done_on} and not on {done}"
            counted = [name for name in flags if getattr(row, name)]
            self.tally["late duty seen"] += wanted == "done_late"
            self.tally["late duty seen that was extended afterwards"] += self.model.is_late_for_ever(pair)
            assert counted == [wanted], f"the duty {pair}, done on {done}, counts as {counted} and not as {wanted}"


def live(examples: int, steps: int, tally: Counter[str], *, derandomize: bool, shrink: bool = False) -> None:
    """Let the machine live some years of some steps, and count what happens in them; nothing is kept."""

    class Counted(Year):
        pass

    Counted.tally = tally
    with transaction.atomic():
        Counted.scene = Scene()
        run_state_machine_as_test(
            Counted,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                derandomize=derandomize,
                database=None,
                phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_few_years_at_random_reach_nothing_forbidden():
    tally: Counter[str] = Counter()
    live(4, 25, tally, derandomize=bool(os.environ.get("CI")))
    assert tally["steps"] >= 50


@pytest.mark.deep
@pytest.mark.django_db
@pytest.mark.timeout(1800)
def test_thousands_of_steps_reach_nothing_forbidden():
    tally: Counter[str] = Counter()
    live(100, 50, tally, derandomize=bool(os.environ.get("CI")), shrink=True)
    lived = f"{connection.vendor}: {', '.join(f'{number} {what}' for what, number in tally.most_common())}"
    print(lived)
    short = {what: tally[what] for what, least in LEAST.items() if tally[what] < least}
    assert not short, f"too little happened ({short}): {lived}"

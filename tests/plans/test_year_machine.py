"""A year of a small province, step by step at random: no path reaches what must never be.

The machine keeps a model of its own (windows, submissions, decisions, deadlines) that shares no code with the portal,
says beforehand which step must be refused, and after every step compares what is on record. It looks for: own work
accepted, an edit outside a window, a lost reason, a changed accepted row, an on-time verdict for a late duty or report.
"""

import hashlib
import os
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from agencies import calendar
from agencies.actions import directory
from agencies.errors import PortalError
from plans.actions import progress, requests, windows
from plans.facts.badges import lateness
from plans.facts.buckets import bucket_condition
from plans.models import Decision, DutyRequest, Progress, ProgressVersion
from plans.standing import Bucket
from tests.conftest import Small, build_small, pdf_upload

DUTIES = (("1", "STP"), ("5", "SYT"), ("2", "SNV"), ("3", "STP"), ("3", "SNV"))
PERIODS = {"2021-Q3": (date(2021, 9, 1), date(2021, 9, 20)), "2021-Y": (date(2021, 11, 15), None)}
DUE = {"2021-Q3": date(2021, 9, 20), "2021-Y": date(2021, 12, 20)}
DEADLINES = {"1": date(2021, 12, 31), "5": date(2021, 11, 30)}
PEOPLE = ("snv.thamdinh", "vpub.thamdinh", "hai.vai")


def content_of(version: ProgressVersion) -> str:
    """Return a digest of everything a version says, and of its evidence."""
    fields = [
        (name, str(getattr(version, name)))
        for name in (
            "number",
            "result",
            "figure",
            "percent",
            "done_on",
            "explanation",
            "submitted_at",
            "submitted_by_id",
        )
    ]
    links = list(version.evidence.order_by("pk").values_list("document_id", "verdict"))
    return hashlib.sha256(repr((fields, links)).encode()).hexdigest()


class Year(RuleBasedStateMachine):
    """The verbs, tried in any order by the right and by the wrong people, on any day of the year."""

    small: Small
    day: date

    @initialize()
    def begin(self) -> None:
        self.block = transaction.atomic()
        self.block.__enter__()
        self.day = date(2021, 9, 1)
        self.small = build_small()
        both = directory.add_user(username="hai.vai", full_name="Hai vai", password_hash="!", by=None)
        directory.join(user=both, agency=self.small.agencies["SNV"], role="reviewer", by=None)
        directory.join(user=both, agency=self.small.agencies["STP"], role="officer", by=None)
        self.small.people["hai.vai"] = both
        self.sent: dict[tuple, list[list[Any]]] = {}
        self.reasons: dict[int, str] = {}
        self.kept: dict[int, str] = {}
        self.exceptions: list[tuple[str, str, date, date]] = []
        self.dues = {pair: [(date.min, DEADLINES.get(pair[0]))] for pair in DUTIES}
        self.asked = 0

    def teardown(self) -> None:
        if hasattr(self, "block"):
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    # --- what the model knows --------------------------------------------------------------------------------

    def at(self) -> Any:
        moment = datetime(self.day.year, self.day.month, self.day.day, 9, tzinfo=calendar.VIETNAM)
        return calendar.held_at(moment + timedelta(microseconds=Progress.objects.count()))

    def is_open(self, pair: tuple[str, str], period: str) -> bool:
        opens, closes = PERIODS[period]
        if opens <= self.day and (closes is None or self.day <= closes):
            return True
        return any(
            agency == pair[1] and of == period and since <= self.day <= until
            for agency, of, since, until in self.exceptions
        )

    def report(self, pair: tuple[str, str], period: str) -> Progress | None:
        return Progress.objects.filter(
            assignment=self.small.assignment(*pair), period=self.small.period(period)
        ).first()

    def due_on(self, pair: tuple[str, str], day: date) -> date | None:
        return [due for since, due in self.dues[pair] if since <= day][-1]

    # --- time ------------------------------------------------------------------------------------------------

    @rule(days=st.sampled_from((1, 2, 5, 12, 30)))
    def pass_time(self, days: int) -> None:
        self.day += timedelta(days=days)

    # --- the agency ------------------------------------------------------------------------------------------

    @rule(
        pair=st.sampled_from(DUTIES),
        period=st.sampled_from(tuple(PERIODS)),
        writer=st.sampled_from(("own", "other", "snv.thamdinh")),
        done=st.none() | st.integers(-20, 3),
        hand_in=st.booleans(),
        says=st.sampled_from(("", "Đã xong phần việc.")),
        percent=st.none() | st.integers(0, 100),
    )
    def write(
        self, pair: Any, period: str, writer: str, done: int | None, hand_in: bool, says: str, percent: Any
    ) -> None:
        done_on = self.day + timedelta(days=done) if done is not None else None
        said = progress.Content(
            result=says,
            explanation="Chưa có văn bản.",
            done_on=done_on,
            percent=None if percent is None else Decimal(percent),
        )
        other = "SYT" if pair[1] != "SYT" else "STP"
        by = {"own": self.small.officer(pair[1]), "other": self.small.officer(other)}.get(writer) or self.small.who(
            writer
        )
        before = self.report(pair, period)
        late_return = before is not None and before.first_submitted_at is not None
        may_edit = before is None or before.state in ("draft", "returned")
        allowed = (
            writer == "own" and may_edit and (self.is_open(pair, period) or late_return or (before and not hand_in))
        )
        if hand_in:
            allowed = allowed and bool(says) and (done_on is None or done_on <= self.day)
        with self.at():
            try:
                with transaction.atomic():
                    begun = progress.start(
                        assignment=self.small.assignment(*pair), period=self.small.period(period), by=by
                    )
                    verb = progress.submit if hand_in else progress.save
                    verb(progress=begun, content=said, revision=None, by=by)
            except PortalError:
                assert not allowed, f"refused though it should be taken: {pair} {period} {writer} on {self.day}"
                return
        assert allowed, f"taken though it must be refused: {pair} {period} {writer} on {self.day}"
        if hand_in:
            self.sent.setdefault((pair, period), []).append([self.day, False])

    @rule(
        pair=st.sampled_from(DUTIES), period=st.sampled_from(tuple(PERIODS)), reason=st.sampled_from(("", "Nhầm số."))
    )
    def correct(self, pair: Any, period: str, reason: str) -> None:
        report = self.report(pair, period)
        if report is None:
            return
        allowed = report.state == "accepted" and bool(reason)
        with self.at():
            try:
                progress.correct(progress=report, reason=reason, revision=None, by=self.small.officer(pair[1]))
            except PortalError:
                assert not allowed
                return
        assert allowed

    @rule(pair=st.sampled_from(DUTIES), period=st.sampled_from(tuple(PERIODS)), own=st.booleans())
    def withdraw(self, pair: Any, period: str, own: bool) -> None:
        report = self.report(pair, period)
        if report is None:
            return
        allowed = own and report.state == "submitted" and self.is_open(pair, period)
        other = "SYT" if pair[1] != "SYT" else "STP"
        with self.at():
            try:
                progress.withdraw(progress=report, revision=None, by=self.small.officer(pair[1] if own else other))
            except PortalError:
                assert not allowed, f"{pair} {period} could not be withdrawn on {self.day}"
                return
        assert allowed
        self.sent[pair, period][-1][1] = True

    # --- review ----------------------------------------------------------------------------------------------

    @precondition(lambda self: Progress.objects.filter(state="submitted").exists())
    @rule(
        data=st.data(),
        who=st.sampled_from(PEOPLE),
        accept=st.booleans(),
        reason=st.sampled_from(("", "Chưa rõ số liệu.")),
    )
    def decide(self, data: Any, who: str, accept: bool, reason: str) -> None:
        waiting = list(Progress.objects.filter(state="submitted").order_by("pk").values_list("pk", flat=True))
        report = Progress.objects.select_related("assignment__agency").get(pk=data.draw(st.sampled_from(waiting)))
        own = {"snv.thamdinh": {"SNV"}, "vpub.thamdinh": {"VPUB"}, "hai.vai": {"SNV", "STP"}}[who]
        agency = report.assignment.agency.code
        allowed = agency not in own and (who != "vpub.thamdinh") == (agency != "SNV")
        allowed = allowed and (accept or bool(reason))
        by = self.small.who(who)
        with self.at():
            try:
                if accept:
                    progress.accept(progress=report, revision=None, by=by)
                else:
                    progress.send_back(progress=report, reason_code="unclear", reason=reason, revision=None, by=by)
            except PortalError:
                assert not allowed
                return
        assert allowed, f"{who} decided a report of {agency}"
        report.refresh_from_db()
        if accept:
            assert report.accepted_id is not None
            self.kept[report.accepted_id] = content_of(report.accepted)
        else:
            self.reasons[report.latest_id] = reason

    # --- windows and extensions ------------------------------------------------------------------------------

    @rule(
        pair=st.sampled_from(DUTIES),
        period=st.sampled_from(tuple(PERIODS)),
        who=st.sampled_from(PEOPLE),
        days=st.integers(0, 10),
        reason=st.sampled_from(("", "Mất điện diện rộng.")),
    )
    def allow_late(self, pair: Any, period: str, who: str, days: int, reason: str) -> None:
        until = self.day + timedelta(days=days)
        try:
            with self.at():
                windows.allow_late(
                    period=self.small.period(period),
                    agency=self.small.agencies[pair[1]],
                    reason=reason,
                    expires_on=until,
                    by=self.small.who(who),
                )
        except PortalError:
            return
        assert reason
        assert pair[1] not in {"snv.thamdinh": {"SNV"}, "vpub.thamdinh": {"VPUB"}, "hai.vai": {"SNV", "STP"}}[who]
        self.exceptions.append((pair[1], period, self.day, until))

    @rule(pair=st.sampled_from(DUTIES), days=st.integers(-5, 60), reason=st.sampled_from(("", "Chờ hướng dẫn.")))
    def ask_for_time(self, pair: Any, days: int, reason: str) -> None:
        self.asked += 1
        try:
            with self.at():
                requests.ask_extension(
                    assignment=self.small.assignment(*pair),
                    new_due_on=self.day + timedelta(days=days),
                    reason=reason,
                    upload=pdf_upload(text=f"xin gia hạn {self.asked}"),
                    by=self.small.officer(pair[1]),
                )
        except PortalError:
            return
        assert reason and self.due_on(pair, self.day) is not None

    @precondition(lambda self: DutyRequest.objects.filter(state="open").exists())
    @rule(data=st.data(), who=st.sampled_from(PEOPLE), grant=st.booleans())
    def decide_time(self, data: Any, who: str, grant: bool) -> None:
        open_ = list(DutyRequest.objects.filter(state="open").order_by("pk").values_list("pk", flat=True))
        request = DutyRequest.objects.select_related("assignment__agency", "assignment__task").get(
            pk=data.draw(st.sampled_from(open_))
        )
        pair = (request.assignment.task.code, request.assignment.agency.code)
        own = {"snv.thamdinh": {"SNV"}, "vpub.thamdinh": {"VPUB"}, "hai.vai": {"SNV", "STP"}}[who]
        try:
            with self.at():
                if grant:
                    requests.grant(request=request, revision=None, by=self.small.who(who))
                else:
                    requests.decline(request=request, reason="Không đủ căn cứ.", revision=None, by=self.small.who(who))
        except PortalError:
            return
        assert pair[1] not in own, f"{who} decided a request of {pair[1]}"
        if grant:
            assert request.new_due_on is not None
            self.dues[pair].append((self.day, request.new_due_on))

    # --- what must always hold -------------------------------------------------------------------------------

    @invariant()
    def nobody_decided_own_work(self) -> None:
        for decision in Decision.objects.filter(verb__in=("accept", "return")).select_related(
            "version__progress__assignment", "decided_by"
        ):
            agency = decision.version.progress.assignment.agency_id
            assert not decision.decided_by.memberships.filter(agency_id=agency).exists()

    @invariant()
    def every_reason_is_still_there(self) -> None:
        found = dict(Decision.objects.filter(verb="return").values_list("version_id", "reason"))
        assert found == getattr(self, "reasons", {})

    @invariant()
    def accepted_versions_never_changed(self) -> None:
        for version in ProgressVersion.objects.filter(pk__in=getattr(self, "kept", {})):
            assert content_of(version) == self.kept[version.pk]

    @invariant()
    def late_is_late(self) -> None:
        if not hasattr(self, "sent"):
            return
        for (pair, period), submissions in self.sent.items():
            report = self.report(pair, period)
            assert report is not None
            standing = [day for day, withdrawn in submissions if not withdrawn]
            if not standing:
                assert report.first_submitted_at is None
                continue
            day = standing[0]
            assert report.first_submitted_at is not None
            late = (day - DUE[period]).days
            badge = lateness(report.first_submitted_at, DUE[period])
            assert badge.text == (f"Nộp muộn {late} ngày" if late > 0 else "Nộp đúng hạn")
        with self.at():
            for pair in DUTIES:
                duty = self.small.assignment(*pair)
                if duty.done_on is None:
                    continue
                due = self.due_on(pair, duty.done_on)
                wanted = (
                    Bucket.DONE_NO_DEADLINE
                    if due is None
                    else (Bucket.DONE_LATE if duty.done_on > due else Bucket.DONE_ON_TIME)
                )
                counted = [
                    bucket
                    for bucket in Bucket
                    if type(duty).objects.filter(bucket_condition(bucket, self.day), pk=duty.pk).exists()
                ]
                assert counted == [wanted], (pair, duty.done_on, due, counted)


def live(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Year,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=bool(os.environ.get("CI")),
            phases=(Phase.generate, Phase.shrink) if examples > 20 else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


@pytest.mark.django_db
def test_a_few_years_at_random_reach_nothing_forbidden():
    live(4, 25)


@pytest.mark.deep
@pytest.mark.django_db
@pytest.mark.timeout(1800)
def test_thousands_of_steps_reach_nothing_forbidden():
    assert connection.vendor in ("sqlite", "postgresql")
    live(100, 50)

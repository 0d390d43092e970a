"""Suspending, resuming, cancelling, internal days: who may, what is needed, from when, what follows."""

from datetime import date, datetime

import pytest
from django.db import DatabaseError, transaction

from agencies import calendar
from agencies.actions import directory
from agencies.errors import PortalError
from agencies.models import Event, GroupMembership
from plans import builder
from plans.actions import groups, plans, progress, rulings
from plans.facts.plan import plan_facts
from plans.models import Ruling
from plans.schedule import refresh_all
from tests.conftest import pdf_upload

DECISION = {"document_number": "12/QĐ-UBND", "document_date": date(2021, 12, 8)}


def at(day):
    return calendar.held_at(datetime(day.year, day.month, day.day, 9, tzinfo=calendar.VIETNAM))


def duty_on(small, day, code="1"):
    return next(task for task in plan_facts(small.plan, day).tasks if task.code == code).assignments[0]


def suspend(small, of=None, effective_on=date(2021, 12, 10), by="snv.thamdinh", **more):
    of = of or small.assignment("1", "STP")
    return rulings.suspend(of=of, effective_on=effective_on, by=small.who(by), **{**DECISION, **more})


def test_a_suspended_duty_is_in_no_rate_and_takes_no_reports_until_it_is_resumed(small):
    before = plan_facts(small.plan, date(2021, 12, 10)).assignment_counts.counted
    suspend(small)
    facts = plan_facts(small.plan, date(2021, 12, 10))
    assert (facts.assignment_counts.counted, facts.assignment_counts.suspended) == (before - 1, 1)
    assert not duty_on(small, date(2021, 12, 10)).not_updated
    with pytest.raises(PortalError) as refused:
        small.begin("1", "STP")
    assert refused.value.code == "duty_takes_no_reports"
    rulings.resume(of=small.assignment("1", "STP"), effective_on=date(2021, 12, 10), by=small.who("snv.thamdinh"))
    assert small.submit("1", "STP").state == "submitted"


def test_a_report_begun_before_is_not_handed_in_while_suspended(small):
    begun = small.begin("1", "STP")
    suspend(small)
    said = progress.Content(result="x", explanation="y")
    for verb in (progress.save, progress.submit):
        with pytest.raises(PortalError) as refused:
            verb(progress=begun, content=said, revision=None, by=small.officer("STP"))
        assert refused.value.code == "duty_takes_no_reports"


def test_a_ruling_of_a_later_day_works_when_its_day_has_come(small):
    suspend(small, effective_on=date(2021, 12, 20))
    duty = small.assignment("1", "STP")
    assert duty.state == "not_started"
    assert duty_on(small, date(2021, 12, 19)).standing.state == "not_started"
    with at(date(2021, 12, 20)):
        assert refresh_all()["mended"] >= 1
        duty.refresh_from_db()
        assert duty.state == "suspended"
    assert duty_on(small, date(2021, 12, 20)).standing.state == "suspended"


def test_what_an_earlier_day_showed_stays_when_a_ruling_is_entered_late(small):
    suspend(small, effective_on=date(2021, 11, 1))
    assert duty_on(small, date(2021, 12, 9)).standing.state == "not_started"
    assert duty_on(small, date(2021, 12, 10)).standing.state == "suspended"


def test_a_cancelled_duty_is_never_resumed(small):
    rulings.cancel(
        of=small.assignment("1", "STP"), effective_on=date(2021, 12, 10), by=small.who("snv.thamdinh"), **DECISION
    )
    with pytest.raises(PortalError) as refused:
        rulings.resume(of=small.assignment("1", "STP"), effective_on=date(2021, 12, 10), by=small.who("snv.thamdinh"))
    assert refused.value.code == "duty_not_suspended"
    assert plan_facts(small.plan, date(2021, 12, 10)).task_counts.cancelled == 1


def test_a_suspension_of_a_later_day_does_not_revive_a_cancelled_duty(small):
    suspend(small, effective_on=date(2021, 12, 30))
    rulings.cancel(
        of=small.assignment("1", "STP"), effective_on=date(2021, 12, 20), by=small.who("snv.thamdinh"), **DECISION
    )
    states = [duty_on(small, date(2021, 12, day)).standing.state for day in (19, 20, 30)]
    assert states == ["not_started", "cancelled", "cancelled"]


def test_a_done_duty_is_neither_suspended_nor_cancelled(small):
    small.accept("1", "STP", done_on=date(2021, 12, 1))
    for verb in (rulings.suspend, rulings.cancel):
        with pytest.raises(PortalError) as refused:
            verb(
                of=small.assignment("1", "STP"),
                effective_on=date(2021, 12, 10),
                by=small.who("snv.thamdinh"),
                **DECISION,
            )
        assert refused.value.code == "duty_over"


@pytest.mark.parametrize(
    "person", ["stp.canbo", "stp.thutruong", "vpub.thamdinh", "snv.chuyenvien", "lanhdao", "kiemtra", "quantri"]
)
def test_only_who_decides_the_agencys_reports_rules(small, person):
    with pytest.raises(PortalError) as refused:
        suspend(small, by=person)
    assert refused.value.status == 403
    assert not Ruling.objects.exists()


def test_the_decisions_number_and_date_are_needed_and_not_of_a_day_to_come(small):
    with pytest.raises(PortalError) as refused:
        suspend(small, document_number=" ", document_date=None)
    assert set(refused.value.fields) == {"document_number", "document_date"}
    with pytest.raises(PortalError) as refused:
        suspend(small, document_date=date(2022, 1, 1))
    assert set(refused.value.fields) == {"document_date"}
    with pytest.raises(PortalError) as refused:
        suspend(small, effective_on=date(2021, 8, 5))
    assert set(refused.value.fields) == {"effective_on"}


@pytest.fixture
def without_own(small):
    """The group task without a duty of the standing office's own."""
    with at(date(2021, 12, 9)):
        membership = GroupMembership.objects.get(group=small.group, agency=small.agencies["SNV"])
        directory.leave_group(membership=membership, last_day=date(2021, 12, 9), by=None)
    groups.follow(plan=small.plan, by=None)
    return small.plan.tasks.get(code="3")


def test_a_whole_group_task_is_suspended_with_one_ruling(small, without_own):
    made = suspend(small, of=without_own, upload=pdf_upload())
    assert made.assignment is None
    assert made.document.owner == small.agencies["SNV"]
    facts = plan_facts(small.plan, date(2021, 12, 10))
    assert facts.task_counts.suspended == 1
    assert facts.assignment_counts.suspended == 3
    builder.refresh_plan(small.plan.pk)
    assert not builder.rollup_drift(small.plan)
    assert Event.objects.filter(action="ruling.suspend").count() == 1


def test_a_member_that_joins_a_suspended_task_is_suspended_too(small, without_own):
    suspend(small, of=without_own)
    directory.join_group(group=small.group, agency=small.agencies["MTTQ"], valid_from=date(2021, 12, 10), by=None)
    groups.follow(plan=small.plan, by=None)
    assert small.assignment("3", "MTTQ").state == "suspended"


def test_an_internal_day_is_set_only_where_the_plan_gives_none_and_is_marked(small):
    reviewer = small.who("snv.thamdinh")
    with pytest.raises(PortalError) as refused:
        rulings.set_internal_due(of=small.assignment("1", "STP"), due_on=date(2021, 12, 15), reason="x", by=reviewer)
    assert refused.value.code == "plan_gives_day"
    rulings.set_internal_due(of=small.assignment("3", "STP"), due_on=date(2021, 12, 15), reason="x", by=reviewer)
    duty = small.assignment("3", "STP")
    assert (duty.due_on, duty.due_origin) == (date(2021, 12, 15), "internal")
    task = next(task for task in plan_facts(small.plan, date(2021, 12, 20)).tasks if task.code == "3")
    one = next(duty for duty in task.assignments if duty.standing.due_on)
    assert (one.due_origin, one.standing.days_overdue) == ("internal", 5)
    # The task has a day only when each of its agencies has one.
    assert task.standing.due_on is None


@pytest.mark.parametrize(("due_on", "reason"), [(None, "x"), (date(2021, 12, 1), "x"), (date(2021, 12, 31), " ")])
def test_an_internal_day_needs_a_day_to_come_and_a_reason(small, due_on, reason):
    with pytest.raises(PortalError) as refused:
        rulings.set_internal_due(
            of=small.assignment("3", "STP"), due_on=due_on, reason=reason, by=small.who("snv.thamdinh")
        )
    assert refused.value.code == "ruling_incomplete"


def test_a_plan_that_is_not_in_force_takes_no_rulings(small):
    from plans.models import Plan

    duty = small.assignment("1", "STP")
    Plan.objects.filter(pk=small.plan.pk).update(state="ended", ended_on="2021-12-09", ended_at=calendar.now())
    duty.task.plan.refresh_from_db()
    with pytest.raises(PortalError) as refused:
        suspend(small, of=duty)
    assert refused.value.code == "plan_not_issued"


def test_the_database_keeps_a_ruling(small):
    made = suspend(small)
    with pytest.raises(DatabaseError), transaction.atomic():
        Ruling.objects.filter(pk=made.pk).update(effective_on=date(2022, 1, 1))
    with pytest.raises(DatabaseError), transaction.atomic():
        Ruling.objects.filter(pk=made.pk).delete()


def test_the_trail_names_each_duty_that_was_handed_out_and_each_text(small):
    issued = Event.objects.get(action="plan.issue", subject_id=str(small.plan.pk)).after
    assert [text["code"] for text in issued["texts"]] == ["1", "2", "3", "4", "5"]
    assert [period["code"] for period in issued["periods"]] == ["2021-Q3", "2021-Y"]
    handed = Event.objects.get(action="plan.hand_out", subject_id=str(small.plan.pk)).after
    assert handed["assignments"] == len(handed["begun"]) == 9
    assert {one["valid_from"] for one in handed["begun"]} == {"2021-08-06"}
    assert plans.hand_out(plan=small.plan, on=date(2021, 8, 6), by=None) == 0

"""Story 13: each member reports; the parent shows n/N and is done by its rule; who joins later begins on its day."""

from datetime import date
from decimal import Decimal

import pytest

from agencies.actions import directory
from agencies.errors import PortalError
from agencies.models import Event, GroupMembership
from plans import builder
from plans.actions import groups, rulings
from plans.facts.plan import plan_facts
from plans.models import Assignment
from plans.schedule import refresh_all
from tests.stories.conftest import living_on


def group_on(small, day):
    return next(task for task in plan_facts(small.plan, day).tasks if task.code == "3")


def test_the_parent_shows_who_reported_and_who_is_done(small, page):
    small.submit("3", "STP")
    small.accept("3", "SYT", done_on=date(2021, 12, 1))
    task = group_on(small, date(2021, 12, 10))
    assert (task.reported, task.done, task.members) == (2, 1, 4)
    address = f"/nhiem-vu/nhom/{task.id}/"
    assert "<b>2/4</b> đã báo cáo · <b>1/4</b> hoàn thành" in page("snv.thamdinh", address)
    copied = page("snv.thamdinh", f"{address}?loc=never").split("readonly>")[1].split("</textarea>")[0]
    assert copied.split("\n") == ["Văn phòng Ủy ban nhân dân tỉnh", "Sở Nội vụ"]


def test_every_page_counts_the_same_members_when_some_are_halted(small, page, enter):
    """N leaves out the suspended and the cancelled, on the group's, the plan's, a past day's and the duty's page."""
    reviewer, papers = small.who("snv.thamdinh"), {"document_number": "5/UBND", "document_date": date(2021, 12, 10)}
    small.submit("3", "STP")
    small.submit("3", "SYT")
    rulings.suspend(of=small.assignment("3", "SYT"), effective_on=date(2021, 12, 10), by=reviewer, **papers)
    rulings.cancel(of=small.assignment("3", "VPUB"), effective_on=date(2021, 12, 10), by=reviewer, **papers)
    task = group_on(small, date(2021, 12, 10))
    assert (task.reported, task.done, task.members) == (1, 0, 2)
    assert "<b>1/2</b> đã báo cáo · <b>0/2</b> hoàn thành" in page("snv.thamdinh", f"/nhiem-vu/nhom/{task.id}/")
    plan, said = f"/ke-hoach/{small.plan.code}/", "1/2 đã báo cáo, 0/2 hoàn thành"
    assert said in page("snv.thamdinh", plan)
    assert said in page("snv.thamdinh", f"/nhiem-vu/{small.assignment('3', 'STP').pk}/")
    asked = enter("snv.thamdinh").get(f"/api/v1/tasks/{task.id}/").json()
    assert (asked["reported"], asked["done"], asked["members"]) == (1, 0, 2)
    with living_on(2021, 12, 11):
        assert said in page("snv.thamdinh", f"{plan}?ngay=2021-12-10")


def test_it_is_done_by_the_chosen_rule(small):
    task = small.plan.tasks.get(code="3")
    reviewer = small.who("snv.thamdinh")
    small.accept("3", "SYT", done_on=date(2021, 12, 1))
    small.accept("3", "STP", done_on=date(2021, 12, 3))
    small.accept("3", "VPUB", done_on=date(2021, 12, 2))
    today = date(2021, 12, 10)
    assert group_on(small, today).standing.state == "in_progress"
    rulings.set_done_rule(task=task, done_rule="threshold", done_share=Decimal(75), by=reviewer)
    one = group_on(small, today)
    assert (one.standing.state, one.standing.done_on) == ("done", date(2021, 12, 3))
    rulings.set_done_rule(task=task, done_rule="reviewer", by=reviewer)
    assert group_on(small, today).standing.state == "in_progress"
    task.refresh_from_db()
    rulings.conclude(task=task, done_on=date(2021, 12, 9), reason="Đã đạt yêu cầu", by=reviewer)
    one = group_on(small, today)
    assert (one.standing.state, one.standing.done_on) == ("done", date(2021, 12, 9))
    builder.refresh_plan(small.plan.pk)
    assert not builder.rollup_drift(small.plan)
    # The conclusion was recorded today: yesterday's figure does not know it.
    assert group_on(small, date(2021, 12, 9)).standing.state == "not_started"


def test_a_conclusion_needs_its_rule_and_a_threshold_its_share(small):
    task = small.plan.tasks.get(code="3")
    with pytest.raises(PortalError) as refused:
        rulings.conclude(task=task, done_on=date(2021, 12, 9), reason="x", by=small.who("snv.thamdinh"))
    assert refused.value.code == "not_the_rule"
    with pytest.raises(PortalError) as refused:
        rulings.set_done_rule(task=task, done_rule="threshold", by=small.who("snv.thamdinh"))
    assert set(refused.value.fields) == {"done_share"}


@pytest.mark.parametrize("person", ["vpub.thamdinh", "stp.canbo", "lanhdao", "quantri", "snv.chuyenvien"])
def test_only_the_standing_office_rules_about_a_task_of_many(small, person):
    with pytest.raises(PortalError) as refused:
        rulings.set_done_rule(task=small.plan.tasks.get(code="3"), done_rule="reviewer", by=small.who(person))
    assert refused.value.status == 403


def test_a_task_of_the_standing_office_alone_is_ruled_by_the_second_body(small):
    task = small.plan.tasks.get(code="2")
    with pytest.raises(PortalError) as refused:
        rulings.set_internal_due(of=task, due_on=date(2021, 12, 31), reason="x", by=small.who("snv.thamdinh"))
    assert refused.value.code == "own_agency"
    rulings.set_internal_due(of=task, due_on=date(2021, 12, 31), reason="x", by=small.who("vpub.thamdinh"))


def test_an_agency_that_joins_gets_its_duty_from_its_first_day(small, run_jobs):
    with living_on(2021, 10, 1):
        directory.join_group(group=small.group, agency=small.agencies["MTTQ"], valid_from=date(2021, 10, 15), by=None)
        run_jobs()
        assert group_on(small, date(2021, 10, 1)).members == 4
    with living_on(2021, 10, 15):
        refresh_all()
        duty = small.assignment("3", "MTTQ")
        assert (duty.valid_from, duty.via_group) == (date(2021, 10, 15), small.group)
    assert group_on(small, date(2021, 10, 14)).members == 4
    assert group_on(small, date(2021, 10, 15)).members == 5
    told = Event.objects.get(action="task.members").after
    assert [one["agency"] for one in told["begun"]] == [small.agencies["MTTQ"].pk]


def test_a_membership_entered_late_is_at_once_a_duty_and_earlier_figures_stay(small, run_jobs):
    directory.join_group(group=small.group, agency=small.agencies["MTTQ"], valid_from=date(2021, 11, 1), by=None)
    run_jobs()
    assert small.assignment("3", "MTTQ").valid_from == date(2021, 11, 1)
    # The portal came to know on 10/12: what it showed before is what it shows for then.
    assert group_on(small, date(2021, 12, 9)).members == 4
    assert group_on(small, date(2021, 12, 10)).members == 5
    run_jobs()
    assert groups.follow(plan=small.plan, by=None) == 0


def test_a_member_that_leaves_keeps_its_history_and_ends_its_open_duty(small, run_jobs):
    small.submit("3", "SYT")
    membership = GroupMembership.objects.get(group=small.group, agency=small.agencies["SYT"])
    directory.leave_group(membership=membership, last_day=date(2021, 12, 15), by=None)
    run_jobs()
    assert small.assignment("3", "SYT").valid_to is None
    with living_on(2021, 12, 16):
        refresh_all()
        duty = small.assignment("3", "SYT")
        assert duty.valid_to == date(2021, 12, 15)
        assert duty.progress.count() == 1
        assert duty not in Assignment.objects.leading()
    assert group_on(small, date(2021, 12, 15)).members == 4
    assert group_on(small, date(2021, 12, 16)).members == 3
    # It comes back: a second spell, a second duty.
    with living_on(2022, 1, 10):
        directory.join_group(group=small.group, agency=small.agencies["SYT"], valid_from=date(2022, 1, 10), by=None)
        refresh_all()
    assert Assignment.objects.filter(task__code="3", agency=small.agencies["SYT"]).count() == 2


def test_what_a_member_finished_stays_counted(small):
    small.accept("3", "SYT", done_on=date(2021, 12, 1))
    membership = GroupMembership.objects.get(group=small.group, agency=small.agencies["SYT"])
    directory.leave_group(membership=membership, last_day=date(2021, 12, 9), by=None)
    groups.follow(plan=small.plan, by=None)
    assert group_on(small, date(2021, 12, 10)).done == 1


def test_an_agency_that_ends_without_a_successor_leaves_its_groups(small):
    agency = small.agencies["SYT"]
    agency.valid_to = date(2021, 12, 9)
    agency.save(update_fields=["valid_to"])
    groups.follow(plan=small.plan, by=None)
    assert small.assignment("3", "SYT").valid_to == date(2021, 12, 9)
    # Its own tasks are not a group's: they stay until somebody moves them.
    assert small.assignment("5", "SYT").valid_to is None


def test_duties_of_a_merged_agency_are_left_to_the_reorganisation(small):
    from agencies.models import Succession

    agency = small.agencies["SYT"]
    agency.valid_to = date(2021, 12, 9)
    agency.save(update_fields=["valid_to"])
    Succession.objects.create(
        province=small.province,
        predecessor=agency,
        successor=small.agencies["STP"],
        kind="absorb",
        effective_on=date(2021, 12, 10),
        decision_number="1/NQ",
    )
    assert groups.follow(plan=small.plan, by=None) == 0

"""The coverage map: components nobody works on, components two work on, tasks that move nothing."""

from datetime import date

import pytest

from agencies import calendar
from agencies.models import User
from plans.models import Plan
from reports.facts.coverage import coverage

pytestmark = pytest.mark.django_db
DAY = date(2021, 12, 10)


@pytest.fixture
def plan(demo):
    return Plan.objects.get(number="186/KH-UBND")


def leader():
    return User.objects.filter(memberships__role="leader", memberships__province__code="yen-bai").first()


def test_the_map_of_186_names_who_is_double_and_what_nobody_has(plan):
    with calendar.held_at(calendar.end_of(DAY)):
        facts = coverage(plan, leader(), DAY, "PAPI")
    assert [row.code for row in facts.no_task] == ["5.2", "5.3"]
    double = {row.name: row.owners for row in facts.two_owners}
    assert double["Đóng góp tự nguyện"] == ("Sở Nội vụ", "Sở Tài chính")
    assert double["Cơ sở hạ tầng căn bản"] == ("Sở Công Thương", "Sở Giao thông vận tải")
    assert len(double) == 2
    assert facts.no_owner == ()
    assert facts.covered.text == "27/29 (93,10 %)"
    assert [task.code for task in facts.nothing] == ["IV.1", "IV.2", "IV.3", "IV.4"]
    assert facts.idle.text == "4/59 (6,78 %)"


def test_of_another_index_the_tasks_for_all_of_it_stand_apart(plan):
    facts = coverage(plan, leader(), DAY, "PAR")
    assert [task.code for task in facts.whole] == ["1.1.13", "1.8"]
    assert facts.no_task == ()
    sipas = coverage(plan, leader(), DAY, "SIPAS")
    assert len(sipas.no_task) == 5
    assert len(sipas.whole) == 9


def test_before_the_plan_was_issued_nobody_led_anything(plan):
    facts = coverage(plan, leader(), date(2021, 8, 1), "PAPI")
    assert (facts.tasks, len(facts.no_task)) == (0, 29)
    assert coverage(plan, leader(), DAY, "XYZ") is None

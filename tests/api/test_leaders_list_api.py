"""The leaders' list through the API: what is overdue for two weeks or more, with the head's name."""

from collections.abc import Callable
from datetime import date

from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies import calendar
from plans.models import Assignment
from tests.api.conftest import Client
from tests.conftest import Small

Api = Callable[[str], Client]


def test_the_list_names_duty_head_and_days(small: Small, api: Api) -> None:
    leader = api("lanhdao")
    assert leader.send("get", "leaders-list/").json()["results"] == []
    Assignment.objects.filter(task__code__in=["1", "4"]).update(due_on=date(2021, 11, 20))
    (row,) = leader.send("get", "leaders-list/").json()["results"]
    duty = small.assignment("1", "STP")
    assert row == {
        "id": duty.pk,
        "plan": small.plan.code,
        "task": duty.task_id,
        "task_code": "1",
        "title": "Duy trì điểm cải cách thể chế",
        "agency": small.agencies["STP"].pk,
        "agency_name": "Sở Tư pháp",
        "heads": ["stp.thutruong (thử)"],
        "due_on": "2021-11-20",
        "days": 20,
    }


def test_agencies_that_owe_a_periods_reports_are_named(small: Small, api: Api) -> None:
    assert api("lanhdao").send("get", "leaders-list/reports/").json() == []
    small.plan.periods.filter(code="2021-Y").update(due_on=date(2021, 11, 20))
    rows = api("lanhdao").send("get", "leaders-list/reports/").json()
    own = next(one for one in rows if one["agency"] == small.agencies["STP"].pk)
    assert (own["plan"], own["period"]) == (small.plan.code, small.period().pk)
    assert (own["number"], own["due_on"], own["days"]) == (2, "2021-11-20", 20)
    assert own["head"] == "stp.thutruong (thử)"
    assert small.agencies["MTTQ"].pk not in [one["agency"] for one in rows], "bodies only asked are never on it"


def test_it_is_for_those_who_watch_the_province(small: Small, elsewhere: Small, api: Api) -> None:
    Assignment.objects.update(due_on=date(2021, 11, 1))
    small.plan.periods.filter(code="2021-Y").update(due_on=date(2021, 11, 20))
    for name in ("lanhdao", "kiemtra", "snv.thamdinh", "snv.chuyenvien"):
        found = api(name).send("get", "leaders-list/").json()["results"]
        assert {one["plan"] for one in found} == {small.plan.code}, name
        assert api(name).send("get", "leaders-list/reports/").json(), name
    for name in ("stp.canbo", "stp.thutruong", "quantri"):
        assert api(name).send("get", "leaders-list/").json()["results"] == [], name
        assert api(name).send("get", "leaders-list/reports/").json() == [], name
    for path in ("leaders-list/", "leaders-list/reports/"):
        assert Client().send("get", path).status_code == 401
        assert api("lanhdao").send("post", path, {}).status_code == 405
    assert api("lanhdao").send("get", "leaders-list/?page=9").json()["code"] == "not_found"


def test_the_list_costs_the_same_for_few_rows_as_for_many(small: Small, api: Api) -> None:
    leader = api("lanhdao")
    leader.send("get", "plans/")

    def cost(path: str) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as seen:
            body = leader.send("get", path).json()
        return len(body["results"] if isinstance(body, dict) else body), len(seen)

    small.assignment("1", "STP")
    Assignment.objects.filter(task__code="1").update(due_on=date(2021, 11, 1))
    few, queries = cost("leaders-list/")
    Assignment.objects.update(due_on=date(2021, 11, 1))
    many, same = cost("leaders-list/")
    assert few < many
    assert queries == same
    assert calendar.today() == date(2021, 12, 10)

"""Adding periods through the API: days of the national calendar, or the plan's own."""

from collections.abc import Callable

import pytest

from plans.actions import plans
from plans.models import ReportingPeriod
from tests.api.conftest import Client
from tests.conftest import Small

Api = Callable[[str], Client]
OWN = {
    "kind": "own",
    "year": 2021,
    "name": "Đợt tháng 10",
    "code": "2021-T10",
    "starts_on": "2021-09-15",
    "cut_off": "2021-10-10",
    "opens_on": "2021-10-11",
    "due_on": "2021-10-20",
}


def test_a_national_period_is_added_with_the_days_of_the_calendar(small: Small, api: Api) -> None:
    client = api("snv.thamdinh")
    answer = client.send("post", "periods/", {"plan": small.plan.code, "kind": "half", "year": 2021})
    assert answer.status_code == 201, answer.json()
    body = answer.json()
    assert answer["Location"].endswith(f"/periods/{body['id']}/")
    assert (body["plan"], body["cut_off"], body["due_on"]) == (small.plan.code, "2021-06-14", "2021-06-20")
    assert body["closes_on"] == "2021-06-20", "left out, it closes on its due date"
    again = client.send("post", "periods/", {"plan": small.plan.code, "kind": "half", "year": 2021})
    assert (again.status_code, again.json()["code"]) == (409, "period_exists")


def test_days_that_are_sent_count_before_those_of_the_calendar(small: Small, api: Api) -> None:
    sent = {"plan": small.plan.code, "kind": "half", "year": 2021, "due_on": "2021-06-25"}
    client = api("snv.thamdinh")
    moved = client.send("post", "periods/", {**sent, "code": "2021-H1"}).json()
    assert (moved["due_on"], moved["closes_on"]) == ("2021-06-25", "2021-06-25")
    open_end = client.send(
        "post", "periods/", {**sent, "year": 2022, "due_on": "2022-06-25", "closes_on": None, "code": "2022-H1"}
    )
    assert open_end.json()["closes_on"] is None, "an open end is asked for"


def test_a_period_of_the_plans_own_needs_all_its_days(small: Small, api: Api) -> None:
    client = api("snv.thamdinh")
    short = {name: value for name, value in OWN.items() if name not in ("cut_off", "due_on")}
    refused = client.send("post", "periods/", {"plan": small.plan.code, **short})
    assert (refused.status_code, refused.json()["code"]) == (422, "span_required")
    assert set(refused.json()["fields"]) == {"cut_off", "due_on"}
    made = client.send("post", "periods/", {"plan": small.plan.code, **OWN})
    assert (made.status_code, made.json()["closes_on"]) == (201, "2021-10-20"), made.json()


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"due_on": "2021-06-01", "opens_on": "2021-06-05"}, 422, "dates_not_in_order"),
        ({"kind": "week"}, 400, "invalid"),
        ({"year": 1900}, 400, "invalid"),
        ({"due_on": "20/06/2021"}, 400, "invalid"),
        ({"closing": "2021-06-20"}, 400, "invalid"),
        ({"plan": "khong-co"}, 404, "plan_unknown"),
    ],
)
def test_a_period_that_cannot_be_is_refused(small: Small, api: Api, more: dict, status: int, code: str) -> None:
    before = ReportingPeriod.objects.count()
    sent = {"plan": small.plan.code, "kind": "half", "year": 2021, **more}
    refused = api("snv.thamdinh").send("post", "periods/", sent)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert ReportingPeriod.objects.count() == before


def test_who_adds_periods(small: Small, elsewhere: Small, api: Api) -> None:
    sent = {"plan": small.plan.code, "kind": "half", "year": 2021}
    assert Client().send("post", "periods/", sent).status_code == 401
    for name in ("stp.canbo", "lanhdao", "kiemtra", "snv.chuyenvien"):
        refused = api(name).send("post", "periods/", sent)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_a_reviewer"), name
    hidden = api("snv.thamdinh").send("post", "periods/", {**sent, "plan": elsewhere.plan.code})
    assert (hidden.status_code, hidden.json()["code"]) == (404, "plan_unknown")
    plans.end(plan=small.plan, on=small.plan.issued_on, document="9/QĐ", by=small.who("snv.chuyenvien"))
    ended = api("snv.thamdinh").send("post", "periods/", sent)
    assert (ended.status_code, ended.json()["code"]) == (409, "plan_ended")

"""Closes of periods through the API: the same verbs, the same refusals."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies import calendar
from plans.actions import closes
from plans.models import PeriodClose
from tests.api.conftest import Client
from tests.conftest import Small

Api = Callable[[str], Client]
REOPENING = {"reason": "Lỗi hệ thống", "approver": "Nguyễn Văn A", "document": "12/UBND-NC", "expires_on": "2021-12-24"}


@pytest.fixture
def later(small: Small) -> Iterator[Small]:
    """21/12/2021: the year's window is over."""
    with calendar.held_at(datetime(2021, 12, 21, 9, 0, tzinfo=calendar.VIETNAM)):
        yield small


def test_a_period_is_closed_read_reopened_and_compared(later: Small, api: Api) -> None:
    client = api("snv.thamdinh")
    made = client.send("post", "period-closes/", {"period": later.period().pk, "number": 1})
    assert made.status_code == 201, made.json()
    body = made.json()
    assert (body["number"], body["period_code"], body["closed_by"]) == (1, "2021-Y", "snv.thamdinh (thử)")
    assert made["Location"].endswith(f"/period-closes/{body['id']}/")
    raw = client.get(f"/api/v1/period-closes/{body['id']}/snapshot/")
    assert hashlib.sha256(raw.content).hexdigest() == body["sha256"]
    assert client.get(f"/api/v1/period-closes/{body['id']}/diff/").json() == {"counts": [], "duties": []}
    opened = client.send("post", f"period-closes/{body['id']}/reopen/", REOPENING)
    assert (opened.status_code, opened.json()["expires_on"]) == (201, "2021-12-24")
    later.submit("3", "STP")
    again = client.send("post", "period-closes/", {"period": later.period().pk, "number": 2})
    assert again.json()["previous_sha256"] == body["sha256"]
    for pk, other in ((body["id"], 2), (again.json()["id"], 1)):
        found = client.get(f"/api/v1/period-closes/{pk}/diff/", {"with": other}).json()
        assert [one["task_code"] for one in found["duties"]] == ["3"]
        assert found["duties"][0]["came_after"]
    assert client.get(f"/api/v1/period-closes/{body['id']}/").json()["reopenings"][0]["approver"] == "Nguyễn Văn A"


@pytest.mark.parametrize("other", ["9", "x", "²", "1" * 30])
def test_a_close_that_is_not_there_cannot_be_compared(later: Small, api: Api, other: str) -> None:
    made = closes.close(period=later.period(), by=later.who("snv.thamdinh"))
    answer = api("lanhdao").get(f"/api/v1/period-closes/{made.pk}/diff/", {"with": other})
    assert (answer.status_code, answer.json()["code"]) == (422, "close_unknown")


def test_the_refusals_of_the_verbs_are_the_answers(later: Small, api: Api) -> None:
    client = api("snv.thamdinh")
    period = later.period().pk
    assert client.send("post", "period-closes/", {"period": period, "number": 2}).json()["code"] == "stale_close"
    made = client.send("post", "period-closes/", {"period": period}).json()
    again = client.send("post", "period-closes/", {"period": period})
    assert (again.status_code, again.json()["code"]) == (409, "already_closed")
    bad = client.send("post", f"period-closes/{made['id']}/reopen/", REOPENING | {"expires_on": "2023-01-01"})
    assert (bad.status_code, set(bad.json()["fields"])) == (422, {"expires_on"})
    assert client.send("post", "period-closes/", {"period": period, "x": 1}).status_code == 400


def test_who_may_not_close_is_refused_and_who_may_not_see_finds_nothing(
    later: Small, elsewhere: Small, api: Api
) -> None:
    period = later.period().pk
    for name in ("lanhdao", "kiemtra", "vpub.thamdinh", "snv.chuyenvien"):
        answer = api(name).send("post", "period-closes/", {"period": period})
        assert (answer.status_code, answer.json()["code"]) == (403, "not_the_standing_office"), name
    for name in ("stp.canbo", "quantri"):
        assert api(name).send("post", "period-closes/", {"period": period}).status_code == 404, name
    foreign = elsewhere.period().pk
    assert api("snv.thamdinh").send("post", "period-closes/", {"period": foreign}).status_code == 404
    made = closes.close(period=later.period(), by=later.who("snv.thamdinh"))
    for path in ("", "diff/", "snapshot/"):
        assert api("stp.canbo").get(f"/api/v1/period-closes/{made.pk}/{path}").status_code == 404
        assert api("kiemtra").get(f"/api/v1/period-closes/{made.pk}/{path}").status_code == 200
    assert PeriodClose.objects.count() == 1


def test_the_list_costs_the_same_for_3_closes_as_for_12(later: Small, api: Api) -> None:
    client, reviewer = api("kiemtra"), later.who("snv.thamdinh")
    client.get("/api/v1/period-closes/")

    def grow(times: int) -> None:
        for _ in range(times):
            made = closes.close(period=later.period(), by=reviewer)
            closes.reopen(close=made, reason="x", approver="x", document="x", expires_on=calendar.today(), by=reviewer)

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/api/v1/period-closes/", {"plan": later.plan.code}).status_code == 200
        return len(seen)

    grow(3)
    few = cost()
    grow(9)
    assert cost() == few

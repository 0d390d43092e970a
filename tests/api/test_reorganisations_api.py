"""Reorganisations, duties and baselines through the API."""

from datetime import date, datetime

import pytest

from agencies import calendar
from agencies.models import Agency
from plans import builder
from plans.models import Assignment


@pytest.fixture
def spring(small):
    with calendar.held_at(datetime(2025, 3, 10, 9, 0, tzinfo=calendar.VIETNAM)):
        yield small


def body(small, **more):
    return {
        "kind": "absorb",
        "title": "Sáp nhập Sở Tư pháp vào Sở Y tế",
        "effective_on": "2025-03-01",
        "predecessors": [small.agencies["STP"].pk],
        "successors": [{"agency": small.agencies["SYT"].pk, "is_main": True}],
        "decision_number": "05/QĐ-UBND",
        "decided_on": "2025-02-20",
        **more,
    }


def propose(small, api, **more):
    answer = api("quantri").send("post", "reorganisations/", {**body(small, **more), "province": "tinh-thu"})
    assert answer.status_code == 201, answer.json()
    return answer.json()


def test_the_whole_way_from_proposal_to_moved_duty(spring, api):
    row = propose(spring, api, decision_number="")
    assert row["state"] == "proposed"
    assert [one["name"] for one in row["effects"]["ends"]] == ["Sở Tư pháp"]
    path = f"reorganisations/{row['id']}/"
    admin = api("quantri")
    refused = admin.send("post", f"{path}apply/", revision=1)
    assert (refused.status_code, refused.json()["code"]) == (422, "cannot_apply")
    assert admin.send("patch", path, body(spring)).status_code == 428
    changed = admin.send("patch", path, body(spring), revision=1)
    assert (changed.status_code, changed["ETag"]) == (200, '"2"')
    assert admin.send("post", f"{path}apply/", revision=1).json()["code"] == "stale_revision"
    applied = admin.send("post", f"{path}apply/", revision=2)
    assert applied.json()["state"] == "applied"
    assert Agency.objects.get(code="STP").valid_to == date(2025, 2, 28)

    reviewer = api("snv.thamdinh")
    open_ = reviewer.send("get", f"{path}duties/").json()
    assert [(one["task_code"], one["leads"], one["without_holder"]) for one in open_] == [
        ("1", True, True),
        ("3", True, True),
        ("5", False, True),
    ]
    duty = {"assignment": open_[0]["assignment"], "outcome": "moved", "to": [spring.agencies["SYT"].pk]}
    left = reviewer.send("post", f"{path}transfer/", duty)
    assert [one["task_code"] for one in left.json()] == ["3", "5"]
    again = reviewer.send("post", f"{path}transfer/", duty)
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")
    ended = {"assignment": open_[1]["assignment"], "outcome": "ended", "reason": "Đã tổng kết"}
    assert reviewer.send("post", f"{path}transfer/", ended).status_code == 200
    assert Assignment.objects.get(succeeds=open_[0]["assignment"]).agency.code == "SYT"


@pytest.mark.parametrize(
    ("name", "status"),
    [("stp.canbo", 404), ("lanhdao", 404), ("snv.thamdinh", 403), ("kiemtra", 403)],
)
def test_who_may_not_apply(spring, api, name, status):
    row = propose(spring, api)
    answer = api(name).send("post", f"reorganisations/{row['id']}/apply/", revision=1)
    assert answer.status_code == status
    assert not Agency.objects.filter(valid_to__isnull=False).exists()


def test_another_province_is_not_there(spring, elsewhere, api):
    answer = api("snv.thamdinh").send("post", "reorganisations/", {**body(spring), "province": "tinh-khac"})
    assert answer.status_code == 404
    answer = api("snv.thamdinh").send("post", "reorganisations/", {**body(spring), "province": "tinh-thu"})
    assert answer.status_code == 403
    foreign = {**body(spring, predecessors=[elsewhere.agencies["STP"].pk]), "province": "tinh-thu"}
    answer = api("quantri").send("post", "reorganisations/", foreign)
    assert (answer.status_code, answer.json()["code"]) == (404, "agency_unknown")


def test_a_list_and_a_discarded_proposal(spring, api):
    row = propose(spring, api)
    admin = api("quantri")
    done = admin.send("post", f"reorganisations/{row['id']}/discard/", {"reason": "Nhập nhầm"}, revision=1)
    assert (done.json()["state"], done.json()["discard_reason"]) == ("discarded", "Nhập nhầm")
    listed = admin.send("get", "reorganisations/?state=discarded").json()
    assert [one["id"] for one in listed["results"]] == [row["id"]]
    assert api("stp.canbo").send("get", "reorganisations/").json()["results"] == []


def test_the_dashboard_by_then_and_now_has_the_same_sums(spring, api):
    row = propose(spring, api)
    api("quantri").send("post", f"reorganisations/{row['id']}/apply/", revision=1)
    builder.refresh_plan(spring.plan.pk)
    reviewer = api("snv.thamdinh")

    def rows(query):
        answer = reviewer.send("get", f"plans/{spring.plan.code}/dashboard/{query}").json()["rows"]
        found = [one for one in answer if one["scope"] == "agency"]
        return {one["agency"]["code"] for one in found}, sum(one["open_no_deadline"] for one in found)

    then, now = rows(""), rows("?agencies=now")
    assert "STP" in then[0]
    assert "STP" not in now[0]
    assert then[1] == now[1]
    assert reviewer.send("get", f"plans/{spring.plan.code}/dashboard/?agencies=x").status_code == 400


def test_a_target_that_needs_no_choice_says_so(spring, api):
    path = f"plans/{spring.plan.code}/targets/MT1/baseline/"
    specialist = api("snv.chuyenvien")
    assert specialist.send("get", path).json() == []
    refused = specialist.send("post", path, {"result": 1, "reason": "x"})
    assert (refused.status_code, refused.json()["code"]) == (422, "baseline_is_plain")
    assert api("stp.canbo").send("post", path, {"result": 1, "reason": "x"}).status_code == 403
    assert specialist.send("get", f"plans/{spring.plan.code}/targets/MT9/baseline/").status_code == 404

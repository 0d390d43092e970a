"""The trail through the API: the filters of the page, one row's history, the export that proves itself."""

import hashlib
import json
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import Event, TrailHead
from agencies.seals import canonical
from plans.models import Progress
from tests.api.conftest import API, Client
from tests.conftest import Small

Api = Callable[[str], Client]


@pytest.fixture
def accepted(small: Small) -> Progress:
    """A report accepted."""
    return small.accept(done_on=date(2021, 12, 1))


def test_events_are_listed_newest_first(small: Small, api: Api, accepted: Progress) -> None:
    rows = api("kiemtra").send("get", "trail/").json()["results"]
    assert [one["id"] for one in rows] == sorted((one["id"] for one in rows), reverse=True)
    last = next(one for one in rows if one["action"] == "progress.accept")
    assert (last["actor"], last["subject_type"]) == ("snv.thamdinh", "plans.progress")
    assert (last["subject_id"], last["province"]) == (str(accepted.pk), small.province.code)
    assert last["subject"] == "Báo cáo 2021-Y, nhiệm vụ 1, Sở Tư pháp"
    assert last["action_label"] == "duyệt báo cáo"
    assert last["happened_at"].startswith("2021-12-10T09:00:00+07:00")
    event = Event.objects.get(pk=last["id"])
    assert (last["digest"], last["previous_digest"]) == (event.digest, event.previous_digest)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"action": "progress.accept"}, {"progress.accept"}),
        ({"who": "stp.canbo", "type": "plans.progress"}, {"progress.start", "progress.submit"}),
        ({"who": "không ai"}, set()),
        ({"type": "plans.plan"}, {"plan.create", "plan.issue", "plan.hand_out"}),
        ({"first": "2021-12-10", "action": "plan.issue"}, set()),
        ({"last": "2021-08-06", "type": "plans.plan"}, {"plan.create", "plan.issue", "plan.hand_out"}),
        ({"exceptions": "true"}, set()),
        ({"request": "không-có"}, set()),
    ],
)
def test_events_are_filtered_as_on_the_page(
    api: Api, accepted: Progress, query: dict[str, str], wanted: set[str]
) -> None:
    client = api("kiemtra")
    assert {one["action"] for one in client.get(f"{API}/trail/", query).json()["results"]} == wanted
    lines = b"".join(client.get(f"{API}/trail/export/", query).streaming_content).decode().splitlines()
    assert {json.loads(one)["content"]["action"] for one in lines[:-1]} == wanted


@pytest.mark.parametrize("query", ["action=nothing", "type=plans.nothing", "first=10/12/2021", "who=" + "a" * 201])
def test_a_filter_that_cannot_be_read_is_said(api: Api, accepted: Progress, query: str) -> None:
    for path in ("trail/", "trail/export/"):
        refused = api("kiemtra").send("get", f"{path}?{query}")
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid"), path
        assert set(refused.json()["fields"]) == {query.partition("=")[0]}


def test_one_rows_history_is_whole(api: Api, accepted: Progress) -> None:
    body = api("kiemtra").send("get", f"trail/plans.progress/{accepted.pk}/").json()
    assert [one["action"] for one in body["events"]] == ["progress.start", "progress.submit", "progress.accept"]
    assert body["subject"] == "Báo cáo 2021-Y, nhiệm vụ 1, Sở Tư pháp"
    assert body["state"].startswith("Hiện trạng khớp niêm phong")
    assert all(one["whole"] for one in body["events"])
    first = body["events"][-1]
    assert first["happened_at"].startswith("2021-12-10T09:00:00+07:00")
    assert first["changes"]
    assert first["sealed"] > 0
    assert first["about"] is None


def test_a_history_tells_of_events_about_other_rows(small: Small, api: Api) -> None:
    duty = small.assignment("1", "STP")
    (handed,) = api("kiemtra").send("get", f"trail/plans.assignment/{duty.pk}/").json()["events"]
    assert (handed["action"], handed["about"]) == ("plan.hand_out", small.plan.label)


def test_the_export_proves_itself(small: Small, api: Api, accepted: Progress) -> None:
    answer = api("kiemtra").send("get", "trail/export/")
    assert answer["Content-Type"] == "application/jsonl"
    assert answer["Content-Disposition"] == 'attachment; filename="dau-vet-20211210.jsonl"'
    lines = [json.loads(one) for one in b"".join(answer.streaming_content).decode().splitlines()]
    events, heads = lines[:-1], lines[-1]["heads"]
    assert len(events) == Event.objects.filter(province=small.province).count()
    for event in events:
        assert hashlib.sha256(canonical(event["content"]).encode()).hexdigest() == event["digest"]
    head = TrailHead.objects.get(province=small.province)
    assert heads == [{"province": small.province.code, "sequence": head.sequence, "digest": head.digest}]
    assert events[-1]["digest"] == head.digest


def test_the_trail_is_for_those_who_read_it(small: Small, elsewhere: Small, api: Api, accepted: Progress) -> None:
    foreign = elsewhere.submit()
    auditor = api("kiemtra")
    assert auditor.send("get", f"trail/plans.progress/{foreign.pk}/").status_code == 404
    shown = auditor.get(f"{API}/trail/", {"page_size": 200, "type": "plans.progress"}).json()["results"]
    assert {one["province"] for one in shown} == {small.province.code}
    for name in ("stp.canbo", "lanhdao", "snv.thamdinh", "quantri"):
        client = api(name)
        assert client.send("get", "trail/").json()["count"] == 0, name
        for path in (f"trail/plans.progress/{accepted.pk}/", "trail/export/"):
            refused = client.send("get", path)
            assert (refused.status_code, refused.json()["code"]) == (404, "not_found"), (name, path)
    for path in ("trail/", "trail/export/", f"trail/plans.progress/{accepted.pk}/"):
        assert Client().send("get", path).status_code == 401
        assert auditor.send("post", path, {}).status_code == 405
    assert auditor.send("get", "trail/plans.progress/khong-co/").status_code == 404


def test_the_list_costs_the_same_for_few_events_as_for_many(small: Small, api: Api, accepted: Progress) -> None:
    client = api("kiemtra")
    client.send("get", "plans/")

    def cost() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as seen:
            count = client.get(f"{API}/trail/", {"type": "plans.progress"}).json()["count"]
        return count, len(seen)

    few, queries = cost()
    small.accept("3", "STP", done_on=date(2021, 12, 1))
    small.accept("5", "SYT", done_on=date(2021, 12, 1))
    many, same = cost()
    assert few < many
    assert queries == same

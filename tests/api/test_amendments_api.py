"""Amendments over the API: written, compared, confirmed; and plans as of a past day."""

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from agencies import calendar
from plans.models import Amendment, Task
from tests.api.conftest import Client
from tests.conftest import Small, pdf_bytes

Api = Callable[[str], Client]

HEADING = {
    "number": "200/QĐ-UBND",
    "issued_on": "2021-12-01",
    "issuer": "Ủy ban nhân dân tỉnh",
    "effective_on": "2021-12-01",
}


def revision(answer: Any) -> int:
    return int(answer["ETag"].strip('"'))


def task(small: Small, code: str) -> int:
    return Task.objects.get(plan=small.plan, code=code).pk


@pytest.fixture
def begun(small: Small, api: Api) -> tuple[Client, Any]:
    client = api("snv.chuyenvien")
    answer = client.send("post", "amendments/", {"plan": small.plan.code, **HEADING})
    assert answer.status_code == 201, answer.json()
    assert answer["Location"].endswith(f"/amendments/{answer.json()['id']}/")
    return client, answer


def test_an_amendment_lives_its_whole_life_over_the_api(small: Small, api: Api, begun: tuple[Client, Any]) -> None:
    client, answer = begun
    pk = answer.json()["id"]
    path = f"amendments/{pk}/"

    def post(tail: str, body: Any = None) -> Any:
        nonlocal answer
        answer = client.send("post", f"{path}{tail}", body, revision=revision(answer))
        assert answer.status_code in (200, 201), answer.json()
        return answer.json()

    changed = post(
        "task-lines/",
        {
            "verb": "change",
            "task": task(small, "1"),
            "title": "Nâng điểm",
            "deadline": {"kind": "range", "from": "2021-12-01", "to": "2025-12-31", "text": "2021–2025"},
            "parties": [{"role": "lead", "agency": small.agencies["SYT"].pk}],
            "components": [{"index": "PAR"}],
            "quantities": [{"comparator": ">=", "value": "30", "unit": "%"}],
            "milestones": [{"year": 2022, "due_on": "2022-12-31", "text": "Một nửa"}],
        },
    )
    (line,) = changed["diff"]["lines"]
    assert {one["name"] for one in line["changes"]} == {
        "title",
        "deadline",
        "deadline_text",
        "leads",
        "components",
        "quantities",
        "milestones",
    }
    assert [one["agency"] for one in line["gets"]] == [small.agencies["SYT"].pk]
    assert [one["agency"] for one in line["loses"]] == [small.agencies["STP"].pk]
    kept = post("task-lines/", {"verb": "change", "task": task(small, "1"), "reason": "Theo Điều 1"})
    assert kept["diff"]["lines"][0]["title"] == "Nâng điểm"
    section = small.plan.sections.get().pk
    post(
        "task-lines/",
        {
            "verb": "add",
            "section": section,
            "code": "6",
            "title": "Mới",
            "parties": [{"role": "lead", "group": small.group.pk}],
        },
    )
    post("task-lines/", {"verb": "drop", "task": task(small, "2"), "reason": "Trùng"})
    post("target-lines/", {"verb": "change", "target": small.plan.targets.get().pk, "value": "2", "value_max": "4"})
    post(
        "target-lines/",
        {"verb": "add", "code": "MT2", "kind": "rank_at_most", "text": "Tốp 30", "value": "30", "year": 2021},
    )
    diff = answer.json()["diff"]
    assert (diff["changed"], diff["added"], diff["dropped"]) == (2, 2, 1)
    extra = next(one["id"] for one in diff["lines"] if one["code"] == "MT2")
    answer = client.send("delete", f"{path}target-lines/{extra}/", revision=revision(answer))
    assert answer.status_code == 200, answer.json()
    edited = client.send("patch", path, {"title": "Sửa một số nội dung"}, revision=revision(answer))
    assert (edited.status_code, edited.json()["title"]) == (200, "Sửa một số nội dung")
    answer = edited
    confirmed = post("confirm/")
    assert confirmed["state"] == "confirmed"
    assert {one["verb"] for one in confirmed["diff"]["lines"]} == {"change", "add", "drop"}
    again = client.send("post", f"{path}confirm/", revision=confirmed["revision"])
    assert (again.status_code, again.json()["code"]) == (409, "amendment_confirmed")
    shown = api("stp.canbo").send("get", f"tasks/{task(small, '1')}/").json()
    assert shown["version"]["title"] == "Nâng điểm"
    assert shown["version"]["deciding_document"] == "200/QĐ-UBND"


GUARDED = [
    ("patch", ""),
    ("post", "task-lines/"),
    ("post", "target-lines/"),
    ("delete", "task-lines/1/"),
    ("delete", "target-lines/1/"),
    ("post", "confirm/"),
    ("post", "discard/"),
]


@pytest.mark.parametrize(("method", "tail"), GUARDED)
def test_a_write_says_what_it_read(begun: tuple[Client, Any], method: str, tail: str) -> None:
    client, answer = begun
    refused = client.send(method, f"amendments/{answer.json()['id']}/{tail}", {})
    assert (refused.status_code, refused.json()["code"]) == (428, "if_match_required")


def test_a_stale_write_changes_nothing(small: Small, begun: tuple[Client, Any]) -> None:
    client, answer = begun
    path, read = f"amendments/{answer.json()['id']}/", revision(answer)
    drop = {"verb": "drop", "task": task(small, "2"), "reason": "Trùng"}
    assert client.send("post", f"{path}task-lines/", drop, revision=read).status_code == 201
    for tail, body in (("task-lines/", drop), ("confirm/", None), ("discard/", None)):
        refused = client.send("post", f"{path}{tail}", body, revision=read)
        assert (refused.status_code, refused.json()["code"]) == (409, "stale_revision")
    assert Amendment.objects.get().state == "draft"


@pytest.mark.parametrize(
    ("tail", "body", "status", "code"),
    [
        ("task-lines/", {"verb": "change", "task": 999999}, 404, "task_unknown"),
        ("task-lines/", {"verb": "change"}, 404, "task_unknown"),
        ("task-lines/", {"verb": "add", "code": "6", "title": "x"}, 404, "section_unknown"),
        ("task-lines/", {"verb": "nothing"}, 400, "invalid"),
        ("task-lines/", {"verb": "change", "tittle": "x"}, 400, "invalid"),
        ("target-lines/", {"verb": "add", "code": "X"}, 422, "target_text_incomplete"),
        ("target-lines/", {"verb": "drop", "target": 999999, "reason": "x"}, 404, "target_unknown"),
        ("confirm/", None, 409, "amendment_empty"),
    ],
)
def test_what_cannot_be_written_is_said(
    begun: tuple[Client, Any], tail: str, body: Any, status: int, code: str
) -> None:
    client, answer = begun
    refused = client.send("post", f"amendments/{answer.json()['id']}/{tail}", body, revision=revision(answer))
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_lines_name_bodies_of_the_plans_own_province(small: Small, elsewhere: Small, begun: tuple[Client, Any]) -> None:
    client, answer = begun
    path = f"amendments/{answer.json()['id']}/task-lines/"

    def parties(*some: dict[str, Any]) -> Any:
        body = {"verb": "change", "task": task(small, "1"), "parties": list(some)}
        refused = client.send("post", path, body, revision=revision(answer))
        return refused.status_code, refused.json()["code"]

    assert parties({"role": "lead", "agency": elsewhere.agencies["STP"].pk}) == (404, "parties_unknown")
    assert parties({"role": "lead", "group": elsewhere.group.pk}) == (404, "parties_unknown")
    assert parties({"role": "lead"}) == (422, "agency_or_group")
    other = {"verb": "change", "task": Task.objects.get(plan=elsewhere.plan, code="1").pk, "title": "x"}
    assert client.send("post", path, other, revision=revision(answer)).status_code == 404


def test_drafts_are_for_those_who_prepare_plans(small: Small, elsewhere: Small, api: Api, begun: Any) -> None:
    _, answer = begun
    pk, read = answer.json()["id"], revision(answer)
    for name, seen in (("stp.canbo", 404), ("lanhdao", 404), ("quantri", 404), ("kiemtra", 200)):
        client = api(name)
        assert client.send("get", f"amendments/{pk}/").status_code == seen, name
        assert bool(client.send("get", "amendments/").json()["results"]) == (seen == 200)
        wanted = 403 if seen == 200 else 404
        assert client.send("post", f"amendments/{pk}/confirm/", revision=read).status_code == wanted
        begin = client.send("post", "amendments/", {"plan": small.plan.code, **HEADING, "number": "9"})
        assert begin.status_code == 403
    hidden = api("snv.chuyenvien").send("post", "amendments/", {"plan": elsewhere.plan.code, **HEADING})
    assert (hidden.status_code, hidden.json()["code"]) == (404, "plan_unknown")


def test_a_draft_given_up_is_filtered_by_its_state(small: Small, begun: tuple[Client, Any]) -> None:
    client, answer = begun
    path = f"amendments/{answer.json()['id']}/"
    given_up = client.send("post", f"{path}discard/", {"reason": "Chưa trình"}, revision=revision(answer))
    assert given_up.json()["state"] == "discarded"
    assert client.send("get", "amendments/?state=draft").json()["results"] == []
    assert len(client.send("get", f"amendments/?plan={small.plan.code}&state=discarded").json()["results"]) == 1


def test_a_plan_and_its_dashboard_as_of_a_past_day(
    small: Small, api: Api, begun: tuple[Client, Any], run_jobs: Any
) -> None:
    with calendar.held_at(datetime(2021, 12, 9, 9, tzinfo=calendar.VIETNAM)):
        small.accept(done_on=date(2021, 12, 1))
        run_jobs()
        stored = api("lanhdao").send("get", f"plans/{small.plan.code}/dashboard/").json()
    client, answer = begun
    body = {"verb": "change", "target": small.plan.targets.get().pk, "value": "4", "text": "Tăng 4 bậc"}
    path = f"amendments/{answer.json()['id']}/"
    answer = client.send("post", f"{path}target-lines/", body, revision=revision(answer))
    body = {"verb": "drop", "task": task(small, "2"), "reason": "Trùng"}
    answer = client.send("post", f"{path}task-lines/", body, revision=revision(answer))
    assert client.send("post", f"{path}confirm/", revision=revision(answer)).status_code == 200
    run_jobs()
    leader = api("lanhdao")
    plan = f"plans/{small.plan.code}/"
    assert leader.send("get", plan).json()["targets"][0]["value"] == "4"
    assert leader.send("get", f"{plan}?as_of=2021-12-09").json()["targets"][0]["value"] == "2"
    then = leader.send("get", f"{plan}dashboard/?as_of=2021-12-09").json()
    assert (then["as_of"], then["computed_at"]) == ("2021-12-09", None)

    def figures(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        # Of a task row nobody asks how many days its oldest duty is overdue.
        left_out = ("oldest_overdue_days",)
        return [
            {name: value for name, value in row.items() if name not in left_out or row["unit"] == "assignment"}
            for row in rows
        ]

    assert figures(then["rows"]) == figures(stored["rows"])
    assert figures(leader.send("get", f"{plan}dashboard/").json()["rows"]) != figures(stored["rows"])
    for wrong in ("2021-12-11", "hôm nay"):
        assert leader.send("get", f"{plan}?as_of={wrong}").status_code == 400
        assert leader.send("get", f"{plan}dashboard/?as_of={wrong}").status_code == 400


def test_the_decisions_file_comes_with_the_beginning_and_is_downloaded(small: Small, api: Api) -> None:
    client = api("snv.chuyenvien")
    file = SimpleUploadedFile("Quyết định 200.pdf", pdf_bytes("200"))
    begun = client.send("post", "amendments/", {"plan": small.plan.code, **HEADING, "file": file}, format="multipart")
    assert begun.status_code == 201, begun.json()
    path = f"amendments/{begun.json()['id']}/"
    assert begun.json()["file_name"] == "Quyết định 200.pdf"
    assert begun.json()["sha256"] == hashlib.sha256(pdf_bytes("200")).hexdigest()
    document = Amendment.objects.get().document
    assert document is not None
    assert (document.number, document.issuer, document.issued_on) == (
        HEADING["number"],
        HEADING["issuer"],
        date(2021, 12, 1),
    )
    sent = client.send("get", f"{path}file/")
    assert b"".join(sent.streaming_content) == pdf_bytes("200")
    assert sent["Content-Disposition"].startswith("attachment; filename*=utf-8''Quy%E1%BA%BFt")
    # A draft's file may be replaced; what is not sent stays.
    other = SimpleUploadedFile("ban-ky.pdf", pdf_bytes("ký"))
    edited = client.send("patch", path, {"file": other}, revision=revision(begun), format="multipart")
    assert edited.status_code == 200, edited.json()
    assert (edited.json()["file_name"], edited.json()["number"]) == ("ban-ky.pdf", HEADING["number"])
    assert edited.json()["issued_on"] == HEADING["issued_on"]
    kept = client.send("patch", path, {"title": "Sửa đổi"}, revision=revision(edited))
    assert kept.json()["file_name"] == "ban-ky.pdf"


def test_a_file_that_is_none_begins_nothing(small: Small, api: Api) -> None:
    client, sent = api("snv.chuyenvien"), {"plan": small.plan.code, **HEADING}
    for name, content, code in (
        ("a.pdf", b"MZ", "file_content"),
        ("a.html", b"x", "file_type"),
        ("a.pdf", b"", "file_empty"),
    ):
        body = {**sent, "file": SimpleUploadedFile(name, content)}
        refused = client.send("post", "amendments/", body, format="multipart")
        assert (refused.status_code, refused.json()["code"], list(refused.json()["fields"])) == (422, code, ["file"])
    assert not Amendment.objects.exists()


def test_lines_are_read_as_json_alone(begun: tuple[Client, Any]) -> None:
    client, answer = begun
    path = f"amendments/{answer.json()['id']}/"
    form = client.send("post", f"{path}target-lines/", {"verb": "drop"}, revision=1, format="multipart")
    assert (form.status_code, form.json()["code"]) == (415, "unsupported_media_type")


def test_who_may_not_read_the_amendment_gets_no_file(
    small: Small, elsewhere: Small, api: Api, begun: tuple[Client, Any]
) -> None:
    client, answer = begun
    path = f"amendments/{answer.json()['id']}/file/"
    none = client.send("get", path)
    assert (none.status_code, none.json()["code"]) == (404, "not_found")
    file = SimpleUploadedFile("a.pdf", pdf_bytes("a"))
    client.send("patch", path.removesuffix("file/"), {"file": file}, revision=1, format="multipart")
    assert b"".join(api("kiemtra").send("get", path).streaming_content) == pdf_bytes("a")
    for name in ("lanhdao", "stp.canbo"):
        assert api(name).send("get", path).status_code == 404, name
    assert Client().send("get", path).status_code == 401
    hidden = SimpleUploadedFile("b.pdf", pdf_bytes("b"))
    foreign = {"plan": elsewhere.plan.code, **HEADING, "file": hidden}
    assert client.send("post", "amendments/", foreign, format="multipart").status_code == 404
    leader = {"plan": small.plan.code, **HEADING, "number": "9", "file": SimpleUploadedFile("c.pdf", pdf_bytes("c"))}
    refused = api("lanhdao").send("post", "amendments/", leader, format="multipart")
    assert (refused.status_code, refused.json()["code"]) == (403, "may_not_amend")

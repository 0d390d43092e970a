"""Requests and rulings through the API: the same verbs, the same refusals, and If-Match."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from plans.models import DutyRequest, Ruling
from tests.conftest import pdf_bytes


def paper(name="de-nghi.pdf"):
    return SimpleUploadedFile(name, pdf_bytes(name))


@pytest.fixture
def asked(small, api):
    duty = small.assignment("1", "STP")
    body = {"assignment": duty.pk, "new_due_on": "2022-01-31", "reason": "Chờ nghị định", "document": paper()}
    answer = api("stp.canbo").send("post", "requests/extensions/", body, format="multipart")
    assert answer.status_code == 201, answer.content
    return answer


def test_an_extension_is_asked_read_and_granted(small, api, asked):
    pk = asked.json()["id"]
    assert asked.headers["ETag"] == '"1"'
    assert asked.json()["old_due_on"] == "2021-12-31"
    reviewer = api("snv.thamdinh")
    assert [row["id"] for row in reviewer.get("/api/v1/requests/?mine=true").json()["results"]] == [pk]
    assert api("vpub.thamdinh").get("/api/v1/requests/?mine=true").json()["results"] == []
    answer = reviewer.send("post", f"requests/{pk}/grant/", {"reason": "Đồng ý"}, revision=1)
    assert answer.status_code == 200, answer.content
    assert answer.headers["ETag"] == '"2"'
    duty = reviewer.get(f"/api/v1/assignments/{asked.json()['assignment']}/").json()
    assert (duty["due_on"], duty["due_origin"], duty["extensions"]) == ("2022-01-31", "extension", 1)
    ruling = reviewer.get(f"/api/v1/rulings/?assignment={duty['id']}").json()["results"][0]
    assert (ruling["kind"], ruling["request"], ruling["due_on"]) == ("extension", pk, "2022-01-31")


def test_a_step_without_the_revision_it_read_is_refused(api, asked):
    pk = asked.json()["id"]
    for step in ("grant", "decline"):
        assert api("snv.thamdinh").send("post", f"requests/{pk}/{step}/", {}).status_code == 428
        answer = api("snv.thamdinh").send("post", f"requests/{pk}/{step}/", {"reason": "x"}, revision=7)
        assert (answer.status_code, answer.json()["code"]) == (409, "stale_revision")
    assert api("stp.canbo").send("post", f"requests/{pk}/withdraw/", {}).status_code == 428
    assert DutyRequest.objects.get().state == "open"


def test_others_do_not_find_the_request_and_no_agency_decides_its_own(small, api, asked):
    pk = asked.json()["id"]
    assert api("syt.canbo").get(f"/api/v1/requests/{pk}/").status_code == 404
    assert api("syt.canbo").get(f"/api/v1/requests/{pk}/document/").status_code == 404
    for person in ("stp.canbo", "stp.thutruong", "vpub.thamdinh", "lanhdao", "kiemtra", "snv.chuyenvien"):
        answer = api(person).send("post", f"requests/{pk}/grant/", {}, revision=1)
        assert answer.status_code == 403, person
    answer = api("stp.thutruong").send("post", f"requests/{pk}/withdraw/", {}, revision=1)
    assert answer.json()["state"] == "withdrawn"


def test_a_declined_request_needs_its_reason(api, asked):
    pk = asked.json()["id"]
    answer = api("snv.thamdinh").send("post", f"requests/{pk}/decline/", {}, revision=1)
    assert (answer.status_code, answer.json()["code"]) == (422, "reason_required")
    answer = api("snv.thamdinh").send("post", f"requests/{pk}/decline/", {"reason": "Đủ thời gian"}, revision=1)
    assert (answer.json()["state"], answer.json()["decision_reason"]) == ("declined", "Đủ thời gian")


def test_the_document_is_downloaded_through_the_request(api, asked):
    answer = api("stp.canbo").get(f"/api/v1/requests/{asked.json()['id']}/document/")
    assert b"".join(answer.streaming_content) == pdf_bytes("de-nghi.pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_every_missing_field_of_a_request_is_said_at_once(small, api):
    duty = small.assignment("1", "STP")
    answer = api("stp.canbo").send("post", "requests/extensions/", {"assignment": duty.pk})
    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"new_due_on", "reason", "document"}
    answer = api("stp.canbo").send("post", "requests/refusals/", {"assignment": duty.pk})
    assert set(answer.json()["fields"]) == {"reason", "legal_ground"}


def test_a_refused_duty_goes_to_the_named_agency(small, api):
    duty = small.assignment("1", "STP")
    body = {"assignment": duty.pk, "reason": "Không đúng chức năng", "legal_ground": "Điều 2 QĐ 5"}
    pk = api("stp.canbo").send("post", "requests/refusals/", body).json()["id"]
    answer = api("snv.thamdinh").send("post", f"requests/{pk}/grant/", {}, revision=1)
    assert (answer.status_code, answer.json()["code"]) == (422, "successor_required")
    to = small.agencies["SYT"].pk
    answer = api("snv.thamdinh").send("post", f"requests/{pk}/grant/", {"to": to}, revision=1)
    new = api("snv.thamdinh").get(f"/api/v1/assignments/{answer.json()['reassigned_to']}/").json()
    assert (new["agency"], new["succeeds"], new["valid_from"]) == (to, duty.pk, "2021-12-11")


def test_rulings_about_a_duty_and_a_task(small, api):
    reviewer = api("snv.thamdinh")
    task = small.plan.tasks.get(code="3")
    duty = small.assignment("3", "SYT")
    body = {"kind": "done_rule", "task": task.pk, "done_rule": "threshold", "done_share": "75"}
    assert reviewer.send("post", "rulings/", body).status_code == 201
    body = {"kind": "suspend", "assignment": duty.pk, "document_number": "9/QĐ", "document_date": "2021-12-09"}
    answer = reviewer.send("post", "rulings/", body)
    assert answer.status_code == 201, answer.content
    shown = reviewer.get(f"/api/v1/tasks/{task.pk}/").json()
    assert (shown["done_rule"], shown["members"], shown["reported"], shown["done"]) == ("threshold", 3, 0, 0)
    assert api("stp.canbo").get(f"/api/v1/tasks/{task.pk}/").json()["members"] is None
    assert api("syt.canbo").send("post", "rulings/", {**body, "kind": "cancel"}).status_code == 403
    assert api("stp.canbo").send("post", "rulings/", {**body, "kind": "cancel"}).status_code == 404
    assert Ruling.objects.count() == 2


def test_a_field_of_another_kind_of_ruling_is_refused(small, api):
    body = {"kind": "internal_due", "assignment": small.assignment("3", "SYT").pk, "effective_on": "2021-12-31"}
    answer = api("snv.thamdinh").send("post", "rulings/", body)
    assert (answer.status_code, set(answer.json()["fields"])) == (422, {"effective_on"})
    assert api("snv.thamdinh").send("post", "rulings/", {"kind": "cancel"}).json()["code"] == "subject_required"


def test_the_api_says_which_duty_is_left_to_the_second_body(small, api):
    task = small.plan.tasks.get(code="3")
    body = {"task": task.pk, "kind": "internal_due", "due_on": "2021-12-20", "reason": "x"}
    answer = api("snv.thamdinh").send("post", "rulings/", body)
    assert answer.status_code == 201, answer.content
    assert answer.json()["left_out"] == [small.assignment("3", "SNV").pk]
    body = {"task": task.pk, "kind": "done_rule", "done_rule": "reviewer"}
    assert api("snv.thamdinh").send("post", "rulings/", body).json()["left_out"] == []

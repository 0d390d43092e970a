"""The whole life of a report over the API, and what is refused on the way."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies import calendar
from agencies.actions import directory
from agencies.models import Event
from plans.actions import progress as verbs
from plans.models import EvidenceLink, Progress, ProgressVersion
from tests.api.conftest import API, Client
from tests.conftest import Small, pdf_bytes, pdf_upload

Api = Callable[[str], Client]


def revision(answer: Any) -> int:
    return int(answer["ETag"].strip('"'))


def test_a_report_lives_its_whole_life_over_the_api(small: Small, api: Api) -> None:
    officer, reviewer = api("stp.canbo"), api("snv.thamdinh")
    assignment, period = small.assignment("1", "STP"), small.period()

    begun = officer.send(
        "post",
        "progress/",
        {"assignment": assignment.pk, "period": period.pk, "result": "Đã rà soát 12 văn bản.", "figure": "12.5"},
    )
    assert begun.status_code == 201, begun.json()
    pk = begun.json()["id"]
    assert begun["Location"] == f"http://testserver{API}/progress/{pk}/"
    assert begun.json()["versions"][0]["figure"] == "12.5"
    assert revision(begun) == begun.json()["revision"] == 2

    kept = officer.send("patch", f"progress/{pk}/", {"done_on": "2021-12-01"}, revision=revision(begun))
    assert kept.status_code == 200, kept.json()
    said = kept.json()["versions"][0]
    assert (said["result"], said["figure"], said["done_on"]) == ("Đã rà soát 12 văn bản.", "12.5", "2021-12-01")

    attached = officer.upload(
        pk, revision=revision(kept), number="15/BC-STP", issued_on="2021-12-01", issuer="Sở Tư pháp", excerpt="Báo cáo"
    )
    assert attached.status_code == 201, attached.json()
    assert attached.json()["number"] == "15/BC-STP"
    assert attached.json()["verdict"] == "pending"

    sent = officer.send("post", f"progress/{pk}/submit/", revision=revision(attached))
    assert sent.status_code == 200, sent.json()
    assert sent.json()["state"] == "submitted"

    returned = reviewer.send(
        "post",
        f"progress/{pk}/return/",
        {"reason_code": "missing_figures", "reason": "Thiếu số văn bản."},
        revision=revision(sent),
    )
    assert returned.status_code == 200, returned.json()
    decision = returned.json()["versions"][0]["decision"]
    assert (decision["verb"], decision["reason_code"], decision["reason"]) == (
        "return",
        "missing_figures",
        "Thiếu số văn bản.",
    )

    again = officer.send(
        "post", f"progress/{pk}/submit/", {"numerator": "12", "denominator": "15"}, revision=revision(returned)
    )
    assert again.status_code == 200, again.json()
    second = again.json()["versions"][1]
    assert (second["number"], second["numerator"], len(second["evidence"])) == (2, "12", 1)

    link = second["evidence"][0]["id"]
    accepted = reviewer.send(
        "post", f"progress/{pk}/accept/", {"verdicts": {str(link): "duplicate"}}, revision=revision(again)
    )
    assert accepted.status_code == 200, accepted.json()
    assert accepted.json()["state"] == "accepted"
    assert accepted.json()["accepted_version"] == 2
    assert accepted.json()["versions"][1]["evidence"][0]["verdict"] == "duplicate"

    corrected = officer.send(
        "post", f"progress/{pk}/correct/", {"reason": "Nhầm số liệu."}, revision=revision(accepted)
    )
    assert corrected.status_code == 200, corrected.json()
    assert corrected.json()["state"] == "draft"
    assert corrected.json()["versions"][2]["corrects"] == 2

    duty = officer.send("get", f"assignments/{assignment.pk}/").json()
    assert (duty["state"], duty["time"], duty["bucket"]) == ("done", "on_time", "done_on_time")
    verbs_left = Event.objects.filter(subject_type="plans.progress", subject_id=str(pk)).order_by("sequence")
    assert list(verbs_left.values_list("action", flat=True)) == [
        f"progress.{verb}"
        for verb in ("start", "save", "save", "save", "submit", "return", "submit", "accept", "correct")
    ]


GUARDED = [
    ("patch", ""),
    ("post", "submit/"),
    ("post", "accept/"),
    ("post", "return/"),
    ("post", "correct/"),
]


@pytest.mark.parametrize(("method", "tail"), GUARDED)
def test_a_write_says_what_it_read(draft: Progress, api: Api, method: str, tail: str) -> None:
    client = api("stp.canbo")
    for header in (None, "*", "abc", "", '"٣"', "9" * 5000):
        headers = {} if header is None else {"If-Match": header}
        answer = client.send(method, f"progress/{draft.pk}/{tail}", {}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (428, "if_match_required"), header


def test_uploads_and_removals_say_what_they_read_too(small: Small, draft: Progress, api: Api) -> None:
    client = api("stp.canbo")
    assert client.upload(draft.pk, revision=None).status_code == 428
    link = client.upload(draft.pk, revision=1).json()["id"]
    assert client.send("delete", f"progress/{draft.pk}/evidence/{link}/").status_code == 428
    stale = client.send("delete", f"progress/{draft.pk}/evidence/{link}/", revision=1)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_revision")
    gone = client.send("delete", f"progress/{draft.pk}/evidence/{link}/", revision=2)
    assert (gone.status_code, gone["ETag"]) == (204, '"3"')
    assert not EvidenceLink.objects.filter(pk=link).exists()


@pytest.mark.parametrize(("method", "tail"), GUARDED)
def test_a_stale_write_changes_nothing(small: Small, draft: Progress, api: Api, method: str, tail: str) -> None:
    who, body = "stp.canbo", {}
    if tail in ("accept/", "return/"):
        who, body = "snv.thamdinh", {"reason_code": "other", "reason": "x"} if tail == "return/" else {}
    elif tail == "correct/":
        body = {"reason": "x"}
    answer = api(who).send(method, f"progress/{draft.pk}/{tail}", body, revision=99)
    assert (answer.status_code, answer.json()["code"]) == (409, "stale_revision"), answer.json()
    draft.refresh_from_db()
    assert draft.revision == 1


def test_a_step_that_no_longer_fits_the_state_is_a_conflict(draft: Progress, api: Api) -> None:
    answer = api("snv.thamdinh").send("post", f"progress/{draft.pk}/accept/", {}, revision=1)
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


def test_what_was_read_and_has_not_changed_is_not_sent_again(draft: Progress, api: Api) -> None:
    client = api("stp.canbo")
    first = client.send("get", f"progress/{draft.pk}/")
    assert (first["ETag"], first["Cache-Control"]) == ('"1"', "private, no-cache")
    same = client.send("get", f"progress/{draft.pk}/", headers={"If-None-Match": '"9", W/"1"'})
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", '"1"')
    client.send("patch", f"progress/{draft.pk}/", {"result": "Mới"}, revision=1)
    assert client.send("get", f"progress/{draft.pk}/", headers={"If-None-Match": '"1"'}).status_code == 200


def test_beginning_twice_does_not_write_over_the_first(small: Small, draft: Progress, api: Api) -> None:
    body = {"assignment": draft.assignment_id, "period": draft.period_id, "result": "Ghi đè"}
    answer = api("stp.canbo").send("post", "progress/", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "progress_exists")
    assert ProgressVersion.objects.get(progress=draft).result == ""


def test_a_beginning_that_fails_leaves_nothing(small: Small, api: Api) -> None:
    body = {"assignment": small.assignment("1", "STP").pk, "period": small.period().pk, "numerator": "3"}
    answer = api("stp.canbo").send("post", "progress/", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "number_invalid")
    assert "denominator" in answer.json()["fields"]
    assert not Progress.objects.exists()


def test_a_period_of_another_plan_is_refused(small: Small, elsewhere: Small, api: Api) -> None:
    body = {"assignment": small.assignment("1", "STP").pk, "period": elsewhere.period().pk}
    answer = api("stp.canbo").send("post", "progress/", body)
    assert (answer.status_code, answer.json()["code"], list(answer.json()["fields"])) == (422, "wrong_plan", ["period"])


# --- whose it is ---------------------------------------------------------------------------------------------


def test_another_agencys_rows_are_not_there(small: Small, api: Api) -> None:
    own = api("stp.canbo")
    progress = small.begin()
    link = own.upload(progress.pk, revision=1).json()["id"]
    stranger = api("syt.canbo")
    for path in (
        f"assignments/{progress.assignment_id}/",
        f"progress/{progress.pk}/",
        f"progress/{progress.pk}/evidence/{link}/file/",
    ):
        shown = own.send("get", path)
        assert shown.status_code == 200, path
        if shown.streaming:
            assert b"".join(shown.streaming_content)
        answer = stranger.send("get", path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    for method, tail in [*GUARDED, ("delete", f"evidence/{link}/")]:
        answer = stranger.send(method, f"progress/{progress.pk}/{tail}", {}, revision=2)
        assert answer.status_code == 404, tail
    assert stranger.upload(progress.pk, revision=2).status_code == 404
    begun = stranger.send("post", "progress/", {"assignment": progress.assignment_id, "period": progress.period_id})
    assert (begun.status_code, begun.json()["code"]) == (404, "assignment_unknown")
    assert stranger.send("get", "progress/").json()["count"] == 0


def test_a_file_is_not_reached_through_another_report(small: Small, api: Api) -> None:
    stp, syt = small.begin(), small.begin("5", "SYT")
    link = api("stp.canbo").upload(stp.pk, revision=1).json()["id"]
    assert api("syt.canbo").send("get", f"progress/{syt.pk}/evidence/{link}/file/").status_code == 404
    assert api("syt.canbo").send("delete", f"progress/{syt.pk}/evidence/{link}/", revision=1).status_code == 404


def test_a_reviewer_does_not_see_a_draft(small: Small, draft: Progress, api: Api) -> None:
    officer, reviewer = api("stp.canbo"), api("snv.thamdinh")
    officer.send("patch", f"progress/{draft.pk}/", {"result": "Còn đang viết"}, revision=1)
    link = officer.upload(draft.pk, revision=2).json()["id"]
    seen = reviewer.send("get", f"progress/{draft.pk}/")
    assert (seen.status_code, seen.json()["state"], seen.json()["versions"]) == (200, "draft", [])
    assert b"Co\\u0300n" not in seen.content
    assert "Còn đang viết" not in seen.content.decode()
    assert reviewer.send("get", f"progress/{draft.pk}/evidence/{link}/file/").status_code == 404
    refused = reviewer.send("patch", f"progress/{draft.pk}/", {"result": "Chen vào"}, revision=3)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_agency")

    # After a return only what was handed in is shown, not the next draft.
    officer.send("post", f"progress/{draft.pk}/submit/", revision=3)
    reviewer.send("post", f"progress/{draft.pk}/return/", {"reason_code": "unclear", "reason": "Chưa rõ"}, revision=4)
    officer.send("patch", f"progress/{draft.pk}/", {"result": "Bản thứ hai"}, revision=5)
    assert [one["number"] for one in reviewer.send("get", f"progress/{draft.pk}/").json()["versions"]] == [1]
    assert [one["number"] for one in officer.send("get", f"progress/{draft.pk}/").json()["versions"]] == [1, 2]


def test_nobody_decides_the_report_of_the_own_agency(small: Small, api: Api) -> None:
    sent = small.submit("2", "SNV")
    path = f"progress/{sent.pk}/accept/"
    own = api("snv.thamdinh").send("post", path, {}, revision=sent.revision)
    assert (own.status_code, own.json()["code"]) == (403, "own_agency")
    assert api("vpub.thamdinh").send("post", path, {}, revision=sent.revision).status_code == 200


def test_a_role_that_ended_sees_nothing(small: Small, draft: Progress, api: Api) -> None:
    client = api("stp.canbo")
    membership = small.people["stp.canbo"].memberships.get()
    directory.leave(membership=membership, last_day=calendar.today().replace(day=1), by=None)
    # Without any role the key is dead; with one elsewhere the report is not there.
    assert client.send("get", f"progress/{draft.pk}/").status_code == 401
    directory.join(user=membership.user, agency=small.agencies["SYT"], role="officer", by=None)
    assert client.send("get", f"progress/{draft.pk}/").status_code == 404


# --- bad input -----------------------------------------------------------------------------------------------


def test_a_report_without_a_result_is_not_handed_in(draft: Progress, api: Api) -> None:
    answer = api("stp.canbo").send("post", f"progress/{draft.pk}/submit/", {"result": "  "}, revision=1)
    body = answer.json()
    assert (answer.status_code, body["code"]) == (422, "report_incomplete")
    assert {"result", "explanation"} <= set(body["fields"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("done_on", "31/02/2021"),
        ("done_on", "2021-02-31"),
        ("figure", "12;5"),
        ("figure", "12,5"),
        ("figure", "1.234,5"),
        ("figure", "NaN"),
        ("figure", "1e400"),
        ("figure", "9" * 5000),
        ("figure", True),
        ("percent", "1234.5"),
        ("result", None),
        ("result", "\x00"),
        ("result", "\ud800"),
        ("result", {"a": 1}),
        ("results", "a typing mistake"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(draft: Progress, api: Api, field: str, value: Any) -> None:
    answer = api("stp.canbo").send(
        "patch",
        f"progress/{draft.pk}/",
        json.dumps({field: value}),
        revision=1,
        format=None,
        content_type="application/json",
    )
    assert answer.status_code == 400, answer.content
    assert (answer.json()["code"], list(answer.json()["fields"])) == ("invalid", [field])
    draft.refresh_from_db()
    assert draft.revision == 1


@pytest.mark.parametrize("body", ["[]", '"x"', "{", "[" * 100_000, '{"result": 1' + "0" * 5000 + "}", "\xff"])
def test_a_body_that_is_not_an_object_is_refused(draft: Progress, api: Api, body: str) -> None:
    answer = api("stp.canbo").send(
        "patch",
        f"progress/{draft.pk}/",
        body.encode("latin-1"),
        revision=1,
        format=None,
        content_type="application/json",
    )
    assert answer.status_code == 400, answer.content
    assert set(answer.json()) == {"code", "message", "fields"}


def test_a_huge_body_is_not_read(draft: Progress, api: Api, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = api("stp.canbo").send("patch", f"progress/{draft.pk}/", {"result": "x" * 2000}, revision=1)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_future_done_date_is_not_handed_in(draft: Progress, api: Api) -> None:
    body = {"result": "Xong", "explanation": "Chưa có", "done_on": "2021-12-11"}
    answer = api("stp.canbo").send("post", f"progress/{draft.pk}/submit/", body, revision=1)
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["done_on"])


def test_the_rules_of_the_work_ask_for_reasons(small: Small, api: Api) -> None:
    sent = small.submit()
    client = api("snv.thamdinh")
    path = f"progress/{sent.pk}/return/"
    missing = client.send("post", path, {"reason": "Thiếu"}, revision=sent.revision)
    assert (missing.status_code, missing.json()["code"]) == (422, "reason_code_required")
    blank = client.send("post", path, {"reason_code": "other", "reason": "  "}, revision=sent.revision)
    assert (blank.status_code, blank.json()["code"]) == (422, "reason_required")
    odd = client.post(
        f"{API}/{path}",
        b'{"reason_code": "\\ud800", "reason": "x"}',
        content_type="application/json",
        headers={"If-Match": f'"{sent.revision}"'},
    )
    assert (odd.status_code, list(odd.json()["fields"])) == (400, ["reason_code"])
    unknown = client.send("post", path, {"reason_code": "mood", "reason": "x"}, revision=sent.revision)
    assert (unknown.status_code, list(unknown.json()["fields"])) == (400, ["reason_code"])


@pytest.mark.parametrize(
    "verdicts", [{"LINK": "splendid"}, {"LINK": "pending"}, {"999999": "accepted"}, {"x": "accepted"}, 7]
)
def test_verdicts_are_codes_about_evidence_of_this_report(small: Small, api: Api, verdicts: Any) -> None:
    kept = verbs.save(
        progress=small.begin(),
        content=verbs.Content(result="Xong"),
        uploads=[pdf_upload()],
        revision=None,
        by=small.officer("STP"),
    )
    sent = verbs.submit(progress=kept, revision=None, by=small.officer("STP"))
    link = EvidenceLink.objects.get(version=sent.latest)
    body = {str(link.pk) if name == "LINK" else name: code for name, code in verdicts.items()} if verdicts != 7 else 7
    answer = api("snv.thamdinh").send("post", f"progress/{sent.pk}/accept/", {"verdicts": body}, revision=sent.revision)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["verdicts"]), answer.json()
    sent.refresh_from_db()
    assert sent.state == "submitted"


def test_a_program_in_disguise_is_refused(draft: Progress, api: Api) -> None:
    client = api("stp.canbo")
    answer = client.upload(draft.pk, revision=1, name="ke-hoach.pdf", content=b"MZ\x90\x00" + b"\x00" * 200)
    assert (answer.status_code, answer.json()["code"]) == (422, "file_content")
    assert list(answer.json()["fields"]) == ["file"]
    empty = client.upload(draft.pk, revision=1, content=b"")
    assert (empty.status_code, empty.json()["code"]) == (422, "file_empty")
    strange = client.upload(draft.pk, revision=1, name="a.html", content=b"<script>")
    assert (strange.status_code, strange.json()["code"]) == (422, "file_type")
    none = client.send("post", f"progress/{draft.pk}/evidence/", {}, revision=1, format="multipart")
    assert (none.status_code, list(none.json()["fields"])) == (400, ["file"])
    day = client.upload(draft.pk, revision=1, issued_on="31/02/2021")
    assert (day.status_code, list(day.json()["fields"])) == (400, ["issued_on"])
    assert not EvidenceLink.objects.exists()


def test_a_file_over_the_limit_is_refused(draft: Progress, api: Api, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 100
    answer = api("stp.canbo").upload(draft.pk, revision=1)
    assert (answer.status_code, answer.json()["code"]) == (422, "file_too_large")


def test_a_file_is_an_attachment_that_nothing_runs(draft: Progress, api: Api) -> None:
    client = api("stp.canbo")
    attached = client.upload(draft.pk, revision=1, name="Báo cáo quý.pdf")
    answer = client.get(attached["Location"], headers={"Accept": "application/pdf"})
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == pdf_bytes("Báo cáo quý.pdf")
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''B%C3%A1o")
    assert (answer["X-Content-Type-Options"], answer["Content-Security-Policy"]) == (
        "nosniff",
        "default-src 'none'; sandbox",
    )


def test_evidence_that_was_handed_in_stays(small: Small, draft: Progress, api: Api) -> None:
    officer = api("stp.canbo")
    link = officer.upload(draft.pk, revision=1).json()["id"]
    officer.send("post", f"progress/{draft.pk}/submit/", {"result": "Xong"}, revision=2)
    kept = officer.send("delete", f"progress/{draft.pk}/evidence/{link}/", revision=3)
    assert (kept.status_code, kept.json()["code"]) == (409, "not_in_draft")
    api("snv.thamdinh").send(
        "post", f"progress/{draft.pk}/return/", {"reason_code": "other", "reason": "x"}, revision=3
    )
    still = officer.send("delete", f"progress/{draft.pk}/evidence/{link}/", revision=4)
    assert (still.status_code, still.json()["code"]) == (409, "not_in_draft")
    opened = officer.send("patch", f"progress/{draft.pk}/", {}, revision=4)
    copy = opened.json()["versions"][1]["evidence"][0]["id"]
    assert officer.send("delete", f"progress/{draft.pk}/evidence/{copy}/", revision=5).status_code == 204
    assert EvidenceLink.objects.filter(pk=link).exists()


MARKS = {"number": "12/QĐ-STP", "issued_on": "2020-05-11", "issuer": "Sở Tư pháp"}


def _codes(body: dict[str, Any]) -> list[list[str]]:
    return [[said["code"] for said in one["findings"]] for one in body["versions"][-1]["evidence"]]


def test_what_the_rules_say_of_evidence_is_told_as_far_as_the_caller_may_know(small: Small, api: Api) -> None:
    officer, other = api("stp.canbo"), api("syt.canbo")
    first, second = small.begin("3", "STP"), small.begin("3", "SYT")
    attached = officer.upload(first.pk, revision=first.revision, name="qd.pdf", **MARKS)
    assert [one["code"] for one in attached.json()["findings"]] == ["outside_year"]
    other.upload(second.pk, revision=second.revision, name="qd.pdf")
    for client, report in ((officer, first), (other, second)):
        report.refresh_from_db()
        sent = client.send("post", f"progress/{report.pk}/submit/", {"result": "Xong"}, revision=report.revision)
        assert sent.status_code == 200, sent.json()
    reviewer = api("snv.thamdinh").send("get", f"progress/{first.pk}/").json()
    assert _codes(reviewer) == [["outside_year", "same_file"]]
    same = reviewer["versions"][-1]["evidence"][0]["findings"][1]
    duty = small.assignment("3", "SYT")
    assert [(one["assignment"], one["task_code"]) for one in same["used_by"]] == [(duty.pk, "3")]
    assert "nhiệm vụ 3 (" in same["text"]
    own = officer.send("get", f"progress/{first.pk}/").json()
    assert _codes(own) == [["outside_year"]], "an officer learns nothing of other agencies' files"


def test_findings_cost_the_same_for_few_pieces_as_for_many(small: Small, draft: Progress, api: Api) -> None:
    officer, reviewer = api("stp.canbo"), api("snv.thamdinh")

    def submitted(*names: str) -> None:
        for name in names:
            draft.refresh_from_db()
            assert officer.upload(draft.pk, revision=draft.revision, name=name).status_code == 201
        draft.refresh_from_db()
        officer.send("post", f"progress/{draft.pk}/submit/", {"result": "Xong"}, revision=draft.revision)
        draft.refresh_from_db()

    def cost() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as seen:
            body = reviewer.send("get", f"progress/{draft.pk}/").json()
        assert all(one["findings"] is None for version in body["versions"][:-1] for one in version["evidence"])
        return sum(len(one["findings"] or ()) for one in body["versions"][-1]["evidence"]), len(seen)

    submitted("a.pdf")
    reviewer.send("get", f"progress/{draft.pk}/")
    assert cost()[0] == 1, "a file without marks is told"
    few = cost()[1]
    back = {"reason_code": "other", "reason": "x"}
    assert reviewer.send("post", f"progress/{draft.pk}/return/", back, revision=draft.revision).status_code == 200
    submitted("b.pdf", "c.pdf")
    many, same = cost()
    assert many == 3
    assert same == few

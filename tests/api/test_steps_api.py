"""The further steps of a report over the API: head's approval, questions, verdicts, replaced evidence, exceptions."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from agencies import calendar
from agencies.actions import approval
from agencies.models import Document
from plans.models import EvidenceReplacement, Progress, WindowException
from tests.api.conftest import Client
from tests.conftest import Small

Api = Callable[[str], Client]


def revision(answer: Any) -> int:
    return int(answer["ETag"].strip('"'))


def begun(small: Small, officer: Client, task: str = "1", **said: Any) -> Any:
    body = {"assignment": small.assignment(task, "STP").pk, "period": small.period().pk, **said}
    answer = officer.send("post", "progress/", body)
    assert answer.status_code == 201, answer.json()
    return answer


def test_a_report_leaves_through_its_head(small: Small, api: Api) -> None:
    approval.require_head(agency=small.agencies["STP"], document="QC", valid_from=date(2021, 12, 10), by=None)
    officer, head = api("stp.canbo"), api("stp.thutruong")
    first = begun(small, officer, result="Xong", explanation="Chưa có.")
    path = f"progress/{first.json()['id']}/"
    direct = officer.send("post", f"{path}submit/", {}, revision=revision(first))
    assert (direct.status_code, direct.json()["code"]) == (403, "needs_head")
    assert officer.send("post", f"{path}forward/", {}).status_code == 428
    forwarded = officer.send("post", f"{path}forward/", {}, revision=revision(first))
    assert forwarded.json()["state"] == "with_head"
    assert forwarded.json()["versions"][0]["forwarded_by"] == "stp.canbo (thử)"
    assert api("snv.thamdinh").send("get", path).json()["versions"] == []
    back = head.send("post", f"{path}hand-back/", {"reason": "Sửa số"}, revision=revision(forwarded))
    assert back.json()["state"] == "draft"
    again = officer.send("post", f"{path}forward/", {"result": "Xong 12"}, revision=revision(back))
    refused = officer.send("post", f"{path}approve/", {}, revision=revision(again))
    assert (refused.status_code, refused.json()["code"]) == (403, "not_the_head")
    second = begun(small, officer, "3", result="Xong", explanation="Chưa có.")
    many = head.send(
        "post",
        "progress/approve/",
        {"reports": [
            {"id": again.json()["id"], "revision": revision(again)},
            {"id": second.json()["id"], "revision": revision(second)},
            {"id": 10**9, "revision": 1},
        ]},
    )  # fmt: skip
    assert [one["code"] for one in many.json()["results"]] == ["", "wrong_state", "not_found"]
    assert many.json()["results"][0]["state"] == "submitted"
    version = head.send("get", path).json()["versions"][0]
    assert (version["approved_by"], version["submitted_by"]) == ("stp.thutruong (thử)", "stp.canbo (thử)")


def test_questions_answers_and_verdicts(small: Small, api: Api) -> None:
    officer, reviewer = api("stp.canbo"), api("snv.thamdinh")
    first = begun(small, officer, result="Xong", proposals="Bổ sung kinh phí")
    pk = first.json()["id"]
    path = f"progress/{pk}/"
    attached = officer.upload(pk, revision=revision(first))
    assert attached.json()["already_held"] is False
    sent = officer.send("post", f"{path}submit/", {}, revision=revision(attached))
    asked = reviewer.send("post", f"{path}ask/", {"text": "12 văn bản nào?"}, revision=revision(sent))
    question = asked.json()["versions"][0]["remarks"][0]
    blank = officer.send("post", f"{path}reply/", {"question": question["id"]}, revision=revision(asked))
    assert (blank.status_code, list(blank.json()["fields"])) == (422, ["text"])
    replied = officer.send(
        "post", f"{path}reply/", {"question": question["id"], "text": "Kèm báo cáo."}, revision=revision(asked)
    )
    assert [one["kind"] for one in replied.json()["versions"][0]["remarks"]] == ["question", "reply"]
    link = replied.json()["versions"][0]["evidence"][0]["id"]
    judged = reviewer.send(
        "post", f"{path}evidence/{link}/verdict/", {"verdict": "unreadable"}, revision=revision(replied)
    )
    assert judged.json()["versions"][0]["evidence"][0]["verdict"] == "unreadable"
    answered = reviewer.send("post", f"{path}answer/", {"text": "Đã trình."}, revision=revision(judged))
    assert answered.json()["versions"][0]["remarks"][-1]["text"] == "Đã trình."
    many = reviewer.send("post", "progress/accept/", {"reports": [{"id": pk, "revision": revision(answered)}]})
    assert many.json()["results"][0]["ok"] is True
    assert Progress.objects.get().accepted.evidence.get().verdict == "unreadable"


def test_a_held_document_is_attached_and_wrong_evidence_replaced_by_it(small: Small, api: Api) -> None:
    officer = api("stp.canbo")
    first = begun(small, officer, result="Xong")
    held = officer.upload(first.json()["id"], revision=revision(first)).json()["document"]
    other = begun(small, officer, "3", result="Xong")
    pk = other.json()["id"]
    neither = officer.send("post", f"progress/{pk}/evidence/", {}, revision=revision(other), format="multipart")
    assert (neither.status_code, list(neither.json()["fields"])) == (400, ["file"])
    wrong = officer.upload(pk, revision=revision(other), name="nham.pdf")
    sent = officer.send("post", f"progress/{pk}/submit/", {}, revision=revision(wrong))
    replaced = officer.send(
        "post",
        f"progress/{pk}/evidence/{wrong.json()['id']}/replace/",
        {"document": held, "reason": "Đính nhầm"},
        revision=revision(sent),
    )
    assert replaced.status_code == 200, replaced.json()
    versions = replaced.json()["versions"]
    assert [one["evidence"][0]["document"] for one in versions if one["evidence"]] == [held]
    assert versions[0]["decision"]["verb"] == "replace"
    assert (Document.objects.count(), EvidenceReplacement.objects.get().reason) == (2, "Đính nhầm")
    gone = officer.send("get", f"progress/{pk}/evidence/{wrong.json()['id']}/file/")
    assert gone.status_code == 404
    kept = api("kiemtra").send("get", f"progress/{pk}/").json()["versions"][0]["evidence"][0]
    assert kept["file_name"] == "nham.pdf"
    withdrawn = officer.send("post", f"progress/{pk}/withdraw/", {}, revision=revision(replaced))
    # What was replaced counted only through the version in its place: with that one taken back nothing is handed in.
    assert (withdrawn.json()["state"], withdrawn.json()["first_submitted_at"]) == ("draft", None)


def test_exceptions_of_a_period(small: Small, api: Api) -> None:
    with calendar.held_at(datetime(2021, 9, 23, 9, 0, tzinfo=calendar.VIETNAM)):
        period, reviewer = small.period("2021-Q3"), api("snv.thamdinh")
        path = f"periods/{period.pk}/exceptions/"
        late = {"kind": "late", "agency": small.agencies["STP"].pk, "reason": "Mất điện", "expires_on": "2021-09-25"}
        assert reviewer.send("post", path, late).status_code == 201
        own = reviewer.send("post", path, {**late, "agency": small.agencies["SNV"].pk})
        assert (own.status_code, own.json()["code"]) == (403, "own_agency")
        outage = {"kind": "outage", "reason": "Hỏng", "document_number": "9/SNV", "expires_on": "2021-09-24"}
        assert reviewer.send("post", path, outage).status_code == 201
        assert [one["kind"] for one in api("stp.canbo").send("get", path).json()] == ["outage", "late"]
        assert [one["kind"] for one in api("syt.canbo").send("get", path).json()] == ["outage"]
        shown = reviewer.send("get", f"periods/{period.pk}/").json()
        assert (shown["due_on"], shown["moved_due_on"], shown["open"]) == ("2021-09-20", "2021-09-24", True)
        small.submit("5", "SYT", "2021-Q3")
        assert reviewer.send("get", "progress/").json()["results"][0]["submitted_late"] is False
    assert WindowException.objects.count() == 2

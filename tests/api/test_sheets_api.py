"""Score sheets through the API: the same verbs, the same refusals, and If-Match for each component."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from indicators.actions import offers
from indicators.models import ScoreSheet, SheetEvidence
from tests.conftest import pdf_bytes
from tests.indicators.sheets import DATES, build

ISO = {name: str(day) for name, day in DATES.__dict__.items()}


@pytest.fixture
def work(small):
    return build(small)


@pytest.fixture
def sheet(work, api):
    body = {"province": "tinh-thu", "framework": "bo-thu", "year": 2021, **ISO}
    body["agencies"] = [work.small.agencies["STP"].pk]
    answer = api("snv.chuyenvien").send("post", "score-sheets/", body)
    assert answer.status_code == 201, answer.content
    return ScoreSheet.objects.get(pk=answer.json()["results"][0])


def entry_of(client, sheet, code):
    entries = client.get(f"/api/v1/score-sheets/{sheet.pk}/").json()["entries"]
    return next(one for one in entries if one["code"] == code)


def save(client, sheet, code, body):
    entry = entry_of(client, sheet, code)
    answer = client.send("patch", f"sheet-entries/{entry['id']}/", body, revision=entry["revision"])
    assert answer.status_code == 200, answer.content
    return answer.json()


def fill(client, sheet):
    save(client, sheet, "I.1", {"inputs": {"on_time": True}, "explanation": "Tháng 1"})
    save(client, sheet, "I.2", {"score": "5", "explanation": "Chưa có báo cáo"})
    save(client, sheet, "II.6", {"inputs": {"percent": "72"}})


def test_a_sheet_goes_its_whole_way(work, api, sheet):
    officer, head, reviewer = api("stp.canbo"), api("stp.thutruong"), api("snv.thamdinh")
    fill(officer, sheet)
    read = officer.get(f"/api/v1/score-sheets/{sheet.pk}/")
    assert read.headers["ETag"] == '"1"'
    total = read.json()["totals"][0]
    assert (total["stage"], total["total"], total["grade"], total["answered"]) == ("self", "16.47", "B", 3)
    layer = entry_of(officer, sheet, "II.6")["layers"][0]
    assert (layer["score"], layer["inputs"], layer["open"]) == ("8.47", {"percent": "72"}, True)
    assert entry_of(officer, sheet, "T.1")["layers"][0]["score"] is None
    answer = head.send("post", f"score-sheets/{sheet.pk}/submit/", revision=1)
    assert (answer.status_code, answer.json()["state"]) == (200, "submitted")
    entry = entry_of(reviewer, sheet, "I.2")
    path = f"sheet-entries/{entry['id']}/judge/"
    assert reviewer.send("post", path, {"score": "4"}, revision=entry["revision"]).json()["fields"].keys() == {"reason"}
    judged = reviewer.send("post", path, {"score": "4", "reason": "Chưa đủ"}, revision=entry["revision"])
    assert judged.json()["layers"][-1]["score"] == "4"
    for verb, who, revision in (
        ("appraise", reviewer, 2),
        ("explain", head, 3),
        ("settle", reviewer, 4),
    ):
        answer = who.send("post", f"score-sheets/{sheet.pk}/{verb}/", revision=revision)
        assert answer.status_code == 200, answer.content
    changed = [{"entry": entry["id"], "score": "4.5"}]
    body = {"document": "12/QĐ-UBND", "on": "2021-12-10", "scores": changed}
    answer = api("snv.chuyenvien").send("post", f"score-sheets/{sheet.pk}/publish/", body, revision=5)
    assert answer.json()["publication"] == "12/QĐ-UBND"
    stages = [layer["score"] for layer in entry_of(officer, sheet, "I.2")["layers"]]
    assert stages == ["5", "4", "4", "4", "4.5"]


def test_every_write_says_what_it_read(work, api, sheet):
    officer = api("stp.canbo")
    entry = entry_of(officer, sheet, "I.1")
    path = f"sheet-entries/{entry['id']}/"
    assert officer.send("patch", path, {"explanation": "x"}).status_code == 428
    assert officer.send("patch", path, {"explanation": "x"}, revision=1).status_code == 200
    answer = officer.send("patch", path, {"explanation": "y"}, revision=1)
    assert (answer.status_code, answer.json()["code"]) == (409, "stale_revision")
    # Another component is not in the way.
    other = entry_of(officer, sheet, "II.6")
    assert officer.send("patch", f"sheet-entries/{other['id']}/", {}, revision=1).status_code == 200
    for verb in (
        "submit",
        "withdraw",
        "return",
        "appraise",
        "explain",
        "waive",
        "settle",
        "publish",
        "dates",
        "owners",
    ):
        assert api("snv.chuyenvien").send("post", f"score-sheets/{sheet.pk}/{verb}/", {}).status_code == 428, verb


def test_a_field_left_out_stays_and_null_clears(work, api, sheet):
    officer = api("stp.canbo")
    save(officer, sheet, "II.6", {"inputs": {"percent": "72"}, "explanation": "giữ"})
    save(officer, sheet, "II.6", {"explanation": "đổi"})
    layer = entry_of(officer, sheet, "II.6")["layers"][0]
    assert (layer["score"], layer["explanation"]) == ("8.47", "đổi")
    save(officer, sheet, "II.6", {"inputs": {"percent": None}})
    assert entry_of(officer, sheet, "II.6")["layers"][0]["score"] is None


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"inputs": {"percent": "172"}}, 422, "input_percent"),
        ({"inputs": {"percent": 1.5}}, 400, "inputs"),
        ({"inputs": {"percent": "1,5"}}, 400, "inputs.percent"),
        ({"inputs": {"percent": "NaN"}}, 400, "inputs.percent"),
        ({"inputs": {"percent": True}}, 422, "input_percent"),
        ({"inputs": {"khac": "1"}}, 422, "input_khac"),
        ({"score": "5"}, 422, "score"),
        ({"diem": "5"}, 400, "diem"),
        ({"inputs": ["x"]}, 400, "inputs"),
    ],
)
def test_what_cannot_be_read_names_its_field(work, api, sheet, body, status, field):
    officer = api("stp.canbo")
    entry = entry_of(officer, sheet, "II.6")
    answer = officer.send("patch", f"sheet-entries/{entry['id']}/", body, revision=1)
    assert (answer.status_code, list(answer.json()["fields"])) == (status, [field])


def test_evidence_is_attached_downloaded_and_taken_off(work, api, sheet):
    officer = api("stp.canbo")
    entry = entry_of(officer, sheet, "I.1")
    path = f"sheet-entries/{entry['id']}/evidence/"
    file = SimpleUploadedFile("ke-hoach.pdf", pdf_bytes("kế hoạch"))
    answer = officer.send("post", path, {"file": file, "number": "1/KH"}, revision=1, format="multipart")
    assert answer.status_code == 201, answer.content
    link = answer.json()["layers"][0]["evidence"][0]
    assert (link["name"], link["marks"], link["verdict"]) == ("ke-hoach.pdf", "1/KH", "pending")
    got = officer.get(f"/api/v1/{path}{link['id']}/file/")
    assert b"".join(got.streaming_content).startswith(b"%PDF")
    assert api("snv.thamdinh").get(f"/api/v1/{path}{link['id']}/file/").status_code == 404
    other = entry_of(officer, sheet, "II.6")
    assert officer.get(f"/api/v1/sheet-entries/{other['id']}/evidence/{link['id']}/file/").status_code == 404
    wrong = SimpleUploadedFile("x.exe", b"MZ")
    refused = officer.send("post", path, {"file": wrong}, revision=2, format="multipart")
    assert (refused.json()["code"], list(refused.json()["fields"])) == ("file_type", ["file"])
    assert officer.send("delete", f"{path}{link['id']}/", revision=2).status_code == 200
    assert not SheetEvidence.objects.exists()


def test_offers_are_listed_taken_and_set_aside(work, api, sheet):
    component = work.framework.components.get(code="II.6")
    made = [
        offers.offer(
            component=component,
            year=2021,
            agency=work.small.agencies["STP"],
            series=f"bao-cao-{number}",
            number=1,
            label=f"Nhiệm vụ {number}",
            figure=72,
        )
        for number in (1, 2)
    ]
    officer = api("stp.canbo")
    listed = officer.get("/api/v1/offers/?open=true").json()["results"]
    assert [one["label"] for one in listed] == ["Nhiệm vụ 2", "Nhiệm vụ 1"]
    assert api("syt.canbo").get("/api/v1/offers/").json()["results"] == []
    entry = entry_of(officer, sheet, "II.6")
    body = {"offer": made[0].pk, "into": "percent"}
    taken = officer.send("post", f"sheet-entries/{entry['id']}/take/", body, revision=1)
    assert taken.json()["layers"][0]["score"] == "8,47"
    aside = officer.send("post", f"offers/{made[1].pk}/set-aside/")
    assert aside.json()["settled_at"]
    assert officer.send("post", f"offers/{made[1].pk}/set-aside/").status_code == 409
    assert officer.get("/api/v1/offers/?open=true").json()["results"] == []


def test_sheets_are_filtered_and_mine_are_those_that_wait_for_me(work, api, sheet):
    for who, mine in (("stp.canbo", 1), ("snv.thamdinh", 0), ("lanhdao", 0)):
        assert len(api(who).get("/api/v1/score-sheets/?mine=true").json()["results"]) == mine, who
    found = api("lanhdao").get("/api/v1/score-sheets/?year=2021&state=draft&framework=bo-thu").json()["results"]
    assert [one["id"] for one in found] == [sheet.pk]
    assert api("lanhdao").get("/api/v1/score-sheets/?year=2020").json()["results"] == []
    assert api("syt.canbo").get(f"/api/v1/score-sheets/{sheet.pk}/").status_code == 404

"""The trail that people read: filters, one row's history, exports that prove themselves."""

import hashlib
import io
import json
import re
from datetime import date
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from agencies import calendar, constraints
from agencies.actions import trail
from agencies.models import Event, TrailHead
from plans import policies
from plans.actions import closes, progress
from plans.models import Amendment, Decision, DutyTransfer, ProgressVersion, Ruling, TaskVersion
from reports.facts.trail import history
from reports.facts.trail_changes import changes
from reports.facts.trail_names import NAMERS, type_choices
from reports.facts.trail_words import ACTION_LABELS
from tests.conftest import pdf_upload
from tests.plans.test_amendment_actions import begin, change, confirm, lead

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def auditor(small) -> Client:
    client = Client()
    client.force_login(small.who("kiemtra"))
    return client


@pytest.fixture
def accepted(small):
    """A report returned once, then accepted, with a file."""
    sent = progress.submit(
        progress=small.begin(),
        content=progress.Content(result="Lần đầu", done_on=date(2021, 12, 1)),
        uploads=[pdf_upload("Báo cáo.pdf")],
        revision=None,
        by=small.officer("STP"),
    )
    back = progress.send_back(
        progress=sent, reason_code="unclear", reason="Ghi rõ số liệu", revision=None, by=small.who("snv.thamdinh")
    )
    again = progress.submit(
        progress=back,
        content=progress.Content(result="=1+1", done_on=date(2021, 12, 1)),
        revision=None,
        by=small.officer("STP"),
    )
    return progress.accept(progress=again, revision=None, by=small.who("snv.thamdinh"))


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def codes(answer) -> list[str]:
    return [row.code for row in answer.context["rows"]]


def test_the_list_tells_who_did_what_to_what(auditor, accepted):
    page = text(auditor.get("/dau-vet/"))
    assert "duyệt báo cáo" in page
    assert "Báo cáo 2021-Y, nhiệm vụ 1, Sở Tư pháp" in page
    assert "Ghi rõ số liệu" in page
    assert f"/dau-vet/plans.progress/{accepted.pk}/" in page


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"action": "progress.return"}, {"progress.return"}),
        ({"who": "stp.canbo"}, {"progress.start", "progress.submit"}),
        ({"who": "không ai"}, set()),
        ({"type": "plans.plan"}, {"plan.create", "plan.issue", "plan.hand_out"}),
        ({"first": "10/12/2021", "action": "plan.issue"}, set()),
        ({"last": "06/08/2021", "type": "plans.plan"}, {"plan.create", "plan.issue", "plan.hand_out"}),
        ({"only": "exceptions"}, set()),
        ({"request": "không-có"}, set()),
    ],
)
def test_events_are_filtered(auditor, accepted, query, wanted):
    assert set(codes(auditor.get("/dau-vet/", query))) == wanted


def test_events_of_one_request_are_found_together(auditor, accepted, small):
    client = Client()
    client.force_login(small.who("snv.thamdinh"))
    waiting = small.submit("5", "SYT")
    client.post(
        f"/duyet/{waiting.pk}/chap-nhan/", {"revision": waiting.revision}, headers={"X-Request-ID": "yeu-cau-0001"}
    )
    assert codes(auditor.get("/dau-vet/", {"request": "yeu-cau-0001"})) == ["progress.accept"]


def test_a_filter_that_cannot_be_read_is_said(auditor, accepted):
    answer = auditor.get("/dau-vet/", {"first": "ngày mai"})
    assert answer.status_code == 422
    assert "không đúng" in text(answer)


def test_reopenings_are_listed_by_the_preset(auditor, small):
    reviewer = small.who("snv.thamdinh")
    close = closes.close(period=small.period("2021-Q3"), by=reviewer)
    closes.reopen(close=close, reason="Lỗi", approver="A", document="1/CV", expires_on=calendar.today(), by=reviewer)
    assert codes(auditor.get("/dau-vet/", {"only": "exceptions"})) == ["period.reopen"]


def test_another_provinces_trail_is_not_there(auditor, small, elsewhere):
    foreign = Event.objects.filter(province=elsewhere.province).first()
    assert auditor.get(f"/dau-vet/{foreign.subject_type}/{foreign.subject_id}/").status_code == 404
    shown = auditor.get("/dau-vet/").context["page_obj"].paginator.count
    assert shown == Event.objects.filter(province=small.province).count()
    lines = b"".join(auditor.get("/dau-vet/xuat/jsonl/").streaming_content).splitlines()
    assert len(lines) == shown + 1
    assert [one["province"] for one in json.loads(lines[-1])["heads"]] == [small.province.code]


@pytest.mark.parametrize("address", ["plans.progress/999999", "plans.nothing/1", "x/1", "auth.user/1"])
def test_a_row_without_events_is_not_found(auditor, small, address):
    assert auditor.get(f"/dau-vet/{address}/").status_code == 404


def test_the_list_costs_the_same_for_3_events_as_for_30(auditor, small):
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert auditor.get("/dau-vet/", {"type": "plans.progress"}).status_code == 200
        return len(seen)

    small.submit("1", "STP")
    cost()
    few = cost()
    for task, agency in (("2", "SNV"), ("3", "STP"), ("3", "SYT"), ("3", "SNV"), ("3", "VPUB"), ("5", "SYT")):
        small.accept(task, agency)
    assert cost() == few


def test_a_history_shows_before_and_after_field_by_field_with_hashes_and_who_approved(auditor, accepted):
    answer = auditor.get(f"/dau-vet/plans.progress/{accepted.pk}/")
    rows = {row.code: row for row in answer.context["history"].rows}
    changed = {one.label: (one.before, one.after) for one in rows["progress.accept"].changes}
    assert changed["trạng thái"] == ("chờ duyệt", "đã duyệt")
    sha256 = accepted.accepted.evidence.get().document.blob.sha256
    assert changed["tài liệu kiểm chứng"] == (f"{sha256} (chưa xem)", f"{sha256} (chấp nhận)")
    assert rows["progress.accept"].who == "snv.thamdinh (thử)"
    last = [row for row in answer.context["history"].rows if row.code == "progress.submit"][-1]
    assert ("kết quả thực hiện", "Lần đầu", "=1+1") in [(one.label, one.before, one.after) for one in last.changes]
    page = text(answer)
    assert rows["progress.accept"].digest in page and sha256 in page
    assert page.count("Khớp mã băm") == len(answer.context["history"].rows)
    assert "Hiện trạng khớp niêm phong" in page


def test_a_history_says_when_a_row_was_edited_by_hand(auditor, accepted):
    constraints.remove(connection)
    ProgressVersion.objects.filter(pk=accepted.accepted_id).update(result="khác")
    Event.objects.filter(subject_type="plans.progress", action="progress.accept").update(reason="sửa")
    page = text(auditor.get(f"/dau-vet/plans.progress/{accepted.pk}/"))
    assert f"không còn khớp niêm phong: plans.progressversion:{accepted.accepted_id}" in page
    assert page.count("Nội dung không khớp mã băm") == 1


def state(client, label: str, pk) -> str:
    return client.get(f"/dau-vet/{label}/{pk}/").context["history"].state.text


def test_a_row_that_disappeared_breaks_the_badge(auditor, accepted):
    decision = accepted.accepted.decision
    constraints.remove(connection)
    Decision.objects.filter(pk=decision.pk).delete()
    assert f"không còn khớp niêm phong: plans.decision:{decision.pk}" in state(auditor, "plans.progress", accepted.pk)


def amended(small) -> None:
    """Sở Tư pháp's task goes to Sở Y tế by a confirmed amendment."""
    draft = begin(small, effective_on=date(2021, 12, 10))
    change(small, draft, "1", parties=lead(small.agencies["SYT"]))
    confirm(small, draft)


def test_what_an_amendment_changed_breaks_no_badge_of_the_plan(auditor, small):
    assert "khớp niêm phong" in state(auditor, "plans.plan", small.plan.pk)
    amended(small)
    said = state(auditor, "plans.plan", small.plan.pk)
    assert said.startswith("Hiện trạng khớp niêm phong")


def test_an_edit_by_hand_is_seen_beside_an_amendment(auditor, small):
    amended(small)
    constraints.remove(connection)
    untouched = TaskVersion.objects.get(task__plan=small.plan, task__code="2")
    TaskVersion.objects.filter(pk=untouched.pk).update(title="khác")
    assert f"khớp niêm phong: plans.taskversion:{untouched.pk}" in state(auditor, "plans.plan", small.plan.pk)


def events_of(client, label: str, row) -> list[str]:
    return [one.code for one in client.get(f"/dau-vet/{label}/{row.pk}/").context["history"].rows]


def test_a_duty_its_task_and_its_agency_have_their_history(auditor, small):
    duty, agency = small.assignment("1", "STP"), small.agencies["STP"]
    amended(small)
    told = events_of(auditor, "plans.assignment", duty)
    assert (told[0], told[-1]) == ("plan.hand_out", "amendment.confirm")
    assert {"plan.issue", "amendment.confirm"} <= set(events_of(auditor, "plans.task", duty.task))
    assert events_of(auditor, "agencies.agency", agency) == ["agency.add"]
    person = small.people["stp.canbo"]
    assert events_of(auditor, "agencies.user", person) == ["membership.join"]
    page = text(auditor.get(f"/dau-vet/plans.assignment/{duty.pk}/"))
    assert "Sự kiện về" in page and f'href="/dau-vet/plans.plan/{small.plan.pk}/"' in page
    assert "Hiện trạng khớp niêm phong của sự kiện" in page and "(1 dòng)" in page


def test_a_duty_edited_by_hand_is_named_in_its_own_history(auditor, small):
    duty = small.assignment("1", "STP")
    constraints.remove(connection)
    type(duty).objects.filter(pk=duty.pk).update(agency=small.agencies["SYT"])
    assert f"1/1 dòng không còn khớp niêm phong: plans.assignment:{duty.pk}" in state(
        auditor, "plans.assignment", duty.pk
    )


def test_pages_of_duty_task_and_agency_lead_the_auditor_to_their_history_and_nobody_else(auditor, small):
    leader = Client()
    leader.force_login(small.who("lanhdao"))
    duty, group = small.assignment("1", "STP"), small.assignment("3", "STP")
    agency = small.agencies["STP"]
    for address, histories in (
        (f"/nhiem-vu/{duty.pk}/", (f"plans.assignment/{duty.pk}", f"plans.task/{duty.task_id}")),
        (f"/nhiem-vu/nhom/{group.task_id}/", (f"plans.task/{group.task_id}",)),
        (f"/co-quan/{agency.pk}/", (f"agencies.agency/{agency.pk}",)),
    ):
        page = text(auditor.get(address))
        for one in histories:
            assert f'href="/dau-vet/{one}/"' in page
            assert auditor.get(f"/dau-vet/{one}/").status_code == 200
        assert "/dau-vet/" not in text(leader.get(address))


def test_a_history_costs_the_same_however_many_events_it_has(auditor, small):
    duty = small.assignment("1", "STP")
    auditor.get(f"/dau-vet/plans.assignment/{duty.pk}/")

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert auditor.get(f"/dau-vet/plans.assignment/{duty.pk}/").status_code == 200
        return len(seen)

    few = cost()
    with transaction.atomic():
        for _ in range(5):
            trail.record(province_id=small.province.pk, action="plan.hand_out", subject=small.plan, by=None)
    assert len(events_of(auditor, "plans.assignment", duty)) >= 6
    assert cost() == few


def test_an_amendment_is_called_by_its_number_and_plan(auditor, small):
    amended(small)
    amendment = Amendment.objects.get()
    answer = auditor.get(f"/dau-vet/plans.amendment/{amendment.pk}/")
    assert answer.context["history"].what.text == "Văn bản sửa đổi 200/QĐ-UBND của 1/KH-UBND"
    assert auditor.get(answer.context["history"].what.url).status_code == 200


def test_every_kind_of_subject_can_be_chosen_and_is_called_by_a_name(auditor, accepted, small):
    amended(small)
    chosen = {value for value, _ in type_choices()}
    about = set(Event.objects.values_list("subject_type", flat=True))
    assert about <= chosen
    kinds = ("plans.amendment", "plans.dutyrequest", "plans.ruling", "plans.windowexception")
    assert {*kinds, "agencies.reorganisation"} <= chosen
    for label in chosen:
        # One query over no rows: the columns exist.
        assert NAMERS[label](["0"] if label != "reports.reportrun" else []) == {}


def test_every_event_of_the_stage_has_a_history_page(auditor, accepted, small):
    close = closes.close(period=small.period("2021-Q3"), by=small.who("snv.thamdinh"))
    closes.reopen(
        close=close,
        reason="Lỗi",
        approver="A",
        document="1/CV",
        expires_on=calendar.today(),
        by=small.who("snv.thamdinh"),
    )
    for label, pk in Event.objects.values_list("subject_type", "subject_id").distinct():
        page = text(auditor.get(f"/dau-vet/{label}/{pk}/"))
        assert "None" not in page and "{" not in page.partition("<main")[2].partition("</main")[0], label


def test_the_json_export_can_be_proved_without_the_portal(auditor, accepted, small):
    answer = auditor.get("/dau-vet/xuat/jsonl/")
    assert "attachment" in answer.headers["Content-Disposition"]
    *events, last = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    previous = "0" * 64
    for event in events:
        content = json.dumps(event["content"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(content.encode()).hexdigest() == event["digest"]
        assert event["content"]["previous"] == previous
        previous = event["digest"]
    head = TrailHead.objects.get(province=small.province)
    assert last == {"heads": [{"province": small.province.code, "sequence": head.sequence, "digest": head.digest}]}
    assert previous == head.digest
    assert any(
        "plans.progressversion" in name
        for event in events
        for name in event["content"].get("seals", {}).get("kept", {})
    )


def test_the_export_holds_what_the_filter_shows(auditor, accepted):
    answer = auditor.get("/dau-vet/xuat/jsonl/", {"action": "progress.return"})
    lines = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    assert [line["content"]["action"] for line in lines[:-1]] == ["progress.return"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_the_workbook_has_digests_and_takes_no_text_for_a_formula(auditor, accepted, small, start):
    trail_text = f"{start}HYPERLINK(1)"
    with transaction.atomic():
        trail.record(
            province_id=small.province.pk,
            action="progress.return",
            subject=accepted,
            reason=trail_text,
            by=small.who("stp.canbo"),
        )
    answer = auditor.get("/dau-vet/xuat/xlsx/")
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    page = book["Dấu vết"]
    heads = [cell.value for cell in page[1]]
    rows = [dict(zip(heads, (cell for cell in row), strict=True)) for row in page.iter_rows(min_row=2)]
    assert len(rows) == Event.objects.filter(province=small.province).count()
    last = rows[-1]
    assert (last["Lý do"].value, last["Lý do"].data_type, last["Lý do"].quotePrefix) == (trail_text, "s", True)
    head = TrailHead.objects.get(province=small.province)
    assert last["Mã băm"].value == head.digest
    assert all(cell.data_type != "f" for row in rows for cell in row.values())
    assert [cell.value for cell in book["Đầu chuỗi"][2]] == [small.province.code, head.sequence, head.digest]


@pytest.mark.parametrize("address", ["xuat/pdf/", "xuat/csv/"])
def test_an_unknown_form_of_export_is_not_found(auditor, small, address):
    assert auditor.get(f"/dau-vet/{address}").status_code == 404


def test_the_trail_is_in_the_auditors_menu_only(auditor, small):
    assert 'href="/dau-vet/"' in text(auditor.get("/"))
    other = Client()
    other.force_login(small.who("lanhdao"))
    assert 'href="/dau-vet/"' not in text(other.get("/"))


def test_everything_people_and_the_system_do_is_said_in_words():
    """No code of an action stands in the trail where a sentence should; new steps and rulings included."""
    steps = {step.event for step in (*policies.PROGRESS_STEPS, *policies.AMENDMENT_STEPS, *policies.REQUEST_STEPS)}
    rulings = {f"ruling.{kind}" for kind in Ruling.Kind.values}
    transfers = {f"assignment.{outcome}" for outcome in DutyTransfer.Outcome.values}
    written = {
        found
        for folder in ("agencies", "indicators", "plans", "reports")
        for file in (ROOT / folder).glob("actions/*.py")
        for found in re.findall(r'\baction"?[=:] ?"([a-z]+\.[a-z_]+)"', file.read_text())
    }
    assert {"reminder.chase", "agency.rename", "window.allow_late"} <= written
    assert sorted((steps | rulings | transfers | written) - set(ACTION_LABELS)) == []


def test_of_many_duties_handed_out_at_once_a_duty_tells_only_its_own(auditor, small):
    """Handing a plan out is one event that names hundreds of duties."""
    duty = small.assignment("1", "STP")
    told = history(small.who("kiemtra"), "plans.assignment", str(duty.pk)).rows[0]
    (begun,) = [change for change in told.changes if change.label == "phần việc được giao"]
    assert f"ID: {duty.pk}, " in begun.after
    assert begun.after.count("ID: ") == 1
    whole = Event.objects.get(action="plan.hand_out")
    rows = [dict(whole.after["begun"][0], id=number) for number in range(1, 40)]
    many = Event(subject_type="plans.plan", before={}, after={"begun": rows})
    assert [change.after for change in changes(many)] == ["39 dòng (đủ trong tệp xuất của dấu vết)"]

"""The screens of requests, rulings and group tasks: a walk through them, and a constant number of queries."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies import calendar
from agencies.actions import directory
from plans.actions import groups, plans, requests, rulings
from plans.facts.plan import plan_facts
from plans.models import DutyRequest, PartyRole, Plan, Ruling, TaskMilestone
from tests.conftest import pdf_bytes, pdf_upload


def page(browser, url, status=200):
    answer = browser.get(url)
    assert answer.status_code == status, (url, answer.status_code)
    return b"".join(answer.streaming_content) if answer.streaming else answer.content.decode()


def paper(name="to-trinh.pdf"):
    return SimpleUploadedFile(name, pdf_bytes(name))


def test_an_extension_is_asked_and_granted_on_the_screens(small, enter):
    duty = small.assignment("1", "STP")
    officer, reviewer = enter("stp.canbo"), enter("snv.thamdinh")
    assert "Xin gia hạn" in page(officer, f"/nhiem-vu/{duty.pk}/")
    assert "Xin gia hạn" not in page(reviewer, f"/nhiem-vu/{duty.pk}/")
    address = f"/nhiem-vu/{duty.pk}/xin-gia-han/"
    assert "thời hạn hiện tại 31/12/2021" in page(officer, address)
    empty = officer.post(address, {})
    assert empty.status_code == 422
    assert "Cần đính kèm văn bản đề nghị đã ký." in empty.content.decode()
    answer = officer.post(address, {"new_due_on": "31/01/2022", "reason": "Chờ", "document": paper()})
    asked = DutyRequest.objects.get()
    assert answer.url == f"/de-nghi/{asked.pk}/"
    assert "Xin gia hạn" not in page(officer, f"/nhiem-vu/{duty.pk}/")
    assert "Gia hạn đến 31/01/2022" in page(officer, "/de-nghi/")
    assert "chờ bạn" in page(reviewer, "/de-nghi/?mine=on")
    assert "chờ bạn" not in page(enter("vpub.thamdinh"), "/de-nghi/")
    assert "Đồng ý gia hạn" in page(reviewer, f"/de-nghi/{asked.pk}/")
    assert "do Sở Nội vụ quyết định" in page(enter("lanhdao"), f"/de-nghi/{asked.pk}/")
    assert page(officer, f"/de-nghi/{asked.pk}/tai-lieu/") == pdf_bytes("to-trinh.pdf")
    grant = f"/de-nghi/{asked.pk}/dong-y/"
    assert reviewer.post(grant, {"revision": 0}).status_code == 409
    assert reviewer.post(grant, {"revision": 1}).status_code == 302
    assert "31/01/2022 (đã gia hạn)" in page(officer, "/nhiem-vu/")
    assert reviewer.post(grant, {"revision": 1}).status_code == 409


@pytest.mark.parametrize(
    ("task", "step", "said"),
    [
        ("3", "xin-gia-han", "Nhiệm vụ này chưa có thời hạn là một ngày nên không cần gia hạn."),
        ("1", "xin-gia-han", "Nhiệm vụ đã hoàn thành nên không cần đề nghị."),
        ("1", "tu-choi", "Nhiệm vụ đã hoàn thành nên không cần đề nghị."),
    ],
)
def test_the_form_of_a_request_that_nobody_can_send_leads_back_with_the_reason(small, enter, task, step, said):
    small.accept("1", "STP", done_on=date(2021, 12, 1))
    officer, duty = enter("stp.canbo"), small.assignment(task, "STP")
    assert f"/{step}/" not in page(officer, f"/nhiem-vu/{duty.pk}/")
    answer = officer.get(f"/nhiem-vu/{duty.pk}/{step}/", follow=True)
    assert answer.redirect_chain == [(f"/nhiem-vu/{duty.pk}/", 302)]
    assert said in answer.content.decode()
    assert officer.post(f"/nhiem-vu/{duty.pk}/{step}/", {}).status_code == 422
    assert not DutyRequest.objects.exists()


def test_a_request_that_waits_takes_no_second_form(small, enter):
    officer, duty = enter("stp.canbo"), small.assignment("1", "STP")
    requests.ask_extension(
        assignment=duty,
        new_due_on=date(2022, 1, 31),
        reason="Chờ",
        upload=pdf_upload(),
        by=small.officer("STP"),
    )
    answer = officer.get(f"/nhiem-vu/{duty.pk}/xin-gia-han/", follow=True)
    assert "đã có một đề nghị cùng loại đang chờ quyết định" in answer.content.decode()
    assert officer.get(f"/nhiem-vu/{duty.pk}/tu-choi/").status_code == 200


def test_a_refusal_names_who_takes_the_duty(small, enter):
    duty = small.assignment("1", "STP")
    officer, reviewer = enter("stp.thutruong"), enter("snv.thamdinh")
    address = f"/nhiem-vu/{duty.pk}/tu-choi/"
    assert officer.post(address, {"reason": "Không đúng"}).status_code == 422
    assert officer.post(address, {"reason": "Không đúng", "legal_ground": "Điều 2"}).status_code == 302
    asked = DutyRequest.objects.get()
    desk = page(reviewer, f"/de-nghi/{asked.pk}/")
    assert "Sở Y tế" in desk
    assert reviewer.post(f"/de-nghi/{asked.pk}/dong-y/", {"revision": 1}).status_code == 422
    answer = reviewer.post(f"/de-nghi/{asked.pk}/dong-y/", {"revision": 1, "to": small.agencies["SYT"].pk})
    assert answer.status_code == 302
    assert "Chuyển cho" in page(reviewer, f"/de-nghi/{asked.pk}/")


def test_a_request_is_declined_or_withdrawn_on_the_screens(small, enter):
    def ask():
        return requests.ask_extension(
            assignment=small.assignment("1", "STP"),
            new_due_on=date(2022, 1, 31),
            reason="x",
            upload=pdf_upload(),
            by=small.officer("STP"),
        )

    first, reviewer = ask(), enter("snv.thamdinh")
    address = f"/de-nghi/{first.pk}/khong-dong-y/"
    assert reviewer.post(address, {"revision": 1}).status_code == 422
    assert reviewer.post(address, {"revision": 1, "reason": "Đủ thời gian"}).status_code == 302
    assert "Đủ thời gian" in page(enter("stp.canbo"), f"/de-nghi/{first.pk}/")
    second = ask()
    assert enter("syt.canbo").post(f"/de-nghi/{second.pk}/rut/", {"revision": 1}).status_code == 404
    assert enter("stp.canbo").post(f"/de-nghi/{second.pk}/rut/", {"revision": 1}).status_code == 302
    second.refresh_from_db()
    assert second.state == "withdrawn"


def test_rulings_are_made_on_the_screens(small, enter):
    reviewer = enter("snv.thamdinh")
    task = small.plan.tasks.get(code="3")
    address = f"/nhiem-vu/nhom/{task.pk}/quyet-dinh/"
    for kind in ("", "done_rule", "suspend", "cancel", "internal_due"):
        page(reviewer, f"{address}?loai={kind}")
    assert reviewer.post(address, {"kind": "done_rule", "done_rule": "threshold"}).status_code == 422
    body = {"kind": "done_rule", "done_rule": "threshold", "done_share": "50"}
    assert reviewer.post(address, body).status_code == 302
    body = {"kind": "internal_due", "due_on": "31/12/2021", "reason": "Cần xong trong năm"}
    assert reviewer.post(address, body).status_code == 302
    shown = page(reviewer, f"/nhiem-vu/nhom/{task.pk}/")
    assert "31/12/2021 (do Sở Nội vụ đặt)" in shown
    assert "ít nhất 50 % cơ quan" in shown
    duty = small.assignment("3", "SYT")
    body = {
        "kind": "suspend",
        "document_number": "1/QĐ",
        "document_date": "01/12/2021",
        "effective_on": "10/12/2021",
        "document": paper("quyet-dinh.pdf"),
    }
    assert reviewer.post(f"/nhiem-vu/{duty.pk}/quyet-dinh/", body).status_code == 302
    shown = page(enter("syt.canbo"), f"/nhiem-vu/{duty.pk}/")
    assert "Tạm dừng từ 10/12/2021 theo văn bản số 1/QĐ ngày 01/12/2021" in shown
    ruling = Ruling.objects.get(kind="suspend")
    assert page(enter("syt.canbo"), f"/quyet-dinh/{ruling.pk}/tai-lieu/") == pdf_bytes("quyet-dinh.pdf")
    page(enter("stp.canbo"), f"/quyet-dinh/{ruling.pk}/tai-lieu/", 404)
    # Reporting leads nowhere: the form says why.
    answer = enter("syt.canbo").get(f"/nhiem-vu/{duty.pk}/bao-cao/2021-Y/", follow=True)
    assert "đang tạm dừng theo quyết định" in answer.content.decode()


@pytest.mark.parametrize("choice", ["", "never", "not_updated", "overdue", "open", "done", "khong-co"])
def test_the_group_is_filtered_by_the_address(small, enter, choice):
    small.accept("3", "SYT", done_on=date(2021, 12, 1))
    wanted = {"": 4, "never": 3, "not_updated": 3, "overdue": 0, "open": 3, "done": 1, "khong-co": 4}
    text = page(enter("lanhdao"), f"/nhiem-vu/nhom/{small.plan.tasks.get(code='3').pk}/?loc={choice}")
    assert f"{wanted[choice]}/4 cơ quan" in text


def test_milestones_are_shown_with_how_they_stand(small, enter):
    Plan.objects.filter(pk=small.plan.pk).update(state="drafting")
    task = small.plan.tasks.get(code="1")
    for year, due_on, value in (
        (2020, date(2021, 9, 30), 50),
        (2021, date(2021, 12, 14), 90),
        (2022, date(2022, 12, 31), 100),
    ):
        TaskMilestone.objects.create(version=task.current, year=year, due_on=due_on, text=f"Đạt {value} %", value=value)
    Plan.objects.filter(pk=small.plan.pk).update(state="issued")
    small.accept("1", "STP", figure=60)
    with calendar.held_at(calendar.now().replace(day=20)):
        text = page(enter("stp.canbo"), f"/nhiem-vu/{small.assignment('1', 'STP').pk}/")
        facts = next(task for task in plan_facts(small.plan, calendar.today()).tasks if task.code == "1")
    assert [one.reached.value for one in facts.milestones] == ["unknown", "not_met", "ahead"]
    for words in ("Mốc theo năm", "Đã qua mốc, chưa có số liệu", "Chưa đạt", "Chưa đến mốc"):
        assert words in text


def queries(browser, url):
    browser.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(url).status_code == 200
    return len(seen)


def test_the_lists_cost_the_same_for_many_rows(small, enter):
    reviewer = enter("snv.thamdinh")
    task = small.plan.tasks.get(code="3")
    duty = small.assignment("1", "STP")
    rulings.set_done_rule(task=task, done_rule="threshold", done_share=50, by=small.who("snv.thamdinh"))

    def ask(duty):
        asked = requests.ask_extension(
            assignment=duty, new_due_on=date(2022, 1, 31), reason="x", upload=pdf_upload(), by=small.officer("STP")
        )
        return requests.withdraw(request=asked, revision=None, by=small.officer("STP"))

    ask(duty)
    addresses = ("/de-nghi/", f"/nhiem-vu/nhom/{task.pk}/", f"/nhiem-vu/{duty.pk}/", "/api/v1/requests/")
    before = {url: queries(reviewer, url) for url in addresses}
    for _ in range(8):
        ask(duty)
    for number in range(8):
        agency = directory.keep_agency(
            province=small.province, code=f"X{number}", name=f"Cơ quan {number}", kind="so", confirmed=True
        )
        directory.join_group(group=small.group, agency=agency, valid_from=date(2021, 12, 10), by=None)
    assert groups.follow(plan=small.plan, by=None) == 8
    assert {url: queries(reviewer, url) for url in addresses} == before


def test_a_body_that_is_only_asked_is_tracked_and_not_rated(small, enter):
    Plan.objects.filter(pk=small.plan.pk).update(state="drafting")
    small.plan.refresh_from_db()
    plans.add_task(
        section=small.plan.sections.select_related("plan").get(),
        code="DN",
        text=plans.TaskText(
            "Giám sát",
            authority="propose",
            deadline={"deadline_kind": "date", "deadline_to": date(2021, 11, 30)},
            parties=[plans.Party(PartyRole.LEAD, small.agencies["MTTQ"])],
        ),
        deciding_document="x",
    )
    Plan.objects.filter(pk=small.plan.pk).update(state="issued")
    small.plan.refresh_from_db()
    plans.hand_out(plan=small.plan, on=date(2021, 8, 6), by=None)
    facts = plan_facts(small.plan, date(2021, 12, 10))
    assert facts.proposed_assignments.open_overdue == 1
    assert facts.assignment_counts.open_overdue == 1  # task 5 of Sở Y tế
    text = page(enter("mttq.canbo"), f"/nhiem-vu/{small.assignment('DN', 'MTTQ').pk}/")
    assert "chỉ theo dõi, không tính vào tỷ lệ của tỉnh" in text

"""The stories of an agency's officer and head in the browser: what their screens show, step by step.

Every journey has a task (and mostly an agency) of its own, so that they hold in any order.
"""

import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import pdf_bytes
from tests.journeys.test_main_job import confirm_dialog, open_report_form

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

PLAN = "/ke-hoach/yen-bai-186-2021/"


def pdf(name: str, seed: str) -> dict:
    """A PDF to choose in a file input; the same seed gives the same bytes."""
    return {"name": name, "mimeType": "application/pdf", "buffer": pdf_bytes(seed)}


def open_task(page: Page, code: str, agency: str = "") -> str:
    """Go from the list of tasks to the page of one duty; returns its address."""
    page.goto(f"/nhiem-vu/?q={code}")
    rows = page.locator("tbody tr", has=page.get_by_text(code, exact=True))
    (rows.filter(has_text=agency) if agency else rows).first.locator("td a").first.click()
    expect(page.locator("h1")).to_contain_text(code)
    return page.url


def send(page: Page, button: str = "Gửi duyệt") -> None:
    """Send the report that is typed; the page of the task comes."""
    page.get_by_role("button", name=button).click()
    expect(page).to_have_url(re.compile(r"/nhiem-vu/\d+/"))
    expect(page.locator("main")).to_contain_text(re.compile("Chờ duyệt|Chờ thủ trưởng"))


def open_in_queue(page: Page, code: str, agency: str, queue: str = "/duyet/") -> None:
    """Open a report that waits for this person."""
    page.goto(queue)
    row = page.locator("tbody tr", has=page.get_by_text(code, exact=True)).filter(has_text=agency)
    row.locator("td a").first.click()
    expect(page.locator("h1")).to_contain_text(code)


def accept(page: Page, code: str, agency: str) -> None:
    """Accept the report of a duty."""
    open_in_queue(page, code, agency)
    page.get_by_role("button", name="Duyệt báo cáo").click()
    confirm_dialog(page)
    expect(page).to_have_url(re.compile("/duyet/$"))


def test_story_01_an_officer_reports_a_task_and_no_lost_session_loses_the_draft(enter):
    officer = enter("skhdt.canbo")
    officer.goto("/nhiem-vu/")
    expect(officer.get_by_role("columnheader", name="Cơ quan")).to_have_count(0)
    open_report_form(officer, "1.6.3")
    officer.get_by_role("button", name="Gửi duyệt").click()
    expect(officer.get_by_role("alert").first).to_contain_text("kết quả")
    officer.fill("textarea[name=result]", "Đã đối thoại với 45 doanh nghiệp.")
    officer.get_by_role("button", name="Gửi duyệt").click()
    expect(officer.get_by_role("alert").first).to_contain_text("giải trình")
    officer.get_by_role("button", name="Lưu nháp").click()
    expect(officer.locator("main")).to_contain_text("Bản nháp")

    officer.context.clear_cookies()
    officer.goto("/nhiem-vu/")
    expect(officer).to_have_url(re.compile("/tai-khoan/login/"))
    again = enter("skhdt.canbo", anew=True)
    open_report_form(again, "1.6.3")
    expect(again.locator("textarea[name=result]")).to_have_value("Đã đối thoại với 45 doanh nghiệp.")
    again.fill("textarea[name=explanation]", "Biên bản đối thoại gửi sau.")
    send(again)
    version = again.locator("section", has_text="Năm 2021").locator("article").first
    expect(version).to_contain_text("Phạm Quốc Dũng")
    expect(version.locator("time")).to_have_attribute("datetime", re.compile("2021-12-10"))

    neighbour = enter("stc.canbo")
    assert neighbour.goto(again.url).status == 404


def test_story_03_a_returned_report_says_who_why_and_keeps_what_was_sent(enter):
    officer = enter("sgtvt.canbo")
    address = open_task(officer, "3.12")
    main = officer.locator("main")
    for said in ("Trả lại Hà Thị Thu", "17:27 08/12/2021", "Kết quả chưa rõ", "thiếu chỉ tiêu năm"):
        expect(main).to_contain_text(said)
    officer.get_by_role("link", name="Sửa và gửi lại").click()
    expect(main).to_contain_text("trả lại lúc 17:27 08/12/2021")
    officer.fill("textarea[name=result]", "Đã cứng hóa 318/300 km được giao, đạt 106 %.")
    send(officer)
    expect(main).to_contain_text("Lần 2")
    first = officer.locator("article", has_text="Lần 1")
    expect(first).to_contain_text("Đã cứng hóa 318 km đường giao thông nông thôn")
    expect(first).to_contain_text("thiếu chỉ tiêu năm")
    expect(first.locator("textarea, input:not([type=hidden])")).to_have_count(0)
    expect(main).to_contain_text("Nộp đúng hạn")

    reviewer = enter("snv.thamdinh")
    open_in_queue(reviewer, "3.12", "Sở GTVT")
    expect(reviewer.locator("main")).to_contain_text("nộp lần đầu 15:27 03/12/2021")
    assert officer.goto(address).status == 200


def test_story_04_a_wrong_file_goes_freely_before_and_stays_for_the_auditor_after(enter):
    officer = enter("tpyb.canbo")
    open_report_form(officer, "2.2")
    officer.fill("textarea[name=result]", "Đã rà soát 20 thủ tục.")
    chosen = officer.locator("input[type=file]").first
    chosen.set_input_files(
        {"name": "đổi-tên.pdf", "mimeType": "application/pdf", "buffer": b"MZ\x90\x00" + b"\0" * 500}
    )
    officer.get_by_role("button", name="Lưu nháp").click()
    expect(officer.locator("main")).to_contain_text("không phải là PDF")
    officer.locator("input[type=file]").first.set_input_files(pdf("thư của bộ khác.pdf", "story 4 wrong, draft"))
    officer.get_by_role("button", name="Lưu nháp").click()
    expect(officer.locator("main")).to_contain_text("thư của bộ khác.pdf")
    open_report_form(officer, "2.2")
    officer.get_by_role("checkbox", name="Bỏ thư của bộ khác.pdf khỏi báo cáo").check()
    officer.locator("input[type=file]").first.set_input_files(pdf("nhầm lần nữa.pdf", "story 4 wrong, sent"))
    send(officer)
    main = officer.locator("main")
    expect(main).not_to_contain_text("thư của bộ khác.pdf")

    officer.get_by_role("link", name="Thay tài liệu nhầm lần nữa.pdf").click()
    officer.locator("input[type=file]").first.set_input_files(pdf("đúng.pdf", "story 4 right"))
    officer.get_by_role("button", name="Thay và gửi lại").click()
    expect(main).to_contain_text("Cần ghi lý do")
    officer.locator("input[type=file]").first.set_input_files(pdf("đúng.pdf", "story 4 right"))
    officer.fill("textarea[name=reason]", "Đính nhầm thư của bộ khác.")
    officer.get_by_role("button", name="Thay và gửi lại").click()
    expect(main).to_contain_text("Lần 2")
    newest = officer.locator("article").first
    expect(newest.get_by_role("link", name="đúng.pdf", exact=True)).to_be_visible()
    expect(newest).not_to_contain_text("nhầm lần nữa.pdf")

    auditor = enter("kiemtra")
    auditor.goto(officer.url)
    old = auditor.locator("li", has_text="nhầm lần nữa.pdf").first
    expect(old).to_contain_text("Đã thay ra")
    expect(old).to_contain_text("Đính nhầm thư của bộ khác.")
    expect(old).to_contain_text("Triệu Văn Minh")
    expect(old.locator("code")).to_have_text(re.compile("^[0-9a-f]{64}$"))


def test_story_05_one_decision_for_three_tasks_is_linked_and_its_other_scan_flagged(enter):
    officer = enter("sxd.canbo")
    for code, seed in (("2.2", "story 5"), ("2.5", "story 5"), ("2.6", "story 5, scanned again")):
        open_report_form(officer, code)
        officer.fill("textarea[name=result]", f"Đã ban hành quyết định cho việc {code}.")
        officer.locator("input[name=file-0-file]").set_input_files(pdf(f"quyết định {code}.pdf", seed))
        officer.fill("input[name=file-0-number]", "512/QĐ-SXD")
        officer.fill("input[name=file-0-issued_on]", "01/12/2021")
        officer.fill("input[name=file-0-issuer]", "Sở Xây dựng")
        send(officer)
        if code == "2.5":
            expect(officer.locator("body")).to_contain_text(re.compile("đã có trong hệ thống", re.IGNORECASE))
    reviewer = enter("snv.thamdinh")
    open_in_queue(reviewer, "2.5", "Sở Xây dựng")
    used = reviewer.locator("p", has_text="Trùng tệp")
    expect(used.get_by_role("link", name="2.2 (Sở Xây dựng)")).to_be_visible()
    open_in_queue(reviewer, "2.6", "Sở Xây dựng")
    other = reviewer.locator("#accept p", has_text="Kiểm tra").first
    expect(other).to_contain_text(re.compile("số|ký hiệu"))
    expect(other.get_by_role("link", name="2.2 (Sở Xây dựng)")).to_be_visible()


def test_story_06_a_standing_task_is_never_overdue_and_ends_only_by_decision(enter):
    officer = enter("stnmt.canbo")
    address = open_task(officer, "1.8")
    main = officer.locator("main")
    expect(main).to_contain_text("Thường xuyên")
    expect(main).to_contain_text("Chưa cập nhật kỳ này")
    expect(main).not_to_contain_text("Quá hạn")
    expect(main).to_contain_text(re.compile("tỷ lệ"))
    open_report_form(officer, "1.8")
    expect(officer.locator("input[name=done_on]")).to_have_count(0)

    reviewer = enter("snv.thamdinh")
    reviewer.goto(address)
    reviewer.get_by_role("link", name="Ra quyết định").click()
    reviewer.get_by_role("link", name=re.compile("Kết thúc")).click()
    reviewer.get_by_role("button", name="Ghi quyết định").click()
    expect(reviewer.get_by_role("alert").first).to_be_visible()
    reviewer.fill("input[name=document_number]", "77/QĐ-UBND")
    reviewer.fill("input[name=document_date]", "09/12/2021")
    reviewer.fill("input[name=effective_on]", "10/12/2021")
    reviewer.locator("input[name=document]").set_input_files(pdf("77.pdf", "story 6"))
    reviewer.fill("textarea[name=reason]", "Nhiệm vụ chuyển sang kế hoạch năm sau.")
    reviewer.get_by_role("button", name="Ghi quyết định").click()
    expect(reviewer.locator("main")).to_contain_text("77/QĐ-UBND")
    officer.goto(address)
    expect(main).to_contain_text("77/QĐ-UBND")
    expect(main).not_to_contain_text("Chưa cập nhật kỳ này")


def test_story_07_a_conditional_task_waits_for_its_document_then_needs_a_deadline(enter):
    author = enter("snv.thamdinh")
    start_amendment(author, "307/QĐ-UBND")
    author.get_by_role("link", name="Sửa 3.4.3", exact=True).click()
    author.select_option("select[name=deadline_kind]", "conditional")
    author.fill("[name=condition]", "khi Bộ Thông tin và Truyền thông có văn bản triển khai")
    author.fill("[name=reason]", "Chờ hướng dẫn của Bộ.")
    author.get_by_role("button", name="Ghi dòng này").click()
    confirm_amendment(author)

    officer = enter("stttt.canbo")
    open_task(officer, "3.4.3")
    main = officer.locator("main")
    expect(main).to_contain_text("Chưa đến điều kiện")
    expect(main).not_to_contain_text("Quá hạn")
    officer.locator("a[href$='/dieu-kien/']").click()
    officer.fill("input[name=document_number]", "4321/BTTTT-CVT")
    officer.fill("input[name=document_date]", "08/12/2021")
    officer.locator("main form button[type=submit]").first.click()
    expect(officer.get_by_role("alert").first).to_contain_text(re.compile("hạn", re.IGNORECASE))
    officer.fill("input[name=due_on]", "28/12/2021")
    officer.locator("main form button[type=submit]").first.click()
    expect(main).to_contain_text("28/12/2021")
    expect(main).to_contain_text("4321/BTTTT-CVT")
    expect(main).not_to_contain_text("Chưa đến điều kiện")


def test_story_08_an_accepted_figure_is_corrected_with_its_reason(enter):
    officer = enter("skhcn.canbo")
    open_task(officer, "1.7.2")
    card = officer.locator("section.pp-card", has_text="Năm 2021").first
    card.get_by_text("Điều chỉnh báo cáo đã duyệt").click()
    card.locator("form[action$='/dieu-chinh/'] textarea").fill("Số liệu quý IV cộng thiếu một đơn vị.")
    card.get_by_role("button", name="Mở điều chỉnh").click()
    expect(officer.locator("main")).to_contain_text("Số liệu quý IV cộng thiếu một đơn vị.")
    officer.fill("textarea[name=result]", "Số liệu đã cộng đủ các đơn vị.")
    send(officer)
    main = officer.locator("main")
    expect(main).to_contain_text("bản có giá trị")
    expect(officer.locator("article", has_text="bản có giá trị")).not_to_contain_text("cộng đủ")
    accept(enter("snv.thamdinh"), "1.7.2", "Sở KH&CN")
    officer.reload()
    expect(officer.locator("article", has_text="bản có giá trị")).to_contain_text("cộng đủ")
    expect(officer.locator("article", has_text="bản có giá trị")).to_contain_text("Lý do điều chỉnh")


def test_story_09_a_report_leaves_the_agency_only_with_the_heads_approval(enter):
    head = enter("snv.thutruong")
    open_agency_rule(head)
    if head.get_by_role("button", name="Yêu cầu thủ trưởng duyệt").count():
        rule = head.locator("form", has=head.locator("input[value=require]"))
        rule.locator("input[name=document]").fill("15/QC-SNV")
        rule.locator("input[name=valid_from]").fill("10/12/2021")
        rule.get_by_role("button").click()
    expect(head.locator("main")).to_contain_text("15/QC-SNV")

    officer = enter("snv.canbo")
    for code in ("2.2", "2.6"):
        open_report_form(officer, code)
        expect(officer.get_by_role("button", name="Gửi duyệt")).to_have_count(0)
        officer.fill("textarea[name=result]", f"Đã hoàn thành việc {code}.")
        officer.fill("textarea[name=explanation]", "Tài liệu gửi sau.")
        send(officer, "Trình thủ trưởng")
    second = enter("vpub.thamdinh")
    second.goto("/duyet/")
    waits = second.locator("tbody tr", has=second.get_by_text("2.2", exact=True)).filter(has_text="Sở Nội vụ")
    expect(waits).to_have_count(0)

    head.goto("/phe-duyet/")
    for code in ("2.2", "2.6"):
        head.get_by_role("checkbox", name=f"Chọn {code},").check()
    head.get_by_role("button", name="Duyệt và gửi các báo cáo đã chọn").click()
    confirm_dialog(head)
    expect(head.locator("main")).to_contain_text("Không có báo cáo nào chờ bạn duyệt")
    officer.reload()
    expect(officer.locator("main")).to_contain_text("Đặng Văn Thắng")
    second.goto("/duyet/")
    expect(waits).to_have_count(1)

    # Away for a week: a deputy approves, with an account of their own, on these days only.
    open_agency_rule(head)
    form = head.locator("form", has=head.locator("input[value=delegate]"))
    form.locator("select[name=person]").select_option(index=1)
    deputy = form.locator("select[name=person] option").nth(1).inner_text()
    form.locator("input[name=document]").fill("16/GUQ-SNV")
    form.locator("input[name=valid_from]").fill("10/12/2021")
    form.locator("input[name=valid_to]").fill("17/12/2021")
    form.get_by_role("button", name="Ủy quyền").click()
    row = head.locator("tbody tr", has_text="16/GUQ-SNV")
    expect(row).to_contain_text("10/12/2021 – 17/12/2021")
    expect(row).to_contain_text(deputy.split(" (")[0].split(",")[0])


def test_story_10_more_time_keeps_the_old_date_until_it_is_decided(enter):
    officer = enter("sgddt.canbo")
    address = open_task(officer, "IV.1")
    officer.get_by_role("link", name="Xin gia hạn").click()
    officer.locator("main form button[type=submit]").first.click()
    expect(officer.get_by_role("alert").first).to_be_visible()
    officer.fill("input[name=new_due_on]", "31/01/2022")
    officer.fill("textarea[name=reason]", "Chờ số liệu của các trường.")
    officer.locator("input[name=document]").set_input_files(pdf("công văn xin gia hạn.pdf", "story 10"))
    officer.fill("input[name=number]", "99/SGDĐT-VP")
    officer.fill("input[name=issued_on]", "09/12/2021")
    officer.locator("main form button[type=submit]").first.click()
    expect(officer.get_by_role("alert")).to_have_count(0)
    officer.goto(address)
    main = officer.locator("main")
    expect(main).to_contain_text("Thời hạn: 31/12/2021")

    reviewer = enter("snv.thamdinh")
    reviewer.goto("/de-nghi/")
    reviewer.locator("tbody tr", has_text="Sở GD&ĐT").get_by_role("link").first.click()
    expect(reviewer.locator("main")).to_contain_text("hiện tại 31/12/2021, đề nghị 31/01/2022")
    reviewer.get_by_role("button", name="Đồng ý", exact=True).click()
    expect(reviewer.locator("main")).to_contain_text("Đỗ Văn Thịnh")
    officer.goto(address)
    expect(main).to_contain_text("Thời hạn: 31/01/2022")
    expect(main).to_contain_text("Đã gia hạn 1 lần (31/12")


def test_story_11_a_task_that_is_not_ours_stays_until_it_is_given_to_another(enter):
    officer = enter("ttt.canbo")
    address = open_task(officer, "3.8.2")
    officer.get_by_role("link", name="Không thuộc trách nhiệm").click()
    officer.fill("textarea[name=reason]", "Việc này thuộc Công an tỉnh.")
    officer.locator("main form button[type=submit]").first.click()
    expect(officer.get_by_role("alert").first).to_contain_text(re.compile("căn cứ", re.IGNORECASE))
    officer.fill("input[name=legal_ground]", "Điều 5 Quyết định 12/2021/QĐ-UBND")
    officer.locator("main form button[type=submit]").first.click()
    expect(officer.get_by_role("alert")).to_have_count(0)
    officer.goto(address)
    expect(officer.get_by_role("link", name=re.compile("Báo cáo|Tiếp tục|nháp")).first).to_be_visible()

    reviewer = enter("snv.thamdinh")
    reviewer.goto("/de-nghi/")
    reviewer.locator("tbody tr", has_text="3.8.2").get_by_role("link").first.click()
    reviewer.select_option("select[name=to]", label=receiver(reviewer, "Công an"))
    reviewer.get_by_role("button", name="Đồng ý", exact=True).click()
    expect(reviewer.locator("main")).to_contain_text("Chuyển cho")
    reviewer.get_by_role("link", name=re.compile("Công an")).first.click()
    expect(reviewer.locator("h1")).to_contain_text("3.8.2")
    officer.goto(address)
    expect(officer.locator("main")).to_contain_text("Công an")


def receiver(page: Page, words: str) -> str:
    """The label of the agency offered whose name contains the words."""
    labels = page.locator("select[name=to] option").all_inner_texts()
    return next(label for label in labels if words in label)


def open_agency_rule(page: Page) -> None:
    """Go to the rule of Sở Nội vụ about its head's approval, from the page of one of its tasks."""
    open_task(page, "1.1.9")
    page.get_by_role("link", name="Sở Nội vụ", exact=True).first.click()
    page.get_by_role("link", name="Thủ trưởng duyệt, ủy quyền").click()


def start_amendment(page: Page, number: str, day: date = date(2021, 12, 10)) -> None:
    """Begin an amending document of the plan."""
    page.goto(PLAN)
    page.get_by_role("link", name="Sửa đổi", exact=True).click()
    form = page.locator("main form").last
    form.locator("[name=number]").fill(number)
    form.locator("[name=issued_on]").fill(f"{day:%d/%m/%Y}")
    form.locator("[name=issuer]").fill("Ủy ban nhân dân tỉnh")
    form.locator("[name=title]").fill(f"Sửa đổi kế hoạch theo {number}")
    form.locator("[name=effective_on]").fill(f"{day:%d/%m/%Y}")
    form.locator("[name=file]").set_input_files(pdf(f"{number[:3]}.pdf", number))
    form.get_by_role("button", name="Bắt đầu soạn").click()
    expect(page.locator("h1")).to_contain_text(number)


def confirm_amendment(page: Page) -> None:
    """Read the comparison and confirm it."""
    page.get_by_role("link", name="So sánh và xác nhận").click()
    page.get_by_role("button", name="Xác nhận sửa đổi").click()
    confirm_dialog(page)
    expect(page.get_by_role("button", name="Xác nhận sửa đổi")).to_have_count(0)

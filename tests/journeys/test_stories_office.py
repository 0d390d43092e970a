"""The stories of Sở Nội vụ's reviewers and of the specialists in the browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.test_stories_agency import (
    PLAN,
    accept,
    confirm_amendment,
    open_in_queue,
    open_task,
    send,
    start_amendment,
)

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


def test_story_02_a_late_report_is_taken_for_one_agency_and_counted_as_late(enter):
    reviewer = enter("snv.thamdinh")
    address = open_task(reviewer, "1.8", "Sở Ngoại vụ")
    reviewer.get_by_role("link", name="Hạn nộp và ngoại lệ của kỳ").first.click()
    reviewer.get_by_role("link", name="Thêm kỳ báo cáo").click()
    reviewer.select_option("select[name=kind]", label=custom_kind(reviewer))
    for name, value in (
        ("year", "2021"),
        ("name", "Tháng 10 năm 2021"),
        ("code", "2021-T10"),
        ("starts_on", "01/10/2021"),
        ("cut_off", "31/10/2021"),
        ("opens_on", "25/10/2021"),
        ("due_on", "05/11/2021"),
        ("closes_on", "07/11/2021"),
    ):
        reviewer.fill(f"input[name={name}]", value)
    reviewer.get_by_role("button", name="Thêm kỳ", exact=True).click()
    expect(reviewer.get_by_role("alert")).to_have_count(0)

    officer, neighbour = enter("sngv.canbo"), enter("bdtoc.canbo")
    officer.goto(address)
    late = officer.locator("section.pp-card", has_text="Tháng 10 năm 2021").first
    expect(late).to_contain_text("đã đóng nhận báo cáo")

    reviewer.goto(address)
    card = reviewer.locator("section.pp-card", has_text="Tháng 10 năm 2021").first
    card.get_by_role("link", name="Hạn nộp và ngoại lệ của kỳ").click()
    reviewer.select_option("select[name=agency]", label="Sở Ngoại vụ")
    reviewer.locator("#late_expires_on").fill("12/12/2021")
    reviewer.get_by_role("button", name="Cho phép nộp muộn").click()
    expect(reviewer.get_by_role("alert").first).to_contain_text("lý do")
    reviewer.locator("#late_expires_on").fill("12/12/2021")
    reviewer.locator("#late_reason").fill("Cán bộ đầu mối nghỉ ốm.")
    reviewer.get_by_role("button", name="Cho phép nộp muộn").click()
    expect(reviewer.locator("tbody")).to_contain_text("Cán bộ đầu mối nghỉ ốm.")

    officer.reload()
    late.get_by_role("link", name="Báo cáo", exact=True).click()
    officer.fill("textarea[name=result]", "Đã báo cáo tháng 10.")
    officer.fill("textarea[name=explanation]", "Không có văn bản.")
    send(officer)
    expect(late).to_contain_text("Nộp muộn 35 ngày")
    open_task(neighbour, "1.8")
    expect(neighbour.locator("section.pp-card", has_text="Tháng 10 năm 2021").first).to_contain_text(
        "đã đóng nhận báo cáo"
    )
    reviewer.goto(address)
    reviewer.get_by_role("link", name="Sở Ngoại vụ", exact=True).first.click()
    expect(reviewer.locator("main tbody")).to_contain_text("muộn nhất 35 ngày")


def custom_kind(page: Page) -> str:
    """The label of the kind of period whose days are the plan's own."""
    labels = page.locator("select[name=kind] option").all_inner_texts()
    return next(label for label in labels if "riêng" in label.lower() or "khác" in label.lower())


def test_story_12_the_queue_goes_by_due_date_and_never_shows_ones_own_agency(enter):
    reviewer = enter("snv.thamdinh")
    reviewer.goto("/duyet/")
    days = re.findall(r"hạn nộp (\d\d)/(\d\d)/(\d{4})", reviewer.locator("tbody").inner_text())
    assert days
    assert [day[::-1] for day in days] == sorted(day[::-1] for day in days)
    assert "Sở Nội vụ" not in reviewer.locator("tbody td[data-label='Cơ quan']").all_inner_texts()

    open_in_queue(reviewer, "1.6.1", "Sở KH&ĐT")
    main = reviewer.locator("main")
    expect(main.get_by_role("heading", name=re.compile("^Kỳ trước: Quý III"))).to_be_visible()
    expect(main.get_by_role("heading", name=re.compile("^Kỳ này: Năm 2021"))).to_be_visible()
    reviewer.fill("#ask", "Số vốn đăng ký tính đến ngày nào?")
    reviewer.get_by_role("button", name="Gửi câu hỏi").click()
    expect(main).to_contain_text("Số vốn đăng ký tính đến ngày nào?")

    officer = enter("skhdt.canbo")
    open_task(officer, "1.6.1")
    officer.locator("article").first.locator("form textarea").fill("Tính đến 30/11/2021.")
    officer.get_by_role("button", name="Gửi trả lời").click()
    expect(officer.locator("main")).to_contain_text("Tính đến 30/11/2021.")
    reviewer.goto("/duyet/?asked=answered")
    accept(reviewer, "1.6.1", "Sở KH&ĐT")

    # Sở Nội vụ's own reports wait for the second reviewer, and only for them.
    second = enter("vpub.thamdinh")
    open_in_queue(second, "3.1", "Sở Nội vụ")
    expect(second.get_by_role("button", name="Duyệt báo cáo")).to_be_visible()
    address = second.url
    reviewer.goto(address)
    expect(reviewer.get_by_role("button", name="Duyệt báo cáo")).to_have_count(0)


def test_story_13_a_group_shows_how_many_reported_who_did_not_and_is_done_by_a_chosen_rule(enter):
    reviewer = enter("snv.thamdinh")
    open_task(reviewer, "2.7")
    reviewer.get_by_role("link", name="Xem cả nhóm").click()
    main = reviewer.locator("main")
    expect(main).to_contain_text(re.compile(r"\d+/28 đã báo cáo"))
    expect(main).to_contain_text(re.compile(r"\d+/28 hoàn thành"))
    reviewer.get_by_role("link", name=re.compile(r"\d+ chưa báo cáo Năm 2021")).click()
    shown = reviewer.locator("tbody tr").count()
    assert 0 < shown < 28
    expect(reviewer.locator("#names")).to_have_value(re.compile("Sở Tư pháp"))
    assert "Sở GD&ĐT" not in reviewer.locator("tbody").inner_text()

    reviewer.get_by_role("link", name="Ra quyết định").click()
    reviewer.get_by_role("link", name="Chọn cách xác định hoàn thành").click()
    reviewer.select_option("select[name=done_rule]", "threshold")
    reviewer.fill("input[name=done_share]", "80")
    reviewer.fill("textarea[name=reason]", "Thống nhất tại cuộc họp ngày 09/12.")
    reviewer.get_by_role("button", name="Ghi quyết định").click()
    expect(main).to_contain_text("80")
    expect(main).to_contain_text("Thống nhất tại cuộc họp ngày 09/12.")

    member = enter("sct.canbo")
    open_task(member, "2.7")
    expect(member.locator("h1")).to_contain_text("2.7")
    expect(member.locator("main")).not_to_contain_text("Sở GD&ĐT")


def test_story_16_an_amendment_is_compared_confirmed_and_the_plan_of_yesterday_stays(enter):
    author = enter("snv.thamdinh")
    start_amendment(author, "301/QĐ-UBND")
    address = author.url
    author.get_by_role("link", name="Sửa 1.3.4", exact=True).click()
    before = author.locator("textarea[name=title]").input_value()
    after = f"{before} (theo 301/QĐ-UBND)"
    author.fill("textarea[name=title]", after)
    author.get_by_role("button", name="Ghi dòng này").click()
    author.get_by_role("link", name="Bãi bỏ IV.4", exact=True).click()
    author.get_by_role("button", name="Ghi dòng bãi bỏ").click()
    expect(author.get_by_role("alert").first).to_contain_text("bãi bỏ")
    author.fill("textarea[name=reason], input[name=reason]", "Lồng vào kế hoạch của Mặt trận.")
    author.get_by_role("button", name="Ghi dòng bãi bỏ").click()
    author.get_by_role("link", name="So sánh và xác nhận").click()
    main = author.locator("main")
    expect(main.locator("del").first).to_contain_text(before)
    expect(main.locator("ins").first).to_contain_text(after)
    reader = enter("lanhdao")
    reader.goto(PLAN)
    expect(reader.locator("main")).not_to_contain_text("theo 301/QĐ-UBND")
    author.goto(address)
    confirm_amendment(author)
    reader.goto(PLAN)
    expect(reader.locator("main")).to_contain_text(after)
    expect(reader.locator("tr", has=reader.get_by_text("IV.4", exact=True))).to_contain_text("Bãi bỏ theo 301/QĐ-UBND")
    reader.goto(f"{PLAN}?ngay=09/12/2021")
    expect(reader.locator("main")).to_contain_text(before)
    expect(reader.locator("main")).not_to_contain_text("theo 301/QĐ-UBND")
    open_task(reader, "IV.4")
    expect(reader.locator("main")).to_contain_text(re.compile("bãi bỏ", re.IGNORECASE))


def test_story_17_unfinished_tasks_of_the_old_plan_are_offered_and_never_carried_silently(enter):
    author = enter("snv.thamdinh")
    author.goto("/ke-hoach/yen-bai-237-2020/")
    author.get_by_role("link", name=re.compile("Thay thế kế hoạch cũ|Chuyển tiếp nhiệm vụ")).click()
    author.select_option("select[name=old]", "yen-bai-186-2021")
    author.get_by_role("button", name="Ghi kế hoạch được thay thế").click()
    main = author.locator("main")
    expect(main).to_contain_text("3.9")
    boxes = author.get_by_role("checkbox", name=re.compile("^Chuyển tiếp nhiệm vụ"))
    assert boxes.count()
    assert author.locator("input[type=checkbox]:checked").count() == 0
    author.goto("/ke-hoach/yen-bai-237-2020/")
    expect(main).to_contain_text("Hệ thống chưa ghi nhiệm vụ nào của kế hoạch này.")
    expect(author.get_by_role("link", name="Kế hoạch 186/KH-UBND").first).to_be_visible()


def test_story_18_a_task_is_chased_once_a_day_and_its_list_is_ready_to_paste(enter):
    reviewer = enter("snv.thamdinh")
    reviewer.goto("/don-doc/?due=not_updated")
    reviewer.select_option("select[name=agency]", label="UBND huyện Trấn Yên")
    reviewer.get_by_role("button", name="Lọc", exact=True).click()
    boxes = reviewer.get_by_role("checkbox", name=re.compile("^Đôn đốc Ủy ban nhân dân huyện Trấn Yên, nhiệm vụ"))
    box = boxes.and_(reviewer.locator(":enabled")).first
    name = box.get_attribute("aria-label") or ""
    address = reviewer.url
    box.check()
    reviewer.get_by_role("button", name="Xem trước ai sẽ nhận được").click()
    reviewer.get_by_role("button", name="Gửi đôn đốc").click()
    expect(reviewer.locator("main")).to_contain_text("Đã đôn đốc 1 nhiệm vụ của 1 cơ quan.")
    reviewer.goto(address)
    expect(reviewer.get_by_role("checkbox", name=name, exact=True)).to_be_disabled()
    reviewer.goto("/don-doc/danh-sach/?due=not_updated")
    expect(reviewer.locator("textarea")).to_have_value(re.compile("Trấn Yên"))


def test_story_21_a_yearly_milestone_stands_beside_the_final_target(enter):
    author = enter("snv.thamdinh")
    start_amendment(author, "321/QĐ-UBND")
    author.get_by_role("link", name="Sửa 1.3.2", exact=True).click()
    for field, value in (("year", "2022"), ("due_on", "15/12/2022"), ("text", "Đạt 60 % xã"), ("value", "60")):
        author.locator(f"fieldset:has(legend:text-is('Mốc 1')) [name$={field}]").fill(value)
    author.fill("[name=reason]", "Chia mốc theo năm.")
    author.get_by_role("button", name="Ghi dòng này").click()
    confirm_amendment(author)
    officer = enter("vpub.canbo")
    open_task(officer, "1.3.2")
    row = officer.locator("tr", has_text="Đạt 60 % xã")
    expect(row).to_contain_text("15/12/2022")
    expect(officer.locator("main")).to_contain_text("Mốc theo năm")

    # A scheme still being drafted keeps its relative target as it is said, and gives nobody a task.
    specialist = enter("daklak.snv.thamdinh")
    specialist.goto("/ke-hoach/dak-lak-de-an-2021-2025/")
    main = specialist.locator("main")
    expect(main).to_contain_text("PAPI cao hơn 10 % so với mức năm 2020")
    expect(main).to_contain_text("2020: 41,53 điểm")
    expect(main).to_contain_text("Đang xây dựng, chưa giao việc")
    expect(specialist.get_by_role("link", name="Sửa đổi", exact=True)).to_have_count(0)

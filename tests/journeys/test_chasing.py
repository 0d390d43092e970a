"""Story 18 in the browser: look who will be told, press the button, and the agency's people see it."""

import os
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]
SAID = "Đề nghị gửi báo cáo trước thứ sáu tuần này."


def fits_and_passes(page: Page, name: str) -> None:
    """The page is no wider than its window, passes axe, and leaves a picture where one is wanted."""
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{name} is {overflow} px too wide"
    results = Axe().run(page)
    assert results.violations_count == 0, f"{name}: {results.generate_report()[:2000]}"
    if directory := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{directory}/{name}-{page.viewport_size['width']}.png", full_page=True)


@pytest.mark.parametrize("width", [1440, 390])
def test_a_reviewer_looks_who_will_be_told_and_chases(enter, width):
    agency = "Sở Tư pháp" if width == 1440 else "Sở Kế hoạch và Đầu tư"
    reviewer = enter("snv.thamdinh", width)
    reviewer.goto("/don-doc/?due=not_updated")
    fits_and_passes(reviewer, "don-doc")
    box = reviewer.get_by_role("checkbox", name=re.compile(f"^Đôn đốc {agency}, nhiệm vụ")).and_(
        reviewer.locator(":enabled")
    )
    box.first.check()
    reviewer.get_by_role("button", name="Xem trước ai sẽ nhận được").click()
    expect(reviewer.locator("h1")).to_have_text("Ai sẽ nhận được nếu bấm gửi")
    people = reviewer.locator("tbody th").all_inner_texts()
    assert people
    fits_and_passes(reviewer, "don-doc-xem-truoc")
    reviewer.fill("textarea[name=text]", SAID)
    reviewer.get_by_role("button", name="Gửi đôn đốc").click()
    expect(reviewer.locator("main")).to_contain_text("Đã đôn đốc 1 nhiệm vụ của 1 cơ quan.")
    expect(reviewer.locator("tbody tr").first).to_contain_text(SAID)
    for name in people:
        expect(reviewer.locator("tbody tr").first).to_contain_text(name)
    fits_and_passes(reviewer, "don-doc-da-gui")
    reviewer.goto("/don-doc/danh-sach/?due=not_updated")
    expect(reviewer.locator("textarea")).to_have_value(re.compile("Danh sách nhiệm vụ chưa cập nhật kỳ này"))
    fits_and_passes(reviewer, "don-doc-danh-sach")


def test_officer_and_head_see_it_in_the_portal_and_on_the_task(enter):
    reviewer = enter("snv.thamdinh")
    reviewer.goto("/don-doc/?due=not_updated")
    boxes = reviewer.get_by_role("checkbox", name=re.compile("^Đôn đốc Sở Tư pháp, nhiệm vụ"))
    boxes.and_(reviewer.locator(":enabled")).first.check()
    reviewer.get_by_role("button", name="Xem trước ai sẽ nhận được").click()
    reviewer.fill("textarea[name=text]", SAID)
    reviewer.get_by_role("button", name="Gửi đôn đốc").click()
    expect(reviewer.locator("main")).to_contain_text("Đã đôn đốc")
    for who in ("stp.canbo", "stp.thutruong"):
        page = enter(who, 1440 if who == "stp.canbo" else 390)
        page.goto("/thong-bao/")
        expect(page.locator("article").first).to_contain_text(SAID)
        fits_and_passes(page, f"thong-bao-{who}")
        page.locator("article").first.get_by_role("button", name=re.compile("^Mở")).click()
        expect(page).to_have_url(re.compile(r"/nhiem-vu/\d+/$"))
        expect(page.locator("main")).to_contain_text(SAID)
        fits_and_passes(page, f"nhiem-vu-{who}")
        page.goto("/thong-bao/")
        if page.get_by_role("button", name="Đánh dấu đã đọc hết").count():
            page.get_by_role("button", name="Đánh dấu đã đọc hết").click()
        page.goto("/thong-bao/?chua-doc=1")
        expect(page.locator("main")).to_contain_text("Không có thông báo chưa đọc")


@pytest.mark.parametrize("width", [1440, 390])
def test_the_leaders_list_opens(enter, width):
    page = enter("lanhdao", width)
    page.goto("/don-doc/lanh-dao/")
    expect(page.locator("h1")).to_have_text("Quá hạn từ 14 ngày trở lên")
    fits_and_passes(page, "lanh-dao")

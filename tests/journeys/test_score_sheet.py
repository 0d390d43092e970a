"""The last days of a score sheet: the grid by keyboard, the pane beside it, the same on a phone, and sending it."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]
SHEETS = "/chi-so/phieu-cham/"


def fits_and_passes(page: Page) -> None:
    """The page is no wider than its window and passes axe."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == []


def open_sheet(page: Page) -> None:
    page.goto(SHEETS)
    fits_and_passes(page)
    page.get_by_role("link", name=re.compile("Sở Tư pháp")).first.click()
    expect(page.locator("h1")).to_contain_text("Phiếu chấm")


def works_the_grid_by_keyboard(page: Page) -> None:
    page.keyboard.press("ArrowDown")
    rows = page.locator("tr[data-row] a")
    expect(rows.first).to_be_focused()
    page.keyboard.press("End")
    expect(rows.last).to_be_focused()
    page.keyboard.press("Home")
    for _ in range(7):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    pane = page.locator("#pp-pane")
    expect(pane.get_by_role("heading", name=re.compile("II.1.3"))).to_be_visible()
    expect(pane.locator(".pp-layers")).to_contain_text("Nhật ký bỏ trống tháng 7 và tháng 8.")
    expect(pane.locator("form.pp-entry-form select").first).to_be_focused()
    assert "dong=" in page.url
    page.keyboard.press("Escape")
    expect(page.locator('tr[aria-selected="true"] a')).to_be_focused()
    fits_and_passes(page)
    field = pane.get_by_label("Giải trình")
    field.fill("Hai tháng này nền tảng nâng cấp, có thông báo của tỉnh.")
    # What was typed is not lost when another row is opened.
    rows.nth(1).click()
    page.get_by_role("button", name="Không", exact=True).click()
    expect(field).to_have_value(re.compile("nâng cấp"))
    pane.get_by_role("button", name="Lưu, sang dòng sau").click()
    expect(page.get_by_text("Đã lưu II.1.3.")).to_be_visible()
    expect(pane.get_by_role("heading", name=re.compile("II.2"))).to_be_visible()


def explains_on_a_phone(page: Page) -> None:
    fits_and_passes(page)
    page.get_by_role("link", name=re.compile("II.6")).click()
    expect(page.locator("h1")).to_contain_text("II.6")
    fits_and_passes(page)
    page.get_by_label("Giải trình").fill("Nhất trí.")
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(page.get_by_text("Đã lưu II.6.")).to_be_visible()


def test_an_officer_explains_by_keyboard_and_on_a_phone_and_the_head_sends(enter):
    officer = enter("stp.canbo")
    open_sheet(officer)
    works_the_grid_by_keyboard(officer)
    phone = enter("stp.canbo", 390)
    open_sheet(phone)
    explains_on_a_phone(phone)
    head = enter("stp.thutruong")
    open_sheet(head)
    head.get_by_role("link", name="Gửi giải trình").click()
    fits_and_passes(head)
    head.get_by_role("button", name="Gửi giải trình").click()
    expect(head.get_by_text("Đã gửi giải trình.")).to_be_visible()
    expect(head.locator("main")).to_contain_text("Chờ thẩm định lần 2")
    reviewer = enter("snv.thamdinh")
    open_sheet(reviewer)
    reviewer.get_by_role("link", name="Kết thúc thẩm định").click()
    fits_and_passes(reviewer)


def test_the_pages_of_whoever_keeps_the_year_fit_and_pass(enter):
    specialist = enter("snv.chuyenvien", 390)
    specialist.goto(f"{SHEETS}mo-nam/")
    fits_and_passes(specialist)

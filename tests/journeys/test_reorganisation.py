"""Story 14 in a real browser: a proposal is read, completed, applied, and a duty moved by its own button."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.test_main_job import confirm_dialog

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

TITLE = "Sở Thông tin và Truyền thông: sáp nhập vào Sở Khoa học và Công nghệ"


def fits(page: Page) -> None:
    """The page is no wider than its window and passes axe."""
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()[:2000]


def test_a_merger_is_applied_and_its_duties_move_one_by_one(served, enter):
    # The day lies ahead of the demonstration's clock, so the other journeys find the agencies as they are.
    served.manage("propose_reorganisations", "--province", "yen-bai")
    administrator = enter("quantri")
    administrator.goto("/")
    administrator.get_by_role("link", name="Tổ chức").first.click()
    administrator.get_by_role("link", name=TITLE).click()
    expect(administrator.locator("main")).to_contain_text("Chưa ghi số và ngày quyết định")
    expect(administrator.locator("main")).to_contain_text("hoạt động đến hết ngày 28/02/2025")
    administrator.get_by_role("link", name="Sửa phương án").click()
    fits(administrator)
    administrator.fill("input[name=decision_number]", "08/NQ-HĐND")
    administrator.fill("input[name=decided_on]", "09/12/2021")
    administrator.get_by_role("button", name="Lưu phương án").click()
    expect(administrator.locator("main")).not_to_contain_text("Chưa ghi số và ngày quyết định")
    fits(administrator)
    administrator.check("input[name=read]")
    administrator.get_by_role("button", name="Áp dụng").click()
    confirm_dialog(administrator)
    expect(administrator.locator("main")).to_contain_text("Đã thay đổi")
    address = administrator.url

    reviewer = enter("snv.thamdinh", width=360)
    reviewer.goto(address)
    expect(reviewer.locator("main")).to_contain_text("Nhiệm vụ còn mở")
    waiting = reviewer.locator("button[name=one]").count()
    reviewer.locator("button[name=one]").first.click()
    expect(reviewer.locator("main")).to_contain_text("Đã xác nhận")
    expect(reviewer.locator("button[name=one]")).to_have_count(waiting - 1)
    fits(reviewer)

    # Several ticked lines go together, each with its own event.
    for box in reviewer.locator("input[name=row]").all()[:2]:
        box.check()
    reviewer.get_by_role("button", name=re.compile("Xác nhận các dòng đã chọn")).click()
    expect(reviewer.locator("button[name=one]")).to_have_count(waiting - 3)

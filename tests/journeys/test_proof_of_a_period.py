"""Story 24 in the browser: a period is closed, reopened, and an auditor walks from a figure to files and hashes."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]
PLAN = "/ke-hoach/yen-bai-186-2021/"


def beyond_reproach(page: Page) -> None:
    """No serious fault for people with disabilities, nothing wider than the window."""
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def test_a_period_is_closed_and_an_auditor_traces_its_figure(enter, served):
    reviewer = enter("snv.thamdinh")
    reviewer.goto(PLAN)
    reviewer.get_by_role("link", name="Các kỳ báo cáo").click()
    card = reviewer.locator("section", has_text="Quý III")
    card.get_by_role("link", name="Chốt kỳ").click()
    expect(reviewer.locator("main")).to_contain_text("Số liệu sẽ niêm phong")
    beyond_reproach(reviewer)
    reviewer.get_by_role("button", name="Chốt kỳ và niêm phong").click()
    expect(reviewer.locator("h1")).to_contain_text("lần chốt 1")

    auditor = enter("kiemtra")
    auditor.goto(PLAN)
    auditor.get_by_role("link", name="Các kỳ báo cáo").click()
    expect(auditor.get_by_role("link", name="Mở lại")).to_have_count(0)
    auditor.get_by_role("link", name="Lần 1", exact=True).click()
    with auditor.expect_download() as download:
        auditor.get_by_role("link", name="Tải bản niêm phong").click()
    content = Path(download.value.path()).read_bytes()
    expect(auditor.locator("main")).to_contain_text(hashlib.sha256(content).hexdigest())
    sealed = json.loads(content)
    wanted = next(
        one
        for one in sealed["assignments"]
        if one["report"] and one["report"]["accepted"] and one["report"]["versions"][-1]["evidence"]
    )
    evidence = wanted["report"]["versions"][-1]["evidence"][0]
    auditor.get_by_role("link", name=wanted["agency_name"], exact=True).first.click()
    beyond_reproach(auditor)
    row = auditor.locator("#chi-tiet tr", has_text=wanted["title"]).first
    expect(row).to_contain_text(evidence["sha256"])
    row.get_by_role("link", name="Dấu vết của báo cáo này").click()
    main = auditor.locator("main")
    expect(main).to_contain_text(evidence["sha256"])
    expect(main).to_contain_text("Hiện trạng khớp niêm phong")
    expect(main).to_contain_text(re.compile("Duyệt báo cáo"))
    beyond_reproach(auditor)

    reviewer.goto(f"{PLAN}ky/")
    card = reviewer.locator("section", has_text="Quý III")
    card.get_by_role("link", name="Mở lại").click()
    reviewer.get_by_role("button", name="Mở lại kỳ").click()
    expect(reviewer.locator("main")).to_contain_text("Cần ghi lý do mở lại.")
    reviewer.fill("[name=reason]", "Hệ thống lỗi ngày cuối kỳ")
    reviewer.fill("[name=approver]", "Nguyễn Văn A, Phó Chủ tịch UBND tỉnh")
    reviewer.fill("[name=document]", "12/UBND-NC ngày 21/9/2021")
    today = reviewer.locator(".pp-demo").inner_text()
    reviewer.fill("[name=expires_on]", re.search(r"\d\d/\d\d/\d{4}", today)[0])
    reviewer.get_by_role("button", name="Mở lại kỳ").click()
    expect(reviewer.locator("main")).to_contain_text("Đang mở lại đến hết")

    auditor.get_by_role("navigation", name="Điều hướng chính").get_by_role("link", name="Dấu vết").click()
    beyond_reproach(auditor)
    auditor.get_by_role("link", name="Gia hạn, mở lại, ngoại lệ").click()
    expect(auditor.locator("tbody tr", has_text="Hệ thống lỗi ngày cuối kỳ")).to_have_count(1)
    with auditor.expect_download() as download:
        auditor.get_by_role("link", name="Xuất Excel").click()
    assert Path(download.value.path()).read_bytes()[:2] == b"PK"

    assert "Nguyên vẹn" in served.manage("verify_trail")
    hold_on_a_phone(enter)


def hold_on_a_phone(enter):
    """Digests are long words: no page of the trail or of a close is wider than a phone."""
    page = enter("kiemtra", width=390)
    for path in ("/dau-vet/", f"{PLAN}ky/", f"{PLAN}ky/2021-Q3/lan-chot/1/so-sanh/"):
        page.goto(path)
        beyond_reproach(page)
    page.goto(f"{PLAN}ky/2021-Q3/lan-chot/1/")
    page.locator("tbody th a").nth(1).click()
    beyond_reproach(page)
    page.goto("/dau-vet/?action=progress.accept")
    page.locator("tbody a[href*='plans.progress']").first.click()
    page.get_by_text("Mã băm và niêm phong").last.click()
    beyond_reproach(page)

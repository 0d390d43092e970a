"""The portal's main job, as its people do it, in a real browser."""

import io
import json
import re
import subprocess
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.conftest import pdf_bytes

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

PLAN = "yen-bai-186-2021"


def open_report_form(page: Page, task: str) -> None:
    """Go from the list of my tasks to the form of a task."""
    page.goto(f"/nhiem-vu/?q={task}")
    row = page.locator("tbody tr", has=page.get_by_text(task, exact=True)).first
    row.get_by_role("link", name=re.compile("Báo cáo")).click()
    expect(page.locator("textarea[name=result]")).to_be_visible()


def figure(page: Page) -> str:
    """The done / counted figure of tasks on the dashboard."""
    page.goto(f"/ke-hoach/{PLAN}/tong-quan/")
    return page.locator("[data-figure=progress]").inner_text()


def wait_for_run(page: Page) -> bytes:
    """Wait until the asked report is ready, then download it."""
    link = page.get_by_role("link", name=re.compile("Tải"))
    expect(link.first).to_be_visible(timeout=120_000)
    with page.expect_download() as waiting:
        link.first.click()
    return Path(waiting.value.path()).read_bytes()


def pdf_text(content: bytes, tmp_path: Path) -> str:
    path = tmp_path / "report.pdf"
    path.write_bytes(content)
    return subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout


def test_a_task_goes_from_report_to_the_year_end_pdf(served, enter, tmp_path):
    officer, reviewer, leader = enter("stp.canbo"), enter("snv.thamdinh"), enter("lanhdao")
    before = json.loads(served.manage("show_plan", "186/KH-UBND", "--json"))
    done_before = sum(before["counts"]["tasks"][key] for key in before["counts"]["tasks"] if key.startswith("done"))
    shown_before = figure(reviewer)
    assert f"{done_before}/" in shown_before

    # The officer reports task 1.2 with a PDF as evidence.
    open_report_form(officer, "1.2")
    officer.fill("textarea[name=result]", "Đã tự kiểm tra 12 văn bản; kết quả gửi UBND tỉnh.")
    officer.fill("input[name=done_on]", "09/12/2021")
    officer.locator("input[type=file]").first.set_input_files(
        {"name": "Báo cáo kiểm tra văn bản.pdf", "mimeType": "application/pdf", "buffer": pdf_bytes("journey")}
    )
    officer.get_by_role("button", name=re.compile("Gửi")).click()
    expect(officer.locator("main")).to_contain_text("Chờ duyệt")

    # The reviewer returns it with a reason.
    reviewer.goto("/duyet/")
    reviewer.get_by_role("link", name=re.compile(r"1\.2")).first.click()
    expect(reviewer.locator("main")).to_contain_text("Đã tự kiểm tra 12 văn bản")
    reviewer.select_option("select[name=reason_code]", "missing_figures")
    reviewer.fill("textarea[name=reason]", "Ghi rõ số văn bản trái quy định đã phát hiện.")
    reviewer.get_by_role("button", name=re.compile("Trả lại")).click()
    confirm_dialog(reviewer)
    expect(reviewer).to_have_url(re.compile("/duyet/$"))

    # The officer sees why, and hands it in again.
    officer.goto("/")
    expect(officer.locator("main")).to_contain_text("Ghi rõ số văn bản trái quy định")
    open_report_form(officer, "1.2")
    expect(officer.locator("textarea[name=result]")).to_have_value(re.compile("12 văn bản"))
    officer.fill("textarea[name=result]", "Đã tự kiểm tra 12 văn bản, 01 văn bản phải sửa; kết quả gửi UBND tỉnh.")
    officer.get_by_role("button", name=re.compile("Gửi")).click()
    expect(officer.locator("main")).to_contain_text("Chờ duyệt")

    # The leader looks at the dashboard while the reviewer accepts: the figure changes by itself.
    leader.goto(f"/ke-hoach/{PLAN}/tong-quan/")
    expect(leader.locator("[data-figure=progress]")).to_contain_text(f"{done_before}/")
    reviewer.goto("/duyet/")
    reviewer.get_by_role("link", name=re.compile(r"1\.2")).first.click()
    expect(reviewer.locator("main")).to_contain_text("01 văn bản phải sửa")
    reviewer.get_by_role("button", name=re.compile("Duyệt|Chấp nhận")).first.click()
    confirm_dialog(reviewer)
    expect(reviewer).to_have_url(re.compile("/duyet/$"))
    expect(leader.locator("[data-figure=progress]")).to_contain_text(f"{done_before + 1}/", timeout=30_000)

    # The year-end report made from the page counts it.
    ask_for(reviewer, "year_end", "pdf")
    text = pdf_text(wait_for_run(reviewer), tmp_path)
    after = json.loads(served.manage("show_plan", "186/KH-UBND", "--json"))
    done_after = sum(after["counts"]["tasks"][key] for key in after["counts"]["tasks"] if key.startswith("done"))
    assert done_after == done_before + 1
    assert f"{done_after}/" in text
    assert "01 văn bản phải sửa" in " ".join(text.split())

    # The same facts as a workbook; the officer's own report; the leader's page.
    ask_for(reviewer, "year_end", "xlsx")
    assert load_workbook(io.BytesIO(wait_for_run(reviewer))).sheetnames
    ask_for(officer, "agency", "pdf")
    assert "Sở Tư pháp".upper() in pdf_text(wait_for_run(officer), tmp_path).upper()
    ask_for(leader, "summary", "pdf")
    assert pdf_text(wait_for_run(leader), tmp_path).count("\f") == 1


def confirm_dialog(page: Page) -> None:
    """Press the confirming button when the page asks back."""
    dialog = page.locator("dialog[open]")
    if dialog.count():
        dialog.locator("button").last.click()


def ask_for(page: Page, code: str, form: str) -> None:
    """Ask for a report on the reports page."""
    page.goto("/bao-cao/")
    page.select_option("select[name=code]", code)
    page.select_option("select[name=plan]", index=find_option(page, "select[name=plan]", "186/KH-UBND"))
    page.fill("input[name=year]", "2021")
    page.select_option("select[name=format]", form)
    page.locator("main form").get_by_role("button", name=re.compile("Lập|Tạo|Xuất")).click()


def find_option(page: Page, selector: str, words: str) -> int:
    labels = page.locator(f"{selector} option").all_inner_texts()
    return next(position for position, label in enumerate(labels) if words in label)

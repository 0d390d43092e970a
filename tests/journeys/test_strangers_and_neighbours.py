"""What others do not see, in the browser; pages at two widths; what goes wrong is said."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.conftest import pdf_bytes

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


def test_a_neighbour_gets_404_for_task_and_file(enter):
    officer, neighbour = enter("stp.canbo"), enter("syt.canbo")
    officer.goto("/nhiem-vu/?q=1.2")
    officer.locator("tbody a").first.click()
    address = officer.url
    file_link = officer.locator("a[href*='/minh-chung/']").first.get_attribute("href")
    assert neighbour.goto(address).status == 404
    expect(neighbour.locator("h1")).to_be_visible()
    assert neighbour.request.get(file_link).status == 404
    assert officer.request.get(file_link).status == 200


def test_bad_input_keeps_what_was_typed(enter):
    page = enter("syt.canbo")
    page.goto("/nhiem-vu/?q=3.9")
    page.locator("tbody tr").first.get_by_role("link", name=re.compile("Báo cáo")).click()
    page.fill("textarea[name=result]", "Văn bản đã gõ không được mất.")
    page.fill("input[name=done_on]", "31/02/2021")
    page.fill("input[name=figure]", "12;5")
    page.locator("input[type=file]").first.set_input_files(
        {"name": "virus.pdf", "mimeType": "application/pdf", "buffer": b"MZ\x90\x00" + b"\0" * 500}
    )
    page.get_by_role("button", name=re.compile("Gửi")).click()
    main = page.locator("main")
    expect(main).to_contain_text(re.compile("12;5|Số liệu"))
    expect(page.locator("textarea[name=result]")).to_have_value("Văn bản đã gõ không được mất.")
    expect(page.locator("input[name=done_on]")).to_have_value("31/02/2021")
    page.fill("input[name=done_on]", "")
    page.fill("input[name=figure]", "12,5")
    page.locator("input[type=file]").first.set_input_files(
        {"name": "virus.pdf", "mimeType": "application/pdf", "buffer": b"MZ\x90\x00" + b"\0" * 500}
    )
    page.get_by_role("button", name=re.compile("Gửi")).click()
    expect(main).to_contain_text("không phải là PDF")
    expect(page.locator("textarea[name=result]")).to_have_value("Văn bản đã gõ không được mất.")
    page.locator("input[type=file]").first.set_input_files(
        {"name": "thật.pdf", "mimeType": "application/pdf", "buffer": pdf_bytes("real")}
    )
    page.get_by_role("button", name=re.compile("Lưu")).click()
    expect(main).to_contain_text(re.compile("Nháp|nháp"))


PLAN = "/ke-hoach/yen-bai-186-2021/"
TASK, GROUP, AGENCY = "a task", "a group", "an agency"


def address_of(page: Page, path: str) -> str:
    """Return the address; that of a task, a group or an agency is found as a person finds it, by following links."""
    if path.startswith("/"):
        return path
    page.goto("/nhiem-vu/?q=2.4")
    page.locator("tbody tr", has=page.get_by_text("2.4", exact=True)).first.locator("td a").first.click()
    expect(page.locator("h1")).to_contain_text("2.4")
    for start, link in ((GROUP, "a[href*='/nhiem-vu/nhom/']"), (AGENCY, "main a[href*='/co-quan/']")):
        if path.startswith(start):
            page.goto(page.locator(link).first.get_attribute("href") or "")
    return page.url + path.removeprefix(TASK).removeprefix(GROUP).removeprefix(AGENCY).strip()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize(
    ("who", "paths"),
    [
        ("stp.canbo", ["/", "/nhiem-vu/", "/ke-hoach/", "/ke-hoach/yen-bai-186-2021/", "/bao-cao/"]),
        ("snv.thamdinh", ["/", "/duyet/", "/ke-hoach/yen-bai-186-2021/tong-quan/", "/nhiem-vu/"]),
        ("lanhdao", ["/", "/ke-hoach/yen-bai-186-2021/tong-quan/"]),
        ("quantri", ["/", "/quan-tri/"]),
        ("kiemtra", ["/"]),
        ("stp.canbo", ["/thong-bao/", "/de-nghi/", TASK, AGENCY, f"{TASK} xin-gia-han/", f"{TASK} tu-choi/"]),
        ("snv.thutruong", ["/phe-duyet/", f"{AGENCY} phe-duyet/"]),
        ("snv.thamdinh", ["/don-doc/", "/de-nghi/", "/kien-nghi/", "/to-chuc/", GROUP, f"{TASK} quyet-dinh/"]),
        ("snv.thamdinh", [f"{PLAN}ky/", f"{PLAN}ky/them/", f"{PLAN}sua-doi/", f"{PLAN}thay-the/", f"{PLAN}ket-thuc/"]),
        ("kiemtra", ["/dau-vet/", TASK, GROUP]),
        ("lanhdao", ["/thong-bao/", AGENCY, "/don-doc/lanh-dao/"]),
    ],
)
def test_pages_fit_their_width_and_pass_axe(enter, who, paths, width):
    page = enter(who, width)
    for path in paths:
        answer = page.goto(address_of(page, path))
        assert answer.status == 200, path
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{path} is {overflow} px wider than {width}"
        if not path.startswith("/quan-tri"):
            results = Axe().run(page)
            assert results.violations_count == 0, f"{path}: {results.generate_report()[:2000]}"


def test_the_log_in_page_says_no_in_vietnamese(served, browser):
    page = browser.new_page()
    page.goto(f"{served.url}/nhiem-vu/")
    assert "/tai-khoan/login/" in page.url
    page.fill("input[name=login]", "stp.canbo")
    page.fill("input[name=password]", "sai-mat-khau")
    page.click("main button[type=submit]")
    expect(page.locator("main")).to_contain_text("không đúng")
    page.close()

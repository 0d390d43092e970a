"""Pages, files and API of the analyses: who opens them, what they cost, that they work without scripts."""

import io
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from reports.models import Scenario
from tests.api.conftest import api
from tests.indicators.sheets import build, keep_framework
from tests.plans.conftest import enter
from tests.reports.test_scenario_actions import begun
from tests.reports.test_score_analysis_facts import par_2017, serve

__all__ = ["api", "enter"]


@pytest.fixture
def work(small):
    return build(small)


@pytest.fixture
def sheet(work):
    return work.fill(work.open("STP"))


def page_of(answer):
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_the_list_of_analyses_leads_to_what_a_person_may_read(work, sheet, enter):
    page = page_of(enter("stp.canbo").get("/bao-cao/phan-tich/"))
    assert f"/bao-cao/phan-tich/diem-nguy-co/{sheet.pk}/" in page
    assert f"/bao-cao/phan-tich/do-phu/{work.small.plan.code}/" in page
    assert f"diem-nguy-co/{sheet.pk}/" not in page_of(enter("syt.canbo").get("/bao-cao/phan-tich/"))
    assert page.count('aria-current="page"') == 1


def test_the_map_leads_to_a_task_in_two_clicks(work, sheet, enter):
    component = work.entry(sheet, "I.1").component
    plan = serve(work.small, component)
    client = enter("lanhdao")
    page = page_of(client.get(f"/bao-cao/phan-tich/do-phu/{plan.code}/"))
    task = re.search(r"/nhiem-vu/\d+/", page)
    assert task and client.get(task[0]).status_code == 200
    assert "Chưa có nhiệm vụ" in page
    assert client.get(f"/bao-cao/phan-tich/do-phu/{plan.code}/?chi-so=KHONG").status_code == 404
    assert page_of(client.get(f"/bao-cao/phan-tich/do-phu/{plan.code}/?ngay=01/09/2021"))
    book = load_workbook(io.BytesIO(client.get(f"/bao-cao/phan-tich/do-phu/{plan.code}/xuat/xlsx/").content))
    assert book.sheetnames[0] == "Thành phần"
    # Who reads no reports of other agencies is led to the plan's text.
    page = page_of(enter("syt.canbo").get(f"/bao-cao/phan-tich/do-phu/{plan.code}/"))
    assert "/nhiem-vu/" not in page.split("<main")[1]


def test_a_plan_without_a_framework_says_so(small, enter):
    page = page_of(enter("lanhdao").get(f"/bao-cao/phan-tich/do-phu/{small.plan.code}/"))
    assert "Chưa có bộ tiêu chí" in page


def test_the_ledger_is_a_page_and_a_workbook_with_numbers(work, sheet, enter):
    client = enter("stp.canbo")
    page = page_of(client.get(f"/bao-cao/phan-tich/diem-nguy-co/{sheet.pk}/"))
    assert "16,53" in page
    assert "Chưa chấm" in page
    answer = client.get(f"/bao-cao/phan-tich/diem-nguy-co/{sheet.pk}/xuat/xlsx/")
    book = load_workbook(io.BytesIO(answer.content))
    rows = list(book["Sổ điểm"].iter_rows(min_row=4, values_only=True))
    assert [(row[0], row[2], row[3], row[7]) for row in rows] == [
        ("I.2", 7, 5, 7), ("S", 5, None, 5), ("I.1", 3, 3, 3), ("II.6", 10, 8.47, 1.53),
    ]  # fmt: skip
    assert client.get(f"/bao-cao/phan-tich/diem-nguy-co/{sheet.pk}/xuat/csv/").content.startswith(b"\xef\xbb\xbf")
    assert client.get(f"/bao-cao/phan-tich/diem-nguy-co/{sheet.pk}/xuat/pdf/").status_code == 404


@pytest.mark.parametrize("page", ["diem-nguy-co", "mat-diem", "thay-doi"])
def test_a_sheet_of_another_agency_is_not_there(work, enter, page, elsewhere):
    sheet = work.bring("settled")
    assert enter("syt.canbo").get(f"/bao-cao/phan-tich/{page}/{sheet.pk}/").status_code == 404
    stranger = Client()
    stranger.force_login(elsewhere.who("lanhdao"))
    assert stranger.get(f"/bao-cao/phan-tich/{page}/{sheet.pk}/").status_code == 404


def test_loss_and_change_are_pages(work, enter):
    before, after = work.bring("settled", year=2020), work.bring("settled")
    client = enter("stp.thutruong")
    page = page_of(client.get(f"/bao-cao/phan-tich/mat-diem/{after.pk}/"))
    assert "3,53" in page
    assert client.get(f"/bao-cao/phan-tich/mat-diem/{after.pk}/xuat/xlsx/").status_code == 200
    page = page_of(client.get(f"/bao-cao/phan-tich/thay-doi/{after.pk}/"))
    assert "2020: 16,47 điểm → 2021: 16,47 điểm" in page
    assert client.get(f"/bao-cao/phan-tich/thay-doi/{before.pk}/").status_code == 404


def test_published_losses_are_those_of_the_own_province(small, enter, elsewhere):
    par_2017(small)
    page = page_of(enter("stp.canbo").get("/bao-cao/phan-tich/mat-diem/PAR/2017/"))
    assert "24,63" in page
    stranger = Client()
    stranger.force_login(elsewhere.who("lanhdao"))
    assert stranger.get("/bao-cao/phan-tich/mat-diem/PAR/2017/").status_code == 404
    assert stranger.get("/bao-cao/phan-tich/thay-doi/PAR/2017/").status_code == 404
    assert enter("quantri").get("/bao-cao/phan-tich/mat-diem/XYZ/2017/").status_code == 404


# --- scenarios -----------------------------------------------------------------------------------------------


def fields_of(page):
    """Return what a form without scripts would send."""
    found = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*?value="([^"]*)"', page))
    found |= {name: value for value, name in re.findall(r'<input[^>]*value="([^"]*)"[^>]*?name="([^"]+)"', page)}
    return {name: value for name, value in found.items() if name != "csrfmiddlewaretoken"}


def test_a_scenario_is_written_with_plain_forms(work, sheet, enter):
    component = work.entry(sheet, "I.2").component
    plan = serve(work.small, component)
    client = enter("snv.chuyenvien")
    assert f'value="{sheet.pk}" selected' in page_of(client.get(f"/bao-cao/phan-tich/kich-ban/tao/?phieu={sheet.pk}"))
    answer = client.post("/bao-cao/phan-tich/kich-ban/tao/", {"sheet": sheet.pk, "name": "Cuối năm"})
    mine = Scenario.objects.get()
    assert answer.url == f"/bao-cao/phan-tich/kich-ban/{mine.pk}/"
    sent = fields_of(page_of(client.get(answer.url)))
    key, task = component.pk, plan.tasks.get()
    sent |= {f"low_{key}": "6", f"high_{key}": "6,5", f"task_{key}": task.pk, f"closes_{key}": "15/12/2021"}
    assert client.post(answer.url, sent).status_code == 302
    page = page_of(client.get(answer.url))
    assert "6,00–6,50" in page
    assert "khi nhiệm vụ S1 xong trước ngày 15/12/2021" in page
    assert client.post(answer.url, sent).status_code == 409  # it was read before the last change
    wrong = {**fields_of(page), f"low_{key}": "9", f"high_{key}": "x"}
    answer = client.post(answer.request["PATH_INFO"], wrong)
    assert answer.status_code == 422
    reader = enter("snv.thamdinh")
    assert '<form method="post" novalidate data-guard' not in page_of(
        reader.get(f"/bao-cao/phan-tich/kich-ban/{mine.pk}/")
    )
    assert reader.post(f"/bao-cao/phan-tich/kich-ban/{mine.pk}/", sent).status_code == 404
    mine.refresh_from_db()
    answer = client.post(f"/bao-cao/phan-tich/kich-ban/{mine.pk}/bo/", {"revision": mine.revision})
    assert answer.status_code == 302
    assert client.get(f"/bao-cao/phan-tich/kich-ban/{mine.pk}/").status_code == 404


def test_who_writes_no_scenarios_finds_no_form(work, sheet, enter):
    assert enter("snv.thamdinh").get("/bao-cao/phan-tich/kich-ban/tao/").status_code == 404
    mine = begun(work, sheet)
    assert enter("stp.canbo").get(f"/bao-cao/phan-tich/kich-ban/{mine.pk}/").status_code == 404


def test_the_pages_cost_the_same_for_3_rows_as_for_30(work, enter):
    extra = [{"code": f"X{n}", "name": f"Thêm {n}", "max_score": 1} for n in range(30)]
    few, many = work.open("STP"), work.open("STP", framework=keep_framework(code="bo-lon", extra=extra))
    plans = [serve(work.small, work.entry(one, "I.1").component, code=f"S{one.pk}") for one in (few, many)]
    kept = [begun(work, one) for one in (few, many)]
    client = enter("lanhdao")

    def cost(path):
        with CaptureQueriesContext(connection) as seen:
            assert client.get(path).status_code == 200, path
        return len(seen)

    base = "/bao-cao/phan-tich"
    client.get(f"{base}/")
    for path, first, second in (
        ("diem-nguy-co", few.pk, many.pk),
        ("do-phu", plans[0].code, plans[1].code),
        ("kich-ban", kept[0].pk, kept[1].pk),
    ):
        assert cost(f"{base}/{path}/{first}/") == cost(f"{base}/{path}/{second}/"), path
    lists = [cost(f"{base}/"), cost(f"{base}/kich-ban/")]
    for number in range(10):
        begun(work, few, f"Thêm {number}")
        serve(work.small, work.entry(few, "I.1").component, code=f"T{number}")
    assert [cost(f"{base}/"), cost(f"{base}/kich-ban/")] == lists


# --- the API -------------------------------------------------------------------------------------------------


def test_the_api_tells_the_same_figures(work, api):
    sheet = work.bring("settled")
    serve(work.small, work.entry(sheet, "I.2").component)
    client = api("lanhdao")
    rows = client.send("get", "score-analyses/?year=2021").json()["results"]
    assert [row["id"] for row in rows] == [sheet.pk]
    ledger = client.send("get", f"score-analyses/{sheet.pk}/risk/").json()
    assert (ledger["recoverable"], ledger["max_score"]) == ("13.53", "25")
    assert next(row for row in ledger["rows"] if row["code"] == "S")["score"] is None
    loss = client.send("get", f"score-analyses/{sheet.pk}/loss/").json()
    assert (loss["lost"], loss["blank"]) == ("3.53", 1)
    assert client.send("get", f"score-analyses/{sheet.pk}/change/").json()["code"] == "not_yet"
    assert api("syt.canbo").send("get", f"score-analyses/{sheet.pk}/risk/").status_code == 404


def test_the_api_reads_a_coverage_map(work, sheet, api):
    plan = serve(work.small, work.entry(sheet, "I.1").component)
    client = api("stp.canbo")
    found = client.send("get", f"coverage/{plan.pk}/?index=PAR&as_of=2021-12-10").json()
    assert {row["code"]: row["verdict"] for row in found["rows"]}["I.1"] == "covered"
    assert client.send("get", f"coverage/{plan.pk}/?index=XYZ").status_code == 404
    assert client.send("get", f"coverage/{plan.pk}/?as_of=hom-nay").status_code == 400


def test_the_api_writes_a_scenario_by_revisions(work, sheet, api):
    client = api("snv.chuyenvien")
    made = client.send("post", "scenarios/", {"sheet": sheet.pk, "name": "Cuối năm"})
    assert made.status_code == 201
    key = made.json()["id"]
    lines = [{"component": work.entry(sheet, "I.2").component_id, "low": "6", "high": "7"}]
    body = {"name": "Cuối năm", "lines": lines}
    assert client.send("patch", f"scenarios/{key}/", body).status_code == 428
    saved = client.send("patch", f"scenarios/{key}/", body, revision=1)
    assert (saved.status_code, saved["ETag"]) == (200, '"2"')
    assert next(row for row in saved.json()["rows"] if row["code"] == "I.2")["basis"] == "assumed"
    assert client.send("patch", f"scenarios/{key}/", body, revision=1).status_code == 409
    wrong = {"name": "x", "lines": [{**lines[0], "low": "9"}]}
    assert client.send("patch", f"scenarios/{key}/", wrong, revision=2).status_code == 422
    assert api("snv.thamdinh").send("patch", f"scenarios/{key}/", body, revision=2).status_code == 403
    assert api("stp.canbo").send("get", f"scenarios/{key}/").status_code == 404
    assert api("stp.canbo").send("post", "scenarios/", {"sheet": sheet.pk, "name": "x"}).status_code == 403
    assert client.send("post", f"scenarios/{key}/drop/", revision=2).status_code == 204

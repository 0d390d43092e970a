"""Pages and API of surveys: who sees them, what they cost, what a refused file says."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from indicators.models import Survey
from tests.indicators.test_survey_actions import ABOUT, WIDE, csv_sheet, sipas, taken

FORM = {
    "index": "SIPAS", "year": "2021", "code": "SIPAS-2021", "title": "Khảo sát", "source": "Báo cáo",
    "valid_sheets": "385",
}  # fmt: skip


def upload(text=WIDE, name="khao-sat.csv"):
    return SimpleUploadedFile(name, text.encode())


def page_of(answer):
    return answer.content.decode()


def test_a_specialist_takes_a_file_in_and_everybody_reads_it(small, enter):
    sipas()
    client = enter("snv.chuyenvien")
    assert client.get("/chi-so/khao-sat/nhap/").status_code == 200
    answer = client.post("/chi-so/khao-sat/nhap/", {**FORM, "file": upload()})
    survey = Survey.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/chi-so/khao-sat/{survey.pk}/")
    for who in ("stp.canbo", "lanhdao"):
        page = page_of(enter(who).get(answer.url))
        assert "351/385 (91,17 %)" in page
        assert "381/485 (78,56 %)" in page
        assert "Khảo sát" in page_of(enter(who).get("/chi-so/khao-sat/"))


def test_a_refused_file_shows_every_fault_and_stores_nothing(small, enter):
    sipas()
    answer = enter("snv.chuyenvien").post(
        "/chi-so/khao-sat/nhap/", {**FORM, "file": upload("Mã câu,Hài lòng\n1,x\n2,-1\n")}
    )
    page = page_of(answer)
    assert answer.status_code == 422
    assert page.count("số phiếu phải là số nguyên không âm") == 2
    assert not Survey.objects.exists()


def test_a_correction_without_its_reason_is_asked_for_it(small, enter):
    taken(small)
    client = enter("snv.chuyenvien")
    changed = WIDE.replace("251", "250")
    answer = client.post("/chi-so/khao-sat/nhap/", {**FORM, "file": upload(changed)})
    assert answer.status_code == 422
    assert "lý do nhập lại" in page_of(answer)
    answer = client.post("/chi-so/khao-sat/nhap/", {**FORM, "file": upload(changed), "reason": "Đếm lại"})
    assert answer.status_code == 302
    assert "Đã được thay" in page_of(client.get(f"/chi-so/khao-sat/{Survey.objects.get(number=1).pk}/"))


@pytest.mark.parametrize("who", ["stp.canbo", "lanhdao", "snv.thamdinh"])
def test_others_find_no_page_to_take_one_in(small, enter, who):
    client = enter(who)
    assert client.get("/chi-so/khao-sat/nhap/").status_code == 404
    assert client.get("/chi-so/khao-sat/mau/counts/").status_code == 404


def test_another_province_finds_no_survey(small, elsewhere, enter):
    survey = taken(small).survey
    from django.test import Client

    client = Client()
    client.force_login(elsewhere.who("lanhdao"))
    assert client.get(f"/chi-so/khao-sat/{survey.pk}/").status_code == 404
    assert survey.title not in page_of(client.get("/chi-so/khao-sat/"))


def test_the_workbook_holds_numbers_and_the_template_its_help(small, enter):
    survey = taken(small).survey
    client = enter("snv.chuyenvien")
    book = load_workbook(io.BytesIO(client.get(f"/chi-so/khao-sat/{survey.pk}/xuat/xlsx/").content))
    assert book.sheetnames == ["Yếu tố", "Kết quả từng câu", "Số phiếu"]
    assert [cell.value for cell in list(book["Yếu tố"].rows)[-1]][2:] == [381, 485, 78.56]
    assert client.get(f"/chi-so/khao-sat/{survey.pk}/xuat/csv/").content.startswith(b"\xef\xbb\xbf")
    assert client.get(f"/chi-so/khao-sat/{survey.pk}/xuat/pdf/").status_code == 404
    book = load_workbook(io.BytesIO(client.get("/chi-so/khao-sat/mau/raw/").content))
    assert "Hướng dẫn" in book.sheetnames


def count(client, path):
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def test_the_pages_cost_the_same_for_3_rows_as_for_30(small, enter):
    from dataclasses import replace

    client = enter("lanhdao")
    few_lines = "".join(f"{n},Yếu tố {n},{n},2\n" for n in range(3))
    many_lines = "".join(f"{n},Yếu tố {n},{n},2\n" for n in range(30))
    head = "Mã câu,Yếu tố,Hài lòng,Bình thường\n"
    few = taken(small, csv_sheet(head + few_lines), about=replace(ABOUT, code="A0")).survey
    client.get("/chi-so/khao-sat/")
    costs = [count(client, "/chi-so/khao-sat/"), count(client, f"/chi-so/khao-sat/{few.pk}/")]
    for n in range(1, 20):
        many = taken(small, csv_sheet(head + many_lines), about=replace(ABOUT, code=f"A{n}")).survey
    assert [count(client, "/chi-so/khao-sat/"), count(client, f"/chi-so/khao-sat/{many.pk}/")] == costs


def test_the_api_takes_one_in_and_reads_it(small, api):
    sipas()
    client = api("snv.chuyenvien")
    body = {**FORM, "province": small.province.code, "file": upload()}
    answer = client.send("post", "surveys/", body, format="multipart")
    assert answer.status_code == 201
    assert answer.json()["satisfied"] == {"numerator": "381", "denominator": 485, "percent": "78.56"}
    assert client.send("post", "surveys/", {**body, "file": upload()}, format="multipart").status_code == 200
    answer = client.send("post", "surveys/", {**body, "file": upload("Mã câu,Hài lòng\n1,x\n")}, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (422, "survey_refused")
    assert set(answer.json()["fields"]) == {"2:Hài lòng"}
    listed = api("stp.canbo").send("get", "surveys/?in_force=true&index=SIPAS&year=2021").json()
    assert [row["valid_sheets"] for row in listed["results"]] == [385]
    assert api("lanhdao").send("post", "surveys/", {**body, "file": upload()}, format="multipart").status_code == 403

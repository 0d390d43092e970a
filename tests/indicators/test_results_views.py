"""The pages of published results, and the API's rankings."""

import io
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from agencies.models import Event, User
from indicators.actions import catalogue
from indicators.actions.results import keep_results
from indicators.facts.index_pages import index_page, index_rows
from indicators.models import Index, Result
from indicators.reading.results import Written

NAMES = ("Hà Giang", "Cao Bằng", "Bắc Kạn", "Tuyên Quang", "Lào Cai", "Điện Biên", "Lai Châu", "Sơn La", "Yên Bái")


def enter(*values, index="PAPI", part="", year=2021, source="https://www.papi.vn/x", kind="dataset", n=None):
    written = [
        Written(
            line,
            index,
            year,
            name,
            part,
            Decimal(value),
            None,
            len(values) if n is None else n or None,
            source,
            kind,
            "",
        )
        for line, (name, value) in enumerate(zip(NAMES, values, strict=False), 1)
        if value
    ]
    keep_results(written, source="t", by=None)


@pytest.fixture
def own(small):
    """The small province under a name of the country, with people."""
    catalogue.keep_national()
    small.province.name = "Hà Giang"
    small.province.save(update_fields=["name"])
    return small


@pytest.fixture
def browse(own):
    def log_in(name="stp.canbo"):
        client = Client()
        client.force_login(own.who(name))
        return client

    return log_in


def text(answer, status=200):
    assert answer.status_code == status, answer.content.decode()[:500]
    return " ".join(answer.content.decode().split())


def table(*lines):
    head = "index,year,province,component,value,rank,n_provinces,source,source_kind\n"
    return SimpleUploadedFile("bang.csv", (head + "\n".join(lines) + "\n").encode())


def test_the_list_shows_the_latest_year_with_rank_group_and_change(own, browse):
    enter("40", "42", "41", "39", year=2020)
    enter("44.5", "42", "45", "39")
    page = text(browse().get("/chi-so/"))
    assert "<b>44,5</b> điểm" in page
    assert "2/4" in page
    assert "Trung bình cao" in page
    assert "+4,5; lên 1 bậc" in page
    assert "Chưa có kết quả nào được ghi." in page


def test_years_that_measure_differently_are_not_compared(own, browse):
    enter("35", "36", year=2017)
    enter("44", "42", year=2018)
    page = index_page(Index.objects.get(code="PAPI"), own.province)
    assert [(row.year, row.change.value, row.change.why) for row in page.years] == [
        (2018, "", "cách đo khác năm trước"),
        (2017, "", ""),
    ]
    assert page.chart.lines == ()
    assert len(page.chart.points) == 2


def test_ranks_among_different_numbers_are_not_subtracted(own):
    enter("40", "42", "41", year=2020)
    enter("44", "42", "45", "39")
    (first, _) = index_page(Index.objects.get(code="PAPI"), own.province).years
    assert (first.change.value, first.change.rank, first.change.why) == ("+4", "", "khác số đơn vị xếp hạng")


def test_a_change_is_taken_in_one_source(own):
    enter("45.8590", "42", year=2019)
    enter("44.5315", "42", year=2020)
    enter("44.53", source="báo", kind="published", year=2020, n=63)
    enter("45.86", source="báo khác", kind="published", year=2019, n=63)
    first = index_page(Index.objects.get(code="PAPI"), own.province).years[0]
    assert (first.value, first.change.value) == ("44,53", "−1,3275")


def test_sources_that_differ_stand_side_by_side_with_their_addresses(own, browse):
    enter("44.5", "42", "45")
    enter("44.9", source="186/KH-UBND", kind="published", n=63)
    page = text(browse().get("/chi-so/PAPI/"))
    assert "Các nguồn nêu khác nhau" in page
    assert '<a href="https://www.papi.vn/x" rel="noopener noreferrer">papi.vn</a>' in page
    assert "186/KH-UBND" in page
    assert "<b>44,9</b>" in page


def test_components_of_the_chosen_year_have_their_group(own, browse):
    for year in (2020, 2021):
        for part in ("1", "6"):
            enter("7.1", "6", "5", "4", part=part, year=year)
        enter("44", "42", "45", "39", year=year)
    page = text(browse().get("/chi-so/PAPI/?nam=2020"))
    assert "6. Cung ứng dịch vụ công" in page
    assert "Thành phần năm 2020" in page
    assert "Cao nhất" in page


def test_the_table_of_the_country_is_shown_to_every_reader_with_the_own_province_marked(own, browse):
    enter("44.5", "42", "45", "39")
    page = text(browse().get("/chi-so/PAPI/bang-xep-hang/?nam=2021"))
    assert [page.index(name) for name in ("Bắc Kạn", "Cao Bằng", "Tuyên Quang")] == sorted(
        page.index(name) for name in ("Bắc Kạn", "Cao Bằng", "Tuyên Quang")
    )
    assert "(tỉnh của bạn)" in page
    assert "4 tỉnh, thành phố được xếp hạng" in page
    other = text(browse().get("/chi-so/PAPI/?tinh=cao-bang"))
    assert "số liệu công khai của Cao Bằng" in other


def test_a_partial_table_says_that_nothing_is_computed(own, browse):
    enter("87.24", index="PAR", source="báo", kind="published", n=63)
    page = text(browse().get("/chi-so/PAR/bang-xep-hang/"))
    assert "không tính thứ hạng" in page
    assert "87,24" in page


def test_the_table_as_files_has_the_same_figures(own, browse):
    enter("44.5", "42", "45", "39")
    answer = browse().get("/chi-so/PAPI/bang-xep-hang/xlsx/?nam=2021")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    assert rows[:2] == [
        [1, 4, "Bắc Kạn", 45, "Cao nhất", None, None],
        [2, 4, "Hà Giang", 44.5, "Trung bình cao", None, None],
    ]
    content = browse().get("/chi-so/PAPI/bang-xep-hang/csv/?nam=2021").content.decode("utf-8-sig").splitlines()
    assert content[1] == "1,4,Bắc Kạn,45,Cao nhất,,"
    assert content[2] == '2,4,Hà Giang,"44,5",Trung bình cao,,'
    assert browse().get("/chi-so/PAPI/bang-xep-hang/pdf/").status_code == 404


@pytest.mark.parametrize("query", ["?nam=1990", "?nam=x", "?thanh_phan=99", "?nam=2021&thanh_phan=6"])
def test_what_is_not_there_is_told_and_breaks_nothing(own, browse, query):
    enter("44.5", "42", "45", "39")
    answer = browse().get(f"/chi-so/PAPI/bang-xep-hang/{query}")
    assert answer.status_code in (200, 422)
    assert browse().get("/chi-so/KHAC/").status_code == 404


def test_who_works_nowhere_reads_nothing(own):
    client = Client()
    client.force_login(User.objects.create_user("ai.do", "x", full_name="Ai đó"))
    for path in ("/chi-so/", "/chi-so/PAPI/", "/chi-so/PAPI/bang-xep-hang/", "/chi-so/ket-qua/nhap/"):
        assert client.get(path).status_code == 404


def test_the_menu_leads_to_the_indices(own, browse):
    assert '<a href="/chi-so/"' in text(browse().get("/"))


# Entering


def test_a_table_is_looked_at_first_and_then_entered(own, browse):
    client = browse("snv.chuyenvien")
    assert "Mẫu XLSX" in text(client.get("/chi-so/ket-qua/nhap/"))
    line = "PAR,2020,Hà Giang,,84.70,24,63,nguồn,published"
    page = text(client.post("/chi-so/ket-qua/nhap/", {"file": table(line), "step": "xem"}))
    assert "Bảng đúng" in page
    assert Result.objects.count() == 0
    answer = client.post("/chi-so/ket-qua/nhap/", {"file": table(line), "step": "nhap"})
    assert answer.status_code == 302
    assert Result.objects.get().value == Decimal("84.7")
    assert Event.objects.get(action="result.import").actor.username == "snv.chuyenvien"


def test_every_error_is_listed_and_nothing_is_stored(own, browse):
    sent = table(
        "PAR,2020,Nơi Nào,,84.70,24,63,n,", "PAR,2020,Hà Giang,,<b>x</b>,24,63,n,", "PAR,2020,Cao Bằng,,80,,,n,"
    )
    page = text(browse("snv.chuyenvien").post("/chi-so/ket-qua/nhap/", {"file": sent, "step": "nhap"}), 422)
    assert "Bảng có 2 lỗi, chưa nhập dòng nào" in page
    assert "không có tỉnh, thành phố này" in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert Result.objects.count() == 0


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xff\xfe\x00"])
def test_a_file_that_is_no_table_is_refused_on_its_field(own, browse, content):
    sent = {"file": SimpleUploadedFile("a.xlsx", content), "step": "nhap"}
    page = text(browse("snv.chuyenvien").post("/chi-so/ket-qua/nhap/", sent), 422)
    assert "Chưa gửi được" in page


def test_only_who_keeps_the_indices_enters_a_table(own, browse):
    for name in ("stp.canbo", "lanhdao", "snv.thamdinh"):
        assert browse(name).post("/chi-so/ket-qua/nhap/", {"file": table()}).status_code == 404


def test_the_templates_can_be_filled_in_and_entered(own, browse):
    client = browse("snv.chuyenvien")
    book = load_workbook(io.BytesIO(client.get("/chi-so/ket-qua/mau/xlsx/").content))
    assert book.sheetnames == ["Kết quả", "Hướng dẫn"]
    book.active.append(["PAPI", 2021, "Hà Giang", "D6", 7.4437, 52, 60, "nguồn", "published", ""])
    filled = io.BytesIO()
    book.save(filled)
    sent = {"file": SimpleUploadedFile("mau.xlsx", filled.getvalue()), "step": "nhap"}
    assert client.post("/chi-so/ket-qua/nhap/", sent).status_code == 302
    assert Result.objects.get().component.code == "6"
    assert client.get("/chi-so/ket-qua/mau/csv/").content.decode("utf-8-sig").startswith("index,year,province")


# For programs


def test_a_program_reads_a_ranking(own, browse):
    enter("44.5", "42", "45", "39")
    client = browse()
    body = client.get("/api/v1/rankings/?index=PAPI&year=2021").json()
    assert (body["n"], body["series"], len(body["rows"])) == (
        4, {"source": "https://www.papi.vn/x", "kind": "dataset"}, 4,
    )  # fmt: skip
    assert body["rows"][0] == {
        "province": "bac-kan", "province_name": "Bắc Kạn", "value": "45", "rank": 1, "computed_rank": 1,
        "published_rank": None, "differs": False, "group": "Cao nhất",
    }  # fmt: skip
    assert client.get("/api/v1/rankings/?index=PAPI&year=2021&component=D6").status_code == 404
    assert client.get("/api/v1/rankings/?index=PAPI").status_code == 400
    assert client.get("/api/v1/rankings/?index=XYZ&year=2021").status_code == 404


def test_a_program_enters_a_table_or_gets_every_fault(own, browse):
    client = browse("snv.chuyenvien")
    line = "PAR,2020,Hà Giang,,84.70,24,63,nguồn,published"
    dry = client.post("/api/v1/results/import/", {"file": table(line), "dry_run": "true"}).json()
    assert (dry["stored"], dry["added"], Result.objects.count()) == (False, 1, 0)
    assert client.post("/api/v1/results/import/", {"file": table(line)}).json()["added"] == 1
    wrong = client.post("/api/v1/results/import/", {"file": table("PAR,x,Hà Giang,,1,,,n,")})
    assert (wrong.status_code, wrong.json()["faults"][0]["row"]) == (422, 2)
    assert browse().post("/api/v1/results/import/", {"file": table(line)}).status_code == 404


# What they cost


def test_the_pages_cost_the_same_for_3_provinces_as_for_9(own, browse):
    client = browse()

    def cost(path):
        with CaptureQueriesContext(connection) as asked:
            text(client.get(path))
        return len(asked)

    paths = ("/chi-so/", "/chi-so/PAPI/", "/chi-so/PAPI/bang-xep-hang/", "/chi-so/PAPI/bang-xep-hang/?thanh_phan=1")
    for part in ("", "1", "2"):
        enter("5", "4", "3", part=part, index="PAPI") if part else enter("44", "42", "41")
    first = [cost(path) for path in paths]
    for part in ("", "1", "2", "3", "4", "5", "6", "7", "8"):
        values = [str(Decimal(n) / 10 + (5 if part else 40)) for n in range(9)]
        enter(*values, part=part, source="b")
        enter(*values, part=part, year=2020)
    assert [cost(path) for path in paths] == first
    assert max(first) <= 16


def test_the_list_of_indices_is_put_together_in_a_fixed_number_of_queries(own):
    enter("44", "42", "41")
    with CaptureQueriesContext(connection) as few:
        index_rows(own.province)
    for code in ("PAR", "SIPAS", "PCI"):
        for year in (2019, 2020, 2021):
            enter("84", "82", "81", index=code, year=year)
    with CaptureQueriesContext(connection) as many:
        index_rows(own.province)
    assert len(few) == len(many)

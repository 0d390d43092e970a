"""Tables of published results."""

import io
import tracemalloc
import unicodedata
import zipfile
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from agencies.actions import directory
from agencies.actions.trail import broken_links
from agencies.errors import Invalid
from agencies.models import Event, Province
from indicators.actions.results import Refusal, Taken, import_results, take
from indicators.models import Component, Result
from indicators.reading import table as tables

HEAD = "index,year,province,component,value,rank,n_provinces,source,source_kind\n"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "results.csv"


@pytest.fixture
def table(tmp_path, small):
    def write(text, head=HEAD):
        path = tmp_path / "results.csv"
        path.write_text(head + text, encoding="utf-8")
        return path

    return write


def sheet(*rows, name="results.xlsx"):
    """Return a workbook with these rows under the heading."""
    book = Workbook()
    page = book.active
    page.append(HEAD.strip().split(","))
    for row in rows:
        page.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return {"content": buffer.getvalue(), "name": name, "by": None}


def refused(**asked):
    with pytest.raises(Refusal) as told:
        take(**asked)
    assert Result.objects.count() == 0
    return {(fault.row, fault.column): fault.message for fault in told.value.faults}


def test_a_table_of_one_province_is_entered_and_again_changes_nothing(small, table):
    name = small.province.name
    path = table(f"PAR,2020,{name},total,84.70,24,63,nguồn A,published\nPAR,2020,Nơi Khác,total,1,1,63,x,published\n")
    assert import_results(path=path, provinces=[small.province]).added == 1
    assert import_results(path=path, provinces=[small.province]) == Taken(1, 0, 0, 0, 0, 0)
    assert [str(result.value) for result in Result.objects.all()] == ["84.7000"]


def test_a_table_of_the_country_is_entered_with_the_provinces_that_have_no_row_yet(small, table):
    path = table("PAPI,2023,Hà Nội,D6,7.5,1,61,nguồn A,dataset-value;rank-computed\nPAR,2023,Cả nước,,86.98,,63,x,\n")
    taken = import_results(path=path)
    assert (taken.added, taken.national, taken.provinces) == (1, 1, 1)
    row = Result.objects.get()
    assert (row.province.is_tenant, row.component.framework.code, row.source_kind) == (False, "papi-2018", "dataset")
    assert "Cả nước" in str(taken)


def test_two_sources_that_differ_stand_side_by_side(small, table):
    name = small.province.name
    path = table(
        f"PAR,2020,{name},,84.70,24,63,nguồn A,published\nPAR,2020,{name},,84.81,,,nguồn B,derived-from-text\n"
    )
    taken = import_results(path=path)
    assert (taken.added, taken.beside) == (2, 1)
    assert {r.source_kind for r in Result.objects.all()} == {"published", "derived"}


def test_what_the_same_source_says_now_takes_the_place_of_what_it_said(small, table):
    name = small.province.name
    import_results(path=table(f"PAR,2020,{name},,84.70,24,63,A,\n"))
    taken = import_results(path=table(f"PAR,2020,{name},,84.90,23,63,A,\n"))
    assert (taken.added, taken.changed, taken.same) == (0, 1, 0)
    assert Result.objects.get().value == Decimal("84.9")
    events = Event.objects.filter(province=small.province, action="result.import")
    assert events.count() == 2
    assert broken_links(small.province) == []


def test_one_event_of_a_province_and_index_tells_of_all_its_rows(small, table):
    name = small.province.name
    rows = "".join(f"PAR,{year},{name},,80,24,63,A,\n" for year in (2018, 2019, 2020))
    import_results(path=table(rows + f"SIPAS,2020,{name},,80,24,63,A,\n"))
    events = Event.objects.filter(province=small.province, action="result.import").order_by("sequence")
    assert sorted(event.after["rows"] for event in events) == [1, 3]
    assert all(len(event.seals["touched"]) == event.after["rows"] for event in events)


def test_a_note_is_kept_and_a_blank_one_does_not_wipe_it_out(small, table):
    name = small.province.name
    head = HEAD.replace("source_kind\n", "source_kind,note\n")
    import_results(path=table(f"PAR,2020,{name},,84.70,24,63,A,,chỉ nêu thứ hạng\n", head))
    import_results(path=table(f"PAR,2020,{name},,84.70,24,63,A,\n"))
    assert Result.objects.get().note == "chỉ nêu thứ hạng"


def test_every_fault_is_told_at_once_and_nothing_is_entered(small, table):
    name = small.province.name
    path = table(
        f"PAR,2020,{name},,84.70,24,63,nguồn,published\n"
        f"XYZ,2020,{name},,1,,,nguồn,published\n"
        f"PAR,2020,{name},,tám mươi,,,nguồn,published\n"
        f"PAR,2020,{name},,120,,,nguồn,published\n"
        f"PAR,2020,{name},,80,70,63,nguồn,published\n"
        f"PAR,,{name},,80,,,,published\n"
        f"PAR,2021,{name},D9,80,,,nguồn,published\n"
        f"PAR,2020,Bắc Hà,,80,,,nguồn,published\n"
        f"PAR,2020,{name},,84.71,24,63,nguồn,published\n"
        f"PAR,2020.5,{name},,NaN,1.5,inf,nguồn,published\n"
        f"PAPI,2017,{name},,62,,,nguồn,published\n"
        f"PAR,2020,{name},,,,,nguồn,published\n"
    )
    with pytest.raises(Refusal) as told:
        import_results(path=path)
    assert [(fault.row, fault.column) for fault in told.value.faults] == [
        (3, "index"),
        (4, "value"),
        (5, "value"),
        (6, "rank"),
        (7, "source"),
        (7, "year"),
        (8, "component"),
        (9, "province"),
        (10, "value"),
        (11, "year"),
        (11, "value"),
        (11, "rank"),
        (11, "n_provinces"),
        (12, "value"),
        (13, "value"),
    ]
    assert Result.objects.count() == 0
    assert Event.objects.filter(action__in=["result.import", "province.add"], after__is_tenant="False").count() == 0


@pytest.mark.parametrize(
    ("value", "says"),
    [("84,70", "dùng dấu chấm"), ("1.234,5", "không phải là số"), ("nan", "không phải"), ("Infinity", "không phải"),
     ("1e3", "không phải"), ("-1", "thang điểm"), ("5.12345", "4 chữ số"), ("٥", "không phải"), ("=1+1", "công thức")],
)  # fmt: skip
def test_a_value_that_is_no_plain_number_is_refused_with_a_sentence(small, table, value, says):
    path = table(f'PAR,2020,{small.province.name},,"{value}",,,A,\n')
    assert says in refused(content=path.read_bytes(), name=path.name, by=None)[2, "value"]


def test_names_are_known_however_they_are_written(db, tmp_path):
    path = tmp_path / "t.csv"
    names = ("TP. Hồ Chí Minh", "tỉnh Bà Rịa – Vũng Tàu", unicodedata.normalize("NFD", "Đắk Lắk"), "BẮC KẠN", "Huế")
    path.write_text(HEAD + "".join(f"PAR,2020,{name},,80,,,A,\n" for name in names), encoding="utf-8")
    import_results(path=path)
    assert set(Result.objects.values_list("province__code", flat=True)) == {
        "ho-chi-minh", "ba-ria-vung-tau", "dak-lak", "bac-kan", "thua-thien-hue",
    }  # fmt: skip


def test_a_year_decides_which_province_of_a_name_is_meant(db, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        HEAD + "PAR,2024,Lào Cai,,80,,,A,\nPAR,2025,Lào Cai,,81,,,A,\nPAR,2025,Huế,,81,,,A,\n", encoding="utf-8"
    )
    import_results(path=path)
    assert [(row.year, row.province.code) for row in Result.objects.order_by("year", "province__code")] == [
        (2024, "lao-cai"),
        (2025, "hue"),
        (2025, "lao-cai-2025"),
    ]
    path.write_text(HEAD + "PAR,2025,Yên Bái,,80,,,A,\n", encoding="utf-8")
    with pytest.raises(Refusal, match="cuối năm 2025 không có đơn vị này"):
        import_results(path=path)


def test_a_province_of_this_installation_is_not_entered_twice(small, table):
    directory.keep_province(code="tinh-ha-tinh", name="Hà Tĩnh", kind="tinh")
    import_results(path=table("PAR,2020,Hà Tĩnh,,80,,,A,\n"))
    assert Province.objects.filter(name="Hà Tĩnh").count() == 1


def test_papi_before_2018_has_six_dimensions_and_a_scale_of_its_own(db, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(HEAD + "PAPI,2017,Hà Nội,D6,6.5,,,A,\nPAPI,2017,Hà Nội,D7,6.5,,,A,\n", encoding="utf-8")
    with pytest.raises(Refusal) as told:
        import_results(path=path)
    assert [(fault.row, fault.column) for fault in told.value.faults] == [(3, "component")]
    assert "2011–2017" in told.value.faults[0].message


def test_parts_of_par_and_sipas_go_to_the_framework_of_their_year(db, tmp_path):
    path = tmp_path / "t.csv"
    rows = (
        ("PAR,2017", "D1"), ("PAR,2021", "D8.SIPAS"), ("PAR,2022", "D8.KTXH"), ("SIPAS,2021", "2"),
        ("SIPAS,2023", "access"), ("SIPAS,2023", "policy"),
    )  # fmt: skip
    path.write_text(HEAD + "".join(f"{one},Hà Nội,{part},5,,,A,\n" for one, part in rows), encoding="utf-8")
    import_results(path=path)
    assert set(Component.objects.filter(results__isnull=False).values_list("framework__code", "code")) == {
        ("par-2017", "1"), ("par-2021", "8.SIPAS"), ("par-2022", "8.KTXH"), ("sipas-2017", "2"), ("sipas-2022", "1"),
        ("sipas-2022", "CS"),
    }  # fmt: skip


def test_a_table_without_its_columns_is_refused(small, table):
    with pytest.raises(Invalid) as told:
        import_results(path=table("1\n", head="a\n"), provinces=[small.province])
    assert "index" in told.value.message


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [(b"", "a.csv", "table_empty"), (b"\x00\x01\x02", "a.csv", "table_file"), (b"PK\x03\x04xx", "a.xlsx", "table_file"),
     (b"index,,year\n", "a.csv", "table_heading"), (b"index,index\n", "a.csv", "table_heading"),
     ("é".encode("latin-1"), "a.csv", "table_file")],
)  # fmt: skip
def test_what_is_no_table_is_refused_with_its_own_code(db, content, name, code):
    with pytest.raises(Invalid) as told:
        take(content=content, name=name, by=None)
    assert told.value.code == code


def test_a_csv_from_excel_with_semicolons_a_mark_and_utf16_is_read(small):
    text = f"{HEAD.strip().replace(',', ';')}\r\nPAR;2020;{small.province.name};;84.70;24;63;A;\r\n"
    for content in (text.encode("utf-8-sig"), text.encode("utf-16")):
        assert take(content=content, name="t.csv", by=None).rows == 1


def test_a_workbook_is_read_with_its_numbers_as_they_were_typed(small):
    name = small.province.name
    take(
        **sheet(
            ["PAPI", 2021, name, "D5", 7.1151, 34, 60, "A", "dataset"],
            ["PAR", 2020.0, name, None, 84.7, None, None, "A"],
        )
    )
    assert {str(row.value) for row in Result.objects.all()} == {"7.1151", "84.7000"}


def test_a_formula_is_refused_though_it_has_a_value(small):
    told = refused(
        **sheet(["PAR", 2020, small.province.name, "", "=80+4", 24, 63, "A"], ["PAR", 2020, "X", "", 1, "#N/A", 3, "A"])
    )
    assert "công thức" in told[2, "value"]
    assert (3, "province") in told or (3, "rank") in told


def test_cells_beside_the_table_are_told(small):
    told = refused(**sheet(["PAR", 2020, small.province.name, "", 80, 24, 63, "A", "", "ghi chú lạ"]))
    assert (2, "(ngoài bảng)") in told


def a_million_rows(text_at=None):
    """Return a workbook whose sheet has a million formatted rows, of which five say something."""
    small_one = sheet(*(["PAR", 2016 + n, "Hà Nội", "", 80 + n, 1, 63, "A", "published"] for n in range(4)))["content"]
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(small_one)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.infolist():
            content = old.read(one)
            if one.filename == "xl/worksheets/sheet1.xml":
                head, _, tail = content.decode().partition("</sheetData>")
                with new.open(one.filename, "w") as out:
                    out.write(head.replace('ref="A1:I5"', 'ref="A1:I1048576"').encode())
                    for start in range(6, 1_048_577, 10_000):
                        stop = min(start + 10_000, 1_048_577)
                        out.write("".join(f'<row r="{n}"><c r="A{n}"/></row>' for n in range(start, stop)).encode())
                    if text_at:
                        out.write(f'<row r="{text_at}"><c r="A{text_at}"><v>1</v></c></row>'.encode())
                    out.write(f"</sheetData>{tail}".encode())
            else:
                new.writestr(one, content)
    return {"content": buffer.getvalue(), "name": "nghin.xlsx", "by": None}


def test_a_sheet_of_a_million_formatted_rows_is_read_for_the_five_that_are_used(db, monkeypatch):
    asked = a_million_rows()
    assert take(**asked).added == 4
    monkeypatch.setattr(tables, "_CHUNK", 1 << 16)
    tracemalloc.start()
    assert len(tables.read(asked["content"], asked["name"]).rows) == 4
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


def test_a_stray_cell_in_the_last_row_is_told_at_once(db):
    with pytest.raises(Invalid) as told:
        take(**a_million_rows(text_at=1_048_577))
    assert told.value.code == "table_too_large"


def test_looking_first_stores_nothing_and_says_what_would_be(small, table):
    path = table(f"PAR,2020,{small.province.name},,80,24,63,A,\nPAR,2020,Hà Nội,,80,,,A,\n")
    taken = take(content=path.read_bytes(), name=path.name, store=False, by=None)
    assert (taken.added, taken.provinces, taken.stored) == (2, 1, False)
    assert (Result.objects.count(), Province.objects.filter(is_tenant=False).count()) == (0, 0)


def test_nobody_changes_from_one_province_what_another_that_works_here_has_recorded(small, table):
    directory.keep_province(code="ha-tinh", name="Hà Tĩnh", kind="tinh")
    by = small.who("snv.chuyenvien")
    import_results(path=table("PAR,2020,Hà Tĩnh,,85.31,16,63,A,\n"))
    again = table("PAR,2020,Hà Tĩnh,,85.31,16,63,A,\nPAR,2020,Hà Tĩnh,,85.4,,,B,\n")
    assert import_results(path=again, by=by).added == 1
    with pytest.raises(Refusal, match="do tỉnh ấy sửa"):
        import_results(path=table("PAR,2020,Hà Tĩnh,,90,16,63,A,\n"), by=by)


@pytest.mark.usefixtures("db")
def test_the_command_takes_the_whole_table_and_the_same_again_changes_nothing():
    if not SHARED.exists():
        pytest.skip("the table of published results is not on this machine")
    out = StringIO()
    call_command("import_results", SHARED, dry_run=True, stdout=out)
    assert Result.objects.count() == 0
    call_command("import_results", SHARED, stdout=out)
    call_command("import_results", SHARED, stdout=out)
    assert "4691 mới" in out.getvalue()
    assert "0 mới, 0 thay đổi, 4691 đã có" in out.getvalue()
    assert Province.objects.living(date(2021, 12, 31)).count() == 63


def test_a_file_that_is_not_there_is_told(db):
    with pytest.raises(CommandError, match="Không đọc được tệp"):
        call_command("import_results", "khong-co.csv")

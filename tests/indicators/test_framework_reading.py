"""Files of frameworks: every fault at once, each at its place; nothing of a hostile file is walked through."""

import doctest
import importlib
import io
import json
import time
import tracemalloc
import zipfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.styles import Font

from indicators.reading import guide
from indicators.reading.columns import COMPONENT_SHEET, HEAD_SHEET
from indicators.reading.crosswalk import propose
from indicators.reading.draft import ComponentDraft
from indicators.reading.faults import Fault, Faults
from indicators.reading.frameworks import read_framework
from indicators.reading.notation import Cells, canonical, read_rule, show_rule
from indicators.render.frameworks import as_json, template, workbook
from indicators.scoring import parse_rule
from tests.indicators.framework_files import as_file, cell_of, edited, head_cell, saved, small_workbook, whole

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def faults_of(content: io.BytesIO) -> list[Fault]:
    faults = Faults()
    read_framework(content, faults)
    return faults.found


def told(faults: list[Fault]) -> list[tuple[str, str]]:
    return [(fault.cell or str(fault.row), fault.message) for fault in faults]


# --- the same content in every form --------------------------------------------------------------------------


def test_the_template_can_be_imported_as_it_is_downloaded():
    faults = Faults()
    read = read_framework(io.BytesIO(template()), faults)
    assert faults.found == []
    assert read is not None
    assert read.draft == guide.example()


@pytest.mark.parametrize("write", [workbook, as_json])
@pytest.mark.parametrize("name", ["khanh_hoa_cap_xa.json", "thanh_hoa_hdnd_xa.json"])
def test_a_sample_written_and_read_again_is_the_same(write, name):
    faults = Faults()
    sample = Path(__file__).parents[2] / "indicators" / "samples" / name
    first = read_framework(io.BytesIO(sample.read_bytes()), faults)
    assert first is not None
    again = read_framework(io.BytesIO(write(first.draft)), faults)
    assert faults.found == []
    assert again is not None
    assert again.draft == first.draft


def test_samples_say_that_they_are_samples_and_where_they_come_from():
    for path in (Path(__file__).parents[2] / "indicators" / "samples").glob("*.json"):
        framework = json.loads(path.read_text(encoding="utf-8"))["framework"]
        assert framework["is_sample"] is True
        assert framework["version"].startswith("MẪU")
        assert "không phải chỉ số CCHC" in framework["note"]
        assert framework["source"]


@pytest.mark.skipif(not SHARED.exists(), reason="the frameworks this was written from are not on this machine")
@pytest.mark.parametrize(
    ("name", "sample"),
    [
        ("agency_index_framework.json", "khanh_hoa_cap_xa.json"),
        ("agency_index_framework_2_thanhhoa_draft.json", "thanh_hoa_hdnd_xa.json"),
    ],
)
def test_points_and_rules_of_a_sample_are_those_of_its_source_and_its_names_are_not(name, sample):
    def judged(path):
        faults = Faults()
        read = read_framework(io.BytesIO(path.read_bytes()), faults)
        assert faults.found == []
        return read.draft

    source, ours = judged(SHARED / name), judged(Path(__file__).parents[2] / "indicators" / "samples" / sample)

    def numbers(value):
        if isinstance(value, dict):
            return {key: numbers(one) for key, one in value.items() if key not in ("label", "words", "waiver", "below")}
        return [numbers(one) for one in value] if isinstance(value, list) else value

    columns = ("code", "parent", "kind", "max_score", "method", "not_applicable", "is_gate")
    assert [[getattr(one, key) for key in columns] for one in ours.components] == [
        [getattr(one, key) for key in columns] for one in source.components
    ]
    assert [numbers(one.rule) for one in ours.components] == [numbers(one.rule) for one in source.components]
    assert {key: ours.policy[key] for key in source.policy} == source.policy
    copied = {one.name for one in ours.components if len(one.name) > 25} & {one.name for one in source.components}
    assert copied == set()


def test_every_shape_has_an_example_on_the_help_sheet():
    from indicators.reading.notation import SHAPES

    assert {shape for shape, _, _ in guide.rule_examples()} == set(SHAPES.values())


# --- every fault at once -------------------------------------------------------------------------------------


def test_all_faults_of_a_workbook_are_told_at_once_with_cell_and_value():
    content = edited(
        **{
            cell_of("1.1", "max_score"): 9,  # the rule gives 10, and children no longer add up to 20
            cell_of("1.2", "code"): "1.1",  # twice
            cell_of("2.1", "parent"): "9",  # nobody
            cell_of("2.3", "points"): "bắt đầu: 4; mỗi tuần: 0,5",  # no such word
            cell_of("2.4", "max_score"): "=2+3",  # a formula
            cell_of("2.6", "shape"): "xổ số",
            cell_of("3.1", "method"): "hỏi thăm",
            head_cell("year_from"): "năm 2026",
            head_cell("bonus_cap"): -1,
        }
    )
    found = {fault.cell: fault for fault in faults_of(content)}
    assert set(found) >= {
        cell_of("1.2", "code"),
        cell_of("2.1", "parent"),
        cell_of("2.3", "points"),
        cell_of("2.4", "max_score"),
        cell_of("2.6", "shape"),
        cell_of("3.1", "method"),
        cell_of("1.1", "points"),
        head_cell("year_from")[2:],
        head_cell("bonus_cap")[2:],
    }
    formula = found[cell_of("2.4", "max_score")]
    assert (formula.sheet, formula.column, formula.value) == (COMPONENT_SHEET, "Điểm tối đa", "=2+3")
    assert "công thức" in formula.message
    assert found[cell_of("1.2", "code")].message.startswith("mã này đã có ở dòng")
    assert found[cell_of("2.6", "shape")].value == "xổ số"


def test_children_that_do_not_add_up_are_told_with_the_sum():
    content = whole()
    content["components"][1]["max_score"] = "9,5"
    content["components"][1]["rule"] = None
    content["policy"]["total_max"] = 31
    messages = [str(fault) for fault in faults_of(as_file(content))]
    assert len(messages) == 2
    assert "tổng điểm tối đa của các thành phần con là 19,5 (1.1: 9,5 + 1.2: 10), khác 20" in messages[0]
    assert "tổng điểm tối đa của các lĩnh vực là 30 (1: 20 + 2: 10), khác 31" in messages[1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"parent": "1.2"}, "tạo thành vòng"),
        ({"parent": "7"}, "không có thành phần mang mã này"),
        ({"max_score": 0}, "phải lớn hơn 0"),
        ({"max_score": "mười"}, "không phải là số"),
        ({"max_score": "1.23456"}, "chữ số thập phân"),
        ({"max_score": True}, "không phải là số"),
        ({"name": None}, "thiếu tên"),
        ({"code": None}, "thiếu mã"),
        ({"name": "x" * 301}, "dài quá 300"),
        ({"method": None}, "thiếu cách đo"),
        ({"kind": "penalty"}, "khác loại điểm"),
        ({"rule": {"shape": "lottery"}}, "không có loại cách tính này"),
        ({"rule": {"shape": "tiers", "tiers": [{"score": 10, "ge": 90}]}}, "chưa có mức"),
        ({"rule": "10 điểm"}, "phải là một nhóm các mục"),
        ({"colour": "red"}, "không có mục này"),
    ],
)
def test_a_fault_of_one_component_is_told_in_words(change, words):
    content = whole()
    content["components"][2] = {**content["components"][2], **change}
    assert any(words in str(fault) for fault in faults_of(as_file(content)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"framework": {"level": "village"}}, "không có trong danh sách"),
        ({"framework": {"code": "Mã có dấu"}}, "mã chỉ gồm"),
        ({"framework": {"year_to": 2020}}, "không được trước năm đầu"),
        ({"policy": {"tie_break": ["1", "9"]}}, "không có thành phần mang mã “9”"),
        ({"policy": {"edges": ["80", "90"]}}, "giảm dần"),
        ({"groups": [{"field_size": 63, "sizes": ["16", "16"]}]}, "cộng lại là 32, khác 63"),
        ({"groups": [{"sizes": ["A", "B"]}], "policy": {"edges": ["90", "80"]}}, "số tên nhóm khác số nhóm"),
        ({"grades": [{"name": "A", "at_least": 80}, {"name": "B", "below": 70}]}, "khoảng trống"),
        ({"crosswalk": [{"old": "1", "new": "1", "relation": "same"}]}, "phải ghi mã của bộ tiêu chí trước"),
        ({"components": []}, "chưa có thành phần nào"),
    ],
)
def test_a_fault_of_the_whole_is_told_in_words(changes, words):
    assert any(words in str(fault) for fault in faults_of(as_file(whole(**changes))))


def test_blank_is_not_zero_and_a_parent_without_a_maximum_has_the_sum():
    content = whole()
    del content["components"][0]["max_score"]
    del content["components"][3]["max_score"]
    del content["policy"]["total_max"]
    faults = Faults()
    read = read_framework(as_file(content), faults)
    assert faults.found == []
    assert [one.max_score for one in read.draft.components] == [Decimal(20), Decimal(10), Decimal(10), None]


def test_thirds_kept_to_four_places_add_up_and_a_hundredth_too_few_does_not():
    def of(part):
        content = whole(policy={"total_max": 10})
        content["components"] = [{"code": "1", "name": "Trục", "max_score": 10}] + [
            {"code": f"1.{n}", "parent": "1", "name": f"Phần {n}", "max_score": part, "method": "survey"}
            for n in (1, 2, 3)
        ]
        return faults_of(as_file(content))

    assert of("3.3333") == []
    assert len(of("3.33")) == 1


def test_comma_decimals_are_numbers_and_days_are_not():
    faults = Faults()
    read_framework(edited(**{cell_of("2.4", "max_score"): "5,0"}), faults)
    assert faults.found == []
    from datetime import date

    (fault,) = faults_of(edited(**{head_cell("penalty_cap"): date(2026, 5, 10)}))
    assert (fault.value, fault.cell) == ("10/05/2026", head_cell("penalty_cap")[2:])
    assert "là ngày, không phải số" in fault.message


def test_a_code_that_the_spreadsheet_made_a_day_is_refused():
    from datetime import date

    messages = told(faults_of(edited(**{cell_of("1.2", "code"): date(2026, 2, 1)})))
    assert any("đã đổi giá trị này thành ngày" in message for _, message in messages)


def test_an_unknown_column_or_sheet_is_not_passed_over():
    book = small_workbook()
    book[COMPONENT_SHEET]["F1"] = "Điễm"
    book[COMPONENT_SHEET]["H2"] = "lạc"
    assert len(faults_of(saved(book))) == 2
    del book[COMPONENT_SHEET]
    assert "không có trang" in str(faults_of(saved(book))[0])


# --- hostile files -------------------------------------------------------------------------------------------


def stretched(content: io.BytesIO, sheet: str, row: bytes) -> io.BytesIO:
    """Return a workbook whose sheet goes on with formatted empty rows down to the last one there can be."""
    written = io.BytesIO()
    with zipfile.ZipFile(content) as source, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            text = source.read(member)
            if member.filename.endswith(sheet):
                start, end = text.split(b"</sheetData>")
                rows = b"".join(row.replace(b"#", str(number).encode()) for number in range(7, 1_048_577))
                text = start + rows + b"</sheetData>" + end
            target.writestr(member.filename, text)
    written.seek(0)
    return written


def test_a_sheet_of_a_million_formatted_rows_costs_what_its_five_used_ones_cost():
    book = small_workbook()
    for number in (2, 3, 4, 5):
        book[COMPONENT_SHEET].append([str(number), "Thể chế", None, "x", "tự đánh giá"])
    content = stretched(saved(book), "sheet2.xml", b'<row r="#"><c r="A#" s="0"/></row>')
    started = time.process_time()
    found = faults_of(content)
    spent = time.process_time() - started
    assert [(fault.cell, fault.value) for fault in found] == [(f"D{row}", "x") for row in (3, 4, 5, 6)]
    # A walk through the rows takes minutes; this looks through the file once.
    assert spent < 45
    content.seek(0)
    tracemalloc.start()
    faults_of(content)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 64 * 1024 * 1024


def test_a_format_or_a_space_in_the_last_row_is_no_content():
    book = small_workbook()
    book[COMPONENT_SHEET]["A1048576"].font = Font(bold=True)
    book[COMPONENT_SHEET]["E1048576"] = "  "
    assert faults_of(saved(book)) == []


def test_content_in_the_last_row_is_read():
    book = small_workbook()
    book[COMPONENT_SHEET]["D1048576"] = 5
    assert {fault.row for fault in faults_of(saved(book))} == {1_048_576}


def test_a_file_that_unpacks_to_too_much_is_not_unpacked():
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("xl/worksheets/sheet1.xml", b" " * (64 * 1024 * 1024))
    written.seek(0)
    (fault,) = faults_of(written)
    assert "nén bất thường" in fault.message


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04rubbish", b"\xd0\xcf\x11\xe0", b"[1]", b"{", b'{"a": NaN}', b"\xff\xfe"]
)
def test_what_is_no_framework_is_one_fault(content):
    assert len(faults_of(io.BytesIO(content))) == 1


def test_a_key_that_stands_twice_in_json_is_refused():
    content = b'{"format": "parportal-framework-1", "framework": {"code": "a", "code": "b"}}'
    (fault,) = faults_of(io.BytesIO(content))
    assert fault.value == "code"


def test_json_nested_without_end_is_refused():
    assert len(faults_of(io.BytesIO(b'{"a":' * 100_000 + b"1" + b"}" * 100_000))) == 1


# --- the notation of rules -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "value", "words"),
    [
        ("≥90; còn lại: 0", "≥90", "mỗi mức viết dạng"),
        ("cao: 8; còn lại: 0", "cao", "điều kiện viết bằng"),
        ("≥90: tám; còn lại: 0", "tám", "không phải là số"),
        ("còn lại: 0", "còn lại", "phải đứng sau"),
        ("≥1 và ≥2: 3", "≥1 và ≥2", "một cận dưới và một cận trên"),
    ],
)
def test_a_ladder_that_is_not_one_is_told_by_its_part(points, value, words):
    (fault,) = faults_of(edited(**{cell_of("1.1", "points"): points}))
    assert (fault.cell, fault.value) == (cell_of("1.1", "points"), value)
    assert words in fault.message


NUMBERS = st.decimals(min_value=0, max_value=100, places=2).map(lambda number: f"{number.normalize():f}")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.decimals(0, 100, places=2), min_size=1, max_size=6, unique=True), st.booleans(), st.booleans())
def test_every_ladder_is_written_and_read_back(bounds, falling, open_end):
    ends = sorted(bounds, reverse=falling)
    low, high = ("ge", "lt") if open_end else ("gt", "le")
    first, last = (low, high) if falling else (high, low)
    tiers = []
    for place, end in enumerate([*ends, None]):
        tier = {"score": str(len(ends) - place)}
        if end is not None:
            tier[first] = str(end)
        if place:
            tier[last] = str(ends[place - 1])
        tiers.append(tier)
    kind = {"name": "n", "label": "Giá trị", "kind": "number"}
    rule = canonical(parse_rule({"shape": "tiers", "input": kind, "tiers": tiers}, max_score=None).to_dict())
    cells = show_rule(rule)
    assert not cells.points.startswith("{")
    assert canonical(parse_rule(read_rule(cells), max_score=None).to_dict()) == rule


def test_what_the_notation_cannot_say_stands_as_json_and_comes_back():
    options = [{"label": "đạt; có biên bản", "score": "2"}, {"label": "không", "score": "0"}]
    rule = canonical(parse_rule({"shape": "choice", "options": options}, max_score=Decimal(2)).to_dict())
    cells = show_rule(rule)
    assert cells.points.startswith("{")
    assert canonical(parse_rule(read_rule(cells), max_score=Decimal(2)).to_dict()) == rule


def test_no_cells_are_no_rule():
    assert read_rule(Cells()) is None
    assert show_rule(None) == Cells()


# --- the crosswalk -------------------------------------------------------------------------------------------


def test_a_proposal_tells_of_every_component_once():
    was = [
        ComponentDraft("1", "Thể chế", max_score=Decimal(20)),
        ComponentDraft("1.1", "Rà soát văn bản quy phạm pháp luật", "1", max_score=Decimal(5)),
        ComponentDraft("1.2", "Kiểm tra văn bản", "1", max_score=Decimal(5)),
        ComponentDraft("2", "Thủ tục hành chính", max_score=Decimal(10)),
        ComponentDraft("3.1", "Biên chế", max_score=Decimal(3)),
        ComponentDraft("3.2", "Vị trí việc làm", max_score=Decimal(3)),
        ComponentDraft("9", "Thi tuyển lãnh đạo", max_score=Decimal(1)),
    ]
    now = [
        ComponentDraft("1", "Thể chế", max_score=Decimal(20)),
        ComponentDraft("1.1", "Rà soát các văn bản quy phạm pháp luật", "1", max_score=Decimal(5)),
        ComponentDraft("1.3", "Kiểm tra văn bản", "1", max_score=Decimal(7)),
        ComponentDraft("2.1", "Công khai", max_score=Decimal(5)),
        ComponentDraft("2.2", "Đúng hạn", max_score=Decimal(5)),
        ComponentDraft("3", "Tổ chức bộ máy", max_score=Decimal(6)),
        ComponentDraft("4", "Chuyển đổi số", max_score=Decimal(4)),
    ]
    links = propose(was, now)
    assert [(link.old, link.new, link.relation) for link in links] == [
        ("1", "1", "same"),
        ("1.1", "1.1", "renamed"),
        ("1.2", "1.3", "reweighted"),
        ("2", "2.1", "split"),
        ("2", "2.2", "split"),
        ("3.1", "3", "merged"),
        ("3.2", "3", "merged"),
        ("", "4", "new"),
        ("9", "", "dropped"),
    ]
    assert links[2].note == "đổi mã"


def test_a_framework_against_itself_is_the_same_everywhere():
    components = guide.example().components
    assert {link.relation for link in propose(components, components)} == {"same"}
    assert len(propose(components, tuple(replace(one, name=f"{one.name}!") for one in components))) == len(components)


def test_the_sheet_about_the_framework_is_read_by_its_words():
    book = small_workbook()
    book[HEAD_SHEET]["A6"] = "Từ  NĂM"
    book[HEAD_SHEET]["B6"] = 2027
    assert "hai lần" in str(faults_of(saved(book))[0])


@pytest.mark.parametrize(
    "name", ["checking", "columns", "crosswalk", "inputs", "ladders", "notation", "policy", "workbook"]
)
def test_the_examples_in_the_reading_modules_are_so(name):
    module = importlib.import_module(f"indicators.reading.{name}")
    assert doctest.testmod(module).failed == 0

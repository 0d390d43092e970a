"""Survey sheets: every fault at once, nothing half stored, a correction is a new row."""

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from openpyxl import Workbook

from agencies.errors import Invalid, Refused
from agencies.models import Event
from agencies.tables import Table, comma_separated, workbook
from indicators.actions import catalogue, surveys
from indicators.actions.survey_sheets import SheetRefused, read
from indicators.facts.survey_template import template_tables
from indicators.facts.surveys import counts_table, survey_facts
from indicators.models import Index, Survey, SurveyCount, SurveyQuestion

WIDE = (
    "Mã câu,Câu hỏi,Yếu tố,Rất hài lòng,Hài lòng,Bình thường,Không hài lòng,Rất không hài lòng\n"
    "1.1,Chỗ ngồi chờ,Tiếp cận dịch vụ,100,251,30,3,1\n"
    "1.2,Trang thiết bị,Tiếp cận dịch vụ,10,20,60,5,5\n"
)
ABOUT = surveys.About(
    code="SIPAS-2021", title="Khảo sát hài lòng 2021", year=2021, source="Báo cáo", sent_sheets=400, valid_sheets=385
)


def csv_sheet(text=WIDE, name="khao-sat.csv"):
    return read(name, io.BytesIO(text.encode()))


def book_sheet(*tables):
    return read("khao-sat.xlsx", io.BytesIO(workbook(tables)))


def faults_of(text, name="khao-sat.csv"):
    with pytest.raises(SheetRefused) as refused:
        csv_sheet(text, name)
    return [(fault.row, fault.column) for fault in refused.value.faults]


def sipas():
    return Index.objects.filter(code="SIPAS").first() or catalogue.keep_index(
        code="SIPAS",
        name="Chỉ số hài lòng",
        short_name="SIPAS",
        unit="%",
        scale_min=Decimal(0),
        scale_max=Decimal(100),
        publishes="rank",
    )


def taken(small, sheet=None, *, about=ABOUT, reason="", by="snv.chuyenvien", agency=None):
    return surveys.import_survey(
        province=small.province,
        index=sipas(),
        about=about,
        sheet=sheet or csv_sheet(),
        agency=agency,
        reason=reason,
        by=small.who(by),
    )


# --- reading -------------------------------------------------------------------------------------------------


def test_a_column_per_option_and_a_row_per_option_say_the_same():
    long = csv_sheet(
        "Mã câu;Câu hỏi;Yếu tố;Phương án;Số phiếu\n1.1;Chỗ ngồi chờ;Tiếp cận dịch vụ;Rất hài lòng;100\n"
        "1.1;;;Hài lòng;251\n1.1;;;Bình thường;30\n1.1;;;Không hài lòng;3\n1.1;;;Rất không hài lòng;1\n"
    )
    (question,) = long.questions
    wide = csv_sheet().questions[0]
    assert (question.code, question.text, question.factor, question.options) == (
        wide.code, wide.text, wide.factor, wide.options,
    )  # fmt: skip
    assert long.respondents is None


def test_respondents_sheets_are_counted_and_an_empty_answer_is_no_answer():
    answers = Table(
        "Phiếu", ("Mã phiếu", "1.1", "1.2"),
        [("a", "Hài lòng", 5), ("b", "rất hài lòng", ""), ("c", 1, 3), ("d", "", "")],
    )  # fmt: skip
    asked = Table("Câu hỏi", ("Mã câu", "Câu hỏi", "Yếu tố"), [("1.1", "Một", "A"), ("1.2", "Hai", "A")])
    sheet = book_sheet(answers, asked)
    assert sheet.respondents == 3
    assert [(one.text, [option.count for option in one.options]) for one in sheet.questions] == [
        ("Một", [1, 1, 0, 0, 1]),
        ("Hai", [1, 0, 1, 0, 0]),
    ]


def test_options_of_another_scale_say_what_they_are_worth():
    sheet = csv_sheet("Mã câu,Tốt (+; 100 %),Khá (+; 60),Trung bình (-; 20),Kém (-; 0)\n1,50,30,10,10\n")
    assert [(o.name, o.satisfied, o.weight) for o in sheet.questions[0].options] == [
        ("Tốt", True, 100), ("Khá", True, 60), ("Trung bình", False, 20), ("Kém", False, 0),
    ]  # fmt: skip
    raw = book_sheet(
        Table("Phiếu", ("Mã phiếu", "1"), [("a", "T"), ("b", "Kém")]),
        Table("Phương án", ("Phương án", "Mã phương án", "Tính là hài lòng"), [("Tốt", "T", "có"), ("Kém", "K", "0")]),
    )
    assert [option.count for option in raw.questions[0].options] == [1, 1]


def test_every_fault_is_told_at_once():
    assert faults_of(
        "Mã câu,Câu hỏi,Phương án,Tính là hài lòng,Trọng số (%),Số phiếu\n"
        ",Không mã,Hài lòng,,,5\n"
        "1,Một,Tốt,,,5\n"
        "1,Một,Hài lòng,,120,\n"
        "1,Khác,Bình thường,,,4.5\n"
        "2,Hai,Hài lòng,,,mười\n"
        "3,Ba,Hài lòng,,,1\n"
        "3,Ba,hài lòng,,,2\n"
    ) == [
        (2, "Mã câu"), (3, "Tính là hài lòng"), (4, "Số phiếu"), (4, "Trọng số (%)"), (5, "Số phiếu"), (5, "Câu hỏi"),
        (6, "Số phiếu"), (8, "Phương án"),
    ]  # fmt: skip


def test_faults_of_respondents_sheets_name_the_row_and_the_question():
    assert faults_of("Mã phiếu,1.1\na,Hài lòng\na,Tạm được\n,5\n") == [(3, "Mã phiếu"), (3, "1.1"), (4, "Mã phiếu")]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Tên,Điểm\nA,1\n", [(0, "")]),
        ("Mã câu,Hài lòng,Hài lòng\n1,2,3\n", [(1, "Hài lòng")]),
        ("Mã câu,Tốt\n1,2\n", [(1, "Tốt")]),
        ("Mã câu,Hài lòng\n1,\n", [(2, "Mã câu")]),
        ("Mã câu,Hài lòng\n1,-3\n", [(2, "Hài lòng")]),
        ("Mã câu,Hài lòng\n1,3\n1,3\n", [(3, "Mã câu")]),
        ("Mã câu,Hài lòng\n", [(0, "")]),
    ],
)
def test_a_sheet_that_is_no_survey_is_refused(text, wanted):
    assert faults_of(text) == wanted


def test_a_formula_is_refused_even_with_a_value():
    book = Workbook()
    page = book.active
    page.append(["Mã câu", "Hài lòng"])
    page.append(["1", "=1+1"])
    written = io.BytesIO()
    book.save(written)
    written.seek(0)
    with pytest.raises(SheetRefused) as refused:
        read("x.xlsx", written)
    assert "công thức" in str(refused.value)


def test_a_page_that_claims_a_million_rows_is_read_by_what_stands_in_it():
    book = Workbook()
    page = book.active
    page.append(["Mã câu", "Hài lòng"])
    page.append(["1", 5])
    page["XFD1048576"].number_format = "0"
    written = io.BytesIO()
    book.save(written)
    written.seek(0)
    assert read("x.xlsx", written).questions[0].answers == 5


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.xlsx", b"PK\x03\x04 hong"), ("x.csv", b"\xff\xfe\xfa"), ("x.docx", b"x"), ("x.xlsx", b"")],
)
def test_a_file_that_cannot_be_read_is_told_so(name, content):
    with pytest.raises(Invalid) as refused:
        read(name, io.BytesIO(content))
    assert refused.value.code == "survey_file"


@pytest.mark.parametrize("form", ["counts", "raw"])
def test_the_template_can_be_read_as_it_is(form):
    sheet = read("mau.xlsx", io.BytesIO(workbook(template_tables(form))))
    assert sheet.questions


# --- keeping -------------------------------------------------------------------------------------------------


def test_shares_keep_their_counts_and_factors_are_put_together_by_counts(small):
    facts = survey_facts(taken(small).survey)
    first, second = facts.questions
    assert (first.satisfied.text, second.satisfied.text) == ("351/385 (91,17 %)", "30/100 (30,00 %)")
    (factor,) = facts.factors
    assert factor.satisfied.text == "381/485 (78,56 %)"  # not (91,17 + 30) / 2
    assert facts.satisfied == factor.satisfied
    assert facts.response_text == "385/400 (96,25 %)"


def par_component(max_score="10"):
    framework = catalogue.keep_framework(
        index=Index.objects.get(code="PAR"),
        version="thử",
        code="par-thu",
        year_from=2020,
        components=[{"code": "8.1", "name": "SIPAS", "method": "sipas", "max_score": Decimal(max_score)}],
    )
    return framework.components.get()


def test_points_come_from_the_counts_and_only_with_enough_sheets(small):
    component = par_component()
    text = "Mã câu,Thành phần,Rất hài lòng,Hài lòng,Bình thường\n1,PAR:8.1,100,251,34\n"
    enough = survey_facts(taken(small, csv_sheet(text), about=replace(ABOUT, smallest_sample=385)).survey)
    assert (enough.questions[0].points, enough.questions[0].component) == (Decimal("9.12"), str(component))
    few = survey_facts(taken(small, csv_sheet(text), about=replace(ABOUT, code="NHỎ", smallest_sample=386)).survey)
    assert few.questions[0].satisfied.percent == Decimal("91.17")
    assert few.questions[0].points is None
    assert not few.enough
    assert "Chưa đủ mẫu" in few.sample_text


def test_weights_count_where_every_option_has_one(small):
    text = "Mã câu,Tốt (+; 100),Khá (+; 60),Trung bình (-; 20),Kém (-; 0)\n1,50,30,10,10\n"
    (question,) = survey_facts(taken(small, csv_sheet(text)).survey).questions
    assert question.weighted.text == "70/100 (70,00 %)"
    assert question.satisfied.text == "80/100 (80,00 %)"


def test_the_same_once_more_changes_nothing_whatever_file_it_comes_in(small):
    first = taken(small)
    events = Event.objects.count()
    again = taken(small, book_sheet(counts_table(survey_facts(first.survey))))
    assert (again.created, again.survey) == (False, first.survey)
    assert Event.objects.count() == events
    again = read("x.csv", io.BytesIO(comma_separated(counts_table(survey_facts(first.survey)))))
    assert not taken(small, again).created


def test_a_corrected_import_is_a_new_row_that_says_what_it_replaces(small):
    first = taken(small).survey
    corrected = csv_sheet(WIDE.replace("251", "250"))
    with pytest.raises(Invalid) as refused:
        taken(small, corrected)
    assert (refused.value.code, set(refused.value.fields)) == ("survey_exists", {"reason"})
    second = taken(small, corrected, reason="Đếm lại").survey
    assert (second.number, second.replaces, second.replace_reason) == (2, first, "Đếm lại")
    assert list(Survey.objects.in_force()) == [second]
    facts = survey_facts(Survey.objects.get(pk=first.pk))
    assert facts.replaced_by.reason == "Đếm lại"
    assert facts.questions[0].satisfied.numerator == 351
    event = Event.objects.get(action="survey.import", subject_id=str(second.pk))
    assert (event.reason, event.before["number"], event.after["replaces"]) == ("Đếm lại", 1, first.pk)


def test_all_that_is_wrong_with_the_particulars_is_told_at_once_and_nothing_is_stored(small, elsewhere):
    about = surveys.About(
        code=" ", title="", year=2021, source="x", sent_sheets=3, valid_sheets=9,
        collected_from=date(2021, 2, 1), collected_to=date(2021, 1, 1),
    )  # fmt: skip
    with pytest.raises(Invalid) as refused:
        taken(small, about=about, agency=elsewhere.agencies["STP"])
    assert set(refused.value.fields) == {"code", "title", "agency", "collected_to", "valid_sheets", "sent_sheets"}
    assert not Survey.objects.exists()


def test_an_unknown_component_stores_nothing(small):
    with pytest.raises(SheetRefused):
        taken(small, csv_sheet("Mã câu,Thành phần,Hài lòng\n1,9.9,5\n"))
    assert not Survey.objects.exists()


@pytest.mark.parametrize("who", ["stp.canbo", "snv.thamdinh", "lanhdao", "kiemtra", "quantri"])
def test_only_the_specialist_takes_a_survey_in(small, who):
    with pytest.raises(Refused):
        taken(small, by=who)


@pytest.mark.parametrize("model", [Survey, SurveyQuestion, SurveyCount])
def test_the_database_keeps_what_was_counted(small, model):
    taken(small)
    table = model._meta.db_table
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

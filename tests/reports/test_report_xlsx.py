"""Workbooks: the PDF's figures as numbers and days, and no text that becomes a formula."""

import io
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from agencies.models import Agency
from agencies.tables import safe_cell
from plans.models import Plan
from reports.facts.catalogue import Subject, build_facts, digest_of
from reports.facts.year_end import YearEndFacts
from reports.render import xlsx

pytestmark = pytest.mark.django_db


def book_of(subject: Subject) -> tuple[Any, Any]:
    """Return a report's facts and its workbook as read back."""
    facts = build_facts(subject)
    return facts, load_workbook(io.BytesIO(xlsx.draw(subject.code, facts, digest_of(subject, facts))))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")'])
def test_text_never_becomes_a_formula(text: str) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    safe_cell(sheet["A1"], text)
    written = io.BytesIO()
    book.save(written)
    cell = load_workbook(io.BytesIO(written.getvalue())).active["A1"]
    assert cell.data_type == "s"
    assert cell.value.strip() == text.strip()
    assert cell.quotePrefix


def test_the_sheets_hold_the_facts_as_numbers_and_days(year_end: Subject) -> None:
    facts, book = book_of(year_end)
    assert isinstance(facts, YearEndFacts)
    assert book.sheetnames == ["Tổng hợp", "Mục tiêu", "Theo cơ quan", "Theo mục", "Phụ lục"]
    rows = list(book["Theo cơ quan"].iter_rows(values_only=True))
    total = rows[-1]
    counts = facts.assignments_total.counts
    assert total[:2] == ("Tổng số", counts.total)
    assert list(total[2:10]) == list(counts.eight().values())
    body = rows[1:-1]
    assert len(body) == len(facts.agencies.rows)
    for column in range(1, 11):
        assert sum(row[column] for row in body) == total[column]
    assert (total[11], total[12]) == (counts.done, counts.counted)
    assert total[13] == pytest.approx(counts.done / counts.counted)
    sheet = book["Phụ lục"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref.startswith("A1:")
    appendix = [row for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert len({row[1] for row in appendix}) == 59
    assert any(isinstance(row[6], datetime) for row in appendix)
    assert any(isinstance(row[17], int | float) for row in appendix)
    assert book["Tổng hợp"]["B4"].value == datetime(2021, 12, 10)


def test_a_rate_that_cannot_be_computed_is_said(year_end: Subject) -> None:
    _, book = book_of(year_end)
    rates = {row[-1] for row in book["Theo mục"].iter_rows(min_row=2, values_only=True)}
    assert "không tính được" in rates


def test_the_same_figures_give_the_same_bytes(year_end: Subject) -> None:
    facts = build_facts(year_end)
    sha256 = digest_of(year_end, facts)
    once, twice = xlsx.draw("year_end", facts, sha256), xlsx.draw("year_end", facts, sha256)
    assert once == twice
    properties = load_workbook(io.BytesIO(once)).properties
    assert properties.created == properties.modified == datetime(2021, 12, 10)


@pytest.mark.parametrize("code", ["summary", "agency"])
def test_the_other_reports_have_workbooks_too(plan: Plan, code: str) -> None:
    agency = Agency.objects.get(province=plan.province, code="STP") if code == "agency" else None
    facts, book = book_of(Subject(code, plan, 2021, date(2022, 1, 20), agency))
    assert book.sheetnames[0] == "Tổng hợp"
    if code == "agency":
        assert book["Phụ lục"].max_row == 1 + len(facts.tasks)

"""Reports of a small plan: marks, groups, queries, and words that try to be more than words."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from agencies.errors import Invalid
from plans.models import Plan
from plans.standing import Bucket
from reports.facts.catalogue import Subject, build_facts, digest_of
from reports.facts.figures import Rate
from reports.facts.year_end import year_end_facts
from reports.render import pdf, xlsx
from tests.reports.conftest import AS_OF, text_of


@pytest.mark.parametrize("code", ["year_end", "summary", "agency"])
def test_more_reports_cost_no_more_queries(small: Any, code: str) -> None:
    agency = small.agencies["STP"] if code == "agency" else None

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            build_facts(Subject(code, Plan.objects.get(pk=small.plan.pk), 2021, AS_OF, agency))
        return len(captured)

    small.submit("1", "STP")
    few = queries()
    small.accept("3", "STP", done_on=AS_OF, obstacles="Thiếu người.")
    small.accept("2", "SNV", done_on=AS_OF)
    small.submit("3", "SYT", proposals="Thêm máy.")
    # One of them reads the milestones of the plan.
    assert queries() == few <= 40


def test_what_is_not_accepted_is_marked_and_not_counted_as_done(small: Any) -> None:
    small.submit("1", "STP", done_on=AS_OF)
    facts = year_end_facts(small.plan, year=2021, as_of=AS_OF)
    task = facts.appendix[0].tasks[0]
    assert (task.results[0].note, task.bucket) == ("chờ duyệt", Bucket.OPEN_WITHIN.value)
    assert facts.assignments_total.counts.done == 0
    assert facts.unaccepted == 1


def test_group_tasks_say_how_many_reported_and_are_done(small: Any) -> None:
    small.accept("3", "STP", done_on=AS_OF)
    small.submit("3", "SYT")
    task = year_end_facts(small.plan, year=2021, as_of=AS_OF).appendix[0].tasks[2]
    assert (task.reported, task.done) == (Rate(2, 4), Rate(1, 4))


def test_a_province_without_a_standing_office_is_told_so(small: Any) -> None:
    with pytest.raises(Invalid) as refused:
        year_end_facts(small.plan, year=2021, as_of=date(2020, 12, 31))
    assert refused.value.code == "no_standing_office"


def test_a_text_that_looks_like_markup_stays_text(small: Any, tmp_path: Path) -> None:
    small.submit("1", "STP", result="<b>đậm</b> & <img src='file:///etc/passwd'>")
    subject = Subject("year_end", small.plan, 2021, AS_OF)
    facts = build_facts(subject)
    words = text_of(pdf.draw("year_end", facts, digest_of(subject, facts)), tmp_path)
    assert "<b>đậm</b> & <img src='file:///etc/passwd'>" in words


def test_a_report_with_a_formula_in_its_words_stays_harmless(small: Any) -> None:
    small.submit("1", "STP", result="=cmd|'/c calc'!A0", proposals="@x", obstacles="-2+3")
    subject = Subject("year_end", small.plan, 2021, AS_OF)
    facts = build_facts(subject)
    book = load_workbook(io.BytesIO(xlsx.draw("year_end", facts, digest_of(subject, facts))))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert {"=cmd|'/c calc'!A0", "@x", "-2+3"} <= {cell.value for cell in cells}

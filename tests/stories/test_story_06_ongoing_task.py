"""Story 6: a "thường xuyên" task is never overdue, owes an entry each period, and is in no on-time rate."""

from datetime import date

import pytest

from agencies import calendar
from agencies.errors import PortalError
from plans import builder
from plans.actions import rulings
from plans.facts.plan import plan_facts
from plans.standing import Time
from tests.stories.conftest import living_on


def duty_on(small, code, day):
    task = next(task for task in plan_facts(small.plan, day).tasks if task.code == code)
    return task.assignments[0]


def test_an_ongoing_task_is_never_overdue_and_owes_an_entry_each_period(small, one_more, page):
    with living_on(2021, 9, 10):
        duty = one_more("TX", "Tuyên truyền thường xuyên", deadline_kind="ongoing", deadline_text="Thường xuyên")
        before = plan_facts(small.plan, date(2021, 9, 10)).assignment_counts.timed
        small.accept("TX", "SYT", "2021-Q3")
    # The accepted report does not finish it, and years later it is still not overdue.
    far = duty_on(small, "TX", date(2031, 1, 1))
    assert (far.standing.time, far.standing.bucket.value, far.standing.days_overdue) == (
        Time.ONGOING,
        "open_no_deadline",
        0,
    )
    # It was heard in quý III, and not for the year: not updated.
    assert not duty_on(small, "TX", date(2021, 9, 12)).not_updated
    assert duty_on(small, "TX", date(2021, 12, 1)).not_updated
    assert plan_facts(small.plan, date(2021, 9, 12)).assignment_counts.timed == before
    text = page("syt.canbo", f"/nhiem-vu/{duty.pk}/")
    assert "không nằm trong mẫu số của tỷ lệ đúng hạn" in text
    assert "Chưa cập nhật kỳ này" in text
    assert "Quá hạn" not in text
    assert "Ngày hoàn thành" not in page("syt.canbo", f"/nhiem-vu/{duty.pk}/bao-cao/2021-Y/")
    assert "Ngày hoàn thành" in page("syt.canbo", f"/nhiem-vu/{small.assignment('5', 'SYT').pk}/bao-cao/2021-Y/")


def test_a_done_date_in_a_report_does_not_finish_it(small, one_more):
    one_more("TX", "Tuyên truyền thường xuyên", deadline_kind="ongoing")
    small.accept("TX", "SYT", done_on=date(2021, 12, 1))
    assert duty_on(small, "TX", calendar.today()).standing.state == "in_progress"


def test_only_a_decision_or_the_end_of_the_plan_closes_it(small, one_more):
    with living_on(2021, 11, 1):
        duty = one_more("TX", "Tuyên truyền thường xuyên", deadline_kind="ongoing")
    with pytest.raises(PortalError) as refused:
        rulings.finish(
            of=duty,
            effective_on=date(2021, 12, 10),
            document_number="",
            document_date=None,
            by=small.who("snv.thamdinh"),
        )
    assert set(refused.value.fields) == {"document_number", "document_date"}
    rulings.finish(
        of=duty,
        effective_on=date(2021, 12, 10),
        document_number="12/QĐ-UBND",
        document_date=date(2021, 12, 8),
        by=small.who("snv.thamdinh"),
    )
    closed = duty_on(small, "TX", date(2021, 12, 10))
    assert (closed.standing.state, closed.standing.bucket.value) == ("done", "done_no_deadline")
    assert duty_on(small, "TX", date(2021, 12, 9)).standing.state == "not_started"
    with pytest.raises(PortalError) as refused:
        small.begin("TX", "SYT")
    assert refused.value.code == "duty_takes_no_reports"


def test_a_dated_task_is_not_closed_by_a_decision(small):
    with pytest.raises(PortalError) as refused:
        rulings.finish(
            of=small.assignment("1", "STP"),
            effective_on=date(2021, 12, 10),
            document_number="12/QĐ-UBND",
            document_date=date(2021, 12, 8),
            by=small.who("snv.thamdinh"),
        )
    assert refused.value.code == "finished_by_report"


def test_a_recurring_task_has_a_due_date_for_each_period(small, one_more, page):
    with living_on(2021, 9, 10):
        duty = one_more("DK", "Báo cáo định kỳ", deadline_kind="recurring", recurrence="quarterly")
        small.submit("DK", "SYT", "2021-Q3")
    builder.refresh_duties(small.plan)
    duty.refresh_from_db()
    # Quý III was handed in on time; the year's is owed by 20/12/2021.
    assert (duty.due_on, duty.due_origin) == (date(2021, 12, 20), "period")
    text = page("syt.canbo", f"/nhiem-vu/{duty.pk}/")
    assert "20/09/2021" in text
    assert "Nộp đúng hạn" in text
    with living_on(2021, 12, 23):
        assert duty_on(small, "DK", date(2021, 12, 23)).standing.days_overdue == 3
        small.submit("DK", "SYT", "2021-Y")
        assert duty_on(small, "DK", date(2021, 12, 23)).standing.bucket.value == "open_no_deadline"
        assert "Nộp muộn 3 ngày" in page("syt.canbo", f"/nhiem-vu/{duty.pk}/")

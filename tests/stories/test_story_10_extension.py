"""Story 10: an extension needs day, reason and document; the old day counts until it is granted; lateness stays."""

from datetime import date

import pytest

from agencies.errors import PortalError
from agencies.models import Event
from plans.actions import progress, requests
from plans.facts.duty import extended_text
from plans.facts.plan import plan_facts
from plans.models import DutyRequest, Ruling
from tests.conftest import pdf_upload
from tests.stories.conftest import living_on


def duty_on(small, day, code="5"):
    task = next(task for task in plan_facts(small.plan, day).tasks if task.code == code)
    return task.assignments[0]


def ask(small, new=date(2022, 1, 31), by="syt.canbo", agency="SYT", task="5"):
    return requests.ask_extension(
        assignment=small.assignment(task, agency),
        new_due_on=new,
        reason="Chờ bộ cài đặt phần mềm",
        upload=pdf_upload("to-trinh.pdf"),
        by=small.who(by),
    )


def test_the_old_day_counts_until_it_is_granted_and_the_late_days_stay(small, page):
    """Task 5 of Sở Y tế is due on 30/11/2021."""
    with living_on(2021, 12, 5):
        asked = ask(small)
        assert (asked.old_due_on, asked.after_deadline, asked.state) == (date(2021, 11, 30), True, "open")
        assert duty_on(small, date(2021, 12, 5)).standing.days_overdue == 5
    with living_on(2021, 12, 10):
        assert duty_on(small, date(2021, 12, 10)).standing.days_overdue == 10
        requests.grant(request=asked, reason="Đồng ý", revision=1, by=small.who("snv.thamdinh"))
        one = duty_on(small, date(2021, 12, 10))
        assert (one.standing.due_on, one.standing.bucket.value) == (date(2022, 1, 31), "open_within")
        text = page("syt.canbo", f"/nhiem-vu/{small.assignment('5', 'SYT').pk}/")
        assert "Đã gia hạn 1 lần (30/11/2021→31/1/2022)" in text
        assert "quá hạn 10 ngày trước khi gia hạn ngày 10/12/2021" in text
        assert "sau khi đã quá hạn" in text
    # What yesterday showed is still what yesterday shows.
    assert duty_on(small, date(2021, 12, 9)).standing.days_overdue == 9


def test_what_was_done_before_the_grant_is_judged_by_the_old_day(small):
    with living_on(2021, 12, 5):
        asked = ask(small)
        small.accept("5", "SYT", done_on=date(2021, 12, 4))
        with pytest.raises(PortalError) as refused:
            requests.grant(request=asked, revision=None, by=small.who("snv.thamdinh"))
    assert refused.value.code == "duty_over"
    assert duty_on(small, date(2021, 12, 5)).standing.bucket.value == "done_late"


def test_what_was_done_late_stays_late_though_the_extension_was_granted_before_the_review(small):
    with living_on(2021, 12, 5):
        asked = ask(small)
        sent = small.submit("5", "SYT", done_on=date(2021, 12, 4))
    with living_on(2021, 12, 8):
        requests.grant(request=asked, revision=1, by=small.who("snv.thamdinh"))
        assert duty_on(small, date(2021, 12, 8)).standing.bucket.value == "open_within"
        progress.accept(progress=sent, revision=None, by=small.who("snv.thamdinh"))
    one = duty_on(small, date(2021, 12, 8))
    assert (one.standing.bucket.value, one.standing.due_on) == ("done_late", date(2021, 11, 30))


def test_two_extensions_are_both_shown(small):
    with living_on(2021, 11, 20):
        requests.grant(request=ask(small, date(2021, 12, 5)), revision=None, by=small.who("snv.thamdinh"))
    with living_on(2021, 12, 8):
        requests.grant(request=ask(small, date(2021, 12, 31)), revision=None, by=small.who("snv.thamdinh"))
        said = extended_text(duty_on(small, date(2021, 12, 8)).extensions)
    assert said == ("đã gia hạn 2 lần (30/11→5/12; 5/12→31/12); quá hạn 3 ngày trước khi gia hạn ngày 08/12/2021")


def test_a_declined_or_withdrawn_request_changes_nothing_and_keeps_its_reason(small):
    with living_on(2021, 11, 20):
        asked = ask(small)
        with pytest.raises(PortalError) as refused:
            requests.decline(request=asked, reason=" ", revision=1, by=small.who("snv.thamdinh"))
        assert refused.value.code == "reason_required"
        said = requests.decline(request=asked, reason="Đủ thời gian", revision=1, by=small.who("snv.thamdinh"))
        assert said.decision_reason == "Đủ thời gian"
        again = ask(small)
        requests.withdraw(request=again, revision=1, by=small.officer("SYT"))
        assert duty_on(small, date(2021, 11, 20)).standing.due_on == date(2021, 11, 30)
    assert list(Event.objects.filter(action__startswith="request.").values_list("action", flat=True)) == [
        "request.open",
        "request.decline",
        "request.open",
        "request.withdraw",
    ]
    assert not Ruling.objects.exists()


def test_the_head_may_ask_too_and_others_may_not(small):
    assert ask(small, by="stp.thutruong", agency="STP", task="1").state == "open"
    for stranger in ("syt.canbo", "snv.thamdinh", "lanhdao", "quantri", "kiemtra"):
        with pytest.raises(PortalError) as refused:
            ask(small, by=stranger, agency="STP", task="1")
        assert refused.value.status == 403, stranger


def test_every_missing_field_is_said(small):
    with pytest.raises(PortalError) as refused:
        requests.ask_extension(
            assignment=small.assignment("1", "STP"), new_due_on=None, reason="", upload=None, by=small.officer("STP")
        )
    assert set(refused.value.fields) == {"new_due_on", "reason", "document"}


@pytest.mark.parametrize("new", [date(2021, 12, 31), date(2021, 6, 1)])
def test_the_new_day_is_after_the_old_one(small, new):
    with pytest.raises(PortalError) as refused:
        ask(small, new, by="stp.canbo", agency="STP", task="1")
    assert set(refused.value.fields) == {"new_due_on"}


def test_a_task_without_a_day_an_ongoing_one_and_a_done_one_take_no_extension(small, one_more):
    one_more("TX", "Thường xuyên", deadline_kind="ongoing")
    small.accept("1", "STP", done_on=date(2021, 12, 1))
    codes = {}
    for task, agency in (("3", "STP"), ("TX", "SYT"), ("1", "STP")):
        with pytest.raises(PortalError) as refused:
            ask(small, by=f"{agency.lower()}.canbo", agency=agency, task=task)
        codes[task] = refused.value.code
    assert codes == {"3": "no_day", "TX": "never_due", "1": "duty_over"}


def test_one_open_request_at_a_time(small):
    ask(small)
    with pytest.raises(PortalError) as refused:
        ask(small)
    assert refused.value.code == "request_exists"
    assert DutyRequest.objects.count() == 1


def test_nobody_decides_the_own_agencys_request(small, one_more):
    duty = one_more("SN", "Việc của Sở Nội vụ", agency="SNV", deadline_kind="date", deadline_to=date(2021, 12, 31))
    asked = requests.ask_extension(
        assignment=duty, new_due_on=date(2022, 1, 31), reason="x", upload=pdf_upload(), by=small.officer("SNV")
    )
    with pytest.raises(PortalError) as refused:
        requests.grant(request=asked, revision=1, by=small.who("snv.thamdinh"))
    assert refused.value.code == "own_agency"
    assert not DutyRequest.objects.decidable_by(small.who("snv.thamdinh"), date(2021, 12, 10)).exists()
    assert requests.grant(request=asked, revision=1, by=small.who("vpub.thamdinh")).state == "granted"


def test_a_request_made_for_another_day_is_not_granted(small):
    with living_on(2021, 11, 20):
        asked = ask(small, date(2021, 12, 20))
        other = requests.refuse(
            assignment=small.assignment("5", "SYT"), reason="x", legal_ground="y", by=small.officer("SYT")
        )
        assert other.kind == "refusal"
        Ruling.objects.create(
            province=small.province,
            task=asked.assignment.task,
            assignment=asked.assignment,
            kind="carried_due",
            effective_on=date(2021, 11, 20),
            due_on=date(2021, 12, 10),
            at=asked.created_at,
        )
        with pytest.raises(PortalError) as refused:
            requests.grant(request=asked, revision=1, by=small.who("snv.thamdinh"))
    assert refused.value.code == "due_changed"

"""What a close, a reopening and late leave do to the window of a period, wherever it is asked."""

from datetime import date, datetime

import pytest
from django.urls import reverse

from agencies import calendar
from agencies.errors import Conflict, Invalid
from agencies.models import Event
from plans.actions import closes, plans, progress, windows
from plans.facts.close_difference import difference
from plans.facts.snapshot import content_of
from plans.facts.windows import closed_expression, closes_expression, window
from plans.models import PeriodClose, ReportingPeriod, WindowException

APPROVAL = {"reason": "Hệ thống lỗi ngày cuối kỳ", "approver": "Nguyễn Văn A, Phó Chủ tịch", "document": "12/UBND-NC"}


def at(day: int, month: int = 12, hour: int = 9):
    """Hold the clock at an hour of a day of 2021."""
    return calendar.held_at(datetime(2021, month, day, hour, 0, tzinfo=calendar.VIETNAM))


@pytest.fixture
def reviewer(small):
    return small.who("snv.thamdinh")


@pytest.fixture
def closed(small, reviewer) -> PeriodClose:
    """The year closed on 21/12 with one accepted report of STP."""
    small.accept()
    with at(21):
        return closes.close(period=small.period(), by=reviewer)


def open_for(small, day: int, agency: str | None = None) -> bool:
    return window(small.period(), date(2021, 12, day)).is_open(small.agencies[agency].pk if agency else None)


def in_sql(small, day: int) -> tuple[date | None, date | None]:
    """Return what lists read: the last day for all, and the day of the close."""
    on = date(2021, 12, day)
    return (
        ReportingPeriod.objects.filter(pk=small.period().pk)
        .annotate(last=closes_expression(on), closed=closed_expression(on))
        .values_list("last", "closed")
        .get()
    )


def extend(small, day: int, reviewer) -> WindowException:
    """Extend the year for everybody after an outage."""
    return windows.extend_for_all(
        period=small.period(), reason="Sự cố", document_number="5/SNV", expires_on=date(2021, 12, day), by=reviewer
    )


def without_closing_day(small):
    ReportingPeriod.objects.filter(pk=small.period().pk).update(closes_on=None)


# The story


def test_a_late_report_after_the_close_leaves_the_sealed_figures_and_a_second_close_names_it(small, reviewer, closed):
    sealed = (closed.content, closed.sha256)
    with at(22):
        with pytest.raises(Invalid) as said:
            small.submit("5", "SYT")
        assert said.value.code == "period_closed" and "chốt ngày 21/12/2021" in said.value.message
        windows.allow_late(
            period=small.period(),
            agency=small.agencies["SYT"],
            reason="Mất điện cả ngày",
            expires_on=date(2021, 12, 24),
            by=reviewer,
        )
        # Only the agency that has leave.
        with pytest.raises(Invalid):
            small.submit("3", "STP")
        small.submit("5", "SYT")
    closed.refresh_from_db()
    assert (closed.content, closed.sha256) == sealed
    with at(22, hour=15):
        closes.reopen(close=closed, **APPROVAL, expires_on=date(2021, 12, 23), by=reviewer)
        small.submit("3", "STP")
    with at(23):
        second = closes.close(period=small.period(), number=2, by=reviewer)
        with pytest.raises(Invalid):
            small.submit("2", "SNV")
    found = difference(content_of(closed), content_of(second))
    assert {(row.code, row.agency) for row in found.duties} == {("3", "Sở Tư pháp"), ("5", "Sở Y tế")}
    closed.refresh_from_db()
    assert (closed.content, closed.sha256) == sealed


# Days


def test_a_close_ends_the_window_of_a_period_without_a_closing_day(small, reviewer):
    without_closing_day(small)
    assert open_for(small, 22)
    with at(21):
        close = closes.close(period=small.period(), by=reviewer)
    assert [open_for(small, day) for day in (20, 21, 22)] == [True, False, False]
    assert [in_sql(small, day) for day in (20, 21, 22)] == [
        (None, None),
        (date(2021, 12, 21), date(2021, 12, 21)),
        (date(2021, 12, 21), date(2021, 12, 21)),
    ]
    with at(22):
        closes.reopen(close=close, **APPROVAL, expires_on=date(2021, 12, 24), by=reviewer)
    assert [open_for(small, day) for day in (21, 22, 24, 25)] == [False, True, True, False]
    assert in_sql(small, 24) == (date(2021, 12, 24), None)
    assert in_sql(small, 25) == (date(2021, 12, 21), date(2021, 12, 21))


@pytest.mark.parametrize("bounded", [True, False])
def test_lists_and_the_window_agree_on_every_day(small, reviewer, bounded):
    if not bounded:
        without_closing_day(small)
    with at(21):
        close = closes.close(period=small.period(), by=reviewer)
    with at(22):
        closes.reopen(close=close, **APPROVAL, expires_on=date(2021, 12, 23), by=reviewer)
    with at(23):
        extend(small, 27, reviewer)
    with at(28):
        closes.close(period=small.period(), number=2, by=reviewer)
    with at(29):
        close = PeriodClose.objects.latest_of(small.period())
        closes.reopen(close=close, **APPROVAL, expires_on=date(2021, 12, 29), by=reviewer)
    with at(30):
        closes.close(period=small.period(), number=3, by=reviewer)
    for day in range(14, 32):
        now = window(small.period(), date(2021, 12, day))
        last, shut = in_sql(small, day)
        assert (last, shut) == (now.closes_on, now.closed_on), day
        if now.on >= now.period.opens_on:
            assert now.is_open() == (shut is None and (last is None or now.on <= last)), day


def test_late_leave_from_before_the_close_ends_with_it(small, reviewer):
    ReportingPeriod.objects.filter(pk=small.period().pk).update(closes_on=date(2021, 12, 20))
    period, agency = small.period(), small.agencies["SYT"]
    with at(21, hour=8):
        windows.allow_late(period=period, agency=agency, reason="Bận", expires_on=date(2021, 12, 28), by=reviewer)
    assert open_for(small, 21, "SYT")
    with at(21):
        closes.close(period=period, by=reviewer)
    assert not open_for(small, 22, "SYT")
    with at(22):
        windows.allow_late(period=period, agency=agency, reason="Vẫn cần", expires_on=date(2021, 12, 22), by=reviewer)
    assert [open_for(small, day, "SYT") for day in (21, 22, 23)] == [False, True, False]
    assert not open_for(small, 22, "STP")


def test_the_page_says_that_late_leave_ended_with_the_close(enter, small, reviewer):
    ReportingPeriod.objects.filter(pk=small.period().pk).update(closes_on=date(2021, 12, 20))
    period, address = small.period(), reverse("plans:period_exceptions", args=[small.period().pk])
    with at(21, hour=8):
        windows.allow_late(
            period=period, agency=small.agencies["SYT"], reason="Bận", expires_on=date(2021, 12, 28), by=reviewer
        )
        assert "Còn hiệu lực" in enter("snv.thamdinh").get(address).content.decode()
    with at(21):
        closes.close(period=period, by=reviewer)
    with at(22):
        page = enter("snv.thamdinh").get(address).content.decode()
    assert "Còn hiệu lực" not in page
    assert "Đã hết" in page


def test_late_leave_is_given_on_the_very_day_of_the_close(small, reviewer, closed):
    """The day of the close is not a day on which the agency can report anyway."""
    with at(21, hour=15):
        windows.allow_late(
            period=small.period(),
            agency=small.agencies["SYT"],
            reason="Mất điện",
            expires_on=date(2021, 12, 21),
            by=reviewer,
        )
        small.submit("5", "SYT")


def test_a_closed_period_is_not_extended_and_what_was_late_stays_late(enter, small, reviewer, closed):
    with at(22):
        with pytest.raises(Conflict) as said:
            extend(small, 30, reviewer)
        assert said.value.code == "period_closed"
        assert said.value.message == "Kỳ 2021-Y đã chốt ngày 21/12/2021; hãy mở lại kỳ rồi gia hạn."
        address = reverse("plans:window_extend", args=[small.period().pk])
        answer = enter("snv.thamdinh").post(
            address, {"document_number": "5/SNV", "expires_on": "30/12/2021", "reason": "Sự cố"}
        )
    assert answer.status_code == 422
    assert "hãy mở lại kỳ rồi gia hạn" in answer.content.decode()
    assert window(small.period(), date(2021, 12, 22)).due_on == date(2021, 12, 20)
    assert not WindowException.objects.exists()


def test_an_outage_during_a_reopening_moves_its_last_day_too(enter, small, reviewer, closed):
    with at(22):
        closes.reopen(close=closed, **APPROVAL, expires_on=date(2021, 12, 23), by=reviewer)
        extend(small, 22, reviewer)
        # Not later than the reopening: only the due date moves.
        assert window(small.period(), date(2021, 12, 22)).closes_on == date(2021, 12, 23)
    with at(23):
        extend(small, 28, reviewer)
    # What it was on the day before stays what it was.
    assert window(small.period(), date(2021, 12, 22)).closes_on == date(2021, 12, 23)
    assert [open_for(small, day) for day in (23, 24, 28, 29)] == [True, True, True, False]
    with at(27):
        late = small.submit("5", "SYT")
        assert window(small.period(), date(2021, 12, 27)).days_late(late.first_submitted_at) == 0
        page = enter("snv.thamdinh").get(reverse("plans:period_list", args=[small.plan.code])).content.decode()
        assert "Đang mở lại đến hết 28/12/2021" in page
        with pytest.raises(Conflict) as said:
            closes.reopen(close=closed, **APPROVAL, expires_on=date(2021, 12, 30), by=reviewer)
        assert said.value.code == "already_reopened"


def test_a_close_waits_for_an_outage_extension(small, reviewer):
    with at(20):
        windows.extend_for_all(
            period=small.period(), reason="Sự cố", document_number="5/SNV", expires_on=date(2021, 12, 28), by=reviewer
        )
    with at(28):
        with pytest.raises(Conflict) as said:
            closes.close(period=small.period(), by=reviewer)
        assert said.value.code == "window_not_over" and "28/12/2021" in said.value.message
    with at(29):
        assert closes.close(period=small.period(), by=reviewer).number == 1


def test_a_close_seals_the_lateness_that_the_screens_show(small, reviewer):
    """The due date that counts, and by which document it was moved; not the day of the plan alone."""
    with at(20):
        windows.extend_for_all(
            period=small.period(), reason="Sự cố", document_number="5/SNV", expires_on=date(2021, 12, 23), by=reviewer
        )
    with at(22):
        in_time = small.submit("5", "SYT")
    with at(24):
        late = small.submit("1", "STP")
        content = content_of(closes.close(period=small.period(), by=reviewer))
        now = window(small.period(), date(2021, 12, 24))
    sealed = {one["assignment"]: one["report"]["days_late"] for one in content["assignments"] if one["report"]}
    assert sealed == {in_time.assignment_id: 0, late.assignment_id: 1}
    assert sealed[late.assignment_id] == now.days_late(late.first_submitted_at)
    period = content["period"]
    assert (period["due_on"], period["planned_due_on"]) == ("2021-12-23", "2021-12-20")
    assert [(one["document_number"], one["expires_on"]) for one in period["outages"]] == [("5/SNV", "2021-12-23")]


def test_a_returned_report_is_handed_in_again_after_the_close(small, reviewer):
    sent = small.submit("5", "SYT")
    with at(21):
        closes.close(period=small.period(), by=reviewer)
        back = progress.send_back(progress=sent, reason="Thiếu số", reason_code="other", revision=None, by=reviewer)
        again = progress.submit(
            progress=back,
            content=progress.Content(result="Đã bổ sung", explanation="Không có."),
            revision=None,
            by=small.officer("SYT"),
        )
    assert again.state == "submitted"


# Doors


def test_the_page_of_periods_leads_to_exceptions_and_to_a_new_period(enter, small, reviewer, closed):
    with at(22):
        windows.allow_late(
            period=small.period(),
            agency=small.agencies["SYT"],
            reason="Mất điện",
            expires_on=date(2021, 12, 24),
            by=reviewer,
        )
        address = reverse("plans:period_list", args=[small.plan.code])
        add = reverse("plans:period_add", args=[small.plan.code])
        exceptions = reverse("plans:period_exceptions", args=[small.period().pk])
        pages = {who: enter(who).get(address).content.decode() for who in ("snv.thamdinh", "stp.canbo")}
    assert add in pages["snv.thamdinh"] and add not in pages["stp.canbo"]
    assert all(exceptions in page for page in pages.values())
    # Whose leave it is, another agency does not learn.
    assert "Ngoại lệ của kỳ (1)" in pages["snv.thamdinh"] and "Ngoại lệ của kỳ (1)" not in pages["stp.canbo"]


def test_the_api_says_that_a_closed_period_takes_no_reports(enter, small, reviewer):
    without_closing_day(small)
    client, address = enter("snv.thamdinh"), f"/api/v1/periods/{small.period().pk}/"
    with at(21):
        assert client.get(address).json()["open"] is True
        close = closes.close(period=small.period(), by=reviewer)
        assert client.get(address).json()["open"] is False
        closes.reopen(close=close, **APPROVAL, expires_on=date(2021, 12, 23), by=reviewer)
        assert client.get(address).json()["open"] is True


# Periods of an issued plan


def test_a_period_added_to_an_issued_plan_leaves_its_event(small, reviewer):
    days = dict.fromkeys(("starts_on", "cut_off", "opens_on", "due_on", "closes_on"), date(2021, 9, 1))
    period = plans.add_period(plan=small.plan, code="k1", kind="own", name="Kỳ 1", year=2021, **days)
    event = Event.objects.get(action="period.add", subject_id=str(period.pk))
    assert event.after["code"] == "k1" and event.after["due_on"] == "2021-09-01"
    assert f"plans.reportingperiod:{period.pk}" in {name for part in event.seals.values() for name in part}
    assert not WindowException.objects.exists()

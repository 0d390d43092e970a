"""Periods added to a plan: what earlier days show afterwards, which are refused, and when they close."""

from datetime import date, datetime
from importlib import import_module
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from agencies import calendar, constraints
from agencies.errors import Invalid
from plans.actions import closes, plans, windows
from plans.facts.duty import duty_panel
from plans.facts.plan import plan_facts
from plans.facts.recorded import recorded
from plans.facts.windows import latest_period, window
from plans.models import PartyRole, Plan, ReportingPeriod
from plans.presets import Span, span_of

OCTOBER = Span(date(2021, 10, 1), date(2021, 10, 15), date(2021, 10, 10), date(2021, 10, 20))


def on(month: int, day: int):
    """Hold the clock at 09:00 of a day of 2021."""
    return calendar.held_at(datetime(2021, month, day, 9, 0, tzinfo=calendar.VIETNAM))


def add(small, code: str = "T10", span: Span = OCTOBER) -> ReportingPeriod:
    return windows.add_period(
        plan=small.plan, kind="own", year=2021, name=code, code=code, span=span, by=small.who("snv.thamdinh")
    )


@pytest.fixture
def recurring(small):
    """A recurring duty of SYT, handed out in August, that reported for quý III."""
    with on(8, 6):
        Plan.objects.filter(pk=small.plan.pk).update(state="drafting")
        small.plan.refresh_from_db()
        plans.add_task(
            section=small.plan.sections.select_related("plan").get(),
            code="R",
            text=plans.TaskText(
                "Báo cáo định kỳ",
                deadline={"deadline_kind": "recurring", "recurrence": "periodic"},
                parties=[plans.Party(PartyRole.LEAD, small.agencies["SYT"])],
            ),
            deciding_document="1/KH-UBND",
        )
        Plan.objects.filter(pk=small.plan.pk).update(state="issued")
        small.plan.refresh_from_db()
        plans.hand_out(plan=small.plan, on=date(2021, 8, 6), by=None)
    with on(9, 18):
        small.submit("R", "SYT", "2021-Q3")
    return small.assignment("R", "SYT")


def test_a_period_added_later_changes_no_earlier_day(small, recurring):
    """Decision 11: a day shows what had been recorded before it ended, the calendar of reports too."""
    past = date(2021, 10, 31)
    before = plan_facts(small.plan, past)
    with on(12, 10):
        added = add(small)
        assert plan_facts(small.plan, past) == before
        assert latest_period(small.plan.pk, past) == small.period("2021-Q3")
        assert recorded(small.plan, past).duties[recurring.pk].due_on == small.period("2021-Y").due_on
        # From the day on which it was added it asks for its report.
        assert recorded(small.plan, date(2021, 12, 10)).duties[recurring.pk].due_on == added.due_on
        viewer = small.who("snv.thamdinh")
        assert len(duty_panel(recurring, viewer, past).occurrences) == 2
        assert len(duty_panel(recurring, viewer, date(2021, 12, 10)).occurrences) == 3


def test_the_periods_of_the_first_text_are_known_with_it(small):
    assert set(ReportingPeriod.objects.values_list("known_from", flat=True)) == {None}
    with on(12, 10):
        assert add(small).known_from == calendar.now()


def test_the_database_keeps_since_when_a_period_is_known(small):
    period = add(small)
    for changed in ({"known_from": None}, {"known_from": datetime(2021, 9, 1, tzinfo=calendar.VIETNAM)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ReportingPeriod.objects.filter(pk=period.pk).update(**changed)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportingPeriod.objects.filter(code="2021-Y").update(known_from=calendar.now())
    period.pk, period.code, period.known_from = None, "T11", None
    with pytest.raises(IntegrityError), transaction.atomic():
        period.save(force_insert=True)


def test_periods_of_before_are_known_since_the_event_that_added_them(small):
    with on(12, 10):
        period = add(small)
        said = period.known_from
    constraints.remove(connection)
    ReportingPeriod.objects.update(known_from=None)
    with pytest.raises(CommandError, match="1 điểm không khớp"):
        call_command("verify_trail", stdout=StringIO())
    import_module("plans.migrations.0004_period_known").from_trail(apps, None)
    constraints.install(connection, "agencies")
    constraints.install(connection, "plans")
    assert dict(ReportingPeriod.objects.values_list("code", "known_from")) == {
        "2021-Q3": None, "2021-Y": None, "T10": said,
    }  # fmt: skip
    call_command("verify_trail", stdout=StringIO())


# Which periods are asked for


def test_a_second_period_with_the_same_cut_off_is_refused(small, enter):
    """Quý III and 9 tháng share opening and cut-off: of two such periods only one would ever be asked for."""
    with pytest.raises(Invalid) as said:
        windows.add_period(plan=small.plan, kind="nine_months", year=2021, by=small.who("snv.thamdinh"))
    assert said.value.code == "cut_off_taken"
    assert "Kế hoạch đã có kỳ 2021-Q3 chốt số liệu ngày 14/09/2021." in said.value.message
    answer = enter("snv.thamdinh").post(
        reverse("plans:period_add", args=[small.plan.code]), {"kind": "nine_months", "year": "2021"}
    )
    assert answer.status_code == 422
    assert "2021-Q3 chốt số liệu ngày 14/09/2021" in answer.content.decode()
    assert not ReportingPeriod.objects.filter(code="2021-9M").exists()


def test_reports_are_about_the_period_that_is_open_by_an_outage(small):
    """Its own closing day has passed, and a later period has opened and been closed: dates alone do not say it."""
    reviewer = small.who("snv.thamdinh")
    ReportingPeriod.objects.filter(pk=small.period("2021-Y").pk).update(closes_on=date(2021, 12, 20))
    later = Span(date(2021, 12, 1), date(2021, 12, 16), date(2021, 12, 15), date(2021, 12, 22), date(2021, 12, 22))
    with on(12, 15):
        extra = add(small, "BS", later)
        windows.extend_for_all(
            period=small.period(), reason="Sự cố", document_number="5/SNV", expires_on=date(2021, 12, 28), by=reviewer
        )
    with on(12, 23):
        assert latest_period(small.plan.pk, date(2021, 12, 23)) == small.period("2021-Y")
        assert plan_facts(small.plan, date(2021, 12, 23)).period == "2021-Y"
    assert latest_period(small.plan.pk, date(2021, 12, 22)) == extra


def test_reports_are_not_about_a_period_that_was_closed_while_another_is_open(small):
    with on(12, 15):
        extra = add(
            small, "BS", Span(date(2021, 12, 1), date(2021, 12, 15), date(2021, 12, 15), date(2021, 12, 15))
        )  # no closing day: open until it is closed
    with on(12, 16):
        assert latest_period(small.plan.pk, date(2021, 12, 16)) == extra
        closes.close(period=extra, by=small.who("snv.thamdinh"))
        assert latest_period(small.plan.pk, date(2021, 12, 16)) == small.period("2021-Y")


# When they close


def test_a_national_period_closes_on_its_due_date(small):
    with on(12, 10):
        period = windows.add_period(plan=small.plan, kind="quarter_1", year=2022, by=small.who("snv.thamdinh"))
    assert period.closes_on == period.due_on == date(2022, 3, 20)
    assert window(period, date(2022, 3, 20)).is_open()
    assert not window(period, date(2022, 3, 21)).is_open()


@pytest.mark.parametrize(
    ("typed", "closes_on"),
    [
        ({}, date(2021, 12, 27)),
        ({"closes_on": "29/12/2021"}, date(2021, 12, 29)),
        ({"stays_open": "on"}, None),
    ],
)
def test_an_open_end_is_chosen_not_left_blank(small, enter, typed, closes_on):
    sent = {
        "kind": "half",
        "year": "2021",
        "cut_off": "24/12/2021",
        "opens_on": "20/12/2021",
        "due_on": "27/12/2021",
        **typed,
    }
    answer = enter("snv.thamdinh").post(reverse("plans:period_add", args=[small.plan.code]), sent)
    assert answer.status_code == 302
    assert small.period("2021-H1").closes_on == closes_on


def test_a_closing_day_and_no_closing_day_are_not_both_chosen(small, enter):
    sent = {"kind": "half", "year": "2021", "closes_on": "21/06/2021", "stays_open": "on"}
    answer = enter("snv.thamdinh").post(reverse("plans:period_add", args=[small.plan.code]), sent)
    assert answer.status_code == 422
    assert "Đã chọn không đóng thì để trống ngày đóng." in answer.content.decode()
    assert span_of("half", 2021).closes_on == date(2021, 6, 20)

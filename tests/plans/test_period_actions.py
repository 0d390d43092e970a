"""Periods added to a plan: what earlier days show afterwards, which are refused, and when they close."""

from datetime import date, datetime
from importlib import import_module
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from agencies import calendar, constraints
from plans.actions import plans, windows
from plans.facts.duty import duty_panel
from plans.facts.plan import plan_facts
from plans.facts.recorded import recorded
from plans.facts.windows import latest_period
from plans.models import PartyRole, Plan, ReportingPeriod
from plans.presets import Span

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

"""The lists of what waits (for the head, for an answer, for a decision) cost the same for few rows as for many."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.actions import approval
from plans.actions import plans, progress
from plans.models import PartyRole, Plan

SAID = progress.Content(result="Xong", explanation="Chưa có.", proposals="Bổ sung kinh phí")


@pytest.fixture
def add(small):
    """Give Sở Tư pháp twenty further tasks; reports on the next ones are handed in or put before the head."""
    Plan.objects.filter(pk=small.plan.pk).update(state="drafting")
    plan = Plan.objects.get(pk=small.plan.pk)
    section = plan.sections.get()
    codes = [f"m{number}" for number in range(20)]
    for code in codes:
        party = plans.Party(PartyRole.LEAD, small.agencies["STP"])
        plans.add_task(section=section, code=code, text=plans.TaskText(code, parties=[party]), deciding_document="1")
    Plan.objects.filter(pk=small.plan.pk).update(state="issued")
    small.plan.refresh_from_db()
    plans.hand_out(plan=small.plan, on=date(2021, 12, 10), by=None)

    def more(number, verb):
        for code in [codes.pop() for _ in range(number)]:
            verb(progress=small.begin(code), content=SAID, revision=None, by=small.officer("STP"))

    return more


@pytest.mark.parametrize(
    ("who", "address", "needs_head"),
    [
        ("stp.thutruong", "/phe-duyet/", True),
        ("snv.thamdinh", "/kien-nghi/", False),
        ("snv.thamdinh", "/duyet/?late=on_time&asked=none", False),
        ("lanhdao", "/co-quan/{stp}/", False),
    ],
)
def test_a_list_of_what_waits_costs_the_same_for_three_rows_as_for_twenty(small, enter, add, who, address, needs_head):
    if needs_head:
        approval.require_head(agency=small.agencies["STP"], document="QC", valid_from=date(2021, 12, 10), by=None)
    verb = progress.forward if needs_head else progress.submit
    address = address.format(stp=small.agencies["STP"].pk)
    browser = enter(who)

    def queries():
        browser.get(address)
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(address).status_code == 200
        return len(seen)

    add(3, verb)
    few = queries()
    add(17, verb)
    assert queries() == few

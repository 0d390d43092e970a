"""Story 11: "not ours": reason and legal ground; the task stays with the agency until it is given to another one."""

from datetime import date

import pytest

from agencies.errors import PortalError
from plans.actions import groups, requests, rulings
from plans.facts.plan import plan_facts
from plans.models import Assignment, PartyRole
from plans.schedule import refresh_all
from tests.conftest import pdf_upload
from tests.stories.conftest import living_on


def refuse(small, task="1", agency="STP", by="stp.canbo"):
    return requests.refuse(
        assignment=small.assignment(task, agency),
        reason="Không thuộc chức năng của Sở",
        legal_ground="Khoản 2 Điều 3 QĐ 10/2021/QĐ-UBND",
        by=small.who(by),
    )


def leads_on(small, day, code="1"):
    task = next(task for task in plan_facts(small.plan, day).tasks if task.code == code)
    return [duty.agency for duty in task.assignments]


def test_it_stays_with_the_agency_until_it_is_reassigned_and_is_never_nobodys(small, page):
    asked = refuse(small)
    assert leads_on(small, date(2021, 12, 10)) == ["Sở Tư pháp"]
    small.submit("1", "STP")
    with pytest.raises(PortalError) as refused:
        requests.grant(request=asked, revision=1, by=small.who("snv.thamdinh"))
    assert refused.value.code == "successor_required"
    requests.grant(request=asked, to=small.agencies["SYT"], revision=1, by=small.who("snv.thamdinh"))
    asked.refresh_from_db()
    new = asked.reassigned_to
    assert new.succeeds_id == asked.assignment_id
    # On no day without a lead, on no day with two.
    for day, lead in ((10, "Sở Tư pháp"), (11, "Sở Y tế"), (12, "Sở Y tế")):
        assert leads_on(small, date(2021, 12, day)) == [lead]
    with living_on(2021, 12, 11):
        refresh_all()
        assert Assignment.objects.leading().filter(task=new.task).get() == new
        with pytest.raises(PortalError) as refused:
            small.begin("1", "STP", "2021-Q3")
        assert refused.value.code == "duty_takes_no_reports"
        assert small.submit("1", "SYT").state == "submitted"
    assert "Chuyển cho Sở Y tế từ ngày 11/12/2021" in page("stp.canbo", f"/nhiem-vu/{asked.assignment_id}/")
    assert "Tiếp nhận từ Sở Tư pháp" in page("syt.canbo", f"/nhiem-vu/{new.pk}/")


def test_what_the_agency_reported_stays_with_it(small):
    asked = refuse(small)
    sent = small.submit("1", "STP")
    requests.grant(request=asked, to=small.agencies["SYT"], revision=1, by=small.who("snv.thamdinh"))
    sent.refresh_from_db()
    assert sent.assignment.agency == small.agencies["STP"]
    assert asked.assignment.progress.count() == 1


def test_reason_and_ground_are_required_and_a_declined_one_changes_nothing(small):
    with pytest.raises(PortalError) as refused:
        requests.refuse(assignment=small.assignment("1", "STP"), reason="", legal_ground="", by=small.officer("STP"))
    assert set(refused.value.fields) == {"reason", "legal_ground"}
    asked = refuse(small)
    requests.decline(request=asked, reason="Đúng chức năng của Sở", revision=1, by=small.who("snv.thamdinh"))
    assert small.assignment("1", "STP").valid_to is None
    assert refuse(small).state == "open"


@pytest.mark.parametrize("to", ["STP", "SYT"])
def test_it_does_not_go_to_one_who_has_it_already(small, to):
    asked = refuse(small, "3")
    with pytest.raises(PortalError) as refused:
        requests.grant(request=asked, to=small.agencies[to], revision=1, by=small.who("snv.thamdinh"))
    assert refused.value.code == "already_theirs"
    assert small.assignment("3", "STP").valid_to is None


def test_it_does_not_go_to_another_province(small, elsewhere):
    asked = refuse(small)
    with pytest.raises(PortalError) as refused:
        requests.grant(request=asked, to=elsewhere.agencies["SYT"], revision=1, by=small.who("snv.thamdinh"))
    assert refused.value.code == "successor_unknown"


def test_an_extension_goes_with_the_duty(small):
    longer = requests.ask_extension(
        assignment=small.assignment("1", "STP"),
        new_due_on=date(2022, 3, 31),
        reason="x",
        upload=pdf_upload(),
        by=small.officer("STP"),
    )
    requests.grant(request=longer, revision=None, by=small.who("snv.thamdinh"))
    asked = requests.grant(request=refuse(small), to=small.agencies["SYT"], revision=None, by=small.who("snv.thamdinh"))
    with living_on(2021, 12, 12):
        refresh_all()
        new = Assignment.objects.get(pk=asked.reassigned_to_id)
        assert (new.due_on, new.due_origin) == (date(2022, 3, 31), "extension")


def test_the_sweep_does_not_give_a_group_duty_back(small):
    asked = refuse(small, "3")
    requests.grant(request=asked, to=small.agencies["UBND"], revision=None, by=small.who("snv.thamdinh"))
    with living_on(2021, 12, 20):
        assert groups.follow(plan=small.plan, by=None) == 0
        refresh_all()
    mine = Assignment.objects.filter(task__code="3", agency=small.agencies["STP"], role=PartyRole.LEAD)
    assert [duty.valid_to for duty in mine] == [date(2021, 12, 10)]


def test_a_halted_duty_is_not_refused(small):
    duty = small.assignment("1", "STP")
    rulings.cancel(
        of=duty,
        effective_on=date(2021, 12, 10),
        document_number="9/QĐ",
        document_date=date(2021, 12, 9),
        by=small.who("snv.thamdinh"),
    )
    with pytest.raises(PortalError) as refused:
        refuse(small)
    assert refused.value.code == "duty_over"

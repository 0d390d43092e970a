"""Story 7: "khi Bộ Y tế có văn bản triển khai": nothing counts before the document; with it a deadline is required."""

from datetime import date

import pytest

from agencies.errors import PortalError
from plans.actions import requests, rulings
from plans.facts.plan import plan_facts
from plans.standing import Time
from tests.conftest import pdf_upload
from tests.stories.conftest import living_on

CONDITION = "Khi Bộ Y tế có văn bản triển khai"


@pytest.fixture
def duty(one_more):
    with living_on(2021, 11, 1):
        return one_more(
            "DK", "Khảo sát hài lòng", deadline_kind="conditional", condition=CONDITION, deadline_text=CONDITION
        )


def standing_on(small, day):
    task = next(task for task in plan_facts(small.plan, day).tasks if task.code == "DK")
    return task.assignments[0].standing


def test_it_waits_for_its_document_then_it_has_a_deadline(small, duty, page):
    assert standing_on(small, date(2030, 1, 1)).time is Time.CONDITION_NOT_MET
    assert standing_on(small, date(2030, 1, 1)).bucket.value == "open_no_deadline"
    text = page("syt.canbo", f"/nhiem-vu/{duty.pk}/")
    assert "Chưa đến điều kiện" in text
    assert "Ghi nhận đã đến điều kiện" in text

    officer = small.officer("SYT")
    with pytest.raises(PortalError) as refused:
        rulings.meet_condition(
            of=duty, document_number="123/BYT", document_date=date(2021, 12, 5), due_on=None, by=officer
        )
    assert set(refused.value.fields) == {"due_on"}
    rulings.meet_condition(
        of=duty,
        document_number="123/BYT",
        document_date=date(2021, 12, 5),
        due_on=date(2021, 12, 31),
        upload=pdf_upload(),
        by=officer,
    )
    assert standing_on(small, date(2021, 12, 9)).time is Time.CONDITION_NOT_MET
    assert standing_on(small, date(2021, 12, 10)).bucket.value == "open_within"
    assert standing_on(small, date(2022, 1, 5)).days_overdue == 5
    text = page("syt.canbo", f"/nhiem-vu/{duty.pk}/")
    assert "31/12/2021 (từ văn bản kích hoạt)" in text
    assert "văn bản số 123/BYT ngày 05/12/2021" in text


def test_the_agency_records_it_once_and_then_asks_for_an_extension(small, duty):
    officer = small.officer("SYT")
    said = {"of": duty, "document_number": "123/BYT", "document_date": date(2021, 12, 5), "by": officer}
    rulings.meet_condition(due_on=date(2021, 12, 31), **said)
    with pytest.raises(PortalError) as refused:
        rulings.meet_condition(due_on=date(2022, 12, 31), **said)
    assert refused.value.code == "condition_met"
    # Whoever decides about it may record it again.
    rulings.meet_condition(due_on=date(2022, 1, 15), **{**said, "by": small.who("snv.thamdinh")})
    duty.refresh_from_db()
    assert duty.due_on == date(2022, 1, 15)
    asked = requests.ask_extension(
        assignment=duty, new_due_on=date(2022, 2, 15), reason="x", upload=pdf_upload(), by=officer
    )
    assert asked.old_due_on == date(2022, 1, 15)


def test_another_agency_and_a_dated_task_have_no_condition(small, duty):
    said = {"document_number": "1", "document_date": date(2021, 12, 5), "due_on": date(2021, 12, 31)}
    with pytest.raises(PortalError) as refused:
        rulings.meet_condition(of=duty, by=small.officer("STP"), **said)
    assert refused.value.status == 403
    with pytest.raises(PortalError) as refused:
        rulings.meet_condition(of=small.assignment("1", "STP"), by=small.officer("STP"), **said)
    assert refused.value.code == "not_conditional"


def test_it_is_done_late_when_it_is(small, duty):
    rulings.meet_condition(
        of=duty, document_number="1/BYT", document_date=date(2021, 12, 1), due_on=date(2021, 12, 15),
        by=small.officer("SYT"),
    )  # fmt: skip
    with living_on(2021, 12, 20):
        small.accept("DK", "SYT", done_on=date(2021, 12, 18))
    assert standing_on(small, date(2021, 12, 20)).bucket.value == "done_late"

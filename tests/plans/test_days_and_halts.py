"""What is ruled cannot be turned against the record: conditions, recurring duties, own duties, moved days."""

from datetime import date, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from agencies import calendar
from agencies.errors import PortalError
from agencies.models import Event
from plans.actions import moves, plans, requests, rulings
from plans.facts.group_task import group_page
from plans.facts.plan import plan_facts
from plans.facts.recorded import condition_since, recorded
from plans.models import Assignment, PartyRole, Plan, Ruling, TaskVersion
from tests.conftest import pdf_upload

TRIGGER = {"document_number": "1/BYT", "document_date": date(2021, 11, 1)}
DECISION = {"document_number": "5/QĐ-UBND", "document_date": date(2021, 8, 20)}


def on(day, month=12, year=2021):
    return calendar.held_at(datetime(year, month, day, 9, tzinfo=calendar.VIETNAM))


@pytest.fixture
def handed_out(small):
    """Add a task to the plan on its first day and hand it out."""

    def add(code, agencies=("SYT",), **deadline):
        with on(6, 8):
            Plan.objects.filter(pk=small.plan.pk).update(state="drafting")
            small.plan.refresh_from_db()
            plans.add_task(
                section=small.plan.sections.select_related("plan").get(),
                code=code,
                text=plans.TaskText(
                    f"Việc {code}",
                    deadline=deadline,
                    parties=[plans.Party(PartyRole.LEAD, small.agencies[agency]) for agency in agencies],
                ),
                deciding_document="1/KH-UBND",
            )
            Plan.objects.filter(pk=small.plan.pk).update(state="issued")
            small.plan.refresh_from_db()
            plans.hand_out(plan=small.plan, on=date(2021, 8, 6), by=None)
        return small.assignment(code, agencies[0])

    return add


@pytest.fixture
def conditional(handed_out):
    return handed_out("DK", deadline_kind="conditional", condition="khi Bộ Y tế có văn bản")


@pytest.fixture
def recurring(handed_out):
    return handed_out("R", deadline_kind="recurring", recurrence="periodic")


def task_on(small, code, day):
    return next(task for task in plan_facts(small.plan, day).tasks if task.code == code)


def one_on(small, duty, day):
    small.plan.refresh_from_db()
    return recorded(small.plan, day).duties[duty.pk]


def extend(small, code, day, agency="SYT"):
    asked = requests.ask_extension(
        assignment=small.assignment(code, agency),
        new_due_on=day,
        reason="x",
        upload=pdf_upload(text=str(day)),
        by=small.officer(agency),
    )
    return requests.grant(request=asked, revision=None, by=small.who("snv.thamdinh"))


def moved(small, duty, day):
    return [(one.old_due_on, one.new_due_on, one.days_late_before) for one in one_on(small, duty, day).extensions]


# --- conditions ----------------------------------------------------------------------------------------------


def test_what_was_done_late_before_the_document_was_recorded_is_late(small, conditional):
    rulings.meet_condition(of=conditional, due_on=date(2021, 11, 30), by=small.officer("SYT"), **TRIGGER)
    small.accept("DK", "SYT", done_on=date(2021, 12, 5))
    duty = task_on(small, "DK", date(2021, 12, 10)).assignments[0]
    assert (duty.standing.bucket, duty.standing.due_on) == ("done_late", date(2021, 11, 30))
    # What was shown before it was recorded stays.
    assert task_on(small, "DK", date(2021, 12, 9)).standing.bucket == "open_no_deadline"
    assert Event.objects.get(action="ruling.condition_met").after["effective_on"] == "2021-11-01"


def test_recorded_again_it_counts_from_today_and_the_day_before_stays_on_record(small, conditional):
    rulings.meet_condition(of=conditional, due_on=date(2021, 11, 30), by=small.officer("SYT"), **TRIGGER)
    rulings.meet_condition(of=conditional, due_on=date(2021, 12, 31), by=small.who("snv.thamdinh"), **TRIGGER)
    assert [one.effective_on for one in Ruling.objects.order_by("pk")] == [date(2021, 11, 1), date(2021, 12, 10)]
    assert moved(small, conditional, date(2021, 12, 10)) == [(date(2021, 11, 30), date(2021, 12, 31), 10)]
    small.accept("DK", "SYT", done_on=date(2021, 12, 5))
    assert task_on(small, "DK", date(2021, 12, 10)).standing.bucket == "done_late"


def test_a_done_date_waits_for_the_document(small, conditional, enter):
    with pytest.raises(PortalError) as refused:
        small.submit("DK", "SYT", done_on=date(2021, 12, 5))
    assert refused.value.code == "report_incomplete"
    assert "Hãy ghi nhận văn bản kích hoạt trước" in refused.value.fields["done_on"]
    assert small.submit("DK", "SYT").state == "submitted"
    page = enter("syt.canbo").get(f"/nhiem-vu/{conditional.pk}/").content.decode()
    assert "Chưa đến điều kiện" in page


def test_what_was_done_without_a_day_had_no_deadline_and_may_still_be_judged(small, conditional, enter, monkeypatch):
    # As in a portal that did not yet ask for the document.
    monkeypatch.setattr(moves, "waits_for_its_document", lambda of, on: False)
    small.accept("DK", "SYT", done_on=date(2021, 12, 5))
    assert task_on(small, "DK", date(2021, 12, 10)).assignments[0].standing.time == "no_deadline"
    page = enter("snv.thamdinh").get(f"/nhiem-vu/{conditional.pk}/").content.decode()
    assert "Chưa đến điều kiện" not in page
    assert "Ghi nhận đã đến điều kiện" in page
    rulings.meet_condition(of=conditional, due_on=date(2021, 11, 30), by=small.officer("SYT"), **TRIGGER)
    assert task_on(small, "DK", date(2021, 12, 10)).standing.bucket == "done_late"


def test_a_day_beside_a_condition_counts_only_when_the_condition_is_met(small, handed_out, enter):
    duty = handed_out("DK", deadline_kind="conditional", condition="khi có văn bản", deadline_to=date(2021, 11, 30))
    task = task_on(small, "DK", date(2021, 12, 10))
    assert (task.standing.bucket, task.standing.time) == ("open_no_deadline", "condition_not_met")
    duty.refresh_from_db()
    assert duty.due_on is None
    officer = enter("syt.canbo")
    assert "30/11/2021" in officer.get(f"/nhiem-vu/{duty.pk}/dieu-kien/").content.decode()
    rulings.meet_condition(of=duty, due_on=date(2021, 11, 30), by=small.officer("SYT"), **TRIGGER)
    assert task_on(small, "DK", date(2021, 12, 10)).standing.bucket == "open_overdue"
    with pytest.raises(PortalError) as refused:
        rulings.meet_condition(of=duty, due_on=date(2022, 1, 31), by=small.officer("SYT"), **TRIGGER)
    assert refused.value.code == "condition_met"


def test_another_condition_is_another_deadline_and_another_day_beside_it_is_not():
    first = TaskVersion(deadline_kind="conditional", condition="khi có văn bản")
    dated = TaskVersion(
        deadline_kind="conditional",
        condition="khi có văn bản",
        deadline_to=date(2021, 12, 31),
        effective_from=date(2021, 9, 1),
    )
    other = TaskVersion(deadline_kind="conditional", condition="khi có kinh phí", effective_from=date(2021, 10, 1))
    assert condition_since([first, dated]) is None
    assert condition_since([first, dated, other]) == date(2021, 10, 1)


# --- recurring duties ----------------------------------------------------------------------------------------


def suspend(small, of, day, month):
    with on(day, month):
        return rulings.suspend(of=of, effective_on=date(2021, month, day), by=small.who("snv.thamdinh"), **DECISION)


def test_a_period_that_fell_due_during_a_suspension_is_not_owed(small, recurring, enter):
    suspend(small, recurring, 25, 8)
    with on(1, 11):
        rulings.resume(of=recurring, effective_on=date(2021, 11, 1), by=small.who("snv.thamdinh"))
    one = one_on(small, recurring, date(2021, 11, 20))
    assert (one.state, one.due_on) == ("not_started", date(2021, 12, 20))
    with on(20, 11):
        page = enter("snv.thamdinh").get(f"/nhiem-vu/{recurring.pk}/").content.decode()
    assert "Không phải báo cáo" in page
    assert "Quá hạn" not in page


def test_a_period_that_fell_due_before_the_suspension_or_after_it_stays_owed(small, recurring):
    suspend(small, recurring, 21, 9)
    with on(1, 11):
        rulings.resume(of=recurring, effective_on=date(2021, 11, 1), by=small.who("snv.thamdinh"))
    assert one_on(small, recurring, date(2021, 11, 20)).due_on == date(2021, 9, 20)


def end(small):
    with on(31):
        plans.end(plan=small.plan, on=date(2021, 12, 31), document="9/QĐ-UBND", by=None)


def test_at_the_plans_end_a_recurring_duty_that_owes_nothing_is_done(small, recurring):
    with on(18, 9):
        small.accept("R", "SYT", "2021-Q3")
    with on(18):
        small.accept("R", "SYT", "2021-Y")
    assert one_on(small, recurring, date(2021, 12, 30)).state == "in_progress"
    end(small)
    one = one_on(small, recurring, date(2021, 12, 31))
    assert (one.state, one.done_on, one.due_on) == ("done", date(2021, 12, 31), None)
    recurring.refresh_from_db()
    assert (recurring.state, recurring.done_on) == ("done", date(2021, 12, 31))


def test_at_the_plans_end_a_recurring_duty_that_owes_a_report_stays_overdue(small, recurring):
    with on(18, 9):
        small.accept("R", "SYT", "2021-Q3")
    end(small)
    one = one_on(small, recurring, date(2021, 12, 31))
    assert (one.state, one.due_on) == ("in_progress", date(2021, 12, 20))


# --- the own duty in a task of several -----------------------------------------------------------------------


def test_a_day_or_a_halt_of_a_whole_task_leaves_the_own_duty_out(small):
    task = small.plan.tasks.get(code="3")
    reviewer = small.who("snv.thamdinh")
    rulings.set_internal_due(of=task, due_on=date(2021, 12, 20), reason="x", by=reviewer)
    days = {one.agency.code: one.due_on for one in Assignment.objects.filter(task=task).select_related("agency")}
    assert days == {"SNV": None, **dict.fromkeys(("STP", "SYT", "VPUB"), date(2021, 12, 20))}
    rulings.cancel(of=task, effective_on=date(2021, 12, 10), by=reviewer, **DECISION)
    states = dict(Assignment.objects.filter(task=task).values_list("agency__code", "state"))
    assert states == {"SNV": "not_started", **dict.fromkeys(("STP", "SYT", "VPUB"), "cancelled")}
    assert not Ruling.objects.filter(assignment__isnull=True).exists()
    # Each has its event: the trail alone says what counts.
    told = Event.objects.filter(action="ruling.internal_due").values_list("after", flat=True)
    assert {one["assignment"] for one in told} == {
        small.assignment("3", agency).pk for agency in ("STP", "SYT", "VPUB")
    }
    assert [one.agency.code for one in rulings.left_out(task, reviewer)] == ["SNV"]


def test_the_condition_of_a_whole_task_leaves_the_own_duty_out(small, handed_out):
    duty = handed_out("DK", ("SNV", "STP"), deadline_kind="conditional", condition="khi có văn bản")
    rulings.meet_condition(of=duty, due_on=date(2021, 12, 5), by=small.officer("SNV"), **TRIGGER)
    reviewer = small.who("snv.thamdinh")
    with pytest.raises(PortalError) as refused:
        rulings.meet_condition(of=duty, due_on=date(2022, 12, 5), by=reviewer, **TRIGGER)
    assert refused.value.code == "own_agency"
    rulings.meet_condition(of=duty.task, due_on=date(2022, 12, 5), by=reviewer, **TRIGGER)
    days = [small.assignment("DK", agency).due_on for agency in ("SNV", "STP")]
    assert days == [date(2021, 12, 5), date(2022, 12, 5)]


def test_a_task_of_several_is_the_standing_offices_to_rule_on(small, handed_out):
    duty = handed_out("D", ("SNV", "VPUB"), deadline_kind="date", deadline_to=date(2021, 12, 31))
    with pytest.raises(PortalError) as refused:
        rulings.suspend(of=duty.task, effective_on=date(2021, 12, 10), by=small.who("vpub.thamdinh"), **DECISION)
    assert refused.value.code == "not_designated"
    assert not Ruling.objects.exists()
    rulings.suspend(of=duty.task, effective_on=date(2021, 12, 10), by=small.who("snv.thamdinh"), **DECISION)
    assert [small.assignment("D", code).state for code in ("SNV", "VPUB")] == ["not_started", "suspended"]


def test_the_screen_says_which_duty_is_left_to_the_second_body(small, enter):
    task, browser = small.plan.tasks.get(code="3"), enter("snv.thamdinh")
    address = reverse("plans:group_ruling", args=[task.pk])
    said = "Quyết định không áp dụng cho Sở Nội vụ"
    assert said in browser.get(f"{address}?loai=internal_due").content.decode()
    assert said not in browser.get(f"{address}?loai=done_rule").content.decode()
    form = {"kind": "internal_due", "due_on": "20/12/2021", "reason": "x"}
    assert said in browser.post(address, form, follow=True).content.decode()
    assert Ruling.objects.count() == 3


# --- days that moved -----------------------------------------------------------------------------------------


def test_two_extensions_of_one_day_are_both_shown_from_the_day_each_moved(small):
    for day in (date(2021, 12, 20), date(2021, 12, 31)):
        extend(small, "5", day)
    assert [span[:2] for span in moved(small, small.assignment("5", "SYT"), date(2021, 12, 10))] == [
        (date(2021, 11, 30), date(2021, 12, 20)),
        (date(2021, 12, 20), date(2021, 12, 31)),
    ]


def test_an_extension_on_the_day_something_else_was_ruled_is_shown(small, conditional):
    said = {**TRIGGER, "document_date": date(2021, 12, 10)}
    rulings.meet_condition(of=conditional, due_on=date(2021, 12, 20), by=small.officer("SYT"), **said)
    rulings.set_internal_due(
        of=small.assignment("3", "SYT"), due_on=date(2021, 12, 15), reason="x", by=small.who("snv.thamdinh")
    )
    for code, old in (("DK", date(2021, 12, 20)), ("3", date(2021, 12, 15))):
        extend(small, code, date(2021, 12, 31))
        assert moved(small, small.assignment(code, "SYT"), date(2021, 12, 10)) == [(old, date(2021, 12, 31), 0)]


def test_a_moved_internal_day_keeps_the_days_overdue_by_then(small, enter):
    duty = small.assignment("3", "STP")
    with on(1, 9):
        rulings.set_internal_due(of=duty, due_on=date(2021, 9, 30), reason="x", by=small.who("snv.thamdinh"))
    with on(20, 10):
        rulings.set_internal_due(of=duty, due_on=date(2021, 12, 31), reason="lùi", by=small.who("snv.thamdinh"))
        page = enter("snv.thamdinh").get(f"/nhiem-vu/{duty.pk}/").content.decode()
    assert moved(small, duty, date(2021, 10, 20)) == [(date(2021, 9, 30), date(2021, 12, 31), 20)]
    assert moved(small, duty, date(2021, 10, 19)) == []
    assert "đổi hạn nội bộ 1 lần (30/9→31/12)" in page
    assert "quá hạn 20 ngày trước khi đổi hạn nội bộ ngày 20/10/2021" in page
    assert "gia hạn 1 lần" not in page


def test_the_successor_is_judged_by_the_days_that_held_before_the_handover(small):
    with on(20, 11):
        extend(small, "5", date(2021, 12, 20))
    with on(12):
        asked = requests.refuse(
            assignment=small.assignment("5", "SYT"), reason="x", legal_ground="y", by=small.officer("SYT")
        )
        requests.grant(request=asked, to=small.agencies["STP"], revision=None, by=small.who("snv.thamdinh"))
    told = Event.objects.get(action="request.grant", subject_id=str(asked.pk)).after["rulings"]
    assert [(one["effective_on"], one["due_on"]) for one in told] == [("2021-11-20", "2021-12-20")]
    with on(14):
        assert small.assignment("5", "STP").due_on == date(2021, 12, 20)
        # Done after the plan's day (30/11), in time by the extension; before the handover.
        small.accept("5", "STP", done_on=date(2021, 12, 10))
    duty = next(
        one for one in task_on(small, "5", date(2021, 12, 14)).assignments if one.agency_id == small.agencies["STP"].pk
    )
    assert (duty.standing.bucket, duty.standing.due_on) == ("done_on_time", date(2021, 12, 20))


# --- halts and conclusions -----------------------------------------------------------------------------------


def test_nothing_is_resumed_before_it_was_suspended(small):
    duty, reviewer = small.assignment("1", "STP"), small.who("snv.thamdinh")
    rulings.suspend(of=duty, effective_on=date(2021, 11, 1), by=reviewer, **DECISION)
    with pytest.raises(PortalError) as refused:
        rulings.resume(of=duty, effective_on=date(2021, 10, 31), by=reviewer)
    assert "01/11/2021" in refused.value.fields["effective_on"]
    assert small.assignment("1", "STP").state == "suspended"
    rulings.resume(of=duty, effective_on=date(2021, 11, 1), by=reviewer)
    assert small.assignment("1", "STP").state == "not_started"


def test_another_conclusion_needs_a_reason_and_shows_the_one_before_with_its_lateness(small, enter):
    task = small.plan.tasks.get(code="1")
    rulings.set_done_rule(task=task, done_rule="reviewer", by=small.who("snv.thamdinh"))
    with on(20, 1, 2022):
        reviewer = small.who("snv.thamdinh")
        rulings.conclude(task=task, done_on=date(2022, 1, 15), reason="x", by=reviewer)
    with on(21, 1, 2022):
        reviewer = small.who("snv.thamdinh")
        with pytest.raises(PortalError) as refused:
            rulings.conclude(task=task, done_on=date(2021, 12, 15), reason=" ", by=reviewer)
        assert "15/01/2022" in refused.value.fields["reason"]
        made = rulings.conclude(task=task, done_on=date(2021, 12, 15), reason="Ghi nhầm năm", by=reviewer)
        assert made.due_on == date(2021, 12, 31)
        task.refresh_from_db()
        rows = group_page(task, reviewer, "", date(2022, 1, 21), rules=True).history
        assert [row.text for row in rows[1:]] == [
            "hoàn thành ngày 15/01/2022, muộn 15 ngày so với 31/12/2021; x",
            "hoàn thành ngày 15/12/2021; thay kết luận trước (hoàn thành ngày 15/01/2022, muộn 15 ngày so với "
            "31/12/2021); Ghi nhầm năm",
        ]
        page = enter("snv.thamdinh").get(f"/nhiem-vu/{small.assignment('1', 'STP').pk}/").content.decode()
        assert "muộn 15 ngày so với 31/12/2021" in page
    # What was shown on the day of the first conclusion stays.
    assert [task_on(small, "1", date(2022, 1, day)).standing.bucket for day in (20, 21)] == [
        "done_late",
        "done_on_time",
    ]


def test_rulings_of_each_duty_with_one_document_are_sealed(small):
    task = small.plan.tasks.get(code="3")
    rulings.suspend(
        of=task, effective_on=date(2021, 12, 10), upload=pdf_upload(), by=small.who("snv.thamdinh"), **DECISION
    )
    assert len(set(Ruling.objects.values_list("document_id", flat=True))) == 1
    out = StringIO()
    call_command("verify_trail", province=small.province.code, stdout=out)
    assert "Nguyên vẹn" in out.getvalue()

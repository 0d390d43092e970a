"""Reminders by the clock and chasing by a person: who hears what, once."""

from datetime import date, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from agencies import calendar
from agencies.actions import directory
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Event, Membership, Notice, User
from plans.actions import progress, reminders
from plans.models import Assignment, Plan, Reminder, TaskVersion, WindowException


@pytest.fixture
def addressed(small):
    """Everybody has an address but Sở Y tế's officer; Sở Y tế has a head too."""
    head = directory.add_user(username="syt.thutruong", full_name="Trần Thị Hà", password_hash="!", by=None)
    directory.join(user=head, agency=small.agencies["SYT"], role="agency_head", by=None)
    small.people["syt.thutruong"] = head
    for name, person in small.people.items():
        if name != "syt.canbo":
            User.objects.filter(pk=person.pk).update(email=f"{name}@example.vn")
    return small


def at(day, month=11, hour=8):
    return calendar.held_at(datetime(2021, month, day, hour, 0, tzinfo=calendar.VIETNAM))


def remind(small, day, month=11):
    with at(day, month):
        return reminders.remind(plan=Plan.objects.get(pk=small.plan.pk))


def of_duty(rows, small, task="5", agency="SYT"):
    pk = small.assignment(task, agency).pk
    return [(row.rung, row.audience) for row in rows if row.assignment_id == pk]


def inbox(small, name):
    return list(Notice.objects.visible_to(small.who(name)).order_by("id").values_list("subject", "body"))


def test_the_ladder_of_a_duty_from_seven_days_before_to_the_leaders_list(addressed):
    """Task 5 of Sở Y tế is due on 30/11/2021."""
    told = {}
    for day, month in [(22, 11), (23, 11), (24, 11), (27, 11), (29, 11), (30, 11), (1, 12), (3, 12), (7, 12), (13, 12)]:
        told[day, month] = of_duty(remind(addressed, day, month), addressed)
    assert told == {
        (22, 11): [],
        (23, 11): [("before_7", "officer")],
        (24, 11): [],
        (27, 11): [("before_3", "officer")],
        (29, 11): [("before_1", "officer")],
        (30, 11): [("due", "officer")],
        (1, 12): [("after_1", "officer")],
        (3, 12): [("after_3", "officer"), ("after_3", "head")],
        (7, 12): [("after_7", "officer"), ("after_7", "head")],
        (13, 12): [],
    }
    assert of_duty(remind(addressed, 14, 12), addressed) == [
        ("after_14", "officer"),
        ("after_14", "head"),
        ("after_14", "leader"),
    ]
    assert of_duty(remind(addressed, 20, 12), addressed) == []
    assert ("after_21", "leader") in of_duty(remind(addressed, 21, 12), addressed)


def test_running_again_the_same_day_tells_nothing_twice(addressed):
    first = remind(addressed, 3, 12)
    assert first
    counted = Notice.objects.count(), Reminder.objects.count(), Event.objects.count()
    for _ in range(10):
        assert remind(addressed, 3, 12) == []
    assert (Notice.objects.count(), Reminder.objects.count(), Event.objects.count()) == counted
    assert Event.objects.filter(action="reminder.remind").count() == 1


def test_a_clock_that_stood_still_brings_one_reminder_and_not_those_it_missed(addressed):
    assert of_duty(remind(addressed, 28, 11), addressed) == [("before_3", "officer")]
    assert "còn 2 ngày, hạn 30/11/2021" in Reminder.objects.get(assignment=addressed.assignment("5", "SYT")).sentence


def test_a_deadline_that_moves_begins_the_ladder_anew(addressed):
    remind(addressed, 29, 11)
    duty = addressed.assignment("5", "SYT")
    Assignment.objects.filter(pk=duty.pk).update(due_on=date(2021, 12, 15))
    assert of_duty(remind(addressed, 30, 11), addressed) == []
    assert of_duty(remind(addressed, 14, 12), addressed) == [("before_1", "officer")]


def test_the_head_hears_by_name_from_the_third_day_and_sees_the_earlier_ones_in_the_portal(addressed):
    remind(addressed, 29, 11)
    ((subject, _),) = inbox(addressed, "syt.thutruong")
    assert subject == "Sở Y tế: đã nhắc cán bộ đầu mối 1 nhiệm vụ sắp đến hạn (Kế hoạch 1/KH-UBND)"
    head = addressed.who("syt.thutruong")
    assert not Notice.objects.filter(person=head, channel="mail").exists()
    remind(addressed, 3, 12)
    subject, body = inbox(addressed, "syt.thutruong")[-1]
    assert subject == "Sở Y tế: 1 nhiệm vụ quá hạn cần thủ trưởng chỉ đạo (Kế hoạch 1/KH-UBND)"
    assert "Sở Y tế, thủ trưởng: Trần Thị Hà. Nhiệm vụ 5" in body
    assert "quá hạn 3 ngày, hạn 30/11/2021" in body
    assert Notice.objects.filter(person=head, channel="mail").count() == 1


def test_the_leaders_get_one_item_that_names_agency_head_task_and_days(addressed):
    remind(addressed, 14, 12)
    (subject, body), *rest = inbox(addressed, "lanhdao")
    assert rest == []
    assert subject == "Quá hạn từ 14 ngày: 1 nhiệm vụ của 1 cơ quan (Kế hoạch 1/KH-UBND)"
    assert body == (
        "- Sở Y tế (thủ trưởng: Trần Thị Hà): Nhiệm vụ 5 “Công khai kết quả khám, chữa bệnh” (Kế hoạch 1/KH-UBND), "
        "quá hạn 14 ngày, hạn 30/11/2021."
    )


def test_bodies_addressed_with_de_nghi_are_reminded_but_never_reported_upwards(addressed):
    duty = addressed.assignment("4", "MTTQ")
    Assignment.objects.filter(pk=duty.pk).update(due_on=date(2021, 11, 10))
    assert of_duty(remind(addressed, 10, 12), addressed, "4", "MTTQ") == [("after_28", "officer")]


def test_of_a_periods_reports_an_agency_is_reminded_once_of_all_its_duties(addressed):
    """The year's reports are due on 20/12/2021; Sở Tư pháp leads tasks 1 and 3."""
    rows = [row for row in remind(addressed, 13, 12) if row.period_id and row.agency == addressed.agencies["STP"]]
    assert [(row.rung, row.audience) for row in rows] == [("before_7", "officer")]
    assert "còn 2 nhiệm vụ của Sở Tư pháp chưa gửi: còn 7 ngày, hạn 20/12/2021" in rows[0].sentence
    with calendar.held_at(datetime(2021, 12, 13, 9, 0, tzinfo=calendar.VIETNAM)):
        addressed.submit("1", "STP")
        addressed.submit("3", "STP")
    assert "Sở Tư pháp: 1 kỳ báo cáo sắp đến hạn (Kế hoạch 1/KH-UBND)" in [
        said for said, _ in inbox(addressed, "stp.canbo")
    ]
    rest = [row for row in remind(addressed, 17, 12) if row.period_id]
    assert addressed.agencies["STP"] not in [row.agency for row in rest]
    assert addressed.agencies["SYT"] in [row.agency for row in rest]


def exception(small, kind, expires_on, agency=None):
    WindowException.objects.create(
        province=small.province,
        period=small.period("2021-Q3"),
        kind=kind,
        agency=agency,
        reason="Sự cố",
        document_number="5/TB-SNV" if agency is None else "",
        expires_on=expires_on,
        granted_by=small.who("snv.thamdinh"),
        granted_at=calendar.now(),
    )


def test_an_outage_moves_the_day_that_is_reminded_of(addressed):
    """Quý III is due, and closes, on 20/09/2021."""
    with at(20, 9):
        exception(addressed, "outage", date(2021, 9, 24))
        rows = [row for row in reminders.remind(plan=addressed.plan) if row.period_id]
    assert {(row.rung, row.due_on) for row in rows} == {("before_7", date(2021, 9, 24))}


def test_a_closed_period_says_what_to_do_and_until_when_who_was_let_in(addressed):
    with at(21, 9):
        exception(addressed, "late", date(2021, 9, 25), addressed.agencies["STP"])
    said = {row.agency.code: row.sentence for row in remind(addressed, 23, 9) if row.audience == "officer"}
    assert said["STP"].endswith("hạn 20/09/2021. Được nộp muộn đến hết ngày 25/09/2021.")
    assert said["SYT"].endswith("Kỳ đã đóng ngày 20/09/2021: hãy đề nghị Sở Nội vụ cho nộp muộn.")


def test_a_recurring_duty_is_reminded_with_its_period_and_alone_only_for_an_earlier_one(addressed):
    duty = Assignment.objects.filter(pk=addressed.assignment("5", "SYT").pk)
    texts = TaskVersion.objects.filter(task__code="5")
    Plan.objects.filter(pk=addressed.plan.pk).update(state="drafting")
    texts.update(deadline_kind="recurring", deadline_to=None)
    Plan.objects.filter(pk=addressed.plan.pk).update(state="issued")
    duty.update(due_on=date(2021, 12, 20))
    rows = remind(addressed, 13, 12)
    assert of_duty(rows, addressed) == []
    assert ("SYT", "before_7") in {(row.agency.code, row.rung) for row in rows if row.period_id}
    duty.update(due_on=date(2021, 9, 20))
    assert ("after_84", "officer") in of_duty(remind(addressed, 13, 12), addressed)


def test_a_period_is_reported_upwards_for_rated_duties_only(addressed):
    with calendar.held_at(datetime(2022, 1, 3, 8, 0, tzinfo=calendar.VIETNAM)):
        rows = [row for row in reminders.remind(plan=addressed.plan) if row.period_id]
    heard = {(row.agency.code, row.audience) for row in rows}
    assert ("SYT", "leader") in heard
    assert ("MTTQ", "officer") in heard
    assert ("MTTQ", "head") not in heard
    assert ("MTTQ", "leader") not in heard


def test_finished_work_that_waits_for_the_reviewer_is_left_in_peace(addressed):
    with at(29):
        addressed.submit("5", "SYT", done_on=date(2021, 11, 28))
    assert of_duty(remind(addressed, 30), addressed) == []
    sent = addressed.assignment("5", "SYT").progress.get()
    with at(30):
        progress.send_back(
            progress=sent, reason_code="other", reason="Chưa rõ", revision=None, by=addressed.who("snv.thamdinh")
        )
    assert of_duty(remind(addressed, 1, 12), addressed) == [("after_1", "officer")]


def test_done_duties_are_not_reminded(addressed):
    with at(29):
        addressed.accept("5", "SYT", done_on=date(2021, 11, 28))
    assert of_duty(remind(addressed, 30), addressed) == []


def test_where_there_is_no_officer_the_head_is_reminded(addressed):
    Membership.objects.filter(user=addressed.people["syt.canbo"]).update(valid_to=date(2021, 11, 1))
    rows = remind(addressed, 29)
    (row,) = [row for row in rows if row.assignment == addressed.assignment("5", "SYT")]
    assert row.told == "Trần Thị Hà (thủ trưởng cơ quan)"
    # Once, as the one who acts, and not a second time as the one who watches.
    assert [subject for subject, _ in inbox(addressed, "syt.thutruong")] == [
        "Sở Y tế: 1 nhiệm vụ sắp đến hạn (Kế hoạch 1/KH-UBND)"
    ]


def test_what_nobody_can_be_told_is_not_recorded_and_is_told_when_somebody_comes(addressed):
    Membership.objects.filter(agency=addressed.agencies["SYT"]).update(valid_to=date(2021, 11, 1))
    assert of_duty(remind(addressed, 29), addressed) == []
    directory.join(user=addressed.who("stp.canbo"), agency=addressed.agencies["SYT"], role="officer", by=None)
    assert of_duty(remind(addressed, 29), addressed) == [("before_1", "officer")]


def test_many_duties_of_an_agency_are_one_item(addressed):
    """Every duty of the group task 3 gets the same day; Sở Y tế leads 3 and 5."""
    Assignment.objects.filter(task__code="3").update(due_on=date(2021, 11, 30))
    remind(addressed, 29)
    mine = [subject for subject, _ in inbox(addressed, "syt.canbo") if "sắp đến hạn" in subject]
    assert mine == ["Sở Y tế: 2 nhiệm vụ sắp đến hạn (Kế hoạch 1/KH-UBND)"]


def test_a_plan_that_is_not_issued_reminds_of_nothing(addressed):
    Plan.objects.filter(pk=addressed.plan.pk).update(state="ended", ended_on=date(2021, 12, 1), ended_at=calendar.now())
    assert remind(addressed, 3, 12) == []


def test_the_clock_costs_the_same_for_few_duties_as_for_many(addressed):
    def cost(day):
        with CaptureQueriesContext(connection) as seen:
            remind(addressed, day, 12)
        return len(seen)

    Assignment.objects.filter(task__code="3").update(due_on=date(2021, 11, 30))
    many = cost(3)
    Assignment.objects.filter(task__code="3").update(due_on=None)
    assert cost(7) == many


# Chasing


def chase(small, *duties, text="", by="snv.thamdinh"):
    return reminders.chase(assignments=[small.assignment(*duty) for duty in duties], text=text, by=small.who(by))


def test_a_chase_tells_officers_and_heads_in_one_item_an_agency_and_leaves_a_trail(addressed):
    done = chase(addressed, ("5", "SYT"), ("3", "SYT"), ("1", "STP"), text="Báo cáo trước thứ sáu.")
    assert len(done.sent) == 3
    subject, body = inbox(addressed, "syt.canbo")[0]
    assert subject == "snv.thamdinh (thử) đôn đốc Sở Y tế: 2 nhiệm vụ"
    assert body.startswith("Báo cáo trước thứ sáu.\n- Nhiệm vụ 5: ")
    assert len(inbox(addressed, "syt.canbo")) == len(inbox(addressed, "syt.thutruong")) == 1
    assert len(inbox(addressed, "stp.thutruong")) == 1
    duty = addressed.assignment("5", "SYT")
    event = Event.objects.about(duty).get()
    assert (event.action, event.actor.username) == ("reminder.chase", "snv.thamdinh")
    assert event.after["told"] == "syt.canbo (thử) (cán bộ đầu mối); Trần Thị Hà (thủ trưởng cơ quan)"


def test_a_duty_is_chased_once_a_day_whoever_presses(addressed):
    chase(addressed, ("5", "SYT"))
    with pytest.raises(Conflict) as refused:
        chase(addressed, ("5", "SYT"), by="vpub.thamdinh")
    assert refused.value.code == "already_chased"
    again = chase(addressed, ("5", "SYT"), ("1", "STP"))
    assert [row.assignment.agency.code for row in again.sent] == ["STP"]
    assert again.already == (addressed.assignment("5", "SYT").pk,)
    with at(11, 12):
        assert len(chase(addressed, ("5", "SYT")).sent) == 1


@pytest.mark.parametrize("who", ["stp.canbo", "stp.thutruong", "snv.chuyenvien", "lanhdao", "kiemtra", "quantri"])
def test_only_reviewers_chase(addressed, who):
    with pytest.raises(Refused):
        chase(addressed, ("1", "STP"), by=who)
    assert not Reminder.objects.exists()


def test_nobody_chases_in_another_province(addressed):
    from tests.conftest import build_small

    other = build_small(code="tinh-khac", number="2/KH-UBND")
    with pytest.raises(Refused):
        reminders.chase(assignments=[other.assignment("1", "STP")], by=addressed.who("snv.thamdinh"))


def test_an_agency_where_nobody_can_be_told_is_named(addressed):
    Membership.objects.filter(agency=addressed.agencies["SYT"]).update(valid_to=date(2021, 11, 1))
    with pytest.raises(Invalid) as refused:
        chase(addressed, ("5", "SYT"))
    assert refused.value.code == "nobody_to_tell"
    done = chase(addressed, ("5", "SYT"), ("1", "STP"))
    assert done.silent == (addressed.assignment("5", "SYT").pk,)
    assert [row.agency.code for row in done.sent] == ["STP"]


def test_a_duty_done_meanwhile_is_not_chased(addressed):
    addressed.accept("5", "SYT", done_on=date(2021, 12, 1))
    with pytest.raises(Invalid) as refused:
        chase(addressed, ("5", "SYT"))
    assert refused.value.code == "nothing_to_chase"


@pytest.mark.parametrize(
    ("duties", "text", "code"), [([], "", "nothing_chosen"), ([("1", "STP")], "x" * 1001, "text_too_long")]
)
def test_what_cannot_be_chased_is_refused(addressed, duties, text, code):
    with pytest.raises(Invalid) as refused:
        chase(addressed, *duties, text=text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE plans_reminder SET sentence = 'khác' WHERE id = %s",
        "UPDATE plans_reminder SET told = 'khác' WHERE id = %s",
        "DELETE FROM plans_reminder WHERE id = %s",
    ],
)
def test_a_recorded_reminder_is_never_changed(addressed, sql):
    (row,) = chase(addressed, ("5", "SYT")).sent
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [row.pk])


@pytest.mark.parametrize("same", ["rung", "chase", "period"])
def test_the_database_itself_refuses_the_same_reminder_again(addressed, same):
    if same == "chase":
        rows = list(chase(addressed, ("5", "SYT")).sent)
    else:
        rows = [row for row in remind(addressed, 13, 12) if bool(row.period_id) == (same == "period")]
    row = Reminder.objects.get(pk=rows[0].pk)
    row.pk, row._state.adding = None, True
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)

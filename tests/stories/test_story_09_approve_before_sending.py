"""Story 9: the agency's head approves before a report leaves."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies import calendar
from agencies.actions import approval, directory
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Delegation, Event
from plans.actions import approvals, progress, requests, rulings
from plans.models import Progress

SAID = progress.Content(result="Đã xong", explanation="Chưa có văn bản.")


@pytest.fixture
def ruled(small):
    approval.require_head(
        agency=small.agencies["STP"], document="Quy chế 05/QC-STP", valid_from=date(2021, 12, 10),
        by=small.who("stp.thutruong"),
    )  # fmt: skip
    return small


def forwarded(small, task="1"):
    return progress.forward(progress=small.begin(task), content=SAID, revision=None, by=small.officer("STP"))


def deputy_of(small, name="stp.phogd"):
    user = directory.add_user(username=name, full_name="Phó giám đốc", password_hash="!", by=None)
    directory.join(user=user, agency=small.agencies["STP"], role="officer", by=None)
    small.people[name] = user
    return user


def test_the_officer_cannot_send_alone(ruled, enter, on):
    small = ruled
    with pytest.raises(Refused) as alone:
        progress.submit(progress=small.begin(), content=SAID, revision=None, by=small.officer("STP"))
    assert alone.value.code == "needs_head"
    browser = enter("stp.canbo")
    form = f"/nhiem-vu/{small.assignment('1', 'STP').pk}/bao-cao/2021-Y/"
    assert "Trình thủ trưởng" in browser.get(form).content.decode()
    answer = browser.post(
        form, {"action": "submit", "revision": "1", "result": "Đã xong", "explanation": "Chưa có."}, follow=True
    )
    assert "Đã trình thủ trưởng" in answer.content.decode()
    report = Progress.objects.get()
    assert (report.state, report.first_submitted_at) == ("with_head", None)
    # It has not left: the reviewer neither finds nor reads it.
    assert "Đã xong" not in enter("snv.thamdinh").get(f"/nhiem-vu/{report.assignment_id}/").content.decode()
    assert enter("snv.thamdinh").get(f"/duyet/{report.pk}/").status_code == 404
    head = enter("stp.thutruong")
    assert "Duy trì điểm cải cách thể chế" in head.get("/phe-duyet/").content.decode()
    with on(11, 12):
        head.post(f"/phe-duyet/{report.pk}/duyet/", {"revision": report.revision})
    report.refresh_from_db()
    version = report.latest
    assert report.state == "submitted"
    # Recorded by person; the moment it leaves is the submission.
    assert (version.forwarded_by.username, version.submitted_by.username) == ("stp.canbo", "stp.canbo")
    assert (version.approved_by.username, version.approved_at.day) == ("stp.thutruong", 11)
    assert report.first_submitted_at == version.submitted_at == version.approved_at
    approved = Event.objects.get(action="progress.approve")
    assert approved.actor.username == "stp.thutruong"


def test_the_head_hands_it_back_with_a_reason_the_officer_reads(ruled, enter):
    small = ruled
    report = forwarded(small)
    with pytest.raises(Invalid):
        approvals.hand_back(progress=report, reason=" ", revision=None, by=small.who("stp.thutruong"))
    back = approvals.hand_back(
        progress=report, reason="Ghi rõ số văn bản", revision=report.revision, by=small.who("stp.thutruong")
    )
    assert (back.state, back.latest.forwarded_by) == ("draft", None)
    page = enter("stp.canbo").get(f"/nhiem-vu/{report.assignment_id}/bao-cao/2021-Y/").content.decode()
    assert "Ghi rõ số văn bản" in page
    # What passes between officer and head stays in the agency.
    assert "Ghi rõ số văn bản" not in enter("snv.thamdinh").get(f"/nhiem-vu/{report.assignment_id}/").content.decode()


def test_many_are_approved_at_once_and_each_says_what_became_of_it(ruled, enter):
    small = ruled
    first, second = forwarded(small, "1"), forwarded(small, "3")
    stale = second.revision
    progress.withdraw(progress=second, revision=None, by=small.officer("STP"))
    second = progress.forward(progress=second, content=SAID, revision=None, by=small.officer("STP"))
    answer = (
        enter("stp.thutruong")
        .post(
            "/phe-duyet/duyet-nhieu/", {"chosen": [f"{first.pk}:{first.revision}", f"{second.pk}:{stale}"]}, follow=True
        )
        .content.decode()
    )
    assert "Đã duyệt và gửi 1/2 báo cáo" in answer
    assert "vừa được người khác thay đổi" in answer
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("submitted", "with_head")
    assert Event.objects.filter(action="progress.approve").count() == 1


def test_a_deputy_approves_within_the_dates_of_the_delegation_and_not_after(ruled, enter, on):
    small = ruled
    deputy = deputy_of(small)
    report = forwarded(small)
    with pytest.raises(Refused):
        approvals.approve(progress=report, revision=None, by=deputy)
    page = enter("stp.thutruong").post(
        f"/co-quan/{small.agencies['STP'].pk}/phe-duyet/",
        {"action": "delegate", "person": deputy.pk, "document": "Giấy ủy quyền 3", "valid_from": "11/12/2021",
         "valid_to": "15/12/2021"},
        follow=True,
    )  # fmt: skip
    assert "Giấy ủy quyền 3" in page.content.decode()
    for day, allowed in ((10, False), (16, False), (15, True)):
        with on(day, 12):
            deputy.forget_standing()
            assert (small.agencies["STP"].pk in deputy.approves_for(date(2021, 12, day))) is allowed
            if not allowed:
                with pytest.raises(Refused):
                    approvals.approve(progress=report, revision=None, by=deputy)
            else:
                done = approvals.approve(progress=report, revision=None, by=deputy)
    assert done.latest.approved_by == deputy


def test_a_delegation_ends_when_it_is_revoked_or_the_person_leaves(ruled):
    small = ruled
    deputy = deputy_of(small)
    head = small.who("stp.thutruong")
    given = approval.delegate(
        agency=small.agencies["STP"], person=deputy, document="UQ", valid_from=date(2021, 12, 10),
        valid_to=date(2021, 12, 31), by=head,
    )  # fmt: skip
    today = date(2021, 12, 10)
    assert deputy.approves_for(today)
    directory.leave(membership=deputy.memberships.get(), last_day=date(2021, 12, 9), by=None)
    assert not deputy.approves_for(today)
    approval.revoke(delegation=given, by=head)
    assert Delegation.objects.get().revoked_at == calendar.now()
    with pytest.raises(Conflict):
        approval.revoke(delegation=given, by=head)


def test_whoever_forwards_does_not_approve_by_delegation(ruled):
    small = ruled
    officer = small.officer("STP")
    approval.delegate(
        agency=small.agencies["STP"], person=officer, document="UQ", valid_from=date(2021, 12, 10),
        valid_to=date(2021, 12, 31), by=small.who("stp.thutruong"),
    )  # fmt: skip
    with pytest.raises(Refused) as own:
        approvals.approve(progress=forwarded(small), revision=None, by=officer)
    assert own.value.code == "own_forward"


def test_only_the_head_or_the_directory_sets_the_rule(small):
    agency = small.agencies["STP"]
    for name in ("stp.canbo", "snv.thamdinh", "lanhdao", "kiemtra", "syt.canbo"):
        with pytest.raises(Refused):
            approval.require_head(agency=agency, document="x", valid_from=date(2021, 12, 10), by=small.who(name))
    with pytest.raises(Invalid):
        approval.require_head(agency=agency, document=" ", valid_from=date(2021, 12, 10), by=small.who("stp.thutruong"))
    rule = approval.require_head(agency=agency, document="QC", valid_from=date(2021, 12, 12), by=small.who("quantri"))
    assert not agency.needs_head_on(date(2021, 12, 11))
    assert agency.needs_head_on(date(2021, 12, 12))
    approval.release(agency=agency, last_day=date(2021, 12, 20), by=small.who("stp.thutruong"))
    rule.refresh_from_db()
    assert not agency.needs_head_on(date(2021, 12, 21))
    assert [event.action for event in Event.objects.filter(action__startswith="approval.").order_by("sequence")] == [
        "approval.require",
        "approval.release",
    ]


def test_a_report_does_not_leave_through_its_head_after_the_period_has_closed(small, on):
    with on(19, 9):
        approval.require_head(agency=small.agencies["STP"], document="QC", valid_from=date(2021, 9, 19), by=None)
        report = progress.forward(
            progress=small.begin(period="2021-Q3"), content=SAID, revision=None, by=small.officer("STP")
        )
    with on(21, 9), pytest.raises(Invalid) as closed:
        approvals.approve(progress=report, revision=None, by=small.who("stp.thutruong"))
    assert closed.value.code == "period_closed"


def test_where_nobody_can_approve_it_is_shown(ruled, enter):
    small = ruled
    report = forwarded(small)
    head = small.who("stp.thutruong")
    assert "không ai xử lý được" not in enter("snv.thamdinh").get("/").content.decode()
    directory.leave(membership=head.memberships.get(), last_day=date(2021, 12, 9), by=None)
    for name, address in (("snv.thamdinh", "/"), ("lanhdao", "/"), ("snv.thamdinh", "/duyet/")):
        page = enter(name).get(address).content.decode()
        assert "Có việc chờ mà không ai xử lý được" in page, (name, address)
        assert "cơ quan chưa có thủ trưởng" in page
    assert (
        "Không ai xử lý được bước này" in enter("stp.canbo").get(f"/nhiem-vu/{report.assignment_id}/").content.decode()
    )


def test_a_report_does_not_leave_through_its_head_once_the_duty_is_suspended(ruled, enter):
    small = ruled
    report, other = forwarded(small), forwarded(small, "3")
    rulings.suspend(
        of=small.assignment("1", "STP"),
        effective_on=date(2021, 12, 10),
        document_number="5/QĐ-UBND",
        document_date=date(2021, 12, 9),
        by=small.who("snv.thamdinh"),
    )
    with pytest.raises(Invalid) as halted:
        approvals.approve(progress=report, revision=None, by=small.who("stp.thutruong"))
    assert halted.value.code == "duty_takes_no_reports"
    head = enter("stp.thutruong")
    queue, page = head.get("/phe-duyet/").content.decode(), head.get(f"/phe-duyet/{report.pk}/").content.decode()
    assert "Nhiệm vụ đang tạm dừng" in queue and "Nhiệm vụ đang tạm dừng" in page
    assert queue.count(" disabled") == 1
    assert "Nhiệm vụ đang tạm dừng" not in head.get(f"/phe-duyet/{other.pk}/").content.decode()


def test_a_report_does_not_leave_through_its_head_once_the_duty_is_another_agencys(ruled, enter, on):
    small = ruled
    report = forwarded(small)
    asked = requests.refuse(
        assignment=small.assignment("1", "STP"), reason="Không thuộc", legal_ground="QĐ 1", by=small.officer("STP")
    )
    requests.grant(request=asked, to=small.agencies["SYT"], revision=None, by=small.who("snv.thamdinh"))
    with on(12, 12):
        with pytest.raises(Invalid) as gone:
            approvals.approve(progress=report, revision=None, by=small.who("stp.thutruong"))
        assert gone.value.code == "duty_takes_no_reports"
        assert "Cơ quan không còn chủ trì" in enter("stp.thutruong").get("/phe-duyet/").content.decode()


def test_the_heads_queue_asks_no_more_questions_of_the_database_for_more_reports(
    ruled, enter, django_assert_max_num_queries
):
    small, head = ruled, enter("stp.thutruong")
    forwarded(small, "1")
    with CaptureQueriesContext(connection) as one:
        head.get("/phe-duyet/")
    forwarded(small, "3")
    with django_assert_max_num_queries(len(one)):
        assert "Niêm yết công khai" in head.get("/phe-duyet/").content.decode()

"""Domain rule 6 where people change roles: nobody decides or approves what is their own, or without the very role."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies import calendar
from agencies.actions import approval, directory
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Delegation, Event, Membership, User
from plans.actions import approvals, progress, requests, reviews, transfers
from plans.facts import queues, stuck
from plans.models import Progress
from plans.models.close import may_close
from tests.conftest import pdf_upload

TODAY = date(2021, 12, 10)
SAID = progress.Content(result="Đã xong", explanation="Chưa có văn bản.", proposals="Bổ sung kinh phí")


def again(user):
    """Return the person as a fresh object (memberships are read again)."""
    return User.objects.get(pk=user.pk)


def newcomer(small, agency, role, name="moi"):
    user = directory.add_user(username=name, full_name="Người mới", password_hash="!", by=None)
    directory.join(user=user, agency=small.agencies[agency], role=role, by=None)
    small.people[name] = user
    return again(user)


def moved_to(small, user, agency, role):
    """Let a person leave every agency today and work in another from tomorrow."""
    for membership in Membership.objects.filter(user=user, valid_to=None):
        directory.leave(membership=membership, last_day=TODAY, by=None)
    directory.join(user=user, agency=small.agencies[agency], role=role, by=None)


def needs_head(small, agency):
    approval.require_head(agency=small.agencies[agency], document="QC 1", valid_from=TODAY, by=None)


# --- own work ------------------------------------------------------------------------------------------------


def test_an_author_who_became_a_reviewer_does_not_decide_the_report(small, enter, on):
    report, other = small.submit(), small.submit("5", "SYT")
    author = small.officer("STP")
    moved_to(small, author, "SNV", "reviewer")
    with on(11, 12):
        author = again(author)
        for verb in (
            lambda: progress.accept(progress=report, revision=None, by=author),
            lambda: progress.send_back(progress=report, reason_code="other", reason="Thiếu", revision=None, by=author),
            lambda: reviews.ask(progress=report, text="Ở đâu?", revision=None, by=author),
            lambda: reviews.answer(progress=report, text="Đã ghi", revision=None, by=author),
        ):
            with pytest.raises(Refused) as own:
                verb()
            assert own.value.code == "own_work"
        assert list(queues.queue(author, date(2021, 12, 11))) == [other]
        browser = enter("stp.canbo")
        desk = browser.get(f"/duyet/{report.pk}/").content.decode()
        assert "báo cáo mình đã soạn" in desk and f'action="/duyet/{report.pk}/' not in desk
        chosen = [f"{one.pk}:{one.revision}" for one in (report, other)]
        said = browser.post("/duyet/duyet-nhieu/", {"chosen": chosen}, follow=True).content.decode()
        assert "Đã duyệt 1/2 báo cáo" in said
        report.refresh_from_db()
        assert report.state == "submitted"
        # Somebody else decides it, and to nobody it looks stuck.
        assert stuck.stuck_reports(author, date(2021, 12, 11)) == ()
        assert progress.accept(progress=report, revision=None, by=small.who("snv.thamdinh")).state == "accepted"


@pytest.mark.parametrize("part", ["forwarded", "approved", "an earlier version"])
def test_whoever_had_a_hand_in_a_report_does_not_decide_it(small, on, part):
    if part == "an earlier version":
        report = small.submit()
        person = small.officer("STP")
        report = progress.send_back(
            progress=report, reason_code="other", reason="Thiếu", revision=None, by=small.who("snv.thamdinh")
        )
        colleague = newcomer(small, "STP", "officer")
        report = progress.submit(progress=report, revision=None, by=colleague)
        Progress.objects.filter(pk=report.pk).update(created_by=colleague)
    else:
        needs_head(small, "STP")
        forwarder = newcomer(small, "STP", "officer")
        report = progress.forward(progress=small.begin(), content=SAID, revision=None, by=forwarder)
        report = approvals.approve(progress=report, revision=None, by=small.who("stp.thutruong"))
        person = forwarder if part == "forwarded" else small.who("stp.thutruong")
    moved_to(small, person, "SNV", "reviewer")
    with on(11, 12), pytest.raises(Refused) as own:
        progress.accept(progress=report, revision=None, by=again(person))
    assert own.value.code == "own_work"


def test_a_report_whose_only_reviewer_wrote_it_is_shown_as_waiting_for_nobody(small, page, on):
    report, author = small.submit(), small.officer("STP")
    small.submit("5", "SYT")
    moved_to(small, author, "SNV", "reviewer")
    for name in ("snv.thamdinh", "snv.thamdinh2"):
        directory.leave(membership=small.who(name).memberships.get(), last_day=TODAY, by=None)
    with on(11, 12):
        rows = stuck.stuck_reports(small.who("lanhdao"), date(2021, 12, 11))
        assert [(row.agency, row.number, row.why) for row in rows] == [("Sở Tư pháp", 1, stuck.OWN_WORK)]
        assert "Người thẩm định đã soạn" in page("lanhdao", f"/nhiem-vu/{report.assignment_id}/")


# --- the very role -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("agency", ["SYT", "VPUB"])
def test_a_reviewers_role_elsewhere_gives_no_decision_in_the_standing_office(small, agency):
    person = newcomer(small, agency, "reviewer")
    directory.join(user=person, agency=small.agencies["SNV"], role="officer", by=None)
    report, person = small.submit(), again(person)
    with pytest.raises(Refused) as refused:
        progress.accept(progress=report, revision=None, by=person)
    assert refused.value.code == "not_designated"
    assert not queues.queue(person, TODAY).exists()
    assert not may_close(person, small.province.pk, TODAY)
    # The second body confirms moves of the standing office's duties; each duty is looked at by itself.
    assert transfers.may_move(small.province.pk, person) is (agency == "VPUB")


def test_a_reviewers_role_elsewhere_gives_no_decision_in_the_second_body(small):
    directory.leave(membership=small.who("vpub.thamdinh").memberships.get(), last_day=date(2021, 12, 9), by=None)
    person = newcomer(small, "SYT", "reviewer")
    directory.join(user=person, agency=small.agencies["VPUB"], role="officer", by=None)
    report = small.submit("2", "SNV")
    with pytest.raises(Refused) as refused:
        progress.accept(progress=report, revision=None, by=again(person))
    assert refused.value.code == "not_designated"
    rows = stuck.stuck_reports(small.who("lanhdao"), TODAY)
    assert [(row.agency, row.why) for row in rows] == [("Sở Nội vụ", stuck.NO_REVIEWER)]


# --- delegations ---------------------------------------------------------------------------------------------


def delegated(small, person, by, agency="STP", first=TODAY):
    return approval.delegate(
        agency=small.agencies[agency],
        person=person,
        document="UQ 1",
        valid_from=first,
        valid_to=date(2021, 12, 31),
        by=by,
    )


def test_an_administrator_does_not_make_himself_approver(small):
    administrator = small.who("quantri")
    with pytest.raises(Invalid) as role:
        delegated(small, administrator, administrator, "VPUB")
    assert role.value.code == "not_of_the_agency"
    # Not even where he works in the agency too, and never without a head whose power it is.
    for name in ("stp.canbo", "stp.thutruong"):
        directory.join(user=small.who(name), agency=small.agencies["VPUB"], role="administrator", by=None)
    head, clerk = small.who("stp.thutruong"), small.who("stp.canbo")
    for person in (head, clerk):
        with pytest.raises(Invalid) as oneself:
            delegated(small, person, person)
        assert oneself.value.code == "to_oneself"
    with pytest.raises(Invalid) as nobody:
        delegated(small, small.officer("SYT"), administrator, "SYT")
    assert nobody.value.code == "no_head"
    assert not Delegation.objects.exists()
    delegated(small, clerk, administrator)
    assert Event.objects.get(action="approval.delegate").after["heads"] == ["stp.thutruong"]


@pytest.mark.parametrize("role", ["administrator", "auditor", "leader"])
def test_a_delegation_holds_only_in_a_role_that_stands_in(small, enter, role):
    person = newcomer(small, "STP", role)
    with pytest.raises(Invalid):
        delegated(small, person, small.who("stp.thutruong"))
    choices = enter("stp.thutruong").get(f"/co-quan/{small.agencies['STP'].pk}/phe-duyet/").content.decode()
    assert "Người mới" not in choices and "stp.canbo (thử)" in choices
    deputy = newcomer(small, "STP", "officer", "pho")
    delegated(small, deputy, small.who("stp.thutruong"))
    assert deputy.approves_for(TODAY)
    directory.leave(membership=deputy.memberships.get(), last_day=date(2021, 12, 9), by=None)
    directory.join(user=deputy, agency=small.agencies["STP"], role=role, by=None)
    assert not again(deputy).approves_for(TODAY)


def test_a_delegation_revoked_the_same_day_keeps_its_first_day(small, on, enter):
    needs_head(small, "STP")
    deputy = newcomer(small, "STP", "officer")
    given = delegated(small, deputy, small.who("stp.thutruong"))
    report = progress.forward(progress=small.begin(), content=SAID, revision=None, by=small.officer("STP"))
    approvals.approve(progress=report, revision=None, by=deputy)
    with on(10, 12, hour=11):
        given = approval.revoke(delegation=given, by=small.who("stp.thutruong"))
        assert (given.valid_from, given.valid_to, given.revoked_at) == (TODAY, date(2021, 12, 31), calendar.now())
        assert not again(deputy).approves_for(TODAY)
        with pytest.raises(Conflict):
            approval.revoke(delegation=given, by=small.who("stp.thutruong"))
        page = enter("stp.thutruong").get(f"/co-quan/{small.agencies['STP'].pk}/phe-duyet/").content.decode()
        assert "chấm dứt 11:00 10/12/2021" in page
    event = Event.objects.get(action="approval.revoke")
    assert event.before == {"revoked_at": ""} and event.after["revoked_at"].startswith("2021-12-10T")


def test_a_delegation_that_was_revoked_held_until_the_day_before(small, on):
    deputy = newcomer(small, "STP", "officer")
    given = delegated(small, deputy, small.who("stp.thutruong"))
    with on(14, 12):
        approval.revoke(delegation=given, by=small.who("stp.thutruong"))
    for day, held in ((10, True), (13, True), (14, False), (20, False)):
        assert bool(again(deputy).approves_for(date(2021, 12, day))) is held, day


# --- what waits for nobody -----------------------------------------------------------------------------------


def test_a_report_whose_only_delegate_forwarded_it_is_shown(small, page):
    needs_head(small, "SYT")
    officer = small.officer("SYT")
    delegated(small, officer, None, "SYT", date(2021, 12, 1))
    report = progress.forward(progress=small.begin("5", "SYT"), content=SAID, revision=None, by=officer)
    watcher = small.who("lanhdao")
    assert [(row.number, row.why) for row in stuck.stuck_reports(watcher, TODAY)] == [(1, stuck.OWN_FORWARD)]
    assert "chính là người trình báo cáo này" in page("lanhdao", f"/nhiem-vu/{report.assignment_id}/")
    # Forwarded by a colleague, the delegate lets it leave.
    colleague = newcomer(small, "SYT", "officer")
    other = progress.forward(progress=small.begin("3", "SYT"), content=SAID, revision=None, by=colleague)
    assert [row.number for row in stuck.stuck_reports(watcher, TODAY)] == [1]
    assert stuck.why_stuck(small.agencies["SYT"], [other], TODAY) == {}
    directory.join(user=colleague, agency=small.agencies["SYT"], role="agency_head", by=None)
    assert stuck.stuck_reports(watcher, TODAY) == ()


def test_a_request_that_nobody_may_decide_is_shown(small, page):
    requests.refuse(assignment=small.assignment("2", "SNV"), reason="x", legal_ground="y", by=small.officer("SNV"))
    requests.ask_extension(
        assignment=small.assignment("5", "SYT"),
        new_due_on=date(2021, 12, 31),
        reason="x",
        upload=pdf_upload(),
        by=small.officer("SYT"),
    )
    assert stuck.stuck_reports(small.who("lanhdao"), TODAY) == ()
    directory.leave(membership=small.who("vpub.thamdinh").memberships.get(), last_day=date(2021, 12, 9), by=None)
    rows = stuck.stuck_reports(small.who("lanhdao"), TODAY)
    assert [(row.agency, row.number, row.what, row.why) for row in rows] == [
        ("Sở Nội vụ", 1, "đề nghị", stuck.NO_RULER)
    ]
    assert "Sở Nội vụ: 1 đề nghị" in page("lanhdao", "/")


def test_an_author_who_became_a_reviewer_does_not_decide_the_request(small, page, on):
    asked = requests.refuse(
        assignment=small.assignment("1", "STP"), reason="x", legal_ground="y", by=small.officer("STP")
    )
    author = small.officer("STP")
    moved_to(small, author, "SNV", "reviewer")
    with on(11, 12):
        for verb in (
            lambda: requests.decline(request=asked, reason="Không", revision=None, by=again(author)),
            lambda: requests.grant(request=asked, to=small.agencies["SYT"], revision=None, by=again(author)),
        ):
            with pytest.raises(Refused) as own:
                verb()
            assert own.value.code == "own_work"
        assert stuck.stuck_reports(small.who("lanhdao"), date(2021, 12, 11)) == ()
        for name in ("snv.thamdinh", "snv.thamdinh2"):
            directory.leave(membership=small.who(name).memberships.get(), last_day=TODAY, by=None)
        rows = stuck.stuck_reports(small.who("lanhdao"), date(2021, 12, 11))
        assert [(row.agency, row.what, row.why) for row in rows] == [("Sở Tư pháp", "đề nghị", stuck.OWN_REQUEST)]
        assert "Sở Tư pháp: 1 đề nghị" in page("lanhdao", "/")


def test_what_waits_for_nobody_is_found_in_a_fixed_number_of_queries(small):
    watcher = small.who("lanhdao")
    watcher.standing()
    for person in ("snv.thamdinh", "snv.thamdinh2", "vpub.thamdinh"):
        directory.leave(membership=small.who(person).memberships.get(), last_day=date(2021, 12, 9), by=None)
    small.submit()
    with CaptureQueriesContext(connection) as few:
        assert len(stuck.stuck_reports(watcher, TODAY)) == 1
    for task, agency in (("2", "SNV"), ("3", "STP"), ("3", "SYT"), ("5", "SYT"), ("3", "VPUB")):
        small.submit(task, agency)
    with CaptureQueriesContext(connection) as many:
        rows = stuck.stuck_reports(watcher, TODAY)
    assert {row.agency: row.number for row in rows} == {
        "Văn phòng Ủy ban nhân dân tỉnh": 1, "Sở Nội vụ": 1, "Sở Tư pháp": 2, "Sở Y tế": 2,
    }  # fmt: skip
    assert len(many) == len(few)

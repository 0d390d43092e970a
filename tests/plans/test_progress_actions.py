"""Reporting and review through the verbs."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from agencies import calendar, proof
from agencies.actions import directory
from agencies.actions.trail import broken_links
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Document, Event
from plans.actions import evidence, progress, reviews
from plans.facts.recorded import drifted, recorded
from plans.models import Assignment, Decision, EvidenceLink, Progress, ProgressVersion
from plans.standing import State
from tests.conftest import pdf_upload


def moment(day, hour=9, month=12):
    return datetime(2021, month, day, hour, 0, tzinfo=calendar.VIETNAM)


def test_a_report_goes_from_draft_to_accepted_and_counts(small, run_jobs):
    begun = small.begin()
    saved = progress.save(
        progress=begun,
        content=progress.Content(result="Đang làm", figure=Decimal("12.5")),
        uploads=[pdf_upload("Kế hoạch.pdf", number="12/KH-STP")],
        revision=1,
        by=small.officer("STP"),
    )
    assert (saved.state, saved.revision) == ("draft", 2)
    sent = progress.submit(
        progress=saved,
        content=progress.Content(result="Đã xong", done_on=date(2021, 12, 9)),
        revision=2,
        by=small.officer("STP"),
    )
    assert sent.state == "submitted"
    assert sent.first_submitted_at == calendar.now()
    accepted = progress.accept(progress=sent, revision=3, by=small.who("snv.thamdinh"))
    assert accepted.state == "accepted"
    assert accepted.accepted.done_on == date(2021, 12, 9)
    assignment = small.assignment("1", "STP")
    assert (assignment.state, assignment.done_on) == (State.DONE, date(2021, 12, 9))
    assert accepted.accepted.evidence.get().verdict == "accepted"
    run_jobs()
    rollup = small.plan.rollups.get(scope="agency", agency=small.agencies["STP"])
    assert rollup.done_on_time == 1
    assert small.plan.rollups.get(scope="plan_tasks").done_on_time == 1


def test_a_return_keeps_its_reason_and_the_next_submission_is_version_two(small):
    sent = small.submit()
    with calendar.held_at(moment(11)):
        back = progress.send_back(
            progress=sent,
            reason_code="missing_evidence",
            reason="Thiếu kế hoạch kiểm tra.",
            revision=sent.revision,
            by=small.who("snv.thamdinh"),
        )
    assert back.state == "returned"
    with calendar.held_at(moment(13)):
        again = progress.submit(
            progress=back,
            content=progress.Content(result="Đã bổ sung"),
            uploads=[pdf_upload()],
            revision=back.revision,
            by=small.officer("STP"),
        )
    versions = list(again.versions.all())
    assert [v.number for v in versions] == [1, 2]
    assert versions[0].result != versions[1].result
    assert versions[0].decision.reason == "Thiếu kế hoạch kiểm tra."
    assert again.first_submitted_at == moment(10)
    assert versions[1].submitted_at == moment(13)


def test_evidence_is_carried_to_the_version_after_a_return(small):
    begun = small.begin()
    sent = progress.submit(
        progress=begun,
        content=progress.Content(result="Xong"),
        uploads=[pdf_upload()],
        revision=None,
        by=small.officer("STP"),
    )
    back = progress.send_back(
        progress=sent, reason_code="unclear", reason="Chưa rõ.", revision=None, by=small.who("snv.thamdinh")
    )
    saved = progress.save(
        progress=back, content=progress.Content(result="Rõ hơn"), revision=None, by=small.officer("STP")
    )
    assert saved.state == "returned"
    assert saved.latest.number == 2
    assert saved.latest.evidence.count() == 1
    kept = saved.latest.evidence.get()
    progress.save(
        progress=saved,
        content=progress.Content(result="Bỏ tệp"),
        drop=[kept.pk],
        revision=None,
        by=small.officer("STP"),
    )
    assert ProgressVersion.objects.get(progress=saved, number=1).evidence.count() == 1
    assert ProgressVersion.objects.get(progress=saved, number=2).evidence.count() == 0


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"result": "  "}, "result"),
        ({"explanation": ""}, "explanation"),
        ({"done_on": date(2021, 12, 11)}, "done_on"),
        ({"numerator": Decimal(3)}, "denominator"),
        ({"numerator": Decimal(3), "denominator": Decimal(0)}, "denominator"),
        ({"percent": Decimal(101)}, "percent"),
    ],
)
def test_an_incomplete_report_is_refused_by_field_and_nothing_is_kept(small, content, field):
    begun = small.begin()
    with pytest.raises(Invalid) as refused:
        small.submit(**content)
    assert field in refused.value.fields
    begun.refresh_from_db()
    assert (begun.state, begun.revision) == ("draft", 1)
    assert begun.latest.result == ""


def test_a_refused_file_leaves_nothing_half_saved(small):
    begun = small.begin()
    with pytest.raises(Invalid):
        progress.save(
            progress=begun,
            content=progress.Content(result="Mới"),
            uploads=[pdf_upload("một.pdf", "1"), pdf_upload("hai.exe", "2")],
            revision=1,
            by=small.officer("STP"),
        )
    begun.refresh_from_db()
    assert begun.latest.result == ""
    assert EvidenceLink.objects.count() == 0
    assert Document.objects.count() == 0


def test_a_stale_revision_is_told(small):
    begun = small.begin()
    progress.save(progress=begun, content=progress.Content(result="A"), revision=1, by=small.officer("STP"))
    with pytest.raises(Conflict) as conflict:
        progress.save(progress=begun, content=progress.Content(result="B"), revision=1, by=small.officer("STP"))
    assert conflict.value.code == "stale_revision"
    begun.refresh_from_db()
    assert begun.latest.result == "A"


def test_nobody_writes_for_another_agency(small):
    with pytest.raises(Refused):
        progress.start(assignment=small.assignment("1", "STP"), period=small.period(), by=small.officer("SYT"))
    begun = small.begin()
    for name in ("syt.canbo", "snv.thamdinh", "stp.thutruong", "quantri", "lanhdao", "kiemtra"):
        with pytest.raises(Refused):
            progress.save(progress=begun, content=progress.Content(result="x"), revision=1, by=small.who(name))


def test_sở_nội_vụ_does_not_decide_its_own_report_but_the_second_body_does(small):
    sent = small.submit("2", "SNV")
    with pytest.raises(Refused) as refused:
        progress.accept(progress=sent, revision=None, by=small.who("snv.thamdinh"))
    assert refused.value.code == "own_agency"
    assert progress.accept(progress=sent, revision=None, by=small.who("vpub.thamdinh")).state == "accepted"


def test_the_second_body_decides_only_the_standing_offices_reports(small):
    sent = small.submit()
    with pytest.raises(Refused) as refused:
        progress.accept(progress=sent, revision=None, by=small.who("vpub.thamdinh"))
    assert refused.value.code == "not_designated"


def test_a_reviewer_who_joins_an_agency_that_day_no_longer_decides_its_reports(small):
    sent = small.submit()
    reviewer = small.who("snv.thamdinh")
    directory.join(user=reviewer, agency=small.agencies["STP"], role="officer", valid_from=date(2021, 12, 10), by=None)
    with pytest.raises(Refused):
        progress.accept(progress=sent, revision=None, by=reviewer)


def test_a_report_is_taken_only_while_its_period_is_open(small):
    with pytest.raises(Invalid) as refused:
        small.begin(period="2021-Q3")
    assert refused.value.code == "period_closed"
    with calendar.held_at(moment(10, month=9)):
        begun = small.begin(period="2021-Q3")
    with pytest.raises(Invalid):
        progress.submit(
            progress=begun,
            content=progress.Content(result="x", explanation="y"),
            revision=None,
            by=small.officer("STP"),
        )


def test_a_returned_report_may_be_handed_in_after_the_period_has_closed(small):
    with calendar.held_at(moment(19, month=9)):
        sent = small.submit(period="2021-Q3")
    back = progress.send_back(
        progress=sent, reason_code="unclear", reason="Chưa rõ.", revision=None, by=small.who("snv.thamdinh")
    )
    again = progress.submit(progress=back, revision=None, by=small.officer("STP"))
    assert again.first_submitted_at == moment(19, month=9)


def test_a_correction_is_the_next_version_and_the_accepted_one_counts_until_then(small):
    accepted = small.accept(done_on=date(2021, 12, 8))
    with pytest.raises(Invalid):
        progress.correct(progress=accepted, reason=" ", revision=None, by=small.officer("STP"))
    opened = progress.correct(progress=accepted, reason="Sai số liệu", revision=None, by=small.officer("STP"))
    assert (opened.state, opened.latest.number, opened.accepted.number) == ("draft", 2, 1)
    assert small.assignment("1", "STP").state == State.DONE
    sent = progress.submit(
        progress=opened,
        content=progress.Content(result="Sửa", explanation="Không có", done_on=None),
        revision=None,
        by=small.officer("STP"),
    )
    assert small.assignment("1", "STP").state == State.DONE
    decided = progress.accept(progress=sent, revision=None, by=small.who("snv.thamdinh"))
    assert decided.accepted.number == 2
    assert small.assignment("1", "STP").state == State.IN_PROGRESS


def test_a_plan_still_being_drafted_takes_no_reports_and_assigns_nothing(small):
    from plans.actions import plans
    from plans.models import Plan

    draft = plans.create(
        province=small.province,
        code="nhap",
        number=None,
        kind="de_an",
        title="Đề án",
        issuer="UBND",
        year_from=2021,
        by=None,
    )
    with pytest.raises(Conflict):
        plans.hand_out(plan=draft, on=date(2021, 12, 10), by=None)
    with pytest.raises(Invalid):
        plans.issue(plan=draft, by=None)
    assert Plan.objects.get(pk=draft.pk).state == "drafting"


def test_a_group_task_is_asked_of_the_members_on_the_day(small):
    from agencies.models import GroupMembership
    from plans.actions import plans

    assert Assignment.objects.filter(task__plan=small.plan, task__code="3").count() == 4
    late = directory.keep_agency(province=small.province, code="SXD", name="Sở Xây dựng", kind="so")
    GroupMembership.objects.create(group=small.group, agency=late, valid_from=date(2021, 12, 1))
    assert plans.hand_out(plan=small.plan, on=date(2021, 11, 30), by=None) == 0
    assert plans.hand_out(plan=small.plan, on=date(2021, 12, 1), by=None) == 1
    assert plans.hand_out(plan=small.plan, on=date(2021, 12, 1), by=None) == 0


def test_every_step_leaves_one_event_with_before_and_after(small):
    accepted = small.accept()
    events = list(Event.objects.about(accepted))
    assert [event.action for event in events] == ["progress.start", "progress.submit", "progress.accept"]
    assert events[1].before["state"] == "draft"
    assert events[1].after["content"]["result"] == "Đã làm xong phần việc của kỳ."
    assert events[2].actor == small.who("snv.thamdinh")
    assert broken_links(small.province) == []


def test_the_author_of_a_submission_is_kept_by_person(small):
    colleague = directory.add_user(username="stp2", full_name="Người khác", password_hash="!", by=None)
    directory.join(user=colleague, agency=small.agencies["STP"], role="officer", by=None)
    begun = small.begin()
    sent = progress.submit(
        progress=begun, content=progress.Content(result="x", explanation="y"), revision=None, by=colleague
    )
    assert sent.created_by.username == "stp.canbo"
    assert sent.latest.submitted_by == colleague


def test_beginning_twice_returns_the_same_report(small):
    assert small.begin() == small.begin()
    assert Progress.objects.count() == 1


def test_only_a_lead_reports(small):
    cooperating = Assignment.objects.get(task__code="5", agency=small.agencies["STP"])
    with pytest.raises(Invalid) as refused:
        progress.start(assignment=cooperating, period=small.period(), by=small.officer("STP"))
    assert refused.value.code == "not_a_lead"


def test_a_verdict_is_kept_per_link(small):
    sent = progress.submit(
        progress=small.begin(),
        content=progress.Content(result="x"),
        uploads=[pdf_upload("a.pdf", "a"), pdf_upload("b.pdf", "b")],
        revision=None,
        by=small.officer("STP"),
    )
    first, second = sent.latest.evidence.all()
    progress.accept(progress=sent, verdicts={first.pk: "outside_year"}, revision=None, by=small.who("snv.thamdinh"))
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.verdict, second.verdict) == ("outside_year", "accepted")
    assert Decision.objects.get().verb == "accept"


def test_a_withdrawn_report_leaves_no_first_date_though_a_file_was_replaced_before(small):
    officer = small.officer("STP")
    with calendar.held_at(moment(18, month=9)):
        sent = progress.submit(
            progress=small.begin("1", "STP", "2021-Q3"),
            content=progress.Content(result="Xong"),
            uploads=[pdf_upload(text="a")],
            revision=None,
            by=officer,
        )
    with calendar.held_at(moment(19, month=9)):
        for text in ("b", "c"):
            sent = evidence.replace(
                progress=sent,
                link_id=sent.latest.evidence.get().pk,
                upload=pdf_upload(text=text),
                reason="Nhầm tệp",
                revision=None,
                by=officer,
            )
        assert sent.first_submitted_at == moment(18, month=9)
        back = progress.withdraw(progress=sent, revision=None, by=officer)
        assert (back.state, back.first_submitted_at) == ("draft", None)
        duty = recorded(small.plan, date(2021, 9, 19)).duties[back.assignment_id]
        assert duty.not_updated(back.period_id) and duty.reported_at is None
        assert drifted(small.plan) == []
    with calendar.held_at(moment(25, month=10)), pytest.raises(Invalid) as refused:
        progress.submit(progress=back, content=progress.Content(result="Viết lại"), revision=None, by=officer)
    assert refused.value.code == "period_closed"


def test_a_correction_is_withdrawn_after_the_window_for_the_accepted_version_stands(small):
    officer = small.officer("STP")
    with calendar.held_at(moment(18, month=9)):
        accepted = small.accept("1", "STP", "2021-Q3")
    with calendar.held_at(moment(25, month=10)):
        progress.correct(progress=accepted, reason="Sai số liệu", revision=None, by=officer)
        sent = progress.submit(
            progress=accepted,
            content=progress.Content(result="Sửa", explanation="Chưa có."),
            revision=None,
            by=officer,
        )
        back = progress.withdraw(progress=sent, revision=None, by=officer)
    assert (back.state, back.first_submitted_at) == ("draft", moment(18, month=9))
    assert back.latest.corrects_id == back.accepted_id
    assert drifted(small.plan) == []


def test_a_returned_report_that_was_sent_again_is_withdrawn_after_the_window(small):
    officer = small.officer("STP")
    with calendar.held_at(moment(18, month=9)):
        sent = small.submit("1", "STP", "2021-Q3")
    with calendar.held_at(moment(25, month=10)):
        sent = progress.send_back(
            progress=sent, reason_code="other", reason="Thiếu", revision=None, by=small.who("snv.thamdinh")
        )
        sent = progress.submit(progress=sent, revision=None, by=officer)
        back = progress.withdraw(progress=sent, revision=None, by=officer)
    assert (back.state, back.first_submitted_at) == ("draft", moment(18, month=9))


def test_verdicts_on_the_files_that_stay_are_kept_when_another_is_replaced(small):
    officer, reviewer = small.officer("STP"), small.who("snv.thamdinh")
    sent = progress.submit(
        progress=small.begin(),
        content=progress.Content(result="Xong"),
        uploads=[pdf_upload("a.pdf", "a"), pdf_upload("b.pdf", "b"), pdf_upload("c.pdf", "c")],
        revision=None,
        by=officer,
    )
    rejected, wrong, unjudged = sent.latest.evidence.order_by("pk")
    sent = reviews.judge(progress=sent, link_id=rejected.pk, verdict="wrong_authority", revision=None, by=reviewer)
    sent = evidence.replace(
        progress=sent, link_id=wrong.pk, upload=pdf_upload("d.pdf", "d"), reason="Nhầm", revision=None, by=officer
    )
    kept = sent.latest.evidence.get(document=rejected.document)
    assert (kept.verdict, kept.verdict_by, kept.verdict_at) == ("wrong_authority", reviewer, moment(10))
    assert sent.latest.evidence.get(document=unjudged.document).verdict == "pending"
    reviews.accept_many(reports=[(sent, sent.revision)], by=reviewer)
    sent.refresh_from_db()
    assert dict(sent.accepted.evidence.values_list("document__original_name", "verdict")) == {
        "a.pdf": "wrong_authority",
        "c.pdf": "accepted",
        "d.pdf": "accepted",
    }


def test_a_correction_that_was_opened_can_be_given_up(small):
    officer = small.officer("STP")
    accepted = small.accept(done_on=date(2021, 12, 9))
    opened = progress.correct(progress=accepted, reason="Sai số liệu", revision=None, by=officer)
    progress.save(
        progress=opened, content=progress.Content(result="Khác"), uploads=[pdf_upload()], revision=None, by=officer
    )
    back = progress.give_up(progress=opened, revision=None, by=officer)
    assert (back.state, back.latest_id, back.accepted_id) == ("accepted", accepted.accepted_id, accepted.accepted_id)
    assert list(back.versions.values_list("number", flat=True)) == [1] and not EvidenceLink.objects.exists()
    event = Event.objects.get(action="progress.give_up")
    assert (event.before["version"], event.after["version"], event.after["state"]) == (2, 1, "accepted")
    assert drifted(small.plan) == [] and small.assignment("1", "STP").state == State.DONE
    # What was handed in of a correction and withdrawn stays on record, and the next one follows it.
    opened = progress.correct(progress=back, reason="Sai số liệu", revision=None, by=officer)
    sent = progress.submit(progress=opened, revision=None, by=officer)
    draft = progress.withdraw(progress=sent, revision=None, by=officer)
    back = progress.give_up(progress=draft, revision=None, by=officer)
    assert list(back.versions.values_list("number", "decision__verb")) == [(1, "accept"), (2, "withdraw")]
    assert (back.latest_id, back.first_submitted_at) == (accepted.accepted_id, moment(10))
    assert drifted(small.plan) == []
    again = progress.correct(progress=back, reason="Vẫn sai", revision=None, by=officer)
    assert again.latest.number == 3
    assert broken_links(small.province) == []
    assert list(proof.everything([small.province], whole=True)) == []


def test_only_the_draft_of_a_correction_can_be_given_up(small):
    with pytest.raises(Conflict) as first:
        progress.give_up(progress=small.begin(), revision=None, by=small.officer("STP"))
    assert first.value.code == "not_a_correction"
    accepted = small.accept("5", "SYT")
    with pytest.raises(Conflict) as state:
        progress.give_up(progress=accepted, revision=None, by=small.officer("SYT"))
    assert state.value.code == "wrong_state"

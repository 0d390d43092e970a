"""Amending an issued plan: proposed, shown, confirmed; both versions kept, duties follow the text."""

import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from agencies import calendar, constraints
from agencies.actions import directory
from agencies.errors import Conflict, Invalid, PortalError, Refused
from agencies.models import Agency, Event
from plans import builder
from plans.actions import amendment_lines, amendments, plans, progress, requests, rulings
from plans.actions.amendment_lines import TargetText, target_text_of, text_of
from plans.facts.amendments import diff_of
from plans.facts.plan import plan_facts
from plans.facts.recorded import drifted, recorded
from plans.models import (
    Amendment,
    Assignment,
    PartyRole,
    Plan,
    Progress,
    Section,
    Target,
    TargetVersion,
    Task,
    TaskParty,
    TaskVersion,
)
from plans.schedule import refresh_all
from plans.standing import State
from tests.conftest import Small, pdf_upload

LEAD = PartyRole.LEAD


def at(*day: int) -> datetime:
    return datetime(*day, 9, 0, tzinfo=calendar.VIETNAM)


def begin(small: Small, number: str = "200/QĐ-UBND", effective_on: date = date(2021, 12, 1), **more) -> Amendment:
    return amendments.begin(
        plan=small.plan,
        number=number,
        issued_on=date(2021, 12, 1),
        issuer="Ủy ban nhân dân tỉnh",
        title="Sửa đổi một số nội dung",
        effective_on=effective_on,
        **{"by": small.who("snv.chuyenvien"), **more},
    )


def task(small: Small, code: str) -> Task:
    return Task.objects.get(plan=small.plan, code=code)


def text(small: Small, code: str) -> plans.TaskText:
    return text_of(amendment_lines.latest(task(small, code)))


def lead(*agencies: Agency) -> list[plans.Party]:
    return [plans.Party(LEAD, agency) for agency in agencies]


def change(small: Small, amendment: Amendment, code: str, **fields) -> Amendment:
    return amendment_lines.change(
        amendment=amendment, subject=task(small, code), text=replace(text(small, code), **fields), by=specialist(small)
    )


def specialist(small: Small):
    return small.who("snv.chuyenvien")


def confirm(small: Small, amendment: Amendment) -> Amendment:
    return amendments.confirm(amendment=amendment, revision=None, by=specialist(small))


def shown(small: Small, day: date) -> str:
    out = StringIO()
    call_command("show_plan", small.plan.code, "--as-of", day.isoformat(), "--json", stdout=out)
    return out.getvalue()


def refused(sql: str, *values: object) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


# --- a draft counts nowhere -----------------------------------------------------------------------------------------


def test_a_draft_counts_nowhere_and_an_added_task_is_in_no_list(small):
    before = shown(small, date(2021, 12, 10))
    draft = begin(small)
    change(small, draft, "1", title="Nâng điểm cải cách thể chế")
    amendment_lines.add_task(
        amendment=draft,
        section=Section.objects.get(plan=small.plan),
        code="6",
        text=plans.TaskText("Công khai ngân sách", parties=lead(small.agencies["STP"])),
        by=specialist(small),
    )
    added = task(small, "6")
    assert added.current is None
    assert not Task.objects.visible_to(specialist(small)).filter(pk=added.pk).exists()
    assert shown(small, date(2021, 12, 10)) == before
    assert builder.outdated_tasks(small.plan.pk) == []
    assert task(small, "1").current.title == "Duy trì điểm cải cách thể chế"


def test_only_those_who_amend_may_and_only_an_issued_plan_is_amended(small):
    for name in ("stp.canbo", "stp.thutruong", "lanhdao", "kiemtra", "quantri"):
        with pytest.raises(Refused) as refusal:
            begin(small, by=small.who(name))
        assert refusal.value.code == "may_not_amend"
    draft = begin(small)
    for name in ("stp.canbo", "kiemtra", "quantri"):
        for verb in (amendments.confirm, amendments.discard):
            with pytest.raises(Refused):
                verb(amendment=draft, revision=None, by=small.who(name))
    drafting = plans.create(
        province=small.province,
        code="dang-soan",
        kind="ke_hoach",
        title="x",
        issuer="y",
        year_from=2022,
        by=None,
    )
    with pytest.raises(Conflict) as conflict:
        amendments.begin(
            plan=drafting,
            number="1",
            issued_on=date(2021, 12, 1),
            issuer="x",
            effective_on=date(2021, 12, 1),
            by=specialist(small),
        )
    assert conflict.value.code == "plan_not_issued"


def test_what_stands_above_the_lines_is_asked_for(small):
    with pytest.raises(Invalid) as invalid:
        amendments.begin(
            plan=small.plan, number=" ", issued_on=None, issuer="", effective_on=None, by=specialist(small)
        )
    assert set(invalid.value.fields) == {"number", "issuer", "issued_on", "effective_on"}
    with pytest.raises(Invalid):
        amendments.begin(
            plan=small.plan,
            number="1",
            issued_on=date(2021, 12, 11),
            issuer="x",
            effective_on=date(2021, 12, 11),
            by=specialist(small),
        )
    begin(small)
    with pytest.raises(Conflict) as conflict:
        begin(small)
    assert conflict.value.code == "amendment_exists"


def test_the_file_of_the_decision_is_kept_with_its_marks(small):
    draft = begin(small, upload=pdf_upload("qd.pdf", number="200/QĐ-UBND"))
    assert draft.document.number == "200/QĐ-UBND"
    assert draft.document.blob.sha256


def test_a_line_is_written_again_and_taken_off(small):
    draft = begin(small)
    change(small, draft, "1", title="Lần một")
    change(small, draft, "1", title="Lần hai")
    (line,) = draft.task_versions.all()
    assert (line.title, line.number) == ("Lần hai", 2)
    assert line.parties.get().agency == small.agencies["STP"]
    amendment_lines.take_off(line=line, by=specialist(small))
    assert not draft.task_versions.exists()
    amendment_lines.add_task(
        amendment=draft,
        section=Section.objects.get(plan=small.plan),
        code="6",
        text=plans.TaskText("Mới"),
        by=specialist(small),
    )
    amendment_lines.take_off(line=draft.task_versions.get(), by=specialist(small))
    assert not Task.objects.filter(plan=small.plan, code="6").exists()
    with pytest.raises(Invalid):
        amendment_lines.take_off(line=task(small, "1").current, by=specialist(small))


def test_a_line_says_what_cannot_be(small):
    draft = begin(small)
    wrong = {
        "title": {"title": " "},
        "deadline_to": {"deadline": {"deadline_kind": "date"}},
        "deadline_from": {
            "deadline": {
                "deadline_kind": "range",
                "deadline_from": date(2022, 1, 1),
                "deadline_to": date(2021, 1, 1),
            }
        },
        "condition": {"deadline": {"deadline_kind": "conditional"}},
        "leads": {"parties": lead(small.agencies["STP"], small.agencies["STP"])},
    }
    for field, fields in wrong.items():
        with pytest.raises(Invalid) as invalid:
            change(small, draft, "1", **fields)
        assert list(invalid.value.fields) == [field]
    with pytest.raises(Invalid) as invalid:
        change(small, draft, "1")
    assert invalid.value.code == "nothing_changed"
    assert not draft.task_versions.exists()
    with pytest.raises(Invalid) as invalid:
        amendment_lines.drop(amendment=draft, subject=task(small, "1"), reason=" ", by=specialist(small))
    assert invalid.value.code == "reason_required"
    with pytest.raises(Conflict) as conflict:
        amendment_lines.add_task(
            amendment=draft,
            section=Section.objects.get(plan=small.plan),
            code="1",
            text=plans.TaskText("Trùng"),
            by=specialist(small),
        )
    assert conflict.value.code == "code_taken"


def test_a_draft_given_up_frees_its_number_and_codes_and_the_trail_keeps_it(small):
    draft = begin(small)
    amendment_lines.add_task(
        amendment=draft,
        section=Section.objects.get(plan=small.plan),
        code="6",
        text=plans.TaskText("Mới", parties=lead(small.agencies["STP"])),
        by=specialist(small),
    )
    change(small, draft, "1", title="Khác")
    amendments.discard(amendment=draft, reason="Chưa trình", by=specialist(small))
    assert not TaskVersion.objects.filter(amendment=draft).exists()
    assert not Task.objects.filter(plan=small.plan, code="6").exists()
    event = Event.objects.about(draft).last()
    assert (event.action, event.reason) == ("amendment.discard", "Chưa trình")
    assert [line["code"] for line in event.after["discarded_lines"]] == ["1", "6"]
    begin(small)
    with pytest.raises(Conflict) as conflict:
        change(small, draft, "1", title="x")
    assert conflict.value.code == "amendment_discarded"


# --- confirming -----------------------------------------------------------------------------------------------------


def test_confirming_keeps_both_versions_and_the_reports(small):
    small.accept(done_on=date(2021, 12, 5))
    draft = begin(small)
    change(small, draft, "1", title="Nâng điểm cải cách thể chế")
    confirmed = confirm(small, draft)
    one = task(small, "1")
    assert [version.title for version in one.versions.all()] == [
        "Duy trì điểm cải cách thể chế",
        "Nâng điểm cải cách thể chế",
    ]
    assert one.current.title == "Nâng điểm cải cách thể chế"
    assert "nang diem" in one.search_text
    duty = small.assignment("1", "STP")
    assert (duty.state, Progress.objects.filter(assignment=duty).count()) == (State.DONE, 1)
    assert confirmed.state == Amendment.State.CONFIRMED
    event = Event.objects.about(confirmed).last()
    assert event.action == "amendment.confirm"
    assert event.after["summary"] == "sửa 1"
    assert event.after["lines"][0]["changes"]["title"] == [
        "Duy trì điểm cải cách thể chế",
        "Nâng điểm cải cách thể chế",
    ]


def test_what_was_shown_before_the_confirmation_is_shown_again(small):
    """The amendment is confirmed later, with an earlier effective day: the days before it do not change."""
    with calendar.held_at(at(2021, 9, 10)):
        small.accept(period="2021-Q3")
    days = [date(2021, 8, 6), date(2021, 9, 12), date(2021, 11, 30), date(2021, 12, 2), date(2021, 12, 9)]
    before = {day: shown(small, day) for day in days}
    with calendar.held_at(at(2021, 12, 10)):
        draft = begin(small, effective_on=date(2021, 9, 1))
        change(small, draft, "1", title="Khác hẳn", parties=lead(small.agencies["SYT"]))
        change(small, draft, "5", deadline={"deadline_kind": "date", "deadline_to": date(2021, 12, 31)})
        amendment_lines.drop(amendment=draft, subject=task(small, "2"), reason="Trùng", by=specialist(small))
        amendment_lines.add_task(
            amendment=draft,
            section=Section.objects.get(plan=small.plan),
            code="6",
            text=plans.TaskText("Mới", parties=lead(small.agencies["STP"])),
            by=specialist(small),
        )
        amendment_lines.change(
            amendment=draft,
            subject=small.plan.targets.get(),
            text=replace(target_text_of(TargetVersion.objects.get()), value=Decimal(4), text="Tăng 4 bậc"),
            by=specialist(small),
        )
        confirm(small, draft)
    assert {day: shown(small, day) for day in days} == before
    now = json.loads(shown(small, date(2021, 12, 10)))
    assert now["tasks"][0]["title"] == "Khác hẳn"
    assert len(now["tasks"]) == 6
    assert now["targets"][0]["value"] == "4"
    assert now["counts"]["tasks"]["cancelled"] == 1


def test_new_leads_get_a_duty_old_ones_lose_theirs_the_others_keep_it(small):
    small.submit("5", "SYT")
    draft = begin(small)
    change(small, draft, "1", parties=lead(small.agencies["SYT"]))
    change(small, draft, "5", parties=[*lead(small.agencies["SYT"], small.agencies["SNV"])])
    moves = {line.code: line.moves for line in diff_of(draft).lines}
    assert [one.agency for one in moves["1"].gets] == ["Sở Y tế"]
    assert [one.agency for one in moves["1"].loses] == ["Sở Tư pháp"]
    assert [(one.agency, one.reports) for one in moves["5"].keeps] == [("Sở Y tế", 1)]
    assert [(one.role, one.agency) for one in moves["5"].loses] == [("cooperating", "Sở Tư pháp")]
    confirm(small, draft)
    old = Assignment.objects.get(task=task(small, "1"), agency=small.agencies["STP"])
    assert (old.valid_to, calendar.day_of(old.ended_at)) == (date(2021, 11, 30), date(2021, 12, 10))
    new = Assignment.objects.get(task=task(small, "1"), agency=small.agencies["SYT"])
    assert (new.valid_from, new.valid_to, new.due_on) == (date(2021, 12, 1), None, date(2021, 12, 31))
    kept = small.assignment("5", "SYT")
    assert (kept.valid_to, kept.state) == (None, State.AWAITING_REVIEW)
    leading = Assignment.objects.leading().filter(task__code="1", task__plan=small.plan)
    assert [one.agency_id for one in leading] == [small.agencies["SYT"].pk]
    assert drifted(small.plan) == []
    then = diff_of(Amendment.objects.get(pk=draft.pk))
    again = {line.code: line.moves for line in then.lines}
    assert [one.agency for one in again["1"].gets] == ["Sở Y tế"]
    assert [one.agency for one in again["1"].loses] == ["Sở Tư pháp"]


def test_a_group_gives_duties_to_its_members_of_the_effective_day(small):
    with calendar.held_at(at(2021, 12, 3)):
        late = directory.keep_agency(
            province=small.province,
            code="SCT",
            name="Sở Công Thương",
            kind="so",
            order=9,
            confirmed=True,
            valid_from=date(2021, 12, 3),
        )
        directory.keep_group(
            province=small.province, code="so", name="Các sở", note="", members=[late], since=date(2021, 12, 3)
        )
    draft = begin(small, effective_on=date(2021, 12, 5))
    change(small, draft, "1", parties=[plans.Party(LEAD, group=small.group, wording="các sở")], is_group=True)
    gets = {one.agency for one in diff_of(draft).lines[0].moves.gets}
    assert gets == {"Văn phòng Ủy ban nhân dân tỉnh", "Sở Nội vụ", "Sở Y tế", "Sở Công Thương"}
    confirm(small, draft)
    duties = Assignment.objects.leading().filter(task=task(small, "1"))
    assert duties.count() == 5
    assert duties.filter(agency=small.agencies["STP"], valid_from=date(2021, 8, 6)).exists()


def test_a_group_that_is_named_no_longer_loses_the_duties_of_its_members(small):
    draft = begin(small)
    change(small, draft, "3", parties=lead(small.agencies["STP"]), is_group=False)
    confirm(small, draft)
    assert [one.agency_id for one in Assignment.objects.leading().filter(task=task(small, "3"))] == [
        small.agencies["STP"].pk
    ]


def test_a_duty_handed_on_follows_the_body_the_text_named(small):
    """Reassigned or reorganised duties stay where they are when only the deadline changes."""
    now = calendar.now()
    old = small.assignment("1", "STP")
    Assignment.objects.filter(pk=old.pk).update(valid_to=date(2021, 11, 30), ended_at=now)
    moved = Assignment.objects.create(
        province=small.province,
        task=old.task,
        agency=small.agencies["SYT"],
        role=LEAD,
        valid_from=date(2021, 12, 1),
        created_at=now,
        succeeds=old,
    )
    draft = begin(small, effective_on=date(2021, 12, 5))
    change(small, draft, "1", deadline={"deadline_kind": "date", "deadline_to": date(2021, 12, 20)})
    (line,) = diff_of(draft).lines
    assert (line.moves.gets, line.moves.loses) == ((), ())
    change(small, draft, "1", parties=lead(small.agencies["SNV"]))
    (line,) = diff_of(draft).lines
    assert [one.assignment_id for one in line.moves.loses] == [moved.pk]


def test_a_future_day_takes_effect_through_the_sweep(small, run_jobs):
    draft = begin(small, effective_on=date(2022, 1, 15))
    change(small, draft, "1", title="Từ tháng Giêng", parties=lead(small.agencies["SYT"]))
    amendment_lines.add_task(
        amendment=draft,
        section=Section.objects.get(plan=small.plan),
        code="6",
        text=plans.TaskText("Mới", parties=lead(small.agencies["STP"])),
        by=specialist(small),
    )
    confirm(small, draft)
    assert task(small, "1").current.number == 1
    assert task(small, "6").current is None
    assert not Task.objects.visible_to(specialist(small)).filter(code="6").exists()
    duties = Assignment.objects.filter(task=task(small, "1"), role=LEAD)
    assert set(duties.values_list("agency__code", "valid_from", "valid_to")) == {
        ("STP", date(2021, 8, 6), date(2022, 1, 14)),
        ("SYT", date(2022, 1, 15), None),
    }
    assert [one.agency.code for one in duties.leading()] == ["STP"]
    assert not Assignment.objects.leading().filter(task__code="6").exists()
    assert len(plan_facts(small.plan, date(2021, 12, 20)).tasks) == 5
    with calendar.held_at(at(2022, 1, 14)):
        refresh_all()
        assert task(small, "1").current.number == 1
    with calendar.held_at(at(2022, 1, 15)):
        assert set(builder.outdated_tasks(small.plan.pk)) == {task(small, "1").pk, task(small, "6").pk}
        refresh_all()
        run_jobs()
        assert task(small, "1").current.title == "Từ tháng Giêng"
        assert task(small, "6").current.title == "Mới"
        assert [one.agency.code for one in duties.leading()] == ["SYT"]
        assert drifted(small.plan) == []
        assert not builder.rollup_drift(small.plan)
        facts = plan_facts(small.plan, calendar.today())
        assert len(facts.tasks) == 6


def test_a_dropped_task_counts_as_cancelled_and_keeps_its_history(small, run_jobs):
    small.accept("1", "STP", done_on=date(2021, 11, 20))
    small.submit("2", "SNV")
    draft = begin(small)
    for code in ("1", "2"):
        amendment_lines.drop(amendment=draft, subject=task(small, code), reason="Trùng việc", by=specialist(small))
    lines = {line.code: line for line in diff_of(draft).lines}
    assert "đã hoàn thành trước ngày hiệu lực" in " ".join(lines["1"].warnings)
    assert "đang chờ duyệt" in " ".join(lines["2"].warnings)
    confirm(small, draft)
    assert small.assignment("1", "STP").state == State.DONE
    dropped = small.assignment("2", "SNV")
    assert (dropped.state, dropped.valid_to) == (State.CANCELLED, None)
    facts = {one.code: one for one in plan_facts(small.plan, calendar.today()).tasks}
    assert (facts["2"].dropped, facts["2"].standing.state, facts["2"].amended_by) == (
        True,
        State.CANCELLED,
        "200/QĐ-UBND",
    )
    assert facts["2"].assignments[0].report is not None
    run_jobs()
    assert not builder.rollup_drift(small.plan)
    assert drifted(small.plan) == []
    again = begin(small, number="201/QĐ-UBND")
    with pytest.raises(Conflict) as conflict:
        amendment_lines.drop(amendment=again, subject=task(small, "2"), reason="x", by=specialist(small))
    assert conflict.value.code == "already_dropped"


def test_a_deadline_the_amendment_does_not_give_stays_empty(small):
    draft = begin(small)
    change(small, draft, "1", deadline={"deadline_kind": "none"})
    (line,) = diff_of(draft).lines
    assert [(one.name, one.before, one.after) for one in line.changes] == [
        ("deadline", "Năm: 01/01/2021 – 31/12/2021", "Không nêu")
    ]
    assert "không còn thời hạn" in line.warnings[0]
    confirm(small, draft)
    assert small.assignment("1", "STP").due_on is None


def test_targets_are_changed_added_and_dropped_with_both_kept(small):
    target = small.plan.targets.get()
    draft = begin(small)
    new = replace(target_text_of(target.versions.get()), value=Decimal(2), value_max=Decimal(4), text="Tăng 2–4 bậc")
    amendment_lines.change(amendment=draft, subject=target, text=new, by=specialist(small))
    amendment_lines.add_target(
        amendment=draft,
        code="MT2",
        text=TargetText(kind="rank_at_most", text="PAR trong tốp 30", year=2021, value=Decimal(30), index=new.index),
        by=specialist(small),
    )
    assert diff_of(draft).summary == "sửa 1, thêm 1"
    confirm(small, draft)
    assert [version.text for version in target.versions.all()] == ["PAR Index tăng từ 2 bậc", "Tăng 2–4 bậc"]
    assert [one.text for one in plan_facts(small.plan, date(2021, 12, 9)).targets] == ["PAR Index tăng từ 2 bậc"]
    assert len(plan_facts(small.plan, date(2021, 12, 10)).targets) == 2
    second = begin(small, number="201/QĐ-UBND", effective_on=date(2021, 12, 10))
    amendment_lines.drop(amendment=second, subject=target, reason="Thay mục tiêu", by=specialist(small))
    confirm(small, second)
    assert [one.code for one in plan_facts(small.plan, date(2021, 12, 10)).targets] == ["MT2"]
    with pytest.raises(Invalid) as invalid:
        amendment_lines.add_target(
            amendment=begin(small, number="202/QĐ-UBND"),
            code="MT3",
            text=TargetText(kind="rank_gain", text="x", year=2021),
            by=specialist(small),
        )
    assert set(invalid.value.fields) == {"value", "baseline_year"}


# --- what stops a confirmation ------------------------------------------------------------------------------------


def test_a_line_written_before_another_amendment_was_confirmed_is_written_again(small):
    first, second = begin(small), begin(small, number="201/QĐ-UBND")
    change(small, first, "1", title="Của văn bản thứ nhất")
    change(small, second, "1", title="Của văn bản thứ hai")
    confirm(small, second)
    with pytest.raises(Conflict) as conflict:
        confirm(small, first)
    assert conflict.value.code == "line_outdated"
    assert Amendment.objects.get(pk=first.pk).state == "draft"
    change(small, first, "1", title="Của văn bản thứ nhất")
    confirm(small, first)
    assert task(small, "1").current.title == "Của văn bản thứ nhất"
    assert [version.amendment_id for version in task(small, "1").versions.all()] == [None, second.pk, first.pk]


def test_an_amendment_does_not_go_behind_a_later_one(small):
    later = begin(small, effective_on=date(2022, 1, 1))
    change(small, later, "1", title="Từ 2022")
    confirm(small, later)
    earlier = begin(small, number="199/QĐ-UBND", effective_on=date(2021, 12, 1))
    change(small, earlier, "1", title="Từ tháng 12")
    with pytest.raises(Conflict) as conflict:
        confirm(small, earlier)
    assert conflict.value.code == "later_in_force"


def test_a_lead_that_does_not_exist_on_the_day_gets_nothing(small):
    agency = small.agencies["SYT"]
    Agency.objects.filter(pk=agency.pk).update(valid_to=date(2021, 11, 30))
    draft = begin(small)
    change(small, draft, "1", parties=lead(Agency.objects.get(pk=agency.pk)))
    with pytest.raises(Conflict) as conflict:
        confirm(small, draft)
    assert conflict.value.code == "lead_gone"
    amendment_lines.take_off(line=draft.task_versions.get(), by=specialist(small))
    change(small, draft, "5", title="Khác")
    (line,) = diff_of(draft).lines
    assert any("không còn hoạt động" in one for one in line.warnings)


def test_an_empty_amendment_or_a_stale_page_confirms_nothing(small):
    draft = begin(small, effective_on=date(2021, 8, 1))
    assert len(diff_of(draft).warnings) == 2
    with pytest.raises(Conflict) as conflict:
        confirm(small, draft)
    assert conflict.value.code == "amendment_empty"
    seen = Amendment.objects.get(pk=draft.pk).revision
    change(small, draft, "1", title="Khác")
    with pytest.raises(Conflict) as conflict:
        amendments.confirm(amendment=draft, revision=seen, by=specialist(small))
    assert conflict.value.code == "stale_revision"
    confirm(small, draft)
    with pytest.raises(Conflict) as conflict:
        confirm(small, draft)
    assert conflict.value.code == "amendment_confirmed"


def test_the_heading_moves_its_lines_with_it(small):
    draft = begin(small)
    change(small, draft, "1", title="Khác")
    amendments.edit(
        amendment=draft,
        number="205/QĐ-UBND",
        issued_on=date(2021, 12, 2),
        issuer="UBND tỉnh",
        effective_on=date(2021, 12, 8),
        revision=None,
        by=specialist(small),
    )
    line = draft.task_versions.get()
    assert (line.effective_from, line.deciding_document) == (date(2021, 12, 8), "205/QĐ-UBND")


def test_the_diff_asks_the_same_number_of_questions_for_three_lines_as_for_thirty(small):
    draft = begin(small)
    section = Section.objects.get(plan=small.plan)

    def grow(first: int, last: int) -> int:
        for number in range(first, last):
            amendment_lines.add_task(
                amendment=draft,
                section=section,
                code=f"M{number}",
                text=plans.TaskText(f"Mới {number}", parties=lead(small.agencies["STP"], small.agencies["SYT"])),
                by=specialist(small),
            )
        fresh = Amendment.objects.select_related("plan").get(pk=draft.pk)
        with CaptureQueriesContext(connection) as asked:
            diff_of(fresh)
        return len(asked)

    assert grow(0, 3) == grow(3, 30)


# --- what the trail tells, and whose word counts ---------------------------------------------------------------------


def test_the_trail_tells_the_texts_and_the_duties_that_began_and_ended(small):
    draft = begin(small)
    old = small.assignment("1", "STP")
    change(small, draft, "1", parties=lead(small.agencies["SYT"]), deadline={"deadline_kind": "ongoing"})
    amendment_lines.drop(amendment=draft, subject=task(small, "2"), reason="x", by=specialist(small))
    confirm(small, draft)
    told = Event.objects.get(action="amendment.confirm").after
    assert told["plan"] == small.plan.pk
    assert [(text["id"], text["version"], text["deadline_kind"], text["dropped"]) for text in told["texts"]] == [
        (task(small, "1").pk, 2, "ongoing", False),
        (task(small, "2").pk, 2, "none", True),
    ]
    assert {text["effective_from"] for text in told["texts"]} == {"2021-12-01"}
    assert [(one["id"], one["valid_to"]) for one in told["ended"]] == [(old.pk, "2021-11-30")]
    new = small.assignment("1", "SYT")
    assert [(one["id"], one["agency"], one["valid_from"]) for one in told["begun"]] == [
        (new.pk, small.agencies["SYT"].pk, "2021-12-01")
    ]


@pytest.mark.parametrize("way", ["dropped", "cancelled"])
def test_what_was_done_while_the_task_stood_still_is_not_finished_when_the_task_goes(small, way):
    with calendar.held_at(at(2021, 9, 18)):
        small.accept("3", "STP", "2021-Q3", done_on=date(2021, 9, 17))
    decision = {"document_number": "5/QĐ-UBND", "document_date": date(2021, 9, 9), "by": small.who("snv.thamdinh")}
    with calendar.held_at(at(2021, 9, 25)):
        rulings.suspend(of=task(small, "3"), effective_on=date(2021, 9, 10), **decision)
    draft = begin(small)
    if way == "dropped":
        amendment_lines.drop(amendment=draft, subject=task(small, "3"), reason="x", by=specialist(small))
        confirm(small, draft)
    else:
        decision["by"] = small.who("snv.thamdinh")
        rulings.cancel(of=small.assignment("3", "STP"), effective_on=date(2021, 12, 1), **decision)
    duty = small.assignment("3", "STP").pk
    states = [recorded(small.plan, date(2021, *day)).duties[duty].state for day in ((9, 20), (9, 30), (12, 10))]
    assert states == [State.DONE, State.SUSPENDED, State.CANCELLED]


def extend(small: Small, day: date) -> None:
    asked = requests.ask_extension(
        assignment=small.assignment("5", "SYT"),
        new_due_on=day,
        reason="x",
        upload=pdf_upload(text=str(day)),
        by=small.officer("SYT"),
    )
    requests.grant(request=asked, revision=None, by=small.who("snv.thamdinh"))


def say(small: Small, recorded_on: datetime, effective_on: date, **deadline) -> None:
    with calendar.held_at(recorded_on):
        draft = amendments.begin(
            plan=small.plan,
            number="210/QĐ-UBND",
            issued_on=recorded_on.date(),
            issuer="UBND tỉnh",
            effective_on=effective_on,
            by=specialist(small),
        )
        change(small, draft, "5", deadline=deadline)
        confirm(small, draft)


def counts_by(small: Small, *day: int) -> tuple[date | None, str]:
    one = recorded(small.plan, date(*day)).duties[small.assignment("5", "SYT").pk]
    return one.due_on, one.due_origin


def test_of_two_days_said_from_the_same_day_the_one_recorded_last_counts(small):
    with calendar.held_at(at(2021, 11, 1)):
        extend(small, date(2021, 12, 20))
    new = {"deadline_kind": "date", "deadline_to": date(2021, 12, 15)}
    say(small, at(2021, 11, 5), date(2021, 11, 1), **new)
    assert counts_by(small, 2021, 11, 3) == (date(2021, 12, 20), "extension")
    assert counts_by(small, 2021, 11, 5) == (date(2021, 12, 15), "plan")


def test_an_extension_granted_on_the_day_an_amendment_takes_effect_counts(small):
    new = {"deadline_kind": "date", "deadline_to": date(2021, 12, 15)}
    say(small, at(2021, 10, 20), date(2021, 11, 1), **new)
    with calendar.held_at(at(2021, 11, 1)):
        extend(small, date(2021, 12, 25))
    assert counts_by(small, 2021, 10, 25) == (date(2021, 11, 30), "plan")
    assert counts_by(small, 2021, 11, 1) == (date(2021, 12, 25), "extension")


def test_a_task_that_became_ongoing_has_no_day_though_one_was_granted_meanwhile(small):
    with calendar.held_at(at(2021, 11, 1)):
        extend(small, date(2021, 12, 5))
    say(small, at(2021, 11, 5), date(2021, 10, 20), deadline_kind="ongoing")
    assert counts_by(small, 2021, 12, 10) == (None, "plan")
    assert drifted(small.plan) == []


# --- promises -------------------------------------------------------------------------------------------------------


@pytest.fixture
def confirmed(small):
    draft = begin(small)
    change(small, draft, "1", title="Khác", quantities=[plans.Quantity(Decimal(30), ">=", "%")])
    amendment_lines.change(
        amendment=draft,
        subject=small.plan.targets.get(),
        text=replace(target_text_of(TargetVersion.objects.get()), value=Decimal(3)),
        by=specialist(small),
    )
    return confirm(small, draft)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE plans_taskversion SET title = 'x' WHERE amendment_id = %s",
        "DELETE FROM plans_taskversion WHERE amendment_id = %s",
        "UPDATE plans_targetversion SET value = 9 WHERE amendment_id = %s",
        "DELETE FROM plans_taskparty WHERE version_id IN (SELECT id FROM plans_taskversion WHERE amendment_id = %s)",
        "UPDATE plans_taskquantity SET value = 1 WHERE version_id IN"
        " (SELECT id FROM plans_taskversion WHERE amendment_id = %s)",
        "UPDATE plans_amendment SET effective_on = '2000-01-01' WHERE id = %s",
        "UPDATE plans_amendment SET state = 'draft', confirmed_at = NULL WHERE id = %s",
        "DELETE FROM plans_amendment WHERE id = %s",
    ],
)
def test_what_was_confirmed_stays(confirmed, sql):
    refused(sql, confirmed.pk)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE plans_taskversion SET title = 'x' WHERE amendment_id IS NULL",
        "INSERT INTO plans_taskmilestone (version_id, year, due_on, text)"
        " SELECT id, 2022, '2022-12-31', 'x' FROM plans_taskversion WHERE amendment_id IS NULL",
    ],
)
def test_the_text_of_an_issued_plan_stays(small, sql):
    refused(sql)


def test_a_plan_that_was_reported_on_or_amended_is_not_drafted_again(small, elsewhere):
    again = "UPDATE plans_plan SET state = 'drafting' WHERE id = %s"
    small.submit()
    refused(again, small.plan.pk)
    who = elsewhere.who("snv.chuyenvien")
    draft = begin(elsewhere, by=who)
    amendment_lines.drop(amendment=draft, subject=task(elsewhere, "1"), reason="x", by=who)
    amendments.confirm(amendment=draft, revision=None, by=who)
    refused(again, elsewhere.plan.pk)
    plans.end(plan=small.plan, on=date(2021, 12, 9), document="x", by=None)
    for change in (
        "state = 'issued', ended_on = NULL, ended_at = NULL",
        "ended_on = '2021-12-01'",
        "end_document = ''",
    ):
        refused(f"UPDATE plans_plan SET {change} WHERE id = %s", small.plan.pk)


def test_a_proposal_is_not_slipped_into_what_is_in_force(small, confirmed):
    draft = begin(small, number="201/QĐ-UBND")
    change(small, draft, "2", title="Khác")
    refused("UPDATE plans_taskversion SET amendment_id = NULL WHERE amendment_id = %s", draft.pk)
    refused("UPDATE plans_taskversion SET amendment_id = %s WHERE amendment_id = %s", confirmed.pk, draft.pk)
    refused(
        "UPDATE plans_taskparty SET version_id = (SELECT current_id FROM plans_task WHERE code = '1')"
        " WHERE version_id IN (SELECT id FROM plans_taskversion WHERE amendment_id = %s)",
        draft.pk,
    )
    assert TaskParty.objects.filter(version__amendment=draft).count() == 1


def test_sqlite_does_not_replace_an_issued_text_by_a_proposal(small, confirmed):
    draft = begin(small, number="201/QĐ-UBND")
    change(small, draft, "2", title="Khác")
    names = [column.column for column in TaskVersion._meta.concrete_fields]
    values = ", ".join({"title": "'x'", "amendment_id": str(draft.pk)}.get(name, name) for name in names)
    insert = "INSERT" if connection.vendor == "postgresql" else "INSERT OR REPLACE"
    refused(
        f"{insert} INTO plans_taskversion ({', '.join(names)}) SELECT {values} FROM plans_taskversion"
        " WHERE amendment_id IS NULL"
    )
    assert not TaskVersion.objects.filter(title="x").exists()


def test_every_refusal_leaves_the_draft_as_it_was(small):
    draft = begin(small)
    before = (draft.revision, Event.objects.count())
    for attempt in (
        lambda: change(small, draft, "1"),
        lambda: confirm(small, draft),
        lambda: amendment_lines.drop(amendment=draft, subject=task(small, "1"), reason="", by=specialist(small)),
    ):
        with pytest.raises(PortalError):
            attempt()
    assert (Amendment.objects.get(pk=draft.pk).revision, Event.objects.count()) == before


def test_progress_of_a_changed_task_goes_on(small):
    draft = begin(small)
    change(small, draft, "1", title="Khác")
    confirm(small, draft)
    done = small.accept("1", "STP", done_on=date(2021, 12, 9))
    assert done.state == "accepted"
    assert progress.snapshot(done)["version"] == 1
    assert Plan.objects.get(pk=small.plan.pk).state == "issued"
    assert Target.objects.filter(plan=small.plan).count() == 1


def test_the_trail_proves_drafts_lines_taken_off_and_confirmed_amendments(small):
    """Rows of a draft come and go with its events; what was confirmed is kept, and an edit of it is named."""
    who, section = specialist(small), Section.objects.get(plan=small.plan)
    given_up, draft = begin(small, number="198/QĐ"), begin(small)
    for amendment, code in ((given_up, "6"), (draft, "7")):
        amendment_lines.add_task(
            amendment=amendment,
            section=section,
            code=code,
            text=plans.TaskText("Mới", parties=lead(small.agencies["STP"])),
            by=who,
        )
        change(small, amendment, "1", title="Khác")
    call_command("verify_trail", stdout=StringIO())
    amendment_lines.take_off(line=draft.task_versions.get(task__code="7"), by=who)
    amendments.discard(amendment=given_up, by=who)
    change(small, draft, "5", parties=lead(small.agencies["STP"]))
    confirm(small, draft)
    call_command("verify_trail", stdout=StringIO())
    constraints.remove(connection)
    TaskVersion.objects.filter(amendment=draft, task__code="5").update(title="sửa tay")
    with pytest.raises(CommandError):
        call_command("verify_trail", stdout=StringIO(), stderr=StringIO())
    constraints.install(connection, "agencies")
    constraints.install(connection, "plans")


def test_the_duty_that_an_amendment_takes_away_is_shown_with_its_open_request(small):
    requests.ask_extension(
        assignment=small.assignment("5", "SYT"),
        new_due_on=date(2021, 12, 30),
        reason="Chờ hướng dẫn",
        upload=pdf_upload("xin.pdf", text="xin gia hạn"),
        by=small.officer("SYT"),
    )
    draft = begin(small, effective_on=date(2021, 12, 10))
    change(small, draft, "5", parties=lead(small.agencies["STP"]))
    (line,) = diff_of(draft).lines
    assert [one for one in line.warnings if "1 đề nghị" in one and "đang chờ quyết định" in one]


def test_duties_are_not_handed_out_by_a_text_that_is_about_to_change(small):
    """They would stay with those the old text names."""
    plan = plans.create(
        province=small.province,
        code="ke-hoach-2",
        number="2/KH-UBND",
        kind="ke_hoach",
        title="Kế hoạch chưa giao việc",
        issuer="UBND tỉnh",
        issued_on=date(2021, 12, 1),
        year_from=2021,
        year_to=2021,
        by=None,
    )
    section = plans.add_section(plan=plan, code="I", title="Phần I", parent=None, index=None)
    wanted = plans.TaskText("Việc 1", parties=lead(small.agencies["STP"]))
    plans.add_task(section=section, code="1", text=wanted, deciding_document="2/KH-UBND")
    other = replace(small, plan=plans.issue(plan=plan, by=None))
    draft = begin(other, effective_on=date(2021, 12, 20))
    change(other, draft, "1", parties=lead(small.agencies["SYT"]))
    confirm(other, draft)
    with pytest.raises(Conflict, match="20/12/2021") as refused:
        plans.hand_out(plan=other.plan, on=date(2021, 12, 10), by=None)
    assert refused.value.code == "amendment_waits"
    with calendar.held_at(at(2021, 12, 20)):
        plans.hand_out(plan=other.plan, on=date(2021, 12, 20), by=None)
    duty = Assignment.objects.leading(date(2021, 12, 20)).get(task__plan=other.plan)
    assert duty.agency.code == "SYT"


def test_a_target_that_only_a_draft_added_may_go_after_the_plan_ended(small):
    draft = begin(small)
    amendment_lines.add_target(
        amendment=draft,
        code="MT9",
        text=TargetText(kind="value", text="Thêm", year=2021, value=Decimal(5)),
        by=specialist(small),
    )
    plans.end(plan=small.plan, on=date(2021, 12, 10), document="9/QĐ-UBND", by=specialist(small))
    amendments.discard(amendment=Amendment.objects.get(pk=draft.pk), reason="Thôi", revision=None, by=specialist(small))
    call_command("verify_trail", stdout=StringIO())

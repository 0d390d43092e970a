"""Closing a period, reopening it, and what the sealed figures do afterwards."""

import json
from dataclasses import replace
from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction

from agencies import calendar
from agencies.actions import directory
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Event, Membership
from agencies.models.event import GENESIS
from plans.actions import amendment_lines, amendments, closes, plans, progress
from plans.actions.amendment_lines import text_of
from plans.facts.close_difference import difference
from plans.facts.snapshot import content_of, digest_of, snapshot
from plans.models import Amendment, PeriodClose, PeriodReopening, Progress, ReportingPeriod, Task
from tests.conftest import pdf_upload

APPROVAL = {"reason": "Hệ thống lỗi ngày cuối kỳ", "approver": "Nguyễn Văn A, Phó Chủ tịch", "document": "12/UBND-NC"}


def at(day: int, month: int = 12, year: int = 2021):
    """Hold the clock at 09:00 of a day."""
    return calendar.held_at(datetime(year, month, day, 9, 0, tzinfo=calendar.VIETNAM))


@pytest.fixture
def reviewer(small):
    return small.who("snv.thamdinh")


@pytest.fixture
def closed(small, reviewer) -> PeriodClose:
    """The year closed on 21/12: STP accepted, SYT waiting, others silent."""
    sent = progress.submit(
        progress=small.begin(),
        content=progress.Content(result="Xong", done_on=date(2021, 12, 1)),
        uploads=[pdf_upload("Báo cáo.pdf", number="01/BC-STP")],
        revision=None,
        by=small.officer("STP"),
    )
    progress.accept(progress=sent, revision=None, by=reviewer)
    small.submit("5", "SYT")
    with at(21):
        return closes.close(period=small.period(), by=reviewer)


def duty(close: PeriodClose, small, task: str, agency: str) -> dict:
    content = content_of(close)
    wanted = small.assignment(task, agency).pk
    return next(one for one in content["assignments"] if one["assignment"] == wanted)


# Who and when


@pytest.mark.parametrize(
    "name", ["vpub.thamdinh", "snv.canbo", "snv.chuyenvien", "stp.canbo", "lanhdao", "kiemtra", "quantri"]
)
def test_only_reviewers_of_the_standing_office_close_and_reopen(small, closed, name):
    with at(22):
        with pytest.raises(Refused, match="cơ quan thường trực"):
            closes.close(period=small.period("2021-Q3"), by=small.who(name))
        with pytest.raises(Refused, match="cơ quan thường trực"):
            closes.reopen(close=closed, **APPROVAL, expires_on=date(2021, 12, 24), by=small.who(name))
    assert PeriodClose.objects.count() == 1
    assert not PeriodReopening.objects.exists()


def test_a_reviewer_of_another_province_does_not_close_ours(small, elsewhere):
    with at(22), pytest.raises(Refused):
        closes.close(period=small.period(), by=elsewhere.who("snv.thamdinh"))


def test_a_reviewer_who_left_does_not_close(small):
    user = small.who("snv.thamdinh")
    directory.leave(membership=Membership.objects.get(user=user), last_day=date(2021, 12, 20), by=None)
    with at(21), pytest.raises(Refused):
        closes.close(period=small.period(), by=small.who("snv.thamdinh"))


@pytest.mark.parametrize(("day", "allowed"), [(14, False), (15, False), (20, False), (21, True)])
def test_a_period_is_closed_only_after_its_cut_off_and_its_window(small, reviewer, day, allowed):
    with at(day):
        if allowed:
            assert closes.close(period=small.period(), by=reviewer).number == 1
        else:
            with pytest.raises(Conflict) as said:
                closes.close(period=small.period(), by=reviewer)
            assert said.value.code == "window_not_over"


def test_a_window_that_lasts_beyond_the_due_date_is_waited_for(small, reviewer):
    ReportingPeriod.objects.filter(code="2021-Y").update(closes_on=date(2021, 12, 31))
    with at(31), pytest.raises(Conflict, match="31/12/2021"):
        closes.close(period=small.period(), by=reviewer)
    with at(1, 1, 2022):
        closes.close(period=small.period(), by=reviewer)


def test_a_cut_off_after_the_window_is_waited_for_too(small, reviewer):
    ReportingPeriod.objects.filter(code="2021-Y").update(
        cut_off=date(2021, 12, 28), due_on=date(2021, 12, 20), closes_on=date(2021, 12, 20)
    )
    with at(28), pytest.raises(Conflict, match="28/12/2021"):
        closes.close(period=small.period(), by=reviewer)


def test_a_closed_period_is_not_closed_again_without_a_reopening(small, reviewer, closed):
    with at(22), pytest.raises(Conflict) as said:
        closes.close(period=small.period(), by=reviewer)
    assert said.value.code == "already_closed"


def test_a_close_made_from_an_old_preview_is_refused(small, reviewer):
    with at(21), pytest.raises(Conflict) as said:
        closes.close(period=small.period(), number=2, by=reviewer)
    assert said.value.code == "stale_close"


# What is sealed


def test_the_snapshot_has_values_versions_hashes_verdicts_and_names(small, closed):
    head = small.people["stp.thutruong"]
    one = duty(closed, small, "1", "STP")
    assert (one["state"], one["bucket"], one["done_on"]) == ("done", "done_on_time", "2021-12-01")
    assert one["heads"] == [str(head)]
    assert one["task_version"]["number"] == 1
    report = one["report"]
    stored = Progress.objects.get(pk=report["progress"])
    (version,) = report["versions"]
    assert (version["id"], version["number"]) == (stored.accepted_id, 1)
    assert version["decision"]["decided_by"] == str(small.people["snv.thamdinh"])
    (evidence,) = version["evidence"]
    document = stored.accepted.evidence.get().document
    assert (evidence["sha256"], evidence["verdict"], evidence["number"]) == (
        document.blob.sha256,
        "accepted",
        "01/BC-STP",
    )


def test_a_report_that_waits_and_a_silent_duty_are_sealed_as_what_they_are(small, closed):
    assert duty(closed, small, "5", "SYT")["report"]["state"] == "submitted"
    silent = duty(closed, small, "3", "STP")
    assert (silent["report"], silent["not_updated"]) == (None, True)


def test_the_counts_are_those_of_the_one_way_to_count(small, closed):
    content = content_of(closed)
    from plans.facts.plan import plan_facts

    truth = plan_facts(small.plan, closed.as_of)
    for unit, counts in (("assignments", truth.assignment_counts), ("tasks", truth.task_counts)):
        assert {key: content["counts"][unit][key] for key in counts.eight()} == counts.eight()
        assert content["counts"][unit]["on_time"] == {"numerator": counts.done_on_time, "denominator": counts.timed}
    total = sum(one["counts"]["done_on_time"] for one in content["agencies"])
    assert total == truth.assignment_counts.done_on_time


def test_the_figures_of_the_cut_off_are_sealed_beside_those_of_the_close(small, reviewer):
    small.accept("1", "STP", done_on=date(2021, 12, 9))
    with at(16):
        small.accept("5", "SYT", done_on=date(2021, 11, 29))
    with at(21):
        content = content_of(closes.close(period=small.period(), by=reviewer))
    assert content["counts"]["assignments"]["done_on_time"] == 2
    frozen = content["at_cut_off"]
    assert (frozen["as_of"], frozen["counts"]["assignments"]["done_on_time"]) == ("2021-12-14", 1)
    by_name = {one["name"]: one["counts"]["on_time"] for one in frozen["agencies"]}
    assert by_name["Sở Y tế"] == {"numerator": 0, "denominator": 1}  # overdue on the cut-off, as far as was known
    assert by_name["Sở Tư pháp"] == {"numerator": 1, "denominator": 1}


def test_the_framework_versions_of_the_indices_are_sealed(small, reviewer):
    from indicators.models import Framework, Index

    index = Index.objects.get(code="PAR")
    Framework.objects.create(index=index, code="par-moi", version="2021", legal_document="Quyết định A", year_from=2021)
    Framework.objects.create(index=index, code="par-cu", version="2012", year_from=2012, year_to=2020)
    with at(21):
        content = content_of(closes.close(period=small.period(), by=reviewer))
    assert [(one["index"], one["version"]) for one in content["frameworks"]] == [("PAR", "2021")]


def test_the_text_is_canonical_and_its_digest_is_sealed(closed):
    assert digest_of(closed.content) == closed.sha256
    again = json.dumps(json.loads(closed.content), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert again == closed.content


def test_closes_of_a_province_are_chained_and_remember_the_head_of_the_trail(small, reviewer, closed):
    with at(22):
        second = closes.close(period=small.period("2021-Q3"), by=reviewer)
    assert (closed.previous_sha256, second.previous_sha256) == (GENESIS, closed.sha256)
    event = Event.objects.get(province=small.province, sequence=second.trail_sequence)
    assert event.digest == second.trail_digest
    told = Event.objects.get(action="period.close", subject_id=str(second.pk))
    assert told.sequence == second.trail_sequence + 1
    assert told.after["sha256"] == second.sha256


def test_closing_costs_the_same_for_few_reports_as_for_many(small, reviewer, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost() -> int:
        with at(21), CaptureQueriesContext(connection) as seen:
            snapshot(small.period(), date(2021, 12, 21))
        return len(seen)

    small.submit("1", "STP")
    few = cost()
    for task, agency in (("2", "SNV"), ("3", "STP"), ("3", "SYT"), ("3", "SNV"), ("3", "VPUB"), ("5", "SYT")):
        small.accept(task, agency)
    assert cost() == few


# After the close


def test_reviews_and_corrections_go_on_and_the_sealed_figures_stay(small, reviewer, closed):
    text = closed.content
    with at(22):
        waiting = Progress.objects.get(assignment=small.assignment("5", "SYT"))
        progress.accept(progress=waiting, revision=None, by=reviewer)
        accepted = Progress.objects.get(assignment=small.assignment("1", "STP"))
        opened = progress.correct(progress=accepted, reason="Nhầm số", revision=None, by=small.officer("STP"))
        sent = progress.submit(
            progress=opened,
            content=progress.Content(result="Sửa lại", explanation="x", done_on=date(2021, 12, 2)),
            revision=None,
            by=small.officer("STP"),
        )
        progress.accept(progress=sent, revision=None, by=reviewer)
        closed.refresh_from_db()
        assert closed.content == text
        found = difference(content_of(closed), snapshot(small.period(), calendar.today()))
    rows = {one.code: one for one in found.duties}
    changed = {one.label: (one.before, one.after) for one in rows["1"].changes}
    assert changed["Ngày hoàn thành"] == ("01/12/2021", "02/12/2021")
    assert changed["Lần báo cáo có giá trị"] == ("1", "2")
    assert len(rows["1"].came_after) == 1
    assert ("Báo cáo của kỳ", "chờ duyệt", "đã duyệt") in [
        (one.label, one.before, one.after) for one in rows["5"].changes
    ]
    assert rows["5"].came_after == ()


def test_nothing_differs_right_after_a_close(small, closed):
    with at(21):
        assert difference(content_of(closed), snapshot(small.period(), date(2021, 12, 21))).nothing


def test_a_close_and_a_reopening_are_never_changed(small, reviewer, closed):
    with at(22):
        opened = closes.reopen(close=closed, **APPROVAL, expires_on=date(2021, 12, 24), by=reviewer)
    for act in (
        lambda: PeriodClose.objects.filter(pk=closed.pk).update(sha256="0" * 64),
        lambda: closed.delete(),
        lambda: PeriodReopening.objects.filter(pk=opened.pk).update(expires_on=date(2022, 12, 31)),
        lambda: opened.delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


# Reopening


@pytest.mark.parametrize("missing", ["reason", "approver", "document"])
def test_a_reopening_needs_reason_approver_and_document(small, reviewer, closed, missing):
    with at(22), pytest.raises(Invalid) as said:
        closes.reopen(close=closed, **{**APPROVAL, missing: "  "}, expires_on=date(2021, 12, 24), by=reviewer)
    assert set(said.value.fields) == {missing}
    assert not PeriodReopening.objects.exists()


@pytest.mark.parametrize("expires_on", [date(2021, 12, 21), date(2022, 6, 1)])
def test_a_reopening_expires_soon(reviewer, closed, expires_on):
    with at(22), pytest.raises(Invalid) as said:
        closes.reopen(close=closed, **APPROVAL, expires_on=expires_on, by=reviewer)
    assert set(said.value.fields) == {"expires_on"}


@pytest.mark.parametrize("empty", ["reason", "approver", "document"])
def test_the_database_refuses_a_reopening_without_its_why(small, reviewer, closed, empty):
    said = {**APPROVAL, empty: ""}
    with pytest.raises(IntegrityError), transaction.atomic():
        PeriodReopening.objects.create(
            province=small.province,
            period=closed.period,
            close=closed,
            **said,
            opens_on=date(2021, 12, 22),
            expires_on=date(2021, 12, 24),
            reopened_by=reviewer,
            reopened_at=calendar.now(),
        )


def test_a_reopening_is_in_force_from_its_day_to_its_last_and_ends_with_the_next_close(small, reviewer, closed):
    def states(day: date) -> tuple[bool, bool]:
        return (
            PeriodReopening.objects.in_force(day).filter(period=closed.period).exists(),
            PeriodClose.objects.in_force(day).filter(period=closed.period).exists(),
        )

    with at(22):
        closes.reopen(close=closed, **APPROVAL, expires_on=date(2021, 12, 24), by=reviewer)
    days = {day: states(date(2021, 12, day)) for day in (20, 21, 22, 24, 25)}
    assert days == {
        20: (False, False),
        21: (False, True),
        22: (True, False),
        24: (True, False),
        25: (False, True),
    }
    with at(23):
        second = closes.close(period=small.period(), number=2, by=reviewer)
    assert second.number == 2
    assert PeriodClose.objects.latest_of(small.period()) == second
    # History stays: on the 22nd it was open, from the 23rd on it is closed again.
    assert states(date(2021, 12, 22)) == (True, False)
    assert states(date(2021, 12, 23)) == (False, True)


def test_only_the_latest_close_is_reopened_and_only_once_at_a_time(small, reviewer, closed):
    with at(22):
        closes.reopen(close=closed, **APPROVAL, expires_on=date(2021, 12, 24), by=reviewer)
        with pytest.raises(Conflict) as said:
            closes.reopen(close=closed, **APPROVAL, expires_on=date(2021, 12, 24), by=reviewer)
        assert said.value.code == "already_reopened"
        closes.close(period=small.period(), by=reviewer)
        with pytest.raises(Conflict) as said:
            closes.reopen(close=closed, **APPROVAL, expires_on=date(2021, 12, 24), by=reviewer)
        assert said.value.code == "not_the_latest_close"


def test_two_closes_of_a_period_show_what_came_in_between(small, reviewer, closed):
    with at(22):
        closes.reopen(close=closed, **APPROVAL, expires_on=date(2021, 12, 24), by=reviewer)
        small.submit("3", "STP")
        second = closes.close(period=small.period(), by=reviewer)
    found = difference(content_of(closed), content_of(second))
    (row,) = found.duties
    assert (row.code, row.agency) == ("3", "Sở Tư pháp")
    assert "Sở Tư pháp" not in row.came_after[0] and "lần 1" in row.came_after[0]
    assert ("Phân công: Chưa cập nhật", 1) in [(one.label, int(one.before) - int(one.after)) for one in found.counts]


def test_a_draft_amendment_is_not_sealed(small, reviewer):
    specialist = small.who("snv.chuyenvien")
    with at(10):
        draft = amendments.begin(
            plan=small.plan,
            number="200/QĐ-UBND",
            issued_on=date(2021, 12, 1),
            issuer="UBND tỉnh",
            effective_on=date(2021, 12, 1),
            by=specialist,
        )
        task = Task.objects.get(plan=small.plan, code="1")
        text = replace(text_of(amendment_lines.latest(task)), title="Chỉ là dự thảo")
        amendment_lines.change(amendment=draft, subject=task, text=text, by=specialist)
    with at(21):
        made = closes.close(period=small.period(), by=reviewer)
        assert duty(made, small, "1", "STP")["task_version"]["number"] == 1
        amendments.discard(amendment=Amendment.objects.get(), reason="Thôi", revision=None, by=specialist)
        now = snapshot(small.period(), date(2021, 12, 21))
    found = difference(content_of(made), now)
    assert not found.duties and not found.counts


def test_what_was_not_reported_at_the_cut_off_is_asked_of_the_closed_period(small, reviewer):
    """Another period, opened two days before the year's cut-off, has no report at all."""
    with at(10):
        small.submit("1", "STP")
        small.submit("5", "SYT")
    with at(21):
        plans.add_period(
            plan=small.plan,
            code="2021-X",
            kind="own",
            name="Kỳ riêng",
            year=2021,
            starts_on=date(2021, 1, 1),
            cut_off=date(2021, 12, 13),
            opens_on=date(2021, 12, 12),
            due_on=date(2022, 1, 5),
            closes_on=None,
            by=reviewer,
        )
        sealed = content_of(closes.close(period=small.period(), by=reviewer))
    now, then = sealed["counts"]["assignments"], sealed["at_cut_off"]["counts"]["assignments"]
    assert then["not_updated"] == now["not_updated"] > 0

"""Story 8: a figure is corrected after publication."""

import io
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from agencies.actions import approval
from agencies.errors import Invalid
from plans.actions import approvals, evidence, plans, progress, windows
from plans.facts.corrections import corrections
from plans.facts.plan import plan_facts
from plans.facts.recorded import drifted
from plans.models import Plan
from plans.presets import Span
from reports.builder import build
from reports.facts.catalogue import Subject, build_facts
from reports.render.pdf import html_of
from tests.conftest import pdf_upload


def corrected_on(small, on, day, month):
    """Accept a report of quý III on 12/9 and correct it on a day."""
    with on(10, 9):
        sent = small.submit(period="2021-Q3", figure=Decimal("10"))
    with on(12, 9):
        accepted = progress.accept(progress=sent, revision=None, by=small.who("snv.thamdinh"))
    with on(day, month):
        opened = progress.correct(progress=accepted, reason="Cộng nhầm hai xã", revision=None, by=small.officer("STP"))
        again = progress.submit(
            progress=opened,
            content=progress.Content(result="Đã rà soát", explanation="Chưa có.", figure=Decimal("12.5")),
            revision=None,
            by=small.officer("STP"),
        )
        return progress.accept(progress=again, revision=None, by=small.who("snv.thamdinh"))


def test_a_correction_shows_in_the_next_period_and_earlier_figures_stay(small, enter, on):
    report = corrected_on(small, on, 5, 10)
    with on(1, 12):
        # What was shown as of the cut-off, and as of the due date, is what was recorded then.
        for day in (date(2021, 9, 14), date(2021, 9, 20)):
            duty = plan_facts(small.plan, day).tasks[0].assignments[0]
            assert duty.report.figure == "10"
        assert plan_facts(small.plan, date(2021, 12, 1)).tasks[0].assignments[0].report.figure == "12,5"
        row = corrections(small.plan, date(2021, 12, 1))[0]
        assert (row.period, row.reason, row.changes.split(";")[0]) == (
            "2021-Q3", "Cộng nhầm hai xã", "số liệu 10 → 12,5",
        )  # fmt: skip
        assert row.shown_in == small.period("2021-Y").pk
        page = enter("stp.canbo").get(f"/nhiem-vu/{report.assignment_id}/").content.decode()
        assert "Điều chỉnh kỳ trước (1)" in page
        small.submit()
        waiting = small.assignment("1", "STP").progress.get(period__code="2021-Y")
        assert "Điều chỉnh kỳ trước (1)" in enter("snv.thamdinh").get(f"/duyet/{waiting.pk}/").content.decode()
    # Not known before it was accepted, nor before the next period opened.
    assert corrections(small.plan, date(2021, 10, 4)) == ()
    assert corrections(small.plan, date(2021, 10, 20)) == ()


def test_a_correction_by_the_cut_off_is_in_the_periods_own_figures(small, on):
    corrected_on(small, on, 14, 9)
    assert corrections(small.plan, date(2021, 12, 10)) == ()


def test_a_correction_after_the_next_cut_off_waits_for_the_period_after(small, on):
    report = corrected_on(small, on, 16, 12)
    with on(17, 12):
        # The year's period is the last there is: it shows there until the next one opens.
        assert corrections(small.plan, date(2021, 12, 17))[0].shown_in == small.period("2021-Y").pk
        later = windows.add_period(
            plan=small.plan,
            kind="own",
            year=2021,
            name="Bổ sung",
            code="2021-BS",
            span=Span(date(2021, 12, 1), date(2021, 12, 31), date(2021, 12, 17), date(2021, 12, 31)),
            by=small.who("snv.thamdinh"),
        )
        assert corrections(small.plan, date(2021, 12, 17))[0].shown_in == later.pk
    assert report.latest.correction_reason == "Cộng nhầm hai xã"


@pytest.mark.parametrize("code", ["year_end", "agency"])
def test_the_next_report_carries_the_note_and_the_one_issued_stays_as_it_is(small, on, code):
    agency = small.agencies["STP"] if code == "agency" else None

    def subject(as_of):
        return Subject(code, Plan.objects.get(pk=small.plan.pk), 2021, as_of, agency)

    with on(10, 9):
        sent = small.submit(period="2021-Q3", figure=Decimal("10"))
    with on(12, 9):
        accepted = progress.accept(progress=sent, revision=None, by=small.who("snv.thamdinh"))
    with on(20, 9):
        issued = [build(subject(date(2021, 9, 20)), form).content for form in ("xlsx", "pdf")]
    with on(5, 10):
        opened = progress.correct(progress=accepted, reason="Cộng nhầm", revision=None, by=small.officer("STP"))
        again = progress.submit(
            progress=opened,
            content=progress.Content(result="Đã rà soát", explanation="Chưa có.", figure=Decimal("12.5")),
            revision=None,
            by=small.officer("STP"),
        )
        progress.accept(progress=again, revision=None, by=small.who("snv.thamdinh"))
    with on(10, 12):
        assert [build(subject(date(2021, 9, 20)), form).content for form in ("xlsx", "pdf")] == issued
        facts = build_facts(subject(date(2021, 12, 10)))
        assert [(line.period, line.reason) for line in facts.corrections] == [("2021-Q3", "Cộng nhầm")]
        assert "Điều chỉnh số liệu kỳ trước" in html_of(code, facts, "0" * 64)
        book = load_workbook(io.BytesIO(build(subject(date(2021, 12, 10)), "xlsx").content))
        assert book["Điều chỉnh kỳ trước"]["E2"].value.startswith("số liệu 10 → 12,5")
        # Where nothing was corrected, neither document nor the name of its figures says anything of it.
        before = build_facts(subject(date(2021, 9, 20)))
        assert "corrections" not in html_of(code, before, "0" * 64)
        assert before.corrections == ()


def test_an_accepted_report_is_corrected_after_the_plan_has_ended(small, enter, on):
    officer, reviewer = small.officer("STP"), small.who("snv.thamdinh")
    accepted, waiting = small.accept(), small.submit("3", "STP")
    with on(31, 12):
        plans.end(plan=small.plan, on=date(2021, 12, 31), document="QĐ 9", by=None)
        browser, form = enter("stp.canbo"), f"/nhiem-vu/{accepted.assignment_id}/bao-cao/2021-Y/"
        assert "Điều chỉnh báo cáo đã duyệt" in browser.get(f"/nhiem-vu/{accepted.assignment_id}/").content.decode()
        assert (
            browser.post(f"{form}dieu-chinh/", {"revision": accepted.revision, "reason": "Sai số"}).status_code == 302
        )
        assert browser.get(form).status_code == 200
        accepted.refresh_from_db()
        said = progress.Content(result="Số đã sửa", figure=Decimal("12.5"), explanation="Chưa có.")
        progress.save(progress=accepted, content=said, uploads=[pdf_upload(text="a")], revision=None, by=officer)
        sent = progress.submit(progress=accepted, revision=None, by=officer)
        sent = progress.withdraw(progress=sent, revision=None, by=officer)
        sent = progress.submit(progress=sent, revision=None, by=officer)
        sent = evidence.replace(
            progress=sent,
            link_id=sent.latest.evidence.get().pk,
            upload=pdf_upload(text="b"),
            reason="Nhầm tệp",
            revision=None,
            by=officer,
        )
        sent = progress.send_back(progress=sent, reason_code="other", reason="Thiếu", revision=None, by=reviewer)
        approval.require_head(agency=small.agencies["STP"], document="QC", valid_from=date(2021, 12, 31), by=None)
        sent = progress.forward(progress=sent, content=said, revision=None, by=officer)
        sent = approvals.approve(progress=sent, revision=None, by=small.who("stp.thutruong"))
        done = progress.accept(progress=sent, revision=None, by=reviewer)
        assert done.accepted.figure == Decimal("12.5")
        assert drifted(small.plan) == []
        # What was never accepted is not reported any more, and nothing new is begun.
        with pytest.raises(Invalid) as ended:
            progress.withdraw(progress=waiting, revision=None, by=officer)
        assert ended.value.code == "plan_not_issued"
        with pytest.raises(Invalid):
            small.begin("5", "SYT")


def test_the_report_of_an_ongoing_task_is_corrected_after_the_plan_has_ended(small, one_more, on):
    duty = one_more("6", "Tuyên truyền", deadline_kind="ongoing")
    accepted = small.accept("6", "SYT")
    with on(31, 12):
        plans.end(plan=small.plan, on=date(2021, 12, 31), document="QĐ 9", by=None)
        duty.refresh_from_db()
        assert duty.state == "done"
        opened = progress.correct(progress=accepted, reason="Sai số", revision=None, by=small.officer("SYT"))
        sent = progress.submit(progress=opened, revision=None, by=small.officer("SYT"))
        assert progress.accept(progress=sent, revision=None, by=small.who("snv.thamdinh")).state == "accepted"

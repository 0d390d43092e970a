"""Story 3: who returned it, when, why; the earlier version stays; lateness follows the first submission."""

from plans.actions import progress, reviews
from plans.facts.recorded import drifted
from plans.facts.versions import report_versions
from plans.models import ProgressVersion


def test_a_returned_report_keeps_its_reason_and_its_first_date(small, enter, on):
    with on(19, 9):
        sent = small.submit(period="2021-Q3", result="Đã rà soát")
        link = sent.latest
    with on(22, 9):
        back = progress.send_back(
            progress=sent,
            reason_code="missing_figures",
            reason="Ô kết quả: thiếu số văn bản đã rà soát.",
            revision=sent.revision,
            by=small.who("snv.thamdinh"),
        )
        page = enter("stp.canbo").get(f"/nhiem-vu/{sent.assignment_id}/bao-cao/2021-Q3/").content.decode()
        assert "snv.thamdinh (thử) trả lại lúc 09:00 22/09/2021" in page
        assert "thiếu số văn bản đã rà soát" in page
    with on(24, 9):
        # The period has closed; what was returned may be mended, and its clock is the first submission's.
        again = progress.submit(
            progress=back,
            content=progress.Content(result="Đã rà soát 12 văn bản", explanation="Chưa có văn bản."),
            revision=back.revision,
            by=small.officer("STP"),
        )
        assert again.latest.number == 2
        page = enter("snv.thamdinh").get(f"/duyet/{again.pk}/").content.decode()
        assert "Nộp đúng hạn" in page
        assert "nộp lần đầu 09:00 19/09/2021" in page
    assert ProgressVersion.objects.get(pk=link.pk).result == "Đã rà soát"
    assert [row.number for row in report_versions(again, inside=False)] == [2, 1]


def test_a_question_does_not_return_the_report(small, enter, on):
    sent = small.submit()
    asked = reviews.ask(progress=sent, text="12 văn bản nào?", revision=None, by=small.who("snv.thamdinh"))
    assert (asked.state, asked.revision) == ("submitted", sent.revision + 1)
    address = f"/nhiem-vu/{sent.assignment_id}/"
    page = enter("stp.canbo").get(address).content.decode()
    assert "12 văn bản nào?" in page
    question = sent.latest.remarks.get()
    enter("stp.canbo").post(
        f"{address}bao-cao/2021-Y/tra-loi/",
        {"revision": asked.revision, "question": question.pk, "text": "Danh sách kèm báo cáo 15/BC-STP."},
    )
    assert question.reply.text == "Danh sách kèm báo cáo 15/BC-STP."
    desk = enter("snv.thamdinh").get(f"/duyet/{sent.pk}/").content.decode()
    assert "Danh sách kèm báo cáo 15/BC-STP." in desk
    queue = enter("snv.thamdinh")
    assert "Đã trả lời câu hỏi" in queue.get("/duyet/?asked=replied").content.decode()
    assert "Không có báo cáo nào khớp bộ lọc" in queue.get("/duyet/?asked=waiting").content.decode()


def test_a_report_is_withdrawn_by_its_agency_before_anybody_decides(small, on):
    with on(16, 9):
        sent = small.submit(period="2021-Q3")
    with on(17, 9):
        back = progress.withdraw(progress=sent, reason="Nhầm số", revision=sent.revision, by=small.officer("STP"))
        assert (back.state, back.first_submitted_at, back.latest.number) == ("draft", None, 2)
        assert sent.latest.decision.verb == "withdraw"
        # Withdrawn is not handed in: the duty owes its report again.
        assert small.assignment("1", "STP").state == "in_progress"
        assert drifted(small.plan) == []
    with on(18, 9):
        again = progress.submit(progress=back, revision=None, by=small.officer("STP"))
        assert again.first_submitted_at.date().day == 18

"""Story 12: the review queue."""

from datetime import date

import pytest

from agencies.actions import directory
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Event, Membership
from plans.actions import progress, reviews
from plans.models import EvidenceLink, Progress
from tests.conftest import pdf_upload


def test_the_queue_is_by_due_date_and_shows_the_last_period_beside_the_new(small, enter, on):
    with on(19, 9):
        early = small.submit("3", "SYT", "2021-Q3")
        accepted = small.accept("1", "STP", "2021-Q3", result="Quý III: đã rà soát 7 văn bản")
    with on(2, 12):
        late = small.submit("1", "STP", result="Cả năm: đã rà soát 12 văn bản")
        page = enter("snv.thamdinh").get("/duyet/").content.decode()
        assert page.index(f"/duyet/{early.pk}/") < page.index(f"/duyet/{late.pk}/")
        desk = enter("snv.thamdinh").get(f"/duyet/{late.pk}/").content.decode()
        assert "Quý III: đã rà soát 7 văn bản" in desk
        assert "Cả năm: đã rà soát 12 văn bản" in desk
        filtered = enter("snv.thamdinh").get(f"/duyet/?period=2021-Y&agency={small.agencies['STP'].pk}")
        assert f"/duyet/{early.pk}/" not in filtered.content.decode()
    assert accepted.state == "accepted"


def test_many_are_accepted_at_once_each_for_itself(small, enter):
    reports = [small.submit("1", "STP"), small.submit("3", "STP"), small.submit("5", "SYT")]
    own = small.submit("2", "SNV")
    stale = reports[2].revision
    reviews.ask(progress=reports[2], text="Khi nào?", revision=None, by=small.who("snv.thamdinh"))
    chosen = [f"{one.pk}:{one.revision}" for one in reports[:2]] + [f"{reports[2].pk}:{stale}", f"{own.pk}:2"]
    answer = enter("snv.thamdinh").post("/duyet/duyet-nhieu/", {"chosen": chosen}, follow=True).content.decode()
    assert "Đã duyệt 2/4 báo cáo" in answer
    assert "Nhiệm vụ 5 của" in answer
    assert "1 báo cáo không còn chờ bạn" in answer  # Sở Nội vụ's own is not there to choose
    states = dict(Progress.objects.values_list("pk", "state"))
    assert [states[one.pk] for one in (*reports, own)] == ["accepted", "accepted", "submitted", "submitted"]
    assert Event.objects.filter(action="progress.accept").count() == 2


def test_nobody_reviews_the_own_agency_not_even_many_at_once(small):
    own = small.submit("2", "SNV")
    outcomes = reviews.accept_many(reports=[(own, own.revision)], by=small.who("snv.thamdinh"))
    assert [one.error.code for one in outcomes] == ["own_agency"]
    for verb in (
        lambda: reviews.ask(progress=own, text="?", revision=None, by=small.who("snv.thamdinh")),
        lambda: reviews.answer(progress=own, text="!", revision=None, by=small.who("snv.thamdinh")),
        lambda: reviews.judge(progress=own, link_id=1, verdict="accepted", revision=None, by=small.who("snv.thamdinh")),
    ):
        with pytest.raises(Refused):
            verb()
    assert reviews.accept_many(reports=[(own, own.revision)], by=small.who("vpub.thamdinh"))[0].error is None


def test_each_document_is_judged_before_the_decision_and_stays_judged(small, enter):
    sent = progress.submit(
        progress=small.begin(), content=progress.Content(result="Xong"),
        uploads=[pdf_upload("a.pdf", "a"), pdf_upload("b.pdf", "b")], revision=None, by=small.officer("STP"),
    )  # fmt: skip
    first, second = sent.latest.evidence.order_by("pk")
    enter("snv.thamdinh").post(
        f"/duyet/{sent.pk}/danh-gia/{first.pk}/", {"revision": sent.revision, "verdict": "unreadable"}
    )
    accepted = progress.accept(progress=sent, revision=None, by=small.who("snv.thamdinh"))
    verdicts = dict(EvidenceLink.objects.filter(version=accepted.accepted).values_list("pk", "verdict"))
    assert verdicts == {first.pk: "unreadable", second.pk: "accepted"}


def test_a_return_carries_verdicts(small):
    sent = progress.submit(
        progress=small.begin(), content=progress.Content(result="Xong"), uploads=[pdf_upload("a.pdf", "a")],
        revision=None, by=small.officer("STP"),
    )  # fmt: skip
    link = sent.latest.evidence.get()
    progress.send_back(
        progress=sent, reason_code="wrong_evidence", reason="Văn bản năm 2019.", verdicts={link.pk: "outside_year"},
        revision=None, by=small.who("snv.thamdinh"),
    )  # fmt: skip
    link.refresh_from_db()
    assert (link.verdict, link.verdict_by.username) == ("outside_year", "snv.thamdinh")


def test_proposals_get_an_answer_that_the_agency_sees(small, enter):
    accepted = small.accept(proposals="Đề nghị bổ sung 200 triệu đồng.")
    silent = small.submit("3", "STP")
    browser = enter("snv.thamdinh")
    assert "Đề nghị bổ sung 200 triệu đồng." in browser.get("/kien-nghi/").content.decode()
    assert "1 báo cáo có kiến nghị chưa trả lời" in browser.get("/duyet/").content.decode()
    page = enter("stp.canbo").get(f"/nhiem-vu/{accepted.assignment_id}/").content.decode()
    assert "Kiến nghị gửi kèm chưa được trả lời" in page
    browser.post(
        f"/duyet/{accepted.pk}/tra-loi-kien-nghi/",
        {"revision": accepted.revision, "text": "Đã trình UBND tỉnh tại tờ trình 45."},
    )
    page = enter("stp.canbo").get(f"/nhiem-vu/{accepted.assignment_id}/").content.decode()
    assert "Đã trình UBND tỉnh tại tờ trình 45." in page
    assert "snv.thamdinh (thử)" in page
    assert "Không có kiến nghị nào chờ trả lời" in browser.get("/kien-nghi/").content.decode()
    accepted.refresh_from_db()
    assert accepted.state == "accepted"
    with pytest.raises(Conflict) as nothing:
        reviews.answer(progress=silent, text="x", revision=None, by=small.who("snv.thamdinh"))
    assert nothing.value.code == "nothing_to_answer"
    with pytest.raises(Invalid):
        reviews.answer(progress=accepted, text=" ", revision=None, by=small.who("snv.thamdinh"))


def test_the_same_proposals_after_a_return_are_answered_once(small):
    sent = small.submit(proposals="Bổ sung kinh phí")
    reviews.answer(progress=sent, text="Đã ghi nhận", revision=None, by=small.who("snv.thamdinh"))
    back = progress.send_back(
        progress=sent, reason_code="unclear", reason="Chưa rõ", revision=None, by=small.who("snv.thamdinh")
    )
    same = progress.submit(progress=back, revision=None, by=small.officer("STP"))
    assert not Progress.objects.unanswered().exists()
    again = progress.send_back(
        progress=same, reason_code="unclear", reason="Chưa rõ", revision=None, by=small.who("snv.thamdinh")
    )
    progress.submit(
        progress=again, content=progress.Content(result="x", explanation="y", proposals="Bổ sung biên chế"),
        revision=None, by=small.officer("STP"),
    )  # fmt: skip
    assert Progress.objects.unanswered().count() == 1


def test_a_report_that_nobody_may_decide_is_shown(small, enter):
    own = small.submit("2", "SNV")
    assert "không ai xử lý được" not in enter("lanhdao").get("/").content.decode()
    second = Membership.objects.get(user=small.who("vpub.thamdinh"))
    directory.leave(membership=second, last_day=date(2021, 12, 9), by=None)
    for name in ("lanhdao", "snv.thamdinh", "kiemtra"):
        page = enter(name).get("/").content.decode()
        assert "Có việc chờ mà không ai xử lý được" in page, name
        assert "Sở Nội vụ: 1 báo cáo" in page
    assert "Không ai xử lý được bước này" in enter("snv.canbo").get(f"/nhiem-vu/{own.assignment_id}/").content.decode()
    # An officer of an agency learns nothing of the province.
    assert "không ai xử lý được" not in enter("stp.canbo").get("/").content.decode()


def test_heads_answer_by_name_for_their_agency(small, enter):
    small.accept("5", "SYT", done_on=date(2021, 12, 5))
    page = enter("lanhdao").get(f"/co-quan/{small.agencies['STP'].pk}/").content.decode()
    assert "stp.thutruong (thử)" in page
    health = enter("lanhdao").get(f"/co-quan/{small.agencies['SYT'].pk}/").content.decode()
    assert "Chưa có ai trong hệ thống" in health
    assert "Hoàn thành muộn" in health
    assert "1/1" in health
    # A sibling's officer reads who answers, not the figures.
    seen = enter("stp.canbo").get(f"/co-quan/{small.agencies['SYT'].pk}/").content.decode()
    assert "Hoàn thành muộn" not in seen

"""The officer's form and the reviewer's desk, as a browser without scripts sends them."""

from datetime import date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from agencies import calendar
from agencies.models import Event
from plans.actions import progress
from plans.models import Decision, EvidenceLink, Progress, ProgressVersion
from tests.conftest import pdf_bytes, pdf_upload


@pytest.fixture
def form_url(small):
    return f"/nhiem-vu/{small.assignment('1', 'STP').pk}/bao-cao/2021-Y/"


def text(response):
    return response.content.decode()


def pdf(name="Kế hoạch kiểm tra.pdf", words="x"):
    return SimpleUploadedFile(name, pdf_bytes(words), "application/pdf")


def test_a_report_is_handed_in_with_a_document_and_its_marks(small, enter, form_url):
    browser = enter("stp.canbo")
    assert browser.get(form_url).status_code == 200
    answer = browser.post(
        form_url,
        {
            "action": "submit",
            "revision": "0",
            "result": "Đã tự kiểm tra 12 văn bản.",
            "figure": "12,5",
            "numerator": "1.234",
            "denominator": "2.000",
            "done_on": "09/12/2021",
            "file-0-file": pdf(),
            "file-0-number": "12/KH-STP",
            "file-0-issued_on": "05/11/2021",
        },
        follow=True,
    )
    assert "Đã gửi báo cáo" in text(answer)
    assert "Chờ Sở Nội vụ duyệt từ" in text(answer)
    report = Progress.objects.get()
    said = report.latest
    assert (report.state, said.number, said.submitted_by.username) == ("submitted", 1, "stp.canbo")
    assert (str(said.figure), str(said.numerator), said.done_on) == ("12.5000", "1234.0000", date(2021, 12, 9))
    document = said.evidence.get().document
    assert (document.original_name, document.number) == ("Kế hoạch kiểm tra.pdf", "12/KH-STP")
    assert document.issued_on == date(2021, 11, 5)


def test_a_draft_may_be_incomplete_and_comes_back_into_the_form(small, enter, form_url):
    browser = enter("stp.canbo")
    answer = browser.post(form_url, {"action": "save", "revision": "0", "result": "", "percent": "12,5"}, follow=True)
    assert "Đã lưu nháp" in text(answer)
    page = text(browser.get(form_url))
    assert 'value="12,5"' in page
    assert 'name="revision" value="2"' in page


def test_what_is_missing_is_said_at_its_field_and_nothing_is_begun(small, enter, form_url):
    answer = enter("stp.canbo").post(form_url, {"action": "submit", "revision": "0", "obstacles": "Thiếu người"})
    assert answer.status_code == 422
    assert "Cần ghi kết quả thực hiện trong kỳ." in text(answer)
    assert "Cần đính kèm tài liệu kiểm chứng" in text(answer)
    assert "Thiếu người" in text(answer)
    assert Progress.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("figure", "12;5", "“12;5” ở ô Số liệu đạt được không phải là số"),
        ("figure", "1" * 30, "Số ở ô Số liệu đạt được quá dài"),
        ("percent", "12,345", "Số ở ô Ước tiến độ (%) quá dài"),
        ("percent", "101", "Ước tiến độ phải từ 0 đến 100 %."),
        ("done_on", "31/02/2021", "Ngày ở ô Ngày hoàn thành không đúng"),
        ("done_on", "11/12/2021", "không được ở sau ngày gửi"),
        ("numerator", "5", "Cần ghi cả tử số và mẫu số"),
    ],
)
def test_a_wrong_value_is_named_and_what_was_typed_stays(small, enter, form_url, field, typed, said):
    sent = {"action": "submit", "revision": "0", "result": "Không được mất.", "explanation": "Chưa có.", field: typed}
    answer = enter("stp.canbo").post(form_url, sent)
    assert answer.status_code == 422
    assert said in text(answer)
    assert "Không được mất." in text(answer)
    assert f'value="{typed}"' in text(answer)
    assert Progress.objects.count() == 0


def test_a_refused_file_keeps_the_text_and_asks_for_the_other_files_again(small, enter, form_url):
    answer = enter("stp.canbo").post(
        form_url,
        {
            "action": "submit",
            "revision": "0",
            "result": "Không được mất.",
            "file-0-file": pdf("thật.pdf"),
            "file-1-file": SimpleUploadedFile("giả.pdf", b"MZ\x90\x00" + b"\0" * 500),
            "file-1-excerpt": "Trích yếu đã gõ",
        },
    )
    assert answer.status_code == 422
    assert "không phải là PDF" in text(answer)
    assert "hãy chọn lại: thật.pdf, giả.pdf" in text(answer)
    assert "Không được mất." in text(answer)
    assert "Trích yếu đã gõ" in text(answer)
    assert Progress.objects.count() == 0


def test_a_file_that_is_too_big_is_refused_in_a_sentence(small, enter, form_url, settings):
    settings.MAX_UPLOAD_BYTES = 100
    answer = enter("stp.canbo").post(
        form_url, {"action": "save", "revision": "0", "result": "Còn nguyên", "files": [pdf()]}
    )
    assert answer.status_code == 422
    assert "vượt giới hạn" in text(answer)
    assert "Còn nguyên" in text(answer)


def test_marks_without_a_file_are_a_forgotten_file(small, enter, form_url):
    answer = enter("stp.canbo").post(form_url, {"action": "save", "revision": "0", "file-0-number": "12/KH-STP"})
    assert answer.status_code == 422
    assert "chưa chọn tệp" in text(answer)


def test_a_colleague_was_faster_and_both_texts_are_shown(small, enter, form_url):
    begun = small.begin()
    progress.save(
        progress=begun, content=progress.Content(result="Bản của đồng nghiệp"), revision=1, by=small.officer("STP")
    )
    browser = enter("stp.canbo")
    for seen in ("0", "1"):
        answer = browser.post(form_url, {"action": "submit", "revision": seen, "result": "Bản của tôi"})
        assert answer.status_code == 409
        assert "Bản của tôi" in text(answer)
        assert "Bản của đồng nghiệp" in text(answer)
        assert 'name="revision" value="2"' in text(answer)
    assert ProgressVersion.objects.get().result == "Bản của đồng nghiệp"


def test_a_second_press_says_that_it_has_been_sent(small, enter, form_url):
    browser = enter("stp.canbo")
    sent = {"action": "submit", "revision": "0", "result": "Xong", "explanation": "Chưa có văn bản."}
    assert browser.post(form_url, sent).status_code == 302
    again = browser.post(form_url, sent, follow=True)
    assert "đã được gửi" in text(again)
    other = browser.post(form_url, {**sent, "result": "Khác"})
    assert other.status_code == 409
    assert "Khác" in text(other)
    assert ProgressVersion.objects.count() == 1


def test_evidence_is_dropped_from_a_draft_and_from_the_copy_after_a_return(small, enter, form_url):
    sent = progress.submit(
        progress=small.begin(),
        content=progress.Content(result="Xong"),
        uploads=[pdf_upload("một.pdf", "1"), pdf_upload("hai.pdf", "2")],
        revision=None,
        by=small.officer("STP"),
    )
    back = progress.send_back(
        progress=sent, reason_code="wrong_evidence", reason="Nhầm tệp một.", revision=None, by=small.who("snv.thamdinh")
    )
    browser = enter("stp.canbo")
    page = text(browser.get(form_url))
    assert "Nhầm tệp một." in page
    wrong = sent.latest.evidence.order_by("pk").first()
    assert f'name="drop" value="{wrong.pk}"' in page
    answer = browser.post(
        form_url, {"action": "submit", "revision": str(back.revision), "result": "Xong", "drop": [str(wrong.pk)]}
    )
    assert answer.status_code == 302
    back.refresh_from_db()
    assert [link.document.original_name for link in back.latest.evidence.all()] == ["hai.pdf"]
    assert sent.latest.evidence.count() == 2


def test_evidence_of_another_agency_cannot_be_dropped(small, enter, form_url):
    theirs = progress.save(
        progress=small.begin("5", "SYT"),
        content=progress.Content(),
        uploads=[pdf_upload()],
        revision=None,
        by=small.officer("SYT"),
    )
    link = theirs.latest.evidence.get()
    enter("stp.canbo").post(form_url, {"action": "save", "revision": "0", "drop": [str(link.pk)]})
    assert EvidenceLink.objects.filter(pk=link.pk).exists()


def test_a_closed_period_and_a_sent_report_lead_back_with_a_sentence(small, enter, form_url):
    browser = enter("stp.canbo")
    closed = browser.get(form_url.replace("2021-Y", "2021-Q3"), follow=True)
    assert "đã đóng nhận báo cáo" in text(closed)
    small.submit()
    waiting = browser.get(form_url, follow=True)
    assert "đang chờ duyệt nên không sửa được" in text(waiting)


def test_the_previous_period_stands_beside_the_form(small, enter, form_url):
    with calendar.held_at(datetime(2021, 9, 10, 9, 0, tzinfo=calendar.VIETNAM)):
        small.accept(period="2021-Q3", result="Kết quả của quý III")
    assert "Kết quả của quý III" in text(enter("stp.canbo").get(form_url))


def test_an_accepted_report_is_opened_for_correction_with_a_reason(small, enter, form_url):
    accepted = small.accept()
    browser = enter("stp.canbo")
    url = f"{form_url}dieu-chinh/"
    assert browser.get(url).status_code == 405
    assert browser.post(url, {"reason": " ", "revision": accepted.revision}).status_code == 422
    answer = browser.post(url, {"reason": "Ghi nhầm số liệu", "revision": accepted.revision}, follow=True)
    assert answer.status_code == 200
    assert "Ghi nhầm số liệu" in text(answer)
    assert Progress.objects.get().state == "draft"


def test_only_the_own_officer_reaches_the_form(small, enter, form_url):
    for name in ("syt.canbo", "snv.thamdinh", "stp.thutruong", "lanhdao", "quantri"):
        assert enter(name).get(form_url).status_code == 404
        assert enter(name).post(form_url, {"action": "save", "revision": "0", "result": "x"}).status_code == 404
    assert Progress.objects.count() == 0


def test_drafts_and_their_files_stay_inside_the_agency(small, enter):
    report = progress.save(
        progress=small.begin(),
        content=progress.Content(result="Chưa muốn ai thấy"),
        uploads=[pdf_upload("Biên bản số 5.pdf")],
        revision=None,
        by=small.officer("STP"),
    )
    page, file = f"/nhiem-vu/{report.assignment_id}/", f"/minh-chung/{report.latest.evidence.get().pk}/"
    assert "Chưa muốn ai thấy" in text(enter("stp.thutruong").get(page))
    assert "Chưa muốn ai thấy" not in text(enter("snv.thamdinh").get(page))
    assert enter("snv.thamdinh").get(file).status_code == 404
    answer = enter("stp.canbo").get(file)
    assert answer.status_code == 200
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''Bi%C3%AAn")
    assert b"".join(answer.streaming_content).startswith(b"%PDF")


def test_a_report_is_accepted_with_a_verdict_on_each_document(small, enter):
    sent = progress.submit(
        progress=small.begin(),
        content=progress.Content(result="Xong"),
        uploads=[pdf_upload("một.pdf", "1"), pdf_upload("hai.pdf", "2")],
        revision=None,
        by=small.officer("STP"),
    )
    one, two = sent.latest.evidence.order_by("pk")
    browser = enter("snv.thamdinh")
    queue = text(browser.get("/duyet/"))
    assert f"/duyet/{sent.pk}/" in queue
    assert "Nộp đúng hạn" in queue
    url = f"/duyet/{sent.pk}/chap-nhan/"
    bad = browser.post(url, {"revision": sent.revision, f"verdict_{one.pk}": "nonsense"})
    assert bad.status_code == 422
    answer = browser.post(url, {"revision": sent.revision, f"verdict_{one.pk}": "outside_year"})
    assert (answer.status_code, answer["Location"]) == (302, "/duyet/")
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.verdict, two.verdict) == ("outside_year", "accepted")
    sent.refresh_from_db()
    assert sent.state == "accepted"
    assert browser.get(f"/duyet/{sent.pk}/").status_code == 302


def test_a_return_needs_its_reason_and_keeps_what_was_typed(small, enter):
    sent = small.submit()
    browser, url = enter("snv.thamdinh"), f"/duyet/{sent.pk}/tra-lai/"
    answer = browser.post(url, {"revision": sent.revision, "reason_code": "", "reason": "Thiếu danh sách"})
    assert answer.status_code == 422
    assert "Cần chọn loại lý do trả lại." in text(answer)
    assert "Thiếu danh sách" in text(answer)
    answer = browser.post(
        url, {"revision": sent.revision, "reason_code": "missing_figures", "reason": "Thiếu danh sách"}, follow=True
    )
    assert "Đã trả lại báo cáo" in text(answer)
    assert Decision.objects.get().reason == "Thiếu danh sách"
    home = text(enter("stp.canbo").get("/"))
    assert "Thiếu danh sách" in home
    assert "snv.thamdinh (thử) trả lại lúc" in home


def test_the_slower_reviewer_reads_who_was_faster(small, enter):
    sent = small.submit()
    progress.accept(progress=sent, revision=None, by=small.who("snv.thamdinh2"))
    browser = enter("snv.thamdinh")
    for path, more in (("chap-nhan", {}), ("tra-lai", {"reason_code": "other", "reason": "x"})):
        answer = browser.post(f"/duyet/{sent.pk}/{path}/", {"revision": sent.revision, **more})
        assert answer.status_code == 409
        assert "snv.thamdinh2 (thử)" in text(answer)
    assert Decision.objects.count() == 1


def test_nobody_decides_for_the_own_agency_and_reads_who_does(small, enter):
    sent = small.submit("2", "SNV")
    judge = enter("snv.thamdinh")
    page = text(judge.get(f"/duyet/{sent.pk}/"))
    assert "Báo cáo này do Văn phòng Ủy ban nhân dân tỉnh duyệt" in page
    assert "chap-nhan" not in page
    assert judge.post(f"/duyet/{sent.pk}/chap-nhan/", {"revision": sent.revision}).status_code == 404
    assert f"/duyet/{sent.pk}/" not in text(judge.get("/duyet/"))
    second = enter("vpub.thamdinh")
    assert f"/duyet/{sent.pk}/" in text(second.get("/duyet/"))
    assert second.post(f"/duyet/{sent.pk}/chap-nhan/", {"revision": sent.revision}).status_code == 302
    assert enter("syt.canbo").get(f"/duyet/{sent.pk}/").status_code == 404


def test_the_history_tells_everything_as_sentences(small, enter):
    sent = small.submit()
    back = progress.send_back(
        progress=sent, reason_code="unclear", reason="Chưa rõ số xã.", revision=None, by=small.who("snv.thamdinh")
    )
    for words in ("a", "b", "c"):
        back = progress.save(
            progress=back, content=progress.Content(result=words), revision=None, by=small.officer("STP")
        )
    page = text(enter("stp.canbo").get(f"/nhiem-vu/{sent.assignment_id}/"))
    for said in ("gửi báo cáo để duyệt", "trả lại báo cáo", "Chưa rõ số xã.", "lưu nháp (3 lần)", "Bản nháp (lần 2)"):
        assert said in page
    outside = text(enter("lanhdao").get(f"/nhiem-vu/{sent.assignment_id}/"))
    assert "Chưa rõ số xã." in outside
    assert "lưu nháp" not in outside
    assert "Bản nháp" not in outside
    assert Event.objects.about(sent).count() > 4


def test_siblings_of_a_group_task_are_counted_only_for_those_who_may_see_them(small, enter):
    small.submit("3", "SYT")
    url = f"/nhiem-vu/{small.assignment('3', 'STP').pk}/"
    assert "1/4 đã báo cáo, 0/4 hoàn thành" in text(enter("snv.thamdinh").get(url))
    assert "đã báo cáo," not in text(enter("stp.canbo").get(url))


def test_verbs_answer_only_to_post(small, enter):
    sent = small.submit()
    for path in ("chap-nhan", "tra-lai"):
        assert enter("snv.thamdinh").get(f"/duyet/{sent.pk}/{path}/").status_code == 405


def test_a_correction_sent_after_the_window_shows_its_withdraw_button(small, enter):
    with calendar.held_at(datetime(2021, 9, 18, 9, tzinfo=calendar.VIETNAM)):
        accepted = small.accept("1", "STP", "2021-Q3")
    with calendar.held_at(datetime(2021, 10, 25, 9, tzinfo=calendar.VIETNAM)):
        officer = small.officer("STP")
        progress.correct(progress=accepted, reason="Sai số", revision=None, by=officer)
        said = progress.Content(result="Sửa", explanation="Chưa có.")
        sent = progress.submit(progress=accepted, content=said, revision=None, by=officer)
        browser = enter("stp.canbo")
        assert "/bao-cao/2021-Q3/rut/" in browser.get(f"/nhiem-vu/{sent.assignment_id}/").content.decode()
        answer = browser.post(f"/nhiem-vu/{sent.assignment_id}/bao-cao/2021-Q3/rut/", {"revision": sent.revision})
        assert answer["Location"].endswith("/bao-cao/2021-Q3/")


def test_an_opened_correction_is_given_up_on_the_tasks_page(small, enter, form_url):
    accepted = small.accept()
    browser, page = enter("stp.canbo"), f"/nhiem-vu/{accepted.assignment_id}/"
    browser.post(f"{form_url}dieu-chinh/", {"revision": accepted.revision, "reason": "Sai số"})
    assert f"{form_url}bo-dieu-chinh/" in text(browser.get(page))
    assert "bo-dieu-chinh" not in text(enter("snv.thamdinh").get(page))
    assert "thiếu số phiên bản" in text(browser.post(f"{form_url}bo-dieu-chinh/", follow=True))
    answer = browser.post(f"{form_url}bo-dieu-chinh/", {"revision": accepted.revision + 1}, follow=True)
    assert "Đã bỏ điều chỉnh" in text(answer) and "bỏ điều chỉnh, giữ bản đã duyệt" in text(answer)
    accepted.refresh_from_db()
    assert (accepted.state, accepted.latest_id) == ("accepted", accepted.accepted_id)
    assert browser.post(f"{form_url}bo-dieu-chinh/", {"revision": accepted.revision}).status_code == 409

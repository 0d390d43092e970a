"""Story 1: as officer of Sở Tư pháp I enter result, figure, evidence for the period."""

from django.core.files.uploadedfile import SimpleUploadedFile

from agencies import calendar
from plans.models import Progress
from tests.conftest import pdf_bytes


def text(answer):
    return answer.content.decode()


def test_an_officer_reports_a_task_for_the_period(small, enter):
    browser = enter("stp.canbo")
    listed = text(browser.get("/nhiem-vu/"))
    assert "Duy trì điểm cải cách thể chế" in listed
    assert "Công khai kết quả khám, chữa bệnh" not in listed  # led by Sở Y tế
    other = small.assignment("5", "SYT")
    assert browser.get(f"/nhiem-vu/{other.pk}/").status_code == 404

    form = f"/nhiem-vu/{small.assignment('1', 'STP').pk}/bao-cao/2021-Y/"
    empty = browser.post(form, {"action": "submit", "revision": "0", "result": "", "explanation": ""})
    assert empty.status_code == 422
    assert "Cần ghi kết quả thực hiện" in text(empty)
    assert "hoặc giải trình" in text(empty)
    assert not Progress.objects.exists()

    file = SimpleUploadedFile("Quyết định.pdf", pdf_bytes("qd"), "application/pdf")
    sent = browser.post(
        form,
        {"action": "submit", "revision": "0", "result": "Đã xong", "figure": "12,5", "file-0-file": file},
        follow=True,
    )
    assert "Đã gửi báo cáo" in text(sent)
    report = Progress.objects.get()
    assert (report.latest.submitted_by.username, report.latest.submitted_at) == ("stp.canbo", calendar.now())
    assert report.period.code == "2021-Y"


def test_what_was_typed_before_the_session_ended_is_in_the_draft(small, enter):
    browser = enter("stp.canbo")
    form = f"/nhiem-vu/{small.assignment('1', 'STP').pk}/bao-cao/2021-Y/"
    page = text(browser.get(form))
    assert f'hx-post="{form}giu/"' in page
    # The page sends what is typed, without the files, and learns the revision of its next writing.
    kept = browser.post(f"{form}giu/", {"revision": "0", "result": "Đang viết dở"})
    assert "Đã tự lưu nháp lúc 09:00:00" in text(kept)
    assert 'name="revision" value="2"' in text(kept)
    again = browser.post(f"{form}giu/", {"revision": "2", "result": "Đang viết dở"})
    assert again.status_code == 204  # nothing new: no event, no revision
    browser.logout()
    assert browser.post(f"{form}giu/", {"revision": "2", "result": "Mất"}).status_code in (302, 401)
    after = text(enter("stp.canbo").get(form))
    assert "Đang viết dở" in after
    assert Progress.objects.get().state == "draft"


def test_a_form_that_keeps_itself_overwrites_nobody(small, enter):
    form = f"/nhiem-vu/{small.assignment('1', 'STP').pk}/bao-cao/2021-Y/"
    browser = enter("stp.canbo")
    browser.post(f"{form}giu/", {"revision": "0", "result": "Bản thứ nhất"})
    browser.post(f"{form}giu/", {"revision": "2", "result": "Bản thứ hai"})
    stale = browser.post(f"{form}giu/", {"revision": "2", "result": "Cửa sổ kia"})
    assert stale.status_code == 409
    shown = browser.post(form, {"action": "save", "revision": "2", "result": "Cửa sổ kia"})
    assert shown.status_code == 409
    assert "Bản thứ hai" in text(shown)
    assert "Cửa sổ kia" in text(shown)

"""The screens of periods: dates, preview, close, reopen, download, difference."""

import hashlib
import json
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agencies import calendar
from plans.actions import closes, plans, progress
from plans.models import PeriodClose, PeriodReopening
from tests.conftest import pdf_upload

FORM = {"reason": "Lỗi hệ thống", "approver": "Nguyễn Văn A, Phó Chủ tịch", "document": "12/UBND-NC", "number": "1"}


@pytest.fixture
def later(small):
    """21/12/2021: the year's window is over."""
    with calendar.held_at(datetime(2021, 12, 21, 9, 0, tzinfo=calendar.VIETNAM)):
        yield small


@pytest.fixture
def reported(small):
    """STP accepted with a file, SYT waiting."""
    sent = progress.submit(
        progress=small.begin(),
        content=progress.Content(result="Xong"),
        uploads=[pdf_upload("Báo cáo.pdf")],
        revision=None,
        by=small.officer("STP"),
    )
    progress.accept(progress=sent, revision=None, by=small.who("snv.thamdinh"))
    small.submit("5", "SYT")


def address(name: str, small, *more) -> str:
    return reverse(f"plans:{name}", args=[small.plan.code, *more])


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_the_plan_page_leads_to_its_periods(enter, small):
    page = text(enter("stp.canbo").get(reverse("plans:plan_detail", args=[small.plan.code])))
    assert address("period_list", small) in page


def test_periods_show_four_different_dates_and_their_state(enter, later):
    page = text(enter("stp.canbo").get(address("period_list", later)))
    for day in ("15/11/2021", "14/12/2021", "20/12/2021", "20/09/2021"):
        assert day in page
    assert "Hết hạn nhận, chưa chốt" in page
    assert "Chốt kỳ" not in page


def test_the_preview_lists_what_waits_and_what_would_be_sealed(enter, reported, later):
    page = text(enter("snv.thamdinh").get(address("period_close", later, "2021-Y")))
    assert "Còn 1 báo cáo chờ duyệt" in page
    assert "Công khai kết quả khám, chữa bệnh" in page
    assert "chưa báo cáo kỳ này <b>5/7</b>" in page
    assert not PeriodClose.objects.exists()


def test_closing_reopening_and_closing_again_from_the_screens(enter, reported, later):
    client = enter("snv.thamdinh")
    answer = client.post(address("period_close", later, "2021-Y"), {"number": "1"})
    close = PeriodClose.objects.get()
    assert answer.url == address("close_detail", later, "2021-Y", 1)
    page = text(client.get(answer.url))
    assert close.sha256 in page
    listed = text(enter("stp.canbo").get(address("period_list", later)))
    assert "Đã chốt (lần 1)" in listed and close.sha256 in listed
    assert answer.url not in listed  # an officer sees that it was closed, not every agency's figures
    # A second press, or a colleague's old page, closes nothing.
    again = client.post(address("period_close", later, "2021-Y"), {"number": "1"}, follow=True)
    assert "đã chốt lần 1" in text(again)
    assert PeriodClose.objects.count() == 1
    assert address("period_reopen", later, "2021-Y") in listed or "Mở lại" not in listed
    answer = client.post(address("period_reopen", later, "2021-Y"), FORM | {"expires_on": "24/12/2021"})
    assert answer.url == address("period_list", later)
    page = text(client.get(answer.url))
    assert "Đang mở lại đến hết 24/12/2021" in page
    assert "Nguyễn Văn A, Phó Chủ tịch, 12/UBND-NC" in page
    client.post(address("period_close", later, "2021-Y"), {"number": "2"})
    assert PeriodClose.objects.count() == 2
    page = text(client.get(address("close_diff", later, "2021-Y", 1), {"voi": "2"}))
    assert "Không có khác biệt" in page
    assert client.get(address("close_diff", later, "2021-Y", 1), {"voi": "9"}).status_code == 404


def test_a_period_that_cannot_be_closed_yet_says_why(enter, small):
    client = enter("snv.thamdinh")
    listed = text(client.get(address("period_list", small)))
    assert "chỉ chốt được từ ngày sau đó" in listed
    answer = client.post(address("period_close", small, "2021-Y"), {"number": "1"}, follow=True)
    assert "còn nhận báo cáo đến hết ngày 20/12/2021" in text(answer)
    assert not PeriodClose.objects.exists()


@pytest.mark.parametrize("missing", ["reason", "approver", "document", "expires_on"])
def test_a_reopening_names_every_missing_field_and_keeps_what_was_typed(enter, later, missing):
    closes.close(period=later.period(), by=later.who("snv.thamdinh"))
    sent = {**FORM, "expires_on": "24/12/2021", missing: ""}
    answer = enter("snv.thamdinh").post(address("period_reopen", later, "2021-Y"), sent)
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {missing}
    assert not PeriodReopening.objects.exists()


def test_a_reopening_that_lasts_too_long_is_said_at_its_field(enter, later):
    closes.close(period=later.period(), by=later.who("snv.thamdinh"))
    answer = enter("snv.thamdinh").post(address("period_reopen", later, "2021-Y"), FORM | {"expires_on": "24/12/2022"})
    assert (answer.status_code, answer.context["form"].errors.keys()) == (422, {"expires_on"})


def test_reopening_from_an_old_page_does_not_reopen_a_newer_close(enter, later):
    reviewer = later.who("snv.thamdinh")
    close = closes.close(period=later.period(), by=reviewer)
    said = {key: FORM[key] for key in ("reason", "approver", "document")}
    closes.reopen(close=close, **said, expires_on=calendar.today(), by=reviewer)
    closes.close(period=later.period(), by=reviewer)
    answer = enter("snv.thamdinh").post(
        address("period_reopen", later, "2021-Y"), FORM | {"expires_on": "24/12/2021"}, follow=True
    )
    assert "lần chốt mới hơn" in text(answer)
    assert PeriodReopening.objects.count() == 1


def test_the_downloaded_snapshot_has_the_sealed_digest(enter, reported, later):
    close = closes.close(period=later.period(), by=later.who("snv.thamdinh"))
    answer = enter("lanhdao").get(address("close_file", later, "2021-Y", 1))
    assert hashlib.sha256(answer.content).hexdigest() == close.sha256
    assert close.sha256[:12] in answer.headers["Content-Disposition"]
    assert json.loads(answer.content)["period"]["code"] == "2021-Y"


def test_the_difference_with_now_shows_what_came_after(enter, reported, later):
    closes.close(period=later.period(), by=later.who("snv.thamdinh"))
    waiting = later.assignment("5", "SYT").progress.get()
    progress.accept(progress=waiting, revision=None, by=later.who("snv.thamdinh"))
    page = text(enter("lanhdao").get(address("close_diff", later, "2021-Y", 1)))
    assert "1 phân công có khác biệt" in page
    assert "Báo cáo của kỳ" in page and "chờ duyệt" in page and "đã duyệt" in page


def test_the_page_of_periods_costs_the_same_for_3_closes_as_for_30(enter, later):
    client, reviewer = enter("snv.thamdinh"), later.who("snv.thamdinh")

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address("period_list", later)).status_code == 200
        return len(seen)

    said = {key: FORM[key] for key in ("reason", "approver", "document")}
    client.get(address("period_list", later))
    for _ in range(3):
        close = closes.close(period=later.period(), by=reviewer)
        closes.reopen(close=close, **said, expires_on=calendar.today(), by=reviewer)
    few = cost()
    for number in range(5):
        plans.add_period(
            plan=later.plan,
            code=f"k{number}",
            kind="own",
            name=f"Kỳ {number}",
            year=2021,
            **dict.fromkeys(
                ("starts_on", "cut_off", "opens_on", "due_on", "closes_on"), datetime(2021, 9, 1 + number).date()
            ),
        )
        for _ in range(3):
            close = closes.close(period=later.period(f"k{number}"), by=reviewer)
            closes.reopen(close=close, **said, expires_on=calendar.today(), by=reviewer)
    assert cost() == few

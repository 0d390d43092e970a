"""Story 24: from an agency's on-time figure to rows, versions, files and who approved; the auditor changes nothing."""

import hashlib
import re
from datetime import date, datetime
from html import unescape

import pytest
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, transaction
from django.test import Client

from agencies import calendar
from agencies.models import Event
from plans import builder
from plans.actions import closes, progress
from plans.models import Progress
from tests.conftest import pdf_upload


@pytest.fixture
def auditor(small) -> Client:
    """What happened: Sở Y tế is done in time, with a document; Sở Nội vụ approved. A day later the period is closed."""
    sent = progress.submit(
        progress=small.begin("5", "SYT"),
        content=progress.Content(result="Đã công khai kết quả", done_on=date(2021, 11, 29)),
        uploads=[pdf_upload("Quyết định 12.pdf", number="12/QĐ-SYT")],
        revision=None,
        by=small.officer("SYT"),
    )
    progress.accept(progress=sent, revision=None, by=small.who("snv.thamdinh"))
    builder.refresh_plan(small.plan.pk)
    client = Client()
    client.force_login(small.who("kiemtra"))
    return client


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return " ".join(answer.content.decode().split())


def link(text: str, pattern: str) -> str:
    """Return the address of the first link whose own text fits the pattern: the walk follows links only."""
    for address, said in re.findall(r'<a\b[^>]*?href="([^"]*)"[^>]*>(.*?)</a>', text):
        if re.search(pattern, re.sub(r"<[^>]+>", "", said)):
            return unescape(address)
    raise AssertionError(f"no link says {pattern}")


def row_of(text: str, name: str) -> str:
    """Return the table row with this heading."""
    return next(row for row in re.findall(r"<tr>.*?</tr>", text) if re.search(rf"<th[^>]*>.*?{name}.*?</th>", row))


def follow_to_the_history(client: Client, task: str, small) -> str:
    """From the task's page: the version in force, the file, and the history with hashes."""
    shown = page(client, task)
    assert "Đã công khai kết quả" in shown and "snv.thamdinh (thử)" in shown
    file = client.get(link(shown, "Quyết định 12.pdf"))
    sha256 = hashlib.sha256(b"".join(file.streaming_content)).hexdigest()
    history = page(client, link(shown, "Dấu vết của báo cáo này"))
    assert sha256 in history
    assert "Duyệt báo cáo" in history and "snv.thamdinh" in history
    report = Progress.objects.get(assignment=small.assignment("5", "SYT"))
    accepted = Event.objects.about(report).get(action="progress.accept")
    assert accepted.digest in history and accepted.previous_digest in history
    blob = report.accepted.evidence.get().document.blob
    assert (
        accepted.seals["kept"][f"agencies.blob:{blob.pk}"] in Event.objects.get(pk=accepted.pk).seals["kept"].values()
    )
    assert default_storage.size(blob.path) == blob.size
    return history


def test_from_the_dashboards_figure_to_rows_versions_files_and_who_approved(auditor, small):
    dashboard = page(auditor, f"/ke-hoach/{small.plan.code}/tong-quan/")
    rows = link(row_of(dashboard, "Sở Y tế"), r"^1/1$")
    listed = page(auditor, rows)
    assert "1–1 trên 1 nhiệm vụ" in listed
    history = follow_to_the_history(auditor, link(listed, "Công khai kết quả khám"), small)
    assert "Hiện trạng khớp niêm phong" in history


def test_from_the_sealed_figure_of_a_closed_period_to_the_same_rows(auditor, small):
    with calendar.held_at(datetime(2021, 12, 21, 9, 0, tzinfo=calendar.VIETNAM)):
        close = closes.close(period=small.period(), by=small.who("snv.thamdinh"))
        plan = page(auditor, f"/ke-hoach/{small.plan.code}/")
        periods = page(auditor, link(plan, "Các kỳ báo cáo"))
        sealed_page = link(periods, "^Lần 1$")
        shown = page(auditor, sealed_page)
        assert close.sha256 in shown
        assert "1/1" in row_of(shown, "Sở Y tế")
        duties = page(auditor, sealed_page + link(row_of(shown, "Sở Y tế"), "Sở Y tế").partition("#")[0])
        assert "đúng hạn 1/1 phân công" in duties
        assert "duyệt bởi snv.thamdinh (thử)" in duties and "12.pdf" in duties
        follow_to_the_history(auditor, link(duties, "Công khai kết quả khám"), small)
        told = page(auditor, link(shown, "Dấu vết của lần chốt này"))
        assert close.sha256 in told


def test_extension_and_reopening_events_are_listed_and_the_export_carries_the_hashes(auditor, small):
    with calendar.held_at(datetime(2021, 12, 21, 9, 0, tzinfo=calendar.VIETNAM)):
        reviewer = small.who("snv.thamdinh")
        close = closes.close(period=small.period(), by=reviewer)
        closes.reopen(
            close=close,
            reason="Hệ thống lỗi ngày cuối kỳ",
            approver="Nguyễn Văn A, Phó Chủ tịch",
            document="12/UBND-NC",
            expires_on=date(2021, 12, 24),
            by=reviewer,
        )
        trail = page(auditor, link(page(auditor, "/"), "Dấu vết"))
        exceptions = page(auditor, "/dau-vet/" + link(trail, "Gia hạn, mở lại, ngoại lệ"))
        assert "Hệ thống lỗi ngày cuối kỳ" in exceptions and "mở lại kỳ báo cáo" in exceptions
        sent = auditor.get(link(exceptions, "Xuất JSON Lines"))
        content = b"".join(sent.streaming_content).decode()
        event = Event.objects.get(action="period.reopen")
        assert event.digest in content


def test_log_entries_cannot_be_edited_even_by_an_administrator(auditor, small, caplog):
    administrator = Client()
    administrator.force_login(small.who("quantri"))
    assert "agencies/event" not in page(administrator, "/quan-tri/")
    assert administrator.get("/quan-tri/agencies/event/").status_code == 404
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE agencies_event SET reason = 'sửa'")
    refused = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert [(line["table"], line["statement"]) for line in refused] == [("agencies_event", "UPDATE")]

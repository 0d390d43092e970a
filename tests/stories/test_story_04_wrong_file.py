"""Story 4: I attached another ministry's letter."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from agencies.actions import approval
from agencies.actions.documents import Upload
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Event
from plans.actions import evidence, progress
from plans.facts.recorded import drifted
from plans.models import EvidenceLink, EvidenceReplacement
from tests.conftest import pdf_bytes, pdf_upload


def sent_with(small, *uploads):
    return progress.submit(
        progress=small.begin(),
        content=progress.Content(result="Xong"),
        uploads=uploads,
        revision=None,
        by=small.officer("STP"),
    )


def test_before_it_is_handed_in_a_file_is_dropped_freely(small):
    saved = progress.save(
        progress=small.begin(), content=progress.Content(), uploads=[pdf_upload("Nhầm.pdf")], revision=None,
        by=small.officer("STP"),
    )  # fmt: skip
    link = saved.latest.evidence.get()
    progress.save(progress=saved, content=progress.Content(), drop=[link.pk], revision=None, by=small.officer("STP"))
    assert not EvidenceLink.objects.exists()
    assert not EvidenceReplacement.objects.exists()


def test_after_it_was_handed_in_a_file_is_replaced_with_a_reason_and_stays_for_the_auditor(small, enter):
    sent = sent_with(small, pdf_upload("Công văn bộ khác.pdf", "sai"), pdf_upload("Đúng.pdf", "dung"))
    wrong = sent.latest.evidence.get(document__original_name="Công văn bộ khác.pdf")
    browser = enter("stp.canbo")
    address = f"/nhiem-vu/{sent.assignment_id}/bao-cao/2021-Y/thay-tai-lieu/{wrong.pk}/"
    assert "Công văn bộ khác.pdf" in browser.get(address).content.decode()
    without = browser.post(address, {"revision": sent.revision})
    assert without.status_code == 422
    assert "Cần ghi lý do thay tài liệu" in without.content.decode()
    file = SimpleUploadedFile("Kế hoạch STP.pdf", pdf_bytes("moi"), "application/pdf")
    answer = browser.post(address, {"revision": sent.revision, "reason": "Đính kèm nhầm", "file": file}, follow=True)
    assert "Đã thay tài liệu" in answer.content.decode()

    sent.refresh_from_db()
    assert (sent.state, sent.latest.number) == ("submitted", 2)
    names = set(sent.latest.evidence.values_list("document__original_name", flat=True))
    assert names == {"Đúng.pdf", "Kế hoạch STP.pdf"}
    assert drifted(small.plan) == []  # the record and the columns agree on what is handed in
    taken = EvidenceReplacement.objects.get()
    assert (taken.link_id, taken.reason, taken.by.username) == (wrong.pk, "Đính kèm nhầm", "stp.canbo")
    assert sent.versions.get(number=1).decision.verb == "replace"

    # It left every list and download but the auditor's, who sees hash and uploader.
    page = f"/nhiem-vu/{sent.assignment_id}/"
    for name in ("stp.canbo", "snv.thamdinh", "lanhdao"):
        assert "Công văn bộ khác.pdf" not in enter(name).get(page).content.decode(), name
        assert enter(name).get(f"/minh-chung/{wrong.pk}/").status_code == 404, name
    audit = enter("kiemtra").get(page).content.decode()
    assert "Công văn bộ khác.pdf" in audit
    assert wrong.document.blob.sha256 in audit
    assert "stp.canbo (thử)" in audit
    download = enter("kiemtra").get(f"/minh-chung/{wrong.pk}/")
    assert download.status_code == 200
    b"".join(download.streaming_content)
    event = Event.objects.get(action="progress.replace")
    assert (event.reason, event.before["evidence"][0]["sha256"]) == ("Đính kèm nhầm", wrong.document.blob.sha256)


def test_the_last_file_goes_only_against_an_explanation(small):
    sent = sent_with(small, pdf_upload("Nhầm.pdf"))
    link = sent.latest.evidence.get()
    officer = small.officer("STP")
    with pytest.raises(Invalid) as bare:
        evidence.replace(progress=sent, link_id=link.pk, reason="Nhầm", revision=None, by=officer)
    assert bare.value.code == "report_incomplete"
    with pytest.raises(Invalid) as same:
        evidence.replace(
            progress=sent, link_id=link.pk, upload=pdf_upload("Khác tên.pdf"), reason="x", revision=None, by=officer
        )
    assert same.value.code == "same_file"
    assert EvidenceReplacement.objects.count() == 0
    moved = evidence.replace(
        progress=sent, link_id=link.pk, explanation="Văn bản chưa ban hành.", reason="Nhầm", revision=None, by=officer
    )
    assert moved.latest.evidence.count() == 0


def test_what_is_decided_or_needs_the_head_is_not_replaced(small):
    sent = sent_with(small, pdf_upload("a.pdf"))
    link = sent.latest.evidence.get()
    approval.require_head(agency=small.agencies["STP"], document="QC", valid_from=sent.period.opens_on, by=None)
    with pytest.raises(Refused) as head:
        evidence.replace(
            progress=sent, link_id=link.pk, explanation="x", reason="Nhầm", revision=None, by=small.officer("STP")
        )
    assert head.value.code == "needs_head"
    approval.release(agency=small.agencies["STP"], last_day=sent.created_at.date(), by=None)
    small.agencies["STP"].approval_rules.update(valid_from="2021-01-01", valid_to="2021-01-02")
    progress.accept(progress=sent, revision=None, by=small.who("snv.thamdinh"))
    with pytest.raises(Conflict):
        evidence.replace(
            progress=sent, link_id=link.pk, explanation="x", reason="Nhầm", revision=None, by=small.officer("STP")
        )


def test_a_program_renamed_pdf_is_refused_by_its_content(small):
    program = Upload(name="bao-cao.pdf", size=4, content=io.BytesIO(b"MZ\x90\x00"))
    with pytest.raises(Invalid) as refused:
        progress.save(
            progress=small.begin(),
            content=progress.Content(),
            uploads=[program],
            revision=None,
            by=small.officer("STP"),
        )
    assert refused.value.code.startswith("file")

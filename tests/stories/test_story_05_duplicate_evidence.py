"""Story 5: the same decision is used for three tasks."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from agencies.errors import Invalid
from agencies.models import Blob, Document
from plans.actions import evidence as evidence_actions
from plans.actions import progress
from plans.facts.evidence import checked_rows, held_documents
from tests.conftest import pdf_bytes, pdf_upload

MARKS = {"number": "12/QĐ-STP", "issued_on": date(2021, 5, 11), "issuer": "Sở Tư pháp", "excerpt": "Kế hoạch"}


def report(small, task, agency, *uploads, **more):
    return progress.submit(
        progress=small.begin(task, agency),
        content=progress.Content(result="Xong"),
        uploads=uploads,
        revision=None,
        by=small.officer(agency),
        **more,
    )


def codes(version_id, user):
    return [[finding.code for finding in row.findings] for row in checked_rows(version_id, user)]


def test_the_same_file_is_linked_instead_of_copied(small, enter):
    first = report(small, "1", "STP", pdf_upload("qd.pdf", "qd", **MARKS))
    browser = enter("stp.canbo")
    form = f"/nhiem-vu/{small.assignment('3', 'STP').pk}/bao-cao/2021-Y/"
    file = SimpleUploadedFile("cùng tệp tên khác.pdf", pdf_bytes("qd"), "application/pdf")
    answer = browser.post(
        form, {"action": "submit", "revision": "0", "result": "Xong", "file-0-file": file}, follow=True
    ).content.decode()
    assert "Đã có trong hệ thống" in answer
    assert "nhiệm vụ 1 (" in answer
    assert (Document.objects.count(), Blob.objects.count()) == (1, 1)
    assert first.latest.evidence.get().document.number == "12/QĐ-STP"


def test_a_document_the_agency_holds_is_attached_without_a_file(small, enter):
    first = report(small, "1", "STP", pdf_upload("qd.pdf", "qd", **MARKS))
    document = first.latest.evidence.get().document
    assert [pk for pk, _ in held_documents(small.agencies["STP"])] == [document.pk]
    browser = enter("stp.canbo")
    form = f"/nhiem-vu/{small.assignment('3', 'STP').pk}/bao-cao/2021-Y/"
    assert "qd.pdf (12/QĐ-STP" in browser.get(form).content.decode()
    browser.post(form, {"action": "submit", "revision": "0", "result": "Xong", "attach": [document.pk]})
    assert small.assignment("3", "STP").progress.get().latest.evidence.get().document == document
    # Another agency's document is not there to attach.
    with pytest.raises(Invalid) as foreign:
        report(small, "5", "SYT", attach=[document.pk])
    assert foreign.value.code == "document_unknown"


def test_the_reviewer_sees_every_task_that_uses_it_and_an_officer_only_the_own(small, enter):
    report(small, "1", "STP", pdf_upload("qd.pdf", "qd", **MARKS))
    report(small, "3", "STP", pdf_upload("qd.pdf", "qd"))
    third = report(small, "5", "SYT", pdf_upload("tu-stp.pdf", "qd"))
    desk = enter("snv.thamdinh").get(f"/duyet/{third.pk}/").content.decode()
    assert "Đã có trong hệ thống" in desk
    assert "1 (Sở Tư pháp)" in desk
    assert "3 (Sở Tư pháp)" in desk
    assert codes(third.latest_id, small.officer("SYT")) == [["missing_marks"]]


def test_another_scan_of_the_same_decision_is_flagged_by_its_marks(small):
    report(small, "1", "STP", pdf_upload("ban-quet-1.pdf", "quét 1", **MARKS))
    folded = {**MARKS, "number": "12/qđ-stp", "issuer": "SỞ TƯ PHÁP"}
    second = report(small, "3", "STP", pdf_upload("ban-quet-2.pdf", "quét 2", **folded))
    reviewer = small.who("snv.thamdinh")
    assert codes(second.latest_id, reviewer) == [["same_document"]]
    other_day = report(small, "3", "SYT", pdf_upload("x.pdf", "x", **{**MARKS, "issued_on": date(2021, 5, 12)}))
    assert codes(other_day.latest_id, reviewer) == [[]]


@pytest.mark.parametrize(
    ("number", "issuer"),
    [
        ("186 /KH-UBND", "Ủy ban nhân dân tỉnh"),
        ("186/KH–UBND", "Uỷ ban nhân dân  tỉnh"),
        ("186/kh-ubnd", "UBND TỈNH"),
    ],
)
def test_spaces_dashes_and_the_short_name_of_a_body_hide_no_second_scan(small, number, issuer):
    marks = {**MARKS, "number": "186/KH-UBND", "issuer": "UBND tỉnh"}
    report(small, "1", "STP", pdf_upload("ban-quet-1.pdf", "quét 1", **marks))
    again = pdf_upload("ban-quet-2.pdf", "quét 2", **{**marks, "number": number, "issuer": issuer})
    second = report(small, "3", "STP", again)
    assert codes(second.latest_id, small.who("snv.thamdinh")) == [["same_document"]]


def test_two_scans_in_one_report_are_flagged_on_both(small, enter):
    one = pdf_upload("ban-quet-1.pdf", "quét 1", **MARKS)
    two = pdf_upload("ban-quet-2.pdf", "quét 2", **{**MARKS, "number": "12 /QĐ-STP"})
    other = pdf_upload("khac.pdf", "khác", **{**MARKS, "number": "13/QĐ-STP"})
    sent = report(small, "1", "STP", one, two, other)
    assert codes(sent.latest_id, small.officer("STP")) == [["same_document"], ["same_document"], []]
    desk = enter("snv.thamdinh").get(f"/duyet/{sent.pk}/").content.decode()
    assert "ban hành với “ban-quet-2.pdf” trong chính báo cáo này." in desk


def test_a_document_dated_after_it_was_handed_in_is_flagged(small, enter):
    """On 10/12/2021 nobody holds a decision of 30/12/2021; one of the day itself may be shown."""
    sent = report(
        small,
        "1",
        "STP",
        pdf_upload("sau.pdf", "sau", **{**MARKS, "issued_on": date(2021, 12, 30)}),
        pdf_upload("nay.pdf", "nay", **{**MARKS, "issued_on": date(2021, 12, 10)}),
    )
    assert codes(sent.latest_id, small.officer("STP")) == [["future_date"], []]
    assert "sau ngày tải lên (10/12/2021)" in enter("snv.thamdinh").get(f"/duyet/{sent.pk}/").content.decode()


def test_a_document_of_another_year_is_flagged_before_a_human_looks(small, enter):
    sent = report(small, "1", "STP", pdf_upload("cu.pdf", "cu", **{**MARKS, "issued_on": date(2019, 5, 11)}))
    assert codes(sent.latest_id, small.officer("STP")) == [["outside_year"]]
    assert "ngoài năm 2021" in enter("snv.thamdinh").get(f"/duyet/{sent.pk}/").content.decode()


def test_a_file_that_was_taken_off_no_longer_counts_as_used(small):
    first = report(small, "1", "STP", pdf_upload("qd.pdf", "qd", **MARKS))
    evidence_actions.replace(
        progress=first, link_id=first.latest.evidence.get().pk, explanation="Chưa có.", reason="Nhầm", revision=None,
        by=small.officer("STP"),
    )  # fmt: skip
    second = report(small, "3", "STP", pdf_upload("qd.pdf", "qd", **MARKS))
    assert codes(second.latest_id, small.who("snv.thamdinh")) == [[]]

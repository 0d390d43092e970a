"""What may be uploaded."""

import hashlib
import io

import pytest

from agencies import files
from agencies.errors import Invalid
from tests.conftest import pdf_bytes


def check(name, content):
    return files.check(name, len(content), io.BytesIO(content))


def test_a_real_pdf_is_taken_with_its_vietnamese_name():
    assert check("Báo cáo số 12.pdf", pdf_bytes()).media_type == "application/pdf"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("bao-cao.pdf", b"MZ\x90\x00" + b"\0" * 200, "file_content"),
        ("bao-cao.exe", b"MZ\x90\x00" + b"\0" * 200, "file_type"),
        ("trang.html", b"<html></html>", "file_type"),
        ("bao-cao.docx", pdf_bytes(), "file_content"),
        ("bao-cao.pdf", b"", "file_empty"),
        ("hong.pdf", b"%PDF-1.7\nnothing else", "file_content"),
    ],
)
def test_what_is_not_what_its_name_says_is_refused(name, content, code):
    with pytest.raises(Invalid) as refused:
        check(name, content)
    assert refused.value.code == code
    assert name in refused.value.message
    assert refused.value.fields["files"]


def test_a_file_over_the_limit_is_refused_with_both_sizes():
    with pytest.raises(Invalid) as refused:
        files.check("lon.pdf", 60 * 1024 * 1024, io.BytesIO(pdf_bytes()))
    assert refused.value.code == "file_too_large"
    assert "60,0 MB" in refused.value.message
    assert "50 MB" in refused.value.message


def test_a_path_in_the_name_is_dropped():
    assert check("C:\\Users\\x\\báo cáo.pdf", pdf_bytes()).name == "báo cáo.pdf"


def test_a_print_protected_pdf_is_taken_and_one_with_a_password_is_refused():
    from pypdf import PdfReader, PdfWriter

    def locked(user_password):
        writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_bytes())))
        writer.encrypt(user_password=user_password, owner_password="chu", algorithm="AES-256")
        buffer = io.BytesIO()
        writer.write(buffer)
        return buffer.getvalue()

    assert check("han-che-in.pdf", locked("")).media_type == "application/pdf"
    with pytest.raises(Invalid) as refused:
        check("co-mat-khau.pdf", locked("mo"))
    assert "mật khẩu" in refused.value.message


def test_a_file_left_half_written_is_written_again(db):
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    from agencies.actions.documents import keep_content

    content = pdf_bytes("half")
    sha = hashlib.sha256(content).hexdigest()
    default_storage.save(f"blobs/{sha[:2]}/{sha[2:4]}/{sha}", ContentFile(content[:50]))
    blob = keep_content(io.BytesIO(content), size=len(content), media_type="application/pdf")
    assert default_storage.size(blob.path) == len(content)

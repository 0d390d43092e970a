"""What may be uploaded: the content must be what the name says (no database)."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePath
from typing import IO

import filetype
from django.conf import settings
from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError

from agencies.errors import Invalid
from agencies.text import format_decimal, nfc

# extension -> media types that filetype may report for it
ACCEPTED: dict[str, frozenset[str]] = {
    "pdf": frozenset({"application/pdf"}),
    "docx": frozenset({"application/vnd.openxmlformats-officedocument.wordprocessingml.document"}),
    "xlsx": frozenset({"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}),
    "pptx": frozenset({"application/vnd.openxmlformats-officedocument.presentationml.presentation"}),
    "doc": frozenset({"application/msword"}),
    "xls": frozenset({"application/vnd.ms-excel"}),
    "odt": frozenset({"application/vnd.oasis.opendocument.text"}),
    "ods": frozenset({"application/vnd.oasis.opendocument.spreadsheet"}),
    "png": frozenset({"image/png"}),
    "jpg": frozenset({"image/jpeg"}),
    "jpeg": frozenset({"image/jpeg"}),
    "tif": frozenset({"image/tiff"}),
    "tiff": frozenset({"image/tiff"}),
}
ACCEPTED_NAMES = "PDF, Word (DOC, DOCX), Excel (XLS, XLSX), PowerPoint (PPTX), ODT, ODS hoặc ảnh (PNG, JPG, TIFF)"


@dataclass(frozen=True)
class Checked:
    """A file that may be kept."""

    name: str
    media_type: str
    size: int


def _refuse(code: str, message: str) -> Invalid:
    return Invalid(code, message, fields={"files": message})


def check(name: str, size: int, content: IO[bytes]) -> Checked:
    """Check an uploaded file's name, size (bytes) and content; the stream is left at its start.

    Raises Invalid with ``file_too_large``, ``file_empty``, ``file_type`` or ``file_content``.
    """
    shown = nfc(PurePath(name.replace("\\", "/")).name)[:255] or "tệp không tên"
    limit = settings.MAX_UPLOAD_BYTES
    if size > limit:
        raise _refuse(
            "file_too_large",
            f"Tệp “{shown}” nặng {format_decimal(Decimal(size) / 1048576, 1)} MB, vượt giới hạn "
            f"{limit // 1048576} MB. Hãy nén hoặc tách tệp rồi tải lại.",
        )
    if size == 0:
        raise _refuse("file_empty", f"Tệp “{shown}” không có nội dung. Hãy chọn lại tệp.")
    extension = PurePath(shown).suffix.lower().lstrip(".")
    if extension not in ACCEPTED:
        raise _refuse("file_type", f"Không nhận tệp “{shown}”. Hãy tải lên tệp {ACCEPTED_NAMES}.")
    content.seek(0)
    kind = filetype.guess(content.read(8192))
    content.seek(0)
    found = kind.mime if kind else ""
    if found not in ACCEPTED[extension]:
        raise _refuse(
            "file_content",
            f"Nội dung tệp “{shown}” không phải là {extension.upper()} như đuôi tệp ghi. Hãy mở tệp để kiểm tra và "
            "lưu lại đúng định dạng.",
        )
    if extension == "pdf":
        try:
            pages = len(PdfReader(content, strict=False).pages)
        except FileNotDecryptedError as error:
            raise _refuse("file_content", f"Tệp “{shown}” có mật khẩu mở. Hãy bỏ mật khẩu rồi tải lại.") from error
        except Exception as error:  # whatever a damaged file does to the reader, it is a damaged file
            raise _refuse(
                "file_content", f"Tệp “{shown}” bị hỏng, không mở được. Hãy quét hoặc xuất lại tệp PDF."
            ) from error
        if pages == 0:
            raise _refuse("file_content", f"Tệp “{shown}” không có trang nào. Hãy kiểm tra lại tệp.")
        content.seek(0)
    return Checked(shown, found, size)

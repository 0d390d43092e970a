"""Files with the marks of the documents they hold."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from agencies.actions.documents import Upload
from agencies.forms import VietnameseDateField
from agencies.text import nfc
from plans.forms.fields import document_file, long_text, uploaded

EVIDENCE_ROWS = 3


class EvidenceForm(forms.Form):
    """One file with the marks of the document it holds."""

    file = document_file("Tệp")
    number = forms.CharField(label="Số, ký hiệu", required=False, max_length=100)
    issued_on = VietnameseDateField(label="Ngày ban hành", required=False)
    issuer = forms.CharField(label="Cơ quan ban hành", required=False, max_length=200)
    excerpt = forms.CharField(label="Trích yếu", required=False, max_length=500)

    def clean(self) -> dict[str, Any]:
        """Marks without a file are a file that was forgotten."""
        cleaned = super().clean() or {}
        marks = [cleaned.get(name) for name in ("number", "issued_on", "issuer", "excerpt")]
        if any(marks) and not cleaned.get("file") and "file" not in self.errors:
            self.add_error("file", "Đã ghi thông tin văn bản nhưng chưa chọn tệp. Hãy chọn tệp, hoặc xóa thông tin.")
        return cleaned

    def upload(self) -> Upload | None:
        """Return the file with its marks."""
        marks = {name: self.cleaned_data[name] for name in ("number", "issued_on", "issuer", "excerpt")}
        return uploaded(self.cleaned_data.get("file"), **marks)


class EvidenceForms:
    """The rows for documents with their marks, as one."""

    def __init__(self, data: Any = None, files: Any = None) -> None:
        self.rows = [EvidenceForm(data, files, prefix=f"file-{number}") for number in range(EVIDENCE_ROWS)]

    def is_valid(self) -> bool:
        """Read every row, so that every mistake is shown at once."""
        return all([row.is_valid() for row in self.rows])

    def uploads(self) -> list[Upload]:
        """Return the chosen files."""
        return [upload for row in self.rows if (upload := row.upload()) is not None]

    def chosen(self) -> list[UploadedFile]:
        """Return the files that came, whatever their rows say."""
        return [file for row in self.rows if (file := row.files.get(row.add_prefix("file")))]

    def open_more(self) -> bool:
        """Tell whether a row after the first holds anything, or a mistake."""
        return any(row.errors or any(row[name].value() for name in row.fields) for row in self.rows[1:])

    def refuse(self, message: str) -> bool:
        """Put a refused file's sentence onto the row whose file it names; tell whether there was one."""
        for row in self.rows:
            file = row.files.get(row.add_prefix("file"))
            if file and f"“{nfc(file.name or '')}”" in message:
                row.add_error("file", message)
                return True
        return False


class ReplaceForm(EvidenceForm):
    """Another file, or a document the agency holds, or an explanation, in the place of a wrong file."""

    attach = forms.TypedChoiceField(
        label="Hoặc chọn tài liệu cơ quan đã có",
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": "Tài liệu đã chọn không còn trong danh sách. Hãy tải lại trang."},
    )
    explanation = long_text(
        "Giải trình khi không còn tài liệu", 2, "Cần khi bỏ tệp cuối cùng mà không thay bằng tệp khác."
    )
    reason = forms.CharField(
        label="Lý do thay",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Tệp cũ rời mọi danh sách nhưng được giữ cho kiểm tra, kèm lý do này.",
        error_messages={"required": "Cần ghi lý do thay tài liệu."},
    )
    revision = forms.IntegerField(label="Phiên bản", min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, held: Sequence[tuple[int, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["attach"].choices = [("", "Không chọn"), *held]  # type: ignore[attr-defined]

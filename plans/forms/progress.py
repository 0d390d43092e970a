"""What an officer reports for a period."""

from collections.abc import Sequence
from typing import Any

from django import forms

from agencies.actions.documents import Upload
from agencies.forms import FilesField, LinksField, VietnameseDateField
from plans.actions.progress import Content
from plans.facts.evidence import EvidenceRow
from plans.forms.fields import VietnameseDecimalField, demanded, long_text
from plans.models import ProgressVersion


class ProgressForm(forms.Form):
    """What an officer reports for a period."""

    result = demanded(
        long_text(
            "Kết quả thực hiện",
            6,
            "Đã làm được gì trong kỳ, đến ngày chốt số liệu. Cần có khi gửi; lưu nháp thì để trống được.",
        )
    )
    done_on = VietnameseDateField(
        label="Ngày hoàn thành", required=False, help_text="Chỉ ghi khi nhiệm vụ đã xong hẳn, ví dụ 05/09/2021."
    )
    figure = VietnameseDecimalField(
        label="Số liệu đạt được",
        required=False,
        max_digits=18,
        decimal_places=4,
        help_text="Khi nhiệm vụ có chỉ tiêu bằng số. Ví dụ 12,5.",
    )
    numerator = VietnameseDecimalField(label="Tử số", required=False, max_digits=18, decimal_places=4)
    denominator = VietnameseDecimalField(label="Mẫu số", required=False, max_digits=18, decimal_places=4)
    percent = VietnameseDecimalField(
        label="Ước tiến độ (%)", required=False, max_digits=5, decimal_places=2, help_text="Từ 0 đến 100."
    )
    obstacles = long_text("Khó khăn, vướng mắc", 3)
    proposals = long_text("Kiến nghị, đề xuất", 3)
    explanation = long_text("Giải trình khi chưa có tài liệu", 2, "Cần khi không đính kèm tài liệu nào.")
    # Named as the actions name refused files; Django takes the field off the class, so Form.files stays what it is.
    files = FilesField(  # type: ignore[assignment]
        label="Tệp khác",
        required=False,
        help_text="Ảnh, bảng số liệu … không có số, ký hiệu; chọn được nhiều tệp một lần.",
    )
    attach = forms.TypedMultipleChoiceField(
        label="Tài liệu cơ quan đã có",
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text="Chọn lại tài liệu đã gửi ở báo cáo khác thay vì tải tệp lên lần nữa.",
        error_messages={"invalid_choice": "Tài liệu đã chọn không còn trong danh sách. Hãy tải lại trang."},
    )
    drop = LinksField(label="Bỏ khỏi báo cáo", required=False, coerce=int)
    revision = forms.IntegerField(
        label="Phiên bản",
        min_value=0,
        widget=forms.HiddenInput,
        error_messages={"required": "Biểu mẫu thiếu số phiên bản. Hãy tải lại trang rồi gửi lại."},
    )

    def __init__(
        self,
        *args: Any,
        evidence: Sequence[EvidenceRow] = (),
        quantities: Sequence[str] = (),
        held: Sequence[tuple[int, str]] = (),
        finishes: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.evidence = evidence
        self.fields["attach"].choices = list(held)  # type: ignore[attr-defined]
        if not finishes:
            # Ongoing and recurring duties are not finished by a report, so nobody is asked when they were.
            del self.fields["done_on"]
        if quantities:
            self.fields["figure"].help_text = f"Chỉ tiêu: {'; '.join(quantities)}. Ví dụ 12,5."

    @classmethod
    def initial_of(cls, version: ProgressVersion | None, revision: int) -> dict[str, Any]:
        """Return what the form starts with."""
        if version is None:
            return {"revision": revision}
        return {
            **{name: getattr(version, name) for name in Content.__dataclass_fields__},
            "revision": revision,
        }

    def content(self) -> Content:
        """Return what was typed."""
        said: dict[str, Any] = {name: self.cleaned_data.get(name) for name in Content.__dataclass_fields__}
        return Content(**said)

    def uploads(self) -> list[Upload]:
        """Return the files without marks."""
        return [Upload(name=file.name or "", size=file.size or 0, content=file) for file in self.cleaned_data["files"]]

    def open_more(self) -> bool:
        """Tell whether the rarely used fields hold anything, or a mistake."""
        names = ("numerator", "denominator", "percent", "obstacles", "proposals")
        return any(self[name].value() or self[name].errors for name in names)


class CorrectForm(forms.Form):
    """Why an accepted report is opened again."""

    reason = forms.CharField(
        label="Lý do điều chỉnh",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Cần ghi lý do điều chỉnh."},
    )
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

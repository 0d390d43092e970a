"""What a target is measured from."""

from collections.abc import Sequence
from typing import Any

from django import forms

from plans.facts.targets import Candidate


class BaselineForm(forms.Form):
    """Which published result a target is measured from."""

    result = forms.TypedChoiceField(
        label="Kết quả làm gốc",
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Hãy chọn một kết quả trong danh sách.",
            "invalid_choice": "Hãy chọn một kết quả trong danh sách.",
        },
    )
    reason = forms.CharField(
        label="Lý do chọn",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Ví dụ số, ngày văn bản hướng dẫn; hiện cùng mục tiêu và được lưu lại.",
        error_messages={"required": "Cần ghi lý do chọn."},
    )

    def __init__(self, *args: Any, candidates: Sequence[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["result"].choices = [(str(one.result_id), one.label) for one in candidates]  # type: ignore[attr-defined]

"""A period closed, and opened again."""

from django import forms

from agencies.forms import VietnameseDateField


class CloseForm(forms.Form):
    """Which close of the period the preview showed."""

    number = forms.IntegerField(label="Lần chốt", min_value=1, widget=forms.HiddenInput)


class ReopenForm(forms.Form):
    """Why a closed period is opened again, who approved it, and until when."""

    reason = forms.CharField(
        label="Lý do mở lại",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Cần ghi lý do mở lại."},
    )
    approver = forms.CharField(
        label="Người phê duyệt",
        max_length=200,
        help_text="Họ tên và chức vụ, ví dụ: Trần Huy Tuấn, Chủ tịch UBND tỉnh.",
        error_messages={"required": "Cần ghi họ tên, chức vụ người phê duyệt."},
    )
    document = forms.CharField(
        label="Văn bản phê duyệt",
        max_length=200,
        help_text="Số, ký hiệu và ngày của văn bản.",
        error_messages={"required": "Cần ghi số, ngày văn bản phê duyệt."},
    )
    expires_on = VietnameseDateField(label="Mở lại đến hết ngày", missing="Cần ghi ngày cuối cùng của thời hạn mở lại.")
    number = forms.IntegerField(label="Lần chốt", min_value=1, widget=forms.HiddenInput)

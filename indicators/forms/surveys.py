"""What a survey says of itself, with the file of its counts."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from agencies.forms import VietnameseDateField
from agencies.models import Agency
from indicators.actions.surveys import About
from indicators.models import Index

_YEAR = "Cần một năm từ 2000 đến 2100, ví dụ 2021."


def _count(label: str, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=0,
        max_value=10**8,
        help_text=help_text,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), f"Ô {label.lower()} cần một số nguyên không âm."
        ),
    )


class _AgencyField(forms.ModelChoiceField):
    """An agency by its name."""

    def label_from_instance(self, obj: Agency) -> str:
        """The short name."""
        return obj.label


class SurveyForm(forms.Form):
    """One import."""

    index = forms.ModelChoiceField(
        label="Chỉ số",
        queryset=Index.objects.none(),
        to_field_name="code",
        empty_label="Chọn chỉ số",
        error_messages={"required": "Cần chọn chỉ số.", "invalid_choice": "Không có chỉ số này."},
    )
    year = forms.IntegerField(
        label="Năm",
        min_value=2000,
        max_value=2100,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), _YEAR),
    )
    agency = _AgencyField(
        label="Cơ quan được khảo sát",
        queryset=Agency.objects.none(),
        required=False,
        empty_label="Toàn tỉnh",
        error_messages={"invalid_choice": "Không có cơ quan này."},
    )
    code = forms.CharField(
        label="Mã khảo sát",
        max_length=40,
        help_text="Ngắn, không đổi qua các lần nhập, ví dụ SIPAS-2021.",
        error_messages={"required": "Cần ghi mã khảo sát.", "max_length": "Mã khảo sát dài nhất 40 ký tự."},
    )
    title = forms.CharField(
        label="Tên cuộc khảo sát",
        max_length=300,
        error_messages={"required": "Cần ghi tên cuộc khảo sát.", "max_length": "Tên dài nhất 300 ký tự."},
    )
    source = forms.CharField(
        label="Nguồn",
        max_length=400,
        help_text="Văn bản hoặc đơn vị khảo sát.",
        error_messages={"required": "Cần ghi nguồn.", "max_length": "Nguồn dài nhất 400 ký tự."},
    )
    collected_from = VietnameseDateField(label="Thu phiếu từ", required=False)
    collected_to = VietnameseDateField(label="Thu phiếu đến", required=False)
    sent_sheets = _count("Số phiếu phát ra")
    valid_sheets = _count("Số phiếu hợp lệ", "Với phiếu gốc (mỗi người một dòng) có thể để trống: hệ thống tự đếm.")
    smallest_sample = _count("Số phiếu hợp lệ tối thiểu", "Dưới số này kết quả ghi “chưa đủ mẫu” và không chấm điểm.")
    file = forms.FileField(
        label="Tệp số liệu",
        allow_empty_file=True,
        max_length=255,
        help_text="XLSX hoặc CSV theo mẫu.",
        error_messages={"required": "Cần chọn tệp số liệu.", "max_length": "Tên tệp dài quá 255 ký tự."},
    )
    reason = forms.CharField(
        label="Lý do nhập lại",
        required=False,
        max_length=500,
        help_text="Chỉ khi sửa khảo sát đã nhập.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, agencies: "QuerySet[Agency]", **kwargs: Any) -> None:
        """Offer the agencies of the province."""
        super().__init__(*args, **kwargs)
        index, agency = self.fields["index"], self.fields["agency"]
        assert isinstance(index, forms.ModelChoiceField) and isinstance(agency, forms.ModelChoiceField)
        index.queryset = Index.objects.order_by("order", "code")
        agency.queryset = agencies

    def about(self) -> About:
        """Return the particulars, as the verb takes them."""
        said = self.cleaned_data
        return About(**{name: said[name] for name in About.__dataclass_fields__})


class SurveyFilterForm(forms.Form):
    """The filter of the list."""

    index = forms.ModelChoiceField(
        label="Chỉ số", queryset=Index.objects.none(), to_field_name="code", required=False, empty_label="Tất cả"
    )
    year = forms.IntegerField(label="Năm", required=False, min_value=2000, max_value=2100)
    everything = forms.BooleanField(label="Cả những lần nhập đã được thay", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer every index."""
        super().__init__(*args, **kwargs)
        index = self.fields["index"]
        assert isinstance(index, forms.ModelChoiceField)
        index.queryset = Index.objects.order_by("order", "code")

"""How an agency approves."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from agencies.forms import VietnameseDateField
from plans.forms.fields import ByPk


class RuleForm(forms.Form):
    """From when the head approves, and by which document."""

    document = forms.CharField(
        label="Văn bản quy định",
        max_length=200,
        error_messages={"required": "Cần ghi văn bản quy định (số, ký hiệu, ngày)."},
    )
    valid_from = VietnameseDateField(label="Áp dụng từ ngày", missing="Cần ghi ngày bắt đầu áp dụng.")


class ReleaseForm(forms.Form):
    """Until when the head approves."""

    last_day = VietnameseDateField(label="Áp dụng đến hết ngày", missing="Cần ghi ngày cuối cùng áp dụng.")


class _PersonField(ByPk):
    def label_from_instance(self, obj: Any) -> str:
        """Name and title."""
        return f"{obj.full_name}, {obj.title}" if obj.title else str(obj.full_name)


class DelegateForm(forms.Form):
    """Who approves in the head's place, and when."""

    person = _PersonField("Người được ủy quyền", "Chọn người")
    document = forms.CharField(
        label="Văn bản ủy quyền",
        max_length=200,
        error_messages={"required": "Cần ghi văn bản ủy quyền (số, ký hiệu, ngày)."},
    )
    valid_from = VietnameseDateField(label="Từ ngày", missing="Cần ghi ngày bắt đầu.")
    valid_to = VietnameseDateField(label="Đến hết ngày", missing="Cần ghi ngày kết thúc.")

    def __init__(self, *args: Any, people: "QuerySet[Any]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        field.queryset = people  # type: ignore[attr-defined]
        field.required = True
        field.error_messages["required"] = "Cần chọn người được ủy quyền."

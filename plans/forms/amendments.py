"""The heading of an amendment, and the steps on its lines."""

from typing import Any

from django import forms

from agencies.actions.documents import Upload
from agencies.forms import VietnameseDateField
from plans.forms.fields import demanded, document_file, uploaded
from plans.models import Amendment


class AmendmentForm(forms.Form):
    """What stands above the lines of an amendment."""

    number = demanded(
        forms.CharField(label="Số, ký hiệu", required=False, max_length=60, help_text="Ví dụ 200/QĐ-UBND.")
    )
    issued_on = demanded(VietnameseDateField(label="Ngày ban hành", required=False))
    issuer = demanded(forms.CharField(label="Cơ quan ban hành", required=False, max_length=200))
    title = forms.CharField(label="Trích yếu", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    effective_on = demanded(
        VietnameseDateField(
            label="Hiệu lực từ",
            required=False,
            help_text="Nội dung mới được tính từ ngày này; có thể là ngày đã qua hoặc sắp tới.",
        )
    )
    file = document_file()
    revision = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)

    @classmethod
    def initial_of(cls, amendment: Amendment) -> dict[str, Any]:
        """Return what the form starts with."""
        names = ("number", "issued_on", "issuer", "title", "effective_on", "revision")
        return {name: getattr(amendment, name) for name in names}

    def heading(self) -> dict[str, Any]:
        """Return what was typed, as the verbs take it."""
        return {name: self.cleaned_data[name] for name in ("number", "issued_on", "issuer", "title", "effective_on")}

    def upload(self) -> Upload | None:
        """Return the file with the marks of the decision."""
        return uploaded(
            self.cleaned_data.get("file"),
            number=self.cleaned_data["number"],
            issued_on=self.cleaned_data["issued_on"],
            issuer=self.cleaned_data["issuer"],
            excerpt=self.cleaned_data["title"],
        )


class RevisionForm(forms.Form):
    """A step on something people edit together, with a reason where one is given."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    reason = forms.CharField(label="Lý do", required=False, max_length=500)


class DropForm(forms.Form):
    """Why a task or target is dropped."""

    reason = demanded(
        forms.CharField(
            label="Lý do hoặc căn cứ bãi bỏ",
            required=False,
            max_length=500,
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text="Ghi như văn bản nêu. Nội dung, lịch sử và báo cáo của phần bị bãi bỏ được giữ nguyên.",
        )
    )
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class TakeOffForm(forms.Form):
    """Which line is taken off a draft."""

    kind = forms.ChoiceField(choices=[("task", ""), ("target", "")])
    line = forms.IntegerField(min_value=1)
    revision = forms.IntegerField(min_value=0)

"""Forms of frameworks: the filter, a file to take, the next version, and inputs to try a rule with."""

from decimal import Decimal
from typing import Any

from django import forms

from agencies.errors import PortalError
from agencies.forms import options
from agencies.text import parse_decimal
from indicators import terms
from indicators.scoring import Field, InputRefused, Rule

_YES_NO = (("", "Chưa kê khai"), ("yes", "Có"), ("no", "Không"))
_ANY = ("", "Tất cả")
LONGEST_DRAFT = 2_000_000


def say(form: forms.BaseForm, error: PortalError) -> None:
    """Put a refusal onto the fields it names; what names no field of the form stands above it."""
    for name, message in (error.fields or {"": error.message}).items():
        form.add_error(name if name in form.fields else None, message)


class FrameworkFilterForm(forms.Form):
    """The filter of the list of frameworks."""

    index = forms.ChoiceField(label="Chỉ số", required=False)
    level = forms.ChoiceField(label="Đối tượng chấm", required=False, choices=[_ANY, *options(terms.Level.choices)])

    def __init__(self, *args: Any, indices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["index"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [_ANY, *indices]


class FileForm(forms.Form):
    """A file to look at before it is taken."""

    file = forms.FileField(
        label="Tệp bộ tiêu chí",
        allow_empty_file=True,
        max_length=255,
        help_text="Tệp mẫu đã điền, hoặc tệp JSON xuất từ cổng.",
        error_messages={
            "required": "Hãy chọn tệp bộ tiêu chí.",
            "invalid": "Hãy chọn tệp bộ tiêu chí.",
            "max_length": "Tên tệp dài quá 255 ký tự. Hãy đặt tên ngắn hơn rồi chọn lại.",
        },
    )


class DraftForm(forms.Form):
    """A framework that was looked at, to be taken as it was shown."""

    draft = forms.CharField(widget=forms.HiddenInput, max_length=LONGEST_DRAFT, strip=False)


class CopyForm(forms.Form):
    """The next version of a framework."""

    version = forms.CharField(
        label="Phiên bản",
        max_length=100,
        help_text="Ví dụ 2026 theo Quyết định 12/QĐ-BNV.",
        error_messages={"required": "Cần ghi phiên bản.", "max_length": "Phiên bản dài quá 100 ký tự."},
    )
    year_from = forms.IntegerField(
        label="Từ năm",
        min_value=2000,
        max_value=2100,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), "Cần một năm từ 2000 đến 2100, ví dụ 2026."
        ),
    )
    code = forms.CharField(
        label="Mã",
        max_length=60,
        required=False,
        help_text="Chữ thường không dấu, số và gạch nối. Để trống thì lấy mã cũ kèm năm.",
        error_messages={"max_length": "Mã dài quá 60 ký tự."},
    )


class ConfirmForm(forms.Form):
    """The proposed crosswalk, as it was read."""

    proposal = forms.CharField(widget=forms.HiddenInput, max_length=64)


class TryForm(forms.Form):
    """Inputs of one rule. A blank one is not declared: that is not 0."""

    def __init__(self, *args: Any, rule: Rule, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asks = {one.name: one for one in rule.fields}
        for one in rule.fields:
            self.fields[one.name] = self._field(one)

    def _field(self, one: Field) -> forms.Field:
        if one.kind == "boolean":
            return forms.ChoiceField(label=one.label, required=False, choices=_YES_NO)
        if one.kind == "choice":
            choices = [("", "Chưa chọn"), *((option, option) for option in one.options)]
            return forms.ChoiceField(label=one.label, required=False, choices=choices)
        unit = " (%)" if one.kind == "percent" else ""
        return forms.CharField(
            label=f"{one.label}{unit}",
            required=False,
            max_length=30,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        )

    def clean(self) -> dict[str, Any]:
        """Read the numbers."""
        said = super().clean() or {}
        for name, one in self.asks.items():
            value = said.get(name)
            if one.kind == "boolean":
                said[name] = {"yes": True, "no": False}.get(value or "")
            elif one.kind != "choice":
                said[name] = self._number(name, value)
        return said

    def _number(self, name: str, value: str | None) -> Decimal | None:
        if not value:
            return None
        try:
            return parse_decimal(value)
        except ValueError:
            self.add_error(name, "Không phải là số. Hãy ghi số với dấu phẩy thập phân, ví dụ 12,5.")
            return None

    def declared(self) -> dict[str, Any]:
        """Return what was declared."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}

    def refuse(self, error: InputRefused) -> None:
        """Put what does not fit onto its fields."""
        for fault in error.faults:
            self.add_error(fault.name if fault.name in self.fields else None, fault.message)

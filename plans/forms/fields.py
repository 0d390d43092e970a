"""Fields that the forms of several subjects share, and how a refusal is put onto them."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import DecimalValidator

from agencies.actions.documents import Upload
from agencies.forms import options
from agencies.forms import say as say
from agencies.models import Agency
from agencies.text import format_decimal, parse_decimal
from plans.models import Plan, Section

F = TypeVar("F", bound=forms.Field)
_ANY = ("", "Tất cả")


class VietnameseDecimalField(forms.Field):
    """A number as typed in Vietnam: ``12,5``, ``1.234,5``; a decimal point is accepted. Blank is None, not 0."""

    widget = forms.TextInput

    def __init__(self, *, max_digits: int, decimal_places: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.places = decimal_places
        self.whole = max_digits - decimal_places
        self.limits = DecimalValidator(max_digits, decimal_places)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Ask phones for the number keyboard."""
        return {"inputmode": "decimal", "autocomplete": "off"}

    def prepare_value(self, value: Any) -> Any:
        """Show a stored number in the Vietnamese way, what was typed as it was typed."""
        return format_decimal(value) if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Decimal | None:
        """Read the number."""
        if value is None or isinstance(value, Decimal) or not str(value).strip():
            return value if isinstance(value, Decimal) else None
        typed = str(value).strip()
        try:
            number = parse_decimal(typed)
        except ValueError as error:
            raise ValidationError(
                f"“{typed[:40]}” ở ô {self.label} không phải là số. Hãy ghi số với dấu phẩy thập phân, ví dụ 12,5 "
                "hoặc 1.234,5.",
                code="invalid",
            ) from error
        try:
            self.limits(number)
        except ValidationError as error:
            raise ValidationError(
                f"Số ở ô {self.label} quá dài: tối đa {self.whole} chữ số trước và {self.places} chữ số sau dấu phẩy, "
                "ví dụ 12,5.",
                code="too_long",
            ) from error
        return number


def long_text(label: str, rows: int, help_text: str = "") -> forms.CharField:
    """Return a field for a text of a report, at most 20,000 characters."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=20_000,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"max_length": f"Ô {label} dài quá 20.000 ký tự. Hãy tóm tắt và đính kèm tài liệu chi tiết."},
    )


def why(label: str, help_text: str = "", *, required: bool = True, rows: int = 4) -> forms.CharField:
    """Return a field for the reason of a decision, at most 5,000 characters."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=5000,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": f"Cần ghi {label.lower()}."},
    )


def document_number_field(label: str = "Số, ký hiệu văn bản", *, required: bool = False) -> forms.CharField:
    """Return a field for the number of a document."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=100,
        error_messages={"required": f"Cần ghi {label.lower()}."},
    )


def demanded(field: F) -> F:
    """Mark a field as required on the screen and leave it to the verb, which says at once all that is missing or wrong.

    ``required=True`` is for what the form itself cannot do without; then the verb is not asked.
    """
    field.widget.attrs["required"] = True
    return field


def year_field(label: str, *, required: bool = True) -> forms.IntegerField:
    """Return a field for a year from 2000 to 2100."""
    wrong = f"Ô {label} cần một năm từ 2000 đến 2100, ví dụ 2021."
    return forms.IntegerField(
        label=label,
        required=required,
        min_value=2000,
        max_value=2100,
        error_messages={
            "required": f"Cần ghi {label.lower()}.",
            **dict.fromkeys(("invalid", "min_value", "max_value"), wrong),
        },
    )


def uploaded(chosen: UploadedFile | None, **marks: Any) -> Upload | None:
    """Return a chosen file with the marks of its document, as the verbs take it."""
    if not chosen:
        return None
    return Upload(name=chosen.name or "", size=chosen.size or 0, content=chosen, **marks)


def document_file(label: str = "Tệp văn bản") -> forms.FileField:
    """Return a field for the file of one document."""
    return forms.FileField(
        label=label,
        required=False,
        allow_empty_file=True,
        max_length=255,
        error_messages={"max_length": "Tên tệp dài quá 255 ký tự. Hãy đặt tên ngắn hơn rồi chọn lại."},
    )


class ByPk(forms.ModelChoiceField):
    """One row of those a view offers; which ones are set on the form."""

    def __init__(self, label: str, empty: str, **kwargs: Any) -> None:
        super().__init__(
            queryset=Plan.objects.none(),
            label=label,
            required=False,
            empty_label=empty,
            error_messages={"invalid_choice": f"{label}: không có lựa chọn này."},
            **kwargs,
        )


class PlanField(ByPk):
    """A plan by its name."""

    def label_from_instance(self, obj: Plan) -> str:
        """Number and years."""
        return f"{obj} ({obj.years})"


class AgencyField(ByPk):
    """An agency by its short name."""

    def label_from_instance(self, obj: Agency) -> str:
        """The short name."""
        return obj.label


class SectionField(ByPk):
    """A section of a plan."""

    def label_from_instance(self, obj: Section) -> str:
        """Code and title."""
        return f"{obj.code}. {obj.title}"


def choices_or_all(choices: dict[str, str] | Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the choices of a filter, the first of which filters nothing."""
    return [_ANY, *options(choices.items() if isinstance(choices, dict) else choices)]


class OneFile(forms.Form):
    """A form with one file that may, or must, come with it."""

    document = document_file()

    def upload(self, **marks: Any) -> Upload | None:
        """Return the file."""
        return uploaded(self.cleaned_data.get("document"), **marks)

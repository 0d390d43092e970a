"""Fields that the forms of several subjects of plans share (those of every storey: ``agencies.forms``)."""

from collections.abc import Iterable
from typing import Any

from django import forms

from agencies.actions.documents import Upload
from agencies.forms import (
    VietnameseDecimalField,
    demanded,
    document_file,
    options,
    say,
    uploaded,
    why,
    year_field,
)
from agencies.models import Agency
from plans.models import Plan, Section

__all__ = ["VietnameseDecimalField", "demanded", "document_file", "say", "uploaded", "why", "year_field"]
_ANY = ("", "Tất cả")


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


def document_number_field(label: str = "Số, ký hiệu văn bản", *, required: bool = False) -> forms.CharField:
    """Return a field for the number of a document."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=100,
        error_messages={"required": f"Cần ghi {label.lower()}."},
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

"""What a person assumes: a name, a year to compare with, and an interval for each component they speak of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import QuerySet

from agencies.forms import VietnameseDateField
from indicators.models import ScoreSheet
from plans.forms.fields import VietnameseDecimalField
from plans.forms.steps import StepForm
from reports.actions.scenarios import Assumed
from reports.facts.sheet_scores import label_of
from reports.facts.whatif import WhatIfRow

_NAME = {"required": "Cần ghi tên kịch bản.", "max_length": "Tên kịch bản dài nhất 200 ký tự."}


class _SheetField(forms.ModelChoiceField):
    """A score sheet by what people call it."""

    def label_from_instance(self, obj: ScoreSheet) -> str:
        """Index, year and unit."""
        return label_of(obj)


class NewScenarioForm(forms.Form):
    """A scenario to begin."""

    sheet = _SheetField(
        label="Phiếu chấm",
        queryset=ScoreSheet.objects.none(),
        empty_label="Chọn phiếu chấm",
        error_messages={"required": "Cần chọn phiếu chấm.", "invalid_choice": "Không có phiếu chấm này."},
    )
    name = forms.CharField(
        label="Tên kịch bản", max_length=200, help_text="Ví dụ: Năm việc xong trước 15/12.", error_messages=_NAME
    )

    def __init__(self, *args: Any, sheets: "QuerySet[ScoreSheet]", **kwargs: Any) -> None:
        """Offer the sheets for which the person may write scenarios."""
        super().__init__(*args, **kwargs)
        sheet = self.fields["sheet"]
        assert isinstance(sheet, forms.ModelChoiceField)
        sheet.queryset = sheets


@dataclass(frozen=True)
class LineFields:
    """The fields of one component."""

    row: WhatIfRow
    low: forms.BoundField
    high: forms.BoundField
    task: forms.BoundField | None
    closes: forms.BoundField | None


class ScenarioForm(StepForm):
    """A scenario with a line for each component of its sheet; a line left empty assumes nothing."""

    name = forms.CharField(label="Tên kịch bản", max_length=200, error_messages=_NAME)
    field_year = forms.TypedChoiceField(
        label="So với bảng xếp hạng năm",
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": "Năm này chưa có bảng xếp hạng."},
    )

    def __init__(self, *args: Any, rows: Sequence[WhatIfRow], years: Sequence[int], **kwargs: Any) -> None:
        """Make the fields of the components."""
        super().__init__(*args, **kwargs)
        self.rows = rows
        year = self.fields["field_year"]
        assert isinstance(year, forms.TypedChoiceField)
        year.choices = [("", "Không so"), *((str(one), str(one)) for one in years)]
        for row in rows:
            key = row.component_id
            line = row.line
            for name, label, value in (
                ("low", "từ", line.low if line else None),
                ("high", "đến", line.high if line else None),
            ):
                self.fields[f"{name}_{key}"] = VietnameseDecimalField(
                    label=f"{row.code} {label}", required=False, max_digits=8, decimal_places=4, initial=value
                )
            if row.tasks:
                self.fields[f"task_{key}"] = forms.TypedChoiceField(
                    label=f"{row.code}, nhiệm vụ",
                    required=False,
                    coerce=int,
                    empty_value=None,
                    choices=[("", "–"), *((str(task.id), f"{task.plan_label}: {task.code}") for task in row.tasks)],
                    initial=line.task_id if line else None,
                    error_messages={"invalid_choice": f"{row.code}: không có nhiệm vụ này."},
                )
                self.fields[f"closes_{key}"] = VietnameseDateField(
                    label=f"{row.code}, xong trước", required=False, initial=line.closes_on if line else None
                )

    def lines(self) -> Iterator[LineFields]:
        """Yield the fields of each component."""
        for row in self.rows:
            key = row.component_id
            yield LineFields(
                row,
                self[f"low_{key}"],
                self[f"high_{key}"],
                self[f"task_{key}"] if row.tasks else None,
                self[f"closes_{key}"] if row.tasks else None,
            )

    def assumed(self) -> list[Assumed]:
        """Return the assumptions, as the verb takes them."""
        said, found = self.cleaned_data, []
        for row in self.rows:
            key = row.component_id
            low, high = said.get(f"low_{key}"), said.get(f"high_{key}")
            task, closes = said.get(f"task_{key}"), said.get(f"closes_{key}")
            if (low, high, task, closes) != (None, None, None, None):
                found.append(Assumed(key, low, high, task, closes))
        return found

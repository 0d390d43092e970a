"""Which tasks of a plan, and which day's figures."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from agencies.forms import VietnameseDateField
from agencies.text import format_day
from plans.facts.assignment_list import BUCKET_CHOICES
from plans.facts.plan_page import TasksWanted
from plans.forms.fields import _ANY, choices_or_all
from plans.models import TaskVersion


class PlanTasksForm(forms.Form):
    """Which tasks of a plan to show (numbers of the dashboard lead here)."""

    section = forms.IntegerField(required=False)
    bucket = forms.ChoiceField(required=False, choices=choices_or_all(BUCKET_CHOICES))
    due = forms.ChoiceField(required=False, choices=[_ANY, ("not_updated", "")])
    authority = forms.ChoiceField(required=False, choices=choices_or_all(TaskVersion.Authority.choices))

    def wanted(self) -> TasksWanted:
        """Return what is asked; what cannot be read asks nothing."""
        self.is_valid()
        cleaned = self.cleaned_data
        return TasksWanted(
            section=cleaned.get("section"),
            bucket=cleaned.get("bucket", ""),
            due=cleaned.get("due", ""),
            authority=cleaned.get("authority", ""),
        )


class AsOfForm(forms.Form):
    """The day whose figures are shown; none, or today, shows today's."""

    ngay = VietnameseDateField(label="Số liệu tại ngày", required=False)

    def __init__(self, data: Any, *, today: date) -> None:
        super().__init__(data)
        self.today = today

    def clean_ngay(self) -> date | None:
        """A day that has not come has no figures."""
        day: date | None = self.cleaned_data["ngay"]
        if day is not None and day > self.today:
            raise ValidationError(
                f"Ngày {format_day(day)} chưa đến nên chưa có số liệu. Hãy chọn một ngày không sau "
                f"{format_day(self.today)}.",
                code="future",
            )
        return day if day != self.today else None

    def day(self) -> date | None:
        """Return a past day, or None for today (and for what cannot be read)."""
        return self.cleaned_data.get("ngay") if self.is_valid() else None

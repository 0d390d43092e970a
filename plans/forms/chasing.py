"""Which duties are chased, and what is said."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from agencies.models import Agency
from plans.facts.assignment_list import Wanted
from plans.facts.chasing import KINDS, MOST_AT_ONCE
from plans.forms.fields import AgencyField, PlanField
from plans.models import Plan


class ChaseFilterForm(forms.Form):
    """Which duties to offer for chasing; it lives in the address. Without a kind: the overdue ones."""

    due = forms.ChoiceField(label="Nhiệm vụ", required=False, choices=list(KINDS.items()), initial="overdue")
    agency = AgencyField("Cơ quan", "Tất cả cơ quan")
    plan = PlanField("Kế hoạch", "Tất cả kế hoạch", to_field_name="code")

    def __init__(self, data: Any, *, plans: "QuerySet[Plan]", agencies: "QuerySet[Agency]") -> None:
        super().__init__(data)
        self.fields["plan"].queryset = plans  # type: ignore[attr-defined]
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]

    def wanted(self) -> Wanted | None:
        """Return what is asked, or None when it cannot be read."""
        if not self.is_valid():
            return None
        cleaned = self.cleaned_data
        return Wanted(plan=cleaned["plan"], agency=cleaned["agency"], due=cleaned["due"] or "overdue")


class ChosenField(forms.Field):
    """The ids of ticked rows; one tick may stand for several (``12,15,18``)."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[int]:
        """Read whole numbers; each once."""
        given = [part for one in value or () for part in str(one).split(",")]
        if any(not (one.isascii() and one.isdecimal() and len(one) <= 18) for one in given):
            raise ValidationError("Không đọc được lựa chọn. Hãy tải lại trang rồi chọn lại.", code="invalid")
        chosen = list(dict.fromkeys(int(one) for one in given))
        if len(chosen) > MOST_AT_ONCE:
            raise ValidationError(
                f"Mỗi lần đôn đốc nhiều nhất {MOST_AT_ONCE} nhiệm vụ. Hãy chia thành nhiều lần.", code="too_many"
            )
        return chosen


class ChaseForm(forms.Form):
    """The duties to chase, and what is said with them."""

    assignments = ChosenField(
        label="Nhiệm vụ", error_messages={"required": "Hãy chọn ít nhất một nhiệm vụ để đôn đốc."}
    )
    text = forms.CharField(
        label="Nội dung đôn đốc",
        required=False,
        max_length=1000,
        help_text="Kèm theo danh sách nhiệm vụ. Để trống thì dùng câu đề nghị chung.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

"""The filters of the list of assignments."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from agencies.models import Agency
from plans.facts.assignment_list import BUCKET_CHOICES, DUE_CHOICES, NOW, Wanted
from plans.forms.fields import AgencyField, PlanField, SectionField, choices_or_all
from plans.models import Plan, Section
from plans.standing import State


class AssignmentFilterForm(forms.Form):
    """The filters of the list of assignments; they live in the address."""

    q = forms.CharField(
        label="Tìm trong nội dung", required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    plan = PlanField("Kế hoạch", "Tất cả kế hoạch", to_field_name="code")
    section = SectionField("Mục", "Tất cả các mục")
    agency = AgencyField("Cơ quan", "Tất cả cơ quan")
    state = forms.ChoiceField(label="Trạng thái", required=False, choices=choices_or_all(State.choices))
    due = forms.ChoiceField(label="Thời hạn, cập nhật", required=False, choices=choices_or_all(DUE_CHOICES))
    bucket = forms.ChoiceField(label="Nhóm thống kê", required=False, choices=choices_or_all(BUCKET_CHOICES))
    authority = forms.ChoiceField(
        label="Hình thức",
        required=False,
        choices=choices_or_all([("assign", "Giao nhiệm vụ"), ("propose", "Đề nghị phối hợp")]),
    )
    don_vi = forms.ChoiceField(required=False, choices=[("", ""), (NOW, "cơ quan hiện nay")], widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any,
        *,
        plans: "QuerySet[Plan]",
        agencies: "QuerySet[Agency]",
        sections: "QuerySet[Section]",
    ) -> None:
        super().__init__(data)
        for name, rows in (("plan", plans), ("agency", agencies), ("section", sections)):
            self.fields[name].queryset = rows  # type: ignore[attr-defined]

    def wanted(self) -> Wanted | None:
        """Return what is asked, or None when it cannot be read."""
        if not self.is_valid():
            return None
        cleaned = dict(self.cleaned_data)
        return Wanted(text=cleaned.pop("q"), by_now=bool(cleaned.pop("don_vi")), **cleaned)

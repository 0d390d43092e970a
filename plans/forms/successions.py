"""The end of a plan, what takes its place, and what is carried over."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from agencies.forms import VietnameseDateField
from plans.facts.carry_over import Offered
from plans.forms.bodies import Bodies
from plans.forms.fields import PlanField, demanded
from plans.models import Amendment, PartyRole, Plan, Section


class EndForm(forms.Form):
    """The end of a plan."""

    on = demanded(VietnameseDateField(label="Kết thúc từ ngày", required=False))
    document = demanded(
        forms.CharField(
            label="Văn bản kết thúc", required=False, max_length=200, help_text="Số, ký hiệu, ngày, cơ quan ban hành."
        )
    )


class PlanReplaceForm(forms.Form):
    """Which plan this one takes the place of."""

    old = PlanField("Kế hoạch được thay thế", "Chọn kế hoạch", to_field_name="code")

    def __init__(self, data: Any = None, *, plans: "QuerySet[Plan]") -> None:
        super().__init__(data)
        self.fields["old"].required = True
        self.fields["old"].error_messages["required"] = "Cần chọn kế hoạch được thay thế."
        self.fields["old"].queryset = plans  # type: ignore[attr-defined]


class CarryForm(forms.Form):
    """Which unfinished tasks are carried, each with its new section and code."""

    amendment = forms.ModelChoiceField(
        Amendment.objects.none(),
        label="Văn bản sửa đổi đang soạn",
        empty_label="Chọn văn bản",
        error_messages={"required": "Kế hoạch mới đã ban hành: cần chọn văn bản sửa đổi để bổ sung nhiệm vụ."},
    )

    def __init__(
        self,
        data: Any = None,
        *,
        rows: Sequence[Offered],
        sections: "QuerySet[Section]",
        bodies: Bodies,
        drafts: "QuerySet[Amendment] | None",
    ) -> None:
        super().__init__(data)
        self.rows = [row for row in rows if row.left_behind]
        self.bodies = bodies
        if drafts is None:
            del self.fields["amendment"]
        else:
            self.fields["amendment"].queryset = drafts  # type: ignore[attr-defined]
        places = [("", "Chọn mục"), *((str(one.pk), f"{one.code}. {one.title}") for one in sections)]
        self.sections = {str(one.pk): one for one in sections}
        for row in self.rows:
            pk = row.task_id
            self.fields[f"take_{pk}"] = forms.BooleanField(label=f"Chuyển tiếp nhiệm vụ {row.code}", required=False)
            self.fields[f"section_{pk}"] = forms.ChoiceField(
                label=f"Mục mới của nhiệm vụ {row.code}",
                choices=places,
                error_messages={"invalid_choice": "Mục mới: không có lựa chọn này."},
                required=False,
            )
            self.fields[f"code_{pk}"] = forms.CharField(
                label=f"Mã mới của nhiệm vụ {row.code}", max_length=20, initial=row.code, required=False
            )
            if row.dated:
                self.fields[f"keep_{pk}"] = forms.BooleanField(
                    label=f"Giữ thời hạn cũ ({row.deadline})", required=False
                )
            if row.lead_to_choose:
                self.fields[f"lead_{pk}"] = forms.ChoiceField(
                    label=f"Cơ quan chủ trì mới của nhiệm vụ {row.code}",
                    choices=[("", "Chọn cơ quan"), *bodies.choices()],
                    error_messages={"invalid_choice": "Chủ trì mới: không có lựa chọn này."},
                    required=False,
                )

    def clean(self) -> dict[str, Any]:
        """A ticked task needs its new section."""
        cleaned = super().clean() or {}
        ticked = [row for row in self.rows if cleaned.get(f"take_{row.task_id}")]
        if not ticked:
            raise ValidationError("Chưa chọn nhiệm vụ nào để chuyển tiếp.", code="nothing")
        for row in ticked:
            name = f"section_{row.task_id}"
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, f"Nhiệm vụ {row.code}: cần chọn mục mới.")
        return cleaned

    def fields_of(self) -> list[tuple[Offered, dict[str, forms.BoundField]]]:
        """Return each offered task with its fields."""
        found = []
        for row in self.rows:
            names = ("take", "section", "code", "keep", "lead")
            fields = {name: self[f"{name}_{row.task_id}"] for name in names if f"{name}_{row.task_id}" in self.fields}
            found.append((row, fields))
        return found

    def taken(self) -> list[tuple[Offered, Mapping[str, Any]]]:
        """Return the ticked tasks as the verb takes them."""
        cleaned = self.cleaned_data
        found: list[tuple[Offered, Mapping[str, Any]]] = []
        for row in self.rows:
            pk = row.task_id
            if not cleaned.get(f"take_{pk}"):
                continue
            lead = cleaned.get(f"lead_{pk}", "")
            found.append(
                (
                    row,
                    {
                        "section": self.sections[cleaned[f"section_{pk}"]],
                        "code": cleaned[f"code_{pk}"],
                        "keep_deadline": bool(cleaned.get(f"keep_{pk}")),
                        "leads": [self.bodies.party(PartyRole.LEAD, lead)] if lead else [],
                    },
                )
            )
        return found

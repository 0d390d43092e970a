"""What a target is to say."""

from typing import Any

from django import forms

from agencies.forms import options
from indicators.models import Component, Index
from plans.actions.amendment_lines import TargetText, target_text_of
from plans.forms.fields import VietnameseDecimalField, year_field
from plans.models import Amendment, TargetVersion


class TargetTextForm(forms.Form):
    """What a target is to say."""

    code = forms.CharField(label="Mã mục tiêu", max_length=20, error_messages={"required": "Cần ghi mã mục tiêu."})
    text = forms.CharField(
        label="Nội dung",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Cần ghi nội dung mục tiêu."},
    )
    kind = forms.ChoiceField(label="Cách đánh giá", choices=options(TargetVersion.Kind.choices))
    comparator = forms.ChoiceField(
        label="So sánh",
        choices=[
            (">=", "≥"),
            (">", ">"),
            ("=", "="),
            ("<=", "≤"),
            ("<", "<"),
            ("rank_up", "Tăng bậc"),
            ("increase_ge", "Tăng ≥"),
        ],
    )
    value = VietnameseDecimalField(
        label="Giá trị", required=False, max_digits=12, decimal_places=4, help_text="Cần giá trị, hoặc nhóm cần đạt."
    )
    value_max = VietnameseDecimalField(label="Đến", required=False, max_digits=12, decimal_places=4)
    open_ended = forms.BooleanField(label="trở lên", required=False)
    unit = forms.CharField(label="Đơn vị", required=False, max_length=100)
    group = forms.CharField(label="Nhóm", required=False, max_length=50)
    baseline_year = year_field("Năm gốc", required=False)
    year = year_field("Năm đích")
    index = forms.ModelChoiceField(Index.objects.none(), label="Chỉ số", required=False, empty_label="Không có")
    component = forms.ModelChoiceField(
        Component.objects.none(), label="Thành phần", required=False, empty_label="Không có"
    )
    reason = forms.CharField(label="Lý do hoặc căn cứ của thay đổi", required=False, max_length=500)
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, amendment: Amendment, shown: TargetVersion | None = None, adding: bool = False
    ) -> None:
        start: dict[str, Any] = {"revision": amendment.revision, "year": amendment.plan.year_to}
        if shown is not None:
            start |= vars(target_text_of(shown))
            start["reason"] = shown.amend_reason if shown.amendment_id == amendment.pk else ""
        super().__init__(data, initial=start)
        self.fields["index"].queryset = Index.objects.order_by("code")  # type: ignore[attr-defined]
        self.fields["component"].queryset = (  # type: ignore[attr-defined]
            Component.objects.serving(amendment.province_id)
            .select_related("framework__index")
            .order_by("framework", "order")
        )
        if not adding:
            del self.fields["code"]

    def place(self) -> dict[str, Any]:
        """Return where a new target stands."""
        return {"code": self.cleaned_data["code"]}

    def wanted(self) -> TargetText:
        """Return what was typed."""
        return TargetText(**{name: self.cleaned_data[name] for name in TargetText.__dataclass_fields__})

"""Decisions about a duty or a task."""

from typing import Any

from django import forms

from agencies.forms import VietnameseDateField
from plans.forms.fields import OneFile, VietnameseDecimalField, document_number_field, why
from plans.models import Ruling
from plans.standing import DoneRule


class ConditionForm(OneFile):
    """The document that sets a conditional duty going."""

    document_number = document_number_field("Số, ký hiệu văn bản kích hoạt")
    document_date = VietnameseDateField(label="Ngày văn bản", required=False)
    due_on = VietnameseDateField(
        label="Thời hạn phải xong", required=False, help_text="Từ khi có điều kiện, nhiệm vụ phải có thời hạn."
    )
    reason = why("Ghi chú", required=False)
    field_order = ["document_number", "document_date", "due_on", "document", "reason"]


_RULING_FIELDS = {
    Ruling.Kind.SUSPEND: ("document_number", "document_date", "effective_on", "document", "reason"),
    Ruling.Kind.RESUME: ("effective_on", "document_number", "document_date", "document", "reason"),
    Ruling.Kind.CANCEL: ("document_number", "document_date", "effective_on", "document", "reason"),
    Ruling.Kind.FINISH: ("document_number", "document_date", "effective_on", "document", "reason"),
    Ruling.Kind.INTERNAL_DUE: ("due_on", "reason"),
    Ruling.Kind.DONE_RULE: ("done_rule", "done_share", "reason"),
    Ruling.Kind.TASK_DONE: ("effective_on", "reason", "document_number", "document_date", "document"),
}


class RulingForm(OneFile):
    """A decision about a duty or a task; which fields it has follows from its kind."""

    kind = forms.ChoiceField(choices=[(kind.value, kind.label) for kind in _RULING_FIELDS], widget=forms.HiddenInput)
    done_rule = forms.ChoiceField(
        label="Nhiệm vụ hoàn thành", required=False, choices=[("", "Chọn cách xác định"), *DoneRule.choices]
    )
    done_share = VietnameseDecimalField(
        label="Tỷ lệ cơ quan phải hoàn thành (%)",
        required=False,
        max_digits=5,
        decimal_places=2,
        help_text="Chỉ ghi khi chọn “khi đạt tỷ lệ”. Ví dụ 80.",
    )
    due_on = VietnameseDateField(
        label="Hạn nội bộ", required=False, help_text="Hiện ở mọi nơi kèm chữ “do Sở Nội vụ đặt”."
    )
    document_number = document_number_field()
    document_date = VietnameseDateField(label="Ngày văn bản", required=False)
    effective_on = VietnameseDateField(
        label="Hiệu lực từ ngày",
        error_messages={"required": "Cần ghi ngày.", "invalid": "Ngày không đúng."},
    )
    reason = why("Lý do, căn cứ", required=False)

    def __init__(self, *args: Any, kind: Ruling.Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = ("kind", *_RULING_FIELDS[kind])
        for name in [name for name in self.fields if name not in wanted]:
            del self.fields[name]
        self.order_fields(wanted)
        if kind == Ruling.Kind.TASK_DONE:
            self.fields["effective_on"].label = "Ngày hoàn thành"
        self.initial.setdefault("kind", kind.value)

    def values(self) -> dict[str, Any]:
        """Return what was typed, without the file and the kind."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("kind", "document")}

"""Decisions about a duty or a task."""

from typing import Any

from django import forms

from agencies.forms import VietnameseDateField, options
from plans.forms.fields import OneFile, VietnameseDecimalField, demanded, document_number_field, why
from plans.models import Ruling
from plans.standing import DoneRule


class ConditionForm(OneFile):
    """The document that sets a conditional duty going."""

    document_number = demanded(document_number_field("Số, ký hiệu văn bản kích hoạt"))
    document_date = demanded(VietnameseDateField(label="Ngày văn bản", required=False))
    due_on = demanded(
        VietnameseDateField(
            label="Thời hạn phải xong", required=False, help_text="Từ khi có điều kiện, nhiệm vụ phải có thời hạn."
        )
    )
    reason = why("Ghi chú", required=False)
    field_order = ["document_number", "document_date", "due_on", "document", "reason"]


# The fields of each kind; the verb demands those with a star.
_DECISION = ("document_number*", "document_date*", "effective_on", "document", "reason")
_RULING_FIELDS = {
    Ruling.Kind.SUSPEND: _DECISION,
    Ruling.Kind.RESUME: ("effective_on", "document_number", "document_date", "document", "reason"),
    Ruling.Kind.CANCEL: _DECISION,
    Ruling.Kind.FINISH: _DECISION,
    Ruling.Kind.INTERNAL_DUE: ("due_on*", "reason*"),
    Ruling.Kind.DONE_RULE: ("done_rule*", "done_share", "reason"),
    Ruling.Kind.TASK_DONE: ("effective_on*", "reason*", "document_number", "document_date", "document"),
}


class RulingForm(OneFile):
    """A decision about a duty or a task; which fields it has follows from its kind."""

    kind = forms.ChoiceField(choices=[(kind.value, kind.label) for kind in _RULING_FIELDS], widget=forms.HiddenInput)
    done_rule = forms.ChoiceField(
        label="Nhiệm vụ hoàn thành",
        required=False,
        choices=[("", "Chọn cách xác định"), *options(DoneRule.choices)],
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
    effective_on = VietnameseDateField(label="Hiệu lực từ ngày", missing="Cần ghi ngày có hiệu lực.")
    reason = why("Lý do, căn cứ", required=False)

    def __init__(self, *args: Any, kind: Ruling.Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        starred = {one.rstrip("*"): one.endswith("*") for one in ("kind", *_RULING_FIELDS[kind])}
        for name in [name for name in self.fields if name not in starred]:
            del self.fields[name]
        for name in [name for name, star in starred.items() if star]:
            demanded(self.fields[name])
        self.order_fields([*starred])
        if kind == Ruling.Kind.TASK_DONE:
            self.fields["effective_on"].label = "Ngày hoàn thành"
            self.fields["effective_on"].required = False
        self.initial.setdefault("kind", kind.value)

    def values(self) -> dict[str, Any]:
        """Return what was typed, without the file and the kind."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("kind", "document")}

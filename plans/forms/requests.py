"""What agencies ask of their duties, and the answers."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from agencies.forms import VietnameseDateField
from agencies.models import Agency
from plans.forms.fields import OneFile, choices_or_all, demanded, document_file, document_number_field, why
from plans.forms.steps import StepForm
from plans.models import DutyRequest


class _AskForm(OneFile):
    """What an agency asks, with its document."""

    number = document_number_field()
    issued_on = VietnameseDateField(label="Ngày văn bản", required=False)

    def wanted(self) -> dict[str, Any]:
        """Return what was typed, as the verbs take it."""
        said = dict(self.cleaned_data)
        del said["document"]
        return {"upload": self.upload(number=said.pop("number"), issued_on=said.pop("issued_on")), **said}


class ExtensionForm(_AskForm):
    """More time, asked with a signed document."""

    new_due_on = demanded(VietnameseDateField(label="Thời hạn đề nghị", required=False, help_text="Ví dụ 30/06/2021."))
    reason = demanded(why("Lý do", "Vì sao chưa xong được và cần thêm thời gian để làm gì.", required=False))
    document = demanded(document_file())
    field_order = ["new_due_on", "reason", "document", "number", "issued_on"]


class RefusalForm(_AskForm):
    """The duty is not the agency's own."""

    reason = demanded(why("Lý do", "Vì sao nhiệm vụ không thuộc trách nhiệm của cơ quan.", required=False))
    legal_ground = demanded(
        forms.CharField(
            label="Căn cứ", required=False, max_length=300, help_text="Văn bản, điều khoản quy định trách nhiệm."
        )
    )
    field_order = ["reason", "legal_ground", "document", "number", "issued_on"]


class GrantForm(StepForm):
    """Yes; for a refusal with the agency that takes the duty."""

    to = demanded(
        forms.ModelChoiceField(
            label="Cơ quan nhận nhiệm vụ",
            queryset=Agency.objects.none(),
            required=False,
            empty_label="Chọn cơ quan",
            help_text="Cơ quan hiện tại chủ trì đến hết hôm nay, cơ quan nhận chủ trì từ ngày mai.",
            error_messages={"invalid_choice": "Không có cơ quan này, hoặc cơ quan này đã được giao nhiệm vụ."},
        )
    )
    reason = why("Ý kiến", required=False)

    def __init__(self, *args: Any, agencies: QuerySet[Agency] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if agencies is None:
            del self.fields["to"]
        else:
            field = self.fields["to"]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = agencies


class DeclineForm(StepForm):
    """No, with its reason."""

    reason = why("Lý do không đồng ý", "Cơ quan đọc nguyên văn câu này; lý do được lưu lại mãi.")


class RequestFilterForm(forms.Form):
    """The filter of the list of requests."""

    state = forms.ChoiceField(label="Trạng thái", required=False, choices=choices_or_all(DutyRequest.State.choices))
    mine = forms.BooleanField(label="Chờ tôi quyết định", required=False)

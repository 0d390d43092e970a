"""Periods and their exceptions."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from agencies.actions.documents import Upload
from agencies.forms import VietnameseDateField, options
from agencies.models import Agency
from plans.forms.fields import AgencyField, document_file, document_number_field, uploaded, why, year_field
from plans.models import ReportingPeriod
from plans.presets import Span


class LateForm(forms.Form):
    """Letting one agency report late."""

    agency = AgencyField("Cơ quan", "Chọn cơ quan")
    expires_on = VietnameseDateField(label="Nhận đến hết ngày", missing="Cần ghi ngày cuối cùng nhận báo cáo.")
    reason = why("Lý do", rows=2)

    def __init__(self, *args: Any, agencies: "QuerySet[Agency]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["agency"]
        field.queryset = agencies  # type: ignore[attr-defined]
        field.required = True
        field.error_messages["required"] = "Cần chọn cơ quan."


class OutageForm(forms.Form):
    """Extending a period for everybody."""

    document_number = document_number_field("Số, ký hiệu văn bản gia hạn", required=True)
    expires_on = VietnameseDateField(label="Hạn nộp mới")
    reason = why("Sự cố, lý do", rows=2)
    file = document_file("Văn bản (tệp)")

    def upload(self) -> Upload | None:
        """Return the document's file."""
        return uploaded(self.cleaned_data.get("file"), number=self.cleaned_data["document_number"])


class PeriodForm(forms.Form):
    """A period of the national calendar, or one of the plan's own. Blank days: those of the calendar.

    It closes on its due date unless another day, or no end, is chosen.
    """

    kind = forms.ChoiceField(
        label="Loại kỳ",
        choices=options(ReportingPeriod.Kind.choices),
        error_messages={"required": "Cần chọn loại kỳ."},
    )
    year = year_field("Năm")
    name = forms.CharField(label="Tên kỳ", required=False, max_length=100)
    code = forms.SlugField(label="Mã kỳ", required=False, max_length=20)
    starts_on = VietnameseDateField(label="Số liệu từ ngày", required=False)
    cut_off = VietnameseDateField(label="Ngày chốt số liệu", required=False)
    opens_on = VietnameseDateField(label="Mở nhận báo cáo từ", required=False)
    due_on = VietnameseDateField(label="Hạn nộp", required=False)
    closes_on = VietnameseDateField(
        label="Đóng nhận báo cáo sau ngày", required=False, help_text="Để trống: đóng vào hạn nộp."
    )
    stays_open = forms.BooleanField(
        label="Không đóng, nhận cả báo cáo muộn",
        required=False,
        help_text="Không chọn: báo cáo muộn cần có ngoại lệ cho phép nộp muộn.",
    )

    DAYS = ("starts_on", "cut_off", "opens_on", "due_on", "closes_on")

    def span(self, national: Span | None) -> Span | None:
        """Return the days: as typed, and where blank those of the national calendar; None when they are not whole."""
        days = {name: self.cleaned_data.get(name) for name in self.DAYS}
        if days["closes_on"] and self.cleaned_data["stays_open"]:
            self.add_error("closes_on", "Đã chọn không đóng thì để trống ngày đóng.")
            return None
        if national is not None:
            days |= {name: getattr(national, name) for name in self.DAYS[:-1] if days[name] is None}
        if not self.cleaned_data["stays_open"]:
            days["closes_on"] = days["closes_on"] or days["due_on"]
        missing = [name for name in self.DAYS[:-1] if days[name] is None]
        for name in missing:
            self.add_error(name, "Kỳ riêng của kế hoạch cần ngày này.")
        return None if missing else Span(**days)  # type: ignore[arg-type]

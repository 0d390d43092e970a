"""Forms of a sheet: its list, the year, its dates, who answers, returning and publishing it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet

from agencies.forms import AgenciesField, StepForm, VietnameseDateField, demanded, options, why, year_field
from agencies.models import Agency
from indicators.actions.sheets import DATES, Dates
from indicators.forms.entries import score_field
from indicators.models import Framework, ScoreSheet, SheetEntry

SCORE, OWNER = "score_", "owner_"


class SheetFilterForm(forms.Form):
    """The filter of the list."""

    year = year_field("Năm", required=False)
    state = forms.ChoiceField(
        label="Giai đoạn", required=False, choices=[("", "Tất cả"), *options(ScoreSheet.State.choices)]
    )
    mine = forms.BooleanField(label="Chờ tôi", required=False)


class _DatesForm(forms.Form):
    """The four dates."""

    self_due_on = VietnameseDateField(label="Hạn tự chấm", help_text="Hết ngày này phiếu khóa.")
    appraisal_due_on = VietnameseDateField(label="Hạn thẩm định lần 1")
    explanation_due_on = VietnameseDateField(label="Hạn giải trình", help_text="Hết ngày này phần giải trình khóa.")
    settlement_due_on = VietnameseDateField(label="Hạn thẩm định lần 2")

    def dates(self) -> Dates:
        """Return what was typed."""
        return Dates(**{name: self.cleaned_data[name] for name in DATES})

    def date_fields(self) -> list[forms.BoundField]:
        """Return the four fields."""
        return [self[name] for name in DATES]


class FrameworkField(forms.ModelChoiceField):
    """A framework by its index and version."""

    def label_from_instance(self, obj: Framework) -> str:
        """Index, version, whom it scores, and whether it is a sample."""
        sample = ", mẫu" if obj.is_sample else ""
        return f"{obj.index.short_name}, {obj.version} ({obj.get_level_display()}{sample})"


class OpenYearForm(_DatesForm):
    """A year to open."""

    framework = FrameworkField(
        label="Bộ tiêu chí",
        queryset=Framework.objects.none(),
        empty_label="Chọn bộ tiêu chí",
        error_messages={"required": "Hãy chọn bộ tiêu chí.", "invalid_choice": "Không có bộ tiêu chí này."},
    )
    year = year_field("Năm")
    agencies = AgenciesField(
        label="Cơ quan được chấm",
        queryset=Agency.objects.none(),
        required=False,
        help_text="Mỗi cơ quan một phiếu. Bộ tiêu chí cấp tỉnh thì để trống: phiếu của tỉnh.",
    )
    field_order = ["framework", "year", *DATES, "agencies"]

    def __init__(
        self, *args: Any, frameworks: "QuerySet[Framework]", agencies: "QuerySet[Agency]", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["framework"].queryset = frameworks  # type: ignore[attr-defined]
        self.fields["agencies"].queryset = agencies  # type: ignore[attr-defined]


class DatesForm(StepForm, _DatesForm):
    """Dates to move, with the reason."""

    reason = demanded(why("Lý do", "Ghi vào dấu vết; đơn vị đọc được.", required=False, rows=2))


class ReturnForm(StepForm):
    """Why a sheet goes back, and until when it is worked on."""

    reason = demanded(why("Lý do trả lại", "Đơn vị đọc nguyên văn câu này; lý do được lưu lại mãi.", required=False))
    until = VietnameseDateField(
        label="Hạn làm lại", required=False, help_text="Cần khi hạn tự chấm đã qua; các hạn sau lùi theo."
    )


class PublishForm(StepForm):
    """What was published: the document, the day, and the scores that differ from those settled."""

    document = demanded(
        forms.CharField(label="Văn bản công bố", required=False, max_length=200, help_text="Số, ký hiệu.")
    )
    on = demanded(VietnameseDateField(label="Ngày công bố", required=False))

    def __init__(self, *args: Any, entries: Sequence[tuple[SheetEntry, Decimal | None]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entries = [entry for entry, _ in entries]
        self.settled = dict((entry.pk, score) for entry, score in entries)
        for entry, score in entries:
            field = score_field(entry.component.code, entry.component.max_score)
            field.initial, field.help_text = score, ""
            self.fields[f"{SCORE}{entry.pk}"] = field

    def rows(self) -> list[tuple[SheetEntry, forms.BoundField]]:
        """Return each component with its field."""
        return [(entry, self[f"{SCORE}{entry.pk}"]) for entry in self.entries]

    def scores(self) -> dict[int, Decimal | None]:
        """Return the scores that differ from those settled."""
        given = {entry.pk: self.cleaned_data[f"{SCORE}{entry.pk}"] for entry in self.entries}
        return {pk: score for pk, score in given.items() if score != self.settled[pk]}


class AssignForm(StepForm):
    """Which agency answers for which component."""

    def __init__(
        self, *args: Any, entries: Sequence[SheetEntry], agencies: "QuerySet[Agency]", bearer: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.entries = list(entries)
        names = [("", bearer), *((str(agency.pk), agency.label) for agency in agencies)]
        self.agencies = {agency.pk: agency for agency in agencies}
        for entry in self.entries:
            self.fields[f"{OWNER}{entry.pk}"] = forms.TypedChoiceField(
                label=f"{entry.component.code} {entry.component.name}",
                required=False,
                coerce=int,
                empty_value=None,
                choices=names,
                initial=entry.owner_id,
                error_messages={"invalid_choice": "Cơ quan đã chọn không có trong danh sách. Hãy tải lại trang."},
            )

    def rows(self) -> list[tuple[SheetEntry, forms.BoundField]]:
        """Return each component with its field."""
        return [(entry, self[f"{OWNER}{entry.pk}"]) for entry in self.entries]

    def owners(self) -> dict[int, Agency | None]:
        """Return who was chosen, where it is another than before."""
        chosen = {entry: self.cleaned_data[f"{OWNER}{entry.pk}"] for entry in self.entries}
        return {entry.pk: self.agencies.get(pk) if pk else None for entry, pk in chosen.items() if pk != entry.owner_id}

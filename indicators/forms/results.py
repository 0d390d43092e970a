"""Forms of published results."""

from typing import Any

from django import forms

from indicators.models import Component


class ResultsFileForm(forms.Form):
    """A table of results; ``step`` says whether it is entered or only looked at."""

    LOOK, ENTER = "xem", "nhap"

    file = forms.FileField(
        label="Tệp bảng kết quả",
        allow_empty_file=True,
        max_length=255,
        error_messages={
            "required": "Hãy chọn tệp CSV hoặc XLSX.",
            "max_length": "Tên tệp dài quá 255 ký tự. Hãy đặt tên ngắn hơn rồi chọn lại.",
        },
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
    )
    step = forms.ChoiceField(choices=[(LOOK, ""), (ENTER, "")], widget=forms.HiddenInput, required=False)

    @property
    def enters(self) -> bool:
        """Whether the rows are to be stored."""
        return self.cleaned_data.get("step") == self.ENTER


class YearForm(forms.Form):
    """Which year of an index, and of which province."""

    nam = forms.IntegerField(required=False, min_value=1900, max_value=2200)
    tinh = forms.SlugField(required=False)


class RankingForm(forms.Form):
    """Which ranking."""

    nam = forms.TypedChoiceField(label="Năm", required=False, coerce=int, empty_value=None)
    thanh_phan = forms.ChoiceField(label="Thành phần", required=False)

    def __init__(self, *args: Any, years: list[int], parts: dict[int, list[Component]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        year, component = self.fields["nam"], self.fields["thanh_phan"]
        assert isinstance(year, forms.ChoiceField)
        assert isinstance(component, forms.ChoiceField)
        year.choices = [(one, str(one)) for one in years]
        names: dict[str, str] = {}
        for one in years:
            for part in parts[one]:
                names.setdefault(part.code, f"{part.code}. {part.name}")
        component.choices = [("", "Cả chỉ số"), *names.items()]

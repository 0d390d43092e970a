"""Fields that every storey's forms share, and the forms of the directory: they parse, the actions decide."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import DecimalValidator
from django.db.models import QuerySet
from django.utils.text import capfirst

from agencies.actions.documents import Upload
from agencies.actions.reorganisations import Draft, Successor
from agencies.errors import PortalError
from agencies.models import Agency, Reorganisation
from agencies.text import format_decimal, parse_decimal

F = TypeVar("F", bound=forms.Field)
NEW_ROWS = (1, 2)


class VietnameseDateField(forms.DateField):
    """A day typed as dd/mm/yyyy; ``missing``: what is said when it is required and left empty."""

    def __init__(self, *, missing: str = "", **kwargs: Any) -> None:
        label = kwargs.get("label", "")
        kwargs.setdefault(
            "widget",
            forms.DateInput(attrs={"placeholder": "dd/mm/yyyy", "inputmode": "numeric", "autocomplete": "off"}),
        )
        kwargs.setdefault(
            "error_messages",
            {
                "invalid": f"Ngày ở ô {label} không đúng. Hãy ghi ngày/tháng/năm, ví dụ 05/09/2021.",
                "required": missing or f"Cần ghi {label.lower()}.",
            },
        )
        super().__init__(**kwargs)


def options(choices: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the choices of a list to choose from: each begins with a capital letter."""
    return [(value, capfirst(label)) for value, label in choices]


class VietnameseDecimalField(forms.Field):
    """A number as typed in Vietnam: ``12,5``, ``1.234,5``; a decimal point is accepted. Blank is None, not 0."""

    widget = forms.TextInput

    def __init__(self, *, max_digits: int, decimal_places: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.places = decimal_places
        self.whole = max_digits - decimal_places
        self.limits = DecimalValidator(max_digits, decimal_places)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Ask phones for the number keyboard."""
        return {"inputmode": "decimal", "autocomplete": "off"}

    def prepare_value(self, value: Any) -> Any:
        """Show a stored number in the Vietnamese way, what was typed as it was typed."""
        return format_decimal(value) if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Decimal | None:
        """Read the number."""
        if value is None or isinstance(value, Decimal) or not str(value).strip():
            return value if isinstance(value, Decimal) else None
        typed = str(value).strip()
        try:
            number = parse_decimal(typed)
        except ValueError as error:
            raise ValidationError(
                f"“{typed[:40]}” ở ô {self.label} không phải là số. Hãy ghi số với dấu phẩy thập phân, ví dụ 12,5 "
                "hoặc 1.234,5.",
                code="invalid",
            ) from error
        try:
            self.limits(number)
        except ValidationError as error:
            raise ValidationError(
                f"Số ở ô {self.label} quá dài: tối đa {self.whole} chữ số trước và {self.places} chữ số sau dấu phẩy, "
                "ví dụ 12,5.",
                code="too_long",
            ) from error
        return number


def demanded(field: F) -> F:
    """Mark a field as required on the screen and leave it to the verb, which says at once all that is missing or wrong.

    ``required=True`` is for what the form itself cannot do without; then the verb is not asked.
    """
    field.widget.attrs["required"] = True
    return field


def why(label: str, help_text: str = "", *, required: bool = True, rows: int = 4) -> forms.CharField:
    """Return a field for the reason of a decision, at most 5,000 characters."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=5000,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": f"Cần ghi {label.lower()}."},
    )


def year_field(label: str, *, required: bool = True) -> forms.IntegerField:
    """Return a field for a year from 2000 to 2100."""
    wrong = f"Ô {label} cần một năm từ 2000 đến 2100, ví dụ 2021."
    return forms.IntegerField(
        label=label,
        required=required,
        min_value=2000,
        max_value=2100,
        error_messages={
            "required": f"Cần ghi {label.lower()}.",
            **dict.fromkeys(("invalid", "min_value", "max_value"), wrong),
        },
    )


def uploaded(chosen: UploadedFile | None, **marks: Any) -> Upload | None:
    """Return a chosen file with the marks of its document, as the verbs take it."""
    if not chosen:
        return None
    return Upload(name=chosen.name or "", size=chosen.size or 0, content=chosen, **marks)


def document_file(label: str = "Tệp văn bản") -> forms.FileField:
    """Return a field for the file of one document."""
    return forms.FileField(
        label=label,
        required=False,
        allow_empty_file=True,
        max_length=255,
        error_messages={"max_length": "Tên tệp dài quá 255 ký tự. Hãy đặt tên ngắn hơn rồi chọn lại."},
    )


def say(form: forms.BaseForm, error: PortalError) -> None:
    """Put a refusal onto the fields it names; what names no field of the form stands above it."""
    placed = False
    for name, message in error.fields.items():
        form.add_error(name if name in form.fields else None, message)
        placed = True
    if not placed:
        form.add_error(None, error.message)


class FilesInput(forms.ClearableFileInput):
    """An input for several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; empty ones are left to the action, which says so in a sentence."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """Return the files that came."""
        return [file for file in (data if isinstance(data, list) else [data]) if file is not None]


class LinksField(forms.TypedMultipleChoiceField):
    """Ids of evidence links. Links of other reports, and those gone already, are left alone by the action."""

    default_error_messages = {"invalid_choice": "Tài liệu cần bỏ không đúng. Hãy tải lại trang."}

    def valid_value(self, value: Any) -> bool:
        """Tell whether it is a number."""
        return str(value).isdecimal()


class StepForm(forms.Form):
    """A step that says nothing but which revision it read."""

    revision = forms.IntegerField(
        label="Phiên bản",
        min_value=0,
        widget=forms.HiddenInput,
        error_messages={"required": "Biểu mẫu thiếu số phiên bản. Hãy tải lại trang rồi gửi lại."},
    )


class AgenciesField(forms.ModelMultipleChoiceField):
    """Several agencies, ticked."""

    widget = forms.CheckboxSelectMultiple
    default_error_messages = {
        "invalid_choice": "Cơ quan đã chọn không có trong danh sách. Hãy tải lại trang.",
        "invalid_pk_value": "Cơ quan đã chọn không có trong danh sách. Hãy tải lại trang.",
        "list": "Cơ quan đã chọn không có trong danh sách. Hãy tải lại trang.",
    }

    def label_from_instance(self, obj: Agency) -> str:
        """The full name."""
        return obj.name


class ReorganisationForm(forms.Form):
    """What a reorganisation says. Up to two successors can be entered anew; existing ones are ticked."""

    kind = forms.ChoiceField(
        label="Loại sắp xếp",
        choices=[("", "Chọn loại"), *options(Reorganisation.Kind.choices)],
        error_messages={"required": "Hãy chọn loại sắp xếp."},
    )
    title = forms.CharField(
        label="Nội dung",
        max_length=300,
        error_messages={"required": "Cần ghi nội dung sắp xếp, ví dụ: Sáp nhập Sở A vào Sở B."},
        help_text="Ví dụ: Sáp nhập Sở Thông tin và Truyền thông vào Sở Khoa học và Công nghệ.",
    )
    decision_number = forms.CharField(
        label="Số quyết định", required=False, max_length=100, help_text="Cần có trước khi áp dụng."
    )
    decided_on = VietnameseDateField(label="Ngày quyết định", required=False)
    effective_on = VietnameseDateField(
        label="Ngày có hiệu lực", help_text="Cơ quan cũ hoạt động đến hết ngày hôm trước. Có thể là ngày đã qua."
    )
    predecessors = AgenciesField(
        queryset=Agency.objects.none(),
        label="Cơ quan được sắp xếp",
        error_messages={"required": "Hãy chọn ít nhất một cơ quan được sắp xếp."},
    )
    successors = AgenciesField(
        queryset=Agency.objects.none(),
        required=False,
        label="Cơ quan kế thừa đang có",
        help_text="Cơ quan vừa được sắp xếp vừa kế thừa sẽ tiếp tục hoạt động.",
    )
    main = forms.ChoiceField(
        label="Cơ quan kế thừa chính",
        required=False,
        help_text="Nhận vai trò thường trực, cách viết tắt, và số liệu khi thống kê theo cơ quan hiện nay.",
    )
    source = forms.CharField(label="Nguồn", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    note = forms.CharField(label="Ghi chú", required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))
    revision = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, agencies: "QuerySet[Agency]", reorganisation: Reorganisation | None = None, **kwargs: Any
    ) -> None:
        self.lines = list(reorganisation.heirs.select_related("agency")) if reorganisation else []
        if reorganisation is not None:
            kwargs.setdefault("initial", self._initial(reorganisation))
        super().__init__(*args, **kwargs)
        for name in ("predecessors", "successors"):
            self.fields[name].queryset = agencies  # type: ignore[attr-defined]
        names = [(str(agency.pk), agency.name) for agency in agencies]
        self.fields["main"].choices = [  # type: ignore[attr-defined]
            ("", "Không có (số liệu giữ theo tên cũ)"),
            *((f"new{number}", f"Cơ quan mới {number}") for number in NEW_ROWS),
            *names,
        ]
        for line in self.lines:
            if line.agency is not None:
                self.fields[f"functions_{line.agency.pk}"] = forms.CharField(
                    label=f"Chức năng {line.agency} tiếp nhận", required=False, max_length=300
                )
        for number in NEW_ROWS:
            self._add_row(number)

    def _add_row(self, number: int) -> None:
        fields: dict[str, forms.Field] = {
            "name": forms.CharField(label="Tên", required=False, max_length=200),
            "short_name": forms.CharField(label="Tên ngắn", required=False, max_length=100),
            "code": forms.CharField(label="Mã", required=False, max_length=30),
            "kind": forms.ChoiceField(
                label="Loại", required=False, choices=[("", "Chọn loại"), *options(Agency.Kind.choices)]
            ),
            "symbol": forms.CharField(label="Ký hiệu văn bản", required=False, max_length=30),
            "functions": forms.CharField(label="Chức năng tiếp nhận", required=False, max_length=300),
        }
        for name, field in fields.items():
            self.fields[f"new{number}_{name}"] = field

    def _initial(self, row: Reorganisation) -> dict[str, Any]:
        initial: dict[str, Any] = {
            name: getattr(row, name)
            for name in ("kind", "title", "decision_number", "effective_on", "decided_on", "source", "note", "revision")
        }
        initial["predecessors"] = [line.agency_id for line in row.predecessors.all()]
        initial["successors"] = [line.agency_id for line in self.lines if line.agency_id is not None]
        entered = [line for line in self.lines if line.agency_id is None]
        for line in self.lines:
            if line.agency_id is not None:
                initial[f"functions_{line.agency_id}"] = line.functions
                if line.is_main:
                    initial["main"] = str(line.agency_id)
        for number, line in zip(NEW_ROWS, entered, strict=False):
            for name in ("name", "short_name", "code", "kind", "symbol", "functions"):
                initial[f"new{number}_{name}"] = getattr(line, name)
            if line.is_main:
                initial["main"] = f"new{number}"
        return initial

    def functions(self) -> list[forms.BoundField]:
        """Return the fields for what existing successors take over."""
        return [self[name] for name in self.fields if name.startswith("functions_")]

    def new_rows(self) -> list[tuple[int, list[forms.BoundField]]]:
        """Return the rows for successors entered anew."""
        return [
            (number, [self[name] for name in self.fields if name.startswith(f"new{number}_")]) for number in NEW_ROWS
        ]

    def draft(self) -> Draft:
        """Return what was typed."""
        said = self.cleaned_data
        successors = [
            Successor(
                agency=agency,
                is_main=said["main"] == str(agency.pk),
                functions=said.get(f"functions_{agency.pk}", ""),
            )
            for agency in said["successors"]
        ]
        for number in NEW_ROWS:
            row = {
                name: said[f"new{number}_{name}"]
                for name in ("name", "short_name", "code", "kind", "symbol", "functions")
            }
            if any(row.values()):
                successors.append(Successor(**row, is_main=said["main"] == f"new{number}"))
        return Draft(
            kind=said["kind"],
            title=said["title"],
            effective_on=said["effective_on"],
            predecessors=list(said["predecessors"]),
            successors=successors,
            decision_number=said["decision_number"],
            decided_on=said["decided_on"],
            source=said["source"],
            note=said["note"],
        )


class ApplyForm(forms.Form):
    """Whoever applies a decision says that it was read."""

    read = forms.BooleanField(
        label="Tôi đã xem những gì sẽ thay đổi và đối chiếu với quyết định",
        error_messages={"required": "Hãy xem phần “Sẽ thay đổi” rồi đánh dấu xác nhận."},
    )
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class DiscardForm(forms.Form):
    """Why a proposal is put aside."""

    reason = forms.CharField(
        label="Lý do bỏ",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Cần ghi lý do bỏ phương án."},
    )
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


def row_numbers(values: Sequence[str]) -> list[int]:
    """Return the ids among posted values; what is no id is left out."""
    return [int(value) for value in values if value.isascii() and value.isdecimal() and len(value) <= 18]

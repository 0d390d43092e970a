"""Forms parse what people typed; whether it may be done is decided by the actions."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import DecimalValidator
from django.db.models import QuerySet

from agencies.actions.documents import Upload
from agencies.errors import PortalError
from agencies.forms import VietnameseDateField, row_numbers
from agencies.models import Agency, Verdict
from agencies.text import format_decimal, nfc, parse_decimal
from plans.actions.progress import Content
from plans.facts.lists import BUCKET_CHOICES, DUE_CHOICES, NOW, Wanted
from plans.facts.reminders import KINDS, MOST_AT_ONCE
from plans.facts.targets import Candidate
from plans.facts.task import EvidenceRow, TasksWanted
from plans.models import Decision, DutyRequest, Plan, ProgressVersion, Ruling, Section, TaskVersion
from plans.standing import DoneRule, State

EVIDENCE_ROWS = 3
_ANY = ("", "Tất cả")


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


def _text(label: str, rows: int, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=20_000,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"max_length": f"Ô {label} dài quá 20.000 ký tự. Hãy tóm tắt và đính kèm tài liệu chi tiết."},
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


class ProgressForm(forms.Form):
    """What an officer reports for a period."""

    result = _text("Kết quả thực hiện", 6, "Đã làm được gì trong kỳ, đến ngày chốt số liệu.")
    done_on = VietnameseDateField(
        label="Ngày hoàn thành", required=False, help_text="Chỉ ghi khi nhiệm vụ đã xong hẳn, ví dụ 05/09/2021."
    )
    figure = VietnameseDecimalField(
        label="Số liệu đạt được",
        required=False,
        max_digits=18,
        decimal_places=4,
        help_text="Khi nhiệm vụ có chỉ tiêu bằng số. Ví dụ 12,5.",
    )
    numerator = VietnameseDecimalField(label="Tử số", required=False, max_digits=18, decimal_places=4)
    denominator = VietnameseDecimalField(label="Mẫu số", required=False, max_digits=18, decimal_places=4)
    percent = VietnameseDecimalField(
        label="Ước tiến độ (%)", required=False, max_digits=5, decimal_places=2, help_text="Từ 0 đến 100."
    )
    obstacles = _text("Khó khăn, vướng mắc", 3)
    proposals = _text("Kiến nghị, đề xuất", 3)
    explanation = _text("Giải trình khi chưa có tài liệu", 2, "Cần khi không đính kèm tài liệu nào.")
    # Named as the actions name refused files; Django takes the field off the class, so Form.files stays what it is.
    files = FilesField(  # type: ignore[assignment]
        label="Tệp khác",
        required=False,
        help_text="Ảnh, bảng số liệu … không có số, ký hiệu; chọn được nhiều tệp một lần.",
    )
    drop = LinksField(label="Bỏ khỏi báo cáo", required=False, coerce=int)
    revision = forms.IntegerField(
        label="Phiên bản",
        min_value=0,
        widget=forms.HiddenInput,
        error_messages={"required": "Biểu mẫu thiếu số phiên bản. Hãy tải lại trang rồi gửi lại."},
    )

    def __init__(
        self,
        *args: Any,
        evidence: Sequence[EvidenceRow] = (),
        quantities: Sequence[str] = (),
        finishes: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.evidence = evidence
        if not finishes:
            # Ongoing and recurring duties are not finished by a report, so nobody is asked when they were.
            del self.fields["done_on"]
        if quantities:
            self.fields["figure"].help_text = f"Chỉ tiêu: {'; '.join(quantities)}. Ví dụ 12,5."

    @classmethod
    def initial_of(cls, version: ProgressVersion | None, revision: int) -> dict[str, Any]:
        """Return what the form starts with."""
        if version is None:
            return {"revision": revision}
        return {
            **{name: getattr(version, name) for name in Content.__dataclass_fields__},
            "revision": revision,
        }

    def content(self) -> Content:
        """Return what was typed."""
        said: dict[str, Any] = {name: self.cleaned_data.get(name) for name in Content.__dataclass_fields__}
        return Content(**said)

    def uploads(self) -> list[Upload]:
        """Return the files without marks."""
        return [Upload(name=file.name or "", size=file.size or 0, content=file) for file in self.cleaned_data["files"]]

    def open_more(self) -> bool:
        """Tell whether the rarely used fields hold anything, or a mistake."""
        names = ("numerator", "denominator", "percent", "obstacles", "proposals")
        return any(self[name].value() or self[name].errors for name in names)


class EvidenceForm(forms.Form):
    """One file with the marks of the document it holds."""

    file = forms.FileField(
        label="Tệp",
        required=False,
        allow_empty_file=True,
        error_messages={"max_length": "Tên tệp dài quá 255 ký tự. Hãy đặt tên ngắn hơn rồi chọn lại."},
        max_length=255,
    )
    number = forms.CharField(label="Số, ký hiệu", required=False, max_length=100)
    issued_on = VietnameseDateField(label="Ngày ban hành", required=False)
    issuer = forms.CharField(label="Cơ quan ban hành", required=False, max_length=200)
    excerpt = forms.CharField(label="Trích yếu", required=False, max_length=500)

    def clean(self) -> dict[str, Any]:
        """Marks without a file are a file that was forgotten."""
        cleaned = super().clean() or {}
        marks = [cleaned.get(name) for name in ("number", "issued_on", "issuer", "excerpt")]
        if any(marks) and not cleaned.get("file") and "file" not in self.errors:
            self.add_error("file", "Đã ghi thông tin văn bản nhưng chưa chọn tệp. Hãy chọn tệp, hoặc xóa thông tin.")
        return cleaned

    def upload(self) -> Upload | None:
        """Return the file with its marks."""
        chosen: UploadedFile | None = self.cleaned_data.get("file")
        if not chosen:
            return None
        return Upload(
            name=chosen.name or "",
            size=chosen.size or 0,
            content=chosen,
            **{name: self.cleaned_data[name] for name in ("number", "issued_on", "issuer", "excerpt")},
        )


class EvidenceForms:
    """The rows for documents with their marks, as one."""

    def __init__(self, data: Any = None, files: Any = None) -> None:
        self.rows = [EvidenceForm(data, files, prefix=f"file-{number}") for number in range(EVIDENCE_ROWS)]

    def is_valid(self) -> bool:
        """Read every row, so that every mistake is shown at once."""
        return all([row.is_valid() for row in self.rows])

    def uploads(self) -> list[Upload]:
        """Return the chosen files."""
        return [upload for row in self.rows if (upload := row.upload()) is not None]

    def chosen(self) -> list[UploadedFile]:
        """Return the files that came, whatever their rows say."""
        return [file for row in self.rows if (file := row.files.get(row.add_prefix("file")))]

    def open_more(self) -> bool:
        """Tell whether a row after the first holds anything, or a mistake."""
        return any(row.errors or any(row[name].value() for name in row.fields) for row in self.rows[1:])

    def refuse(self, message: str) -> bool:
        """Put a refused file's sentence onto the row whose file it names; tell whether there was one."""
        for row in self.rows:
            file = row.files.get(row.add_prefix("file"))
            if file and f"“{nfc(file.name or '')}”" in message:
                row.add_error("file", message)
                return True
        return False


class CorrectForm(forms.Form):
    """Why an accepted report is opened again."""

    reason = forms.CharField(
        label="Lý do điều chỉnh",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Cần ghi lý do điều chỉnh."},
    )
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class ReturnForm(forms.Form):
    """Why a report goes back."""

    reason_code = forms.ChoiceField(
        label="Loại lý do",
        choices=[("", "Chọn loại lý do"), *Decision.Reason.choices],
        error_messages={"required": "Cần chọn loại lý do trả lại."},
    )
    reason = forms.CharField(
        label="Cần sửa gì",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Cơ quan báo cáo đọc nguyên văn câu này; lý do được lưu lại mãi.",
        error_messages={"required": "Cần ghi lý do trả lại để cơ quan biết phải sửa gì."},
    )
    revision = forms.IntegerField(label="Phiên bản", min_value=0, widget=forms.HiddenInput)


class AcceptForm(forms.Form):
    """The verdict on each document; acceptance is the default."""

    revision = forms.IntegerField(label="Phiên bản", min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, evidence: Sequence[EvidenceRow] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.evidence = evidence
        choices = [(code, label.capitalize()) for code, label in Verdict.choices if code != Verdict.PENDING]
        for row in evidence:
            self.fields[f"verdict_{row.id}"] = forms.ChoiceField(
                label=f"Đánh giá {row.name}", choices=choices, initial=Verdict.ACCEPTED, required=False
            )

    def documents(self) -> list[tuple[EvidenceRow, forms.BoundField]]:
        """Return each document with its field."""
        return [(row, self[f"verdict_{row.id}"]) for row in self.evidence]

    def verdicts(self) -> dict[int, str]:
        """Return link id → verdict."""
        return {
            row.id: self.cleaned_data[f"verdict_{row.id}"]
            for row in self.evidence
            if self.cleaned_data.get(f"verdict_{row.id}")
        }


class _ByPk(forms.ModelChoiceField):
    def __init__(self, label: str, empty: str, **kwargs: Any) -> None:
        super().__init__(
            queryset=Plan.objects.none(),
            label=label,
            required=False,
            empty_label=empty,
            error_messages={"invalid_choice": f"{label}: không có lựa chọn này."},
            **kwargs,
        )


class _PlanField(_ByPk):
    def label_from_instance(self, obj: Plan) -> str:
        """Number and years."""
        return f"{obj} ({obj.years})"


class _AgencyField(_ByPk):
    def label_from_instance(self, obj: Agency) -> str:
        """The short name."""
        return obj.label


class _SectionField(_ByPk):
    def label_from_instance(self, obj: Section) -> str:
        """Code and title."""
        return f"{obj.code}. {obj.title}"


def _choices(choices: dict[str, str] | Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [_ANY, *(choices.items() if isinstance(choices, dict) else choices)]


class AssignmentFilterForm(forms.Form):
    """The filters of the list of assignments; they live in the address."""

    q = forms.CharField(
        label="Tìm trong nội dung", required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    plan = _PlanField("Kế hoạch", "Tất cả kế hoạch", to_field_name="code")
    section = _SectionField("Mục", "Tất cả các mục")
    agency = _AgencyField("Cơ quan", "Tất cả cơ quan")
    state = forms.ChoiceField(label="Trạng thái", required=False, choices=_choices(State.choices))
    due = forms.ChoiceField(label="Thời hạn, cập nhật", required=False, choices=_choices(DUE_CHOICES))
    bucket = forms.ChoiceField(label="Nhóm thống kê", required=False, choices=_choices(BUCKET_CHOICES))
    authority = forms.ChoiceField(
        label="Hình thức",
        required=False,
        choices=_choices([("assign", "Giao nhiệm vụ"), ("propose", "Đề nghị phối hợp")]),
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


class PlanTasksForm(forms.Form):
    """Which tasks of a plan to show (numbers of the dashboard lead here)."""

    section = forms.IntegerField(required=False)
    bucket = forms.ChoiceField(required=False, choices=_choices(BUCKET_CHOICES))
    due = forms.ChoiceField(required=False, choices=[_ANY, ("not_updated", "")])
    authority = forms.ChoiceField(required=False, choices=_choices(TaskVersion.Authority.choices))

    def wanted(self) -> TasksWanted:
        """Return what is asked; what cannot be read asks nothing."""
        self.is_valid()
        cleaned = self.cleaned_data
        return TasksWanted(
            section=cleaned.get("section"),
            bucket=cleaned.get("bucket", ""),
            due=cleaned.get("due", ""),
            authority=cleaned.get("authority", ""),
        )


class ChaseFilterForm(forms.Form):
    """Which duties to offer for chasing; it lives in the address. Without a kind: the overdue ones."""

    due = forms.ChoiceField(label="Nhiệm vụ", required=False, choices=list(KINDS.items()), initial="overdue")
    agency = _AgencyField("Cơ quan", "Tất cả cơ quan")
    plan = _PlanField("Kế hoạch", "Tất cả kế hoạch", to_field_name="code")

    def __init__(self, data: Any, *, plans: "QuerySet[Plan]", agencies: "QuerySet[Agency]") -> None:
        super().__init__(data)
        self.fields["plan"].queryset = plans  # type: ignore[attr-defined]
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]

    def wanted(self) -> Wanted | None:
        """Return what is asked, or None when it cannot be read."""
        if not self.is_valid():
            return None
        cleaned = self.cleaned_data
        return Wanted(plan=cleaned["plan"], agency=cleaned["agency"], due=cleaned["due"] or "overdue")


class ChosenField(forms.Field):
    """The ids of ticked rows; one tick may stand for several (``12,15,18``)."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[int]:
        """Read whole numbers; each once."""
        given = [part for one in value or () for part in str(one).split(",")]
        if any(not (one.isascii() and one.isdecimal() and len(one) <= 18) for one in given):
            raise ValidationError("Không đọc được lựa chọn. Hãy tải lại trang rồi chọn lại.", code="invalid")
        chosen = list(dict.fromkeys(int(one) for one in given))
        if len(chosen) > MOST_AT_ONCE:
            raise ValidationError(
                f"Mỗi lần đôn đốc nhiều nhất {MOST_AT_ONCE} nhiệm vụ. Hãy chia thành nhiều lần.", code="too_many"
            )
        return chosen


class ChaseForm(forms.Form):
    """The duties to chase, and what is said with them."""

    assignments = ChosenField(
        label="Nhiệm vụ", error_messages={"required": "Hãy chọn ít nhất một nhiệm vụ để đôn đốc."}
    )
    text = forms.CharField(
        label="Nội dung đôn đốc",
        required=False,
        max_length=1000,
        help_text="Kèm theo danh sách nhiệm vụ. Để trống thì dùng câu đề nghị chung.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class CloseForm(forms.Form):
    """Which close of the period the preview showed."""

    number = forms.IntegerField(label="Lần chốt", min_value=1, widget=forms.HiddenInput)


class ReopenForm(forms.Form):
    """Why a closed period is opened again, who approved it, and until when."""

    reason = forms.CharField(
        label="Lý do mở lại",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Cần ghi lý do mở lại."},
    )
    approver = forms.CharField(
        label="Người phê duyệt",
        max_length=200,
        help_text="Họ tên và chức vụ, ví dụ: Trần Huy Tuấn, Chủ tịch UBND tỉnh.",
        error_messages={"required": "Cần ghi họ tên, chức vụ người phê duyệt."},
    )
    document = forms.CharField(
        label="Văn bản phê duyệt",
        max_length=200,
        help_text="Số, ký hiệu và ngày của văn bản.",
        error_messages={"required": "Cần ghi số, ngày văn bản phê duyệt."},
    )
    expires_on = VietnameseDateField(label="Mở lại đến hết ngày", required=True)
    number = forms.IntegerField(label="Lần chốt", min_value=1, widget=forms.HiddenInput)


class DutyForm:
    """What is decided about one open duty of a reorganised agency (its line of the table).

    Field names carry the duty's id: the table is one form, each line is confirmed by itself.
    """

    MOVE, KEEP, END = "move", "keep", "end"
    CHOICES = ((MOVE, "Chuyển"), (KEEP, "Giữ nguyên"), (END, "Kết thúc"))

    def __init__(self, data: Any, assignment_id: int) -> None:
        outcome = data.get(f"outcome_{assignment_id}", self.MOVE)
        self.outcome = outcome if outcome in dict(self.CHOICES) else self.MOVE
        self.receivers = row_numbers([*data.getlist(f"to_{assignment_id}"), data.get(f"other_{assignment_id}", "")])
        self.reason = nfc(data.get(f"reason_{assignment_id}", ""))[:2000]

    @staticmethod
    def chosen(data: Any) -> list[int]:
        """Return the duties to confirm: the one whose button was pressed, else those ticked."""
        one = data.get("one", "")
        return row_numbers([one]) if one else row_numbers(data.getlist("row"))


class BaselineForm(forms.Form):
    """Which published result a target is measured from."""

    result = forms.TypedChoiceField(
        label="Kết quả làm gốc",
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Hãy chọn một kết quả trong danh sách.",
            "invalid_choice": "Hãy chọn một kết quả trong danh sách.",
        },
    )
    reason = forms.CharField(
        label="Lý do chọn",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Ví dụ số, ngày văn bản hướng dẫn; hiện cùng mục tiêu và được lưu lại.",
        error_messages={"required": "Cần ghi lý do chọn."},
    )

    def __init__(self, *args: Any, candidates: Sequence[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["result"].choices = [(str(one.result_id), one.label) for one in candidates]  # type: ignore[attr-defined]


# --- requests of agencies, rulings ---------------------------------------------------------------------------


class _OneFile(forms.Form):
    """A form with one file that may, or must, come with it."""

    document = forms.FileField(
        label="Tệp văn bản",
        required=False,
        allow_empty_file=True,
        max_length=255,
        error_messages={"max_length": "Tên tệp dài quá 255 ký tự. Hãy đặt tên ngắn hơn rồi chọn lại."},
    )

    def upload(self, **marks: Any) -> Upload | None:
        """Return the file."""
        chosen: UploadedFile | None = self.cleaned_data.get("document")
        if not chosen:
            return None
        return Upload(name=chosen.name or "", size=chosen.size or 0, content=chosen, **marks)


def _why(label: str, help_text: str = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=5000,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": f"Cần ghi {label.lower()}."},
    )


def _number(label: str = "Số, ký hiệu văn bản", *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=100,
        error_messages={"required": f"Cần ghi {label.lower()}."},
    )


class ExtensionForm(_OneFile):
    """More time, asked with a signed document."""

    new_due_on = VietnameseDateField(label="Thời hạn đề nghị", required=False, help_text="Ví dụ 30/06/2021.")
    reason = _why("Lý do", "Vì sao chưa xong được và cần thêm thời gian để làm gì.", required=False)
    number = _number()
    issued_on = VietnameseDateField(label="Ngày văn bản", required=False)
    field_order = ["new_due_on", "reason", "document", "number", "issued_on"]


class RefusalForm(_OneFile):
    """The duty is not the agency's own."""

    reason = _why("Lý do", "Vì sao nhiệm vụ không thuộc trách nhiệm của cơ quan.", required=False)
    legal_ground = forms.CharField(
        label="Căn cứ", required=False, max_length=300, help_text="Văn bản, điều khoản quy định trách nhiệm."
    )
    number = _number()
    issued_on = VietnameseDateField(label="Ngày văn bản", required=False)
    field_order = ["reason", "legal_ground", "document", "number", "issued_on"]


class ConditionForm(_OneFile):
    """The document that sets a conditional duty going."""

    document_number = _number("Số, ký hiệu văn bản kích hoạt")
    document_date = VietnameseDateField(label="Ngày văn bản", required=False)
    due_on = VietnameseDateField(
        label="Thời hạn phải xong", required=False, help_text="Từ khi có điều kiện, nhiệm vụ phải có thời hạn."
    )
    reason = _why("Ghi chú", required=False)
    field_order = ["document_number", "document_date", "due_on", "document", "reason"]


class RequestRevisionForm(forms.Form):
    """A step that only needs the revision that was read."""

    revision = forms.IntegerField(label="Phiên bản", min_value=0, widget=forms.HiddenInput)


class GrantForm(RequestRevisionForm):
    """Yes; for a refusal with the agency that takes the duty."""

    to = forms.ModelChoiceField(
        label="Cơ quan nhận nhiệm vụ",
        queryset=Agency.objects.none(),
        required=False,
        empty_label="Chọn cơ quan",
        help_text="Cơ quan hiện tại chủ trì đến hết hôm nay, cơ quan nhận chủ trì từ ngày mai.",
        error_messages={"invalid_choice": "Không có cơ quan này, hoặc cơ quan này đã được giao nhiệm vụ."},
    )
    reason = _why("Ý kiến", required=False)

    def __init__(self, *args: Any, agencies: QuerySet[Agency] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if agencies is None:
            del self.fields["to"]
        else:
            field = self.fields["to"]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = agencies


class DeclineForm(RequestRevisionForm):
    """No, with its reason."""

    reason = _why("Lý do không đồng ý", "Cơ quan đọc nguyên văn câu này; lý do được lưu lại mãi.")


class RequestFilterForm(forms.Form):
    """The filter of the list of requests."""

    state = forms.ChoiceField(label="Trạng thái", required=False, choices=_choices(DutyRequest.State.choices))
    mine = forms.BooleanField(label="Chờ tôi quyết định", required=False)


_RULING_FIELDS = {
    Ruling.Kind.SUSPEND: ("document_number", "document_date", "effective_on", "document", "reason"),
    Ruling.Kind.RESUME: ("effective_on", "document_number", "document_date", "document", "reason"),
    Ruling.Kind.CANCEL: ("document_number", "document_date", "effective_on", "document", "reason"),
    Ruling.Kind.FINISH: ("document_number", "document_date", "effective_on", "document", "reason"),
    Ruling.Kind.INTERNAL_DUE: ("due_on", "reason"),
    Ruling.Kind.DONE_RULE: ("done_rule", "done_share", "reason"),
    Ruling.Kind.TASK_DONE: ("effective_on", "reason", "document_number", "document_date", "document"),
}


class RulingForm(_OneFile):
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
    document_number = _number()
    document_date = VietnameseDateField(label="Ngày văn bản", required=False)
    effective_on = VietnameseDateField(
        label="Hiệu lực từ ngày",
        error_messages={"required": "Cần ghi ngày.", "invalid": "Ngày không đúng."},
    )
    reason = _why("Lý do, căn cứ", required=False)

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

"""Forms parse what people typed; whether it may be done is decided by the actions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
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
from agencies.models import Agency, AgencyGroup, Verdict
from agencies.text import format_day, format_decimal, nfc, parse_decimal
from indicators.models import Component, Index
from plans.actions.amendments import TargetText, target_text_of
from plans.actions.plans import Milestone, Party, Quantity, Serves, TaskText
from plans.actions.progress import Content
from plans.facts.assignment_list import BUCKET_CHOICES, DUE_CHOICES, NOW, Wanted
from plans.facts.carry_over import Offered
from plans.facts.chasing import KINDS, MOST_AT_ONCE
from plans.facts.evidence import EvidenceRow
from plans.facts.plan_page import TasksWanted
from plans.facts.queues import ASKED_CHOICES, LATE_CHOICES, QueueWanted
from plans.facts.targets import Candidate
from plans.models import (
    Amendment,
    Decision,
    DutyRequest,
    PartyRole,
    Plan,
    ProgressVersion,
    ReportingPeriod,
    Ruling,
    Section,
    TargetVersion,
    TaskVersion,
)
from plans.presets import Span
from plans.standing import DeadlineKind, DoneRule, State

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
    attach = forms.TypedMultipleChoiceField(
        label="Tài liệu cơ quan đã có",
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text="Chọn lại tài liệu đã gửi ở báo cáo khác thay vì tải tệp lên lần nữa.",
        error_messages={"invalid_choice": "Tài liệu đã chọn không còn trong danh sách. Hãy tải lại trang."},
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
        held: Sequence[tuple[int, str]] = (),
        finishes: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.evidence = evidence
        self.fields["attach"].choices = list(held)  # type: ignore[attr-defined]
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


class VerdictsForm(forms.Form):
    """The verdict on each document; what was judged before stands until it is changed."""

    # The verdict shown for a document nobody has judged.
    unjudged = ""
    revision = forms.IntegerField(label="Phiên bản", min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, evidence: Sequence[EvidenceRow] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.evidence = evidence
        choices = [(code, label.capitalize()) for code, label in Verdict.choices if code != Verdict.PENDING]
        if not self.unjudged:
            choices = [("", "Chưa đánh giá"), *choices]
        for row in evidence:
            judged = row.verdict_code if row.verdict_code != Verdict.PENDING else self.unjudged
            self.fields[f"verdict_{row.id}"] = forms.ChoiceField(
                label=f"Đánh giá {row.name}", choices=choices, initial=judged, required=False
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


class AcceptForm(VerdictsForm):
    """The verdict on each document; acceptance is the default."""

    unjudged = Verdict.ACCEPTED.value


class ReturnForm(VerdictsForm):
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Both forms of the desk name the same documents: their fields need addresses of their own.
        kwargs.setdefault("auto_id", "return_%s")
        super().__init__(*args, **kwargs)


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


# Amendments, the end of a plan, and what is carried over


class AsOfForm(forms.Form):
    """The day whose figures are shown; none, or today, shows today's."""

    ngay = VietnameseDateField(label="Số liệu tại ngày", required=False)

    def __init__(self, data: Any, *, today: date) -> None:
        super().__init__(data)
        self.today = today

    def clean_ngay(self) -> date | None:
        """A day that has not come has no figures."""
        day: date | None = self.cleaned_data["ngay"]
        if day is not None and day > self.today:
            raise ValidationError(
                f"Ngày {format_day(day)} chưa đến nên chưa có số liệu. Hãy chọn một ngày không sau "
                f"{format_day(self.today)}.",
                code="future",
            )
        return day if day != self.today else None

    def day(self) -> date | None:
        """Return a past day, or None for today (and for what cannot be read)."""
        return self.cleaned_data.get("ngay") if self.is_valid() else None


class AmendmentForm(forms.Form):
    """What stands above the lines of an amendment."""

    number = forms.CharField(label="Số, ký hiệu", required=False, max_length=60, help_text="Ví dụ 200/QĐ-UBND.")
    issued_on = VietnameseDateField(label="Ngày ban hành", required=False)
    issuer = forms.CharField(label="Cơ quan ban hành", required=False, max_length=200)
    title = forms.CharField(label="Trích yếu", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    effective_on = VietnameseDateField(
        label="Hiệu lực từ",
        required=False,
        help_text="Nội dung mới được tính từ ngày này; có thể là ngày đã qua hoặc sắp tới.",
    )
    file = forms.FileField(label="Tệp văn bản", required=False, allow_empty_file=True, max_length=255)
    revision = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)

    @classmethod
    def initial_of(cls, amendment: Amendment) -> dict[str, Any]:
        """Return what the form starts with."""
        names = ("number", "issued_on", "issuer", "title", "effective_on", "revision")
        return {name: getattr(amendment, name) for name in names}

    def heading(self) -> dict[str, Any]:
        """Return what was typed, as the verbs take it."""
        return {name: self.cleaned_data[name] for name in ("number", "issued_on", "issuer", "title", "effective_on")}

    def upload(self) -> Upload | None:
        """Return the file with the marks of the decision."""
        chosen: UploadedFile | None = self.cleaned_data.get("file")
        if not chosen:
            return None
        return Upload(
            name=chosen.name or "",
            size=chosen.size or 0,
            content=chosen,
            number=self.cleaned_data["number"],
            issued_on=self.cleaned_data["issued_on"],
            issuer=self.cleaned_data["issuer"],
            excerpt=self.cleaned_data["title"],
        )


class RevisionForm(forms.Form):
    """A step on something people edit together, with a reason where one is given."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    reason = forms.CharField(label="Lý do", required=False, max_length=500)


class DropForm(forms.Form):
    """Why a task or target is dropped."""

    reason = forms.CharField(
        label="Lý do hoặc căn cứ bãi bỏ",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Ghi như văn bản nêu. Nội dung, lịch sử và báo cáo của phần bị bãi bỏ được giữ nguyên.",
    )
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class TakeOffForm(forms.Form):
    """Which line is taken off a draft."""

    kind = forms.ChoiceField(choices=[("task", ""), ("target", "")])
    line = forms.IntegerField(min_value=1)
    revision = forms.IntegerField(min_value=0)


class Bodies:
    """The agencies and groups of a province, as choices ``agency:5`` and ``group:2``."""

    def __init__(self, province_id: int, on: date) -> None:
        self.agencies = {
            agency.pk: agency
            for agency in Agency.objects.filter(province_id=province_id).valid_on(on).order_by("order", "name")
        }
        self.groups = {group.pk: group for group in AgencyGroup.objects.filter(province_id=province_id)}

    def add(self, version: TaskVersion | None) -> None:
        """Offer what a text names already, even when it has ended since."""
        for party in version.parties.select_related("agency", "group") if version else ():
            if party.agency is not None:
                self.agencies.setdefault(party.agency.pk, party.agency)
            if party.group is not None:
                self.groups.setdefault(party.group.pk, party.group)

    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return them for a select."""
        return [
            ("Nhóm cơ quan", [(f"group:{pk}", group.name) for pk, group in self.groups.items()]),
            ("Cơ quan", [(f"agency:{pk}", agency.name) for pk, agency in self.agencies.items()]),
        ]

    def party(self, role: str, chosen: str, wording: str = "") -> Party:
        """Return a chosen body as a party of a text."""
        kind, _, pk = chosen.partition(":")
        if kind == "group":
            return Party(role, group=self.groups[int(pk)], wording=wording)
        return Party(role, agency=self.agencies[int(pk)], wording=wording)


def _body_key(party: Any) -> str:
    return f"group:{party.group_id}" if party.group_id else f"agency:{party.agency_id}"


def _serves_key(serves: Any) -> str:
    return f"component:{serves.component_id}" if serves.component_id else f"index:{serves.index_id}"


def _many(label: str, help_text: str = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        required=False,
        help_text=help_text,
        widget=forms.SelectMultiple(attrs={"size": 7}),
        error_messages={"invalid_choice": f"{label}: không có lựa chọn này."},
    )


_SIGNS = [(">=", "≥"), (">", ">"), ("=", "="), ("<=", "≤"), ("<", "<")]


class QuantityForm(forms.Form):
    """A figure that a task asks for; an empty row says nothing."""

    comparator = forms.ChoiceField(label="So sánh", choices=_SIGNS, required=False)
    value = VietnameseDecimalField(label="Giá trị", required=False, max_digits=12, decimal_places=4)
    unit = forms.CharField(label="Đơn vị", required=False, max_length=150)

    def clean(self) -> dict[str, Any]:
        """A unit without a figure is a figure that was forgotten."""
        cleaned = super().clean() or {}
        if cleaned.get("unit") and cleaned.get("value") is None and "value" not in self.errors:
            self.add_error("value", "Đã ghi đơn vị nhưng chưa ghi giá trị.")
        return cleaned


class MilestoneForm(forms.Form):
    """What a task over several years should reach by a day on the way; an empty row says nothing."""

    year = forms.IntegerField(label="Năm", required=False, min_value=2000, max_value=2100)
    due_on = VietnameseDateField(label="Đến ngày", required=False)
    text = forms.CharField(label="Kết quả cần đạt", required=False, max_length=300)
    value = VietnameseDecimalField(label="Giá trị", required=False, max_digits=12, decimal_places=4)

    def clean(self) -> dict[str, Any]:
        """A milestone is whole or not there."""
        cleaned = super().clean() or {}
        wanted = {"year": "Năm", "due_on": "Đến ngày", "text": "Kết quả cần đạt"}
        if any(cleaned.get(name) for name in (*wanted, "value")):
            for name, label in wanted.items():
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, f"Mốc theo năm cần ô {label}.")
        return cleaned


class TaskTextForm(forms.Form):
    """What a task is to say; it starts with what the task says now."""

    section = _SectionField("Mục", "Chọn mục")
    code = forms.CharField(label="Mã nhiệm vụ", required=False, max_length=20)
    title = forms.CharField(label="Nội dung", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    deliverable = forms.CharField(
        label="Sản phẩm", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    authority = forms.ChoiceField(label="Hình thức", choices=TaskVersion.Authority.choices)
    leads = _many("Chủ trì", "Giữ Ctrl để chọn nhiều dòng. Chọn nhóm: mỗi thành viên của nhóm tự báo cáo.")
    cooperating = _many("Phối hợp")
    supervising = _many("Theo dõi")
    deadline_kind = forms.ChoiceField(
        label="Loại thời hạn",
        choices=DeadlineKind.choices,
        help_text="Văn bản không nêu thời hạn thì chọn “Không nêu”; không tự đặt ngày thay văn bản.",
    )
    deadline_from = VietnameseDateField(label="Từ ngày", required=False)
    deadline_to = VietnameseDateField(label="Đến ngày", required=False)
    deadline_text = forms.CharField(label="Thời hạn như văn bản ghi", required=False, max_length=200)
    recurrence = forms.CharField(label="Chu kỳ", required=False, max_length=100)
    condition = forms.CharField(label="Điều kiện", required=False, max_length=200)
    serves = _many("Phục vụ chỉ số, thành phần")
    reason = forms.CharField(label="Lý do hoặc căn cứ của thay đổi", required=False, max_length=500)
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, amendment: Amendment, shown: TaskVersion | None = None, adding: bool = False
    ) -> None:
        super().__init__(data, initial=self._initial(amendment, shown))
        self.shown = shown
        self.bodies = Bodies(amendment.province_id, amendment.effective_on)
        self.bodies.add(shown)
        for name in ("leads", "cooperating", "supervising"):
            self.fields[name].choices = self.bodies.choices()  # type: ignore[attr-defined]
        self.indices = {index.pk: index for index in Index.objects.order_by("code")}
        self.components = {
            one.pk: one for one in Component.objects.select_related("framework__index").order_by("framework", "order")
        }
        self.fields["serves"].choices = [  # type: ignore[attr-defined]
            ("Chỉ số", [(f"index:{pk}", index.code) for pk, index in self.indices.items()]),
            (
                "Thành phần",
                [
                    (f"component:{pk}", f"{one.framework.index.code} {one.framework.version}: {one}")
                    for pk, one in self.components.items()
                ],
            ),
        ]
        if adding:
            self.fields["section"].queryset = amendment.plan.sections.order_by("order")  # type: ignore[attr-defined]
        else:
            del self.fields["section"], self.fields["code"]
        self.quantities = _rows(QuantityForm, "chi-tieu", data, self._quantities(shown), more=2)
        self.milestones = _rows(MilestoneForm, "moc", data, self._milestones(shown), more=2)

    @staticmethod
    def _initial(amendment: Amendment, shown: TaskVersion | None) -> dict[str, Any]:
        start: dict[str, Any] = {
            "revision": amendment.revision,
            "authority": TaskVersion.Authority.ASSIGN,
            "deadline_kind": DeadlineKind.NONE,
        }
        if shown is None:
            return start
        names = ("title", "deliverable", "authority", "deadline_kind", "deadline_from", "deadline_to", "deadline_text")
        start |= {name: getattr(shown, name) for name in (*names, "recurrence", "condition")}
        parties = list(shown.parties.all())
        for name, role in (
            ("leads", PartyRole.LEAD),
            ("cooperating", PartyRole.COOPERATING),
            ("supervising", PartyRole.SUPERVISING),
        ):
            start[name] = [_body_key(party) for party in parties if party.role == role]
        start["serves"] = [_serves_key(one) for one in shown.serves.all()]
        start["reason"] = shown.amend_reason if shown.amendment_id == amendment.pk else ""
        return start

    @staticmethod
    def _quantities(shown: TaskVersion | None) -> list[dict[str, Any]]:
        some = shown.quantities.all() if shown else ()
        return [{"comparator": one.comparator, "value": one.value, "unit": one.unit} for one in some]

    @staticmethod
    def _milestones(shown: TaskVersion | None) -> list[dict[str, Any]]:
        some = shown.milestones.all() if shown else ()
        return [{"year": one.year, "due_on": one.due_on, "text": one.text, "value": one.value} for one in some]

    def is_valid(self) -> bool:
        """Read every part, so that every mistake is shown at once."""
        return all([super().is_valid(), *[row.is_valid() for row in (*self.quantities, *self.milestones)]])

    def text(self) -> TaskText:
        """Return what was typed; the plan's own wording of a body or component it kept stays."""
        cleaned, shown = self.cleaned_data, self.shown
        said = {(party.role, _body_key(party)): party.wording for party in shown.parties.all()} if shown else {}
        words = {_serves_key(one): one.wording for one in shown.serves.all()} if shown else {}
        parties = [
            self.bodies.party(role, key, said.get((role, key), ""))
            for name, role in (
                ("leads", PartyRole.LEAD),
                ("cooperating", PartyRole.COOPERATING),
                ("supervising", PartyRole.SUPERVISING),
            )
            for key in cleaned[name]
        ]
        names = ("deadline_kind", "deadline_from", "deadline_to", "deadline_text", "recurrence", "condition")
        return TaskText(
            title=cleaned["title"],
            deliverable=cleaned["deliverable"],
            is_group=any(party.group is not None for party in parties if party.role == PartyRole.LEAD),
            authority=cleaned["authority"],
            deadline={name: cleaned[name] for name in names},
            parties=parties,
            serves=[self._serves(key, words.get(key, "")) for key in cleaned["serves"]],
            quantities=[
                Quantity(row["value"], row["comparator"] or ">=", row["unit"])
                for row in (form.cleaned_data for form in self.quantities)
                if row["value"] is not None
            ],
            milestones=[
                Milestone(row["year"], row["due_on"], row["text"], row["value"])
                for row in (form.cleaned_data for form in self.milestones)
                if row["year"]
            ],
        )

    def _serves(self, key: str, wording: str) -> Serves:
        kind, _, pk = key.partition(":")
        if kind == "index":
            return Serves(self.indices[int(pk)], None, wording)
        component = self.components[int(pk)]
        return Serves(component.framework.index, component, wording)


def _rows(kind: Any, prefix: str, data: Any, start: list[dict[str, Any]], *, more: int) -> list[Any]:
    """Return the forms of repeated rows: those there are, and some empty ones."""
    return [
        kind(data, prefix=f"{prefix}-{number}", initial=start[number] if number < len(start) else None)
        for number in range(len(start) + more)
    ]


class TargetTextForm(forms.Form):
    """What a target is to say."""

    code = forms.CharField(label="Mã mục tiêu", required=False, max_length=20)
    text = forms.CharField(label="Nội dung", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    kind = forms.ChoiceField(label="Cách đánh giá", choices=TargetVersion.Kind.choices)
    comparator = forms.ChoiceField(
        label="So sánh",
        choices=[
            (">=", "≥"),
            (">", ">"),
            ("=", "="),
            ("<=", "≤"),
            ("<", "<"),
            ("rank_up", "tăng bậc"),
            ("increase_ge", "tăng ≥"),
        ],
    )
    value = VietnameseDecimalField(label="Giá trị", required=False, max_digits=12, decimal_places=4)
    value_max = VietnameseDecimalField(label="Đến", required=False, max_digits=12, decimal_places=4)
    open_ended = forms.BooleanField(label="trở lên", required=False)
    unit = forms.CharField(label="Đơn vị", required=False, max_length=100)
    group = forms.CharField(label="Nhóm", required=False, max_length=50)
    baseline_year = forms.IntegerField(label="Năm gốc", required=False, min_value=2000, max_value=2100)
    year = forms.IntegerField(label="Năm đích", min_value=2000, max_value=2100)
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
        self.fields["component"].queryset = Component.objects.select_related(  # type: ignore[attr-defined]
            "framework__index"
        ).order_by("framework", "order")
        if not adding:
            del self.fields["code"]

    def wanted(self) -> TargetText:
        """Return what was typed."""
        return TargetText(**{name: self.cleaned_data[name] for name in TargetText.__dataclass_fields__})


class EndForm(forms.Form):
    """The end of a plan."""

    on = VietnameseDateField(label="Kết thúc từ ngày", required=False)
    document = forms.CharField(
        label="Văn bản kết thúc", required=False, max_length=200, help_text="Số, ký hiệu, ngày, cơ quan ban hành."
    )


class PlanReplaceForm(forms.Form):
    """Which plan this one takes the place of."""

    old = _PlanField("Kế hoạch được thay thế", "Chọn kế hoạch", to_field_name="code")

    def __init__(self, data: Any = None, *, plans: "QuerySet[Plan]") -> None:
        super().__init__(data)
        self.fields["old"].required = True
        self.fields["old"].error_messages["required"] = "Cần chọn kế hoạch được thay thế."
        self.fields["old"].queryset = plans  # type: ignore[attr-defined]


class CarryForm(forms.Form):
    """Which unfinished tasks are carried, each with its new section and code."""

    amendment = forms.ModelChoiceField(
        Amendment.objects.none(), label="Văn bản sửa đổi đang soạn", required=False, empty_label="Chọn văn bản"
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
        if "amendment" in self.fields and not cleaned.get("amendment") and "amendment" not in self.errors:
            self.add_error("amendment", "Kế hoạch mới đã ban hành: cần chọn văn bản sửa đổi để bổ sung nhiệm vụ.")
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


# Head's approval, questions and answers, replaced evidence


class StepForm(forms.Form):
    """A step that says nothing but which revision it read."""

    revision = forms.IntegerField(
        label="Phiên bản",
        min_value=0,
        widget=forms.HiddenInput,
        error_messages={"required": "Biểu mẫu thiếu số phiên bản. Hãy tải lại trang rồi gửi lại."},
    )


class ReasonForm(StepForm):
    """A step with its reason; whether one is required is decided by the action."""

    reason = forms.CharField(label="Lý do", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class TextForm(StepForm):
    """A question, a reply or an answer."""

    text = forms.CharField(
        label="Nội dung",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Cần ghi nội dung."},
    )
    question = forms.IntegerField(required=False, widget=forms.HiddenInput)


class JudgeForm(StepForm):
    """A verdict on one document."""

    verdict = forms.ChoiceField(label="Đánh giá", choices=[one for one in Verdict.choices if one[0] != Verdict.PENDING])


class ReplaceForm(EvidenceForm):
    """Another file, or a document the agency holds, or an explanation, in the place of a wrong file."""

    attach = forms.TypedChoiceField(
        label="Hoặc chọn tài liệu cơ quan đã có",
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": "Tài liệu đã chọn không còn trong danh sách. Hãy tải lại trang."},
    )
    explanation = _text("Giải trình khi không còn tài liệu", 2, "Cần khi bỏ tệp cuối cùng mà không thay bằng tệp khác.")
    reason = forms.CharField(
        label="Lý do thay",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Tệp cũ rời mọi danh sách nhưng được giữ cho kiểm tra, kèm lý do này.",
        error_messages={"required": "Cần ghi lý do thay tài liệu."},
    )
    revision = forms.IntegerField(label="Phiên bản", min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, held: Sequence[tuple[int, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["attach"].choices = [("", "Không chọn"), *held]  # type: ignore[attr-defined]


class ChosenForm(forms.Form):
    """Several reports, each as ``id:revision`` so that none is decided in a state nobody read."""

    chosen = forms.MultipleChoiceField(
        label="Báo cáo", error_messages={"required": "Chưa chọn báo cáo nào. Hãy đánh dấu các báo cáo cần duyệt."}
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        sent = data.getlist("chosen") if hasattr(data, "getlist") else []
        self.fields["chosen"].choices = [(one, one) for one in sent]  # type: ignore[attr-defined]

    def revisions(self) -> dict[int, int]:
        """Return report id → the revision that was read; what cannot be read is left out."""
        found = {}
        for one in self.cleaned_data["chosen"]:
            pk, _, revision = one.partition(":")
            if pk.isdecimal() and revision.isdecimal() and len(one) <= 30:
                found[int(pk)] = int(revision)
        return found


class QueueFilterForm(forms.Form):
    """The filters of the review queue; they live in the address."""

    plan = _PlanField("Kế hoạch", "Tất cả kế hoạch", to_field_name="code")
    agency = _AgencyField("Cơ quan", "Tất cả cơ quan")
    period = forms.ChoiceField(label="Kỳ", required=False)
    asked = forms.ChoiceField(label="Trao đổi", required=False, choices=_choices(ASKED_CHOICES))
    late = forms.ChoiceField(label="Nộp", required=False, choices=_choices(LATE_CHOICES))

    def __init__(
        self,
        data: Any,
        *,
        plans: "QuerySet[Plan]",
        agencies: "QuerySet[Agency]",
        periods: Iterable[tuple[str, str]],
    ) -> None:
        super().__init__(data)
        self.fields["plan"].queryset = plans  # type: ignore[attr-defined]
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]
        self.fields["period"].choices = _choices(periods)  # type: ignore[attr-defined]

    def wanted(self) -> QueueWanted:
        """Return what is asked; what cannot be read asks nothing."""
        return QueueWanted(**self.cleaned_data) if self.is_valid() else QueueWanted()


# Periods and their exceptions


class LateForm(forms.Form):
    """Letting one agency report late."""

    agency = _AgencyField("Cơ quan", "Chọn cơ quan")
    expires_on = VietnameseDateField(label="Nhận đến hết ngày")
    reason = forms.CharField(label="Lý do", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, agencies: "QuerySet[Agency]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["agency"]
        field.queryset = agencies  # type: ignore[attr-defined]
        field.required = True
        field.error_messages["required"] = "Cần chọn cơ quan."


class OutageForm(forms.Form):
    """Extending a period for everybody."""

    document_number = forms.CharField(label="Số, ký hiệu văn bản gia hạn", required=False, max_length=100)
    expires_on = VietnameseDateField(label="Hạn nộp mới")
    reason = forms.CharField(
        label="Sự cố, lý do", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    file = forms.FileField(label="Văn bản (tệp)", required=False, allow_empty_file=True)

    def upload(self) -> Upload | None:
        """Return the document's file."""
        chosen: UploadedFile | None = self.cleaned_data.get("file")
        if not chosen:
            return None
        return Upload(
            name=chosen.name or "",
            size=chosen.size or 0,
            content=chosen,
            number=self.cleaned_data["document_number"],
        )


class PeriodForm(forms.Form):
    """A period of the national calendar, or one of the plan's own. Blank days: those of the calendar."""

    kind = forms.ChoiceField(label="Loại kỳ", choices=ReportingPeriod.Kind.choices)
    year = forms.IntegerField(label="Năm", min_value=2000, max_value=2100)
    name = forms.CharField(label="Tên kỳ", required=False, max_length=100)
    code = forms.SlugField(label="Mã kỳ", required=False, max_length=20)
    starts_on = VietnameseDateField(label="Số liệu từ ngày", required=False)
    cut_off = VietnameseDateField(label="Ngày chốt số liệu", required=False)
    opens_on = VietnameseDateField(label="Mở nhận báo cáo từ", required=False)
    due_on = VietnameseDateField(label="Hạn nộp", required=False)
    closes_on = VietnameseDateField(
        label="Đóng nhận báo cáo sau ngày", required=False, help_text="Để trống: nhận cả báo cáo muộn."
    )

    DAYS = ("starts_on", "cut_off", "opens_on", "due_on", "closes_on")

    def span(self, national: Span | None) -> Span | None:
        """Return the days: as typed, and where blank those of the national calendar; None when they are not whole."""
        days = {name: self.cleaned_data.get(name) for name in self.DAYS}
        if national is not None:
            days = {name: value or getattr(national, name) for name, value in days.items()}
        missing = [name for name in self.DAYS[:-1] if days[name] is None]
        for name in missing:
            self.add_error(name, "Kỳ riêng của kế hoạch cần ngày này.")
        return None if missing else Span(**days)  # type: ignore[arg-type]


# How an agency approves


class RuleForm(forms.Form):
    """From when the head approves, and by which document."""

    document = forms.CharField(label="Văn bản quy định", required=False, max_length=200)
    valid_from = VietnameseDateField(label="Áp dụng từ ngày")


class ReleaseForm(forms.Form):
    """Until when the head approves."""

    last_day = VietnameseDateField(label="Áp dụng đến hết ngày")


class _PersonField(_ByPk):
    def label_from_instance(self, obj: Any) -> str:
        """Name and title."""
        return f"{obj.full_name}, {obj.title}" if obj.title else str(obj.full_name)


class DelegateForm(forms.Form):
    """Who approves in the head's place, and when."""

    person = _PersonField("Người được ủy quyền", "Chọn người")
    document = forms.CharField(label="Văn bản ủy quyền", required=False, max_length=200)
    valid_from = VietnameseDateField(label="Từ ngày")
    valid_to = VietnameseDateField(label="Đến hết ngày")

    def __init__(self, *args: Any, people: "QuerySet[Any]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        field.queryset = people  # type: ignore[attr-defined]
        field.required = True
        field.error_messages["required"] = "Cần chọn người được ủy quyền."

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
from agencies.models import Agency, Verdict
from agencies.text import format_decimal, nfc, parse_decimal
from plans.actions.progress import Content
from plans.facts.evidence import EvidenceRow
from plans.facts.lists import ASKED_CHOICES, BUCKET_CHOICES, DUE_CHOICES, LATE_CHOICES, QueueWanted, Wanted
from plans.facts.reminders import KINDS, MOST_AT_ONCE
from plans.facts.task import TasksWanted
from plans.models import Decision, Plan, ProgressVersion, ReportingPeriod, Section, TaskVersion
from plans.presets import Span
from plans.standing import State

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


class VietnameseDateField(forms.DateField):
    """A day typed as dd/mm/yyyy."""

    def __init__(self, **kwargs: Any) -> None:
        label = kwargs.get("label", "")
        kwargs.setdefault(
            "widget",
            forms.DateInput(attrs={"placeholder": "dd/mm/yyyy", "inputmode": "numeric", "autocomplete": "off"}),
        )
        kwargs.setdefault(
            "error_messages",
            {"invalid": f"Ngày ở ô {label} không đúng. Hãy ghi ngày/tháng/năm, ví dụ 05/09/2021."},
        )
        super().__init__(**kwargs)


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
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.evidence = evidence
        self.fields["attach"].choices = list(held)  # type: ignore[attr-defined]
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
        return Content(**{name: self.cleaned_data[name] for name in Content.__dataclass_fields__})

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
        return Wanted(text=cleaned.pop("q"), **cleaned)


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


# Head's approval, questions and answers, replaced evidence


class RevisionForm(forms.Form):
    """A step that says nothing but which revision it read."""

    revision = forms.IntegerField(
        label="Phiên bản",
        min_value=0,
        widget=forms.HiddenInput,
        error_messages={"required": "Biểu mẫu thiếu số phiên bản. Hãy tải lại trang rồi gửi lại."},
    )


class ReasonForm(RevisionForm):
    """A step with its reason; whether one is required is decided by the action."""

    reason = forms.CharField(label="Lý do", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class TextForm(RevisionForm):
    """A question, a reply or an answer."""

    text = forms.CharField(
        label="Nội dung",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Cần ghi nội dung."},
    )
    question = forms.IntegerField(required=False, widget=forms.HiddenInput)


class JudgeForm(RevisionForm):
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

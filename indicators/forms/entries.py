"""One component of a sheet: the fields come from its rule."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from agencies.actions.documents import Upload
from agencies.forms import (
    FilesField,
    LinksField,
    StepForm,
    VietnameseDateField,
    VietnameseDecimalField,
    document_file,
    options,
    uploaded,
)
from agencies.models import Verdict
from agencies.text import format_decimal
from indicators.actions.entries import INPUT, Evidence, Said
from indicators.facts.sheet_entry import EvidenceRow, OfferRow
from indicators.models import Component
from indicators.scoring import Field, Value

_YES_NO = (("", "Chưa kê khai"), ("yes", "Có"), ("no", "Không"))
VERDICT = "verdict_"


def input_field(one: Field) -> forms.Field:
    """Return the form field of a declared input; blank is allowed: it is not declared then."""
    if one.kind == "boolean":
        return forms.ChoiceField(label=one.label, required=False, choices=_YES_NO)
    if one.kind == "choice":
        choices = [("", "Chưa chọn"), *((option, option) for option in one.options)]
        return forms.ChoiceField(
            label=one.label,
            required=False,
            choices=choices,
            error_messages={"invalid_choice": f"{one.label}: không có mức này."},
        )
    unit = " (%)" if one.kind == "percent" else ""
    return VietnameseDecimalField(label=f"{one.label}{unit}", required=False, max_digits=18, decimal_places=4)


def typed(one: Field, value: Any) -> Value | None:
    """Return what was typed as the rule takes it."""
    if one.kind == "boolean":
        return {"yes": True, "no": False}.get(value)
    return value or None if one.kind == "choice" else value


def shown(value: Value | None) -> Any:
    """Return a declared value as the form shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value


class _ScoredForm(StepForm):
    """The declared inputs of a component, or its score, or "không phát sinh"."""

    not_applicable = forms.BooleanField(label="Không phát sinh, không được giao", required=False)

    def __init__(self, *args: Any, component: Component, fields: Sequence[Field], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asks = fields
        for one in fields:
            self.fields[f"{INPUT}{one.name}"] = input_field(one)
        self.fields["score"] = score_field("Điểm", component.max_score)
        if not component.not_applicable:
            del self.fields["not_applicable"]

    @classmethod
    def declared(cls, values: Mapping[str, Value]) -> dict[str, Any]:
        """Return what the form starts with for declared inputs."""
        return {f"{INPUT}{name}": shown(value) for name, value in values.items()}

    def inputs(self) -> list[forms.BoundField]:
        """Return the fields of the rule."""
        return [self[f"{INPUT}{one.name}"] for one in self.asks]

    def said(self) -> Said:
        """Return what was typed."""
        data = self.cleaned_data
        return Said(
            inputs={one.name: typed(one, data.get(f"{INPUT}{one.name}")) for one in self.asks},
            score=data.get("score"),
            not_applicable=bool(data.get("not_applicable")),
            explanation=data.get("explanation") or "",
            reason=data.get("reason") or "",
        )


def score_field(label: str, most: Decimal | None) -> VietnameseDecimalField:
    """Return a field for points, up to a maximum that the verb checks."""
    up_to = f"Từ 0 đến {format_decimal(most)} điểm." if most is not None else "Từ 0 điểm."
    return VietnameseDecimalField(label=label, required=False, max_digits=8, decimal_places=4, help_text=up_to)


class EntryForm(_ScoredForm):
    """What the unit says of a component."""

    explanation = forms.CharField(
        label="Giải trình",
        required=False,
        max_length=20_000,
        help_text="Cần khi chưa có tài liệu kiểm chứng, hoặc khi chọn không phát sinh.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    file = document_file("Văn bản")
    number = forms.CharField(label="Số, ký hiệu", required=False, max_length=100)
    issued_on = VietnameseDateField(label="Ngày ban hành", required=False)
    issuer = forms.CharField(label="Cơ quan ban hành", required=False, max_length=200)
    excerpt = forms.CharField(label="Trích yếu", required=False, max_length=500)
    # Named as the actions name refused files; Django takes the field off the class, so Form.files stays what it is.
    files = FilesField(  # type: ignore[assignment]
        label="Tệp khác", required=False, help_text="Ảnh, bảng số liệu … không có số, ký hiệu; chọn được nhiều tệp."
    )
    attach = forms.TypedMultipleChoiceField(
        label="Tài liệu cơ quan đã có",
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Tài liệu đã chọn không còn trong danh sách. Hãy tải lại trang."},
    )
    drop = LinksField(label="Bỏ khỏi thành phần", required=False, coerce=int)

    def __init__(self, *args: Any, held: Sequence[tuple[int, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["attach"].choices = list(held)  # type: ignore[attr-defined]
        if self.asks:
            del self.fields["score"]

    def clean(self) -> dict[str, Any]:
        """Marks without a file are a file that was forgotten."""
        data = super().clean() or {}
        marks = [data.get(name) for name in ("number", "issued_on", "issuer", "excerpt")]
        if any(marks) and not data.get("file") and "file" not in self.errors:
            self.add_error("file", "Đã ghi thông tin văn bản nhưng chưa chọn tệp. Hãy chọn tệp, hoặc xóa thông tin.")
        return data

    def evidence(self) -> Evidence:
        """Return what is done to the documents."""
        data = self.cleaned_data
        marks = {name: data[name] for name in ("number", "issued_on", "issuer", "excerpt")}
        files: list[UploadedFile] = data["files"]
        uploads = [Upload(name=one.name or "", size=one.size or 0, content=one) for one in files]
        marked = uploaded(data.get("file"), **marks)
        return Evidence([marked, *uploads] if marked else uploads, data["attach"], data["drop"])


class JudgeForm(_ScoredForm):
    """What an appraisal makes of a component, and of its documents."""

    reason = forms.CharField(
        label="Lý do chấm khác",
        required=False,
        max_length=5000,
        help_text="Cần khi điểm khác điểm đơn vị; đơn vị đọc nguyên văn.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, links: Iterable[EvidenceRow] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.links = list(links)
        if self.asks:
            self.fields["score"].label = "Điểm chấm khác cách tính"
            self.fields["score"].help_text = "Để trống thì điểm được tính từ số liệu ở trên."
        for link in self.links:
            self.fields[f"{VERDICT}{link.id}"] = forms.ChoiceField(
                label=f"Đánh giá {link.name}",
                required=False,
                choices=options(Verdict.choices),
                initial=link.verdict_code,
                error_messages={"invalid_choice": "Đánh giá tài liệu không hợp lệ. Hãy chọn lại trong danh sách."},
            )

    def judged(self) -> list[tuple[EvidenceRow, forms.BoundField]]:
        """Return each document with its field."""
        return [(link, self[f"{VERDICT}{link.id}"]) for link in self.links]

    def verdicts(self) -> dict[int, str]:
        """Return the verdicts that were chosen."""
        chosen = {link.id: self.cleaned_data.get(f"{VERDICT}{link.id}") or "" for link in self.links}
        return {pk: verdict for pk, verdict in chosen.items() if verdict}


class TakeForm(StepForm):
    """An offer to take: its figure into an input, or its documents alone."""

    into = forms.ChoiceField(label="Ghi số liệu vào", required=False)

    def __init__(self, *args: Any, offer: OfferRow | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [*offer.into] if offer else []
        self.fields["into"].choices = [*choices, ("", "Chỉ nhận tài liệu")]  # type: ignore[attr-defined]
        self.fields["into"].initial = choices[0][0] if choices else ""

"""What reviewers decide about reports, and the filters of their queue."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.text import capfirst

from agencies.forms import options
from agencies.models import Agency, Verdict
from plans.facts.evidence import EvidenceRow
from plans.facts.queues import ASKED_CHOICES, LATE_CHOICES, QueueWanted
from plans.forms.fields import AgencyField, PlanField, choices_or_all
from plans.forms.steps import StepForm
from plans.models import Decision, Plan


class VerdictsForm(forms.Form):
    """The verdict on each document; what was judged before stands until it is changed."""

    # The verdict shown for a document nobody has judged.
    unjudged = ""
    revision = forms.IntegerField(label="Phiên bản", min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, evidence: Sequence[EvidenceRow] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.evidence = evidence
        choices = [(code, capfirst(label)) for code, label in Verdict.choices if code != Verdict.PENDING]
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
        choices=[("", "Chọn loại lý do"), *options(Decision.Reason.choices)],
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


class JudgeForm(StepForm):
    """A verdict on one document."""

    verdict = forms.ChoiceField(label="Đánh giá", choices=[one for one in Verdict.choices if one[0] != Verdict.PENDING])


class QueueFilterForm(forms.Form):
    """The filters of the review queue; they live in the address."""

    plan = PlanField("Kế hoạch", "Tất cả kế hoạch", to_field_name="code")
    agency = AgencyField("Cơ quan", "Tất cả cơ quan")
    period = forms.ChoiceField(label="Kỳ", required=False)
    asked = forms.ChoiceField(label="Trao đổi", required=False, choices=choices_or_all(ASKED_CHOICES))
    late = forms.ChoiceField(label="Nộp", required=False, choices=choices_or_all(LATE_CHOICES))

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
        self.fields["period"].choices = choices_or_all(periods)  # type: ignore[attr-defined]

    def wanted(self) -> QueueWanted:
        """Return what is asked; what cannot be read asks nothing."""
        return QueueWanted(**self.cleaned_data) if self.is_valid() else QueueWanted()

"""Steps that read a revision and say little else."""

from django import forms

from agencies.forms import StepForm

__all__ = ["ReasonForm", "StepForm", "TextForm"]


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

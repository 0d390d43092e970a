"""Several reports approved at once."""

from typing import Any

from django import forms


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

"""What a task is to say."""

from typing import Any

from django import forms

from agencies.forms import VietnameseDateField, options
from indicators.models import Component, Index
from plans.actions.plans import Milestone, Quantity, Serves, TaskText
from plans.forms.bodies import Bodies
from plans.forms.fields import SectionField, VietnameseDecimalField, year_field
from plans.models import Amendment, PartyRole, TaskVersion
from plans.standing import DeadlineKind


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

    year = year_field("Năm", required=False)
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

    section = SectionField("Mục", "Chọn mục")
    code = forms.CharField(label="Mã nhiệm vụ", max_length=20, error_messages={"required": "Cần ghi mã nhiệm vụ."})
    title = forms.CharField(
        label="Nội dung",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Cần ghi nội dung nhiệm vụ."},
    )
    deliverable = forms.CharField(
        label="Sản phẩm", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    authority = forms.ChoiceField(label="Hình thức", choices=options(TaskVersion.Authority.choices))
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
            one.pk: one
            for one in Component.objects.serving(amendment.province_id)
            .select_related("framework__index")
            .order_by("framework", "order")
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
            section = self.fields["section"]
            section.queryset = amendment.plan.sections.order_by("order")  # type: ignore[attr-defined]
            section.required = True
            section.error_messages["required"] = "Cần chọn mục của nhiệm vụ mới."
        else:
            del self.fields["section"], self.fields["code"]
        self.quantities = _rows(QuantityForm, "chi-tieu", data, self._quantities(shown), more=2)
        self.milestones = _rows(MilestoneForm, "moc", data, self._milestones(shown), more=2)
        self.rows = [*self.quantities, *self.milestones]

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
        return all([super().is_valid(), *[row.is_valid() for row in self.rows]])

    def place(self) -> dict[str, Any]:
        """Return where a new task stands."""
        return {"section": self.cleaned_data["section"], "code": self.cleaned_data["code"]}

    def wanted(self) -> TaskText:
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

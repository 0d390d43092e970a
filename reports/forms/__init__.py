"""The forms that ask for a report and for events of the trail (they parse; ``actions.runs`` decides)."""

from typing import Any

from django import forms
from django.utils.text import capfirst

from agencies import calendar
from agencies.forms import VietnameseDateField
from agencies.models import Agency, User
from agencies.permissions import Permission
from plans.models import Assignment, PartyRole, Plan
from reports.actions.runs import NEEDED
from reports.facts import trail
from reports.facts.trail_names import type_choices
from reports.facts.trail_words import ACTION_LABELS
from reports.models import ReportRun


class RequestForm(forms.Form):
    """Which report, of which plan and year, as of when, in which form."""

    code = forms.ChoiceField(label="Báo cáo", choices=())
    plan = forms.ModelChoiceField(label="Kế hoạch", queryset=Plan.objects.none(), empty_label=None)
    year = forms.IntegerField(label="Năm báo cáo", min_value=2000, max_value=2100)
    as_of = forms.DateField(
        label="Số liệu tính đến hết ngày",
        help_text="Mặc định là hôm nay. Dạng ngày/tháng/năm.",
        widget=forms.DateInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    agency = forms.ModelChoiceField(
        label="Cơ quan",
        queryset=Agency.objects.none(),
        required=False,
        empty_label="Chọn cơ quan",
        help_text="Chỉ dùng cho báo cáo của cơ quan.",
    )
    format = forms.ChoiceField(label="Dạng tệp", choices=ReportRun.Format)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        """Offer only what the person may ask for."""
        super().__init__(*args, **kwargs)
        allowed = [
            code
            for code, permission in NEEDED.items()
            if user.provinces_with(permission) or user.agencies_with(permission)
        ]
        plans = Plan.objects.visible_to(user).exclude(state=Plan.State.DRAFTING).order_by("-year_from", "code")
        agencies = (
            Agency.objects.filter(
                pk__in=Assignment.objects.filter(task__plan__in=plans, role=PartyRole.LEAD).values("agency_id")
            )
            .select_related("province")
            .order_by("province__name", "order", "name")
        )
        wide = user.provinces_with(Permission.REPORT_AGENCY)
        agencies = agencies.filter(province_id__in=wide) | agencies.filter(
            pk__in=user.agencies_with(Permission.REPORT_AGENCY)
        )
        self.allowed = bool(allowed)
        self.fields["code"].choices = [(code.value, code.label) for code in allowed]  # type: ignore[attr-defined]
        self.fields["plan"].queryset = plans  # type: ignore[attr-defined]
        self.fields["agency"].queryset = agencies.distinct()  # type: ignore[attr-defined]
        if ReportRun.Code.AGENCY not in allowed:
            del self.fields["agency"]
        today = calendar.today()
        self.fields["year"].initial, self.fields["as_of"].initial = today.year, today
        own = sorted(user.agencies_with(Permission.REPORT_AGENCY))
        if own and "agency" in self.fields:
            self.fields["agency"].initial = own[0]

    def clean(self) -> dict[str, Any]:
        """Leave the agency out where the report has none."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("code") != ReportRun.Code.AGENCY:
            cleaned["agency"] = None
        return cleaned


class TrailForm(forms.Form):
    """Which events of the trail to show."""

    who = forms.CharField(label="Người thực hiện", required=False, max_length=150)
    action = forms.ChoiceField(
        label="Hành động",
        required=False,
        choices=[
            ("", "Tất cả"),
            *sorted(((code, capfirst(name)) for code, name in ACTION_LABELS.items()), key=lambda one: one[1]),
        ],
    )
    type = forms.ChoiceField(label="Đối tượng", required=False)
    first = VietnameseDateField(label="Từ ngày", required=False)
    last = VietnameseDateField(label="Đến ngày", required=False)
    request = forms.CharField(label="Mã yêu cầu", required=False, max_length=40)
    only = forms.ChoiceField(
        label="Chỉ xem",
        required=False,
        choices=[("", "Mọi sự kiện"), ("exceptions", "Gia hạn, mở lại, ngoại lệ")],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = self.fields["type"]
        assert isinstance(kinds, forms.ChoiceField)
        kinds.choices = [("", "Tất cả"), *type_choices()]

    def wanted(self) -> trail.Wanted | None:
        """Return what is asked, or None when it cannot be read."""
        if not self.is_valid():
            return None
        said = self.cleaned_data
        return trail.Wanted(
            who=said["who"].strip(),
            action=said["action"],
            type=said["type"],
            first=said["first"],
            last=said["last"],
            request=said["request"].strip(),
            exceptions=said["only"] == "exceptions",
        )

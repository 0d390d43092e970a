"""Periods of a plan and their dated exceptions: late leave for one agency, an extension for all."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies import calendar
from agencies.errors import PortalError
from agencies.models import Agency, User
from plans import presets
from plans.actions import windows as actions
from plans.facts import exceptions
from plans.forms.fields import say
from plans.forms.windows import LateForm, OutageForm, PeriodForm
from plans.models import Assignment, PartyRole, Plan, ReportingPeriod
from plans.views.people import person


def _period(request: HttpRequest, pk: int) -> tuple[User, ReportingPeriod]:
    user = person(request)
    period = get_object_or_404(
        ReportingPeriod.objects.filter(plan__in=Plan.objects.visible_to(user)).select_related("plan"), pk=pk
    )
    return user, period


def _granting(request: HttpRequest, pk: int) -> tuple[User, ReportingPeriod]:
    user, period = _period(request, pk)
    actions.must_grant(period.province_id, user)
    return user, period


def _agencies(user: User, period: ReportingPeriod) -> Any:
    """Return the agencies that report on the plan and that the person decides."""
    reporting = Assignment.objects.filter(task__plan=period.plan, role=PartyRole.LEAD)
    return (
        Agency.objects.reviewed_by(user, calendar.today())
        .filter(province_id=period.province_id, pk__in=reporting.values("agency_id"))
        .order_by("order", "name")
    )


def _page(
    request: HttpRequest,
    user: User,
    period: ReportingPeriod,
    *,
    late: LateForm | None = None,
    outage: OutageForm | None = None,
    status: int = 200,
) -> HttpResponse:
    grants = actions.may_grant(period.province_id, user)
    context = {
        "page": exceptions.period_page(period, user, calendar.today()),
        "grants": grants,
        "late_form": late or (LateForm(agencies=_agencies(user, period), auto_id="late_%s") if grants else None),
        "outage_form": outage or (OutageForm(auto_id="outage_%s") if grants else None),
        "period": period,
        "plan": period.plan.label,
    }
    return render(request, "plans/period_exceptions.html", context, status=status)


@require_safe
def period_exceptions(request: HttpRequest, pk: int) -> HttpResponse:
    """The days of a period and who was let in beyond them."""
    user, period = _period(request, pk)
    return _page(request, user, period)


@require_POST
def window_allow_late(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one agency's reports although the period has closed."""
    user, period = _granting(request, pk)
    form = LateForm(request.POST, agencies=_agencies(user, period), auto_id="late_%s")
    if form.is_valid():
        try:
            actions.allow_late(period=period, by=user, **form.cleaned_data)
        except PortalError as error:
            if error.status == 403:
                raise
            say(form, error)
        else:
            agency = form.cleaned_data["agency"]
            messages.success(request, f"Đã cho phép {agency} nộp muộn báo cáo {period.name}.")
            return redirect("plans:period_exceptions", pk)
    return _page(request, user, period, late=form, status=422)


@require_POST
def window_extend(request: HttpRequest, pk: int) -> HttpResponse:
    """Move the due date for everybody after an outage."""
    user, period = _granting(request, pk)
    form = OutageForm(request.POST, request.FILES, auto_id="outage_%s")
    if form.is_valid():
        cleaned = form.cleaned_data
        try:
            actions.extend_for_all(
                period=period,
                reason=cleaned["reason"],
                document_number=cleaned["document_number"],
                expires_on=cleaned["expires_on"],
                upload=form.upload(),
                by=user,
            )
        except PortalError as error:
            if error.status == 403:
                raise
            say(form, error)
        else:
            messages.success(request, f"Đã gia hạn kỳ {period.name} cho tất cả các cơ quan.")
            return redirect("plans:period_exceptions", pk)
    return _page(request, user, period, outage=form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def period_add(request: HttpRequest, code: str) -> HttpResponse:
    """Add a period of the national calendar, or one of the plan's own."""
    user = person(request)
    plan = get_object_or_404(
        Plan.objects.visible_to(user).filter(province_id__in=user.provinces_with(actions.GRANT)), code=code
    )
    form = PeriodForm(request.POST or None, initial={"year": calendar.today().year, "kind": "quarter_1"})
    if request.method == "POST" and form.is_valid():
        kind, year = form.cleaned_data["kind"], form.cleaned_data["year"]
        span = form.span(presets.span_of(kind, year) if kind in presets.BY_KIND else None)
        if span is not None:
            try:
                period = actions.add_period(
                    plan=plan,
                    kind=kind,
                    year=year,
                    name=form.cleaned_data["name"],
                    code=form.cleaned_data["code"],
                    span=span,
                    by=user,
                )
            except PortalError as error:
                if error.status == 403:
                    raise
                say(form, error)
            else:
                messages.success(request, f"Đã thêm kỳ {period.name}, hạn nộp {period.due_on:%d/%m/%Y}.")
                return redirect("plans:period_exceptions", period.pk)
    year = calendar.today().year
    context = {
        "form": form,
        "plan": plan,
        "label": plan.label,
        "source": presets.SOURCE,
        "national": [(one.name, presets.span_of(one.kind, year)) for one in presets.PRESETS],
        "year": year,
    }
    return render(request, "plans/period_add.html", context, status=422 if form.errors else 200)

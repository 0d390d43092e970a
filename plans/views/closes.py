"""Periods of a plan: their dates, their sealed closes, reopening, and what has changed since."""

import base64

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from agencies import calendar
from agencies.errors import Conflict, PortalError
from agencies.models import User
from agencies.permissions import Permission
from agencies.text import format_day
from plans.actions import closes as actions
from plans.actions.windows import may_grant
from plans.facts import closes, exceptions
from plans.facts.close_difference import difference
from plans.facts.sealed import preview, sealed
from plans.facts.snapshot import content_of, snapshot
from plans.facts.windows import window
from plans.forms.closes import CloseForm, ReopenForm
from plans.forms.fields import say
from plans.models import PeriodClose, Plan, ReportingPeriod
from plans.models.close import may_close
from plans.views.people import person


@require_safe
def period_list(request: HttpRequest, code: str) -> HttpResponse:
    """The plan's periods with dates, state, closes and reopenings."""
    user, today = person(request), calendar.today()
    plan = get_object_or_404(Plan.objects.visible_to(user), code=code)
    context = {
        "plan": plan,
        "label": plan.label,
        "rows": closes.period_rows(
            plan,
            today,
            watched=plan.province_id in user.provinces_with(Permission.DASHBOARD_READ),
            closer=may_close(user, plan.province_id, today),
            exceptions=exceptions.how_many(plan, user),
        ),
        "adds": may_grant(plan.province_id, user) and plan.state != Plan.State.ENDED,
    }
    return render(request, "plans/period_list.html", context)


def _closable(user: User, code: str, period: str) -> ReportingPeriod:
    """Return the period when the person may close it; for others it is not there."""
    found = get_object_or_404(
        ReportingPeriod.objects.filter(plan__in=Plan.objects.watched_by(user)).select_related("plan__province"),
        plan__code=code,
        code=period,
    )
    if not may_close(user, found.province_id, calendar.today()):
        raise Http404
    return found


def _close(user: User, code: str, period: str, number: int) -> PeriodClose:
    return get_object_or_404(
        PeriodClose.objects.visible_to(user).select_related("plan", "period", "closed_by"),
        plan__code=code,
        period__code=period,
        number=number,
    )


def _gone(request: HttpRequest, period: ReportingPeriod, error: Conflict) -> HttpResponse:
    """Go back to the list of periods, which shows what has become of this one."""
    messages.warning(request, error.message)
    return redirect("plans:period_list", period.plan.code)


@require_http_methods(["GET", "HEAD", "POST"])
def period_close(request: HttpRequest, code: str, period: str) -> HttpResponse:
    """Show what closing would seal and what still waits; close."""
    user, today = person(request), calendar.today()
    row = _closable(user, code, period)
    latest = PeriodClose.objects.latest_of(row)
    form = CloseForm(
        request.POST if request.method == "POST" else None, initial={"number": latest.number + 1 if latest else 1}
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.close(period=row, number=form.cleaned_data["number"], by=user)
        except Conflict as error:
            return _gone(request, row, error)
        messages.success(request, f"Đã chốt kỳ {row.name} (lần {made.number}). SHA-256: {made.sha256}")
        return redirect("plans:close_detail", code, period, made.number)
    refused = closes.why_not(window(row, today), latest, latest is not None and latest.reopenings.exists(), today)
    if refused is not None:
        return _gone(request, row, Conflict(*refused))
    seen = preview(row, today)
    context = {
        "plan": row.plan,
        "label": row.plan.label,
        "period": row,
        "preview": seen,
        "sealed": sealed(seen.content, None),
        "form": form,
    }
    return render(request, "plans/period_close.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def period_reopen(request: HttpRequest, code: str, period: str) -> HttpResponse:
    """Open a closed period again until a day."""
    user = person(request)
    row = _closable(user, code, period)
    latest = PeriodClose.objects.latest_of(row)
    if latest is None:
        return _gone(request, row, Conflict("not_closed", f"Kỳ {row.name} chưa chốt nên không cần mở lại."))
    form = ReopenForm(request.POST if request.method == "POST" else None, initial={"number": latest.number})
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        close = PeriodClose.objects.filter(period=row, number=said.pop("number")).defer("content").first()
        try:
            made = actions.reopen(close=close or latest, by=user, **said)
        except Conflict as error:
            return _gone(request, row, error)
        except PortalError as error:
            say(form, error)
        else:
            messages.success(request, f"Đã mở lại kỳ {row.name} đến hết ngày {format_day(made.expires_on)}.")
            return redirect("plans:period_list", code)
    context = {"plan": row.plan, "label": row.plan.label, "period": row, "latest": latest, "form": form}
    return render(request, "plans/period_reopen.html", context, status=422 if form.errors else 200)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None


@require_safe
def close_detail(request: HttpRequest, code: str, period: str, number: int) -> HttpResponse:
    """One close: its seal, its figures, and (``?co-quan=``) the duties of an agency behind a figure."""
    user = person(request)
    close = _close(user, code, period, number)
    context = {
        "close": close,
        "row": closes.close_row(close, code, period, watched=True),
        "label": close.plan.label,
        "sealed": sealed(content_of(close), _number(request.GET.get("co-quan", ""))),
        "sees_trail": close.province_id in user.provinces_with(Permission.TRAIL_READ),
    }
    return render(request, "plans/close_detail.html", context)


@require_safe
@cache_control(private=True, no_store=True)
def close_file(request: HttpRequest, code: str, period: str, number: int) -> HttpResponse:
    """The snapshot as it was sealed, byte for byte: its SHA-256 is that of the close."""
    close = _close(person(request), code, period, number)
    content_of(close)
    response = HttpResponse(close.content.encode(), content_type="application/json")
    name = f"chot-ky-{close.plan.code}-{close.period.code}-lan-{close.number}-{close.sha256[:12]}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(close.sha256)).decode()}:"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
def close_diff(request: HttpRequest, code: str, period: str, number: int) -> HttpResponse:
    """What differs between a close and another of its period (``?voi=2``), or what is on record now."""
    user, today = person(request), calendar.today()
    close = _close(user, code, period, number)
    others = PeriodClose.objects.filter(period=close.period).exclude(pk=close.pk).order_by("number")
    other = None
    wanted = _number(request.GET.get("voi", ""))
    if wanted is not None:
        other = get_object_or_404(others, number=wanted)
    after = content_of(other) if other else snapshot(close.period, today)
    before = content_of(close)
    if other is not None and other.number < close.number:
        before, after = after, before
    context = {
        "close": close,
        "other": other,
        "others": others.defer("content"),
        "label": close.plan.label,
        "difference": difference(before, after),
        "today": format_day(today),
        "first": min(close.number, other.number) if other else close.number,
        "second": max(close.number, other.number) if other else None,
    }
    return render(request, "plans/close_diff.html", context)

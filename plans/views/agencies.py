"""One agency: its people and figures, and how it approves its reports."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from agencies import calendar
from agencies.actions import approval
from agencies.errors import PortalError
from agencies.models import Agency, Delegation, User
from agencies.permissions import Permission
from plans.facts import agency as facts
from plans.forms.agencies import DelegateForm, ReleaseForm, RuleForm
from plans.forms.fields import say
from plans.views.people import person


@require_safe
def agency_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Who answers for an agency, and how it stands."""
    user = person(request)
    agency = get_object_or_404(Agency.objects.visible_to(user), pk=pk)
    context = {
        "page": facts.agency_page(agency, user, calendar.today()),
        "sees_trail": agency.province_id in user.provinces_with(Permission.TRAIL_READ),
        "agency_id": agency.pk,
    }
    return render(request, "plans/agency_detail.html", context)


def _ruled(request: HttpRequest, pk: int) -> tuple[User, Agency]:
    """Return an agency of which the person decides how it approves, or 404."""
    user = person(request)
    agency = get_object_or_404(Agency.objects.visible_to(user), pk=pk)
    if not approval.may_rule(agency, user):
        get_object_or_404(Agency.objects.none(), pk=pk)
    return user, agency


@require_http_methods(["GET", "HEAD", "POST"])
def agency_approval(request: HttpRequest, pk: int) -> HttpResponse:
    """Whether the head approves before a report leaves, and who approves in the head's place."""
    user, agency = _ruled(request, pk)
    today = calendar.today()
    sent = request.POST.get("action", "")
    rule = RuleForm(request.POST if sent == "require" else None, initial={"valid_from": today}, auto_id="rule_%s")
    release = ReleaseForm(request.POST if sent == "release" else None, initial={"last_day": today})
    delegate = DelegateForm(
        request.POST if sent == "delegate" else None,
        people=approval.stand_ins(agency).exclude(pk=user.pk),
        initial={"valid_from": today},
        auto_id="delegate_%s",
    )
    form: Any = {"require": rule, "release": release, "delegate": delegate}.get(sent)
    if sent == "revoke":
        given = get_object_or_404(Delegation.objects.visible_to(user), agency=agency, pk=_number(request, "delegation"))
        approval.revoke(delegation=given, by=user)
        messages.success(request, f"Đã chấm dứt ủy quyền cho {given.person}.")
        return redirect("plans:agency_approval", pk)
    if form is not None and form.is_valid():
        verb = {"require": approval.require_head, "release": approval.release, "delegate": approval.delegate}[sent]
        try:
            verb(agency=agency, by=user, **form.cleaned_data)  # type: ignore[operator]
        except PortalError as error:
            say(form, error)
        else:
            messages.success(request, "Đã ghi.")
            return redirect("plans:agency_approval", pk)
    context = {
        "agency": agency,
        "rules": agency.approval_rules.select_related("set_by"),
        "open_rule": agency.approval_rules.filter(valid_to__isnull=True).first(),
        "delegations": agency.delegations.select_related("person", "given_by"),
        "today": today,
        "rule_form": rule,
        "release_form": release,
        "delegate_form": delegate,
        "by_administrator": agency.province_id in user.provinces_with(Permission.DIRECTORY_MANAGE),
    }
    return render(request, "plans/agency_approval.html", context, status=422 if form is not None else 200)


def _number(request: HttpRequest, name: str) -> int:
    value = request.POST.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 18 else 0

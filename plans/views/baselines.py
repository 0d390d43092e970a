"""Choosing the result that a target is measured from."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from agencies import calendar
from agencies.errors import PortalError
from agencies.permissions import Permission
from plans.actions import baselines
from plans.facts.targets import baseline_candidates, target_facts
from plans.forms.baselines import BaselineForm
from plans.forms.fields import say
from plans.models import Plan, Target
from plans.views.people import person


@require_http_methods(["GET", "HEAD", "POST"])
def target_baseline(request: HttpRequest, code: str, target: str) -> HttpResponse:
    """What there is to choose from, what was chosen before, and the choice."""
    user, today = person(request), calendar.today()
    plans = Plan.objects.visible_to(user).filter(province_id__in=user.provinces_with(Permission.BASELINE_CHOOSE))
    row = get_object_or_404(
        Target.objects.select_related("plan__province").filter(plan__in=plans, plan__code=code), code=target
    )
    facts = next((one for one in target_facts(row.plan, today) if one.code == row.code), None)
    if facts is None:
        raise Http404("the target is no longer in force")
    candidates = baseline_candidates(row, today)
    form = BaselineForm(request.POST or None, candidates=candidates)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                baselines.choose(
                    target=row, result_id=form.cleaned_data["result"], reason=form.cleaned_data["reason"], by=user
                )
            except PortalError as error:
                say(form, error)
            else:
                messages.success(request, f"Đã chọn gốc cho mục tiêu {row.code}.")
                return redirect("plans:plan_detail", row.plan.code)
    context = {
        "plan": row.plan,
        "label": row.plan.label,
        "target": facts,
        "candidates": candidates,
        "form": form,
        "history": [
            {
                "who": str(one.chosen_by),
                "time": calendar.moment(one.chosen_at),
                "iso": calendar.iso(one.chosen_at),
                "what": f"{one.result.province.name}, năm {one.result.year}",
                "reason": one.reason,
            }
            for one in row.baselines.select_related("chosen_by", "result__province").order_by("-chosen_at", "-pk")
        ],
    }
    return render(request, "plans/target_baseline.html", context, status=status)

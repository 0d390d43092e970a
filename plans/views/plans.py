"""Plans: their list, their text, their dashboard."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from agencies import calendar
from agencies.permissions import Permission
from agencies.text import format_day
from plans.facts import dashboard
from plans.facts.assignment_list import NOW
from plans.facts.badges import plan_state_badge
from plans.facts.dashboard_day import dashboard_on
from plans.facts.plan_day import plan_page_on
from plans.facts.plan_list import plan_rows
from plans.facts.plan_page import plan_page
from plans.facts.target_rows import target_rows
from plans.forms.plans import AsOfForm, PlanTasksForm
from plans.models import Plan
from plans.views.people import person


@require_safe
def plan_list(request: HttpRequest) -> HttpResponse:
    """The plans the person may read."""
    return render(request, "plans/plan_list.html", {"plans": plan_rows(person(request))})


@require_safe
def plan_detail(request: HttpRequest, code: str) -> HttpResponse:
    """The text of a plan, with what the person may see of its progress; ``?ngay=`` as it stood on a past day."""
    user = person(request)
    plan = get_object_or_404(Plan.objects.visible_to(user), code=code)
    wanted, today = PlanTasksForm(request.GET).wanted(), calendar.today()
    form = AsOfForm(request.GET, today=today)
    day = form.day()
    page = plan_page_on(plan, user, wanted, day) if day else plan_page(plan, user, wanted, today)
    amends = plan.province_id in user.provinces_with(Permission.PLAN_AMEND)
    context = {"plan": page, "as_of_form": form, "amends": amends, "replaces": plan.replaces_id is not None}
    return render(request, "plans/plan_detail.html", context, status=422 if form.errors else 200)


def _by_now(request: HttpRequest) -> bool:
    """Tell whether figures are asked for by the agencies of today (``?don_vi=nay``)."""
    return request.GET.get("don_vi") == NOW


@require_safe
def plan_dashboard(request: HttpRequest, code: str) -> HttpResponse:
    """The figures of a plan; their region refreshes itself unless ``?dung=1`` stops it.

    ``?ngay=dd/mm/yyyy`` shows them as they were at the end of that day.
    """
    user = person(request)
    plan = get_object_or_404(Plan.objects.watched_by(user), code=code)
    today = calendar.today()
    form = AsOfForm(request.GET, today=today)
    day = form.day()
    context = {
        "plan": plan,
        "label": plan.label,
        "state": plan_state_badge(plan.state),
        "figures": dashboard_on(plan, day) if day else dashboard.dashboard(plan, user, by_now=_by_now(request)),
        "targets": target_rows(plan, day or today, user),
        "live": request.GET.get("dung") != "1" and day is None,
        "as_of_form": form,
        "past": day is not None,
        "day": format_day(day),
    }
    return render(request, "plans/plan_dashboard.html", context, status=422 if form.errors else 200)


@never_cache
@require_safe
def plan_dashboard_figures(request: HttpRequest, code: str) -> HttpResponse:
    """The region of figures alone; 204 (nothing to swap) while ``?so=`` names the computation last shown."""
    user = person(request)
    plan = get_object_or_404(Plan.objects.watched_by(user), code=code)
    if request.GET.get("so") == dashboard.token_of(dashboard.computed_at(plan)):
        return HttpResponse(status=204)
    figures = dashboard.dashboard(plan, user, by_now=_by_now(request))
    context = {"plan": plan, "figures": figures, "live": True}
    return render(request, "plans/_dashboard_figures.html", context)

"""Tasks of agencies: the list with its filters, and one task with its whole history."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from agencies import calendar
from agencies.models import Agency, Succession
from agencies.permissions import Permission
from plans.facts import reminders
from plans.facts.assignment_list import assignment_rows, assignments
from plans.facts.duty import duty_panel
from plans.facts.task import assignment_page
from plans.forms.assignments import AssignmentFilterForm
from plans.forms.progress import CorrectForm
from plans.models import Assignment, Plan, Section
from plans.views.people import page_rows, person

PAGE = 25


@require_safe
def assignment_list(request: HttpRequest) -> HttpResponse:
    """The reporting tasks the person may see, filtered by the address."""
    user, today = person(request), calendar.today()
    plans = Plan.objects.visible_to(user)
    seen = Assignment.objects.visible_to(user).leading().order_by()
    form = AssignmentFilterForm(
        request.GET,
        plans=plans.exclude(state=Plan.State.DRAFTING),
        agencies=Agency.objects.visible_to(user)
        .filter(Q(pk__in=seen.values("agency_id")) | Q(pk__in=Succession.objects.values("successor")))
        .order_by("order"),
        sections=Section.objects.filter(plan__in=plans, tasks__isnull=False).distinct().order_by("plan", "order"),
    )
    wanted = form.wanted()
    found = assignments(user, wanted, today) if wanted else seen.none()
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    whole = bool(user.provinces_with(Permission.PROGRESS_READ))
    context = {
        "form": form,
        "page_obj": page,
        "rows": assignment_rows(page_rows(page), user, today) if wanted else (),
        "active": wanted.active if wanted else 0,
        "several_agencies": whole or len(user.agencies_with(Permission.PROGRESS_READ)) > 1,
        "whole_province": whole,
    }
    return render(request, "plans/assignment_list.html", context, status=200 if wanted else 422)


@require_safe
def assignment_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One task of an agency with its whole history."""
    user = person(request)
    assignment = get_object_or_404(
        Assignment.objects.visible_to(user).select_related(
            "task__plan", "task__section", "task__current", "agency", "succeeds__agency"
        ),
        pk=pk,
    )
    context = {
        "duty": duty_panel(assignment, user, calendar.today()),
        "page": assignment_page(assignment, user, calendar.today()),
        "correct_form": CorrectForm(auto_id=False),
        "reminders": reminders.history(assignment, user),
        "sees_trail": assignment.province_id in user.provinces_with(Permission.TRAIL_READ),
        "duty_id": assignment.pk,
        "task_id": assignment.task_id,
    }
    return render(request, "plans/assignment_detail.html", context)

"""The end of a plan, the plan that takes its place, and the unfinished tasks that are offered to it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from agencies import calendar
from agencies.errors import PortalError
from plans.actions import carry_over, plans
from plans.facts import carry_over as facts
from plans.facts.badges import state_badge, time_badge
from plans.forms.bodies import Bodies
from plans.forms.fields import say
from plans.forms.successions import CarryForm, EndForm, PlanReplaceForm
from plans.models import Amendment, Plan, Task
from plans.views.people import person

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


def _plan(request: HttpRequest, code: str) -> Plan:
    return get_object_or_404(
        Plan.objects.amendable_by(person(request)).select_related("province", "replaces__province"), code=code
    )


@get_or_post
def plan_end(request: HttpRequest, code: str) -> HttpResponse:
    """End a plan with the document that says so."""
    plan = _plan(request, code)
    form = EndForm()
    if request.method == "POST":
        form = EndForm(request.POST)
        if form.is_valid():
            try:
                plans.end(plan=plan, by=person(request), **form.cleaned_data)
            except PortalError as error:
                say(form, error)
            else:
                messages.success(request, "Đã ghi nhận kết thúc kế hoạch. Kế hoạch không nhận báo cáo nữa.")
                return redirect("plans:plan_detail", code)
    context = {"plan": plan, "label": plan.label, "form": form}
    return render(request, "plans/plan_end.html", context, status=422 if form.errors else 200)


@get_or_post
def plan_replace(request: HttpRequest, code: str) -> HttpResponse:
    """Say which plan this one takes the place of."""
    plan = _plan(request, code)
    # Plans of the provinces that were merged too: whoever amends the new province's plan chooses among them.
    older = Plan.objects.replaceable_by(plan)
    form = PlanReplaceForm(plans=older)
    if request.method == "POST":
        form = PlanReplaceForm(request.POST, plans=older)
        if form.is_valid():
            try:
                plans.replace(old=form.cleaned_data["old"], new=plan, by=person(request))
            except PortalError as error:
                say(form, error)
            else:
                messages.success(request, "Đã ghi kế hoạch được thay thế. Nhiệm vụ dở dang chưa được chuyển tiếp.")
                return redirect("plans:plan_carry_over", code)
    context = {"plan": plan, "label": plan.label, "form": form}
    return render(request, "plans/plan_replace.html", context, status=422 if form.errors else 200)


@get_or_post
def plan_carry_over(request: HttpRequest, code: str) -> HttpResponse:
    """Offer the unfinished tasks of the replaced plan; carry the ticked ones, each by itself."""
    plan, today = _plan(request, code), calendar.today()
    rows = facts.offered(plan, today)
    issued = plan.state == Plan.State.ISSUED
    drafts = Amendment.objects.filter(plan=plan, state=Amendment.State.DRAFT) if issued else None
    sections = plan.sections.order_by("order")

    form = CarryForm(
        request.POST if request.method == "POST" else None,
        rows=rows,
        sections=sections,
        bodies=Bodies(plan.province_id, today),
        drafts=drafts,
    )
    carried: list[str] = []
    if request.method == "POST" and form.is_valid():
        for row, wanted in form.taken():
            subject = Task.objects.select_related("plan__province").get(pk=row.task_id, plan=plan.replaces)
            try:
                if issued:
                    carry_over.carry_by_amendment(
                        amendment=form.cleaned_data["amendment"], task=subject, by=person(request), **wanted
                    )
                else:
                    carry_over.carry(task=subject, by=person(request), **wanted)
            except PortalError as error:
                name = next(
                    (f"{one}_{row.task_id}" for one in error.fields if f"{one}_{row.task_id}" in form.fields), ""
                )
                form.add_error(name or None, f"Nhiệm vụ {row.code}: {error.message}")
            else:
                carried.append(row.code)
        if carried:
            messages.success(request, f"Đã chuyển tiếp {len(carried)} nhiệm vụ: {', '.join(carried)}.")
        if not form.errors:
            return redirect("plans:plan_carry_over", code)
        rows = facts.offered(plan, today)
        gone = {row.task_id for row in rows if not row.left_behind}
        form.rows = [row for row in form.rows if row.task_id not in gone]
    context = {
        "plan": plan,
        "label": plan.label,
        "old": plan.replaces,
        "old_label": plan.replaces.label if plan.replaces else "",
        "old_visible": Plan.objects.visible_to(person(request)).filter(pk=plan.replaces_id or 0).exists(),
        "old_endable": Plan.objects.amendable_by(person(request)).filter(pk=plan.replaces_id or 0).exists(),
        "rows": rows,
        "offers": [
            {
                "row": row,
                "fields": fields,
                "state": state_badge(row.standing.state),
                "time": time_badge(
                    row.standing.state, row.deadline_kind, row.standing.due_on, row.standing.done_on, today
                ),
            }
            for row, fields in form.fields_of()
        ],
        "carried": [row for row in rows if not row.left_behind],
        "form": form,
        "issued": issued,
        "drafts": drafts is not None and drafts.exists(),
    }
    return render(request, "plans/plan_carry_over.html", context, status=422 if form.errors else 200)

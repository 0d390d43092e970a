"""What is ruled about a duty or a task, and the members of a group task."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from agencies import calendar
from agencies.errors import PortalError
from agencies.models import User
from agencies.permissions import Permission
from plans.actions import rulings
from plans.facts import group_task
from plans.facts.addresses import assignment_url
from plans.facts.duty import KIND_LABELS, kinds_now
from plans.facts.recorded import recorded
from plans.forms.duties import ConditionForm, RulingForm
from plans.forms.fields import say
from plans.models import Assignment, Ruling, Task
from plans.standing import DeadlineKind, DoneRule, State
from plans.views.people import person


def _duty(request: HttpRequest, pk: int) -> Assignment:
    """Return a duty whose progress the person may read."""
    return get_object_or_404(
        Assignment.objects.visible_to(person(request)).select_related(
            "task__plan", "task__section", "task__current", "agency"
        ),
        pk=pk,
    )


def _group(request: HttpRequest, pk: int) -> Task:
    """Return a task of which the person may see every agency's progress."""
    user = person(request)
    return get_object_or_404(
        Task.objects.visible_to(user)
        .filter(province_id__in=user.provinces_with(Permission.PROGRESS_READ), current__isnull=False)
        .select_related("plan", "section", "current"),
        pk=pk,
    )


def _states(duties: list[Assignment], task: Task) -> set[State]:
    record = recorded(task.plan, calendar.today())
    return {record.duties[one.pk].state for one in duties if one.pk in record.duties}


def _may_rule(of: Assignment | Task, user: User) -> bool:
    try:
        rulings.may_rule(of, user)
    except PortalError:
        return False
    return True


_VERBS: dict[Ruling.Kind, Callable[..., Ruling]] = {
    Ruling.Kind.SUSPEND: rulings.suspend,
    Ruling.Kind.RESUME: rulings.resume,
    Ruling.Kind.CANCEL: rulings.cancel,
    Ruling.Kind.FINISH: rulings.finish,
    Ruling.Kind.INTERNAL_DUE: rulings.set_internal_due,
}


def _rule(of: Assignment | Task, kind: Ruling.Kind, form: RulingForm, by: User) -> None:
    values = form.values()
    if "document" in form.fields:
        values["upload"] = form.upload(number=values.get("document_number", ""), issued_on=values.get("document_date"))
    if kind == Ruling.Kind.DONE_RULE and isinstance(of, Task):
        rulings.set_done_rule(task=of, by=by, **values)
    elif kind == Ruling.Kind.TASK_DONE and isinstance(of, Task):
        rulings.conclude(task=of, done_on=values.pop("effective_on"), by=by, **values)
    else:
        _VERBS[kind](of=of, by=by, **values)


def _ruling_page(
    request: HttpRequest, of: Assignment | Task, possible: tuple[Ruling.Kind, ...], context: dict[str, Any], back: str
) -> HttpResponse:
    """Show what may be ruled; with a kind chosen (``loai``), its form; take the form."""
    user = person(request)
    left = rulings.left_out(of, user)
    chosen = request.POST.get("kind") or request.GET.get("loai", "")
    kind = next((one for one in KIND_LABELS if one.value == chosen), None)
    form, status = None, 200
    if kind is not None and kind not in possible:
        messages.warning(request, f"“{KIND_LABELS[kind]}” không áp dụng được cho nhiệm vụ lúc này.")
        kind = None
    if kind is not None and request.method == "POST":
        form = RulingForm(request.POST, request.FILES, kind=kind)
        if form.is_valid():
            try:
                _rule(of, kind, form, user)
            except PortalError as error:
                say(form, error)
            else:
                messages.success(request, f"Đã ghi quyết định: {KIND_LABELS[kind].lower()}.")
                if kind not in (Ruling.Kind.DONE_RULE, Ruling.Kind.TASK_DONE) and left:
                    messages.warning(request, _left_to_the_second_body(left))
                return redirect(back)
        status = 422
    elif kind is not None:
        initial = {"effective_on": calendar.today()} if kind != Ruling.Kind.TASK_DONE else {}
        form = RulingForm(kind=kind, initial=initial)
    context |= {
        "form": form,
        "label": KIND_LABELS[kind] if kind else "",
        "kinds": [(one.value, KIND_LABELS[one], one is kind) for one in possible],
        "back_url": back,
        "left": (
            _left_to_the_second_body(left)
            if left and kind not in (Ruling.Kind.DONE_RULE, Ruling.Kind.TASK_DONE)
            else ""
        ),
    }
    return render(request, "plans/ruling_form.html", context, status=status)


def _left_to_the_second_body(left: list[Assignment]) -> str:
    names = ", ".join(one.agency.label for one in left)
    return (
        f"Quyết định không áp dụng cho {names}: không ai được quyết định về nhiệm vụ của chính cơ quan mình. "
        "Việc đó do cơ quan thẩm định thứ hai quyết định."
    )


@require_http_methods(["GET", "HEAD", "POST"])
def duty_ruling(request: HttpRequest, pk: int) -> HttpResponse:
    """Rule about one agency's duty; who may not decide about it has no such page."""
    assignment = _duty(request, pk)
    if not _may_rule(assignment, person(request)):
        raise Http404("not this person's to decide")
    version = assignment.task.current
    assert version is not None
    possible = kinds_now(
        DeadlineKind(version.deadline_kind), _states([assignment], assignment.task), DoneRule.ALL, whole=False
    )
    context = {
        "code": assignment.task.code,
        "title": version.title,
        "who": assignment.agency.name,
        "whole_url": "",
    }
    return _ruling_page(request, assignment, possible, context, assignment_url(pk))


@require_http_methods(["GET", "HEAD", "POST"])
def group_ruling(request: HttpRequest, pk: int) -> HttpResponse:
    """Rule about a whole task: its rule of completion, its conclusion, its halt."""
    task = _group(request, pk)
    if not _may_rule(task, person(request)):
        raise Http404("not this person's to decide")
    version = task.current
    assert version is not None
    possible = kinds_now(
        DeadlineKind(version.deadline_kind),
        _states(rulings.reached(task, person(request)), task),
        DoneRule(task.done_rule),
        whole=True,
    )
    context = {"code": task.code, "title": version.title, "who": "Cả nhiệm vụ, mọi cơ quan chủ trì"}
    return _ruling_page(request, task, possible, context, reverse("plans:group_detail", args=[pk]))


@require_http_methods(["GET", "HEAD", "POST"])
def duty_condition(request: HttpRequest, pk: int) -> HttpResponse:
    """Record the document that sets a conditional duty going."""
    user, assignment = person(request), _duty(request, pk)
    version = assignment.task.current
    tells = Assignment.objects.asking_for(user).filter(pk=pk).exists() or _may_rule(assignment, user)
    if version is None or version.deadline_kind != DeadlineKind.CONDITIONAL or not tells:
        raise Http404("not conditional, or not this person's")
    form, status = ConditionForm(initial={"due_on": version.deadline_to}), 200
    if request.method == "POST":
        form, status = ConditionForm(request.POST, request.FILES), 422
        if form.is_valid():
            values = {name: value for name, value in form.cleaned_data.items() if name != "document"}
            try:
                rulings.meet_condition(
                    of=assignment,
                    upload=form.upload(number=values["document_number"], issued_on=values["document_date"]),
                    by=user,
                    **values,
                )
            except PortalError as error:
                say(form, error)
            else:
                messages.success(request, "Đã ghi nhận điều kiện; thời hạn được tính từ nay.")
                return redirect("plans:assignment_detail", pk)
    context = {
        "form": form,
        "code": assignment.task.code,
        "title": version.title,
        "who": assignment.agency.name,
        "heading": "Đã đến điều kiện",
        "hint": version.condition,
        "button": "Ghi nhận",
        "back_url": assignment_url(pk),
    }
    return render(request, "plans/duty_form.html", context, status=status)


@require_safe
def group_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A task with all its agencies, filtered by the address (``loc``); the names are ready to copy."""
    user, task = person(request), _group(request, pk)
    wanted = request.GET.get("loc", "")
    if wanted not in group_task.MEMBER_CHOICES:
        wanted = ""
    context = {
        "page": group_task.group_page(task, user, wanted, calendar.today(), rules=_may_rule(task, user)),
        "wanted": wanted,
        "choices": [("", "Tất cả"), *group_task.MEMBER_CHOICES.items()],
        "sees_trail": task.province_id in user.provinces_with(Permission.TRAIL_READ),
    }
    return render(request, "plans/group_detail.html", context)

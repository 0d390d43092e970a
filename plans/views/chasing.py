"""Chasing: who is late, who will be told if the button is pressed, what has been said, the leaders' list."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from agencies import calendar
from agencies.errors import PortalError
from agencies.models import Agency, User
from agencies.permissions import Permission
from plans.actions import reminders as actions
from plans.facts import chasing, leaders_list, reminders
from plans.forms.chasing import ChaseFilterForm, ChaseForm
from plans.forms.fields import say
from plans.models import Assignment, Plan, Reminder
from plans.models.task import AssignmentQuerySet
from plans.reminders import LEADER_FROM
from plans.views.people import page_rows, person

PAGE = 50


def _chaser(request: HttpRequest) -> User:
    """Return the person when there is a province they may chase in; these pages do not exist for others."""
    user = person(request)
    if not user.provinces_with(Permission.CHASE):
        raise Http404
    return user


def _filter(request: HttpRequest, user: User) -> ChaseFilterForm:
    provinces = user.provinces_with(Permission.CHASE)
    duties = Assignment.objects.leading().filter(chasing.chaseable(), province_id__in=provinces).order_by()
    return ChaseFilterForm(
        request.GET,
        plans=Plan.objects.visible_to(user).filter(province_id__in=provinces, state=Plan.State.ISSUED),
        agencies=Agency.objects.filter(pk__in=duties.values("agency_id")).order_by("order"),
    )


@require_safe
def chase_list(request: HttpRequest) -> HttpResponse:
    """Duties that are overdue, not updated or due soon, by agency, to be ticked and chased."""
    user, today = _chaser(request), calendar.today()
    form = _filter(request, user)
    wanted = form.wanted()
    found = chasing.to_chase(user, wanted, today) if wanted else Assignment.objects.none()
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    groups = chasing.chase_groups(page_rows(page), today) if wanted else ()
    context = {
        "form": form,
        "page_obj": page,
        "groups": groups,
        "silent": [group.agency for group in groups if group.silent],
        "kind": wanted.due if wanted else "",
        "kinds": [
            {"code": code, "label": label, "url": f"?{urlencode({**request.GET.dict(), 'due': code, 'page': 1})}"}
            for code, label in chasing.KINDS.items()
        ],
        "active": (wanted.active - 1) if wanted else 0,
        "query": request.GET.urlencode(),
    }
    return render(request, "plans/chase_list.html", context, status=200 if wanted else 422)


@require_safe
def chase_text(request: HttpRequest) -> HttpResponse:
    """The same duties, all of them, as plain text to paste into a letter; ``?tep=1`` is the file."""
    user, today = _chaser(request), calendar.today()
    wanted = _filter(request, user).wanted()
    if wanted is None:
        return redirect("plans:chase_list")
    groups = chasing.chase_groups(chasing.to_chase(user, wanted, today), today)
    text = chasing.letter_text(groups, wanted.due, today)
    if request.GET.get("tep") == "1":
        response = HttpResponse(text, content_type="text/plain; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="don-doc-{today:%Y-%m-%d}.txt"'
        return response
    query = request.GET.copy()
    query["tep"] = "1"
    context = {
        "text": text,
        "rows": min(40, text.count("\n") + 1),
        "empty": not groups,
        "label": chasing.KINDS[wanted.due],
        "file_url": f"?{query.urlencode()}",
        "back_query": request.GET.urlencode(),
    }
    return render(request, "plans/chase_text.html", context)


def _chosen(user: User, form: ChaseForm) -> AssignmentQuerySet:
    """Return the ticked duties. One that the person may not see does not exist (404)."""
    ids = form.cleaned_data["assignments"]
    provinces = user.provinces_with(Permission.CHASE)
    found = Assignment.objects.visible_to(user).filter(pk__in=ids, province_id__in=provinces)
    if found.count() != len(ids):
        raise Http404
    return found


def _show(request: HttpRequest, form: ChaseForm, user: User, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "preview": chasing.preview(_chosen(user, form), calendar.today()),
        "default_text": actions.DEFAULT_TEXT,
    }
    return render(request, "plans/chase_preview.html", context, status=status)


@require_POST
def chase_preview(request: HttpRequest) -> HttpResponse:
    """Who will be told if the button is pressed: nothing is written or sent here."""
    user = _chaser(request)
    form = ChaseForm(request.POST)
    if not form.is_valid():
        for said in form.errors.values():
            messages.error(request, " ".join(str(one) for one in said))
        return redirect("plans:chase_list")
    return _show(request, form, user)


@require_POST
def chase_send(request: HttpRequest) -> HttpResponse:
    """Press the button."""
    user = _chaser(request)
    form = ChaseForm(request.POST)
    if not form.is_valid():
        if form.cleaned_data.get("assignments"):
            return _show(request, form, user, status=422)
        messages.error(request, "Hãy chọn ít nhất một nhiệm vụ để đôn đốc.")
        return redirect("plans:chase_list")
    duties = list(_chosen(user, form))
    try:
        chased = actions.chase(assignments=duties, text=form.cleaned_data["text"], by=user)
    except PortalError as error:
        say(form, error)
        return _show(request, form, user, status=error.status)
    agencies = len({one.agency_id for one in chased.sent})
    messages.success(request, f"Đã đôn đốc {len(chased.sent)} nhiệm vụ của {agencies} cơ quan.")
    for number, words in (
        (len(chased.already), "đã được đôn đốc hôm nay nên không gửi thêm"),
        (len(chased.silent), "của cơ quan chưa có ai nhận được: hãy đôn đốc bằng công văn hoặc điện thoại"),
        (len(chased.closed), "đã hoàn thành hoặc không còn phải báo cáo nên không gửi"),
    ):
        if number:
            messages.warning(request, f"{number} nhiệm vụ {words}.")
    return redirect("plans:chase_sent")


@require_safe
def chase_sent(request: HttpRequest) -> HttpResponse:
    """What has been said to the agencies of the person's provinces, newest first."""
    user = _chaser(request)
    found = Reminder.objects.visible_to(user).filter(province_id__in=user.provinces_with(Permission.CHASE))
    only_people = request.GET.get("nguoi") == "1"
    if only_people:
        found = found.by_people()
    page = Paginator(found.order_by("-created_at", "-id"), PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "rows": reminders.reminder_rows(page_rows(page)),
        "only_people": only_people,
    }
    return render(request, "plans/chase_sent.html", context)


@require_safe
def leader_list(request: HttpRequest) -> HttpResponse:
    """What is overdue for two weeks or more, by agency and with the head's name."""
    user, today = person(request), calendar.today()
    if not user.provinces_with(Permission.DASHBOARD_READ):
        raise Http404
    page = Paginator(leaders_list.leader_duties(user, today), PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "rows": leaders_list.leader_rows(page_rows(page), today),
        "reports": leaders_list.leader_reports(user, today),
        "today": f"{today:%d/%m/%Y}",
        "days": LEADER_FROM,
    }
    return render(request, "plans/leader_list.html", context)

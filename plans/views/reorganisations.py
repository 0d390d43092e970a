"""Reorganisations of agencies: proposals, what they change, and the duties they leave open, one by one."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import capfirst
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.actions import reorganisations as actions
from agencies.errors import Conflict, PortalError, Refused
from agencies.facts.outcomes import preview
from agencies.forms import ApplyForm, DiscardForm, ReorganisationForm
from agencies.models import Agency, Province, ProvinceSuccession, Reorganisation
from agencies.permissions import Permission
from plans.actions import transfers
from plans.facts import duties
from plans.forms.fields import say
from plans.forms.reorganisations import DutyForm
from plans.models import Assignment
from plans.views.people import person

_VARIANTS = {
    Reorganisation.State.PROPOSED: "draft",
    Reorganisation.State.APPLIED: "ok",
    Reorganisation.State.DISCARDED: "muted",
}


def _row(request: HttpRequest, pk: int, *, managed: bool = False) -> Reorganisation:
    user = person(request)
    rows = Reorganisation.objects.managed_by(user) if managed else Reorganisation.objects.visible_to(user)
    return get_object_or_404(rows.select_related("province", "proposed_by", "applied_by", "discarded_by"), pk=pk)


def _agencies(province: Province, row: Reorganisation | None = None) -> Any:
    """Return the agencies that still exist, and those the proposal names already."""
    living = Agency.objects.filter(province=province, valid_to__isnull=True)
    if row is not None:
        named = Agency.objects.filter(pk__in=row.predecessors.values("agency"))
        living = living | named
    return living.order_by("order", "name")


@require_safe
def reorganisation_list(request: HttpRequest) -> HttpResponse:
    """The reorganisations that concern the person, and the mergers of provinces."""
    user = person(request)
    rows = list(
        Reorganisation.objects.visible_to(user)
        .select_related("province", "applied_by")
        .order_by("-effective_on", "title", "pk")
    )
    states = Reorganisation.State
    context = {
        "groups": [
            (heading, hint, [row for row in rows if row.state == state])
            for state, heading, hint in (
                (states.PROPOSED, "Chờ xem xét", "Chưa thay đổi gì cho đến khi quản trị viên áp dụng"),
                (states.APPLIED, "Đã áp dụng", "Nhiệm vụ còn mở được chuyển giao từng dòng trong từng phương án"),
                (states.DISCARDED, "Đã bỏ", ""),
            )
        ],
        "any": bool(rows),
        "provinces": ProvinceSuccession.objects.visible_to(user).select_related("predecessor", "successor"),
        "manages": bool(user.provinces_with(Permission.DIRECTORY_MANAGE)),
    }
    return render(request, "plans/reorganisation_list.html", context)


def _detail(
    request: HttpRequest,
    row: Reorganisation,
    *,
    apply_form: ApplyForm | None = None,
    discard_form: DiscardForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = person(request)
    proposed = row.state == Reorganisation.State.PROPOSED
    applied = row.state == Reorganisation.State.APPLIED
    manages = row.province_id in user.provinces_with(Permission.DIRECTORY_MANAGE)
    initial = {"revision": row.revision}
    # How duties stand is no business of the directory's administrators.
    seen = Assignment.objects.visible_to(user)
    watches = row.province_id in user.provinces_with(Permission.PROGRESS_READ)
    waiting = duties.open_duties(row).filter(pk__in=seen.values("pk"))
    open_rows = duties.duty_rows(waiting) if row.state != Reorganisation.State.DISCARDED else ()
    # Whose duties the person confirms: nobody the own agency's.
    decides = transfers.decides_for(user) if applied and transfers.may_move(row.province_id, user) else frozenset()
    moves = any(one.agency_id in decides for one in open_rows)
    context = {
        "row": row,
        "badge": {"text": capfirst(row.get_state_display()), "variant": _VARIANTS[Reorganisation.State(row.state)]},
        "preview": preview(row),
        "proposed": proposed,
        "applied": applied,
        "manages": manages and proposed,
        "gives_roles": manages and applied,
        "apply_form": apply_form or ApplyForm(initial=initial),
        "discard_form": discard_form or DiscardForm(initial=initial, auto_id="id_discard_%s"),
        "duties": open_rows,
        "decides": decides,
        "decided": duties.decided_rows(row) if watches else (),
        "watches": watches,
        "moves": moves,
        "receivers": duties.receivers(row) if moves else (),
        "others": list(duties.other_agencies(row)) if moves else (),
        "outcomes": DutyForm.CHOICES,
    }
    return render(request, "plans/reorganisation_detail.html", context, status=status)


@require_safe
def reorganisation_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One reorganisation: what it changes or changed, and its open duties."""
    return _detail(request, _row(request, pk))


def _province(request: HttpRequest) -> Province:
    """Return the province whose directory the person keeps (``?tinh=`` where there are several)."""
    kept = Province.objects.filter(pk__in=person(request).provinces_with(Permission.DIRECTORY_MANAGE)).order_by("name")
    wanted = request.GET.get("tinh")
    province = (kept.filter(code=wanted) if wanted else kept).first()
    if province is None:
        raise Http404("the person keeps no directory")
    return province


def _edit_page(
    request: HttpRequest, form: ReorganisationForm, row: Reorganisation | None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "row": row}
    return render(request, "plans/reorganisation_edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def reorganisation_add(request: HttpRequest) -> HttpResponse:
    """Enter a proposal by hand."""
    province = _province(request)
    form = ReorganisationForm(request.POST or None, agencies=_agencies(province))
    if request.method != "POST":
        return _edit_page(request, form, None)
    if form.is_valid():
        try:
            row = actions.propose(province=province, draft=form.draft(), by=person(request))
        except PortalError as error:
            say(form, error)
        else:
            messages.success(request, "Đã lưu phương án. Chưa thay đổi gì cho đến khi áp dụng.")
            return redirect("plans:reorganisation_detail", row.pk)
    return _edit_page(request, form, None, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def reorganisation_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a proposal."""
    row = _row(request, pk, managed=True)
    if row.state != Reorganisation.State.PROPOSED:
        messages.warning(request, f"Phương án {row.get_state_display()} nên không sửa được nữa.")
        return redirect("plans:reorganisation_detail", row.pk)
    form = ReorganisationForm(request.POST or None, agencies=_agencies(row.province, row), reorganisation=row)
    if request.method != "POST":
        return _edit_page(request, form, row)
    if form.is_valid():
        try:
            actions.edit(
                reorganisation=row,
                draft=form.draft(),
                revision=form.cleaned_data["revision"] or 0,
                by=person(request),
            )
        except Conflict as error:
            say(form, error)
            return _edit_page(request, form, row, status=409)
        except PortalError as error:
            say(form, error)
        else:
            messages.success(request, "Đã lưu phương án.")
            return redirect("plans:reorganisation_detail", row.pk)
    return _edit_page(request, form, row, status=422)


@require_POST
def reorganisation_apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry the decision out."""
    row = _row(request, pk, managed=True)
    form = ApplyForm(request.POST)
    if form.is_valid():
        try:
            actions.apply(reorganisation=row, revision=form.cleaned_data["revision"], by=person(request))
        except Conflict as error:
            messages.error(request, error.message)
            return _detail(request, _row(request, pk, managed=True), status=409)
        except PortalError as error:
            say(form, error)
        else:
            messages.success(request, "Đã áp dụng. Nhiệm vụ còn mở chờ xác nhận chuyển giao từng dòng.")
            return redirect("plans:reorganisation_detail", row.pk)
    return _detail(request, row, apply_form=form, status=422)


@require_POST
def reorganisation_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the proposal aside."""
    row = _row(request, pk, managed=True)
    form = DiscardForm(request.POST, auto_id="id_discard_%s")
    if form.is_valid():
        try:
            actions.discard(
                reorganisation=row,
                reason=form.cleaned_data["reason"],
                revision=form.cleaned_data["revision"],
                by=person(request),
            )
        except Conflict as error:
            messages.error(request, error.message)
            return _detail(request, _row(request, pk, managed=True), status=409)
        except PortalError as error:
            say(form, error)
        else:
            messages.success(request, "Đã bỏ phương án. Phương án và lý do được lưu lại.")
            return redirect("plans:reorganisation_list")
    return _detail(request, row, discard_form=form, status=422)


@require_POST
def reorganisation_duties(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm open duties: the one whose button was pressed, or each ticked one by itself.

    A line that is refused keeps nobody else's from being confirmed; its reason is said with its code.
    """
    row = _row(request, pk)
    user = person(request)
    if not transfers.may_move(row.province_id, user):
        raise Refused(
            "not_standing_office", "Chỉ chuyên viên thẩm định của cơ quan thường trực được chuyển giao nhiệm vụ."
        )
    chosen = DutyForm.chosen(request.POST)
    found = {one.pk: one for one in Assignment.objects.visible_to(user).filter(pk__in=chosen).select_related("task")}
    # Somebody who decides about none of these, and whose own none of them is, has no business here.
    concerned = transfers.decides_for(user) | user.agency_ids()
    if found and not any(one.agency_id in concerned for one in found.values()):
        raise Refused("not_designated", "Các nhiệm vụ này do cơ quan khác được phân công xác nhận.")
    agencies = Agency.objects.filter(province_id=row.province_id).in_bulk()
    confirmed, refused = 0, 0
    for assignment_id in chosen:
        assignment = found.get(assignment_id)
        if assignment is None:
            raise Http404("no such duty")
        form = DutyForm(request.POST, assignment_id)
        try:
            if form.outcome == DutyForm.KEEP:
                transfers.keep(assignment=assignment, reorganisation=row, reason=form.reason, by=user)
            elif form.outcome == DutyForm.END:
                transfers.end(assignment=assignment, reorganisation=row, reason=form.reason, by=user)
            else:
                to = [agencies[one] for one in form.receivers if one in agencies]
                transfers.transfer(assignment=assignment, reorganisation=row, to=to, reason=form.reason, by=user)
        except PortalError as error:
            refused += 1
            messages.error(request, f"Nhiệm vụ {assignment.task.code}: {error.message}")
        else:
            confirmed += 1
    if confirmed:
        messages.success(request, f"Đã xác nhận {confirmed} nhiệm vụ.")
    elif not refused:
        messages.warning(request, "Chưa chọn dòng nào. Hãy đánh dấu các dòng cần xác nhận.")
    return redirect("plans:reorganisation_detail", row.pk)

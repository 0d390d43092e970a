"""Frameworks: the list, the tree of one, its crosswalk, files in and out, and a rule to try."""

import hashlib
import io
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.errors import PortalError
from agencies.models import Province, User
from agencies.permissions import Permission
from agencies.views.people import page_rows, person
from indicators.actions import frameworks as actions
from indicators.facts import frameworks as facts
from indicators.forms.frameworks import (
    ConfirmForm,
    CopyForm,
    DraftForm,
    FileForm,
    FrameworkFilterForm,
    TryForm,
    say,
)
from indicators.models import Framework, Index
from indicators.reading.faults import Refusal
from indicators.reading.workbook import MOST_BYTES
from indicators.render import frameworks as render_files
from indicators.scoring import InputRefused

PAGE = 25
MOST_FAULTS = 200
get_or_post = require_http_methods(["GET", "HEAD", "POST"])
EXPORTS = {
    "xlsx": (render_files.workbook, render_files.XLSX),
    "json": (render_files.as_json, render_files.JSON),
}


def managed_province(user: User) -> Province | None:
    """Return the province whose frameworks the person keeps."""
    keys = user.provinces_with(Permission.INDEX_MANAGE)
    return Province.objects.filter(pk__in=keys).order_by("name").first()


def _manager(request: HttpRequest) -> Province:
    province = managed_province(person(request))
    if province is None:
        raise Http404
    return province


def _framework(request: HttpRequest, code: str) -> Framework:
    rows = Framework.objects.visible_to(person(request)).select_related("index", "province", "copied_from__index")
    return get_object_or_404(rows, code=code)


def _managed(request: HttpRequest, code: str) -> Framework:
    rows = Framework.objects.manageable_by(person(request)).select_related("index", "province", "copied_from__index")
    return get_object_or_404(rows, code=code)


@require_safe
def framework_list(request: HttpRequest) -> HttpResponse:
    """The frameworks the person may read."""
    user = person(request)
    indices = list(Index.objects.order_by("order", "code").values_list("code", "short_name"))
    form = FrameworkFilterForm(request.GET, indices=indices)
    said = form.cleaned_data if form.is_valid() else {}
    found = facts.frameworks(user, index=said.get("index", ""), level=said.get("level", ""))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page_obj": page,
        "rows": facts.framework_rows(page_rows(page)),
        "active": sum(bool(value) for value in said.values()),
        "manages": managed_province(user) is not None,
    }
    return render(request, "indicators/framework_list.html", context, status=200 if form.is_valid() else 422)


@require_safe
def framework_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One framework: what it is, and its tree with rules in words."""
    user, framework = person(request), _framework(request, code)
    context = {"page": facts.framework_page(framework, user), "copies": managed_province(user) is not None}
    return render(request, "indicators/framework_detail.html", context)


def _attachment(content: bytes, name: str, media_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
@cache_control(private=True, no_store=True)
def framework_export(request: HttpRequest, code: str, form: str) -> HttpResponse:
    """The framework as a file that can be imported again."""
    framework = _framework(request, code)
    if form not in EXPORTS:
        raise Http404
    write, media_type = EXPORTS[form]
    return _attachment(write(facts.draft_of(framework)), f"{framework.code}.{form}", media_type)


@require_safe
@cache_control(private=True, no_store=True)
def framework_template(request: HttpRequest) -> HttpResponse:
    """The workbook to fill in."""
    return _attachment(render_files.template(), "mau-bo-tieu-chi.xlsx", render_files.XLSX)


@get_or_post
def framework_import(request: HttpRequest) -> HttpResponse:
    """Look at a file with everything that is wrong with it, or what it would store; then take it as it was shown."""
    province, user = _manager(request), person(request)
    form, context, status = FileForm(), {}, 200
    if request.method == "POST" and "draft" in request.POST:
        return _take(request, province)
    if request.method == "POST":
        form, status = FileForm(request.POST, request.FILES), 422
        if form.is_valid():
            try:
                seen = actions.preview(content=form.cleaned_data["file"], province=province, by=user)
            except PortalError as error:
                context = _refusal(form, error)
            else:
                context, status = _shown(seen), 200
    context |= {"form": form, "province": province, "max_bytes": MOST_BYTES, "max_text": f"{MOST_BYTES // 1048576} MB"}
    return render(request, "indicators/framework_import.html", context, status=status)


def _refusal(form: FileForm, error: PortalError) -> dict[str, Any]:
    """Return what the page shows of a refused file: every fault in a table, or the sentence above the form."""
    if not isinstance(error, Refusal):
        form.add_error("file", error.message)
        return {}
    form.add_error("file", f"Tệp có {len(error.faults)} lỗi, chưa lưu gì. Các lỗi được liệt kê bên dưới.")
    return {"faults": error.faults[:MOST_FAULTS], "more": max(len(error.faults) - MOST_FAULTS, 0)}


def _shown(seen: actions.Imported) -> dict[str, Any]:
    """Return the preview, with the form that takes it."""
    text = render_files.as_json(seen.draft).decode()
    return {"seen": facts.draft_page(seen.draft, seen.outcome), "take_form": DraftForm(initial={"draft": text})}


def _take(request: HttpRequest, province: Province) -> HttpResponse:
    form = DraftForm(request.POST)
    if form.is_valid():
        content = io.BytesIO(form.cleaned_data["draft"].encode())
        try:
            done = actions.take(content=content, province=province, by=person(request))
        except PortalError as error:
            messages.error(request, error.message)
        else:
            words = {
                actions.Outcome.ADDED: "Đã nhập bộ tiêu chí.",
                actions.Outcome.CHANGED: "Đã cập nhật bộ tiêu chí.",
                actions.Outcome.SAME: "Tệp giống hệt bộ tiêu chí đang có; không có gì thay đổi.",
            }
            messages.success(request, words[done.outcome])
            return redirect("indicators:framework_detail", done.draft.code)
    return redirect("indicators:framework_import")


@get_or_post
def framework_copy(request: HttpRequest, code: str) -> HttpResponse:
    """Begin the next version."""
    province, framework = _manager(request), _framework(request, code)
    form = CopyForm()
    if request.method == "POST":
        form = CopyForm(request.POST)
        if form.is_valid():
            try:
                made = actions.copy(framework=framework, province=province, by=person(request), **form.cleaned_data)
            except PortalError as error:
                say(form, error)
            else:
                messages.success(
                    request, "Đã tạo phiên bản mới. Tải tệp XLSX về sửa rồi nhập lại, kèm trang “Đối chiếu”."
                )
                return redirect("indicators:framework_detail", made.code)
    context = {"form": form, "framework": framework, "province": province}
    return render(request, "indicators/framework_copy.html", context, status=422 if form.errors else 200)


def seal_of(page: facts.CrosswalkPage) -> str:
    """Return what tells one proposal from another: what is confirmed is what was read."""
    return hashlib.sha256(repr(page.rows).encode()).hexdigest()


@get_or_post
def framework_crosswalk(request: HttpRequest, code: str) -> HttpResponse:
    """What became of each component since the version before; who keeps the framework confirms the proposal."""
    framework = _framework(request, code)
    previous = framework.copied_from
    if previous is None or not Framework.objects.visible_to(person(request)).filter(pk=previous.pk).exists():
        raise Http404
    page = facts.crosswalk_page(framework, previous)
    proposal = seal_of(page)
    if request.method == "POST":
        _managed(request, code)
        form = ConfirmForm(request.POST)
        if not (page.proposed and form.is_valid() and form.cleaned_data["proposal"] == proposal):
            messages.warning(request, "Bảng đề xuất đã thay đổi sau khi bạn mở trang. Hãy xem lại rồi xác nhận.")
            return redirect("indicators:framework_crosswalk", code)
        try:
            actions.confirm_crosswalk(framework=framework, previous=previous, by=person(request))
        except PortalError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, "Đã xác nhận bảng đối chiếu.")
        return redirect("indicators:framework_crosswalk", code)
    manages = framework.province_id in person(request).provinces_with(Permission.INDEX_MANAGE)
    context = {
        "framework": framework,
        "previous": previous,
        "page": page,
        "confirm_form": ConfirmForm(initial={"proposal": proposal}) if page.proposed and manages else None,
    }
    return render(request, "indicators/framework_crosswalk.html", context)


@require_POST
def framework_discard(request: HttpRequest, code: str) -> HttpResponse:
    """Take back a framework that nothing uses."""
    framework = _managed(request, code)
    try:
        actions.discard(framework=framework, by=person(request))
    except PortalError as error:
        messages.error(request, error.message)
        return redirect("indicators:framework_detail", code)
    messages.success(request, f"Đã xóa bộ tiêu chí {code}.")
    return redirect("indicators:framework_list")


@require_safe
def framework_try(request: HttpRequest, code: str, component: str) -> HttpResponse:
    """Try the rule of one component with inputs; writes nothing."""
    framework = _framework(request, code)
    draft = next((one for one in facts.component_drafts(framework) if one.code == component), None)
    rule = facts.rule_of(draft) if draft is not None else None
    if draft is None or rule is None or not facts.can_be_tried(draft, rule):
        raise Http404
    asked = any(name in request.GET for name in (one.name for one in rule.fields))
    form = TryForm(request.GET if asked else None, rule=rule)
    scored = None
    if asked and form.is_valid():
        try:
            scored = facts.tried(rule.score(form.declared(), draft.max_score))
        except InputRefused as error:
            form.refuse(error)
    context = {"framework": framework, "component": draft, "rule": rule.describe(), "form": form, "scored": scored}
    return render(request, "indicators/framework_try.html", context, status=422 if form.errors else 200)

"""The trail for those who read it: the list with its filters, one row's history, the export. Nothing here writes."""

import tempfile
from typing import cast

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from agencies import calendar
from agencies.models import User
from agencies.permissions import Permission
from reports.facts import trail
from reports.forms import TrailForm
from reports.render import trail as files
from reports.render import xlsx

PAGE = 50
# A worksheet holds 1,048,576 rows; long before that nobody reads it.
MOST_ROWS = 100_000


def _reader(request: HttpRequest) -> User:
    """Return the person when they read the trail of any province; for others there is no trail."""
    user = cast(User, request.user)
    if not user.provinces_with(Permission.TRAIL_READ):
        raise Http404
    return user


@require_safe
def trail_list(request: HttpRequest) -> HttpResponse:
    """The events, newest first, filtered by the address."""
    user = _reader(request)
    form = TrailForm(request.GET)
    wanted = form.wanted()
    page = Paginator(trail.events(user, wanted or trail.Wanted()), PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "page_obj": page,
        "rows": trail.event_rows(page.object_list) if wanted else (),  # type: ignore[arg-type]
        "active": wanted.active if wanted else 0,
        "query": query.urlencode(),
        "heads": trail.heads(user),
        "too_many": page.paginator.count > MOST_ROWS,
        "most": MOST_ROWS,
    }
    return render(request, "reports/trail_list.html", context, status=200 if wanted else 422)


@require_safe
def trail_object(request: HttpRequest, label: str, pk: str) -> HttpResponse:
    """Everything that happened to one row."""
    found = trail.history(_reader(request), label, pk)
    if found is None:
        raise Http404
    return render(request, "reports/trail_object.html", {"history": found, "label": label, "pk": pk})


@require_safe
@cache_control(private=True, no_store=True)
def trail_export(request: HttpRequest, form: str) -> HttpResponseBase:
    """The filtered events with digests and seals, and the heads of the chains (``jsonl`` or ``xlsx``)."""
    user = _reader(request)
    wanted = TrailForm(request.GET).wanted()
    if form not in ("jsonl", "xlsx") or wanted is None:
        raise Http404
    events = trail.events(user, wanted).select_related("actor").order_by("province_id", "sequence")
    name = f"dau-vet-{calendar.today():%Y%m%d}.{form}"
    response: HttpResponseBase
    if form == "jsonl":
        response = StreamingHttpResponse(
            files.lines(events.iterator(chunk_size=500), trail.heads(user)), content_type="application/jsonl"
        )
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    else:
        target = tempfile.TemporaryFile()  # noqa: SIM115  (the response closes it when it has been sent)
        files.workbook(events[:MOST_ROWS].iterator(chunk_size=500), trail.heads(user), target)
        target.seek(0)
        response = FileResponse(target, as_attachment=True, filename=name, content_type=xlsx.MEDIA_TYPE)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response

"""The inbox: what one has been told, unread first."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from agencies import calendar
from agencies.actions import notices
from agencies.models import Notice
from agencies.views.people import page_rows, person

PAGE = 30


@require_safe
def notice_list(request: HttpRequest) -> HttpResponse:
    """One's own notices: unread first, then newest first."""
    only_unread = request.GET.get("chua-doc") == "1"
    found = Notice.objects.visible_to(person(request)).order_by(
        Case(When(read_at__isnull=True, then=0), default=1), "-created_at", "-id"
    )
    if only_unread:
        found = found.unread()
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "pk": notice.pk,
            "subject": notice.subject,
            "body": notice.body,
            "link": notice.link,
            "unread": notice.read_at is None,
            "time": calendar.moment(notice.created_at),
            "iso": calendar.iso(notice.created_at),
        }
        for notice in page_rows(page)
    ]
    context = {"page_obj": page, "rows": rows, "only_unread": only_unread}
    return render(request, "agencies/notice_list.html", context)


@require_POST
def notice_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one notice as read, and open what it is about when that is asked."""
    notice = get_object_or_404(Notice.objects.visible_to(person(request)), pk=pk)
    notices.read(notice=notice, by=person(request))
    # The link is a path inside the portal: the database refuses anything else.
    return redirect(notice.link if notice.link and "open" in request.POST else "agencies:notice_list")


@require_POST
def notice_read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    number = notices.read_all(by=person(request))
    messages.success(request, f"Đã đánh dấu {number} thông báo là đã đọc." if number else "Không có thông báo mới.")
    return redirect("agencies:notice_list")

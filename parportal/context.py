"""What every page shows around its content."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from agencies import calendar
from agencies.models import Notice, User
from agencies.permissions import Permission, Role

NOTICES = "Thông báo"


def _duties(user: User) -> tuple[str, str, str, bool]:
    """Return the entry of the list of duties: one's own agency's, or the province's."""
    if user.agencies_with(Permission.PROGRESS_READ):
        return "Nhiệm vụ của tôi", "plans:assignment_list", "list-check", True
    return "Nhiệm vụ", "plans:assignment_list", "list-check", bool(user.provinces_with(Permission.PROGRESS_READ))


def portal(request: HttpRequest) -> dict:
    """Return the navigation, the person's place, and the demonstration's clock."""
    context: dict = {"demo_clock": f"{calendar.now():%H:%M ngày %d/%m/%Y}" if settings.PORTAL_DEMO else ""}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        if settings.PORTAL_DEMO:
            from parportal.demo import loader
            from parportal.management.commands.seed_demo import LOGINS

            context["demo_accounts"] = LOGINS
            context["demo_password"] = loader.PASSWORD
        return context
    chases = bool(user.provinces_with(Permission.CHASE))
    entries = [("Trang chủ", "home", "house", True)]
    entries += [
        _duties(user),
        (
            "Duyệt báo cáo",
            "plans:review_queue",
            "inbox",
            bool(user.provinces_with(Permission.PROGRESS_DECIDE)),
        ),
        ("Đôn đốc", "plans:chase_list", "flag", chases),
        ("Quá hạn lâu", "plans:leader_list", "flag", not chases and Role.LEADER in user.roles()),
        (
            "Đề nghị",
            "plans:request_list",
            "chat-left-text",
            bool(user.provinces_with(Permission.PROGRESS_READ) or user.agencies_with(Permission.DUTY_REQUEST)),
        ),
        ("Chờ tôi duyệt", "plans:approval_queue", "clipboard-check", bool(user.approves_for(calendar.today()))),
        ("Kế hoạch", "plans:plan_list", "journal-text", True),
        ("Chỉ số", "indicators:index_list", "graph-up", bool(user.provinces_with(Permission.RESULT_READ))),
        (
            "Chấm điểm",
            "indicators:sheet_list",
            "bar-chart-line",
            bool(user.provinces_with(Permission.SCORE_READ) or user.agencies_with(Permission.SCORE_READ)),
        ),
        (
            "Tổ chức",
            "plans:reorganisation_list",
            "building",
            bool(user.provinces_with(Permission.DIRECTORY_MANAGE) or user.provinces_with(Permission.DUTY_ASSIGN)),
        ),
        ("Khảo sát", "indicators:survey_list", "bar-chart-line", bool(user.provinces_with(Permission.RESULT_READ))),
        ("Phân tích", "reports:analysis_list", "graph-up", True),
        ("Bộ tiêu chí", "indicators:framework_list", "list-check", True),
        ("Báo cáo", "reports:run_list", "file-earmark-pdf", True),
        (NOTICES, "agencies:notice_list", "bell", True),
        ("Dấu vết", "trail_list", "clock-history", bool(user.provinces_with(Permission.TRAIL_READ))),
    ]
    context["unread_notices"] = unread = Notice.objects.visible_to(user).unread().count()
    shown_entries = [(label, reverse(name), icon) for label, name, icon, shown in entries if shown]
    # Of entries one of which stands below the other, only the nearest to the page is where one is.
    path, home = request.path, reverse("home")
    under = [url for _, url, _ in shown_entries if (path == url if url == home else path.startswith(url))]
    here = max(under, key=len, default="")
    context["nav"] = [
        {
            "label": label,
            "url": url,
            "icon": icon,
            "count": unread if label == NOTICES else 0,
            "active": url == here,
        }
        for label, url, icon in shown_entries
    ]
    standing = user.standing()
    context["user_agency"] = standing[0].agency.label if standing else ""
    context["user_province"] = standing[0].province.name if standing else ""
    return context

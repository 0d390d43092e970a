"""``manage.py seed_demo``: the demonstration, idempotent."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from agencies import calendar
from agencies.jobs import run_job
from agencies.models import Job, User
from parportal.demo import loader

LOGINS = (
    ("stp.canbo", "cán bộ đầu mối Sở Tư pháp"),
    ("stp.thutruong", "thủ trưởng Sở Tư pháp"),
    ("snv.thamdinh", "chuyên viên thẩm định, Sở Nội vụ"),
    ("vpub.thamdinh", "thẩm định báo cáo của Sở Nội vụ, Văn phòng UBND tỉnh"),
    ("snv.chuyenvien", "chuyên viên chỉ số, Sở Nội vụ"),
    ("lanhdao", "Phó Chủ tịch UBND tỉnh"),
    ("kiemtra", "kiểm tra, giám sát"),
    ("quantri", "quản trị hệ thống"),
)


class Command(BaseCommand):
    """Load the demo provinces, play the illustration, compute the figures, print the log-ins."""

    help = "Nạp dữ liệu trình diễn (chạy lại không thay đổi gì)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        if User.objects.exists() and not User.objects.filter(username=LOGINS[0][0]).exists():
            raise CommandError(
                "Cơ sở dữ liệu này đã có người dùng thật; không nạp dữ liệu trình diễn vào đó. "
                "Hãy dùng một cơ sở dữ liệu trống."
            )
        self.hold_the_clock()
        counts = loader.load()
        for job in Job.objects.filter(state=Job.State.QUEUED, kind="plans.refresh_plan"):
            run_job.apply(args=(str(job.pk),), throw=True)
        self.stdout.write(
            f"Dữ liệu trình diễn: {counts['provinces']} tỉnh, {counts['plans']} kế hoạch, {counts['tasks']} nhiệm vụ, "
            f"{counts['people']} người dùng; {counts['steps']} bước báo cáo và duyệt vừa được thực hiện."
        )
        self.stdout.write(f"Thời gian nghiệp vụ: {calendar.now():%H:%M ngày %d/%m/%Y} ({loader.MARK}).")
        self.stdout.write(f"Đăng nhập (mật khẩu chung: {loader.PASSWORD}):")
        for username, who in LOGINS:
            self.stdout.write(f"  {username:<16} {who}")

    def hold_the_clock(self) -> None:
        """Start business time at the demonstration's moment, for this and every later process."""
        if settings.PORTAL_CLOCK:
            return
        clock = f"{loader.START.isoformat()}@{calendar.real_now().isoformat()}"
        lines = {
            "PORTAL_DEMO": "1",
            "PORTAL_CLOCK": clock,
            "SECRET_KEY": settings.SECRET_KEY,
            # Letters of a demonstration go nowhere but into files.
            "EMAIL_URL": f"filemail:///{settings.PORTAL_VAR / 'mail'}",
        }
        settings.PORTAL_ENV_FILE.write_text(
            "".join(f"{key}='{value}'\n" for key, value in lines.items()), encoding="utf-8"
        )
        settings.PORTAL_ENV_FILE.chmod(0o600)
        settings.PORTAL_CLOCK, settings.PORTAL_DEMO = clock, True

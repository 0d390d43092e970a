"""``manage.py seal_trail``: seal rows written before there were seals, once, after an upgrade."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from agencies.actions import trail
from agencies.models import Province


class Command(BaseCommand):
    """Leave events that seal every row the trail does not mention yet; they tell the reason."""

    help = "Niêm phong các dòng có từ trước khi có niêm phong (chạy một lần sau khi nâng cấp)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--reason", required=True, help="lý do, ghi vào dấu vết")

    def handle(self, *args: Any, reason: str, **options: Any) -> None:
        """Do it: each province its own rows, the last one also what belongs to none."""
        provinces = list(Province.objects.order_by("code"))
        for province in provinces:
            count = trail.seal_existing(province=province, whole=False, reason=reason, by=None)
            self.stdout.write(f"{province}: {count} dòng")
        if provinces:
            count = trail.seal_existing(province=provinces[-1], whole=True, reason=reason, by=None)
            self.stdout.write(f"Không thuộc riêng tỉnh nào: {count} dòng")

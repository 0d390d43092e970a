"""``manage.py check_trail``: prove that no event of the trail was changed, removed or slipped in."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agencies.actions.trail import broken_links
from agencies.models import Event, Province


class Command(BaseCommand):
    """Recompute every province's chain; the exit status is 1 when one does not hold."""

    help = "Kiểm tra chuỗi dấu vết của mọi tỉnh."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        broken = {}
        for province in Province.objects.order_by("code"):
            links = broken_links(province)
            count = Event.objects.filter(province=province).count()
            self.stdout.write(f"{province.name}: {count} sự kiện, {'nguyên vẹn' if not links else 'BỊ ĐỨT'}")
            if links:
                broken[province.name] = links
        if broken:
            shown = "; ".join(f"{name}: {', '.join(map(str, links[:20]))}" for name, links in broken.items())
            raise CommandError(f"Chuỗi dấu vết không khớp ở các số thứ tự: {shown}")

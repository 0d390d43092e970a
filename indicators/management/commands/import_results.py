"""``manage.py import_results``: a table of published results."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agencies.errors import PortalError
from agencies.models import Province
from indicators.actions.results import import_results


class Command(BaseCommand):
    """Enter a CSV or XLSX of published results for some provinces, all rows or none."""

    help = "Nhập bảng kết quả công bố (CSV, XLSX)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--province", action="append", required=True, help="mã tỉnh; có thể lặp lại")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        provinces = list(Province.objects.filter(code__in=options["province"]))
        unknown = set(options["province"]) - {province.code for province in provinces}
        if unknown:
            raise CommandError(f"Không có tỉnh mang mã {', '.join(sorted(unknown))}.")
        try:
            count = import_results(path=options["file"], provinces=provinces)
        except PortalError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Đã nhập {count} dòng.")

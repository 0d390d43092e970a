"""``manage.py import_results``: a table of published results."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agencies.errors import PortalError
from agencies.models import Province
from indicators.actions.results import take


class Command(BaseCommand):
    """Enter a CSV or XLSX of published results, all rows or none."""

    help = "Nhập bảng kết quả công bố (CSV, XLSX) của mọi tỉnh, thành phố."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--province", action="append", help="chỉ nhập tỉnh mang mã này; có thể lặp lại")
        parser.add_argument("--dry-run", action="store_true", help="chỉ kiểm tra, không nhập")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        provinces = None
        if options["province"]:
            provinces = list(Province.objects.filter(code__in=options["province"]))
            unknown = set(options["province"]) - {province.code for province in provinces}
            if unknown:
                raise CommandError(f"Không có tỉnh mang mã {', '.join(sorted(unknown))}.")
        path: Path = options["file"]
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"Không đọc được tệp {path}.") from error
        try:
            taken = take(content=content, name=path.name, provinces=provinces, store=not options["dry_run"], by=None)
        except PortalError as error:
            raise CommandError(error.message) from error
        self.stdout.write(str(taken))

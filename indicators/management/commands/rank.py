"""``manage.py rank``: where the provinces stand in an index and a year."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agencies.text import format_decimal
from indicators.facts.ranking import Ranking, frameworks_of, ranking, serving
from indicators.models import Component, Index, Result
from indicators.reading.results import component_code


class Command(BaseCommand):
    """Print the ranking of an index, or of one component, in a year."""

    help = "Xếp hạng các tỉnh, thành phố theo một chỉ số hoặc một thành phần của chỉ số trong một năm."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("index", help="mã chỉ số, ví dụ PAPI")
        parser.add_argument("year", type=int, help="năm, ví dụ 2023")
        parser.add_argument("--component", default="", help="mã thành phần, ví dụ D6 hoặc 6")
        parser.add_argument("--json", action="store_true", help="in dạng JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        found = self._ranking(options["index"], options["year"], component_code(options["component"].strip()))
        if options["json"]:
            rows = [
                {
                    "province": row.province,
                    "value": f"{row.value.normalize():f}" if row.value is not None else None,
                    "rank": row.shown_rank,
                    "n": found.n or None,
                    "group": row.group or None,
                }
                for row in found.rows
            ]
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1))
            return
        series = f"tính từ {found.series.name} ({found.series.kind_label})" if found.series else "thứ hạng như công bố"
        self.stdout.write(f"{found.index_name} {found.year} {found.component_name}: {found.n} đơn vị, {series}")
        for row in found.rows:
            printed = f"  (công bố: {row.published_rank})" if row.differs else ""
            self.stdout.write(
                f"{row.shown_rank or '–':>3}  {row.province:<20} {format_decimal(row.value):>9}  {row.group}{printed}"
            )

    def _ranking(self, code: str, year: int, part: str) -> Ranking:
        index = Index.objects.filter(code__iexact=code).first()
        if index is None:
            known = ", ".join(Index.objects.values_list("code", flat=True))
            raise CommandError(f"Chưa có chỉ số {code}. Các mã đang có: {known or 'chưa có chỉ số nào'}.")
        component = None
        if part:
            framework = serving(frameworks_of([index.pk])[index.pk], year)
            parts = {one.code: one for one in Component.objects.filter(framework=framework)} if framework else {}
            if part not in parts:
                raise CommandError(
                    f"{index} năm {year} không có thành phần {part}. Các mã đang có: {', '.join(parts) or 'không có'}."
                )
            component = parts[part]
        found = ranking(index, year, component)
        if found is None:
            years = sorted(set(Result.objects.filter(index=index).values_list("year", flat=True)))
            told = ", ".join(map(str, years)) or "chưa có năm nào"
            raise CommandError(f"Chưa có kết quả {index} năm {year}. Các năm có kết quả: {told}.")
        return found

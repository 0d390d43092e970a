"""``manage.py render_report``: draw a report into a file, without a run."""

import argparse
import os
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agencies import calendar
from agencies.errors import PortalError
from agencies.text import format_day
from plans.facts.lookup import find_plan
from reports import builder
from reports.facts.catalogue import Subject, find_agency
from reports.models import ReportRun
from reports.render.pdf import RenderError


def day(text: str) -> date:
    """Read a day written YYYY-MM-DD or dd/mm/yyyy."""
    try:
        if "/" in text:
            number, month, year = (int(part) for part in text.split("/"))
            return date(year, month, number)
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} không phải là ngày có thật (YYYY-MM-DD hoặc dd/mm/yyyy)") from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(scratch).chmod(0o666 & ~mask)
        Path(scratch).replace(path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise


class Command(BaseCommand):
    """Draw a report and print its path, its as-of day and the name of its figures."""

    help = "Xuất một báo cáo ra tệp PDF hoặc XLSX."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("code", choices=ReportRun.Code.values, help="báo cáo")
        parser.add_argument("--plan", required=True, help="số, ký hiệu (186/KH-UBND) hoặc mã kế hoạch")
        parser.add_argument("--province", help="tên tỉnh, khi nhiều tỉnh có cùng số kế hoạch")
        parser.add_argument("--year", required=True, type=int, help="năm báo cáo")
        parser.add_argument("--as-of", type=day, help="số liệu tính đến hết ngày này (mặc định: hôm nay)")
        parser.add_argument("--agency", help="cơ quan (tên, tên ngắn hoặc mã), cho báo cáo agency")
        parser.add_argument("--format", required=True, choices=("pdf", "xlsx", "docx"), help="dạng tệp")
        parser.add_argument("--output", required=True, type=Path, help="tệp ghi ra")

    def handle(self, *args: Any, **options: Any) -> None:
        """Draw it."""
        as_of = options["as_of"] or calendar.today()
        output: Path = options["output"]
        if options["format"] == "docx":
            raise CommandError("Báo cáo dạng DOCX chưa có ở bản này. Hãy dùng --format pdf hoặc --format xlsx.")
        if output.is_dir():
            raise CommandError(f"{output} là thư mục. Hãy ghi tên tệp.")
        try:
            plan = find_plan(options["plan"], options["province"])
            agency = find_agency(plan.province, options["agency"], as_of) if options["agency"] else None
            subject = Subject(options["code"], plan, options["year"], as_of, agency)
            built = builder.build(subject, options["format"])
        except PortalError as error:
            raise CommandError(error.message) from error
        except RenderError as error:
            raise CommandError(str(error)) from error
        try:
            write_whole(output, built.content)
        except OSError as error:
            raise CommandError(f"Không ghi được {output}: {error.strerror}.") from error
        pages = f", {built.pages} trang" if built.pages else ""
        self.stdout.write(str(output))
        self.stdout.write(f"Số liệu tính đến hết ngày {format_day(as_of)}{pages}")
        self.stdout.write(f"facts_sha256 {built.facts_sha256}")

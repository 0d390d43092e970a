"""``manage.py verify_trail``: prove the trail, the rows it seals, the stored files and the closed periods."""

import json
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agencies import proof
from agencies.models import Event, Province, TrailHead


class Command(BaseCommand):
    """Name everything that does not hold, one line each; the exit status is 1 when there is anything."""

    help = "Chứng minh dấu vết: chuỗi sự kiện, các dòng đã niêm phong, tệp lưu trữ, kỳ đã chốt."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--province", help="chỉ kiểm tra một tỉnh (mã hoặc tên)")
        parser.add_argument("--json", action="store_true", help="in kết quả dạng JSON")
        parser.add_argument("--heads", type=Path, help="tệp JSON của một lần chạy trước: đầu chuỗi phải còn ở đó")

    def handle(self, *args: Any, province: str | None, heads: Path | None, **options: Any) -> None:
        """Do it."""
        kept = _kept(heads) if heads else {}
        provinces = list(Province.objects.order_by("code"))
        if province:
            provinces = [one for one in provinces if one.answers_to(province)]
            if not provinces:
                raise CommandError(f"Không có tỉnh “{province}”.")
        now = {head.province_id: head for head in TrailHead.objects.all()}
        shown: dict[str, Any] = {"provinces": [], "findings": []}
        for one in provinces:
            head = now.get(one.pk)
            line = {
                "code": one.code,
                "name": str(one),
                "events": Event.objects.filter(province=one).count(),
                "sequence": head.sequence if head else 0,
                "digest": head.digest if head else "",
            }
            shown["provinces"].append(line)
            if not options["json"]:
                self.stdout.write(f"{one}: {line['events']} sự kiện, đầu chuỗi {line['sequence']} {line['digest']}")
        count = 0
        for finding in chain(proof.everything(provinces, whole=not province), proof.kept_heads(provinces, kept)):
            count += 1
            if options["json"]:
                shown["findings"].append({"code": finding.code, "message": finding.message, **finding.about})
            else:
                self.stdout.write(finding.message)
        if options["json"]:
            self.stdout.write(json.dumps({**shown, "whole": count == 0}, ensure_ascii=False, indent=2))
        elif not count:
            self.stdout.write("Nguyên vẹn: chuỗi sự kiện, các dòng đã niêm phong, tệp lưu trữ và kỳ đã chốt đều khớp.")
        if count:
            raise CommandError(f"Có {count} điểm không khớp.")


def _kept(path: Path) -> dict[str, tuple[int, str]]:
    """Return the heads of an earlier run: province code → sequence, digest."""
    try:
        shown = json.loads(path.read_text(encoding="utf-8"))
        return {one["code"]: (int(one["sequence"]), str(one["digest"])) for one in shown["provinces"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(
            f"Không đọc được đầu chuỗi đã lưu trong “{path}”: {error}. Hãy chỉ tới tệp mà `verify_trail --json` đã in."
        ) from error

"""``manage.py import_framework``: a framework from a workbook or JSON."""

import io
import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.text import capfirst

from agencies.errors import PortalError
from agencies.models import Province
from agencies.text import format_decimal
from indicators import terms
from indicators.actions import frameworks
from indicators.facts.frameworks import base_total, policy_words, rule_of
from indicators.reading.draft import Draft
from indicators.reading.faults import Refusal

_DONE = {"added": "Đã thêm", "changed": "Đã cập nhật", "same": "Không có gì thay đổi ở"}
_WOULD = {"added": "Sẽ thêm", "changed": "Sẽ cập nhật", "same": "Không có gì thay đổi ở"}


class Command(BaseCommand):
    """Enter a framework, whole or not at all; every fault is told at once."""

    help = "Nhập bộ tiêu chí từ tệp XLSX hoặc JSON (xem tệp mẫu trong docs/frameworks.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="chỉ kiểm tra và in ra, không lưu gì")
        parser.add_argument("--json", action="store_true", help="in kết quả hoặc lỗi dạng JSON")
        parser.add_argument("--province", help="mã tỉnh có bộ tiêu chí; không ghi: dùng chung cả nước")
        parser.add_argument("--index", default="", help="mã chỉ số, thay cho mã ghi trong tệp")
        parser.add_argument("--code", default="", help="mã bộ tiêu chí, thay cho mã ghi trong tệp")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        verb = frameworks.preview if options["dry_run"] else frameworks.take
        try:
            done = verb(
                content=io.BytesIO(self._content(options["file"])),
                province=self._province(options["province"]),
                code=options["code"],
                index=options["index"],
                by=None,
            )
        except PortalError as error:
            self._refuse(error, as_json=options["json"])
            return
        said = _told(done.draft) if options["json"] or options["dry_run"] else {}
        if options["json"]:
            outcome = {"status": "ok", "outcome": done.outcome.value, "stored": self._stored(done, options), **said}
            self.stdout.write(json.dumps(outcome, ensure_ascii=False, indent=1))
            return
        words = (_WOULD if options["dry_run"] else _DONE)[done.outcome.value]
        draft = done.draft
        sample = " (MẪU)" if draft.is_sample else ""
        self.stdout.write(
            f"{words} bộ tiêu chí {draft.code}{sample}: {len(draft.components)} thành phần, "
            f"{len(draft.leaves)} thành phần được chấm, {len(draft.crosswalk)} dòng đối chiếu."
        )
        if options["dry_run"]:
            self._print(draft)

    def _stored(self, done: frameworks.Imported, options: dict[str, Any]) -> bool:
        return not options["dry_run"] and done.outcome is not frameworks.Outcome.SAME

    def _content(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise CommandError(f"Không đọc được tệp {path}: {error.strerror}.") from error

    def _province(self, code: str | None) -> Province | None:
        if not code:
            return None
        province = Province.objects.filter(code=code).first()
        if province is None:
            raise CommandError(f"Không có tỉnh mang mã {code}.")
        return province

    def _refuse(self, error: PortalError, *, as_json: bool) -> None:
        if not as_json:
            raise CommandError(error.message) from error
        faults = [fault.to_dict() for fault in error.faults] if isinstance(error, Refusal) else []
        refused = {"status": "refused", "stored": False, "code": error.code, "message": error.message, "errors": faults}
        self.stdout.write(json.dumps(refused, ensure_ascii=False, indent=1))
        sys.exit(1)

    def _print(self, draft: Draft) -> None:
        for term, value in policy_words(draft.policy, base_total(draft.components)):
            self.stdout.write(f"  {term}: {value}")
        for one in draft.components:
            rule = rule_of(one)
            most = format_decimal(one.max_score) or "chưa có"
            self.stdout.write(f"  {one.code:<10} {most:>8}  {one.name}{f' – {rule.describe()}' if rule else ''}")
        for link in draft.crosswalk:
            relation = capfirst(terms.Relation(link.relation).label)
            self.stdout.write(f"  {link.old or '–'} → {link.new or '–'}: {relation}")


def _told(draft: Draft) -> dict[str, Any]:
    """Return what would be stored, for programs."""
    total = base_total(draft.components)
    return {
        "framework": draft.code,
        "index": draft.index.code,
        "version": draft.version,
        "level": draft.level,
        "year_from": draft.year_from,
        "year_to": draft.year_to,
        "is_sample": draft.is_sample,
        "total_max": draft.policy.get("total_max") or (f"{total:f}" if total is not None else None),
        "components": [
            {
                "code": one.code,
                "parent": one.parent or None,
                "name": one.name,
                "kind": one.kind,
                "max_score": f"{one.max_score:f}" if one.max_score is not None else None,
                "method": one.method,
                "rule": one.rule,
            }
            for one in draft.components
        ],
        "crosswalk": [vars(link) for link in draft.crosswalk],
    }

"""``manage.py apply_province_mergers``: carry out one merger of provinces from the file of facts."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agencies.actions import provinces
from agencies.errors import PortalError
from agencies.models import Province, User
from agencies.text import fold, format_day

FACTS = Path(__file__).parents[2] / "mergers" / "provinces_2025.json"


class Command(BaseCommand):
    """Show what a merger of provinces changes; with ``--confirm`` and an installer's name, do it."""

    help = "Sáp nhập tỉnh theo Nghị quyết 202/2025/QH15: xem trước, và chỉ thực hiện khi có --confirm."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--only", help="mã của tỉnh mới (ví dụ lao-cai-2025); không ghi thì liệt kê mọi trường hợp")
        parser.add_argument("--confirm", action="store_true", help="thực hiện, không chỉ xem trước")
        parser.add_argument("--by", help="tên đăng nhập của người cài đặt thực hiện")
        parser.add_argument("--file", type=Path, default=FACTS, help="tệp JSON cùng cấu trúc")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        facts = json.loads(options["file"].read_text(encoding="utf-8"))
        chosen = [one for one in facts["mergers"] if options["only"] in (None, one["code"])]
        if not chosen:
            codes = ", ".join(one["code"] for one in facts["mergers"])
            raise CommandError(f"Không có tỉnh mới mã {options['only']}. Các mã: {codes}.")
        decision = facts["decision"]
        effective_on = date.fromisoformat(decision["effective_on"])
        for one in chosen:
            done = Province.objects.filter(code=one["code"]).tenants().exists()
            names = " + ".join(old["name"] for old in one["from"])
            self.stdout.write(f"{one['code']:<20} {names} → {one['name']}{' (đã thực hiện)' if done else ''}")
        if not options["confirm"]:
            self.stdout.write(
                f"Chưa thay đổi gì. Theo {decision['number']}, hiệu lực {format_day(effective_on)}. "
                "Thực hiện: thêm --only MÃ --confirm --by TÊN-ĐĂNG-NHẬP."
            )
            return
        if options["only"] is None:
            raise CommandError("Mỗi lần chỉ thực hiện một tỉnh: hãy thêm --only với mã của tỉnh mới.")
        by = User.objects.filter(username__iexact=options["by"] or "", is_active=True).first()
        if by is None:
            raise CommandError("Cần --by với tên đăng nhập của người cài đặt (tài khoản đang hoạt động).")
        entry = chosen[0]
        try:
            successor = provinces.merge(
                into=provinces.Named(entry["code"], entry["name"], entry["kind"]),
                predecessors=[
                    provinces.Named("-".join(fold(old["name"]).replace(" - ", "-").split()), old["name"], old["kind"])
                    for old in entry["from"]
                ],
                decision_number=decision["number"],
                decided_on=date.fromisoformat(decision["decided_on"]),
                effective_on=effective_on,
                by=by,
            )
        except PortalError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Đã ghi: {successor} từ {format_day(effective_on)}; các tỉnh cũ giữ nguyên lịch sử.")

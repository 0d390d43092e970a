"""``manage.py propose_reorganisations``: put known mergers before a province's administrator, changing nothing."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from agencies.actions import reorganisations
from agencies.actions.reorganisations import Draft, Successor
from agencies.errors import PortalError
from agencies.models import Agency, Province, Reorganisation
from agencies.text import fold, format_day

FACTS = Path(__file__).parents[2] / "mergers" / "departments_2025.json"


class Directory:
    """The agencies of a province that existed on a day, found by name or another way of writing it."""

    def __init__(self, province: Province, on: date) -> None:
        self.living = list(
            Agency.objects.filter(province=province).valid_on(on).prefetch_related("names", "aliases").order_by("order")
        )
        self.on = on

    def named(self, text: str) -> Agency | None:
        """Return the one agency that a name means; its own name goes before another way of writing."""
        wanted = fold(text)
        own = [one for one in self.living if wanted in (fold(one.name_on(self.on)), fold(one.short_name))]
        also = [
            one for one in self.living if any(a.folded == wanted and a.means_on(self.on) for a in one.aliases.all())
        ]
        found = own or also
        return found[0] if len(found) == 1 else None


class Command(BaseCommand):
    """Propose the reorganisations of a file for the agencies that a province really has; none is invented."""

    help = "Lập đề xuất sắp xếp cơ quan từ dữ liệu năm 2025 để quản trị viên xem, sửa và áp dụng trên màn hình."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--province", required=True, help="mã hoặc tên tỉnh, ví dụ yen-bai")
        parser.add_argument("--file", type=Path, default=FACTS, help="tệp JSON cùng cấu trúc")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        found = [one for one in Province.objects.tenants().order_by("pk") if one.answers_to(options["province"])]
        exact = [one for one in found if one.code == options["province"]]
        found = exact or found
        if len(found) != 1:
            known = ", ".join(Province.objects.tenants().order_by("code").values_list("code", flat=True))
            raise CommandError(f"Không rõ tỉnh “{options['province']}”. Hãy dùng một trong các mã: {known}.")
        province = found[0]
        entries = json.loads(options["file"].read_text(encoding="utf-8"))["reorganisations"]
        with transaction.atomic():
            for entry in entries:
                self.stdout.write(self.propose(province, entry))

    def propose(self, province: Province, entry: dict[str, Any]) -> str:
        """Propose one entry; return the line that tells what became of it."""
        origin = entry["origin"]
        if Reorganisation.objects.filter(province=province, origin=origin).exists():
            return f"{origin}: đã đề xuất từ trước, giữ nguyên"
        effective_on = date.fromisoformat(entry["effective_on"])
        directory = Directory(province, effective_on - timedelta(days=1))
        notes = [entry.get("note", "")]
        if "from_kind" in entry:
            predecessors = [one for one in directory.living if one.kind == entry["from_kind"] and one.valid_to is None]
            missing: list[str] = []
        else:
            matched = {name: directory.named(name) for name in entry["from"]}
            predecessors = [one for one in matched.values() if one is not None and one.valid_to is None]
            missing = [name for name, one in matched.items() if one is None]
        successors = []
        for heir in entry["to"]:
            agency = directory.named(heir["name"])
            main, functions = heir.get("main", False), heir.get("functions", "")
            if agency is not None:
                successors.append(Successor(agency=agency, is_main=main, functions=functions))
            elif heir.get("existing_only") or "code" not in heir:
                notes.append(
                    f"{heir['name']} ({functions or 'kế thừa'}) chưa có trong danh mục cơ quan của tỉnh: "
                    "bổ sung vào phương án khi đã có."
                )
            else:
                described = {key: heir[key] for key in ("name", "code", "short_name", "kind", "symbol")}
                successors.append(Successor(**described, is_main=main, functions=functions))
        kept = {one.agency.pk for one in successors if one.agency}
        ending = [one for one in predecessors if one.pk not in kept]
        if not ending:
            return f"{origin}: tỉnh không có cơ quan nào thuộc diện này"
        if missing:
            notes.append(f"Không có trong danh mục cơ quan của tỉnh: {', '.join(missing)}.")
        names = ", ".join(one.name for one in ending)
        to = next((one.agency.name if one.agency else one.name for one in successors if one.is_main), "")
        verb = {"rename": "Đổi thành", "merge": "Sáp nhập vào" if kept else "Hợp nhất thành"}
        title = entry.get("title") or f"{names}: {verb.get(entry['kind'], 'Sáp nhập vào').lower()} {to}"
        draft = Draft(
            kind=entry["kind"],
            title=title[:300],
            effective_on=effective_on,
            predecessors=predecessors,
            successors=successors,
            source=entry["source"],
            note="\n".join(note for note in notes if note),
        )
        try:
            row = reorganisations.propose(province=province, draft=draft, origin=origin, by=None)
        except PortalError as error:
            raise CommandError(f"{origin}: {error.message}") from error
        return f"{origin}: đề xuất “{row.title}”, hiệu lực {format_day(effective_on)}, chờ quản trị viên xem"

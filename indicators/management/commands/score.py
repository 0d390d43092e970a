"""``manage.py score``: declared inputs through a stored framework, each component with its explanation."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agencies.text import format_decimal
from indicators.facts.frameworks import scoring_of
from indicators.models import Framework
from indicators.scoring import Answer, InputRefused, RuleRefused, Sheet, score_tree

_NOT_APPLICABLE, _GIVEN = "not_applicable", "score"


class Command(BaseCommand):
    """Score a sheet of inputs; stores nothing."""

    help = "Chấm điểm theo một bộ tiêu chí từ tệp số liệu kê khai JSON (không lưu gì)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("framework", help="mã bộ tiêu chí (hoặc một phần của mã, nếu chỉ một bộ có)")
        parser.add_argument("--inputs", type=Path, required=True, help='tệp JSON, ví dụ {"II.6": {"value": 72}}')
        parser.add_argument("--json", action="store_true", help="in dạng JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        scoring = scoring_of(self._framework(options["framework"]))
        try:
            sheet = score_tree(scoring.nodes, _answers(self._inputs(options["inputs"])), scoring.policy)
        except InputRefused as error:
            raise CommandError(error.message) from error
        except RuleRefused as error:
            raise CommandError(f"Bộ tiêu chí này chưa chấm được:\n{error}") from error
        if options["json"]:
            self.stdout.write(json.dumps(_told(sheet), ensure_ascii=False, indent=1))
        else:
            self._print(sheet)

    def _framework(self, code: str) -> Framework:
        found = list(Framework.objects.filter(code=code)) or list(Framework.objects.filter(code__icontains=code)[:2])
        if len(found) != 1:
            codes = Framework.objects.order_by("code").values_list("code", flat=True)
            listed = "\n".join(f"  {one}" for one in codes) or "  (chưa có bộ nào)"
            why = "Nhiều bộ tiêu chí có mã chứa" if found else "Không có bộ tiêu chí mang mã"
            raise CommandError(f"{why} “{code}”. Các bộ tiêu chí:\n{listed}")
        return found[0]

    def _inputs(self, path: Path) -> dict[str, Any]:
        try:
            inputs = json.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal, parse_int=Decimal)
        except OSError as error:
            raise CommandError(f"Không đọc được tệp {path}: {error.strerror}.") from error
        except (ValueError, RecursionError) as error:
            raise CommandError(f"Tệp {path} không phải là JSON (UTF-8).") from error
        if not isinstance(inputs, dict) or not all(isinstance(one, dict) for one in inputs.values()):
            raise CommandError('Tệp số liệu phải có dạng {"mã thành phần": {"value": số}}.')
        return inputs

    def _print(self, sheet: Sheet) -> None:
        for code, one in sheet.components.items():
            if one.score is not None or one.not_applicable:
                shown = "không phát sinh" if one.score is None else format_decimal(one.score)
                self.stdout.write(f"{code}: {shown}/{format_decimal(one.max_score)}\n  {one.explanation.text}")
        grade = f", xếp loại {sheet.grade.name}" if sheet.grade else ""
        total = "chưa có" if sheet.total is None else format_decimal(sheet.total)
        self.stdout.write(f"Tổng: {total}{grade} ({sheet.answered}/{sheet.leaves} thành phần)")
        self.stdout.write(f"  {sheet.explanation.text}")


def _answers(inputs: dict[str, dict[str, Any]]) -> dict[str, Answer]:
    """Return the answers: inputs of rules, points given by a person (``score``), or not applicable."""
    answers = {}
    for code, said in inputs.items():
        declared = {name: value for name, value in said.items() if name not in (_NOT_APPLICABLE, _GIVEN)}
        excused = said.get(_NOT_APPLICABLE, False)
        if not isinstance(excused, bool):
            raise CommandError(f"{code}: not_applicable phải là true hoặc false.")
        answers[code] = Answer(inputs=declared, not_applicable=excused, given=said.get(_GIVEN))
    return answers


def _plain(value: Decimal | None) -> str | None:
    """Return a decimal the one way it is printed: ``8.470`` as ``8.47``; blank stays null."""
    return None if value is None else f"{value.normalize():f}" if value else "0"


def _told(sheet: Sheet) -> dict[str, Any]:
    """Return a scored sheet for programs."""
    return {
        "components": {
            code: {
                "score": _plain(one.score),
                "max": _plain(one.max_score),
                "not_applicable": one.not_applicable,
                "explanation": one.explanation.text,
            }
            for code, one in sheet.components.items()
        },
        "base": _plain(sheet.base),
        "bonus": _plain(sheet.bonus),
        "penalty": _plain(sheet.penalty),
        "applicable_max": _plain(sheet.applicable_max),
        "total": _plain(sheet.total),
        "percent": _plain(sheet.percent),
        "grade": sheet.grade.code if sheet.grade else None,
        "grade_name": sheet.grade.name if sheet.grade else None,
        "answered": sheet.answered,
        "leaves": sheet.leaves,
        "explanation": sheet.explanation.text,
    }

"""What an event changed: what was before, what after, and the documents that were shown.

Definitions:

* A *change* is one value that differs between ``before`` and ``after``; values that stayed are not repeated.
* *Evidence* lists the SHA-256 of every document that the row showed after the event.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from agencies import calendar
from agencies.models import Event, Verdict
from agencies.permissions import Role
from agencies.text import format_day, format_decimal
from plans.models import ProgressVersion
from reports.facts.trail_names import model_of

# Names of values that are no column of their row.
VALUE_LABELS = {
    "revision": "số lần thay đổi",
    "version": "lần báo cáo",
    "evidence": "tài liệu kiểm chứng",
    "user": "người dùng",
    "agency": "cơ quan",
    "role": "vai trò",
    "from": "từ ngày",
    "to": "đến ngày",
    "on": "thành viên nhóm tính theo ngày",
    "assignments": "số phân công",
    "tasks": "số nhiệm vụ",
    "rows": "số dòng",
    "plan": "kế hoạch",
    "period": "kỳ báo cáo",
    "close": "lần chốt",
    "number": "số",
    "title": "tên",
    "code": "mã",
    "job": "công việc nền",
    "blob_sha256": "SHA-256 của tệp",
    "facts_sha256": "SHA-256 của số liệu",
    "sha256": "SHA-256",
    "previous_sha256": "SHA-256 của lần chốt trước",
    "begun": "phần việc được giao",
    "ended": "phần việc kết thúc",
    "rulings": "quyết định về thời hạn",
    "id": "số",
    "task": "nhiệm vụ số",
    "via_group": "qua nhóm số",
    "valid_from": "từ ngày",
    "valid_to": "đến hết ngày",
    "succeeds": "tiếp nối phần việc số",
    "framework": "bộ tiêu chí",
    "round": "lần làm",
    "sheet": "phiếu chấm điểm số",
    "stage": "giai đoạn",
    "score": "điểm",
    "not_applicable": "không phát sinh",
    "explanation": "giải trình",
    "reason": "lý do chấm khác",
    "inputs": "số liệu kê khai",
    "label": "nội dung",
    "origin": "từ",
}
EMPTY = "(trống)"
# Of more rows than this a page says how many; the export has them all.
MOST_ROWS = 12


@dataclass(frozen=True)
class Change:
    """One value that differs."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Shown:
    """A document that the row showed after the event."""

    sha256: str
    verdict: str


def _column(label: str, key: str) -> "models.Field[Any, Any] | None":
    """Return the column that a value of a snapshot is read from."""
    model: type[models.Model] | None = model_of(label)
    if key.startswith("content."):
        model, key = ProgressVersion, key.partition(".")[2]
    if model is None:
        return None
    try:
        column = model._meta.get_field(key)
    except FieldDoesNotExist:
        return None
    return column if isinstance(column, models.Field) else None


def _label(label: str, key: str) -> str:
    column = _column(label, key)
    own = str(column.verbose_name) if column is not None and "." not in key else ""
    if column is not None and (own != column.name.replace("_", " ") or key.startswith("content.")):
        return str(column.verbose_name)
    return VALUE_LABELS.get(key.rpartition(".")[2], key)


def _text(label: str, key: str, value: Any) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return EMPTY
    if isinstance(value, bool):
        return "có" if value else "không"
    column = _column(label, key)
    if key == "role" and value in Role.values:
        return str(Role(value).label)
    if column is not None and column.choices:
        return str(dict(column.flatchoices).get(value, value))
    if isinstance(column, models.DecimalField):
        try:
            return format_decimal(Decimal(str(value)))
        except InvalidOperation:
            return str(value)
    if isinstance(value, str) and (isinstance(column, models.DateField) or key in ("from", "to", "on")):
        try:
            return (
                format_day(date.fromisoformat(value))
                if len(value) == 10
                else calendar.moment(datetime.fromisoformat(value))
            )
        except ValueError:
            return value
    if isinstance(value, list):
        if len(value) > MOST_ROWS:
            return f"{len(value)} dòng (đủ trong tệp xuất của dấu vết)"
        return "; ".join(_text(label, "", one) for one in value)
    if isinstance(value, dict):
        if "sha256" in value:
            return f"{value['sha256']} ({_verdict(value.get('verdict', ''))})"
        return ", ".join(f"{_label(label, name)}: {_text(label, name, one)}" for name, one in value.items())
    return str(value)


def _verdict(code: str) -> str:
    return str(dict(Verdict.choices).get(code, code))


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _of_row(value: Any, pk: str) -> Any:
    """Return of a list of rows the one with an id; everything else as it is."""
    if not isinstance(value, list):
        return value
    return [one for one in value if isinstance(one, dict) and str(one.get("id")) == pk] or value


def changes(event: Event, of: str = "") -> tuple[Change, ...]:
    """Return what differs between before and after, in the order in which the row tells it.

    ``of``: the key of the row whose history is told, for an event that is about another row: of the rows that it
    lists only this one is shown.
    """
    before, after = dict(_flat(event.before)), dict(_flat(event.after))
    if of:
        before = {key: _of_row(value, of) for key, value in before.items()}
        after = {key: _of_row(value, of) for key, value in after.items()}
    found = []
    for key in {**after, **before}:
        if key in before and key in after and before[key] == after[key]:
            continue
        was = _text(event.subject_type, key, before[key]) if key in before else ""
        now = _text(event.subject_type, key, after[key]) if key in after else ""
        if not was and now == EMPTY:
            continue
        found.append(Change(_label(event.subject_type, key), was, now))
    return tuple(found)


def shown_evidence(event: Event) -> tuple[Shown, ...]:
    """Return the documents that the row showed after the event."""
    return tuple(
        Shown(str(one["sha256"]), _verdict(one.get("verdict", "")))
        for one in event.after.get("evidence") or ()
        if isinstance(one, dict) and "sha256" in one
    )

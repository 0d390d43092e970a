"""Writing scenarios. They are assumptions: no verb here touches a score, a sheet or a task."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from agencies import calendar
from agencies.actions import trail
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import User
from agencies.permissions import Permission
from agencies.text import format_decimal, nfc
from indicators.models import ScoreSheet, SheetEntry
from plans.models import Task
from reports.models import Scenario, ScenarioLine

PLACES = Decimal("0.0001")


@dataclass(frozen=True)
class Assumed:
    """One assumption. Of ``low`` and ``high`` one may be left out: then both are the same."""

    component_id: int
    low: Decimal | None = None
    high: Decimal | None = None
    task_id: int | None = None
    closes_on: date | None = None


def snapshot(scenario: Scenario) -> dict[str, Any]:
    """Return what the trail keeps of a scenario."""
    return {
        "name": scenario.name,
        "sheet": scenario.sheet_id,
        "field_year": scenario.field_year,
        "revision": scenario.revision,
        "dropped": scenario.dropped_at is not None,
        "lines": {
            line.component.code: f"{line.low.normalize():f}–{line.high.normalize():f}"
            + (f", nhiệm vụ {line.task.code}" if line.task else "")
            + (f" trước {line.closes_on:%d/%m/%Y}" if line.closes_on else "")
            for line in scenario.lines.select_related("component", "task").order_by("component__order")
        },
    }


def may_write(province_id: int, by: User) -> None:
    """Raise Refused unless the person writes scenarios of a province."""
    if province_id not in by.provinces_with(Permission.SCENARIO_WRITE):
        raise Refused("not_a_planner", "Chỉ chuyên viên chỉ số và lãnh đạo tỉnh lập kịch bản.")


def _named(name: str) -> str:
    said = nfc(name)
    if not said or len(said) > 200:
        message = "Cần ghi tên kịch bản, nhiều nhất 200 ký tự."
        raise Invalid("name_required", message, fields={"name": message})
    return said


def _taken() -> Conflict:
    message = "Phiếu chấm này đã có kịch bản cùng tên. Hãy đặt tên khác."
    return Conflict("scenario_exists", message, fields={"name": message})


def create(*, sheet: ScoreSheet, name: str, field_year: int | None = None, by: User) -> Scenario:
    """Begin a scenario of a sheet, without assumptions. Raises Refused, Invalid, Conflict (``scenario_exists``)."""
    may_write(sheet.province_id, by)
    said = _named(name)
    with transaction.atomic():
        try:
            with transaction.atomic():
                scenario = Scenario.objects.create(
                    province_id=sheet.province_id,
                    sheet=sheet,
                    name=said,
                    field_year=field_year,
                    created_by=by,
                    created_at=calendar.now(),
                )
        except IntegrityError as error:
            raise _taken() from error
        trail.record(
            province_id=scenario.province_id,
            action="scenario.create",
            subject=scenario,
            after=snapshot(scenario),
            by=by,
        )
    return scenario


def _locked(scenario: Scenario, revision: int | None, by: User) -> Scenario:
    row = Scenario.objects.select_for_update(of=("self",)).select_related("sheet").get(pk=scenario.pk)
    may_write(row.province_id, by)
    if row.dropped_at is not None:
        raise Conflict("scenario_dropped", "Kịch bản này đã bị bỏ.")
    if revision is not None and row.revision != revision:
        raise Conflict(
            "stale_revision",
            "Kịch bản vừa được người khác thay đổi. Hãy tải lại trang, xem bản mới rồi làm lại thao tác.",
        )
    return row


def save(
    *,
    scenario: Scenario,
    name: str,
    field_year: int | None,
    lines: Sequence[Assumed],
    revision: int | None,
    by: User,
) -> Scenario:
    """Replace what a scenario says. Raises Refused, Conflict, Invalid (``scenario_refused`` with every field)."""
    said = _named(name)
    with transaction.atomic():
        row = _locked(scenario, revision, by)
        made = _checked(row, lines)
        before = snapshot(row)
        changed = Scenario.objects.filter(pk=row.pk, revision=row.revision)
        try:
            with transaction.atomic():
                written = changed.update(name=said, field_year=field_year, revision=row.revision + 1)
        except IntegrityError as error:
            raise _taken() from error
        if written != 1:
            raise Conflict("stale_revision", "Kịch bản vừa được người khác thay đổi. Hãy tải lại trang rồi làm lại.")
        row.lines.all().delete()
        ScenarioLine.objects.bulk_create(made)
        row.refresh_from_db()
        trail.record(
            province_id=row.province_id,
            action="scenario.save",
            subject=row,
            before=before,
            after=snapshot(row),
            by=by,
        )
    return row


def drop(*, scenario: Scenario, revision: int | None, by: User) -> Scenario:
    """Put a scenario away; the trail keeps what it said. Raises Refused, Conflict."""
    with transaction.atomic():
        row = _locked(scenario, revision, by)
        before = snapshot(row)
        written = Scenario.objects.filter(pk=row.pk, revision=row.revision, dropped_at__isnull=True).update(
            dropped_at=calendar.now(), dropped_by=by, revision=row.revision + 1
        )
        if written != 1:
            raise Conflict("stale_revision", "Kịch bản vừa được người khác thay đổi. Hãy tải lại trang rồi làm lại.")
        row.refresh_from_db()
        trail.record(
            province_id=row.province_id,
            action="scenario.drop",
            subject=row,
            before=before,
            after=snapshot(row),
            by=by,
        )
    return row


def _checked(scenario: Scenario, lines: Sequence[Assumed]) -> list[ScenarioLine]:
    """Return the lines to keep. Raises Invalid with everything that is wrong, by ``low_<component>`` and so on."""
    components = {
        entry.component_id: entry.component
        for entry in SheetEntry.objects.filter(sheet=scenario.sheet_id).select_related("component")
    }
    tasks = set(
        Task.objects.filter(
            pk__in=[one.task_id for one in lines if one.task_id], province_id=scenario.province_id
        ).values_list("pk", flat=True)
    )
    problems: dict[str, str] = {}
    made, seen = [], set()
    for one in lines:
        low = one.low if one.low is not None else one.high
        high = one.high if one.high is not None else one.low
        component = components.get(one.component_id)
        if component is None or one.component_id in seen:
            problems[f"low_{one.component_id}"] = "Phiếu chấm không có thành phần này, hoặc thành phần ghi hai lần."
            continue
        seen.add(one.component_id)
        at = f"low_{one.component_id}"
        if low is None or high is None:
            problems[at] = f"{component.code}: cần ghi điểm giả định."
            continue
        most = component.max_score
        for name, value in (("low", low), ("high", high)):
            key = f"{name}_{one.component_id}"
            if value < 0 or (most is not None and value > most):
                ends = f"từ 0 đến {format_decimal(most)}" if most is not None else "không âm"
                problems[key] = f"{component.code}: điểm giả định phải {ends}."
            elif value != value.quantize(PLACES):
                problems[key] = f"{component.code}: nhiều nhất bốn chữ số thập phân."
        if low > high:
            problems[at] = f"{component.code}: mức thấp nhất lớn hơn mức cao nhất."
        if one.task_id is not None and one.task_id not in tasks:
            problems[f"task_{one.component_id}"] = f"{component.code}: không có nhiệm vụ này."
        if one.closes_on is not None and one.task_id is None:
            problems[f"closes_{one.component_id}"] = f"{component.code}: có ngày thì cần chọn nhiệm vụ."
        made.append(
            ScenarioLine(
                scenario_id=scenario.pk,
                component=component,
                low=low,
                high=high,
                task_id=one.task_id,
                closes_on=one.closes_on,
            )
        )
    if problems:
        raise Invalid("scenario_refused", " ".join(problems.values()), fields=problems)
    return made

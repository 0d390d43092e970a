"""The provinces that indices rank, and merging provinces: done by the installer, one decision at a time."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from django.db import transaction
from django.db.models import Q

from agencies import calendar
from agencies.actions import trail
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Membership, Province, ProvinceSuccession, User
from agencies.text import fold, format_day


@dataclass(frozen=True)
class Named:
    """A province by its name: old and new ones share names and official codes, so the day decides which is meant."""

    code: str
    name: str
    kind: str


FACTS = Path(__file__).parents[1] / "mergers"


@dataclass(frozen=True)
class Unit:
    """A province of the country with its life span and the ways its name is written."""

    code: str
    name: str
    kind: str
    valid_from: date | None = None
    valid_to: date | None = None
    also: tuple[str, ...] = ()

    def lived(self, on: date) -> bool:
        """Tell whether it existed on a day."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)


@cache
def units() -> tuple[Unit, ...]:
    """Return every province of the country, before and after the mergers (63, and 34 from 01/07/2025)."""
    kept = json.loads((FACTS / "provinces.json").read_text(encoding="utf-8"))["provinces"]
    merged = json.loads((FACTS / "provinces_2025.json").read_text(encoding="utf-8"))
    since = date.fromisoformat(merged["decision"]["effective_on"])

    def day(text: str | None) -> date | None:
        return date.fromisoformat(text) if text else None

    return (
        *(
            Unit(
                one["code"],
                one["name"],
                one["kind"],
                day(one.get("valid_from")),
                day(one.get("valid_to")),
                tuple(one.get("also", ())),
            )
            for one in kept
        ),
        *(Unit(one["code"], one["name"], one["kind"], since) for one in merged["mergers"]),
    )


def enter_units(chosen: Iterable[Unit], *, by: User | None) -> list[Province]:
    """Enter provinces of the country that have no row yet; they are no tenants. Returns those that were entered.

    A province that is there, under whatever code, is known by its name and life span and left alone.
    """
    with transaction.atomic():
        there = list(Province.objects.all())
        codes = {province.code for province in there}
        entered = []
        for unit in chosen:
            if unit.code in codes or any(_same(unit, province) for province in there):
                continue
            province = Province.objects.create(
                code=unit.code,
                name=unit.name,
                kind=unit.kind,
                valid_from=unit.valid_from,
                valid_to=unit.valid_to,
                is_tenant=False,
            )
            trail.record(
                province_id=province.pk,
                action="province.add",
                subject=province,
                after={"code": unit.code, "name": unit.name, "is_tenant": "False"},
                by=by,
            )
            entered.append(province)
    return entered


def _same(unit: Unit, province: Province) -> bool:
    """Tell whether a row is the province meant: the same name, and a life that began and ended with it.

    An older installation may not know the last day of a province that ended since.
    """
    return (
        fold(province.name) == fold(unit.name)
        and province.valid_from == unit.valid_from
        and province.valid_to in (unit.valid_to, None)
    )


def living(name: str, on: date) -> Province | None:
    """Return the province of a name that existed on a day."""
    return next((one for one in Province.objects.living(on).order_by("pk") if fold(one.name) == fold(name)), None)


def merge(
    *,
    into: Named,
    predecessors: Sequence[Named],
    decision_number: str,
    decided_on: date,
    effective_on: date,
    by: User,
) -> Province:
    """End the predecessors the day before and enter the province that follows them; history stays where it is.

    Every role in a predecessor ends on its last day, so that nobody reports for it or is reminded afterwards; the
    accounts stay, and get roles of the new province from its administrator.

    Predecessors that were never entered are entered with their last day, so that results from before can be kept
    under them. Raises Refused (``not_installer``), Conflict (``already_merged``), Invalid (``province_ended``).
    """
    if not by.is_installer:
        raise Refused("not_installer", "Chỉ người cài đặt hệ thống được sáp nhập tỉnh.")
    last = effective_on - timedelta(days=1)
    with transaction.atomic():
        known = Province.objects.filter(code=into.code).first()
        if known is not None and (known.is_tenant or known.origins.exists()):
            raise Conflict("already_merged", f"{into.name} (mã {into.code}) đã có trong hệ thống.")
        old = []
        for one in predecessors:
            province = living(one.name, last)
            if province is None:
                if Province.objects.filter(code=one.code).exists():
                    raise Invalid(
                        "province_ended",
                        f"{one.name} (mã {one.code}) không tồn tại vào ngày {format_day(last)}. Hãy kiểm tra lại ngày.",
                    )
                province = Province.objects.create(
                    code=one.code, name=one.name, kind=one.kind, valid_to=last, is_tenant=False
                )
            row = Province.objects.select_for_update(of=("self",)).get(pk=province.pk)
            if row.successions.exists():
                raise Conflict("already_merged", f"{row} đã được sáp nhập.")
            row.valid_to = last
            row.save(update_fields=["valid_to"])
            old.append(row)
        names = ", ".join(str(row) for row in old)
        successor, _ = Province.objects.update_or_create(
            code=into.code,
            defaults={
                "name": into.name,
                "kind": into.kind,
                "region": old[0].region,
                "valid_from": effective_on,
                "note": f"Hình thành từ {names} theo {decision_number} ngày {format_day(decided_on)}.",
                "is_tenant": True,
            },
        )
        now = calendar.now()
        left = {row.pk: _end_memberships(row, last) for row in old}
        ProvinceSuccession.objects.bulk_create(
            ProvinceSuccession(
                predecessor=row,
                successor=successor,
                effective_on=effective_on,
                decision_number=decision_number,
                decided_on=decided_on,
                created_by=by,
                created_at=now,
            )
            for row in old
        )
        after = {"successor": successor.code, "effective_on": str(effective_on), "decision": decision_number}
        for row in old:
            trail.record(
                province_id=row.pk,
                action="province.end",
                subject=row,
                after={**after, "valid_to": str(last), "memberships_ended": [one.pk for one in left[row.pk]]},
                reason=decision_number,
                touched=left[row.pk],
                by=by,
            )
        trail.record(
            province_id=successor.pk,
            action="province.enter",
            subject=successor,
            after={**after, "predecessors": [row.code for row in old]},
            reason=decision_number,
            by=by,
        )
    return successor


def _end_memberships(province: Province, last: date) -> list[Membership]:
    """End the roles that would last beyond a province's last day; return them."""
    ending = list(
        Membership.objects.select_for_update(of=("self",))
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=last), province=province)
        .order_by("pk")
    )
    for one in ending:
        # A role that begins later never holds.
        one.valid_to = max(last, one.valid_from or last)
        one.save(update_fields=["valid_to"])
    return ending

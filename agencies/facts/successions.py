"""Which agency answers for another one today: statistics by "then" or by "now".

Definitions:

* *Then*: figures stand under the agency that held the duty, by the name it bore on the day of the figures.
* *Now*: they stand under the agency that follows it on a day, through every succession that is effective by then.
  An agency that still exists follows itself; one that ended is followed by its main successor. Where a decision
  names several successors and none as the main one, or none at all, the figures stay under the old name, and
  ``note`` says so: nothing is divided by guess. Either way the figures add up to the same sum.
* Agencies are joined by row, never by code: codes are reused.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from agencies.models import Agency, AgencyName, Province, ProvinceSuccession, Succession, name_in_force
from agencies.text import format_day


@dataclass(frozen=True)
class Present:
    """The agency that answers on a day; ``note`` says why figures stay under an ended agency's name."""

    agency_id: int
    name: str
    label: str
    order: int
    note: str = ""


def present_agencies(province_id: int, on: date) -> Mapping[int, Present]:
    """Return agency id → who answers for it on a day, for every agency of a province, in three queries."""
    agencies = {agency.pk: agency for agency in Agency.objects.filter(province_id=province_id)}
    names: dict[int, list[AgencyName]] = defaultdict(list)
    for name in AgencyName.objects.filter(agency__province_id=province_id):
        names[name.agency_id].append(name)
    steps: dict[int, list[Succession]] = defaultdict(list)
    for step in (
        Succession.objects.filter(province_id=province_id, effective_on__lte=on)
        .exclude(kind=Succession.Kind.TRANSFER)
        .order_by("effective_on", "id")
    ):
        if step.predecessor_id != step.successor_id:
            steps[step.predecessor_id].append(step)

    def follow(agency: Agency) -> tuple[Agency, str]:
        seen = {agency.pk}
        while agency.valid_to is not None and agency.valid_to < on:
            after = steps.get(agency.pk, [])
            if not after:
                return agency, f"kết thúc hoạt động từ {format_day(agency.valid_to)}, chưa ghi cơ quan kế thừa"
            main = [step for step in after if step.is_main] or (after if len(after) == 1 else [])
            following = agencies.get(main[-1].successor_id) if main else None
            if following is None:
                heirs = ", ".join(agencies[step.successor_id].label for step in after if step.successor_id in agencies)
                return agency, f"đã chia cho {heirs}, không có cơ quan kế thừa chính nên số liệu giữ theo tên cũ"
            if following.pk in seen:
                return agency, "chuỗi kế thừa bị vòng, số liệu giữ theo tên cũ"
            seen.add(following.pk)
            agency = following
        return agency, ""

    found = {}
    for pk, agency in agencies.items():
        present, note = follow(agency)
        borne = name_in_force(names.get(present.pk, ()), on)
        found[pk] = Present(
            present.pk,
            borne.name if borne else present.name,
            (borne.short_name or borne.name) if borne else present.label,
            present.order,
            note,
        )
    return found


def predecessor_provinces(province: Province) -> tuple[ProvinceSuccession, ...]:
    """Return the successions by which a province came from others, the old ones of the old ones too."""
    found: list[ProvinceSuccession] = []
    waiting, seen = [province.pk], {province.pk}
    while waiting:
        rows = list(
            ProvinceSuccession.objects.filter(successor_id__in=waiting)
            .select_related("predecessor")
            .order_by("predecessor__name", "pk")
        )
        waiting = [row.predecessor_id for row in rows if row.predecessor_id not in seen]
        seen.update(waiting)
        found.extend(rows)
    return tuple(found)

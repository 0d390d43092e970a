"""What a reorganisation changes or has changed, as words for its page."""

from dataclasses import dataclass

from django.utils.text import capfirst

from agencies.facts.reorganisations import Effects, effects, holders
from agencies.models import Membership, Reorganisation
from agencies.text import format_day


@dataclass(frozen=True)
class Person:
    """Somebody whose role ends; the account stays."""

    name: str
    role: str
    agency: str
    user_id: int


@dataclass(frozen=True)
class Change:
    """One line of what changes."""

    what: str
    how: str


@dataclass(frozen=True)
class Preview:
    """Everything that changes, in the order in which people ask for it."""

    ends: tuple[Change, ...]
    heirs: tuple[Change, ...]
    people: tuple[Person, ...]
    further: tuple[Change, ...]
    problems: tuple[str, ...]


def _people(memberships: list[Membership]) -> tuple[Person, ...]:
    return tuple(Person(str(one.user), one.get_role_display(), one.agency.label, one.user_id) for one in memberships)


def _heirs(reorganisation: Reorganisation, what: Effects) -> tuple[Change, ...]:
    first = format_day(what.first_day)
    found = []
    for heir in what.heirs:
        if heir.agency is None:
            how = f"cơ quan mới, mã {heir.line.code}, từ ngày {first}"
        elif heir.renamed:
            how = f"{heir.agency.name} mang tên này từ ngày {first}"
        elif heir.agency.valid_from == what.first_day:
            how = f"cơ quan mới, mã {heir.agency.code}, từ ngày {first}"
        else:
            how = "tiếp tục hoạt động"
        parts = [how]
        if heir is what.main and reorganisation.kind != Reorganisation.Kind.TRANSFER:
            parts.append("kế thừa chính")
        if heir.line.functions:
            parts.append(f"tiếp nhận: {heir.line.functions}")
        found.append(Change(heir.name or str(heir.agency), "; ".join(parts)))
    return tuple(found)


def preview(reorganisation: Reorganisation) -> Preview:
    """Return what applying changes; for an applied one, what it changed (no problems then)."""
    what = effects(reorganisation)
    last = format_day(what.last_day)
    applied = reorganisation.state == Reorganisation.State.APPLIED
    memberships = list(what.memberships)
    if applied:
        memberships = list(
            Membership.objects.filter(agency__in=holders(reorganisation), valid_to=what.last_day)
            .select_related("user", "agency")
            .order_by("user_id")
        )
    further = [
        Change(capfirst(one.get_role_display()), f"chuyển từ {one.agency} sang cơ quan kế thừa chính")
        for one in what.designations
    ]
    groups = sorted({one.group.name for one in what.groups})
    if groups:
        further.append(Change("Nhóm cơ quan", f"cơ quan kế thừa vào nhóm: {'; '.join(groups)}"))
    main = what.main
    if what.ends and main is not None:
        further.append(
            Change("Cách viết", f"tên cũ trong văn bản từ ngày {format_day(what.first_day)} chỉ {main.name}")
        )
    return Preview(
        ends=tuple(Change(agency.name, f"hoạt động đến hết ngày {last}") for agency in what.ends),
        heirs=_heirs(reorganisation, what),
        people=_people(memberships),
        further=() if applied else tuple(further),
        problems=() if reorganisation.state != Reorganisation.State.PROPOSED else what.problems,
    )

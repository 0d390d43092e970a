"""What applying a reorganisation changes: worked out once, shown as the preview and carried out by the verb.

Definitions:

* *First day* is the effective day, *last day* the one before it.
* A successor described by name is *the same row* when it bears the name of one of the predecessors (that one
  continues: absorption), or when the decision only renames (same kind and symbol). Otherwise it is entered anew.
* A predecessor *ends* on the last day unless it continues as a successor, or the decision only transfers functions.
* *Problems* are sentences; while there is one the reorganisation cannot be applied.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Q

from agencies.models import Agency, Designation, GroupMembership, Heir, Membership, Reorganisation, valid_on
from agencies.text import fold, format_day


@dataclass(frozen=True)
class Following:
    """One successor as it will be: ``agency`` is the row that continues, None for one that is entered."""

    line: Heir
    agency: Agency | None
    renamed: bool

    @property
    def name(self) -> str:
        """Its name from the first day on."""
        return self.line.name or (self.agency.name if self.agency else "")

    @property
    def short_name(self) -> str:
        """Its short name from the first day on."""
        if self.line.name:
            return self.line.short_name
        return self.agency.short_name if self.agency else ""


@dataclass(frozen=True)
class Effects:
    """Everything that will change."""

    first_day: date
    last_day: date
    ends: tuple[Agency, ...]
    stays: tuple[Agency, ...]
    heirs: tuple[Following, ...]
    memberships: tuple[Membership, ...]
    groups: tuple[GroupMembership, ...]
    designations: tuple[Designation, ...]
    problems: tuple[str, ...] = field(default=())

    @property
    def main(self) -> Following | None:
        """The successor that takes designations, other ways of writing, and the figures "by now"."""
        return next((heir for heir in self.heirs if heir.line.is_main), self.heirs[0] if len(self.heirs) == 1 else None)


def holders(reorganisation: Reorganisation) -> tuple[Agency, ...]:
    """Return the agencies whose open duties are offered: those that end, and those that give functions away."""
    predecessors = [line.agency for line in reorganisation.predecessors.select_related("agency")]
    if reorganisation.kind in (Reorganisation.Kind.TRANSFER, Reorganisation.Kind.SPLIT):
        return tuple(predecessors)
    following = set(reorganisation.heirs.values_list("agency_id", flat=True))
    return tuple(agency for agency in predecessors if agency.pk not in following)


def _same_row(line: Heir, predecessors: list[Agency], kind: str) -> Agency | None:
    if line.agency is not None:
        return line.agency
    for agency in predecessors:
        if fold(agency.name) == fold(line.name):
            return agency
    if kind == Reorganisation.Kind.RENAME and len(predecessors) == 1:
        old = predecessors[0]
        # Documents before that day keep kind and symbol, so a body that changes them is a new row.
        if line.kind in ("", old.kind) and line.symbol in ("", old.symbol):
            return old
    return None


def effects(reorganisation: Reorganisation) -> Effects:
    """Return what applying the reorganisation would change, and what stands in the way (decision number too)."""
    kind = Reorganisation.Kind(reorganisation.kind)
    first = reorganisation.effective_on
    last = first - timedelta(days=1)
    predecessors = [line.agency for line in reorganisation.predecessors.select_related("agency")]
    heirs = []
    for line in reorganisation.heirs.select_related("agency"):
        row = _same_row(line, predecessors, kind)
        heirs.append(Following(line, row, bool(row and line.name and line.name != row.name)))
    continuing = {heir.agency.pk for heir in heirs if heir.agency is not None}
    if kind is Reorganisation.Kind.TRANSFER:
        ends = []
    else:
        ends = [agency for agency in predecessors if agency.pk not in continuing]
    ended = [agency.pk for agency in ends]
    still = Q(valid_to__isnull=True) | Q(valid_to__gt=last)
    return Effects(
        first_day=first,
        last_day=last,
        ends=tuple(ends),
        stays=tuple(agency for agency in predecessors if agency not in ends),
        heirs=tuple(heirs),
        memberships=tuple(
            Membership.objects.filter(still, agency_id__in=ended).select_related("user", "agency").order_by("user_id")
        ),
        groups=tuple(
            GroupMembership.objects.filter(still, agency_id__in=ended).select_related("group", "agency").order_by("id")
        ),
        designations=tuple(
            Designation.objects.filter(still, agency_id__in=ended).select_related("agency").order_by("id")
        ),
        problems=tuple(_problems(reorganisation, kind, predecessors, ends, heirs, first, last)),
    )


def _problems(
    reorganisation: Reorganisation,
    kind: Reorganisation.Kind,
    predecessors: list[Agency],
    ends: list[Agency],
    heirs: list[Following],
    first: date,
    last: date,
) -> list[str]:
    said = []
    kinds = Reorganisation.Kind
    if not reorganisation.decision_number or reorganisation.decided_on is None:
        said.append("Chưa ghi số và ngày quyết định. Hãy bổ sung trước khi áp dụng.")
    if not predecessors:
        said.append("Chưa chọn cơ quan được sắp xếp.")
    if not heirs and kind is not kinds.DISSOLVE:
        said.append("Chưa có cơ quan kế thừa.")
    if heirs and kind is kinds.DISSOLVE:
        said.append("Kết thúc hoạt động thì không có cơ quan kế thừa. Hãy bỏ cơ quan kế thừa hoặc chọn loại khác.")
    if kind is kinds.RENAME and (len(predecessors) != 1 or len(heirs) != 1):
        said.append("Đổi tên là của đúng một cơ quan và có đúng một tên mới.")
    if kind in (kinds.MERGE, kinds.ABSORB) and predecessors and heirs and not ends:
        said.append("Không cơ quan nào kết thúc. Hợp nhất, sáp nhập phải có cơ quan kết thúc hoạt động.")
    if kind is kinds.SPLIT and len(heirs) < 2:
        said.append("Chia tách phải có ít nhất hai cơ quan kế thừa.")
    for agency in predecessors:
        if agency.valid_to is not None:
            said.append(f"{agency} đã kết thúc (đến hết ngày {format_day(agency.valid_to)}).")
        elif agency.valid_from is not None and agency.valid_from > last:
            said.append(f"{agency} mới có từ {format_day(agency.valid_from)}, sau ngày hiệu lực của phương án.")
    ended = {agency.pk for agency in ends}
    living = Agency.objects.filter(province_id=reorganisation.province_id).exclude(pk__in=ended)
    for heir in heirs:
        if heir.agency is not None:
            if not Agency.objects.valid_on(first).filter(pk=heir.agency.pk).exists():
                said.append(f"{heir.agency} không còn hoạt động vào {format_day(first)} nên không thể kế thừa.")
            continue
        taken = living.filter(valid_to__isnull=True, code=heir.line.code) | living.filter(
            code=heir.line.code, valid_from=first
        )
        if taken.exists():
            said.append(f"Mã {heir.line.code} đang là của {taken.first()}. Hãy chọn mã khác cho {heir.name}.")
        same = [one for one in living.filter(valid_on(first)) if fold(one.name) == fold(heir.name)]
        if same:
            said.append(f"Đã có {same[0]} (mã {same[0].code}). Hãy chọn cơ quan này thay vì nhập mới.")
    return said

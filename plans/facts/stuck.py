"""Steps that nobody can take: shown, never silent.

Definitions:

* A report *waits for nobody* when it was handed in and no active person may decide it today (domain rule 6: nobody
  in the body that decides, or everybody there belongs to the reporting agency too).
* A report *cannot leave* when it lies with the head and the agency has today neither a head nor anybody the head
  let approve.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q
from django.urls import reverse

from agencies.models import Agency, Delegation, Designation, Membership, User, valid_on
from agencies.permissions import GRANTS, Permission, Reach, Role
from plans.models import Progress

_DECIDING = [role for role in Role if GRANTS[role].get(Permission.PROGRESS_DECIDE) is Reach.PROVINCE]
NO_REVIEWER = "Chưa có ai được duyệt báo cáo này: cần bổ nhiệm chuyên viên thẩm định hoặc chỉ định cơ quan thẩm định."
NO_HEAD = "Chưa có ai được duyệt gửi báo cáo này: cơ quan chưa có thủ trưởng hoặc người được ủy quyền đang làm việc."


@dataclass(frozen=True)
class _People:
    """Who works where today, and who is designated (of some provinces)."""

    works_in: dict[int, frozenset[int]]
    reviewers: frozenset[int]
    bodies: dict[tuple[int, str], frozenset[int]]
    approved: frozenset[int]

    @classmethod
    def on(cls, province_ids: Iterable[int], day: date) -> "_People":
        provinces = list(province_ids)
        works: dict[int, set[int]] = {}
        reviewers, heads = set(), set()
        for user_id, agency_id, role in Membership.objects.filter(
            valid_on(day), province_id__in=provinces, user__is_active=True
        ).values_list("user_id", "agency_id", "role"):
            works.setdefault(user_id, set()).add(agency_id)
            if role in _DECIDING:
                reviewers.add(user_id)
            if role == Role.AGENCY_HEAD:
                heads.add(agency_id)
        bodies: dict[tuple[int, str], set[int]] = {}
        for province_id, role, agency_id in Designation.objects.filter(
            valid_on(day), province_id__in=provinces
        ).values_list("province_id", "role", "agency_id"):
            bodies.setdefault((province_id, role), set()).add(agency_id)
        for person_id, agency_id in Delegation.objects.filter(valid_on(day), province_id__in=provinces).values_list(
            "person_id", "agency_id"
        ):
            if agency_id in works.get(person_id, ()):
                heads.add(agency_id)
        return cls(
            {user_id: frozenset(some) for user_id, some in works.items()},
            frozenset(reviewers),
            {key: frozenset(some) for key, some in bodies.items()},
            frozenset(heads),
        )

    def decides(self, province_id: int, agency_id: int) -> bool:
        """Tell whether anybody may decide the agency's reports."""
        standing = self.bodies.get((province_id, Designation.Role.STANDING_OFFICE), frozenset())
        second = self.bodies.get((province_id, Designation.Role.SECOND_REVIEWER), frozenset())
        bodies = standing - {agency_id} | (second if agency_id in standing else frozenset())
        return any(
            agency_id not in self.works_in[user_id] and self.works_in[user_id] & bodies for user_id in self.reviewers
        )


def why_stuck(agency: Agency, states: Iterable[str], on: date) -> dict[str, str]:
    """Return state → why a report of the agency in it waits for nobody (states in which somebody can act: absent)."""
    waiting = set(states) & {Progress.State.SUBMITTED, Progress.State.WITH_HEAD}
    if not waiting:
        return {}
    people = _People.on([agency.province_id], on)
    found = {}
    if Progress.State.SUBMITTED in waiting and not people.decides(agency.province_id, agency.pk):
        found[Progress.State.SUBMITTED.value] = NO_REVIEWER
    if Progress.State.WITH_HEAD in waiting and agency.pk not in people.approved:
        found[Progress.State.WITH_HEAD.value] = NO_HEAD
    return found


@dataclass(frozen=True)
class StuckRow:
    """The reports of one agency that wait for nobody."""

    agency: str
    number: int
    why: str
    url: str


def stuck_reports(user: User, on: date) -> tuple[StuckRow, ...]:
    """Return what waits for nobody in the provinces whose progress the user watches, in a fixed number of queries."""
    provinces = user.provinces_with(Permission.PROGRESS_READ)
    if not provinces:
        return ()
    waiting = list(
        Progress.objects.filter(
            province_id__in=provinces, state__in=(Progress.State.SUBMITTED, Progress.State.WITH_HEAD)
        )
        .order_by("assignment__agency__order", "assignment__agency__name")
        .values("province_id", "assignment__agency_id", "assignment__agency__name")
        .annotate(
            submitted=Count("pk", filter=Q(state=Progress.State.SUBMITTED)),
            with_head=Count("pk", filter=Q(state=Progress.State.WITH_HEAD)),
        )
    )
    if not waiting:
        return ()
    people = _People.on(provinces, on)
    where = reverse("plans:assignment_list")
    rows = []
    for one in waiting:
        agency_id, name = one["assignment__agency_id"], one["assignment__agency__name"]
        url = f"{where}?agency={agency_id}"
        if one["submitted"] and not people.decides(one["province_id"], agency_id):
            rows.append(StuckRow(name, one["submitted"], NO_REVIEWER, f"{url}&state=awaiting_review"))
        if one["with_head"] and agency_id not in people.approved:
            rows.append(StuckRow(name, one["with_head"], NO_HEAD, url))
    return tuple(rows)

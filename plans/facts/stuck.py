"""Steps that nobody can take: shown, never silent.

Definitions:

* A report *waits for nobody* when it was handed in and no active person may decide it today (domain rule 6: nobody
  in the body that decides, everybody there belongs to the reporting agency too, or worked on the report).
* A report *cannot leave* when it lies with the head and the agency has today neither a head nor anybody the head
  let approve, but for the one who forwarded it.
* A request of an agency *waits for nobody* when it is open and no active person may decide it today: nobody in the
  body that decides, or nobody there but its own author.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q
from django.urls import reverse

from agencies.models import Agency, Delegation, Designation, Membership, User, valid_on
from agencies.permissions import STAND_INS, Permission, Reach, Role, granted
from plans.models import DutyRequest, Progress, ProgressVersion
from plans.models.progress import AUTHORS

DECIDE, RULE = Permission.PROGRESS_DECIDE, Permission.DUTY_RULE
NO_REVIEWER = "Chưa có ai được duyệt báo cáo này: cần bổ nhiệm chuyên viên thẩm định hoặc chỉ định cơ quan thẩm định."
OWN_WORK = "Người thẩm định đã soạn hoặc duyệt gửi báo cáo này nên không được duyệt: cần thêm người thẩm định khác."
NO_HEAD = "Chưa có ai được duyệt gửi báo cáo này: cơ quan chưa có thủ trưởng hoặc người được ủy quyền đang làm việc."
OWN_FORWARD = "Người được ủy quyền duyệt gửi chính là người trình báo cáo này: cần thủ trưởng hoặc người khác duyệt."
NO_RULER = "Chưa có ai được quyết định đề nghị này: cần bổ nhiệm chuyên viên thẩm định hoặc chỉ định cơ quan thẩm định."
OWN_REQUEST = "Người được quyết định chính là người viết đề nghị này: cần thêm người thẩm định khác."


@dataclass(frozen=True)
class _People:
    """Who works where today, in which agencies which role decides, and who is designated (of some provinces)."""

    works_in: dict[int, set[int]]
    granting: Mapping[Permission, Mapping[int, set[int]]]
    bodies: dict[tuple[int, str], set[int]]
    heads: dict[int, set[int]]
    delegates: dict[int, set[int]]

    @classmethod
    def on(cls, province_ids: Iterable[int], day: date) -> "_People":
        provinces = list(province_ids)
        works, stands = defaultdict[int, set[int]](set), defaultdict[int, set[int]](set)
        granting = {permission: defaultdict[int, set[int]](set) for permission in (DECIDE, RULE)}
        heads = defaultdict[int, set[int]](set)
        for user_id, agency_id, role in Membership.objects.filter(
            valid_on(day), province_id__in=provinces, user__is_active=True
        ).values_list("user_id", "agency_id", "role"):
            works[user_id].add(agency_id)
            for permission, agencies in granting.items():
                if granted(role, permission) is Reach.PROVINCE:
                    agencies[user_id].add(agency_id)
            if role == Role.AGENCY_HEAD:
                heads[agency_id].add(user_id)
            if role in STAND_INS:
                stands[agency_id].add(user_id)
        bodies = defaultdict[tuple[int, str], set[int]](set)
        for province_id, role, agency_id in Designation.objects.filter(
            valid_on(day), province_id__in=provinces
        ).values_list("province_id", "role", "agency_id"):
            bodies[province_id, role].add(agency_id)
        delegates = defaultdict[int, set[int]](set)
        for person_id, agency_id in (
            Delegation.objects.in_force(day).filter(province_id__in=provinces).values_list("person_id", "agency_id")
        ):
            if person_id in stands[agency_id]:
                delegates[agency_id].add(person_id)
        return cls(works, granting, bodies, heads, delegates)

    def deciders(self, province_id: int, agency_id: int, permission: Permission = DECIDE) -> set[int]:
        """Return who may decide about the agency (``Agency.objects.reviewed_by``)."""
        standing = self.bodies.get((province_id, Designation.Role.STANDING_OFFICE), set())
        second = self.bodies.get((province_id, Designation.Role.SECOND_REVIEWER), set())
        deciding = standing | second if agency_id in standing else standing
        return {
            user_id
            for user_id, agencies in self.granting[permission].items()
            if agencies & deciding and agency_id not in self.works_in[user_id]
        }

    def reviewers(self) -> set[int]:
        """Return everybody who decides some agency's reports."""
        return set(self.granting[DECIDE])

    def kept_in(self, agency_id: int, forwarder_id: int | None) -> str:
        """Return why a report that somebody forwarded cannot leave the agency, or an empty text."""
        delegates = self.delegates.get(agency_id, set())
        if self.heads.get(agency_id) or delegates - {forwarder_id}:
            return ""
        return OWN_FORWARD if delegates else NO_HEAD


def _authors(reports: Q, people: set[int]) -> dict[int, set[int]]:
    """Return report id → who of some people worked on it, in one query (no row for the others)."""
    theirs = Q(*((f"{name}__in", people) for name in AUTHORS), _connector=Q.OR)
    found = defaultdict[int, set[int]](set)
    for report_id, *some in (
        ProgressVersion.objects.filter(reports, theirs)
        .order_by("progress_id")
        .values_list("progress_id", *(f"{name}_id" for name in AUTHORS))
    ):
        found[report_id].update(some)
    return found


def why_stuck(agency: Agency, reports: Iterable[Progress], on: date) -> dict[int, str]:
    """Return report id → why it waits for nobody, of reports of the agency (``latest`` selected with them).

    Those with which somebody can go on are absent.
    """
    waiting = [one for one in reports if one.state in (Progress.State.SUBMITTED, Progress.State.WITH_HEAD)]
    if not waiting:
        return {}
    people = _People.on([agency.province_id], on)
    deciders = people.deciders(agency.province_id, agency.pk)
    authors = _authors(Q(progress__in=[one.pk for one in waiting]), deciders) if deciders else {}
    found = {}
    for report in waiting:
        if report.state == Progress.State.WITH_HEAD:
            why = people.kept_in(agency.pk, report.latest.forwarded_by_id if report.latest else None)
        elif deciders:
            why = "" if deciders - authors.get(report.pk, set()) else OWN_WORK
        else:
            why = NO_REVIEWER
        if why:
            found[report.pk] = why
    return found


@dataclass(frozen=True)
class StuckRow:
    """What waits for nobody: so many reports or requests (``what``) of one agency."""

    agency: str
    number: int
    why: str
    url: str
    what: str = "báo cáo"


def stuck_reports(user: User, on: date) -> tuple[StuckRow, ...]:
    """Return what waits for nobody in the provinces whose progress the user watches, in a fixed number of queries."""
    provinces = user.provinces_with(Permission.PROGRESS_READ)
    if not provinces:
        return ()
    agency = ("province_id", "assignment__agency_id", "assignment__agency__name")
    in_order = ("assignment__agency__order", "assignment__agency__name")
    of = Progress.objects.filter(province_id__in=provinces).order_by(*in_order)
    submitted = of.filter(state=Progress.State.SUBMITTED).values_list(*agency).annotate(Count("pk"))
    with_head = (
        of.filter(state=Progress.State.WITH_HEAD).values_list(*agency, "latest__forwarded_by_id").annotate(Count("pk"))
    )
    asked = (
        DutyRequest.objects.filter(province_id__in=provinces, state=DutyRequest.State.OPEN)
        .order_by(*in_order)
        .values_list(*agency, "created_by_id")
        .annotate(Count("pk"))
    )
    people = _People.on(provinces, on)
    own_work = _own_work(provinces, people)
    where = reverse("plans:assignment_list")
    # (agency, its name, what, why, address) → how many
    found = Counter[tuple[int, str, str, str, str]]()
    for province_id, agency_id, name, number in submitted:
        url = f"{where}?agency={agency_id}&state=awaiting_review"
        if people.deciders(province_id, agency_id):
            found[agency_id, name, "báo cáo", OWN_WORK, url] += own_work[agency_id]
        else:
            found[agency_id, name, "báo cáo", NO_REVIEWER, url] += number
    for _, agency_id, name, forwarder_id, number in with_head:
        why = people.kept_in(agency_id, forwarder_id)
        if why:
            found[agency_id, name, "báo cáo", why, f"{where}?agency={agency_id}"] += number
    for province_id, agency_id, name, author_id, number in asked:
        deciders = people.deciders(province_id, agency_id, RULE)
        if not deciders - {author_id}:
            why = OWN_REQUEST if deciders else NO_RULER
            found[agency_id, name, "đề nghị", why, f"{reverse('plans:request_list')}?state=open"] += number
    return tuple(
        StuckRow(name, number, why, url, what) for (_, name, what, why, url), number in found.items() if number
    )


def _own_work(provinces: Iterable[int], people: _People) -> Counter[int]:
    """Return agency id → how many of its submitted reports all who decide there have worked on; two queries."""
    waiting = Q(progress__province_id__in=provinces, progress__state=Progress.State.SUBMITTED)
    authors = _authors(waiting, people.reviewers())
    of = Progress.objects.filter(pk__in=authors).values_list("pk", "province_id", "assignment__agency_id")
    return Counter(
        agency_id for pk, province_id, agency_id in of if people.deciders(province_id, agency_id) <= authors[pk]
    )

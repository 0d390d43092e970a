"""Who of an agency or a province can be told something on a day.

Definitions:

* The *staff* of an agency are the people with an officer's or the head's role there on a day who can still log in.
  Officers are reminded; where an agency has no officer, its heads are. An agency without staff can be told nothing:
  it is shown apart, and nothing is recorded.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from agencies.models import Membership, User, valid_on
from agencies.permissions import Role

ROLE_WORDS = {Role.OFFICER: "cán bộ đầu mối", Role.AGENCY_HEAD: "thủ trưởng cơ quan", Role.LEADER: "lãnh đạo tỉnh"}
NO_HEAD = "chưa có tên thủ trưởng trong hệ thống"


@dataclass(frozen=True)
class Staff:
    """The people of an agency who can be told something on a day."""

    officers: tuple[User, ...] = ()
    heads: tuple[User, ...] = ()

    @property
    def reminded(self) -> tuple[User, ...]:
        """Who is reminded: the officers; the heads where there is no officer."""
        return self.officers or self.heads

    @property
    def everybody(self) -> tuple[User, ...]:
        """Officers and heads, each once."""
        return tuple(dict.fromkeys((*self.officers, *self.heads)))

    @property
    def head_names(self) -> str:
        """The heads by name."""
        return ", ".join(head.full_name for head in self.heads) or NO_HEAD

    def role_of(self, person: User) -> str:
        """Return in which role a person is told."""
        return ROLE_WORDS[Role.OFFICER if person in self.officers else Role.AGENCY_HEAD]


NOBODY = Staff()


def staff(agency_ids: Iterable[int], on: date) -> dict[int, Staff]:
    """Return agency id → its staff on a day, in one query; an agency without anybody is absent."""
    officers: dict[int, list[User]] = defaultdict(list)
    heads: dict[int, list[User]] = defaultdict(list)
    found = Membership.objects.filter(
        valid_on(on), agency_id__in=set(agency_ids), role__in=(Role.OFFICER, Role.AGENCY_HEAD), user__is_active=True
    )
    for membership in found.select_related("user").order_by("agency_id", "user__full_name", "user_id"):
        (officers if membership.role == Role.OFFICER else heads)[membership.agency_id].append(membership.user)
    return {
        agency_id: Staff(
            tuple(dict.fromkeys(officers.get(agency_id, ()))), tuple(dict.fromkeys(heads.get(agency_id, ())))
        )
        for agency_id in {*officers, *heads}
    }


def leaders(province_id: int, on: date) -> tuple[User, ...]:
    """Return the leaders of a province who can be told something on a day."""
    found = Membership.objects.filter(
        valid_on(on), province_id=province_id, role=Role.LEADER, user__is_active=True
    ).select_related("user")
    return tuple(dict.fromkeys(membership.user for membership in found.order_by("user__full_name", "user_id")))


def names(people: Sequence[User], of: Staff | None = None) -> str:
    """Return people by name and role, as a reminder keeps them."""
    role = ROLE_WORDS[Role.LEADER]
    return "; ".join(f"{person.full_name} ({of.role_of(person) if of else role})" for person in people)

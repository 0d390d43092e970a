"""Who may stand before a row: every role in every relation to it, and the sets of them that the matrix names."""

from enum import StrEnum
from typing import NamedTuple

from agencies.permissions import GRANTS, Permission, Reach, Role

OFFICER, AGENCY_HEAD, REVIEWER = Role.OFFICER, Role.AGENCY_HEAD, Role.REVIEWER
SPECIALIST, LEADER, AUDITOR, ADMINISTRATOR = Role.SPECIALIST, Role.LEADER, Role.AUDITOR, Role.ADMINISTRATOR
P = Permission


class Relation(StrEnum):
    """Where a person stands to the row: the agency of their membership against the agency of the row."""

    OWN = "own"
    PARENT = "parent"
    OTHER = "other"
    STANDING = "standing"
    SECOND = "second"
    FORMER = "former"
    ELSEWHERE = "elsewhere"


RELATION_LABELS = {
    Relation.OWN: "cơ quan có dữ liệu",
    Relation.PARENT: "cơ quan cấp trên của cơ quan đó",
    Relation.OTHER: "cơ quan khác trong tỉnh",
    Relation.STANDING: "cơ quan thường trực (Sở Nội vụ)",
    Relation.SECOND: "cơ quan thẩm định thứ hai",
    Relation.FORMER: "người đã rời cơ quan có dữ liệu (vai trò hết hạn hôm qua)",
    Relation.ELSEWHERE: "tỉnh khác",
}
# The relations of people who work in the province of the row.
INSIDE = (Relation.OWN, Relation.PARENT, Relation.OTHER, Relation.STANDING, Relation.SECOND)


class Seat(NamedTuple):
    """A role in an agency that stands in a relation to the row; without both: an account without any membership."""

    role: Role | None
    relation: Relation | None
    installer: bool = False

    def __str__(self) -> str:
        """Return the seat as a failed test names it."""
        if self.role and self.relation:
            return f"{self.role.value} / {self.relation.value}"
        return "installer" if self.installer else "without membership"


People = frozenset[Seat]
WITHOUT_MEMBERSHIP = Seat(None, None)
# Whoever set the portal up: keeps the directory of every province and holds no role in any.
INSTALLER = Seat(None, None, installer=True)
SEATS = (*(Seat(role, relation) for relation in Relation for role in Role), WITHOUT_MEMBERSHIP, INSTALLER)
EVERYONE: People = frozenset(SEATS)
NOBODY: People = frozenset()


def _seats(relations: tuple[Relation, ...], roles: tuple[Role, ...]) -> People:
    return frozenset(Seat(role, relation) for relation in relations for role in (roles or tuple(Role)))


def own(*roles: Role) -> People:
    """People of the row's own agency in these roles (none: in any role)."""
    return _seats((Relation.OWN,), roles)


def standing(*roles: Role) -> People:
    """People of the standing office."""
    return _seats((Relation.STANDING,), roles)


def second(*roles: Role) -> People:
    """People of the second reviewing body."""
    return _seats((Relation.SECOND,), roles)


def province(*roles: Role) -> People:
    """People of any agency of the row's province."""
    return _seats(INSIDE, roles)


def elsewhere(*roles: Role) -> People:
    """People of another province."""
    return _seats((Relation.ELSEWHERE,), roles)


def holders(permission: Permission, *, of: tuple[Relation, ...] = (Relation.OWN,)) -> People:
    """Those to whom ``agencies.permissions`` grants a permission: for the own agency (``of``), or the province."""
    found: set[Seat] = set()
    for role in Role:
        reach = GRANTS[role].get(permission)
        found |= _seats(INSIDE if reach is Reach.PROVINCE else of, (role,)) if reach else set()
    return frozenset(found)


# Names for those who come up again and again.
READS_PLANS = holders(P.PLAN_READ)
READS_DRAFT_PLANS = holders(P.PLAN_READ_DRAFT)
AMENDS = holders(P.PLAN_AMEND)
WATCHES = holders(P.DASHBOARD_READ)
READS_REPORTS = holders(P.PROGRESS_READ)
READS_RESULTS = holders(P.RESULT_READ)
# Results are public: who reads those of any province reads all.
READS_RESULTS_ANYWHERE = READS_RESULTS | elsewhere(*(role for role in Role if P.RESULT_READ in GRANTS[role]))
KEEPS_INDICES = holders(P.INDEX_MANAGE)
KEEPS_INDICES_ANYWHERE = KEEPS_INDICES | elsewhere(*(role for role in Role if P.INDEX_MANAGE in GRANTS[role]))
# A draft of a report, and its files, are the own agency's business until it is handed in.
READS_DRAFTS = own(OFFICER, AGENCY_HEAD)
WRITES_REPORTS = holders(P.PROGRESS_WRITE)
# Domain rule 6: the standing office decides, but not its own reports; those the second body decides.
DECIDES = standing(REVIEWER)
DECIDES_STANDING = second(REVIEWER)
READS_STANDING = holders(P.PROGRESS_READ, of=(Relation.STANDING,))
# What an agency asks about its duties, and who decides it: as with reports.
ASKS = holders(P.DUTY_REQUEST)
ASKS_STANDING = holders(P.DUTY_REQUEST, of=(Relation.STANDING,))
ASKS_YEAR_END = holders(P.REPORT_YEAR_END)
ASKS_AGENCY = holders(P.REPORT_AGENCY)
ASKS_SUMMARY = holders(P.REPORT_SUMMARY)
# Those who may ask for some report, in whatever province, get the form again with what is wrong.
ASKS_SOME_REPORT = _seats(
    (*INSIDE, Relation.ELSEWHERE),
    tuple(
        role
        for role in Role
        if any(needed in GRANTS[role] for needed in (P.REPORT_YEAR_END, P.REPORT_SUMMARY, P.REPORT_AGENCY))
    ),
)
FORM_AGAIN = ((ASKS_SOME_REPORT, 422),)
SEES_AGENCY_RUN = WATCHES | own(OFFICER, AGENCY_HEAD)
# A page that is about all of one's own provinces opens to the same roles elsewhere; they find no row of this one.
CHASES = holders(P.CHASE)
CHASES_ANYWHERE = CHASES | elsewhere(REVIEWER)
WATCHES_ANYWHERE = WATCHES | elsewhere(*(role for role in Role if P.DASHBOARD_READ in GRANTS[role]))
# Whose inbox it is in.
TOLD = own(OFFICER)
# Story 9: the head lets a report leave the agency (a delegate does too; nobody is one on the matrix's stage).
APPROVES = holders(P.PROGRESS_APPROVE)
# The row of the directory is the parent agency: its own head, and whoever keeps the directory, rule on it.
RULES_PARENT = holders(P.DIRECTORY_MANAGE) | _seats((Relation.PARENT,), (AGENCY_HEAD,))
# Sở Tư pháp on the stage does not require its head: its officers are told so.
NOT_REQUIRED = holders(P.PROGRESS_WRITE)
GRANTS_WINDOWS = holders(P.WINDOW_GRANT)
# The standing office closes and reopens periods; closes are read by those who watch the province.
CLOSES = standing(REVIEWER)
# Scores are read by the agency they are of and province-wide; what somebody assumes about them only province-wide.
READS_SCORES = holders(P.SCORE_READ)
READS_SCENARIOS = province(*(role for role in Role if GRANTS[role].get(P.SCORE_READ) is Reach.PROVINCE))
WRITES_SCENARIOS = holders(P.SCENARIO_WRITE)
WRITES_SCENARIOS_ANYWHERE = WRITES_SCENARIOS | elsewhere(*(role for role in Role if P.SCENARIO_WRITE in GRANTS[role]))
TAKES_SURVEYS = holders(P.INDEX_MANAGE)
# Frameworks of a province are read by all who work in it, and kept by its index specialists.
READS_FRAMEWORKS = province()
KEEPS_FRAMEWORKS = holders(P.INDEX_MANAGE)
KEEPS_FRAMEWORKS_ANYWHERE = KEEPS_FRAMEWORKS | elsewhere(SPECIALIST)
READS_TRAIL = holders(P.TRAIL_READ)
READS_TRAIL_ANYWHERE = READS_TRAIL | elsewhere(*(role for role in Role if P.TRAIL_READ in GRANTS[role]))
INSTALLS: People = frozenset({INSTALLER})
KEEPS_DIRECTORY = holders(P.DIRECTORY_MANAGE) | INSTALLS
# The technical administration opens to administrators of any province; each finds only the own province in it.
ADMINISTRATORS = KEEPS_DIRECTORY | elsewhere(ADMINISTRATOR)
AWAY = ((elsewhere(ADMINISTRATOR), 404),)
NOT_THERE = ((ADMINISTRATORS, 404),)
MOVED = elsewhere(ADMINISTRATOR) | INSTALLS
# Reorganisations: read by those who carry them out, move duties, or read the trail.
MANAGES_AGENCIES = holders(P.DIRECTORY_MANAGE)
SEES_REORGANISATIONS = MANAGES_AGENCIES | holders(P.DUTY_ASSIGN) | holders(P.TRAIL_READ)
MOVES_DUTIES = standing(REVIEWER)
CHOOSES_BASELINES = holders(P.BASELINE_CHOOSE)
LEFT = ((KEEPS_DIRECTORY, 302),)
# Score sheets: read by the unit and those who read the province's; what is not handed in, by the unit alone.
READS_SHEETS = holders(P.SCORE_READ)
READS_UNSENT_SHEETS = own(*(role for role in Role if P.SCORE_READ in GRANTS[role]))
READS_PROVINCE_SHEET = holders(P.SCORE_READ, of=(Relation.STANDING,))
WRITES_SHEETS = holders(P.SCORE_WRITE)
WRITES_PROVINCE_SHEET = holders(P.SCORE_WRITE, of=(Relation.STANDING,))
SUBMITS_SHEETS = holders(P.SCORE_SUBMIT)
APPRAISES_SHEETS = standing(REVIEWER)
MANAGES_INDICES = holders(P.INDEX_MANAGE)

# In words


def told(people: People) -> str:
    """Return who these are, in Vietnamese: "cả tỉnh: lãnh đạo tỉnh; cơ quan có dữ liệu: cán bộ đầu mối"."""
    if people == EVERYONE:
        return "mọi người đã đăng nhập"
    by_place: dict[tuple[Relation, ...], list[str]] = {}
    for role in Role:
        place = tuple(relation for relation in Relation if Seat(role, relation) in people)
        if place:
            by_place.setdefault(place, []).append(role.label[0].lower() + role.label[1:])
    parts = []
    for place, roles in sorted(by_place.items(), key=lambda entry: -len(entry[0])):
        inside = set(INSIDE) <= set(place)
        names = ["cả tỉnh"] if inside else []
        names += [RELATION_LABELS[relation] for relation in place if not (inside and relation in INSIDE)]
        parts.append(f"{' và '.join(names)}: {' · '.join(roles) if len(roles) < len(Role) else 'mọi vai trò'}")
    if INSTALLER in people:
        parts.append("người cài đặt")
    if WITHOUT_MEMBERSHIP in people:
        parts.append("tài khoản chưa có vai trò")
    return "; ".join(parts) or "không ai"

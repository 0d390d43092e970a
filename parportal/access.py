"""Who may do what at every address: the permission matrix.

One line per address × method × kind of row. ``docs/permissions.md`` is generated from this table and
``tests/architecture/test_permission_matrix.py`` asks every line in the name of every seat (role × relation) below:
the table says what the doors really do. An address without a line fails CI. How to add one: docs/develop.md.

A line is read as: at ADDRESS with METHOD, about ROW, to do SAYS, MAY get ANSWER; those who SEE the row but may not take
the step get 403; BUT names other answers; everybody else gets REST (404: there is no such row for them). A list is
open to all and SHOWS the row only to some. A method without a line is refused (405) and changes nothing.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from agencies.permissions import GRANTS, Permission, Reach, Role

OFFICER, AGENCY_HEAD, REVIEWER = Role.OFFICER, Role.AGENCY_HEAD, Role.REVIEWER
SPECIALIST, LEADER, AUDITOR, ADMINISTRATOR = Role.SPECIALIST, Role.LEADER, Role.AUDITOR, Role.ADMINISTRATOR
P = Permission


# --- who -----------------------------------------------------------------------------------------------------


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


# --- what ----------------------------------------------------------------------------------------------------


class Row(StrEnum):
    """What kind of row an address names. "Own" is Sở Tư pháp in the tests, unless the kind says otherwise."""

    NONE = "–"
    PLAN = "kế hoạch đã ban hành"
    DRAFT_PLAN = "kế hoạch đang xây dựng"
    SUCCESSOR = "kế hoạch đang xây dựng, thay thế kế hoạch đã ban hành"
    AMENDMENT = "văn bản sửa đổi đã xác nhận"
    DRAFT_AMENDMENT = "văn bản sửa đổi đang soạn"
    TASK_LINE = "dòng sửa nhiệm vụ trong văn bản đang soạn"
    TARGET_LINE = "dòng sửa mục tiêu trong văn bản đang soạn"
    TASK = "nhiệm vụ của kế hoạch"
    PERIOD = "kỳ báo cáo"
    DUTY = "nhiệm vụ giao cho cơ quan"
    OPEN_DUTY = "nhiệm vụ của cơ quan, kỳ này chưa báo cáo"
    DRAFT = "báo cáo nháp của cơ quan"
    WAITING = "báo cáo của cơ quan đang chờ duyệt"
    WAITING_STANDING = "báo cáo của Sở Nội vụ đang chờ duyệt"
    WITH_HEAD = "báo cáo của cơ quan đang chờ thủ trưởng"
    ACCEPTED = "báo cáo của cơ quan đã duyệt"
    CORRECTING = "báo cáo của cơ quan đã duyệt, đang điều chỉnh"
    CLOSED_PERIOD = "kỳ báo cáo đã đóng, cơ quan chưa nộp"
    ENDED_PERIOD = "kỳ báo cáo đã hết hạn, chưa chốt"
    CLOSE = "lần chốt kỳ"
    EVENT = "sự kiện trong dấu vết của tỉnh"
    EVIDENCE = "tài liệu kiểm chứng đã gửi"
    DRAFT_EVIDENCE = "tài liệu kiểm chứng trong bản nháp"
    DATED_DUTY = "nhiệm vụ có thời hạn của cơ quan"
    CONDITION_DUTY = "nhiệm vụ có điều kiện của cơ quan"
    REQUEST = "đề nghị của cơ quan, chờ quyết định"
    REQUEST_STANDING = "đề nghị của Sở Nội vụ, chờ quyết định"
    RULING = "quyết định về nhiệm vụ của cơ quan"
    YEAR_END = "báo cáo năm của tỉnh"
    SUMMARY = "tóm tắt cho lãnh đạo"
    AGENCY_REPORT = "báo cáo của một cơ quan"
    RUN = "lần xuất báo cáo năm, đang chờ"
    AGENCY_RUN = "lần xuất báo cáo của cơ quan"
    READY_RUN = "lần xuất báo cáo năm, đã có tệp"
    READY_AGENCY_RUN = "lần xuất báo cáo của cơ quan, đã có tệp"
    FAILED_RUN = "lần xuất báo cáo năm, không thành công"
    FAILED_AGENCY_RUN = "lần xuất báo cáo của cơ quan, không thành công"
    AGENCY = "cơ quan trong danh bạ"
    INDEX = "chỉ số (chung cả nước)"
    COMPONENT = "thành phần chỉ số (chung cả nước)"
    RESULT = "kết quả chỉ số của tỉnh"
    KEY = "khóa API của một cán bộ đầu mối"
    PROVINCE = "tỉnh"
    GROUP = "nhóm cơ quan"
    DESIGNATION = "việc chỉ định cơ quan thẩm định"
    PERSON = "tài khoản của người trong tỉnh"
    MOVED_PERSON = "tài khoản của người đã chuyển sang tỉnh khác"
    MEMBERSHIP = "vai trò của một người trong cơ quan"
    PROPOSAL = "phương án sắp xếp cơ quan, chưa áp dụng"
    REORGANISED = "phương án sắp xếp đã áp dụng, còn nhiệm vụ mở"
    TARGET = "mục tiêu của tỉnh hình thành từ nhiều tỉnh"
    LATE_DUTY = "nhiệm vụ quá hạn của cơ quan"
    REMINDER = "lần đôn đốc cơ quan"
    NOTICE = "thông báo gửi một cán bộ đầu mối"
    MAIL = "thư tổng hợp của một người trong tỉnh"


@dataclass(frozen=True)
class Line:
    """One line of the matrix (how to read it: the module's first words)."""

    address: str
    method: str
    row: Row
    says: str
    may: People
    answer: int = 200
    sees: People = NOBODY
    rest: int = 404
    but: tuple[tuple[People, int], ...] = ()
    # Who finds the row in the list (only for lists).
    shows: People | None = None
    # What somebody without a log-in gets; None: the log-in page (302), 401 at the API.
    stranger: int | None = None
    # Whether the step leaves something changed for those who may take it.
    writes: bool | None = None

    @property
    def changes(self) -> bool:
        """Whether the step changes something."""
        return self.method != "GET" if self.writes is None else self.writes

    def answer_to(self, seat: Seat) -> int:
        """Return the status that somebody in this seat gets."""
        if seat in self.may:
            return self.answer
        if seat in self.sees:
            return 403
        return next((status for people, status in self.but if seat in people), self.rest)


def directory(model: str, row: Row, noun: str, *, adds: People = KEEPS_DIRECTORY) -> tuple[Line, ...]:
    """The pages that the technical administration gives every kind of row (``adds``: who adds one)."""
    name, keeps, away, login = f"admin:agencies_{model}", KEEPS_DIRECTORY, ((elsewhere(ADMINISTRATOR), 302),), 302
    short = f"admin:/quan-tri/agencies/{model}/{{object_id}}/"
    # Where administrators may add at all, a form that names rows of another province is shown again with its error.
    opens = adds if adds == INSTALLS else ADMINISTRATORS
    refused = ADMINISTRATORS - opens
    return (
        Line(f"{name}_changelist", "GET", row, f"Danh sách {noun}", ADMINISTRATORS, rest=login, shows=keeps),
        Line(f"{name}_add", "GET", row, f"Thêm {noun}: biểu mẫu", opens, sees=refused, rest=login),
        Line(f"{name}_add", "POST", row, f"Thêm {noun}", adds, 302, sees=refused, but=((opens, 200),), rest=login),
        Line(f"{name}_change", "GET", row, f"Xem {noun}", keeps, but=away, rest=login),
        Line(f"{name}_change", "POST", row, f"Sửa {noun}", keeps, 302, but=away, rest=login),
        Line(f"{name}_history", "GET", row, f"Lịch sử {noun}", keeps, but=away, rest=login),
        Line(f"{name}_delete", "GET", row, f"Xóa {noun} (không ai được)", NOBODY, sees=ADMINISTRATORS, rest=login),
        Line(f"{name}_delete", "POST", row, f"Xóa {noun} (không ai được)", NOBODY, sees=ADMINISTRATORS, rest=login),
        Line(short, "GET", row, "Địa chỉ cũ, chuyển sang trang sửa", EVERYONE, 302),
    )


def _letters() -> tuple[Line, ...]:
    """The pages of letters in the technical administration: what became of them, read only."""
    name, keeps, away, login = "admin:agencies_mail", KEEPS_DIRECTORY, ((elsewhere(ADMINISTRATOR), 302),), 302
    return (
        Line(f"{name}_changelist", "GET", Row.MAIL, "Danh sách thư", ADMINISTRATORS, rest=login, shows=keeps),
        Line(f"{name}_change", "GET", Row.MAIL, "Xem thư đã gửi hay chưa", keeps, but=away, rest=login),
        Line(f"{name}_history", "GET", Row.MAIL, "Lịch sử thư", keeps, but=away, rest=login),
        *(
            Line(
                f"{name}_{step}",
                method,
                Row.MAIL,
                f"{says} thư (không ai được)",
                NOBODY,
                sees=ADMINISTRATORS,
                rest=login,
            )
            for step, says, methods in (
                ("add", "Thêm", ("GET", "POST")),
                ("change", "Sửa", ("POST",)),
                ("delete", "Xóa", ("GET", "POST")),
            )
            for method in methods
        ),
        Line(
            "admin:/quan-tri/agencies/mail/{object_id}/",
            "GET",
            Row.MAIL,
            "Địa chỉ cũ, chuyển sang trang sửa",
            EVERYONE,
            302,
        ),
    )


# --- the matrix ----------------------------------------------------------------------------------------------

G, POST, PATCH, DELETE = "GET", "POST", "PATCH", "DELETE"
RESET = "admin:auth_user_password_change"

MATRIX: dict[str, tuple[Line, ...]] = {
    "Trang: trang đầu và tài khoản": (
        Line("home", G, Row.NONE, "Trang đầu: việc của tôi hôm nay", EVERYONE),
        Line("account_login", G, Row.NONE, "Đăng nhập", EVERYONE, 302, stranger=200),
        Line("account_login", POST, Row.NONE, "Đăng nhập", EVERYONE, 302, stranger=200, writes=False),
        Line("account_logout", G, Row.NONE, "Hỏi trước khi đăng xuất", EVERYONE, stranger=302),
        Line("account_logout", POST, Row.NONE, "Đăng xuất", EVERYONE, 302, stranger=302, writes=False),
        Line("account_inactive", G, Row.NONE, "Thông báo tài khoản đã khóa", EVERYONE, stranger=200),
        Line("account_signup", G, Row.NONE, "Không ai tự đăng ký: chuyển sang đăng nhập", EVERYONE, 302, stranger=302),
        Line("account_change_password", G, Row.NONE, "Biểu mẫu đổi mật khẩu của mình", EVERYONE),
        Line("account_change_password", POST, Row.NONE, "Đổi mật khẩu của mình", EVERYONE, 302),
        Line("healthz", G, Row.NONE, "Máy giám sát hỏi: có chạy không", EVERYONE, stranger=200),
        Line("readyz", G, Row.NONE, "Máy giám sát hỏi: sẵn sàng chưa", EVERYONE, stranger=200),
    ),
    "Trang: kế hoạch": (
        Line("plans:plan_list", G, Row.PLAN, "Danh sách kế hoạch", EVERYONE, shows=READS_PLANS),
        Line("plans:plan_list", G, Row.DRAFT_PLAN, "Danh sách kế hoạch", EVERYONE, shows=READS_DRAFT_PLANS),
        Line("plans:plan_detail", G, Row.PLAN, "Đọc kế hoạch", READS_PLANS),
        Line("plans:plan_detail", G, Row.DRAFT_PLAN, "Đọc kế hoạch", READS_DRAFT_PLANS),
        Line("plans:plan_dashboard", G, Row.PLAN, "Tổng quan: số liệu mọi cơ quan", WATCHES),
        Line("plans:plan_dashboard_figures", G, Row.PLAN, "Phần số liệu của tổng quan", WATCHES),
    ),
    "Trang: sắp xếp tổ chức": (
        Line("plans:reorganisation_list", G, Row.PROPOSAL, "Các phương án", EVERYONE, shows=SEES_REORGANISATIONS),
        Line(
            "plans:reorganisation_add",
            G,
            Row.PROPOSAL,
            "Lập phương án: biểu mẫu của tỉnh mình",
            MANAGES_AGENCIES | elsewhere(ADMINISTRATOR),
        ),
        Line(
            "plans:reorganisation_add",
            POST,
            Row.PROPOSAL,
            "Lập phương án",
            MANAGES_AGENCIES,
            302,
            but=((elsewhere(ADMINISTRATOR), 422),),
        ),
        Line("plans:reorganisation_detail", G, Row.PROPOSAL, "Xem trước những gì sẽ thay đổi", SEES_REORGANISATIONS),
        Line("plans:reorganisation_detail", G, Row.REORGANISED, "Nhiệm vụ còn mở", SEES_REORGANISATIONS),
        Line("plans:reorganisation_edit", G, Row.PROPOSAL, "Sửa phương án: biểu mẫu", MANAGES_AGENCIES),
        Line("plans:reorganisation_edit", POST, Row.PROPOSAL, "Sửa phương án", MANAGES_AGENCIES, 302),
        Line("plans:reorganisation_apply", POST, Row.PROPOSAL, "Áp dụng", MANAGES_AGENCIES, 302),
        Line("plans:reorganisation_discard", POST, Row.PROPOSAL, "Bỏ kèm lý do", MANAGES_AGENCIES, 302),
        Line(
            "plans:reorganisation_duties",
            POST,
            Row.REORGANISED,
            "Xác nhận chuyển giao một nhiệm vụ",
            MOVES_DUTIES,
            302,
            sees=SEES_REORGANISATIONS,
        ),
        Line("plans:target_baseline", G, Row.TARGET, "Chọn năm gốc: biểu mẫu", CHOOSES_BASELINES),
        Line("plans:target_baseline", POST, Row.TARGET, "Chọn năm gốc", CHOOSES_BASELINES, 302),
    ),
    "Trang: sửa đổi, kết thúc, thay thế kế hoạch": (
        Line("plans:amendment_list", G, Row.AMENDMENT, "Các văn bản sửa đổi", READS_PLANS, shows=READS_PLANS),
        Line(
            "plans:amendment_list", G, Row.DRAFT_AMENDMENT, "Các văn bản sửa đổi", READS_PLANS, shows=READS_DRAFT_PLANS
        ),
        Line("plans:amendment_list", POST, Row.PLAN, "Bắt đầu soạn văn bản sửa đổi", AMENDS, 302),
        Line("plans:amendment_detail", G, Row.AMENDMENT, "Đọc văn bản sửa đổi", READS_PLANS),
        Line("plans:amendment_detail", G, Row.DRAFT_AMENDMENT, "Đọc văn bản đang soạn", READS_DRAFT_PLANS),
        Line("plans:amendment_file", G, Row.AMENDMENT, "Tải tệp văn bản", READS_PLANS),
        Line("plans:amendment_file", G, Row.DRAFT_AMENDMENT, "Tải tệp văn bản", READS_DRAFT_PLANS),
        Line("plans:amendment_diff", G, Row.AMENDMENT, "So sánh trước và sau", READS_PLANS),
        Line("plans:amendment_diff", G, Row.DRAFT_AMENDMENT, "So sánh trước và sau", READS_DRAFT_PLANS),
        Line("plans:amendment_edit", G, Row.DRAFT_AMENDMENT, "Thông tin văn bản: biểu mẫu", AMENDS),
        Line("plans:amendment_edit", POST, Row.DRAFT_AMENDMENT, "Sửa thông tin văn bản", AMENDS, 302),
        Line("plans:amendment_task", G, Row.DRAFT_AMENDMENT, "Sửa nhiệm vụ: biểu mẫu", AMENDS),
        Line("plans:amendment_task", POST, Row.DRAFT_AMENDMENT, "Ghi dòng sửa nhiệm vụ", AMENDS, 302),
        Line("plans:amendment_task_add", G, Row.DRAFT_AMENDMENT, "Bổ sung nhiệm vụ: biểu mẫu", AMENDS),
        Line("plans:amendment_task_add", POST, Row.DRAFT_AMENDMENT, "Ghi nhiệm vụ mới", AMENDS, 302),
        Line("plans:amendment_task_drop", G, Row.DRAFT_AMENDMENT, "Bãi bỏ nhiệm vụ: biểu mẫu", AMENDS),
        Line("plans:amendment_task_drop", POST, Row.DRAFT_AMENDMENT, "Ghi dòng bãi bỏ nhiệm vụ", AMENDS, 302),
        Line("plans:amendment_target", G, Row.DRAFT_AMENDMENT, "Sửa mục tiêu: biểu mẫu", AMENDS),
        Line("plans:amendment_target", POST, Row.DRAFT_AMENDMENT, "Ghi dòng sửa mục tiêu", AMENDS, 302),
        Line("plans:amendment_target_add", G, Row.DRAFT_AMENDMENT, "Bổ sung mục tiêu: biểu mẫu", AMENDS),
        Line("plans:amendment_target_add", POST, Row.DRAFT_AMENDMENT, "Ghi mục tiêu mới", AMENDS, 302),
        Line("plans:amendment_target_drop", G, Row.DRAFT_AMENDMENT, "Bãi bỏ mục tiêu: biểu mẫu", AMENDS),
        Line("plans:amendment_target_drop", POST, Row.DRAFT_AMENDMENT, "Ghi dòng bãi bỏ mục tiêu", AMENDS, 302),
        Line("plans:amendment_take_off", POST, Row.DRAFT_AMENDMENT, "Bỏ một dòng", AMENDS, 302),
        Line("plans:amendment_confirm", POST, Row.DRAFT_AMENDMENT, "Xác nhận sửa đổi", AMENDS, 302),
        Line("plans:amendment_discard", POST, Row.DRAFT_AMENDMENT, "Bỏ văn bản đang soạn", AMENDS, 302),
        Line("plans:plan_end", G, Row.PLAN, "Kết thúc kế hoạch: biểu mẫu", AMENDS),
        Line("plans:plan_end", POST, Row.PLAN, "Kết thúc kế hoạch", AMENDS, 302),
        Line("plans:plan_replace", G, Row.DRAFT_PLAN, "Thay thế kế hoạch: biểu mẫu", AMENDS),
        Line("plans:plan_replace", POST, Row.DRAFT_PLAN, "Ghi kế hoạch được thay thế", AMENDS, 302),
        Line("plans:plan_carry_over", G, Row.SUCCESSOR, "Nhiệm vụ dở dang của kế hoạch cũ", AMENDS),
        Line("plans:plan_carry_over", POST, Row.SUCCESSOR, "Chuyển tiếp các việc đã chọn", AMENDS, 302),
    ),
    "Trang: nhiệm vụ và báo cáo tiến độ": (
        Line("plans:assignment_list", G, Row.DUTY, "Danh sách nhiệm vụ", EVERYONE, shows=READS_REPORTS),
        Line("plans:assignment_detail", G, Row.DUTY, "Nhiệm vụ với toàn bộ lịch sử", READS_REPORTS),
        Line("plans:progress_edit", G, Row.OPEN_DUTY, "Mở biểu mẫu báo cáo", WRITES_REPORTS),
        Line("plans:progress_edit", POST, Row.OPEN_DUTY, "Gửi báo cáo", WRITES_REPORTS, 302),
        Line("plans:progress_edit", G, Row.DRAFT, "Mở bản nháp", WRITES_REPORTS),
        Line("plans:progress_edit", POST, Row.DRAFT, "Lưu bản nháp", WRITES_REPORTS, 302),
        Line("plans:progress_correct", POST, Row.ACCEPTED, "Mở điều chỉnh báo cáo đã duyệt", WRITES_REPORTS, 302),
        Line("plans:progress_give_up", POST, Row.CORRECTING, "Bỏ điều chỉnh đang viết", WRITES_REPORTS, 302),
        Line("plans:progress_keep", POST, Row.DRAFT, "Tự lưu nháp khi đang viết", WRITES_REPORTS),
        Line("plans:progress_withdraw", POST, Row.WAITING, "Rút báo cáo", WRITES_REPORTS, 302),
        Line("plans:progress_withdraw", POST, Row.WITH_HEAD, "Rút khỏi thủ trưởng", WRITES_REPORTS, 302),
        Line("plans:progress_reply", POST, Row.WAITING, "Trả lời câu hỏi", WRITES_REPORTS, 302),
        Line("plans:evidence_file", G, Row.EVIDENCE, "Tải tài liệu", READS_REPORTS),
        Line("plans:evidence_file", G, Row.DRAFT_EVIDENCE, "Tải tài liệu", READS_DRAFTS),
        Line("plans:evidence_replace", G, Row.EVIDENCE, "Thay tài liệu đã gửi: biểu mẫu", WRITES_REPORTS),
        Line("plans:evidence_replace", POST, Row.EVIDENCE, "Thay tài liệu đã gửi", WRITES_REPORTS, 302),
    ),
    "Trang: thủ trưởng duyệt": (
        Line("plans:approval_queue", G, Row.WITH_HEAD, "Chờ tôi duyệt", EVERYONE, shows=APPROVES),
        Line("plans:approval_detail", G, Row.WITH_HEAD, "Xem báo cáo trình thủ trưởng", APPROVES),
        Line("plans:progress_approve", POST, Row.WITH_HEAD, "Duyệt và gửi", APPROVES, 302),
        Line("plans:progress_hand_back", POST, Row.WITH_HEAD, "Chuyển lại cán bộ", APPROVES, 302),
        Line("plans:approval_many", POST, Row.WITH_HEAD, "Duyệt và gửi nhiều báo cáo", APPROVES, 302, rest=302),
        Line("plans:agency_detail", G, Row.AGENCY, "Ai chịu trách nhiệm ở cơ quan", province()),
        Line("plans:agency_approval", G, Row.AGENCY, "Quy định thủ trưởng duyệt, ủy quyền", RULES_PARENT),
        Line("plans:agency_approval", POST, Row.AGENCY, "Yêu cầu thủ trưởng duyệt", RULES_PARENT, 302),
    ),
    "Trang: kỳ báo cáo": (
        Line("plans:period_add", G, Row.PLAN, "Thêm kỳ báo cáo: biểu mẫu", GRANTS_WINDOWS),
        Line("plans:period_add", POST, Row.PLAN, "Thêm kỳ báo cáo", GRANTS_WINDOWS, 302),
        Line("plans:period_exceptions", G, Row.CLOSED_PERIOD, "Các ngày và ngoại lệ của kỳ", READS_PLANS),
        Line(
            "plans:window_allow_late",
            POST,
            Row.CLOSED_PERIOD,
            "Cho cơ quan nộp muộn",
            DECIDES,
            302,
            sees=READS_PLANS - GRANTS_WINDOWS,
            but=((GRANTS_WINDOWS - DECIDES, 422),),
        ),
        Line(
            "plans:window_extend",
            POST,
            Row.CLOSED_PERIOD,
            "Gia hạn cho tất cả do sự cố",
            GRANTS_WINDOWS,
            302,
            sees=READS_PLANS - GRANTS_WINDOWS,
        ),
    ),
    "Trang: chốt kỳ": (
        Line("plans:period_list", G, Row.PLAN, "Các kỳ: ngày, lần chốt, lần mở lại", READS_PLANS),
        Line("plans:period_close", G, Row.ENDED_PERIOD, "Xem trước khi chốt", CLOSES),
        Line("plans:period_close", POST, Row.ENDED_PERIOD, "Chốt kỳ", CLOSES, 302),
        Line("plans:period_reopen", G, Row.CLOSE, "Mở lại kỳ: biểu mẫu", CLOSES),
        Line("plans:period_reopen", POST, Row.CLOSE, "Mở lại kỳ", CLOSES, 302),
        Line("plans:close_detail", G, Row.CLOSE, "Xem lần chốt", WATCHES),
        Line("plans:close_diff", G, Row.CLOSE, "So với lần chốt khác, với hiện nay", WATCHES),
        Line("plans:close_file", G, Row.CLOSE, "Tải bản niêm phong", WATCHES),
    ),
    "Trang: dấu vết": (
        Line("trail_list", G, Row.EVENT, "Các sự kiện", READS_TRAIL_ANYWHERE, shows=READS_TRAIL),
        Line("trail_object", G, Row.EVENT, "Toàn bộ lịch sử của một dòng", READS_TRAIL),
        Line(
            "trail_export",
            G,
            Row.EVENT,
            "Xuất sự kiện kèm niêm phong (cả nội dung nháp đã lưu)",
            READS_TRAIL_ANYWHERE,
            shows=READS_TRAIL,
        ),
    ),
    "Trang: duyệt báo cáo": (
        Line("plans:review_queue", G, Row.WAITING, "Hàng chờ duyệt", EVERYONE, shows=DECIDES),
        Line("plans:review_queue", G, Row.WAITING_STANDING, "Hàng chờ duyệt", EVERYONE, shows=DECIDES_STANDING),
        Line("plans:review_detail", G, Row.WAITING, "Xem báo cáo chờ duyệt, ai được duyệt", READS_REPORTS),
        Line("plans:review_detail", G, Row.WAITING_STANDING, "Xem báo cáo chờ duyệt, ai được duyệt", READS_STANDING),
        Line("plans:progress_accept", POST, Row.WAITING, "Duyệt", DECIDES, 302),
        Line("plans:progress_accept", POST, Row.WAITING_STANDING, "Duyệt", DECIDES_STANDING, 302),
        Line("plans:progress_return", POST, Row.WAITING, "Trả lại kèm lý do", DECIDES, 302),
        Line("plans:progress_return", POST, Row.WAITING_STANDING, "Trả lại kèm lý do", DECIDES_STANDING, 302),
        Line("plans:progress_ask", POST, Row.WAITING, "Hỏi thêm", DECIDES, 302),
        Line("plans:progress_answer", POST, Row.WAITING, "Trả lời kiến nghị", DECIDES, 302),
        Line("plans:progress_judge", POST, Row.EVIDENCE, "Đánh giá tài liệu", DECIDES, 302),
        Line("plans:review_many", POST, Row.WAITING, "Duyệt nhiều báo cáo", DECIDES, 302, rest=302),
        Line("plans:proposal_list", G, Row.WAITING, "Kiến nghị chưa trả lời", EVERYONE, shows=DECIDES),
    ),
    "Trang: đề nghị và quyết định về nhiệm vụ": (
        Line("plans:duty_extension", G, Row.DATED_DUTY, "Xin gia hạn: biểu mẫu", ASKS),
        Line("plans:duty_extension", POST, Row.DATED_DUTY, "Xin gia hạn", ASKS, 302),
        Line("plans:duty_refusal", G, Row.DATED_DUTY, "Báo không thuộc trách nhiệm: biểu mẫu", ASKS),
        Line("plans:duty_refusal", POST, Row.DATED_DUTY, "Báo không thuộc trách nhiệm", ASKS, 302),
        Line("plans:duty_condition", G, Row.CONDITION_DUTY, "Ghi nhận điều kiện: biểu mẫu", ASKS | DECIDES),
        Line("plans:duty_condition", POST, Row.CONDITION_DUTY, "Ghi nhận đã đến điều kiện", ASKS | DECIDES, 302),
        Line("plans:duty_ruling", G, Row.DATED_DUTY, "Quyết định về một cơ quan: biểu mẫu", DECIDES),
        Line("plans:duty_ruling", POST, Row.DATED_DUTY, "Quyết định về một cơ quan", DECIDES, 302),
        Line("plans:group_detail", G, Row.TASK, "Mọi cơ quan của một nhiệm vụ", holders(P.PROGRESS_READ, of=())),
        Line("plans:group_ruling", G, Row.TASK, "Quyết định về cả nhiệm vụ: biểu mẫu", DECIDES),
        Line("plans:group_ruling", POST, Row.TASK, "Quyết định về cả nhiệm vụ", DECIDES, 302),
        Line("plans:ruling_file", G, Row.RULING, "Tải văn bản quyết định", READS_REPORTS),
        Line("plans:request_list", G, Row.REQUEST, "Các đề nghị", EVERYONE, shows=READS_REPORTS),
        Line("plans:request_list", G, Row.REQUEST_STANDING, "Các đề nghị", EVERYONE, shows=READS_STANDING),
        Line("plans:request_detail", G, Row.REQUEST, "Xem đề nghị, ai quyết định", READS_REPORTS),
        Line("plans:request_detail", G, Row.REQUEST_STANDING, "Xem đề nghị, ai quyết định", READS_STANDING),
        Line("plans:request_file", G, Row.REQUEST, "Tải văn bản đề nghị", READS_REPORTS),
        Line("plans:request_grant", POST, Row.REQUEST, "Đồng ý", DECIDES, 302),
        Line("plans:request_grant", POST, Row.REQUEST_STANDING, "Đồng ý", DECIDES_STANDING, 302),
        Line("plans:request_decline", POST, Row.REQUEST, "Không đồng ý kèm lý do", DECIDES, 302),
        Line("plans:request_decline", POST, Row.REQUEST_STANDING, "Không đồng ý kèm lý do", DECIDES_STANDING, 302),
        Line("plans:request_withdraw", POST, Row.REQUEST, "Rút đề nghị", ASKS, 302),
        Line("plans:request_withdraw", POST, Row.REQUEST_STANDING, "Rút đề nghị", ASKS_STANDING, 302),
    ),
    "Trang: đôn đốc": (
        Line("plans:chase_list", G, Row.LATE_DUTY, "Danh sách để đôn đốc", CHASES_ANYWHERE, shows=CHASES),
        Line("plans:chase_text", G, Row.LATE_DUTY, "Danh sách đưa vào công văn", CHASES_ANYWHERE),
        Line("plans:chase_preview", POST, Row.LATE_DUTY, "Xem trước ai sẽ nhận được", CHASES, writes=False),
        Line("plans:chase_send", POST, Row.LATE_DUTY, "Gửi đôn đốc", CHASES, 302),
        Line("plans:chase_sent", G, Row.REMINDER, "Đã nhắc, đã đôn đốc", CHASES_ANYWHERE, shows=CHASES),
        Line("plans:leader_list", G, Row.LATE_DUTY, "Quá hạn từ 14 ngày", WATCHES_ANYWHERE, shows=WATCHES),
    ),
    "Trang: thông báo": (
        Line("agencies:notice_list", G, Row.NOTICE, "Thông báo của mình", EVERYONE, shows=TOLD),
        Line("agencies:notice_read", POST, Row.NOTICE, "Đánh dấu đã đọc", TOLD, 302),
        Line("agencies:notice_read_all", POST, Row.NONE, "Đánh dấu đã đọc hết của mình", EVERYONE, 302),
    ),
    "Trang: xuất báo cáo": (
        Line("reports:run_list", G, Row.RUN, "Các lần xuất báo cáo", EVERYONE, shows=WATCHES),
        Line("reports:run_list", G, Row.AGENCY_RUN, "Các lần xuất báo cáo", EVERYONE, shows=SEES_AGENCY_RUN),
        Line(
            "reports:run_create",
            POST,
            Row.YEAR_END,
            "Yêu cầu báo cáo năm",
            ASKS_YEAR_END,
            302,
            but=FORM_AGAIN,
            rest=403,
        ),
        Line("reports:run_create", POST, Row.SUMMARY, "Yêu cầu tóm tắt", ASKS_SUMMARY, 302, but=FORM_AGAIN, rest=403),
        Line(
            "reports:run_create",
            POST,
            Row.AGENCY_REPORT,
            "Yêu cầu báo cáo cơ quan",
            ASKS_AGENCY,
            302,
            but=FORM_AGAIN,
            rest=403,
        ),
        Line("reports:run_detail", G, Row.RUN, "Xem lần xuất báo cáo", WATCHES),
        Line("reports:run_detail", G, Row.AGENCY_RUN, "Xem lần xuất báo cáo", SEES_AGENCY_RUN),
        Line("reports:run_status", G, Row.RUN, "Hỏi đã xong chưa", WATCHES),
        Line("reports:run_status", G, Row.AGENCY_RUN, "Hỏi đã xong chưa", SEES_AGENCY_RUN),
        Line("reports:run_file", G, Row.READY_RUN, "Tải tệp báo cáo", WATCHES),
        Line("reports:run_file", G, Row.READY_AGENCY_RUN, "Tải tệp báo cáo", SEES_AGENCY_RUN),
        Line("reports:run_retry", POST, Row.FAILED_RUN, "Yêu cầu tạo lại", ASKS_YEAR_END, 302, sees=WATCHES),
        Line("reports:run_retry", POST, Row.FAILED_AGENCY_RUN, "Yêu cầu tạo lại", ASKS_AGENCY, 302, sees=WATCHES),
    ),
    "API: kế hoạch và nhiệm vụ": (
        Line("api:api-root", G, Row.NONE, "Mục lục API", EVERYONE),
        Line("api:schema", G, Row.NONE, "Mô tả API (OpenAPI)", EVERYONE),
        Line("api:/api/v1/", G, Row.NONE, "Địa chỉ không có thật", NOBODY),
        Line("api:plan-list", G, Row.PLAN, "Danh sách kế hoạch", EVERYONE, shows=READS_PLANS),
        Line("api:plan-list", G, Row.DRAFT_PLAN, "Danh sách kế hoạch", EVERYONE, shows=READS_DRAFT_PLANS),
        Line("api:plan-detail", G, Row.PLAN, "Đọc kế hoạch", READS_PLANS),
        Line("api:plan-detail", G, Row.DRAFT_PLAN, "Đọc kế hoạch", READS_DRAFT_PLANS),
        Line("api:plan-dashboard", G, Row.PLAN, "Số liệu mọi cơ quan", WATCHES),
        Line("api:task-list", G, Row.TASK, "Danh sách nhiệm vụ", EVERYONE, shows=READS_PLANS),
        Line("api:task-detail", G, Row.TASK, "Đọc nhiệm vụ", READS_PLANS),
        Line("api:period-list", G, Row.PERIOD, "Danh sách kỳ báo cáo", EVERYONE, shows=READS_PLANS),
        Line("api:period-detail", G, Row.PERIOD, "Đọc kỳ báo cáo", READS_PLANS),
        Line("api:period-exceptions", G, Row.CLOSED_PERIOD, "Ngoại lệ của kỳ", READS_PLANS),
        Line("api:period-exceptions", POST, Row.CLOSED_PERIOD, "Cho nộp muộn", DECIDES, 201, sees=READS_PLANS),
        Line("api:period-exceptions", POST, Row.PERIOD, "Gia hạn cho tất cả", GRANTS_WINDOWS, 201, sees=READS_PLANS),
        Line("api:assignment-list", G, Row.DUTY, "Danh sách phân công", EVERYONE, shows=READS_REPORTS),
        Line("api:assignment-detail", G, Row.DUTY, "Đọc phân công", READS_REPORTS),
    ),
    "API: chốt kỳ": (
        Line("api:period-close-list", G, Row.CLOSE, "Danh sách lần chốt", EVERYONE, shows=WATCHES),
        Line("api:period-close-list", POST, Row.ENDED_PERIOD, "Chốt kỳ", CLOSES, 201, sees=WATCHES),
        Line("api:period-close-detail", G, Row.CLOSE, "Đọc lần chốt", WATCHES),
        Line("api:period-close-diff", G, Row.CLOSE, "So với lần chốt khác, với hiện nay", WATCHES),
        Line("api:period-close-snapshot", G, Row.CLOSE, "Tải bản niêm phong", WATCHES),
        Line("api:period-close-reopen", POST, Row.CLOSE, "Mở lại kỳ", CLOSES, 201, sees=WATCHES),
    ),
    "API: sắp xếp tổ chức": (
        Line("api:reorganisation-list", G, Row.PROPOSAL, "Các phương án", EVERYONE, shows=SEES_REORGANISATIONS),
        Line("api:reorganisation-list", POST, Row.PROPOSAL, "Lập phương án", MANAGES_AGENCIES, 201, sees=province()),
        Line("api:reorganisation-detail", G, Row.PROPOSAL, "Xem phương án", SEES_REORGANISATIONS),
        Line("api:reorganisation-detail", PATCH, Row.PROPOSAL, "Sửa", MANAGES_AGENCIES, sees=SEES_REORGANISATIONS),
        Line("api:reorganisation-apply", POST, Row.PROPOSAL, "Áp dụng", MANAGES_AGENCIES, sees=SEES_REORGANISATIONS),
        Line("api:reorganisation-discard", POST, Row.PROPOSAL, "Bỏ", MANAGES_AGENCIES, sees=SEES_REORGANISATIONS),
        Line("api:reorganisation-open-duties", G, Row.REORGANISED, "Nhiệm vụ còn mở", SEES_REORGANISATIONS),
        Line(
            "api:reorganisation-transfer",
            POST,
            Row.REORGANISED,
            "Chuyển giao một nhiệm vụ",
            MOVES_DUTIES,
            sees=SEES_REORGANISATIONS & READS_REPORTS,
        ),
        Line("api:plan-baseline", G, Row.TARGET, "Kết quả chọn làm gốc được", READS_PLANS),
        Line("api:plan-baseline", POST, Row.TARGET, "Chọn năm gốc", CHOOSES_BASELINES, sees=READS_PLANS),
    ),
    "API: sửa đổi kế hoạch": (
        Line("api:amendment-list", G, Row.AMENDMENT, "Các văn bản sửa đổi", EVERYONE, shows=READS_PLANS),
        Line("api:amendment-list", G, Row.DRAFT_AMENDMENT, "Các văn bản sửa đổi", EVERYONE, shows=READS_DRAFT_PLANS),
        Line("api:amendment-list", POST, Row.PLAN, "Bắt đầu soạn", AMENDS, 201, sees=READS_PLANS),
        Line("api:amendment-detail", G, Row.AMENDMENT, "Đọc, với so sánh trước và sau", READS_PLANS),
        Line("api:amendment-detail", G, Row.DRAFT_AMENDMENT, "Đọc văn bản đang soạn", READS_DRAFT_PLANS),
        Line("api:amendment-detail", PATCH, Row.DRAFT_AMENDMENT, "Sửa thông tin", AMENDS, sees=READS_DRAFT_PLANS),
        Line(
            "api:amendment-task-lines",
            POST,
            Row.DRAFT_AMENDMENT,
            "Ghi dòng về nhiệm vụ",
            AMENDS,
            201,
            sees=READS_DRAFT_PLANS,
        ),
        Line("api:amendment-task-line", DELETE, Row.TASK_LINE, "Bỏ dòng", AMENDS, sees=READS_DRAFT_PLANS),
        Line(
            "api:amendment-target-lines",
            POST,
            Row.DRAFT_AMENDMENT,
            "Ghi dòng về mục tiêu",
            AMENDS,
            201,
            sees=READS_DRAFT_PLANS,
        ),
        Line("api:amendment-target-line", DELETE, Row.TARGET_LINE, "Bỏ dòng", AMENDS, sees=READS_DRAFT_PLANS),
        Line("api:amendment-confirm", POST, Row.DRAFT_AMENDMENT, "Xác nhận", AMENDS, sees=READS_DRAFT_PLANS),
        Line("api:amendment-discard", POST, Row.DRAFT_AMENDMENT, "Bỏ", AMENDS, sees=READS_DRAFT_PLANS),
    ),
    "API: báo cáo tiến độ": (
        Line("api:progress-list", G, Row.WAITING, "Danh sách báo cáo", EVERYONE, shows=READS_REPORTS),
        Line("api:progress-list", G, Row.DRAFT, "Danh sách báo cáo", EVERYONE, shows=READS_REPORTS),
        Line("api:progress-list", POST, Row.OPEN_DUTY, "Bắt đầu báo cáo", WRITES_REPORTS, 201, sees=READS_REPORTS),
        Line("api:progress-detail", G, Row.WAITING, "Đọc báo cáo", READS_REPORTS),
        Line("api:progress-detail", G, Row.DRAFT, "Đọc báo cáo (nội dung nháp: chỉ cơ quan đó)", READS_REPORTS),
        Line("api:progress-detail", PATCH, Row.DRAFT, "Lưu bản nháp", WRITES_REPORTS, sees=READS_REPORTS),
        Line("api:progress-submit", POST, Row.DRAFT, "Gửi báo cáo", WRITES_REPORTS, sees=READS_REPORTS),
        Line("api:progress-accept", POST, Row.WAITING, "Duyệt", DECIDES, sees=READS_REPORTS),
        Line("api:progress-accept", POST, Row.WAITING_STANDING, "Duyệt", DECIDES_STANDING, sees=READS_STANDING),
        Line("api:progress-return", POST, Row.WAITING, "Trả lại kèm lý do", DECIDES, sees=READS_REPORTS),
        Line("api:progress-return", POST, Row.WAITING_STANDING, "Trả lại", DECIDES_STANDING, sees=READS_STANDING),
        Line("api:progress-correct", POST, Row.ACCEPTED, "Mở điều chỉnh", WRITES_REPORTS, sees=READS_REPORTS),
        Line("api:progress-give-up", POST, Row.CORRECTING, "Bỏ điều chỉnh", WRITES_REPORTS, sees=READS_REPORTS),
        Line("api:progress-attach", POST, Row.DRAFT, "Đính kèm tài liệu", WRITES_REPORTS, 201, sees=READS_REPORTS),
        Line(
            "api:progress-evidence", DELETE, Row.DRAFT_EVIDENCE, "Gỡ tài liệu", WRITES_REPORTS, 204, sees=READS_DRAFTS
        ),
        Line(
            "api:progress-forward", POST, Row.DRAFT, "Trình thủ trưởng", NOT_REQUIRED, 422, READS_REPORTS, writes=False
        ),
        Line("api:progress-approve", POST, Row.WITH_HEAD, "Thủ trưởng duyệt gửi", APPROVES, sees=READS_REPORTS),
        Line("api:progress-hand-back", POST, Row.WITH_HEAD, "Chuyển lại", APPROVES, sees=READS_REPORTS),
        Line("api:progress-approve-many", POST, Row.WITH_HEAD, "Duyệt gửi nhiều báo cáo", APPROVES, rest=200),
        Line("api:progress-withdraw", POST, Row.WAITING, "Rút báo cáo", WRITES_REPORTS, sees=READS_REPORTS),
        Line("api:progress-ask", POST, Row.WAITING, "Hỏi thêm", DECIDES, sees=READS_REPORTS),
        Line("api:progress-reply", POST, Row.WAITING, "Trả lời câu hỏi", WRITES_REPORTS, sees=READS_REPORTS),
        Line("api:progress-answer", POST, Row.WAITING, "Trả lời kiến nghị", DECIDES, sees=READS_REPORTS),
        Line("api:progress-accept-many", POST, Row.WAITING, "Duyệt nhiều báo cáo", DECIDES, rest=200),
        Line("api:progress-evidence-verdict", POST, Row.EVIDENCE, "Đánh giá tài liệu", DECIDES, sees=READS_REPORTS),
        Line("api:progress-evidence-replace", POST, Row.EVIDENCE, "Thay tài liệu", WRITES_REPORTS, sees=READS_REPORTS),
        Line("api:progress-evidence-file", G, Row.EVIDENCE, "Tải tài liệu", READS_REPORTS),
        Line("api:progress-evidence-file", G, Row.DRAFT_EVIDENCE, "Tải tài liệu", READS_DRAFTS),
    ),
    "API: đề nghị và quyết định về nhiệm vụ": (
        Line("api:request-list", G, Row.REQUEST, "Danh sách đề nghị", EVERYONE, shows=READS_REPORTS),
        Line("api:request-list", G, Row.REQUEST_STANDING, "Danh sách đề nghị", EVERYONE, shows=READS_STANDING),
        Line("api:request-detail", G, Row.REQUEST, "Đọc đề nghị", READS_REPORTS),
        Line("api:request-document", G, Row.REQUEST, "Tải văn bản đề nghị", READS_REPORTS),
        Line("api:request-ask-extension", POST, Row.DATED_DUTY, "Xin gia hạn", ASKS, 201, sees=READS_REPORTS),
        Line("api:request-refuse", POST, Row.DATED_DUTY, "Báo không thuộc trách nhiệm", ASKS, 201, sees=READS_REPORTS),
        Line("api:request-grant", POST, Row.REQUEST, "Đồng ý", DECIDES, sees=READS_REPORTS),
        Line("api:request-grant", POST, Row.REQUEST_STANDING, "Đồng ý", DECIDES_STANDING, sees=READS_STANDING),
        Line("api:request-decline", POST, Row.REQUEST, "Không đồng ý", DECIDES, sees=READS_REPORTS),
        Line("api:request-decline", POST, Row.REQUEST_STANDING, "Không đồng ý", DECIDES_STANDING, sees=READS_STANDING),
        Line("api:request-withdraw", POST, Row.REQUEST, "Rút đề nghị", ASKS, sees=READS_REPORTS),
        Line("api:ruling-list", G, Row.RULING, "Danh sách quyết định", EVERYONE, shows=READS_REPORTS),
        Line("api:ruling-list", POST, Row.DATED_DUTY, "Ra quyết định về một cơ quan", DECIDES, 201, sees=READS_REPORTS),
        Line(
            "api:ruling-list",
            POST,
            Row.CONDITION_DUTY,
            "Ghi nhận đã đến điều kiện",
            ASKS | DECIDES,
            201,
            sees=READS_REPORTS,
        ),
        Line("api:ruling-list", POST, Row.TASK, "Quyết định về cả nhiệm vụ", DECIDES, 201, sees=READS_REPORTS),
        Line("api:ruling-detail", G, Row.RULING, "Đọc quyết định", READS_REPORTS),
        Line("api:ruling-document", G, Row.RULING, "Tải văn bản quyết định", READS_REPORTS),
    ),
    "API: đôn đốc và thông báo": (
        Line("api:reminder-list", G, Row.REMINDER, "Các lần nhắc, đôn đốc", EVERYONE, shows=READS_REPORTS),
        Line("api:reminder-list", POST, Row.LATE_DUTY, "Gửi đôn đốc", CHASES, 201, sees=READS_REPORTS),
        Line("api:reminder-detail", G, Row.REMINDER, "Đọc lần nhắc, đôn đốc", READS_REPORTS),
        Line(
            "api:reminder-preview",
            POST,
            Row.LATE_DUTY,
            "Xem trước ai sẽ nhận được",
            CHASES,
            sees=READS_REPORTS,
            writes=False,
        ),
        Line("api:notice-list", G, Row.NOTICE, "Thông báo của mình", EVERYONE, shows=TOLD),
        Line("api:notice-detail", G, Row.NOTICE, "Đọc thông báo", TOLD),
        Line("api:notice-read", POST, Row.NOTICE, "Đánh dấu đã đọc", TOLD),
        Line("api:notice-read-all", POST, Row.NONE, "Đánh dấu đã đọc hết của mình", EVERYONE),
    ),
    "API: danh bạ và chỉ số": (
        Line("api:agency-list", G, Row.AGENCY, "Danh sách cơ quan", EVERYONE, shows=province()),
        Line("api:agency-detail", G, Row.AGENCY, "Đọc cơ quan", province()),
        Line("api:index-list", G, Row.INDEX, "Danh sách chỉ số", EVERYONE, shows=EVERYONE),
        Line("api:index-detail", G, Row.INDEX, "Đọc chỉ số", EVERYONE),
        Line("api:component-list", G, Row.COMPONENT, "Danh sách thành phần", EVERYONE, shows=EVERYONE),
        Line("api:component-detail", G, Row.COMPONENT, "Đọc thành phần", EVERYONE),
        Line("api:result-list", G, Row.RESULT, "Danh sách kết quả", EVERYONE, shows=READS_RESULTS),
        Line("api:result-detail", G, Row.RESULT, "Đọc kết quả", READS_RESULTS),
    ),
    "API: xuất báo cáo": (
        Line("api:report-run-list", G, Row.RUN, "Các lần xuất báo cáo", EVERYONE, shows=WATCHES),
        Line("api:report-run-list", G, Row.AGENCY_RUN, "Các lần xuất báo cáo", EVERYONE, shows=SEES_AGENCY_RUN),
        Line("api:report-run-list", POST, Row.YEAR_END, "Yêu cầu báo cáo năm", ASKS_YEAR_END, 201, sees=READS_PLANS),
        Line("api:report-run-list", POST, Row.SUMMARY, "Yêu cầu tóm tắt", ASKS_SUMMARY, 201, sees=READS_PLANS),
        Line("api:report-run-list", POST, Row.AGENCY_REPORT, "Báo cáo cơ quan", ASKS_AGENCY, 201, sees=READS_PLANS),
        Line("api:report-run-detail", G, Row.RUN, "Xem lần xuất báo cáo", WATCHES),
        Line("api:report-run-detail", G, Row.AGENCY_RUN, "Xem lần xuất báo cáo", SEES_AGENCY_RUN),
        Line("api:report-run-file", G, Row.READY_RUN, "Tải tệp báo cáo", WATCHES),
        Line("api:report-run-file", G, Row.READY_AGENCY_RUN, "Tải tệp báo cáo", SEES_AGENCY_RUN),
        Line("api:report-run-retry", POST, Row.FAILED_RUN, "Yêu cầu tạo lại", ASKS_YEAR_END, sees=WATCHES),
        Line("api:report-run-retry", POST, Row.FAILED_AGENCY_RUN, "Yêu cầu tạo lại", ASKS_AGENCY, sees=WATCHES),
    ),
    "API: khóa của mình": (
        Line("api:token-list", G, Row.KEY, "Các khóa của mình", EVERYONE, shows=own(OFFICER)),
        Line("api:token-list", POST, Row.NONE, "Tạo khóa cho mình (cần phiên đăng nhập)", EVERYONE, 201),
        Line("api:token-detail", DELETE, Row.KEY, "Thu hồi khóa của mình", own(OFFICER), 204),
    ),
    "Quản trị kỹ thuật": (
        Line("admin:index", G, Row.NONE, "Trang đầu quản trị", ADMINISTRATORS, rest=302),
        Line("admin:app_list", G, Row.NONE, "Các mục quản trị", ADMINISTRATORS, rest=302),
        Line("admin:login", G, Row.NONE, "Đăng nhập quản trị", ADMINISTRATORS, 302, rest=403),
        Line("admin:logout", POST, Row.NONE, "Đăng xuất", ADMINISTRATORS, rest=302, writes=False),
        Line("admin:password_change", G, Row.NONE, "Đổi mật khẩu của mình", ADMINISTRATORS, rest=302),
        Line("admin:password_change", POST, Row.NONE, "Đổi mật khẩu của mình", ADMINISTRATORS, 302, rest=302),
        Line("admin:password_change_done", G, Row.NONE, "Đã đổi mật khẩu", ADMINISTRATORS, rest=302),
        Line("admin:autocomplete", G, Row.PERSON, "Gợi ý người", ADMINISTRATORS, rest=302, shows=KEEPS_DIRECTORY),
        Line("admin:jsi18n", G, Row.NONE, "Chữ của biểu mẫu", ADMINISTRATORS, rest=302),
        Line("admin:view_on_site", G, Row.AGENCY, "Không dùng", NOBODY, but=NOT_THERE, rest=302),
        Line(
            "admin:/quan-tri/{url}",
            G,
            Row.NONE,
            "Địa chỉ không có thật",
            NOBODY,
            but=((ADMINISTRATORS, 404),),
            rest=302,
        ),
        *directory("province", Row.PROVINCE, "tỉnh", adds=INSTALLS),
        *directory("agency", Row.AGENCY, "cơ quan"),
        *directory("agencygroup", Row.GROUP, "nhóm cơ quan"),
        *directory("designation", Row.DESIGNATION, "việc chỉ định"),
        *directory("user", Row.PERSON, "tài khoản", adds=ADMINISTRATORS),
        *directory("membership", Row.MEMBERSHIP, "vai trò"),
        *_letters(),
        Line(RESET, G, Row.PERSON, "Đặt lại mật khẩu: biểu mẫu", KEEPS_DIRECTORY, but=AWAY, rest=302),
        Line(RESET, POST, Row.PERSON, "Đặt lại mật khẩu", KEEPS_DIRECTORY, 302, but=AWAY, rest=302),
        # Somebody who works in another province by now is that province's: no old administrator resets the password.
        Line("admin:agencies_user_change", G, Row.MOVED_PERSON, "Xem tài khoản", MOVED, but=LEFT, rest=302),
        Line("admin:agencies_user_change", POST, Row.MOVED_PERSON, "Sửa tài khoản", MOVED, 302, but=LEFT, rest=302),
        Line(RESET, G, Row.MOVED_PERSON, "Đặt lại mật khẩu: biểu mẫu", MOVED, but=NOT_THERE, rest=302),
        Line(RESET, POST, Row.MOVED_PERSON, "Đặt lại mật khẩu", MOVED, 302, but=NOT_THERE, rest=302),
    ),
}

LINES: tuple[Line, ...] = tuple(line for lines in MATRIX.values() for line in lines)

# What is written in rows of a kind is known only to these, whatever the page or file that shows it.
KNOWS: dict[Row, People] = {
    Row.DRAFT_PLAN: READS_DRAFT_PLANS,
    Row.PLAN: READS_PLANS,
    Row.AMENDMENT: READS_PLANS,
    Row.DRAFT_AMENDMENT: READS_DRAFT_PLANS,
    Row.WAITING: READS_REPORTS,
    Row.REQUEST: READS_REPORTS,
    Row.REQUEST_STANDING: READS_STANDING,
    Row.RULING: READS_REPORTS,
    Row.WAITING_STANDING: READS_STANDING,
    Row.EVIDENCE: READS_REPORTS,
    Row.DRAFT: READS_DRAFTS,
    Row.WITH_HEAD: READS_DRAFTS,
    Row.DRAFT_EVIDENCE: READS_DRAFTS,
    Row.AGENCY: province() | INSTALLS,
    Row.RESULT: READS_RESULTS,
    Row.REMINDER: READS_REPORTS,
    Row.NOTICE: TOLD,
}

# The trail is whole, since its digests are taken over all of it: those who read it find there, and nowhere else, what
# an agency saved before handing it in.
IN_TRAIL: dict[Row, People] = {Row.DRAFT: READS_TRAIL, Row.WITH_HEAD: READS_TRAIL}

"""What a line of the permission matrix is made of: the kinds of rows, a line, and lines that come in blocks.

How a line is read is said at the matrix (``parportal.access``).
"""

from dataclasses import dataclass
from enum import StrEnum

from parportal.seats import (
    ADMINISTRATOR,
    ADMINISTRATORS,
    EVERYONE,
    INSTALLS,
    KEEPS_DIRECTORY,
    NOBODY,
    People,
    Seat,
    elsewhere,
)


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
    DELEGATION = "ủy quyền duyệt của cơ quan cấp trên"
    FRAMEWORK = "bộ tiêu chí của tỉnh"
    NEXT_FRAMEWORK = "phiên bản tiếp theo của bộ tiêu chí, chưa dùng"
    NATIONAL_FRAMEWORK = "bộ tiêu chí chung cả nước"
    INDEX = "chỉ số (chung cả nước)"
    COMPONENT = "thành phần chỉ số (chung cả nước)"
    RESULT = "kết quả chỉ số của tỉnh"
    SURVEY = "khảo sát của tỉnh"
    SETTLED_SHEET = "phiếu chấm của cơ quan, đã thẩm định lần 2"
    PARTS = "kết quả thành phần của tỉnh trong hai năm liền"
    SCENARIO = "kịch bản về phiếu chấm của cơ quan"
    RANKED = "kết quả công khai của các tỉnh"
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
    SHEET = "phiếu chấm điểm của cơ quan, đang tự chấm"
    SHEET_SENT = "phiếu chấm điểm của cơ quan, chờ thẩm định"
    SHEET_JUDGED = "phiếu chấm điểm của cơ quan, đang thẩm định dở"
    SHEET_APPRAISED = "phiếu chấm điểm của cơ quan, chờ giải trình"
    SHEET_UNEXPLAINED = "phiếu chấm điểm của cơ quan, quá hạn giải trình"
    SHEET_EXPLAINED = "phiếu chấm điểm của cơ quan, chờ thẩm định lần 2"
    SHEET_SETTLED = "phiếu chấm điểm của cơ quan, chờ công bố"
    SHEET_PROVINCE = "phiếu chấm điểm của tỉnh, đang tự chấm"
    SHEET_ENTRY = "thành phần của phiếu đang tự chấm"
    SHEET_ENTRY_JUDGED = "thành phần của phiếu đang thẩm định"
    SHEET_FILE = "tài liệu của phiếu đang tự chấm"
    SHEET_FILE_SENT = "tài liệu của phiếu đã gửi"
    OFFER = "số liệu đã duyệt của cơ quan, chờ nhận vào phiếu chấm điểm"


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


def letters() -> tuple[Line, ...]:
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

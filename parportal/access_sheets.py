"""The permission matrix of score sheets and offers: pages and API (how a line is read: ``parportal.access``)."""

from parportal.access_lines import Line, Row
from parportal.seats import (
    APPRAISES_SHEETS,
    EVERYONE,
    MANAGES_INDICES,
    READS_PROVINCE_SHEET,
    READS_SHEETS,
    READS_TRAIL,
    READS_UNSENT_SHEETS,
    SPECIALIST,
    SUBMITS_SHEETS,
    WRITES_PROVINCE_SHEET,
    WRITES_SHEETS,
    People,
    elsewhere,
)

G, POST, PATCH, DELETE = "GET", "POST", "PATCH", "DELETE"
A = "indicators:"
_STATES = (
    Row.SHEET,
    Row.SHEET_SENT,
    Row.SHEET_JUDGED,
    Row.SHEET_APPRAISED,
    Row.SHEET_EXPLAINED,
    Row.SHEET_SETTLED,
)


def _api(verb: str, row: Row, says: str, may: People) -> Line:
    """Return the line of a step on a sheet over the API: those who see the sheet are told that it is not theirs."""
    return Line(f"api:score-sheet-{verb}", POST, row, says, may, sees=READS_SHEETS)


SHEETS: dict[str, tuple[Line, ...]] = {
    "Trang: phiếu chấm điểm": (
        Line(f"{A}sheet_list", G, Row.SHEET, "Danh sách phiếu", EVERYONE, shows=READS_SHEETS),
        Line(f"{A}sheet_list", G, Row.SHEET_PROVINCE, "Danh sách phiếu", EVERYONE, shows=READS_PROVINCE_SHEET),
        Line(
            f"{A}sheet_open",
            G,
            Row.SHEET,
            "Mở năm chấm điểm: biểu mẫu của tỉnh mình",
            MANAGES_INDICES | elsewhere(SPECIALIST),
        ),
        Line(
            f"{A}sheet_open",
            POST,
            Row.SHEET,
            "Mở năm chấm điểm",
            MANAGES_INDICES,
            302,
            but=((elsewhere(SPECIALIST), 422),),
        ),
        *(Line(f"{A}sheet_detail", G, row, "Bảng điểm của phiếu", READS_SHEETS) for row in _STATES),
        Line(f"{A}sheet_detail", G, Row.SHEET_PROVINCE, "Bảng điểm của phiếu", READS_PROVINCE_SHEET),
        Line(f"{A}entry_detail", G, Row.SHEET, "Một thành phần của phiếu", READS_SHEETS),
        Line(f"{A}entry_detail", G, Row.SHEET_JUDGED, "Một thành phần của phiếu", READS_SHEETS),
        Line(f"{A}entry_save", POST, Row.SHEET, "Lưu một thành phần", WRITES_SHEETS, 302),
        Line(f"{A}entry_save", POST, Row.SHEET_APPRAISED, "Giải trình một thành phần", WRITES_SHEETS, 302),
        Line(f"{A}entry_save", POST, Row.SHEET_PROVINCE, "Lưu một thành phần", WRITES_PROVINCE_SHEET, 302),
        Line(f"{A}entry_judge", POST, Row.SHEET_JUDGED, "Thẩm định một thành phần", APPRAISES_SHEETS, 302),
        Line(f"{A}offer_take", POST, Row.SHEET, "Nhận số liệu có sẵn", WRITES_SHEETS, 302),
        Line(f"{A}offer_set_aside", POST, Row.SHEET, "Bỏ qua số liệu có sẵn", WRITES_SHEETS, 302),
        Line(f"{A}sheet_file", G, Row.SHEET_FILE, "Tải tài liệu", READS_UNSENT_SHEETS),
        Line(f"{A}sheet_file", G, Row.SHEET_FILE_SENT, "Tải tài liệu", READS_SHEETS),
        Line(f"{A}sheet_send", G, Row.SHEET, "Xem phiếu còn thiếu gì trước khi gửi", SUBMITS_SHEETS),
        Line(f"{A}sheet_send", POST, Row.SHEET, "Gửi phiếu tự chấm", SUBMITS_SHEETS, 302),
        Line(f"{A}sheet_send", POST, Row.SHEET_APPRAISED, "Gửi giải trình", SUBMITS_SHEETS, 302),
        Line(f"{A}sheet_withdraw", POST, Row.SHEET_SENT, "Rút phiếu", SUBMITS_SHEETS, 302),
        Line(f"{A}sheet_appraise", G, Row.SHEET_SENT, "Xem trước khi kết thúc thẩm định", APPRAISES_SHEETS),
        Line(f"{A}sheet_appraise", POST, Row.SHEET_SENT, "Kết thúc thẩm định lần 1", APPRAISES_SHEETS, 302),
        Line(f"{A}sheet_appraise", POST, Row.SHEET_UNEXPLAINED, "Ghi nhận không có giải trình", APPRAISES_SHEETS, 302),
        Line(f"{A}sheet_appraise", POST, Row.SHEET_EXPLAINED, "Kết thúc thẩm định lần 2", APPRAISES_SHEETS, 302),
        Line(f"{A}sheet_return", POST, Row.SHEET_SENT, "Trả lại phiếu", APPRAISES_SHEETS, 302),
        Line(f"{A}sheet_publish", G, Row.SHEET_SETTLED, "Ghi kết quả công bố: biểu mẫu", MANAGES_INDICES),
        Line(f"{A}sheet_publish", POST, Row.SHEET_SETTLED, "Ghi kết quả công bố", MANAGES_INDICES, 302),
        Line(f"{A}sheet_dates", G, Row.SHEET, "Dời thời hạn: biểu mẫu", MANAGES_INDICES),
        Line(f"{A}sheet_dates", POST, Row.SHEET, "Dời thời hạn", MANAGES_INDICES, 302),
        Line(f"{A}sheet_assign", G, Row.SHEET_PROVINCE, "Cơ quan trả lời: biểu mẫu", MANAGES_INDICES),
        Line(f"{A}sheet_assign", POST, Row.SHEET_PROVINCE, "Phân công cơ quan trả lời", MANAGES_INDICES, 302),
    ),
    "API: phiếu chấm điểm": (
        Line("api:score-sheet-list", G, Row.SHEET, "Danh sách phiếu", EVERYONE, shows=READS_SHEETS),
        Line("api:score-sheet-list", G, Row.SHEET_PROVINCE, "Danh sách phiếu", EVERYONE, shows=READS_PROVINCE_SHEET),
        Line("api:score-sheet-list", POST, Row.SHEET, "Mở năm chấm điểm", MANAGES_INDICES, 201),
        Line("api:score-sheet-detail", G, Row.SHEET, "Đọc phiếu với mọi lớp điểm", READS_SHEETS),
        Line("api:score-sheet-detail", G, Row.SHEET_JUDGED, "Đọc phiếu với mọi lớp điểm", READS_SHEETS),
        _api("submit", Row.SHEET, "Gửi phiếu tự chấm", SUBMITS_SHEETS),
        _api("withdraw", Row.SHEET_SENT, "Rút phiếu", SUBMITS_SHEETS),
        _api("return", Row.SHEET_SENT, "Trả lại phiếu", APPRAISES_SHEETS),
        _api("appraise", Row.SHEET_SENT, "Kết thúc thẩm định lần 1", APPRAISES_SHEETS),
        _api("explain", Row.SHEET_APPRAISED, "Gửi giải trình", SUBMITS_SHEETS),
        _api("waive", Row.SHEET_UNEXPLAINED, "Ghi nhận không có giải trình", APPRAISES_SHEETS),
        _api("settle", Row.SHEET_EXPLAINED, "Kết thúc thẩm định lần 2", APPRAISES_SHEETS),
        _api("publish", Row.SHEET_SETTLED, "Ghi kết quả công bố", MANAGES_INDICES),
        _api("dates", Row.SHEET, "Dời thời hạn", MANAGES_INDICES),
        Line(
            "api:score-sheet-owners",
            POST,
            Row.SHEET_PROVINCE,
            "Phân công cơ quan trả lời",
            MANAGES_INDICES,
            sees=READS_PROVINCE_SHEET,
        ),
        Line("api:sheet-entry-detail", G, Row.SHEET_ENTRY, "Đọc một thành phần", READS_SHEETS),
        Line("api:sheet-entry-detail", G, Row.SHEET_ENTRY_JUDGED, "Đọc một thành phần", READS_SHEETS),
        Line("api:sheet-entry-detail", PATCH, Row.SHEET_ENTRY, "Lưu một thành phần", WRITES_SHEETS, sees=READS_SHEETS),
        Line(
            "api:sheet-entry-judge",
            POST,
            Row.SHEET_ENTRY_JUDGED,
            "Thẩm định một thành phần",
            APPRAISES_SHEETS,
            sees=READS_SHEETS,
        ),
        Line(
            "api:sheet-entry-attach", POST, Row.SHEET_ENTRY, "Đính kèm tài liệu", WRITES_SHEETS, 201, sees=READS_SHEETS
        ),
        Line("api:sheet-entry-evidence-drop", DELETE, Row.SHEET_FILE, "Bỏ tài liệu", WRITES_SHEETS, sees=READS_SHEETS),
        Line("api:sheet-entry-evidence-file", G, Row.SHEET_FILE, "Tải tài liệu", READS_UNSENT_SHEETS),
        Line("api:sheet-entry-evidence-file", G, Row.SHEET_FILE_SENT, "Tải tài liệu", READS_SHEETS),
        Line("api:sheet-entry-take", POST, Row.SHEET_ENTRY, "Nhận số liệu có sẵn", WRITES_SHEETS, sees=READS_SHEETS),
        Line("api:offer-list", G, Row.OFFER, "Danh sách số liệu có sẵn", EVERYONE, shows=READS_SHEETS),
        Line("api:offer-detail", G, Row.OFFER, "Đọc số liệu có sẵn", READS_SHEETS),
        Line("api:offer-set-aside", POST, Row.OFFER, "Bỏ qua số liệu có sẵn", WRITES_SHEETS, sees=READS_SHEETS),
    ),
}
# What stands in such rows is known only to these (see ``parportal.access.KNOWS``).
KNOWS: dict[Row, People] = {
    Row.SHEET: READS_UNSENT_SHEETS,
    Row.SHEET_FILE: READS_UNSENT_SHEETS,
    Row.SHEET_JUDGED: APPRAISES_SHEETS,
    Row.OFFER: READS_SHEETS,
}
IN_TRAIL: dict[Row, People] = {Row.SHEET: READS_TRAIL, Row.SHEET_JUDGED: READS_TRAIL}

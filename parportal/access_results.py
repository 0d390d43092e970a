"""Who may do what with published results (lines of ``parportal.access``)."""

from parportal.access_lines import Line, Row
from parportal.seats import KEEPS_INDICES_ANYWHERE, READS_RESULTS_ANYWHERE

G, POST = "GET", "POST"
RESULTS: dict[str, tuple[Line, ...]] = {
    "Trang: chỉ số và kết quả công bố": (
        Line("indicators:index_list", G, Row.RANKED, "Các chỉ số của tỉnh mình", READS_RESULTS_ANYWHERE),
        Line("indicators:index_detail", G, Row.RANKED, "Một chỉ số qua các năm", READS_RESULTS_ANYWHERE),
        Line("indicators:ranking_table", G, Row.RANKED, "Bảng xếp hạng cả nước", READS_RESULTS_ANYWHERE),
        Line("indicators:ranking_export", G, Row.RANKED, "Tải bảng xếp hạng", READS_RESULTS_ANYWHERE),
        Line("indicators:results_import", G, Row.RANKED, "Nhập bảng kết quả: biểu mẫu", KEEPS_INDICES_ANYWHERE),
        Line("indicators:results_import", POST, Row.RANKED, "Nhập bảng kết quả", KEEPS_INDICES_ANYWHERE, 302),
        Line("indicators:results_template", G, Row.RANKED, "Tải mẫu bảng kết quả", KEEPS_INDICES_ANYWHERE),
    ),
    "API: xếp hạng và nhập kết quả": (
        Line("api:ranking-list", G, Row.RANKED, "Đọc bảng xếp hạng", READS_RESULTS_ANYWHERE),
        Line("api:result-enter", POST, Row.RANKED, "Nhập bảng kết quả", KEEPS_INDICES_ANYWHERE),
    ),
}

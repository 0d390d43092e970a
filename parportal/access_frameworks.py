"""The lines of the permission matrix about frameworks (how to read one: ``parportal.access``)."""

from parportal.access_lines import Line, Row
from parportal.seats import EVERYONE, KEEPS_FRAMEWORKS, KEEPS_FRAMEWORKS_ANYWHERE, READS_FRAMEWORKS

G, POST = "GET", "POST"
OWN, NEXT, NATIONAL = Row.FRAMEWORK, Row.NEXT_FRAMEWORK, Row.NATIONAL_FRAMEWORK
KEEPS, ANYWHERE, READS = KEEPS_FRAMEWORKS, KEEPS_FRAMEWORKS_ANYWHERE, READS_FRAMEWORKS

FRAMEWORKS: dict[str, tuple[Line, ...]] = {
    "Trang: bộ tiêu chí": (
        Line("indicators:framework_list", G, OWN, "Danh sách bộ tiêu chí", EVERYONE, shows=READS),
        Line("indicators:framework_list", G, NATIONAL, "Danh sách bộ tiêu chí", EVERYONE, shows=EVERYONE),
        Line("indicators:framework_template", G, Row.NONE, "Tải tệp mẫu", EVERYONE),
        Line("indicators:framework_detail", G, OWN, "Đọc bộ tiêu chí", READS),
        Line("indicators:framework_detail", G, NATIONAL, "Đọc bộ tiêu chí", EVERYONE),
        Line("indicators:framework_export", G, OWN, "Tải bộ tiêu chí", READS),
        Line("indicators:framework_export", G, NATIONAL, "Tải bộ tiêu chí", EVERYONE),
        Line("indicators:framework_try", G, OWN, "Tính thử một tiêu chí (không lưu gì)", READS),
        Line("indicators:framework_crosswalk", G, NEXT, "Đối chiếu với phiên bản trước", READS),
        Line("indicators:framework_crosswalk", POST, NEXT, "Xác nhận bảng đối chiếu", KEEPS, 302),
        Line("indicators:framework_copy", G, OWN, "Tạo phiên bản tiếp theo: biểu mẫu", KEEPS),
        Line("indicators:framework_copy", POST, OWN, "Tạo phiên bản tiếp theo", KEEPS, 302),
        Line("indicators:framework_copy", G, NATIONAL, "Sao chép về tỉnh mình: biểu mẫu", ANYWHERE),
        Line("indicators:framework_copy", POST, NATIONAL, "Sao chép về tỉnh mình", ANYWHERE, 302),
        Line("indicators:framework_discard", POST, NEXT, "Xóa bộ tiêu chí chưa dùng", KEEPS, 302),
        Line("indicators:framework_import", G, Row.NONE, "Nhập bộ tiêu chí: biểu mẫu", ANYWHERE),
        Line("indicators:framework_import", POST, Row.NONE, "Nhập bộ tiêu chí của tỉnh mình", ANYWHERE, 302),
    ),
    "API: bộ tiêu chí": (
        Line("api:framework-list", G, OWN, "Danh sách bộ tiêu chí", EVERYONE, shows=READS),
        Line("api:framework-list", G, NATIONAL, "Danh sách bộ tiêu chí", EVERYONE, shows=EVERYONE),
        Line("api:framework-detail", G, OWN, "Đọc bộ tiêu chí", READS),
        Line("api:framework-detail", G, NATIONAL, "Đọc bộ tiêu chí", EVERYONE),
        Line(
            "api:framework-import",
            POST,
            Row.NONE,
            "Nhập bộ tiêu chí của tỉnh mình",
            ANYWHERE,
            sees=EVERYONE - ANYWHERE,
        ),
    ),
}

"""The lines of the permission matrix about surveys and analyses (how to read one: ``parportal.access``)."""

from parportal.access_lines import Line, Row
from parportal.seats import (
    EVERYONE,
    READS_DRAFT_PLANS,
    READS_PLANS,
    READS_RESULTS,
    READS_SCENARIOS,
    READS_SCORES,
    SPECIALIST,
    TAKES_SURVEYS,
    WRITES_SCENARIOS,
    WRITES_SCENARIOS_ANYWHERE,
    elsewhere,
    province,
)

G, POST, PATCH = "GET", "POST", "PATCH"
SURVEY, SHEET, PARTS, SCENARIO = Row.SURVEY, Row.SETTLED_SHEET, Row.PARTS, Row.SCENARIO
OTHERS = WRITES_SCENARIOS_ANYWHERE - WRITES_SCENARIOS
# They take surveys of their own province in; an agency of this one is not among theirs.
AWAY = elsewhere(SPECIALIST)

RISK: dict[str, tuple[Line, ...]] = {
    "Trang: khảo sát": (
        Line("indicators:survey_list", G, SURVEY, "Danh sách khảo sát", EVERYONE, shows=READS_RESULTS),
        Line("indicators:survey_detail", G, SURVEY, "Đọc khảo sát", READS_RESULTS),
        Line("indicators:survey_export", G, SURVEY, "Tải khảo sát", READS_RESULTS),
        Line("indicators:survey_template", G, SURVEY, "Tải tệp mẫu", TAKES_SURVEYS | AWAY),
        Line("indicators:survey_import", G, SURVEY, "Nhập khảo sát của tỉnh mình: biểu mẫu", TAKES_SURVEYS | AWAY),
        Line("indicators:survey_import", POST, SURVEY, "Nhập khảo sát", TAKES_SURVEYS, 302, but=((AWAY, 422),)),
    ),
    "Trang: phân tích": (
        Line("reports:analysis_list", G, SHEET, "Những gì phân tích được", EVERYONE, shows=READS_SCORES),
        Line("reports:coverage", G, Row.PLAN, "Độ phủ chỉ số của kế hoạch", READS_PLANS),
        Line("reports:coverage", G, Row.DRAFT_PLAN, "Độ phủ chỉ số của kế hoạch", READS_DRAFT_PLANS),
        Line("reports:coverage_export", G, Row.PLAN, "Tải bản đồ độ phủ", READS_PLANS),
        Line("reports:risk", G, SHEET, "Sổ điểm có nguy cơ mất", READS_SCORES),
        Line("reports:risk_export", G, SHEET, "Tải sổ điểm", READS_SCORES),
        Line("reports:loss", G, SHEET, "Điểm đã mất", READS_SCORES),
        Line("reports:loss_export", G, SHEET, "Tải điểm đã mất", READS_SCORES),
        Line("reports:change", G, SHEET, "Vì sao điểm thay đổi so với năm trước", READS_SCORES),
        Line("reports:published_loss", G, PARTS, "Điểm đã mất theo kết quả công bố", READS_RESULTS),
        Line("reports:published_change", G, PARTS, "Vì sao kết quả công bố thay đổi", READS_RESULTS),
        Line("reports:scenario_list", G, SCENARIO, "Danh sách kịch bản", EVERYONE, shows=READS_SCENARIOS),
        Line("reports:scenario_create", G, SCENARIO, "Lập kịch bản: biểu mẫu", WRITES_SCENARIOS_ANYWHERE),
        Line("reports:scenario_create", POST, SCENARIO, "Lập kịch bản", WRITES_SCENARIOS, 302, but=((OTHERS, 422),)),
        Line("reports:scenario_detail", G, SCENARIO, "Xem kịch bản", READS_SCENARIOS),
        Line("reports:scenario_detail", POST, SCENARIO, "Sửa giả định", WRITES_SCENARIOS, 302),
        Line("reports:scenario_drop", POST, SCENARIO, "Bỏ kịch bản", WRITES_SCENARIOS, 302),
    ),
    "API: khảo sát, phân tích": (
        Line("api:survey-list", G, SURVEY, "Danh sách khảo sát", EVERYONE, shows=READS_RESULTS),
        Line("api:survey-list", POST, SURVEY, "Nhập khảo sát", TAKES_SURVEYS, 201, sees=province() - TAKES_SURVEYS),
        Line("api:survey-detail", G, SURVEY, "Đọc khảo sát", READS_RESULTS),
        Line("api:coverage-detail", G, Row.PLAN, "Độ phủ chỉ số của kế hoạch", READS_PLANS),
        Line("api:coverage-detail", G, Row.DRAFT_PLAN, "Độ phủ chỉ số của kế hoạch", READS_DRAFT_PLANS),
        Line("api:score-analysis-list", G, SHEET, "Phiếu chấm phân tích được", EVERYONE, shows=READS_SCORES),
        Line("api:score-analysis-risk", G, SHEET, "Sổ điểm có nguy cơ mất", READS_SCORES),
        Line("api:score-analysis-loss", G, SHEET, "Điểm đã mất", READS_SCORES),
        Line("api:score-analysis-change", G, SHEET, "Vì sao điểm thay đổi", READS_SCORES),
        Line("api:scenario-list", G, SCENARIO, "Danh sách kịch bản", EVERYONE, shows=READS_SCENARIOS),
        Line(
            "api:scenario-list",
            POST,
            SCENARIO,
            "Lập kịch bản",
            WRITES_SCENARIOS,
            201,
            sees=READS_SCORES - WRITES_SCENARIOS,
        ),
        Line("api:scenario-detail", G, SCENARIO, "Xem kịch bản", READS_SCENARIOS),
        Line("api:scenario-detail", PATCH, SCENARIO, "Sửa giả định", WRITES_SCENARIOS, sees=READS_SCENARIOS),
        Line("api:scenario-drop", POST, SCENARIO, "Bỏ kịch bản", WRITES_SCENARIOS, 204, sees=READS_SCENARIOS),
    ),
}

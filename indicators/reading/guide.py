"""What the template's help sheet explains, and the example it is filled with: every shape of a rule once."""

from decimal import Decimal

from indicators.reading.columns import COMPONENT_SHEET, CROSSWALK_SHEET, GROUP_SHEET, HEAD_SHEET
from indicators.reading.draft import ComponentDraft, Draft, IndexDraft
from indicators.reading.notation import Cells, canonical, read_rule
from indicators.scoring import parse_rule

STEPS = (
    "Mỗi tệp là một bộ tiêu chí của một chỉ số. Tệp mẫu đã điền sẵn một ví dụ: hãy xóa các dòng ví dụ rồi điền nội "
    "dung thật.",
    f"Trang “{HEAD_SHEET}”: thông tin chung, tổng điểm, trần điểm thưởng và điểm trừ, cách làm tròn, cách xếp hạng.",
    f"Trang “{COMPONENT_SHEET}”: mỗi dòng một lĩnh vực, tiêu chí hoặc tiêu chí thành phần; “Mã cha” cho biết nằm trong "
    "tiêu chí nào. Tổng các con phải bằng cha; tổng các lĩnh vực phải bằng tổng điểm.",
    f"Trang “{GROUP_SHEET}”: một dòng để trống cột đầu ghi tên các nhóm; mỗi dòng khác ghi cỡ các nhóm khi có "
    "bao nhiêu đơn vị được xếp hạng.",
    f"Trang “{CROSSWALK_SHEET}”: chỉ điền khi là phiên bản tiếp theo của một bộ đã có trong cổng; mỗi thành phần cũ và "
    "mới phải có ít nhất một dòng.",
    "Số dùng dấu phẩy thập phân (12,5). Không dùng công thức: cổng không nhận ô công thức, kể cả khi ô đang hiện số. "
    "Ô để trống nghĩa là chưa biết, khác với 0.",
    "Cổng kiểm tra cả tệp và báo mọi lỗi một lần, kèm dòng, cột và giá trị. Còn một lỗi thì chưa lưu gì.",
)
NOTATION = (
    ("Số liệu kê khai", "Tên số liệu [mã] (đơn vị). Đơn vị là %, số lượng, ngày hoặc số; mã có thể bỏ qua."),
    ("", "Tỷ lệ có thể kèm hai số liệu gốc: Tỷ lệ giải ngân [percent] (%) = Đã giải ngân / Được giao."),
    ("", "Nhiều yêu cầu có/không: cách nhau bằng dấu chấm phẩy."),
    ("Cách tính điểm", "Các mục cách nhau bằng dấu chấm phẩy hoặc xuống dòng trong ô (Alt+Enter)."),
    ("", "Bậc thang và thời hạn: viết từ cao xuống (≥) hoặc từ thấp lên (≤); “còn lại” là phần chưa nêu."),
    ("", "Hai cận của một mức: ≥90 và <100: 8. Ghi chú của mức đặt trong ngoặc sau điểm."),
    ("", "Rẽ nhánh: mỗi dòng trong ô là một nhánh; các phần của cách tính trong nhánh cách nhau bằng dấu |."),
    ("", "Cách tính không viết được như trên: ghi dạng JSON của cách tính vào ô này."),
    ("Làm tròn", "“2” là hai chữ số sau dấu phẩy; “bước 0,25” là làm tròn đến bội số của 0,25. Luôn làm tròn nửa lên."),
)
_EXAMPLES: tuple[tuple[str, str, str, str, str, Cells], ...] = (
    (
        "1.1",
        "Hoàn thành nhiệm vụ được giao đúng tiến độ",
        "10",
        "self",
        "Báo cáo kết quả, văn bản giao nhiệm vụ",
        Cells(
            "bậc thang",
            "Tỷ lệ hoàn thành đúng tiến độ [percent] (%) = Hoàn thành đúng tiến độ / Được giao",
            "≥100: 10; ≥90: 8; ≥80: 6; còn lại: 0",
        ),
    ),
    (
        "1.2",
        "Ban hành kế hoạch năm",
        "3",
        "self",
        "Kế hoạch đã ban hành",
        Cells(
            "thời hạn",
            "Số ngày sau kế hoạch cấp trên [days] (ngày)",
            "≤30: 3; ≤60: 1,5; còn lại: 0; cần: Bảo đảm chất lượng [quality_ok]",
        ),
    ),
    (
        "1.3",
        "Chế độ báo cáo",
        "3",
        "self",
        "Báo cáo định kỳ",
        Cells("có hoặc không", "Đủ số báo cáo [count_ok]; Đúng hạn [on_time]", "có: 3; không: 0"),
    ),
    (
        "1.4",
        "Tuyên truyền cải cách hành chính",
        "4",
        "self",
        "Tin, bài, hình ảnh",
        Cells("chọn một mức", "Mức đạt được [option]", "4 = đầy đủ; 2 = một phần; 0 = không thực hiện"),
    ),
    (
        "2.1",
        "Giải ngân vốn",
        "10",
        "self",
        "Xác nhận của kho bạc",
        Cells(
            "tỷ lệ từng đoạn",
            "Tỷ lệ giải ngân [percent] (%) = Đã giải ngân / Được giao",
            "điểm tối đa từ: 85; 0 điểm dưới: 60",
            "2",
        ),
    ),
    (
        "2.2",
        "Thực hiện kết luận thanh tra",
        "6",
        "self",
        "Báo cáo thực hiện kết luận",
        Cells("tỷ lệ", "Tỷ lệ kết luận đã thực hiện [percent] (%)", "", "bước 0,25"),
    ),
    (
        "2.3",
        "Hồ sơ giải quyết đúng hạn",
        "4",
        "self",
        "Số liệu của hệ thống một cửa",
        Cells("trừ dần", "Số hồ sơ quá hạn [count]", "bắt đầu: 4; mỗi lần: 0,5; thấp nhất: 0"),
    ),
    (
        "2.4",
        "Sáng kiến được công nhận",
        "5",
        "self",
        "Quyết định công nhận",
        Cells("cộng dần", "Số sáng kiến [count]", "mỗi lần: 2,5; tối đa: 5"),
    ),
    (
        "2.5",
        "Bồi dưỡng công chức",
        "5",
        "self",
        "Kế hoạch và báo cáo lớp",
        Cells(
            "rẽ nhánh",
            "Có kế hoạch bồi dưỡng [has_plan]",
            "không → có hoặc không | Có tổ chức lớp [organised] | có: 2; không: 0\n"
            "có → bậc thang | Tỷ lệ so với kế hoạch [percent] (% có thể vượt 100) | ≥100: 5; ≥60: 3; còn lại: 0",
        ),
    ),
    (
        "2.6",
        "Dịch vụ công trực tuyến có hồ sơ",
        "5",
        "outcome",
        "Số liệu của cổng dịch vụ công",
        Cells(
            "so với đơn vị tốt nhất",
            "Số dịch vụ có hồ sơ của đơn vị [value]; Số dịch vụ của đơn vị cao nhất [best]",
            "",
            "2",
        ),
    ),
    (
        "2.7",
        "Kiểm tra cải cách hành chính",
        "5",
        "self",
        "Kế hoạch và kết luận kiểm tra",
        Cells(
            "điều kiện bắt buộc",
            "Có kế hoạch kiểm tra [issued]",
            "bậc thang | Tỷ lệ đơn vị được kiểm tra [percent] (%) | ≥30: 5; ≥20: 3; còn lại: 0",
        ),
    ),
    (
        "2.8",
        "Tỷ lệ hồ sơ trực tuyến tăng so với năm trước",
        "2",
        "outcome",
        "Số liệu hai năm",
        Cells("so sánh hai số liệu", "Tỷ lệ năm nay [now] (%) > Tỷ lệ năm trước [before] (%)", "có: 2; không: 0"),
    ),
    ("2.9", "Chất lượng tham mưu (người chấm cho điểm)", "8", "self", "Hồ sơ tham mưu", Cells()),
    (
        "3.1",
        "Chỉ số hài lòng của người dân",
        "20",
        "sipas",
        "",
        Cells("điều tra xã hội học", "Chỉ số hài lòng [percent] (%)", "", "2"),
    ),
    (
        "3.2",
        "Ý kiến của lãnh đạo, quản lý",
        "10",
        "survey",
        "",
        Cells(
            "điều tra xã hội học",
            "",
            "100 % = Tốt [good]; 60 % = Khá [fair]; 20 % = Trung bình [poor]; 0 % = Kém [bad]",
            "2",
        ),
    ),
    (
        "4.1",
        "Mô hình mới được nhân rộng",
        "3",
        "self",
        "Văn bản nhân rộng",
        Cells("cộng dần", "Số mô hình [count]", "mỗi lần: 1,5; tối đa: 3"),
    ),
    (
        "4.2",
        "Được khen thưởng",
        "2",
        "self",
        "Quyết định khen thưởng",
        Cells("chọn một mức", "Mức khen [option]", "2 = cấp tỉnh; 1 = cấp sở; 0 = không"),
    ),
    (
        "5.1",
        "Có kết luận vi phạm",
        "5",
        "self",
        "",
        Cells(
            "điểm trừ",
            "Số vi phạm [count]",
            "mỗi lần: 5; tối đa: 5; không xếp loại từ: Xuất sắc",
        ),
    ),
    (
        "5.2",
        "Nộp hồ sơ muộn",
        "5",
        "self",
        "",
        Cells(
            "nộp muộn",
            "Số ngày nộp muộn [days_late]",
            "số ngày đầu: 2; trừ chung: 1; mỗi ngày sau: 1; cộng dồn: có; tối đa: 5",
        ),
    ),
)
_DOMAINS = (
    ("1", "Chỉ đạo, điều hành", "20", "base", "self"),
    ("2", "Kết quả thực hiện", "50", "base", "mixed"),
    ("3", "Đánh giá qua khảo sát", "30", "base", "mixed"),
    ("4", "Điểm thưởng", "5", "bonus", "self"),
    ("5", "Điểm trừ", "10", "penalty", "self"),
)


def example() -> Draft:
    """Return the framework that the template is filled with; it holds every shape of a rule."""
    components = []
    for code, name, most, kind, method in _DOMAINS:
        components.append(ComponentDraft(code, name, "", kind, Decimal(most), method))
        for inner, title, points, how, evidence, cells in _EXAMPLES:
            if inner.startswith(f"{code}."):
                written = read_rule(cells)
                rule = parse_rule(written, max_score=Decimal(points)).to_dict() if written is not None else None
                components.append(
                    ComponentDraft(
                        inner,
                        title,
                        code,
                        kind,
                        Decimal(points),
                        how,
                        canonical(rule) if rule is not None else None,
                        not_applicable="reduce_max" if inner in ("2.2", "2.5") else "",
                        evidence=evidence,
                    )
                )
    return Draft(
        code="vi-du-cchc-so",
        index=IndexDraft(
            "CCHC-SO",
            "Chỉ số cải cách hành chính của sở, ban, ngành",
            "CCHC sở",
            "điểm",
            Decimal(0),
            Decimal(105),
            "rank",
        ),
        version="Ví dụ để điền",
        level="agency",
        year_from=2026,
        source="Ví dụ của tệp mẫu, không phải bộ tiêu chí thật",
        is_sample=True,
        policy={
            "total_max": "100",
            "bonus_cap": "5",
            "penalty_cap": "10",
            "floor": "0",
            "ceiling": "105",
            "decimals": 2,
            "rescale": True,
            "ties": "shared",
            "tie_break": ["3", "2"],
            "groups": {"names": ["Nhóm I", "Nhóm II", "Nhóm III"], "sizes": {"20": [5, 10, 5]}},
            "grades": [
                {"code": "A", "name": "Xuất sắc", "at_least": "90"},
                {"code": "B", "name": "Tốt", "at_least": "80", "below": "90"},
                {"code": "C", "name": "Khá", "at_least": "65", "below": "80"},
                {"code": "D", "name": "Trung bình", "below": "65"},
            ],
        },
        components=tuple(components),
    )


def rule_examples() -> tuple[tuple[str, Cells, str], ...]:
    """Return one example of every shape: its cells, and what it means in one sentence."""
    found: dict[str, tuple[str, Cells, str]] = {}
    for _, _, points, _, _, cells in _EXAMPLES:
        written = read_rule(cells)
        if written is not None:
            sentence = parse_rule(written, max_score=Decimal(points)).describe()
            found.setdefault(f"{cells.shape}{bool(cells.input)}", (cells.shape, cells, sentence))
    return tuple(found.values())

"""The columns of the template: one declaration for reading it, for writing it, and for its help sheet."""

from dataclasses import dataclass

from agencies.text import fold
from indicators import terms
from indicators.reading.notation import SHAPES

YES_NO = (("yes", "có"), ("no", "không"))
HEAD_SHEET, COMPONENT_SHEET, GRADE_SHEET = "Bộ tiêu chí", "Tiêu chí", "Xếp loại"
GROUP_SHEET, CROSSWALK_SHEET, HELP_SHEET = "Nhóm", "Đối chiếu", "Hướng dẫn"
TIES = (
    ("shared", "cùng hạng, hạng sau bỏ số (1, 2, 2, 4)"),
    ("dense", "cùng hạng, hạng sau liền số (1, 2, 2, 3)"),
    ("lower", "cùng hạng, lấy số sau (1, 3, 3, 4)"),
    ("first-lower", "khác hạng, theo thứ tự danh sách (1, 2, 3, 4)"),
)


@dataclass(frozen=True)
class Column:
    """One column (or line of the sheet about the framework): its key, heading, kind and what people should know.

    ``kind``: text, code, number, whole, choice, yes_no, rule (one of the four cells of a rule).
    """

    key: str
    heading: str
    kind: str
    hint: str
    required: bool = False
    longest: int = 0
    choices: tuple[tuple[str, str], ...] = ()
    width: int = 16

    def value_of(self, word: str) -> str | None:
        """Return the code that a word of the list means; None when it is not in it.

        >>> Column("kind", "Loại", "choice", "", choices=(("base", "điểm chấm"),)).value_of("Điểm  chấm")
        'base'
        """
        wanted = fold(word)
        return next((code for code, label in self.choices if wanted in (fold(label), code.lower())), None)

    def label_of(self, code: str) -> str:
        """Return the word of the list for a code."""
        return next((label for known, label in self.choices if known == code), code)


def _choices(choices: "list[tuple[str, str]]") -> tuple[tuple[str, str], ...]:
    return tuple((str(code), str(label)) for code, label in choices)


HEAD: tuple[Column, ...] = (
    Column("code", "Mã bộ tiêu chí", "code", "Chữ thường không dấu, số và gạch nối; không trùng bộ khác.", True, 60),
    Column("index", "Mã chỉ số", "code", "Ví dụ PAR, SIPAS, PAPI hoặc mã chỉ số riêng của tỉnh.", True, 20),
    Column("version", "Phiên bản", "text", "Ví dụ 2022–2025 theo Quyết định 876/QĐ-BNV.", True, 100),
    Column("level", "Đối tượng chấm", "choice", "Chọn trong danh sách.", True, choices=_choices(terms.Level.choices)),
    Column("legal_document", "Căn cứ", "text", "Số, ký hiệu, ngày, cơ quan ban hành.", longest=300),
    Column("year_from", "Từ năm", "whole", "Năm đầu tiên áp dụng.", True),
    Column("year_to", "Đến năm", "whole", "Để trống khi chưa hết áp dụng."),
    Column("source", "Nguồn", "text", "Bản ký số hoặc địa chỉ đã đối chiếu.", longest=500),
    Column("is_sample", "Là bộ mẫu", "yes_no", "“có” khi không phải bộ tiêu chí chính thức.", choices=YES_NO),
    Column("note", "Ghi chú", "text", "", longest=20_000),
    Column("previous", "Tiếp theo bộ tiêu chí", "code", "Mã bộ trước, khi có trang “Đối chiếu”.", longest=60),
)
# Needed only when the portal does not know the index yet.
INDEX: tuple[Column, ...] = (
    Column("index_name", "Tên chỉ số", "text", "Chỉ cần khi cổng chưa có chỉ số này.", longest=200),
    Column("index_short_name", "Tên ngắn của chỉ số", "text", "Như trên.", longest=50),
    Column("index_unit", "Đơn vị của chỉ số", "text", "Ví dụ điểm hoặc %.", longest=20),
    Column("index_scale_min", "Điểm thấp nhất của chỉ số", "number", ""),
    Column("index_scale_max", "Điểm cao nhất của chỉ số", "number", ""),
    Column("index_publishes", "Chỉ số công bố theo", "choice", "", choices=_choices(terms.Publishes.choices)),
)
POLICY: tuple[Column, ...] = (
    Column("total_max", "Tổng điểm tối đa", "number", "Bằng tổng điểm tối đa của các lĩnh vực tính điểm chấm."),
    Column("total_min", "Tổng điểm thấp nhất", "number", "Của thang điểm, ví dụ PAPI: 8. Để trống là 0."),
    Column("bonus_cap", "Trần điểm thưởng", "number", "Để trống khi không có trần."),
    Column("penalty_cap", "Trần điểm trừ", "number", "Để trống khi không có trần."),
    Column("floor", "Tổng không thấp hơn", "number", "Để trống là 0."),
    Column("ceiling", "Tổng không cao hơn", "number", "Để trống khi không chặn."),
    Column("decimals", "Số chữ số thập phân", "whole", "Của tổng điểm; để trống là 2."),
    Column(
        "rescale",
        "Quy đổi theo điểm tối đa còn lại",
        "yes_no",
        "“có”: khi có tiêu chí không phát sinh thì chỉ số = điểm đạt / điểm tối đa còn lại × tổng điểm.",
        choices=YES_NO,
    ),
    Column("comparable_from", "So sánh được từ năm", "whole", "Các năm trước dùng thang điểm hoặc cách đo khác."),
    Column("ties", "Khi bằng điểm", "choice", "Cách xếp hạng các đơn vị bằng điểm.", choices=TIES),
    Column("tie_break", "Ưu tiên khi bằng điểm", "text", "Mã thành phần theo thứ tự, cách nhau bằng dấu chấm phẩy."),
    Column("edges", "Ngưỡng nhóm", "text", "Điểm thấp nhất của từng nhóm, từ nhóm cao nhất, ví dụ 90; 80; 70."),
)
_NUMBER_HINT = "Số, dấu phẩy thập phân; không dùng công thức. Để trống khác với 0."
COMPONENTS: tuple[Column, ...] = (
    Column(
        "code", "Mã", "code", "Không trùng nhau. Định dạng cột là Văn bản để 1.10 không thành 1.1.", True, 20, width=10
    ),
    Column("parent", "Mã cha", "code", "Để trống với lĩnh vực.", longest=20, width=10),
    Column("name", "Tên", "text", "Tên theo văn bản.", True, 300, width=48),
    Column("kind", "Loại điểm", "choice", "Để trống thì theo thành phần cha.", choices=_choices(terms.Kind.choices)),
    Column("max_score", "Điểm tối đa", "number", f"{_NUMBER_HINT} Của cha để trống thì bằng tổng các con.", width=11),
    Column("method", "Cách đo", "choice", "Của thành phần có con: để trống.", choices=_choices(terms.Method.choices)),
    Column(
        "shape", "Dạng cách tính", "rule", "Để trống khi người chấm cho điểm.", choices=tuple(SHAPES.items()), width=20
    ),
    Column("input", "Số liệu kê khai", "rule", "Xem trang Hướng dẫn.", width=34),
    Column("points", "Cách tính điểm", "rule", "Xem trang Hướng dẫn.", width=48),
    Column("round", "Làm tròn", "rule", "“2” chữ số, hoặc “bước 0,25”.", width=11),
    Column(
        "is_gate",
        "Không đạt thì cả tiêu chí 0 điểm",
        "yes_no",
        "“có” khi không đạt thành phần này thì thành phần cha 0 điểm.",
        choices=YES_NO,
        width=12,
    ),
    Column(
        "not_applicable",
        "Khi không phát sinh",
        "choice",
        "Để trống khi không có trường hợp này.",
        choices=_choices([one for one in terms.NotApplicable.choices if one[0]]),
        width=20,
    ),
    Column("evidence", "Tài liệu kiểm chứng", "text", "Tài liệu phải nộp kèm.", longest=1000, width=40),
    Column(
        "standing",
        "Độ tin cậy",
        "choice",
        "Để trống là “chưa xác nhận”.",
        choices=_choices(terms.Standing.choices),
        width=20,
    ),
    Column("source", "Nguồn", "text", "Điều, khoản, trang.", longest=300, width=24),
    Column("note", "Ghi chú", "text", "", longest=1000, width=24),
)
GRADES: tuple[Column, ...] = (
    Column("code", "Mã", "code", "Ví dụ A, B, C.", longest=20),
    Column("name", "Tên", "text", "Ví dụ Xuất sắc.", True, 100, width=32),
    Column("at_least", "Từ điểm", "number", "Để trống với mức thấp nhất.", width=12),
    Column("below", "Đến dưới điểm", "number", "Để trống với mức cao nhất.", width=14),
)
GROUPS: tuple[Column, ...] = (
    Column("field_size", "Số đơn vị xếp hạng", "whole", "Để trống ở dòng ghi tên nhóm.", width=20),
    Column(
        "sizes", "Cỡ hoặc tên các nhóm", "text", "Từ nhóm cao nhất, cách nhau bằng dấu chấm phẩy.", True, 400, width=48
    ),
)
CROSSWALK: tuple[Column, ...] = (
    Column("old", "Mã cũ", "code", "Ở bộ tiêu chí trước; để trống khi là thành phần mới.", longest=20, width=12),
    Column("new", "Mã mới", "code", "Ở bộ tiêu chí này; để trống khi đã bỏ.", longest=20, width=12),
    Column(
        "relation",
        "Quan hệ",
        "choice",
        "Tách: nhiều dòng cùng mã cũ. Gộp: nhiều dòng cùng mã mới.",
        True,
        choices=_choices(terms.Relation.choices),
        width=20,
    ),
    Column("note", "Ghi chú", "text", "", longest=300, width=40),
)

"""The template of a survey sheet: what a specialist fills in, in any of the three forms that are read."""

from agencies.tables import Table

_EXAMPLE = ("1.1", "Nơi ngồi chờ có đủ chỗ không?", "Tiếp cận dịch vụ")
_LEVELS = ("Rất hài lòng", "Hài lòng", "Bình thường", "Không hài lòng", "Rất không hài lòng")
HELP = (
    "Cách 1, bảng đã đếm: mỗi câu hỏi một dòng, mỗi phương án một cột ghi số phiếu (trang “Bảng đã đếm”).",
    "Cách 2, bảng đã đếm: mỗi câu hỏi và phương án một dòng, với cột “Phương án” và “Số phiếu”.",
    "Cách 3, phiếu gốc: mỗi người trả lời một dòng, cột “Mã phiếu” rồi mỗi câu hỏi một cột; hệ thống tự đếm.",
    "Trong phiếu gốc, câu trả lời ghi tên phương án hoặc số từ 5 (rất hài lòng) đến 1 (rất không hài lòng).",
    "Kèm phiếu gốc, trang “Câu hỏi” nêu nội dung và yếu tố của từng mã câu; trang “Phương án” nêu phương án khác "
    "năm mức trên (cột Phương án, Mã phương án, Tính là hài lòng, Trọng số (%)).",
    "Phương án khác năm mức hài lòng: trong ngoặc sau tên cột ghi (+) nếu tính là hài lòng, (-) nếu không, và trọng số "
    "nếu có, ví dụ “Tốt (+; 100 %)”, “Khá (-; 60 %)”.",
    "Không ai chọn thì ghi 0. Ô trống ở bảng đã đếm nghĩa là câu đó không có phương án này; ở phiếu gốc nghĩa là người "
    "đó không trả lời. Không dùng công thức.",
    "Cột “Thành phần” (không bắt buộc) ghi mã thành phần nhận điểm của câu, ví dụ 8.1, hoặc PAR:8.1 của chỉ số khác.",
)


def template_tables(form: str) -> tuple[Table, ...]:
    """Return the sheets of the template: ``counts`` or ``raw``."""
    guide = Table("Hướng dẫn", ("Cách điền",), [(line,) for line in HELP], (120,))
    if form == "raw":
        return (
            Table("Phiếu", ("Mã phiếu", "1.1", "1.2"), [("0001", "Hài lòng", "5")], (14, 18, 18)),
            Table("Câu hỏi", ("Mã câu", "Câu hỏi", "Yếu tố", "Thành phần"), [
                (*_EXAMPLE, ""), ("1.2", "Trang thiết bị có đầy đủ không?", "Tiếp cận dịch vụ", ""),
            ], (10, 60, 30, 14)),
            guide,
        )  # fmt: skip
    heads = ("Mã câu", "Câu hỏi", "Yếu tố", "Thành phần", *_LEVELS)
    return Table("Bảng đã đếm", heads, [(*_EXAMPLE, "", 120, 180, 60, 20, 5)], (10, 60, 30, 14, *[14] * 5)), guide

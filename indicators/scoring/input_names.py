"""Names of inputs that the frameworks at hand use, as people read them. A name that is not here is printed as it is."""

LABELS = {
    "all_found_issues_handled_or_none_found": "Đã xử lý hết vấn đề phát hiện, hoặc không có vấn đề",
    "articles": "Số tin, bài",
    "attendances": "Số lượt người tham dự",
    "before_12_15": "Nộp trước ngày 15/12",
    "best": "Giá trị tốt nhất trong các đơn vị",
    "commented_on_time": "Góp ý đúng hạn",
    "content_ok": "Đạt yêu cầu về nội dung",
    "count": "Số lượng",
    "count_ok": "Đạt yêu cầu về số lượng",
    "days": "Số ngày",
    "days_after_superior_plan": "Số ngày kể từ khi có kế hoạch của cấp trên",
    "days_late": "Số ngày nộp muộn",
    "done": "Có thực hiện",
    "has_plan": "Có kế hoạch",
    "headcount_as_required": "Bố trí đủ nhân lực theo quy định",
    "items_published": "Số tin, bài đã đăng",
    "met": "Đạt yêu cầu",
    "on_time": "Đúng thời hạn",
    "option": "Mức đạt được",
    "organised": "Có tổ chức",
    "percent": "Tỷ lệ",
    "percent_of_plan": "Tỷ lệ so với kế hoạch",
    "percent_on_schedule": "Tỷ lệ hoàn thành đúng tiến độ",
    "plan_exists_and_specific": "Có kế hoạch và kế hoạch cụ thể",
    "quality_ok": "Bảo đảm chất lượng",
    "rate_last_year": "Tỷ lệ năm trước",
    "rate_this_year": "Tỷ lệ năm nay",
    "report_and_evidence_complete": "Báo cáo và minh chứng đầy đủ",
    "value": "Giá trị",
}
COUNTED = frozenset({"articles", "attendances", "count", "items_published"})


def label_of(name: str) -> str:
    """Return the label of an input.

    >>> label_of("quality_ok"), label_of("so_lop")
    ('Bảo đảm chất lượng', 'so lop')
    """
    return LABELS.get(name, name.replace("_", " "))


def kind_of(name: str) -> str:
    """Return the kind that a bare name of an input says.

    >>> kind_of("percent_of_plan"), kind_of("articles"), kind_of("growth")
    ('percent', 'count', 'number')
    """
    words = name.split("_")
    if "percent" in words or "rate" in words:
        return "percent"
    return "count" if name in COUNTED else "number"


def may_exceed(name: str) -> bool:
    """Tell whether a bare name says a percentage that can be above 100: what was done of what was planned.

    >>> may_exceed("percent_of_plan"), may_exceed("percent_on_schedule")
    (True, False)
    """
    return name.endswith("_of_plan")

"""The steps of a score sheet: one table. ``docs/workflows.md`` is drawn from it."""

from agencies.permissions import Permission
from agencies.steps import Step

DRAFT, SUBMITTED, APPRAISED = "draft", "submitted", "appraised"
EXPLAINED, SETTLED, PUBLISHED = "explained", "settled", "published"

_WRITE, _SUBMIT = Permission.SCORE_WRITE, Permission.SCORE_SUBMIT
_APPRAISE, _MANAGE = Permission.SCORE_APPRAISE, Permission.INDEX_MANAGE
# While the unit works: on its own scores, or on its explanation; while an appraisal is written.
UNIT_WORKS = frozenset({DRAFT, APPRAISED})
APPRAISAL_WORKS = frozenset({SUBMITTED, EXPLAINED})

# One component.
SAVE = Step("save", UNIT_WORKS, None, _WRITE, "sheetentry.save")
TAKE = Step("take", UNIT_WORKS, None, _WRITE, "sheetentry.take")
JUDGE = Step("judge", APPRAISAL_WORKS, None, _APPRAISE, "sheetentry.judge")

# The sheet.
ASSIGN = Step("assign", frozenset({DRAFT}), None, _MANAGE, "scoresheet.assign")
SUBMIT = Step("submit", frozenset({DRAFT}), SUBMITTED, _SUBMIT, "scoresheet.submit")
WITHDRAW = Step("withdraw", frozenset({SUBMITTED}), DRAFT, _SUBMIT, "scoresheet.withdraw")
RETURN = Step("return", frozenset({SUBMITTED}), DRAFT, _APPRAISE, "scoresheet.return", needs_reason=True)
APPRAISE = Step("appraise", frozenset({SUBMITTED}), APPRAISED, _APPRAISE, "scoresheet.appraise")
EXPLAIN = Step("explain", frozenset({APPRAISED}), EXPLAINED, _SUBMIT, "scoresheet.explain")
# The day for explanations is over and none was sent: the appraisal goes on without it.
WAIVE = Step("waive", frozenset({APPRAISED}), EXPLAINED, _APPRAISE, "scoresheet.waive")
SETTLE = Step("settle", frozenset({EXPLAINED}), SETTLED, _APPRAISE, "scoresheet.settle")
PUBLISH = Step("publish", frozenset({SETTLED}), PUBLISHED, _MANAGE, "scoresheet.publish")
MOVE_DATES = Step("move_dates", UNIT_WORKS | APPRAISAL_WORKS, None, _MANAGE, "scoresheet.move_dates", needs_reason=True)

SHEET_STEPS: tuple[Step, ...] = (
    SAVE,
    TAKE,
    JUDGE,
    ASSIGN,
    SUBMIT,
    WITHDRAW,
    RETURN,
    APPRAISE,
    EXPLAIN,
    WAIVE,
    SETTLE,
    PUBLISH,
    MOVE_DATES,
)

STATE_LABELS = {
    DRAFT: "Đang tự chấm",
    SUBMITTED: "Chờ thẩm định lần 1",
    APPRAISED: "Chờ giải trình",
    EXPLAINED: "Chờ thẩm định lần 2",
    SETTLED: "Đã thẩm định lần 2",
    PUBLISHED: "Đã công bố",
}
VERB_LABELS = {
    "save": "lưu một thành phần",
    "take": "nhận số liệu có sẵn",
    "judge": "thẩm định một thành phần",
    "assign": "phân công cơ quan trả lời",
    "submit": "gửi phiếu tự chấm",
    "withdraw": "rút phiếu trước khi thẩm định",
    "return": "trả lại phiếu",
    "appraise": "kết thúc thẩm định lần 1",
    "explain": "gửi giải trình",
    "waive": "ghi nhận không có giải trình",
    "settle": "kết thúc thẩm định lần 2",
    "publish": "ghi kết quả công bố",
    "move_dates": "dời thời hạn",
}

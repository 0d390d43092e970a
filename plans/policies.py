"""The steps of a report, of a request and of an amendment: tables. ``docs/workflows.md`` is drawn from them."""

from agencies.permissions import Permission
from agencies.steps import Step

DRAFT, WITH_HEAD, SUBMITTED, RETURNED, ACCEPTED = "draft", "with_head", "submitted", "returned", "accepted"

_WRITE, _DECIDE, _APPROVE = Permission.PROGRESS_WRITE, Permission.PROGRESS_DECIDE, Permission.PROGRESS_APPROVE
_WRITABLE = frozenset({DRAFT, RETURNED})
_WAITING = frozenset({SUBMITTED})

SAVE = Step("save", _WRITABLE, None, _WRITE, "progress.save")
SUBMIT = Step("submit", _WRITABLE, SUBMITTED, _WRITE, "progress.submit")
# Where the agency requires its head's approval, its officer forwards and cannot submit (story 9).
FORWARD = Step("forward", _WRITABLE, WITH_HEAD, _WRITE, "progress.forward")
APPROVE = Step("approve", frozenset({WITH_HEAD}), SUBMITTED, _APPROVE, "progress.approve")
HAND_BACK = Step("hand_back", frozenset({WITH_HEAD}), DRAFT, _APPROVE, "progress.hand_back", needs_reason=True)
WITHDRAW = Step("withdraw", frozenset({WITH_HEAD, SUBMITTED}), DRAFT, _WRITE, "progress.withdraw")
ACCEPT = Step("accept", _WAITING, ACCEPTED, _DECIDE, "progress.accept")
RETURN = Step("return", _WAITING, RETURNED, _DECIDE, "progress.return", needs_reason=True)
JUDGE = Step("judge", _WAITING, None, _DECIDE, "progress.judge")
ASK = Step("ask", _WAITING, None, _DECIDE, "progress.ask", needs_reason=True)
REPLY = Step("reply", _WAITING, None, _WRITE, "progress.reply", needs_reason=True)
# Obstacles and proposals that were handed in get an answer, whatever became of the report since.
ANSWER = Step(
    "answer",
    frozenset({DRAFT, WITH_HEAD, SUBMITTED, RETURNED, ACCEPTED}),
    None,
    _DECIDE,
    "progress.answer",
    needs_reason=True,
)
REPLACE = Step("replace", _WAITING, None, _WRITE, "progress.replace", needs_reason=True)
CORRECT = Step("correct", frozenset({ACCEPTED}), DRAFT, _WRITE, "progress.correct", needs_reason=True)
GIVE_UP = Step("give_up", frozenset({DRAFT}), ACCEPTED, _WRITE, "progress.give_up")

PROGRESS_STEPS: tuple[Step, ...] = (
    SAVE,
    SUBMIT,
    FORWARD,
    APPROVE,
    HAND_BACK,
    WITHDRAW,
    ACCEPT,
    RETURN,
    JUDGE,
    ASK,
    REPLY,
    ANSWER,
    REPLACE,
    CORRECT,
    GIVE_UP,
)

# --- amendments: written line by line, then confirmed or discarded ---

CONFIRMED, DISCARDED = "confirmed", "discarded"

EDIT_AMENDMENT = Step("edit", frozenset({DRAFT}), None, Permission.PLAN_AMEND, "amendment.edit")
PROPOSE_LINE = Step("line", frozenset({DRAFT}), None, Permission.PLAN_AMEND, "amendment.line")
TAKE_OFF_LINE = Step("take_off", frozenset({DRAFT}), None, Permission.PLAN_AMEND, "amendment.take_off")
CONFIRM_AMENDMENT = Step("confirm", frozenset({DRAFT}), CONFIRMED, Permission.PLAN_AMEND, "amendment.confirm")
DISCARD_AMENDMENT = Step("discard", frozenset({DRAFT}), DISCARDED, Permission.PLAN_AMEND, "amendment.discard")

AMENDMENT_STEPS: tuple[Step, ...] = (
    EDIT_AMENDMENT,
    PROPOSE_LINE,
    TAKE_OFF_LINE,
    CONFIRM_AMENDMENT,
    DISCARD_AMENDMENT,
)

STATE_LABELS = {
    DRAFT: "Nháp",
    WITH_HEAD: "Chờ thủ trưởng",
    SUBMITTED: "Chờ duyệt",
    RETURNED: "Trả lại",
    ACCEPTED: "Đã duyệt",
}
VERB_LABELS = {
    "save": "lưu nháp",
    "submit": "gửi báo cáo",
    "forward": "trình thủ trưởng",
    "approve": "thủ trưởng duyệt gửi",
    "hand_back": "thủ trưởng chuyển lại",
    "withdraw": "rút báo cáo",
    "accept": "duyệt",
    "return": "trả lại",
    "judge": "đánh giá tài liệu",
    "ask": "hỏi thêm",
    "reply": "trả lời câu hỏi",
    "answer": "trả lời kiến nghị",
    "replace": "thay tài liệu đã gửi",
    "correct": "điều chỉnh báo cáo đã duyệt",
    "give_up": "bỏ điều chỉnh",
}

# --- what an agency asks about a duty (stories 10 and 11) -----------------------------------------------------

OPEN, GRANTED, DECLINED, WITHDRAWN = "open", "granted", "declined", "withdrawn"

WITHDRAW_REQUEST = Step("withdraw", frozenset({OPEN}), WITHDRAWN, Permission.DUTY_REQUEST, "request.withdraw")
GRANT_REQUEST = Step("grant", frozenset({OPEN}), GRANTED, Permission.DUTY_RULE, "request.grant")
DECLINE_REQUEST = Step(
    "decline", frozenset({OPEN}), DECLINED, Permission.DUTY_RULE, "request.decline", needs_reason=True
)

REQUEST_STEPS: tuple[Step, ...] = (WITHDRAW_REQUEST, GRANT_REQUEST, DECLINE_REQUEST)

REQUEST_STATE_LABELS = {
    OPEN: "Chờ quyết định",
    GRANTED: "Đồng ý",
    DECLINED: "Không đồng ý",
    WITHDRAWN: "Đã rút",
}
REQUEST_VERB_LABELS = {"withdraw": "rút đề nghị", "grant": "đồng ý", "decline": "không đồng ý"}

"""The steps of a report, of a request and of an amendment: tables. ``docs/workflows.md`` is drawn from them."""

from agencies.permissions import Permission
from agencies.steps import Step

DRAFT, SUBMITTED, RETURNED, ACCEPTED = "draft", "submitted", "returned", "accepted"

SAVE = Step("save", frozenset({DRAFT, RETURNED}), None, Permission.PROGRESS_WRITE, "progress.save")
SUBMIT = Step("submit", frozenset({DRAFT, RETURNED}), SUBMITTED, Permission.PROGRESS_WRITE, "progress.submit")
ACCEPT = Step("accept", frozenset({SUBMITTED}), ACCEPTED, Permission.PROGRESS_DECIDE, "progress.accept")
RETURN = Step(
    "return",
    frozenset({SUBMITTED}),
    RETURNED,
    Permission.PROGRESS_DECIDE,
    "progress.return",
    needs_reason=True,
)
CORRECT = Step(
    "correct", frozenset({ACCEPTED}), DRAFT, Permission.PROGRESS_WRITE, "progress.correct", needs_reason=True
)

PROGRESS_STEPS: tuple[Step, ...] = (SAVE, SUBMIT, ACCEPT, RETURN, CORRECT)

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

STATE_LABELS = {DRAFT: "Nháp", SUBMITTED: "Chờ duyệt", RETURNED: "Trả lại", ACCEPTED: "Đã duyệt"}
VERB_LABELS = {
    "save": "lưu nháp",
    "submit": "gửi báo cáo",
    "accept": "duyệt",
    "return": "trả lại",
    "correct": "điều chỉnh báo cáo đã duyệt",
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

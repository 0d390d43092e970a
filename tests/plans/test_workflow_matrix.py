"""Every (verb × role × state): what the table does not allow does not happen."""

from datetime import date

import pytest

from agencies.actions import approval
from agencies.errors import PortalError
from plans import policies
from plans.actions import approvals, evidence, progress, reviews
from plans.models import Progress, Remark
from tests.conftest import pdf_upload

ROLES = (
    "stp.canbo",
    "stp.thutruong",
    "syt.canbo",
    "snv.canbo",
    "snv.thamdinh",
    "vpub.thamdinh",
    "snv.chuyenvien",
    "lanhdao",
    "kiemtra",
    "quantri",
)
# "correcting": the draft of a correction.
STATES = ("draft", "with_head", "submitted", "returned", "accepted", "correcting")
SAID = progress.Content(result="Kết quả", explanation="Chưa có văn bản", proposals="Bổ sung kinh phí")


def _link(row):
    return row.latest.evidence.order_by("pk").first().pk if row.latest.evidence.exists() else 0


def _question(row):
    return Remark.objects.filter(version__progress=row, kind="question", reply=None).first() or Remark(
        version=row.latest, kind="question"
    )


VERBS = {
    "save": lambda row, by: progress.save(progress=row, content=SAID, revision=None, by=by),
    "submit": lambda row, by: progress.submit(progress=row, content=SAID, revision=None, by=by),
    "forward": lambda row, by: progress.forward(progress=row, content=SAID, revision=None, by=by),
    "approve": lambda row, by: approvals.approve(progress=row, revision=None, by=by),
    "hand_back": lambda row, by: approvals.hand_back(progress=row, reason="Sửa số", revision=None, by=by),
    "withdraw": lambda row, by: progress.withdraw(progress=row, revision=None, by=by),
    "accept": lambda row, by: progress.accept(progress=row, revision=None, by=by),
    "return": lambda row, by: progress.send_back(
        progress=row, reason_code="other", reason="Lý do", revision=None, by=by
    ),
    "judge": lambda row, by: reviews.judge(progress=row, link_id=_link(row), verdict="accepted", revision=None, by=by),
    "ask": lambda row, by: reviews.ask(progress=row, text="Ở đâu?", revision=None, by=by),
    "reply": lambda row, by: reviews.reply(progress=row, question=_question(row), text="Ở đây.", revision=None, by=by),
    "answer": lambda row, by: reviews.answer(progress=row, text="Đã ghi nhận.", revision=None, by=by),
    "replace": lambda row, by: evidence.replace(
        progress=row, link_id=_link(row), reason="Nhầm tệp", revision=None, by=by
    ),
    "correct": lambda row, by: progress.correct(progress=row, reason="Lý do", revision=None, by=by),
    "give_up": lambda row, by: progress.give_up(progress=row, revision=None, by=by),
}
# Who may take each step, in which states, where the agency submits by itself (it does not require its head).
FREE = {
    "save": ("stp.canbo", {"draft", "returned", "correcting"}),
    "submit": ("stp.canbo", {"draft", "returned", "correcting"}),
    "approve": ("stp.thutruong", {"with_head"}),
    "hand_back": ("stp.thutruong", {"with_head"}),
    "withdraw": ("stp.canbo", {"with_head", "submitted"}),
    "accept": ("snv.thamdinh", {"submitted"}),
    "return": ("snv.thamdinh", {"submitted"}),
    "judge": ("snv.thamdinh", {"submitted"}),
    "ask": ("snv.thamdinh", {"submitted"}),
    "reply": ("stp.canbo", {"submitted"}),
    "answer": ("snv.thamdinh", {"submitted", "returned", "accepted", "correcting"}),
    "replace": ("stp.canbo", {"submitted"}),
    "correct": ("stp.canbo", {"accepted"}),
    "give_up": ("stp.canbo", {"correcting"}),
}
# … and where it does: nothing leaves but by forward and approve.
WITH_HEAD = {
    **{verb: who for verb, who in FREE.items() if verb not in ("submit", "replace")},
    "forward": ("stp.canbo", {"draft", "returned", "correcting"}),
}


def report_in(small, state):
    """Bring a report of Sở Tư pháp, with evidence and a question, into a state."""
    officer, reviewer = small.officer("STP"), small.who("snv.thamdinh")
    begun = small.begin()
    if state == "draft":
        return begun
    if state == "with_head":
        approval.require_head(agency=small.agencies["STP"], document="QC 1", valid_from=date(2021, 12, 10), by=None)
        sent = progress.forward(progress=begun, content=SAID, uploads=[pdf_upload()], revision=None, by=officer)
        approval.release(agency=small.agencies["STP"], last_day=date(2021, 12, 10), by=None)
        small.agencies["STP"].approval_rules.update(valid_from=date(2021, 1, 1), valid_to=date(2021, 1, 2))
        return sent
    sent = progress.submit(progress=begun, content=SAID, uploads=[pdf_upload()], revision=None, by=officer)
    if state == "submitted":
        return reviews.ask(progress=sent, text="Ở đâu?", revision=None, by=reviewer)
    if state == "returned":
        return progress.send_back(progress=sent, reason_code="other", reason="Lý do", revision=None, by=reviewer)
    accepted = progress.accept(progress=sent, revision=None, by=reviewer)
    if state == "accepted":
        return accepted
    return progress.correct(progress=accepted, reason="Sai số", revision=None, by=officer)


def test_every_step_of_the_table_is_tried():
    assert set(VERBS) == {step.verb for step in policies.PROGRESS_STEPS}
    for step in policies.PROGRESS_STEPS:
        tried = FREE.get(step.verb) or WITH_HEAD[step.verb]
        states = {"draft" if state == "correcting" else state for state in tried[1]}
        # An answer is for what was handed in: a draft that never was has nothing to answer.
        assert states == set(step.sources) or step.verb == "answer", step.verb


@pytest.mark.parametrize("head", [False, True], ids=["submits by itself", "needs its head"])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", VERBS)
def test_only_the_tables_steps_are_taken(small, verb, state, head):
    row = report_in(small, state)
    if head:
        approval.require_head(agency=small.agencies["STP"], document="QC 2", valid_from=date(2021, 12, 10), by=None)
    allowed = (WITH_HEAD if head else FREE).get(verb, ("", set()))

    def may(role):
        return role == allowed[0] and state in allowed[1]

    # Those who may not go first: they must leave the row as it is.
    for role in sorted(ROLES, key=may):
        before = (row.state, row.revision)
        row = Progress.objects.get(pk=row.pk)
        if may(role):
            assert VERBS[verb](row, small.who(role)).revision == row.revision + 1
        else:
            with pytest.raises(PortalError):
                VERBS[verb](row, small.who(role))
            row = Progress.objects.get(pk=row.pk)
            assert (row.state, row.revision) == before

"""Every (verb × role × state): what the table does not allow does not happen."""

import pytest

from agencies.errors import PortalError
from plans.actions import progress
from plans.models import Progress

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
STATES = ("draft", "submitted", "returned", "accepted")
SAID = progress.Content(result="Kết quả", explanation="Chưa có văn bản")
VERBS = {
    "save": lambda row, by: progress.save(progress=row, content=SAID, revision=None, by=by),
    "submit": lambda row, by: progress.submit(progress=row, content=SAID, revision=None, by=by),
    "accept": lambda row, by: progress.accept(progress=row, revision=None, by=by),
    "return": lambda row, by: progress.send_back(
        progress=row, reason_code="other", reason="Lý do", revision=None, by=by
    ),
    "correct": lambda row, by: progress.correct(progress=row, reason="Lý do", revision=None, by=by),
}
ALLOWED = {
    ("save", "stp.canbo", "draft"),
    ("save", "stp.canbo", "returned"),
    ("submit", "stp.canbo", "draft"),
    ("submit", "stp.canbo", "returned"),
    ("accept", "snv.thamdinh", "submitted"),
    ("return", "snv.thamdinh", "submitted"),
    ("correct", "stp.canbo", "accepted"),
}


def report_in(small, state):
    if state == "draft":
        return small.begin()
    sent = small.submit()
    if state == "returned":
        return progress.send_back(
            progress=sent, reason_code="other", reason="Lý do", revision=None, by=small.who("snv.thamdinh")
        )
    if state == "accepted":
        return progress.accept(progress=sent, revision=None, by=small.who("snv.thamdinh"))
    return sent


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", VERBS)
def test_only_the_tables_steps_are_taken(small, verb, state):
    row = report_in(small, state)
    # Those who may not go first: they must leave the row as it is.
    for role in sorted(ROLES, key=lambda role: (verb, role, state) in ALLOWED):
        before = (row.state, row.revision)
        if (verb, role, state) in ALLOWED:
            assert VERBS[verb](row, small.who(role)).revision == row.revision + 1
        else:
            with pytest.raises(PortalError):
                VERBS[verb](row, small.who(role))
            row = Progress.objects.get(pk=row.pk)
            assert (row.state, row.revision) == before

"""Every (verb × role × state) of a request, two deciders at once, and what the database itself refuses."""

from datetime import date

import pytest
from django.db import DatabaseError, transaction

from agencies.errors import Conflict, PortalError
from agencies.models import Event
from plans.actions import requests
from plans.models import Assignment, DutyRequest, Ruling
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
STATES = ("open", "granted", "declined", "withdrawn")
VERBS = {
    "withdraw": lambda row, by: requests.withdraw(request=row, revision=None, by=by),
    "grant": lambda row, by: requests.grant(request=row, revision=None, by=by),
    "decline": lambda row, by: requests.decline(request=row, reason="Lý do", revision=None, by=by),
}
ALLOWED = {
    ("withdraw", "stp.canbo", "open"),
    ("withdraw", "stp.thutruong", "open"),
    ("grant", "snv.thamdinh", "open"),
    ("decline", "snv.thamdinh", "open"),
}


def asked(small):
    return requests.ask_extension(
        assignment=small.assignment("1", "STP"),
        new_due_on=date(2022, 1, 31),
        reason="Chờ nghị định",
        upload=pdf_upload(),
        by=small.officer("STP"),
    )


def request_in(small, state):
    row = asked(small)
    who = {"withdrawn": ("withdraw", "stp.canbo"), "granted": ("grant", "snv.thamdinh")}
    if state == "open":
        return row
    verb, name = who.get(state, ("decline", "snv.thamdinh"))
    return VERBS[verb](row, small.who(name))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", VERBS)
def test_only_the_tables_steps_are_taken(small, verb, state):
    row = request_in(small, state)
    before = (row.state, row.revision)
    for role in ROLES:
        # Those who may are tried in a transaction that is undone: each of them could.
        with transaction.atomic():
            if (verb, role, state) in ALLOWED:
                assert VERBS[verb](row, small.who(role)).revision == row.revision + 1
            else:
                with pytest.raises(PortalError):
                    VERBS[verb](row, small.who(role))
            transaction.set_rollback(True)
        row = DutyRequest.objects.get(pk=row.pk)
        assert (row.state, row.revision) == before


def test_who_comes_second_is_told(small):
    row = asked(small)
    requests.decline(request=row, reason="Không", revision=1, by=small.who("snv.thamdinh"))
    for revision, code in ((1, "stale_revision"), (2, "wrong_state"), (None, "wrong_state")):
        with pytest.raises(Conflict) as refused:
            requests.grant(request=row, revision=revision, by=small.who("snv.thamdinh2"))
        assert refused.value.code == code
    assert not Ruling.objects.exists()


def test_each_step_leaves_one_event_with_its_ruling(small):
    row = requests.grant(request=asked(small), reason="Đồng ý", revision=1, by=small.who("snv.thamdinh"))
    opened, granted = Event.objects.filter(action__startswith="request.").order_by("sequence")
    assert opened.after["new_due_on"] == "2022-01-31"
    assert granted.before["state"] == "open"
    assert granted.after["ruling"]["due_on"] == "2022-01-31"
    assert granted.reason == "Đồng ý"
    assert Ruling.objects.get().request == row


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "khác"},
        {"new_due_on": date(2022, 2, 28)},
        {"old_due_on": date(2021, 1, 1)},
        {"created_at": None},
    ],
)
def test_the_database_keeps_what_a_request_says(small, change):
    row = asked(small)
    if "created_at" in change:
        change = {"created_at": row.created_at.replace(year=2020)}
    with pytest.raises(DatabaseError), transaction.atomic():
        DutyRequest.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        DutyRequest.objects.filter(pk=row.pk).delete()


def test_the_database_keeps_a_decision(small):
    row = requests.decline(request=asked(small), reason="Không", revision=1, by=small.who("snv.thamdinh"))
    with pytest.raises(DatabaseError), transaction.atomic():
        DutyRequest.objects.filter(pk=row.pk).update(state="open", decided_by=None, decided_at=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        DutyRequest.objects.filter(pk=row.pk).update(decision_reason="Khác")


def test_a_duty_ends_once(small):
    row = requests.refuse(
        assignment=small.assignment("1", "STP"), reason="x", legal_ground="y", by=small.officer("STP")
    )
    requests.grant(request=row, to=small.agencies["SYT"], revision=1, by=small.who("snv.thamdinh"))
    for change in ({"valid_to": None, "ended_at": None}, {"valid_to": date(2021, 12, 31)}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Assignment.objects.filter(pk=row.assignment_id).update(**change)


def test_a_file_that_is_refused_leaves_no_request(small):
    with pytest.raises(PortalError):
        requests.ask_extension(
            assignment=small.assignment("1", "STP"),
            new_due_on=date(2022, 1, 31),
            reason="x",
            upload=pdf_upload("de-nghi.exe"),
            by=small.officer("STP"),
        )
    assert not DutyRequest.objects.exists()

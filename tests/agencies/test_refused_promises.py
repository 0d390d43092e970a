"""An attempt against a promise of the database fails and is logged: table, statement, person, request."""

import logging

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client, RequestFactory

from agencies import constraints, tracing
from agencies.models import Event
from agencies.models.user import User
from parportal.middleware import RequestIdMiddleware


def told(caplog) -> list[dict]:
    return [
        record.msg
        for record in caplog.records
        if isinstance(record.msg, dict) and record.msg["event"] == "promise_refused"
    ]


@pytest.mark.parametrize(
    ("sql", "statement"),
    [
        ("UPDATE agencies_event SET reason = 'sửa'", "UPDATE"),
        ("DELETE FROM agencies_event", "DELETE"),
        ('update "agencies_event" set "reason" = \'sửa\'', "UPDATE"),
    ],
)
def test_a_log_entry_cannot_be_edited_and_the_attempt_is_logged(small, caplog, sql, statement):
    caplog.set_level(logging.WARNING, "agencies.constraints")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    (line,) = told(caplog)
    assert (line["table"], line["statement"]) == ("agencies_event", statement)
    assert line["promise"] == "rows of agencies_event are never changed"
    assert line["level"] == "warning"


def test_the_attempt_of_a_person_is_logged_with_name_and_request(small, caplog):
    """As in a view that somebody with the administration's rights managed to reach: the ORM is refused too."""
    caplog.set_level(logging.WARNING, "agencies.constraints")

    def tamper(request):
        request.user = small.who("quantri")
        with pytest.raises(IntegrityError), transaction.atomic():
            Event.objects.filter(province=small.province).update(reason="sửa")
        from django.http import HttpResponse

        return HttpResponse()

    request = RequestFactory().get("/", headers={"X-Request-ID": "yeu-cau-12345"})
    RequestIdMiddleware(tamper)(request)
    (line,) = told(caplog)
    assert (line["person"], line["request"]) == ("quantri", "yeu-cau-12345")
    assert tracing.person.get()() == ""


def test_other_refusals_of_the_database_are_not_taken_for_promises(small, caplog):
    caplog.set_level(logging.WARNING, "agencies.constraints")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="stp.canbo", full_name="trùng")
    assert told(caplog) == []


def test_a_connection_is_watched_once():
    constraints.watch(connection)
    constraints.watch(connection)
    assert connection.execute_wrappers.count(constraints.note_refusals) == 1


def test_a_person_who_is_not_known_yet_is_not_asked_for(small, django_assert_num_queries):
    """In a broken transaction nobody can be looked up: the log line then has no name, and no second error."""
    client = Client()
    client.force_login(small.who("quantri"))
    request = RequestFactory().get("/")
    request.session = client.session
    from django.contrib.auth.middleware import AuthenticationMiddleware

    seen = []

    def view(request):
        with django_assert_num_queries(0):
            seen.append(tracing.person.get()())
        assert request.user.is_authenticated
        seen.append(tracing.person.get()())
        from django.http import HttpResponse

        return HttpResponse()

    RequestIdMiddleware(AuthenticationMiddleware(view))(request)
    assert seen == ["", "quantri"]

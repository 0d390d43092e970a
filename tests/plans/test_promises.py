"""What the database refuses even to raw SQL, on both databases."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from agencies import constraints
from agencies.apps import install_triggers, lift_triggers
from agencies.models import Event
from plans.actions import progress
from tests.conftest import pdf_upload


def refused(sql, *values):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.fixture
def accepted(small):
    sent = progress.submit(
        progress=small.begin(),
        content=progress.Content(result="Xong"),
        uploads=[pdf_upload()],
        revision=None,
        by=small.officer("STP"),
    )
    return progress.accept(progress=sent, revision=None, by=small.who("snv.thamdinh"))


def test_every_promised_trigger_is_there(db):
    assert constraints.missing(connection) == []


def test_the_check_counts_a_missing_trigger(db):
    from parportal.checks import promises_are_kept

    assert promises_are_kept(None, ["default"]) == []
    on = "" if connection.vendor == "sqlite" else " ON agencies_event"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER agencies_event_no_update{on}")
    assert "agencies_event_no_update" in promises_are_kept(None, ["default"])[0].msg


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE plans_progressversion SET result = 'khác' WHERE id = %s",
        "UPDATE plans_progressversion SET done_on = '2021-01-01' WHERE id = %s",
        "UPDATE plans_progressversion SET submitted_at = NULL, submitted_by_id = NULL WHERE id = %s",
        "DELETE FROM plans_progressversion WHERE id = %s",
    ],
)
def test_a_submitted_version_stays(accepted, sql):
    refused(sql, accepted.accepted_id)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE plans_progress SET state = 'draft' WHERE id = %s",
        "UPDATE plans_progress SET state = 'submitted' WHERE id = %s",
        "UPDATE plans_progress SET accepted_id = NULL WHERE id = %s",
        "UPDATE plans_progress SET revision = 99 WHERE id = %s",
        "UPDATE plans_progress SET first_submitted_at = '2021-01-01' WHERE id = %s",
        "DELETE FROM plans_progress WHERE id = %s",
    ],
)
def test_an_accepted_report_stays(accepted, sql):
    refused(sql, accepted.pk)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE plans_decision SET verb = 'return', reason = 'x', reason_code = 'other' WHERE version_id = %s",
        "DELETE FROM plans_decision WHERE version_id = %s",
        "UPDATE plans_evidencelink SET verdict = 'unreadable' WHERE version_id = %s",
        "DELETE FROM plans_evidencelink WHERE version_id = %s",
    ],
)
def test_decisions_and_evidence_stay(accepted, sql):
    refused(sql, accepted.accepted_id)


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT OR REPLACE INTO plans_progressversion (id, progress_id, number, result, obstacles, proposals,"
        " explanation, correction_reason, created_by_id, created_at) SELECT id, progress_id, number, 'khác', '', '',"
        " '', '', created_by_id, created_at FROM plans_progressversion",
        "INSERT OR REPLACE INTO agencies_event SELECT * FROM agencies_event",
        "INSERT OR REPLACE INTO agencies_blob SELECT * FROM agencies_blob",
        "INSERT OR REPLACE INTO plans_decision SELECT * FROM plans_decision",
        "INSERT OR REPLACE INTO plans_evidencelink SELECT * FROM plans_evidencelink",
        "INSERT OR REPLACE INTO plans_progress SELECT * FROM plans_progress",
    ],
)
def test_sqlite_does_not_replace_what_is_kept(accepted, sql):
    if connection.vendor == "postgresql":
        sql = sql.replace("INSERT OR REPLACE", "INSERT")
    refused(sql)


@pytest.mark.parametrize("table", ["plans_evidencelink", "plans_progressversion", "agencies_document"])
def test_evidence_cannot_be_emptied_at_once(accepted, table):
    if connection.vendor == "postgresql":
        refused(f"SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE {table} CASCADE")
    assert accepted.accepted.evidence.exists()


def test_no_evidence_is_added_to_what_was_submitted(accepted):
    refused(
        "INSERT INTO plans_evidencelink (version_id, document_id, verdict, added_by_id, added_at)"
        " SELECT version_id, document_id + 0, 'pending', added_by_id, added_at FROM plans_evidencelink"
    )


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE agencies_document SET number = 'khác'",
        "DELETE FROM agencies_document",
        "UPDATE agencies_event SET reason = 'khác'",
        "DELETE FROM agencies_event",
        "UPDATE agencies_blob SET sha256 = 'x'",
        "DELETE FROM agencies_blob",
    ],
)
def test_the_trail_and_the_files_stay(accepted, sql):
    refused(sql)


def test_the_trail_cannot_be_emptied_at_once(accepted):
    if connection.vendor == "postgresql":
        refused("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE agencies_event CASCADE")
    assert Event.objects.exists()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE plans_taskversion SET title = 'khác'",
        "DELETE FROM plans_taskversion",
        "UPDATE plans_taskversion SET deadline_to = '2022-12-31' WHERE deadline_kind = 'year'",
        "UPDATE plans_targetversion SET value = 99",
        "DELETE FROM plans_taskparty",
    ],
)
def test_an_issued_plan_says_what_it_said(accepted, sql):
    refused(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO plans_progress (province_id, assignment_id, period_id, state, revision, created_by_id, created_at)"
        " SELECT province_id, assignment_id, period_id, 'draft', 1, created_by_id, created_at FROM plans_progress",
        "UPDATE plans_reportingperiod SET cut_off = '2000-01-01'",
        "UPDATE plans_assignment SET state = 'done', done_on = NULL",
    ],
)
def test_constraints_hold(accepted, sql):
    refused(sql)


def test_a_changed_event_breaks_the_chain(accepted, small):
    from agencies.actions.trail import broken_links

    call_command("verify_trail", stdout=StringIO())
    constraints.remove(connection)
    Event.objects.filter(province=small.province, sequence=2).update(reason="sửa tay")
    assert 2 in broken_links(small.province)
    out = StringIO()
    with pytest.raises(CommandError, match="1 điểm không khớp"):
        call_command("verify_trail", stdout=out)
    assert f"{small.province}: sự kiện số 2 " in out.getvalue()
    constraints.install(connection, "agencies")
    constraints.install(connection, "plans")


def test_triggers_are_lifted_for_an_upgrade_of_sqlite_alone_and_put_back(db):
    """SQLite cannot rebuild a table while a trigger of an earlier version names one that is away for that moment."""
    sender = apps.get_app_config("agencies")
    with transaction.atomic():
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                # One that an earlier version had and this one does not know.
                cursor.execute(
                    "CREATE TRIGGER plans_of_old BEFORE DELETE ON plans_decision "
                    "WHEN EXISTS (SELECT 1 FROM plans_progress) BEGIN SELECT RAISE(ABORT, 'x'); END"
                )
        lift_triggers(sender, "default", plan=[])
        assert constraints.missing(connection) == []
        lift_triggers(sender, "default", plan=["a migration"])
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'")
                assert cursor.fetchone() == (0,)
        else:
            assert constraints.missing(connection) == []
        for label in constraints.PROMISES:
            install_triggers(apps.get_app_config(label), "default")
        assert constraints.missing(connection) == []

"""Promises the database keeps by trigger, on PostgreSQL and SQLite alike.

A trigger refuses an UPDATE or DELETE for which its condition holds. Conditions are written in the SQL both
databases share (OLD and NEW rows, EXISTS). Migrations on SQLite rebuild tables and lose their triggers, so they
are installed again after every migrate; ``manage.py check --database default`` counts them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import IntegrityError
from django.db.backends.base.base import BaseDatabaseWrapper

from agencies import tracing

log = structlog.get_logger(__name__)
# Every promise's message begins so; nothing else the database says does.
MARK = "parportal: "
_STATEMENT = re.compile(
    r"\s*(?P<kind>INSERT|UPDATE|DELETE|TRUNCATE|REPLACE)\b(?:\s+(?:OR\s+\w+|INTO|FROM|TABLE|ONLY)\b)*"
    r"\s+[\"`]?(?P<table>\w+)",
    re.IGNORECASE,
)

# SQLSTATE 23514 (check_violation) makes Django raise IntegrityError, as SQLite's RAISE(ABORT) does.


@dataclass(frozen=True)
class Trigger:
    """Refuse ``event`` (INSERT, UPDATE or DELETE) on ``table`` when ``condition`` holds for the row."""

    name: str
    table: str
    event: str
    condition: str
    message: str

    def sql(self, vendor: str) -> list[str]:
        """Return the statements that (re)create the trigger on a database vendor."""
        if vendor == "sqlite":
            return [
                f"DROP TRIGGER IF EXISTS {self.name}",
                f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} FOR EACH ROW "
                f"WHEN {self.condition} BEGIN SELECT RAISE(ABORT, '{self.message}'); END",
            ]
        row = "OLD" if self.event == "DELETE" else "NEW"
        return [
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN "
            f"IF {self.condition} THEN RAISE EXCEPTION '{self.message}' USING ERRCODE = '23514'; END IF; "
            f"RETURN {row}; END $body$",
            f"DROP TRIGGER IF EXISTS {self.name} ON {self.table}",
            f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} "
            f"FOR EACH ROW EXECUTE FUNCTION {self.name}()",
        ]


@dataclass(frozen=True)
class NoReplace:
    """Refuse SQLite's INSERT OR REPLACE of a kept row, which fires no DELETE trigger.

    ``same`` says when an existing row ``o`` would give way to the NEW one (PostgreSQL refuses by itself).
    """

    name: str
    table: str
    same: str
    condition: str
    message: str

    def sql(self, vendor: str) -> list[str]:
        """Return the statements that (re)create the trigger on a database vendor."""
        if vendor != "sqlite":
            return []
        return [
            f"DROP TRIGGER IF EXISTS {self.name}",
            f"CREATE TRIGGER {self.name} BEFORE INSERT ON {self.table} FOR EACH ROW "
            f"WHEN EXISTS (SELECT 1 FROM {self.table} o WHERE ({self.same}) AND ({self.condition})) "
            f"BEGIN SELECT RAISE(ABORT, '{self.message}'); END",
        ]


@dataclass(frozen=True)
class NoTruncate:
    """Refuse TRUNCATE of a table (PostgreSQL; SQLite has no TRUNCATE)."""

    name: str
    table: str
    message: str

    def sql(self, vendor: str) -> list[str]:
        """Return the statements that (re)create the trigger on a database vendor."""
        if vendor == "sqlite":
            return []
        return [
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN "
            f"RAISE EXCEPTION '{self.message}' USING ERRCODE = '23514'; END $body$",
            f"DROP TRIGGER IF EXISTS {self.name} ON {self.table}",
            f"CREATE TRIGGER {self.name} BEFORE TRUNCATE ON {self.table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {self.name}()",
        ]


Promise = Trigger | NoReplace | NoTruncate


def append_only(table: str, same: str) -> tuple[Promise, ...]:
    """Return the promises of a table whose rows are written once and stay (``same``: see ``NoReplace``)."""
    message = f"parportal: rows of {table} are never changed"
    return (
        Trigger(f"{table}_no_update", table, "UPDATE", "1 = 1", message),
        Trigger(f"{table}_no_delete", table, "DELETE", "1 = 1", message),
        NoReplace(f"{table}_no_replace", table, same, "1 = 1", message),
        NoTruncate(f"{table}_no_truncate", table, message),
    )


def changes(*columns: str) -> str:
    """Return the condition that an UPDATE gives one of these columns (never null) another value."""
    return "(" + " OR ".join(f"NEW.{column} <> OLD.{column}" for column in columns) + ")"


_NOTICE = "agencies_notice"
_MAIL = "agencies_mail"

# What was told stays as it was told; a notice moves into a later letter only when no server took the earlier one.
_NOTICES: tuple[Promise, ...] = (
    Trigger(
        f"{_NOTICE}_frozen",
        _NOTICE,
        "UPDATE",
        changes(
            "id", "province_id", "person_id", "channel", "event", '"window"', "subject", "body", "link", "created_at"
        )
        + " OR (OLD.read_at IS NOT NULL AND (NEW.read_at IS NULL OR NEW.read_at <> OLD.read_at))"
        " OR (OLD.mail_id IS NOT NULL AND (NEW.mail_id IS NULL OR NEW.mail_id <> OLD.mail_id)"
        f" AND NOT EXISTS (SELECT 1 FROM {_MAIL} m WHERE m.id = OLD.mail_id AND m.state = 'failed'))",
        "parportal: a notice keeps its text, its reading and its letter",
    ),
    Trigger(f"{_NOTICE}_kept", _NOTICE, "DELETE", "1 = 1", "parportal: notices are never deleted"),
    NoReplace(
        f"{_NOTICE}_no_replace",
        _NOTICE,
        "o.id = NEW.id OR (o.event = NEW.event AND o.person_id = NEW.person_id AND o.channel = NEW.channel "
        'AND o."window" = NEW."window")',
        "1 = 1",
        "parportal: notices are never replaced",
    ),
    NoTruncate(f"{_NOTICE}_no_truncate", _NOTICE, "parportal: notices are never deleted"),
    # At most once: from "sending" a letter never goes back to be taken again, whatever a program does.
    Trigger(
        f"{_MAIL}_at_most_once",
        _MAIL,
        "UPDATE",
        changes("id", "province_id", "person_id", "day", "address", "subject", "body", "message_id", "created_at")
        + " OR OLD.state = 'sent'"
        " OR (OLD.state = 'pending' AND NEW.state NOT IN ('sending', 'failed'))"
        " OR (OLD.state = 'sending' AND NEW.state NOT IN ('sent', 'failed', 'uncertain'))"
        " OR (OLD.state = 'failed' AND NEW.state NOT IN ('sending', 'failed'))"
        " OR (OLD.state = 'uncertain' AND NEW.state <> 'sent')",
        "parportal: a letter keeps its text and is never sent twice",
    ),
    Trigger(f"{_MAIL}_kept", _MAIL, "DELETE", "1 = 1", "parportal: letters are never deleted"),
    NoReplace(
        f"{_MAIL}_no_replace",
        _MAIL,
        "o.id = NEW.id OR (o.person_id = NEW.person_id AND o.day = NEW.day) OR o.message_id = NEW.message_id",
        "1 = 1",
        "parportal: letters are never replaced",
    ),
    NoTruncate(f"{_MAIL}_no_truncate", _MAIL, "parportal: letters are never deleted"),
)


def _line_of_a_decided_reorganisation(table: str) -> tuple[Promise, ...]:
    condition = (
        "EXISTS (SELECT 1 FROM agencies_reorganisation r WHERE r.id = {row}.reorganisation_id "
        "AND r.state <> 'proposed')"
    )
    message = "parportal: an applied or discarded reorganisation is never changed"
    return (
        Trigger(f"{table}_no_insert", table, "INSERT", condition.format(row="NEW"), message),
        Trigger(f"{table}_no_update", table, "UPDATE", condition.format(row="OLD"), message),
        Trigger(f"{table}_no_delete", table, "DELETE", condition.format(row="OLD"), message),
        NoTruncate(f"{table}_no_truncate", table, message),
    )


_REORGANISATION = "parportal: an applied or discarded reorganisation is never changed"

PROMISES: dict[str, tuple[Promise, ...]] = {
    "agencies": (
        *_NOTICES,
        *append_only(
            "agencies_event", "o.id = NEW.id OR (o.province_id = NEW.province_id AND o.sequence = NEW.sequence)"
        ),
        *append_only("agencies_blob", "o.id = NEW.id OR o.sha256 = NEW.sha256"),
        *append_only("agencies_document", "o.id = NEW.id"),
        # What became of agencies and provinces: written once, with the decision.
        *append_only(
            "agencies_succession",
            "o.id = NEW.id OR (o.predecessor_id = NEW.predecessor_id AND o.successor_id = NEW.successor_id "
            "AND o.effective_on = NEW.effective_on)",
        ),
        *append_only("agencies_provincesuccession", "o.id = NEW.id OR o.predecessor_id = NEW.predecessor_id"),
        Trigger(
            "agencies_reorganisation_frozen",
            "agencies_reorganisation",
            "UPDATE",
            "OLD.state <> 'proposed'",
            _REORGANISATION,
        ),
        Trigger("agencies_reorganisation_kept", "agencies_reorganisation", "DELETE", "1 = 1", _REORGANISATION),
        NoReplace(
            "agencies_reorganisation_no_replace",
            "agencies_reorganisation",
            "o.id = NEW.id",
            "o.state <> 'proposed'",
            _REORGANISATION,
        ),
        NoTruncate("agencies_reorganisation_no_truncate", "agencies_reorganisation", _REORGANISATION),
        *_line_of_a_decided_reorganisation("agencies_predecessor"),
        *_line_of_a_decided_reorganisation("agencies_heir"),
    ),
}


def promise(app_label: str, promises: tuple[Promise, ...]) -> None:
    """Add an app's promises (called from its AppConfig.ready)."""
    PROMISES[app_label] = promises


def install(connection: BaseDatabaseWrapper, app_label: str) -> None:
    """Create the app's triggers whose tables exist (idempotent)."""
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for one in PROMISES.get(app_label, ()):
            if one.table in existing:
                for statement in one.sql(connection.vendor):
                    cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop every trigger: only for tests that must empty a database of their own."""
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for promises in PROMISES.values():
            for one in promises:
                if one.table not in existing or not one.sql(connection.vendor):
                    continue
                on = "" if connection.vendor == "sqlite" else f" ON {one.table}"
                cursor.execute(f"DROP TRIGGER IF EXISTS {one.name}{on}")


def lift(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers that a SQLite database has, those of an earlier version too: before its tables are rebuilt."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of promised triggers that the database does not have."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        present = {name for (name,) in cursor.fetchall()}
    return [
        one.name
        for promises in PROMISES.values()
        for one in promises
        if one.sql(connection.vendor) and one.name not in present
    ]


def note_refusals(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Run a statement; log an attempt that a promise refused: which table, what, who, in which request."""
    try:
        return execute(sql, params, many, context)
    except IntegrityError as error:
        said = str(error)
        if MARK in said:
            found = _STATEMENT.match(sql)
            log.warning(
                "promise_refused",
                promise=said[said.index(MARK) + len(MARK) :].splitlines()[0],
                table=found["table"] if found else "",
                statement=found["kind"].upper() if found else "",
                person=tracing.person.get()(),
                request=tracing.request_id.get(),
            )
        raise


def watch(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Put ``note_refusals`` on a connection that was opened (once; a wrapper may connect again)."""
    if note_refusals not in connection.execute_wrappers:
        connection.execute_wrappers.append(note_refusals)

"""Promises the database keeps by trigger, on PostgreSQL and SQLite alike.

A trigger refuses an UPDATE or DELETE for which its condition holds. Conditions are written in the SQL both
databases share (OLD and NEW rows, EXISTS). Migrations on SQLite rebuild tables and lose their triggers, so they
are installed again after every migrate; ``manage.py check --database default`` counts them.
"""

from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

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

"""The demonstration in a database of its own: loaded once a run, then copied for each process of the tests.

Loading it takes as long as a hundred small tests. The copy begins as the test database that pytest-django made
(tables, triggers), on SQLite and on PostgreSQL alike.
"""

import fcntl
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

ALIAS = "default"


@dataclass(frozen=True)
class Demonstration:
    """A database of this process with the demonstration in it (``name``: a path on SQLite), and its stored files."""

    name: str
    files: Path
    loaded: dict[str, int]


@contextmanager
def connected(name: str) -> Iterator[BaseDatabaseWrapper]:
    """Let everything in this process use another database for a while."""
    usual = connections[ALIAS]
    other = connections.create_connection(ALIAS)
    # Pools are kept by alias: the usual one holds connections to the usual database.
    options = {key: value for key, value in usual.settings_dict["OPTIONS"].items() if key != "pool"}
    other.settings_dict = {**usual.settings_dict, "NAME": name, "OPTIONS": options}
    connections[ALIAS] = other
    try:
        yield other
    finally:
        connections[ALIAS] = usual
        other.close()


@contextmanager
def stored_in(files: Path) -> Iterator[None]:
    """Let the portal keep its files in a directory."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(default_storage, "_wrapped", FileSystemStorage(location=files, base_url=None))
        yield


def prepare(shared: Path, worker: str, load: Callable[[], dict[str, int]]) -> Demonstration:
    """Return the demonstration of this process (``worker``); the first of a run loads it, the others wait for it."""
    place, files = shared / "demonstration.json", shared / "demonstration-files"
    with (shared / "demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            template = _copied(None, shared, "demonstration")
            files.mkdir()
            with connected(template), stored_in(files):
                loaded = load()
            place.write_text(json.dumps({"template": template, "loaded": loaded}))
        made = json.loads(place.read_text())
        name = _copied(made["template"], shared, f"demonstration_{worker}")
    return Demonstration(name, files, made["loaded"])


def discard(name: str) -> None:
    """Remove the database of this process."""
    usual = connections[ALIAS]
    if usual.vendor == "sqlite":
        Path(name).unlink()
    else:
        _on_server(usual, f"DROP DATABASE IF EXISTS {usual.ops.quote_name(name)} WITH (FORCE)")


def _copied(template: str | None, shared: Path, name: str) -> str:
    """Copy a database (None: the test database of this process) and return the copy's name."""
    usual: Any = connections[ALIAS]
    if usual.vendor == "sqlite":
        copy = str(shared / f"{name}.sqlite3")
        if template is not None:
            return shutil.copyfile(template, copy)
        with connected(copy) as other:
            other.ensure_connection()
            usual.ensure_connection()
            usual.connection.backup(other.connection)
        return copy
    source = usual.settings_dict["NAME"]
    # Its name begins with that of the test database: `tests/run.py` removes all of those.
    copy = f"{source.partition('_gw')[0]}_{name}"
    usual.close()
    usual.close_pool()
    discard(copy)
    quote = usual.ops.quote_name
    _on_server(usual, f"CREATE DATABASE {quote(copy)} TEMPLATE {quote(template or source)}")
    return copy


def _on_server(usual: Any, statement: str) -> None:
    with usual._nodb_cursor() as cursor:
        cursor.execute(statement)


@contextmanager
def played(demonstration: Demonstration, files: Path) -> Iterator[None]:
    """Use the demonstration's database and a copy of its files."""
    shutil.copytree(demonstration.files, files, dirs_exist_ok=True)
    with connected(demonstration.name), stored_in(files):
        yield

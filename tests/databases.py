"""Databases in which something stands already: filled once a run, then copied for each process of the tests.

The demonstration takes as long to load as a hundred small tests, the small province as long as what most tests do with
it. A copy begins as the test database that pytest-django made (tables, triggers), on SQLite and on PostgreSQL alike.
"""

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connections

ALIAS = "default"
# Wrappers of this process by database: one in memory lives as long as its connection.
_wrappers: dict[str, Any] = {}


@dataclass(frozen=True)
class Filled:
    """A database of this process (``name``), the files that belong to it, and what filling it said."""

    name: str
    files: Path
    said: Any


@contextmanager
def connected(name: str) -> Iterator[Any]:
    """Let everything in this process use another database for a while."""
    usual: Any = connections[ALIAS]
    if name not in _wrappers:
        other = connections.create_connection(ALIAS)
        # Pools are kept by alias: the usual one holds connections to the usual database.
        options = {key: value for key, value in usual.settings_dict["OPTIONS"].items() if key != "pool"}
        other.settings_dict = {**usual.settings_dict, "NAME": name, "OPTIONS": options}
        _wrappers[name] = other
    connections[ALIAS] = _wrappers[name]
    try:
        yield _wrappers[name]
    finally:
        connections[ALIAS] = usual


@contextmanager
def stored_in(files: Path) -> Iterator[None]:
    """Let the portal keep its files in a directory."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(default_storage, "_wrapped", FileSystemStorage(location=files, base_url=None))
        yield


def prepare(shared: Path, worker: str, what: str, fill: Callable[[], Any]) -> Filled:
    """Return a filled database of this process (``worker``); the first of a run fills it, the others wait for that."""
    place, files = shared / f"{what}.json", shared / f"{what}-files"
    with (shared / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            template = _copied(connections[ALIAS].settings_dict["NAME"], shared, what)
            files.mkdir()
            with connected(template), stored_in(files):
                said = fill()
            _wrappers.pop(template).close()
            place.write_text(json.dumps({"template": template, "said": said}))
        made = json.loads(place.read_text())
        name = _copied(made["template"], shared, f"{what}_{worker}", in_memory=True)
    return Filled(name, files, made["said"])


def discard(name: str) -> None:
    """Give up the database of this process."""
    usual: Any = connections[ALIAS]
    if name in _wrappers:
        _wrappers.pop(name).close()
    if usual.vendor == "postgresql":
        _on_server(usual, f"DROP DATABASE IF EXISTS {usual.ops.quote_name(name)} WITH (FORCE)")


def _copied(source: str, shared: Path, name: str, *, in_memory: bool = False) -> str:
    """Copy a database and return the copy's name (on SQLite an address in memory, or a path)."""
    usual: Any = connections[ALIAS]
    if usual.vendor == "sqlite":
        copy = f"file:{name}?mode=memory&cache=shared" if in_memory else str(shared / f"{name}.sqlite3")
        with connected(copy) as to:
            to.ensure_connection()
            if source == usual.settings_dict["NAME"]:
                usual.ensure_connection()
                usual.connection.backup(to.connection)
            else:
                with connected(source) as of:
                    of.ensure_connection()
                    of.connection.backup(to.connection)
                _wrappers.pop(source).close()
        return copy
    # Its name begins with that of the test database: `tests/run.py` removes all of those.
    copy = f"{usual.settings_dict['NAME'].partition('_gw')[0]}_{name}"
    usual.close()
    usual.close_pool()
    discard(copy)
    quote = usual.ops.quote_name
    _on_server(usual, f"CREATE DATABASE {quote(copy)} TEMPLATE {quote(source)}")
    return copy


def _on_server(usual: Any, statement: str) -> None:
    with usual._nodb_cursor() as cursor:
        cursor.execute(statement)

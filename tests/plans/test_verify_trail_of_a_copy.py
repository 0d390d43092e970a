"""``verify_trail`` as an operator runs it: on a copy of an installation's database and files (SQLite)."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def manage(var: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py on an embedded installation of its own."""
    unwanted = ("DATABASE_URL", "REDIS_URL", "MEDIA_ROOT", "PORTAL_CLOCK", "PORTAL_DEMO")
    environment = {key: value for key, value in os.environ.items() if key not in unwanted}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**environment, "PORTAL_VAR": str(var)},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration as `make demo` leaves it, with both journals written into the database file."""
    var = tmp_path_factory.mktemp("original")
    for arguments in (("migrate", "--verbosity", "0"), ("seed_demo",)):
        done = manage(var, *arguments)
        assert done.returncode == 0, done.stderr
    with sqlite3.connect(var / "db.sqlite3") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return var


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Path:
    """A copy of the installation."""
    var = tmp_path / "copy"
    shutil.copytree(original, var)
    return var


def run(var: Path, statement: str) -> None:
    """Change the copy's database by hand: its triggers are dropped first."""
    database = sqlite3.connect(var / "db.sqlite3")
    with database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        assert database.execute(statement).rowcount == 1
    database.close()


def flip(var: Path) -> None:
    """Change one byte of one stored file."""
    path = sorted(path for path in (var / "files").rglob("*") if path.is_file())[7]
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)


def test_the_demonstration_holds(copy: Path):
    done = manage(copy, "verify_trail")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "Nguyên vẹn" in done.stdout


TAMPERINGS: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "one changed byte in a stored file": (flip, "file_changed", "nội dung đã bị sửa"),
    "one edited row": (
        lambda var: run(var, "UPDATE plans_progressversion SET result = 'khác' WHERE id = 5"),
        "row_changed",
        "plans.progressversion:5",
    ),
    "one removed event": (
        lambda var: run(var, "DELETE FROM agencies_event WHERE id = (SELECT max(id) - 50 FROM agencies_event)"),
        "event_removed",
        "đã bị xóa khỏi dấu vết",
    ),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_what_was_tampered_with_is_found_and_named(copy: Path, what: str):
    tamper, code, words = TAMPERINGS[what]
    tamper(copy)
    done = manage(copy, "verify_trail")
    assert done.returncode == 1
    assert words in done.stdout
    assert "Có 1 điểm không khớp" in done.stderr
    said = json.loads(manage(copy, "verify_trail", "--json").stdout)
    assert [one["code"] for one in said["findings"]] == [code]

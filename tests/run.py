"""Runs every check of the project and counts what passed and failed.

    .venv/bin/python tests/run.py                    everything but `deep` and `bench`
    .venv/bin/python tests/run.py lint sqlite        only these stages or groups (--list names them)

All stages run, also after one has failed. A check that is not pytest counts as one; pytest counts its tests.
The last line is always `N passed, N failed` (with `, N skipped` when something was skipped) and the exit
status is 1 when anything failed. PostgreSQL and Redis are taken from DATABASE_URL and REDIS_URL, else looked
for on 127.0.0.1; with REQUIRE_SERVICES=1 their absence is a failure.
"""

import argparse
import contextlib
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
APPS = ["agencies", "indicators", "plans", "reports", "parportal"]
# The longest any one command may take before it counts as failed.
COMMAND_SECONDS = 900
PYTEST_SECONDS = 5400
# Whatever the caller's shell says about a running portal must not reach the tests.
SETTINGS_NAMES = re.findall(
    r"^#? ?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE
)
PLAIN = "not journey and not services and not deep"
STORIES = ("tests/journeys/test_stories_agency.py", "tests/journeys/test_stories_office.py")
# Thousands of requests: on SQLite each time, on PostgreSQL with the long tests.
MATRIX = "tests/architecture/test_permission_matrix.py"
# As many processes as cores; a file stays in one process, so that what it loads for itself is loaded once.
SPREAD = ["--numprocesses", str(min(os.cpu_count() or 1, 4)), "--dist", "loadfile"]


@dataclass
class Counts:
    """What one stage found."""

    passed: int = 0
    failed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)  # by reason
    remarks: list[str] = field(default_factory=list)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.remarks + other.remarks,
        )

    def __str__(self) -> str:
        skipped = self.skipped.total()
        return f"{self.passed} passed, {self.failed} failed" + (f", {skipped} skipped" if skipped else "")


PASSED = Counts(passed=1)
FAILED = Counts(failed=1)


def say(line: str = "") -> None:
    """Print now, so that lines of children stay in their place."""
    print(line, flush=True)


class Run:
    """What the stages share: a scratch directory, an environment, the services once they were looked for."""

    def __init__(self, scratch: Path, output: IO[bytes] | None = None) -> None:
        self.scratch = scratch
        self.output = output
        self.services: Services | None = None

    def apart(self, output: IO[bytes]) -> "Run":
        """Return the same run for a stage beside others: what its programs print goes into a file."""
        other = Run(self.scratch, output)
        other.services = self.services
        return other

    def environment(self, **extra: str) -> dict[str, str]:
        """The caller's environment without any portal setting, then a safe minimum, then `extra`."""
        environment = {name: value for name, value in os.environ.items() if name not in SETTINGS_NAMES}
        environment.update(
            PATH=f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
            DJANGO_SETTINGS_MODULE="parportal.settings",
            PORTAL_VAR=tempfile.mkdtemp(prefix="var-", dir=self.scratch),
            SECRET_KEY="only-for-tests-" + "x" * 50,
            PYTHONUNBUFFERED="1",
        )
        environment.update(extra)
        return environment

    def command(self, *arguments: str, seconds: float = COMMAND_SECONDS, **extra: str) -> int:
        """Run a program of .venv (or this Python for `manage.py` and `-m`) and give its exit status."""
        first = arguments[0]
        program = [sys.executable, first] if first.startswith(("manage.py", "-")) else [str(BIN / first)]
        try:
            return subprocess.run(
                [*program, *arguments[1:]],
                cwd=ROOT,
                env=self.environment(**extra),
                stdin=subprocess.DEVNULL,
                stdout=self.output,
                stderr=subprocess.STDOUT if self.output else None,
                timeout=seconds,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            say(f"{first} was stopped after {seconds:.0f} s")
            return -1
        except OSError as error:
            say(f"{first} cannot be run: {error}")
            return -1

    def check(self, *arguments: str, **extra: str) -> Counts:
        """One program, one check."""
        return PASSED if self.command(*arguments, **extra) == 0 else FAILED

    def pytest(self, *arguments: str, **extra: str) -> Counts:
        """One run of pytest, with its own counts."""
        result = Path(tempfile.mkdtemp(prefix="pytest-", dir=self.scratch)) / "result.xml"
        code = self.command("-m", "pytest", f"--junitxml={result}", *arguments, seconds=PYTEST_SECONDS, **extra)
        return counted(result, code)

    def with_services(self, part: str, stage: Callable[["Services"], Counts]) -> Counts:
        """Run a stage that needs PostgreSQL and Redis; where they are not, say so loudly."""
        if self.services is None:
            self.services = find_services()
        if not self.services.missing:
            return stage(self.services)
        reason = f"{part} did NOT run: {self.services.missing}"
        say(f"\n{'!' * 100}\n!!! {reason}\n{'!' * 100}")
        if os.environ.get("REQUIRE_SERVICES") == "1":
            return Counts(failed=1, remarks=[f"{reason} (REQUIRE_SERVICES=1)"])
        return Counts(skipped=Counter({reason: 1}))


def counted(result: Path, code: int) -> Counts:
    """Read pytest's result file. A run that broke, or that found no test, is one failure more."""
    counts = Counts()
    if result.exists():
        for case in ElementTree.parse(result).getroot().iter("testcase"):
            skips = case.findall("skipped")
            if case.find("failure") is not None or case.find("error") is not None:
                counts.failed += 1
            elif skips:
                counts.skipped[skips[0].get("message") or "no reason given"] += 1
            else:
                counts.passed += 1
    if code == 5:
        counts.failed += 1
        counts.remarks.append("pytest found no test")
    elif code != 0 and (code != 1 or not counts.failed):
        counts.failed += 1
        counts.remarks.append(f"pytest broke off with status {code}")
    return counts


# --- services -------------------------------------------------------------------------------------


@dataclass
class Services:
    """A database and a Redis number of this run's own; `missing` says what is not there."""

    database_url: str = ""
    redis_url: str = ""
    missing: str = ""
    server_url: str = ""

    def environment(self) -> dict[str, str]:
        return {"TEST_DATABASE": "postgres", "DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


def find_services() -> Services:
    """Make a database of our own on the PostgreSQL that is there and take an empty Redis number."""
    services = Services()
    problems = []
    try:
        make_database(services)
    except Exception as error:  # whatever is wrong there, the answer is "not available, because"
        problems.append(f"no PostgreSQL at {without_password(services.server_url)} ({one_line(error)})")
    try:
        claim_redis(services)
    except Exception as error:
        problems.append(f"no Redis ({one_line(error)})")
    services.missing = "; ".join(problems)
    return services


def make_database(services: Services) -> None:
    import psycopg
    from psycopg import sql

    given = os.environ.get("DATABASE_URL", "")
    base = given if given.startswith("postgres") else "postgresql://postgres@127.0.0.1:5432/postgres"
    services.server_url = urlunsplit(urlsplit(base)._replace(scheme="postgresql", query=""))
    name = f"parportal_test_{os.getpid()}"
    with psycopg.connect(services.server_url, autocommit=True, connect_timeout=5) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    services.database_url = urlunsplit(urlsplit(services.server_url)._replace(path=f"/{name}"))


def claim_redis(services: Services) -> None:
    import redis

    base = urlsplit(os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379")
    for number in range(15, 0, -1):
        url = urlunsplit(base._replace(path=f"/{number}"))
        with redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as client:
            # Never someone else's data: only an empty number, marked before use.
            if client.dbsize() == 0 and client.set("parportal-tests", os.getpid(), nx=True, ex=4 * 3600):
                services.redis_url = url
                return
    raise RuntimeError("no empty database among 1 to 15")


def release_services(services: Services) -> None:
    """Remove what find_services made, and the copy that pytest-django made of it."""
    import psycopg
    import redis
    from psycopg import sql

    if services.database_url:
        name = urlsplit(services.database_url).path.lstrip("/")
        with psycopg.connect(services.server_url, autocommit=True, connect_timeout=5) as connection:
            ours = connection.execute(
                "SELECT datname FROM pg_database WHERE datname = %s OR starts_with(datname, %s)", (name, f"test_{name}")
            ).fetchall()
            for (database,) in ours:
                statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                connection.execute(statement.format(sql.Identifier(database)))
    if services.redis_url:
        with redis.Redis.from_url(services.redis_url, socket_connect_timeout=5) as client:
            client.flushdb()


def without_password(url: str) -> str:
    return re.sub(r"(//[^:/@]*):[^@]*@", r"\1:…@", url)


def one_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"


# --- locks ----------------------------------------------------------------------------------------


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lock: str) -> set[str]:
    """The `name==version ; marker` parts of a lock file."""
    lines = re.findall(r"^([A-Za-z0-9][^\n\\]*?)\s*\\?$", lock, re.MULTILINE)
    return {line.strip() for line in lines}


def lock_faults(lock_path: Path, requirements: list[str]) -> Iterator[str]:
    """What is wrong with one lock file, found without the network."""
    from packaging.requirements import Requirement

    text = lock_path.read_text(encoding="utf-8")
    for address in re.findall(r"^.*?://.*$", text, re.MULTILINE):
        yield f"holds an address: {address.strip()}"
    for line in re.findall(r"^-.*$", text, re.MULTILINE):
        yield f"holds an option: {line}"
    locked: dict[str, list[str]] = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"\A(#.*\n)+", "", text)):
        requirement = Requirement(block.split("\\")[0].strip().splitlines()[0])
        versions = [item.version for item in requirement.specifier if item.operator == "=="]
        if len(versions) != 1 or len(requirement.specifier) != 1:
            yield f"{requirement.name} is not pinned to one version"
        if "--hash=sha256:" not in block:
            yield f"{requirement.name} has no hash"
        locked.setdefault(normal(requirement.name), []).extend(versions)
    for wish in map(Requirement, requirements):
        versions = locked.get(normal(wish.name), [])
        if not versions:
            yield f"{wish.name} is missing"
        for version in versions:
            if not wish.specifier.contains(version, prereleases=True):
                yield f"{wish.name} is locked at {version}, pyproject.toml wants {wish.specifier}"
    direct = set(re.findall(r"([\w.\[\],-]+) \(pyproject\.toml", text)) - {"parportal", "parportal:dev"}
    if direct:
        yield f"names another project: {', '.join(sorted(direct))}"


def check_lock(run: Run) -> Counts:
    """The locks hold what pyproject.toml asks for: read first, then resolved again and compared."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = project["project"]["dependencies"]
    development = runtime + project["dependency-groups"]["dev"]
    faults = [
        f"{name}: {fault}"
        for name, wishes in (("requirements.lock", runtime), ("requirements-dev.lock", development))
        for fault in lock_faults(ROOT / name, wishes)
    ]
    texts = {name: (ROOT / name).read_text("utf-8") for name in ("requirements.lock", "requirements-dev.lock")}
    for pin in sorted(pins(texts["requirements.lock"]) - pins(texts["requirements-dev.lock"])):
        faults.append(f"requirements-dev.lock: lacks {pin} of requirements.lock")
    counts = Counts()
    if not faults:
        for name, group in (("requirements.lock", []), ("requirements-dev.lock", ["--group", "dev"])):
            fault, unreachable = resolve_again(run, name, group)
            if fault:
                faults.append(f"{name}: {fault}")
            if unreachable:
                counts.skipped[f"{name} was read but not resolved again: no package index answered"] += 1
    for fault in faults:
        say(f"  {fault}")
    if faults:
        say("  `make lock` writes the lock files again.")
    return counts + (FAILED if faults else PASSED)


def resolve_again(run: Run, name: str, group: list[str]) -> tuple[str, bool]:
    """Compare a lock with what the resolver makes of it: (what differs, no index could be reached)."""
    copy = run.scratch / name
    shutil.copy(ROOT / name, copy)
    command = [
        *(str(BIN / "uv"), "pip", "compile", "--quiet", "--universal", "--generate-hashes"),
        *("--no-emit-index-url", "--python-version", "3.11", *group, "pyproject.toml", "-o", str(copy)),
    ]
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return "", True
    if done.returncode:
        message = done.stderr.strip()
        if re.search(r"Failed to fetch|Request failed|error sending request|dns error|timed out", message):
            return "", True
        return f"cannot be resolved: {message}", False
    before, after = pins((ROOT / name).read_text(encoding="utf-8")), pins(copy.read_text(encoding="utf-8"))
    differences = [f"-{pin}" for pin in sorted(before - after)] + [f"+{pin}" for pin in sorted(after - before)]
    return (f"the resolver answers otherwise: {', '.join(differences)}" if differences else ""), False


# --- stages ---------------------------------------------------------------------------------------


def check_templates(run: Run) -> Counts:
    return run.check("djlint", "templates", "--lint", "--quiet")


def check_deploy(run: Run) -> Counts:
    """Django's own checks, with settings as an installation has them."""
    return run.check(
        *("manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        SECURE_SSL="1",
        SECRET_KEY=secrets.token_urlsafe(64),
        ALLOWED_HOSTS="portal.example.org",
        CSRF_TRUSTED_ORIGINS="https://portal.example.org",
        DATABASE_URL="postgres://portal:portal@127.0.0.1:5432/portal",
        REDIS_URL="redis://127.0.0.1:6379/0",
    )


def test_sqlite(run: Run) -> Counts:
    return run.pytest("-m", PLAIN, "--ignore=tests/bench", *SPREAD, TEST_DATABASE="sqlite")


def test_postgres(run: Run) -> Counts:
    part = "The tests on PostgreSQL and Redis with a real worker"
    return run.with_services(
        part,
        lambda services: run.pytest(
            *("-m", "not journey and not deep", "--ignore=tests/bench", f"--ignore={MATRIX}"),
            *SPREAD,
            **services.environment(),
        ),
    )


def journeys_sqlite(run: Run) -> Counts:
    return run.pytest("-m", "journey", **browser(), TEST_DATABASE="sqlite")


def journeys_postgres(run: Run) -> Counts:
    part = "The browser journeys on PostgreSQL and Redis"
    # The stories are walked on the embedded set-up; here the journeys that a queue and a database can change.
    stories = [f"--ignore={path}" for path in STORIES]
    return run.with_services(
        part, lambda services: run.pytest("-m", "journey", *stories, **browser(), **services.environment())
    )


def browser() -> dict[str, str]:
    """The Chromium of this machine, and leave for Playwright's loop to use the ORM."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), "")
    return {"CHROMIUM": path, "DJANGO_ALLOW_ASYNC_UNSAFE": "1"}


def test_deep(run: Run) -> Counts:
    return run.pytest("-m", "deep", "--ignore=tests/bench", "--timeout=1800", *SPREAD, TEST_DATABASE="sqlite")


def test_deep_postgres(run: Run) -> Counts:
    return run.with_services(
        "The long tests on PostgreSQL and Redis",
        lambda services: (
            run.pytest(*("-m", "deep", "--ignore=tests/bench", "--timeout=1800"), *SPREAD, **services.environment())
            + run.pytest(MATRIX, *SPREAD, **services.environment())
        ),
    )


def bench(run: Run) -> Counts:
    return run.pytest(*("tests/bench", "-s", "-p", "no:randomly", "--timeout=1800"), TEST_DATABASE="sqlite")


@dataclass(frozen=True)
class Stage:
    name: str
    title: str
    group: str
    run: Callable[[Run], Counts]
    by_default: bool = True
    # Stages in a row that wait for a browser more than they compute run beside each other.
    beside: bool = False


STAGES = [
    Stage("ruff", "Style (ruff check)", "lint", lambda run: run.check("ruff", "check", ".")),
    Stage("format", "Layout (ruff format)", "lint", lambda run: run.check("ruff", "format", "--check", ".")),
    Stage("imports", "Imports between apps (import-linter)", "lint", lambda run: run.check("lint-imports")),
    Stage("types", "Types (mypy)", "lint", lambda run: run.check("mypy", *APPS)),
    Stage("templates", "Templates (djlint)", "lint", check_templates),
    Stage("deps", "Dependencies in use (deptry)", "lint", lambda run: run.check("deptry", ".")),
    Stage("lock", "Lock files", "checks", check_lock),
    Stage("deploy", "Settings of an installation (check --deploy)", "checks", check_deploy),
    Stage(
        *("migrations", "Models and migrations agree", "checks"),
        lambda run: run.check("manage.py", "makemigrations", "--check", "--dry-run"),
    ),
    Stage(
        *("docs", "Generated documents are current", "checks"),
        lambda run: run.check("manage.py", "generate_docs", "--check"),
    ),
    Stage("sqlite", "Tests on SQLite, embedded", "tests", test_sqlite),
    Stage("postgres", "Tests on PostgreSQL and Redis", "tests", test_postgres),
    Stage("journeys-sqlite", "Browser journeys, embedded", "journeys", journeys_sqlite, beside=True),
    Stage("journeys-postgres", "Browser journeys on PostgreSQL and Redis", "journeys", journeys_postgres, beside=True),
    Stage("deep-sqlite", "Long tests, embedded", "deep", test_deep, by_default=False),
    Stage("deep-postgres", "Long tests on PostgreSQL and Redis", "deep", test_deep_postgres, by_default=False),
    Stage("bench", "Measurements", "bench", bench, by_default=False),
]


def chosen(names: list[str]) -> list[Stage]:
    """The stages of these names or groups, in the order of the list; without names the usual ones."""
    known = {stage.name for stage in STAGES} | {stage.group for stage in STAGES}
    if unknown := set(names) - known:
        raise SystemExit(f"Unknown: {', '.join(sorted(unknown))}. Known: {', '.join(sorted(known))}")
    if not names:
        return [stage for stage in STAGES if stage.by_default]
    return [stage for stage in STAGES if stage.name in names or stage.group in names]


def run_stage(stage: Stage, run: Run) -> tuple[Counts, float]:
    """Run a stage: what it found, and in how many seconds."""
    started = time.monotonic()
    try:
        counts = stage.run(run)
    except Exception as error:  # a broken check is a failed check, and the others still run
        counts = Counts(failed=1, remarks=[f"the check itself broke ({one_line(error)})"])
    return counts, time.monotonic() - started


def run_beside(stages: list[Stage], run: Run) -> Iterator[tuple[Counts, float]]:
    """Run stages at the same time, and print what each printed in its turn."""
    if run.services is None:
        run.services = find_services()
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile(dir=run.scratch)) for _ in stages]
        pool = stack.enter_context(ThreadPoolExecutor(len(stages)))
        waiting = [
            pool.submit(run_stage, stage, run.apart(output)) for stage, output in zip(stages, files, strict=True)
        ]
        for one, output in zip(waiting, files, strict=True):
            found = one.result()
            output.seek(0)
            say(output.read().decode(errors="replace"))
            yield found


def run_stages(stages: list[Stage], run: Run) -> Counts:
    """Run them all, whatever happens, and print a table of what came out."""
    total = Counts()
    table = []
    number = 0
    for beside, some in groupby(stages, key=lambda stage: stage.beside):
        batch = list(some)
        several = beside and len(batch) > 1
        found = run_beside(batch, run) if several else (run_stage(stage, run) for stage in batch)
        for stage in batch:
            number += 1
            say(f"\n=== {number}/{len(stages)} {stage.title} [{stage.name}] ===")
            counts, seconds = next(found)
            say(f"--- {stage.name}: {counts} in {seconds:.1f} s")
            table.append((stage, counts, seconds))
            total += counts
    say("\n=== Summary ===")
    for stage, counts, seconds in table:
        mark = "FAILED" if counts.failed else "ok" if counts.passed else "-"
        say(f"{mark:<7} {stage.name:<18} {seconds:7.1f} s  {counts}")
        for remark in counts.remarks:
            say(f"{'':<8}{remark}")
    for reason, times in total.skipped.most_common():
        say(f"skipped {times:>3} x {reason}")
    return total


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Run the checks of the project.")
    parser.add_argument("stage", nargs="*", help="names of stages or groups; without any: the usual ones")
    parser.add_argument("--list", action="store_true", help="list the stages")
    options = parser.parse_args(arguments)
    if options.list:
        for stage in STAGES:
            rarely = "" if stage.by_default else " (only when named)"
            say(f"{stage.group:<9} {stage.name:<18} {stage.title}{rarely}")
        return 0
    with tempfile.TemporaryDirectory(prefix="parportal-tests-", ignore_cleanup_errors=True) as scratch:
        run = Run(Path(scratch))
        try:
            total = run_stages(chosen(options.stage), run)
        finally:
            if run.services is not None:
                with contextlib.suppress(Exception):  # leftovers on a test server are no result
                    release_services(run.services)
    say()
    say(str(total))
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

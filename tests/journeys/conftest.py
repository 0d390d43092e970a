"""A served portal of its own (web, worker and beat under ``manage.py start``) and a real browser."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, StorageState, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "MinhHoa@2021"


@dataclass
class Served:
    """A running portal."""

    url: str
    var: Path
    process: subprocess.Popen
    environment: dict[str, str]

    def manage(self, *arguments: str) -> str:
        """Run a management command against the same portal; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def children(self, words: str) -> list[int]:
        """Return the ids of the supervisor's descendants whose command contains the words."""
        command = ["ps", "-ww", "-eo", "pid,ppid,args"]
        listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        rows = [line.split(None, 2) for line in listing.splitlines()[1:]]
        family, found = {self.process.pid}, []
        for _ in range(4):
            family |= {int(pid) for pid, parent, _ in rows if int(parent) in family}
        for pid, _, arguments in rows:
            if int(pid) in family and words in arguments:
                found.append(int(pid))
        return found


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(what: Callable[[], object], seconds: float, why: str, log: Path | None = None) -> object:
    """Wait until something is true; fail with a reason, and the portal's last lines, when it takes too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = what()
        if answer:
            return answer
        time.sleep(0.1)
    said = "\n".join(log.read_text(errors="replace").splitlines()[-40:]) if log else ""
    pytest.fail(f"not within {seconds:.0f} s: {why}\n{said}")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demonstration, served: SQLite and the filesystem queue, or PostgreSQL and Redis as the run says."""
    var = tmp_path_factory.mktemp("served")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    environment |= {"PORTAL_VAR": str(var), "JOB_STALE_SECONDS": "6", "LOG_LEVEL": "WARNING"}
    port = free_port()
    served = Served(f"http://127.0.0.1:{port}", var, None, environment)  # type: ignore[arg-type]
    served.manage("migrate", "--verbosity", "0")
    served.manage("seed_demo")
    log = (var / "start.log").open("w")
    served.process = subprocess.Popen(
        [sys.executable, "manage.py", "start", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )

    def healthy() -> bool:
        try:
            with urllib.request.urlopen(f"{served.url}/readyz", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    wait_for(healthy, 60, "the portal answers")
    wait_for(lambda: served.children("celery"), 30, "a worker lives")
    yield served
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(timeout=40) == 0
    log.close()


@pytest.fixture(scope="session")
def playwright_engine() -> Iterator[Playwright]:
    """Playwright's driver."""
    with sync_playwright() as engine:
        yield engine


@pytest.fixture(scope="session")
def browser(playwright_engine: Playwright) -> Iterator[Browser]:
    """The machine's Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    assert path, "no Chromium on this machine: `make test` installs it"
    browser = playwright_engine.chromium.launch(executable_path=path, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def remembered() -> dict[str, StorageState]:
    """The cookies of the people who have logged in during this run: logging in is slow on purpose."""
    return {}


@pytest.fixture
def enter(served: Served, browser: Browser, remembered: dict[str, StorageState]) -> Iterator[Callable[..., Page]]:
    """Let a person in, in a context of their own; every console error and CSP violation fails the test."""
    contexts = []
    complaints: list[str] = []

    def go(username: str, width: int = 1440, *, anew: bool = False) -> Page:
        known = None if anew else remembered.get(username)
        context = browser.new_context(
            base_url=served.url,
            locale="vi-VN",
            viewport={"width": width, "height": 900},
            accept_downloads=True,
            storage_state=known,
        )
        context.set_default_timeout(12_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if known is None:
            page.goto("/tai-khoan/login/")
            page.fill("input[name=login]", username)
            page.fill("input[name=password]", PASSWORD)
            page.click("main button[type=submit]")
            expect(page).not_to_have_url(re.compile("/tai-khoan/login/"))
            remembered[username] = context.storage_state()
        else:
            page.goto("/")
        expect(page.locator("h1")).to_be_visible()
        return page

    yield go
    for context in contexts:
        context.close()
    unexpected = [one for one in complaints if "status of 4" not in one and "status of 5" not in one]
    assert unexpected == []

"""Run the portal: web server, worker and timer under one supervisor.

``manage.py start`` keeps three children alive and stops them together. ``manage.py start --only web`` (or
``worker``, ``beat``) becomes that one process, for machines where something else supervises.
"""

import argparse
import contextlib
import ctypes
import http.client
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import IO, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from agencies import calendar, constraints

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0  # a child that lived this long starts again without a longer pause
GRACE = 20.0  # from the polite signal to the kill
TICK = 0.2
PR_SET_PDEATHSIG = 1


def works_alone() -> bool:
    """One job at a time when embedded (SQLite has one writer); else as many as CELERY_CONCURRENCY says."""
    return bool(settings.EMBEDDED or not settings.REDIS_URL)


def web_command(host: str, port: int) -> list[str]:
    """Gunicorn with threads: the work of a request is waiting for the database."""
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return [
        *(sys.executable, "-m", "gunicorn", "parportal.wsgi:application"),
        *("--bind", address),
        *("--worker-class", "gthread"),
        *("--workers", str(settings.WEB_WORKERS)),
        *("--threads", str(settings.WEB_THREADS)),
        *("--graceful-timeout", "15"),
        *("--log-level", log_level().lower()),
        "--no-control-socket",
    ]


def worker_command() -> list[str]:
    """The one that runs jobs."""
    pool = ["--pool", "prefork", "--concurrency", str(settings.CELERY_WORKER_CONCURRENCY)]
    return [
        *(sys.executable, "-m", "celery", "--quiet", "--app", "parportal", "worker"),
        *(["--pool", "solo"] if works_alone() else pool),
        *("--loglevel", log_level()),
        *("--prefetch-multiplier", "1"),
        "--without-gossip",
        "--without-mingle",
    ]


def beat_command() -> list[str]:
    """The timer. Exactly one of it may run."""
    schedule = getattr(settings, "CELERY_BEAT_SCHEDULE_FILENAME", str(settings.PORTAL_VAR / "beat-schedule"))
    return [
        *(sys.executable, "-m", "celery", "--quiet", "--app", "parportal", "beat"),
        *("--loglevel", log_level()),
        *("--schedule", schedule),
    ]


def log_level() -> str:
    """The level of the settings (LOG_LEVEL), for programs that want it as an argument."""
    logging: dict[str, Any] = settings.LOGGING
    return str(logging["root"]["level"]).upper()


def anchored_clock(clock: str, now: datetime) -> str:
    """A business clock whose start is tied to this real moment, unless it already names one."""
    return clock if not clock or "@" in clock else f"{clock}@{now.isoformat(timespec='seconds')}"


def child_environment() -> dict[str, str]:
    """What the children inherit; all of them share one business time."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    clock = environment.get("PORTAL_CLOCK", "") or settings.PORTAL_CLOCK
    if clock:
        environment["PORTAL_CLOCK"] = anchored_clock(clock, calendar.real_now())
    return environment


def die_with_parent(last_signal: int) -> Callable[[], None] | None:
    """What a new child does before anything else: ask the kernel for a signal when the supervisor dies."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, last_signal, 0, 0, 0)
        if os.getppid() != parent:  # it died in between
            os._exit(1)

    return ask


class Child:
    """One process of the portal, started again whenever it dies."""

    def __init__(self, name: str, command: list[str], *, last_signal: int, environment: dict[str, str]) -> None:
        self.name = name
        self.command = command
        self.environment = environment
        self.prepare = die_with_parent(last_signal)
        self.process: subprocess.Popen[bytes] | None = None
        self.unfinished = b""
        self.pause = 0.0
        self.started = 0.0
        self.start_at = 0.0

    def start(self) -> IO[bytes]:
        """Start the process in a group of its own, so that Ctrl-C reaches only the supervisor."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=self.prepare,
        )
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        return self.process.stdout

    def postpone(self) -> float:
        """Choose when to start again: later each time, but soon after a steady life."""
        lived = time.monotonic() - self.started
        self.pause = FIRST_PAUSE if lived >= STEADY_AFTER else min(LONGEST_PAUSE, self.pause * 2 or FIRST_PAUSE)
        self.start_at = time.monotonic() + self.pause
        return self.pause

    def terminate(self) -> None:
        """Ask the process to finish what it does and go."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def kill_group(self) -> None:
        """Remove the process and whatever it left behind (its own workers hold the port and the pipe)."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """Keeps the children alive, prints their lines under their names, stops them together."""

    def __init__(self, children: list[Child], *, say: Callable[[str], object], on_tick: Callable[[], None]) -> None:
        self.children = children
        self.say = say
        self.on_tick = on_tick
        self.stop_signals = 0
        self.selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note_signal)
        while not self.stop_signals:
            for child in self.children:
                self._look_after(child)
            self.on_tick()
            self._pump(TICK)
        self._stop_all()

    def _note_signal(self, number: int, frame: FrameType | None) -> None:
        self.stop_signals += 1

    def _look_after(self, child: Child) -> None:
        if child.process is None:
            if time.monotonic() >= child.start_at:
                self.selector.register(child.start(), selectors.EVENT_READ, child)
            return
        code = child.process.poll()
        if code is not None:
            self._bury(child)
            cause = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
            self.say(f"{child.name} {cause}; it starts again in {child.postpone():.0f} s")

    def _bury(self, child: Child) -> None:
        """Forget a process that ended, with its last lines printed."""
        assert child.process is not None and child.process.stdout is not None
        child.kill_group()
        self._read(child)
        if child.unfinished:
            self._print(child, child.unfinished)
            child.unfinished = b""
        self.selector.unregister(child.process.stdout)
        child.process.stdout.close()
        child.process = None

    def _pump(self, wait: float) -> None:
        if not self.selector.get_map():
            time.sleep(wait)
            return
        ready = self.selector.select(wait)
        for key, _ in ready:
            if not self._read(key.data):
                time.sleep(TICK / 4)  # the pipe is closed; the next look at the process tells why

    def _read(self, child: Child) -> bool:
        """Print the whole lines that wait in the pipe. False: nothing more will come."""
        assert child.process is not None and child.process.stdout is not None
        try:
            piece = os.read(child.process.stdout.fileno(), 65536)
        except BlockingIOError:
            return True
        *lines, child.unfinished = (child.unfinished + piece).split(b"\n")
        for line in lines:
            self._print(child, line)
        return bool(piece)

    def _print(self, child: Child, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip()
        # A line for machines (LOG_JSON) stays readable for them.
        self.say(text if text.startswith("{") else f"{child.name:<6} | {text}")

    def _stop_all(self) -> None:
        asked = self.stop_signals
        self.say("Stopping.")
        for child in self.children:
            child.terminate()
        deadline = time.monotonic() + GRACE
        while any(child.process is not None for child in self.children):
            for child in self.children:
                if child.process is not None and child.process.poll() is not None:
                    self._bury(child)
            if time.monotonic() > deadline or self.stop_signals > asked:
                for child in self.children:
                    child.kill_group()
            self._pump(TICK / 2)
        self.say("Stopped.")


class Command(BaseCommand):
    """``manage.py start [--host H] [--port P] [--only web|worker|beat]``."""

    help = "Run the web server, the worker and the timer until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (default 8000)")
        parser.add_argument("--only", choices=("web", "worker", "beat"), help="become this one process")

    def handle(self, *args: Any, host: str, port: int, only: str | None, **options: Any) -> None:
        self._refuse_unmigrated()
        if only in (None, "web"):
            self._refuse_taken(host, port)
        environment = child_environment()
        commands = {"web": web_command(host, port), "worker": worker_command(), "beat": beat_command()}
        if only:
            os.chdir(settings.BASE_DIR)
            os.execve(commands[only][0], commands[only], environment)

        # A supervisor that is killed takes its children along: web and timer finish politely; the worker
        # drops its job at once, for a successor may already be starting and the sweep puts the job back.
        # (SIGQUIT lets a pool end its processes; alone the worker would look at a signal only seconds later.)
        worker_signal = signal.SIGKILL if works_alone() else signal.SIGQUIT
        last_signals = {"web": signal.SIGTERM, "worker": worker_signal, "beat": signal.SIGTERM}
        children = [
            Child(name, command, last_signal=last_signals[name], environment=environment)
            for name, command in commands.items()
        ]
        Supervisor(children, say=self._say, on_tick=self._announcer(host, port)).run()

    def _say(self, line: str) -> None:
        # Whoever read the lines may be gone; the children go on.
        with contextlib.suppress(BrokenPipeError):
            self.stdout.write(line)
            self.stdout.flush()

    def _announcer(self, host: str, port: int) -> Callable[[], None]:
        """Print the address once, when the web server answers there."""
        shown = host if host not in ("0.0.0.0", "::", "") else "127.0.0.1"
        url = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"
        again_at = 0.0

        def look() -> None:
            nonlocal again_at
            if time.monotonic() < again_at:
                return
            again_at = time.monotonic() + 0.5
            connection = http.client.HTTPConnection(shown, port, timeout=1)
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection.request("GET", "/healthz")
                connection.getresponse()
                again_at = float("inf")
                self._say(f"The portal answers at {url}  (Ctrl-C stops it)")
            connection.close()

        return look

    def _refuse_taken(self, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                probe.listen(1)
            except (OSError, OverflowError) as error:
                raise CommandError(
                    f"Cannot listen on {host}:{port} ({error}). Stop the program that holds the port, "
                    f"or choose another one: manage.py start --port {port + 1}"
                ) from error

    def _refuse_unmigrated(self) -> None:
        try:
            executor = MigrationExecutor(connections["default"])
            missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
            promises = constraints.missing(connections["default"])
        except DatabaseError as error:
            raise CommandError(f"The database does not answer ({error}). Check DATABASE_URL.") from error
        finally:
            # Nothing of the supervisor's own connection, a pool's threads included, may reach the children.
            connections.close_all()
            if close_pool := getattr(connections["default"], "close_pool", None):
                close_pool()
        if missing:
            first = f"{missing[0][0].app_label}.{missing[0][0].name}"
            raise CommandError(
                f"The database lacks {len(missing)} migrations (first: {first}). Run: "
                f"{Path(sys.executable).name} manage.py migrate"
            )
        if promises:
            raise CommandError(
                f"The database lacks {len(promises)} triggers that keep accepted reports unchanged "
                f"(first: {promises[0]}). Run: {Path(sys.executable).name} manage.py migrate"
            )

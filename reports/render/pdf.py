"""Facts → HTML → PDF. The drawing happens in a child process with caps on memory and time."""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from reports.facts.catalogue import ReportFacts
from reports.facts.summary import ROWS, SummaryFacts, page_of

MEMORY_BYTES = 2 * 1024**3
BEAT_SECONDS = 1.0
STEPS = 7
MEDIA_TYPE = "application/pdf"
# What the child may know of this process's environment: where libraries and fonts are, no secrets.
_PASSED_ON = (
    "PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH",
    "FONTCONFIG_FILE", "FONTCONFIG_PATH", "XDG_CACHE_HOME", "SYSTEMROOT",
)  # fmt: skip
_STEP_NAMES = {
    1: "đọc nội dung",
    2: "đọc kiểu trình bày",
    3: "áp dụng kiểu trình bày",
    4: "dựng khung trang",
    5: "dàn trang",
    6: "ghi tệp PDF",
    7: "ghi thông tin tệp",
}

Beat = Callable[[int, int, str], None]


class RenderError(Exception):
    """The file could not be drawn; the message is a Vietnamese sentence, ``detail`` the engine's own words."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(f"{message} ({detail})" if detail else message)
        self.detail = detail


@dataclass(frozen=True)
class Drawn:
    """A drawn file."""

    content: bytes
    pages: int | None


def no_beat(current: int, total: int, message: str) -> None:
    """Tell nobody."""


def html_of(code: str, facts: ReportFacts, sha256: str, *, fonts: str = "", rows: int = ROWS[0]) -> str:
    """Return the HTML of a report: the same facts, the same text, whatever the hour.

    ``fonts`` is the address of the fonts, ``rows`` how many rows each list of a one-page report may have.
    """
    context: dict[str, Any] = {
        "facts": facts,
        "head": facts.head,
        "plan": facts.plan,
        "facts_code": sha256[:12],
        "fonts": fonts,
    }
    if isinstance(facts, SummaryFacts):
        context["page"] = page_of(facts, rows)
    with translation.override("vi"):
        return render_to_string(f"reports/pdf/{code}.html", context)


def draw(code: str, facts: ReportFacts, sha256: str, *, beat: Beat = no_beat) -> Drawn:
    """Draw a report as PDF. ``beat`` is called at least every two seconds. Raises RenderError."""
    fonts = (settings.FONTS_DIR / "tinos").resolve().as_uri()
    day = facts.plan.as_of
    epoch = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    drawn = None
    for rows in ROWS:
        html = html_of(code, facts, sha256, fonts=fonts, rows=rows)
        drawn = draw_html(html, identifier=sha256[:32], epoch=epoch, beat=beat)
        if not isinstance(facts, SummaryFacts) or drawn.pages == 1:
            break
    assert drawn is not None
    return drawn


def draw_html(html: str, *, identifier: str, epoch: int, beat: Beat = no_beat, timeout: float | None = None) -> Drawn:
    """Draw HTML in a child process. Raises RenderError, and whatever ``beat`` raises (the child then ends)."""
    limit = settings.PDF_TIMEOUT_SECONDS if timeout is None else timeout
    with tempfile.TemporaryDirectory(prefix="report-") as scratch:
        source, target, errors = (Path(scratch) / name for name in ("report.html", "report.pdf", "errors.txt"))
        source.write_text(html, encoding="utf-8")
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment |= {"SOURCE_DATE_EPOCH": str(epoch), "PYTHONIOENCODING": "utf-8"}
        arguments = (source, target, settings.FONTS_DIR, os.getpid(), MEMORY_BYTES, identifier)
        with errors.open("wb") as stderr:
            child = subprocess.Popen(
                [sys.executable, "-m", "reports.render.child", *map(str, arguments)],
                cwd=settings.BASE_DIR,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                encoding="utf-8",
            )
        assert child.stdout is not None
        try:
            pages = _follow(child, child.stdout, limit, beat)
        finally:
            if child.poll() is None:
                child.kill()
            child.wait()
            child.stdout.close()
        if child.returncode != 0 or pages is None or not target.exists():
            said = errors.read_text(encoding="utf-8", errors="replace").strip()
            detail = said.splitlines()[-1][:300] if said else f"mã kết thúc {child.returncode}"
            raise RenderError("Không vẽ được tệp PDF. Hãy thử lại; nếu vẫn lỗi, báo quản trị hệ thống.", detail)
        return Drawn(target.read_bytes(), pages)


def _follow(child: "subprocess.Popen[str]", stdout: IO[str], limit: float, beat: Beat) -> int | None:
    """Pass the child's progress on until it ends, and return its number of pages."""
    heard: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()

    def listen() -> None:
        for line in stdout:
            try:
                heard.put(json.loads(line))
            except ValueError:
                continue
        heard.put(None)

    listener = threading.Thread(target=listen, name="report-progress", daemon=True)
    listener.start()
    started = time.monotonic()
    told, step, pages = 0.0, 0, None
    message = "Đang chuẩn bị vẽ"
    while True:
        now = time.monotonic()
        if now - started > limit:
            raise RenderError(f"Vẽ tệp PDF quá {limit:.0f} giây nên đã dừng. Hãy thử lại hoặc xuất dạng Excel.")
        if now - told >= BEAT_SECONDS:
            beat(step, STEPS, message)
            told = now
        try:
            words = heard.get(timeout=min(BEAT_SECONDS, limit))
        except queue.Empty:
            continue
        if words is None:
            listener.join()
            child.wait()
            return pages
        if "pages" in words:
            pages = int(words["pages"])
        else:
            step = max(step, min(int(words.get("step", 0)), STEPS))
            page = f", trang {words['page']}" if words.get("page") else ""
            message = f"Bước {step}/{STEPS}: {_STEP_NAMES.get(step, '')}{page}"

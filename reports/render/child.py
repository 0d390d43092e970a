"""The child process that draws a PDF: ``python -m reports.render.child HTML PDF FONTS PARENT MEMORY ID``.

It knows no database and no settings. It dies with its parent, may take only so much memory, and reads only font
files and ``data:`` addresses. It tells its progress on standard output, one JSON object a line:
``{"step": 5, "page": 12}`` and at the end ``{"pages": 20}``; a failure is a line on standard error and status 1.
WeasyPrint is imported here and nowhere else.
"""

import ctypes
import json
import logging
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

PR_SET_PDEATHSIG = 1
_STEP = re.compile(r"^Step (\d+)(?:.*Page (\d+))?")


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when its parent ends (Linux); leave if it has ended already."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


def limit_memory(limit: int) -> None:
    """Cap the address space."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    except (ImportError, ValueError, OSError):
        # A system that cannot cap memory still has the cap on time.
        pass


def tell(**words: Any) -> None:
    """Write one line to the parent."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


class Telling(logging.Handler):
    """Passes WeasyPrint's progress on."""

    def emit(self, record: logging.LogRecord) -> None:
        """Tell the step, and the page in the layout step."""
        found = _STEP.match(record.getMessage())
        if found:
            tell(step=int(found[1]), page=int(found[2] or 0))


def draw(html: Path, pdf: Path, fonts: Path, identifier: bytes) -> int:
    """Draw a file of HTML and return the number of pages. The same file and identifier give the same bytes."""
    from weasyprint import HTML
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    class OnlyFonts(URLFetcher):
        """Reads the program's fonts and data: addresses, nothing else; anything else stops the drawing."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            """Return the resource at an address."""
            parts = urlsplit(url)
            if parts.scheme == "file" and not parts.netloc:
                path = Path(unquote(parts.path)).resolve()
                allowed = path.is_relative_to(fonts) and path.is_file()
            else:
                allowed = parts.scheme == "data"
            if not allowed:
                raise FatalURLFetchingError(f"refused address: {url[:200]}")
            return super().fetch(url, headers)

    progress = logging.getLogger("weasyprint.progress")
    progress.setLevel(logging.INFO)
    progress.addHandler(Telling())
    text = html.read_text(encoding="utf-8")
    document = HTML(string=text, url_fetcher=OnlyFonts(allowed_protocols={"file", "data"})).render(
        pdf_variant="pdf/ua-1", pdf_tags=True
    )
    document.write_pdf(
        pdf,
        pdf_identifier=identifier,
        pdf_variant="pdf/ua-1",
        pdf_tags=True,
    )
    return len(document.pages)


def main(arguments: list[str]) -> None:
    """Draw what the arguments say."""
    html, pdf, fonts, parent, memory, identifier = arguments
    die_with_parent(int(parent))
    limit_memory(int(memory))
    tell(pages=draw(Path(html), Path(pdf), Path(fonts).resolve(), bytes.fromhex(identifier)))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except MemoryError:
        sys.exit("MemoryError: the report needs more memory than a report may take")
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}")

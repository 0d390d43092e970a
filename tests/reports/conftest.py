"""Fixtures of reports: the demonstration's plan, and files drawn once for a module."""

import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from plans.models import Plan
from reports.facts.catalogue import Subject
from reports.render.pdf import Drawn

AS_OF = date(2021, 12, 10)
# After the plan's deadlines, so that duties are overdue.
LATER = date(2022, 1, 20)


@pytest.fixture
def plan(demo: dict[str, int], settings: Any) -> Plan:
    """The demonstration's main plan."""
    return Plan.objects.get(code="yen-bai-186-2021")


@pytest.fixture
def year_end(plan: Plan) -> Subject:
    """The year-end report of the main plan."""
    return Subject("year_end", plan, 2021, AS_OF)


def text_of(drawn: Drawn, tmp_path: Path, *options: str) -> str:
    """Return a PDF's text as pdftotext reads it, white space folded."""
    path = tmp_path / "drawn.pdf"
    path.write_bytes(drawn.content)
    read = subprocess.run(["pdftotext", *options, str(path), "-"], capture_output=True, check=True, text=True)
    return " ".join(read.stdout.split())

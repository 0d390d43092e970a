"""PDF drawn by the real engine in its child process."""

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from agencies.models import Agency
from plans.models import Plan
from reports.facts.catalogue import Subject, build_facts, digest_of
from reports.render import pdf
from reports.render.pdf import Drawn, RenderError, draw_html
from tests.reports.conftest import AS_OF, LATER, text_of

pytestmark = pytest.mark.django_db

PLAIN = "<html lang='vi'><head><title>x</title></head><body><p>Xin chào</p></body></html>"


DRAWN: dict[Subject, Drawn] = {}


def drawn_of(subject: Subject) -> Drawn:
    """Draw a report."""
    facts = build_facts(subject)
    return pdf.draw(subject.code, facts, digest_of(subject, facts))


@pytest.fixture
def draw(settings: Any) -> Callable[[Subject], Drawn]:
    """Draw as the demonstration does, each report once for the module."""
    settings.PORTAL_DEMO = True

    def once(subject: Subject) -> Drawn:
        if subject not in DRAWN:
            DRAWN[subject] = drawn_of(subject)
        return DRAWN[subject]

    return once


def test_the_year_end_report_has_the_form_of_the_decree(
    year_end: Subject, draw: Callable[[Subject], Drawn], tmp_path: Path
) -> None:
    drawn = draw(year_end)
    first, second = text_of(drawn, tmp_path, "-l", "1"), text_of(drawn, tmp_path, "-f", "2", "-l", "2")
    for words in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "ỦY BAN NHÂN DÂN TỈNH YÊN BÁI",
        "SỞ NỘI VỤ",
        "/BC-SNV",
        "DỰ THẢO",
        "Số liệu minh họa",
        "BÁO CÁO",
        "Kế hoạch số 186/KH-UBND ngày 06 tháng 8 năm 2021 của Ủy ban nhân dân tỉnh Yên Bái",
        "tháng 12 năm 2021",
        "PAR Index lên 2 đến 4 bậc hoặc hơn so với năm 2020",
    ):
        assert words in first, words
    # No page number on the first page, a 2 on top of the second.
    assert not first.startswith("1 ")
    assert second.startswith("2 ")
    whole = text_of(drawn, tmp_path)
    for words in ("20/58 (34,48 %)", "31/301 (10,30 %)", "Phụ lục I", "GIÁM ĐỐC", "Nơi nhận:", "498/BC-SNV"):
        assert words in whole, words
    assert drawn.pages == len(PdfReader(tmp_path / "drawn.pdf").pages)


def test_the_appendix_lies_across_and_is_numbered_apart(
    year_end: Subject, draw: Callable[[Subject], Drawn], tmp_path: Path
) -> None:
    drawn = draw(year_end)
    text_of(drawn, tmp_path)
    pages = PdfReader(tmp_path / "drawn.pdf").pages
    across = [number for number, page in enumerate(pages, start=1) if page.mediabox.width > page.mediabox.height]
    assert across == list(range(across[0], len(pages) + 1))
    first = str(across[0])
    assert text_of(drawn, tmp_path, "-f", first, "-l", first).startswith("1 Phụ lục I")
    second = str(across[1])
    assert text_of(drawn, tmp_path, "-f", second, "-l", second).startswith("2 ")


def test_fonts_are_tinos_and_embedded_whatever_the_machine_has(
    year_end: Subject, draw: Callable[[Subject], Drawn], tmp_path: Path
) -> None:
    path = tmp_path / "fonts.pdf"
    path.write_bytes(draw(year_end).content)
    listed = subprocess.run(["pdffonts", str(path)], capture_output=True, check=True, text=True).stdout
    rows = listed.splitlines()[2:]
    assert rows
    for row in rows:
        assert "Tinos" in row.split()[0]
        assert row.split()[-5:-2] == ["yes", "yes", "yes"], row


def test_the_same_figures_give_the_same_bytes(year_end: Subject, draw: Callable[[Subject], Drawn]) -> None:
    assert draw(year_end).content == drawn_of(year_end).content


def test_the_file_is_tagged_and_says_its_language_and_title(
    year_end: Subject, draw: Callable[[Subject], Drawn], tmp_path: Path
) -> None:
    path = tmp_path / "tagged.pdf"
    path.write_bytes(draw(year_end).content)
    reader = PdfReader(path)
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "vi"
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert reader.metadata is not None
    assert "186/KH-UBND" in (reader.metadata.title or "")


@pytest.mark.parametrize("day", [AS_OF, LATER])
def test_the_summary_is_one_page_also_when_much_is_overdue(
    plan: Plan, draw: Callable[[Subject], Drawn], tmp_path: Path, day: Any
) -> None:
    drawn = draw(Subject("summary", plan, 2021, day))
    assert drawn.pages == 1
    words = text_of(drawn, tmp_path)
    assert "Chưa cập nhật theo cơ quan" in words
    if day == LATER:
        # A light is a shape and a word, not only a colour.
        assert "■ Quá hạn" in words
        assert "20 ngày" in words


def test_an_agencys_report_is_its_own(plan: Plan, draw: Callable[[Subject], Drawn], tmp_path: Path) -> None:
    agency = Agency.objects.get(province=plan.province, code="STP")
    words = text_of(draw(Subject("agency", plan, 2021, AS_OF, agency)), tmp_path)
    assert "SỞ TƯ PHÁP" in words
    assert "Kính gửi: Sở Nội vụ" in words
    assert "176/BC-STP" in words
    assert "Sở Y tế" not in words


@pytest.mark.parametrize("address", ["file:///etc/passwd", "http://127.0.0.1:9/x.png", "file:///proc/self/environ"])
def test_the_engine_reads_nothing_but_its_fonts(address: str) -> None:
    with pytest.raises(RenderError) as refused:
        draw_html(PLAIN.replace("Xin chào", f"<img src='{address}'>"), identifier="00" * 16, epoch=0)
    assert "refused address" in refused.value.detail


def test_a_drawing_that_takes_too_long_is_stopped() -> None:
    started = time.monotonic()
    with pytest.raises(RenderError, match="quá 0 giây"):
        draw_html(PLAIN, identifier="00" * 16, epoch=0, timeout=0.2)
    assert time.monotonic() - started < 10


def test_the_parent_beats_at_least_every_two_seconds(year_end: Subject) -> None:
    facts = build_facts(year_end)
    beats: list[float] = []
    said: list[str] = []

    def beat(current: int, total: int, message: str) -> None:
        assert 0 <= current <= total
        beats.append(time.monotonic())
        said.append(message)

    started = time.monotonic()
    pdf.draw("year_end", facts, digest_of(year_end, facts), beat=beat)
    moments = [started, *beats, time.monotonic()]
    assert max(after - before for before, after in itertools.pairwise(moments)) <= 2
    assert any("Bước" in message for message in said)


def test_a_beat_that_raises_ends_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    children: list[Any] = []
    popen = subprocess.Popen

    def keep(*args: Any, **kwargs: Any) -> Any:
        children.append(popen(*args, **kwargs))
        return children[-1]

    monkeypatch.setattr(pdf.subprocess, "Popen", keep)

    def beat(current: int, total: int, message: str) -> None:
        raise RuntimeError("superseded")

    with pytest.raises(RuntimeError, match="superseded"):
        draw_html(PLAIN, identifier="00" * 16, epoch=0, beat=beat)
    assert children[0].poll() is not None


def test_the_engine_is_loaded_in_the_child_only() -> None:
    code = "import django; django.setup(); import sys, reports.jobs; assert 'weasyprint' not in sys.modules"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "parportal.settings"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)

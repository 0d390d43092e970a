"""``manage.py render_report``."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from reports.models import ReportRun

ARGUMENTS = ["--plan", "1/KH-UBND", "--year", "2021", "--as-of", "2021-12-10"]


def render(code: str, output: Path, *more: str, form: str = "xlsx", arguments: list[str] | None = None) -> str:
    """Run the command and return what it printed."""
    out = io.StringIO()
    wanted = ARGUMENTS if arguments is None else arguments
    call_command("render_report", code, *wanted, *more, "--format", form, "--output", str(output), stdout=out)
    return out.getvalue()


def test_it_writes_the_file_and_names_its_figures(small: Any, tmp_path: Path) -> None:
    output = tmp_path / "mới" / "báo cáo.xlsx"
    said = render("year_end", output).splitlines()
    assert output.read_bytes().startswith(b"PK")
    assert said[0] == str(output)
    assert "10/12/2021" in said[1]
    assert said[2].startswith("facts_sha256 ")
    assert [path.name for path in output.parent.iterdir()] == [output.name]
    assert not ReportRun.objects.exists()
    assert render("year_end", output).splitlines()[2] == said[2]


def test_it_draws_a_pdf(small: Any, tmp_path: Path) -> None:
    said = render("summary", tmp_path / "tom-tat.pdf", form="pdf")
    assert (tmp_path / "tom-tat.pdf").read_bytes().startswith(b"%PDF-")
    assert "1 trang" in said


@pytest.mark.parametrize("agency", ["Sở Tư pháp", "STP", "so tu phap"])
def test_an_agency_is_named_as_people_do(small: Any, tmp_path: Path, agency: str) -> None:
    render("agency", tmp_path / "stp.xlsx", "--agency", agency)
    assert (tmp_path / "stp.xlsx").exists()


@pytest.mark.parametrize(
    ("code", "more", "form", "words"),
    [
        ("year_end", (), "docx", "chưa có ở bản này"),
        ("agency", (), "pdf", "cần chọn cơ quan"),
        ("agency", ("--agency", "Sở Không có"), "pdf", "Không có cơ quan"),
        ("year_end", ("--agency", "STP"), "pdf", "không chọn cơ quan"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    small: Any, tmp_path: Path, code: str, more: tuple[str, ...], form: str, words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        render(code, tmp_path / "x", *more, form=form)
    assert not (tmp_path / "x").exists()


def test_a_year_outside_the_plan_is_refused(small: Any, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="không thuộc"):
        render("year_end", tmp_path / "x", arguments=["--plan", "1/KH-UBND", "--year", "2019"])


def test_an_ambiguous_number_is_refused_with_the_codes(small: Any, elsewhere: Any, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="tinh-khac-2021") as refused:
        render("year_end", tmp_path / "x.xlsx")
    assert "tinh-thu-2021" in str(refused.value)
    render("year_end", tmp_path / "y.xlsx", "--province", small.province.name)
    assert [path.name for path in tmp_path.glob("*.xlsx")] == ["y.xlsx"]

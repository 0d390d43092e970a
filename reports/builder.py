"""Draws a report from the truth: the same subject on the same record gives the same file."""

from dataclasses import dataclass

from agencies.errors import Invalid
from reports.facts import catalogue
from reports.models import ReportRun
from reports.render import pdf, xlsx

BUILT_AT = (0, pdf.STEPS, "Đang tổng hợp số liệu")


@dataclass(frozen=True)
class Built:
    """A finished report."""

    content: bytes
    media_type: str
    file_name: str
    facts_sha256: str
    pages: int | None


def subject_of(run: ReportRun) -> catalogue.Subject:
    """Return what a run is asked about."""
    return catalogue.Subject(code=run.code, plan=run.plan, year=run.year, as_of=run.as_of, agency=run.agency)


def build(subject: catalogue.Subject, form: str, *, beat: pdf.Beat = pdf.no_beat) -> Built:
    """Read the facts and draw them. Raises Invalid (also ``format_missing``) and ``pdf.RenderError``."""
    if form not in ReportRun.Format.values:
        raise Invalid("format_missing", f"Báo cáo dạng {form.upper()} chưa có ở bản này. Hãy dùng PDF hoặc XLSX.")
    beat(*BUILT_AT)
    facts = catalogue.build_facts(subject)
    sha256 = catalogue.digest_of(subject, facts)
    name = catalogue.file_name(subject, form)
    if form == ReportRun.Format.XLSX:
        return Built(xlsx.draw(subject.code, facts, sha256), xlsx.MEDIA_TYPE, name, sha256, None)
    drawn = pdf.draw(subject.code, facts, sha256, beat=beat)
    return Built(drawn.content, pdf.MEDIA_TYPE, name, sha256, drawn.pages)

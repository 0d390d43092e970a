"""The catalogue: which facts belong to which report."""

from dataclasses import dataclass
from datetime import date
from typing import cast

from agencies.errors import Invalid
from agencies.models import Agency, Province
from agencies.text import fold
from plans.models import Plan
from reports.facts.agency import AgencyReportFacts, agency_facts
from reports.facts.figures import facts_sha256
from reports.facts.summary import SummaryFacts, summary_facts
from reports.facts.year_end import YearEndFacts, year_end_facts
from reports.models import ReportRun

ReportFacts = YearEndFacts | AgencyReportFacts | SummaryFacts

_FILE_NAMES = {
    ReportRun.Code.YEAR_END: "Báo cáo năm {year}",
    ReportRun.Code.AGENCY: "Báo cáo năm {year} của {agency}",
    ReportRun.Code.SUMMARY: "Tóm tắt năm {year}",
}


@dataclass(frozen=True)
class Subject:
    """What a report is asked about. ``agency`` is set for an agency's report only."""

    code: str
    plan: Plan
    year: int
    as_of: date
    agency: Agency | None = None


def check_subject(subject: Subject) -> None:
    """Raise Invalid when there is no such report: ``unknown_report``, ``year_outside_plan``, ``as_of_before_year``,
    ``plan_not_issued``, ``agency_required``, ``agency_not_allowed``, ``agency_unknown``."""
    plan = subject.plan
    if subject.code not in ReportRun.Code.values:
        raise Invalid("unknown_report", f"Không có báo cáo “{subject.code}”.", fields={"code": "Hãy chọn một báo cáo."})
    if plan.state == Plan.State.DRAFTING:
        raise Invalid(
            "plan_not_issued",
            f"{plan} chưa ban hành nên chưa có kết quả để báo cáo.",
            fields={"plan": "Kế hoạch này chưa ban hành. Hãy chọn kế hoạch khác."},
        )
    if subject.year < plan.year_from or (plan.year_to is not None and subject.year > plan.year_to):
        said = f"Năm {subject.year} không thuộc {plan} ({plan.years}). Hãy chọn năm khác."
        raise Invalid("year_outside_plan", said, fields={"year": said})
    if subject.as_of < date(subject.year, 1, 1):
        said = f"Ngày {subject.as_of:%d/%m/%Y} trước năm báo cáo {subject.year}. Hãy chọn ngày trong hoặc sau năm đó."
        raise Invalid("as_of_before_year", said, fields={"as_of": said})
    if subject.code == ReportRun.Code.AGENCY:
        if subject.agency is None:
            said = "Báo cáo của cơ quan cần chọn cơ quan."
            raise Invalid("agency_required", said, fields={"agency": said})
        if subject.agency.province_id != plan.province_id:
            said = f"{subject.agency} không thuộc {plan.province}."
            raise Invalid("agency_unknown", said, fields={"agency": said})
    elif subject.agency is not None:
        said = "Báo cáo này của toàn tỉnh, không chọn cơ quan."
        raise Invalid("agency_not_allowed", said, fields={"agency": said})


def build_facts(subject: Subject) -> ReportFacts:
    """Return the facts of a report. Raises Invalid."""
    check_subject(subject)
    if subject.code == ReportRun.Code.YEAR_END:
        return year_end_facts(subject.plan, year=subject.year, as_of=subject.as_of)
    if subject.code == ReportRun.Code.SUMMARY:
        return summary_facts(subject.plan, year=subject.year, as_of=subject.as_of)
    return agency_facts(subject.plan, cast(Agency, subject.agency), year=subject.year, as_of=subject.as_of)


def digest_of(subject: Subject, facts: ReportFacts) -> str:
    """Return the name of a report's figures."""
    return facts_sha256(subject.code, facts)


def file_name(subject: Subject, extension: str) -> str:
    """Return what the file is called: report, year, plan and as-of day."""
    agency = subject.agency.label if subject.agency else ""
    words = _FILE_NAMES[ReportRun.Code(subject.code)].format(year=subject.year, agency=agency)
    plan = (subject.plan.number or subject.plan.code).replace("/", "-")
    safe = f"{words} - {plan} - đến {subject.as_of:%d-%m-%Y}".translate(str.maketrans('/\\:*?"<>|', "---------"))
    return f"{safe[:190]}.{extension}"


def find_agency(province: Province, text: str, on: date) -> Agency:
    """Return the agency of a province that a text means: name, short name, another way of writing it, or code.

    One that exists on the day goes before one that has ended. Raises Invalid: ``agency_unknown`` or
    ``agency_ambiguous`` with the names to choose from.
    """
    wanted = fold(text)
    found = [
        agency
        for agency in Agency.objects.filter(province=province).prefetch_related("names", "aliases")
        if wanted in {fold(agency.name), fold(agency.short_name), fold(agency.code)}
        or wanted in {alias.folded for alias in agency.aliases.all() if alias.means_on(on)}
        or wanted in {folded for name in agency.names.all() for folded in (fold(name.name), fold(name.short_name))}
    ]
    living = [
        agency
        for agency in found
        if (not agency.valid_from or agency.valid_from <= on) and (not agency.valid_to or on <= agency.valid_to)
    ]
    found = living or found
    if not found:
        raise Invalid(
            "agency_unknown", f"Không có cơ quan “{text}” ở {province}. Hãy dùng tên đầy đủ hoặc mã của cơ quan."
        )
    if len(found) > 1:
        names = "; ".join(f"{agency.code} ({agency.name})" for agency in found)
        raise Invalid("agency_ambiguous", f"“{text}” có thể là {len(found)} cơ quan: {names}. Hãy dùng mã.")
    return found[0]

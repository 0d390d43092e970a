"""Facts of reports: parts make the whole, every percentage has its fraction, the same figures one name."""

import dataclasses
from datetime import date

import pytest

from agencies.errors import Invalid
from agencies.models import Agency
from plans.facts.plan import plan_facts
from plans.models import Plan
from plans.standing import Counts
from reports.facts.agency import agency_facts
from reports.facts.catalogue import Subject, build_facts, digest_of, find_agency
from reports.facts.figures import CountTable, Rate
from reports.facts.head import head_of, long_day
from reports.facts.summary import ROWS, page_of, summary_facts
from reports.facts.year_end import year_end_facts
from tests.reports.conftest import AS_OF, LATER

pytestmark = pytest.mark.django_db


def added(table: CountTable) -> Counts:
    """Return the sum of a table's rows."""
    total = Counts()
    for row in table.rows:
        total += row.counts
    return total


@pytest.mark.parametrize("day", [date(2021, 9, 1), AS_OF, LATER])
def test_the_totals_are_the_plans_own_counts_and_the_rows_add_up_to_them(plan: Plan, day: date) -> None:
    facts, truth = year_end_facts(plan, year=2021, as_of=day), plan_facts(plan, day)
    assert facts.tasks_total.counts == truth.task_counts == facts.sections.total.counts == added(facts.sections)
    assert facts.assignments_total.counts == truth.assignment_counts == added(facts.agencies)
    assert facts.proposed is not None
    assert facts.proposed.total.counts == truth.proposed_assignments == added(facts.proposed)
    assert sum(facts.tasks_total.counts.eight().values()) == facts.tasks_total.counts.total == 58


def test_bodies_that_are_only_asked_stand_apart(plan: Plan) -> None:
    facts = year_end_facts(plan, year=2021, as_of=AS_OF)
    asked = {row.label for row in facts.proposed.rows} if facts.proposed else set()
    assert asked == {"UBMTTQ Việt Nam tỉnh", "Hội Cựu Chiến binh tỉnh"}
    assert asked.isdisjoint(row.label for row in facts.agencies.rows)


def test_lists_hold_as_much_as_the_counts_say(plan: Plan) -> None:
    facts = year_end_facts(plan, year=2021, as_of=LATER)
    counts = facts.assignments_total.counts
    assert counts.open_overdue > 0
    assert sum(len(line.agencies) for line in facts.overdue) == counts.open_overdue
    assert sum(line.number for line in facts.late_agencies) == counts.open_overdue
    assert sum(line.rate.numerator for line in facts.owed) == counts.not_updated
    assert all(line.rate.numerator <= line.rate.denominator for line in facts.owed)
    assert facts.targets_met + facts.targets_missed + facts.targets_unknown == len(facts.targets)
    assert sum(len(section.tasks) for section in facts.appendix) == 59


def test_rates_keep_their_fraction_and_zero_is_not_blank() -> None:
    assert Rate(0, 0).percent is None
    assert Rate(0, 0).shown == "không tính được (0/0)"
    assert Rate(0, 9).shown == "0/9 (0,00 %)"
    # Half-up, not half-even.
    assert Rate(1, 800).percent_shown == "0,13 %"


def test_an_agencys_own_counts_are_its_row_in_the_year_end_report(plan: Plan) -> None:
    whole = {row.label: row.counts for row in year_end_facts(plan, year=2021, as_of=AS_OF).agencies.rows}
    for code in ("SNV", "STP", "LY"):
        agency = Agency.objects.get(province=plan.province, code=code)
        own = agency_facts(plan, agency, year=2021, as_of=AS_OF)
        assert own.counts.counts == whole[own.agency.replace("Ủy ban nhân dân", "UBND")]
        assert len(own.tasks) == own.counts.counts.total


def test_the_summary_shows_the_figures_of_the_year_end_report(plan: Plan) -> None:
    whole, page = year_end_facts(plan, year=2021, as_of=LATER), summary_facts(plan, year=2021, as_of=LATER)
    assert page.tasks_total == whole.tasks_total
    assert page.assignments_total == whole.assignments_total
    assert page.owed == whole.owed
    assert page.late_agencies == whole.late_agencies
    assert page.agencies_red == len(whole.late_agencies)
    assert page.agencies == len(whole.agencies.rows)
    for rows in ROWS:
        cut = page_of(page, rows)
        assert len(cut.owed) + cut.owed_more == len(page.owed)
        assert len(cut.late) + cut.late_more == len(page.late_agencies)


def test_the_name_of_the_figures_changes_with_the_figures_only(year_end: Subject) -> None:
    once, twice = build_facts(year_end), build_facts(year_end)
    assert digest_of(year_end, once) == digest_of(year_end, twice)
    later = dataclasses.replace(year_end, as_of=LATER)
    assert digest_of(later, build_facts(later)) != digest_of(year_end, once)


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2021, 8, 6), "ngày 06 tháng 8 năm 2021"),
        (date(2022, 1, 20), "ngày 20 tháng 01 năm 2022"),
        (date(2022, 2, 9), "ngày 09 tháng 02 năm 2022"),
        (date(2021, 12, 10), "ngày 10 tháng 12 năm 2021"),
    ],
)
def test_days_have_leading_zeros_as_the_decree_says(day: date, text: str) -> None:
    assert long_day(day) == text


@pytest.mark.parametrize(
    ("code", "superior", "issuer", "place", "signer"),
    [
        ("SNV", ("ỦY BAN NHÂN DÂN", "TỈNH YÊN BÁI"), ("SỞ NỘI VỤ",), "Yên Bái", ("GIÁM ĐỐC",)),
        ("VPUB", ("ỦY BAN NHÂN DÂN", "TỈNH YÊN BÁI"), ("VĂN PHÒNG",), "Yên Bái", ("CHÁNH VĂN PHÒNG",)),
        ("TTT", ("ỦY BAN NHÂN DÂN", "TỈNH YÊN BÁI"), ("THANH TRA TỈNH",), "Yên Bái", ("CHÁNH THANH TRA",)),
        ("CAT", ("BỘ CÔNG AN",), ("CÔNG AN TỈNH YÊN BÁI",), "Yên Bái", ("GIÁM ĐỐC",)),
        ("LY", (), ("ỦY BAN NHÂN DÂN", "HUYỆN LỤC YÊN"), "Lục Yên", ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH")),
    ],
)
def test_each_kind_of_body_heads_and_signs_in_its_way(
    plan: Plan, code: str, superior: tuple, issuer: tuple, place: str, signer: tuple
) -> None:
    agency = Agency.objects.get(province=plan.province, code=code)
    head = head_of(agency, plan.province, on=AS_OF, subject="", addressee="", recipients=())
    assert (head.superior, head.issuer, head.place, head.signer) == (superior, issuer, place, signer)


@pytest.mark.parametrize("said", ["Sở Tư pháp", "so tu phap", "STP"])
def test_an_agency_is_found_by_name_or_code(plan: Plan, said: str) -> None:
    assert find_agency(plan.province, said, AS_OF).code == "STP"


def test_an_unknown_agency_is_refused(plan: Plan) -> None:
    with pytest.raises(Invalid) as refused:
        find_agency(plan.province, "Sở Không có", AS_OF)
    assert refused.value.code == "agency_unknown"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "loss"}, "unknown_report"),
        ({"year": 2020}, "year_outside_plan"),
        ({"as_of": date(2020, 12, 31)}, "as_of_before_year"),
        ({"code": "agency"}, "agency_required"),
    ],
)
def test_there_is_no_report_of_what_the_plan_does_not_have(year_end: Subject, changes: dict, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        build_facts(dataclasses.replace(year_end, **changes))
    assert refused.value.code == code


def test_illustration_is_marked_in_demonstrations_only(plan: Plan, settings) -> None:  # type: ignore[no-untyped-def]
    assert summary_facts(plan, year=2021, as_of=AS_OF).head.mark == ""
    settings.PORTAL_DEMO = True
    assert summary_facts(plan, year=2021, as_of=AS_OF).head.mark == "Số liệu minh họa"

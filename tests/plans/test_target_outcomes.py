"""Targets of every kind against what is on record, each with its sum, its sources, or the reason."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from indicators.actions import catalogue
from indicators.actions.results import keep_results
from indicators.models import Component, Index
from indicators.reading.results import Written
from plans.actions import plans, progress
from plans.facts.targets import HIDDEN, TargetState, for_reader, target_facts
from plans.models import Assignment, PartyRole, Plan, ReportingPeriod

LATER = date(2022, 7, 1)
MET, NOT_MET, UNKNOWN = TargetState.MET, TargetState.NOT_MET, TargetState.UNKNOWN


# Every kind, on small numbers


NAMES = ("Hà Giang", "Cao Bằng", "Bắc Kạn", "Tuyên Quang")


@pytest.fixture
def draft(small):
    """A draft plan of the province, whose targets may be added to."""
    catalogue.keep_national()
    small.province.name = "Hà Giang"
    small.province.save(update_fields=["name"])
    return plans.create(
        province=small.province, code="muc-tieu", number="9/KH-UBND", kind="ke_hoach", title="Kế hoạch thử",
        issuer="UBND", issued_on=date(2021, 1, 4), year_from=2021, year_to=2021, by=None,
    )  # fmt: skip


def enter(*values, index="PAPI", part="", year=2021, rank=None, n=4, kind="dataset", source="A"):
    written = [
        Written(line, index, year, name, part, value and Decimal(value), rank, n, source, kind, "")
        for line, (name, value) in enumerate(zip(NAMES, values, strict=False), 1)
        if value or rank
    ]
    keep_results(written, source="t", by=None)


def target(plan, kind, index="PAPI", **said):
    values = {"comparator": ">=", "year": 2021, "text": "Mục tiêu", "deciding_document": "9", **said}
    values["index"] = Index.objects.get(code=index) if index else None
    if part := values.pop("part", ""):
        values["component"] = Component.objects.get(framework__code="papi-2018", code=part)
    plans.add_target(plan=plan, code=f"MT{plan.targets.count() + 1}", kind=kind, **values)
    return target_facts(plan, LATER)[-1]


@pytest.mark.parametrize(("comparator", "state"), [(">", NOT_MET), (">=", MET), ("=", MET)])
def test_a_value_is_compared_as_the_plan_says(draft, comparator, state):
    enter("50", "42", "41", "40")
    assert target(draft, "value", comparator=comparator, value=Decimal(50)).state is state


def test_a_rank_that_nobody_published_is_ours_and_the_sum_says_so(draft):
    enter("50", "52", "41", "40")
    one = target(draft, "rank_at_most", value=Decimal(2), field_size=4)
    assert (one.state, one.arithmetic) == (MET, "hạng 2/4 (thứ hạng hệ thống tính), yêu cầu không quá 2")


def test_a_source_that_gives_only_the_rank_is_told_when_the_value_is_needed(draft):
    enter(None, index="PAR", rank=24, n=63, kind="published")
    one = target(draft, "value", "PAR", value=Decimal(80))
    assert (one.state, one.reason) == (UNKNOWN, "kết quả PAR Index năm 2021 của Hà Giang không nêu giá trị")
    assert [line.said for line in one.sources] == ["hạng 24/63"]


def test_a_relative_change_is_against_the_value_of_the_base_year(draft):
    enter("40", year=2020)
    enter("44")
    one = target(draft, "relative_change", value=Decimal(10), baseline_year=2020)
    assert (one.state, one.arithmetic) == (MET, "44 / 40 − 1 = 10,00 %, yêu cầu ≥ 10 %")
    assert target(draft, "relative_change", value=Decimal("10.1"), baseline_year=2020).state is NOT_MET


def test_a_group_needs_the_field(draft):
    enter("44", n=63)
    one = target(draft, "group_at_least", group="Trung bình cao", value=None)
    assert one.state is UNKNOWN
    assert "chưa có đủ kết quả PAPI năm 2021 của các tỉnh để xếp nhóm" in one.reason


@pytest.mark.parametrize(("values", "state"), [(("44", "45", "41", "40"), MET), (("40", "45", "41", "44"), NOT_MET)])
def test_a_group_is_that_of_our_rank_where_none_is_published(draft, values, state):
    enter(*values)
    assert target(draft, "group_at_least", group="Trung bình cao", value=None).state is state


def test_a_share_of_components_counts_each_and_tells_which_fall_short(draft):
    for part in range(1, 9):
        # In the first five the province is second of four, in the others last.
        own = "5" if part <= 5 else "3"
        enter(own, "6", "4", "3.5", part=str(part))
    half = target(draft, "share_in_group", group="Trung bình cao", value=Decimal(50))
    assert (half.state, half.arithmetic.split(";")[0]) == (
        MET, "5/8 thành phần từ nhóm Trung bình cao trở lên = 62,5 %, yêu cầu ≥ 50 %",
    )  # fmt: skip
    assert [part.code for part in half.parts if not part.counts] == ["6", "7", "8"]
    assert target(draft, "share_in_group", group="Trung bình cao", value=Decimal(75)).state is NOT_MET
    assert target(draft, "none_in_lowest", group="Thấp nhất", comparator="=", value=Decimal(0)).state is NOT_MET


def test_components_without_a_result_leave_open_what_they_could_still_turn(draft):
    for part in range(1, 7):
        enter("5", "6", "4", "3.5", part=str(part))
    assert target(draft, "share_in_group", group="Trung bình cao", value=Decimal(75)).state is MET
    open_ = target(draft, "share_in_group", group="Trung bình cao", value=Decimal(90))
    assert (open_.state, open_.reason) == (UNKNOWN, "còn 2 thành phần chưa có kết quả")
    none = target(draft, "none_in_lowest", group="Thấp nhất", comparator="=", value=Decimal(0))
    assert (none.state, none.reason) == (UNKNOWN, "còn 2 thành phần chưa có kết quả")


def test_one_component_in_the_lowest_group_decides_though_others_are_missing(draft):
    enter("3", "6", "4", "3.5", part="1")
    assert target(draft, "none_in_lowest", group="Thấp nhất", comparator="=", value=Decimal(0)).state is NOT_MET


# Operational shares


@pytest.fixture
def share(small):
    """An issued plan that wants 50 % of procedures online, and two agencies that report theirs."""
    plan = plans.create(
        province=small.province, code="ty-le", number="8/KH-UBND", kind="ke_hoach", title="Kế hoạch tỷ lệ",
        issuer="UBND", issued_on=date(2021, 1, 4), year_from=2021, year_to=2021, by=None,
    )  # fmt: skip
    section = plans.add_section(plan=plan, code="I", title="Việc", parent=None, index=None)
    for code, agency in (("1", "STP"), ("2", "SYT")):
        plans.add_task(
            section=section, code=code, deciding_document="8",
            text=plans.TaskText(
                f"Việc {code}", parties=[plans.Party(PartyRole.LEAD, small.agencies[agency])],
                quantities=[plans.Quantity(Decimal(50), ">=", "% TTHC")],
            ),
        )  # fmt: skip
    plans.add_target(
        plan=plan, code="MT1", deciding_document="8", kind="operational_share", index=None, comparator="=",
        value=Decimal(50), unit="% TTHC", year=2021, text="50 % TTHC trực tuyến",
    )  # fmt: skip
    plans.add_period(
        plan=plan, by=None, code="2021-Y", kind="year", name="Năm 2021", year=2021, starts_on=date(2021, 1, 1),
        cut_off=date(2021, 12, 14), opens_on=date(2021, 11, 15), due_on=date(2021, 12, 20), closes_on=None,
    )  # fmt: skip
    plan = plans.issue(plan=plan, by=None)
    plans.hand_out(plan=plan, on=date(2021, 1, 4), by=None)
    return plan


def accept(small, plan, agency, top, bottom):
    by = small.officer(agency)
    assignment = Assignment.objects.select_related("task__plan", "agency").get(
        task__plan=plan, agency=small.agencies[agency]
    )
    begun = progress.start(assignment=assignment, period=ReportingPeriod.objects.get(plan=plan), by=by)
    content = progress.Content(
        result="Đã làm.", explanation="Chưa có văn bản.", numerator=Decimal(top), denominator=Decimal(bottom)
    )
    sent = progress.submit(progress=begun, content=content, revision=None, by=by)
    progress.accept(progress=sent, revision=None, by=small.who("snv.thamdinh"))


def test_a_share_of_the_work_adds_up_what_accepted_reports_say(small, share):
    (before,) = target_facts(share, date(2021, 12, 10))
    assert (before.state, before.state_label) == (UNKNOWN, "Chưa có kết quả")
    assert "chưa có báo cáo nào được duyệt trong năm 2021" in before.reason
    accept(small, share, "STP", 30, 40)
    accept(small, share, "SYT", 10, 60)
    (one,) = target_facts(share, date(2021, 12, 10))
    assert (one.state, one.arithmetic) == (NOT_MET, "40/100 = 40,00 %, yêu cầu ≥ 50 %")
    assert [line.name for line in one.sources] == ["báo cáo đã duyệt của Sở Tư pháp", "báo cáo đã duyệt của Sở Y tế"]
    (day_before,) = target_facts(share, date(2021, 12, 9))
    assert day_before.state is UNKNOWN


def test_what_agencies_reported_is_not_told_to_those_who_do_not_see_it(small, share):
    accept(small, share, "SYT", 10, 60)
    (one,) = target_facts(share, date(2021, 12, 10))
    officer = for_reader(one, share, small.who("stp.canbo"))
    assert (officer.state, officer.arithmetic, officer.reason, officer.sources) == (UNKNOWN, "", HIDDEN, ())
    assert for_reader(one, share, small.who("lanhdao")) == one


def test_three_targets_cost_as_many_queries_as_thirty(draft):
    for part in range(1, 9):
        enter("5", "6", "4", "3.5", part=str(part))
    counts = []
    for many in (3, 27):
        for _ in range(many):
            target(draft, "none_in_lowest", group="Thấp nhất", comparator="=", value=Decimal(0))
        with CaptureQueriesContext(connection) as asked:
            target_facts(Plan.objects.select_related("province").get(pk=draft.pk), LATER)
        counts.append(len(asked))
    assert counts[0] == counts[1]

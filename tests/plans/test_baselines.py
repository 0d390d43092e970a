"""Baselines of targets where a province came from several, and ranks in fields that differ."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from agencies import calendar
from agencies.actions import directory, provinces
from agencies.actions.provinces import Named
from agencies.errors import Invalid, Refused
from agencies.models import Event, User
from indicators.actions import catalogue
from indicators.models import Index
from plans.actions import amendment_lines, amendments, baselines, plans
from plans.actions.amendment_lines import TargetText
from plans.facts.targets import TargetState, baseline_candidates, target_facts
from plans.models import Amendment, Target, TargetBaseline

SUMMER = datetime(2027, 8, 2, 9, 0, tzinfo=calendar.VIETNAM)
TODAY = SUMMER.date()


@pytest.fixture
def clock():
    with calendar.held_at(SUMMER):
        yield


def result(province, year, rank, field, value="80", published=None):
    return catalogue.keep_result(
        province=province,
        index=Index.objects.get(code="PAR"),
        component=None,
        year=year,
        source=f"thử {province.code} {year}",
        value=Decimal(value),
        rank=rank,
        field_size=field,
        source_kind="published",
        published_on=published or date(year + 1, 5, 1),
    )


def merged(*olds):
    """Merge provinces into a new one by the installer."""
    with calendar.held_at(datetime(2025, 7, 1, 8, 0, tzinfo=calendar.VIETNAM)):
        installer = User.objects.create_superuser("cai.dat", "x", full_name="Người cài đặt")
        return provinces.merge(
            into=Named("moi-2025", "Cần Thơ", "thanh_pho"),
            predecessors=[Named(code, name, "tinh") for code, name in olds],
            decision_number="Nghị quyết 202/2025/QH15",
            decided_on=date(2025, 6, 12),
            effective_on=date(2025, 7, 1),
            by=installer,
        )


def people(province):
    agency = directory.keep_agency(province=province, code="SNV", name="Sở Nội vụ", kind="so")
    found = {}
    for role in ("specialist", "reviewer", "officer", "leader"):
        found[role] = directory.add_user(
            username=f"moi.{role}", full_name=role, password_hash=make_password("x"), by=None
        )
        directory.join(user=found[role], agency=agency, role=role, by=None)
    return found


def plan_of(province, **target):
    if not Index.objects.filter(code="PAR").exists():
        catalogue.keep_index(
            code="PAR",
            name="PAR",
            short_name="PAR Index",
            unit="điểm",
            scale_min=Decimal(0),
            scale_max=Decimal(100),
            publishes="rank",
        )
    with calendar.held_at(datetime(2026, 1, 15, 8, 0, tzinfo=calendar.VIETNAM)):
        plan = plans.create(
            province=province,
            code="moi-2026",
            number="1/KH-UBND",
            kind="ke_hoach",
            title="Kế hoạch 2026",
            issuer="UBND",
            issued_on=date(2026, 1, 15),
            year_from=2026,
            year_to=2026,
            by=None,
        )
        plans.add_target(
            plan=plan,
            code="MT1",
            deciding_document="1",
            index=Index.objects.get(code="PAR"),
            year=2026,
            text="Mục tiêu thử",
            **{"comparator": ">=", "kind": "rank_gain", "value": Decimal(3), "baseline_year": 2024, **target},
        )
        return plans.issue(plan=plan, by=None)


OLDS = (("can-tho", "Cần Thơ"), ("hau-giang", "Hậu Giang"), ("soc-trang", "Sóc Trăng"))


@pytest.fixture
def can_tho(db, clock):
    """A province of three with results: 2024 of each among 63, its own of 2026 among 34."""
    province = merged(*OLDS)
    province.plan = plan_of(province)
    olds = {row.predecessor.code: row.predecessor for row in province.origins.all()}
    province.old = {
        "can-tho": result(olds["can-tho"], 2024, 20, 63, "88"),
        "hau-giang": result(olds["hau-giang"], 2024, 40, 63, "84"),
        "soc-trang": result(olds["soc-trang"], 2024, 55, 61, "80"),
    }
    province.people = people(province)
    return province


def fact(plan, on=TODAY):
    (one,) = target_facts(plan, on)
    return one


def target_of(plan):
    return Target.objects.get(plan=plan)


def test_up_n_ranks_refuses_to_compute_without_a_chosen_baseline(can_tho):
    result(can_tho, 2026, 10, 34, "90")
    one = fact(can_tho.plan)
    assert one.state is TargetState.UNKNOWN
    assert one.state_label == "Chưa chọn năm gốc"
    assert one.baseline == ""
    for shown in ("Cần Thơ: 88,00 điểm, hạng 20/63", "Hậu Giang: 84,00 điểm, hạng 40/63", "hạng 55/61"):
        assert shown in one.arithmetic


def test_a_chosen_baseline_is_shown_with_its_field_and_another_field_is_not_compared(can_tho):
    result(can_tho, 2026, 10, 34, "90")
    baselines.choose(
        target=target_of(can_tho.plan),
        result_id=can_tho.old["can-tho"].pk,
        reason="Công văn 12/SNV",
        by=can_tho.people["specialist"],
    )
    one = fact(can_tho.plan)
    assert one.baseline == "2024, Cần Thơ: 88,00 điểm, hạng 20/63"
    assert one.chosen == "specialist chọn ngày 02/08/2027: Công văn 12/SNV"
    assert (one.state, one.state_label) == (TargetState.UNKNOWN, "Không so được")
    assert "20/63 và 10/34" in one.arithmetic


def test_with_the_same_field_it_computes(can_tho):
    result(can_tho, 2026, 10, 63, "90")
    baselines.choose(
        target=target_of(can_tho.plan), result_id=can_tho.old["can-tho"].pk, reason="x", by=can_tho.people["reviewer"]
    )
    one = fact(can_tho.plan)
    assert (one.state, one.arithmetic) == (TargetState.MET, "20 − 10 = 10 bậc, yêu cầu ≥ 3")


def test_a_relative_change_refuses_too_until_chosen(db, clock):
    province = merged(*OLDS)
    plan = plan_of(province, kind="relative_change", value=Decimal(10))
    olds = {row.predecessor.code: row.predecessor for row in province.origins.all()}
    base = result(olds["hau-giang"], 2024, 40, 63, "80")
    result(province, 2026, 10, 34, "90")
    assert fact(plan).state_label == "Chưa chọn năm gốc"
    baselines.choose(target=target_of(plan), result_id=base.pk, reason="x", by=people(province)["specialist"])
    assert (fact(plan).state, "90 / 80 − 1 = 12,50 %" in fact(plan).arithmetic) == (TargetState.MET, True)


def test_the_last_choice_counts_and_earlier_days_show_the_earlier_one(can_tho):
    target, who = target_of(can_tho.plan), can_tho.people["specialist"]
    for day, name in ((2, "can-tho"), (5, "hau-giang")):
        with calendar.held_at(datetime(2027, 8, day, 9, 0, tzinfo=calendar.VIETNAM)):
            baselines.choose(target=target, result_id=can_tho.old[name].pk, reason=name, by=who)
    assert "Cần Thơ" in fact(can_tho.plan, date(2027, 8, 4)).baseline
    assert "Hậu Giang" in fact(can_tho.plan, date(2027, 8, 5)).baseline
    assert fact(can_tho.plan, date(2027, 8, 1)).state_label == "Chưa chọn năm gốc"
    assert TargetBaseline.objects.count() == 2
    event = Event.objects.filter(action="target.choose_baseline").last()
    assert (event.before["result"], event.after["result"]) == (
        can_tho.old["can-tho"].pk,
        can_tho.old["hau-giang"].pk,
    )


def test_the_candidates_are_the_predecessors_results_with_the_wanted_year_first(can_tho):
    result(can_tho.old["can-tho"].province, 2023, 18, 63)
    found = baseline_candidates(target_of(can_tho.plan), TODAY)
    assert [(one.province, one.year, one.suggested) for one in found] == [
        ("Cần Thơ", 2024, True),
        ("Hậu Giang", 2024, True),
        ("Sóc Trăng", 2024, True),
        ("Cần Thơ", 2023, False),
    ]


def test_a_result_not_yet_published_is_no_candidate(can_tho):
    assert not baseline_candidates(target_of(can_tho.plan), date(2025, 4, 30))


@pytest.mark.parametrize("role", ["officer", "leader"])
def test_only_specialists_and_reviewers_choose(can_tho, role):
    with pytest.raises(Refused):
        baselines.choose(
            target=target_of(can_tho.plan),
            result_id=can_tho.old["can-tho"].pk,
            reason="x",
            by=can_tho.people[role],
        )


def test_a_choice_needs_a_reason_and_a_result_of_a_predecessor(can_tho):
    target, who = target_of(can_tho.plan), can_tho.people["specialist"]
    elsewhere = result(directory.keep_province(code="x", name="Khác", kind="tinh"), 2024, 1, 63)
    for result_id, reason, code in (
        (can_tho.old["can-tho"].pk, " ", "reason_required"),
        (elsewhere.pk, "x", "result_unknown"),
        (None, "x", "result_unknown"),
    ):
        with pytest.raises(Invalid) as refused:
            baselines.choose(target=target, result_id=result_id, reason=reason, by=who)
        assert refused.value.code == code
    assert not TargetBaseline.objects.exists()


def test_a_province_without_predecessors_uses_its_own_and_has_nothing_to_choose(small):
    result(small.province, 2020, 30, 63)
    result(small.province, 2021, 25, 63, published=date(2021, 12, 1))
    one = fact(small.plan, date(2022, 8, 1))
    assert (one.state, one.arithmetic) == (TargetState.MET, "30 − 25 = 5 bậc, yêu cầu ≥ 2")
    assert not one.choosable
    with pytest.raises(Invalid) as refused:
        baselines.choose(target=target_of(small.plan), result_id=1, reason="x", by=small.who("snv.chuyenvien"))
    assert refused.value.code == "baseline_is_plain"


def test_a_province_that_came_from_one_uses_that_ones_result(db, clock):
    province = merged(("cu", "Cũ"))
    plan = plan_of(province)
    result(province.origins.get().predecessor, 2024, 20, 63)
    result(province, 2026, 10, 63)
    one = fact(plan)
    assert (one.state, one.arithmetic) == (TargetState.MET, "20 − 10 = 10 bậc, yêu cầu ≥ 3")


def test_a_baseline_of_the_provinces_own_time_needs_no_choice(db, clock):
    province = merged(*OLDS)
    plan = plan_of(province, baseline_year=2025)
    result(province, 2025, 15, 34, published=date(2026, 1, 2))
    result(province, 2026, 10, 34)
    assert fact(plan).arithmetic == "15 − 10 = 5 bậc, yêu cầu ≥ 3"


# Fields


def top_30(province, **more):
    return plan_of(province, kind="rank_at_most", value=Decimal(30), comparator="<=", baseline_year=None, **more)


def test_top_30_of_63_is_not_compared_with_a_field_of_34(db, clock):
    province = merged(*OLDS)
    plan = top_30(province)
    result(province.origins.first().predecessor, 2024, 20, 63)
    result(province, 2026, 10, 34)
    one = fact(plan)
    assert (one.state, one.state_label) == (TargetState.UNKNOWN, "Không so được")
    assert "khi xếp hạng 63 đơn vị, kết quả là hạng 10/34" in one.arithmetic


def test_the_number_the_plan_gives_goes_before_what_is_derived(db, clock):
    province = merged(*OLDS)
    plan = top_30(province, field_size=34)
    result(province.origins.first().predecessor, 2024, 20, 63)
    result(province, 2026, 10, 34)
    assert fact(plan).state is TargetState.MET


def test_a_rank_in_the_same_field_is_judged(db, clock):
    province = merged(*OLDS)
    plan = top_30(province)
    result(province.origins.first().predecessor, 2024, 20, 63)
    result(province, 2026, 31, 63)
    assert fact(plan).state is TargetState.NOT_MET


def test_a_choice_is_kept_by_the_database(can_tho):
    baselines.choose(
        target=target_of(can_tho.plan),
        result_id=can_tho.old["can-tho"].pk,
        reason="x",
        by=can_tho.people["specialist"],
    )
    for break_it in (lambda: TargetBaseline.objects.update(reason="y"), lambda: TargetBaseline.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            break_it()


def test_a_choice_does_not_survive_an_amendment_to_another_index(can_tho):
    """A rank of the PAR Index is no baseline of a target on SIPAS: the province is asked again."""
    plan, who = can_tho.plan, can_tho.people["specialist"]
    baselines.choose(
        target=target_of(plan),
        result_id=can_tho.old["hau-giang"].pk,
        reason="Theo hướng dẫn",
        by=who,
    )
    assert fact(plan).baseline
    sipas = catalogue.keep_index(
        code="SIPAS",
        name="SIPAS",
        short_name="SIPAS",
        unit="%",
        scale_min=Decimal(0),
        scale_max=Decimal(100),
        publishes="rank",
    )
    draft = amendments.begin(plan=plan, number="9/QĐ-UBND", issued_on=TODAY, issuer="UBND", effective_on=TODAY, by=who)
    amendment_lines.change(
        amendment=draft,
        subject=target_of(plan),
        text=TargetText(
            kind="rank_gain",
            text="SIPAS tăng 3 bậc",
            year=2026,
            comparator="rank_up",
            index=sipas,
            value=Decimal(3),
            baseline_year=2024,
        ),
        by=who,
    )
    amendments.confirm(amendment=Amendment.objects.get(), revision=None, by=who)
    now = fact(plan)
    assert (now.index, now.baseline, now.chosen, now.state) == ("SIPAS", "", "", TargetState.UNKNOWN)
    assert now.choosable

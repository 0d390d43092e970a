"""Scenarios: who writes them, what they come to, and that they touch nothing."""

from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Event
from indicators.actions import catalogue, sheets
from indicators.actions.entries import Said
from indicators.models import Index
from reports.actions import scenarios
from reports.actions.scenarios import Assumed
from reports.facts.whatif import AS_IS, ASSUMED, ESTIMATED, OPEN, whatif
from reports.models import Scenario
from tests.indicators.sheets import build, keep_framework
from tests.reports.test_score_analysis_facts import serve

DAY = date(2021, 12, 10)


@pytest.fixture
def work(small):
    return build(small)


@pytest.fixture
def sheet(work):
    return work.submit(work.fill(work.open("STP")))


def begun(work, sheet, name="Cuối năm", by="snv.chuyenvien", **more):
    return scenarios.create(sheet=sheet, name=name, by=work.who(by), **more)


def saved(work, scenario, *lines, by="snv.chuyenvien", revision=None, name=None, field_year=None):
    return scenarios.save(
        scenario=scenario, name=name or scenario.name, field_year=field_year, lines=lines, revision=revision,
        by=work.who(by),
    )  # fmt: skip


def outcome(work, scenario, by="lanhdao"):
    row = Scenario.objects.select_related("sheet__framework__index", "sheet__agency", "sheet__province").get(
        pk=scenario.pk
    )
    return whatif(row, work.who(by), DAY)


def line(facts, code):
    return next(one for one in facts.rows if one.code == code)


def component(work, sheet, code):
    return work.entry(sheet, code).component


# --- writing -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("snv.chuyenvien", True), ("lanhdao", True), ("snv.thamdinh", False), ("stp.canbo", False),
        ("stp.thutruong", False), ("kiemtra", False), ("quantri", False),
    ],
)  # fmt: skip
def test_specialists_and_leaders_write_scenarios(work, sheet, who, may):
    mine = begun(work, sheet)
    verbs = (
        lambda: begun(work, sheet, "Khác", who),
        lambda: saved(work, mine, by=who),
        lambda: scenarios.drop(scenario=mine, revision=None, by=work.who(who)),
    )
    for verb in verbs:
        if may:
            verb()
        else:
            with pytest.raises(Refused):
                verb()


def test_another_province_reads_and_writes_none_of_it(work, sheet, elsewhere):
    mine = begun(work, sheet)
    stranger = elsewhere.who("snv.chuyenvien")
    assert not Scenario.objects.visible_to(stranger).exists()
    with pytest.raises(Refused):
        scenarios.drop(scenario=mine, revision=None, by=stranger)


def test_officers_see_no_scenarios_and_reviewers_read_them(work, sheet):
    mine = begun(work, sheet)
    assert not Scenario.objects.visible_to(work.who("stp.canbo")).exists()
    assert list(Scenario.objects.visible_to(work.who("snv.thamdinh"))) == [mine]
    assert not Scenario.objects.writable_by(work.who("snv.thamdinh")).exists()


def test_of_two_who_save_at_once_one_wins(work, sheet):
    mine = begun(work, sheet)
    saved(work, mine, revision=1)
    with pytest.raises(Conflict) as refused:
        saved(work, mine, revision=1, by="lanhdao")
    assert refused.value.code == "stale_revision"


def test_a_name_is_used_once_until_it_is_dropped(work, sheet):
    mine = begun(work, sheet)
    with pytest.raises(Conflict):
        begun(work, sheet)
    scenarios.drop(scenario=mine, revision=None, by=work.who("lanhdao"))
    other = begun(work, sheet)
    with pytest.raises(Conflict):
        saved(work, mine, name="Lại")
    with pytest.raises(Conflict):
        saved(work, begun(work, sheet, "Hai"), name="Cuối năm")
    assert Scenario.objects.get(pk=other.pk).name == "Cuối năm"


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_kept(work, sheet, elsewhere):
    mine = begun(work, sheet)
    one, two, three = (component(work, sheet, code) for code in ("I.1", "I.2", "II.6"))
    foreign = elsewhere.assignment("1", "STP").task_id
    with pytest.raises(Invalid) as refused:
        saved(
            work,
            mine,
            Assumed(one.pk, Decimal(2), Decimal(4)),
            Assumed(two.pk, Decimal(3), Decimal(1), closes_on=DAY),
            Assumed(three.pk, Decimal(1), task_id=foreign),
            Assumed(999_999, Decimal(1)),
            Assumed(component(work, sheet, "S").pk),
        )
    assert set(refused.value.fields) == {
        f"high_{one.pk}", f"low_{two.pk}", f"closes_{two.pk}", f"task_{three.pk}", "low_999999",
        f"low_{component(work, sheet, 'S').pk}",
    }  # fmt: skip
    assert not mine.lines.exists()


def test_the_trail_says_who_assumed_what(work, sheet):
    plan = serve(work.small, component(work, sheet, "I.2"))
    mine = begun(work, sheet)
    task = plan.tasks.get()
    saved(
        work, mine,
        Assumed(component(work, sheet, "I.2").pk, Decimal(6), Decimal(7), task.pk, date(2021, 12, 15)),
    )  # fmt: skip
    event = Event.objects.get(action="scenario.save")
    assert event.after["lines"] == {"I.2": "6–7, nhiệm vụ S1 trước 15/12/2021"}


def test_a_scenario_touches_no_row_of_indicators_or_plans(work, sheet):
    serve(work.small, component(work, sheet, "I.2"))

    def rows():
        return {
            model._meta.label: list(model._default_manager.order_by("pk").values())
            for app in ("indicators", "plans")
            for model in apps.get_app_config(app).get_models()
        }

    before = rows()
    mine = begun(work, sheet, field_year=2020)
    mine = saved(work, mine, Assumed(component(work, sheet, "I.2").pk, Decimal(6), Decimal(7)), field_year=2020)
    outcome(work, mine)
    scenarios.drop(scenario=mine, revision=None, by=work.who("lanhdao"))
    assert rows() == before


# --- the outcome ---------------------------------------------------------------------------------------------


def test_assumed_components_move_and_the_others_stay_as_they_are(work, sheet):
    mine = begun(work, sheet)
    facts = outcome(work, mine)
    # 3 + 5 + 8,47 and a survey of which nothing is known: 0–5.
    assert (facts.now, facts.low, facts.high) == (Decimal("16.47"), Decimal("16.47"), Decimal("24.47"))
    assert line(facts, "S").basis == OPEN
    assert line(facts, "T.1").basis == OPEN  # a bonus that may still come
    mine = saved(
        work, mine,
        Assumed(component(work, sheet, "I.2").pk, Decimal(6), Decimal(7)),
        Assumed(component(work, sheet, "S").pk, Decimal(4)),
        Assumed(component(work, sheet, "T.1").pk, Decimal(0)),
    )  # fmt: skip
    facts = outcome(work, mine)
    assert (facts.low, facts.high, facts.interval) == (Decimal("21.47"), Decimal("22.47"), "21,47–22,47")
    assert [one.basis for one in facts.rows] == [AS_IS, ASSUMED, AS_IS, ASSUMED, ASSUMED]
    assert line(facts, "S").interval == "4,00"
    assert line(facts, "II.6").why == "tự chấm: 8,47 điểm"


def test_a_task_that_closes_is_named_in_the_reason(work, sheet):
    plan = serve(work.small, component(work, sheet, "I.2"))
    mine = saved(
        work, begun(work, sheet),
        Assumed(component(work, sheet, "I.2").pk, None, Decimal(7), plan.tasks.get().pk, date(2021, 12, 15)),
    )  # fmt: skip
    one = line(outcome(work, mine), "I.2")
    assert one.why == "kịch bản: 7,00 điểm, khi nhiệm vụ S1 xong trước ngày 15/12/2021"
    assert [task.code for task in one.tasks] == ["S1"]


def provinces(work, values, year, component=None):
    """Enter an index value of so many further provinces."""
    from agencies.models import Province

    index = Index.objects.get(code="PAR")
    for number, value in enumerate(values):
        province, _ = Province.objects.get_or_create(
            code=f"khac-{number}", defaults={"name": f"Khác {number}", "is_tenant": False}
        )
        catalogue.keep_result(
            province=province, index=index, component=component, year=year, source="bảng", value=Decimal(value),
            source_kind="published",
        )  # fmt: skip


def test_a_province_learns_the_rank_that_its_points_would_have_had(work):
    framework = keep_framework(code="tinh", level="province")
    sheet = work.open(framework=framework)
    provinces(work, ["90", "84", "81", "78", "60"], 2020)
    catalogue.keep_result(
        province=work.small.province, index=Index.objects.get(code="PAR"), component=None, year=2020, source="bảng",
        value=Decimal("70"), source_kind="published", field_size=6,
    )  # fmt: skip
    lines = [
        Assumed(component(work, sheet, code).pk, Decimal(low), Decimal(high))
        for code, low, high in (
            ("I.1", 3, 3), ("I.2", 6, 7), ("II.6", "8.5", 9), ("S", "2.5", 3), ("T.1", 0, 0),
        )
    ]  # fmt: skip
    mine = saved(work, begun(work, sheet), *lines, field_year=2020)
    facts = outcome(work, mine)
    # 20–22 of 25 points are 80–88 on the scale of the index.
    assert (facts.low, facts.high) == (20, 22)
    assert facts.rank_text == "2–4/6"
    assert facts.years == (2020,)
    assert any("đứng thứ 4/6" in step for step in facts.steps)


def test_a_survey_part_without_a_result_lies_within_last_years_spread(work):
    framework = keep_framework(code="tinh", level="province")
    sheet = work.open(framework=framework)
    survey = component(work, sheet, "S")
    for year, values in ((2019, ["3", "3", "4", "4", "2"]), (2020, ["3.1", "3.2", "4", "3.9", "2.5"])):
        provinces(work, values, year, survey)
        catalogue.keep_result(
            province=work.small.province, index=Index.objects.get(code="PAR"), component=survey, year=year,
            source="bảng", value=Decimal("4"), source_kind="published",
        )  # fmt: skip
    one = line(outcome(work, begun(work, sheet)), "S")
    # The middle half of the six provinces moved by 0 to +3,5 percentage points; 80 % the year before.
    assert one.basis == ESTIMATED
    assert (one.low, one.high) == (Decimal("4.00"), Decimal("4.18"))
    assert "kết quả năm 2020: 80,00 %" in one.why


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=2, max_size=2))
def test_a_wider_assumption_never_makes_a_narrower_outcome(work, sheet, pairs):
    (a, b), (c, d) = (sorted(pair) for pair in pairs)
    key = component(work, sheet, "I.2").pk
    mine = Scenario.objects.first() or begun(work, sheet)
    narrow = outcome(work, saved(work, mine, Assumed(key, Decimal(max(a, c)), Decimal(max(a, c, min(b, d))))))
    wide = outcome(work, saved(work, mine, Assumed(key, Decimal(min(a, c)), Decimal(max(b, d)))))
    assert wide.low <= narrow.low <= narrow.high <= wide.high


def test_an_outcome_costs_the_same_for_3_rows_as_for_30(work):
    extra = [{"code": f"X{n}", "name": f"Thêm {n}", "max_score": Decimal(1), "method": "survey"} for n in range(30)]
    few = begun(work, work.open("STP"), field_year=2020)
    many = begun(work, work.open("STP", framework=keep_framework(code="bo-lon", extra=extra)), field_year=2020)

    def cost(scenario):
        with CaptureQueriesContext(connection) as seen:
            outcome(work, scenario)
        return len(seen)

    outcome(work, few)
    assert cost(few) == cost(many)


def test_a_score_that_comes_later_is_taken_up_by_the_scenario(work, sheet):
    mine = begun(work, sheet)
    work.judge(sheet, "I.2", Said(score=Decimal(6), reason="Thiếu một cuộc"))
    # An appraisal that is not finished is known to those who write it.
    assert line(outcome(work, mine), "I.2").now == 5
    assert line(outcome(work, mine, by="snv.thamdinh"), "I.2").now == 6
    sheets.appraise(sheet=sheet, revision=None, by=work.who("snv.thamdinh"))
    assert line(outcome(work, mine), "I.2").now == 6


def test_what_the_unit_has_not_sent_is_open_to_everything(work):
    mine = begun(work, work.fill(work.open("STP")))
    one = line(outcome(work, mine), "I.2")
    assert (one.now_text, one.interval, one.basis) == ("Chưa gửi", "0,00–7,00", OPEN)

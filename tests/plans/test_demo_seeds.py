"""The other plans of the demonstration against the news they were made from."""

import json
from pathlib import Path

import pytest

from agencies.models import Province
from indicators.facts.index_pages import index_page
from indicators.models import Index
from plans.models import Plan, Target

SHARED = Path(__file__).resolve().parents[3] / "shared"
PLANS = {
    "yen-bai-237-2020": ("000", 4),
    "hue-cchc-2019": ("001", 8),
    "ha-tinh-308-2022": ("002", 0),
    "dak-lak-de-an-2021-2025": ("004", 3),
}
KINDS = {"rank_up": "rank_gain", "rank_top": "rank_at_most", "increase_eq": "relative_change"}

pytestmark = pytest.mark.usefixtures("demo", "db", "held_clock")


@pytest.mark.parametrize("code", PLANS)
def test_every_goal_of_the_news_is_a_target_with_its_number_and_base_year(code):
    seed, many = PLANS[code]
    path = SHARED / "plans" / f"seed_{seed}.gold.json"
    if not path.exists():
        pytest.skip("the annotated sources are not on this machine")
    targets = [target.versions.get() for target in Target.objects.filter(plan__code=code).order_by("order")]
    goals = json.loads(path.read_text(encoding="utf-8"))["goals"]
    assert len(targets) == len(goals) == many
    for target, goal in zip(targets, goals, strict=True):
        if isinstance(goal["value"], int):
            assert target.value == goal["value"], goal["id"]
        else:
            assert target.group.lower() == goal["value"], goal["id"]
        assert target.value_max == goal.get("value_max"), goal["id"]
        assert target.baseline_year == goal.get("baseline_year"), goal["id"]
        assert target.open_ended == goal.get("open_ended", False), goal["id"]
        if goal["comparator"] in KINDS:
            assert target.kind == KINDS[goal["comparator"]]


@pytest.mark.parametrize("code", PLANS)
def test_tasks_are_in_our_own_words(code):
    source = next((SHARED / "seeds").glob(f"{PLANS[code][0]}_*.txt"), None) if (SHARED / "seeds").exists() else None
    if source is None:
        pytest.skip("the news are not on this machine")
    text = " ".join(source.read_text(encoding="utf-8").split()).lower()
    for task in Plan.objects.get(code=code).tasks.select_related("current"):
        assert task.current.title.lower() not in text, task.code


def test_heads_answer_for_the_score_and_rank_of_their_criteria_in_ha_tinh():
    plan = Plan.objects.get(code="ha-tinh-308-2022")
    told = [task.current for task in plan.tasks.select_related("current") if "điểm và thứ hạng" in task.current.title]
    (task,) = told
    assert [party.group.code for party in task.parties.select_related("group")] == ["co-quan-chu-tri-linh-vuc"]
    assert plan.tasks.count() == 8
    assert not Target.objects.filter(plan=plan).exists()


def test_the_falls_by_field_of_2021_are_recorded_and_shown_as_printed():
    page = index_page(Index.objects.get(code="PAR"), Province.objects.get(code="ha-tinh"), 2021)
    changes = {row.code: (row.change.value, row.change.rank, row.change.why) for row in page.parts}
    assert changes["3"] == ("−0,52", "xuống 31 bậc", "như nguồn nêu")
    assert changes["5"] == ("−0,39", "xuống 12 bậc", "như nguồn nêu")
    assert next(row.value for row in page.parts if row.code == "8.SIPAS") == "9,12"


def test_a_scheme_that_is_being_drafted_has_its_solutions_and_assigns_nothing():
    plan = Plan.objects.get(code="dak-lak-de-an-2021-2025")
    assert (plan.state, plan.tasks.count()) == ("drafting", 5)
    assert not plan.tasks.filter(assignments__isnull=False).exists()


def test_the_national_results_of_the_demonstration_are_those_of_the_table():
    path = SHARED / "data" / "results.csv"
    if not path.exists():
        pytest.skip("the table of published results is not on this machine")
    from indicators.actions.results import take

    taken = take(content=path.read_bytes(), name=path.name, store=False, by=None)
    # What the demonstration has of 2017 to 2021 is there already, but for notes, which it says in Vietnamese.
    assert taken.rows == 4691
    assert taken.added == sum(
        1
        for line in path.read_text(encoding="utf-8").splitlines()[1:]
        if int(line.split(",")[1]) > 2021 and "Cả nước" not in line
    )

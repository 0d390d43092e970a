"""Worked examples of scoring rules from real frameworks, with the answers that the texts give."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from indicators.scoring import Answer, Grade, Node, Policy, groups, parse_rule, rank, score_tree
from indicators.scoring.ranks import group_sizes

# Copies of rules of the Khánh Hòa framework for communes (KH) and of the Thanh Hóa draft (TH), as they are written.
DISBURSED = {
    "type": "ratio",
    "shape": "piecewise_ratio",
    "numerator": "Tổng kinh phí đã giải ngân",
    "denominator": "Tổng kinh phí được giao",
    "full_at_percent": 85,
    "zero_below_percent": 60,
    "formula_between": "(tỷ lệ / 85%) x 10",
    "cap": 10,
    "round": {"decimals": 2},
}
ASSIGNED = {
    "type": "tiers",
    "shape": "tiers",
    "input": "percent_on_schedule",
    "tiers": [
        {"score": 10, "ge": 100},
        {"score": 8, "ge": 90, "lt": 100},
        {"score": 6, "ge": 80, "lt": 90},
        {"score": 4, "ge": 70, "lt": 80},
        {"score": 0, "lt": 70},
    ],
}
PLAN_ISSUED = {
    "type": "tiers",
    "shape": "deadline",
    "input": "days_after_superior_plan",
    "tiers": [
        {"score": 3, "le": 30, "label": "không quá 30 ngày và bảo đảm chất lượng"},
        {"score": 1.5, "gt": 30, "le": 60, "label": "trễ hạn, không quá 60 ngày và bảo đảm chất lượng"},
        {"score": 0, "gt": 60, "label": "không đạt yêu cầu hoặc không ban hành"},
    ],
    "note": "score also needs quality_ok = true; otherwise 0",
}
CLASSES_HELD = {
    "type": "tiers",
    "shape": "branch",
    "branch_on": "has_plan",
    "branches": {
        "false": {
            "input": "organised",
            "tiers": [{"score": 2, "label": "có tổ chức"}, {"score": 0, "label": "không tổ chức"}],
        },
        "true": {
            "input": "percent_of_plan",
            "tiers": [
                {"score": 5, "ge": 100},
                {"score": 4, "ge": 85, "lt": 100},
                {"score": 3, "ge": 60, "lt": 85},
                {"score": 2, "gt": 0, "lt": 60},
                {"score": 0, "le": 0, "label": "không tổ chức"},
            ],
        },
    },
}
FOLLOWED_UP = {
    "type": "ratio",
    "shape": "plain_ratio",
    "formula": "percent x max",
    "round": {"step": 0.25},
    "note": "mẫu số chỉ tính kiến nghị đã đến thời hạn",
}
GRADES = (
    Grade("A", "Hoàn thành xuất sắc", Decimal(90)),
    Grade("B", "Hoàn thành tốt", Decimal(75), Decimal(90)),
    Grade("C", "Hoàn thành nhiệm vụ", Decimal(50), Decimal(75)),
    Grade("D", "Không hoàn thành nhiệm vụ", None, Decimal(50)),
)


def points(rule, max_score, **inputs):
    """Score one rule; numbers are typed as texts so that they stay decimals."""
    read = {name: Decimal(value) if isinstance(value, str | int) and not isinstance(value, bool) else value
            for name, value in inputs.items()}  # fmt: skip
    return parse_rule(rule, max_score=Decimal(max_score)).score(read, Decimal(max_score)).score


@pytest.mark.parametrize(
    ("rate", "score"), [("84.99", "10.00"), ("85", "10"), ("72", "8.47"), ("60", "7.06"), ("59.99", "0")]
)
def test_1_disbursement_gives_full_points_from_85_percent_and_nothing_below_60(rate, score):
    assert points(DISBURSED, 10, value=rate) == Decimal(score)


def test_1_the_explanation_of_72_percent_says_rule_input_and_steps():
    scored = parse_rule(DISBURSED, max_score=Decimal(10)).score({"value": Decimal(72)}, Decimal(10))
    assert scored.explanation.rule == (
        "Đạt từ 85 % trở lên được 10 điểm; từ 60 % đến dưới 85 % tính (tỷ lệ / 85 %) × 10; dưới 60 % được 0 điểm."
    )
    assert scored.explanation.inputs == ("Tỷ lệ: 72 %",)
    assert "; ".join(scored.explanation.steps) == "72 / 85 × 10 = 8,470588…; làm tròn 2 chữ số: 8,47 điểm"


def test_1_from_the_two_amounts_the_arithmetic_is_exact():
    rule = parse_rule(DISBURSED, max_score=Decimal(10))
    # 5.1 of 6 is 85 % exactly; 5.0999 of 6 is a little less, and 59.99999… % is nothing.
    pair = lambda top, bottom: {"numerator": Decimal(top), "denominator": Decimal(bottom)}  # noqa: E731
    assert rule.score(pair("5.1", "6"), Decimal(10)).score == 10
    assert rule.score(pair("3000000000000", "5000000000000"), Decimal(10)).score == Decimal("7.06")
    assert rule.score(pair("2999999999999", "5000000000000"), Decimal(10)).score == 0


@pytest.mark.parametrize(
    ("rate", "score"), [("100", 10), ("99.9", 8), ("90", 8), ("89.99", 6), ("70", 4), ("69.99", 0)]
)
def test_2_assigned_tasks_are_scored_by_tier(rate, score):
    assert points(ASSIGNED, 10, value=rate) == score


@pytest.mark.parametrize(("day", "score"), [(30, "3"), (31, "1.5"), (60, "1.5"), (61, "0")])
def test_3_a_plan_is_scored_by_the_days_it_took(day, score):
    assert points(PLAN_ISSUED, 3, value=day) == Decimal(score)
    assert points(PLAN_ISSUED, 3, days_after_superior_plan=day, quality_ok=True) == Decimal(score)
    assert points(PLAN_ISSUED, 3, days_after_superior_plan=day, quality_ok=False) == 0
    assert points(PLAN_ISSUED, 3, done=False) == 0


def test_4_classes_count_by_whether_there_was_a_plan():
    assert points(CLASSES_HELD, 5, has_plan=False, organised=True) == 2
    assert points(CLASSES_HELD, 5, has_plan=False, organised=False) == 0
    for rate, score in (("100", 5), ("85", 4), ("84.99", 3), ("59", 2), ("0", 0)):
        assert points(CLASSES_HELD, 5, has_plan=True, percent_of_plan=rate) == score
    assert points(CLASSES_HELD, 5, has_plan=True) is None
    assert points(CLASSES_HELD, 5, percent_of_plan="85") is None


def test_5_what_did_not_arise_is_not_scored_and_lowers_the_maximum():
    comments = {"type": "boolean", "true": 8, "false": 0, "input": "commented_on_time"}
    leaf = Node("II.2", "Góp ý", max_score=Decimal(8), not_applicable="reduce_max",
                rule=parse_rule(comments, max_score=Decimal(8)))  # fmt: skip
    rest = Node("X", "Phần còn lại", max_score=Decimal(77))
    answers = {"II.2": Answer(not_applicable=True), "X": Answer(given=Decimal(70))}
    kept = score_tree([leaf, rest], answers, Policy(total_max=Decimal(85)))
    assert (kept.components["II.2"].score, kept.applicable_max, kept.total) == (None, 77, 70)
    stretched = score_tree([leaf, rest], answers, Policy(total_max=Decimal(85), rescale=True))
    assert stretched.total == Decimal("77.27")


@pytest.mark.parametrize(("rate", "score"), [("83", "5.00"), ("81", "4.75"), ("100", "6")])
def test_6_follow_up_is_rounded_to_a_quarter_point(rate, score):
    assert points(FOLLOWED_UP, 6, value=rate) == Decimal(score)


def test_7_deductions_never_go_below_zero_and_additions_stop_at_the_cap():
    missed = {"type": "count_deduction", "start": 2, "per": 0.5, "floor": 0, "unit": "kỳ còn thiếu"}
    assert [points(missed, 2, value=count) for count in (0, 3, 5)] == [2, Decimal("0.5"), 0]
    models = {"type": "count_deduction", "shape": "count_add", "direction": "add", "start": 0, "per": 1.5, "cap": 3}
    assert [points(models, 3, value=count) for count in (1, 3)] == [Decimal("1.5"), 3]


def test_8_parts_make_the_total_and_sipas_makes_points():
    parts = {"1": ("47.75", 60), "2": ("9.15", 10), "3": ("16.85", 20), "4": ("3.5", 10)}
    nodes = [Node(code, max_score=Decimal(most)) for code, (_, most) in parts.items()]
    answers = {code: Answer(given=Decimal(got)) for code, (got, _) in parts.items()}
    sheet = score_tree(nodes, answers, Policy())
    assert (sheet.total, sheet.percent) == (Decimal("77.25"), Decimal("77.25"))
    assert points({"shape": "survey"}, 10, value="91.17") == Decimal("9.12")


def test_9_groups_by_edges_and_changes_of_value_and_rank():
    values = {"Quảng Ninh": "90.10", "Hải Phòng": "90.09", "Hà Nội": "89.58", "Đồng Nai": "82.92"}
    made = groups(rank({name: Decimal(value) for name, value in values.items()}), edges=[Decimal(90), 80, 70])
    assert made == {"Quảng Ninh": 0, "Hải Phòng": 0, "Hà Nội": 1, "Đồng Nai": 1}
    assert Decimal("96.17") - Decimal("91.87") == Decimal("4.30")
    before = rank({"Hải Phòng": Decimal("91.87"), "Quảng Ninh": Decimal("92.18")})["Hải Phòng"].position
    after = rank({"Hải Phòng": Decimal("96.17"), "Quảng Ninh": Decimal("95.01")})["Hải Phòng"].position
    assert before - after == 1
    assert (51 - 14, Decimal("85.42") - Decimal("0.76")) == (37, Decimal("84.66"))


def commune(base, bonus, penalty):
    nodes = [
        Node("I", max_score=Decimal(85)),
        Node("IV", kind="bonus", max_score=Decimal(20)),
        Node("V", kind="penalty", max_score=Decimal(5)),
    ]
    given = {"I": base, "IV": bonus, "V": penalty}
    policy = Policy(total_max=Decimal(85), bonus_cap=Decimal(15), grades=GRADES)
    return score_tree(nodes, {code: Answer(given=Decimal(value)) for code, value in given.items()}, policy)


def test_10_bonus_is_capped_penalty_is_taken_off_and_the_total_has_a_grade():
    sheet = commune(80, 17, 2)
    assert (sheet.base, sheet.bonus, sheet.penalty, sheet.total, sheet.grade.code) == (80, 15, 2, 93, "A")
    assert "Điểm thưởng 17 vượt mức tối đa: tính 15 điểm" in sheet.explanation.steps
    assert "80 + 15 − 2 = 93" in sheet.explanation.steps


def test_10_without_a_survey_63_of_70_applicable_points_are_90_percent():
    nodes = [
        Node("1", max_score=Decimal(70)),
        Node("2", "Điều tra xã hội học", max_score=Decimal(30), not_applicable="reduce_max"),
    ]
    answers = {"1": Answer(given=Decimal(63)), "2": Answer(not_applicable=True)}
    sheet = score_tree(nodes, answers, Policy(rescale=True))
    assert (sheet.applicable_max, sheet.percent) == (70, Decimal("90.00"))
    assert "Quy đổi phần áp dụng: 63 / 70 × 100 = 90" in sheet.explanation.steps
    assert score_tree(nodes, answers, Policy()).percent == Decimal("63.00")


def test_the_rounding_trap_of_40_62_of_80_is_50_78_percent():
    sheet = score_tree([Node("1", max_score=Decimal(80))], {"1": Answer(given=Decimal("40.62"))}, Policy(Decimal(80)))
    assert sheet.percent == Decimal("50.78")


def test_the_papi_total_is_the_sum_of_eight_dimensions():
    given = ["4.7348", "5.1596", "4.3356", "6.7614", "7.1989", "7.5827", "3.6239", "3.0940"]
    nodes = [Node(str(place), max_score=Decimal(10)) for place in range(8)]
    answers = {str(place): Answer(given=Decimal(value)) for place, value in enumerate(given)}
    assert score_tree(nodes, answers, Policy(Decimal(80), decimals=4)).total == Decimal("42.4909")


def test_a_province_without_a_total_is_not_ranked_and_not_counted():
    values = {f"tỉnh {place}": Decimal(place) for place in range(61)} | {"Quảng Ninh": None, "Bình Dương": None}
    ranks = rank(values)
    assert len(ranks) == 61
    assert {one.n for one in ranks.values()} == {61}
    assert "Quảng Ninh" not in ranks
    assert [group_sizes(63), group_sizes(61)] == [(16, 16, 15, 16), (15, 15, 15, 16)]
    sizes = [list(groups(ranks).values()).count(place) for place in range(4)]
    assert sizes == [15, 15, 15, 16]


def test_an_index_of_documents_survey_and_satisfaction_rounds_half_up():
    given = {"1": "62.88", "2": "24.42", "3": "8.135"}
    nodes = [Node(code, max_score=Decimal(65)) for code in given]
    answers = {code: Answer(given=Decimal(value)) for code, value in given.items()}
    assert score_tree(nodes, answers, Policy()).total == Decimal("95.44")


def test_classes_of_the_par_index_have_their_lower_edge_in_them():
    values = {"Hải Phòng": "91.8", "Quảng Ninh": "91.14", "Đà Nẵng": "90.25", "Kiên Giang": "79.97", "X": "80"}
    made = groups(rank({name: Decimal(value) for name, value in values.items()}), edges=[90, 80, 70])
    assert made == {"Hải Phòng": 0, "Quảng Ninh": 0, "Đà Nẵng": 0, "Kiên Giang": 2, "X": 1}


def test_the_maxima_of_the_eight_par_domains_make_100():
    maxima = ["10", "10", "14.5", "11", "16", "7", "16", "15.5"]
    nodes = [Node(f"D{place}", max_score=Decimal(most)) for place, most in enumerate(maxima, 1)]
    sheet = score_tree(nodes, {node.code: Answer(given=node.max_score) for node in nodes}, Policy())
    assert (sheet.applicable_max, sheet.total, sheet.percent) == (100, 100, 100)


SHARED = [Path(__file__).parents[3] / "shared" / "data" / name for name in
          ("agency_index_framework.json", "agency_index_framework_2_thanhhoa_draft.json")]  # fmt: skip


def components(node):
    yield node
    for child in node.get("children", ()):
        yield from components(child)


@pytest.mark.parametrize("path", SHARED, ids=lambda path: path.stem)
def test_every_rule_of_a_real_framework_is_read_as_it_stands(path):
    if not path.exists():
        pytest.skip("the framework files are not beside this copy")
    framework = json.loads(path.read_text(encoding="utf-8"))
    rules = [one for domain in framework["domains"] for one in components(domain) if "rule" in one]
    assert len(rules) >= 28
    for one in rules:
        most = one.get("max_score", one.get("max_deduction"))
        most = None if most is None else Decimal(str(most))
        rule = parse_rule(one["rule"], max_score=most)
        assert parse_rule(json.loads(json.dumps(rule.to_dict())), max_score=most) == rule
        assert rule.describe().endswith(".")
        assert rule.score({}, most).score is None

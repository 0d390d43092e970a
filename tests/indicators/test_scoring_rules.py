"""Rules that cannot be taken are refused with everything that is wrong; inputs that do not fit are, too."""

from decimal import Decimal

import pytest

from agencies.errors import Invalid
from indicators.scoring import (
    Answer,
    GradeCap,
    InputRefused,
    Node,
    Policy,
    RuleRefused,
    parse_rule,
    score_tree,
    tree_faults,
)
from indicators.scoring.tree import Grade

TEN = Decimal(10)


def faults_of(form, most=TEN):
    with pytest.raises(RuleRefused) as refused:
        parse_rule(form, max_score=most)
    return {fault.path: fault.message for fault in refused.value.faults}


def score(form, inputs, most=TEN):
    return parse_rule(form, max_score=most).score(inputs, most)


def refusal(form, inputs, most=TEN):
    with pytest.raises(InputRefused) as refused:
        score(form, inputs, most)
    return [(fault.name, fault.code) for fault in refused.value.faults]


RATE = {"shape": "plain_ratio"}


def test_every_fault_of_a_rule_is_told_at_once_with_its_path():
    faults = faults_of(
        {
            "shape": "tiers",
            "input": {"name": "percent", "kind": "colour"},
            "tiers": [{"score": 12, "ge": 90}, {"score": "x", "lt": 80}, "bảy"],
            "weight": 3,
        }
    )
    assert set(faults) == {
        "input.kind",
        "tiers[0].score",
        "tiers[1].score",
        "tiers[2]",
        "tiers[0]",
        "weight",
    }
    assert faults["tiers[0].score"] == "lớn hơn điểm tối đa 10."
    assert faults["weight"] == "không có mục này trong cách tính điểm."


@pytest.mark.parametrize(
    ("tiers", "words"),
    [
        ([{"score": 1, "ge": 90}, {"score": 0, "lt": 80}], "khoảng trống"),
        ([{"score": 1, "ge": 80}, {"score": 0, "lt": 90}], "chồng lên nhau"),
        ([{"score": 1, "ge": 80}, {"score": 0, "le": 80}], "chồng lên nhau"),
        ([{"score": 1, "gt": 80}, {"score": 0, "lt": 80}], "khoảng trống"),
        ([{"score": 1, "ge": 80}, {"score": 0, "ge": 10, "lt": 80}], "thấp hơn"),
        ([{"score": 1, "ge": 80, "lt": 90}, {"score": 0, "lt": 80}], "cao hơn"),
        ([{"score": 1, "ge": 80, "lt": 70}, {"score": 0, "lt": 80}], "không chứa giá trị nào"),
        ([{"score": 1, "ge": 80}, {"score": 2, "ge": 50, "lt": 80}, {"score": 0, "lt": 50}], "chỉ tăng dần"),
    ],
)
def test_tiers_with_a_gap_an_overlap_or_a_zigzag_are_refused(tiers, words):
    assert words in " ".join(faults_of({"shape": "tiers", "input": "percent", "tiers": tiers}).values())


def test_between_two_counts_there_is_no_gap():
    tiers = [{"score": 4, "le": 0}, {"score": 1, "ge": 1, "lt": 2}, {"score": 0, "ge": 2}]
    rule = parse_rule({"shape": "tiers", "input": "count", "tiers": tiers}, max_score=TEN)
    assert [rule.score({"value": Decimal(count)}, TEN).score for count in (0, 1, 2)] == [4, 1, 0]
    assert "khoảng trống" in " ".join(faults_of({"shape": "tiers", "input": "percent", "tiers": tiers}).values())


def test_more_days_never_give_more_points():
    tiers = [{"score": 0, "le": 30}, {"score": 3, "gt": 30}]
    assert "giảm dần" in faults_of({"shape": "deadline", "tiers": tiers})["tiers"]


@pytest.mark.parametrize(
    ("form", "path"),
    [
        ({"shape": "lottery"}, "shape"),
        ({"type": "lottery"}, "type"),
        ({"type": "boolean", "shape": "tiers", "true": 1}, "shape"),
        ({}, "shape"),
        ({"shape": "boolean"}, "true"),
        ({"shape": "boolean", "true": 11}, "true"),
        ({"shape": "boolean", "true": True}, "true"),
        ({"shape": "boolean", "true": 1, "input": "a OR b"}, "input"),
        ({"shape": "choice", "options": [{"label": "a", "score": 1}]}, "options"),
        ({"shape": "choice", "options": [{"label": "a", "score": 1}, {"label": "a", "score": 0}]}, "options[1].label"),
        ({"shape": "piecewise_ratio", "full_at_percent": 60, "zero_below_percent": 85}, "zero_below_percent"),
        ({"shape": "piecewise_ratio", "full_at_percent": 0}, "full_at_percent"),
        ({"shape": "piecewise_ratio", "full_at_percent": 120}, "full_at_percent"),
        ({"shape": "piecewise_ratio", "full_at_percent": 85, "cap": 11}, "cap"),
        ({"shape": "piecewise_ratio", "full_at_percent": 85, "formula_between": "(tỷ lệ / 80%) x 10"},
         "formula_between"),
        ({"shape": "piecewise_ratio", "full_at_percent": 85, "formula_between": "như trên"}, "formula_between"),
        ({"shape": "plain_ratio", "formula": "percent + 1"}, "formula"),
        ({"shape": "plain_ratio", "round": {"step": 0}}, "round.step"),
        ({"shape": "plain_ratio", "round": {"step": "0.25", "decimals": 2}}, "round.step"),
        ({"shape": "plain_ratio", "round": {"decimals": 2.5}}, "round.decimals"),
        ({"shape": "deduction", "per": 0}, "per"),
        ({"shape": "deduction", "per": -1}, "per"),
        ({"shape": "deduction", "per": 1, "start": 11}, "start"),
        ({"shape": "deduction", "per": 1, "start": 1, "floor": 2}, "floor"),
        ({"shape": "addition", "per": 1, "cap": 12}, "cap"),
        ({"shape": "addition", "per": 1, "direction": "deduct"}, "direction"),
        ({"shape": "penalty", "per": 1, "grade_cap": "khiển trách"}, "grade_cap"),
        ({"shape": "late_days", "first_2_days": 1, "per_day_from_day_4": 1}, "per_day_from_day_4"),
        ({"shape": "survey", "options": [{"label": "Tốt", "weight": 120}, {"label": "Kém", "weight": 0}]},
         "options[0].weight"),
        ({"shape": "best_peer", "best": "value"}, "best"),
        ({"shape": "gate", "conditions": [], "rule": RATE}, "conditions"),
        ({"shape": "gate", "conditions": [{"name": "percent"}], "rule": RATE}, "conditions"),
        ({"shape": "gate", "conditions": [{"name": "g"}]}, "rule"),
        ({"shape": "gate", "conditions": [{"name": "g"}], "rule": {"shape": "penalty", "per": 1}}, "rule"),
        ({"shape": "branch", "branch_on": "has_plan", "branches": {"true": RATE}}, "branches"),
        ({"shape": "branch", "branch_on": "percent", "branches": {"true": RATE, "false": RATE}}, "branches"),
        ({"shape": "branch", "branch_on": "has_plan",
          "branches": {"true": RATE, "false": {"shape": "plain_ratio", "round": {"step": "a"}}}},
         "branches.false.round.step"),
        ({"type": "tiers", "input": "percent", "override": {"when": "sometimes", "score": 2},
          "tiers": [{"score": 3, "ge": 90}, {"score": 0, "lt": 90}]}, "override.when"),
    ],
)  # fmt: skip
def test_what_no_rule_can_say_is_refused_where_it_stands(form, path):
    assert path in faults_of(form)


def test_notes_are_no_keys_of_a_rule():
    assert parse_rule({**RATE, "note": "mẫu số chỉ tính kiến nghị đến hạn", "evidence": "báo cáo"}, max_score=TEN)


def test_inputs_that_do_not_fit_are_refused_all_at_once():
    form = {"shape": "gate", "conditions": [{"name": "issued"}], "rule": {"shape": "survey"}}
    assert refusal(form, {"issued": Decimal(1), "percent": Decimal(101), "colour": "đỏ"}) == [
        ("issued", "input_type"),
        ("percent", "input_range"),
        ("colour", "input_unknown"),
    ]
    assert refusal(RATE, {"percent": Decimal("-0.01")}) == [("percent", "input_range")]
    assert refusal(RATE, {"percent": Decimal("100.01")}) == [("percent", "input_range")]
    assert refusal(RATE, {"percent": "72"}) == [("percent", "input_type")]
    assert refusal(RATE, {"percent": True}) == [("percent", "input_type")]
    assert refusal(RATE, {"value": Decimal(1), "percent": Decimal(1)}) == [("percent", "input_twice")]
    assert refusal({"shape": "boolean", "true": 1}, {"value": Decimal(1)}) == [("met", "input_type")]
    counted = {"shape": "addition", "per": 1}
    assert refusal(counted, {"value": Decimal("1.5")}) == [("count", "input_type")]
    assert refusal(counted, {"value": Decimal(-1)}) == [("count", "input_range")]
    choice = {"shape": "choice", "options": [{"label": "đạt", "score": 2}, {"label": "chưa đạt", "score": 0}]}
    assert refusal(choice, {"value": "gần đạt"}) == [("option", "input_option")]
    assert refusal(choice, {"value": Decimal(2)}) == [("option", "input_type")]
    assert score(choice, {"value": "  ĐẠT "}).score == 2


def test_a_rate_of_nothing_asks_for_not_applicable():
    assert refusal(RATE, {"numerator": Decimal(0), "denominator": Decimal(0)}) == [
        ("denominator", "input_denominator_zero")
    ]
    with pytest.raises(InputRefused, match="không phát sinh"):
        score(RATE, {"numerator": Decimal(0), "denominator": Decimal(0)})
    assert refusal(RATE, {"numerator": Decimal(8), "denominator": Decimal(7)}) == [("numerator", "input_range")]
    both = {"percent": Decimal(50), "numerator": Decimal(1), "denominator": Decimal(2)}
    assert refusal(RATE, both) == [("percent", "input_twice")]
    assert score(RATE, {"numerator": Decimal(3)}).score is None


def test_what_was_planned_can_be_exceeded_only_where_the_rule_says_so():
    assert refusal(RATE, {"value": Decimal(110)}) == [("percent", "input_range")]
    assert score({**RATE, "input": {"name": "percent", "may_exceed": True}}, {"value": Decimal(110)}).score == 10


def test_a_refusal_of_inputs_has_a_code_for_programs_and_a_field_for_forms():
    node = Node("II.6", max_score=TEN, rule=parse_rule(RATE, max_score=TEN))
    other = Node("II.7", max_score=TEN, rule=parse_rule({"shape": "addition", "per": 1}, max_score=TEN))
    answers = {"II.6": Answer({"value": Decimal(200)}), "II.7": Answer({"value": "hai"}), "X": Answer(given=TEN)}
    with pytest.raises(Invalid) as refused:
        score_tree([node, other], {key: answers[key] for key in ("II.6", "II.7")}, Policy())
    assert refused.value.code == "inputs_refused"
    assert set(refused.value.fields) == {"II.6.percent", "II.7.count"}
    assert refused.value.component == "II.6"
    assert "II.6: Tỷ lệ: 200 lớn hơn mức cao nhất có thể là 100." in str(refused.value)
    with pytest.raises(InputRefused) as refused:
        score_tree([node, other], answers, Policy())
    assert refused.value.faults[0].code == "component_unknown"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer({"value": Decimal(5)}, not_applicable=True), "input_contradiction"),
        (Answer({"value": Decimal(5)}, given=Decimal(5)), "input_contradiction"),
        (Answer(not_applicable=True, given=Decimal(5)), "input_contradiction"),
        (Answer(given=Decimal(11)), "given_range"),
        (Answer(given=Decimal(-1)), "given_range"),
        (Answer(not_applicable=True), "not_applicable_not_allowed"),
    ],
)
def test_an_answer_says_one_thing(answer, code):
    node = Node("1", max_score=TEN, rule=parse_rule(RATE, max_score=TEN))
    with pytest.raises(InputRefused) as refused:
        score_tree([node], {"1": answer}, Policy())
    assert [fault.code for fault in refused.value.faults] == [code]


def test_inputs_without_a_rule_and_answers_above_the_leaves_are_refused():
    tree = [Node("1", children=(Node("1.1", max_score=TEN),))]
    for answers, code in (
        ({"1.1": Answer({"value": TEN})}, "input_without_rule"),
        ({"1": Answer(given=TEN)}, "component_has_parts"),
    ):
        with pytest.raises(InputRefused) as refused:
            score_tree(tree, answers, Policy())
        assert refused.value.faults[0].code == code


def test_a_tree_that_is_none_is_refused_before_anything_is_scored():
    penalty = parse_rule({"shape": "penalty", "per": 1, "grade_cap": "không xếp loại Xuất sắc"}, max_score=None)
    grades = (Grade("A", "Giỏi", Decimal(90)), Grade("B", "Khá", None, Decimal(80)))
    nodes = [
        Node("1", max_score=TEN, gate=True),
        Node("1", max_score=Decimal(5), rule=parse_rule({"shape": "boolean", "true": 8}, max_score=TEN)),
        Node("2", rule=penalty),
        Node("3", kind="bonus", children=(Node("3.1", kind="penalty", max_score=TEN),)),
        Node("4"),
    ]
    found = {(fault.path, fault.message) for fault in tree_faults(nodes, Policy(grades=grades))}
    words = " ".join(message for _, message in found)
    for expected in (
        "điều kiện bắt buộc phải nằm trong", "cùng mã", "vượt điểm tối đa 5", "chỉ dùng cho điểm trừ", "khác loại",
        "chưa có điểm tối đa", "khoảng trống", "không có mức xếp loại này",
    ):  # fmt: skip
        assert expected in words, expected
    with pytest.raises(RuleRefused):
        score_tree(nodes, {}, Policy(grades=grades))


def test_a_boolean_says_no_as_soon_as_one_condition_does():
    form = {"shape": "boolean", "input": "count_ok AND content_ok AND on_time", "true": 3, "false": 0}
    assert score(form, {"count_ok": True, "content_ok": True, "on_time": True}).score == 3
    assert score(form, {"count_ok": True, "content_ok": False}).score == 0
    assert score(form, {"count_ok": True, "content_ok": True}).score is None
    assert [score(form, {"value": truth}).score for truth in (True, False)] == [3, 0]
    assert score(form, {"value": False}).explanation.inputs == ("Đạt tất cả các yêu cầu: không",)


def test_this_years_rate_is_compared_with_last_years():
    form = {"type": "boolean", "true": 1, "false": 0, "input": "rate_this_year > rate_last_year"}
    rates = lambda now, before: {"rate_this_year": Decimal(now), "rate_last_year": Decimal(before)}  # noqa: E731
    assert [score(form, rates(now, "70")).score for now in ("70.01", "70", "69")] == [1, 0, 0]
    assert score(form, {"rate_this_year": Decimal(70)}).score is None
    assert score(form, {"value": True}).score == 1


def test_an_override_counts_only_where_it_is_claimed_and_the_value_is_low():
    form = {
        "type": "tiers",
        "shape": "tiers",
        "input": "percent",
        "tiers": [
            {"score": 3, "ge": 90},
            {"score": 2, "ge": 80, "lt": 90},
            {"score": 1, "ge": 70, "lt": 80},
            {"score": 0.5, "lt": 70},
        ],
        "override": {"when": "percent < 80 AND đã đôn đốc bằng văn bản / giám sát", "score": 2},
    }
    at = lambda rate, **more: score(form, {"percent": Decimal(rate), **more}, Decimal(3)).score  # noqa: E731
    assert [at("75"), at("75", override=False), at("75", override=True)] == [1, 1, 2]
    assert [at("79.99", override=True), at("80", override=True), at("95", override=True)] == [2, 2, 3]


def test_the_best_peer_gives_the_measure():
    form = {"shape": "best_peer"}
    assert score(form, {"value": Decimal(30), "best": Decimal(40)}, Decimal(2)).score == Decimal("1.50")
    assert refusal(form, {"value": Decimal(41), "best": Decimal(40)}) == [("value", "input_range")]
    assert refusal(form, {"value": Decimal(0), "best": Decimal(0)}) == [("best", "input_denominator_zero")]
    less = {"shape": "best_peer", "less_is_better": True}
    assert score(less, {"value": Decimal(4), "best": Decimal(3)}, Decimal(2)).score == Decimal("1.50")
    assert score(less, {"value": Decimal(0), "best": Decimal(0)}, Decimal(2)).score == 2


def test_answers_of_a_survey_are_weighted():
    weights = (("Rất tốt", 100), ("Tốt", 60), ("Trung bình", 20), ("Kém", 0))
    form = {"shape": "survey", "options": [{"label": label, "weight": weight} for label, weight in weights]}
    given = {f"answer_{place}": Decimal(count) for place, count in enumerate((10, 20, 15, 5), 1)}
    # (10 × 100 + 20 × 60 + 15 × 20) / 50 = 50 %
    assert score(form, given, Decimal(3)).score == Decimal("1.50")
    assert score(form, {"answer_1": Decimal(3)}, Decimal(3)).score is None
    assert refusal(form, dict.fromkeys(given, Decimal(0)))[0][1] == "input_denominator_zero"


def test_a_violation_bars_grades_and_lowers_them():
    barred = parse_rule({"type": "count_deduction", "per": 5, "cap": 5, "grade_cap": "không xếp loại Xuất sắc"},
                        max_score=Decimal(5))  # fmt: skip
    lowered = parse_rule(
        {"type": "count_deduction", "per": 1, "cap": 5, "grade_cap": "hạ 01 mức; tái phạm thì xếp loại Yếu"},
        max_score=Decimal(5),
    )
    assert barred.score({"value": Decimal(1)}, Decimal(5)).grade_caps[0].below == "Xuất sắc"
    assert barred.score({"value": Decimal(0)}, Decimal(5)).grade_caps == ()
    grades = (
        Grade("XS", "Xuất sắc", Decimal(90)),
        Grade("T", "Tốt", Decimal(80), Decimal(90)),
        Grade("K", "Khá", Decimal(65), Decimal(80)),
        Grade("Y", "Yếu", None, Decimal(65)),
    )
    nodes = [
        Node("I", max_score=Decimal(100)),
        Node("IX.1", kind="penalty", max_score=Decimal(5), rule=barred),
        Node("IX.9", kind="penalty", max_score=Decimal(5), rule=lowered),
    ]

    def grade(first, ninth):
        answers = {
            "I": Answer(given=Decimal(99)),
            "IX.1": Answer({"value": Decimal(first)}),
            "IX.9": Answer({"value": Decimal(ninth)}),
        }
        return score_tree(nodes, answers, Policy(grades=grades, penalty_cap=Decimal(20)))

    assert [grade(*counts).grade.code for counts in ((0, 0), (1, 0), (0, 1), (1, 1))] == ["XS", "T", "T", "K"]
    sheet = grade(1, 1)
    assert sheet.total == 93
    assert [code for code, _ in sheet.grade_caps] == ["IX.1", "IX.9"]
    assert isinstance(sheet.grade_caps[0][1], GradeCap)


def test_a_condition_that_is_not_met_takes_the_whole_criterion():
    condition = parse_rule({"shape": "boolean", "true": 0, "false": 0}, max_score=Decimal(0))
    tree = [
        Node("1", children=(Node("1.1", "Có kế hoạch", max_score=Decimal(0), rule=condition, gate=True),
                            Node("1.2", max_score=Decimal(5)))),
        Node("2", max_score=Decimal(5)),
    ]  # fmt: skip
    rest = {"1.2": Answer(given=Decimal(4)), "2": Answer(given=Decimal(3))}
    sheet = score_tree(tree, {"1.1": Answer({"value": False}), **rest}, Policy())
    assert (sheet.components["1"].score, sheet.components["1.2"].score, sheet.total) == (0, 4, 3)
    assert "Không đạt điều kiện bắt buộc “Có kế hoạch”: cả tiêu chí 0 điểm" in sheet.components["1"].explanation.steps
    assert score_tree(tree, {"1.1": Answer({"value": True}), **rest}, Policy()).total == 7
    assert score_tree(tree, rest, Policy()).total == 7


def test_a_group_may_give_less_than_its_parts():
    tree = [Node("VIII", kind="bonus", max_score=TEN,
                 children=tuple(Node(f"VIII.{n}", kind="bonus", max_score=Decimal(4)) for n in range(3)))]  # fmt: skip
    sheet = score_tree(tree, {f"VIII.{n}": Answer(given=Decimal(4)) for n in range(3)}, Policy())
    assert (sheet.components["VIII"].score, sheet.bonus, sheet.total) == (10, 10, 10)


def test_the_total_stays_between_floor_and_ceiling():
    tree = [Node("1", max_score=TEN), Node("2", kind="penalty")]
    answers = {"1": Answer(given=Decimal(3)), "2": Answer(given=Decimal(8))}
    assert score_tree(tree, answers, Policy()).total == 0
    assert score_tree(tree, answers, Policy(floor=None)).total == -5
    assert score_tree(tree, {"1": Answer(given=TEN)}, Policy(ceiling=Decimal(9))).total == 9


def test_a_late_report_costs_by_the_day_in_either_reading():
    adds = {"type": "count_deduction", "shape": "late_days", "first_2_days": 1, "per_day_from_day_3": 1,
            "not_accepted_after": "12-20", "waiver": "lý do khách quan được chấp thuận bằng văn bản"}  # fmt: skip
    instead = {"shape": "late_days", "first_days": 2, "first": 1, "per_day": 1, "adds": False}
    days = range(6)
    assert [score(adds, {"value": Decimal(day)}, None).score for day in days] == [0, 1, 1, 2, 3, 4]
    assert [score(instead, {"value": Decimal(day)}, None).score for day in days] == [0, 1, 1, 1, 2, 3]
    assert score(adds, {"days_late": Decimal(5), "waived": True}, None).score == 0
    assert "không nhận sau ngày 20/12" in parse_rule(adds, max_score=None).describe()

"""``import_framework`` and ``score``: what programs get, and the worked examples on the shipped samples."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from indicators.actions import frameworks
from indicators.facts.frameworks import scoring_of
from indicators.models import Component, Framework, Index
from indicators.render.frameworks import template
from tests.indicators.framework_files import cell_of, edited, whole

KH, TH = "mau-khanhhoa-11-qd-tu-commune-2026", "mau-thanhhoa-hdnd-xa-2026-2031-draft"


@pytest.fixture
def samples(db):
    """The two shipped samples."""
    frameworks.keep_samples()


@pytest.fixture
def score(tmp_path):
    """Score inputs through the command."""

    def scored(code, inputs):
        path, out = tmp_path / "inputs.json", StringIO()
        path.write_text(json.dumps(inputs), encoding="utf-8")
        call_command("score", code, inputs=path, json=True, stdout=out)
        return json.loads(out.getvalue())

    return scored


def points(score, framework, component, inputs):
    return score(framework, {component: inputs})["components"][component]["score"]


def taken(tmp_path, content, *options):
    """Import content through the command; return its exit status and its JSON answer."""
    path, out = tmp_path / ("file.json" if isinstance(content, dict) else "file.xlsx"), StringIO()
    path.write_bytes(json.dumps(content).encode() if isinstance(content, dict) else content)
    status = 0
    try:
        call_command("import_framework", path, "--json", *options, stdout=out)
    except SystemExit as stopped:
        status = stopped.code
    return status, json.loads(out.getvalue())


# --- examples.md ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("percent", "expected"), [(84.99, "10"), (85, "10"), (72, "8.47"), (60, "7.06"), (59.99, "0")])
def test_example_1_a_rate_in_pieces(samples, score, percent, expected):
    assert points(score, KH, "II.6", {"value": percent}) == expected


@pytest.mark.parametrize(
    ("percent", "expected"), [(100, "10"), (99.9, "8"), (90, "8"), (89.99, "6"), (70, "4"), (69.99, "0")]
)
def test_example_2_tiers(samples, score, percent, expected):
    assert points(score, KH, "II.1.1", {"value": percent}) == expected


@pytest.mark.parametrize(("days", "expected"), [(30, "3"), (31, "1.5"), (60, "1.5"), (61, "0")])
def test_example_3_days_after_the_superior_plan(samples, score, days, expected):
    assert points(score, KH, "I.1", {"value": days, "quality_ok": True}) == expected


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"has_plan": False, "organised": True}, "2"),
        ({"has_plan": True, "percent_of_plan": 100}, "5"),
        ({"has_plan": True, "percent_of_plan": 85}, "4"),
        ({"has_plan": True, "percent_of_plan": 84.99}, "3"),
        ({"has_plan": True, "percent_of_plan": 59}, "2"),
        ({"has_plan": True, "percent_of_plan": 0}, "0"),
    ],
)
def test_example_4_a_branch(samples, score, inputs, expected):
    assert points(score, KH, "II.4.2", inputs) == expected


def test_example_5_not_applicable_takes_the_maximum_away(samples, score):
    sheet = score(KH, {"II.2": {"not_applicable": True}})
    assert sheet["components"]["II.2"]["score"] is None
    assert sheet["components"]["II.2"]["not_applicable"] is True
    assert sheet["applicable_max"] == "77"


@pytest.mark.parametrize(("percent", "expected"), [(83, "5"), (81, "4.75"), (100, "6")])
def test_example_6_a_plain_rate_with_a_step(samples, score, percent, expected):
    assert points(score, TH, "II.3.a", {"value": percent}) == expected


@pytest.mark.parametrize(("lacking", "expected"), [(0, "1.5"), (1, "1"), (3, "0"), (5, "0")])
def test_example_7_a_deduction_is_never_negative_on_the_sample(samples, score, lacking, expected):
    """The sample's III.3.a begins at 1.5; the example's own numbers (2, -0.5) are in the test below."""
    assert points(score, TH, "III.3.a", {"value": lacking}) == expected


def small(components, policy=None, grades=()):
    total = sum(
        float(one["max_score"]) for one in components if not one.get("parent") and one.get("kind", "base") == "base"
    )
    return {**whole(), "components": components, "policy": policy or {"total_max": total}, "grades": list(grades)}


def leaf(code, most, rule=None, **more):
    return {"code": code, "name": f"Tiêu chí {code}", "max_score": most, "method": "self", "rule": rule, **more}


def test_example_7_deduction_and_addition_as_in_the_examples(db, score, tmp_path):
    down = {"shape": "deduction", "start": 2, "per": 0.5, "floor": 0}
    up = {"shape": "addition", "per": 1.5, "cap": 3}
    assert taken(tmp_path, small([leaf("III.3.a", 2, down), leaf("V.3.a", 3, up)]))[0] == 0
    assert [points(score, "thu-2026", "III.3.a", {"value": n}) for n in (0, 3, 5)] == ["2", "0.5", "0"]
    assert [points(score, "thu-2026", "V.3.a", {"value": n}) for n in (1, 3)] == ["1.5", "3"]


def test_example_8_the_parts_of_lang_son_and_the_sipas_of_ha_tinh(db, score, tmp_path):
    """Published parts are given as points (``score``); the maxima of the parts are ours, only the sum is published."""
    parts = [leaf("1", 60), leaf("2", 10), leaf("3", 25), leaf("4", 5)]
    taken(tmp_path, small(parts))
    given = {"1": 47.75, "2": 9.15, "3": 16.85, "4": 3.5}
    sheet = score("thu-2026", {code: {"score": value} for code, value in given.items()})
    assert (sheet["total"], sheet["percent"]) == ("77.25", "77.25")
    taken(tmp_path, small([leaf("1", 10, {"shape": "survey"})]), "--code=sipas-thu", "--index=SIPAS")
    assert points(score, "sipas-thu", "1", {"value": 91.17}) == "9.12"


def test_example_9_groups_by_edges_are_kept_with_the_framework(db, tmp_path):
    """The edges are the framework's; which province falls into which group is arithmetic of ranks."""
    from decimal import Decimal

    from indicators.scoring import groups, rank

    content = {**whole(policy={"edges": [90, 80, 70]}), "groups": [{"sizes": ["A", "B", "C", "D"]}]}
    assert taken(tmp_path, content)[0] == 0
    kept = Framework.objects.get(code="thu-2026").policy["groups"]
    assert kept == {"names": ["A", "B", "C", "D"], "edges": ["90", "80", "70"]}
    values = {"QN": "90.10", "HP": "90.09", "HN": "89.58", "DN": "82.92"}
    found = groups(
        rank({name: Decimal(value) for name, value in values.items()}), edges=[Decimal(one) for one in kept["edges"]]
    )
    assert {name: kept["names"][place] for name, place in found.items()} == {"QN": "A", "HP": "A", "HN": "B", "DN": "B"}


def test_example_10_bonus_is_capped_and_penalty_taken_off(samples, score, tmp_path):
    """Bonus items of 17 do not exist in the sample (its items end at 15): one more is imported under the same cap."""
    sample = json.loads((frameworks.SAMPLES / "khanh_hoa_cap_xa.json").read_text(encoding="utf-8"))
    sample["framework"] |= {"code": "kh-them-thuong", "version": "thêm một mục thưởng"}
    place = [one["code"] for one in sample["components"]].index("IV.3")
    extra = leaf("IV.9", "2", kind="bonus", parent="IV")
    sample["components"].insert(place, extra)
    status, said = taken(tmp_path, sample)
    assert status == 0, said
    full = {
        "I.1": {"days_after_superior_plan": 10, "quality_ok": True},
        "I.2.1": {"value": 30},
        "I.2.2": {"value": True},
        "I.3": {"value": True},
        "I.4": {"value": 2},
        "II.1.1": {"value": 100},
        "II.1.2": {"value": 100},
        "II.1.3": {"value": "dùng hiệu quả, cập nhật đều"},
        "II.2": {"value": True},
        "II.3.1": {"value": True},
        "II.3.2": {"value": True},
        "II.4.1": {"value": True},
        "II.4.2": {"has_plan": False, "organised": False},
        "II.5.1": {"value": 100},
        "II.5.2": {"value": 100},
        "II.6": {"value": 100},
        "II.7": {"value": True},
        "IV.1": {"value": 2},
        "IV.2": {"value": True},
        "IV.9": {"score": 2},
        "IV.3.1": {"value": "tiên phong, gỡ dứt điểm"},
        "IV.3.2": {"value": 5},
        "IV.3.3": {"value": "có sản phẩm từ 4 sao"},
        "IV.3.4": {"value": True},
        "IV.3.5": {"value": True},
        "V.1": {"value": 0},
        "V.2": {"value": 1},
        "V.3": {"value": 0},
        "V.4": {"value": 1},
    }
    sheet = score("kh-them-thuong", full)
    items = sum(float(sheet["components"][code]["score"]) for code in full if code.startswith("IV"))
    assert (sheet["base"], items, sheet["bonus"], sheet["penalty"]) == ("80", 17, "15", "2")
    assert (sheet["total"], sheet["grade"], sheet["answered"], sheet["leaves"]) == ("93", "A", 29, 29)


def test_example_10_what_is_applicable_is_rescaled(db, score, tmp_path):
    parts = [leaf("1", 70), leaf("2", 30, not_applicable="reduce_max")]
    taken(tmp_path, small(parts, {"total_max": 100, "rescale": True}))
    sheet = score("thu-2026", {"1": {"score": 63}, "2": {"not_applicable": True}})
    assert (sheet["applicable_max"], sheet["total"], sheet["percent"]) == ("70", "90", "90")


def test_the_rounding_trap_is_rounded_half_up(db, score, tmp_path):
    taken(tmp_path, small([leaf("1", 80)]))
    assert score("thu-2026", {"1": {"score": 40.62}})["percent"] == "50.78"


# --- acceptance examples (numbers as published) --------------------------------------------------------------


def test_acceptance_1_the_papi_of_yen_bai_2023_is_the_sum_of_its_dimensions(db, score, tmp_path):
    parts = ("4.7348", "5.1596", "4.3356", "6.7614", "7.1989", "7.5827", "3.6239", "3.0940")
    taken(tmp_path, small([leaf(str(n), 10) for n in range(1, 9)], {"total_max": 80, "decimals": 4}))
    sheet = score("thu-2026", {str(n): {"score": float(part)} for n, part in enumerate(parts, 1)})
    assert (sheet["total"], sheet["answered"]) == ("42.4909", 8)


def test_acceptance_7_sipas_as_points_of_the_par_index(db, score, tmp_path):
    taken(tmp_path, small([leaf("1", 10, {"shape": "survey"}), leaf("2", 90)]))
    assert points(score, "thu-2026", "1", {"value": 91.17}) == "9.12"


def test_acceptance_8_an_internal_index_rounds_half_up(db, score, tmp_path):
    """The maxima of the three parts are ours; the source gives points and the sum."""
    taken(tmp_path, small([leaf("1", 65), leaf("2", 25), leaf("3", 10)]))
    assert score("thu-2026", {"1": {"score": 62.88}, "2": {"score": 24.42}, "3": {"score": 8.135}})["total"] == "95.44"


@pytest.mark.parametrize(
    ("value", "grade"), [(91.8, "A"), (91.14, "A"), (90.25, "A"), (79.97, "C"), (90, "A"), (80, "B")]
)
def test_acceptance_9_classes_of_the_par_index(db, score, tmp_path, value, grade):
    ends = {"A": (90, None), "B": (80, 90), "C": (70, 80), "D": (None, 70)}
    grades = [
        {"code": name, "name": f"Loại {name}", "at_least": low, "below": high} for name, (low, high) in ends.items()
    ]
    taken(tmp_path, small([leaf("1", 100)], grades=grades))
    assert score("thu-2026", {"1": {"score": value}})["grade"] == grade


def test_acceptance_10_the_domains_of_2017_make_100_and_another_total_is_refused(db, tmp_path):
    maxima = ("10", "10", "14.5", "11", "16", "7", "16", "15.5")
    domains = [leaf(f"D{n}", most) for n, most in enumerate(maxima, 1)]
    assert taken(tmp_path, small(domains, {"total_max": "100"}), "--dry-run")[0] == 0
    status, said = taken(tmp_path, small(domains, {"total_max": "99"}), "--dry-run")
    assert status == 1
    assert "là 100 (D1: 10 + D2: 10 + D3: 14,5" in said["errors"][0]["message"]


# --- score ---------------------------------------------------------------------------------------------------


def test_blank_components_have_no_score_and_the_total_says_so(samples, score):
    sheet = score(KH, {"II.6": {"value": 0}})
    assert (sheet["components"]["II.6"]["score"], sheet["components"]["I.1"]["score"]) == ("0", None)
    assert (sheet["answered"], sheet["leaves"], sheet["total"]) == (1, 28, "0")
    assert score(KH, {})["total"] is None
    explanation = score(KH, {"II.6": {"value": 72}})["components"]["II.6"]["explanation"]
    assert "72 / 85 × 10 = 8,470588…; làm tròn 2 chữ số: 8,47 điểm." in explanation


def test_a_part_of_a_code_is_enough_where_it_is_the_only_one(samples, score):
    assert points(score, "khanhhoa", "II.6", {"value": 72}) == "8.47"
    with pytest.raises(CommandError, match="Nhiều bộ tiêu chí"):
        score("mau-", {})
    with pytest.raises(CommandError, match=f"Không có bộ tiêu chí(.|\n)*{KH}(.|\n)*{TH}"):
        score("khong-co", {})


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"II.6": {"value": 101}}, "lớn hơn mức cao nhất"),
        ({"II.6": {"numerator": 1, "denominator": 0}}, "không phát sinh"),
        ({"II.99": {"value": 1}}, "không có thành phần này"),
        ({"II": {"value": 1}}, "thành phần con"),
        ({"I.3": {"not_applicable": True}}, "không được chọn “không phát sinh”"),
        ({"II.6": {"not_applicable": "yes"}}, "phải là true hoặc false"),
    ],
)
def test_inputs_that_do_not_fit_are_told_in_words(samples, score, inputs, words):
    with pytest.raises(CommandError, match=words):
        score(KH, inputs)


def test_a_framework_is_read_for_scoring_in_one_query(samples):
    for code in (KH, TH):
        framework = Framework.objects.get(code=code)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            scoring_of(framework)
        assert len(queries) == 1


# --- import_framework ----------------------------------------------------------------------------------------


def test_the_first_import_adds_and_the_same_once_more_changes_nothing(db, tmp_path):
    status, said = taken(tmp_path, whole())
    assert (status, said["outcome"], said["stored"], said["framework"]) == (0, "added", True, "thu-2026")
    keys = list(Component.objects.order_by("pk").values_list("pk", "code", "order"))
    assert taken(tmp_path, whole())[1]["outcome"] == "same"
    assert list(Component.objects.order_by("pk").values_list("pk", "code", "order")) == keys


def test_a_dry_run_prints_the_tree_and_stores_nothing(db, tmp_path):
    status, said = taken(tmp_path, template(), "--dry-run")
    assert (status, said["status"], said["stored"]) == (0, "ok", False)
    assert said["components"][1]["rule"]["shape"] == "tiers"
    assert not Framework.objects.exists()
    assert not Index.objects.exists()
    out, path = StringIO(), tmp_path / "file.xlsx"
    call_command("import_framework", path, "--dry-run", stdout=out)
    assert "Sẽ thêm bộ tiêu chí vi-du-cchc-so (MẪU)" in out.getvalue()


def test_a_refused_file_stores_nothing_and_lists_every_error(db, tmp_path):
    wrong = {cell_of("1.1", "max_score"): "=10", cell_of("1.2", "code"): "1.1", cell_of("2.6", "shape"): "xổ số"}
    bad = edited(**wrong)
    status, said = taken(tmp_path, bad.getvalue())
    assert (status, said["status"], said["code"]) == (1, "refused", "framework_refused")
    assert {"sheet", "row", "column", "cell", "value", "message"} == set(said["errors"][0])
    assert set(wrong) <= {error["cell"] for error in said["errors"]}
    assert not Framework.objects.exists()
    with pytest.raises(CommandError, match="chưa lưu gì"):
        call_command("import_framework", tmp_path / "file.xlsx")


def test_an_index_that_nobody_describes_is_refused(db, tmp_path):
    content = whole()
    for key in ("index_name", "index_unit"):
        del content["framework"][key]
    status, said = taken(tmp_path, content)
    assert status == 1
    assert "ghi tên chỉ số, đơn vị" in said["errors"][0]["message"]


def test_what_is_changed_in_the_file_is_changed_and_kept_rows_stay(db, tmp_path):
    taken(tmp_path, whole())
    first = Component.objects.get(code="1.1").pk
    content = whole()
    content["components"][1]["name"] = "Văn bản quy phạm"
    content["components"][2] |= {"code": "1.3", "name": "Theo dõi thi hành"}
    assert taken(tmp_path, content)[1]["outcome"] == "changed"
    assert Component.objects.get(code="1.1").pk == first
    assert list(Component.objects.values_list("code", flat=True)) == ["1", "1.1", "1.3", "2"]
    assert Component.objects.get(code="1.3").parent.code == "1"


def test_unknown_files_and_provinces_are_said(db, tmp_path):
    with pytest.raises(CommandError, match="Không đọc được tệp"):
        call_command("import_framework", Path("/nowhere/x.json"))
    with pytest.raises(CommandError, match="Không có tỉnh mang mã"):
        taken(tmp_path, whole(), "--province=x")

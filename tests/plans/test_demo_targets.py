"""The targets of the demonstration against the published results."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from agencies.models import User
from plans.facts.targets import TargetState, target_facts
from plans.models import Plan

pytestmark = pytest.mark.usefixtures("demo", "db", "held_clock")

LATER = date(2022, 7, 1)
MET, NOT_MET, UNKNOWN = TargetState.MET, TargetState.NOT_MET, TargetState.UNKNOWN


def outcomes(code, on=LATER):
    return {one.code: one for one in target_facts(Plan.objects.get(code=code), on)}


def test_the_targets_of_186_have_the_outcome_that_was_published():
    found = outcomes("yen-bai-186-2021")
    assert {code: one.state for code, one in found.items()} == {
        "MT1": MET, "MT2": MET, "MT3": NOT_MET, "MT4": MET, "MT5": NOT_MET, "MT6": NOT_MET,
    }  # fmt: skip
    assert found["MT1"].arithmetic == "24 − 21 = 3 bậc, yêu cầu ≥ 2 (2–4 bậc hoặc hơn)"
    assert found["MT2"].arithmetic == "hạng 21/63, yêu cầu không quá 30"
    assert found["MT3"].arithmetic == "42,3542 so với yêu cầu > 50"
    assert "hạng 29/60 thuộc nhóm Trung bình cao (hệ thống tính" in found["MT4"].arithmetic
    assert found["MT6"].arithmetic == (
        "2/8 thành phần ở nhóm Thấp nhất, yêu cầu 0: 6 (hạng 52/60, nhóm Thấp nhất), 8 (hạng 47/60, nhóm Thấp nhất)"
    )
    groups = {part.code: part.group for part in found["MT6"].parts}
    assert groups == {
        "1": "Trung bình cao", "2": "Trung bình cao", "3": "Cao nhất", "4": "Trung bình cao",
        "5": "Trung bình thấp", "6": "Thấp nhất", "7": "Trung bình cao", "8": "Thấp nhất",
    }  # fmt: skip
    assert {part.code for part in found["MT6"].parts if not part.counts} == {"6", "8"}


def test_the_targets_of_237_have_the_outcome_that_was_published():
    found = outcomes("yen-bai-237-2020")
    assert {code: one.state for code, one in found.items()} == {
        "MT1": MET, "MT2": NOT_MET, "MT3": MET, "MT4": UNKNOWN,
    }  # fmt: skip
    assert found["MT2"].arithmetic == "89,24 so với yêu cầu > 90"
    assert found["MT3"].arithmetic.startswith("5/8 thành phần từ nhóm Trung bình cao trở lên = 62,5 %, yêu cầu ≥ 50 %")
    assert found["MT4"].reason == "chưa có kết quả PCI năm 2021 của Yên Bái"


def test_every_outcome_names_the_rows_it_rests_on():
    for code in ("yen-bai-186-2021", "yen-bai-237-2020"):
        for one in outcomes(code).values():
            assert one.sources, one.code
            assert one.arithmetic or one.reason
    gain = outcomes("yen-bai-186-2021")["MT1"].sources
    assert [(line.what, line.said, line.name) for line in gain] == [
        ("PAR Index năm 2020", "84,70 điểm, hạng 24/63", "186/KH-UBND"),
        ("PAR Index năm 2020", "hạng 24/63", "sctyenbai.gov.vn"),
        ("PAR Index năm 2021", "87,24 điểm, hạng 21/63", "sctyenbai.gov.vn"),
    ]
    assert gain[-1].url.startswith("https://www.sctyenbai.gov.vn/")


def test_where_there_is_no_row_the_reason_says_which():
    hue = outcomes("hue-cchc-2019", date(2026, 12, 1))
    assert hue["MT1"].state is UNKNOWN
    assert hue["MT1"].explained == "vì chưa có kết quả PAR Index năm 2019 của Thừa Thiên Huế"
    assert "“% TTHC”" in hue["MT3"].reason
    dak_lak = outcomes("dak-lak-de-an-2021-2025", date(2026, 12, 1))["MT1"]
    assert "chưa có kết quả PAR Index năm 2020 của Đắk Lắk" in dak_lak.reason
    assert outcomes("ha-tinh-308-2022", date(2026, 12, 1)) == {}


def test_before_the_results_count_as_published_nothing_is_judged_by_them():
    for code in ("yen-bai-186-2021", "yen-bai-237-2020"):
        assert {one.state for one in outcomes(code, date(2022, 6, 30)).values()} == {UNKNOWN}
        plan = Plan.objects.get(code=code)
        early = target_facts(plan, date(2021, 12, 10), all_results=True)
        assert [one.state for one in early] == [one.state for one in outcomes(code).values()]


def test_the_plan_page_shows_the_outcome_beside_the_standing_of_the_day():
    client = Client()
    client.force_login(User.objects.get(username="lanhdao"))
    page = " ".join(client.get("/ke-hoach/yen-bai-186-2021/").content.decode().split())
    assert "24 − 21 = 3 bậc" in page
    assert "Theo kết quả đã ghi, công bố sau ngày này" in page
    assert "sctyenbai.gov.vn" in page
    assert "vì chưa có kết quả PAR Index năm 2021 của Yên Bái" in page
    past = client.get("/ke-hoach/yen-bai-186-2021/?ngay=09/12/2021").content.decode()
    assert "24 − 21 = 3 bậc" not in past


def test_the_command_prints_the_sum():
    out = StringIO()
    call_command("show_plan", "186/KH-UBND", as_of=LATER, stdout=out)
    assert "[Đạt] PAR Index lên 2 đến 4 bậc hoặc hơn so với năm 2020: 24 − 21 = 3 bậc" in out.getvalue()

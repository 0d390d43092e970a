"""Story 15: Cần Thơ came from three provinces and has three baselines of 2024; none is taken without a person."""

import io
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.test import Client

from agencies import calendar
from agencies.actions import directory
from agencies.models import Province, User
from indicators.actions import catalogue
from plans.actions import plans
from plans.facts.targets import target_facts
from plans.models import Plan, TargetBaseline

TODAY = datetime(2027, 8, 2, 9, 0, tzinfo=calendar.VIETNAM)


@pytest.fixture
def can_tho(db: None) -> Province:
    """The merger by the installer, the published results, a plan of the new city."""
    with calendar.held_at(datetime(2025, 7, 1, 8, 0, tzinfo=calendar.VIETNAM)):
        User.objects.create_superuser("cai.dat", "x", full_name="Người cài đặt")
        old = directory.keep_province(code="can-tho", name="Cần Thơ", kind="thanh_pho")
        arguments = ["--only", "can-tho-2025", "--confirm", "--by", "cai.dat"]
        call_command("apply_province_mergers", *arguments, stdout=io.StringIO())
    province = Province.objects.get(code="can-tho-2025")
    old.refresh_from_db()
    assert old.valid_to == date(2025, 6, 30)
    index = catalogue.keep_index(
        code="PAR",
        name="Chỉ số cải cách hành chính",
        short_name="PAR Index",
        unit="điểm",
        scale_min=Decimal(0),
        scale_max=Decimal(100),
        publishes="rank",
    )
    for code, year, value, rank, field in (
        ("can-tho", 2024, "88.5", 22, 63),
        ("hau-giang", 2024, "86.1", 41, 63),
        ("soc-trang", 2024, "84.0", 57, 63),
        ("can-tho-2025", 2026, "90.2", 12, 34),
    ):
        catalogue.keep_result(
            province=Province.objects.get(code=code),
            index=index,
            component=None,
            year=year,
            source=f"Quyết định công bố năm {year}",
            value=Decimal(value),
            rank=rank,
            field_size=field,
            source_kind="published",
            published_on=date(year + 1, 5, 20),
        )
    with calendar.held_at(datetime(2026, 1, 15, 8, 0, tzinfo=calendar.VIETNAM)):
        plan = plans.create(
            province=province,
            code="can-tho-2026",
            number="01/KH-UBND",
            kind="ke_hoach",
            title="Kế hoạch cải cách hành chính năm 2026",
            issuer="Ủy ban nhân dân thành phố Cần Thơ",
            issued_on=date(2026, 1, 15),
            year_from=2026,
            year_to=2026,
            by=None,
        )
        common = {"plan": plan, "deciding_document": "01/KH-UBND", "index": index, "year": 2026}
        for code, target in (
            ("MT1", {"kind": "rank_gain", "comparator": "rank_up", "value": Decimal(2), "baseline_year": 2024}),
            ("MT2", {"kind": "relative_change", "comparator": ">=", "value": Decimal(2), "baseline_year": 2024}),
            ("MT3", {"kind": "rank_at_most", "comparator": "<=", "value": Decimal(30)}),
        ):
            plans.add_target(code=code, text=f"Mục tiêu {code}", **common, **target)
        plans.issue(plan=plan, by=None)
        agency = directory.keep_agency(province=province, code="SNV", name="Sở Nội vụ", kind="so")
        user = directory.add_user(
            username="chuyenvien", full_name="Chuyên viên", password_hash=make_password("x"), by=None
        )
        directory.join(user=user, agency=agency, role="specialist", by=None)
    return province


def test_story_15_province_merged(can_tho: Province) -> None:
    with calendar.held_at(TODAY):
        browser = Client()
        browser.force_login(User.objects.get(username="chuyenvien"))
        plan_url = "/ke-hoach/can-tho-2026/"
        page = browser.get(plan_url).content.decode()
        # Refused, with the three baselines and their field in view.
        assert page.count("Chưa chọn năm gốc") == 2
        for shown in ("hạng 22/63", "hạng 41/63", "hạng 57/63"):
            assert shown in page
        # Top 30 of 63 is not compared with a field of 34.
        assert "đặt khi xếp hạng 63 đơn vị, kết quả là hạng 12/34" in page

        # A specialist chooses, with a reason; the page shows who, when and which denominator.
        choose = f"{plan_url}muc-tieu/MT2/nam-goc/"
        page = browser.get(choose).content.decode()
        assert "Hậu Giang, năm 2024: 86,10 điểm, hạng 41/63" in page
        base = {one.predecessor.code: one.predecessor.results.get() for one in can_tho.origins.all()}
        answer = browser.post(choose, {"result": base["can-tho"].pk, "reason": ""})
        assert answer.status_code == 422
        assert "Cần ghi lý do chọn" in answer.content.decode()
        assert not TargetBaseline.objects.exists()
        for target in ("MT1", "MT2"):
            form = {"result": base["can-tho"].pk, "reason": "Công văn 15/SNV"}
            answer = browser.post(f"{plan_url}muc-tieu/{target}/nam-goc/", form)
            assert answer.status_code == 302
        page = browser.get(plan_url).content.decode()
        assert "2024, Cần Thơ: 88,50 điểm, hạng 22/63" in page
        assert "Chuyên viên chọn ngày 02/08/2027: Công văn 15/SNV" in page
        # The value can be compared, the ranks of two fields cannot.
        assert "90,2 / 88,5 − 1 = 1,92 %" in page
        assert "22/63 và 12/34 khác số đơn vị xếp hạng" in page
        assert "Chưa chọn năm gốc" not in page
        # The day before the choice still shows none.
        plan = Plan.objects.get(code="can-tho-2026")
        assert [one.state_label for one in target_facts(plan, date(2027, 8, 1))][:2] == ["Chưa chọn năm gốc"] * 2
        assert Client().get(choose).status_code == 302

"""Provinces of the country that indices rank, beside those that work with the portal."""

import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from agencies.actions import directory, provinces
from agencies.actions.trail import broken_links
from agencies.models import Event, Province, User

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "province_mergers.json"


def living(on):
    return [unit for unit in provinces.units() if unit.lived(on)]


def test_there_were_63_provinces_until_june_2025_and_are_34_since():
    assert [len(living(date(*day))) for day in ((2017, 12, 31), (2024, 12, 31), (2025, 6, 30), (2025, 7, 1))] == [
        63,
        63,
        63,
        34,
    ]
    codes = [unit.code for unit in provinces.units()]
    assert len(codes) == len(set(codes))


def test_the_provinces_are_those_of_the_list_of_mergers():
    if not SHARED.exists():
        pytest.skip("the list of mergers of provinces is not on this machine")
    mapping = json.loads(SHARED.read_text(encoding="utf-8"))["mapping"]
    assert {unit.name for unit in living(date(2025, 7, 1))} == {one["to"] for one in mapping}
    before = {old["name"] for one in mapping for old in one["from"]}
    assert {unit.name for unit in living(date(2025, 1, 1))} == before
    assert {unit.name for unit in living(date(2024, 1, 1))} == before - {"Huế"} | {"Thừa Thiên Huế"}


def test_only_what_is_missing_is_entered_and_it_is_no_tenant(db):
    own = directory.keep_province(code="yen-bai", name="Yên Bái", kind="tinh")
    entered = provinces.enter_units(living(date(2021, 12, 31)), by=None)
    assert (len(entered), Province.objects.count()) == (62, 63)
    assert [one.pk for one in Province.objects.tenants()] == [own.pk]
    assert provinces.enter_units(living(date(2021, 12, 31)), by=None) == []
    assert all(broken_links(one) == [] for one in Province.objects.all())
    assert Event.objects.filter(action="province.add").count() == 63


def test_old_and_new_provinces_of_one_name_are_two_rows(db):
    provinces.enter_units(provinces.units(), by=None)
    assert [one.code for one in Province.objects.filter(name="Lào Cai").order_by("code")] == ["lao-cai", "lao-cai-2025"]
    old, new = provinces.living("Lào Cai", date(2025, 6, 30)), provinces.living("Lào Cai", date(2025, 7, 1))
    assert (old.code, old.valid_to, new.code) == ("lao-cai", date(2025, 6, 30), "lao-cai-2025")
    assert provinces.living("Yên Bái", date(2025, 7, 1)) is None


def test_a_merger_takes_over_the_rows_that_were_only_ranked(db):
    User.objects.create_superuser("cai.dat", "x", full_name="Người cài đặt")
    provinces.enter_units(provinces.units(), by=None)
    directory.keep_province(code="yen-bai", name="Yên Bái", kind="tinh", valid_to=date(2025, 6, 30))
    call_command("apply_province_mergers", "--only", "lao-cai-2025", "--confirm", "--by", "cai.dat", stdout=StringIO())
    new = Province.objects.get(code="lao-cai-2025")
    assert new.is_tenant
    assert {one.predecessor.code for one in new.origins.all()} == {"lao-cai", "yen-bai"}
    assert {one.code for one in Province.objects.tenants()} == {"yen-bai", "lao-cai-2025"}


def test_a_ranked_province_becomes_a_tenant_when_it_is_entered_as_one(db):
    provinces.enter_units(living(date(2021, 12, 31)), by=None)
    assert directory.keep_province(code="ha-tinh", name="Hà Tĩnh", kind="tinh").is_tenant


def test_provinces_that_are_only_ranked_are_not_listed_among_those_that_work_here(small):
    installer = User.objects.create_superuser("cai.dat", "x", full_name="Người cài đặt")
    provinces.enter_units(living(date(2021, 12, 31)), by=None)
    client = Client()
    client.force_login(installer)
    assert "Bạc Liêu" not in client.get("/quan-tri/agencies/province/").content.decode()
    assert "Bạc Liêu" in client.get("/quan-tri/agencies/province/?tat-ca=1").content.decode()
    assert "Bạc Liêu" not in client.get("/quan-tri/agencies/agency/add/").content.decode()

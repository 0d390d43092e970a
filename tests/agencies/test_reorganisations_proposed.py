"""The facts of 2025 as proposals: for the agencies that exist, none invented, nothing applied."""

import io
import json
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from agencies.actions import directory, reorganisations
from agencies.actions.reorganisations import Draft, Successor
from agencies.actions.trail import broken_links
from agencies.facts.successions import predecessor_provinces
from agencies.models import Agency, Province, ProvinceSuccession, Reorganisation, Succession, User

MERGERS = Path(__file__).resolve().parents[2] / "agencies" / "mergers"


def run(name, *arguments):
    out = io.StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def keep(province, code, name, kind="so"):
    return directory.keep_agency(province=province, code=code, name=name, kind=kind, confirmed=True)


@pytest.fixture
def province(db):
    province = directory.keep_province(code="tinh-thu", name="Thử", kind="tinh")
    for code, name in (
        ("SKHCN", "Sở Khoa học và Công nghệ"),
        ("STTTT", "Sở Thông tin và Truyền thông"),
        ("STC", "Sở Tài chính"),
        ("SNV", "Sở Nội vụ"),
        ("SLDTBXH", "Sở Lao động - Thương binh và Xã hội"),
        ("SYT", "Sở Y tế"),
        ("SNNPTNT", "Sở Nông nghiệp và Phát triển nông thôn"),
        ("STNMT", "Sở Tài nguyên và Môi trường"),
        ("BDTOC", "Ban Dân tộc"),
    ):
        keep(province, code, name)
    keep(province, "H1", "Ủy ban nhân dân huyện Một", "ubnd_cap_huyen")
    keep(province, "H2", "Ủy ban nhân dân huyện Hai", "ubnd_cap_huyen")
    return province


def test_proposals_are_of_agencies_that_exist_and_nothing_is_applied(province):
    agencies = Agency.objects.count()
    said = run("propose_reorganisations", "--province", "tinh-thu")
    assert Agency.objects.count() == agencies
    assert not Succession.objects.exists()
    rows = {row.origin: row for row in Reorganisation.objects.all()}
    assert set(rows) == {
        "2025-khoa-hoc-cong-nghe",
        "2025-nong-nghiep-moi-truong",
        "2025-noi-vu",
        "2025-dan-toc-ton-giao",
        "2025-cap-huyen",
    }
    assert {row.state for row in rows.values()} == {"proposed"}
    assert {row.decision_number for row in rows.values()} == {""}
    one = rows["2025-khoa-hoc-cong-nghe"]
    assert [line.agency.code for line in one.predecessors.all()] == ["SKHCN", "STTTT"]
    assert [(line.agency.code, line.is_main) for line in one.heirs.all()] == [("SKHCN", True)]
    assert "Sở Văn hóa, Thể thao và Du lịch (báo chí, xuất bản) chưa có" in one.note
    assert "2025-tai-chinh: tỉnh không có cơ quan nào thuộc diện này" in said
    districts = rows["2025-cap-huyen"]
    assert (districts.kind, districts.effective_on) == ("dissolve", date(2025, 7, 1))
    assert {line.agency.code for line in districts.predecessors.all()} == {"H1", "H2"}


def test_functions_go_to_agencies_that_exist(province):
    run("propose_reorganisations", "--province", "tinh-thu")
    row = Reorganisation.objects.get(origin="2025-noi-vu")
    assert [(line.agency.code, line.functions[:14]) for line in row.heirs.all()] == [
        ("SNV", "lao động, tiền"),
        ("SYT", "bảo trợ xã hội"),
    ]
    assert "giáo dục nghề nghiệp" in row.note


def test_proposing_again_changes_nothing_even_after_one_was_discarded(province):
    run("propose_reorganisations", "--province", "tinh-thu")
    before = list(Reorganisation.objects.values())
    said = run("propose_reorganisations", "--province", "Thử")
    assert list(Reorganisation.objects.values()) == before
    assert said.count("giữ nguyên") == 5


def test_an_agency_is_found_by_another_way_of_writing_but_never_by_a_code(province):
    Agency.objects.filter(code="STTTT").update(code="X")
    directory.keep_alias(agency=Agency.objects.get(code="SYT"), alias="Ủy ban Một")
    run("propose_reorganisations", "--province", "tinh-thu")
    row = Reorganisation.objects.get(origin="2025-khoa-hoc-cong-nghe")
    assert [line.agency.code for line in row.predecessors.all()] == ["SKHCN", "X"]


def test_an_operators_own_file_of_the_same_shape_is_taken(province, tmp_path):
    path = tmp_path / "x.json"
    entry = {
        "origin": "rieng",
        "kind": "absorb",
        "from": ["Sở Tài chính", "Sở Y tế"],
        "to": [{"name": "Sở Y tế", "main": True}],
        "effective_on": "2025-03-15",
        "source": "thử",
    }
    path.write_text(json.dumps({"reorganisations": [entry]}), encoding="utf-8")
    run("propose_reorganisations", "--province", "tinh-thu", "--file", str(path))
    assert Reorganisation.objects.get().effective_on == date(2025, 3, 15)


def test_an_unknown_province_is_refused_with_the_codes(province):
    with pytest.raises(CommandError, match="tinh-thu"):
        run("propose_reorganisations", "--province", "không-có")


# Provinces


@pytest.fixture
def installer(db):
    return User.objects.create_superuser("cai.dat", "x", full_name="Người cài đặt")


def test_the_facts_name_23_new_provinces_of_52_old_ones():
    facts = json.loads((MERGERS / "provinces_2025.json").read_text(encoding="utf-8"))
    old = [one["name"] for merger in facts["mergers"] for one in merger["from"]]
    assert (len(facts["mergers"]), len(old), len(set(old))) == (23, 52, 52)
    codes = [one["code"] for one in facts["mergers"]]
    assert len(set(codes)) == len(codes)
    assert not set(codes) & {name for name in old}


def test_without_confirmation_nothing_changes(db):
    said = run("apply_province_mergers")
    assert "can-tho-2025" in said
    assert "Chưa thay đổi gì" in said
    assert not Province.objects.exists()


def test_the_installer_merges_one_province_and_history_stays(installer):
    old = directory.keep_province(code="yen-bai", name="Yên Bái", kind="tinh", region="Miền núi")
    run("apply_province_mergers", "--only", "lao-cai-2025", "--confirm", "--by", "cai.dat")
    new = Province.objects.get(code="lao-cai-2025")
    old.refresh_from_db()
    assert (str(new), new.valid_from, old.valid_to) == ("tỉnh Lào Cai", date(2025, 7, 1), date(2025, 6, 30))
    before = Province.objects.get(code="lao-cai")
    assert before.valid_to == date(2025, 6, 30)
    assert [one.predecessor.name for one in predecessor_provinces(new)] == ["Lào Cai", "Yên Bái"]
    assert {one.decision_number for one in ProvinceSuccession.objects.all()} == {"Nghị quyết 202/2025/QH15"}
    told = {one.code: [event.action for event in one.events.order_by("sequence")] for one in (new, old, before)}
    assert told == {
        "lao-cai-2025": ["province.enter"],
        "yen-bai": ["province.add", "province.end"],
        "lao-cai": ["province.end"],
    }
    for one in (new, old, before):
        assert broken_links(one) == []
    with pytest.raises(CommandError, match="đã có trong hệ thống"):
        run("apply_province_mergers", "--only", "lao-cai-2025", "--confirm", "--by", "cai.dat")


def test_nobody_but_the_installer_merges_provinces(small):
    with pytest.raises(CommandError, match="người cài đặt"):
        run("apply_province_mergers", "--only", "can-tho-2025", "--confirm", "--by", "quantri")
    with pytest.raises(CommandError, match="--by"):
        run("apply_province_mergers", "--only", "can-tho-2025", "--confirm")
    with pytest.raises(CommandError, match="--only"):
        run("apply_province_mergers", "--confirm", "--by", "quantri")
    assert not ProvinceSuccession.objects.exists()


def test_what_became_of_a_province_is_kept_by_the_database(installer):
    run("apply_province_mergers", "--only", "can-tho-2025", "--confirm", "--by", "cai.dat")
    with pytest.raises(IntegrityError), transaction.atomic():
        ProvinceSuccession.objects.update(decision_number="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        ProvinceSuccession.objects.all().delete()


def test_a_proposal_made_by_hand_has_no_origin_and_may_repeat(province):
    agencies = {one.code: one for one in Agency.objects.all()}
    for _ in range(2):
        reorganisations.propose(
            province=province,
            draft=Draft(
                "absorb",
                "Thử",
                date(2025, 3, 1),
                [agencies["STC"]],
                [Successor(agency=agencies["SNV"], is_main=True)],
            ),
            by=None,
        )
    assert Reorganisation.objects.filter(origin="").count() == 2

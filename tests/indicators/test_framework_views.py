"""Pages and API of frameworks."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from indicators.actions import frameworks
from indicators.facts.frameworks import draft_of, link_drafts
from indicators.models import Framework
from indicators.reading import guide
from indicators.reading.faults import Faults
from indicators.reading.frameworks import read_framework
from indicators.render.frameworks import as_json, template
from tests.indicators.framework_files import as_file, cell_of, edited, head_cell, whole

LIST, IMPORT = "/chi-so/bo-tieu-chi/", "/chi-so/nhap-bo-tieu-chi/"


@pytest.fixture
def specialist(small):
    client = Client()
    client.force_login(small.who("snv.chuyenvien"))
    return client


@pytest.fixture
def officer(small):
    client = Client()
    client.force_login(small.officer("STP"))
    return client


@pytest.fixture
def own(small):
    content = as_file(whole())
    return frameworks.take(content=content, province=small.province, by=small.who("snv.chuyenvien")).framework


def upload(content, name="bo.xlsx"):
    return SimpleUploadedFile(name, content.getvalue() if isinstance(content, io.BytesIO) else content)


def test_the_list_costs_the_same_for_3_rows_as_for_30(small, specialist):
    def queries(count):
        for number in range(Framework.objects.count(), count):
            content = as_file(whole(framework={"code": f"bo-{number}", "version": str(number)}))
            frameworks.take(content=content, province=small.province, by=None)
        with CaptureQueriesContext(connection) as captured:
            assert specialist.get(LIST).status_code == 200
        return len(captured)

    specialist.get(LIST)
    assert queries(3) == queries(30)


def test_the_page_costs_the_same_for_few_components_as_for_many(small, specialist):
    frameworks.take(content=as_file(whole()), province=small.province, by=None)
    frameworks.keep_samples()
    counts = []
    for code in ("thu-2026", "mau-thanhhoa-hdnd-xa-2026-2031-draft"):
        specialist.get(f"{LIST}{code}/")
        with CaptureQueriesContext(connection) as captured:
            assert specialist.get(f"{LIST}{code}/").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_sample_is_marked_on_list_and_page_with_its_caveats(small, officer):
    frameworks.keep_samples()
    content = whole(framework={"code": "thu-mau", "is_sample": True})
    frameworks.take(content=as_file(content), province=small.province, by=None)
    listed = officer.get(LIST).content.decode()
    assert "MẪU: theo Quy định 11-QĐ/TU (Khánh Hòa), cấp xã</a><br>" in listed
    assert '2026</a> <b class="pp-small">MẪU</b>' in listed
    page = officer.get(f"{LIST}mau-khanhhoa-11-qd-tu-commune-2026/").content.decode()
    assert "MẪU: không phải bộ tiêu chí chính thức" in page
    assert "không phải chỉ số CCHC" in page
    assert "Đạt từ 85 % trở lên được 10 điểm" in page
    assert "Tính thử" in page
    assert "Chưa chấm được" not in page


def test_a_framework_whose_maxima_are_not_known_says_that_it_cannot_be_scored(small, officer):
    content = whole()
    del content["components"][3]["max_score"]
    del content["policy"]["total_max"]
    frameworks.take(content=as_file(content), province=small.province, by=None)
    page = officer.get(f"{LIST}thu-2026/").content.decode()
    assert "1 thành phần chưa có điểm tối đa" in page


def test_a_filter_narrows_the_list_and_a_wrong_one_is_said(small, own, officer):
    frameworks.keep_samples()
    page = officer.get(LIST, {"index": "PAR"}).content.decode()
    assert "thu-2026" in page
    assert "mau-khanhhoa" not in page
    assert officer.get(LIST, {"index": "LA"}).status_code == 422


def test_the_template_and_every_export_come_back_in(small, own, officer):
    for address, draft in (
        ("/chi-so/mau-bo-tieu-chi/", guide.example()),
        (f"{LIST}{own.code}/tai/xlsx/", draft_of(own)),
        (f"{LIST}{own.code}/tai/json/", draft_of(own)),
    ):
        answer = officer.get(address)
        assert "attachment" in answer["Content-Disposition"]
        faults = Faults()
        read = read_framework(io.BytesIO(answer.content), faults)
        assert faults.found == []
        assert read.draft == draft
    assert officer.get(f"{LIST}{own.code}/tai/pdf/").status_code == 404


def test_a_file_is_shown_before_it_is_taken_as_it_was_shown(small, specialist):
    frameworks.keep_samples()  # the index of agencies is known then
    answer = specialist.post(IMPORT, {"file": upload(template())})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "Bộ tiêu chí mới" in page
    assert "Giải ngân vốn" in page
    assert not Framework.objects.filter(code="vi-du-cchc-so").exists()
    draft = answer.context["take_form"].initial["draft"]
    assert specialist.post(IMPORT, {"draft": draft}).url == f"{LIST}vi-du-cchc-so/"
    kept = Framework.objects.get(code="vi-du-cchc-so")
    assert kept.province == small.province
    assert kept.components.count() == len(guide.example().components)
    again = specialist.post(IMPORT, {"file": upload(template())}).content.decode()
    assert "Giống hệt" in again


def test_a_draft_that_was_tampered_with_is_judged_again(small, specialist):
    content = whole()
    content["components"][1]["max_score"] = 99
    specialist.post(IMPORT, {"draft": json.dumps(content)})
    assert not Framework.objects.exists()


def test_every_fault_of_a_file_stands_in_the_table(small, specialist):
    frameworks.keep_samples()
    bad = edited(**{cell_of("1.1", "max_score"): "=10", cell_of("2.6", "shape"): "xổ số", head_cell("year_from"): "x"})
    answer = specialist.post(IMPORT, {"file": upload(bad)})
    assert answer.status_code == 422
    page = answer.content.decode()
    for text in ("xổ số", "ô này là công thức", cell_of("1.1", "max_score"), "Dạng cách tính", "Từ năm"):
        assert text in page


def test_without_a_file_and_with_a_strange_one_the_form_says_so(small, specialist):
    assert "Hãy chọn tệp" in specialist.post(IMPORT, {}).content.decode()
    answer = specialist.post(IMPORT, {"file": upload(b"%PDF-1.7", "a.pdf")})
    assert answer.status_code == 422
    assert "Không đọc được tệp như JSON" in answer.content.decode()


def test_only_who_keeps_indices_opens_the_import(small, officer):
    assert officer.get(IMPORT).status_code == 404
    assert officer.post(IMPORT, {"draft": json.dumps(whole())}).status_code == 404


def test_another_provinces_framework_is_not_there(small, own, elsewhere):
    client = Client()
    client.force_login(elsewhere.who("snv.chuyenvien"))
    for address in ("", "tai/json/", "doi-chieu/", "sao-chep/", "thu/1.1/"):
        assert client.get(f"{LIST}{own.code}/{address}").status_code == 404
    assert client.post(f"{LIST}{own.code}/xoa/").status_code == 404
    assert own.code not in client.get(LIST).content.decode()


def test_a_copy_is_begun_and_a_wrong_one_is_said_at_its_field(small, own, specialist):
    address = f"{LIST}{own.code}/sao-chep/"
    assert specialist.get(address).status_code == 200
    answer = specialist.post(address, {"version": "2026", "year_from": "2020"})
    assert answer.status_code == 422
    assert "Chỉ số đã có phiên bản này" in answer.content.decode()
    made = specialist.post(address, {"version": "2028", "year_from": "2028", "code": "thu-2028"})
    assert made.url == f"{LIST}thu-2028/"
    page = specialist.get(made.url).content.decode()
    assert "đối chiếu 4 dòng" in page


def test_a_crosswalk_is_proposed_shown_and_confirmed_as_it_was_read(small, own, specialist, officer):
    later = whole(framework={"code": "thu-2027", "version": "2027", "year_from": 2027, "previous": "thu-2026"})
    later["components"][3]["name"] = "Thủ tục hành chính"
    framework = frameworks.take(content=as_file(later), province=small.province, by=None).framework
    address = f"{LIST}thu-2027/doi-chieu/"
    page = officer.get(address)
    assert "Đề xuất, chưa xác nhận" in page.content.decode()
    assert page.context["confirm_form"] is None
    assert officer.post(address, {"proposal": "x"}).status_code == 404
    specialist.post(address, {"proposal": "another"})
    assert link_drafts(framework) == ()
    proposal = specialist.get(address).context["confirm_form"].initial["proposal"]
    specialist.post(address, {"proposal": proposal})
    assert [link.relation for link in link_drafts(framework)] == ["same", "same", "same", "new", "dropped"]
    assert "Đề xuất" not in officer.get(address).content.decode()
    assert officer.get(f"{LIST}thu-2026/doi-chieu/").status_code == 404


def test_a_framework_that_nothing_uses_is_taken_back_on_its_page(small, own, specialist):
    assert specialist.post(f"{LIST}{own.code}/xoa/").url == LIST
    assert not Framework.objects.filter(pk=own.pk).exists()


def test_a_rule_is_tried_and_nothing_is_written(small, officer):
    frameworks.keep_samples()
    address = f"{LIST}mau-khanhhoa-11-qd-tu-commune-2026/thu/II.6/"
    assert "Nhập số liệu để xem điểm" in officer.get(address).content.decode()
    with CaptureQueriesContext(connection) as captured:
        page = officer.get(address, {"percent": "72"}).content.decode()
    assert "8,47" in page
    assert "72 / 85 × 10 = 8,470588…" in page
    assert not [query for query in captured if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    pair = officer.get(address, {"numerator": "1.234,5", "denominator": "2.469"}).content.decode()
    assert "1.234,5" in pair
    assert officer.get(address, {"percent": "101"}).status_code == 422
    assert "không phải là số" in officer.get(address, {"percent": "abc"}).content.decode().lower()
    assert officer.get(f"{LIST}mau-khanhhoa-11-qd-tu-commune-2026/thu/II/").status_code == 404


def test_every_rule_of_the_samples_and_of_the_example_can_be_tried(small, officer):
    frameworks.keep_samples()
    frameworks.take(content=io.BytesIO(template()), province=small.province, by=None)
    for framework in Framework.objects.all():
        for row in officer.get(f"{LIST}{framework.code}/").context["page"].rows:
            if row.try_url:
                assert officer.get(row.try_url).status_code == 200, row.code


# --- API -----------------------------------------------------------------------------------------------------


def test_the_api_lists_filters_and_gives_the_tree(small, own, officer):
    frameworks.keep_samples()
    found = officer.get("/api/v1/frameworks/", {"sample": "false", "year": 2026}).json()["results"]
    assert [one["code"] for one in found] == ["thu-2026"]
    tree = officer.get(f"/api/v1/frameworks/{own.pk}/").json()
    assert [(one["code"], one["parent"], one["max_score"]) for one in tree["components"]] == [
        ("1", None, "20"),
        ("1.1", "1", "10"),
        ("1.2", "1", "10"),
        ("2", None, "10"),
    ]
    assert tree["components"][1]["rule"]["shape"] == "tiers"
    assert tree["components"][1]["rule_text"].startswith("Tỷ lệ: từ 90 %")
    assert tree["policy"] == {"total_max": "30", "bonus_cap": "5"}


def test_the_api_takes_a_file_checks_it_and_names_every_fault(small, specialist, officer):
    address = reverse("api:framework-import")
    content = json.dumps(whole()).encode()
    checked = specialist.post(address, {"file": upload(content), "dry_run": "true"})
    assert checked.json() == {"outcome": "added", "stored": False, "framework": "thu-2026", "components": 4}
    assert not Framework.objects.exists()
    assert specialist.post(address, {"file": upload(content)}).json()["stored"] is True
    assert specialist.post(address, {"file": upload(content)}).json()["outcome"] == "same"
    bad = whole()
    bad["components"][2] |= {"max_score": "mười"}
    refused = specialist.post(address, {"file": upload(json.dumps(bad).encode())})
    assert refused.status_code == 422
    assert refused.json()["code"] == "framework_refused"
    assert list(refused.json()["fields"]) == ["components/components[2]/max_score"]
    assert officer.post(address, {"file": upload(content)}).status_code == 403


def test_the_api_says_that_a_used_framework_stays(small, own, specialist):
    from tests.indicators.test_framework_actions import use

    use(own, small.province)
    changed = json.loads(as_json(draft_of(own)))
    changed["framework"]["note"] = "khác"
    answer = specialist.post(reverse("api:framework-import"), {"file": upload(json.dumps(changed).encode())})
    assert (answer.status_code, answer.json()["code"]) == (409, "framework_used")

"""The screens of score sheets: who sees what, what a form says, and a constant number of queries."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from indicators.actions import entries, offers, sheets
from indicators.actions.entries import Said
from indicators.models import EntryLayer, Offer, ScoreSheet, SheetEvidence
from tests.conftest import pdf_bytes
from tests.indicators.sheets import Sheets, keep_framework

LIST = "/chi-so/phieu-cham/"


def text(response):
    return response.content.decode()


def queries(browser, url, **more):
    browser.get(url, **more)
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(url, **more).status_code == 200
    return len(seen)


def layer(sheet, code, stage="self"):
    return EntryLayer.objects.filter(entry__sheet=sheet, entry__component__code=code, stage=stage).latest("number")


def row_of(page, code):
    return next(row for row in page.context["page"].rows if row.code == code)


def entry_url(work, sheet, code):
    return f"{LIST}{sheet.pk}/dong/{work.entry(sheet, code).pk}/"


# --- costs ---------------------------------------------------------------------------------------------------------


def test_the_list_costs_the_same_for_three_sheets_as_for_thirty(work: Sheets, enter):
    for year in (2016, 2017, 2018):
        work.open("STP", year=year)
    for who in ("stp.canbo", "snv.thamdinh", "snv.chuyenvien"):
        few = queries(enter(who), LIST)
        made = [work.open("STP", year=year).pk for year in range(2019, 2046)] if who == "stp.canbo" else []
        many = queries(enter(who), LIST)
        assert many == few, who
        ScoreSheet.objects.filter(pk__in=made).exists()


def test_a_sheet_costs_the_same_for_three_components_as_for_thirty(work: Sheets, enter):
    costs = {}
    for code, number in (("bo-nho", 3), ("bo-lon", 30)):
        extra = [
            {"code": f"IV.{n}", "parent": "IV", "name": f"Việc {n}", "max_score": Decimal(1)} for n in range(number)
        ]
        framework = keep_framework(code, extra=[{"code": "IV", "name": "Khác", "max_score": Decimal(number)}, *extra])
        sheet = work.fill(work.open("STP", framework=framework))
        for n in range(number):
            work.save(sheet, f"IV.{n}", Said(score=Decimal("0.5")))
            offers.offer(
                component=framework.components.get(code=f"IV.{n}"),
                year=2021,
                agency=work.small.agencies["STP"],
                series=f"{code}{n}",
                number=1,
                label="Có sẵn",
                figure=Decimal(1),
            )
        entry = work.entry(sheet, "I.1")
        urls = (f"{LIST}{sheet.pk}/", f"{LIST}{sheet.pk}/?dong={entry.pk}", f"{LIST}{sheet.pk}/dong/{entry.pk}/")
        officer = [queries(enter("stp.canbo"), url) for url in urls]
        sending = queries(enter("stp.thutruong"), f"{LIST}{sheet.pk}/gui/")
        sheet = work.submit(sheet)
        appraising = [queries(enter("snv.thamdinh"), url) for url in (*urls, f"{LIST}{sheet.pk}/tham-dinh/")]
        costs[number] = (officer, sending, appraising)
    assert costs[3] == costs[30]


# --- who sees what -------------------------------------------------------------------------------------------------


def test_what_is_not_handed_in_is_the_units_alone(work: Sheets, enter):
    sheet = work.open("STP")
    work.save(sheet, "I.2", Said(score=Decimal("6.25"), explanation="nội bộ của sở"))
    address = entry_url(work, sheet, "I.2")
    for who in ("stp.canbo", "stp.thutruong"):
        assert "6,25" in text(enter(who).get(f"{LIST}{sheet.pk}/"))
        assert "nội bộ của sở" in text(enter(who).get(address))
    for who in ("snv.thamdinh", "snv.chuyenvien", "lanhdao", "kiemtra"):
        page = enter(who).get(f"{LIST}{sheet.pk}/")
        assert "6,25" not in text(page)
        assert page.context["page"].progress.text == "1/3"
        assert "nội bộ của sở" not in text(enter(who).get(address))
    for who in ("syt.canbo", "quantri"):
        assert enter(who).get(f"{LIST}{sheet.pk}/").status_code == 404
        assert enter(who).get(address).status_code == 404


def test_an_appraisal_that_is_not_finished_is_read_by_those_who_write_it(work: Sheets, enter):
    sheet = work.bring("submitted")
    work.judge(sheet, "I.2", Said(score=Decimal("1.75"), reason="chưa có báo cáo kiểm tra"))
    for who in ("stp.canbo", "stp.thutruong", "lanhdao", "snv.chuyenvien", "vpub.thamdinh"):
        assert "1,75" not in text(enter(who).get(f"{LIST}{sheet.pk}/")), who
        assert "chưa có báo cáo kiểm tra" not in text(enter(who).get(entry_url(work, sheet, "I.2")))
    assert "1,75" in text(enter("snv.thamdinh").get(f"{LIST}{sheet.pk}/"))
    sheets.appraise(sheet=sheet, revision=None, by=work.who("snv.thamdinh"))
    page = enter("stp.canbo").get(f"{LIST}{sheet.pk}/")
    assert [cell.text for cell in row_of(page, "I.2").cells] == ["5", "1,75", "1,75", "", ""]
    assert [cell.changed for cell in row_of(page, "I.2").cells] == [False, True, False, False, False]
    assert "chưa có báo cáo kiểm tra" in text(enter("stp.canbo").get(entry_url(work, sheet, "I.2")))


def test_a_file_is_sent_to_those_who_read_its_layer(work: Sheets, enter):
    sheet = work.fill(work.open("STP"))
    link = SheetEvidence.objects.get()
    address = f"{LIST}tai-lieu/{link.pk}/"

    def got(who):
        answer = enter(who).get(address)
        if answer.status_code == 200:
            assert b"".join(answer.streaming_content).startswith(b"%PDF")
        return answer

    assert got("stp.canbo").headers["Content-Disposition"].startswith("attachment")
    assert got("snv.thamdinh").status_code == 404
    work.submit(sheet)
    assert got("snv.thamdinh").status_code == 200
    assert got("syt.canbo").status_code == 404


# --- figures -------------------------------------------------------------------------------------------------------


def test_the_grid_shows_totals_progress_and_what_is_missing(work: Sheets, enter):
    sheet = work.open("STP")
    work.save(sheet, "I.1", Said({"on_time": True}))
    work.save(sheet, "II.6", Said({"percent": Decimal(72)}))
    page = enter("stp.canbo").get(f"{LIST}{sheet.pk}/")
    facts = page.context["page"]
    assert facts.progress.text == "2/3"
    assert (facts.columns[0].total, facts.columns[0].answered, facts.columns[0].grade) == ("11,47", "2/5", "Khá")
    assert [(row.code, row.todo) for row in facts.rows if row.todo] == [
        ("I.1", "Chưa có tài liệu kiểm chứng, cũng chưa giải trình vì sao chưa có."),
        ("I.2", "Chưa chấm."),
    ]
    assert row_of(page, "I").cells[0].text == "3"
    assert facts.dossier == "0/1"
    only = enter("stp.canbo").get(f"{LIST}{sheet.pk}/?xem=thieu")
    assert [row.code for row in only.context["rows"]] == ["I.1", "I.2"]


def test_not_applicable_blank_and_zero_look_different(work: Sheets, enter):
    sheet = work.open("STP")
    work.save(sheet, "I.2", Said(not_applicable=True, explanation="Không được giao"))
    work.save(sheet, "II.6", Said({"percent": Decimal(0)}))
    page = enter("stp.canbo").get(f"{LIST}{sheet.pk}/")
    assert [row_of(page, code).cells[0].text for code in ("I.1", "I.2", "II.6")] == ["", "KPS", "0"]


# --- forms ---------------------------------------------------------------------------------------------------------


def test_an_officer_fills_a_component_in_and_goes_on_to_the_next(work: Sheets, enter):
    sheet, browser = work.open("STP"), enter("stp.canbo")
    first = work.entry(sheet, "I.1")
    address = f"{LIST}{sheet.pk}/dong/{first.pk}/"
    assert "Quyết định" not in text(browser.get(address))
    answer = browser.post(
        f"{address}luu/",
        {
            "revision": 1,
            "input_on_time": "yes",
            "action": "next",
            "from": "grid",
            "number": "15/KH-STP",
            "issued_on": "05/01/2021",
            "file": SimpleUploadedFile("ke-hoach.pdf", pdf_bytes("kế hoạch")),
        },
    )
    assert answer.status_code == 302
    assert answer.url == f"{LIST}{sheet.pk}/?dong={work.entry(sheet, 'I.2').pk}"
    assert layer(sheet, "I.1").score == 3
    assert SheetEvidence.objects.get().document.number == "15/KH-STP"
    page = browser.get(answer.url)
    assert page.context["chosen"] == work.entry(sheet, "I.2").pk


def test_a_form_that_cannot_be_taken_keeps_what_was_typed_and_names_the_field(work: Sheets, enter):
    sheet, browser = work.open("STP"), enter("stp.canbo")
    address = entry_url(work, sheet, "II.6")
    answer = browser.post(f"{address}luu/", {"revision": 1, "input_percent": "172,5", "explanation": "giữ lại"})
    assert answer.status_code == 422
    assert "172,5" in text(answer)
    assert "giữ lại" in text(answer)
    assert list(answer.context["form"].errors) == ["input_percent"]
    assert layer(sheet, "II.6").by is None
    assert browser.post(f"{address}luu/", {"revision": 1, "input_percent": "bảy"}).status_code == 422


def test_who_saves_second_sees_the_own_words_beside_the_first(work: Sheets, enter):
    sheet = work.open("STP")
    address = entry_url(work, sheet, "II.6")
    work.save(sheet, "II.6", Said({"percent": Decimal(90)}))
    answer = enter("stp.canbo").post(f"{address}luu/", {"revision": 1, "input_percent": "72"})
    assert answer.status_code == 409
    assert "vừa được người khác sửa" in text(answer)
    assert answer.context["form"]["input_percent"].value() == "72"
    again = enter("stp.canbo").post(
        f"{address}luu/", {"revision": answer.context["form"]["revision"].value(), "input_percent": "72"}
    )
    assert again.status_code == 302
    assert layer(sheet, "II.6").score == Decimal("8.47")


def test_a_reviewer_judges_from_the_form(work: Sheets, enter):
    sheet, browser = work.bring("submitted"), enter("snv.thamdinh")
    address = entry_url(work, sheet, "I.1")
    link = layer(sheet, "I.1", "appraisal").evidence.get()
    said = {"revision": 1 + 1, "input_on_time": "no", f"verdict_{link.pk}": "unreadable"}
    said["revision"] = work.entry(sheet, "I.1").revision
    answer = browser.post(f"{address}tham-dinh/", said)
    assert answer.status_code == 422
    assert list(answer.context["judge_form"].errors) == ["reason"]
    assert browser.post(f"{address}tham-dinh/", {**said, "reason": "Bản quét mờ"}).status_code == 302
    judged = layer(sheet, "I.1", "appraisal")
    assert (judged.score, judged.reason) == (0, "Bản quét mờ")
    assert judged.evidence.get().verdict == "unreadable"
    # A score that was set against the rule is shown as such, and kept when the form is sent as it is.
    work.judge(sheet, "II.6", Said({"percent": Decimal(72)}, score=Decimal(4), reason="Chưa đối chiếu"))
    form = browser.get(entry_url(work, sheet, "II.6")).context["judge_form"]
    assert form["score"].value() == "4"
    assert browser.get(address).context["judge_form"]["score"].value() is None


def test_the_head_is_told_what_is_missing_and_sends_when_nothing_is(work: Sheets, enter):
    sheet, browser = work.open("STP"), enter("stp.thutruong")
    address = f"{LIST}{sheet.pk}/gui/"
    page = browser.get(address)
    assert [gap.code for gap in page.context["gaps"]] == ["I.1", "I.2", "II.6"]
    assert browser.post(address, {"revision": 1}).status_code == 422
    work.fill(sheet)
    assert browser.get(address).context["gaps"] == []
    assert browser.post(address, {"revision": 1}).status_code == 302
    sheet.refresh_from_db()
    assert sheet.state == "submitted"
    assert browser.post(address, {"revision": 1}).status_code == 409
    assert enter("stp.canbo").get(address).status_code == 404


def test_a_year_is_opened_and_its_dates_move_from_the_screens(work: Sheets, enter):
    browser = enter("snv.chuyenvien")
    dates = {
        "self_due_on": "20/12/2021",
        "appraisal_due_on": "31/12/2021",
        "explanation_due_on": "10/01/2022",
        "settlement_due_on": "31/01/2022",
    }
    said = {"framework": work.framework.pk, "year": 2021, "agencies": [work.small.agencies["STP"].pk], **dates}
    assert browser.post(f"{LIST}mo-nam/", {**said, "agencies": []}).status_code == 422
    answer = browser.post(f"{LIST}mo-nam/", said)
    sheet = ScoreSheet.objects.get()
    assert answer.url == f"{LIST}{sheet.pk}/"
    assert browser.post(f"{LIST}mo-nam/", said).status_code == 409
    moved = {**dates, "self_due_on": "25/12/2021", "revision": 1}
    assert browser.post(f"{LIST}{sheet.pk}/thoi-han/", moved).status_code == 422
    assert browser.post(f"{LIST}{sheet.pk}/thoi-han/", {**moved, "reason": "Mất điện"}).status_code == 302
    sheet.refresh_from_db()
    assert sheet.self_due_on == date(2021, 12, 25)
    assert enter("stp.canbo").get(f"{LIST}mo-nam/").status_code == 404


def test_a_sheet_goes_back_and_is_published_from_the_screens(work: Sheets, enter):
    sheet, reviewer = work.bring("submitted"), enter("snv.thamdinh")
    back = f"{LIST}{sheet.pk}/tra-lai/"
    assert reviewer.post(back, {"revision": sheet.revision, "reason": " "}).status_code == 422
    assert reviewer.post(back, {"revision": sheet.revision, "reason": "Thiếu báo cáo"}).status_code == 302
    assert "Thiếu báo cáo" in text(enter("stp.canbo").get(f"{LIST}{sheet.pk}/"))
    settled = work.bring("settled", year=2020)
    address, browser = f"{LIST}{settled.pk}/cong-bo/", enter("snv.chuyenvien")
    form = browser.get(address).context["form"]
    said = {f"score_{entry.pk}": field.value() or "" for entry, field in form.rows()}
    said |= {"revision": settled.revision, "document": "12/QĐ-UBND", "on": "10/12/2021"}
    said[f"score_{work.entry(settled, 'II.6').pk}"] = "8,5"
    assert browser.post(address, {**said, "document": ""}).status_code == 422
    assert browser.post(address, said).status_code == 302
    assert layer(settled, "II.6", "published").score == Decimal("8.5")
    assert layer(settled, "I.1", "published").reason == ""


def test_an_offer_is_taken_and_set_aside_from_the_pane(work: Sheets, enter):
    sheet, browser = work.open("STP"), enter("stp.canbo")
    component = work.framework.components.get(code="II.6")
    for number in (1, 2):
        offers.offer(
            component=component,
            year=2021,
            agency=work.small.agencies["STP"],
            series=f"bao-cao-{number}",
            number=1,
            label=f"Nhiệm vụ {number}",
            figure=Decimal(72),
        )
    address = entry_url(work, sheet, "II.6")
    page = browser.get(address)
    assert [offer.label for offer, _ in page.context["offers"]] == ["Nhiệm vụ 2", "Nhiệm vụ 1"]
    assert row_of(browser.get(f"{LIST}{sheet.pk}/"), "II.6").offers == 2
    first, second = Offer.objects.order_by("pk")
    browser.post(f"{address}so-lieu/{first.pk}/nhan/", {"revision": 1, "into": "percent"})
    assert layer(sheet, "II.6").score == Decimal("8.47")
    browser.post(f"{address}so-lieu/{second.pk}/bo-qua/")
    assert not Offer.objects.open().exists()
    # Those who do not write the component are not told of offers.
    assert enter("syt.canbo").post(f"{address}so-lieu/{first.pk}/nhan/", {"revision": 2}).status_code == 404


def test_the_pane_alone_is_sent_to_the_grids_script(work: Sheets, enter):
    sheet = work.open("STP")
    answer = enter("stp.canbo").get(entry_url(work, sheet, "I.1"), headers={"HX-Request": "true"})
    assert "<html" not in text(answer)
    assert 'name="from" value="grid"' in text(answer)
    assert "HX-Request" in answer.headers["Vary"]


@pytest.mark.parametrize("dong", ["x", "9" * 30, "²", "1"])
def test_a_row_that_is_not_there_opens_no_pane(work: Sheets, enter, dong):
    sheet = work.open("STP")
    entries.save(entry=work.entry(sheet, "I.1"), said=Said(), revision=None, by=work.who("stp.canbo"))
    other = work.open("SYT")
    number = other.entries.first().pk if dong == "1" else dong
    page = enter("stp.canbo").get(f"{LIST}{sheet.pk}/?dong={number}")
    assert page.status_code == 200
    assert page.context["chosen"] is None


def test_documents_of_unsent_reports_are_offered_to_those_who_read_them_only(work: Sheets, enter):
    from django.contrib.auth.hashers import make_password

    from agencies.actions import directory
    from agencies.errors import Invalid
    from agencies.models import Document
    from plans.actions import progress
    from tests.conftest import pdf_upload

    sheet = work.open("STP")
    report = work.small.begin()
    progress.save(
        progress=report,
        content=progress.Content(result="nháp"),
        uploads=[pdf_upload("nhap-rieng.pdf", "nháp")],
        revision=None,
        by=work.who("stp.canbo"),
    )
    user = directory.add_user(username="stp.chuyenvien", full_name="x", password_hash=make_password("x"), by=None)
    directory.join(user=user, agency=work.small.agencies["STP"], role="specialist", by=None)
    work.small.people["stp.chuyenvien"] = user
    address = entry_url(work, sheet, "I.1")
    assert "nhap-rieng.pdf" in text(enter("stp.canbo").get(address))
    assert "nhap-rieng.pdf" not in text(enter("stp.chuyenvien").get(address))
    attach = [Document.objects.get().pk]
    with pytest.raises(Invalid) as refused:
        work.save(sheet, "I.1", Said({"on_time": True}), by="stp.chuyenvien", attach=attach)
    assert refused.value.code == "document_unknown"
    work.save(sheet, "I.1", Said({"on_time": True}), by="stp.canbo", attach=attach)

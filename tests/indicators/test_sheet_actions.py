"""What a score sheet promises: computed scores, layers that stay, dates that lock, who appraises whom."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from agencies import calendar, proof
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Event, Verdict
from indicators.actions import entries, sheets
from indicators.actions.entries import Said
from indicators.facts.sheet_gaps import gaps
from indicators.models import Component, DeclaredInput, EntryLayer, ScoreSheet, SheetEntry, SheetEvidence
from tests.conftest import pdf_upload
from tests.indicators.sheets import DATES, Sheets, keep_framework


def at(day):
    return calendar.held_at(datetime(day.year, day.month, day.day, 9, 0, tzinfo=calendar.VIETNAM))


def layer(sheet, code, stage="self", number=None):
    found = EntryLayer.objects.filter(entry__sheet=sheet, entry__component__code=code, stage=stage)
    return found.get(number=number) if number else found.latest("number")


# --- opening -----------------------------------------------------------------------------------------------------


def test_opening_a_year_makes_an_empty_entry_for_every_component_that_is_scored(work: Sheets):
    sheet = work.open("STP", "SYT")
    assert ScoreSheet.objects.count() == 2
    assert list(sheet.entries.values_list("component__code", flat=True)) == ["I.1", "I.2", "II.6", "T.1", "S"]
    assert set(sheet.entries.values_list("owner__code", flat=True)) == {"STP"}
    layers = EntryLayer.objects.filter(entry__sheet=sheet)
    assert set(layers.values_list("stage", "number", "score", "not_applicable", "by")) == {
        ("self", 1, None, False, None)
    }
    with pytest.raises(DatabaseError), transaction.atomic():
        Component.objects.filter(code="I.1").update(max_score=4)


def test_a_year_is_opened_once_and_says_for_whom_it_is_open(work: Sheets):
    work.open("STP")
    with pytest.raises(Conflict) as refused:
        work.open("STP", "SYT")
    assert refused.value.code == "sheet_exists"
    assert "Sở Tư pháp" in refused.value.message
    assert "Sở Y tế" not in refused.value.message
    assert ScoreSheet.objects.count() == 1


def test_a_year_is_opened_for_those_whom_the_framework_scores(work: Sheets):
    by = work.who("snv.chuyenvien")
    common = {"province": work.small.province, "dates": DATES, "by": by}
    stp = work.small.agencies["STP"]
    of_province = keep_framework("bo-tinh", level="province")
    for wanted, code in (
        ({"framework": work.framework, "year": 2021, "agencies": []}, "agencies_required"),
        ({"framework": of_province, "year": 2021, "agencies": [stp]}, "agencies_not_scored"),
        ({"framework": work.framework, "year": 2010, "agencies": [stp]}, "framework_not_of_year"),
    ):
        with pytest.raises(Invalid) as refused:
            sheets.open_year(**wanted, **common)
        assert refused.value.code == code
    late = sheets.Dates(DATES.self_due_on, date(2021, 12, 19), date(2021, 12, 18), DATES.settlement_due_on)
    with pytest.raises(Invalid) as refused:
        sheets.open_year(framework=work.framework, year=2021, agencies=[stp], **{**common, "dates": late})
    assert set(refused.value.fields) == {"appraisal_due_on", "explanation_due_on"}
    assert not ScoreSheet.objects.exists()


def test_a_framework_whose_components_have_no_points_opens_no_year(work: Sheets):
    broken = keep_framework("bo-hong", extra=[{"code": "IV", "name": "Chưa có điểm"}])
    with pytest.raises(Invalid) as refused:
        work.open("STP", framework=broken)
    assert refused.value.code == "framework_broken"
    assert "IV" in refused.value.message


# --- one component -----------------------------------------------------------------------------------------------


def test_a_rule_computes_the_score_and_nobody_types_it(work: Sheets):
    sheet = work.open("STP")
    work.save(sheet, "II.6", Said({"percent": Decimal(72)}))
    assert layer(sheet, "II.6").score == Decimal("8.47")
    with pytest.raises(Invalid) as refused:
        work.save(sheet, "II.6", Said({"percent": Decimal(72)}, score=Decimal(10)))
    assert set(refused.value.fields) == {"score"}
    work.save(sheet, "II.6", Said({"numerator": Decimal(5), "denominator": Decimal(7)}))
    assert layer(sheet, "II.6").score == Decimal("8.40")
    assert set(DeclaredInput.objects.values_list("name", flat=True)) == {"numerator", "denominator"}


def test_a_person_gives_the_score_of_a_component_without_a_rule_up_to_its_maximum(work: Sheets):
    sheet = work.open("STP")
    work.save(sheet, "I.2", Said(score=Decimal("6.5")))
    assert layer(sheet, "I.2").score == Decimal("6.5")
    for score in (Decimal("7.01"), Decimal("-1")):
        with pytest.raises(Invalid) as refused:
            work.save(sheet, "I.2", Said(score=score))
        assert set(refused.value.fields) == {"score"}


def test_blank_is_neither_zero_nor_not_applicable(work: Sheets):
    sheet = work.open("STP")
    work.save(sheet, "II.6", Said())
    assert (layer(sheet, "II.6").score, layer(sheet, "II.6").not_applicable) == (None, False)
    work.save(sheet, "II.6", Said({"percent": Decimal(0)}))
    assert layer(sheet, "II.6").score == 0
    with pytest.raises(Invalid) as refused:
        work.save(sheet, "I.2", Said(not_applicable=True))
    assert set(refused.value.fields) == {"explanation"}
    work.save(sheet, "I.2", Said(not_applicable=True, explanation="Không được giao"))
    assert (layer(sheet, "I.2").score, layer(sheet, "I.2").not_applicable) == (None, True)
    with pytest.raises(Invalid) as refused:
        work.save(sheet, "I.1", Said(not_applicable=True, explanation="x"))
    assert set(refused.value.fields) == {"not_applicable"}


def test_every_wrong_input_is_named(work: Sheets):
    sheet = work.open("STP")
    with pytest.raises(Invalid) as refused:
        work.save(sheet, "II.6", Said({"percent": Decimal(101), "khac": True}))
    assert set(refused.value.fields) == {"input_percent", "input_khac"}


def test_a_file_is_kept_once_and_comes_off_a_draft(work: Sheets):
    sheet = work.open("STP")
    work.save(sheet, "I.1", Said({"on_time": True}), uploads=[pdf_upload("a.pdf", "a"), pdf_upload("b.pdf", "b")])
    with pytest.raises(Invalid) as refused:
        work.save(sheet, "I.1", Said({"on_time": True}), uploads=[pdf_upload("khac.pdf", "a")])
    assert refused.value.code == "file_twice"
    first = SheetEvidence.objects.order_by("pk").first()
    work.save(sheet, "I.1", Said({"on_time": True}), drop=[first.pk])
    document = SheetEvidence.objects.get().document
    work.save(sheet, "II.6", Said({"percent": Decimal(90)}), attach=[document.pk])
    assert SheetEvidence.objects.filter(document=document).count() == 2
    with pytest.raises(Invalid) as refused:
        work.save(sheet, "I.1", Said({"on_time": True}), uploads=[pdf_upload("a.exe", "a")])
    assert refused.value.code == "file_type"


def test_two_who_write_the_same_component_are_told_and_two_components_are_not_in_each_others_way(work: Sheets):
    sheet = work.open("STP")
    first, other = work.entry(sheet, "I.1"), work.entry(sheet, "II.6")
    by = work.who("stp.canbo")
    entries.save(entry=first, said=Said({"on_time": True}), revision=1, by=by)
    with pytest.raises(Conflict) as refused:
        entries.save(entry=first, said=Said({"on_time": False}), revision=1, by=by)
    assert refused.value.code == "stale_revision"
    entries.save(entry=other, said=Said({"percent": Decimal(70)}), revision=1, by=by)


# --- handing in --------------------------------------------------------------------------------------------------


def test_a_sheet_is_handed_in_whole_and_says_all_that_is_missing(work: Sheets):
    sheet = work.open("STP")
    work.save(sheet, "I.2", Said(score=Decimal(5)))
    with pytest.raises(Invalid) as refused:
        work.submit(sheet)
    assert refused.value.code == "sheet_incomplete"
    assert set(refused.value.fields) == {"I.1", "I.2", "II.6"}
    assert [(one.code, one.text) for one in gaps(sheet)] == [
        ("I.1", "Chưa chấm."),
        ("I.2", "Chưa có tài liệu kiểm chứng, cũng chưa giải trình vì sao chưa có."),
        ("II.6", "Chưa chấm."),
    ]
    work.submit(work.fill(sheet))
    assert not EntryLayer.objects.filter(entry__sheet=sheet, stage="self", frozen_at__isnull=True).exists()
    # The next layer begins as a copy, with inputs and documents.
    copy = layer(sheet, "I.1", "appraisal")
    assert (copy.score, copy.by, copy.frozen_at) == (3, None, None)
    assert [one.flag for one in copy.inputs.all()] == [True]
    assert copy.evidence.get().document.original_name == "ke-hoach.pdf"


def test_what_was_handed_in_never_changes(work: Sheets):
    sheet = work.bring("submitted")
    frozen = layer(sheet, "I.1")
    link, told = frozen.evidence.get(), frozen.inputs.get()
    for write in (
        lambda: EntryLayer.objects.filter(pk=frozen.pk).update(score=0),
        lambda: EntryLayer.objects.filter(pk=frozen.pk).update(frozen_at=None),
        lambda: DeclaredInput.objects.filter(pk=told.pk).update(flag=False),
        lambda: DeclaredInput.objects.filter(pk=told.pk).delete(),
        lambda: DeclaredInput.objects.create(layer=frozen, name="khac", number=1),
        lambda: SheetEvidence.objects.filter(pk=link.pk).update(
            verdict="accepted", verdict_by=work.who("snv.thamdinh"), verdict_at=calendar.now()
        ),
        lambda: SheetEvidence.objects.filter(layer=layer(sheet, "I.1", "appraisal")).update(layer=frozen),
        lambda: frozen.delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            write()


def test_a_returned_sheet_keeps_its_layers_and_begins_again_as_a_copy(work: Sheets):
    sheet = work.bring("submitted")
    work.judge(sheet, "I.1", Said(score=Decimal(1), reason="Kế hoạch ký chậm"))
    sheet = sheets.send_back(sheet=sheet, reason="Thiếu báo cáo kiểm tra", revision=None, by=work.who("snv.thamdinh"))
    assert (sheet.state, sheet.round) == ("draft", 2)
    assert layer(sheet, "I.1", "appraisal", 1).reason == "Kế hoạch ký chậm"
    again = layer(sheet, "I.1", "self", 2)
    assert (again.score, again.evidence.count(), again.frozen_at) == (3, 1, None)
    work.save(sheet, "I.1", Said({"on_time": False}, explanation="Ký chậm"))
    work.submit(sheet)
    assert layer(sheet, "I.1", "self", 1).score == 3
    assert layer(sheet, "I.1", "self", 2).score == 0
    assert layer(sheet, "I.1", "appraisal", 2).score == 0
    assert Event.objects.get(action="scoresheet.return").reason == "Thiếu báo cáo kiểm tra"


def test_a_sheet_that_comes_back_after_its_day_gets_a_new_one(work: Sheets):
    sheet = work.bring("submitted")
    by = work.who("snv.thamdinh")
    with at(date(2022, 1, 5)):
        with pytest.raises(Invalid) as refused:
            sheets.send_back(sheet=sheet, reason="Thiếu", revision=None, by=by)
        assert set(refused.value.fields) == {"until"}
        sheet = sheets.send_back(sheet=sheet, reason="Thiếu", until=date(2022, 1, 15), revision=None, by=by)
        work.submit(sheet)
    assert sheet.self_due_on == sheet.appraisal_due_on == sheet.explanation_due_on == date(2022, 1, 15)
    assert sheet.settlement_due_on == DATES.settlement_due_on


def test_a_sheet_is_withdrawn_until_somebody_has_begun_to_appraise_it(work: Sheets):
    head = work.who("stp.thutruong")
    sheet = sheets.withdraw(sheet=work.bring("submitted"), revision=None, by=head)
    assert (sheet.state, sheet.round) == ("draft", 2)
    assert not EntryLayer.objects.filter(entry__sheet=sheet, stage="appraisal").exists()
    sheet = work.submit(sheet)
    work.judge(sheet, "I.2", Said(score=Decimal(5)))
    with pytest.raises(Conflict) as refused:
        sheets.withdraw(sheet=sheet, revision=None, by=head)
    assert refused.value.code == "appraisal_begun"


# --- dates -------------------------------------------------------------------------------------------------------


def test_the_last_day_is_open_and_the_next_is_locked_until_more_time_is_given_with_a_reason(work: Sheets):
    sheet = work.open("STP")
    with at(date(2021, 12, 20)):
        work.fill(sheet)
    with at(date(2021, 12, 21)):
        for step in (lambda: work.save(sheet, "I.2", Said(score=Decimal(6))), lambda: work.submit(sheet)):
            with pytest.raises(Invalid) as refused:
                step()
            assert refused.value.code == "self_closed"
            assert "20/12/2021" in refused.value.message
        by, more = work.who("snv.chuyenvien"), sheets.Dates(date(2021, 12, 22), *list(DATES.__dict__.values())[1:])
        with pytest.raises(Invalid) as refused:
            sheets.move_dates(sheet=sheet, dates=more, reason=" ", revision=None, by=by)
        assert refused.value.code == "reason_required"
        sheets.move_dates(sheet=sheet, dates=more, reason="Mất điện", revision=None, by=by)
        work.submit(sheet)
    event = Event.objects.get(action="scoresheet.move_dates")
    assert (event.before["self_due_on"], event.after["self_due_on"]) == ("2021-12-20", "2021-12-22")
    assert event.reason == "Mất điện"


def test_without_an_explanation_the_second_appraisal_begins_after_its_day(work: Sheets):
    sheet = work.bring("appraised")
    work.save(sheet, "I.2", Said(score=Decimal(7), explanation="Đề nghị xem lại"))
    by = work.who("snv.thamdinh")
    with pytest.raises(Invalid) as refused:
        sheets.waive(sheet=sheet, revision=None, by=by)
    assert refused.value.code == "explanation_open"
    with at(date(2022, 1, 11)):
        with pytest.raises(Invalid):
            sheets.explain(sheet=sheet, revision=None, by=work.who("stp.thutruong"))
        sheet = sheets.waive(sheet=sheet, revision=None, by=by)
    # What was not sent is kept, and counts for nothing.
    assert layer(sheet, "I.2", "explanation").score == 7
    assert layer(sheet, "I.2", "settlement").score == 5


# --- appraisal -----------------------------------------------------------------------------------------------------


def test_an_appraisal_that_differs_says_why_and_judges_the_documents(work: Sheets):
    sheet = work.bring("submitted")
    link = layer(sheet, "I.1", "appraisal").evidence.get()
    with pytest.raises(Invalid) as refused:
        work.judge(sheet, "I.1", Said({"on_time": False}), verdicts={link.pk: "unreadable"})
    assert set(refused.value.fields) == {"reason"}
    work.judge(sheet, "I.1", Said({"on_time": False}, reason="Không đọc được"), verdicts={link.pk: "unreadable"})
    # A score may be set against the rule, with its reason.
    work.judge(sheet, "II.6", Said({"percent": Decimal(72)}, score=Decimal(4), reason="Chưa đối chiếu"))
    with pytest.raises(Invalid) as refused:
        work.judge(sheet, "II.6", Said(score=Decimal(11), reason="x"))
    assert set(refused.value.fields) == {"score"}
    sheet = sheets.appraise(sheet=sheet, revision=None, by=work.who("snv.thamdinh"))
    assert layer(sheet, "I.1", "appraisal").score == 0
    assert layer(sheet, "II.6", "appraisal").score == 4
    assert layer(sheet, "I.1").score == 3
    assert SheetEvidence.objects.get(layer__stage="self").verdict == Verdict.PENDING
    assert SheetEvidence.objects.get(layer__stage="appraisal").verdict == Verdict.UNREADABLE
    # The explanation begins with the appraisal's verdicts, and adds its own document.
    work.save(sheet, "I.1", Said({"on_time": True}, explanation="Bản quét lại"), uploads=[pdf_upload("lai.pdf", "lại")])
    explained = layer(sheet, "I.1", "explanation")
    assert sorted(explained.evidence.values_list("verdict", flat=True)) == ["pending", "unreadable"]


def test_what_nobody_judged_is_accepted_when_the_appraisal_ends(work: Sheets):
    work.bring("appraised")
    assert SheetEvidence.objects.get(layer__stage="appraisal").verdict == Verdict.ACCEPTED


def test_the_second_body_appraises_the_standing_offices_sheet(work: Sheets):
    sheet = work.fill(work.open("SNV"), by="snv.canbo")
    sheet = work.submit(sheet, by="snv.thutruong")
    for name, code in (("snv.thamdinh", "own_agency"), ("lanhdao", "not_a_reviewer")):
        with pytest.raises(Refused) as refused:
            work.judge(sheet, "I.2", Said(score=Decimal(5)), by=name)
        assert refused.value.code == code
    work.judge(sheet, "I.2", Said(score=Decimal(5)), by="vpub.thamdinh")
    with pytest.raises(Refused):
        sheets.appraise(sheet=sheet, revision=None, by=work.who("snv.thamdinh"))
    sheets.appraise(sheet=sheet, revision=None, by=work.who("vpub.thamdinh"))


def test_a_provinces_sheet_is_written_by_those_who_answer_and_sent_by_the_standing_office(work: Sheets):
    sheet = work.open(framework=keep_framework("bo-tinh", level="province"))
    owners = {
        work.entry(sheet, "I.1").pk: work.small.agencies["STP"],
        work.entry(sheet, "I.2").pk: work.small.agencies["VPUB"],
    }
    sheets.assign(sheet=sheet, owners=owners, revision=None, by=work.who("snv.chuyenvien"))
    work.save(sheet, "I.1", Said({"on_time": True}, explanation="Tháng 1"), by="stp.canbo")
    with pytest.raises(Refused):
        work.save(sheet, "II.6", Said({"percent": Decimal(72)}), by="stp.canbo")
    work.save(sheet, "I.2", Said(score=Decimal(7), explanation="Đã kiểm tra"), by="vpub.canbo")
    work.save(sheet, "II.6", Said({"percent": Decimal(72)}), by="snv.canbo")
    with pytest.raises(Refused):
        work.submit(sheet, by="stp.thutruong")
    work.submit(sheet, by="snv.thutruong")
    # Each component is appraised by who appraises the agency that answers for it.
    for code, name in (("I.1", "snv.thamdinh"), ("I.2", "snv.thamdinh"), ("II.6", "vpub.thamdinh")):
        work.judge(sheet, code, entries.of(layer(sheet, code, "appraisal")), by=name)
    for code, name in (("I.2", "vpub.thamdinh"), ("II.6", "snv.thamdinh")):
        with pytest.raises(Refused):
            work.judge(sheet, code, entries.of(layer(sheet, code, "appraisal")), by=name)
    with pytest.raises(Refused):
        sheets.appraise(sheet=sheet, revision=None, by=work.who("snv.thamdinh"))
    sheets.appraise(sheet=sheet, revision=None, by=work.who("vpub.thamdinh"))


# --- publication -----------------------------------------------------------------------------------------------


def test_published_scores_are_recorded_as_settled_or_as_published(work: Sheets):
    sheet = work.bring("settled")
    with pytest.raises(Invalid) as refused:
        sheets.publish(sheet=sheet, document=" ", on=None, revision=None, by=work.who("snv.chuyenvien"))
    assert set(refused.value.fields) == {"document", "on"}
    sheet = work.publish(sheet, II_6=Decimal("8.5"), S=Decimal("4.2"))
    assert (sheet.state, sheet.publication, sheet.published_on) == ("published", "12/QĐ-UBND", date(2021, 12, 10))
    assert layer(sheet, "I.1", "published").score == 3
    changed = layer(sheet, "II.6", "published")
    assert (changed.score, changed.reason) == (Decimal("8.5"), "12/QĐ-UBND")
    assert layer(sheet, "S", "published").score == Decimal("4.2")
    assert layer(sheet, "II.6", "settlement").score == Decimal("8.47")


# --- trail ---------------------------------------------------------------------------------------------------------


def test_the_trail_proves_every_layer(work: Sheets):
    sheet = work.bring("submitted")
    work.judge(sheet, "I.1", Said(score=Decimal(1), reason="Chậm"))
    sheets.send_back(sheet=sheet, reason="Thiếu", revision=None, by=work.who("snv.thamdinh"))
    first = SheetEvidence.objects.get(layer__stage="self", layer__number=2)
    work.save(sheet, "I.1", Said({"on_time": True}), drop=[first.pk], uploads=[pdf_upload("moi.pdf", "mới")])
    work.save(sheet, "I.1", Said(explanation="Chưa rõ"))
    work.save(sheet, "I.1", Said({"on_time": True}))
    sheet = sheets.withdraw(sheet=work.submit(sheet), revision=None, by=work.who("stp.thutruong"))
    work.submit(sheet)
    assert list(proof.everything([work.small.province], whole=False)) == []
    # Triggers aside, an edit shows.
    entry = SheetEntry.objects.filter(sheet=sheet).first()
    SheetEntry.objects.filter(pk=entry.pk).update(revision=99)
    assert [one.code for one in proof.everything([work.small.province], whole=False)] == ["row_changed"]

"""Entered once, used twice: what was accepted on a plan's task is offered to the components that it serves."""

from decimal import Decimal

import pytest

from agencies.errors import Conflict, Invalid, Refused
from indicators.actions import offers
from indicators.models import EntryLayer, Offer, SheetEvidence
from plans.actions import amendment_lines, amendments, plans, progress
from plans.models import Progress
from tests.conftest import DAY, pdf_upload
from tests.indicators.sheets import Sheets


@pytest.fixture
def serving(work: Sheets):
    """Let task 1 of Sở Tư pháp serve "hồ sơ đúng hạn"."""
    component = work.framework.components.get(code="II.6")
    small, by = work.small, work.who("snv.chuyenvien")
    draft = amendments.begin(
        plan=small.plan, number="9/QĐ", issued_on=DAY.date(), issuer="UBND tỉnh", effective_on=DAY.date(), by=by
    )
    task = small.plan.tasks.get(code="1")
    text = amendment_lines.text_of(amendment_lines.latest(task))
    text.serves.append(plans.Serves(component.framework.index, component, ""))
    draft = amendment_lines.change(amendment=draft, subject=task, text=text, by=by)
    amendments.confirm(amendment=draft, revision=None, by=by)
    return work


def accepted(work, number="72", **said):
    officer, reviewer = work.who("stp.canbo"), work.who("snv.thamdinh")
    content = progress.Content(result="Đúng hạn 72 %", figure=Decimal(number), **said)
    sent = progress.submit(
        progress=work.small.begin(),
        content=content,
        uploads=[pdf_upload("dung-han.pdf", "đúng hạn"), pdf_upload("sai.pdf", "sai")],
        revision=None,
        by=officer,
    )
    wrong = sent.latest.evidence.get(document__original_name="sai.pdf")
    return progress.accept(progress=sent, verdicts={wrong.pk: "outside_year"}, revision=None, by=reviewer)


def corrected(work, report, number):
    officer, reviewer = work.who("stp.canbo"), work.who("snv.thamdinh")
    row = progress.correct(progress=report, reason="Sai số", revision=None, by=officer)
    content = progress.Content(result="Đúng lại", figure=Decimal(number))
    row = progress.submit(progress=row, content=content, revision=None, by=officer)
    return progress.accept(progress=row, revision=None, by=reviewer)


def test_an_accepted_report_is_offered_with_the_documents_that_were_accepted(serving: Sheets):
    report = accepted(serving, numerator=Decimal(720), denominator=Decimal(1000))
    offer = Offer.objects.get()
    assert (offer.component.code, offer.year, offer.agency.code) == ("II.6", 2021, "STP")
    assert (offer.figure, offer.numerator, offer.denominator) == (72, 720, 1000)
    assert [one.original_name for one in offer.documents.all()] == ["dung-han.pdf"]
    assert offer.url == f"/nhiem-vu/{report.assignment_id}/"


def test_a_task_that_serves_no_component_offers_nothing(work: Sheets):
    work.small.accept()
    assert not Offer.objects.exists()


def test_a_correction_takes_the_place_of_what_nobody_has_taken(serving: Sheets):
    report = accepted(serving)
    corrected(serving, report, "80")
    old, new = Offer.objects.order_by("pk")
    assert (old.settled_at is None, old.settled_by, old.taken_into) == (False, None, None)
    assert (new.figure, new.settled_at) == (80, None)
    # The same once more changes nothing.
    from plans.actions import offering

    offering.offer(Progress.objects.get(pk=report.pk), Progress.objects.get(pk=report.pk).accepted)
    assert Offer.objects.count() == 2


def test_what_is_taken_fills_the_input_and_shows_the_same_documents(serving: Sheets):
    sheet = serving.open("STP")
    report = accepted(serving)
    offer, by = Offer.objects.get(), serving.who("stp.canbo")
    entry = serving.entry(sheet, "II.6")
    for into, code in (("khac", "input_unknown"), (offers.PAIR, "offer_without_figure")):
        with pytest.raises(Invalid) as refused:
            offers.take(offer=offer, entry=entry, into=into, revision=None, by=by)
        assert refused.value.code == code
    with pytest.raises(Invalid) as refused:
        offers.take(offer=offer, entry=serving.entry(sheet, "I.1"), revision=None, by=by)
    assert refused.value.code == "other_component"
    offers.take(offer=offer, entry=entry, into="percent", revision=None, by=by)
    layer = EntryLayer.objects.get(entry=entry)
    assert (layer.score, layer.explanation) == (Decimal("8.47"), "Đúng hạn 72 %")
    assert SheetEvidence.objects.get(layer=layer).document == offer.documents.get()
    with pytest.raises(Conflict) as refused:
        offers.take(offer=offer, entry=entry, revision=None, by=by)
    assert refused.value.code == "offer_settled"
    # A correction waits beside what was taken: the sheet is not changed behind anybody's back.
    corrected(serving, report, "90")
    later = Offer.objects.open().get()
    layer.refresh_from_db()
    assert layer.score == Decimal("8.47")
    offers.take(offer=later, entry=entry, into="percent", revision=None, by=by)
    layer.refresh_from_db()
    assert layer.score == 10


def test_the_two_figures_of_a_rate_take_the_place_of_the_rate(serving: Sheets):
    sheet = serving.open("STP")
    accepted(serving, numerator=Decimal(5), denominator=Decimal(7))
    entry, by = serving.entry(sheet, "II.6"), serving.who("stp.canbo")
    offers.take(offer=Offer.objects.get(), entry=entry, into=offers.PAIR, revision=None, by=by)
    layer = EntryLayer.objects.get(entry=entry)
    assert sorted(layer.inputs.values_list("name", flat=True)) == ["denominator", "numerator"]
    assert layer.score == Decimal("8.40")


def test_an_offer_is_set_aside_by_those_whom_it_serves(serving: Sheets):
    accepted(serving)
    with pytest.raises(Refused):
        offers.set_aside(offer=Offer.objects.get(), by=serving.who("syt.canbo"))
    offer = offers.set_aside(offer=Offer.objects.get(), by=serving.who("stp.canbo"))
    assert offer.settled_by == serving.who("stp.canbo")
    with pytest.raises(Conflict):
        offers.set_aside(offer=offer, by=serving.who("stp.canbo"))

"""Loss, change and the ledger of points at risk, on a small framework and on published results."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from indicators.actions import catalogue, sheets
from indicators.actions.entries import Said
from indicators.models import ComponentLink, Index, SheetEvidence
from plans.actions import plans
from plans.models import PartyRole
from reports.facts.change import published_change, sheet_change
from reports.facts.loss import published_loss, sheet_loss
from reports.facts.risk import risk
from tests.conftest import pdf_upload
from tests.indicators.sheets import build, keep_framework

DAY = date(2021, 12, 10)


@pytest.fixture
def work(small):
    return build(small)


def row(facts, code):
    return next(one for one in facts.rows if one.code == code)


def serve(small, component, *, code="S1", agency="STP"):
    """Issue a plan with a task that serves a component."""
    plan = plans.create(
        province=small.province, code=f"phuc-vu-{code.lower()}", number=f"{code}/KH-UBND", kind="ke_hoach",
        title="Kế hoạch", issuer="UBND tỉnh", issued_on=date(2021, 8, 6), year_from=2021, year_to=2021, by=None,
    )  # fmt: skip
    section = plans.add_section(plan=plan, code="I", title="Mục", parent=None, index=None)
    text = plans.TaskText(
        "Việc phục vụ",
        deadline={"deadline_kind": "date", "deadline_to": date(2021, 12, 15)},
        parties=[plans.Party(PartyRole.LEAD, small.agencies[agency])],
        serves=[plans.Serves(component.framework.index, component, "")],
    )
    plans.add_task(section=section, code=code, text=text, deciding_document="x")
    plan = plans.issue(plan=plan, by=None)
    plans.hand_out(plan=plan, on=date(2021, 8, 6), by=None)
    return plan


# --- the ledger ----------------------------------------------------------------------------------------------


def test_what_has_no_accepted_document_is_at_risk_and_pending_stands_apart(work):
    sheet = work.fill(work.open("STP"))
    facts = risk(sheet, work.who("stp.canbo"), DAY)
    # I.1: 3 of 3 with a document that nobody has looked at; I.2: 5 of 7 explained only; II.6 asks for no document;
    # S: no result of the survey yet.
    found = {one.code: (one.evidenced, one.pending, one.unproved, one.recoverable) for one in facts.rows}
    assert found == {
        "I.1": (0, 3, 0, 3),
        "I.2": (0, 0, 5, 7),
        "II.6": (Decimal("8.47"), 0, 0, Decimal("1.53")),
        "S": (0, 0, 0, 5),
    }
    assert [one.code for one in facts.rows] == ["I.2", "S", "I.1", "II.6"]
    assert (facts.recoverable, facts.pending, facts.unscored) == (Decimal("16.53"), 3, 1)
    assert row(facts, "S").score_text == "Chưa chấm"
    assert row(facts, "II.6").formula == "10,00 − 8,47"
    assert facts.by_owner[0].owner == "Sở Tư pháp"
    assert sum(one.recoverable for one in facts.by_owner) == facts.recoverable


def test_what_the_unit_has_not_sent_is_told_to_nobody_else(work):
    sheet = work.fill(work.open("STP"))
    facts = risk(sheet, work.who("lanhdao"), DAY)
    assert {one.score_text for one in facts.rows} == {"Chưa gửi"}
    assert (facts.evidenced, facts.recoverable) == (0, 25)
    sheet = work.submit(sheet)
    assert row(risk(sheet, work.who("lanhdao"), DAY), "I.2").score_text == "5,00"


def test_a_verdict_moves_points_from_pending_to_evidenced_or_back_to_unproved(work):
    sheet = work.submit(work.fill(work.open("STP")))
    entry = work.entry(sheet, "I.1")
    link = SheetEvidence.objects.get(layer__entry=entry, layer__frozen_at__isnull=True)
    for verdict, wanted in (("accepted", (3, 0, 0)), ("outside_year", (0, 0, 3))):
        work.judge(sheet, "I.1", Said({"on_time": True}), verdicts={link.pk: verdict})
        one = row(risk(sheet, work.who("snv.thamdinh"), DAY), "I.1")
        assert (one.evidenced, one.pending, one.unproved) == wanted


def test_the_days_left_are_those_of_the_stage_and_the_tasks_say_theirs(work):
    sheet = work.open("STP")
    component = work.entry(sheet, "I.1").component
    serve(work.small, component)
    serve(work.small, component.parent, code="S2", agency="STP")
    serve(work.small, component, code="S3", agency="SYT")
    one = row(risk(sheet, work.who("stp.canbo"), DAY), "I.1")
    assert (one.days_left, one.left) == (10, "còn 10 ngày")
    assert [task.code for task in one.tasks] == ["S1", "S2"]
    assert one.task_due == date(2021, 12, 15)
    assert one.tasks[0].state.text == "Chưa thực hiện" or one.tasks[0].state.text
    other = row(risk(sheet, work.who("syt.canbo"), DAY), "I.1")
    assert other.tasks[0].state.text == ""  # who reads no reports of the agency sees no state
    sheet = work.submit(work.fill(sheet))
    assert row(risk(sheet, work.who("stp.canbo"), DAY), "I.1").left == "đã khóa"


def test_what_does_not_apply_is_not_at_risk(work):
    sheet = work.open("STP")
    work.save(sheet, "I.2", Said(not_applicable=True, explanation="Không có đơn vị trực thuộc"))
    facts = risk(sheet, work.who("stp.canbo"), DAY)
    assert "I.2" not in [one.code for one in facts.rows]
    assert (facts.most, facts.excused) == (18, 1)


def test_the_ledger_costs_the_same_for_3_rows_as_for_30(work):
    extra = [{"code": f"X{n}", "name": f"Thêm {n}", "max_score": Decimal(1)} for n in range(30)]
    wide = keep_framework(code="bo-lon", extra=extra)
    few, many = work.open("STP"), work.open("STP", framework=wide)
    for sheet in (few, many):
        serve(work.small, work.entry(sheet, "I.1").component, code=f"S{sheet.pk}")
    user = work.who("lanhdao")
    user.standing()

    def cost(sheet):
        with CaptureQueriesContext(connection) as seen:
            risk(sheet, user, DAY)
        return len(seen)

    assert cost(few) == cost(many)


# --- loss ----------------------------------------------------------------------------------------------------


def test_loss_is_counted_by_component_agency_and_plan_from_the_final_layer(work):
    sheet = work.bring("settled")
    serve(work.small, work.entry(sheet, "I.1").component.parent)
    facts = sheet_loss(sheet, work.who("lanhdao"), DAY)
    lost = {one.code: one.lost for one in facts.rows}
    assert lost == {"I.1": 0, "I.2": 2, "II.6": Decimal("1.53"), "S": None}
    assert (facts.lost, facts.most, facts.blank) == (Decimal("3.53"), 20, 1)
    assert [(one.name, one.lost) for one in facts.by_owner] == [("Sở Tư pháp", Decimal("3.53"))]
    assert {one.name: one.lost for one in facts.by_plan} == {
        "Kế hoạch S1/KH-UBND": 2,
        "Không kế hoạch nào phục vụ": Decimal("1.53"),
    }
    assert row(facts, "S").score_text == "Chưa có điểm"


def test_published_scores_go_before_the_second_appraisal(work):
    sheet = work.publish(work.bring("settled"), I_2=Decimal(4))
    facts = sheet_loss(sheet, work.who("lanhdao"), DAY)
    assert (row(facts, "I.2").lost, facts.basis) == (3, "Điểm công bố")


def test_a_sheet_that_is_not_appraised_to_the_end_has_no_loss_yet(work):
    assert sheet_loss(work.bring("explained"), work.who("lanhdao"), DAY) is None


def par_2017(small):
    """The domains of 2017 with their maxima, and what Đắk Lắk lost of seven of them."""
    maxima = {"1": "10", "2": "10", "3": "14.5", "4": "11", "5": "16", "6": "7", "7": "16", "8": "15.5"}
    index = Index.objects.get(code="PAR")
    framework = catalogue.keep_framework(
        index=index,
        version="2017",
        code="par-2017-thu",
        year_from=2017,
        components=[
            {"code": code, "name": f"Lĩnh vực {code}", "max_score": Decimal(most), "method": "mixed"}
            for code, most in maxima.items()
        ],
    )
    values = {"1": "5.50", "2": "8.16", "4": "8.23", "5": "11.12", "6": "5.04", "7": "8.86", "8": "13.96"}
    for component in framework.components.all():
        if component.code in values:
            catalogue.keep_result(
                province=small.province, index=index, component=component, year=2017, source="bài báo",
                value=Decimal(values[component.code]), source_kind="derived",
            )  # fmt: skip
    return index


def test_the_losses_of_a_province_that_published_its_domains(small):
    index = par_2017(small)
    facts = published_loss(small.province, index, 2017, small.who("lanhdao"), DAY)
    assert {one.code: one.lost for one in facts.rows} == {
        "1": Decimal("4.50"), "2": Decimal("1.84"), "4": Decimal("2.77"), "5": Decimal("4.88"), "6": Decimal("1.96"),
        "7": Decimal("7.14"), "8": Decimal("1.54"),
    }  # fmt: skip
    assert [one.code for one in facts.rows][:2] == ["7", "5"]
    assert facts.lost == Decimal("24.63")
    assert published_loss(small.province, index, 2016, small.who("lanhdao"), DAY) is None


def test_loss_costs_the_same_for_3_rows_as_for_30(work):
    extra = [{"code": f"X{n}", "name": f"Thêm {n}", "max_score": Decimal(1), "method": "survey"} for n in range(30)]
    wide = keep_framework(code="bo-lon", extra=extra)
    few = work.bring("settled")
    many = work.submit(work.fill(work.open("STP", framework=wide)))
    for step in (sheets.appraise, sheets.explain, sheets.settle):
        who = "stp.thutruong" if step is sheets.explain else "snv.thamdinh"
        many = step(sheet=many, revision=None, by=work.who(who))
    user = work.who("lanhdao")
    user.standing()

    def cost(sheet):
        with CaptureQueriesContext(connection) as seen:
            assert sheet_loss(sheet, user, DAY) is not None
        return len(seen)

    assert cost(few) == cost(many)


# --- change --------------------------------------------------------------------------------------------------


def test_between_two_sheets_effort_and_a_changed_framework_are_told_apart(work):
    before = work.bring("settled", year=2020)
    heavier = keep_framework(code="bo-moi")
    for code, most in (("I", 16), ("I.2", 13)):
        heavier.components.filter(code=code).update(max_score=Decimal(most))
    for old in work.framework.components.all():
        new = heavier.components.get(code=old.code)
        relation = "reweighted" if old.code in ("I", "I.2") else "same"
        ComponentLink.objects.create(framework=heavier, old=old, new=new, relation=relation)
    after = work.open("STP", framework=heavier)
    work.save(after, "I.1", Said({"on_time": True}), uploads=[pdf_upload()])
    work.save(after, "I.2", Said(score=Decimal(13), explanation="Đủ"))
    work.save(after, "II.6", Said({"percent": Decimal(85)}))
    facts = sheet_change(before, after, work.who("stp.canbo"), DAY)
    parts = {one.part: one.points for one in facts.parts}
    # I.2: 5 of 7 → 13 of 13: effort 2/7 × 13, reweighting 5/7 × 6; II.6: 8,47 → 10.
    assert (parts["own"], parts["reweighted"]) == (Decimal("5.24"), Decimal("4.29"))
    assert sum(parts.values()) == facts.after - facts.before
    assert facts.rank_text == ""
    line = next(one for one in facts.lines if one.after.startswith("I.2"))
    assert (line.percent_before, line.percent_after) == ("71,43 %", "100,00 %")


def test_published_years_move_by_effort_survey_and_field(small, elsewhere):
    index = Index.objects.get(code="PAR")
    framework = catalogue.keep_framework(
        index=index, version="m", code="par-m", year_from=2018,
        components=[
            {"code": "1", "name": "Một", "max_score": Decimal(60), "method": "self"},
            {"code": "2", "name": "Hai", "max_score": Decimal(40), "method": "survey"},
        ],
    )  # fmt: skip
    one, two = framework.components.order_by("code")

    def keep(province, year, value, component=None):
        catalogue.keep_result(
            province=province, index=index, component=component, year=year, source="bảng", value=Decimal(value),
            source_kind="published", field_size=None if component else 2, rank=None,
        )  # fmt: skip

    for year, first, second in ((2020, "50", "30"), (2021, "52", "33")):
        keep(small.province, year, first, one)
        keep(small.province, year, second, two)
    keep(small.province, 2020, "80")
    keep(small.province, 2021, "85")
    keep(elsewhere.province, 2020, "82")
    keep(elsewhere.province, 2021, "90")
    facts = published_change(small.province, index, 2020, 2021)
    assert {part.part: part.points for part in facts.parts if part.points} == {"own": 2, "survey": 3}
    assert facts.points_text == "+5,00"
    # Alone it would have passed the other; the other moved too.
    assert facts.rank_text == "từ 2/2 đến 2/2 (giữ bậc)"
    assert facts.field_text == "xuống 1 bậc"
    assert published_change(small.province, index, 2018, 2021) is None

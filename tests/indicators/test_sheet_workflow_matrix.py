"""Every (verb × role × state) of a score sheet: what the table does not allow does not happen."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db import transaction

from agencies import calendar
from agencies.errors import PortalError
from indicators import policies
from indicators.actions import entries, offers, sheets
from indicators.actions.entries import Said
from indicators.models import ScoreSheet, SheetEntry
from tests.indicators.sheets import DATES, YES, Sheets

ROLES = (
    "stp.canbo",
    "stp.thutruong",
    "syt.canbo",
    "snv.canbo",
    "snv.thutruong",
    "snv.thamdinh",
    "vpub.thamdinh",
    "snv.chuyenvien",
    "lanhdao",
    "kiemtra",
    "quantri",
)
STATES = tuple(policies.STATE_LABELS)
LATE = datetime(2022, 1, 11, 9, 0, tzinfo=calendar.VIETNAM)


def _entry(sheet, code="I.1"):
    return SheetEntry.objects.select_related("sheet", "component").get(sheet=sheet, component__code=code)


def _waive(sheet, by):
    # The step is for the day after the last day of explanations.
    with calendar.held_at(LATE):
        return sheets.waive(sheet=sheet, revision=None, by=by)


def _take(sheet, by):
    return offers.take(offer=_entry(sheet).component.offers.get(), entry=_entry(sheet), revision=None, by=by)


VERBS = {
    "save": lambda sheet, by: entries.save(entry=_entry(sheet), said=YES, revision=None, by=by),
    "take": _take,
    "judge": lambda sheet, by: entries.judge(
        entry=_entry(sheet), said=Said(score=Decimal(1), reason="Chậm"), revision=None, by=by
    ),
    "assign": lambda sheet, by: sheets.assign(sheet=sheet, owners={}, revision=None, by=by),
    "submit": lambda sheet, by: sheets.submit(sheet=sheet, revision=None, by=by),
    "withdraw": lambda sheet, by: sheets.withdraw(sheet=sheet, revision=None, by=by),
    "return": lambda sheet, by: sheets.send_back(sheet=sheet, reason="Thiếu tài liệu", revision=None, by=by),
    "appraise": lambda sheet, by: sheets.appraise(sheet=sheet, revision=None, by=by),
    "explain": lambda sheet, by: sheets.explain(sheet=sheet, revision=None, by=by),
    "waive": _waive,
    "settle": lambda sheet, by: sheets.settle(sheet=sheet, revision=None, by=by),
    "publish": lambda sheet, by: sheets.publish(
        sheet=sheet, document="12/QĐ-UBND", on=date(2021, 12, 10), revision=None, by=by
    ),
    "move_dates": lambda sheet, by: sheets.move_dates(
        sheet=sheet,
        dates=sheets.Dates(date(2021, 12, 25), *list(DATES.__dict__.values())[1:]),
        reason="Mất điện",
        revision=None,
        by=by,
    ),
}
# Who takes each step on the sheet of Sở Tư pháp. Assigning is for a province's sheet: its test is below.
MAY = {
    "save": {"stp.canbo"},
    "take": {"stp.canbo"},
    "judge": {"snv.thamdinh"},
    "assign": set(),
    "submit": {"stp.thutruong"},
    "withdraw": {"stp.thutruong"},
    "return": {"snv.thamdinh"},
    "appraise": {"snv.thamdinh"},
    "explain": {"stp.thutruong"},
    "waive": {"snv.thamdinh"},
    "settle": {"snv.thamdinh"},
    "publish": {"snv.chuyenvien"},
    "move_dates": {"snv.chuyenvien"},
}
SOURCES = {step.verb: step.sources for step in policies.SHEET_STEPS}


def test_every_step_of_the_table_is_tried():
    assert set(VERBS) == set(MAY) == set(SOURCES) == set(policies.VERB_LABELS)
    assert set(policies.STATE_LABELS) == set(ScoreSheet.State.values)


@pytest.mark.parametrize("state", STATES)
def test_only_the_tables_steps_are_taken(work: Sheets, state):
    sheet = work.bring(state)
    if state == "draft":
        work.fill(sheet)
    offers.offer(
        component=_entry(sheet).component,
        year=2021,
        agency=work.small.agencies["STP"],
        series="thu",
        number=1,
        label="Báo cáo đã duyệt",
        text="Đã ban hành",
    )
    before = ScoreSheet.objects.get(pk=sheet.pk)
    for verb, step in VERBS.items():
        for role in ROLES:
            # Each is tried in a transaction that is undone: those who may, could.
            with transaction.atomic():
                if role in MAY[verb] and state in SOURCES[verb]:
                    assert step(sheet, work.who(role)) is not None, (verb, role)
                else:
                    with pytest.raises(PortalError):
                        step(sheet, work.who(role))
                    assert ScoreSheet.objects.get(pk=sheet.pk).revision == before.revision, (verb, role)
                    assert _entry(sheet).revision == SheetEntry.objects.get(pk=_entry(sheet).pk).revision
                transaction.set_rollback(True)


@pytest.mark.parametrize("state", STATES)
def test_who_answers_for_what_is_assigned_while_a_provinces_sheet_is_written(work: Sheets, state):
    from tests.indicators.sheets import keep_framework

    sheet = work.open(framework=keep_framework("bo-tinh", level="province"))
    ScoreSheet.objects.filter(pk=sheet.pk).update(
        state=state,
        published_on=date(2021, 12, 1) if state == "published" else None,
        publication="1/QĐ" if state == "published" else "",
    )
    owners = {_entry(sheet).pk: work.small.agencies["STP"]}
    for role in ROLES:
        if role == "snv.chuyenvien" and state == "draft":
            continue
        with pytest.raises(PortalError):
            sheets.assign(sheet=sheet, owners=owners, revision=None, by=work.who(role))
    if state == "draft":
        sheets.assign(sheet=sheet, owners=owners, revision=None, by=work.who("snv.chuyenvien"))
        assert _entry(sheet).owner == work.small.agencies["STP"]

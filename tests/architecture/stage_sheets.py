"""Score sheets on the stage of the permission matrix: one in every state, a province's, files, and an offer."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile

from agencies import calendar
from agencies.actions import directory
from indicators.actions import offers, sheets
from indicators.actions.entries import Said
from indicators.models import EntryLayer, ScoreSheet, SheetEvidence
from parportal.access_lines import Row
from tests.conftest import pdf_bytes, pdf_upload
from tests.indicators.sheets import DATES, Sheets, keep_framework

MARKS: dict[Row, str] = {
    Row.SHEET: "mark-self-score",
    Row.SHEET_FILE: "mark-sheet-file",
    Row.SHEET_JUDGED: "mark-appraising",
    Row.OFFER: "mark-offered",
}
EARLIER = datetime(2021, 11, 1, 9, 0, tzinfo=calendar.VIETNAM)
ISO = {name: str(day) for name, day in DATES.__dict__.items()}
TYPED = {name: f"{day:%d/%m/%Y}" for name, day in DATES.__dict__.items()}


def put(stage: Any) -> None:
    """Put score sheets on the stage."""
    small, rows = stage.small, stage.rows
    for name, agency, role in (("stp.thutruong2", "STP", "agency_head"), ("snv.thutruong2", "SNV", "agency_head")):
        user = directory.add_user(username=name, full_name=name, password_hash=make_password("x"), by=None)
        directory.join(user=user, agency=small.agencies[agency], role=role, by=None)
    work = Sheets(small, keep_framework("bo-ma-tran"))

    def named(sheet: ScoreSheet) -> dict[str, Any]:
        sheet.refresh_from_db()
        entry = work.entry(sheet, "I.1")
        return {"pk": sheet.pk, "revision": sheet.revision, "entry": entry.pk, "entry_revision": entry.revision}

    draft = work.fill(work.open("STP", year=2021))
    work.save(
        draft,
        "I.1",
        Said({"on_time": True}, explanation=MARKS[Row.SHEET]),
        drop=SheetEvidence.objects.values_list("pk", flat=True),
        uploads=[pdf_upload(f"{MARKS[Row.SHEET_FILE]}.pdf", "phiếu")],
    )
    offered = offers.offer(
        component=work.entry(draft, "I.1").component,
        year=2021,
        agency=small.agencies["STP"],
        series="ma-tran",
        number=1,
        label=MARKS[Row.OFFER],
    )
    rows[Row.SHEET] = {**named(draft), "offer": offered.pk, "framework": work.framework.pk}
    entry = rows[Row.SHEET]["entry"]
    rows[Row.SHEET_ENTRY] = {"pk": entry, "revision": rows[Row.SHEET]["entry_revision"], "offer": offered.pk}
    rows[Row.SHEET_FILE] = {
        "pk": SheetEvidence.objects.get(layer__entry=entry).pk,
        "report": entry,
        "revision": rows[Row.SHEET]["entry_revision"],
    }
    rows[Row.OFFER] = {"pk": offered.pk, "component": offered.component_id}
    states = {
        Row.SHEET_SENT: "submitted",
        Row.SHEET_APPRAISED: "appraised",
        Row.SHEET_EXPLAINED: "explained",
        Row.SHEET_SETTLED: "settled",
    }
    for year, (row, state) in enumerate(states.items(), start=2016):
        rows[row] = named(work.bring(state, year=year))
    sent = EntryLayer.objects.get(entry=rows[Row.SHEET_SENT]["entry"], stage="self").evidence.get()
    rows[Row.SHEET_FILE_SENT] = {"pk": sent.pk, "report": rows[Row.SHEET_SENT]["entry"]}
    judged = work.bring("submitted", year=2015)
    work.judge(judged, "I.1", Said(score=Decimal(1), reason=MARKS[Row.SHEET_JUDGED]))
    rows[Row.SHEET_JUDGED] = named(judged)
    rows[Row.SHEET_ENTRY_JUDGED] = {
        "pk": rows[Row.SHEET_JUDGED]["entry"],
        "revision": rows[Row.SHEET_JUDGED]["entry_revision"],
    }
    with calendar.held_at(EARLIER):
        late = work.bring("appraised", year=2020)
        dates = sheets.Dates(date(2021, 11, 5), date(2021, 11, 10), date(2021, 11, 15), date(2021, 12, 31))
        by = work.who("snv.chuyenvien")
        sheets.move_dates(sheet=late, dates=dates, reason="Rút ngắn", revision=None, by=by)
    rows[Row.SHEET_UNEXPLAINED] = named(late)
    rows[Row.SHEET_PROVINCE] = named(work.open(framework=keep_framework("bo-tinh-ma-tran", level="province")))


def _revision(stage: Any, row: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"revision": row["revision"], **more}


def _entry(stage: Any, row: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"revision": row["entry_revision"], **more}


def _saved(stage: Any, row: dict[str, Any]) -> dict[str, Any]:
    return _entry(stage, row, input_on_time="no", explanation="Chưa kịp")


def _opened(stage: Any, row: dict[str, Any], dates: dict[str, str]) -> dict[str, Any]:
    return {"year": 2021, "agencies": [stage.small.agencies["SYT"].pk], **dates}


BODIES: dict[tuple[str, Row], Any] = {
    ("indicators:sheet_open", Row.SHEET): lambda stage, row: {
        **_opened(stage, row, TYPED),
        "framework": row["framework"],
    },
    ("indicators:entry_save", Row.SHEET): _saved,
    ("indicators:entry_save", Row.SHEET_APPRAISED): _saved,
    ("indicators:entry_save", Row.SHEET_PROVINCE): _saved,
    ("indicators:entry_judge", Row.SHEET_JUDGED): lambda stage, row: _entry(stage, row, score="2", reason="Chậm"),
    ("indicators:offer_take", Row.SHEET): _entry,
    ("indicators:sheet_send", Row.SHEET): _revision,
    ("indicators:sheet_send", Row.SHEET_APPRAISED): _revision,
    ("indicators:sheet_withdraw", Row.SHEET_SENT): _revision,
    ("indicators:sheet_appraise", Row.SHEET_SENT): _revision,
    ("indicators:sheet_appraise", Row.SHEET_UNEXPLAINED): _revision,
    ("indicators:sheet_appraise", Row.SHEET_EXPLAINED): _revision,
    ("indicators:sheet_return", Row.SHEET_SENT): lambda stage, row: _revision(stage, row, reason="Thiếu"),
    ("indicators:sheet_publish", Row.SHEET_SETTLED): lambda stage, row: _revision(
        stage, row, document="1/QĐ", on="10/12/2021"
    ),
    ("indicators:sheet_dates", Row.SHEET): lambda stage, row: _revision(
        stage, row, **{**TYPED, "self_due_on": "21/12/2021"}, reason="Mất điện"
    ),
    ("indicators:sheet_assign", Row.SHEET_PROVINCE): lambda stage, row: _revision(
        stage, row, **{f"owner_{row['entry']}": stage.small.agencies["STP"].pk}
    ),
    ("api:score-sheet-list", Row.SHEET): lambda stage, row: {
        **_opened(stage, row, ISO),
        "framework": "bo-ma-tran",
        "province": "tinh-thu",
    },
    ("api:score-sheet-return", Row.SHEET_SENT): lambda stage, row: {"reason": "Thiếu"},
    ("api:score-sheet-publish", Row.SHEET_SETTLED): lambda stage, row: {"document": "1/QĐ", "on": "2021-12-10"},
    ("api:score-sheet-dates", Row.SHEET): lambda stage, row: {**ISO, "self_due_on": "2021-12-21", "reason": "Mất điện"},
    ("api:score-sheet-owners", Row.SHEET_PROVINCE): lambda stage, row: {
        "owners": [{"entry": row["entry"], "agency": stage.small.agencies["STP"].pk}]
    },
    ("api:sheet-entry-detail", Row.SHEET_ENTRY): lambda stage, row: {"inputs": {"on_time": False}},
    ("api:sheet-entry-judge", Row.SHEET_ENTRY_JUDGED): lambda stage, row: {"score": "2", "reason": "Chậm"},
    ("api:sheet-entry-attach", Row.SHEET_ENTRY): lambda stage, row: {
        "file": SimpleUploadedFile("moi.pdf", pdf_bytes("mới"))
    },
    ("api:sheet-entry-take", Row.SHEET_ENTRY): lambda stage, row: {"offer": row["offer"]},
}
FILTERS: dict[tuple[str, Row], Any] = {
    ("indicators:sheet_list", Row.SHEET): lambda stage, row: {"year": 2021, "state": "draft"},
    ("api:score-sheet-list", Row.SHEET): lambda stage, row: {"framework": "bo-ma-tran", "state": "draft"},
    ("api:offer-list", Row.OFFER): lambda stage, row: {"component": row["component"], "open": "true"},
}

"""Surveys, score sheets and scenarios on the stage of the permission matrix, made through the verbs."""

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from indicators.actions import catalogue, surveys
from indicators.actions.survey_sheets import read
from indicators.models import Index
from parportal.access_lines import Row
from reports.actions import scenarios
from tests.conftest import Small
from tests.indicators.sheets import build as sheets_of

MARKS = {Row.SURVEY: "mark-survey", Row.SCENARIO: "mark-scenario"}
COUNTS = "Mã câu,Hài lòng,Bình thường\n1,8,2\n".encode()


def build(small: Small) -> dict[Row, dict[str, Any]]:
    """Enter them; returns what addresses of each need."""
    index = Index.objects.get(code="PAR")
    survey = surveys.import_survey(
        province=small.province,
        index=index,
        about=surveys.About("KS", f"Khảo sát {MARKS[Row.SURVEY]}", 2021, "Báo cáo", valid_sheets=10),
        sheet=read("ks.csv", io.BytesIO(COUNTS)),
        by=small.who("snv.chuyenvien"),
    ).survey
    work = sheets_of(small)
    work.bring("settled", year=2020)
    sheet = work.bring("settled")
    scenario = scenarios.create(sheet=sheet, name=f"Kịch bản {MARKS[Row.SCENARIO]}", by=small.who("snv.chuyenvien"))
    parts = catalogue.keep_framework(
        index=index,
        version="có điểm tối đa",
        code="par-parts",
        year_from=2012,
        year_to=2014,
        components=[{"code": "1", "name": "Một", "max_score": Decimal(100), "method": "self"}],
    )
    for year, value in ((2013, "70"), (2014, "75")):
        for component in (None, parts.components.get()):
            catalogue.keep_result(
                province=small.province,
                index=index,
                component=component,
                year=year,
                source="bảng",
                value=Decimal(value),
                source_kind="published",
            )
    entry = work.entry(sheet, "I.2")
    return {
        Row.SURVEY: {"pk": survey.pk, "form": "csv", "kind": "raw", "province": small.province.code},
        Row.SETTLED_SHEET: {"pk": sheet.pk, "form": "xlsx"},
        Row.PARTS: {"index": "PAR", "year": 2014},
        Row.SCENARIO: {
            "pk": scenario.pk,
            "revision": scenario.revision,
            "sheet": sheet.pk,
            "component": entry.component_id,
        },
    }


def _survey(stage: Any, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "index": "PAR",
        "year": 2021,
        "agency": stage.small.agencies["STP"].pk,
        "code": "KS-MOI",
        "title": "Khảo sát mới",
        "source": "Báo cáo",
        "valid_sheets": 10,
        "file": SimpleUploadedFile("ks.csv", COUNTS),
    }


BODIES: dict[tuple[str, Row], Callable[[Any, dict[str, Any]], dict[str, Any]]] = {
    ("indicators:survey_import", Row.SURVEY): _survey,
    ("api:survey-list", Row.SURVEY): lambda stage, row: {**_survey(stage, row), "province": row["province"]},
    ("reports:scenario_create", Row.SCENARIO): lambda stage, row: {"sheet": row["sheet"], "name": "Kịch bản mới"},
    ("reports:scenario_detail", Row.SCENARIO): lambda stage, row: {
        "revision": row["revision"],
        "name": "Kịch bản khác",
        f"low_{row['component']}": "6",
    },
    ("reports:scenario_drop", Row.SCENARIO): lambda stage, row: {"revision": row["revision"]},
    ("api:scenario-list", Row.SCENARIO): lambda stage, row: {"sheet": row["sheet"], "name": "Kịch bản mới"},
    ("api:scenario-detail", Row.SCENARIO): lambda stage, row: {
        "name": "Kịch bản khác",
        "lines": [{"component": row["component"], "low": "6"}],
    },
}
# How a search or filter would single the row out.
FILTERS: dict[tuple[str, Row], Callable[[Any, dict[str, Any]], dict[str, Any]]] = {
    ("indicators:survey_list", Row.SURVEY): lambda stage, row: {"index": "PAR", "year": "2021"},
    ("api:survey-list", Row.SURVEY): lambda stage, row: {"code": "KS", "year": 2021},
    ("api:score-analysis-list", Row.SETTLED_SHEET): lambda stage, row: {"year": 2021},
    ("api:scenario-list", Row.SCENARIO): lambda stage, row: {"sheet": row["sheet"]},
}

"""A small framework of agencies, its sheets, and how they come into every state (through the verbs)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password

from agencies.actions import directory
from agencies.models import User
from indicators.actions import catalogue, entries, sheets
from indicators.actions.entries import Evidence, Said
from indicators.models import Framework, Index, ScoreSheet, SheetEntry
from tests.conftest import Small, pdf_upload

PIECEWISE = {
    "type": "ratio",
    "shape": "piecewise_ratio",
    "input": "percent",
    "full_at_percent": 85,
    "zero_below_percent": 60,
}
COMPONENTS: list[dict[str, Any]] = [
    {"code": "I", "name": "Chỉ đạo, điều hành", "max_score": Decimal(10)},
    {
        "code": "I.1",
        "parent": "I",
        "name": "Kế hoạch năm",
        "max_score": Decimal(3),
        "rule": {"type": "boolean", "true": 3, "false": 0, "input": "on_time"},
        "evidence": "Kế hoạch đã ban hành",
    },
    {
        "code": "I.2",
        "parent": "I",
        "name": "Kiểm tra",
        "max_score": Decimal(7),
        "not_applicable": "reduce_max",
        "evidence": "Báo cáo kiểm tra",
    },
    {"code": "II", "name": "Thủ tục hành chính", "max_score": Decimal(10)},
    {"code": "II.6", "parent": "II", "name": "Hồ sơ đúng hạn", "max_score": Decimal(10), "rule": PIECEWISE},
    {"code": "T", "name": "Điểm thưởng", "max_score": Decimal(3), "kind": "bonus"},
    {"code": "T.1", "parent": "T", "name": "Sáng kiến", "max_score": Decimal(3), "kind": "bonus"},
    {"code": "S", "name": "Khảo sát", "max_score": Decimal(5), "method": "survey"},
]
POLICY = {
    "total_max": 25,
    "bonus_cap": 3,
    "grades": [
        {"code": "A", "name": "Tốt", "at_least": 20},
        {"code": "B", "name": "Khá", "at_least": 10, "below": 20},
        {"code": "C", "name": "Trung bình", "below": 10},
    ],
}
DATES = sheets.Dates(date(2021, 12, 20), date(2021, 12, 31), date(2022, 1, 10), date(2022, 1, 31))
YES = Said({"on_time": True}, explanation="Ban hành trong tháng 1")


def keep_framework(code: str = "bo-thu", level: str = "agency", extra: Iterable[dict[str, Any]] = ()) -> Framework:
    """Enter the framework, with further components where wanted."""
    index = Index.objects.get(code="PAR")
    return catalogue.keep_framework(
        index=index,
        version=code,
        code=code,
        level=level,
        year_from=2015,
        policy=POLICY,
        components=[{"method": "self", "standing": "verified", **one} for one in [*COMPONENTS, *extra]],
    )


@dataclass
class Sheets:
    """The sheet of Sở Tư pháp, and who works on it."""

    small: Small
    framework: Framework
    made: dict[str, ScoreSheet] = field(default_factory=dict)

    def who(self, name: str) -> User:
        """Return a person."""
        return self.small.who(name)

    def open(self, *codes: str, year: int = 2021, framework: Framework | None = None) -> ScoreSheet:
        """Open the sheets of agencies (none: the province's); return the first."""
        return sheets.open_year(
            framework=framework or self.framework,
            year=year,
            province=self.small.province,
            agencies=[self.small.agencies[code] for code in codes],
            dates=DATES,
            by=self.who("snv.chuyenvien"),
        )[0]

    def entry(self, sheet: ScoreSheet, code: str) -> SheetEntry:
        """Return the entry of a component."""
        return SheetEntry.objects.select_related("sheet", "component").get(sheet=sheet, component__code=code)

    def save(self, sheet: ScoreSheet, code: str, said: Said, *, by: str = "stp.canbo", **evidence: Any) -> SheetEntry:
        """Say something of a component."""
        return entries.save(
            entry=self.entry(sheet, code), said=said, evidence=Evidence(**evidence), revision=None, by=self.who(by)
        )

    def judge(self, sheet: ScoreSheet, code: str, said: Said, *, by: str = "snv.thamdinh", **more: Any) -> SheetEntry:
        """Appraise a component."""
        return entries.judge(entry=self.entry(sheet, code), said=said, revision=None, by=self.who(by), **more)

    def fill(self, sheet: ScoreSheet, by: str = "stp.canbo") -> ScoreSheet:
        """Answer everything that is asked: 3 + 5 + 8,47 of 20."""
        self.save(sheet, "I.1", Said({"on_time": True}), by=by, uploads=[pdf_upload("ke-hoach.pdf", "kế hoạch")])
        self.save(sheet, "I.2", Said(score=Decimal(5), explanation="Chưa có báo cáo kiểm tra"), by=by)
        self.save(sheet, "II.6", Said({"percent": Decimal(72)}), by=by)
        return sheet

    def submit(self, sheet: ScoreSheet, by: str = "stp.thutruong") -> ScoreSheet:
        """Hand the sheet in."""
        return sheets.submit(sheet=sheet, revision=None, by=self.who(by))

    def bring(self, state: str, *, year: int = 2021) -> ScoreSheet:
        """Return a sheet of Sở Tư pháp in a state."""
        sheet = self.open("STP", year=year)
        if state == "draft":
            return sheet
        head, reviewer = self.who("stp.thutruong"), self.who("snv.thamdinh")
        sheet = self.submit(self.fill(sheet))
        steps = {
            "appraised": lambda row: sheets.appraise(sheet=row, revision=None, by=reviewer),
            "explained": lambda row: sheets.explain(sheet=row, revision=None, by=head),
            "settled": lambda row: sheets.settle(sheet=row, revision=None, by=reviewer),
            "published": self.publish,
        }
        for known, step in steps.items():
            if sheet.state == state:
                break
            sheet = step(sheet)
            assert sheet.state == known
        return sheet

    def publish(self, sheet: ScoreSheet, **scores: Decimal | None) -> ScoreSheet:
        """Record the publication; ``scores`` by code with "_" for ".": those that differ."""
        given = {self.entry(sheet, code.replace("_", ".")).pk: one for code, one in scores.items()}
        return sheets.publish(
            sheet=sheet,
            document="12/QĐ-UBND",
            on=date(2021, 12, 10),
            scores=given,
            revision=None,
            by=self.who("snv.chuyenvien"),
        )


def build(small: Small) -> Sheets:
    """Return the framework on a small province, with a head of the standing office."""
    head = directory.add_user(
        username="snv.thutruong", full_name="snv.thutruong (thử)", password_hash=make_password("mat-khau-thu"), by=None
    )
    directory.join(user=head, agency=small.agencies["SNV"], role="agency_head", by=None)
    small.people["snv.thutruong"] = head
    return Sheets(small, keep_framework())

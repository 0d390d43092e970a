"""The score sheet of the demonstration: Sở Tư pháp scores itself for 2021 on a copy of a sample framework.

Illustration, played through the verbs up to the end of the first appraisal; the framework says so in its name.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from agencies import calendar
from agencies.actions.documents import Upload
from agencies.models import Agency, User
from indicators.actions import entries, frameworks, sheets
from indicators.actions.entries import Evidence, Said
from indicators.models import Framework, ScoreSheet, SheetEntry, SheetEvidence

Step = tuple[datetime, Callable[[], None]]


def evidence_of(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the documents that are shown, to be drawn."""
    return [one for entry in content["entries"] for one in entry["evidence"]]


def _inputs(said: Mapping[str, Any], choices: frozenset[str] = frozenset({"option"})) -> dict[str, Any]:
    """Return declared inputs: texts are numbers, but for choices."""
    return {
        name: value if isinstance(value, bool) or name in choices else Decimal(value) for name, value in said.items()
    }


@dataclass
class Play:
    """The sheet, who works on it, and the files that stand for documents (by their entry in the content)."""

    content: Mapping[str, Any]
    agency: Agency
    people: Mapping[str, User]
    files: Mapping[int, bytes]

    def _at(self, text: str, minutes: int) -> datetime:
        start = datetime.combine(date.fromisoformat(text), time(8, 30), tzinfo=calendar.VIETNAM)
        return start + timedelta(minutes=minutes)

    def _who(self, name: str) -> User:
        person = self.people[name]
        person.forget_standing()
        return person

    def _sheet(self) -> ScoreSheet:
        return ScoreSheet.objects.get(framework__code=self.content["code"], agency=self.agency)

    def _entry(self, code: str) -> SheetEntry:
        return SheetEntry.objects.select_related("sheet", "component").get(sheet=self._sheet(), component__code=code)

    def steps(self) -> Iterator[Step]:
        """Yield the steps with their moments."""
        content = self.content
        yield self._at(content["copied_on"], 0), self._copy
        yield self._at(content["opened_on"], 0), self._open
        for number, entry in enumerate(content["entries"]):
            yield self._at(entry["saved_on"], 7 * number), partial(self._save, entry)
        yield self._at(content["submitted_on"], 450), self._submit
        for number, judged in enumerate(content["appraisals"]):
            yield self._at(judged["judged_on"], 20 * number), partial(self._judge, judged)
        yield self._at(content["appraised_on"], 60), self._appraise

    def _copy(self) -> None:
        frameworks.copy(
            framework=Framework.objects.get(code=self.content["sample"]),
            version=self.content["version"],
            year_from=self.content["year"],
            code=self.content["code"],
            province=self.agency.province,
            by=self._who("snv.chuyenvien"),
        )

    def _open(self) -> None:
        dates = {name: date.fromisoformat(text) for name, text in self.content["dates"].items()}
        sheets.open_year(
            framework=Framework.objects.get(code=self.content["code"]),
            year=self.content["year"],
            province=self.agency.province,
            agencies=[self.agency],
            dates=sheets.Dates(**dates),
            by=self._who("snv.chuyenvien"),
        )

    def _save(self, said: Mapping[str, Any]) -> None:
        uploads = [self._upload(one) for one in said["evidence"]]
        entries.save(
            entry=self._entry(said["code"]),
            said=Said(_inputs(said["inputs"]), None, said["not_applicable"], said["explanation"]),
            evidence=Evidence(uploads),
            revision=None,
            by=self._who("stp.canbo"),
        )

    def _upload(self, one: Mapping[str, Any]) -> Upload:
        file = self.files[id(one)]
        return Upload(
            name=one["name"],
            size=len(file),
            content=io.BytesIO(file),
            number=one["number"],
            issued_on=date.fromisoformat(one["issued_on"]),
            issuer=one["issuer"],
            excerpt=one["excerpt"],
        )

    def _submit(self) -> None:
        sheets.submit(sheet=self._sheet(), revision=None, by=self._who("stp.thutruong"))

    def _judge(self, said: Mapping[str, Any]) -> None:
        entry = self._entry(said["code"])
        links = SheetEvidence.objects.filter(layer__entry=entry, layer__frozen_at__isnull=True)
        named = dict(links.values_list("document__original_name", "pk"))
        score = None if said["score"] is None else Decimal(said["score"])
        entries.judge(
            entry=entry,
            said=Said(_inputs(said["inputs"]), score, reason=said["reason"]),
            verdicts={named[name]: verdict for name, verdict in said["verdicts"].items()},
            revision=None,
            by=self._who("snv.thamdinh"),
        )

    def _appraise(self) -> None:
        sheets.appraise(sheet=self._sheet(), revision=None, by=self._who("snv.thamdinh"))

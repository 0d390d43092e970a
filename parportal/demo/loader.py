"""The demonstration: four provinces from public sources, and progress played through the real verbs.

Facts (plans, agencies, components, results) come from the documents named in each ``source``; progress, people
and files are illustration and say so. Nothing here writes a state by hand: every report is started, submitted,
returned and accepted by the same actions as on the screens, at the business moment it pretends to be.
"""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from agencies import calendar
from agencies.actions import directory
from agencies.actions.documents import Upload
from agencies.models import Agency, AgencyGroup, Province, User
from agencies.text import parse_decimal
from indicators.actions import catalogue, frameworks, results
from indicators.models import Component, Framework, Index
from indicators.reading.results import Written, component_code
from parportal.demo import score_sheet
from plans.actions import plans, progress, reminders
from plans.facts.assignment_list import Wanted
from plans.facts.chasing import to_chase
from plans.models import Assignment, PartyRole, Plan, Progress, ReportingPeriod, Section

HERE = Path(__file__).parent
START = datetime(2021, 12, 10, 9, 0, tzinfo=calendar.VIETNAM)
PASSWORD = "MinhHoa@2021"
MAIN_PLAN = "yen-bai-186-2021"
MARK = "dữ liệu minh họa"
# Days on which the clock is shown to have reminded (on a real installation: every day).
REMINDED_ON = ("2021-09-13", "2021-09-17", "2021-09-19", "2021-09-20", "2021-09-21", "2021-09-23", "2021-12-10")
CHASED_ON = "2021-12-09"


def read(name: str) -> Any:
    """Return the content of a JSON file of the demonstration."""
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def day(text: str | None) -> date | None:
    """Return a date, or None for None."""
    return date.fromisoformat(text) if text else None


def number(text: str | None) -> Decimal | None:
    """Return a number written with point or comma, or None."""
    return parse_decimal(text) if text not in (None, "") else None


@dataclass
class Loaded:
    """What has been entered of one province, by the codes of its file."""

    province: Province
    agencies: dict[str, Agency] = field(default_factory=dict)
    groups: dict[str, AgencyGroup] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)


def component(index: Index, code: str | None, year: int) -> Component | None:
    """Return a component of the framework that served a year."""
    if not code:
        return None
    return Component.objects.filter(
        framework__in=Framework.objects.serving(year).filter(index=index, province=None), code=code
    ).get()


def load_province(content: dict[str, Any], indices: dict[str, Index]) -> Loaded:
    """Enter a province with its agencies, groups, designations, plans and published results."""
    entry = content["province"]
    loaded = Loaded(
        directory.keep_province(
            code=entry["code"],
            name=entry["name"],
            kind=entry["kind"],
            region=entry.get("region", ""),
            note=entry.get("note", ""),
            valid_to=day(entry.get("valid_to")),
        )
    )
    for order, agency in enumerate(content["agencies"]):
        loaded.agencies[agency["code"]] = directory.keep_agency(
            province=loaded.province,
            code=agency["code"],
            name=agency["name"],
            short_name=agency.get("short") or "",
            symbol=agency.get("symbol", ""),
            kind=agency["kind"],
            confirmed=agency["confirmed"],
            note=agency.get("note", ""),
            order=order,
        )
    for alias in content.get("aliases", []):
        directory.keep_alias(agency=loaded.agencies[alias["agency"]], alias=alias["alias"])
    for group in content["groups"]:
        loaded.groups[group["code"]] = directory.keep_group(
            province=loaded.province,
            code=group["code"],
            name=group["name"],
            note=group.get("note", ""),
            members=[loaded.agencies[code] for code in group["members"]],
            since=None,
        )
    for designation in content["designations"]:
        directory.designate(
            agency=loaded.agencies[designation["agency"]],
            role=designation["role"],
            document=designation["document"],
            valid_from=date.fromisoformat(designation["valid_from"]),
        )
    for result in content["results"]:
        catalogue.keep_result(
            province=loaded.province,
            index=indices[result["index"]],
            component=component(indices[result["index"]], result["component"], result["year"]),
            year=result["year"],
            source=result["source"],
            value=number(result["value"]),
            rank=result["rank"],
            field_size=result["field_size"],
            region=result.get("region") or "",
            region_rank=result.get("region_rank"),
            value_change=number(result.get("value_change")),
            rank_change=result.get("rank_change"),
            published_on=day(result.get("published_on")),
            source_kind=result["source_kind"],
            note=result["note"],
        )
    for plan in content["plans"]:
        loaded.plans[plan["code"]] = load_plan(plan, loaded, indices)
    return loaded


def national_results() -> list[Written]:
    """Return the published results of every province, each row as a table would give it.

    A series is in the order of the provinces; its ranks and the number of ranked provinces follow from the values, but
    for those that the data set tells apart by digits it does not print.
    """
    content = read("national_results.json")
    sources, notes = content["sources"], content["notes"]
    rows: list[tuple[Any, ...]] = []
    for index, year, part, source, note, values, ranks in content["series"]:
        known = [Decimal(value) for value in values if value is not None]
        for province, value in zip(content["provinces"], values, strict=True):
            if value is not None:
                rank = ranks.get(province) or 1 + sum(other > Decimal(value) for other in known)
                rows.append((index, year, province, part, value, rank, len(known), source, "dataset", notes[note]))
    dataset = len(rows)
    rows += content["rows"]
    return [
        Written(
            line=line,
            index=index,
            year=year,
            province=province,
            component=component_code(part),
            value=Decimal(value) if value is not None else None,
            rank=rank,
            field_size=size,
            source=sources[source],
            kind="dataset" if line <= dataset else kind,
            note=note,
        )
        for line, (index, year, province, part, value, rank, size, source, kind, note) in enumerate(rows, 1)
    ]


def load_plan(entry: dict[str, Any], loaded: Loaded, indices: dict[str, Index]) -> Plan:
    """Enter a plan as a draft with its text; issue it and hand it out when the source says it was issued."""
    existing = Plan.objects.filter(code=entry["code"]).first()
    if existing:
        return existing
    plan = plans.create(
        province=loaded.province,
        code=entry["code"],
        number=entry["number"],
        kind=entry["kind"],
        title=entry["title"],
        issuer=entry["issuer"],
        issued_on=day(entry["issued_on"]),
        issued_text=entry["issued_text"],
        year_from=entry["year_from"],
        year_to=entry["year_to"],
        report_due_on=day(entry["report_due_on"]),
        sub_plan_of=loaded.plans.get(entry["sub_plan_of"] or ""),
        source=entry["source"],
        note=entry.get("note", ""),
        by=None,
    )
    deciding = entry["number"] or entry["source"]
    sections: dict[str, Section] = {}
    for section in entry["sections"]:
        sections[section["code"]] = plans.add_section(
            plan=plan,
            code=section["code"],
            title=section["title"],
            parent=sections.get(section["parent"] or ""),
            index=indices.get(section["index"] or ""),
        )
    for target in entry["targets"]:
        index = indices.get(target["index"] or "")
        plans.add_target(
            plan=plan,
            code=target["code"],
            deciding_document=deciding,
            kind=target["kind"],
            index=index,
            component=component(index, target.get("component"), target["year"]) if index else None,
            comparator=target["comparator"],
            value=number(target["value"]),
            value_max=number(target["value_max"]),
            open_ended=target["open_ended"],
            unit=target["unit"],
            group=target["group"],
            baseline_year=target["baseline_year"],
            year=target["year"],
            text=target["text"],
        )
    for task in entry["tasks"]:
        plans.add_task(
            section=sections[task["section"]],
            code=task["code"],
            text=task_text(task, loaded, indices, entry["year_from"]),
            deciding_document=deciding,
        )
    for period in entry["periods"]:
        plans.add_period(
            plan=plan,
            by=None,
            code=period["code"],
            kind=period["kind"],
            name=period["name"],
            year=day(period["cut_off"]).year,  # type: ignore[union-attr]
            starts_on=day(period["starts_on"]),
            cut_off=day(period["cut_off"]),
            opens_on=day(period["opens_on"]),
            due_on=day(period["due_on"]),
            closes_on=day(period["closes_on"]),
        )
    if entry["state"] == "issued":
        plan = plans.issue(plan=plan, by=None)
        if plan.issued_on:
            plans.hand_out(plan=plan, on=plan.issued_on, by=None)
    return plan


def task_text(task: dict[str, Any], loaded: Loaded, indices: dict[str, Index], year: int) -> plans.TaskText:
    """Return what a task of the file says, about components as they stand in a year."""

    def party(role: str, one: dict[str, str]) -> plans.Party:
        return plans.Party(
            role,
            agency=loaded.agencies.get(one.get("agency", "")),
            group=loaded.groups.get(one.get("group", "")),
            wording=one.get("wording", ""),
        )

    deadline = task["deadline"]
    return plans.TaskText(
        title=task["title"],
        deliverable=task.get("deliverable", ""),
        is_group=task["is_group"],
        authority=task["authority"],
        deadline={
            "deadline_kind": deadline["kind"],
            "deadline_from": day(deadline["from"]),
            "deadline_to": day(deadline["to"]),
            "deadline_text": deadline["text"],
            "recurrence": deadline["recurrence"],
            "condition": deadline["condition"],
        },
        parties=[
            *(party(PartyRole.LEAD, one) for one in task["leads"]),
            *(party(PartyRole.COOPERATING, one) for one in task["cooperating"]),
        ],
        serves=[
            plans.Serves(indices[c["index"]], component(indices[c["index"]], c["code"], year), c["wording"])
            for c in task["components"]
        ],
        quantities=[plans.Quantity(Decimal(q["value"]), q["comparator"], q["unit"]) for q in task["quantities"]],
    )


def load_people(loaded: dict[str, Loaded]) -> dict[str, User]:
    """Enter the people of the demonstration, one password for all."""
    password_hash = make_password(PASSWORD)
    people = {}
    for entry in read("illustration.json")["people"]:
        user = User.objects.filter(username=entry["username"]).first() or directory.add_user(
            username=entry["username"],
            full_name=entry["full_name"],
            title=entry["title"],
            # A name that can never be anybody's (RFC 2606).
            email=f"{entry['username']}@example.vn",
            password_hash=password_hash,
            by=None,
        )
        for membership in entry["memberships"]:
            agency = loaded[entry["province"]].agencies[membership["agency"]]
            if user.memberships.filter(agency=agency, role=membership["role"]).exists():
                continue  # given before; it may have ended since
            directory.join(
                user=user,
                agency=agency,
                role=membership["role"],
                by=None,
            )
        people[entry["username"]] = user
    return people


def evidence_pdfs(entries: list[dict[str, Any]]) -> list[bytes]:
    """Return one-page PDFs that stand for documents and say that they are illustration (drawn in one go)."""
    from pypdf import PdfReader, PdfWriter
    from weasyprint import HTML

    font = (settings.FONTS_DIR / "tinos" / "Tinos-Regular.ttf").as_uri()
    pages = "".join(
        "<section>"
        f"<p>{entry['issuer']}<br>Số: {entry['number']} "
        f"{format(date.fromisoformat(entry['issued_on']), 'ngày %d/%m/%Y') if entry['issued_on'] else ''}</p>"
        f"<p>{entry['excerpt']}</p><p>DỮ LIỆU MINH HỌA: tệp này thay cho tài liệu thật trong bản trình diễn.</p>"
        "</section>"
        for entry in entries
    )
    html = (
        f"<html lang='vi'><style>@font-face{{font-family:Tinos;src:url({font})}}html{{font:13pt Tinos}}"
        f"section{{break-after:page}}@page{{size:A4;margin:25mm}}</style>{pages}</html>"
    )
    whole = PdfReader(io.BytesIO(HTML(string=html).write_pdf() or b""))
    written = []
    for page, entry in zip(whole.pages, entries, strict=False):
        writer = PdfWriter()
        writer.add_page(page)
        writer.add_metadata({"/Title": f"{entry['number']} {entry['excerpt']}"})
        buffer = io.BytesIO()
        writer.write(buffer)
        written.append(buffer.getvalue())
    return written


def upload(entry: dict[str, Any], content: bytes) -> Upload:
    """Return an upload of the file that stands for a document."""
    return Upload(
        name=entry["name"],
        size=len(content),
        content=io.BytesIO(content),
        number=entry["number"],
        issued_on=day(entry["issued_on"]),
        issuer=entry["issuer"],
        excerpt=entry["excerpt"],
    )


def play(loaded: Loaded, people: dict[str, User]) -> int:
    """Play the illustration's reports through the verbs, in the order in which they happened."""
    plan = loaded.plans[MAIN_PLAN]
    officers = {
        membership.agency_id: user
        for user in people.values()
        for membership in user.memberships.all()
        if membership.role == "officer"
    }
    snv = loaded.agencies["SNV"]
    periods = {period.code: period for period in ReportingPeriod.objects.filter(plan=plan)}
    steps: list[tuple[datetime, int, Callable[[], None]]] = []

    def at(text: str, hour: int, minute: int) -> datetime:
        return datetime.combine(date.fromisoformat(text), time(hour, minute), tzinfo=calendar.VIETNAM)

    reports = read("illustration.json")["reports"]
    sheet = read("score_sheet.json")
    shown = [one for entry in reports for one in entry["evidence"]] + score_sheet.evidence_of(sheet)
    files = dict(zip(map(id, shown), evidence_pdfs(shown), strict=True))
    for order, entry in enumerate(reports):
        agency = loaded.agencies[entry["agency"]]
        assignment = Assignment.objects.select_related("task__plan").get(
            task__plan=plan, task__code=entry["task"], agency=agency, role=PartyRole.LEAD
        )
        officer = officers[agency.pk]
        reviewer = people["vpub.thamdinh"] if agency == snv else people[("snv.thamdinh", "snv.thamdinh2")[order % 2]]
        content = progress.Content(
            result=entry["result"],
            figure=number(entry["figure"]),
            numerator=number(entry["numerator"]),
            denominator=number(entry["denominator"]),
            percent=number(entry["percent"]),
            obstacles=entry["obstacles"],
            proposals=entry["proposals"],
            done_on=day(entry["done_on"]),
            explanation=entry["explanation"],
        )
        uploads = [upload(one, files[id(one)]) for one in entry["evidence"]]
        report = Report(assignment, periods[entry["period"]], officer, reviewer, content, uploads, entry["reason"])
        moment = at(entry["submitted_on"], 8 + order % 8, order % 60)
        outcome = entry["outcome"]
        if outcome == "draft":
            steps.append((moment, order, report.save))
            continue
        steps.append((moment, order, report.submit))
        if outcome == "returned_then_accepted":
            steps.append((at(entry["returned_on"], 16, 30), order, report.send_back))
            steps.append((at(entry["resubmitted_on"], 17, 0), order, report.submit_again))
            steps.append((at(entry["decided_on"], 17, 30), order, report.accept))
        elif outcome == "accepted":
            steps.append((at(entry["decided_on"], 17, order % 60), order, report.accept))
        elif outcome == "returned":
            steps.append((at(entry["decided_on"], 17, order % 60), order, report.send_back))
    steps += [(at(text, 7, 0), -1, lambda: remind(plan)) for text in REMINDED_ON]
    steps.append((at(CHASED_ON, 14, 0), -1, lambda: chase(plan, people["snv.thamdinh"])))
    scoring = score_sheet.Play(sheet, loaded.agencies[sheet["agency"]], people, files)
    steps += [(moment, -2, step) for moment, step in scoring.steps()]
    last = datetime.min.replace(tzinfo=calendar.VIETNAM)
    for moment, _, step in sorted(steps, key=lambda one: one[:2]):
        last = max(moment, last + timedelta(microseconds=1))
        with calendar.held_at(last):
            step()
    return len(steps)


def remind(plan: Plan) -> None:
    """Let the clock remind of a plan, as it does every day."""
    reminders.remind(plan=plan)


def chase(plan: Plan, reviewer: User) -> None:
    """Let a reviewer press the button for some of the duties that nobody has reported on (none, when all have)."""
    reviewer.forget_standing()
    silent = to_chase(reviewer, Wanted(plan=plan, due="not_updated"), calendar.today())
    if duties := list(silent[:12]):
        reminders.chase(assignments=duties, text="Đề nghị báo cáo kết quả trước ngày 15/12/2021.", by=reviewer)


@dataclass
class Report:
    """One report of the illustration and the people who take its steps."""

    assignment: Assignment
    period: ReportingPeriod
    officer: User
    reviewer: User
    content: progress.Content
    uploads: list[Upload]
    reason: str

    def _begun(self) -> Progress:
        self.officer.forget_standing()
        return progress.start(assignment=self.assignment, period=self.period, by=self.officer)

    def save(self) -> None:
        """Keep a draft."""
        progress.save(
            progress=self._begun(), content=self.content, uploads=self.uploads, revision=None, by=self.officer
        )

    def submit(self) -> None:
        """Hand it in."""
        progress.submit(
            progress=self._begun(), content=self.content, uploads=self.uploads, revision=None, by=self.officer
        )

    def submit_again(self) -> None:
        """Hand it in once more, as it stands."""
        progress.submit(progress=self._begun(), revision=None, by=self.officer)

    def accept(self) -> None:
        """Accept it."""
        self.reviewer.forget_standing()
        progress.accept(progress=self._begun(), revision=None, by=self.reviewer)

    def send_back(self) -> None:
        """Return it with the illustration's reason."""
        self.reviewer.forget_standing()
        progress.send_back(
            progress=self._begun(),
            reason_code="unclear",
            reason=self.reason,
            revision=None,
            by=self.reviewer,
        )


def load() -> dict[str, int]:
    """Enter the whole demonstration, or nothing. Running it again changes nothing."""
    with transaction.atomic():
        with calendar.held_at(datetime(2021, 8, 6, 8, 0, tzinfo=calendar.VIETNAM)):
            indices = catalogue.keep_national()
            frameworks.keep_samples()
            files = [read("yen_bai.json"), *read("other_provinces.json")["provinces"]]
            loaded = {content["province"]["code"]: load_province(content, indices) for content in files}
            results.keep_results(national_results(), source="national_results.json", by=None)
            people = load_people(loaded)
        played = 0 if Progress.objects.exists() else play(loaded["yen-bai"], people)
    return {
        "provinces": len(loaded),
        "plans": Plan.objects.count(),
        "tasks": sum(plan.tasks.count() for one in loaded.values() for plan in one.plans.values()),
        "people": len(people),
        "steps": played,
    }

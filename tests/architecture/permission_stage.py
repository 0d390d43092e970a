"""The stage of the permission matrix: one row of every kind, one person in every seat, and how to ask."""

import hashlib
import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client

from agencies import calendar
from agencies.actions import approval, directory, notices, reorganisations, tokens
from agencies.jobs import run_job
from agencies.models import Agency, Event, Job, Membership, Notice, ProvinceSuccession, Reorganisation, User
from agencies.permissions import Role
from indicators.actions import catalogue
from indicators.models import Index
from parportal.access_lines import Line, Row
from parportal.addresses import every_address
from parportal.seats import INSTALLER, WITHOUT_MEMBERSHIP, Relation, Seat
from plans.actions import amendment_lines, amendments, closes, plans, progress, reminders, requests, reviews, rulings
from plans.models import Amendment, Assignment, PartyRole, Plan, Progress, ReportingPeriod, Target, Task
from reports.actions import runs
from reports.models import ReportRun
from tests.architecture import stage_frameworks, stage_results, stage_risk, stage_sheets
from tests.conftest import DAY, Small, build_small, pdf_bytes, pdf_upload

YESTERDAY = date(2021, 12, 9)
PASSWORD = "mat-khau-thu"
CSRF = "a" * 32
# The API's answer to addresses that do not exist has no path of its own.
NOWHERE = "api:/api/v1/"
# What is written in a row of a kind, to be looked for in every answer.
MARKS: dict[Row, str] = {
    Row.PLAN: "mark-plan",
    Row.DRAFT_PLAN: "mark-unissued-plan",
    Row.AMENDMENT: "mark-amended",
    Row.DRAFT_AMENDMENT: "mark-proposed",
    Row.WAITING: "mark-waiting",
    Row.WAITING_STANDING: "mark-office-waiting",
    Row.EVIDENCE: "mark-evidence",
    Row.REQUEST: "mark-asked",
    Row.REQUEST_STANDING: "mark-office-asked",
    Row.RULING: "mark-ruled",
    Row.DRAFT: "mark-begun",
    Row.WITH_HEAD: "mark-before-head",
    Row.DRAFT_EVIDENCE: "mark-file-begun",
    Row.AGENCY: "mark-agency",
    Row.RESULT: "mark-result",
    Row.FRAMEWORK: stage_frameworks.MARK,
    Row.REMINDER: "mark-reminder",
    Row.NOTICE: "mark-notice",
    **stage_risk.MARKS,
}


class Browser(Client):
    """Sends requests and keeps nothing: no cookies, no copies of what templates were given (thousands of answers)."""

    def request(self, **request: Any) -> Any:
        """Send a request through every middleware; a crash is a 500."""
        return self.handler(self._base_environ(**request))


@dataclass
class Stage:
    """What stands on the stage."""

    small: Small
    elsewhere: Small
    # What addresses of a row need (``pk``, ``code``, ``period`` …); bodies and lists read the rest.
    rows: dict[Row, dict[str, Any]] = field(default_factory=dict)
    people: dict[Seat, User] = field(default_factory=dict)
    sessions: dict[Seat, str] = field(default_factory=dict)
    client: Client = field(default_factory=lambda: Browser(enforce_csrf_checks=True))
    forms: dict[str, dict[str, Any]] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)

    def id(self, row: Row) -> Any:
        """Return the identifier by which an API list names the row."""
        return self.rows[row].get("id", self.rows[row].get("pk"))


@dataclass(frozen=True)
class Answer:
    """What a person got, how the API says to log in, and whether anything is different afterwards."""

    status: int
    text: str
    location: str
    log_in: str
    changed: bool

    def json(self) -> Any:
        """Return the answer of the API."""
        return json.loads(self.text)


def _agencies(small: Small) -> dict[Relation, Any]:
    return {
        Relation.OWN: small.agencies["STP"],
        Relation.PARENT: small.agencies["BNC"],
        Relation.OTHER: small.agencies["SYT"],
        Relation.STANDING: small.agencies["SNV"],
        Relation.SECOND: small.agencies["VPUB"],
        Relation.FORMER: small.agencies["STP"],
    }


def _seat_people(stage: Stage) -> None:
    """Seat a person in every role × relation."""
    password = make_password(PASSWORD)
    agencies = {**_agencies(stage.small), Relation.ELSEWHERE: stage.elsewhere.agencies["STP"]}
    for relation, agency in agencies.items():
        for role in Role:
            user = directory.add_user(
                username=f"{role}.{relation}", full_name=f"{role} {relation}", password_hash=password, by=None
            )
            membership = directory.join(user=user, agency=agency, role=role.value, valid_from=date(2021, 1, 1), by=None)
            if relation is Relation.FORMER:
                directory.leave(membership=membership, last_day=YESTERDAY, by=None)
            stage.people[Seat(role, relation)] = user
    stage.people[WITHOUT_MEMBERSHIP] = directory.add_user(
        username="khong.vai.tro", full_name="Chưa có vai trò", password_hash=password, by=None
    )
    stage.people[INSTALLER] = directory.add_user(
        username="cai.dat", full_name="Người cài đặt", password_hash=password, by=None
    )
    User.objects.filter(username="cai.dat").update(is_installer=True)
    moved = directory.add_user(username="da.chuyen", full_name="Đã chuyển", password_hash=password, by=None)
    old = directory.join(user=moved, agency=agencies[Relation.OWN], role="officer", by=None)
    directory.leave(membership=old, last_day=YESTERDAY, by=None)
    directory.join(user=moved, agency=agencies[Relation.ELSEWHERE], role="officer", valid_from=DAY.date(), by=None)
    stage.rows[Row.MOVED_PERSON] = {"pk": moved.pk}
    for seat, user in stage.people.items():
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        stage.sessions[seat] = client.cookies[settings.SESSION_COOKIE_NAME].value


def _plan(small: Small) -> Plan:
    """Issue a plan in which Sở Tư pháp and Sở Nội vụ have a duty for every kind of row."""
    with calendar.held_at(datetime(2021, 8, 6, 8, 0, tzinfo=calendar.VIETNAM)):
        texts = {
            "code": "ma-tran",
            "number": "9/KH-UBND",
            "kind": "ke_hoach",
            "issuer": "Ủy ban nhân dân tỉnh",
            "issued_on": date(2021, 8, 6),
            "year_from": 2021,
            "year_to": 2021,
            "province": small.province,
            "by": None,
        }
        plan = plans.create(**{**texts, "title": f"Kế hoạch {MARKS[Row.PLAN]}", "report_due_on": date(2021, 12, 31)})
        section = plans.add_section(plan=plan, code="I", title="Mục một", parent=None, index=None)
        for code, agency in (
            ("1", "STP"),
            ("2", "STP"),
            ("3", "STP"),
            ("4", "STP"),
            ("5", "SNV"),
            ("6", "BNC"),
            ("7", "BCU"),
            ("13", "STP"),
            ("14", "STP"),
        ):
            plans.add_task(
                section=section,
                code=str(code),
                text=plans.TaskText(f"Việc {code}", parties=[plans.Party(PartyRole.LEAD, small.agencies[agency])]),
                deciding_document="9/KH-UBND",
            )
        dated = {"deadline_kind": "date", "deadline_to": date(2021, 12, 31)}
        late = {"deadline_kind": "date", "deadline_to": date(2021, 11, 20)}
        conditional = {"deadline_kind": "conditional", "condition": "khi có văn bản"}
        for code, agency, deadline in (
            ("8", "STP", conditional),
            ("9", "STP", dated),
            ("10", "SNV", dated),
            ("11", "STP", dated),
            ("12", "STP", late),
        ):
            plans.add_task(
                section=section,
                code=code,
                text=plans.TaskText(
                    f"Việc {code}", deadline=deadline, parties=[plans.Party(PartyRole.LEAD, small.agencies[agency])]
                ),
                deciding_document="9/KH-UBND",
            )
        plans.add_period(
            plan=plan,
            code="2021-Y",
            kind="year",
            name="Năm 2021",
            year=2021,
            starts_on=date(2021, 1, 1),
            cut_off=date(2021, 12, 14),
            opens_on=date(2021, 11, 15),
            due_on=date(2021, 12, 20),
            closes_on=None,
        )
        for code in ("MT1", "MT2"):
            plans.add_target(
                plan=plan,
                code=code,
                deciding_document="9/KH-UBND",
                kind="rank_at_most",
                comparator="<=",
                value=Decimal(30),
                year=2021,
                text="Trong 30 tỉnh dẫn đầu",
            )
        plan = plans.issue(plan=plan, by=None)
        plans.hand_out(plan=plan, on=date(2021, 8, 6), by=None)
        plans.create(
            **{
                **texts,
                "code": "ma-tran-nhap",
                "number": "10/KH-UBND",
                "title": f"Kế hoạch {MARKS[Row.DRAFT_PLAN]}",
                "report_due_on": None,
            }
        )
    return plan


def _amendments(stage: Stage, plan: Plan) -> None:
    """Confirm an amendment, write another one, and draft a plan that takes the place of this one."""
    by = stage.small.who("snv.chuyenvien")

    def begun(number: str, mark: str) -> Amendment:
        return amendments.begin(
            plan=plan,
            number=number,
            issued_on=date(2021, 12, 1),
            issuer="UBND tỉnh",
            title=f"Sửa đổi {mark}",
            effective_on=date(2021, 12, 1),
            upload=pdf_upload(f"{mark}.pdf", mark),
            by=by,
        )

    def task(code: str) -> Task:
        return Task.objects.get(plan=plan, code=code)

    def changed(amendment: Amendment, code: str, title: str) -> Amendment:
        text = replace(amendment_lines.text_of(amendment_lines.latest(task(code))), title=title)
        return amendment_lines.change(amendment=amendment, subject=task(code), text=text, by=by)

    done = changed(begun("11/QĐ-UBND", MARKS[Row.AMENDMENT]), "6", f"Việc 6 {MARKS[Row.AMENDMENT]}")
    amendments.confirm(amendment=done, revision=None, by=by)
    draft = changed(begun("12/QĐ-UBND", MARKS[Row.DRAFT_AMENDMENT]), "6", f"Việc 6 {MARKS[Row.DRAFT_AMENDMENT]}")
    target = Target.objects.get(plan=plan, code="MT1")
    text = replace(amendment_lines.target_text_of(target.versions.get()), value=Decimal(20))
    draft = amendment_lines.change(amendment=draft, subject=target, text=text, by=by)
    at = {"code": plan.code, "plan": plan.code, "revision": draft.revision}
    line, goal = draft.task_versions.get(), draft.target_versions.get()
    successor = plans.create(
        province=plan.province,
        code="ma-tran-ke",
        kind="ke_hoach",
        title="Kế hoạch kế tiếp",
        issuer="UBND tỉnh",
        year_from=2022,
        by=None,
    )
    section = plans.add_section(plan=successor, code="A", title="Chung", parent=None, index=None)
    plans.replace(old=plan, new=successor, by=by)
    plans.replace(old=stage.small.plan, new=plan, by=by)
    stage.rows |= {
        Row.AMENDMENT: {"pk": done.pk, "code": plan.code},
        Row.DRAFT_AMENDMENT: {
            **at,
            "pk": draft.pk,
            "task": task("5").pk,
            "target": Target.objects.get(plan=plan, code="MT2").pk,
            "line": line.pk,
            "section": plan.sections.get().pk,
            "left_behind": Task.objects.get(plan=stage.small.plan, code="2").pk,
        },
        Row.TASK_LINE: {**at, "pk": line.pk, "report": draft.pk},
        Row.TARGET_LINE: {**at, "pk": goal.pk, "report": draft.pk},
        Row.SUCCESSOR: {"code": successor.code, "pk": successor.pk, "section": section.pk, "task": task("1").pk},
    }


def _reports(stage: Stage, plan: Plan) -> None:
    """Put reports in every state on the stage."""
    small, rows = stage.small, stage.rows
    period = ReportingPeriod.objects.get(plan=plan, code="2021-Y")

    def duty(code: str) -> Assignment:
        return Assignment.objects.select_related("task__plan").get(task__plan=plan, task__code=code)

    def said(mark: str) -> progress.Content:
        return progress.Content(result=f"Kết quả {mark}", explanation="Chưa có văn bản.", proposals=f"Đề nghị {mark}")

    def named(report: Progress, **more: Any) -> dict[str, Any]:
        report.refresh_from_db()
        return {
            "pk": report.pk,
            "id": report.pk,
            "period": "2021-Y",
            "assignment": report.assignment_id,
            "revision": report.revision,
            **more,
        }

    officer = small.officer("STP")
    rows[Row.TASK] = {"pk": duty("1").task_id}
    rows[Row.PERIOD] = {"pk": period.pk}
    rows[Row.OPEN_DUTY] = {"pk": duty("1").pk, "period": "2021-Y", "period_id": period.pk, "revision": 0}
    for row, code, who in ((Row.WAITING, "2", officer), (Row.WAITING_STANDING, "5", small.officer("SNV"))):
        sent = progress.submit(
            progress=progress.start(assignment=duty(code), period=period, by=who),
            content=said(MARKS[row]),
            uploads=[pdf_upload(f"{MARKS[Row.EVIDENCE]}.pdf")] if row is Row.WAITING else (),
            revision=None,
            by=who,
        )
        if row is Row.WAITING:
            sent = reviews.ask(progress=sent, text="Ở đâu?", revision=None, by=small.who("snv.thamdinh"))
            rows[Row.DUTY] = {"pk": sent.assignment_id, "plan": plan.code}
            link = sent.latest.evidence.get().pk
            rows[Row.EVIDENCE] = {**named(sent), "pk": link, "report": sent.pk}
            rows[row] = named(sent, question=sent.latest.remarks.get().pk)
        else:
            rows[row] = named(sent)
    draft = progress.save(
        progress=progress.start(assignment=duty("3"), period=period, by=officer),
        content=said(MARKS[Row.DRAFT]),
        uploads=[pdf_upload(f"{MARKS[Row.DRAFT_EVIDENCE]}.pdf", "y")],
        revision=None,
        by=officer,
    )
    rows[Row.DRAFT] = named(draft)
    rows[Row.DRAFT_EVIDENCE] = {
        "pk": draft.latest.evidence.get().pk,
        "report": draft.pk,
        "revision": draft.revision,
    }
    agency = small.agencies["STP"]
    approval.require_head(agency=agency, document="Quy chế 1", valid_from=DAY.date(), by=None)
    forwarded = progress.forward(
        progress=progress.start(assignment=duty("13"), period=period, by=officer),
        content=said(MARKS[Row.WITH_HEAD]),
        revision=None,
        by=officer,
    )
    rows[Row.WITH_HEAD] = named(forwarded)
    # The rule is over: the agency's other reports leave by themselves, this one still waits for the head.
    agency.approval_rules.update(valid_from=date(2021, 12, 1), valid_to=YESTERDAY)
    rows[Row.CLOSED_PERIOD] = {"pk": small.period("2021-Q3").pk, "agency": agency.pk}
    for row, code in ((Row.ACCEPTED, "4"), (Row.CORRECTING, "14")):
        done = progress.submit(
            progress=progress.start(assignment=duty(code), period=period, by=officer),
            content=said("đã xong"),
            revision=None,
            by=officer,
        )
        done = progress.accept(progress=done, revision=None, by=small.who("snv.thamdinh"))
        if row is Row.CORRECTING:
            done = progress.correct(progress=done, reason="Sai số", revision=None, by=officer)
        rows[row] = named(done)


def _duties(stage: Stage, plan: Plan) -> None:
    """Put duties about which one asks, requests that wait, and a ruling on the stage."""
    small, rows = stage.small, stage.rows

    def duty(code: str) -> Assignment:
        return Assignment.objects.select_related("task__plan", "agency").get(task__plan=plan, task__code=code)

    rows[Row.DATED_DUTY] = {"pk": duty("11").pk}
    rows[Row.CONDITION_DUTY] = {"pk": duty("8").pk}
    for row, code, who in ((Row.REQUEST, "9", "STP"), (Row.REQUEST_STANDING, "10", "SNV")):
        asked = requests.ask_extension(
            assignment=duty(code),
            new_due_on=date(2022, 1, 31),
            reason=f"Lý do {MARKS[row]}",
            upload=pdf_upload("to-trinh.pdf", row.value),
            by=small.officer(who),
        )
        rows[row] = {"pk": asked.pk, "id": asked.pk, "revision": asked.revision}
    ruling = rulings.suspend(
        of=duty("3"),
        effective_on=date(2022, 1, 10),
        document_number="1/QĐ-UBND",
        document_date=YESTERDAY,
        reason=f"Lý do {MARKS[Row.RULING]}",
        upload=pdf_upload("quyet-dinh.pdf", "q"),
        by=small.who("snv.thamdinh"),
    )
    rows[Row.RULING] = {"pk": ruling.pk, "id": ruling.pk}


def _told(stage: Stage, plan: Plan) -> None:
    """Chase a duty, tell everybody something, and write one person's letter."""
    late = Assignment.objects.get(task__plan=plan, task__code="12")
    chased = reminders.chase(
        assignments=[Assignment.objects.get(pk=stage.rows[Row.OPEN_DUTY]["pk"])],
        text=MARKS[Row.REMINDER],
        by=stage.small.who("snv.thamdinh"),
    )
    (reminder,) = chased.sent
    person = stage.people[Seat(Role.OFFICER, Relation.OWN)]
    User.objects.filter(pk=person.pk).update(email="can.bo@example.vn")
    notices.post(
        province_id=stage.small.province.pk,
        tellings=[
            notices.Telling(
                person=User.objects.get(pk=user.pk),
                event="thử",
                subject="Có việc",
                body=MARKS[Row.NOTICE] if user == person else "",
            )
            for user in stage.people.values()
        ],
    )
    notice = Notice.objects.get(person=person, event="thử", channel=Notice.Channel.INBOX)
    mail = notices.write_mail(person=User.objects.get(pk=person.pk), day=DAY.date())
    assert mail is not None
    stage.rows |= {
        Row.LATE_DUTY: {"pk": late.pk},
        Row.REMINDER: {"pk": reminder.pk, "assignment": reminder.assignment_id},
        Row.NOTICE: {"pk": notice.pk},
        Row.MAIL: {"pk": mail.pk},
    }


def _runs(stage: Stage, plan: Plan) -> None:
    """Ask for reports: one waits, one is an agency's, one is ready, one failed."""
    by = stage.small.who("snv.thamdinh")
    asked = {"plan": plan, "year": 2021, "as_of": date(2021, 12, 10), "by": by}

    def run(code: str, format: str, agency: Any = None) -> ReportRun:
        return runs.request(code=code, format=format, agency=agency, **asked)

    def ready(code: str, agency: Any = None) -> ReportRun:
        made = run(code, "xlsx", agency)
        run_job.apply(args=(str(made.job_id),), throw=True)
        return made

    def failed(code: str, agency: Any = None) -> ReportRun:
        made = run(code, "xlsx", agency)
        Job.objects.filter(pk=made.job_id).update(
            state=Job.State.FAILED, finished_at=calendar.real_now(), error="Không vẽ được."
        )
        return made

    own = stage.small.agencies["STP"]
    rows = {
        Row.READY_RUN: ready("year_end"),
        Row.READY_AGENCY_RUN: ready("agency", own),
        Row.FAILED_RUN: failed("year_end"),
        Row.FAILED_AGENCY_RUN: failed("agency", own),
        Row.RUN: run("year_end", "pdf"),
        Row.AGENCY_RUN: run("agency", "pdf", own),
    }
    stage.rows |= {row: {"pk": one.pk, "id": str(one.pk)} for row, one in rows.items()}
    stage.rows |= {
        Row.YEAR_END: {"code": "year_end"},
        Row.SUMMARY: {"code": "summary"},
        Row.AGENCY_REPORT: {"code": "agency", "agency": stage.small.agencies["STP"].pk},
    }


def _directory(stage: Stage) -> None:
    """Name the rows of the directory and of the indices."""
    small = stage.small
    index = Index.objects.get(code="PAR")
    framework = catalogue.keep_framework(
        index=index, version="1", code="par-1", components=[{"code": "D1", "name": "Lĩnh vực một"}], year_from=2020
    )
    result = catalogue.keep_result(
        province=small.province,
        index=index,
        component=None,
        year=2020,
        source=MARKS[Row.RESULT],
        value=Decimal("84.70"),
        source_kind="published",
    )
    person = stage.people[Seat(Role.OFFICER, Relation.OWN)]
    key, _ = tokens.issue(name="khóa", days=1, by=person)
    membership = Membership.objects.get(user=person)
    designation = small.province.designations.get(role="standing_office")
    # It begins later: nobody on the stage stands in for a head.
    delegation = approval.delegate(
        agency=small.agencies["BNC"],
        person=stage.people[Seat(Role.OFFICER, Relation.PARENT)],
        document="Ủy quyền 1",
        valid_from=date(2022, 1, 1),
        valid_to=date(2022, 12, 31),
        by=None,
    )
    stage.rows |= {
        Row.NONE: {"app_label": "agencies", "url": "khong/co", "path": "x"},
        Row.INDEX: {"pk": index.pk},
        Row.COMPONENT: {"pk": framework.components.get().pk},
        Row.RESULT: {"pk": result.pk},
        Row.KEY: {"pk": key.pk},
        Row.AGENCY: {"pk": small.agencies["BNC"].pk},
        Row.DELEGATION: {"pk": delegation.pk, "report": small.agencies["BNC"].pk},
        Row.PROVINCE: {"pk": small.province.pk},
        Row.GROUP: {"pk": small.group.pk},
        Row.DESIGNATION: {"pk": designation.pk},
        Row.PERSON: {"pk": person.pk},
        Row.MEMBERSHIP: {"pk": membership.pk},
    }


def _decision(small: Small, *ends: str, into: str) -> reorganisations.Draft:
    return reorganisations.Draft(
        kind="absorb",
        title=f"Sắp xếp {', '.join(ends)}",
        effective_on=date(2021, 12, 1),
        predecessors=[small.agencies[one] for one in ends],
        successors=[reorganisations.Successor(agency=small.agencies[into], is_main=True)],
        decision_number="05/QĐ-UBND",
        decided_on=date(2021, 11, 1),
    )


def _reorganisations(stage: Stage, plan: Plan) -> None:
    """Put a proposal, an applied decision with an open duty, and a target without a baseline on the stage."""
    small, by = stage.small, stage.small.who("quantri")

    def propose(*ends: str) -> Reorganisation:
        return reorganisations.propose(province=small.province, draft=_decision(small, *ends, into="SYT"), by=by)

    proposal = propose("MTTQ")
    applied = reorganisations.apply(reorganisation=propose("BCU"), revision=1, by=by)
    duty = Assignment.objects.get(task__plan=plan, agency=small.agencies["BCU"])
    index = Index.objects.get(code="PAR")
    for code in ("cu-mot", "cu-hai"):
        old = directory.keep_province(code=code, name=code, kind="tinh", valid_to=date(2021, 5, 31))
        ProvinceSuccession.objects.create(
            predecessor=old,
            successor=small.province,
            effective_on=date(2021, 6, 1),
            decision_number="1/NQ",
            decided_on=date(2021, 5, 1),
            created_by=by,
            created_at=calendar.now(),
        )
        base = catalogue.keep_result(
            province=old,
            index=index,
            component=None,
            year=2020,
            source=code,
            rank=5,
            field_size=63,
            source_kind="published",
        )
    receiver = small.agencies["SYT"].pk
    stage.rows |= {
        Row.PROPOSAL: {"pk": proposal.pk, "revision": proposal.revision},
        Row.REORGANISED: {"pk": applied.pk, "duty": duty.pk, "receiver": receiver},
        Row.TARGET: {"code": small.plan.code, "target": "MT1", "result": base.pk},
    }


def _closes(stage: Stage, plan: Plan) -> None:
    """Close a period, leave another one to be closed, and name the last event of the province."""
    for code, kind, start, cut_off in (("2021-Q1", "quarter_1", (1, 1), (3, 14)), ("2021-H1", "half", (1, 1), (6, 14))):
        plans.add_period(
            plan=plan,
            code=code,
            kind=kind,
            name=code,
            year=2021,
            starts_on=date(2021, *start),
            cut_off=date(2021, *cut_off),
            opens_on=date(2021, *cut_off),
            due_on=date(2021, cut_off[0], 20),
            closes_on=date(2021, cut_off[0], 20),
        )
    period = ReportingPeriod.objects.get(plan=plan, code="2021-Q1")
    closed = closes.close(
        period=ReportingPeriod.objects.get(plan=plan, code="2021-H1"), by=stage.small.who("snv.thamdinh")
    )
    event = Event.objects.filter(province=stage.small.province).latest("sequence")
    stage.rows |= {
        Row.ENDED_PERIOD: {"code": plan.code, "period": period.code, "pk": period.pk},
        Row.CLOSE: {"code": plan.code, "period": "2021-H1", "number": closed.number, "pk": closed.pk},
        Row.EVENT: {"id": event.pk, "label": event.subject_type, "pk": event.subject_id, "form": "jsonl"},
    }


@contextmanager
def built() -> Iterator[Stage]:
    """Build the stage at 09:00 on 10/12/2021; the caller's transaction takes it down."""
    with calendar.held_at(DAY):
        small, elsewhere = build_small(), build_small(code="tinh-khac", number="2/KH-UBND")
        small.agencies["BNC"] = directory.keep_agency(
            province=small.province, code="BNC", name=f"Ban Nội chính {MARKS[Row.AGENCY]}", kind="ban", confirmed=True
        )
        directory.keep_agency(province=small.province, code="STP", parent=small.agencies["BNC"])
        small.agencies["BCU"] = directory.keep_agency(
            province=small.province, code="BCU", name="Ban Cũ", kind="ban", confirmed=True
        )
        stage = Stage(small, elsewhere)
        _seat_people(stage)
        plan = _plan(small)
        stage.rows[Row.PLAN] = {"code": plan.code, "pk": plan.pk}
        unissued = Plan.objects.get(code="ma-tran-nhap")
        stage.rows[Row.DRAFT_PLAN] = {"code": unissued.code, "pk": unissued.pk}
        _amendments(stage, plan)
        _reports(stage, plan)
        _duties(stage, plan)
        _runs(stage, plan)
        _told(stage, plan)
        _directory(stage)
        stage.rows |= stage_results.rows()
        _reorganisations(stage, plan)
        stage.rows |= stage_risk.build(small)
        stage.rows[Row.PLAN]["form"] = "xlsx"
        stage_sheets.put(stage)
        stage.rows |= stage_frameworks.build(small)
        # Last: the event that a list of the trail must show is the newest one.
        _closes(stage, plan)
        stage.before = fingerprint()
        yield stage


def others_work(stage: Stage) -> None:
    """Sở Tư pháp hands reports in and asks for a report; Sở Nội vụ accepts one."""
    rows, officer = stage.rows, stage.small.officer("STP")
    waiting = Progress.objects.get(pk=rows[Row.WAITING]["pk"])
    draft = Progress.objects.get(pk=rows[Row.DRAFT]["pk"])
    duty = Assignment.objects.select_related("task__plan").get(pk=rows[Row.OPEN_DUTY]["pk"])
    period = ReportingPeriod.objects.get(pk=rows[Row.PERIOD]["pk"])
    with calendar.held_at(DAY):
        progress.accept(progress=waiting, revision=None, by=stage.small.who("snv.thamdinh"))
        progress.submit(progress=draft, revision=None, by=officer)
        progress.start(assignment=duty, period=period, by=officer)
        runs.request(
            plan=duty.task.plan,
            code="agency",
            year=2021,
            as_of=YESTERDAY,
            format="pdf",
            agency=stage.small.agencies["STP"],
            by=officer,
        )


# --- how to ask ----------------------------------------------------------------------------------------------


class _Inputs(HTMLParser):
    """Reads what a browser would send with a form left as it is."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, Any] = {}
        self.select = self.area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "select":
            self.select = name
        elif tag == "textarea":
            self.area = name
            self.values[name] = ""
        elif tag == "option" and self.select and "selected" in given:
            self.values[self.select] = given.get("value") or ""
        elif tag == "input" and name:
            kind = given.get("type")
            if kind in ("checkbox", "radio") and "checked" not in given:
                return
            if kind not in ("submit", "button", "file"):
                self.values[name] = given.get("value") or ("on" if kind == "checkbox" else "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.area = ""

    def handle_data(self, text: str) -> None:
        if self.area:
            self.values[self.area] += text


def form_at(stage: Stage, url: str) -> dict[str, Any]:
    """Return what the installer's browser would send from a page left as it is."""
    if url not in stage.forms:
        answer = ask(stage, INSTALLER, "GET", url)
        assert answer.status == 200, (url, answer.status)
        reader = _Inputs()
        reader.feed(answer.text)
        stage.forms[url] = {name: value for name, value in reader.values.items() if name != "csrfmiddlewaretoken"}
    return dict(stage.forms[url])


_OURS = {"agencies", "indicators", "plans", "reports", "account"}
_SESSIONS = re.compile(r"django_session")
_WRITE = re.compile(
    r'^\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM|REPLACE INTO|MERGE INTO|MERGE INTO)\s+"?(\w+)',
    re.IGNORECASE,
)


def _tables() -> dict[str, str]:
    """Return the statement that reads a table, by table: every one of the portal's but sessions."""
    quote, found = connection.ops.quote_name, {}
    for model in apps.get_models():
        if model._meta.app_label in _OURS and model._meta.managed:
            columns = ", ".join(quote(one.column) for one in model._meta.local_concrete_fields)
            table, key = model._meta.db_table, quote(model._meta.pk.column)
            found[table] = f"SELECT {columns} FROM {quote(table)} ORDER BY {key}"
    return found


def fingerprint(tables: Iterable[str] | None = None) -> dict[str, str]:
    """Return a digest of the rows of each table (None: of every one)."""
    statements = _tables()
    digests = {}
    with connection.cursor() as cursor:
        for table in statements if tables is None else tables:
            cursor.execute(statements[table])
            digests[table] = hashlib.sha256(repr(cursor.fetchall()).encode()).hexdigest()
    return digests


def _differs(before: dict[str, str], written: set[str]) -> bool:
    """Compare every row; the tables that a statement named come first, and the first difference is enough."""
    named = written & set(before)
    return any(fingerprint([table])[table] != before[table] for table in (*sorted(named), *sorted(set(before) - named)))


class _Writes:
    """Notices statements that write anything but sessions."""

    def __init__(self) -> None:
        self.tables: set[str] = set()
        self.sessions = False
        self.rows = self._rows()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found = _WRITE.match(sql)
        if found and _SESSIONS.search(sql):
            self.sessions = True
        elif found:
            self.tables.add(found[1])
        return execute(sql, params, many, context)

    @staticmethod
    def _rows() -> int:
        """Return how many rows SQLite has ever written here (PostgreSQL has no such count)."""
        return connection.connection.total_changes if connection.vendor == "sqlite" else 0

    @property
    def seen(self) -> bool:
        """Whether something was written, also by a statement that does not begin like a write."""
        return bool(self.tables) or (not self.sessions and self._rows() != self.rows)


def ask(
    stage: Stage,
    seat: Seat | None,
    method: str,
    url: str,
    body: dict[str, Any] | None = None,
    *,
    revision: int | None = None,
    csrf: bool = True,
    thorough: bool = True,
) -> Answer:
    """Send a request as the person of a seat (None: a stranger), read the answer, and undo everything.

    Where something was written, every row is compared with what it was (``thorough``), or that is taken for a change.
    """
    cache.clear()
    client, headers = stage.client, {}
    client.cookies.clear()
    if seat is not None:
        client.cookies[settings.SESSION_COOKIE_NAME] = stage.sessions[seat]
    if csrf and method != "GET":
        client.cookies[settings.CSRF_COOKIE_NAME] = CSRF
        headers["X-CSRFToken"] = CSRF
    if revision is not None:
        headers["If-Match"] = f'"{revision}"'
    writes, sent = _Writes(), body or {}
    for value in sent.values():
        if isinstance(value, SimpleUploadedFile):
            # The same body is sent for every seat.
            value.seek(0)
    # Thousands of refusals are meant: their log lines would take longer than the requests.
    logging.disable(logging.ERROR)
    with calendar.held_at(DAY), transaction.atomic(), connection.execute_wrapper(writes):
        if method == "GET":
            response = client.get(url, sent, headers=headers)
        elif url.startswith("/api/") and not any(isinstance(value, SimpleUploadedFile) for value in sent.values()):
            response = client.generic(method, url, json.dumps(sent), "application/json", headers=headers)
        elif method == "POST":
            response = client.post(url, sent, headers=headers)
        else:
            response = client.generic(method, url, b"", "application/octet-stream", headers=headers)
        # Reading to the end closes a file; closing the answer would end the stage's own transaction.
        content = b"".join(response.streaming_content) if response.streaming else response.content
        changed = writes.seen and (not thorough or _differs(stage.before, writes.tables))
        transaction.set_rollback(True)
    logging.disable(logging.NOTSET)
    kind = response.headers.get("Content-Type", "")
    text = content.decode("utf-8", "replace") if "text" in kind or "json" in kind else ""
    # The name of a file says as much as a title.
    text += response.headers.get("Content-Disposition", "")
    log_in = response.headers.get("WWW-Authenticate", "")
    return Answer(response.status_code, text, response.headers.get("Location", ""), log_in, changed)


def url_of(stage: Stage, line: Line) -> str:
    """Return the address of a line for the row on the stage."""
    address, values = every_address()[line.address], dict(stage.rows[line.row])
    if "link" in address.parts:
        values |= {"link": values["pk"], "pk": values["report"]}
    if "period" in address.parts and "assignment" in values:
        values["pk"] = values["assignment"]
    kind = ContentType.objects.get_for_model(Agency).pk
    values |= {"object_id": values.get("pk"), "id": values.get("pk"), "content_type_id": kind}
    if line.address == NOWHERE:
        return f"{address.path}khong/co/"
    return address.url(values)


Body = Callable[[Stage, dict[str, Any]], dict[str, Any]]


def _revision(stage: Stage, row: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"revision": row["revision"], **more}


def _ticked(stage: Stage, row: dict[str, Any]) -> dict[str, Any]:
    return {"chosen": f"{row['pk']}:{row['revision']}"}


def _many(stage: Stage, row: dict[str, Any]) -> dict[str, Any]:
    return {"reports": [{"id": row["pk"], "revision": row["revision"]}]}


def _return(stage: Stage, row: dict[str, Any]) -> dict[str, Any]:
    return {"revision": row["revision"], "reason_code": "other", "reason": "Thiếu số liệu"}


def _report_form(action: str) -> Body:
    def body(stage: Stage, row: dict[str, Any]) -> dict[str, Any]:
        documents = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 1000}
        return {
            "action": action,
            "result": "Đã làm",
            "explanation": "Chưa có",
            "revision": row["revision"],
            **{f"documents-{name}": value for name, value in documents.items()},
        }

    return body


def _chosen(stage: Stage, row: dict[str, Any]) -> dict[str, Any]:
    return {"assignments": [row["pk"]]}


def _run_form(stage: Stage, row: dict[str, Any]) -> dict[str, Any]:
    plan = stage.rows[Row.PLAN]["pk"]
    asked = {"code": row["code"], "plan": plan, "year": 2021, "as_of": "09/12/2021", "format": "pdf"}
    return {**asked, **({"agency": row["agency"]} if "agency" in row else {})}


def _run_body(stage: Stage, row: dict[str, Any]) -> dict[str, Any]:
    asked = {"plan": stage.rows[Row.PLAN]["code"], "code": row["code"], "year": 2021, "as_of": "2021-12-09"}
    return {**asked, **({"agency": row["agency"]} if "agency" in row else {})}


def _admin(url: str, **values: Callable[[Stage], Any] | str) -> Body:
    def body(stage: Stage, row: dict[str, Any]) -> dict[str, Any]:
        filled = {name: value if isinstance(value, str) else value(stage) for name, value in values.items()}
        return {**form_at(stage, url.format(**row)), **filled}

    return body


def _of(row: Row) -> Callable[[Stage], Any]:
    return lambda stage: stage.rows[row]["pk"]


def _proposal_form(stage: Stage, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": "absorb",
        "title": "Sáp nhập khác",
        "effective_on": "01/11/2021",
        "predecessors": [_pk(stage, "STP")],
        "successors": [_pk(stage, "SYT")],
        "main": str(_pk(stage, "SYT")),
        "revision": row["revision"],
    }


def _proposal_body(stage: Stage, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": "absorb",
        "title": "Sáp nhập khác",
        "effective_on": "2021-11-01",
        "predecessors": [_pk(stage, "STP")],
        "successors": [{"agency": _pk(stage, "SYT"), "is_main": True}],
    }


HEADING = {"number": "13/QĐ-UBND", "issued_on": "01/12/2021", "issuer": "UBND tỉnh", "effective_on": "01/12/2021"}
HEADING_ISO = {**HEADING, "issued_on": "2021-12-01", "effective_on": "2021-12-01"}


def _task_line(stage: Stage, row: dict[str, Any]) -> dict[str, Any]:
    said = {"title": "Nội dung mới", "authority": "assign", "deadline_kind": "none"}
    return _revision(stage, row, section=row["section"], code="M1", **said)


def _target_line(stage: Stage, row: dict[str, Any]) -> dict[str, Any]:
    said = {"kind": "rank_at_most", "comparator": "<=", "value": "10", "year": 2021, "text": "Trong 10 tỉnh"}
    return _revision(stage, row, code="M1", **said)


def _carried(stage: Stage, row: dict[str, Any]) -> dict[str, Any]:
    task = row["task"]
    return {f"take_{task}": "on", f"section_{task}": row["section"], f"code_{task}": "A1"}


REOPENING = {"reason": "Thiếu số liệu", "approver": "Chủ tịch UBND tỉnh", "document": "9/UBND"}
A = "/quan-tri/agencies"
NEW_PASSWORD = {
    "password1": "mot-mat-khau-Khac-8",
    "password2": "mot-mat-khau-Khac-8",
    "usable_password": "true",
}
# What is sent with a write: (address, row) → body. Without an entry: nothing.
BODIES: dict[tuple[str, Row], Body] = {
    **stage_risk.BODIES,
    **stage_frameworks.BODIES,
    ("account_change_password", Row.NONE): lambda stage, row: {
        "oldpassword": PASSWORD,
        "password1": "mot-mat-khau-Khac-8",
        "password2": "mot-mat-khau-Khac-8",
    },
    ("plans:progress_edit", Row.OPEN_DUTY): _report_form("submit"),
    ("plans:progress_edit", Row.DRAFT): _report_form("save"),
    ("plans:progress_correct", Row.ACCEPTED): lambda stage, row: _revision(stage, row, reason="Sai số"),
    ("plans:progress_give_up", Row.CORRECTING): _revision,
    ("plans:progress_keep", Row.DRAFT): _report_form("save"),
    ("plans:progress_withdraw", Row.WAITING): _revision,
    ("plans:progress_withdraw", Row.WITH_HEAD): _revision,
    ("plans:progress_reply", Row.WAITING): lambda stage, row: _revision(
        stage, row, question=row["question"], text="Ở đây"
    ),
    ("plans:evidence_replace", Row.EVIDENCE): lambda stage, row: _revision(
        stage, row, reason="Nhầm", explanation="Chưa có"
    ),
    ("plans:progress_approve", Row.WITH_HEAD): _revision,
    ("plans:progress_hand_back", Row.WITH_HEAD): lambda stage, row: _revision(stage, row, reason="Sửa số"),
    ("plans:approval_many", Row.WITH_HEAD): _ticked,
    ("plans:review_many", Row.WAITING): _ticked,
    ("plans:progress_ask", Row.WAITING): lambda stage, row: _revision(stage, row, text="Ở đâu?"),
    ("plans:progress_answer", Row.WAITING): lambda stage, row: _revision(stage, row, text="Đã ghi nhận"),
    ("plans:progress_judge", Row.EVIDENCE): lambda stage, row: _revision(stage, row, verdict="unreadable"),
    ("plans:agency_approval", Row.AGENCY): lambda stage, row: {
        "action": "require",
        "document": "Quy chế 2",
        "valid_from": "10/12/2021",
    },
    ("api:agency-approval-require", Row.AGENCY): lambda stage, row: {
        "document": "Quy chế 2",
        "valid_from": "2021-12-10",
    },
    ("api:agency-approval-release", Row.AGENCY): lambda stage, row: {"last_day": "2021-12-10"},
    ("api:agency-delegations", Row.AGENCY): lambda stage, row: {
        "person": stage.people[Seat(Role.OFFICER, Relation.PARENT)].pk,
        "document": "Ủy quyền 2",
        "valid_from": "2021-12-10",
        "valid_to": "2021-12-20",
    },
    ("plans:period_add", Row.PLAN): lambda stage, row: {"kind": "quarter_3", "year": 2021},
    ("api:period-list", Row.PLAN): lambda stage, row: {"plan": row["code"], "kind": "quarter_3", "year": 2021},
    ("plans:period_close", Row.ENDED_PERIOD): lambda stage, row: {"number": 1},
    ("plans:period_reopen", Row.CLOSE): lambda stage, row: {**REOPENING, "expires_on": "20/12/2021", "number": 1},
    ("api:period-close-list", Row.ENDED_PERIOD): lambda stage, row: {"period": row["pk"], "number": 1},
    ("api:period-close-reopen", Row.CLOSE): lambda stage, row: {**REOPENING, "expires_on": "2021-12-20"},
    ("plans:window_allow_late", Row.CLOSED_PERIOD): lambda stage, row: {
        "agency": row["agency"],
        "expires_on": "15/12/2021",
        "reason": "Mất điện",
    },
    ("plans:window_extend", Row.CLOSED_PERIOD): lambda stage, row: {
        "document_number": "9/SNV",
        "expires_on": "15/12/2021",
        "reason": "Hỏng máy chủ",
    },
    ("api:period-exceptions", Row.CLOSED_PERIOD): lambda stage, row: {
        "kind": "late",
        "agency": row["agency"],
        "expires_on": "2021-12-15",
        "reason": "Mất điện",
    },
    ("api:period-exceptions", Row.PERIOD): lambda stage, row: {
        "kind": "outage",
        "document_number": "9/SNV",
        "expires_on": "2021-12-25",
        "reason": "Hỏng máy chủ",
    },
    ("api:progress-hand-back", Row.WITH_HEAD): lambda stage, row: {"reason": "Sửa số"},
    ("api:progress-approve-many", Row.WITH_HEAD): _many,
    ("api:progress-accept-many", Row.WAITING): _many,
    ("api:progress-ask", Row.WAITING): lambda stage, row: {"text": "Ở đâu?"},
    ("api:progress-reply", Row.WAITING): lambda stage, row: {"question": row["question"], "text": "Ở đây"},
    ("api:progress-answer", Row.WAITING): lambda stage, row: {"text": "Đã ghi nhận"},
    ("api:progress-evidence-verdict", Row.EVIDENCE): lambda stage, row: {"verdict": "unreadable"},
    ("api:progress-evidence-replace", Row.EVIDENCE): lambda stage, row: {"reason": "Nhầm", "explanation": "Chưa có"},
    ("plans:progress_accept", Row.WAITING): _revision,
    ("plans:progress_accept", Row.WAITING_STANDING): _revision,
    ("plans:progress_return", Row.WAITING): _return,
    ("plans:progress_return", Row.WAITING_STANDING): _return,
    ("plans:reorganisation_add", Row.PROPOSAL): _proposal_form,
    ("plans:reorganisation_edit", Row.PROPOSAL): _proposal_form,
    ("plans:reorganisation_apply", Row.PROPOSAL): lambda stage, row: _revision(stage, row, read="on"),
    ("plans:reorganisation_discard", Row.PROPOSAL): lambda stage, row: _revision(stage, row, reason="Nhập nhầm"),
    ("plans:reorganisation_duties", Row.REORGANISED): lambda stage, row: {
        "one": row["duty"],
        f"to_{row['duty']}": row["receiver"],
    },
    ("plans:target_baseline", Row.TARGET): lambda stage, row: {"result": row["result"], "reason": "Công văn 1"},
    ("api:reorganisation-list", Row.PROPOSAL): lambda stage, row: {
        **_proposal_body(stage, row),
        "province": "tinh-thu",
    },
    ("api:reorganisation-detail", Row.PROPOSAL): _proposal_body,
    ("api:reorganisation-discard", Row.PROPOSAL): lambda stage, row: {"reason": "Nhập nhầm"},
    ("api:reorganisation-transfer", Row.REORGANISED): lambda stage, row: {
        "assignment": row["duty"],
        "outcome": "moved",
        "to": [row["receiver"]],
    },
    ("api:plan-baseline", Row.TARGET): lambda stage, row: {"result": row["result"], "reason": "Công văn 1"},
    ("plans:duty_extension", Row.DATED_DUTY): lambda stage, row: {
        "new_due_on": "31/01/2022",
        "reason": "Chờ văn bản",
        "document": SimpleUploadedFile("to-trinh.pdf", pdf_bytes("xin")),
    },
    ("plans:duty_refusal", Row.DATED_DUTY): lambda stage, row: {"reason": "Không thuộc", "legal_ground": "Điều 2"},
    ("plans:duty_condition", Row.CONDITION_DUTY): lambda stage, row: {
        "document_number": "1/BTP",
        "document_date": "01/12/2021",
        "due_on": "31/12/2021",
    },
    ("plans:duty_ruling", Row.DATED_DUTY): lambda stage, row: {
        "kind": "suspend",
        "document_number": "1/QĐ",
        "document_date": "01/12/2021",
        "effective_on": "10/12/2021",
    },
    ("plans:group_ruling", Row.TASK): lambda stage, row: {"kind": "done_rule", "done_rule": "reviewer"},
    ("plans:request_grant", Row.REQUEST): _revision,
    ("plans:request_grant", Row.REQUEST_STANDING): _revision,
    ("plans:request_decline", Row.REQUEST): lambda stage, row: _revision(stage, row, reason="Đủ thời gian"),
    ("plans:request_decline", Row.REQUEST_STANDING): lambda stage, row: _revision(stage, row, reason="Đủ thời gian"),
    ("plans:request_withdraw", Row.REQUEST): _revision,
    ("plans:request_withdraw", Row.REQUEST_STANDING): _revision,
    ("api:request-ask-extension", Row.DATED_DUTY): lambda stage, row: {
        "assignment": row["pk"],
        "new_due_on": "2022-01-31",
        "reason": "Chờ văn bản",
        "document": SimpleUploadedFile("to-trinh.pdf", pdf_bytes("xin")),
    },
    ("api:request-refuse", Row.DATED_DUTY): lambda stage, row: {
        "assignment": row["pk"],
        "reason": "Không thuộc",
        "legal_ground": "Điều 2",
    },
    ("api:request-decline", Row.REQUEST): lambda stage, row: {"reason": "Đủ thời gian"},
    ("api:request-decline", Row.REQUEST_STANDING): lambda stage, row: {"reason": "Đủ thời gian"},
    ("api:ruling-list", Row.DATED_DUTY): lambda stage, row: {
        "kind": "suspend",
        "assignment": row["pk"],
        "document_number": "1/QĐ",
        "document_date": "2021-12-01",
    },
    ("api:ruling-list", Row.CONDITION_DUTY): lambda stage, row: {
        "kind": "condition_met",
        "assignment": row["pk"],
        "document_number": "1/BTP",
        "document_date": "2021-12-01",
        "due_on": "2021-12-31",
    },
    ("api:ruling-list", Row.TASK): lambda stage, row: {
        "kind": "done_rule",
        "task": row["pk"],
        "done_rule": "reviewer",
    },
    ("plans:amendment_list", Row.PLAN): lambda stage, row: HEADING,
    ("plans:amendment_edit", Row.DRAFT_AMENDMENT): lambda stage, row: _revision(stage, row, **HEADING),
    ("plans:amendment_task", Row.DRAFT_AMENDMENT): _task_line,
    ("plans:amendment_task_add", Row.DRAFT_AMENDMENT): _task_line,
    ("plans:amendment_task_drop", Row.DRAFT_AMENDMENT): lambda stage, row: _revision(stage, row, reason="Trùng"),
    ("plans:amendment_target", Row.DRAFT_AMENDMENT): _target_line,
    ("plans:amendment_target_add", Row.DRAFT_AMENDMENT): _target_line,
    ("plans:amendment_target_drop", Row.DRAFT_AMENDMENT): lambda stage, row: _revision(stage, row, reason="Trùng"),
    ("plans:amendment_take_off", Row.DRAFT_AMENDMENT): lambda stage, row: _revision(
        stage, row, kind="task", line=row["line"]
    ),
    ("plans:amendment_confirm", Row.DRAFT_AMENDMENT): _revision,
    ("plans:amendment_discard", Row.DRAFT_AMENDMENT): _revision,
    ("plans:plan_end", Row.PLAN): lambda stage, row: {"on": "09/12/2021", "document": "14/QĐ-UBND"},
    ("plans:plan_replace", Row.DRAFT_PLAN): lambda stage, row: {"old": stage.rows[Row.PLAN]["code"]},
    ("plans:plan_carry_over", Row.SUCCESSOR): _carried,
    ("api:amendment-list", Row.PLAN): lambda stage, row: {**HEADING_ISO, "plan": row["code"]},
    ("api:amendment-detail", Row.DRAFT_AMENDMENT): lambda stage, row: {"title": "Khác"},
    ("api:amendment-task-lines", Row.DRAFT_AMENDMENT): lambda stage, row: {
        "verb": "drop",
        "task": row["task"],
        "reason": "Trùng",
    },
    ("api:amendment-carry-over", Row.DRAFT_AMENDMENT): lambda stage, row: {
        "task": row["left_behind"],
        "section": row["section"],
        "code": "C1",
    },
    ("api:plan-end", Row.PLAN): lambda stage, row: {"on": "2021-12-09", "document": "14/QĐ-UBND"},
    ("api:plan-replace", Row.DRAFT_PLAN): lambda stage, row: {"old": stage.rows[Row.PLAN]["code"]},
    ("api:plan-carry-over", Row.SUCCESSOR): lambda stage, row: {
        "task": row["task"],
        "section": row["section"],
        "code": "A1",
    },
    ("api:amendment-target-lines", Row.DRAFT_AMENDMENT): lambda stage, row: {
        "verb": "drop",
        "target": row["target"],
        "reason": "Trùng",
    },
    ("plans:chase_preview", Row.LATE_DUTY): _chosen,
    ("plans:chase_send", Row.LATE_DUTY): _chosen,
    ("api:reminder-list", Row.LATE_DUTY): _chosen,
    ("api:reminder-preview", Row.LATE_DUTY): _chosen,
    ("reports:run_create", Row.YEAR_END): _run_form,
    ("reports:run_create", Row.SUMMARY): _run_form,
    ("reports:run_create", Row.AGENCY_REPORT): _run_form,
    ("api:progress-list", Row.OPEN_DUTY): lambda stage, row: {"assignment": row["pk"], "period": row["period_id"]},
    ("api:progress-detail", Row.DRAFT): lambda stage, row: {"result": "Đã sửa"},
    ("api:progress-return", Row.WAITING): lambda stage, row: {"reason_code": "other", "reason": "Thiếu"},
    ("api:progress-return", Row.WAITING_STANDING): lambda stage, row: {"reason_code": "other", "reason": "Thiếu"},
    ("api:progress-correct", Row.ACCEPTED): lambda stage, row: {"reason": "Sai số"},
    ("api:progress-attach", Row.DRAFT): lambda stage, row: {"file": SimpleUploadedFile("moi.pdf", pdf_bytes("mới"))},
    ("api:report-run-list", Row.YEAR_END): _run_body,
    ("api:report-run-list", Row.SUMMARY): _run_body,
    ("api:report-run-list", Row.AGENCY_REPORT): _run_body,
    ("api:token-list", Row.NONE): lambda stage, row: {"name": "Khóa mới", "days": 1},
    ("admin:password_change", Row.NONE): lambda stage, row: {
        "old_password": PASSWORD,
        "new_password1": "mot-mat-khau-Khac-8",
        "new_password2": "mot-mat-khau-Khac-8",
    },
    ("admin:autocomplete", Row.PERSON): lambda stage, row: {
        "app_label": "agencies",
        "model_name": "membership",
        "field_name": "user",
        "term": "officer own",
    },
    ("admin:agencies_province_add", Row.PROVINCE): _admin(
        A + "/province/add/", code="tinh-moi", name="Tỉnh mới", kind="tinh"
    ),
    ("admin:agencies_province_change", Row.PROVINCE): _admin(A + "/province/{pk}/change/", name="Tỉnh đổi tên"),
    ("admin:agencies_agency_add", Row.AGENCY): _admin(
        A + "/agency/add/", province=_of(Row.PROVINCE), code="MOI", name="Sở mới", kind="so", order="9"
    ),
    ("admin:agencies_agency_change", Row.AGENCY): _admin(A + "/agency/{pk}/change/", note="Đã đối chiếu"),
    ("admin:agencies_agencygroup_add", Row.GROUP): _admin(
        A + "/agencygroup/add/", province=_of(Row.PROVINCE), code="moi", name="Nhóm mới"
    ),
    ("admin:agencies_agencygroup_change", Row.GROUP): _admin(A + "/agencygroup/{pk}/change/", name="Nhóm đổi tên"),
    ("admin:agencies_designation_add", Row.DESIGNATION): _admin(
        A + "/designation/add/",
        agency=_of(Row.AGENCY),
        role="second_reviewer",
        document="x",
        valid_from="01/01/2020",
        valid_to="31/12/2020",
    ),
    ("admin:agencies_designation_change", Row.DESIGNATION): _admin(
        A + "/designation/{pk}/change/", valid_to="31/12/2021"
    ),
    ("admin:agencies_user_add", Row.PERSON): _admin(
        A + "/user/add/",
        username="nguoi.moi",
        full_name="Người mới",
        password1="mot-mat-khau-Khac-8",
        password2="mot-mat-khau-Khac-8",
    ),
    ("admin:agencies_user_change", Row.PERSON): _admin(A + "/user/{pk}/change/", title="Chuyên viên"),
    ("admin:agencies_user_change", Row.MOVED_PERSON): _admin(A + "/user/{pk}/change/", title="Chuyên viên"),
    ("admin:agencies_membership_add", Row.MEMBERSHIP): _admin(
        A + "/membership/add/",
        user=_of(Row.PERSON),
        agency=_of(Row.AGENCY),
        role="auditor",
        valid_from="10/12/2021",
    ),
    ("admin:agencies_membership_change", Row.MEMBERSHIP): _admin(A + "/membership/{pk}/change/", valid_to="10/12/2021"),
    ("admin:auth_user_password_change", Row.PERSON): lambda stage, row: NEW_PASSWORD,
    ("admin:auth_user_password_change", Row.MOVED_PERSON): lambda stage, row: NEW_PASSWORD,
}
BODIES |= stage_results.BODIES


# How a search or filter would single the row out: (address, row) → query.
FILTERS: dict[tuple[str, Row], Body] = {
    **stage_risk.FILTERS,
    ("plans:assignment_list", Row.DUTY): lambda stage, row: {"q": "viec 2"},
    ("api:plan-list", Row.PLAN): lambda stage, row: {"province": "tinh-thu", "year": 2021, "state": "issued"},
    ("api:plan-list", Row.DRAFT_PLAN): lambda stage, row: {"state": "drafting"},
    ("api:amendment-list", Row.AMENDMENT): lambda stage, row: {"plan": "ma-tran", "state": "confirmed"},
    ("api:amendment-list", Row.DRAFT_AMENDMENT): lambda stage, row: {"plan": "ma-tran", "state": "draft"},
    ("api:task-list", Row.TASK): lambda stage, row: {"plan": "ma-tran"},
    ("api:period-list", Row.PERIOD): lambda stage, row: {"plan": "ma-tran"},
    ("api:assignment-list", Row.DUTY): lambda stage, row: {"agency": _pk(stage, "STP"), "q": "viec 2"},
    ("api:progress-list", Row.WAITING): lambda stage, row: {"assignment": row["assignment"], "state": "submitted"},
    ("api:progress-list", Row.DRAFT): lambda stage, row: {"agency": _pk(stage, "STP"), "state": "draft"},
    ("api:agency-list", Row.AGENCY): lambda stage, row: {"q": MARKS[Row.AGENCY]},
    ("api:result-list", Row.RESULT): lambda stage, row: {"province": "tinh-thu"},
    ("api:report-run-list", Row.RUN): lambda stage, row: {"plan": "ma-tran", "code": "year_end"},
    ("api:report-run-list", Row.AGENCY_RUN): lambda stage, row: {"agency": _pk(stage, "STP")},
    ("plans:chase_list", Row.LATE_DUTY): lambda stage, row: {"agency": _pk(stage, "STP"), "plan": "ma-tran"},
    ("plans:chase_sent", Row.REMINDER): lambda stage, row: {"nguoi": "1"},
    ("trail_list", Row.EVENT): lambda stage, row: {"type": row["label"]},
    ("trail_export", Row.EVENT): lambda stage, row: {"type": row["label"]},
    ("api:trail-list", Row.EVENT): lambda stage, row: {"type": row["label"]},
    ("api:period-close-list", Row.CLOSE): lambda stage, row: {"plan": row["code"]},
    ("agencies:notice_list", Row.NOTICE): lambda stage, row: {"chua-doc": "1"},
    ("api:reminder-list", Row.REMINDER): lambda stage, row: {"agency": _pk(stage, "STP"), "rung": "chase"},
    ("api:notice-list", Row.NOTICE): lambda stage, row: {"unread": "true"},
    ("admin:agencies_agency_changelist", Row.AGENCY): lambda stage, row: {"q": "Nội chính"},
    ("admin:agencies_user_changelist", Row.PERSON): lambda stage, row: {"q": "officer.own"},
    ("admin:agencies_membership_changelist", Row.MEMBERSHIP): lambda stage, row: {"q": "officer.own"},
}


MARKS |= stage_sheets.MARKS
BODIES |= stage_sheets.BODIES
FILTERS |= stage_sheets.FILTERS


def _pk(stage: Stage, code: str) -> int:
    return stage.small.agencies[code].pk


# Pages for programs that say in the query what they are asked.
ASKS_IN_QUERY = frozenset({"admin:autocomplete", "api:ranking-list"})


def request_of(stage: Stage, line: Line) -> dict[str, Any]:
    """Return what ``ask`` needs to ask a line, but the person."""
    row = stage.rows[line.row]
    body = BODIES.get((line.address, line.row))
    guarded = line.address.startswith("api:") and line.method != "GET" and "revision" in row
    return {
        "method": line.method,
        "url": url_of(stage, line),
        "body": body(stage, row) if body and (line.method != "GET" or line.address in ASKS_IN_QUERY) else {},
        "revision": row["revision"] if guarded else None,
    }

"""Shared fixtures: settings of a test, a small province, a report, and the whole demonstration."""

import io
import shutil
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.db import transaction
from pypdf import PdfWriter

from agencies import calendar
from agencies.actions import directory
from agencies.actions.documents import Upload
from agencies.models import Agency, AgencyGroup, Province, User
from indicators.actions import catalogue
from indicators.models import Index
from plans.actions import plans, progress
from plans.models import Assignment, PartyRole, Plan, Progress, ReportingPeriod
from tests import databases
from tests.databases import Filled

DAY = datetime(2021, 12, 10, 9, 0, tzinfo=calendar.VIETNAM)


@pytest.fixture(autouse=True)
def portal_settings(settings: Any, tmp_path: Path) -> None:
    """Keep a test away from the files, clock and queue of the machine's own portal."""
    settings.PORTAL_CLOCK = ""
    settings.PORTAL_DEMO = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files"), "base_url": None},
        },
    }
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture
def held_clock() -> Iterator[None]:
    """Hold business time at 09:00 on 10/12/2021."""
    with calendar.held_at(DAY):
        yield


def pdf_bytes(text: str = "x") -> bytes:
    """Return a small real PDF whose bytes depend on the text."""
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    writer.add_metadata({"/Title": text})
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def pdf_upload(name: str = "bao-cao.pdf", text: str = "x", **marks: Any) -> Upload:
    """Return an upload of a small real PDF."""
    content = pdf_bytes(text)
    return Upload(name=name, size=len(content), content=io.BytesIO(content), **marks)


@dataclass
class Small:
    """A province with five agencies, a plan of four tasks, two periods, and people in every role."""

    province: Province
    agencies: dict[str, Agency]
    group: AgencyGroup
    plan: Plan
    people: dict[str, User] = field(default_factory=dict)

    def assignment(self, task: str, agency: str) -> Assignment:
        """Return the lead assignment of an agency in a task."""
        return Assignment.objects.select_related("task__plan", "agency").get(
            task__plan=self.plan, task__code=task, agency=self.agencies[agency], role=PartyRole.LEAD
        )

    def period(self, code: str = "2021-Y") -> ReportingPeriod:
        """Return a period of the plan."""
        return ReportingPeriod.objects.get(plan=self.plan, code=code)

    def who(self, name: str) -> User:
        """Return a person as a fresh object (memberships are read again)."""
        return User.objects.get(pk=self.people[name].pk)

    def begin(self, task: str = "1", agency: str = "STP", period: str = "2021-Y") -> Progress:
        """Begin a report."""
        return progress.start(
            assignment=self.assignment(task, agency), period=self.period(period), by=self.officer(agency)
        )

    def officer(self, agency: str) -> User:
        """Return the officer of an agency."""
        return self.who(f"{agency.lower()}.canbo")

    def submit(self, task: str = "1", agency: str = "STP", period: str = "2021-Y", **content: Any) -> Progress:
        """Hand in a report with a written explanation instead of evidence."""
        said = progress.Content(
            **{"result": "Đã làm xong phần việc của kỳ.", "explanation": "Chưa có văn bản.", **content}
        )
        return progress.submit(
            progress=self.begin(task, agency, period), content=said, revision=None, by=self.officer(agency)
        )

    def accept(self, task: str = "1", agency: str = "STP", period: str = "2021-Y", **content: Any) -> Progress:
        """Hand in and accept a report."""
        sent = self.submit(task, agency, period, **content)
        reviewer = "vpub.thamdinh" if agency == "SNV" else "snv.thamdinh"
        return progress.accept(progress=sent, revision=None, by=self.who(reviewer))


def build_small(code: str = "tinh-thu", number: str = "1/KH-UBND") -> Small:
    """Build a small province through the verbs; 301 rows less than the demonstration."""
    with calendar.held_at(datetime(2021, 8, 6, 8, 0, tzinfo=calendar.VIETNAM)):
        province = directory.keep_province(code=code, name=f"Tỉnh thử {zlib.crc32(code.encode()) % 1000}", kind="tinh")
        names = {
            "UBND": ("Ủy ban nhân dân tỉnh", "ubnd_cap_tinh"),
            "VPUB": ("Văn phòng Ủy ban nhân dân tỉnh", "van_phong"),
            "SNV": ("Sở Nội vụ", "so"),
            "STP": ("Sở Tư pháp", "so"),
            "SYT": ("Sở Y tế", "so"),
            "MTTQ": ("Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh", "doan_the"),
        }
        agencies = {
            short: directory.keep_agency(
                province=province, code=short, name=name, kind=kind, symbol=short, order=order, confirmed=True
            )
            for order, (short, (name, kind)) in enumerate(names.items())
        }
        group = directory.keep_group(
            province=province,
            code="so",
            name="Các sở, ban, ngành",
            note="",
            members=[agencies[short] for short in ("VPUB", "SNV", "STP", "SYT")],
            since=None,
        )
        directory.designate(
            agency=agencies["SNV"], role="standing_office", document=number, valid_from=date(2021, 1, 1)
        )
        directory.designate(
            agency=agencies["VPUB"], role="second_reviewer", document=number, valid_from=date(2021, 1, 1)
        )
        index = Index.objects.filter(code="PAR").first() or catalogue.keep_index(
            code="PAR",
            name="Chỉ số cải cách hành chính",
            short_name="PAR Index",
            unit="điểm",
            scale_min=Decimal(0),
            scale_max=Decimal(100),
            publishes="rank",
        )
        plan = plans.create(
            province=province,
            code=f"{code}-2021",
            number=number,
            kind="ke_hoach",
            title="Kế hoạch nâng các chỉ số năm 2021",
            issuer="Ủy ban nhân dân tỉnh",
            issued_on=date(2021, 8, 6),
            year_from=2021,
            year_to=2021,
            report_due_on=date(2021, 12, 31),
            by=None,
        )
        section = plans.add_section(plan=plan, code="I", title="Nâng PAR Index", parent=None, index=index)
        lead = PartyRole.LEAD
        year = {"deadline_kind": "year", "deadline_from": date(2021, 1, 1), "deadline_to": date(2021, 12, 31)}
        texts = {
            "1": plans.TaskText(
                "Duy trì điểm cải cách thể chế", deadline=year, parties=[plans.Party(lead, agencies["STP"])]
            ),
            "2": plans.TaskText("Kiểm tra công tác cải cách hành chính", parties=[plans.Party(lead, agencies["SNV"])]),
            "3": plans.TaskText(
                "Niêm yết công khai thủ tục hành chính",
                is_group=True,
                parties=[plans.Party(lead, group=group, wording="các sở, ban, ngành")],
            ),
            "4": plans.TaskText(
                "Tham gia giám sát điều tra xã hội học",
                authority="propose",
                parties=[plans.Party(lead, agencies["MTTQ"])],
            ),
            "5": plans.TaskText(
                "Công khai kết quả khám, chữa bệnh",
                deadline={"deadline_kind": "date", "deadline_to": date(2021, 11, 30)},
                parties=[
                    plans.Party(lead, agencies["SYT"]),
                    plans.Party(PartyRole.COOPERATING, agencies["STP"]),
                ],
            ),
        }
        for task, text in texts.items():
            plans.add_task(section=section, code=task, text=text, deciding_document=number)
        plans.add_target(
            plan=plan,
            code="MT1",
            deciding_document=number,
            kind="rank_gain",
            index=index,
            comparator="rank_up",
            value=Decimal(2),
            unit="bậc",
            baseline_year=2020,
            year=2021,
            text="PAR Index tăng từ 2 bậc",
        )
        for period, kind, start, cut_off, opens, due, closes in (
            ("2021-Q3", "quarter_3", (6, 15), (9, 14), (9, 1), (9, 20), date(2021, 9, 20)),
            ("2021-Y", "year", (1, 1), (12, 14), (11, 15), (12, 20), None),
        ):
            plans.add_period(
                plan=plan,
                code=period,
                kind=kind,
                name=period,
                year=2021,
                starts_on=date(2021, *start),
                cut_off=date(2021, *cut_off),
                opens_on=date(2021, *opens),
                due_on=date(2021, *due),
                closes_on=closes,
            )
        plan = plans.issue(plan=plan, by=None)
        plans.hand_out(plan=plan, on=date(2021, 8, 6), by=None)
        small = Small(province, agencies, group, plan)
        people = [(f"{short.lower()}.canbo", short, "officer") for short in agencies if short != "UBND"]
        people += [
            ("stp.thutruong", "STP", "agency_head"),
            ("snv.thamdinh", "SNV", "reviewer"),
            ("snv.thamdinh2", "SNV", "reviewer"),
            ("vpub.thamdinh", "VPUB", "reviewer"),
            ("snv.chuyenvien", "SNV", "specialist"),
            ("lanhdao", "UBND", "leader"),
            ("kiemtra", "UBND", "auditor"),
            ("quantri", "VPUB", "administrator"),
        ]
        prefix = "" if code == "tinh-thu" else f"{code}."
        for name, agency, role in people:
            user = directory.add_user(
                username=f"{prefix}{name}",
                full_name=f"{name} (thử)",
                password_hash=make_password("mat-khau-thu"),
                by=None,
            )
            directory.join(user=user, agency=agencies[agency], role=role, by=None)
            small.people[name] = user
    return small


@pytest.fixture(scope="session")
def prepared(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[Callable[..., Filled]]:
    """Give a database of this process that was filled once a run: ``prepared(what, fill)``."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    made: dict[str, Filled] = {}

    def prepare(what: str, fill: Callable[[], Any]) -> Filled:
        if what not in made:
            with django_db_blocker.unblock():
                made[what] = databases.prepare(shared, worker_id, what, fill)
        return made[what]

    yield prepare
    with django_db_blocker.unblock():
        for one in made.values():
            databases.discard(one.name)


def fill_small() -> dict[str, Any]:
    """Build the small province, and say what it is made of."""
    with calendar.held_at(DAY), pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"])
        small = build_small()
    return {
        "province": small.province.pk,
        "agencies": {short: agency.pk for short, agency in small.agencies.items()},
        "group": small.group.pk,
        "plan": small.plan.pk,
        "people": {name: user.pk for name, user in small.people.items()},
    }


@pytest.fixture
def where_small_stands(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let a test about the small province begin in a database in which it stands already."""
    marker = request.node.get_closest_marker("django_db")
    commits = "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction"))
    if "small" not in request.fixturenames or "demo" in request.fixturenames or commits:
        yield
        return
    with databases.connected(request.getfixturevalue("prepared")("small", fill_small).name):
        yield


@pytest.fixture
def _django_db_helper(where_small_stands: None, _django_db_helper: None) -> None:
    """Begin pytest-django's transaction after the database was chosen (its own fixture of this name)."""


@pytest.fixture
def small(db: None, held_clock: None, prepared: Callable[..., Filled]) -> Small:
    """A small province; business time is held at 09:00 on 10/12/2021."""
    said = prepared("small", fill_small).said
    return Small(
        province=Province.objects.get(pk=said["province"]),
        agencies={short: Agency.objects.get(pk=pk) for short, pk in said["agencies"].items()},
        group=AgencyGroup.objects.get(pk=said["group"]),
        plan=Plan.objects.get(pk=said["plan"]),
        people={name: User.objects.get(pk=pk) for name, pk in said["people"].items()},
    )


@pytest.fixture
def elsewhere(small: Small) -> Small:
    """Another province of the same shape."""
    return build_small(code="tinh-khac", number="1/KH-UBND")


@pytest.fixture(scope="module")
def demo(
    prepared: Callable[..., Filled], django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict]:
    """The whole demonstration for a module; what its tests do is rolled back after it."""
    from parportal.demo import loader

    filled = prepared("demonstration", loader.load)
    files = tmp_path_factory.mktemp("demo") / "files"
    shutil.copytree(filled.files, files)
    with (
        django_db_blocker.unblock(),
        databases.connected(filled.name),
        databases.stored_in(files),
        transaction.atomic(),
    ):
        yield {**filled.said, "files": files}
        transaction.set_rollback(True)


@pytest.fixture
def demo_files(demo: dict, portal_settings: None, settings: Any, tmp_path: Path) -> Path:
    """A copy of the demonstration's stored files, which the portal reads in this test."""
    location = tmp_path / "demo-files"
    shutil.copytree(demo["files"], location)
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(location), "base_url": None},
        },
    }
    return location


@pytest.fixture
def run_jobs() -> Callable[[], int]:
    """Run every waiting job in this process, as the worker would."""
    from agencies.jobs import run_job
    from agencies.models import Job

    def run() -> int:
        waiting = list(Job.objects.filter(state=Job.State.QUEUED))
        for job in waiting:
            run_job.apply(args=(str(job.pk),), throw=True)
        return len(waiting)

    return run

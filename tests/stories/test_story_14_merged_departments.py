"""Story 14: Sở Thông tin và Truyền thông goes into Sở Khoa học và Công nghệ on 01/03/2025, in the demonstration.

Proposed from the facts of 2025, reviewed and applied on the screens, its open duties moved one by one; what was
printed before prints again, byte for byte.
"""

import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from agencies import calendar
from agencies.actions.trail import broken_links
from agencies.models import Agency, Membership, Province, Reorganisation, User
from parportal.demo import loader
from plans import builder
from plans.facts import duties
from plans.facts.plan import plan_facts
from plans.models import Assignment, DutyTransfer, Plan, Progress
from plans.standing import Counts

pytestmark = pytest.mark.django_db

PLAN = "yen-bai-186-2021"
APRIL = datetime(2025, 4, 2, 9, 0, tzinfo=calendar.VIETNAM)
OLD, NEW = "Sở Thông tin và Truyền thông", "Sở Khoa học và Công nghệ"


@pytest.fixture(scope="module")
def province(demo: dict[str, int]) -> Province:
    """The demonstration's main province."""
    return Province.objects.get(code="yen-bai")


@pytest.fixture
def april() -> Iterator[None]:
    """Hold business time at 02/04/2025."""
    with calendar.held_at(APRIL):
        yield


def enter(username: str) -> Client:
    """Return a browser of one of the demonstration's people."""
    browser = Client()
    browser.force_login(User.objects.get(username=username))
    return browser


def year_end_pdf(path: Path) -> bytes:
    """Draw the 2021 year-end report, as on 10/12/2021."""
    arguments = ["--plan", "186/KH-UBND", "--year", "2021", "--as-of", "2021-12-10", "--format", "pdf"]
    call_command("render_report", "year_end", *arguments, "--output", str(path), stdout=io.StringIO())
    return path.read_bytes()


def show_plan(*arguments: str) -> dict[str, Any]:
    """Return what ``show_plan --json`` prints."""
    out = io.StringIO()
    call_command("show_plan", PLAN, "--json", *arguments, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def agencies_of(task: str, day: date) -> set[str]:
    """Return who holds a task of the plan on a day, by the names of that day."""
    facts = plan_facts(Plan.objects.get(code=PLAN), day)
    return {duty.agency for one in facts.tasks if one.code == task for duty in one.assignments}


def total_of(shown: dict[str, Any]) -> dict[str, int]:
    """Add up the counts of all agencies."""
    rows = shown["agencies"]
    return {key: sum(row["counts"][key] for row in rows) for key in Counts().eight()}


def test_story_14_merged_departments(
    province: Province, april: None, tmp_path: Path, settings: Any, run_jobs: Any
) -> None:
    # The demonstration was loaded with the real hasher.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    before_pdf = year_end_pdf(tmp_path / "truoc.pdf")
    before_2021 = show_plan("--as-of", "2021-12-10")
    old, new = Agency.objects.get(province=province, name=OLD), Agency.objects.get(province=province, name=NEW)

    # Proposed from the facts; nothing has changed.
    call_command("propose_reorganisations", "--province", "yen-bai", stdout=io.StringIO())
    row = Reorganisation.objects.get(origin="2025-khoa-hoc-cong-nghe")
    assert (row.state, row.effective_on) == ("proposed", date(2025, 3, 1))
    assert not Agency.objects.filter(province=province, valid_to__isnull=False).exists()

    # The administrator reads the preview, adds the decision and applies.
    administrator = enter("quantri")
    page = administrator.get(f"/to-chuc/{row.pk}/").content.decode()
    assert "Chưa ghi số và ngày quyết định" in page
    assert "hoạt động đến hết ngày 28/02/2025" in page
    form = {
        "kind": row.kind,
        "title": row.title,
        "effective_on": "01/03/2025",
        "decision_number": "08/NQ-HĐND",
        "decided_on": "20/02/2025",
        "predecessors": [new.pk, old.pk],
        "successors": [new.pk, Agency.objects.get(province=province, code="SVHTTDL").pk],
        "main": new.pk,
        "source": row.source,
        "note": row.note,
        "revision": 1,
    }
    assert administrator.post(f"/to-chuc/{row.pk}/sua/", form).status_code == 302
    assert administrator.post(f"/to-chuc/{row.pk}/ap-dung/", {"revision": 2, "read": "on"}).status_code == 302
    row.refresh_from_db()
    old.refresh_from_db()
    assert (row.state, old.valid_to) == ("applied", date(2025, 2, 28))

    # The officer's account is closed and says why; its history stays.
    officer = User.objects.get(username="stttt.canbo")
    assert Membership.objects.get(user=officer).valid_to == date(2025, 2, 28)
    form = {"login": "stttt.canbo", "password": loader.PASSWORD}
    assert "kế thừa: Sở Khoa học và Công nghệ" in Client().post("/tai-khoan/login/", form).content.decode()

    # Open duties are offered one by one; until then they stay and are loud.
    waiting = list(duties.open_duties(row).filter(role="lead"))
    assert len(waiting) >= 4
    assert {one.agency_id for one in waiting} == {old.pk}
    reviewer = enter("snv.thamdinh")
    page = reviewer.get(f"/to-chuc/{row.pk}/").content.decode()
    assert all(f'name="one" value="{one.pk}"' in page for one in waiting)
    assert duties.orphans(Plan.objects.get(code=PLAN)) is not None
    first, second, third, *rest = waiting
    culture = Agency.objects.get(province=province, code="SVHTTDL")
    duties_url = f"/to-chuc/{row.pk}/nhiem-vu/"
    reports = set(Progress.objects.filter(assignment__agency=old).values_list("pk", "assignment_id"))
    reviewer.post(duties_url, {"one": first.pk, f"to_{first.pk}": new.pk})
    # One is split between two, one is ended with a reason.
    reviewer.post(duties_url, {"one": second.pk, f"to_{second.pk}": [new.pk, culture.pk]})
    end = {"one": third.pk, f"outcome_{third.pk}": "end", f"reason_{third.pk}": "Kế hoạch 2021 đã tổng kết"}
    reviewer.post(duties_url, end)
    assert duties.open_duties(row).filter(role="lead").count() == len(waiting) - 3
    assert set(Assignment.objects.filter(succeeds=second).values_list("agency__code", flat=True)) == {
        "SKHCN",
        "SVHTTDL",
    }
    ticked = {"row": [one.pk for one in rest], **{f"to_{one.pk}": new.pk for one in rest}}
    reviewer.post(duties_url, ticked)
    assert not duties.open_duties(row).filter(role="lead").exists()
    assert duties.orphans(Plan.objects.get(code=PLAN)) is None
    assert DutyTransfer.objects.filter(reorganisation=row).count() == len(waiting)
    moved = province.events.filter(action__in=("assignment.moved", "assignment.ended"))
    assert moved.count() == len(waiting)
    assert {event.actor.username for event in moved if event.actor} == {"snv.thamdinh"}

    # Reports stay attached to the old duty, and print the old name before the day.
    assert set(Progress.objects.filter(assignment__agency=old).values_list("pk", "assignment_id")) == reports
    code = first.task.code
    assert agencies_of(code, date(2021, 12, 10)) == agencies_of(code, date(2025, 2, 28)) == {OLD}
    assert agencies_of(code, date(2025, 4, 2)) == {NEW}
    # Entered on 02/04: what was shown on 15/03 is shown again.
    assert agencies_of(code, date(2025, 3, 15)) == {OLD}

    # The 2021 year-end report is the same, byte for byte, and so are its figures.
    assert year_end_pdf(tmp_path / "sau.pdf") == before_pdf
    assert show_plan("--as-of", "2021-12-10") == before_2021

    # By "then" and by "now": other names, the same sums.
    now = show_plan("--as-of", "2021-12-10", "--agencies", "now")
    assert OLD in {one["name"] for one in before_2021["agencies"]}
    assert OLD not in {one["name"] for one in now["agencies"]}
    assert total_of(now) == total_of(before_2021) == before_2021["counts"]["assignments"]

    # Figures of today are mended by nobody: they agree with the record; the trail holds.
    run_jobs()
    plan = Plan.objects.get(code=PLAN)
    assert not builder.drifted(plan)
    assert not builder.rollup_drift(plan)
    assert broken_links(province) == []

    # Loading the demonstration again brings nothing back.
    agencies = Agency.objects.count()
    loader.load()
    assert Agency.objects.count() == agencies
    assert not Membership.objects.filter(user=officer, valid_to__isnull=True).exists()
    assert year_end_pdf(tmp_path / "lai.pdf") == before_pdf

"""Timings as ratios taken in one run (`make bench`); nothing here asserts on seconds."""

import statistics
import time
from datetime import date, timedelta

import pytest
from django.test import Client

from agencies import calendar
from plans import builder
from plans.facts.plan import plan_facts
from plans.facts.recorded import recorded
from plans.models import Assignment, Decision, PartyRole, Progress, ProgressVersion, Task, TaskVersion

TASKS = 2000


@pytest.fixture
def big(small):
    """2,000 further tasks of three agencies: 6,000 assignments, each with an accepted report."""
    section = small.plan.sections.get()
    tasks = Task.objects.bulk_create(
        Task(
            province=small.province,
            plan=small.plan,
            section=section,
            code=f"b{n}",
            order=100 + n,
            search_text=f"viec {n}",
        )
        for n in range(TASKS)
    )
    versions = TaskVersion.objects.bulk_create(
        TaskVersion(
            task=task,
            title=f"Việc số {n}",
            deadline_kind="date",
            deadline_to=date(2021, 10, 1) + timedelta(days=n % 120),
            deciding_document="1/KH-UBND",
            effective_from=date(2021, 8, 6),
        )
        for n, task in enumerate(tasks)
    )
    for task, version in zip(tasks, versions, strict=True):
        task.current = version
    Task.objects.bulk_update(tasks, ["current"], batch_size=500)
    bodies = [small.agencies[code] for code in ("STP", "SYT", "VPUB")]
    duties = Assignment.objects.bulk_create(
        Assignment(province=small.province, task=task, agency=agency, role=PartyRole.LEAD, due_on=version.deadline_to)
        for task, version in zip(tasks, versions, strict=True)
        for agency in bodies
    )
    officer, reviewer, period, now = small.officer("STP"), small.who("snv.thamdinh"), small.period(), calendar.now()
    reports = Progress.objects.bulk_create(
        Progress(
            province=small.province, assignment=duty, period=period, state="submitted",
            first_submitted_at=now, created_by=officer, created_at=now,
        )
        for duty in duties
    )  # fmt: skip
    sent = ProgressVersion.objects.bulk_create(
        ProgressVersion(
            progress=report, number=1, result="Đã làm", explanation="Không", created_by=officer, created_at=now,
            submitted_by=officer, submitted_at=now, done_on=date(2021, 12, 1) if report.pk % 2 else None,
        )
        for report in reports
    )  # fmt: skip
    Decision.objects.bulk_create(
        Decision(version=version, verb="accept", decided_by=reviewer, decided_at=now) for version in sent
    )
    for report, version in zip(reports, sent, strict=True):
        report.state, report.latest, report.accepted = "accepted", version, version
    Progress.objects.bulk_update(reports, ["state", "latest", "accepted"], batch_size=300)
    for duty, version in zip(duties, sent, strict=True):
        duty.state = "done" if version.done_on else "in_progress"
        duty.done_on, duty.reported_at = version.done_on, now
    Assignment.objects.bulk_update(duties, ["state", "done_on", "reported_at"], batch_size=300)
    builder.refresh_plan(small.plan.pk)
    return small


def median_ms(what, times=9):
    what()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        what()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def test_ratios(big, settings):
    client = Client()
    client.force_login(big.who("snv.thamdinh"))

    def get(path):
        answer = client.get(path)
        assert answer.status_code == 200, path

    bare = median_ms(lambda: get("/ke-hoach/"))
    rows = {
        "a bare authenticated page (list of plans)": bare,
        "list of 25 assignments of 6,000": median_ms(lambda: get(f"/nhiem-vu/?plan={big.plan.code}")),
        "its last page": median_ms(lambda: get(f"/nhiem-vu/?plan={big.plan.code}&page=200")),
        "dashboard from roll-ups": median_ms(lambda: get(f"/ke-hoach/{big.plan.code}/tong-quan/"), 5),
        "REST page of 50 assignments": median_ms(lambda: get("/api/v1/assignments/?page_size=50")),
    }
    record = median_ms(lambda: recorded(big.plan, calendar.today()), 3)
    facts = median_ms(lambda: plan_facts(big.plan, calendar.today()), 1)
    refresh = median_ms(lambda: builder.refresh_plan(big.plan.pk), 3)
    print(f"\n{TASKS * 3:,} assignments; medians; ratio to the bare page")
    for name, taken in rows.items():
        print(f"  {name:<45} {taken:8.1f} ms  {taken / bare:6.2f} x")
    print(f"  {'the record of a day from versions':<45} {record:8.1f} ms  {record / bare:6.2f} x")
    print(f"  {'facts of a report':<45} {facts:8.1f} ms  {facts / bare:6.2f} x")
    print(f"  {'refresh of the roll-ups':<45} {refresh:8.1f} ms  {refresh / bare:6.2f} x")
    print(f"  dashboard / computing it from the reports: {rows['dashboard from roll-ups'] / facts:.3f}")

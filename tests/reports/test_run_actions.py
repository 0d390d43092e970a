"""Asking for reports: who may, and what is refused."""

from datetime import date
from typing import Any

import pytest

from agencies.errors import Conflict, Invalid, PortalError, Refused
from agencies.models import Event, Job
from plans.models import Plan
from reports import jobs
from reports.actions import runs
from reports.models import ReportRun
from tests.reports.conftest import AS_OF


def ask(small: Any, who: str, code: str = "year_end", agency: str | None = None, **changes: Any) -> ReportRun:
    """Ask for a report."""
    wanted = {"plan": small.plan, "code": code, "year": 2021, "as_of": AS_OF, "format": "pdf"} | changes
    return runs.request(**wanted, agency=small.agencies[agency] if agency else None, by=small.who(who))


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ("snv.thamdinh", {"year_end", "summary", "agency STP", "agency SYT"}),
        ("snv.chuyenvien", {"year_end", "summary"}),
        ("lanhdao", {"year_end", "summary"}),
        ("stp.canbo", {"agency STP"}),
        ("stp.thutruong", {"agency STP"}),
        ("kiemtra", set()),
        ("quantri", set()),
    ],
)
def test_each_role_may_ask_for_its_reports_only(small: Any, who: str, allowed: set[str]) -> None:
    for wanted in ("year_end", "summary", "agency STP", "agency SYT"):
        code, _, agency = wanted.partition(" ")
        if wanted in allowed:
            assert ask(small, who, code, agency or None).requested_by == small.who(who)
        else:
            with pytest.raises(Refused) as refused:
                ask(small, who, code, agency or None)
            assert refused.value.code == "report_not_allowed"


def test_asking_leaves_a_run_a_job_and_an_event(small: Any) -> None:
    run = ask(small, "snv.thamdinh")
    assert run.job is not None
    assert (run.job.kind, run.job.subject_id, run.job.state) == (jobs.KIND, str(run.pk), Job.State.QUEUED)
    event = Event.objects.get(action="report.request")
    assert (event.subject_id, event.actor) == (str(run.pk), small.who("snv.thamdinh"))
    assert event.after["as_of"] == "2021-12-10"


def test_the_same_request_that_still_waits_is_the_same_run(small: Any) -> None:
    assert ask(small, "snv.thamdinh") == ask(small, "snv.thamdinh")
    assert ask(small, "snv.thamdinh", format="xlsx") != ask(small, "snv.thamdinh")
    assert ask(small, "lanhdao") != ask(small, "snv.thamdinh")
    assert ReportRun.objects.count() == 3


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"year": 2022}, "year_outside_plan"),
        ({"as_of": date(2021, 12, 11)}, "as_of_in_future"),
        ({"as_of": date(2020, 12, 31)}, "as_of_before_year"),
        ({"format": "docx"}, "unknown_format"),
        ({"code": "loss"}, "unknown_report"),
        ({"agency": "STP"}, "agency_not_allowed"),
        ({"code": "agency"}, "agency_required"),
        ({"code": "agency", "agency": "UBND"}, "agency_without_duties"),
    ],
)
def test_a_report_that_cannot_be_is_refused_with_a_sentence(small: Any, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        ask(small, "snv.thamdinh", **changes)
    assert refused.value.code == code
    assert refused.value.message.endswith(".")
    assert not ReportRun.objects.exists()


def test_another_provinces_plan_is_not_there(small: Any, elsewhere: Any) -> None:
    with pytest.raises(Invalid) as refused:
        ask(small, "snv.thamdinh", plan=elsewhere.plan)
    assert refused.value.code == "plan_unknown"


def test_another_provinces_agency_is_not_there(small: Any, elsewhere: Any) -> None:
    with pytest.raises(PortalError) as refused:
        runs.request(
            plan=small.plan,
            code="agency",
            year=2021,
            as_of=AS_OF,
            format="pdf",
            agency=elsewhere.agencies["STP"],
            by=small.who("snv.thamdinh"),
        )
    assert refused.value.code == "agency_unknown"


def test_a_draft_has_no_results_to_report(small: Any) -> None:
    Plan.objects.filter(pk=small.plan.pk).update(state=Plan.State.DRAFTING)
    with pytest.raises(Invalid) as refused:
        ask(small, "snv.thamdinh", plan=Plan.objects.get(pk=small.plan.pk))
    assert refused.value.code == "plan_not_issued"


def test_only_a_failed_report_may_be_asked_for_again(small: Any) -> None:
    run = ask(small, "snv.thamdinh")
    with pytest.raises(Conflict) as refused:
        runs.retry(run=run, by=small.who("snv.thamdinh"))
    assert refused.value.code == "report_not_failed"
    first = run.job
    Job.objects.filter(pk=run.job_id).update(state=Job.State.FAILED, finished_at=run.requested_at)
    again = runs.retry(run=ReportRun.objects.get(pk=run.pk), by=small.who("snv.thamdinh"))
    assert again.job is not None
    assert again.job != first
    assert again.job.state == Job.State.QUEUED
    with pytest.raises(Refused):
        runs.retry(run=run, by=small.who("stp.canbo"))

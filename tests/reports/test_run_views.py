"""Pages of report runs."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agencies.models import Job
from plans.models import Plan
from reports.models import ReportRun
from tests.reports.test_run_actions import ask


@pytest.fixture
def enter(small: Any) -> Callable[[str], Client]:
    """Return a browser in which somebody is logged in."""

    def log_in(who: str) -> Client:
        client = Client()
        client.force_login(small.who(who), backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return log_in


def finished(small: Any, run_jobs: Callable[[], int], who: str = "snv.thamdinh", **changes: Any) -> ReportRun:
    """Return a run with its file."""
    run = ask(small, who, format="xlsx", **changes)
    run_jobs()
    return ReportRun.objects.get(pk=run.pk)


def test_the_form_offers_only_what_the_person_may_ask_for(small: Any, enter: Callable[[str], Client]) -> None:
    offered = {
        who: [code for code, _ in enter(who).get(reverse("reports:run_list")).context["form"].fields["code"].choices]
        for who in ("snv.thamdinh", "stp.canbo", "lanhdao")
    }
    assert offered == {
        "snv.thamdinh": ["year_end", "agency", "summary"],
        "stp.canbo": ["agency"],
        "lanhdao": ["year_end", "summary"],
    }
    page = enter("kiemtra").get(reverse("reports:run_list"))
    assert "Tạo báo cáo" not in page.content.decode()
    agencies = enter("stp.canbo").get(reverse("reports:run_list")).context["form"].fields["agency"].queryset
    assert [agency.code for agency in agencies] == ["STP"]


def test_asking_leads_to_the_run(small: Any, enter: Callable[[str], Client]) -> None:
    client = enter("stp.canbo")
    answer = client.post(
        reverse("reports:run_create"),
        {
            "code": "agency",
            "plan": small.plan.pk,
            "year": "2021",
            "as_of": "10/12/2021",
            "agency": small.agencies["STP"].pk,
            "format": "pdf",
        },
    )
    run = ReportRun.objects.get()
    assert answer.status_code == 302
    assert answer.headers["Location"] == reverse("reports:run_detail", args=[run.pk])
    assert (run.code, run.agency) == ("agency", small.agencies["STP"])
    assert client.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"year": "2020"}, "year"), ({"as_of": "31/02/2021"}, "as_of"), ({"as_of": "11/12/2021"}, "as_of")],
)
def test_a_wrong_form_says_what_is_wrong(
    small: Any, enter: Callable[[str], Client], changes: dict[str, str], field: str
) -> None:
    sent = {"code": "summary", "plan": small.plan.pk, "year": "2021", "as_of": "10/12/2021", "format": "pdf"}
    answer = enter("lanhdao").post(reverse("reports:run_create"), sent | changes)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not ReportRun.objects.exists()


def test_the_page_asks_until_it_is_over(
    small: Any, enter: Callable[[str], Client], run_jobs: Callable[[], int]
) -> None:
    client = enter("snv.thamdinh")
    run = ask(small, "snv.thamdinh", format="xlsx")
    status = reverse("reports:run_status", args=[run.pk])
    assert 'hx-trigger="every 1s"' in client.get(reverse("reports:run_detail", args=[run.pk])).content.decode()
    waiting = client.get(status)
    assert waiting.status_code == 200
    assert 'hx-trigger="every 1s"' in waiting.content.decode()
    run_jobs()
    over = client.get(status)
    assert over.status_code == 286
    assert "hx-trigger" not in over.content.decode()
    assert reverse("reports:run_file", args=[run.pk]) in over.content.decode()


def test_a_failed_run_can_be_asked_for_again(small: Any, enter: Callable[[str], Client]) -> None:
    client = enter("snv.thamdinh")
    run = ask(small, "snv.thamdinh")
    Job.objects.filter(pk=run.job_id).update(state=Job.State.FAILED, finished_at=run.requested_at, error="hỏng")
    over = client.get(reverse("reports:run_status", args=[run.pk]))
    assert over.status_code == 286
    assert "Thử lại" in over.content.decode()
    assert client.post(reverse("reports:run_retry", args=[run.pk])).status_code == 302
    assert ReportRun.objects.get(pk=run.pk).job_id != run.job_id


def test_the_file_comes_as_an_attachment_with_its_name(
    small: Any, enter: Callable[[str], Client], run_jobs: Callable[[], int]
) -> None:
    run = finished(small, run_jobs)
    answer = enter("snv.thamdinh").get(reverse("reports:run_file", args=[run.pk]))
    content = b"".join(answer.streaming_content)  # type: ignore[arg-type]
    answer.close()
    assert content.startswith(b"PK")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''B%C3%A1o%20c%C3%A1o")


def test_a_run_without_a_file_has_nothing_to_download(small: Any, enter: Callable[[str], Client]) -> None:
    run = ask(small, "snv.thamdinh")
    assert enter("snv.thamdinh").get(reverse("reports:run_file", args=[run.pk])).status_code == 404


@pytest.mark.parametrize("name", ["run_detail", "run_status", "run_file"])
def test_anothers_report_is_not_there(
    small: Any, elsewhere: Any, enter: Callable[[str], Client], run_jobs: Callable[[], int], name: str
) -> None:
    run = finished(small, run_jobs)
    address = reverse(f"reports:{name}", args=[run.pk])
    assert enter("stp.canbo").get(address).status_code == 404
    stranger = Client()
    stranger.force_login(elsewhere.who("snv.thamdinh"), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert stranger.get(address).status_code == 404
    assert enter("snv.thamdinh").get(reverse(f"reports:{name}", args=[uuid.uuid4()])).status_code == 404
    assert Client().get(address).status_code == 302


def test_another_agencys_report_is_not_there(
    small: Any, enter: Callable[[str], Client], run_jobs: Callable[[], int]
) -> None:
    run = finished(small, run_jobs, who="stp.canbo", code="agency", agency="STP")
    address = reverse("reports:run_detail", args=[run.pk])
    assert enter("stp.thutruong").get(address).status_code == 200
    assert enter("snv.thamdinh").get(address).status_code == 200
    assert enter("syt.canbo").get(address).status_code == 404
    assert enter("syt.canbo").post(reverse("reports:run_retry", args=[run.pk])).status_code == 404


def test_the_list_costs_the_same_for_many(small: Any, enter: Callable[[str], Client]) -> None:
    from django.db import connection

    client = enter("snv.thamdinh")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("reports:run_list")).status_code == 200
        return len(captured)

    ask(small, "snv.thamdinh")
    queries()
    few = queries()
    for who in ("snv.thamdinh", "lanhdao"):
        for code in ("year_end", "summary"):
            for form in ("pdf", "xlsx"):
                ask(small, who, code, format=form)
    assert Plan.objects.count() == 1
    assert queries() == few

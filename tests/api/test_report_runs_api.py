"""Asking for a report over the API, following its job, and fetching the file."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from agencies.models import Job
from reports.models import ReportRun
from tests.api.conftest import Client
from tests.conftest import Small

Api = Callable[[str], Client]


def wanted(small: Small, **changes: Any) -> dict[str, Any]:
    return {
        "plan": small.plan.code,
        "code": "year_end",
        "year": 2021,
        "as_of": "2021-12-09",
        "format": "xlsx",
        **changes,
    }


def test_a_report_is_asked_for_followed_and_fetched(small: Small, api: Api, run_jobs: Callable[[], int]) -> None:
    small.accept(done_on=date(2021, 12, 1))
    client = api("snv.thamdinh")
    asked = client.send("post", "report-runs/", wanted(small))
    assert asked.status_code == 201, asked.json()
    body = asked.json()
    assert (body["ready"], body["job"]["state"], body["job"]["percent"]) == (False, "queued", 0)
    early = client.send("get", f"report-runs/{body['id']}/file/")
    assert (early.status_code, early.json()["code"]) == (409, "not_ready")

    run_jobs()
    done = client.get(asked["Location"]).json()
    assert (done["ready"], done["job"]["state"], done["job"]["percent"]) == (True, "done", 100), done
    file = client.send("get", f"report-runs/{done['id']}/file/")
    content = b"".join(file.streaming_content)
    assert (file.status_code, len(content), content[:2]) == (200, done["size"], b"PK")
    assert file["Content-Disposition"].startswith("attachment")


def test_the_day_is_today_unless_given(small: Small, api: Api) -> None:
    body = wanted(small)
    del body["as_of"]
    assert api("lanhdao").send("post", "report-runs/", body).json()["as_of"] == "2021-12-10"


def test_an_officer_asks_for_the_own_agencys_report_only(small: Small, elsewhere: Small, api: Api) -> None:
    client = api("stp.canbo")
    own = client.send("post", "report-runs/", wanted(small, code="agency", agency=small.agencies["STP"].pk))
    assert own.status_code == 201, own.json()
    other = client.send("post", "report-runs/", wanted(small, code="agency", agency=small.agencies["SYT"].pk))
    assert (other.status_code, other.json()["code"]) == (403, "report_not_allowed")
    assert client.send("post", "report-runs/", wanted(small)).status_code == 403
    unknown = client.send("post", "report-runs/", wanted(small, code="agency", agency=elsewhere.agencies["STP"].pk))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "agency_unknown")
    hidden = client.send("post", "report-runs/", wanted(elsewhere))
    assert (hidden.status_code, list(hidden.json()["fields"])) == (404, ["plan"])

    run = own.json()["id"]
    stranger = api("syt.canbo")
    for path in (f"report-runs/{run}/", f"report-runs/{run}/file/"):
        assert stranger.send("get", path).status_code == 404
    assert stranger.send("post", f"report-runs/{run}/retry/").status_code == 404
    assert stranger.send("get", "report-runs/").json()["count"] == 0
    assert api("stp.thutruong").send("get", f"report-runs/{run}/").status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"as_of": "31/02/2021"}, 400, "as_of"),
        ({"as_of": "2021-12-11"}, 422, "as_of"),
        ({"year": 10**30}, 400, "year"),
        ({"code": "x"}, 400, "code"),
        ({"format": "exe"}, 400, "format"),
        ({"agency": 0}, 400, "agency"),
        ({"plan": "\x00"}, 400, "plan"),
    ],
)
def test_a_wish_that_cannot_be_met_names_its_field(
    small: Small, api: Api, changes: dict[str, Any], status: int, field: str
) -> None:
    answer = api("lanhdao").send("post", "report-runs/", wanted(small, **changes))
    assert (answer.status_code, list(answer.json()["fields"])) == (status, [field]), answer.json()
    assert not ReportRun.objects.exists()


def test_a_failed_report_is_asked_for_again(small: Small, api: Api) -> None:
    client = api("lanhdao")
    run = client.send("post", "report-runs/", wanted(small)).json()["id"]
    early = client.send("post", f"report-runs/{run}/retry/")
    assert (early.status_code, early.json()["code"]) == (409, "report_not_failed")
    Job.objects.filter(report_run=run).update(state="failed", error="x", finished_at="2021-12-10T00:00Z")
    assert client.send("get", f"report-runs/{run}/").json()["job"]["error"] == "x"
    again = client.send("post", f"report-runs/{run}/retry/")
    assert (again.status_code, again.json()["job"]["state"]) == (200, "queued"), again.json()

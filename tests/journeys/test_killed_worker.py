"""A worker killed with -9 in the middle of a report: the run ends ready without anyone's help, once."""

import os
import re
import signal

import pytest

from tests.journeys.conftest import wait_for

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


def test_a_killed_worker_loses_nothing(served, enter):
    page = enter("snv.chuyenvien")
    page.goto("/bao-cao/")
    token = page.context.cookies()
    csrf = next(one["value"] for one in token if one["name"] == "csrftoken")
    answer = page.request.post(
        "/api/v1/report-runs/",
        data={"plan": "yen-bai-186-2021", "code": "year_end", "year": 2021, "format": "pdf"},
        headers={"X-CSRFToken": csrf, "Referer": served.url},
    )
    assert answer.status == 201, answer.text()
    run = answer.json()

    def state() -> dict:
        return page.request.get(f"/api/v1/report-runs/{run['id']}/").json()["job"]

    renderers = wait_for(lambda: served.children("reports.render"), 60, "the render's own process")
    workers = served.children(" worker")
    assert workers
    assert state()["state"] == "running"
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not set(renderers) & set(served.children("reports.render")), 10, "the render dies with its worker")
    log = served.var / "start.log"
    wait_for(lambda: set(served.children(" worker")) - set(workers), 60, "a worker is started again", log)
    wait_for(lambda: state()["state"] == "done", 120, "the run is ready", log)
    page.goto(f"/bao-cao/{run['id']}/")
    assert re.search("Tải", page.locator("main").inner_text())
    out = served.manage(
        "shell",
        "-c",
        "from agencies.models import Event; from reports.models import ReportRun; "
        f"print('READY', Event.objects.filter(action='report.ready', subject_id='{run['id']}').count(), "
        f"ReportRun.objects.get(pk='{run['id']}').blob_id is not None, "
        f"ReportRun.objects.get(pk='{run['id']}').job.attempts)",
    )
    assert "READY 1 True 2" in out

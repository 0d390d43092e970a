"""Doors: sessions that end, redirects, and what somebody who left still sees."""

from datetime import date

import pytest
from django.test import Client

from agencies import calendar
from agencies.actions import directory
from agencies.models import Membership
from reports.actions import runs
from reports.models import ReportRun


def test_a_fragment_without_a_session_sends_the_whole_page_to_the_log_in(db):
    address = "/ke-hoach/x/tong-quan/so-lieu/"
    answer = Client().get(
        address, headers={"HX-Request": "true", "HX-Current-URL": "https://evil.example/ke-hoach/x/tong-quan/"}
    )
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/tai-khoan/login/?next=%2Fke-hoach%2Fx%2Ftong-quan%2F"


def test_the_log_in_does_not_lead_to_another_site(small):
    client = Client()
    form = {"login": "stp.canbo", "password": "mat-khau-thu", "next": "https://evil.example/"}
    answer = client.post("/tai-khoan/login/", form)
    assert answer.status_code == 302
    assert answer.url.startswith("/")


def test_wrong_passwords_are_slowed_down(small):
    client = Client()
    form = {"login": "stp.canbo", "password": "sai"}
    for _ in range(6):
        answer = client.post("/tai-khoan/login/", form)
    right = client.post("/tai-khoan/login/", {**form, "password": "mat-khau-thu"})
    assert right.status_code != 302
    assert "quá nhiều" in right.content.decode().lower() or right.status_code == 429
    assert answer.status_code in (200, 429)


def test_somebody_who_left_no_longer_sees_the_agencys_report(small):
    officer = small.officer("STP")
    run = runs.request(
        plan=small.plan,
        code="agency",
        year=2021,
        as_of=date(2021, 12, 10),
        format="pdf",
        agency=small.agencies["STP"],
        by=officer,
    )
    assert ReportRun.objects.visible_to(officer).filter(pk=run.pk).exists()
    directory.leave(membership=Membership.objects.get(user=officer), last_day=date(2021, 12, 9), by=None)
    directory.join(user=officer, agency=small.agencies["SYT"], role="officer", by=None)
    assert not ReportRun.objects.visible_to(small.who("stp.canbo")).filter(pk=run.pk).exists()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_open_and_says_nothing_of_the_data(db, path):
    answer = Client().get(path)
    assert answer.status_code in (200, 503)
    assert set(answer.json()) <= {"status", "database", "cache", "broker"}
    assert calendar.today()

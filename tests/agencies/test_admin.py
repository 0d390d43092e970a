"""The technical administration: the directory only, of one's own provinces only, with a trace."""

import pytest
from django.test import Client
from django.urls import reverse

from agencies.models import Event, Membership, User
from tests.conftest import build_small


@pytest.fixture
def admin_client(small):
    client = Client()
    client.force_login(small.who("quantri"))
    return client


PAGES = ("province", "agency", "agencygroup", "designation", "user", "membership")


@pytest.mark.parametrize("page", PAGES)
def test_lists_and_forms_open(admin_client, page):
    assert admin_client.get(f"/quan-tri/agencies/{page}/").status_code == 200
    if page != "province":
        assert admin_client.get(f"/quan-tri/agencies/{page}/add/").status_code == 200


@pytest.mark.parametrize("path", ["plans/progress", "plans/decision", "agencies/event", "plans/plan"])
def test_reports_decisions_and_the_trail_have_no_page(admin_client, path):
    assert admin_client.get(f"/quan-tri/{path}/").status_code == 404


def test_another_provinces_rows_are_not_there(small, admin_client):
    elsewhere = build_small(code="tinh-khac", number="2/KH-UBND")
    agency = elsewhere.agencies["STP"]
    assert admin_client.get(f"/quan-tri/agencies/agency/{agency.pk}/change/").status_code == 302
    listed = admin_client.get("/quan-tri/agencies/membership/").content.decode()
    assert "tinh-khac." not in listed
    person = elsewhere.people["stp.canbo"]
    assert admin_client.get(f"/quan-tri/agencies/user/{person.pk}/change/").status_code == 302
    form = {"user": small.people["stp.canbo"].pk, "agency": agency.pk, "role": "officer", "valid_from": "01/12/2021"}
    assert admin_client.post("/quan-tri/agencies/membership/add/", form).status_code == 200
    assert not Membership.objects.filter(agency=agency, user=small.people["stp.canbo"]).exists()


def test_giving_and_ending_a_role_leaves_a_trace(small, admin_client):
    form = {
        "user": small.people["syt.canbo"].pk,
        "agency": small.agencies["STP"].pk,
        "role": "officer",
        "valid_from": "10/12/2021",
    }
    answer = admin_client.post("/quan-tri/agencies/membership/add/", form)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    given = Membership.objects.get(agency=small.agencies["STP"], user=small.people["syt.canbo"])
    event = Event.objects.filter(action="membership.join").latest("sequence")
    assert (event.actor.username, event.subject_id) == ("quantri", str(given.pk))
    change = admin_client.post(f"/quan-tri/agencies/membership/{given.pk}/change/", {"valid_to": "09/12/2022"})
    assert change.status_code == 302
    assert Event.objects.filter(action="membership.leave", subject_id=str(given.pk)).count() == 1


def test_a_new_person_can_be_entered_and_logs_in(small, admin_client):
    form = {
        "username": "Moi.CanBo",
        "full_name": "Người mới",
        "title": "",
        "email": "",
        "password1": "mot-mat-khau-dai-2021",
        "password2": "mot-mat-khau-dai-2021",
        "usable_password": "true",
    }
    answer = admin_client.post("/quan-tri/agencies/user/add/", form)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    assert User.objects.get(username__iexact="moi.canbo").email is None


@pytest.mark.parametrize("person", ["stp.canbo", "snv.thamdinh", "lanhdao"])
def test_others_are_refused(small, person):
    client = Client()
    client.force_login(small.who(person))
    assert client.get("/quan-tri/agencies/user/", follow=True).status_code == 403


def test_a_stranger_gets_the_one_log_in_page(db):
    answer = Client().get("/quan-tri/login/?next=/quan-tri/")
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


def test_a_change_of_the_directory_leaves_a_trace(small, admin_client):
    agency = small.agencies["STP"]
    form = {"province": small.province.pk, "code": "STP", "kind": "so", "name": "Sở Tư pháp tỉnh", "order": "3"}
    form |= {"names-TOTAL_FORMS": "0", "names-INITIAL_FORMS": "0", "symbol": "STP", "confirmed": "on"}
    answer = admin_client.post(f"/quan-tri/agencies/agency/{agency.pk}/change/", form)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    event = Event.objects.filter(action="agency.change").get()
    assert (event.before["name"], event.after["name"]) == ("Sở Tư pháp", "Sở Tư pháp tỉnh")


def test_letters_are_listed_and_neither_written_nor_changed_here(small, admin_client):
    assert admin_client.get("/quan-tri/agencies/mail/").status_code == 200
    assert admin_client.get("/quan-tri/agencies/mail/add/").status_code == 403

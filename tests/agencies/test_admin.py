"""The technical administration: the directory only, of one's own provinces only, with a trace."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from agencies.actions import directory
from agencies.errors import Invalid, Refused
from agencies.models import AgencyName, Designation, Event, GroupMembership, Membership, Province, User
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


def agency_form(small, **values) -> dict:
    return {
        "kind": "so",
        "order": "3",
        "symbol": "STP",
        "confirmed": "on",
        "note": "",
        "names-TOTAL_FORMS": "0",
        "names-INITIAL_FORMS": "0",
        **values,
    }


def told(action: str) -> list[tuple]:
    """Return before and after of the events of an action, in their order."""
    return list(Event.objects.filter(action=action).order_by("pk").values_list("before", "after"))


def test_a_change_of_the_directory_leaves_a_trace(small, admin_client):
    agency = small.agencies["STP"]
    answer = admin_client.post(f"/quan-tri/agencies/agency/{agency.pk}/change/", agency_form(small, symbol="TP"))
    assert answer.status_code == 302, answer.content.decode()[:3000]
    assert told("agency.change") == [({"symbol": "STP"}, {"symbol": "TP"})]


def test_saving_a_page_as_it_is_says_nothing(small, admin_client):
    agency = small.agencies["STP"]
    admin_client.post(f"/quan-tri/agencies/agency/{agency.pk}/change/", agency_form(small))
    assert told("agency.change") == []


def test_a_new_password_is_told_without_the_password(small, admin_client):
    person = small.people["stp.canbo"]
    form = {"password1": "mot-mat-khau-dai-2022", "password2": "mot-mat-khau-dai-2022", "usable_password": "true"}
    answer = admin_client.post(f"/quan-tri/agencies/user/{person.pk}/password/", form)
    assert answer.status_code == 302
    person.refresh_from_db()
    assert person.check_password("mot-mat-khau-dai-2022")
    event = Event.objects.get(action="user.password")
    assert (event.actor.username, event.subject_id) == ("quantri", str(person.pk))
    assert event.after == {"user": "stp.canbo", "usable": True}


def test_a_password_that_was_refused_or_not_sent_is_not_told(small, admin_client):
    address = f"/quan-tri/agencies/user/{small.people['stp.canbo'].pk}/password/"
    assert admin_client.get(address).status_code == 200
    form = {"password1": "mot-mat-khau-dai-2022", "password2": "khac", "usable_password": "true"}
    assert admin_client.post(address, form).status_code == 200
    assert admin_client.post("/quan-tri/agencies/user/abc/password/", form).status_code == 404
    assert told("user.password") == []


def test_names_over_time_are_neither_rewritten_nor_deleted(small, admin_client):
    agency = small.agencies["STP"]
    name = AgencyName.objects.get(agency=agency)
    form = agency_form(small, symbol="TP") | {
        "names-TOTAL_FORMS": "1",
        "names-INITIAL_FORMS": "1",
        "names-0-id": name.pk,
        "names-0-agency": agency.pk,
        "names-0-name": "Sở Bịa Đặt",
        "names-0-DELETE": "on",
    }
    assert admin_client.post(f"/quan-tri/agencies/agency/{agency.pk}/change/", form).status_code == 302
    assert AgencyName.objects.get(agency=agency).name == "Sở Tư pháp"


@pytest.fixture
def member(small) -> GroupMembership:
    return GroupMembership.objects.get(group=small.group, agency=small.agencies["STP"])


@pytest.fixture
def group_form(small, member):
    """Return what the page of the group sends with other values for one member."""

    def form(**values) -> dict:
        rows = list(GroupMembership.objects.filter(group=small.group).order_by("pk"))
        said = {"name": small.group.name, "note": ""}
        said |= {"memberships-TOTAL_FORMS": len(rows), "memberships-INITIAL_FORMS": len(rows)}
        for at, row in enumerate(rows):
            said |= {f"memberships-{at}-id": row.pk, f"memberships-{at}-group": small.group.pk}
            said[f"memberships-{at}-valid_to"] = f"{row.valid_to:%d/%m/%Y}" if row.valid_to else ""
            if row.pk == member.pk:
                said |= {f"memberships-{at}-{name}": value for name, value in values.items()}
        return said

    return form


def test_a_member_of_a_group_ends_through_the_verb_and_is_never_deleted(small, admin_client, member, group_form):
    address = f"/quan-tri/agencies/agencygroup/{small.group.pk}/change/"
    assert admin_client.post(address, group_form(DELETE="on")).status_code == 302
    assert GroupMembership.objects.filter(pk=member.pk, valid_to=None).exists()
    assert told("group.leave") == told("agencygroup.change") == []
    answer = admin_client.post(address, group_form(valid_to="31/12/2021", valid_from="01/01/2020"))
    assert answer.status_code == 302, answer.content.decode()[:3000]
    member.refresh_from_db()
    assert (str(member.valid_to), member.valid_from) == ("2021-12-31", None)
    who = {"group": "so", "agency": "STP"}
    assert told("group.leave") == [({**who, "to": ""}, {**who, "to": "2021-12-31"})]


@pytest.mark.parametrize("day", ["31/12/2030", ""])
def test_a_membership_of_a_group_that_ended_is_not_reopened(small, admin_client, member, group_form, day):
    directory.leave_group(membership=member, last_day=date(2021, 12, 1), by=None)
    answer = admin_client.post(f"/quan-tri/agencies/agencygroup/{small.group.pk}/change/", group_form(valid_to=day))
    assert answer.status_code == 200 and "chỉ có thể kết thúc sớm hơn" in answer.content.decode()
    member.refresh_from_db()
    assert member.valid_to == date(2021, 12, 1)


def test_a_new_member_joins_through_the_verb(small, admin_client, group_form):
    form = group_form()
    at = form["memberships-TOTAL_FORMS"]
    form |= {
        "memberships-TOTAL_FORMS": at + 1,
        f"memberships-{at}-agency": small.agencies["MTTQ"].pk,
        f"memberships-{at}-group": small.group.pk,
        f"memberships-{at}-valid_from": "01/12/2021",
    }
    answer = admin_client.post(f"/quan-tri/agencies/agencygroup/{small.group.pk}/change/", form)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    assert told("group.join") == [({}, {"group": "so", "agency": "MTTQ", "from": "2021-12-01"})]


PERSON = {"username": "snv.khac", "full_name": "X", "title": "", "email": "a@b.vn", "is_active": "on"}


def test_the_installers_changes_are_told_where_the_person_works(small):
    elsewhere = build_small(code="tinh-khac", number="2/KH-UBND")
    installer = User.objects.create_superuser("cai.dat", "x", full_name="Cài đặt")
    client = Client()
    client.force_login(installer)
    person = small.people["snv.thamdinh"]
    assert client.post(f"/quan-tri/agencies/user/{person.pk}/change/", PERSON).status_code == 302
    event = Event.objects.get(action="user.change")
    assert (event.province, event.actor) == (small.province, installer)
    assert (event.before["username"], event.after["username"]) == ("snv.thamdinh", "snv.khac")
    assert (event.before["email"], event.after["email"]) == ("", "a@b.vn")
    newcomer = directory.add_user(username="moi", full_name="Mới", password_hash="x", by=None)
    client.post(f"/quan-tri/agencies/user/{newcomer.pk}/change/", {**PERSON, "username": "moi2", "email": ""})
    told_in = Event.objects.filter(action="user.change", subject_id=str(newcomer.pk)).values_list("province", flat=True)
    assert set(told_in) == {small.province.pk, elsewhere.province.pk} == set(Province.objects.values_list(flat=True))


def test_an_administrator_of_two_provinces_tells_it_in_the_persons_own(small):
    """The first province in the table is not the one where the person works."""
    other = build_small(code="tinh-khac", number="2/KH-UBND")
    directory.join(user=small.people["quantri"], agency=other.agencies["VPUB"], role="administrator", by=None)
    client = Client()
    client.force_login(small.who("quantri"))
    person = other.people["stp.canbo"]
    client.post(f"/quan-tri/agencies/user/{person.pk}/change/", {**PERSON, "username": "khac"})
    assert Event.objects.get(action="user.change").province == other.province


def test_letters_are_listed_and_neither_written_nor_changed_here(small, admin_client):
    assert admin_client.get("/quan-tri/agencies/mail/").status_code == 200
    assert admin_client.get("/quan-tri/agencies/mail/add/").status_code == 403


# Roles are given and ended, never given to oneself, never opened again


def role_form(small, person: str, **values) -> dict:
    return {"agency": small.agencies["STP"].pk, "role": "officer", "valid_from": "10/12/2021", **values} | (
        {"user": small.people[person].pk} if person else {}
    )


ADD_ROLE = "/quan-tri/agencies/membership/add/"


def refused(client: Client, address: str, form: dict, words: str) -> None:
    """The page comes back with these words, and no role is different."""
    before = list(Membership.objects.order_by("pk").values())
    answer = client.post(address, form)
    assert answer.status_code == 200 and words in answer.content.decode(), answer.content.decode()[:3000]
    assert list(Membership.objects.order_by("pk").values()) == before


def test_nobody_gives_themselves_a_role(small, admin_client):
    refused(admin_client, ADD_ROLE, role_form(small, "quantri"), "Không ai tự giao vai trò cho mình")


def test_somebody_who_works_in_another_province_gets_no_role_here(small, admin_client):
    elsewhere = build_small(code="tinh-khac", number="2/KH-UBND")
    person = elsewhere.people["stp.canbo"]
    refused(admin_client, ADD_ROLE, role_form(small, "", user=person.pk), "errorlist")
    with pytest.raises(Refused, match="tỉnh khác") as error:
        directory.join(user=person, agency=small.agencies["STP"], role="officer", by=small.who("quantri"))
    assert error.value.code == "works_elsewhere"


def test_the_installer_gives_the_first_role_in_a_second_province(small):
    elsewhere = build_small(code="tinh-khac", number="2/KH-UBND")
    installer = User.objects.create_superuser("cai.dat", "x", full_name="Cài đặt")
    client = Client()
    client.force_login(installer)
    form = role_form(small, "", user=elsewhere.people["quantri"].pk, role="administrator")
    assert client.post(ADD_ROLE, form).status_code == 302
    assert elsewhere.people["quantri"].memberships.count() == 2
    refused(client, ADD_ROLE, role_form(small, "", user=installer.pk), "Không ai tự giao vai trò cho mình")


def test_an_agency_that_is_gone_gives_no_role(small, admin_client):
    agency = small.agencies["STP"]
    type(agency).objects.filter(pk=agency.pk).update(valid_to=date(2021, 12, 9))
    refused(admin_client, ADD_ROLE, role_form(small, "syt.canbo"), "đã kết thúc hoạt động")
    refused(admin_client, ADD_ROLE, role_form(small, "syt.canbo", valid_from="01/12/2021"), "đã kết thúc hoạt động")


def test_a_role_in_an_agency_whose_end_is_known_ends_with_it(small, admin_client):
    agency = small.agencies["STP"]
    type(agency).objects.filter(pk=agency.pk).update(valid_to=date(2021, 12, 31))
    assert admin_client.post(ADD_ROLE, role_form(small, "syt.canbo")).status_code == 302
    assert Membership.objects.get(agency=agency, user=small.people["syt.canbo"]).valid_to == date(2021, 12, 31)


def test_a_role_in_a_province_that_is_merged_ends_with_it_or_is_not_given(small):
    by, agency = User.objects.create_superuser("cai.dat", "x", full_name="Cài đặt"), small.agencies["STP"]
    Province.objects.filter(pk=small.province.pk).update(valid_to=date(2021, 12, 31))
    agency.refresh_from_db()
    person = small.people["syt.canbo"]
    assert directory.join(user=person, agency=agency, role="officer", by=by).valid_to == date(2021, 12, 31)
    with pytest.raises(Invalid) as error:
        directory.join(user=person, agency=agency, role="reviewer", valid_from=date(2022, 1, 1), by=by)
    assert error.value.code == "agency_ended"


@pytest.mark.parametrize("day", ["31/12/2030", "02/12/2021", ""])
def test_an_ended_role_is_not_opened_again(small, admin_client, day):
    role = Membership.objects.get(user=small.people["syt.canbo"])
    directory.leave(membership=role, last_day=date(2021, 12, 1), by=None)
    address = f"/quan-tri/agencies/membership/{role.pk}/change/"
    refused(admin_client, address, {"valid_to": day}, "chỉ có thể kết thúc sớm hơn")
    with pytest.raises(Invalid) as error:
        directory.leave(membership=role, last_day=date(2030, 12, 31), by=small.who("quantri"))
    assert error.value.code == "only_shorter"


def test_ending_a_role_earlier_tells_both_days(small, admin_client):
    role = Membership.objects.get(user=small.people["syt.canbo"])
    directory.leave(membership=role, last_day=date(2022, 6, 30), by=None)
    address = f"/quan-tri/agencies/membership/{role.pk}/change/"
    assert admin_client.post(address, {"valid_to": "31/12/2021"}).status_code == 302
    assert told("membership.leave")[-1] == (
        {"to": "2022-06-30"},
        {"user": "syt.canbo", "role": "officer", "to": "2021-12-31"},
    )


def test_a_role_saved_without_a_last_day_goes_on(small, admin_client):
    role = Membership.objects.get(user=small.people["syt.canbo"])
    assert admin_client.post(f"/quan-tri/agencies/membership/{role.pk}/change/", {"valid_to": ""}).status_code == 302
    role.refresh_from_db()
    assert role.valid_to is None and told("membership.leave") == []


# Designations, agencies and provinces keep their days


@pytest.fixture
def second(small) -> Designation:
    return Designation.objects.get(role="second_reviewer", province=small.province)


def test_a_designation_is_not_rewritten_and_not_ended_long_ago(small, admin_client, second):
    before = Designation.objects.filter(pk=second.pk).values().get()
    address = f"/quan-tri/agencies/designation/{second.pk}/change/"
    form = {"agency": small.agencies["STP"].pk, "document": "x", "valid_from": "01/01/2020", "valid_to": ""}
    assert admin_client.post(address, form).status_code == 302
    assert admin_client.post(address, {"valid_to": "01/11/2021"}).status_code == 200
    assert Designation.objects.filter(pk=second.pk).values().get() == before


def test_a_designation_ends_and_the_next_one_begins_with_a_trace(small, admin_client, second):
    new = {"agency": small.agencies["STP"].pk, "role": "second_reviewer", "document": "9/QĐ", "valid_to": ""}
    add = "/quan-tri/agencies/designation/add/"
    answer = admin_client.post(add, {**new, "valid_from": "01/01/2022"})
    assert answer.status_code == 200 and "đã có" in answer.content.decode()
    address = f"/quan-tri/agencies/designation/{second.pk}/change/"
    assert admin_client.post(address, {"valid_to": "31/12/2021"}).status_code == 302
    assert told("designation.end") == [({"to": ""}, {"role": "second_reviewer", "to": "2021-12-31"})]
    assert admin_client.post(address, {"valid_to": "31/12/2022"}).status_code == 200
    assert admin_client.post(add, {**new, "valid_from": "01/12/2021"}).status_code == 200
    assert admin_client.post(add, {**new, "valid_from": "01/01/2022"}).status_code == 302
    assert told("designation.add")[-1][1]["agency"] == "STP"


def test_an_agency_is_neither_renamed_nor_ended_without_a_decision(small, admin_client):
    agency = small.agencies["STP"]
    form = agency_form(small, name="Sở Khác", code="KHAC", valid_from="01/01/2020", valid_to="01/11/2021")
    assert admin_client.post(f"/quan-tri/agencies/agency/{agency.pk}/change/", form).status_code == 302
    agency.refresh_from_db()
    assert (agency.name, agency.code, agency.valid_from, agency.valid_to) == ("Sở Tư pháp", "STP", None, None)


def test_a_new_agency_bears_its_name_from_its_first_day(small, admin_client):
    form = agency_form(small, province=small.province.pk, code="MOI", name="Sở Mới", valid_from="01/01/2022")
    assert admin_client.post("/quan-tri/agencies/agency/add/", form).status_code == 302
    name = AgencyName.objects.get(agency__code="MOI")
    assert (name.name, name.valid_from) == ("Sở Mới", date(2022, 1, 1))
    assert told("agency.add")[-1][1]["name"] == "Sở Mới"


def test_a_province_keeps_its_days(small, admin_client):
    form = {"name": small.province.name, "kind": "tinh", "region": "", "note": "", "valid_to": "01/11/2021"}
    assert admin_client.post(f"/quan-tri/agencies/province/{small.province.pk}/change/", form).status_code == 302
    small.province.refresh_from_db()
    assert small.province.valid_to is None

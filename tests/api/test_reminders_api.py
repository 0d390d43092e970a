"""The inbox and chasing for programs: the same verbs, the same reach."""

from datetime import date

import pytest

from agencies.models import Membership, Notice, User
from plans.actions import reminders
from plans.models import Reminder


@pytest.fixture
def chased(small, api):
    User.objects.filter(username="stp.canbo").update(email="stp.canbo@example.vn")
    body = {"assignments": [small.assignment("1", "STP").pk], "text": "Gửi sớm."}
    answer = api("snv.thamdinh").send("post", "reminders/", body)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_chasing_answers_what_was_told_and_to_whom(small, chased):
    (row,) = chased["sent"]
    assert (row["agency_name"], row["rung"], row["day"]) == ("Sở Tư pháp", "chase", "2021-12-10")
    assert row["sent_by"] == "snv.thamdinh (thử)"
    assert row["told"] == "stp.canbo (thử) (cán bộ đầu mối); stp.thutruong (thử) (thủ trưởng cơ quan)"
    assert (chased["already_chased_today"], chased["nobody_to_tell"], chased["no_longer_open"]) == ([], [], [])
    assert Reminder.objects.count() == 1


def test_a_second_chase_of_the_day_is_a_conflict(small, api, chased):
    body = {"assignments": [small.assignment("1", "STP").pk]}
    answer = api("vpub.thamdinh").send("post", "reminders/", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_chased")
    body["assignments"].append(small.assignment("3", "STP").pk)
    answer = api("vpub.thamdinh").send("post", "reminders/", body)
    assert answer.status_code == 201
    assert answer.json()["already_chased_today"] == body["assignments"][:1]


@pytest.mark.parametrize("path", ["reminders/", "reminders/preview/"])
def test_who_may_not_chase_is_refused_and_who_may_not_see_finds_nothing(small, elsewhere, api, path):
    body = {"assignments": [small.assignment("1", "STP").pk]}
    for who in ("stp.canbo", "stp.thutruong", "lanhdao", "snv.chuyenvien", "kiemtra"):
        answer = api(who).send("post", path, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_a_chaser"), who
    for who in ("syt.canbo", "quantri"):
        answer = api(who).send("post", path, body)
        assert (answer.status_code, answer.json()["code"]) == (404, "assignment_unknown"), who
    foreign = {"assignments": [elsewhere.assignment("1", "STP").pk]}
    assert api("snv.thamdinh").send("post", path, foreign).status_code == 404
    assert not Reminder.objects.exists()


@pytest.mark.parametrize("body", [{}, {"assignments": "1"}, {"assignments": ["x"]}, {"assignments": [1], "lời": "x"}])
def test_a_body_that_cannot_be_read_is_refused(small, api, body):
    answer = api("snv.thamdinh").send("post", "reminders/", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_an_empty_list_is_against_the_rules(small, api):
    answer = api("snv.thamdinh").send("post", "reminders/", {"assignments": []})
    assert (answer.status_code, answer.json()["code"]) == (422, "nothing_chosen")


def test_the_preview_names_people_and_agencies_without_anybody_and_writes_nothing(small, api):
    User.objects.filter(username="stp.canbo").update(email="stp.canbo@example.vn")
    Membership.objects.filter(agency=small.agencies["SYT"]).update(valid_to=date(2021, 11, 1))
    duties = [small.assignment("1", "STP").pk, small.assignment("5", "SYT").pk]
    body = api("snv.thamdinh").send("post", "reminders/preview/", {"assignments": duties}).json()
    assert body["told"][0]["people"] == [
        {
            "name": "stp.canbo (thử)",
            "role": "cán bộ đầu mối",
            "by_mail": True,
            "address": "stp.canbo@example.vn",
        },
        {"name": "stp.thutruong (thử)", "role": "thủ trưởng cơ quan", "by_mail": False, "address": ""},
    ]
    assert [one["agency_name"] for one in body["nobody_to_tell"]] == ["Sở Y tế"]
    assert body["nobody_to_tell"][0]["assignments"] == duties[1:]
    assert not Reminder.objects.exists()
    assert not Notice.objects.exists()


def test_an_agency_reads_its_own_reminders_and_those_who_watch_the_province_all(small, elsewhere, api, chased):
    reminders.chase(assignments=[small.assignment("5", "SYT")], by=small.who("snv.thamdinh"))
    seen = {
        who: [row["agency_name"] for row in api(who).send("get", "reminders/").json()["results"]]
        for who in ("stp.canbo", "stp.thutruong", "syt.canbo", "lanhdao", "kiemtra", "quantri")
    }
    assert seen == {
        "stp.canbo": ["Sở Tư pháp"],
        "stp.thutruong": ["Sở Tư pháp"],
        "syt.canbo": ["Sở Y tế"],
        "lanhdao": ["Sở Y tế", "Sở Tư pháp"],
        "kiemtra": ["Sở Y tế", "Sở Tư pháp"],
        "quantri": [],
    }
    pk = chased["sent"][0]["id"]
    assert api("syt.canbo").send("get", f"reminders/{pk}/").status_code == 404
    found = api("lanhdao").send("get", f"reminders/?assignment={small.assignment('5', 'SYT').pk}&rung=chase").json()
    assert found["count"] == 1


def test_the_inbox_is_read_marked_and_nobody_elses(small, api, chased):
    mine = api("stp.canbo")
    (row,) = mine.send("get", "notices/?unread=true").json()["results"]
    assert row["subject"] == "snv.thamdinh (thử) đôn đốc Sở Tư pháp: một nhiệm vụ"
    assert row["link"] == f"/nhiem-vu/{small.assignment('1', 'STP').pk}/"
    assert row["read_at"] is None
    assert api("syt.canbo").send("post", f"notices/{row['id']}/read/").status_code == 404
    marked = mine.send("post", f"notices/{row['id']}/read/").json()
    assert marked["read_at"] is not None
    assert mine.send("post", f"notices/{row['id']}/read/").json() == marked
    assert mine.send("get", "notices/?unread=true").json()["count"] == 0
    assert mine.send("get", "notices/?unread=false").json()["count"] == 1
    assert api("stp.thutruong").send("post", "notices/read-all/").json() == {"read": 1}
    assert api("stp.thutruong").send("post", "notices/read-all/").json() == {"read": 0}

"""The end of a plan, the plan that takes its place, and what is carried over, through the API."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plans.actions import plans
from plans.models import PartyRole, Plan, Task
from tests.api.conftest import Client
from tests.conftest import Small

Api = Callable[[str], Client]
END = {"on": "2021-12-09", "document": "14/QĐ-UBND ngày 09/12/2021"}


@pytest.fixture
def new(small: Small) -> Plan:
    """A draft that says of nothing that it takes its place."""
    plan = plans.create(
        province=small.province,
        code="ke-hoach-2022",
        number="12/KH-UBND",
        kind="ke_hoach",
        title="Kế hoạch năm 2022",
        issuer="Ủy ban nhân dân tỉnh",
        issued_on=date(2021, 12, 10),
        year_from=2022,
        year_to=2022,
        by=None,
    )
    plans.add_section(plan=plan, code="I", title="Chung", parent=None, index=None)
    return plan


def body(small: Small, new: Plan, code: str = "2", /, **more: Any) -> dict[str, Any]:
    old = Task.objects.get(plan=small.plan, code=code).pk
    return {"task": old, "section": new.sections.get().pk, "code": f"I.{code}", **more}


def test_a_plan_ends_with_the_document_that_says_so(small: Small, api: Api) -> None:
    client, path = api("snv.chuyenvien"), f"plans/{small.plan.code}/end/"
    refused = client.send("post", path, {})
    assert (refused.status_code, refused.json()["code"]) == (422, "end_incomplete")
    assert set(refused.json()["fields"]) == {"on", "document"}
    ended = client.send("post", path, END)
    assert ended.status_code == 200, ended.json()
    assert (ended.json()["state"], ended.json()["ended_on"]) == ("ended", "2021-12-09")
    assert ended.json()["end_document"] == END["document"]
    again = client.send("post", path, END)
    assert (again.status_code, again.json()["code"]) == (409, "plan_not_issued")


def test_a_plan_says_which_one_it_replaces_and_carries_what_it_chooses(small: Small, api: Api, new: Plan) -> None:
    client, path = api("snv.chuyenvien"), f"plans/{new.code}/"
    assert client.send("get", f"{path}carry-over/").json() == []
    early = client.send("post", f"{path}carry-over/", body(small, new))
    assert (early.status_code, early.json()["code"]) == (404, "task_unknown")
    replaced = client.send("post", f"{path}replace/", {"old": small.plan.code})
    assert (replaced.status_code, replaced.json()["replaces"]) == (200, small.plan.code), replaced.json()
    small.accept("1", "STP", done_on=date(2021, 12, 1))
    offered = {one["code"]: one for one in client.send("get", f"{path}carry-over/").json()}
    assert set(offered) == {"2", "3", "4", "5"}
    assert offered["5"]["due_on"] == "2021-11-30"
    assert (offered["2"]["new_leads"], offered["2"]["carried"]) == (["Sở Nội vụ"], None)
    made = client.send("post", f"{path}carry-over/", body(small, new))
    assert made.status_code == 201, made.json()
    assert made.json()["proposed"] is False
    assert made["Location"].endswith(f"/tasks/{made.json()['task']}/")
    carried = Task.objects.get(pk=made.json()["task"])
    assert (carried.plan, carried.code) == (new, "I.2")
    assert carried.carried_from == Task.objects.get(plan=small.plan, code="2")
    chosen = [{"agency": small.agencies["SYT"].pk}, {"group": small.group.pk}]
    kept = client.send("post", f"{path}carry-over/", body(small, new, "5", keep_deadline=True, leads=chosen)).json()
    version = Task.objects.get(pk=kept["task"]).current
    assert version is not None
    assert version.deadline_to == date(2021, 11, 30)
    leads = version.parties.filter(role=PartyRole.LEAD)
    assert {one.name for one in leads} == {"Sở Y tế", "Các sở, ban, ngành"}
    rows = {one["code"]: one["carried"] for one in client.send("get", f"{path}carry-over/").json()}
    assert rows["2"] == made.json()
    assert rows["3"] is None


@pytest.mark.parametrize(
    ("task", "more", "status", "code"),
    [
        ("1", {}, 422, "finished"),
        ("2", {"code": ""}, 422, "code_required"),
        ("2", {"section": 999999}, 404, "section_unknown"),
        ("2", {"task": 999999}, 404, "task_unknown"),
        ("2", {"leads": [{}]}, 422, "agency_or_group"),
        ("2", {"leads": [{"agency": 999999}]}, 404, "leads_unknown"),
        ("2", {"lead": 1}, 400, "invalid"),
    ],
)
def test_what_cannot_be_carried_is_said(
    small: Small, api: Api, new: Plan, task: str, more: dict[str, Any], status: int, code: str
) -> None:
    plans.replace(old=small.plan, new=new, by=small.who("snv.chuyenvien"))
    small.accept("1", "STP", done_on=date(2021, 12, 1))
    refused = api("snv.chuyenvien").send("post", f"plans/{new.code}/carry-over/", body(small, new, task, **more))
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert not new.tasks.exists()


def test_a_body_of_another_province_leads_nothing_here(small: Small, elsewhere: Small, api: Api, new: Plan) -> None:
    plans.replace(old=small.plan, new=new, by=small.who("snv.chuyenvien"))
    for lead in ({"agency": elsewhere.agencies["STP"].pk}, {"group": elsewhere.group.pk}):
        refused = api("snv.chuyenvien").send(
            "post", f"plans/{new.code}/carry-over/", body(small, new, "2", leads=[lead])
        )
        assert (refused.status_code, refused.json()["code"]) == (404, "leads_unknown")


def test_an_issued_plan_carries_by_an_amendment(small: Small, api: Api, new: Plan) -> None:
    plans.replace(old=small.plan, new=new, by=small.who("snv.chuyenvien"))
    plans.issue(plan=new, by=None)
    client = api("snv.chuyenvien")
    direct = client.send("post", f"plans/{new.code}/carry-over/", body(small, new))
    assert (direct.status_code, direct.json()["code"]) == (409, "plan_issued")
    heading = {"number": "200/QĐ", "issued_on": "2021-12-10", "issuer": "UBND tỉnh", "effective_on": "2021-12-10"}
    begun = client.send("post", "amendments/", {"plan": new.code, **heading}).json()
    path = f"amendments/{begun['id']}/carry-over/"
    assert client.send("post", path, body(small, new)).status_code == 428
    made = client.send("post", path, body(small, new), revision=begun["revision"])
    assert made.status_code == 201, made.json()
    assert [(one["verb"], one["code"]) for one in made.json()["diff"]["lines"]] == [("add", "I.2")]
    assert made["ETag"] == f'"{made.json()["revision"]}"'
    stale = client.send("post", path, body(small, new, "5"), revision=begun["revision"])
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_revision")
    rows = {one["code"]: one["carried"] for one in client.send("get", f"plans/{new.code}/carry-over/").json()}
    assert rows["2"]["proposed"] is True
    auditor = api("kiemtra").send("post", path, body(small, new, "5"), revision=made.json()["revision"])
    assert (auditor.status_code, auditor.json()["code"]) == (403, "may_not_amend")
    leader = api("lanhdao").send("post", path, body(small, new, "5"), revision=made.json()["revision"])
    assert leader.status_code == 404


def test_who_ends_replaces_and_carries(small: Small, elsewhere: Small, api: Api, new: Plan) -> None:
    draft, issued = f"plans/{new.code}/", f"plans/{small.plan.code}/"
    wrong = api("snv.chuyenvien").send("post", f"{draft}replace/", {"old": elsewhere.plan.code})
    assert (wrong.status_code, wrong.json()["code"]) == (404, "old_unknown")
    itself = api("snv.chuyenvien").send("post", f"{draft}replace/", {"old": new.code})
    assert (itself.status_code, itself.json()["code"]) == (422, "not_replaceable")
    plans.replace(old=small.plan, new=new, by=small.who("snv.chuyenvien"))
    carried = body(small, new)
    for name, seen in (("kiemtra", 403), ("lanhdao", 404), ("stp.canbo", 404)):
        client = api(name)
        assert client.send("post", f"{issued}end/", END).status_code == 403, name
        for path, sent in ((f"{draft}replace/", {"old": small.plan.code}), (f"{draft}carry-over/", carried)):
            assert client.send("post", path, sent).status_code == seen, (name, path)
        assert client.send("get", f"{draft}carry-over/").status_code == 404, name
    foreign = f"plans/{elsewhere.plan.code}/"
    for tail, sent in (("end/", END), ("replace/", {"old": small.plan.code}), ("carry-over/", carried)):
        assert api("snv.chuyenvien").send("post", f"{foreign}{tail}", sent).status_code == 404
        assert Client().send("post", f"{draft}{tail}", sent).status_code == 401
    assert api("snv.chuyenvien").send("get", f"{foreign}carry-over/").status_code == 404
    assert not new.tasks.exists()


def test_the_list_of_unfinished_tasks_costs_the_same_for_few_as_for_many(small: Small, api: Api, new: Plan) -> None:
    plans.replace(old=small.plan, new=new, by=small.who("snv.chuyenvien"))
    client = api("snv.chuyenvien")
    client.send("get", "plans/")

    def cost(rows: int) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert len(client.send("get", f"plans/{new.code}/carry-over/").json()) == rows
        return len(seen)

    few = cost(5)
    draft = Plan.objects.get(pk=small.plan.pk)
    Plan.objects.filter(pk=draft.pk).update(state="drafting")
    draft.refresh_from_db()
    for number in range(10, 16):
        text = plans.TaskText(f"Việc {number}", parties=[plans.Party(PartyRole.LEAD, small.agencies["STP"])])
        section = draft.sections.get()
        plans.add_task(section=section, code=str(number), text=text, deciding_document="1/KH-UBND")
    Plan.objects.filter(pk=draft.pk).update(state="issued")
    assert cost(11) == few

"""How an agency approves, through the API: the rule, delegations, and who decides about them."""

from collections.abc import Callable
from typing import Any

import pytest

from agencies.models import ApprovalRule, Delegation
from tests.api.conftest import Client
from tests.conftest import Small

Api = Callable[[str], Client]
RULE = {"document": "Quy chế 15/QC-STP", "valid_from": "2021-12-10"}


def delegation(small: Small, **more: Any) -> dict[str, Any]:
    days = {"valid_from": "2021-12-10", "valid_to": "2021-12-20"}
    return {"person": small.people["stp.canbo"].pk, "document": "Ủy quyền 2/STP", **days, **more}


def path(small: Small, tail: str = "approval/", code: str = "STP") -> str:
    return f"agencies/{small.agencies[code].pk}/{tail}"


def test_the_head_requires_delegates_revokes_and_releases(small: Small, api: Api) -> None:
    head = api("stp.thutruong")
    shown = head.send("get", path(small)).json()
    assert (shown["head_required"], shown["rules"], shown["delegations"]) == (False, [], [])
    assert small.people["stp.canbo"].pk in [one["id"] for one in shown["people"]]
    required = head.send("post", path(small, "approval/require/"), RULE)
    assert required.status_code == 200, required.json()
    assert required.json()["head_required"]
    assert [one["document"] for one in required.json()["rules"]] == [RULE["document"]]
    again = head.send("post", path(small, "approval/require/"), RULE)
    assert (again.status_code, again.json()["code"]) == (409, "already_required")
    given = head.send("post", path(small, "delegations/"), delegation(small))
    assert given.status_code == 201, given.json()
    (row,) = given.json()["delegations"]
    assert (row["person"], row["given_by"]) == (small.people["stp.canbo"].pk, "stp.thutruong (thử)")
    revoked = head.send("post", path(small, f"delegations/{row['id']}/revoke/"))
    assert revoked.status_code == 200, revoked.json()
    over = head.send("post", path(small, f"delegations/{row['id']}/revoke/"))
    assert (over.status_code, over.json()["code"]) == (409, "delegation_over")
    released = head.send("post", path(small, "approval/release/"), {"last_day": "2021-12-15"})
    assert released.json()["rules"][0]["valid_to"] == "2021-12-15"
    nothing = head.send("post", path(small, "approval/release/"), {"last_day": "2021-12-15"})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "not_required")


@pytest.mark.parametrize(
    ("tail", "body", "status", "code"),
    [
        ("approval/require/", {**RULE, "document": " "}, 422, "document_required"),
        ("approval/require/", {**RULE, "valid_from": "2021-12-09"}, 422, "in_the_past"),
        ("approval/require/", {"document": "x"}, 400, "invalid"),
        ("delegations/", {"valid_to": "2021-12-01"}, 422, "dates"),
        ("delegations/", {"document": ""}, 422, "document_required"),
        ("delegations/", {"person": 999999}, 404, "person_unknown"),
    ],
)
def test_what_cannot_be_ruled_is_said(
    small: Small, api: Api, tail: str, body: dict[str, Any], status: int, code: str
) -> None:
    sent = delegation(small, **body) if tail == "delegations/" else body
    refused = api("stp.thutruong").send("post", path(small, tail), sent)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert not ApprovalRule.objects.exists()
    assert not Delegation.objects.exists()


def test_a_person_of_another_agency_stands_in_for_nobody(small: Small, api: Api) -> None:
    sent = delegation(small, person=small.people["syt.canbo"].pk)
    refused = api("stp.thutruong").send("post", path(small, "delegations/"), sent)
    assert (refused.status_code, refused.json()["code"]) == (404, "person_unknown")


def test_others_read_the_rule_and_change_nothing(small: Small, elsewhere: Small, api: Api) -> None:
    assert api("quantri").send("post", path(small, "approval/require/"), RULE).status_code == 200
    given = api("quantri").send("post", path(small, "delegations/"), delegation(small)).json()["delegations"][0]
    for name in ("stp.canbo", "lanhdao", "kiemtra", "snv.thamdinh"):
        client = api(name)
        shown = client.send("get", path(small)).json()
        assert (shown["head_required"], shown["delegations"], shown["people"]) == (True, None, None), name
        for tail, body in (
            ("approval/require/", RULE),
            ("approval/release/", {"last_day": "2021-12-20"}),
            ("delegations/", delegation(small)),
            ("delegations/", delegation(small, person=999999)),
        ):
            refused = client.send("post", path(small, tail), body)
            assert (refused.status_code, refused.json()["code"]) == (403, "not_the_head"), (name, tail)
        assert client.send("post", path(small, f"delegations/{given['id']}/revoke/")).status_code == 404, name
    # Of another agency: the head decides about none but the own.
    other = api("stp.thutruong").send("post", path(small, "approval/require/", "SYT"), RULE)
    assert (other.status_code, other.json()["code"]) == (403, "not_the_head")
    wrong = api("quantri").send("post", path(small, f"delegations/{given['id']}/revoke/", "SYT"))
    assert wrong.status_code == 404
    for method, tail in (("get", "approval/"), ("post", "approval/require/"), ("post", "delegations/")):
        foreign = api("quantri").send(method, path(elsewhere, tail), RULE if "require" in tail else delegation(small))
        assert foreign.status_code == 404, tail
        assert Client().send(method, path(small, tail)).status_code == 401, tail
    assert Delegation.objects.get(pk=given["id"]).valid_to.isoformat() == "2021-12-20"

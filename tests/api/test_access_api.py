"""Keys, sessions, strangers, errors and the description of the API."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.settings import api_settings
from rest_framework.test import APIClient
from rest_framework.throttling import UserRateThrottle

from agencies.actions import tokens
from agencies.actions.tokens import digest_of
from agencies.models import ApiToken
from tests.api.conftest import API, Client
from tests.conftest import Small

Api = Callable[[str], Client]


def test_an_address_that_does_not_exist_is_an_error_of_the_api(small: Small, api: Api) -> None:
    """What strangers and everybody else get at the real ones: tests/architecture/test_permission_matrix.py."""
    stranger = APIClient().get(f"{API}/nothing/here/")
    assert (stranger.status_code, stranger.headers.get("WWW-Authenticate")) == (401, "Bearer")
    assert api("stp.canbo").send("get", "nothing/here/").json()["code"] == "not_found"


@pytest.mark.parametrize("header", ["Bearer pp_wrong", "Bearer ", "Basic YTpi", "Bearer \u00e9", "pp_x"])
def test_a_wrong_key_is_a_stranger(db: None, header: str) -> None:
    answer = APIClient().get(f"{API}/plans/", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"], answer["WWW-Authenticate"]) == (
        401,
        "not_authenticated",
        "Bearer",
    )


def _session(small: Small, name: str) -> APIClient:
    client = APIClient()
    client.force_login(small.who(name), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_a_key_is_shown_once_and_kept_hashed(small: Small) -> None:
    browser = _session(small, "stp.canbo")
    issued = browser.post(f"{API}/tokens/", {"name": "Phần mềm nội bộ", "days": 30}, format="json")
    assert issued.status_code == 201, issued.json()
    secret, pk = issued.json()["secret"], issued.json()["id"]
    assert issued["Cache-Control"] == "no-store"
    token = ApiToken.objects.get(pk=pk)
    assert token.digest == digest_of(secret)
    assert secret not in str(ApiToken.objects.filter(pk=pk).values())

    program = APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert program.get(f"{API}/plans/").status_code == 200
    token.refresh_from_db()
    assert token.last_used_at is not None
    listed = program.get(f"{API}/tokens/").json()["results"]
    assert [row["name"] for row in listed] == ["Phần mềm nội bộ"]
    assert "secret" not in listed[0]
    assert "digest" not in listed[0]

    assert program.delete(f"{API}/tokens/{pk}/").status_code == 204
    assert program.get(f"{API}/plans/").status_code == 401


def test_a_key_that_expired_or_whose_owner_left_is_dead(small: Small) -> None:
    token, secret = tokens.issue(name="a", days=1, by=small.who("stp.canbo"))
    program = APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert program.get(f"{API}/plans/").status_code == 200
    ApiToken.objects.filter(pk=token.pk).update(
        created_at=token.created_at - timedelta(days=3), expires_at=token.expires_at - timedelta(days=2)
    )
    assert program.get(f"{API}/plans/").status_code == 401

    _, secret = tokens.issue(name="b", days=1, by=small.who("stp.canbo"))
    user = small.who("stp.canbo")
    user.is_active = False
    user.save()
    assert APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}").get(f"{API}/plans/").status_code == 401


def test_a_key_does_not_issue_keys(small: Small, api: Api) -> None:
    answer = api("stp.canbo").send("post", "tokens/", {"name": "con", "days": 365})
    assert (answer.status_code, answer.json()["code"]) == (403, "session_required")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"name": " ", "days": 1}, 400, "name"),
        ({"name": "a"}, 400, "days"),
        ({"name": "a", "days": "nhiều"}, 400, "days"),
        ({"name": "a", "days": 366}, 422, "days"),
        ({"name": "a", "days": 10**30}, 422, "days"),
        ({"name": "a" * 101, "days": 1}, 400, "name"),
        ({"name": "a", "days": 1, "secret": "x"}, 400, "secret"),
    ],
)
def test_a_key_needs_a_name_and_an_end(small: Small, body: dict[str, Any], status: int, field: str) -> None:
    answer = _session(small, "stp.canbo").post(f"{API}/tokens/", body, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (status, [field])


def test_too_many_requests_are_refused(small: Small, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UserRateThrottle, "THROTTLE_RATES", {"user": "2/min"})
    client = api("lanhdao")
    assert [client.send("get", "plans/").status_code for _ in range(3)] == [200, 200, 429]
    answer = client.send("get", "plans/")
    assert answer.json()["code"] == "too_many_requests"
    assert int(answer["Retry-After"]) > 0
    assert [UserRateThrottle] == api_settings.DEFAULT_THROTTLE_CLASSES


def test_every_error_has_the_same_shape(small: Small, api: Api) -> None:
    client = api("stp.canbo")
    for method, path, status in (
        ("get", "nothing/", 404),
        ("put", "plans/", 405),
        ("options", "plans/", 405),
        ("delete", f"plans/{small.plan.code}/", 405),
    ):
        answer = client.send(method, path)
        assert (answer.status_code, set(answer.json())) == (status, {"code", "message", "fields"}), path
    typed = client.send("post", "progress/", b"<a/>", format=None, content_type="text/xml")
    assert (typed.status_code, typed.json()["code"]) == (415, "unsupported_media_type")


def test_errors_are_json_whatever_is_accepted(api: Api) -> None:
    answer = api("stp.canbo").send("get", "plans/none/", headers={"Accept": "application/pdf"})
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")


def test_the_description_is_valid_and_complete(tmp_path: Any) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


def test_the_description_is_served_to_those_who_log_in(small: Small, api: Api) -> None:
    answer = api("stp.canbo").send("get", "schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert answer.status_code == 200
    body = answer.json()
    assert body["openapi"] == "3.1.0"
    operations = [operation for methods in body["paths"].values() for operation in methods.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names) >= 35
    assert {"progress_submit", "progress_accept", "plan_dashboard", "report_run_create", "token_create"} <= set(names)
    for operation in operations:
        assert operation["summary"], operation["operationId"]
        assert {"401", "429"} <= set(operation["responses"]), operation["operationId"]
    guarded = {
        operation["operationId"]
        for operation in operations
        if any(one["name"] == "If-Match" and one["required"] for one in operation.get("parameters", ()))
    }
    assert guarded == {
        f"progress_{verb}"
        for verb in (
            "partial_update",
            "submit",
            "accept",
            "send_back",
            "correct",
            "attach",
            "detach",
            "forward",
            "approve",
            "hand_back",
            "give_up",
            "withdraw",
            "ask",
            "reply",
            "answer",
            "judge",
            "replace_evidence",
        )
    } | {f"reorganisation_{verb}" for verb in ("partial_update", "apply", "discard")} | {
        "request_withdraw",
        "request_grant",
        "request_decline",
    } | {
        f"amendment_{verb}"
        for verb in (
            "partial_update", "task_lines", "task_line", "target_lines", "target_line", "carry_over", "confirm",
            "discard",
        )
    } | {"scenario_partial_update", "scenario_drop"} | {
        f"score_sheet_{verb}"
        for verb in (
            "appraise", "assign", "explain", "move_dates", "publish", "send_back", "settle", "submit", "waive",
            "withdraw",
        )
    } | {f"sheet_entry_{verb}" for verb in ("partial_update", "attach", "drop", "judge", "take")}  # fmt: skip


def test_the_root_names_every_resource(api: Api) -> None:
    body = api("stp.canbo").send("get", "").json()
    assert set(body) == {
        "plans", "tasks", "assignments", "progress", "periods", "agencies", "components", "indices", "results",
        "report-runs", "tokens", "reminders", "notices",
        "period-closes",
        "reorganisations",
        "requests", "rulings",
        "amendments", "rankings",
        "trail", "leaders-list",
        "frameworks", "score-sheets", "offers",
        "surveys", "score-analyses", "scenarios",
    }  # fmt: skip
    assert body["plans"].endswith(f"{API}/plans/")

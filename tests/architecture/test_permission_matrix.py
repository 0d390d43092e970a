"""Every address × person: what each gets. An address without a row here fails CI.

``404`` is the answer for a row of others; the log-in page (302) or 401 for strangers.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from agencies import seals
from agencies.models import Event, TrailHead, User
from plans.actions import closes, progress
from reports.actions import runs
from tests.conftest import build_small, pdf_bytes, pdf_upload

# The only addresses a stranger may open.
OPEN = {"healthz", "readyz", "account_login", "account_logout", "account_inactive", "account_signup"}
# own officer, sibling officer, reviewer of Sở Nội vụ, second body, leader, auditor, administrator, other province
PEOPLE = ("stp.canbo", "syt.canbo", "snv.thamdinh", "vpub.thamdinh", "lanhdao", "kiemtra", "quantri", "khác")
ALL = (200,) * 8
GONE = 404
NO = 405  # a verb's address answers GET with "method not allowed", whoever asks

# name → (arguments, what each of PEOPLE gets with GET)
MATRIX: dict[str, tuple[Any, tuple[int, ...]]] = {
    "home": (lambda s: {}, ALL),
    "account_change_password": (lambda s: {}, ALL),
    "plans:plan_list": (lambda s: {}, ALL),
    "plans:plan_detail": (lambda s: {"code": s.plan.code}, (200, 200, 200, 200, 200, 200, 200, GONE)),
    "plans:plan_dashboard": (lambda s: {"code": s.plan.code}, (GONE, GONE, 200, 200, 200, 200, GONE, GONE)),
    "plans:plan_dashboard_figures": (lambda s: {"code": s.plan.code}, (GONE, GONE, 200, 200, 200, 200, GONE, GONE)),
    "plans:assignment_list": (lambda s: {}, ALL),
    "plans:assignment_detail": (lambda s: {"pk": s.duty.pk}, (200, GONE, 200, 200, 200, 200, GONE, GONE)),
    "plans:progress_edit": (
        lambda s: {"pk": s.open_duty.pk, "period": "2021-Y"},
        (200, GONE, GONE, GONE, GONE, GONE, GONE, GONE),
    ),
    "plans:progress_correct": (lambda s: {"pk": s.duty.pk, "period": "2021-Y"}, None),
    "plans:evidence_file": (lambda s: {"pk": s.link.pk}, (200, GONE, 200, 200, 200, 200, GONE, GONE)),
    "plans:review_queue": (lambda s: {}, None),
    "plans:review_detail": (lambda s: {"pk": s.waiting.pk}, (None, GONE, 200, None, None, None, GONE, GONE)),
    "plans:progress_accept": (lambda s: {"pk": s.waiting.pk}, (NO,) * 8),
    "plans:progress_return": (lambda s: {"pk": s.waiting.pk}, (NO,) * 8),
    "plans:period_list": (lambda s: {"code": s.plan.code}, (200, 200, 200, 200, 200, 200, 200, GONE)),
    # Closing and reopening: reviewers of the standing office alone; the preview of a period that cannot be closed
    # yet leads back (302).
    "plans:period_close": (
        lambda s: {"code": s.plan.code, "period": "2021-Y"},
        (GONE, GONE, 302, GONE, GONE, GONE, GONE, GONE),
    ),
    "plans:period_reopen": (
        lambda s: {"code": s.plan.code, "period": "2021-Q3"},
        (GONE, GONE, 200, GONE, GONE, GONE, GONE, GONE),
    ),
    "plans:close_detail": (
        lambda s: {"code": s.plan.code, "period": "2021-Q3", "number": 1},
        (GONE, GONE, 200, 200, 200, 200, GONE, GONE),
    ),
    "plans:close_file": (
        lambda s: {"code": s.plan.code, "period": "2021-Q3", "number": 1},
        (GONE, GONE, 200, 200, 200, 200, GONE, GONE),
    ),
    "plans:close_diff": (
        lambda s: {"code": s.plan.code, "period": "2021-Q3", "number": 1},
        (GONE, GONE, 200, 200, 200, 200, GONE, GONE),
    ),
    # The trail: the auditor alone.
    "trail_list": (lambda s: {}, (GONE, GONE, GONE, GONE, GONE, 200, GONE, GONE)),
    "trail_export": (lambda s: {"form": "jsonl"}, (GONE, GONE, GONE, GONE, GONE, 200, GONE, GONE)),
    "trail_object": (
        lambda s: {"label": "plans.progress", "pk": s.waiting.pk},
        (GONE, GONE, GONE, GONE, GONE, 200, GONE, GONE),
    ),
    "reports:run_list": (lambda s: {}, ALL),
    "reports:run_create": (lambda s: {}, (NO,) * 8),
    "reports:run_detail": (lambda s: {"pk": s.run.pk}, (GONE, GONE, 200, 200, 200, 200, GONE, GONE)),
    "reports:run_status": (lambda s: {"pk": s.run.pk}, (GONE, GONE, 200, 200, 200, 200, GONE, GONE)),
    "reports:run_retry": (lambda s: {"pk": s.run.pk}, (NO,) * 8),
    "reports:run_file": (lambda s: {"pk": s.run.pk}, (GONE,) * 8),  # not ready yet: nothing to download
}


def named(patterns: list, space: str = "") -> Iterator[str]:
    """Return the names of all page addresses (the API and the admin have matrices of their own)."""
    for entry in patterns:
        if isinstance(entry, URLResolver):
            if str(entry.pattern).startswith(("api/", "quan-tri/")):
                continue
            yield from named(entry.url_patterns, f"{entry.namespace}:" if entry.namespace else space)
        elif isinstance(entry, URLPattern):
            assert entry.name, f"{entry.pattern} has no name"
            yield f"{space}{entry.name}"


NAMES = sorted(set(named(get_resolver().url_patterns)))


@pytest.fixture
def stage(small):
    """A duty with an accepted report and evidence, one that waits, one that is open, and a report run."""
    elsewhere = build_small(code="tinh-khac", number="2/KH-UBND")
    small.people["khác"] = elsewhere.people["snv.thamdinh"]
    sent = progress.submit(
        progress=small.begin("1", "STP"),
        content=progress.Content(result="Xong"),
        uploads=[pdf_upload("Báo cáo.pdf")],
        revision=None,
        by=small.officer("STP"),
    )
    small.link = sent.latest.evidence.get()
    small.waiting = sent
    small.close = closes.close(period=small.period("2021-Q3"), by=small.who("snv.thamdinh"))
    small.duty = small.assignment("1", "STP")
    small.open_duty = small.assignment("3", "STP")
    small.run = runs.request(
        plan=small.plan,
        code="year_end",
        year=2021,
        as_of=date(2021, 12, 10),
        format="pdf",
        by=small.who("snv.chuyenvien"),
    )
    return small


def client_of(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


def status(client: Client, address: str) -> int:
    answer = client.get(address)
    if answer.streaming:
        # Reading to the end closes the file; closing the answer would end the test's own transaction.
        b"".join(answer.streaming_content)
    return answer.status_code


def test_every_address_has_its_row():
    assert set(NAMES) - OPEN == set(MATRIX)


@pytest.mark.parametrize("name", NAMES)
def test_a_stranger_gets_the_log_in_page(stage, name):
    if name in OPEN:
        assert client_of(None).get(reverse(name)).status_code in (200, 302)
        return
    arguments, _ = MATRIX[name]
    for method in ("get", "post"):
        answer = getattr(client_of(None), method)(reverse(name, kwargs=arguments(stage)))
        assert answer.status_code == 302, name
        assert answer.url.startswith("/tai-khoan/login/"), name


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_everybody_gets_what_the_matrix_says(stage, name):
    arguments, wanted = MATRIX[name]
    address = reverse(name, kwargs=arguments(stage))
    got = tuple(status(client_of(stage.who(person)), address) for person in PEOPLE)
    if wanted is None:
        wanted = (None,) * 8
    assert tuple(g if w is None else w for g, w in zip(got, wanted, strict=True)) == got
    assert all(status < 500 for status in got)


@pytest.mark.parametrize("person", [one for one in PEOPLE if one != "snv.thamdinh"])
@pytest.mark.parametrize("name", ["plans:progress_accept", "plans:progress_return"])
def test_only_the_designated_reviewer_decides(stage, name, person):
    address = reverse(name, kwargs={"pk": stage.waiting.pk})
    form = {"revision": stage.waiting.revision, "reason_code": "other", "reason": "x"}
    answer = client_of(stage.who(person)).post(address, form)
    assert answer.status_code in (403, 404)
    stage.waiting.refresh_from_db()
    assert stage.waiting.state == "submitted"


@pytest.mark.parametrize("person", PEOPLE)
def test_the_technical_administration_is_for_administrators(stage, person):
    answer = client_of(stage.who(person)).get("/quan-tri/")
    assert (answer.status_code == 200) == (person == "quantri")


def test_an_auditor_changes_nothing_at_any_address(stage):
    """POST everywhere: refused, not found or not allowed; no event, no row of the trail's models is new."""
    client = client_of(stage.who("kiemtra"))
    before = stand()
    # One's own password and log-out are no business of the province.
    for name in sorted(set(MATRIX) - {"account_change_password"}):
        arguments, _ = MATRIX[name]
        for method in ("post", "put", "patch", "delete"):
            answer = getattr(client, method)(reverse(name, kwargs=arguments(stage)), {"revision": 1, "number": 2})
            assert answer.status_code in (403, 404, 405), (name, method, answer.status_code)
    assert stand() == before


def test_an_auditor_changes_nothing_through_the_api(stage):
    from rest_framework.test import APIClient

    from tests.api.test_access_api import addresses

    client = APIClient()
    client.force_login(stage.who("kiemtra"), backend="allauth.account.auth_backends.AuthenticationBackend")
    before = stand()
    bodies = {
        "progress/": {"assignment": stage.open_duty.pk, "period": stage.period().pk},
        "report-runs/": {"plan": stage.plan.code, "code": "year_end", "year": 2021},
        "period-closes/": {"period": stage.period("2021-Q3").pk},
    }
    reopening = {"reason": "x", "approver": "x", "document": "x", "expires_on": "2021-12-11"}
    real = {"progress/1/": stage.waiting.pk, "period-closes/1/": stage.close.pk}
    # One's own keys are no business of the province.
    for path in sorted(path for path in addresses() if not path.startswith("tokens/")):
        body = reopening if path.endswith("/reopen/") else bodies.get(path, {})
        if path.endswith("/return/"):
            body = {"reason_code": "other", "reason": "x"}
        if path.endswith("/correct/"):
            body = {"reason": "x"}
        for prefix, pk in real.items():
            if path.startswith(prefix):
                path = path.replace("/1/", f"/{pk}/", 1)
        form = "json"
        if path.endswith("/evidence/"):
            form, body = "multipart", {"file": SimpleUploadedFile("bc.pdf", pdf_bytes())}
        for method in ("post", "put", "patch", "delete"):
            answer = getattr(client, method)(
                f"/api/v1/{path}", body, format=form, headers={"If-Match": f'"{stage.waiting.revision}"'}
            )
            assert answer.status_code in (403, 404, 405), (path, method, answer.status_code, answer.content)
    assert stand() == before


def stand() -> dict[str, int]:
    """How many rows of everything that is sealed there are, and how many events."""
    return {label: rule.model._base_manager.count() for label, rule in seals.RULES.items()} | {
        "events": Event.objects.count(),
        "head": TrailHead.objects.order_by("-sequence").first().sequence,
    }

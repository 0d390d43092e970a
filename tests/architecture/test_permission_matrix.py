"""The permission matrix (``parportal/access.py``), asked: every address × method × row, every time by the seats that
tell a wrong door (``seats_of``), in ``deep`` by all of them.

Each request runs in a savepoint that is undone. A refused step leaves every row of the portal as it was; an allowed
one leaves something different. What stands in a row is looked for in every answer.
"""

import gc
import re
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from agencies.permissions import Role
from parportal.access import IN_TRAIL, KNOWS, LINES
from parportal.access_lines import Line, Row
from parportal.addresses import every_address
from parportal.seats import EVERYONE, INSTALLER, READS_REPORTS, SEATS, WITHOUT_MEMBERSHIP, Relation, Seat
from tests.architecture.permission_stage import (
    FILTERS,
    MARKS,
    NOWHERE,
    Answer,
    Stage,
    ask,
    built,
    others_work,
    request_of,
    url_of,
)

pytestmark = pytest.mark.usefixtures("db")

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Whom a method without a line is tried with: nobody may, so a few stand for all.
TRIED = (
    Seat(Role.OFFICER, Relation.OWN),
    Seat(Role.REVIEWER, Relation.STANDING),
    Seat(Role.OFFICER, Relation.ELSEWHERE),
    INSTALLER,
)
# Whose pages must not move when others work: nobody here may know of reports of the row's agency.
BYSTANDERS = (
    Seat(Role.OFFICER, Relation.OTHER),
    Seat(Role.ADMINISTRATOR, Relation.OWN),
    Seat(Role.REVIEWER, Relation.FORMER),
    Seat(Role.LEADER, Relation.ELSEWHERE),
    WITHOUT_MEMBERSHIP,
)
# What differs in two answers to the same question.
VARYING = re.compile(r'[A-Za-z0-9]{64}|nonce="[^"]*"')
# Lists in which a row is looked for by its link.
LINKS = {
    "plans:assignment_list": "/nhiem-vu/{pk}/",
    "plans:review_queue": "/duyet/{pk}/",
    "plans:chase_list": "/nhiem-vu/{pk}/",
    "plans:chase_sent": "/nhiem-vu/{assignment}/",
    "plans:leader_list": "/nhiem-vu/{pk}/",
    "plans:proposal_list": "/duyet/{pk}/tra-loi-kien-nghi/",
    "reports:run_list": "/bao-cao/{pk}/",
    "trail_list": "/dau-vet/{label}/{pk}/",
    "trail_export": '"{label}"',
    "admin:autocomplete": '"id": "{pk}"',
}
# Lists longer than a page; the row is their newest.
LONG = {"api:trail-list"}


@pytest.fixture(scope="module")
def made(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Stage, Any]]:
    files = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path_factory.mktemp("matrix-files")), "base_url": None},
    }
    plain = override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"], STORAGES=_with(files), PORTAL_CLOCK=""
    )
    with django_db_blocker.unblock(), transaction.atomic():
        with plain, built() as stage:
            # What stands from here on is not looked through for garbage with every few requests.
            gc.freeze()
            yield stage, files
            gc.unfreeze()
        transaction.set_rollback(True)


def _with(files: Any) -> Any:
    from django.conf import settings

    return {**settings.STORAGES, "default": files}


@pytest.fixture
def stage(made: tuple[Stage, Any], portal_settings: None, settings: Any) -> Stage:
    stage, files = made
    settings.STORAGES = {**settings.STORAGES, "default": files}
    return stage


def name_of(line: Line) -> str:
    return f"{line.address} {line.method} {line.row.name}"


def _expected(line: Line, seat: Seat) -> tuple[int, bool]:
    return line.answer_to(seat), line.shows is not None and seat in line.shows


@lru_cache(maxsize=1)
def _near() -> dict[Seat, tuple[Seat, ...]]:
    """The seats that differ from a seat in the role or in the relation, not in both."""
    return {
        seat: tuple(one for one in SEATS if one.role and (one.role is seat.role) is not (one.relation is seat.relation))
        for seat in SEATS
    }


def seats_of(line: Line) -> list[Seat]:
    """Return whom a line is asked for every time (``deep`` asks it for all 51).

    What the portal knows of a person is a role and where its agency stands to the row, so a door that is wrong is
    wrong about a role or about a relation. Every role and every relation is therefore asked once for each answer that
    the line gives it, by the seat that most easily gets a wrong one: where most people of the same role, or of the
    same relation, get something else. Which of equals it is changes from line to line.
    """
    answers = {seat: _expected(line, seat) for seat in SEATS}

    def rank(seat: Seat) -> tuple[int, int]:
        differ = sum(answers[one] != answers[seat] for one in _near()[seat])
        return -differ, zlib.crc32(f"{name_of(line)} {seat}".encode())

    found, known = [WITHOUT_MEMBERSHIP, INSTALLER], set()
    for seat in sorted((seat for seat in SEATS if seat.role), key=rank):
        new = {(seat.role, answers[seat]), (seat.relation, answers[seat])} - known
        if new:
            known |= new
            found.append(seat)
    # Somebody who may proves that the line changes what it says.
    if line.may and not line.may & set(found):
        found.append(min(line.may, key=rank))
    return found


def finds(stage: Stage, line: Line, answer: Answer) -> bool:
    """Tell whether the list names the row."""
    row = stage.rows[line.row]
    if line.address.startswith("api:"):
        body = answer.json()
        found = [one["id"] for one in body["results"]]
        if line.address in LONG:
            assert bool(found) == bool(body["count"]), "a count tells of rows that are not shown"
        else:
            assert body.get("next") is None
            assert body.get("count", len(found)) == len(found), "a count tells of rows that are not shown"
        return stage.id(line.row) in found
    if line.row in MARKS and line.address.startswith("plans:plan_list"):
        return MARKS[line.row] in answer.text
    link = LINKS.get(line.address) or f"{url_of(stage, line)}{{pk}}/"
    return link.format(**row) in answer.text


def faults_of(stage: Stage, line: Line, seat: Seat, asked: dict[str, Any]) -> Iterator[str]:
    """Yield what is not as the line says for a person."""
    # One allowed person of a line proves that it changes something; every refused one that it does not.
    allowed, first = seat in line.may, next((one for one in seats_of(line) if one in line.may), None)
    answer = ask(stage, seat, **asked, thorough=not allowed or seat == first)
    wanted = line.answer_to(seat)
    if answer.status != wanted:
        yield f"{answer.status} instead of {wanted}"
        return
    if allowed and line.changes and not answer.changed:
        yield "allowed, but nothing was changed"
    if answer.changed and not (allowed and line.changes):
        yield "something was changed"
    if line.shows is not None and answer.status == 200 and finds(stage, line, answer) != (seat in line.shows):
        yield "the row is shown" if seat not in line.shows else "the row is not shown"
    yield from leaks(seat, answer, line.address)
    query = FILTERS.get((line.address, line.row))
    if query and line.shows is not None and answer.status == 200 and seat in (*BYSTANDERS, min(line.shows, key=str)):
        found = ask(stage, seat, **{**asked, "body": query(stage, stage.rows[line.row])})
        if found.status != 200 or finds(stage, line, found) != (seat in line.shows):
            yield f"a search finds the row or not, wrongly ({found.status})"
        yield from leaks(seat, found, line.address)


def leaks(seat: Seat, answer: Answer, address: str = "") -> Iterator[str]:
    for row, people in KNOWS.items():
        told = address.startswith(("trail_", "api:trail-")) and seat in IN_TRAIL.get(row, ())
        if seat not in people and not told and MARKS[row] in answer.text:
            yield f"tells what stands in: {row.name}"


def test_every_address_has_a_line() -> None:
    lined = {line.address for line in LINES}
    assert set(every_address()) - lined == set(), "addresses without a line in parportal/access.py"
    assert lined - set(every_address()) == set(), "lines of addresses that do not exist"


def test_no_line_is_written_twice() -> None:
    keys = [(line.address, line.method, line.row) for line in LINES]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


def test_every_kind_of_row_stands_on_the_stage(stage: Stage) -> None:
    assert {line.row for line in LINES} | {Row.NONE} == set(Row) == set(stage.rows)
    assert set(KNOWS) == set(MARKS)
    assert set(stage.people) == set(SEATS) == EVERYONE


@pytest.mark.parametrize("line", LINES, ids=name_of)
def test_people_get_what_the_line_says(stage: Stage, line: Line) -> None:
    asked = request_of(stage, line)
    faults = [f"{seat}: {fault}" for seat in seats_of(line) for fault in faults_of(stage, line, seat, asked)]
    assert faults == [], name_of(line)


@pytest.mark.deep
@pytest.mark.parametrize("line", LINES, ids=name_of)
def test_everybody_gets_what_the_line_says(stage: Stage, line: Line) -> None:
    asked = request_of(stage, line)
    faults = [f"{seat}: {fault}" for seat in SEATS for fault in faults_of(stage, line, seat, asked)]
    assert faults == [], name_of(line)


def test_every_role_and_relation_is_asked_for_each_of_its_answers() -> None:
    for line in LINES:
        asked = seats_of(line)
        for part in ("role", "relation"):
            wanted = {(getattr(seat, part), _expected(line, seat)) for seat in SEATS}
            assert wanted == {(getattr(seat, part), _expected(line, seat)) for seat in asked}, name_of(line)


@pytest.mark.parametrize("line", LINES, ids=name_of)
def test_a_stranger_gets_the_log_in(stage: Stage, line: Line) -> None:
    asked = request_of(stage, line)
    answer = ask(stage, None, **asked)
    api = line.address.startswith("api:")
    if line.stranger is not None:
        assert answer.status == line.stranger
    elif api:
        assert (answer.status, answer.log_in) == (401, "Bearer")
    else:
        assert answer.status == 302
        assert "/login/" in answer.location
    assert list(leaks(WITHOUT_MEMBERSHIP, answer)) == []
    assert not answer.changed


@pytest.mark.parametrize("line", [line for line in LINES if line.method != "GET"], ids=name_of)
def test_a_write_without_its_csrf_token_is_refused(stage: Stage, line: Line) -> None:
    asked = request_of(stage, line)
    allowed = sorted(line.may or EVERYONE, key=str)[0]
    for seat in (allowed, None):
        answer = ask(stage, seat, **asked, csrf=False)
        api_stranger = seat is None and line.address.startswith("api:")
        assert answer.status == (401 if api_stranger else 403), seat
        assert not answer.changed


@pytest.mark.parametrize("name", every_address())
def test_a_method_without_a_line_changes_nothing(stage: Stage, name: str) -> None:
    lines = [line for line in LINES if line.address == name]
    ours = name.split(":")[0] in ("api", "agencies", "indicators", "plans", "reports", "home")
    missing = [method for method in METHODS if method not in {line.method for line in lines}]
    turn = zlib.crc32(name.encode())
    for number, method in enumerate(missing):
        # A method is refused before anybody looks who asks: each is tried with one person, in turn, and each address
        # with a stranger.
        tried = TRIED[(turn + number) % len(TRIED)]
        for seat in (None,) if method == "OPTIONS" else (tried, None) if number == 0 else (tried,):
            answer = ask(stage, seat, method, url_of(stage, lines[0]))
            assert not answer.changed, (method, seat)
            assert answer.status < 500, (method, seat)
            if seat is None:
                assert list(leaks(WITHOUT_MEMBERSHIP, answer)) == []
                assert (answer.status, answer.log_in) == (401, "Bearer") or not name.startswith("api:"), method
            elif ours and name != NOWHERE:
                assert answer.status == 405, (method, seat)


def _plain(answer: Answer) -> tuple[int, str]:
    """Return an answer without what differs each time."""
    return answer.status, VARYING.sub("", answer.text)


def test_work_of_others_moves_no_figure_of_a_bystander(stage: Stage) -> None:
    """Counts, percentages, lists and pages are the same before and after another agency reported and was judged."""
    lines = [line for line in LINES if line.method == "GET" and line.address != "api:schema"]
    watched = {url_of(stage, line): request_of(stage, line) for line in lines}
    # A refusal says nothing: that it stays one is what the lines above say.
    pages = {(url_of(stage, line), seat) for line in lines for seat in BYSTANDERS if line.answer_to(seat) == 200}
    assert not set(BYSTANDERS) & READS_REPORTS
    with transaction.atomic():
        before = {(url, seat): _plain(ask(stage, seat, **watched[url])) for url, seat in sorted(pages, key=str)}
        others_work(stage)
        moved = [
            f"{url} for {seat}" for url, seat in before if before[url, seat] != _plain(ask(stage, seat, **watched[url]))
        ]
        transaction.set_rollback(True)
    assert moved == []


def test_the_same_work_is_seen_by_those_who_may(stage: Stage) -> None:
    """The test above would see a difference."""
    line = next(line for line in LINES if (line.address, line.row) == ("plans:assignment_list", Row.DUTY))
    asked, leader = request_of(stage, line), Seat(Role.LEADER, Relation.OTHER)
    with transaction.atomic():
        before = _plain(ask(stage, leader, **asked))
        assert before == _plain(ask(stage, leader, **asked))
        others_work(stage)
        assert before != _plain(ask(stage, leader, **asked))
        transaction.set_rollback(True)

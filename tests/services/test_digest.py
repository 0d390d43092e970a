"""The digest with two real workers at once on PostgreSQL and Redis, and a real mail server that counts."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import redis
from django.conf import settings as portal
from django.db import connection

from agencies import calendar, constraints, mailer
from agencies.actions import jobs, notices
from agencies.actions.notices import Telling
from agencies.models import Job, Mail, Notice, User
from agencies.schedule import send_digests
from parportal.celery import app
from plans.actions import reminders
from plans.models import Reminder
from tests.conftest import DAY, Small, build_small
from tests.post_office import PostOffice, use
from tests.services.test_two_at_once import race

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
ROOT = Path(__file__).resolve().parents[2]


def wait_for(what: Callable[[], object], seconds: float, why: str, log: Path | None = None) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return
        time.sleep(0.1)
    said = log.read_text(errors="replace")[-3000:] if log else ""
    pytest.fail(f"not within {seconds:.0f} s: {why}\n{said}")


@pytest.fixture
def province(transactional_db: None) -> Iterator[Small]:
    """A committed small province whose people have addresses; the clock stands at 09:00 on 10/12/2021."""
    if connection.vendor != "postgresql":
        pytest.fail("these tests are run on PostgreSQL")
    with calendar.held_at(DAY):
        small = build_small()
        for name, person in small.people.items():
            User.objects.filter(pk=person.pk).update(email=f"{name}@example.vn")
        Job.objects.all().delete()
        yield small
    constraints.remove(connection)


@pytest.fixture
def post_office(settings: Any) -> Iterator[PostOffice]:
    office = PostOffice()
    use(settings, office.port)
    with office.open():
        yield office


@pytest.fixture
def workers(province: Small, post_office: PostOffice, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen]]:
    """Start real workers on this test's database; their business time stands where the test's does."""
    if not portal.REDIS_URL:
        pytest.fail("these tests need Redis (REDIS_URL)")
    forget_messages()
    database = connection.settings_dict
    address = (
        f"postgres://{quote(database['USER'])}:{quote(database['PASSWORD'] or '')}@"
        f"{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}"
    )
    environment = {
        **os.environ,
        "DATABASE_URL": address,
        "REDIS_URL": portal.REDIS_URL,
        "PORTAL_VAR": str(tmp_path / "var"),
        "PORTAL_CLOCK": f"{DAY.isoformat()}@{calendar.real_now().isoformat()}",
        "PORTAL_DEMO": "1",
        "SECRET_KEY": portal.SECRET_KEY,
        "EMAIL_URL": f"smtp://127.0.0.1:{post_office.port}",
        "MAIL_FROM": "Cổng CCHC <cong@tinh-thu.example.vn>",
    }
    started: list[tuple[subprocess.Popen, Any]] = []

    def start() -> subprocess.Popen:
        log = (tmp_path / f"worker-{len(started)}.log").open("w")
        name = f"digest{os.getpid()}-{len(started)}@test"
        worker = subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "--app", "parportal", "worker", "--pool", "solo"),
                *("--hostname", name, "--prefetch-multiplier", "1", "--loglevel", "INFO"),
                *("--without-gossip", "--without-mingle"),
            ],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        started.append((worker, log))
        path = Path(log.name)
        wait_for(lambda: "ready." in path.read_text(errors="replace"), 60, "a worker is ready", path)
        return worker

    start.logs = lambda: [Path(log.name).read_text(errors="replace") for _, log in started]  # type: ignore[attr-defined]
    yield start
    for worker, log in started:
        if worker.poll() is None:
            worker.send_signal(signal.SIGTERM)
            try:
                worker.wait(timeout=20)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
        log.close()
    forget_messages()


def quiet(unacked: int = 0) -> bool:
    """Tell whether nothing waits or runs; a killed worker leaves ``unacked`` messages behind for an hour."""
    with redis.Redis.from_url(portal.REDIS_URL) as client:
        messages = int(client.llen("celery")) + int(client.hlen("unacked")) - unacked
    return messages <= 0 and not Job.objects.filter(state__in=["queued", "running"]).exists()


def forget_messages() -> None:
    """Empty the queue, also of what a killed worker had taken."""
    app.control.purge()
    with redis.Redis.from_url(portal.REDIS_URL) as client:
        client.delete("unacked", "unacked_index")


def test_replaying_the_digest_ten_times_with_two_workers_sends_each_letter_once(province, post_office, workers):
    made = reminders.remind(plan=province.plan)
    reminders.chase(assignments=[province.assignment("1", "STP")], by=province.who("snv.thamdinh"))
    everybody = [
        Telling(person=province.who(name), event="thử", subject="Họp giao ban cải cách hành chính")
        for name in province.people
    ]
    notices.post(province_id=province.province.pk, tellings=everybody)
    people = set(Notice.objects.filter(channel="mail").values_list("person__email", flat=True))
    assert made
    assert len(people) == len(province.people)
    workers()
    workers()
    for _ in range(10):
        send_digests.delay()
    wait_for(lambda: Mail.objects.filter(state="sent").count() == len(people) and quiet(), 90, "all letters are sent")
    # Each delivery of each job ten times more, as a broker may do it, and as new jobs too.
    from agencies.jobs import run_job

    for _ in range(10):
        for job in Job.objects.all():
            run_job.delay(str(job.pk))
        for mail in Mail.objects.all():
            jobs.enqueue(kind=notices.SEND_MAIL, subject=mail, province_id=mail.province_id, by=None)
        send_digests.delay()
    wait_for(quiet, 90, "everything was replayed")
    assert post_office.counts == dict.fromkeys(people, 1)
    assert len({letter["Message-ID"] for letter in post_office.letters}) == len(people)
    assert set(Mail.objects.values_list("state", "attempts")) == {("sent", 1)}
    worked = [log.count("succeeded in") for log in workers.logs()]
    assert all(number > 0 for number in worked), f"both workers had a part in it: {worked}"


def test_a_worker_killed_while_the_server_answers_leaves_a_letter_that_is_never_sent_again(
    province, post_office, workers, settings, monkeypatch
):
    held = "stp.canbo@example.vn"
    post_office.hold_after.add(held)
    for name in ("stp.canbo", "syt.canbo"):
        notices.post(
            province_id=province.province.pk,
            tellings=[Telling(person=province.who(name), event="thử", subject="Có việc")],
        )
    worker = workers()
    notices.write_mail(person=province.who("stp.canbo"), day=DAY.date())
    wait_for(post_office.taken.is_set, 60, "the server has the letter and has not said so")
    assert Mail.objects.get(address=held).state == "sending"
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    post_office.hold_after.clear()
    workers()
    settings.JOB_STALE_SECONDS = 0
    # The sweep gives the dead worker's job to the living one; it finds the letter taken and leaves it.
    jobs.sweep()
    for _ in range(5):
        send_digests.delay()
    wait_for(lambda: post_office.counts["syt.canbo@example.vn"] == 1 and quiet(1), 60, "others get theirs")
    assert Mail.objects.get(address=held).state == "sending"
    monkeypatch.setattr(mailer, "SILENT_AFTER", timedelta(0))
    notices.digest()
    for _ in range(5):
        send_digests.delay()
    wait_for(lambda: quiet(1), 60, "nothing waits")
    mail = Mail.objects.get(address=held)
    assert (mail.state, mail.attempts, mail.error) == ("uncertain", 1, mailer.WORKER_DIED)
    assert post_office.counts == {held: 1, "syt.canbo@example.vn": 1}
    assert Notice.objects.filter(person__username="quantri", event=f"mail:{mail.pk}:uncertain").count() == 1


def test_two_clocks_at_once_remind_once(province):
    results = race(*[partial(reminders.remind, plan=province.plan) for _ in range(4)])
    assert sorted(bool(made) for made in results) == [False, False, False, True], results
    assert Notice.objects.filter(channel="inbox").exists()
    keys = list(Reminder.objects.values_list("assignment", "period", "agency", "rung", "audience"))
    assert len(keys) == len(set(keys))


def test_two_reviewers_at_once_chase_once_and_the_clock_does_not_stop_them(province):
    from agencies.errors import Conflict

    duties = [province.assignment("1", "STP"), province.assignment("5", "SYT")]
    one, two = province.who("snv.thamdinh"), province.who("vpub.thamdinh")
    results = race(
        lambda: reminders.chase(assignments=duties, by=one),
        lambda: reminders.chase(assignments=list(reversed(duties)), by=two),
        lambda: reminders.remind(plan=province.plan),
    )
    assert sum(isinstance(result, Conflict) for result in results[:2]) == 1, results
    assert isinstance(results[2], list), results
    assert Reminder.objects.filter(rung="chase").count() == 2


def test_the_same_notice_posted_by_many_at_once_is_one(province):
    told = [Telling(person=province.who("stp.canbo"), event="thử", subject="Có việc")]
    results = race(*[lambda: notices.post(province_id=province.province.pk, tellings=told) for _ in range(4)])
    assert sorted(results) == [0, 0, 0, 2]


def test_many_who_write_the_same_letter_at_once_write_one(province):
    person = province.who("stp.canbo")
    for number in range(3):
        told = Telling(person=person, event=f"thử:{number}", subject="Có việc")
        notices.post(province_id=province.province.pk, tellings=[told])
    results = race(*[lambda: notices.write_mail(person=person, day=DAY.date()) for _ in range(4)])
    assert sum(isinstance(result, Mail) for result in results) == 1, results
    assert sum(result is None for result in results) == 3, results
    assert Notice.objects.filter(mail=Mail.objects.get()).count() == 3


def test_many_who_take_the_same_letter_at_once_send_one(province, post_office):
    person = province.who("stp.canbo")
    notices.post(province_id=province.province.pk, tellings=[Telling(person=person, event="thử", subject="Có việc")])
    mail = notices.write_mail(person=person, day=DAY.date())
    results = race(*[lambda: mailer.send(mail.pk) for _ in range(6)])
    assert sorted(results) == ["", "", "", "", "", "sent"]
    assert post_office.counts == {"stp.canbo@example.vn": 1}

"""The day's letter, through a real mail server on this machine: one a person a day, at most once."""

import email.utils
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from agencies import calendar, mailer
from agencies.actions import notices
from agencies.actions.notices import Telling
from agencies.models import Job, Mail, Notice, User
from tests.post_office import free_port

ADDRESS = "stp.canbo@example.vn"
STATES = Mail.State


@pytest.fixture
def tell(addressed):
    def post(event="thử:1", name="stp.canbo", window=None, **telling):
        told = Telling(
            person=addressed.who(name),
            event=event,
            subject=telling.pop("subject", "Nhiệm vụ sắp đến hạn"),
            body="Còn 3 ngày, hạn 13/12/2021.",
            link="/nhiem-vu/1/",
            **telling,
        )
        return notices.post(province_id=addressed.province.pk, tellings=[told], window=window)

    return post


@pytest.fixture
def work(run_jobs):
    """Let the clock and the worker do their round, so many times."""

    def rounds(times=1):
        for _ in range(times):
            notices.digest()
            run_jobs()

    return rounds


def wait_until_due():
    """Let the pause after a refusal pass."""
    Mail.objects.filter(state=STATES.FAILED).update(next_attempt_at=calendar.real_now() - timedelta(seconds=1))


def at(day, hour=9):
    return calendar.held_at(datetime(2021, 12, day, hour, 0, tzinfo=calendar.VIETNAM))


def test_a_person_gets_one_letter_a_day_with_everything(tell, work, post_office):
    for number in range(5):
        tell(f"thử:{number}", subject=f"Việc thứ {number}")
    work(10)
    tell("muộn", subject="Việc đến sau khi thư đã đi")
    work(10)
    assert post_office.counts == {ADDRESS: 1}
    text = post_office.to(ADDRESS).get_content()
    assert [f"{number + 1}. Việc thứ {number}" in text for number in range(5)] == [True] * 5
    assert "Việc đến sau" not in text
    with at(11):
        work(10)
    assert post_office.counts == {ADDRESS: 2}
    assert "Việc đến sau khi thư đã đi" in post_office.letters[1].get_content()
    assert "Việc thứ 0" not in post_office.letters[1].get_content()


def test_the_letter_is_plain_vietnamese_text_with_real_headers(tell, work, post_office):
    tell()
    work()
    letter, kept = post_office.to(ADDRESS), Mail.objects.get()
    assert letter["Subject"].strip() == "[Cổng CCHC] 1 việc cần ông/bà chú ý, ngày 10/12/2021"
    assert letter.get_content_type() == "text/plain"
    assert letter["From"] == "Cổng CCHC <cong@tinh-thu.example.vn>"
    assert letter["Message-ID"] == kept.message_id
    assert kept.message_id.endswith("@tinh-thu.example.vn>")
    assert letter["Auto-Submitted"] == "auto-generated"
    sent = email.utils.parsedate_to_datetime(letter["Date"])
    assert abs(sent - calendar.real_now()) < timedelta(minutes=2), "the date is the real one, not the business time"
    text = letter.get_content()
    assert "Kính gửi ông/bà stp.canbo (thử)," in text
    assert "Có 1 việc cần ông/bà chú ý, tính đến ngày 10/12/2021:" in text
    assert "https://cong.example.vn/nhiem-vu/1/" in text
    assert "https://cong.example.vn/thong-bao/" in text
    assert (kept.state, kept.attempts) == (STATES.SENT, 1)


def test_no_letter_is_written_before_its_hour(tell, work, post_office, settings):
    settings.MAIL_DIGEST_HOUR = 7
    tell()
    with at(10, hour=6):
        work()
    assert not Mail.objects.exists()
    with at(10, hour=7):
        work()
    assert post_office.counts == {ADDRESS: 1}


@pytest.mark.parametrize(
    ("stage", "answer"),
    [("at_rcpt", "550 Unknown"), ("at_rcpt", "451 Later"), ("at_data", "452 Full"), ("at_data", "554 No")],
)
def test_a_refused_letter_is_tried_again_after_a_pause_and_arrives_once(tell, work, post_office, stage, answer):
    getattr(post_office, stage)[ADDRESS] = answer
    tell()
    work(3)
    mail = Mail.objects.get()
    assert (mail.state, mail.attempts) == (STATES.FAILED, 1), "the pause has not passed"
    assert answer.split()[0] in mail.error
    getattr(post_office, stage).clear()
    wait_until_due()
    work(3)
    assert post_office.counts == {ADDRESS: 1}
    assert Mail.objects.get().state == STATES.SENT
    assert Mail.objects.get().attempts == 2


def test_a_server_that_is_away_is_a_refusal(tell, work, post_office, settings):
    settings.EMAIL_PORT = free_port()
    tell()
    work()
    assert Mail.objects.get().state == STATES.FAILED
    settings.EMAIL_PORT = post_office.port
    wait_until_due()
    work()
    assert post_office.counts == {ADDRESS: 1}


def test_a_refused_letter_has_five_attempts_a_day_and_then_goes_with_the_next_days(tell, work, post_office):
    post_office.at_rcpt[ADDRESS] = "450 Busy"
    tell()
    for _ in range(8):
        work()
        wait_until_due()
    mail = Mail.objects.get()
    assert (mail.state, mail.attempts) == (STATES.FAILED, mailer.ATTEMPTS)
    post_office.at_rcpt.clear()
    with at(11):
        tell("thử:2", subject="Việc mới")
        work(3)
        text = post_office.to(ADDRESS).get_content()
        assert "Nhiệm vụ sắp đến hạn" in text
        assert "Việc mới" in text
        assert post_office.counts == {ADDRESS: 1}
        assert Mail.objects.get(pk=mail.pk).next_attempt_at is None
    with at(12):
        work(3)
    assert post_office.counts == {ADDRESS: 1}


def test_a_letter_that_may_have_arrived_is_never_sent_again_and_the_administrator_sees_it(
    addressed, tell, work, post_office
):
    post_office.hang_up_after.add(ADDRESS)
    tell()
    work()
    mail = Mail.objects.get()
    assert (mail.state, mail.attempts) == (STATES.UNCERTAIN, 1)
    post_office.hang_up_after.clear()
    work(10)
    with at(11):
        work(10)
        assert len(post_office.letters) == 1
        told = Notice.objects.get(person__username="quantri")
        assert mail.message_id in told.body
        assert told.channel == Notice.Channel.INBOX
    admin = Client()
    admin.force_login(addressed.who("quantri"))
    listed = admin.get("/quan-tri/agencies/mail/?state__exact=uncertain").content.decode()
    assert "không rõ đã gửi hay chưa" in listed
    page = admin.get(f"/quan-tri/agencies/mail/{mail.pk}/change/").content.decode()
    assert mail.message_id.strip("<>") in page
    assert "Nhiệm vụ sắp đến hạn" not in page, "what a letter says is for its reader"


@pytest.fixture
def ten_minutes_pass(monkeypatch):
    """The time after which a silent worker is held to be dead."""
    return lambda: monkeypatch.setattr(mailer, "SILENT_AFTER", timedelta(seconds=-1))


def test_a_worker_that_died_in_between_leaves_an_uncertain_letter(tell, work, post_office, ten_minutes_pass):
    tell()
    notices.digest()
    mail = Mail.objects.get()
    assert mailer.claim(mail.pk) is not None
    work(3)
    assert Mail.objects.get().state == STATES.SENDING, "the worker may still be speaking to the server"
    ten_minutes_pass()
    work(3)
    mail = Mail.objects.get()
    assert (mail.state, mail.error) == (STATES.UNCERTAIN, mailer.WORKER_DIED)
    assert post_office.letters == []


def test_a_worker_thought_dead_that_comes_back_says_what_it_knows(tell, post_office, ten_minutes_pass):
    tell()
    notices.digest()
    mail = mailer.claim(Mail.objects.get().pk)
    ten_minutes_pass()
    mailer.tidy()
    assert Mail.objects.get().state == STATES.UNCERTAIN
    mailer.deliver(mail)
    assert mailer._end(mail, STATES.SENT) == STATES.SENT
    assert Mail.objects.get().state == STATES.SENT


def test_a_letter_is_taken_once(tell, post_office):
    tell()
    notices.digest()
    (mail,) = Mail.objects.all()
    assert mailer.claim(mail.pk) is not None
    assert mailer.claim(mail.pk) is None
    assert mailer.send(mail.pk) == ""
    assert post_office.letters == []


def test_a_letter_of_yesterday_that_nobody_took_goes_with_todays(tell, work, post_office):
    tell()
    notices.digest()
    Job.objects.all().delete()
    with at(11):
        work(3)
    assert post_office.counts == {ADDRESS: 1}
    assert list(Mail.objects.order_by("day").values_list("state", flat=True)) == [STATES.FAILED, STATES.SENT]
    assert set(Notice.objects.filter(channel="mail").values_list("mail__day", flat=True)) == {date(2021, 12, 11)}


def test_old_news_is_not_mailed(tell, work, post_office):
    tell(window=date(2021, 12, 3))
    work()
    assert post_office.letters == []


def test_who_lost_the_address_or_the_log_in_gets_no_letter(addressed, tell, work, post_office):
    tell()
    tell(name="syt.canbo")
    User.objects.filter(username="stp.canbo").update(email=None)
    User.objects.filter(username="syt.canbo").update(is_active=False)
    work()
    assert post_office.letters == []
    assert not Mail.objects.exists()


def test_an_address_that_cannot_be_written_harms_nobody_else(addressed, tell, work, post_office):
    User.objects.filter(username="stp.canbo").update(email="a b@example.vn\n")
    tell()
    tell(name="syt.canbo")
    work()
    assert post_office.counts == {"syt.canbo@example.vn": 1}


@pytest.mark.parametrize(
    ("start", "change"),
    [
        (STATES.SENDING, "state = 'pending', attempts = 0"),
        (STATES.SENDING, "state = 'sending', attempts = 2"),
        (STATES.SENT, "state = 'failed', sent_at = NULL, error = 'x'"),
        (STATES.SENT, "error = 'x'"),
        (STATES.UNCERTAIN, "state = 'failed'"),
        (STATES.UNCERTAIN, "state = 'sending'"),
        (STATES.PENDING, "state = 'sent', sent_at = created_at"),
        (STATES.PENDING, "body = 'khác'"),
        (STATES.PENDING, "address = 'khac@example.vn'"),
    ],
)
def test_the_database_itself_lets_a_letter_only_move_forward(tell, post_office, start, change):
    tell()
    notices.digest()
    mail = Mail.objects.get()
    if start != STATES.PENDING:
        taken = mailer.claim(mail.pk)
    if start == STATES.SENT:
        mailer._end(taken, STATES.SENT)
    elif start == STATES.UNCERTAIN:
        mailer._end(taken, STATES.UNCERTAIN, "x")
    assert Mail.objects.get().state == start
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE agencies_mail SET {change} WHERE id = %s", [mail.pk])
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM agencies_mail WHERE id = %s", [mail.pk])


def test_a_notice_that_went_with_a_letter_cannot_go_with_another(tell, work, post_office):
    tell()
    work()
    notice = Notice.objects.get(channel="mail")
    for change in ("mail_id = NULL", "read_at = created_at"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE agencies_notice SET {change} WHERE id = %s", [notice.pk])

"""The inbox: told once, seen by its owner only, marked as read once, never changed."""

from datetime import date, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies import calendar
from agencies.actions import notices
from agencies.actions.notices import Telling
from agencies.models import Notice, User

INBOX, MAIL = Notice.Channel.INBOX, Notice.Channel.MAIL


def tell(small, name="stp.canbo", event="thử:1", window=None, **telling):
    told = Telling(person=small.who(name), event=event, subject=telling.pop("subject", "Có việc"), **telling)
    return notices.post(province_id=small.province.pk, tellings=[told], window=window)


def browser(small, name):
    client = Client()
    client.force_login(small.who(name))
    return client


def test_the_same_event_is_told_once_a_window(addressed):
    assert tell(addressed) == 2
    assert tell(addressed) == 0
    assert tell(addressed, window=date(2021, 12, 11)) == 2
    assert tell(addressed, event="thử:2") == 2
    assert Notice.objects.count() == 6


def test_who_has_no_address_is_told_in_the_portal_only(small):
    assert tell(small) == 1
    assert set(Notice.objects.values_list("channel", flat=True)) == {INBOX}


def test_who_cannot_log_in_is_told_nothing(addressed):
    User.objects.filter(username="stp.canbo").update(is_active=False)
    assert tell(addressed) == 0


def test_a_subject_is_one_line(small):
    tell(small, subject="Một\r\nBcc: ai@example.vn\n" + "dài " * 200)
    subject = Notice.objects.get().subject
    assert "\n" not in subject
    assert len(subject) == 300


@pytest.mark.parametrize("link", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_a_link_never_leads_out_of_the_portal(small, link):
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.create(
            province=small.province,
            person=small.who("stp.canbo"),
            channel=INBOX,
            event="thử",
            window=calendar.today(),
            subject="x",
            link=link,
            created_at=calendar.now(),
        )


def test_nobody_sees_or_reads_the_notices_of_others(addressed):
    tell(addressed)
    notice = Notice.objects.get(channel=INBOX)
    stranger = browser(addressed, "syt.canbo")
    assert "Có việc" not in stranger.get("/thong-bao/").content.decode()
    assert stranger.post(f"/thong-bao/{notice.pk}/doc/").status_code == 404
    notices.read(notice=notice, by=addressed.who("syt.canbo"))
    assert Notice.objects.get(pk=notice.pk).read_at is None
    # The outbox's twin has no page at all.
    mail = Notice.objects.get(channel=MAIL)
    assert browser(addressed, "stp.canbo").post(f"/thong-bao/{mail.pk}/doc/").status_code == 404


def test_reading_opens_what_it_is_about_and_the_first_time_stays(addressed):
    tell(addressed, link="/nhiem-vu/")
    notice = Notice.objects.get(channel=INBOX)
    mine = browser(addressed, "stp.canbo")
    answer = mine.post(f"/thong-bao/{notice.pk}/doc/", {"open": "1"})
    assert (answer.status_code, answer.url) == (302, "/nhiem-vu/")
    first = Notice.objects.get(pk=notice.pk).read_at
    assert first is not None
    with calendar.held_at(datetime(2021, 12, 11, 9, 0, tzinfo=calendar.VIETNAM)):
        assert mine.post(f"/thong-bao/{notice.pk}/doc/").url == "/thong-bao/"
    assert Notice.objects.get(pk=notice.pk).read_at == first


def test_the_inbox_shows_unread_first_and_the_navigation_counts_them(addressed):
    for number in range(3):
        tell(addressed, event=f"thử:{number}", subject=f"Việc số {number}")
    notices.read(notice=Notice.objects.get(channel=INBOX, event="thử:2"), by=addressed.who("stp.canbo"))
    mine = browser(addressed, "stp.canbo")
    page = mine.get("/thong-bao/").content.decode()
    # The newest has been read, so it stands last.
    assert page.index("Việc số 1") < page.index("Việc số 2")
    assert '<span class="pp-nav-count">2<' in mine.get("/nhiem-vu/").content.decode()
    assert "Việc số 2" not in mine.get("/thong-bao/?chua-doc=1").content.decode()
    assert mine.post("/thong-bao/doc-het/").url == "/thong-bao/"
    assert "pp-nav-count" not in mine.get("/thong-bao/").content.decode()
    assert not Notice.objects.filter(channel=INBOX, read_at=None).exists()


def test_a_page_costs_the_same_for_three_notices_as_for_thirty(small):
    mine = browser(small, "stp.canbo")

    def cost(path):
        mine.get(path)
        with CaptureQueriesContext(connection) as seen:
            assert mine.get(path).status_code == 200
        return len(seen)

    for number in range(3):
        tell(small, event=f"a:{number}")
    few = cost("/thong-bao/"), cost("/")
    for number in range(27):
        tell(small, event=f"b:{number}")
    assert (cost("/thong-bao/"), cost("/")) == few


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE agencies_notice SET subject = 'khác' WHERE id = %s",
        "UPDATE agencies_notice SET body = 'khác' WHERE id = %s",
        "UPDATE agencies_notice SET person_id = (SELECT MAX(id) FROM agencies_user) WHERE id = %s",
        "UPDATE agencies_notice SET \"window\" = '2021-01-01' WHERE id = %s",
        "UPDATE agencies_notice SET read_at = NULL WHERE id = %s",
        "DELETE FROM agencies_notice WHERE id = %s",
    ],
)
def test_what_was_told_stays_as_it_was_told(small, sql):
    tell(small)
    notice = Notice.objects.get()
    notices.read(notice=notice, by=small.who("stp.canbo"))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [notice.pk])

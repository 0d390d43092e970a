"""Story 18, chase: reminders 7/3/1 days before, on and after; a list by agency to paste into a công văn; a recorded
reminder is visible to the agency head; no mail storm (one digest a day)."""

import html
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from agencies import calendar
from agencies.actions import directory
from agencies.models import Mail, User
from agencies.schedule import send_digests
from plans.models import Reminder
from plans.schedule import remind_all
from tests.conftest import Small
from tests.post_office import PostOffice, use

OFFICER, HEAD, LEADER = "syt.canbo@example.vn", "syt.thutruong@example.vn", "lanhdao@example.vn"


@pytest.fixture
def post_office(settings: Any) -> Iterator[PostOffice]:
    office = PostOffice()
    use(settings, office.port)
    with office.open():
        yield office


@pytest.fixture
def province(small: Small) -> Small:
    """Sở Y tế has an officer and a head, both with an address; so has the leader."""
    head = directory.add_user(username="syt.thutruong", full_name="Trần Thị Hà", password_hash="!", by=None)
    directory.join(user=head, agency=small.agencies["SYT"], role="agency_head", by=None)
    small.people["syt.thutruong"] = head
    for name in ("syt.canbo", "syt.thutruong", "lanhdao"):
        User.objects.filter(username=name).update(email=f"{name}@example.vn")
    return small


def browser(small: Small, name: str) -> Client:
    client = Client()
    client.force_login(small.who(name))
    return client


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.content.decode())


def letters_of(office: PostOffice, address: str) -> list[str]:
    return [letter.get_content() for letter in office.letters if letter["To"] == address]


def test_story_18_chase(province: Small, post_office: PostOffice, run_jobs: Callable[[], int]) -> None:
    duty = province.assignment("5", "SYT")  # due on 30/11/2021

    # The clock ticks several times a day, as the timer of the portal does.
    def live(until: date) -> None:
        while live.day <= until:
            for hour in (0, 6, 8, 12, 18):
                moment = datetime(live.day.year, live.day.month, live.day.day, hour, 30, tzinfo=calendar.VIETNAM)
                with calendar.held_at(moment):
                    remind_all()
                    send_digests()
                    run_jobs()
            live.day += timedelta(days=1)

    live.day = date(2021, 11, 20)

    # Seven, three and one day before, on the day, and after: the officer is told, each time once.
    live(date(2021, 12, 1))
    told = Reminder.objects.filter(assignment=duty, audience="officer").order_by("day")
    assert [(row.day.day, row.rung) for row in told] == [
        (23, "before_7"),
        (27, "before_3"),
        (29, "before_1"),
        (30, "due"),
        (1, "after_1"),
    ]
    assert [text.count("Nhiệm vụ 5 “") for text in letters_of(post_office, OFFICER)] == [1, 1, 1, 1, 1]
    # The head has seen every one of them in the portal, and was not written to yet.
    inbox = page(browser(province, "syt.thutruong"), "/thong-bao/")
    assert inbox.count("<b>Sở Y tế: đã nhắc cán bộ đầu mối") == 5
    assert letters_of(post_office, HEAD) == []

    # From the third day the head is written to by name.
    live(date(2021, 12, 3))
    (letter,) = letters_of(post_office, HEAD)
    assert "thủ trưởng: Trần Thị Hà" in letter
    assert "quá hạn 3 ngày, hạn 30/11/2021" in letter

    # In the evening of the tenth Sở Nội vụ chases by hand. It looks first at who will be told, and takes the list
    # for a công văn.
    live(date(2021, 12, 10))
    reviewer = browser(province, "snv.thamdinh")
    with calendar.held_at(datetime(2021, 12, 10, 19, 0, tzinfo=calendar.VIETNAM)):
        assert "Công khai kết quả khám, chữa bệnh" in page(reviewer, "/don-doc/")
        answer = reviewer.get("/don-doc/danh-sach/?due=overdue&tep=1").content.decode()
        assert "1. Sở Y tế (1 nhiệm vụ)\n- Nhiệm vụ 5: Công khai kết quả khám, chữa bệnh" in answer
        form = {"assignments": [duty.pk], "text": "Đề nghị báo cáo trước ngày 15/12."}
        preview = html.unescape(reviewer.post("/don-doc/xem-truoc/", form).content.decode())
        assert "Ai sẽ nhận được nếu bấm gửi" in preview
        assert OFFICER in preview
        assert HEAD in preview
        before = Reminder.objects.count()
        sent = html.unescape(reviewer.post("/don-doc/gui/", form, follow=True).content.decode())
        assert "Đã đôn đốc 1 nhiệm vụ của 1 cơ quan." in sent
        assert Reminder.objects.count() == before + 1
        assert reviewer.post("/don-doc/gui/", form).status_code == 409, "once a day"
        # The agency's officer and head see it at once, in the portal and on the task itself.
        for name in ("syt.canbo", "syt.thutruong"):
            assert "Đề nghị báo cáo trước ngày 15/12." in page(browser(province, name), "/thong-bao/")
            assert "Đề nghị báo cáo trước ngày 15/12." in page(browser(province, name), f"/nhiem-vu/{duty.pk}/")
        assert browser(province, "stp.canbo").get(f"/nhiem-vu/{duty.pk}/").status_code == 404

    # After two weeks the leaders have the agency, its head, the task and the days in one item.
    live(date(2021, 12, 14))
    (letter,) = letters_of(post_office, LEADER)
    assert "Sở Y tế (thủ trưởng: Trần Thị Hà): Nhiệm vụ 5 “Công khai kết quả khám, chữa bệnh”" in letter
    assert "quá hạn 14 ngày" in letter
    with calendar.held_at(datetime(2021, 12, 14, 9, 0, tzinfo=calendar.VIETNAM)):
        listed = page(browser(province, "lanhdao"), "/don-doc/lanh-dao/")
        assert "Trần Thị Hà" in listed
        assert "14 ngày" in listed

    # No mail storm: nobody ever had two letters on one day, and what the server took is what is on record.
    days = list(Mail.objects.filter(state="sent").values_list("person__email", "day"))
    assert len(days) == len(set(days)) == len(post_office.letters)
    assert sum("Đề nghị báo cáo trước ngày 15/12." in text for text in letters_of(post_office, OFFICER)) == 1

    # The work is done and accepted: nobody is told any more.
    with calendar.held_at(datetime(2021, 12, 15, 9, 0, tzinfo=calendar.VIETNAM)):
        province.accept("5", "SYT", done_on=date(2021, 12, 14))
    counted = Reminder.objects.filter(assignment=duty).count()
    live(date(2021, 12, 28))
    assert Reminder.objects.filter(assignment=duty).count() == counted

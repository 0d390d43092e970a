"""The screens of chasing: the list, the preview, the button, what was sent, the leaders' list, the task's history."""

import html
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import Membership, Notice, User
from plans.actions import plans, reminders
from plans.models import Assignment, PartyRole, Plan, Reminder


@pytest.fixture
def addressed(small):
    for name in ("stp.canbo", "stp.thutruong", "syt.canbo"):
        User.objects.filter(username=name).update(email=f"{name}@example.vn")
    return small


def text(answer):
    return html.unescape(answer.content.decode())


def ids(small, *duties):
    return [small.assignment(*duty).pk for duty in duties]


def test_the_list_groups_overdue_duties_by_agency(addressed, enter):
    page = text(enter("snv.thamdinh").get("/don-doc/"))
    assert "Công khai kết quả khám, chữa bệnh" in page
    assert "Quá hạn 10 ngày" in page
    assert "Duy trì điểm cải cách thể chế" not in page
    page = text(enter("snv.thamdinh").get("/don-doc/?due=not_updated"))
    assert page.count("Niêm yết công khai thủ tục hành chính") == 4
    assert "Chưa báo cáo kỳ 2021-Y" in page
    assert text(enter("snv.thamdinh").get("/don-doc/?due=due_soon")).count("<tbody>") == 0


def test_agency_and_plan_narrow_the_list_and_nonsense_is_said(addressed, enter):
    browser = enter("snv.thamdinh")
    agency = addressed.agencies["STP"].pk
    page = text(browser.get(f"/don-doc/?due=not_updated&agency={agency}&plan={addressed.plan.code}"))
    assert "Sở Tư pháp, nhiệm vụ 3" in page
    assert "Sở Y tế, nhiệm vụ 3" not in page
    assert browser.get("/don-doc/?due=x").status_code == 422


@pytest.mark.parametrize("who", ["stp.canbo", "stp.thutruong", "snv.chuyenvien", "lanhdao", "kiemtra", "quantri"])
@pytest.mark.parametrize("path", ["", "danh-sach/", "da-gui/"])
def test_the_pages_do_not_exist_for_others(addressed, enter, who, path):
    assert enter(who).get(f"/don-doc/{path}").status_code == 404
    assert enter(who).post("/don-doc/gui/", {"assignments": ids(addressed, ("1", "STP"))}).status_code == 404
    assert not Reminder.objects.exists()


def test_the_preview_names_who_will_be_told_and_writes_nothing(addressed, enter):
    form = {"assignments": ids(addressed, ("1", "STP"), ("3", "SNV"))}
    User.objects.filter(username="stp.thutruong").update(email=None)
    page = text(enter("snv.thamdinh").post("/don-doc/xem-truoc/", form))
    assert "Ai sẽ nhận được nếu bấm gửi" in page
    assert "stp.canbo@example.vn" in page
    assert "không có địa chỉ thư" in page
    assert "stp.thutruong (thử)" in page
    assert "2 nhiệm vụ</b> của <b>2 cơ quan</b>, <b>3 người</b> thấy ngay trong cổng, <b>1 người</b>" in page
    assert "Chưa nối máy chủ thư" in page
    assert not Reminder.objects.exists()
    assert not Notice.objects.exists()


def test_the_preview_shows_loudly_where_nobody_can_be_told(addressed, enter):
    Membership.objects.filter(agency=addressed.agencies["SYT"]).update(valid_to=date(2021, 11, 1))
    browser = enter("snv.thamdinh")
    page = text(browser.get("/don-doc/"))
    assert 'role="alert"' in page
    assert "Cơ quan chưa có ai nhận được đôn đốc" in page
    page = text(browser.post("/don-doc/xem-truoc/", {"assignments": ids(addressed, ("5", "SYT"))}))
    assert "Không ai nhận được ở 1 cơ quan" in page
    assert "Gửi đôn đốc" not in page


def test_what_the_preview_says_is_what_is_sent(addressed, enter):
    browser = enter("snv.thamdinh")
    form = {"assignments": ids(addressed, ("1", "STP"), ("3", "STP"), ("5", "SYT")), "text": "Trước thứ sáu."}
    shown = browser.post("/don-doc/xem-truoc/", form).context["preview"]
    answer = browser.post("/don-doc/gui/", form, follow=True)
    assert answer.redirect_chain == [("/don-doc/da-gui/", 302)]
    assert "Đã đôn đốc 3 nhiệm vụ của 2 cơ quan." in text(answer)
    told = set(Notice.objects.values_list("person__full_name", "channel"))
    expected = {(one.name, "inbox") for group in shown.heard for one in group.hearers}
    expected |= {(one.name, "mail") for group in shown.heard for one in group.hearers if one.by_mail}
    assert told == expected
    assert len({name for name, _ in told}) == shown.people
    page = text(browser.get("/don-doc/da-gui/?nguoi=1"))
    assert "Trước thứ sáu." in page
    assert "stp.canbo (thử) (cán bộ đầu mối); stp.thutruong (thử) (thủ trưởng cơ quan)" in page


def test_one_tick_takes_all_duties_of_an_agency(addressed, enter):
    browser = enter("snv.thamdinh")
    one, other = ids(addressed, ("1", "STP"), ("3", "STP"))
    assert f'value="{one},{other}"' in text(browser.get("/don-doc/?due=not_updated"))
    browser.post("/don-doc/gui/", {"assignments": [f"{one},{other}", str(one)]})
    assert set(Reminder.objects.values_list("assignment_id", flat=True)) == {one, other}


def test_pressing_again_is_said_and_tells_nothing(addressed, enter):
    form = {"assignments": ids(addressed, ("1", "STP"))}
    browser = enter("snv.thamdinh")
    browser.post("/don-doc/gui/", form)
    counted = Notice.objects.count()
    answer = browser.post("/don-doc/gui/", form)
    assert answer.status_code == 409
    assert "đã được đôn đốc hôm nay" in text(answer)
    assert Notice.objects.count() == counted


@pytest.mark.parametrize("path", ["xem-truoc/", "gui/"])
def test_nothing_chosen_or_nonsense_goes_back_to_the_list(addressed, enter, path):
    browser = enter("snv.thamdinh")
    for form in ({}, {"assignments": ["x"]}, {"assignments": ["9" * 30]}):
        assert browser.post(f"/don-doc/{path}", form).url == "/don-doc/"


def test_a_duty_of_another_province_does_not_exist(addressed, elsewhere, enter):
    form = {"assignments": [*ids(addressed, ("1", "STP")), elsewhere.assignment("1", "STP").pk]}
    for path in ("xem-truoc/", "gui/"):
        assert enter("snv.thamdinh").post(f"/don-doc/{path}", form).status_code == 404
    assert not Reminder.objects.exists()


def test_a_text_too_long_is_said_beside_the_field(addressed, enter):
    form = {"assignments": ids(addressed, ("1", "STP")), "text": "x" * 1001}
    answer = enter("snv.thamdinh").post("/don-doc/gui/", form)
    assert answer.status_code == 422
    assert not Reminder.objects.exists()


def test_the_list_for_a_letter_is_plain_text_by_agency(addressed, enter):
    browser = enter("snv.thamdinh")
    page = text(browser.get("/don-doc/danh-sach/?due=overdue"))
    assert "Danh sách nhiệm vụ quá hạn (tính đến ngày 10/12/2021)" in page
    answer = browser.get("/don-doc/danh-sach/?due=overdue&tep=1")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="don-doc-2021-12-10.txt"'
    assert answer.content.decode() == (
        "Danh sách nhiệm vụ quá hạn (tính đến ngày 10/12/2021)\n\n"
        "1. Sở Y tế (1 nhiệm vụ)\n"
        "- Nhiệm vụ 5: Công khai kết quả khám, chữa bệnh; thời hạn 30/11/2021; quá hạn 10 ngày; chưa báo cáo kỳ 2021-Y "
        "(1/KH-UBND).\n\n"
        "Tổng số: 1 nhiệm vụ của 1 cơ quan.\n"
    )


def test_the_history_stands_on_the_task_for_officer_head_and_province(addressed, enter):
    reminders.chase(
        assignments=[addressed.assignment("1", "STP")], text="Xin gửi sớm.", by=addressed.who("snv.thamdinh")
    )
    path = f"/nhiem-vu/{addressed.assignment('1', 'STP').pk}/"
    for who in ("stp.canbo", "stp.thutruong", "snv.thamdinh", "lanhdao", "kiemtra"):
        page = text(enter(who).get(path))
        assert "Xin gửi sớm." in page, who
        assert "Đã báo cho: stp.canbo (thử) (cán bộ đầu mối)" in page
    assert enter("syt.canbo").get(path).status_code == 404
    assert "Chưa có lần nhắc hay đôn đốc nào." in text(
        enter("syt.canbo").get(f"/nhiem-vu/{addressed.assignment('5', 'SYT').pk}/")
    )


def test_the_leaders_list_names_agency_head_task_and_days(addressed, enter):
    page = text(enter("lanhdao").get("/don-doc/lanh-dao/"))
    assert "Không có nhiệm vụ nào quá hạn từ 14 ngày" in page
    Assignment.objects.filter(task__code__in=["1", "4"]).update(due_on=date(2021, 11, 20))
    page = text(enter("lanhdao").get("/don-doc/lanh-dao/"))
    assert "Duy trì điểm cải cách thể chế" in page
    assert "stp.thutruong (thử)" in page
    assert "20 ngày" in page
    assert "Tham gia giám sát" not in page, "bodies addressed with Đề nghị are never on it"
    assert enter("stp.canbo").get("/don-doc/lanh-dao/").status_code == 404


def test_the_leaders_list_names_who_has_not_handed_in_a_periods_reports(addressed, enter):
    addressed.plan.periods.filter(code="2021-Y").update(due_on=date(2021, 11, 20))
    addressed.submit("1", "STP")
    addressed.submit("3", "STP")
    page = text(enter("lanhdao").get("/don-doc/lanh-dao/"))
    assert "Chưa nộp báo cáo kỳ" in page
    owing = page[page.index("Chưa nộp báo cáo kỳ") :]
    assert "Sở Y tế" in owing
    assert "Sở Tư pháp" not in owing
    assert "Mặt trận" not in owing


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("snv.thamdinh", "/don-doc/?due=not_updated"),
        ("snv.thamdinh", "/don-doc/danh-sach/?due=not_updated"),
        ("snv.thamdinh", "/don-doc/da-gui/"),
        ("lanhdao", "/don-doc/lanh-dao/"),
        ("stp.canbo", "/nhiem-vu/{duty}/"),
    ],
)
def test_a_page_costs_the_same_for_few_rows_as_for_many(addressed, enter, who, path):
    browser = enter(who)
    path = path.format(duty=addressed.assignment("1", "STP").pk)

    def more(number):
        section = addressed.plan.sections.get()
        Plan.objects.filter(pk=addressed.plan.pk).update(state="drafting")
        section.plan.refresh_from_db()
        first = addressed.plan.tasks.count()
        for extra in range(number):
            plans.add_task(
                section=section,
                code=f"m{first + extra}",
                text=plans.TaskText(
                    f"Việc thêm {extra}",
                    deadline={"deadline_kind": "date", "deadline_to": date(2021, 11, 10)},
                    parties=[plans.Party(PartyRole.LEAD, addressed.agencies["STP"])],
                ),
                deciding_document="1/KH-UBND",
            )
        Plan.objects.filter(pk=addressed.plan.pk).update(state="issued")
        addressed.plan.refresh_from_db()
        plans.hand_out(plan=addressed.plan, on=date(2021, 12, 1), by=None)
        Assignment.objects.filter(task__code__startswith="m").update(due_on=date(2021, 11, 10))
        reminders.remind(plan=addressed.plan)

    def cost():
        browser.get(path)
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(path).status_code == 200
        return len(seen)

    more(3)
    few = cost()
    more(27)
    assert cost() == few


def test_the_preview_costs_the_same_for_one_duty_as_for_many(addressed, enter):
    browser = enter("snv.thamdinh")

    def cost(*duties):
        with CaptureQueriesContext(connection) as seen:
            browser.post("/don-doc/xem-truoc/", {"assignments": ids(addressed, *duties)})
        return len(seen)

    cost(("1", "STP"))
    one = cost(("1", "STP"))
    # The fixture asks one query for the id of each duty.
    assert cost(("1", "STP"), ("3", "STP"), ("3", "SYT"), ("5", "SYT"), ("2", "SNV")) - 4 == one

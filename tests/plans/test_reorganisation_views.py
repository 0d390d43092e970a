"""The screens of a reorganisation: proposal, preview, application, and duties line by line."""

from datetime import date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies import calendar
from agencies.actions import reorganisations
from agencies.actions.reorganisations import Draft, Successor
from agencies.models import Agency, Membership, Reorganisation
from plans import builder
from plans.models import Assignment, DutyTransfer

DASHBOARD = "/ke-hoach/tinh-thu-2021/tong-quan/"


@pytest.fixture
def spring(small):
    with calendar.held_at(datetime(2025, 3, 10, 9, 0, tzinfo=calendar.VIETNAM)):
        yield small


def text(answer):
    return answer.content.decode()


def typed(small, **more):
    return {
        "kind": "absorb",
        "title": "Sáp nhập Sở Tư pháp vào Sở Y tế",
        "decision_number": "05/QĐ-UBND",
        "decided_on": "20/02/2025",
        "effective_on": "01/03/2025",
        "predecessors": [small.agencies["STP"].pk],
        "successors": [small.agencies["SYT"].pk],
        "main": str(small.agencies["SYT"].pk),
        **more,
    }


@pytest.fixture
def proposed(spring):
    return reorganisations.propose(
        province=spring.province,
        draft=Draft(
            "absorb",
            "Sáp nhập Sở Tư pháp vào Sở Y tế",
            date(2025, 3, 1),
            [spring.agencies["STP"]],
            [Successor(agency=spring.agencies["SYT"], is_main=True)],
            decision_number="05/QĐ-UBND",
            decided_on=date(2025, 2, 20),
        ),
        by=spring.who("quantri"),
    )


@pytest.fixture
def applied(proposed, spring):
    return reorganisations.apply(reorganisation=proposed, revision=1, by=spring.who("quantri"))


def test_an_administrator_enters_previews_and_applies(spring, enter):
    browser = enter("quantri")
    answer = browser.post("/to-chuc/moi/", typed(spring))
    row = Reorganisation.objects.get()
    assert answer.url == f"/to-chuc/{row.pk}/"
    page = text(browser.get(answer.url))
    for said in (
        "Sẽ thay đổi khi áp dụng",
        "hoạt động đến hết ngày 28/02/2025",
        "tiếp tục hoạt động; kế thừa chính",
        "stp.canbo (thử)",
    ):
        assert said in page
    of_reviewer = text(enter("snv.thamdinh").get(answer.url))
    assert "Nhiệm vụ còn mở (3)" in of_reviewer
    assert "Không nhiệm vụ nào tự chuyển" in of_reviewer
    assert "Nhiệm vụ còn mở (" not in page
    assert browser.post(f"/to-chuc/{row.pk}/ap-dung/", {"revision": 1}).status_code == 422
    assert Agency.objects.get(code="STP").valid_to is None
    answer = browser.post(f"/to-chuc/{row.pk}/ap-dung/", {"revision": 1, "read": "on"}, follow=True)
    page = text(answer)
    assert "do chuyên viên thẩm định của cơ quan thường trực xem" in page
    assert "Đã thay đổi" in page
    assert "3 nhiệm vụ chưa có cơ quan nhận" in text(enter("snv.thamdinh").get(answer.redirect_chain[0][0]))
    user = Membership.objects.get(user__username="stp.canbo").user_id
    assert f"/quan-tri/agencies/membership/add/?user={user}" in page


def test_a_new_successor_is_described_and_what_is_missing_is_said(spring, enter):
    browser = enter("quantri")
    form = typed(spring, kind="merge", successors=[], main="new1", new1_name="Sở Tư pháp và Y tế", new1_code="")
    answer = browser.post("/to-chuc/moi/", form)
    assert answer.status_code == 422
    assert "Cơ quan mới cần đủ tên, mã và loại" in text(answer)
    form |= {"new1_code": "STPYT", "new1_kind": "so", "predecessors": [spring.agencies[c].pk for c in ("STP", "SYT")]}
    assert browser.post("/to-chuc/moi/", form).status_code == 302
    line = Reorganisation.objects.get().heirs.get()
    assert (line.name, line.code, line.is_main, line.agency) == ("Sở Tư pháp và Y tế", "STPYT", True, None)


def test_a_proposal_is_edited_with_its_functions_kept(spring, enter, proposed):
    browser = enter("quantri")
    address = f"/to-chuc/{proposed.pk}/sua/"
    assert "Sáp nhập Sở Tư pháp vào Sở Y tế" in text(browser.get(address))
    name = f"functions_{spring.agencies['SYT'].pk}"
    form = typed(spring, revision=1, decision_number="06/QĐ-UBND", **{name: "pháp chế"})
    assert browser.post(address, form).status_code == 302
    proposed.refresh_from_db()
    assert (proposed.decision_number, proposed.heirs.get().functions) == ("06/QĐ-UBND", "pháp chế")
    stale = browser.post(address, form)
    assert stale.status_code == 409
    assert "vừa được người khác thay đổi" in text(stale)


def test_problems_are_shown_before_anybody_applies(spring, enter):
    browser = enter("quantri")
    browser.post("/to-chuc/moi/", typed(spring, decision_number="", decided_on=""))
    row = Reorganisation.objects.get()
    assert "Chưa ghi số và ngày quyết định" in text(browser.get(f"/to-chuc/{row.pk}/"))
    answer = browser.post(f"/to-chuc/{row.pk}/ap-dung/", {"revision": 1, "read": "on"})
    assert answer.status_code == 422
    assert Reorganisation.objects.get().state == "proposed"


def test_discarding_keeps_the_proposal_with_its_reason(enter, proposed):
    browser = enter("quantri")
    address = f"/to-chuc/{proposed.pk}/bo/"
    assert browser.post(address, {"revision": 1, "reason": ""}).status_code == 422
    assert browser.post(address, {"revision": 1, "reason": "Tỉnh chưa có nghị quyết"}).status_code == 302
    assert "Tỉnh chưa có nghị quyết" in text(browser.get(f"/to-chuc/{proposed.pk}/"))
    assert "Đã bỏ" in text(browser.get("/to-chuc/"))


def test_a_stale_application_is_a_conflict(enter, applied):
    answer = enter("quantri").post(f"/to-chuc/{applied.pk}/ap-dung/", {"revision": 1, "read": "on"})
    assert answer.status_code == 409


def test_one_line_is_confirmed_by_its_own_button(spring, enter, applied):
    browser = enter("snv.thamdinh")
    page = text(browser.get(f"/to-chuc/{applied.pk}/"))
    one = spring.assignment("1", "STP")
    assert f'name="one" value="{one.pk}"' in page
    form = {"one": one.pk, f"to_{one.pk}": spring.agencies["SYT"].pk, "row": [spring.assignment("3", "STP").pk]}
    answer = browser.post(f"/to-chuc/{applied.pk}/nhiem-vu/", form, follow=True)
    assert "Đã xác nhận 1 nhiệm vụ" in text(answer)
    assert "2 nhiệm vụ chưa có cơ quan nhận" in text(answer)
    assert DutyTransfer.objects.get().assignment_id == one.pk


def test_several_ticked_lines_are_each_their_own_event_and_a_refused_one_stops_nobody(spring, enter, applied):
    one, three = spring.assignment("1", "STP"), spring.assignment("3", "STP")
    form = {
        "row": [one.pk, three.pk],
        f"to_{one.pk}": spring.agencies["SYT"].pk,
        f"outcome_{three.pk}": "end",
        f"reason_{three.pk}": "",
    }
    browser = enter("snv.thamdinh")
    page = text(browser.post(f"/to-chuc/{applied.pk}/nhiem-vu/", form, follow=True))
    assert "Đã xác nhận 1 nhiệm vụ" in page
    assert "Nhiệm vụ 3: Cần ghi lý do." in page
    form[f"reason_{three.pk}"] = "Đã tổng kết"
    browser.post(f"/to-chuc/{applied.pk}/nhiem-vu/", {**form, "row": [three.pk]})
    assert spring.province.events.filter(action__startswith="assignment.").count() == 2


def test_nothing_ticked_is_said(enter, applied):
    page = text(enter("snv.thamdinh").post(f"/to-chuc/{applied.pk}/nhiem-vu/", {}, follow=True))
    assert "Chưa chọn dòng nào" in page


@pytest.mark.parametrize("name", ["vpub.thamdinh", "kiemtra"])
def test_others_read_the_duties_but_get_no_button(enter, applied, name):
    page = text(enter(name).get(f"/to-chuc/{applied.pk}/"))
    assert "Nhiệm vụ còn mở" in page
    assert 'name="one"' not in page


def test_an_unmoved_duty_is_loud_in_the_list_on_its_page_and_on_the_dashboard(spring, enter, applied):
    browser = enter("snv.thamdinh")
    found = browser.get("/nhiem-vu/?plan=tinh-thu-2021&due=no_holder")
    assert found.context["page_obj"].paginator.count == 2
    assert "Chưa có cơ quan nhận" in text(found)
    duty = spring.assignment("1", "STP")
    assert "Sở Tư pháp đã kết thúc hoạt động" in text(browser.get(f"/nhiem-vu/{duty.pk}/"))
    assert "2 phân công chưa có cơ quan nhận" in text(browser.get(DASHBOARD))


def test_the_pages_of_a_moved_duty_lead_to_each_other(spring, enter, applied):
    old = spring.assignment("1", "STP")
    enter("snv.thamdinh").post(
        f"/to-chuc/{applied.pk}/nhiem-vu/", {"one": old.pk, f"to_{old.pk}": spring.agencies["SYT"].pk}
    )
    new = Assignment.objects.get(succeeds=old)
    officer = enter("syt.canbo")
    page = text(officer.get(f"/nhiem-vu/{new.pk}/"))
    assert "Nhận từ (theo 05/QĐ-UBND, từ 01/03/2025)" in page
    assert f'href="/nhiem-vu/{old.pk}/"' in page
    assert "Đã chuyển cho" in text(officer.get(f"/nhiem-vu/{old.pk}/"))


def test_the_dashboard_by_now_adds_up_and_its_numbers_lead_to_as_many_rows(spring, enter, applied):
    old = spring.assignment("1", "STP")
    browser = enter("snv.thamdinh")
    builder.refresh_plan(spring.plan.pk)
    then = browser.get(DASHBOARD).context["figures"].agencies
    answer = browser.get(f"{DASHBOARD}?don_vi=nay")
    now = answer.context["figures"].agencies
    total = lambda bars: sum(int(bar.total.text) for bar in bars)  # noqa: E731
    assert {bar.name for bar in now} == {bar.name for bar in then} - {"Sở Tư pháp"}
    assert total(now) == total(then) == 7
    for bar in now:
        for link in (bar.total, bar.overdue, bar.not_updated):
            if link.url:
                assert browser.get(link.url).context["page_obj"].paginator.count == int(link.text), link.url
    assert old.valid_to is None
    assert "don_vi=nay" in text(answer)


def test_the_page_costs_the_same_for_more_duties(spring, enter, applied):
    browser = enter("snv.thamdinh")

    def cost():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert browser.get(f"/to-chuc/{applied.pk}/").status_code == 200
        return len(queries)

    cost()
    before = cost()
    from plans.models import Task

    for task in Task.objects.filter(plan=spring.plan, code__in=("2", "5")):
        Assignment.objects.create(
            province=spring.province,
            task=task,
            agency=spring.agencies["STP"],
            role="lead",
            valid_from=date(2021, 8, 6),
            created_at=calendar.now(),
        )
    assert cost() == before


# The choice of a baseline


def test_a_plain_target_offers_nothing_to_choose(spring, enter):
    page = text(enter("snv.chuyenvien").get("/ke-hoach/tinh-thu-2021/muc-tieu/MT1/nam-goc/"))
    assert "Không có kết quả nào để chọn" in page

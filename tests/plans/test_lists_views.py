"""Lists, plans and the first screen: who sees what, filters, and a constant number of queries."""

from datetime import datetime

import pytest
from django.test.utils import CaptureQueriesContext

from agencies import calendar
from plans.actions import amendment_lines, amendments, plans, progress
from plans.facts.buckets import bucket_condition
from plans.models import Assignment, PartyRole, Plan, TaskVersion
from plans.standing import Bucket, State, bucket_of


def text(response):
    return response.content.decode()


def queries(browser, url):
    from django.db import connection

    browser.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(url).status_code == 200
    return len(seen)


@pytest.fixture
def more_tasks(small):
    """Give an agency further tasks by an amendment, with reports that wait."""

    def add(number):
        section, first, who = small.plan.sections.get(), small.plan.tasks.count(), small.who("snv.chuyenvien")
        today = calendar.today()
        draft = amendments.begin(
            plan=small.plan, number=f"{first}/QĐ-UBND", issued_on=today, issuer="UBND tỉnh", effective_on=today, by=who
        )
        for extra in range(number):
            amendment_lines.add_task(
                amendment=draft,
                section=section,
                code=f"m{first + extra}",
                text=plans.TaskText(
                    f"Việc thêm {extra}",
                    parties=[plans.Party(PartyRole.LEAD, small.agencies["STP"])],
                ),
                by=who,
            )
        amendments.confirm(amendment=draft, revision=None, by=who)
        for extra in range(number):
            small.submit(f"m{first + extra}", "STP")

    return add


@pytest.mark.parametrize(
    ("who", "url"),
    [
        ("stp.canbo", "/nhiem-vu/"),
        ("snv.thamdinh", "/nhiem-vu/?due=not_updated"),
        ("snv.thamdinh", "/duyet/"),
        ("snv.thamdinh", "/"),
        ("stp.canbo", "/"),
        ("stp.canbo", "/ke-hoach/tinh-thu-2021/"),
        ("lanhdao", "/ke-hoach/tinh-thu-2021/"),
        ("lanhdao", "/ke-hoach/tinh-thu-2021/tong-quan/"),
    ],
)
def test_a_page_costs_the_same_for_three_rows_as_for_thirty(small, enter, more_tasks, run_jobs, who, url):
    more_tasks(3)
    run_jobs()
    browser = enter(who)
    few = queries(browser, url)
    more_tasks(27)
    run_jobs()
    assert queries(browser, url) == few


def test_the_history_of_a_task_costs_the_same_for_one_report_as_for_many_versions(small, enter):
    report = small.submit()
    browser, url = enter("stp.canbo"), f"/nhiem-vu/{report.assignment_id}/"
    few = queries(browser, url)
    for _ in range(3):
        report = progress.send_back(
            progress=report, reason_code="unclear", reason="Chưa rõ", revision=None, by=small.who("snv.thamdinh")
        )
        report = progress.submit(progress=report, revision=None, by=small.officer("STP"))
    assert queries(browser, url) == few


def test_an_officer_lists_the_own_agency_only(small, enter):
    page = enter("stp.canbo").get("/nhiem-vu/")
    assert {row.agency for row in page.context["rows"]} == {"Sở Tư pháp"}
    assert [row.code for row in page.context["rows"]] == ["1", "3"]
    other = small.agencies["SYT"].pk
    assert enter("stp.canbo").get(f"/nhiem-vu/?agency={other}").status_code == 422
    assert enter("syt.canbo").get(f"/nhiem-vu/{small.assignment('1', 'STP').pk}/").status_code == 404


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("q=the che", ["1"]),
        ("q=NIÊM YẾT", ["3"] * 4),
        ("plan=tinh-thu-2021", ["1", "2", "3", "3", "3", "3", "4", "5"]),
        ("due=overdue", ["5"]),
        ("bucket=open_overdue", ["5"]),
        ("bucket=open_within", ["1"]),
        ("state=awaiting_review", ["1"]),
        ("authority=propose", ["4"]),
        ("due=not_updated&authority=assign", ["2", "3", "3", "3", "3", "5"]),
        ("bucket=counted&q=khám", ["5"]),
        ("q=không có gì như thế", []),
    ],
)
def test_filters_live_in_the_address(small, enter, query, codes):
    small.submit()
    page = enter("snv.thamdinh").get(f"/nhiem-vu/?{query}")
    assert page.status_code == 200
    assert [row.code for row in page.context["rows"]] == codes


def test_a_filter_that_cannot_be_read_shows_nothing_and_says_so(small, enter):
    page = enter("snv.thamdinh").get("/nhiem-vu/?bucket=nonsense")
    assert page.status_code == 422
    assert "Không đọc được bộ lọc" in text(page)
    assert page.context["rows"] == ()


def test_the_list_offers_the_report_that_is_due(small, enter):
    browser = enter("stp.canbo")
    duty = small.assignment("1", "STP").pk
    assert f'/nhiem-vu/{duty}/bao-cao/2021-Y/">Báo cáo<' in text(browser.get("/nhiem-vu/"))
    assert "/bao-cao/2021-Y/" not in text(enter("stp.thutruong").get("/nhiem-vu/"))
    assert "/bao-cao/2021-Y/" not in text(enter("snv.thamdinh").get("/nhiem-vu/"))
    small.begin()
    assert ">Báo cáo tiếp<" in text(browser.get("/nhiem-vu/"))
    small.submit()
    assert f"/nhiem-vu/{duty}/bao-cao/" not in text(browser.get("/nhiem-vu/"))


def test_a_report_returned_after_its_period_closed_is_offered_first(small, enter):
    with calendar.held_at(datetime(2021, 9, 10, 9, 0, tzinfo=calendar.VIETNAM)):
        sent = small.submit(period="2021-Q3")
        progress.send_back(
            progress=sent, reason_code="unclear", reason="Chưa rõ", revision=None, by=small.who("snv.thamdinh")
        )
    assert "/bao-cao/2021-Q3/" in text(enter("stp.canbo").get("/nhiem-vu/"))
    assert enter("stp.canbo").get(f"/nhiem-vu/{sent.assignment_id}/bao-cao/2021-Q3/").status_code == 200


def test_sql_and_arithmetic_put_a_duty_into_the_same_bucket(small):
    small.accept(done_on=datetime(2021, 12, 9).date())
    small.accept("2", "SNV", done_on=datetime(2021, 12, 9).date())
    small.submit("5", "SYT")
    today = calendar.today()
    Assignment.objects.filter(pk=small.assignment("3", "STP").pk).update(state=State.SUSPENDED)
    for duty in Assignment.objects.leading():
        expected = bucket_of(State(duty.state), duty.due_on, duty.done_on, today)
        found = [b for b in Bucket if Assignment.objects.filter(bucket_condition(b, today), pk=duty.pk).exists()]
        assert found == [expected]


def test_an_officer_reads_the_whole_plan_and_only_the_own_standing(small, enter):
    small.accept("5", "SYT", done_on=datetime(2021, 11, 29).date())
    page = text(enter("stp.canbo").get("/ke-hoach/tinh-thu-2021/"))
    for said in ("Kiểm tra công tác cải cách hành chính", "Không nêu", "các sở, ban, ngành", "Đề nghị:", "30/11/2021"):
        assert said in page
    assert "Hoàn thành" not in page
    assert "đã báo cáo" not in page
    whole = text(enter("lanhdao").get("/ke-hoach/tinh-thu-2021/"))
    assert "Hoàn thành" in whole
    assert "0/4 đã báo cáo, 0/4 hoàn thành" in whole


def test_the_plan_names_the_plans_it_hangs_together_with(small, enter):
    parent = plans.create(
        province=small.province,
        code="ke-hoach-cha",
        number="9/KH-UBND",
        kind="ke_hoach",
        title="Kế hoạch cha",
        issuer="UBND",
        issued_on=datetime(2021, 1, 1).date(),
        year_from=2021,
        year_to=2025,
        by=None,
    )
    Plan.objects.filter(pk=small.plan.pk).update(sub_plan_of=parent)
    officer, reviewer = enter("stp.canbo"), enter("snv.thamdinh")
    assert "ke-hoach-cha" not in text(officer.get("/ke-hoach/tinh-thu-2021/"))
    assert officer.get("/ke-hoach/ke-hoach-cha/").status_code == 404
    assert "/ke-hoach/ke-hoach-cha/" in text(reviewer.get("/ke-hoach/tinh-thu-2021/"))
    draft = text(reviewer.get("/ke-hoach/ke-hoach-cha/"))
    assert "Đang xây dựng, chưa giao việc" in draft
    assert "/ke-hoach/tinh-thu-2021/" in draft


def test_another_province_is_not_there(small, elsewhere, enter):
    browser = enter("snv.thamdinh")
    duty = elsewhere.assignment("1", "STP").pk
    for url in ("/ke-hoach/tinh-khac-2021/", "/ke-hoach/tinh-khac-2021/tong-quan/", f"/nhiem-vu/{duty}/"):
        assert browser.get(url).status_code == 404
    assert "tinh-khac" not in text(browser.get("/ke-hoach/"))
    assert browser.get("/nhiem-vu/?plan=tinh-khac-2021").status_code == 422


@pytest.mark.parametrize(
    ("who", "there", "absent"),
    [
        (
            "stp.canbo",
            ["Chưa cập nhật kỳ này", "/bao-cao/2021-Y/"],
            ["Báo cáo chờ bạn duyệt", "/quan-tri/", "phân công"],
        ),
        ("stp.thutruong", ["Chưa cập nhật kỳ này"], ["/bao-cao/2021-Y/", "Báo cáo chờ bạn duyệt"]),
        ("snv.thamdinh", ["Báo cáo chờ bạn duyệt (1)", "/tong-quan/"], ["/bao-cao/2021-Y/"]),
        ("lanhdao", ["Toàn cảnh các kế hoạch", "/tong-quan/"], ["Báo cáo chờ bạn duyệt"]),
        ("snv.chuyenvien", ["/tong-quan/"], ["Báo cáo chờ bạn duyệt"]),
        ("kiemtra", ["/tong-quan/"], ["Báo cáo chờ bạn duyệt"]),
        ("quantri", ["Mở trang quản trị"], ["/tong-quan/", "Chưa cập nhật kỳ này"]),
    ],
)
def test_each_role_finds_its_own_first_screen(small, enter, run_jobs, who, there, absent):
    small.submit("5", "SYT")
    run_jobs()
    page = text(enter(who).get("/"))
    main = page[page.index("<main") :]
    for said in there:
        assert said in main
    for said in absent:
        assert said not in main


def test_a_person_with_two_roles_finds_both_parts(small, enter):
    from agencies.actions import directory

    directory.join(user=small.who("snv.thamdinh"), agency=small.agencies["SNV"], role="officer", by=None)
    page = text(enter("snv.thamdinh").get("/"))
    assert "Báo cáo chờ bạn duyệt" in page
    assert "Chưa cập nhật kỳ này" in page


def test_overdue_work_stands_before_what_is_only_not_updated(small, enter):
    page = text(enter("syt.canbo").get("/"))
    assert page.index("Quá hạn 10 ngày") < page.index("Chưa cập nhật kỳ này")
    assert TaskVersion.objects.filter(deadline_to__lt=calendar.today()).count() == 1

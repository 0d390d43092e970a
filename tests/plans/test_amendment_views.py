"""The screens of amendments, of carrying over, and the plan as of a past day."""

from datetime import date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agencies import calendar
from plans.actions import amendment_lines, amendments, plans
from plans.facts.amendments import diff_of
from plans.models import Amendment, Assignment, PartyRole, Plan, Section, Task
from tests.conftest import pdf_bytes

HEADING = {
    "number": "200/QĐ-UBND",
    "issued_on": "01/12/2021",
    "issuer": "Ủy ban nhân dân tỉnh",
    "title": "Sửa đổi kế hoạch",
    "effective_on": "01/12/2021",
}


def at(*day):
    return datetime(*day, 9, 0, tzinfo=calendar.VIETNAM)


def task(small, code):
    return Task.objects.get(plan=small.plan, code=code)


@pytest.fixture
def desk(small, enter):
    """The specialist's browser and an amendment begun through the page."""
    client = enter("snv.chuyenvien")
    answer = client.post(
        reverse("plans:amendment_list", args=[small.plan.code]),
        {**HEADING, "file": SimpleUploadedFile("qd.pdf", pdf_bytes("qd"))},
    )
    assert answer.status_code == 302, answer.content.decode()
    return client, Amendment.objects.get()


def filled(form):
    """Return what a browser would send when nothing is typed."""
    found = {}
    for one in (form, *getattr(form, "quantities", ()), *getattr(form, "milestones", ())):
        for bound in one:
            value = bound.value()
            if isinstance(value, date):
                value = f"{value:%d/%m/%Y}"
            if value not in (None, False):
                found[bound.html_name] = value
    return found


def url(name, draft, *more):
    return reverse(f"plans:{name}", args=[draft.plan.code, draft.pk, *more])


def test_an_amendment_is_written_compared_and_confirmed_on_the_pages(small, desk):
    client, draft = desk
    assert draft.document.number == "200/QĐ-UBND"
    address = url("amendment_task", draft, task(small, "1").pk)
    form = client.get(address).context["form"]
    sent = filled(form)
    assert sent["title"] == "Duy trì điểm cải cách thể chế"
    assert sent["leads"] == [f"agency:{small.agencies['STP'].pk}"]
    assert (sent["deadline_kind"], sent["deadline_to"]) == ("year", "31/12/2021")
    sent |= {
        "title": "Nâng điểm cải cách thể chế",
        "leads": [f"agency:{small.agencies['SYT'].pk}"],
        "chi-tieu-0-value": "30,5",
        "chi-tieu-0-comparator": ">=",
        "chi-tieu-0-unit": "%",
        "moc-0-year": "2022",
        "moc-0-due_on": "31/12/2022",
        "moc-0-text": "Một nửa",
    }
    assert client.post(address, sent).status_code == 302
    draft.refresh_from_db()
    assert (
        client.post(
            url("amendment_task_drop", draft, task(small, "2").pk), {"reason": "Trùng", "revision": draft.revision}
        ).status_code
        == 302
    )
    add = url("amendment_task_add", draft)
    sent = filled(client.get(add).context["form"])
    wrong = client.post(add, sent)
    assert wrong.status_code == 422
    assert "Cần chọn mục của nhiệm vụ mới." in wrong.content.decode()
    section = Section.objects.get(plan=small.plan)
    sent |= {"section": section.pk, "code": "6", "title": "Việc mới", "leads": [f"group:{small.group.pk}"]}
    assert client.post(add, sent).status_code == 302
    target = small.plan.targets.get()
    address = url("amendment_target", draft, target.pk)
    sent = filled(client.get(address).context["form"]) | {"value": "2", "value_max": "4", "text": "Tăng 2–4 bậc"}
    assert client.post(address, sent).status_code == 302

    draft.refresh_from_db()
    comparison = client.get(url("amendment_diff", draft)).content.decode()
    assert "sửa 2, thêm 1, bãi bỏ 1" in comparison
    assert "<del>Duy trì điểm cải cách thể chế</del>" in comparison
    assert "<ins>Nâng điểm cải cách thể chế</ins>" in comparison
    assert "≥ 30,5 %" in comparison
    assert "Nhận nhiệm vụ" in comparison
    assert "Thôi nhiệm vụ" in comparison
    stale = client.post(url("amendment_confirm", draft), {"revision": draft.revision - 1})
    assert stale.status_code == 409
    assert Amendment.objects.get().state == "draft"
    assert client.post(url("amendment_confirm", draft), {"revision": draft.revision}).status_code == 302
    assert Amendment.objects.get().state == "confirmed"

    page = client.get(reverse("plans:plan_detail", args=[small.plan.code])).content.decode()
    assert "Lịch sử sửa đổi" in page
    assert "theo 1/KH-UBND → theo 200/QĐ-UBND từ 01/12/2021" in page
    assert "Bãi bỏ theo 200/QĐ-UBND" in page
    assert "Tăng 2–4 bậc" in page
    assert "PAR Index tăng từ 2 bậc" in page
    done = client.get(url("amendment_detail", draft)).content.decode()
    assert "Thông tin văn bản" not in done
    assert "Nhận nhiệm vụ" in done
    file = client.get(url("amendment_file", draft))
    assert b"".join(file.streaming_content).startswith(b"%PDF")
    assert (
        client.post(url("amendment_task_drop", draft, task(small, "1").pk), {"reason": "x", "revision": 1}).status_code
        == 409
    )


def test_mistakes_are_said_where_they_are(small, desk):
    client, draft = desk
    address = url("amendment_task", draft, task(small, "1").pk)
    sent = filled(client.get(address).context["form"])
    same = client.post(address, sent)
    assert same.status_code == 422
    assert "giống hệt" in same.content.decode()
    for change, sentence in (
        ({"deadline_kind": "date", "deadline_to": ""}, "Loại thời hạn này cần ngày cuối"),
        ({"deadline_kind": "none"}, "không có ngày cuối"),
        ({"chi-tieu-0-unit": "%"}, "chưa ghi giá trị"),
        ({"moc-0-year": "2022"}, "Mốc theo năm cần ô Đến ngày"),
        ({"leads": ["agency:999999"]}, "không có lựa chọn này"),
    ):
        answer = client.post(address, {**sent, "title": "Khác", **change})
        assert answer.status_code == 422, change
        assert sentence in answer.content.decode()
    assert not draft.task_versions.exists()
    wrong = client.post(
        reverse("plans:amendment_list", args=[small.plan.code]), {**HEADING, "effective_on": "32/1/2021"}
    )
    assert wrong.status_code == 422
    again = client.post(reverse("plans:amendment_list", args=[small.plan.code]), HEADING)
    assert again.status_code == 422
    assert "đã có văn bản sửa đổi 200/QĐ-UBND" in again.content.decode()
    bad = client.post(
        reverse("plans:amendment_list", args=[small.plan.code]),
        {**HEADING, "number": "9", "file": SimpleUploadedFile("x.pdf", b"MZ not a pdf")},
    )
    assert bad.status_code == 422


def test_a_line_is_taken_off_the_heading_edited_and_the_draft_given_up(small, desk):
    client, draft = desk
    client.post(url("amendment_task_drop", draft, task(small, "2").pk), {"reason": "Trùng", "revision": draft.revision})
    (line,) = diff_of(draft).lines
    draft.refresh_from_db()
    off = {"kind": "task", "line": line.id, "revision": draft.revision}
    assert client.post(url("amendment_take_off", draft), {**off, "line": 10**6}).status_code == 404
    assert client.post(url("amendment_take_off", draft), off).status_code == 302
    assert not draft.task_versions.exists()
    draft.refresh_from_db()
    form = filled(client.get(url("amendment_edit", draft)).context["form"])
    assert client.post(url("amendment_edit", draft), {**form, "number": ""}).status_code == 422
    assert client.post(url("amendment_edit", draft), {**form, "number": "201/QĐ-UBND"}).status_code == 302
    draft.refresh_from_db()
    assert draft.number == "201/QĐ-UBND"
    assert client.post(url("amendment_discard", draft), {"revision": draft.revision, "reason": "x"}).status_code == 302
    assert Amendment.objects.get().state == "discarded"


def test_what_stops_a_confirmation_is_said_on_the_comparison(small, desk):
    client, draft = desk
    assert client.post(url("amendment_confirm", draft), {"revision": draft.revision}).status_code == 409
    page = client.get(url("amendment_diff", draft)).content.decode()
    assert "chưa sửa, thêm hay bãi bỏ" in page
    assert "Xác nhận sửa đổi" not in page


def test_a_draft_is_not_there_for_those_who_do_not_prepare_plans(small, desk, enter):
    _, draft = desk
    for name, seen in (("stp.canbo", 404), ("lanhdao", 404), ("quantri", 404), ("kiemtra", 200), ("snv.thamdinh", 200)):
        assert enter(name).get(url("amendment_detail", draft)).status_code == seen, name
        listed = enter(name).get(reverse("plans:amendment_list", args=[small.plan.code])).content.decode()
        assert ("200/QĐ-UBND" in listed) == (seen == 200)
    auditor = enter("kiemtra")
    assert "Xác nhận sửa đổi" not in auditor.get(url("amendment_diff", draft)).content.decode()
    for name in ("amendment_confirm", "amendment_discard"):
        assert auditor.post(url(name, draft), {"revision": draft.revision}).status_code == 404
    assert auditor.post(reverse("plans:amendment_list", args=[small.plan.code]), HEADING).status_code == 404
    assert Amendment.objects.get().state == "draft"


def test_the_desk_asks_the_same_number_of_questions_for_three_tasks_as_for_thirty(small, desk):
    client, draft = desk
    who = small.who("snv.chuyenvien")
    section = Section.objects.get(plan=small.plan)

    def asked(first, last):
        for number in range(first, last):
            amendment_lines.add_task(
                amendment=draft,
                section=section,
                code=f"M{number}",
                text=plans.TaskText("Mới", parties=[plans.Party(PartyRole.LEAD, small.agencies["STP"])]),
                by=who,
            )
        with CaptureQueriesContext(connection) as questions:
            assert client.get(url("amendment_detail", draft)).status_code == 200
        return len(questions)

    client.get(url("amendment_detail", draft))
    assert asked(0, 3) == asked(3, 30)


# --- as of a past day ---------------------------------------------------------------------------------------------


@pytest.fixture
def amended(small, run_jobs):
    """Accepted in September; amended on 10/12 with effect from 01/09."""
    with calendar.held_at(at(2021, 9, 10)):
        small.accept(period="2021-Q3", done_on=date(2021, 9, 9))
    who = small.who("snv.chuyenvien")
    draft = amendments.begin(
        plan=small.plan,
        number="200/QĐ-UBND",
        issued_on=date(2021, 12, 1),
        issuer="UBND tỉnh",
        effective_on=date(2021, 9, 1),
        by=who,
    )
    amendment_lines.drop(amendment=draft, subject=task(small, "2"), reason="Trùng", by=who)
    amendments.confirm(amendment=draft, revision=None, by=who)
    run_jobs()
    return draft


@pytest.mark.parametrize("name", ["plan_detail", "plan_dashboard"])
def test_a_page_as_of_a_day_shows_what_was_known_then(small, amended, enter, name):
    client = enter("lanhdao")
    address = reverse(f"plans:{name}", args=[small.plan.code])
    then = client.get(address, {"ngay": "09/12/2021"}).content.decode()
    assert "Số liệu tại ngày 09/12/2021" in then
    assert "Bãi bỏ theo" not in then
    assert "200/QĐ-UBND" not in then
    now = client.get(address).content.decode()
    assert "Số liệu tại ngày 0" not in now
    if name == "plan_detail":
        assert "Bãi bỏ theo 200/QĐ-UBND" in now
        assert "5 nhiệm vụ" in then
    else:
        assert 'hx-trigger="every 3s"' in now
        assert 'hx-trigger="every 3s"' not in then
        assert "0/4" in client.get(address, {"ngay": "01/09/2021"}).content.decode()
        assert "1/4" in then
    today = client.get(address, {"ngay": "10/12/2021"}).content.decode()
    assert "Số liệu tại ngày 10/12" not in today
    for wrong in ("11/12/2021", "khong"):
        refused = client.get(address, {"ngay": wrong})
        assert refused.status_code == 422
    assert "chưa đến" in client.get(address, {"ngay": "11/12/2021"}).content.decode()


def test_the_plan_of_a_past_day_is_filtered_and_shows_an_officer_only_the_own_agency(small, amended, enter):
    address = reverse("plans:plan_detail", args=[small.plan.code])
    officer = enter("syt.canbo").get(address, {"ngay": "09/12/2021"}).context["plan"]
    states = {row.code: row.state.text for section in officer.sections for row in section.tasks}
    assert states == {"1": "", "2": "", "3": "Chưa thực hiện", "4": "", "5": "Chưa thực hiện"}
    leader = enter("lanhdao").get(address, {"ngay": "09/12/2021", "bucket": "done_on_time"}).context["plan"]
    assert [row.code for section in leader.sections for row in section.tasks] == ["1"]


def test_the_dashboard_of_yesterday_counts_like_the_roll_ups_of_yesterday(small, run_jobs, enter):
    from plans import builder
    from plans.facts.dashboard import dashboard
    from plans.facts.dashboard_day import dashboard_on

    with calendar.held_at(at(2021, 12, 9)):
        small.accept(done_on=date(2021, 12, 1))
        small.submit("3", "SYT")
        builder.refresh_plan(small.plan.pk)
        then = dashboard(small.plan, small.who("lanhdao"))
    again = dashboard_on(small.plan, date(2021, 12, 9))
    for name in ("duties", "tasks", "proposed"):
        one, other = getattr(then, name), getattr(again, name)
        assert [(part.label, part.value) for part in one.segments] == [
            (part.label, part.value) for part in other.segments
        ]
        assert (one.progress.ratio, one.on_time.ratio, one.overdue.text, one.oldest, one.not_updated.text) == (
            other.progress.ratio,
            other.on_time.ratio,
            other.overdue.text,
            other.oldest if name != "tasks" else one.oldest,
            other.not_updated.text,
        )
    assert then.duties.awaiting.text == again.duties.awaiting.text
    assert {bar.label for bar in then.agencies} == {bar.label for bar in again.agencies}
    assert [bar.label for bar in then.sections] == [bar.label for bar in again.sections]
    assert [row.code for row in then.overdue] == [row.code for row in again.overdue]


# --- ending, replacing, carrying over -------------------------------------------------------------------------------


@pytest.fixture
def successor(small):
    """A plan being drafted for the next year, with one section."""
    plan = plans.create(
        province=small.province,
        code="ke-tiep",
        kind="ke_hoach",
        title="Kế hoạch năm 2022",
        issuer="UBND tỉnh",
        year_from=2022,
        year_to=2022,
        by=None,
    )
    plans.add_section(plan=plan, code="A", title="Chung", parent=None, index=None)
    return plan


def test_a_plan_ends_on_its_page(small, enter):
    client = enter("snv.chuyenvien")
    address = reverse("plans:plan_end", args=[small.plan.code])
    wrong = client.post(address, {"on": "11/12/2021", "document": ""})
    assert wrong.status_code == 422
    assert "không được ở sau hôm nay" in wrong.content.decode()
    assert client.post(address, {"on": "09/12/2021", "document": "300/QĐ-UBND"}).status_code == 302
    page = client.get(reverse("plans:plan_detail", args=[small.plan.code])).content.decode()
    assert "09/12/2021, theo 300/QĐ-UBND" in page
    past = client.get(reverse("plans:plan_detail", args=[small.plan.code]), {"ngay": "09/12/2021"}).content.decode()
    assert "300/QĐ-UBND" not in past
    for name in ("stp.canbo", "lanhdao", "kiemtra", "quantri"):
        assert enter(name).get(address).status_code == 404


def test_unfinished_tasks_are_offered_and_carried_one_by_one(small, successor, enter):
    small.accept(done_on=date(2021, 12, 1))
    small.accept("5", "SYT", result="Đã niêm yết giá")
    client = enter("snv.chuyenvien")
    carry = reverse("plans:plan_carry_over", args=["ke-tiep"])
    assert "Chưa ghi kế hoạch được thay thế" in client.get(carry).content.decode()
    assert client.post(reverse("plans:plan_replace", args=["ke-tiep"]), {"old": ""}).status_code == 422
    assert client.post(reverse("plans:plan_replace", args=["ke-tiep"]), {"old": small.plan.code}).status_code == 302
    page = client.get(carry)
    offered = [one["row"] for one in page.context["offers"]]
    assert [row.code for row in offered] == ["2", "3", "4", "5"]
    assert "Đã niêm yết giá" in page.content.decode()
    assert not Task.objects.filter(plan=successor).exists()
    ids = {row.code: row.task_id for row in offered}
    section = successor.sections.get()
    assert client.post(carry, {}).status_code == 422
    no_section = client.post(carry, {f"take_{ids['5']}": "on", f"code_{ids['5']}": "A1"})
    assert no_section.status_code == 422
    assert "cần chọn mục mới" in no_section.content.decode()
    sent = {
        f"take_{ids['5']}": "on",
        f"section_{ids['5']}": section.pk,
        f"code_{ids['5']}": "A1",
        f"take_{ids['2']}": "on",
        f"section_{ids['2']}": section.pk,
        f"code_{ids['2']}": "A1",
    }
    partly = client.post(carry, sent)
    assert partly.status_code == 422
    assert "đã có nhiệm vụ mã A1" in partly.content.decode()
    (made,) = Task.objects.filter(plan=successor)
    assert (made.carried_from.code, made.code) == ("2", "A1")
    left = client.get(carry)
    assert [one["row"].code for one in left.context["offers"]] == ["3", "4", "5"]
    assert "Chuyển tiếp từ" in client.get(reverse("plans:plan_detail", args=["ke-tiep"])).content.decode()


def test_into_an_issued_plan_tasks_come_by_an_amendment_only(small, successor, enter):
    plans.replace(old=small.plan, new=successor, by=None)
    Plan.objects.filter(pk=successor.pk).update(issued_on=date(2021, 12, 9))
    plans.issue(plan=successor, by=None)
    client = enter("snv.chuyenvien")
    carry = reverse("plans:plan_carry_over", args=["ke-tiep"])
    assert "Soạn văn bản sửa đổi" in client.get(carry).content.decode()
    draft = amendments.begin(
        plan=Plan.objects.get(pk=successor.pk),
        number="5/QĐ",
        issued_on=date(2021, 12, 10),
        issuer="UBND",
        effective_on=date(2021, 12, 10),
        by=small.who("snv.chuyenvien"),
    )
    one = next(offer["row"] for offer in client.get(carry).context["offers"] if offer["row"].code == "1")
    sent = {
        f"take_{one.task_id}": "on",
        f"section_{one.task_id}": successor.sections.get().pk,
        f"code_{one.task_id}": "A1",
    }
    assert client.post(carry, sent).status_code == 422
    assert client.post(carry, {**sent, "amendment": draft.pk}).status_code == 302
    (line,) = draft.task_versions.all()
    assert (line.task.carried_from.code, line.deadline_kind, line.task.current) == ("1", "none", None)
    assert "trong văn bản chưa có hiệu lực" in client.get(carry).content.decode()
    amendments.confirm(amendment=draft, revision=None, by=small.who("snv.chuyenvien"))
    assert Task.objects.get(plan=successor).current is not None
    assert not Assignment.objects.filter(task__plan=successor).exists()


def test_the_offer_asks_the_same_number_of_questions_for_three_tasks_as_for_thirty(small, successor, enter):
    client, who = enter("snv.chuyenvien"), small.who("snv.chuyenvien")
    plans.replace(old=small.plan, new=successor, by=None)
    section = Section.objects.get(plan=small.plan)
    carry = reverse("plans:plan_carry_over", args=["ke-tiep"])
    past = reverse("plans:plan_detail", args=[small.plan.code])

    def asked(number, first, last):
        draft = amendments.begin(
            plan=small.plan,
            number=number,
            issued_on=date(2021, 12, 1),
            issuer="UBND tỉnh",
            effective_on=date(2021, 12, 1),
            by=who,
        )
        for extra in range(first, last):
            amendment_lines.add_task(
                amendment=draft,
                section=section,
                code=f"M{extra}",
                text=plans.TaskText("Mới", parties=[plans.Party(PartyRole.LEAD, small.agencies["STP"])]),
                by=who,
            )
        with calendar.held_at(at(2021, 12, 9)):
            amendments.confirm(amendment=draft, revision=None, by=who)
        counts = []
        for address, query in ((carry, {}), (past, {"ngay": "09/12/2021"})):
            client.get(address, query)
            with CaptureQueriesContext(connection) as questions:
                assert client.get(address, query).status_code == 200
            counts.append(len(questions))
        return counts

    assert asked("1/QĐ", 0, 3) == asked("2/QĐ", 3, 30)

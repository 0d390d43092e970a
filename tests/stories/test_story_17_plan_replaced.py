"""Story 17: a plan replaces a predecessor's plan (plan 12 of the new province takes the place of Tiền Giang's 371).

The link "thay thế" is there; unfinished tasks are offered for carry-over, never carried silently; what nobody carries
is left behind and stays where it was.
"""

from datetime import date, datetime
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse

from agencies import calendar
from agencies.actions import directory, provinces
from agencies.actions.provinces import Named
from agencies.actions.reorganisations import Successor
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Agency, Event, Membership, Province, ProvinceSuccession, Succession, User
from plans.actions import carry_over, plans, reminders
from plans.facts.carry_over import Heirs, offered
from plans.facts.plan import plan_facts
from plans.models import Assignment, PartyRole, Plan, Progress, Task
from tests.conftest import build_small
from tests.plans.test_transfers import reorganise

LEAD = PartyRole.LEAD


def on(*day):
    return calendar.held_at(datetime(*day, 9, 0, tzinfo=calendar.VIETNAM))


@pytest.fixture
def tien_giang(db):
    """Plan 371/KH-UBND with five tasks: one done, one reported, one whose lead has merged, one of a group."""
    small = build_small(number="371/KH-UBND")
    with on(2021, 12, 10):
        small.accept("1", "STP", done_on=date(2021, 12, 1))
        small.accept("5", "SYT", result="Đã công khai tại 9/10 cơ sở")
    with on(2022, 3, 1):
        merged = small.agencies["MTTQ"]
        heir = Agency.objects.create(
            province=small.province, code="MTTQ2", kind="doan_the", name="Mặt trận mới", confirmed=True, order=9
        )
        Agency.objects.filter(pk=merged.pk).update(valid_to=date(2022, 2, 28))
        Succession.objects.create(
            province=small.province,
            predecessor=merged,
            successor=heir,
            kind="merge",
            effective_on=date(2022, 3, 1),
            decision_number="1/QĐ",
        )
    return small


@pytest.fixture
def plan_12(tien_giang):
    """The draft of plan 12, with two sections, not yet said to replace anything."""
    with on(2022, 3, 2):
        plan = plans.create(
            province=tien_giang.province,
            code="ke-hoach-12",
            number="12/KH-UBND",
            kind="ke_hoach",
            title="Kế hoạch nâng các chỉ số năm 2022",
            issuer="Ủy ban nhân dân tỉnh",
            issued_on=date(2022, 3, 10),
            year_from=2022,
            year_to=2022,
            by=None,
        )
        for code in ("I", "II"):
            plans.add_section(plan=plan, code=code, title=f"Phần {code}", parent=None, index=None)
    return plan


def test_plan_12_takes_the_place_of_371_and_chooses_what_it_carries(tien_giang, plan_12):
    small, who = tien_giang, tien_giang.who("snv.chuyenvien")
    old = small.plan
    tasks = {task.code: task for task in Task.objects.filter(plan=old).select_related("plan")}
    first, second = plan_12.sections.order_by("order")
    with on(2022, 3, 5):
        # Nothing is offered, and nothing can be carried, before the link is made.
        assert offered(plan_12, calendar.today()) == ()
        with pytest.raises(Invalid) as refused:
            carry_over.carry(task=tasks["5"], section=first, code="1", by=who)
        assert refused.value.code == "not_replaced_by"
        plan = plans.replace(old=old, new=plan_12, by=who)
        assert plans.replace(old=old, new=plan_12, by=who).replaces == old
        assert Event.objects.about(plan).last().after["replaces"] == old.code
        assert not plan.tasks.exists(), "the link carries nothing"

        rows = {row.code: row for row in offered(plan, calendar.today())}
        assert list(rows) == ["2", "3", "4", "5"]
        assert (rows["5"].last.agency, rows["5"].last.result) == ("Sở Y tế", "Đã công khai tại 9/10 cơ sở")
        assert rows["5"].standing.days_overdue > 0
        assert (rows["4"].new_leads, rows["4"].lead_to_choose) == (("Mặt trận mới",), False)

        # Task 5 is carried without its old day: plan 12 gives none. Task 4 goes to the body that came of the merger.
        five = carry_over.carry(task=tasks["5"], section=second, code="II.1", by=who)
        four = carry_over.carry(task=tasks["4"], section=first, code="I.1", by=who)
        assert (five.carried_from, five.current.deadline_kind, five.current.deadline_to) == (tasks["5"], "none", None)
        assert [party.name for party in five.current.parties.all()] == ["Sở Y tế", "Sở Tư pháp"]
        assert [party.name for party in four.current.parties.all()] == ["Mặt trận mới"]
        for again, code in (("5", "already_carried"), ("2", "code_taken")):
            with pytest.raises(Conflict) as conflict:
                carry_over.carry(task=tasks[again], section=first, code="I.1", by=who)
            assert conflict.value.code == code
        with pytest.raises(Invalid) as refused:
            carry_over.carry(task=tasks["1"], section=first, code="I.9", by=who)
        assert refused.value.code == "finished"
        with pytest.raises(Refused):
            carry_over.carry(task=tasks["2"], section=first, code="I.2", by=small.who("lanhdao"))
        left = [row.code for row in offered(plan, calendar.today()) if row.left_behind]
        assert left == ["2", "3"]

        # The page says so.
        client = Client()
        client.force_login(who)
        page = client.get(reverse("plans:plan_carry_over", args=[plan.code])).content.decode()
        assert "4 nhiệm vụ chưa xong, 2 đã chuyển tiếp, 2 để lại" in page
        assert "Thay thế" in client.get(reverse("plans:plan_detail", args=[plan.code])).content.decode()
        event = Event.objects.about(five).get()
        assert (event.action, event.before["task"], event.after["task"]) == ("task.carry", "5", "II.1")

    with on(2022, 3, 10):
        issued = plans.issue(plan=Plan.objects.get(pk=plan_12.pk), by=None)
        plans.hand_out(plan=issued, on=date(2022, 3, 10), by=None)
        ended = plans.end(plan=old, on=date(2022, 3, 9), document="12/KH-UBND ngày 10/03/2022", by=who)
        assert ended.state == Plan.State.ENDED
        # What was left behind stays as it stood; the old reports stay with the old plan.
        facts = {task.code: task for task in plan_facts(Plan.objects.get(pk=old.pk), calendar.today()).tasks}
        assert facts["2"].standing.state == "not_started"
        assert facts["5"].standing.state == "in_progress"
        assert Progress.objects.filter(assignment__task=tasks["5"]).count() == 1
        assert not Progress.objects.filter(assignment__task=five).exists()
        assert Assignment.objects.leading().filter(task=five).get().agency == small.agencies["SYT"]
        with pytest.raises(Conflict):
            carry_over.carry(task=tasks["2"], section=first, code="I.2", by=who)


def test_an_old_day_is_kept_only_when_somebody_says_so(tien_giang, plan_12):
    who = tien_giang.who("snv.chuyenvien")
    with on(2022, 3, 5):
        plans.replace(old=tien_giang.plan, new=plan_12, by=who)
        task = Task.objects.get(plan=tien_giang.plan, code="5")
        kept = carry_over.carry(task=task, section=plan_12.sections.all()[0], code="1", keep_deadline=True, by=who)
        assert kept.current.deadline_to == date(2021, 11, 30)


def test_a_person_chooses_where_several_bodies_came_out_of_one(tien_giang, plan_12):
    who = tien_giang.who("snv.chuyenvien")
    with on(2022, 3, 5):
        other = Agency.objects.create(
            province=tien_giang.province,
            code="HCCB",
            kind="doan_the",
            name="Hội Cựu chiến binh",
            confirmed=True,
            order=10,
        )
        Succession.objects.create(
            province=tien_giang.province,
            predecessor=tien_giang.agencies["MTTQ"],
            successor=other,
            kind="split",
            effective_on=date(2022, 3, 1),
            decision_number="1/QĐ",
        )
        plan = plans.replace(old=tien_giang.plan, new=plan_12, by=who)
        row = next(row for row in offered(plan, calendar.today()) if row.code == "4")
        assert (row.lead_to_choose, row.new_leads) == (True, ())
        task = Task.objects.get(plan=tien_giang.plan, code="4")
        section = plan_12.sections.all()[0]
        with pytest.raises(Invalid) as refused:
            carry_over.carry(task=task, section=section, code="1", by=who)
        assert refused.value.code == "lead_to_choose"
        made = carry_over.carry(task=task, section=section, code="1", leads=[plans.Party(LEAD, other)], by=who)
        assert [party.name for party in made.current.parties.all()] == ["Hội Cựu chiến binh"]


def test_a_plan_ends_once_and_by_those_who_may(tien_giang):
    plan, who = tien_giang.plan, tien_giang.who("snv.thamdinh")
    with on(2022, 3, 5):
        with pytest.raises(Refused):
            plans.end(plan=plan, on=date(2022, 3, 1), document="x", by=tien_giang.who("stp.canbo"))
        for day, document, field in (
            (None, "x", "on"),
            (date(2022, 3, 6), "x", "on"),
            (date(2021, 8, 5), "x", "on"),
            (date(2022, 3, 1), " ", "document"),
        ):
            with pytest.raises(Invalid) as refused:
                plans.end(plan=plan, on=day, document=document, by=who)
            assert list(refused.value.fields) == [field]
        plans.end(plan=plan, on=date(2022, 3, 1), document="12/KH-UBND", by=who)
        with pytest.raises(Conflict):
            plans.end(plan=plan, on=date(2022, 3, 1), document="12/KH-UBND", by=who)
        with pytest.raises(Invalid) as refused:
            tien_giang.begin("2", "SNV")
        assert refused.value.code == "plan_not_issued"
        assert plan_facts(Plan.objects.get(pk=plan.pk), date(2022, 3, 4)).state == "issued"
        assert plan_facts(Plan.objects.get(pk=plan.pk), date(2022, 3, 5)).state == "ended"


def test_a_plan_of_a_merged_province_takes_the_place_of_a_predecessors_plan(tien_giang, plan_12):
    """Plan 12 is of the new province: the plans of those that became part of it, and no others, can be replaced."""
    with on(2022, 3, 5):
        other, far = (build_small(code=code, number=number) for code, number in (("cu", "9/KH"), ("xa", "8/KH")))
        installer = User.objects.create_superuser("cai.dat", "x", full_name="Người cài đặt")
        assert other.plan not in Plan.objects.replaceable_by(plan_12)
        middle = Province.objects.create(code="giua", name="Giữa", kind="tinh")
        for old, new in ((other.province, middle), (middle, tien_giang.province)):
            ProvinceSuccession.objects.create(
                predecessor=old,
                successor=new,
                effective_on=date(2022, 3, 1),
                decision_number="202/2025/QH15",
                decided_on=date(2022, 2, 1),
                created_by=installer,
                created_at=calendar.now(),
            )
        found = Plan.objects.replaceable_by(plan_12)
        assert other.plan in found and tien_giang.plan in found and far.plan not in found
        assert plan_12 not in Plan.objects.replaceable_by(other.plan)
        client = Client()
        client.force_login(tien_giang.who("snv.chuyenvien"))
        address = reverse("plans:plan_replace", args=[plan_12.code])
        assert "9/KH" in client.get(address).content.decode()
        assert client.post(address, {"old": other.plan.code}).status_code == 302
    assert Plan.objects.get(pk=plan_12.pk).replaces == other.plan


def test_only_an_issued_plan_of_the_province_is_replaced_and_never_in_a_circle(tien_giang, plan_12):
    who = tien_giang.who("snv.chuyenvien")
    with on(2022, 3, 5):
        other = build_small(code="tinh-khac", number="9/KH-UBND")
        with pytest.raises(Invalid) as refused:
            plans.replace(old=other.plan, new=plan_12, by=who)
        assert refused.value.code == "not_replaceable"
        plans.replace(old=tien_giang.plan, new=plan_12, by=who)
        plan = plans.issue(plan=Plan.objects.get(pk=plan_12.pk), by=None)
        with pytest.raises(Invalid) as refused:
            plans.replace(old=plan, new=tien_giang.plan, by=who)
        assert refused.value.code == "replaces_itself"


def test_a_chosen_lead_takes_the_place_of_the_one_without_heir_only_and_no_old_day_comes_along(tien_giang, plan_12):
    """A task of two leads, one alive; its yearly milestone has a day of the old plan."""
    small, who = tien_giang, tien_giang.who("snv.chuyenvien")
    gone = Agency.objects.create(
        province=small.province, code="HND", kind="doan_the", name="Hội Nông dân", confirmed=True, order=11
    )
    with on(2021, 8, 1):
        old = plans.create(
            province=small.province,
            code="ke-hoach-1",
            number="1/KH-UBND",
            kind="ke_hoach",
            title="Kế hoạch cũ",
            issuer="Ủy ban nhân dân tỉnh",
            issued_on=date(2021, 1, 10),
            year_from=2021,
            year_to=2022,
            by=None,
        )
        section = plans.add_section(plan=old, code="I", title="Phần I", parent=None, index=None)
        text = plans.TaskText(
            "Việc nhiều năm",
            deadline={
                "deadline_kind": "range",
                "deadline_from": date(2021, 1, 1),
                "deadline_to": date(2022, 12, 31),
            },
            parties=[plans.Party(LEAD, small.agencies["STP"]), plans.Party(LEAD, gone)],
            milestones=[plans.Milestone(2022, date(2022, 6, 30), "50 %")],
        )
        task = plans.add_task(section=section, code="1", text=text, deciding_document="1/KH-UBND")
        old = plans.issue(plan=old, by=None)
        plans.hand_out(plan=old, on=date(2021, 1, 10), by=None)
    Agency.objects.filter(pk=gone.pk).update(valid_to=date(2022, 1, 31))
    with on(2022, 3, 5):
        plan = plans.replace(old=old, new=plan_12, by=who)
        (row,) = offered(plan, calendar.today())
        assert (row.new_leads, row.lead_to_choose, row.lost) == (("Sở Tư pháp",), True, ("Hội Nông dân",))
        chosen = [plans.Party(LEAD, small.agencies["SYT"])]
        made = carry_over.carry(task=task, section=plan_12.sections.all()[0], code="1", leads=chosen, by=who)
        assert {party.name for party in made.current.parties.all()} == {"Sở Y tế", "Sở Tư pháp"}
        assert (made.current.deadline_kind, made.current.milestones.count()) == ("none", 0)


def test_who_took_over_functions_does_not_stand_for_a_body(tien_giang):
    small = tien_giang
    with on(2025, 3, 10):
        reorganise(small, Successor(agency=small.agencies["SYT"]), kind="transfer", on=date(2025, 3, 1))
    with on(2025, 5, 10):
        main = Successor(agency=small.agencies["VPUB"], is_main=True)
        reorganise(small, main, kind="absorb", on=date(2025, 5, 1))
        heirs = Heirs({small.province.pk}, small.province.pk, date(2025, 5, 10))
        assert heirs.of(Agency.objects.get(pk=small.agencies["STP"].pk)) == small.agencies["VPUB"]


@pytest.fixture
def new_province(tien_giang):
    """The province's successor, known on 20/06/2025 and there from 01/07/2025, with a plan and its specialist."""
    with on(2025, 6, 20):
        installer = User.objects.create_superuser("cai.dat", "x", full_name="Người cài đặt")
        province = provinces.merge(
            into=Named("dong-thap-moi", "Đồng Tháp", "tinh"),
            predecessors=[Named(tien_giang.province.code, tien_giang.province.name, "tinh")],
            decision_number="Nghị quyết 202/2025/QH15",
            decided_on=date(2025, 6, 12),
            effective_on=date(2025, 7, 1),
            by=installer,
        )
        office = directory.keep_agency(province=province, code="SNV", name="Sở Nội vụ", kind="so", confirmed=True)
        who = directory.add_user(username="moi.chuyenvien", full_name="Chuyên viên", password_hash="!", by=None)
        directory.join(user=who, agency=office, role="specialist", by=None)
        plan = plans.create(
            province=province,
            code="ke-hoach-2025",
            number="5/KH-UBND",
            kind="ke_hoach",
            title="Kế hoạch của tỉnh mới",
            issuer="Ủy ban nhân dân tỉnh",
            issued_on=date(2025, 7, 2),
            year_from=2025,
            year_to=2025,
            by=None,
        )
        plans.add_section(plan=plan, code="I", title="Phần I", parent=None, index=None)
    return SimpleNamespace(province=province, plan=plan, who=who)


def test_a_merged_provinces_plan_is_offered_from_the_day_of_the_merger(tien_giang, new_province):
    client = Client()
    client.force_login(new_province.who)
    address = reverse("plans:plan_replace", args=[new_province.plan.code])
    with on(2025, 6, 30):
        assert tien_giang.plan.number not in client.get(address).content.decode()
    with on(2025, 7, 1):
        assert tien_giang.plan.number in client.get(address).content.decode()
        assert client.post(address, {"old": tien_giang.plan.code}).status_code == 302
        page = client.get(reverse("plans:plan_carry_over", args=[new_province.plan.code])).content.decode()
        assert tien_giang.plan.number in page
        # The old province's plan is not this person's to open: no link leads to a page that is not there.
        assert reverse("plans:plan_detail", args=[tien_giang.plan.code]) not in page


def test_nobody_reports_for_a_province_that_ended_and_the_clock_is_silent(tien_giang, new_province):
    officer = tien_giang.officer("STP")
    with on(2025, 6, 30):
        assert officer.roles()
    with on(2025, 7, 10):
        officer = tien_giang.officer("STP")
        assert not officer.roles()
        assert officer.is_active
        with pytest.raises(Refused):
            tien_giang.begin("1", "STP")
        assert reminders.remind(plan=tien_giang.plan) == []
    ended = Event.objects.get(action="province.end", province=tien_giang.province)
    assert len(ended.after["memberships_ended"]) == Membership.objects.filter(province=tien_giang.province).count()

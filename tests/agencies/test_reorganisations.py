"""Reorganising agencies through the verbs: what ends, what follows, and what a day in the past still says."""

from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from agencies import calendar, proof
from agencies.actions import directory, reorganisations, tokens
from agencies.actions.reorganisations import Draft, Successor
from agencies.errors import Conflict, Invalid, Refused
from agencies.facts.people import why_no_role
from agencies.facts.reorganisations import effects, holders
from agencies.facts.successions import present_agencies
from agencies.models import (
    Agency,
    AgencyGroup,
    Designation,
    Event,
    Membership,
    Reorganisation,
    Succession,
    User,
)
from plans.facts.plan import plan_facts
from reports.facts.catalogue import find_agency

DAY = date(2025, 3, 1)
LATER = datetime(2025, 3, 10, 9, 0, tzinfo=calendar.VIETNAM)


@pytest.fixture
def year_2025():
    with calendar.held_at(LATER):
        yield


def draft(small, kind="absorb", ends=("STP",), into=(), effective_on=DAY, **more):
    return Draft(
        **{
            "kind": kind,
            "title": "Sắp xếp thử",
            "effective_on": effective_on,
            "predecessors": [small.agencies[one] for one in ends],
            "successors": into,
            "decision_number": "05/QĐ-UBND",
            "decided_on": date(2025, 2, 20),
            **more,
        }
    )


def carry_out(small, wanted):
    admin = small.who("quantri")
    row = reorganisations.propose(province=small.province, draft=wanted, by=admin)
    return reorganisations.apply(reorganisation=row, revision=row.revision, by=admin)


def absorb(small, **more):
    """Sở Tư pháp goes into Sở Y tế."""
    return carry_out(small, draft(small, into=[Successor(agency=small.agencies["SYT"], is_main=True)], **more))


def test_a_proposal_changes_nothing(small, year_2025):
    before = list(Agency.objects.values())
    row = reorganisations.propose(
        province=small.province,
        draft=draft(small, into=[Successor(agency=small.agencies["SYT"], is_main=True)]),
        by=small.who("quantri"),
    )
    assert row.state == "proposed"
    assert list(Agency.objects.values()) == before
    assert not Succession.objects.exists()
    assert not Membership.objects.filter(valid_to__isnull=False).exists()


def test_absorbing_ends_the_one_and_continues_the_other(small, year_2025):
    row = absorb(small)
    old, new = Agency.objects.get(code="STP"), Agency.objects.get(code="SYT")
    assert (old.valid_to, new.valid_to) == (date(2025, 2, 28), None)
    succession = Succession.objects.get()
    assert (succession.predecessor, succession.successor, succession.kind) == (old, new, "absorb")
    assert (succession.decision_number, succession.decided_on, succession.effective_on, succession.is_main) == (
        "05/QĐ-UBND",
        date(2025, 2, 20),
        DAY,
        True,
    )
    assert row.applied_by.username == "quantri"
    assert old.name_on(date(2025, 2, 28)) == "Sở Tư pháp"


def test_memberships_close_on_the_last_day_and_the_person_reads_why(small, year_2025):
    absorb(small)
    officer = small.who("stp.canbo")
    assert officer.is_active
    assert officer.memberships.get().valid_to == date(2025, 2, 28)
    answer = Client().post("/tai-khoan/login/", {"login": "stp.canbo", "password": "mat-khau-thu"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Sở Tư pháp đã kết thúc hoạt động, hết ngày 28/02/2025 (05/QĐ-UBND), kế thừa: Sở Y tế" in page
    assert "quantri (thử), Văn phòng Ủy ban nhân dân tỉnh" in page


def test_a_wrong_password_learns_nothing_of_the_roles(small, year_2025):
    absorb(small)
    page = Client().post("/tai-khoan/login/", {"login": "stp.canbo", "password": "sai"}).content.decode()
    assert "kết thúc hoạt động" not in page


def test_a_session_shows_nothing_and_a_key_is_dead_after_the_last_role(small, year_2025):
    _, secret = tokens.issue(name="a", days=1, by=small.who("stp.canbo"))
    browser, program = Client(), Client(headers={"Authorization": f"Bearer {secret}"})
    browser.force_login(small.who("stp.canbo"))
    assert browser.get("/nhiem-vu/").status_code == 200
    assert program.get("/api/v1/plans/").status_code == 200
    absorb(small)
    assert not browser.get("/nhiem-vu/").context["rows"]
    assert program.get("/api/v1/plans/").status_code == 401


def test_who_gets_a_new_role_logs_in_again(small, year_2025):
    absorb(small)
    directory.join(user=small.who("stp.canbo"), agency=small.agencies["SYT"], role="officer", valid_from=DAY, by=None)
    answer = Client().post("/tai-khoan/login/", {"login": "stp.canbo", "password": "mat-khau-thu"})
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "words"),
    [
        (date(2025, 4, 1), None, "bắt đầu từ ngày 01/04/2025"),
        (None, date(2025, 1, 31), "đã hết từ sau ngày 31/01/2025"),
    ],
)
def test_why_somebody_has_no_role(small, year_2025, valid_from, valid_to, words):
    Membership.objects.filter(user__username="syt.canbo").update(valid_from=valid_from, valid_to=valid_to)
    assert words in why_no_role(small.who("syt.canbo"))


def test_an_account_without_any_role_is_told_so_but_the_installer_gets_in(small, year_2025):
    nobody = User.objects.create_user("khong.vai", "x", full_name="Không vai")
    installer = User.objects.create_superuser("cai.dat", "x", full_name="Cài đặt")
    assert "chưa được cấp vai trò" in why_no_role(nobody)
    assert why_no_role(installer) == ""


def test_groups_and_their_members_follow(small, year_2025):
    group = AgencyGroup.objects.get(code="so")
    small.group.memberships.filter(agency=small.agencies["SYT"]).delete()
    absorb(small)
    codes = lambda day: set(group.members_on(day).values_list("code", flat=True))  # noqa: E731
    assert codes(date(2025, 2, 28)) == {"VPUB", "SNV", "STP"}
    assert codes(DAY) == {"VPUB", "SNV", "SYT"}


def test_designations_move_with_the_office(small, year_2025):
    carry_out(
        small,
        draft(
            small,
            kind="merge",
            ends=("SNV", "STP"),
            into=[Successor(code="SNVTP", name="Sở Nội vụ và Tư pháp", kind="so", is_main=True)],
        ),
    )
    new = Agency.objects.get(code="SNVTP")
    offices = Designation.objects.filter(role="standing_office").order_by("valid_from")
    assert [(one.agency.code, one.valid_from, one.valid_to) for one in offices] == [
        ("SNV", date(2021, 1, 1), date(2025, 2, 28)),
        ("SNVTP", DAY, None),
    ]
    assert offices[1].document == "05/QĐ-UBND"
    assert new.valid_from == DAY
    assert new.name_on(DAY) == "Sở Nội vụ và Tư pháp"


def test_a_code_is_used_again_and_days_tell_the_two_apart(small, year_2025):
    carry_out(
        small,
        draft(
            small,
            kind="merge",
            ends=("STP", "SYT"),
            into=[Successor(code="STP", name="Sở Pháp chế và Y tế", kind="so", is_main=True)],
        ),
    )
    old, new = Agency.objects.filter(code="STP").order_by("pk")
    assert find_agency(small.province, "STP", date(2021, 12, 10)) == old
    assert find_agency(small.province, "STP", DAY) == new


def test_the_old_name_finds_the_successor_from_the_day_on_and_not_before(small, year_2025):
    absorb(small)
    assert find_agency(small.province, "Sở Tư pháp", date(2021, 12, 10)).code == "STP"
    assert find_agency(small.province, "Sở Tư pháp", DAY).code == "SYT"


def test_renaming_keeps_the_row_and_dates_the_names(small, year_2025):
    carry_out(
        small,
        draft(
            small,
            kind="rename",
            into=[Successor(code="STP", name="Sở Pháp luật", kind="so", is_main=True)],
        ),
    )
    agency = Agency.objects.get(code="STP")
    assert (agency.name, agency.valid_to) == ("Sở Pháp luật", None)
    # Recorded on 10/3: a report as of 5/3 printed, and prints, what was known then.
    assert agency.name_on(date(2025, 3, 5)) == "Sở Tư pháp"
    assert agency.name_on(date(2025, 2, 28)) == "Sở Tư pháp"
    assert agency.name_on(date(2025, 3, 10)) == "Sở Pháp luật"
    assert Membership.objects.get(user__username="stp.canbo").valid_to is None
    assert Succession.objects.get().kind == "rename"


def test_a_rename_that_changes_the_symbol_is_a_new_row(small, year_2025):
    carry_out(
        small,
        draft(small, kind="rename", into=[Successor(code="SPL", name="Sở Pháp luật", kind="so", symbol="SPL")]),
    )
    assert Agency.objects.get(code="STP").valid_to == date(2025, 2, 28)
    assert Agency.objects.get(code="SPL").valid_from == DAY


def test_a_decision_known_in_advance_takes_effect_on_its_day(small, year_2025):
    future = date(2025, 7, 1)
    carry_out(
        small,
        draft(
            small,
            kind="rename",
            effective_on=future,
            into=[Successor(code="STP", name="Sở Pháp luật", kind="so", is_main=True)],
        ),
    )
    carry_out(
        small,
        draft(
            small,
            ends=("SYT",),
            effective_on=future,
            into=[Successor(agency=small.agencies["SNV"], is_main=True)],
        ),
    )
    assert Agency.objects.get(code="STP").name == "Sở Tư pháp"
    assert small.who("syt.canbo").agency_ids()
    with calendar.held_at(datetime(2025, 7, 1, 0, 5, tzinfo=calendar.VIETNAM)):
        from agencies.schedule import names_of_today

        assert names_of_today() == 1
        assert names_of_today() == 0
        assert Agency.objects.get(code="STP").name == "Sở Pháp luật"
        assert not small.who("syt.canbo").agency_ids()


def test_splitting_without_a_main_successor_leaves_the_figures_under_the_old_name(small, year_2025):
    carry_out(
        small,
        draft(
            small,
            kind="split",
            ends=("STP",),
            into=[
                Successor(code="SA", name="Sở A", kind="so"),
                Successor(code="SB", name="Sở B", kind="so"),
            ],
        ),
    )
    old = small.agencies["STP"]
    assert present_agencies(small.province.pk, date(2021, 12, 10))[old.pk].note == ""
    now = present_agencies(small.province.pk, date(2025, 3, 10))[old.pk]
    assert (now.agency_id, now.name) == (old.pk, "Sở Tư pháp")
    assert "đã chia cho Sở A, Sở B" in now.note


def test_the_present_agency_is_found_through_a_chain(small, year_2025):
    absorb(small)
    carry_out(
        small,
        draft(
            small,
            ends=("SYT",),
            effective_on=date(2025, 3, 5),
            into=[Successor(agency=small.agencies["SNV"], is_main=True)],
        ),
    )
    present = present_agencies(small.province.pk, date(2025, 3, 10))
    assert present[small.agencies["STP"].pk].agency_id == small.agencies["SNV"].pk
    between = present_agencies(small.province.pk, date(2025, 3, 2))
    assert between[small.agencies["STP"].pk].agency_id == small.agencies["SYT"].pk


def test_a_transfer_of_functions_ends_nobody(small, year_2025):
    row = carry_out(small, draft(small, kind="transfer", into=[Successor(agency=small.agencies["SYT"])]))
    assert Agency.objects.get(code="STP").valid_to is None
    assert Succession.objects.get().kind == "transfer"
    assert holders(row) == (small.agencies["STP"],)
    assert present_agencies(small.province.pk, date(2025, 3, 10))[small.agencies["STP"].pk].agency_id == (
        small.agencies["STP"].pk
    )


def test_dissolving_leaves_no_successor_and_says_so(small, year_2025):
    carry_out(small, draft(small, kind="dissolve"))
    note = present_agencies(small.province.pk, date(2025, 3, 10))[small.agencies["STP"].pk].note
    assert "chưa ghi cơ quan kế thừa" in note


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"decision_number": ""}, "số và ngày quyết định"),
        ({"decided_on": None}, "số và ngày quyết định"),
        ({"into": ()}, "Chưa có cơ quan kế thừa"),
        ({"kind": "split"}, "ít nhất hai"),
        ({"kind": "dissolve"}, "không có cơ quan kế thừa"),
        ({"into": [Successor(code="SNV", name="Sở Mới", kind="so")]}, "Mã SNV đang là của Sở Nội vụ"),
        ({"into": [Successor(code="MOI", name="sở nội vụ", kind="so")]}, "Hãy chọn cơ quan này"),
    ],
)
def test_what_stands_in_the_way_is_said_and_nothing_changes(small, year_2025, change, words):
    into = change.pop("into", [Successor(agency=small.agencies["SYT"], is_main=True)])
    with pytest.raises(Invalid, match=words):
        carry_out(small, draft(small, into=into, **change))
    assert not Agency.objects.filter(valid_to__isnull=False).exists()
    assert Reorganisation.objects.get().state == "proposed"


def test_an_agency_that_has_ended_does_not_end_again(small, year_2025):
    absorb(small)
    with pytest.raises(Invalid, match="đã kết thúc"):
        carry_out(small, draft(small, into=[Successor(agency=small.agencies["SNV"], is_main=True)]))


def test_the_preview_and_the_deed_are_the_same(small, year_2025):
    admin = small.who("quantri")
    row = reorganisations.propose(
        province=small.province,
        draft=draft(small, into=[Successor(agency=small.agencies["SYT"], is_main=True)]),
        by=admin,
    )
    what = effects(row)
    assert [agency.code for agency in what.ends] == ["STP"]
    assert {one.user.username for one in what.memberships} == {"stp.canbo", "stp.thutruong"}
    reorganisations.apply(reorganisation=row, revision=1, by=admin)
    assert set(Agency.objects.filter(valid_to__isnull=False)) == set(what.ends)
    assert set(Membership.objects.filter(valid_to__isnull=False)) == set(what.memberships)


@pytest.mark.parametrize("name", ["stp.canbo", "snv.thamdinh", "lanhdao", "kiemtra"])
def test_only_the_directorys_administrator_proposes_and_applies(small, year_2025, name):
    wanted = draft(small, into=[Successor(agency=small.agencies["SYT"], is_main=True)])
    with pytest.raises(Refused):
        reorganisations.propose(province=small.province, draft=wanted, by=small.who(name))
    row = reorganisations.propose(province=small.province, draft=wanted, by=None)
    for verb, more in ((reorganisations.apply, {}), (reorganisations.discard, {"reason": "x"})):
        with pytest.raises(Refused):
            verb(reorganisation=row, revision=1, by=small.who(name), **more)


def test_another_provinces_administrator_is_refused_and_its_agencies_too(small, elsewhere, year_2025):
    wanted = draft(small, into=[Successor(agency=elsewhere.agencies["SYT"], is_main=True)])
    with pytest.raises(Invalid, match="không thuộc"):
        reorganisations.propose(province=small.province, draft=wanted, by=small.who("quantri"))
    row = reorganisations.propose(
        province=small.province, draft=draft(small, into=[Successor(agency=small.agencies["SYT"])]), by=None
    )
    with pytest.raises(Refused):
        reorganisations.apply(reorganisation=row, revision=1, by=elsewhere.who("quantri"))


def test_a_stale_revision_and_a_second_application_are_conflicts(small, year_2025):
    admin = small.who("quantri")
    wanted = draft(small, into=[Successor(agency=small.agencies["SYT"], is_main=True)])
    row = reorganisations.propose(province=small.province, draft=wanted, by=admin)
    reorganisations.edit(reorganisation=row, draft=wanted, revision=1, by=admin)
    with pytest.raises(Conflict) as stale:
        reorganisations.apply(reorganisation=row, revision=1, by=admin)
    assert stale.value.code == "stale_revision"
    reorganisations.apply(reorganisation=row, revision=2, by=admin)
    with pytest.raises(Conflict) as twice:
        reorganisations.apply(reorganisation=row, revision=3, by=admin)
    assert twice.value.code == "wrong_state"


def test_discarding_needs_a_reason_and_keeps_it(small, year_2025):
    admin = small.who("quantri")
    row = reorganisations.propose(province=small.province, draft=draft(small, kind="dissolve"), by=admin)
    with pytest.raises(Invalid):
        reorganisations.discard(reorganisation=row, reason=" ", revision=1, by=admin)
    row = reorganisations.discard(reorganisation=row, reason="Nhập nhầm", revision=1, by=admin)
    assert (row.state, row.discard_reason) == ("discarded", "Nhập nhầm")
    assert Event.objects.get(action="reorganisation.discard").reason == "Nhập nhầm"


def test_every_change_leaves_an_event_and_the_chain_holds(small, year_2025):
    from agencies.actions.trail import broken_links

    absorb(small)
    actions = list(
        Event.objects.filter(recorded_at__isnull=False).order_by("sequence").values_list("action", flat=True)
    )
    assert actions[-6:] == [
        "reorganisation.propose",
        "agency.end",
        "group.leave",
        "membership.leave",
        "membership.leave",
        "reorganisation.apply",
    ]
    assert broken_links(small.province) == []


@pytest.mark.parametrize(
    "break_it",
    [
        lambda: Reorganisation.objects.update(decision_number="99/QĐ-UBND"),
        lambda: Reorganisation.objects.get().predecessors.all().delete(),
        lambda: Reorganisation.objects.get().heirs.update(is_main=False),
        lambda: Succession.objects.update(decision_number="99/QĐ-UBND"),
        lambda: Succession.objects.all().delete(),
        lambda: Reorganisation.objects.filter(pk__gt=0)._raw_delete("default"),
    ],
)
def test_what_was_applied_is_kept_by_the_database(small, year_2025, break_it):
    absorb(small)
    with pytest.raises(IntegrityError), transaction.atomic():
        break_it()


@pytest.mark.parametrize("ends", ["STP", "SNV"])
def test_what_a_decision_changes_stays_sealed(small, year_2025, ends):
    """Also the designation that the standing office loses, and a renaming on the day it takes effect."""
    carry_out(
        small,
        draft(small, ends=(ends,), into=[Successor(agency=small.agencies["SYT"], is_main=True)]),
    )
    renamed = draft(
        small,
        kind="rename",
        ends=("MTTQ",),
        into=[Successor(agency=small.agencies["MTTQ"], code="MTTQ", name="Mặt trận", kind="doan_the")],
        effective_on=date(2025, 7, 1),
    )
    carry_out(small, renamed)
    assert list(proof.sealed_rows([small.province], whole=True)) == []
    with calendar.held_at(datetime(2025, 7, 1, 1, 0, tzinfo=calendar.VIETNAM)):
        assert reorganisations.bring_names_up_to_date() == 1
        assert reorganisations.bring_names_up_to_date() == 0
    assert Event.objects.get(action="agency.change").after == {"name": "Mặt trận"}
    assert list(proof.sealed_rows([small.province], whole=True)) == []


def test_entering_the_directory_again_does_not_bring_back_what_ended(small, year_2025):
    absorb(small)
    agencies = Agency.objects.count()
    again = directory.keep_agency(province=small.province, code="STP", name="Sở Tư pháp", kind="so")
    directory.keep_group(province=small.province, code="so", name="Các sở", note="", members=[again], since=None)
    assert Agency.objects.count() == agencies
    assert again.valid_to == date(2025, 2, 28)
    assert not small.group.memberships.filter(agency=again, valid_to__isnull=True).exists()


def test_a_report_on_the_past_prints_the_names_of_then(small, year_2025):
    day = date(2021, 12, 10)
    before = plan_facts(small.plan, day)
    assert "Sở Tư pháp" in before.tasks[0].lead
    carry_out(
        small,
        draft(
            small,
            kind="rename",
            into=[Successor(code="STP", name="Sở Pháp luật", kind="so", is_main=True)],
        ),
    )
    assert plan_facts(small.plan, day) == before
    assert plan_facts(small.plan, date(2025, 3, 10)).tasks[0].assignments[0].agency == "Sở Pháp luật"

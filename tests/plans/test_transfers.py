"""Moving open duties one by one after a reorganisation."""

from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction

from agencies import calendar
from agencies.actions import directory, reorganisations
from agencies.actions.reorganisations import Draft, Successor
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Event, Reorganisation
from plans.actions import rulings, transfers
from plans.facts import duties
from plans.facts.plan import plan_facts
from plans.models import Assignment, DutyTransfer, EvidenceLink, Progress, Ruling

MARCH = date(2025, 3, 1)


@pytest.fixture
def spring(small):
    """10/3/2025; before it, in 2021, Sở Tư pháp reported on task 1 and was accepted, task 3 is open."""
    small.submit("1", "STP")
    with calendar.held_at(datetime(2025, 3, 10, 9, 0, tzinfo=calendar.VIETNAM)):
        yield small


def reorganise(small, *into, kind="absorb", ends=("STP",), on=MARCH, **heirs):
    admin = small.who("quantri")
    row = reorganisations.propose(
        province=small.province,
        draft=Draft(
            kind=kind,
            title="Sắp xếp thử",
            effective_on=on,
            predecessors=[small.agencies[one] for one in ends],
            successors=list(into),
            decision_number="05/QĐ-UBND",
            decided_on=date(2025, 2, 20),
        ),
        by=admin,
    )
    return reorganisations.apply(reorganisation=row, revision=1, by=admin)


def into(small, code="SYT", main=True):
    return Successor(agency=small.agencies[code], is_main=main)


def open_codes(row):
    return [(one.agency, one.code, one.role) for one in duties.duty_rows(duties.open_duties(row))]


def test_the_open_duties_are_offered_lead_first_and_the_done_ones_are_not(spring):
    row = reorganise(spring, into(spring))
    assert open_codes(row) == [
        ("Sở Tư pháp", "1", "chủ trì"),
        ("Sở Tư pháp", "3", "chủ trì"),
        ("Sở Tư pháp", "5", "phối hợp"),
    ]


def test_a_duty_done_before_is_not_offered(small):
    small.accept("1", "STP", done_on=date(2021, 12, 1))
    with calendar.held_at(datetime(2025, 3, 10, 9, 0, tzinfo=calendar.VIETNAM)):
        row = reorganise(small, into(small))
        assert ("Sở Tư pháp", "1", "chủ trì") not in open_codes(row)


def test_a_moved_duty_goes_on_and_its_reports_stay_with_the_old_name(spring):
    old = spring.assignment("1", "STP")
    row = reorganise(spring, into(spring))
    (new,) = transfers.transfer(
        assignment=old, reorganisation=row, to=[spring.agencies["SYT"]], by=spring.who("snv.thamdinh")
    )
    old.refresh_from_db()
    assert (old.valid_to, new.valid_from, new.succeeds_id) == (date(2025, 2, 28), MARCH, old.pk)
    assert new.due_on == old.due_on
    assert Progress.objects.get().assignment_id == old.pk
    names = lambda day: {  # noqa: E731
        duty.agency for task in plan_facts(spring.plan, day).tasks if task.code == "1" for duty in task.assignments
    }
    assert names(date(2021, 12, 10)) == {"Sở Tư pháp"}
    assert names(date(2025, 2, 28)) == {"Sở Tư pháp"}
    # Recorded on 10/3: what was printed on 5/3 is printed again.
    assert names(date(2025, 3, 5)) == {"Sở Tư pháp"}
    assert names(date(2025, 3, 10)) == {"Sở Y tế"}
    event = Event.objects.get(action="assignment.moved")
    assert (event.actor.username, event.subject_id, event.after["decision"]) == (
        "snv.thamdinh",
        str(old.pk),
        "05/QĐ-UBND",
    )


def test_the_trail_tells_what_ended_what_began_and_which_halt_came_along(spring):
    old = spring.assignment("1", "STP")
    rulings.suspend(
        of=old,
        effective_on=date(2025, 2, 1),
        document_number="09/TB",
        document_date=date(2025, 2, 1),
        by=spring.who("snv.thamdinh"),
    )
    row = reorganise(spring, into(spring), into(spring, "VPUB", main=False))
    new = transfers.transfer(
        assignment=old,
        reorganisation=row,
        to=[spring.agencies["SYT"], spring.agencies["VPUB"]],
        by=spring.who("snv.thamdinh"),
    )
    told = Event.objects.get(action="assignment.moved").after
    assert [(one["id"], one["valid_to"]) for one in told["ended"]] == [(old.pk, "2025-02-28")]
    assert {(one["id"], one["succeeds"], one["valid_from"]) for one in told["begun"]} == {
        (one.pk, old.pk, "2025-03-01") for one in new
    }
    assert {(one["assignment"], one["kind"]) for one in told["rulings"]} == {(one.pk, "suspend") for one in new}
    # Who has the task already begins nothing; what nobody goes on with only ends.
    third = spring.assignment("3", "STP")
    transfers.transfer(assignment=third, reorganisation=row, to=[spring.agencies["SYT"]], by=spring.who("snv.thamdinh"))
    told = Event.objects.filter(action="assignment.moved").latest("sequence").after
    assert ([one["id"] for one in told["ended"]], told["begun"], told["rulings"]) == ([third.pk], [], [])
    fifth = Assignment.objects.get(task__plan=spring.plan, task__code="5", agency=spring.agencies["STP"])
    transfers.end(assignment=fifth, reorganisation=row, reason="thôi", by=spring.who("snv.thamdinh"))
    assert [one["id"] for one in Event.objects.get(action="assignment.ended").after["ended"]] == [fifth.pk]


def test_each_duty_is_confirmed_by_itself(spring):
    row = reorganise(spring, into(spring))
    transfers.transfer(
        assignment=spring.assignment("1", "STP"),
        reorganisation=row,
        to=[spring.agencies["SYT"]],
        by=spring.who("snv.thamdinh"),
    )
    assert [code for _, code, _ in open_codes(row)] == ["3", "5"]
    assert Assignment.objects.get(pk=spring.assignment("3", "STP").pk).valid_to is None


def test_a_duty_not_yet_moved_is_no_orphan_and_shown_loudly(spring):
    assert duties.orphans(spring.plan) is None
    row = reorganise(spring, into(spring))
    assert duties.orphans(spring.plan).text == "2 phân công chưa có cơ quan nhận"
    assert all(one.orphan for one in duties.duty_rows(duties.open_duties(row)))
    facts = plan_facts(spring.plan, date(2025, 3, 10))
    assert facts.assignment_counts.total == 7


def test_a_duty_is_split_between_two(spring):
    row = reorganise(spring, into(spring), into(spring, "VPUB", main=False))
    old = spring.assignment("1", "STP")
    new = transfers.transfer(
        assignment=old,
        reorganisation=row,
        to=[spring.agencies["SYT"], spring.agencies["VPUB"]],
        by=spring.who("snv.thamdinh"),
    )
    assert {one.agency.code for one in new} == {"SYT", "VPUB"}
    assert {one.succeeds_id for one in new} == {old.pk}


def test_who_has_the_group_task_already_goes_on_with_its_own(spring):
    row = reorganise(spring, into(spring))
    before = Assignment.objects.count()
    own = spring.assignment("3", "SYT")
    (new,) = transfers.transfer(
        assignment=spring.assignment("3", "STP"),
        reorganisation=row,
        to=[spring.agencies["SYT"]],
        by=spring.who("snv.thamdinh"),
    )
    assert (new.pk, Assignment.objects.count()) == (own.pk, before)
    assert DutyTransfer.objects.get().receipts.get().already_held


def test_the_successor_reads_what_was_handed_in_before_but_nobody_else_does(spring):
    row = reorganise(spring, into(spring))
    old = spring.assignment("1", "STP")
    reader, other = spring.who("syt.canbo"), spring.who("mttq.canbo")
    assert not Assignment.objects.visible_to(reader).filter(pk=old.pk).exists()
    transfers.transfer(assignment=old, reorganisation=row, to=[spring.agencies["SYT"]], by=spring.who("snv.thamdinh"))
    assert Assignment.objects.visible_to(reader).filter(pk=old.pk).exists()
    assert Progress.objects.visible_to(reader).filter(assignment=old).exists()
    assert not Progress.objects.writable_by(reader).filter(assignment=old).exists()
    assert not Assignment.objects.visible_to(other).filter(pk=old.pk).exists()
    assert not Progress.objects.visible_to(other).exists()
    assert not EvidenceLink.objects.visible_to(other).exists()


def test_an_internal_date_and_a_suspension_go_with_the_duty(spring):
    old = spring.assignment("3", "STP")
    common = {
        "province": spring.province,
        "task": old.task,
        "assignment": old,
        "effective_on": date(2025, 2, 1),
        "by": spring.who("snv.thamdinh"),
        "at": calendar.now(),
    }
    Ruling.objects.create(kind="internal_due", due_on=date(2025, 6, 30), **common)
    Ruling.objects.create(kind="suspend", document_number="09/TB", **common)
    from plans import builder

    with transaction.atomic():
        builder.refresh_assignment(old.pk)
    row = reorganise(spring, into(spring), Successor(code="SM", name="Sở Mới", kind="so"))
    new_agency = row.heirs.get(name="Sở Mới").agency
    old.refresh_from_db()
    (new,) = transfers.transfer(assignment=old, reorganisation=row, to=[new_agency], by=spring.who("snv.thamdinh"))
    new.refresh_from_db()
    assert (new.due_on, new.state) == (date(2025, 6, 30), "suspended")


def test_a_future_day_leaves_the_duty_where_it_is_until_then(spring):
    row = reorganise(spring, into(spring), on=date(2025, 7, 1))
    transfers.transfer(
        assignment=spring.assignment("1", "STP"),
        reorganisation=row,
        to=[spring.agencies["SYT"]],
        by=spring.who("snv.thamdinh"),
    )
    of_today = Assignment.objects.leading().filter(task__code="1").values_list("agency__code", flat=True)
    assert list(of_today) == ["STP"]
    then = Assignment.objects.leading(date(2025, 7, 1)).filter(task__code="1").values_list("agency__code", flat=True)
    assert list(then) == ["SYT"]


def test_keeping_is_for_agencies_that_go_on_and_needs_a_reason(spring):
    row = reorganise(spring, into(spring), kind="transfer")
    duty, reviewer = spring.assignment("1", "STP"), spring.who("snv.thamdinh")
    with pytest.raises(Invalid, match="lý do"):
        transfers.keep(assignment=duty, reorganisation=row, reason=" ", by=reviewer)
    transfers.keep(assignment=duty, reorganisation=row, reason="Không thuộc chức năng chuyển đi", by=reviewer)
    duty.refresh_from_db()
    assert duty.valid_to is None
    assert "1" not in [code for _, code, _ in open_codes(row)]


def test_an_agency_that_ended_cannot_keep_a_duty_but_it_can_be_ended(spring):
    row = reorganise(spring, into(spring))
    duty, reviewer = spring.assignment("1", "STP"), spring.who("snv.thamdinh")
    with pytest.raises(Invalid) as refused:
        transfers.keep(assignment=duty, reorganisation=row, reason="x", by=reviewer)
    assert refused.value.code == "agency_ends"
    transfers.end(assignment=duty, reorganisation=row, reason="Kế hoạch năm 2021 đã tổng kết", by=reviewer)
    duty.refresh_from_db()
    assert duty.valid_to == date(2025, 2, 28)
    assert not Assignment.objects.filter(succeeds=duty).exists()
    assert Event.objects.get(action="assignment.ended").reason == "Kế hoạch năm 2021 đã tổng kết"


def test_an_agency_that_the_decision_does_not_name_needs_a_reason(spring):
    row = reorganise(spring, into(spring))
    order = {
        "assignment": spring.assignment("1", "STP"),
        "reorganisation": row,
        "to": [spring.agencies["VPUB"]],
        "by": spring.who("snv.thamdinh"),
    }
    with pytest.raises(Invalid, match="không nêu"):
        transfers.transfer(**order)
    (new,) = transfers.transfer(**order, reason="Văn phòng theo dõi thể chế")
    assert new.agency.code == "VPUB"


@pytest.mark.parametrize("name", ["vpub.thamdinh", "quantri", "lanhdao", "stp.canbo", "snv.chuyenvien"])
def test_only_reviewers_of_the_standing_office_move_duties(spring, name):
    row = reorganise(spring, into(spring))
    with pytest.raises(Refused):
        transfers.transfer(
            assignment=spring.assignment("1", "STP"),
            reorganisation=row,
            to=[spring.agencies["SYT"]],
            by=spring.who(name),
        )


def test_nobody_decides_twice(spring):
    row = reorganise(spring, into(spring))
    order = {
        "assignment": spring.assignment("1", "STP"),
        "reorganisation": row,
        "to": [spring.agencies["SYT"]],
        "by": spring.who("snv.thamdinh"),
    }
    transfers.transfer(**order)
    with pytest.raises(Conflict) as twice:
        transfers.transfer(**order)
    assert twice.value.code == "already_decided"


def test_nothing_moves_before_the_decision_is_applied(spring):
    row = reorganisations.propose(
        province=spring.province,
        draft=Draft("absorb", "Thử", MARCH, [spring.agencies["STP"]], [into(spring)]),
        by=spring.who("quantri"),
    )
    with pytest.raises(Conflict) as early:
        transfers.transfer(
            assignment=spring.assignment("1", "STP"),
            reorganisation=row,
            to=[spring.agencies["SYT"]],
            by=spring.who("snv.thamdinh"),
        )
    assert early.value.code == "not_applied"


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("receiver_required", lambda s: {"to": []}),
        ("receiver_unknown", lambda s: {"to": [s.agencies["STP"], s.agencies["SYT"]]}),
        ("not_concerned", lambda s: {"assignment": s.assignment("5", "SYT")}),
    ],
)
def test_what_cannot_be_is_refused(spring, code, change):
    row = reorganise(spring, into(spring))
    order = {"assignment": spring.assignment("1", "STP"), "to": [spring.agencies["SYT"]], **change(spring)}
    with pytest.raises(Invalid) as refused:
        transfers.transfer(**order, reorganisation=row, by=spring.who("snv.thamdinh"))
    assert refused.value.code == code
    assert not DutyTransfer.objects.exists()


def test_another_provinces_agency_receives_nothing(spring):
    row = reorganise(spring, into(spring))
    foreign = directory.keep_agency(
        province=directory.keep_province(code="khac", name="Khác", kind="tinh"), code="X", name="Sở X", kind="so"
    )
    with pytest.raises(Invalid):
        transfers.transfer(
            assignment=spring.assignment("1", "STP"),
            reorganisation=row,
            to=[foreign],
            reason="x",
            by=spring.who("snv.thamdinh"),
        )


@pytest.mark.parametrize(
    "break_it",
    [
        lambda: DutyTransfer.objects.update(reason="khác"),
        lambda: DutyTransfer.objects.get().receipts.update(already_held=True),
        lambda: DutyTransfer.objects.get().receipts.all().delete(),
    ],
)
def test_what_was_confirmed_is_kept_by_the_database(spring, break_it):
    row = reorganise(spring, into(spring))
    transfers.transfer(
        assignment=spring.assignment("1", "STP"),
        reorganisation=row,
        to=[spring.agencies["SYT"]],
        by=spring.who("snv.thamdinh"),
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        break_it()


def test_the_figures_of_today_agree_with_the_record_after_a_move(spring, run_jobs):
    from plans import builder

    row = reorganise(spring, into(spring))
    transfers.transfer(
        assignment=spring.assignment("1", "STP"),
        reorganisation=row,
        to=[spring.agencies["SYT"]],
        by=spring.who("snv.thamdinh"),
    )
    run_jobs()
    assert not builder.drifted(spring.plan)
    assert not builder.rollup_drift(spring.plan)
    assert Reorganisation.objects.get().state == "applied"


def test_nobody_moves_or_ends_the_duties_of_the_own_agency(spring):
    """Domain rule 6: the second body decides about the standing office."""
    row = reorganise(spring, into(spring), kind="transfer", ends=("SNV",))
    order = {"assignment": spring.assignment("2", "SNV"), "reorganisation": row, "reason": "Không cần nữa"}
    for verb, more in (
        (transfers.end, {}),
        (transfers.keep, {}),
        (transfers.transfer, {"to": [spring.agencies["SYT"]]}),
    ):
        with pytest.raises(Refused, match="cơ quan của bạn") as refused:
            verb(**order, **more, by=spring.who("snv.thamdinh"))
        assert refused.value.code == "own_agency"
    assert not DutyTransfer.objects.exists()
    assert transfers.end(**order, by=spring.who("vpub.thamdinh")).outcome == "ended"


def test_the_second_body_moves_the_standing_offices_duties_only(spring):
    row = reorganise(spring, into(spring))
    with pytest.raises(Refused) as refused:
        transfers.end(
            assignment=spring.assignment("1", "STP"), reorganisation=row, reason="Thử", by=spring.who("vpub.thamdinh")
        )
    assert refused.value.code == "not_designated"


def test_an_open_part_does_not_vanish_into_a_finished_one_without_a_reason(spring):
    """Sở Y tế has finished its part of the group's task 3; Sở Tư pháp's is open."""
    with calendar.held_at(datetime(2021, 12, 10, 9, 0, tzinfo=calendar.VIETNAM)):
        spring.accept("3", "SYT", done_on=date(2021, 12, 9))
    row = reorganise(spring, into(spring))
    order = {
        "assignment": spring.assignment("3", "STP"),
        "reorganisation": row,
        "to": [spring.agencies["SYT"]],
        "by": spring.who("snv.thamdinh"),
    }
    with pytest.raises(Invalid, match="Sở Y tế đã hoàn thành phần việc của mình") as refused:
        transfers.transfer(**order)
    assert refused.value.code == "reason_required"
    assert not DutyTransfer.objects.exists()
    (held,) = transfers.transfer(**order, reason="Phần việc của Sở Tư pháp đã gộp vào báo cáo của Sở Y tế")
    assert held.agency.code == "SYT"

"""``verify_trail`` on the demonstration: it passes; whatever is tampered with is found and named.

Each test tampers inside its own transaction, which is rolled back: the triggers are taken away first, as somebody
with the keys of the database could do.
"""

import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F

from agencies import calendar, constraints, seals
from agencies.actions import directory, trail
from agencies.models import (
    Agency,
    AgencyGroup,
    AgencyName,
    Blob,
    Event,
    GroupMembership,
    Membership,
    Province,
    TrailHead,
    User,
)
from indicators.models import Result
from plans.actions import closes, progress
from plans.models import (
    Assignment,
    Decision,
    EvidenceLink,
    PeriodClose,
    Plan,
    Progress,
    ProgressVersion,
    ReportingPeriod,
    TaskVersion,
)

pytestmark = pytest.mark.usefixtures("demo", "db", "held_clock")


@pytest.fixture(autouse=True)
def files(demo_files: Path) -> Path:
    """Every test has the stored files in a copy of its own."""
    return demo_files


@pytest.fixture
def unguarded() -> None:
    """The triggers are gone until the test ends (the transaction rolls back)."""
    constraints.remove(connection)


def verify(**options) -> tuple[int, dict]:
    """Run the command; return its exit status and what it printed as JSON."""
    out, status = StringIO(), 0
    try:
        call_command("verify_trail", "--json", stdout=out, **options)
    except CommandError:
        status = 1
    return status, json.loads(out.getvalue())


def found(**wanted) -> dict:
    """Return the one finding with these values; fail when it is not there or nothing else explains it."""
    status, said = verify()
    assert status == 1
    matching = [one for one in said["findings"] if all(one.get(key) == value for key, value in wanted.items())]
    assert len(matching) == 1, said["findings"]
    return matching[0]


def test_the_demonstration_holds():
    status, said = verify()
    assert (status, said["whole"], said["findings"]) == (0, True, [])
    assert {one["code"] for one in said["provinces"]} == set(Province.objects.values_list("code", flat=True))
    out = StringIO()
    call_command("verify_trail", stdout=out)
    assert "Nguyên vẹn" in out.getvalue()


def test_the_rows_of_the_demonstration_are_really_sealed():
    names = {name for event in Event.objects.all() for part in event.seals.values() for name in part}
    evidence = (ProgressVersion, Decision, EvidenceLink, Blob, TaskVersion, Assignment)
    directory = (Membership, Province, Agency, AgencyName, AgencyGroup, GroupMembership, User)
    # The text of a plan still being drafted is sealed when it is issued.
    drafted = {TaskVersion: {"task__plan__state": Plan.State.DRAFTING}}
    for model in (*evidence, *directory, Result):
        rows = model.objects.exclude(**drafted.get(model, {"pk": None}))
        assert {f"{model._meta.label_lower}:{pk}" for pk in rows.values_list("pk", flat=True)} <= names


@pytest.mark.parametrize("province", ["yen-bai", "Yên Bái"])
def test_one_province_can_be_proved_alone(province):
    status, said = verify(province=province)
    assert (status, [one["code"] for one in said["provinces"]]) == (0, ["yen-bai"])


def test_an_unknown_province_is_said():
    with pytest.raises(CommandError, match="Không có tỉnh"):
        call_command("verify_trail", province="nowhere", stdout=StringIO())


# Files


def test_one_changed_byte_in_a_stored_file_is_named_with_its_document_and_tasks(files):
    link = EvidenceLink.objects.select_related("document__blob", "version__progress__assignment__task").first()
    path = files / link.document.blob.path
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    said = found(code="file_changed", blob=link.document.blob_id)
    assert link.document.original_name in said["message"]
    assert f"nhiệm vụ {link.version.progress.assignment.task.code} " in said["message"]
    assert "SHA-256" in said["message"]


def test_a_shortened_file_and_a_missing_file_are_named(files):
    one, two = Blob.objects.order_by("pk")[:2]
    (files / one.path).write_bytes((files / one.path).read_bytes()[:-1])
    (files / two.path).unlink()
    assert f"{one.size - 1} byte" in found(code="file_changed", blob=one.pk)["message"]
    found(code="file_missing", blob=two.pk)


# Rows


EDITS = {
    "the result of a version": (ProgressVersion, {"submitted_at__isnull": False}, {"result": "khác"}),
    "the done date of a version": (ProgressVersion, {"done_on__isnull": False}, {"done_on": "2021-07-01"}),
    "a draft": (ProgressVersion, {"submitted_at__isnull": True}, {"result": "khác"}),
    "the reason of a decision": (Decision, {"verb": "return"}, {"reason": "khác"}),
    "who decided": (Decision, {"verb": "accept"}, {"decided_by_id": F("version__submitted_by_id")}),
    "a verdict": (EvidenceLink, {"verdict": "accepted"}, {"verdict": "duplicate"}),
    "the title of a task": (TaskVersion, {"task__plan__state": "issued"}, {"title": "khác"}),
    "the deadline of a task": (TaskVersion, {"deadline_kind": "year"}, {"deadline_to": "2022-12-31"}),
    "the end of a duty": (
        Assignment,
        {"via_group__isnull": True},
        {"valid_to": "2021-12-01", "ended_at": "2021-12-01T00:00:00Z"},
    ),
    "the first submission of a report": (
        Progress,
        {"first_submitted_at__isnull": False},
        {"first_submitted_at": "2021-08-07T00:00:00Z"},
    ),
    "the cut-off of a period": (ReportingPeriod, {}, {"cut_off": "2022-01-31"}),
    "a role": (Membership, {"role": "officer"}, {"role": "reviewer"}),
    "the digest of a file": (Blob, {}, {"sha256": "0" * 64}),
    "the name of an agency": (Agency, {}, {"name": "khác"}),
    "the end of an agency": (Agency, {}, {"valid_to": "2021-11-01"}),
    "a name over time": (AgencyName, {}, {"name": "khác"}),
    "a member of a group": (GroupMembership, {}, {"valid_to": "2021-09-01"}),
    "the name of a group": (AgencyGroup, {}, {"name": "khác"}),
    "the name of a person": (User, {}, {"full_name": "khác"}),
    "a log-in": (User, {}, {"is_active": False}),
    "who installs": (User, {}, {"is_installer": True}),
    "the name of a province": (Province, {}, {"name": "khác"}),
    "a published rank": (Result, {"rank__isnull": False}, {"rank": 1}),
    "the baseline year of a figure": (Result, {}, {"year": 2001}),
}


@pytest.mark.parametrize("what", EDITS)
def test_an_edited_row_is_named_with_the_event_that_sealed_it(unguarded, what):
    model, where, change = EDITS[what]
    row = model.objects.filter(**where).order_by("pk").first()
    if isinstance(next(iter(change.values())), F):
        change = {"decided_by_id": row.version.submitted_by_id}
    model.objects.filter(pk=row.pk).update(**change)
    said = found(code="row_changed", model=model._meta.label_lower, pk=str(row.pk))
    assert str(model._meta.verbose_name) in said["message"]
    event = Event.objects.get(province__code=said["province"], sequence=said["sequence"])
    assert event.action == said["action"] and f"sự kiện số {event.sequence}" in said["message"]


def test_a_duty_given_to_another_agency_by_hand_is_named(unguarded):
    duty = Assignment.objects.filter(via_group__isnull=True).order_by("pk").first()
    other = Agency.objects.filter(province_id=duty.province_id).exclude(assignments__task=duty.task).first()
    Assignment.objects.filter(pk=duty.pk).update(agency=other)
    found(code="row_changed", model="plans.assignment", pk=str(duty.pk))


def test_the_derived_standing_of_a_duty_is_not_sealed(unguarded):
    Assignment.objects.filter(state="not_started").update(reported_at="2021-08-07T00:00:00Z")
    assert verify()[0] == 0


def test_an_edit_that_a_later_event_seals_again_is_still_found(unguarded, people):
    version = (
        ProgressVersion.objects.filter(progress__state="accepted", submitted_at__isnull=False)
        .select_related("progress__assignment__task__plan")
        .order_by("pk")
        .first()
    )
    ProgressVersion.objects.filter(pk=version.pk).update(result="khác")
    report = version.progress
    progress.correct(progress=report, reason="Nhầm số", revision=None, by=people(report.assignment.agency, "officer"))
    said = found(code="row_changed_between", model="plans.progressversion", pk=str(version.pk))
    assert said["until"] == Event.objects.filter(province_id=report.province_id).latest("sequence").sequence


def test_a_name_slipped_in_and_a_person_slipped_in_are_named(unguarded):
    agency = Agency.objects.order_by("pk").first()
    name = AgencyName.objects.create(agency=agency, name="Sở Bịa Đặt")
    found(code="row_unmentioned", model="agencies.agencyname", pk=str(name.pk))
    person = User.objects.create(username="la", full_name="Người lạ")
    Membership.objects.create(user=person, agency=agency, province=agency.province, role="reviewer")
    found(code="row_unmentioned", model="agencies.user", pk=str(person.pk))


def test_the_last_event_about_the_directory_cannot_be_cut_away_alone(unguarded):
    """Without the event and with the head put back, the row is not as the event before it said."""
    membership = Membership.objects.filter(province__code="yen-bai").order_by("pk").first()
    directory.leave(membership=membership, last_day=date(2022, 6, 30), by=None)
    last, before = Event.objects.filter(province=membership.province).order_by("-sequence")[:2]
    Event.objects.filter(pk=last.pk).delete()
    TrailHead.objects.filter(province=last.province).update(sequence=before.sequence, digest=before.digest)
    found(code="row_changed", model="agencies.membership", pk=str(membership.pk))


def test_logging_in_and_a_new_password_break_no_seal():
    person = User.objects.get(username="stp.canbo")
    person.set_password("mot-mat-khau-khac")
    person.last_login = calendar.real_now()
    person.save()
    assert verify()[0] == 0


def test_of_a_person_told_of_in_two_provinces_the_last_event_counts():
    """Whichever province is read first; one province alone says nothing about people."""
    person = User.objects.get(username="stp.canbo")
    codes = ("ha-tinh", "yen-bai")
    for number, code in enumerate((*codes, *codes[:1])):
        User.objects.filter(pk=person.pk).update(title=f"Chức vụ {number}")
        with transaction.atomic():
            trail.record(
                province_id=Province.objects.get(code=code).pk,
                action="user.change",
                subject=person,
                after={"title": f"Chức vụ {number}"},
                by=None,
            )
        assert verify()[0] == 0, code
        assert [verify(province=one)[0] for one in codes] == [0, 0]


def test_the_demonstration_entered_again_leaves_no_event():
    from parportal.demo import loader

    before = Event.objects.count()
    loader.load()
    assert Event.objects.count() == before


def test_a_table_of_results_is_told_once_for_each_province_and_index(unguarded, tmp_path):
    table = tmp_path / "ket-qua.csv"
    rows = [
        "PAR,2019,Yên Bái,,80.10,30,63,Quyết định 1,published",
        "PAR,2018,Yên Bái,,79.10,31,63,Quyết định 0,published",
    ]
    table.write_text("\n".join(("index,year,province,component,value,rank,n_provinces,source,source_kind", *rows)))
    for _ in range(2):
        call_command("import_results", str(table), province=["yen-bai"], stdout=StringIO())
    event = Event.objects.get(action="result.import", after__file="ket-qua.csv")
    assert (event.after, len(event.seals["touched"])) == ({"rows": 2, "file": "ket-qua.csv"}, 2)
    assert verify()[0] == 0
    entered = Result.objects.get(year=2019, source="Quyết định 1")
    Result.objects.filter(pk=entered.pk).update(value="90")
    found(code="row_changed", model="indicators.result", action="result.import")


def test_a_removed_row_is_named(unguarded):
    decision = Decision.objects.order_by("pk").first()
    Decision.objects.filter(pk=decision.pk).delete()
    said = found(code="row_missing", model="plans.decision", pk=str(decision.pk))
    assert "không còn" in said["message"]


def test_a_row_slipped_in_is_named(unguarded):
    version = ProgressVersion.objects.filter(decision__isnull=True, submitted_at__isnull=False).first()
    slipped = Decision.objects.create(
        version=version, verb="accept", decided_by=version.submitted_by, decided_at=version.submitted_at
    )
    said = found(code="row_unmentioned", model="plans.decision", pk=str(slipped.pk))
    assert "chèn" in said["message"]


def test_evidence_taken_off_a_draft_is_not_missed(people):
    draft = Progress.objects.filter(state="draft", versions__evidence__isnull=False).first()
    if draft is None:
        draft = _draft_with_evidence(people)
    by = people(draft.assignment.agency, "officer")
    link = draft.latest.evidence.first()
    progress.save(progress=draft, content=progress.Content.of(draft.latest), drop=[link.pk], revision=None, by=by)
    assert not EvidenceLink.objects.filter(pk=link.pk).exists()
    assert verify()[0] == 0


def _draft_with_evidence(people):
    from tests.conftest import pdf_upload

    draft = Progress.objects.filter(state="draft").select_related("assignment__agency").first()
    return progress.save(
        progress=draft,
        content=progress.Content.of(draft.latest),
        uploads=[pdf_upload("thêm.pdf", "thêm")],
        revision=None,
        by=people(draft.assignment.agency, "officer"),
    )


@pytest.fixture
def people():
    """Return somebody who holds a role in an agency."""

    def who(agency, role):
        return Membership.objects.filter(agency=agency, role=role).first().user

    return who


# Events


@pytest.fixture
def middle() -> Event:
    """An event in the middle of the chain."""
    return Event.objects.filter(province__code="yen-bai", action="progress.accept").order_by("sequence")[10]


def test_a_removed_event_is_named(unguarded, middle):
    Event.objects.filter(pk=middle.pk).delete()
    said = found(code="event_removed", sequence=middle.sequence)
    assert f"sự kiện số {middle.sequence} đã bị xóa" in said["message"]


def test_what_follows_from_a_removed_event_is_said_with_it(unguarded):
    """A row that only the removed event told of is not proved; no other finding comes of it."""
    event = Event.objects.filter(province__code="yen-bai", action="membership.join").order_by("sequence").first()
    Event.objects.filter(pk=event.pk).delete()
    status, said = verify()
    assert (status, [one["code"] for one in said["findings"]]) == (1, ["event_removed"])
    person = Membership.objects.get(pk=event.subject_id).user_id
    unproved = [f"agencies.membership:{event.subject_id}", f"agencies.user:{person}"]
    assert sorted(said["findings"][0]["unproved"]) == unproved
    assert all(name in said["findings"][0]["message"] for name in unproved)


def test_a_removed_event_explains_no_row_of_another_province_and_no_edit_of_a_kept_row(unguarded, middle):
    other = Membership.objects.exclude(province=middle.province_id).order_by("pk").first()
    Membership.objects.create(
        user=other.user,
        agency=other.agency,
        province=other.province,
        role=other.role,
        valid_from="2021-06-01",
        valid_to="2021-06-02",
    )
    first = ProgressVersion.objects.filter(submitted_at__isnull=False).order_by("pk").first()
    ProgressVersion.objects.filter(pk=first.pk).update(result="khác")
    Event.objects.filter(pk=middle.pk).delete()
    status, said = verify()
    assert status == 1
    assert sorted(one["code"] for one in said["findings"]) == ["event_removed", "row_changed", "row_unmentioned"]


def test_the_last_events_removed_are_named(unguarded):
    head = TrailHead.objects.get(province__code="yen-bai")
    Event.objects.filter(province=head.province_id, sequence__gt=head.sequence - 3).delete()
    said = found(code="event_removed", sequence=head.sequence - 2)
    assert said["last"] == head.sequence


def test_a_close_cut_off_with_its_event_and_the_head_put_back_is_found_by_the_heads_noted_before(
    unguarded, closed, tmp_path
):
    _, before = verify()
    noted = tmp_path / "dau-chuoi.json"
    noted.write_text(json.dumps(before))
    assert verify(heads=noted) == (0, before)
    last = Event.objects.get(action="period.close")
    following = Event.objects.filter(province_id=last.province_id, sequence__gt=last.sequence)
    assert not following.exists(), "the close is the last event"
    PeriodClose.objects.all().delete()
    last.delete()
    head = Event.objects.filter(province_id=last.province_id).order_by("sequence").last()
    TrailHead.objects.filter(province_id=last.province_id).update(sequence=head.sequence, digest=head.digest)
    assert verify()[0] == 0, "from the inside nothing is missing"
    status, said = verify(heads=noted)
    assert status == 1
    assert [(one["code"], one["sequence"]) for one in said["findings"]] == [("head_lost", last.sequence)]


def test_heads_that_cannot_be_read_are_refused_in_a_sentence(tmp_path):
    for text in (None, "{}", "[1]", "không phải JSON"):
        file = tmp_path / "dau-chuoi.json"
        file.unlink(missing_ok=True)
        if text is not None:
            file.write_text(text)
        with pytest.raises(CommandError, match="Không đọc được đầu chuỗi đã lưu"):
            call_command("verify_trail", heads=file, stdout=StringIO())


def test_an_edited_event_is_named(unguarded, middle):
    Event.objects.filter(pk=middle.pk).update(reason="sửa tay")
    said = found(code="event_changed", sequence=middle.sequence)
    assert "progress.accept" in said["message"]


def test_an_event_rewritten_with_a_fitting_digest_breaks_the_chain_behind_it(unguarded, middle):
    middle.reason = "sửa tay"
    Event.objects.filter(pk=middle.pk).update(reason=middle.reason, digest=middle.compute_digest())
    found(code="event_unchained", sequence=middle.sequence + 1)


def test_seals_rewritten_together_with_their_row_are_found(unguarded, middle):
    """Somebody who edits a row and its seal must edit the event, and the chain says so."""
    name = next(name for name in middle.seals["kept"] if name.startswith("plans.progressversion:"))
    pk = name.partition(":")[2]
    ProgressVersion.objects.filter(pk=pk).update(result="khác")
    rule = seals.RULES["plans.progressversion"]
    values = seals.rows_with(rule, ProgressVersion.objects.filter(pk=pk)).get()
    for event in Event.objects.filter(province=middle.province_id):
        if name in event.seals.get("kept", {}):
            event.seals["kept"][name] = rule.seal_of(values)
            Event.objects.filter(pk=event.pk).update(seals=event.seals)
    status, said = verify()
    assert status == 1
    assert {one["code"] for one in said["findings"]} == {"event_changed"}


# Closed periods


@pytest.fixture
def closed(people) -> PeriodClose:
    """Two periods of the demonstration, closed."""
    reviewer = Membership.objects.get(user__username="snv.thamdinh", role="reviewer").user
    made = [
        closes.close(period=period, by=reviewer)
        for period in ReportingPeriod.objects.filter(plan__code__startswith="yen-bai-186", closes_on__lt="2021-12-10")
    ]
    return made[0]


def test_closed_periods_hold(closed):
    assert verify()[0] == 0


def test_an_edited_snapshot_is_named(unguarded, closed):
    PeriodClose.objects.filter(pk=closed.pk).update(content=closed.content.replace("done_on_time", "done_late", 1))
    said = found(code="close_changed", pk=str(closed.pk))
    assert closed.period.name in said["message"]


def test_a_snapshot_edited_together_with_its_digest_is_found(unguarded, closed):
    from plans.facts.snapshot import digest_of

    content = closed.content.replace("done_on_time", "done_late", 1)
    PeriodClose.objects.filter(pk=closed.pk).update(content=content, sha256=digest_of(content))
    found(code="row_changed", model="plans.periodclose", pk=str(closed.pk))


@pytest.mark.parametrize("content", ["{}", "[]", "x"])
def test_a_snapshot_replaced_by_nonsense_is_named_and_stops_nothing(unguarded, closed, content):
    from plans.facts.snapshot import digest_of

    PeriodClose.objects.filter(pk=closed.pk).update(content=content, sha256=digest_of(content))
    found(code="close_row", pk=str(closed.pk))
    found(code="row_changed", model="plans.periodclose", pk=str(closed.pk))


def test_a_trail_written_anew_does_not_fit_a_close_that_was_made_on_it(unguarded, closed):
    """Rewriting the whole chain up to the head leaves the close that remembers the old head."""
    previous = None
    for event in Event.objects.filter(province=closed.province_id).order_by("sequence"):
        if event.sequence == 5:
            event.reason = "sửa tay"
        if previous is not None:
            event.previous_digest = previous
        event.digest = previous = event.compute_digest()
        Event.objects.filter(pk=event.pk).update(
            reason=event.reason, previous_digest=event.previous_digest, digest=event.digest
        )
    TrailHead.objects.filter(province=closed.province_id).update(digest=previous)
    assert found(code="close_trail", pk=str(closed.pk))["sequence"] == closed.trail_sequence


# Rows from before there were seals


def test_rows_from_before_seals_are_sealed_once_and_hold_from_then_on(unguarded):
    previous: dict[int, str] = {}
    for event in Event.objects.order_by("province_id", "sequence"):
        event.seals = {}
        event.previous_digest = previous.get(event.province_id, event.previous_digest)
        event.digest = previous[event.province_id] = event.compute_digest()
        Event.objects.filter(pk=event.pk).update(seals={}, previous_digest=event.previous_digest, digest=event.digest)
    for province_id, digest in previous.items():
        TrailHead.objects.filter(province_id=province_id).update(digest=digest)
    assert {one["code"] for one in verify()[1]["findings"]} == {"row_unmentioned"}
    call_command("seal_trail", reason="Nâng cấp lên bản có niêm phong", stdout=StringIO())
    assert verify()[0] == 0
    sealed = Event.objects.filter(action="trail.seal").count()
    call_command("seal_trail", reason="chạy lại", stdout=StringIO())
    assert Event.objects.filter(action="trail.seal").count() == sealed
    ProgressVersion.objects.filter(pk=ProgressVersion.objects.order_by("pk").first().pk).update(result="khác")
    found(code="row_changed", model="plans.progressversion", action="trail.seal")

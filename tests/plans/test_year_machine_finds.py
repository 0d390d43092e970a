"""What the machine of ``test_year_machine.py`` is worth: each guard of the portal, broken on purpose, makes it fail.

Where the database would refuse the deed as well, its promise is lifted: what is shown is that the machine sees it.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from agencies import constraints
from agencies.errors import PortalError
from agencies.models import Verdict
from plans import policies
from plans.actions import approvals, closes, moves, progress, requests, windows
from plans.constraints import PROMISES
from plans.facts import badges, buckets, recorded
from plans.facts import windows as window_facts
from plans.models import Decision, ProgressVersion, Ruling
from plans.standing import Bucket, State
from tests.plans.test_year_machine import live

pytestmark = [pytest.mark.deep, pytest.mark.django_db, pytest.mark.timeout(600)]

# More than any of them needs: a search that is over has found nothing.
YEARS, STEPS = 150, 40

Break = Callable[[pytest.MonkeyPatch], None]


def passes_on(guard: Callable[..., Any], code: str) -> Callable[..., Any]:
    """Return a guard that no longer refuses for one reason (the code of its error)."""

    def lax(*args: Any, **named: Any) -> Any:
        try:
            return guard(*args, **named)
        except PortalError as error:
            if error.code != code:
                raise
            return None

    return lax


def own_reports(patch: pytest.MonkeyPatch) -> None:
    # Late leave asks the same guard; there it goes on.
    patch.setattr(windows, "moves", SimpleNamespace(**vars(moves)))
    patch.setattr(moves, "may_decide_for", passes_on(moves.may_decide_for, "own_agency"))


def own_late_leave(patch: pytest.MonkeyPatch) -> None:
    lax = passes_on(moves.may_decide_for, "own_agency")
    patch.setattr(windows, "moves", SimpleNamespace(**{**vars(moves), "may_decide_for": lax}))


def own_extension(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(requests, "_may_decide", passes_on(requests._may_decide, "own_agency"))


def no_window(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(moves, "must_take", lambda period, agency_id: None)


def no_close(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(window_facts, "_closes", lambda keys, on: {})


def a_close_ends_no_leave(patch: pytest.MonkeyPatch) -> None:
    found = window_facts._closes

    def closes_of_old(keys: list[int], on: date) -> Any:
        return {key: replace(one, at=one.at - timedelta(days=1000)) for key, one in found(keys, on).items()}

    patch.setattr(window_facts, "_closes", closes_of_old)


def no_reason_asked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(policies, "RETURN", replace(policies.RETURN, needs_reason=False))


def a_reason_is_overwritten(patch: pytest.MonkeyPatch) -> None:
    opened = moves.open_draft

    def open_draft(report: Any, by: Any) -> Any:
        Decision.objects.filter(version=report.latest, verb="return").update(reason="Đã nộp lại.")
        return opened(report, by)

    patch.setattr(moves, "open_draft", open_draft)


def a_correction_edits_in_place(patch: pytest.MonkeyPatch) -> None:
    corrected = progress.correct

    def correct(**named: Any) -> Any:
        report = corrected(**named)
        ProgressVersion.objects.filter(pk=report.accepted_id).update(result=f"Đã sửa: {named['reason']}")
        return report

    patch.setattr(progress, "correct", correct)


def a_correction_judges_again(patch: pytest.MonkeyPatch) -> None:
    copied = moves.copy_evidence

    def copy_evidence(source: Any, draft: Any, **named: Any) -> None:
        copied(source, draft, **named)
        source.evidence.update(verdict=Verdict.PENDING, verdict_by=None, verdict_at=None)

    patch.setattr(moves, "copy_evidence", copy_evidence)


def a_day_of_grace(patch: pytest.MonkeyPatch) -> None:
    shown = badges.lateness

    def lateness(first_submitted_at: Any, due_on: date) -> Any:
        on_time = shown(first_submitted_at, due_on + timedelta(days=1))
        return shown(first_submitted_at, due_on) if on_time.variant == "late" else on_time

    patch.setattr(badges, "lateness", lateness)


def late_leave_forgives(patch: pytest.MonkeyPatch) -> None:
    late = window_facts.Window.days_late
    patch.setattr(
        window_facts.Window, "days_late", lambda window, first: 0 if window.late_until else late(window, first)
    )


def done_counts_by_the_last_day(patch: pytest.MonkeyPatch) -> None:
    in_force = recorded.due_in_force
    patch.setattr(recorded, "due_in_force", lambda statements, on: in_force(statements, date.max))


def lists_count_by_the_last_day(patch: pytest.MonkeyPatch) -> None:
    counted = buckets.bucket_condition
    granted = Ruling.objects.filter(assignment=OuterRef("pk"), kind=Ruling.Kind.EXTENSION).order_by("-pk")
    last = Coalesce(Subquery(granted.values("due_on")[:1]), F("due_on"))

    def bucket_condition(bucket: Bucket, on: date) -> Q:
        done = Q(state=State.DONE, due_on__isnull=False)
        other = {Bucket.DONE_ON_TIME: done & Q(done_on__lte=last), Bucket.DONE_LATE: done & Q(done_on__gt=last)}
        return other.get(bucket) or counted(bucket, on)

    patch.setattr(buckets, "bucket_condition", bucket_condition)


def no_head(patch: pytest.MonkeyPatch) -> None:
    submitted = progress.submit

    def submit(**named: Any) -> Any:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(progress, "needs_head", lambda report: False)
            return submitted(**named)

    patch.setattr(progress, "submit", submit)


def anybody_is_head(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(approvals, "_may_approve", lambda report, by: None)


def anybody_closes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(closes, "_must_be_allowed", lambda period, by: None)


@dataclass(frozen=True)
class Guard:
    """How to break it, what the machine must say then, and the promises of the database to lift (by name)."""

    broken: Break
    says: str
    promises: tuple[str, ...] = ()


GUARDS = (
    Guard(own_reports, r"must be refused \(own work\): (accepted|returned)"),
    Guard(own_late_leave, r"must be refused \(own work\): leave for"),
    Guard(own_extension, r"must be refused \(own work\): (granted|declined) more time"),
    Guard(no_window, r"must be refused \(outside the window\)"),
    Guard(no_close, r"must be refused \((outside the window|not needed|it does not stand there)\)"),
    Guard(a_close_ends_no_leave, r"must be refused \(outside the window\)"),
    Guard(no_reason_asked, r"must be refused \(no reason\): returned", ("plans_decision_return_has_reason",)),
    Guard(a_reason_is_overwritten, r"a reason was lost: Decision\.reason", ("plans_decision_no_update",)),
    Guard(a_correction_edits_in_place, "an accepted version changed", ("plans_progressversion_frozen",)),
    Guard(a_correction_judges_again, "an accepted version changed", ("plans_evidencelink_frozen",)),
    Guard(a_day_of_grace, r"a report of .* that was due on .* shows \('Nộp đúng hạn', 1\)"),
    Guard(late_leave_forgives, r"a report of .* that was due on .* shows \('Nộp muộn \d+ ngày', 0\)"),
    Guard(done_counts_by_the_last_day, "counts as .'done_on_time'. and not as done_late"),
    Guard(lists_count_by_the_last_day, "counts as .'done_on_time'. and not as done_late"),
    Guard(no_head, r"must be refused \(the head must approve first\): submitted"),
    Guard(anybody_is_head, r"must be refused \(not of that agency\): (approved|handed-back)"),
    Guard(anybody_closes, r"must be refused \(not of that agency\): (closed|reopened)"),
)


@contextmanager
def lifted(names: tuple[str, ...]) -> Iterator[None]:
    """Do without some promises of the database (triggers and checks of plans), which are back afterwards."""
    triggers = {one.name: one.table for one in PROMISES}
    with transaction.atomic():
        with connection.cursor() as cursor:
            for name in names:
                if name in triggers:
                    on = "" if connection.vendor == "sqlite" else f" ON {triggers[name]}"
                    cursor.execute(f"DROP TRIGGER {name}{on}")
                elif connection.vendor == "sqlite":
                    cursor.execute("PRAGMA ignore_check_constraints = ON")
                else:
                    cursor.execute(f"ALTER TABLE plans_decision DROP CONSTRAINT {name}")
        try:
            yield
        finally:
            if connection.vendor == "sqlite":
                with connection.cursor() as cursor:
                    cursor.execute("PRAGMA ignore_check_constraints = OFF")
            transaction.set_rollback(True)
    assert constraints.missing(connection) == []


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.broken.__name__)
def test_a_broken_guard_is_found(guard, monkeypatch):
    tally: Counter[str] = Counter()
    guard.broken(monkeypatch)
    with lifted(guard.promises), pytest.raises(AssertionError) as found:
        live(YEARS, STEPS, tally, derandomize=True)
    said = str(found.value).splitlines()[0]
    print(
        f"{connection.vendor}: {guard.broken.__name__} after {tally['steps']} steps of {tally['years']} years: {said}"
    )
    assert re.search(guard.says, said), found.value

"""What was recorded of each assignment before a day ended: the truth, from versions and decisions.

Definitions (domain § 3.1, 3.11):

* A report (assignment × period) is *submitted* while its last submission has no decision, *returned* or
  *accepted* by its last decision, *draft* before the first submission. While a correction is being prepared
  the accepted version still counts.
* An assignment is *done* when an accepted version in force names a done date that is not after the day of its
  submission; otherwise its state is that of its latest period's report.
* *Not updated*: not done, and nothing submitted for the period that was the latest to have opened.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from agencies import calendar
from plans.models import Assignment, Decision, Progress, ProgressVersion, ReportingPeriod
from plans.standing import State


@dataclass(frozen=True)
class Recorded:
    """What is on record of one assignment at the end of a day."""

    state: State = State.NOT_STARTED
    done_on: date | None = None
    reported_at: datetime | None = None
    version_id: int | None = None
    submitted_period_ids: frozenset[int] = frozenset()

    def not_updated(self, period_id: int | None) -> bool:
        """Tell whether the assignment owes a report for a period."""
        if period_id is None or self.state in (State.DONE, State.SUSPENDED, State.CANCELLED):
            return False
        return period_id not in self.submitted_period_ids


NOTHING = Recorded()


def latest_period(periods: Iterable[ReportingPeriod], as_of: date) -> ReportingPeriod | None:
    """Return the period that was the latest to have opened on a day."""
    opened = [period for period in periods if period.opens_on <= as_of]
    return max(opened, key=lambda period: (period.opens_on, period.cut_off), default=None)


def owing(latest: Mapping[int, int]) -> Q:
    """Return "not updated" as a condition over assignments, from plan id → id of its latest opened period."""
    handed_in = Progress.objects.filter(period_id__in=list(latest.values()), first_submitted_at__isnull=False)
    return (
        Q(task__plan_id__in=list(latest))
        & ~Q(state__in=(State.DONE, State.SUSPENDED, State.CANCELLED))
        & ~Q(pk__in=handed_in.values("assignment_id"))
    )


def recorded(plan_id: int, as_of: date) -> dict[int, Recorded]:
    """Return assignment id → what was recorded before ``as_of`` ended, in a fixed number of queries.

    Assignments without any report are absent (read them as ``NOTHING``). ``version_id`` is the version to show:
    the latest period's accepted one, else the last submitted one.
    """
    end = calendar.end_of(as_of)
    versions: dict[int, list[ProgressVersion]] = defaultdict(list)
    for version in (
        ProgressVersion.objects.filter(progress__assignment__task__plan_id=plan_id, submitted_at__lt=end)
        .order_by("progress_id", "number")
        .only("id", "progress_id", "number", "done_on", "submitted_at")
    ):
        versions[version.progress_id].append(version)
    verdicts = dict(
        Decision.objects.filter(version__progress__assignment__task__plan_id=plan_id, decided_at__lt=end).values_list(
            "version_id", "verb"
        )
    )
    reports: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for progress_id, assignment_id, period_id in (
        Progress.objects.filter(assignment__task__plan_id=plan_id, created_at__lt=end)
        .order_by("assignment_id", "period__cut_off", "period__opens_on", "period_id")
        .values_list("id", "assignment_id", "period_id")
    ):
        reports[assignment_id].append((progress_id, period_id))

    found = {}
    for assignment_id, rows in reports.items():
        state, done_on, shown, reported_at = State.NOT_STARTED, None, None, None
        submitted, shown_accepted = set(), False
        for progress_id, period_id in rows:
            sent = versions.get(progress_id, [])
            if not sent:
                state = State.IN_PROGRESS
                continue
            submitted.add(period_id)
            last = sent[-1]
            reported_at = last.submitted_at
            accepted = next((v for v in reversed(sent) if verdicts.get(v.pk) == Decision.Verb.ACCEPT), None)
            if accepted or shown is None or not shown_accepted:
                shown, shown_accepted = accepted or last, accepted is not None
            verb = verdicts.get(last.pk)
            if verb is None:
                state = State.AWAITING_REVIEW
            else:
                state = State.RETURNED if verb == Decision.Verb.RETURN else State.IN_PROGRESS
            if accepted and done_on is None:
                done_on = accepted.finished_on
        found[assignment_id] = Recorded(
            state=State.DONE if done_on else state,
            done_on=done_on,
            reported_at=reported_at,
            version_id=shown.pk if shown else None,
            submitted_period_ids=frozenset(submitted),
        )
    return found


def drifted(plan_id: int) -> list[int]:
    """Return the ids of assignments whose denormalised standing differs from the record (nightly sweep)."""
    truth = recorded(plan_id, calendar.today())
    return [
        assignment.pk
        for assignment in Assignment.objects.filter(task__plan_id=plan_id).select_related("task__current")
        if (
            truth.get(assignment.pk, NOTHING).state,
            truth.get(assignment.pk, NOTHING).done_on,
            truth.get(assignment.pk, NOTHING).reported_at,
            assignment.task.current.due_on if assignment.task.current else None,
        )
        != (State(assignment.state), assignment.done_on, assignment.reported_at, assignment.due_on)
    ]

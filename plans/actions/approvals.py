"""The head's part: letting reports leave the agency, or handing them back (story 9)."""

from collections.abc import Sequence
from typing import Any

from agencies import calendar
from agencies.actions import approval
from agencies.errors import Refused
from agencies.models import User
from agencies.text import nfc
from plans import policies
from plans.actions import moves
from plans.actions.moves import Outcome
from plans.models import Progress, ProgressVersion


def _may_approve(progress: Progress, by: User) -> None:
    agency = progress.assignment.agency
    if agency.pk not in by.approves_for(calendar.today()):
        raise Refused("not_the_head", "Chỉ thủ trưởng cơ quan, hoặc người được thủ trưởng ủy quyền, duyệt báo cáo này.")
    version = progress.latest
    if version is not None and version.forwarded_by_id == by.pk and not approval.heads(agency, by):
        raise Refused(
            "own_forward",
            "Người trình báo cáo không tự duyệt thay thủ trưởng. Hãy để thủ trưởng hoặc người khác duyệt.",
        )


def approve(*, progress: Progress, revision: int | None, by: User) -> Progress:
    """Let the report leave: from now on it is handed in, in the name of the officer who forwarded it.

    Raises Refused (``not_the_head``, ``own_forward``), Conflict, Invalid (``period_closed``, ``plan_not_issued``,
    ``duty_takes_no_reports``: suspended, cancelled or another agency's since it was forwarded).
    """

    def check(row: Progress) -> None:
        _may_approve(row, by)
        moves.must_be_taken(row)
        moves.must_be_open(row)

    def change(row: Progress) -> dict[str, Any]:
        version = row.latest
        assert version is not None
        now = calendar.now()
        ProgressVersion.objects.filter(pk=version.pk).update(
            approved_by=by, approved_at=now, submitted_by=version.forwarded_by_id, submitted_at=now
        )
        return {"first_submitted_at": row.first_submitted_at or now}

    return moves.take(
        progress,
        policies.APPROVE,
        revision=revision,
        check=check,
        change=change,
        again=moves.must_still_be_open,
        by=by,
    )


def hand_back(*, progress: Progress, reason: str, revision: int | None, by: User) -> Progress:
    """Give the report back to its officer as a draft, with the reason. Raises Refused, Conflict, Invalid."""

    def change(row: Progress) -> dict[str, Any]:
        assert row.latest is not None
        ProgressVersion.objects.filter(pk=row.latest.pk).update(forwarded_by=None, forwarded_at=None)
        return {}

    return moves.take(
        progress,
        policies.HAND_BACK,
        revision=revision,
        check=lambda row: _may_approve(row, by),
        change=change,
        reason=nfc(reason),
        by=by,
    )


def approve_many(*, reports: Sequence[tuple[Progress, int]], by: User) -> tuple[Outcome, ...]:
    """Approve several reports (each with the revision that was read), each for itself; tell which went through."""
    return moves.one_by_one(reports, lambda report, revision: approve(progress=report, revision=revision, by=by))

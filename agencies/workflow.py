"""The kernel of every workflow: lock, look, write, record."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import models, transaction

from agencies.actions import trail
from agencies.errors import Conflict, Invalid
from agencies.models import User
from agencies.steps import Step

Subject = TypeVar("Subject", bound=models.Model)
_STALE = "Nội dung này vừa được người khác thay đổi. Hãy tải lại trang, xem bản mới rồi làm lại thao tác."
_WRONG_STATE = "Thao tác này không còn phù hợp với trạng thái hiện tại. Hãy tải lại trang để xem trạng thái mới."


def move(
    subject: Subject,
    step: Step,
    *,
    revision: int | None,
    check: Callable[[Subject], None],
    change: Callable[[Subject], dict[str, Any]],
    snapshot: Callable[[Subject], dict[str, Any]],
    then: Callable[[Subject], None] | None = None,
    reason: str = "",
    by: User,
) -> Subject:
    """Take one step of a transition table in one transaction and leave one event.

    The row is locked first, then looked at: its ``revision`` must be the one the caller read (None skips this,
    for jobs and the demo), its ``state`` one of the step's sources, and ``check`` must not raise. ``change``
    writes what hangs on the row and returns further column values. The row itself is written conditionally on
    the revision, so that on databases without row locks, too, only one of two racers wins. ``then`` brings
    what is derived up to date and asks for jobs. The event comes last: everybody takes the province's trail
    head after every other lock, so no two steps can wait for each other.

    Raises Conflict (``stale_revision``, ``wrong_state``), Invalid (``reason_required``) and whatever ``check``
    and ``change`` raise; then nothing is written.
    """
    if step.needs_reason and not reason.strip():
        raise Invalid("reason_required", "Cần ghi lý do.", fields={"reason": "Cần ghi lý do."})
    model = type(subject)
    with transaction.atomic():
        row: Any = model._default_manager.select_for_update(of=("self",)).get(pk=subject.pk)
        check(row)
        if revision is not None and row.revision != revision:
            raise Conflict("stale_revision", _STALE)
        if row.state not in step.sources:
            raise Conflict("wrong_state", _WRONG_STATE)
        before = snapshot(row)
        values = {**change(row), "state": step.target or row.state}
        changed = model._default_manager.filter(pk=row.pk, revision=row.revision, state=row.state).update(
            **values, revision=row.revision + 1
        )
        if changed != 1:
            raise Conflict(
                "stale_revision", "Nội dung này vừa được người khác thay đổi. Hãy tải lại trang rồi làm lại."
            )
        row.refresh_from_db()
        if then is not None:
            then(row)
        trail.record(
            province_id=row.province_id,
            action=step.event,
            subject=row,
            before=before,
            after=snapshot(row),
            reason=reason,
            by=by,
        )
    return row


def work_on(
    part: Subject,
    step: Step,
    *,
    whole: str,
    revision: int | None,
    check: Callable[[Subject], None],
    change: Callable[[Subject], None],
    snapshot: Callable[[Subject], dict[str, Any]],
    reason: str = "",
    by: User,
) -> Subject:
    """Take a step that writes one part of a row: the whole keeps the state, each part a revision of its own.

    ``whole`` names the part's foreign key. The whole is locked first, so that it takes no step meanwhile, then the
    part; otherwise as ``move``, and the event is about the part. Raises what ``move`` raises.
    """
    if step.needs_reason and not reason.strip():
        raise Invalid("reason_required", "Cần ghi lý do.", fields={"reason": "Cần ghi lý do."})
    model = type(part)
    with transaction.atomic():
        wholes = type(getattr(part, whole))._default_manager
        held: Any = wholes.select_for_update(of=("self",)).get(pk=getattr(part, f"{whole}_id"))
        row: Any = model._default_manager.select_for_update(of=("self",)).get(pk=part.pk)
        setattr(row, whole, held)
        check(row)
        if revision is not None and row.revision != revision:
            raise Conflict("stale_revision", _STALE)
        if held.state not in step.sources:
            raise Conflict("wrong_state", _WRONG_STATE)
        before = snapshot(row)
        change(row)
        changed = model._default_manager.filter(
            pk=row.pk, revision=row.revision, **{f"{whole}__state": held.state, f"{whole}__revision": held.revision}
        ).update(revision=row.revision + 1)
        if changed != 1:
            raise Conflict("stale_revision", _STALE)
        row.revision += 1
        trail.record(
            province_id=held.province_id,
            action=step.event,
            subject=row,
            before=before,
            after=snapshot(row),
            reason=reason,
            by=by,
        )
    return row

"""Adding to the trail, and proving it."""

from collections.abc import Mapping
from typing import Any

from django.db import models, transaction

from agencies import calendar, tracing
from agencies.models import Event, Province, TrailHead, User
from agencies.models.event import GENESIS


def record(
    *,
    province_id: int,
    action: str,
    subject: models.Model,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    by: User | None,
) -> Event:
    """Append one event to the province's chain, inside the caller's transaction.

    Call it last: the province's trail head stays locked until the transaction ends.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an event is recorded in the transaction of what it tells")
    head, _ = TrailHead.objects.select_for_update(of=("self",)).get_or_create(province_id=province_id)
    event = Event(
        province_id=province_id,
        sequence=head.sequence + 1,
        happened_at=calendar.now(),
        recorded_at=calendar.real_now(),
        actor=by,
        action=action,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        before=dict(before or {}),
        after=dict(after or {}),
        reason=reason,
        request_id=tracing.request_id.get(),
        previous_digest=head.digest,
    )
    event.digest = event.compute_digest()
    event.save(force_insert=True)
    head.sequence, head.digest = event.sequence, event.digest
    head.save(update_fields=["sequence", "digest"])
    return event


def broken_links(province: Province) -> list[int]:
    """Return the sequence numbers at which the province's chain does not hold (empty: it holds)."""
    broken = []
    previous, expected = GENESIS, 1
    for event in Event.objects.filter(province=province).order_by("sequence").iterator(chunk_size=1000):
        if event.sequence != expected or event.previous_digest != previous or event.digest != event.compute_digest():
            broken.append(event.sequence)
        previous, expected = event.digest, event.sequence + 1
    head = TrailHead.objects.filter(province=province).first()
    if head is not None and (head.digest != previous or head.sequence != expected - 1):
        broken.append(head.sequence)
    return broken

"""Adding to the trail, and proving it."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

from django.db import models, transaction

from agencies import calendar, proof, seals, tracing
from agencies.models import Event, Province, TrailHead, User

_SEALED_AT_ONCE = 1000


def record(
    *,
    province_id: int,
    action: str,
    subject: models.Model,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    touched: Sequence[models.Model] = (),
    by: User | None,
) -> Event:
    """Append one event to the province's chain, inside the caller's transaction.

    The rows that hang on the subject are sealed with it (``agencies.seals``); ``touched`` names rows changed by the
    same step that hang on something else. Call it last: the province's trail head stays locked until the
    transaction ends.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an event is recorded in the transaction of what it tells")
    sealed = seals.seals_of(subject, tuple(touched))
    head = hold(province_id)
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
        seals=sealed,
        request_id=tracing.request_id.get(),
        previous_digest=head.digest,
    )
    event.digest = event.compute_digest()
    event.save(force_insert=True)
    head.sequence, head.digest = event.sequence, event.digest
    head.save(update_fields=["sequence", "digest"])
    return event


def hold(province_id: int) -> TrailHead:
    """Lock the province's trail head: until the transaction ends nothing else of the province commits an event."""
    head, _ = TrailHead.objects.select_for_update(of=("self",)).get_or_create(province_id=province_id)
    return head


def broken_links(province: Province) -> list[int]:
    """Return the sequence numbers at which the province's chain does not hold (empty: it holds)."""
    return [finding.about["sequence"] for finding in proof.chain(province)]


def seal_existing(*, province: Province, whole: bool, reason: str, by: User | None) -> int:
    """Seal the rows that the trail does not mention yet, as they are now; returns how many.

    For rows written before there were seals. It proves nothing about the time before; the events say so.
    ``whole``: also rows that belong to no single province.
    """
    with transaction.atomic(), closing(proof.Ledger()) as ledger:
        hold(province.pk)
        for one in Province.objects.all() if whole else [province]:
            for _ in ledger.read(one):
                pass  # what does not hold is said by verify_trail
        rows = [rule.model(pk=pk) for rule, pk in proof.unknown_rows(ledger, [province], whole=whole)]
        for start in range(0, len(rows), _SEALED_AT_ONCE):
            some = rows[start : start + _SEALED_AT_ONCE]
            record(
                province_id=province.pk,
                action="trail.seal",
                subject=province,
                after={"rows": len(some)},
                reason=reason,
                touched=some,
                by=by,
            )
    return len(rows)

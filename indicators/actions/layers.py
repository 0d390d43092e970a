"""The layers of a sheet as one: the next begins as a copy of the one before, and what is handed in is frozen.

Called by the sheet's verbs, in their transaction, while the sheet is locked.
"""

from collections.abc import Mapping
from decimal import Decimal

from agencies import calendar
from agencies.models import User, Verdict
from indicators.models import DeclaredInput, EntryLayer, ScoreSheet, SheetEvidence


def of(sheet: ScoreSheet, stage: str, number: int | None = None) -> dict[int, EntryLayer]:
    """Return entry id → its layer of a stage in a round (the sheet's present one unless given)."""
    found = EntryLayer.objects.filter(entry__sheet=sheet, stage=stage, number=number or sheet.round)
    return {layer.entry_id: layer for layer in found}


def freeze(sheet: ScoreSheet) -> None:
    """Freeze every layer that is still open."""
    EntryLayer.objects.filter(entry__sheet=sheet, frozen_at__isnull=True).update(frozen_at=calendar.now())


def begin(sheet: ScoreSheet, stage: str, *, copied_from: str, number: int | None = None) -> dict[int, EntryLayer]:
    """Open the layers of a stage in the sheet's round, as copies of a stage's (``number``: of which round)."""
    now, sources = calendar.now(), of(sheet, copied_from, number)
    made = EntryLayer.objects.bulk_create(
        EntryLayer(
            entry_id=entry_id,
            stage=stage,
            number=sheet.round,
            score=source.score,
            not_applicable=source.not_applicable,
            explanation=source.explanation,
            at=now,
        )
        for entry_id, source in sources.items()
    )
    by_source = {sources[layer.entry_id].pk: layer for layer in made}
    DeclaredInput.objects.bulk_create(
        DeclaredInput(layer=by_source[one.layer_id], name=one.name, number=one.number, flag=one.flag, choice=one.choice)
        for one in DeclaredInput.objects.filter(layer__in=by_source).order_by("pk")
    )
    kept = ("document_id", "verdict", "verdict_by_id", "verdict_at", "added_by_id", "added_at")
    SheetEvidence.objects.bulk_create(
        SheetEvidence(layer=by_source[link.layer_id], **{name: getattr(link, name) for name in kept})
        for link in SheetEvidence.objects.filter(layer__in=by_source).order_by("pk")
    )
    return {layer.entry_id: layer for layer in made}


def touched(sheet: ScoreSheet) -> bool:
    """Tell whether somebody has written in a layer that is still open."""
    return EntryLayer.objects.filter(entry__sheet=sheet, frozen_at__isnull=True, by__isnull=False).exists()


def drop_open(sheet: ScoreSheet) -> None:
    """Take away the layers that are still open; nobody has written in them."""
    gone = EntryLayer.objects.filter(entry__sheet=sheet, frozen_at__isnull=True)
    for model in (DeclaredInput, SheetEvidence):
        model._default_manager.filter(layer__in=gone).delete()
    gone.delete()


def record_scores(layers: Mapping[int, EntryLayer], scores: Mapping[int, Decimal | None], reason: str) -> None:
    """Write scores (by entry) that differ from those the open layers begin with, with the reason."""
    changed = []
    for entry_id, layer in layers.items():
        if entry_id in scores and scores[entry_id] != layer.score:
            layer.score, layer.reason, layer.not_applicable = scores[entry_id], reason, False
            changed.append(layer)
    EntryLayer.objects.bulk_update(changed, ["score", "reason", "not_applicable"])


def accept_unjudged(sheet: ScoreSheet, by: User) -> None:
    """Accept the documents of open layers on which no verdict was given."""
    pending = SheetEvidence.objects.filter(
        layer__entry__sheet=sheet, layer__frozen_at__isnull=True, verdict=Verdict.PENDING
    )
    pending.update(verdict=Verdict.ACCEPTED, verdict_by=by, verdict_at=calendar.now())

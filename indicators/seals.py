"""Which rows of indicators are sealed (see ``agencies.seals``)."""

from collections import defaultdict
from collections.abc import Mapping

from django.db.models import Q, QuerySet

from agencies import seals
from agencies.models import Blob, Document
from indicators.models import (
    DeclaredInput,
    EntryLayer,
    Result,
    ScoreSheet,
    SheetEntry,
    SheetEvidence,
    Survey,
    SurveyCount,
    SurveyQuestion,
)


def documents_of(entry: SheetEntry) -> "QuerySet[Document, Document]":
    """Return the documents shown in any layer of an entry."""
    return Document.objects.filter(pk__in=SheetEvidence.objects.filter(layer__entry=entry).values("document_id"))


def uses(blob_ids: list[int]) -> Mapping[int, list[str]]:
    """Return the components of score sheets that show stored files, as sentences."""
    found: dict[int, dict[str, None]] = defaultdict(dict)
    for link in (
        SheetEvidence.objects.filter(document__blob_id__in=blob_ids)
        .select_related("document", "layer__entry__component", "layer__entry__sheet__framework__index")
        .select_related("layer__entry__sheet__agency", "layer__entry__sheet__province")
        .order_by("pk")
    ):
        entry = link.layer.entry
        found[link.document.blob_id][f"phiếu {entry.sheet}, thành phần {entry.component.code}"] = None
    return {blob_id: list(sentences) for blob_id, sentences in found.items()}


def register() -> None:
    """Declare them. Indices and frameworks belong to no province; a figure that a target is judged by does."""
    seals.seal(Result, kept=False)
    seals.seal(ScoreSheet, kept=False)
    seals.seal(SheetEntry, on={ScoreSheet: "sheet"}, kept=False, province="sheet__province_id")
    # An open layer is told of by its entry's events only; the sheet's tell of what they froze.
    frozen, province = Q(frozen_at__isnull=False), "entry__sheet__province_id"
    seals.seal(
        EntryLayer,
        on={
            ScoreSheet: lambda sheet: EntryLayer.objects.filter(entry__sheet=sheet, frozen_at__isnull=False),
            SheetEntry: "entry",
        },
        kept=frozen,
        needed=frozen,
        province=province,
    )
    _hang_on_layers(DeclaredInput)
    _hang_on_layers(SheetEvidence)
    seals.hang(Document, on=SheetEntry, path=documents_of)
    seals.hang(
        Blob, on=SheetEntry, path=lambda entry: Blob.objects.filter(pk__in=documents_of(entry).values("blob_id"))
    )
    seals.tell_uses(uses)
    seals.seal(Survey)
    seals.seal(SurveyQuestion, on={Survey: "survey"}, province="survey__province_id")
    seals.seal(SurveyCount, on={Survey: "question__survey"}, province="question__survey__province_id")


def _hang_on_layers(model: type[DeclaredInput] | type[SheetEvidence]) -> None:
    frozen = Q(layer__frozen_at__isnull=False)
    seals.seal(
        model,
        on={
            ScoreSheet: lambda sheet: model._base_manager.filter(frozen, layer__entry__sheet=sheet),
            SheetEntry: "layer__entry",
        },
        kept=frozen,
        needed=frozen,
        province="layer__entry__sheet__province_id",
    )

"""Which rows of indicators are sealed (see ``agencies.seals``)."""

from django.db.models import Q

from agencies import seals
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

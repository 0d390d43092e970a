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
    frozen = Q(frozen_at__isnull=False)
    seals.seal(
        EntryLayer,
        on={ScoreSheet: "entry__sheet", SheetEntry: "entry"},
        kept=frozen,
        needed=frozen,
        province="entry__sheet__province_id",
    )
    frozen = Q(layer__frozen_at__isnull=False)
    of_layer = {ScoreSheet: "layer__entry__sheet", SheetEntry: "layer__entry"}
    province = "layer__entry__sheet__province_id"
    seals.seal(DeclaredInput, on=of_layer, kept=frozen, needed=frozen, province=province)
    seals.seal(SheetEvidence, on=of_layer, kept=False, needed=frozen, province=province)
    seals.seal(Survey)
    seals.seal(SurveyQuestion, on={Survey: "survey"}, province="survey__province_id")
    seals.seal(SurveyCount, on={Survey: "question__survey"}, province="question__survey__province_id")

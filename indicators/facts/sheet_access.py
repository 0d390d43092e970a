"""Who may do what with a score sheet on a day, computed once for its page and its verbs.

Definitions:

* The *bearer* is the agency that answers for the sheet: its own, or the province's standing office of the day.
* An entry *answers* to its owner, or to the bearer where it has none.
* *Appraised by*: whom ``Agency.objects.reviewed_by`` lets appraise the agency that the sheet, or the entry, answers to.
  So nobody appraises where they hold a membership, and the second reviewing body does the standing office's sheet and
  the province's (domain rule 6).
* What the unit has not handed in is read by the unit alone; an appraisal that is not finished, by those who write it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from agencies.models import Agency, Document, User
from agencies.permissions import Permission
from indicators.models import EntryLayer, ScoreSheet, SheetEntry, SheetEvidence

Stage = EntryLayer.Stage
State = ScoreSheet.State
# Which layer is written in a state.
STAGE_OF: dict[str, EntryLayer.Stage] = {
    State.DRAFT: Stage.SELF,
    State.SUBMITTED: Stage.APPRAISAL,
    State.APPRAISED: Stage.EXPLANATION,
    State.EXPLAINED: Stage.SETTLEMENT,
}
_UNITS = (Stage.SELF, Stage.EXPLANATION)
_APPRAISALS = (Stage.APPRAISAL, Stage.SETTLEMENT)


@dataclass(frozen=True)
class Access:
    """What one person may do with one sheet on a day. Whether the state and the dates allow it is another matter."""

    bearer_id: int | None
    of_province: bool
    writing: frozenset[int]
    submitting: frozenset[int]
    reading: frozenset[int]
    member_of: frozenset[int]
    appraised: frozenset[int]
    manages: bool
    appraiser: bool

    @property
    def writes_all(self) -> bool:
        """Whether the person writes every entry: works for the bearer."""
        return self.bearer_id in self.writing

    @property
    def submits(self) -> bool:
        """Whether the person sends the sheet: heads the bearer."""
        return self.bearer_id in self.submitting

    @property
    def appraises(self) -> bool:
        """Whether the person finishes the sheet's appraisals."""
        return self.bearer_id in self.appraised

    def answers(self, owner_id: int | None) -> int | None:
        """Return the agency that an entry with this owner answers to."""
        return self.bearer_id if owner_id is None else owner_id

    def writes(self, owner_id: int | None) -> bool:
        """Tell whether the person writes an entry."""
        return self.writes_all or owner_id in self.writing

    def judges(self, owner_id: int | None) -> bool:
        """Tell whether the person appraises an entry."""
        return self.answers(owner_id) in self.appraised

    @property
    def writes_some(self) -> bool:
        """Whether the person may write at least an entry that it owns; which, the entry says."""
        return self.writes_all or bool(self.writing)

    def reads_open(self, stage: str, owner_id: int | None) -> bool:
        """Tell whether the person reads a layer that is not handed in yet."""
        if stage in _UNITS:
            return self.bearer_id in self.reading or owner_id in self.reading
        return stage in _APPRAISALS and (self.appraises or self.judges(owner_id))

    def reads(self, layer: EntryLayer, owner_id: int | None) -> bool:
        """Tell whether the person reads a layer."""
        return layer.frozen_at is not None or self.reads_open(layer.stage, owner_id)


def access(sheet: ScoreSheet, user: User, on: date) -> Access:
    """Return what a person may do, in at most two queries."""
    appraiser = sheet.province_id in user.provinces_with(Permission.SCORE_APPRAISE)
    appraised: Collection[int] = ()
    if appraiser:
        reviewed = Agency.objects.reviewed_by(user, on, Permission.SCORE_APPRAISE)
        appraised = reviewed.filter(province_id=sheet.province_id).values_list("pk", flat=True)
    return Access(
        bearer_id=sheet.bearer_on(on),
        of_province=sheet.agency_id is None,
        writing=user.agencies_with(Permission.SCORE_WRITE),
        submitting=user.agencies_with(Permission.SCORE_SUBMIT),
        reading=user.agencies_granting(Permission.SCORE_READ),
        member_of=user.agency_ids(),
        appraised=frozenset(appraised),
        manages=sheet.province_id in user.provinces_with(Permission.INDEX_MANAGE),
        appraiser=appraiser,
    )


def visible_entry(user: User, pk: int) -> SheetEntry | None:
    """Return an entry of a sheet that the person may read."""
    return (
        SheetEntry.objects.filter(sheet__in=ScoreSheet.objects.visible_to(user), pk=pk)
        .select_related("sheet__framework__index", "sheet__agency", "sheet__province", "component__parent", "owner")
        .first()
    )


def held_documents(holder_id: int, user: User) -> "QuerySet[Document, Document]":
    """Return the documents of an agency that a person may show with a component.

    Those who read what the agency has not handed in choose from all; others who work on its sheets, from what the
    sheets show already.
    """
    found = Document.objects.filter(owner_id=holder_id)
    if holder_id in user.agencies_with(Permission.PROGRESS_READ):
        return found
    return found.filter(pk__in=SheetEvidence.objects.values("document_id"))

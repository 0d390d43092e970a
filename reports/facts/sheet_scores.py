"""A score sheet as rows: what each scored component holds in one of its layers, and who answers for it.

Definitions:

* The *latest* layer of a component is the last one that the reader may read (``indicators.facts.sheet_access``): the
  open one where it is the reader's to see, else that of the last stage handed in, of the last round. What the unit has
  not handed in yet is no score for others: the component is *not sent*, which is neither 0 nor blank.
* The *final* layer is that of the publication, else of the second appraisal; a sheet without either has none.
* What is *applicable*: a component that is not applicable has a maximum of 0 and no score where the framework takes its
  maximum away, and its full points where it gives them. A blank score is neither.
* Who answers: the owner of the entry, else the agency that bears the sheet on the day.
* *Total* is what the engine makes of the layers (``indicators.scoring``): sums, caps, rescaling, rounding.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from agencies.models import Agency, User, Verdict
from indicators.facts import scored_layers
from indicators.facts.sheet_access import access
from indicators.models import Component, EntryLayer, Framework, ScoreSheet, SheetEvidence
from indicators.scoring import Answer, Sheet, score_tree

Stage = EntryLayer.Stage
_ORDER = {stage: place for place, stage in enumerate(Stage.values)}
FINAL = (Stage.PUBLISHED, Stage.SETTLEMENT)
SURVEYED = (Component.Method.SURVEY, Component.Method.SIPAS)


@dataclass(frozen=True)
class EntryScore:
    """One scored component in one layer. ``max_score`` is what is applicable; None: the framework gives none."""

    entry_id: int
    component: Component
    side: str
    stage: str
    score: Decimal | None
    max_score: Decimal | None
    not_applicable: bool
    sent: bool
    explained: bool
    accepted: int
    pending: int
    rejected: int
    owner_id: int | None
    owner: str

    @property
    def stage_label(self) -> str:
        """Whose word it is."""
        return Stage(self.stage).label if self.stage else "chưa gửi"

    @property
    def surveyed(self) -> bool:
        """Whether people are asked for it."""
        return self.component.method in SURVEYED


@dataclass(frozen=True)
class SheetScores:
    """A sheet in one of its layers."""

    sheet: ScoreSheet
    stage: str
    components: tuple[Component, ...]
    entries: tuple[EntryScore, ...]
    whole: Sheet

    @property
    def stage_label(self) -> str:
        """Whose word it is."""
        return Stage(self.stage).label if self.stage else ""


def _layers(sheet: ScoreSheet) -> dict[int, list[EntryLayer]]:
    """Return entry → its layers, the latest first."""
    found: dict[int, list[EntryLayer]] = defaultdict(list)
    for layer in EntryLayer.objects.filter(entry__sheet=sheet):
        found[layer.entry_id].append(layer)
    for some in found.values():
        some.sort(key=lambda layer: (layer.frozen_at is None, layer.number, _ORDER[layer.stage]), reverse=True)
    return found


def _final(layers: Mapping[int, list[EntryLayer]]) -> dict[int, EntryLayer]:
    """Return entry → its final layer: all of one stage, the last that was handed in."""
    for stage in FINAL:
        found = {
            entry_id: next((layer for layer in some if layer.stage == stage and layer.frozen_at), None)
            for entry_id, some in layers.items()
        }
        kept = {entry_id: layer for entry_id, layer in found.items() if layer is not None}
        if kept:
            return kept
    return {}


def _evidence(layers: Iterable[EntryLayer]) -> Mapping[int, Mapping[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    wanted = [layer.pk for layer in layers]
    for layer_id, verdict in SheetEvidence.objects.filter(layer__in=wanted).values_list("layer_id", "verdict"):
        known = verdict if verdict in (Verdict.ACCEPTED, Verdict.PENDING) else "rejected"
        found[layer_id][known] += 1
    return found


def applicable(component: Component, side: str, layer: EntryLayer | None) -> tuple[Decimal | None, Decimal | None]:
    """Return score and maximum as they apply in a layer; of a penalty that cannot arise nothing is taken off."""
    if layer is None or not layer.not_applicable:
        return (layer.score if layer else None), component.max_score
    if component.not_applicable == Component.NotApplicable.FULL_POINTS:
        return Decimal(0) if side == Component.Kind.PENALTY else component.max_score, component.max_score
    return None, Decimal(0)


def answer_of(score: Decimal | None, *, not_applicable: bool) -> Answer:
    """Return what a layer says as the engine's answer; the stored score counts, whatever rule it came by."""
    if not_applicable:
        return Answer(not_applicable=True)
    return Answer(given=None if score is None else score.normalize())


def final_scores(sheet: ScoreSheet, on: date) -> SheetScores | None:
    """Return a sheet in its final layer; None where it has none (``sheet``: with its framework and agency)."""
    chosen = _final(_layers(sheet))
    return _scores(sheet, on, chosen) if chosen else None


def latest_scores(sheet: ScoreSheet, user: User, on: date) -> SheetScores:
    """Return a sheet in the latest layers that a person may read (``sheet``: with its framework and agency)."""
    held = access(sheet, user, on)
    owners = dict(sheet.entries.values_list("pk", "owner_id"))
    chosen = {}
    for entry_id, some in _layers(sheet).items():
        layer = next((one for one in some if held.reads(one, owners[entry_id])), None)
        if layer is not None:
            chosen[entry_id] = layer
    return _scores(sheet, on, chosen)


def _scores(sheet: ScoreSheet, on: date, chosen: Mapping[int, EntryLayer]) -> SheetScores:
    stage = max((layer.stage for layer in chosen.values()), key=lambda one: _ORDER[one], default="")
    components = tuple(sheet.framework.components.order_by("order", "pk"))
    by_pk, sides = {one.pk: one for one in components}, scored_layers.sides(components)
    evidence = _evidence(chosen.values())
    bearer = Agency.objects.filter(pk=sheet.bearer_on(on) or 0).first() if sheet.agency_id is None else sheet.agency
    entries, answers = [], {}
    for entry in sheet.entries.select_related("owner").order_by("component__order", "pk"):
        component, layer = by_pk[entry.component_id], chosen.get(entry.pk)
        score, most = applicable(component, sides[component.pk], layer)
        counts = evidence.get(layer.pk, {}) if layer else {}
        owner = entry.owner or bearer
        entries.append(
            EntryScore(
                entry_id=entry.pk,
                component=component,
                side=sides[component.pk],
                stage=layer.stage if layer else "",
                score=score,
                max_score=most,
                not_applicable=layer is not None and layer.not_applicable,
                sent=layer is not None,
                explained=layer is not None and bool(layer.explanation),
                accepted=counts.get(Verdict.ACCEPTED, 0),
                pending=counts.get(Verdict.PENDING, 0),
                rejected=counts.get("rejected", 0),
                owner_id=owner.pk if owner else None,
                owner=owner.name if owner else "Chưa giao cơ quan nào",
            )
        )
        if layer is not None:
            answers[component.code] = answer_of(layer.score, not_applicable=layer.not_applicable)
    return SheetScores(sheet, stage, components, tuple(entries), whole(sheet.framework, components, answers))


def whole(framework: Framework, components: Sequence[Component], answers: Mapping[str, Answer]) -> Sheet:
    """Return the sheet that answers make."""
    nodes = scored_layers.tree_of(components)
    return score_tree(nodes, answers, scored_layers.policy_for(framework, components))


def label_of(sheet: ScoreSheet) -> str:
    """Return a sheet as people call it (index, agency and province selected)."""
    return f"{sheet.framework.index.short_name} {sheet.year}, {sheet.agency or sheet.province}"


def published_totals(framework: Framework, sheets: "QuerySet[ScoreSheet, ScoreSheet]") -> dict[int, Decimal]:
    """Return sheet → its published total, in two queries (all of one framework; unpublished sheets have none)."""
    components = tuple(framework.components.order_by("order", "pk"))
    codes = {one.pk: one.code for one in components}
    nodes, policy = scored_layers.tree_of(components), scored_layers.policy_for(framework, components)
    answers: dict[int, dict[str, Answer]] = defaultdict(dict)
    for layer in EntryLayer.objects.filter(
        entry__sheet__in=sheets, stage=Stage.PUBLISHED, frozen_at__isnull=False
    ).select_related("entry"):
        answers[layer.entry.sheet_id][codes[layer.entry.component_id]] = answer_of(
            layer.score, not_applicable=layer.not_applicable
        )
    totals = {pk: score_tree(nodes, said, policy).total for pk, said in answers.items()}
    return {pk: total for pk, total in totals.items() if total is not None}

"""What a self-score still lacks before it can be handed in.

Definitions:

* A component is *answered* when it has a score, or is not applicable. What is blank is neither.
* It *asks for evidence* when the framework names documents for it. It is *supported* when it shows a document, or an
  explanation why there is none; not applicable asks for an explanation whatever the component.
* A bonus, and what a survey measures, may be left blank; once answered they ask for the same as the others.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from indicators.facts import scored_layers
from indicators.models import Component, DeclaredInput, EntryLayer, ScoreSheet, SheetEvidence


class Lack(Enum):
    """What a component can lack: in a word for the grid, in a sentence for the list."""

    BLANK = "Chưa chấm", "Chưa chấm."
    PART = "Thiếu số liệu", "Kê khai chưa đủ số liệu để tính điểm."
    EXCUSE = "Thiếu giải trình", "Chưa nêu vì sao không phát sinh."
    EVIDENCE = "Thiếu tài liệu", "Chưa có tài liệu kiểm chứng, cũng chưa giải trình vì sao chưa có."

    def __init__(self, word: str, sentence: str) -> None:
        self.word = word
        self.sentence = sentence


@dataclass(frozen=True)
class Gap:
    """One component that lacks something, and what."""

    entry_id: int
    owner_id: int | None
    code: str
    name: str
    text: str


def answered(layer: EntryLayer) -> bool:
    """Tell whether a layer says something that counts."""
    return layer.not_applicable or layer.score is not None


def lacking(component: Component, side: str, layer: EntryLayer, *, inputs: int, evidence: int) -> Lack | None:
    """Return what a component lacks; None when nothing."""
    if layer.not_applicable:
        return None if layer.explanation else Lack.EXCUSE
    if layer.score is None:
        if inputs:
            return Lack.PART
        return Lack.BLANK if scored_layers.asked(component, side) else None
    if component.evidence and not evidence and not layer.explanation:
        return Lack.EVIDENCE
    return None


def count_by_layer(model: type[DeclaredInput] | type[SheetEvidence], layers: Iterable[int]) -> Mapping[int, int]:
    """Return layer id → how many rows hang on it."""
    found: dict[int, int] = defaultdict(int)
    for layer_id in model._default_manager.filter(layer__in=list(layers)).order_by().values_list("layer_id", flat=True):
        found[layer_id] += 1
    return found


def gaps(sheet: ScoreSheet) -> list[Gap]:
    """Return what the self-score of the sheet's present round lacks, in the framework's order."""
    layers = list(
        EntryLayer.objects.filter(entry__sheet=sheet, stage=EntryLayer.Stage.SELF, number=sheet.round).select_related(
            "entry"
        )
    )
    components = {one.pk: one for one in Component.objects.filter(framework_id=sheet.framework_id)}
    side = scored_layers.sides(components.values())
    ids = [layer.pk for layer in layers]
    inputs, evidence = count_by_layer(DeclaredInput, ids), count_by_layer(SheetEvidence, ids)
    found = []
    for layer in sorted(layers, key=lambda one: components[one.entry.component_id].order):
        component = components[layer.entry.component_id]
        said = lacking(
            component, side[component.pk], layer, inputs=inputs.get(layer.pk, 0), evidence=evidence.get(layer.pk, 0)
        )
        if said is not None:
            found.append(Gap(layer.entry_id, layer.entry.owner_id, component.code, component.name, said.sentence))
    return found

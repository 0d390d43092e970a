"""One component of a sheet: its rule, what every layer says and why, its documents, what is on offer, its history.

Definitions:

* *Next* and *before* are the entries beside it in the framework's order.
* An offer *corrects* when an earlier one of its series was taken into the same entry.
* *Held* documents are those of the agency that the entry answers to, newest first, not yet shown with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.text import capfirst

from agencies import calendar
from agencies.models import Agency, Document, User
from agencies.text import format_day, format_decimal
from indicators import policies
from indicators.facts import scored_layers
from indicators.facts.badges import Badge, state_badge, verdict_badge
from indicators.facts.sheet_access import STAGE_OF, Access, access, held_documents
from indicators.facts.sheets import COLUMNS, locked, score_text, title_of
from indicators.models import Component, EntryLayer, Offer, ScoreSheet, SheetEntry, SheetEvidence
from indicators.scoring import Field, Value

HELD_SHOWN = 60
PAIR = "numerator/denominator"
_VARIANTS = {
    EntryLayer.Stage.SELF: "info",
    EntryLayer.Stage.APPRAISAL: "review",
    EntryLayer.Stage.EXPLANATION: "info",
    EntryLayer.Stage.SETTLEMENT: "review",
    EntryLayer.Stage.PUBLISHED: "ok",
}


@dataclass(frozen=True)
class EvidenceRow:
    """One document shown with a layer."""

    id: int
    name: str
    marks: str
    size: str
    url: str
    verdict: Badge
    verdict_code: str


@dataclass(frozen=True)
class LayerRow:
    """What one stage says, and why."""

    id: int
    stage: str
    label: str
    variant: str
    who: str
    time: str
    open: bool
    score: str
    changed: bool
    inputs: tuple[str, ...]
    steps: tuple[str, ...]
    explanation: str
    reason: str
    evidence: tuple[EvidenceRow, ...]


@dataclass(frozen=True)
class OfferRow:
    """Something accepted elsewhere that may serve the component."""

    id: int
    label: str
    agency: str
    url: str
    text: str
    figures: str
    documents: tuple[str, ...]
    into: tuple[tuple[str, str], ...]
    corrects: bool
    time: str


@dataclass(frozen=True)
class Beside:
    """The entry before or after."""

    id: int
    code: str


@dataclass(frozen=True)
class EntryPage:
    """One component of a sheet as people read it."""

    id: int
    sheet_id: int
    sheet_title: str
    sheet_state: Badge
    revision: int
    code: str
    name: str
    path: str
    most: str
    method: str
    kind: str
    rule: str
    computed: bool
    asks: str
    excusable: str
    note: str
    owner: str
    layers: tuple[LayerRow, ...]
    offers: tuple[OfferRow, ...]
    locked: str
    writes: bool
    judges: bool
    before: Beside | None
    following: Beside | None


def current(entry: SheetEntry) -> EntryLayer | None:
    """Return the layer that is being written, with its inputs (read once)."""
    stage = STAGE_OF.get(entry.sheet.state)
    if stage is None:
        return None
    layer = entry.layers.filter(stage=stage, frozen_at__isnull=True).prefetch_related("inputs").first()
    if layer is not None:
        layer.entry = entry
    return layer


def entry_page(entry: SheetEntry, user: User, on: date) -> EntryPage:
    """Return a component of a sheet (sheet, framework, index, component and owner selected with it)."""
    sheet, component = entry.sheet, entry.component
    held = access(sheet, user, on)
    components = list(Component.objects.filter(framework_id=sheet.framework_id).order_by("order"))
    side = scored_layers.sides(components)[component.pk]
    rule = scored_layers.rule_of(component)
    working = sheet.state in policies.UNIT_WORKS and not locked(sheet, on)
    beside = list(sheet.entries.order_by("component__order").values_list("pk", "component__code"))
    place = [pk for pk, _ in beside].index(entry.pk)
    return EntryPage(
        id=entry.pk,
        sheet_id=sheet.pk,
        sheet_title=title_of(sheet),
        sheet_state=state_badge(sheet),
        revision=entry.revision,
        code=component.code,
        name=component.name,
        path=component.parent.name if component.parent else "",
        most=format_decimal(component.max_score),
        method=capfirst(component.get_method_display()),
        kind="" if side == Component.Kind.BASE else capfirst(Component.Kind(side).label),
        rule=rule.describe() if rule else "Không có cách tính riêng: người chấm ghi điểm.",
        computed=rule is not None,
        asks=component.evidence,
        excusable=component.get_not_applicable_display() if component.not_applicable else "",
        note=component.note,
        owner=_owner(entry, held),
        layers=_layers(entry, side, held),
        offers=_offers(entry) if working and held.writes(entry.owner_id) else (),
        locked=locked(sheet, on),
        writes=working and held.writes(entry.owner_id),
        judges=sheet.state in policies.APPRAISAL_WORKS and held.judges(entry.owner_id),
        before=Beside(*beside[place - 1]) if place else None,
        following=Beside(*beside[place + 1]) if place + 1 < len(beside) else None,
    )


def _owner(entry: SheetEntry, held: Access) -> str:
    if entry.owner is not None:
        return entry.owner.name
    if held.bearer_id is None:
        return ""
    return Agency.objects.get(pk=held.bearer_id).name


def file_size(size: int) -> str:
    """Return a size in bytes as people read it.

    >>> file_size(1_572_864), file_size(2_048), file_size(10)
    ('1,5 MB', '2 KB', '10 byte')
    """
    if size >= 1 << 20:
        return f"{format_decimal((Decimal(size) / (1 << 20)).quantize(Decimal('0.1')))} MB"
    return f"{size >> 10} KB" if size >= 1 << 10 else f"{size} byte"


def marks_of(document: Document) -> str:
    """Return the marks of a document in one line."""
    marks = [
        document.number,
        f"ngày {format_day(document.issued_on)}" if document.issued_on else "",
        document.issuer,
        document.excerpt,
    ]
    return ", ".join(mark for mark in marks if mark)


def evidence_rows(links: Iterable[SheetEvidence]) -> tuple[EvidenceRow, ...]:
    """Return documents as they are shown (document and file selected with them)."""
    return tuple(
        EvidenceRow(
            id=link.pk,
            name=link.document.original_name,
            marks=marks_of(link.document),
            size=file_size(link.document.blob.size),
            url=reverse("indicators:sheet_file", args=[link.pk]),
            verdict=verdict_badge(link.verdict),
            verdict_code=link.verdict,
        )
        for link in links
    )


def _layers(entry: SheetEntry, side: str, held: Access) -> tuple[LayerRow, ...]:
    """Return every layer of every round that the person may read, oldest first, in three queries."""
    links = SheetEvidence.objects.select_related("document__blob").order_by("pk")
    rows, before = [], None
    stages = list(COLUMNS)
    found = entry.layers.select_related("by").prefetch_related("inputs", Prefetch("evidence", queryset=links))
    for layer in sorted(found, key=lambda one: (one.number, stages.index(EntryLayer.Stage(one.stage)))):
        if not held.reads(layer, entry.owner_id):
            continue
        scored = scored_layers.scored(entry.component, side, layer, scored_layers.values_of(layer.inputs.all()))
        said = (layer.score, layer.not_applicable)
        label = COLUMNS[EntryLayer.Stage(layer.stage)]
        rows.append(
            LayerRow(
                id=layer.pk,
                stage=layer.stage,
                label=label if layer.number == 1 else f"{label} (lần {layer.number})",
                variant=_VARIANTS[EntryLayer.Stage(layer.stage)],
                who=str(layer.by) if layer.by else "",
                time=calendar.moment(layer.frozen_at if layer.frozen_at and layer.by is None else layer.at),
                open=layer.frozen_at is None,
                score="Không phát sinh" if layer.not_applicable else score_text(*said),
                changed=before is not None and before != said,
                inputs=scored.explanation.inputs,
                steps=scored.explanation.steps,
                explanation=layer.explanation,
                reason=layer.reason,
                evidence=evidence_rows(layer.evidence.all()),
            )
        )
        before = said
    return tuple(rows)


def _figures(offer: Offer) -> str:
    parts = []
    if offer.figure is not None:
        parts.append(f"số liệu {format_decimal(offer.figure)}")
    if offer.numerator is not None and offer.denominator is not None:
        parts.append(f"{format_decimal(offer.numerator)}/{format_decimal(offer.denominator)}")
    return "; ".join(parts)


def _into(offer: Offer, fields: tuple[Field, ...]) -> tuple[tuple[str, str], ...]:
    """Return into which inputs the figure of an offer can go."""
    names = {one.name for one in fields}
    found = []
    if offer.numerator is not None and offer.denominator is not None and {"numerator", "denominator"} <= names:
        found.append((PAIR, "Tử số và mẫu số"))
    if offer.figure is not None:
        found += [(one.name, one.label) for one in fields if one.kind in ("number", "percent", "count")]
    return tuple(found)


def _offers(entry: SheetEntry) -> tuple[OfferRow, ...]:
    """Return what waits for the entry, in three queries."""
    waiting = list(
        Offer.objects.open()
        .serving(entry.sheet)
        .filter(component_id=entry.component_id)
        .select_related("agency")
        .prefetch_related("documents")
        .order_by("-offered_at", "-pk")
    )
    taken = Offer.objects.filter(component_id=entry.component_id, taken_into__entry=entry)
    series = {origin.rpartition(":")[0] for origin in taken.values_list("origin", flat=True)}
    fields = scored_layers.fields_of(entry.component)
    return tuple(
        OfferRow(
            id=one.pk,
            label=one.label,
            agency=one.agency.label,
            url=one.url,
            text=one.text,
            figures=_figures(one),
            documents=tuple(str(document) for document in one.documents.all()),
            into=_into(one, fields),
            corrects=one.origin.rpartition(":")[0] in series,
            time=calendar.moment(one.offered_at),
        )
        for one in waiting
    )


def held_choices(entry: SheetEntry, user: User, on: date) -> list[tuple[int, str]]:
    """Return the documents that the entry's agency holds, the person may show, and the entry does not show yet."""
    holder = entry.owner_id or entry.sheet.bearer_on(on)
    if holder is None:
        return []
    shown = SheetEvidence.objects.filter(layer__entry=entry, layer__frozen_at__isnull=True)
    found = held_documents(holder, user).exclude(blob__in=shown.values("document__blob")).order_by("-pk")
    return [(one.pk, marks_of(one) or one.original_name) for one in found[:HELD_SHOWN]]


def declared(layer: EntryLayer | None) -> dict[str, Value]:
    """Return what a layer declares."""
    return {} if layer is None else scored_layers.values_of(layer.inputs.all())


def visible_file(user: User, pk: int, on: date, *, entry: SheetEntry | None = None) -> Document | None:
    """Return the document of a piece of evidence (of an entry) that the person may read."""
    link = (
        SheetEvidence.objects.filter(layer__entry__sheet__in=ScoreSheet.objects.visible_to(user), pk=pk)
        .select_related("layer__entry__sheet", "document__blob")
        .first()
    )
    if link is None or (entry is not None and link.layer.entry_id != entry.pk):
        return None
    entry = link.layer.entry
    return link.document if access(entry.sheet, user, on).reads(link.layer, entry.owner_id) else None

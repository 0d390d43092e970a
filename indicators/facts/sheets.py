"""Score sheets as people read them: their list, and one sheet with all its layers side by side.

Definitions:

* *Progress* "45/88": components that the unit is asked for (``scored_layers.asked``) and has answered, of those asked.
* A *column* is a stage in the sheet's present round. Its total, percent and grade are the engine's (``score_tree``)
  over every layer of that stage; it is shown to those who may read every one of them.
* A *dossier* is complete where every answered component that asks for evidence shows a document that was not
  rejected, or an explanation; *accepted* counts those with an accepted document. Both look at what was handed in last,
  or at the self-score while it is written.
* *Locked*: the day of what the unit writes now is over (``sheet_access.STAGE_OF``).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.text import capfirst

from agencies import calendar
from agencies.models import Agency, Event, User, Verdict
from agencies.text import format_day, format_decimal
from indicators import policies
from indicators.facts import scored_layers
from indicators.facts.badges import Badge, day_badge, due_badge, state_badge
from indicators.facts.sheet_access import STAGE_OF, Access, access
from indicators.facts.sheet_gaps import answered, lacking
from indicators.models import Component, DeclaredInput, EntryLayer, Offer, ScoreSheet, SheetEntry, SheetEvidence
from indicators.scoring import Node, Sheet, Value, score_tree

Stage = EntryLayer.Stage
COLUMNS = {
    Stage.SELF: "Tự chấm",
    Stage.APPRAISAL: "Thẩm định 1",
    Stage.EXPLANATION: "Giải trình",
    Stage.SETTLEMENT: "Thẩm định 2",
    Stage.PUBLISHED: "Công bố",
}
_REJECTED = frozenset(Verdict.values) - {Verdict.PENDING, Verdict.ACCEPTED}


# --- the list ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Progress:
    """How much of what is asked has been answered."""

    answered: int
    asked: int

    @property
    def text(self) -> str:
        """As it is printed: 45/88."""
        return f"{self.answered}/{self.asked}"

    @property
    def percent(self) -> Decimal | None:
        """The share, for a bar; None when nothing is asked."""
        return Decimal(100 * self.answered) / self.asked if self.asked else None


@dataclass(frozen=True)
class SheetListRow:
    """One sheet in the list."""

    id: int
    url: str
    name: str
    unit: str
    year: int
    sample: bool
    state: Badge
    due: Badge
    progress: Progress
    mine: bool


def sheets(
    user: User, on: date, *, year: int | None = None, state: str = "", mine: bool = False
) -> "QuerySet[ScoreSheet, ScoreSheet]":
    """Return the sheets the person may read, newest year first; ``mine``: those whose next step is theirs."""
    found = ScoreSheet.objects.visible_to(user)
    if year is not None:
        found = found.filter(year=year)
    if state:
        found = found.filter(state=state)
    if mine:
        found = found.waiting_for(user, on)
    return found.order_by("-year", "framework__index__order", "framework_id", "agency__order", "agency__name", "pk")


def sheet_rows(page: "QuerySet[Any, Any]", user: User, on: date) -> tuple[SheetListRow, ...]:
    """Return the lines of a page (a sliced queryset), in a fixed number of queries."""
    found = list(page.select_related("framework__index", "agency", "province"))
    ids = [sheet.pk for sheet in found]
    waiting = set(ScoreSheet.objects.waiting_for(user, on).filter(pk__in=ids).values_list("pk", flat=True))
    progress = progress_of(found)
    base = reverse("indicators:sheet_list")
    return tuple(
        SheetListRow(
            id=sheet.pk,
            url=f"{base}{sheet.pk}/",
            name=f"{sheet.framework.index.short_name}, {sheet.framework.version}",
            unit=sheet.agency.label if sheet.agency else sheet.province.name,
            year=sheet.year,
            sample=sheet.framework.is_sample,
            state=state_badge(sheet),
            due=due_badge(sheet, on),
            progress=progress[sheet.pk],
            mine=sheet.pk in waiting,
        )
        for sheet in found
    )


def progress_of(found: Sequence[ScoreSheet]) -> dict[int, Progress]:
    """Return sheet id → how much has been answered in its present round, in two queries."""
    asked: dict[int, set[int]] = {}
    by_framework: dict[int, list[Component]] = defaultdict(list)
    frameworks = {sheet.framework_id for sheet in found}
    for component in Component.objects.filter(framework_id__in=frameworks).order_by("framework_id", "order"):
        by_framework[component.framework_id].append(component)
    for framework_id, components in by_framework.items():
        side, parents = scored_layers.sides(components), {one.parent_id for one in components}
        asked[framework_id] = {
            one.pk for one in components if one.pk not in parents and scored_layers.asked(one, side[one.pk])
        }
    done: dict[int, int] = defaultdict(int)
    of_sheet = {sheet.pk: asked.get(sheet.framework_id, set()) for sheet in found}
    said = EntryLayer.objects.filter(
        Q(score__isnull=False) | Q(not_applicable=True),
        entry__sheet__in=list(of_sheet),
        stage=Stage.SELF,
        number=F("entry__sheet__round"),
    )
    for sheet_id, component_id in said.order_by().values_list("entry__sheet_id", "entry__component_id"):
        done[sheet_id] += component_id in of_sheet[sheet_id]
    return {pk: Progress(done[pk], len(wanted)) for pk, wanted in of_sheet.items()}


# --- one sheet ---------------------------------------------------------------------------------------------------


@dataclass
class Reading:
    """The rows of one sheet as the database has them, read once (eight queries whatever its size)."""

    sheet: ScoreSheet
    held: Access
    components: list[Component]
    side: dict[int, str]
    nodes: tuple[Node, ...]
    entries: dict[int, SheetEntry]
    layers: dict[int, dict[str, EntryLayer]]
    inputs: dict[int, dict[str, Value]]
    evidence: dict[int, list[str]]
    offers: dict[int, int] = field(default_factory=dict)

    def visible(self, stage: str) -> dict[int, EntryLayer]:
        """Return component id → the layer of a stage, where the person may read it."""
        return {
            entry.component_id: layer
            for entry in self.entries.values()
            if (layer := self.layers.get(entry.pk, {}).get(stage)) and self.held.reads(layer, entry.owner_id)
        }

    def column(self, stage: str) -> Sheet | None:
        """Return a stage as the engine scores it; None where it is not there, or not the person's to read whole."""
        there = self.visible(stage)
        if not there or len(there) < len(self.entries):
            return None
        answers = {
            one.code: scored_layers.answer_of(one, there[one.pk], self.inputs.get(there[one.pk].pk, {}))
            for one in self.components
            if one.pk in there
        }
        return score_tree(self.nodes, answers, scored_layers.policy_for(self.sheet.framework, self.components))


def read(sheet: ScoreSheet, user: User, on: date) -> Reading:
    """Read a sheet (framework, index, agency and province selected with it)."""
    components = list(Component.objects.filter(framework_id=sheet.framework_id).order_by("order"))
    entries = {one.pk: one for one in sheet.entries.select_related("owner").order_by("component__order")}
    layers: dict[int, dict[str, EntryLayer]] = defaultdict(dict)
    for layer in EntryLayer.objects.filter(entry__sheet=sheet, number=sheet.round).order_by("pk"):
        layers[layer.entry_id][layer.stage] = layer
    of_round = {"layer__entry__sheet": sheet, "layer__number": sheet.round}
    declared: dict[int, list[DeclaredInput]] = defaultdict(list)
    for one in DeclaredInput.objects.filter(**of_round).order_by("pk"):
        declared[one.layer_id].append(one)
    evidence: dict[int, list[str]] = defaultdict(list)
    for layer_id, verdict in SheetEvidence.objects.filter(**of_round).order_by("pk").values_list("layer_id", "verdict"):
        evidence[layer_id].append(verdict)
    offers: dict[int, int] = defaultdict(int)
    waiting = Offer.objects.open().serving(sheet).visible_to(user).filter(component__framework_id=sheet.framework_id)
    for component_id in waiting.order_by().values_list("component_id", flat=True):
        offers[component_id] += 1
    return Reading(
        sheet=sheet,
        held=access(sheet, user, on),
        components=components,
        side=scored_layers.sides(components),
        nodes=scored_layers.tree_of(components),
        entries=entries,
        layers=layers,
        inputs={layer_id: scored_layers.values_of(rows) for layer_id, rows in declared.items()},
        evidence=evidence,
        offers=offers,
    )


@dataclass(frozen=True)
class Cell:
    """What one stage says of one component. ``changed``: otherwise than the stage before."""

    label: str
    text: str
    changed: bool = False
    title: str = ""


@dataclass(frozen=True)
class GridRow:
    """One component in the grid."""

    entry_id: int | None
    url: str
    code: str
    name: str
    depth: int
    kind: str
    most: str
    cells: tuple[Cell, ...]
    owner: str
    mine: bool
    todo: str
    todo_short: str
    evidence: int
    rejected: int
    offers: int


@dataclass(frozen=True)
class StageTotal:
    """A column's head: what the stage makes of the whole sheet."""

    label: str
    total: str
    percent: str
    grade: str
    answered: str
    provisional: bool
    explanation: str
    open: bool
    there: bool


@dataclass(frozen=True)
class DateRow:
    """One of the four dates, and how far it is."""

    label: str
    day: str
    badge: Badge
    now: bool


@dataclass(frozen=True)
class OwnerRow:
    """An agency that answers for components, and how far it is."""

    name: str
    progress: Progress


@dataclass(frozen=True)
class StepRow:
    """One step that the sheet took."""

    who: str
    what: str
    time: str
    iso: str
    variant: str
    reason: str
    action: str


@dataclass(frozen=True)
class SheetPage:
    """A sheet with all its layers."""

    id: int
    revision: int
    title: str
    unit: str
    year: int
    framework: str
    sample: bool
    state: Badge
    due: Badge
    next_step: str
    locked: str
    round: int
    columns: tuple[StageTotal, ...]
    rows: tuple[GridRow, ...]
    progress: Progress
    dossier: str
    accepted: str
    dates: tuple[DateRow, ...]
    owners: tuple[OwnerRow, ...]
    offers: int
    publication: str
    returned: str
    history: tuple[StepRow, ...]
    writes: bool
    judges: bool
    may: frozenset[str]


def score_text(score: Decimal | None, not_applicable: bool) -> str:
    """Return a score as it is printed: blank, a number, or not applicable are three things."""
    if not_applicable:
        return "KPS"
    return format_decimal(score)


def _grid(reading: Reading, columns: Mapping[str, Sheet | None]) -> tuple[GridRow, ...]:
    entries = {entry.component_id: entry for entry in reading.entries.values()}
    depth: dict[int, int] = {}
    base = reverse("indicators:sheet_detail", args=[reading.sheet.pk])
    working = reading.sheet.state in policies.UNIT_WORKS
    rows = []
    for component in reading.components:
        depth[component.pk] = 0 if component.parent_id is None else depth[component.parent_id] + 1
        entry = entries.get(component.pk)
        owner = entry.owner if entry else None
        layer = _latest(reading, entry) if entry else None
        verdicts = reading.evidence.get(layer.pk, []) if layer else []
        self_layer = reading.layers.get(entry.pk, {}).get(Stage.SELF) if entry else None
        lack = None
        if (
            entry is not None
            and self_layer is not None
            and reading.sheet.state == policies.DRAFT
            and reading.held.reads(self_layer, entry.owner_id)
        ):
            lack = lacking(
                component,
                reading.side[component.pk],
                self_layer,
                inputs=len(reading.inputs.get(self_layer.pk, ())),
                evidence=len(reading.evidence.get(self_layer.pk, ())),
            )
        rows.append(
            GridRow(
                entry_id=entry.pk if entry else None,
                url=f"{base}dong/{entry.pk}/" if entry else "",
                code=component.code,
                name=component.name,
                depth=depth[component.pk],
                kind=_kind(component, reading.side[component.pk]),
                most=format_decimal(component.max_score),
                cells=_cells_of(reading, component, entry, columns),
                owner=owner.label if owner and reading.held.of_province else "",
                mine=bool(entry and working and reading.held.writes(entry.owner_id)),
                todo=lack.sentence if lack else "",
                todo_short=lack.word if lack else "",
                evidence=len(verdicts),
                rejected=sum(one in _REJECTED for one in verdicts),
                offers=reading.offers.get(component.pk, 0) if entry else 0,
            )
        )
    return tuple(rows)


def _kind(component: Component, side: str) -> str:
    """Return which side a component at the top is on, where neither base nor its own name says it."""
    label = str(Component.Kind(side).label)
    told = side == Component.Kind.BASE or component.parent_id is not None or label in component.name.lower()
    return "" if told else label


def _cells_of(
    reading: Reading, component: Component, entry: SheetEntry | None, columns: Mapping[str, Sheet | None]
) -> tuple[Cell, ...]:
    """Return the five cells of a component: a sum where it has parts, else what its layers say."""
    if entry is None:
        sums = {stage: columns[stage] for stage in COLUMNS}
        return tuple(
            Cell(COLUMNS[stage], format_decimal(whole.components[component.code].score) if whole else "")
            for stage, whole in sums.items()
        )
    cells: list[Cell] = []
    before: EntryLayer | None = None
    for stage, label in COLUMNS.items():
        layer = reading.layers.get(entry.pk, {}).get(stage)
        if layer is None:
            cells.append(Cell(label, ""))
        elif not reading.held.reads(layer, entry.owner_id):
            cells.append(Cell(label, "", title="Chưa xong: chỉ bên đang làm xem được"))
        else:
            said = (layer.score, layer.not_applicable)
            changed = before is not None and (before.score, before.not_applicable) != said
            cells.append(Cell(label, score_text(*said), changed, layer.reason if changed else ""))
            before = layer
    return tuple(cells)


def _latest(reading: Reading, entry: SheetEntry) -> EntryLayer | None:
    """Return what was handed in last of an entry, or the self-score while it is written."""
    found = None
    for stage in COLUMNS:
        layer = reading.layers.get(entry.pk, {}).get(stage)
        if layer is not None and (layer.frozen_at is not None or (found is None and stage == Stage.SELF)):
            found = layer
    return found


def _totals(reading: Reading, columns: Mapping[str, Sheet | None]) -> tuple[StageTotal, ...]:
    totals = []
    for stage, label in COLUMNS.items():
        whole = columns[stage]
        there = any(stage in layers for layers in reading.layers.values())
        totals.append(
            StageTotal(
                label=label,
                total=format_decimal(whole.total) if whole else "",
                percent=format_decimal(whole.percent) if whole else "",
                grade=whole.grade.name if whole and whole.grade else "",
                answered=f"{whole.answered}/{whole.leaves}" if whole else "",
                provisional=whole is not None and not whole.complete,
                explanation=whole.explanation.text if whole else "",
                open=STAGE_OF.get(reading.sheet.state) == stage,
                there=there,
            )
        )
    return tuple(totals)


def _progress(reading: Reading) -> tuple[Progress, tuple[OwnerRow, ...]]:
    """Return how much of the self-score is answered, whole and by the agency that answers."""
    components = {one.pk: one for one in reading.components}
    done: dict[int | None, int] = defaultdict(int)
    asked: dict[int | None, int] = defaultdict(int)
    names: dict[int | None, str] = {}
    for entry in reading.entries.values():
        component = components[entry.component_id]
        if not scored_layers.asked(component, reading.side[component.pk]):
            continue
        key = reading.held.answers(entry.owner_id)
        if entry.owner is not None:
            names[key] = entry.owner.label
        layer = reading.layers.get(entry.pk, {}).get(Stage.SELF)
        asked[key] += 1
        done[key] += layer is not None and answered(layer)
    if reading.held.bearer_id in asked and reading.held.bearer_id not in names:
        bearers = Agency.objects.in_bulk([] if reading.held.bearer_id is None else [reading.held.bearer_id])
        names |= {pk: agency.label for pk, agency in bearers.items()}
    rows = tuple(OwnerRow(names.get(key, "Chưa phân công"), Progress(done[key], asked[key])) for key in asked)
    return Progress(sum(done.values()), sum(asked.values())), rows if reading.held.of_province else ()


def _dossier(reading: Reading) -> tuple[str, str]:
    """Return how many of the components that ask for evidence have it, and have it accepted."""
    components = {one.pk: one for one in reading.components}
    wanted = complete = accepted = 0
    for entry in reading.entries.values():
        layer = _latest(reading, entry)
        if layer is None or not components[entry.component_id].evidence or not answered(layer) or layer.not_applicable:
            continue
        verdicts = reading.evidence.get(layer.pk, [])
        wanted += 1
        complete += bool(layer.explanation) or any(one not in _REJECTED for one in verdicts)
        accepted += Verdict.ACCEPTED in verdicts
    return f"{complete}/{wanted}", f"{accepted}/{wanted}"


def _dates(sheet: ScoreSheet, on: date) -> tuple[DateRow, ...]:
    """Return the four dates; how far is said of the one that counts now."""
    of_state = {
        policies.DRAFT: "self_due_on",
        policies.SUBMITTED: "appraisal_due_on",
        policies.APPRAISED: "explanation_due_on",
        policies.EXPLAINED: "settlement_due_on",
    }
    now = of_state.get(sheet.state)
    rows = []
    for name in of_state.values():
        day = getattr(sheet, name)
        locks = name in ("self_due_on", "explanation_due_on")
        badge = day_badge(day, on, locks=locks) if name == now else Badge("")
        label = capfirst(str(ScoreSheet._meta.get_field(name).verbose_name))  # type: ignore[union-attr]
        rows.append(DateRow(label, format_day(day), badge, name == now))
    return tuple(rows)


def locked(sheet: ScoreSheet, on: date) -> str:
    """Return why what the unit writes is locked; empty when it is not."""
    if sheet.state == policies.DRAFT and on > sheet.self_due_on:
        return f"Đã hết hạn tự chấm ngày {format_day(sheet.self_due_on)}: phiếu khóa đến khi được gia hạn."
    if sheet.state == policies.APPRAISED and on > sheet.explanation_due_on:
        return f"Đã hết hạn giải trình ngày {format_day(sheet.explanation_due_on)}: phiếu khóa đến khi được gia hạn."
    return ""


_NEXT = {
    policies.DRAFT: "Cơ quan kê khai từng thành phần, thủ trưởng gửi phiếu trước hết ngày {self_due_on}.",
    policies.SUBMITTED: "Bên thẩm định xem từng thành phần rồi kết thúc thẩm định lần 1, hạn {appraisal_due_on}.",
    policies.APPRAISED: "Cơ quan giải trình, bổ sung tài liệu; thủ trưởng gửi trước hết ngày {explanation_due_on}.",
    policies.EXPLAINED: "Bên thẩm định xem giải trình rồi kết thúc thẩm định lần 2, hạn {settlement_due_on}.",
    policies.SETTLED: "Chờ ghi kết quả công bố.",
    policies.PUBLISHED: "",
}


def next_step(sheet: ScoreSheet) -> str:
    """Return what happens next, and by when."""
    days = {name: format_day(getattr(sheet, name)) for name in _DATE_NAMES}
    return _NEXT[sheet.state].format(**days)


_DATE_NAMES = ("self_due_on", "appraisal_due_on", "explanation_due_on", "settlement_due_on")


def may(sheet: ScoreSheet, held: Access, on: date) -> frozenset[str]:
    """Return the verbs of the sheet that the person may take now, state and dates included."""
    open_ = not locked(sheet, on)
    late = sheet.state == policies.APPRAISED and on > sheet.explanation_due_on
    allowed = {
        "submit": held.submits and sheet.state == policies.DRAFT and open_,
        "explain": held.submits and sheet.state == policies.APPRAISED and open_,
        "withdraw": held.submits and sheet.state == policies.SUBMITTED and on <= sheet.self_due_on,
        "return": held.appraises and sheet.state == policies.SUBMITTED,
        "appraise": held.appraises and sheet.state == policies.SUBMITTED,
        "settle": held.appraises and sheet.state == policies.EXPLAINED,
        "waive": held.appraises and late,
        "publish": held.manages and sheet.state == policies.SETTLED,
        "move_dates": held.manages and sheet.state in policies.MOVE_DATES.sources,
        "assign": held.manages and sheet.state == policies.DRAFT and sheet.agency_id is None,
    }
    return frozenset(verb for verb, right in allowed.items() if right)


def title_of(sheet: ScoreSheet) -> str:
    """Return a sheet as people call it (framework, index, agency and province selected with it)."""
    unit = sheet.agency.label if sheet.agency else sheet.province.name
    return f"Phiếu chấm {sheet.framework.index.short_name} {sheet.year}, {unit}"


def sheet_page(sheet: ScoreSheet, user: User, on: date) -> SheetPage:
    """Return a sheet with all its layers, in a fixed number of queries."""
    reading = read(sheet, user, on)
    columns: dict[str, Sheet | None] = {stage: reading.column(stage) for stage in COLUMNS}
    progress, owners = _progress(reading)
    dossier, accepted = _dossier(reading)
    history = _history(sheet)
    working = sheet.state in policies.UNIT_WORKS and not locked(sheet, on)
    return SheetPage(
        id=sheet.pk,
        revision=sheet.revision,
        title=title_of(sheet),
        unit=sheet.agency.name if sheet.agency else sheet.province.name,
        year=sheet.year,
        framework=f"{sheet.framework.index.short_name}, {sheet.framework.version}",
        sample=sheet.framework.is_sample,
        state=state_badge(sheet),
        due=due_badge(sheet, on),
        next_step=next_step(sheet),
        locked=locked(sheet, on),
        round=sheet.round,
        columns=_totals(reading, columns),
        rows=_grid(reading, columns),
        progress=progress,
        dossier=dossier,
        accepted=accepted,
        dates=_dates(sheet, on),
        owners=owners,
        offers=sum(reading.offers.values()),
        publication=_publication(sheet),
        returned=_returned(sheet, history),
        history=history,
        writes=working and any(reading.held.writes(entry.owner_id) for entry in reading.entries.values()),
        judges=sheet.state in policies.APPRAISAL_WORKS
        and any(reading.held.judges(entry.owner_id) for entry in reading.entries.values()),
        may=may(sheet, reading.held, on),
    )


def _publication(sheet: ScoreSheet) -> str:
    return f"{sheet.publication}, ngày {format_day(sheet.published_on)}" if sheet.published_on else ""


_SAID = {step.event: policies.VERB_LABELS[step.verb] for step in policies.SHEET_STEPS}
_VARIANTS = {policies.RETURN.event: "returned", policies.MOVE_DATES.event: "due", policies.PUBLISH.event: "ok"}


def _history(sheet: ScoreSheet) -> tuple[StepRow, ...]:
    """Return the steps that the sheet took, newest first."""
    events = Event.objects.filter(subject_type="indicators.scoresheet", subject_id=str(sheet.pk))
    return tuple(
        StepRow(
            who=str(event.actor) if event.actor else "Hệ thống",
            what=_SAID.get(event.action, "mở phiếu"),
            time=calendar.moment(event.happened_at),
            iso=calendar.iso(event.happened_at),
            variant=_VARIANTS.get(event.action, "info"),
            reason=event.reason,
            action=event.action,
        )
        for event in events.select_related("actor").order_by("-sequence")
    )


def _returned(sheet: ScoreSheet, history: Sequence[StepRow]) -> str:
    """Return why the sheet came back, while it is worked on again; earlier reasons stand in its history."""
    if sheet.state != policies.DRAFT or sheet.round == 1:
        return ""
    back = next((one for one in history if one.action in (policies.RETURN.event, policies.WITHDRAW.event)), None)
    if back is None or back.action == policies.WITHDRAW.event:
        return ""
    return f"{back.who} trả lại lúc {back.time}: {back.reason}"


def unjudged(sheet: ScoreSheet) -> int:
    """Return how many documents of the appraisal that is being written nobody has judged."""
    return SheetEvidence.objects.filter(
        layer__entry__sheet=sheet, layer__frozen_at__isnull=True, verdict=Verdict.PENDING
    ).count()

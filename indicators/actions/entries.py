"""One component of a sheet: what the unit declares and shows, and what an appraisal makes of it.

The score of a component with a rule is computed from what is declared, never typed; without a rule a person gives it,
up to the maximum. An appraisal may correct what was declared, or set another score; where it differs from what it
appraises it says why. Only the open layer of the stage is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from agencies import calendar, workflow
from agencies.actions import documents
from agencies.actions.documents import Upload
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Agency, Document, User, Verdict
from agencies.text import nfc
from indicators import policies
from indicators.actions.sheets import must_appraise, must_be_open, score_problem
from indicators.facts import scored_layers
from indicators.facts.sheet_access import STAGE_OF, Access, access, held_documents
from indicators.models import Component, DeclaredInput, EntryLayer, SheetEntry, SheetEvidence
from indicators.scoring import InputRefused, Value

Stage = EntryLayer.Stage
INPUT = "input_"
_BEFORE = {
    Stage.APPRAISAL: Stage.SELF,
    Stage.EXPLANATION: Stage.APPRAISAL,
    Stage.SETTLEMENT: Stage.EXPLANATION,
}


@dataclass(frozen=True)
class Said:
    """What is said of a component. ``score`` is for components without a rule, and for appraisals."""

    inputs: Mapping[str, Value | None] = field(default_factory=dict)
    score: Decimal | None = None
    not_applicable: bool = False
    explanation: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Evidence:
    """What is done to a component's evidence: new files, documents (ids) of the agency, links (ids) taken off."""

    uploads: Sequence[Upload] = ()
    attach: Sequence[int] = ()
    drop: Sequence[int] = ()


def of(layer: EntryLayer) -> Said:
    """Return what a layer says; a score that the rule gives is not repeated as given."""
    component = layer.entry.component
    inputs = scored_layers.values_of(layer.inputs.all())
    given = layer.score if scored_layers.rule_of(component) is None else None
    return Said(inputs, given, layer.not_applicable, layer.explanation, layer.reason)


def snapshot(entry: SheetEntry) -> dict[str, Any]:
    """Return what the trail keeps of an entry before and after a step."""
    kept: dict[str, Any] = {"sheet": entry.sheet_id, "code": entry.component.code, "revision": entry.revision}
    layer = entry.layers.filter(frozen_at__isnull=True).first()
    if layer is None:
        return kept
    values = scored_layers.values_of(layer.inputs.all())
    kept |= {
        "stage": layer.stage,
        "round": layer.number,
        "score": None if layer.score is None else f"{layer.score.normalize():f}",
        "not_applicable": layer.not_applicable,
        "explanation": layer.explanation,
        "reason": layer.reason,
        "inputs": {name: f"{one:f}" if isinstance(one, Decimal) else one for name, one in values.items()},
        "evidence": [
            {"document": link.document_id, "sha256": link.document.blob.sha256, "verdict": link.verdict}
            for link in layer.evidence.select_related("document__blob").order_by("id")
        ],
    }
    return kept


# --- the unit ------------------------------------------------------------------------------------------------------


def may_write(entry: SheetEntry, held: Access) -> None:
    """Raise Refused (``not_your_component``) unless the person answers for the entry."""
    if not held.writes(entry.owner_id):
        raise Refused("not_your_component", "Bạn không phải cán bộ của cơ quan trả lời thành phần này.")


def save(
    *, entry: SheetEntry, said: Said, evidence: Evidence | None = None, revision: int | None, by: User
) -> SheetEntry:
    """Keep what the unit says of a component: its self-score, or its explanation after the first appraisal.

    Raises Refused, Conflict, Invalid (``inputs_refused``, ``entry_refused`` with every field, ``file_*``,
    ``document_unknown``, ``self_closed``, ``explanation_closed``).
    """
    return write(entry, policies.SAVE, said, evidence or Evidence(), revision, by)


def write(
    entry: SheetEntry,
    step: Any,
    said: Said,
    evidence: Evidence,
    revision: int | None,
    by: User,
    documents_of_others: Sequence[Document] = (),
) -> SheetEntry:
    """Write the unit's open layer; ``documents_of_others``: documents that an offer brings."""

    def check(row: SheetEntry) -> None:
        may_write(row, access(row.sheet, by, calendar.today()))

    def change(row: SheetEntry) -> None:
        must_be_open(row.sheet)
        layer = open_layer(row)
        score, values = _unit_score(row.component, said)
        _keep(layer, said, score, values, by)
        layer.evidence.filter(pk__in=evidence.drop).delete()
        _show(layer, evidence, documents_of_others, _holder(row), by)

    return workflow.work_on(
        entry, step, whole="sheet", revision=revision, check=check, change=change, snapshot=snapshot, by=by
    )


def open_layer(entry: SheetEntry) -> EntryLayer:
    """Return the layer that is being written. Raises Conflict (``wrong_state``)."""
    stage = STAGE_OF.get(entry.sheet.state)
    layer = entry.layers.filter(stage=stage, frozen_at__isnull=True).first() if stage else None
    if layer is None:
        raise Conflict("wrong_state", "Phần này đã khóa. Hãy tải lại trang để xem trạng thái mới.")
    layer.entry = entry
    return layer


def _holder(entry: SheetEntry) -> Agency:
    """Return the agency whose documents an entry shows."""
    holder = entry.owner_id or entry.sheet.bearer_on(calendar.today())
    if holder is None:
        raise Invalid("no_standing_office", "Tỉnh chưa chỉ định cơ quan thường trực nên chưa nhận được tài liệu.")
    return Agency.objects.get(pk=holder)


def _unit_score(component: Component, said: Said) -> tuple[Decimal | None, dict[str, Value]]:
    """Return the score of what the unit says, and its inputs, checked. Raises Invalid."""
    problems = _applicable(component, said)
    values: dict[str, Value] = {}
    score = None
    if not said.not_applicable:
        if scored_layers.rule_of(component) is not None and said.score is not None:
            problems["score"] = "Điểm của thành phần này được tính từ số liệu kê khai, không nhập tay."
        score, values = _scored(component, said.inputs, said.score, problems)
    if problems:
        raise Invalid("entry_refused", " ".join(problems.values()), fields=problems)
    return score, values


def _applicable(component: Component, said: Said) -> dict[str, str]:
    problems = {}
    if said.not_applicable and component.not_applicable == Component.NotApplicable.NEVER:
        problems["not_applicable"] = "Thành phần này không được chọn “không phát sinh”."
    elif said.not_applicable and not nfc(said.explanation):
        problems["explanation"] = "Chọn “không phát sinh” thì cần nêu vì sao."
    return problems


def _scored(
    component: Component, inputs: Mapping[str, Value | None], given: Decimal | None, problems: dict[str, str]
) -> tuple[Decimal | None, dict[str, Value]]:
    """Return the score by the rule, or the one given; what cannot be is put into ``problems``."""
    rule = scored_layers.rule_of(component)
    said = {name: value for name, value in inputs.items() if value is not None}
    if rule is None:
        if said:
            problems["inputs"] = "Thành phần này không có cách tính theo số liệu; hãy nhập điểm."
        wrong = score_problem(component, given)
        if wrong:
            problems["score"] = wrong
        return scored_layers.stored(given) if not wrong else None, {}
    try:
        values = rule.read(said)
        found = scored_layers.computed(component, values)
    except InputRefused as refused:
        problems |= {f"{INPUT}{fault.name}": fault.message for fault in refused.faults}
        return None, {}
    return scored_layers.stored(found.score) if found is not None else None, values


def _keep(layer: EntryLayer, said: Said, score: Decimal | None, values: Mapping[str, Value], by: User) -> None:
    layer.score, layer.not_applicable = score, said.not_applicable
    layer.explanation, layer.reason = nfc(said.explanation), nfc(said.reason)
    layer.by, layer.at = by, calendar.now()
    layer.save(update_fields=["score", "not_applicable", "explanation", "reason", "by", "at"])
    layer.inputs.all().delete()
    DeclaredInput.objects.bulk_create(
        DeclaredInput(layer=layer, name=name, **_cell(one)) for name, one in values.items()
    )


def _cell(value: Value) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"flag": value}
    return {"choice": value} if isinstance(value, str) else {"number": value}


def _show(layer: EntryLayer, evidence: Evidence, brought: Sequence[Document], holder: Agency, by: User) -> None:
    """Show documents with a layer; one that is there already (the same file) is refused, or left if it was brought."""
    present = set(layer.evidence.values_list("document__blob_id", flat=True))
    held = list(held_documents(holder.pk, by).filter(pk__in=evidence.attach).order_by("pk"))
    if len(held) != len(set(evidence.attach)):
        said = "Có tài liệu không thuộc kho của cơ quan. Hãy chọn lại trong danh sách."
        raise Invalid("document_unknown", said, fields={"attach": said})
    for document in [*held, *(documents.keep(upload=one, owner=holder, by=by) for one in evidence.uploads)]:
        if document.blob_id in present:
            said = f"Tệp “{document.original_name}” đã có ở thành phần này."
            raise Invalid("file_twice", said, fields={"files": said})
        present.add(document.blob_id)
        _link(layer, document, by)
    for document in brought:
        if document.blob_id not in present:
            present.add(document.blob_id)
            _link(layer, document, by)


def _link(layer: EntryLayer, document: Document, by: User) -> None:
    SheetEvidence.objects.create(layer=layer, document=document, added_by=by, added_at=calendar.now())


# --- appraisals ----------------------------------------------------------------------------------------------------


def judge(
    *, entry: SheetEntry, said: Said, verdicts: Mapping[int, str] | None = None, revision: int | None, by: User
) -> SheetEntry:
    """Appraise a component: correct what was declared, or set a score, and judge its documents (link id → verdict).

    What the unit explained stays. Raises Refused (``not_a_reviewer``, ``own_agency``, ``not_designated``), Conflict,
    Invalid (``inputs_refused``, ``entry_refused``: among others a score that differs and no ``reason``,
    ``unknown_verdict``, ``not_its_evidence``).
    """
    given = dict(verdicts or {})
    if not set(given.values()) <= set(Verdict.values):
        message = "Đánh giá tài liệu không hợp lệ. Hãy chọn lại trong danh sách."
        raise Invalid("unknown_verdict", message, fields={"verdicts": message})

    def check(row: SheetEntry) -> None:
        held = access(row.sheet, by, calendar.today())
        must_appraise(held, held.answers(row.owner_id))

    def change(row: SheetEntry) -> None:
        layer = open_layer(row)
        appraised = row.layers.filter(stage=_BEFORE[Stage(layer.stage)], number=layer.number).get()
        score, values = _appraised_score(row.component, said, appraised)
        _keep(layer, replace(said, explanation=layer.explanation), score, values, by)
        _judge(layer, given, by)

    return workflow.work_on(
        entry, policies.JUDGE, whole="sheet", revision=revision, check=check, change=change, snapshot=snapshot, by=by
    )


def _appraised_score(
    component: Component, said: Said, appraised: EntryLayer
) -> tuple[Decimal | None, dict[str, Value]]:
    problems = {}
    if said.not_applicable and component.not_applicable == Component.NotApplicable.NEVER:
        problems["not_applicable"] = "Thành phần này không được chọn “không phát sinh”."
    values: dict[str, Value] = {}
    score = None
    if not said.not_applicable:
        score, values = _scored(component, said.inputs, said.score, problems)
        if scored_layers.rule_of(component) is not None and said.score is not None:
            wrong = score_problem(component, said.score)
            if wrong:
                problems["score"] = wrong
            score = scored_layers.stored(said.score)
    differs = (score, said.not_applicable) != (scored_layers.stored(appraised.score), appraised.not_applicable)
    if differs and not nfc(said.reason) and not problems:
        problems["reason"] = "Chấm khác thì cần nêu lý do."
    if problems:
        raise Invalid("entry_refused", " ".join(problems.values()), fields=problems)
    return score, values


def _judge(layer: EntryLayer, verdicts: Mapping[int, str], by: User) -> None:
    links = {link.pk: link for link in layer.evidence.filter(pk__in=verdicts)}
    if len(links) != len(verdicts):
        raise Invalid("not_its_evidence", "Có tài liệu không thuộc thành phần này. Hãy tải lại trang.")
    for pk, verdict in verdicts.items():
        if verdict != links[pk].verdict:
            pending = verdict == Verdict.PENDING
            SheetEvidence.objects.filter(pk=pk).update(
                verdict=verdict, verdict_by=None if pending else by, verdict_at=None if pending else calendar.now()
            )

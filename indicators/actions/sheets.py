"""Score sheets: opening the year, and the steps from self-score to publication (``indicators.policies``).

Dates lock at the moment of asking: the self-score and its submission up to and including ``self_due_on``, the
explanation up to ``explanation_due_on``. More time is a moved date with its reason. What was handed in is frozen in
the database; each stage begins as a copy of the one before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db import transaction

from agencies import calendar, workflow
from agencies.actions import trail
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Agency, Province, User
from agencies.permissions import Permission
from agencies.steps import Step
from agencies.text import format_day, nfc
from indicators import policies
from indicators.actions import layers
from indicators.facts import scored_layers
from indicators.facts.sheet_access import Access, access
from indicators.facts.sheet_gaps import gaps
from indicators.models import Component, EntryLayer, Framework, ScoreSheet, SheetEntry
from indicators.scoring import RuleRefused, tree_faults

Stage = EntryLayer.Stage
DATES = ("self_due_on", "appraisal_due_on", "explanation_due_on", "settlement_due_on")
_LABELS = dict(zip(DATES, ("hạn tự chấm", "hạn thẩm định lần 1", "hạn giải trình", "hạn thẩm định lần 2"), strict=True))


@dataclass(frozen=True)
class Dates:
    """The four dates of a sheet."""

    self_due_on: date
    appraisal_due_on: date
    explanation_due_on: date
    settlement_due_on: date

    @classmethod
    def of(cls, sheet: ScoreSheet) -> "Dates":
        """Return a sheet's."""
        return cls(**{name: getattr(sheet, name) for name in DATES})

    def must_follow(self) -> None:
        """Raise Invalid (``dates_out_of_order``) with every date that comes before the one it follows."""
        problems = {}
        for before, name in pairwise(DATES):
            if getattr(self, name) < getattr(self, before):
                first = format_day(getattr(self, before))
                problems[name] = f"{_LABELS[name].capitalize()} không được trước {_LABELS[before]} ({first})."
        if problems:
            raise Invalid("dates_out_of_order", " ".join(problems.values()), fields=problems)


def snapshot(sheet: ScoreSheet) -> dict[str, Any]:
    """Return what the trail keeps of a sheet before and after a step; its layers are sealed with it."""
    return {
        "framework": sheet.framework.code,
        "year": sheet.year,
        "agency": sheet.agency_id,
        "state": sheet.state,
        "round": sheet.round,
        "revision": sheet.revision,
        **{name: str(getattr(sheet, name)) for name in DATES},
        "published_on": str(sheet.published_on) if sheet.published_on else None,
        "publication": sheet.publication,
    }


# --- who ---------------------------------------------------------------------------------------------------------


def _must_manage(province_id: int, by: User) -> None:
    if province_id not in by.provinces_with(Permission.INDEX_MANAGE):
        raise Refused("not_index_manager", "Việc này do người quản lý chỉ số của tỉnh làm.")


def _must_submit(held: Access) -> None:
    if not held.submits:
        raise Refused("not_the_head", "Phiếu do thủ trưởng cơ quan lập phiếu gửi.")


def must_appraise(held: Access, agency_id: int | None) -> None:
    """Raise Refused unless the person appraises what answers to an agency."""
    if not held.appraiser:
        raise Refused("not_a_reviewer", "Bạn không có quyền thẩm định phiếu chấm điểm.")
    if agency_id in held.member_of:
        raise Refused(
            "own_agency",
            "Không ai được thẩm định phiếu của chính cơ quan mình. Phần này do cơ quan thẩm định thứ hai thẩm định.",
        )
    if agency_id not in held.appraised:
        raise Refused("not_designated", "Phiếu này do cơ quan khác được phân công thẩm định.")


# --- dates -------------------------------------------------------------------------------------------------------


def must_be_open(sheet: ScoreSheet) -> None:
    """Raise Invalid (``self_closed``, ``explanation_closed``) when the day of what the unit writes is over."""
    today = calendar.today()
    if sheet.state == policies.DRAFT and today > sheet.self_due_on:
        raise Invalid(
            "self_closed",
            f"Đã hết hạn tự chấm ngày {format_day(sheet.self_due_on)}. Hãy đề nghị người quản lý chỉ số gia hạn.",
        )
    if sheet.state == policies.APPRAISED and today > sheet.explanation_due_on:
        raise Invalid(
            "explanation_closed",
            f"Đã hết hạn giải trình ngày {format_day(sheet.explanation_due_on)}. Hãy đề nghị người quản lý chỉ số "
            "gia hạn.",
        )


# --- opening the year --------------------------------------------------------------------------------------------


def open_year(
    *, framework: Framework, year: int, province: Province, agencies: Sequence[Agency], dates: Dates, by: User
) -> tuple[ScoreSheet, ...]:
    """Open the sheets of a year: the province's for a framework of provinces, else one for each agency.

    Each has an entry for every component that is scored itself, and an empty self-score. From now on the framework is
    kept as it is. Raises Refused, Invalid (``framework_unknown``, ``framework_not_of_year``, ``framework_broken``,
    ``framework_empty``,
    ``agencies_required``, ``agency_unknown``, ``dates_out_of_order``), Conflict (``sheet_exists``).
    """
    _must_manage(province.pk, by)
    if not Framework.objects.visible_to(by).filter(pk=framework.pk).exists() or (
        framework.province_id not in (None, province.pk)
    ):
        raise _blame("framework_unknown", "framework", "Không có bộ tiêu chí này.")
    if not Framework.objects.serving(year).filter(pk=framework.pk).exists():
        raise _blame("framework_not_of_year", "year", f"Bộ tiêu chí này không áp dụng cho năm {year}.")
    dates.must_follow()
    if dates.self_due_on < calendar.today():
        raise _blame("in_the_past", "self_due_on", "Hạn tự chấm không được trước hôm nay.")
    scored = _scored(framework)
    units = _units(framework, province, agencies)
    with transaction.atomic():
        _must_be_new(framework, year, province, units)
        opened = [_opened(framework, year, province, unit, dates, scored, by) for unit in units]
    return tuple(opened)


def _scored(framework: Framework) -> list[int]:
    """Return the components that are scored themselves. Raises Invalid where no sheet could be made of them."""
    components = list(framework.components.order_by("order"))
    try:
        nodes = scored_layers.tree_of(components)
        faults = tree_faults(nodes, scored_layers.policy_for(framework, components))
    except RuleRefused as refused:
        faults = list(refused.faults)
    if faults:
        shown = "; ".join(str(fault) for fault in faults[:5]) + (" …" if len(faults) > 5 else "")
        raise _blame("framework_broken", "framework", f"Bộ tiêu chí này chưa chấm được: {shown}")
    parents = {one.parent_id for one in components}
    found = [one.pk for one in components if one.pk not in parents]
    if not found:
        raise _blame("framework_empty", "framework", "Bộ tiêu chí chưa có thành phần nào để chấm.")
    return found


def _units(framework: Framework, province: Province, agencies: Sequence[Agency]) -> list[Agency | None]:
    """Return whose sheets are opened (None: the province's)."""
    if framework.level == Framework.Level.PROVINCE:
        if agencies:
            raise _blame("agencies_not_scored", "agencies", "Bộ tiêu chí này chấm tỉnh: không chọn cơ quan.")
        return [None]
    if not agencies:
        raise _blame("agencies_required", "agencies", "Cần chọn ít nhất một cơ quan.")
    there = Agency.objects.valid_on(calendar.today()).filter(province=province)
    if set(there.filter(pk__in=[one.pk for one in agencies]).values_list("pk", flat=True)) != {
        one.pk for one in agencies
    }:
        raise _blame("agency_unknown", "agencies", "Có cơ quan không thuộc tỉnh, hoặc không còn hoạt động.")
    return list(dict.fromkeys(agencies))


def _blame(code: str, field: str, message: str) -> Invalid:
    return Invalid(code, message, fields={field: message})


def _must_be_new(framework: Framework, year: int, province: Province, units: Sequence[Agency | None]) -> None:
    # Two people who open the same year wait for each other here.
    Framework.objects.select_for_update(of=("self",)).get(pk=framework.pk)
    taken = ScoreSheet.objects.filter(framework=framework, year=year, province=province)
    if units == [None]:
        taken = taken.filter(agency__isnull=True)
    else:
        taken = taken.filter(agency__in=[unit for unit in units if unit is not None])
    found = [str(sheet.agency or province) for sheet in taken.select_related("agency")]
    if found:
        raise Conflict("sheet_exists", f"Năm {year} đã mở phiếu cho: {', '.join(found)}. Hãy bỏ chọn rồi mở lại.")


def _opened(
    framework: Framework, year: int, province: Province, unit: Agency | None, dates: Dates, scored: list[int], by: User
) -> ScoreSheet:
    now = calendar.now()
    sheet = ScoreSheet.objects.create(
        province=province,
        agency=unit,
        framework=framework,
        year=year,
        created_by=by,
        created_at=now,
        **dates.__dict__,
    )
    entries = SheetEntry.objects.bulk_create(
        SheetEntry(sheet=sheet, component_id=component_id, owner=unit) for component_id in scored
    )
    EntryLayer.objects.bulk_create(EntryLayer(entry=entry, stage=Stage.SELF, number=1, at=now) for entry in entries)
    trail.record(province_id=province.pk, action="scoresheet.open", subject=sheet, after=snapshot(sheet), by=by)
    return sheet


# --- steps -------------------------------------------------------------------------------------------------------


def _take(
    sheet: ScoreSheet,
    step: Step,
    *,
    revision: int | None,
    check: Callable[[ScoreSheet], None],
    change: Callable[[ScoreSheet], dict[str, Any]],
    reason: str = "",
    by: User,
) -> ScoreSheet:
    return workflow.move(
        sheet, step, revision=revision, check=check, change=change, snapshot=snapshot, reason=reason, by=by
    )


def assign(*, sheet: ScoreSheet, owners: Mapping[int, Agency | None], revision: int | None, by: User) -> ScoreSheet:
    """Say which agency answers for which entries (id → agency; None: the standing office). Of a province's sheet only.

    Raises Refused, Conflict, Invalid (``agency_sheet``, ``entry_unknown``, ``agency_unknown``).
    """

    def check(row: ScoreSheet) -> None:
        _must_manage(row.province_id, by)
        if row.agency_id is not None:
            raise Invalid("agency_sheet", "Phiếu của một cơ quan do chính cơ quan đó trả lời mọi thành phần.")

    def change(row: ScoreSheet) -> dict[str, Any]:
        entries = {entry.pk: entry for entry in row.entries.filter(pk__in=owners)}
        if len(entries) != len(owners):
            raise Invalid("entry_unknown", "Có thành phần không thuộc phiếu này. Hãy tải lại trang.")
        wanted = {agency.pk for agency in owners.values() if agency is not None}
        there = Agency.objects.valid_on(calendar.today()).filter(province_id=row.province_id, pk__in=wanted)
        if there.count() != len(wanted):
            raise Invalid("agency_unknown", "Có cơ quan không thuộc tỉnh, hoặc không còn hoạt động.")
        for pk, entry in entries.items():
            entry.owner = owners[pk]
        SheetEntry.objects.bulk_update(entries.values(), ["owner"])
        return {}

    return _take(sheet, policies.ASSIGN, revision=revision, check=check, change=change, by=by)


def submit(*, sheet: ScoreSheet, revision: int | None, by: User) -> ScoreSheet:
    """Hand the self-score in: its layers freeze, the first appraisal begins as their copy.

    Raises Refused (``not_the_head``), Conflict, Invalid (``self_closed``, ``sheet_incomplete`` with every component).
    """

    def check(row: ScoreSheet) -> None:
        _must_submit(access(row, by, calendar.today()))

    def change(row: ScoreSheet) -> dict[str, Any]:
        must_be_open(row)
        missing = gaps(row)
        if missing:
            named = ", ".join(one.code for one in missing[:12]) + (" …" if len(missing) > 12 else "")
            raise Invalid(
                "sheet_incomplete",
                f"Phiếu chưa gửi được: còn {len(missing)} thành phần chưa đủ ({named}).",
                fields={one.code: one.text for one in missing},
            )
        layers.freeze(row)
        layers.begin(row, Stage.APPRAISAL, copied_from=Stage.SELF)
        return {}

    return _take(sheet, policies.SUBMIT, revision=revision, check=check, change=change, by=by)


def withdraw(*, sheet: ScoreSheet, revision: int | None, by: User) -> ScoreSheet:
    """Take the sheet back before anybody has begun to appraise it; what was handed in stays on record.

    Raises Refused, Conflict (``appraisal_begun``), Invalid (``self_closed``: it could not be handed in again).
    """

    def check(row: ScoreSheet) -> None:
        _must_submit(access(row, by, calendar.today()))

    def change(row: ScoreSheet) -> dict[str, Any]:
        if calendar.today() > row.self_due_on:
            raise Invalid("self_closed", "Đã hết hạn tự chấm: phiếu rút về sẽ không gửi lại được nên không rút.")
        if layers.touched(row):
            raise Conflict("appraisal_begun", "Đã có người thẩm định phiếu này nên không rút được nữa.")
        layers.drop_open(row)
        return _next_round(row)

    return _take(sheet, policies.WITHDRAW, revision=revision, check=check, change=change, by=by)


def _next_round(sheet: ScoreSheet) -> dict[str, Any]:
    """Begin the next round of the self-score as a copy of the last."""
    before = sheet.round
    sheet.round = before + 1
    layers.begin(sheet, Stage.SELF, copied_from=Stage.SELF, number=before)
    return {"round": sheet.round}


def send_back(
    *, sheet: ScoreSheet, reason: str, until: date | None = None, revision: int | None, by: User
) -> ScoreSheet:
    """Return the sheet to be worked on again, with a reason that is kept for ever.

    ``until``: the new day for the self-score, required where the old one is over; later dates follow it. The
    appraisal that was begun is kept as it stands. Raises Refused, Conflict, Invalid (``until_required``,
    ``in_the_past``).
    """
    reason = nfc(reason)

    def check(row: ScoreSheet) -> None:
        held = access(row, by, calendar.today())
        must_appraise(held, held.bearer_id)

    def change(row: ScoreSheet) -> dict[str, Any]:
        today = calendar.today()
        if until is None and row.self_due_on < today:
            raise _blame("until_required", "until", "Hạn tự chấm đã qua: cần ghi hạn mới để cơ quan làm lại.")
        if until is not None and until < today:
            raise _blame("in_the_past", "until", "Hạn mới không được trước hôm nay.")
        layers.freeze(row)
        moved = {} if until is None else _pushed(row, until)
        return {**_next_round(row), **moved}

    return _take(sheet, policies.RETURN, revision=revision, check=check, change=change, reason=reason, by=by)


def _pushed(sheet: ScoreSheet, until: date) -> dict[str, date]:
    """Return the dates with a new first one, the later ones not before it."""
    return {"self_due_on": until, **{name: max(getattr(sheet, name), until) for name in DATES[1:]}}


def appraise(*, sheet: ScoreSheet, revision: int | None, by: User) -> ScoreSheet:
    """Finish the first appraisal: it freezes, and the unit may explain.

    Components that nobody changed are appraised as they were scored; documents that nobody judged are accepted with
    them. Raises Refused, Conflict.
    """
    return _finish(sheet, policies.APPRAISE, Stage.EXPLANATION, Stage.APPRAISAL, revision, by)


def settle(*, sheet: ScoreSheet, revision: int | None, by: User) -> ScoreSheet:
    """Finish the second appraisal, as ``appraise``: from now on the scores wait for publication."""
    return _finish(sheet, policies.SETTLE, None, Stage.SETTLEMENT, revision, by)


def _finish(
    sheet: ScoreSheet, step: Step, following: str | None, stage: str, revision: int | None, by: User
) -> ScoreSheet:
    def check(row: ScoreSheet) -> None:
        held = access(row, by, calendar.today())
        must_appraise(held, held.bearer_id)

    def change(row: ScoreSheet) -> dict[str, Any]:
        layers.accept_unjudged(row, by)
        layers.freeze(row)
        if following is not None:
            layers.begin(row, following, copied_from=stage)
        return {}

    return _take(sheet, step, revision=revision, check=check, change=change, by=by)


def explain(*, sheet: ScoreSheet, revision: int | None, by: User) -> ScoreSheet:
    """Send the explanation: the second appraisal begins as its copy. Nothing changed means: as appraised.

    Raises Refused, Conflict, Invalid (``explanation_closed``).
    """

    def check(row: ScoreSheet) -> None:
        _must_submit(access(row, by, calendar.today()))

    def change(row: ScoreSheet) -> dict[str, Any]:
        must_be_open(row)
        layers.freeze(row)
        layers.begin(row, Stage.SETTLEMENT, copied_from=Stage.EXPLANATION)
        return {}

    return _take(sheet, policies.EXPLAIN, revision=revision, check=check, change=change, by=by)


def waive(*, sheet: ScoreSheet, revision: int | None, by: User) -> ScoreSheet:
    """Go on without an explanation, once its day is over: the second appraisal begins as a copy of the first.

    What the unit had begun to explain is kept, and counts for nothing. Raises Refused, Conflict, Invalid
    (``explanation_open``).
    """

    def check(row: ScoreSheet) -> None:
        held = access(row, by, calendar.today())
        must_appraise(held, held.bearer_id)

    def change(row: ScoreSheet) -> dict[str, Any]:
        if calendar.today() <= row.explanation_due_on:
            raise Invalid(
                "explanation_open", f"Cơ quan còn được giải trình đến hết ngày {format_day(row.explanation_due_on)}."
            )
        layers.freeze(row)
        layers.begin(row, Stage.SETTLEMENT, copied_from=Stage.APPRAISAL)
        return {}

    return _take(sheet, policies.WAIVE, revision=revision, check=check, change=change, by=by)


def publish(
    *,
    sheet: ScoreSheet,
    document: str,
    on: date | None,
    scores: Mapping[int, Decimal | None] | None = None,
    revision: int | None,
    by: User,
) -> ScoreSheet:
    """Record what was published: as settled but for ``scores`` (entry id → points; None: not published).

    Raises Refused, Conflict, Invalid (``publication_incomplete``, ``entry_unknown``, ``score_over_max``).
    """
    document, given = nfc(document)[:200], dict(scores or {})

    def check(row: ScoreSheet) -> None:
        _must_manage(row.province_id, by)

    def change(row: ScoreSheet) -> dict[str, Any]:
        problems = {}
        if not document:
            problems["document"] = "Cần ghi văn bản công bố (số, ký hiệu)."
        if on is None:
            problems["on"] = "Cần ghi ngày công bố."
        elif on > calendar.today():
            problems["on"] = "Ngày công bố không được sau hôm nay."
        entries = row.entries.filter(pk__in=given).select_related("component").in_bulk()
        if len(entries) != len(given):
            raise Invalid("entry_unknown", "Có thành phần không thuộc phiếu này. Hãy tải lại trang.")
        for pk, score in given.items():
            said = score_problem(entries[pk].component, score)
            if said:
                problems[f"score_{pk}"] = said
        if problems:
            raise Invalid("publication_incomplete", " ".join(problems.values()), fields=problems)
        published = layers.begin(row, Stage.PUBLISHED, copied_from=Stage.SETTLEMENT)
        layers.record_scores(published, given, document)
        layers.freeze(row)
        return {"published_on": on, "publication": document}

    return _take(sheet, policies.PUBLISH, revision=revision, check=check, change=change, by=by)


def score_problem(component: Component, score: Decimal | None) -> str:
    """Return why a score cannot stand for a component; empty when it can."""
    if score is None:
        return ""
    if score < 0:
        return f"{component.code}: điểm không được âm."
    if component.max_score is not None and score > component.max_score:
        return f"{component.code}: điểm vượt mức tối đa {component.max_score.normalize():f}."
    return ""


def move_dates(*, sheet: ScoreSheet, dates: Dates, reason: str, revision: int | None, by: User) -> ScoreSheet:
    """Give the sheet other dates, with the reason: more time for the unit, or for the appraisal.

    Raises Refused, Conflict, Invalid (``reason_required``, ``dates_out_of_order``, ``dates_unchanged``).
    """

    def check(row: ScoreSheet) -> None:
        _must_manage(row.province_id, by)

    def change(row: ScoreSheet) -> dict[str, Any]:
        dates.must_follow()
        if dates == Dates.of(row):
            raise Invalid("dates_unchanged", "Các thời hạn không khác trước.")
        return dict(dates.__dict__)

    return _take(sheet, policies.MOVE_DATES, revision=revision, check=check, change=change, reason=nfc(reason), by=by)

"""Entering frameworks from files, copying a version into the next, and confirming what became of its components.

A file is taken whole or not at all; the same once more changes nothing. What a year uses is never changed: the next
version is a copy (domain rule 10). Frameworks of a province leave their trace there; those of the whole country belong
to no province, and only whoever runs the installation enters them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from django.db import transaction
from django.db.models import ProtectedError

from agencies.actions import trail
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Province, User
from agencies.permissions import Permission
from indicators.facts.frameworks import component_drafts, draft_of
from indicators.models import Component, ComponentLink, Framework, Index
from indicators.reading.checking import CODE, check_crosswalk
from indicators.reading.crosswalk import propose
from indicators.reading.draft import ComponentDraft, Draft, LinkDraft
from indicators.reading.faults import Faults, Place
from indicators.reading.frameworks import CODE as REFUSED
from indicators.reading.frameworks import WHAT, Read, read_framework
from indicators.render.frameworks import digest

_HEAD = (
    "version", "level", "legal_document", "year_from", "year_to", "source", "is_sample", "note",
)  # fmt: skip
_LIMITS = {"code": 60, "version": 100}


class Outcome(StrEnum):
    """What taking a file did, or would do."""

    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True)
class Imported:
    """A file that can be taken: what it says, and what that did or would do. ``framework`` None: a first one."""

    draft: Draft
    outcome: Outcome
    framework: Framework | None


def _may_manage(province: Province | None, by: User | None) -> None:
    """Raise Refused unless the person keeps the indices of the province; nobody in person keeps the country's."""
    if by is None:
        return
    if province is None or province.pk not in by.provinces_with(Permission.INDEX_MANAGE):
        raise Refused("not_a_specialist", "Bạn không có quyền quản lý bộ tiêu chí của tỉnh này.")


def preview(
    *, content: IO[bytes], province: Province | None, code: str = "", index: str = "", by: User | None
) -> Imported:
    """Return what taking a file would do; stores nothing.

    Raises Refused, Refusal (``framework_refused``) with every fault, Conflict (``framework_used``).
    """
    _may_manage(province, by)
    faults = Faults()
    read = read_framework(content, faults, code=code, index=index)
    if read is None:
        raise faults.refusal(REFUSED, WHAT)
    draft = read.draft
    existing = Framework.objects.select_related("index", "copied_from", "province").filter(code=draft.code).first()
    _check_place(draft, existing, province, by, faults)
    _check_previous(read, existing, by, faults)
    faults.raise_any(REFUSED, WHAT)
    if existing is None:
        return Imported(draft, Outcome.ADDED, None)
    draft = _completed(draft, existing)
    if draft == draft_of(existing):
        return Imported(draft, Outcome.SAME, existing)
    if existing.is_used:
        raise _used(existing)
    return Imported(draft, Outcome.CHANGED, existing)


def _used(framework: Framework) -> Conflict:
    return Conflict(
        "framework_used",
        f"Bộ tiêu chí {framework.code} đã được dùng cho một năm nên không sửa được nữa. Hãy nhập nội dung này thành "
        "phiên bản mới với một mã khác, kèm bảng đối chiếu.",
    )


def _check_place(
    draft: Draft, existing: Framework | None, province: Province | None, by: User | None, faults: Faults
) -> None:
    """Check that the code, the index and the version are free for this province."""
    place = Place("framework", None, "code")
    if existing is not None and existing.province_id != (province.pk if province else None):
        faults.add(place, draft.code, "mã này đã dùng cho bộ tiêu chí khác. Hãy chọn mã khác.")
        return
    index = Index.objects.filter(code=draft.index.code).first()
    if draft.index.code and index is None:
        _check_new_index(draft, by, faults)
    if existing is not None and index is not None and existing.index_id != index.pk:
        faults.add(
            Place("framework", None, "index"), draft.index.code, f"bộ {draft.code} là của chỉ số {existing.index.code}."
        )
    if index is not None and draft.version:
        same = Framework.objects.filter(index=index, province=province, version=draft.version).exclude(code=draft.code)
        if other := same.first():
            faults.add(
                Place("framework", None, "version"), draft.version, f"chỉ số đã có phiên bản này, mã {other.code}."
            )


def _check_new_index(draft: Draft, by: User | None, faults: Faults) -> None:
    """An index that the portal does not know is entered with the file that describes it, by who runs the portal."""
    place = Place("framework", None, "index")
    known = ", ".join(Index.objects.values_list("code", flat=True)) or "chưa có"
    if by is not None:
        faults.add(place, draft.index.code, f"cổng chưa có chỉ số này (các chỉ số: {known}).")
        return
    index = draft.index
    missing = [
        heading
        for value, heading in (
            (index.name, "tên chỉ số"),
            (index.unit, "đơn vị"),
            (index.scale_min, "điểm thấp nhất"),
            (index.scale_max, "điểm cao nhất"),
        )
        if value in ("", None)
    ]
    if missing:
        faults.add(
            place,
            index.code,
            f"cổng chưa có chỉ số này (các chỉ số: {known}); muốn thêm thì ghi {', '.join(missing)} của chỉ số.",
        )


def _check_previous(read: Read, existing: Framework | None, by: User | None, faults: Faults) -> None:
    """Check the crosswalk against the version before."""
    draft = read.draft
    if not draft.previous:
        return
    place = Place("framework", None, "previous")
    seen = Framework.objects.all() if by is None else Framework.objects.visible_to(by)
    previous = seen.select_related("index").filter(code=draft.previous).first()
    if previous is None:
        faults.add(place, draft.previous, "không có bộ tiêu chí mang mã này.")
        return
    if draft.previous == draft.code:
        faults.add(place, draft.previous, "một bộ tiêu chí không tiếp theo chính nó.")
        return
    if draft.index.code and previous.index.code != draft.index.code:
        faults.add(place, draft.previous, f"là của chỉ số khác ({previous.index.code}).")
    if draft.year_from and draft.year_from <= previous.year_from:
        faults.add(place, draft.previous, f"bộ trước áp dụng từ {previous.year_from}, không trước {draft.year_from}.")
    if draft.crosswalk:
        check_crosswalk(draft, component_drafts(previous), read.crosswalk, faults)


def _completed(draft: Draft, existing: Framework) -> Draft:
    """Add to a draft what the file leaves open: the index's own words, and a crosswalk of the same tree."""
    kept = draft_of(existing)
    draft = replace(draft, index=kept.index)
    if not draft.previous:
        draft = replace(draft, previous=kept.previous)
    if not draft.crosswalk and draft.previous == kept.previous and draft.components == kept.components:
        draft = replace(draft, crosswalk=kept.crosswalk)
    order = {one.code: place for place, one in enumerate(draft.components)}
    lines = sorted(draft.crosswalk, key=lambda link: (order.get(link.new, len(order)), link.old))
    return replace(draft, crosswalk=tuple(lines))


def take(
    *, content: IO[bytes], province: Province | None, code: str = "", index: str = "", by: User | None
) -> Imported:
    """Enter the framework of a file, whole or not at all.

    Raises what ``preview`` does, and Conflict (``component_kept``).
    """
    with transaction.atomic():
        wanted = preview(content=content, province=province, code=code, index=index, by=by)
        if wanted.outcome is Outcome.SAME:
            return wanted
        framework = _store(wanted.draft, province, wanted.framework)
        _tell(framework, wanted.framework, action="framework.import", by=by)
    return replace(wanted, framework=framework)


def _tell(framework: Framework, before: Framework | None, *, action: str, by: User | None) -> None:
    """Leave the trace of a province's framework."""
    if framework.province_id is None:
        return
    kept = draft_of(framework)
    after = {
        "code": framework.code,
        "version": framework.version,
        "components": len(kept.components),
        "crosswalk": len(kept.crosswalk),
        "sha256": digest(kept),
    }
    was = {"version": before.version} if before is not None else {}
    trail.record(province_id=framework.province_id, action=action, subject=framework, before=was, after=after, by=by)


def _store(draft: Draft, province: Province | None, existing: Framework | None) -> Framework:
    """Write a draft that has been checked."""
    values: dict[str, Any] = {name: getattr(draft, name) for name in _HEAD}
    values["policy"] = dict(draft.policy)
    values["copied_from"] = Framework.objects.filter(code=draft.previous).first() if draft.previous else None
    if existing is None:
        framework = Framework.objects.create(province=province, index=_index(draft), code=draft.code, **values)
    else:
        framework = Framework.objects.select_for_update(of=("self",)).get(pk=existing.pk)
        if framework.is_used:
            raise _used(framework)
        for name, value in values.items():
            setattr(framework, name, value)
        framework.save(update_fields=list(values))
        ComponentLink.objects.filter(framework=framework).delete()
    by_code = _components(framework, draft.components)
    _links(framework, draft.crosswalk, by_code)
    return framework


def _index(draft: Draft) -> Index:
    said = draft.index
    index = Index.objects.filter(code=said.code).first()
    if index is not None:
        return index
    assert said.scale_max is not None  # checked with the file
    last = Index.objects.order_by("-order").values_list("order", flat=True).first()
    return Index.objects.create(
        code=said.code,
        name=said.name,
        short_name=said.short_name or said.code,
        unit=said.unit,
        scale_min=said.scale_min if said.scale_min is not None else Decimal(0),
        scale_max=said.scale_max,
        publishes=said.publishes or Index.Publishes.RANK,
        order=0 if last is None else last + 1,
    )


def _components(framework: Framework, drafts: Sequence[ComponentDraft]) -> dict[str, Component]:
    """Write the components: those that are there by their codes, so that what hangs on them stays."""
    kept = {one.code: one for one in Component.objects.filter(framework=framework)}
    gone = [one for code, one in kept.items() if code not in {draft.code for draft in drafts}]
    rows: dict[str, Component] = {}
    for order, draft in enumerate(drafts):
        row = kept.get(draft.code) or Component(framework=framework, code=draft.code)
        for name, value in vars(draft).items():
            if name not in ("code", "parent"):
                setattr(row, name, value)
        row.parent, row.order = None, order
        rows[draft.code] = row
    Component.objects.bulk_create([row for row in rows.values() if row.pk is None])
    for draft in drafts:
        rows[draft.code].parent = rows[draft.parent] if draft.parent else None
    fields = [name for name in vars(drafts[0]) if name not in ("code", "parent")]
    Component.objects.bulk_update(rows.values(), [*fields, "parent", "order"])
    try:
        # Parts before the whole: deepest first.
        Component.objects.filter(pk__in=[one.pk for one in gone]).update(parent=None)
        Component.objects.filter(pk__in=[one.pk for one in gone]).delete()
    except ProtectedError as error:
        codes = ", ".join(sorted(one.code for one in gone))
        raise Conflict(
            "component_kept",
            f"Không bỏ được thành phần {codes}: kế hoạch, khảo sát hoặc bảng đối chiếu khác đang nhắc đến. Hãy nhập "
            "thành phiên bản mới với một mã khác.",
        ) from error
    return rows


def _links(framework: Framework, links: Sequence[LinkDraft], by_code: Mapping[str, Component]) -> None:
    if not links:
        return
    assert framework.copied_from_id is not None
    old = {one.code: one for one in Component.objects.filter(framework_id=framework.copied_from_id)}
    ComponentLink.objects.bulk_create(
        ComponentLink(
            framework=framework,
            old=old.get(link.old),
            new=by_code.get(link.new),
            relation=link.relation,
            note=link.note,
        )
        for link in links
    )


SAMPLES = Path(__file__).parents[1] / "samples"
# Indices by which provinces measure their own agencies and communes; what they consist of, each province imports.
_OWN_INDICES = (
    ("CCHC-SO", "Chỉ số cải cách hành chính của sở, ban, ngành", "CCHC sở, ngành"),
    ("CCHC-XA", "Chỉ số cải cách hành chính cấp xã", "CCHC cấp xã"),
)


def keep_samples() -> list[Framework]:
    """Enter the sample frameworks that come with the portal, and the indices of provinces' own; again changes nothing.

    A sample that a year uses already stays as it is.
    """
    with transaction.atomic():
        last = Index.objects.order_by("-order").values_list("order", flat=True).first() or 0
        for order, (code, name, short_name) in enumerate(_OWN_INDICES, last + 1):
            if not Index.objects.filter(code=code).exists():
                Index.objects.create(
                    code=code,
                    name=name,
                    short_name=short_name,
                    unit="điểm",
                    scale_min=Decimal(0),
                    scale_max=Decimal(100),
                    publishes=Index.Publishes.RANK,
                    order=order,
                )
        kept = []
        for path in sorted(SAMPLES.glob("*.json")):
            try:
                with path.open("rb") as content:
                    done = take(content=content, province=None, by=None)
            except Conflict:
                continue  # used: it is kept as it is
            if done.framework is not None:
                kept.append(done.framework)
    return kept


# --- the next version ----------------------------------------------------------------------------------------


def copy(
    *,
    framework: Framework,
    version: str,
    year_from: int,
    code: str = "",
    province: Province | None = None,
    by: User | None,
) -> Framework:
    """Copy a framework into its next version, with a crosswalk that says of every component that it is the same.

    The copy belongs to ``province``, or to whom the first one belongs. Raises Refused, Invalid (``copy_incomplete``).
    """
    owner = province or framework.province
    _may_manage(owner, by)
    code = code or f"{framework.code}-{year_from}"
    problems = {}
    if not version.strip():
        problems["version"] = "Cần ghi phiên bản."
    elif Framework.objects.filter(index_id=framework.index_id, province=owner, version=version.strip()).exists():
        problems["version"] = "Chỉ số đã có phiên bản này."
    if year_from <= framework.year_from and owner == framework.province:
        problems["year_from"] = f"Năm đầu phải sau {framework.year_from}, năm đầu của phiên bản được sao chép."
    if not CODE.fullmatch(code):
        problems["code"] = "Mã chỉ gồm chữ thường không dấu, số và gạch nối."
    elif Framework.objects.filter(code=code).exists():
        problems["code"] = f"Mã {code} đã được dùng. Hãy chọn mã khác."
    for name, value in (("code", code), ("version", version)):
        if len(value) > _LIMITS[name]:
            problems[name] = f"Dài quá {_LIMITS[name]} ký tự."
    if problems:
        raise Invalid("copy_incomplete", " ".join(problems.values()), fields=problems)
    first = draft_of(framework)
    draft = replace(
        first,
        code=code,
        version=version.strip(),
        year_from=year_from,
        year_to=None,
        previous=framework.code,
        crosswalk=tuple(LinkDraft(one.code, one.code, ComponentLink.Relation.SAME) for one in first.components),
    )
    with transaction.atomic():
        made = _store(draft, owner, None)
        _tell(made, framework, action="framework.copy", by=by)
    return made


def proposal_of(framework: Framework, previous: Framework) -> tuple[LinkDraft, ...]:
    """Return what became of each component, as it looks; a person confirms it."""
    return propose(component_drafts(previous), component_drafts(framework))


def confirm_crosswalk(
    *, framework: Framework, previous: Framework, links: Sequence[LinkDraft] | None = None, by: User | None
) -> Framework:
    """Keep what became of each component since the version before: as proposed, unless ``links`` say otherwise.

    Raises Refused, Refusal (``crosswalk_refused``) with every fault, Conflict (``crosswalk_kept``).
    """
    _may_manage(framework.province, by)
    with transaction.atomic():
        row = Framework.objects.select_for_update(of=("self",)).get(pk=framework.pk)
        if ComponentLink.objects.filter(framework=row).exists():
            if row.is_used:
                raise Conflict(
                    "crosswalk_kept", "Bảng đối chiếu của bộ tiêu chí đã dùng cho một năm thì không sửa được nữa."
                )
            ComponentLink.objects.filter(framework=row).delete()
        chosen = tuple(links) if links is not None else proposal_of(row, previous)
        faults = Faults()
        draft = replace(draft_of(row), previous=previous.code, crosswalk=chosen)
        check_crosswalk(draft, component_drafts(previous), (), faults)
        faults.raise_any("crosswalk_refused", "Bảng đối chiếu")
        if row.copied_from_id != previous.pk:
            if row.is_used:
                raise _used(row)
            row.copied_from = previous
            row.save(update_fields=["copied_from"])
        _links(row, chosen, {one.code: one for one in Component.objects.filter(framework=row)})
        _tell(row, None, action="framework.crosswalk", by=by)
    return row


def discard(*, framework: Framework, by: User | None) -> None:
    """Take back a framework that nothing uses. Raises Refused, Conflict (``framework_used``, ``framework_kept``)."""
    _may_manage(framework.province, by)
    with transaction.atomic():
        row = Framework.objects.select_for_update(of=("self",)).get(pk=framework.pk)
        if row.is_used:
            raise _used(row)
        _tell(row, row, action="framework.discard", by=by)
        try:
            ComponentLink.objects.filter(framework=row).delete()
            Component.objects.filter(framework=row).update(parent=None)
            Component.objects.filter(framework=row).delete()
            row.delete()
        except ProtectedError as error:
            raise Conflict(
                "framework_kept",
                "Bộ tiêu chí này đang được kế hoạch, khảo sát hoặc một phiên bản sau nhắc đến nên không xóa được.",
            ) from error

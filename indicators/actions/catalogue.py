"""Entering indices, frameworks and published results."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from agencies.actions import trail
from agencies.actions.keeping import Kept, keep
from agencies.models import Province, User
from indicators.models import Component, Framework, Index, Result


def keep_index(*, code: str, **values: Any) -> Index:
    """Enter or update an index."""
    index, _ = Index.objects.update_or_create(code=code, defaults=values)
    return index


def keep_framework(*, index: Index, version: str, components: list[dict[str, Any]], **values: Any) -> Framework:
    """Enter or update a framework version and its components (parents before children, by code)."""
    with transaction.atomic():
        framework = keep(Framework, {"index": index, "version": version}, values).row
        known: dict[str, Component] = {}
        for order, entry in enumerate(components):
            fields = {key: value for key, value in entry.items() if key not in ("code", "parent")}
            parent = known.get(entry.get("parent") or "")
            key = {"framework": framework, "code": entry["code"]}
            known[entry["code"]] = keep(Component, key, {**fields, "parent": parent, "order": order}).row
    return framework


def _keep_result(
    *, province: Province, index: Index, component: Component | None, year: int, source: str, **values: Any
) -> Kept[Result]:
    key = {"province": province, "index": index, "component": component, "year": year, "source": source}
    return keep(Result, key, values)


def keep_result(*, by: User | None = None, **entry: Any) -> Result:
    """Enter a published figure (province, index, component, year, source and what it says); leaves its trace.

    The same source for the same figure is one row; the same once more changes nothing.
    """
    with transaction.atomic():
        kept = _keep_result(**entry)
        if kept.changed:
            trail.record(
                province_id=kept.row.province_id,
                action=kept.action("result"),
                subject=kept.row,
                before=kept.before,
                after=kept.after,
                by=by,
            )
    return kept.row


def keep_results(entries: Iterable[dict[str, Any]], *, source: str, by: User | None = None) -> None:
    """Enter many published figures: one event for each province and index tells of all that differ."""
    with transaction.atomic():
        changed: dict[tuple[int, int], list[Result]] = defaultdict(list)
        for entry in entries:
            kept = _keep_result(**entry)
            if kept.changed:
                changed[kept.row.province_id, kept.row.index_id].append(kept.row)
        for (province_id, _), rows in sorted(changed.items(), key=lambda one: one[0]):
            trail.record(
                province_id=province_id,
                action="result.import",
                subject=rows[0].index,
                after={"rows": len(rows), "file": source},
                touched=rows,
                by=by,
            )

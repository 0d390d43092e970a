"""Entering indices, frameworks and published results."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from agencies.actions import trail
from agencies.actions.keeping import Kept, keep
from agencies.models import Province, User
from agencies.text import parse_decimal
from indicators.models import Component, Framework, Index, Result, ScoreSheet

NATIONAL = Path(__file__).parents[1] / "reference" / "national.json"
_COMPONENT = ("code", "name", "parent", "max_score", "method", "standing", "source")


def keep_national() -> dict[str, Index]:
    """Enter the indices that rank the provinces, with what is known of their structure; returns them by code.

    An index that is there stays as it is, and so does a framework that a year uses (domain rule 10).
    """
    facts = json.loads(NATIONAL.read_text(encoding="utf-8"))
    indices = {index.code: index for index in Index.objects.all()}
    with transaction.atomic():
        for order, entry in enumerate(facts["indices"]):
            if entry["code"] in indices:
                continue
            indices[entry["code"]] = keep_index(
                code=entry["code"],
                name=entry["name"],
                short_name=entry["short"],
                unit=entry["unit"],
                scale_min=Decimal(entry["scale_min"]),
                scale_max=Decimal(entry["scale_max"]),
                publishes=entry["publishes"],
                order=order,
            )
        for entry in facts["frameworks"]:
            if in_use(entry["code"]):
                continue
            keep_framework(
                index=indices[entry["index"]],
                version=entry["version"],
                code=entry["code"],
                legal_document=entry["legal_document"],
                year_from=entry["year_from"],
                year_to=entry["year_to"],
                note=entry["note"],
                policy=entry["policy"],
                components=[
                    {
                        **{name: one[name] for name in _COMPONENT},
                        "max_score": parse_decimal(one["max_score"]) if one["max_score"] else None,
                        "source": one["source"][:300],
                    }
                    for one in entry["components"]
                ],
            )
    return indices


def national_is_known() -> bool:
    """Tell whether the indices that rank the provinces, and their frameworks, have been entered."""
    codes = {entry["code"] for entry in json.loads(NATIONAL.read_text(encoding="utf-8"))["frameworks"]}
    return Framework.objects.filter(code__in=codes).count() == len(codes)


def in_use(code: str) -> bool:
    """Tell whether a year uses a framework: a score sheet, or a published figure of one of its components."""
    return (
        ScoreSheet.objects.filter(framework__code=code).exists()
        or Result.objects.filter(component__framework__code=code).exists()
    )


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

"""Entering indices, frameworks and published results."""

from typing import Any

from agencies.models import Province
from indicators.models import Component, Framework, Index, Result


def keep_index(*, code: str, **values: Any) -> Index:
    """Enter or update an index."""
    index, _ = Index.objects.update_or_create(code=code, defaults=values)
    return index


def keep_framework(*, index: Index, version: str, components: list[dict[str, Any]], **values: Any) -> Framework:
    """Enter or update a framework version and its components (parents before children, by code)."""
    framework, _ = Framework.objects.update_or_create(index=index, version=version, defaults=values)
    known: dict[str, Component] = {}
    for order, entry in enumerate(components):
        fields = {key: value for key, value in entry.items() if key not in ("code", "parent")}
        known[entry["code"]], _ = Component.objects.update_or_create(
            framework=framework,
            code=entry["code"],
            defaults={**fields, "parent": known.get(entry.get("parent") or ""), "order": order},
        )
    return framework


def keep_result(
    *, province: Province, index: Index, component: Component | None, year: int, source: str, **values: Any
) -> Result:
    """Enter a published figure; the same source for the same figure is one row."""
    result, _ = Result.objects.update_or_create(
        province=province, index=index, component=component, year=year, source=source, defaults=values
    )
    return result

"""What can be analysed: plans for coverage, sheets for loss and risk, indices and years for published results.

Definitions:

* A year of an index can be taken apart by loss when a component with a maximum has a published value.
* It can be compared with the year before when the totals of both are published.
"""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse

from agencies.models import Province, User
from agencies.permissions import Permission
from indicators.models import Index, Result, ScoreSheet
from plans.models import Plan
from reports.facts.sheet_scores import label_of


@dataclass(frozen=True)
class Link:
    """Something to open."""

    label: str
    url: str
    hint: str = ""


@dataclass(frozen=True)
class SheetLinks:
    """A score sheet with what can be asked of it."""

    label: str
    state: str
    risk: str
    loss: str
    change: str


@dataclass(frozen=True)
class YearLinks:
    """A year of an index as published."""

    index: str
    year: int
    loss: str
    change: str


@dataclass(frozen=True)
class AnalysisList:
    """Everything that a person may have analysed."""

    plans: tuple[Link, ...]
    sheets: tuple[SheetLinks, ...]
    years: tuple[YearLinks, ...]


def home_province(user: User) -> Province | None:
    """Return the province whose published results a person reads first."""
    return Province.objects.filter(pk__in=user.provinces_with(Permission.RESULT_READ)).order_by("name").first()


def sheets(user: User) -> "QuerySet[ScoreSheet, ScoreSheet]":
    """Return the sheets that a person may read, with what their names need."""
    return (
        ScoreSheet.objects.visible_to(user)
        .select_related("framework__index", "agency", "province")
        .order_by("-year", "framework__index__order", "agency__order", "pk")
    )


def sheet_before(sheet: ScoreSheet) -> ScoreSheet | None:
    """Return the same unit's sheet of the same index for the latest year before."""
    found = ScoreSheet.objects.filter(
        framework__index_id=sheet.framework.index_id, province_id=sheet.province_id, year__lt=sheet.year
    ).select_related("framework__index", "agency", "province")
    found = found.filter(agency_id=sheet.agency_id) if sheet.agency_id else found.filter(agency__isnull=True)
    return found.order_by("-year").first()


def analysis_list(user: User) -> AnalysisList:
    """Return what can be analysed, in a fixed number of queries."""
    plans = Plan.objects.visible_to(user).order_by("-year_from", "code")
    rows = list(sheets(user))
    years: dict[tuple[int, int | None, int | None], set[int]] = defaultdict(set)
    for row in rows:
        years[row.framework.index_id, row.province_id, row.agency_id].add(row.year)
    return AnalysisList(
        plans=tuple(Link(plan.label, reverse("reports:coverage", args=[plan.code]), plan.title) for plan in plans),
        sheets=tuple(
            SheetLinks(
                label=label_of(row),
                state=row.get_state_display(),
                risk=reverse("reports:risk", args=[row.pk]),
                loss=reverse("reports:loss", args=[row.pk]) if row.state in _FINAL else "",
                change=reverse("reports:change", args=[row.pk])
                if min(years[row.framework.index_id, row.province_id, row.agency_id]) < row.year
                else "",
            )
            for row in rows
        ),
        years=_years(home_province(user)),
    )


_FINAL = (ScoreSheet.State.SETTLED, ScoreSheet.State.PUBLISHED)


def _years(province: Province | None) -> tuple[YearLinks, ...]:
    if province is None:
        return ()
    totals: dict[int, set[int]] = defaultdict(set)
    parts: dict[int, set[int]] = defaultdict(set)
    known = Result.objects.filter(province=province, value__isnull=False).order_by()
    for index_id, year in known.totals().values_list("index_id", "year").distinct():
        totals[index_id].add(year)
    for index_id, year in known.filter(component__max_score__isnull=False).values_list("index_id", "year").distinct():
        parts[index_id].add(year)
    found = []
    for index in Index.objects.filter(pk__in=totals.keys() | parts.keys()).order_by("order", "code"):
        for year in sorted(totals[index.pk] | parts[index.pk], reverse=True):
            loss = year in parts[index.pk]
            change = {year, year - 1} <= totals[index.pk]
            if loss or change:
                at = [index.code, year]
                found.append(
                    YearLinks(
                        index.short_name,
                        year,
                        reverse("reports:published_loss", args=at) if loss else "",
                        reverse("reports:published_change", args=at) if change else "",
                    )
                )
    return tuple(found)

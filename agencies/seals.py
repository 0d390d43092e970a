"""Seals: the SHA-256 of rows as they stood after an event, kept in the event (``manage.py verify_trail`` proves them).

An app says in its own ``seals.py`` how rows of a model are sealed and by the events of which subjects; its
AppConfig.ready calls that. ``agencies.actions.trail.record`` looks the subject up here, so verbs do not change.
One line is enough for a model whose rows are written once, each told by an event of its own::

    seals.seal(WindowException)

A row is *kept* when it may never change again (append-only and frozen rows): its seal must be the same in every
event. A row that is not kept is *open*: the latest seal counts, and it may be gone when a later event of the same
subject no longer names it (evidence taken off a draft).
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet, Value

KEPT, OPEN, TOUCHED = "kept", "open", "touched"

# A lookup from the row to the subject, or a function that returns the subject's rows.
Path = str | Callable[[Any], "QuerySet[Any]"]
Teller = Callable[[list[int]], Mapping[int, list[str]]]


@dataclass(frozen=True)
class Rule:
    """How rows of a model are sealed."""

    model: type[models.Model]
    without: frozenset[str]
    kept: Q | bool
    needed: Q | bool
    province: str

    @property
    def label(self) -> str:
        """The model's name in seals."""
        return self.model._meta.label_lower

    @property
    def fields(self) -> tuple["models.Field[Any, Any]", ...]:
        """The columns that are sealed."""
        return tuple(column for column in self.model._meta.concrete_fields if column.name not in self.without)

    def content(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the canonical content of a row: columns that hold their default are left out.

        So a column that a later version adds does not break the seals of older rows, and exactly one value of
        each column is left out: two different rows never look the same.
        """
        return {
            column.attname: plain(values[column.attname])
            for column in self.fields
            if callable(column.default) or values[column.attname] != column.get_default()
        }

    def seal_of(self, values: Mapping[str, Any]) -> str:
        """Return the seal (64 hex digits) of a row read as values."""
        text = canonical({"model": self.label, "row": self.content(values)})
        return hashlib.sha256(text.encode()).hexdigest()


RULES: dict[str, Rule] = {}
HANGING: dict[str, list[tuple[str, Path]]] = {}
TELLERS: list[Teller] = []
CHECKS: list[Callable[[int], Iterator["Finding"]]] = []


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold: a stable code, a Vietnamese sentence, and what it is about."""

    code: str
    message: str
    about: dict[str, Any] = field(default_factory=dict)


def plain(value: Any) -> Any:
    """Return a column's value as JSON that is the same on both databases.

    >>> plain(Decimal("12.5000")), plain(Decimal("0E-4")), plain(date(2021, 9, 30))
    ('12.5', '0', '2021-09-30')
    """
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    if value is None or isinstance(value, bool | int | str | dict | list):
        return value
    return str(value)


def canonical(content: Any) -> str:
    """Return content as the one JSON text that is hashed."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def seal(
    model: type[models.Model],
    *,
    on: Mapping[type[models.Model], Path] | None = None,
    without: tuple[str, ...] = (),
    kept: Q | bool = True,
    needed: Q | bool = True,
    province: str | None = None,
) -> None:
    """Seal rows of a model by the events about themselves, and about the subjects they hang on (``on``).

    ``without``: derived columns. ``kept``: which rows may never change again (all unless given). ``needed``: which
    rows the trail must mention. ``province``: the lookup to the province id (its own column unless given).
    """
    if province is None:
        owned = any(column.name == "province" for column in model._meta.concrete_fields)
        province = "province_id" if owned else ""
    rule = Rule(model, frozenset(without), kept, needed, province)
    RULES[rule.label] = rule
    for subject, path in {model: "pk", **(on or {})}.items():
        hang(model, on=subject, path=path)


def hang(model: type[models.Model], *, on: type[models.Model], path: Path) -> None:
    """Seal rows of a model, declared with ``seal`` anywhere, by the events of one more subject too."""
    label = model._meta.label_lower
    hanging = HANGING.setdefault(on._meta.label_lower, [])
    hanging[:] = [one for one in hanging if one[0] != label] + [(label, path)]


def rows_with(rule: Rule, rows: "QuerySet[Any]") -> "QuerySet[Any, dict[str, Any]]":
    """Return rows as values: the sealed columns, the key as ``pk``, and ``is_kept``."""
    kept = Value(rule.kept) if isinstance(rule.kept, bool) else rule.kept
    marked = rows.order_by().annotate(is_kept=ExpressionWrapper(kept, output_field=BooleanField()))
    return marked.values("pk", "is_kept", *(column.attname for column in rule.fields))


def _of(rule: Rule, path: Path, subject: models.Model) -> "QuerySet[Any]":
    if callable(path):
        return path(subject)
    return rule.model._base_manager.filter(**{path: subject.pk})


def seals_of(subject: models.Model, touched: tuple[models.Model, ...] = ()) -> dict[str, dict[str, str]]:
    """Return the seals that an event about the subject keeps, from the rows as the database has them now.

    ``touched``: rows that hang on no subject of this kind and that the event changes too.
    """
    found: dict[str, dict[str, str]] = {}

    def take(rule: Rule, rows: "QuerySet[Any]", other: str) -> None:
        for values in rows_with(rule, rows).iterator(chunk_size=1000):
            part = KEPT if values["is_kept"] else other
            found.setdefault(part, {})[f"{rule.label}:{values['pk']}"] = rule.seal_of(values)

    for label, path in HANGING.get(subject._meta.label_lower, ()):
        take(RULES[label], _of(RULES[label], path, subject), OPEN)
    by_label: dict[str, list[Any]] = {}
    for row in touched:
        by_label.setdefault(row._meta.label_lower, []).append(row.pk)
    for label, keys in by_label.items():
        take(RULES[label], RULES[label].model._base_manager.filter(pk__in=keys), TOUCHED)
    return found


def present(names: Iterable[str]) -> dict[str, str]:
    """Return rows (``label:pk``) → the seal they would get now; one that is gone is left out."""
    by_label: dict[str, list[str]] = {}
    for name in names:
        label, _, pk = name.partition(":")
        by_label.setdefault(label, []).append(pk)
    found: dict[str, str] = {}
    for label, keys in by_label.items():
        rule = RULES.get(label)
        if rule is not None:
            for values in rows_with(rule, rule.model._base_manager.filter(pk__in=keys)).iterator(chunk_size=1000):
                found[f"{label}:{values['pk']}"] = rule.seal_of(values)
    return found


def told_by(label: str) -> list[str]:
    """Return the kinds of subjects whose events seal rows of a model (others do so only as ``touched``)."""
    return sorted(subject for subject, hanging in HANGING.items() if any(one == label for one, _ in hanging))


def tell_uses(teller: Teller) -> None:
    """Register who uses a file: blob ids → sentences (document, tasks), for the findings about files."""
    TELLERS.append(teller)


def check(checker: Callable[[int], Iterator[Finding]]) -> None:
    """Register a further proof: province id → findings."""
    CHECKS.append(checker)

"""Entering a row, or bringing it up to date, and knowing what is different afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


def text(value: Any) -> str:
    """Return a value as the trail tells it."""
    return "" if value is None else str(value)


@dataclass(frozen=True)
class Kept(Generic[Row]):
    """A row that was entered or brought up to date, with the values that differ."""

    row: Row
    created: bool
    before: dict[str, str]
    after: dict[str, str]

    @property
    def changed(self) -> bool:
        """Whether anything is different: the same once more leaves no event."""
        return self.created or bool(self.after)

    def action(self, noun: str) -> str:
        """Return the event's name."""
        return f"{noun}.{'add' if self.created else 'change'}"


def keep(model: type[Row], key: Mapping[str, Any], values: Mapping[str, Any]) -> Kept[Row]:
    """Enter the row that a key names, or give it these values; inside the caller's transaction."""
    row = model._default_manager.select_for_update(of=("self",)).filter(**key).first()
    if row is None:
        row = model._default_manager.create(**{**key, **values})
        told = {name: text(value) for name, value in {**key, **values}.items() if value not in (None, "")}
        return Kept(row, True, {}, told)
    was = {name: getattr(row, name) for name, value in values.items() if getattr(row, name) != value}
    if was:
        for name in was:
            setattr(row, name, values[name])
        row.save(update_fields=list(was))
    return Kept(
        row,
        False,
        {name: text(value) for name, value in was.items()},
        {name: text(values[name]) for name in was},
    )

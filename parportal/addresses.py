"""Every address of the portal, read from the URL configuration itself: none can be forgotten."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

_ROUTE_PART = re.compile(r"<(?:\w+:)?(\w+)>")
_REGEX_PART = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


@dataclass(frozen=True)
class Address:
    """One entry of the URL configuration; ``path`` has its parts in braces (``/nhiem-vu/{pk}/``)."""

    name: str
    path: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the parts in braces."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    def url(self, values: Mapping[str, Any]) -> str:
        """Return the address of one row."""
        return self.path.format(**{part: values[part] for part in self.parts})


def _path(pattern: Any) -> str:
    """Return a route or a regular expression with its parts in braces."""
    text = _ROUTE_PART.sub(r"{\1}", _REGEX_PART.sub(r"{\1}", str(pattern)))
    return text.removeprefix("^").removesuffix("$").removesuffix(r"\Z")


def _walk(entries: Iterable[Any], before: str, space: str) -> Iterator[Address]:
    for entry in entries:
        path = before + _path(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, path, f"{space}{entry.namespace}:" if entry.namespace else space)
        elif isinstance(entry, URLPattern):
            # An entry without a name is called by its path.
            yield Address(f"{space}{entry.name}" if entry.name else f"{space}{path}", path)


@lru_cache(maxsize=1)
def every_address() -> dict[str, Address]:
    """Return the addresses by name, in the order of the URL configuration."""
    found: dict[str, Address] = {}
    for address in _walk(get_resolver().url_patterns, "/", ""):
        if address.name in found and found[address.name] != address:
            raise ValueError(f"two addresses are called {address.name}")
        found[address.name] = address
    return found

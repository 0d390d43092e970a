"""Who is asking, and which page of a list."""

from typing import Any

from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import HttpRequest

from agencies.models import User


def person(request: HttpRequest) -> User:
    """Return the person (every page here needs a log-in)."""
    assert isinstance(request.user, User)
    return request.user


def page_rows(page: Page[Any]) -> QuerySet[Any, Any]:
    """Return the rows of a page of a queryset, not read yet."""
    rows = page.object_list
    assert isinstance(rows, QuerySet)
    return rows

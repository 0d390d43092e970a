"""Who is asking."""

from django.http import HttpRequest

from agencies.models import User


def person(request: HttpRequest) -> User:
    """Return the person (every page here needs a log-in)."""
    assert isinstance(request.user, User)
    return request.user

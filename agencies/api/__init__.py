"""The doors for programs. Here stands what the settings name (keys, pages); the other modules import this one.

``agencies.api.door`` has what every door of the API shares, in this storey and above.
"""

from datetime import timedelta

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions, pagination
from rest_framework.request import Request

from agencies import calendar
from agencies.actions.tokens import digest_of
from agencies.facts.people import why_no_role
from agencies.models import ApiToken, User

# Reading does not write: the time of last use is kept to the minute.
REMEMBER_USE_EVERY = timedelta(minutes=1)


class TokenAuthentication(authentication.BaseAuthentication):
    """``Authorization: Bearer pp_…``: a named key that expires."""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the key's owner, or None when no key was sent."""
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        if kind != self.keyword or not secret:
            return None
        now = calendar.real_now()
        token = (
            ApiToken.objects.select_related("user")
            .filter(
                digest=digest_of(secret.strip()),
                revoked_at__isnull=True,
                expires_at__gt=now,
                user__is_active=True,
            )
            .first()
        )
        if token is None:
            raise exceptions.AuthenticationFailed("Khóa API không đúng, đã thu hồi hoặc hết hạn.")
        if said := why_no_role(token.user):
            raise exceptions.AuthenticationFailed(said)
        if token.last_used_at is None or now - token.last_used_at > REMEMBER_USE_EVERY:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Make the answer to a stranger 401, not 403."""
        return self.keyword


class TokenScheme(OpenApiAuthenticationExtension):
    """How the schema tells of keys."""

    target_class = "agencies.api.TokenAuthentication"
    name = "tokenAuth"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """Describe the header."""
        return {"type": "http", "scheme": "bearer"}


class Pages(pagination.PageNumberPagination):
    """Pages of bounded size."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"

"""The caller's own keys to the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.actions import tokens
from agencies.api.door import BodySerializer, Door
from agencies.errors import Refused
from agencies.models import ApiToken


class TokenSerializer(serializers.Serializer):
    """A key; its secret is not stored."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the minute.")
    revoked_at = serializers.DateTimeField(allow_null=True)


class IssuedTokenSerializer(TokenSerializer):
    """A key just issued, with the secret."""

    secret = serializers.CharField(help_text="Shown here and never again.")


class NewTokenSerializer(BodySerializer):
    """A key wanted."""

    name = serializers.CharField(max_length=100, help_text="What the key is for.")
    days = serializers.IntegerField(help_text=f"How long it lives: 1 to {tokens.LONGEST_DAYS} days.")


@extend_schema_view(
    list=extend_schema(summary="List one's own keys"),
    create=extend_schema(
        summary="Issue a key",
        description="Needs a session (log in with a browser): a key cannot issue keys. The secret is shown once.",
        request=NewTokenSerializer,
        responses={201: IssuedTokenSerializer},
    ),
    destroy=extend_schema(summary="Revoke a key", description="Ends the key at once; a key may revoke itself."),
)
class TokenDoor(mixins.ListModelMixin, Door):
    """The caller's own keys."""

    queryset = ApiToken.objects.none()
    serializer_class = TokenSerializer

    def rows(self) -> QuerySet[Any]:
        """One's own keys, newest first."""
        return ApiToken.objects.filter(user=self.person).order_by("-created_at", "-id")

    def create(self, request: Request) -> Response:
        """Issue a key."""
        if isinstance(request.auth, ApiToken):
            raise Refused("session_required", "Khóa API không cấp được khóa khác. Hãy đăng nhập bằng trình duyệt.")
        wanted = self.body(NewTokenSerializer)
        token, secret = tokens.issue(name=wanted["name"], days=wanted["days"], by=self.person)
        shown = {**TokenSerializer(token).data, "secret": secret}
        answer = Response(shown, status=status.HTTP_201_CREATED)
        answer["Cache-Control"] = "no-store"
        return answer

    def destroy(self, request: Request, pk: str) -> Response:
        """Revoke a key."""
        tokens.revoke(token=self.get_object(), by=self.person)
        return Response(status=status.HTTP_204_NO_CONTENT)

"""The caller's own inbox."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.actions import notices
from agencies.api.door import Day, ReadDoor, RowSerializer
from agencies.models import Notice


class NoticeSerializer(RowSerializer):
    """One thing the caller was told in the portal."""

    id = serializers.IntegerField()
    event = serializers.CharField(help_text="Stable key of what it is about.")
    day = Day(source="window", help_text="The business day it belongs to.")
    subject = serializers.CharField()
    body = serializers.CharField()
    link = serializers.CharField(help_text="Path inside the portal; empty when it leads nowhere.")
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True, help_text="Null: not read yet.")


class ReadAllSerializer(serializers.Serializer):
    """What marking everything as read did."""

    read = serializers.IntegerField(help_text="How many were not read before.")


class NoticeFilter(filters.FilterSet):
    """Filters of notices."""

    unread = filters.BooleanFilter("read_at", lookup_expr="isnull", help_text="true: not read yet; false: read.")


@extend_schema_view(
    list=extend_schema(summary="List one's own notices", description="Newest first."),
    retrieve=extend_schema(summary="Read a notice", description="Does not mark it as read."),
)
class NoticeDoor(ReadDoor):
    """The caller's own notices."""

    queryset = Notice.objects.none()
    serializer_class = NoticeSerializer
    filterset_class = NoticeFilter

    def rows(self) -> QuerySet[Any]:
        """One's own notices, newest first."""
        return Notice.objects.visible_to(self.person).order_by("-created_at", "-id")

    @extend_schema(
        summary="Mark a notice as read",
        description="Marking it again changes nothing: the first time stays.",
        request=None,
        responses=NoticeSerializer,
    )
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str) -> Response:
        """Mark a notice as read."""
        row = self.get_object()
        notices.read(notice=self.rows().get(pk=row["id"]), by=self.person)
        return Response(NoticeSerializer(self.get_object()).data)

    @extend_schema(summary="Mark all notices as read", request=None, responses=ReadAllSerializer)
    @action(detail=False, methods=["post"], url_path="read-all", filterset_class=None, pagination_class=None)
    def read_all(self, request: Request) -> Response:
        """Mark everything as read."""
        return Response({"read": notices.read_all(by=self.person)})

"""Agencies of the caller's provinces; how they approve: ``approval``."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from agencies.api.approval import ApprovalSteps
from agencies.api.door import Day, ReadDoor, RowSerializer, Text, one_of, words
from agencies.models import Agency, AgencyAlias
from agencies.text import fold


class AgencySerializer(RowSerializer):
    """An agency under its latest name."""

    id = serializers.IntegerField()
    province = serializers.CharField(source="province__code", help_text="Code of the province.")
    code = serializers.CharField(help_text="Reused after mergers: use `id` to join.")
    kind = serializers.ChoiceField(Agency.Kind.choices, help_text="What sort of body it is.")
    name = serializers.CharField()
    short_name = serializers.CharField()
    symbol = serializers.CharField(help_text="Its mark in document numbers.")
    parent = serializers.IntegerField(source="parent_id", allow_null=True)  # type: ignore[assignment]
    valid_from = Day(allow_null=True)
    valid_to = Day(allow_null=True, help_text="Its last day; null while it exists.")


class AgencyFilter(filters.FilterSet):
    """Filters of agencies."""

    kind = one_of(Agency.Kind.choices, help_text="What sort of body it is.")
    province = Text("province__code", help_text="Code of the province.")
    valid_on = filters.DateFilter(method="on_day", help_text="Only agencies that exist on this day.")
    q = Text(
        method="matching", help_text="Words of the name or of another way of writing it; diacritics may be left out."
    )

    def on_day(self, rows: Any, name: str, value: Any) -> Any:
        """Keep agencies that exist on a day."""
        return rows.valid_on(value)

    def matching(self, rows: Any, name: str, value: str) -> Any:
        """Keep agencies whose names hold every word. The directory is small: folding happens here."""
        wanted = words(value)
        texts = {
            row["id"]: fold(f"{row['name']} {row['short_name']} {row['symbol']} {row['code']}")
            for row in rows.values("id", "name", "short_name", "symbol", "code")
        }
        for agency_id, folded in AgencyAlias.objects.filter(agency_id__in=texts).values_list("agency_id", "folded"):
            texts[agency_id] += f" {folded}"
        return rows.filter(pk__in=[pk for pk, text in texts.items() if all(word in text for word in wanted)])


@extend_schema_view(
    list=extend_schema(summary="List agencies", description="Agencies of the caller's provinces."),
    retrieve=extend_schema(summary="Read an agency"),
)
class AgencyDoor(ApprovalSteps, ReadDoor):
    """Agencies."""

    queryset = Agency.objects.none()
    serializer_class = AgencySerializer
    filterset_class = AgencyFilter

    def rows(self) -> QuerySet[Any]:
        """Agencies of the caller's provinces; how they approve: ``approval``."""
        return Agency.objects.visible_to(self.person).order_by("province_id", "order", "id")

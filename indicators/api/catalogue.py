"""Indices, their components, and published results."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from agencies.api.door import Day, Number, ReadDoor, RowSerializer, Text, Whole
from indicators.models import Component, Index, Result


class IndexSerializer(RowSerializer):
    """A governance index."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    short_name = serializers.CharField()
    unit = serializers.CharField()
    scale_min = Number(8, 2)
    scale_max = Number(8, 2)
    publishes = serializers.ChoiceField(Index.Publishes.choices, help_text="How its standing is published.")


@extend_schema_view(list=extend_schema(summary="List indices"), retrieve=extend_schema(summary="Read an index"))
class IndexDoor(ReadDoor):
    """Indices. They belong to no province: everybody with an account reads them."""

    queryset = Index.objects.none()
    serializer_class = IndexSerializer

    def rows(self) -> QuerySet[Any]:
        """Every index."""
        return Index.objects.order_by("order", "code")


class ComponentSerializer(RowSerializer):
    """A domain, criterion or sub-criterion of one framework version."""

    id = serializers.IntegerField()
    index = serializers.CharField(source="framework__index__code", help_text="Code of the index.")
    framework = serializers.CharField(source="framework__version", help_text="Version of the index's structure.")
    year_from = serializers.IntegerField(source="framework__year_from", help_text="First year the version served.")
    year_to = serializers.IntegerField(source="framework__year_to", allow_null=True)
    parent = serializers.IntegerField(source="parent_id", allow_null=True)  # type: ignore[assignment]
    code = serializers.CharField()
    name = serializers.CharField()
    max_score = Number(8, 4, allow_null=True, help_text="Null where no source gives it.")
    method = serializers.ChoiceField(Component.Method.choices, help_text="How it is measured.")
    standing = serializers.ChoiceField(Component.Standing.choices, help_text="How sure its name and place are.")
    source = serializers.CharField()  # type: ignore[assignment]


class ComponentFilter(filters.FilterSet):
    """Filters of components."""

    index = Text("framework__index__code", help_text="Code of the index.")
    year = Whole(method="of_year", help_text="Only versions that served this year.")

    def of_year(self, rows: Any, name: str, value: int) -> Any:
        """Keep components of versions in force in a year."""
        open_ended = rows.filter(framework__year_from__lte=value, framework__year_to__isnull=True)
        return open_ended | rows.filter(framework__year_from__lte=value, framework__year_to__gte=value)


@extend_schema_view(list=extend_schema(summary="List components"), retrieve=extend_schema(summary="Read a component"))
class ComponentDoor(ReadDoor):
    """Components of the frameworks that serve the whole country or a province of the caller."""

    queryset = Component.objects.none()
    serializer_class = ComponentSerializer
    filterset_class = ComponentFilter

    def rows(self) -> QuerySet[Any]:
        """Components that the caller may see."""
        return Component.objects.visible_to(self.person).order_by(
            "framework__index__order", "framework__year_from", "framework_id", "order", "id"
        )


class ResultSerializer(RowSerializer):
    """A published figure; sources that differ are rows of their own; what a source does not print is null."""

    id = serializers.IntegerField()
    province = serializers.CharField(source="province__code", help_text="Code of the province.")
    index = serializers.CharField(source="index__code", help_text="Code of the index.")
    component = serializers.CharField(
        source="component__code", allow_null=True, help_text="Code of the component; null for the whole index."
    )
    year = serializers.IntegerField()
    value = Number(9, 4, allow_null=True)
    rank = serializers.IntegerField(allow_null=True)
    field_size = serializers.IntegerField(allow_null=True, help_text="How many units were ranked; goes with `rank`.")
    region = serializers.CharField()
    region_rank = serializers.IntegerField(allow_null=True)
    group = serializers.CharField(help_text="The published group; empty where the index publishes ranks.")
    value_change = Number(9, 4, allow_null=True, help_text="Against the year before, as published.")
    rank_change = serializers.IntegerField(allow_null=True, help_text="Positive is up.")
    published_on = Day(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]
    source_kind = serializers.ChoiceField(Result.SourceKind.choices, help_text="Where the figure comes from.")
    note = serializers.CharField()


class ResultFilter(filters.FilterSet):
    """Filters of results."""

    province = Text("province__code", help_text="Code of the province.")
    index = Text("index__code", help_text="Code of the index.")
    component = Text("component__code", help_text="Code of the component.")
    year = Whole("year", help_text="Year of the figure.")
    total = filters.BooleanFilter(
        "component", lookup_expr="isnull", help_text="true: whole indices; false: components."
    )


class ResultDoor(ReadDoor):
    """Published results of the caller's provinces."""

    queryset = Result.objects.none()
    serializer_class = ResultSerializer
    filterset_class = ResultFilter

    def rows(self) -> QuerySet[Any]:
        """Results that the caller may see."""
        return Result.objects.visible_to(self.person).order_by(
            "province_id", "index__order", "-year", "component__order", "id"
        )

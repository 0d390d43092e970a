"""Frameworks: their list, the tree of one, and taking one from a file: the same verbs as on the screens."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins, parsers, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.door import BodySerializer, Door, JSONParser, Number, RowSerializer, Text, Whole, one_of
from agencies.errors import Refused
from agencies.models import Province
from agencies.permissions import Permission
from indicators import terms
from indicators.actions import frameworks as verbs
from indicators.facts.frameworks import component_drafts, draft_of, rule_of, used_by
from indicators.models import Framework
from indicators.reading.draft import ComponentDraft


class FrameworkRowSerializer(RowSerializer):
    """A framework in a list."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    index = serializers.CharField(source="index__code", help_text="Code of the index.")
    province = serializers.CharField(
        source="province__code", allow_null=True, help_text="Code of the province; null for the whole country's."
    )
    version = serializers.CharField()
    level = serializers.ChoiceField(terms.Level.choices, help_text="Whom it scores.")
    year_from = serializers.IntegerField()
    year_to = serializers.IntegerField(allow_null=True)
    is_sample = serializers.BooleanField(help_text="true: a sample, not an official framework.")
    legal_document = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]


class FrameworkComponentSerializer(serializers.Serializer):
    """A component of a framework, in the order of the tree's file."""

    code = serializers.CharField()
    parent = serializers.CharField(  # type: ignore[assignment]
        allow_null=True, help_text="Code of the component above; null for a domain."
    )
    name = serializers.CharField()
    kind = serializers.ChoiceField(terms.Kind.choices)
    max_score = Number(8, 4, allow_null=True, help_text="Null where no source gives it.")
    method = serializers.ChoiceField(terms.Method.choices)
    rule = serializers.JSONField(allow_null=True, help_text="The canonical form; null where a person gives the score.")
    rule_text = serializers.CharField(help_text="The rule in one Vietnamese sentence; empty without a rule.")
    is_gate = serializers.BooleanField(help_text="When it is not met, the component above has no points.")
    not_applicable = serializers.CharField(help_text="reduce_max, full_points, or empty: it always applies.")
    evidence = serializers.CharField()
    standing = serializers.ChoiceField(terms.Standing.choices)
    source = serializers.CharField()  # type: ignore[assignment]
    note = serializers.CharField()


class FrameworkLinkSerializer(serializers.Serializer):
    """One line of the crosswalk from the version before."""

    old = serializers.CharField(allow_null=True)
    new = serializers.CharField(allow_null=True)
    relation = serializers.ChoiceField(terms.Relation.choices)
    note = serializers.CharField()


class FrameworkSerializer(serializers.Serializer):
    """A framework with its tree."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    index = serializers.CharField(help_text="Code of the index.")
    province = serializers.CharField(allow_null=True)
    version = serializers.CharField()
    level = serializers.ChoiceField(terms.Level.choices)
    year_from = serializers.IntegerField()
    year_to = serializers.IntegerField(allow_null=True)
    is_sample = serializers.BooleanField()
    legal_document = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    note = serializers.CharField()
    previous = serializers.CharField(allow_null=True, help_text="Code of the version before.")
    used_by = serializers.CharField(help_text="What uses it, in words; empty while it may be changed.")
    policy = serializers.JSONField(
        help_text="Total, caps, rounding, ties, groups, grades; what is not said is left out."
    )
    components = FrameworkComponentSerializer(many=True)
    crosswalk = FrameworkLinkSerializer(many=True)


class FrameworkImportSerializer(BodySerializer):
    """A framework to take from a file."""

    file = serializers.FileField(allow_empty_file=True, help_text="The filled-in template (XLSX), or JSON.")
    province = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="Code of the province; needed with more than one."
    )
    code = serializers.CharField(required=False, allow_blank=True, default="", max_length=60)
    index = serializers.CharField(required=False, allow_blank=True, default="", max_length=20)
    dry_run = serializers.BooleanField(required=False, default=False, help_text="true: only check, store nothing.")


class FrameworkImportedSerializer(serializers.Serializer):
    """What taking a file did, or would do."""

    outcome = serializers.ChoiceField([one.value for one in verbs.Outcome])
    stored = serializers.BooleanField()
    framework = serializers.CharField(help_text="Its code.")
    components = serializers.IntegerField()


class FrameworkFilter(filters.FilterSet):
    """Filters of frameworks."""

    index = Text("index__code", help_text="Code of the index.")
    level = one_of(terms.Level.choices, help_text="Whom it scores.")
    year = Whole(method="of_year", help_text="Only versions that serve this year.")
    sample = filters.BooleanFilter("is_sample", help_text="true: samples only; false: without them.")

    def of_year(self, rows: Any, name: str, value: int) -> Any:
        """Keep what serves a year."""
        return rows.serving(value)


def _component(one: ComponentDraft) -> dict[str, Any]:
    rule = rule_of(one)
    return {**vars(one), "parent": one.parent or None, "rule_text": rule.describe() if rule else ""}


@extend_schema_view(list=extend_schema(summary="List frameworks"))
class FrameworkDoor(mixins.ListModelMixin, Door):
    """Frameworks that serve the whole country, or a province of the caller."""

    queryset = Framework.objects.none()
    serializer_class = FrameworkSerializer
    row_class = FrameworkRowSerializer
    filterset_class = FrameworkFilter

    def rows(self) -> QuerySet[Any]:
        """Frameworks that the caller may see."""
        return Framework.objects.visible_to(self.person).order_by("index__order", "index__code", "-year_from", "id")

    @extend_schema(summary="Read a framework", responses={200: FrameworkSerializer})
    def retrieve(self, request: Request, pk: str) -> Response:
        """One framework with its tree and its crosswalk."""
        framework = self.get_object()
        draft = draft_of(framework)
        links = [{**vars(link), "old": link.old or None, "new": link.new or None} for link in draft.crosswalk]
        shown = {
            **vars(draft),
            "id": framework.pk,
            "index": draft.index.code,
            "province": framework.province.code if framework.province else None,
            "previous": draft.previous or None,
            "used_by": used_by([framework.pk]).get(framework.pk, ""),
            "components": [_component(one) for one in component_drafts(framework)],
            "crosswalk": links,
        }
        return Response(FrameworkSerializer(shown).data)

    def get_queryset(self) -> QuerySet[Any]:
        """Return the visible rows; the detail with what it names."""
        rows = super().get_queryset()
        return rows.select_related("index", "province", "copied_from") if self.action == "retrieve" else rows

    @extend_schema(
        summary="Take a framework from a file",
        description="All or nothing: 422 `framework_refused` names every fault in `fields` (sheet, cell and column); "
        "409 `framework_used` when a year uses it already. The same file once more changes nothing.",
        request={"multipart/form-data": FrameworkImportSerializer},
        responses={200: OpenApiResponse(FrameworkImportedSerializer)},
    )
    @action(
        detail=False,
        methods=["post"],
        url_path="import",
        url_name="import",
        parser_classes=[parsers.MultiPartParser, JSONParser],
    )
    def take(self, request: Request) -> Response:
        """Check a file, and store it unless it is a dry run."""
        sent = self.body(FrameworkImportSerializer)
        verb = verbs.preview if sent["dry_run"] else verbs.take
        done = verb(
            content=sent["file"],
            province=self._province(sent["province"]),
            code=sent["code"],
            index=sent["index"],
            by=self.person,
        )
        shown = {
            "outcome": done.outcome.value,
            "stored": not sent["dry_run"] and done.outcome is not verbs.Outcome.SAME,
            "framework": done.draft.code,
            "components": len(done.draft.components),
        }
        return Response(FrameworkImportedSerializer(shown).data, status=status.HTTP_200_OK)

    def _province(self, code: str) -> Province:
        """Return the province whose frameworks the caller keeps."""
        managed = Province.objects.filter(pk__in=self.person.provinces_with(Permission.INDEX_MANAGE))
        found = list(managed.filter(code=code) if code else managed)
        if len(found) != 1:
            raise Refused("not_a_specialist", "Bạn không có quyền quản lý bộ tiêu chí của tỉnh này.")
        return found[0]

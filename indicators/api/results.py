"""Rankings of the provinces, and entering a table of results."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import parsers, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.door import BodySerializer, Door, NotVisible, Number
from agencies.errors import PortalError
from agencies.permissions import Permission
from indicators.actions.results import Refusal, take
from indicators.api.catalogue import ResultDoor
from indicators.facts.index_pages import reads
from indicators.facts.ranking import frameworks_of, ranking, serving
from indicators.models import Component, Index, Result
from indicators.reading.results import component_code


class TooLargeFile(PortalError):
    """The file is larger than the portal reads."""

    status = 413


class StandingSerializer(serializers.Serializer):
    """Where one province stands."""

    province = serializers.CharField(source="code", help_text="Code of the province.")
    province_name = serializers.CharField(source="province")
    value = Number(9, 4, allow_null=True)
    rank = serializers.IntegerField(
        source="shown_rank",
        allow_null=True,
        help_text="The computed rank; the published one where no series covers the field.",
    )
    computed_rank = serializers.IntegerField(source="rank", allow_null=True)
    published_rank = serializers.IntegerField(allow_null=True)
    differs = serializers.BooleanField(help_text="The published rank is not the computed one.")
    group = serializers.CharField(help_text="Empty where there are none.")


class SeriesSerializer(serializers.Serializer):
    """The source in which ranks are computed."""

    source = serializers.CharField(source="text")  # type: ignore[assignment]
    kind = serializers.CharField()


class RankingSerializer(serializers.Serializer):
    """The provinces of one index, or component, and year, the best first."""

    index = serializers.CharField(help_text="Code of the index.")
    year = serializers.IntegerField()
    component = serializers.CharField(help_text="Code of the component; empty for the whole index.")
    n = serializers.IntegerField(help_text="How many provinces are ranked.")
    series = SeriesSerializer(allow_null=True, help_text="Null where no source covers the field: nothing is computed.")
    rows = StandingSerializer(many=True)


class RankingQuery(serializers.Serializer):
    """What is asked."""

    index = serializers.CharField(max_length=20)
    year = serializers.IntegerField(min_value=1900, max_value=2200)
    component = serializers.CharField(max_length=30, required=False, allow_blank=True, default="")


def _query(name: str, kind: Any, says: str, *, required: bool = True) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, required=required, description=says)


class RankingDoor(Door):
    """Rankings. Results are public: whoever reads those of a province reads all."""

    queryset = Result.objects.none()
    serializer_class = RankingSerializer
    pagination_class = None

    def rows(self) -> QuerySet[Any]:
        """Every result, for those who read results."""
        return Result.objects.all() if reads(self.person) else Result.objects.none()

    @extend_schema(
        summary="Read a ranking",
        parameters=[
            _query("index", OpenApiTypes.STR, "Code of the index."),
            _query("year", OpenApiTypes.INT, "Year of the figures."),
            _query("component", OpenApiTypes.STR, "Code of the component, such as `6` or `D6`.", required=False),
        ],
        responses=RankingSerializer,
        filters=False,
    )
    def list(self, request: Request) -> Response:
        """Return the ranking of an index, or a component, in a year."""
        asked = RankingQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        if not reads(self.person):
            raise NotVisible("not_found", "Không có kết quả này.")
        index = Index.objects.filter(code=said["index"]).first()
        if index is None:
            raise NotVisible("not_found", f"Không có chỉ số {said['index']}.")
        component = None
        if code := component_code(said["component"]):
            framework = serving(frameworks_of([index.pk])[index.pk], said["year"])
            component = Component.objects.filter(framework=framework, code=code).first() if framework else None
            if component is None:
                raise NotVisible("not_found", f"{index} năm {said['year']} không có thành phần {code}.")
        found = ranking(index, said["year"], component)
        if found is None:
            raise NotVisible("not_found", f"Chưa có kết quả {index} năm {said['year']}.")
        return Response(RankingSerializer(found).data)


class ResultsFileBody(BodySerializer):
    """A table of results, CSV or XLSX."""

    file = serializers.FileField(help_text="Columns as in the template of the page `chi-so/ket-qua/nhap/`.")
    dry_run = serializers.BooleanField(default=False, help_text="Only look whether it could be entered.")


class FaultSerializer(serializers.Serializer):
    """One thing wrong with a table."""

    row = serializers.IntegerField(help_text="As numbered in the file; the heading is row 1.")
    column = serializers.CharField()
    value = serializers.CharField()
    message = serializers.CharField(help_text="In Vietnamese.")


class TakenSerializer(serializers.Serializer):
    """What an import did, or would do."""

    stored = serializers.BooleanField()
    rows = serializers.IntegerField()
    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    same = serializers.IntegerField(help_text="Rows that were there already.")
    national = serializers.IntegerField(help_text="Rows about the whole country, which are means and left out.")
    provinces = serializers.IntegerField(help_text="Provinces entered because the table ranks them.")
    beside = serializers.IntegerField(help_text="Figures that stand in several sources that differ.")


class RefusedTableSerializer(serializers.Serializer):
    """A table that cannot be taken."""

    code = serializers.CharField(help_text="`results_refused`.")
    message = serializers.CharField()
    fields = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]
    faults = FaultSerializer(many=True, help_text="Every one.")


@extend_schema_view(
    list=extend_schema(summary="List published results"), retrieve=extend_schema(summary="Read a published result")
)
class NationalResultDoor(ResultDoor):
    """Published results of the caller's provinces, and entering a table of the country's."""

    @extend_schema(
        summary="Enter a table of results",
        description="All rows or none; the same table again changes nothing. For those who keep the indices of a "
        "province. What another province that works here has recorded is not changed.",
        request={"multipart/form-data": ResultsFileBody},
        responses={200: TakenSerializer, 422: RefusedTableSerializer},
        operation_id="result_import",
    )
    @action(detail=False, methods=["post"], url_path="import", parser_classes=[parsers.MultiPartParser])
    def enter(self, request: Request) -> Response:
        """Enter the rows of a file."""
        if not self.person.provinces_with(Permission.INDEX_MANAGE):
            raise NotVisible("not_found", "Không có địa chỉ này cho bạn.")
        sent = self.body(ResultsFileBody)
        file = sent["file"]
        if file.size > settings.MAX_UPLOAD_BYTES:
            limit = settings.MAX_UPLOAD_BYTES // 1048576
            raise TooLargeFile("file_too_large", f"Tệp vượt giới hạn {limit} MB.")
        try:
            taken = take(content=file.read(), name=file.name, store=not sent["dry_run"], by=self.person)
        except Refusal as error:
            told = {"code": error.code, "message": error.message, "fields": {}, "faults": error.faults}
            return Response(RefusedTableSerializer(told).data, status=error.status)
        return Response(TakenSerializer(taken).data)

"""Surveys: counts of answers, shares with numerator and denominator, and taking a sheet in."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, parsers, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import calendar
from agencies.api.door import (
    BodySerializer,
    Day,
    Door,
    JSONParser,
    NotVisible,
    Number,
    Reference,
    RowSerializer,
    Text,
    Whole,
)
from agencies.errors import Refused
from agencies.models import Agency, Province
from agencies.permissions import Permission
from indicators.actions import survey_sheets, surveys
from indicators.facts.surveys import survey_facts
from indicators.models import Index, Survey


class ShareSerializer(serializers.Serializer):
    """So many of so many; `percent` is null where nobody was asked."""

    numerator = serializers.SerializerMethodField(help_text="A decimal; whole unless options are weighted.")
    denominator = serializers.IntegerField()
    percent = Number(9, 2, allow_null=True)

    def get_numerator(self, share: Any) -> str:
        """Return the numerator; a weighted one with at most four decimals."""
        return f"{float(share.numerator):.4f}".rstrip("0").rstrip(".")


class SurveyOptionSerializer(serializers.Serializer):
    """One answer."""

    option = serializers.CharField(source="name")
    satisfied = serializers.BooleanField(help_text="Counts as satisfied.")
    count = serializers.IntegerField(source="share.numerator")
    share = ShareSerializer()


class SurveyQuestionSerializer(serializers.Serializer):
    """One question with its counts."""

    code = serializers.CharField()
    text = serializers.CharField()
    factor = serializers.CharField()
    answers = serializers.IntegerField()
    options = SurveyOptionSerializer(many=True)
    satisfied = ShareSerializer(help_text="Denominator 0: no option counts as satisfied.")
    weighted = ShareSerializer(help_text="Denominator 0: the options carry no weights.")
    component = serializers.CharField(help_text="Where the share is scored; empty: nowhere.")
    max_score = Number(8, 4, allow_null=True)
    points = Number(8, 2, allow_null=True, help_text="Null below the smallest sample.")


class SurveyFactorSerializer(serializers.Serializer):
    """One factor: its questions put together by their counts."""

    name = serializers.CharField()
    questions = serializers.IntegerField()
    satisfied = ShareSerializer()


class SurveySerializer(serializers.Serializer):
    """A survey with its questions."""

    id = serializers.IntegerField()
    index = serializers.CharField(source="index_code", help_text="Code of the index.")
    year = serializers.IntegerField()
    code = serializers.CharField()
    title = serializers.CharField()
    agency = serializers.CharField(help_text="Empty: the whole province.")
    source = serializers.CharField()  # type: ignore[assignment]
    sent_sheets = serializers.IntegerField(source="sent", allow_null=True)
    valid_sheets = serializers.IntegerField(source="valid")
    smallest_sample = serializers.IntegerField(source="smallest", allow_null=True)
    enough = serializers.BooleanField(help_text="false: not enough valid sheets, so no points.")
    satisfied = ShareSerializer()
    factors = SurveyFactorSerializer(many=True)
    questions = SurveyQuestionSerializer(many=True)
    file_sha256 = serializers.CharField()
    number = serializers.IntegerField(source="this.number", help_text="1, or the number of a corrected import.")
    reason = serializers.CharField(source="this.reason", help_text="Why it was imported again.")
    replaced = serializers.SerializerMethodField(help_text="A later import has taken its place.")

    def get_replaced(self, facts: Any) -> bool:
        """Return whether a later import has taken its place."""
        return facts.replaced_by is not None


class SurveyRowSerializer(RowSerializer):
    """A survey in the list."""

    id = serializers.IntegerField()
    province = serializers.CharField(source="province__code", help_text="Code of the province.")
    index = serializers.CharField(source="index__code", help_text="Code of the index.")
    year = serializers.IntegerField()
    code = serializers.CharField()
    title = serializers.CharField()
    agency = serializers.IntegerField(source="agency_id", allow_null=True, help_text="Null: the whole province.")
    number = serializers.IntegerField()
    replaces = serializers.IntegerField(source="replaces_id", allow_null=True)
    sent_sheets = serializers.IntegerField(allow_null=True)
    valid_sheets = serializers.IntegerField()
    smallest_sample = serializers.IntegerField(allow_null=True)


class SurveyFilter(filters.FilterSet):
    """Filters of surveys."""

    index = Text("index__code", help_text="Code of the index.")
    year = Whole("year", help_text="Year of the survey.")
    code = Text("code", help_text="Code of the survey.")
    in_force = filters.BooleanFilter(
        "replaced_by", lookup_expr="isnull", help_text="true: only those no later import has replaced."
    )


class SurveyBodySerializer(BodySerializer):
    """A survey sheet with its particulars. Numbers of sheets follow the rules of the work (422)."""

    province = serializers.CharField(help_text="Code of the province.")
    index = serializers.CharField(help_text="Code of the index.")
    year = serializers.IntegerField(min_value=2000, max_value=2100)
    agency = Reference(required=False, allow_null=True, default=None, help_text="Id; without it the whole province.")
    code = serializers.CharField(max_length=40)
    title = serializers.CharField(max_length=300)
    source = serializers.CharField(max_length=400)  # type: ignore[assignment]
    collected_from = Day(required=False, allow_null=True, default=None)
    collected_to = Day(required=False, allow_null=True, default=None)
    sent_sheets = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=0)
    valid_sheets = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=0)
    smallest_sample = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=0)
    file = serializers.FileField(allow_empty_file=True, help_text="XLSX or CSV, as in the template.")
    reason = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=500, help_text="Why a survey is imported again."
    )


@extend_schema_view(
    list=extend_schema(summary="List surveys"),
    retrieve=extend_schema(summary="Read a survey", description="Every share with numerator and denominator."),
)
class SurveyDoor(mixins.ListModelMixin, Door):
    """Surveys of the caller's provinces."""

    queryset = Survey.objects.none()
    serializer_class = SurveySerializer
    row_class = SurveyRowSerializer
    filterset_class = SurveyFilter
    parser_classes = [JSONParser, parsers.MultiPartParser]

    def rows(self) -> QuerySet[Any]:
        """Surveys that the caller may see."""
        rows = Survey.objects.visible_to(self.person).order_by("-year", "code", "-number", "id")
        return rows if self.action == "list" else rows.select_related("index", "province", "agency", "imported_by")

    def retrieve(self, request: Request, pk: str) -> Response:
        """Read a survey."""
        return Response(SurveySerializer(survey_facts(self.get_object())).data)

    @extend_schema(
        summary="Import a survey",
        description="All of it or nothing; every fault of the sheet at once (422 `survey_refused`, `fields` by row and "
        "column). The same once more answers 200 and changes nothing; other counts under a code that is taken need "
        "`reason` and make the next number.",
        request={"multipart/form-data": SurveyBodySerializer},
        responses={201: SurveySerializer, 200: SurveySerializer},
    )
    def create(self, request: Request) -> Response:
        """Import a survey."""
        sent = self.body(SurveyBodySerializer)
        province = Province.objects.filter(code=sent.pop("province"), pk__in=self.person.province_ids()).first()
        if province is None:
            raise NotVisible("province_unknown", "Không tìm thấy tỉnh này, hoặc bạn không làm việc ở đó.")
        if province.pk not in self.person.provinces_with(Permission.INDEX_MANAGE):
            raise Refused("not_a_specialist", "Chỉ chuyên viên chỉ số nhập kết quả khảo sát.")
        index = Index.objects.filter(code=sent.pop("index")).first()
        if index is None:
            said = "Không có chỉ số này."
            raise NotVisible("index_unknown", said, fields={"index": said})
        agency, wanted = None, sent.pop("agency")
        if wanted is not None:
            agency = Agency.objects.valid_on(calendar.today()).filter(province=province, pk=wanted).first()
            if agency is None:
                said = "Không tìm thấy cơ quan này."
                raise NotVisible("agency_unknown", said, fields={"agency": said})
        file, reason = sent.pop("file"), sent.pop("reason")
        done = surveys.import_survey(
            province=province,
            index=index,
            about=surveys.About(**sent),
            sheet=survey_sheets.read(file.name or "", file),
            agency=agency,
            reason=reason,
            by=self.person,
        )
        row = self.rows().get(pk=done.survey.pk)
        answer = Response(
            SurveySerializer(survey_facts(row)).data,
            status=status.HTTP_201_CREATED if done.created else status.HTTP_200_OK,
        )
        answer["Location"] = request.build_absolute_uri(reverse("api:survey-detail", args=[row.pk]))
        return answer

"""Report runs: ask for a report, follow its job, fetch the file."""

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from django.urls import reverse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.door import (
    BodySerializer,
    Day,
    NotVisible,
    ReadDoor,
    Reference,
    RowSerializer,
    Text,
    Whole,
    download,
    one_of,
)
from agencies.errors import Conflict
from agencies.models import Agency, Job
from plans.models import Plan
from reports.actions import runs
from reports.models import ReportRun


class RunJobSerializer(serializers.Serializer):
    """How far the work is."""

    state = serializers.ChoiceField(Job.State.choices, help_text="Where the work stands.")
    percent = serializers.IntegerField(help_text="0 to 100.")
    message = serializers.CharField(help_text="What is being done.")
    error = serializers.CharField(help_text="Why it failed; empty otherwise.")


class ReportRunSerializer(RowSerializer):
    """One rendering of one report."""

    reads = ("job__state", "job__current", "job__total", "job__message", "job__error", "ready_at")

    id = serializers.UUIDField()
    plan = serializers.CharField(source="plan__code", help_text="Code of the plan.")
    code = serializers.ChoiceField(ReportRun.Code.choices, help_text="Which report.")
    agency = serializers.IntegerField(source="agency_id", allow_null=True)
    year = serializers.IntegerField()
    as_of = Day(help_text="The day whose end the figures show.")
    format = serializers.ChoiceField(ReportRun.Format.choices, help_text="The form of the file.")
    requested_by = serializers.CharField(source="requested_by__full_name")
    requested_at = serializers.DateTimeField()
    ready = serializers.SerializerMethodField(help_text="Whether the file can be fetched.")
    ready_at = serializers.DateTimeField(allow_null=True)
    file_name = serializers.CharField()
    pages = serializers.IntegerField(allow_null=True)
    size = serializers.IntegerField(source="blob__size", allow_null=True, help_text="Bytes.")
    sha256 = serializers.CharField(source="blob__sha256", allow_null=True, help_text="Of the file.")
    facts_sha256 = serializers.CharField(help_text="Names the figures: the same in every format.")
    job = serializers.SerializerMethodField(help_text="Null where no job was asked for.")

    def get_ready(self, row: dict[str, Any]) -> bool:
        """Return whether the file is there."""
        return row["ready_at"] is not None

    @extend_schema_field(RunJobSerializer(allow_null=True))
    def get_job(self, row: dict[str, Any]) -> dict[str, Any] | None:
        """Return how far the work is."""
        if row["job__state"] is None:
            return None
        job = Job(state=row["job__state"], current=row["job__current"], total=row["job__total"])
        return {
            "state": job.state,
            "percent": job.percent,
            "message": row["job__message"],
            "error": row["job__error"],
        }


class NewReportRunSerializer(BodySerializer):
    """A report wanted."""

    plan = serializers.CharField(max_length=60, help_text="Code of the plan.")
    code = serializers.ChoiceField(ReportRun.Code.choices, help_text="Which report.")
    year = serializers.IntegerField(min_value=2000, max_value=2100)
    as_of = Day(required=False, help_text="The day whose end the figures show; today unless given.")
    format = serializers.ChoiceField(
        ReportRun.Format.choices, default=ReportRun.Format.PDF, help_text="The form of the file."
    )
    agency = Reference(required=False, allow_null=True, default=None, help_text="Only for the report of an agency.")


class ReportRunFilter(filters.FilterSet):
    """Filters of report runs."""

    plan = Text("plan__code", help_text="Code of the plan.")
    code = one_of(ReportRun.Code.choices, help_text="Which report.")
    agency = Whole("agency_id", help_text="Id of the agency.")
    year = Whole("year", help_text="Year of the report.")


@extend_schema_view(
    list=extend_schema(summary="List report runs", description="Newest first."),
    retrieve=extend_schema(
        summary="Read a report run", description="Ask again until the job is done, then fetch the file."
    ),
    create=extend_schema(
        summary="Ask for a report",
        description="A worker draws it: follow `job` at the address in `Location`.",
        request=NewReportRunSerializer,
        responses={201: ReportRunSerializer},
    ),
)
class ReportRunDoor(ReadDoor):
    """Report runs."""

    queryset = ReportRun.objects.none()
    serializer_class = ReportRunSerializer
    filterset_class = ReportRunFilter
    lookup_value_regex = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

    def rows(self) -> QuerySet[Any]:
        """Runs that the caller may see."""
        return ReportRun.objects.visible_to(self.person).order_by("-requested_at", "id")

    def create(self, request: Request) -> Response:
        """Ask for a report."""
        wanted = self.body(NewReportRunSerializer)
        plan = Plan.objects.visible_to(self.person).select_related("province").filter(code=wanted["plan"]).first()
        if plan is None:
            message = "Không tìm thấy kế hoạch này, hoặc bạn không có quyền xem."
            raise NotVisible("plan_unknown", message, fields={"plan": message})
        agency = None
        if wanted["agency"] is not None:
            agency = Agency.objects.visible_to(self.person).filter(pk=wanted["agency"]).first()
            if agency is None:
                message = "Không tìm thấy cơ quan này, hoặc bạn không có quyền xem."
                raise NotVisible("agency_unknown", message, fields={"agency": message})
        run = runs.request(
            plan=plan,
            code=wanted["code"],
            year=wanted["year"],
            as_of=wanted.get("as_of") or self.get_serializer_context()["today"],
            format=wanted["format"],
            agency=agency,
            by=self.person,
        )
        answer = Response(self.get_serializer(self.get_queryset().get(pk=run.pk)).data, status=status.HTTP_201_CREATED)
        answer["Location"] = request.build_absolute_uri(reverse("api:report-run-detail", args=[run.pk]))
        return answer

    @extend_schema(
        summary="Ask again for a report that failed",
        description="409 `report_not_failed` when there is a file, or the work still goes on.",
        request=None,
        responses=ReportRunSerializer,
    )
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Ask again."""
        runs.retry(run=self._run(pk), by=self.person)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        summary="Fetch the file of a report run",
        description="409 `not_ready` until the job is done.",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["get"])
    def file(self, request: Request, pk: str) -> FileResponse:
        """Fetch the file."""
        run = self._run(pk)
        if run.blob is None:
            raise Conflict("not_ready", "Báo cáo chưa tạo xong. Hãy thử lại sau ít phút.")
        return download(run.blob, run.file_name)

    def _run(self, pk: str) -> ReportRun:
        """Return a run that the caller may see, as an object."""
        run: ReportRun | None = (
            self.rows().select_related("blob", "plan__province", "agency", "job").filter(pk=pk).first()
        )
        if run is None:
            raise NotVisible("not_found", "Không tìm thấy, hoặc bạn không có quyền xem.")
        return run

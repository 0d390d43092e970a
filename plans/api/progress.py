"""Reports on assignments: the same verbs as on the screens (``plans.actions.progress``).

Every write but the first says which revision it read (``If-Match``); the answer carries the next (``ETag``).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.http import FileResponse
from django.urls import reverse
from django.utils.http import parse_etags, quote_etag
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, parsers, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import calendar
from agencies.actions.documents import Upload
from agencies.api.door import (
    ETAG,
    ID,
    IF_MATCH,
    IF_NONE_MATCH,
    BodySerializer,
    Day,
    NotVisible,
    Number,
    Reference,
    RowSerializer,
    Text,
    Whole,
    blamed,
    download,
    one_of,
    revision_of,
    tagged,
)
from agencies.errors import Conflict, Invalid
from agencies.models import Verdict
from agencies.permissions import Permission
from plans.actions import progress as verbs
from plans.actions.progress import Content
from plans.api.steps import GUARDED, LINK, ContentSerializer, ProgressSteps
from plans.facts.evidence import Finding, findings, sentence
from plans.facts.windows import due_expression
from plans.models import Assignment, Decision, EvidenceLink, Progress, ProgressVersion, Remark, ReportingPeriod

# --- what is shown -------------------------------------------------------------------------------------------


class ProgressRowSerializer(RowSerializer):
    """A report in a list; what it says stands in its versions."""

    reads = ("first_submitted_at", "due_on")

    id = serializers.IntegerField()
    assignment = serializers.IntegerField(source="assignment_id")
    plan = serializers.CharField(source="assignment__task__plan__code", help_text="Code of the plan.")
    task = serializers.IntegerField(source="assignment__task_id")
    task_code = serializers.CharField(source="assignment__task__code")
    task_title = serializers.CharField(source="assignment__task__current__title")
    agency = serializers.IntegerField(source="assignment__agency_id")
    agency_name = serializers.CharField(source="assignment__agency__name")
    period = serializers.IntegerField(source="period_id")
    period_code = serializers.CharField(source="period__code")
    state = serializers.ChoiceField(Progress.State.choices, help_text="Where the report stands.")
    revision = serializers.IntegerField(help_text="Grows with every change; the ETag of the detail.")
    first_submitted_at = serializers.DateTimeField(allow_null=True)
    submitted_late = serializers.SerializerMethodField(
        help_text="Report lateness: first submitted after the period's due date (as moved by an outage). Null before "
        "the first submission."
    )

    def get_submitted_late(self, row: dict[str, Any]) -> bool | None:
        """Return whether the report came late (not whether the task is)."""
        first = row["first_submitted_at"]
        return None if first is None else calendar.day_of(first) > row["due_on"]


class DecisionSerializer(serializers.Serializer):
    """What a reviewer decided on a version."""

    verb = serializers.ChoiceField(Decision.Verb.choices, help_text="The decision.")
    reason_code = serializers.CharField(help_text="Why it went back; empty when accepted.")
    reason = serializers.CharField()
    decided_by = serializers.CharField(source="decided_by.full_name")
    decided_at = serializers.DateTimeField()


class RemarkSerializer(serializers.Serializer):
    """A question, a reply to it, or an answer to obstacles and proposals."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(Remark.Kind.choices, help_text="Who says what.")
    text = serializers.CharField()
    replies_to = serializers.IntegerField(source="replies_to_id", allow_null=True, help_text="Id of the question.")
    by = serializers.CharField(source="by.full_name")
    at = serializers.DateTimeField()


class UsedBySerializer(serializers.Serializer):
    """A duty that shows the same evidence."""

    assignment = serializers.IntegerField(source="assignment_id")
    task_code = serializers.CharField(source="code")
    agency = serializers.CharField(help_text="Its short name.")


class FindingSerializer(serializers.Serializer):
    """One thing that a rule says of a piece of evidence."""

    code = serializers.CharField(help_text="Stable: `same_file`, `same_document`, `outside_year`, `missing_marks`, …")
    text = serializers.SerializerMethodField(help_text="In Vietnamese.")
    used_by = UsedBySerializer(many=True, help_text="Only duties that the caller may read.")

    def get_text(self, finding: Finding) -> str:
        """Return the finding as one sentence."""
        return sentence(finding)


class EvidenceSerializer(serializers.Serializer):
    """A document shown with a version, with a verdict of its own."""

    document = serializers.IntegerField(
        source="document_id", help_text="Id of the document: attach it elsewhere by it."
    )
    already_held = serializers.SerializerMethodField(
        help_text="The agency held this document before it was shown here: it was linked, not copied."
    )
    id = serializers.IntegerField(help_text="Id of the link: the same document has another in each version.")
    file_name = serializers.CharField(source="document.original_name")
    size = serializers.IntegerField(source="document.blob.size", help_text="Bytes.")
    media_type = serializers.CharField(source="document.blob.media_type")
    sha256 = serializers.CharField(source="document.blob.sha256")
    number = serializers.CharField(source="document.number", help_text="Number and symbol of the document.")
    issued_on = Day(source="document.issued_on", allow_null=True)
    issuer = serializers.CharField(source="document.issuer")
    excerpt = serializers.CharField(source="document.excerpt", help_text="What the document is about.")
    added_at = serializers.DateTimeField()
    verdict = serializers.ChoiceField(Verdict.choices, help_text="What the reviewer said of this piece.")
    verdict_at = serializers.DateTimeField(allow_null=True)
    findings = serializers.SerializerMethodField(
        help_text="What rules say of it before a human looks, as far as the caller may know. Null in earlier versions, "
        "and for what was taken off."
    )

    @extend_schema_field(FindingSerializer(many=True, allow_null=True))
    def get_findings(self, link: EvidenceLink) -> Any:
        """Return what the rules say."""
        said = self.context["findings"].get(link.pk)
        return None if said is None else FindingSerializer(said, many=True).data

    def get_already_held(self, link: EvidenceLink) -> bool:
        """Return whether the document is older than its link."""
        return link.document.uploaded_at < link.added_at


class VersionSerializer(serializers.Serializer):
    """What one submission says. Blank is not zero: a figure not given is null."""

    number = serializers.IntegerField()
    result = serializers.CharField(help_text="What was done in the period.")
    figure = Number(allow_null=True, help_text="In the unit of the task's quantity.")
    numerator = Number(allow_null=True)
    denominator = Number(allow_null=True)
    percent = Number(5, 2, allow_null=True, help_text="What the person estimated; shown, never averaged.")
    obstacles = serializers.CharField()
    proposals = serializers.CharField()
    done_on = Day(allow_null=True, help_text="The day the work was finished.")
    explanation = serializers.CharField(help_text="Why there is no evidence.")
    created_by = serializers.CharField(source="created_by.full_name")
    created_at = serializers.DateTimeField()
    submitted_by = serializers.CharField(source="submitted_by.full_name", default=None, allow_null=True)
    submitted_at = serializers.DateTimeField(allow_null=True, help_text="Null: this is the draft.")
    forwarded_by = serializers.CharField(
        source="forwarded_by.full_name", default=None, allow_null=True, help_text="Who put it before the head."
    )
    forwarded_at = serializers.DateTimeField(allow_null=True)
    approved_by = serializers.CharField(
        source="approved_by.full_name", default=None, allow_null=True, help_text="Who let it leave the agency."
    )
    approved_at = serializers.DateTimeField(allow_null=True)
    corrects = serializers.IntegerField(
        source="corrects.number", default=None, allow_null=True, help_text="Number of the accepted version it corrects."
    )
    correction_reason = serializers.CharField()
    decision = DecisionSerializer(default=None, allow_null=True)
    remarks = RemarkSerializer(many=True, help_text="Questions, replies and answers, oldest first.")
    evidence = EvidenceSerializer(many=True)


class ProgressSerializer(serializers.Serializer):
    """A report with its versions, oldest first. A draft is shown only to its own agency."""

    id = serializers.IntegerField()
    assignment = serializers.IntegerField(source="assignment_id")
    plan = serializers.CharField(source="assignment.task.plan.code", help_text="Code of the plan.")
    task = serializers.IntegerField(source="assignment.task_id")
    agency = serializers.IntegerField(source="assignment.agency_id")
    agency_name = serializers.CharField(source="assignment.agency.name")
    period = serializers.IntegerField(source="period_id")
    period_code = serializers.CharField(source="period.code")
    state = serializers.ChoiceField(Progress.State.choices, help_text="Where the report stands.")
    revision = serializers.IntegerField(help_text="Also in the ETag header.")
    first_submitted_at = serializers.DateTimeField(allow_null=True)
    accepted_version = serializers.IntegerField(
        source="accepted.number", default=None, allow_null=True, help_text="The version that counts."
    )
    versions = VersionSerializer(source="shown_versions", many=True)


# --- what is sent --------------------------------------------------------------------------------------------


class StartSerializer(ContentSerializer):
    """A report to begin."""

    assignment = Reference(help_text="Id of an assignment that the caller's agency leads.")
    period = Reference(help_text="Id of a period of the same plan.")


class AcceptSerializer(BodySerializer):
    """An acceptance."""

    verdicts = serializers.DictField(
        child=serializers.ChoiceField([one for one in Verdict.choices if one[0] != Verdict.PENDING]),
        required=False,
        help_text="Evidence link id → verdict. Evidence not named is accepted.",
    )


class ReturnSerializer(BodySerializer):
    """A return. Reason and its code are required by the rules of the work (422)."""

    verdicts = serializers.DictField(
        child=serializers.ChoiceField([one for one in Verdict.choices if one[0] != Verdict.PENDING]),
        required=False,
        help_text="Evidence link id → verdict. Evidence not named keeps what it has.",
    )

    reason_code = serializers.ChoiceField(
        Decision.Reason.choices, required=False, default="", help_text="What kind of reason; required."
    )
    reason = serializers.CharField(required=False, allow_blank=True, default="", help_text="Kept for ever; required.")


class CorrectSerializer(BodySerializer):
    """A correction."""

    reason = serializers.CharField(required=False, allow_blank=True, default="", help_text="Kept for ever; required.")


class UploadSerializer(BodySerializer):
    """A file and the marks of the document it holds."""

    file = serializers.FileField(
        required=False, allow_empty_file=True, help_text="The file: PDF, office document or picture."
    )
    document = Reference(required=False, help_text="Id of a document that the agency holds, instead of a file.")
    number = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=100, help_text="Number and symbol."
    )
    issued_on = Day(required=False, allow_null=True, default=None)
    issuer = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    excerpt = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=500, help_text="What it is about."
    )


class ProgressFilter(filters.FilterSet):
    """Filters of reports."""

    plan = Text("assignment__task__plan__code", help_text="Code of the plan.")
    assignment = Whole("assignment_id", help_text="Id of the assignment.")
    agency = Whole("assignment__agency_id", help_text="Id of the agency.")
    period = Whole("period_id", help_text="Id of the period.")
    state = one_of(Progress.State.choices, help_text="Where the report stands.")


@extend_schema_view(
    list=extend_schema(summary="List reports", description="Reports whose existence the caller may know of."),
    retrieve=extend_schema(
        summary="Read a report",
        description="With its versions, decisions and evidence. `If-None-Match` with the last ETag answers 304.",
        parameters=[IF_NONE_MATCH, ETAG],
        responses={200: ProgressSerializer, 304: OpenApiResponse(description="Not changed.")},
    ),
    create=extend_schema(
        summary="Begin a report",
        description="Begins the report of an assignment for a period, and keeps what is sent as its draft. 409 "
        "`progress_exists` when it has been begun: read it and PATCH it.",
        parameters=[ETAG],
        request=StartSerializer,
        responses={201: ProgressSerializer},
    ),
    partial_update=extend_schema(
        summary="Keep a draft",
        description="Keeps the draft; after a return it opens the next version, a copy with its evidence. " + GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=ContentSerializer,
        responses=ProgressSerializer,
    ),
)
class ProgressDoor(mixins.ListModelMixin, ProgressSteps):
    """Reports on assignments."""

    queryset = Progress.objects.none()
    serializer_class = ProgressSerializer
    row_class = ProgressRowSerializer
    filterset_class = ProgressFilter

    def rows(self) -> QuerySet[Any]:
        """Reports that the caller may see."""
        rows = Progress.objects.visible_to(self.person)
        if self.action == "list":
            return rows.annotate(due_on=due_expression("period", calendar.today())).order_by(
                "assignment__task__plan_id", "assignment__task__order", "assignment_id", "period__cut_off", "id"
            )
        return rows.select_related("assignment__task__plan", "assignment__agency", "period", "latest", "accepted")

    def _shown(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        """Return the report as it stands, without drafts of other agencies."""
        own = self.person.agencies_with(Permission.PROGRESS_READ)
        versions = (
            ProgressVersion.objects.select_related(
                "created_by", "submitted_by", "forwarded_by", "approved_by", "corrects", "decision__decided_by"
            )
            .prefetch_related(
                Prefetch(
                    "evidence",
                    EvidenceLink.objects.visible_to(self.person).select_related("document__blob").order_by("id"),
                ),
                Prefetch("remarks", Remark.objects.select_related("by").order_by("at", "id")),
            )
            .order_by("number")
        )
        readable = versions.filter(Q(submitted_at__isnull=False) | Q(progress__assignment__agency_id__in=own))
        row = self.rows().prefetch_related(Prefetch("versions", readable, to_attr="shown_versions")).get(pk=pk)
        # Of the last version alone, as on the reviewer's page: the cost does not grow with the versions.
        checked = findings(row.shown_versions[-1].pk, self.person) if row.shown_versions else {}
        body = ProgressSerializer(row, context={**self.get_serializer_context(), "findings": checked}).data
        return tagged(Response(body, status=code), row.revision)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Read a report."""
        row = self.get_object()
        known = parse_etags(request.headers.get("If-None-Match", ""))
        if quote_etag(str(row.revision)) in [tag.removeprefix("W/") for tag in known]:
            return tagged(Response(status=status.HTTP_304_NOT_MODIFIED), row.revision)
        return self._shown(row.pk)

    def create(self, request: Request) -> Response:
        """Begin a report."""
        sent = self.body(StartSerializer)
        assignment = (
            Assignment.objects.visible_to(self.person)
            .select_related("task__plan")
            .filter(pk=sent.pop("assignment"))
            .first()
        )
        if assignment is None:
            message = "Không tìm thấy phân công này, hoặc bạn không có quyền xem."
            raise NotVisible("assignment_unknown", message, fields={"assignment": message})
        period = ReportingPeriod.objects.filter(plan=assignment.task.plan, pk=sent.pop("period")).first()
        if period is None:
            message = "Kỳ báo cáo không thuộc kế hoạch của nhiệm vụ này."
            raise Invalid("wrong_plan", message, fields={"period": message})
        begun = Progress.objects.filter(assignment=assignment, period=period).exists()
        if begun or not sent:
            row = verbs.start(assignment=assignment, period=period, by=self.person)
        else:
            content = replace(Content(), **sent)
            row = verbs.report(assignment=assignment, period=period, content=content, hand_in=False, by=self.person)
        if begun:
            raise Conflict("progress_exists", "Báo cáo của kỳ này đã có. Hãy đọc báo cáo đó rồi cập nhật.")
        answer = self._shown(row.pk, status.HTTP_201_CREATED)
        answer["Location"] = request.build_absolute_uri(reverse("api:progress-detail", args=[row.pk]))
        return answer

    def partial_update(self, request: Request, pk: str) -> Response:
        """Keep a draft."""
        row, revision = self._guarded()
        verbs.save(progress=row, content=self._said(row), revision=revision, by=self.person)
        return self._shown(row.pk)

    @extend_schema(
        summary="Hand a report in",
        description="Hands in the draft as it stands, or with what is sent. " + GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=ContentSerializer,
        responses=ProgressSerializer,
    )
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """Hand a report in."""
        row, revision = self._guarded()
        verbs.submit(progress=row, content=self._said(row), revision=revision, by=self.person)
        return self._shown(row.pk)

    @extend_schema(
        summary="Accept a report",
        description="Accepts the submitted version, with a verdict on each piece of evidence. " + GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=AcceptSerializer,
        responses=ProgressSerializer,
    )
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Accept a report."""
        row, revision = self._guarded()
        verdicts = self._verdicts(row, self.body(AcceptSerializer).get("verdicts", {}))
        verbs.accept(progress=row, verdicts=verdicts, revision=revision, by=self.person)
        return self._shown(row.pk)

    @extend_schema(
        summary="Return a report",
        description="Sends the submitted version back, with a reason that is kept for ever. " + GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=ReturnSerializer,
        responses=ProgressSerializer,
    )
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def send_back(self, request: Request, pk: str) -> Response:
        """Return a report."""
        row, revision = self._guarded()
        said = self.body(ReturnSerializer)
        verbs.send_back(
            progress=row,
            reason_code=said["reason_code"],
            reason=said["reason"],
            verdicts=self._verdicts(row, said.get("verdicts", {})),
            revision=revision,
            by=self.person,
        )
        return self._shown(row.pk)

    @extend_schema(
        summary="Correct an accepted report",
        description="Opens the next version of an accepted report; the accepted one counts until then. " + GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=CorrectSerializer,
        responses=ProgressSerializer,
    )
    @action(detail=True, methods=["post"])
    def correct(self, request: Request, pk: str) -> Response:
        """Correct an accepted report."""
        row, revision = self._guarded()
        verbs.correct(progress=row, reason=self.body(CorrectSerializer)["reason"], revision=revision, by=self.person)
        return self._shown(row.pk)

    @extend_schema(
        summary="Give up a correction",
        description="Drops the draft of a correction: the report is again what was accepted. " + GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=None,
        responses=ProgressSerializer,
    )
    @action(detail=True, methods=["post"], url_path="give-up", url_name="give-up")
    def give_up(self, request: Request, pk: str) -> Response:
        """Give up a correction."""
        row, revision = self._guarded()
        verbs.give_up(progress=row, revision=revision, by=self.person)
        return self._shown(row.pk)

    @extend_schema(
        summary="Attach evidence",
        description="Adds one file to the draft; after a return it opens the next version first. The ETag is the "
        "report's new one. " + GUARDED,
        parameters=[IF_MATCH, ETAG],
        request={"multipart/form-data": UploadSerializer},
        responses={201: EvidenceSerializer},
    )
    @action(detail=True, methods=["post"], url_path="evidence", parser_classes=[parsers.MultiPartParser])
    def attach(self, request: Request, pk: str) -> Response:
        """Attach a file to the draft."""
        row, revision = self._guarded()
        sent = self.body(UploadSerializer)
        file, document = sent.pop("file", None), sent.pop("document", None)
        if (file is None) == (document is None):
            raise serializers.ValidationError({"file": ["Cần một tệp, hoặc số của một tài liệu cơ quan đã có."]})
        uploads = [Upload(name=file.name or "", size=file.size or 0, content=file, **sent)] if file else []
        try:
            moved = verbs.save(
                progress=row,
                content=self._kept(row),
                uploads=uploads,
                attach=[document] if document else [],
                revision=revision,
                by=self.person,
            )
        except Invalid as error:
            raise blamed(error, files="file", attach="document") from error
        link = EvidenceLink.objects.select_related("document__blob").filter(version=moved.latest_id).latest("id")
        checked = findings(link.version_id, self.person)
        body = EvidenceSerializer(link, context={**self.get_serializer_context(), "findings": checked}).data
        answer = tagged(Response(body, status=status.HTTP_201_CREATED), moved.revision)
        answer["Location"] = request.build_absolute_uri(reverse("api:progress-evidence-file", args=[row.pk, link.pk]))
        return answer

    @extend_schema(
        summary="Take evidence off the draft",
        description="Only from the draft; what was handed in stays (409 `not_in_draft`). " + GUARDED,
        parameters=[IF_MATCH, ETAG, LINK],
        responses={204: OpenApiResponse(description="Taken off; the report's new ETag is in the header.")},
    )
    @action(detail=True, methods=["delete"], url_path=rf"evidence/(?P<link>{ID})", url_name="evidence")
    def detach(self, request: Request, pk: str, link: str) -> Response:
        """Take a file off the draft."""
        row = self.get_object()
        piece = self._piece(row, link)
        revision = revision_of(request)
        writes = Progress.objects.writable_by(self.person).filter(pk=row.pk).exists()
        # Who may not write is told so by the verb, whatever state the report is in.
        if writes and (piece.version_id != row.latest_id or piece.version.submitted_at is not None):
            raise Conflict(
                "not_in_draft",
                "Tài liệu này thuộc lần báo cáo đã gửi nên được giữ nguyên. Hãy lưu nháp lần báo cáo mới rồi gỡ ở đó.",
            )
        moved = verbs.save(progress=row, content=self._kept(row), drop=[piece.pk], revision=revision, by=self.person)
        return tagged(Response(status=status.HTTP_204_NO_CONTENT), moved.revision)

    @extend_schema(
        summary="Download evidence",
        parameters=[LINK],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["get"], url_path=rf"evidence/(?P<link>{ID})/file", url_name="evidence-file")
    def evidence_file(self, request: Request, pk: str, link: str) -> FileResponse:
        """Download a file as an attachment."""
        piece = self._piece(self.get_object(), link)
        return download(piece.document.blob, piece.document.original_name)

    def _piece(self, row: Progress, link: str) -> EvidenceLink:
        """Return one piece of the report's evidence that the caller may see."""
        found = (
            EvidenceLink.objects.visible_to(self.person)
            .select_related("document__blob", "version")
            .filter(pk=int(link), version__progress=row)
            .first()
        )
        if found is None:
            raise NotVisible("not_found", "Không tìm thấy, hoặc bạn không có quyền xem.")
        return found

    def _verdicts(self, row: Progress, given: Mapping[str, str]) -> dict[int, str]:
        """Return the verdicts by link. Raises ValidationError for what is not evidence of the submitted version."""
        known = {
            str(pk)
            for pk in EvidenceLink.objects.filter(
                version=row.latest_id, version__submitted_at__isnull=False
            ).values_list("pk", flat=True)
        }
        strange = sorted(set(given) - known)
        if strange:
            raise serializers.ValidationError(
                {"verdicts": [f"Không phải tài liệu của lần báo cáo này: {', '.join(strange)[:200]}."]}
            )
        return {int(pk): verdict for pk, verdict in given.items()}

"""Requests of agencies about their duties, and rulings: the same verbs as on the screens.

A step on a request says which revision it read (``If-Match``); the answer carries the next (``ETag``).
"""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from django.urls import reverse
from django.utils.http import parse_etags, quote_etag
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins, parsers, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import calendar
from agencies.actions.documents import Upload
from agencies.api.door import (
    ETAG,
    IF_MATCH,
    IF_NONE_MATCH,
    BodySerializer,
    Day,
    Door,
    JSONParser,
    NotVisible,
    Number,
    ReadDoor,
    Reference,
    RowSerializer,
    Text,
    Whole,
    download,
    one_of,
    revision_of,
    tagged,
)
from agencies.errors import Invalid
from agencies.models import Agency
from plans.actions import requests as verbs
from plans.actions import rulings
from plans.models import Assignment, DutyRequest, Ruling, Task
from plans.standing import DoneRule

_GUARDED = "Needs `If-Match`: 428 without it, 409 `stale_revision` when the request has changed since."


# --- requests ------------------------------------------------------------------------------------------------


class DutyRequestRowSerializer(RowSerializer):
    """A request in a list."""

    id = serializers.IntegerField()
    assignment = serializers.IntegerField(source="assignment_id")
    plan = serializers.CharField(source="assignment__task__plan__code", help_text="Code of the plan.")
    task_code = serializers.CharField(source="assignment__task__code")
    agency = serializers.IntegerField(source="assignment__agency_id")
    agency_name = serializers.CharField(source="assignment__agency__name")
    kind = serializers.ChoiceField(DutyRequest.Kind.choices, help_text="What is asked.")
    state = serializers.ChoiceField(DutyRequest.State.choices, help_text="Where the request stands.")
    revision = serializers.IntegerField(help_text="The ETag of the detail.")
    old_due_on = Day(allow_null=True, help_text="The day that counted when it was asked.")
    new_due_on = Day(allow_null=True, help_text="The day that is asked for.")
    after_deadline = serializers.BooleanField(help_text="Asked when the duty was already overdue.")
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class DutyRequestSerializer(serializers.Serializer):
    """A request with its reason, its document and what was decided."""

    id = serializers.IntegerField()
    assignment = serializers.IntegerField(source="assignment_id")
    plan = serializers.CharField(source="assignment.task.plan.code", help_text="Code of the plan.")
    task_code = serializers.CharField(source="assignment.task.code")
    agency = serializers.IntegerField(source="assignment.agency_id")
    agency_name = serializers.CharField(source="assignment.agency.name")
    kind = serializers.ChoiceField(DutyRequest.Kind.choices, help_text="What is asked.")
    state = serializers.ChoiceField(DutyRequest.State.choices, help_text="Where the request stands.")
    revision = serializers.IntegerField()
    reason = serializers.CharField()
    legal_ground = serializers.CharField(help_text="Of a refusal.")
    old_due_on = Day(allow_null=True)
    new_due_on = Day(allow_null=True)
    after_deadline = serializers.BooleanField()
    file_name = serializers.CharField(source="document.original_name", default=None, allow_null=True)
    sha256 = serializers.CharField(source="document.blob.sha256", default=None, allow_null=True)
    created_by = serializers.CharField(source="created_by.full_name")
    created_at = serializers.DateTimeField()
    decided_by = serializers.CharField(source="decided_by.full_name", default=None, allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_reason = serializers.CharField()
    reassigned_to = serializers.IntegerField(
        source="reassigned_to_id", allow_null=True, help_text="The assignment of the agency that takes a refused duty."
    )


class MarkedFileSerializer(BodySerializer):
    """A file with the marks of the document it holds."""

    document = serializers.FileField(
        required=False, allow_empty_file=True, help_text="The signed document: PDF, office document or picture."
    )
    number = serializers.CharField(required=False, allow_blank=True, default="", max_length=100)
    issued_on = Day(required=False, allow_null=True, default=None)


class ExtensionSerializer(MarkedFileSerializer):
    """An extension to ask for. Day, reason and document are required by the rules of the work (422)."""

    assignment = Reference(help_text="Id of an assignment that the caller's agency leads.")
    new_due_on = Day(required=False, allow_null=True, default=None)
    reason = serializers.CharField(required=False, allow_blank=True, default="")


class RefusalSerializer(MarkedFileSerializer):
    """A duty that is not the agency's. Reason and legal ground are required by the rules of the work (422)."""

    assignment = Reference(help_text="Id of an assignment that the caller's agency leads.")
    reason = serializers.CharField(required=False, allow_blank=True, default="")
    legal_ground = serializers.CharField(required=False, allow_blank=True, default="", max_length=300)


class GrantDutyRequestSerializer(BodySerializer):
    """A grant; of a refusal with the agency that takes the duty."""

    to = Reference(required=False, allow_null=True, default=None, help_text="Id of the agency; refusals only.")
    reason = serializers.CharField(required=False, allow_blank=True, default="")


class DeclineDutyRequestSerializer(BodySerializer):
    """A refusal of the request."""

    reason = serializers.CharField(required=False, allow_blank=True, default="", help_text="Kept for ever; required.")


class DutyRequestFilter(filters.FilterSet):
    """Filters of requests."""

    plan = Text("assignment__task__plan__code", help_text="Code of the plan.")
    assignment = Whole("assignment_id", help_text="Id of the assignment.")
    agency = Whole("assignment__agency_id", help_text="Id of the agency.")
    kind = one_of(DutyRequest.Kind.choices, help_text="What is asked.")
    state = one_of(DutyRequest.State.choices, help_text="Where the request stands.")
    mine = filters.BooleanFilter(method="to_decide", help_text="true: open, and the caller decides it.")

    def to_decide(self, rows: Any, name: str, value: bool) -> Any:
        """Keep what waits for the caller."""
        if not value:
            return rows
        return rows.decidable_by(self.request.user, calendar.today()).filter(state=DutyRequest.State.OPEN)


def _upload(sent: dict[str, Any], number: str = "number", issued_on: str = "issued_on") -> Upload | None:
    """Return the file of a body."""
    file = sent.pop("document", None)
    if file is None:
        return None
    return Upload(
        name=file.name or "",
        size=file.size or 0,
        content=file,
        number=sent.get(number) or "",
        issued_on=sent.get(issued_on),
    )


@extend_schema_view(
    list=extend_schema(summary="List requests", description="Requests about duties that the caller may read."),
    retrieve=extend_schema(
        summary="Read a request",
        parameters=[IF_NONE_MATCH, ETAG],
        responses={200: DutyRequestSerializer, 304: OpenApiResponse(description="Not changed.")},
    ),
)
class DutyRequestDoor(mixins.ListModelMixin, Door):
    """Requests of agencies about their duties."""

    queryset = DutyRequest.objects.none()
    serializer_class = DutyRequestSerializer
    row_class = DutyRequestRowSerializer
    filterset_class = DutyRequestFilter

    def rows(self) -> QuerySet[Any]:
        """Requests that the caller may see."""
        rows = DutyRequest.objects.visible_to(self.person).order_by("-created_at", "-id")
        if self.action == "list":
            return rows
        return rows.select_related(
            "assignment__task__plan", "assignment__agency", "document__blob", "created_by", "decided_by"
        )

    def _shown(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        row = self.rows().get(pk=pk)
        body = DutyRequestSerializer(row, context=self.get_serializer_context()).data
        return tagged(Response(body, status=code), row.revision)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Read a request."""
        row = self.get_object()
        known = parse_etags(request.headers.get("If-None-Match", ""))
        if quote_etag(str(row.revision)) in [tag.removeprefix("W/") for tag in known]:
            return tagged(Response(status=status.HTTP_304_NOT_MODIFIED), row.revision)
        return self._shown(row.pk)

    def _asked(self, pk: int) -> Assignment:
        found = Assignment.objects.visible_to(self.person).select_related("task__plan", "agency").filter(pk=pk).first()
        if found is None:
            message = "Không tìm thấy phân công này, hoặc bạn không có quyền xem."
            raise NotVisible("assignment_unknown", message, fields={"assignment": message})
        return found

    def _made(self, row: DutyRequest) -> Response:
        answer = self._shown(row.pk, status.HTTP_201_CREATED)
        answer["Location"] = self.request.build_absolute_uri(reverse("api:request-detail", args=[row.pk]))
        return answer

    @extend_schema(
        summary="Ask for an extension",
        description="The old day counts until it is granted.",
        parameters=[ETAG],
        request={"multipart/form-data": ExtensionSerializer},
        responses={201: DutyRequestSerializer},
    )
    @action(detail=False, methods=["post"], url_path="extensions", parser_classes=[parsers.MultiPartParser, JSONParser])
    def ask_extension(self, request: Request) -> Response:
        """Ask for more time."""
        sent = self.body(ExtensionSerializer)
        upload = _upload(sent)
        row = verbs.ask_extension(
            assignment=self._asked(sent["assignment"]),
            new_due_on=sent["new_due_on"],
            reason=sent["reason"],
            upload=upload,
            by=self.person,
        )
        return self._made(row)

    @extend_schema(
        summary="Refuse a duty",
        description="It stays with the agency until it is given to another.",
        parameters=[ETAG],
        request={"multipart/form-data": RefusalSerializer, "application/json": RefusalSerializer},
        responses={201: DutyRequestSerializer},
    )
    @action(detail=False, methods=["post"], url_path="refusals", parser_classes=[parsers.MultiPartParser, JSONParser])
    def refuse(self, request: Request) -> Response:
        """Say that a duty is not the agency's."""
        sent = self.body(RefusalSerializer)
        upload = _upload(sent)
        row = verbs.refuse(
            assignment=self._asked(sent["assignment"]),
            reason=sent["reason"],
            legal_ground=sent["legal_ground"],
            upload=upload,
            by=self.person,
        )
        return self._made(row)

    @extend_schema(
        summary="Withdraw a request",
        description=_GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=None,
        responses=DutyRequestSerializer,
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take a request back."""
        row, revision = self._guarded()
        verbs.withdraw(request=row, revision=revision, by=self.person)
        return self._shown(row.pk)

    @extend_schema(
        summary="Grant a request",
        description="From today: the new day counts; a refused duty goes to the agency `to` from tomorrow. " + _GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=GrantDutyRequestSerializer,
        responses=DutyRequestSerializer,
    )
    @action(detail=True, methods=["post"])
    def grant(self, request: Request, pk: str) -> Response:
        """Grant a request."""
        row, revision = self._guarded()
        sent = self.body(GrantDutyRequestSerializer)
        to = Agency.objects.visible_to(self.person).filter(pk=sent["to"]).first() if sent["to"] else None
        if sent["to"] and to is None:
            message = "Không tìm thấy cơ quan này."
            raise NotVisible("agency_unknown", message, fields={"to": message})
        verbs.grant(request=row, to=to, reason=sent["reason"], revision=revision, by=self.person)
        return self._shown(row.pk)

    @extend_schema(
        summary="Decline a request",
        description="With a reason that is kept for ever. " + _GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=DeclineDutyRequestSerializer,
        responses=DutyRequestSerializer,
    )
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str) -> Response:
        """Decline a request."""
        row, revision = self._guarded()
        verbs.decline(
            request=row, reason=self.body(DeclineDutyRequestSerializer)["reason"], revision=revision, by=self.person
        )
        return self._shown(row.pk)

    @extend_schema(
        summary="Download a request's document",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["get"])
    def document(self, request: Request, pk: str) -> FileResponse:
        """Download the document."""
        row = self.get_object()
        if row.document is None:
            raise NotVisible("not_found", "Đề nghị này không kèm văn bản.")
        return download(row.document.blob, row.document.original_name)

    def _guarded(self) -> tuple[DutyRequest, int]:
        row: DutyRequest = self.get_object()
        return row, revision_of(self.request)


# --- rulings -------------------------------------------------------------------------------------------------


class RulingSerializer(RowSerializer):
    """A ruling: about one assignment, or about a whole task (``assignment`` null)."""

    id = serializers.IntegerField()
    plan = serializers.CharField(source="task__plan__code", help_text="Code of the plan.")
    task = serializers.IntegerField(source="task_id")
    task_code = serializers.CharField(source="task__code")
    assignment = serializers.IntegerField(source="assignment_id", allow_null=True)
    kind = serializers.ChoiceField(Ruling.Kind.choices, help_text="What is ruled.")
    effective_on = Day(help_text="The day from which it holds.")
    due_on = Day(allow_null=True, help_text="The new day; task_done: the day by which the task counted then.")
    done_rule = serializers.CharField(help_text="all, threshold or reviewer; empty for other kinds.")
    done_share = Number(5, 2, allow_null=True)
    document_number = serializers.CharField()
    document_date = Day(allow_null=True)
    request = serializers.IntegerField(source="request_id", allow_null=True, help_text="The request it grants.")
    reason = serializers.CharField()
    by = serializers.CharField(source="by__full_name", allow_null=True)
    at = serializers.DateTimeField(help_text="When it was recorded.")


class RecordedRulingSerializer(RulingSerializer):
    """A ruling that has just been recorded, with what it does not reach."""

    left_out = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="Assignments of the caller's own agencies: the second body decides about them.",
    )


_KINDS = (
    Ruling.Kind.SUSPEND,
    Ruling.Kind.RESUME,
    Ruling.Kind.CANCEL,
    Ruling.Kind.FINISH,
    Ruling.Kind.INTERNAL_DUE,
    Ruling.Kind.CONDITION_MET,
    Ruling.Kind.DONE_RULE,
    Ruling.Kind.TASK_DONE,
)


class RuleSerializer(BodySerializer):
    """A ruling to record, about ``assignment`` or the whole ``task``. Which fields are needed follows from its kind."""

    kind = serializers.ChoiceField([(one.value, one.label) for one in _KINDS], help_text="What is ruled.")
    assignment = Reference(required=False, help_text="Id of one lead assignment …")
    task = Reference(required=False, help_text="… or of the whole task.")
    effective_on = Day(required=False, help_text="suspend, resume, cancel, finish: from when; task_done: the done day.")
    due_on = Day(required=False, help_text="internal_due, condition_met.")
    done_rule = serializers.ChoiceField(DoneRule.choices, required=False, help_text="done_rule.")
    done_share = Number(5, 2, required=False, help_text="done_rule by a threshold: percent of the agencies.")
    document_number = serializers.CharField(required=False, allow_blank=True, max_length=100)
    document_date = Day(required=False)
    document = serializers.FileField(required=False, allow_empty_file=True)
    reason = serializers.CharField(required=False, allow_blank=True)


class RulingFilter(filters.FilterSet):
    """Filters of rulings."""

    plan = Text("task__plan__code", help_text="Code of the plan.")
    task = Whole("task_id", help_text="Id of the task.")
    assignment = Whole("assignment_id", help_text="Id of the assignment.")
    kind = one_of(Ruling.Kind.choices, help_text="What is ruled.")


@extend_schema_view(
    list=extend_schema(summary="List rulings", description="About duties that the caller may read, oldest first."),
    retrieve=extend_schema(summary="Read a ruling"),
    create=extend_schema(
        summary="Record a ruling",
        description="Appended, never changed. `condition_met` is the agency's to record, once; all others are of the "
        "reviewer who decides about the agency (its own reviewers never do). A whole task of several agencies is the "
        "standing office's. A day or a halt of a whole task does not reach an assignment of the caller's own agencies "
        "(`left_out`): then each of the others has a ruling of its own, and the answer is the first of them.",
        request={"application/json": RuleSerializer, "multipart/form-data": RuleSerializer},
        responses={201: RecordedRulingSerializer},
    ),
)
class RulingDoor(ReadDoor):
    """Rulings about duties and tasks."""

    queryset = Ruling.objects.none()
    serializer_class = RulingSerializer
    filterset_class = RulingFilter
    parser_classes = [JSONParser, parsers.MultiPartParser]

    def rows(self) -> QuerySet[Any]:
        """Rulings that the caller may see."""
        return Ruling.objects.visible_to(self.person).order_by("at", "id")

    def _subject(self, sent: dict[str, Any]) -> Assignment | Task:
        assignment, task = sent.pop("assignment", None), sent.pop("task", None)
        if (assignment is None) == (task is None):
            message = "Cần nêu đúng một trong hai: assignment hoặc task."
            raise Invalid("subject_required", message, fields={"assignment": message})
        seen = Assignment.objects.visible_to(self.person)
        found: Assignment | Task | None
        if assignment is not None:
            found = seen.select_related("task__plan", "agency").filter(pk=assignment).first()
        else:
            found = (
                Task.objects.visible_to(self.person)
                .filter(pk=task, pk__in=seen.values("task_id"))
                .select_related("plan", "current")
                .first()
            )
        if found is None:
            name = "assignment" if assignment is not None else "task"
            message = "Không tìm thấy, hoặc bạn không có quyền xem."
            raise NotVisible("not_found", message, fields={name: message})
        return found

    def create(self, request: Request) -> Response:
        """Record a ruling."""
        sent = self.body(RuleSerializer)
        kind = Ruling.Kind(sent.pop("kind"))
        of = self._subject(sent)
        made = _rule(of, kind, sent, self.person)
        row = self.rows().values(*RulingSerializer.columns()).get(pk=made.pk)
        left = [] if kind in (Ruling.Kind.DONE_RULE, Ruling.Kind.TASK_DONE) else rulings.left_out(of, self.person)
        answer = Response(
            {
                **RulingSerializer(row, context=self.get_serializer_context()).data,
                "left_out": [one.pk for one in left],
            },
            status=status.HTTP_201_CREATED,
        )
        answer["Location"] = request.build_absolute_uri(reverse("api:ruling-detail", args=[made.pk]))
        return answer

    @extend_schema(
        summary="Download a ruling's document",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["get"])
    def document(self, request: Request, pk: str) -> FileResponse:
        """Download the document."""
        row = Ruling.objects.visible_to(self.person).select_related("document__blob").filter(pk=int(pk)).first()
        if row is None or row.document is None:
            raise NotVisible("not_found", "Không tìm thấy văn bản, hoặc bạn không có quyền xem.")
        return download(row.document.blob, row.document.original_name)


def _rule(of: Assignment | Task, kind: Ruling.Kind, sent: dict[str, Any], by: Any) -> Ruling:
    """Call the verb of a kind with what it takes; a field of another kind is refused."""
    decision = {"document_number": "", "document_date": None, "reason": ""}
    takes: dict[Ruling.Kind, dict[str, Any]] = {
        Ruling.Kind.SUSPEND: {**decision, "effective_on": calendar.today()},
        Ruling.Kind.RESUME: {**decision, "effective_on": calendar.today()},
        Ruling.Kind.CANCEL: {**decision, "effective_on": calendar.today()},
        Ruling.Kind.FINISH: {**decision, "effective_on": calendar.today()},
        Ruling.Kind.INTERNAL_DUE: {"due_on": None, "reason": ""},
        Ruling.Kind.CONDITION_MET: {**decision, "due_on": None},
        Ruling.Kind.DONE_RULE: {"done_rule": "", "done_share": None, "reason": ""},
        Ruling.Kind.TASK_DONE: {**decision, "effective_on": None},
    }
    upload = _upload(sent, "document_number", "document_date")
    fields = takes[kind]
    strange = {name: "Loại quyết định này không có trường này." for name in sent if name not in fields}
    whole = kind in (Ruling.Kind.DONE_RULE, Ruling.Kind.TASK_DONE)
    if whole and not isinstance(of, Task):
        strange["assignment"] = "Quyết định này là về cả nhiệm vụ: hãy nêu task."
    if upload is not None and "document_number" not in fields:
        strange["document"] = "Loại quyết định này không kèm văn bản."
    if strange:
        raise Invalid("ruling_incomplete", " ".join(strange.values()), fields=strange)
    values = {**fields, **sent}
    if "document_number" in fields:
        values["upload"] = upload
    if kind == Ruling.Kind.DONE_RULE:
        assert isinstance(of, Task)
        return rulings.set_done_rule(task=of, by=by, **values)
    if kind == Ruling.Kind.TASK_DONE:
        assert isinstance(of, Task)
        return rulings.conclude(task=of, done_on=values.pop("effective_on"), by=by, **values)
    verb: dict[Ruling.Kind, Callable[..., Ruling]] = {
        Ruling.Kind.SUSPEND: rulings.suspend,
        Ruling.Kind.RESUME: rulings.resume,
        Ruling.Kind.CANCEL: rulings.cancel,
        Ruling.Kind.FINISH: rulings.finish,
        Ruling.Kind.INTERNAL_DUE: rulings.set_internal_due,
        Ruling.Kind.CONDITION_MET: rulings.meet_condition,
    }
    return verb[kind](of=of, by=by, **values)

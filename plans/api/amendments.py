"""Amendments of issued plans: the same verbs as on the screens (``plans.actions.amendments``, ``amendment_lines``)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from django.urls import reverse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, parsers, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.actions.documents import Upload
from agencies.api.door import (
    ETAG,
    ID,
    IF_MATCH,
    BodySerializer,
    Day,
    Door,
    JSONParser,
    NotVisible,
    Number,
    Reference,
    RowSerializer,
    Text,
    blamed,
    download,
    one_of,
    revision_of,
    tagged,
)
from agencies.errors import Invalid
from agencies.models import Agency, AgencyGroup
from indicators.models import Component, Index
from plans.actions import amendment_lines as lines
from plans.actions import amendments as verbs
from plans.actions import carry_over
from plans.actions.amendment_lines import TargetText, target_text_of, text_of
from plans.actions.plans import Milestone, Party, Quantity, Serves, TaskText, may_end
from plans.api.successions import CarrySerializer, wanted_of
from plans.facts.amendments import Diff, diff_of
from plans.models import Amendment, PartyRole, Plan, Section, Target, TargetVersion, Task, TaskVersion
from plans.standing import DeadlineKind

LINK = OpenApiParameter("link", OpenApiTypes.INT, OpenApiParameter.PATH, description="Id of the line.")


# --- what is shown -------------------------------------------------------------------------------------------


class AmendmentRowSerializer(RowSerializer):
    """An amendment in a list."""

    id = serializers.IntegerField()
    plan = serializers.CharField(source="plan__code", help_text="Code of the plan.")
    number = serializers.CharField(help_text="Number and symbol of the decision.")
    issued_on = Day()
    issuer = serializers.CharField()
    title = serializers.CharField()
    effective_on = Day(help_text="Its texts count from this day, once it is confirmed.")
    state = serializers.ChoiceField(Amendment.State.choices, help_text="Where it stands.")
    revision = serializers.IntegerField(help_text="Grows with every change; the ETag of the detail.")
    confirmed_at = serializers.DateTimeField(allow_null=True, help_text="When the portal came to know of it.")


class FieldChangeSerializer(serializers.Serializer):
    """One field before and after, as people read it; empty: not given."""

    name = serializers.CharField()
    label = serializers.CharField(help_text="In Vietnamese.")  # type: ignore[assignment]
    before = serializers.CharField()
    after = serializers.CharField()


class DutyMoveSerializer(serializers.Serializer):
    """One agency's duty and the reports that hang on it."""

    role = serializers.ChoiceField(PartyRole.choices, help_text="What the agency does in the task.")
    agency = serializers.IntegerField(source="agency_id")
    agency_name = serializers.CharField(source="agency")
    assignment = serializers.IntegerField(source="assignment_id", allow_null=True)
    reports = serializers.IntegerField(help_text="Reports handed in; they stay.")


class LineSerializer(serializers.Serializer):
    """A task or target that the amendment changes, adds or drops."""

    id = serializers.IntegerField(help_text="Id of the line, to take it off.")
    kind = serializers.ChoiceField([("task", "task"), ("target", "target")], help_text="What the line is about.")
    verb = serializers.ChoiceField([("change", ""), ("add", ""), ("drop", "")], help_text="What it does.")
    subject = serializers.IntegerField(source="subject_id", help_text="Id of the task or target.")
    code = serializers.CharField()
    title = serializers.CharField()
    reason = serializers.CharField()
    changes = FieldChangeSerializer(many=True)
    gets = DutyMoveSerializer(source="moves.gets", many=True)
    loses = DutyMoveSerializer(source="moves.loses", many=True)
    keeps = DutyMoveSerializer(source="moves.keeps", many=True)
    warnings = serializers.ListField(child=serializers.CharField())
    obstacles = serializers.SerializerMethodField(help_text="Codes of what stops the confirmation.")

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_obstacles(self, line: Any) -> list[str]:
        """Return the codes."""
        return [code for code, _ in line.obstacles]


class DiffSerializer(serializers.Serializer):
    """Everything the amendment does, or did."""

    changed = serializers.SerializerMethodField()
    added = serializers.SerializerMethodField()
    dropped = serializers.SerializerMethodField()
    warnings = serializers.ListField(child=serializers.CharField())
    lines = LineSerializer(many=True)

    def get_changed(self, diff: Diff) -> int:
        """Return how many lines change."""
        return diff.count("change")

    def get_added(self, diff: Diff) -> int:
        """Return how many lines add."""
        return diff.count("add")

    def get_dropped(self, diff: Diff) -> int:
        """Return how many lines drop."""
        return diff.count("drop")


class AmendmentSerializer(serializers.Serializer):
    """An amendment with what it changes."""

    id = serializers.IntegerField()
    plan = serializers.CharField(source="plan.code", help_text="Code of the plan.")
    number = serializers.CharField(help_text="Number and symbol of the decision.")
    issued_on = Day()
    issuer = serializers.CharField()
    title = serializers.CharField()
    effective_on = Day(help_text="Its texts count from this day, once it is confirmed.")
    state = serializers.ChoiceField(Amendment.State.choices, help_text="Where it stands.")
    revision = serializers.IntegerField(help_text="Also in the ETag header.")
    confirmed_by = serializers.CharField(source="confirmed_by.full_name", default=None, allow_null=True)
    confirmed_at = serializers.DateTimeField(allow_null=True)
    file_name = serializers.CharField(
        source="document.original_name", default=None, allow_null=True, help_text="Null: no file was kept."
    )
    size = serializers.IntegerField(source="document.blob.size", default=None, allow_null=True, help_text="Bytes.")
    sha256 = serializers.CharField(
        source="document.blob.sha256", default=None, allow_null=True, help_text="Of the file."
    )
    diff = serializers.SerializerMethodField()

    @extend_schema_field(DiffSerializer)
    def get_diff(self, amendment: Amendment) -> Any:
        """Return the lines."""
        return DiffSerializer(diff_of(amendment)).data


# --- what is sent --------------------------------------------------------------------------------------------


class HeadingSerializer(BodySerializer):
    """What stands above the lines. Fields not sent stay as they are."""

    number = serializers.CharField(required=False, allow_blank=True, max_length=60)
    issued_on = Day(required=False, allow_null=True)
    issuer = serializers.CharField(required=False, allow_blank=True, max_length=200)
    title = serializers.CharField(required=False, allow_blank=True, max_length=500)
    effective_on = Day(required=False, allow_null=True)
    file = serializers.FileField(
        required=False, allow_empty_file=True, help_text="The file of the decision (multipart only)."
    )


class BeginSerializer(HeadingSerializer):
    """An amendment to begin."""

    plan = serializers.CharField(help_text="Code of an issued plan.")


class DeadlineBodySerializer(BodySerializer):
    """A deadline as the decision gives it; what it does not give is left out."""

    kind = serializers.ChoiceField(DeadlineKind.choices, help_text="What kind of deadline it is.")
    to = Day(required=False, allow_null=True)
    text = serializers.CharField(required=False, allow_blank=True, max_length=200)
    recurrence = serializers.CharField(required=False, allow_blank=True, max_length=100)
    condition = serializers.CharField(required=False, allow_blank=True, max_length=200)

    def get_fields(self) -> dict[str, Any]:
        """Add ``from``, which Python keeps for itself."""
        return {**super().get_fields(), "from": Day(required=False, allow_null=True)}


class PartyBodySerializer(BodySerializer):
    """A body of the plan's province: an agency or a group."""

    role = serializers.ChoiceField(PartyRole.choices, help_text="What it does in the task.")
    agency = Reference(required=False)
    group = Reference(required=False)
    wording = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)


class ServesBodySerializer(BodySerializer):
    """An index, or one of its components."""

    index = serializers.CharField(help_text="Code of the index.")
    component = Reference(required=False, allow_null=True, default=None)
    wording = serializers.CharField(required=False, allow_blank=True, default="", max_length=300)


class QuantityBodySerializer(BodySerializer):
    """A figure the task asks for."""

    comparator = serializers.CharField(max_length=20)
    value = Number(12, 4)
    unit = serializers.CharField(allow_blank=True, max_length=150)


class MilestoneBodySerializer(BodySerializer):
    """What the task should reach by a day on the way."""

    year = serializers.IntegerField(min_value=2000, max_value=2100)
    due_on = Day()
    text = serializers.CharField(max_length=300)
    value = Number(12, 4, required=False, allow_null=True, default=None)


class LineBodySerializer(BodySerializer):
    """What every line says besides its text."""

    verb = serializers.ChoiceField([("change", ""), ("add", ""), ("drop", "")], help_text="What it does.")
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)


class TaskLineSerializer(LineBodySerializer):
    """A line about a task. Fields of its text that are not sent stay as the task says them now."""

    task = Reference(required=False, help_text="Id of the task to change or drop.")
    section = Reference(required=False, help_text="Id of the section of a new task.")
    code = serializers.CharField(required=False, allow_blank=True, default="", help_text="Code of a new task.")
    title = serializers.CharField(required=False, allow_blank=True, max_length=500)
    deliverable = serializers.CharField(required=False, allow_blank=True, max_length=500)
    authority = serializers.ChoiceField(
        TaskVersion.Authority.choices, required=False, help_text="Assigned, or only proposed (“Đề nghị”)."
    )
    deadline = DeadlineBodySerializer(required=False)
    parties = PartyBodySerializer(many=True, required=False)
    components = ServesBodySerializer(many=True, required=False)
    quantities = QuantityBodySerializer(many=True, required=False)
    milestones = MilestoneBodySerializer(many=True, required=False)


class TargetLineSerializer(LineBodySerializer):
    """A line about a target. Fields of its text that are not sent stay as the target says them now."""

    target = Reference(required=False, help_text="Id of the target to change or drop.")
    code = serializers.CharField(required=False, allow_blank=True, default="", help_text="Code of a new target.")
    kind = serializers.ChoiceField(TargetVersion.Kind.choices, required=False, help_text="How it is judged.")
    text = serializers.CharField(required=False, allow_blank=True, max_length=500)
    comparator = serializers.CharField(required=False, max_length=20)
    value = Number(12, 4, required=False, allow_null=True)
    value_max = Number(12, 4, required=False, allow_null=True)
    open_ended = serializers.BooleanField(required=False)
    unit = serializers.CharField(required=False, allow_blank=True, max_length=100)
    group = serializers.CharField(required=False, allow_blank=True, max_length=50)
    baseline_year = serializers.IntegerField(required=False, allow_null=True, min_value=2000, max_value=2100)
    year = serializers.IntegerField(required=False, min_value=2000, max_value=2100)
    index = serializers.CharField(required=False, allow_null=True, help_text="Code of the index.")
    component = Reference(required=False, allow_null=True)


class DiscardSerializer(BodySerializer):
    """Why a draft is given up."""

    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)


class AmendmentFilter(filters.FilterSet):
    """Filters of amendments."""

    plan = Text("plan__code", help_text="Code of the plan.")
    state = one_of(Amendment.State.choices, help_text="Where it stands.")


def _upload(said: Mapping[str, Any], file: Any) -> Upload | None:
    """Return the file with the marks of the decision."""
    if file is None:
        return None
    return Upload(
        name=file.name or "",
        size=file.size or 0,
        content=file,
        number=said["number"],
        issued_on=said["issued_on"],
        issuer=said["issuer"],
        excerpt=said.get("title", ""),
    )


def _unknown(field: str) -> NotVisible:
    message = "Không tìm thấy, hoặc bạn không có quyền xem."
    return NotVisible(f"{field}_unknown", message, fields={field: message})


_GUARDED = "Needs `If-Match`: 428 without it, 409 `stale_revision` when the amendment has changed since."


@extend_schema_view(
    list=extend_schema(
        summary="List amendments", description="Confirmed ones of readable plans; drafts for those who prepare plans."
    ),
    retrieve=extend_schema(
        summary="Read an amendment",
        description="With every line: fields before and after, and what happens to the duties.",
        parameters=[ETAG],
    ),
    create=extend_schema(
        summary="Begin an amendment",
        description="A draft counts nowhere until it is confirmed.",
        parameters=[ETAG],
        request={"application/json": BeginSerializer, "multipart/form-data": BeginSerializer},
        responses={201: AmendmentSerializer},
    ),
    partial_update=extend_schema(
        summary="Change what stands above the lines",
        description=_GUARDED,
        parameters=[IF_MATCH, ETAG],
        request={"application/json": HeadingSerializer, "multipart/form-data": HeadingSerializer},
        responses=AmendmentSerializer,
    ),
)
class AmendmentDoor(mixins.ListModelMixin, Door):
    """Amendments of plans."""

    queryset = Amendment.objects.none()
    serializer_class = AmendmentSerializer
    row_class = AmendmentRowSerializer
    filterset_class = AmendmentFilter

    def rows(self) -> QuerySet[Any]:
        """Amendments that the caller may see."""
        rows = Amendment.objects.visible_to(self.person).order_by("plan_id", "effective_on", "id")
        if self.action == "list":
            return rows
        return rows.select_related("plan__province", "confirmed_by", "document__blob")

    def get_parsers(self) -> Any:
        """Read a form with a file where the heading is written; JSON alone everywhere else."""
        steps = getattr(self, "action_map", None) or {}
        method = str(getattr(self.request, "method", "")).lower()
        if steps.get(method) in ("create", "partial_update"):
            return [JSONParser(), parsers.MultiPartParser()]
        return super().get_parsers()

    def _shown(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        row = self.rows().get(pk=pk)
        body = AmendmentSerializer(row, context=self.get_serializer_context()).data
        return tagged(Response(body, status=code), row.revision)

    def _guarded(self) -> tuple[Amendment, int]:
        row = self.get_object()
        return row, revision_of(self.request)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Read an amendment."""
        return self._shown(self.get_object().pk)

    def create(self, request: Request) -> Response:
        """Begin an amendment."""
        sent = self.body(BeginSerializer)
        plan = Plan.objects.visible_to(self.person).filter(code=sent.pop("plan")).first()
        if plan is None:
            raise _unknown("plan")
        file = sent.pop("file", None)
        said = {"number": "", "issued_on": None, "issuer": "", "effective_on": None, **sent}
        try:
            row = verbs.begin(plan=plan, **said, upload=_upload(said, file), by=self.person)
        except Invalid as error:
            raise blamed(error, files="file") from error
        answer = self._shown(row.pk, status.HTTP_201_CREATED)
        answer["Location"] = request.build_absolute_uri(reverse("api:amendment-detail", args=[row.pk]))
        return answer

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what stands above the lines."""
        row, revision = self._guarded()
        names = ("number", "issued_on", "issuer", "title", "effective_on")
        said = {**{name: getattr(row, name) for name in names}, **self.body(HeadingSerializer)}
        file = said.pop("file", None)
        try:
            verbs.edit(amendment=row, revision=revision, upload=_upload(said, file), by=self.person, **said)
        except Invalid as error:
            raise blamed(error, files="file") from error
        return self._shown(row.pk)

    @extend_schema(
        summary="Download the decision's file",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["get"])
    def file(self, request: Request, pk: str) -> FileResponse:
        """Download the file as an attachment."""
        row = self.get_object()
        if row.document is None:
            raise NotVisible("not_found", "Văn bản sửa đổi này không kèm tệp.")
        return download(row.document.blob, row.document.original_name)

    @extend_schema(
        summary="Write a line about a task",
        description="Change, add or drop a task; writing it again replaces the line. " + _GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=TaskLineSerializer,
        responses={201: AmendmentSerializer},
    )
    @action(detail=True, methods=["post"], url_path="task-lines", url_name="task-lines")
    def task_lines(self, request: Request, pk: str) -> Response:
        """Write a line about a task."""
        row, sent, also = self._line(TaskLineSerializer)
        if sent["verb"] == "add":
            section = Section.objects.filter(plan=row.plan, pk=sent.get("section") or 0).first()
            if section is None:
                raise _unknown("section")
            text = self._task(row, TaskText(""), sent)
            lines.add_task(amendment=row, section=section, code=sent["code"], text=text, **also)
        else:
            self._change_or_drop(row, Task.objects, "task", sent, also, lambda now: self._task(row, text_of(now), sent))
        return self._shown(row.pk, status.HTTP_201_CREATED)

    def _line(self, body: type[BodySerializer]) -> tuple[Amendment, dict[str, Any], dict[str, Any]]:
        """Return the amendment, what was sent, and what every verb on a line takes."""
        row, revision = self._guarded()
        sent = self.body(body)
        return row, sent, {"reason": sent["reason"], "revision": revision, "by": self.person}

    def _change_or_drop(
        self,
        row: Amendment,
        subjects: Any,
        name: str,
        sent: Mapping[str, Any],
        also: dict[str, Any],
        new_text: Callable[[Any], TaskText | TargetText],
    ) -> None:
        subject = subjects.filter(plan=row.plan, pk=sent.get(name) or 0).first()
        if subject is None:
            raise _unknown(name)
        if sent["verb"] == "drop":
            lines.drop(amendment=row, subject=subject, **also)
        else:
            text = new_text(lines.line_or_latest(row, subject))
            lines.change(amendment=row, subject=subject, text=text, **also)

    def _task(self, row: Amendment, base: TaskText, sent: Mapping[str, Any]) -> TaskText:
        said: dict[str, Any] = {name: sent[name] for name in ("title", "deliverable", "authority") if name in sent}
        if "deadline" in sent:
            given = sent["deadline"]
            said["deadline"] = {
                "deadline_kind": given["kind"],
                "deadline_from": given.get("from"),
                "deadline_to": given.get("to"),
                "deadline_text": given.get("text", ""),
                "recurrence": given.get("recurrence", ""),
                "condition": given.get("condition", ""),
            }
        if "parties" in sent:
            said["parties"] = [self._party(row, one) for one in sent["parties"]]
            leads = [party for party in said["parties"] if party.role == PartyRole.LEAD]
            said["is_group"] = any(party.group is not None for party in leads)
        if "components" in sent:
            said["serves"] = [self._serves(one) for one in sent["components"]]
        if "quantities" in sent:
            said["quantities"] = [Quantity(one["value"], one["comparator"], one["unit"]) for one in sent["quantities"]]
        if "milestones" in sent:
            said["milestones"] = [Milestone(**one) for one in sent["milestones"]]
        return replace(base, **said)

    def _party(self, row: Amendment, sent: Mapping[str, Any]) -> Party:
        if ("agency" in sent) == ("group" in sent):
            message = "Mỗi bên tham gia là một cơ quan hoặc một nhóm."
            raise Invalid("agency_or_group", message, fields={"parties": message})
        rows: Any = Agency.objects if "agency" in sent else AgencyGroup.objects
        name = "agency" if "agency" in sent else "group"
        found = rows.filter(province_id=row.province_id, pk=sent[name]).first()
        if found is None:
            raise _unknown("parties")
        return Party(sent["role"], wording=sent["wording"], **{name: found})

    def _index(self, code: str | None) -> Index | None:
        if code is None:
            return None
        found = Index.objects.filter(code=code).first()
        if found is None:
            raise _unknown("index")
        return found

    def _component(self, pk: int | None) -> Component | None:
        if pk is None:
            return None
        found = Component.objects.visible_to(self.person).select_related("framework__index").filter(pk=pk).first()
        if found is None:
            raise _unknown("component")
        return found

    def _serves(self, sent: Mapping[str, Any]) -> Serves:
        index, component = self._index(sent["index"]), self._component(sent["component"])
        assert index is not None
        if component is not None and component.framework.index_id != index.pk:
            message = "Thành phần không thuộc chỉ số đã chọn."
            raise Invalid("other_index", message, fields={"components": message})
        return Serves(index, component, sent["wording"])

    @extend_schema(
        summary="Carry a task of the replaced plan over",
        description="As a new task of the issued plan that takes its place. " + _GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=CarrySerializer,
        responses={201: AmendmentSerializer},
    )
    @action(detail=True, methods=["post"], url_path="carry-over", url_name="carry-over")
    def carry_over(self, request: Request, pk: str) -> Response:
        """Propose to carry a task over."""
        row, revision = self._guarded()
        sent = self.body(CarrySerializer)
        may_end(row.plan, self.person)
        carry_over.carry_by_amendment(amendment=row, revision=revision, by=self.person, **wanted_of(sent, row.plan))
        return self._shown(row.pk, status.HTTP_201_CREATED)

    @extend_schema(
        summary="Write a line about a target",
        description="Change, add or drop a target; writing it again replaces the line. " + _GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=TargetLineSerializer,
        responses={201: AmendmentSerializer},
    )
    @action(detail=True, methods=["post"], url_path="target-lines", url_name="target-lines")
    def target_lines(self, request: Request, pk: str) -> Response:
        """Write a line about a target."""
        row, sent, also = self._line(TargetLineSerializer)
        said = {name: sent[name] for name in TargetText.__dataclass_fields__ if name in sent}
        if "index" in said:
            said["index"] = self._index(said["index"])
        if "component" in said:
            said["component"] = self._component(said["component"])
        if sent["verb"] == "add":
            missing = {name: "Cần trường này." for name in ("kind", "text", "year") if name not in said}
            if missing:
                raise Invalid("target_text_incomplete", "Mục tiêu mới còn thiếu thông tin.", fields=missing)
            lines.add_target(amendment=row, code=sent["code"], text=TargetText(**said), **also)
        else:
            self._change_or_drop(
                row, Target.objects, "target", sent, also, lambda now: replace(target_text_of(now), **said)
            )
        return self._shown(row.pk, status.HTTP_201_CREATED)

    def _take_off(self, lines_of: Callable[[Amendment], Any], link: str) -> Response:
        row, revision = self._guarded()
        line = lines_of(row).filter(pk=link).first()
        if line is None:
            raise _unknown("line")
        lines.take_off(line=line, revision=revision, by=self.person)
        return self._shown(row.pk)

    @extend_schema(
        summary="Take a line about a task off",
        description="Only while the amendment is a draft. " + _GUARDED,
        parameters=[LINK, IF_MATCH, ETAG],
        responses=AmendmentSerializer,
    )
    @action(detail=True, methods=["delete"], url_path=rf"task-lines/(?P<link>{ID})", url_name="task-line")
    def task_line(self, request: Request, pk: str, link: str) -> Response:
        """Take a line about a task off."""
        return self._take_off(lambda row: row.task_versions, link)

    @extend_schema(
        summary="Take a line about a target off",
        description="Only while the amendment is a draft. " + _GUARDED,
        parameters=[LINK, IF_MATCH, ETAG],
        responses=AmendmentSerializer,
    )
    @action(detail=True, methods=["delete"], url_path=rf"target-lines/(?P<link>{ID})", url_name="target-line")
    def target_line(self, request: Request, pk: str, link: str) -> Response:
        """Take a line about a target off."""
        return self._take_off(lambda row: row.target_versions, link)

    @extend_schema(
        summary="Confirm an amendment",
        description="Its texts count from the effective day, past or future; duties follow; earlier days stay. "
        + _GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=None,
        responses=AmendmentSerializer,
    )
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Confirm an amendment."""
        row, revision = self._guarded()
        verbs.confirm(amendment=row, revision=revision, by=self.person)
        return self._shown(row.pk)

    @extend_schema(
        summary="Give a draft up",
        description="The trail keeps what it proposed. " + _GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=DiscardSerializer,
        responses=AmendmentSerializer,
    )
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: str) -> Response:
        """Give a draft up."""
        row, revision = self._guarded()
        verbs.discard(amendment=row, reason=self.body(DiscardSerializer)["reason"], revision=revision, by=self.person)
        return self._shown(row.pk)

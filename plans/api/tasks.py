"""Tasks, and the assignments that follow from them."""

from typing import Any

from django.db.models import Case, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers

from agencies import calendar
from agencies.api.door import Day, NamedSerializer, Number, ReadDoor, RowSerializer, Text, Whole, one_of, words
from agencies.permissions import Permission
from plans.facts.buckets import HALTED, bucket_condition
from plans.models import Assignment, PartyRole, Ruling, Task, TaskVersion
from plans.standing import Bucket, DeadlineKind, DoneRule, DueOrigin, Standing, State, Time, standing_of

_BUCKETS = [(bucket.value, bucket.value) for bucket in Bucket]


class TaskRowSerializer(RowSerializer):
    """A task in a list, as its current version says. A deadline that the plan does not give is null."""

    id = serializers.IntegerField()
    plan = serializers.CharField(source="plan__code", help_text="Code of the plan.")
    section = serializers.CharField(source="section__code", help_text="Code of the section.")
    code = serializers.CharField()
    title = serializers.CharField(source="current__title")
    deliverable = serializers.CharField(source="current__deliverable")
    is_group = serializers.BooleanField(source="current__is_group", help_text="Led by a group; each member reports.")
    authority = serializers.ChoiceField(
        TaskVersion.Authority.choices, source="current__authority", help_text="Assigned, or only proposed (“Đề nghị”)."
    )
    deadline_kind = serializers.ChoiceField(
        DeadlineKind.choices, source="current__deadline_kind", help_text="What kind of deadline it is."
    )
    deadline_from = Day(source="current__deadline_from", allow_null=True)
    deadline_to = Day(source="current__deadline_to", allow_null=True)
    deadline_text = serializers.CharField(source="current__deadline_text", help_text="In the plan's words.")


class DeadlineSerializer(serializers.Serializer):
    """A deadline as the plan gives it; what it does not give is null or empty."""

    kind = serializers.ChoiceField(
        DeadlineKind.choices, source="deadline_kind", help_text="What kind of deadline it is."
    )
    to = Day(source="deadline_to", allow_null=True, help_text="The day by which the task must be done.")
    text = serializers.CharField(source="deadline_text", help_text="In the plan's words.")
    recurrence = serializers.CharField()
    condition = serializers.CharField()
    origin = serializers.ChoiceField(TaskVersion.Origin.choices, source="deadline_origin", help_text="Who set it.")

    def get_fields(self) -> dict[str, Any]:
        """Add ``from``, which Python keeps for itself."""
        fields = super().get_fields()
        kind = fields.pop("kind")
        return {"kind": kind, "from": Day(source="deadline_from", allow_null=True), **fields}


class PartySerializer(serializers.Serializer):
    """A body that the task names: an agency or a group."""

    role = serializers.ChoiceField(PartyRole.choices, help_text="What it does in the task.")
    name = serializers.CharField(help_text="As the plan writes it.")
    agency = serializers.IntegerField(source="agency_id", allow_null=True)
    group = NamedSerializer(allow_null=True)


class ServesSerializer(serializers.Serializer):
    """An index, or a component of it, that the task serves."""

    index = serializers.CharField(source="index.code", help_text="Code of the index.")
    component = serializers.IntegerField(source="component_id", allow_null=True)
    label = serializers.CharField()  # type: ignore[assignment]


class QuantitySerializer(serializers.Serializer):
    """A figure that the task asks for."""

    comparator = serializers.CharField()
    value = Number(12, 4)
    unit = serializers.CharField()


class MilestoneSerializer(serializers.Serializer):
    """What a task that runs over years should reach by a day on its way."""

    year = serializers.IntegerField()
    due_on = Day()
    text = serializers.CharField()
    value = Number(12, 4, allow_null=True)


class TaskVersionSerializer(serializers.Serializer):
    """What the task says now."""

    number = serializers.IntegerField()
    title = serializers.CharField()
    deliverable = serializers.CharField()
    is_group = serializers.BooleanField(help_text="Led by a group; each member reports.")
    authority = serializers.ChoiceField(
        TaskVersion.Authority.choices, help_text="Assigned, or only proposed (“Đề nghị”)."
    )
    effective_from = Day(allow_null=True)
    deciding_document = serializers.CharField()
    deadline = DeadlineSerializer(source="*")
    parties = PartySerializer(many=True)
    components = ServesSerializer(source="serves", many=True)
    quantities = QuantitySerializer(many=True)
    milestones = MilestoneSerializer(many=True)


class TaskSerializer(serializers.Serializer):
    """A task's text."""

    id = serializers.IntegerField()
    plan = serializers.CharField(source="plan.code", help_text="Code of the plan.")
    section = serializers.CharField(source="section.code", help_text="Code of the section.")
    code = serializers.CharField()
    version = TaskVersionSerializer(source="current", allow_null=True)
    done_rule = serializers.ChoiceField(DoneRule.choices, help_text="When a task of several leads is done.")
    done_share = Number(5, 2, allow_null=True, help_text="Percent of the leads, for a threshold.")
    members = serializers.IntegerField(
        allow_null=True,
        help_text="N: lead agencies that are neither suspended nor cancelled. Null where the caller may not see all.",
    )
    reported = serializers.IntegerField(allow_null=True, help_text="How many of them have reported at all.")
    done = serializers.IntegerField(allow_null=True, help_text="How many of them are done.")


class TaskFilter(filters.FilterSet):
    """Filters of tasks."""

    plan = Text("plan__code", help_text="Code of the plan.")
    section = Text("section__code", help_text="Code of the section.")
    q = Text(method="matching", help_text="Words of code, title or deliverable; diacritics may be left out.")

    def matching(self, rows: Any, name: str, value: str) -> Any:
        """Keep tasks that hold every word."""
        for word in words(value):
            rows = rows.filter(search_text__contains=word)
        return rows


@extend_schema_view(
    list=extend_schema(summary="List tasks", description="Tasks of plans whose text the caller may read."),
    retrieve=extend_schema(summary="Read a task"),
)
class TaskDoor(ReadDoor):
    """Tasks."""

    queryset = Task.objects.none()
    serializer_class = TaskSerializer
    row_class = TaskRowSerializer
    filterset_class = TaskFilter

    def rows(self) -> QuerySet[Any]:
        """Tasks that the caller may see."""
        rows = Task.objects.visible_to(self.person).order_by("plan_id", "order", "id")
        if self.action == "retrieve":
            rows = rows.select_related("plan", "section", "current").prefetch_related(
                "current__parties__agency",
                "current__parties__group",
                "current__serves__index",
                "current__serves__component",
                "current__quantities",
                "current__milestones",
            )
            today = calendar.today()
            live = Assignment.objects.leading(today).exclude(state__in=HALTED)
            of_task = live.filter(task=OuterRef("pk")).order_by().values("task")
            watched = Q(province_id__in=self.person.provinces_with(Permission.PROGRESS_READ))

            def number(some: Any) -> Case:
                counted = Coalesce(Subquery(some.annotate(number=Count("pk")).values("number")), 0)
                return Case(When(watched, then=counted), default=None, output_field=IntegerField())

            rows = rows.annotate(
                members=number(of_task),
                reported=number(of_task.filter(reported_at__isnull=False)),
                done=number(of_task.filter(state=State.DONE)),
            )
        return rows


class AssignmentSerializer(RowSerializer):
    """One agency's duty and how it stands today: two axes and the one bucket it is counted in."""

    reads = ("state", "task__current__deadline_kind", "due_on", "done_on")

    id = serializers.IntegerField()
    plan = serializers.CharField(source="task__plan__code", help_text="Code of the plan.")
    task = serializers.IntegerField(source="task_id")
    task_code = serializers.CharField(source="task__code")
    task_title = serializers.CharField(source="task__current__title")
    authority = serializers.ChoiceField(
        TaskVersion.Authority.choices,
        source="task__current__authority",
        help_text="Assigned, or only proposed (“Đề nghị”): proposed duties are counted apart.",
    )
    agency = serializers.IntegerField(source="agency_id")
    agency_code = serializers.CharField(source="agency__code")
    agency_name = serializers.CharField(source="agency__name")
    role = serializers.ChoiceField(PartyRole.choices, help_text="Only lead agencies report.")
    via_group = serializers.IntegerField(
        source="via_group_id", allow_null=True, help_text="The group through which it was assigned."
    )
    valid_from = Day(allow_null=True)
    valid_to = Day(allow_null=True)
    succeeds = serializers.IntegerField(
        source="succeeds_id", allow_null=True, help_text="The assignment whose duty it took over."
    )
    due_on = Day(allow_null=True, help_text="The day by which it counts today, if there is one.")
    due_origin = serializers.ChoiceField(
        DueOrigin.choices, help_text="Where that day comes from: the plan, the standing office, an extension …"
    )
    extensions = serializers.IntegerField(help_text="How many extensions were granted.")
    done_on = Day(allow_null=True)
    reported_at = serializers.DateTimeField(allow_null=True, help_text="The latest submission.")
    state = serializers.ChoiceField(State.choices, help_text="What has been done.")
    time = serializers.SerializerMethodField(help_text="How that compares with the deadline today.")
    bucket = serializers.SerializerMethodField(help_text="Where it is counted today.")
    days_overdue = serializers.SerializerMethodField()

    def _standing(self, row: dict[str, Any]) -> Standing:
        kind = DeadlineKind(row["task__current__deadline_kind"] or DeadlineKind.NONE)
        return standing_of(State(row["state"]), kind, row["due_on"], row["done_on"], self.context["today"])

    @extend_schema_field(serializers.ChoiceField(Time.choices))
    def get_time(self, row: dict[str, Any]) -> str:
        """Return the time axis."""
        return self._standing(row).time.value

    @extend_schema_field(serializers.ChoiceField(_BUCKETS))
    def get_bucket(self, row: dict[str, Any]) -> str:
        """Return the bucket."""
        return self._standing(row).bucket.value

    def get_days_overdue(self, row: dict[str, Any]) -> int:
        """Return how many days it is overdue; 0 when it is not."""
        return self._standing(row).days_overdue


class AssignmentFilter(filters.FilterSet):
    """Filters of assignments."""

    plan = Text("task__plan__code", help_text="Code of the plan.")
    task = Whole("task_id", help_text="Id of the task.")
    agency = Whole("agency_id", help_text="Id of the agency.")
    role = one_of(PartyRole.choices, help_text="What the agency does in the task.")
    state = one_of(State.choices, help_text="What has been done.")
    bucket = one_of(_BUCKETS, method="in_bucket", help_text="Where it is counted today.")
    overdue = filters.BooleanFilter(method="is_overdue", help_text="true: open and past its day; false: all others.")
    q = Text(method="matching", help_text="Words of the task; diacritics may be left out.")

    def in_bucket(self, rows: Any, name: str, value: str) -> Any:
        """Keep what is counted in a bucket today."""
        return rows.filter(bucket_condition(Bucket(value), calendar.today()))

    def is_overdue(self, rows: Any, name: str, value: bool) -> Any:
        """Keep what is overdue today, or all else."""
        overdue = rows.model.objects.filter(bucket_condition(Bucket.OPEN_OVERDUE, calendar.today()))
        return rows.filter(Q(pk__in=overdue) if value else ~Q(pk__in=overdue))

    def matching(self, rows: Any, name: str, value: str) -> Any:
        """Keep assignments whose task holds every word."""
        return rows.matching(value)


@extend_schema_view(
    list=extend_schema(
        summary="List assignments",
        description="Duties of the caller's agency, or of the province for those who watch it.",
    ),
    retrieve=extend_schema(summary="Read an assignment"),
)
class AssignmentDoor(ReadDoor):
    """Assignments."""

    queryset = Assignment.objects.none()
    serializer_class = AssignmentSerializer
    filterset_class = AssignmentFilter

    def rows(self) -> QuerySet[Any]:
        """Assignments that the caller may see."""
        granted = (
            Ruling.objects.filter(assignment=OuterRef("pk"), kind=Ruling.Kind.EXTENSION)
            .order_by()
            .values("assignment")
            .annotate(number=Count("pk"))
            .values("number")
        )
        return (
            Assignment.objects.visible_to(self.person)
            .filter(task__current__isnull=False)
            .annotate(extensions=Coalesce(Subquery(granted), 0))
            .order_by("task__plan_id", "task__order", "agency__order", "id")
        )

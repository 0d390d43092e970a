"""The end of a plan, the plan that takes its place, and the unfinished tasks that are carried over."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import calendar
from agencies.api.door import BodySerializer, Day, Door, NotVisible, Reference
from agencies.errors import Invalid
from plans.actions import carry_over, plans
from plans.actions.plans import Party
from plans.facts.carry_over import carried_into, offered
from plans.forms.bodies import Bodies
from plans.models import PartyRole, Plan, Section, Task
from plans.standing import DeadlineKind, State


class EndSerializer(BodySerializer):
    """The end of a plan. Both are required by the rules of the work (422)."""

    on = Day(required=False, allow_null=True, default=None, help_text="Today or before.")
    document = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=200, help_text="The document that says so."
    )


class ReplacePlanSerializer(BodySerializer):
    """Which plan this one takes the place of."""

    old = serializers.CharField(max_length=60, help_text="Code of an issued or ended plan.")


class LeadBodySerializer(BodySerializer):
    """Who leads the carried task: an agency or a group of the new plan's province."""

    agency = Reference(required=False)
    group = Reference(required=False)


class CarrySerializer(BodySerializer):
    """An unfinished task of the replaced plan, and where it goes."""

    task = Reference(help_text="Id of the task in the replaced plan.")
    section = Reference(help_text="Id of a section of the new plan.")
    code = serializers.CharField(required=False, allow_blank=True, default="", help_text="Its new code; required.")
    keep_deadline = serializers.BooleanField(
        default=False, help_text="Keep the old day; otherwise the new plan gives none."
    )
    leads = LeadBodySerializer(
        many=True, required=False, help_text="Required where `lead_to_choose`: nobody is guessed."
    )


class LastAcceptedSerializer(serializers.Serializer):
    """The last accepted report on the task."""

    period = serializers.CharField(help_text="Name of the period.")
    agency = serializers.CharField(help_text="Name of the agency.")
    result = serializers.CharField()
    submitted_on = serializers.CharField(help_text="As printed.")


class CarriedSerializer(serializers.Serializer):
    """Where a task went."""

    task = serializers.IntegerField(source="task_id", help_text="Id of the new task.")
    code = serializers.CharField()
    proposed = serializers.BooleanField(help_text="By an amendment that nobody has confirmed yet.")


class UnfinishedSerializer(serializers.Serializer):
    """A task that the replaced plan leaves unfinished."""

    task = serializers.IntegerField(source="task_id", help_text="Id of the task in the replaced plan.")
    code = serializers.CharField()
    title = serializers.CharField()
    section = serializers.CharField(help_text="Code and title of its section.")
    state = serializers.ChoiceField(State.choices, source="standing.state", help_text="Where the task stands today.")
    deadline = serializers.CharField(help_text="As printed.")
    deadline_kind = serializers.ChoiceField(DeadlineKind.choices, help_text="What kind of deadline it is.")
    due_on = Day(source="standing.due_on", allow_null=True)
    leads = serializers.ListField(child=serializers.CharField(), help_text="Names of the bodies that lead it.")
    new_leads = serializers.ListField(child=serializers.CharField(), help_text="Names of those that would lead it.")
    lead_to_choose = serializers.BooleanField(help_text="A body that leads has no single heir: name who leads.")
    lost = serializers.ListField(child=serializers.CharField(), help_text="Bodies that nobody stands for.")
    last_accepted = LastAcceptedSerializer(source="last", allow_null=True)
    carried = CarriedSerializer(allow_null=True, help_text="Null: left behind.")


def wanted_of(sent: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """Return what was sent as the verbs of carrying take it.

    Raises NotVisible (``task_unknown``, ``section_unknown``, ``leads_unknown``), Invalid (``agency_or_group``).
    """
    task = Task.objects.select_related("plan__province").filter(plan=plan.replaces_id or 0, pk=sent["task"]).first()
    if task is None:
        raise _unknown("task")
    section = Section.objects.filter(plan=plan, pk=sent["section"]).first()
    if section is None:
        raise _unknown("section")
    said = sent.get("leads", [])
    bodies = Bodies(plan.province_id, calendar.today()) if said else None
    leads = [_lead(bodies, one) for one in said] if bodies else []
    code, keep = sent["code"], sent["keep_deadline"]
    return {"task": task, "section": section, "code": code, "keep_deadline": keep, "leads": leads}


def _lead(bodies: Bodies, sent: Mapping[str, Any]) -> Party:
    if ("agency" in sent) == ("group" in sent):
        message = "Mỗi bên chủ trì là một cơ quan hoặc một nhóm."
        raise Invalid("agency_or_group", message, fields={"leads": message})
    agency, group = bodies.agencies.get(sent.get("agency", 0)), bodies.groups.get(sent.get("group", 0))
    if agency is None and group is None:
        raise _unknown("leads")
    return Party(PartyRole.LEAD, agency=agency, group=group)


def _unknown(field: str) -> NotVisible:
    message = "Không tìm thấy, hoặc bạn không có quyền xem."
    return NotVisible(f"{field}_unknown", message, fields={field: message})


class SuccessionSteps(Door):
    """The end of a plan and what follows it, under its address."""

    @abstractmethod
    def _shown(self, code: str) -> Response:
        """Return the plan as it stands."""

    @extend_schema(
        summary="End a plan",
        description="With the document that says so; nothing is reported any more. 409 `plan_not_issued`; 422 "
        "`end_incomplete`.",
        request=EndSerializer,
    )
    @action(detail=True, methods=["post"])
    def end(self, request: Request, code: str) -> Response:
        """End a plan."""
        plan = self.get_object()
        plans.end(plan=plan, by=self.person, **self.body(EndSerializer))
        return self._shown(code)

    @extend_schema(
        summary="Say which plan this one takes the place of",
        description="Nothing is carried over by this. An issued or ended plan of the province, or of one that became "
        "part of it (422 `not_replaceable`); 409 `replaces_another`.",
        request=ReplacePlanSerializer,
    )
    @action(detail=True, methods=["post"])
    def replace(self, request: Request, code: str) -> Response:
        """Say which plan it replaces."""
        plan = self.get_object()
        sent = self.body(ReplacePlanSerializer)
        plans.may_end(plan, self.person)
        known = Plan.objects.visible_to(self.person) | Plan.objects.replaceable_by(plan)
        old = known.filter(code=sent["old"]).first()
        if old is None:
            raise _unknown("old")
        plans.replace(old=old, new=plan, by=self.person)
        return self._shown(code)

    @extend_schema(
        methods=["GET"],
        summary="List what the replaced plan leaves unfinished",
        description="For those who may carry tasks into the plan; 404 for others. Empty while it replaces none.",
        responses=UnfinishedSerializer(many=True),
        filters=False,
        operation_id="plan_unfinished",
    )
    @extend_schema(
        methods=["POST"],
        summary="Carry a task over",
        description="Into a plan being drafted; into an issued one by an amendment (`amendments/{id}/carry-over/`). "
        "409 `already_carried`, `code_taken`, `plan_issued`; 422 `lead_to_choose`, `finished`, `code_required`.",
        request=CarrySerializer,
        responses={201: CarriedSerializer},
        operation_id="plan_carry_over",
    )
    @action(detail=True, methods=["get", "post"], url_path="carry-over", url_name="carry-over", pagination_class=None)
    def carry_over(self, request: Request, code: str) -> Response:
        """List the unfinished tasks of the replaced plan, or carry one."""
        if request.method == "GET":
            rows = Plan.objects.amendable_by(self.person).select_related("province", "replaces__province")
            plan = get_object_or_404(rows, code=code)
            return Response(UnfinishedSerializer(offered(plan, calendar.today()), many=True).data)
        plan = self.get_object()
        sent = self.body(CarrySerializer)
        plans.may_end(plan, self.person)
        made = carry_over.carry(by=self.person, **wanted_of(sent, plan))
        where = carried_into(plan)[made.carried_from_id or 0]
        answer = Response(CarriedSerializer(where).data, status=status.HTTP_201_CREATED)
        answer["Location"] = request.build_absolute_uri(reverse("api:task-detail", args=[made.pk]))
        return answer

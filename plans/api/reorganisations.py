"""Reorganisations of agencies: proposals, their application, and the duties they leave open."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.actions import reorganisations as verbs
from agencies.actions.reorganisations import Draft, Successor
from agencies.api.door import (
    ETAG,
    IF_MATCH,
    BodySerializer,
    Day,
    Door,
    NamedSerializer,
    NotVisible,
    Reference,
    RowSerializer,
    Text,
    one_of,
    revision_of,
    tagged,
)
from agencies.errors import Refused
from agencies.facts.reorganisations import effects
from agencies.models import Agency, Province, Reorganisation
from agencies.permissions import Permission
from plans.actions import transfers
from plans.facts import duties
from plans.models import Assignment, DutyTransfer

# --- what is shown -------------------------------------------------------------------------------------------


class ReorganisationRowSerializer(RowSerializer):
    """A reorganisation in a list."""

    id = serializers.IntegerField()
    province = serializers.CharField(source="province__code", help_text="Code of the province.")
    kind = serializers.ChoiceField(Reorganisation.Kind.choices, help_text="What the decision does.")
    title = serializers.CharField()
    decision_number = serializers.CharField(help_text="Empty until it is known; needed to apply.")
    decided_on = Day(allow_null=True)
    effective_on = Day(help_text="First day of what follows; may lie in the past or in the future.")
    state = serializers.ChoiceField(Reorganisation.State.choices, help_text="Nothing changes before `applied`.")
    revision = serializers.IntegerField()


class HeirSerializer(serializers.Serializer):
    """A successor: an existing agency, or one that is entered when the decision is applied (`agency` null)."""

    agency = serializers.IntegerField(source="agency_id", allow_null=True)
    code = serializers.CharField()
    name = serializers.CharField()
    short_name = serializers.CharField()
    kind = serializers.CharField()
    symbol = serializers.CharField()
    is_main = serializers.BooleanField(help_text="Figures are counted under it by the view of now.")
    functions = serializers.CharField(help_text="What it takes over where it does not follow as a whole.")


class EffectsSerializer(serializers.Serializer):
    """What applying would change. `problems` must be empty before it can be applied."""

    last_day = Day()
    ends = NamedSerializer(many=True, help_text="Agencies that end on the last day.")
    memberships = serializers.SerializerMethodField(help_text="How many roles of people end.")
    problems = serializers.ListField(child=serializers.CharField(), help_text="What stands in the way, in Vietnamese.")

    def get_memberships(self, what: Any) -> int:
        """Return how many roles end."""
        return len(what.memberships)


class ReorganisationSerializer(serializers.Serializer):
    """A reorganisation with its lines; a proposal also with what it would change."""

    id = serializers.IntegerField()
    province = serializers.CharField(source="province.code", help_text="Code of the province.")
    kind = serializers.ChoiceField(Reorganisation.Kind.choices, help_text="What the decision does.")
    title = serializers.CharField()
    decision_number = serializers.CharField()
    decided_on = Day(allow_null=True)
    effective_on = Day()
    source = serializers.CharField()  # type: ignore[assignment]
    note = serializers.CharField()
    state = serializers.ChoiceField(Reorganisation.State.choices, help_text="Nothing changes before `applied`.")
    revision = serializers.IntegerField()
    proposed_at = serializers.DateTimeField()
    applied_at = serializers.DateTimeField(allow_null=True)
    discard_reason = serializers.CharField()
    predecessors = serializers.SerializerMethodField(help_text="Ids of the agencies it is about.")
    successors = HeirSerializer(source="heirs", many=True)
    effects = serializers.SerializerMethodField(help_text="Null unless it is a proposal.")

    def get_predecessors(self, row: Reorganisation) -> list[int]:
        """Return the ids."""
        return [line.agency_id for line in row.predecessors.all()]

    def get_effects(self, row: Reorganisation) -> Any:
        """Return the preview of a proposal."""
        return EffectsSerializer(effects(row)).data if row.state == Reorganisation.State.PROPOSED else None


class DutySerializer(serializers.Serializer):
    """One open duty that waits for its own confirmation."""

    assignment = serializers.IntegerField(source="id")
    task_code = serializers.CharField(source="code")
    title = serializers.CharField()
    agency = serializers.CharField()
    leads = serializers.BooleanField(help_text="Lead duties report; cooperating ones do not.")
    deadline = serializers.CharField(help_text="As printed.")
    without_holder = serializers.BooleanField(source="orphan", help_text="Its agency has ended and nobody has it.")


# --- what is sent --------------------------------------------------------------------------------------------


class SuccessorBody(BodySerializer):
    """A successor: `agency`, or `code`, `name` and `kind` of one that is to be entered."""

    agency = Reference(required=False, allow_null=True)
    code = serializers.CharField(required=False, allow_blank=True, max_length=30)
    name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    short_name = serializers.CharField(required=False, allow_blank=True, max_length=100)
    kind = serializers.ChoiceField(Agency.Kind.choices, required=False)
    symbol = serializers.CharField(required=False, allow_blank=True, max_length=30)
    is_main = serializers.BooleanField(required=False)
    functions = serializers.CharField(required=False, allow_blank=True, max_length=300)


class ReorganisationBody(BodySerializer):
    """What a reorganisation says."""

    kind = serializers.ChoiceField(Reorganisation.Kind.choices)
    title = serializers.CharField(max_length=300)
    effective_on = Day()
    predecessors = serializers.ListField(child=Reference(), min_length=1, max_length=200)
    successors = SuccessorBody(many=True, required=False)
    decision_number = serializers.CharField(required=False, allow_blank=True, max_length=100)
    decided_on = Day(required=False, allow_null=True)
    source = serializers.CharField(required=False, allow_blank=True, max_length=2000)  # type: ignore[assignment]
    note = serializers.CharField(required=False, allow_blank=True, max_length=5000)


class NewReorganisationBody(ReorganisationBody):
    """A new proposal."""

    province = serializers.CharField(max_length=50, help_text="Code of the province.")


class ReasonBody(BodySerializer):
    """A reason."""

    reason = serializers.CharField(max_length=2000)


class TransferBody(BodySerializer):
    """What becomes of one duty."""

    assignment = Reference()
    outcome = serializers.ChoiceField(DutyTransfer.Outcome.choices)
    to = serializers.ListField(
        child=Reference(), required=False, max_length=20, help_text="Receivers, for `moved`; several split the duty."
    )
    reason = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=2000,
        help_text="For `kept` and `ended`, and for receivers that the decision does not name.",
    )


class ReorganisationFilter(filters.FilterSet):
    """Filters of reorganisations."""

    province = Text("province__code", help_text="Code of the province.")
    state = one_of(Reorganisation.State.choices, help_text="Where it stands.")


@extend_schema_view(
    list=extend_schema(
        summary="List reorganisations",
        description="For those who keep the directory, move duties, or read the trail of the province.",
        responses=ReorganisationRowSerializer(many=True),
    ),
    retrieve=extend_schema(summary="Read a reorganisation", parameters=[ETAG]),
)
class ReorganisationDoor(Door):
    """Reorganisations."""

    queryset = Reorganisation.objects.none()
    serializer_class = ReorganisationSerializer
    row_class = ReorganisationRowSerializer
    filterset_class = ReorganisationFilter

    def rows(self) -> QuerySet[Any]:
        """Reorganisations that the caller may see."""
        return Reorganisation.objects.visible_to(self.person).order_by("-effective_on", "id")

    def _found(self) -> Reorganisation:
        row: Reorganisation = self.get_object()
        return row

    def _shown(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        row = self.rows().select_related("province").prefetch_related("predecessors", "heirs").get(pk=pk)
        body = ReorganisationSerializer(row, context=self.get_serializer_context()).data
        return tagged(Response(body, status=code), row.revision)

    def _agencies(self, province: Province, ids: list[int], field: str) -> list[Agency]:
        found = Agency.objects.filter(province=province).in_bulk(ids)
        missing = [pk for pk in ids if pk not in found]
        if missing:
            said = f"Không có cơ quan {missing[0]} ở {province}."
            raise NotVisible("agency_unknown", said, fields={field: said})
        return [found[pk] for pk in ids]

    def _draft(self, province: Province, body: dict[str, Any]) -> Draft:
        successors = []
        for one in body.pop("successors", []):
            pk = one.pop("agency", None)
            agency = self._agencies(province, [pk], "successors")[0] if pk else None
            successors.append(Successor(agency=agency, **one))
        predecessors = self._agencies(province, body.pop("predecessors"), "predecessors")
        return Draft(**body, predecessors=predecessors, successors=successors)

    def list(self, request: Request) -> Response:
        """Return a page of reorganisations."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Read a reorganisation."""
        return self._shown(self._found().pk)

    @extend_schema(
        summary="Propose a reorganisation",
        description="Nothing changes until it is applied.",
        request=NewReorganisationBody,
        responses={201: ReorganisationSerializer},
    )
    def create(self, request: Request) -> Response:
        """Propose a reorganisation."""
        body = self.body(NewReorganisationBody)
        kept = self.person.province_ids()
        province = Province.objects.filter(pk__in=kept, code=body.pop("province")).first()
        if province is None:
            said = "Không có tỉnh này, hoặc bạn không làm việc ở đó."
            raise NotVisible("province_unknown", said, fields={"province": said})
        if province.pk not in self.person.provinces_with(Permission.DIRECTORY_MANAGE):
            raise Refused("not_administrator", "Chỉ quản trị danh mục cơ quan của tỉnh được lập phương án.")
        row = verbs.propose(province=province, draft=self._draft(province, body), by=self.person)
        return self._shown(row.pk, status.HTTP_201_CREATED)

    @extend_schema(
        summary="Change a proposal",
        description="Replaces what it says.",
        parameters=[IF_MATCH, ETAG],
        request=ReorganisationBody,
        responses=ReorganisationSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a proposal."""
        row = self._found()
        revision = revision_of(request)
        draft = self._draft(row.province, self.body(ReorganisationBody))
        verbs.edit(reorganisation=row, draft=draft, revision=revision, by=self.person)
        return self._shown(row.pk)

    @extend_schema(
        summary="Apply a reorganisation",
        description="All of it or nothing; 422 `cannot_apply` says what stands in the way. Open duties are not moved.",
        parameters=[IF_MATCH, ETAG],
        request=None,
        responses=ReorganisationSerializer,
    )
    @action(detail=True, methods=["post"])
    def apply(self, request: Request, pk: str) -> Response:
        """Carry the decision out."""
        row = self._found()
        verbs.apply(reorganisation=row, revision=revision_of(request), by=self.person)
        return self._shown(row.pk)

    @extend_schema(
        summary="Discard a proposal",
        parameters=[IF_MATCH, ETAG],
        request=ReasonBody,
        responses=ReorganisationSerializer,
    )
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: str) -> Response:
        """Put a proposal aside."""
        row = self._found()
        revision = revision_of(request)
        reason = self.body(ReasonBody)["reason"]
        verbs.discard(reorganisation=row, reason=reason, revision=revision, by=self.person)
        return self._shown(row.pk)

    @extend_schema(
        summary="List the duties it leaves open",
        description="Each is confirmed by itself with `transfer`.",
        responses=DutySerializer(many=True),
        filters=False,
    )
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None, url_path="duties")
    def open_duties(self, request: Request, pk: str) -> Response:
        """Return the open duties."""
        return self._open(self._found())

    def _open(self, row: Reorganisation) -> Response:
        visible = Assignment.objects.visible_to(self.person)
        rows = duties.duty_rows(duties.open_duties(row).filter(pk__in=visible.values("pk")))
        return Response(DutySerializer(rows, many=True).data)

    @extend_schema(
        summary="Move, keep or end one duty",
        description="For reviewers of the standing office. A duty is decided once (409 `already_decided`).",
        request=TransferBody,
        responses=DutySerializer(many=True),
    )
    @action(detail=True, methods=["post"])
    def transfer(self, request: Request, pk: str) -> Response:
        """Decide one duty; return what is still open."""
        row = self._found()
        body = self.body(TransferBody)
        assignment = Assignment.objects.visible_to(self.person).filter(pk=body["assignment"]).first()
        if assignment is None:
            said = "Không tìm thấy phân công này, hoặc bạn không có quyền xem."
            raise NotVisible("assignment_unknown", said, fields={"assignment": said})
        reason = body.get("reason", "")
        if body["outcome"] == DutyTransfer.Outcome.MOVED:
            to = self._agencies(row.province, body.get("to", []), "to")
            transfers.transfer(assignment=assignment, reorganisation=row, to=to, reason=reason, by=self.person)
        elif body["outcome"] == DutyTransfer.Outcome.KEPT:
            transfers.keep(assignment=assignment, reorganisation=row, reason=reason, by=self.person)
        else:
            transfers.end(assignment=assignment, reorganisation=row, reason=reason, by=self.person)
        return self._open(row)

"""How an agency lets its reports leave: the rule, and who approves in its head's place."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import calendar
from agencies.actions import approval
from agencies.api.door import ID, BodySerializer, Day, Door, NamedSerializer, NotVisible, Reference
from agencies.errors import Refused
from agencies.models import Agency, ApprovalRule, Delegation, User, valid_on

LINK = OpenApiParameter("link", OpenApiTypes.INT, OpenApiParameter.PATH, description="Id of the delegation.")


class ApprovalRuleSerializer(serializers.Serializer):
    """From when, until when and by which document the head approves before a report leaves."""

    id = serializers.IntegerField()
    document = serializers.CharField(help_text="The document that says so.")
    valid_from = Day()
    valid_to = Day(allow_null=True, help_text="Its last day; null while nobody has ended it.")
    set_by = serializers.CharField(source="set_by.full_name", default=None, allow_null=True)
    set_at = serializers.DateTimeField()


class DelegationSerializer(serializers.Serializer):
    """Who approves in the head's place, and when."""

    id = serializers.IntegerField()
    person = serializers.IntegerField(source="person_id")
    person_name = serializers.CharField(source="person.full_name")
    document = serializers.CharField()
    valid_from = Day()
    valid_to = Day(help_text="Its last day.")
    given_by = serializers.CharField(source="given_by.full_name", default=None, allow_null=True)
    given_at = serializers.DateTimeField()


class ApprovalSerializer(serializers.Serializer):
    """How an agency approves its reports."""

    agency = serializers.IntegerField(source="pk")
    head_required = serializers.SerializerMethodField(help_text="Whether the head approves today before one leaves.")
    rules = serializers.SerializerMethodField(help_text="Newest first; also the one that begins on a later day.")
    delegations = serializers.SerializerMethodField(
        help_text="Newest first. Null for those who do not decide how the agency approves."
    )
    people = serializers.SerializerMethodField(
        help_text="To whom approval may be delegated. Null for those who do not decide how the agency approves."
    )

    def _rules(self, agency: Agency) -> Any:
        return ApprovalRule.objects.visible_to(self.context["person"]).filter(agency=agency)

    def get_head_required(self, agency: Agency) -> bool:
        """Return whether a rule is in force."""
        return self._rules(agency).filter(valid_on(self.context["today"])).exists()

    @extend_schema_field(ApprovalRuleSerializer(many=True))
    def get_rules(self, agency: Agency) -> Any:
        """Return the rules."""
        return ApprovalRuleSerializer(self._rules(agency).select_related("set_by"), many=True).data

    @extend_schema_field(DelegationSerializer(many=True, allow_null=True))
    def get_delegations(self, agency: Agency) -> Any:
        """Return the delegations."""
        if not approval.may_rule(agency, self.context["person"]):
            return None
        seen = Delegation.objects.visible_to(self.context["person"]).filter(agency=agency)
        return DelegationSerializer(seen.select_related("person", "given_by"), many=True).data

    @extend_schema_field(NamedSerializer(many=True, allow_null=True))
    def get_people(self, agency: Agency) -> Any:
        """Return the people."""
        if not approval.may_rule(agency, self.context["person"]):
            return None
        return [{"id": one.pk, "name": one.full_name} for one in colleagues(agency)]


class RequireSerializer(BodySerializer):
    """From when the head approves, and by which document."""

    document = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=200, help_text="Number, symbol and day; required."
    )
    valid_from = Day(help_text="Today or later.")


class ReleaseSerializer(BodySerializer):
    """Until when the head approves."""

    last_day = Day(help_text="The last day of the rule.")


class DelegateSerializer(BodySerializer):
    """Who approves in the head's place, from a day to a day (both inclusive)."""

    person = Reference(help_text="Id of one of `people`.")
    document = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=200, help_text="Number, symbol and day; required."
    )
    valid_from = Day()
    valid_to = Day()


def colleagues(agency: Agency) -> Any:
    """Return the people who work in an agency today."""
    members = agency.memberships.filter(valid_on(calendar.today())).values("user_id")
    return User.objects.filter(pk__in=members, is_active=True).order_by("full_name", "pk")


class ApprovalSteps(Door):
    """How an agency approves, under its address."""

    def _agency(self, pk: str) -> Agency:
        found: Agency = get_object_or_404(Agency.objects.visible_to(self.person), pk=pk)
        return found

    def _how(self, agency: Agency, code: int = status.HTTP_200_OK) -> Response:
        return Response(ApprovalSerializer(agency, context=self.get_serializer_context()).data, status=code)

    @extend_schema(
        summary="Read how an agency approves",
        description="Its rules for everybody in the province; delegations for its head and who keeps the directory.",
        responses=ApprovalSerializer,
    )
    @action(detail=True, methods=["get"])
    def approval(self, request: Request, pk: str) -> Response:
        """Read how an agency approves."""
        return self._how(self._agency(pk))

    @extend_schema(
        summary="Require the head's approval",
        description="From a day on no report leaves without it. By the head, or who keeps the directory. 409 "
        "`already_required`.",
        request=RequireSerializer,
        responses=ApprovalSerializer,
    )
    @action(detail=True, methods=["post"], url_path="approval/require", url_name="approval-require")
    def require_head(self, request: Request, pk: str) -> Response:
        """Require the head's approval."""
        agency = self._agency(pk)
        approval.require_head(agency=agency, by=self.person, **self.body(RequireSerializer))
        return self._how(agency)

    @extend_schema(
        summary="Require the head's approval no longer",
        description="Ends the rule after a day. 409 `not_required`.",
        request=ReleaseSerializer,
        responses=ApprovalSerializer,
    )
    @action(detail=True, methods=["post"], url_path="approval/release", url_name="approval-release")
    def release_head(self, request: Request, pk: str) -> Response:
        """End the rule."""
        agency = self._agency(pk)
        approval.release(agency=agency, by=self.person, **self.body(ReleaseSerializer))
        return self._how(agency)

    @extend_schema(
        summary="Delegate the head's approval",
        description="To a person of the agency, from a day to a day. 422 `not_of_the_agency`, `dates`, "
        "`document_required`.",
        request=DelegateSerializer,
        responses={201: ApprovalSerializer},
    )
    @action(detail=True, methods=["post"])
    def delegations(self, request: Request, pk: str) -> Response:
        """Let somebody approve in the head's place."""
        agency = self._agency(pk)
        sent = self.body(DelegateSerializer)
        if not approval.may_rule(agency, self.person):
            # Before the person is looked for: who may not decide learns nothing of who works here.
            raise Refused("not_the_head", "Chỉ thủ trưởng cơ quan hoặc quản trị danh bạ đặt quy định này.")
        person = colleagues(agency).filter(pk=sent.pop("person")).first()
        if person is None:
            message = "Không tìm thấy người này trong cơ quan."
            raise NotVisible("person_unknown", message, fields={"person": message})
        approval.delegate(agency=agency, person=person, by=self.person, **sent)
        return self._how(agency, status.HTTP_201_CREATED)

    @extend_schema(
        summary="Revoke a delegation",
        description="From now on it no longer holds; what was approved stays. 409 `delegation_over`.",
        parameters=[LINK],
        request=None,
        responses=ApprovalSerializer,
    )
    @action(detail=True, methods=["post"], url_path=rf"delegations/(?P<link>{ID})/revoke", url_name="delegation-revoke")
    def revoke(self, request: Request, pk: str, link: str) -> Response:
        """End a delegation before its day."""
        agency = self._agency(pk)
        given = get_object_or_404(Delegation.objects.visible_to(self.person), agency=agency, pk=link)
        approval.revoke(delegation=given, by=self.person)
        return self._how(agency)

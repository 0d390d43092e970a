"""The further steps of a report over the API: head's approval, questions, answers, verdicts, replaced evidence.

The same verbs as on the screens. Each names the revision it read (``If-Match``); those on several reports name one
revision for each.
"""

from abc import abstractmethod
from dataclasses import replace
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import parsers, serializers, status
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
    blamed,
    revision_of,
)
from agencies.errors import Invalid
from agencies.models import Verdict
from plans.actions import approvals, evidence, reviews
from plans.actions import progress as verbs
from plans.actions.moves import Outcome
from plans.actions.progress import Content
from plans.models import Progress, Remark

GUARDED = "Needs `If-Match`: 428 without it, 409 `stale_revision` when the report has changed since."
LINK = OpenApiParameter("link", OpenApiTypes.INT, OpenApiParameter.PATH, description="Id of the evidence link.")


class ContentSerializer(BodySerializer):
    """What a report says. A field left out keeps what the draft says; null or empty clears it."""

    result = serializers.CharField(required=False, allow_blank=True, help_text="What was done in the period.")
    figure = Number(required=False, allow_null=True, help_text="In the unit of the task's quantity.")
    numerator = Number(required=False, allow_null=True)
    denominator = Number(required=False, allow_null=True)
    percent = Number(5, 2, required=False, allow_null=True, help_text="0 to 100.")
    obstacles = serializers.CharField(required=False, allow_blank=True)
    proposals = serializers.CharField(required=False, allow_blank=True)
    done_on = Day(required=False, allow_null=True, help_text="The day the work was finished.")
    explanation = serializers.CharField(required=False, allow_blank=True, help_text="Why there is no evidence.")


class ReasonSerializer(BodySerializer):
    """A step with its reason, where the rules ask for one (422)."""

    reason = serializers.CharField(required=False, allow_blank=True, default="", help_text="Kept in the trail.")


class TextSerializer(BodySerializer):
    """A question or an answer."""

    text = serializers.CharField(required=False, allow_blank=True, default="", max_length=5000, help_text="Required.")


class ReplySerializer(TextSerializer):
    """A reply to a question."""

    question = Reference(help_text="Id of the remark that asks.")


class VerdictSerializer(BodySerializer):
    """A verdict on one piece of evidence."""

    verdict = serializers.ChoiceField([one for one in Verdict.choices if one[0] != Verdict.PENDING])


class ReplaceSerializer(BodySerializer):
    """What takes the place of a wrong file: a file, a document the agency holds, or an explanation."""

    reason = serializers.CharField(required=False, allow_blank=True, default="", help_text="Kept for ever; required.")
    file = serializers.FileField(required=False, allow_empty_file=True, help_text="The right file.")
    document = Reference(required=False, help_text="Id of a document that the agency holds, instead of a file.")
    explanation = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="Why there is no evidence, where none is left."
    )
    number = serializers.CharField(required=False, allow_blank=True, default="", max_length=100)
    issued_on = Day(required=False, allow_null=True, default=None)
    issuer = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    excerpt = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)


class ReportRevisionSerializer(BodySerializer):
    """A report and the revision that was read of it."""

    id = Reference()
    revision = serializers.IntegerField(min_value=0, max_value=2_000_000_000)


class ManySerializer(BodySerializer):
    """Several reports."""

    reports = serializers.ListField(child=ReportRevisionSerializer(), allow_empty=False, max_length=200)


class OutcomeSerializer(serializers.Serializer):
    """What became of one report: `code` and `message` say why it did not go through; empty when it did."""

    id = serializers.IntegerField()
    ok = serializers.BooleanField()
    state = serializers.CharField()
    revision = serializers.IntegerField()
    code = serializers.CharField()
    message = serializers.CharField()


class ManyOutcomesSerializer(serializers.Serializer):
    """What became of each report, in the order asked."""

    results = OutcomeSerializer(many=True)


def _outcome(pk: int, outcome: Outcome | None) -> dict[str, Any]:
    if outcome is None:
        gone = NotVisible("not_found", "Không tìm thấy, hoặc bạn không có quyền xem.")
        return {"id": pk, "ok": False, "state": "", "revision": 0, "code": gone.code, "message": gone.message}
    error = outcome.error
    return {
        "id": pk,
        "ok": error is None,
        "state": outcome.report.state,
        "revision": outcome.report.revision,
        "code": error.code if error else "",
        "message": error.message if error else "",
    }


class ProgressSteps(Door):
    """The steps of a report beyond keeping, handing in, accepting, returning and correcting it."""

    @abstractmethod
    def _shown(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        """Return the report as it stands."""

    def _guarded(self) -> tuple[Progress, int]:
        """Return the report (404 unless visible) and the revision that the write read."""
        row: Progress = self.get_object()
        return row, revision_of(self.request)

    def _kept(self, row: Progress) -> Content:
        return Content() if row.latest is None else Content.of(row.latest)

    def _said(self, row: Progress) -> Content:
        """Return what the report says with what was sent put over it."""
        return replace(self._kept(row), **self.body(ContentSerializer))

    @extend_schema(
        summary="Put a report before the agency's head",
        description="Where the agency requires its head's approval (`submit` answers 403 `needs_head`). " + GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=ContentSerializer,
    )
    @action(detail=True, methods=["post"])
    def forward(self, request: Request, pk: str) -> Response:
        """Put a report before the head."""
        row, revision = self._guarded()
        verbs.forward(progress=row, content=self._said(row), revision=revision, by=self.person)
        return self._shown(row.pk)

    @extend_schema(
        summary="Let a report leave the agency",
        description="By the head, or whoever the head let approve: from now on it is handed in. " + GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=None,
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Let a report leave."""
        row, revision = self._guarded()
        approvals.approve(progress=row, revision=revision, by=self.person)
        return self._shown(row.pk)

    @extend_schema(
        summary="Hand a report back to its officer",
        description="By the head, with a reason. " + GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=ReasonSerializer,
    )
    @action(detail=True, methods=["post"], url_path="hand-back", url_name="hand-back")
    def hand_back(self, request: Request, pk: str) -> Response:
        """Hand a report back."""
        row, revision = self._guarded()
        approvals.hand_back(
            progress=row, reason=self.body(ReasonSerializer)["reason"], revision=revision, by=self.person
        )
        return self._shown(row.pk)

    @extend_schema(
        summary="Withdraw a report",
        description="From the head, or from review before anybody decided: while the period takes reports, or where an "
        "earlier submission stands (a correction, a returned report sent again). " + GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=ReasonSerializer,
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Withdraw a report."""
        row, revision = self._guarded()
        verbs.withdraw(progress=row, reason=self.body(ReasonSerializer)["reason"], revision=revision, by=self.person)
        return self._shown(row.pk)

    @extend_schema(
        summary="Ask about a report",
        description="The report keeps waiting for its decision. " + GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=TextSerializer,
    )
    @action(detail=True, methods=["post"])
    def ask(self, request: Request, pk: str) -> Response:
        """Ask about a report."""
        row, revision = self._guarded()
        reviews.ask(progress=row, text=self.body(TextSerializer)["text"], revision=revision, by=self.person)
        return self._shown(row.pk)

    @extend_schema(
        summary="Reply to a question", description=GUARDED, parameters=[IF_MATCH, ETAG], request=ReplySerializer
    )
    @action(detail=True, methods=["post"])
    def reply(self, request: Request, pk: str) -> Response:
        """Reply to a question."""
        row, revision = self._guarded()
        said = self.body(ReplySerializer)
        question = Remark.objects.filter(pk=said["question"], version__progress=row).select_related("version").first()
        if question is None:
            message = "Không có câu hỏi này trong báo cáo."
            raise NotVisible("question_unknown", message, fields={"question": message})
        reviews.reply(progress=row, question=question, text=said["text"], revision=revision, by=self.person)
        return self._shown(row.pk)

    @extend_schema(
        summary="Answer obstacles and proposals",
        description="Of what was handed in last, whatever became of the report since. " + GUARDED,
        parameters=[IF_MATCH, ETAG],
        request=TextSerializer,
    )
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str) -> Response:
        """Answer obstacles and proposals."""
        row, revision = self._guarded()
        reviews.answer(progress=row, text=self.body(TextSerializer)["text"], revision=revision, by=self.person)
        return self._shown(row.pk)

    @extend_schema(
        summary="Judge one piece of evidence",
        description="Before the report is decided. " + GUARDED,
        parameters=[IF_MATCH, ETAG, LINK],
        request=VerdictSerializer,
    )
    @action(detail=True, methods=["post"], url_path=rf"evidence/(?P<link>{ID})/verdict", url_name="evidence-verdict")
    def judge(self, request: Request, pk: str, link: str) -> Response:
        """Judge one piece of evidence."""
        row, revision = self._guarded()
        reviews.judge(
            progress=row,
            link_id=int(link),
            verdict=self.body(VerdictSerializer)["verdict"],
            revision=revision,
            by=self.person,
        )
        return self._shown(row.pk)

    @extend_schema(
        summary="Replace evidence that was handed in",
        description="The report is handed in again at once as the next version; the file that was taken off stays "
        "for auditors only. " + GUARDED,
        parameters=[IF_MATCH, ETAG, LINK],
        request={"multipart/form-data": ReplaceSerializer, "application/json": ReplaceSerializer},
    )
    @action(
        detail=True,
        methods=["post"],
        url_path=rf"evidence/(?P<link>{ID})/replace",
        url_name="evidence-replace",
        parser_classes=[JSONParser, parsers.MultiPartParser],
    )
    def replace_evidence(self, request: Request, pk: str, link: str) -> Response:
        """Replace evidence."""
        row, revision = self._guarded()
        sent = self.body(ReplaceSerializer)
        file = sent.pop("file", None)
        marks = {name: sent[name] for name in ("number", "issued_on", "issuer", "excerpt")}
        upload = Upload(name=file.name or "", size=file.size or 0, content=file, **marks) if file else None
        try:
            evidence.replace(
                progress=row,
                link_id=int(link),
                upload=upload,
                attach=sent.get("document"),
                explanation=sent["explanation"],
                reason=sent["reason"],
                revision=revision,
                by=self.person,
            )
        except Invalid as error:
            raise blamed(error, files="file", attach="document") from error
        return self._shown(row.pk)

    @extend_schema(
        summary="Accept several reports",
        description="Each for itself: the answer says which went through, and why the others did not.",
        request=ManySerializer,
        responses=ManyOutcomesSerializer,
    )
    @action(detail=False, methods=["post"], url_path="accept", url_name="accept-many")
    def accept_many(self, request: Request) -> Response:
        """Accept several reports."""
        return self._many(reviews.accept_many)

    @extend_schema(
        summary="Let several reports leave the agency",
        description="Each for itself: the answer says which went through, and why the others did not.",
        request=ManySerializer,
        responses=ManyOutcomesSerializer,
    )
    @action(detail=False, methods=["post"], url_path="approve", url_name="approve-many")
    def approve_many(self, request: Request) -> Response:
        """Let several reports leave."""
        return self._many(approvals.approve_many)

    def _many(self, verb: Any) -> Response:
        asked = [(one["id"], one["revision"]) for one in self.body(ManySerializer)["reports"]]
        seen = (
            Progress.objects.visible_to(self.person)
            .select_related("assignment__agency")
            .in_bulk([pk for pk, _ in asked])
        )
        outcomes = verb(reports=[(seen[pk], revision) for pk, revision in asked if pk in seen], by=self.person)
        found = {outcome.report.pk: outcome for outcome in outcomes}
        return Response({"results": [_outcome(pk, found.get(pk)) for pk, _ in asked]})

"""The versions of a report with what was decided, said and shown on each, for the screens.

Definitions:

* A version's content is shown to people outside the agency only once it has been handed in; drafts belong to
  the agency that writes them.
* The version *before* is the accepted one of the latest earlier period, also where another agency had the duty then.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.text import capfirst

from agencies import calendar
from agencies.text import format_day, format_decimal
from plans.facts.badges import Badge
from plans.facts.evidence import EvidenceRow, evidence_rows
from plans.models import Assignment, Decision, Progress, ProgressVersion, Remark


@dataclass(frozen=True)
class DecisionRow:
    """What became of a version. ``returned``: a reviewer sent it back; other reasons are the agency's own."""

    badge: Badge
    who: str
    time: str
    reason_kind: str
    reason: str
    returned: bool = False


@dataclass(frozen=True)
class RemarkRow:
    """A word about a version: a question with its reply, or an answer to what was proposed."""

    id: int
    kind: str
    label: str
    who: str
    time: str
    text: str
    reply: "RemarkRow | None" = None

    @property
    def open(self) -> bool:
        """Whether a question waits for its reply."""
        return self.kind == Remark.Kind.QUESTION and self.reply is None


def remark_rows(version_ids: Iterable[int]) -> dict[int, tuple[RemarkRow, ...]]:
    """Return version id → what was said about it, oldest first, in one query."""
    remarks = list(Remark.objects.filter(version_id__in=list(version_ids)).select_related("by").order_by("at", "id"))
    replies = {one.replies_to_id: one for one in remarks if one.replies_to_id}

    def row(one: Remark) -> RemarkRow:
        reply = replies.get(one.pk)
        return RemarkRow(
            one.pk,
            one.kind,
            capfirst(one.get_kind_display()),
            str(one.by),
            calendar.moment(one.at),
            one.text,
            row(reply) if reply else None,
        )

    found: dict[int, list[RemarkRow]] = defaultdict(list)
    for one in remarks:
        if one.kind != Remark.Kind.REPLY:
            found[one.version_id].append(row(one))
    return {version_id: tuple(rows) for version_id, rows in found.items()}


@dataclass(frozen=True)
class VersionRow:
    """One version of a report."""

    number: int
    draft: bool
    who: str
    time: str
    iso: str
    result: str
    done_on: str
    figure: str
    fraction: str
    percent: str
    obstacles: str
    proposals: str
    explanation: str
    correction_reason: str
    in_force: bool
    evidence: tuple[EvidenceRow, ...]
    decision: DecisionRow | None
    approval: str = ""
    remarks: tuple[RemarkRow, ...] = ()


_DECISION_BADGES = {
    Decision.Verb.ACCEPT: Badge("Đã duyệt", "ok"),
    Decision.Verb.RETURN: Badge("Trả lại", "returned"),
    Decision.Verb.WITHDRAW: Badge("Cơ quan đã rút", "muted"),
    Decision.Verb.REPLACE: Badge("Cơ quan đã thay bằng lần sau", "muted"),
}


def _approval(version: ProgressVersion) -> str:
    """Return who forwarded a version, and who let it leave."""
    if version.forwarded_by is None:
        return ""
    said = f"{version.forwarded_by} trình lúc {calendar.moment(version.forwarded_at)}"
    if version.approved_by is None:
        return f"{said}, chờ thủ trưởng duyệt"
    return f"{said}, {version.approved_by} duyệt lúc {calendar.moment(version.approved_at)}"


VERSION_PEOPLE = ("submitted_by", "created_by", "forwarded_by", "approved_by", "decision__decided_by")


def version_row(
    version: ProgressVersion,
    evidence: Mapping[int, tuple[EvidenceRow, ...]],
    accepted_id: int | None,
    remarks: Mapping[int, tuple[RemarkRow, ...]] | None = None,
) -> VersionRow:
    """Return a version ready to show (its people and its ``decision`` selected with it: ``VERSION_PEOPLE``)."""
    decision = getattr(version, "decision", None)
    shown = None
    if decision is not None:
        returned = decision.verb == Decision.Verb.RETURN
        shown = DecisionRow(
            badge=_DECISION_BADGES[Decision.Verb(decision.verb)],
            who=str(decision.decided_by),
            time=calendar.moment(decision.decided_at),
            reason_kind=capfirst(decision.get_reason_code_display()) if returned else "",
            reason=decision.reason,
            returned=returned,
        )
    return VersionRow(
        number=version.number,
        draft=version.submitted_at is None,
        who=str(version.submitted_by or version.created_by),
        time=calendar.moment(version.submitted_at or version.created_at),
        iso=calendar.iso(version.submitted_at or version.created_at),
        result=version.result,
        done_on=format_day(version.done_on),
        figure=format_decimal(version.figure),
        fraction=(
            f"{format_decimal(version.numerator)}/{format_decimal(version.denominator)}"
            if version.denominator is not None
            else ""
        ),
        percent=format_decimal(version.percent),
        obstacles=version.obstacles,
        proposals=version.proposals,
        explanation=version.explanation,
        correction_reason=version.correction_reason,
        in_force=version.pk == accepted_id,
        evidence=evidence.get(version.pk, ()),
        decision=shown,
        approval=_approval(version),
        remarks=(remarks or {}).get(version.pk, ()),
    )


def versions_where(where: Q) -> list[ProgressVersion]:
    """Return versions with their people, newest first within each report."""
    return list(
        ProgressVersion.objects.filter(where).select_related(*VERSION_PEOPLE).order_by("progress_id", "-number")
    )


def report_versions(progress: Progress, *, inside: bool, auditor: bool = False) -> tuple[VersionRow, ...]:
    """Return the versions of one report, newest first (drafts only for the agency itself)."""
    versions = [one for one in versions_where(Q(progress=progress)) if inside or one.submitted_at is not None]
    evidence = evidence_rows([one.pk for one in versions], auditor=auditor)
    remarks = remark_rows(one.pk for one in versions)
    return tuple(version_row(one, evidence, progress.accepted_id, remarks) for one in versions)


# What stands beside the form and the review


@dataclass(frozen=True)
class Beside:
    """The previous period's accepted text, for comparison."""

    period: str
    version: VersionRow


def predecessors(assignment: Assignment) -> list[int]:
    """Return the duties of which this one is the continuation (it followed them at a reorganisation)."""
    found, follows = [], assignment.succeeds_id
    while follows is not None and follows not in found:
        found.append(follows)
        follows = Assignment.objects.filter(pk=follows).values_list("succeeds_id", flat=True).first()
    return found


def accepted_before(assignment: Assignment, period_cut_off: date) -> Beside | None:
    """Return the accepted version of the latest earlier period, also where another agency had the duty then."""
    report = (
        Progress.objects.filter(
            assignment_id__in=[assignment.pk, *predecessors(assignment)],
            period__cut_off__lt=period_cut_off,
            accepted__isnull=False,
        )
        .select_related("period", *(f"accepted__{name}" for name in VERSION_PEOPLE))
        .order_by("-period__cut_off")
        .first()
    )
    if report is None or report.accepted is None:
        return None
    evidence = evidence_rows([report.accepted.pk])
    return Beside(report.period.name, version_row(report.accepted, evidence, report.accepted_id))

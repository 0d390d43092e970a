"""The snapshot that closing a period seals: how it is made, marked and read back.

Definitions:

* A snapshot is the plan as of the day of the close (``plans.facts.plan.plan_facts``), with the whole history of
  every report for the period: versions, decisions, evidence with SHA-256 and verdicts; and the mark of its close,
  the digest of the close before among it. It is canonical JSON text
  (``agencies.seals.canonical``); its SHA-256 is taken over that text.
* The figures are those on record at the close; beside them stand the counts as of the period's cut-off (recorded
  before that day ended and effective by it), which no later report changes.
* *Days late* and the due date are those of the period's window (``plans.facts.windows``): moved by an outage, whose
  documents are sealed beside them; ``planned_due_on`` is the day before any outage.
* *On-time rate* and *progress* of an agency: as in ``plans.standing``, over assignments that are not only asked.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from agencies import calendar
from agencies.errors import Conflict
from agencies.models import Membership, User, valid_on
from agencies.permissions import Role
from agencies.seals import plain
from agencies.text import format_day
from indicators.models import Framework
from plans.facts.buckets import OVER
from plans.facts.plan import AssignmentFacts, PlanFacts, count_duties, plan_facts
from plans.facts.windows import Window, window
from plans.models import (
    Decision,
    EvidenceLink,
    PeriodClose,
    Plan,
    Progress,
    ProgressVersion,
    ReportingPeriod,
    TargetVersion,
    TaskComponent,
    TaskVersion,
    WindowException,
)
from plans.standing import Bucket, Counts

FORMAT = 1


def digest_of(text: str) -> str:
    """Return the SHA-256 of a snapshot's text."""
    return hashlib.sha256(text.encode()).hexdigest()


# How it is made


def _evidence(progress: "Q") -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for link in EvidenceLink.objects.filter(progress).select_related("document__blob").order_by("id"):
        document = link.document
        found[link.version_id].append(
            {
                "link": link.pk,
                "document": document.pk,
                "name": document.original_name,
                "number": document.number,
                "issued_on": plain(document.issued_on),
                "sha256": document.blob.sha256,
                "size": document.blob.size,
                "verdict": link.verdict,
            }
        )
    return found


def _reports(now: Window) -> dict[int, dict[str, Any]]:
    """Return assignment id → everything handed in for the window's period, in a fixed number of queries."""
    period = now.period
    sent = Q(progress__period=period, submitted_at__isnull=False)
    evidence = _evidence(Q(version__progress__period=period, version__submitted_at__isnull=False))
    decisions = {
        decision.version_id: decision
        for decision in Decision.objects.filter(version__progress__period=period).select_related("decided_by")
    }
    versions: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for version in (
        ProgressVersion.objects.filter(sent).select_related("submitted_by").order_by("progress_id", "number")
    ):
        decision = decisions.get(version.pk)
        versions[version.progress_id].append(
            {
                "id": version.pk,
                "number": version.number,
                "submitted_at": plain(version.submitted_at),
                "submitted_by": str(version.submitted_by),
                "result": version.result,
                "figure": plain(version.figure),
                "numerator": plain(version.numerator),
                "denominator": plain(version.denominator),
                "percent": plain(version.percent),
                "done_on": plain(version.done_on),
                "obstacles": version.obstacles,
                "proposals": version.proposals,
                "explanation": version.explanation,
                "corrects": version.corrects_id,
                "correction_reason": version.correction_reason,
                "decision": (
                    {
                        "verb": decision.verb,
                        "reason_code": decision.reason_code,
                        "reason": decision.reason,
                        "decided_by": str(decision.decided_by),
                        "decided_at": plain(decision.decided_at),
                    }
                    if decision
                    else None
                ),
                "evidence": evidence.get(version.pk, []),
            }
        )
    found = {}
    for progress in Progress.objects.filter(period=period, first_submitted_at__isnull=False):
        first = progress.first_submitted_at
        assert first is not None
        found[progress.assignment_id] = {
            "progress": progress.pk,
            "state": progress.state,
            "revision": progress.revision,
            "first_submitted_at": plain(first),
            "days_late": now.days_late(first),
            "accepted": progress.accepted_id,
            "versions": versions.get(progress.pk, []),
        }
    return found


def _outages(period: ReportingPeriod, as_of: date) -> list[dict[str, Any]]:
    """Return by which documents the due date was moved for everybody."""
    return [
        {
            "id": one.pk,
            "document_number": one.document_number,
            "reason": one.reason,
            "expires_on": plain(one.expires_on),
            "granted_at": plain(one.granted_at),
        }
        for one in WindowException.objects.recorded_by(as_of)
        .filter(period=period, kind=WindowException.Kind.OUTAGE)
        .order_by("granted_at", "pk")
    ]


def _heads(plan: Plan, on: date) -> dict[int, list[str]]:
    """Return agency id → who answers for it by name on a day."""
    found: dict[int, list[str]] = defaultdict(list)
    for membership in (
        Membership.objects.filter(valid_on(on), province_id=plan.province_id, role=Role.AGENCY_HEAD)
        .select_related("user")
        .order_by("user__full_name", "pk")
    ):
        found[membership.agency_id].append(str(membership.user))
    return found


def _frameworks(plan: Plan, year: int, as_of: date) -> list[dict[str, Any]]:
    """Return the framework versions of the indices that the plan serves: those named, and those of the year."""
    serves = TaskComponent.objects.filter(version__in=TaskVersion.objects.filter(task__plan=plan).in_force(as_of))
    indices = set(serves.values_list("index_id", flat=True))
    indices |= set(
        TargetVersion.objects.filter(target__plan=plan, index__isnull=False)
        .in_force(as_of)
        .values_list("index_id", flat=True)
    )
    indices |= set(plan.sections.filter(index__isnull=False).values_list("index_id", flat=True))
    named = serves.filter(component__isnull=False).values("component__framework_id")
    in_year = Q(index_id__in=indices, year_from__lte=year) & (Q(year_to__isnull=True) | Q(year_to__gte=year))
    return [
        {
            "id": framework.pk,
            "index": framework.index.code,
            "version": framework.version,
            "legal_document": framework.legal_document,
        }
        for framework in Framework.objects.filter(Q(pk__in=named) | in_year)
        .select_related("index")
        .order_by("index__order", "index__code", "year_from", "pk")
    ]


def _versions_on(plan: Plan, as_of: date) -> dict[str, dict[int, dict[str, int]]]:
    """Return the version of each task and target in force, never a draft's: id → version id and number."""
    found: dict[str, dict[int, dict[str, int]]] = {"tasks": {}, "targets": {}}
    for pk, task_id, number in (
        TaskVersion.objects.filter(task__plan=plan)
        .in_force(as_of)
        .order_by("task_id", "number")
        .values_list("pk", "task_id", "number")
    ):
        found["tasks"][task_id] = {"id": pk, "number": number}
    for pk, target_id, number in (
        TargetVersion.objects.filter(target__plan=plan)
        .in_force(as_of)
        .order_by("target_id", "number")
        .values_list("pk", "target_id", "number")
    ):
        found["targets"][target_id] = {"id": pk, "number": number}
    return found


def _counts(counts: Counts) -> dict[str, Any]:
    return {
        **counts.eight(),
        "not_updated": counts.not_updated,
        "progress": {"numerator": counts.done, "denominator": counts.counted},
        "on_time": {"numerator": counts.done_on_time, "denominator": counts.timed},
    }


def _by_agency(facts: PlanFacts) -> list[dict[str, Any]]:
    duties: dict[int, list[AssignmentFacts]] = defaultdict(list)
    for task in facts.tasks:
        for duty in task.assignments:
            if not duty.proposed:
                duties[duty.agency_id].append(duty)
    return [
        {
            "agency": agency_id,
            "name": some[0].agency,
            "counts": _counts(count_duties(some)),
        }
        for agency_id, some in sorted(duties.items())
    ]


def snapshot(period: ReportingPeriod, as_of: date) -> dict[str, Any]:
    """Return what closing the period now would seal, in a fixed number of queries.

    ``as_of`` is the day of asking: what is on record now is what is sealed.
    """
    plan = Plan.objects.select_related("province", "sub_plan_of").get(pk=period.plan_id)
    facts: PlanFacts = plan_facts(plan, as_of, with_reports=False)
    now = window(period, as_of)
    reports, heads, versions = _reports(now), _heads(plan, as_of), _versions_on(plan, as_of)
    frozen = plan_facts(plan, period.cut_off, with_reports=False, of=period)
    duties = []
    buckets: dict[int, list[Bucket]] = defaultdict(list)
    unheard: dict[int, int] = defaultdict(int)
    names: dict[int, str] = {}
    unheard_tasks: set[int] = set()
    for task in facts.tasks:
        for duty in task.assignments:
            report = reports.get(duty.id)
            standing = duty.standing
            # "Nothing handed in" is asked of this period here, whichever is the latest today.
            silent = report is None and standing.state not in OVER
            names[duty.agency_id] = duty.agency
            if not duty.proposed:
                buckets[duty.agency_id].append(standing.bucket)
                unheard[duty.agency_id] += silent
                unheard_tasks |= {task.id} if silent else set()
            duties.append(
                {
                    "assignment": duty.id,
                    "task": task.id,
                    "task_code": task.code,
                    "task_version": versions["tasks"].get(task.id),
                    "title": task.title,
                    "agency": duty.agency_id,
                    "agency_name": duty.agency,
                    "heads": heads.get(duty.agency_id, []),
                    "proposed": duty.proposed,
                    "state": standing.state.value,
                    "time": standing.time.value,
                    "bucket": standing.bucket.value,
                    "due_on": plain(standing.due_on),
                    "done_on": plain(standing.done_on),
                    "days_overdue": standing.days_overdue,
                    "not_updated": silent,
                    "report": report,
                }
            )

    def whole(some: list[dict[str, Any]]) -> dict[str, Any]:
        return _counts(Counts.of((Bucket(one["bucket"]) for one in some), sum(one["not_updated"] for one in some)))

    return {
        "format": FORMAT,
        "province": {"code": plan.province.code, "name": str(plan.province)},
        "plan": {"code": plan.code, "number": plan.number, "title": plan.title, "state": plan.state},
        "period": {
            "id": period.pk,
            "code": period.code,
            "name": period.name,
            "year": period.year,
            "starts_on": plain(period.starts_on),
            "cut_off": plain(period.cut_off),
            "opens_on": plain(period.opens_on),
            "due_on": plain(now.due_on),
            "planned_due_on": plain(period.due_on),
            "closes_on": plain(period.closes_on),
            "outages": _outages(period, as_of),
        },
        "as_of": plain(as_of),
        "counts": {
            "tasks": _counts(replace(facts.task_counts, not_updated=len(unheard_tasks))),
            "assignments": whole([one for one in duties if not one["proposed"]]),
            "proposed": whole([one for one in duties if one["proposed"]]),
        },
        "agencies": [
            {
                "agency": agency_id,
                "name": names[agency_id],
                "heads": heads.get(agency_id, []),
                "counts": _counts(Counts.of(some, unheard[agency_id])),
            }
            for agency_id, some in sorted(buckets.items())
        ],
        "at_cut_off": {
            "as_of": plain(period.cut_off),
            "counts": {
                "tasks": _counts(frozen.task_counts),
                "assignments": _counts(frozen.assignment_counts),
                "proposed": _counts(frozen.proposed_assignments),
            },
            "agencies": _by_agency(frozen),
        },
        "frameworks": _frameworks(plan, period.year, as_of),
        "targets": [
            {"target": target_id, "version": version} for target_id, version in sorted(versions["targets"].items())
        ],
        "assignments": duties,
    }


def mark(
    *,
    number: int,
    closed_by: User,
    closed_at: datetime,
    previous_sha256: str,
    trail_sequence: int,
    trail_digest: str,
) -> dict[str, Any]:
    """Return what a snapshot says of its own close: who, when, and what it is chained to."""
    return {
        "number": number,
        "closed_by": {"id": closed_by.pk, "name": str(closed_by)},
        "closed_at": plain(closed_at),
        "previous_sha256": previous_sha256,
        "trail": {"sequence": trail_sequence, "digest": trail_digest},
    }


# How it is read


def content_of(close: PeriodClose) -> dict[str, Any]:
    """Return a sealed snapshot. Raises Conflict (``close_broken``) when the text is no longer the sealed one."""
    if digest_of(close.content) != close.sha256:
        raise Conflict(
            "close_broken",
            "Nội dung niêm phong của lần chốt này không còn khớp SHA-256. Hãy báo quản trị hệ thống chạy verify_trail.",
        )
    found: dict[str, Any] = json.loads(close.content)
    return found


NOTHING_SAID = "–"


def moment_text(text: str) -> str:
    """Return a sealed moment as people write it; an empty text stays empty."""
    return calendar.moment(datetime.fromisoformat(text)) if text else ""


def day_text(text: str | None) -> str:
    """Return a sealed day as people write it, or a dash."""
    return format_day(date.fromisoformat(text)) if text else NOTHING_SAID


def accepted_version(report: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return the version of a sealed report that was in force; empty without one."""
    versions = report["versions"] if report else []
    return next((one for one in versions if report and one["id"] == report["accepted"]), {})

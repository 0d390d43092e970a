"""The snapshot that closing a period seals, what has changed since, and the proof that it still is what it was.

Definitions:

* A snapshot is the plan as of the day of the close (``plans.facts.plan.plan_facts``), with the whole history of
  every report for the period: versions, decisions, evidence with SHA-256 and verdicts; and the mark of its close,
  the digest of the close before among it. It is canonical JSON text
  (``agencies.seals.canonical``); its SHA-256 is taken over that text.
* The figures are those on record at the close; beside them stand the counts as of the period's cut-off (recorded
  before that day ended and effective by it), which no later report changes.
* *On-time rate* and *progress* of an agency: as in ``plans.standing``, over assignments that are not only asked.
* A difference compares two snapshots of one period, duty by duty. *Reports that came after* are versions handed in
  that the earlier snapshot does not have.
* A report *still waits* when it has been handed in for the period and no decision has been made.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse

from agencies import calendar
from agencies.errors import Conflict
from agencies.models import Event, Membership, User, Verdict, valid_on
from agencies.models.event import GENESIS
from agencies.permissions import Role
from agencies.seals import Finding, plain
from agencies.text import format_day
from indicators.models import Framework
from plans.facts.addresses import assignment_url
from plans.facts.badges import BUCKET_VARIANTS, Badge
from plans.facts.bars import Share, share
from plans.facts.plan import AssignmentFacts, PlanFacts, count_duties, plan_facts
from plans.facts.windows import Window, windows
from plans.models import (
    Decision,
    EvidenceLink,
    PeriodClose,
    PeriodReopening,
    Plan,
    Progress,
    ProgressVersion,
    ReportingPeriod,
    TargetVersion,
    TaskComponent,
    TaskVersion,
)
from plans.standing import BUCKET_LABELS, Bucket, Counts, State

FORMAT = 1


def digest_of(text: str) -> str:
    """Return the SHA-256 of a snapshot's text."""
    return hashlib.sha256(text.encode()).hexdigest()


# The snapshot


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


def _reports(period: ReportingPeriod) -> dict[int, dict[str, Any]]:
    """Return assignment id → everything handed in for the period, in a fixed number of queries."""
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
            "days_late": max((calendar.day_of(first) - period.due_on).days, 0),
            "accepted": progress.accepted_id,
            "versions": versions.get(progress.pk, []),
        }
    return found


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


def _frameworks(plan: Plan, year: int) -> list[dict[str, Any]]:
    """Return the framework versions of the indices that the plan serves: those named, and those of the year."""
    serves = TaskComponent.objects.filter(version__task__plan=plan)
    indices = set(serves.values_list("index_id", flat=True))
    indices |= set(
        TargetVersion.objects.filter(target__plan=plan, index__isnull=False).values_list("index_id", flat=True)
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
    """Return the version of each task and target in force: id → version id and number."""
    found: dict[str, dict[int, dict[str, int]]] = {"tasks": {}, "targets": {}}
    in_force = Q(effective_from__isnull=True) | Q(effective_from__lte=as_of)
    for pk, task_id, number in (
        TaskVersion.objects.filter(in_force, task__plan=plan)
        .order_by("task_id", "number")
        .values_list("pk", "task_id", "number")
    ):
        found["tasks"][task_id] = {"id": pk, "number": number}
    for pk, target_id, number in (
        TargetVersion.objects.filter(in_force, target__plan=plan)
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
    reports, heads, versions = _reports(period), _heads(plan, as_of), _versions_on(plan, as_of)
    frozen = plan_facts(plan, period.cut_off, with_reports=False)
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
            silent = report is None and standing.state not in (State.DONE, State.SUSPENDED, State.CANCELLED)
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
            "due_on": plain(period.due_on),
            "closes_on": plain(period.closes_on),
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
        "frameworks": _frameworks(plan, period.year),
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


def content_of(close: PeriodClose) -> dict[str, Any]:
    """Return a sealed snapshot. Raises Conflict (``close_broken``) when the text is no longer the sealed one."""
    if digest_of(close.content) != close.sha256:
        raise Conflict(
            "close_broken",
            "Nội dung niêm phong của lần chốt này không còn khớp SHA-256. Hãy báo quản trị hệ thống chạy verify_trail.",
        )
    found: dict[str, Any] = json.loads(close.content)
    return found


# What would be sealed, and what still waits


@dataclass(frozen=True)
class Waiting:
    """A report handed in for the period that nobody has decided."""

    url: str
    code: str
    title: str
    agency: str
    submitted: str


@dataclass(frozen=True)
class Preview:
    """What closing now would seal."""

    as_of: str
    content: dict[str, Any]
    waiting: tuple[Waiting, ...]
    silent: tuple[Waiting, ...]


def _waiting(one: Mapping[str, Any], submitted: str) -> Waiting:
    return Waiting(assignment_url(one["assignment"]), one["task_code"], one["title"], one["agency_name"], submitted)


def preview(period: ReportingPeriod, as_of: date) -> Preview:
    """Return what closing on a day would seal, with the reports that still wait and the duties that are silent."""
    content = snapshot(period, as_of)
    waiting, silent = [], []
    for one in content["assignments"]:
        report = one["report"]
        if report and report["state"] == Progress.State.SUBMITTED:
            waiting.append(_waiting(one, _moment(report["versions"][-1]["submitted_at"])))
        elif one["not_updated"] and not one["proposed"]:
            silent.append(_waiting(one, ""))
    return Preview(format_day(as_of), content, tuple(waiting), tuple(silent))


# What has changed


@dataclass(frozen=True)
class Change:
    """One value that differs: what, before, after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class DutyDifference:
    """One duty that differs between two snapshots."""

    assignment: int
    url: str
    code: str
    title: str
    agency: str
    changes: tuple[Change, ...]
    came_after: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """What differs between two snapshots of a period."""

    counts: tuple[Change, ...]
    duties: tuple[DutyDifference, ...]

    @property
    def nothing(self) -> bool:
        """Whether they say the same."""
        return not self.counts and not self.duties


_NONE = "–"
_REPORT_STATES = {"": "chưa báo cáo", **{state.value: state.label for state in Progress.State}}


def _moment(text: str) -> str:
    return calendar.moment(datetime.fromisoformat(text)) if text else ""


def _day(text: str | None) -> str:
    return format_day(date.fromisoformat(text)) if text else _NONE


def _accepted(report: Mapping[str, Any] | None) -> Mapping[str, Any]:
    versions = report["versions"] if report else []
    return next((one for one in versions if report and one["id"] == report["accepted"]), {})


def _shown(one: Mapping[str, Any]) -> dict[str, str]:
    """Return what is compared of a duty, as people read it."""
    report = one["report"]
    version = _accepted(report)
    fraction = f"{version['numerator']}/{version['denominator']}" if version.get("denominator") else _NONE
    return {
        "Nhóm tình trạng": BUCKET_LABELS[Bucket(one["bucket"])],
        "Trạng thái": State(one["state"]).label,
        "Ngày hoàn thành": _day(one["done_on"]),
        "Thời hạn": _day(one["due_on"]),
        "Báo cáo của kỳ": _REPORT_STATES[report["state"] if report else ""],
        "Lần báo cáo có giá trị": str(version.get("number") or _NONE),
        "Kết quả có giá trị": version.get("result") or _NONE,
        "Số liệu có giá trị": version.get("figure") or _NONE,
        "Tử số/mẫu số có giá trị": fraction,
        "Tài liệu kiểm chứng (SHA-256, đánh giá)": ", ".join(
            f"{file['sha256'][:12]} {file['verdict']}" for file in version.get("evidence", [])
        )
        or _NONE,
        "Phiên bản nhiệm vụ": str((one["task_version"] or {}).get("number", _NONE)),
    }


def _new_versions(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> tuple[str, ...]:
    report = (before or {}).get("report")
    known = {version["id"] for version in (report["versions"] if report else [])}
    return tuple(
        f"lần {version['number']}, {version['submitted_by']} gửi lúc {_moment(version['submitted_at'])}"
        for version in (after["report"]["versions"] if after["report"] else [])
        if version["id"] not in known
    )


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    """Compare two snapshots of one period."""
    counts = []
    for unit, name in (("assignments", "Phân công"), ("tasks", "Nhiệm vụ"), ("proposed", "Đề nghị phối hợp")):
        labels = {**{bucket.value: label for bucket, label in BUCKET_LABELS.items()}, "not_updated": "Chưa cập nhật"}
        for key, label in labels.items():
            one, two = before["counts"][unit][key], after["counts"][unit][key]
            if one != two:
                counts.append(Change(f"{name}: {label}", str(one), str(two)))
    old = {one["assignment"]: one for one in before["assignments"]}
    new = {one["assignment"]: one for one in after["assignments"]}
    duties = []
    for key, one in {**old, **new}.items():
        was, now = old.get(key), new.get(key)
        if was is not None and now is not None:
            shown, then = _shown(now), _shown(was)
            changes = [Change(label, then[label], text) for label, text in shown.items() if then[label] != text]
        else:
            said = ("có trong kỳ", "không còn") if now is None else ("chưa có", "được thêm")
            changes = [Change("Phân công", *said)]
        came = _new_versions(was, now) if now is not None else ()
        if changes or came:
            duties.append(
                DutyDifference(
                    key,
                    assignment_url(key),
                    one["task_code"],
                    one["title"],
                    one["agency_name"],
                    tuple(changes),
                    came,
                )
            )
    return Difference(tuple(counts), tuple(duties))


# The proof


def _mark_of(text: str) -> dict[str, Any]:
    """Return what a snapshot's text says of its own close; empty when it says nothing that can be read."""
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    found = said.get("close") if isinstance(said, dict) else None
    return found if isinstance(found, dict) else {}


def check(province_id: int) -> Iterator[Finding]:
    """Yield what does not hold of a province's closes: content, chain, and the trail they were made on."""
    previous = GENESIS
    closes = PeriodClose.objects.filter(province_id=province_id).select_related(
        "period", "plan", "province", "closed_by"
    )
    for close in closes.order_by("pk").iterator(chunk_size=20):
        name = f"{close.province}: bản chốt kỳ {close.period} lần {close.number} của {close.plan}"
        about = {"province": close.province.code, "model": "plans.periodclose", "pk": str(close.pk)}
        if digest_of(close.content) != close.sha256:
            yield Finding("close_changed", f"{name} đã bị sửa: nội dung không còn khớp SHA-256.", about)
        else:
            row = mark(
                number=close.number,
                closed_by=close.closed_by,
                closed_at=close.closed_at,
                previous_sha256=close.previous_sha256,
                trail_sequence=close.trail_sequence,
                trail_digest=close.trail_digest,
            )
            said = _mark_of(close.content)
            # A person's name may change; who it was may not.
            if isinstance(said.get("closed_by"), dict):
                said["closed_by"]["name"] = row["closed_by"]["name"]
            if said != row:
                yield Finding(
                    "close_row",
                    f"{name}: số lần, người, lúc chốt hoặc chuỗi ghi ở dòng khác với bản niêm phong.",
                    about,
                )
        if close.previous_sha256 != previous:
            yield Finding("close_unchained", f"{name} không nối vào lần chốt trước nó.", about)
        event = Event.objects.filter(province_id=province_id, sequence=close.trail_sequence).only("digest").first()
        if close.trail_sequence and (event is None or event.digest != close.trail_digest):
            yield Finding(
                "close_trail",
                f"{name}: sự kiện số {close.trail_sequence} của dấu vết không còn là sự kiện lúc chốt.",
                {**about, "sequence": close.trail_sequence},
            )
        previous = close.sha256


# When a period may be closed, and the page of a plan's periods


def closable_from(window: Window) -> date:
    """Return the last day before a period may be closed: its cut-off and the end of its window for all.

    Outages move that end; late leave of one agency is not waited for.
    """
    return max(window.period.cut_off, window.closes_on or window.due_on)


def why_not(window: Window, latest: PeriodClose | None, reopened: bool, on: date) -> tuple[str, str] | None:
    """Return why the period cannot be closed on a day (code, sentence), or None when it can.

    ``window``: as it holds that day; ``latest``: its last close; ``reopened``: whether that one was ever reopened.
    """
    period = window.period
    if period.plan.state == Plan.State.DRAFTING:
        return "plan_not_issued", "Kế hoạch chưa ban hành nên chưa có gì để chốt."
    if latest is not None:
        if reopened:
            return None
        return (
            "already_closed",
            f"Kỳ {period.name} đã chốt lần {latest.number} ngày {format_day(latest.as_of)}. Muốn chốt lại phải mở "
            "lại kỳ.",
        )
    last = closable_from(window)
    if on <= last:
        return (
            "window_not_over",
            f"Kỳ {period.name} còn nhận báo cáo đến hết ngày {format_day(last)}, nên chỉ chốt được từ ngày sau đó.",
        )
    return None


@dataclass(frozen=True)
class CloseRow:
    """One close of a period. Addresses are empty for people who may not see every agency's figures."""

    number: int
    as_of: str
    who: str
    time: str
    sha256: str
    url: str
    file_url: str
    diff_url: str


@dataclass(frozen=True)
class ReopeningRow:
    """One reopening of a period."""

    close: int
    opens: str
    expires: str
    in_force: bool
    reason: str
    approver: str
    document: str
    who: str
    time: str


@dataclass(frozen=True)
class PeriodRow:
    """A period with its dates, state, closes and reopenings, newest first."""

    code: str
    name: str
    span: str
    opens: str
    cut_off: str
    due: str
    closes_on: str
    state: Badge
    closes: tuple[CloseRow, ...]
    reopenings: tuple[ReopeningRow, ...]
    close_url: str
    close_hint: str
    reopen_url: str
    exceptions: int
    exceptions_url: str


def _state(window: Window, latest: PeriodClose | None, reopening: PeriodReopening | None, on: date) -> Badge:
    if latest is not None:
        if reopening is not None:
            return Badge(f"Đang mở lại đến hết {format_day(reopening.expires_on)}", "due")
        return Badge(f"Đã chốt (lần {latest.number})", "ok")
    if on < window.period.opens_on:
        return Badge("Chưa mở", "neutral")
    if window.is_open():
        return Badge("Đang nhận báo cáo", "info")
    return Badge("Hết hạn nhận, chưa chốt", "review")


def close_row(close: PeriodClose, plan_code: str, period_code: str, *, watched: bool) -> CloseRow:
    """Return a close ready to show."""
    where = [plan_code, period_code, close.number]
    return CloseRow(
        number=close.number,
        as_of=format_day(close.as_of),
        who=str(close.closed_by),
        time=calendar.moment(close.closed_at),
        sha256=close.sha256,
        url=reverse("plans:close_detail", args=where) if watched else "",
        file_url=reverse("plans:close_file", args=where) if watched else "",
        diff_url=reverse("plans:close_diff", args=where) if watched else "",
    )


def period_rows(
    plan: Plan, on: date, *, watched: bool, closer: bool, exceptions: Mapping[int, int]
) -> tuple[PeriodRow, ...]:
    """Return the plan's periods, latest first, in five queries.

    ``watched``: the reader sees every agency's figures; ``closer``: they may close and reopen; ``exceptions``:
    period id → how many exceptions the reader may know of.
    """
    closes: dict[int, list[PeriodClose]] = defaultdict(list)
    for close in PeriodClose.objects.filter(plan=plan).defer("content").select_related("closed_by").order_by("-number"):
        closes[close.period_id].append(close)
    reopenings: dict[int, list[PeriodReopening]] = defaultdict(list)
    for reopening in (
        PeriodReopening.objects.filter(period__plan=plan).select_related("close", "reopened_by").order_by("-pk")
    ):
        reopenings[reopening.period_id].append(reopening)
    rows = []
    periods = list(ReportingPeriod.objects.filter(plan=plan).select_related("plan").order_by("-cut_off", "-pk"))
    known = windows(periods, on)
    for period in periods:
        window = known[period.pk]
        made, opened = closes[period.pk], reopenings[period.pk]
        latest = made[0] if made else None
        of_latest = [one for one in opened if latest is not None and one.close_id == latest.pk]
        now = next((one for one in of_latest if one.opens_on <= on <= one.expires_on), None)
        refused = why_not(window, latest, bool(of_latest), on)
        rows.append(
            PeriodRow(
                code=period.code,
                name=period.name,
                span=f"{format_day(period.starts_on)} – {format_day(period.cut_off)}",
                opens=format_day(period.opens_on),
                cut_off=format_day(period.cut_off),
                due=format_day(window.due_on),
                closes_on=format_day(window.closes_on),
                exceptions=exceptions.get(period.pk, 0),
                exceptions_url=reverse("plans:period_exceptions", args=[period.pk]),
                state=_state(window, latest, now, on),
                closes=tuple(close_row(one, plan.code, period.code, watched=watched) for one in made),
                reopenings=tuple(
                    ReopeningRow(
                        close=one.close.number,
                        opens=format_day(one.opens_on),
                        expires=format_day(one.expires_on),
                        in_force=one is now,
                        reason=one.reason,
                        approver=one.approver,
                        document=one.document,
                        who=str(one.reopened_by),
                        time=calendar.moment(one.reopened_at),
                    )
                    for one in opened
                ),
                close_url=(
                    reverse("plans:period_close", args=[plan.code, period.code]) if closer and not refused else ""
                ),
                close_hint=refused[1] if closer and refused and refused[0] == "window_not_over" else "",
                reopen_url=(
                    reverse("plans:period_reopen", args=[plan.code, period.code])
                    if closer and latest is not None and now is None
                    else ""
                ),
            )
        )
    return tuple(rows)


# The page of one close


@dataclass(frozen=True)
class SealedAgency:
    """The sealed figures of an agency."""

    id: int
    name: str
    heads: str
    total: int
    progress: Share
    on_time: Share
    overdue: int
    not_updated: int


@dataclass(frozen=True)
class SealedFile:
    """A document as it was sealed."""

    name: str
    sha256: str
    verdict: str
    url: str


@dataclass(frozen=True)
class SealedDuty:
    """One duty as it was sealed."""

    url: str
    progress: int
    code: str
    title: str
    state: Badge
    due: str
    done: str
    report: str
    decided: str
    files: tuple[SealedFile, ...]


@dataclass(frozen=True)
class Sealed:
    """What a close sealed, for the screen. ``duties``: those of the chosen agency."""

    progress: Share
    on_time: Share
    total: int
    not_updated: int
    cut_off: str
    cut_off_progress: Share
    cut_off_on_time: Share
    agencies: tuple[SealedAgency, ...]
    frameworks: tuple[str, ...]
    agency: SealedAgency | None
    duties: tuple[SealedDuty, ...]


def _share(counts: Mapping[str, Any], key: str) -> Share:
    return share(counts[key]["numerator"], counts[key]["denominator"], "phân công", "")


def _sealed_duty(one: Mapping[str, Any]) -> SealedDuty:
    report = one["report"]
    versions = report["versions"] if report else []
    version = _accepted(report) or (versions[-1] if versions else {})
    decision = version.get("decision")
    bucket = Bucket(one["bucket"])
    verdicts = dict(Verdict.choices)
    return SealedDuty(
        url=assignment_url(one["assignment"]),
        progress=report["progress"] if report else 0,
        code=one["task_code"],
        title=one["title"],
        state=Badge(BUCKET_LABELS[bucket], BUCKET_VARIANTS[bucket]),
        due=_day(one["due_on"]),
        done=_day(one["done_on"]),
        report=(
            f"lần {version['number']}, {version['submitted_by']} gửi lúc {_moment(version['submitted_at'])}"
            if version
            else "không có báo cáo cho kỳ này"
        ),
        decided=(
            f"{Decision.Verb(decision['verb']).label} bởi {decision['decided_by']} lúc "
            f"{_moment(decision['decided_at'])}"
            if decision
            else ""
        ),
        files=tuple(
            SealedFile(
                file["name"],
                file["sha256"],
                verdicts.get(file["verdict"], file["verdict"]),
                reverse("plans:evidence_file", args=[file["link"]]),
            )
            for file in version.get("evidence", [])
        ),
    )


def sealed(content: Mapping[str, Any], agency_id: int | None) -> Sealed:
    """Return a snapshot for the screen, with the duties of one agency (of every agency without one: none)."""
    agencies = tuple(
        SealedAgency(
            id=one["agency"],
            name=one["name"],
            heads=", ".join(one["heads"]),
            total=sum(one["counts"][bucket.value] for bucket in Bucket),
            progress=_share(one["counts"], "progress"),
            on_time=_share(one["counts"], "on_time"),
            overdue=one["counts"][Bucket.OPEN_OVERDUE.value],
            not_updated=one["counts"]["not_updated"],
        )
        for one in content["agencies"]
    )
    whole = content["counts"]["assignments"]
    return Sealed(
        progress=_share(whole, "progress"),
        on_time=_share(whole, "on_time"),
        total=sum(whole[bucket.value] for bucket in Bucket),
        not_updated=whole["not_updated"],
        cut_off=_day(content["at_cut_off"]["as_of"]),
        cut_off_progress=_share(content["at_cut_off"]["counts"]["assignments"], "progress"),
        cut_off_on_time=_share(content["at_cut_off"]["counts"]["assignments"], "on_time"),
        agencies=agencies,
        frameworks=tuple(
            f"{one['index']} {one['version']}" + (f" ({one['legal_document']})" if one["legal_document"] else "")
            for one in content["frameworks"]
        ),
        agency=next((one for one in agencies if one.id == agency_id), None),
        duties=tuple(
            _sealed_duty(one)
            for one in content["assignments"]
            if agency_id is not None and one["agency"] == agency_id and not one["proposed"]
        ),
    )

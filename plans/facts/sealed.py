"""What a close sealed, and what closing now would seal, for the screens.

Definitions:

* A report *still waits* when it has been handed in for the period and no decision has been made.
* A duty is *silent* when nothing has been handed in for the period, it is neither done nor halted, and its agency is
  not only asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from agencies.models import Verdict
from agencies.text import format_day
from plans.facts.addresses import assignment_url
from plans.facts.badges import BUCKET_VARIANTS, Badge
from plans.facts.bars import Share, share
from plans.facts.snapshot import accepted_version, day_text, moment_text, snapshot
from plans.models import Decision, Progress, ReportingPeriod
from plans.standing import BUCKET_LABELS, Bucket

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
            waiting.append(_waiting(one, moment_text(report["versions"][-1]["submitted_at"])))
        elif one["not_updated"] and not one["proposed"]:
            silent.append(_waiting(one, ""))
    return Preview(format_day(as_of), content, tuple(waiting), tuple(silent))


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
    version = accepted_version(report) or (versions[-1] if versions else {})
    decision = version.get("decision")
    bucket = Bucket(one["bucket"])
    verdicts = dict(Verdict.choices)
    return SealedDuty(
        url=assignment_url(one["assignment"]),
        progress=report["progress"] if report else 0,
        code=one["task_code"],
        title=one["title"],
        state=Badge(BUCKET_LABELS[bucket], BUCKET_VARIANTS[bucket]),
        due=day_text(one["due_on"]),
        done=day_text(one["done_on"]),
        report=(
            f"lần {version['number']}, {version['submitted_by']} gửi lúc {moment_text(version['submitted_at'])}"
            if version
            else "không có báo cáo cho kỳ này"
        ),
        decided=(
            f"{Decision.Verb(decision['verb']).label} bởi {decision['decided_by']} lúc "
            f"{moment_text(decision['decided_at'])}"
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
        cut_off=day_text(content["at_cut_off"]["as_of"]),
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

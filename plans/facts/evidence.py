"""Evidence as it is shown, and what can be said of it before a human looks (stories 4 and 5).

Definitions:

* *Outside the year*: issued before the period begins (or before the year, where the period begins in it), or after
  the period's year has ended.
* *Future date*: issued after the day on which its file was handed in.
* *Same file*: the same SHA-256 shown with another duty; *same document*: the same number, day and issuer (folded:
  ``agencies.text.fold_number``, ``fold_body``) under another SHA-256, with another duty or in the report itself. All
  look only at evidence that the reader may see, so an officer learns nothing of other agencies, and a reviewer sees
  every task that uses it.
* *Missing marks*: a number without its day or issuer, or none of the three.
* A file *taken off* a report is shown to nobody but readers of the trail.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.urls import reverse
from django.utils.text import capfirst

from agencies import calendar
from agencies.models import Agency, Document, User, Verdict
from agencies.permissions import Permission
from agencies.text import fold_body, fold_number, format_day, format_decimal
from plans.facts.addresses import assignment_url
from plans.facts.badges import Badge
from plans.models import EvidenceLink, EvidenceReplacement

_VERDICT_VARIANTS = {Verdict.PENDING: "neutral", Verdict.ACCEPTED: "ok"}
HELD_SHOWN = 60


@dataclass(frozen=True)
class UsedBy:
    """A duty that shows the same evidence."""

    code: str
    agency: str
    url: str
    assignment_id: int


@dataclass(frozen=True)
class Finding:
    """One thing that a rule says of a piece of evidence."""

    code: str
    variant: str
    text: str
    used_by: tuple[UsedBy, ...] = ()


@dataclass(frozen=True)
class EvidenceRow:
    """One document shown with a version."""

    id: int
    name: str
    marks: str
    size: str
    url: str
    verdict: Badge
    verdict_code: str
    sha256: str = ""
    uploader: str = ""
    taken_off: str = ""
    findings: tuple[Finding, ...] = ()


def file_size(size: int) -> str:
    """Return a size in bytes as people read it.

    >>> file_size(1_572_864), file_size(2_048), file_size(10)
    ('1,5 MB', '2 KB', '10 byte')
    """
    if size >= 1 << 20:
        return f"{format_decimal((Decimal(size) / (1 << 20)).quantize(Decimal('0.1')))} MB"
    return f"{size >> 10} KB" if size >= 1 << 10 else f"{size} byte"


def document_marks(document: Document) -> str:
    """Return the marks of a document in one line."""
    marks = [
        document.number,
        f"ngày {format_day(document.issued_on)}" if document.issued_on else "",
        document.issuer,
        document.excerpt,
    ]
    return ", ".join(mark for mark in marks if mark)


def evidence_rows(version_ids: Iterable[int], *, auditor: bool = False) -> dict[int, tuple[EvidenceRow, ...]]:
    """Return version id → its evidence; an auditor also sees what was taken off, and why."""
    found: dict[int, list[EvidenceRow]] = defaultdict(list)
    links = EvidenceLink.objects.filter(version_id__in=list(version_ids)).order_by("id")
    if not auditor:
        links = links.filter(EvidenceLink.objects.standing())
    for link in links.select_related("document__blob", "document__uploaded_by", "taken_off__by"):
        document = link.document
        taken_off: EvidenceReplacement | None = getattr(link, "taken_off", None)
        found[link.version_id].append(
            EvidenceRow(
                id=link.pk,
                name=document.original_name,
                marks=document_marks(document),
                size=file_size(document.blob.size),
                url=reverse("plans:evidence_file", args=[link.pk]),
                verdict=Badge(
                    capfirst(link.get_verdict_display()),
                    _VERDICT_VARIANTS.get(Verdict(link.verdict), "over"),
                ),
                verdict_code=link.verdict,
                sha256=document.blob.sha256,
                uploader=str(document.uploaded_by),
                taken_off=(
                    f"{taken_off.by} thay lúc {calendar.moment(taken_off.at)}: {taken_off.reason}" if taken_off else ""
                ),
            )
        )
    return {version_id: tuple(rows) for version_id, rows in found.items()}


def reads_trail(user: User, province_id: int) -> bool:
    """Tell whether a person sees what was taken off."""
    return province_id in user.provinces_with(Permission.TRAIL_READ)


def checked_rows(version_id: int | None, user: User) -> tuple[EvidenceRow, ...]:
    """Return a version's evidence with what the rules say of each piece, in a fixed number of queries."""
    if version_id is None:
        return ()
    rows = evidence_rows([version_id]).get(version_id, ())
    said = findings(version_id, user) if rows else {}
    return tuple(replace(row, findings=said.get(row.id, ())) for row in rows)


def findings(version_id: int, user: User) -> dict[int, tuple[Finding, ...]]:
    """Return link id → what the rules say of it, as far as the reader may know."""
    links = list(
        EvidenceLink.objects.filter(version_id=version_id)
        .filter(EvidenceLink.objects.standing())
        .select_related("document__blob", "version__progress__period")
        .order_by("id")
    )
    if not links:
        return {}
    progress = links[0].version.progress
    documents = [link.document for link in links]
    dates = {one.issued_on for one in documents if one.issued_on and one.number}
    others: Sequence[Mapping[str, object]] = list(
        EvidenceLink.objects.visible_to(user)
        .filter(version__progress__province_id=progress.province_id)
        .exclude(version__progress=progress)
        .filter(
            Q(document__blob_id__in=[one.blob_id for one in documents])
            | Q(document__issued_on__in=dates, document__number__gt="")
        )
        .order_by("version__progress__assignment__task__order", "version__progress__assignment__agency__order", "pk")
        .values(
            "document__blob_id",
            "document__number",
            "document__issued_on",
            "document__issuer",
            "version__progress__assignment_id",
            "version__progress__assignment__task__code",
            "version__progress__assignment__agency__short_name",
            "version__progress__assignment__agency__name",
        )
    )
    period = progress.period
    first = min(period.starts_on, date(period.year, 1, 1))
    last = max(period.cut_off, date(period.year, 12, 31))
    return {link.pk: tuple(_findings(link.document, documents, others, first, last, period.year)) for link in links}


def _marks(number: object, issued_on: object, issuer: object) -> tuple[str, object, str]:
    """Return what two scans of one document have in common."""
    return fold_number(str(number)), issued_on, fold_body(str(issuer))


def _findings(
    document: Document,
    beside: Sequence[Document],
    others: Sequence[Mapping[str, object]],
    first: date,
    last: date,
    year: int,
) -> Iterable[Finding]:
    handed_in = calendar.day_of(document.uploaded_at)
    if document.issued_on and document.issued_on > handed_in:
        yield Finding(
            "future_date",
            "due",
            f"Ghi ban hành ngày {format_day(document.issued_on)}, sau ngày tải lên ({format_day(handed_in)}).",
        )
    if document.issued_on and not first <= document.issued_on <= last:
        yield Finding(
            "outside_year", "due", f"Ban hành ngày {format_day(document.issued_on)}, ngoài năm {year} của kỳ báo cáo."
        )
    same = [one for one in others if one["document__blob_id"] == document.blob_id]
    if same:
        yield Finding("same_file", "info", "Đã có trong hệ thống: cùng tệp này dùng cho", _used_by(same))
    if document.number and document.issued_on:
        marks = _marks(document.number, document.issued_on, document.issuer)
        twice = [
            one
            for one in beside
            if one.blob_id != document.blob_id and _marks(one.number, one.issued_on, one.issuer) == marks
        ]
        if twice:
            names = ", ".join(f"“{one.original_name}”" for one in twice)
            yield Finding(
                "same_document",
                "due",
                f"Trùng số, ký hiệu, ngày và cơ quan ban hành với {names} trong chính báo cáo này.",
            )
        alike = [
            one
            for one in others
            if one["document__blob_id"] != document.blob_id
            and _marks(one["document__number"], one["document__issued_on"], one["document__issuer"]) == marks
        ]
        if alike:
            yield Finding(
                "same_document",
                "due",
                "Trùng số, ký hiệu, ngày và cơ quan ban hành với tệp khác (bản quét khác của cùng văn bản?), dùng cho",
                _used_by(alike),
            )
    lacking = [
        words
        for words, value in (
            ("số, ký hiệu", document.number),
            ("ngày ban hành", document.issued_on),
            ("cơ quan ban hành", document.issuer),
        )
        if not value
    ]
    if lacking:
        yield Finding("missing_marks", "neutral", f"Chưa ghi {', '.join(lacking)}.")


def _used_by(rows: Iterable[Mapping[str, object]]) -> tuple[UsedBy, ...]:
    found = {}
    for row in rows:
        pk = row["version__progress__assignment_id"]
        assert isinstance(pk, int)
        found[pk] = UsedBy(
            str(row["version__progress__assignment__task__code"]),
            str(
                row["version__progress__assignment__agency__short_name"]
                or row["version__progress__assignment__agency__name"]
            ),
            assignment_url(pk),
            pk,
        )
    return tuple(found.values())


def sentence(finding: Finding) -> str:
    """Return a finding as one sentence, for messages and the API."""
    if not finding.used_by:
        return finding.text
    return f"{finding.text} " + ", ".join(f"nhiệm vụ {one.code} ({one.agency})" for one in finding.used_by) + "."


def held_documents(agency: Agency) -> list[tuple[int, str]]:
    """Return the documents that an agency shows as evidence somewhere, newest first: id and how to name it."""
    shown = EvidenceLink.objects.filter(EvidenceLink.objects.standing(), document__owner=agency)
    found = Document.objects.filter(owner=agency, pk__in=shown.values("document_id")).order_by("-uploaded_at", "-pk")
    return [
        (one.pk, f"{one.original_name} ({marks})" if (marks := document_marks(one)) else one.original_name)
        for one in found[:HELD_SHOWN]
    ]

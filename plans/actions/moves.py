"""What every step of a report shares: what a report says, who may, what the trail keeps, what follows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from agencies import calendar, workflow
from agencies.actions import documents, jobs, trail
from agencies.actions.documents import Upload
from agencies.errors import Invalid, PortalError, Refused
from agencies.models import Agency, Document, User, Verdict
from agencies.permissions import Permission
from agencies.steps import Step
from agencies.text import nfc
from plans import builder
from plans.facts import windows
from plans.facts.recorded import refusal_of_plan, refusal_of_reports, waits_for_its_document
from plans.models import Assignment, EvidenceLink, Plan, Progress, ProgressVersion, ReportingPeriod

REFRESH_PLAN = "plans.refresh_plan"


@dataclass(frozen=True)
class Content:
    """What a report says (units and meaning: ``ProgressVersion``)."""

    result: str = ""
    figure: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    percent: Decimal | None = None
    obstacles: str = ""
    proposals: str = ""
    done_on: date | None = None
    explanation: str = ""

    def cleaned(self) -> "Content":
        """Return the content with its texts in NFC."""
        return replace(
            self,
            result=nfc(self.result),
            obstacles=nfc(self.obstacles),
            proposals=nfc(self.proposals),
            explanation=nfc(self.explanation),
        )

    @classmethod
    def of(cls, version: ProgressVersion) -> "Content":
        """Return what a version says."""
        return cls(**{name: getattr(version, name) for name in cls.__dataclass_fields__})


def snapshot(progress: Progress) -> dict[str, Any]:
    """Return what the trail keeps of a report before and after a step."""
    version = progress.latest
    kept: dict[str, Any] = {
        "state": progress.state,
        "revision": progress.revision,
        "assignment": progress.assignment_id,
        "period": progress.period_id,
    }
    if version is None:
        return kept
    kept["version"] = version.number
    kept["content"] = {
        name: (str(value) if isinstance(value, Decimal | date) else value)
        for name, value in asdict(Content.of(version)).items()
    }
    for name in ("forwarded_by_id", "approved_by_id", "submitted_by_id"):
        if getattr(version, name) is not None:
            kept[name.removesuffix("_id")] = getattr(version, name)
    kept["evidence"] = [
        {"document": link.document_id, "sha256": link.document.blob.sha256, "verdict": link.verdict}
        for link in version.evidence.select_related("document__blob").order_by("id")
    ]
    return kept


def may_write(progress: Progress, by: User) -> None:
    """Raise Refused (``not_your_agency``) unless the person writes reports of the agency."""
    if not Progress.objects.writable_by(by).filter(pk=progress.pk).exists():
        raise Refused("not_your_agency", "Bạn không phải cán bộ báo cáo của cơ quan được giao nhiệm vụ này.")


def may_keep(progress: Progress, by: User) -> None:
    """Raise Refused, or Invalid (``plan_not_issued``), unless the person may change the report now."""
    may_write(progress, by)
    must_be_taken(progress)


def must_be_taken(progress: Progress) -> None:
    """Raise Invalid (``plan_not_issued``, ``duty_takes_no_reports``) unless plan and duty take the report today."""
    correcting = progress.accepted_id is not None
    sentence = refusal_of_plan(progress.assignment.task.plan, correcting=correcting)
    if sentence:
        raise Invalid("plan_not_issued", sentence)
    must_take_reports(progress.assignment, correcting=correcting)


def must_take_reports(assignment: Assignment, *, correcting: bool = False) -> None:
    """Raise Invalid (``duty_takes_no_reports``) for a duty that is suspended, cancelled, closed, or another's now."""
    sentence = refusal_of_reports(assignment, calendar.today(), correcting=correcting)
    if sentence:
        raise Invalid("duty_takes_no_reports", sentence)


def may_decide(progress: Progress, by: User) -> None:
    """Raise Refused unless the person decides the report.

    ``not_a_reviewer``, ``own_agency``, ``not_designated``, and ``own_work`` for whoever had a hand in it before.
    """
    may_decide_for(progress.assignment.agency, by)
    if Progress.objects.filter(Progress.objects.own_work(by), pk=progress.pk).exists():
        raise Refused(
            "own_work", "Bạn đã soạn, trình hoặc duyệt gửi báo cáo này nên không được duyệt. Việc này cần người khác."
        )


def may_decide_for(agency: Agency, by: User) -> None:
    """Raise Refused unless the person decides reports of the agency today (domain rule 6)."""
    if agency.province_id not in by.provinces_with(Permission.PROGRESS_DECIDE):
        raise Refused("not_a_reviewer", "Bạn không có quyền duyệt báo cáo.")
    if agency.pk in by.agency_ids():
        raise Refused(
            "own_agency",
            "Không ai được duyệt báo cáo của chính cơ quan mình. Báo cáo này do cơ quan thẩm định thứ hai duyệt.",
        )
    if not Agency.objects.reviewed_by(by, calendar.today()).filter(pk=agency.pk).exists():
        raise Refused("not_designated", "Báo cáo này do cơ quan khác được phân công duyệt.")


def must_take(period: ReportingPeriod, agency_id: int) -> None:
    """Raise Invalid (``period_closed``) unless the period takes reports from the agency today."""
    why = windows.window(period, calendar.today()).closed_because(agency_id)
    if why:
        raise Invalid("period_closed", why)


def must_be_open(progress: Progress) -> None:
    """Raise Invalid (``period_closed``) for a first submission outside the window.

    A returned report may be handed in again after the period has closed: its first date stands.
    """
    if progress.first_submitted_at is None:
        must_take(progress.period, progress.assignment.agency_id)


def must_still_be_open(progress: Progress) -> None:
    """Raise Invalid (``period_closed``) when the period was closed while its first submission was being written.

    Holds the province's trail, as a close does: from here to the end of the transaction no close can come between.
    """
    version = progress.latest
    if version is not None and version.submitted_at == progress.first_submitted_at:
        hold_open(progress)


def hold_open(progress: Progress) -> None:
    """Hold the province's trail and raise Invalid (``period_closed``) unless the report's period is open still."""
    trail.hold(progress.province_id)
    must_take(progress.period, progress.assignment.agency_id)


def complain(content: Content, evidence: int, of: Assignment | None = None) -> None:
    """Raise Invalid with every missing or impossible field of a report about to be handed in (``of``: whose)."""
    problems = {}
    if not content.result:
        problems["result"] = "Cần ghi kết quả thực hiện trong kỳ."
    if not evidence and not content.explanation:
        problems["explanation"] = "Cần đính kèm tài liệu kiểm chứng, hoặc giải trình vì sao chưa có."
    if content.done_on and content.done_on > calendar.today():
        problems["done_on"] = "Ngày hoàn thành không được ở sau ngày gửi báo cáo."
    elif content.done_on and of is not None and waits_for_its_document(of, calendar.today()):
        problems["done_on"] = "Nhiệm vụ có điều kiện chưa có thời hạn. Hãy ghi nhận văn bản kích hoạt trước."
    problems.update(number_problems(content))
    if problems:
        raise Invalid("report_incomplete", "Báo cáo chưa gửi được: " + " ".join(problems.values()), fields=problems)


def number_problems(content: Content) -> dict[str, str]:
    """Return what is wrong with the figures, by field."""
    problems = {}
    if (content.numerator is None) != (content.denominator is None):
        problems["denominator"] = "Cần ghi cả tử số và mẫu số, hoặc để trống cả hai."
    elif content.denominator is not None and content.denominator <= 0:
        problems["denominator"] = "Mẫu số phải lớn hơn 0."
    elif content.numerator is not None and content.numerator < 0:
        problems["numerator"] = "Tử số không được âm."
    if content.percent is not None and not 0 <= content.percent <= 100:
        problems["percent"] = "Ước tiến độ phải từ 0 đến 100 %."
    return problems


def derive(progress: Progress, by: User) -> None:
    """Bring the assignment's standing up to date and ask for the plan's roll-up."""
    builder.refresh_assignment(progress.assignment_id)
    plan = Plan.objects.get(tasks__assignments=progress.assignment_id)
    jobs.enqueue(kind=REFRESH_PLAN, subject=plan, province_id=progress.province_id, by=by)


def take(
    progress: Progress,
    step: Step,
    *,
    revision: int | None,
    check: Callable[[Progress], None],
    change: Callable[[Progress], dict[str, Any]],
    again: Callable[[Progress], None] | None = None,
    reason: str = "",
    begun: bool = False,
    by: User,
) -> Progress:
    """Take a step after which the figures change; ``begun`` tells the trail of the beginning too.

    ``again``: what is looked at once more when all is written, because a close may have come meanwhile.
    """

    def then(row: Progress) -> None:
        derive(row, by)
        if again is not None:
            again(row)
        if begun:
            tell_of_start(row, by)

    return workflow.move(
        progress,
        step,
        revision=revision,
        check=check,
        change=change,
        snapshot=snapshot,
        then=then,
        reason=reason,
        by=by,
    )


def talk(
    progress: Progress,
    step: Step,
    *,
    revision: int | None,
    check: Callable[[Progress], None],
    change: Callable[[Progress], None],
    reason: str = "",
    by: User,
) -> Progress:
    """Take a step that changes no figure: only what is said about the report, and its revision."""

    def changed(row: Progress) -> dict[str, Any]:
        change(row)
        return {}

    return workflow.move(
        progress, step, revision=revision, check=check, change=changed, snapshot=snapshot, reason=reason, by=by
    )


def tell_of_start(progress: Progress, by: User) -> None:
    """Leave the event of a beginning."""
    trail.record(
        province_id=progress.province_id, action="progress.start", subject=progress, after=snapshot(progress), by=by
    )


def open_draft(progress: Progress, by: User) -> ProgressVersion:
    """Return the draft version, opening the next one (a copy, with its evidence) after a return."""
    latest = progress.latest
    assert latest is not None
    if latest.submitted_at is None:
        return latest
    draft = ProgressVersion.objects.create(
        progress=progress,
        number=latest.number + 1,
        created_by=by,
        created_at=calendar.now(),
        corrects=latest.corrects,
        correction_reason=latest.correction_reason,
        **asdict(Content.of(latest)),
    )
    copy_evidence(latest, draft)
    return draft


def copy_evidence(
    source: ProgressVersion, draft: ProgressVersion, *, without: Sequence[int] = (), judged: bool = False
) -> None:
    """Show a version's evidence with its next one too, but for some links (ids) and what was taken off.

    ``judged``: with the verdicts given on it, for the next version is looked at in the place of the first.
    """
    kept = ["document_id", "added_by_id", "added_at"] + (["verdict", "verdict_by_id", "verdict_at"] if judged else [])
    EvidenceLink.objects.bulk_create(
        EvidenceLink(version=draft, **{name: getattr(link, name) for name in kept})
        for link in source.evidence.filter(EvidenceLink.objects.standing()).exclude(pk__in=without)
    )


def dropped(progress: Progress, drop: Sequence[int]) -> list[int]:
    """Return the documents behind evidence links of the report: after a return the draft holds copies of them."""
    return list(
        EvidenceLink.objects.filter(pk__in=drop, version__progress=progress).values_list("document_id", flat=True)
    )


@dataclass(frozen=True)
class Evidence:
    """What is done to a draft's evidence: new files, documents (ids) that the agency holds, links (ids) taken off."""

    uploads: Sequence[Upload] = ()
    attach: Sequence[int] = ()
    drop: Sequence[int] = ()


def write(draft: ProgressVersion, content: Content, evidence: Evidence, agency: Agency, by: User) -> None:
    """Write what a draft says and shows. Raises Invalid (``file_*``, ``document_unknown``)."""
    values = asdict(content)
    for name, value in values.items():
        setattr(draft, name, value)
    draft.save(update_fields=list(values))
    draft.evidence.filter(document_id__in=dropped(draft.progress, evidence.drop)).delete()
    show(draft, evidence, agency, by)


def show(draft: ProgressVersion, evidence: Evidence, agency: Agency, by: User) -> list[EvidenceLink]:
    """Add files and documents that the agency holds to a draft; return the new links."""
    present = dict(draft.evidence.values_list("document__blob__sha256", "document__original_name"))
    shown = []
    for document in [*_held(evidence.attach, agency), *(_kept(upload, agency, by) for upload in evidence.uploads)]:
        if document.blob.sha256 in present:
            said = f"Tệp “{document.original_name}” đã có trong báo cáo này."
            raise Invalid("file_twice", said, fields={"files": said})
        present[document.blob.sha256] = document.original_name
        shown.append(
            EvidenceLink.objects.create(version=draft, document=document, added_by=by, added_at=calendar.now())
        )
    return shown


def _kept(upload: Upload, agency: Agency, by: User) -> Document:
    return documents.keep(upload=upload, owner=agency, by=by)


def _held(ids: Sequence[int], agency: Agency) -> list[Document]:
    found = list(Document.objects.filter(pk__in=ids, owner=agency).select_related("blob").order_by("pk"))
    if len(found) != len(set(ids)):
        said = "Có tài liệu không thuộc kho của cơ quan. Hãy chọn lại trong danh sách."
        raise Invalid("document_unknown", said, fields={"attach": said})
    return found


def must_be_verdicts(verdicts: Mapping[int, str] | None) -> None:
    """Raise Invalid (``unknown_verdict``) for codes that are no verdicts."""
    if verdicts and not set(verdicts.values()) <= set(Verdict.values):
        said = "Đánh giá tài liệu không hợp lệ. Hãy chọn lại trong danh sách."
        raise Invalid("unknown_verdict", said, fields={"verdicts": said})


def judge_evidence(
    version: ProgressVersion, verdicts: Mapping[int, str] | None, *, otherwise: str | None, by: User
) -> None:
    """Give verdicts (link id → code); what has none gets ``otherwise``, and keeps what it had when that is None."""
    given = dict(verdicts or {})
    now = calendar.now()
    for link in version.evidence.all():
        verdict = given.get(link.pk, "")
        if verdict in ("", Verdict.PENDING):
            verdict = otherwise if otherwise and link.verdict == Verdict.PENDING else ""
        if verdict and verdict != link.verdict:
            EvidenceLink.objects.filter(pk=link.pk).update(verdict=verdict, verdict_by=by, verdict_at=now)


@dataclass(frozen=True)
class Outcome:
    """What became of one report among several: None went through, otherwise why it did not."""

    report: Progress
    error: PortalError | None = None


def one_by_one(
    reports: Sequence[tuple[Progress, int]], verb: Callable[[Progress, int], Progress]
) -> tuple[Outcome, ...]:
    """Take a verb on each report in a transaction of its own: one that is refused keeps none of the others back."""
    outcomes = []
    for report, revision in reports:
        try:
            outcomes.append(Outcome(verb(report, revision)))
        except PortalError as error:
            outcomes.append(Outcome(report, error))
    return tuple(outcomes)

"""Reporting and review: the only writers of progress."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from agencies import calendar, workflow
from agencies.actions import documents, jobs, trail
from agencies.actions.documents import Upload
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Document, User, Verdict
from agencies.permissions import Permission
from agencies.steps import Step
from agencies.text import nfc
from plans import builder, policies
from plans.facts.recorded import refusal_of_reports
from plans.models import (
    Assignment,
    Decision,
    EvidenceLink,
    PartyRole,
    Plan,
    Progress,
    ProgressVersion,
    ReportingPeriod,
)

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
    kept["evidence"] = [
        {"document": link.document_id, "sha256": link.document.blob.sha256, "verdict": link.verdict}
        for link in version.evidence.select_related("document__blob").order_by("id")
    ]
    return kept


def _may_write(progress: Progress, by: User) -> None:
    if not Progress.objects.writable_by(by).filter(pk=progress.pk).exists():
        raise Refused("not_your_agency", "Bạn không phải cán bộ báo cáo của cơ quan được giao nhiệm vụ này.")


def _may_keep(progress: Progress, by: User) -> None:
    _may_write(progress, by)
    if progress.assignment.task.plan.state != Plan.State.ISSUED:
        raise Invalid("plan_not_issued", "Kế hoạch chưa ban hành hoặc đã kết thúc nên không nhận báo cáo.")
    _must_take_reports(progress.assignment)


def _must_take_reports(assignment: Assignment) -> None:
    # Suspended, cancelled, closed by a decision, or no longer this agency's.
    sentence = refusal_of_reports(assignment, calendar.today())
    if sentence:
        raise Invalid("duty_takes_no_reports", sentence)


def _may_decide(progress: Progress, by: User) -> None:
    if progress.province_id not in by.provinces_with(Permission.PROGRESS_DECIDE):
        raise Refused("not_a_reviewer", "Bạn không có quyền duyệt báo cáo.")
    if progress.assignment.agency_id in by.agency_ids():
        raise Refused(
            "own_agency",
            "Không ai được duyệt báo cáo của chính cơ quan mình. Báo cáo này do cơ quan thẩm định thứ hai duyệt.",
        )
    if not Progress.objects.decidable_by(by, calendar.today()).filter(pk=progress.pk).exists():
        raise Refused("not_designated", "Báo cáo này do cơ quan khác được phân công duyệt.")


def _complain(content: Content, evidence: int) -> None:
    """Raise Invalid with every missing or impossible field of a report about to be handed in."""
    problems = {}
    if not content.result:
        problems["result"] = "Cần ghi kết quả thực hiện trong kỳ."
    if not evidence and not content.explanation:
        problems["explanation"] = "Cần đính kèm tài liệu kiểm chứng, hoặc giải trình vì sao chưa có."
    if content.done_on and content.done_on > calendar.today():
        problems["done_on"] = "Ngày hoàn thành không được ở sau ngày gửi báo cáo."
    problems.update(_numbers(content))
    if problems:
        raise Invalid("report_incomplete", "Báo cáo chưa gửi được: " + " ".join(problems.values()), fields=problems)


def _numbers(content: Content) -> dict[str, str]:
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


def _period_must_be_open(progress: Progress) -> None:
    # A returned report may be handed in again after the period has closed: its first date stands.
    if progress.first_submitted_at is None and not progress.period.is_open_on(calendar.today()):
        raise Invalid(
            "period_closed",
            f"Kỳ {progress.period.name} không mở nhận báo cáo hôm nay. Hãy liên hệ Sở Nội vụ nếu cần nộp muộn.",
        )


def _derive(progress: Progress, by: User) -> None:
    """Bring the assignment's standing up to date and ask for the plan's roll-up."""
    builder.refresh_assignment(progress.assignment_id)
    plan = Plan.objects.get(tasks__assignments=progress.assignment_id)
    jobs.enqueue(kind=REFRESH_PLAN, subject=plan, province_id=progress.province_id, by=by)


def _step(
    progress: Progress,
    step: Step,
    *,
    revision: int | None,
    check: Callable[[Progress], None],
    change: Callable[[Progress], dict[str, Any]],
    reason: str = "",
    begun: bool = False,
    by: User,
) -> Progress:
    """Take a step after which the figures change; ``begun`` tells the trail of the beginning too."""

    def then(row: Progress) -> None:
        _derive(row, by)
        if begun:
            _tell_of_start(row, by)

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


def start(*, assignment: Assignment, period: ReportingPeriod, by: User) -> Progress:
    """Begin the report of an assignment for a period, or return the one begun (see ``report`` for both at once)."""
    with transaction.atomic():
        progress, begun = _begin(assignment, period, by)
        if begun:
            builder.refresh_assignment(assignment.pk)
            _tell_of_start(progress, by)
    return progress


def report(
    *,
    assignment: Assignment,
    period: ReportingPeriod,
    content: Content,
    uploads: Sequence[Upload] = (),
    hand_in: bool,
    by: User,
) -> Progress:
    """Begin a report and keep it, or hand it in: all or nothing.

    The beginning is told to the trail together with the rest, after the files have been kept: the province's
    trail head is never held while files are. Raises what ``start``, ``save`` and ``submit`` raise, and Conflict
    (``stale_revision``) when somebody has begun it and written in it meanwhile.
    """
    with transaction.atomic():
        progress, begun = _begin(assignment, period, by)
        verb = submit if hand_in else save
        return verb(progress=progress, content=content, uploads=uploads, revision=1, begun=begun, by=by)


def _tell_of_start(progress: Progress, by: User) -> None:
    trail.record(
        province_id=progress.province_id, action="progress.start", subject=progress, after=snapshot(progress), by=by
    )


def _begin(assignment: Assignment, period: ReportingPeriod, by: User) -> tuple[Progress, bool]:
    """Return the report of an assignment for a period, and whether it has just been made.

    Raises Refused (``not_your_agency``), Invalid (``not_a_lead``, ``wrong_plan``, ``plan_not_issued``,
    ``period_closed``).
    """
    if assignment.agency_id not in by.agencies_with(Permission.PROGRESS_WRITE):
        raise Refused("not_your_agency", "Bạn không phải cán bộ báo cáo của cơ quan được giao nhiệm vụ này.")
    if assignment.role != PartyRole.LEAD:
        raise Invalid("not_a_lead", "Chỉ cơ quan chủ trì báo cáo kết quả nhiệm vụ.")
    plan = assignment.task.plan
    if period.plan_id != plan.pk:
        raise Invalid("wrong_plan", "Kỳ báo cáo không thuộc kế hoạch của nhiệm vụ này.")
    if plan.state != Plan.State.ISSUED:
        raise Invalid("plan_not_issued", "Kế hoạch chưa ban hành hoặc đã kết thúc nên không nhận báo cáo.")
    existing = Progress.objects.filter(assignment=assignment, period=period).first()
    if existing:
        return existing, False
    _must_take_reports(assignment)
    if not period.is_open_on(calendar.today()):
        raise Invalid(
            "period_closed",
            f"Kỳ {period.name} không mở nhận báo cáo hôm nay. Hãy liên hệ Sở Nội vụ nếu cần nộp muộn.",
        )
    now = calendar.now()
    try:
        with transaction.atomic():
            progress = Progress.objects.create(
                province_id=assignment.province_id,
                assignment=assignment,
                period=period,
                created_by=by,
                created_at=now,
            )
            progress.latest = ProgressVersion.objects.create(progress=progress, number=1, created_by=by, created_at=now)
            progress.save(update_fields=["latest"])
    except IntegrityError:
        # A colleague began it at the same moment.
        return Progress.objects.get(assignment=assignment, period=period), False
    return progress, True


def _draft(progress: Progress, by: User) -> ProgressVersion:
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
    _copy_evidence(latest, draft)
    return draft


def _copy_evidence(source: ProgressVersion, draft: ProgressVersion) -> None:
    EvidenceLink.objects.bulk_create(
        EvidenceLink(version=draft, document_id=link.document_id, added_by_id=link.added_by_id, added_at=link.added_at)
        for link in source.evidence.all()
    )


def _dropped(progress: Progress, drop: Sequence[int]) -> list[int]:
    """Return the documents behind evidence links of the report: after a return the draft holds copies of them."""
    return list(
        EvidenceLink.objects.filter(pk__in=drop, version__progress=progress).values_list("document_id", flat=True)
    )


def _write(
    draft: ProgressVersion,
    content: Content,
    uploads: Sequence[Upload],
    drop: Sequence[int],
    agency: Any,
    by: User,
) -> None:
    values = asdict(content)
    for name, value in values.items():
        setattr(draft, name, value)
    draft.save(update_fields=list(values))
    draft.evidence.filter(document_id__in=_dropped(draft.progress, drop)).delete()
    present = set(draft.evidence.values_list("document__blob__sha256", flat=True))
    for upload in uploads:
        document: Document = documents.store(upload=upload, owner=agency, by=by)
        if document.blob.sha256 in present:
            raise Invalid(
                "file_twice",
                f"Tệp “{document.original_name}” đã có trong báo cáo này.",
                fields={"files": f"Tệp “{document.original_name}” đã có trong báo cáo này."},
            )
        present.add(document.blob.sha256)
        EvidenceLink.objects.create(version=draft, document=document, added_by=by, added_at=calendar.now())


def save(
    *,
    progress: Progress,
    content: Content,
    uploads: Sequence[Upload] = (),
    drop: Sequence[int] = (),
    revision: int | None,
    begun: bool = False,
    by: User,
) -> Progress:
    """Keep the draft: content, new files, and evidence links (ids) taken off it.

    Raises Refused, Conflict, Invalid (``number_invalid``, ``file_*``); then nothing is kept.
    """
    content = content.cleaned()
    problems = _numbers(content)
    if problems:
        raise Invalid("number_invalid", " ".join(problems.values()), fields=problems)

    def change(row: Progress) -> dict[str, Any]:
        draft = _draft(row, by)
        _write(draft, content, uploads, drop, row.assignment.agency, by)
        return {"latest": draft}

    def then(row: Progress) -> None:
        builder.refresh_assignment(row.assignment_id)
        if begun:
            _tell_of_start(row, by)

    return workflow.move(
        progress,
        policies.SAVE,
        revision=revision,
        check=lambda row: _may_keep(row, by),
        change=change,
        snapshot=snapshot,
        then=then,
        by=by,
    )


def submit(
    *,
    progress: Progress,
    content: Content | None = None,
    uploads: Sequence[Upload] = (),
    drop: Sequence[int] = (),
    revision: int | None,
    begun: bool = False,
    by: User,
) -> Progress:
    """Hand the report in for review, with what it says now (None: as the draft stands).

    Raises Refused, Conflict, Invalid (``report_incomplete`` with every field, ``period_closed``, ``file_*``).
    """

    def check(row: Progress) -> None:
        _may_keep(row, by)
        _period_must_be_open(row)

    def change(row: Progress) -> dict[str, Any]:
        draft = _draft(row, by)
        said = (content or Content.of(draft)).cleaned()
        kept = draft.evidence.exclude(document_id__in=_dropped(row, drop)).count()
        _complain(said, kept + len(uploads))
        _write(draft, said, uploads, drop, row.assignment.agency, by)
        now = calendar.now()
        ProgressVersion.objects.filter(pk=draft.pk).update(submitted_by=by, submitted_at=now)
        return {"latest": draft, "first_submitted_at": row.first_submitted_at or now}

    return _step(progress, policies.SUBMIT, revision=revision, check=check, change=change, begun=begun, by=by)


def accept(
    *, progress: Progress, verdicts: Mapping[int, str] | None = None, revision: int | None, by: User
) -> Progress:
    """Accept the submitted version; evidence without a verdict of its own is accepted with it.

    ``verdicts`` maps evidence link ids to ``Verdict`` codes.
    """
    given = dict(verdicts or {})
    if not set(given.values()) <= set(Verdict.values):
        said = "Đánh giá tài liệu không hợp lệ. Hãy chọn lại trong danh sách."
        raise Invalid("unknown_verdict", said, fields={"verdicts": said})

    def change(row: Progress) -> dict[str, Any]:
        version = row.latest
        assert version is not None
        now = calendar.now()
        for link in version.evidence.all():
            verdict = given.get(link.pk, Verdict.ACCEPTED)
            EvidenceLink.objects.filter(pk=link.pk).update(
                verdict=Verdict.ACCEPTED if verdict == Verdict.PENDING else verdict,
                verdict_by=by,
                verdict_at=now,
            )
        Decision.objects.create(version=version, verb=Decision.Verb.ACCEPT, decided_by=by, decided_at=now)
        return {"accepted": version}

    return _step(
        progress,
        policies.ACCEPT,
        revision=revision,
        check=lambda row: _may_decide(row, by),
        change=change,
        by=by,
    )


def send_back(*, progress: Progress, reason_code: str, reason: str, revision: int | None, by: User) -> Progress:
    """Return the submitted version with a reason that is kept for ever."""
    if reason_code not in Decision.Reason.values:
        raise Invalid(
            "reason_code_required",
            "Cần chọn loại lý do trả lại.",
            fields={"reason_code": "Cần chọn loại lý do trả lại."},
        )
    reason = nfc(reason)

    def change(row: Progress) -> dict[str, Any]:
        assert row.latest is not None
        Decision.objects.create(
            version=row.latest,
            verb=Decision.Verb.RETURN,
            reason_code=reason_code,
            reason=reason,
            decided_by=by,
            decided_at=calendar.now(),
        )
        return {}

    return _step(
        progress,
        policies.RETURN,
        revision=revision,
        check=lambda row: _may_decide(row, by),
        change=change,
        reason=reason,
        by=by,
    )


def correct(*, progress: Progress, reason: str, revision: int | None, by: User) -> Progress:
    """Open the next version of an accepted report, with a reason; the accepted one counts until then."""
    reason = nfc(reason)

    def change(row: Progress) -> dict[str, Any]:
        accepted = row.accepted
        if accepted is None or row.latest is None:
            raise Conflict("wrong_state", "Báo cáo chưa được duyệt nên chưa cần điều chỉnh.")
        draft = ProgressVersion.objects.create(
            progress=row,
            number=row.latest.number + 1,
            created_by=by,
            created_at=calendar.now(),
            corrects=accepted,
            correction_reason=reason,
            **asdict(Content.of(accepted)),
        )
        _copy_evidence(accepted, draft)
        return {"latest": draft}

    return _step(
        progress,
        policies.CORRECT,
        revision=revision,
        check=lambda row: _may_keep(row, by),
        change=change,
        reason=reason,
        by=by,
    )

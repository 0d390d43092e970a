"""Reporting and review: the only writers of progress (with ``approvals``, ``reviews`` and ``evidence``)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from agencies import calendar, workflow
from agencies.actions.documents import Upload
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import User, Verdict
from agencies.permissions import Permission
from agencies.text import nfc
from plans import builder, policies
from plans.actions import moves, offering
from plans.actions.moves import REFRESH_PLAN, Content, Evidence, snapshot
from plans.models import Assignment, Decision, PartyRole, Plan, Progress, ProgressVersion, ReportingPeriod
from plans.models.progress import left_if_withdrawn

__all__ = [
    "REFRESH_PLAN",
    "Content",
    "accept",
    "correct",
    "forward",
    "give_up",
    "report",
    "save",
    "send_back",
    "snapshot",
    "start",
    "submit",
    "withdraw",
]


def start(*, assignment: Assignment, period: ReportingPeriod, by: User) -> Progress:
    """Begin the report of an assignment for a period, or return the one begun (see ``report`` for both at once)."""
    with transaction.atomic():
        progress, begun = _begin(assignment, period, by)
        if begun:
            builder.refresh_assignment(assignment.pk)
            moves.tell_of_start(progress, by)
    return progress


def report(
    *,
    assignment: Assignment,
    period: ReportingPeriod,
    content: Content,
    uploads: Sequence[Upload] = (),
    attach: Sequence[int] = (),
    hand_in: bool,
    by: User,
) -> Progress:
    """Begin a report and keep it, or hand it in (to the head where the agency requires it): all or nothing.

    The beginning is told to the trail together with the rest, after the files have been kept: the province's
    trail head is never held while files are. Raises what ``start``, ``save`` and ``submit`` raise, and Conflict
    (``stale_revision``) when somebody has begun it and written in it meanwhile.
    """
    with transaction.atomic():
        progress, begun = _begin(assignment, period, by)
        verb = save
        if hand_in:
            verb = forward if needs_head(progress) else submit
        return verb(progress=progress, content=content, uploads=uploads, attach=attach, revision=1, begun=begun, by=by)


def _begin(assignment: Assignment, period: ReportingPeriod, by: User) -> tuple[Progress, bool]:
    """Return the report of an assignment for a period, and whether it has just been made.

    Raises Refused (``not_your_agency``), Invalid (``not_a_lead``, ``wrong_plan``, ``plan_not_issued``,
    ``duty_takes_no_reports``, ``period_closed``).
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
    moves.must_take_reports(assignment)
    moves.must_take(period, assignment.agency_id)
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


def needs_head(progress: Progress) -> bool:
    """Tell whether the report leaves its agency today only with the head's approval."""
    return progress.assignment.agency.needs_head_on(calendar.today())


def save(
    *,
    progress: Progress,
    content: Content,
    uploads: Sequence[Upload] = (),
    attach: Sequence[int] = (),
    drop: Sequence[int] = (),
    revision: int | None,
    begun: bool = False,
    by: User,
) -> Progress:
    """Keep the draft: content, new files, documents (ids) of the agency, and evidence links (ids) taken off it.

    Raises Refused, Conflict, Invalid (``number_invalid``, ``file_*``); then nothing is kept.
    """
    content = content.cleaned()
    problems = moves.number_problems(content)
    if problems:
        raise Invalid("number_invalid", " ".join(problems.values()), fields=problems)

    def change(row: Progress) -> dict[str, Any]:
        draft = moves.open_draft(row, by)
        moves.write(draft, content, Evidence(uploads, attach, drop), row.assignment.agency, by)
        return {"latest": draft}

    def then(row: Progress) -> None:
        builder.refresh_assignment(row.assignment_id)
        if begun:
            moves.tell_of_start(row, by)

    return workflow.move(
        progress,
        policies.SAVE,
        revision=revision,
        check=lambda row: moves.may_keep(row, by),
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
    attach: Sequence[int] = (),
    drop: Sequence[int] = (),
    revision: int | None,
    begun: bool = False,
    by: User,
) -> Progress:
    """Hand the report in for review, with what it says now (None: as the draft stands).

    Raises Refused (``needs_head`` where the agency requires its head's approval: ``forward`` it), Conflict, Invalid
    (``report_incomplete`` with every field, ``period_closed``, ``file_*``).
    """

    evidence = Evidence(uploads, attach, drop)

    def check(row: Progress) -> None:
        moves.may_keep(row, by)
        if needs_head(row):
            raise Refused(
                "needs_head",
                "Cơ quan quy định thủ trưởng duyệt trước khi gửi. Hãy trình thủ trưởng thay vì gửi thẳng.",
            )
        moves.must_be_open(row)

    def change(row: Progress) -> dict[str, Any]:
        draft = _written(row, content, evidence, by)
        now = calendar.now()
        ProgressVersion.objects.filter(pk=draft.pk).update(
            submitted_by=by, submitted_at=now, forwarded_by=None, forwarded_at=None
        )
        return {"latest": draft, "first_submitted_at": row.first_submitted_at or now}

    return moves.take(
        progress,
        policies.SUBMIT,
        revision=revision,
        check=check,
        change=change,
        again=moves.must_still_be_open,
        begun=begun,
        by=by,
    )


def _written(progress: Progress, content: Content | None, evidence: Evidence, by: User) -> ProgressVersion:
    """Return the draft with what is to be handed in. Raises Invalid with every missing or impossible field."""
    draft = moves.open_draft(progress, by)
    said = (content or Content.of(draft)).cleaned()
    kept = draft.evidence.exclude(document_id__in=moves.dropped(progress, evidence.drop)).count()
    moves.complain(said, kept + len(evidence.uploads) + len(evidence.attach), progress.assignment)
    moves.write(draft, said, evidence, progress.assignment.agency, by)
    return draft


def forward(
    *,
    progress: Progress,
    content: Content | None = None,
    uploads: Sequence[Upload] = (),
    attach: Sequence[int] = (),
    drop: Sequence[int] = (),
    revision: int | None,
    begun: bool = False,
    by: User,
) -> Progress:
    """Put the report before the agency's head, complete as for ``submit``; it leaves when the head approves.

    Raises what ``submit`` raises, and Invalid (``head_not_required``) where the agency submits by itself.
    """
    evidence = Evidence(uploads, attach, drop)

    def check(row: Progress) -> None:
        moves.may_keep(row, by)
        if not needs_head(row):
            raise Invalid("head_not_required", "Cơ quan không quy định thủ trưởng duyệt trước. Hãy gửi báo cáo thẳng.")
        moves.must_be_open(row)

    def change(row: Progress) -> dict[str, Any]:
        draft = _written(row, content, evidence, by)
        ProgressVersion.objects.filter(pk=draft.pk).update(forwarded_by=by, forwarded_at=calendar.now())
        return {"latest": draft}

    return moves.take(progress, policies.FORWARD, revision=revision, check=check, change=change, begun=begun, by=by)


def withdraw(*, progress: Progress, reason: str = "", revision: int | None, by: User) -> Progress:
    """Take the report back to its draft: from the head, or from review before anybody decided.

    A submission that was withdrawn stays on record and no longer counts as one: ``first_submitted_at`` is the
    earliest that does (``handed_in``). Raises Refused, Conflict, Invalid (``period_closed``: none would be left, and
    it could not be handed in again).
    """

    handed_in = False

    def check(row: Progress) -> None:
        nonlocal handed_in
        moves.may_keep(row, by)
        handed_in = row.state == Progress.State.SUBMITTED
        if handed_in and _first_left(row) is None:
            moves.must_take(row.period, row.assignment.agency_id)

    def again(row: Progress) -> None:
        if handed_in and row.first_submitted_at is None:
            moves.hold_open(row)

    def change(row: Progress) -> dict[str, Any]:
        latest = row.latest
        assert latest is not None
        if latest.submitted_at is None:
            ProgressVersion.objects.filter(pk=latest.pk).update(forwarded_by=None, forwarded_at=None)
            return {}
        draft, first = moves.open_draft(row, by), _first_left(row)
        Decision.objects.create(
            version=latest, verb=Decision.Verb.WITHDRAW, reason=nfc(reason), decided_by=by, decided_at=calendar.now()
        )
        return {"latest": draft, "first_submitted_at": first}

    return moves.take(
        progress,
        policies.WITHDRAW,
        revision=revision,
        check=check,
        change=change,
        again=again,
        reason=nfc(reason),
        by=by,
    )


def _first_left(progress: Progress) -> datetime | None:
    """Return when the report was first handed in, not counting its latest submission (None: then it was not)."""
    sent = progress.versions.filter(submitted_at__isnull=False).select_related("decision").order_by("number")
    return min((one.submitted_at for one in left_if_withdrawn(list(sent)) if one.submitted_at), default=None)


def accept(
    *, progress: Progress, verdicts: Mapping[int, str] | None = None, revision: int | None, by: User
) -> Progress:
    """Accept the submitted version; evidence without a verdict is accepted with it, what was judged stays judged.

    Its figures and documents are offered to the components that the task serves (``offering``).
    ``verdicts`` maps evidence link ids to ``Verdict`` codes.
    """
    moves.must_be_verdicts(verdicts)

    def change(row: Progress) -> dict[str, Any]:
        version = row.latest
        assert version is not None
        moves.judge_evidence(version, verdicts, otherwise=Verdict.ACCEPTED, by=by)
        Decision.objects.create(version=version, verb=Decision.Verb.ACCEPT, decided_by=by, decided_at=calendar.now())
        offering.offer(row, version)
        return {"accepted": version}

    return moves.take(
        progress,
        policies.ACCEPT,
        revision=revision,
        check=lambda row: moves.may_decide(row, by),
        change=change,
        by=by,
    )


def send_back(
    *,
    progress: Progress,
    reason_code: str,
    reason: str,
    verdicts: Mapping[int, str] | None = None,
    revision: int | None,
    by: User,
) -> Progress:
    """Return the submitted version with a reason that is kept for ever, and verdicts on its evidence, if any."""
    if reason_code not in Decision.Reason.values:
        raise Invalid(
            "reason_code_required",
            "Cần chọn loại lý do trả lại.",
            fields={"reason_code": "Cần chọn loại lý do trả lại."},
        )
    moves.must_be_verdicts(verdicts)
    reason = nfc(reason)

    def change(row: Progress) -> dict[str, Any]:
        assert row.latest is not None
        moves.judge_evidence(row.latest, verdicts, otherwise=None, by=by)
        Decision.objects.create(
            version=row.latest,
            verb=Decision.Verb.RETURN,
            reason_code=reason_code,
            reason=reason,
            decided_by=by,
            decided_at=calendar.now(),
        )
        return {}

    return moves.take(
        progress,
        policies.RETURN,
        revision=revision,
        check=lambda row: moves.may_decide(row, by),
        change=change,
        reason=reason,
        by=by,
    )


def correct(*, progress: Progress, reason: str, revision: int | None, by: User) -> Progress:
    """Open the next version of an accepted report, with a reason; the accepted one counts until then."""
    reason = nfc(reason)

    def change(row: Progress) -> dict[str, Any]:
        accepted = row.accepted
        if accepted is None:
            raise Conflict("wrong_state", "Báo cáo chưa được duyệt nên chưa cần điều chỉnh.")
        # Not always the accepted one: a correction may have been withdrawn and given up.
        last = row.versions.aggregate(last=Max("number"))["last"]
        draft = ProgressVersion.objects.create(
            progress=row,
            number=last + 1,
            created_by=by,
            created_at=calendar.now(),
            corrects=accepted,
            correction_reason=reason,
            **asdict(Content.of(accepted)),
        )
        moves.copy_evidence(accepted, draft)
        return {"latest": draft}

    return moves.take(
        progress,
        policies.CORRECT,
        revision=revision,
        check=lambda row: moves.may_keep(row, by),
        change=change,
        reason=reason,
        by=by,
    )


def give_up(*, progress: Progress, revision: int | None, by: User) -> Progress:
    """Give up the correction that is being written: the report is again what was accepted.

    Its draft goes; what was handed in of it and withdrawn stays on record. Raises Refused, Invalid, Conflict
    (``not_a_correction``).
    """
    drafts: list[ProgressVersion] = []

    def change(row: Progress) -> dict[str, Any]:
        if row.accepted is None or row.latest is None:
            raise Conflict("not_a_correction", "Báo cáo này không phải bản điều chỉnh nên không có gì để bỏ.")
        drafts.append(row.latest)
        return {"latest": row.accepted}

    def then(row: Progress) -> None:
        for draft in drafts:
            draft.evidence.all().delete()
            draft.delete()

    return workflow.move(
        progress,
        policies.GIVE_UP,
        revision=revision,
        check=lambda row: moves.may_keep(row, by),
        change=change,
        snapshot=snapshot,
        then=then,
        by=by,
    )

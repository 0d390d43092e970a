"""Mending the evidence of a report that was handed in (story 4)."""

from dataclasses import asdict
from typing import Any

from agencies import calendar
from agencies.actions.documents import Upload
from agencies.errors import Invalid, Refused
from agencies.models import User
from agencies.text import nfc
from plans import policies
from plans.actions import moves
from plans.actions.moves import Content, Evidence
from plans.actions.progress import needs_head
from plans.models import Decision, EvidenceReplacement, Progress, ProgressVersion


def replace(
    *,
    progress: Progress,
    link_id: int,
    upload: Upload | None = None,
    attach: int | None = None,
    explanation: str = "",
    reason: str,
    revision: int | None,
    by: User,
) -> Progress:
    """Take a wrong file off a report that waits for review, and show another, or none, in its place.

    The report is handed in again at once as the next version; the one before says why it was replaced. The file
    leaves every list, and stays with its hash and uploader for whoever reads the trail; the others keep the verdicts
    given on them. Where nothing is left, an explanation is required. Raises Refused (``needs_head``), Conflict,
    Invalid (``not_its_evidence``, ``report_incomplete``, ``file_*``).
    """
    reason = nfc(reason)

    def check(row: Progress) -> None:
        moves.may_keep(row, by)
        if needs_head(row):
            raise Refused(
                "needs_head",
                "Cơ quan quy định thủ trưởng duyệt trước khi gửi. Hãy rút báo cáo (hoặc đề nghị nơi duyệt trả lại), "
                "thay tài liệu rồi trình thủ trưởng.",
            )

    def change(row: Progress) -> dict[str, Any]:
        old = row.latest
        assert old is not None
        link = old.evidence.select_related("document").filter(pk=link_id).first()
        if link is None:
            raise Invalid("not_its_evidence", "Tài liệu này không thuộc lần báo cáo đang chờ duyệt.")
        now = calendar.now()
        said = Content.of(old)
        if nfc(explanation):
            said = Content(**{**asdict(said), "explanation": nfc(explanation)})
        new = ProgressVersion.objects.create(
            progress=row,
            number=old.number + 1,
            created_by=by,
            created_at=now,
            corrects=old.corrects,
            correction_reason=old.correction_reason,
            **asdict(said),
        )
        moves.copy_evidence(old, new, without=[link.pk], judged=True)
        evidence = Evidence([upload] if upload else [], [attach] if attach else [])
        shown = moves.show(new, evidence, row.assignment.agency, by)
        if any(one.document.blob_id == link.document.blob_id for one in shown):
            raise Invalid("same_file", "Tệp mới giống hệt tệp cũ. Hãy chọn tệp đúng.", fields={"files": "Tệp cũ."})
        moves.complain(said, new.evidence.count())
        ProgressVersion.objects.filter(pk=new.pk).update(submitted_by=by, submitted_at=now)
        Decision.objects.create(version=old, verb=Decision.Verb.REPLACE, reason=reason, decided_by=by, decided_at=now)
        EvidenceReplacement.objects.create(
            link=link, replacement=shown[0] if shown else None, reason=reason, by=by, at=now
        )
        return {"latest": new}

    return moves.take(progress, policies.REPLACE, revision=revision, check=check, change=change, reason=reason, by=by)

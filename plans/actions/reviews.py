"""The reviewer's part beside accepting and returning: asking, answering, judging, and many at once."""

from collections.abc import Sequence

from agencies import calendar
from agencies.errors import Conflict, Invalid
from agencies.models import User, Verdict
from agencies.text import nfc
from plans import policies
from plans.actions import moves, progress
from plans.actions.moves import Outcome
from plans.models import Decision, Progress, ProgressVersion, Remark


def _said(text: str) -> str:
    text = nfc(text)
    if not text:
        said = "Cần ghi nội dung."
        raise Invalid("text_required", said, fields={"text": said})
    return text


def ask(*, progress: Progress, text: str, revision: int | None, by: User) -> Progress:
    """Ask the agency about what it handed in, without returning it. Raises Refused, Conflict, Invalid."""
    text = _said(text)

    def change(row: Progress) -> None:
        assert row.latest is not None
        Remark.objects.create(version=row.latest, kind=Remark.Kind.QUESTION, text=text, by=by, at=calendar.now())

    return moves.talk(
        progress,
        policies.ASK,
        revision=revision,
        check=lambda row: moves.may_decide(row, by),
        change=change,
        reason=text,
        by=by,
    )


def reply(*, progress: Progress, question: Remark, text: str, revision: int | None, by: User) -> Progress:
    """Reply to a question about the report. Raises Refused, Conflict (``already_replied``), Invalid."""
    text = _said(text)

    def change(row: Progress) -> None:
        if question.kind != Remark.Kind.QUESTION or question.version.progress_id != row.pk:
            raise Invalid("not_a_question", "Không có câu hỏi này trong báo cáo.")
        if Remark.objects.filter(replies_to=question).exists():
            raise Conflict("already_replied", "Câu hỏi này đã được trả lời. Hãy tải lại trang để xem.")
        Remark.objects.create(
            version=question.version, kind=Remark.Kind.REPLY, text=text, replies_to=question, by=by, at=calendar.now()
        )

    return moves.talk(
        progress,
        policies.REPLY,
        revision=revision,
        check=lambda row: moves.may_write(row, by),
        change=change,
        reason=text,
        by=by,
    )


def answer(*, progress: Progress, text: str, revision: int | None, by: User) -> Progress:
    """Answer the obstacles and proposals that were handed in last.

    Raises Refused, Conflict (``nothing_to_answer``), Invalid.
    """
    text = _said(text)

    def change(row: Progress) -> None:
        version = last_handed_in(row)
        if version is None or not (version.obstacles or version.proposals):
            raise Conflict("nothing_to_answer", "Báo cáo đã gửi không nêu khó khăn, vướng mắc hay kiến nghị nào.")
        Remark.objects.create(version=version, kind=Remark.Kind.ANSWER, text=text, by=by, at=calendar.now())

    return moves.talk(
        progress,
        policies.ANSWER,
        revision=revision,
        check=lambda row: moves.may_decide(row, by),
        change=change,
        reason=text,
        by=by,
    )


def last_handed_in(report: Progress) -> ProgressVersion | None:
    """Return the last submission that was neither withdrawn nor replaced."""
    return (
        report.versions.filter(submitted_at__isnull=False)
        .exclude(decision__verb__in=(Decision.Verb.WITHDRAW, Decision.Verb.REPLACE))
        .order_by("-number")
        .first()
    )


def judge(*, progress: Progress, link_id: int, verdict: str, revision: int | None, by: User) -> Progress:
    """Give a verdict on one piece of evidence before deciding. Raises Refused, Conflict, Invalid."""
    moves.must_be_verdicts({link_id: verdict})
    if verdict == Verdict.PENDING:
        said = "Cần chọn một đánh giá."
        raise Invalid("unknown_verdict", said, fields={"verdict": said})

    def change(row: Progress) -> None:
        version = row.latest
        if version is None or not version.evidence.filter(pk=link_id).exists():
            raise Invalid("not_its_evidence", "Tài liệu này không thuộc lần báo cáo đang chờ duyệt.")
        moves.judge_evidence(version, {link_id: verdict}, otherwise=None, by=by)

    return moves.talk(
        progress,
        policies.JUDGE,
        revision=revision,
        check=lambda row: moves.may_decide(row, by),
        change=change,
        by=by,
    )


def accept_many(*, reports: Sequence[tuple[Progress, int]], by: User) -> tuple[Outcome, ...]:
    """Accept several reports (each with the revision that was read), each for itself; tell which went through."""
    return moves.one_by_one(
        reports, lambda report, revision: progress.accept(progress=report, revision=revision, by=by)
    )

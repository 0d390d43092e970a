"""What happened to a report, as sentences.

Definitions:

* Drafting, and what passes between officer and head, is the agency's own affair (*inside*): people outside see what
  was handed in and decided.
* Savings of a draft that follow each other are one line.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from agencies import calendar
from agencies.models import Event
from plans import policies
from plans.models import Progress


@dataclass(frozen=True)
class EventRow:
    """One thing that happened, as a sentence."""

    who: str
    action: str
    time: str
    iso: str
    variant: str
    reason: str


_SENTENCES = {
    "progress.start": ("bắt đầu viết báo cáo", "draft"),
    policies.SAVE.event: ("lưu nháp", "draft"),
    policies.SUBMIT.event: ("gửi báo cáo để duyệt", "review"),
    policies.FORWARD.event: ("trình thủ trưởng duyệt", "review"),
    policies.APPROVE.event: ("duyệt cho gửi báo cáo", "review"),
    policies.HAND_BACK.event: ("chuyển lại để sửa", "returned"),
    policies.WITHDRAW.event: ("rút báo cáo", "muted"),
    policies.ACCEPT.event: ("duyệt báo cáo", "ok"),
    policies.RETURN.event: ("trả lại báo cáo", "returned"),
    policies.JUDGE.event: ("đánh giá tài liệu", "info"),
    policies.ASK.event: ("hỏi thêm", "due"),
    policies.REPLY.event: ("trả lời câu hỏi", "info"),
    policies.ANSWER.event: ("trả lời kiến nghị", "ok"),
    policies.REPLACE.event: ("thay tài liệu đã gửi", "due"),
    policies.CORRECT.event: ("mở điều chỉnh báo cáo đã duyệt", "due"),
    policies.GIVE_UP.event: ("bỏ điều chỉnh, giữ bản đã duyệt", "muted"),
}
_INSIDE = ("progress.start", policies.SAVE.event, policies.FORWARD.event, policies.HAND_BACK.event)
_SENDS = (policies.SUBMIT.event, policies.APPROVE.event)


def _is_inside(event: Event) -> bool:
    """Tell whether an event is the agency's own affair: drafting, and what passes between officer and head."""
    taken_from_head = event.action == policies.WITHDRAW.event and event.before.get("state") == policies.WITH_HEAD
    return event.action in _INSIDE or taken_from_head


def event_rows(progress_ids: Iterable[int], inside: bool) -> dict[int, tuple[EventRow, ...]]:
    """Return progress id → its trail as sentences, oldest first, in one query.

    Savings of a draft that follow each other are one line; people outside the agency see what was handed in
    and decided, not the drafting.
    """
    found: dict[int, list[EventRow]] = defaultdict(list)
    before: dict[int, tuple[str, int | None, int]] = {}
    events = (
        Event.objects.filter(subject_type=Progress._meta.label_lower, subject_id__in=[str(pk) for pk in progress_ids])
        .select_related("actor")
        .order_by("sequence")
    )
    for event in events:
        if not inside and _is_inside(event):
            continue
        pk = int(event.subject_id)
        sentence, variant = _SENTENCES.get(event.action, (event.action, "neutral"))
        action, actor, times = before.get(pk, ("", None, 0))
        again = event.action == policies.SAVE.event and action == event.action and actor == event.actor_id
        times = times + 1 if again else 1
        before[pk] = (event.action, event.actor_id, times)
        number = event.after.get("version")
        if event.action in _SENDS and isinstance(number, int) and number > 1:
            sentence += f" (lần {number})"
        row = EventRow(
            who=str(event.actor) if event.actor else "Hệ thống",
            action=f"{sentence} ({times} lần)" if times > 1 else sentence,
            time=calendar.moment(event.happened_at),
            iso=calendar.iso(event.happened_at),
            variant=variant,
            reason=event.reason,
        )
        if again:
            found[pk][-1] = row
        else:
            found[pk].append(row)
    return {pk: tuple(rows) for pk, rows in found.items()}


def handed_back_in(events: tuple[EventRow, ...]) -> str:
    """Return what the head said when a report came back last, while nothing was forwarded since."""
    for event in reversed(events):
        if event.variant == "returned" and event.action.startswith("chuyển lại"):
            return f"{event.who} chuyển lại lúc {event.time}: {event.reason}"
        if event.action.startswith(("trình thủ trưởng", "duyệt cho gửi", "gửi báo cáo")):
            return ""
    return ""


def handed_back(progress: Progress) -> str:
    """Return what the head said when the report came back last; empty once it was forwarded again."""
    return handed_back_in(event_rows([progress.pk], inside=True).get(progress.pk, ()))

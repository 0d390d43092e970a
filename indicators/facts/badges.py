"""States of score sheets as a word with its look (``docs/design.md``, States)."""

from dataclasses import dataclass
from datetime import date

from agencies.models import Verdict
from agencies.text import format_day
from indicators import policies
from indicators.models import ScoreSheet

_STATE_VARIANTS = {
    policies.DRAFT: "draft",
    policies.SUBMITTED: "review",
    policies.APPRAISED: "info",
    policies.EXPLAINED: "review",
    policies.SETTLED: "ok",
    policies.PUBLISHED: "ok",
}
# The date that counts in a state, and whether it locks.
_DATES = {
    policies.DRAFT: ("self_due_on", True),
    policies.SUBMITTED: ("appraisal_due_on", False),
    policies.APPRAISED: ("explanation_due_on", True),
    policies.EXPLAINED: ("settlement_due_on", False),
}
_SOON = 7


@dataclass(frozen=True)
class Badge:
    """A word with the look of its state; without a variant it is plain text."""

    text: str
    variant: str = ""


def state_badge(sheet: ScoreSheet) -> Badge:
    """Return where a sheet stands; a returned one says so."""
    text = policies.STATE_LABELS[sheet.state]
    if sheet.state == policies.DRAFT and sheet.round > 1:
        return Badge(f"Đang làm lại (lần {sheet.round})", "returned")
    return Badge(text, _STATE_VARIANTS[sheet.state])


def due_badge(sheet: ScoreSheet, on: date) -> Badge:
    """Return how far the day that counts now is; empty when none does."""
    if sheet.state not in _DATES:
        return Badge("")
    name, locks = _DATES[sheet.state]
    return day_badge(getattr(sheet, name), on, locks=locks)


def day_badge(day: date, on: date, *, locks: bool) -> Badge:
    """Return how far a day is: before it, on it, after it."""
    left = (day - on).days
    if left < 0:
        return Badge(f"Đã khóa từ {format_day(day)}" if locks else f"Quá hạn {-left} ngày", "over")
    if left == 0:
        return Badge("Hết hôm nay là khóa" if locks else "Hạn hôm nay", "due")
    return Badge(f"Còn {left} ngày", "due" if left <= _SOON else "info")


def verdict_badge(verdict: str) -> Badge:
    """Return what was said of a document."""
    known = Verdict(verdict)
    text = known.label[0].upper() + known.label[1:]
    return Badge(text, {Verdict.PENDING: "neutral", Verdict.ACCEPTED: "ok"}.get(known, "over"))

"""The one clock.

Business time is what the rules see: deadlines, periods, as-of dates. It is the real time in
Asia/Ho_Chi_Minh unless ``PORTAL_CLOCK`` (demonstrations and tests only) starts it elsewhere and lets it run.
Real time (``real_now``) is for sessions, tokens and heartbeats. No other module asks what time it is:
``tests/architecture`` forbids it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

_held: ContextVar[datetime | None] = ContextVar("held_moment", default=None)
_process_start = timezone.now()


def real_now() -> datetime:
    """Return the machine's time (aware, UTC)."""
    return timezone.now()


@lru_cache(maxsize=8)
def _parse(setting: str) -> tuple[datetime, datetime]:
    start_text, _, anchor_text = setting.partition("@")
    try:
        start = datetime.fromisoformat(start_text)
        anchor = datetime.fromisoformat(anchor_text) if anchor_text else _process_start
    except ValueError as error:
        raise ImproperlyConfigured(f"PORTAL_CLOCK {setting!r} is not START or START@ANCHOR in ISO 8601") from error
    if start.tzinfo is None:
        start = start.replace(tzinfo=VIETNAM)
    if anchor.tzinfo is None:
        raise ImproperlyConfigured("the anchor of PORTAL_CLOCK needs a time zone")
    return start, anchor


def now() -> datetime:
    """Return the business moment (aware, Vietnamese time)."""
    held = _held.get()
    if held is not None:
        return held
    if settings.PORTAL_CLOCK:
        start, anchor = _parse(settings.PORTAL_CLOCK)
        return (start + (real_now() - anchor)).astimezone(VIETNAM)
    return real_now().astimezone(VIETNAM)


def today() -> date:
    """Return the business day in Vietnam."""
    return now().date()


def day_of(moment: datetime) -> date:
    """Return the Vietnamese day on which a moment falls."""
    return moment.astimezone(VIETNAM).date()


def start_of(day: date) -> datetime:
    """Return the first moment of a Vietnamese day."""
    return datetime.combine(day, time.min, tzinfo=VIETNAM)


def end_of(day: date) -> datetime:
    """Return the first moment after a Vietnamese day: "as of D" means recorded before this."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=VIETNAM)


def moment(when: datetime | None) -> str:
    """Return a moment as people write it here: 14:05 30/09/2021; None gives an empty string."""
    return f"{when.astimezone(VIETNAM):%H:%M %d/%m/%Y}" if when else ""


def iso(when: datetime | None) -> str:
    """Return a moment to the minute in ISO 8601, Vietnamese time; None gives an empty string."""
    return when.astimezone(VIETNAM).isoformat(timespec="minutes") if when else ""


@contextmanager
def held_at(moment: datetime) -> Iterator[None]:
    """Hold business time at a moment (the demo loader and tests)."""
    token = _held.set(moment.astimezone(VIETNAM))
    try:
        yield
    finally:
        _held.reset(token)

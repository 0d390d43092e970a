"""The ladder of reminders: which reminder is due on a day, and who hears it. Arithmetic without a database.

============  =====================  ==============================================
rung          days from the due day  who hears it
============  =====================  ==============================================
``before_7``  −7                     the agency's officers
``before_3``  −3                     the agency's officers
``before_1``  −1                     the agency's officers
``due``       0                      the agency's officers
``after_1``   +1                     the agency's officers
``after_3``   +3                     the officers, and the head by name
``after_7``   +7                     the officers, and the head by name
``after_14``  +14, then every 7      the officers, the head, and the leaders' list
============  =====================  ==============================================

* On a day only the *latest rung reached* counts: a clock that stood still for a week, or a duty that is handed out
  three days before its day, brings one reminder and not all those that were missed.
* A rung is told once for a due day. When the due day moves (an extension), the ladder begins anew.
* Bodies addressed with "Đề nghị" are reminded, never reported upwards: only the officers hear it.
* The same ladder serves a duty's deadline and a period's due date.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

CHASE = "chase"

BEFORE = (7, 3, 1)
AFTER = (1, 3, 7)
EVERY = 7
FIRST = -max(BEFORE)
HEAD_FROM = 3
LEADER_FROM = 14


class Audience(StrEnum):
    """Who hears a reminder."""

    OFFICER = "officer"
    HEAD = "head"
    LEADER = "leader"


@dataclass(frozen=True)
class Rung:
    """One reminder of the ladder: its stable code and its distance from the due day."""

    code: str
    offset: int


def rung_at(offset: int) -> Rung:
    """Return the rung that stands at a distance from the due day.

    >>> rung_at(-3).code, rung_at(0).code, rung_at(21).code
    ('before_3', 'due', 'after_21')
    """
    if offset == 0:
        return Rung("due", 0)
    return Rung(f"before_{-offset}" if offset < 0 else f"after_{offset}", offset)


def rung_on(due_on: date, on: date) -> Rung | None:
    """Return the latest rung reached on a day; None while the due day is more than a week away.

    >>> due = date(2021, 11, 30)
    >>> rung_on(due, date(2021, 11, 22))
    >>> [rung_on(due, date(2021, 11, day)).code for day in (23, 26, 27, 29, 30)]
    ['before_7', 'before_7', 'before_3', 'before_1', 'due']
    >>> [rung_on(due, date(2021, 12, day)).code for day in (1, 2, 3, 7, 13, 14, 20, 21, 31)]
    ['after_1', 'after_1', 'after_3', 'after_7', 'after_7', 'after_14', 'after_14', 'after_21', 'after_28']
    """
    days = (on - due_on).days
    if days < FIRST:
        return None
    if days > max(AFTER):
        return rung_at(days - days % EVERY)
    fixed = (*(-before for before in BEFORE), 0, *AFTER)
    return rung_at(max(offset for offset in fixed if offset <= days))


def audiences(rung: Rung, *, proposed: bool) -> tuple[Audience, ...]:
    """Return who hears a rung; a body addressed with "Đề nghị" is never reported upwards.

    >>> [audience.value for audience in audiences(rung_at(1), proposed=False)]
    ['officer']
    >>> [audience.value for audience in audiences(rung_at(3), proposed=False)]
    ['officer', 'head']
    >>> [audience.value for audience in audiences(rung_at(14), proposed=False)]
    ['officer', 'head', 'leader']
    >>> [audience.value for audience in audiences(rung_at(14), proposed=True)]
    ['officer']
    """
    heard = [Audience.OFFICER]
    if not proposed and rung.offset >= HEAD_FROM:
        heard.append(Audience.HEAD)
    if not proposed and rung.offset >= LEADER_FROM:
        heard.append(Audience.LEADER)
    return tuple(heard)


def distance(due_on: date, on: date) -> str:
    """Say how far the due day is.

    >>> distance(date(2021, 12, 1), date(2021, 11, 28))
    'còn 3 ngày, hạn 01/12/2021'
    >>> distance(date(2021, 12, 1), date(2021, 12, 1))
    'hạn hôm nay, 01/12/2021'
    >>> distance(date(2021, 12, 1), date(2021, 12, 15))
    'quá hạn 14 ngày, hạn 01/12/2021'
    """
    days = (due_on - on).days
    if days == 0:
        return f"hạn hôm nay, {due_on:%d/%m/%Y}"
    return f"{f'còn {days} ngày' if days > 0 else f'quá hạn {-days} ngày'}, hạn {due_on:%d/%m/%Y}"


def code_label(code: str) -> str:
    """Name a rung, or a chase, for people.

    >>> code_label("before_3"), code_label("due"), code_label("after_21"), code_label(CHASE)
    ('Nhắc trước hạn 3 ngày', 'Nhắc ngày đến hạn', 'Nhắc quá hạn 21 ngày', 'Đôn đốc')
    """
    if code == CHASE:
        return "Đôn đốc"
    side, _, days = code.partition("_")
    return {
        "due": "Nhắc ngày đến hạn",
        "before": f"Nhắc trước hạn {days} ngày",
        "after": f"Nhắc quá hạn {days} ngày",
    }[side]

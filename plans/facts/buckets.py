"""How duties are counted, as conditions in SQL.

Definitions:

* ``bucket_condition`` is the SQL twin of ``plans.standing.bucket_of`` over the columns of ``Assignment``.
* A duty is *halted* while it is suspended or cancelled, and *over* when it is halted or done: it asks for nothing.
"""

from datetime import date

from django.db.models import F, Q

from plans.standing import DUE_SOON_DAYS, Bucket, State

HALTED = (State.SUSPENDED, State.CANCELLED)
OVER = (State.DONE, *HALTED)


def bucket_condition(bucket: Bucket, on: date) -> Q:
    """Return the condition "counted in this bucket on a day" over assignments."""
    done = Q(state=State.DONE)
    undone = ~Q(state__in=OVER)
    return {
        Bucket.DONE_ON_TIME: done & Q(due_on__isnull=False, done_on__lte=F("due_on")),
        Bucket.DONE_LATE: done & Q(due_on__isnull=False, done_on__gt=F("due_on")),
        Bucket.DONE_NO_DEADLINE: done & Q(due_on__isnull=True),
        Bucket.OPEN_WITHIN: undone & Q(due_on__gte=on),
        Bucket.OPEN_OVERDUE: undone & Q(due_on__lt=on),
        Bucket.OPEN_NO_DEADLINE: undone & Q(due_on__isnull=True),
        Bucket.SUSPENDED: Q(state=State.SUSPENDED),
        Bucket.CANCELLED: Q(state=State.CANCELLED),
    }[bucket]


def due_soon_condition(on: date) -> Q:
    """Return the condition "open, and its day is at most a week away"."""
    return bucket_condition(Bucket.OPEN_WITHIN, on) & Q(due_on__lte=date.fromordinal(on.toordinal() + DUE_SOON_DAYS))

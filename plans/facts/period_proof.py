"""The proof that periods are known since the day on which they were added (``verify_trail``).

Definitions:

* A period added after its plan was issued is known since the day of the event that added it; any other belongs to the
  plan's first text and says nothing.
"""

from collections.abc import Iterator
from datetime import datetime

from agencies import calendar
from agencies.models import Event
from agencies.seals import Finding
from plans.models import ReportingPeriod


def _told(province_id: int) -> dict[str, tuple[int, datetime]]:
    """Return what the trail tells of: plans issued and periods added, by ``action:id``, the latest of each."""
    events = Event.objects.filter(province_id=province_id, action__in=("plan.issue", "period.add"))
    return {
        f"{action}:{subject}": (sequence, at)
        for action, subject, sequence, at in events.order_by("sequence").values_list(
            "action", "subject_id", "sequence", "happened_at"
        )
    }


def check(province_id: int) -> Iterator[Finding]:
    """Yield the periods of a province that are known since another day than the trail tells."""
    told = _told(province_id)
    periods = ReportingPeriod.objects.filter(province_id=province_id).select_related("plan", "province")
    for period in periods.order_by("pk"):
        issued, added = told.get(f"plan.issue:{period.plan_id}"), told.get(f"period.add:{period.pk}")
        since = calendar.day_of(added[1]) if issued and added and added[0] > issued[0] else None
        if since != (calendar.day_of(period.known_from) if period.known_from else None):
            yield Finding(
                "period_known",
                f"{period.province}: kỳ {period} của {period.plan} ghi ngày được biết khác với dấu vết.",
                {"province": period.province.code, "model": "plans.reportingperiod", "pk": str(period.pk)},
            )

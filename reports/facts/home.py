"""What each role finds on the first screen.

* Work: the tasks of the person's own agencies, by urgency (``plans.facts.work.work_of``).
* Queue: reports that the person may decide, oldest due date first; assignments that have not reported for the
  current period and overdue ones of the whole province (as last computed, ``PlanRollup``).
* Stuck: reports that wait for nobody, for those who watch the province; approvals: what waits for the head.
* Pictures: the plans whose dashboard the person may see.
"""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from agencies.models import User
from agencies.permissions import Permission
from plans.facts import dashboard, queues
from plans.facts.stuck import StuckRow, stuck_reports
from plans.facts.work import Work, work_of

FIRST = 6


@dataclass(frozen=True)
class QueuePart:
    """The reviewer's part."""

    total: int
    rows: tuple[queues.QueueRow, ...]
    url: str


@dataclass(frozen=True)
class Home:
    """The parts of the first screen; what a role does not call for is empty."""

    name: str
    work: Work | None
    queue: QueuePart | None
    pictures: tuple[dashboard.Picture, ...]
    admin_url: str
    plans_url: str
    stuck: tuple[StuckRow, ...] = ()
    approvals: int = 0
    approvals_url: str = ""

    @property
    def title(self) -> str:
        """What the screen answers."""
        if self.work or self.queue:
            return "Việc cần làm"
        return "Toàn cảnh các kế hoạch" if self.pictures else "Trang chủ"

    @property
    def plain(self) -> bool:
        """Whether no role calls for anything in particular."""
        return not (self.work or self.queue or self.pictures or self.admin_url or self.approvals)


def home_facts(user: User, on: date) -> Home:
    """Return the parts of the person's first screen."""
    queue = None
    if user.provinces_with(Permission.PROGRESS_DECIDE):
        waiting = queues.queue(user, on)
        queue = QueuePart(waiting.count(), queues.queue_rows(waiting[:FIRST], on), reverse("plans:review_queue"))
    return Home(
        name=user.full_name or user.username,
        work=work_of(user, on),
        queue=queue,
        pictures=dashboard.pictures(user, on) if user.provinces_with(Permission.DASHBOARD_READ) else (),
        admin_url=reverse("admin:index") if user.is_staff else "",
        plans_url=reverse("plans:plan_list"),
        stuck=stuck_reports(user, on),
        approvals=queues.approval_queue(user, on).count() if user.approves_for(on) else 0,
        approvals_url=reverse("plans:approval_queue"),
    )

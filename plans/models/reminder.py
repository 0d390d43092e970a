"""What an agency was reminded of, by the clock or by a person; written once, never changed."""

from typing import Self

from django.db import models
from django.db.models import Q

from agencies.models import Agency, Province, User
from agencies.permissions import Permission
from plans.models.plan import Plan
from plans.models.progress import ReportingPeriod
from plans.models.task import Assignment
from plans.reminders import CHASE, Audience


class ReminderQuerySet(models.QuerySet["Reminder"]):
    """Phrases that complete "reminders …"."""

    def visible_to(self, user: User) -> Self:
        """… to agencies whose progress the user may read: the own one, or the whole province's."""
        return self.filter(
            Q(agency_id__in=user.agencies_with(Permission.PROGRESS_READ))
            | Q(province_id__in=user.provinces_with(Permission.PROGRESS_READ))
        )

    def by_people(self) -> Self:
        """… that somebody sent; the others came from the clock."""
        return self.filter(sent_by__isnull=False)


class Reminder(models.Model):
    """One reminder to one agency: of a duty (``assignment``), or of a period's reports (``period``).

    ``rung`` is a code of ``plans.reminders`` or ``chase``; ``sentence`` what was said; ``told`` the people who were
    told, by name and role on that day. A reminder that nobody could be told is not one and is not recorded.
    """

    AUDIENCES = [
        (Audience.OFFICER.value, "cán bộ đầu mối"),
        (Audience.HEAD.value, "thủ trưởng cơ quan"),
        (Audience.LEADER.value, "lãnh đạo tỉnh"),
    ]

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="reminders")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="reminders")
    assignment = models.ForeignKey(Assignment, models.PROTECT, null=True, blank=True, related_name="reminders")
    period = models.ForeignKey(ReportingPeriod, models.PROTECT, null=True, blank=True, related_name="reminders")
    rung = models.CharField("nấc nhắc", max_length=20)
    due_on = models.DateField("thời hạn được nhắc", null=True, blank=True)
    day = models.DateField("ngày")
    audience = models.CharField("người nghe", max_length=10, choices=AUDIENCES)
    sentence = models.TextField("nội dung")
    told = models.TextField("đã báo cho")
    sent_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField("thời điểm")

    objects = ReminderQuerySet.as_manager()

    class Meta:
        verbose_name = "lần đôn đốc"
        verbose_name_plural = "lần đôn đốc"
        ordering = ("-created_at", "-id")
        constraints = [
            models.CheckConstraint(
                name="plans_reminder_of_a_duty_or_a_period",
                condition=Q(assignment__isnull=False, period__isnull=True)
                | Q(assignment__isnull=True, period__isnull=False),
            ),
            models.CheckConstraint(name="plans_reminder_said_to_somebody", condition=~Q(sentence="") & ~Q(told="")),
            # The clock knows a due day and has no name; a chase has a name and concerns a duty.
            models.CheckConstraint(
                name="plans_reminder_clock_or_person",
                condition=Q(rung=CHASE, sent_by__isnull=False, assignment__isnull=False)
                | (~Q(rung=CHASE) & Q(sent_by__isnull=True, due_on__isnull=False)),
            ),
            models.CheckConstraint(
                name="plans_reminder_known_audience", condition=Q(audience__in=[one.value for one in Audience])
            ),
            models.UniqueConstraint(
                fields=("assignment", "due_on", "rung", "audience"),
                condition=Q(assignment__isnull=False, sent_by__isnull=True),
                name="plans_reminder_once_a_rung",
            ),
            models.UniqueConstraint(
                fields=("period", "agency", "due_on", "rung", "audience"),
                condition=Q(period__isnull=False),
                name="plans_reminder_once_a_period_rung",
            ),
            models.UniqueConstraint(
                fields=("assignment", "day", "audience"),
                condition=Q(rung=CHASE),
                name="plans_reminder_one_chase_a_day",
            ),
        ]
        indexes = [models.Index(fields=("agency", "created_at"), name="plans_reminder_agency")]

    def __str__(self) -> str:
        return self.sentence

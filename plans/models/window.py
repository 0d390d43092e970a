"""Dated exceptions to the window in which a period takes reports (stories 2 and 25)."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from agencies import calendar
from agencies.models import Agency, Document, Province, User
from plans.models.progress import ReportingPeriod


class WindowExceptionQuerySet(models.QuerySet["WindowException"]):
    """Phrases that complete "exceptions …"."""

    def recorded_by(self, day: date) -> Self:
        """… that were granted before a day ended."""
        return self.filter(granted_at__lt=calendar.end_of(day))

    def in_force(self, day: date) -> Self:
        """… that let reports in on a day."""
        return self.recorded_by(day).filter(expires_on__gte=day)


class WindowException(models.Model):
    """A reason to take reports after a period has closed: for one agency, or for all after an outage.

    A late report stays late: only an outage moves the due date (to ``expires_on``). Appended, never changed.
    """

    class Kind(models.TextChoices):
        """For whom, and why."""

        LATE = "late", "cho phép nộp muộn"
        OUTAGE = "outage", "gia hạn cho tất cả do sự cố hệ thống"

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    period = models.ForeignKey(ReportingPeriod, models.PROTECT, related_name="exceptions")
    kind = models.CharField("loại", max_length=10, choices=Kind)
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField("lý do")
    document_number = models.CharField("số, ký hiệu văn bản", max_length=100, blank=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    expires_on = models.DateField("đến hết ngày")
    granted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField("cấp lúc")

    objects = WindowExceptionQuerySet.as_manager()

    class Meta:
        verbose_name = "ngoại lệ nộp báo cáo"
        verbose_name_plural = "ngoại lệ nộp báo cáo"
        ordering = ("period", "granted_at")
        constraints = [
            models.CheckConstraint(
                name="plans_windowexception_for_whom",
                condition=Q(kind="late", agency__isnull=False)
                | (Q(kind="outage", agency__isnull=True) & ~Q(document_number="")),
            ),
            models.CheckConstraint(name="plans_windowexception_has_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.period}: {self.get_kind_display()} đến {self.expires_on:%d/%m/%Y}"

"""Background work as rows: a queue message may be lost, the row is not."""

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from agencies import calendar
from agencies.models.province import Province
from agencies.models.user import User


class JobQuerySet(models.QuerySet["Job"]):
    """Phrases that complete "jobs …"."""

    def stale(self, before: datetime) -> Self:
        """… that say they run but have not been heard of since a real moment."""
        return self.filter(state=Job.State.RUNNING, heartbeat_at__lt=before)

    def waiting_since(self, before: datetime) -> Self:
        """… that nobody took since a real moment (their message may be lost)."""
        return self.filter(state=Job.State.QUEUED, queued_at__lt=before)


class Job(models.Model):
    """One piece of background work. Times here are real time."""

    class State(models.TextChoices):
        """Where the work stands."""

        QUEUED = "queued", "đang chờ"
        RUNNING = "running", "đang chạy"
        DONE = "done", "đã xong"
        FAILED = "failed", "không thành công"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    province = models.ForeignKey(Province, models.PROTECT, related_name="jobs")
    kind = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    attempt_token = models.UUIDField(null=True, blank=True)
    current = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=calendar.real_now)
    queued_at = models.DateTimeField(default=calendar.real_now)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = "việc nền"
        verbose_name_plural = "việc nền"
        indexes = [models.Index(fields=("state", "heartbeat_at"), name="agencies_job_state")]
        constraints = [
            # A second request for work that still waits is the same work.
            models.UniqueConstraint(
                fields=("kind", "subject_id"),
                condition=Q(state="queued"),
                name="agencies_job_one_waiting_per_subject",
            ),
            models.CheckConstraint(
                name="agencies_job_running_has_heartbeat",
                condition=~Q(state="running") | Q(heartbeat_at__isnull=False, attempt_token__isnull=False),
            ),
            models.CheckConstraint(
                name="agencies_job_finished_has_time",
                condition=~Q(state__in=["done", "failed"]) | Q(finished_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id} ({self.get_state_display()})"

    @property
    def percent(self) -> int:
        """Return how much is done, 0 to 100."""
        if self.state == self.State.DONE:
            return 100
        return min(99, round(100 * self.current / self.total)) if self.total else 0

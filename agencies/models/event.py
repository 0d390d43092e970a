"""The append-only trail: who did what to what, in a hash chain per province."""

import hashlib
import json
from typing import Self

from django.db import models

from agencies import calendar
from agencies.models.province import Province
from agencies.models.user import User
from agencies.permissions import Permission

GENESIS = "0" * 64


class EventQuerySet(models.QuerySet["Event"]):
    """Phrases that complete "events …"."""

    def visible_to(self, user: User) -> Self:
        """… of the provinces whose trail the user may read."""
        return self.filter(province_id__in=user.provinces_with(Permission.TRAIL_READ))

    def about(self, subject: models.Model) -> Self:
        """… about one row, oldest first."""
        return self.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk)).order_by("sequence")


class Event(models.Model):
    """One thing that happened. Triggers refuse any change; ``digest`` chains it to the one before."""

    province = models.ForeignKey(Province, models.PROTECT, related_name="events")
    sequence = models.PositiveBigIntegerField("số thứ tự")
    happened_at = models.DateTimeField("thời điểm nghiệp vụ")
    recorded_at = models.DateTimeField("thời điểm thực", default=calendar.real_now)
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="events")
    action = models.CharField("hành động", max_length=60)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.TextField("lý do", blank=True)
    # The SHA-256 of the rows that hang on the subject, as they stood after the event (``agencies.seals``).
    seals = models.JSONField(default=dict)
    request_id = models.CharField(max_length=40, blank=True)
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = "dấu vết"
        verbose_name_plural = "dấu vết"
        ordering = ("province", "sequence")
        constraints = [models.UniqueConstraint(fields=("province", "sequence"), name="agencies_event_one_per_sequence")]
        indexes = [
            models.Index(fields=("subject_type", "subject_id"), name="agencies_event_subject"),
            models.Index(fields=("province", "happened_at"), name="agencies_event_when"),
        ]

    def __str__(self) -> str:
        return f"{self.province_id}/{self.sequence} {self.action}"

    def content(self) -> dict[str, object]:
        """Return what the digest is taken over: the event's content and the digest before it."""
        content: dict[str, object] = {
            "province": self.province_id,
            "sequence": self.sequence,
            "happened_at": self.happened_at.astimezone(calendar.VIETNAM).isoformat(timespec="microseconds"),
            "recorded_at": self.recorded_at.astimezone(calendar.VIETNAM).isoformat(timespec="microseconds"),
            "actor": self.actor_id,
            "action": self.action,
            "subject": [self.subject_type, self.subject_id],
            "before": self.before,
            "after": self.after,
            "reason": self.reason,
            "request": self.request_id,
            "previous": self.previous_digest,
        }
        if self.seals:
            content["seals"] = self.seals
        return content

    def compute_digest(self) -> str:
        """Return the SHA-256 (64 hex digits) of ``content`` as JSON with sorted keys and no spaces."""
        text = json.dumps(self.content(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class TrailHead(models.Model):
    """The end of a province's chain; its row is locked while an event is added."""

    province = models.OneToOneField(Province, models.PROTECT, related_name="trail_head")
    sequence = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, default=GENESIS)

    class Meta:
        verbose_name = "đầu chuỗi dấu vết"
        verbose_name_plural = "đầu chuỗi dấu vết"

    def __str__(self) -> str:
        return f"{self.province_id}/{self.sequence}"

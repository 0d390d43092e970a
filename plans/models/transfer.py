"""What became of a duty when its agency was reorganised, and which result a target is measured from."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from agencies import calendar
from agencies.models import Agency, Province, Reorganisation, User
from indicators.models import Result
from plans.models.plan import Target
from plans.models.task import Assignment


class DutyTransfer(models.Model):
    """One decision about one duty of an agency that was reorganised; appended, never changed (story 14).

    Moved: the duty ended on the last day and goes on with the receivers. Kept: it stays where it is. Ended: nobody
    goes on with it. The last two say why.
    """

    class Outcome(models.TextChoices):
        """What became of the duty."""

        MOVED = "moved", "chuyển"
        KEPT = "kept", "giữ nguyên"
        ENDED = "ended", "kết thúc"

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="transfers")
    reorganisation = models.ForeignKey(Reorganisation, models.PROTECT, related_name="+")
    outcome = models.CharField("kết quả", max_length=10, choices=Outcome)
    effective_on = models.DateField("hiệu lực từ")
    reason = models.TextField("lý do", blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("xác nhận lúc")

    class Meta:
        verbose_name = "chuyển giao nhiệm vụ"
        verbose_name_plural = "chuyển giao nhiệm vụ"
        ordering = ("decided_at", "id")
        constraints = [
            models.UniqueConstraint(fields=("assignment", "reorganisation"), name="plans_dutytransfer_once"),
            models.CheckConstraint(
                name="plans_dutytransfer_not_moved_has_reason", condition=Q(outcome="moved") | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}: {self.assignment}"


class DutyReceipt(models.Model):
    """One agency that goes on with a moved duty, through its assignment (a new one, or one it already had)."""

    transfer = models.ForeignKey(DutyTransfer, models.PROTECT, related_name="receipts")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="received_by")
    already_held = models.BooleanField("đã được giao từ trước", default=False)

    class Meta:
        verbose_name = "cơ quan nhận nhiệm vụ"
        verbose_name_plural = "cơ quan nhận nhiệm vụ"
        ordering = ("transfer", "id")
        constraints = [models.UniqueConstraint(fields=("transfer", "agency"), name="plans_dutyreceipt_once")]

    def __str__(self) -> str:
        return str(self.agency)


class BaselineQuerySet(models.QuerySet["TargetBaseline"]):
    """Phrases that complete "baselines …"."""

    def recorded_by(self, day: date) -> Self:
        """… that had been chosen when a day ended; the last one counts."""
        return self.filter(chosen_at__lt=calendar.end_of(day)).order_by("chosen_at", "pk")


class TargetBaseline(models.Model):
    """The published result that "tăng N bậc" or a relative change is measured from; the latest choice counts.

    Chosen by a person where it is not plain: a province that came from several has one result of each (story 15).
    """

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    target = models.ForeignKey(Target, models.PROTECT, related_name="baselines")
    result = models.ForeignKey(Result, models.PROTECT, related_name="+")
    reason = models.TextField("lý do")
    chosen_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    chosen_at = models.DateTimeField("chọn lúc")

    objects = BaselineQuerySet.as_manager()

    class Meta:
        verbose_name = "năm gốc của mục tiêu"
        verbose_name_plural = "năm gốc của mục tiêu"
        ordering = ("target", "chosen_at", "id")
        constraints = [models.CheckConstraint(name="plans_targetbaseline_has_reason", condition=~Q(reason=""))]

    def __str__(self) -> str:
        return f"{self.target}: {self.result}"

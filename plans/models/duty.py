"""What is ruled about a duty after the plan is issued, and what an agency asks for."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from agencies.models import Agency, Document, Province, User
from agencies.permissions import Permission
from plans.models.task import Assignment, PartyRole, Task
from plans.standing import DoneRule


class RequestQuerySet(models.QuerySet["DutyRequest"]):
    """Phrases that complete "requests …"."""

    def visible_to(self, user: User) -> Self:
        """… of assignments whose progress the user may read."""
        return self.filter(assignment__in=Assignment.objects.visible_to(user))

    def decidable_by(self, user: User, on: date) -> Self:
        """… that the user decides on a day (domain rule 6): not of an own agency, nor written by the user before."""
        theirs = Agency.objects.reviewed_by(user, on, Permission.DUTY_RULE)
        return self.filter(assignment__agency__in=theirs).exclude(created_by=user)

    def withdrawable_by(self, user: User) -> Self:
        """… of the agencies in whose name the user asks."""
        return self.filter(assignment__agency_id__in=user.agencies_with(Permission.DUTY_REQUEST))


class DutyRequest(models.Model):
    """An agency asks for more time, or says that a task is not its own (stories 10 and 11).

    Until it is decided nothing changes: the duty stays with the agency and counts by its old date. A decided
    request is frozen.
    """

    class Kind(models.TextChoices):
        """What is asked."""

        EXTENSION = "extension", "gia hạn"
        REFUSAL = "refusal", "không thuộc trách nhiệm"

    class State(models.TextChoices):
        """Where the request stands."""

        OPEN = "open", "chờ quyết định"
        GRANTED = "granted", "đồng ý"
        DECLINED = "declined", "không đồng ý"
        WITHDRAWN = "withdrawn", "đã rút"

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="requests")
    kind = models.CharField("loại", max_length=10, choices=Kind)
    state = models.CharField("trạng thái", max_length=10, choices=State, default=State.OPEN)
    revision = models.PositiveIntegerField(default=1)
    reason = models.TextField("lý do")
    legal_ground = models.CharField("căn cứ", max_length=300, blank=True)
    old_due_on = models.DateField("thời hạn hiện tại", null=True, blank=True)
    new_due_on = models.DateField("thời hạn đề nghị", null=True, blank=True)
    after_deadline = models.BooleanField("đề nghị sau khi đã quá hạn", default=False)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField("quyết định lúc", null=True, blank=True)
    decision_reason = models.TextField("ý kiến quyết định", blank=True)
    reassigned_to = models.ForeignKey(Assignment, models.PROTECT, null=True, blank=True, related_name="+")

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = "đề nghị của cơ quan"
        verbose_name_plural = "đề nghị của cơ quan"
        ordering = ("created_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("assignment", "kind"), condition=Q(state="open"), name="plans_dutyrequest_one_open"
            ),
            models.CheckConstraint(name="plans_dutyrequest_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="plans_dutyrequest_extension_whole",
                condition=~Q(kind="extension")
                | Q(
                    old_due_on__isnull=False,
                    new_due_on__gt=models.F("old_due_on"),
                    document__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="plans_dutyrequest_refusal_has_ground", condition=~Q(kind="refusal") | ~Q(legal_ground="")
            ),
            models.CheckConstraint(
                name="plans_dutyrequest_decided_has_author",
                condition=Q(state="open", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(state="open") & Q(decided_by__isnull=False, decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="plans_dutyrequest_declined_has_reason",
                condition=~Q(state="declined") | ~Q(decision_reason=""),
            ),
        ]
        indexes = [models.Index(fields=("province", "state"), name="plans_dutyrequest_queue")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.assignment}"


class RulingQuerySet(models.QuerySet["Ruling"]):
    """Phrases that complete "rulings …"."""

    def visible_to(self, user: User) -> Self:
        """… about duties the user may read, or about whole tasks in which they may read one."""
        seen = Assignment.objects.visible_to(user)
        return self.filter(
            Q(assignment__in=seen)
            | Q(assignment__isnull=True, task__in=seen.filter(role=PartyRole.LEAD).values("task_id"))
        )


class Ruling(models.Model):
    """What was decided about a duty, or a whole task, with its document and the day it takes effect.

    Appended, never changed: how a duty stood on a day is read from the rulings recorded (``at``) before that day
    ended and in effect (``effective_on``) by it. Without an assignment it holds for every lead of the task.
    ``due_on`` is the new day; of a conclusion (``task_done``) the day by which the task counted then.
    """

    class Kind(models.TextChoices):
        """What is ruled."""

        SUSPEND = "suspend", "tạm dừng"
        RESUME = "resume", "tiếp tục"
        CANCEL = "cancel", "bãi bỏ"
        FINISH = "finish", "kết thúc"
        INTERNAL_DUE = "internal_due", "đặt hạn nội bộ"
        CONDITION_MET = "condition_met", "đã đến điều kiện"
        EXTENSION = "extension", "gia hạn"
        CARRIED_DUE = "carried_due", "giữ thời hạn khi chuyển giao"
        DONE_RULE = "done_rule", "cách xác định hoàn thành"
        TASK_DONE = "task_done", "kết luận nhiệm vụ hoàn thành"

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    task = models.ForeignKey(Task, models.PROTECT, related_name="rulings")
    assignment = models.ForeignKey(Assignment, models.PROTECT, null=True, blank=True, related_name="rulings")
    kind = models.CharField("loại", max_length=15, choices=Kind)
    effective_on = models.DateField("hiệu lực từ")
    due_on = models.DateField("thời hạn", null=True, blank=True)
    done_rule = models.CharField("cách xác định hoàn thành", max_length=10, choices=DoneRule, blank=True)
    done_share = models.DecimalField("tỷ lệ cần đạt (%)", max_digits=5, decimal_places=2, null=True, blank=True)
    document_number = models.CharField("số, ký hiệu văn bản", max_length=100, blank=True)
    document_date = models.DateField("ngày văn bản", null=True, blank=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    request = models.OneToOneField(DutyRequest, models.PROTECT, null=True, blank=True, related_name="ruling")
    reason = models.TextField("lý do", blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="người ghi")
    at = models.DateTimeField("ghi lúc")

    objects = RulingQuerySet.as_manager()

    class Meta:
        verbose_name = "quyết định về nhiệm vụ"
        verbose_name_plural = "quyết định về nhiệm vụ"
        ordering = ("at", "id")
        constraints = [
            models.CheckConstraint(
                name="plans_ruling_dates_have_day",
                condition=~Q(kind__in=["internal_due", "condition_met", "extension", "carried_due"])
                | Q(due_on__isnull=False),
            ),
            models.CheckConstraint(
                name="plans_ruling_halts_have_document",
                condition=~Q(kind__in=["suspend", "cancel", "condition_met"]) | ~Q(document_number=""),
            ),
            models.CheckConstraint(
                name="plans_ruling_extension_was_asked",
                condition=~Q(kind="extension") | Q(request__isnull=False, assignment__isnull=False),
            ),
            models.CheckConstraint(
                name="plans_ruling_rule_is_whole",
                condition=(~Q(kind="done_rule") & Q(done_rule="", done_share__isnull=True))
                | Q(kind="done_rule", done_rule="threshold", done_share__gt=0, done_share__lte=100)
                | Q(kind="done_rule", done_rule__in=["all", "reviewer"], done_share__isnull=True),
            ),
            models.CheckConstraint(
                name="plans_ruling_of_a_task_or_a_duty",
                condition=~Q(kind__in=["done_rule", "task_done"]) | Q(assignment__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=("task", "assignment"), name="plans_ruling_of_duty")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.assignment or self.task}"

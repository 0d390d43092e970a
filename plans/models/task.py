"""Tasks, their versions, the parties a version names, and the assignments that follow from it."""

from collections.abc import Collection
from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q

from agencies import calendar
from agencies.models import Agency, AgencyGroup, Province, User, ends_after_start, valid_on
from agencies.permissions import Permission
from agencies.text import fold
from indicators.models import Component, Index
from plans.models.plan import Amendment, Plan, Section, VersionQuerySet
from plans.standing import DeadlineKind, DoneRule, DueOrigin, State


class TaskQuerySet(models.QuerySet["Task"]):
    """Phrases that complete "tasks …"."""

    def visible_to(self, user: User) -> Self:
        """… of plans whose text the user may read; what an amendment proposes is not yet there."""
        return self.filter(plan__in=Plan.objects.visible_to(user), current__isnull=False)


class Task(models.Model):
    """The identity of a task; what it says stands in its versions.

    ``current``, ``done_rule``, ``done_share`` and ``finished_on`` serve today's lists only: they follow from the
    versions in force and from the rulings (``plans.models.Ruling``).
    """

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="tasks")
    section = models.ForeignKey(Section, models.PROTECT, related_name="tasks")
    code = models.CharField("mã", max_length=20)
    order = models.PositiveIntegerField("thứ tự", default=0)
    current = models.ForeignKey("TaskVersion", models.PROTECT, null=True, blank=True, related_name="+")
    carried_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="carried_to")
    done_rule = models.CharField("cách xác định hoàn thành", max_length=10, choices=DoneRule, default=DoneRule.ALL)
    done_share = models.DecimalField("tỷ lệ cần đạt (%)", max_digits=5, decimal_places=2, null=True, blank=True)
    finished_on = models.DateField("được kết luận hoàn thành ngày", null=True, blank=True)
    search_text = models.TextField(editable=False, default="")

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = "nhiệm vụ"
        verbose_name_plural = "nhiệm vụ"
        ordering = ("plan", "order")
        constraints = [
            models.UniqueConstraint(fields=("plan", "code"), name="plans_task_code_once"),
            models.UniqueConstraint(fields=("plan", "carried_from"), name="plans_task_carried_once"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.code}"


class TaskVersion(models.Model):
    """What a task says from a date on. A deadline the plan does not give stays empty (domain rule 2)."""

    class Origin(models.TextChoices):
        """Who set the deadline."""

        PLAN = "plan", "theo kế hoạch"
        INTERNAL = "internal", "do Sở Nội vụ đặt"

    class Authority(models.TextChoices):
        """Whether the People's Committee may assign, or only propose ("Đề nghị")."""

        ASSIGN = "assign", "giao"
        PROPOSE = "propose", "đề nghị"

    task = models.ForeignKey(Task, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(default=1)
    title = models.CharField("nội dung", max_length=500)
    deliverable = models.CharField("sản phẩm", max_length=500, blank=True)
    is_group = models.BooleanField("giao cho nhóm", default=False)
    authority = models.CharField("hình thức", max_length=10, choices=Authority, default=Authority.ASSIGN)
    deadline_kind = models.CharField("loại thời hạn", max_length=15, choices=DeadlineKind, default=DeadlineKind.NONE)
    deadline_from = models.DateField("từ ngày", null=True, blank=True)
    deadline_to = models.DateField("đến ngày", null=True, blank=True)
    deadline_text = models.CharField("thời hạn (như văn bản ghi)", max_length=200, blank=True)
    recurrence = models.CharField("chu kỳ", max_length=100, blank=True)
    condition = models.CharField("điều kiện", max_length=200, blank=True)
    deadline_origin = models.CharField("nguồn thời hạn", max_length=10, choices=Origin, default=Origin.PLAN)
    effective_from = models.DateField("hiệu lực từ", null=True, blank=True)
    deciding_document = models.CharField("văn bản quyết định", max_length=200)
    amendment = models.ForeignKey(Amendment, models.PROTECT, null=True, blank=True, related_name="task_versions")
    dropped = models.BooleanField("bãi bỏ", default=False)
    amend_reason = models.CharField("lý do sửa đổi, bãi bỏ", max_length=500, blank=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = "phiên bản nhiệm vụ"
        verbose_name_plural = "phiên bản nhiệm vụ"
        ordering = ("task", "number")
        constraints = [
            models.UniqueConstraint(fields=("task", "number"), name="plans_taskversion_number_once"),
            models.UniqueConstraint(fields=("task", "amendment"), name="plans_taskversion_once_per_amendment"),
            models.CheckConstraint(
                name="plans_taskversion_dated_kinds_have_end",
                condition=~Q(deadline_kind__in=["date", "month", "quarter", "year", "range"])
                | Q(deadline_to__isnull=False),
            ),
            models.CheckConstraint(
                name="plans_taskversion_undated_kinds_have_no_end",
                condition=~Q(deadline_kind__in=["none", "ongoing"]) | Q(deadline_to__isnull=True),
            ),
            models.CheckConstraint(
                name="plans_taskversion_deadline_order",
                condition=Q(deadline_from__isnull=True)
                | Q(deadline_to__isnull=True)
                | Q(deadline_to__gte=F("deadline_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def due_on(self) -> date | None:
        """The single day by which it must be done, if the deadline gives one (domain § 3.2).

        A day that stands beside a condition counts only once the condition is met, by the ruling that says so.
        """
        return None if self.deadline_kind == DeadlineKind.CONDITIONAL else self.deadline_to


class TaskQuantity(models.Model):
    """A figure the task itself asks for ("tối thiểu 30 % cơ quan được kiểm tra")."""

    version = models.ForeignKey(TaskVersion, models.CASCADE, related_name="quantities")
    comparator = models.CharField("so sánh", max_length=20)
    value = models.DecimalField("giá trị", max_digits=12, decimal_places=4)
    unit = models.CharField("đơn vị", max_length=150)

    class Meta:
        verbose_name = "chỉ tiêu của nhiệm vụ"
        verbose_name_plural = "chỉ tiêu của nhiệm vụ"
        ordering = ("version", "id")

    def __str__(self) -> str:
        return f"{self.comparator} {self.value} {self.unit}"


class TaskMilestone(models.Model):
    """What a task that runs over years should reach by a day on the way (optional; the final deadline stays)."""

    version = models.ForeignKey(TaskVersion, models.CASCADE, related_name="milestones")
    year = models.PositiveIntegerField("năm")
    due_on = models.DateField("đến ngày")
    text = models.CharField("kết quả cần đạt", max_length=300)
    value = models.DecimalField("giá trị", max_digits=12, decimal_places=4, null=True, blank=True)

    class Meta:
        verbose_name = "mốc theo năm"
        verbose_name_plural = "mốc theo năm"
        ordering = ("version", "due_on")
        constraints = [
            models.UniqueConstraint(fields=("version", "year"), name="plans_taskmilestone_one_per_year"),
        ]

    def __str__(self) -> str:
        return f"{self.year}: {self.text}"


class PartyRole(models.TextChoices):
    """What a body does in a task."""

    LEAD = "lead", "chủ trì"
    COOPERATING = "cooperating", "phối hợp"
    SUPERVISING = "supervising", "theo dõi"


class TaskParty(models.Model):
    """An agency or group that a version names, in the plan's own words where they differ."""

    version = models.ForeignKey(TaskVersion, models.CASCADE, related_name="parties")
    role = models.CharField("vai trò", max_length=15, choices=PartyRole)
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="+")
    group = models.ForeignKey(AgencyGroup, models.PROTECT, null=True, blank=True, related_name="+")
    wording = models.CharField("cách gọi trong văn bản", max_length=200, blank=True)
    order = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "bên tham gia"
        verbose_name_plural = "bên tham gia"
        ordering = ("version", "order")
        constraints = [
            models.CheckConstraint(
                name="plans_taskparty_agency_or_group",
                condition=Q(agency__isnull=False, group__isnull=True) | Q(agency__isnull=True, group__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name as the plan writes it."""
        return self.wording or str(self.agency or self.group)


class TaskComponent(models.Model):
    """An index, or one of its components, that a version serves."""

    version = models.ForeignKey(TaskVersion, models.CASCADE, related_name="serves")
    index = models.ForeignKey(Index, models.PROTECT, related_name="+")
    component = models.ForeignKey(Component, models.PROTECT, null=True, blank=True, related_name="+")
    wording = models.CharField("cách gọi trong văn bản", max_length=300, blank=True)
    order = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "thành phần chỉ số phục vụ"
        verbose_name_plural = "thành phần chỉ số phục vụ"
        ordering = ("version", "order")

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Index, code and name: ``PAPI 1.1 Tri thức công dân …``."""
        if self.component is None:
            return self.index.code
        return f"{self.index.code} {self.component.code} {self.wording or self.component.name}"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Phrases that complete "assignments …"."""

    def ruled_by(self, user: User, on: date) -> Self:
        """… about which the user decides requests and rulings on a day (domain rule 6)."""
        return self.filter(agency__in=Agency.objects.reviewed_by(user, on, Permission.DUTY_RULE))

    def asking_for(self, user: User) -> Self:
        """… for which the user may ask in the agency's name."""
        return self.filter(agency_id__in=user.agencies_with(Permission.DUTY_REQUEST)).leading()

    def visible_to(self, user: User) -> Self:
        """… whose progress the user may read: the own agency's, what it took over, or the whole province's."""
        own = user.agencies_with(Permission.PROGRESS_READ)
        return self.filter(
            Q(agency_id__in=own)
            | Q(pk__in=Assignment.objects.handed_to(own).values("pk"))
            | Q(province_id__in=user.provinces_with(Permission.PROGRESS_READ))
        )

    def handed_to(self, agency_ids: Collection[int]) -> Self:
        """… that these agencies took over in a reorganisation: they read what was reported before."""
        return self.filter(transfers__receipts__agency_id__in=agency_ids)

    def without_holder(self, on: date) -> Self:
        """… still with an agency that has ended, and not done: nobody reports on them until they are moved."""
        return self.leading(on).filter(agency__valid_to__lt=on).exclude(state__in=(State.DONE, State.CANCELLED))

    def reportable_by(self, user: User) -> Self:
        """… on which the user may report."""
        return self.filter(agency_id__in=user.agencies_with(Permission.PROGRESS_WRITE)).leading()

    def leading(self, on: date | None = None) -> Self:
        """… that report on a day (today unless given): those of lead agencies, in force, of tasks in force."""
        day = on or calendar.today()
        return self.filter(
            valid_on(day),
            Q(task__current__effective_from__isnull=True) | Q(task__current__effective_from__lte=day),
            role=PartyRole.LEAD,
        )

    def known_on(self, day: date) -> Self:
        """… that existed on a day, as far as the portal knew when that day ended."""
        end = calendar.end_of(day)
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day),
            Q(valid_to__isnull=True) | Q(valid_to__gte=day) | Q(ended_at__gte=end),
            created_at__lt=end,
        )

    def rated(self) -> Self:
        """… that count in the figures: bodies addressed with "Đề nghị" are counted apart."""
        return self.filter(task__current__authority=TaskVersion.Authority.ASSIGN)

    def matching(self, text: str) -> Self:
        """… whose task contains every word, without regard to diacritics."""
        found = self
        for word in fold(text).split():
            found = found.filter(task__search_text__contains=word)
        return found


class Assignment(models.Model):
    """One agency's duty in a task; for a group task each member of the group has its own.

    It exists from ``valid_from`` to ``valid_to`` (inclusive); ``created_at`` and ``ended_at`` are when the portal
    came to know, so that a figure as of a day shows what was known then. ``state``, ``done_on``, ``due_on``,
    ``due_origin`` and ``reported_at`` are today's standing, written in the same transaction as each move; the
    sweep proves them against versions, decisions and rulings.
    """

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    task = models.ForeignKey(Task, models.PROTECT, related_name="assignments")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="assignments")
    role = models.CharField("vai trò", max_length=15, choices=PartyRole)
    via_group = models.ForeignKey(AgencyGroup, models.PROTECT, null=True, blank=True, related_name="+")
    valid_from = models.DateField("từ ngày", null=True, blank=True)
    valid_to = models.DateField("đến ngày", null=True, blank=True)
    created_at = models.DateTimeField("ghi nhận lúc", default=calendar.now)
    ended_at = models.DateTimeField("ghi nhận kết thúc lúc", null=True, blank=True)
    succeeds = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="continued_by")
    state = models.CharField("trạng thái", max_length=20, choices=State, default=State.NOT_STARTED)
    done_on = models.DateField("ngày hoàn thành", null=True, blank=True)
    due_on = models.DateField("thời hạn", null=True, blank=True)
    due_origin = models.CharField("nguồn thời hạn", max_length=10, choices=DueOrigin, default=DueOrigin.PLAN)
    reported_at = models.DateTimeField("báo cáo gần nhất", null=True, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = "phân công"
        verbose_name_plural = "phân công"
        ordering = ("task__order", "agency__order")
        constraints = [
            models.UniqueConstraint(
                fields=("task", "agency", "role"),
                condition=Q(valid_to__isnull=True),
                name="plans_assignment_one_open",
            ),
            ends_after_start("plans_assignment_ends_after_start"),
            models.CheckConstraint(
                name="plans_assignment_end_is_recorded",
                condition=Q(valid_to__isnull=True, ended_at__isnull=True)
                | Q(valid_to__isnull=False, ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="plans_assignment_done_has_date", condition=~Q(state="done") | Q(done_on__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=("agency", "state"), name="plans_assignment_agency_state"),
            models.Index(
                fields=("province", "due_on"),
                condition=Q(done_on__isnull=True, due_on__isnull=False),
                name="plans_assignment_open_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task} – {self.agency}"

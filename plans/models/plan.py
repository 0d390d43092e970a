"""Plans, their sections and targets."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from agencies import calendar
from agencies.facts.successions import predecessor_provinces
from agencies.models import Document, Province, User
from agencies.permissions import Permission
from indicators.models import Component, Index


class PlanQuerySet(models.QuerySet["Plan"]):
    """Phrases that complete "plans …"."""

    def visible_to(self, user: User) -> Self:
        """… whose text the user may read: issued ones of the province, drafts for those who prepare them."""
        return self.filter(
            Q(
                province_id__in=user.provinces_with(Permission.PLAN_READ),
                state__in=(Plan.State.ISSUED, Plan.State.ENDED),
            )
            | Q(province_id__in=user.provinces_with(Permission.PLAN_READ_DRAFT))
        )

    def amendable_by(self, user: User) -> Self:
        """… that the user may amend, end, replace or carry tasks into."""
        return self.visible_to(user).filter(province_id__in=user.provinces_with(Permission.PLAN_AMEND))

    def replaceable_by(self, plan: "Plan") -> Self:
        """… whose place a plan may take: issued or ended ones of its province, or of one that became part of it.

        By the decisions on record (``ProvinceSuccession``), however many merges lie between (story 17), and from the
        day on which they take effect.
        """
        today = calendar.today()
        merged = (row for row in predecessor_provinces(plan.province) if row.effective_on <= today)
        provinces = {plan.province_id, *(row.predecessor_id for row in merged)}
        return self.filter(province_id__in=provinces, state__in=(Plan.State.ISSUED, Plan.State.ENDED)).exclude(
            pk=plan.pk
        )

    def watched_by(self, user: User) -> Self:
        """… whose dashboard (figures of every agency) the user may see."""
        return self.visible_to(user).filter(province_id__in=user.provinces_with(Permission.DASHBOARD_READ))

    def named(self, number: str) -> Self:
        """… that bear a number, or a code where no number is given."""
        return self.filter(Q(number__iexact=number) | Q(code__iexact=number))


class Plan(models.Model):
    """A plan or scheme (kế hoạch, đề án). ``code`` is ours and stable; ``number`` may be missing or shared."""

    class Kind(models.TextChoices):
        """What sort of document it is."""

        PLAN = "ke_hoach", "Kế hoạch"
        SCHEME = "de_an", "Đề án"
        DIRECTIVE = "chi_thi", "Chỉ thị"

    class State(models.TextChoices):
        """Where the plan stands."""

        DRAFTING = "drafting", "đang xây dựng"
        ISSUED = "issued", "đã ban hành"
        ENDED = "ended", "đã kết thúc"

    province = models.ForeignKey(Province, models.PROTECT, related_name="plans", verbose_name="tỉnh")
    code = models.SlugField("mã", max_length=60, unique=True)
    number = models.CharField("số, ký hiệu", max_length=60, null=True, blank=True)  # noqa: DJ001  (unknown is not blank)
    kind = models.CharField("loại", max_length=20, choices=Kind)
    title = models.CharField("tên", max_length=500)
    issuer = models.CharField("cơ quan ban hành", max_length=200)
    issued_on = models.DateField("ngày ban hành", null=True, blank=True)
    issued_text = models.CharField("thời gian ban hành (như nguồn ghi)", max_length=100, blank=True)
    year_from = models.PositiveIntegerField("từ năm")
    year_to = models.PositiveIntegerField("đến năm", null=True, blank=True)
    report_due_on = models.DateField("hạn báo cáo", null=True, blank=True)
    sub_plan_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="sub_plans")
    amends = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="amendments")
    replaces = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replacements")
    state = models.CharField("trạng thái", max_length=10, choices=State, default=State.DRAFTING)
    ended_on = models.DateField("ngày kết thúc", null=True, blank=True)
    ended_at = models.DateTimeField("ghi nhận kết thúc lúc", null=True, blank=True)
    end_document = models.CharField("văn bản kết thúc", max_length=200, blank=True)
    source = models.CharField("nguồn", max_length=300, blank=True)
    note = models.TextField("ghi chú", blank=True)
    created_at = models.DateTimeField()

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = "kế hoạch"
        verbose_name_plural = "kế hoạch"
        ordering = ("province", "-year_from", "-issued_on")
        constraints = [
            models.UniqueConstraint(
                fields=("province", "number", "issued_on"),
                condition=Q(number__isnull=False),
                name="plans_plan_number_once_per_day",
            ),
            models.CheckConstraint(name="plans_plan_number_not_blank", condition=~Q(number="")),
            models.CheckConstraint(
                name="plans_plan_issued_has_date",
                condition=Q(state="drafting") | Q(issued_on__isnull=False) | ~Q(issued_text=""),
            ),
            models.CheckConstraint(
                name="plans_plan_years", condition=Q(year_to__isnull=True) | Q(year_to__gte=F("year_from"))
            ),
            models.CheckConstraint(
                name="plans_plan_ended_has_day",
                condition=Q(state="ended", ended_on__isnull=False, ended_at__isnull=False)
                | (~Q(state="ended") & Q(ended_on__isnull=True, ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="plans_plan_not_its_own_parent",
                condition=Q(sub_plan_of__isnull=True) | ~Q(sub_plan_of=F("id")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}" if self.number else self.title

    @property
    def label(self) -> str:
        """Kind and number; a plan without a number says its kind."""
        return f"{self.get_kind_display()} {self.number or '(chưa có số)'}"

    @property
    def years(self) -> str:
        """The years it covers, as printed."""
        if self.year_to is None:
            return f"{self.year_from} và các năm tiếp theo"
        return f"{self.year_from}" if self.year_from == self.year_to else f"{self.year_from}–{self.year_to}"


class Section(models.Model):
    """A part of a plan, in its own numbering."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="sections")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    code = models.CharField("mục", max_length=30)
    title = models.CharField("tên", max_length=300)
    index = models.ForeignKey(Index, models.PROTECT, null=True, blank=True, related_name="+")
    order = models.PositiveIntegerField("thứ tự", default=0)

    class Meta:
        verbose_name = "mục"
        verbose_name_plural = "mục"
        ordering = ("plan", "order")
        constraints = [models.UniqueConstraint(fields=("plan", "code"), name="plans_section_code_once")]

    def __str__(self) -> str:
        return f"{self.code}. {self.title}"


class AmendmentQuerySet(models.QuerySet["Amendment"]):
    """Phrases that complete "amendments …"."""

    def visible_to(self, user: User) -> Self:
        """… that the user may read: confirmed ones like the plan, the others only for those who prepare them."""
        return self.filter(plan__in=Plan.objects.visible_to(user)).filter(
            Q(state="confirmed") | Q(province_id__in=user.provinces_with(Permission.PLAN_READ_DRAFT))
        )

    def editable_by(self, user: User) -> Self:
        """… on which the user may work."""
        return self.visible_to(user).filter(province_id__in=user.provinces_with(Permission.PLAN_AMEND))


class Amendment(models.Model):
    """A decision that changes, adds or drops tasks and targets of an issued plan from a day on (story 16).

    Its versions count from ``effective_on`` once it is confirmed; until then they are a proposal that can be
    edited. ``confirmed_at`` is when the portal came to know: a figure as of an earlier day does not see it.
    """

    class State(models.TextChoices):
        """Where the amendment stands."""

        DRAFT = "draft", "đang soạn"
        CONFIRMED = "confirmed", "đã xác nhận"
        DISCARDED = "discarded", "đã bỏ"

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="changes")
    number = models.CharField("số, ký hiệu", max_length=60)
    issued_on = models.DateField("ngày ban hành")
    issuer = models.CharField("cơ quan ban hành", max_length=200)
    title = models.CharField("trích yếu", max_length=500, blank=True)
    effective_on = models.DateField("hiệu lực từ")
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField("trạng thái", max_length=10, choices=State, default=State.DRAFT)
    revision = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField("xác nhận lúc", null=True, blank=True)

    objects = AmendmentQuerySet.as_manager()

    class Meta:
        verbose_name = "văn bản sửa đổi"
        verbose_name_plural = "văn bản sửa đổi"
        ordering = ("plan", "effective_on", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("plan", "number"), condition=~Q(state="discarded"), name="plans_amendment_number_once"
            ),
            models.CheckConstraint(
                name="plans_amendment_confirmed_has_time",
                condition=~Q(state="confirmed") | Q(confirmed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} sửa đổi {self.plan}"


class Target(models.Model):
    """The identity of a target; what it says stands in its versions."""

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="targets")
    code = models.CharField("mã", max_length=20)
    order = models.PositiveIntegerField("thứ tự", default=0)

    class Meta:
        verbose_name = "mục tiêu"
        verbose_name_plural = "mục tiêu"
        ordering = ("plan", "order")
        constraints = [models.UniqueConstraint(fields=("plan", "code"), name="plans_target_code_once")]

    def __str__(self) -> str:
        return f"{self.plan} {self.code}"


class VersionQuerySet(models.QuerySet[Any]):
    """Phrases that complete "versions …" (of tasks and targets)."""

    def recorded_by(self, day: date) -> Self:
        """… that the portal knew when a day ended: the plan's own text, and amendments confirmed by then."""
        return self.filter(Q(amendment__isnull=True) | Q(amendment__confirmed_at__lt=calendar.end_of(day)))

    def in_force(self, day: date) -> Self:
        """… that were known and had taken effect on a day; the one with the highest number counts."""
        return self.recorded_by(day).filter(Q(effective_from__isnull=True) | Q(effective_from__lte=day))


class TargetVersion(models.Model):
    """What a target says from a date on (kinds: domain § 4). Frozen once the plan is issued."""

    class Kind(models.TextChoices):
        """How the target is judged."""

        VALUE = "value", "giá trị"
        RANK_AT_MOST = "rank_at_most", "thứ hạng không quá"
        RANK_GAIN = "rank_gain", "tăng bậc"
        RELATIVE_CHANGE = "relative_change", "tăng tương đối so với năm gốc"
        GROUP_AT_LEAST = "group_at_least", "nhóm tối thiểu"
        SHARE_IN_GROUP = "share_in_group", "tỷ lệ thành phần ở nhóm"
        NONE_IN_LOWEST = "none_in_lowest", "không có nội dung ở nhóm thấp nhất"
        OPERATIONAL_SHARE = "operational_share", "tỷ lệ công việc"

    target = models.ForeignKey(Target, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(default=1)
    kind = models.CharField("loại", max_length=20, choices=Kind)
    index = models.ForeignKey(Index, models.PROTECT, null=True, blank=True, related_name="+")
    component = models.ForeignKey(Component, models.PROTECT, null=True, blank=True, related_name="+")
    comparator = models.CharField("so sánh", max_length=20)
    value = models.DecimalField("giá trị", max_digits=12, decimal_places=4, null=True, blank=True)
    value_max = models.DecimalField("đến", max_digits=12, decimal_places=4, null=True, blank=True)
    open_ended = models.BooleanField("trở lên", default=False)
    unit = models.CharField("đơn vị", max_length=100, blank=True)
    group = models.CharField("nhóm", max_length=50, blank=True)
    baseline_year = models.PositiveIntegerField("năm gốc", null=True, blank=True)
    field_size = models.PositiveIntegerField("số đơn vị xếp hạng khi đặt mục tiêu", null=True, blank=True)
    year = models.PositiveIntegerField("năm đích")
    text = models.CharField("nội dung", max_length=500)
    effective_from = models.DateField("hiệu lực từ", null=True, blank=True)
    deciding_document = models.CharField("văn bản quyết định", max_length=200)
    amendment = models.ForeignKey(Amendment, models.PROTECT, null=True, blank=True, related_name="target_versions")
    dropped = models.BooleanField("bãi bỏ", default=False)
    amend_reason = models.CharField("lý do sửa đổi, bãi bỏ", max_length=500, blank=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = "phiên bản mục tiêu"
        verbose_name_plural = "phiên bản mục tiêu"
        ordering = ("target", "number")
        constraints = [
            models.UniqueConstraint(fields=("target", "number"), name="plans_targetversion_number_once"),
            models.UniqueConstraint(fields=("target", "amendment"), name="plans_targetversion_once_per_amendment"),
            models.CheckConstraint(
                name="plans_targetversion_rank_gain_has_baseline",
                condition=~Q(kind__in=["rank_gain", "relative_change"]) | Q(baseline_year__isnull=False),
            ),
            models.CheckConstraint(
                name="plans_targetversion_has_measure", condition=Q(value__isnull=False) | ~Q(group="")
            ),
        ]

    def __str__(self) -> str:
        return self.text

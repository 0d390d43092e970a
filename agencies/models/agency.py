"""Agencies, their names over time, their groups, and what became of them (domain rule 4)."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import F, Q

from agencies import calendar
from agencies.models.province import Province
from agencies.permissions import Permission, Role
from agencies.text import fold

if TYPE_CHECKING:
    from agencies.models.user import Membership, User


def valid_on(day: date, prefix: str = "") -> Q:
    """Return the condition "valid on this day" for rows with ``valid_from`` and ``valid_to`` (inclusive)."""
    return (Q(**{f"{prefix}valid_from__isnull": True}) | Q(**{f"{prefix}valid_from__lte": day})) & (
        Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gte": day})
    )


def ends_after_start(name: str) -> models.CheckConstraint:
    """Return the constraint that a life span does not end before it starts."""
    return models.CheckConstraint(
        name=name,
        condition=Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__gte=F("valid_from")),
    )


class AgencyQuerySet(models.QuerySet["Agency"]):
    """Phrases that complete "agencies …"."""

    def valid_on(self, day: date) -> Self:
        """… that exist on a day."""
        return self.filter(valid_on(day))

    def visible_to(self, user: "User") -> Self:
        """… of the provinces where the user works."""
        return self.filter(province_id__in=user.province_ids())

    def reviewed_by(self, user: "User", on: date, permission: Permission = Permission.PROGRESS_DECIDE) -> Self:
        """… for which the user may decide on a day: their reports, or what another permission names (domain rule 6).

        Reviewers of the standing office decide every agency's but their own agencies'; reviewers of the designated
        second body decide the standing office's: in that very body they hold the role. Nobody decides where they hold
        a membership.
        """
        deciding = user.agencies_granting(permission)
        designated = Designation.objects.filter(valid_on(on), province_id__in=user.provinces_with(permission))
        standing = designated.filter(role=Designation.Role.STANDING_OFFICE)
        second = designated.filter(role=Designation.Role.SECOND_REVIEWER, agency_id__in=deciding)
        return self.exclude(pk__in=user.agency_ids()).filter(
            Q(province_id__in=standing.filter(agency_id__in=deciding).values("province_id"))
            | Q(province_id__in=second.values("province_id"), pk__in=standing.values("agency_id"))
        )


class Agency(models.Model):
    """A body that leads, cooperates or reviews. ``name`` is its name of today; ``name_on`` answers for a day."""

    class Kind(models.TextChoices):
        """What sort of body it is."""

        PROVINCE_COMMITTEE = "ubnd_cap_tinh", "UBND cấp tỉnh"
        OFFICE = "van_phong", "văn phòng"
        DEPARTMENT = "so", "sở"
        BOARD = "ban", "ban"
        INSPECTORATE = "thanh_tra", "thanh tra"
        POLICE = "cong_an", "công an"
        DISTRICT = "ubnd_cap_huyen", "UBND cấp huyện"
        COMMUNE = "ubnd_cap_xa", "UBND cấp xã"
        VERTICAL = "nganh_doc", "cơ quan ngành dọc"
        UNION = "doan_the", "đoàn thể"
        OTHER = "don_vi_khac", "đơn vị khác"

    province = models.ForeignKey(Province, models.PROTECT, related_name="agencies", verbose_name="tỉnh")
    code = models.CharField("mã", max_length=30)
    kind = models.CharField("loại", max_length=20, choices=Kind)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    name = models.CharField("tên", max_length=200)
    short_name = models.CharField("tên ngắn", max_length=100, blank=True)
    symbol = models.CharField("ký hiệu văn bản", max_length=30, blank=True)
    order = models.PositiveIntegerField("thứ tự", default=0)
    confirmed = models.BooleanField("đã xác nhận", default=False)
    note = models.TextField("ghi chú", blank=True)
    valid_from = models.DateField("có hiệu lực từ", null=True, blank=True)
    valid_to = models.DateField("đến hết ngày", null=True, blank=True)

    objects = AgencyQuerySet.as_manager()

    class Meta:
        verbose_name = "cơ quan"
        verbose_name_plural = "cơ quan"
        ordering = ("province", "order", "name")
        constraints = [
            # Codes are reused after mergers: a code means one body only together with its start.
            models.UniqueConstraint(
                fields=("province", "code", "valid_from"),
                name="agencies_agency_code_once_at_a_time",
            ),
            models.UniqueConstraint(
                fields=("province", "code"),
                condition=Q(valid_to__isnull=True),
                name="agencies_agency_one_living_per_code",
            ),
            ends_after_start("agencies_agency_ends_after_start"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The short name where there is one."""
        return self.short_name or self.name

    def name_on(self, day: date) -> str:
        """Return the name the agency bore on a day, as it was known when that day ended."""
        found = name_in_force(self.names.all(), day)
        return found.name if found else self.name

    def heads_on(self, day: date) -> "models.QuerySet[Membership]":
        """Return who heads the agency on a day (memberships, with their people)."""
        return self.memberships.filter(valid_on(day), role=Role.AGENCY_HEAD, user__is_active=True).select_related(
            "user"
        )

    def needs_head_on(self, day: date) -> bool:
        """Tell whether a report leaves the agency on a day only with its head's approval."""
        return self.approval_rules.filter(valid_on(day)).exists()


class AgencyName(models.Model):
    """A name an agency bore for a time (kept when it is renamed).

    ``created_at`` and ``ended_at`` are when name and end were recorded (empty: known from the first entry on), so
    that a report as of a day prints what was known that day.
    """

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="names")
    name = models.CharField("tên", max_length=200)
    short_name = models.CharField("tên ngắn", max_length=100, blank=True)
    valid_from = models.DateField("từ ngày", null=True, blank=True)
    valid_to = models.DateField("đến ngày", null=True, blank=True)
    created_at = models.DateTimeField(null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "tên theo thời gian"
        verbose_name_plural = "tên theo thời gian"
        constraints = [ends_after_start("agencies_agencyname_ends_after_start")]

    def __str__(self) -> str:
        return self.name


def name_in_force(names: Iterable[AgencyName], day: date) -> AgencyName | None:
    """Return the one of an agency's names that was in force on a day, and on record when the day ended.

    Of several the one that began last counts (a renaming recorded late replaces nothing before it was recorded).
    """
    end = calendar.end_of(day)
    found = [
        name
        for name in names
        if (name.created_at is None or name.created_at < end)
        and (name.valid_from is None or name.valid_from <= day)
        and (name.valid_to is None or day <= name.valid_to or (name.ended_at is not None and name.ended_at >= end))
    ]
    return max(found, key=lambda name: (name.valid_from or date.min, name.pk), default=None)


class AgencyAlias(models.Model):
    """Another way documents write the agency, matched folded ("Sở KH&CN").

    ``valid_from`` is set where the way of writing meant a predecessor before that day.
    """

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.CASCADE, related_name="aliases")
    alias = models.CharField("cách viết", max_length=200)
    folded = models.CharField(max_length=200, editable=False)
    valid_from = models.DateField("từ ngày", null=True, blank=True)

    class Meta:
        verbose_name = "cách viết khác"
        verbose_name_plural = "cách viết khác"
        constraints = [
            models.UniqueConstraint(fields=("agency", "folded"), name="agencies_agencyalias_once"),
        ]

    def __str__(self) -> str:
        return self.alias

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the folded form in step."""
        self.folded = fold(self.alias)
        super().save(*args, **kwargs)

    def means_on(self, day: date) -> bool:
        """Tell whether the way of writing means this agency on a day."""
        return self.valid_from is None or self.valid_from <= day


class Succession(models.Model):
    """What became of an agency, with the decision that ordered it; written when a reorganisation is applied.

    ``is_main``: the successor under which the predecessor's figures are counted "by present agency". A transfer of
    functions ends nobody and moves no figures.
    """

    class Kind(models.TextChoices):
        """How the successor came from the predecessor."""

        MERGE = "merge", "hợp nhất"
        ABSORB = "absorb", "sáp nhập"
        SPLIT = "split", "chia tách"
        RENAME = "rename", "đổi tên"
        TRANSFER = "transfer", "chuyển chức năng, nhiệm vụ"

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    reorganisation = models.ForeignKey(
        "agencies.Reorganisation", models.PROTECT, null=True, blank=True, related_name="successions"
    )
    predecessor = models.ForeignKey(Agency, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Agency, models.PROTECT, related_name="origins")
    kind = models.CharField("loại", max_length=10, choices=Kind)
    effective_on = models.DateField("hiệu lực từ")
    decision_number = models.CharField("số quyết định", max_length=100)
    decided_on = models.DateField("ngày quyết định", null=True, blank=True)
    is_main = models.BooleanField("kế thừa chính", default=False)
    created_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "kế thừa"
        verbose_name_plural = "kế thừa"
        constraints = [
            models.UniqueConstraint(
                fields=("predecessor", "successor", "effective_on"), name="agencies_succession_once"
            ),
            models.UniqueConstraint(
                fields=("predecessor", "effective_on"),
                condition=Q(is_main=True),
                name="agencies_succession_one_main",
            ),
            models.CheckConstraint(
                name="agencies_succession_of_two", condition=~Q(predecessor=F("successor")) | Q(kind="rename")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor} ({self.effective_on:%d/%m/%Y})"


class AgencyGroup(models.Model):
    """A group named in plans ("các sở, ban, ngành"); its members are asked on a date."""

    province = models.ForeignKey(Province, models.PROTECT, related_name="agency_groups")
    code = models.SlugField("mã", max_length=60)
    name = models.CharField("tên", max_length=200)
    note = models.TextField("ghi chú", blank=True)

    class Meta:
        verbose_name = "nhóm cơ quan"
        verbose_name_plural = "nhóm cơ quan"
        ordering = ("province", "name")
        constraints = [models.UniqueConstraint(fields=("province", "code"), name="agencies_agencygroup_code_once")]

    def __str__(self) -> str:
        return self.name

    def members_on(self, day: date) -> AgencyQuerySet:
        """Return the agencies that belong to the group, and exist, on a day."""
        return (
            Agency.objects.valid_on(day)
            .filter(valid_on(day, "group_memberships__"), group_memberships__group=self)
            .distinct()
        )


class GroupMembership(models.Model):
    """An agency's membership of a group for a time."""

    group = models.ForeignKey(AgencyGroup, models.CASCADE, related_name="memberships")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="group_memberships")
    valid_from = models.DateField("từ ngày", null=True, blank=True)
    valid_to = models.DateField("đến ngày", null=True, blank=True)

    class Meta:
        verbose_name = "thành viên nhóm"
        verbose_name_plural = "thành viên nhóm"
        constraints = [
            models.UniqueConstraint(
                fields=("group", "agency"),
                condition=Q(valid_to__isnull=True),
                name="agencies_groupmembership_one_open",
            ),
            ends_after_start("agencies_groupmembership_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.agency} ∈ {self.group}"


class Designation(models.Model):
    """A province's dated choice of the standing office and of the second reviewing body (domain rule 6)."""

    class Role(models.TextChoices):
        """What the agency is designated for."""

        STANDING_OFFICE = "standing_office", "cơ quan thường trực"
        SECOND_REVIEWER = "second_reviewer", "cơ quan thẩm định báo cáo của cơ quan thường trực"

    province = models.ForeignKey(Province, models.PROTECT, related_name="designations")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="designations")
    role = models.CharField("vai trò", max_length=20, choices=Role)
    document = models.CharField("văn bản", max_length=200)
    valid_from = models.DateField("từ ngày")
    valid_to = models.DateField("đến ngày", null=True, blank=True)

    class Meta:
        verbose_name = "phân công thẩm định"
        verbose_name_plural = "phân công thẩm định"
        constraints = [
            models.UniqueConstraint(
                fields=("province", "role"),
                condition=Q(valid_to__isnull=True),
                name="agencies_designation_one_open_per_role",
            ),
            ends_after_start("agencies_designation_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.agency}: {self.get_role_display()}"

"""Reorganisations of agencies and of provinces: proposed, read, then applied or discarded (domain rule 4)."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from agencies.models.agency import Agency
from agencies.models.province import Province
from agencies.models.user import User
from agencies.permissions import Permission


class ReorganisationQuerySet(models.QuerySet["Reorganisation"]):
    """Phrases that complete "reorganisations …"."""

    def visible_to(self, user: User) -> Self:
        """… of provinces whose directory the user keeps, whose duties they move, or whose trail they read."""
        return self.filter(
            province_id__in=user.provinces_with(Permission.DIRECTORY_MANAGE)
            | user.provinces_with(Permission.DUTY_ASSIGN)
            | user.provinces_with(Permission.TRAIL_READ)
        )

    def managed_by(self, user: User) -> Self:
        """… that the user may edit, apply and discard."""
        return self.filter(province_id__in=user.provinces_with(Permission.DIRECTORY_MANAGE))


class Reorganisation(models.Model):
    """One decision about agencies: who ends, who follows, from which day. Nothing changes until it is applied.

    ``origin`` names the entry of a file it was proposed from (the same entry is not proposed twice).
    """

    class Kind(models.TextChoices):
        """What the decision does."""

        MERGE = "merge", "hợp nhất"
        ABSORB = "absorb", "sáp nhập"
        SPLIT = "split", "chia tách"
        RENAME = "rename", "đổi tên"
        TRANSFER = "transfer", "chuyển chức năng, nhiệm vụ"
        DISSOLVE = "dissolve", "kết thúc hoạt động"

    class State(models.TextChoices):
        """Where it stands."""

        PROPOSED = "proposed", "đề xuất, chưa áp dụng"
        APPLIED = "applied", "đã áp dụng"
        DISCARDED = "discarded", "đã bỏ"

    province = models.ForeignKey(Province, models.PROTECT, related_name="reorganisations")
    kind = models.CharField("loại", max_length=10, choices=Kind)
    title = models.CharField("nội dung", max_length=300)
    decision_number = models.CharField("số quyết định", max_length=100, blank=True)
    decided_on = models.DateField("ngày quyết định", null=True, blank=True)
    effective_on = models.DateField("hiệu lực từ")
    source = models.TextField("nguồn", blank=True)
    note = models.TextField("ghi chú", blank=True)
    origin = models.SlugField(max_length=80, blank=True)
    state = models.CharField("trạng thái", max_length=10, choices=State, default=State.PROPOSED)
    revision = models.PositiveIntegerField(default=1)
    proposed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    proposed_at = models.DateTimeField()
    applied_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    applied_at = models.DateTimeField(null=True, blank=True)
    discarded_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    discarded_at = models.DateTimeField(null=True, blank=True)
    discard_reason = models.TextField("lý do bỏ", blank=True)

    objects = ReorganisationQuerySet.as_manager()

    class Meta:
        verbose_name = "sắp xếp tổ chức"
        verbose_name_plural = "sắp xếp tổ chức"
        ordering = ("province", "-effective_on", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("province", "origin"), condition=~Q(origin=""), name="agencies_reorganisation_origin_once"
            ),
            models.CheckConstraint(
                name="agencies_reorganisation_applied_has_decision",
                condition=~Q(state="applied")
                | (
                    ~Q(decision_number="")
                    & Q(decided_on__isnull=False, applied_by__isnull=False, applied_at__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="agencies_reorganisation_discarded_has_reason",
                condition=~Q(state="discarded")
                | (~Q(discard_reason="") & Q(discarded_by__isnull=False, discarded_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Predecessor(models.Model):
    """An agency that a reorganisation is about; whether it ends follows from the successors."""

    reorganisation = models.ForeignKey(Reorganisation, models.CASCADE, related_name="predecessors")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    order = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "cơ quan được sắp xếp"
        verbose_name_plural = "cơ quan được sắp xếp"
        ordering = ("reorganisation", "order")
        constraints = [
            models.UniqueConstraint(fields=("reorganisation", "agency"), name="agencies_predecessor_once"),
        ]

    def __str__(self) -> str:
        return str(self.agency)


class Heir(models.Model):
    """An agency that follows: an existing one, or one described here and entered when the decision is applied.

    ``is_main``: figures of the predecessors are counted under it when statistics are read "by present agency".
    ``functions`` says what it takes over where it does not follow as a whole.
    """

    reorganisation = models.ForeignKey(Reorganisation, models.CASCADE, related_name="heirs")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="+")
    code = models.CharField("mã", max_length=30, blank=True)
    name = models.CharField("tên", max_length=200, blank=True)
    short_name = models.CharField("tên ngắn", max_length=100, blank=True)
    kind = models.CharField("loại", max_length=20, choices=Agency.Kind, blank=True)
    symbol = models.CharField("ký hiệu văn bản", max_length=30, blank=True)
    is_main = models.BooleanField("cơ quan kế thừa chính", default=False)
    functions = models.CharField("chức năng tiếp nhận", max_length=300, blank=True)
    order = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "cơ quan kế thừa"
        verbose_name_plural = "cơ quan kế thừa"
        ordering = ("reorganisation", "order")
        constraints = [
            models.CheckConstraint(
                name="agencies_heir_named", condition=Q(agency__isnull=False) | (~Q(name="") & ~Q(code=""))
            ),
            models.UniqueConstraint(
                fields=("reorganisation",), condition=Q(is_main=True), name="agencies_heir_one_main"
            ),
            models.UniqueConstraint(
                fields=("reorganisation", "agency"),
                condition=Q(agency__isnull=False),
                name="agencies_heir_agency_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.agency)


class ProvinceSuccessionQuerySet(models.QuerySet["ProvinceSuccession"]):
    """Phrases that complete "successions of provinces …"."""

    def visible_to(self, user: User) -> Self:
        """… that concern a province where the user works."""
        mine = user.province_ids()
        return self.filter(Q(predecessor_id__in=mine) | Q(successor_id__in=mine))


class ProvinceSuccession(models.Model):
    """A province that became (part of) another. Rows are written once; provinces are joined by row, never by code."""

    predecessor = models.ForeignKey(Province, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Province, models.PROTECT, related_name="origins")
    effective_on = models.DateField("hiệu lực từ")
    decision_number = models.CharField("văn bản", max_length=100)
    decided_on = models.DateField("ngày ban hành")
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects = ProvinceSuccessionQuerySet.as_manager()

    class Meta:
        verbose_name = "kế thừa của tỉnh"
        verbose_name_plural = "kế thừa của tỉnh"
        ordering = ("successor", "predecessor")
        constraints = [
            # A province ends once: it has one successor.
            models.UniqueConstraint(fields=("predecessor",), name="agencies_provincesuccession_once"),
            models.CheckConstraint(name="agencies_provincesuccession_of_two", condition=~Q(predecessor=F("successor"))),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor} ({self.effective_on:%d/%m/%Y})"

"""Which agencies let no report leave without their head, and whom a head lets approve instead (story 9)."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from agencies import calendar
from agencies.models.agency import Agency, ends_after_start, valid_on
from agencies.models.province import Province
from agencies.models.user import User
from agencies.permissions import Permission


class ApprovalQuerySet(models.QuerySet["ApprovalRule"]):
    """Phrases that complete "rules …"."""

    def visible_to(self, user: User) -> Self:
        """… of the provinces where the user works."""
        return self.filter(province_id__in=user.province_ids())


class ApprovalRule(models.Model):
    """While it is in force, the agency's reports leave only when its head, or a delegate, has approved them."""

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="approval_rules")
    document = models.CharField("văn bản", max_length=200)
    valid_from = models.DateField("từ ngày")
    valid_to = models.DateField("đến hết ngày", null=True, blank=True)
    set_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField("ghi lúc")

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        verbose_name = "quy định thủ trưởng duyệt"
        verbose_name_plural = "quy định thủ trưởng duyệt"
        ordering = ("agency", "-valid_from", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=("agency",), condition=Q(valid_to__isnull=True), name="agencies_approvalrule_one_open"
            ),
            models.CheckConstraint(name="agencies_approvalrule_has_document", condition=~Q(document="")),
            ends_after_start("agencies_approvalrule_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.agency}: thủ trưởng duyệt từ {self.valid_from:%d/%m/%Y}"


class DelegationQuerySet(models.QuerySet["Delegation"]):
    """Phrases that complete "delegations …"."""

    def visible_to(self, user: User) -> Self:
        """… of the agencies for which the user approves or which the user keeps."""
        return self.filter(
            Q(agency_id__in=user.agencies_with(Permission.PROGRESS_APPROVE))
            | Q(province_id__in=user.provinces_with(Permission.DIRECTORY_MANAGE))
        )

    def in_force(self, day: date) -> Self:
        """… that hold on a day; one that was revoked held until the day before."""
        return self.filter(valid_on(day), Q(revoked_at__isnull=True) | Q(revoked_at__gte=calendar.end_of(day)))


class Delegation(models.Model):
    """A head lets a person of the agency approve from a day to a day (both inclusive), or until it is revoked."""

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="delegations")
    person = models.ForeignKey(User, models.PROTECT, related_name="delegations")
    document = models.CharField("văn bản", max_length=200)
    valid_from = models.DateField("từ ngày")
    valid_to = models.DateField("đến hết ngày")
    given_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    given_at = models.DateTimeField("ghi lúc")
    revoked_at = models.DateTimeField("chấm dứt lúc", null=True, blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = "ủy quyền duyệt báo cáo"
        verbose_name_plural = "ủy quyền duyệt báo cáo"
        ordering = ("agency", "-valid_from", "-id")
        constraints = [
            models.CheckConstraint(name="agencies_delegation_has_document", condition=~Q(document="")),
            ends_after_start("agencies_delegation_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.person} duyệt thay ở {self.agency} ({self.valid_from:%d/%m/%Y}-{self.valid_to:%d/%m/%Y})"

"""Closing a period: a sealed snapshot of its figures, chained to the one before; and reopening it for a time."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import Exists, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Greatest

from agencies.models import Designation, Province, User, valid_on
from agencies.models.event import GENESIS
from agencies.permissions import Permission
from plans.models.plan import Plan
from plans.models.progress import ReportingPeriod
from plans.models.window import WindowException


def may_close(user: User, province_id: int, on: date) -> bool:
    """Tell whether a person closes and reopens periods: a reviewer in the province's standing office that day."""
    return (
        province_id in user.provinces_with(Permission.PERIOD_CLOSE)
        and Designation.objects.filter(
            valid_on(on),
            province_id=province_id,
            role=Designation.Role.STANDING_OFFICE,
            agency_id__in=user.agencies_granting(Permission.PERIOD_CLOSE),
        ).exists()
    )


class PeriodCloseQuerySet(models.QuerySet["PeriodClose"]):
    """Phrases that complete "closes …"."""

    def visible_to(self, user: User) -> Self:
        """… whose figures of every agency the user may see."""
        return self.filter(plan__in=Plan.objects.watched_by(user))

    def latest_of(self, period: ReportingPeriod) -> "PeriodClose | None":
        """… the latest one of a period (without its content), if it was ever closed."""
        return self.filter(period=period).defer("content").order_by("-number").first()

    def in_force(self, on: date) -> Self:
        """… that end the window of their period on a day: the latest made by then, not reopened for that day."""
        later = PeriodClose.objects.filter(period=OuterRef("period"), number__gt=OuterRef("number"), as_of__lte=on)
        reopened = (
            PeriodReopening.objects.filter(close=OuterRef("pk")).until(on).filter(opens_on__lte=on, last_day__gte=on)
        )
        return self.filter(~Exists(later), ~Exists(reopened), as_of__lte=on)


class PeriodClose(models.Model):
    """A closed period, as it was. ``content`` is canonical JSON text and ``sha256`` its digest.

    ``number`` is 1 for the first close of a period, 2 and more after a reopening. ``as_of`` is the day whose
    standing the figures show. ``previous_sha256`` chains the closes of a province; ``trail_sequence`` and
    ``trail_digest`` are the head of the trail on which the close was made.
    """

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="closes")
    period = models.ForeignKey(ReportingPeriod, models.PROTECT, related_name="closes", verbose_name="kỳ báo cáo")
    number = models.PositiveIntegerField("lần chốt")
    as_of = models.DateField("số liệu đến hết ngày")
    closed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="người chốt")
    closed_at = models.DateTimeField("thời điểm chốt")
    content = models.TextField("nội dung niêm phong")
    sha256 = models.CharField("SHA-256", max_length=64)
    previous_sha256 = models.CharField("SHA-256 của lần chốt trước", max_length=64, default=GENESIS)
    trail_sequence = models.PositiveBigIntegerField("số sự kiện đầu chuỗi")
    trail_digest = models.CharField("mã băm đầu chuỗi", max_length=64)

    objects = PeriodCloseQuerySet.as_manager()

    class Meta:
        verbose_name = "lần chốt kỳ"
        verbose_name_plural = "lần chốt kỳ"
        ordering = ("period", "number")
        constraints = [
            models.UniqueConstraint(fields=("period", "number"), name="plans_periodclose_number_once"),
            models.UniqueConstraint(fields=("province", "previous_sha256"), name="plans_periodclose_one_chain"),
            models.CheckConstraint(name="plans_periodclose_number_from_one", condition=Q(number__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.period} (lần chốt {self.number})"


class PeriodReopeningQuerySet(models.QuerySet["PeriodReopening"]):
    """Phrases that complete "reopenings …"."""

    def in_force(self, on: date) -> Self:
        """… that let reports in on a day: begun, not expired, and not ended by a later close."""
        later = PeriodClose.objects.filter(
            period=OuterRef("period"), number__gt=OuterRef("close__number"), as_of__lte=on
        )
        found: Self = self.until(on).filter(~Exists(later), opens_on__lte=on, last_day__gte=on)
        return found

    def until(self, on: date) -> Any:
        """… with their ``last_day`` as known on a day: an outage granted since the reopening moves it."""
        moved = (
            WindowException.objects.recorded_by(on)
            .filter(
                period=OuterRef("period"), kind=WindowException.Kind.OUTAGE, granted_at__gte=OuterRef("reopened_at")
            )
            .order_by()
            .values("period")
            .annotate(last=Max("expires_on"))
            .values("last")
        )
        return self.annotate(last_day=Greatest("expires_on", Coalesce(Subquery(moved), "expires_on")))


class PeriodReopening(models.Model):
    """A closed period opened again until a day, by decision of somebody above; never changed."""

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    period = models.ForeignKey(ReportingPeriod, models.PROTECT, related_name="reopenings")
    close = models.ForeignKey(PeriodClose, models.PROTECT, related_name="reopenings", verbose_name="lần chốt")
    reason = models.TextField("lý do")
    approver = models.CharField("người phê duyệt (họ tên, chức vụ)", max_length=200)
    document = models.CharField("văn bản phê duyệt", max_length=200)
    opens_on = models.DateField("mở lại từ ngày")
    expires_on = models.DateField("mở lại đến hết ngày")
    reopened_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="người mở lại")
    reopened_at = models.DateTimeField("thời điểm mở lại")

    objects = PeriodReopeningQuerySet.as_manager()

    class Meta:
        verbose_name = "lần mở lại kỳ"
        verbose_name_plural = "lần mở lại kỳ"
        ordering = ("period", "reopened_at")
        constraints = [
            models.CheckConstraint(
                name="plans_periodreopening_says_why", condition=~Q(reason="") & ~Q(approver="") & ~Q(document="")
            ),
            models.CheckConstraint(
                name="plans_periodreopening_ends_after_start", condition=Q(expires_on__gte=F("opens_on"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period}: mở lại đến {self.expires_on:%d/%m/%Y}"

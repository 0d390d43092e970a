"""What was published: figures, ranks and groups with their sources."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q

from agencies.models import Province, User
from agencies.permissions import Permission
from indicators.models.framework import Component
from indicators.models.index import Index

# A result whose publication date no source gives is known from this day of the next year (decision 4).
SEASON_OVER = (7, 1)


class ResultQuerySet(models.QuerySet["Result"]):
    """Phrases that complete "results …"."""

    def visible_to(self, user: User) -> Self:
        """… of the provinces where the user works."""
        return self.filter(province_id__in=user.provinces_with(Permission.RESULT_READ))

    def totals(self) -> Self:
        """… of whole indices."""
        return self.filter(component__isnull=True)

    def known_on(self, day: date) -> Self:
        """… that were known on a day (decision 4): published by then, or else after the publication season."""
        last = day.year - 1 if (day.month, day.day) >= SEASON_OVER else day.year - 2
        return self.filter(Q(published_on__lte=day) | Q(published_on__isnull=True, year__lte=last))


class Result(models.Model):
    """A published figure with its source. Two sources that differ are two rows; none overwrites the other.

    ``value`` is in the index's unit; ``rank`` goes with ``field_size`` (63, 61, 34 …, domain rule 8);
    changes are against the year before, as published. A figure that the source does not print is empty.
    """

    class SourceKind(models.TextChoices):
        """Where the figure comes from."""

        PUBLISHED = "published", "công bố"
        DERIVED = "derived", "suy ra từ văn bản"
        DATASET = "dataset", "bộ dữ liệu"

    province = models.ForeignKey(Province, models.PROTECT, related_name="results", verbose_name="tỉnh")
    index = models.ForeignKey(Index, models.PROTECT, related_name="results", verbose_name="chỉ số")
    component = models.ForeignKey(Component, models.PROTECT, null=True, blank=True, related_name="results")
    year = models.PositiveIntegerField("năm")
    value = models.DecimalField("giá trị", max_digits=9, decimal_places=4, null=True, blank=True)
    rank = models.PositiveIntegerField("thứ hạng", null=True, blank=True)
    field_size = models.PositiveIntegerField("số đơn vị xếp hạng", null=True, blank=True)
    region = models.CharField("vùng", max_length=100, blank=True)
    region_rank = models.PositiveIntegerField("thứ hạng trong vùng", null=True, blank=True)
    group = models.CharField("nhóm", max_length=50, blank=True)
    value_change = models.DecimalField("tăng giảm điểm", max_digits=9, decimal_places=4, null=True, blank=True)
    rank_change = models.IntegerField("tăng giảm bậc (dương là lên hạng)", null=True, blank=True)
    published_on = models.DateField("ngày công bố", null=True, blank=True)
    source = models.CharField("nguồn", max_length=400)
    source_kind = models.CharField("loại nguồn", max_length=10, choices=SourceKind)
    note = models.TextField("ghi chú", blank=True)

    objects = ResultQuerySet.as_manager()

    class Meta:
        verbose_name = "kết quả công bố"
        verbose_name_plural = "kết quả công bố"
        ordering = ("province", "index", "-year", "component__order")
        constraints = [
            models.UniqueConstraint(
                fields=("province", "index", "component", "year", "source"),
                name="indicators_result_one_per_source",
            ),
            models.UniqueConstraint(
                fields=("province", "index", "year", "source"),
                condition=Q(component__isnull=True),
                name="indicators_result_one_total_per_source",
            ),
            models.CheckConstraint(
                name="indicators_result_rank_has_field",
                condition=Q(rank__isnull=True) | (Q(field_size__gte=F("rank")) & Q(rank__gte=1)),
            ),
            models.CheckConstraint(
                name="indicators_result_says_something",
                condition=Q(value__isnull=False)
                | Q(rank__isnull=False)
                | Q(value_change__isnull=False)
                | Q(rank_change__isnull=False)
                | ~Q(group=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.index} {self.year} {self.province}"

    def is_known(self, on: date) -> bool:
        """Tell whether it was known on a day, as ``known_on`` does for many."""
        return self.published_on <= on if self.published_on else on >= date(self.year + 1, *SEASON_OVER)

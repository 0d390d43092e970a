"""Provinces, each with its life span: mergers end a province, its history stays."""

from datetime import date
from typing import Self

from django.db import models

from agencies.text import fold


class ProvinceQuerySet(models.QuerySet["Province"]):
    """Phrases that complete "provinces …"."""

    def tenants(self) -> Self:
        """… that work with this installation; the others are here because results are published of them."""
        return self.filter(is_tenant=True)

    def living(self, on: date) -> Self:
        """… that existed on a day."""
        return self.filter(
            models.Q(valid_from__isnull=True) | models.Q(valid_from__lte=on),
            models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=on),
        )


class Province(models.Model):
    """A province or centrally run city (``valid_from`` … ``valid_to`` inclusive).

    Every province of the country may have a row, since indices rank them all; only tenants work with this portal.
    """

    class Kind(models.TextChoices):
        """What the province is."""

        PROVINCE = "tinh", "tỉnh"
        CITY = "thanh_pho", "thành phố"

    code = models.SlugField("mã", unique=True)
    name = models.CharField("tên", max_length=100)
    kind = models.CharField("loại", max_length=20, choices=Kind, default=Kind.PROVINCE)
    region = models.CharField("vùng", max_length=100, blank=True)
    note = models.TextField("ghi chú", blank=True)
    valid_from = models.DateField("có hiệu lực từ", null=True, blank=True)
    valid_to = models.DateField("đến hết ngày", null=True, blank=True)
    is_tenant = models.BooleanField("dùng hệ thống này", default=True)

    objects = ProvinceQuerySet.as_manager()

    class Meta:
        verbose_name = "tỉnh, thành phố"
        verbose_name_plural = "tỉnh, thành phố"
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                name="agencies_province_ends_after_start",
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_from__isnull=True)
                | models.Q(valid_to__gte=models.F("valid_from")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"

    def answers_to(self, name: str) -> bool:
        """Tell whether a typed name or code means this province."""
        return fold(name) in {fold(self.name), self.code, fold(str(self))}

"""Provinces, each with its life span: mergers end a province, its history stays."""

from django.db import models

from agencies.text import fold


class Province(models.Model):
    """A province or centrally run city (``valid_from`` … ``valid_to`` inclusive)."""

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

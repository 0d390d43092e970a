"""Governance indices. An index is data, not code."""

from django.db import models
from django.db.models import F, Q

from indicators import terms


class Index(models.Model):
    """A governance index: PAR Index, SIPAS, PAPI, PCI, or a province's own."""

    Publishes = terms.Publishes

    code = models.CharField("mã", max_length=20, unique=True)
    name = models.CharField("tên", max_length=200)
    short_name = models.CharField("tên ngắn", max_length=50)
    unit = models.CharField("đơn vị", max_length=20)
    scale_min = models.DecimalField("điểm thấp nhất", max_digits=8, decimal_places=2)
    scale_max = models.DecimalField("điểm cao nhất", max_digits=8, decimal_places=2)
    publishes = models.CharField("công bố theo", max_length=10, choices=Publishes)
    order = models.PositiveIntegerField("thứ tự", default=0)

    class Meta:
        verbose_name = "chỉ số"
        verbose_name_plural = "chỉ số"
        ordering = ("order", "code")
        constraints = [models.CheckConstraint(name="indicators_index_scale", condition=Q(scale_max__gt=F("scale_min")))]

    def __str__(self) -> str:
        return self.short_name

"""Scenarios: what a score sheet would come to if some components reached other scores. They touch no score."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from agencies.models import Province, User
from agencies.permissions import Permission
from indicators.models import Component, ScoreSheet
from plans.models import Task


class ScenarioQuerySet(models.QuerySet["Scenario"]):
    """Phrases that complete "scenarios …"."""

    def visible_to(self, user: User) -> Self:
        """… of the provinces all of whose scores the user reads, that nobody has dropped."""
        return self.filter(province_id__in=user.provinces_with(Permission.SCORE_READ), dropped_at__isnull=True)

    def writable_by(self, user: User) -> Self:
        """… that the user may change."""
        return self.visible_to(user).filter(province_id__in=user.provinces_with(Permission.SCENARIO_WRITE))


class Scenario(models.Model):
    """Assumptions about one sheet. ``field_year``: the year whose field of units the rank is looked up in."""

    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    sheet = models.ForeignKey(ScoreSheet, models.PROTECT, related_name="+")
    name = models.CharField("tên kịch bản", max_length=200)
    field_year = models.PositiveIntegerField("so với bảng xếp hạng năm", null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    dropped_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    dropped_at = models.DateTimeField("bỏ lúc", null=True, blank=True)

    objects = ScenarioQuerySet.as_manager()

    class Meta:
        verbose_name = "kịch bản"
        verbose_name_plural = "kịch bản"
        ordering = ("-created_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=("sheet", "name"), condition=Q(dropped_at__isnull=True), name="reports_scenario_name_once"
            ),
            models.CheckConstraint(
                name="reports_scenario_dropped_by_somebody",
                condition=Q(dropped_at__isnull=True, dropped_by__isnull=True)
                | Q(dropped_at__isnull=False, dropped_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ScenarioLine(models.Model):
    """One assumption: a component reaches from ``low`` to ``high`` points.

    ``task``, ``closes_on``: it does so because a task is finished by a day.
    """

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="lines")
    component = models.ForeignKey(Component, models.PROTECT, related_name="+")
    low = models.DecimalField("thấp nhất", max_digits=8, decimal_places=4)
    high = models.DecimalField("cao nhất", max_digits=8, decimal_places=4)
    task = models.ForeignKey(Task, models.PROTECT, null=True, blank=True, related_name="+")
    closes_on = models.DateField("xong trước ngày", null=True, blank=True)

    class Meta:
        verbose_name = "giả định"
        verbose_name_plural = "giả định"
        ordering = ("scenario", "component__order")
        constraints = [
            models.UniqueConstraint(fields=("scenario", "component"), name="reports_scenarioline_component_once"),
            models.CheckConstraint(name="reports_scenarioline_interval", condition=Q(low__gte=0, high__gte=F("low"))),
            models.CheckConstraint(
                name="reports_scenarioline_day_of_a_task", condition=Q(closes_on__isnull=True) | Q(task__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.component.code}: {self.low}–{self.high}"

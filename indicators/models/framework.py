"""Framework versions: the tree of components with maxima and scoring rules (domain rule 10).

A framework is data. Once a year uses it (a score sheet, or a published figure of one of its components) the database
keeps it as it is (``indicators.constraints``); what changes is a copy, linked component by component.
"""

from typing import Self

from django.db import models
from django.db.models import F, Q

from agencies.models import Province, User
from agencies.permissions import Permission
from indicators import terms
from indicators.models.index import Index


class FrameworkQuerySet(models.QuerySet["Framework"]):
    """Phrases that complete "frameworks …"."""

    def visible_to(self, user: User) -> Self:
        """… that serve the whole country, or a province where the user works."""
        return self.filter(Q(province__isnull=True) | Q(province_id__in=user.province_ids()))

    def manageable_by(self, user: User) -> Self:
        """… that the user may change: of a province whose indices the user keeps, never the whole country's."""
        return self.filter(province_id__in=user.provinces_with(Permission.INDEX_MANAGE))

    def serving(self, year: int) -> Self:
        """… whose years include one."""
        return self.filter(Q(year_from__lte=year), Q(year_to__isnull=True) | Q(year_to__gte=year))

    def used(self) -> Self:
        """… that a year uses: a score sheet, or a published figure of a component (``indicators.constraints``)."""
        return self.filter(Q(sheets__isnull=False) | Q(components__results__isnull=False)).distinct()


class Framework(models.Model):
    """A version of an index's structure, by the legal document and years it served.

    ``policy`` is the canonical form of ``indicators.scoring.Policy``: total, caps, rounding, ties, groups, grades.
    Without a province it serves the whole country.
    """

    Level = terms.Level

    province = models.ForeignKey(Province, models.PROTECT, null=True, blank=True, related_name="+")
    index = models.ForeignKey(Index, models.PROTECT, related_name="frameworks")
    code = models.CharField("mã", max_length=60, unique=True)
    version = models.CharField("phiên bản", max_length=100)
    level = models.CharField("đối tượng chấm", max_length=10, choices=Level, default=Level.PROVINCE)
    legal_document = models.CharField("căn cứ", max_length=300, blank=True)
    year_from = models.PositiveIntegerField("từ năm")
    year_to = models.PositiveIntegerField("đến năm", null=True, blank=True)
    source = models.CharField("nguồn", max_length=500, blank=True)
    is_sample = models.BooleanField("mẫu, không phải bộ tiêu chí chính thức", default=False)
    policy = models.JSONField("quy định chung", default=dict, blank=True)
    copied_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="copies")
    note = models.TextField("ghi chú", blank=True)

    objects = FrameworkQuerySet.as_manager()

    class Meta:
        verbose_name = "bộ tiêu chí"
        verbose_name_plural = "bộ tiêu chí"
        ordering = ("index", "year_from")
        constraints = [
            models.UniqueConstraint(
                fields=("index", "version"),
                condition=Q(province__isnull=True),
                name="indicators_framework_version_once",
            ),
            models.UniqueConstraint(
                fields=("province", "index", "version"), name="indicators_framework_version_once_in_province"
            ),
            models.CheckConstraint(
                name="indicators_framework_years",
                condition=Q(year_to__isnull=True) | Q(year_to__gte=F("year_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.index} {self.version}"

    @property
    def years(self) -> str:
        """The years it serves, as people write them."""
        if self.year_to is None:
            return f"từ {self.year_from}"
        return str(self.year_from) if self.year_to == self.year_from else f"{self.year_from}–{self.year_to}"

    @property
    def is_used(self) -> bool:
        """Whether a year uses it, so that the database keeps it as it is."""
        return Framework.objects.used().filter(pk=self.pk).exists()


class ComponentQuerySet(models.QuerySet["Component"]):
    """Phrases that complete "components …"."""

    def visible_to(self, user: User) -> Self:
        """… of frameworks that the user may read."""
        return self.filter(framework__in=Framework.objects.visible_to(user))

    def serving(self, province_id: int) -> Self:
        """… of frameworks that serve the whole country, or a province."""
        return self.filter(Q(framework__province__isnull=True) | Q(framework__province_id=province_id))


class Component(models.Model):
    """A domain, criterion or sub-criterion. A score that no source gives stays empty.

    ``max_score`` of a penalty is the most it takes away. ``rule`` is the canonical form of a rule of
    ``indicators.scoring``; without one a person gives the score.
    """

    Kind = terms.Kind
    Method = terms.Method
    NotApplicable = terms.NotApplicable
    Standing = terms.Standing

    framework = models.ForeignKey(Framework, models.PROTECT, related_name="components")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    code = models.CharField("mã", max_length=20)
    name = models.CharField("tên", max_length=300)
    kind = models.CharField("loại điểm", max_length=10, choices=Kind, default=Kind.BASE)
    max_score = models.DecimalField("điểm tối đa", max_digits=8, decimal_places=4, null=True, blank=True)
    method = models.CharField("cách đo", max_length=10, choices=Method)
    rule = models.JSONField("cách tính điểm", null=True, blank=True)
    is_gate = models.BooleanField("không đạt thì cả tiêu chí 0 điểm", default=False)
    not_applicable = models.CharField(
        "khi không phát sinh", max_length=12, choices=NotApplicable, default=NotApplicable.NEVER, blank=True
    )
    evidence = models.CharField("tài liệu kiểm chứng cần có", max_length=1000, blank=True)
    standing = models.CharField("độ tin cậy", max_length=20, choices=Standing)
    source = models.CharField("nguồn", max_length=300, blank=True)
    note = models.CharField("ghi chú", max_length=1000, blank=True)
    order = models.PositiveIntegerField("thứ tự", default=0)

    objects = ComponentQuerySet.as_manager()

    class Meta:
        verbose_name = "thành phần chỉ số"
        verbose_name_plural = "thành phần chỉ số"
        ordering = ("framework", "order")
        constraints = [
            models.UniqueConstraint(fields=("framework", "code"), name="indicators_component_code_once"),
            models.CheckConstraint(
                name="indicators_component_score_positive",
                condition=Q(max_score__isnull=True) | Q(max_score__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ComponentLink(models.Model):
    """One line of the crosswalk between a framework and the version after it (domain rule 10).

    A split is several lines with the same ``old``, a merger several with the same ``new``; a new component has no
    ``old``, a dropped one no ``new``.
    """

    Relation = terms.Relation

    framework = models.ForeignKey(Framework, models.PROTECT, related_name="crosswalk", help_text="the later version")
    old = models.ForeignKey(Component, models.PROTECT, null=True, blank=True, related_name="continued_by")
    new = models.ForeignKey(Component, models.PROTECT, null=True, blank=True, related_name="continues")
    relation = models.CharField("quan hệ", max_length=12, choices=Relation)
    note = models.CharField("ghi chú", max_length=300, blank=True)

    class Meta:
        verbose_name = "đối chiếu thành phần"
        verbose_name_plural = "đối chiếu thành phần"
        ordering = ("framework", "new__order", "old__order")
        constraints = [
            models.UniqueConstraint(fields=("framework", "old", "new"), name="indicators_componentlink_once"),
            models.CheckConstraint(
                name="indicators_componentlink_ends",
                condition=Q(relation="new", old__isnull=True, new__isnull=False)
                | Q(relation="dropped", old__isnull=False, new__isnull=True)
                | (~Q(relation__in=["new", "dropped"]) & Q(old__isnull=False, new__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.old or '–'} → {self.new or '–'}"

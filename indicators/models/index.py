"""Indices, their framework versions, components, and what was published. An index is data, not code."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from agencies.models import Province, User
from agencies.permissions import Permission


class Index(models.Model):
    """A governance index: PAR Index, SIPAS, PAPI, PCI, or a province's own."""

    class Publishes(models.TextChoices):
        """How its standing is published."""

        RANK = "rank", "thứ hạng"
        GROUP = "group", "nhóm"

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


class Framework(models.Model):
    """A version of an index's structure, by the legal document and years it served."""

    index = models.ForeignKey(Index, models.PROTECT, related_name="frameworks")
    version = models.CharField("phiên bản", max_length=100)
    legal_document = models.CharField("căn cứ", max_length=300, blank=True)
    year_from = models.PositiveIntegerField("từ năm")
    year_to = models.PositiveIntegerField("đến năm", null=True, blank=True)
    note = models.TextField("ghi chú", blank=True)

    class Meta:
        verbose_name = "bộ tiêu chí"
        verbose_name_plural = "bộ tiêu chí"
        ordering = ("index", "year_from")
        constraints = [
            models.UniqueConstraint(fields=("index", "version"), name="indicators_framework_version_once"),
            models.CheckConstraint(
                name="indicators_framework_years",
                condition=Q(year_to__isnull=True) | Q(year_to__gte=F("year_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.index} {self.version}"


class Component(models.Model):
    """A domain, criterion or sub-criterion. A score that no source gives stays empty."""

    class Method(models.TextChoices):
        """How it is measured."""

        SELF = "self", "tự đánh giá"
        SURVEY = "survey", "điều tra xã hội học"
        OUTCOME = "outcome", "kết quả tác động"
        MIXED = "mixed", "kết hợp"

    class Standing(models.TextChoices):
        """How sure its name and place are."""

        VERIFIED = "verified", "đã đối chiếu nguồn"
        NAMED_IN_PLAN = "named_in_plan", "nêu tên trong kế hoạch"
        UNCONFIRMED = "unconfirmed", "chưa xác nhận"

    framework = models.ForeignKey(Framework, models.PROTECT, related_name="components")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    code = models.CharField("mã", max_length=20)
    name = models.CharField("tên", max_length=300)
    max_score = models.DecimalField("điểm tối đa", max_digits=8, decimal_places=4, null=True, blank=True)
    method = models.CharField("cách đo", max_length=10, choices=Method)
    standing = models.CharField("độ tin cậy", max_length=20, choices=Standing)
    source = models.CharField("nguồn", max_length=300, blank=True)
    order = models.PositiveIntegerField("thứ tự", default=0)

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


class ResultQuerySet(models.QuerySet["Result"]):
    """Phrases that complete "results …"."""

    def visible_to(self, user: User) -> Self:
        """… of the provinces where the user works."""
        return self.filter(province_id__in=user.provinces_with(Permission.RESULT_READ))

    def totals(self) -> Self:
        """… of whole indices."""
        return self.filter(component__isnull=True)


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

"""Survey sheets: per question the counts of answers, never a percent that somebody typed (domain § 5)."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from agencies.models import Agency, Document, Province, User
from agencies.permissions import Permission
from indicators.models.framework import Component
from indicators.models.index import Index


class SurveyQuerySet(models.QuerySet["Survey"]):
    """Phrases that complete "surveys …"."""

    def visible_to(self, user: User) -> Self:
        """… of the provinces where the user reads results."""
        return self.filter(province_id__in=user.provinces_with(Permission.RESULT_READ))

    def in_force(self) -> Self:
        """… that no corrected import has replaced."""
        return self.filter(replaced_by__isnull=True)


class Survey(models.Model):
    """One survey of a province, or of one agency, in a year: how many sheets were asked for and came back.

    ``smallest_sample`` is the number of valid sheets below which its shares are not to be used. A row is written once:
    a corrected import is the next ``number`` and says which row it replaces and why. ``digest`` is taken over what was
    counted, so that the same sheet once more is known as the same, whatever file it comes in.
    """

    province = models.ForeignKey(Province, models.PROTECT, related_name="surveys")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="surveys")
    index = models.ForeignKey(Index, models.PROTECT, related_name="surveys")
    year = models.PositiveIntegerField("năm")
    code = models.CharField("mã", max_length=40)
    title = models.CharField("tên cuộc khảo sát", max_length=300)
    source = models.CharField("nguồn", max_length=400)
    collected_from = models.DateField("thu phiếu từ", null=True, blank=True)
    collected_to = models.DateField("thu phiếu đến", null=True, blank=True)
    sent_sheets = models.PositiveIntegerField("số phiếu phát ra", null=True, blank=True)
    valid_sheets = models.PositiveIntegerField("số phiếu hợp lệ")
    smallest_sample = models.PositiveIntegerField("số phiếu hợp lệ tối thiểu", null=True, blank=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    number = models.PositiveIntegerField("lần nhập", default=1)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    replace_reason = models.CharField("lý do nhập lại", max_length=500, blank=True)
    file_name = models.CharField("tệp", max_length=255, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    imported_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    imported_at = models.DateTimeField()

    objects = SurveyQuerySet.as_manager()

    class Meta:
        verbose_name = "cuộc khảo sát"
        verbose_name_plural = "cuộc khảo sát"
        ordering = ("province", "-year", "code", "-number")
        constraints = [
            models.UniqueConstraint(
                fields=("province", "year", "code", "number"), name="indicators_survey_number_once"
            ),
            models.CheckConstraint(
                name="indicators_survey_replaces_with_reason",
                condition=Q(number=1, replaces__isnull=True, replace_reason="")
                | (Q(number__gt=1, replaces__isnull=False) & ~Q(replace_reason="")),
            ),
            models.CheckConstraint(
                name="indicators_survey_sheets",
                condition=Q(sent_sheets__isnull=True) | Q(sent_sheets__gte=F("valid_sheets")),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class SurveyQuestion(models.Model):
    """One question, by the factor it measures; ``component`` is where its share is scored."""

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="questions")
    code = models.CharField("mã câu", max_length=20)
    factor = models.CharField("yếu tố", max_length=100, blank=True)
    text = models.CharField("câu hỏi", max_length=500)
    component = models.ForeignKey(Component, models.PROTECT, null=True, blank=True, related_name="questions")
    order = models.PositiveIntegerField("thứ tự", default=0)

    class Meta:
        verbose_name = "câu hỏi khảo sát"
        verbose_name_plural = "câu hỏi khảo sát"
        ordering = ("survey", "order")
        constraints = [
            models.UniqueConstraint(fields=("survey", "code"), name="indicators_surveyquestion_code_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


class SurveyCount(models.Model):
    """How many gave one answer. ``weight`` (0–100) is what the answer is worth where the rule weighs options."""

    question = models.ForeignKey(SurveyQuestion, models.PROTECT, related_name="counts")
    option = models.CharField("phương án", max_length=100)
    is_satisfied = models.BooleanField("tính là hài lòng", default=False)
    weight = models.DecimalField("trọng số (%)", max_digits=5, decimal_places=2, null=True, blank=True)
    count = models.PositiveIntegerField("số phiếu")
    order = models.PositiveIntegerField("thứ tự", default=0)

    class Meta:
        verbose_name = "số phiếu theo phương án"
        verbose_name_plural = "số phiếu theo phương án"
        ordering = ("question", "order")
        constraints = [
            models.UniqueConstraint(fields=("question", "option"), name="indicators_surveycount_option_once"),
            models.CheckConstraint(
                name="indicators_surveycount_weight",
                condition=Q(weight__isnull=True) | Q(weight__gte=0, weight__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.option}: {self.count}"

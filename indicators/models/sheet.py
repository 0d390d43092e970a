"""Score sheets: what a province or an agency scores itself in a year, and what appraisal made of it (domain § 6).

Each stage is a layer of its own. A layer that was handed in is frozen (``indicators.constraints``); the next one
begins as a copy of it. A sheet that is returned or withdrawn begins its next round: the layers of each round have its
number, and those of earlier rounds stay.
"""

from collections.abc import Collection
from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q

from agencies import calendar
from agencies.models import AbstractEvidenceLink, Agency, Designation, Document, Province, User, valid_on
from agencies.permissions import Permission
from indicators.models.framework import Component, Framework


class ScoreSheetQuerySet(models.QuerySet["ScoreSheet"]):
    """Phrases that complete "score sheets …"."""

    def visible_to(self, user: User) -> Self:
        """… that the user may read: those that the own agency bears or answers for in part, or the province's."""
        own = user.agencies_with(Permission.SCORE_READ)
        return self.filter(
            Q(province_id__in=user.provinces_with(Permission.SCORE_READ))
            | Q(pk__in=ScoreSheet.objects.borne_by(own, calendar.today()).values("pk"))
            | Q(pk__in=SheetEntry.objects.filter(owner_id__in=own).values("sheet_id"))
        )

    def borne_by(self, agency_ids: Collection[int], on: date) -> Self:
        """… that one of these agencies answers for on a day: its own, and the province's where it is standing."""
        standing = Designation.objects.filter(
            valid_on(on), role=Designation.Role.STANDING_OFFICE, agency_id__in=agency_ids
        )
        return self.filter(
            Q(agency_id__in=agency_ids) | Q(agency__isnull=True, province_id__in=standing.values("province_id"))
        )

    def waiting_for(self, user: User, on: date) -> Self:
        """… whose next step is the user's: to write or send, to appraise, or to publish (dates aside)."""
        unit = (ScoreSheet.State.DRAFT, ScoreSheet.State.APPRAISED)
        working = user.agencies_with(Permission.SCORE_WRITE) | user.agencies_with(Permission.SCORE_SUBMIT)
        mine = ScoreSheet.objects.borne_by(working, on)
        owned = SheetEntry.objects.filter(owner_id__in=user.agencies_with(Permission.SCORE_WRITE))
        judged = Agency.objects.reviewed_by(user, on, Permission.SCORE_APPRAISE)
        judging = ScoreSheet.objects.borne_by(list(judged.values_list("pk", flat=True)), on)
        return self.filter(
            Q(state__in=unit, pk__in=mine.values("pk"))
            | Q(state__in=unit, pk__in=owned.values("sheet_id"))
            | Q(state__in=(ScoreSheet.State.SUBMITTED, ScoreSheet.State.EXPLAINED), pk__in=judging.values("pk"))
            | Q(state=ScoreSheet.State.SETTLED, province_id__in=user.provinces_with(Permission.INDEX_MANAGE))
        )


class ScoreSheet(models.Model):
    """The self-assessment of a province (no agency) or an agency for a year, by one framework.

    The four dates lock: the self-score is written up to and including ``self_due_on``, the explanation up to
    ``explanation_due_on``; appraisals are expected by theirs. Moving one needs a reason and leaves an event. A
    province's sheet is borne by its standing office. ``publication`` is the document that published the scores.
    """

    class State(models.TextChoices):
        """The stage."""

        DRAFT = "draft", "đang tự chấm"
        SUBMITTED = "submitted", "chờ thẩm định lần 1"
        APPRAISED = "appraised", "chờ giải trình"
        EXPLAINED = "explained", "chờ thẩm định lần 2"
        SETTLED = "settled", "đã thẩm định lần 2"
        PUBLISHED = "published", "đã công bố"

    province = models.ForeignKey(Province, models.PROTECT, related_name="score_sheets")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="score_sheets")
    framework = models.ForeignKey(Framework, models.PROTECT, related_name="sheets")
    year = models.PositiveIntegerField("năm")
    state = models.CharField("giai đoạn", max_length=12, choices=State, default=State.DRAFT)
    self_due_on = models.DateField("hạn tự chấm")
    appraisal_due_on = models.DateField("hạn thẩm định lần 1")
    explanation_due_on = models.DateField("hạn giải trình")
    settlement_due_on = models.DateField("hạn thẩm định lần 2")
    published_on = models.DateField("ngày công bố", null=True, blank=True)
    publication = models.CharField("văn bản công bố", max_length=200, blank=True)
    round = models.PositiveIntegerField("lần", default=1)
    revision = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()

    objects = ScoreSheetQuerySet.as_manager()

    class Meta:
        verbose_name = "phiếu chấm điểm"
        verbose_name_plural = "phiếu chấm điểm"
        ordering = ("-year", "province", "agency__order")
        constraints = [
            models.UniqueConstraint(fields=("framework", "year", "agency"), name="indicators_scoresheet_agency_once"),
            models.UniqueConstraint(
                fields=("framework", "year", "province"),
                condition=Q(agency__isnull=True),
                name="indicators_scoresheet_province_once",
            ),
            models.CheckConstraint(
                name="indicators_scoresheet_dates_in_order",
                condition=Q(appraisal_due_on__gte=F("self_due_on"))
                & Q(explanation_due_on__gte=F("appraisal_due_on"))
                & Q(settlement_due_on__gte=F("explanation_due_on")),
            ),
            models.CheckConstraint(
                name="indicators_scoresheet_published_has_day",
                condition=(Q(state="published", published_on__isnull=False) & ~Q(publication=""))
                | (~Q(state="published") & Q(published_on__isnull=True, publication="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.framework.index} {self.year}, {self.agency or self.province}"

    def bearer_on(self, day: date) -> int | None:
        """Return the agency (id) that answers for the sheet on a day: its own, or the province's standing office."""
        if self.agency_id is not None:
            return self.agency_id
        standing = Designation.objects.filter(
            valid_on(day), role=Designation.Role.STANDING_OFFICE, province_id=self.province_id
        )
        return standing.values_list("agency_id", flat=True).first()


class SheetEntry(models.Model):
    """One scored component of a sheet; ``owner`` is the agency that answers for it.

    Without an owner it is the agency that bears the sheet. The revision is the entry's own: two people who fill in
    two components are not in each other's way.
    """

    sheet = models.ForeignKey(ScoreSheet, models.PROTECT, related_name="entries")
    component = models.ForeignKey(Component, models.PROTECT, related_name="entries")
    owner = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="+")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "dòng chấm điểm"
        verbose_name_plural = "dòng chấm điểm"
        ordering = ("sheet", "component__order")
        constraints = [
            models.UniqueConstraint(fields=("sheet", "component"), name="indicators_sheetentry_component_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sheet} {self.component.code}"


class EntryLayer(models.Model):
    """What one stage says of one component. ``score`` empty: not scored yet, which is neither 0 nor not applicable.

    ``number`` is the round of the sheet: it grows when a returned sheet is worked on again. ``explanation`` stands
    where there is no evidence; an appraisal that differs from what it appraises says why in ``reason``. A layer that
    nobody has written in (``by`` empty) says what the one before it says.
    """

    class Stage(models.TextChoices):
        """Whose word it is."""

        SELF = "self", "tự chấm"
        APPRAISAL = "appraisal", "thẩm định lần 1"
        EXPLANATION = "explanation", "giải trình"
        SETTLEMENT = "settlement", "thẩm định lần 2"
        PUBLISHED = "published", "công bố"

    entry = models.ForeignKey(SheetEntry, models.PROTECT, related_name="layers")
    stage = models.CharField("giai đoạn", max_length=12, choices=Stage)
    number = models.PositiveIntegerField("lần", default=1)
    score = models.DecimalField("điểm", max_digits=8, decimal_places=4, null=True, blank=True)
    not_applicable = models.BooleanField("không phát sinh", default=False)
    explanation = models.TextField("giải trình", blank=True)
    reason = models.TextField("lý do chấm khác", blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField("lúc")
    frozen_at = models.DateTimeField("khóa lúc", null=True, blank=True)

    class Meta:
        verbose_name = "điểm từng giai đoạn"
        verbose_name_plural = "điểm từng giai đoạn"
        ordering = ("entry", "at", "id")
        constraints = [
            models.UniqueConstraint(fields=("entry", "stage", "number"), name="indicators_entrylayer_number_once"),
            models.UniqueConstraint(
                fields=("entry",), condition=Q(frozen_at__isnull=True), name="indicators_entrylayer_one_open"
            ),
            models.CheckConstraint(
                name="indicators_entrylayer_score", condition=Q(score__isnull=True) | Q(score__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry} {self.get_stage_display()}"


class DeclaredInput(models.Model):
    """One figure, yes/no or choice that a rule asks for, as declared in one layer."""

    layer = models.ForeignKey(EntryLayer, models.PROTECT, related_name="inputs")
    name = models.CharField("số liệu", max_length=40)
    number = models.DecimalField("giá trị", max_digits=18, decimal_places=4, null=True, blank=True)
    flag = models.BooleanField("có, không", null=True, blank=True)
    choice = models.CharField("lựa chọn", max_length=300, blank=True)

    class Meta:
        verbose_name = "số liệu kê khai"
        verbose_name_plural = "số liệu kê khai"
        ordering = ("layer", "name")
        constraints = [
            models.UniqueConstraint(fields=("layer", "name"), name="indicators_declaredinput_name_once"),
            models.CheckConstraint(
                name="indicators_declaredinput_one_value",
                condition=Q(number__isnull=False, flag__isnull=True, choice="")
                | Q(number__isnull=True, flag__isnull=False, choice="")
                | (Q(number__isnull=True, flag__isnull=True) & ~Q(choice="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SheetEvidence(AbstractEvidenceLink):
    """A document shown as evidence of one component in one layer, with what that layer's appraisal says of it.

    The next layer begins with the same documents and verdicts, so each appraisal keeps its own.
    """

    layer = models.ForeignKey(EntryLayer, models.PROTECT, related_name="evidence")

    class Meta(AbstractEvidenceLink.Meta):
        verbose_name = "tài liệu của phiếu chấm"
        verbose_name_plural = "tài liệu của phiếu chấm"
        ordering = ("layer", "id")
        constraints = [
            *AbstractEvidenceLink.Meta.constraints,
            models.UniqueConstraint(fields=("layer", "document"), name="indicators_sheetevidence_document_once"),
        ]


class OfferQuerySet(models.QuerySet["Offer"]):
    """Phrases that complete "offers …"."""

    def visible_to(self, user: User) -> Self:
        """… of the user's agencies, or of the provinces whose scores the user reads."""
        return self.filter(
            Q(province_id__in=user.provinces_with(Permission.SCORE_READ))
            | Q(agency_id__in=user.agencies_with(Permission.SCORE_READ))
        )

    def serving(self, sheet: ScoreSheet) -> Self:
        """… that a sheet may take: of its year, and of its agency where it has one."""
        found = self.filter(province_id=sheet.province_id, year=sheet.year)
        return found if sheet.agency_id is None else found.filter(agency_id=sheet.agency_id)

    def open(self) -> Self:
        """… that nobody has taken or set aside, and no later one has replaced."""
        return self.filter(settled_at__isnull=True)


class Offer(models.Model):
    """A figure and its documents that were accepted elsewhere and may serve a component (entered once, used twice).

    ``origin`` is the opaque key of where it comes from: a series, a colon, the number within it. A person takes it
    into a sheet, or sets it aside; one that a later number of its series replaced was settled by nobody.
    """

    province = models.ForeignKey(Province, models.PROTECT, related_name="offers")
    component = models.ForeignKey(Component, models.PROTECT, related_name="offers")
    year = models.PositiveIntegerField("năm")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="offers")
    origin = models.CharField("từ", max_length=100)
    label = models.CharField("nội dung", max_length=300)
    url = models.CharField(max_length=200, blank=True)
    figure = models.DecimalField("số liệu", max_digits=18, decimal_places=4, null=True, blank=True)
    numerator = models.DecimalField("tử số", max_digits=18, decimal_places=4, null=True, blank=True)
    denominator = models.DecimalField("mẫu số", max_digits=18, decimal_places=4, null=True, blank=True)
    text = models.TextField("kết quả", blank=True)
    documents = models.ManyToManyField(Document, related_name="+", blank=True)
    offered_at = models.DateTimeField("lúc")
    taken_into = models.ForeignKey(EntryLayer, models.PROTECT, null=True, blank=True, related_name="offers")
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField("nhận hoặc bỏ qua lúc", null=True, blank=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = "số liệu có sẵn"
        verbose_name_plural = "số liệu có sẵn"
        ordering = ("component", "-offered_at")
        constraints = [
            models.UniqueConstraint(fields=("component", "origin"), name="indicators_offer_origin_once"),
            models.CheckConstraint(
                name="indicators_offer_settled_when",
                condition=Q(settled_at__isnull=False) | Q(taken_into__isnull=True, settled_by__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.label

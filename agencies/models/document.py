"""Files (Blob), what they are to the office (Document), and the link that shows them as evidence."""

from django.db import models
from django.db.models import Q

from agencies import calendar
from agencies.models.agency import Agency
from agencies.models.province import Province
from agencies.models.user import User


class Blob(models.Model):
    """A file by its content. Written once; reached only through a link that one may see."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)
    path = models.CharField(max_length=200)
    stored_at = models.DateTimeField(default=calendar.real_now)

    class Meta:
        verbose_name = "tệp"
        verbose_name_plural = "tệp"

    def __str__(self) -> str:
        return self.sha256[:12]


class Document(models.Model):
    """A document with the marks that identify it (số, ký hiệu; ngày; cơ quan ban hành; trích yếu)."""

    province = models.ForeignKey(Province, models.PROTECT, related_name="documents")
    owner = models.ForeignKey(Agency, models.PROTECT, related_name="documents")
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="documents")
    original_name = models.CharField("tên tệp", max_length=255)
    number = models.CharField("số, ký hiệu", max_length=100, blank=True)
    issued_on = models.DateField("ngày ban hành", null=True, blank=True)
    issuer = models.CharField("cơ quan ban hành", max_length=200, blank=True)
    excerpt = models.CharField("trích yếu", max_length=500, blank=True)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        verbose_name = "tài liệu"
        verbose_name_plural = "tài liệu"

    def __str__(self) -> str:
        return self.number or self.original_name


class Verdict(models.TextChoices):
    """What a reviewer said of one piece of evidence (domain rule 9)."""

    PENDING = "pending", "chưa xem"
    ACCEPTED = "accepted", "chấp nhận"
    OUTSIDE_YEAR = "outside_year", "không đúng năm"
    WRONG_AUTHORITY = "wrong_authority", "sai thẩm quyền"
    MISSING_FIGURES = "missing_figures", "thiếu số liệu"
    UNREADABLE = "unreadable", "không đọc được"
    DUPLICATE = "duplicate", "trùng lặp"


class AbstractEvidenceLink(models.Model):
    """A document shown as evidence of something, with a verdict of its own."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="+")
    verdict = models.CharField("đánh giá", max_length=20, choices=Verdict, default=Verdict.PENDING)
    verdict_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    verdict_at = models.DateTimeField(null=True, blank=True)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_verdict_has_author",
                condition=Q(verdict=Verdict.PENDING, verdict_by__isnull=True, verdict_at__isnull=True)
                | (~Q(verdict=Verdict.PENDING) & Q(verdict_by__isnull=False, verdict_at__isnull=False)),
            )
        ]

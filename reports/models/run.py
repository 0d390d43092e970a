"""Report runs: which report, of what, as of when, and the file that came out."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q

from agencies.models import Agency, Blob, Job, Province, User
from agencies.permissions import Permission
from plans.models import Plan


class ReportRunQuerySet(models.QuerySet["ReportRun"]):
    """Phrases that complete "report runs …"."""

    def visible_to(self, user: User) -> Self:
        """… of the own agency, or of a province whose dashboard the user may see (whoever asked for them)."""
        return self.filter(
            Q(code=ReportRun.Code.AGENCY, agency_id__in=user.agencies_with(Permission.REPORT_AGENCY))
            | Q(province_id__in=user.provinces_with(Permission.DASHBOARD_READ))
        )


class ReportRun(models.Model):
    """One rendering of one report. ``as_of`` is the day whose end it shows; ``facts_sha256`` names its figures."""

    class Code(models.TextChoices):
        """The catalogue."""

        YEAR_END = "year_end", "Báo cáo năm gửi UBND tỉnh"
        AGENCY = "agency", "Báo cáo của cơ quan gửi Sở Nội vụ"
        SUMMARY = "summary", "Tóm tắt một trang cho lãnh đạo"

    class Format(models.TextChoices):
        """The form of the file."""

        PDF = "pdf", "PDF"
        XLSX = "xlsx", "Excel"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="report_runs")
    code = models.CharField("báo cáo", max_length=20, choices=Code)
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="+")
    year = models.PositiveIntegerField("năm")
    as_of = models.DateField("số liệu tính đến hết ngày")
    format = models.CharField("dạng tệp", max_length=5, choices=Format)
    job = models.OneToOneField(Job, models.PROTECT, null=True, related_name="report_run")
    facts_sha256 = models.CharField(max_length=64, blank=True)
    blob = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    file_name = models.CharField("tên tệp", max_length=200, blank=True)
    pages = models.PositiveIntegerField("số trang", null=True, blank=True)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField("yêu cầu lúc")
    ready_at = models.DateTimeField("xong lúc", null=True, blank=True)

    objects = ReportRunQuerySet.as_manager()

    class Meta:
        verbose_name = "lần xuất báo cáo"
        verbose_name_plural = "lần xuất báo cáo"
        ordering = ("-requested_at",)
        constraints = [
            models.CheckConstraint(
                name="reports_reportrun_agency_report_has_agency",
                condition=Q(code="agency", agency__isnull=False) | (~Q(code="agency") & Q(agency__isnull=True)),
            ),
            models.CheckConstraint(
                name="reports_reportrun_ready_has_file",
                condition=Q(ready_at__isnull=True, blob__isnull=True) | Q(ready_at__isnull=False, blob__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_code_display()} {self.plan} {self.year}"

    def snapshot(self) -> dict[str, object]:
        """Return what the trail keeps of a run."""
        return {
            "code": self.code,
            "plan": self.plan.code,
            "agency": self.agency.code if self.agency else None,
            "year": self.year,
            "as_of": self.as_of.isoformat(),
            "format": self.format,
            "job": str(self.job_id) if self.job_id else None,
            "facts_sha256": self.facts_sha256,
            "blob_sha256": self.blob.sha256 if self.blob else None,
        }

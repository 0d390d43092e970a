"""Report runs."""

from reports.models.run import ReportRun

__all__ = ["ReportRun"]

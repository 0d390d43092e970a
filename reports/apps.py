"""The reports application."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """How it is shown."""

    name = "reports"
    verbose_name = "Báo cáo"

"""The reports application."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """How it is shown."""

    name = "reports"
    verbose_name = "Báo cáo"

    def ready(self) -> None:
        from reports import jobs, seals  # noqa: F401  (the worker learns how to draw a report)

        seals.register()

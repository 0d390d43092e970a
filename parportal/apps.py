"""The roof's application: demo data and operator commands."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Settings, addresses, errors, health."""

    name = "parportal"
    verbose_name = "Cổng theo dõi chỉ số"

    def ready(self) -> None:
        from parportal import checks  # noqa: F401  (registers the system checks)

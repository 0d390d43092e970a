"""The indicators application."""

from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    """How it is measured."""

    name = "indicators"
    verbose_name = "Chỉ số"

    def ready(self) -> None:
        from indicators import seals

        seals.register()

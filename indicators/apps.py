"""The indicators application."""

from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    """How it is measured."""

    name = "indicators"
    verbose_name = "Chỉ số"

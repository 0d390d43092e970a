"""The indicators application."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class IndicatorsConfig(AppConfig):
    """How it is measured."""

    name = "indicators"
    verbose_name = "Chỉ số"

    def ready(self) -> None:
        from agencies import constraints as promises
        from agencies.apps import install_triggers
        from indicators import constraints, seals

        seals.register()
        promises.promise("indicators", constraints.PROMISES)
        post_migrate.connect(install_triggers, sender=self)

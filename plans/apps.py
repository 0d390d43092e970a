"""The plans application."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PlansConfig(AppConfig):
    """What was promised and done."""

    name = "plans"
    verbose_name = "Kế hoạch"

    def ready(self) -> None:
        from agencies import constraints as promises
        from agencies.apps import install_triggers
        from plans import constraints, jobs  # noqa: F401  (jobs registers its kind)

        promises.promise("plans", constraints.PROMISES)
        post_migrate.connect(install_triggers, sender=self)

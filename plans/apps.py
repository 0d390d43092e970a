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
        from agencies.seals import check
        from plans import constraints, jobs, seals  # noqa: F401  (jobs registers its kind)
        from plans.facts import close_proof, period_proof

        seals.register()
        check(close_proof.check)
        check(period_proof.check)
        promises.promise("plans", constraints.PROMISES)
        post_migrate.connect(install_triggers, sender=self)

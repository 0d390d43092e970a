"""The agencies application."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


def install_triggers(sender: AppConfig, using: str, **_: Any) -> None:
    """Install the sender's triggers after each migrate (SQLite loses them when it rebuilds a table)."""
    from agencies import constraints

    constraints.install(connections[using], sender.label)


class AgenciesConfig(AppConfig):
    """Who: provinces, agencies, people, permissions, trail, documents, jobs."""

    name = "agencies"
    verbose_name = "Cơ quan và người dùng"

    def ready(self) -> None:
        post_migrate.connect(install_triggers, sender=self)

"""The agencies application."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.backends.signals import connection_created
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
        from agencies import constraints, seals
        from agencies.models import Blob, Designation, Document, Membership, Succession

        seals.seal(Membership, kept=False)
        seals.seal(Designation, kept=False)
        seals.seal(Succession)
        # They hang on what shows them: reports, runs.
        seals.seal(Document)
        seals.seal(Blob, province="documents__province_id")
        connection_created.connect(constraints.watch, dispatch_uid="agencies.watch_promises")
        post_migrate.connect(install_triggers, sender=self)

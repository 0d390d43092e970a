"""The agencies application."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.backends.signals import connection_created
from django.db.models import Q
from django.db.models.signals import post_migrate, pre_migrate


def install_triggers(sender: AppConfig, using: str, **_: Any) -> None:
    """Install the sender's triggers after each migrate (SQLite loses them when it rebuilds a table)."""
    from agencies import constraints

    constraints.install(connections[using], sender.label)


def lift_triggers(sender: AppConfig, using: str, plan: Any = (), **_: Any) -> None:
    """Take the triggers off a SQLite database that is about to be upgraded; ``install_triggers`` puts them back.

    SQLite checks every trigger when a table is rebuilt, and refuses while one names a table that is away for that
    moment. Nothing is taken off when there is nothing to apply, nor on PostgreSQL.
    """
    from agencies import constraints

    if plan and connections[using].vendor == "sqlite":
        constraints.lift(connections[using])


class AgenciesConfig(AppConfig):
    """Who: provinces, agencies, people, permissions, trail, documents, jobs."""

    name = "agencies"
    verbose_name = "Cơ quan và người dùng"

    def ready(self) -> None:
        from agencies import constraints, seals
        from agencies.models import (
            Agency,
            AgencyGroup,
            AgencyName,
            ApprovalRule,
            Blob,
            Delegation,
            Designation,
            Document,
            GroupMembership,
            Heir,
            Membership,
            Predecessor,
            Province,
            ProvinceSuccession,
            Reorganisation,
            Succession,
            User,
        )

        # The directory: who there is, what they are called, who belongs to a group. Dated rows end once.
        seals.seal(Province, kept=False, province="pk")
        seals.seal(Agency, kept=False)
        seals.seal(AgencyName, on={Agency: "agency"}, kept=False, province="agency__province_id")
        seals.seal(AgencyGroup, kept=False)
        seals.seal(GroupMembership, on={AgencyGroup: "group"}, kept=False, province="group__province_id")
        # A person belongs to no single province; logging in and a new password change what is left out here.
        seals.seal(
            User,
            without=("password", "last_login"),
            kept=False,
            needed=Q(pk__in=Membership.objects.values("user")),
        )
        seals.seal(Membership, kept=False)
        seals.seal(Designation, kept=False)
        # Rules and powers end once, early where somebody says so.
        seals.seal(ApprovalRule, kept=False)
        seals.seal(Delegation, kept=False)
        # A reorganisation with its lines and, once applied, who follows whom; frozen when it has been decided.
        decided = ~Q(state=Reorganisation.State.PROPOSED)
        line_decided = ~Q(reorganisation__state=Reorganisation.State.PROPOSED)
        seals.seal(Reorganisation, kept=decided)
        for line in (Predecessor, Heir):
            seals.seal(
                line,
                on={Reorganisation: "reorganisation"},
                kept=line_decided,
                province="reorganisation__province_id",
            )
        seals.seal(Succession, on={Reorganisation: "reorganisation"})
        # Of two provinces, so of no single one: each tells of it.
        seals.seal(
            ProvinceSuccession,
            on={
                Province: lambda row: ProvinceSuccession.objects.filter(Q(predecessor=row.pk) | Q(successor=row.pk)),
            },
        )
        # They hang on what shows them: reports, runs.
        seals.seal(Document)
        seals.seal(Blob, province="documents__province_id")
        connection_created.connect(constraints.watch, dispatch_uid="agencies.watch_promises")
        pre_migrate.connect(lift_triggers, sender=self)
        post_migrate.connect(install_triggers, sender=self)

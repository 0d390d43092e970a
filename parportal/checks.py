"""System checks of things that would otherwise fail on the day they are needed."""

import ctypes.util
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from agencies import constraints


@register(Tags.database)
def promises_are_kept(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Count the triggers that keep accepted reports and the trail unchanged."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if "agencies_event" not in connection.introspection.table_names():
            continue
        missing = constraints.missing(connection)
        if missing:
            # A warning, so that `migrate`, which installs them, can run; `start` refuses to serve without them.
            found.append(
                Warning(
                    f"{len(missing)} triggers are missing: {', '.join(missing)}",
                    hint="run `manage.py migrate`: it installs them again",
                    id="parportal.W002",
                )
            )
    return found


@register()
def pdf_engine_is_there(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Say which package is missing before the first report is asked for."""
    missing = [name for name in ("pango-1.0", "pangoft2-1.0") if ctypes.util.find_library(name) is None]
    if not missing:
        return []
    return [
        Warning(
            f"PDF reports need {', '.join(missing)}",
            hint="apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
            id="parportal.W001",
        )
    ]


@register(Tags.security, deploy=True)
def the_clock_is_real(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Refuse a shifted clock outside demonstrations."""
    if settings.PORTAL_CLOCK and not settings.PORTAL_DEMO:
        return [
            Error(
                "PORTAL_CLOCK shifts business time outside a demonstration",
                hint="unset PORTAL_CLOCK, or set PORTAL_DEMO=1",
                id="parportal.E002",
            )
        ]
    return []

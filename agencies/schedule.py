"""Timed work of agencies (a door: it may call actions)."""

from celery import shared_task

from agencies.actions import jobs, notices, reorganisations


@shared_task(name="agencies.sweep_jobs")
def sweep_jobs() -> dict[str, int]:
    """Queue again what dead workers left behind."""
    return jobs.sweep()


@shared_task(name="agencies.send_digests")
def send_digests() -> dict[str, int]:
    """Write and send the day's letters; running again sends nothing twice."""
    return notices.digest()


@shared_task(name="agencies.names_of_today")
def names_of_today() -> int:
    """Let a renaming that was decided in advance take effect on its day."""
    return reorganisations.bring_names_up_to_date()

"""Timed work of agencies (a door: it may call actions)."""

from celery import shared_task

from agencies.actions import jobs


@shared_task(name="agencies.sweep_jobs")
def sweep_jobs() -> dict[str, int]:
    """Queue again what dead workers left behind."""
    return jobs.sweep()

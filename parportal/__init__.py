"""The roof: settings, addresses, the queue, errors, health and demo data. Nothing below imports it."""

from parportal.celery import app as celery_app

__all__ = ["celery_app"]

"""The Celery application: the same jobs on the filesystem broker (embedded) and on Redis (production)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parportal.settings")

app = Celery("parportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")
app.autodiscover_tasks(related_name="schedule")

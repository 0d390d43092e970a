"""Duties entered before the portal kept ``created_at``: it came to know them on the day they were handed out."""

from datetime import datetime, time
from typing import Any

from django.db import migrations
from django.db.models import Min

from agencies.calendar import VIETNAM


def from_hand_out(apps: Any, schema_editor: Any) -> None:
    """Take the first day of the duty, or of its plan where the duty has none."""
    assignment = apps.get_model("plans", "Assignment")
    for valid_from, plan_start in (
        assignment.objects.values_list("valid_from").annotate(Min("task__plan__created_at")).order_by()
    ):
        known = datetime.combine(valid_from, time.min, tzinfo=VIETNAM) if valid_from else plan_start
        assignment.objects.filter(valid_from=valid_from).update(created_at=known)


class Migration(migrations.Migration):
    dependencies = [("plans", "0002_the_year")]
    operations = [migrations.RunPython(from_hand_out, migrations.RunPython.noop)]

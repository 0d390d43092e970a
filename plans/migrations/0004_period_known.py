"""Periods say since when the portal knows them: those added to an issued plan, from the event that told of it."""

from typing import Any

from django.db import migrations, models


def from_trail(apps: Any, schema_editor: Any) -> None:
    """Take the moment at which a period was added after its plan had been issued; the others stay null."""
    event = apps.get_model("agencies", "Event")
    period = apps.get_model("plans", "ReportingPeriod")
    issued = {
        subject: sequence
        for subject, sequence in event.objects.filter(action="plan.issue", subject_type="plans.plan")
        .order_by("sequence")
        .values_list("subject_id", "sequence")
    }
    plan_of = {str(pk): str(plan) for pk, plan in period.objects.values_list("pk", "plan_id")}
    added = event.objects.filter(action="period.add", subject_type="plans.reportingperiod").order_by("sequence")
    for subject, sequence, at in added.values_list("subject_id", "sequence", "happened_at"):
        plan = plan_of.get(subject, "")
        if plan in issued and sequence > issued[plan]:
            period.objects.filter(pk=subject).update(known_from=at)


class Migration(migrations.Migration):
    dependencies = [("plans", "0003_when_known"), ("agencies", "0002_the_year")]
    operations = [
        migrations.AddField(
            "reportingperiod",
            "known_from",
            models.DateTimeField(blank=True, null=True, verbose_name="thêm vào kế hoạch đã ban hành lúc"),
        ),
        migrations.RunPython(from_trail, migrations.RunPython.noop),
    ]

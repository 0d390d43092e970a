"""What was accepted of a report, offered to the components that its task serves (entered once, used twice).

The offer names the report and the version: the version that corrects it takes its place.
"""

from agencies import calendar
from agencies.models import Document, Verdict
from indicators.actions import offers
from plans.facts.addresses import assignment_url
from plans.models import EvidenceLink, Progress, ProgressVersion, TaskComponent, TaskVersion


def offer(progress: Progress, version: ProgressVersion) -> None:
    """Offer an accepted version, in its transaction; a task that serves no component offers nothing."""
    duty = progress.assignment
    text = TaskVersion.objects.filter(task_id=duty.task_id).in_force(calendar.today()).order_by("-number").first()
    if text is None:
        return
    served = TaskComponent.objects.filter(version=text, component__isnull=False).select_related("component")
    components = {one.component_id: one.component for one in served.order_by("order") if one.component is not None}
    if not components:
        return
    shown = version.evidence.filter(EvidenceLink.objects.standing(), verdict=Verdict.ACCEPTED)
    documents = list(Document.objects.filter(pk__in=shown.values("document_id")).order_by("pk"))
    for component in components.values():
        offers.offer(
            component=component,
            year=progress.period.year,
            agency=duty.agency,
            series=f"plans.progress:{progress.pk}",
            number=version.number,
            label=f"Nhiệm vụ {duty.task.code}, {progress.period.name}: {text.title}",
            url=assignment_url(duty.pk),
            figure=version.figure,
            numerator=version.numerator,
            denominator=version.denominator,
            text=version.result,
            documents=documents,
        )

"""Which rows of reports are sealed (see ``agencies.seals``)."""

from collections import defaultdict
from collections.abc import Mapping

from agencies import seals
from agencies.models import Blob
from reports.models import ReportRun, Scenario, ScenarioLine


def uses(blob_ids: list[int]) -> Mapping[int, list[str]]:
    """Return the report files among stored files, as sentences."""
    found: dict[int, list[str]] = defaultdict(list)
    for run in ReportRun.objects.filter(blob_id__in=blob_ids).select_related("plan").order_by("requested_at"):
        if run.blob_id is not None:
            found[run.blob_id].append(f"“{run.file_name}”, {run.get_code_display()} {run.plan}, năm {run.year}")
    return found


def register() -> None:
    """Declare them."""
    seals.seal(ReportRun, kept=False)
    seals.hang(Blob, on=ReportRun, path=lambda run: Blob.objects.filter(pk=run.blob_id))
    seals.tell_uses(uses)
    # What people assume is theirs to change; the trail tells who assumed what, and when.
    seals.seal(Scenario, kept=False)
    seals.seal(ScenarioLine, on={Scenario: "scenario"}, kept=False, province="scenario__province_id")

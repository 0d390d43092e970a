"""Report runs and scenarios."""

from reports.models.run import ReportRun
from reports.models.scenario import Scenario, ScenarioLine

__all__ = ["ReportRun", "Scenario", "ScenarioLine"]

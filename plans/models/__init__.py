"""Nouns, their constraints and their QuerySet vocabulary."""

from plans.models.close import PeriodClose, PeriodReopening
from plans.models.plan import Plan, Section, Target, TargetVersion
from plans.models.progress import (
    Decision,
    EvidenceLink,
    PlanRollup,
    Progress,
    ProgressVersion,
    ReportingPeriod,
)
from plans.models.task import (
    Assignment,
    PartyRole,
    Task,
    TaskComponent,
    TaskParty,
    TaskQuantity,
    TaskVersion,
)

__all__ = [
    "Assignment",
    "Decision",
    "EvidenceLink",
    "PartyRole",
    "PeriodClose",
    "PeriodReopening",
    "Plan",
    "PlanRollup",
    "Progress",
    "ProgressVersion",
    "ReportingPeriod",
    "Section",
    "Target",
    "TargetVersion",
    "Task",
    "TaskComponent",
    "TaskParty",
    "TaskQuantity",
    "TaskVersion",
]

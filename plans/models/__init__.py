"""Nouns, their constraints and their QuerySet vocabulary."""

from plans.models.close import PeriodClose, PeriodReopening
from plans.models.duty import DutyRequest, Ruling
from plans.models.plan import Amendment, Plan, Section, Target, TargetVersion, VersionQuerySet
from plans.models.progress import (
    Decision,
    EvidenceLink,
    EvidenceReplacement,
    PlanRollup,
    Progress,
    ProgressVersion,
    Remark,
    ReportingPeriod,
)
from plans.models.reminder import Reminder
from plans.models.task import (
    Assignment,
    PartyRole,
    Task,
    TaskComponent,
    TaskMilestone,
    TaskParty,
    TaskQuantity,
    TaskVersion,
)
from plans.models.transfer import DutyReceipt, DutyTransfer, TargetBaseline
from plans.models.window import WindowException

__all__ = [
    "Amendment",
    "Assignment",
    "Decision",
    "DutyReceipt",
    "DutyRequest",
    "DutyTransfer",
    "EvidenceLink",
    "EvidenceReplacement",
    "PartyRole",
    "PeriodClose",
    "PeriodReopening",
    "Plan",
    "PlanRollup",
    "Progress",
    "ProgressVersion",
    "Remark",
    "Reminder",
    "ReportingPeriod",
    "Ruling",
    "Section",
    "Target",
    "TargetBaseline",
    "TargetVersion",
    "Task",
    "TaskComponent",
    "TaskMilestone",
    "TaskParty",
    "TaskQuantity",
    "TaskVersion",
    "VersionQuerySet",
    "WindowException",
]

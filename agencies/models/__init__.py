"""Nouns, their constraints and their QuerySet vocabulary."""

from agencies.models.agency import (
    Agency,
    AgencyAlias,
    AgencyGroup,
    AgencyName,
    Designation,
    GroupMembership,
    Succession,
    ends_after_start,
    name_in_force,
    valid_on,
)
from agencies.models.approval import ApprovalRule, Delegation
from agencies.models.document import AbstractEvidenceLink, Blob, Document, Verdict
from agencies.models.event import Event, TrailHead
from agencies.models.job import Job
from agencies.models.notice import Mail, Notice
from agencies.models.province import Province
from agencies.models.reorganisation import Heir, Predecessor, ProvinceSuccession, Reorganisation
from agencies.models.user import ApiToken, Membership, User

__all__ = [
    "AbstractEvidenceLink",
    "Agency",
    "AgencyAlias",
    "AgencyGroup",
    "AgencyName",
    "ApiToken",
    "ApprovalRule",
    "Blob",
    "Delegation",
    "Designation",
    "Document",
    "Event",
    "GroupMembership",
    "Heir",
    "Job",
    "Mail",
    "Membership",
    "Notice",
    "Predecessor",
    "Province",
    "ProvinceSuccession",
    "Reorganisation",
    "Succession",
    "TrailHead",
    "User",
    "Verdict",
    "ends_after_start",
    "name_in_force",
    "valid_on",
]

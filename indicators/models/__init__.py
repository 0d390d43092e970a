"""Indices, frameworks and components, published results, score sheets and surveys."""

from indicators.models.framework import Component, ComponentLink, Framework
from indicators.models.index import Index
from indicators.models.result import Result
from indicators.models.sheet import DeclaredInput, EntryLayer, Offer, ScoreSheet, SheetEntry, SheetEvidence
from indicators.models.survey import Survey, SurveyCount, SurveyQuestion

__all__ = [
    "Component",
    "ComponentLink",
    "DeclaredInput",
    "EntryLayer",
    "Framework",
    "Index",
    "Offer",
    "Result",
    "ScoreSheet",
    "SheetEntry",
    "SheetEvidence",
    "Survey",
    "SurveyCount",
    "SurveyQuestion",
]

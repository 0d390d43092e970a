"""Indices, frameworks, components and published results."""

from indicators.models.index import Component, Framework, Index, Result

__all__ = ["Component", "Framework", "Index", "Result"]

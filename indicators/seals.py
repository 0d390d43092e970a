"""Which rows of indicators are sealed (see ``agencies.seals``)."""

from agencies import seals
from indicators.models import Result


def register() -> None:
    """Declare them. Indices and frameworks belong to no province; a figure that a target is judged by does."""
    seals.seal(Result, kept=False)

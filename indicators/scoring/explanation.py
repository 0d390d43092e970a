"""What a rule answers: points, and the reason in words that can be printed."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Explanation:
    """The rule, what was declared, and the steps from one to the other.

    >>> print(Explanation("Đạt thì được 3 điểm.", ("Đúng hạn: có",), ("Đạt: 3 điểm",)).text)
    Quy định: Đạt thì được 3 điểm. Kê khai: Đúng hạn: có. Cách tính: Đạt: 3 điểm.
    """

    rule: str
    inputs: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """One paragraph."""
        parts = [("Quy định", self.rule), ("Kê khai", "; ".join(self.inputs)), ("Cách tính", "; ".join(self.steps))]
        return " ".join(f"{title}: {words.rstrip('.')}." for title, words in parts if words)


@dataclass(frozen=True)
class GradeCap:
    """What a violation does to the grade: only grades worse than ``below``, or ``lower_by`` grades down.

    ``words`` is the text of the regulation; it may hold more than arithmetic can do, and is printed whole.
    """

    below: str = ""
    lower_by: int = 0
    words: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return the form that rules are kept in."""
        kept: dict[str, object] = {}
        if self.below:
            kept["below"] = self.below
        if self.lower_by:
            kept["lower_by"] = self.lower_by
        if self.words:
            kept["words"] = self.words
        return kept


@dataclass(frozen=True)
class Scored:
    """The points of one component. ``score`` None: not known yet, which is neither 0 nor not applicable.

    Of a penalty ``score`` is what is taken off (never negative). ``max_score`` is None only where the framework
    gives none. ``met`` tells of a condition whether it is met; ``grade_caps`` are those that the inputs bring about.
    """

    score: Decimal | None
    max_score: Decimal | None
    explanation: Explanation
    not_applicable: bool = False
    grade_caps: tuple[GradeCap, ...] = ()
    met: bool | None = None

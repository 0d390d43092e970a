"""What every scoring rule has in common: it reads inputs, judges them, and says why."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

from indicators.scoring.exact import percent, points, shown
from indicators.scoring.explanation import Explanation, GradeCap, Scored
from indicators.scoring.faults import InputFault, InputRefused
from indicators.scoring.inputs import Field, Value, read, said


@dataclass(frozen=True)
class Outcome:
    """What a rule found: points, and the steps that lead to them."""

    score: Decimal
    steps: tuple[str, ...]
    met: bool | None = None
    grade_caps: tuple[GradeCap, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rule(ABC):
    """A scoring rule. ``max_score`` is the component's; a rule that is a share of it speaks of it by this number."""

    shape: ClassVar[str]
    takes_off: ClassVar[bool] = False
    max_score: Decimal | None = None

    @property
    @abstractmethod
    def fields(self) -> tuple[Field, ...]:
        """The declared inputs."""

    @property
    def main(self) -> str:
        """The input that plain ``value`` means."""
        return self.fields[0].name

    @abstractmethod
    def judge(self, values: Mapping[str, Value], max_score: Decimal | None) -> Outcome | None:
        """Return the outcome; None while an input that matters is blank."""

    @abstractmethod
    def sentence(self, max_score: Decimal | None) -> str:
        """The rule in one Vietnamese sentence, for a maximum."""

    @abstractmethod
    def best(self, max_score: Decimal | None) -> Decimal | None:
        """The most that the rule gives (of a penalty: takes off); None when there is no end."""

    @abstractmethod
    def form(self) -> dict[str, object]:
        """The keys that rules are kept with, without the shape."""

    def to_dict(self) -> dict[str, object]:
        """Return the canonical JSON form; reading it again gives an equal rule."""
        return {"shape": self.shape, **self.form()}

    def describe(self) -> str:
        """Return the rule in one Vietnamese sentence."""
        return self.sentence(self.max_score)

    def read(self, inputs: Mapping[str, object]) -> dict[str, Value]:
        """Return the inputs, checked; raises InputRefused with every fault."""
        values = read(self.fields, inputs, self.main)
        faults = self.faults(values)
        if faults:
            raise InputRefused(faults)
        return values

    def faults(self, values: Mapping[str, Value]) -> list[InputFault]:
        """Return what is wrong between inputs that are right one by one."""
        return []

    def lines(self, values: Mapping[str, Value]) -> tuple[str, ...]:
        """Print what was declared."""
        return tuple(said(one, values[one.name]) for one in self.fields if one.name in values)

    def missing(self, values: Mapping[str, Value]) -> tuple[Field, ...]:
        """Return the inputs that are still needed."""
        return tuple(one for one in self.fields if one.name not in values and not one.optional)

    def score(self, inputs: Mapping[str, Value], max_score: Decimal | None) -> Scored:
        """Score declared inputs and explain. Blank inputs give no score, which is not 0."""
        values = self.read(inputs)
        outcome = self.judge(values, max_score)
        rule, lines = self.sentence(max_score), self.lines(values)
        if outcome is None:
            lacking = ", ".join(one.label for one in self.missing(values)) or "số liệu"
            return Scored(None, max_score, Explanation(rule, lines, (f"Chưa kê khai: {lacking}; chưa có điểm",)))
        explanation = Explanation(rule, lines, outcome.steps)
        return Scored(outcome.score, max_score, explanation, grade_caps=outcome.grade_caps, met=_met(outcome))


def _met(outcome: Outcome) -> bool:
    return outcome.score > 0 if outcome.met is None else outcome.met


def needed(max_score: Decimal | None) -> Decimal:
    """Return the maximum of a rule that is a share of it."""
    if max_score is None:
        raise ValueError("a rule that is a share of the maximum needs the maximum")
    return max_score


def full(max_score: Decimal | None) -> str:
    """Print the maximum, known or not.

    >>> full(Decimal(10)), full(None)
    ('10 điểm', 'điểm tối đa')
    """
    return "điểm tối đa" if max_score is None else points(max_score)


def unit_of(kind: str, *, days: bool = False) -> str:
    """Return the unit that is printed after a bound."""
    if days:
        return " ngày"
    return " %" if kind == "percent" else ""


def amount(value: Fraction, kind: str, *, days: bool = False) -> str:
    """Print a value with its unit.

    >>> amount(Fraction(72), "percent"), amount(Fraction(31), "number", days=True)
    ('72 %', '31 ngày')
    """
    return percent(value) if kind == "percent" else f"{shown(value)}{unit_of(kind, days=days)}"

"""A choice: one of the levels that the regulation names."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from indicators.scoring import input_names
from indicators.scoring.exact import points, shown
from indicators.scoring.inputs import Field, Value
from indicators.scoring.rule import Outcome, Rule
from indicators.scoring.written import Written


@dataclass(frozen=True)
class Option:
    """One level, and its points."""

    label: str
    score: Decimal

    def to_dict(self) -> dict[str, object]:
        """Return the form that rules are kept in."""
        return {"label": self.label, "score": str(self.score)}


@dataclass(frozen=True, kw_only=True)
class Choice(Rule):
    """One of several levels. Two levels may have the same points for different reasons.

    >>> rule = Choice(name="option", label="Mức", options=(Option("đạt", Decimal(2)), Option("chưa đạt", Decimal(0))))
    >>> rule.describe()
    'Chọn một mức: “đạt” được 2 điểm; “chưa đạt” được 0 điểm.'
    >>> rule.score({"value": "Đạt"}, Decimal(2)).explanation.steps
    ('Mức “đạt”: 2 điểm',)
    """

    shape: ClassVar[str] = "choice"
    name: str
    label: str
    options: tuple[Option, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        return (Field(self.name, "choice", self.label, options=tuple(option.label for option in self.options)),)

    def judge(self, values: Mapping[str, Value], max_score: Decimal | None) -> Outcome | None:
        chosen = [option for option in self.options if option.label == values.get(self.name)]
        if not chosen:
            return None
        return Outcome(chosen[0].score, (f"Mức “{chosen[0].label}”: {points(chosen[0].score)}",))

    def sentence(self, max_score: Decimal | None) -> str:
        levels = "; ".join(f"“{option.label}” được {points(option.score)}" for option in self.options)
        return f"Chọn một mức: {levels}."

    def best(self, max_score: Decimal | None) -> Decimal | None:
        return max(option.score for option in self.options)

    def form(self) -> dict[str, object]:
        return {
            "input": {"name": self.name, "label": self.label},
            "options": [option.to_dict() for option in self.options],
        }


def read_choice(written: Written, max_score: Decimal | None, *, key: str = "options") -> Rule:
    """Read a choice: options with label and score."""
    name, label = read_name(written, default="option")
    options: list[Option] = []
    for one in written.several(key, least=2):
        option = Option(one.words("label", required=True), one.number("score", required=True) or Decimal(0))
        if max_score is not None and option.score > max_score:
            one.fault("score", f"lớn hơn điểm tối đa {shown(max_score)}.")
        if option.label in {earlier.label for earlier in options}:
            one.fault("label", "hai mức có cùng tên.")
        one.finish()
        options.append(option)
    return Choice(name=name, label=label, options=tuple(options), max_score=max_score)


def read_name(written: Written, *, default: str) -> tuple[str, str]:
    """Take ``input`` where only its name and label matter."""
    if not isinstance(written.keys.get("input"), Mapping):
        name = written.words("input") or default
        return name, input_names.label_of(name)
    inner = written.inner("input")
    name = (inner.words("name") if inner else "") or default
    label = (inner.words("label") if inner else "") or input_names.label_of(name)
    if inner is not None:
        inner.finish()
    return name, label

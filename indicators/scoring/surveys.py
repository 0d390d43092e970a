"""Survey points: an index of satisfaction as a share, or answers weighted by how good they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

from indicators.scoring.exact import HUNDRED, Rounding, percent, shown
from indicators.scoring.faults import InputFault
from indicators.scoring.inputs import Field, Rate, Value, field
from indicators.scoring.rule import Outcome, Rule, full, needed
from indicators.scoring.shares import rate_form, read_rate, read_rounding, rounded
from indicators.scoring.written import Written


@dataclass(frozen=True, kw_only=True)
class SurveyPercent(Rule):
    """An index of satisfaction, as a share of the maximum.

    >>> sipas = SurveyPercent(rate=Rate("percent", "Chỉ số hài lòng"), max_score=Decimal(10))
    >>> sipas.score({"value": Decimal("91.17")}, Decimal(10)).explanation.steps
    ('91,17 % × 10 = 9,117', 'làm tròn 2 chữ số: 9,12 điểm')
    """

    shape: ClassVar[str] = "survey"
    rate: Rate
    rounding: Rounding = attribute(default_factory=Rounding)

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.rate.fields

    def faults(self, values: Mapping[str, Value]) -> list[InputFault]:
        return self.rate.faults(values)

    def lines(self, values: Mapping[str, Value]) -> tuple[str, ...]:
        return self.rate.lines(values)

    def judge(self, values: Mapping[str, Value], max_score: Decimal | None) -> Outcome | None:
        value = self.rate.of(values)
        if value is None:
            return None
        top = needed(max_score)
        return Outcome(
            *rounded(value / HUNDRED * Fraction(top), f"{percent(value)} × {shown(top)}", self.rounding, top)
        )

    def sentence(self, max_score: Decimal | None) -> str:
        return f"Điều tra xã hội học: {self.rate.label} × {full(max_score)}, {self.rounding.phrase}."

    def best(self, max_score: Decimal | None) -> Decimal | None:
        return max_score

    def form(self) -> dict[str, object]:
        return {"input": rate_form(self.rate), "round": self.rounding.to_dict()}


@dataclass(frozen=True)
class AnswerWeight:
    """One answer of a questionnaire, and what share of the maximum it is worth."""

    name: str
    label: str
    weight: Decimal

    def to_dict(self) -> dict[str, object]:
        """Return the form that rules are kept in."""
        return {"name": self.name, "label": self.label, "weight": str(self.weight)}


@dataclass(frozen=True, kw_only=True)
class SurveyAnswers(Rule):
    """The mean of the answers' weights, as a share of the maximum.

    >>> rule = SurveyAnswers(options=(
    ...     AnswerWeight("good", "Tốt", Decimal(100)), AnswerWeight("bad", "Kém", Decimal(0))), max_score=Decimal(2))
    >>> rule.score({"good": Decimal(30), "bad": Decimal(10)}, Decimal(2)).explanation.steps
    ('(30 × 100 % + 10 × 0 %) / 40 phiếu = 75 %', '75 % × 2 = 1,5', 'làm tròn 2 chữ số: 1,50 điểm')
    """

    shape: ClassVar[str] = "survey"
    options: tuple[AnswerWeight, ...]
    rounding: Rounding = attribute(default_factory=Rounding)

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(field(option.name, "count", f"Số phiếu “{option.label}”") for option in self.options)

    @property
    def main(self) -> str:
        return ""

    def counts(self, values: Mapping[str, Value]) -> list[Decimal] | None:
        """Return the answers of each kind; None while one is blank."""
        given = [values.get(option.name) for option in self.options]
        known = [count for count in given if isinstance(count, Decimal)]
        return known if len(known) == len(given) else None

    def faults(self, values: Mapping[str, Value]) -> list[InputFault]:
        counts = self.counts(values)
        if counts is not None and not any(counts):
            words = "Không có phiếu nào thì không có tỷ lệ; nếu không điều tra, hãy chọn “không phát sinh”."
            return [InputFault("", self.options[0].name, "input_denominator_zero", words)]
        return []

    def judge(self, values: Mapping[str, Value], max_score: Decimal | None) -> Outcome | None:
        counts = self.counts(values)
        if counts is None:
            return None
        top, every = needed(max_score), sum(counts)
        pairs = list(zip(counts, self.options, strict=True))
        share = Fraction(sum(count * option.weight for count, option in pairs)) / Fraction(every)
        added = " + ".join(f"{shown(count)} × {percent(option.weight)}" for count, option in pairs)
        got, steps = rounded(share / HUNDRED * Fraction(top), f"{percent(share)} × {shown(top)}", self.rounding, top)
        return Outcome(got, (f"({added}) / {shown(every)} phiếu = {percent(share)}", *steps))

    def sentence(self, max_score: Decimal | None) -> str:
        weights = "; ".join(f"“{option.label}” {percent(option.weight)}" for option in self.options)
        return f"Điều tra xã hội học: bình quân các phiếu ({weights}) × {full(max_score)}, {self.rounding.phrase}."

    def best(self, max_score: Decimal | None) -> Decimal | None:
        return max_score

    def form(self) -> dict[str, object]:
        return {"options": [option.to_dict() for option in self.options], "round": self.rounding.to_dict()}


def read_survey(written: Written, max_score: Decimal | None) -> Rule:
    """Read survey points; with ``options`` they are weighted answers."""
    if not written.has("options"):
        return SurveyPercent(rate=read_rate(written), rounding=read_rounding(written), max_score=max_score)
    options = []
    for place, one in enumerate(written.several("options", least=2), 1):
        name = one.words("name") or f"answer_{place}"
        weight = one.number("weight", required=True) or Decimal(0)
        if weight > 100:
            one.fault("weight", "không được lớn hơn 100.")
        options.append(AnswerWeight(name, one.words("label", required=True), weight))
        one.finish()
    if len({option.name for option in options}) < len(options):
        written.fault("options", "hai phương án có cùng tên.", [option.name for option in options])
    return SurveyAnswers(options=tuple(options), rounding=read_rounding(written), max_score=max_score)

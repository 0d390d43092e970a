"""Ladders of tiers: by value, and by days after a deadline."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

from agencies.text import fold, nfc
from indicators.scoring.choices import read_choice, read_name
from indicators.scoring.conditions import Boolean, Condition, read_condition
from indicators.scoring.exact import points, shown
from indicators.scoring.faults import InputFault
from indicators.scoring.inputs import Field, Value, field, said
from indicators.scoring.intervals import Interval, coverage, low_cut
from indicators.scoring.measure import Measure, read_measure
from indicators.scoring.rule import Outcome, Rule
from indicators.scoring.written import Written

_QUALITY = re.compile(r"score also needs ([a-z_]+) = true; otherwise 0")
_OVERRIDDEN = re.compile(r"[a-z_]+\s*(>=|<=|>|<)\s*(\d+(?:\.\d+)?)\s+AND\s+(.+)", re.DOTALL)
_KEYS = {">=": "ge", ">": "gt", "<=": "le", "<": "lt"}


@dataclass(frozen=True)
class Tier:
    """A range of values and its points."""

    score: Decimal
    range: Interval
    label: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return the form that rules are kept in."""
        kept = {"score": str(self.score), **self.range.to_dict()}
        return kept | {"label": self.label} if self.label else kept


@dataclass(frozen=True)
class Override:
    """Other points for a range of values, when something was done about it. It counts only when it is declared."""

    range: Interval
    condition: Condition
    score: Decimal

    def to_dict(self) -> dict[str, object]:
        """Return the form that rules are kept in."""
        return {**self.range.to_dict(), "condition": self.condition.to_dict(), "score": str(self.score)}


@dataclass(frozen=True, kw_only=True)
class Tiers(Rule):
    """Points by the tier in which the value lies; every value lies in exactly one.

    >>> percent = Measure("percent", "Tỷ lệ", "percent")
    >>> rule = Tiers(measure=percent, tiers=(
    ...     Tier(Decimal(2), Interval(ge=Decimal(70))), Tier(Decimal(0), Interval(lt=Decimal(70)))))
    >>> rule.describe()
    'Tỷ lệ: từ 70 % trở lên được 2 điểm; dưới 70 % được 0 điểm.'
    >>> rule.score({"percent": Decimal("69.99")}, Decimal(2)).explanation.steps
    ('69,99 % thuộc mức “dưới 70 %”: 0 điểm',)
    """

    shape: ClassVar[str] = "tiers"
    measure: Measure
    tiers: tuple[Tier, ...]
    override: Override | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        if self.override is None:
            return self.measure.fields
        condition = self.override.condition
        return (*self.measure.fields, field(condition.name, "boolean", condition.label, optional=True))

    def faults(self, values: Mapping[str, Value]) -> list[InputFault]:
        return self.measure.faults(values)

    def lines(self, values: Mapping[str, Value]) -> tuple[str, ...]:
        known = {one.name for one in self.measure.fields}
        rest = (said(one, values[one.name]) for one in self.fields if one.name in values and one.name not in known)
        return (*self.measure.lines(values), *rest)

    def tier_of(self, value: Fraction) -> Tier:
        """Return the tier of a value."""
        return next(tier for tier in self.tiers if tier.range.holds(value))

    def judge(self, values: Mapping[str, Value], max_score: Decimal | None) -> Outcome | None:
        value = self.measure.of(values)
        if value is None:
            return None
        tier = self.tier_of(value)
        step = f"{self.measure.print(value)} thuộc mức “{self.measure.where(tier.range)}”: {points(tier.score)}"
        over = self.override
        if over is None or not over.range.holds(value):
            return Outcome(tier.score, (step,))
        stated = values.get(over.condition.name)
        if stated is True:
            return Outcome(over.score, (step, f"{over.condition.label}: tính {points(over.score)}"))
        why = "không" if stated is False else "chưa kê khai, nên không tính"
        return Outcome(tier.score, (step, f"{over.condition.label}: {why}"))

    def sentence(self, max_score: Decimal | None) -> str:
        levels = "; ".join(f"{self.measure.where(tier.range)} được {points(tier.score)}" for tier in self.tiers)
        extra = ""
        if self.override is not None:
            over = self.override
            where = self.measure.where(over.range)
            extra = f" Nếu {where} nhưng {over.condition.label[:1].lower()}{over.condition.label[1:]} thì được "
            extra += f"{points(over.score)}."
        return f"{self.measure.label}: {levels}.{extra}"

    def best(self, max_score: Decimal | None) -> Decimal | None:
        extra = [self.override.score] if self.override is not None else []
        return max([tier.score for tier in self.tiers] + extra)

    def form(self) -> dict[str, object]:
        kept: dict[str, object] = {
            "input": self.measure.to_dict(),
            "tiers": [tier.to_dict() for tier in self.tiers],
        }
        return kept | {"override": self.override.to_dict()} if self.override is not None else kept


DONE = Condition("done", "Có thực hiện")


@dataclass(frozen=True, kw_only=True)
class Deadline(Rule):
    """Points by the days it took; nothing when it was not done at all, or not as well as it must be.

    The days alone are enough. ``done`` and the further conditions are asked for, and decide when they are declared
    as "no"; what is not declared is said in the explanation.

    >>> days = Measure("days", "Số ngày", "days")
    >>> rule = Deadline(measure=days, tiers=(
    ...     Tier(Decimal(3), Interval(le=Decimal(30))), Tier(Decimal(0), Interval(gt=Decimal(30)))),
    ...     needs=(Condition("quality_ok", "Bảo đảm chất lượng"),))
    >>> rule.describe()
    'Số ngày: không quá 30 ngày được 3 điểm; trên 30 ngày được 0 điểm; không thực hiện hoặc không đạt yêu cầu \
(Bảo đảm chất lượng) được 0 điểm.'
    >>> rule.score({"value": Decimal(30)}, Decimal(3)).score
    Decimal('3')
    >>> rule.score({"value": Decimal(30), "quality_ok": False}, Decimal(3)).score
    Decimal('0')
    """

    shape: ClassVar[str] = "deadline"
    measure: Measure
    tiers: tuple[Tier, ...]
    needs: tuple[Condition, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        conditions = (DONE, *self.needs)
        return (*self.measure.fields, *(field(one.name, "boolean", one.label, optional=True) for one in conditions))

    def judge(self, values: Mapping[str, Value], max_score: Decimal | None) -> Outcome | None:
        if values.get(DONE.name) is False:
            return Outcome(Decimal(0), ("Không thực hiện: 0 điểm",))
        unmet = [need.label for need in self.needs if values.get(need.name) is False]
        if unmet:
            return Outcome(Decimal(0), (f"Không đạt yêu cầu ({'; '.join(unmet)}): 0 điểm",))
        value = self.measure.of(values)
        if value is None:
            return None
        tier = next(tier for tier in self.tiers if tier.range.holds(value))
        where = self.measure.where(tier.range)
        steps = [f"{self.measure.print(value)} thuộc mức “{where}”: {points(tier.score)}"]
        open_needs = [need.label for need in self.needs if need.name not in values]
        if open_needs and tier.score:
            steps.append(f"Chưa kê khai “{'; '.join(open_needs)}”: điểm tính theo thời hạn, nếu không đạt thì 0 điểm")
        return Outcome(tier.score, tuple(steps))

    def sentence(self, max_score: Decimal | None) -> str:
        levels = "; ".join(f"{self.measure.where(tier.range)} được {points(tier.score)}" for tier in self.tiers)
        needs = "; ".join(need.label for need in self.needs)
        unmet = f" hoặc không đạt yêu cầu ({needs})" if needs else ""
        return f"{self.measure.label}: {levels}; không thực hiện{unmet} được 0 điểm."

    def best(self, max_score: Decimal | None) -> Decimal | None:
        return max(tier.score for tier in self.tiers)

    def form(self) -> dict[str, object]:
        kept: dict[str, object] = {
            "input": self.measure.to_dict(),
            "tiers": [tier.to_dict() for tier in self.tiers],
        }
        return kept | {"needs": [need.to_dict() for need in self.needs]} if self.needs else kept


def read_tiers(written: Written, max_score: Decimal | None) -> Rule:
    """Read a ladder; tiers that have words only are a choice, or a yes-or-no when one of two is a "không"."""
    raw = written.keys.get("tiers")
    if isinstance(raw, list) and raw and not any(_bounded(item) for item in raw):
        return _worded(written, max_score, raw)
    measure = read_measure(written, default="percent")
    tiers = read_ladder(written, max_score, measure)
    override = None
    inner = written.inner("override")
    if inner is not None:
        override = _override(inner, max_score)
    return Tiers(measure=measure, tiers=tiers, override=override, max_score=max_score)


def _bounded(item: object) -> bool:
    return isinstance(item, Mapping) and any(item.get(key) is not None for key in ("ge", "gt", "le", "lt"))


def _worded(written: Written, max_score: Decimal | None, raw: Sequence[object]) -> Rule:
    labels = [nfc(str(item.get("label", ""))) for item in raw if isinstance(item, Mapping)]
    negative = [fold(label).startswith(("khong", "chua")) for label in labels]
    if len(raw) != 2 or len(labels) != 2 or sum(negative) != 1:
        return read_choice(written, max_score, key="tiers")
    name, label = read_name(written, default="met")
    scores = []
    for one in written.several("tiers"):
        one.words("label")
        scores.append(one.number("score", required=True) or Decimal(0))
        if max_score is not None and scores[-1] > max_score:
            one.fault("score", f"lớn hơn điểm tối đa {shown(max_score)}.")
        one.finish()
    if negative[0]:
        scores.reverse()
    return Boolean(conditions=(Condition(name, label),), if_true=scores[0], if_false=scores[1], max_score=max_score)


def read_ladder(
    written: Written, max_score: Decimal | None, measure: Measure, *, falling: bool = False
) -> tuple[Tier, ...]:
    """Read tiers and check that they cover every value once, stay within the maximum and go one way."""
    before = len(written.faults)
    tiers = []
    for one in written.several("tiers"):
        score = one.number("score", required=True)
        tiers.append(Tier(score or Decimal(0), _interval(one), one.words("label")))
        if score is not None and max_score is not None and score > max_score:
            one.fault("score", f"lớn hơn điểm tối đa {shown(max_score)}.")
        one.finish()
    ranges = [tier.range for tier in tiers]
    for place, message in coverage(ranges, least=measure.least, most=measure.most, whole=measure.whole):
        shown_range = ranges[place].phrase(measure.unit)
        written.fault(f"tiers[{place}]", message, shown_range)
    if len(written.faults) == before:
        order = sorted(tiers, key=lambda tier: low_cut(tier.range, whole=measure.whole))
        scores = [tier.score for tier in order]
        if scores != sorted(scores, reverse=True) and (falling or scores != sorted(scores)):
            way = "giảm dần khi số ngày tăng" if falling else "chỉ tăng dần hoặc chỉ giảm dần"
            written.fault("tiers", f"điểm của các mức phải {way}.", [str(score) for score in scores])
    return tuple(tiers)


def _interval(written: Written) -> Interval:
    ends = {key: written.number(key, least=None) for key in ("ge", "gt", "le", "lt")}
    for pair in (("ge", "gt"), ("le", "lt")):
        if all(ends[key] is not None for key in pair):
            written.fault(pair[1], f"không được có cả {pair[0]} và {pair[1]}.")
            ends[pair[1]] = None
    return Interval(**ends)


def _override(written: Written, max_score: Decimal | None) -> Override:
    score = written.number("score", required=True) or Decimal(0)
    if max_score is not None and score > max_score:
        written.fault("score", f"lớn hơn điểm tối đa {shown(max_score)}.")
    condition, interval = Condition("override", "Đã có biện pháp"), Interval()
    if written.has("when"):
        words = written.words("when")
        match = _OVERRIDDEN.fullmatch(words)
        if match is None:
            written.fault("when", "không hiểu điều kiện này (dạng: percent < 80 AND …).")
        else:
            sign, bound, reason = match.groups()
            interval = Interval(**{_KEYS[sign]: Decimal(bound)})
            condition = Condition("override", reason[:1].upper() + reason[1:])
    else:
        interval = _interval(written)
        inner = written.inner("condition", required=True)
        condition = read_condition(inner, default="override") if inner is not None else condition
    if not interval.bounded:
        written.fault("when", "phải nêu khoảng giá trị được thay điểm.")
    written.finish()
    return Override(interval, condition, score)


def read_deadline(written: Written, max_score: Decimal | None) -> Rule:
    """Read tiers of days, and what else is needed."""
    measure = read_measure(written, default="days", kind="days")
    tiers = read_ladder(written, max_score, measure, falling=True)
    needs = tuple(read_condition(one) for one in written.several("needs", least=0))
    quality = _QUALITY.search(str(written.keys.get("note") or ""))
    if quality is not None and not needs:
        name = quality.group(1)
        needs = (Condition(name, "Bảo đảm chất lượng" if name == "quality_ok" else name.replace("_", " ")),)
    names = [measure.name, DONE.name, *(need.name for need in needs)]
    if len(set(names)) < len(names):
        written.fault("needs", "hai số liệu có cùng tên.", names)
    return Deadline(measure=measure, tiers=tiers, needs=needs, max_score=max_score)

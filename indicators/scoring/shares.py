"""Shares of the maximum: a rate in pieces, a plain rate, a value against the best peer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

from indicators.scoring import input_names
from indicators.scoring.exact import HUNDRED, Rounding, percent, places_of, points, shown
from indicators.scoring.faults import InputFault
from indicators.scoring.inputs import Field, Rate, Value
from indicators.scoring.measure import Measure, read_measure
from indicators.scoring.rule import Outcome, Rule, full, needed
from indicators.scoring.written import Written

_BETWEEN = re.compile(r"\(\s*tỷ lệ\s*/\s*(\d+(?:[.,]\d+)?)\s*%\s*\)\s*[x×*]\s*(\d+(?:[.,]\d+)?)")
_PLAIN = re.compile(r"percent\s*[x×*]\s*max")


def rounded(exact: Fraction, sum_in_words: str, rounding: Rounding, most: Decimal) -> tuple[Decimal, tuple[str, ...]]:
    """Round a share, never above the most, and say so.

    >>> rounded(Fraction("4.98"), "83 % × 6", Rounding(step=Decimal("0.25")), Decimal(6))
    (Decimal('5.00'), ('83 % × 6 = 4,98', 'làm tròn đến bội số của 0,25: 5,00 điểm'))
    """
    got = min(rounding.of(exact), most)
    return got, (f"{sum_in_words} = {shown(exact)}", f"{rounding.phrase}: {points(got, decimals_of(got, rounding))}")


def decimals_of(got: Decimal, rounding: Rounding) -> int:
    """Return with how many decimals a result is printed: those of the rounding, or more when it needs them."""
    return max(rounding.places, places_of(Fraction(got)) or 0)


@dataclass(frozen=True, kw_only=True)
class PiecewiseRatio(Rule):
    """Full points from a rate on, nothing below another, a share in between.

    >>> rule = PiecewiseRatio(rate=Rate("percent", "Tỷ lệ"), full_at=Decimal(85), zero_below=Decimal(60),
    ...     max_score=Decimal(10))
    >>> rule.describe()
    'Đạt từ 85 % trở lên được 10 điểm; từ 60 % đến dưới 85 % tính (tỷ lệ / 85 %) × 10; dưới 60 % được 0 điểm.'
    >>> print(rule.score({"value": Decimal(72)}, Decimal(10)).explanation.text)
    Quy định: Đạt từ 85 % trở lên được 10 điểm; từ 60 % đến dưới 85 % tính (tỷ lệ / 85 %) × 10; dưới 60 % được 0 điểm. \
Kê khai: Tỷ lệ: 72 %. Cách tính: 72 / 85 × 10 = 8,470588…; làm tròn 2 chữ số: 8,47 điểm.
    """

    shape: ClassVar[str] = "piecewise_ratio"
    rate: Rate
    full_at: Decimal
    zero_below: Decimal = Decimal(0)
    cap: Decimal | None = None
    rounding: Rounding = attribute(default_factory=Rounding)

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.rate.fields

    def faults(self, values: Mapping[str, Value]) -> list[InputFault]:
        return self.rate.faults(values)

    def lines(self, values: Mapping[str, Value]) -> tuple[str, ...]:
        return self.rate.lines(values)

    def top(self, max_score: Decimal | None) -> Decimal:
        """The full points."""
        return needed(max_score) if self.cap is None else self.cap

    def judge(self, values: Mapping[str, Value], max_score: Decimal | None) -> Outcome | None:
        value = self.rate.of(values)
        if value is None:
            return None
        top = self.top(max_score)
        if value >= Fraction(self.full_at):
            return Outcome(top, (f"{percent(value)} đạt từ {percent(self.full_at)} trở lên: {points(top)}",))
        if value < Fraction(self.zero_below):
            return Outcome(Decimal(0), (f"{percent(value)} dưới {percent(self.zero_below)}: 0 điểm",))
        exact = value / Fraction(self.full_at) * Fraction(top)
        return Outcome(*rounded(exact, f"{shown(value)} / {shown(self.full_at)} × {shown(top)}", self.rounding, top))

    def sentence(self, max_score: Decimal | None) -> str:
        top = self.cap if self.cap is not None else max_score
        times = shown(top) if top is not None else "điểm tối đa"
        start = f"Đạt từ {percent(self.full_at)} trở lên được {full(top)}"
        share = f"tính (tỷ lệ / {percent(self.full_at)}) × {times}"
        if not self.zero_below:
            return f"{start}; dưới {percent(self.full_at)} {share}."
        between = f"từ {percent(self.zero_below)} đến dưới {percent(self.full_at)} {share}"
        return f"{start}; {between}; dưới {percent(self.zero_below)} được 0 điểm."

    def best(self, max_score: Decimal | None) -> Decimal | None:
        return self.cap if self.cap is not None else max_score

    def form(self) -> dict[str, object]:
        kept: dict[str, object] = {"input": rate_form(self.rate), "full_at_percent": str(self.full_at)}
        kept["zero_below_percent"] = str(self.zero_below)
        if self.cap is not None:
            kept["cap"] = str(self.cap)
        return kept | {"round": self.rounding.to_dict()}


@dataclass(frozen=True, kw_only=True)
class PlainRatio(Rule):
    """The rate times the maximum, rounded.

    >>> rule = PlainRatio(rate=Rate("percent", "Tỷ lệ"), rounding=Rounding(step=Decimal("0.25")), max_score=Decimal(6))
    >>> rule.describe()
    'Tỷ lệ × 6 điểm, làm tròn đến bội số của 0,25.'
    >>> rule.score({"numerator": Decimal(5), "denominator": Decimal(7)}, Decimal(6)).explanation.steps
    ('71,428571… % × 6 = 4,285714…', 'làm tròn đến bội số của 0,25: 4,25 điểm')
    """

    shape: ClassVar[str] = "plain_ratio"
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
        exact = value / HUNDRED * Fraction(top)
        return Outcome(*rounded(exact, f"{percent(value)} × {shown(top)}", self.rounding, top))

    def sentence(self, max_score: Decimal | None) -> str:
        return f"{self.rate.label} × {full(max_score)}, {self.rounding.phrase}."

    def best(self, max_score: Decimal | None) -> Decimal | None:
        return max_score

    def form(self) -> dict[str, object]:
        return {"input": rate_form(self.rate), "round": self.rounding.to_dict()}


@dataclass(frozen=True, kw_only=True)
class BestPeer(Rule):
    """The value as a share of the best peer's, or the other way round where less is better.

    >>> rule = BestPeer(value=Field("value", "number", "Số dịch vụ"), best_value=Field("best", "number", "Cao nhất"))
    >>> rule.score({"value": Decimal(30), "best": Decimal(40)}, Decimal(2)).explanation.steps
    ('30 / 40 × 2 = 1,5', 'làm tròn 2 chữ số: 1,50 điểm')
    """

    shape: ClassVar[str] = "best_peer"
    value: Field
    best_value: Field
    less_is_better: bool = False
    rounding: Rounding = attribute(default_factory=Rounding)

    @property
    def fields(self) -> tuple[Field, ...]:
        return (self.value, self.best_value)

    def faults(self, values: Mapping[str, Value]) -> list[InputFault]:
        value, best = values.get(self.value.name), values.get(self.best_value.name)
        if best == 0 and not self.less_is_better:
            words = "bằng 0 thì không so sánh được; nếu không đơn vị nào có việc, hãy chọn “không phát sinh”."
            return [InputFault("", self.best_value.name, "input_denominator_zero", f"{self.best_value.label}: {words}")]
        if isinstance(value, Decimal) and isinstance(best, Decimal):
            better = value < best if self.less_is_better else value > best
            if better:
                words = f"{shown(value)} tốt hơn giá trị tốt nhất đã khai ({shown(best)})."
                return [InputFault("", self.value.name, "input_range", f"{self.value.label}: {words}")]
        return []

    def judge(self, values: Mapping[str, Value], max_score: Decimal | None) -> Outcome | None:
        value, best = values.get(self.value.name), values.get(self.best_value.name)
        if not isinstance(value, Decimal) or not isinstance(best, Decimal):
            return None
        top = needed(max_score)
        above, below = (best, value) if self.less_is_better else (value, best)
        if above == below:
            return Outcome(top, (f"{shown(value)} là giá trị tốt nhất: {points(top)}",))
        exact = Fraction(above) / Fraction(below) * Fraction(top)
        return Outcome(*rounded(exact, f"{shown(above)} / {shown(below)} × {shown(top)}", self.rounding, top))

    def sentence(self, max_score: Decimal | None) -> str:
        value, best = self.value.label, self.best_value.label
        above, below = (best, value) if self.less_is_better else (value, best)
        return f"({above} / {below[:1].lower()}{below[1:]}) × {full(max_score)}, {self.rounding.phrase}."

    def best(self, max_score: Decimal | None) -> Decimal | None:
        return max_score

    def form(self) -> dict[str, object]:
        kept: dict[str, object] = {
            "input": {"name": self.value.name, "label": self.value.label},
            "best": {"name": self.best_value.name, "label": self.best_value.label},
        }
        if self.less_is_better:
            kept["less_is_better"] = True
        return kept | {"round": self.rounding.to_dict()}


def rate_form(rate: Rate) -> dict[str, object]:
    """Return the form that a rate is kept in."""
    return Measure(rate.name, rate.label, "percent", rate.may_exceed, rate.numerator, rate.denominator).to_dict()


def read_rate(written: Written) -> Rate:
    """Take a rate: ``input``, with the words of ``numerator`` and ``denominator`` beside it or in it."""
    measure = read_measure(written, default="percent", kind="percent")
    return Rate(
        measure.name,
        measure.label,
        written.words("numerator") or measure.numerator,
        written.words("denominator") or measure.denominator,
        measure.may_exceed,
    )


def read_rounding(written: Written) -> Rounding:
    """Take ``round``: decimals or a step; two decimals when nothing is said."""
    inner = written.inner("round")
    if inner is None:
        return Rounding()
    step, decimals = inner.number("step"), inner.whole("decimals")
    if step is not None and decimals is not None:
        inner.fault("step", "chỉ nêu step hoặc decimals.")
    if step is not None and step == 0:
        inner.fault("step", "phải lớn hơn 0.")
        step = None
    if decimals is not None and decimals > 6:
        inner.fault("decimals", "không quá 6 chữ số.")
        decimals = 6
    inner.finish()
    if step is not None:
        return Rounding(step=step)
    return Rounding(decimals=2 if decimals is None else decimals)


def read_piecewise(written: Written, max_score: Decimal | None) -> Rule:
    """Read a rate in pieces; a formula in words must say the same as the numbers."""
    rate, rounding = read_rate(written), read_rounding(written)
    full_at = written.number("full_at_percent", required=True)
    zero_below = written.number("zero_below_percent") or Decimal(0)
    cap = written.number("cap")
    if full_at == 0:
        written.fault("full_at_percent", "phải lớn hơn 0.")
    if full_at is not None and full_at > 100 and not rate.may_exceed:
        written.fault("full_at_percent", "không được lớn hơn 100.")
    if full_at is not None and zero_below > full_at:
        written.fault("zero_below_percent", f"không được lớn hơn mức đạt điểm tối đa ({shown(full_at)}).")
    if cap is not None and max_score is not None and cap > max_score:
        written.fault("cap", f"lớn hơn điểm tối đa {shown(max_score)}.")
    words = written.words("formula_between")
    if words:
        match = _BETWEEN.fullmatch(words)
        top = cap if cap is not None else max_score
        said = [Decimal(number.replace(",", ".")) for number in match.groups()] if match else []
        if not match:
            written.fault("formula_between", "không hiểu công thức này (dạng: (tỷ lệ / 85%) x 10).")
        elif said[0] != full_at or (top is not None and said[1] != top):
            written.fault("formula_between", "công thức không khớp với mức đạt điểm tối đa hoặc điểm tối đa.")
    if cap == max_score:
        cap = None
    return PiecewiseRatio(
        rate=rate, full_at=full_at or Decimal(100), zero_below=zero_below, cap=cap, rounding=rounding,
        max_score=max_score,
    )  # fmt: skip


def read_plain(written: Written, max_score: Decimal | None) -> Rule:
    """Read a plain rate."""
    words = written.words("formula")
    if words and not _PLAIN.fullmatch(words):
        written.fault("formula", "không hiểu công thức này (dạng: percent x max).")
    return PlainRatio(rate=read_rate(written), rounding=read_rounding(written), max_score=max_score)


def read_best_peer(written: Written, max_score: Decimal | None) -> Rule:
    """Read a value against the best peer."""
    names = []
    for key, default in (("input", "value"), ("best", "best")):
        inner = written.inner(key) if isinstance(written.keys.get(key), Mapping) else None
        name = (inner.words("name") if inner else written.words(key)) or default
        names.append((name, (inner.words("label") if inner else "") or input_names.label_of(name)))
        if inner is not None:
            inner.finish()
    if names[0][0] == names[1][0]:
        written.fault("best", "hai số liệu có cùng tên.", names[1][0])
    value, best = (Field(name, "number", label, least=Decimal(0)) for name, label in names)
    return BestPeer(
        value=value, best_value=best, less_is_better=written.truth("less_is_better"),
        rounding=read_rounding(written), max_score=max_score,
    )  # fmt: skip

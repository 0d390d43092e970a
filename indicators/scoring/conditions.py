"""Rules of yes and no: one condition, several that must all hold, or one number against another."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from indicators.scoring import input_names
from indicators.scoring.exact import points, shown
from indicators.scoring.inputs import MAIN, Field, Value, field, read, said, yes_no
from indicators.scoring.rule import Outcome, Rule
from indicators.scoring.written import Written

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_COMPARED = re.compile(r"([a-z][a-z0-9_]*)\s*(>=|<=|>|<)\s*([a-z][a-z0-9_]*)")
ALL_MET = "Đạt tất cả các yêu cầu"


@dataclass(frozen=True)
class Condition:
    """Something that is so or is not."""

    name: str
    label: str

    @property
    def field(self) -> Field:
        """The declared input."""
        return field(self.name, "boolean", self.label)

    def to_dict(self) -> dict[str, object]:
        """Return the form that rules are kept in."""
        return {"name": self.name, "label": self.label}


def read_condition(written: Written, *, default: str = "met") -> Condition:
    """Take a condition from an object with name and label."""
    name = written.words("name") or default
    condition = Condition(name, written.words("label") or input_names.label_of(name))
    written.finish()
    return condition


@dataclass(frozen=True, kw_only=True)
class Boolean(Rule):
    """Full points when every condition holds, the other points when one does not.

    One condition that does not hold decides, whatever the others are; otherwise each must be declared.

    >>> rule = Boolean(conditions=(Condition("on_time", "Đúng hạn"),), if_true=Decimal(3), if_false=Decimal(0))
    >>> rule.describe()
    'Đạt yêu cầu “Đúng hạn” được 3 điểm; không đạt được 0 điểm.'
    >>> rule.score({"on_time": True}, Decimal(3)).score, rule.score({}, Decimal(3)).score
    (Decimal('3'), None)
    """

    shape: ClassVar[str] = "boolean"
    conditions: tuple[Condition, ...]
    if_true: Decimal
    if_false: Decimal

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(condition.field for condition in self.conditions)

    def read(self, inputs: Mapping[str, object]) -> dict[str, Value]:
        """Read the conditions; plain ``value`` speaks of all of them together."""
        if len(self.conditions) > 1 and inputs.get(MAIN) is not None and MAIN not in self.names:
            return read((field(MAIN, "boolean", ALL_MET),), inputs)
        return super().read(inputs)

    @property
    def names(self) -> frozenset[str]:
        """The names of the conditions."""
        return frozenset(condition.name for condition in self.conditions)

    def lines(self, values: Mapping[str, Value]) -> tuple[str, ...]:
        if MAIN in values and MAIN not in self.names:
            return (f"{ALL_MET}: {yes_no(values[MAIN] is True)}",)
        return super().lines(values)

    def judge(self, values: Mapping[str, Value], max_score: Decimal | None) -> Outcome | None:
        if MAIN in values and MAIN not in self.names:
            unmet = ["yêu cầu"] if values[MAIN] is False else []
        else:
            unmet = [condition.label for condition in self.conditions if values.get(condition.name) is False]
            if not unmet and self.missing(values):
                return None
        if unmet:
            bare = unmet == ["yêu cầu"] or unmet == [input_names.label_of("met")]
            listed = "yêu cầu" if bare else ", ".join(f"“{label}”" for label in unmet)
            return Outcome(self.if_false, (f"Không đạt {listed}: {points(self.if_false)}",), met=False)
        every = "Đạt tất cả các yêu cầu" if len(self.conditions) > 1 else "Đạt yêu cầu"
        return Outcome(self.if_true, (f"{every}: {points(self.if_true)}",), met=True)

    def sentence(self, max_score: Decimal | None) -> str:
        labels = "; ".join(condition.label for condition in self.conditions)
        if len(self.conditions) > 1:
            start = f"Đạt tất cả các yêu cầu ({labels}) được {points(self.if_true)}; thiếu một yêu cầu"
        else:
            named = "" if labels == input_names.label_of("met") else f" “{labels}”"
            start = f"Đạt yêu cầu{named} được {points(self.if_true)}; không đạt"
        return f"{start} được {points(self.if_false)}."

    def best(self, max_score: Decimal | None) -> Decimal | None:
        return max(self.if_true, self.if_false)

    def form(self) -> dict[str, object]:
        conditions = [condition.to_dict() for condition in self.conditions]
        return {"conditions": conditions, "true": str(self.if_true), "false": str(self.if_false)}


SIGNS = {">": "lớn hơn", ">=": "không nhỏ hơn", "<": "nhỏ hơn", "<=": "không lớn hơn"}


@dataclass(frozen=True, kw_only=True)
class Comparison(Rule):
    """Full points when one number stands to another as it should (this year's rate above last year's)."""

    shape: ClassVar[str] = "comparison"
    left: Field
    sign: str
    right: Field
    if_true: Decimal
    if_false: Decimal

    @property
    def fields(self) -> tuple[Field, ...]:
        return (self.left, self.right)

    @property
    def main(self) -> str:
        return ""

    @property
    def stated(self) -> Field:
        """The comparison itself, declared as yes or no (plain ``value``)."""
        return field(MAIN, "boolean", f"{self.left.label} {SIGNS[self.sign]} {self.right.label.lower()}")

    def read(self, inputs: Mapping[str, object]) -> dict[str, Value]:
        if inputs.get(MAIN) is not None and MAIN not in (self.left.name, self.right.name):
            return read((self.stated,), inputs)
        return super().read(inputs)

    def lines(self, values: Mapping[str, Value]) -> tuple[str, ...]:
        if MAIN in values and MAIN not in (self.left.name, self.right.name):
            return (said(self.stated, values[MAIN]),)
        return super().lines(values)

    def judge(self, values: Mapping[str, Value], max_score: Decimal | None) -> Outcome | None:
        left, right, stated = values.get(self.left.name), values.get(self.right.name), values.get(MAIN)
        if isinstance(stated, bool):
            holds, step = stated, "Đạt" if stated else "Không đạt"
        elif isinstance(left, Decimal) and isinstance(right, Decimal):
            holds = holds_between(left, self.sign, right)
            step = f"{shown(left)} {'' if holds else 'không '}{SIGNS[self.sign]} {shown(right)}"
        else:
            return None
        got = self.if_true if holds else self.if_false
        return Outcome(got, (f"{step}: {points(got)}",), met=holds)

    def sentence(self, max_score: Decimal | None) -> str:
        compared = f"{self.left.label} {SIGNS[self.sign]} {self.right.label.lower()}"
        return f"{compared} được {points(self.if_true)}; nếu không được {points(self.if_false)}."

    def best(self, max_score: Decimal | None) -> Decimal | None:
        return max(self.if_true, self.if_false)

    def form(self) -> dict[str, object]:
        return {
            "left": {"name": self.left.name, "label": self.left.label, "kind": self.left.kind},
            "sign": self.sign,
            "right": {"name": self.right.name, "label": self.right.label, "kind": self.right.kind},
            "true": str(self.if_true),
            "false": str(self.if_false),
        }


def holds_between(left: Decimal, sign: str, right: Decimal) -> bool:
    """Tell whether a number stands to another as a sign says.

    >>> holds_between(Decimal("1.0"), ">=", Decimal(1)), holds_between(Decimal(1), "<", Decimal(1))
    (True, False)
    """
    return {">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}[sign]


def _ends(written: Written, max_score: Decimal | None) -> tuple[Decimal, Decimal]:
    if_true, if_false = written.number("true", required=True), written.number("false")
    for key, value in (("true", if_true), ("false", if_false)):
        if value is not None and max_score is not None and value > max_score:
            written.fault(key, f"lớn hơn điểm tối đa {shown(max_score)}.")
    return if_true or Decimal(0), if_false or Decimal(0)


def read_boolean(written: Written, max_score: Decimal | None) -> Rule:
    """Read yes-and-no rules: a list of conditions, or the short form "a AND b" or "a > b"."""
    if_true, if_false = _ends(written, max_score)
    conditions: list[Condition] = []
    if written.has("conditions"):
        conditions = [read_condition(one) for one in written.several("conditions")]
        if len({one.name for one in conditions}) < len(conditions):
            written.fault("conditions", "hai yêu cầu có cùng tên.", [one.name for one in conditions])
    else:
        words = written.words("input") or "met"
        compared = _COMPARED.fullmatch(words)
        if compared:
            left, sign, right = compared.groups()
            return Comparison(
                left=_number_field(left), sign=sign, right=_number_field(right),
                if_true=if_true, if_false=if_false, max_score=max_score,
            )  # fmt: skip
        for name in re.split(r"\s+AND\s+", words):
            if not _NAME.fullmatch(name):
                written.fault("input", "không hiểu điều kiện này.", name)
            conditions.append(Condition(name, input_names.label_of(name)))
    return Boolean(conditions=tuple(conditions), if_true=if_true, if_false=if_false, max_score=max_score)


def _number_field(name: str, kind: str = "", label: str = "") -> Field:
    kind = kind or input_names.kind_of(name)
    return field(name, kind, label or input_names.label_of(name), may_exceed=True)


def read_comparison(written: Written, max_score: Decimal | None) -> Rule:
    """Read the canonical form of a comparison."""
    if_true, if_false = _ends(written, max_score)
    sides = []
    for key in ("left", "right"):
        inner = written.inner(key, required=True)
        name = inner.words("name", required=True) if inner else key
        kind = inner.words("kind") if inner else ""
        if inner is not None and kind not in ("", "percent", "count", "number"):
            inner.fault("kind", "loại số liệu phải là percent, count hoặc number.")
            kind = ""
        sides.append(_number_field(name, kind, inner.words("label") if inner else ""))
        if inner is not None:
            inner.finish()
    sign = written.words("sign", required=True)
    if sign not in SIGNS:
        written.fault("sign", "phải là >, >=, < hoặc <=.")
        sign = ">"
    if sides[0].name == sides[1].name:
        written.fault("right", "hai vế có cùng tên.", sides[1].name)
    return Comparison(left=sides[0], sign=sign, right=sides[1], if_true=if_true, if_false=if_false, max_score=max_score)

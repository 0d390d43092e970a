"""Rules that hold other rules: a branch chooses one, a gate lets one count or makes the whole criterion 0."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar, Protocol

from agencies.text import fold
from indicators.scoring import input_names
from indicators.scoring.conditions import Condition, read_condition
from indicators.scoring.faults import InputFault, InputRefused, RuleFault
from indicators.scoring.inputs import MAIN, Field, Value, read, said
from indicators.scoring.rule import Outcome, Rule
from indicators.scoring.written import Written

YES_NO = ("false", "true")


class ReadInner(Protocol):
    """Reads a rule that stands inside another one."""

    def __call__(self, written: Written, max_score: Decimal | None) -> Rule | None: ...


def merged(*groups: tuple[Field, ...]) -> tuple[Field, ...]:
    """Put the fields of several rules side by side, each name once."""
    by_name: dict[str, Field] = {}
    for group in groups:
        for one in group:
            by_name.setdefault(one.name, one)
    return tuple(by_name.values())


def clashes(groups: list[tuple[Field, ...]]) -> set[str]:
    """Return the names that mean different things in different rules."""
    kinds: dict[str, set[object]] = {}
    for group in groups:
        for one in group:
            kinds.setdefault(one.name, set()).add((one.kind, one.options, one.whole))
    return {name for name, meanings in kinds.items() if len(meanings) > 1}


@dataclass(frozen=True, kw_only=True)
class Branch(Rule):
    """One rule or another, by what is declared first. What was declared for a branch not taken does not count."""

    shape: ClassVar[str] = "branch"
    on: Condition
    branches: tuple[tuple[str, Rule], ...]

    @property
    def selector(self) -> Field:
        """The input that decides: yes or no, or one of several words."""
        names = tuple(name for name, _ in self.branches)
        if set(names) == set(YES_NO):
            return self.on.field
        return Field(self.on.name, "choice", self.on.label, options=names)

    @property
    def fields(self) -> tuple[Field, ...]:
        inner = merged(*(rule.fields for _, rule in self.branches))
        return (self.selector, *(replace(one, optional=True) for one in inner))

    def taken(self, values: Mapping[str, Value]) -> Rule | None:
        """Return the rule that counts; None while it is not known."""
        chosen = values.get(self.on.name)
        key = str(chosen).lower() if isinstance(chosen, bool) else chosen
        return next((rule for name, rule in self.branches if name == key), None)

    def read(self, inputs: Mapping[str, object]) -> dict[str, Value]:
        chosen = read((self.selector,), {self.on.name: inputs.get(self.on.name)})
        rest = {name: value for name, value in inputs.items() if name != self.on.name}
        rule = self.taken(chosen)
        if rule is None:
            rest.pop(MAIN, None)
            return read(self.fields, rest)
        known = {one.name for one in self.fields}
        own = {one.name for one in rule.fields} | {MAIN}
        strangers = {name: value for name, value in rest.items() if name not in known | {MAIN}}
        faults = _faults_of(lambda: read(self.fields, strangers))
        inner: dict[str, Value] = {}
        try:
            inner = rule.read({name: value for name, value in rest.items() if name in own})
        except InputRefused as refused:
            faults += refused.faults
        if faults:
            raise InputRefused(faults)
        return chosen | inner

    def lines(self, values: Mapping[str, Value]) -> tuple[str, ...]:
        rule = self.taken(values)
        if rule is None:
            return ()
        return (said(self.selector, values[self.on.name]), *rule.lines(values))

    def missing(self, values: Mapping[str, Value]) -> tuple[Field, ...]:
        rule = self.taken(values)
        return (self.selector,) if rule is None else rule.missing(values)

    def judge(self, values: Mapping[str, Value], max_score: Decimal | None) -> Outcome | None:
        rule = self.taken(values)
        if rule is None:
            return None
        return rule.judge({name: value for name, value in values.items() if name != self.on.name}, max_score)

    def sentence(self, max_score: Decimal | None) -> str:
        words = {"true": "có", "false": "không"}
        parts = [f"{words.get(name, name)}: {_lowered(rule.sentence(max_score))}" for name, rule in self.branches]
        return f"Tùy theo “{self.on.label}” — " + " — ".join(parts)

    def best(self, max_score: Decimal | None) -> Decimal | None:
        bests = [rule.best(max_score) for _, rule in self.branches]
        known = [best for best in bests if best is not None]
        return max(known) if len(known) == len(bests) else None

    def form(self) -> dict[str, object]:
        return {
            "branch_on": self.on.to_dict(),
            "branches": {name: rule.to_dict() for name, rule in self.branches},
        }


def _lowered(words: str) -> str:
    return words[:1].lower() + words[1:]


def _faults_of(reading: object) -> list[InputFault]:
    try:
        reading()  # type: ignore[operator]
    except InputRefused as refused:
        return list(refused.faults)
    return []


@dataclass(frozen=True, kw_only=True)
class Gate(Rule):
    """A requirement without which the whole criterion has 0 points, whatever else was done.

    >>> from indicators.scoring.counts import Addition
    >>> rule = Gate(conditions=(Condition("issued", "Có kế hoạch"),), rule=Addition(per=Decimal(1), cap=Decimal(3)))
    >>> rule.score({"issued": False, "count": Decimal(3)}, Decimal(3)).explanation.steps
    ('Không đạt điều kiện bắt buộc “Có kế hoạch”: cả tiêu chí 0 điểm',)
    """

    shape: ClassVar[str] = "gate"
    conditions: tuple[Condition, ...]
    rule: Rule

    @property
    def fields(self) -> tuple[Field, ...]:
        return merged(tuple(one.field for one in self.conditions), self.rule.fields)

    @property
    def main(self) -> str:
        return self.rule.main

    def read(self, inputs: Mapping[str, object]) -> dict[str, Value]:
        gates = {one.name for one in self.conditions}
        faults: list[InputFault] = []
        values: dict[str, Value] = {}
        for reading, part in (
            (lambda given: read((one.field for one in self.conditions), given), {n: inputs.get(n) for n in gates}),
            (self.rule.read, {name: value for name, value in inputs.items() if name not in gates}),
        ):
            try:
                values |= reading(part)
            except InputRefused as refused:
                faults += refused.faults
        if faults:
            raise InputRefused(faults)
        return values

    def _inner(self, values: Mapping[str, Value]) -> dict[str, Value]:
        gates = {one.name for one in self.conditions}
        return {name: value for name, value in values.items() if name not in gates}

    def lines(self, values: Mapping[str, Value]) -> tuple[str, ...]:
        gates = tuple(said(one.field, values[one.name]) for one in self.conditions if one.name in values)
        return gates + self.rule.lines(self._inner(values))

    def missing(self, values: Mapping[str, Value]) -> tuple[Field, ...]:
        gates = tuple(one.field for one in self.conditions if one.name not in values)
        return gates + self.rule.missing(self._inner(values))

    def judge(self, values: Mapping[str, Value], max_score: Decimal | None) -> Outcome | None:
        unmet = [one.label for one in self.conditions if values.get(one.name) is False]
        if unmet:
            listed = ", ".join(f"“{label}”" for label in unmet)
            return Outcome(Decimal(0), (f"Không đạt điều kiện bắt buộc {listed}: cả tiêu chí 0 điểm",), met=False)
        if any(one.name not in values for one in self.conditions):
            return None
        outcome = self.rule.judge(self._inner(values), max_score)
        return None if outcome is None else replace(outcome, steps=("Đạt điều kiện bắt buộc", *outcome.steps))

    def sentence(self, max_score: Decimal | None) -> str:
        labels = "; ".join(one.label for one in self.conditions)
        return f"Điều kiện bắt buộc: {labels} (không đạt thì cả tiêu chí 0 điểm). {self.rule.sentence(max_score)}"

    def best(self, max_score: Decimal | None) -> Decimal | None:
        return self.rule.best(max_score)

    def form(self) -> dict[str, object]:
        return {"conditions": [one.to_dict() for one in self.conditions], "rule": self.rule.to_dict()}


def read_branch(written: Written, max_score: Decimal | None, read_inner: ReadInner) -> Rule | None:
    """Read a branch: ``branch_on`` and a rule for each answer."""
    on = _selector(written)
    inner = written.inner("branches", required=True)
    branches: list[tuple[str, Rule]] = []
    if inner is not None:
        if len(inner.keys) < 2:
            written.fault("branches", "phải có ít nhất hai nhánh.")
        lowered = {str(name).lower() for name in inner.keys}
        if lowered & set(YES_NO) and lowered != set(YES_NO):
            written.fault("branches", "nhánh có/không phải có đúng hai nhánh true và false.", sorted(lowered))
        for name in inner.keys:
            part = inner.inner(name, required=True)
            rule = read_inner(part, max_score) if part is not None else None
            if rule is not None:
                branches.append((str(name), rule))
    groups = [rule.fields for _, rule in branches]
    for clash in sorted(clashes(groups) | {one.name for group in groups for one in group if one.name == on.name}):
        written.fault("branches", "một tên số liệu mang hai nghĩa.", clash)
    if len({fold(name) for name, _ in branches}) < len(branches):
        written.fault("branches", "hai nhánh có cùng tên.")
    _same_direction(written, [rule for _, rule in branches])
    return Branch(on=on, branches=tuple(branches), max_score=max_score) if branches else None


def _same_direction(written: Written, rules: list[Rule]) -> None:
    if len({rule.takes_off for rule in rules}) > 1:
        written.faults.append(RuleFault(written.path, "", "không trộn nhánh cộng điểm với nhánh trừ điểm."))


def _selector(written: Written) -> Condition:
    value = written.keys.get("branch_on")
    if isinstance(value, Mapping):
        inner = written.inner("branch_on")
        if inner is not None:
            return read_condition(inner, default="branch")
    name = written.words("branch_on", required=True) or "branch"
    return Condition(name, input_names.label_of(name))


def read_gate(written: Written, max_score: Decimal | None, read_inner: ReadInner) -> Rule | None:
    """Read a gate: conditions, and the rule that counts when they are met."""
    conditions = tuple(read_condition(one) for one in written.several("conditions"))
    inner = written.inner("rule", required=True)
    rule = read_inner(inner, max_score) if inner is not None else None
    if rule is None:
        return None
    names = [one.name for one in conditions] + [one.name for one in rule.fields]
    if len(set(names)) < len(names):
        written.fault("conditions", "hai số liệu có cùng tên.", names)
    if rule.takes_off:
        written.fault("rule", "điểm trừ không có điều kiện bắt buộc.")
    return Gate(conditions=conditions, rule=rule, max_score=max_score)

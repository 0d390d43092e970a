"""The one quantity that a ladder of tiers measures: a percentage, a count, days, or any number."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from indicators.scoring import input_names
from indicators.scoring.exact import percent, shown
from indicators.scoring.faults import InputFault
from indicators.scoring.inputs import Field, Rate, Value, field, said
from indicators.scoring.intervals import Interval
from indicators.scoring.written import Written

MEASURED = ("percent", "count", "days", "number")


@dataclass(frozen=True)
class Measure:
    """What is measured. A percentage may also be declared by its two numbers.

    >>> Measure("days_late", "Số ngày nộp muộn", "days").print(Fraction(3))
    '3 ngày'
    """

    name: str
    label: str
    kind: str
    may_exceed: bool = False
    numerator: str = "Tử số"
    denominator: str = "Mẫu số"

    @property
    def rate(self) -> Rate | None:
        """The percentage, where it is one."""
        if self.kind != "percent":
            return None
        return Rate(self.name, self.label, self.numerator, self.denominator, self.may_exceed)

    @property
    def fields(self) -> tuple[Field, ...]:
        """The declared inputs."""
        if self.rate is not None:
            return self.rate.fields
        if self.kind == "days":
            return (Field(self.name, "number", self.label, whole=True),)
        return (field(self.name, self.kind, self.label),)

    @property
    def whole(self) -> bool:
        """Whether it counts, so that nothing lies between one number and the next."""
        return self.kind in ("count", "days")

    @property
    def least(self) -> Decimal | None:
        """The lowest value it can have."""
        return self.fields[0].least

    @property
    def most(self) -> Decimal | None:
        """The highest value it can have."""
        return self.fields[0].most

    @property
    def unit(self) -> str:
        """What is printed after a bound."""
        return {"percent": " %", "days": " ngày"}.get(self.kind, "")

    def of(self, values: Mapping[str, Value]) -> Fraction | None:
        """Return the exact value; None while it is not known."""
        if self.rate is not None:
            return self.rate.of(values)
        given = values.get(self.name)
        return Fraction(given) if isinstance(given, Decimal) else None

    def faults(self, values: Mapping[str, Value]) -> list[InputFault]:
        """Return what is wrong between the percentage and its pair."""
        return self.rate.faults(values) if self.rate is not None else []

    def lines(self, values: Mapping[str, Value]) -> tuple[str, ...]:
        """Print what was declared."""
        if self.rate is not None:
            return self.rate.lines(values)
        return tuple(said(one, values[one.name]) for one in self.fields if one.name in values)

    def print(self, value: Fraction) -> str:
        """Print a value with its unit."""
        return percent(value) if self.kind == "percent" else f"{shown(value)}{self.unit}"

    def where(self, range_: Interval) -> str:
        """Print a range; at the ends of what is possible it is a single value.

        >>> percent_done = Measure("percent", "Tỷ lệ", "percent")
        >>> percent_done.where(Interval(ge=Decimal(100))), percent_done.where(Interval(le=Decimal(0)))
        ('đạt 100 %', 'bằng 0 %')
        """
        if range_.upper is None and range_.ge is not None and range_.ge == self.most:
            return f"đạt {shown(range_.ge)}{self.unit}"
        if range_.lower is None and range_.le is not None and range_.le == self.least:
            return f"bằng {shown(range_.le)}{self.unit}"
        return range_.phrase(self.unit)

    def to_dict(self) -> dict[str, object]:
        """Return the form that rules are kept in."""
        kept: dict[str, object] = {"name": self.name, "label": self.label, "kind": self.kind}
        if self.may_exceed:
            kept["may_exceed"] = True
        if self.kind == "percent":
            kept |= {"numerator": self.numerator, "denominator": self.denominator}
        return kept


def read_measure(written: Written, *, default: str, kind: str = "") -> Measure:
    """Take ``input``: a bare name, or an object with name, label and kind. ``kind``: the only one that fits here."""
    value = written.keys.get("input")
    if value is None or isinstance(value, str):
        name = written.words("input") or default
        return Measure(
            name, input_names.label_of(name), kind or input_names.kind_of(name), input_names.may_exceed(name)
        )
    inner = written.inner("input")
    if inner is None:
        return Measure(default, input_names.label_of(default), kind or "number")
    name = inner.words("name") or default
    declared = inner.words("kind") or kind or input_names.kind_of(name)
    if declared not in MEASURED or (kind and declared != kind):
        allowed = kind or ", ".join(MEASURED)
        inner.fault("kind", f"loại số liệu ở đây phải là {allowed}.", declared)
        declared = kind or "number"
    measure = Measure(
        name,
        inner.words("label") or input_names.label_of(name),
        declared,
        inner.truth("may_exceed"),
        inner.words("numerator") or "Tử số",
        inner.words("denominator") or "Mẫu số",
    )
    inner.finish()
    return measure

"""Declared inputs: what a rule asks for, and the reading of what was declared.

A blank input is not 0 and not "no": it is not there. Nothing here guesses one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from agencies.text import fold, nfc
from indicators.scoring.exact import percent, shown
from indicators.scoring.faults import InputFault, InputRefused

Value = Decimal | bool | str
MAIN = "value"
KINDS = ("number", "percent", "count", "boolean", "choice")


@dataclass(frozen=True)
class Field:
    """One declared input of a rule.

    ``kind`` is number, percent, count, boolean or choice. ``least`` and ``most`` are the values it may have at the
    ends, ``whole`` says that it counts things, ``optional`` that a rule can do without it (a pair in place of a rate,
    a reason that excuses).
    """

    name: str
    kind: str
    label: str
    options: tuple[str, ...] = ()
    optional: bool = False
    least: Decimal | None = None
    most: Decimal | None = None
    whole: bool = False


def field(name: str, kind: str, label: str, *, optional: bool = False, may_exceed: bool = False) -> Field:
    """Return a field with the ends that its kind has.

    >>> field("percent", "percent", "Tỷ lệ").most
    Decimal('100')
    """
    return Field(
        name,
        kind,
        label,
        optional=optional,
        least=Decimal(0) if kind in ("percent", "count") else None,
        most=Decimal(100) if kind == "percent" and not may_exceed else None,
        whole=kind == "count",
    )


def yes_no(truth: bool) -> str:
    """Print a truth.

    >>> yes_no(True), yes_no(False)
    ('có', 'không')
    """
    return "có" if truth else "không"


def said(one: Field, value: Value) -> str:
    """Print one input as it was declared.

    >>> said(field("percent", "percent", "Tỷ lệ"), Decimal("72.50"))
    'Tỷ lệ: 72,5 %'
    """
    if isinstance(value, bool):
        return f"{one.label}: {yes_no(value)}"
    if isinstance(value, str):
        return f"{one.label}: {value}"
    return f"{one.label}: {percent(value) if one.kind == 'percent' else shown(value)}"


def read(fields: Iterable[Field], inputs: Mapping[str, object], main: str = "") -> dict[str, Value]:
    """Return the inputs that are there, checked; ``value`` is short for the main one. Raises with every fault.

    >>> read([field("percent", "percent", "Tỷ lệ")], {"value": 72}, main="percent")
    {'percent': Decimal('72')}
    >>> read([field("percent", "percent", "Tỷ lệ")], {"percent": Decimal(101)})
    Traceback (most recent call last):
    ...
    indicators.scoring.faults.InputRefused: Tỷ lệ: 101 lớn hơn mức cao nhất có thể là 100.
    """
    known = {one.name: one for one in fields}
    given = {name: value for name, value in inputs.items() if value is not None}
    faults: list[InputFault] = []
    if MAIN in given and MAIN not in known and main:
        if main in given:
            faults.append(InputFault("", main, "input_twice", f"{known[main].label}: được khai hai lần."))
        given[main] = given.pop(MAIN)
    values: dict[str, Value] = {}
    for name, value in given.items():
        if name not in known:
            names = ", ".join(known) or "không có"
            faults.append(
                InputFault("", name, "input_unknown", f"Không có số liệu kê khai “{name}” (các số liệu: {names}).")
            )
            continue
        checked = _check(known[name], value)
        if isinstance(checked, InputFault):
            faults.append(checked)
        else:
            values[name] = checked
    if faults:
        raise InputRefused(faults)
    return values


def _check(one: Field, value: object) -> Value | InputFault:
    """Return a value as the field keeps it, or what is wrong with it."""
    if one.kind == "boolean":
        if isinstance(value, bool):
            return value
        return _fault(one, "input_type", f"phải là có hoặc không, không phải “{value}”.")
    if one.kind == "choice":
        return _choice(one, value)
    number = number_of(value)
    if number is None:
        return _fault(one, "input_type", f"phải là một số, không phải “{value}”.")
    if one.whole and number != number.to_integral_value():
        return _fault(one, "input_type", f"phải là số nguyên, không phải {shown(number)}.")
    if one.least is not None and number < one.least:
        return _fault(one, "input_range", f"{shown(number)} nhỏ hơn mức thấp nhất có thể là {shown(one.least)}.")
    if one.most is not None and number > one.most:
        return _fault(one, "input_range", f"{shown(number)} lớn hơn mức cao nhất có thể là {shown(one.most)}.")
    return number


def _choice(one: Field, value: object) -> Value | InputFault:
    if not isinstance(value, str):
        return _fault(one, "input_type", f"phải là một trong các mức: {_listed(one.options)}.")
    if nfc(value) in one.options:
        return nfc(value)
    alike = [option for option in one.options if fold(option) == fold(value)]
    if len(alike) == 1:
        return alike[0]
    return _fault(one, "input_option", f"không có mức “{value}” (các mức: {_listed(one.options)}).")


def _listed(options: Iterable[str]) -> str:
    return "; ".join(f"“{option}”" for option in options)


def _fault(one: Field, code: str, words: str) -> InputFault:
    return InputFault("", one.name, code, f"{one.label}: {words}")


def number_of(value: object) -> Decimal | None:
    """Return a number as a decimal; None for what is no number (texts and truths are none).

    >>> number_of(72), number_of(True), number_of("72"), number_of(Decimal("NaN"))
    (Decimal('72'), None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | int | float):
        return None
    # A float was written down as the shortest decimal that names it.
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return number if number.is_finite() else None


@dataclass(frozen=True)
class Rate:
    """A rate that is declared as a percentage or as its two numbers; from the pair the arithmetic stays exact.

    >>> rate = Rate("percent", "Tỷ lệ", "Đã xử lý", "Phải xử lý")
    >>> rate.of({"numerator": Decimal(5), "denominator": Decimal(7)})
    Fraction(500, 7)
    >>> rate.lines({"numerator": Decimal(5), "denominator": Decimal(7)})
    ('Đã xử lý: 5', 'Phải xử lý: 7', 'Tỷ lệ: 71,428571… %')
    """

    name: str
    label: str
    numerator: str = "Tử số"
    denominator: str = "Mẫu số"
    may_exceed: bool = False

    @property
    def fields(self) -> tuple[Field, ...]:
        """The percentage, and the pair that may stand in its place."""
        return (
            field(self.name, "percent", self.label, may_exceed=self.may_exceed),
            Field("numerator", "number", self.numerator, optional=True, least=Decimal(0)),
            Field("denominator", "number", self.denominator, optional=True, least=Decimal(0)),
        )

    def faults(self, values: Mapping[str, Value]) -> list[InputFault]:
        """Return what is wrong between the three."""
        top, bottom = values.get("numerator"), values.get("denominator")
        found = []
        if self.name in values and (top is not None or bottom is not None):
            found.append(
                InputFault("", self.name, "input_twice", f"{self.label}: chỉ khai tỷ lệ, hoặc chỉ khai hai số liệu.")
            )
        if bottom == 0:
            words = "bằng 0 thì không có tỷ lệ; nếu trong năm không có việc nào, hãy chọn “không phát sinh”."
            found.append(InputFault("", "denominator", "input_denominator_zero", f"{self.denominator}: {words}"))
        elif isinstance(top, Decimal) and isinstance(bottom, Decimal) and top > bottom and not self.may_exceed:
            words = f"{shown(top)} lớn hơn {self.denominator} ({shown(bottom)})."
            found.append(InputFault("", "numerator", "input_range", f"{self.numerator}: {words}"))
        return found

    def of(self, values: Mapping[str, Value]) -> Fraction | None:
        """Return the percentage; None while it is not known."""
        top, bottom = values.get("numerator"), values.get("denominator")
        if isinstance(top, Decimal) and isinstance(bottom, Decimal):
            return Fraction(top) / Fraction(bottom) * 100
        given = values.get(self.name)
        return Fraction(given) if isinstance(given, Decimal) else None

    def lines(self, values: Mapping[str, Value]) -> tuple[str, ...]:
        """Print what was declared, and the percentage it makes."""
        declared = tuple(said(one, values[one.name]) for one in self.fields if one.name in values)
        made = self.of(values)
        if made is not None and self.name not in values:
            declared += (f"{self.label}: {percent(made)}",)
        return declared

"""Reading the JSON form of a rule: each key is taken once, what is wrong is collected, what is left over is a fault."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from agencies.text import nfc
from indicators.scoring.faults import RuleFault
from indicators.scoring.inputs import number_of

# Said for readers; no arithmetic follows from them.
REMARKS = frozenset({"note", "notes", "comment", "source", "evidence", "text"})


class Written:
    """One JSON object of a rule, with the path to it.

    >>> rule = Written({"per": "0.5", "colour": "red"}, "rule", [])
    >>> rule.number("per"), rule.number("start", required=True), rule.finish()
    (Decimal('0.5'), None, None)
    >>> [str(fault) for fault in rule.faults]
    ['rule.start “”: phải có số này.', 'rule.colour “red”: không có mục này trong cách tính điểm.']
    """

    def __init__(self, keys: Mapping[str, object], path: str, faults: list[RuleFault]) -> None:
        self.keys = keys
        self.path = path
        self.faults = faults
        self.taken: set[str] = set()

    def at(self, key: str) -> str:
        """Return the path of a key."""
        return f"{self.path}.{key}" if self.path else key

    def fault(self, key: str, message: str, value: object = None) -> None:
        """Say that a key is wrong."""
        shown = self.keys.get(key, "") if value is None else value
        self.faults.append(RuleFault(self.at(key) if key else self.path, str(shown), message))

    def has(self, key: str) -> bool:
        """Tell whether a key is there and says something."""
        return self.keys.get(key) is not None

    def raw(self, key: str) -> object:
        """Take a key as it stands."""
        self.taken.add(key)
        return self.keys.get(key)

    def number(self, key: str, *, required: bool = False, least: int | None = 0) -> Decimal | None:
        """Take a number: a JSON number, or a text like "0.25"."""
        value = self.raw(key)
        if value is None:
            if required:
                self.fault(key, "phải có số này.")
            return None
        number = _plain(value) if isinstance(value, str) else number_of(value)
        if number is None:
            self.fault(key, "phải là một số.")
        elif least is not None and number < least:
            self.fault(key, f"không được nhỏ hơn {least}.")
            return None
        return number

    def whole(self, key: str, *, least: int = 0) -> int | None:
        """Take a whole number."""
        number = self.number(key, least=least)
        if number is not None and number != number.to_integral_value():
            self.fault(key, "phải là số nguyên.")
            return None
        return None if number is None else int(number)

    def words(self, key: str, *, required: bool = False) -> str:
        """Take a text."""
        value = self.raw(key)
        if value is None:
            value = ""
        if not isinstance(value, str):
            self.fault(key, "phải là chữ.")
            return ""
        if required and not nfc(value):
            self.fault(key, "phải có nội dung.")
        return nfc(value)

    def truth(self, key: str) -> bool:
        """Take true or false; false when it is not there."""
        value = self.raw(key)
        if value is None:
            return False
        if not isinstance(value, bool):
            self.fault(key, "phải là true hoặc false.")
            return False
        return value

    def inner(self, key: str, *, required: bool = False) -> "Written | None":
        """Take an object."""
        value = self.raw(key)
        if isinstance(value, Mapping):
            return Written(value, self.at(key), self.faults)
        if value is not None or required:
            self.fault(key, "phải là một nhóm các mục." if value is not None else "phải có mục này.")
        return None

    def several(self, key: str, *, least: int = 1) -> "Iterator[Written]":
        """Take a list of objects."""
        value = self.raw(key)
        items: Sequence[object] = value if isinstance(value, list | tuple) else ()
        if (value is not None or least) and (not isinstance(value, list | tuple) or len(items) < least):
            self.fault(key, f"phải là danh sách có ít nhất {least} mục.")
        for place, item in enumerate(items):
            path = f"{self.at(key)}[{place}]"
            if isinstance(item, Mapping):
                yield Written(item, path, self.faults)
            else:
                self.faults.append(RuleFault(path, str(item), "phải là một nhóm các mục."))

    def finish(self) -> None:
        """Say that every key that nobody took is a fault; remarks are not."""
        for key in self.keys:
            if key not in self.taken and key not in REMARKS:
                self.fault(key, "không có mục này trong cách tính điểm.")


def _plain(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None

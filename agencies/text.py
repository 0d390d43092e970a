"""Vietnamese text: folding for search, and numbers as people type them."""

import re
import unicodedata
from datetime import date
from decimal import Decimal

_D = str.maketrans({"đ": "d", "Đ": "d", "Ð": "d", "ð": "d"})
_VIETNAMESE_MARKS = str.maketrans(",.", ".,")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
# How bodies are written in short; a name and its short form are the same body.
_IN_SHORT = (("uy ban nhan dan", "ubnd"), ("hoi dong nhan dan", "hdnd"))
_GROUPED = re.compile(r"^[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?$")
_COMMA = re.compile(r"^[+-]?\d+(,\d+)?$")
_POINT = re.compile(r"^[+-]?\d+\.\d+$")


def nfc(text: str) -> str:
    """Return the text in NFC, with surrounding white space removed."""
    return unicodedata.normalize("NFC", text).strip()


def fold(text: str) -> str:
    """Fold a text for search: no diacritics, đ as d, lower case, single spaces.

    >>> fold("Đề án 06: Đẩy mạnh")
    'de an 06: day manh'
    """
    bare = unicodedata.normalize("NFD", text.translate(_D))
    kept = "".join(character for character in bare if not unicodedata.combining(character))
    return " ".join(kept.casefold().split())


def fold_number(text: str) -> str:
    """Fold the number of a document, to tell whether two are the same: no spaces, one kind of dash.

    >>> fold_number("186 /KH–UBND") == fold_number("186/kh-ubnd")
    True
    """
    return fold(text).translate(_DASHES).replace(" ", "")


def fold_body(text: str) -> str:
    """Fold the name of a body, to tell whether two are the same: its short form counts as the whole one.

    >>> fold_body("Ủy ban nhân dân tỉnh") == fold_body("UBND tỉnh"), fold_body("Sở Y tế")
    (True, 'so y te')
    """
    folded = fold(text)
    for whole, short in _IN_SHORT:
        folded = folded.replace(whole, short)
    return folded


def parse_decimal(text: str) -> Decimal:
    """Read a number as typed in Vietnam: decimal comma, points between thousands; a decimal point is accepted too.

    >>> parse_decimal("12,5"), parse_decimal("1.234,5"), parse_decimal("1.234"), parse_decimal("12.5")
    (Decimal('12.5'), Decimal('1234.5'), Decimal('1234'), Decimal('12.5'))
    >>> parse_decimal("0.125")
    Decimal('0.125')
    >>> parse_decimal("12;5")
    Traceback (most recent call last):
    ...
    ValueError: 12;5
    """
    bare = text.strip().replace("\u00a0", "").replace(" ", "")
    if _GROUPED.match(bare):
        return Decimal(bare.replace(".", "").replace(",", "."))
    if _COMMA.match(bare):
        return Decimal(bare.replace(",", "."))
    if _POINT.match(bare):
        return Decimal(bare)
    raise ValueError(text)


def format_decimal(value: Decimal | int | None, places: int | None = None) -> str:
    """Print a number in the Vietnamese way; None gives an empty string (blank is not zero).

    >>> format_decimal(Decimal("1234567.50")), format_decimal(Decimal("84.7"), 2), format_decimal(None)
    ('1.234.567,5', '84,70', '')
    """
    if value is None:
        return ""
    number = Decimal(value)
    if places is None:
        number = number.normalize()
        shown = f"{number:,f}"
    else:
        shown = f"{number:,.{places}f}"
    return shown.translate(_VIETNAMESE_MARKS)


def format_day(day: date | None) -> str:
    """Print a date as dd/mm/yyyy; None gives an empty string."""
    return f"{day:%d/%m/%Y}" if day else ""

"""Points by counting: so much off for each lack, so much for each merit, penalties, and days too late."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from indicators.scoring import input_names
from indicators.scoring.choices import read_name
from indicators.scoring.exact import points, shown
from indicators.scoring.explanation import GradeCap
from indicators.scoring.inputs import Field, Value, field
from indicators.scoring.rule import Outcome, Rule, full, needed
from indicators.scoring.written import Written

_BELOW = re.compile(r"không xếp loại (?:từ mức )?(.+?)(?: trở lên)?(?=$|[;,.])", re.IGNORECASE)
_LOWER = re.compile(r"hạ (\d+) mức", re.IGNORECASE)
_FIRST_DAYS = re.compile(r"first_(\d+)_days")
_FROM_DAY = re.compile(r"per_day_from_day_(\d+)")


@dataclass(frozen=True, kw_only=True)
class Counting(Rule):
    """What the rules that count have in common: what is counted, and the points for each."""

    name: str = "count"
    label: str = "Số lượng"
    per: Decimal

    @property
    def fields(self) -> tuple[Field, ...]:
        return (field(self.name, "count", self.label),)

    def count(self, values: Mapping[str, Value]) -> Decimal | None:
        """Return the count; None while it is not known."""
        given = values.get(self.name)
        return given if isinstance(given, Decimal) else None

    def form(self) -> dict[str, object]:
        return {"input": {"name": self.name, "label": self.label}, "per": str(self.per)}


@dataclass(frozen=True, kw_only=True)
class Deduction(Counting):
    """So many points at the start, so much off for each, never below the floor.

    >>> rule = Deduction(start=Decimal(2), per=Decimal("0.5"), label="Số lần chậm")
    >>> rule.describe()
    'Bắt đầu từ 2 điểm, trừ 0,5 điểm cho mỗi đơn vị của “Số lần chậm”, không thấp hơn 0 điểm.'
    >>> [rule.score({"value": Decimal(count)}, Decimal(2)).score for count in (0, 3, 5)]
    [Decimal('2.0'), Decimal('0.5'), Decimal('0')]
    """

    shape: ClassVar[str] = "deduction"
    start: Decimal | None = None
    floor: Decimal = Decimal(0)
    cap: Decimal | None = None

    def begin(self, max_score: Decimal | None) -> Decimal:
        """The points at the start."""
        return self.start if self.start is not None else needed(max_score)

    def judge(self, values: Mapping[str, Value], max_score: Decimal | None) -> Outcome | None:
        count = self.count(values)
        if count is None:
            return None
        start, off = self.begin(max_score), self.per * count
        left = start - (off if self.cap is None else min(off, self.cap))
        steps = [f"{shown(start)} − {shown(count)} × {shown(self.per)} = {shown(start - off)}"]
        if self.cap is not None and off > self.cap:
            steps.append(f"chỉ trừ tối đa {points(self.cap)}")
        got = max(left, self.floor)
        if left < self.floor:
            steps.append(f"không thấp hơn {points(self.floor)}")
        return Outcome(got, (*steps, points(got)))

    def sentence(self, max_score: Decimal | None) -> str:
        start = full(self.start if self.start is not None else max_score)
        most = f", chỉ trừ tối đa {points(self.cap)}" if self.cap is not None else ""
        each = f"trừ {points(self.per)} cho mỗi đơn vị của “{self.label}”"
        return f"Bắt đầu từ {start}, {each}{most}, không thấp hơn {points(self.floor)}."

    def best(self, max_score: Decimal | None) -> Decimal | None:
        start = self.start if self.start is not None else max_score
        return None if start is None else max(start, self.floor)

    def form(self) -> dict[str, object]:
        kept = super().form() | {"floor": str(self.floor)}
        if self.start is not None:
            kept["start"] = str(self.start)
        return kept | {"cap": str(self.cap)} if self.cap is not None else kept


@dataclass(frozen=True, kw_only=True)
class Addition(Counting):
    """So much for each, never above the cap.

    >>> rule = Addition(per=Decimal("1.5"), cap=Decimal(3), label="Số mô hình")
    >>> rule.describe()
    'Được 1,5 điểm cho mỗi đơn vị của “Số mô hình”, tối đa 3 điểm.'
    >>> [rule.score({"value": Decimal(count)}, Decimal(3)).score for count in (0, 1, 3)]
    [Decimal('0.0'), Decimal('1.5'), Decimal('3')]
    """

    shape: ClassVar[str] = "addition"
    start: Decimal = Decimal(0)
    cap: Decimal | None = None

    def judge(self, values: Mapping[str, Value], max_score: Decimal | None) -> Outcome | None:
        count = self.count(values)
        if count is None:
            return None
        cap = self.cap if self.cap is not None else needed(max_score)
        reached = self.start + self.per * count
        begun = f"{shown(self.start)} + " if self.start else ""
        steps = [f"{begun}{shown(count)} × {shown(self.per)} = {shown(reached)}"]
        if reached > cap:
            steps.append(f"tối đa {points(cap)}")
        got = min(reached, cap)
        return Outcome(got, (*steps, points(got)))

    def sentence(self, max_score: Decimal | None) -> str:
        begun = f"Bắt đầu từ {points(self.start)}, cộng" if self.start else "Được"
        most = full(self.cap if self.cap is not None else max_score)
        return f"{begun} {points(self.per)} cho mỗi đơn vị của “{self.label}”, tối đa {most}."

    def best(self, max_score: Decimal | None) -> Decimal | None:
        return self.cap if self.cap is not None else max_score

    def form(self) -> dict[str, object]:
        kept = super().form()
        if self.start:
            kept["start"] = str(self.start)
        return kept | {"cap": str(self.cap)} if self.cap is not None else kept


@dataclass(frozen=True, kw_only=True)
class Penalty(Counting):
    """So much taken off the total for each violation, up to a cap; some violations also cap the grade.

    >>> rule = Penalty(per=Decimal(5), cap=Decimal(5), label="Số vi phạm", grade_cap=GradeCap(below="Xuất sắc"))
    >>> rule.describe()
    'Trừ 5 điểm cho mỗi đơn vị của “Số vi phạm”, trừ tối đa 5 điểm; có vi phạm thì không xếp loại Xuất sắc trở lên.'
    >>> [rule.score({"value": Decimal(count)}, Decimal(5)).score for count in (0, 2)]
    [Decimal('0'), Decimal('5')]
    """

    shape: ClassVar[str] = "penalty"
    takes_off: ClassVar[bool] = True
    cap: Decimal | None = None
    grade_cap: GradeCap | None = None

    def judge(self, values: Mapping[str, Value], max_score: Decimal | None) -> Outcome | None:
        count = self.count(values)
        if count is None:
            return None
        cap, off = self.best(max_score), self.per * count
        steps = [f"{shown(count)} × {shown(self.per)} = {shown(off)}"]
        if cap is not None and off > cap:
            steps.append(f"trừ tối đa {points(cap)}")
            off = cap
        caps = (self.grade_cap,) if self.grade_cap is not None and count > 0 else ()
        steps.append(f"trừ {points(off)}")
        steps += [cap_words(one) for one in caps]
        return Outcome(off, tuple(steps), met=count == 0, grade_caps=caps)

    def sentence(self, max_score: Decimal | None) -> str:
        cap = self.best(max_score)
        most = f", trừ tối đa {points(cap)}" if cap is not None else ""
        graded = f"; có vi phạm thì {cap_words(self.grade_cap)}" if self.grade_cap is not None else ""
        return f"Trừ {points(self.per)} cho mỗi đơn vị của “{self.label}”{most}{graded}."

    def best(self, max_score: Decimal | None) -> Decimal | None:
        return self.cap if self.cap is not None else max_score

    def form(self) -> dict[str, object]:
        kept = super().form()
        if self.cap is not None:
            kept["cap"] = str(self.cap)
        return kept | {"grade_cap": self.grade_cap.to_dict()} if self.grade_cap is not None else kept


def cap_words(cap: GradeCap) -> str:
    """Print what a violation does to the grade.

    >>> cap_words(GradeCap(below="Tốt")), cap_words(GradeCap(lower_by=1))
    ('không xếp loại Tốt trở lên', 'hạ 1 mức xếp loại')
    """
    if cap.words:
        return cap.words
    parts = [f"không xếp loại {cap.below} trở lên"] if cap.below else []
    return "; ".join([*parts, f"hạ {cap.lower_by} mức xếp loại"] if cap.lower_by else parts)


@dataclass(frozen=True, kw_only=True)
class LateDays(Rule):
    """A penalty for handing in late: one amount for the first days together, then one for each further day.

    Where the regulation does not say it, the further days add to the first amount (``adds``); otherwise they take its
    place as soon as they are more.

    >>> rule = LateDays(first_days=2, first=Decimal(1), per_day=Decimal(1))
    >>> rule.describe()
    'Nộp muộn từ 1 đến 2 ngày trừ 1 điểm; từ ngày thứ 3 trừ thêm 1 điểm mỗi ngày.'
    >>> [str(rule.score({"value": Decimal(days)}, None).score) for days in (0, 1, 2, 3, 5)]
    ['0', '1', '1', '2', '4']
    """

    shape: ClassVar[str] = "late_days"
    takes_off: ClassVar[bool] = True
    name: str = "days_late"
    label: str = "Số ngày nộp muộn"
    first_days: int
    first: Decimal
    per_day: Decimal
    adds: bool = True
    cap: Decimal | None = None
    not_accepted_after: str = ""
    waiver: str = ""

    @property
    def fields(self) -> tuple[Field, ...]:
        days = field(self.name, "count", self.label)
        if not self.waiver:
            return (days,)
        return (days, field("waived", "boolean", self.waiver[:1].upper() + self.waiver[1:], optional=True))

    def judge(self, values: Mapping[str, Value], max_score: Decimal | None) -> Outcome | None:
        if values.get("waived") is True:
            return Outcome(Decimal(0), ("Được miễn trừ: trừ 0 điểm",), met=True)
        days = values.get(self.name)
        if not isinstance(days, Decimal):
            return None
        further = max(days - self.first_days, Decimal(0))
        first = self.first if days > 0 else Decimal(0)
        off = first + further * self.per_day if self.adds else max(first, further * self.per_day)
        steps = [f"{shown(days)} ngày muộn"]
        if further:
            joined = f"{shown(first)} + {shown(further)} × {shown(self.per_day)}"
            apart = f"mức cao hơn của {shown(first)} và {shown(further)} × {shown(self.per_day)}"
            steps.append(f"{joined if self.adds else apart} = {shown(off)}")
        cap = self.best(max_score)
        if cap is not None and off > cap:
            steps.append(f"trừ tối đa {points(cap)}")
            off = cap
        return Outcome(off, (*steps, f"trừ {points(off)}"), met=days == 0)

    def sentence(self, max_score: Decimal | None) -> str:
        more = "trừ thêm" if self.adds else "trừ"
        cap = self.best(max_score)
        parts = [
            f"Nộp muộn từ 1 đến {self.first_days} ngày trừ {points(self.first)}",
            f"từ ngày thứ {self.first_days + 1} {more} {points(self.per_day)} mỗi ngày",
            f"trừ tối đa {points(cap)}" if cap is not None else "",
            f"không nhận sau ngày {_day(self.not_accepted_after)}" if self.not_accepted_after else "",
            f"được miễn khi có {self.waiver}" if self.waiver else "",
        ]
        return "; ".join(filter(None, parts)) + "."

    def best(self, max_score: Decimal | None) -> Decimal | None:
        return self.cap if self.cap is not None else max_score

    def form(self) -> dict[str, object]:
        kept: dict[str, object] = {
            "input": {"name": self.name, "label": self.label},
            "first_days": self.first_days,
            "first": str(self.first),
            "per_day": str(self.per_day),
            "adds": self.adds,
        }
        if self.cap is not None:
            kept["cap"] = str(self.cap)
        if self.not_accepted_after:
            kept["not_accepted_after"] = self.not_accepted_after
        return kept | {"waiver": self.waiver} if self.waiver else kept


def _day(month_day: str) -> str:
    month, _, day = month_day.partition("-")
    return f"{day}/{month}"


def read_counting(written: Written, max_score: Decimal | None, shape: str) -> Rule:
    """Read a rule that counts; without a shape its direction and its start say which one it is."""
    direction = written.words("direction")
    if direction not in ("", "add", "deduct"):
        written.fault("direction", "phải là add hoặc deduct.")
    if not shape:
        shape = "addition" if direction == "add" else "deduction" if written.has("start") else "penalty"
    elif direction and (direction == "add") is not (shape == "addition"):
        written.fault("direction", "không khớp với loại cách tính.")
    unit = written.words("unit")
    name, label = read_name(written, default="count")
    if not written.has("input"):
        label = f"Số {unit}" if unit else "Số lần vi phạm" if shape == "penalty" else label
    per = written.number("per", required=True)
    if per == 0:
        written.fault("per", "phải lớn hơn 0.")
    start, cap = (written.number("start") if shape != "penalty" else None), written.number("cap")
    for key, value in (("start", start), ("cap", cap)):
        if value is not None and max_score is not None and value > max_score:
            written.fault(key, f"lớn hơn điểm tối đa {shown(max_score)}.")
    each = per or Decimal(1)
    if shape == "addition":
        if start is not None and cap is not None and start > cap:
            written.fault("start", f"lớn hơn mức tối đa {shown(cap)}.")
        begun = start or Decimal(0)
        return Addition(name=name, label=label, per=each, start=begun, cap=cap, max_score=max_score)
    if shape == "penalty":
        graded = _grade_cap(written)
        return Penalty(name=name, label=label, per=each, cap=cap, grade_cap=graded, max_score=max_score)
    floor = written.number("floor") or Decimal(0)
    begun = start if start is not None else max_score or floor
    if floor > begun:
        written.fault("floor", f"lớn hơn điểm bắt đầu {shown(begun)}.")
    return Deduction(name=name, label=label, per=each, start=start, floor=floor, cap=cap, max_score=max_score)


def _grade_cap(written: Written) -> GradeCap | None:
    """Take what a violation does to the grade: an object, or the regulation's own words."""
    if not written.has("grade_cap"):
        return None
    if not isinstance(written.keys["grade_cap"], str):
        inner = written.inner("grade_cap")
        if inner is None:
            return None
        cap = GradeCap(inner.words("below"), inner.whole("lower_by") or 0, inner.words("words"))
        if not cap.below and not cap.lower_by:
            inner.fault("", "phải nêu mức xếp loại bị chặn (below) hoặc số mức bị hạ (lower_by).")
        inner.finish()
        return cap
    words = written.words("grade_cap")
    below, lower = _BELOW.search(words), _LOWER.search(words)
    if below is None and lower is None:
        written.fault("grade_cap", "không hiểu hệ quả xếp loại này.")
    return GradeCap(below.group(1).strip() if below else "", int(lower.group(1)) if lower else 0, words)


def read_late_days(written: Written, max_score: Decimal | None) -> Rule:
    """Read days too late: ``first_2_days`` and ``per_day_from_day_3``, or first_days, first and per_day."""
    first_days, first = written.whole("first_days"), written.number("first")
    per_day = written.number("per_day")
    starts = None
    for key in written.keys:
        if match := _FIRST_DAYS.fullmatch(key):
            first_days, first = int(match.group(1)), written.number(key)
        elif match := _FROM_DAY.fullmatch(key):
            starts, per_day = int(match.group(1)), written.number(key)
    if first_days is None:
        written.fault("first_days", "phải có số này.")
    if per_day is None:
        written.fault("per_day", "phải có số này.")
    if starts is not None and first_days is not None and starts != first_days + 1:
        written.fault(f"per_day_from_day_{starts}", f"phải bắt đầu từ ngày thứ {first_days + 1}.")
    cap = written.number("cap")
    if cap is not None and max_score is not None and cap > max_score:
        written.fault("cap", f"lớn hơn mức trừ tối đa {shown(max_score)}.")
    name, label = read_name(written, default="days_late")
    adds = written.truth("adds") if written.has("adds") else True
    after = written.words("not_accepted_after")
    if after and not re.fullmatch(r"\d\d-\d\d", after):
        written.fault("not_accepted_after", "phải là tháng-ngày, như 12-20.")
        after = ""
    return LateDays(
        name=name, label=label or input_names.label_of(name), first_days=first_days or 0, first=first or Decimal(0),
        per_day=per_day or Decimal(0), adds=adds, cap=cap, not_accepted_after=after, waiver=written.words("waiver"),
        max_score=max_score,
    )  # fmt: skip

"""Counts as a bar, a share and numbers that lead to the rows they count.

Definitions (domain § 3.11), with the denominator printed beside every share:

* Progress = done / (all - suspended - cancelled).
* On-time rate = done on time / (done on time + done late + overdue).
* A number that counts nothing, and any number of a past day, leads nowhere: the lists show today.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from urllib.parse import urlencode

from django.urls import reverse

from agencies.text import format_decimal
from plans.facts.assignment_list import ANY_DONE
from plans.facts.badges import BUCKET_VARIANTS
from plans.models import Plan, PlanRollup
from plans.standing import BUCKET_LABELS, Bucket, Counts


@dataclass(frozen=True)
class Link:
    """A number, and the list of what it counts (empty when there is nothing to list)."""

    text: str
    url: str


@dataclass(frozen=True)
class Segment:
    """One part of a stacked bar; ``x`` and ``width`` in percent."""

    label: str
    value: int
    css: str
    x: str
    width: str
    url: str


@dataclass(frozen=True)
class Share:
    """A share with its numerator and denominator; ``percent`` is empty when the denominator is 0."""

    percent: str
    width: str
    ratio: str
    formula: str
    url: str


@dataclass(frozen=True)
class Bar:
    """One agency, section or whole: its counts as a bar and as numbers."""

    name: str
    url: str
    segments: tuple[Segment, ...]
    label: str
    total: Link
    progress: Share
    on_time: Share
    overdue: Link
    oldest: str
    not_updated: Link
    awaiting: Link
    note: str = ""

    @property
    def overdue_variant(self) -> str:
        """The look of the overdue tile: nothing overdue is not an alarm."""
        return "over" if self.overdue.url else "neutral"

    @property
    def overdue_icon(self) -> str:
        """Its icon."""
        return f"state-{self.overdue_variant}"

    @property
    def drawn(self) -> list[dict[str, object]]:
        """The parts as ``c-stacked-bar`` takes them."""
        return [
            {
                "label": part.label,
                "value": part.value,
                "class": part.css,
                "x": float(part.x),
                "width": float(part.width),
                "url": part.url,
            }
            for part in self.segments
        ]


def counts_of(rollup: PlanRollup) -> Counts:
    """Return a row's counts."""
    return Counts(**{bucket.value: getattr(rollup, bucket.value) for bucket in Bucket}, not_updated=rollup.not_updated)


def share(numerator: int, denominator: int, unit: str, url: str) -> Share:
    """Return a share as text, its width for a bar, and its formula.

    >>> share(9, 27, "phân công", "").percent, share(9, 27, "phân công", "").formula
    ('33,3', '9/27 phân công')
    >>> share(0, 0, "phân công", "").percent
    ''
    """
    if not denominator:
        return Share("", "0", f"{numerator}/{denominator}", f"{numerator}/{denominator} {unit}", url)
    percent = Decimal(numerator * 100) / denominator
    ratio = f"{numerator}/{denominator}"
    return Share(
        format_decimal(percent.quantize(Decimal("0.1"), ROUND_HALF_UP), 1),
        f"{percent:.2f}",
        ratio,
        f"{ratio} {unit}",
        url,
    )


class Addresses:
    """Addresses of the rows behind numbers; ``where`` narrows them to an agency or a section."""

    def __init__(self, plan: Plan, tasks: bool, **where: str | int) -> None:
        self.tasks = tasks
        base = reverse("plans:plan_detail", args=[plan.code]) if tasks else reverse("plans:assignment_list")
        query = {} if tasks else {"plan": plan.code}
        self.base, self.query = base, {**query, **where}

    def to(self, **more: str) -> str:
        """Return the address with one more condition."""
        query = urlencode({**self.query, **more})
        return f"{self.base}?{query}{'#nhiem-vu' if self.tasks else ''}" if query else self.base

    def link(self, number: int, **more: str) -> Link:
        """Return a number with its address; 0 leads nowhere."""
        return Link(format_decimal(number), self.to(**more) if number else "")


class NoAddresses(Addresses):
    """Numbers of a past day lead nowhere: the lists show today."""

    def to(self, **more: str) -> str:
        """Return no address."""
        return ""


def segments(counts: Counts, addresses: Addresses) -> tuple[Segment, ...]:
    """Return the eight buckets that are not empty as parts of a bar."""
    parts, x = [], 0.0
    for bucket in Bucket:
        number = getattr(counts, bucket.value)
        if not number:
            continue
        width = number * 100 / counts.total
        parts.append(
            Segment(
                BUCKET_LABELS[bucket],
                number,
                BUCKET_VARIANTS[bucket],
                f"{x:.2f}",
                f"{width:.2f}",
                addresses.to(bucket=bucket.value),
            )
        )
        x += width
    return tuple(parts)


def bar_of(name: str, rollup: PlanRollup, addresses: Addresses, unit: str, note: str = "") -> Bar:
    """Return a row of counts as a bar with its numbers; ``unit``: what the denominators count."""
    counts = counts_of(rollup)
    parts = segments(counts, addresses)
    days = rollup.oldest_overdue_days
    return Bar(
        name=name,
        url=addresses.to(),
        segments=parts,
        label="; ".join(f"{part.label} {part.value}" for part in parts),
        total=addresses.link(counts.total),
        progress=share(counts.done, counts.counted, unit, addresses.to(bucket=ANY_DONE) if counts.done else ""),
        on_time=share(
            counts.done_on_time,
            counts.timed,
            unit,
            addresses.to(bucket=Bucket.DONE_ON_TIME.value) if counts.done_on_time else "",
        ),
        overdue=addresses.link(counts.open_overdue, bucket=Bucket.OPEN_OVERDUE.value),
        oldest=f"lâu nhất {days} ngày" if days else "",
        not_updated=addresses.link(counts.not_updated, due="not_updated"),
        awaiting=addresses.link(rollup.awaiting_review, state="awaiting_review"),
        note=note,
    )

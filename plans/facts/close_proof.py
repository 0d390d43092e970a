"""The proof that the closes of a province still are what they were (``verify_trail``).

Definitions:

* A close holds when its text matches its SHA-256, its row says what the text says of it, it is chained to the close
  before it, and the event of the trail at which it was made is still that event.
"""

import json
from collections.abc import Iterator
from typing import Any

from agencies.models import Event
from agencies.models.event import GENESIS
from agencies.seals import Finding
from plans.facts.snapshot import digest_of, mark
from plans.models import PeriodClose


def _mark_of(text: str) -> dict[str, Any]:
    """Return what a snapshot's text says of its own close; empty when it says nothing that can be read."""
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    found = said.get("close") if isinstance(said, dict) else None
    return found if isinstance(found, dict) else {}


def check(province_id: int) -> Iterator[Finding]:
    """Yield what does not hold of a province's closes: content, chain, and the trail they were made on."""
    previous = GENESIS
    closes = PeriodClose.objects.filter(province_id=province_id).select_related(
        "period", "plan", "province", "closed_by"
    )
    for close in closes.order_by("pk").iterator(chunk_size=20):
        name = f"{close.province}: bản chốt kỳ {close.period} lần {close.number} của {close.plan}"
        about = {"province": close.province.code, "model": "plans.periodclose", "pk": str(close.pk)}
        if digest_of(close.content) != close.sha256:
            yield Finding("close_changed", f"{name} đã bị sửa: nội dung không còn khớp SHA-256.", about)
        else:
            row = mark(
                number=close.number,
                closed_by=close.closed_by,
                closed_at=close.closed_at,
                previous_sha256=close.previous_sha256,
                trail_sequence=close.trail_sequence,
                trail_digest=close.trail_digest,
            )
            said = _mark_of(close.content)
            # A person's name may change; who it was may not.
            if isinstance(said.get("closed_by"), dict):
                said["closed_by"]["name"] = row["closed_by"]["name"]
            if said != row:
                yield Finding(
                    "close_row",
                    f"{name}: số lần, người, lúc chốt hoặc chuỗi ghi ở dòng khác với bản niêm phong.",
                    about,
                )
        if close.previous_sha256 != previous:
            yield Finding("close_unchained", f"{name} không nối vào lần chốt trước nó.", about)
        event = Event.objects.filter(province_id=province_id, sequence=close.trail_sequence).only("digest").first()
        if close.trail_sequence and (event is None or event.digest != close.trail_digest):
            yield Finding(
                "close_trail",
                f"{name}: sự kiện số {close.trail_sequence} của dấu vết không còn là sự kiện lúc chốt.",
                {**about, "sequence": close.trail_sequence},
            )
        previous = close.sha256

"""Figures and documents that were accepted elsewhere, offered to the components they serve: entered once, used twice.

Whoever accepts something offers it (a storey above names the component and an opaque origin); a person takes it into a
sheet, with the same documents, or sets it aside.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db import transaction

from agencies import calendar
from agencies.actions import trail
from agencies.errors import Conflict, Invalid, Refused
from agencies.models import Agency, Document, User
from agencies.permissions import Permission
from agencies.text import nfc
from indicators import policies
from indicators.actions import entries
from indicators.actions.entries import Evidence
from indicators.facts import scored_layers
from indicators.models import Component, Offer, SheetEntry
from indicators.scoring import Value

# The two figures of a rate, taken together in place of the rate.
PAIR = "numerator/denominator"


def offer(
    *,
    component: Component,
    year: int,
    agency: Agency,
    series: str,
    number: int,
    label: str,
    url: str = "",
    figure: Decimal | None = None,
    numerator: Decimal | None = None,
    denominator: Decimal | None = None,
    text: str = "",
    documents: Sequence[Document] = (),
) -> Offer:
    """Offer something to a component. ``series`` and ``number`` say where from: a later number replaces an earlier.

    The same once more changes nothing. An earlier one that nobody has taken is closed; one that was taken stays in
    the sheet, and the new one waits beside it.
    """
    origin = f"{series}:{number}"
    with transaction.atomic():
        made, new = Offer.objects.get_or_create(
            component=component,
            origin=origin,
            defaults={
                "province_id": agency.province_id,
                "year": year,
                "agency": agency,
                "label": nfc(label)[:300],
                "url": url,
                "figure": figure,
                "numerator": numerator,
                "denominator": denominator,
                "text": nfc(text),
                "offered_at": calendar.now(),
            },
        )
        if new:
            made.documents.set(documents)
            earlier = Offer.objects.open().filter(component=component, origin__startswith=f"{series}:")
            earlier.exclude(pk=made.pk).update(settled_at=calendar.now())
    return made


def take(*, offer: Offer, entry: SheetEntry, into: str = "", revision: int | None, by: User) -> SheetEntry:
    """Take an offer into the open layer of an entry: figure, documents, and its text where no explanation stands.

    ``into``: the name of the input that gets the figure, ``PAIR`` for its two figures, or nothing for the documents
    alone. Raises Refused, Conflict (``offer_settled``), Invalid (``other_component``, ``input_unknown``,
    ``offer_without_figure``, and what ``entries.save`` raises).
    """
    with transaction.atomic():
        held = _open(offer)
        if (
            held.component_id != entry.component_id
            or not Offer.objects.serving(entry.sheet).filter(pk=held.pk).exists()
        ):
            raise Invalid("other_component", "Số liệu này thuộc thành phần, năm hoặc cơ quan khác.")
        layer = entries.open_layer(entry)
        said = entries.of(layer)
        said = replace(
            said,
            inputs=_inputs(held, entry.component, said.inputs, into),
            not_applicable=said.not_applicable and not into,
            explanation=said.explanation or held.text,
        )
        done = entries.write(entry, policies.TAKE, said, Evidence(), revision, by, list(held.documents.order_by("pk")))
        Offer.objects.filter(pk=held.pk).update(taken_into=layer, settled_by=by, settled_at=calendar.now())
    return done


def _open(offer: Offer) -> Offer:
    """Return the offer, locked. Raises Conflict (``offer_settled``)."""
    held = Offer.objects.select_for_update(of=("self",)).get(pk=offer.pk)
    if held.settled_at is not None:
        raise Conflict("offer_settled", "Số liệu này đã được nhận, bỏ qua, hoặc có bản mới hơn. Hãy tải lại trang.")
    return held


def _inputs(offer: Offer, component: Component, before: Any, into: str) -> dict[str, Value | None]:
    """Return the declared inputs with what the offer brings."""
    inputs: dict[str, Value | None] = dict(before)
    if not into:
        return inputs
    rule = scored_layers.rule_of(component)
    names = {one.name for one in scored_layers.fields_of(component)}
    if into == PAIR:
        if offer.numerator is None or offer.denominator is None or not {"numerator", "denominator"} <= names:
            raise Invalid("offer_without_figure", "Số liệu này không có tử số và mẫu số để nhận.")
        rate = {rule.main: None} if rule is not None else {}
        return {**inputs, **rate, "numerator": offer.numerator, "denominator": offer.denominator}
    if into not in names:
        said = "Thành phần này không kê khai số liệu đã chọn."
        raise Invalid("input_unknown", said, fields={"into": said})
    if offer.figure is None:
        raise Invalid("offer_without_figure", "Báo cáo được duyệt không có số liệu bằng số để nhận.")
    # A rate is declared as such or by its two figures, never both.
    pair = {"numerator", "denominator"} & names - {into}
    return {**inputs, **(dict.fromkeys(pair) if into not in ("numerator", "denominator") else {}), into: offer.figure}


def set_aside(*, offer: Offer, by: User) -> Offer:
    """Say that an offer is of no use to the sheet. Raises Refused, Conflict (``offer_settled``)."""
    with transaction.atomic():
        held = _open(offer)
        if not may_set_aside(held, by):
            raise Refused("not_your_component", "Bạn không phải cán bộ của cơ quan có số liệu này.")
        Offer.objects.filter(pk=held.pk).update(settled_by=by, settled_at=calendar.now())
        trail.record(
            province_id=held.province_id,
            action="offer.set_aside",
            subject=held,
            after={"code": held.component.code, "label": held.label, "origin": held.origin},
            by=by,
        )
    held.refresh_from_db()
    return held


def may_set_aside(offer: Offer, by: User) -> bool:
    """Tell whether a person answers for what the offer serves: its agency, or an entry of its component."""
    writing = by.agencies_with(Permission.SCORE_WRITE)
    if offer.agency_id in writing:
        return True
    owned = SheetEntry.objects.filter(component_id=offer.component_id, sheet__year=offer.year)
    return owned.filter(sheet__province_id=offer.province_id, owner_id__in=writing).exists()

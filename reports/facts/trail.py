"""The trail for people: which events, the history of one row, and the export.

Definitions:

* An event is shown to those who read the trail of its province (``Event.objects.visible_to``), to nobody else.
"""

import functools
import operator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from agencies import calendar, seals
from agencies.models import Event, TrailHead, User
from agencies.permissions import Permission
from plans.facts.badges import Badge
from reports.facts.trail_changes import Change, Shown, changes, shown_evidence
from reports.facts.trail_names import Name, model_of, names, type_label
from reports.facts.trail_words import EXCEPTION_WORDS, action_label, is_exception

# Which events


@dataclass(frozen=True)
class Wanted:
    """Which events to show; empty values ask for everything."""

    who: str = ""
    action: str = ""
    type: str = ""
    first: date | None = None
    last: date | None = None
    request: str = ""
    exceptions: bool = False

    @property
    def active(self) -> int:
        """How many conditions are set."""
        return sum(
            bool(one)
            for one in (self.who, self.action, self.type, self.first, self.last, self.request, self.exceptions)
        )


def events(user: User, wanted: Wanted) -> "QuerySet[Event, Event]":
    """Return the events that the user may read and asks for, newest first."""
    found = Event.objects.visible_to(user).order_by("-id")
    if wanted.who:
        found = found.filter(Q(actor__full_name__icontains=wanted.who) | Q(actor__username__icontains=wanted.who))
    if wanted.action:
        found = found.filter(action=wanted.action)
    if wanted.type:
        found = found.filter(subject_type=wanted.type)
    if wanted.first:
        found = found.filter(happened_at__gte=calendar.start_of(wanted.first))
    if wanted.last:
        found = found.filter(happened_at__lt=calendar.end_of(wanted.last))
    if wanted.request:
        found = found.filter(request_id=wanted.request)
    if wanted.exceptions:
        found = found.filter(functools.reduce(operator.or_, (Q(action__contains=word) for word in EXCEPTION_WORDS)))
    return found


# Rows of the pages


@dataclass(frozen=True)
class EventRow:
    """One event of the list."""

    sequence: int
    time: str
    iso: str
    who: str
    username: str
    action: str
    code: str
    what: Name
    kind: str
    url: str
    reason: str
    request: str
    digest: str
    exception: bool


def event_rows(page: "QuerySet[Event, Event]") -> tuple[EventRow, ...]:
    """Return the lines of a page (a sliced queryset): one query, and one for each kind of row on it."""
    found = list(page.select_related("actor").defer("before", "after", "seals"))
    called = names((event.subject_type, event.subject_id) for event in found)
    return tuple(
        EventRow(
            sequence=event.sequence,
            time=calendar.moment(event.happened_at),
            iso=calendar.iso(event.happened_at),
            who=str(event.actor) if event.actor else "Hệ thống",
            username=event.actor.username if event.actor else "",
            action=action_label(event.action),
            code=event.action,
            what=called[event.subject_type, event.subject_id],
            kind=type_label(event.subject_type),
            url=reverse("trail_object", args=[event.subject_type, event.subject_id]),
            reason=event.reason,
            request=event.request_id,
            digest=event.digest,
            exception=is_exception(event.action),
        )
        for event in found
    )


@dataclass(frozen=True)
class HistoryRow:
    """One event of a row's history, whole."""

    sequence: int
    time: str
    recorded: str
    who: str
    username: str
    action: str
    code: str
    reason: str
    changes: tuple[Change, ...]
    evidence: tuple[Shown, ...]
    sealed: int
    request: str
    previous: str
    digest: str
    whole: bool
    happened_at: datetime
    recorded_at: datetime
    # The other row that the event is about, with its own history.
    about: Name | None


@dataclass(frozen=True)
class History:
    """A row with everything that happened to it, oldest first."""

    what: Name
    kind: str
    state: Badge
    rows: tuple[HistoryRow, ...]


def _sealed(event: Event) -> dict[str, str]:
    return {name: sha for part in event.seals.values() for name, sha in part.items()}


def _sealed_later(event: Event, names: set[str]) -> set[str]:
    """Return which rows a later event of the province has sealed anew, or shows as taken off.

    Only events that can tell of such rows are read: about a subject they hang on, or touching them.
    """
    subjects = {subject for name in names for subject in seals.told_by(name.partition(":")[0])}
    later = (
        Event.objects.filter(province=event.province_id, sequence__gt=event.sequence)
        .filter(Q(subject_type__in=subjects) | Q(seals__has_key=seals.TOUCHED))
        .order_by("sequence")
        .values_list("subject_type", "subject_id", "seals")
    )
    found: set[str] = set()
    for label, pk, sealed in later.iterator(chunk_size=500):
        found |= names & {name for part in sealed.values() for name in part}
        if sealed and (label, pk) == (event.subject_type, event.subject_id):
            found |= names
    return found


def _now(event: Event, sealed: dict[str, str]) -> Badge:
    """Return whether rows are still as an event sealed them; those that a later event sealed are its to prove."""
    model = model_of(event.subject_type)
    if model is None or not sealed:
        return Badge("")
    now = seals.present(sealed)
    broken = {name for name, sha in sealed.items() if now.get(name) != sha}
    # A row of no single province (a person) may have been told of in another one since.
    broken = {name for name in broken if name in event.seals.get(seals.KEPT, {}) or _of_a_province(name)}
    if broken:
        broken -= _sealed_later(event, broken)
    if broken:
        return Badge(
            f"{len(broken)}/{len(sealed)} dòng không còn khớp niêm phong: {', '.join(sorted(broken)[:5])}", "over"
        )
    return Badge(f"Hiện trạng khớp niêm phong của sự kiện số {event.sequence} ({len(sealed)} dòng)", "ok")


def _of_a_province(name: str) -> bool:
    rule = seals.RULES.get(name.partition(":")[0])
    return rule is None or bool(rule.province)


def _telling(user: User, label: str, pk: str) -> list[Event]:
    """Return the events that a row's history consists of: those about it, and those that sealed it with others."""
    name = f"{label}:{pk}"
    named = functools.reduce(
        operator.or_, (Q(**{f"seals__{part}__has_key": name}) for part in (seals.KEPT, seals.OPEN, seals.TOUCHED))
    )
    may_name = Q(subject_type__in=seals.told_by(label)) | Q(seals__has_key=seals.TOUCHED)
    wanted = Q(subject_type=label, subject_id=pk)
    if label in seals.RULES:
        wanted |= may_name & named
    return list(
        Event.objects.visible_to(user).filter(wanted).select_related("actor").order_by("province_id", "sequence")
    )


def history(user: User, label: str, pk: str) -> History | None:
    """Return a row's whole history, or None when no event of it is the user's to read.

    An event about another row belongs to it when it sealed this one too: the plan that handed a duty out, the
    amendment that moved it.
    """
    found = _telling(user, label, pk)
    if not found:
        return None
    own = [event for event in found if (event.subject_type, event.subject_id) == (label, pk)]
    last = own[-1] if own else found[-1]
    sealed = _sealed(last)
    if not own:
        sealed = {name: sha for name, sha in sealed.items() if name == f"{label}:{pk}"}
    called = names({(label, pk), *((event.subject_type, event.subject_id) for event in found)})
    return History(
        what=called[label, pk],
        kind=type_label(label),
        state=_now(last, sealed),
        rows=tuple(
            HistoryRow(
                sequence=event.sequence,
                time=calendar.moment(event.happened_at),
                recorded=calendar.moment(event.recorded_at),
                who=str(event.actor) if event.actor else "Hệ thống",
                username=event.actor.username if event.actor else "",
                action=action_label(event.action),
                code=event.action,
                reason=event.reason,
                changes=changes(event, "" if event in own else pk),
                evidence=shown_evidence(event),
                sealed=sum(len(part) for part in event.seals.values()),
                request=event.request_id,
                previous=event.previous_digest,
                digest=event.digest,
                whole=event.digest == event.compute_digest(),
                happened_at=event.happened_at,
                recorded_at=event.recorded_at,
                about=None
                if event in own
                else Name(
                    called[event.subject_type, event.subject_id].text,
                    reverse("trail_object", args=[event.subject_type, event.subject_id]),
                ),
            )
            for event in found
        ),
    )


# The export


def exported(event: Event) -> dict[str, Any]:
    """Return an event for a program: ``content`` is what its digest is taken over (``Event.compute_digest``)."""
    return {
        "content": event.content(),
        "actor": {"username": event.actor.username, "name": event.actor.full_name} if event.actor else None,
        "action_label": action_label(event.action),
        "digest": event.digest,
    }


def heads(user: User) -> list[dict[str, Any]]:
    """Return where the chains of the user's provinces end now."""
    return [
        {"province": head.province.code, "sequence": head.sequence, "digest": head.digest}
        for head in TrailHead.objects.filter(province_id__in=user.provinces_with(Permission.TRAIL_READ))
        .select_related("province")
        .order_by("province__code")
    ]

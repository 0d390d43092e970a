"""How every duty stood on a day, in plain Python, from the trail alone.

A second opinion: nothing here reads a table of plans or calls its code. The input is the province's events as
dictionaries (``happened_on``, ``action``, ``subject``, ``before``, ``after``), oldest first. "As of D" uses the events
told by the end of D, and of what they say only what is in effect by D.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

NEVER_DATED = ("ongoing", "recurring")
HALTED = ("suspended", "cancelled")


def day_of(text: str | None) -> date | None:
    """Read a day."""
    return date.fromisoformat(text) if text else None


@dataclass
class Duty:
    """Whose duty it is, and from when to when."""

    id: int
    task: int
    agency: int
    since: date | None
    until: date | None = None


@dataclass
class Sent:
    """One submission and what became of it."""

    on: date
    done_on: date | None
    verdict: str = ""


@dataclass
class Report:
    """The report of a duty for a period."""

    sent: dict[int, Sent] = field(default_factory=dict)


@dataclass(frozen=True)
class Stand:
    """How one duty stood."""

    task: int
    agency: int
    state: str
    done_on: date | None
    due_on: date | None
    due_origin: str
    bucket: str
    reported: bool


@dataclass(frozen=True)
class TaskStand:
    """How a task stood: n of N, and the bucket it is counted in."""

    reported: int
    done: int
    members: int
    bucket: str


@dataclass
class World:
    """What the trail has told of one plan by a day."""

    texts: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    periods: list[Mapping[str, Any]] = field(default_factory=list)
    duties: dict[int, Duty] = field(default_factory=dict)
    reports: dict[tuple[int, int], Report] = field(default_factory=dict)
    rulings: list[Mapping[str, Any]] = field(default_factory=list)
    ended_on: date | None = None


def tell(events: Iterable[Mapping[str, Any]], plan_id: int, by: date) -> World:
    """Read the trail up to the end of a day."""
    world = World()
    for event in events:
        if event["happened_on"] > by:
            continue
        after, before = event["after"], event["before"]
        if event["action"] == "plan.issue" and event["subject"] == ("plans.plan", str(plan_id)):
            world.texts.update({text["id"]: text for text in after["texts"]})
            world.periods.extend(after["periods"])
        if event["action"] == "plan.end" and event["subject"] == ("plans.plan", str(plan_id)):
            world.ended_on = day_of(after["ended_on"])
        for duty in [*_some(after, "begun")]:
            if duty["role"] == "lead" and duty["task"] in world.texts:
                world.duties[duty["id"]] = Duty(
                    duty["id"], duty["task"], duty["agency"], day_of(duty["valid_from"]), day_of(duty["valid_to"])
                )
        for duty in [*_some(after, "ended")]:
            if duty["id"] in world.duties:
                world.duties[duty["id"]].until = day_of(duty["valid_to"])
        if event["action"].startswith("ruling."):
            world.rulings.append(after)
        elif event["action"].startswith("request."):
            world.rulings.extend([*_some(after, "ruling"), *_some(after, "rulings")])
        elif event["action"].startswith("progress."):
            _report(world, event["happened_on"], before, after)
    return world


def _some(after: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = after.get(name) or []
    return [value] if isinstance(value, dict) else list(value)


def _report(world: World, on: date, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    report = world.reports.setdefault((after["assignment"], after["period"]), Report())
    was, now, number = before.get("state"), after["state"], after.get("version")
    replaced = was == now == "submitted" and before["version"] != number
    if replaced:
        # Another file in the same report: the version before it was handed in all the same.
        report.sent[before["version"]].verdict = "replace"
    if replaced or (now == "submitted" and was != "submitted"):
        report.sent[number] = Sent(on, day_of(after["content"]["done_on"]))
    elif was == "submitted" and now in ("accepted", "returned", "draft"):
        report.sent[before["version"]].verdict = {"accepted": "accept", "returned": "return", "draft": "withdraw"}[now]


# --- one duty ------------------------------------------------------------------------------------------------


def asks_in(recurrence: str, kind: str) -> bool:
    """Tell whether a recurring duty is due in a period of a kind."""
    if recurrence.startswith("yearly"):
        return kind == "year"
    return kind in ("half", "year") if recurrence.startswith("half") else True


def stand(world: World, duty: Duty, on: date) -> Stand:
    """Return how one duty stood at the end of a day."""
    text = world.texts[duty.task]
    kind = text["deadline_kind"]
    state, done_on, heard = "not_started", None, set()
    for period in sorted(world.periods, key=lambda one: (one["cut_off"], one["opens_on"], one["id"])):
        report = world.reports.get((duty.id, period["id"]))
        if report is None:
            continue
        state = "in_progress"
        standing = [sent for sent in report.sent.values() if sent.verdict != "withdraw"]
        if not standing:
            continue
        heard.add(period["id"])
        last = report.sent[max(report.sent)]
        state = {"": "awaiting_review", "return": "returned"}.get(last.verdict, "in_progress")
        good = [sent for sent in standing if sent.verdict == "accept"]
        if good and done_on is None and good[-1].done_on and good[-1].done_on <= good[-1].on:
            done_on = good[-1].done_on

    mine = [
        ruling for ruling in world.rulings if ruling["task"] == duty.task and ruling["assignment"] in (None, duty.id)
    ]
    now = [ruling for ruling in mine if day_of(ruling["effective_on"]) <= on]
    ended = world.ended_on if world.ended_on and world.ended_on <= on else None
    owed = _owed(world, duty, text, now, heard, ended)
    if kind in NEVER_DATED:
        ends = [day_of(ruling["effective_on"]) for ruling in now if ruling["kind"] == "finish"]
        ends += [ended] if ended and (kind == "ongoing" or not owed) else []
        done_on = min(ends, default=None)
    halt, since = "", None
    for ruling in sorted(now, key=lambda one: (one["effective_on"], one["id"])):
        if halt == "cancelled":
            break
        if ruling["kind"] == "resume":
            halt, since = "", None
        elif ruling["kind"] in ("suspend", "cancel"):
            halt = {"suspend": "suspended", "cancel": "cancelled"}[ruling["kind"]]
            since = day_of(ruling["effective_on"])
    if done_on is not None and (not halt or since > done_on):
        state = "done"
    elif halt:
        state, done_on = halt, None

    due, origin = _day(text, mine, owed, state, done_on, on)
    return Stand(duty.task, duty.agency, state, done_on, due, origin, bucket(state, due, done_on, on), bool(heard))


def _owed(
    world: World,
    duty: Duty,
    text: Mapping[str, Any],
    rulings: list[Mapping[str, Any]],
    heard: set[int],
    ended: date | None,
) -> list[date]:
    """Return the due dates a recurring duty has not met: none while it was suspended, none after the plan's end."""
    halts = sorted(
        (one for one in rulings if one["kind"] in ("suspend", "cancel", "resume")),
        key=lambda one: (one["effective_on"], one["id"]),
    )

    def stopped(day: date) -> bool:
        kinds = [one["kind"] for one in halts if day_of(one["effective_on"]) <= day]
        return "cancel" in kinds or (bool(kinds) and kinds[-1] == "suspend")

    return [
        day_of(period["due_on"])
        for period in sorted(world.periods, key=lambda one: (one["due_on"], one["cut_off"], one["id"]))
        if (duty.since is None or day_of(period["cut_off"]) >= duty.since)
        and asks_in(text["recurrence"], period["kind"])
        and period["id"] not in heard
        and not stopped(day_of(period["due_on"]))
        and (ended is None or day_of(period["due_on"]) <= ended)
    ]


def _day(
    text: Mapping[str, Any],
    rulings: list[Mapping[str, Any]],
    owed: list[date],
    state: str,
    done_on: date | None,
    on: date,
) -> tuple[date | None, str]:
    if text["deadline_kind"] == "recurring":
        return (owed[0] if owed and state != "done" else None), "period"
    origins = {
        "internal_due": "internal",
        "condition_met": "condition",
        "extension": "extension",
        "carried_due": "extension",
    }
    # A day beside a condition counts only when the condition is met.
    due, origin = (None if text["deadline_kind"] == "conditional" else day_of(text["deadline_to"])), "plan"
    judged = done_on or on
    # In the order of their effect; what was told later wins on the same day.
    for ruling in sorted(rulings, key=lambda one: one["effective_on"]):
        if ruling["kind"] in origins and day_of(ruling["effective_on"]) <= judged:
            due, origin = day_of(ruling["due_on"]), origins[ruling["kind"]]
    return due, origin


def bucket(state: str, due: date | None, done_on: date | None, on: date) -> str:
    """Return where it is counted."""
    if state in HALTED:
        return state
    if state == "done":
        if due is None:
            return "done_no_deadline"
        return "done_on_time" if done_on <= due else "done_late"
    if due is None:
        return "open_no_deadline"
    return "open_overdue" if on > due else "open_within"


def as_of(events: Iterable[Mapping[str, Any]], plan_id: int, on: date) -> tuple[dict[int, Stand], dict[int, TaskStand]]:
    """Return every duty in force on a day, and every task, as the trail had told them when the day ended."""
    world = tell(events, plan_id, on)
    duties = {
        duty.id: stand(world, duty, on)
        for duty in world.duties.values()
        if (duty.since is None or duty.since <= on) and (duty.until is None or duty.until >= on)
    }
    parts: dict[int, list[Stand]] = {task: [] for task in world.texts}
    for one in duties.values():
        parts[one.task].append(one)
    return duties, {task: _task(world, task, some, on) for task, some in parts.items()}


def _task(world: World, task: int, parts: list[Stand], on: date) -> TaskStand:
    text = world.texts[task]
    live = [part for part in parts if part.state not in HALTED]
    rule, share, concluded = "all", None, None
    for ruling in world.rulings:
        if ruling["task"] == task and ruling["assignment"] is None and day_of(ruling["effective_on"]) <= on:
            if ruling["kind"] == "done_rule":
                rule, share = ruling["done_rule"], ruling["done_share"]
            elif ruling["kind"] == "task_done":
                concluded = day_of(ruling["effective_on"])
    days = sorted(part.done_on for part in live if part.state == "done")
    done_on, state = None, "open"
    if not live and parts:
        state = "cancelled" if all(part.state == "cancelled" for part in parts) else "suspended"
    elif live and rule == "all" and len(days) == len(live):
        done_on = days[-1]
    elif live and rule == "threshold":
        enough = next(n for n in range(len(live) + 1) if Decimal(n) * 100 >= Decimal(share) * len(live))
        done_on = days[enough - 1] if len(days) >= enough else None
    elif live and rule == "reviewer":
        done_on = concluded
    given = [part.due_on for part in live if part.due_on is not None]
    if not live:
        due = None if text["deadline_kind"] == "conditional" else day_of(text["deadline_to"])
    elif text["deadline_kind"] == "recurring":
        due = min(given, default=None)
    else:
        due = max(given) if len(given) == len(live) else None
    return TaskStand(
        reported=sum(part.reported for part in live),
        done=len(days),
        members=len(live),
        bucket=bucket("done" if done_on else state, due, done_on, on),
    )

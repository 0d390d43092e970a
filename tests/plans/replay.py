"""How every duty stood on a day, in plain Python, from the trail alone.

A second opinion: nothing here reads a table of plans or calls its code. The input is the province's events as
dictionaries (``happened_on``, ``action``, ``subject``, ``before``, ``after``), oldest first. "As of D" uses the events
told by the end of D, and of what they say only what is in effect by D; a plan's own first text counts from its own
day, whenever it was entered.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

NEVER_DATED = ("ongoing", "recurring")
HALTED = ("suspended", "cancelled")
DEADLINE = ("deadline_kind", "deadline_from", "deadline_to", "condition")
ORIGINS = {
    "internal_due": "internal",
    "condition_met": "condition",
    "extension": "extension",
    "carried_due": "extension",
}


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
    """How one duty stood; ``rated``: assigned, not only proposed."""

    task: int
    agency: int
    state: str
    done_on: date | None
    due_on: date | None
    due_origin: str
    bucket: str
    reported: bool
    not_updated: bool
    rated: bool


@dataclass(frozen=True)
class TaskStand:
    """How a task stood: n of N, and the bucket it is counted in."""

    code: str
    state: str
    bucket: str
    reported: int
    done: int
    members: int
    parts: int
    not_updated: bool
    rated: bool


@dataclass
class World:
    """What the trail has told of one plan by a day; ``order`` numbers what it told of texts and rulings."""

    plan: tuple[str, str]
    code: str = ""
    texts: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    periods: list[dict[str, Any]] = field(default_factory=list)
    duties: dict[int, Duty] = field(default_factory=dict)
    reports: dict[tuple[int, int], Report] = field(default_factory=dict)
    rulings: list[dict[str, Any]] = field(default_factory=list)
    ended_on: date | None = None
    order: int = 0

    def numbered(self, some: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return what an event says with its place in the order of telling."""
        found = []
        for one in some:
            self.order += 1
            found.append({**one, "told": self.order})
        return found

    def in_force(self, task: int, on: date) -> list[dict[str, Any]]:
        """Return the texts of a task that had taken effect by a day, the one that counts last."""
        some = [text for text in self.texts[task] if (day_of(text["effective_from"]) or date.min) <= on]
        return sorted(some, key=lambda text: text["version"])


# --- what the trail tells ------------------------------------------------------------------------------------


def tell(events: Iterable[Mapping[str, Any]], plan_id: int, by: date) -> World:
    """Read the trail up to the end of a day."""
    world = World(("plans.plan", str(plan_id)))
    for event in events:
        if event["action"] == "plan.issue" and event["subject"] == world.plan:
            # The text of a plan was public from its day on, even where the portal came to know it later.
            for text in world.numbered(event["after"]["texts"]):
                world.texts.setdefault(text["id"], []).append(text)
            world.periods.extend(dict(period) for period in event["after"]["periods"])
        elif event["action"] == "plan.create" and event["subject"] == world.plan:
            world.code = event["after"]["code"]
        elif event["happened_on"] <= by:
            _tell_one(world, event, plan_id)
    return world


def _tell_one(world: World, event: Mapping[str, Any], plan_id: int) -> None:
    action, after = event["action"], event["after"]
    if action == "amendment.confirm" and after["plan"] == plan_id:
        for text in world.numbered(after["texts"]):
            world.texts.setdefault(text["id"], []).append(text)
    elif action == "plan.end" and event["subject"] == world.plan:
        world.ended_on = day_of(after["ended_on"])
    elif action == "period.add" and after["plan"] == world.code:
        world.periods.append(dict(after))
    elif action == "window.extend_for_all" and after["plan"] == world.code:
        for period in world.periods:
            if period["code"] == after["period"]:
                period["due_on"] = max(period["due_on"], after["expires_on"])
                period["closes_on"] = period["closes_on"] and max(period["closes_on"], after["expires_on"])
    elif action.startswith("progress."):
        _tell_report(world, event["happened_on"], event["before"], after)
    # Any step may give and end duties, and rule about them.
    for duty in _some(after, "begun"):
        if duty["role"] == "lead" and duty["task"] in world.texts:
            world.duties[duty["id"]] = Duty(
                duty["id"], duty["task"], duty["agency"], day_of(duty["valid_from"]), day_of(duty["valid_to"])
            )
    for duty in _some(after, "ended"):
        if duty["id"] in world.duties:
            world.duties[duty["id"]].until = day_of(duty["valid_to"])
    ruled = [after] if action.startswith("ruling.") else [*_some(after, "ruling"), *_some(after, "rulings")]
    world.rulings.extend(ruling for ruling in world.numbered(ruled) if ruling["task"] in world.texts)


def _some(after: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = after.get(name) or []
    return [value] if isinstance(value, dict) else list(value)


def _tell_report(world: World, on: date, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
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


def handed_in(report: Report) -> list[Sent]:
    """Return the submissions that count: none withdrawn, none replaced by one that was withdrawn in the end."""
    found, counts = [], True
    for number in sorted(report.sent, reverse=True):
        one = report.sent[number]
        if one.verdict != "replace":
            counts = one.verdict != "withdraw"
        if counts:
            found.insert(0, one)
    return found


def latest_period(world: World, on: date) -> int | None:
    """Return the period that reports are about: of those opened one that has not closed yet, the latest."""
    opened = [period for period in world.periods if day_of(period["opens_on"]) <= on]
    rank = {
        period["id"]: (not period["closes_on"] or day_of(period["closes_on"]) >= on, period["opens_on"])
        for period in opened
    }
    return max(opened, key=lambda one: (*rank[one["id"]], one["cut_off"]))["id"] if opened else None


def stand(world: World, duty: Duty, on: date) -> Stand:
    """Return how one duty stood at the end of a day."""
    texts = world.in_force(duty.task, on)
    text = texts[-1]
    kind = text["deadline_kind"]
    state, done_on, heard = "not_started", None, set()
    for period in sorted(world.periods, key=lambda one: (one["cut_off"], one["opens_on"], one["id"])):
        report = world.reports.get((duty.id, period["id"]))
        if report is None:
            continue
        state = "in_progress"
        standing = handed_in(report)
        if not standing:
            continue
        heard.add(period["id"])
        last = report.sent[max(report.sent)]
        state = {"": "awaiting_review", "return": "returned"}.get(last.verdict, "in_progress")
        good = [sent for sent in standing if sent.verdict == "accept"]
        if good and done_on is None and good[-1].done_on and good[-1].done_on <= good[-1].on:
            done_on = good[-1].done_on

    rulings = [
        ruling for ruling in world.rulings if ruling["task"] == duty.task and ruling["assignment"] in (None, duty.id)
    ]
    now = [ruling for ruling in rulings if day_of(ruling["effective_on"]) <= on]
    owed = _owed(world, duty, text, now, heard)
    if kind in NEVER_DATED:
        ends = [day_of(ruling["effective_on"]) for ruling in now if ruling["kind"] == "finish"]
        # The end of the plan finishes what goes on, and a recurring duty that owes nothing.
        if world.ended_on and (kind == "ongoing" or not owed):
            ends.append(world.ended_on)
        done_on = min(ends, default=None)
    halt, since = halted(now, text)
    if done_on is not None and (not halt or since > done_on):
        state = "done"
    elif halt:
        state, done_on = halt, None

    due, origin = _day(texts, rulings, owed, state, done_on or on)
    period_id = latest_period(world, on)
    return Stand(
        task=duty.task,
        agency=duty.agency,
        state=state,
        done_on=done_on,
        due_on=due,
        due_origin=origin,
        bucket=bucket(state, due, done_on, on),
        reported=bool(heard),
        not_updated=period_id is not None and period_id not in heard and state not in ("done", *HALTED),
        rated=text["authority"] == "assign",
    )


def halted(rulings: list[Mapping[str, Any]], text: Mapping[str, Any]) -> tuple[str, date | None]:
    """Return whether a duty is suspended or cancelled, and since when it has not been going on."""
    halt, since = "", None
    for ruling in sorted(rulings, key=lambda one: (one["effective_on"], one["told"])):
        if halt == "cancelled":
            break
        if ruling["kind"] == "resume":
            halt, since = "", None
        elif ruling["kind"] in ("suspend", "cancel"):
            since = since or day_of(ruling["effective_on"])
            halt = {"suspend": "suspended", "cancel": "cancelled"}[ruling["kind"]]
    if text["dropped"]:
        dropped = day_of(text["effective_from"])
        halt, since = "cancelled", min(since or dropped, dropped)
    return halt, since


def _owed(
    world: World, duty: Duty, text: Mapping[str, Any], rulings: list[dict[str, Any]], heard: set[int]
) -> list[date]:
    """Return the due dates that a recurring duty has not met; none while it stood still, none after the plan's end."""
    halts = sorted(
        (one for one in rulings if one["kind"] in ("suspend", "cancel", "resume")),
        key=lambda one: (one["effective_on"], one["told"]),
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
        and (world.ended_on is None or day_of(period["due_on"]) <= world.ended_on)
    ]


def given_day(text: Mapping[str, Any]) -> str | None:
    """Return the day that a text gives; one beside a condition counts only when a ruling says that it is met."""
    return None if text["deadline_kind"] == "conditional" else text["deadline_to"]


def same_deadline(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two texts of a task give the same deadline; of two conditional ones the condition decides."""
    conditional = one["deadline_kind"] == other["deadline_kind"] == "conditional"
    return all(one[name] == other[name] for name in (("condition",) if conditional else DEADLINE))


def _day(
    texts: list[dict[str, Any]], rulings: list[dict[str, Any]], owed: list[date], state: str, judged: date
) -> tuple[date | None, str]:
    kind = texts[-1]["deadline_kind"]
    if kind == "recurring":
        return (owed[0] if owed and state != "done" else None), "period"
    if kind == "ongoing":
        return None, "plan"
    # What the first text says counts from the beginning; a later one speaks of the day only where it changes it.
    said = [(date.min, 0, given_day(texts[0]), "plan")]
    for before, text in pairwise(texts):
        if not same_deadline(before, text):
            said.append((day_of(text["effective_from"]), text["told"], given_day(text), "plan"))
    for ruling in rulings:
        if ruling["kind"] in ORIGINS:
            said.append((day_of(ruling["effective_on"]), ruling["told"], ruling["due_on"], ORIGINS[ruling["kind"]]))
    # In the order of their effect; what was told later wins on the same day.
    _, _, due, origin = max((one for one in said if one[0] <= judged), key=lambda one: one[:2])
    return day_of(due), origin


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


# --- the whole -----------------------------------------------------------------------------------------------


def as_of(events: Iterable[Mapping[str, Any]], plan_id: int, on: date) -> tuple[dict[int, Stand], dict[int, TaskStand]]:
    """Return every duty in force on a day, and every task, as the trail had told them when the day ended."""
    world = tell(events, plan_id, on)
    duties = {
        duty.id: stand(world, duty, on)
        for duty in world.duties.values()
        if (duty.since is None or duty.since <= on) and (duty.until is None or duty.until >= on)
    }
    parts: dict[int, list[Stand]] = {task: [] for task in world.texts if world.in_force(task, on)}
    for one in duties.values():
        parts[one.task].append(one)
    return duties, {task: _task(world, task, some, on) for task, some in parts.items()}


def _task(world: World, task: int, parts: list[Stand], on: date) -> TaskStand:
    text = world.in_force(task, on)[-1]
    live = [part for part in parts if part.state not in HALTED]
    rule, share, concluded = "all", None, None
    for ruling in world.rulings:
        if ruling["task"] == task and ruling["assignment"] is None and day_of(ruling["effective_on"]) <= on:
            if ruling["kind"] == "done_rule":
                rule, share = ruling["done_rule"], ruling["done_share"]
            elif ruling["kind"] == "task_done":
                concluded = day_of(ruling["effective_on"])
    days = sorted(part.done_on for part in live if part.state == "done")
    done_on = None
    if live and rule == "all" and len(days) == len(live):
        done_on = days[-1]
    elif live and rule == "threshold":
        enough = next(n for n in range(len(live) + 1) if Decimal(n) * 100 >= Decimal(share) * len(live))
        done_on = days[enough - 1] if len(days) >= enough else None
    elif live and rule == "reviewer":
        done_on = concluded
    states = {part.state for part in live}
    if done_on is not None:
        state = "done"
    elif not parts:
        state = "cancelled" if text["dropped"] else "not_started"
    elif not live:
        state = "cancelled" if all(part.state == "cancelled" for part in parts) else "suspended"
    else:
        # Members that are all done do not finish a task that is done by another rule.
        state = states.pop() if len(states) == 1 and "done" not in states else "in_progress"
    given = [part.due_on for part in live if part.due_on is not None]
    if not live:
        due = day_of(given_day(text))
    elif text["deadline_kind"] == "recurring":
        due = min(given, default=None)
    else:
        due = max(given) if len(given) == len(live) else None
    return TaskStand(
        code=text["code"],
        state=state,
        bucket=bucket(state, due, done_on, on),
        reported=sum(part.reported for part in live),
        done=len(days),
        members=len(live),
        parts=len(parts),
        not_updated=any(part.not_updated for part in parts),
        rated=text["authority"] == "assign",
    )

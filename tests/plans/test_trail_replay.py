"""The trail alone, replayed in plain Python, gives what the SQL lists showed, on random histories."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from agencies.models import Event, valid_on
from plans.facts.plan import plan_facts
from plans.models import Assignment, Task
from plans.standing import State, due_in_force
from tests.plans import histories, replay


def eight(some):
    """Count duties or tasks as a roll-up does."""
    tally = Counter(one.bucket for one in some)
    buckets = ("done_on_time", "done_late", "done_no_deadline", "open_within", "open_overdue", "open_no_deadline")
    return {
        **{bucket: tally[bucket] for bucket in (*buckets, *replay.HALTED)},
        "not_updated": sum(one.not_updated for one in some),
    }


def tally(task):
    """Write n/N as the plan's page does, where a task has several leads."""
    if task.parts < 2 or not task.members:
        return ""
    return f"{task.reported}/{task.members} đã báo cáo, {task.done}/{task.members} hoàn thành"


def agree(events, shown, plan_id, day, where=""):
    """Compare what the lists showed of a plan on an evening with what the trail had told by then."""
    duties, tasks = replay.as_of(events, plan_id, day)
    assert set(duties) == set(shown.columns), where
    for pk, one in duties.items():
        said = (one.state, one.done_on, one.due_on, one.due_origin)
        assert said == shown.columns[pk], f"{where}, duty {pk}"
        assert one.bucket == shown.buckets[pk], f"{where}, duty {pk}"
    assert {task.code for task in tasks.values()} == set(shown.pages), where
    for pk, task in tasks.items():
        numbers = (task.reported, task.done, task.members)
        assert numbers == shown.tallies.get(pk, (0, 0, 0)), f"{where}, task {task.code}"
        label = State(task.state).label if task.parts else ""
        assert (label, tally(task)) == shown.pages[task.code], f"{where}, task {task.code}"
        if pk in shown.members:
            both = (f"{task.reported}/{task.members}", f"{task.done}/{task.members}")
            assert both == shown.members[pk], f"{where}, task {task.code}"

    rated = {pk: task for pk, task in tasks.items() if task.rated}
    sections = dict(Task.objects.filter(pk__in=tasks).values_list("pk", "section_id"))
    assert {sections[pk] for pk in rated} == set(shown.sections), where
    for section, numbers in shown.sections.items():
        some = [task for pk, task in rated.items() if sections[pk] == section]
        assert eight(some) == numbers, f"{where}, tasks {[task.code for task in some]}"
    assert eight(rated.values()) == shown.tasks, where
    mine = [one for one in duties.values() if one.rated]
    assert eight(mine) == shown.duties, where
    assert eight([one for one in duties.values() if not one.rated]) == shown.proposed, where
    assert {one.agency for one in mine} == set(shown.agencies), where
    for agency, numbers in shown.agencies.items():
        assert eight([one for one in mine if one.agency == agency]) == numbers, f"{where}, agency {agency}"


def facts_agree(events, plan, day, where=""):
    """Compare the facts as of a past day with what the trail had told by then."""
    duties, tasks = replay.as_of(events, plan.pk, day)
    whole = plan_facts(plan, day, with_reports=False)
    facts = {task.id: task for task in whole.tasks}
    assert set(facts) == set(tasks), where
    assert {one.id for task in facts.values() for one in task.assignments} == set(duties), where
    for pk, task in tasks.items():
        fact = facts[pk]
        assert (fact.standing.state, fact.standing.bucket) == (task.state, task.bucket), f"{where}, task {fact.code}"
        assert (fact.reported, fact.done, fact.members) == (task.reported, task.done, task.members), where
        for one in fact.assignments:
            told = duties[one.id]
            said = (told.state, told.bucket, told.done_on, told.due_on, told.due_origin, told.not_updated)
            standing = one.standing
            assert said == (
                standing.state,
                standing.bucket,
                standing.done_on,
                standing.due_on,
                one.due_origin,
                one.not_updated,
            ), f"{where}, duty {one.id}"


def all_agree(scene, seed, days):
    """Compare every evening that was looked at, and the facts as of then and of further days."""
    events = histories.trail(scene)
    for (plan_id, day), shown in scene.shown.items():
        agree(events, shown, plan_id, day, f"seed {seed}, plan {plan_id}, {day}")
    for plan in scene.plans:
        plan.refresh_from_db()
        for day in sorted({day for plan_id, day in scene.shown if plan_id == plan.pk} | set(days)):
            facts_agree(events, plan, day, f"seed {seed}, plan {plan.pk}, as of {day}")


def some_days(dice, number):
    return [histories.FIRST + timedelta(days=dice.randrange(-14, 200)) for _ in range(number)]


def played(small, seed, *, steps, looks):
    dice = random.Random(seed)
    scene = histories.build(small, dice, extra=4, singles=8, group_tasks=2)
    histories.play(scene, dice, steps=steps, looks=looks)
    return scene, some_days(dice, 5)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(3))
def test_the_trail_tells_what_the_lists_showed(small, seed):
    scene, days = played(small, seed, steps=110, looks=5)
    assert len(scene.shown) >= 6
    all_agree(scene, seed, days)


@pytest.mark.deep
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(100, 110))
def test_small_histories_agree_to_the_last_evening(small, seed):
    scene, days = played(small, seed, steps=220, looks=12)
    all_agree(scene, seed, days)


@pytest.mark.deep
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [2021, 2022, 2025])
def test_a_thousand_assignments_agree_on_random_days(small, seed):
    dice = random.Random(seed)
    scene = histories.build(small, dice, extra=24, singles=200, group_tasks=34)
    assert Assignment.objects.filter(task__plan=scene.plan).count() >= 1000
    histories.play(scene, dice, steps=1500, looks=12)
    happened = Counter(Event.objects.filter(province=small.province).values_list("action", flat=True))
    assert {action: happened[action] for action in OFTEN if happened[action] < 5} == {}
    assert {action: happened[action] for action in ONCE if not happened[action]} == {}
    all_agree(scene, seed, some_days(dice, 6))


# What the histories of a thousand assignments are made of: they are not empty.
OFTEN = (
    "amendment.confirm",
    "assignment.moved",
    "progress.accept",
    "progress.approve",
    "progress.correct",
    "progress.replace",
    "progress.return",
    "progress.withdraw",
    "request.grant",
    "ruling.condition_met",
    "ruling.done_rule",
    "ruling.internal_due",
    "ruling.suspend",
    "task.members",
)
ONCE = ("assignment.ended", "assignment.kept", "period.add", "plan.end", "task.carry", "window.extend_for_all")


# --- the comparison itself ----------------------------------------------------------------------------------


def noticed(scene, events, days):
    """Tell whether the comparison finds something wrong."""
    try:
        for (plan_id, day), shown in scene.shown.items():
            agree(events, shown, plan_id, day)
        for plan in scene.plans:
            for day in days:
                facts_agree(events, plan, day)
    except (AssertionError, KeyError):
        return True
    return False


@pytest.mark.timeout(600)
def test_the_comparison_notices_what_is_missing_or_wrong(small, monkeypatch):
    scene, _ = played(small, 16, steps=130, looks=6)
    for plan in scene.plans:
        plan.refresh_from_db()
    days = sorted({day for _, day in scene.shown})
    events = histories.trail(scene)
    assert not noticed(scene, events, days)

    # The trail without what it tells of one kind, and without a single acceptance.
    actions = ("plan.hand_out", "plan.end", "task.members", "amendment.confirm", "assignment.moved", "request.grant")
    for action in (*actions, "progress.submit", "progress.accept"):
        told = [event for event in events if event["action"] != action]
        assert len(told) < len(events), action
        assert noticed(scene, told, days), action
    last = max(day for plan_id, day in scene.shown if plan_id == scene.plan.pk)
    shown = scene.shown[scene.plan.pk, last]
    accepted = [event for event in events if event["action"] == "progress.accept"]
    times = Counter(event["after"]["assignment"] for event in accepted)
    once = next(
        event
        for event in accepted
        if times[pk := event["after"]["assignment"]] == 1 and shown.columns.get(pk, ("",))[0] == "done"
    )
    assert noticed(scene, [event for event in events if event is not once], days)

    # A column, a bucket, n/N, a roll-up that is wrong.
    pk, column = next((pk, column) for pk, column in shown.columns.items() if column[2])
    task = next(iter(shown.tallies))
    wrong = {
        "columns": {**shown.columns, pk: (*column[:2], column[2] + timedelta(days=1), column[3])},
        "buckets": {**shown.buckets, pk: "open_no_deadline"},
        "tallies": {**shown.tallies, task: (9, 9, 9)},
        "pages": {code: (state, "9/9") for code, (state, _) in shown.pages.items()},
        "sections": {section: {**numbers, "done_late": 7} for section, numbers in shown.sections.items()},
        "tasks": {**shown.tasks, "open_overdue": shown.tasks["open_overdue"] + 1},
    }
    for name, value in wrong.items():
        with pytest.raises(AssertionError):
            agree(events, replace(shown, **{name: value}), scene.plan.pk, last, name)

    # The facts, computed as if no day had ever moved.
    with monkeypatch.context() as patch:
        patch.setattr("plans.facts.recorded.due_in_force", lambda statements, on: due_in_force(statements[:1], on))
        assert noticed(scene, events, days)
    # The facts, computed as if whatever is known of a duty today had been known on any day.
    with monkeypatch.context() as patch:
        patch.setattr(type(Assignment.objects.all()), "known_on", lambda self, day: self.filter(valid_on(day)))
        assert noticed(scene, events, days)
    assert not noticed(scene, events, days)

"""The trail alone, replayed in plain Python, gives what the SQL lists showed, on random histories."""

import random
from collections import Counter
from datetime import date, datetime, timedelta

import pytest

from agencies import calendar
from plans.actions import plans
from plans.facts.plan import plan_facts
from plans.models import Assignment
from tests.plans import histories, replay


def agree(scene, seed):
    """Compare every evening that was looked at with the trail told by then, and with the facts as of then."""
    events = histories.trail(scene)
    rated = {
        text["id"] for event in events for text in event["after"].get("texts", ()) if text["authority"] == "assign"
    }
    for day, shown in scene.shown.items():
        duties, tasks = replay.as_of(events, scene.plan.pk, day)
        where = f"seed {seed}, {day}"
        assert set(duties) == set(shown.columns), where
        for pk, one in duties.items():
            said = (one.state, one.done_on, one.due_on, one.due_origin)
            assert said == shown.columns[pk], f"{where}, duty {pk}"
            assert one.bucket == shown.buckets[pk], f"{where}, duty {pk}"
        for pk, task in tasks.items():
            wanted = shown.tallies.get(pk, (0, 0, 0))
            assert (task.reported, task.done, task.members) == wanted, f"{where}, task {pk}"
        mine = Counter(task.bucket for pk, task in tasks.items() if pk in rated)
        assert {name: mine[name] for name in shown.tasks} == shown.tasks, where
        mine = Counter(one.bucket for one in duties.values() if one.task in rated)
        assert {name: mine[name] for name in shown.duties} == shown.duties, where


def facts_agree(scene, seed, days):
    """Compare the facts as of a past day with the trail told by then."""
    events = histories.trail(scene)
    for day in days:
        duties, tasks = replay.as_of(events, scene.plan.pk, day)
        facts = {task.id: task for task in plan_facts(scene.plan, day, with_reports=False).tasks}
        where = f"seed {seed}, {day}"
        assert {one.id for task in facts.values() for one in task.assignments} == set(duties), where
        for pk, task in tasks.items():
            fact = facts[pk]
            assert fact.standing.bucket == task.bucket, f"{where}, task {fact.code}"
            assert (fact.reported, fact.done, fact.members) == (task.reported, task.done, task.members), where
            for one in fact.assignments:
                told = duties[one.id]
                assert one.standing.bucket == told.bucket, f"{where}, duty {one.id}"
                assert (one.standing.state, one.standing.due_on, one.due_origin) == (
                    told.state,
                    told.due_on,
                    told.due_origin,
                ), f"{where}, duty {one.id}"


def end(scene):
    """End the plan after all that was played, and keep what the lists show then."""
    day = date(2022, 2, 2)
    with calendar.held_at(datetime(2022, 2, 2, 23, tzinfo=calendar.VIETNAM)):
        plans.end(plan=scene.plan, on=date(2022, 1, 31), document="12/QĐ-UBND", by=None)
        scene.plan.refresh_from_db()
        scene.shown[day] = histories.look(scene.plan)


@pytest.mark.parametrize("seed", range(4))
def test_the_trail_tells_what_the_lists_showed(small, seed):
    dice = random.Random(seed)
    scene = histories.build(small, dice, extra=2, singles=8, group_tasks=2)
    histories.play(scene, dice, steps=150)
    assert len(scene.shown) >= 8
    end(scene)
    agree(scene, seed)
    facts_agree(scene, seed, [histories.FIRST + timedelta(days=dice.randrange(0, 200)) for _ in range(6)])


@pytest.mark.deep
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [2021, 2022])
def test_a_thousand_assignments_agree_on_random_days(small, seed):
    dice = random.Random(seed)
    scene = histories.build(small, dice, extra=24, singles=200, group_tasks=34)
    assert Assignment.objects.filter(task__plan=scene.plan).count() >= 1000
    histories.play(scene, dice, steps=1500, looks=12)
    # Every verb was taken many times: the histories are not empty.
    assert all(scene.taken[name] > 10 for name in histories._STEPS), scene.taken
    agree(scene, seed)
    facts_agree(scene, seed, [histories.FIRST + timedelta(days=dice.randrange(0, 200)) for _ in range(5)])

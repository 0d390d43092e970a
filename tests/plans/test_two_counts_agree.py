"""SQL and Python count alike, on random histories of the small province."""

import random
from datetime import date, datetime, timedelta

import pytest

from agencies import calendar
from agencies.errors import PortalError
from plans import builder
from plans.actions import progress
from plans.facts.plan import plan_facts
from plans.facts.recorded import drifted
from plans.models import Assignment, DutyRequest, Progress, Ruling
from plans.standing import Bucket
from tests.plans import histories


def play(small, seed):
    """Take some thirty random steps over four months; refused ones are refused."""
    dice = random.Random(seed)
    day = datetime(2021, 9, 1, 9, 0, tzinfo=calendar.VIETNAM)
    reviewers = [small.who(name) for name in ("snv.thamdinh", "vpub.thamdinh")]
    pairs = [
        ("1", "STP"),
        ("2", "SNV"),
        ("3", "STP"),
        ("3", "SYT"),
        ("3", "SNV"),
        ("3", "VPUB"),
        ("4", "MTTQ"),
        ("5", "SYT"),
    ]
    for _ in range(40):
        day += timedelta(days=dice.choice((0, 1, 3, 7)))
        with calendar.held_at(day):
            task, agency = dice.choice(pairs)
            period = "2021-Q3" if day.date() < date(2021, 11, 1) else "2021-Y"
            officer = small.officer(agency)
            done_on = day.date() - timedelta(days=dice.randrange(5)) if dice.random() < 0.5 else None
            said = progress.Content(result="x", explanation="y", done_on=done_on)
            try:
                begun = progress.start(
                    assignment=small.assignment(task, agency), period=small.period(period), by=officer
                )
                step = dice.choice(("save", "submit", "submit", "accept", "accept", "return", "correct"))
                if step == "save":
                    progress.save(progress=begun, content=said, revision=None, by=officer)
                elif step == "submit":
                    progress.submit(progress=begun, content=said, revision=None, by=officer)
                elif step == "correct":
                    progress.correct(progress=begun, reason="sửa", revision=None, by=officer)
                else:
                    reviewer = reviewers[1] if agency == "SNV" else reviewers[0]
                    reviewer.forget_standing()
                    if step == "accept":
                        progress.accept(progress=begun, revision=None, by=reviewer)
                    else:
                        progress.send_back(progress=begun, reason_code="other", reason="z", revision=None, by=reviewer)
            except PortalError:
                continue
    return day


def counts_agree(plan, last, seed):
    """Compare the roll-ups, the columns and the record on the last day and long after it."""
    for days in (0, 30, 200):
        with calendar.held_at(last + timedelta(days=days)):
            # Periods pass, amendments and rulings take effect: the sweep brings the columns to the day.
            histories.sweep(plan)
            plan.refresh_from_db()
            assert drifted(plan) == []
            builder.refresh_plan(plan.pk)
            assert not builder.rollup_drift(plan)
            facts = plan_facts(plan, calendar.today())
            whole = plan.rollups.get(scope="plan_assignments")
            tasks = plan.rollups.get(scope="plan_tasks")
            proposed = plan.rollups.get(scope="proposed")
            for bucket in Bucket:
                name = bucket.value
                assert getattr(whole, name) == getattr(facts.assignment_counts, name), (seed, days, name)
                assert getattr(tasks, name) == getattr(facts.task_counts, name), (seed, days, name)
                assert getattr(proposed, name) == getattr(facts.proposed_assignments, name)
                by_agency = plan.rollups.filter(scope="agency").values_list(name, flat=True)
                assert sum(by_agency) == getattr(whole, name)
            assert whole.not_updated == facts.assignment_counts.not_updated
            assert tasks.not_updated == facts.task_counts.not_updated


@pytest.mark.parametrize("seed", range(6))
def test_the_roll_ups_the_columns_and_the_record_agree(small, seed):
    last = play(small, seed)
    assert Progress.objects.exists()
    with calendar.held_at(last):
        # Nothing but the verbs has written yet: they leave no column behind.
        assert drifted(small.plan) == []
    counts_agree(small.plan, last, seed)


@pytest.mark.parametrize("seed", range(4))
def test_they_agree_with_requests_rulings_groups_and_rules_of_completion(small, seed):
    dice = random.Random(seed)
    scene = histories.build(small, dice, extra=1, singles=7, group_tasks=2)
    histories.play(scene, dice, steps=90, looks=0)
    assert DutyRequest.objects.exists()
    assert Ruling.objects.exists()
    counts_agree(scene.plan, datetime(2022, 2, 1, 9, tzinfo=calendar.VIETNAM), seed)


def test_as_of_a_past_day_is_what_was_recorded_by_then(small):
    with calendar.held_at(datetime(2021, 9, 10, 9, 0, tzinfo=calendar.VIETNAM)):
        sent = small.submit(period="2021-Q3", done_on=date(2021, 9, 9))
    with calendar.held_at(datetime(2021, 9, 15, 9, 0, tzinfo=calendar.VIETNAM)):
        progress.accept(progress=sent, revision=None, by=small.who("snv.thamdinh"))
    states = [
        plan_facts(small.plan, day).tasks[0].standing.state
        for day in (date(2021, 9, 9), date(2021, 9, 10), date(2021, 9, 14), date(2021, 9, 15))
    ]
    assert states == ["not_started", "awaiting_review", "awaiting_review", "done"]


def test_the_sweep_mends_a_column_that_drifted(small, run_jobs):
    from plans.schedule import refresh_all

    small.accept(done_on=date(2021, 12, 1))
    run_jobs()
    assignment = small.assignment("1", "STP")
    Assignment.objects.filter(pk=assignment.pk).update(state="not_started", done_on=None)
    assert refresh_all()["mended"] == 1
    assignment.refresh_from_db()
    assert assignment.state == "done"
